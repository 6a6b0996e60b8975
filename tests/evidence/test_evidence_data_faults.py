"""Wrong changes to valid data that were accepted once: each is refused by a rule with a name."""

import csv
from pathlib import Path

import pytest
from mutations import Data, again, cell, drop
from row_names import (
    AE_L,
    AE_P,
    COLD,
    ED50,
    ESR,
    FL,
    FP,
    IL,
    LEG,
    OCC50,
    R30,
    YL,
    F,
    Y,
    multi,
    o,
    p,
    rob,
    s,
)

ROOT = Path(__file__).resolve().parents[2]
REVIEW = ROOT.parent / "shared" / "review" / "data_faults.csv"

MEASURE, ENUM = "measure_listed", "must be one of"


FAULTS = [
    # the change in the words of the review, the rule that refuses it, the change
    ("SE = 0", "spread_positive", o(F, se="0")),
    ("interval of no width (lower = value = upper)", "interval_width",
     o(F, lower95="-0.34", upper95="-0.34")),
    ("better = lower for a percent reduction of pain", "measure_agrees", o(Y, better="lower")),
    ("better empty for pain", "measure_agrees", o(F, better="")),
    ("week 1e9", "must be at most 520", o(F, week="1e9")),
    ("week after the end of treatment (200 of 12)", "week_in_treatment", o(F, week="200")),
    ("year 1900 (before naltrexone)", "year_known", s("younger2009", year="1900")),
    ("dose_mg_per_day '6 to 0.75' (backwards)", "dose_agrees",
     s("bruunplesner2020", dose_mg_per_day="6 to 0.75")),
    ("dose range 0.75 to 6 but dose 3", "dose_agrees", s("bruunplesner2020", dose_mg_per_day="3")),
    ("dose schedule says 45 mg, dose 4.5", "schedule_says_dose",
     s("younger2009", dose_schedule="45 mg once daily")),
    ("n_analysed 0", "must be at least 1", s("final2024", n_analysed="0")),
    ("n_randomised 0, n_analysed empty", "must be at least 1",
     s("final2024", n_randomised="0", n_analysed="")),
    ("n = 1e300 in events of a study without known n", "must lie within 1e+15",
     s("bruunplesner2020", n_randomised="", n_analysed=""),
     cell("events", "bruunplesner2020-dose-finding-response-w2-ldn", n="1e300")),
    ("unit kPa for a pain NRS (scale 0-10)", MEASURE, o(F, unit="kPa")),
    ("unit points for a pressure tolerance in kPa", MEASURE, o(LEG, unit="points")),
    ("unit 'Points' (case)", MEASURE, o(F, unit="Points")),
    ("scale 0-100 for one contrast of a 0-10 NRS", MEASURE, o(F, scale_max="100")),
    ("scale_min = scale_max", "range_order", o(F, scale_min="10")),
    ("scale 1-11 for one row", MEASURE, o(FL, scale_min="1", scale_max="11")),
    ("difference larger than the scale", "value_on_scale", o(F, value="-12", lower95="-13", upper95="-11")),
    ("limit outside the scale (mean 7, interval -5 to 19)", "limits_on_scale",
     o("final2024-pain-w0-ldn-mean", value="7", lower95="-5", upper95="19", sd="")),
    ("percent reduction of 250", "value_on_scale", o("parkitny2017-pain-w8-ldn-mean", value="250")),
    ("p = 1 of a paired difference with a value", "p_possible", o(Y, p_value="1")),
    ("p value differs in rows of the same contrast", "p_same_contrast",
     o("final2024-memory-w12-ldn-mean-change", p_value="0.4")),
    ("control 'none' for a placebo-controlled trial", "control_fits_design", s("final2024", control="none")),
    ("outcome row duplicated with another id", "one_row_a_meaning",
     again("outcomes", F, "final2024-pain-again")),
    ("event row duplicated with another id", "one_row_a_meaning",
     again("events", R30, "final2024-response-again")),
    ("two publications of one trial both primary for pain", "one_report_a_trial",
     cell("study_sets", "pain-finalqst2025", set="primary", primary_week="12")),
    ("group all with LDN in its id; group swapped ldn<->placebo in arms", "id_agrees",
     o(FL, group="placebo"), o(FP, group="ldn"), o(YL, group="all")),
    ("statistic 'paired difference' for a parallel trial", "statistic_fits_design",
     o(F, statistic="paired difference")),
    ("statistic 'ratio of means' negative", "ratio_positive", o(COLD, value="-2.0")),
    ("r squared 1.8", "value_on_scale", o(ESR, value="1.8")),
    ("design_type parallel for a crossover", "design_words", s("bested2023", design_type="parallel")),
    ("randomised yes for the fixed-order pilot", "randomised_words", s("younger2009", randomised="yes")),
    ("blinding 'open' in the primary set", "set_fits_study", s("final2024", blinding="open")),
    ("blinding 'not double-blind'", ENUM, s("final2024", blinding="not double-blind")),
    ("condition rheumatoid arthritis in the primary set", "set_fits_study",
     s("final2024", condition="rheumatoid arthritis")),
    ("single-arm study in the primary set", "set_fits_study",
     cell("study_sets", "pain-parkitny2017", set="primary", primary_week="8")),
    ("study_sets outcome misspelt", ENUM, cell("study_sets", "pain-final2024", outcome="pian")),
    ("study_sets from_domain misspelt", ENUM, cell("study_sets", "pain-final2024", from_domain="Pain")),
    ("event name with another case", "the nearest is 'any adverse event'",
     cell("events", AE_L, event="Any adverse event")),
    ("event group has no partner (placebo row removed)", "event_in_pairs", drop("events", AE_P)),
    ("events n differs between thresholds of one arm", "one_denominator",
     cell("events", "final2024-pain-response-50-w12-ldn", n="47")),
    ("paired yes in a parallel trial", "paired_fits_design",
     cell("events", AE_L, paired="yes"), cell("events", AE_P, paired="yes")),
    ("pmid 0", "must match", s("final2024", pmid="0")),
    ("doi '10.x'", "must match", s("final2024", doi="10.x")),
    ("treatment_weeks 0 of a trial", "must be at least 0.1", s("final2024", treatment_weeks="0")),
    ("treatment_weeks 1e6", "must be at most 520", s("final2024", treatment_weeks="1e6")),
    ("control placebo but no control rows / sex 'male' for a women's trial", "control_fits_rows",
     s("metyas2018", control="placebo")),
    ("control placebo but no control rows / sex 'male' for a women's trial", "sex_fits",
     s("final2024", sex="male")),
    ("synthesis estimate without interval", "synthesis_complete",
     cell("published_syntheses", "nazir2025-pain-smd", lower95="", upper95="")),
    ("synthesis k above n", "counts_order", cell("published_syntheses", "vatvani2024-pain-md", n="3")),
    ("synthesis year after data date", "year_known",
     cell("published_syntheses", "nazir2025-headache-rr", year="2027")),
    ("occupancy of 450 percent", "quantity_in_range", p(OCC50, value="450")),
    ("occupancy negative", "quantity_in_range", p(OCC50, value="-9")),
    ("half-life negative", "quantity_in_range", p("half-life-naltrexone", value="-4")),
    ("half-life in minutes labelled h", "quantity_in_range", p("half-life-naltrexone", value="240")),
    ("fraction unbound in percent", "quantity_in_range", p("fraction-unbound-naltrexone", value="79")),
    ("ED50 above ED95", "ed50_below_ed95", p(ED50, value="5.88")),
    ("ED50 unit ug", "quantity_in_unit", p(ED50, unit="ug")),
    ("Ki 0", "quantity_in_range", p("ki-mu-naltrexone-2009", value="0")),
    ("Cmax negative", "quantity_in_range", p("cmax-naltrexone-100mg", value="-43.6")),
    ("dose 0 of an occupancy scan", "dose_above_zero", p(OCC50, dose_mg="0")),
    ("threshold MID negative", "threshold_in_unit", cell("clinical_thresholds", "mease2011", value="-2.1")),
    ("threshold MID 55 NRS points", "threshold_in_unit",
     cell("clinical_thresholds", "mease2011", value="55")),
    ("judgement testable = high", "judgement_of_its_kind",
     cell("judgements", "symptom_relief--testable", value="high")),
    ("judgement start = 7", "judgement_of_its_kind", cell("judgements", "symptom_relief--start", value="7")),
    ("judgement downgrade 9 levels", "judgement_of_its_kind",
     cell("judgements", "esr_predicts--imprecision", value="9")),
    ("judgement given twice with other values", "one_row_a_meaning",
     again("judgements", "dose_typical--criterion", "dose_typical--criterion-2", value="80")),
    ("risk of bias: overall low though a domain is high", "overall_follows",
     rob("pain-younger2013-overall", judgement="low")),
    ("risk of bias: overall row missing", "domains_of_tool", drop("risk_of_bias", "pain-final2024-overall")),
    ("risk of bias: crossover tool for a parallel trial", "tool_fits_design",
     rob("pain-final2024-D1", variant="RoB 2 crossover")),
    ("risk of bias: DS domain in a parallel tool", "domains_of_tool",
     again("risk_of_bias", "pain-final2024-D1", "pain-final2024-DS", domain="DS",
           domain_name="period and carryover")),
    ("multiverse: option twice", "one_row_a_meaning",
     again("multiverse_choices", "time-primary", "time-primary-2")),
    ("multiverse: an option missing", "options_complete", drop("multiverse_choices", "tau2_method-PM")),
    ("multiverse: first option called an error", "prespecified_defensible",
     multi("crossover_r-implied", kind="error")),
    ("claim replaced by a new one unknown to the code", "claim_known",
     cell("claims", "unmet_need", claim_id="new_need"),
     cell("judgements", "unmet_need--testable", claim_id="new_need")),
    ("interval half-width put in the SD column (change rows)", "contrast_against_spreads",
     o(FL, sd="0.45", lower95="", upper95=""), o(FP, sd="0.45", lower95="", upper95="")),
    ("how_read 'abstract' with location Table 3", "how_read_fits_location", o(IL, how_read="abstract")),
    ("direction row with a value", "value_and_unit",
     o("younger2009-heat-pain-threshold-w8-ldn-direction", value="0.4")),
]  # fmt: skip


@pytest.fixture(scope="module")
def data():
    return Data(ROOT / "data")


def test_the_unchanged_data_are_valid(data):
    assert data.problems({}) == []


@pytest.mark.parametrize(("fault", "rule", "edits"), [(f, r, e) for f, r, *e in FAULTS])
def test_each_fault_is_refused(data, fault, rule, edits):
    found = data.refused(*edits)
    assert rule in found, (fault, found)


@pytest.mark.skipif(not REVIEW.is_file(), reason="the review does not lie beside the repository")
def test_every_fault_of_the_review_is_here():
    with REVIEW.open(newline="", encoding="utf-8") as file:
        named = {row["change_to_valid_data"] for row in csv.DictReader(file)}
    assert named == {fault for fault, *_ in FAULTS}
