"""Members of the kind of each rule on the other tables, and neighbours that are right."""

from mutations import again, cell, drop, row
from row_names import (
    AE_L,
    AE_P,
    COMP_L,
    ED50,
    ED95,
    F0,
    FL,
    IL,
    IN26,
    INN,
    IP,
    LEG,
    OCC5,
    OCC50,
    PILOT,
    R30,
    SPIR,
    VAT,
    YL,
    YP,
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

SEARCH = {
    "source": "PubMed", "kind": "database", "looked_on": "2026-11-20", "n_records": "2", "sha256": "a" * 64,
    "review_version": "1.1.0",
}  # fmt: skip
FOUND = row("searches", "pubmed-aaaa", **SEARCH)
FIRST = row("records", "one", search_id="pubmed-aaaa", kind="publication", title="LDN")
SECOND = {"search_id": "pubmed-aaaa", "kind": "publication", "title": "LDN again"}
DECIDED = {"record_id": "one", "stage": "full text", "screener": "AB", "decided_on": "2026-11-20"}

MEMBERS = {
    "dose_of_arm_said": [
        s(
            "innova2026",
            dose_min_mg="3",
            dose_mg_per_day="3 to 4.5",
            n_analysed="180",
            n_randomised="190",
            dose_schedule="3 mg or 4.5 mg once daily",
        ),
        s("final2024", dose_schedule="1.5, 3 or 6 mg once daily", n_analysed="200", n_randomised="210"),
    ],
    "doses_within_study": [
        (cell("events", AE_L, dose_mg_per_day="6"), again("events", AE_L, AE_L + "-d3", dose_mg_per_day="3")),
        (cell("events", R30, dose_mg_per_day="6"), again("events", R30, R30 + "-d3", dose_mg_per_day="3")),
    ],
    "search_counts": [
        row("searches", "pubmed-aaaa", **{**SEARCH, "n_found": "1"}),
        row("searches", "pubmed-aaaa", **{**SEARCH, "searched_on": "2026-11-21"}),
    ],
    "same_as_earlier": [
        (FOUND, row("records", "one", **SECOND, same_as="one", same_by="DOI")),
        (FOUND, FIRST, row("records", "two", **SECOND, same_as="one")),
        (FOUND, FIRST, row("records", "two", **SECOND, same_by="DOI")),
    ],
    "decision_with_reason": [
        (FOUND, FIRST, row("decisions", "one-AB-1", **DECIDED, decision="out")),
        (FOUND, FIRST, row("decisions", "one-AB-1", **DECIDED, decision="later", reason="retracted")),
    ],
    "claim_known": [
        cell("claims", "dose_unknown", claim_id="dose_unknwon"),
        (drop("claims", "cheap_generic"), drop("judgements", "cheap_generic--testable")),
    ],
    "judgement_of_its_kind": [
        judged("unmet_need--testable", value="0"),
        judged("dose_typical--criterion", value="yes"),
        judged("esr_predicts--replications", value="1.5"),
        judged("dose_typical--publication-bias", value="3"),
    ],
    "judgements_complete": [
        drop("judgements", "dose_typical--start"),
        drop("judgements", "esr_predicts--criterion"),
        drop("judgements", "heat_threshold--testable"),
        judged("dose_unknown--testable", value="no"),
    ],
    "criterion_in_range": [
        judged("esr_predicts--criterion", value="25"),
        judged("dose_typical--criterion", value="500"),
        judged("all_or_nothing--criterion", value="0.12"),
    ],
    "options_known": [
        multi("tau2_method-PM", option="pm"),
        multi("sign-slip", option="turned"),
        multi("crossover_r-0.3", option="0.33"),
    ],
    "options_complete": [
        drop("multiverse_choices", "crossover_r-0.9"),
        drop("multiverse_choices", "studies-with_pilot"),
    ],
    "prespecified_defensible": [
        multi("measure-MD", kind="debatable"),
        drop("multiverse_choices", "tau2_method-REML"),
        multi("inference-t", title="interval of the mean"),
    ],
    "quantity_in_unit": [
        p("ki-mu-naltrexone-2009", unit="uM"),
        p(OCC5, unit="fraction"),
        p("half-life-naltrexone", quantity="halflife"),
        p("tmax-naltrexone", unit="min"),
    ],
    "quantity_in_range": [
        p(OCC50, value="105"),
        p("half-life-6-beta-naltrexol", value="780"),
        p("bioavailability-naltrexone", value="5"),
        p("kd-md2-plus-naltrexone", value="0"),
        p("tmax-naltrexone", value="60"),
    ],
    "dose_above_zero": [
        p(OCC50, dose_mg=""),
        p("cmax-naltrexone-100mg", dose_mg="0"),
        p("blockade-relative-to-1-h-scan-naltrexone-50mg-48h", dose_mg="0"),
    ],
    "ed50_below_ed95": [p(ED95, value="3.40"), p(ED50, value="5.40")],
    "spread_in_range": [
        p("mu-occupancy-naltrexone-50mg-24h", sd="94"),
        p("cmax-naltrexone-100mg", sd="299"),
        p("blockade-relative-to-1-h-scan-naltrexone-50mg-168h", se="53.8"),
    ],
    "bigger_dose_more_blockade": [p(OCC50, value="9.2"), p(OCC5, value="88")],
    "estimate_mid_interval": [
        o(INN, value="0.94"),
        syn(VAT, estimate="-0.68"),
        p("ic50-tlr4-mouse-microglia-plus-naltrexone", value="100.5"),
    ],
    "interval_against_p": [o(INN, p_value="0.0236"), o(F, p_value="0.027")],
    "count_against_percent": [e(COMP_L, percent="23"), e(AE_L, events="14")],
    "group_sizes": [
        o(F, n="98"),
        e("innova2026-any-adverse-event-w52-ldn", n="84"),
        e(COMP_L, n="82", percent="11"),
    ],
    "large_standardised_difference": [
        syn("nazir2025-pain-smd", estimate="-1.61", lower95="-2.14", upper95="-1.08"),
        o(PILOT, p_value="0.00001"),
    ],
    "effect_size_against_difference": [o(F, effect_size="0.32"), o(F, effect_size="2.3")],
    "difference_against_arms": [
        o(F, value="0.34", lower95="-0.27", upper95="0.95"),
        o(YP, value="8.0", lower95="-2.8", upper95="18.8"),
        o("younger2009-fiq-w2-placebo-mean", value="17.6"),
        o("younger2009-mechanical-pain-threshold-w8-ldn-mean-change", value="-0.22"),
    ],
    "dose_in_range": [
        s("bested2023", dose_mg_per_day="45", dose_min_mg="45", dose_max_mg="45"),
        s("paula2023", dose_mg_per_day="0.45", dose_min_mg="0.45", dose_max_mg="0.45"),
    ],
    "spread_coherence": [o(FL, sd="0.45"), o(YL, se="9.3"), o("final2024-pain-w0-placebo-mean", sd="16")],
    "tool_fits_design": [
        rob("pain-bested2023-overall", variant="RoB 2 parallel"),
        rob("pain-parkitny2017-overall", variant="RoB 2 parallel"),
        rob("pain-innova2026-overall", variant="does not apply"),
    ],
    "domains_of_tool": [
        drop("risk_of_bias", "pain-bested2023-DS"),
        drop("risk_of_bias", "pain-innova2026-D4"),
        rob("pain-final2024-D3", domain_name="randomisation"),
    ],
    "overall_follows": [
        rob("pain-final2024-D1", judgement="high"),
        rob("pain-innova2026-overall", judgement="high"),
        rob("pain-parkitny2017-overall", judgement="low"),
        rob("pain-final2024-D2", judgement="not applicable"),
    ],
    "interval_order": [o(F, lower95="0.27", upper95="-0.95"), syn(VAT, estimate="0.86")],
    "interval_width": [
        syn(VAT, lower95="-0.86", upper95="-0.86"),
        cell("responder_benchmarks", "hauser2011_rr_30", lower95="1.38", upper95="1.38"),
    ],
    "interval_complete": [
        o(INN, lower95=""),
        syn("nazir2025-headache-rr", upper95=""),
        p("ed50-mu-occupancy-naltrexone", lower95=""),
    ],
    "interval_without_value": [
        o("younger2009-heat-pain-threshold-w8-ldn-direction", sd="0.3"),
        syn(VAT, estimate=""),
        o("younger2009-cold-pain-threshold-w8-ldn-direction", lower95="-1", upper95="1"),
    ],
    "spread_positive": [
        o(F0, sd="0"),
        o(SPIR, iqr="0.0"),
        p("mu-occupancy-naltrexone-50mg-24h", sd="0"),
        p("blockade-relative-to-1-h-scan-naltrexone-50mg-48h", se="0"),
    ],
    "range_order": [
        s("final2024", dose_min_mg="15"),
        o(F, scale_min="10", scale_max="0"),
        o(LEG, scale_max="100"),
        cell("quantities", "half-life", lowest="200"),
        cell("measures", "pain-nrs-points", scale_max="0"),
    ],
    "counts_order": [e(R30, events="94"), s("final2024", n_analysed="109"), syn(VAT, k="400")],
    "one_row_a_meaning": [
        again("outcomes", IL, "innova-twice", value="7.30"),
        again("events", AE_L, "ae-twice", events="40", percent=""),
        again("study_sets", "pain-final2024", "pain-final2024-b", set="excluded", primary_week=""),
        again("pharmacology", OCC50, "scan-twice"),
        again("published_syntheses", VAT, "vat-twice", estimate="-0.80"),
        again("risk_of_bias", "pain-final2024-D1", "rob-twice", judgement="high"),
    ],
    "id_agrees": [
        o(IL, week="26"),
        o(FL, study_id="innova2026"),
        e(AE_L, group="placebo"),
        o(F, group="ldn"),
        e(R30, week="13"),
    ],
    "source_form": [
        o("younger2013-symptom-severity-w12-ldn-mean-aapm2012", source="10.x/abc"),
        p("cmax-naltrexone-100mg", source="PMID 0"),
        p(OCC5, source="10.1038"),
    ],
    "how_read_fits_location": [
        o(IP, how_read="abstract"),
        p("mu-occupancy-naltrexone-2mg-4h", location="Table 2"),
        o(F0, how_read="registry"),
        e(R30, how_read="abstract"),
    ],
    "title_only_without_value": [
        syn("acr2025-pain-smd", how_read="title only"),
        o(F, how_read="title only"),
        e(AE_L, how_read="title only"),
    ],
    "year_known": [
        s("final2024", year="2028"),
        p("half-life-naltrexone", year="1950"),
        limit("omeract2015_between_group", year="2051"),
        syn(VAT, year="2004"),
    ],
    "label_year": [
        s("younger2013", year="2015"),
        syn(VAT, year="2022"),
        limit("salaffi2004_minimal", year="2005"),
    ],
    "year_against_source": [
        p(OCC5, year="2017"),
        p("ki-mu-naltrexone-2005", year="2009"),
        limit("hauser2011_placebo", year="2014"),
    ],
    "dose_agrees": [
        s("final2024", dose_mg_per_day="4.5"),
        s("metyas2018", dose_mg_per_day="3 to 6"),
        s("bested2023", dose_mg_per_day="4,5 mg"),
        s("bested2023", dose_max_mg="6"),
    ],
    "schedule_says_dose": [
        s("bested2023", dose_schedule="3 mg once daily"),
        s("innova2026", dose_schedule="45 mg at bedtime"),
        s("paula2023", dose_schedule="4.5 mg twice daily and 9 mg on Sundays"),
        s("bested2023", dose_schedule="4.5 mg twice daily"),
        s("paula2023", dose_schedule="4.5 mg in the morning and 4.5 mg at bedtime"),
        s("bested2023", dose_schedule="4500 mcg twice daily, 9000 mcg in all"),
        s("bested2023", dose_schedule="4.5 mg b.d."),
        s("bested2023", dose_schedule="4.5 mg three times a day"),
        s("bested2023", dose_schedule="2 x 4.5 mg daily"),
        s("bested2023", dose_schedule="two capsules of 4.5 mg at night"),
        s("bested2023", dose_schedule="4.5 mg every other day"),
        s("bested2023", dose_schedule="4.5 mg/kg once daily"),
    ],
    "weeks_reported": [
        s("innova2026", treatment_weeks="520", control_weeks="520"),
        s("innova2026", control_weeks="12"),
        s("bested2023", treatment_weeks="30"),
        s("bested2023", dose_schedule="4.5 mg once daily for 3 months"),
        s("innova2026", dose_schedule="4.5 mg once daily for 52 days"),
    ],
    "design_words": [
        s("younger2013", design_type="parallel"),
        s("innova2026", design="cross-over, AB/BA"),
        s("marcus2024", design_type="single-arm"),
        s("final2024", design_type="crossover"),
        s("final2024", design="two-period, two-treatment"),
        s("innova2026", design="n-of-1 trials"),
        s("final2024", design="cluster randomised"),
        s("innova2026", design="randomised withdrawal"),
        s("innova2026", design="each participant took both in random order"),
        s("innova2026", washout="2 weeks"),
        s("innova2026", notes="Cross-over after the first half."),
        s("innova2026", dose_schedule="4.5 mg for 6 months, then placebo, or vice versa"),
    ],
    "randomised_words": [
        s("final2024", design="randomised parallel", randomised="no"),
        s("final2024", design="parallel, allocated by alternation"),
        s("innova2026", design="quasi-randomised, parallel"),
        s("innova2026", design="parallel, matched controls"),
        s("bruunplesner2020", design="non-randomised dose-finding", randomised="yes"),
    ],
    "randomised_fits_design": [
        s("parkitny2017", randomised="yes"),
        s("marcus2024", randomised="yes"),
        s("ramanathan2012", randomised="yes"),
    ],
    "blinding_fits_design": [
        s("metyas2018", blinding="double-blind"),
        s("final2024", design="open-label parallel"),
        s("marcus2024", blinding="double-blind"),
        s("younger2009", design="double-blind crossover (fixed order: placebo first)"),
    ],
    "control_fits_design": [
        s("bested2023", control="baseline"),
        s("parkitny2017", control="placebo"),
        s("marcus2024", control="placebo"),
    ],
    "control_fits_rows": [
        s("younger2009", control="baseline"),
        s("jackson2021", control="placebo"),
        s("bruunplesner2020", control="placebo"),
    ],
    "sex_fits": [
        s("innova2026", sex="male"),
        s("younger2013", sex="male"),
        s("bested2023", sex="female", notes="Both men and their partners took part."),
    ],
    "reports_agree": [
        s("finalqst2025", dose_mg_per_day="4.5", dose_max_mg="4.5"),
        s("nielsen2026", sex="both"),
        s("finalqst2025", treatment_weeks="16", control_weeks="16"),
        s("nielsen2026", n_randomised="98"),
    ],
    "trial_is_main": [s("nielsen2026", trial_id="finalqst2025"), s("bested2023", trial_id="nielsen2026")],
    "one_trial_a_registration": [
        s("finalqst2025", trial_id="finalqst2025"),
        s("bested2023", registry="NCT04270877"),
        s("bested2023", pmid="38258677"),
        s("finalqst2025", doi="10.1002/EJP.70321"),
        s("finalqst2025", doi="10.1002/ejp.70321"),
        s("bested2023", notes="An interim report of NCT04270877."),
        s("innova2026", design="parallel (EudraCT 2019-000702-30)"),
    ],
    "from_measure_reported": [
        sets("pain-final2024", from_measure="pain VAS"),
        sets("pain-younger2009", from_measure="pain VAS"),
    ],
    "first_public_before": [
        s("metyas2018", first_public="2019"),
        s("final2024", first_public="2023"),
        s("final2024", first_public_label="A first report 2023"),
    ],
    "pooled_week_given": [
        sets("pain-innova2026", primary_week=""),
        sets("function-finalqst2025", primary_week=""),
    ],
    "set_fits_study": [
        s("innova2026", control="usual care"),
        s("bested2023", randomised="no"),
        s("final2024", condition="chronic pain"),
        sets("pain-youngerplos2009", set="primary", primary_week="1"),
        sets("pain-marcus2024", set="all_randomised", primary_week="8"),
        s("final2024", dose_mg_per_day="9", dose_max_mg="9"),
    ],
    "one_report_a_trial": [
        sets("pain-nielsen2026", set="all_randomised", primary_week="12"),
        sets("pain-threshold-youngerplos2009", study_id="final2024", set="primary", primary_week="12"),
    ],
    "member_left_out": [
        sets("pain-younger2013", set="with_pilot"),
        sets("pain-final2024", set="excluded"),
        sets("pain-response-innova2026", set="excluded"),
        sets("function-finalqst2025", set="all_randomised"),
    ],
    "primary_week_declared": [
        drop("study_sets", "pain-innova2026"),
        (
            drop("study_sets", "pain-response-final2024"),
            drop("study_sets", "pain-final2024"),
            *(
                cell("events", f"final2024-pain-response-15-w12-{g}", week="6", event_id=g)
                for g in ("ldn", "placebo")
            ),
        ),
    ],
    "set_domain_has_rows": [
        sets("pain-final2024", from_domain="memory"),
        sets("pain-innova2026", from_domain="function"),
        sets("function-finalqst2025", study_id="final2024"),
        sets("pain-response-final2024", outcome="symptom severity"),
    ],
    "primary_week_reported": [
        sets("pain-innova2026", primary_week="12"),
        sets("pain-final2024", primary_week="6"),
        sets("pain-paula2023", primary_week="37"),
        sets("pain-response-innova2026", primary_week="52"),
    ],
    "synthesis_complete": [
        syn("acr2025-pain-smd", lower95="", upper95=""),
        syn("saif2026-nausea-rr", estimate="", lower95="", upper95=""),
    ],
    "synthesis_sizes": [syn(VAT, n="7"), syn("ologunowa2025-pain-smd-pre-post", k="1")],
    "synthesis_in_range": [
        syn(VAT, estimate="-86", lower95="-120", upper95="-51"),
        syn("nazir2025-vivid-dreams-rr", estimate="241", lower95="177", upper95="328"),
    ],
    "synthesis_one_source": [
        syn("nazir2025-headache-rr", year="2024"),
        syn("saif2026-nausea-rr", doi="10.1000/x"),
    ],
    "threshold_in_unit": [
        limit("immpact2008_moderate", value="300"),
        limit("hauser2011_placebo", value="76.9"),
        limit("farrar2001", unit="points"),
        limit("omeract2015_between_group", value="0"),
    ],
    "threshold_plausible": [
        limit("omeract2015_between_group", value="10"),
        limit("immpact2008_moderate", value="80"),
    ],
}

# What is right and close to what is refused.
RIGHT = {
    "a search, its records and a decision": (
        FOUND,
        FIRST,
        row("records", "two", **SECOND, same_as="one", same_by="title and year"),
        row("decisions", "one-AB-1", **DECIDED, decision="out", reason="not fibromyalgia"),
    ),
    "an SE in place of an interval": o(FL, se="0.224"),
    "a p value beside an interval": o(IN26, p_value="0.76"),
    "a direction in one more measure": again(
        "outcomes",
        "younger2009-heat-pain-threshold-w8-ldn-direction",
        "y-dir",
        measure="cold pain threshold",
        better="lower",
        week="",
    ),
    "a trial of next year, ahead of its issue": s("nielsen2026", year="2027", label="Nielsen 2027"),
    "twice daily in words": s("bested2023", dose_schedule="2.25 mg twice daily"),
    "half the dose, b.d.": s("bested2023", dose_schedule="2.25 mg b.d."),
    "two capsules": s("bested2023", dose_schedule="two capsules of 2.25 mg at night"),
    "three times a day": s("bested2023", dose_schedule="1.5 mg three times daily"),
    "morning and night": s("bested2023", dose_schedule="1.5 mg in the morning and 3 mg at night"),
    "men, as the paper says": s("innova2026", sex="male", notes="All participants were men."),
    "the side in words": (
        o(F, location="Table 2: lower pain with LDN"),
        o(INN, location="Table 3: placebo superior"),
        o(Y, location="Results: greater reduction with naltrexone"),
    ),
    "words of a model": o(INN, location="Table 3, adjusted for baseline, 95% CI, mean difference (SE)"),
    "no interim analysis": s("innova2026", notes="No interim analysis was planned."),
    "worse, as the means show": (
        o(IL, value="8.2"),
        o(IP, value="7.9"),
        o("innova2026-pain-w13-ldn-mean-change", value="0.54"),
        o("innova2026-pain-w13-placebo-mean-change", value="0.43"),
    ),
    "micrograms in words": s("bested2023", dose_schedule="4500 micrograms once daily"),
    "a washout of other drugs": s("innova2026", washout="opioids stopped 2 weeks before the start"),
    "the side that the sign says": (o(F, favours="ldn"), o(INN, favours="placebo"), o(Y, favours="ldn")),
    "the SD of the paired differences": o(Y, sd="22.3"),
    "medians with their quartiles": tuple(
        o(key, statistic="median", sd="", q1="6", q3="8.5") for key in (IL, IP)
    ),
    "a time in words": o(IL, location="Table 3 (13 weeks)"),
    "an unknown number randomised": s("bested2023", n_randomised=""),
    "a harm of the list": (
        e(AE_L, event="dizziness", event_id="final2024-dizziness-w12-ldn"),
        e(AE_P, event="dizziness", event_id="final2024-dizziness-w12-placebo"),
    ),
    "excluded with a reason": sets(
        "pain-final2024", set="excluded", primary_week="", reason="Set aside for a test."
    ),
    "a judgement changed by a reviewer": judged("dose_typical--criterion", value="60"),
    "an option called debatable": multi("tau2_method-PM", kind="debatable"),
}
