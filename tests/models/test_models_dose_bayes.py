"""The Bayesian Emax model against closed forms, brute force and known truth."""

import numpy as np
import pytest
from scipy import integrate, stats

from ldn_analysis.errors import InputError
from ldn_analysis.models.dose_response_bayes import EmaxPrior, bayesian_emax


def test_no_information_leaves_the_prior():
    fit = bayesian_emax([4.5, 6], [0.0, 0.0], [1e8, 1e8])
    assert fit.bits_ed50 == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(fit.bits_effect, 0, atol=1e-4)
    assert fit.effect[2].sd == pytest.approx(fit.prior_effect[2].sd, rel=1e-5)


def test_one_trial_with_fixed_ed50_and_no_tau_is_conjugate():
    prior = EmaxPrior(ed50_range=(3.0, 3.0), tau_scale=1e-9, emax_sd=2.0)
    fit = bayesian_emax([3.0], [-1.0], [0.25], prior, at=[3.0])
    # the effect at 3 mg is half of Emax: prior N(0, 1), likelihood N(-1, 0.25)
    assert fit.effect[0].mean == pytest.approx(-0.8)
    assert fit.effect[0].sd == pytest.approx(np.sqrt(0.2))
    kl = (np.log(1 / np.sqrt(0.2)) + (0.2 + 0.64) / 2 - 0.5) / np.log(2)
    assert fit.bits_effect[0] == pytest.approx(kl, rel=1e-6)
    assert fit.log_evidence == pytest.approx(stats.norm(0, np.sqrt(1.25)).logpdf(-1.0))


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


def test_a_finer_grid_changes_little():
    data = [4.5, 4.5, 6.0], [-0.9, 0.5, -0.4], [0.1, 0.3, 0.1]
    coarse, fine = bayesian_emax(*data), bayesian_emax(*data, grid=(240, 60))
    assert coarse.bits_ed50 == pytest.approx(fine.bits_ed50, abs=0.01)
    np.testing.assert_allclose([e.mean for e in coarse.effect], [e.mean for e in fine.effect], atol=0.01)
    assert coarse.predictive[2].sd > coarse.effect[2].sd


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
