"""What report 08 says of each claim beside the numbers that it tells, and its verdict beside the criterion:
on the project's data with other values, on made-up data, and under other choices."""

import dataclasses
import math
import re

import made_up
import numpy as np
import pandas as pd
import pytest
from pain_cases import CASES, Case
from scipy import stats
from spoken import MANY, NUMBER, SETS, all_same, count, plain, read, value

from ldn_analysis import evidence
from ldn_analysis.questions import claims, thresholds
from ldn_analysis.questions.claims.parameters import Claims

EV = evidence.load()
OF_PAIN = [(name, choices) for name, choices in CASES if name != "worse" and "measure" not in choices]
"""Made-up data and other choices of the pool; the claims are about points alone."""


def altered(ev, table, rows, **cells):
    """The evidence with other values in some rows of a table."""
    frame = ev.tables[table].copy()
    chosen = frame.eval(rows, engine="python") if isinstance(rows, str) else rows(frame)
    assert chosen.any(), rows
    for name, cell in cells.items():
        frame.loc[chosen, name] = cell
    return dataclasses.replace(ev, tables={**ev.tables, table: frame})


def told(ev, claim, **choices):
    """A claim's test, and its verdict with its certainty."""
    test = claims.CLAIM_TESTS[claim].test(ev, Claims(**choices))
    return test, *claims.judge(ev, claim, test)


def of_the_pilot(ev, change, heat):
    """The evidence with another difference in the pilot's pressure threshold, and another change of heat."""
    pilot = "study_id == 'younger2009' and measure.str.contains('{}') and statistic == '{}'"
    ev = altered(ev, "outcomes", pilot.format("mechanical", "paired difference"), value=change)
    return altered(ev, "outcomes", pilot.format("heat", "mean change"), value=heat)


def verdict(low, high, at, *, above=True):
    """What an interval says of a claim that the number is above (or below) a criterion."""
    side = "supported" if low > at else "contradicted" if high < at else "undecided"
    swapped = {"supported": "contradicted", "contradicted": "supported"}
    return side if above else swapped.get(side, side)


@pytest.mark.parametrize(("name", "choices"), OF_PAIN, ids=str)
def test_relief_is_told_with_its_pool_its_side_and_its_unit(sets, name, choices):
    case = Case(sets(name), choices)
    test, found, _ = told(case.result.ev, "symptom_relief", **choices)
    if case.k < 3 and case.k != 1:
        assert found == ("undecided" if case.k else "not studied")
        return
    mean, low, high = case.pool()
    text = re.fullmatch(
        rf"(In one trial|Across ({MANY}) trials) \(([\d,]+) people\) pain was on average ({NUMBER} \w+) "
        rf"with LDN than with placebo \((\d+)% interval ({NUMBER} \w+) to ({NUMBER} \w+), (.+?)\): (.+)\.",
        test.sentence,
    )
    assert text, test.sentence
    assert (count(text[2]) if text[2] else 1) == case.k and int(text[3].replace(",", "")) == case.people
    all_same([text[4], text[6], text[7]], (mean, low, high))
    assert text[8] == test.unit == "points on the 0 to 10 scale"
    assert float(text[5]) == pytest.approx(100 * case.level)
    side = {"supported": "side of relief", "contradicted": "side of worsening"}
    wanted = verdict(low, high, 0.0, above=False)
    small = max(-low, high) < 1.0  # the difference that matters by default
    left = (
        "difference that matters (1 point) is unlikely" if small else "relief and worsening are both possible"
    )
    assert found == wanted and side.get(wanted, left) in text[9]


@pytest.mark.parametrize(("change", "p"), [(30.2, 0.003), (45.0, 1e-7), (22.0, 0.01), (-6.0, 0.3)])
@pytest.mark.parametrize("level", [0.95, 0.8])
def test_the_pilot_fell_by_more_or_by_less(change, p, level):
    pilot = "study_id == 'younger2009' and statistic == 'paired difference' and domain == 'symptom severity'"
    ev = altered(EV, "outcomes", f"{pilot} and measure != 'FIQ'", value=change, p_value=p)
    test, found, _ = told(ev, "pilot_30_percent", level=level)
    text = re.search(rf"\((\d+) people\) symptoms fell by ({NUMBER}) percentage points (more|less) under LDN "
                     r"than under placebo: (more|not more) than (\d+), as obs", test.sentence)  # fmt: skip
    n = int(text[1])
    assert value(text[2]) * (1 if text[3] == "more" else -1) == pytest.approx(change) and n == 10
    assert (text[4] == "more") == (found == "true as reported") == (change > 30)
    se = abs(change) / stats.t.isf(p / 2, n - 1)
    half = stats.t.ppf(0.5 + level / 2, n - 1) * se
    shown = re.search(rf"a (\d+)% interval of ({NUMBER}) to ({NUMBER}): for other people (much less|less) is",
                      plain(test.more))  # fmt: skip
    assert int(shown[1]) == round(100 * level)
    all_same([shown[2], shown[3]], (change - half, change + half))
    assert (shown[4] == "much less") == (change - half < 15)


@pytest.mark.parametrize("level", [0.95, 0.8])
@pytest.mark.parametrize(
    "effects", [(-1.2, -1.3, -1.2), (-1.2, 0.0, 0.1), (-1.2,), (0.8, -1.2), (-0.9, -0.9, 0.9)]
)
def test_the_crossover_is_held_against_the_other_trials(tmp_path, effects, level):
    plans = made_up._plans(len(effects), effect=list(effects), n=60)
    plans[0] = dataclasses.replace(plans[0], study_id="younger2013", label="Younger 2012", form="paired, p")
    made = [made_up.trial(plan, np.random.default_rng([5, i])) for i, plan in enumerate(plans)]
    ev = evidence.load(made_up.written(tmp_path / "data", made))
    test, found, _ = told(ev, "replication_2013", level=level)
    case = Case(ev, {"level": level})
    ends = dict(zip(case.used["study_id"], case.own, strict=True))
    low, high = ends.pop("younger2013")
    mean = float(case.used.set_index("study_id").loc["younger2013", "yi"])
    text = re.search(rf"\((\d+) people\) reported daily pain ({NUMBER} \w+) with LDN \(({NUMBER} \w+) to "
                     rf"({NUMBER} \w+), points on the 0 to 10 scale\)", test.sentence)  # fmt: skip
    all_same(text.groups()[1:], (mean, low, high))
    shown, n = sum(upper < 0 for _, upper in ends.values()), len(ends)
    if not n:
        assert "No other trial yet shows less pain" in test.sentence
    elif n == 1:
        assert ("The only other trial shows" if shown else "No other trial (of one) shows") in test.sentence
    else:
        verb = "show" if shown > 1 else "shows"
        whose = "their" if shown > 1 else "its"
        assert f"{shown or 'None'} of {n} other trials {verb} less pain with {whose} whole" in test.sentence
    assert found == ("supported" if shown and high < 0 else "not replicated")


@pytest.mark.parametrize("r2", [(), (0.9,), (0.02,), (0.9, 0.01), (0.92, 0.95)])
@pytest.mark.parametrize("level", [0.95, 0.8])
def test_a_predictor_is_replicated_by_those_who_find_it_not_by_those_who_look(r2, level):
    rows = EV.outcomes
    like = rows[(rows["statistic"] == "r squared") & rows["measure"].str.contains("ESR")]
    others = [s for s in EV.studies["study_id"] if s not in set(like["study_id"])][: len(r2)]
    more = [
        like.assign(study_id=s, outcome_id=f"{s}-esr", value=x, n=40)
        for s, x in zip(others, r2, strict=True)
    ]  # fmt: skip
    # another predictor that stands first in the file is not the sedimentation rate
    first = like.assign(outcome_id="first", measure="age vs drug response", value=0.5)
    table = pd.concat([first, rows, *more], ignore_index=True)
    ev = dataclasses.replace(EV, tables={**EV.tables, "outcomes": table})
    test, found, _ = told(ev, "esr_predicts", level=level)
    shown = sum(_r2_limits(x, 40, level)[0] > 0.25 for x in r2)
    low, high = _r2_limits(0.82, 10, level)
    text = re.search(
        r"In the pilot \((\d+) people\) the sedimentation rate explained (\d+)% of the "
        r"variance \((\d+)% interval (\d+) to (\d+)\); (.+) looked again(.*)\.",
        test.sentence,
    )
    assert list(map(int, text.groups()[:3])) == [10, 82, round(100 * level)]
    assert [int(text[4]), int(text[5])] == pytest.approx([100 * low, 100 * high], abs=4)
    assert text[6].split()[0] == ("no", "one", "two")[len(r2)]
    assert text[7] == (f", {shown or 'none'} with as much" if r2 else "")
    assert found == ("supported" if shown else "not replicated")


def _r2_limits(r2, n, level):
    """Limits of r squared from Fisher's z: near the exact ones."""
    half = stats.norm.ppf(0.5 + level / 2) / math.sqrt(n - 3)
    return [math.tanh(max(math.atanh(math.sqrt(r2)) + sign * half, 0.0)) ** 2 for sign in (-1, 1)]


@pytest.mark.parametrize("ed50", [(5.6, 3.7, 7.6), (60.0, 45.0, 80.0), (14.0, 9.0, 30.0), (0.4, 0.2, 0.9)])
def test_receptors_left_free_are_those_of_the_dose_of_half(ed50):
    cells = dict(zip(("value", "lower95", "upper95"), ed50, strict=True))
    ev = altered(EV, "pharmacology", "pharmacology_id == 'ed50-mu-occupancy-naltrexone'", **cells)
    test, found, _ = told(ev, "glia_not_neurons")
    middle, high, low = (100 * 4.5 / (4.5 + x) for x in ed50)
    text = re.search(r"puts (\d+)% of the mu-opioid receptors .+ \(95% interval (\d+) to (\d+)\): (.+)\.",
                     test.sentence)  # fmt: skip
    assert [int(x) for x in text.groups()[:3]] == pytest.approx([middle, low, high], abs=0.51)
    assert found == verdict(low, high, 20, above=False)
    assert text[4] == {"supported": "most are left free", "contradicted": "they are not left free"}.get(
        found, "whether they are left free is open"
    )


@pytest.mark.parametrize(("placebo", "ratio"), [(30.8, (1.38, 1.27, 1.49)), (40.0, (1.5, 1.3, 1.7)),
                                                (45.0, (1.2, 1.0, 1.4))])  # fmt: skip
def test_those_whom_the_drugs_do_not_help_are_the_rest_of_a_hundred(placebo, ratio):
    ev = altered(EV, "responder_benchmarks", "benchmark_id == 'hauser2011_placebo_30'", value=placebo)
    cells = dict(zip(("value", "lower95", "upper95"), ratio, strict=True))
    ev = altered(ev, "responder_benchmarks", "benchmark_id == 'hauser2011_rr_30'", **cells)
    test, found, _ = told(ev, "unmet_need")
    rest, high, low = (100 - placebo * x for x in ratio)
    text = re.search(r"([\d.]+)% reached 30% relief on placebo and ([\d.]+) times as many on drugs: about "
                     r"(\d+) of 100 did not \((\d+) to (\d+)\)", test.sentence)  # fmt: skip
    all_same(text.groups(), (placebo, ratio[0], rest, low, high))
    assert found == verdict(low, high, 50)


@pytest.mark.parametrize(("change", "heat"), [(0.29, 0.9), (-0.4, -1.2)])
def test_thresholds_of_the_pilot_went_where_their_numbers_say(change, heat):
    ev = EV.as_of(2016)
    pilot = "study_id == 'younger2009' and measure.str.contains('{}')"
    ev = altered(
        ev, "outcomes", f"{pilot.format('mechanical')} and statistic == 'paired difference'", value=change
    )
    ev = altered(ev, "outcomes", f"{pilot.format('heat')} and statistic == 'mean change'", value=heat)
    mechanical, _, _ = told(ev, "mechanical_threshold")
    text = re.search(rf"the threshold was ({NUMBER}) kg/cm² (higher|lower) under LDN", mechanical.more)
    assert value(f"{text[1]} {text[2]}") == change
    hot, _, _ = told(ev, "heat_threshold")
    text = re.search(rf"it (rose|fell) by ({NUMBER}) °C", hot.sentence)
    assert value(text[2]) * (1 if text[1] == "rose" else -1) == heat
    assert hot.more == "A single dose of 50 mg changed none of the sensitivities tested."
    other = altered(ev, "outcomes", "study_id == 'youngerplos2009'", location="Abstract: less pain from cold")
    assert told(other, "heat_threshold")[0].more == ""


@pytest.mark.parametrize("name", SETS)
def test_counts_of_studies_are_those_of_the_rows(made_data, name):
    folder, ev = made_data(name)
    studies = read(folder, "studies")
    n = len(studies)
    fixed = sum(r["dose_min_mg"] == r["dose_max_mg"] == "4.5" for r in studies)
    test, found, _ = told(ev, "dose_typical")
    share = f"{fixed or 'None'} of {n} low-dose studies" if n > 1 else (
        "The only low-dose study" if fixed else "No low-dose study (of one)"
    )  # fmt: skip
    assert test.sentence.startswith(f"{share} with a known dose used a fixed 4.5 mg a day.")
    assert found == ("supported" if fixed / n > 0.5 else "contradicted")
    test, found, _ = told(ev, "twice_daily_unexplored")
    assert found == "supported" and ("None of" in test.sentence or "(of one)" in test.sentence)
    trials = [r for r in studies if r["randomised"] == "yes" and r["control"] == "placebo"]
    between = sum(r["dose_min_mg"] != r["dose_max_mg"] for r in trials)
    for claim in ("dose_unknown", "studies_needed"):
        test, found, _ = told(ev, claim)
        noun = "study" if between < 2 else "studies"
        assert re.match(rf"({MANY}) {noun} randomised people between", test.sentence, re.I)
        assert count(test.sentence.split()[0]) == between
        assert found == ("supported" if not between else "undecided")
    test, found, _ = told(ev, "individual_dose")
    assert test.sentence.startswith("No randomised trial compared an individually found with a fixed dose")
    assert found == "not studied"
    test, found, _ = told(ev, "long_term_safety")
    weeks = [float(r["treatment_weeks"]) for r in trials]
    assert found == "supported"
    told_ = f"was {max(weeks):g} weeks: nobody was randomised to a year of it." if weeks else (
        "No randomised, double-blind trial of a low dose is known."
    )  # fmt: skip
    assert told_ in test.sentence


@pytest.mark.parametrize(("weeks", "events"), [(52, 0), (52, 9), (104, 0)])
def test_a_year_of_exposure_is_told_with_what_it_leaves_open(tmp_path, weeks, events):
    plans = made_up._plans(2, n=300, week=float(weeks))
    made = [made_up.trial(plan, np.random.default_rng([6, i])) for i, plan in enumerate(plans)]
    for one in made:
        for row in one.rows["events"]:
            if row["event"] == "serious adverse event":
                row["events"] = str(events)
    ev = evidence.load(made_up.written(tmp_path / "data", made))
    test, found, _ = told(ev, "long_term_safety")
    sizes = [
        int(next(r["n"] for r in one.rows["events"] if r["group"] == "ldn")) for one in made
    ]  # fmt: skip
    text = re.search(r"was (\d+) weeks: (\d+) people were randomised to a year or more\. Serious adverse "
                     r"events in up to ([\d.]+) of 100 remain possible", test.sentence)  # fmt: skip
    assert [int(text[1]), int(text[2])] == [weeks, sum(sizes)]
    k, n = 2 * events, sum(sizes)  # of both, as the people
    upper = stats.beta.ppf(0.975 if k else 0.95, k + 1, n - k)
    assert float(text[3]) == pytest.approx(100 * upper, abs=0.051)
    assert found == ("supported" if upper > 0.01 else "contradicted")


@pytest.mark.parametrize(("change", "heat"), [(0.29, 0.9), (-0.4, -1.2)])
def test_the_pilot_beside_the_trial(change, heat):
    pilot = "study_id == 'younger2009' and measure.str.contains('{}')"
    ev = altered(
        EV, "outcomes", f"{pilot.format('mechanical')} and statistic == 'paired difference'", value=change
    )
    ev = altered(ev, "outcomes", f"{pilot.format('heat')} and statistic == 'mean change'", value=heat)
    table = thresholds.pilot_thresholds(ev)
    tests = thresholds.threshold_tests(ev)
    average = thresholds.pressure_average(tests)
    for trials in (1, 3):
        seen = dataclasses.replace(average, trials=trials)
        said = thresholds.pilot_beside_trial(table, tests, seen).set_index("kind")
        one = "the randomised trial" if trials == 1 else "the largest randomised trial"
        assert f" in {one}: both legs" in said.loc["mechanical", "trial"]
        assert thresholds.words.first_title(table, seen).endswith(f" in {one}")
    mechanical, hot = plain(said.loc["mechanical", "pilot"]), plain(said.loc["heat", "pilot"])
    assert mechanical.startswith(
        f"{'improved' if change > 0 else 'not improved'} in the pilot: {change:.2f} "
    )
    assert hot.startswith(f"{'reported' if heat > 0 else 'not reported'} as improved: {heat:.1f} °C under")
    better = thresholds.words.first_title(table, average)
    assert better.startswith("Mechanical and heat better" if change > 0 else "Nothing better")
