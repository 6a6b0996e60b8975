"""The exact distribution of r against Hotelling's density, simulation and pingouin's published example."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import gammaln, hyp2f1
from scipy.stats import pearsonr, t

from ldn_analysis import models
from ldn_analysis.errors import InputError
from ldn_analysis.models.responders.correlation import (
    best_of_predictors,
    chance_of_r_squared,
    correlation_cdf,
    correlation_evidence,
    simulate_r_squared,
)


def hotelling_density(r, n, rho):
    """Hotelling 1953, equation 25: the density of r in closed form."""
    log = np.log(n - 2) + gammaln(n - 1) - gammaln(n - 0.5) - 0.5 * np.log(2 * np.pi)
    log += (
        (n - 1) / 2 * np.log1p(-(rho**2)) + (n - 4) / 2 * np.log1p(-(r**2)) - (n - 1.5) * np.log1p(-rho * r)
    )
    return np.exp(log) * hyp2f1(0.5, 0.5, n - 0.5, (rho * r + 1) / 2)


@pytest.mark.parametrize("n", [5, 10, 50])
@pytest.mark.parametrize("rho", [-0.5, 0.0, 0.3, 0.9])
def test_cdf_is_the_integral_of_hotellings_density(n, rho):
    for r in (-0.6, 0.2, 0.85):
        assert correlation_cdf(r, n, rho) == pytest.approx(
            quad(hotelling_density, -1, r, args=(n, rho), epsabs=1e-12)[0], abs=1e-9
        )


def test_without_correlation_it_is_students_t():
    r, n = 0.7, 10
    assert correlation_cdf(r, n, 0.0) == pytest.approx(t.cdf(r * np.sqrt(8 / (1 - r**2)), 8), abs=1e-11)


@pytest.mark.parametrize("rho", [0.0, 0.3, np.sqrt(0.3)])
def test_chance_of_a_large_r_squared_against_simulation(rho):
    simulated = simulate_r_squared(10, rho, draws=200_000) >= 0.8
    exact = chance_of_r_squared(0.8, 10, rho)
    assert simulated.mean() == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 200_000))


def test_evidence_for_r_squared_of_080_at_n_10():
    result = correlation_evidence(0.8, 10)
    assert result.r == pytest.approx(np.sqrt(0.8))
    assert result.adjusted_r_squared == pytest.approx(1 - 0.2 * 9 / 8)
    low, high = result.exact_ci
    assert 1 - correlation_cdf(result.r, 10, low) == pytest.approx(0.025, abs=1e-8)
    assert correlation_cdf(result.r, 10, high) == pytest.approx(0.025, abs=1e-8)
    assert result.r_squared_ci == pytest.approx((low**2, high**2))
    assert result.replication_n[0.3] == pytest.approx(
        84.07, abs=0.05
    )  # pwr.r.test(r = 0.3, power = 0.8): 84.07


def test_p_value_is_that_of_the_usual_test():
    rng = np.random.default_rng(1)
    x = rng.standard_normal(12)
    y = x + rng.standard_normal(12)
    found = pearsonr(x, y)
    ours = correlation_evidence(found.statistic**2, 12)
    assert ours.p_value == pytest.approx(found.pvalue, rel=1e-6)


def test_partial_correlation_is_that_of_residuals():
    rng = np.random.default_rng(3)
    given = rng.standard_normal((30, 2))
    x, y = given @ [1.0, 0.5] + rng.standard_normal(30), given @ [-0.3, 1.0] + rng.standard_normal(30)
    design = np.column_stack([np.ones(30), given])
    left = [v - design @ np.linalg.lstsq(design, v, rcond=None)[0] for v in (x, y)]
    found = models.partial_correlation(x, y, given)
    assert found.r == pytest.approx(np.corrcoef(*left)[0, 1])
    z = np.arctanh(found.r) + np.array([-1, 1]) * 1.959963984540054 / np.sqrt(30 - 2 - 3)
    assert found.ci == pytest.approx(tuple(np.tanh(z)))
    assert models.partial_correlation(x, y).r == pytest.approx(np.corrcoef(x, y)[0, 1])
    with pytest.raises(InputError, match="at least 6 are needed"):
        models.partial_correlation(x[:5], y[:5], given[:5])


def test_interval_with_both_signs_gives_a_share_of_variance_from_zero():
    weak = correlation_evidence(0.1, 10)
    assert weak.exact_ci[0] < 0 < weak.exact_ci[1]
    assert weak.r_squared_ci[0] == 0


def test_exact_interval_covers():
    rho, n = 0.6, 10
    rng = np.random.default_rng(2)
    x = rng.standard_normal((4000, n))
    y = rho * x + 0.8 * rng.standard_normal((4000, n))
    r = np.array([np.corrcoef(a, b)[0, 1] for a, b in zip(x, y, strict=True)])
    # Inside the interval exactly when the cdf at the truth lies between the tails; checked on a grid of r.
    grid = np.linspace(r.min(), r.max(), 200)
    cdf = np.interp(r, grid, [correlation_cdf(g, n, rho) for g in grid])
    assert np.mean((cdf > 0.025) & (cdf < 0.975)) == pytest.approx(0.95, abs=0.012)


def test_best_of_several_predictors():
    result = best_of_predictors(10, 20, 0.5, draws=8000)
    independent = 1 - (1 - chance_of_r_squared(0.5, 10, 0.0)) ** 20
    assert result.exceed == pytest.approx(independent, abs=4 * result.mc_se)
    related = best_of_predictors(10, 20, 0.5, predictor_correlation=0.9, draws=8000)
    rng = np.random.default_rng(3)
    x = rng.multivariate_normal(np.zeros(20), np.where(np.eye(20), 1.0, 0.9), (8000, 10))
    x, y = x - x.mean(1, keepdims=True), rng.standard_normal((8000, 10, 1))
    y -= y.mean(1, keepdims=True)
    best = ((x * y).sum(1) ** 2 / (x**2).sum(1) / (y**2).sum(1)).max(1)
    assert related.exceed == pytest.approx((best >= 0.5).mean(), abs=5 * related.mc_se)
    assert best_of_predictors(10, 1, 0.5).exceed == pytest.approx(chance_of_r_squared(0.5, 10, 0.0), abs=0.01)


def test_bad_arguments_are_named():
    with pytest.raises(InputError, match="n is 3"):
        correlation_cdf(0.5, 3, 0.0)
    with pytest.raises(InputError, match="r_squared"):
        chance_of_r_squared(1.0, 10, 0.0)
    with pytest.raises(InputError, match="predictor_correlation"):
        best_of_predictors(10, 5, 0.5, predictor_correlation=1.0)
