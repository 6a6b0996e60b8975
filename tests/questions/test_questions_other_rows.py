"""Further rows of the smaller tables leave the numbers of the earlier ones alone."""

from dataclasses import replace

import pandas as pd
import pytest

from ldn_analysis import evidence
from ldn_analysis.questions.dosing.analysis import registered_comparisons
from ldn_analysis.questions.dosing.reconstruction import published_dose_finding
from ldn_analysis.questions.next_trial.registered import registered_designs
from ldn_analysis.questions.pain.sensitivity import drug_gain
from ldn_analysis.questions.responders.analysis import usual_response


def with_row(ev, table, key, **cells):
    """The evidence with a copy of a row, changed."""
    frame = ev.tables[table]
    one = frame[frame[frame.columns[0]] == key].assign(**cells)
    return replace(ev, tables=dict(ev.tables) | {table: pd.concat([frame, one], ignore_index=True)})


def changed(ev, table, key, **cells):
    frame = ev.tables[table].copy()
    for name, cell in cells.items():
        frame.loc[frame[frame.columns[0]] == key, name] = cell
    return replace(ev, tables=dict(ev.tables) | {table: frame})


def test_the_ed50_of_another_study_is_not_that_of_the_dose_finding_study(ev):
    more = with_row(
        ev,
        "pharmacology",
        "ed50-symptom-response-naltrexone",
        pharmacology_id="b",
        value=4.1,
        source="10.1234/x",
    )
    assert published_dose_finding(more) == published_dose_finding(ev)


def test_a_placebo_response_of_another_review_leaves_the_gain_of_drugs(ev):
    more = with_row(ev, "clinical_thresholds", "hauser2011_placebo", threshold_id="b2020_placebo", value=9.1)
    assert drug_gain(more) == drug_gain(ev)
    assert drug_gain(ev).points == pytest.approx(-0.627)


def test_a_difference_from_placebo_is_no_response_to_placebo(ev):
    what = "risk difference of a 30% response, drugs over placebo"
    more = with_row(
        ev, "responder_benchmarks", "hauser2011_placebo_30", benchmark_id="rd", what=what, value=11.0
    )
    pd.testing.assert_frame_equal(usual_response(more), usual_response(ev))


@pytest.mark.parametrize(
    ("status", "never"),
    [("Withdrawn", 1), ("Cancelled before recruitment", 1), ("Not authorised", 1), ("Terminated", 0)],
)
def test_a_trial_that_was_called_off_or_stopped_is_not_under_way(ev, status, never):
    more = changed(ev, "registrations", "NCT07285473", status_as_read=status)
    assert len(registered_comparisons(more)) == len(registered_comparisons(ev)) - 1
    assert len(registered_designs(more)) == len(registered_designs(ev)) - 1
    assert evidence.unreported(more)["never_run"].sum() == evidence.unreported(ev)["never_run"].sum() + never


def test_a_trial_whose_number_a_study_states_is_under_way_no_longer(ev):
    """Whoever adds its report need not touch the registration."""
    number = "NCT07285473"
    assert number in set(evidence.unreported(ev)["registry_id"])
    assert len(registered_comparisons(ev)) == 1
    told = changed(ev, "studies", "final2024", registry=f"NCT04270877; {number}")
    assert number not in set(evidence.unreported(told)["registry_id"])
    assert registered_comparisons(told).empty
