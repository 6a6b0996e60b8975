"""Where the estimates of a multiverse lie, by kind: at a glance, before the choices behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ldn_analysis.display.axes import PLAIN, THRESHOLD, ZERO, beside, cut_line, place, write
from ldn_analysis.display.rows import text_width
from ldn_analysis.display.style import COLOURS, INK, MEANING, MUTED, paper, responsive, tidy
from ldn_analysis.questions.multiverse.pictures import KIND_LOOK, KIND_NAME, POINTS, Axis, _ticks, _window
from ldn_analysis.questions.multiverse.words import share_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LANE, WORDS = 0.95, 0.24
"""Inches of a kind's lane, and of the words above its bars."""


@responsive
def estimates_by_kind(
    mv: Any,
    scale: str,
    *,
    row: int | None = None,
    threshold: float | None = None,
    axis: Axis = POINTS,
    width: float,
) -> Figure:
    """How often each estimate comes out, a lane for each kind of analysis, and how many clearly favour LDN.

    Parameters
    ----------
    mv : models.Multiverse
    scale : option of its scale choice.
    row : the specification to mark (the default one).
    threshold : line at minus this value.
    axis : its words; ratios are estimated as logarithms and read as ratios.

    Notes
    -----
    Line below the bars: from the median of the lower to the median of the upper limits.
    """
    panels = [(kind, np.flatnonzero(mv.where(kind=kind, scale=scale))) for kind in KIND_LOOK]
    panels = [(kind, rows) for kind, rows in panels if len(rows)]
    window = _window(mv, [rows for _, rows in panels], [0.0])
    edges = np.linspace(*window, 121)
    figure = paper(width, LANE * len(panels) + 0.55)
    for i, (kind, rows) in enumerate(panels):
        colour, _, _ = KIND_LOOK[kind]
        clear = mv.upper[rows] < 0 if axis.favours.startswith("below") else mv.lower[rows] > 0
        share = share_words(float(clear.mean()), len(rows))
        verb = "favours" if share in ("none", "it") else "favour"
        words = f"{KIND_NAME[kind].capitalize()} ({len(rows):,}): {share} clearly {verb} LDN"
        write(figure, 0.08, LANE * i + 0.14, words, fontweight="bold", fontsize=9.5 if width > 5 else 8.5)
        axes = place(figure, 0.08, LANE * i + WORDS, width - 0.16, LANE - WORDS - 0.05)
        counts, _ = np.histogram(mv.estimate[rows], edges)
        axes.stairs(counts / counts.max(), edges, fill=True, color=colour, zorder=3)
        ends = float(np.median(mv.lower[rows])), float(np.median(mv.upper[rows]))
        cut_line(axes, ends, -0.25, window, head=5, color=colour, lw=2, zorder=3)
        axes.axvline(0, **ZERO)
        if threshold:
            axes.axvline(-threshold, **THRESHOLD)
            if not i:
                words, room = "relief that matters", (-threshold - window[0]) / (window[1] - window[0])
                left = room * (width - 0.16) > text_width(words, 8.5)  # it would leave the paper
                look = {"ha": "right" if left else "left", "fontsize": 8.5, "color": MEANING["threshold"]}
                beside(axes, words, (-threshold, 1.05), (-4 if left else 4, 0), va="top", **look)
        if row is not None and (rows == row).any():
            at = float(mv.estimate[row]), 0.55
            axes.plot(*at, marker="*", ms=13, color=COLOURS["yellow"], mec=INK, mew=1, zorder=6)
            reach = (text_width("our default", 8.5) + 0.2) * (window[1] - window[0]) / (width - 0.16)
            lines = [0.0, -threshold] if threshold else [0.0]
            right, left = (any(0 < side * (line - at[0]) < reach for line in lines) for side in (1, -1))
            side = -1 if right and not left else 1  # beside the star, over no line where that can be
            look = {"ha": "left" if side > 0 else "right", "va": "center", "fontsize": 8.5, "zorder": 5}
            beside(axes, "our default", at, (10 * side, 0), bbox=PLAIN, **look)
        axes.set_xlim(*window)
        axes.set_ylim(-0.5, 1.1)
        axes.set_yticks([])
        tidy(axes)
        if i < len(panels) - 1:
            axes.set_xticks([])
            axes.spines["bottom"].set_visible(False)
        else:
            _ticks(axes.xaxis, axis, window)
    label = f"{axis.label} ({axis.favours})"
    write(figure, width / 2, LANE * len(panels) + 0.38, label, ha="center", color=MUTED)
    return figure
