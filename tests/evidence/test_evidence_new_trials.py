"""A trial that an analyst adds gives the estimate of a hand calculation, or is refused by the rule it breaks.

The estimates are computed here from the numbers alone; nothing of the package is used for them.
"""

import math
import re
from functools import cache
from pathlib import Path

import pytest
from mutations import Data, row
from scipy import stats

from ldn_analysis import contrasts

DATA = Path(__file__).resolve().parents[2] / "data"
PLACE = {"study_id": "smith2027", "source": "10.1234/x", "location": "Table 2", "how_read": "full text"}
STUDY = {
    "trial_id": "smith2027", "label": "Smith et al. 2027", "year": "2027", "doi": "10.1234/x",
    "design": "parallel", "design_type": "parallel", "randomised": "yes", "blinding": "double-blind",
    "condition": "fibromyalgia", "n_randomised": "60", "n_analysed": "58", "dose_mg_per_day": "4.5",
    "dose_min_mg": "4.5", "dose_max_mg": "4.5", "dose_schedule": "4.5 mg once daily", "control": "placebo",
    "treatment_weeks": "12", "control_weeks": "12", "how_read": "full text",
}  # fmt: skip
CROSS = {"design": "crossover", "design_type": "crossover", "n_randomised": "30", "n_analysed": "28"}
TWO = {"n_randomised": "90", "n_analysed": "87", "dose_mg_per_day": "3 to 4.5", "dose_min_mg": "3",
       "dose_schedule": "3 mg or 4.5 mg once daily"}  # fmt: skip
SET = {"study_id": "smith2027", "outcome": "pain", "from_domain": "pain", "set": "primary",
       "primary_week": "12", "reason": "Randomised and double-blind."}  # fmt: skip
PAIN = {"domain": "pain", "measure": "pain NRS", "scale_min": "0", "scale_max": "10", "unit": "points",
        "better": "lower", "week": "12"}  # fmt: skip
MM = {"measure": "pain VAS", "unit": "mm", "scale_max": "100"}
RELIEF = {"measure": "pain relief NRS", "better": "higher"}
PERCENT = {"unit": "percent reduction from baseline", "better": "higher"}
BOTH = {"n": "58", "n_ldn": "29", "n_placebo": "29"}


def t(df):
    return float(stats.t.ppf(0.975, df))


def two(m1, s1, n1, m2, s2, n2):
    """Mean difference of two groups and its variance."""
    return m1 - m2, s1**2 / n1 + s2**2 / n2


def out(group, statistic, value, **cells):
    study = cells.get("study_id", "smith2027")
    key = f"{study}-{abs(hash((group, statistic, str(value), *map(str, cells.items())))) % 10**9}"
    cells = {name: str(cell) for name, cell in cells.items()}
    return row("outcomes", key, **{**PLACE, **PAIN, "group": group, "statistic": statistic,
                                   "value": str(value), **cells})  # fmt: skip


def arms(statistic="mean", one=("4.8", "2.1"), other=("5.6", "2.1"), n=29, spread="sd", **cells):
    return tuple(
        out(group, statistic, value, n=n, **{spread: sd}, **cells)
        for group, (value, sd) in (("ldn", one), ("placebo", other))
    )


def gap(value=-0.8, statistic="difference in means", **cells):
    return (out("ldn-placebo", statistic, value, **{**BOTH, **side(value, cells), **cells}),)


def pairs(**cells):
    return (out("ldn-placebo", "paired difference", -0.8, n=28, favours="ldn", **cells),)


def side(value, cells):
    """The group that did better, by the sign: what a difference that stands alone has to say."""
    return {"favours": "ldn" if (value < 0) == (cells.get("better") != "higher") else "placebo"}


def count(group, event, events, n=29, tail="", **cells):
    key = f"smith2027-{event.replace('%', '').replace(' ', '-')}-w12-{group}{tail}"
    return row("events", key, **{**PLACE, "event": event, "week": "12", "group": group, "paired": "no",
                                 "events": str(events), "n": str(n), **cells})  # fmt: skip


def counts(event, a, c, n1=29, n2=29, **cells):
    return count("ldn", event, a, n1, **cells), count("placebo", event, c, n2, **cells)


@cache
def data():
    return Data(DATA)


def added(rows, study=None, **declared):
    """The problems of the data with the trial, and its row among the contrasts where there are none."""
    own, said = STUDY | (study or {}), SET | declared
    edits = [row("studies", "smith2027", **own), row("study_sets", "pain-smith2027", **said), *rows]
    changed = data().edited(*edits)
    problems = data().problems(changed)
    if problems:
        return "\n".join(map(str, problems)), None
    table = contrasts.derive(data().seen(changed), "pain").table
    return "", table.set_index("study_id").loc["smith2027"]


DOSED = (
    out("ldn", "mean", 4.8, sd=2.1, n=29, dose_mg_per_day=3), out("placebo", "mean", 5.6, sd=2.1, n=29),
    out("ldn", "mean", 4.9, sd=2.1, n=29, dose_mg_per_day=4.5),
)  # fmt: skip
PRESSURE = {"domain": "pain threshold", "measure": "mechanical pain threshold", "unit": "kPa",
            "better": "higher", "scale_min": "", "scale_max": ""}  # fmt: skip
START = (out("ldn", "mean", 6.9, sd=1.5, n=29, week=0), out("placebo", "mean", 6.1, sd=1.5, n=29, week=0))
EACH = two(4.8, 2.1, 29, 5.6, 2.1, 29)
REPORTED = (-0.8, (1.1 / t(56)) ** 2)
PAIRED = (-0.8, 1.8**2 / 28)
TAKEN = {
    "means and SDs": (arms(), {}, EACH),
    "two to one": (
        (out("ldn", "mean", 4.8, sd=2.1, n=40), out("placebo", "mean", 5.6, sd=2.3, n=18)), {},
        two(4.8, 2.1, 40, 5.6, 2.3, 18),
    ),
    "twelve people": (
        (out("ldn", "mean", 4.1, sd=1.9, n=6), out("placebo", "mean", 5.6, sd=2.2, n=6)),
        {"n_randomised": "12", "n_analysed": "12"}, two(4.1, 1.9, 6, 5.6, 2.2, 6),
    ),
    "mm": (arms(one=("48", "21"), other=("56", "21"), **MM), {}, EACH),
    "relief": (arms(one=("5.2", "2.1"), other=("4.4", "2.1"), **RELIEF), {}, EACH),
    "percent": (
        (*arms("mean change", ("28", "30"), ("18", "30"), **PERCENT),
         out("all", "mean", 6.1, n=58, week=0)), {},
        (-0.61, 2 * (0.3 * 6.1) ** 2 / 29),
    ),
    "an interval": (gap(lower95=-1.9, upper95=0.3), {}, REPORTED),
    "a difference that rounded arms allow": ((*arms(), *gap(-0.9, se=0.55)), {}, (-0.9, 0.55**2)),
    "an interval beside its arms": ((*arms(), *gap(lower95=-1.9, upper95=0.3)), {}, REPORTED),
    "an interval on the side that is said": (gap(lower95=-1.9, upper95=0.3, favours="ldn"), {}, REPORTED),
    "more relief with LDN": (gap(0.8, lower95=-0.3, upper95=1.9, favours="ldn", **RELIEF), {}, REPORTED),
    "a model that turns the raw difference": (
        (*START, *arms(one=("5.3", "2.1"), other=("5.1", "2.1")),
         *gap(-0.4, "adjusted difference (ANCOVA)", se=0.5)), {}, (-0.4, 0.25),
    ),
    "no difference, p of 1": (gap(0, lower95=-1.1, upper95=1.1, p_value=1), {}, (0.0, REPORTED[1])),
    "pairs, SE": (pairs(se=0.34017), CROSS, PAIRED), "pairs, SD": (pairs(sd=1.8), CROSS, PAIRED),
    "pairs, t": (pairs(t_value=-2.3518), CROSS, PAIRED), "pairs, F": (pairs(f_value=5.531), CROSS, PAIRED),
    "pairs, p": (pairs(p_value=0.02622), CROSS, PAIRED),
    "pairs, interval": (pairs(lower95=-1.498, upper95=-0.102), CROSS, PAIRED),
    "two doses": (
        (*(gap(d, se=0.55, dose_mg_per_day=dose)[0] for d, dose in ((-0.8, 3), (-0.7, 4.5))),), TWO,
        (-0.75, 0.75 * 0.55**2),
    ),
    "half the dose twice a day": (arms(), {"dose_schedule": "2.25 mg twice daily"}, EACH),
    "medians": (
        (out("ldn", "median", 4.8, q1=3.4, q3=6.2, n=29), out("placebo", "median", 5.6, q1=4.2, q3=7, n=29)),
        {}, (-0.8, 2 * (2.8 / (2 * stats.norm.ppf((0.75 * 29 - 0.125) / 29.25))) ** 2 / 29),  # Wan 2014
    ),
    "a follow-up after the end": (
        (*arms(), *arms(one=("5.0", "2.2"), other=("5.5", "2.2"), n=27, **{"week": "24"})), {}, EACH,
    ),
    "a large difference of few people": (
        arms(one=("3.4", "1.4"), other=("5.9", "1.3"), n=10), {"n_randomised": "20", "n_analysed": "20"},
        two(3.4, 1.4, 10, 5.9, 1.3, 10),
    ),
    "a crossover that one person left": (
        (out("ldn-placebo", "paired difference", -0.8, n=27, se=0.34),
         out("ldn", "mean", 4.8, sd=2.1, n=28), out("placebo", "mean", 5.6, sd=2.1, n=27)), CROSS,
        (-0.8, 0.34**2),
    ),
    "a low dose and a higher one": (
        (out("ldn", "mean", 4.8, sd=2.1, n=29, dose_mg_per_day=4.5),
         out("ldn", "mean", 4.2, sd=2, n=29, dose_mg_per_day=9), out("placebo", "mean", 5.6, sd=2.1, n=29)),
        TWO | {"dose_mg_per_day": "4.5 to 9", "dose_min_mg": "4.5", "dose_max_mg": "9",
               "dose_schedule": "4.5 mg or 9 mg once daily"}, EACH,
    ),
    "worse in both arms, as their means show": (
        (out("ldn", "mean", 6.0, sd=1.6, n=29, week=0), out("placebo", "mean", 6.1, sd=1.7, n=29, week=0),
         *arms(one=("6.7", "2.1"), other=("7.3", "2.1")),
         *arms("mean change", ("0.7", "2.0"), ("1.2", "2.0"))), {}, two(0.7, 2, 29, 1.2, 2, 29),
    ),
    "medians and the width of the quartiles": (
        (out("ldn", "median", 4.8, iqr=2.8, n=29), out("placebo", "median", 5.6, iqr=2.8, n=29)),
        {}, (-0.8, 2 * (2.8 / (2 * stats.norm.ppf((0.75 * 29 - 0.125) / 29.25))) ** 2 / 29),  # Wan 2014
    ),
    "all doses together": (
        (*gap(lower95=-1.9, upper95=0.3, n="87", n_ldn="58", favours="ldn"),), TWO,
        (-0.8, (1.1 / t(85)) ** 2),
    ),
    "a count of both doses, of those who stayed": (
        (*DOSED, *counts("nausea", 12, 6, n1=45, analysis="complete cases")), TWO,
        two(4.85, math.sqrt((2 * 28 * 2.1**2 + 58 * 0.05**2) / 57), 58, 5.6, 2.1, 29),
    ),
    "no events in either arm": ((*arms(), *counts("pain response 50%", 0, 0)), {}, EACH),
}  # fmt: skip

REFUSED = {
    "the total typed for each arm": (arms(n=58), {}, "arms_within_study"),
    "doses that hold too many": (
        (out("ldn", "mean", 4.8, sd=2, n=40, dose_mg_per_day=3), out("placebo", "mean", 5.6, sd=2.1, n=28),
         out("ldn", "mean", 4.6, sd=2.2, n=40, dose_mg_per_day=4.5)), TWO, "arms_within_study",
    ),
    "arms swapped among responders": (
        (out("ldn", "mean", 4.8, sd=2.1, n=40), out("placebo", "mean", 5.6, sd=2.1, n=18),
         *counts("pain response 30%", 6, 12, 18, 40)), {}, "arms_keep_sizes",
    ),
    "an SD that the mean does not allow": (
        arms(one=("10", "40"), other=("15", "40"), **MM), {}, "spread_plausible",
    ),
    "an SD typed as an SE": (
        arms(n=10, spread="se"), {"n_randomised": "22", "n_analysed": "20"}, "spread_plausible",
    ),
    "an SD of pairs typed as an SE": (pairs(se=1.8), CROSS, "spread_plausible"),
    "an SE of pairs typed as an SD": (pairs(sd=0.34), CROSS, "spread_plausible"),
    "quartiles of a standard error": (
        (out("ldn", "median", 4.5, q1=4.4, q3=4.6, n=29),
         out("placebo", "median", 5.5, q1=5.4, q3=5.6, n=29)),
        {}, "spread_plausible",
    ),
    "a range typed as quartiles": (
        (out("ldn", "median", 4.5, q1=0, q3=10, n=29), out("placebo", "median", 5.5, q1=0, q3=10, n=29)),
        {}, "spread_plausible",
    ),
    "an interval at 90%": ((*arms(), *gap(lower95=-1.72, upper95=0.12)), {}, "contrast_against_spreads"),
    "an interval at 99%": ((*arms(), *gap(lower95=-2.27, upper95=0.67)), {}, "contrast_against_spreads"),
    "a one-sided p": ((*arms(), *gap(p_value=0.075)), {}, "contrast_against_spreads"),
    "another SE": ((*arms(), *gap(se=0.9)), {}, "contrast_against_spreads"),
    "another difference": ((*arms(), *gap(-1.8, se=0.55)), {}, "difference_against_arms"),
    "another difference of arms whose last digit is 0": (
        (*arms(one=("4.80", "2.1"), other=("5.60", "2.1")), *gap(-0.9, se=0.55)), {},
        "difference_against_arms",
    ),
    "placebo minus LDN": ((*arms(), *gap(0.8, se=0.55)), {}, "difference_against_arms"),
    "the other side than is said": (gap(0.8, lower95=-0.3, upper95=1.9, favours="ldn"), {}, "sign_as_said"),
    "the other side in words": (
        gap(0.8, se=0.55, location="Table 2: in favour of naltrexone"), {}, "form_of_location",
    ),
    "less relief with LDN": (gap(-0.8, se=0.55, favours="ldn", **RELIEF), {}, "sign_as_said"),
    "responders on the other side": (
        (*gap(1.7, "difference in mean change", se=0.53), *counts("pain response 30%", 17, 5)), {},
        "responders_say_the_same",
    ),
    "an SD of a difference of groups": (gap(sd=2.1), {}, "contrast_columns"),
    "0 to 10 on a scale of 0 to 100": (
        (*arms("mean change", ("28", "30"), ("18", "30"), **MM | PERCENT),
         out("all", "mean", 6.1, n=58, week=0, **MM)), {}, "start_on_scale",
    ),
    "the whole dose twice a day": (arms(), {"dose_schedule": "4.5 mg twice daily"}, "schedule_says_dose"),
    "months typed as weeks": (
        arms(), {"treatment_weeks": "3", "control_weeks": "3",
                 "dose_schedule": "4.5 mg once daily for 12 weeks"}, "weeks_reported",
    ),
    "another week than the table's": (arms(location="Table 3 (6 months)"), {}, "week_of_location"),
    "a washout between groups": (arms(), {"washout": "2 weeks"}, "design_words"),
    "a variance typed as an SD": (arms(one=("4.8", "4.41"), other=("5.6", "4.41")), {}, "spread_plausible"),
    "half of an interval typed as an SE": (gap(se=1.1), {}, "spread_plausible"),
    "half of an interval typed as an SD": (
        arms(one=("4.8", "0.8"), other=("5.6", "0.8")), {}, "spread_plausible",
    ),
    "a one-sided p beside t": (gap(-0.83, t_value=-1.46, p_value=0.075), {}, "precisions_agree"),
    "what remained, as a reduction": (
        (*arms("mean change", ("72", "30"), ("82", "30"), **PERCENT), out("all", "mean", 6.1, n=58, week=0)),
        {}, "value_plausible",
    ),
    "the baseline typed as the end": (
        (out("ldn", "mean", 6.2, sd=1.6, n=29, week=0), out("placebo", "mean", 6.0, sd=1.7, n=29, week=0),
         *arms(one=("6.2", "1.6"), other=("6.0", "1.7"))), {}, "end_is_start",
    ),
    "days typed as weeks": (arms(location="Table 2 (day 12)"), {}, "week_of_location"),
    "a percentage of nobody": (
        (*arms(), count("ldn", "nausea", "", percent="43"), count("placebo", "nausea", "", percent="21")), {},
        "percent_of_people",
    ),
    "FINAL rounded": (
        gap(-0.3, "difference in mean change", lower95=-0.9, upper95=0.3, n=99, n_ldn=49, n_placebo=50),
        {"n_randomised": "99", "n_analysed": "99"}, "same_numbers_twice",
    ),
    "FINAL once more": (
        gap(-0.34, "difference in mean change", lower95=-0.95, upper95=0.27, n=99, n_ldn=49, n_placebo=50),
        {"n_randomised": "99", "n_analysed": "99"}, "same_numbers_twice",
    ),
    "a number of FINAL in the notes": (arms(), {"notes": "Interim report of 2019-000702-30? NCT04270877"},
                                       "one_trial_a_registration"),
    "those who did not respond": (
        (*arms(), *counts("pain response 30%", 17, 23, definition="pain not reduced by 30%")), {},
        "definition_says_threshold",
    ),
    "one of two doses, unsaid": (arms(), TWO, "dose_of_arm_said"),
    "one of two doses, unsaid, of a difference": (gap(se=0.55), TWO, "dose_of_arm_said"),
    "one of two doses, unsaid, of a count": (
        (*DOSED, *counts("nausea", 12, 6)), TWO, "dose_of_arm_said",
    ),
    "one placebo group counted twice": (
        (*DOSED, count("ldn", "nausea", 12, dose_mg_per_day="3", tail="-d3"),
         count("ldn", "nausea", 10, dose_mg_per_day="4.5", tail="-d4.5"), count("placebo", "nausea", 14, 58)),
        TWO, "arms_within_study",
    ),
    "responders of the other arm": ((*arms(), *counts("pain response 30%", 3, 17)), {},
                                    "responders_say_the_same"),
    "responders in percent, out of order": (
        (*arms(), *counts("pain response 50%", 10, 3), count("ldn", "pain response 30%", "", percent="17"),
         count("placebo", "pain response 30%", "", percent="24")), {}, "responders_in_order",
    ),
    "a change within the group as a difference": (
        gap(-1.8, "difference in mean change", se=0.5, favours="ldn",
            location="Table 3: change from baseline in the LDN group"), {}, "form_of_location",
    ),
    "a share typed as a percentage": (
        (*arms(), count("ldn", "nausea", "", "", percent="0.41"),
         count("placebo", "nausea", "", "", percent="0.21")),
        {}, "percent_of_people",
    ),
    "kilograms typed as kilopascals": (
        (*arms(), *arms(one=("2.1", "0.6"), other=("1.9", "0.6"), **PRESSURE)), {}, "value_on_scale",
    ),
    "more with nausea than with any": (
        (*arms(), *counts("any adverse event", 3, 6), *counts("nausea", 5, 0)), {}, "parts_within_whole",
    ),
    "more stopped for one reason than for any": (
        (*arms(), *counts("stopped for any reason", 3, 6), *counts("stopped for side effects", 5, 0)), {},
        "parts_within_whole",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TAKEN)
def test_a_valid_trial_is_taken_with_the_estimate_of_its_numbers(name):
    rows, study, (yi, vi) = TAKEN[name]
    problems, found = added(rows, study)
    assert problems == ""
    assert found["included"], found["exclusion_reason"]
    assert math.isclose(found["yi"], yi, abs_tol=1e-6)
    assert found["vi"] == pytest.approx(vi, rel=0.02 if name.startswith("medians") else 2e-3)


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_trial_is_refused_by_name(name):
    rows, study, rule = REFUSED[name]
    problems, _ = added(rows, study)
    assert re.search(rf"\[{rule}[\]:]", problems), problems or "accepted"
