"""Bars for a multiverse: what one decision alone does."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ldn_analysis.display.axes import ZERO, cut_line, place, write
from ldn_analysis.display.rows import wrap
from ldn_analysis.display.style import COLOURS, INK, MUTED, paper, responsive, tidy
from ldn_analysis.display.words import interval
from ldn_analysis.questions.multiverse.pictures import KIND_LOOK, KIND_NAME, POINTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINE, HEAD = 0.16, 0.26
"""Inches of a line of words, and of what stands above the steps of a kind."""


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
    heads = [_head(steps, i) for i in range(len(steps))]
    values = [interval(step.end, step.lower, step.upper) for step in steps]
    texts = [wrap(step.label, left - 0.3 if wide else width - 0.3, size) for step in steps]
    if not wide:
        texts = [[*text, value] for text, value in zip(texts, values, strict=True)]
    lanes = [max(0.26, LINE * len(text) + 0.1) if wide else LINE * len(text) + 0.3 for text in texts]
    top, tall = 0.1, sum(lanes) + HEAD * sum(map(bool, heads))
    figure = paper(width, top + tall + 0.6)
    axes = place(figure, left, top, width - left - right, tall)
    axes.set_xlim(*limits)
    axes.set_ylim(tall, 0)
    if wide:  # on a phone the words stand on the lines
        axes.axvline(0, **ZERO, zorder=1)
        axes.grid(axis="x", lw=0.6)
    at = 0.0
    for step, head, lane, text, value in zip(steps, heads, lanes, texts, values, strict=True):
        if head:
            write(figure, 0.05, top + at + 0.6 * HEAD, head, fontsize=size, fontweight="bold")
            at += HEAD
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
    label = f"{POINTS.label} ({POINTS.favours})"
    look = {"ha": "center", "color": MUTED, "fontsize": 9 if wide else 8.5}
    write(figure, (left + width - right) / 2, top + tall + 0.4, label, **look)
    return figure


def _head(steps: Sequence[Step], i: int) -> str:
    """What stands above the first step of each kind."""
    first = math.isfinite(steps[i].start) and not (
        math.isfinite(steps[i - 1].start) and steps[i - 1].kind == steps[i].kind
    )
    return KIND_NAME[steps[i].kind].capitalize() if first else ""


@responsive
def tornado(
    table: pd.DataFrame,
    start: Any,
    *,
    names: Mapping[str, str] | None = None,
    most: int = 28,
    width: float,
) -> Figure:
    """What each single decision does to the default estimate, by kind; the largest differences first.

    Parameters
    ----------
    table : of `models.one_at_a_time`.
    start : models.Specification
        The one that the decisions start from.
    names : study_id to label.
    most : rows that are drawn, the largest differences first (on a phone twelve), and each kind's largest.
    """
    names = names or {}
    rows = table.reindex(table["difference"].abs().sort_values(ascending=False, kind="stable").index)
    steps = [Step("default analysis", math.nan, start.estimate, start.lower, start.upper, start.kind)]
    largest = np.arange(len(rows)) < (most if width > 5 else min(most, 12))
    rows = rows[largest | ~rows["kind"].duplicated()]
    for row in rows.sort_values(
        "kind", key=lambda kind: kind.map(list(KIND_LOOK).index), kind="stable"
    ).to_dict("records"):
        title = names.get(row["title"], row["title"])
        ends = (row["estimate"], row["lower"], row["upper"])
        steps.append(Step(f"{title}: {row['label']}", start.estimate, *ends, row["kind"]))
    values = [s.end for s in steps] + [0.0]
    span = max(values) - min(values)
    limits = (min(values) - 0.3 * span, max(values) + 0.3 * span)
    return _draw(steps, width, limits)
