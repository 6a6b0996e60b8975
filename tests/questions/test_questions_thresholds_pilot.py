"""The pilot's thresholds: as its paper prints them, beside the trial, and in no pool."""

import math

import pytest

from ldn_analysis import evidence
from ldn_analysis.questions import thresholds


def test_changes_as_the_paper_prints_them(ev):
    table = thresholds.pilot_thresholds(ev).set_index("kind")
    mechanical = table.loc["mechanical"]
    assert (mechanical["baseline"], mechanical["placebo"], mechanical["ldn"]) == (1.02, -0.07, 0.22)
    assert mechanical["difference"] == pytest.approx(mechanical["ldn"] - mechanical["placebo"])
    assert (mechanical["p_value"], mechanical["unit"]) == (0.010, "kg/cm²")
    assert mechanical["p_value_from"] == "mixed model on laboratory visits"
    assert table.loc["heat", "ldn"] == 0.9 and math.isnan(table.loc["heat", "difference"])
    assert math.isnan(table.loc["heat", "placebo"])  # "unchanged", no number
    assert table.loc["cold", "p_value"] == 0.224 and math.isnan(table.loc["cold", "ldn"])
    assert (table["n"] == 10).all()


def test_improved_in_the_pilot_is_told_apart_from_shown_in_the_trial(ev):
    tests = thresholds.threshold_tests(ev)
    average = thresholds.pressure_average(tests)
    said = thresholds.pilot_beside_trial(thresholds.pilot_thresholds(ev), tests, average).set_index("kind")
    assert said.loc["mechanical", "pilot"].startswith("improved in the pilot: 0.29 kg/cm²")
    assert "not shown in the randomised trial" in said.loc["mechanical", "trial"]
    assert "no number for placebo" in said.loc["heat", "pilot"]
    assert said.loc["cold", "pilot"].startswith("not reported as improved")
    assert said.loc[["heat", "cold"], "trial"].str.startswith("not measured").all()
    for key in said["inputs"].explode():
        assert evidence.source_of(ev, key)


def test_then_and_under_other_readings(ev):
    then = ev.as_of(2016)
    said = thresholds.pilot_beside_trial(
        thresholds.pilot_thresholds(then), thresholds.threshold_tests(then), None
    )
    assert said["trial"].str.startswith("not measured").all()
    assert thresholds.pilot_thresholds(ev, "abstract").empty
    assert len(thresholds.pilot_thresholds(ev, "read by us")) == 3
    assert thresholds.pilot_caution(ev.as_of(2008)) == []
    assert "17 tests" in thresholds.pilot_caution(ev)[1]


def test_a_measure_stands_once_and_the_pilot_is_tested_nowhere(ev):
    measures = thresholds.threshold_measures(ev)
    mine = measures[measures["study_id"] == "younger2009"]
    assert not mine.duplicated("modality").any()
    assert mine.set_index("modality")["reported"].to_dict() == {
        "mechanical": "estimate", "heat": "words only", "cold": "words only",
    }  # fmt: skip
    assert "younger2009" not in set(thresholds.threshold_tests(ev)["study_id"])
