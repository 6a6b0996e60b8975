"""The verdicts on all claims in one picture, then and now, told by symbol, words and colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from ldn_analysis.display.axes import write_lines
from ldn_analysis.display.rows import wrap
from ldn_analysis.display.style import COLOURS, INK, MUTED, responsive, sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

VERDICT_MARKS: dict[str, tuple[str, str]] = {
    "supported": ("✓", COLOURS["green"]),
    "true as reported": ("=", COLOURS["green"]),
    "undecided": ("~", COLOURS["yellow"]),
    "not replicated": ("1", COLOURS["orange"]),
    "contradicted": ("×", COLOURS["vermilion"]),
    "not studied": ("○", COLOURS["sky"]),
    "no usable data": ("?", "#9aa5b1"),
}
"""Symbol and colour of each verdict."""

LINE = 0.175
SIZE = 9.5


@responsive
def claims_then_and_now(
    table: pd.DataFrame, *, then: str = "by 2016", now: str = "today", width: float
) -> Figure:
    """Each claim with its verdict then and now; a verdict that changed is bold and has an arrow.

    `table` has ``claim verdict_then verdict_now certainty_now changed`` (`claims.claims_table`).
    """
    narrow = width < 5
    column = (width - 0.2) / 2 if narrow else 2.25
    room = width - 0.15 if narrow else width - 2 * column - 0.35
    start = 0.05 if narrow else width - 2 * column - 0.1
    plan, y = [], 0.42
    for row in table.to_dict("records"):
        lines = wrap(str(row["claim"]), room, SIZE)
        tall = LINE * len(lines)
        if narrow:
            height = tall + 0.46 + 0.16
            plan.append((row, lines, y + LINE / 2, y + tall + 0.2))
        else:
            graded = {row["certainty_then"], row["certainty_now"]} != {"not graded"}
            height = max(tall, 0.36 if graded else 0.26) + 0.07
            middle = y + height / 2 - 0.035
            plan.append((row, lines, middle - LINE * (len(lines) - 1) / 2, middle))
        y += height
    caption = "Bold with an arrow: changed. Undecided: the data leave the question open."
    legend = wrap(caption, width - 0.15, 9)
    figure, axes = sheet(width, y + 0.1 + 0.17 * len(legend) + 0.1)
    if not narrow:
        axes.text(0.05, 0.18, "Claim", fontweight="bold", va="center")
    for j, words in enumerate((then, now)):
        axes.text(start + column * j + 0.05, 0.18, words, fontweight="bold", va="center")
    for i, (row, lines, top, middle) in enumerate(plan):
        if i:
            edge = top - LINE / 2 - 0.07 if narrow else _between(plan, i)
            axes.plot([0.05, width - 0.05], [edge, edge], color="#e4e7eb", lw=0.8)
        write_lines(axes, 0.05, top, lines, LINE, fontsize=SIZE)
        changed = bool(row["changed"])
        for j, when in enumerate(("then", "now")):
            grade = str(row[f"certainty_{when}"])
            below = "" if grade == "not graded" else f"certainty {grade}"
            verdict, x = str(row[f"verdict_{when}"]), start + column * j + 0.2
            _verdict(axes, x, middle, verdict, below, changed and j == 1)
    write_lines(axes, 0.05, y + 0.15, legend, 0.17, fontsize=9, color=MUTED)
    return figure


def _between(plan: list[Any], i: int) -> float:
    """Height of the line between row `i` and the row above it."""
    above, here = plan[i - 1], plan[i]
    low = max(above[2] + LINE * (len(above[1]) - 1) + LINE / 2, above[3] + 0.18)
    high = min(here[2] - LINE / 2, here[3] - 0.18)
    return float(low + high) / 2


def _verdict(axes: Any, x: float, y: float, verdict: str, below: str, changed: bool) -> None:
    from matplotlib.patches import Circle

    symbol, colour = VERDICT_MARKS[verdict]
    axes.add_patch(Circle((x, y), 0.13, facecolor=colour, edgecolor=INK, lw=0.8))
    axes.text(x, y, symbol, ha="center", va="center_baseline", fontsize=10, fontweight="bold", color="black")
    text = f"→ {verdict}" if changed else verdict
    weight = "bold" if changed else "normal"
    up = 0.085 if below else 0.0
    axes.text(x + 0.22, y - up, text, va="center", fontsize=9, fontweight=weight)
    if below:
        axes.text(x + 0.22, y + up, below, va="center", fontsize=9, color=MUTED)
