"""The dosing analyses on the real data: their inputs, a check by simulation, sentences that follow."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from ldn_analysis import analyses, display, evidence, models
from ldn_analysis.errors import InputError


@pytest.fixture(scope="module")
def ev():
    return evidence.load()


@pytest.fixture(scope="module")
def fit(ev):
    return analyses.dose_effects(ev, {}, emax_sd=2.0, ed50_median=3.0, ed50_log_sd=1.0, tau_scale=0.5)


def test_the_report_comes_from_the_data(ev):
    report = analyses.published_dose_finding(ev)
    assert (report.n, report.responders, report.ed50, report.ed95) == (25, 11, 3.88, 5.4)
    assert (report.lowest, report.highest) == (0.75, 6.0)
    with pytest.raises(InputError, match="published in 2020"):
        analyses.published_dose_finding(ev.as_of(2016))


def test_the_posterior_of_the_effect_is_that_of_simulation(fit):
    """Importance sampling from the prior gives the same mean effect at 4.5 mg, and the same ED50."""
    rng = np.random.default_rng(4)
    n = 400_000
    emax = rng.normal(0, 2.0, n)
    ed50 = 3.0 * np.exp(rng.normal(0, 1.0, n))
    tau = np.abs(rng.normal(0, 0.5, n))
    dose, y, v = (fit.used[c].to_numpy() for c in ("dose_mg", "yi", "vi"))
    mean = emax[:, None] * dose / (dose + ed50[:, None])
    spread = v + tau[:, None] ** 2
    weight = np.exp(-0.5 * ((y - mean) ** 2 / spread + np.log(spread)).sum(1))
    at = emax * 4.5 / (4.5 + ed50)
    effect = fit.emax.effect[list(fit.emax.at).index(4.5)]
    assert effect.mean == pytest.approx(np.average(at, weights=weight), abs=0.01)
    half = np.average(ed50 < 3.0, weights=weight)
    assert fit.emax.ed50_posterior[fit.emax.ed50_grid < 3.0].sum() == pytest.approx(half, abs=0.02)


def test_what_data_teach_about_dose_is_little_and_never_negative(fit):
    assert 0 <= fit.emax.bits_ed50 < 1
    assert (fit.table()["bits"] > 0).all()


def test_four_rules_with_chances_between_nothing_and_certainty(fit):
    rules = analyses.titration_rules(
        fit.emax, patients=4000, person_sd=0.0, day_sd=15.0, placebo_relief_sd=15.0, enough=0.9, seed=1
    )
    table = models.titration_table(rules)
    assert list(table["rule"].unique()) == ["to 4.5 mg", "to 6 mg", "up until response", "n-of-1 trial"]
    chances = table[table["unit"] == "probability"]["estimate"].dropna()
    assert chances.between(0, 1).all()


def test_more_noise_makes_more_false_responders(fit):
    base = {"patients": 4000, "person_sd": 0.0, "day_sd": 15.0, "placebo_relief_sd": 5.0, "enough": 0.9}
    swept = analyses.titration_sweep(fit.emax, base, {"placebo_relief_sd": (1.0, 25.0)}, seed=2)
    false = swept[(swept["quantity"] == "false_responder") & (swept["rule"] == "to 4.5 mg")]
    assert false["estimate"].is_monotonic_increasing


def test_occupancy_is_between_its_limits_and_rises_with_dose(ev):
    accounts = analyses.occupancy_accounts(ev, cv=0.2, n_draws=100, seed=1)
    daily = analyses.daily_occupancy(accounts["slow_dissociation"])
    assert daily["high"].is_monotonic_increasing
    assert (daily["low"] <= daily["high"]).all()
    assert daily[["low", "high"]].to_numpy().max() <= 100


@pytest.mark.parametrize(
    ("factor", "words"), [(1.7, "next to nothing"), (5.0, "favours a rising"), (0.2, "favours placebo")]
)
def test_sentences_follow_the_results(fit, factor, words):
    finding = SimpleNamespace(
        beyond_percent=90.0,
        ed50_lower=1.8,
        ed50_upper=math.inf,
        ed50_lower_error=0.4,
        ed50_upper_error=math.inf,
        prior_no_ed95_percent=87.0,
        no_ed95_percent=88.0,
    )
    said = display.dosing_words(
        finding, SimpleNamespace(overall_bayes_factor=factor), fit, [4.5, 6.0], 70.0, 80.0, 4.5
    )
    assert words in said["finding"]
    assert "not a transient blockade" in said["occupancy"]
    assert "about 2 mg (simulation error 0.4) to beyond any dose" in said["answer"]
    other = display.dosing_words(
        finding, SimpleNamespace(overall_bayes_factor=1.0), fit, [4.5], 10.0, 60.0, 4.5
    )
    assert "not a transient" not in other["occupancy"]
