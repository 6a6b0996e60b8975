"""What is reported and what is missing: each cell of the matrices against the rows behind it."""

import dataclasses
import math

import pytest

from ldn_analysis import contrasts, evidence
from ldn_analysis.questions import studies, summary


@pytest.fixture(scope="module")
def matrix(ev):
    return studies.outcome_matrix(ev)


def state(matrix, study, outcome):
    return matrix[(matrix["study_id"] == study) & (matrix["outcome"] == outcome)]["state"].item()


def test_outcomes_read_by_hand(matrix):
    """INNOVA gives both groups' events; the pilot counts under the drug alone; Paula has no row of pain."""
    assert state(matrix, "innova2026", "pain") == "estimate"
    assert state(matrix, "innova2026", "adverse events") == "estimate"
    assert state(matrix, "innova2026", "stopping") == "unknown"
    assert state(matrix, "younger2009", "adverse events") == "without"
    assert state(matrix, "younger2009", "pain thresholds") == "estimate"
    assert state(matrix, "parkitny2017", "pain") == "without"
    assert state(matrix, "paula2023", "pain") == "unknown"


def test_every_reported_outcome_is_in_a_cell(ev, matrix):
    held = {key for keys in matrix["inputs"] for key in keys}
    outcomes = ev.outcomes[ev.outcomes["statistic"] != "r squared"]
    outcomes = outcomes[~((outcomes["week"] == 0) & (outcomes["statistic"] == "mean"))]
    assert held == set(outcomes["outcome_id"]) | set(ev.events["event_id"])
    assert set(matrix["state"]) <= set(studies.STATES)


def test_a_registered_outcome_that_is_not_reported(ev):
    registry = ev.studies.set_index("study_id").loc["innova2026", "registry"]
    record = dict.fromkeys(ev.records.columns, "") | {
        "registry_ids": registry, "primary_outcome": "Pain; pain thresholds by algometer"
    }  # fmt: skip
    import pandas as pd

    more = dataclasses.replace(ev, tables={**ev.tables, "records": pd.DataFrame([record])})
    found = studies.outcome_matrix(more)
    assert state(found, "innova2026", "pain thresholds") == "planned"
    assert state(found, "innova2026", "pain") == "estimate"


def test_reviews_and_the_trials_of_their_time(ev):
    table = studies.review_matrix(ev)
    later = table[table["state"] == "later"]
    years = ev.studies.set_index("label")["year"]
    assert (later["label"].map(years) > later["year"]).all()
    assert (
        table[table["state"] == "unknown"]["label"].map(years) <= table[table["state"] == "unknown"]["year"]
    ).all()
    assert table["review"].nunique() == ev.published_syntheses["synthesis_id"].nunique()


def test_no_information_counts_neither_for_nor_against(ev):
    table = studies.bias_judged(ev).set_index("study_id")
    assert table.loc["final2024", ["judged", "unjudged"]].tolist() == [5, 0]
    assert table.loc["innova2026", ["judged", "unjudged"]].tolist() == [3, 2]
    parts = table[["low", "some", "high"]].sum(axis=1)
    assert (parts == table["judged"]).all()
    assert studies.words.judged(studies.bias_judged(ev)).startswith("We could judge 15 of 33 questions")


def test_the_reading_list_names_open_texts_and_what_was_read(ev):
    table = studies.reading_list(ev).set_index("study_id")
    assert "younger2009" not in table.index  # read in full
    assert table.loc["bested2023", "open_text"] == "PMC10789452"
    assert table.loc["innova2026", "open_text"] == "PMC13322712"
    assert len(table) == len(ev.studies) - 1


def test_the_table_of_studies_speaks_to_readers(ev):
    table = studies.study_table(ev, studies.pain_pool(ev)).set_index("study_id")
    assert set(table.index[table["standing"] == studies.IN_POOL]) == {
        "younger2013",
        "final2024",
        "innova2026",
    }
    text = " ".join(table["standing"])
    assert "study set" not in text and "final2024" not in text
    assert "Due Bruun et al. 2024 (FINAL)" in table.loc["finalqst2025", "standing"]
    assert studies.pain_pool(ev.as_of(2012)) is None
    assert len(studies.study_table(ev.as_of(2012), None)) == 3


def test_what_is_registered(ev):
    text = studies.words.registered(evidence.unreported(ev))
    assert "never run: Dose finding in juvenile fibromyalgia (Stanford)" in text
    assert "No registered trial" in studies.words.registered(evidence.unreported(ev.as_of(1990)))


def test_studies_and_their_reports_are_told_apart():

    def said(*counts: int) -> str:
        return studies.words.evidence_base(studies.Base(*counts))

    assert said(14, 6, 3, 223, 16, 1, 0).endswith(
        "We read one of their 16 reports in full, none of these three."
    )
    assert said(14, 6, 3, 223, 16, 5, 3).endswith(
        "We read five of their 16 reports in full, all of these three."
    )
    assert said(14, 6, 1, 28, 16, 5, 1).endswith("five of their 16 reports in full, this one's among them.")
    assert said(3, 1, 1, 28, 3, 0, 0).endswith("We read none of their 3 reports in full.")
    assert said(2, 1, 0, 0, 2, 2, 0).endswith("We read all of their 2 reports in full.")
    assert said(1, 0, 0, 0, 1, 1, 0).endswith("We read its report in full.")


def test_people_are_at_least_those_of_the_trials_that_say(ev):
    rows = evidence.once(ev.studies)[:2]
    assert studies.words.people(evidence.enrolled(rows)) == f"{rows['n_randomised'].sum():g} people"
    silent = rows.assign(n_randomised=[31.0, math.nan], n_analysed=math.nan)
    assert studies.words.people(evidence.enrolled(silent)) == "at least 31 people"
    silent["n_randomised"] = math.nan
    assert studies.words.people(evidence.enrolled(silent)) == "an unknown number of people"


def test_reasons_hold_no_names_of_sets(ev):
    """Why a study is not in the pool is said in words, in the table of the pool and in that of all."""
    for study_set in ("primary", "with_pilot", "all_randomised"):
        table = contrasts.derive(ev, study_set=study_set).table
        reasons = " ".join(table["exclusion_reason"])
        assert not any(name in reasons for name in ("primary'", "with_pilot", "all_randomised"))
    listed = " ".join(studies.study_table(ev, studies.pain_pool(ev, "all"))["standing"])
    assert "Not among" not in listed
    assert "Single-blind pilot with placebo always first" in listed


def test_a_registration_without_a_title_is_named_by_its_number():
    row = {"registry_id": "NCT1", "title": None, "condition": "fibromyalgia", "n_planned": float("nan"),
           "status_as_read": float("nan"), "dates": None}  # fmt: skip
    assert summary.words.registered(row) == "NCT1: fibromyalgia."
    assert summary.words.registered(row | {"title": "A trial"}) == "NCT1, A trial: fibromyalgia."


def test_studies_of_one_name_have_a_line_each(ev):
    alike = ev.studies.assign(label="Kim 2020")
    named = dataclasses.replace(ev, tables={**ev.tables, "studies": alike})
    matrix = studies.outcome_matrix(named)
    lights = studies.bias_judged(named)
    lights = lights.assign(domain="overall", judgement="low")
    for figure, lines in (
        (studies.pictures.matrix(matrix, "study_id", "outcome", studies.STATES), len(alike)),
        (studies.pictures.traffic_light(lights), len(lights)),
    ):
        texts = [text.get_text() for axes in figure.axes for text in axes.texts]
        assert texts.count("Kim 2020") == lines
    said = studies.words.missing(matrix)
    assert said == "Pain, the most reported, has numbers against a control in 4 of 16 reports."


def test_findings_for_readers_leave_out_what_an_analyst_may_do(ev):
    table = studies.findings_as_read(ev).set_index("check")
    assert table.loc["direction_unsaid", "rule"] == "nothing says which group did better"
    assert not table["rule"].str.contains("favours|type the|placebo row").any()
    assert len(table) == len(ev.findings) and table["label"].isin(ev.studies["label"]).all()
