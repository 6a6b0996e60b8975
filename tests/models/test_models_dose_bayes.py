"""The Bayesian Emax model against closed forms, brute force and known truth."""

import numpy as np
import pytest
from scipy import integrate, stats

from ldn_analysis import contrasts, evidence
from ldn_analysis.errors import InputError
from ldn_analysis.models import EmaxPrior, bayesian_emax


def test_no_information_leaves_the_prior():
    fit = bayesian_emax([4.5, 6], [0.0, 0.0], [1e8, 1e8])
    assert fit.bits_ed50 == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(fit.bits_effect, 0, atol=1e-4)
    assert fit.effect[2].sd == pytest.approx(fit.prior_effect[2].sd, rel=1e-5)


def test_one_trial_with_fixed_ed50_and_no_tau_is_conjugate():
    prior = EmaxPrior(ed50_log_sd=1e-12, tau_scale=1e-9, emax_sd=2.0)
    fit = bayesian_emax([3.0], [-1.0], [0.25], prior, at=[3.0])
    # the effect at 3 mg is half of Emax: prior N(0, 1), likelihood N(-1, 0.25)
    assert fit.effect[0].mean == pytest.approx(-0.8)
    assert fit.effect[0].sd == pytest.approx(np.sqrt(0.2))
    kl = (np.log(1 / np.sqrt(0.2)) + (0.2 + 0.64) / 2 - 0.5) / np.log(2)
    assert fit.bits_effect[0] == pytest.approx(kl, rel=1e-6)


def test_against_brute_force_integration():
    d, y, v = np.array([4.5, 6.0]), np.array([-1.0, -0.3]), np.array([0.1, 0.08])
    prior = EmaxPrior(tau_scale=1e-9)

    def joint(log_ed50, emax, power):
        ed50 = 3 * np.exp(log_ed50)
        like = np.exp(-0.5 * ((y - emax * d / (ed50 + d)) ** 2 / v).sum())
        weight = like * np.exp(-0.5 * log_ed50**2) * np.exp(-0.5 * (emax / 2) ** 2)
        return weight * (emax * 3 / (ed50 + 3)) ** power

    top, low = (integrate.dblquad(joint, -10, 8, -4, 4, args=(k,), epsabs=1e-9)[0] for k in (1, 0))
    fit = bayesian_emax(d, y, v, prior, at=[3.0], grid=(800, 2))
    assert fit.effect[0].mean == pytest.approx(top / low, rel=2e-3)


@pytest.mark.slow
def test_a_finer_grid_changes_little():
    data = [4.5, 4.5, 6.0], [-0.9, 0.5, -0.4], [0.1, 0.3, 0.1]
    coarse, fine = bayesian_emax(*data), bayesian_emax(*data, grid=(240, 60))
    assert coarse.bits_ed50 == pytest.approx(fine.bits_ed50, abs=0.01)
    np.testing.assert_allclose([e.mean for e in coarse.effect], [e.mean for e in fine.effect], atol=0.01)
    assert coarse.predictive[2].sd > coarse.effect[2].sd


PRIORS = {
    "default": EmaxPrior(),
    "wide": EmaxPrior(emax_sd=4.0, ed50_log_sd=1.5, tau_scale=1.0),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", PRIORS)
def test_results_on_the_trials_of_pain_do_not_hang_on_the_grid(name):
    """Each axis doubled: effects, limits, bits, ED50 change by less than the docstring says."""
    table = contrasts.derive(evidence.load(), "pain", "MD").table
    used = table[table["included"] & table["dose_mg"].notna()]
    data = [used[column].to_numpy(dtype=float) for column in ("dose_mg", "yi", "vi")]
    coarse, fine = bayesian_emax(*data, PRIORS[name]), bayesian_emax(*data, PRIORS[name], grid=(160, 48))
    for parts, within in (("effect", 1e-3), ("predictive", 2e-3)):
        for a, b in zip(getattr(coarse, parts), getattr(fine, parts), strict=True):
            got, want = ((x.mean, x.sd, *x.interval()) for x in (a, b))
            np.testing.assert_allclose(got, want, rtol=0, atol=within)
    np.testing.assert_allclose(coarse.bits_effect, fine.bits_effect, atol=2e-3)
    assert coarse.bits_ed50 == pytest.approx(fine.bits_ed50, abs=1e-3)
    at = [0.025, 0.25, 0.5, 0.75, 0.975]
    np.testing.assert_allclose(coarse.ed50_quantile(at), fine.ed50_quantile(at), rtol=0.01)


def test_against_importance_sampling_from_the_prior():
    """Emax, ED50 and tau drawn from the prior, weighted by the likelihood: within four Monte-Carlo errors."""
    d, y, v = np.array([1.5, 4.5, 6.0]), np.array([-0.2, -1.0, -0.9]), np.array([0.15, 0.1, 0.12])
    prior = EmaxPrior(emax_sd=1.5, tau_scale=0.4)
    rng = np.random.default_rng(8)
    size = 400_000
    emax = rng.normal(0, 1.5, size)
    ed50 = 3.0 * np.exp(rng.standard_normal(size))
    tau = 0.4 * np.abs(rng.standard_normal(size))
    like = np.ones(size)
    for dose, effect, variance in zip(d, y, v, strict=True):
        like *= stats.norm.pdf(effect, emax * dose / (ed50 + dose), np.sqrt(variance + tau**2))
    weight = like / like.sum()
    fit = bayesian_emax(d, y, v, prior, grid=(200, 60))

    def check(value, sample):
        mean = weight @ sample
        error = np.sqrt((weight**2) @ (sample - mean) ** 2)
        assert value == pytest.approx(mean, abs=4 * error + 5e-4)

    for i, dose in enumerate(fit.at):
        effect = emax * dose / (ed50 + dose)
        check(fit.effect[i].mean, effect)
        check(fit.effect[i].probability_below(-0.5), effect < -0.5)
        check(0.95, (effect > fit.effect[i].interval()[0]) & (effect < fit.effect[i].interval()[1]))
        new = effect + tau * rng.standard_normal(size)
        check(fit.predictive[i].probability_below(0), new < 0)
        # bits: the same divergence over 200 cells of equal prior probability
        cells = np.quantile(effect, np.linspace(0, 1, 201)[1:-1])
        after = np.bincount(np.searchsorted(cells, effect), weights=weight, minlength=200)
        assert fit.bits_effect[i] == pytest.approx(stats.entropy(after, np.full(200, 1 / 200), 2), abs=0.02)
    for p, quantile in zip((0.1, 0.5, 0.9), fit.ed50_quantile([0.1, 0.5, 0.9]), strict=True):
        check(p, ed50 < quantile)


def test_quantiles_of_ed50_without_information_are_those_of_the_prior():
    fit = bayesian_emax([4.5], [0.0], [1e9])
    at = [0.001, 0.025, 0.5, 0.975, 0.999]
    want = stats.lognorm(1, scale=3).ppf(at)
    np.testing.assert_allclose(fit.ed50_prior_quantile(at), want)
    np.testing.assert_allclose(fit.ed50_quantile(at), want, rtol=1e-5)


def test_much_data_find_the_truth():
    doses = np.repeat([1.0, 2.0, 4.0, 8.0, 16.0], 4)
    rng = np.random.default_rng(1)
    y = -2 * doses / (3 + doses) + 0.03 * rng.standard_normal(doses.size)
    fit = bayesian_emax(doses, y, np.full(doses.size, 0.03**2), EmaxPrior(tau_scale=0.02), grid=(400, 20))
    low, high = fit.ed50_quantile([0.025, 0.975])
    assert low < 3 < high
    assert fit.emax.mean == pytest.approx(-2, abs=0.15)
    assert fit.bits_ed50 > 3


def test_bad_arguments():
    with pytest.raises(InputError, match=r"dose\[0\] is 0"):
        bayesian_emax([0.0, 1], [0, 0], [1, 1])
    with pytest.raises(InputError, match="same length"):
        bayesian_emax([1.0, 2], [0.0], [1.0])


def test_doses_of_one_trial_share_their_control_group():
    """Against a multivariate normal likelihood at every point of the same grid, written out one by one."""
    from scipy import special
    from scipy.stats import multivariate_normal

    dose, y = np.array([3.0, 4.5, 6.0]), np.array([-0.8, -0.7, -0.2])
    covariance = np.array([[0.30, 0.15, 0.0], [0.15, 0.30, 0.0], [0.0, 0.0, 0.09]])
    prior, grid, at = EmaxPrior(), (12, 6), 4.5
    fit = bayesian_emax(dose, y, np.diag(covariance), prior, covariance=covariance, at=[at], grid=grid)
    between = np.array([[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]])
    quantiles = (np.arange(grid[0]) + 0.5) / grid[0]
    taus = prior.tau_scale * special.ndtri(0.5 + (np.arange(grid[1]) + 0.5) / (2 * grid[1]))
    total = weighted = 0.0
    for ed50 in prior.ed50_median * np.exp(prior.ed50_log_sd * special.ndtri(quantiles)):
        for tau in taus:
            f = dose / (dose + ed50)
            v = covariance + tau**2 * between
            seen = v + prior.emax_sd**2 * np.outer(f, f)
            weight = multivariate_normal(0 * f, seen).pdf(y)
            gain = prior.emax_sd**2 * f @ np.linalg.inv(seen)
            total, weighted = total + weight, weighted + weight * gain @ y * at / (at + ed50)
    assert fit.effect[0].mean == pytest.approx(weighted / total, rel=1e-9)


def test_a_covariance_without_sharing_changes_nothing():
    dose, y, v = [3.0, 4.5, 6.0], [-0.8, -0.7, -0.2], [0.3, 0.3, 0.09]
    alone, matrix = (bayesian_emax(dose, y, v, covariance=c) for c in (None, np.diag(v)))
    assert [e.mean for e in alone.effect] == pytest.approx([e.mean for e in matrix.effect], rel=1e-12)
    with pytest.raises(InputError, match="no data can have"):
        bayesian_emax(dose, y, v, covariance=np.full((3, 3), 0.3) + np.diag([0, 0, -0.21]))
