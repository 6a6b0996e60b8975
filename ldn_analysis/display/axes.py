"""What figures share besides their subject: panels and places, and marks that mean the same in each."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ldn_analysis.display.style import INK, MEANING, MUTED, paper

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ZERO: dict[str, Any] = {"color": INK, "lw": 1}
"""How the line of no difference looks."""
THRESHOLD: dict[str, Any] = {"color": MEANING["threshold"], "lw": 1.2, "ls": (0, (4, 3))}
"""How a line at a difference that matters looks."""
PLAIN: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "pad": 1}
"""The ground of words that stand on lines."""


def panels(width: float, height: float, rows: int, columns: int, **how: Any) -> tuple[Figure, list[Axes]]:
    """A figure with `rows` x `columns` axes, laid out by itself, and the axes in reading order; `how` goes to
    ``Figure.subplots``."""
    figure = paper(width, height, "constrained")
    return figure, list(figure.subplots(rows, columns, squeeze=False, **how).ravel())


def place(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Axes at inches from the top left."""
    w, h = figure.get_size_inches()
    return figure.add_axes((left / w, 1 - (top + height) / h, width / w, height / h))


def beside(axes: Axes, text: str, at: tuple[float, float], by: tuple[float, float], **look: Any) -> None:
    """Text beside a place of the axes, `by` so many points across and up."""
    axes.annotate(text, at, by, textcoords="offset points", **look)


def apart(places: Sequence[float], least: float) -> list[float]:
    """Places of names that stand beside what they name, each at least `least` from the next."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    free = list(places)
    for below, above in itertools.pairwise(order):
        free[above] = max(free[above], free[below] + least)
    return free


def write(figure: Figure, x: float, y: float, text: str, **look: Any) -> None:
    """Text at inches from the top left."""
    w, h = figure.get_size_inches()
    properties: dict[str, Any] = {"va": "center", "ha": "left", "fontsize": 9.0} | look
    figure.text(x / w, 1 - y / h, text, **properties)


def write_lines(axes: Axes, x: float, y: float, lines: Iterable[str], step: float, **look: Any) -> None:
    """Lines of text below each other, the first at `y`, the next `step` further."""
    for i, line in enumerate(lines):
        axes.text(x, y + step * i, line, va="center", **look)


def flags(axes: Axes, marks: Sequence[tuple[float, str]], top: float, middle: float) -> None:
    """Dotted lines at values of the axis, with their words at height `top`: on the left of a value beyond
    `middle`, or of one that has another on its right."""
    for value, words in marks:
        axes.axvline(value, color=MUTED, lw=1, ls=":")
        flip = value > middle or any(value < other for other, _ in marks)
        across, side = (-4, "right") if flip else (4, "left")
        beside(axes, words, (value, top), (across, 0), ha=side, va="top", fontsize=9)


def threshold_lines(line: Callable[..., Any], mid: float | None, low: float, high: float) -> None:
    """Lines (``axes.axhline`` or ``axes.axvline``) at -`mid` and `mid`, where they lie within the limits."""
    for edge in (-mid, mid) if mid else ():
        if low < edge < high:
            line(edge, **THRESHOLD)


def cut_line(
    axes: Axes, ends: tuple[float, float], y: float, limits: tuple[float, float], *, head: float, **look: Any
) -> None:
    """A horizontal interval; an end beyond `limits` is an arrowhead of size `head` at the edge."""
    low, high = max(ends[0], limits[0]), min(ends[1], limits[1])
    axes.plot([low, high], [y, y], solid_capstyle="butt", **look)
    tip = {"color": look["color"], "zorder": look.get("zorder", 2) + 2}
    for end, beyond, way in ((low, ends[0] < limits[0], "<"), (high, ends[1] > limits[1], ">")):
        if beyond:
            axes.plot([end], [y], marker=way, ms=head, clip_on=False, **tip)


def logs(ratio: float, lower: float, upper: float) -> tuple[float, float, float]:
    """Logarithms of a ratio and its limits; NaN for what has none."""
    logarithms = (math.log(r) if math.isfinite(r) and r > 0 else math.nan for r in (ratio, lower, upper))
    return next(logarithms), next(logarithms), next(logarithms)


RATIOS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0)


def ratio_ticks(axes: Axes, ratios: Iterable[float] = RATIOS, sign: int = 1) -> None:
    """Ticks at those `ratios` that an axis of logarithms (times `sign`) shows, read as ratios."""
    low, high = axes.get_xlim()
    visible = [r for r in ratios if low <= sign * math.log(r) <= high]
    axes.set_xticks([sign * math.log(r) for r in visible], [f"{r:g}" for r in visible])
