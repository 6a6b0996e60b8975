"""Members of rules that hold a row against its own words, or against what stands in no calendar."""

from mutations import again, cell, row
from row_names import (
    AE_L,
    COMP_L,
    COMP_P,
    ED50,
    ESR,
    FIQR,
    IN26,
    INN,
    R30,
    SPIR,
    VAT,
    F,
    Y,
    e,
    multi,
    o,
    p,
    rob,
    s,
    sets,
    syn,
)

WOMEN = "younger2009-fiq-w0-all-mean"
BLOCKADE = "blockade-relative-to-1-h-scan-naltrexone-50mg-48h"
IRWIN, DRIVER = "irwin2024-discontinuation", "driver2023-discontinuation"
STOPPED = "final2024-stopped-for-side-effects-w12-ldn"
SEARCH = {
    "source": "PubMed",
    "kind": "database",
    "query": "naltrexone",
    "searched_on": "2026-11-18",
    "looked_on": "2026-11-18",
    "n_found": "2",
    "n_records": "2",
    "sha256": "a" * 64,
    "review_version": "1.1.0",
}
RECORD = {
    "search_id": "s1",
    "kind": "publication",
    "title": "Naltrexone in fibromyalgia",
    "published": "2026-05",
}
DECISION = {
    "record_id": "r1",
    "stage": "title and abstract",
    "screener": "AB",
    "decided_on": "2026-11-19",
    "decision": "in",
}


def screened(search=None, first=None, second=None, decision=None, then=()):
    """A search with two records and a decision on the first, with these cells changed, and `then` others."""
    return (
        row("searches", "s1", **SEARCH | (search or {})),
        row("records", "r1", **RECORD | {"pmid": "40000001"} | (first or {})),
        row("records", "r2", **RECORD | {"pmid": "40000002", "title": "Another"} | (second or {})),
        row("decisions", "d1", **DECISION | (decision or {})),
        *(row("decisions", f"d{at}", **DECISION | cells) for at, cells in enumerate(then, start=2)),
    )


OUT = {"decision": "out", "reason": "not fibromyalgia"}
READ = {"stage": "full text", "decided_on": "2026-11-20"}


def stopping(key, **cells):
    return cell("discontinuation", key, **cells)


def ratio(value, **cells):
    """The groups' ratio of means beside a trial's difference; lower is better."""
    empty = dict.fromkeys(("lower95", "upper95", "p_value", "effect_size"), "")
    cells = {"statistic": "ratio of means", "value": value, "location": "Table 3"} | empty | cells
    return again("outcomes", F, "final2024-pain-w12-ldn-placebo-ratio-of-means", **cells)


MEMBERS = {
    "sign_as_said": [
        o(Y, unit="points", better="lower"),
        ratio("1.1", favours="ldn"),
    ],
    "set_fits_study": [
        sets("pain-final2024", reason="Open, not randomised."),
        sets("pain-final2024", reason="Randomised, double-blind crossover. Week 12 ends the drug condition."),
        sets("pain-nielsen2026", reason="The same trial as innova2026, which gives the pain outcome."),
        s("younger2009", blinding="double-blind"),
        s("marcus2024", condition="fibromyalgia"),
    ],
    "part_as_whole": [
        s("innova2026", notes="Retracted in 2026."),
        s("final2024", notes="An expression of concern was published."),
        o(F, location="Table 2 (retracted in 2027)"),
        e(R30, location="Table 2; retraction of 2027"),
        syn(VAT, notes="Retracted in 2027."),
        screened(first={"status": "retracted", "pmid": "38258677"}),
    ],
    "primary_week_reported": [
        sets("pain-innova2026", primary_week="52"),
        sets("pain-younger2013", primary_week="4"),
        sets("pain-younger2009", primary_week="2"),
    ],
    "id_agrees": [
        o(F, statistic="difference in means"),
        o(Y, statistic="median difference"),
        o("final2024-pain-w0-ldn-mean", statistic="mean change"),
    ],
    "one_row_a_meaning": [
        again("measures", "pain-vas-mm", "pain-vas-mm-2", measure="Pain VAS"),
        multi("tau2_method-PM", label="REML"),
    ],
    "spread_positive": [o("younger2013-pain-w12-ldn-mean", sd_elsewhere="0")],
    "contrast_columns": [o(F, sd_elsewhere="1.5")],
    "form_of_location": [
        o(INN, location="Table 3: LDN superior to placebo"),
        o(INN, location="Table 3: lower pain under LDN"),
        o(F, location="Table 2: a greater reduction with placebo"),
        o(F, location="Table 2, control minus active"),
        o(INN, location="Table 3: favours LDN"),
        o(IN26, location="Table 3; positive favours LDN"),
        o(F, location="Table 2: placebo minus LDN"),
        ratio("0.9", location="Table 3: favours placebo"),
        o(ESR, value="0.28"),
        o(ESR, value="0.91"),
        o("younger2009-illness-duration-w8-ldn-r-squared", value="0.48"),
        o(SPIR, iqr="63.3"),
        (o(SPIR, iqr="18.55"), o(FIQR, iqr="6.33")),
        o(SPIR, effect_size="1.3"),
        o(WOMEN, n="12"),
        e(AE_L, events="42", percent=""),
        e(STOPPED, events="40"),
        (e(STOPPED, events="3"), e(STOPPED.replace("ldn", "placebo"), events="4")),
        (e(COMP_L, events="3", percent="11"), e(COMP_P, events="9", percent="32")),
        e("younger2013-vivid-dreams-ldn", percent="73"),
        p(BLOCKADE, se="4.6"),
    ],
    "week_of_location": [e(R30, definition="pain reduced by at least 30% at 6 months")],
    "parts_within_whole": [(e(R30, events="13"), e(R30.replace("ldn", "placebo"), events="20"))],
    "domains_of_tool": [rob("pain-innova2026-D3", domain_name="randomisation")],
    "label_year": [s("metyas2018", first_public="2003")],
    "schedule_says_dose": [s("innova2026", dose_schedule="4.5 g once daily")],
    "weeks_reported": [
        s("final2024", dose_schedule="titrated from 1.5 mg to 6 mg at week 4, then held 80 weeks"),
        s("younger2013", control_weeks="40"),
        s("younger2009", control_weeks="20"),
    ],
    "design_words": [
        s("innova2026", design="parallel, enriched enrolment"),
        s("innova2026", notes="The drug was open for 6 weeks; those who responded were randomised."),
        s("innova2026", notes="Only responders to an open phase were then randomised."),
        s("innova2026", notes="A cluster-randomised trial: 12 clinics."),
        s("final2024", notes="Twelve practices were randomised."),
        s("final2024", notes="Clusters (clinics) were randomised."),
        s("final2024", notes="Done in Norway, where 12 general practices were randomly assigned."),
        s("innova2026", notes="The unit of randomisation was the clinic."),
        s("innova2026", notes="Randomised by practice."),
        s("innova2026", notes="Aggregated N-of-1 trials of 96 people."),
        s("final2024", notes="100 took it; 99 who had tolerated it were re-randomised."),
        s("innova2026", design="parallel after an open run-in, responders randomised"),
    ],
    "conversion_fits": [
        cell("measures", "daily-pain-vas-percent-reduction", converts_to="", conversion="", formula="")
    ],
    "bigger_dose_more_blockade": [
        p(ED50, value="0.388"),
        p("ed50-mu-occupancy-naltrexone", value="0.56", lower95="0.365", upper95="0.754"),
    ],
    "spread_in_range": [p("mu-occupancy-naltrexone-50mg-24h", sd="49")],
    "stopping_fits": [
        stopping(IRWIN, reasons="61 lack of effect; 7 loss of benefit"),
    ],
    "registration_readable": [cell("registrations", "ACTRN12623000172606", treatment_weeks="0")],
    "search_counts": [
        screened({"searched_on": "2026-02-30", "looked_on": "2026-03-01"}),
        screened(first={"published": "2026-06-31"}),
        screened(
            {"searched_on": "2062-11-18", "looked_on": "2062-11-18"}, decision={"decided_on": "2062-11-19"}
        ),
    ],
    "decision_after_search": [screened(decision={"decided_on": day}) for day in ("2026-11-31", "2062-11-19")],
    "decisions_in_order": [
        screened(decision={"decided_on": "2026-11-20"}, then=(OUT,)),
        screened(decision=OUT, then=(READ,)),
        screened(decision=OUT, then=({"screener": "CD", **OUT}, {"screener": "CD", **READ})),
    ],
    "same_as_earlier": [
        screened(second={"pmid": "40000001"}),
        screened(
            {}, {"doi": "10.1000/abc1"}, {"doi": "10.1000/ABC1", "title": "Naltrexone in Fibromyalgia."}
        ),
        screened({}, {"doi": "10.1000/abc1"}, {"doi": "10.1000/abc2", "same_as": "r1", "same_by": "DOI"}),
    ],
}

WORDS = "words that say what the row says"
RIGHT = {
    "a search with its decisions": screened(),
    "another mind on the same day": screened(decision=OUT, then=({}, READ)),
    "out for one, in for another, then read": screened(decision=OUT, then=({"screener": "CD"}, READ)),
    "out by its full text": screened(then=({**READ, **OUT},)),
    "read before anybody said in": screened(decision={"decision": "later"}, then=(READ,)),
    "a ratio on the side that it says": ratio("0.9", favours="ldn"),
    "a ratio above one": ratio("1.1", favours="placebo"),
    "a retracted synthesis that is not compared": syn(
        VAT, notes="Retracted in 2027.", not_comparable="It was retracted."
    ),
    "the retraction of another report": screened(first={"status": "retracted"}),
    "a harm that is rarer": syn("saif2026-nausea-rr", notes="It favours LDN, within chance."),
    "two abstracts with the DOI of their supplement": screened(
        first={"doi": "10.1000/s1", "pmid": ""}, second={"doi": "10.1000/s1", "pmid": ""}
    ),
    "a record that says which it repeats": screened(
        second={"pmid": "40000001", "same_as": "r1", "same_by": "PubMed number"}
    ),
    "the same number as publication and as notice": screened(
        second={"pmid": "40000001", "kind": "notice", "published": "2026"}
    ),
    **{
        f"{WORDS}: people are randomised: {words}": s("innova2026", notes=words)
        for words in (
            "Participants were randomised by clinic staff.",
            "Patients of 12 clinics were randomised.",
            "Women from two centres were randomised in blocks.",
            "The unit of randomisation was the patient.",
        )
    },
    f"{WORDS}: a number of people": s("innova2026", notes="98 randomised to two groups, 96 analysed."),
    f"{WORDS}: people of one arm": s("innova2026", notes="48 randomised to LDN and 50 to placebo."),
    f"{WORDS}: not retracted": s("innova2026", notes="The trial was not retracted."),
    f"{WORDS}: women": s("final2024", notes="99 of 99 are women."),
    f"{WORDS}: a week": sets("pain-innova2026", reason="Randomised. Three months is its primary time point."),
    **{
        f"{WORDS}: beside, {reason}": sets("pain-innova2026", reason=reason)
        for reason in (
            "Randomised, double-blind, with an open-label extension that is not used.",
            "Double-blind after a single-blind run-in.",
            "Unlike the crossover pilot it has parallel groups.",
            "In fibromyalgia, one of the forms of chronic pain.",
            "Double-blind until week 12, then open-label.",
        )
    },
    f"{WORDS}: no enrichment": s("innova2026", design="parallel, no enrichment"),
    **{
        f"{WORDS}: {notes}": s("innova2026", notes=notes)
        for notes in (
            "Group sequential: one interim analysis after 60 people.",
            "Stopped at a planned interim analysis for futility.",
            "Patients who tolerated a week of placebo were randomised.",
            "Those who responded to placebo in the run-in were not randomised.",
        )
    },
    f"{WORDS}: a look on the way": o(F, location="Table 2, final analysis after one interim look"),
    f"{WORDS}: another trial": sets(
        "pain-innova2026", reason="Randomised, double-blind. A crossover by the same group is open."
    ),
    f"{WORDS}: what it is not": sets(
        "pain-final2024", reason="A double-blind trial of parallel groups, not a crossover."
    ),
    f"{WORDS}: a count": e(AE_L, location="PubMed abstract: 41 (84%) of 49; nausea in 20%"),
    f"{WORDS}: a threshold": e(R30, percent="41", location="Table 2: 30% less pain"),
}

ANOTHER_PAPER = [
    stopping(DRIVER, doi="10.1080/15360288.2024.2302559"),
    stopping(IRWIN, study_id="marcus2024"),
    stopping(DRIVER, percent_stopped="63"),
    stopping(DRIVER, adverse_effects="110"),
    stopping(DRIVER, n="100", percent_stopped=""),
    stopping(IRWIN, adverse_effects="1"),
    stopping(IRWIN, reasons="16 lack of effect; 10 loss of benefit; 3 side effects"),
]
PEOPLE = [
    s("younger2013", n_randomised="53"),
    s("paula2023", n_analysed="82"),
    rob("pain-younger2013-D3", basis="13 randomised, 28 analysed; two withdrew."),
]
"""Numbers of people that a study's notes or its risk of bias contradict."""
