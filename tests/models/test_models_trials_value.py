"""What a trial is worth: against closed forms (Raiffa & Schlaifer), the Bayesian Emax model, and limits."""

from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from ldn_analysis import models
from ldn_analysis.errors import InputError
from ldn_analysis.models import trials

TRIALS = ((4.5, -0.54864, 0.045567), (6.0, -0.34, 0.094463), (4.5, 0.49, 0.168487))
DOSES = np.array([0, 1.5, 3, 4.5, 6])
BURDEN = np.where(DOSES > 0, 0.2, 0) + 0.05 * DOSES


def one(dose: float, variance: float) -> trials.Comparisons:
    return trials.Comparisons(np.array([dose]), 0.0, np.array([[variance]]))


def several(n: float, sd: float = 1.8) -> trials.Comparisons:
    return trials.Comparisons(DOSES[1:], 0.0, sd**2 / n * (np.eye(4) + 1))


def today(grid: tuple[int, int] = (32, 10), **changes: float) -> trials.Belief:
    prior = {"emax_sd": 2.0, "ed50_median": 3.0, "ed50_log_sd": 1.0, "tau_scale": 0.5} | changes
    belief = trials.prior_belief(**prior, grid=grid)
    for dose, y, v in TRIALS:
        belief = belief.after(one(dose, v), [y])
    return belief


def expected(belief: trials.Belief) -> np.ndarray:
    """Expected effect at each dose."""
    return (belief.weights * belief.mean) @ belief.share(DOSES[1:])


def known(mean: float, sd: float, ed50: float = 1.5, tau: float = 0.0) -> trials.Belief:
    """Everything but Emax is known."""
    point = np.ones(1)
    return trials.Belief(point, ed50 * point, tau * point, mean * point, sd * point)


def test_updating_trial_by_trial_is_the_bayesian_emax_model() -> None:
    ours = today(grid=(80, 24))
    dose, yi, vi = np.array(TRIALS).T
    fit = models.bayesian_emax(dose, yi, vi, grid=(80, 24))
    np.testing.assert_allclose(expected(ours), [m.mean for m in fit.effect], rtol=1e-10)
    np.testing.assert_allclose(ours.weights, fit.emax.weights, rtol=1e-9)
    assert ours.probability_below(-0.5, 4.5) == pytest.approx(fit.effect[2].probability_below(-0.5), rel=1e-9)


def test_perfect_information_about_one_dose_is_the_unit_normal_loss() -> None:
    mean, sd, cost = -0.4, 0.7, 0.3
    belief = known(mean, sd, ed50=1.5)  # half of Emax at 1.5 mg
    got = trials.perfect_information(belief, [0, 1.5], [0, cost], points=20_001)
    centre, spread = mean / 2 + cost, sd / 2
    u = abs(centre) / spread
    expected = spread * (stats.norm.pdf(u) - u * stats.norm.sf(u))
    assert got.everything == pytest.approx(expected, rel=1e-12)
    assert got.parts["emax"] == pytest.approx(expected, rel=1e-5)
    assert got.parts["ed50"] == pytest.approx(0, abs=1e-12)
    assert got.best == 0


@pytest.mark.parametrize("n", [10, 100, 1000])
def test_sample_information_of_two_arms_is_the_unit_normal_loss_of_the_preposterior(n: int) -> None:
    mean, sd, cost = -0.4, 0.7, 0.3
    variance = 2 * 1.8**2 / n
    got = trials.sample_information(known(mean, sd), one(1.5, variance), [0, 1.5], [0, cost])
    centre, before = mean / 2 + cost, (sd / 2) ** 2
    spread = before / np.sqrt(before + variance)
    u = abs(centre) / spread
    assert got.value == pytest.approx(spread * (stats.norm.pdf(u) - u * stats.norm.sf(u)), rel=1e-4)
    assert got.bits_all == pytest.approx(0.5 * np.log2(1 + before / variance), rel=1e-6)
    z = (mean / 2 + special.ndtri(0.975) * np.sqrt(variance)) / np.sqrt(before + variance)
    assert got.assurance == pytest.approx(special.ndtr(-z), rel=1e-9)
    assert got.errors["value"] == 0


def test_gaussian_information_of_several_arms() -> None:
    trial = several(50)
    got = trials.sample_information(known(-0.5, 0.8, tau=0.2), trial, DOSES, BURDEN, draws=8192)
    share = (DOSES[1:] / (1.5 + DOSES[1:]))[None]
    noise = trial.covariance + 0.04 * (np.eye(4) + 1) / 2
    expected = 0.5 * np.log2(np.linalg.det(noise + 0.64 * share.T @ share) / np.linalg.det(noise))
    assert got.bits_all == pytest.approx(expected, abs=5 * got.errors["bits_all"])
    assert 0 < got.errors["bits_all"] < 0.01


def test_the_value_of_a_huge_trial_without_differences_between_trials_is_that_of_perfect_information() -> (
    None
):
    belief = trials.prior_belief(1.0, 3.0, 1.0, 1e-6, grid=(24, 1))
    perfect = trials.perfect_information(belief, DOSES, BURDEN)
    values = [
        trials.sample_information(belief, several(n), DOSES, BURDEN, draws=4096) for n in (20, 200, 2000, 1e9)
    ]
    told = [v.value for v in values]
    assert told == sorted(told)
    assert told[-1] == pytest.approx(perfect.everything, abs=4 * values[-1].errors["value"])
    assert values[-1].bits_ed50 == pytest.approx(np.log2(24), rel=0.02)


def test_no_part_is_worth_more_than_the_whole_and_no_trial_more_than_everything() -> None:
    belief = today()
    perfect = trials.perfect_information(belief, DOSES, BURDEN)
    assert all(-1e-9 <= part <= perfect.everything + 1e-9 for part in perfect.parts.values())
    for trial in (one(4.5, 0.06), several(40)):
        told = trials.sample_information(belief, trial, DOSES, BURDEN)
        assert -1e-12 <= told.value <= perfect.everything
        assert 0 <= told.bits_any <= 1
        assert told.bits_ed50 >= 0


def test_expected_minimum_against_integration() -> None:
    rng = np.random.default_rng(5)
    slopes, costs = rng.uniform(0, 1, (6, 4)), np.array([0.0, 0.1, 0.1, 0.3])
    slopes[:, 0] = 0
    slopes[0, 2] = slopes[0, 1]  # the same choice twice
    mean, sd = rng.normal(0, 0.5, 6), rng.uniform(0.2, 1, 6)
    x = np.linspace(-9, 9, 400_001)
    for k in range(6):
        values = ((mean[k] + sd[k] * x)[:, None] * slopes[k] + costs).min(axis=1)
        expected = np.trapezoid(values * stats.norm.pdf(x), x)
        got = trials.expected_minimum(slopes, costs, mean, sd)[k]
        assert got == pytest.approx(expected, abs=1e-8)


def test_twice_as_wide_doubles_the_spread_and_keeps_the_mean() -> None:
    belief = today()
    wide = belief.wider(2)

    def spread(one: trials.Belief) -> tuple[float, float]:
        mean = float(one.weights @ one.mean)
        return mean, float(np.sqrt(one.weights @ (one.sd**2 + one.mean**2) - mean**2))

    assert spread(wide) == pytest.approx((spread(belief)[0], 2 * spread(belief)[1]), rel=1e-12)


def test_one_more_trial_of_a_known_effect_gives_the_pools_own_interval() -> None:
    """With a truth that is known without error the update is a single review, which `pool` can compute."""
    _, yi, vi = np.array(TRIALS).T
    got = trials.updated_review(yi, vi, [1e-12], -0.3, 0.0, reviews=50)
    fit = models.pool([*yi, -0.3], [*vi, 1e-12])
    assert got.width == pytest.approx(fit.ci[1] - fit.ci[0], rel=1e-3)
    assert got.k == 4


def test_the_width_with_trials_of_one_size_is_that_of_the_t_interval() -> None:
    """With equal variances Hartung-Knapp is Student's interval of the mean, whatever tau2 is."""
    old, v, tau2 = np.array([-0.5, 0.3]), 0.05, 0.1
    got = trials.updated_review(old, [v, v], [v] * 4, -0.1, tau2, reviews=20_000)
    rng = np.random.default_rng(99)
    new = rng.normal(-0.1, np.sqrt(v + tau2), (200_000, 4))
    six = np.hstack([np.broadcast_to(old, (len(new), 2)), new])
    half = stats.t.ppf(0.975, 5) * six.std(axis=1, ddof=1) / np.sqrt(6)
    assert got.width == pytest.approx(2 * half.mean(), abs=4 * got.width_error)
    excludes = (np.abs(six.mean(axis=1)) > half).mean()
    assert got.excludes == pytest.approx(excludes, abs=4 * got.excludes_error + 0.002)


def test_naming_a_dose_is_harder_than_detecting_an_effect_and_both_grow_with_size() -> None:
    shapes = trials.candidate_shapes()
    truth = shapes[1]
    small, large = (trials.naming(several(n), truth, shapes) for n in (40, 4000))
    assert large.detected == 1
    assert large.by_shape > small.by_shape > 0
    assert small.detected > small.by_shape
    assert trials.naming(several(1e7), truth, shapes).by_shape == 1
    power = trials.mcp_power(
        trials.optimal_contrasts([s.response(DOSES) for s in shapes[:-1]], np.ones(5)),
        truth.response(DOSES), np.full(5, 4000 / 40), 1.8,
    )  # fmt: skip
    assert trials.naming(several(100), truth, shapes, draws=16384).detected == pytest.approx(power, abs=0.01)
    flat = trials.naming(several(100), shapes[-1], shapes, draws=16384)
    assert flat.detected == pytest.approx(0.025, abs=0.005)
    assert flat.by_shape == 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: trials.perfect_information(today(), [1.5, 3], [0, 0]), "begin with 0"),
        (lambda: trials.Comparisons(np.array([1.0, 2]), 0, np.eye(3)), "covariance has shape"),
        (lambda: trials.Comparisons(np.array([1.0, 2]), 0, np.ones((2, 2))), "covariance is singular"),
        (lambda: trials.updated_review([0], [1], [1], 0, -1), "must be at least 0"),
        (lambda: trials.prior_belief(-1, 3, 1, 0.5), "emax_sd is -1"),
    ],
)
def test_what_cannot_be_computed_is_refused(call: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()


@pytest.mark.parametrize("extreme", [False, True])
def test_few_points_integrate_as_many_do(extreme: bool) -> None:
    """By the rule of Gauss and Legendre, also where trials differ far more than was thought likely; the many
    are small even steps, weighed by the priors' densities."""
    told = [(4.5, -3.0, 0.02), (6.0, 0.5, 0.02), (4.5, 1.5, 0.01)] if extreme else TRIALS
    z, tau = (x.ravel() for x in np.meshgrid(np.arange(-5, 5, 0.1), np.arange(0.01, 2.5, 0.02)))
    density = np.exp(-0.5 * z**2 - 2 * tau**2)
    steps = trials.Belief(density / density.sum(), 3 * np.exp(z), tau, 0 * z, 0 * z + 2)
    beliefs = [trials.prior_belief(2.0, 3.0, 1.0, 0.5, grid=(20, 16), even=False), steps]
    for dose, y, v in told:
        beliefs = [b.after(one(dose, v), [y]) for b in beliefs]
    few, many = (trials.perfect_information(b, DOSES, [0, 0.3, 0.35, 0.4, 0.45]) for b in beliefs)
    assert few.everything == pytest.approx(many.everything, rel=1e-3)
    np.testing.assert_allclose(*map(expected, beliefs), rtol=1e-3)
    assert beliefs[0].probability_below(-1, 6) == pytest.approx(beliefs[1].probability_below(-1, 6), rel=2e-3)
