"""What report 09 says, against plain calculations and its own tables."""

import math
import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from spoken import numbers, plain, read
from test_questions_oracle import der_simonian_laird, pooled

from ldn_analysis import models
from ldn_analysis.display.words import number
from ldn_analysis.questions import dosing, next_trial
from ldn_analysis.questions.next_trial import words
from ldn_analysis.questions.next_trial.parameters import NextTrial
from ldn_analysis.questions.next_trial.pictures import OUTCOMES
from ldn_analysis.questions.pain.words import situation

SETS = (
    "one",
    "one, doses",
    "one, crossover",
    "two, opposite",
    "three, equal",
    "three, doses",
    "eight, every dose",
    "none, open",
)
FEW = {"reviews": 100, "draws": 128, "patients": 500, "trials": 100, "tau2_method": "DL"}


@pytest.mark.parametrize(("power", "alpha"), [(0.8, 0.025), (0.9, 0.05)])
@pytest.mark.parametrize("name", SETS)
def test_people_for_two_doses_follow_from_the_spread(made_data, name, power, alpha):
    folder, ev = made_data(name)
    params = NextTrial(**FEW, power=power, alpha=alpha, dropout=0.2, between_doses=0.4)
    known, plan = next_trial.background(ev, params), next_trial.what_would_settle(ev, params)
    z = stats.norm.ppf(1 - alpha) + stats.norm.ppf(power)
    people = math.ceil(math.ceil(2 * (known.sd * z / 0.4) ** 2) / 0.8)
    said = words.settling(plan)
    assert f"Finding 0.4 points between two doses takes about {plan.per_group:,} people a group" in said
    assert abs(plan.per_group - people) <= 2 and f"({100 * power:.0f}% power)" in said
    trials = [r for r in read(folder, "studies") if r["randomised"] == "yes" and r["control"] == "placebo"]
    between = sum(r["dose_min_mg"] != r["dose_max_mg"] for r in trials)
    trials_said = {0: "No trial known here has done so", 1: "One trial known here has compared doses"}
    assert trials_said.get(between, "trials known here have compared doses") in said
    derived = dosing.published_pain(ev, params.contrast())
    sizes = [float(r[x]) for r in read(folder, "outcomes") for x in ("n_ldn", "n_placebo") if r[x]]
    sizes += [float(r["n"]) for r in read(folder, "outcomes") if r["group"] != "ldn-placebo" and r["n"]]
    if trials and sizes and all(r["design_type"] == "parallel" for r in trials):
        largest = next_trial.largest_group(derived)
        assert largest == max(sizes)
    assert f"drop-out {100 * plan.dropout:.0f}%" in words.size(plan)


@pytest.mark.parametrize("name", ["two, opposite", "three, equal", "three, changes", "eight, every dose"])
def test_after_one_more_trial_it_is_said_what_the_report_on_pain_would_say(made_data, name):
    _, ev = made_data(name)
    params = NextTrial(**FEW)
    known = next_trial.background(ev, params)
    found = next_trial.decision_map(known, params, reach=2.0)
    assert (found.estimate[0], found.estimate[-1]) == (-2, 2)
    y, v = known.used["yi"].to_numpy(), known.used["vi"].to_numpy()
    row = int(np.argmin(np.abs(found.se - 0.25)))
    expected = []
    for estimate in found.estimate:
        both, spread = np.append(y, estimate), np.append(v, found.se[row] ** 2)
        _, low, high = pooled(both, spread, der_simonian_laird(both, spread))
        expected.append(situation(low, high, params.mid))
    assert list(found.situations[row]) == expected
    today = "two" if len(y) == 2 else situation(*known.fit.ci, params.mid)
    assert found.today == today
    said, title = plain(words.reach(found, 0.25, params.mid, 93)), words.reach_title(found, 0.25)
    others = [key for key in dict.fromkeys(expected) if key != today]
    assert ("could change that" in title) == bool(others)
    if not others:
        assert said.startswith("No result of one trial")
        return
    assert f"Today the data are “{OUTCOMES[today][0]}”" in said
    for key in others:
        first = f"{round(found.estimate[expected.index(key)], 2) + 0.0:.2f}"
        assert f"“{OUTCOMES[key][0]}” if it finds {first}" in said
    assert not re.search(r"(?<![-.\d])(-?\d\.\d\d) to \1\b", said)


@pytest.mark.parametrize("name", ["one", "one, crossover"])
def test_two_trials_are_not_averaged_after_one_more(made_data, name):
    params = NextTrial(**FEW)
    found = next_trial.decision_map(next_trial.background(made_data(name)[1], params), params)
    assert set(found.situations.ravel()) == {"two"}
    assert "too few to average" in words.reach(found, 0.25, 1.0, 93)
    assert "too few to average" in words.reach_title(found, 0.25)


@pytest.mark.parametrize("name", ["one", "two, opposite"])
def test_no_width_is_given_of_two_trials(made_data, name):
    """The report on pain does not average two trials; nor does that on the next one."""
    params = NextTrial(**FEW)
    known = next_trial.background(made_data(name)[1], params)
    table, sweep = next_trial.sizes(known, params), next_trial.tau_sweep(known, params)
    two = table["trials"] + len(known.used) == 2
    assert table["width"].isna().tolist() == two.tolist() and sweep["width"].notna().all()
    said = words.sizes(table, known)
    cells = table.set_index(["trials", "people"])["width"]
    if name == "one":
        wide = "The interval of the one trial is" in said and number(known.fit.ci[1] - known.fit.ci[0])
        assert (
            wide and wide in said and "two are not averaged. The interval of the mean would be about" in said
        )
        assert f"{number(cells[2, 1000])} after two of 1,000 and {number(cells[3, 100])} after three" in said
        assert "a second trial" not in said + words.sizes_otherwise(sweep, known)
    else:
        assert said.startswith(
            "The two trials of today are not averaged. The interval of the mean would be about"
        )
        assert f"{number(cells[1, 100])} after one more trial of 100" in said and np.isnan(known.width)
    figure = next_trial.pictures.widths(table, today=known.width)
    assert (f"today {number(known.width)}" in figure.axes[0].get_title("left")) == (name == "one")


def test_a_later_review_has_the_interval_that_the_report_on_pain_shows(made_data):
    """Equal trials: their plain interval has no width; one more that agrees leaves the wider companion."""
    known = next_trial.background(made_data("three, equal")[1], NextTrial(**FEW))
    y, v = known.used["yi"].to_numpy(), known.used["vi"].to_numpy()
    got = models.trials.updated_review(y, v, [1e-3], y[0], 0.0, reviews=200)
    both, spread = np.append(y, y[0]), np.append(v, 1e-3)
    mu, low, high = pooled(both, spread, 0.0)
    assert mu == pytest.approx(y[0]) and got.width == pytest.approx(high - low, rel=0.02)
    fits = models.pool_many(np.tile(both, (3, 1)), spread)
    wide = models.wider_companions(fits, np.tile(both, (3, 1)), spread)
    one = models.wider_companion(models.pool(both, spread))
    assert wide.ci[1] == pytest.approx(one.ci) and wide.prediction[1] == pytest.approx(one.prediction)
    apart = models.pool_many([[-2.0, 0.0, 2.0]], [0.1] * 3)
    assert models.wider_companions(apart, [[-2.0, 0.0, 2.0]], [0.1] * 3).ci == pytest.approx(apart.ci)
    z = models.pool_many(np.tile(both, (3, 1)), spread, inference="z")
    assert models.wider_companions(z, np.tile(both, (3, 1)), spread) is z


def told_doses(**cells):
    rows = [
        {"shape": s, "people": n, "smallest": m, "detected": d, "by_shape": b, "by_shape_error": 0.004}
        for s, n, m, d, b in (
            ("linear", 100, 41.0, 0.93, 0.46), ("emax", 100, 58.0, 0.887, 0.71),
            ("linear", 50, 41.0, 0.7, 0.4), ("flat", 100, math.nan, 0.02, 0.0),
        )
    ]  # fmt: skip
    return pd.DataFrame(rows).assign(**cells)


def test_detecting_and_naming_are_read_from_their_table():
    guess = pd.DataFrame({"chance": [0.25, 0.5]})
    said = words.doses(told_doses(), guess, 0.5)
    assert numbers(said) == [0.5, 41, 58, 1, 100, 89, 93, 46, 71, 25, 50]
    assert "If the greatest relief is 0.5 points" in said and "needs 41 to 58 people an arm" in said
    unknown = told_doses().assign(smallest=[41.0, math.nan, 41.0, math.nan])
    assert "41 to more than 5,000 people an arm" in words.doses(unknown, guess, 1.0)
    assert numbers(words.doses_alt(told_doses())) == [100, 89, 93, 46, 71]


def test_one_result_alone_is_no_range():
    keys = np.array([["open", "benefit", "open", "open"]])
    found = next_trial.size.DecisionMap(np.array([-1.0, -0.5, 0.0, 0.5]), np.array([0.25]), keys, "open")
    assert "if it finds -0.50 points." in plain(words.reach(found, 0.25, 1.0, 93))


def test_later_trials_and_what_knowing_saves_are_counted():
    later = pd.DataFrame(
        {"study_id": ["a", "b"], "label": ["A", "B"], "yi": [-0.3, 0.9], "lower": [-1.2, -0.8],
         "upper": [0.5, 0.7], "any_before": [0.62, 0.7], "any_after": [0.994, 0.4]}
    )  # fmt: skip
    assert words.history_title(later) == "1 of 2 later trials fell inside the range expected"
    assert words.history_title(later[:1]).startswith("1 of 1 later trial fell")
    outside = later.assign(yi=[-1.3, 0.9])
    assert words.history_title(outside).startswith("0 of 2 later trials fell")
    said = plain(words.history(later, 2016))
    assert "A was expected between -1.20 and 0.50 and found -0.30" in said
    assert "any relief goes from 62% to over 99%" in said and "goes from 70% to 40%" in said
    parts = pd.DataFrame(
        {"state": ["then", "today", "today"], "prior": ["today's", "today's", "sceptical"],
         "everything": [0.1684, 0.0341, 0.9], "best_mg": [0.0, 4.5, 0.0]}
    )  # fmt: skip
    assert (
        words.value_title(parts) == "Today, knowing everything would save 34 points of pain for 1,000 people"
    )
    told = words.knowing_then(parts, {"then": "end of 2016", "today": "today"})
    assert told.endswith("168 (end of 2016) and 34 (today).")
    worth = pd.DataFrame(
        {"state": "today", "prior": ["today's", "today's", "sceptical", "sceptical"], "title": list("abab"),
         "per_100": [0.004, 0.001, 0.004, 0.0039], "per_100_error": [0.0001, 0.0001, 0.0001, 0.0001]}
    )  # fmt: skip
    said = words.value(parts, worth, NextTrial(burden=0.3))
    assert (
        "burden of treatment: 0.3 points" in said
        and "4.5 mg loses least" in said
        and "save 34 points" in said
    )
    assert "most is expected from “a” (today's); “a” or “b” (sceptical)" in said
