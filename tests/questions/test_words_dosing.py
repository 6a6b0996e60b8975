"""What report 05 says of doses, receptors and rules, against plain calculations from the rows."""

import math
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from spoken import SETS, numbers, plain, read

from ldn_analysis import evidence
from ldn_analysis.questions import dosing
from ldn_analysis.questions.dosing import words

PRIOR = {"emax_sd": 2.0, "ed50_median": 3.0, "ed50_log_sd": 1.0, "tau_scale": 0.5}


def half_dose(y, v, dose, level):
    """Limits of the dose of half effect by sums over a grid: normal largest effect, log-normal ED50,
    half-normal tau; `y` one contrast a trial."""
    at = 3.0 * np.exp(stats.norm.ppf((np.arange(400) + 0.5) / 400))
    tau = np.linspace(0, 2.5, 200)
    prior = np.exp(-(tau**2) / 0.5)
    prior[0] /= 2
    share = dose / (dose + at[:, None])
    log = np.empty((len(at), len(tau)))
    for j, spread in enumerate(tau):
        w = 1 / (v + spread**2 * np.ones_like(v))
        precision = 1 / 4 + (share**2 * w).sum(1)
        pull = (share * w * y).sum(1)
        log[:, j] = 0.5 * (np.log(w).sum() - np.log(4 * precision) + pull**2 / precision - (w * y**2).sum())
    mass = (np.exp(log - log.max()) * prior).sum(1)
    total = (np.cumsum(mass) - mass / 2) / mass.sum()
    return [float(np.interp(p, total, at)) for p in ((1 - level) / 2, (1 + level) / 2)]


@pytest.mark.parametrize("level", [0.95, 0.8])
@pytest.mark.parametrize("name", ["one", "two, opposite", "three, equal", "eight, every dose"])
def test_the_dose_of_half_effect_is_found_by_plain_sums(made_data, name, level):
    _, ev = made_data(name)
    effects = dosing.dose_effects(ev, {"measure": "MD"}, level=level, **PRIOR)
    y, v, dose = (effects.used[x].to_numpy(float) for x in ("yi", "vi", "dose_mg"))
    said = plain(words.trials(effects, level))
    low, high = half_dose(y, v, dose, level)
    z = stats.norm.ppf((1 + level) / 2)
    before = 3 * math.exp(-z), 3 * math.exp(z)
    told = re.findall(r"(under 0\.1|beyond 50|[\d.]+) mg", said)
    for text, expected in zip(told, (low, high, *before), strict=True):
        number = {"under 0.1": 0.1, "beyond 50": 50.0}.get(text) or float(text)
        assert number == pytest.approx(expected, rel=0.03, abs=0.06)
    left = math.log(high / low) / math.log(before[1] / before[0])
    kind = "almost nothing" if left > 0.8 else "little" if left > 0.5 else "something"
    assert min(abs(left - cut) for cut in (0.5, 0.8)) < 0.02 or kind in said
    assert said.startswith("The one trial says" if len(y) == 1 else "The trials say")
    assert f"({100 * level:g}%)" in said


@pytest.mark.parametrize("name", SETS)
def test_what_the_trials_gave_is_that_of_their_rows(made_data, name):
    folder, ev = made_data(name)
    given = dosing.given_doses(ev)
    trials = [r for r in read(folder, "studies") if r["randomised"] == "yes" and r["control"] == "placebo"]
    answer = words.answer(given, len(dosing.randomised_comparisons(ev)))
    if not trials:
        assert answer.startswith("We do not know.")
        return
    between = sum(r["dose_min_mg"] != r["dose_max_mg"] for r in trials)  # none of them titrates
    assert answer.startswith("The best dose is not settled." if between else "The best dose is unknown.")
    none_helps = words.answer(given, between, "no relief")
    assert none_helps.startswith(words.NO_RELIEF) and "best dose" not in none_helps
    several = len({r["dose_max_mg"] for r in trials}) > 1
    assert ("never dose against dose" in answer) == (several and not between)
    weeks = max(float(r["treatment_weeks"]) for r in trials)
    who = {1: "It gave", 2: "Both gave"}.get(len(trials), "All gave")
    alt, title = words.given_alt(given), words.given_title(given)
    for text in (alt, title):
        assert f"{'it' if len(trials) == 1 else 'the longest'} lasted {weeks:g} weeks" in text
    assert who in alt and title.startswith("The one trial gave" if len(trials) == 1 else "Trials gave")


def test_trials_that_rose_to_other_doses_are_not_told_as_the_longest():
    table = pd.DataFrame({"doses": [(4.5,), (6.0,)], "start_mg": [1.0, 1.5], "dose_mg": [4.5, 6.0]})
    both = words.answer(table.assign(weeks=12.0, stepwise=True), 0)
    assert both.endswith("Two trials rose from 1 or 1.5 to 4.5 or 6 mg.")


def test_receptors_are_occupied_as_the_published_dose_of_half_says():
    ev = evidence.load()
    row = next(
        r for r in read(ev.folder, "pharmacology") if "occupancy" in r["quantity"] and "ED50" in r["quantity"]
    )
    day = SimpleNamespace(
        low=70.6, low_lower=46.0, low_upper=89.4, high=80.5, high_lower=60.0, high_upper=97.0
    )
    chances = pd.DataFrame(
        {"account": ["a", "b", "c"], "chance": [0.52, 0.0, 0.0], "error": [0.0349, 0.0, 0.0]}
    )
    for dose in (1.5, 4.5):
        single = dosing.single_dose_occupancy(ev, dose)
        shown = [100 * dose / (dose + float(row[x])) for x in ("value", "upper95", "lower95")]
        said = words.occupancy(single, day)
        expected = [dose, *(float(f"{x:.0f}") for x in shown), 71, 46, 89, 80, 60, 97]
        assert numbers(said)[:10] == [float(x) for x in expected]
        assert f"One dose of {dose:g} mg occupies {shown[0]:.0f}% of" in words.occupancy_title(single, day)
    assert words.blockade_title(chances).endswith("under 1% to 52% (± 7), by the model")
    assert words.blockade_title(chances[1:]).endswith(": under 1%")


def test_a_day_on_the_drug_is_told_from_its_draws():
    """Low, high and chance of each simulated day, counted once more in the draws, once a day alone."""
    ev = evidence.load()
    accounts = dosing.occupancy_accounts(ev, n_draws=80, seed=4)
    misfit = {name: one.fit_to_decline()["z"].pow(2).sum() for name, one in accounts.items()}
    nearest = accounts["slow_dissociation"]  # what the sentence calls nearest to PET
    assert min(misfit, key=misfit.get) == "slow_dissociation"
    for dose in (1.5, 4.5, 6.0):
        single = dosing.single_dose_occupancy(ev, dose)
        day = next(r for r in dosing.daily_occupancy(nearest).itertuples() if r.dose_mg == dose)
        chances = dosing.blockade_chances(accounts, dose)
        said = words.occupancy(single, day)
        at = np.flatnonzero((nearest.dose_mg_per_day == dose) & (nearest.doses_per_day == 1))[0]
        ends = [np.quantile(nearest.draws[x][at], [0.5, 0.025, 0.975]) for x in ("low", "high")]
        shown = re.search(
            r"lowest (\d+)% \((\d+) to (\d+)\), highest (\d+)% \((\d+) to (\d+)\)", said
        ).groups()
        assert [int(x) for x in shown] == pytest.approx(np.concatenate(ends), abs=0.51)
        assert words.occupancy_title(single, day).endswith(f"daily use {shown[0]} to {shown[3]}% (model)")
        known = []
        for one in accounts.values():
            low, high = one.draws["low"][at], one.draws["high"][at]
            known.append(float(np.mean((low <= 20) & (high >= 50))))
        assert list(chances["chance"]) == pytest.approx(known, abs=1e-9)
        title = words.blockade_title(chances)
        for p in (min(known), max(known)):
            told = "under 1%" if p < 0.01 else "over 99%" if p > 0.99 else f"{100 * p:.0f}%"
            assert told in title


def tables(relief):
    """`OwnDose` of rules with these reliefs under each assumption."""
    rows = [
        {"rule": rule, "quantity": quantity, "estimate": value if quantity == "relief" else 0.31 + 0.1 * i,
         "mc_se": 0.1, "n": 9, "unit": "", "assumption": f"a{i}", "value": i}
        for rule, values in relief.items() for i, value in enumerate(values)
        for quantity in ("relief", "true_responders", "best_none", "predictive_value")
    ]  # fmt: skip
    swept = pd.DataFrame(rows)
    pairs = [
        {"first": a, "second": b, "difference": x - y, "error": 0.1, "assumption": f"a{i}", "value": i}
        for j, a in enumerate(relief) for b in list(relief)[j + 1 :]
        for i, (x, y) in enumerate(zip(relief[a], relief[b], strict=True))
    ]  # fmt: skip
    first = swept[swept["assumption"] == "a0"].drop(columns=["assumption", "value"])
    return dosing.own_dose.__globals__["OwnDose"](pd.DataFrame(), {}, first, swept, pd.DataFrame(pairs))


def test_rules_are_ordered_only_where_every_assumption_orders_them():
    tried = tables({"no treatment": [0, 0], "to 4.5 mg": [2.0, 1.0], "to 6 mg": [2.6, 0.9]})
    said = plain(words.own_dose(tried))
    assert "differ by at most 0.06 points (0–10)" in said
    assert "31% (31% to 41%) would truly get" in said and "“to 4.5 mg”, 31% (31% to 41%) are" in said
    kept = said.partition("only these keep their order: ")[2]
    assert (
        kept == "“to 4.5 mg” more than “no treatment” and “to 6 mg” more than “no treatment” in mean relief."
    )
    assert "do not overlap for all rules" in words.own_dose_alt(tried.ranges())
    open_ = tables({"no treatment": [0, 0], "to 4.5 mg": [2.0, -1.0], "to 6 mg": [2.6, -0.9]})
    assert "none beats no treatment under every assumption" in words.own_dose(open_)
    assert "assumptions overlap for all rules" in words.own_dose_alt(open_.ranges())
