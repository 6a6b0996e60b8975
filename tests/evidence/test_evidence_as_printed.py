"""Trials in the forms in which papers on drugs for fibromyalgia print them, typed as rows.

The trials are made up; the forms are those of published ones. Every estimate and variance is computed here,
by the formula of its form, from the numbers as typed.
"""

import math

import pytest
from mutations import row
from scipy import stats
from test_evidence_new_trials import CROSS, SET, STUDY, arms, count, counts, data, gap, out, t, two

from ldn_analysis import contrasts

MM = {"measure": "pain VAS", "unit": "mm", "scale_max": "100"}
CM = {"measure": "pain VAS", "unit": "cm"}
BPI = {"measure": "average pain (BPI)"}
PERCENT = {"unit": "percent reduction from baseline", "better": "higher"}
ANCOVA, MODEL = "adjusted difference (ANCOVA)", "adjusted difference (mixed model)"
CHANGE = "difference in mean change"
ITEM, RELIEF = "FIQ pain item", "pain relief in six steps"
MEASURES = (
    row("measures", "fiq-pain-item-points", measure=ITEM, domain="pain", unit="points", scale_min="0",
        scale_max="10", better="lower", converts_to="NRS points (0-10)", conversion="as it is",
        formula="value", source="declared here"),
    row("measures", "pain-relief-in-six-steps-points", measure=RELIEF, domain="pain", unit="points",
        scale_min="-1", scale_max="4", better="higher", source="declared here"),
)  # fmt: skip


def trial(n, analysed=None, **cells):
    """Cells of a study in which so many were randomised, and analysed."""
    return {"n_randomised": str(n), "n_analysed": str(analysed or n), **cells}


def lasting(weeks):
    return {"treatment_weeks": str(weeks), "control_weeks": str(weeks)}


def doses(*of):
    low, high = of[0], of[-1]
    return {"dose_mg_per_day": f"{low} to {high}", "dose_min_mg": low, "dose_max_mg": high,
            "dose_schedule": f"{' mg or '.join(of)} mg once daily"}  # fmt: skip


def sizes(a, b):
    return {"n": a + b, "n_ldn": a, "n_placebo": b}


def shares(event, of_doses, placebo):
    """Percentages of people with an event at each dose, and under placebo."""
    return (
        *(count("ldn", event, "", n, percent=p, dose_mg_per_day=d, tail=f"-d{d}") for d, p, n in of_doses),
        count("placebo", event, "", placebo[1], percent=placebo[0]),
    )


def ratio(a, n1, c, n2):
    return math.log(a / n1 / (c / n2)), 1 / a - 1 / n1 + 1 / c - 1 / n2


def together(*groups):
    """Mean, SD and number of several groups as one (Cochrane Handbook 6.5.2.10), of (mean, SD, n)."""
    n = sum(size for *_, size in groups)
    mean = sum(m * size for m, _, size in groups) / n
    squares = sum((size - 1) * sd**2 + size * (m - mean) ** 2 for m, sd, size in groups)
    return mean, math.sqrt(squares / (n - 1)), n


# Three doses and placebo: differences with intervals of one common SD, 2.05.
SIZE = {"1.5": (-0.21, 121), "3": (-0.44, 124), "4.5": (-0.87, 123)}
OF_PLACEBO, SD = 122, 2.05
LIMIT = {
    dose: t(n + OF_PLACEBO - 2) * SD * math.sqrt(1 / n + 1 / OF_PLACEBO) for dose, (_, n) in SIZE.items()
}
BY_DOSE = tuple(
    gap(d, ANCOVA, lower95=round(d - LIMIT[dose], 3), upper95=round(d + LIMIT[dose], 3), dose_mg_per_day=dose,
        **sizes(n, OF_PLACEBO))[0]
    for dose, (d, n) in SIZE.items()
)  # fmt: skip
ALL = sum(n for _, n in SIZE.values())
HARMS = (
    *counts("stopped for any reason", 7, 6, 34, 33), *counts("any adverse event", 27, 21, 33, 33),
    *counts("serious adverse event", 1, 0, 33, 33),
)  # fmt: skip

PRINTED = {
    "three doses, a difference and its interval for each": (
        BY_DOSE, trial(495, 490) | doses("1.5", "3", "4.5"), {},
        (sum(d * n for d, n in SIZE.values()) / ALL, SD**2 * (1 / ALL + 1 / OF_PLACEBO)),
    ),
    "least-squares changes and SEs, their difference with p < 0.001": (
        (*arms("mean change", ("-2.31", "0.24"), ("-1.09", "0.23"), n=109, spread="se", **BPI),
         *gap(-1.22, MODEL, p_value=0.001, p_bound="below", **sizes(109, 109), **BPI)),
        trial(224, 218), {}, (-1.22, 0.24**2 + 0.23**2),
    ),
    "changes and SDs, their difference with p > 0.05": (
        (*arms("mean change", ("-1.9", "2.2"), ("-1.6", "2.3"), n=48),
         *gap(-0.3, CHANGE, p_value=0.05, p_bound="above", **sizes(48, 48))),
        trial(99, 96), {}, two(-1.9, 2.2, 48, -1.6, 2.3, 48),
    ),
    "changes without a spread, their difference with p < 0.02": (
        (out("ldn", "mean change", -1.9, n=16, **CM), out("placebo", "mean change", -0.2, n=17, **CM),
         *gap(-1.7, CHANGE, p_value=0.02, p_bound="below", **sizes(16, 17), **CM)),
        trial(40, 33), {}, (-1.7, (1.7 / stats.t.isf(0.01, 31)) ** 2),
    ),
    "two doses in mm, at two times": (
        tuple(
            out("ldn" if dose else "placebo", "mean change", value, se=se, n=n, week=week, **MM,
                **({"dose_mg_per_day": dose} if dose else {}))
            for week, at in ((12, (("3", -16.1, 1.8, 210), ("4.5", -18.4, 1.4, 402), ("", -10.9, 1.9, 207))),
                             (26, (("3", -15.2, 2.0, 210), ("4.5", -17.3, 1.5, 402), ("", -11.2, 2.0, 207))))
            for dose, value, se, n in at
        ),
        trial(819) | doses("3", "4.5") | lasting(26), {"reason": "Week 12 is its primary time point."},
        two(*together((-1.61, 0.18 * math.sqrt(210), 210), (-1.84, 0.14 * math.sqrt(402), 402)),
            -1.09, 0.19 * math.sqrt(207), 207),
    ),
    "an item of the FIQ, a difference and its interval": (
        gap(-1.9, CHANGE, lower95=-3.2, upper95=-0.6, p_value=0.005, measure=ITEM, **sizes(24, 26)),
        trial(58, 50), {}, (-1.9, (1.3 / t(48)) ** 2),
    ),
    "a crossover in mm, by p alone": (
        (out("ldn-placebo", "paired difference", -19.4, n=20, p_value=0.012, favours="ldn", **MM),),
        CROSS | trial(29, 20), {}, (-1.94, (1.94 / stats.t.isf(0.006, 19)) ** 2),
    ),
    "a crossover's difference from a mixed model": (
        (out("ldn-placebo", MODEL, -0.47, n=96, lower95=-0.86, upper95=-0.08, favours="ldn"),),
        CROSS | trial(112, 96), {}, (-0.47, (0.39 / t(95)) ** 2),
    ),
    "two to one, at three times": (
        tuple(
            out(group, "mean", value, sd=sd, n=n, week=week, **CM)
            for week, one, other in ((4, (5.4, 2.5), (5.9, 2.3)), (12, (5.1, 2.6), (5.8, 2.4)),
                                     (26, (5.3, 2.8), (5.6, 2.5)))
            for group, (value, sd), n in (("ldn", one, 80), ("placebo", other, 41))
        ),
        trial(124, 121) | lasting(26), {"reason": "Week 12 is its primary time point."},
        two(5.1, 2.6, 80, 5.8, 2.4, 41),
    ),
    "final values in mm, and relief in words": (
        (*arms(one=("51.8", "28.4"), other=("63.5", "27.1"), n=140, **MM),
         *arms(one=("1.6", "1.4"), other=("0.9", "1.3"), n=140, measure=RELIEF, better="higher",
               scale_min=-1, scale_max=4)),
        trial(291, 280), {}, two(5.18, 2.84, 140, 6.35, 2.71, 140),
    ),
    "a mixed model's difference and the effect size in its table": (
        gap(-1.38, MODEL, lower95=-2.44, upper95=-0.32, effect_size=0.67, p_value=0.012, **sizes(32, 33),
            **CM),
        trial(70, 65), {}, (-1.38, (1.06 / t(63)) ** 2),
    ),
    "a mixed model's difference, beside changes and SEs": (
        (*arms("mean change", ("-1.71", "0.13"), ("-1.32", "0.13"), n=190, spread="se"),
         *gap(-0.39, MODEL, lower95=-0.70, upper95=-0.08, p_value=0.014, **sizes(190, 190))),
        trial(384, 380), {}, (-0.39, (0.31 / t(378)) ** 2),
    ),
    "medians and quartiles": (
        (out("ldn", "median", 4.5, q1=3, q3=6, n=27), out("placebo", "median", 5.5, q1=4, q3=7, n=26)),
        trial(55, 53), {},
        two(4.5, 3 / (2 * stats.norm.ppf((0.75 * 27 - 0.125) / 27.25)), 27,
            5.5, 3 / (2 * stats.norm.ppf((0.75 * 26 - 0.125) / 26.25)), 26),  # Wan 2014
    ),
    "percent of baseline": (
        (*arms("mean change", ("29.6", "32.4"), ("16.9", "30.1"), n=42, **MM | PERCENT),
         out("all", "mean", 64.8, sd=14.6, n=84, week=0, **MM)),
        trial(88, 84), {}, two(-2.96 * 0.648, 3.24 * 0.648, 42, -1.69 * 0.648, 3.01 * 0.648, 42),
    ),
    "three to one": (
        (out("ldn", "mean change", -2.1, sd=2.0, n=87), out("placebo", "mean change", -1.5, sd=1.9, n=29)),
        trial(118, 116), {}, two(-2.1, 2.0, 87, -1.5, 1.9, 29),
    ),
    "means alone, their difference with F": (
        (out("ldn", "mean", 4.9, n=51), out("placebo", "mean", 5.7, n=50),
         *gap(-0.8, f_value=3.1, p_value=0.081, **sizes(51, 50))),
        trial(103, 101), {}, (-0.8, 0.64 / 3.1),
    ),
    "one look on the way": (
        gap(-0.7, MODEL, lower95=-1.22, upper95=-0.18, location="Table 2 (after one interim look)",
            **sizes(78, 79)),
        trial(160, 157, notes="Group sequential: one interim analysis after 80 people; final alpha 0.049."),
        {}, (-0.7, (0.52 / t(155)) ** 2),
    ),
    "a flexible dose": (
        arms("mean change", ("-2.0", "2.1"), ("-1.2", "2.0"), n=57),
        trial(120, 114, dose_mg_per_day="1.5 to 4.5", dose_min_mg="1.5",
              dose_schedule="1.5 mg, raised every week to 4.5 mg as tolerated"),
        {}, two(-2.0, 2.1, 57, -1.2, 2.0, 57),
    ),
    "who took it, who stopped, who was analysed": (
        (*arms("mean change", ("-2.0", "2.1"), ("-1.2", "2.0"), n=28), *HARMS), trial(67, 56), {},
        two(-2.0, 2.1, 28, -1.2, 2.0, 28),
    ),
    "shares of an unknown number": (
        (*arms(), *(count(group, "pain response 30%", "", "", percent=share)
                    for group, share in (("ldn", "44"), ("placebo", "30")))),
        {}, {}, two(4.8, 2.1, 29, 5.6, 2.1, 29),
    ),
}  # fmt: skip


def added(rows, study, **declared):
    """The problems of the data with the trial, and the data with it."""
    edits = [row("studies", "smith2027", **(STUDY | study)), *MEASURES, *rows]
    changed = data().edited(*edits, row("study_sets", "pain-smith2027", **(SET | declared)))
    return "\n".join(map(str, data().problems(changed))), data().seen(changed)


@pytest.mark.parametrize("name", PRINTED)
def test_a_trial_as_papers_print_it_gives_its_own_estimate(name):
    rows, study, declared, (yi, vi) = PRINTED[name]
    problems, ev = added(rows, study, **declared)
    assert problems == ""
    table = contrasts.derive(ev, "pain").table
    (found,) = table[(table["study_id"] == "smith2027") & table["included"]].to_dict("records")
    assert found["yi"] == pytest.approx(yi, abs=1e-6)
    assert found["vi"] == pytest.approx(vi, rel=3e-3)


@pytest.mark.parametrize(
    ("rows", "study", "expected"),
    [
        (counts("pain response 30%", 31, 22, 60, 58), trial(118), ratio(31, 60, 22, 58)),
        (shares("pain response 50%", (("3", "24.3", 185), ("4.5", "27.9", 183)), ("15.2", 184)),
         trial(552) | doses("3", "4.5"), ratio(45 + 51, 368, 28, 184)),
        (shares("pain response 30%", (("4.5", "40.0", 190),), ("29.0", 200)), trial(390),
         ratio(76, 190, 58, 200)),
    ],
    ids=["responders and nothing else", "shares of two doses", "a printed nought is a digit"],
)  # fmt: skip
def test_people_with_an_event_as_papers_print_them(rows, study, expected):
    problems, ev = added(rows, study, outcome="pain response", from_domain="pain response")
    assert problems == ""
    table = contrasts.event_table(ev)
    (found,) = table[(table["study_id"] == "smith2027") & table["included"]].to_dict("records")
    assert (found["yi"], found["vi"]) == pytest.approx(expected)


HALF = 1.96 * 2.0 / math.sqrt(90)
SLIPS = {
    "half of an interval typed as an SE": (
        (out("ldn", "mean change", -2.1, se=round(HALF, 2), n=90),
         out("placebo", "mean change", -1.5, se=round(HALF, 2), n=90)), "spread_beside_others",
    ),
    "a variance typed as an SD": (
        arms("mean change", ("-2.1", "4.0"), ("-1.5", "3.6"), n=90), "spread_beside_others",
    ),
    "responders of those who stayed": (
        (*arms("mean change", ("-2.0", "2.1"), ("-1.2", "2.0"), n=90),
         *counts("pain response 30%", 36, 25, 71, 69)), "responders_of_fewer",
    ),
    "complete cases called intention to treat": (
        (*arms("mean change", ("-2.0", "2.1"), ("-1.2", "2.0"), n=90),
         *counts("pain response 30%", 36, 25, 71, 69, analysis="intention to treat")), "responders_of_fewer",
    ),
}  # fmt: skip
RIGHT = {
    "an SD of mm": arms(one=("53", "29.5"), other=("65", "27.4"), n=90, **MM),
    "an upper bound of p": gap(-0.5, CHANGE, p_value=0.1, p_bound="below", **sizes(90, 90)),
    "a few more than stayed": (
        *arms("mean change", ("-2.0", "2.1"), ("-1.2", "2.0"), n=90),
        *counts("pain response 30%", 36, 25, 85, 86),
    ),
    "complete cases, as the row says": (
        *arms("mean change", ("-2.0", "2.1"), ("-1.2", "2.0"), n=90),
        *counts("pain response 30%", 36, 25, 71, 69, analysis="complete cases"),
    ),
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_that_no_rule_can_refuse_is_shown(name):
    rows, notice = SLIPS[name]
    problems, _ = added(rows, trial(185, 180))
    assert problems == ""
    assert notice in set(data().findings["check"])


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_is_not_shown_as_a_slip(name):
    problems, _ = added(RIGHT[name], trial(185, 180))
    assert problems == ""
    assert not {"spread_beside_others", "responders_of_fewer"} & set(data().findings["check"])


BY_P, BY_CI = {"p_value": 0.15}, {"lower95": -1.9, "upper95": 0.3}
SAID = "Table 2 (favours LDN)"
CHANGES = arms("mean change", ("-1.6", "2.0"), ("-0.7", "2.0"))
# One printed number alone, what would be typed in its place by a slip, and the column of which it is said.
UNCONFIRMED = {
    "a p value": (gap(**BY_P), "p_value"),
    "an interval": (gap(**BY_CI), "lower95"),
    "an F that may be a t": (gap(f_value=1.46), "f_value"),
    "an interval beside a bound": (gap(p_bound="above", p_value=0.05, **BY_CI), "lower95"),
    "a model's interval beside SDs": ((*arms(), *gap(statistic=ANCOVA, **BY_CI)), "lower95"),
    "a follow-up has more": ((*gap(**BY_P), *gap(week=24, **BY_P, **BY_CI)), "p_value"),
    "means that may be exchanged": (arms(), "value"),
    "means that the responders turn": ((*arms(), *counts("pain response 30%", 7, 10)), "value"),
}
CONFIRMED = {
    "an interval and p": gap(**BY_P, **BY_CI),
    "t and p": gap(t_value=-1.46, **BY_P),
    "p beside SDs": (*arms(), *gap(**BY_P)),
    "all of them": (*arms(), *gap(**BY_P, **BY_CI)),
    "a raw difference beside the model's": (*gap(statistic=ANCOVA, **BY_CI), *gap(**BY_P, **BY_CI)),
    "means and a word": arms(location=SAID),
    "means and a difference": (*arms(), *gap(p_value=0.05, p_bound="above")),
    "means and changes": (*arms(), *CHANGES),
    "means and responders": (*arms(), *counts("pain response 30%", 12, 6)),
    "at another week": (*arms(location=SAID), *gap(week=4, **BY_P)),
}


@pytest.mark.parametrize("name", UNCONFIRMED)
def test_a_number_that_nothing_confirms_is_shown(name):
    rows, column = UNCONFIRMED[name]
    assert added(rows, {})[0] == ""
    shown = data().findings.query("check == 'value_unconfirmed' and study_id == 'smith2027'")
    assert [*shown["column"]] == [column]


@pytest.mark.parametrize("name", CONFIRMED)
def test_numbers_that_confirm_each_other_are_not_shown(name):
    assert added(CONFIRMED[name], {})[0] == ""
    assert "smith2027" not in set(data().findings.query("check == 'value_unconfirmed'")["study_id"])


def test_a_difference_of_medians_is_left_out_as_what_it_is():
    rows = gap(-1.5, "median difference", lower95=-2.5, upper95=-0.5, favours="ldn", **sizes(25, 26))
    problems, ev = added(rows, trial(53, 51))
    assert problems == ""
    table = contrasts.derive(ev, "pain").table.set_index("study_id")
    assert table.loc["smith2027", "exclusion_reason"].startswith("only a difference of the groups' medians")


def test_a_trial_of_those_who_responded_may_be_left_out_of_the_pool():
    study = trial(70, 68, notes="The drug was open for 6 weeks; those who responded were randomised.")
    rows = arms(one=("4.1", "2.2"), other=("5.4", "2.3"), n=34)
    assert "[design_words" in added(rows, study)[0]
    out_of_it = {"set": "excluded", "primary_week": "", "reason": "Only those who responded were randomised."}
    assert added(rows, study, **out_of_it)[0] == ""


@pytest.mark.parametrize(
    ("weeks", "study", "excluded"),
    [
        (("", ""), {}, ""),
        (("", "12"), {}, ""),
        (("4", ""), {}, "no between-group estimate is reported"),
        (("", ""), lasting(""), "neither its estimate nor the length of its treatment says at which week"),
    ],
)
def test_arms_without_a_week_are_of_the_end_of_treatment(weeks, study, excluded):
    ldn, placebo = (
        out(group, "mean", value, n=29, sd="2.1", week=week)
        for (group, value), week in zip((("ldn", "4.8"), ("placebo", "5.6")), weeks, strict=True)
    )
    _, ev = added((ldn, placebo), study)
    (found,) = contrasts.derive(ev, "pain").table.query("study_id == 'smith2027'").to_dict("records")
    if excluded:
        assert not found["included"] and found["exclusion_reason"].startswith(excluded)
    else:
        assert found["week"] == 12 and [found["yi"], found["vi"]] == pytest.approx([-0.8, 2 * 2.1**2 / 29])


def test_a_primary_week_is_found_at_rows_without_a_week():
    rows = (*arms(week=""), *arms(week="4", one=("5.1", "2.1"), other=("5.5", "2.1")))
    assert added(rows, {}, primary_week="12")[0] == ""
    assert "nothing is reported at this week" in added(rows, {}, primary_week="8")[0]
