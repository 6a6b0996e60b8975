"""Pictures of the evidence itself: when and how large the studies were, what became of each, how far to
trust them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd

from ldn_analysis.display.axes import beside, write_lines
from ldn_analysis.display.rows import text_width, wrap
from ldn_analysis.display.style import BIAS, COLOURS, INK, MUTED, new_figure, responsive, sheet, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_KINDS = (("s", COLOURS["blue"], "randomised, double-blind"), ("o", COLOURS["orange"], "other design"))


@responsive
def timeline(studies: pd.DataFrame, *, width: float) -> Figure:
    """Studies by year: the square or circle's area follows the number of participants, the label gives the
    dose.

    `studies` has ``label year n_randomised n_analysed randomised blinding dose_mg_per_day``, one row a study.
    """
    from matplotlib.ticker import MultipleLocator

    shown = studies.sort_values(["year", "label"])
    narrow = width < 5
    step, between = (0.42, "\n") if narrow else (0.32, ", ")
    figure, axes = new_figure(width, 1.3 + step * len(shown))
    years, kinds = shown["year"].astype(float), set[int]()
    axes.set_xlim(min(years.min(), 2008) - 1, years.max() + (1 if narrow else 1.2))
    for y, (_, row) in enumerate(shown.iterrows()):
        n = row["n_analysed"] if math.isnan(row["n_randomised"]) else row["n_randomised"]
        kind = 0 if row["randomised"] == "yes" and row["blinding"] == "double-blind" else 1
        marker, colour, _ = _KINDS[kind]
        kinds.add(kind)
        size = 4 + 1.1 * math.sqrt(1 if math.isnan(n) else n)
        axes.plot([row["year"]], [y], marker, ms=size, color=colour, mec=INK, mew=0.6)
        dose = str(row["dose_mg_per_day"])
        people = "n not known to us" if math.isnan(n) else f"n = {n:g}"
        words = f"{row['label']}{between}{dose} mg, {people}"
        right = row["year"] < (axes.get_xlim()[0] + axes.get_xlim()[1]) / 2
        across, side = (13, "left") if right else (-13, "right")
        look = {"fontsize": 8.5 if narrow else 9, "linespacing": 1.05}
        beside(axes, words, (row["year"], y), (across, 0), va="center", ha=side, **look)
    axes.set_ylim(len(shown) - 0.4, -0.8)
    axes.set_yticks([])
    axes.xaxis.set_major_locator(MultipleLocator(4 if narrow else 2))
    axes.grid(axis="x", lw=0.8)
    axes.set_xlabel("year of publication")
    if len(kinds) > 1:  # of one kind are all: the title says of which
        edge: dict[str, Any] = {"mec": INK, "mew": 0.6, "ms": 8}
        handles = [axes.plot([], [], m, color=c, label=t, **edge)[0] for m, c, t in _KINDS]
        figure.legend(handles=handles, loc="outside upper left", ncols=1 if narrow else 2)
    tidy(axes)
    return figure


@dataclass(frozen=True, slots=True)
class _Board:
    """A sheet with a line for each name and a column for each head, at the places `across` and `down`."""

    figure: Figure
    axes: Axes
    across: list[float]
    down: list[float]

    def fill(self, places: Sequence[tuple[int, int]], symbol: str, **look: Any) -> None:
        """The same symbol in several places (line, column)."""
        for i, j in places:
            self.axes.text(self.across[j], self.down[i], symbol, ha="center", va="center_baseline", **look)


def _heads(
    heads: Sequence[str], short: Sequence[str], step: float, size: float
) -> tuple[list[list[str]], float, float, list[str]]:
    """The lines of each head, the inches that they take, their rotation, and their key: across where every
    word fits its column of `step` inches, else upright, else the `short` ones across, with a key."""
    across = [wrap(head, step - 0.04, size) for head in heads]
    if all(text_width(line, size) <= step - 0.04 for lines in across for line in lines):
        return across, 0.16 * max(map(len, across), default=1), 0.0, []
    upright = [wrap(head, UPRIGHT, size) for head in heads]
    if max(map(len, upright)) * TIGHT <= step:
        return upright, max(text_width(line, size) for lines in upright for line in lines), 90.0, []
    key = [f"{code}  {head}" for code, head in zip(short, heads, strict=True) if code != "all"]
    return [[code] for code in short], 0.16, 0.0, key


def _board(
    width: float,
    names: Sequence[str],
    heads: Sequence[str],
    short: Sequence[str],
    legend: Sequence[str],
    *,
    lane: float,
    size: float,
) -> _Board:
    """An empty board under the lines of its key: of the heads too, where only the `short` ones fit."""
    wrapped = [wrap(name, min(0.38 * width, 1.9), size) for name in names]
    side = max(text_width(text, size) for lines in wrapped for text in lines) + 0.2
    step = min(1.1, (width - side - 0.1) / max(len(heads), 1))
    lines_of, above, rotation, key = _heads(heads, short, step, size)
    tall = [max(lane, 0.16 * len(lines) + 0.08) for lines in wrapped]
    notes = [text for line in (*legend, *key) for text in wrap(line, width - 0.2, size)]
    top = 0.25 + 0.17 * len(notes) + above
    figure, axes = sheet(width, top + sum(tall) + 0.1)
    across = [side + step * (j + 0.5) for j in range(len(heads))]
    down = [top + sum(tall[:i]) + height / 2 for i, height in enumerate(tall)]
    for x, head in zip(across, lines_of, strict=True):
        look: dict[str, Any] = {"fontsize": size, "va": "baseline"}
        if rotation:  # the lines of a head begin together, over the line below
            look = {"fontsize": size - 0.7, "va": "bottom", "ma": "left", "linespacing": 1.0}
            look["rotation"] = rotation
        axes.text(x, top - 0.09, "\n".join(head), ha="center", **look)
    for y, height, lines in zip(down, tall, wrapped, strict=True):
        axes.plot([0.05, width - 0.05], [y - height / 2] * 2, color="#e4e7eb", lw=0.8)
        write_lines(axes, 0.05, y - 0.08 * (len(lines) - 1), lines, 0.16, fontsize=size)
    write_lines(axes, 0.05, 0.12, notes, 0.17, fontsize=size, color=MUTED)
    return _Board(figure, axes, across, down)


PALE = 0.5
"""How strong the colour of a light is: its symbol, in the ink of the text, is read on it in the dark too."""

UPRIGHT = 1.5
"""Inches of a head that stands upright; a longer one has several lines."""

TIGHT = 0.14
"""Inches from line to line of a head that stands upright."""

CALLED = {"study_id": "label", "synthesis_id": "review"}
"""The column with the name of what a key stands for."""


def _called(table: pd.DataFrame, column: str) -> tuple[list[str], list[str]]:
    """The entries of a column, each once, and what each is called."""
    names = dict(zip(table[column].astype(str), table[CALLED.get(column, column)].astype(str), strict=True))
    return list(names), list(names.values())


@responsive
def matrix(
    table: pd.DataFrame, rows: str, columns: str, states: Mapping[str, tuple[str, str]], *, width: float
) -> Figure:
    """A matrix of symbols: one row for each of `rows`, one column for each of `columns`.

    Parameters
    ----------
    table : one line a cell, with ``state`` and the two columns named by `rows` and `columns`; for a key,
        what it is called (`CALLED`), since two studies may have one name.
    states : state to its symbol and its words; the first is drawn strongest.
    """
    (down, names), (across, heads) = (_called(table, c) for c in (rows, columns))
    size = 8.8
    shown = set(table["state"])
    legend = ";  ".join(f"{symbol} {words}" for state, (symbol, words) in states.items() if state in shown)
    numbers = [str(j + 1) for j in range(len(heads))]
    board = _board(width, names, heads, numbers, [legend], lane=0.24, size=size)
    for state, (symbol, _) in states.items():
        cells = table[table["state"] == state]
        places = zip(cells[rows].astype(str), cells[columns].astype(str), strict=True)
        colour = INK if state == next(iter(states)) else MUTED
        board.fill([(down.index(r), across.index(c)) for r, c in places], symbol, fontsize=11, color=colour)
    return board.figure


@responsive
def traffic_light(table: pd.DataFrame, *, width: float) -> Figure:
    """Risk of bias by study and domain: a light with its symbol, and above them what each symbol means.

    `table` has ``study_id label domain judgement`` (and ``code``, the domain's short name), one row a study
    and domain, judgements as in `style.BIAS`; a study without a row for a domain (which does not apply to its
    design) shows nothing there.
    """
    from matplotlib.colors import to_rgba

    (studies, labels), (domains, _) = (_called(table, c) for c in ("study_id", "domain"))
    codes = dict(zip(table["domain"], table["code"], strict=True)) if "code" in table else {}
    keys = [codes.get(d, f"D{j + 1}").replace("overall", "all") for j, d in enumerate(domains)]
    heads = ["all together" if key == "all" else domain for key, domain in zip(keys, domains, strict=True)]
    legend = ";  ".join(f"{symbol} {words}" for symbol, _, words in BIAS.values())
    board = _board(width, labels, heads, keys, [legend], lane=0.42, size=9)
    radius = min([0.165, *(0.46 * (b - a) for a, b in pairwise(board.across))])
    for judgement, (symbol, colour, _) in BIAS.items():
        lit = table[table["judgement"].where(table["judgement"].isin(BIAS), "no information") == judgement]
        places = [
            (studies.index(r), domains.index(d)) for r, d in zip(lit["study_id"], lit["domain"], strict=True)
        ]
        across, down = [board.across[j] for _, j in places], [board.down[i] for i, _ in places]
        look: dict[str, Any] = {"mfc": to_rgba(colour, PALE), "ms": 2 * 72 * radius, "mec": INK, "mew": 0.8}
        # markers of one line: a path for each light would make a page of 50 trials heavy
        board.axes.plot(across, down, "o", **look)
        board.fill(places, symbol, fontsize=10, fontweight="bold", color=INK)
    return board.figure
