"""Rows as honest analysts type them from real papers pass; the slip that the same rule is for is refused."""

import pytest
from mutations import row
from test_evidence_as_printed import ANCOVA, CHANGE, added, sizes, trial
from test_evidence_new_trials import CROSS, PRESSURE, arms, count, counts, data, gap, out, pairs

FEW = CROSS | {"n_analysed": "14"}
OF_FEW = (out("ldn-placebo", "paired difference", -0.8, n=14, se=0.5, favours="ldn"),)


def first(n):
    """Means of a first period of which more people have data than of both."""
    return tuple(out(group, "mean", value, sd=2.1, n=n, period="1") for group, value in
                 (("ldn", 4.8), ("placebo", 5.6)))  # fmt: skip


def exposed(weeks):
    return (*arms(), *counts("any adverse event", 16, 12, person_weeks=str(weeks)))


def model(a, b):
    """Means of everybody seen at the visit beside an adjusted difference of so many."""
    means = arms(one=("4.8", "2.3"), other=("5.6", "2.2"), n=90)
    return (*means, *gap(-0.7, ANCOVA, lower95=-1.3, upper95=-0.1, **sizes(a, b)))


def kind(event, kind):
    return (*arms(), row("event_types", event, kind=kind, better="lower"))


BIG = trial(190, 185)
# What the rule is of, as an honest analyst has it, as the slip has it, and the rule.
ROWS = {
    "more people in a first period than in both": (
        ((*OF_FEW, *first(15)), FEW), ((*OF_FEW, *first(30)), FEW), "period_of_crossover",
    ),
    "harms until 30 days after the last dose": ((exposed(440), {}), (exposed(900), {}), "rate_in_both"),
    "harms of all who took either capsule": (
        ((*pairs(se=0.35), *counts("nausea", 3, 1, 30, 28, paired="yes")), CROSS),
        ((*pairs(se=0.35), *counts("nausea", 3, 1, 30, 22, paired="yes")), CROSS), "crossover_same_people",
    ),
    "a p value of 1 after a correction for many tests": (
        (gap(-0.1, CHANGE, se=0.31, p_value="1", **sizes(90, 90)), BIG),
        (gap(-0.1, CHANGE, p_value="1", **sizes(90, 90)), BIG), "p_possible",
    ),
    "a model of those with a baseline": ((model(88, 86), BIG), (model(75, 73), BIG), "arm_sizes_agree"),
    "harms that are not serious": (
        (kind("non-serious adverse event", "adverse event"), {}),
        (kind("serious infection", "adverse event"), {}), "event_kind_fits",
    ),
    "people who stopped other drugs": (
        (kind("stopped other painkillers", "adverse event"), {}),
        (kind("stopped for nausea", "adverse event"), {}), "event_kind_fits",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_an_honest_row_passes_and_its_slip_is_refused(name):
    honest, slip, rule = ROWS[name]
    assert added(*honest)[0] == ""
    assert f"[{rule}" in added(*slip)[0]


@pytest.mark.parametrize(("week", "shown"), [("26", False), ("12", True)])
def test_responders_are_held_against_the_people_of_their_week(week, shown):
    means = arms("mean change", ("-2.0", "2.1"), ("-1.2", "2.0"), n=90)
    later = arms("mean change", ("-1.9", "2.1"), ("-1.2", "2.1"), n=80, week=26)
    who = (("ldn", 36), ("placebo", 25))
    responders = (count(group, "pain response 30%", events, 79, week=week) for group, events in who)
    named = (row("events", f"smith2027-{at}", **edit.cells) for at, edit in enumerate(responders))
    study = BIG | {"treatment_weeks": "26", "control_weeks": "26"}
    assert added((*means, *later, *named), study, primary_week="12")[0] == ""
    assert ("responders_of_fewer" in set(data().findings["check"])) is shown


# Words of a location beside a difference of the groups that favours LDN, or placebo.
BESIDE_LDN = (
    "did not favour placebo", "values above zero favour placebo", "left favours LDN, right favours placebo",
    "'Favours LDN / Favours placebo'", "in favour of control if positive", "more women in the LDN group",
    "fewer dropouts in placebo", "more adverse events under LDN", "higher expectation in LDN",
    "baseline pain was higher in LDN", "pain at baseline was lower in placebo",
    "less sleep disturbance in placebo, pain in favour of LDN", "sleep was better under placebo",
    "tolerated better under placebo", "placebo better tolerated", "pain fell by 0.8 more on LDN",
    "no higher pain threshold under placebo",
)  # fmt: skip
BESIDE_PLACEBO = (
    "LDN was not superior to placebo", "no superiority of LDN", "did not favour LDN", "LDN no better",
    "superiority of LDN was not shown", "less reduction with LDN", "pain was higher with LDN",
    "negative values favour LDN",
)  # fmt: skip
AGAINST_PLACEBO = (
    "LDN superior", "positive values favour LDN", "less pain with LDN", "pain was lower with LDN",
    "placebo minus LDN", "improvement was greater under naltrexone", "lower with LDN", "favours LDN",
)  # fmt: skip


def said_of(value, words):
    limits = {"lower95": round(value - 1.1, 1), "upper95": round(value + 1.1, 1)}
    return added(gap(value, location=f"Table 2: {words}", **limits), {})[0]


@pytest.mark.parametrize(
    ("value", "words"),
    [(-0.8, words) for words in BESIDE_LDN] + [(0.3, words) for words in BESIDE_PLACEBO],
)
def test_words_on_another_thing_than_the_side_of_a_difference_pass(value, words):
    assert said_of(value, words) == ""


@pytest.mark.parametrize("words", AGAINST_PLACEBO)
def test_words_that_say_the_other_side_are_refused_until_a_reason_stands(words):
    assert "[form_of_location: correct it, or record" in said_of(0.3, words)


def test_a_higher_pain_threshold_is_better():
    rows = gap(22, se=13, location="Table 3: higher pain threshold with LDN", favours="", **PRESSURE)
    assert added((*arms(), *rows), {})[0] == ""
