"""The Bayesian model against brute force, limits that are known, symmetry and simulated truth."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import ndtr
from scipy.stats import halfcauchy, halfnorm, kstest, t

from ldn_analysis import models
from ldn_analysis.errors import InputError

YI, VI = np.array([-0.7, 0.3, -1.2, -0.1]), np.array([0.12, 0.2, 0.35, 0.05])
PRIORS = [models.HalfNormal(0.4), models.HalfCauchy(0.3), models.Uniform(2.0)]


def brute(yi, vi, prior, mu_prior, f):
    """Posterior mean of f(tau, mean, variance of mu) by adaptive quadrature over log tau: slow and apart."""
    yi, vi = np.asarray(yi), np.asarray(vi)
    precision, pull = (0.0, 0.0) if mu_prior is None else (mu_prior.sd**-2, mu_prior.mean * mu_prior.sd**-2)

    def parts(x):
        tau = np.exp(x)
        w = 1 / (vi + tau**2)
        variance = 1 / (w.sum() + precision)
        mean = variance * (w @ yi + pull)
        log_f = 0.5 * np.log(w).sum() + 0.5 * np.log(variance) - 0.5 * (w @ (yi - mean) ** 2)
        if mu_prior is not None:
            log_f -= 0.5 * precision * (mean - mu_prior.mean) ** 2
        return log_f + x + float(prior.log_density(np.array([tau]))[0]), tau, mean, variance

    last = min(60.0, math.log(prior.end))
    grid = np.linspace(-40, last, 4001)
    values = np.array([parts(x)[0] for x in grid])
    top, peak = values.max(), grid[values.argmax()]
    low, high = grid[values > top - 60][[0, -1]]

    def integral(g):
        def weighted(x):
            log_f, tau, mean, variance = parts(x)
            return math.exp(log_f - top) * g(tau, mean, variance)

        knots = np.unique(np.clip([low, peak - 2, peak - 0.5, peak, peak + 0.5, peak + 2, high], low, high))
        return sum(quad(weighted, a, b, limit=400, epsabs=0, epsrel=1e-12)[0] for a, b in pairwise(knots))

    return integral(f) / integral(lambda *_: 1.0)


def test_densities_of_priors_are_those_of_scipy():
    tau = np.geomspace(1e-3, 30, 40)
    log_variance = (2 * np.log(tau / 1.7) + 3.16) / 2.5  # a t of five degrees, of tau squared in SDs of 1.7
    known = {
        models.HalfNormal(0.4): halfnorm.logpdf(tau, scale=0.4),
        models.HalfCauchy(0.3): halfcauchy.logpdf(tau, scale=0.3),
        models.LogStudent(-3.16, 2.5, 5.0, 1.7): t.logpdf(log_variance, 5) + np.log(2 / 2.5 / tau),
    }
    for prior, density in known.items():
        assert prior.log_density(tau) == pytest.approx(density), prior


@pytest.mark.parametrize("prior", PRIORS, ids=str)
def test_priors_integrate_to_one(prior):
    s = 0.2
    total = quad(
        lambda u: float(np.exp(prior.log_density(np.array([s * math.sinh(u)]))[0])) * s * math.cosh(u),
        1e-12,
        min(55.0, math.asinh(prior.end / s)),
        limit=800,
        epsabs=1e-12,
    )[0]
    assert total == pytest.approx(1, abs=1e-8)


@pytest.mark.parametrize("prior", PRIORS, ids=str)
@pytest.mark.parametrize("mu_prior", [None, models.Normal(0.2, 0.9)], ids=["flat", "normal"])
def test_brute_force_agrees(prior, mu_prior):
    fit = models.posterior(YI, VI, prior, mu_prior)
    below = brute(YI, VI, prior, mu_prior, lambda _, m, v: ndtr((0.0 - m) / math.sqrt(v)))
    assert fit.mu.probability_below(0.0) == pytest.approx(below, abs=1e-9)
    new = brute(YI, VI, prior, mu_prior, lambda tau, m, v: ndtr((-0.5 - m) / math.sqrt(v + tau**2)))
    assert fit.new_study.probability_below(-0.5) == pytest.approx(new, abs=1e-9)
    assert fit.mu.mean == pytest.approx(brute(YI, VI, prior, mu_prior, lambda _, m, __: m), abs=1e-9)
    half = fit.tau.quantile(0.5)
    assert fit.tau.probability_below(half) == pytest.approx(0.5, abs=1e-12)


@pytest.mark.parametrize(
    ("yi", "vi"),
    [
        ([0.0, 1.0], [1e-6, 1.0]),
        ([0.0, 3.0, 3.1], [1e-6, 1e-6, 1.0]),
        ([-40.0, 40.0, 0.0], [0.01, 0.02, 1.0]),
        (np.linspace(-1, 1, 60), np.full(60, 0.01)),
        ([5e6, 5.2e6, 4.9e6], [1e10, 2e10, 1e11]),
    ],
    ids=["million", "clash", "far apart", "sixty", "large unit"],
)
def test_hard_data_too(yi, vi):
    prior = models.HalfCauchy(float(np.ptp(yi)) / 2)
    fit = models.posterior(yi, vi, prior)
    x = float(np.mean(yi)) + 0.1 * float(np.ptp(yi))
    below = brute(yi, vi, prior, None, lambda _, m, v: ndtr((x - m) / math.sqrt(v)))
    assert fit.mu.probability_below(x) == pytest.approx(below, abs=1e-8)
    for part in (fit.mu, fit.tau, fit.new_study, *fit.shrinkage[:3]):
        below = part.probability_below(part.interval(0.9))
        assert below == pytest.approx([0.05, 0.95], abs=1e-9)


def test_one_study_returns_the_prior_of_tau():
    fit = models.posterior([0.4], [0.1], models.HalfCauchy(0.5))
    p = np.array([0.01, 0.3, 0.5, 0.9, 0.999])
    assert fit.tau.quantile(p) == pytest.approx(halfcauchy.ppf(p, scale=0.5), rel=1e-9)
    assert math.isinf(fit.tau.mean)
    assert math.isnan(fit.mu.mean)
    assert fit.mu.median == pytest.approx(0.4)
    assert any("no mean" in note for note in fit.notes)


def test_equal_variances_at_tau_near_zero_and_a_narrow_prior_are_the_common_effect():
    fit, common = models.posterior(YI, VI, models.HalfNormal(1e-6)), models.pool(YI, VI, "CE", "z")
    assert fit.mu.mean == pytest.approx(common.estimate, rel=1e-9)
    assert fit.mu.interval() == pytest.approx(common.ci, rel=1e-9)
    assert fit.shrinkage[0].mean == pytest.approx(common.estimate, rel=1e-9)


def test_equal_variances_and_a_flat_prior_of_tau_give_students_t():
    """With v_i = v tiny beside tau, the integral over a flat tau is a t with k - 2 degrees of freedom.

    Flat it is up to an end that is far beyond the data.

    The likelihood is tau^-k exp(-S / 2 tau^2) with S = (k - 1) s^2 + k (mean - mu)^2, whose integral over tau
    falls as S to the power -(k - 1) / 2.
    """
    yi = np.array([1.0, 2.5, 3.1, 0.2, 1.9])
    fit = models.posterior(yi, np.full(5, 1e-14), models.Uniform(1e4))
    theirs = t.interval(0.95, 3, yi.mean(), yi.std(ddof=1) * math.sqrt(4 / (5 * 3)))
    assert fit.mu.interval() == pytest.approx(theirs, rel=1e-8)


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.tuples(st.floats(-3, 3), st.floats(0.01, 4)), min_size=2, max_size=6),
    st.floats(0.05, 20),
    st.floats(-5, 5),
)
def test_unit_origin_and_order_do_not_matter(studies, scale, shift):
    yi, vi = map(np.array, zip(*studies, strict=True))
    one = models.posterior(yi, vi, models.HalfNormal(0.5), models.Normal(0.1, 2))
    changed = models.posterior(
        scale * yi[::-1] + shift,
        scale**2 * vi[::-1],
        models.HalfNormal(0.5 * scale),
        models.Normal(0.1 * scale + shift, 2 * scale),
    )
    p = [0.025, 0.5, 0.975]
    assert changed.mu.quantile(p) == pytest.approx(scale * one.mu.quantile(p) + shift, rel=1e-8, abs=1e-8)
    assert changed.tau.quantile(p) == pytest.approx(scale * one.tau.quantile(p), rel=1e-8)
    mirrored = models.posterior(-yi, vi, models.HalfNormal(0.5), models.Normal(-0.1, 2))
    assert mirrored.mu.mean == pytest.approx(-one.mu.mean, abs=1e-9)
    assert mirrored.new_study.probability_above(0) == pytest.approx(one.new_study.probability_below(0))


def test_truth_drawn_from_the_prior_has_uniform_ranks():
    """Simulation-based calibration: 400 truths from the priors, data from them, ranks in the posterior."""
    rng = np.random.default_rng(11)
    ranks = []
    for _ in range(400):
        mu, tau = rng.normal(0, 1), abs(rng.normal(0, 0.5))
        vi = rng.uniform(0.02, 0.5, 4)
        yi = rng.normal(rng.normal(mu, tau, 4), np.sqrt(vi))
        fit = models.posterior(yi, vi, models.HalfNormal(0.5), models.Normal(0, 1))
        new = rng.normal(mu, tau)
        ranks.append(
            [part.probability_below(x) for part, x in ((fit.mu, mu), (fit.tau, tau), (fit.new_study, new))]
        )
    for column in np.array(ranks).T:
        assert kstest(column, "uniform").pvalue > 0.01


def test_bad_arguments_are_named():
    with pytest.raises(InputError, match=r"vi\[1\] is 0"):
        models.posterior([1, 2], [1, 0])
    with pytest.raises(InputError, match="yi has 2, vi has 3"):
        models.posterior([1, 2], [1, 1, 1])
    with pytest.raises(InputError, match="tau_prior"):
        models.posterior([1, 2], [1, 1], 0.5)
    with pytest.raises(InputError, match="sd is -1"):
        models.HalfNormal(-1)
    with pytest.raises(InputError, match="must be above 0 and below 1"):
        models.posterior([1, 2], [1, 1]).mu.quantile(1.0)


def test_html_escapes_and_names_the_priors():
    html = models.posterior(YI, VI)._repr_html_()
    assert "half-normal (scale 0.5)" in html
    assert "prior of mu: flat" in html
