"""Curves: a conclusion over a range of an assumption, and what a Bayesian analysis believes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ldn_analysis.display.axes import PLAIN, ZERO, beside, flags, threshold_lines
from ldn_analysis.display.rows import wrap
from ldn_analysis.display.style import COLOURS, FAINT, INK, MEANING, MUTED, new_figure, responsive, tidy
from ldn_analysis.display.words import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ldn_analysis.errors import FloatArray

    Curves = Sequence[tuple[str, Sequence[float] | FloatArray]]

_STYLES: list[Any] = ["-", (0, (5, 2)), (0, (1, 1)), (0, (4, 1, 1, 1)), (0, (8, 3))]
_COLOURS = [MEANING["summary"], MEANING["prediction"], COLOURS["green"], INK, COLOURS["purple"]]


def _lines(axes: Axes, x: Any, curves: Curves) -> None:
    """A line each, told apart by colour and dashes."""
    for (name, values), colour, style in zip(curves, _COLOURS, _STYLES, strict=False):
        axes.plot(x, values, color=colour, ls=style, lw=2, label=name)


@responsive
def sweep(
    x: Sequence[float],
    estimate: Sequence[float],
    limits: Sequence[tuple[float, float]],
    *,
    xlabel: str,
    ylabel: str = "mean difference, NRS points",
    marks: Sequence[tuple[float, str]] = (),
    turns: Sequence[float] = (),
    mid: float | None = None,
    width: float,
) -> Figure:
    """The pooled mean and its interval over a range of one assumption.

    `limits` are the intervals, one for each value of `x`. `marks` are values of the assumption with words
    (for example what the paper implies); `turns` are values at which the conclusion flips, found by the
    caller.
    """
    lower, upper = [low for low, _ in limits], [high for _, high in limits]
    figure, axes = new_figure(width, 3.3)
    colour = MEANING["summary"]
    axes.fill_between(x, lower, upper, fc=(colour, 0.18), ec=colour, lw=0.8, label="interval")
    axes.plot(x, estimate, color=MEANING["summary"], lw=2, label="mean")
    axes.axhline(0, **ZERO)
    threshold_lines(axes.axhline, mid, min(lower) - 0.3, max(upper) + 0.3)
    low, high = min([*lower, 0.0]), max([*upper, 0.0])
    pad = 0.14 * (high - low)
    axes.set_ylim(low - pad, high + 1.6 * pad)
    flags(axes, marks, high + 1.4 * pad, (x[0] + x[-1]) / 2)
    for value in turns:
        axes.axvline(value, color=MEANING["prediction"], lw=1.5)
        look = {"va": "bottom", "color": MEANING["prediction"], "fontsize": 9}
        beside(axes, f"flips at {number(value)}", (value, low - pad), (4, 3), **look)
    axes.set_xlim(min(x), max(x))
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel + "\n(below 0 favours LDN)")
    tidy(axes, left=True)
    return figure


@responsive
def density(
    x: Sequence[float],
    curves: Curves,
    *,
    xlabel: str,
    mid: float | None = None,
    shade: Sequence[tuple[float, float, str]] = (),
    width: float,
) -> Figure:
    """Probability densities on one axis; the first is filled, the others are dashed lines; each has its name
    beside it.

    `shade` holds ranges (low, high, words) of the first curve that are named above it: the lowest in the
    colour of LDN, which it favours, the highest in that of placebo, grey between them.
    """
    figure, axes = new_figure(width, 3.2)
    at = np.asarray(x, dtype=float)
    first = np.asarray(curves[0][1], dtype=float)
    axes.fill_between(at, 0, first, color=FAINT, lw=0, alpha=0.6)
    fills = [MEANING["ldn"], *[FAINT] * (len(shade) - 2), MEANING["placebo"]]
    for i, (low, high, words) in enumerate(shade):
        part = (at >= low) & (at <= high)
        axes.fill_between(at[part], 0, first[part], fc=fills[i], ec=MUTED, lw=0.6, alpha=0.75)
        name = "\n".join(wrap(words, 1.0 if width < 5 else 1.4, 9))
        centred: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 9, "bbox": PLAIN}
        axes.text((low + high) / 2, 1.15 * first.max(), name, **centred)
    _lines(axes, at, curves)
    for i, ((name, values), colour) in enumerate(zip(curves, _COLOURS, strict=False)):
        height = (0.2 if i else 0.8) * min(first.max(), 4 * max(values))
        right = at[np.asarray(values) >= height][-1]
        look = {"color": colour, "fontsize": 9, "va": "center", "bbox": PLAIN}
        beside(axes, "\n".join(wrap(name, 1.2, 9)), (right, height), (8, 6), **look)
    axes.axvline(0, **ZERO)
    threshold_lines(axes.axvline, mid, at[0], at[-1])
    axes.set_xlim(at[0], at[-1])
    axes.set_ylim(0, 1.32 * first.max() if shade else None)
    axes.set_yticks([])
    axes.set_xlabel(xlabel if width > 5 else xlabel.replace(", ", ",\n"))
    tidy(axes)
    return figure


@responsive
def probabilities(
    x: Sequence[float], curves: Curves, *, xlabel: str, marks: Sequence[tuple[float, str]] = (), width: float
) -> Figure:
    """Probabilities (0 to 1) over a range of a threshold or a prior's scale, one line each."""
    figure, axes = new_figure(width, 3.1)
    _lines(axes, x, curves)
    flags(axes, marks, 1.06, (x[0] + x[-1]) / 2)
    axes.set_ylim(0, 1.08 if marks else 1.02)
    axes.set_xlim(min(x), max(x))
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1.0], ["0", "25%", "50%", "75%", "100%"])
    axes.grid(axis="y", lw=0.8)
    axes.set_xlabel(xlabel)
    axes.set_ylabel("probability")
    figure.legend(loc="outside upper left", ncols=1)
    tidy(axes, left=True)
    return figure
