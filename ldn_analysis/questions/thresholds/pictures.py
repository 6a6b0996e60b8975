"""Pictures of pain thresholds: the pilot's numbers beside the randomised trials', each in its own unit.

Left favours LDN in every strip: where a higher value is better the axis is turned.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from ldn_analysis.display.axes import ZERO, beside, place, write
from ldn_analysis.display.rows import Look, Mark, Row, draw, text_width, wrap
from ldn_analysis.display.style import INK, MEANING, MUTED, paper, responsive, tidy
from ldn_analysis.display.words import interval, minus_signs, number, of_level, rows_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


NAMED = 0.1
"""Inches above a strip for the names of the groups."""

BELOW = 0.14
"""Inches more where the values do not fit beside the name."""


@dataclass(frozen=True, slots=True)
class _Strip:
    """A measure with its values, or in words alone; `head` opens a group."""

    head: str = ""
    name: str = ""
    words: str = ""
    better: str = "higher"
    estimate: float = math.nan
    lower: float = math.nan
    upper: float = math.nan
    placebo: float = math.nan
    ldn: float = math.nan
    mark: str = "s"

    @property
    def arms(self) -> bool:
        """Whether the groups stand apart, each with its name."""
        return math.isfinite(self.placebo) or math.isfinite(self.ldn)

    @property
    def drawn(self) -> list[float]:
        values = (self.estimate, self.lower, self.upper, self.placebo, self.ldn)
        return [value for value in values if math.isfinite(value)]


@responsive
def pilot_and_trials(
    pilot: pd.DataFrame, tests: pd.DataFrame, average: Any = None, *, caution: str = "", width: float
) -> Figure:
    """The pilot's changes, and the randomised trials' differences with their intervals, a strip a measure.

    Parameters
    ----------
    pilot : ``measure unit better placebo ldn difference p_value``, from `thresholds.pilot_thresholds`.
    tests : ``label instrument unit better yi lower upper inputs``, from `thresholds.threshold_tests`.
    average : both legs as one, from `thresholds.pressure_average`: a diamond below them.
    caution : what the pilot is, in a few words.
    """
    strips = _pilot_strips(pilot, caution) + _trial_strips(tests, average)
    lines = [wrap(strip.head or strip.name, width - 0.3, _size(strip, width), True) for strip in strips]
    heights = [_height(*pair, width) for pair in zip(strips, lines, strict=True)]
    figure, top = paper(width, sum(heights) + 0.15), 0.1
    for strip, named, tall in zip(strips, lines, heights, strict=True):
        _draw(figure, strip, named, top, width)
        top += tall
    return figure


@responsive
def standardised(table: pd.DataFrame, *, mid: float | None, level: float = 0.95, width: float) -> Figure:
    """Differences in SDs (`thresholds.standardised_rows`); the axis is turned, so that left favours LDN."""
    rows = []
    for r in rows_of(table):
        words, ends = (interval(r.estimate, r.lower, r.upper),), (-r.estimate, -r.upper, -r.lower)
        mark: Mark = "diamond" if r.pooled else "dot"
        colour = MEANING["summary"] if r.pooled else INK
        rows.append(Row(r.label, *ends, (), words, mark, colour=colour, bold=r.pooled))
    look = Look(
        label_head="Measure",
        right_heads=(f"estimate [{of_level(level)}]",),
        band=(-mid, mid) if mid else None,
        xlabel="difference in SDs of change (above zero: better)",
    )
    figure = draw(rows, look, width)
    figure.axes[0].xaxis.set_major_formatter(lambda at, _: minus_signs(f"{0.0 - at:g}"))
    return figure


def _size(strip: _Strip, width: float) -> float:
    return 10 if strip.head else 9.5 if width > 5 else 8.5


def _one_line(strip: _Strip, lines: list[str], width: float) -> bool:
    """Whether the values fit beside the name of the measure."""
    size = _size(strip, width)
    return width > 5 and text_width(lines[-1], size, True) + text_width(strip.words, size) + 0.5 < width


def _height(strip: _Strip, lines: list[str], width: float) -> float:
    text = 0.19 * len(lines)
    if strip.head:
        return text + 0.12
    below = 0.0 if _one_line(strip, lines, width) else BELOW
    return text + below + (0.7 + NAMED * strip.arms if strip.drawn else 0.16)


def _pilot_strips(pilot: pd.DataFrame, caution: str) -> list[_Strip]:
    if not len(pilot):
        return []
    strips = [_Strip(head=f"The pilot{': ' + caution if caution else ''}")]
    for row in pilot.to_dict("records"):
        p = f"p {row['p_value']:.3f}" if math.isfinite(row["p_value"]) else "no p value"
        if math.isfinite(row["ldn"]):
            placebo = number(row["placebo"]) if math.isfinite(row["placebo"]) else ""
            words = f"LDN {number(row['ldn'])}, placebo {placebo} {row['unit']}; {p}"
            if not placebo:
                words = f"LDN {number(row['ldn'])} {row['unit']}, placebo not printed; {p}"
        else:
            words = f"no number printed, {p}: not reported as improved"
        changes = {"better": str(row["better"]), "placebo": row["placebo"], "ldn": row["ldn"]}
        strips.append(_Strip(name=str(row["measure"]), words=words, **changes))
    return strips


def _trial_strips(tests: pd.DataFrame, average: Any) -> list[_Strip]:
    strips = []
    for label, part in tests.groupby("label", sort=False):
        strips.append(_Strip(head=f"Randomised, double-blind: {label}, LDN minus placebo"))
        for row in part.to_dict("records"):
            ends = row["yi"], row["lower"], row["upper"]
            words, better = f"{interval(*ends, 1)} {row['unit']}", str(row["better"])
            strips.append(_Strip("", str(row["instrument"]), words, better, *ends))
            if average is not None and average.inputs[-1] in row["inputs"]:
                mean, (low, high) = average.estimate, average.ci
                words = f"{interval(mean, low, high, 1)} {average.unit}"
                name = f"both legs, averaged (assumed r = {average.correlation:g})"
                strips.append(_Strip("", name, words, better, mean, low, high, mark="D"))
    return strips


def _draw(figure: Figure, strip: _Strip, lines: list[str], top: float, width: float) -> None:
    wide, size = width > 5, _size(strip, width)
    colour = MEANING["summary"] if strip.head else INK
    for i, line in enumerate(lines):
        write(figure, 0.1, top + 0.19 * i, line, va="top", fontweight="bold", fontsize=size, color=colour)
    if strip.head:
        return
    low = top + 0.19 * len(lines)
    fits = _one_line(strip, lines, width)
    x, y, align = (width - 0.1, low - 0.19, "right") if fits else (0.1, low, "left")
    write(figure, x, y, strip.words, va="top", ha=align, fontsize=size)
    if strip.drawn:  # 0.68: room for the words at the axis' better end
        down = 0.08 + (0.0 if fits else BELOW) + NAMED * strip.arms
        _axis(place(figure, 0.68, low + down, 0.96 * width - 0.68, 0.2), strip, wide)


def _axis(axes: Axes, strip: _Strip, wide: bool) -> None:
    reach = 1.18 * max([abs(value) for value in strip.drawn] or [1.0]) or 1.0
    turned, colour = strip.better == "higher", INK if strip.mark == "s" else MEANING["summary"]
    axes.set_xlim(reach if turned else -reach, -reach if turned else reach)
    axes.set_ylim(-1, 1)
    axes.axvline(0, **ZERO)
    if math.isfinite(strip.lower):
        axes.plot([strip.lower, strip.upper], [0, 0], color=colour, lw=1.5)
    if math.isfinite(strip.estimate):
        axes.plot([strip.estimate], [0], strip.mark, ms=7, color=colour)
    groups = [("placebo", strip.placebo, "white"), ("LDN", strip.ldn, MEANING["ldn"])]
    groups = [group for group in groups if math.isfinite(group[1])]
    for name, value, fill in groups:
        axes.plot([value], [0], "o", ms=8, mew=1.4, mfc=fill, mec=INK)
        left = turned == (value == max(at for _, at, _ in groups))
        across, align = ((4, "right") if left else (-4, "left")) if len(groups) > 1 else (0, "center")
        beside(axes, name, (value, 0), (across, 7), ha=align, fontsize=8.8)
    axes.set_yticks([])
    axes.locator_params(axis="x", nbins=7 if wide else 5)
    look: dict[str, Any] = {"ha": "right", "va": "center", "fontsize": 8.8, "color": MUTED}
    beside(axes, "← better", (0, 0.5), (-3, 0), xycoords="axes fraction", **look)
    tidy(axes)
