"""Slips that another cell of the data knows of: each is refused by its rule, and its honest neighbours pass.

Three tables: changes of the data as they are, trials that an analyst adds, and what is right though near.
"""

import re

import pytest
from mutations import again, cell
from row_names import SPIR, VAT, limit, o, rob, s, sets, syn
from test_evidence_new_trials import CROSS, MM, PERCENT, TWO, added, arms, data, gap, out, pairs

START = (out("ldn", "mean", 6.3, sd=1.6, n=29, week=0), out("placebo", "mean", 6.1, sd=1.7, n=29, week=0))
INN = "innova2026-pain-w13-ldn-placebo-adjusted-difference"
FIQR = "bested2023-symptom-severity-w3-ldn-placebo-median-difference"


def registered(key, **cells):
    return cell("registrations", key, **cells)


def measured(key, **cells):
    return cell("measures", key, **cells)


CHANGED = {
    "id_agrees": [
        o(INN, statistic="median difference"),
        sets("pain-younger2009", outcome="function"),
        sets("pain-threshold-finalqst2025", outcome="pain"),
        rob("pain-metyas2018-overall", outcome="memory"),
        cell("judgements", "pilot_30_percent--risk-of-bias", item="imprecision"),
    ],
    "blinding_fits_design": [
        s("youngerplos2009", control="waiting list"),
        s("paula2023", control="usual care"),
        s("marcus2024", blinding="single-blind"),
        s("ramanathan2012", blinding="single-blind (assessor)"),
    ],
    "randomised_words": [s("bruunplesner2020", randomised="yes")],
    "schedule_says_dose": [s("bested2023", dose_min_mg="3"), s("parkitny2017", dose_min_mg="2")],
    "weeks_reported": [s("bested2023", control_weeks="0.3"), s("parkitny2017", control_weeks="200")],
    "registration_of_study": [
        s("paula2023", sex="both"),
        registered("NCT04739995", sex="male"),
        s("paula2023", condition="chronic musculoskeletal pain"),
        s("parkitny2017", condition="rheumatoid arthritis"),
    ],
    "pilot_participants_fit": [
        cell("pilot_participants", "younger2009-p4", fiq="7.01"),
        cell("pilot_participants", "younger2009-p2", fiq="67.7"),
        o("younger2009-fiq-w0-all-mean", value="76.2"),
    ],
    "benchmark_in_unit": [
        cell("responder_benchmarks", "hauser2011_placebo_50", lower95="1.75"),
        cell("responder_benchmarks", "hauser2011_rr_50", lower95="0.136"),
    ],
    "threshold_plausible": [limit("omeract2015_between_group", value="0.1"),
                            limit("immpact2008_moderate", value="3")],
    "synthesis_says_one_thing": [syn("nazir2025-headache-rr", outcome="nausea"),
                                 syn("saif2026-dizziness-rr", outcome="vivid dreams")],
    "conversion_fits": [
        measured("pain-vas-percent-reduction", scale_max="1000"),
        measured("pain-nrs-percent-reduction", scale_max="100"),
        measured("pain-relief-vas-mm", scale_min="10"),
        measured("mechanical-pain-threshold-kpa", better="lower"),
        measured("bodily-pain-sf-36-points", scale_max="1000"),
        measured("daily-fibromyalgia-symptom-severity-vas-points", domain="function"),
    ],
    "precisions_agree": [o(SPIR, value="-33"), o(FIQR, value="-16.5"), o(FIQR, iqr="1.855")],
    "spread_plausible": [o("younger2013-pain-w12-ldn-mean", sd_elsewhere="125"),
                         o("younger2013-pain-w4-placebo-mean", sd_elsewhere="1.46")],
}  # fmt: skip
ADDED = {
    "the baseline of one arm typed as its end": (
        (*START, out("ldn", "mean", 6.3, sd=1.6, n=29), out("placebo", "mean", 5.6, sd=2.1, n=29)), {},
        "end_is_start",
    ),
    "improvements typed as levels": (arms(one=("1.5", "2.1"), other=("0.7", "2.1")), {}, "start_on_scale"),
    "a dose that nobody was given": (
        tuple(gap(d, se=0.55, dose_mg_per_day=dose)[0] for d, dose in ((-0.8, 3), (-0.7, 4))), TWO,
        "dose_of_arm_said",
    ),
    "a smallest dose of another trial": (arms(), {"dose_min_mg": "1.5"}, "schedule_says_dose"),
    "the p of two groups typed for pairs": (pairs(p_value=0.55), CROSS, "spread_plausible"),
    "a p of nothing": (pairs(p_value=0.8), CROSS, "p_against_scale"),
}  # fmt: skip
NEAR = {
    "a condition beside fibromyalgia": (registered("NCT00568555", condition="fibromyalgia"),),
    "another trial's women": (registered("NCT06366724", sex="female"),),
    "a reader's own threshold": (limit("farrar2001", value="1.7"), limit("immpact2008_moderate", value="15")),
    "a measure of its own": (again("measures", "pain-vas-mm", "present-pain", measure="present pain"),),
    "a scale from 1": (
        again("measures", "fiq-points", "likert", measure="Likert", scale_min="1", scale_max="7",
              converts_to="", conversion="", formula=""),
    ),
    "another FIQ printed with its digits": (o("younger2009-fiq-w0-all-mean", value="67.19", sd="15.05"),),
    "a harm of two words": (syn("saif2026-nausea-rr", outcome="nausea"), syn(VAT, i2_percent="30")),
    "a difference of medians beside its ranks": (o(SPIR, p_value="0.7"), o(FIQR, p_value="0.2")),
    "a quoted SD nearer to the interval's": (o("younger2013-pain-w12-ldn-mean", sd_elsewhere="22"),),
    "a range that the schedule explains": (
        s("bested2023", dose_min_mg="3", dose_schedule="3 mg in week 1, then 4.5 mg once daily"),
    ),
    "an adjusted difference of another model": (o(INN, statistic="adjusted difference (ANCOVA)"),),
    "an open chart review": (s("driver2023", blinding="open", control="usual care"),),
    "three weeks of the drug and two of placebo": (s("bested2023", control_weeks="2"),),
}  # fmt: skip
HONEST = {
    "the mean of the start, another spread": (
        (*START, out("ldn", "mean", 6.3, sd=2.0, n=29), out("placebo", "mean", 5.6, sd=2.1, n=29)), {},
    ),
    "little pain at the end": (arms(one=("1.1", "1.3"), other=("1.9", "1.7")), {}),
    "pairs with a rough p": (pairs(p_value=0.3), CROSS),
    "millimetres, low": (arms(one=("18", "15"), other=("24", "17"), **MM), {}),
    "two doses and their schedule": (
        tuple(gap(d, se=0.55, dose_mg_per_day=dose)[0] for d, dose in ((-0.8, 3), (-0.7, 4.5))), TWO,
    ),
    "a titration": (arms(), {"dose_min_mg": "1.5", "dose_schedule": "titrated from 1.5 mg to 4.5 mg"}),
    "percent": (
        (*arms("mean change", ("28", "30"), ("18", "30"), **PERCENT), out("all", "mean", 6.1, n=58, week=0)),
        {},
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "edit"), [(rule, edit) for rule, edits in CHANGED.items() for edit in edits]
)
def test_what_another_cell_knows_of_is_refused(rule, edit):
    assert f"[{rule}" in data().refused(edit)


@pytest.mark.parametrize("name", ADDED)
def test_a_trial_that_contradicts_itself_is_refused(name):
    rows, study, rule = ADDED[name]
    problems, _ = added(rows, study)
    assert re.search(rf"\[{rule}[\]:]", problems), problems or "accepted"


@pytest.mark.parametrize("name", NEAR)
def test_what_is_right_though_near_is_accepted(name):
    assert data().refused(*NEAR[name]) == ""


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_trial_is_accepted(name):
    problems, found = added(*HONEST[name])
    assert problems == "" and found["included"]
