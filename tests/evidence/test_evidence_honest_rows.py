"""Rows as honest analysts type them from real papers pass; the slip that the same rule is for is refused."""

import pytest
from mutations import row
from test_evidence_as_printed import ANCOVA, CHANGE, MODEL, added, lasting, sizes, trial
from test_evidence_new_trials import (
    CROSS,
    DOSED,
    PAIN,
    PRESSURE,
    RELIEF,
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
from ldn_analysis.evidence.vocabulary import BIAS_NAMES

FEW = CROSS | {"n_analysed": "14"}
OF_FEW = (out("ldn-placebo", "paired difference", -0.8, n=14, se=0.5, favours="ldn"),)


def exposed(weeks):
    return (*arms(), *counts("any adverse event", 16, 12, person_weeks=str(weeks)))


def model(a, b):
    """Means of everybody seen at the visit beside an adjusted difference of so many."""
    means = arms(one=("4.8", "2.3"), other=("5.6", "2.2"), n=90)
    return (*means, *gap(-0.7, ANCOVA, lower95=-1.3, upper95=-0.1, **sizes(a, b)))


def kind(event, kind):
    return (*arms(), row("event_types", event, kind=kind, better="lower"))


BIG = trial(190, 185)
VAS = {"measure": "pain VAS", "scale_max": "100"}
IN_CM = {"measure": "pain VAS", "unit": "cm", "scale_max": "10"}
IN_MM, IN_POINTS = (arms(one=("48", "21"), other=("56", "21"), unit=unit, **VAS) for unit in ("mm", "points"))
START = arms(one=("6.2", "1.6"), other=("6.3", "1.7"), week="0", **IN_CM)


def serious(week):
    """Serious events that were counted once, until so many weeks after the start."""
    key = {"tail": f"-w{week}", "week": week}
    return (*arms(), *counts("serious adverse event", 1, 0, **key))


def rising(first):
    """A dose that rises from so much to 4.5 mg."""
    how = f"titrated from {first} mg to 4.5 mg in 4 weeks, held 8 weeks"
    return {"dose_mg_per_day": f"{first} to 4.5", "dose_min_mg": first, "dose_schedule": how}


def visit(a, b):
    """Means of so many at a visit beside the model of everybody who came to any."""
    means = (out("ldn", "mean", 4.8, sd=2.1, n=a), out("placebo", "mean", 5.6, sd=2.1, n=b))
    return (*means, *gap(-0.7, MODEL, lower95=-1.7, upper95=0.3))


def few(n, one, other):
    return arms(one=("4.8", one), other=("5.6", other), n=n)


def interval(value, half, n):
    """Means of so many with intervals of so much to either side."""
    ends = {"lower95": round(value - half, 1), "upper95": round(value + half, 1)}
    return (out("ldn", "mean", value, n=n, **ends), out("placebo", "mean", 3.1, sd=1.9, n=n))


def worst(formula):
    """A rating of pain of its own, which converts as it is."""
    return row("measures", "worst-pain-points", measure="worst pain", domain="pain", unit="points",
               scale_min="0", scale_max="10", better="lower", converts_to="NRS points (0-10)",
               conversion="as it is", formula=formula, source="declared here")  # fmt: skip


def keyed(words, event):
    """Counts of an event whose keys say these words."""
    counted = zip(("ldn", "placebo"), counts(event, 5, 3), strict=True)
    return [row("events", f"smith2027-{words}-w12-{group}", **edit.cells) for group, edit in counted]


def quartiles(low, high):
    return tuple(out(group, "median", low, q1=low, q3=high, n=29) for group in ("ldn", "placebo"))


def pressed(one, other, every, **cells):
    """Means of either group and of both at the start."""
    values = (("ldn", one, 29), ("placebo", other, 29), ("all", every, 58))
    scale = PRESSURE | cells | {"week": "0", "sd": "1.6" if cells else "60"}
    return (out(group, "mean", value, **scale | {"n": n}) for group, value, n in values)


def _two_changes(one, other):
    """Changes under two doses and under placebo, which became worse."""
    drug = (
        out("ldn", "mean change", x, sd="2.0", n=29, dose_mg_per_day=d) for x, d in ((one, 3), (other, 4.5))
    )
    return (*drug, out("placebo", "mean change", "0.8", sd="2.0", n=29))


def judged(basis):
    """A high risk of bias where three domains raise some concerns."""
    for domain, name in BIAS_NAMES.items():
        level = {"overall": "high", "D1": "low", "D5": "low"}.get(domain, "some concerns")
        if domain != "DS":
            yield row("risk_of_bias", f"pain-smith2027-{domain}", study_id="smith2027", outcome="pain",
                      variant="RoB 2 parallel", domain=domain, domain_name=name, judgement=level,
                      basis=basis, judged_by="AB", how_read="full text")  # fmt: skip


def again_as(design, weeks="52"):
    """A second, open report of the trial, at so many weeks."""
    own = {
        "label": "Smith et al. 2027",
        "year": "2027",
        "doi": "10.1234/y",
        "design": design,
        "blinding": "open",
    }
    return row("studies", "smith2027b", **STUDY | own | lasting(weeks) | {"n_analysed": "41"})


MILLIMETRES = {"estimate": "-6.2", "lower95": "-12.1", "upper95": "-0.3"}


def pooled(model, **cells):
    return row(
        "published_syntheses",
        "meyer2026-pain-md",
        synthesis_id="meyer2026",
        label="Meyer 2026",
        year="2026",
        doi="10.1000/m",
        outcome="pain",
        measure="MD",
        comparison="ldn vs placebo",
        k="4",
        n="300",
        **({"estimate": "-0.52", "lower95": "-1.21", "upper95": "0.02", "model": model} | cells),
        how_read="abstract",
    )


def half_dose(value):
    return row(
        "pharmacology",
        "ed50-symptom-response-naltrexone-2026",
        quantity="ED50 symptom response",
        analyte="naltrexone",
        regimen="once daily",
        value=str(value),
        lower95="1.9",
        upper95="4.4",
        n="40",
        unit="mg",
        year="2026",
        source="10.1000/ed",
        location="Table 2",
        how_read="full text",
    )


FEW_MISS = CROSS | {"n_analysed": "28"}


def both(pairs_of):
    """Conditions of 28 and 27 of thirty people, and a paired result."""
    conditions = (out("ldn", "mean", 4.8, sd=2.1, n=28), out("placebo", "mean", 5.6, sd=2.1, n=27))
    return (*conditions, out("ldn-placebo", "paired difference", -0.8, n=pairs_of, se=0.34, favours="ldn"))


def of_ten(half):
    few = arms(one=("4.1", "1.5"), other=("5.2", "1.5"), n=5)
    return (*few, *gap(-1.0, MODEL, lower95=round(-1 - half, 1), upper95=round(half - 1, 1), **sizes(5, 5)))


def at_start(one, other):
    return arms(one=(one, "1.6"), other=(other, "1.5"), week=0, n=5)


def stayed(n):
    """Everybody at the start, and the level and the change of so many at the end."""
    start = arms(one=("6.9", "1.5"), other=("6.8", "1.5"), week=0)
    end = arms(one=("5.1", "2.1"), other=("5.6", "2.1"), n=n)
    return (*start, *end, *arms("mean change", ("-1.3", "1.9"), ("-1.0", "1.9"), n=n))


NRS_START = arms(one=("6.9", "1.5"), other=("6.8", "1.5"), week=0)
MOVED = arms(one=("6.1", "2.0"), other=("6.2", "2.1"))
SMALL_GAP = gap(-0.1, CHANGE, se=0.25, **sizes(90, 90))


def stayed_on(means):
    """Means of everybody, and these of the 28 of each arm who stayed."""
    some = arms(one=(means[0], "2.1"), other=(means[1], "2.1"), n=28, analysis="complete cases")
    return (*arms(analysis="intention to treat"), *some)


def relief_at_start(value):
    return arms(one=(value, "1.5"), other=(value, "1.6"), week=0, **RELIEF)


# What the rule is of, as an honest analyst has it, as the slip has it, and the rule.
ROWS = {
    "more responders than the means allow": (
        ((*NRS_START, *MOVED, *counts("pain response 30%", 14, 9)), {}),
        ((*NRS_START, *MOVED, *counts("pain response 30%", 20, 9)), {}), "responders_say_the_same",
    ),
    "responders at 30% again at 50%": (
        ((*arms(), *counts("pain response 30%", 9, 7), *counts("pain response 50%", 7, 7)), {}),
        ((*arms(), *counts("pain response 30%", 9, 7), *counts("pain response 50%", 9, 3)), {}),
        "responders_say_the_same",
    ),
    "responders far clearer than pain": (
        ((*SMALL_GAP, *counts("pain response 30%", 50, 30, 90, 90)), BIG),
        ((*SMALL_GAP, *counts("pain response 30%", 60, 24, 90, 90)), BIG), "responders_say_the_same",
    ),
    "means of all and of those who stayed": (
        (stayed_on(("4.6", "5.5")), {}), (stayed_on(("5.5", "4.6")), {}), "arms_within_study",
    ),
    "a spread of both arms": (
        (arms(), {}), ((*arms()[:1], out("placebo", "mean", 5.6, n=29)), {}), "arms_in_pairs",
    ),
    "both arms of a first period": (
        ((*OF_FEW, *arms(n=15, period="1")), FEW),
        ((*OF_FEW, *arms(n=15, period="1")[:1], *arms("mean change", n=15, period="1")[1:]), FEW),
        "arms_in_pairs",
    ),
    "relief at the start": (
        ((*relief_at_start("3.4"), *arms(one=("5.2", "2.1"), other=("4.4", "2.1"), **RELIEF)), {}),
        ((*relief_at_start("6.6"), *arms(one=("5.2", "2.1"), other=("4.4", "2.1"), **RELIEF)), {}),
        "start_on_scale",
    ),
    "more people in a first period than in both": (
        ((*OF_FEW, *arms(n=15, period="1")), FEW), ((*OF_FEW, *arms(n=30, period="1")), FEW),
        "period_of_crossover",
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
    "serious events until 30 days after the last dose": (
        (serious("16.3"), {}), (serious("24"), {}), "week_in_treatment",
    ),
    "one line in cm at the start and in mm at the end": (
        ((*START, *IN_MM), {}), ((*START, *IN_POINTS), {}), "one_scale_a_measure",
    ),
    "p < 0.001 beside an interval": (
        (gap(-1.9, CHANGE, p_bound="below", p_value="0.001", lower95=-2.7, upper95=-1.1), {}),
        (gap(-0.8, CHANGE, p_bound="below", p_value="0.05", lower95=-1.9, upper95=0.3), {}),
        "interval_against_p",
    ),
    "fewer people at a visit than in a mixed model": (
        (visit(24, 25), {}), (visit(24, 29), {}), "arm_sizes_agree",
    ),
    "a dose that rises from half a milligram": (
        (arms(), rising("0.5")), (arms(), rising("0.05")), "dose_in_range",
    ),
    "the DOI of an erratum": (
        (arms(source="10.1234/x.corr"), {"notes": "Erratum 10.1234/x.corr: Table 2."}),
        (arms(source="10.1234/x.corr"), {}), "source_of_study",
    ),
    "a median difference and its exact interval": (
        (gap(-0.5, "median difference", lower95=-1.5, upper95=0.0), {}),
        (gap(-0.5, lower95=-1.5, upper95=0.0), {}), "estimate_mid_interval",
    ),
    "a posterior median": (
        ((*arms(), pooled("Bayesian random effects")), {}), ((*arms(), pooled("random effects")), {}),
        "estimate_mid_interval",
    ),
    "a constant on the log scale": (
        ((*arms(), half_dose(2.9)), {}), ((*arms(), half_dose(4.1)), {}), "estimate_mid_interval",
    ),
    "an effect of next to nothing": (
        (gap(0.0, lower95=-0.7, upper95=0.7, effect_size="0.02"), {}),
        (gap(0.0, lower95=-0.7, upper95=0.7, effect_size="0.20"), {}), "effect_size_against_difference",
    ),
    "pairs that miss one more than either condition": (
        (both(26), FEW_MISS), (both(28), FEW_MISS), "crossover_same_people",
    ),
    "a model on the other side of the arms, as the paper says": (
        ((*arms(one=("5.3", "2.1"), other=("5.1", "2.1")), *gap(-0.4, ANCOVA, se=0.35)), {}),
        ((*arms(one=("5.3", "2.1"), other=("5.1", "2.1")), *gap(-0.4, ANCOVA, se=0.35, favours="")), {}),
        "adjusted_against_arms",
    ),
    "an interval of ten people": (
        (of_ten(3.3), trial(10)), (of_ten(5.0), trial(10)), "contrast_against_spreads",
    ),
    "five people who start apart from five others": (
        ((*at_start("6.9", "4.4"), *arms(n=5)), trial(10)),
        ((*at_start("6.9", "3.9"), *arms(n=5)), trial(10)), "levels_together",
    ),
    "changes of those who stayed": ((stayed(25), {}), (stayed(29), {}), "change_against_levels"),
    "a p value of a rounded difference": (
        (gap(-0.4, p_value="0.101", **sizes(29, 29)), {}), (gap(-0.4, p_value="0.01", **sizes(29, 29)), {}),
        "spread_plausible",
    ),
    "a t with the sign of its difference": (
        (gap(-0.8, t_value="-1.45", **sizes(29, 29)), {}),
        (gap(-0.8, t_value="1.45", **sizes(29, 29)), {}), "test_fits_row",
    ),
    "SDs of six people that chance set apart": (
        (few(6, "1.2", "4.3"), trial(12)), (arms(one=("4.8", "0.39"), other=("5.6", "2.1")), {}),
        "spread_coherence",
    ),
    "an interval of four people beyond the scale": (
        (interval(2.0, 3.1, 4), trial(8)), (interval(2.0, 3.1, 29), {}), "limits_on_scale",
    ),
    "eight people who became worse by chance": (
        (arms("mean change", ("0.8", "2.0"), ("0.5", "1.9"), n=8), trial(16)),
        (arms("mean change", ("1.8", "2.0"), ("0.9", "1.9"), n=25), {}), "worse_in_both_arms",
    ),
    "and more people who lost their sign": (
        (arms("mean change", ("0.8", "2.0"), ("0.4", "1.9"), n=9), trial(18)),
        (arms("mean change", ("0.6", "2.0"), ("0.4", "2.0")), {}), "worse_in_both_arms",
    ),
    "one dose that became worse, in any order": (
        (_two_changes("1.8", "-0.9"), TWO), (_two_changes("1.8", "0.9"), TWO), "worse_in_both_arms",
    ),
    "a harm whose key has words of its own": (
        ((*arms(), *keyed("nausea-on-waking", "vomiting")), {}),
        ((*arms(), *keyed("nausea", "vomiting")), {}), "id_agrees",
    ),
    "and one whose key says another with a word of no meaning": (
        ((*arms(), *keyed("gi-nausea", "nausea")), {}),
        ((*arms(), *keyed("nausea-cases", "headache")), {}), "id_agrees",
    ),
    "the least pain at the start": (
        ((*at_start("1.8", "1.7"), *arms(n=5)), trial(10)),
        ((*at_start("0.7", "0.6"), *arms(n=5)), trial(10)), "start_on_scale",
    ),
    "quartiles of whole points": (
        (quartiles("4", "5"), {}), (quartiles("4.4", "4.6"), {}), "spread_plausible",
    ),
    "p < 0.001 in a large trial": (
        (gap(-1.9, p_bound="below", p_value="0.001", **sizes(330, 335)), trial(680, 665)),
        (gap(-1.9, p_value="0.1", **sizes(330, 335)), trial(680, 665)), "p_against_scale",
    ),
    "a high risk for some concerns in several domains": (
        ((*arms(), *judged("Some concerns in three domains lower the confidence in it.")), {}),
        ((*arms(), *judged("Some concerns in three domains; its confidence interval is wide.")), {}),
        "overall_follows",
    ),
    "a pooled difference in millimetres": (
        ((*arms(), pooled("random effects", **MILLIMETRES, not_comparable="on 0 to 100")), {}),
        ((*arms(), pooled("random effects", **MILLIMETRES)), {}), "synthesis_in_range",
    ),
    "a trial that was stopped after a look": (
        (arms(), {"notes": "Stopped early after the second interim analysis; everybody is analysed."}),
        (arms(), {"notes": "The second interim analysis, of 58 people."}), "part_as_whole",
    ),
    "doses that share their unit": (
        (DOSED, TWO | {"dose_schedule": "3 or 4.5 mg once daily"}),
        (DOSED, TWO | {"dose_schedule": "4.5 mg once daily"}), "schedule_says_dose",
    ),
    "a difference between people who differ little": (
        (gap(-0.38, lower95="-0.99", upper95="0.23"), {}),
        (gap(-0.38, lower95="-0.90", upper95="0.14"), {}), "spread_plausible",
    ),
    "the mean of all doses": (
        ((*DOSED, out("ldn", "mean", 4.8, sd=2.1, n=58)), TWO),
        ((*DOSED, out("ldn", "mean", 5.4, sd=2.1, n=58)), TWO), "whole_between_parts",
    ),
    "the mean of both groups, without a scale": (
        ((*arms(), *pressed("198", "202", "200")), {}), ((*arms(), *pressed("198", "202", "120")), {}),
        "whole_between_parts",
    ),
    "the rounded mean of both groups": (
        ((*arms(), *pressed("6.3", "6.4", "6", **PAIN)), {}),
        ((*arms(), *pressed("6.3", "6.4", "5.4", **PAIN)), {}), "whole_between_parts",
    ),
    "an effect in the SD at the start": (
        (gap(lower95=-1.9, upper95=0.3, effect_size="0.44"), {}),
        (gap(lower95=-1.9, upper95=0.3, effect_size="0.55"), {}), "effect_size_against_difference",
    ),
    "a large difference between people who differ as people do": (
        (arms(one=("3.3", "1.4"), other=("5.7", "1.5"), n=100), trial(200)),
        (arms(one=("3.3", "0.9"), other=("5.7", "0.9"), n=100), trial(200)), "large_standardised_difference",
    ),
    "and one that no trial found": (
        (arms(one=("3.3", "1.4"), other=("5.7", "1.5"), n=100), trial(200)),
        (arms(one=("2.7", "1.4"), other=("5.7", "1.5"), n=100), trial(200)), "large_standardised_difference",
    ),
    "and one of very few people, of whom an SE is as large": (
        (arms(one=("3.4", "1.2"), other=("5.6", "1.2"), n=8), trial(16)),
        (arms(one=("3.4", "0.9"), other=("5.6", "0.9"), n=8), trial(16)), "large_standardised_difference",
    ),
    "a measure without its conversion in words": (
        ((*arms(), worst("")), {}), ((*arms(), worst("value / 10")), {}), "conversion_fits",
    ),
    "much less pain under placebo": (
        ((*NRS_START, *arms(one=("3.6", "2.0"), other=("3.0", "1.9"))), {}),
        ((*NRS_START, *arms(one=("3.6", "2.0"), other=("2.6", "1.9"))), {}), "start_on_scale",
    ),
    "one group that stayed as it was": (
        (arms("mean change", ("0.2", "2.0"), ("-0.7", "1.9")), {}),
        (arms("mean change", ("1.6", "2.0"), ("-0.7", "1.9")), {}), "worse_in_both_arms",
    ),
    "one group that became worse, as the difference says": (
        ((*arms("mean change", ("-0.7", "1.9"), ("1.6", "2.0")), *gap(-2.3, CHANGE, se=0.51)), {}),
        ((*arms("mean change", ("-0.7", "1.9"), ("1.6", "2.0")), *gap(0.9, CHANGE, se=0.51)), {}),
        "worse_in_both_arms",
    ),
    "LDN that made it worse, as the difference says": (
        ((*arms("mean change", ("1.6", "1.9"), ("-0.7", "2.0")), *gap(2.3, CHANGE, se=0.51)), {}),
        ((*arms("mean change", ("1.6", "1.9"), ("-0.7", "2.0")), *gap(-0.9, CHANGE, se=0.51)), {}),
        "worse_in_both_arms",
    ),
    "intervals that were converted": (
        (gap(lower95=-1.9, upper95=0.3), {"notes": "Intervals of 97.5%, converted here."}),
        (gap(lower95=-1.9, upper95=0.3), {"notes": "Intervals of 97.5%."}), "form_of_location",
    ),
    "intervals of another level that were planned": (
        (gap(lower95=-1.9, upper95=0.3), {"notes": "Planned with intervals of 97.5%."}),
        (gap(lower95=-2.06, upper95=0.46), {"notes": "Intervals are of 97.5%."}), "form_of_location",
    ),
    "an open extension": (
        ((*arms(), again_as("parallel, with an extension to week 52")), {}),
        ((*arms(), again_as("parallel")), {}), "reports_agree",
    ),
    "an extension as short as the trial": (
        ((*arms(), again_as("parallel, with an extension to week 24", "24")), {}),
        ((*arms(), again_as("parallel, with a follow-up by telephone", "12")), {}), "reports_agree",
    ),
}  # fmt: skip
REGISTERED = {"title": "LDN in fibromyalgia", "condition": "fibromyalgia", "n_planned": "90",
              "registered": "2025", "status_as_read": "recruiting", "last_seen": "2026-11",
              "how_read": "registry"}  # fmt: skip
STOPPED = {"label": "Lee 2026", "year": "2026", "doi": "10.1000/lee", "condition": "fibromyalgia",
           "design": "retrospective", "n": "120", "stopped": "54", "percent_stopped": "45",
           "adverse_effects": "31", "how_read": "abstract"}  # fmt: skip
REASONS = "30 lack of effect; 20 side effects; 12 cost"


def registered(notes="", **cells):
    return (row("registrations", "NCT07999999", **REGISTERED | {"notes": notes} | cells), {})


def planned(notes):
    own = {"study_id": "smith2027", "status_as_read": "completed"}
    return (registered(**own)[0], {"registry": "NCT07999999", "notes": notes})


def stopped(reasons):
    return (row("discontinuation", "lee2026-discontinuation", **STOPPED | {"reasons": reasons}), {})


# What a notice is of, as it passes unnoticed, and as it is shown.
NOTICED = {
    "people planned per arm": (
        planned("Planned 45 per arm."), planned("Planned 45."), "registration_unusual",
    ),
    "two numbers planned": (
        planned("Planned 90. A substudy planned 20."), planned("Planned 19."), "registration_unusual",
    ),
    "a pain that is another": (
        registered(title="LDN in pain other than fibromyalgia", condition="chronic pain"),
        registered(condition="chronic pain"), "registration_unusual",
    ),
    "registered twice": (
        registered("Registered in March 2024, again registered in 2025."), registered("Registered in 2024."),
        "registration_unusual",
    ),
    "several reasons a person": (
        stopped(f"{REASONS} (several reasons possible)"), stopped(REASONS), "stopping_of_paper",
    ),
    "those who went on": (stopped("54 in all; 66 continued"), stopped(REASONS), "stopping_of_paper"),
}  # fmt: skip


@pytest.mark.parametrize("name", NOTICED)
def test_a_notice_is_of_what_is_odd_alone(name):
    *edits, rule = NOTICED[name]
    shown = []
    for edit, study in edits:
        assert added((*arms(), edit), study)[0] == ""
        shown.append(rule in set(data().findings["check"]))
    assert shown == [False, True]


@pytest.mark.parametrize("name", ROWS)
def test_an_honest_row_passes_and_its_slip_is_refused(name):
    honest, slip, rule = ROWS[name]
    assert added(*honest)[0] == ""
    assert f"[{rule}" in added(*slip)[0]


def test_a_worsening_that_may_be_chance_is_shown():
    assert added(*ROWS["eight people who became worse by chance"][0])[0] == ""
    shown = data().findings.query("check == 'worse_by_chance'")
    assert set(shown["severity"]) == {"warning"}
    assert len(shown) == 2


def test_a_difference_before_treatment_needs_a_reason_and_is_no_result():
    (before,) = gap(0.3, week="0", se=0.45)
    assert "[difference_at_start" in added((*arms(), before), {})[0]
    why = row("integrity_reasons", "before", table="outcomes", row_id=before.new, check="difference_at_start",
              reason="Table 1 prints how the groups differed at the start.")  # fmt: skip
    problems, tables = added((*arms(), before, why), {})
    assert problems == ""
    taken = contrasts.derive(tables, "pain").table.set_index("study_id").loc["smith2027"]
    assert taken["yi"] == pytest.approx(-0.8)
    assert taken["week"] == 12


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


DESIGNS = (
    "parallel, followed by a randomised withdrawal phase", "parallel with withdrawal phase after week 12",
    "parallel, no withdrawal phase", "parallel, without enrichment", "parallel, not enriched",
    "parallel (not a cluster trial)", "parallel, stratified by cluster of symptoms",
    "parallel, then open-label extension", "parallel with crossover to open-label LDN at week 12",
    "parallel, own control group", "parallel, both treatments masked",
)  # fmt: skip
NOTES = (
    "After week 12 a randomised withdrawal phase followed; only the parallel phase is used.",
    "There was no randomised withdrawal.", "Not an enriched design.",
    "Neither enriched nor a withdrawal trial.",
    "Enriched for women of childbearing age.", "People who responded to a mailing were randomised.",
    "At the end of the double-blind phase patients crossed over to open-label LDN.",
    "After week 12 placebo patients could cross over to open LDN.", "Not a crossover.",
    "Two withdrew, none crossed over.",
    "Adherence was above 90% under both treatments.",
    "Single-blind placebo run-in of one week, then placebo or LDN.",
    "A placebo washout between screening and randomisation lasted a week.",
    "An interim analysis was not planned.", "The interim analysis was dropped.",
    "Preliminary results were given at a congress in 2025; this is the full paper.",
    "Post hoc analysis of sleep in another paper.", "Subgroup analysis by sex in the supplement.",
    "The long-term follow-up of 52 weeks is not read.", "The same study as registered.",
    "No expression of concern in Retraction Watch.", "A comment asked for retraction; the journal refused.",
    "Another trial of this group was retracted.", "Cited a retracted meta-analysis.",
    "A per-protocol analysis gave the same result.", "Completers: 27 and 28.",
)  # fmt: skip
PLACES = (
    "not retracted", "a retraction of another paper was considered", "no retraction notice", "no subgroups",
    "the interim analysis of 2025 is not used", "after the interim look at 40 people", "ESR of 20 mm/h",
    "subgroups in Table 3", "patients with baseline pain of 4 or more (inclusion)", "women: 95%",
    "completers only in the supplement",
    "intention to treat; completers in Table S3", "not of completers", "completers and ITT alike",
    "per-protocol results in supplement not used", "Table 2 (per protocol in Table S2)",
    "observed cases as sensitivity", "all observed cases", "per protocol-specified visit",
    "the completers' analysis gave the same",
)  # fmt: skip
WASHOUTS = ("4 weeks (antidepressants)", "of muscle relaxants, 7 days", "screening phase, 2 weeks")
HONEST = {
    **{f"design: {words}": (arms(), {"design": words}) for words in DESIGNS},
    **{f"notes: {words}": (arms(), {"notes": words}) for words in NOTES},
    **{f"place: {words}": (arms(location=f"Table 2; {words}"), {"sex": "both"}) for words in PLACES},
    **{f"washout: {words}": (arms(), {"washout": words}) for words in WASHOUTS},
    **{
        f"response: {words}": ((*arms(), *counts("pain response 30%", 14, 8, definition=words)), {})
        for words in (
            "30% less pain; those who stopped counted as not responding",
            "30% less pain; symptoms not considered",
            "30% lower pain, worse pain counted as failure",
            "responders (30%); non-responders are the rest",
        )
    },
    **{
        f"{event}: {words}": ((*arms(), *counts(event, 4, 3, definition=words)), {})
        for event, words in (
            ("any adverse event", "any AE, serious ones included"),
            ("nausea", "nausea, episodes not counted"),
            ("any adverse event", "patients reporting adverse events (number of events in the supplement)"),
            ("stopped for any reason", "withdrew; the rest completed"),
            ("stopped for any reason", "stopped the drug, but remained in the trial"),
        )
    },
}  # fmt: skip
SLIP = {
    "those who tolerated a dose": (
        arms(), {"notes": "Those who tolerated 4.5 mg were randomised."}, "design_words",
    ),
    "those who responded to the drug": (
        arms(), {"notes": "Those who responded to naltrexone were then randomised."}, "design_words",
    ),
    "both in turn": (arms(), {"notes": "Participants received both treatments."}, "design_words"),
    "a withdrawal trial": (arms(), {"design": "parallel randomised withdrawal"}, "design_words"),
    "an enriched trial": (arms(), {"notes": "Enriched enrolment."}, "design_words"),
    "a cluster trial": (arms(), {"design": "parallel, clusters of four clinics"}, "design_words"),
    "a washout after the drug": (arms(), {"washout": "2 weeks after LDN"}, "design_words"),
    "a subgroup": (arms(location="Table 4, subgroup with high CRP"), {}, "part_as_whole"),
    "a retraction": (arms(location="Table 2 (retracted in 2027, not replaced)"), {}, "part_as_whole"),
    "a part of a trial": (arms(), {"notes": "Subgroup analysis of a larger trial."}, "part_as_whole"),
    "people without": (
        (*arms(), *counts("pain response 30%", 14, 8, definition="pain not reduced by 30%")), {},
        "definition_says_threshold",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HONEST)
def test_words_that_deny_or_are_of_something_else_pass(name):
    assert added(*HONEST[name])[0] == ""


@pytest.mark.parametrize("name", SLIP)
def test_words_that_say_it_are_refused(name):
    rows, study, rule = SLIP[name]
    assert f"[{rule}" in added(rows, study)[0]


def measure(low, high):
    """A sum of items as a measure of its own, on which nobody is pooled."""
    return row("measures", "sum-points", measure="a sum of items", domain="symptom severity", unit="points",
               scale_min=low, scale_max=high, better="lower", source="declared here")  # fmt: skip


def benchmark(value, low, high):
    return row("responder_benchmarks", "rare2020_stopped", what="people who stopped", value=value,
               lower95=low, upper95=high, unit="percent", year="2020", source="10.1000/x",
               location="Table 2", how_read="full text")  # fmt: skip


SUMS = {
    "MFI-20": (measure("20", "100"), ""), "STAI": (measure("20", "80"), ""),
    "SF-MPQ-2": (measure("0", "220"), ""),
    "ten times too low an end": (measure("10", "100"), "conversion_fits"),
    "ten times too high an end": (measure("0", "1000"), "conversion_fits"),
    "the exact interval of a small share": (benchmark("2.0", "0.2", "7.1"), ""),
    "a decimal point": (benchmark("18.8", "1.75", "20.1"), "benchmark_in_unit"),
    "a difference of a hair": (gap(-0.1, p_value="0.93")[0], ""),
    "a key that shortens its outcome": (
        row("published_syntheses", "smith2026-harms-rr", synthesis_id="smith2026", label="Smith 2026",
            year="2026", doi="10.1000/y", outcome="adverse events", measure="RR",
            comparison="ldn vs placebo", k="3", n="200", estimate="1.10", lower95="0.90", upper95="1.34",
            model="random effects", how_read="abstract"), "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SUMS)
def test_scales_intervals_and_keys_that_are_unusual_and_right_pass(name):
    edit, rule = SUMS[name]
    rows = (edit,) if edit.table == "outcomes" else (*arms(), edit)
    problems = added(rows, {})[0]
    assert f"[{rule}" in problems if rule else problems == ""


def test_a_trial_that_prints_no_usable_number_needs_no_primary_week():
    listed = {"set": "all_randomised", "primary_week": "", "reason": "Prints d alone."}
    assert added((), {}, **listed)[0] == ""
    assert "[pooled_week_given" in added(arms(), {}, **listed)[0]
    further = row("studies", "smith2027b", **STUDY | {"doi": "10.1234/y"})
    theirs = arms(study_id="smith2027b", source="10.1234/y")
    assert "[pooled_week_given" in added((further, *theirs), {}, **listed)[0]


def test_an_empty_scale_or_direction_is_called_empty():
    problems = added(arms(scale_min="", scale_max="", better=""), {})[0]
    assert "is empty: measures.csv has 'pain NRS' in points from 0 to 10" in problems
    assert "must be lower, which measures.csv has for 'pain NRS' in points" in problems
