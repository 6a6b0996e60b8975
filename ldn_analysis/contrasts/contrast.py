"""A contrast of LDN and control with its chain: table row and explanation are two views of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ldn_analysis.contrasts.chain import Chain, Explanation, Step

__all__ = ["COLUMNS", "Contrast", "explained"]

COLUMNS = (
    "study_id",
    "label",
    "year",
    "design",
    "dose_mg",
    "week",
    "n_ldn",
    "n_control",
    "yi",
    "vi",
    "se",
    "measure",
    "instrument",
    "unit",
    "better",
    "derivation",
    "source",
    "location",
    "how_read",
    "included",
    "exclusion_reason",
    "crossover_r",
    "outcome",
    "inputs",
)


@dataclass(frozen=True, slots=True)
class Contrast:
    """The effect of LDN against control in one study, or the reason why there is none."""

    study: dict[str, Any]
    outcome: str
    reported_as: str
    instrument: str
    measure: str
    unit: str
    better: str
    week: float
    n_ldn: float
    n_control: float
    yi: float
    vi: float
    words: str
    reason: str
    crossover_r: float
    chain: Chain

    @property
    def row(self) -> dict[str, Any]:
        """The table's row, in the order of `COLUMNS`."""
        values = {
            "study_id": self.study["study_id"],
            "label": self.study["label"],
            "year": self.study["year"],
            "design": self.study["design"],
            "dose_mg": _dose(self.study),
            "week": self.week,
            "n_ldn": self.n_ldn,
            "n_control": self.n_control,
            "yi": self.yi,
            "vi": self.vi,
            "se": math.sqrt(self.vi) if self.vi >= 0 else math.nan,
            "measure": self.measure,
            "instrument": self.instrument,
            "unit": self.unit,
            "better": self.better,
            "derivation": ". ".join(part for part in (self.words, self.chain.words()) if part),
            "source": self.chain.sources("source") or str(self.study["doi"] or ""),
            "location": self.chain.sources("location"),
            "how_read": self.chain.sources("how_read"),
            "included": not self.reason,
            "exclusion_reason": self.reason,
            "crossover_r": self.crossover_r,
            "outcome": self.reported_as,
            "inputs": self.chain.outcome_ids(),
        }
        return {name: values[name] for name in COLUMNS}

    @property
    def explanation(self) -> Explanation:
        """The same derivation, step by step."""
        return Explanation(
            self.study["study_id"],
            self.study["label"],
            self.outcome,
            self.measure,
            self.instrument,
            self.unit,
            self.better,
            not self.reason,
            self.reason,
            self.words,
            tuple(self.chain.steps),
        )


def _dose(study: dict[str, Any]) -> float:
    """Dose in mg a day if it is one number; NaN for a range."""
    try:
        return float(study["dose_mg_per_day"])
    except (TypeError, ValueError):
        return math.nan


def explained(mine: Sequence[Contrast]) -> Explanation:
    """The chain of a study; where it measured the outcome with several instruments, one after another."""
    if len(mine) == 1:
        return mine[0].explanation
    steps: list[Step] = []
    for i, contrast in enumerate(mine, 1):
        steps += [
            replace(
                s,
                key=f"c{i}{s.key}",
                quantity=f"{contrast.instrument}: {s.quantity}",
                inputs=tuple(f"c{i}{k}" if s.kind != "reported" else k for k in s.inputs),
            )
            for s in contrast.chain.steps
        ]
    first = mine[0].explanation
    reasons = "; ".join(f"{c.instrument}: {c.reason}" for c in mine if c.reason)
    return replace(
        first,
        instrument="; ".join(c.instrument for c in mine),
        steps=tuple(steps),
        unit="; ".join(dict.fromkeys(c.unit for c in mine)),
        reason=reasons,
        included=any(not c.reason for c in mine),
        better="; ".join(dict.fromkeys(c.better for c in mine)),
    )
