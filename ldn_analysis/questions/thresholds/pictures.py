"""Pictures of pain thresholds: measures in their own units, directions, an assumed correlation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ldn_analysis.display.rows import text_width, wrap
from ldn_analysis.display.style import BAND, COLOURS, INK, MEANING, MUTED, new_figure, responsive, tidy
from ldn_analysis.display.words import number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["TIERS", "correlation_sweep", "harvest", "own_units"]

TIERS: dict[int, str] = {
    3: "tall: randomised, double-blind, against placebo",
    2: "middle: against placebo, not randomised or single-blind",
    1: "low: no control group",
    0: "hatched: a single dose of 50 mg, not low-dose, never counted",
}
"""What the height and hatching of a bar in a harvest plot say."""

_PLACES = ((-1.0, "worse"), (0.0, "no change"), (1.0, "improved"))


@responsive
def own_units(table: pd.DataFrame, *, title: str = "", width: float) -> Figure:
    """Forest plot of measures that share no unit: a strip each, with its own axis.

    `table` has ``instrument unit better yi lower upper``, one row a measure; which side favours LDN follows
    `better`.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    strip = 1.04
    figure = Figure(figsize=(width, strip * len(table) + (0.35 if title else 0.1)))
    FigureCanvasAgg(figure)
    top = figure.get_figheight() - (0.3 if title else 0.02)
    if title:
        figure.text(0.01, 1 - 0.14 / figure.get_figheight(), title, fontweight="bold", va="center")
    for i, (_, row) in enumerate(table.iterrows()):
        floor = (top - strip * (i + 1) + 0.5) / figure.get_figheight()
        axes = figure.add_axes((0.04, floor, 0.92, 0.22 / figure.get_figheight()))
        _strip(axes, row, width)
    return figure


def _strip(axes: Axes, row: pd.Series, width: float) -> None:
    reach = 1.18 * max(abs(row["lower"]), abs(row["upper"]))
    axes.set_xlim(-reach, reach)
    axes.set_ylim(-1, 1)
    axes.axvline(0, color=INK, lw=1)
    axes.plot([row["lower"], row["upper"]], [0, 0], color=INK, lw=1.5)
    axes.plot([row["yi"]], [0], "s", ms=7, color=INK)
    values = f"{number(row['yi'], 1)} [{number(row['lower'], 1)}, {number(row['upper'], 1)}] {row['unit']}"
    name = str(row["instrument"])
    wide = width > 5
    axes.text(0, 1.35, name, transform=axes.transAxes, fontweight="bold", fontsize=9.5 if wide else 8.5)
    x, y = (1.0, 1.35) if wide else (0.5, -2.05)
    align = "right" if wide else "center"
    axes.text(x, y, values, transform=axes.transAxes, ha=align, fontsize=9.5 if wide else 8.5)
    left, right = ("LDN", "placebo") if row["better"] == "lower" else ("placebo", "LDN")
    for x, side, words in ((0.0, "left", f"← favours {left}"), (1.0, "right", f"favours {right} →")):
        axes.text(
            x, -2.05, words if wide else words.replace("favours ", ""), transform=axes.transAxes,
            ha=side, color=MUTED, fontsize=9,
        )  # fmt: skip
    axes.set_yticks([])
    axes.locator_params(axis="x", nbins=7)
    tidy(axes)


@responsive
def harvest(directions: pd.DataFrame, *, title: str = "", width: float) -> Figure:
    """Harvest plot (Ogilvie 2008; Cochrane Handbook 12.3): directions by modality, a bar a study.

    Parameters
    ----------
    directions : ``modality label n dose_mg tier direction note``, one row a study and modality. A bar's
        height tells the design (`TIERS`), its letter the study; a study without a direction stands below the
        plot.
    """
    directions = _apart(directions)
    modalities = list(dict.fromkeys(directions["modality"]))
    labels = list(dict.fromkeys(directions["label"]))
    keys = {label: chr(ord("A") + i) for i, label in enumerate(labels)}
    narrow, size = width < 5, 9.0
    names = {m: wrap(m, 0.95 if narrow else 2.3, size, True) for m in modalities}
    side = max(text_width(t, size, True) for lines in names.values() for t in lines) + 0.2
    lines = [t for row in _legend(directions, keys) for t in wrap(row, width - 0.2, size)]
    tall, head, step = 0.72, 0.35, 0.185
    height = head + tall * len(modalities) + 0.2 + step * len(lines) + (0.3 if title else 0)
    figure, axes = new_figure(width, height)
    figure.set_layout_engine("none")
    axes.set_position((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    start = 0.3 if title else 0.0
    if title:
        axes.text(0.05, 0.15, title, va="center", fontweight="bold", fontsize=10.5)
    cell = (width - side - 0.1) / 3
    for j, (_, place) in enumerate(_PLACES):
        axes.text(side + cell * (j + 0.5), start + 0.17, place, ha="center", va="center", fontweight="bold")
    for i, modality in enumerate(modalities):
        base = start + head + tall * (i + 1) - 0.08
        for m, text in enumerate(names[modality]):
            y = base - 0.26 + 0.17 * (m - (len(names[modality]) - 1) / 2)
            axes.text(0.05, y, text, va="center", fontsize=size, fontweight="bold")
        for j, (sign, _) in enumerate(_PLACES):
            x = side + cell * j
            axes.plot([x + 0.08, x + cell - 0.08], [base, base], color=MUTED, lw=1)
            mine = directions[(directions["modality"] == modality) & (directions["direction"] == sign)]
            for k, (_, row) in enumerate(mine.iterrows()):
                left = x + cell / 2 + 0.3 * (k - (len(mine) - 1) / 2) - 0.13
                _bar(axes, left, base, int(row["tier"]), keys[row["label"]])
    for i, text in enumerate(lines):
        y = start + head + tall * len(modalities) + 0.2 + step * i
        axes.text(0.05, y, text, va="center", fontsize=size, color=INK)
    return figure


def _apart(directions: pd.DataFrame) -> pd.DataFrame:
    """Acute doses in a row of their own, below the others."""
    import pandas as pd

    acute = directions["tier"] == 0
    own = directions[acute].assign(modality="apart: a single dose of 50 mg")
    own = own.drop_duplicates(["label", "direction"])
    return pd.concat([directions[~acute], own], ignore_index=True)


def _bar(axes: Axes, left: float, base: float, tier: int, key: str) -> None:
    from matplotlib.patches import Rectangle

    tall = {3: 0.46, 2: 0.32, 1: 0.18, 0: 0.32}[tier]
    colour = {3: COLOURS["blue"], 2: COLOURS["sky"], 1: "#d9e2ec", 0: "white"}[tier]
    hatch = "////" if tier == 0 else None
    edge = MEANING["excluded"] if tier == 0 else INK
    axes.add_patch(
        Rectangle((left, base - tall), 0.26, tall, facecolor=colour, edgecolor=edge, hatch=hatch, lw=0.9)
    )
    axes.text(left + 0.13, base - tall - 0.09, key, ha="center", va="center", fontsize=9, fontweight="bold")


def _legend(directions: pd.DataFrame, keys: dict[str, str]) -> list[str]:
    """What each letter and height means, and which study has no direction."""
    found = []
    for label, key in keys.items():
        first = directions[directions["label"] == label].iloc[0]
        size = f"n = {first['n']:g}" if math.isfinite(first["n"]) else "n not known to us"
        dose = f"{first['dose_mg']:g} mg" if math.isfinite(first["dose_mg"]) else "dose varied"
        found.append(f"{key}  {label}, {dose}, {size}")
    for _, row in directions[directions["direction"].isna()].iterrows():
        found.append(
            f"Without a direction: {keys[row['label']]}, {row['modality']} ({row['note'] or 'none'})"
        )
    return found + [f"Bars, {words}" for tier, words in TIERS.items() if tier in set(directions["tier"])]


@responsive
def correlation_sweep(
    sweep: pd.DataFrame, *, assumed: float, xlabel: str, ylabel: str, title: str = "", width: float
) -> Figure:
    """An average and its interval over an assumed correlation; above zero favours LDN.

    `sweep` has ``correlation estimate lower upper``; `assumed` is marked.
    """
    figure, axes = new_figure(width, 3.0)
    x = sweep["correlation"]
    axes.fill_between(x, sweep["lower"], sweep["upper"], color=MEANING["summary"], alpha=0.18, lw=0)
    axes.plot(x, sweep["estimate"], color=MEANING["summary"], lw=2)
    axes.axhline(0, color=INK, lw=1)
    axes.axvline(assumed, color=MUTED, lw=1, ls=":")
    low, high = min(sweep["lower"].min(), 0.0), max(sweep["upper"].max(), 0.0)
    pad = 0.16 * (high - low)
    axes.set_ylim(low - 0.4 * pad, high + 1.3 * pad)
    flip = assumed > 0.5
    axes.annotate(
        f"assumed: {assumed:g}", (assumed, high + 1.2 * pad), (-4 if flip else 4, 0),
        textcoords="offset points", ha="right" if flip else "left", va="top",
    )  # fmt: skip
    axes.axhspan(0, high + 1.3 * pad, color=BAND, zorder=0)
    axes.set_xlim(float(x.min()), float(x.max()))
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel + "\n(above 0 favours LDN)")
    axes.set_title(title)
    tidy(axes, left=True)
    return figure
