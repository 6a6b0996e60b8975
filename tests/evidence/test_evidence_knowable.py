"""Slips that another cell of the data knows of: each is refused by its rule, and its honest neighbours pass.

Three tables: changes of the data as they are, trials that an analyst adds, and what is right though near.
"""

import re

import pytest
from mutations import again, cell, row
from row_names import SPIR, VAT, limit, o, rob, s, sets, syn
from test_evidence_as_printed import sizes
from test_evidence_new_trials import CROSS, MM, PERCENT, SET, TWO, added, arms, counts, data, gap, out, pairs

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
    "contrast_against_spreads": [o("younger2013-pain-ldn-placebo-paired-difference", p_value="0.6")],
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
    **{
        f"arms exchanged, {words}": (
            arms(one=("5.6", "2.1"), other=("4.8", "2.1"), location=f"Table 2: {words}"), {},
            "form_of_location",
        )
        for words in ("lower pain with LDN", "LDN was superior", "the reduction was greater under naltrexone")
    },
    **{
        f"the notes say: {notes}": (gap(0.8, lower95=-0.3, upper95=1.9), {"notes": notes}, "form_of_location")
        for notes in ("Pain was lower with LDN than with placebo.", "LDN was superior to placebo (p = 0.03).",
                      "The authors report a benefit of LDN.")
    },
    "an interval at 90% by the notes": (
        gap(lower95=-1.72, upper95=0.12), {"notes": "Intervals are at 90%."}, "form_of_location",
    ),
    "a p of one side by the notes": (
        gap(p_value=0.075), {"notes": "Women of 20 to 60. All tests are one-tailed."}, "form_of_location",
    ),
    "arms exchanged, with their sizes": (
        (out("ldn", "mean", 5.6, sd=2.1, n=28), out("placebo", "mean", 4.8, sd=2.1, n=30)),
        {"notes": "30 LDN and 28 placebo analysed."}, "arms_keep_sizes",
    ),
    "people lost by a digit": (arms(), {"n_randomised": "600"}, "arms_within_study"),
    "few of those analysed": (arms(n=5), {}, "arms_within_study"),
    "few of those analysed, where function has another main time": (
        (*arms(n=5), row("study_sets", "function-smith2027",
                         **{**SET, "outcome": "function", "from_domain": "function", "primary_week": "8"})),
        {}, "arms_within_study",
    ),
    "few of a crossover": (
        (out("ldn-placebo", "paired difference", -0.8, n=8, sd=1.8, favours="ldn"),), CROSS,
        "arms_within_study",
    ),
    "open by its notes": (arms(), {"notes": "Open-label; people knew."}, "blinding_fits_design"),
    "blinded on one side by its notes": (
        arms(), {"notes": "Only the participants were blinded."}, "blinding_fits_design",
    ),
    "allocated in turn": (arms(), {"notes": "Allocation was by alternation."}, "randomised_words"),
    "the paper of FINAL": (arms(), {"notes": "Preprint of 10.1016/S2665-9913(23)00278-3."},
                           "one_trial_a_registration"),
    "the name of INNOVA": (arms(), {"label": "Freire 2027 (INNOVA)"}, "one_trial_a_registration"),
    "everybody responds, and the mean stays": (
        (*START, *arms(one=("6.2", "1.8"), other=("6.0", "2.0")), *counts("pain response 30%", 27, 26)), {},
        "responders_say_the_same",
    ),
    "nobody responds, and the mean is halved": (
        (*START, *arms(one=("2.6", "1.6"), other=("4.0", "2.1")), *counts("pain response 30%", 0, 5)), {},
        "responders_say_the_same",
    ),
    "counts of the other group": (
        (*arms(), *counts("nausea", 7, 12, location="Table 3: 12/29 LDN and 7/29 placebo")), {},
        "form_of_location",
    ),
    "a p that the intervals of the arms do not give": (
        (out("ldn", "mean", 4.8, n=29, lower95=4.0, upper95=5.6),
         out("placebo", "mean", 5.6, n=29, lower95=4.8, upper95=6.4), *gap(p_value=0.015)),
        {}, "contrast_against_spreads",
    ),
    "a dose with a digit lost": (
        (out("ldn", "mean", 6.4, sd=1.6, n=41, week=0, dose_mg_per_day=3),
         out("ldn", "mean", 4.8, sd=2.1, n=14, dose_mg_per_day=3),
         out("ldn", "mean", 4.7, sd=2.1, n=29, dose_mg_per_day=4.5),
         out("placebo", "mean", 5.6, sd=2.1, n=29)),
        TWO, "arms_within_study",
    ),
    "more in the arms than were analysed": (arms(), {"n_analysed": "57"}, "arms_within_study"),
    "a p of nothing": (pairs(p_value=0.8), CROSS, "p_against_scale"),
}  # fmt: skip


def named(statistic, at):
    """Arms of one dose whose keys end in some mark."""
    return tuple(
        row("outcomes", f"smith2027-pain-{e.cells['group']}-{statistic}-{at}",
            **e.cells, **({"dose_mg_per_day": "4.5"} if e.cells["group"] == "ldn" else {}))
        for e in arms(statistic)
    )  # fmt: skip


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
    **{
        f"notes: {notes}": (arms(), {"notes": notes})
        for notes in (
            "Sleep was better with placebo.", "Sample size for a one-sided alpha of 2.5%.",
            "An open-label extension followed.", "Unlike an open pilot it was double-blind.",
            "LDN was not superior in fatigue.", "30 LDN and 28 placebo randomised, 29 and 29 analysed.",
            "The authors had expected a benefit of placebo.", "Bias of those who believed that they had LDN.",
            "Protocol 10.1234/abc.", "No benefit of LDN on fatigue.",
        )
    },
    "the side in the location of an arm": (arms(location="Table 2: lower pain with LDN"), {}),
    "complete cases that are few": (arms(n=15, analysis="complete cases"), {}),
    "a name of its own": (arms(), {"label": "Smith 2027 (LIFTED)"}),
    "half are lost": (arms(n=20), {"n_randomised": "90", "n_analysed": "40"}),
    "responders as the means have them": (
        (*START, *arms(), *counts("pain response 30%", 12, 8), *counts("pain response 50%", 6, 4)), {},
    ),
    "many responders of few people": (
        (*(out(g, "mean", v, sd=1.6, n=8, week=0) for g, v in (("ldn", 6.3), ("placebo", 6.1))),
         *arms(n=8, one=("3.6", "1.9")), *counts("pain response 30%", 7, 3, 8, 8)),
        {"n_randomised": "16", "n_analysed": "16"},
    ),
    "counts with their groups": (
        (*arms(), *counts("nausea", 12, 7, location="Table 3: 12/29 LDN and 7/29 placebo")), {},
    ),
    "nothing serious under one": (
        (*arms(), *counts("serious adverse event", 0, 1, location="No serious adverse event with LDN")), {},
    ),
    "a p of the arms' intervals": (
        (out("ldn", "mean", 4.8, n=29, lower95=4.0, upper95=5.6),
         out("placebo", "mean", 5.6, n=29, lower95=4.8, upper95=6.4), *gap(p_value=0.15)), {},
    ),
    "a p of a difference with one digit": (
        (*arms(one=("4.77", "2.1"), other=("4.92", "2.1")), *gap(-0.1, p_value=0.78)), {},
    ),
    "a model that takes the baseline out": (
        (*arms(), *gap(-0.9, "adjusted difference (ANCOVA)", p_value=0.04)), {},
    ),
    "changes beside levels, by p": (
        (*arms(), *gap(-0.7, "difference in mean change", p_value=0.03, **sizes(29, 29))), {},
    ),
    **{f"keys that end in {'d45' if at == 'd45' else 'a day'}": (named("mean", at), {})
       for at in ("d45", "d84")},
    "the number randomised to each": (
        arms(n=30, location="Table 2; n is the number randomised."), {"n_analysed": "60"},
    ),
    "more people at an earlier visit": ((*arms(), *arms(n=30, week=4)), {}),
    "half come a year later": (
        tuple(out(g, "mean", v, sd=2.1, n=n, week=week, **({"dose_mg_per_day": 4.5} if g == "ldn" else {}))
              for week, n in ((12, 29), (52, 15)) for g, v in (("ldn", 4.8), ("placebo", 5.6))),
        {"treatment_weeks": "52", "control_weeks": "52"},
    ),
    "an event in other words than its key": (
        (*arms(), row("event_types", "severe headache", kind="adverse event", better="lower"),
         *(row("events", f"smith2027-headache-severe-{e.cells['group']}", **e.cells)
           for e in counts("severe headache", 4, 3))), {},
    ),
    "counts of harms without people": (
        (*arms(), *counts("nausea", 4, 3), *counts("headache", 4, 3, "", "")), {},
    ),
    "nothing serious was related": (
        (*arms(),
         *counts("serious adverse event", 1, 0, location="No serious adverse events were related.")), {},
    ),
    **{f"crossover: {notes}": (pairs(se=0.35), CROSS | {"notes": notes}) for notes in (
        "After LDN 2 weeks of washout.", "2 weeks drug-free washout.", "Placebo 2 weeks run-in.",
        "4 weeks LDN 1.5 mg, then 8 weeks LDN 4.5 mg.", "2 weeks of placebo washout between.")},
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
