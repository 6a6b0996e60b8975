"""What the check of November 2026 brought: tables of context, levels of reading, years, models' p values."""

from itertools import pairwise

import pandas as pd
import pytest
from mutations import spoil

from ldn_analysis import contrasts, evidence
from ldn_analysis.errors import InputError
from ldn_analysis.evidence.vocabulary import READINGS, may_be_read, readable

# Tables of context ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "before", "after", "column", "rule"),
    [
        ("registrations", "NCT04739995,innova2026", "NCT04739995,final2024", "study_id", "is a study whose"),
        ("registrations", ",innova2026,", ",nobody2001,", "study_id", "is no study_id"),
        ("registrations", ",2007,2026-11,", ",2027,2026-11,", "registered", "not be after last_seen"),
        ("registrations", ",2007,2026-11,", ",2007,November,", "last_seen", "must match"),
        ("registrations", ",120,98,", ",120,-98,", "n_reached", "at least 0"),
        ("registrations", ",75,,", ",many,,", "n_planned", "whole number"),
        ("pilot_participants", "younger2009,2,54,", "younger2009,1,54,", "participant", "listed already"),
        ("pilot_participants", ",1,22,11,", ",1,22,23,", "illness_years", "above age_years (22)"),
        ("pilot_participants", ",21.8,", ",218,", "bmi", "at most 100"),
        ("discontinuation", ",31,27,87,", ",31,37,87,", "stopped", "must not be above n (31)"),
        ("discontinuation", ",31,27,87,", ",31,27,78,", "percent_stopped", "27 of 31"),
        ("discontinuation", ",115,,36,,11,", ",115,,36,,116,", "adverse_effects", "must not be above n"),
        ("responder_benchmarks", ",30.8,29.4,32.3,", ",30.8,29.4,132.3,", "upper95", "at most 100 percent"),
        ("responder_benchmarks", ",1.38,1.27,1.49,", ",1.38,0,1.49,", "lower95", "above zero"),
        ("responder_benchmarks", ",1.38,1.27,1.49,", ",1.38,1.47,1.49,", "lower95", "above value"),
        ("responder_benchmarks", ",18.8,17.5,20.1,", ",18.8,17.5,,", "upper95", "both limits"),
        ("events", ",16,28,57,yes", ",,28,,yes", "events", "percent and n are printed"),
        ("outcomes", "text,mixed model on daily", "text,a model on daily", "p_value_from", "must be one of"),
        ("studies", ",2013,Metyas et al. 2013", ",1013,Metyas et al. 2013", "first_public", "at least 1900"),
    ],
)  # fmt: skip
def test_a_broken_cell_is_named(copy, problems, file, before, after, column, rule):
    spoil(copy, f"{file}.csv", before, after)
    found = [(p.file, p.column) for p in problems(copy) if rule in p.rule]
    assert (f"{file}.csv", column) in found


def test_more_participants_than_were_analysed(copy, problems):
    with (copy / "pilot_participants.csv").open("a", encoding="utf-8") as file:
        file.write("younger2009-p11,younger2009,11,40,5,25,60,10\n")
    assert "more participants here than were analysed (10)" in problems(copy)[0].rule


def test_an_event_with_a_percentage_alone(copy):
    spoil(copy, "events.csv", ",16,28,57,yes", ",,28,57,yes")
    ev = evidence.load(copy)
    assert evidence.source_of(ev, "younger2013-pain-response-30-ldn").value == "57% of 28"
    row = contrasts.event_table(ev, "pain response 30%").set_index("study_id").loc["younger2013"]
    assert (row["a"], row["n1"]) == (16, 28)  # the one whole number of 28 that is 57 percent


def test_where_rows_of_context_come_from(ev):
    def said(key):
        return evidence.source_of(ev, key)

    assert (said("NCT04739995").value, said("NCT04739995").label) == (
        "98 reached; 120 planned",
        "Rodríguez-Freire et al. 2026 (INNOVA)",
    )
    assert said("younger2009-p6").value == "age 55; ill for 5 years; BMI 40.7; FIQ 60.8; ESR 50 mm/h"
    assert said("irwin2024-discontinuation").value == "27/31"
    assert said("driver2023-discontinuation").value == "36% of 115"
    assert said("hauser2011_placebo_30").value == "30.8 (29.4 to 32.3)"
    assert said("NCT02107014").unit == ""
    assert "p of a mixed model on daily reports" in (
        said("younger2009-symptom-severity-ldn-placebo-paired-difference").more
    )


def test_keys_are_those_of_one_row_of_one_table(ev):
    keys = [key for table in ev.tables.values() for key in table.iloc[:, 0]]
    assert len(keys) == len(set(keys))


# Levels of reading ------------------------------------------------------------------------------------------


def test_each_reading_keeps_what_the_narrower_ones_keep(ev):
    kept = [set(readable(ev.outcomes, reading)["outcome_id"]) for reading in READINGS]
    assert all(few < more for few, more in pairwise(kept))
    assert set(readable(ev.outcomes, "all")["outcome_id"]) == set(ev.outcomes["outcome_id"])


@pytest.mark.parametrize(
    ("how_read", "kept_by"),
    [
        ("full text", ("read by us", "transcribed", "all")),
        ("abstract", READINGS),
        ("registry", READINGS),
        ("derived", ("read by us", "transcribed", "all")),
        ("transcribed", ("transcribed", "all")),
        ("abstract+transcribed", ("transcribed", "all")),
        ("secondary", ("all",)),
        ("digitised", ("all",)),
        ("title only", ("all",)),
    ],
)
def test_what_a_reading_keeps(how_read, kept_by):
    assert {reading for reading in READINGS if may_be_read(how_read, reading)} == set(kept_by)


def test_an_unknown_reading():
    with pytest.raises(InputError, match="'read by us'"):
        may_be_read("abstract", "read by me")


def test_the_pilot_is_read_by_us(ev):
    by_us = contrasts.derive(
        ev, "symptom severity", "SMD", study_set="with_pilot", reading="read by us"
    ).table
    pilot = by_us[by_us["study_id"] == "younger2009"]
    assert pilot["included"].any()
    strict = contrasts.derive(ev, "symptom severity", "SMD", study_set="with_pilot", reading="abstract").table
    assert not strict.loc[strict["study_id"] == "younger2009", "included"].any()


# p values of models, and one measure a study ----------------------------------------------------------------


def test_an_error_from_a_models_p_value_is_called_approximate(ev):
    why = contrasts.derive(ev, "symptom severity", "SMD", study_set="with_pilot").explanation("younger2009")
    daily = [s for s in why if s.quantity.endswith("SE of the difference, approximate")]
    assert any("mixed model on daily reports" in s.note for s in daily)
    table = contrasts.derive(ev, "symptom severity", "SMD", study_set="with_pilot").table
    row = table[(table["study_id"] == "younger2009") & table["included"]].iloc[0]
    assert "SE is approximate" in row["derivation"]
    crossover = contrasts.derive(ev, "pain").explanation("younger2013")
    assert not any("approximate" in s.quantity for s in crossover)  # its test is not in what we read


@pytest.mark.parametrize("outcome", ["pain", "symptom severity"])
@pytest.mark.parametrize("study_set", ["primary", "with_pilot", "all_randomised"])
@pytest.mark.parametrize("measure", ["MD", "SMD"])
def test_a_study_enters_a_pool_once(ev, outcome, study_set, measure):
    table = contrasts.derive(ev, outcome, measure, study_set=study_set).table
    used = table[table["included"]]
    assert used["study_id"].is_unique
    if study_set != "with_pilot":
        assert "younger2009" not in set(used["study_id"])
    fiq = table[(table["study_id"] == "younger2009") & (table["instrument"] == "FIQ")]
    assert not fiq["included"].any() and fiq["exclusion_reason"].ne("").all()


@pytest.mark.parametrize("outcome", ["pain threshold", "function", "memory"])
def test_the_pilot_never_enters_a_randomised_set(ev, outcome):
    for study_set in ("primary", "all_randomised"):
        table = contrasts.derive(ev, outcome, study_set=study_set).table
        assert "younger2009" not in set(table.loc[table["included"], "study_id"])


# Years ------------------------------------------------------------------------------------------------------


def test_a_meeting_abstract_counts_from_its_year(ev):
    assert "metyas2018" not in set(ev.as_of(2012).studies["study_id"])
    then = ev.as_of(2013)
    row = then.studies.set_index("study_id").loc["metyas2018"]
    assert (row["label"], row["year"]) == ("Metyas et al. 2013 (meeting abstract)", 2013)
    printed = then.printed["studies"].set_index("study_id").loc["metyas2018"]
    assert (printed["label"], printed["year"]) == ("Metyas et al. 2013 (meeting abstract)", "2013")
    assert evidence.source_of(then, "metyas2018-symptom-severity-w13-ldn-mean").label == row["label"]
    assert set(then.outcomes.query("study_id == 'metyas2018'")["value"]) == {19.5}
    assert then.as_of(2012).studies["study_id"].tolist() == ev.as_of(2012).studies["study_id"].tolist()
    today = ev.as_of(2018).studies.set_index("study_id").loc["metyas2018"]
    assert (today["label"], today["year"]) == ("Metyas et al. 2018", 2018)


def test_registrations_as_of_a_year(ev):
    then = ev.as_of(2016).registrations.set_index("registry_id")
    assert set(then.index) == {"NCT00568555", "NCT02806440"}
    assert then.loc["NCT00568555", "study_id"] == "younger2013"
    assert pd.isna(then.loc["NCT02806440", "study_id"])  # reported in 2023
    assert then["status_as_read"].isna().all() and then["n_reached"].isna().all()  # seen in 2026
    assert set(ev.as_of(2006).registrations["registry_id"]) == set()
    pd.testing.assert_frame_equal(
        ev.as_of(2026).registrations.drop(columns="line"), ev.registrations.drop(columns="line")
    )


def test_other_tables_of_context_as_of_2016(ev):
    then = ev.as_of(2016)
    assert then.discontinuation.empty
    assert len(then.pilot_participants) == 10
    assert len(then.responder_benchmarks) == 4
    assert "omeract2015_between_group" in set(then.clinical_thresholds["threshold_id"])
    assert not set(then.published_syntheses["synthesis_id"])
    assert "saif2026" not in set(ev.as_of(2025).published_syntheses["synthesis_id"])
    assert "saif2026" in set(ev.as_of(2026).published_syntheses["synthesis_id"])
    assert "bioavailability-naltrexone" in set(then.pharmacology["pharmacology_id"])
    assert "kd-md2-plus-naltrexone" not in set(then.pharmacology["pharmacology_id"])


@pytest.mark.parametrize(("weeks", "asked"), [("56", True), ("53", False), ("52", False), ("49", False)])
def test_a_registration_of_over_a_year_in_whole_weeks_is_asked_whether_these_are_days(copy, weeks, asked):
    spoil(copy, "registrations.csv", "4.5,placebo,8,", f"4.5,placebo,{weeks},")
    found = evidence.load(copy).findings.query("check == 'registration_unusual'")
    assert found["rule"].str.contains("is over a year: are these days?", regex=False).any() == asked


@pytest.mark.parametrize("year", range(2005, 2027))
def test_every_view_keeps_its_keys(ev, year):
    view = ev.as_of(year)
    for name, resource in view.package.resources.items():
        for link in resource.foreign_keys:
            held = view.tables[name][link.column].dropna()
            assert held.isin(view.tables[link.table][link.key]).all(), (name, link.column)
        assert list(view.printed[name].iloc[:, 0]) == list(view.tables[name].iloc[:, 0])
