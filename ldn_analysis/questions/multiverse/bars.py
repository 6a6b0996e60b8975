"""Bars for a multiverse: what one decision alone does."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from ldn_analysis.display.axes import ZERO, cut_line, place, write
from ldn_analysis.display.rows import wrap
from ldn_analysis.display.style import COLOURS, INK, MUTED, paper, responsive, tidy
from ldn_analysis.display.words import interval
from ldn_analysis.questions.multiverse.pictures import KIND_LOOK, KIND_NAME, POINTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINE = 0.16


@dataclass(frozen=True, slots=True)
class Step:
    """One bar, from `start` to `end`, with the interval of its end; a star instead of a bar if `start` is not
    a number."""

    label: str
    start: float
    end: float
    lower: float
    upper: float
    kind: str


def _bar(axes: Axes, y: float, step: Step, limits: tuple[float, float]) -> None:
    """One step at height `y`: its interval as a line that is cut at the axis, its change as a bar."""
    colour, hatch, _ = KIND_LOOK[step.kind]
    if math.isfinite(step.lower):
        cut_line(axes, (step.lower, step.upper), y, limits, head=4, color=MUTED, lw=1, zorder=2)
    marker, size, fill = "*", 11, COLOURS["yellow"]
    if math.isfinite(step.start):
        marker, size, fill = "o", 6, colour
        bar: dict[str, Any] = {"width": step.end - step.start, "left": step.start, "height": 0.15}
        axes.barh(y, **bar, color=colour, alpha=0.55, lw=0, zorder=3)
        axes.barh(y, **bar, fill=False, hatch=hatch, edgecolor=colour, lw=1, zorder=4)
    axes.plot([step.end], [y], marker=marker, ms=size, color=fill, mec=INK, mew=0.8, zorder=5)


def _draw(steps: Sequence[Step], width: float, limits: tuple[float, float]) -> Figure:
    """Steps below each other, words on the left (on a phone above), the number on the right."""
    wide = width > 5
    size = 8.8 if wide else 8.4
    left, right = (3.75, 1.75) if wide else (0.1, 0.1)
    values = [interval(step.end, step.lower, step.upper) for step in steps]
    texts = [wrap(step.label, left - 0.3 if wide else width - 0.3, size) for step in steps]
    if not wide:
        texts = [[*text, value] for text, value in zip(texts, values, strict=True)]
    lanes = [max(0.26, LINE * len(text) + 0.1) if wide else LINE * len(text) + 0.3 for text in texts]
    top, tall = 0.39, sum(lanes)
    figure = paper(width, top + tall + 0.99)
    axes = place(figure, left, top, width - left - right, tall)
    axes.set_xlim(*limits)
    axes.set_ylim(tall, 0)
    if wide:  # on a phone the words stand on the lines
        axes.axvline(0, **ZERO, zorder=1)
        axes.grid(axis="x", lw=0.6)
    at = 0.0
    for step, lane, text, value in zip(steps, lanes, texts, values, strict=True):
        middle = at + lane / 2 if wide else at + LINE * len(text) + 0.13
        first = middle - LINE * (len(text) - 1) / 2 if wide else at + 0.09
        if not wide:
            axes.plot([0, 0], [middle - 0.14, middle + 0.14], **ZERO, zorder=1)
        _bar(axes, middle, step, limits)
        for i, part in enumerate(text):
            colour = MUTED if not wide and i == len(text) - 1 else INK
            write(figure, 0.2 if wide else 0.12, top + first + LINE * i, part, fontsize=size, color=colour)
        if wide:
            write(figure, width - 0.05, top + middle, value, ha="right", fontsize=size)
        at += lane
    axes.set_yticks([])
    tidy(axes)
    axes.patch.set_alpha(0)
    axes.locator_params(axis="x", nbins=6)
    _foot(figure, steps, top + tall + 0.12, (left + width - right) / 2, wide)
    return figure


def _foot(figure: Figure, steps: Sequence[Step], y: float, middle: float, wide: bool) -> None:
    """What the axis shows and what the patterns mean."""
    from matplotlib.patches import Patch

    label = f"{POINTS.label} ({POINTS.favours})"
    write(figure, middle, y + 0.28, label, ha="center", color=MUTED, fontsize=9 if wide else 8.5)
    drawn = {step.kind for step in steps if math.isfinite(step.start)}
    handles = [
        Patch(facecolor=colour + "8c", edgecolor=colour, hatch=hatch, label=KIND_NAME[kind])
        for kind, (colour, hatch, _) in KIND_LOOK.items()
        if kind in drawn
    ]
    h = figure.get_size_inches()[1]
    figure.legend(handles=handles, loc="center", bbox_to_anchor=(0.5, 1 - (y + 0.6) / h), ncols=3,
                  fontsize=8.8 if wide else 8, handlelength=1.6, columnspacing=1.2)  # fmt: skip


@responsive
def tornado(
    table: pd.DataFrame,
    start: Any,
    *,
    names: Mapping[str, str] | None = None,
    most: int = 28,
    width: float,
) -> Figure:
    """What each single decision does to the default estimate.

    Parameters
    ----------
    table : of `models.one_at_a_time`.
    start : models.Specification
        The one that the decisions start from.
    names : study_id to label.
    most : rows that are drawn, the largest differences first (on a phone, twelve).
    """
    names = names or {}
    rows = table.reindex(table["difference"].abs().sort_values(ascending=False, kind="stable").index)
    steps = [Step("default analysis", math.nan, start.estimate, start.lower, start.upper, start.kind)]
    for row in rows.head(most if width > 5 else 12).to_dict("records"):
        title = names.get(row["title"], row["title"])
        ends = (row["estimate"], row["lower"], row["upper"])
        steps.append(Step(f"{title}: {row['label']}", start.estimate, *ends, row["kind"]))
    values = [s.end for s in steps] + [0.0]
    span = max(values) - min(values)
    limits = (min(values) - 0.3 * span, max(values) + 0.3 * span)
    return _draw(steps, width, limits)
