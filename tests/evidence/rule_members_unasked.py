"""Members of rules on the tables beside the trials' own, and honest neighbours of each."""

from mutations import again, cell, row
from row_names import (
    AE_L,
    AE_P,
    IN26,
    INN,
    OCC5,
    R50,
    SPIR,
    VAT,
    F,
    Y,
    e,
    judged,
    limit,
    multi,
    o,
    p,
    rob,
    s,
    sets,
    syn,
)

HALF, PRODUCT = "half-life-naltrexone", "half-life-6-beta-naltrexol"
CMAX, KI = "cmax-naltrexone-100mg", "ki-mu-naltrexone-2009"
TMAX, MUCH = "tmax-naltrexone", "salaffi2004_much_better"
SLIGHTLY = "smallest change patients call slightly better"
TROUGH = "mu-occupancy-naltrexone-50mg-24h"
SEARCH = row("searches", "pubmed-aaaa", source="PubMed", kind="database", looked_on="2026-11-20",
             n_records="2", sha256="a" * 64, review_version="1.1.0")  # fmt: skip
FINAL = "10.1016/S2665-9913(23)00278-3"


def record(key="one", **cells):
    return row("records", key, search_id="pubmed-aaaa", kind="publication", title=f"LDN {key}", **cells)


def decision(key="one-AB-1", reason="", /, **cells):
    given = {"record_id": "one", "stage": "full text", "screener": "AB", "decided_on": "2026-11-20"}
    return row("decisions", key, **given | {"decision": "out" if reason else "in", "reason": reason} | cells)


def benchmark(**cells):
    return cell("responder_benchmarks", "hauser2011_rr_30", **cells)


def registered(key, **cells):
    return cell("registrations", key, **cells)


STOPPED = "metyas2018-stopped-for-side-effects-ldn"
DOSE_FINDING = "bruunplesner2020-dose-finding-response-w2-ldn"
ANY, SERIOUS = "innova2026-any-adverse-event-w52-", "final2024-serious-adverse-event-w12-"

RELIEF = {"measure": "pain relief NRS", "better": "higher"}
AGAIN = again("studies", "final2024", "other2025", trial_id="other2025", label="Other et al. 2025",
              year="2025", doi="10.5555/other", pmid="", registry="", country="")  # fmt: skip


def other_harm(row_id, group, events):
    """Another number of people with a harm, of as many people as in FINAL, in a trial that may be FINAL."""
    return again("events", row_id, f"other2025-any-adverse-event-w12-{group}", study_id="other2025",
                 source="10.5555/other", location="Table 3", events=events, percent="")  # fmt: skip


THIRTY = {"dose_mg_per_day": "30", "dose_min_mg": "30", "dose_max_mg": "30"}
PLOS, PLOS_PAIN = "youngerplos2009", "pain-youngerplos2009"

MEMBERS = {
    "difference_against_arms": [o(INN, **RELIEF), o(F, **RELIEF)],
    "same_numbers_twice": [(AGAIN, other_harm(AE_L, "ldn", "31"), other_harm(AE_P, "placebo", "35"))],
    "set_fits_study": [
        sets(PLOS_PAIN, reason="A single dose of 500 mg."),
        sets("pain-final2024", set="excluded", primary_week="", reason="One arm without a placebo."),
        sets("pain-innova2026", set="excluded", primary_week="", reason="A single dose of 50 mg."),
    ],
    "contrast_against_spreads": [o(Y, lower95="10.0", upper95="11.6")],
    "adjusted_against_arms": [o(IN26, value="-0.13", lower95="-0.97", upper95="0.72")],
    "definition_of_harm": [
        e("final2024-stopped-for-side-effects-w12-ldn", events="49", location="Table 3"),
        e(f"{ANY}ldn", events="3"),
    ],
    "constants_fit": [
        p(HALF, value="0.17"),
        p(HALF, value="96"),
        (p(HALF, value="13"), p(PRODUCT, value="4")),
        p(TMAX, value="10"),
        p(TMAX, value="0.1"),
        p(KI, value="110"),
        p(KI, value="0.00011"),
    ],
    "bigger_dose_more_blockade": [p("mu-occupancy-naltrexone-50mg-4h-b", value="9.8")],
    "spread_in_range": [
        p(TROUGH, sd="", se="4.9"),
        p(TROUGH, sd="", se="4.9", location="Table 2, standard deviation"),
    ],
    "fraction_as_said": [
        p("bioavailability-naltrexone", value="0.5"),
        p("bioavailability-naltrexone", value="0.0005"),
    ],
    "synthesis_in_range": [
        syn(VAT, k="40"),
        syn(VAT, n="22"),
        syn(VAT, n="2220"),
        syn(VAT, estimate="0.86", lower95="0.51", upper95="1.20"),
        syn("nazir2025-headache-rr", estimate="16.8", lower95="8.4", upper95="33.6"),
    ],
    "threshold_of_its_kind": [
        (limit("salaffi2004_minimal", value="2.0"), limit("salaffi2004_much_better", value="1.0")),
        limit("immpact2008_moderate", value="50"),
    ],
    "benchmark_of_its_kind": [benchmark(value="0.72", lower95="0.67", upper95="0.79")],
    "prespecified_defensible": [
        multi("sign-slip", kind="defensible"),
        multi("spread-se_as_sd", kind="defensible"),
    ],
    "overall_follows": [
        rob(
            "pain-final2024-overall",
            basis="Three domains raise some concerns (missing outcome data, "
            "measurement of the outcome); the others are low.",
        ),
        rob("pain-paula2023-overall", basis="Two domains are high (selection of the reported result)."),
    ],
    "source_form": [o(F, source=f"https://doi.org/{FINAL}"), o(F, source=f"www.doi.org/{FINAL}")],
    "source_of_study": [o(INN, source="PMID 38258677"), o(F, source="PMID 42385209")],
    "n_of_study": [o(SPIR, n="29"), s("bested2023", n_randomised="85")],
    "form_of_location": [
        (e(f"{SERIOUS}ldn", events="1"), e(f"{SERIOUS}placebo", events="0")),
        e(f"{SERIOUS}placebo", events="2"),
        e(STOPPED, events="3"),
        e(DOSE_FINDING, events="14"),
    ],
    "weeks_reported": [s("younger2013", control_weeks="12")],
    "responders_say_the_same": [
        (e(R50, events="20"), e("final2024-pain-response-50-w12-placebo", events="13"))
    ],
    "one_denominator": [e(AE_P, n="")],
    "id_agrees": [
        e(AE_L, event="headache"),
        (SEARCH, record(), record("two"), decision("two-AB-1")),
        (SEARCH, record(), decision("one-CD-1")),
    ],
    "part_as_whole": [
        (SEARCH, record(doi=FINAL.lower()), decision("one-AB-1", "not a low dose")),
        (
            SEARCH,
            record(pmid="23359310"),
            decision("one-AB-1", "retracted"),
            decision("one-CD-1", "retracted", screener="CD"),
        ),
    ],
}

RIGHT = {
    "conditions that are much alike": o(Y, lower95="4.8", upper95="16.8", p_value="0.001"),
    "an arm of several in a reason": sets(
        "pain-paula2023", reason="Randomised 2x2 factorial: in one arm of the four all was a sham."
    ),
    "a dose of two digits": (
        s(PLOS, **THIRTY, dose_schedule="30 mg single dose"),
        sets(PLOS_PAIN, reason="A single dose of 30 mg."),
        sets("pain-threshold-youngerplos2009", reason="A single dose of 30 mg: not low-dose."),
    ),
    "more relief and less pain": again(
        "outcomes",
        F,
        "final2024-pain-relief-w12-ldn-placebo-difference-in-mean-change",
        **RELIEF,
        value="0.41",
        lower95="-0.2",
        upper95="1.02",
        p_value="",
        location="Table 2",
        favours="ldn",
        effect_size="",
    ),
    "an adjusted difference near none": o(IN26, value="-0.01", lower95="-0.86", upper95="0.84"),
    "an adjusted difference near that of the arms": o(IN26, value="0.15", lower95="-0.70", upper95="0.99"),
    "fewer with any harm": e(f"{ANY}ldn", events="20"),
    "the other group in words": e(f"{SERIOUS}ldn", location="Abstract: one in the placebo group died"),
    "the people of a group": e(f"{SERIOUS}ldn", location="Abstract: 49 in the LDN group, 50 on placebo"),
    "both groups in words": e(
        f"{SERIOUS}ldn", location="Abstract: none in the LDN group, one in the placebo group"
    ),
    "constants of other laboratories": (
        p(HALF, value="9.7"),
        p(PRODUCT, value="16.8"),
        p(TMAX, value="2"),
        p(KI, value="0.05"),
        again("pharmacology", KI, "ki-mu-plus-naltrexone", analyte="(+)-naltrexone", value="900"),
        again("pharmacology", HALF, "half-life-naltrexone-2", value="8.9", source="PMID 954353", year="1976"),
        again("pharmacology", PRODUCT, f"{PRODUCT}-2", value="8.7", source="PMID 6501677", year="1984"),
        again("pharmacology", KI, f"{KI}-b", value="6.1", source="PMID 8114680", year="1994"),
    ),
    "an occupancy of another person": again(
        "pharmacology", OCC5, "mu-occupancy-naltrexone-5mg-4h-d", value="33"
    ),
    "a spread that is named": (
        p(TROUGH, location="Abstract (SD of 21 people)"),
        p("blockade-relative-to-1-h-scan-naltrexone-50mg-48h", location="Table 2 (mean and standard error)"),
        p(CMAX, location="Abstract (SD; SE in Table 1)"),
        p("delta-occupancy-naltrexone-50mg-24h", location="Abstract"),
    ),
    "a bioavailability in percent": p(
        "bioavailability-naltrexone", value="0.35", location="5 to 40%; 35% on average"
    ),
    "a bioavailability beside an interval": p(
        "bioavailability-naltrexone", value="0.095", location="Table 1 (95% CI)"
    ),
    "a review of small trials": syn(VAT, k="8", n="90"),
    "a review that finds nothing": syn(VAT, estimate="0.10", lower95="-0.25", upper95="0.44"),
    "a rare harm": syn("nazir2025-headache-rr", estimate="6.00", lower95="0.75", upper95="48.0"),
    "drugs that failed": benchmark(value="0.92", lower95="0.75", upper95="1.13"),
    "a benchmark close to one": benchmark(value="1.04", lower95="0.92", upper95="1.18"),
    "a larger benefit": limit("salaffi2004_much_better", value="1.7"),
    "a mistake called debatable": multi("crossover_r-parallel", kind="debatable"),
    "thresholds of people with more and with less pain at the start": (
        again(
            "clinical_thresholds",
            MUCH,
            "salaffi2004_minimal_severe",
            value="3.0",
            what=f"{SLIGHTLY}, severe pain",
        ),
        again(
            "clinical_thresholds",
            MUCH,
            "salaffi2004_moderate_mild",
            value="1.5",
            what="change of people with mild pain",
        ),
    ),
    "a judgement before its domains": rob(
        "pain-paula2023-overall", basis="High (selection of the reported result); the others are not known."
    ),
    "a domain in other words": rob(
        "pain-final2024-overall",
        basis="Two domains raise some concerns (missing outcome data and self-reported pain).",
    ),
    "the domains in words": rob("pain-final2024-overall", basis="Two domains raise some concerns."),
    "a paper by its PubMed number": o(F, source="PMID 38258677"),
    "two people decide": (SEARCH, record(), decision(), decision("one-CD-2", screener="CD")),
    "one of two leaves it out": (
        SEARCH,
        record(doi=FINAL),
        decision("one-AB-1", "not a low dose"),
        decision("one-CD-1", screener="CD"),
    ),
    "a record that says nothing of the trial": (
        SEARCH,
        record(doi=FINAL),
        decision("one-AB-1", "no outcome of the review"),
    ),
    "a decision that was changed": (
        SEARCH,
        record(doi=FINAL),
        decision("one-AB-1", "not a low dose"),
        decision("one-AB-2"),
    ),
    "left out, and no trial of a pool": (
        SEARCH,
        record(doi="10.3390/biomedicines11041087"),
        decision("one-AB-1", "not fibromyalgia"),
    ),
    "a criterion of a reviewer": judged("studies_needed--criterion", value="1"),
    "a year of registration in words": registered("NCT04739995", notes="Registered in February 2021."),
    "a pooled trial without its PubMed number": s("final2024", pmid=""),
    "few responders at two thresholds": tuple(
        e(f"innova2026-pain-response-{at}-w13-ldn", events="3") for at in (30, 50)
    ),
    "stopped for what the notes do not name": e(STOPPED, events="2", definition="side effects"),
    "responders of a part": s("bruunplesner2020", notes="9 of 20 responded at the last dose."),
    "an event of the other condition": e(
        "younger2013-serious-adverse-event-ldn", events="1", location="No serious side effects under placebo"
    ),
    "answers to a survey": s("bruunplesner2020", notes="22 of 25 responded to the survey."),
    "a run-in": s(
        "youngerplos2009", treatment_weeks="3", control_weeks="3", notes="After 2 wk placebo run-in."
    ),
    "a harm of another name": e(AE_L, definition="at least one event of any kind"),
}
