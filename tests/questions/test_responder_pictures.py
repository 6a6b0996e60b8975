"""Figures of responders draw at both widths, with nothing beyond the edge."""

from ldn_analysis import display, models
from ldn_analysis.questions import responders


def inside(figure):
    """The text that leaves the figure, if any."""
    display.to_png(figure, 60)
    width, height = figure.get_size_inches() * figure.dpi
    texts = [t for t in [*figure.texts, *(t for a in figure.axes for t in a.texts)] if t.get_text()]
    boxes = [(t.get_text(), t.get_window_extent()) for t in texts]
    return [t for t, b in boxes if b.x0 < -2 or b.y0 < -2 or b.x1 > width + 2 or b.y1 > height + 2]


def both(figure):
    return [figure, figure.narrow()]


def test_forest_has_the_counts_and_left_is_better(ev):
    contrasts = responders.responder_contrasts(ev)
    for figure in both(responders.pictures.responder_forest(contrasts)):
        assert not inside(figure)
        assert "20/49" in display.to_svg(figure)
        at = [tick.get_position()[0] for tick in figure.axes[0].get_xticklabels()]
        words = [float(tick.get_text()) for tick in figure.axes[0].get_xticklabels()]
        assert words == sorted(words, reverse=True) or at == sorted(at, reverse=True)  # left favours LDN
        assert "← favours LDN" in display.to_svg(figure)


def test_spreads_show_every_kind_of_interval(ev):
    found = responders.spread_ratio(ev)
    for figure in both(responders.pictures.spread_ratios(found.table, found.intervals, at=found.at)):
        assert not inside(figure)
        drawn = display.to_svg(figure)
        assert "Together: Wald" in drawn and "1.2: strong relief in some" in drawn


def test_shift(ev):
    """A diamond for each prediction, at minus its value: left favours LDN."""
    table = responders.shift_table(responders.trial_arms(ev))
    found = responders.shift_differences(table, responders.responder_contrasts(ev))
    for figure in both(responders.pictures.shift_against_observed(found)):
        assert not inside(figure)
        assert "INNOVA" in display.to_svg(figure)
        diamonds = [line.get_xdata()[0] for line in figure.axes[0].lines if line.get_marker() == "D"]
        assert sorted(diamonds) == sorted(-100 * found["predicted"])


def test_chance_of_r_squared():
    simulated = models.simulate_r_squared(10, 0.3, draws=2000)
    for r2, limits in ((0.8, (0.4, 0.9)), (0.99, (0.9, 1.0)), (0.01, (0.0, 0.3))):
        figure = responders.pictures.chance_of_r2(simulated, reported=r2, truth=0.3, limits=limits)
        for drawn in both(figure):
            assert not inside(drawn)
            assert f"reported: {100 * r2:.0f}%" in display.to_svg(drawn)
