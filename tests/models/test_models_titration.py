"""Titration rules where the truth is known: right without noise, normal tails without effect."""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from scipy.stats import multivariate_normal

from ldn_analysis.errors import InputError
from ldn_analysis.models.titration.patients import DailyPain, Population, virtual_patients
from ldn_analysis.models.titration.rules import (
    FixedTarget,
    NOf1,
    NoTreatment,
    UntilResponse,
    relief_differences,
    simulate_titration,
    titration_table,
)

SILENT = DailyPain(day_sd=0.0)
SAME = {
    "ed50_log_sd": 0.0,
    "baseline_sd": 0.0,
    "baseline_mean": 60.0,
    "placebo_relief": 0.0,
    "placebo_relief_sd": 0.0,
}


def people(emax=-30.0, ed50=2.0, sd=0.0, **changes):
    n = changes.pop("n", 4000)
    return virtual_patients([emax], [ed50], [sd], Population(**SAME | changes), n=n)


def one(rule, patients, pain=SILENT, **changes):
    return simulate_titration({"rule": rule}, patients, pain, **changes)[0]


@pytest.mark.parametrize(("ed50", "best"), [(3.0, 4.5), (0.75, 3.0), (18 / 78, 1.5)])
def test_best_dose_by_formula(ed50, best):
    """Lowest dose with 90% of the effect at 6 mg: d = 5.4 E / (E + 0.6)."""
    np.testing.assert_allclose(people(ed50=ed50).best_dose(), best, rtol=1e-12)


def test_best_dose_with_a_burden_is_the_calculus_optimum():
    """emax d/(E + d) - b d is greatest at sqrt(emax E / b) - E."""
    patients = people(emax=-30, ed50=2, burden_per_mg=2.4, enough=1.0)
    np.testing.assert_allclose(patients.best_dose(), np.sqrt(30 * 2 / 2.4) - 2, rtol=1e-6)
    assert np.all(people(emax=10).best_dose() == 0)
    assert np.all(people(emax=-1, ed50=2, burden_per_mg=5.0).best_dose() == 0)


def test_best_dose_against_a_fine_grid():
    patients = people(sd=20.0, ed50_log_sd=1.0, burden_per_mg=1.5, n=200)
    doses = np.linspace(0, 6, 60001)
    net = -patients.emax[:, None] * doses / (patients.ed50[:, None] + doses) - 1.5 * doses
    top = net.max(axis=1, keepdims=True)
    expected = np.where(top[:, 0] > 0, doses[np.argmax(net >= 0.9 * top, axis=1)], 0)
    np.testing.assert_allclose(patients.best_dose(), expected, atol=2e-4)


@pytest.mark.parametrize(("ed50", "best"), [(3.0, 4.5), (0.75, 3.0), (18 / 78, 1.5)])
def test_without_noise_n_of_1_is_always_right(ed50, best):
    result = one(NOf1(), people(emax=-50, ed50=ed50))
    assert set(result.final_dose) == {best}
    assert result.near.all()
    assert result.called.all()


def test_without_noise_going_up_stops_at_the_first_dose_that_meets_the_threshold():
    # 60 points at baseline: 30% is 18. Effects at 1.5, 3, 4.5 of emax 40 and ED50 3: 13.3, 20, 24.
    result = one(UntilResponse(), people(emax=-40, ed50=3.0))
    assert set(result.final_dose) == {3.0}
    assert np.all(result.weeks == 2)


def test_without_noise_or_effect_nobody_is_called_a_responder():
    for rule in (FixedTarget(), UntilResponse(), NOf1()):
        result = one(rule, people(emax=0.0))
        assert not result.called.any()
        assert np.all(result.final_dose == 0)
        assert result.near.all()


def test_false_responders_of_a_fixed_target_are_a_normal_tail():
    pain = DailyPain(day_sd=15, autocorrelation=0.3)
    patients = people(emax=0.0, n=200_000, placebo_relief=7.69, placebo_relief_sd=12.0)
    result = one(FixedTarget(), patients, pain)
    # Called if 0.7 * (60 + e0) >= 60 - p + e1: a normal variable below zero.
    sd = np.sqrt(12.0**2 + pain.mean_sd(3) ** 2 + (0.7 * pain.mean_sd(14)) ** 2)
    expected = ndtr((7.69 - 18) / sd)
    share, mc_se, n, _ = result.quantities()["false_responder"]
    assert n == 200_000
    assert abs(share - expected) < 4 * mc_se


def test_going_up_until_response_gives_noise_more_chances():
    """Four looks with a shared baseline: one less the orthant probability of four correlated normals."""
    pain = DailyPain(day_sd=20, autocorrelation=0.0)
    result = one(UntilResponse(), people(emax=0.0, n=100_000), pain)
    shared, own = (0.7 * pain.mean_sd(14)) ** 2, pain.mean_sd(3) ** 2
    none = multivariate_normal(np.zeros(4), own * np.eye(4) + shared).cdf(np.full(4, 18.0))
    share, mc_se, *_ = result.quantities()["false_responder"]
    assert abs(share - (1 - none)) < 4 * mc_se + 1e-4


@pytest.mark.parametrize("blocks", [1, 4])
def test_false_responders_of_an_n_of_1_with_one_dose(blocks):
    pain = DailyPain(day_sd=15, autocorrelation=0.4)
    rule = NOf1(doses=(0.0, 4.5), blocks=blocks, response_points=5.0)
    result = one(rule, people(emax=0.0, n=200_000, placebo_relief=20.0, placebo_relief_sd=20.0), pain)
    se = pain.mean_sd(3) * np.sqrt(2 / blocks)
    expected = 1 - ndtr(max(5.0, ndtri(0.95) * se) / se)  # placebo cancels: every period has it
    share, mc_se, *_ = result.quantities()["false_responder"]
    assert abs(share - expected) < 4 * mc_se


def test_more_blocks_find_the_dose_more_often():
    patients = people(emax=-30, ed50=3.0, sd=5.0, n=20_000)
    shares = [one(NOf1(blocks=b), patients, DailyPain()).quantities()["near_best"][0] for b in (1, 4, 16, 64)]
    assert np.all(np.diff(shares) > 0)


def test_sd_of_a_mean_of_autocorrelated_days():
    pain = DailyPain(day_sd=10, autocorrelation=0.5)
    lag = np.abs(np.subtract.outer(np.arange(7), np.arange(7)))
    assert pain.mean_sd(7) == pytest.approx(np.sqrt((100 * 0.5**lag).mean()), rel=1e-12)
    assert DailyPain(day_sd=10, autocorrelation=0.0).mean_sd(4) == pytest.approx(5.0)


def test_population_moments():
    patients = virtual_patients([-5.0, -15.0], [2.0, 4.0], [3.0, 3.0], n=100_000)
    assert patients.emax.mean() == pytest.approx(-10, abs=0.1)
    assert patients.emax.std() == pytest.approx(np.sqrt(25 + 9), rel=0.01)
    assert patients.placebo_change.mean() == pytest.approx(-7.69, abs=0.2)
    assert patients.baseline.min() >= 40
    assert patients.baseline.max() <= 100


def test_best_relief_is_the_greatest_of_a_fine_grid():
    patients = people(sd=20.0, ed50_log_sd=1.0, burden_per_mg=1.5, n=200)
    doses = np.linspace(0, 6, 60001)[:, None]
    np.testing.assert_allclose(patients.best_relief(), patients.net_relief(doses).max(axis=0), atol=1e-4)


def test_doing_nothing_calls_nobody_and_loses_all_that_could_be_had():
    patients = people(sd=20.0)
    nothing = one(NoTreatment(), patients, DailyPain()).quantities()
    assert nothing["relief"][0] == nothing["weeks"][0] == nothing["called"][0] == 0
    assert nothing["regret"][0] == pytest.approx(patients.best_relief().mean())
    assert np.isnan(nothing["predictive_value"][0])
    assert nothing["best_none"][0] == pytest.approx(ndtr(30 / 20 * -1), abs=0.02)


def test_the_predictive_value_is_that_of_bayes():
    """From the prevalence and the two rates of error, which are tested above."""
    got = one(FixedTarget(), people(emax=-10, sd=15.0, n=50_000), DailyPain()).quantities()
    true, false, missed = (
        got[name][0] for name in ("true_responders", "false_responder", "missed_responder")
    )
    hit = true * (1 - missed)
    assert got["predictive_value"][0] == pytest.approx(hit / (hit + (1 - true) * false), rel=1e-9)


def test_differences_of_relief_are_those_of_the_means():
    rules = {"none": NoTreatment(), "to 4.5": FixedTarget(4.5), "until": UntilResponse()}
    results = simulate_titration(rules, people(sd=10.0), DailyPain())
    pairs = relief_differences(results)
    assert len(pairs) == 3
    means = {r.label: r.relief.mean() for r in results}
    expected = [means[a] - means[b] for a, b in zip(pairs["first"], pairs["second"], strict=True)]
    np.testing.assert_allclose(pairs["difference"], expected)


def test_weeks_and_table():
    rules = {"to 4.5": FixedTarget(4.5), "to 6": FixedTarget(6.0), "until": UntilResponse(), "n-of-1": NOf1()}
    results = simulate_titration(rules, people(sd=10.0), DailyPain())
    weeks = [r.quantities()["weeks"][0] for r in results]
    assert weeks[0] == pytest.approx(10)
    assert weeks[1] == pytest.approx(11)
    assert 1 <= weeks[2] <= 4
    assert weeks[3] == pytest.approx(15)
    table = titration_table(results)
    assert list(table["rule"].unique()) == list(rules)
    shares = table[table["unit"] == "probability"]
    assert shares["estimate"].between(0, 1).all()
    expected_se = np.sqrt(shares["estimate"] * (1 - shares["estimate"]) / shares["n"])
    np.testing.assert_allclose(shares["mc_se"], expected_se, atol=1e-12)


def test_a_quantity_over_nobody_is_missing():
    values = one(FixedTarget(), people(emax=0.0)).quantities()
    assert np.isnan(values["missed_responder"][0])
    assert values["missed_responder"][2] == 0


def test_same_seed_same_result():
    a, b = (one(UntilResponse(), people(sd=10.0), DailyPain()) for _ in range(2))
    np.testing.assert_array_equal(a.final_dose, b.final_dose)


def test_bad_arguments_are_named():
    with pytest.raises(InputError, match="same length"):
        virtual_patients([-5, -6], [2], [1])
    with pytest.raises(InputError, match="person_sd"):
        virtual_patients([-5], [2], [-1])
    with pytest.raises(InputError, match="doses"):
        one(NOf1(doses=(1.5, 3.0)), people())
    with pytest.raises(InputError, match="autocorrelation"):
        DailyPain(autocorrelation=1.0)
    with pytest.raises(InputError, match="below the start"):
        one(FixedTarget(target=1.0), people())
