"""Pictures of the evidence itself: when and how large the studies were, what became of each, how far to
trust them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ldn_analysis.display.axes import write_lines
from ldn_analysis.display.rows import text_width, wrap
from ldn_analysis.display.style import BIAS, COLOURS, INK, MUTED, new_figure, responsive, sheet, tidy

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_KINDS = (
    ("s", COLOURS["blue"], "randomised, double-blind"),
    ("o", COLOURS["orange"], "other design"),
)


def _blind(row: pd.Series) -> bool:
    return str(row["randomised"]) in {"yes", "True"} and str(row["blinding"]) == "double-blind"


@responsive
def timeline(studies: pd.DataFrame, *, width: float) -> Figure:
    """Studies by year: the square or circle's area follows the number of participants, the label gives the
    dose.

    `studies` has ``label year n_randomised n_analysed randomised blinding dose_mg_per_day``, one row a study.
    """
    shown = studies.sort_values(["year", "label"])
    narrow = width < 5
    step = 0.42 if narrow else 0.32
    figure, axes = new_figure(width, 1.3 + step * len(shown))
    years = shown["year"].astype(float)
    axes.set_xlim(min(years.min(), 2008) - 1, years.max() + (1 if narrow else 1.2))
    for y, (_, row) in enumerate(shown.iterrows()):
        n = next((float(row[c]) for c in ("n_randomised", "n_analysed") if _known(row[c])), math.nan)
        marker, colour, _ = _KINDS[0 if _blind(row) else 1]
        axes.plot(
            [row["year"]],
            [y],
            marker,
            ms=4 + 1.1 * math.sqrt(n if _known(n) else 1),
            color=colour,
            mec=INK,
            mew=0.6,
        )
        dose = str(row["dose_mg_per_day"])
        size = f"n = {n:g}" if _known(n) else "n not known to us"
        words = f"{row['label']}, {dose} mg, {size}" if not narrow else f"{row['label']}\n{dose} mg, {size}"
        right = row["year"] < (axes.get_xlim()[0] + axes.get_xlim()[1]) / 2
        axes.annotate(
            words, (row["year"], y), (13 if right else -13, 0), textcoords="offset points", va="center",
            ha="left" if right else "right", fontsize=9 if not narrow else 8.5, linespacing=1.05,
        )  # fmt: skip
    axes.set_ylim(len(shown) - 0.4, -0.8)
    axes.set_yticks([])
    axes.xaxis.set_major_locator(_whole_years(narrow))
    axes.grid(axis="x", lw=0.8)
    axes.set_xlabel("year of publication")
    handles = [axes.plot([], [], m, color=c, mec=INK, mew=0.6, ms=8, label=t)[0] for m, c, t in _KINDS]
    figure.legend(handles=handles, loc="outside upper left", ncols=1 if narrow else 2)
    tidy(axes)
    return figure


def _whole_years(narrow: bool) -> Any:
    from matplotlib.ticker import MultipleLocator

    return MultipleLocator(4 if narrow else 2)


def _known(value: Any) -> bool:
    return value is not None and str(value) not in {"", "nan", "<NA>", "None"}


@responsive
def matrix(
    table: pd.DataFrame,
    rows: str,
    columns: str,
    states: Mapping[str, tuple[str, str]],
    *,
    width: float,
) -> Figure:
    """A matrix of symbols: one row for each of `rows`, one column for each of `columns`.

    Parameters
    ----------
    table : one line a cell, with ``state`` and the two columns named by `rows` and `columns`.
    states : state to its symbol and its words; the first is drawn strongest.
    """
    names, heads = (list(dict.fromkeys(table[c].astype(str))) for c in (rows, columns))
    narrow = width < 5
    size = 8.2 if narrow else 8.8
    side = 1.55 if narrow else 3.1
    lines = [wrap(name, side - 0.1, size) for name in names]
    lane = [max(0.24, 0.16 * len(text) + 0.08) for text in lines]
    numbered = narrow or len(heads) > 10 or max((text_width(h, size) for h in heads), default=0) > 1.6
    key = [f"{i + 1}  {head}" for i, head in enumerate(heads)] if numbered else []
    key = [text for k in key for text in wrap(k, width - 0.2, size)]
    up = 0.3 if numbered else max((text_width(h, size) for h in heads), default=0) + 0.15
    legend = wrap(";  ".join(f"{symbol} {words}" for symbol, words in states.values()), width - 0.2, size)
    top = 0.1 + up
    height = top + sum(lane) + 0.2 + 0.165 * (len(legend) + len(key)) + 0.1
    figure, axes = sheet(width, height)
    step = min(0.62, (width - side - 0.15) / max(len(heads), 1))
    for j, text in enumerate(heads):
        place = (side + step * (j + 0.5), top - 0.06)
        if numbered:
            axes.text(*place, str(j + 1), ha="center", va="bottom", fontsize=size, fontweight="bold")
        else:
            axes.text(*place, text, ha="center", va="bottom", rotation=90, fontsize=size)
    found = {(str(r), str(c)): s for r, c, s in zip(table[rows], table[columns], table["state"], strict=True)}
    first = next(iter(states))
    y = top
    for name, wrapped, tall in zip(names, lines, lane, strict=True):
        axes.plot([0.05, width - 0.05], [y, y], color="#e4e7eb", lw=0.8)
        write_lines(axes, 0.05, y + tall / 2 - 0.08 * (len(wrapped) - 1), wrapped, 0.16, fontsize=size)
        for j, column in enumerate(heads):
            state = found.get((name, column), "")
            if state in states:
                axes.text(side + step * (j + 0.5), y + tall / 2, states[state][0], ha="center", va="center",
                          fontsize=11, color=INK if state == first else MUTED)  # fmt: skip
        y += tall
    write_lines(axes, 0.05, y + 0.2, [*legend, *key], 0.165, fontsize=size, color=MUTED)
    return figure


@responsive
def traffic_light(table: pd.DataFrame, *, width: float) -> Figure:
    """Risk of bias by study and domain: a light with its symbol, and below the figure what each symbol means.

    `table` has ``label domain judgement`` (and ``code``, the domain's short name), one row a study and
    domain, judgements as in `style.BIAS`; a study without a row for a domain (which does not apply to its
    design) shows nothing there.
    """
    labels = list(dict.fromkeys(table["label"]))
    domains = list(dict.fromkeys(table["domain"]))
    narrow = width < 5
    size = 8.5 if narrow else 9
    names = [wrap(t, 1.35 if narrow else 2.6, size) for t in labels]
    side = max(text_width(t, size) for lines in names for t in lines) + 0.15
    cell = min(0.62, (width - side - 0.1) / max(len(domains), 1))
    codes = dict(zip(table["domain"], table["code"], strict=True)) if "code" in table else {}
    keys = [codes.get(d, f"D{j + 1}").replace("overall", "all") for j, d in enumerate(domains)]
    meaning = [f"{k}  {d}" for k, d in zip(keys, domains, strict=True) if k != "all"]
    meaning = [t for m in meaning for t in wrap(m, width - 0.2, size)]
    legend = ";  ".join(f"{symbol} {words}" for symbol, _, words in BIAS.values())
    below = [*wrap(legend, width - 0.2, size), *meaning]
    step = 0.42
    height = 0.45 + step * len(labels) + 0.2 + 0.18 * len(below)
    figure, axes = sheet(width, height)
    axes.set_aspect("equal")
    found = {(r["label"], r["domain"]): str(r["judgement"]) for _, r in table.iterrows()}
    lights: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for j, key in enumerate(keys):
        axes.text(
            side + cell * (j + 0.5),
            0.2,
            key,
            ha="center",
            va="center",
            fontweight="bold",
            fontsize=size,
        )
    for i, label in enumerate(labels):
        y = 0.45 + step * (i + 0.5)
        write_lines(axes, 0.05, y - 0.08 * (len(names[i]) - 1), names[i], 0.16, fontsize=size)
        for j, domain in enumerate(domains):
            if (label, domain) not in found:
                continue
            symbol, colour, _ = BIAS.get(found[label, domain], BIAS["no information"])
            lights.setdefault((symbol, colour), []).append((side + cell * (j + 0.5), y))
    for (symbol, colour), places in lights.items():
        _lights(axes, places, symbol, colour, min(0.165, cell * 0.46))
    bottom = 0.45 + step * len(labels) + 0.25
    write_lines(axes, 0.05, bottom, below, 0.18, fontsize=size, color=MUTED)
    return figure


def _lights(axes: Any, places: list[tuple[float, float]], symbol: str, colour: str, radius: float) -> None:
    """Lights of one judgement, as markers of one line: a path each would make a page of 50 trials heavy."""
    across, up = zip(*places, strict=True)
    axes.plot(
        across, up, "o", markersize=2 * 72 * radius, markerfacecolor=colour, markeredgecolor=INK,
        markeredgewidth=0.8,
    )  # fmt: skip
    for x, y in places:
        axes.text(
            x, y, symbol, ha="center", va="center_baseline", fontsize=10, fontweight="bold", color="black"
        )
