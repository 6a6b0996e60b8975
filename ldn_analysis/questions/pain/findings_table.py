"""The Summary of Findings as a table (great_tables), with the certainty as symbols and words."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Any

from ldn_analysis.display.output import MISSING, Table
from ldn_analysis.display.tables import table
from ldn_analysis.display.words import number

if TYPE_CHECKING:
    import pandas as pd

    from ldn_analysis.display.trail import Trail

__all__ = ["CERTAINTY_SYMBOLS", "summary_of_findings"]

CERTAINTY_SYMBOLS: dict[str, str] = {
    "high": "⊕⊕⊕⊕",
    "moderate": "⊕⊕⊕○",
    "low": "⊕⊕○○",
    "very low": "⊕○○○",
    "not graded": MISSING,
}
"""GRADE's symbols (Cochrane Handbook 14.1.6)."""


def _interval(estimate: float, lower: float, upper: float, digits: int) -> str:
    if not math.isfinite(estimate):
        return "not estimable"
    return f"{number(estimate, digits)} ({number(lower, digits)} to {number(upper, digits)})"


def _effect(row: dict[Any, Any]) -> str:
    if not row["measure"]:
        return MISSING
    return f"{row['measure']} {_interval(row['estimate'], row['lower'], row['upper'], 2)}"


def _absolute(row: dict[Any, Any]) -> str:
    if row["measure"] == "MD":
        return f"{_interval(row['estimate'], row['lower'], row['upper'], 2)} {row['unit']}"
    if not math.isfinite(row["difference"]):
        return MISSING
    return _interval(row["difference"], row["difference_lower"], row["difference_upper"], 0) + " per\u00a0100"


def _per(value: float) -> str:
    return f"{value:.0f} per\u00a0100" if math.isfinite(value) else MISSING


def _letters(row: dict[Any, Any]) -> str:
    return f"{CERTAINTY_SYMBOLS[row['certainty']]} {row['certainty']}"


def summary_of_findings(
    findings: pd.DataFrame,
    *,
    caption: str = "Summary of findings: LDN against placebo in fibromyalgia",
    level: float = 0.95,
    trail: Trail | None = None,
) -> Table:
    """The Summary of Findings (`pain.summary_of_findings`) as a table for a report.

    Each certainty carries a number that leads to its reasons, which stand below the table in full. With a
    `trail` each outcome leads to where its numbers come from.
    """
    import pandas as pd
    from great_tables import GT

    records = findings.to_dict("records")
    heads = {
        "outcome": "Outcome",
        "placebo": "With placebo",
        "ldn": "With LDN",
        "absolute": f"Difference ({100 * level:g}% interval)",
        "relative": f"Relative effect or mean difference ({100 * level:g}% interval)",
        "base": "Participants (trials)",
        "certainty": "Certainty (GRADE)",
    }
    cells = [
        {
            "outcome": row["outcome"],
            "placebo": _per(row["placebo"]),
            "ldn": _per(row["ldn"]),
            "absolute": _absolute(row),
            "relative": _effect(row),
            "base": f"{row['n']} ({row['k']})" if row["k"] else MISSING,
            "certainty": f"{_letters(row)} [{i}]",
        }
        for i, row in enumerate(records, 1)
    ]
    frame = pd.DataFrame(cells, columns=list(heads))
    made = GT(frame, rowname_col="outcome", id="summary-of-findings").tab_header(title=caption)
    made = made.tab_stubhead(label=heads["outcome"])
    made = made.cols_label(**{name: head for name, head in heads.items() if name != "outcome"})
    notes = [
        f"[{i}] {row['outcome']}: {row['reasons']}. {row['comment']}".strip()
        for i, row in enumerate(records, 1)
    ]
    notes += [
        "Differences are LDN minus placebo. RR: risk ratio; MD: mean difference, below zero favours LDN.",
        "Percentages are observed; this is research, not medical advice.",
    ]
    for note in notes:
        made = made.tab_source_note(note)
    made = made.tab_options(table_font_size="0.9em", table_width="100%", heading_align="left")
    inner = str(made.as_raw_html())
    if trail is not None:
        for row in records:
            ref = trail.note(row["inputs"], row["derivation"], caption, row["outcome"])
            name = escape(row["outcome"])
            inner = inner.replace(f">{name}</th>", f">{ref.link(name)}</th>", 1)
    label = caption.replace('"', "&quot;")
    page = (
        f'<div class="ldn-table" role="region" tabindex="0" aria-label="{label}" style="overflow-x:auto">'
        f"{inner}</div>"
    )
    plain = table(frame, caption=caption, columns=heads, notes=notes)
    return Table(page, plain.text)
