"""Counts, thresholds and crossovers that an analyst may add: the numbers of a hand calculation, or a refusal.

As in test_evidence_new_trials.py, every number is computed here, without the package.
"""

import math
import re

import pytest
from mutations import row
from test_evidence_new_trials import (
    BOTH,
    CROSS,
    MM,
    PAIN,
    PERCENT,
    PLACE,
    PRESSURE,
    SET,
    STUDY,
    TWO,
    arms,
    count,
    counts,
    data,
    gap,
    out,
    pairs,
)

from ldn_analysis import contrasts

LEFT = PRESSURE | {"measure": "pressure pain tolerance left leg"}
RATIO = {"n": 58, "n_ldn": 29, "n_placebo": 29, "lower95": 1.02, "upper95": 1.3, "p_value": 0.02, **PRESSURE}
OF_TWO = (*pairs(se=0.34),)


def at(location, **cells):
    return {"location": location, **cells}


def shares(event, one, other, n=29, **cells):
    return tuple(
        count(group, event, "", n, percent=str(percent), **cells)
        for group, percent in (("ldn", one), ("placebo", other))
    )


def analyses(of_all, of_complete):
    return (
        *counts("pain response 30%", 12, 7, *of_all, analysis="intention to treat"),
        *counts("pain response 30%", 12, 7, *of_complete, analysis="complete cases", tail="-complete"),
    )


def stopped(whole, effects, lack, **cells):
    named = ("stopped for any reason", "stopped for side effects", "stopped for lack of effect")
    return tuple(
        r
        for event, n in zip(named, (whole, effects, lack), strict=True)
        for r in counts(event, n, n, **cells)
    )


def conditions(n=28, **difference):
    return (*arms(n=n), out("ldn-placebo", "paired difference", -0.8, n=n, **difference))


def keyed(words, statistic):
    """A difference that stands alone, under a key of the analyst's own."""
    cells = {**PLACE, **PAIN, **BOTH, "group": "ldn-placebo", "statistic": statistic, "value": "-0.8"}
    return (row("outcomes", f"smith2027-pain-w12-ldn-placebo-{words}", se="0.5", favours="ldn", **cells),)


def added(rows, study=None):
    """The problems of the data with the trial, and the data with it where there are none."""
    edits = [
        row("studies", "smith2027", **(STUDY | (study or {}))),
        row("study_sets", "pain-smith2027", **SET),
    ]
    changed = data().edited(*edits, *rows)
    return "\n".join(map(str, data().problems(changed))), data().seen(changed)


def ratio(a, n1, c, n2):
    return math.log(a / n1 / (c / n2)), 1 / a - 1 / n1 + 1 / c - 1 / n2


COUNTED = {
    "pairs in percent": (
        (*OF_TWO, *shares("nausea", 43, 21, 28, paired="yes", both="4")), CROSS,
        (math.log(2), (12 - 4 + 6 - 4) / (12 * 6)),
    ),
    "the first period": (
        (*OF_TWO, *counts("nausea", 6, 3, 14, 13, period="1")), CROSS, ratio(6, 14, 3, 13),
    ),
    "the first period beside both conditions": (
        (*OF_TWO, *counts("nausea", 6, 3, 14, 13, period="1", tail="-p1"),
         *counts("nausea", 12, 5, 28, 28, paired="yes", both="4")), CROSS, ratio(6, 14, 3, 13),
    ),
    "the first of three periods, by dose": (
        (out("ldn-placebo", "paired difference", -0.8, n=28, favours="ldn", se=0.34, dose_mg_per_day="3"),
         out("ldn-placebo", "paired difference", -0.9, n=28, favours="ldn", se=0.34, dose_mg_per_day="4.5"),
         count("ldn", "nausea", 4, 9, dose_mg_per_day="3", period="1", tail="-d3"),
         count("ldn", "nausea", 5, 9, dose_mg_per_day="4.5", period="1", tail="-d4.5"),
         count("placebo", "nausea", 3, 10, period="1")),
        CROSS | {"dose_mg_per_day": "3 to 4.5", "dose_min_mg": "3",
                 "dose_schedule": "3 mg or 4.5 mg once daily"},
        ratio(9, 18, 3, 10),
    ),
    "people, a rate beside": (
        (*arms(), *counts("nausea", 12, 6, **at("Table 3: patients (rate per 100 patient-years)"))), {},
        ratio(12, 29, 6, 29),
    ),
    "people, rates in the text": (
        (*arms(), *counts("nausea", 12, 6, **at("Table 3, n (%); incidence rates in the text"))), {},
        ratio(12, 29, 6, 29),
    ),
    "people and their number, a rate beside": (
        (*arms(), *counts("nausea", 12, 6, **at("Table 3: 12/29 and 6/29 (also per 100 patient-years)"))), {},
        ratio(12, 29, 6, 29),
    ),
    "a share that is called a rate": (
        (*arms(), *counts("nausea", 12, 6, **at("Table 3: incidence rate (%)"))), {}, ratio(12, 29, 6, 29),
    ),
    "two reasons of one person": (
        (*arms(), *stopped(5, 3, 3, **at("Figure 1 (more than one reason possible)"))), {},
        ratio(5, 29, 5, 29),
    ),
    "lost people as not responding": (
        (*arms(), *counts("pain response 30%", 12, 7, **at("Table 3 (lost to follow-up: non-response)"))), {},
        ratio(12, 29, 7, 29),
    ),
    "fewer complete cases": (
        (*arms(), *analyses((29, 29), (25, 26))), {}, ratio(12, 29, 7, 29),
    ),
    "as many complete cases": (
        (*arms(), *analyses((29, 29), (29, 29))), {}, ratio(12, 29, 7, 29),
    ),
    "reasons within the whole": ((*arms(), *stopped(6, 3, 3)), {}, ratio(6, 29, 6, 29)),
    "not every reason named": ((*arms(), *stopped(6, 3, 1)), {}, ratio(6, 29, 6, 29)),
    "responders beside the others": (
        (*arms(), *counts("pain response 30%", 12, 7, **at("Table 3: responders and non-responders"))), {},
        ratio(12, 29, 7, 29),
    ),
    "missing people as not responding": (
        (*arms(), *counts("pain response 30%", 12, 7, **at("Table 3, missing values as non-response"))), {},
        ratio(12, 29, 7, 29),
    ),
}  # fmt: skip

ACCEPTED = {
    "two conditions of everybody": (arms(n=28), CROSS),
    "a test in some of the people": (
        (*arms(n=28), *arms(one=("220", "60"), other=("200", "55"), n=20, **PRESSURE)), CROSS,
    ),
    "conditions that hardly correlate": (conditions(se=0.53), CROSS),
    "conditions that correlate well": (conditions(se=0.18), CROSS),
    "few people, by chance the other way": (
        conditions(12, se=0.94), CROSS | {"n_randomised": "12", "n_analysed": "12"},
    ),
    "an interval of pairs beside the conditions": (conditions(lower95=-1.5, upper95=-0.1), CROSS),
    "percent beside kPa": ((*arms(), *gap(12, se=6, **PRESSURE | at("Table 2 (percent change beside)"))), {}),
    "levels, percent in a figure": (
        (*arms(), *arms(one=("220", "60"), other=("200", "55"),
                        **PRESSURE | at("Table 2; percent change in Figure 1"))), {},
    ),
    "an interval in the location of a percentage": (
        (*arms(), *shares("nausea", 41, 21, **at("Table 3 (95% CI in Table S4)"))), {},
    ),
    "quartiles beside their width": (
        (out("ldn", "median", 4.5, iqr=4, n=29, **at("Table 2, IQR 3 to 7")),
         out("placebo", "median", 5.5, iqr=4, n=29, **at("Table 2, IQR 4 to 8"))), {},
    ),
    **{f"a key that ends in {words}": (keyed(words, statistic), {}) for words, statistic in (
        ("mean-difference", "difference in means"), ("mean-change-difference", "difference in mean change"),
        ("mean-difference-ancova", "adjusted difference (ANCOVA)"), ("md", "difference in means"),
    )},
    "percent elsewhere": (
        arms("mean change", ("-1.8", "2.1"), ("-1.0", "2.1"), **at("Table 2 (% change in Figure 3)")), {},
    ),
    "percent in the same line": (
        arms("mean change", ("-1.8", "2.1"), ("-1.0", "2.1"), **at("Table 2 (percentage change 28)")), {},
    ),
    "a threshold, by its short name": (
        (*arms(), *arms(one=("220", "60"), other=("200", "55"),
                        **PRESSURE | at("Table 2: PPT (tolerance in the row below)"))), {},
    ),
    "threshold and tolerance": (
        (*arms(), *arms(one=("220", "60"), other=("200", "55"),
                        **PRESSURE | at("Table 2: threshold and tolerance"))), {},
    ),
    "a tolerance": (
        (*arms(), *arms(one=("220", "60"), other=("200", "55"), **LEFT | at("Table 2, tolerance"))), {},
    ),
    "a ratio of the groups": ((*arms(), out("ldn-placebo", "ratio of means", 1.15, **RATIO)), {}),
}  # fmt: skip

REFUSED = {
    "pairs in percent that cannot be": (
        (*OF_TWO, *shares("nausea", 43, 21, 28, paired="yes", both="13")), CROSS, "both_fits_counts",
    ),
    "both of one condition": (
        (*OF_TWO, count("ldn", "nausea", 12, 28, paired="yes", both="4"),
         count("placebo", "nausea", 6, 28, paired="yes")), CROSS, "both_fits_counts",
    ),
    "a rate as people": (
        (*arms(), *counts("nausea", 12, 6, **at("Table 3: per 100 patient-years"))), {}, "definition_of_harm",
    ),
    "a rate as a percentage": (
        (*arms(), *shares("nausea", 41, 21, **at("Table 3: incidence rate"))), {}, "definition_of_harm",
    ),
    "more complete cases than people": (
        (*arms(), *analyses((26, 25), (29, 29))), {}, "arms_within_study",
    ),
    "those who did not respond": (
        (*arms(), *counts("pain response 30%", 17, 22, **at("Table 3: non-responders"))), {},
        "form_of_location",
    ),
    "one period as both conditions": (arms(n=14), CROSS, "crossover_same_people"),
    "one period as paired counts": (
        (*OF_TWO, *counts("nausea", 6, 3, 14, 14, paired="yes")), CROSS, "crossover_same_people",
    ),
    "a period of everybody": (
        (*OF_TWO, *counts("nausea", 6, 3, 28, 28, period="1")), CROSS, "period_of_crossover",
    ),
    "a first period larger than the trial": (
        (*OF_TWO, *counts("nausea", 6, 3, 17, 16, period="1")), CROSS, "group_sizes",
    ),
    "doses of a first period larger than the trial": (
        (*OF_TWO, *(count("ldn", "nausea", 6, 12, period="1", dose_mg_per_day=dose, tail=f"-d{dose}")
                    for dose in ("3", "4.5")), count("placebo", "nausea", 3, 10, period="1")),
        CROSS | {"dose_mg_per_day": "3 to 4.5", "dose_min_mg": "3",
                 "dose_schedule": "3 mg or 4.5 mg once daily"}, "arms_within_study",
    ),
    "a first period of a parallel trial": (
        (*arms(), *counts("nausea", 6, 3, period="1")), {}, "period_of_crossover",
    ),
    "a first period as pairs": (
        (*OF_TWO, *counts("nausea", 6, 3, 14, 13, period="1", paired="yes")), CROSS, "paired_fits_design",
    ),
    "one group of a first period": (
        (*OF_TWO, count("ldn", "nausea", 6, 14, period="1"),
         count("placebo", "nausea", 3, 13, period="2")), CROSS, "event_in_pairs",
    ),
    "more complete cases in a first period": (
        (*OF_TWO, *counts("nausea", 6, 3, 12, 12, period="1", analysis="intention to treat"),
         *counts("nausea", 6, 3, 13, 12, period="1", analysis="complete cases", tail="-cc")), CROSS,
        "arms_within_study",
    ),
    "responders of a first period out of order": (
        (*OF_TWO, *counts("pain response 30%", 5, 3, 14, 13, period="1"),
         *counts("pain response 50%", 6, 3, 14, 13, period="1")), CROSS, "responders_in_order",
    ),
    "one first period twice": (
        (*OF_TWO, *counts("nausea", 6, 3, 14, 13, period="1"),
         *counts("nausea", 5, 3, 14, 13, period="1", tail="-again")), CROSS, "one_row_a_meaning",
    ),
    "pairs more apart than strangers": (conditions(se=0.78), CROSS, "contrast_against_spreads"),
    "an interval of pairs, too wide": (
        conditions(lower95=-2.4, upper95=0.8), CROSS, "contrast_against_spreads",
    ),
    "percent as kPa": (
        (*arms(), *gap(12, se=6, **PRESSURE | at("Table 2: percent change"))), {}, "form_of_location",
    ),
    "a tolerance as a threshold": (
        (*arms(), *arms(one=("220", "60"), other=("200", "55"), **PRESSURE | at("Table 2, tolerance"))), {},
        "form_of_location",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", COUNTED)
def test_an_honest_count_gives_the_ratio_of_its_people(name):
    rows, study, (yi, vi) = COUNTED[name]
    problems, ev = added(rows, study)
    assert problems == ""
    table = contrasts.event_table(ev)
    found = table[(table["study_id"] == "smith2027") & table["included"]].iloc[0]
    assert (found["yi"], found["vi"]) == pytest.approx((yi, vi), abs=1e-12)


def test_counts_of_one_dose_alone_are_noticed():
    two = (count("ldn", "nausea", 6, dose_mg_per_day="3"), count("placebo", "nausea", 3))
    pain = [gap(value, se=0.55, dose_mg_per_day=dose) for value, dose in ((-0.8, "3"), (-0.7, "4.5"))]
    problems, ev = added((*pain[0], *pain[1], *two), TWO)
    assert problems == "" and "counts_of_every_dose" in set(data().findings["check"])
    table = contrasts.event_table(ev)
    assert (table.loc[table["study_id"] == "smith2027", "alone"] != "").all()


@pytest.mark.parametrize("name", ACCEPTED)
def test_an_honest_row_is_accepted(name):
    assert added(*ACCEPTED[name])[0] == ""


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_count_or_condition_is_refused_by_name(name):
    rows, study, rule = REFUSED[name]
    problems, _ = added(rows, study)
    assert re.search(rf"\[{rule}[\]:]", problems), problems or "accepted"


def test_the_row_without_people_under_both_is_named():
    rows = (count("ldn", "nausea", 12, 28, paired="yes"),
            count("placebo", "nausea", 6, 28, paired="yes", both="4"))  # fmt: skip
    problems, _ = added((*OF_TWO, *rows), CROSS)
    assert "column both: the other condition has 4 [both_fits_counts]" in problems
    assert "nan" not in problems


def test_one_condition_beside_its_pairs_is_no_half_of_the_people():
    problems, _ = added((out("ldn", "mean", 4.8, sd=2.1, n=28), *OF_TWO), CROSS)
    assert "crossover_same_people" not in problems


def test_a_ratio_of_the_groups_is_listed_as_what_it_is():
    _, ev = added((*arms(), out("ldn-placebo", "ratio of means", 1.15, **RATIO)))
    table = contrasts.derive(ev, "pain threshold").table.set_index("study_id")
    assert not table.loc["smith2027", "included"]
    assert table.loc["smith2027", "exclusion_reason"].startswith("only a ratio of the groups' means")


UNUSUAL = {
    "none on LDN": ("nausea", 0, 6),
    "groups exchanged": ("vivid dreams", 4, 12),
    "those who completed": ("stopped for any reason", 26, 25),
    "those who did not respond": ("pain response 30%", 21, 22),
}
USUAL = {
    "few": ("nausea", 1, 4),
    "none on placebo": ("nausea", 6, 0),
    "a lack of effect": ("stopped for lack of effect", 0, 6),
    "a third": ("pain response 30%", 12, 9),
    "many": ("any adverse event", 24, 25),
}


@pytest.mark.parametrize("name", [*UNUSUAL, *USUAL])
def test_a_count_that_no_other_trial_has_so_is_shown_and_refused_by_nothing(name):
    event, a, c = (UNUSUAL | USUAL)[name]
    assert added((*arms(), *counts(event, a, c)))[0] == ""
    assert ("count_unusual" in set(data().findings["check"])) == (name in UNUSUAL)


def test_who_stopped_for_side_effects_had_an_adverse_event():
    rows = (*counts("any adverse event", 2, 3), *counts("stopped for side effects", 4, 1))
    problems, _ = added((*arms(), *rows))
    assert problems.count("parts_within_whole") == 1 and "'any adverse event'" in problems


@pytest.mark.parametrize(
    ("sd", "other", "n", "rule"),
    [
        ("0.6", "1.4", 6, ""),
        ("0.6", "1.4", 12, "spread_plausible"),
        ("0.3", "1.4", 6, "spread_plausible"),
        ("0.6", "0.7", 6, "spread_plausible"),
    ],
    ids=["one group", "more people", "closer", "both groups: SEs"],
)
def test_very_few_people_may_answer_alike_by_chance(sd, other, n, rule):
    people = {"n_randomised": str(2 * n), "n_analysed": str(2 * n)}
    problems, _ = added(arms(one=("5.0", sd), other=("5.4", other), n=n), people)
    assert (rule in problems) if rule else problems == ""


@pytest.mark.parametrize(("other", "refused"), [("1.4", 0), ("0.86", 2)], ids=["one group", "both: SEs"])
def test_ses_of_very_few_people_are_no_chance_beside_the_spread_at_the_start(other, refused):
    start = out("all", "mean", 6.1, week="0", sd="2.0", n=12)
    problems, _ = added((start, *arms(one=("5.0", "0.82"), other=("5.4", other), n=6)), SIX)
    assert problems.count("change_spread") == refused and (refused or problems == "")


SIX = {"n_randomised": "12", "n_analysed": "12"}


@pytest.mark.parametrize(
    ("rows", "study", "doubted"),
    [
        (arms(one=("4.6", "0.8"), other=("5.6", "0.9"), n=6), SIX, True),
        (arms(one=("4.6", "1.1"), other=("5.6", "1.2"), n=6), SIX, False),
        (arms(one=("4.8", "1.2"), other=("5.6", "1.3")), {}, False),
        (arms("mean change", ("-1.8", "1.3"), ("-1.0", "1.4")), {}, False),
        (arms(one=("48", "12"), other=("56", "13"), **MM), {}, False),
        (gap(-0.5, "adjusted difference (ANCOVA)", se=0.22), {}, False),
    ],
    ids=["SEs of six", "six alike", "people alike", "changes", "mm", "a model"],
)
def test_a_spread_far_below_that_of_other_trials_is_shown(rows, study, doubted):
    assert added(rows, study)[0] == ""
    assert ("spread_beside_others" in set(data().findings["check"])) == doubted


START = (out("ldn", "mean", 6.9, sd=1.5, n=29, week=0), out("placebo", "mean", 6.1, sd=1.5, n=29, week=0))
REDUCED = arms("mean change", ("28", "30"), ("18", "30"), **PERCENT)


@pytest.mark.parametrize(
    ("rows", "measure", "choices", "said"),
    [
        (gap(-0.5, "adjusted difference (ANCOVA)", se=0.25), "SMD", {}, "the SD that its model leaves"),
        ((*REDUCED, *START), "MD", {}, "The arms began at 6.9 and 6.1: this mean stands for both"),
        (gap(-0.8, "difference in mean change", se=0.5), "MD", {"adjusted": False, "raw": "final"},
         "no difference of final values is reported"),
        (gap(-0.8, "difference in means", se=0.5), "MD", {"adjusted": False},
         "no difference of changes is reported"),
    ],
    ids=["residual SD", "two starts", "changes for values", "values for changes"],
)  # fmt: skip
def test_what_was_taken_for_want_of_better_is_said(rows, measure, choices, said):
    problems, ev = added(rows)
    assert problems == ""
    assert said in contrasts.derive(ev, "pain", measure, **choices).explanation("smith2027").text()
    plain = contrasts.derive(ev, "pain", measure).explanation("final2024").text()
    assert said not in plain
