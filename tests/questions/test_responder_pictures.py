"""Figures of responders draw at both widths, with nothing beyond the edge."""

import pytest

from ldn_analysis import display, evidence, models
from ldn_analysis.questions import responders


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


def test_forest_and_numbers_needed(ev):
    contrasts = responders.responder_contrasts(ev)
    for figure in both(responders.pictures.responder_forest(contrasts)):
        assert not inside(figure)
        assert "20/49" in display.to_svg(figure)
    pooled = contrasts[contrasts["pooled"]]
    for figure in both(responders.pictures.needed_scale(pooled)):
        assert not inside(figure)
        assert "∞" in display.to_svg(figure)


def test_shift(ev):
    table = responders.shift_table(responders.trial_arms(ev))
    for figure in both(responders.pictures.shift_against_observed(table)):
        assert not inside(figure)
        assert len(figure.axes) == 2
        assert "INNOVA" in display.to_svg(figure)


def test_mixture_curves(ev):
    plans, _ = responders.mixture_plans(responders.trial_arms(ev)[0], [0.1, 0.3], n=(25, 100), draws=50)
    for figure in both(responders.pictures.mixture_power_curves(plans, trial_n=49)):
        assert not inside(figure)
        assert "this arm: 49" in display.to_svg(figure)


def test_chance_of_r_squared():
    simulated = models.simulate_r_squared(10, 0.3, draws=2000)
    for figure in both(responders.pictures.chance_of_r2(simulated, reported=0.8, truth=0.3)):
        assert not inside(figure)
        assert "reported: 0.80" in display.to_svg(figure)
