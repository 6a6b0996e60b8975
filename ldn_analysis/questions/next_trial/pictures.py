"""Pictures of the next trial: widths, a funnel of decisions, doses, value, history, rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ldn_analysis.display.axes import PLAIN, beside, panels
from ldn_analysis.display.rows import text_width, wrap, wrapped
from ldn_analysis.display.style import COLOURS, INK, MEANING, MUTED, new_figure, responsive, tidy
from ldn_analysis.display.words import number, percent
from ldn_analysis.questions.next_trial.size import DecisionMap

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OUTCOMES: dict[str, tuple[str, str]] = {
    "important_benefit": ("only relief that matters", COLOURS["blue"]),
    "benefit": ("relief; whether it matters is open", COLOURS["sky"]),
    "small_benefit": ("relief, probably less than matters", "#a9d6f5"),
    "benefit_open": ("relief that matters, or none", "#d6ecfa"),
    "little_difference": ("a difference that matters is unlikely", "#eef0f2"),
    "open": ("open in both directions", "#ffffff"),
    "harm_open": ("worsening that matters, or none", "#fbe6d4"),
    "small_harm": ("worsening, probably less than matters", "#f4c9a1"),
    "harm": ("worsening; whether it matters is open", COLOURS["orange"]),
    "important_harm": ("only worsening that matters", COLOURS["vermilion"]),
    "two": ("two trials, too few to average", "#f7f7f7"),
}
"""What each region of the funnel says, and its colour."""

_LINE: dict[str, Any] = {"arrowstyle": "-", "lw": 0.7, "color": INK, "shrinkA": 0, "shrinkB": 0}
_CENTRED: dict[str, Any] = {"size": 9, "color": INK, "ha": "center", "va": "center"}


def _titled(width: float, height: float, titles: tuple[str, ...]) -> tuple[Figure, list[Axes]]:
    """Panels side by side on a page, one above the other on a phone."""
    rows, columns = (1, len(titles)) if width > 5 else (len(titles), 1)
    figure, axes = panels(width, height * rows, rows, columns)
    for panel, title in zip(axes, titles, strict=True):
        panel.set_title("\n".join(wrap(title, width / columns - 0.3, 10.5, True)))
    return figure, axes


def _heat(
    axes: Axes,
    table: pd.DataFrame,
    *,
    words: Callable[[float], str],
    cmap: str,
    ends: tuple[float, float] | None = None,
) -> None:
    """Cells with their numbers in `words`, rows from the top; a row without any says so.

    `ends` are the values of the palest and the strongest colour, the least and the greatest if left out.

    `seaborn.heatmap` gives the same, and draws the whole figure once more to see whether its labels overlap.
    """
    values = np.ma.masked_invalid(table.to_numpy(float))
    known = values.compressed()
    low, high = ends or (min(known, default=0.0), max(known, default=1.0))
    # Pale colours alone: ink can be read on them, and on what a dark screen makes of them.
    top = low + 2.5 * (high - low)
    mesh = axes.pcolormesh(values, cmap=cmap, vmin=low, vmax=top, linewidths=0.6, edgecolors=MUTED)
    colours = np.asarray(mesh.to_rgba(values))[..., :3]
    for (i, j), value in np.ma.ndenumerate(values):
        behind = {"facecolor": colours[i, j], "edgecolor": "none", "pad": 0.5}  # no line crosses a number
        axes.text(j + 0.5, i + 0.5, words(value), bbox=behind, **_CENTRED)
    for i in np.flatnonzero(np.ma.getmaskarray(values).all(axis=1)):
        axes.text(values.shape[1] / 2, i + 0.5, "there is none", bbox=PLAIN, **_CENTRED)
    axes.set_xticks(np.arange(values.shape[1]) + 0.5, [f"{name:,}" for name in table.columns])
    axes.set_yticks(np.arange(values.shape[0]) + 0.5, [str(name) for name in table.index], va="center")
    axes.invert_yaxis()
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(axis="both", length=0)


def _plain_numbers(axes: Axes) -> None:
    """Numbers written out under a logarithmic axis, powers of ten alone."""
    from matplotlib.ticker import NullFormatter

    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())


@responsive
def size_by_difference(table: pd.DataFrame, *, wanted: float, largest: float, width: float) -> Figure:
    """People a group by the difference that two doses have, with the wanted one and the largest trial so far.

    `table` is `settling.sizes_by_difference`; `largest` is the people in a group of that trial, 0 if none.
    """
    figure, axes = new_figure(width, 2.1 if width > 5 else 3.0)
    axes.plot(table["difference"], table["people"], color=COLOURS["blue"], lw=2.4)
    people = float(np.interp(wanted, table["difference"], table["people"]))
    axes.plot(wanted, people, "o", color=COLOURS["blue"], ms=9)
    size = f"{number(wanted, 1)} points: {people:,.0f} people a group"
    beside(axes, size, (wanted, people), (9, 5), color=INK)
    if largest:
        axes.axhline(largest, color=MUTED, lw=1.2, ls=(0, (4, 3)))
        # above the line at its right, or at its left where the curve comes down to it late
        sides = float(table["difference"].min()), float(table["difference"].max())
        late = float((table["people"] > largest).mean()) > 0.5
        side = "left" if late else "right"
        words = f"largest so far: {largest:,.0f}"
        axes.text(sides[not late], largest, words, ha=side, va="bottom", color=MUTED)
    axes.set_yscale("log")
    ends = float(table["people"].min()), float(table["people"].max())
    ticks = [t * 10**k for k in range(6) for t in (1, 2, 5) if ends[0] <= t * 10**k <= ends[1]]
    axes.set_yticks(ticks, [f"{t:,g}" for t in ticks])
    axes.minorticks_off()
    axes.set_xlabel("difference between two doses, points")
    axes.set_ylabel("people in each group")
    axes.grid(axis="y")
    tidy(axes, left=True)
    return figure


@responsive
def widths(table: pd.DataFrame, *, today: float, width: float) -> Figure:
    """Widths of both intervals by further trials and people an arm, with lines of equal cost.

    `table` is that of `size.sizes`; `today` the width of the interval of the mean now. The lines join the
    costs of two further trials of each size.
    """
    table = table[table["width"].notna()]
    now = f" (today {number(today)})" if today == today else ""
    titles = (f"Width of the mean's interval{now}", "Width of a new trial's interval")
    figure, maps = _titled(width, 2.3 if width > 5 else 2.9, titles)
    cost = table.pivot_table(index="trials", columns="people", values="cost")
    grid = np.meshgrid(np.arange(cost.shape[1]) + 0.5, np.arange(cost.shape[0]) + 0.5)
    levels = [float(v) for v in np.unique(np.round(table.loc[table["trials"] == 2, "cost"]))][:5]
    for axes, column in zip(maps, ("width", "prediction"), strict=True):
        wide = table.pivot_table(index="trials", columns="people", values=column)
        _heat(axes, wide, words=number, cmap="Blues")
        axes.contour(
            *grid, np.log(cost.to_numpy()), np.log(levels), colors=COLOURS["vermilion"], linewidths=1
        )
        axes.set_xlabel("people in each arm")
        axes.set_ylabel("further trials")
    return figure


@responsive
def decisions(regions: DecisionMap, used: pd.DataFrame, *, width: float) -> Figure:
    """Extended funnel: what would be said after a further trial with each estimate and standard error.

    A region that has the room says it, from left to right or upwards; a line leads from the others to their
    words above the map, but for slivers of one that is named.
    """
    keys = [key for key in OUTCOMES if key in set(regions.situations.ravel())]
    tall = 2.5 if width > 5 else 4.0
    cell = tall / len(regions.se), (width - 0.8) / len(regions.estimate)
    parts = _places(regions, cell)
    within = {key for key, *_, shown in parts if shown}
    widest = {key: max((part for part in parts if part[0] == key), key=itemgetter(2)) for key in keys}
    aside: list[tuple[float, float, list[str], str]] = []
    level: list[tuple[float, float, float, list[str]]] = []
    words = [at for _, at, _, shown in parts if shown]
    for part in sorted(parts, key=itemgetter(1), reverse=True):
        key, (x, y), edge, shown = part
        # Inches to its edge that a line needs; what is named nowhere has one to its widest part in any case.
        if shown or edge <= (0.0 if key not in within and part is widest[key] else 0.15):
            continue
        if beside_it := _right_of(regions, words, (key, x, y), cell):
            level.append((x, y, *beside_it))
            words.append((beside_it[0], y))
        else:  # words end at their line: from the left side to there is room
            room = (x - float(regions.estimate[0])) / regions.step * cell[1] + 0.35
            lines = wrap(OUTCOMES[key][0], max(room, 1.1), 9)
            aside.append((x, y, lines, "right" if text_width(max(lines, key=len), 9) < room else "left"))
    figure, axes = new_figure(width, tall + 0.5 + 0.17 * sum(len(lines) for *_, lines, _ in aside))
    for key in keys:
        inside = (regions.situations == key).astype(float)
        axes.contourf(regions.estimate, regions.se, inside, [0.5, 1.5], colors=[OUTCOMES[key][1]])
        axes.contour(regions.estimate, regions.se, inside, [0.5], colors=MUTED, linewidths=0.7)
    axes.axvline(0, color=INK, lw=1)
    for key, at, _, shown in parts:
        if shown:
            behind = {"facecolor": OUTCOMES[key][1], "edgecolor": "none", "pad": 1}
            axes.text(*at, shown[0], rotation=shown[1], bbox=behind, **_CENTRED)
    axes.plot(used["yi"], used["vi"] ** 0.5, "s", color=MEANING["study"], ms=6)
    for x, y, end, lines in level:
        axes.plot([x, end], [y, y], color=INK, lw=0.7, marker="o", ms=3, markevery=[0])
        lowest = regions.se[-1] - (regions.se[1] - regions.se[0]) * (0.085 * len(lines) + 0.03) / cell[0]
        beside(axes, "\n".join(lines), (end, min(y, lowest)), (3, 0), **_CENTRED | {"ha": "left"})
    top = float(regions.se.min())
    axes.set_ylim(regions.se.max(), top)
    axes.set_xlim(regions.estimate.min(), regions.estimate.max())
    base = 3
    for x, y, lines, side in reversed(aside):
        up, base = base + 6 * len(lines), base + 12 * len(lines)
        axes.plot([x, x], [top, y], color=INK, lw=0.7, marker="o", ms=3, markevery=[1])
        beside(axes, "", (x, top), (0, up), arrowprops=_LINE)
        look = _CENTRED | {"ha": side, "bbox": PLAIN}
        beside(axes, "\n".join(lines), (x, top), (-4 if side == "right" else 4, up), **look)
    axes.set_xlabel("next trial's difference, points (below 0 favours LDN)")
    axes.set_ylabel("its standard error, points")
    tidy(axes, left=True)
    return figure


def _right_of(
    regions: DecisionMap,
    words: list[tuple[float, float]],
    part: tuple[str, float, float],
    cell: tuple[float, float],
) -> tuple[float, list[str]] | None:
    """Where the words on a part of the lower half begin, right of it, and their lines: a line from above
    would cross the map. None where they have no room, or others (`words`: where these stand) are near."""
    key, x, y = part
    row, column = (int(np.abs(axis - v).argmin()) for axis, v in ((regions.se, y), (regions.estimate, x)))
    line = regions.situations[row]
    end = column + int(np.argmax(np.r_[line[column:] != line[column], True]))
    room = (len(line) - end) * cell[1] - 0.15
    lines = wrap(OUTCOMES[key][0], room, 9) if room > 0 else []
    near = 0.5 / cell[0] * float(regions.se[1] - regions.se[0])
    taken = any(other > x and abs(high - y) < near for other, high in words)
    if taken or not lines or y <= regions.se.mean() or max(text_width(text, 9) for text in lines) > room:
        return None
    return float(regions.estimate[end]) + regions.step, lines


def _places(
    regions: DecisionMap, cell: tuple[float, float]
) -> list[tuple[str, tuple[float, float], float, tuple[str, int] | None]]:
    """Each region with the place of its words, the inches from there to its edge, and its words with how far
    they are turned; where they have not the room None, and the place that a line from above leads to."""
    steps = regions.step, float(regions.se[1] - regions.se[0])
    parts = []
    for key, row, column, edge, across, down in regions.regions(cell):
        at = float(regions.estimate[column]), float(regions.se[row])
        shown = None
        led = float(regions.estimate[regions.below(row, column)]), at[1]
        for upwards, (before, after) in enumerate((across, down)):
            lines = wrap(OUTCOMES[key][0], before + after - 0.15, 9)
            half = max(text_width(text, 9) for text in lines) / 2 + 0.04
            if edge > 0.08 * len(lines) and 2 * half < before + after:
                moved = list(at)
                aside = max(half - before, 0) - max(half - after, 0)
                moved[upwards] += aside / cell[1 - upwards] * steps[upwards]
                high = half / cell[0] * steps[1], 0.08 * len(lines) / cell[1] * steps[0]
                if not upwards or regions.holds(key, moved, *high):
                    at, shown = (moved[0], moved[1]), ("\n".join(lines), 90 * upwards)
                    break
        parts.append((key, at if shown else led, edge, shown))
    return parts


def _chance(p: float) -> str:
    """A probability in a cell, in percent: never 0 and never 100."""
    return percent(p).removesuffix("%").replace("under ", "<").replace("over ", ">")


@responsive
def doses_told(table: pd.DataFrame, *, width: float) -> Figure:
    """Chance of detecting an effect and of naming the dose, by true shape and people an arm (percent).

    Where nothing works there is no right dose to name.
    """
    shapes = list(dict.fromkeys(table["shape"]))
    nameable = table.assign(by_shape=table["by_shape"].where(table["target"].notna()))
    figure, maps = _titled(
        width,
        (0.24 if width > 5 else 0.3) * len(shapes) + 1.0,
        ("An effect is found, %", "The dose is named, %"),
    )
    for axes, column in zip(maps, ("detected", "by_shape"), strict=True):
        wide = nameable.pivot_table(index="shape", columns="people", values=column, dropna=False).loc[shapes]
        _heat(axes, wide, words=_chance, cmap="Greens", ends=(0, 1))
        axes.set_xlabel("people in each arm")
        axes.set_ylabel("")
    if width > 5:
        maps[1].set_yticks([])
    return figure


@responsive
def values(table: pd.DataFrame, *, everything: float, width: float) -> Figure:
    """Expected value of each design by prior, points for 1,000 persons treated later, with its error.

    `everything` is what knowing everything is worth to one of them, by the first prior.
    """
    shown = table.assign(thousand=1000 * table["value"])
    priors = list(dict.fromkeys(shown["prior"]))
    order = list(shown[shown["prior"] == priors[0]].sort_values("value", ascending=False)["title"])
    label = 4.2 if width > 5 else 1.75
    lines = {title: "\n".join(wrap(title, label, 8.5)) for title in order}
    # A design's row is as high as its label has lines, and a little: no two labels touch.
    rows = np.array([1 + text.count("\n") for text in lines.values()]) + (0.14 if width > 5 else 0.86)
    middle = np.cumsum(rows) - rows / 2
    figure, axes = new_figure(width, 0.14 * rows.sum() + 1.0)
    palette = [COLOURS["blue"], COLOURS["vermilion"], MEANING["excluded"]]
    looks = zip(priors, "osD", palette, (-0.22, 0.0, 0.22), strict=False)
    for i, (prior, marker, colour, shift) in enumerate(looks):
        rows_of_prior = shown[shown["prior"] == prior].set_index("title").loc[order]
        values, errors = rows_of_prior["thousand"], 2000 * rows_of_prior["value_error"]
        dots: dict[str, Any] = {
            "fmt": marker,
            "color": colour,
            "markeredgecolor": "white",
            "markeredgewidth": 0.5,
        }
        axes.errorbar(values, middle + shift, xerr=errors, elinewidth=1, **dots)
        first = float(rows_of_prior["thousand"].iloc[0])
        look = {"ha": "right" if first > 0 else "left", "color": colour, "fontsize": 9}
        beside(axes, f"prior: {prior}", (first, 0), (0, 4 + 12 * i), **look)
    axes.axvline(1000 * everything, color=palette[0], lw=1.2, ls=(0, (4, 3)))
    words = f"knowing everything ({priors[0]} prior)"
    look = {"ha": "right" if everything > 0.001 else "left", "color": palette[0], "fontsize": 9}
    beside(axes, words, (1000 * everything, 0), (0, 4 + 12 * len(priors)), **look)
    axes.set_yticks(middle, [lines[title] for title in order], fontsize=8.5)
    axes.set_ylim(rows.sum(), 0)
    axes.set_xscale("symlog", linthresh=1)
    axes.set_xlim(left=-0.05)
    axes.grid(axis="x")
    words = "pain saved, points for 1,000 people treated afterwards (lines: error of simulation)"
    axes.set_xlabel("\n".join(wrap(words, width - label, 9.5)))
    _plain_numbers(axes)
    tidy(axes)
    return figure


@responsive
def history(table: pd.DataFrame, *, width: float) -> Figure:
    """The range in which each later trial's result was expected, with what it found (`check_by_history`)."""
    labels, more = wrapped(list(table["label"]), 2.6 if width > 5 else 1.3, 9)
    figure, axes = new_figure(width, (0.3 + more) * len(labels) + 0.9)
    at = np.arange(len(labels))
    axes.hlines(at, table["lower"], table["upper"], color=COLOURS["sky"], lw=7)
    axes.plot(table["yi"], at, "o", color=INK, ms=7)
    axes.axvline(0, color=INK, lw=1)
    axes.set_yticks(at, labels, fontsize=9)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_xlabel("\n".join(wrap("difference, points (below 0 favours LDN)", width - 1.5, 9.5)))
    tidy(axes)
    return figure


def about(people: float, digits: int = 2) -> str:
    """A number of people that is simulated, in two digits."""
    return f"{float(f'{people:.{digits}g}'):,.0f}"


def vague(row: Mapping[Any, Any]) -> bool:
    """Whether twice its simulation error is half or more of a number of people: only its least is shown."""
    return bool(4 * row["people_error"] >= row["people"])


@responsive
def people_needed(table: pd.DataFrame, *, width: float) -> Figure:
    """People an arm to tell two rules for finding a dose apart, on a log scale."""
    import seaborn as sns

    shown = table.dropna(subset=["people"]).sort_values("people")
    names = [
        "\n".join(wrap(f"“{a}” against “{b}”", 3.0 if width > 5 else 1.5, 9))
        for a, b in zip(shown["first"], shown["second"], strict=True)
    ]
    figure, axes = new_figure(width, (0.27 if width > 5 else 0.42) * max(len(shown), 1) + 0.8)
    sns.stripplot(x=shown["people"].to_numpy(), y=names, color=COLOURS["blue"], size=9, jitter=False, ax=axes)
    for i, people in enumerate(shown["people"]):
        beside(axes, about(people), (people, i), (8, -4))
    few = width > 5 or shown["people"].max() < 300 * shown["people"].min()
    axes.set_xscale("log", base=10 if few else 100)  # on a phone six digits need the room of two powers
    _plain_numbers(axes)
    axes.minorticks_off()
    axes.margins(x=0.25)
    axes.set_xlabel("people in each arm")
    axes.grid(axis="x")
    tidy(axes)
    return figure
