"""How often the other intervals that reports print hold the truth: a trial's own, tau2, the Bayesian mean,
and exact intervals of counts, the last without simulation. tests/README.md has the same table."""

import numpy as np
import pytest
from scipy import stats

from ldn_analysis import models
from ldn_analysis.measures.conversions import se_from_p

SES = np.array([0.21, 0.31, 0.41])
"""Standard errors of the trials of pain."""


def test_a_trials_own_interval_from_its_p_value():
    """28 pairs of which only the mean difference and the p value are printed: t with 27 df is exact."""
    rng = np.random.default_rng(20261203)
    pairs = rng.normal(-0.55, 1.1, (4000, 28))
    mean, p = pairs.mean(axis=1), stats.ttest_1samp(pairs, 0, axis=1).pvalue
    half = models.critical(0.95, 27) * se_from_p(mean, p, 27)
    assert np.mean(np.abs(mean + 0.55) <= half) == pytest.approx(0.95, abs=0.01)


@pytest.mark.parametrize(("tau", "expected"), [(0.0, 0.975), (0.39, 0.95)])
def test_variance_between_three_trials(tau, expected):
    """The Q profile is exact where tau2 is above zero; at zero its lower limit is never above the truth."""
    rng = np.random.default_rng(20261204)
    y = rng.normal(-0.2, np.sqrt(tau**2 + SES**2), (1000, 3))
    fits = models.pool_many(y, SES**2, weights=False)
    low, high = fits.tau2_ci.T
    assert np.mean((low <= tau**2) & (tau**2 <= high)) == pytest.approx(expected, abs=0.02)


def test_bayesian_mean_of_three_trials():
    """Half-normal (0.5) for the SD between trials, normal (SD 4) for the mean, as in the report on pain."""
    rng = np.random.default_rng(20261205)
    below = [
        models.posterior(
            y, SES**2, tau_prior=models.HalfNormal(0.5), mu_prior=models.Normal(0, 4)
        ).mu.probability_below(-0.2)
        for y in rng.normal(-0.2, np.sqrt(0.39**2 + SES**2), (40, 3))
    ]
    assert np.mean([0.025 <= p <= 0.975 for p in below]) >= 0.9


def test_exact_intervals_of_counts():
    """Clopper-Pearson, the exact rate and the bound after no event: coverage summed over all counts."""
    n = 48
    found = [models.exact_proportion(x, n, 0.95)[1:] for x in range(n + 1)]
    covered = [
        sum(stats.binom.pmf(x, n, p) for x, (lower, upper) in enumerate(found) if lower <= p <= upper)
        for p in np.linspace(0.005, 0.995, 80)
    ]
    assert min(covered) >= 0.95
    bound = models.zero_event_bound(79, 0.95)
    assert (1 - bound) ** 79 == pytest.approx(0.05)
    rates = [models.exact_rate(x, 10.0, 0.95) for x in range(40)]
    for rate, lowest in ((0.05, 0.95), (0.3, 0.938), (1.0, 0.95)):
        # after no event the upper limit is one-sided: rates just above it are covered a little less often
        held = [x for x, r in enumerate(rates) if r.lower <= rate <= r.upper]
        assert stats.poisson.pmf(held, 10 * rate).sum() >= lowest
