"""Published reviews side by side: what each found, and what separates its nearest analysis from ours."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ldn_analysis.display.axes import ZERO, place, write
from ldn_analysis.display.rows import wrap
from ldn_analysis.display.style import COLOURS, FAINT, INK, MUTED, paper, responsive, tidy
from ldn_analysis.display.words import number, spoken

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LINE = 0.165
NEAREST = "the nearest of our analyses (not the authors' own)"
"""What all columns but the first are about."""


@responsive
def reviews_and_decisions(
    reviews: Sequence[Any],
    keys: Sequence[Collection[str]],
    decisions: Mapping[str, str],
    *,
    width: float,
) -> Figure:
    """Each published result with its interval, and the decisions of the analysis that comes nearest.

    Parameters
    ----------
    reviews : `multiverse.Reconciliation`, one a result; those that were not searched are left out.
    keys : for each of `reviews`, the keys of `decisions` that apply (`multiverse.decisions_of`).
    decisions : key to words, in the order of the columns.
    """
    shown = sorted(
        ((r, m) for r, m in zip(reviews, keys, strict=True) if r.path is not None),
        key=lambda pair: (pair[0].measure, pair[0].estimate),
    )
    wide = width > 5
    cell, gap = (0.3, 0.18) if wide else (0.24, 0.12)
    left, grid = 2.55 if wide else 0.1, cell * len(decisions) + gap
    lane = 0.4 if wide else 0.62
    names = [wrap(r.label, left - 0.2 if wide else width - 0.2, 8.8) for r, _ in shown]
    top = LINE * (len(decisions) + 1) + gap + 0.15
    body = lane * len(shown)
    figure = paper(width, top + body + 0.56)
    axes = place(figure, left, top, width - left - grid - 0.2, body)
    ends = [v for r, _ in shown for v in (r.lower, r.upper)] + [0.0]
    pad = 0.05 * (max(ends) - min(ends)) + 0.02
    axes.set_xlim(min(ends) - pad, max(ends) + pad)
    axes.set_ylim(len(shown), 0)
    if wide:
        axes.axvline(0, **ZERO)
    # The first column, a fact of the review itself, stands apart from those of the nearest analysis.
    columns = [width - grid + cell * (j + 0.5) + (gap - 0.1 if j else -0.1) for j in range(len(decisions))]
    size = 8.8 if wide else 8.4
    write(figure, columns[-1] + 0.05, 0.1, NEAREST, ha="right", fontsize=size, color=MUTED)
    for j, (x, words) in enumerate(zip(columns, decisions.values(), strict=True)):
        # the words of a column end at its line, none on another's
        y = LINE * (len(decisions) - j + 0.5) + 0.03 + (0 if j else gap / 2)
        write(figure, x - 0.08, y, words, ha="right", fontsize=size)
        _column(figure, x, y, top + body if wide else top)
    for i, (r, kinds) in enumerate(shown):
        middle = i + (0.5 if wide else 0.72)
        if not wide:  # a line from top to bottom would cross the words above each interval
            axes.plot([0, 0], [middle - 0.2, middle + 0.2], **ZERO)
        axes.plot([r.lower, r.upper], [middle] * 2, color=COLOURS["blue"], lw=1.8, solid_capstyle="butt")
        axes.plot(
            [r.estimate], [middle], "D" if r.measure == "MD" else "o", ms=6, color=COLOURS["blue"], mec=INK
        )
        y = top + lane * middle
        words = f"{r.measure} {spoken(r.estimate, r.lower, r.upper)}"
        lines = [*names[i], words] if wide else [" ".join(names[i]) + f", {words}"]
        for m, text in enumerate(lines if wide else wrap(lines[0], width - 0.15, 8.4)):
            above = y + LINE * (m - (len(lines) - 1) / 2) if wide else top + lane * i + 0.1 + LINE * m
            colour = MUTED if wide and m == len(lines) - 1 else INK
            write(figure, 0.05, above, text, fontsize=size, color=colour)
        for x, name in zip(columns, decisions, strict=True):
            mark, size_of_mark, colour = ("●", 10, INK) if name in kinds else ("·", 8, MUTED)
            write(figure, x, y, mark, ha="center", fontsize=size_of_mark, color=colour)
    axes.set_yticks([])
    axes.patch.set_alpha(0)
    axes.locator_params(axis="x", nbins=5)
    axes.xaxis.set_major_formatter(lambda v, _: number(v, 1) if math.isfinite(v) else "")
    tidy(axes)
    axes.spines["bottom"].set_color(FAINT)
    foot = top + body + 0.36
    note = "left of 0 favours LDN; diamond: points, circle: standardised"
    across, align = ((left + width - grid) / 2, "center") if wide else (0.05, "left")
    write(figure, across, foot, note, ha=align, color=MUTED, fontsize=9)
    return figure


def _column(figure: Figure, x: float, first: float, last: float) -> None:
    """A thin line from the words of a column down to its marks, in inches from the top left."""
    from matplotlib.lines import Line2D

    w, h = figure.get_size_inches()
    down = [1 - y / h for y in (first, first, last)]
    figure.add_artist(Line2D([(x - 0.05) / w, x / w, x / w], down, color=FAINT, lw=0.8, zorder=0))
