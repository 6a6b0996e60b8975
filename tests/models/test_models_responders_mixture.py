"""The mixture test where the truth is known: its size, its power, and its maximum against brute force."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import norm

from ldn_analysis.errors import InputError
from ldn_analysis.models.responders.mixture import (
    ResponderMixture,
    matched_mixture,
    mixture_fit,
    mixture_power,
)


def sample(mixture, n, rng):
    responds = rng.random(n) < mixture.share
    return np.where(
        responds, mixture.responder_mean, mixture.other_mean
    ) + mixture.within_sd * rng.standard_normal(n)


def test_matched_mixture_has_the_mean_and_the_others_spread():
    mixture = matched_mixture(-1.3, 0.2, -0.9, 1.58)
    assert mixture.mean == pytest.approx(-1.3)
    assert (mixture.other_mean, mixture.within_sd) == (-0.9, 1.58)
    draws = sample(mixture, 300_000, np.random.default_rng(1))
    assert draws.mean() == pytest.approx(-1.3, abs=0.02)
    assert draws.std() == pytest.approx(mixture.sd, abs=0.02)
    assert draws.std() > 1.58
    with pytest.raises(InputError, match="share is 1"):
        matched_mixture(-1.3, 1.0, -0.9, 1.6)


@pytest.mark.parametrize("seed", range(6))
def test_likelihood_ratio_against_a_general_optimiser(seed):
    rng = np.random.default_rng(seed)
    x = sample(ResponderMixture(0.3, -3.0, 0.0, 1.0), 60, rng)

    def minus_log_likelihood(p):
        share = 1 / (1 + np.exp(-p[0]))
        density = share * norm.pdf(x, p[1], np.exp(p[3])) + (1 - share) * norm.pdf(x, p[2], np.exp(p[3]))
        return -np.sum(np.log(density))

    starts = [(a, x.mean() - 1, x.mean() + 1, 0.0) for a in (-2, -1, 0, 1, 2)]
    options = {"maxiter": 4000, "maxfev": 8000, "xatol": 1e-7, "fatol": 1e-9}
    best = min(minimize(minus_log_likelihood, s, method="Nelder-Mead", options=options).fun for s in starts)
    one = -np.sum(norm.logpdf(x, x.mean(), x.std()))
    statistic, parameters = mixture_fit(x)
    assert statistic == pytest.approx(2 * (one - best), abs=1e-3)
    assert minus_log_likelihood(
        [np.log((1 - parameters[0]) / parameters[0]), parameters[1], parameters[2], np.log(parameters[3])]
    ) == pytest.approx(best, abs=1e-3)


def test_fit_does_not_depend_on_location_scale_or_mirror():
    x = np.random.default_rng(9).standard_normal(80)
    plain = mixture_fit(x)[0]
    for other in (x * 3 + 7, -x):
        assert mixture_fit(other)[0] == pytest.approx(plain, abs=1e-4)


def test_counts_stand_for_repeated_values():
    values, counts = np.array([-2.0, -1, 0, 1, 2, 3]), np.array([3, 8, 12, 9, 6, 2])
    assert mixture_fit(values, counts)[0] == pytest.approx(
        mixture_fit(np.repeat(values, counts))[0], abs=1e-6
    )


def test_many_samples_at_once_are_the_same_as_one_by_one():
    x = np.random.default_rng(4).standard_normal((5, 40))
    together = mixture_fit(x)[0]
    np.testing.assert_allclose(together, [mixture_fit(row)[0] for row in x], atol=1e-4)


def null_statistics(n, draws, seed):
    """Likelihood ratios of samples of one normal: what a statistic is compared with."""
    return mixture_fit(np.random.default_rng(seed).standard_normal((draws, n)))[0]


def test_well_separated_components_are_recovered_and_detected():
    mixture = ResponderMixture(0.3, -5.0, 0.0, 1.0)
    x = sample(mixture, 200, np.random.default_rng(11))
    statistic, parameters = mixture_fit(x)
    assert (null_statistics(200, 200, 20260104) < statistic).all()
    assert sorted(parameters[1:3]) == pytest.approx([-5, 0], abs=0.4)
    assert parameters[3] == pytest.approx(1, abs=0.2)


def test_one_normal_is_not_called_two_more_often_than_stated():
    rng = np.random.default_rng(12)
    seen = mixture_fit(rng.standard_normal((120, 40)))[0]
    rejected = np.mean([np.mean(null_statistics(40, 99, i) >= s) <= 0.1 for i, s in enumerate(seen)])
    assert rejected == pytest.approx(0.1, abs=0.08)


def test_power_has_the_right_size_and_rises():
    nothing = mixture_power(ResponderMixture(0.5, 0.0, 0.0, 1.0), (50, 200), draws=300)
    np.testing.assert_allclose(nothing.power, 0.05, atol=0.05)
    assert nothing.needed == np.inf
    clear = mixture_power(ResponderMixture(0.3, -3.0, 0.0, 1.0), (20, 40, 80, 160), draws=300)
    assert np.all(np.diff(clear.power) > -0.05)
    assert clear.power[-1] > 0.95
    assert 20 <= clear.needed < 160


def test_bins_of_the_power_simulation_agree_with_individual_values():
    mixture, n = ResponderMixture(0.3, -2.5, 0.0, 1.0), 60
    binned = mixture_power(mixture, (n,), draws=400)
    rng = np.random.default_rng(3)
    statistics = mixture_fit(np.array([sample(mixture, n, rng) for _ in range(300)]))[0]
    assert np.mean(statistics > binned.critical[0]) == pytest.approx(binned.power[0], abs=0.1)


def test_people_needed_are_those_of_another_program():
    """Plain EM on individual values (seven starts, 400 steps, 600 samples): of samples of 172 people with 10%
    responders 79.3% were told from one normal, of 200 people 85.0%; so that 175 give 80%."""
    power = mixture_power(matched_mixture(-1.3, 0.1, -0.9, 1.5835), (50, 100, 200, 400), draws=200)
    assert power.needed_range[0] < 175 < power.needed_range[1]
    assert power.needed_range[0] > 130 and power.needed_range[1] < 260
    assert power.needed == pytest.approx(175, rel=0.2)


def test_bad_arguments_are_named():
    with pytest.raises(InputError, match="spread"):
        mixture_fit(np.ones(10))
    with pytest.raises(InputError, match="n must increase"):
        mixture_power(ResponderMixture(0.3, -3.0, 0.0, 1.0), (50, 20))
