"""Bars for a multiverse: what one decision alone does."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ldn_analysis.display.axes import ZERO, cut_line, place, write
from ldn_analysis.display.rows import wrap
from ldn_analysis.display.style import COLOURS, FAINT, INK, MUTED, paper, responsive, tidy
from ldn_analysis.display.words import number
from ldn_analysis.questions.multiverse.pictures import KIND_LOOK, KIND_NAME

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Step:
    """One bar, from `start` to `end`, with the interval of its end; `mark` instead of a bar if `start` is
    not a number."""

    label: str
    start: float
    end: float
    lower: float = math.nan
    upper: float = math.nan
    kind: str = "defensible"
    mark: str = "*"


def _bar(axes: Axes, y: float, step: Step, limits: tuple[float, float], tall: float) -> None:
    """One step at height `y`: its interval as a line that is cut at the axis, its change as a bar."""
    colour, hatch, _ = KIND_LOOK[step.kind]
    if math.isfinite(step.lower):
        cut_line(axes, (step.lower, step.upper), y, limits, head=4, color=MUTED, lw=1, zorder=2)
    if math.isfinite(step.start):
        axes.barh(
            y, step.end - step.start, left=step.start, height=tall, color=colour, alpha=0.55, lw=0, zorder=3,
        )  # fmt: skip
        axes.barh(
            y, step.end - step.start, left=step.start, height=tall, fill=False, hatch=hatch, edgecolor=colour,
            lw=1, zorder=4,
        )  # fmt: skip
    fill = {"*": COLOURS["yellow"], "D": INK}.get(step.mark, colour)
    size = 11 if step.mark == "*" else 6
    axes.plot([step.end], [y], marker=step.mark, ms=size, color=fill, mec=INK, mew=0.8, zorder=5)


@dataclass(frozen=True, slots=True)
class _Group:
    title: str
    steps: tuple[Step, ...]
    note: str = ""


def _draw(
    groups: Sequence[_Group], width: float, xlabel: str, limits: tuple[float, float], linked: bool
) -> Figure:
    """Groups of steps below each other, words on the left (on a phone above), the number on the right."""
    wide = width > 5
    size = 8.8 if wide else 8.4
    left, right = (3.75, 1.75) if wide else (0.1, 0.1)
    line = 0.16
    words = [[wrap(s.label, left - 0.3 if wide else width - 0.3, size) for s in g.steps] for g in groups]

    def values(step: Step) -> str:
        if not math.isfinite(step.lower):
            return number(step.end)
        return f"{number(step.end)} [{number(step.lower)}, {number(step.upper)}]"

    if not wide:
        words = [[[*w, values(s)] for w, s in zip(ws, g.steps, strict=True)]
                 for ws, g in zip(words, groups, strict=True)]  # fmt: skip
    heads = [wrap(g.title, width - 0.2, 9.5, True) for g in groups]
    notes = [wrap(g.note, width - 0.2, 8.4) if g.note else [] for g in groups]
    lane = [[max(0.26, line * len(w) + 0.1) if wide else line * len(w) + 0.3 for w in ws] for ws in words]
    heights = [sum(rows) for rows in lane]
    above = [0.19 * len(h) + line * len(n) + 0.12 for h, n in zip(heads, notes, strict=True)]
    figure = paper(width, sum(heights) + sum(above) + 0.12 * len(groups) + 0.95)
    y = 0.08
    for group, head, note, rows, texts, up, tall in zip(
        groups, heads, notes, lane, words, above, heights, strict=True
    ):
        for i, text in enumerate(head):
            write(figure, 0.08, y + 0.1 + 0.19 * i, text, fontweight="bold", fontsize=9.5)
        for i, text in enumerate(note):
            write(figure, 0.08, y + 0.1 + 0.19 * len(head) + line * i, text, color=MUTED, fontsize=8.4)
        y += up
        if not rows:
            y += 0.12
            continue
        axes = place(figure, left, y, width - left - right, tall)
        axes.set_xlim(*limits)
        axes.set_ylim(tall, 0)
        if wide:  # on a phone the words stand on the lines
            axes.axvline(0, **ZERO, zorder=1)
            axes.grid(axis="x", lw=0.6)
        at, last = 0.0, None
        for step, height, text in zip(group.steps, rows, texts, strict=True):
            middle = at + height / 2 if wide else at + line * len(text) + 0.13
            if not wide:
                axes.plot([0, 0], [middle - 0.14, middle + 0.14], **ZERO, zorder=1)
            if wide and linked and last is not None and math.isfinite(step.start):
                axes.plot([step.start] * 2, [last, middle], color=MUTED, lw=0.8, ls=":", zorder=1)
            _bar(axes, middle, step, limits, 0.15)
            for i, part in enumerate(text):
                first = y + middle - line * (len(text) - 1) / 2 if wide else y + at + 0.09
                write(figure, 0.2 if wide else 0.12, first + line * i, part, fontsize=size,
                       color=MUTED if not wide and i == len(text) - 1 else INK)  # fmt: skip
            if wide:
                write(figure, width - 0.05, y + middle, values(step), ha="right", fontsize=size)
            at, last = at + height, middle
        _plain(axes, last_group=group is groups[-1])
        y += tall + 0.12
    _foot(figure, groups, y, left, width - right, xlabel, wide)
    return figure


def _plain(axes: Axes, last_group: bool) -> None:
    axes.set_yticks([])
    tidy(axes)
    axes.patch.set_alpha(0)
    axes.locator_params(axis="x", nbins=6)
    if not last_group:
        axes.set_xticklabels([])
        axes.tick_params(axis="x", length=0)
        axes.spines["bottom"].set_color(FAINT)


def _foot(
    figure: Figure, groups: Sequence[_Group], y: float, left: float, right: float, xlabel: str, wide: bool
) -> None:
    """What the axis shows and what the patterns mean."""
    from matplotlib.patches import Patch

    write(figure, (left + right) / 2, y + 0.28, xlabel, ha="center", color=MUTED, fontsize=9 if wide else 8.5)
    seen = [k for k in KIND_LOOK if any(s.kind == k for g in groups for s in g.steps if s.start == s.start)]
    looks = [(k, *KIND_LOOK[k][:2]) for k in seen]
    handles = [
        Patch(facecolor=c + "8c", edgecolor=c, hatch=hatch, label=KIND_NAME[k]) for k, c, hatch in looks
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
    xlabel: str = "mean difference, NRS points (below 0 favours LDN)",
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
        steps.append(Step(f"{title}: {row['label']}", start.estimate, *ends, row["kind"], "o"))
    values = [s.end for s in steps] + [0.0]
    span = max(values) - min(values)
    limits = (min(values) - 0.3 * span, max(values) + 0.3 * span)
    return _draw([_Group("", tuple(steps))], width, xlabel, limits, False)
