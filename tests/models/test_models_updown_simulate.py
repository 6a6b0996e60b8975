"""Simulated up-and-down designs and the reconstruction of a published one, by known truth."""

import numpy as np
import pytest

from ldn_analysis.errors import InputError
from ldn_analysis.models.isotonic import isotonic_regression
from ldn_analysis.models.isotonic_inverse import inverse_point
from ldn_analysis.models.up_and_down_estimates import reversals
from ldn_analysis.models.up_and_down_fit import penalised_curve, up_and_down
from ldn_analysis.models.up_and_down_markov import dose_distribution, transition_matrix
from ldn_analysis.models.up_and_down_reconstruct import (
    CurvePrior,
    Report,
    Tolerance,
    placebo_only_probability,
    reconstruct_up_and_down,
)
from ldn_analysis.models.up_and_down_simulate import Curves, isotonic_many, run_design, table_dose

LEVELS = Report().levels()


def simulated(p, changes=11, size=25, n=40_000, seed=3, start=4):
    rng = np.random.default_rng(seed)
    begin = np.full(n, start)
    return run_design(np.tile(p, (n, 1)), LEVELS, begin, rng, changes=changes, at_least=1, at_most=size)


def test_visits_follow_the_random_walk():
    """Doses of the first three participants (nobody can stop earlier) against the transition matrix."""
    p = np.linspace(0.1, 0.9, 8)
    runs = simulated(p, changes=1, size=60)
    two = runs.n[runs.size == 2]
    walk = transition_matrix(p)
    # changes at participant 2: responder then not, or the other way round
    expected = p[4] * (1 - p[3]) + (1 - p[4]) * p[5]
    assert len(two) / 40_000 == pytest.approx(expected, abs=0.01)
    np.testing.assert_allclose(dose_distribution(walk, 4, 2)[[3, 5]], [p[4], 1 - p[4]])


def test_stopping_at_change_eleven_is_ten_turns_and_six_pairs():
    sequence_dose, sequence_response = [3.0], [0]
    for r in (1, 0, 0, 1, 1, 0, 1, 0, 1, 0, 1, 0, 1):
        move = -0.75 if sequence_response[-1] else 0.75
        sequence_dose.append(sequence_dose[-1] + move)
        sequence_response.append(r)
    assert np.count_nonzero(np.diff(sequence_response)) == 11
    assert reversals(sequence_dose, sequence_response).size == 10
    rises = np.count_nonzero(np.diff(sequence_response) == 1)
    assert rises == 6


def test_a_mean_of_six_pairs_can_be_the_published_ed50():
    runs = simulated(np.linspace(0.05, 0.95, 8))
    grid = np.unique(np.round(runs.pair_mean, 6))
    assert np.isclose(grid, 3.875).any()
    # steps of an eighth of a mg; half of that where a dose is repeated at the edge
    np.testing.assert_allclose(np.round(grid / 0.0625), grid / 0.0625, atol=1e-4)


def test_many_tables_agree_with_one_at_a_time():
    rng = np.random.default_rng(0)
    n = rng.integers(1, 9, (50, 8)).astype(float)
    r = rng.binomial(n.astype(int), 0.5).astype(float)
    many = isotonic_many(r, n)
    doses = table_dose(LEVELS, r, n, 0.5, "isotonic")
    for i in range(50):
        fit = isotonic_regression(LEVELS, r[i] / n[i], n[i], centred=False)
        np.testing.assert_allclose(many[i], fit.fitted, atol=1e-12)
        if not np.isclose(many[i], 0.5).any():
            np.testing.assert_allclose(doses[i], inverse_point(fit, 0.5)[0], atol=1e-9)


@pytest.mark.parametrize("log_dose", [False, True])
def test_dose_for_a_rate_inverts_the_curve(log_dose):
    one = np.ones(3)
    curve = Curves(3.0 * one, np.array([0.5, 1.0, 2.0]), 0.2 * one, np.array([1.0, 0.98, 0.9]), log_dose)
    dose = curve.dose_for(0.95)
    assert np.isinf(dose[2])
    np.testing.assert_allclose(curve(dose)[:2], 0.95)
    assert (curve.dose_for(0.1) == 0).all()


def test_penalised_logistic_agrees_with_statsmodels_when_the_prior_is_flat():
    statsmodels = pytest.importorskip("statsmodels.api")
    n = np.array([5.0, 9, 12, 8, 4])
    r = np.array([1.0, 2, 6, 6, 3])
    x = np.arange(1.0, 6)
    for link in ("logit", "probit"):
        family = statsmodels.families.Binomial(
            statsmodels.families.links.Logit() if link == "logit" else statsmodels.families.links.Probit()
        )
        want = statsmodels.GLM(np.c_[r, n - r], statsmodels.add_constant(x), family).fit(tol=1e-13).params
        got = penalised_curve(x, r, n, link, prior_sd=(1e6, 1e6), steps=200)
        np.testing.assert_allclose(got, want, rtol=1e-6)


def test_penalised_curve_survives_complete_separation():
    a, b = penalised_curve([1.0, 2, 3, 4], [0.0, 0, 4, 4], [4.0, 4, 4, 4])
    assert 2 < -a / b < 3


def test_estimates_of_one_sequence(reference):
    given = reference("F_ud_gorla751")["inputs"]["sequence"]
    found = up_and_down(given["dose"], given["response"], replicates=200)
    assert found["centred_isotonic_shrunk"].estimate == pytest.approx(41.172413787396)
    assert found["dynamic_mean"].lower < found["dynamic_mean"].estimate <= found["dynamic_mean"].upper
    far = up_and_down(given["dose"], given["response"], target=0.95)
    assert any("extrapolation" in note for note in far.notes)
    with pytest.raises(InputError, match="target"):
        up_and_down(given["dose"], given["response"], target=95)


@pytest.fixture(scope="module")
def rebuilt():
    return reconstruct_up_and_down(draws=300_000, tolerance=Tolerance(ed50=0.4, ed95=0.6))


def test_the_reconstruction_is_reproducible_and_accounts_for_itself(rebuilt):
    again = reconstruct_up_and_down(draws=300_000, tolerance=Tolerance(ed50=0.4, ed95=0.6))
    np.testing.assert_array_equal(rebuilt.ed50, again.ed50)
    assert rebuilt.accepted == rebuilt.ed50.size
    assert 0 < rebuilt.effective_size <= rebuilt.accepted
    assert rebuilt.acceptance_rate == rebuilt.accepted / 300_000
    assert rebuilt.weights.sum() == pytest.approx(1)
    counts = [row.accepted for row in rebuilt.sensitivity]
    assert counts == sorted(counts)


def test_the_data_hardly_bound_ed95(rebuilt):
    """25 participants around the median: no upper limit, and most curves have no ED95 to 6 mg."""
    assert rebuilt.interval("ed95")[1] == np.inf
    share, error = rebuilt.share("ed95", 6.0)
    assert share - 3 * error > 0.5
    low, high = rebuilt.interval("ed50")
    assert low < 3.88 < high


def test_sharp_truth_is_recovered():
    """Counts from a steep curve: the median must be near the truth when the prior is steep."""
    prior = CurvePrior(slope_median=4.0, slope_log_sd=0.2, floor=(0.0, 0.02), ceiling=(0.99, 1.0))
    found = reconstruct_up_and_down(
        draws=200_000, prior=prior, tolerance=Tolerance(n=6, responders=3, ed95=2.0)
    )
    assert found.quantile("ed50", 0.5)[0] == pytest.approx(3.88, abs=0.3)


def test_placebo_alone_can_give_the_report():
    wide = Tolerance(n=2, responders=1, ed50=0.6, ed95=0.6)
    found = placebo_only_probability([0.1, 0.45], tolerance=wide, draws=60_000)
    assert found.probability[0] < found.probability[1]
    assert found.bayes_factor[1] == pytest.approx(found.dose_dependent / found.probability[1])
    with pytest.raises(InputError, match="rates"):
        placebo_only_probability([1.2])
