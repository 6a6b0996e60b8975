"""Members of what contradicts the words of its own row or table, and neighbours that are right."""

import csv
from pathlib import Path

from mutations import again, cell, drop, row
from row_names import ED95, IN26, INN, LEG, R30, TSP, VAT, e, judged, limit, o, p, rob, s, sets, syn
from row_names import Y as YOUNGER

HEGDE, TRIAL, UAB = "hegde2025-pain-smd-all-conditions", "ACTRN12623000172606", "NCT07285473"

LEFT, TEMPORAL = "pressure-pain-tolerance-left-leg-kpa", "temporal-summation-of-pain-cm-vas"
DATA = Path(__file__).resolve().parents[2] / "data"


def exchanged(table, column, one, other):
    """The cells of a column of two rows, each in the place of the other."""
    with (DATA / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        cells = {next(iter(line.values())): line[column] for line in csv.DictReader(file)}
    return cell(table, one, **{column: cells[other]}), cell(table, other, **{column: cells[one]})


def registration(key, **cells):
    return cell("registrations", key, **cells)


def unconverted(measure, **cells):
    return cell("measures", measure, converts_to="", conversion="", formula="", **cells)


def relief(**cells):
    return cell("claims", "symptom_relief", **cells)


IN_MINUTES = [p(f"half-life-{drug}", unit="min") for drug in ("naltrexone", "6-beta-naltrexol")]

MEMBERS = {
    "conversion_fits": [
        (cell("measures", LEFT, better="lower"), o(LEG, better="lower")),
        (cell("measures", TEMPORAL, better="higher"), o(TSP, better="higher")),
        cell("measures", LEFT, plausible_max="100"),
        cell("measures", "bodily-pain-sf-36-points", better="lower"),
        unconverted("pain-nrs-past-7-days-points"),
        unconverted("average-pain-bpi-points"),
    ],
    "overall_follows": [
        (
            rob("pain-younger2013-DS", judgement="low"),
            rob("pain-younger2013-overall", judgement="some concerns"),
        ),
        rob("pain-innova2026-D1", judgement="low"),
        rob("pain-final2024-overall", basis="Three domains raise some concerns; the two others are low."),
    ],
    "quotation_agrees": [
        rob("pain-younger2013-D1", basis='Counterbalanced: "61 drug-first and 15 placebo-first started".'),
        rob("pain-innova2026-D3", basis='"48 LDN and 50 placebo randomised; 37 and 49 in the".'),
    ],
    "weeks_reported": [
        s("paula2023", treatment_weeks="37", control_weeks="37"),
        s("paula2023", treatment_weeks="26", control_weeks="26"),
    ],
    "pilot_participants_fit": [
        tuple(cell("pilot_participants", f"younger2009-p{i}", esr_mm_h="21") for i in range(1, 11)),
        again("pilot_participants", "younger2009-p2", "younger2009-p11", participant="11"),
    ],
    "pilot_participants_all": [drop("pilot_participants", f"younger2009-p{i}") for i in (2, 10)],
    "basis_read_there": [
        rob("pain-final2024-D5", how_read="abstract"),
        rob("pain-younger2013-D4", how_read="abstract"),
        rob("pain-final2024-D2", how_read="full text"),
    ],
    "registration_of_study": [
        registration("NCT00568555", study_id="younger2009"),
        registration("NCT04739995", study_id="final2024"),
    ],
    "threshold_plausible": [
        limit("omeract2015_between_group", value="2.0"),
        limit("omeract2015_between_group", location="Table 2 in the appendix (13 mm on a 100 mm scale)"),
        limit("hauser2011_placebo", value="8.69"),
    ],
    "benchmark_in_unit": [
        cell("responder_benchmarks", "hauser2011_rr_30", upper95="1.94"),
        cell("responder_benchmarks", "hauser2011_placebo_30", lower95="24.9"),
    ],
    "synthesis_in_range": [
        syn(VAT, lower95="-0.90", upper95="-0.82"),
        syn("nazir2025-pain-smd", lower95="-0.66", upper95="-0.56"),
        syn("nazir2025-vivid-dreams-rr", lower95="2.34", upper95="2.48"),
    ],
    "ed50_below_ed95": [p(ED95, n="24")],
    "set_fits_study": [sets("pain-final2024", reason="Dose-finding study without a control group.")],
    "adjusted_against_arms": [
        (
            o(INN, value="0.13", lower95="-0.72", upper95="0.97", p_value="", effect_size=""),
            o(IN26, value="0.49", lower95="-0.32", upper95="1.31"),
        ),
    ],
    "definition_says_threshold": [
        e(R30, definition="pain reduced by at most 30%"),
        e(R30, definition="a fall of pain under 30 percent"),
    ],
    "registration_readable": [cell("registrations", TRIAL, registered=year) for year in ("2013", "2026")],
    "registered_once": [again("registrations", TRIAL, "ACTRN12623000172660")],
    "synthesis_says_one_thing": [
        syn(HEGDE, not_comparable=""),
    ],
    "year_against_source": [
        p("ed50-symptom-response-naltrexone", year="2021"),
        tuple(
            syn(f"saif2026-{row}", year="2016", label="Saif et al. 2016")
            for row in ("pain-md", "dizziness-rr", "nausea-rr", "abdominal-pain-rr")
        ),
    ],
    "bigger_dose_more_blockade": [p("ed95-symptom-response-naltrexone", value="45.0")],
    "quantity_in_unit": [
        (cell("quantities", "half-life", unit="min"), *IN_MINUTES),
        cell("quantities", "mu-opioid receptor occupancy", highest="1000"),
        cell("quantities", "fraction unbound", highest="100"),
    ],
    "benchmark_of_its_kind": [
        cell("responder_benchmarks", "hauser2011_placebo_30", value="69.2", lower95="67.7", upper95="70.6"),
    ],
    "claim_known": [
        cell("claims", "dose_typical", claim="A typical low dose is 6 mg a day."),
        exchanged("claims", "claim", "mechanical_threshold", "heat_threshold"),
        exchanged("claims", "claim", "esr_predicts", "all_or_nothing"),
    ],
    "options_known": [
        exchanged("multiverse_choices", "label", *pair)
        for pair in (
            ("tau2_method-REML", "tau2_method-DL"),
            ("crossover_r-0.3", "crossover_r-0.7"),
            ("spread-se_as_sd", "spread-half_width_as_sd"),
            ("time-6_months", "time-12_months"),
        )
    ],
}

RIGHT = {
    "a limit of another cohort beside it": limit(
        "omeract2015_between_group", location="Abstract; 13 mm on a 100 mm scale (other cohort)"
    ),
    "a trial that was planned, and now has its study": s("marcus2024", registry="NCT07285473"),
    "directions of two scales in the notes of one": cell(
        "measures",
        "bodily-pain-sf-36-points",
        notes="Higher is better, unlike other ratings of pain, of which lower is better.",
    ),
    "fewer listed of a pilot, with the reason why": (
        drop("pilot_participants", "younger2009-p10"),
        again(
            "integrity_reasons",
            "driver2023--dose-in-range",
            "younger2009-p9--pilot-participants-all",
            table="pilot_participants",
            row_id="younger2009-p9",
            check="pilot_participants_all",
            reason="The paper lists nine of them.",
        ),
    ),
    "a claim in words that its key has not": cell(
        "claims", "esr_predicts", claim="Inflammation tells who benefits: a high rate in the blood."
    ),
    "an option under a label of its own": cell("multiverse_choices", "tau2_method-REML", label="restricted"),
    "a judgement read in the registry too": rob("pain-final2024-D2", how_read="abstract + registry"),
    "a claim on what is spared": cell(
        "claims", "glia_not_neurons", claim="Low doses block receptors of glia but not those of neurons."
    ),
    "an instrument that cannot be converted, with its reason": unconverted(
        "average-pain-bpi-points", notes="A sum of unlike items."
    ),
    "nearly everybody beyond the doses studied": p("ed95-symptom-response-naltrexone", value="8.0"),
    "a number of the year before": cell("registrations", TRIAL, registered="2024"),
    "another trial of a title": again(
        "registrations", TRIAL, "ACTRN12627000000101", registered="2026", n_planned="120"
    ),
    "a claim in other words": relief(claim="LDN reduces symptoms that are not eased by other drugs."),
    "a number of a claim without its space": cell(
        "claims", "dose_typical", claim="A low dose is 4.5mg a day."
    ),
    "a percentage in words": cell("claims", "pilot_30_percent", claim="Symptoms fell by over 30 percent."),
    "a start with a reason of what is missing": judged(
        "heat_threshold--start", reason="Randomised trials did not measure it; one pilot did."
    ),
    "a response that no word of it names one": again(
        "event_types", "symptom response", "patient acceptable symptom state"
    ),
    "a review of everybody that gives fibromyalgia apart": syn(
        VAT, notes="The review is of all chronic pain; this result is of its trials of fibromyalgia."
    ),
    "a list of domains with an 'and' in a name": rob(
        "pain-younger2013-overall",
        basis="One domain is high (period and carryover); three raise some concerns (missing outcome data, "
        "measurement of the outcome, and selection of the reported result).",
    ),
    "a review that is gone": drop("published_syntheses", HEGDE),
    "a ratio, and a small share, with the interval that its people give": (
        cell("responder_benchmarks", "hauser2011_rr_30", value="1.02", lower95="1.01", upper95="1.04"),
        cell("responder_benchmarks", "hauser2011_placebo_50", value="2.0", lower95="0.2", upper95="7.1"),
    ),
    "a share whose lower limit is rounded to 0": cell(
        "responder_benchmarks", "hauser2011_placebo_50", value="1.0", lower95="0.0", upper95="5.4"
    ),
    "a review of many people": syn(VAT, n="1100", lower95="-0.97", upper95="-0.75"),
    "a quotation of another source, and one that is shorter": (
        rob("pain-younger2013-D1", basis='The meeting abstract says "20 drug-first".'),
        rob("pain-innova2026-D3", basis='"48 LDN and 50 placebo randomised".'),
    ),
    "a quotation of a registration in words of the notes": rob(
        "pain-innova2026-D3", basis='Registered: "60 LDN and 60 placebo randomised".'
    ),
    "bounds of a count of domains, and words that are no judgement": rob(
        "pain-final2024-overall",
        basis="At least one some concerns; not more than three some concerns; one low-dose arm.",
    ),
    "capsules of a month, dispensed at once": s(
        "innova2026", notes="Dispensed monthly. 30 days of capsules."
    ),
    "a trial that sought the dose against placebo": sets(
        "pain-final2024", reason="Dose-finding trial against placebo."
    ),
}
NOTICES = {
    "judgement_as_said": [
        judged("pilot_30_percent--criterion", value="13"),
        judged("esr_predicts--criterion", value="0.5"),
        judged("side_effects_rare--criterion", value="1"),
        judged("glia_not_neurons--criterion", value="2"),
        judged("esr_predicts--replications", value="11"),
        judged("pilot_30_percent--start", value="high"),
        judged("replication_2013--start", value="low"),
        judged("all_or_nothing--criterion", value="2.1"),
        judged("dose_typical--criterion", value="15"),
    ],
    "number_stands_alone": [
        sets("pain-youngerplos2009", reason="A single dose of 5 mg: acute and not low-dose."),
        sets("pain-response-innova2026", reason="Randomised, double-blind. Responders at 17%."),
        rob("pain-paula2023-D3", basis='Registry 29 with "10% loss"; 86 analysed as if all were included.'),
        registration("NCT00568555", notes="Registered in December 2007. 35 enrolled (consented)."),
    ],
    "reason_of_its_row": [
        cell("integrity_reasons", "driver2023--dose-in-range", reason="Doses from 0.8 to 90 mg as reported."),
        cell("integrity_reasons", "youngerplos2009--dose-in-range", reason="5 mg is the dose by design."),
    ],
    "registration_unusual": [
        registration("NCT00568555", dates="start 2017-06"),
        registration("NCT04739995", dates="start 2012-06"),
        registration("NCT04739995", registered="2019"),
        registration("NCT02806440", other_ids="EudraCT 2015-002927-26"),
        registration("NCT07285473", status_as_read="completed"),
        registration("ACTRN12623000172606", status_as_read="not yet recruiting (as of 2033-02)"),
        registration("NCT04739995", last_seen="2023-11"),
    ],
    "correlation_as_said": [
        cell("multiverse_choices", "crossover_r-0.3", reason="Close to what the paper's p value implies."),
        cell("multiverse_choices", "crossover_r-0.7", reason="Contradicts what the paper's p value implies."),
    ],
    "event_kind_unusual": [
        cell("event_types", "headache", kind="response", better="higher"),
        cell("event_types", "nausea", kind="serious adverse event"),
    ],
    "condition_as_said": [
        s("nielsen2026", notes="Patients with chronic low back pain."),
        s("marcus2024", notes="All were women with fibromyalgia."),
    ],
    "stopped_early": [
        s("bested2023", notes="Stopped early for benefit."),
        s("bested2023", notes="Premature termination, since recruitment was slow."),
    ],
    "people_as_said": [
        s("marcus2024", n_analysed="14"),
        s("metyas2018", n_randomised="52"),
        s("ramanathan2012", n_analysed="10"),
    ],
}
"""Slips that honest rows may look like: they are shown, and nothing is refused."""
SILENT = [
    rob("pain-final2024-D3", basis="99 analysed; the later report has 45 and 47 complete cases."),
    sets("pain-final2024", reason="Randomised, double-blind; titrated over 4 weeks."),
    cell(
        "integrity_reasons", "driver2023--dose-in-range", reason="0.8 to 9 mg (others went to 12), as said."
    ),
    registration("NCT04502251", dates="2017-08 to 2020-07"),
    registration("NCT07285473", status_as_read="recruiting (as of 2026-10)"),
    registration("NCT04739995", last_seen="2024-11"),
    drop("registrations", "NCT00855972"),
    o(YOUNGER, p_value="0.014"),
    judged("all_or_nothing--criterion", value="1.3"),
    judged("esr_predicts--criterion", value="0.2", reason="A fifth: less would not help to choose patients."),
    judged("pilot_30_percent--start", reason="Placebo came first."),
    row("event_types", "sleep improved", kind="response", better="higher"),
    s("ramanathan2012", n_analysed="3"),
    s("nielsen2026", notes="Patients with rheumatoid arthritis were excluded. Two women stopped early."),
    s("bested2023", notes="Controls were people with back pain. Stopped early: 3 on LDN and 2 on placebo."),
    s("bested2023", notes="Half of the participants had migraine. A boundary for early stopping was set."),
]
"""Honest neighbours, of which nothing is said."""
