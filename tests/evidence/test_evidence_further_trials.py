"""Further trials that an analyst may add: words of another form, doses, doubled trials, lone differences.

As in test_evidence_new_trials.py, every estimate is computed here from the numbers alone.
"""

import math
import re

import pytest
from mutations import row
from test_evidence_new_trials import (
    CROSS,
    DOSED,
    EACH,
    PRESSURE,
    REPORTED,
    SET,
    STUDY,
    TWO,
    added,
    arms,
    counts,
    gap,
    out,
    pairs,
    two,
)

KG = PRESSURE | {"unit": "kg/cm2"}
HEAT = PRESSURE | {"measure": "heat pain threshold", "unit": "degC"}
HOLD = {"domain": "function", "measure": "arm hold time", "unit": "s", "better": "higher", "scale_min": "",
        "scale_max": ""}  # fmt: skip
MANY = {"n_randomised": "99", "n_analysed": "98"}
OF_49 = arms(n=49)
FIRST = (out("ldn", "mean", 4.8, sd=2.1, n=14, period=1), out("placebo", "mean", 5.6, sd=2.1, n=14, period=1))
BOTH_DOSES = {"n": "87", "n_ldn": "58"}
ANCOVA = "adjusted difference (ANCOVA)"
OF_EACH = tuple(gap(d, ANCOVA, se=0.55, dose_mg_per_day=dose)[0] for d, dose in ((-0.8, 3), (-0.4, 4.5)))


def at(location, **cells):
    return {"location": location, **cells}


TAKEN = {
    "an interval, and a rank test beside it": (
        gap(lower95=-1.9, upper95=0.3, p_value=0.15, **at("Table 2; Wilcoxon test in the text")), {},
        REPORTED,
    ),
    "a p value, printed as it is": (
        gap(p_value=0.15, **at("Table 2, p = 0.15 (not significant at p < 0.05)")), {},
        (-0.8, (0.8 / 1.4594) ** 2),
    ),
    "a mean difference beside its effect size": (
        gap(se=0.55, **at("Table 2: mean difference (Cohen's d in the text)")), {}, (-0.8, 0.55**2),
    ),
    "Cohen's d in its own column": (
        gap(lower95=-1.9, upper95=0.3, effect_size=0.38, **at("Table 2 (Cohen's d 0.38)")), {}, REPORTED,
    ),
    "a rate of sedimentation in the location": (arms(**at("Table 2, ESR in mm/h beside")), {}, EACH),
    "women with fibromyalgia, a trial of women": (arms(**at("Table 2, women")), {"sex": "female"}, EACH),
    "patients with fibromyalgia": (arms(**at("Table 2, patients with fibromyalgia")), {}, EACH),
    **{
        words: (arms(**at(f"Table 2, {words}")), {"sex": sex}, EACH)
        for words, sex in (
            ("participants with baseline and week 12 values", "both"), ("in women with fibromyalgia", ""),
            ("patients with low-dose naltrexone", "both"), ("ESR over 12 weeks beside", "both"),
            ("men and women", "both"),
        )
    },
    **{
        words: (gap(lower95=-1.9, upper95=0.3, **at(f"Table 2: {words}")), {}, REPORTED)
        for words in (
            "random intercepts and slopes", "difference and Cohen's d", "a random slope model",
            "difference in points, effect size below", "pain improved more under LDN",
            "the reduction was greater with LDN", "relief was smaller under placebo",
            "improvement: pain was lower with LDN", "mean difference (Hedges' g beside)",
        )
    },
    "in women and men": (arms(**at("Table 2, women and men")), {"sex": "both"}, EACH),
    "seven days a week": (arms(), {"dose_schedule": "4.5 mg 7 days a week"}, EACH),
    "half the dose morning and night": (arms(), {"dose_schedule": "2.25 mg morning and night"}, EACH),
    "a first period beside the pairs": (
        (*FIRST, out("ldn-placebo", "paired difference", -0.5, n=28, se=0.35)), CROSS, (-0.5, 0.35**2),
    ),
    "all doses, among those of each": ((*DOSED, *gap(-0.75, se=0.47, **BOTH_DOSES)), TWO, (-0.75, 0.47**2)),
    "all doses, adjusted": ((*OF_EACH, *gap(-0.6, ANCOVA, se=0.47, **BOTH_DOSES)), TWO, (-0.6, 0.47**2)),
    "kilopascals": ((*arms(), *gap(22, se=13, **PRESSURE)), {}, EACH),
    "kilograms": ((*arms(), *gap(0.3, se=0.13, **KG)), {}, EACH),
    "degrees": ((*arms(), *gap(0.6, se=0.5, **HEAT)), {}, EACH),
    "seconds": ((*arms(), *gap(3.7, se=9, **HOLD)), {}, EACH),
    "a coarse value and its interval at 95%": (
        gap(-1, lower95=-1.9, upper95=0.3, p_value=0.15), {}, (-1, REPORTED[1]),
    ),
    "coarse value and limits": (gap(-1, lower95=-2, upper95=0, p_value=0.07), {}, (-1, (1 / 2.00324) ** 2)),
    "percentages of the counts": (
        (*arms(), *counts("pain response 30%", 12, 7, **at("Table 3 (41% and 24%)"))), {}, EACH,
    ),
    "thirty people with 30% less pain": (
        (*OF_49, *counts("pain response 30%", 30, 20, 49, 49, **at("Table 3: 30% less pain"))), MANY,
        two(4.8, 2.1, 49, 5.6, 2.1, 49),
    ),
    "a side said in the location": (
        gap(lower95=-1.9, upper95=0.3, favours="", **at("Table 2: less pain with LDN")), {}, REPORTED,
    ),
    "no difference favours nobody": (gap(0, se=0.55, favours=""), {}, (0, 0.55**2)),
}  # fmt: skip

REFUSED = {
    **{
        f"the p of {words}": (gap(p_value=0.03, **at(f"Table 2, {words}")), {}, "form_of_location")
        for words in ("p for trend", "group by time interaction", "Bonferroni-corrected p",
                      "Mann-Whitney test", "Wilcoxon signed-rank test", "permutation test")
    },
    **{
        f"{words} as points": (gap(se=0.55, **at(f"Table 3: {words}")), {}, "form_of_location")
        for words in ("Cohen's d", "standardised mean difference", "ratio of geometric means",
                      "log-transformed values", "slope", "points per week", "area under the curve")
    },
    "a bound typed as exact": (gap(p_value=0.05, **at("Table 2, p < 0.05")), {}, "form_of_location"),
    "not significant typed as exact": (gap(p_value=0.05, **at("Table 2 (n.s.)")), {}, "form_of_location"),
    "F of three groups": (gap(f_value=3.1, **at("Table 2: F(2, 84)")), {}, "form_of_location"),
    "observed cases as if everybody": (
        arms(analysis="intention to treat", **at("Table 2, observed cases")), {}, "form_of_location",
    ),
    "a percentage typed as a count": (
        (*OF_49, *counts("pain response 30%", 41, 24, 49, 49, **at("Table 3 (41% and 24%)"))), MANY,
        "form_of_location",
    ),
    "completers as if everybody": (arms(**at("Table 2, completers")), {}, "part_as_whole"),
    "per protocol in the notes": (
        arms(), {"notes": "All results are of the per-protocol population."}, "part_as_whole",
    ),
    "those with much pain": (
        arms(**at("Table 4, patients with baseline pain of 6 or more")), {}, "part_as_whole",
    ),
    "those with a high rate": (arms(**at("Table 4: ESR above 20")), {}, "part_as_whole"),
    "positive values favour LDN": (
        gap(0.8, se=0.55, favours="", **at("Table 2; positive values favour LDN")), {}, "form_of_location",
    ),
    "the whole dose morning and night": (
        arms(), {"dose_schedule": "4.5 mg morning and night"}, "schedule_says_dose",
    ),
    "on weekdays": (arms(), {"dose_schedule": "4.5 mg on weekdays"}, "schedule_says_dose"),
    "five days a week": (arms(), {"dose_schedule": "4.5 mg five days a week"}, "schedule_says_dose"),
    "every other night": (arms(), {"dose_schedule": "4.5 mg every other night"}, "schedule_says_dose"),
    "all doses, on the other side": (
        (*OF_EACH, *gap(0.6, ANCOVA, se=0.47, **BOTH_DOSES)), TWO, "difference_against_arms",
    ),
    "all doses, beyond their arms": (
        (*DOSED, *gap(-2, se=0.47, **BOTH_DOSES)), TWO, "difference_against_arms",
    ),
    "an arm of a dose, contradicted": (
        (*DOSED, *gap(-1.4, se=0.55, dose_mg_per_day=3)), TWO, "difference_against_arms",
    ),
    "a difference of kilograms typed as kilopascals": (
        (*arms(), *gap(0.3, se=0.13, **PRESSURE)), {}, "spread_plausible",
    ),
    "a difference of kilopascals typed as kilograms": (
        (*arms(), *gap(8, se=4.5, **KG)), {}, "spread_plausible",
    ),
    "an interval at 90% beside a coarse value": (
        gap(-1, lower95=-1.72, upper95=0.12, p_value=0.15), {}, "interval_against_p",
    ),
    "a difference that stands alone": (gap(lower95=-1.9, upper95=0.3, favours=""), {}, "sign_as_said"),
    "pairs that stand alone": (
        (out("ldn-placebo", "paired difference", -0.8, n=28, se=0.34),), CROSS, "sign_as_said",
    ),
    "arms at another week do not say": (
        (*arms(**{"week": "6"}), *gap(se=0.55, favours="")), {}, "sign_as_said",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TAKEN)
def test_an_honest_trial_is_taken_with_the_estimate_of_its_numbers(name):
    rows, study, (yi, vi) = TAKEN[name]
    problems, found = added(rows, study)
    assert problems == ""
    assert found["included"], found["exclusion_reason"]
    assert math.isclose(found["yi"], yi, abs_tol=1e-6)
    assert found["vi"] == pytest.approx(vi, rel=2e-3)


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_trial_is_refused_by_name(name):
    rows, study, rule = REFUSED[name]
    problems, _ = added(rows, study)
    assert re.search(rf"\[{rule}[\]:]", problems), problems or "accepted"


@pytest.mark.parametrize(
    ("week", "lasts", "right"),
    [(3, 12, False), (6, 26, False), (4, 12, True), (13, 52, True), (12, 24, True)],
)
def test_a_week_that_is_one_of_months_is_refused(week, lasts, right):
    length = {"treatment_weeks": str(lasts), "control_weeks": str(lasts)}
    problems, found = added(arms(**{"week": week}), length, primary_week=str(week))
    assert ("[weeks_reported" not in problems) == right
    assert not right or (problems == "" and found["included"])


# One trial under two ids -----------------------------------------------------------------------------------

OTHER = {"study_id": "jones2026", "source": "10.1234/y", "se": 0.54}


def start(value, **cells):
    return out("all", "mean", value, sd=1.4, n=58, **{"week": 0, **cells})


def with_another(rows, study=None, other=None, also=(), of=()):
    """The problems of the data with the trial and another one, of 29 and 29 people unless said otherwise."""
    its = {"trial_id": "jones2026", "label": "Jones et al. 2026", "year": "2026", "doi": "10.1234/y"}
    more = [
        row("studies", "jones2026", **{**STUDY, **its, **(other or {})}),
        row("study_sets", "pain-jones2026", **{**SET, "study_id": "jones2026"}),
    ]
    return added((*rows, *(of or gap(-0.7, **OTHER)), *also, *more), study)[0]


def test_arms_of_the_same_sizes_are_one_trial_until_something_tells_them_apart():
    assert "[same_numbers_twice" in with_another(arms())
    assert "[same_numbers_twice" in with_another(gap(lower95=-1.9, upper95=0.3), {"registry": "NCT01234567"})
    assert "[same_numbers_twice" in with_another(
        pairs(se=0.34),
        CROSS,
        CROSS,
        of=(out("ldn-placebo", "paired difference", -0.7, n=28, **OTHER, favours="ldn"),),
    )
    assert "[same_numbers_twice" in with_another(
        (*arms(), start(6.3)), also=(start(6.3, study_id="jones2026", source="10.1234/y"),)
    )


def test_arms_of_the_same_sizes_are_two_trials_where_all_their_values_differ():
    theirs = {"study_id": "jones2026", "source": "10.1234/y"}
    limits = {"lower95": -1.2, "upper95": 0.8, **theirs}
    assert with_another(arms(), of=arms(one=("4.5", "2.1"), other=("5.2", "2.1"), **theirs)) == ""
    assert with_another(gap(lower95=-1.9, upper95=0.3), of=gap(-0.2, **limits)) == ""
    of = arms(one=("4.9", "2.1"), other=("5.6", "2.1"), **theirs)  # one value differs: a slip of the copy?
    assert "[same_numbers_twice" in with_another(arms(), of=of)
    of = arms(one=("5.6", "2.1"), other=("4.8", "2.1"), **theirs)  # the groups of the copy exchanged
    assert "[same_numbers_twice" in with_another(arms(), of=of)
    of = gap(0.8, lower95=-0.3, upper95=1.9, **theirs)
    assert "[same_numbers_twice" in with_another(gap(lower95=-1.9, upper95=0.3), of=of)


def test_two_starts_that_are_one_digit_apart_are_of_two_trials():
    theirs = start(6.5, study_id="jones2026", source="10.1234/y")
    assert with_another((*arms(), start(6.4)), also=(theirs,)) == ""


@pytest.mark.parametrize(
    ("rows", "study", "other", "also"),
    [
        (arms(), {"registry": "NCT01234567"}, {"registry": "NCT07654321"}, ()),
        (arms(), {"country": "Iran"}, {"country": "Egypt"}, ()),
        ((*arms(), start(6.3)), {}, {}, (start(6.6, study_id="jones2026", source="10.1234/y"),)),
        (arms(n=28), {}, {}, ()),
        (arms(), {}, {"dose_mg_per_day": "3", "dose_min_mg": "3", "dose_max_mg": "3",
                      "dose_schedule": "3 mg once daily"}, ()),
        (arms(), {}, {"treatment_weeks": "16", "control_weeks": "16"}, ()),
    ],
    ids=["registrations", "countries", "start", "sizes", "dose", "length"],
)  # fmt: skip
def test_two_trials_that_something_tells_apart_are_two(rows, study, other, also):
    assert with_another(rows, study, other, also) == ""
