"""Slips of one who types a further trial, beside honest rows that look like them.

A slip is refused, or shown as a notice, by the rule that is named; of its honest neighbour that rule says
nothing.
"""

from itertools import product

import pytest
from mutations import row
from row_names import sets
from test_evidence_as_printed import ANCOVA, CHANGE, sizes, trial
from test_evidence_new_trials import (
    CROSS,
    MM,
    PERCENT,
    STUDY,
    TWO,
    added,
    arms,
    counts,
    data,
    gap,
    out,
    pairs,
)

STARTS = (out("ldn", "mean", 6.4, sd=1.5, n=29, week=0), out("placebo", "mean", 6.2, sd=1.6, n=29, week=0))
LIMITS = {"lower95": "-0.1", "upper95": "1.9"}
TURNED = gap(0.9, CHANGE, **LIMITS)
AS_IT_IS = gap(-0.9, CHANGE, lower95="-1.9", upper95="0.1")
RESPONDED = counts("pain response 30%", 13, 7)
OF_400 = {"n": 400, **sizes(200, 200)}
LARGE = trial(420, 400)
BASE = out("all", "mean", 6.3, sd=1.5, n=58, week=0)


def moved(value, half, **cells):
    """Means at the start and the end, and an adjusted difference."""
    ends = {"lower95": round(value - half, 2), "upper95": round(value + half, 2)}
    return (*STARTS, *arms(), *gap(value, ANCOVA, **ends, **cells))


def percents(one, other):
    return (BASE, *arms("mean change", ("28.4", one), ("15.1", other), **PERCENT))


def periods(first):
    of = (("ldn", first, 14, 1), ("ldn", "4.9", 17, 2), ("placebo", "5.6", 17, 1), ("placebo", "5.7", 14, 2))
    return tuple(out(group, "mean", value, sd="2.1", n=n, period=at) for group, value, n, at in of)


def arms_of(a, b):
    return (out("ldn", "mean", "4.8", sd="2.1", n=a), out("placebo", "mean", "5.6", sd="2.1", n=b))


def start(value):
    return (out("all", "mean", value, sd="1.5", n=58, week=0), *percents("30.2", "31.3")[1:])


def doses(value, sd):
    return (out("ldn", "mean", "4.8", sd="2.1", n=29, dose_mg_per_day="3"),
            out("ldn", "mean", value, sd=sd, n=29, dose_mg_per_day="4.5"),
            out("placebo", "mean", "5.6", sd="2.2", n=29))  # fmt: skip


def turned():
    return arms(one=("5.6", "2.1"), other=("4.8", "2.2"))


def two_analyses(value, low, high):
    """Changes of everybody and of those who stayed, and the difference of everybody."""
    everybody = {"analysis": "intention to treat"}
    return (*arms("mean change", ("-2.0", "2.1"), ("-1.2", "2.1"), **everybody),
            *arms("mean change", ("-2.2", "2.0"), ("-1.3", "2.0"), n=25, analysis="complete cases"),
            *gap(value, CHANGE, lower95=low, upper95=high, **everybody))  # fmt: skip


def first_period(value, low, high, statistic="difference in means"):
    of = {"n": 31, **sizes(14, 17), "period": 1}
    return (*periods("4.8"), *gap(value, statistic, lower95=low, upper95=high, **of))


def in_pairs(value, low, high, **cells):
    side = {"favours": "ldn" if value < 0 else "placebo"}
    of = {"n": 31, "lower95": low, "upper95": high, **side, **cells}
    return (*periods("4.8"), out("ldn-placebo", "paired difference", value, **of))


def of_errors(p):
    return (*arms(one=("4.8", "0.39"), other=("5.6", "0.39"), spread="se"), *gap(-0.8, p_value=p))


def of_intervals(low, high):
    return (out("ldn", "mean", "4.80", n=29, lower95="4.00", upper95="5.60"),
            out("placebo", "mean", "5.60", n=29, lower95="4.80", upper95="6.40"),
            *gap(-0.8, lower95=low, upper95=high))  # fmt: skip


def median(value):
    return (*arms(), *gap(value, "median difference", lower95="-1.9", upper95="0.3"))


def adjusted(low, high, spread="2.0"):
    """Start, end and change of both groups, whose SDs leave an adjusted difference an SE of 0.50."""
    changes = arms("mean change", ("-1.7", spread), ("-0.8", spread))
    ends = {"lower95": low, "upper95": high, "p_value": "0.05", "p_bound": "below"}
    return (*STARTS, *arms(), *changes, *gap(-0.9, ANCOVA, **ends))


def responders(at_30, at_50):
    return (*AS_IT_IS, *counts("pain response 30%", *at_30), *counts("pain response 50%", *at_50))


def of_doses(low, high):
    """A difference of 3 mg that is clearly better for LDN, and one of 4.5 mg that is not."""
    better = gap(-0.9, CHANGE, lower95="-1.7", upper95="-0.1", dose_mg_per_day="3")
    return (*better, *gap(0.9, CHANGE, lower95=low, upper95=high, dose_mg_per_day="4.5"))


WEEKLY = [
    at
    for week, dose in product(range(1, 12), ("3", "4.5"))
    for at in gap(-0.1, CHANGE, lower95="-1.2", upper95="1.0", week=week, dose_mg_per_day=dose)
]


def spreads(one, other):
    at_start = arms(one=("6.41", "1.52"), other=("6.22", "1.61"), week=0)
    return (*at_start, *arms(one=("4.83", one), other=("5.64", other)))


def on_vas(**cells):
    """The same means on a second instrument of pain, in mm."""
    return (*arms(), *arms(one=("48", "21"), other=("56", "21"), **MM, **cells))


CROSSED = CROSS | trial(32, 31)
SLIPS = {
    "responders_say_the_same": {
        "groups of a large trial exchanged in its means": (
            (*gap(0.5, CHANGE, lower95="0.12", upper95="0.88", **OF_400),
             *counts("pain response 30%", 88, 61, 210, 210)), LARGE,
        ),
    },
    "responders_say_otherwise": {
        "a difference and its side turned": ((*TURNED, *RESPONDED), {}),
        "the responders turned": ((*AS_IT_IS, *counts("pain response 30%", 7, 13)), {}),
        "a digit of those at 50% lost": (
            (*arms(n=50), *counts("pain response 30%", 20, 13, 50, 50),
             *counts("pain response 50%", 2, 7, 50, 50)), trial(100),
        ),
    },
    "difference_again": {
        "the difference of another trial": (gap(-0.34, CHANGE, lower95=-0.95, upper95=0.27), {}),
    },
    "adjusted_against_arms": {
        "the change within a group as the difference": (moved(-1.6, 0.8), {}),
        "the difference in another outcome": (moved(-0.2, 0.8), {}),
    },
    "spread_plausible": {
        "halves of intervals as SDs of percentages": (percents("11.3", "12.1"), {}),
        "variances as SDs of percentages": (percents("912", "980"), {}),
    },
}  # fmt: skip
SLIPS |= {
    "count_unusual": {
        "serious events of another row": ((*arms(), *counts("serious adverse event", 10, 1)), {})
    },
    "large_difference": {"two digits exchanged": (arms(one=("8.4", "2.1")), {})},
    "levels_together": {"a digit lost in one period": (periods("0.48"), CROSS | trial(32, 31))},
    "fewer_than_analysed": {"13 for 29": (arms_of(13, 29), {})},
    "start_unusual": {"digits of the start exchanged": (start("3.6"), {})},
    "row_repeated": {"the row of another dose copied": (doses("4.8", "2.1"), TWO)},
    "value_unconfirmed": {"all rows of a table turned": ((*turned(), *TURNED), {})},
}
SLIPS |= {
    "difference_against_arms": {
        "the difference of one of two analyses turned": (two_analyses(0.8, "-0.3", "1.9"), {}),
        "that of a first period turned": (first_period(0.8, "-0.7", "2.3"), CROSSED),
        "that in pairs turned, beside two periods": (in_pairs(0.79, "0.09", "1.49"), CROSSED),
        "that in pairs turned, with its SE": (in_pairs(0.79, "", "", se="0.36"), CROSSED),
    },
    "contrast_against_spreads": {
        "a one-sided p beside two SEs": (of_errors("0.06"), {}),
        "an interval at 90% beside those of the groups": (of_intervals("-1.72", "0.12"), {}),
    },
    "median_of_means": {"a difference in means as one of medians": (median(-0.8), {})},
    "adjusted_width": {
        "an SE as half of an interval": (adjusted("-1.4", "-0.4"), {}),
        "limits at 90%": (adjusted("-1.74", "-0.06"), {}),
    },
    "counts_repeated": {"responders of one group twice": (responders((13, 13), (6, 6)), {})},
    "sides_opposed": {
        "the difference of one dose turned": (of_doses("0.1", "1.7"), TWO),
        "that of another instrument": (
            (*gap(-0.9, lower95="-1.7", upper95="-0.1"), *gap(9, lower95="1", upper95="17", **MM)), {},
        ),
    },
    "spread_is_start": {"SDs of the table of the baseline": (spreads("1.52", "1.61"), {})},
    "means_in_halves": {
        "medians as means": (arms(one=("5", "3"), other=("6", "3.5")), {}),
        "medians in one decimal": (arms(one=("4.5", "3.0"), other=("6.0", "2.0")), {}),
    },
    "instruments_joined": {"two instruments of pain": (on_vas(), {})},
}  # fmt: skip
HONEST = {
    "responders_say_the_same": {
        "responders of one side by chance, the mean of the other": (
            (
                *gap(0.2, CHANGE, lower95="-0.18", upper95="0.58", **OF_400),
                *counts("pain response 30%", 76, 61, 210, 210),
            ),
            LARGE,
        ),
        "many more responders, and no mean beside": (
            (*gap(-0.8, CHANGE, se=0.55), *counts("pain response 30%", 16, 7)),
            {},
        ),
    },
    "responders_say_otherwise": {
        "more respond where pain is lower": ((*AS_IT_IS, *RESPONDED), {}),
        "a few more respond where pain is higher": (
            (*gap(0.3, CHANGE, lower95="-0.7", upper95="1.3"), *counts("pain response 30%", 10, 8)),
            {},
        ),
        "a few more at one threshold, a few less at another": (
            (*arms(), *counts("pain response 30%", 12, 9), *counts("pain response 50%", 4, 6)),
            {},
        ),
    },
    "difference_again": {
        "the value and the limits of another trial, in one decimal": (
            gap(-0.3, CHANGE, lower95=-0.9, upper95=0.3),
            {},
        ),
    },
    "adjusted_against_arms": {
        "between the final values and the changes": (moved(-0.9, 1.0), {}),
        "a little less than both": (moved(-0.5, 0.9), {}),
        "placebo that did not move": (
            (
                *STARTS,
                *arms(one=("4.8", "2.1"), other=("6.2", "2.1")),
                *gap(-1.6, ANCOVA, lower95="-2.6", upper95="-0.6"),
            ),
            {},
        ),
    },
    "spread_plausible": {"SDs of percentages": (percents("30.2", "31.3"), {})},
    "count_unusual": {"serious events of few": ((*arms(), *counts("serious adverse event", 2, 1)), {})},
    "large_difference": {"a large difference": (arms(one=("4.0", "2.1"), other=("5.6", "2.2")), {})},
    "levels_together": {"periods of a crossover": (periods("4.0"), CROSS | trial(32, 31))},
    "fewer_than_analysed": {"two who were not seen": (arms_of(28, 28), {})},
    "start_unusual": {"little pain at the start": (start("4.4"), {})},
    "row_repeated": {"the same mean, another SD": (doses("4.8", "2.0"), TWO)},
    "value_unconfirmed": {
        "a side that the difference says": (
            (*arms(), *gap(-0.8, lower95="-1.9", upper95="0.3", p_value="0.15")), {},
        ),
    },
}  # fmt: skip


HONEST |= {
    "difference_against_arms": {
        "of one of two analyses": (two_analyses(-0.8, "-1.9", "0.3"), {}),
        "of a first period": (first_period(-0.8, "-2.3", "0.7"), CROSSED),
        "of changes in a first period": (first_period(-0.8, "-2.3", "0.7", CHANGE), CROSSED),
        "adjusted in a first period": (first_period(-0.8, "-2.3", "0.7", ANCOVA), CROSSED),
        "in pairs, of whom a few were not seen in a period": (in_pairs(-0.95, "-1.65", "-0.25"), CROSSED),
    },
    "contrast_against_spreads": {
        "a p beside two SEs": (of_errors("0.15"), {}),
        "an interval beside those of the groups": (of_intervals("-1.91", "0.31"), {}),
    },
    "median_of_means": {
        "a difference of medians": (median(-0.6), {}),
        "one in whole points": (median(-1), {}),
    },
    "adjusted_width": {
        "an interval that the SDs leave": (adjusted("-1.9", "0.1"), {}),
        "one that other covariates narrow": (adjusted("-1.82", "0.02"), {}),
        "one of levels, without SDs of changes": (moved(-0.9, 0.7), {}),
    },
    "counts_repeated": {
        "as many at one threshold": (responders((13, 13), (6, 4)), {}),
        "two equal counts of the same people": (
            (*pairs(lower95="-1.7", upper95="0.1"),
             *counts("pain response 30%", 13, 13, 28, 28, paired="yes"),
             *counts("pain response 50%", 6, 6, 28, 28, paired="yes")), CROSS,
        ),
    },
    "sides_opposed": {
        "one of two doses by chance": (of_doses("-0.1", "1.9"), TWO),
        "two of 24 by chance": ((*of_doses("0.1", "1.7"), *WEEKLY), TWO),
    },
    "spread_is_start": {
        "one group alone": (spreads("1.52", "1.96"), {}),
        "one decimal": ((*STARTS, *arms(one=("4.8", "1.5"), other=("5.6", "1.6"))), {}),
    },
    "means_in_halves": {
        "means in whole points": (arms(one=("5.0", "2.8"), other=("6.0", "3.1")), {}),
        "a scale of 100 mm": (arms(one=("48", "21"), other=("56", "22"), **MM), {}),
        "one of three weeks by chance": (
            (*arms(one=("5", "3"), other=("6", "3.5")), *arms(week=4), *arms(week=8)), {},
        ),
    },
    "instruments_joined": {"a second instrument at an earlier week": (on_vas(week=4), {})},
}  # fmt: skip


def cases(table):
    return [pytest.param(rule, *case, id=name) for rule, of in table.items() for name, case in of.items()]


def rules_that_speak(rows, study):
    """What is said of a trial that is added, by the names of the rules."""
    problems, _ = added(rows, study)
    said = data().findings
    return set(said[said["study_id"] == "smith2027"]["check"]), problems


@pytest.mark.parametrize(("rule", "rows", "study"), cases(SLIPS))
def test_a_slip_is_shown_by_its_rule(rule, rows, study):
    assert rule in rules_that_speak(rows, study)[0]


@pytest.mark.parametrize(("rule", "rows", "study"), cases(HONEST))
def test_an_honest_neighbour_is_not(rule, rows, study):
    said, problems = rules_that_speak(rows, study)
    assert rule not in said
    assert problems == ""


@pytest.mark.parametrize("study", ["innova2026", "younger2013", "bested2023", "final2024"])
def test_a_trial_that_is_excluded_though_it_meets_the_rule_is_a_notice(study):
    excluded = sets(f"pain-{study}", set="excluded", primary_week="")
    assert data().refused(excluded) == ""
    said = data().findings.query("check == 'member_excluded'")
    assert said["row_id"].tolist() == [f"pain-{study}"]


def test_two_instruments_of_which_one_is_declared_are_no_notice():
    problems, _ = added(on_vas(), from_measure="pain VAS")
    assert problems == ""
    assert "instruments_joined" not in set(data().findings["check"])


@pytest.mark.parametrize(
    "rows",
    [
        (*STARTS, *arms("mean change", ("", "2.1"), ("-1.2", "2.1")), *RESPONDED),
        (*arms(), out("ldn", "mean", 4.4, sd=2.1, n=29, week=4, scale_max="")),
        (*arms(), out("ldn", "mean", 4.4, sd=2.1, n=29, week=4, scale_min="")),
    ],
)
def test_a_cell_that_is_empty_is_no_number_in_a_message(rows):
    problems, _ = added(rows)
    assert "is empty" in problems and "nan" not in problems


def test_an_adjusted_difference_of_a_period_needs_no_means_of_both_periods():
    first = {"period": "1"}
    of_period = gap(-0.9, ANCOVA, lower95="-1.9", upper95="0.1", p_value="0.08", **first)
    rows = (*arms(**first), *arms("mean change", ("-1.7", "2.0"), ("-0.8", "2.0"), **first), *of_period)
    data().refused(row("studies", "smith2027", **STUDY | CROSS), *rows)
    assert "adjusted_width" not in set(data().findings["check"])


def test_of_the_trials_that_are_held_none_is_doubted_so():
    assert data().refused() == ""
    assert not {"member_excluded", "responders_say_otherwise"} & set(data().findings["check"])


@pytest.mark.parametrize("word", [{"randomised": "no"}, {"condition": "chronic pain"}, {}])
def test_a_trial_that_a_word_keeps_out_of_the_pool_is_a_notice(word):
    study = row("studies", "smith2027", **STUDY | word)
    assert data().refused(study, *gap(-0.8, CHANGE, lower95="-1.9", upper95="0.3")) == ""
    said = data().findings.query("check == 'outside_unsaid'")
    assert said["row_id"].tolist() == (["smith2027"] if word else [])
