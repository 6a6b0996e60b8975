"""Up-and-down designs enumerated and the reconstruction of a published one, against plain simulation."""

from itertools import combinations_with_replacement, product

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import isotonic_regression, minimize

from ldn_analysis.errors import InputError
from ldn_analysis.models.updown.curves import Curves, isotonic_many, penalised_curve, table_doses
from ldn_analysis.models.updown.reconstruct import (
    CurvePrior,
    placebo_only_probability,
    reconstruct_up_and_down,
)
from ldn_analysis.models.updown.sequences import Report, Tolerance, response_sequences, sequences_like

LEVELS = Report().levels()


def simulate(rates, start, changes, most, size, seed):
    """Sequences run one participant at a time: responses (-1 after the end), doses, both (size, most)."""
    rng = np.random.default_rng(seed)
    at = np.full(size, start) if np.isscalar(start) else start
    y, where = np.full((size, most), -1), np.full((size, most), -1)
    going, seen = np.ones(size, dtype=bool), np.zeros(size, dtype=int)
    rows = np.arange(size)
    for t in range(most):
        now = (rng.random(size) < rates[rows, at]).astype(int)
        y[going, t], where[going, t] = now[going], at[going]
        if t:
            seen += going & (now != y[:, t - 1])
        going &= seen < changes
        at = np.clip(at + np.where(now == 1, -1, 1), 0, LEVELS.size - 1)
    return y, where


def published_pairs(y, where):
    """Mean of the middles of the pairs of the first kind, from one sequence."""
    doses = LEVELS[where]
    turns = np.flatnonzero(np.diff(y) != 0)[::2]
    return np.mean([(doses[i] + doses[i + 1]) / 2 for i in turns])


def test_stopping_at_change_eleven_is_ten_turns_and_six_pairs():
    sequence_dose, sequence_response = [3.0], [0]
    for r in (1, 0, 0, 1, 1, 0, 1, 0, 1, 0, 1, 0, 1):
        move = -0.75 if sequence_response[-1] else 0.75
        sequence_dose.append(sequence_dose[-1] + move)
        sequence_response.append(r)
    assert np.count_nonzero(np.diff(sequence_response)) == 11
    directions = np.sign(np.diff(sequence_dose))
    assert np.count_nonzero(np.diff(directions)) == 10
    rises = np.count_nonzero(np.diff(sequence_response) == 1)
    assert rises == 6


@pytest.mark.parametrize(("n", "responders", "changes"), [(2, 1, 1), (7, 3, 3), (9, 4, 4), (10, 5, 5)])
def test_every_sequence_is_listed_once(n, responders, changes):
    every = np.array(list(product((0, 1), repeat=n)))
    turns = np.diff(every, axis=1) != 0
    wanted = every[(every.sum(1) == responders) & (turns.sum(1) == changes) & turns[:, -1]]
    found = response_sequences(n, responders, changes)
    np.testing.assert_array_equal(np.unique(found, axis=0), np.unique(wanted, axis=0))
    assert len(found) == len(wanted)


@pytest.mark.parametrize("ed50", [0.1, 1.2, 3.88, 3.95, 7.0])
def test_the_published_average_is_one_that_middles_of_pairs_can_have(ed50):
    middles = [low + 0.375 for low in LEVELS[:-1]]
    means = np.array([np.mean(six) for six in combinations_with_replacement(middles, 6)])
    assert Report(ed50=ed50).pairs_mean == pytest.approx(means[np.abs(means - ed50).argmin()])


def test_impossible_and_endless_reports_are_refused():
    with pytest.raises(InputError, match="sequences, must be 1 to"):
        response_sequences(12, 11, 11)
    with pytest.raises(InputError, match="sequences, must be 1 to"):
        response_sequences(60, 30, 20)
    with pytest.raises(InputError, match="no sequence gives a report"):
        reconstruct_up_and_down(Report(ed50=0.1), draws=16)


@pytest.mark.slow
def test_the_listed_sequences_are_those_of_the_design():
    """Counts, starts and distances against sequences simulated and described one at a time."""
    rates = np.tile(1 / (1 + np.exp(-(LEVELS - 3.9))), (300_000, 1))
    start = np.random.default_rng(8).integers(0, 4, 300_000)
    y, where = simulate(rates, start, 11, 25, 300_000, 9)
    ends = (y[:, -1] >= 0) & ((np.diff(y, axis=1) != 0).sum(1) == 11) & (y[:, -1] != y[:, -2])
    kept = np.flatnonzero(ends & (y.sum(1) == 11))
    listed = sequences_like(Report(), Tolerance())
    groups = {
        (*r, *n, s) for r, n, s in zip(
            listed.responders[listed.table], listed.n[listed.table], listed.start, strict=True)
    }  # fmt: skip
    expected, seen = listed.weights(), 0.0
    for i in kept:
        n = np.bincount(where[i], minlength=8).astype(float)
        r = np.bincount(where[i], weights=y[i], minlength=8)
        d95 = table_doses(LEVELS, r[None], n[None], [0.95], "isotonic")[0][0]
        far = np.maximum(abs(published_pairs(y[i], where[i]) - 3.88) / 0.2, abs(d95 - 5.4) / 0.4)
        if far < 1:
            seen += 1 - far**2
            assert (*r, *n, start[i]) in groups
    p = rates[0]
    logs = listed.responders @ np.log(p) + (listed.n - listed.responders) @ np.log1p(-p)
    probability = 8 / 4 * (np.exp(logs) @ expected[:, :4]).sum()
    assert seen > 50
    assert seen / 300_000 == pytest.approx(probability, abs=4 * np.sqrt(probability / 300_000))


def test_a_mean_of_six_pairs_can_be_the_published_ed50():
    close = sequences_like(Report(), Tolerance(ed50=0.01))
    assert close.like() > 0


def test_many_tables_agree_with_one_at_a_time():
    rng = np.random.default_rng(0)
    n = rng.integers(1, 9, (50, 8)).astype(float)
    r = rng.binomial(n.astype(int), 0.5).astype(float)
    many = isotonic_many(r, n)
    doses = table_doses(LEVELS, r, n, [0.5], "isotonic")[0]
    for i in range(50):
        fitted = isotonic_regression(r[i] / n[i], weights=n[i]).x
        np.testing.assert_allclose(many[i], fitted, atol=1e-12)
        if not np.isclose(fitted, 0.5).any():
            rising = np.r_[True, np.diff(fitted) > 1e-9] | np.r_[np.diff(fitted) > 1e-9, True]
            inside = fitted[0] < 0.5 < fitted[-1]
            want = np.interp(0.5, fitted[rising], LEVELS[rising]) if inside else np.nan
            np.testing.assert_allclose(doses[i], want, atol=1e-9)


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
    family = statsmodels.families.Binomial()
    want = statsmodels.GLM(np.c_[r, n - r], statsmodels.add_constant(x), family).fit(tol=1e-13).params
    got = penalised_curve(x, r, n, prior_sd=(1e6, 1e6), steps=200)
    np.testing.assert_allclose(got, want, rtol=1e-6)


def test_penalised_logistic_is_the_highest_point_of_its_likelihood_and_prior():
    """Priors of the intercept at the mean dose and of the slope over two standard deviations of dose."""
    n = np.array([1.0, 2, 3, 5, 6, 5, 2, 1])
    r = np.array([0.0, 0, 1, 2, 3, 3, 2, 1])
    mean = (n * LEVELS).sum() / n.sum()
    two_sd = 2 * np.sqrt((n * (LEVELS - mean) ** 2).sum() / n.sum())

    def loss(curve):
        like = stats.binom.logpmf(r, n, stats.logistic.cdf(curve[0] + curve[1] * LEVELS)).sum()
        prior = stats.norm(0, 5).logpdf(curve[0] + curve[1] * mean) + stats.norm(0, 2.5).logpdf(
            curve[1] * two_sd
        )
        return -like - prior

    want = minimize(loss, [0.0, 0.5], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-13}).x
    np.testing.assert_allclose(penalised_curve(LEVELS, r, n), want, rtol=1e-5)


def test_penalised_curve_survives_complete_separation():
    a, b = penalised_curve([1.0, 2, 3, 4], [0.0, 0, 4, 4], [4.0, 4, 4, 4])
    assert 2 < -a / b < 3


def test_a_sequence_of_the_walk_starts_where_it_should():
    """The second response differs from the first: down after a response, up after none."""
    p = np.linspace(0.1, 0.9, 8)
    y, _ = simulate(np.tile(p, (40_000, 1)), 4, 1, 60, 40_000, 3)
    two = (y[:, 1] >= 0) & (y[:, 2] < 0)
    expected = p[4] * (1 - p[3]) + (1 - p[4]) * p[5]
    assert two.mean() == pytest.approx(expected, abs=0.01)


@pytest.fixture(scope="module")
def rebuilt():
    return reconstruct_up_and_down(draws=16_384)


def test_the_reconstruction_is_reproducible_and_accounts_for_itself(rebuilt):
    again = reconstruct_up_and_down(draws=16_384)
    np.testing.assert_array_equal(rebuilt.ed50, again.ed50)
    np.testing.assert_array_equal(rebuilt.weights, again.weights)
    assert 1 < 1 / (rebuilt.weights**2).sum() <= rebuilt.weights.size
    assert rebuilt.weights.sum() == pytest.approx(1)
    assert rebuilt.start_probability.sum() == pytest.approx(1)
    assert rebuilt.compatible < rebuilt.listed
    whole = sum(rebuilt.started_at(i).weights * p for i, p in enumerate(rebuilt.start_probability) if p > 0)
    np.testing.assert_allclose(whole, rebuilt.weights)
    with pytest.raises(InputError, match=r"begins at 6 mg"):
        rebuilt.started_at(7)


def test_other_seeds_differ_by_no_more_than_the_stated_error(rebuilt):
    for seed in (2, 3):
        other = reconstruct_up_and_down(draws=16_384, seed=seed)
        for p in (0.025, 0.5, 0.975):
            error = np.hypot(rebuilt.monte_carlo_error("ed50", p), other.monte_carlo_error("ed50", p))
            assert error < 0.05
            gap = abs(rebuilt.quantile("ed50", p)[0] - other.quantile("ed50", p)[0])
            assert gap < 5 * error
        (one, a), (two, b) = rebuilt.share("ed95", 6.0), other.share("ed95", 6.0)
        assert abs(one - two) < 5 * np.hypot(a, b)


def test_rejection_sampling_gives_the_same_interval():
    """The textbook algorithm, one simulated study a curve, with tolerances wide enough to keep some."""
    wide, size = Tolerance(ed50=0.4, ed95=0.8), 300_000
    rng = np.random.default_rng(5)
    curves = CurvePrior().curves(rng.random((size, 4)))
    start = rng.integers(0, 8, size)
    y, where = simulate(curves.rates(LEVELS), start, 11, 25, size, 6)
    kept = np.flatnonzero((y[:, -1] >= 0) & ((np.diff(y, axis=1) != 0).sum(1) == 11) & (y.sum(1) == 11))
    tables = np.zeros((kept.size, 2, 8))
    for t in range(25):
        np.add.at(tables[:, 0], (np.arange(kept.size), where[kept, t]), y[kept, t])
        np.add.at(tables[:, 1], (np.arange(kept.size), where[kept, t]), 1)
    pairs = np.array([published_pairs(y[i], where[i]) for i in kept])
    d95 = table_doses(LEVELS, tables[:, 0], tables[:, 1], [0.95], "isotonic")[0]
    far = np.maximum(np.abs(pairs - 3.88) / 0.4, np.abs(d95 - 5.4) / 0.8)
    weight = np.where(far < 1, 1 - far**2, 0.0)
    found = reconstruct_up_and_down(tolerance=wide, draws=16_384)
    assert weight.sum() / size == pytest.approx(found.probability, rel=0.15)
    ed50 = curves.dose_for(0.5)[kept]
    below = (weight * (ed50 < found.quantile("ed50", 0.5)[0])).sum() / weight.sum()
    effective = weight.sum() ** 2 / (weight**2).sum()
    assert below == pytest.approx(0.5, abs=4 * np.sqrt(0.25 / effective))


def test_the_data_hardly_bound_ed95(rebuilt):
    """25 participants around the median: no upper limit, and most curves have no ED95 to 6 mg."""
    assert rebuilt.interval("ed95")[1] == np.inf
    assert rebuilt.monte_carlo_error("ed95", 0.975) == np.inf
    share, error = rebuilt.share("ed95", 6.0)
    assert share - 3 * error > 0.5
    low, high = rebuilt.interval("ed50")
    assert low < 3.88 < high


def test_sharp_truth_is_recovered():
    """Steep curves leave little room: the median must be near the published one."""
    prior = CurvePrior(slope_median=4.0, slope_log_sd=0.2, floor=(0.0, 0.02), ceiling=(0.99, 1.0))
    found = reconstruct_up_and_down(draws=16_384, prior=prior, tolerance=Tolerance(ed95=2.0))
    assert found.quantile("ed50", 0.5)[0] == pytest.approx(3.88, abs=0.3)


def test_placebo_alone_can_give_the_report(rebuilt):
    found = placebo_only_probability(rebuilt, [0.1, 0.45])
    assert found.probability[0] < found.probability[1]
    assert found.bayes_factor[1] == pytest.approx(found.dose_dependent / found.probability[1])
    flat = CurvePrior(floor=(0.45, 0.45), ceiling=(0.45, 0.45))
    assert reconstruct_up_and_down(prior=flat, draws=16).probability == pytest.approx(found.probability[1])
    with pytest.raises(InputError, match="rates"):
        placebo_only_probability(rebuilt, [1.2])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"draws": 8}, "draws"), ({"factor": 3.0}, "factor"), ({"factor": 0.0}, "factor"),
     ({"tolerance": Tolerance(ed50=-1.0)}, "tolerance"),
     ({"report": Report(ed95_estimator="x")}, "ed95_estimator")],
)  # fmt: skip
def test_bad_arguments_are_named(wrong, words):
    with pytest.raises(InputError, match=words):
        reconstruct_up_and_down(**wrong)
