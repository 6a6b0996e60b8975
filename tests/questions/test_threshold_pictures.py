"""Figures of pain thresholds draw at both widths, with nothing beyond the edge."""

import pandas as pd
import pytest
from test_responder_pictures import both, inside

from ldn_analysis.questions import thresholds


def test_pilot_beside_the_trial_left_is_better(ev):
    pilot = thresholds.pilot_thresholds(ev)
    tests = thresholds.threshold_tests(ev, family="all_exploratory")
    for figure in both(thresholds.pictures.pilot_and_trials(pilot, tests, caution="single-blind")):
        assert not inside(figure)
        said = " ".join(t.get_text() for t in figure.texts)
        assert "kPa" in said and "kg/cm²" in said and "single-blind" in said
        assert "no number printed" in said  # cold
        turned = [axes.get_xlim()[0] > axes.get_xlim()[1] for axes in figure.axes]
        higher = list(pilot.loc[pilot["ldn"].notna(), "better"]) + list(tests["better"])
        assert turned == [better == "higher" for better in higher]


def test_the_mean_of_both_legs_stands_once_below_them(ev):
    """Also where other trials have the same label, and where a trial's legs are of two reports."""
    tests = thresholds.threshold_tests(ev, family="all_exploratory")
    average = thresholds.pressure_average(tests, 0.5)
    other = tests.assign(trial_id="other", inputs=[(f"{key}-other",) for (key, *_) in tests["inputs"]])
    for rows in (
        tests,
        pd.concat([tests, other], ignore_index=True),
        tests.assign(label=[*"ABCDEFG"][: len(tests)]),
    ):
        for figure in both(thresholds.pictures.pilot_and_trials(tests.head(0), rows, average)):
            words = [text.get_text() for text in figure.texts]
            legs = [text for text in words if text.startswith(("both legs", *average.parts))]
            assert [text.startswith("both") for text in legs].count(True) == 1
            assert legs[2] == "both legs, averaged (assumed r = 0.5)"
            assert not inside(figure)


@pytest.mark.parametrize("names", [["x" * 40] * 4, ["Cold, (mean) PRESSURE"] * 4])
def test_long_names_stay_on_the_page(ev, names):
    tests = thresholds.threshold_tests(ev).assign(instrument=names)
    for figure in both(thresholds.pictures.pilot_and_trials(thresholds.pilot_thresholds(ev).head(0), tests)):
        assert not inside(figure)
