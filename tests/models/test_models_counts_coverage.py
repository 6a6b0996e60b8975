"""How often the intervals that the reports on responders, safety and thresholds print hold the truth.

Seeded simulations with a known truth; the table in tests/README.md holds what they find.
"""

import math

import numpy as np
import pytest

from ldn_analysis import measures, models
from ldn_analysis.models.counts.proportions import pooled_risk_difference

SIZES = (49.0, 50.0)
RISK, RATIO = 0.26, 1.3


def coverage(limits, truth):
    low, high = np.asarray(limits, dtype=float).T
    known = np.isfinite(low)
    return float(np.mean((low[known] <= truth) & (truth <= high[known])))


def counts(rng, k, tau, draws):
    """Events of `k` trials like those at hand, log ratios with SD `tau`; arrays (draws, k)."""
    ratio = RATIO * np.exp(tau * rng.standard_normal((draws, k)))
    a = rng.binomial(int(SIZES[0]), np.minimum(RISK * ratio, 1.0))
    c = rng.binomial(int(SIZES[1]), RISK, size=(draws, k))
    return a.astype(float), c.astype(float)


@pytest.mark.parametrize(("k", "tau", "lowest"), [(1, 0.0, 0.92), (2, 0.0, 0.92)])
def test_ratio_of_one_trial_and_common_effect(k, tau, lowest):
    rng = np.random.default_rng(20261126)
    a, c = counts(rng, k, tau, 400)
    sizes = (np.full(k, SIZES[0]), np.full(k, SIZES[1]))
    found = [models.pool_counts(x, sizes[0], y, sizes[1]).ci for x, y in zip(a, c, strict=True)]
    assert lowest <= coverage(found, RATIO) <= 0.985


def test_random_effects_cover_what_a_common_effect_does_not():
    """Two trials whose log ratios differ with SD 0.5: the common effect covers far less than it says."""
    rng = np.random.default_rng(20261127)
    a, c = counts(rng, 2, 0.5, 150)
    sizes = (np.full(2, SIZES[0]), np.full(2, SIZES[1]))
    both = [models.compare_counts(x, sizes[0], y, sizes[1]) for x, y in zip(a, c, strict=True)]
    assert coverage([f.random_ci for f in both], RATIO) >= 0.93
    assert coverage([f.common.ci for f in both], RATIO) <= 0.88


@pytest.mark.parametrize(("k", "risk", "ratio"), [(1, RISK, RATIO), (3, 0.01, 6.0), (3, 0.0, math.nan)])
def test_difference_of_proportions_of_one_trial_and_of_several(k, risk, ratio):
    """Also where the event is rare, or nobody has it under control and one in twenty under treatment."""
    rng = np.random.default_rng(20261128)
    treated = risk * ratio if risk else 0.05
    sizes = (np.full(k, SIZES[0]), np.full(k, SIZES[1]))
    a, c = (rng.binomial(n.astype(int), p, (400, k)) for n, p in zip(sizes, (treated, risk), strict=True))
    found = [pooled_risk_difference(x, sizes[0], y, sizes[1])[1:] for x, y in zip(a, c, strict=True)]
    assert 0.92 <= coverage(found, treated - risk) <= (0.98 if k == 1 else 1.0)


@pytest.mark.parametrize(
    ("inference", "low", "high"), [("z", 0.90, 0.97), ("hksj", 0.92, 0.98), ("hksj_modified", 0.96, 1.0)]
)
def test_ratio_of_spreads_over_three_trials(inference, low, high):
    """Two groups of 49 and of 48, and 28 people under both conditions with r = 0.64; equal spread."""
    rng = np.random.default_rng(20261129)
    draws, r = 300, 0.64
    yi = np.empty((draws, 3))
    for j, n in enumerate((49, 48)):
        x, y = rng.standard_normal((2, draws, n))
        yi[:, j] = np.log(x.std(axis=1, ddof=1) / y.std(axis=1, ddof=1))
    x = rng.standard_normal((draws, 28))
    y = r * x + math.sqrt(1 - r**2) * rng.standard_normal((draws, 28))
    yi[:, 2] = np.log(x.std(axis=1, ddof=1) / y.std(axis=1, ddof=1))
    vi = np.array([1 / 48, 1 / 47, measures.paired("VRC", 0, 1, 0, 1, 28, r, variance="LS3").vi])
    fits = models.pool_many(yi, np.broadcast_to(vi, yi.shape), inference=inference)
    assert low <= coverage(fits.ci, 0.0) <= high


def test_exact_interval_of_a_correlation_of_ten():
    rng = np.random.default_rng(20261130)
    rho = 0.6
    x = rng.standard_normal((120, 10))
    y = rho * x + math.sqrt(1 - rho**2) * rng.standard_normal((120, 10))
    seen = [float(np.corrcoef(u, v)[0, 1]) for u, v in zip(x, y, strict=True)]
    from ldn_analysis.models.responders.correlation import _exact_interval

    assert coverage([_exact_interval(s, 10, 0.95) for s in seen], rho) == pytest.approx(0.95, abs=0.045)


def test_interval_of_an_sd():
    rng = np.random.default_rng(20261201)
    sds = 1.6 * np.sqrt(rng.chisquare(48, 400) / 48)
    assert coverage([models.sd_interval(s, 49) for s in sds], 1.6) == pytest.approx(0.95, abs=0.03)


def test_average_of_two_legs():
    """The t interval of the mean of two correlated differences, with the right correlation assumed."""
    rng = np.random.default_rng(20261202)
    n, r, draws = 46, 0.5, 2000
    shape = np.array([[1.0, r], [r, 1.0]])
    legs = [rng.multivariate_normal([0, 0], shape, (draws, n)) for _ in range(2)]
    gap = (legs[0].mean(axis=1) - legs[1].mean(axis=1)).mean(axis=1)
    variances = [leg.var(axis=1, ddof=1) / n for leg in legs]
    s = np.sqrt(variances[0] + variances[1])
    se = np.sqrt((s[:, 0] ** 2 + s[:, 1] ** 2 + 2 * r * s[:, 0] * s[:, 1]) / 4)
    half = models.critical(0.95, 2 * n - 2) * se
    assert coverage(np.column_stack([gap - half, gap + half]), 0.0) == pytest.approx(0.95, abs=0.015)
