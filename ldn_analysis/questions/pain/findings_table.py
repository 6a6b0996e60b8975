"""The Summary of Findings as a table, with the certainty as symbols and words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ldn_analysis.display.output import Table
from ldn_analysis.display.tables import table
from ldn_analysis.display.words import MISSING, number
from ldn_analysis.questions.grading import LEVELS, UNGRADED
from ldn_analysis.questions.pain.findings import named

if TYPE_CHECKING:
    import pandas as pd

    from ldn_analysis.display.trail import Trail

CERTAINTY_SYMBOLS: dict[str, str] = {
    **{level: "⊕" * (len(LEVELS) - i) + "○" * i for i, level in enumerate(LEVELS)},
    UNGRADED: MISSING,
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
            "outcome": named(row),
            "placebo": _per(row["placebo"]),
            "ldn": _per(row["ldn"]),
            "absolute": _absolute(row),
            "relative": _effect(row),
            "base": f"{row['n']} ({row['k']})" if row["k"] else MISSING,
            "certainty": f"{_letters(row)} [{i}]",
            "inputs": row["inputs"],
            "derivation": row["derivation"],
        }
        for i, row in enumerate(records, 1)
    ]
    notes = [
        f"[{i}] {row['outcome']}: {row['reasons']}. {row['comment']}".strip()
        for i, row in enumerate(records, 1)
    ]
    notes += [
        "Differences are LDN minus placebo. RR: risk ratio; MD: mean difference, below zero favours LDN.",
        "With placebo: as counted. With LDN: by the ratio. This is research, not medical advice.",
    ]
    frame = pd.DataFrame(cells, columns=[*heads, "inputs", "derivation"])
    return table(frame, caption=caption, columns=heads, notes=notes, trail=trail, how="derivation")
