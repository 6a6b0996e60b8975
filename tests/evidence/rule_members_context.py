"""Members of the rules on conversions, registrations, pharmacology, reviews and benchmarks."""

from mutations import again, cell, drop, row
from row_names import ED50, OCC5, VAT, judged, limit, p, rob, syn

HALF_LIFE = "half-life-naltrexone"
DECLINE = "blockade-relative-to-1-h-scan-naltrexone-50mg-72h"
PLACED, CROSSED = "NCT05430152", "ACTRN12623000172606"
PLACEBO, RATIO = "hauser2011_placebo_30", "hauser2011_rr_30"
COMPLETE = "final2024-pain-response-30-w12"
HEADACHE, BEFORE = "nazir2025-headache-rr", "ologunowa2025-pain-smd-pre-post"


def measure(key, **cells):
    return cell("measures", key, **cells)


def planned(key, **cells):
    return cell("registrations", key, **cells)


def benchmark(key, **cells):
    return cell("responder_benchmarks", key, **cells)


MEMBERS = {
    "conversion_fits": [
        measure("pain-nrs-past-7-days-points", conversion="turn"),
        measure("pain-relief-nrs-points", conversion="as it is"),
        measure("daily-pain-vas-points", conversion="as it is"),
        measure("daily-pain-vas-percent-reduction", conversion="rescale"),
        measure("pain-nrs-points", converts_to="points (0-100)"),
        measure("fiqr-points", converts_to="NRS points (0-10)", conversion="rescale"),
        measure("pain-nrs-points", conversion=""),
        measure("pain-vas-mm", scale_max="10"),
        measure("pain-vas-mm", formula="value"),
    ],
    "registration_readable": [
        planned(PLACED, comparator="Placebo"),
        planned("NCT07285473", comparator="between low doses"),
        planned(CROSSED, design="cross-over"),
        planned(PLACED, doses_mg_per_day="1 to 4,5"),
        planned(PLACED, doses_mg_per_day="4.5 to 1"),
        planned(PLACED, n_planned="0", status_as_read="recruiting"),
        planned(PLACED, last_seen="2031-01"),
        planned(PLACED, doses_mg_per_day="0 to 4.5"),
        planned(PLACED, comparator="placbo"),
        planned(CROSSED, design="crosover"),
        planned(CROSSED, condition="fibromylagia"),
        planned("NCT00855972", status_as_read="withdawn"),
        planned("NCT07285473", dates="2028-04 to 2026-04"),
        planned("NCT04739995", dates="start 2022-16"),
        planned(CROSSED, bears_on="dose_unknwon"),
        planned(PLACED, registry_id="NCT0543015"),
        planned(PLACED, other_ids="ACTRN1262400116250"),
    ],
    "year_known": [planned(CROSSED, registered="1923")],
    "label_year": [cell("discontinuation", "irwin2024-discontinuation", year="2023")],
    "decision_after_search": [
        (
            row("searches", "s", source="PubMed", kind="database", looked_on="2026-11-20", n_records="1",
                sha256="a" * 64, review_version="1.1.0"),
            row("records", "one", search_id="s", kind="publication", title="LDN"),
            row("decisions", f"one-AB-{day}", record_id="one", stage="full text", screener="AB",
                decided_on=day, decision="in"),
        )
        for day in ("2026-11-19", "2025-11-20")
    ],
    "reports_agree": [
        again("risk_of_bias", "pain-final2024-D1", "pain-threshold-finalqst2025-D1", study_id="finalqst2025",
              outcome="pain threshold", judgement="high"),
    ],
    "overall_follows": [
        (rob("pain-innova2026-D3", judgement="no information"), rob("pain-innova2026-D1",
                                                                    judgement="some concerns")),
        rob("pain-paula2023-overall", basis="Two are high (randomisation, and missing outcome data)."),
    ],
    "fraction_as_said": [
        p("fraction-unbound-naltrexone", value="0.21"),
        p("fraction-unbound-naltrexone", location="Clinical pharmacology (protein binding 79%)"),
        p("fraction-unbound-naltrexone", location="Label: 21% unbound"),
        p("fraction-unbound-naltrexone", location="Label (79% bound, 21% unbound)"),
        p("fraction-unbound-naltrexone", location="Label (24 to 28% bound)"),
    ],
    "synthesis_one_source": [
        again("published_syntheses", "nazir2025-pain-smd", "khan2026-pain-smd", synthesis_id="khan2026",
              label="Khan et al. 2026", doi="", year="2026"),
        again("published_syntheses", "nazir2025-pain-smd", "nasir2025-pain-smd", synthesis_id="nasir2025",
              estimate="-0.62"),
    ],
    "synthesis_in_range": [
        syn(VAT, estimate="-8.6", lower95="-9.9", upper95="-7.3"),
        syn("vatvani2024-pain-md", estimate="0.86", lower95="0.51", upper95="1.20", notes="Favours LDN."),
    ],
    "arms_within_study": [
        cell("events", f"{COMPLETE}-ldn-complete-cases", n="50", percent=""),
        cell("events", f"{COMPLETE}-placebo-complete-cases", n="51", percent=""),
    ],
    "registered_once": [
        again("registrations", PLACED, "2019-000702-30"),
        planned(PLACED, other_ids="NCT06366724"),
    ],
    "key_says_quantity": [
        p(HALF_LIFE, analyte="6-beta-naltrexol"),
        p(HALF_LIFE, quantity="Tmax"),
        p(DECLINE, dose_mg="25"),
        p(DECLINE, time_h="7.2"),
        p("ed50-mu-occupancy-naltrexone", quantity="ED50 symptom response"),
    ],
    "model_row_complete": [
        p("ed50-mu-occupancy-naltrexone", lower95="", upper95=""),
        p("cmax-naltrexone-100mg", sd=""),
        p(DECLINE, se=""),
        drop("pharmacology", HALF_LIFE),
        drop("pharmacology", DECLINE),
        p("fraction-unbound-naltrexone", pharmacology_id="fraction-unbound-naltrexone-2013"),
    ],
    "share_in_percent": [
        p(OCC5, value="0.43"),
        benchmark(PLACEBO, value="0.308", lower95="0.294", upper95="0.323"),
        syn(VAT, i2_percent="0.33"),
        cell("discontinuation", "driver2023-discontinuation", percent_stopped="0.36"),
        limit("immpact2008_moderate", value="0.3"),
    ],
    "synthesis_says_one_thing": [
        syn(HEADACHE, measure="SMD", estimate="0.40", lower95="0.10", upper95="0.70"),
        syn("saif2026-pain-md", measure="RR", estimate="0.46", lower95="0.25", upper95="0.85"),
        syn(BEFORE, comparison="ldn vs placebo"),
        syn(VAT, measure="SMD"),
        syn(VAT, notes="Before-after within the LDN group"),
    ],
    "threshold_of_its_kind": [
        limit("hauser2011_placebo", unit="NRS points", value="0.769"),
        limit("omeract2015_between_group", unit="percent"),
        limit("hauser2011_active", value="7.01", unit="points on 0-100"),
    ],
    "threshold_plausible": [
        limit("mease2011", kind="between-group"),
        limit("salaffi2004_much_better", kind="between-group"),
        limit("farrar2001", kind="between-group"),
        limit("omeract2015_between_group", kind="within-person"),
    ],
    "synthesis_complete": [syn("hegde2025-pain-smd", comparison="ldn pre-post")],
    "benchmark_of_its_kind": [
        benchmark(PLACEBO, what="duloxetine responders, pain lower by 30% or more"),
        benchmark(RATIO, value="38", lower95="27", upper95="49", unit="percent"),
        benchmark(RATIO, lower95="", upper95=""),
        (
            benchmark(PLACEBO, value="18.8", lower95="17.5", upper95="20.1"),
            benchmark("hauser2011_placebo_50", value="30.8", lower95="29.4", upper95="32.3"),
        ),
    ],
    "judgement_of_its_kind": [
        again("judgements", "pilot_30_percent--criterion", "x", claim_id="symptom_relief", value="1"),
    ],
    "criterion_in_range": [judged("glia_not_neurons--criterion", value="0.2")],
    "event_kind_fits": [
        cell("event_types", "serious adverse event", kind="adverse event"),
        cell("event_types", "stopped for side effects", kind="adverse event"),
        cell("event_types", "pain response 30%", meaning="Pain lower than at baseline by 50% or more."),
    ],
    "bigger_dose_more_blockade": [
        (p(DECLINE.replace("72h", "48h"), value="30"), p(DECLINE, value="80")),
        p(ED50, value="6.1"),
        p(ED50, value="38.8"),
        p("ed50-mu-occupancy-naltrexone", value="56", lower95="36.5", upper95="75.4"),
    ],
    "pilot_participants_fit": [
        cell("pilot_participants", "younger2009-p3", participant="11"),
        cell("pilot_participants", "younger2009-p3", study_id="final2024"),
    ],
    "stopping_fits": [
        cell("discontinuation", "irwin2024-discontinuation", stopped="", percent_stopped="86"),
        cell("discontinuation", "driver2023-discontinuation", n="151"),
        cell("discontinuation", "driver2023-discontinuation", study_id=""),
        again("discontinuation", "irwin2024-discontinuation", "x", label="Irwin et al. 2024 (b)"),
    ],
    "search_counts": [
        (
            row("searches", "s", source="PubMed", kind="database", looked_on="2026-11-20", n_records="1",
                sha256="a" * 64, review_version="1.1.0"),
            row("records", "one", search_id="s", kind="publication", title="LDN"),
            row("records", "two", search_id="s", kind="publication", title="LDN again"),
        ),
    ],
}  # fmt: skip

WORDS_OF_RESPONSE = "salaffi2004_much_better"
BIAS = "pain-innova2026-overall"
TWICE = "ologunowa2025-pain-smd-pre-post"


def searched(found, decided):
    return (
        row("searches", "s", source="PubMed", kind="database", searched_on=found, looked_on="2026-11-20",
            n_records="1", sha256="a" * 64, review_version="1.1.0"),
        row("records", "one", search_id="s", kind="publication", title="LDN"),
        row("decisions", "one-AB-1", record_id="one", stage="full text", screener="AB", decided_on=decided,
            decision="in"),
    )  # fmt: skip


def second_report(domain, outcome="pain", **cells):
    """A second report of FINAL, of another time, judged in one domain otherwise than the first."""
    return tuple(
        again("risk_of_bias", f"pain-final2024-{name}", f"{outcome}-nielsen2026-{name}", basis="Read.",
              study_id="nielsen2026", outcome=outcome, **(cells if name == domain else {}))
        for name in ("D1", "D2", "D3", "D4", "D5", "overall")
    )  # fmt: skip


HONEST = {
    "registrations": (
        *(planned(PLACED, status_as_read=status) for status in (
            "Authorised, recruitment pending", "Ended", "Halted", "Temporarily Halted", "Prematurely Ended",
            "Not authorised", "Closed: follow-up complete", "Pending", "Open to recruitment", "Published",
            "Data analysis", "Recruitment ended", "Withdrawal of funding announced",
        )),
        *(planned(PLACED, dates=dates) for dates in (
            "registered 2022-05, start 2021-11", "end 2024-06 (start 2022-01)", "2021-02-10 to 2023-12-31",
            "first participant 2022-03", "spring 2022",
        )),
        *(planned(CROSSED, condition=condition) for condition in (
            "Fibromyalgia", "primary fibromyalgia syndrome", "fibromyalgia-like pain",
            "polymyalgia rheumatica", "Fibromyalgia; ME/CFS",
        )),
        *(planned(CROSSED, design=design) for design in (
            "Crossover Assignment", "Parallel Assignment", "crossover (Latin square)", "Factorial Assignment",
            "sequential, adaptive",
        )),
        *(planned(PLACED, comparator=comparator) for comparator in (
            "pregabalin", "usual care", "no treatment", "duloxetine 60 mg", "waiting list",
        )),
        *(planned(PLACED, doses_mg_per_day=doses) for doses in (
            "4.5; 50", "50", "4.5 or 9 or 12", "16", "0.1 to 4.5",
        )),
        planned(PLACED, n_planned="11247"),
        *(planned(PLACED, other_ids=numbers) for numbers in (
            "nct04270878", "ISRCTN12345678", "DRKS00012345", "U1111-1234-5678", "IRCT20100101001234N5",
            "ChiCTR2400081234",
        )),
    ),
    "risk of bias": (
        second_report("D3", judgement="low"),
        second_report("D4", judgement="low"),
        second_report("D1", outcome="memory", judgement="no information"),
        *(rob(BIAS, basis=basis) for basis in (
            "Two domains raise some concerns (missing outcome data and measurement of the outcome).",
            "One has some concerns (missing outcome data), so has another (measurement of the outcome).",
            "Some concerns (missing outcome data above all).",
            "some concerns (missing outcome data); some concerns (measurement of the outcome).",
            "No domain is high; two raise some concerns (see their rows).",
        )),
    ),
    "thresholds": (
        *(limit(WORDS_OF_RESPONSE, what=what) for what in (
            "change anchored on pooled data of 3 trials", "change between visits that patients call better",
            "change in two groups of patients", "difference that patients notice between two days",
            "mean change in those improved minus that in the group unchanged", "smallest effect that matters",
        )),
        *(limit("omeract2015_between_group", threshold_id="new2015", what=what) for what in (
            "difference from placebo that matters", "smallest worthwhile effect over placebo",
            "smallest worthwhile difference in mean change", "minimally important difference",
            "effect that clinicians would want", "change against placebo that matters",
        )),
    ),
    "fractions": tuple(
        p("fraction-unbound-naltrexone", location=f"Label ({words})") for words in (
            "21% bound, 79% unbound", "binding of 21 to 28 %", "21-28% bound", "20.5% bound", "21.5% bound",
            "naltrexone 21% bound, 6-beta-naltrexol 35% bound", "79% free", "not bound: 79%",
        )
    ),
    "reviews": (
        *(syn(TWICE, synthesis_row_id="ologunowa2025-pain-change", notes=notes) for notes in (
            "Change from baseline in the LDN arm", "Single-arm: no comparison", "Before and after treatment",
            "Within the group on LDN", "Uncontrolled",
        )),
        *(syn(VAT, notes=notes) for notes in (
            "Before and after exclusion of Bested 2023 the same", "Before the corrigendum", "Change scores",
            "Pre-specified", "Within-trial SDs were imputed", "Prediction interval -1.41 to 0.39.",
            "No prediction interval.", "99% CI -1.3 to -0.4 in the supplement.", "Negative favours LDN.",
            "A sensitivity analysis favours placebo.", "Neither favours LDN nor placebo.",
        )),
        *(syn(VAT, estimate="0.10", lower95="-0.25", upper95="0.45", notes=notes) for notes in (
            "Negative favours LDN.", "It no longer favours LDN.", "Without one trial it would favour LDN.",
            "Did not favour naltrexone.", "Values below zero favour LDN; k is that of the abstract.",
        )),
    ),
    "decisions": (
        searched("2026-11-02", "2026-11-03"), searched("2026-11-02", "2026-11-20"),
        searched("", "2026-11-20"), searched("2026-11-02", "2026-11-02"),
        searched("2026-11-20", "2027-01-05"),
    ),
    "stopping": tuple(
        cell("discontinuation", "driver2023-discontinuation", label=label) for label in (
            "Driver et al. (cohort of 2015 to 2019)", "Driver (patients of 2014)", "Driver et al.",
            "Driver 2023", "Driver et al., seen 2009 to 2021",
        )
    ) + tuple(
        cell("discontinuation", "irwin2024-discontinuation", reasons=reasons) for reasons in (
            "16 lack of effect; 3 side effects, within 52 weeks", "60% lack of effect",
            "lack of effect after 12 months (50 mg in one)", "2019 to 2021: lack of effect",
            "16 of 27 lack of effect",
        )
    ),
}  # fmt: skip
"""Rows that real papers and registers would give, in the words that analysts use, around the rules."""

BELOW_ONE_PERCENT = (
    syn(VAT, i2_percent="0.4"),
    cell("discontinuation", "driver2023-discontinuation", percent_stopped="0.9"),
)

RIGHT = {
    "one of many who stopped": cell(
        "discontinuation", "irwin2024-discontinuation", n="200", stopped="1", percent_stopped="0.5",
        reasons="",
    ),
    **{f"{subject} {at}": edit for subject, edits in HONEST.items() for at, edit in enumerate(edits)},
    "a registration of a placebo trial": again("registrations", PLACED, "NCT09999999", title="New"),
    "a drug as comparator": again("registrations", PLACED, "NCT09999998", comparator="pregabalin"),
    "withdrawn, nobody planned": planned(PLACED, status_as_read="Withdrawn", n_planned="0"),
    "a review of another year": again(
        "published_syntheses", "nazir2025-pain-smd", "khan2026-pain-smd", synthesis_id="khan2026",
        label="Khan et al. 2026", doi="10.1234/y", year="2026", k="4", n="300", estimate="-0.55",
        lower95="-1.08", upper95="-0.02",
    ),
    "blockade at one more time": again(
        "pharmacology", DECLINE, DECLINE.replace("72h", "96h"), value="62", time_h="96"
    ),
    "a second ED50": again(
        "pharmacology", ED50, "ed50-symptom-response-naltrexone-b", value="4.1", source="10.1234/x"
    ),
    "a second ED50, of a wider study": again(
        "pharmacology", ED50, "ed50-symptom-response-naltrexone-c", value="9", source="10.1234/x"
    ),
    "a fraction in other words": p("fraction-unbound-naltrexone", location="Label (79% unbound)"),
    "a report judged on its own selection": second_report("D5", "memory", judgement="some concerns"),
    "a trial that its register says is stopped": planned(
        PLACED, status_as_read="Terminated (slow recruitment)"
    ),
    "responders in points": (
        row("event_types", "pain lower by 2 points", kind="response", better="higher"),
        *(
            again("events", f"final2024-pain-response-30-w12-{group}", f"final2024-pain-2-points-w12-{group}",
                  event="pain lower by 2 points", definition="pain lower by at least 2 points")
            for group in ("ldn", "placebo")
        ),
    ),
    "a benchmark of another review": again(
        "responder_benchmarks", PLACEBO, "smith2020_placebo_30", source="10.1234/x", year="2020", value="33",
        lower95="30", upper95="36",
    ),
    "one more pain scale": again(
        "measures", "pain-vas-points-0-10", "worst-pain-nrs-points", measure="worst pain NRS"
    ),
    "a difference that matters, of 100": limit(
        "omeract2015_between_group", unit="points on 0-100", value="10"
    ),
}  # fmt: skip
