"""Pictures of responders: ratios, spreads of change, what a plain shift predicts, a correlation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ldn_analysis.display.axes import beside, logs, panels, ratio_ticks
from ldn_analysis.display.rows import Look, Mark, Row, draw, wrap
from ldn_analysis.display.style import COLOURS, INK, MEANING, MUTED, new_figure, responsive, tidy
from ldn_analysis.display.words import interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ldn_analysis.errors import FloatArray


@responsive
def responder_forest(table: pd.DataFrame, *, level: float = 0.95, width: float) -> Figure:
    """Risk ratios of response by threshold, trials and all together; the axis is turned, so that left favours
    LDN as in every figure.

    `table` has ``percent label a n1 c n2 rr rr_lower rr_upper pooled leads``. A row whose counts give no
    ratio stays, with its counts.
    """
    rows = []
    for percent, group in table.groupby("percent"):
        rows.append(Row(f"Pain lower by {percent:g}% or more", mark="none", bold=True))
        for _, r in group.iterrows():
            mid, low, high = (-x for x in logs(r["rr"], r["rr_upper"], r["rr_lower"]))
            counts = ("", "") if r["pooled"] else (f"{r['a']:g}/{r['n1']:g}", f"{r['c']:g}/{r['n2']:g}")
            words = interval(r["rr"], r["rr_lower"], r["rr_upper"])
            rows.append(Row(
                str(r["label"]), mid, low, high, counts,
                (words if math.isfinite(r["rr"]) else "no ratio",),
                "diamond" if r["pooled"] else "square",
                colour=MEANING["summary"] if r["pooled"] and r["leads"] else INK,
            ))  # fmt: skip
    look = Look(
        label_head="Trial",
        left_heads=("LDN", "placebo"),
        right_heads=(f"ratio [{100 * level:g}%]",),
        xlabel="risk ratio, LDN over placebo (above 1 on the left)",
        limits=None if any(r.drawn for r in rows) else (math.log(0.25), math.log(4)),
    )
    figure = draw(rows, look, width)
    ratio_ticks(figure.axes[0], sign=-1)
    return figure


@responsive
def spread_ratios(table: pd.DataFrame, intervals: pd.DataFrame, *, at: float, width: float) -> Figure:
    """Ratios of the SDs of change, trials first, then all together by each kind of interval.

    `table` has ``label ratio lower upper``, `intervals` the same with ``method``; `at` is the ratio that
    dramatic results in some would reach: a dotted line.
    """
    rows = [_ratio_row(str(r["label"]), r, "square", INK) for _, r in table.iterrows()]
    if len(table) > 1:
        rows += [
            _ratio_row(f"Together: {r['method']}", r, "diamond", MEANING["summary"])
            for _, r in intervals.iterrows()
        ]
    look = Look(
        label_head="Trial",
        right_heads=("ratio [interval]",),
        guide=math.log(at),
        xlabel="SD of change, LDN over placebo (log scale)",
        favours=("less spread with LDN", "more spread with LDN"),
        notes=(f"Dotted: {at:g}, the ratio that strong relief in some would reach.",),
    )
    figure = draw(rows, look, width)
    ratio_ticks(figure.axes[0], (0.1, 0.25, 0.5, 0.7, 1.0, 1.4, 2.0, 4.0, 10.0))
    return figure


def _ratio_row(label: str, row: Any, mark: Mark, colour: str) -> Row:
    values = (row["ratio"], row["lower"], row["upper"])
    return Row(label, *logs(*values), (), (interval(*values),), mark, colour=colour)


@responsive
def shift_against_observed(table: pd.DataFrame, *, width: float) -> Figure:
    """Responders that a normal distribution predicts (open) and those observed (filled), trial by trial.

    `table` is `responders.shift_table`. For LDN two predictions: from its own SD, and the placebo arm moved
    by the difference of the means, so that everybody responds alike.
    """
    trials = list(dict.fromkeys(table["label"]))
    percents = sorted(set(table["percent"]))
    narrow = width < 5
    rows, columns = (len(trials), 1) if narrow else (1, len(trials))
    figure, places = panels(width, (3.0 if narrow else 3.4) * rows + 0.6, rows, columns)
    top = 100 * max(table["predicted"].max(), table["rate"].max()) * 1.12
    for i, (label, axes) in enumerate(zip(trials, places, strict=True)):
        _shift_panel(axes, table[table["label"] == label], percents)
        axes.set_title("\n".join(wrap(label, width / columns - 0.8, 10.5, True)))
        axes.set_ylim(0, top)
        if i == 0 or narrow:
            axes.set_ylabel("responders, %")
    handles, names = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower left", ncols=1 if narrow else 3)
    return figure


def _shift_panel(axes: Axes, table: pd.DataFrame, percents: Sequence[float]) -> None:
    from matplotlib.colors import to_rgba

    hollow: dict[str, Any] = {"ms": 7, "mfc": "white", "mew": 1.6, "zorder": 4, "clip_on": False}
    for arm, account, dx, marker, colour, words in (
        ("control", "own mean and SD", -0.22, "o", MEANING["placebo"], "placebo, predicted"),
        ("treated", "own mean and SD", 0.1, "s", MEANING["ldn"], "LDN, predicted"),
        ("treated", "control shifted", 0.3, "D", INK, "LDN, if all responded alike"),
    ):
        mine = table[(table["arm"] == arm) & (table["account"] == account)].set_index("percent")
        x = [percents.index(p) + dx for p in mine.index]
        axes.plot(x, 100 * mine["predicted"], marker, mec=colour, label=words, **hollow)
    for arm, left, right, colour, hatch, words in (
        ("control", -0.36, -0.08, MEANING["placebo"], None, "placebo, observed"),
        ("treated", -0.04, 0.42, MEANING["ldn"], "////", "LDN, observed"),
    ):
        mine = table[(table["arm"] == arm) & (table["account"] == "own mean and SD")].set_index("percent")
        x = [percents.index(p) + (left + right) / 2 for p in mine.index]
        axes.bar(
            x, 100 * mine["rate"], width=right - left, facecolor=to_rgba(colour, 0.45), edgecolor=colour,
            lw=1, hatch=hatch, label=words, zorder=2,
        )  # fmt: skip
    axes.set_xticks(range(len(percents)), [f"{p:g}%" for p in percents])
    axes.set_xlabel("pain lower by at least")
    tidy(axes, left=True)


@responsive
def chance_of_r2(simulated: FloatArray, *, reported: float, truth: float, width: float) -> Figure:
    """How r squared falls out in samples of the reported size, if the true correlation is `truth`."""
    import seaborn
    from matplotlib.colors import to_rgba

    figure, axes = new_figure(width, 2.9)
    words = np.where(simulated >= reported - 1e-12, "as large or larger", "below what was reported")
    colours = {"below what was reported": COLOURS["sky"], "as large or larger": MEANING["prediction"]}
    seaborn.histplot(
        x=simulated, hue=words, hue_order=list(colours), palette=colours, multiple="stack", stat="percent",
        bins=25, binrange=(0, 1), alpha=1, edgecolor="white", legend=False, ax=axes,
    )  # fmt: skip
    for bar in axes.patches:  # told by more than its colour
        if bar.get_facecolor() == to_rgba(MEANING["prediction"]):
            bar.set_hatch("////")
    axes.axvline(reported, color=INK, lw=1.5)
    top = max((bar.get_y() + bar.get_height() for bar in axes.patches), default=0.0)  # type: ignore[attr-defined]
    beside(axes, f"reported: {reported:.2f}", (reported, 1.08 * top), (-5, 0), ha="right", va="top")
    axes.axvline(truth**2, color=MUTED, lw=1, ls=":")
    beside(axes, f"if truly {truth**2:.2f}", (truth**2, 1.08 * top), (5, 0), va="top", color=MUTED)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.12 * top)
    axes.set_xlabel("r squared in a sample")
    axes.set_ylabel("samples, %")
    tidy(axes, left=True)
    return figure
