"""Pictures of harms: risk ratios, how long how many people took the drug, what zero events leave open."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from ldn_analysis.display import rows as _rows
from ldn_analysis.display.axes import beside, logs, ratio_ticks
from ldn_analysis.display.rows import Look, Row, wrapped
from ldn_analysis.display.style import COLOURS, INK, MEANING, new_figure, responsive, tidy
from ldn_analysis.display.words import interval, rows_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COUNTED = "Counted in the trials, each time apart"


def _ratio(row: Any) -> str:
    """The ratio with its interval; without one the difference in a hundred people, where there is one."""
    if math.isfinite(row["estimate"]):
        return interval(row["estimate"], row["lower"], row["upper"])
    gap, low, high = (row.get(name, math.nan) for name in ("rd", "rd_lower", "rd_upper"))
    return f"no ratio; of 100: {interval(gap, low, high, 1)}" if math.isfinite(gap) else "no ratio"


@responsive
def ratios(
    ours: pd.DataFrame,
    quoted: pd.DataFrame,
    *,
    quoted_name: str = "Published by others, quoted: not recomputed",
    level: float = 0.95,
    width: float,
) -> Figure:
    """Risk ratios with intervals on a log scale: ours above, quoted values clearly apart below, in grey and
    with hollow words.

    `ours` and `quoted` have ``label detail estimate lower upper`` (ratios), `ours` also ``event``, whose
    times stand together. A row without a ratio stays, with its difference in a hundred people (``rd rd_lower
    rd_upper``) in words. `level` is that of our intervals;
    quoted ones are at 95%.
    """
    rows: list[Row] = []
    times = [part for _, part in ours.groupby("event", sort=False)]
    ours = pd.concat(times) if times else ours
    for name, part, colour in ((COUNTED, ours, INK), (quoted_name, quoted, MEANING["excluded"])):
        rows.append(Row(name, mark="none", bold=True, colour=colour, left=("",), right=("",)))
        rows += [
            Row(
                str(r["label"]),
                *logs(r["estimate"], r["lower"], r["upper"]),
                (str(r["detail"]),),
                (_ratio(r),),
                "square" if colour == INK else "dot",
                colour=colour,
            )
            for _, r in part.iterrows()
        ]
        if not len(part):
            rows.append(Row("none available to us", mark="none", left=("",), right=("",)))
    look = Look(
        label_head="Harm",
        left_heads=("Basis",),
        right_heads=(f"ratio [{100 * level:g}% interval]",),
        xlabel="ratio, LDN over placebo (log scale)",
        favours=("fewer with LDN", "more with LDN"),
        limits=None if any(r.drawn for r in rows) else (math.log(0.25), math.log(4)),
    )
    figure = _rows.draw(rows, look, width)
    ratio_ticks(figure.axes[0])
    return figure


@responsive
def exposure(table: pd.DataFrame, *, width: float) -> Figure:
    """Weeks of randomised exposure to LDN by trial, grouped by dose: the length of a bar is the time, its
    height the number of people, its area the person-weeks.

    `table` has ``label dose_mg n_ldn weeks_ldn weeks_full person_weeks_ldn``, one row a trial and dose; what
    is NaN is said in words, without a bar.
    """
    shown = table.sort_values(["dose_mg", "weeks_ldn"]).reset_index(drop=True)
    narrow = width < 5
    size = 9 if not narrow else 8.5
    most_of = 3.4 if narrow else 2.6
    names = [f"{r.label}, {r.dose_mg:g} mg" for r in rows_of(shown)]
    heads, taller = wrapped(names, most_of, size, narrow)
    more = taller if narrow else 0.0
    step = (0.62 if narrow else 0.48) + more
    figure, axes = new_figure(width, 1.25 + step * len(shown))
    longest = float(max([*shown["weeks_ldn"].fillna(0), 1.0]))
    most = float(max([*shown["n_ldn"].fillna(0), 1.0]))
    colours = [COLOURS["sky"], COLOURS["orange"], COLOURS["green"], COLOURS["purple"]]
    doses = sorted(set(shown["dose_mg"]))
    for y, r in enumerate(rows_of(shown)):
        known = math.isfinite(r.person_weeks_ldn)
        weeks = float(r.weeks_ldn) if known else 0.0
        tall = (0.34 * 0.62 / step if narrow else 0.62) * float(r.n_ldn) / most if known else 0.0
        place = y + ((0.18 * 0.62 + more / 2) / step if narrow else 0)
        axes.barh(
            place, weeks, height=tall, edgecolor=INK, lw=0.6,
            color=colours[doses.index(r.dose_mg) % len(colours)],
        )  # fmt: skip
        people = f"{r.n_ldn:g} people" if math.isfinite(r.n_ldn) else "people not known"
        time = f"{r.weeks_ldn:g} weeks" if math.isfinite(r.weeks_ldn) else "weeks not known"
        words = f"{people} × {time} = {r.person_weeks_ldn:,.0f}" if known else f"{people}, {time}"
        if 0 < r.weeks_full < r.weeks_ldn:
            words += f", {r.weeks_full:g} weeks at the full dose"
        if narrow:
            above = y - (0.2 * 0.62 + more / 4) / step
            axes.text(0, above, heads[y], fontsize=size, va="center", fontweight="bold")
            inside = weeks > 0.6 * longest
            thin = inside and tall < 1.4 * size / 72 / step  # the words would be struck through
            below = place + (tall / 2 + 0.8 * size / 72 / step if thin else 0)
            axes.text(0.8 if inside else weeks + 0.8, below, words, fontsize=size, va="center")
        else:
            beside(axes, words, (weeks, place), (5, 0), va="center", fontsize=size)
    axes.set_xlim(0, (1.5 if narrow else 1.55) * longest)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    step_weeks = next((t for t in (1, 4, 13, 26, 52, 104, 520) if longest / t <= 6), 520)
    axes.set_xticks([t * step_weeks for t in range(int(1.05 * longest / step_weeks) + 1)])
    axes.set_yticks([] if narrow else range(len(shown)), [] if narrow else heads)
    axes.set_xlabel(
        "weeks on LDN, as planned" if narrow else "weeks on LDN, as planned (height of a bar: people)"
    )
    axes.grid(axis="x", lw=0.8)
    tidy(axes)
    return figure


@responsive
def frequency_left_open(table: pd.DataFrame, *, asked: float = 1.0, width: float) -> Figure:
    """How common a serious event may still be by each report: from the share who had one, a dot, to the
    largest that is left open.

    `table` has ``label event events n upper_percent``; `asked` is the frequency per 100 that one would like
    to exclude.
    """
    rows: list[Row] = []
    for event, reports in table.groupby("event", sort=False):
        rows.append(Row(str(event).capitalize(), mark="none", bold=True))
        for r in rows_of(reports):
            share, last = 100 * r.events / r.n, r.label == "all reports"
            rows.append(
                Row(
                    str(r.label), share, share, r.upper_percent, (f"{r.events:g}/{r.n:,g}",),
                    (f"up to {r.upper_percent:.1f}",), "dot", bold=last,
                    colour=MEANING["summary"] if last else INK,
                )
            )  # fmt: skip
    look = Look(
        label_head="Report",
        left_heads=("LDN",),
        right_heads=("of 100 people",),
        xlabel="people with a serious event, of 100 on LDN",
        favours=("", ""),
        guide=asked,
        guide_name=f"asked about: {asked:g} in 100",
        limits=None if len(table) else (0, 4 * asked),
    )
    return _rows.draw(rows, look, width)
