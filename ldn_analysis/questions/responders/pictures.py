"""Pictures of responders: ratios, spreads of change, what a plain shift predicts, a correlation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ldn_analysis.display.axes import beside, logs, ratio_ticks
from ldn_analysis.display.rows import Look, Mark, Row, draw, wrap
from ldn_analysis.display.style import COLOURS, INK, MEANING, MUTED, new_figure, responsive, tidy
from ldn_analysis.display.words import interval, minus_signs, number, of_level

if TYPE_CHECKING:
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
            ratio = (words if math.isfinite(r["rr"]) else "no ratio",)
            mark: Mark = "diamond" if r["pooled"] else "square"
            colour = MEANING["summary"] if r["pooled"] and r["leads"] else INK
            rows.append(Row(str(r["label"]), mid, low, high, counts, ratio, mark, colour=colour))
    look = Look(
        label_head="Trial",
        left_heads=("LDN", "placebo"),
        right_heads=(f"ratio [{of_level(level)}]",),
        xlabel="risk ratio, LDN over placebo (above 1 on the left)",
        limits=None if any(r.drawn for r in rows) else (math.log(0.25), math.log(4)),
    )
    figure = draw(rows, look, width)
    ratio_ticks(figure.axes[0], sign=-1)
    return figure


@responsive
def spread_ratios(
    table: pd.DataFrame,
    intervals: pd.DataFrame,
    *,
    at: float,
    leads: str = "",
    level: float = 0.95,
    width: float,
) -> Figure:
    """Ratios of the SDs of change, trials first, then all together by each kind of interval.

    `table` has ``label ratio lower upper``, `intervals` the same with ``method``, of which `leads` is in
    colour; `at` is the ratio that dramatic results in some would reach: a dotted line.
    """
    rows = [_ratio_row(str(r["label"]), r, "square", INK) for _, r in table.iterrows()]
    if len(table) > 1:
        rows += [
            _ratio_row(
                f"Together: {r['method']}",
                r,
                "diamond",
                MEANING["summary"] if r["method"] == leads else MUTED,
            )
            for _, r in intervals.iterrows()
        ]
    look = Look(
        label_head="Trial",
        right_heads=(f"ratio [{of_level(level)}]",),
        guide=math.log(at),
        guide_name=f"{at:g}: strong relief in some",
        xlabel="SD of change, LDN over placebo (log scale)",
        favours=("less spread with LDN", "more spread with LDN"),
    )
    figure = draw(rows, look, width)
    ratio_ticks(figure.axes[0], (0.1, 0.25, 0.5, 0.7, 1.0, 1.4, 2.0, 4.0, 10.0))
    return figure


def _ratio_row(label: str, row: Any, mark: Mark, colour: str) -> Row:
    values = (row["ratio"], row["lower"], row["upper"])
    bold = colour == MEANING["summary"]
    return Row(label, *logs(*values), (), (interval(*values),), mark, colour=colour, bold=bold)


@responsive
def shift_against_observed(table: pd.DataFrame, *, level: float = 0.95, width: float) -> Figure:
    """Differences in responders as counted, with their intervals, and what an equal response of everybody
    predicts: open diamonds. Left favours LDN.

    `table` is `responders.shift_differences`.
    """
    rows = []
    for label, group in table.groupby("label", sort=False):
        rows.append(Row(str(label), mark="none", bold=True))
        for _, r in group.sort_values("percent").iterrows():
            mid, low, high = (100 * r[name] for name in ("rd", "rd_lower", "rd_upper"))
            words = (interval(mid, low, high, 0), number(100 * r["predicted"], 0))
            label, predicted = f"Pain lower by {r['percent']:g}%", -100 * r["predicted"]
            rows.append(Row(label, -mid, -high, -low, (), words, expected=predicted))
    look = Look(
        label_head="Trial",
        right_heads=(f"■ counted [{of_level(level)}]", "◇ if all alike"),
        xlabel="more responders of 100 with LDN (above 0 on the left)",
    )
    figure = draw(rows, look, width)
    figure.axes[0].xaxis.set_major_formatter(lambda at, _: minus_signs(f"{0.0 - at:g}"))
    return figure


@responsive
def chance_of_r2(
    simulated: FloatArray,
    *,
    reported: float,
    truth: float,
    limits: tuple[float, float],
    level: float = 0.95,
    width: float,
) -> Figure:
    """How r squared, in percent, falls out in samples of the reported size, if the true correlation is
    `truth`; what was reported, with its interval (`limits`)."""
    import seaborn
    from matplotlib.colors import to_rgba

    figure, axes = new_figure(width, 2.5)
    side = np.where(simulated >= reported - 1e-12, "as large or larger", "below what was reported")
    colours = {"below what was reported": COLOURS["sky"], "as large or larger": MEANING["prediction"]}
    bars = {"stat": "percent", "bins": 25, "binrange": (0, 100), "multiple": "stack"}
    look = {"hue_order": list(colours), "palette": colours, "alpha": 1, "edgecolor": "white"}
    seaborn.histplot(x=100 * simulated, hue=side, legend=False, ax=axes, **bars, **look)
    for bar in axes.patches:  # told by more than its colour
        if bar.get_facecolor() == to_rgba(MEANING["prediction"]):
            bar.set_hatch("////")
    top = max((bar.get_y() + bar.get_height() for bar in axes.patches), default=0.0)  # type: ignore[attr-defined]
    (place, low, high), truly = (100 * x for x in (reported, *limits)), 100 * truth**2
    axes.plot([low, high], [0.6 * top] * 2, color=INK, lw=1.5)
    axes.plot([place], [0.6 * top], "s", ms=7, color=INK)
    words = f"reported: {place:.0f}%\n[{of_level(level)}\n{low:.0f} to {high:.0f}%]"
    align = "right" if place > 85 else "center" if place > 15 else "left"
    beside(axes, words, (place, 0.6 * top), (0, 8), ha=align, va="bottom", fontsize=9)
    axes.axvline(truly, color=MUTED, lw=1, ls=":")
    words = f"simulated samples,\nif truly {truly:.0f}%"
    beside(axes, words, (truly, 1.08 * top), (5, 0), va="top", color=MUTED, fontsize=9)
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 1.12 * top)
    axes.set_xlabel("\n".join(wrap("share of the response explained (r squared), %", width - 0.7)))
    axes.set_ylabel("samples, %")
    tidy(axes, left=True)
    return figure
