"""Pictures of a multiverse that stay readable at any number of specifications: densities, not points.

The specification curve with its dashboard follows Simonsohn, Simmons and Nelson (2020), the density of
subsets the GOSH plot (Olkin, Dahabreh and Trikalinos 2012). Where there are many specifications the dense
layers are small images of shares, so that a file's size does not grow with their number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ldn_analysis.display.axes import PLAIN, THRESHOLD, ZERO, apart, beside, place, write
from ldn_analysis.display.rows import text_width, wrap
from ldn_analysis.display.style import COLOURS, FAINT, INK, MUTED, paper, responsive, tidy
from ldn_analysis.display.words import number
from ldn_analysis.errors import BoolArray, FloatArray, IndexArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


KIND_LOOK: dict[str, tuple[str, str, Any]] = {
    "defensible": (COLOURS["blue"], "", "-"),
    "debatable": ("#9a8f3c", "////", (0, (5, 1.5))),
    "error": ("#5c1a3d", "xxxx", (0, (1.2, 1.2))),
}
"""Each kind's colour, hatch and line style: it is told by all three, and named. The colours differ in
lightness (46, 59 and 22 of 100), so that they differ in grey and for red-green blindness too."""

KIND_NAME = {"defensible": "defensible", "debatable": "debatable", "error": "with an error"}
RATIOS = (0.1, 0.2, 0.33, 0.5, 0.67, 1, 1.5, 2, 3, 5, 10)
MOST_TRIALS = 12
"""Trials that have a line of their own, by publication; the others are in the analyses all the same."""
BINS = 200
"""Columns into which the sorted specifications are put; with fewer, each has its own."""


def shaded(
    axes: Axes, shares: FloatArray, colour: str, extent: tuple[float, float, float, float], **look: Any
) -> None:
    """Shares as shades of a colour, over a part of the axes."""
    from matplotlib.colors import LinearSegmentedColormap

    shades = LinearSegmentedColormap.from_list("share", ["#ffffff", colour])
    axes.imshow(shares, extent=extent, aspect="auto", cmap=shades, interpolation="nearest", **look)


def _covered(
    groups: Sequence[IndexArray], lower: FloatArray, upper: FloatArray, at: FloatArray
) -> FloatArray:
    """Share of each group's intervals that hold each value of `at`, shape (values, groups)."""
    shares = np.empty((len(at), len(groups)))
    for j, rows in enumerate(groups):
        low, high = np.sort(lower[rows]), np.sort(upper[rows])
        covering = np.searchsorted(low, at, side="right") - np.searchsorted(high, at, side="left")
        shares[:, j] = covering / len(rows)
    if max(map(len, groups)) < 2:  # each specification has its own place: nothing to smooth
        return shares
    padded = np.pad(shares, ((0, 0), (3, 3)), mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, 7, axis=1).mean(axis=2)


def _options(mv: Any, scale: str) -> list[tuple[str, list[tuple[str, BoolArray]]]]:
    """Choices that vary on this scale: their titles, and which specifications have each option."""
    here = mv.where(scale=scale)
    groups = []
    for i, choice in enumerate(mv.choices):
        if choice.name in mv.scale_choices:
            continue
        codes = mv.codes[:, i]
        if choice.name == "studies":
            rows = [(study, mv.has(study)) for study in mv.studies]
            rows = [(name, has) for name, has in rows if has[here].any()]
        else:
            rows = [(label, codes == j) for j, label in enumerate(choice.labels)]
            rows = [(label, has) for label, has in rows if has[here].any()]
            if len(rows) < 2:
                continue
        drawn = rows[:MOST_TRIALS] if choice.name == "studies" else rows
        more = f" ({len(drawn)} of {len(rows)} drawn)" if len(drawn) < len(rows) else ""
        groups.append((choice.title + more, drawn))
    return groups


def _short(label: str) -> str:
    """A trial's short name: what stands in brackets, or the first author and the year."""
    inside = re.search(r"\(([^)]+)\)", label)
    return inside.group(1) if inside else label.replace(" et al.", "").replace(" & Mackey", "")


def _window(mv: Any, panels: Sequence[IndexArray], values: Sequence[float]) -> tuple[float, float]:
    """Height of the curve: all estimates and marked values, and some of their intervals."""
    estimates = np.concatenate([mv.estimate[p] for p in panels])
    low, high = min(estimates.min(), *values), max(estimates.max(), *values)
    pad = 0.35 * (high - low)
    return float(low - pad), float(high + pad)


@dataclass(frozen=True, slots=True)
class Axis:
    """Words at the axis of the estimates, and whether they are logarithms of ratios."""

    label: str = "mean difference, NRS points"
    favours: str = "below 0 favours LDN"
    ratio: bool = False


POINTS = Axis()


@responsive
def specification_curve(
    mv: Any,
    scale: str,
    *,
    row: int | None = None,
    published: Sequence[tuple[str, float, float, float]] = (),
    threshold: float | None = None,
    names: dict[str, str] | None = None,
    axis: Axis = POINTS,
    width: float,
) -> Figure:
    """Every specification on one scale, sorted by its estimate, with the options behind it.

    Parameters
    ----------
    mv : models.Multiverse
    scale : option of its scale choice.
    row : the specification to mark (the default one).
    published : label, estimate and limits of syntheses, marked where the curves pass their estimates.
    threshold : line at minus this value.
    names : study_id to the name in the dashboard.
    axis : its words; ratios are estimated as logarithms and read as ratios.

    Notes
    -----
    One panel for each kind. Line: the estimate. Shading: the share of the intervals around that place that
    hold the value. Dashboard: the share of the specifications around that place that have the option.
    """
    panels = [(k, np.flatnonzero(mv.where(kind=k, scale=scale))) for k in KIND_LOOK]
    panels = [(k, rows[np.argsort(mv.estimate[rows], kind="stable")]) for k, rows in panels if len(rows)]
    wide = width > 5
    size, line = (9.0, 0.172) if wide else (7.5, 0.158)
    groups_of = _named(_options(mv, scale), names or {}, wide)
    left = _left(groups_of, size, 3.1 if wide else 1.9)
    named = sorted(
        ((f"◆ {label.replace(' et al.', '')}", y) for label, y, *_ in published), key=lambda pair: -pair[1]
    )
    margin = max((text_width(name, 9.0) + 0.12 for name, _ in named if wide), default=0.1)
    each = (width - left - margin - 0.12 * (len(panels) - 1)) / len(panels)
    tall = 2.5 if wide else 2.3
    n_rows = sum(len(rows) + 1 for _, rows in groups_of)
    # A phone has no room beside the panels for the names of published estimates.
    below = f"Published, from the top: {', '.join(name for name, _ in named)}" if named and not wide else ""
    lines = wrap(below, width - 0.15, 9.0) if below else []
    top, gap = 0.42, 0.52 if n_rows else 0.34
    foot = top + tall + gap + n_rows * line + (0.1 if n_rows else 0.0)
    figure = paper(width, foot + 0.165 * len(lines) + 0.15)
    window = _window(mv, [rows for _, rows in panels], [0.0, *(p[1] for p in published)])
    for i, (kind, rows) in enumerate(panels):
        x = left + i * (each + 0.12)
        axes = place(figure, x, top, each, tall)
        _panel(axes, mv, kind, rows, window, row, published, threshold)
        title = f"{KIND_NAME[kind] if wide or kind != 'error' else kind}\n{len(rows):,}"
        look = {"fontweight": "bold", "fontsize": 9.5} if wide else {"fontweight": "normal", "fontsize": 8}
        write(figure, x + each / 2, 0.22, title, ha="center", **look)
        if i:
            axes.set_yticklabels([])
        else:
            _ticks(axes.yaxis, axis, window)
            look = {"rotation": 90, "ha": "center", "color": MUTED, "fontsize": 9}
            write(figure, left - 0.55, top + tall / 2, f"{axis.label}\n({axis.favours})", **look)
        if n_rows:
            _dashboard(place(figure, x, top + tall + gap, each, n_rows * line), groups_of, rows, kind)
    if wide:
        _names(figure, named, window, width - margin + 0.05, top, tall)
    _along(figure, left + (width - margin - left) / 2, top + tall, wide, bool(n_rows))
    _beside_dashboard(figure, groups_of, (left - 0.08, top + tall + gap + line / 2), line, size)
    for i, text in enumerate(lines):
        write(figure, 0.08, foot + 0.12 + 0.165 * i, text, fontsize=9, color=MUTED)
    return figure


def _along(figure: Figure, middle: float, y: float, wide: bool, dashboard: bool) -> None:
    """What goes from left to right, and what the colours of the dashboard below are."""
    lines = ["analyses, from the lowest estimate to the highest →" if wide else "sorted by estimate →"]
    if dashboard:
        more = "the stronger the colour, the more analyses there chose it"
        lines.append(more if wide else "strong: chosen by most")
    for i, text in enumerate(lines):
        write(figure, middle, y + 0.12 + 0.22 * i, text, ha="center", color=MUTED, fontsize=9 if wide else 8)


def _beside_dashboard(
    figure: Figure, groups_of: Any, at: tuple[float, float], line: float, size: float
) -> None:
    """Titles and options beside the dashboard, from the top; `at` is the right end of the first."""
    for i, (text, bold) in enumerate(_dashboard_lines(groups_of)):
        look = {"fontweight": "bold"} if bold else {}
        shown = _cut(text, at[0], size, bold)
        write(figure, at[0], at[1] + i * line, shown, ha="right", fontsize=size, **look)


def _cut(text: str, room: float, size: float, bold: bool) -> str:
    """A label without its middle where it has not the room; the end, as a trial's year, stays."""
    if text_width(text, size, bold) <= room:
        return text
    end = f"…{text[-5:]}"
    letters = range(len(text), 0, -1)
    fits = (text[:n] for n in letters if text_width(text[:n] + end, size, bold) <= room)
    return next(fits, "") + end


def _dashboard_lines(groups_of: Any) -> list[tuple[str, bool]]:
    """What is written beside the dashboard, from the top, and whether it is a title."""
    return [
        line for title, rows in groups_of for line in ((title, True), *((label, False) for label, _ in rows))
    ]


def _left(groups_of: Any, size: float, most: float) -> float:
    """Inches left of the curves: numbers at the axis, and titles and labels of the dashboard."""
    need = [text_width(text, size, bold) for text, bold in _dashboard_lines(groups_of)]
    return max(0.85, min(max(need) + 0.16, most)) if need else 0.85


def _named(groups_of: Any, labels: Mapping[str, str], wide: bool) -> Any:
    """The options with the short names of trials, in titles and labels; shorter ones for a phone."""
    names = {study: _short(label) for study, label in labels.items()}
    short = {label: _short(label) for label in labels.values()}
    groups = []
    for title, rows in groups_of:
        short_title = next((title.replace(long, s) for long, s in short.items() if long in title), title)
        if not wide:
            short_title = short_title.replace("plus-minus", "±")
            rows = [(label.split(", else")[0], has) for label, has in rows]
        groups.append((short_title, [(names.get(label, label), has) for label, has in rows]))
    return groups


def _ticks(along: Any, axis: Axis, window: tuple[float, float]) -> None:
    """Numbers along the axis of the estimates: ratios as such, or differences with one decimal."""
    if axis.ratio:
        ratios = [r for r in RATIOS if window[0] < np.log(r) < window[1]]
        along.set_ticks(np.log(ratios), [f"{r:g}" for r in ratios])
    else:
        along.get_major_locator().set_params(nbins=8)
        along.set_major_formatter(lambda v, _: number(v, 1))


def responder_curve(mv: Any, scale: str = "RR", *, names: dict[str, str] | None = None) -> Figure:
    """The specification curve of responders: ratios on a logarithmic axis, above 1 (a difference above 0)
    favours LDN. `mv` is of `multiverse.responder_multiverse`, `scale` one of its scales."""
    return specification_curve(mv, scale, names=names, **of_responders(mv, scale))


def of_responders(mv: Any, scale: str) -> dict[str, Any]:
    """The default specification and the axis of a scale of responders, as the pictures take them."""
    options = mv.options_of(scale)
    measure = options["measure"]
    ratio = measure != "RD"
    words = {"RR": "risk ratio of a response", "OR": "odds ratio of a response", "RD": "risk difference"}
    axis = Axis(words[measure], f"above {1 if ratio else 0} favours LDN", ratio)
    return {"row": mv.row(options, mv.studies), "axis": axis}


def _names(
    figure: Figure,
    published: Sequence[tuple[str, float]],
    window: tuple[float, float],
    x: float,
    top: float,
    tall: float,
) -> None:
    """Names of published estimates, from the top, beside the last panel, but never on each other."""
    places = [top + tall * (window[1] - value) / (window[1] - window[0]) for _, value in published]
    for (name, _), y in zip(published, apart(places, 0.145), strict=True):
        write(figure, x, y, name, fontsize=9)


def _panel(
    axes: Axes,
    mv: Any,
    kind: str,
    rows: IndexArray,
    window: tuple[float, float],
    row: int | None,
    published: Sequence[tuple[str, float, float, float]],
    threshold: float | None,
) -> None:
    """One kind's curve over its shading."""
    colour, _, line = KIND_LOOK[kind]
    groups = np.array_split(rows, min(len(rows), BINS))
    at = np.linspace(*window, 150)
    covered = _covered(groups, mv.lower, mv.upper, at)
    shaded(axes, covered, colour, (0, 1, *window), origin="lower", vmin=0, vmax=1.7, zorder=0)
    middle = np.array([np.median(mv.estimate[g]) for g in groups])
    x = (np.arange(len(groups)) + 0.5) / len(groups)
    axes.plot(x, middle, color=colour, lw=2.4, zorder=3)
    axes.plot(x, middle, color="white", lw=0.7, ls=line, zorder=4)
    axes.axhline(0, **ZERO, zorder=2)
    if threshold:
        axes.axhline(-threshold, **THRESHOLD, zorder=2)
    estimates = mv.estimate[rows]
    for _, value, _, _ in published:
        axes.axhline(value, color=MUTED, lw=0.7, ls=(0, (1, 2)), zorder=2)
        if estimates[0] <= value <= estimates[-1]:
            place = float(np.searchsorted(estimates, value)) / len(rows)
            axes.plot([place], [value], marker="D", ms=5, color=INK, mec="white", mew=0.8, zorder=6)
    if row is not None and (rows == row).any():
        place = (float(np.flatnonzero(rows == row)[0]) + 0.5) / len(rows)
        axes.plot(
            [place], [mv.estimate[row]], marker="*", ms=14, color=COLOURS["yellow"], mec=INK, mew=1, zorder=8
        )
        side = "left" if place < 0.35 else "right" if place > 0.65 else "center"
        shift = {"left": -6.0, "center": 0.0, "right": 6.0}[side]
        words = "our default" if axes.figure.get_figure(root=True).get_size_inches()[0] > 5 else "default"
        look = {"ha": side, "va": "top", "fontsize": 8.5, "bbox": PLAIN, "zorder": 8}
        beside(axes, words, (place, mv.estimate[row]), (shift, -10), **look)
    axes.set_xlim(0, 1)
    axes.set_ylim(*window)
    axes.set_xticks([])
    tidy(axes)


def _dashboard(
    axes: Axes, groups_of: Sequence[tuple[str, Sequence[tuple[str, Any]]]], rows: IndexArray, kind: str
) -> None:
    """Share of the specifications at each place that have each option; a row without ink between choices."""
    bins = np.array_split(rows, min(len(rows), 60))
    total = sum(len(options) + 1 for _, options in groups_of)
    shares = np.zeros((total, len(bins)))
    y = 0
    for _, options in groups_of:
        y += 1
        for _, has in options:
            shares[y] = [has[b].mean() for b in bins]
            axes.axhline(y + 0.5, color=FAINT, lw=0.4, zorder=1)
            y += 1
    shaded(axes, shares, KIND_LOOK[kind][0], (0, 1, total, 0), vmin=0, vmax=1, zorder=0)
    axes.set_xlim(0, 1)
    axes.set_ylim(total, 0)
    axes.axis("off")
