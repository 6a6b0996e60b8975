"""Members of what contradicts the words of its own row or table, and neighbours that are right."""

from mutations import again, cell, drop
from row_names import R30, VAT, e, judged, p, rob, syn

HEGDE, TRIAL, UAB = "hegde2025-pain-smd-all-conditions", "ACTRN12623000172606", "NCT07285473"


def unconverted(measure, **cells):
    return cell("measures", measure, converts_to="", conversion="", formula="", **cells)


def relief(**cells):
    return cell("claims", "symptom_relief", **cells)


IN_MINUTES = [p(f"half-life-{drug}", unit="min") for drug in ("naltrexone", "6-beta-naltrexol")]

MEMBERS = {
    "conversion_fits": [unconverted("pain-nrs-past-7-days-points"), unconverted("average-pain-bpi-points")],
    "overall_follows": [
        (
            rob("pain-younger2013-DS", judgement="low"),
            rob("pain-younger2013-overall", judgement="some concerns"),
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
        syn(HEGDE, not_comparable="", population=""),
    ],
    "year_against_source": [
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
    ],
}

RIGHT = {
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
}
