"""Figures of pain thresholds draw at both widths, with nothing beyond the edge."""

import math

import pytest

from ldn_analysis import display, evidence
from ldn_analysis.questions import thresholds


@pytest.fixture(scope="module")
def ev():
    return evidence.load()


def inside(figure):
    """The text that leaves the figure, if any."""
    display.to_png(figure, 60)
    width, height = figure.get_size_inches() * figure.dpi
    texts = [t for t in [*figure.texts, *(t for a in figure.axes for t in a.texts)] if t.get_text()]
    boxes = [(t.get_text(), t.get_window_extent()) for t in texts]
    return [t for t, b in boxes if b.x0 < -2 or b.y0 < -2 or b.x1 > width + 2 or b.y1 > height + 2]


def both(figure):
    return [figure, figure.narrow()]


def test_own_units_tells_which_side_is_better(ev):
    tests = thresholds.threshold_tests(ev, family="all_exploratory")
    for figure in both(thresholds.pictures.own_units(tests)):
        assert not inside(figure)
        svg = display.to_svg(figure)
        assert "kPa" in svg
        assert "LDN →" in svg
        assert "placebo →" in svg  # where lower is better


def test_harvest_shows_every_study_and_sets_the_acute_dose_apart(ev):
    directions = thresholds.threshold_directions(thresholds.threshold_measures(ev))
    directions.loc[0, ["direction", "note"]] = [math.nan, "its measures disagree"]
    for figure in both(thresholds.pictures.harvest(directions)):
        assert not inside(figure)
        said = " ".join(t.get_text() for t in figure.axes[0].texts)
        assert "apart" in said
        assert "Without a direction" in said
        for label in directions["label"]:
            assert label.split()[0] in said


def test_sweep_marks_what_is_assumed(ev):
    curve = thresholds.pressure_sweep(thresholds.threshold_tests(ev))
    for figure in both(thresholds.pictures.correlation_sweep(curve, assumed=0.5, xlabel="r", ylabel="kPa")):
        assert not inside(figure)
        assert "assumed: 0.5" in display.to_svg(figure)
