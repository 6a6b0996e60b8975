"""Pictures of harms: risk ratios, and what zero events leave open."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from ldn_analysis.display import rows as _rows
from ldn_analysis.display.axes import logs, ratio_ticks
from ldn_analysis.display.rows import Look, Row
from ldn_analysis.display.style import INK, MEANING, responsive
from ldn_analysis.display.words import interval, of_level, rows_of

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
        right_heads=(f"ratio [{of_level(level)}]",),
        xlabel="ratio, LDN over placebo (log scale)",
        favours=("fewer with LDN", "more with LDN"),
        limits=None if any(r.drawn for r in rows) else (math.log(0.25), math.log(4)),
    )
    figure = _rows.draw(rows, look, width)
    ratio_ticks(figure.axes[0])
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
            texts = (f"{r.events:g}/{r.n:,g}",), (f"up to {r.upper_percent:.1f}",)
            colour = MEANING["summary"] if last else INK
            ends = (share, share, r.upper_percent)
            rows.append(Row(str(r.label), *ends, *texts, "dot", bold=last, colour=colour))
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
