"""A contrast of LDN and control with its chain: table row and explanation are two views of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ldn_analysis.contrasts.chain import Chain, Explanation, Row, beside
from ldn_analysis.contrasts.study_sets import trial_of
from ldn_analysis.models.limits import PRINTED_LEVEL, limits_of

COLUMNS = (
    "study_id", "label", "year", "design", "design_type", "trial_id", "dose_mg", "week", "n_ldn", "n_control",
    "people", "yi", "vi", "se", "df", "printed_lower", "printed_upper", "measure", "instrument", "unit",
    "better", "derivation", "source", "location", "how_read", "included", "exclusion_reason", "crossover_r",
    "outcome", "inputs",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """The effect of LDN against control in one study, or the reason why there is none."""

    study: dict[str, Any]
    outcome: str
    reported_as: str
    instrument: str
    measure: str
    chain: Chain
    rows: tuple[Row, ...] = ()  # all rows of the study on this instrument
    reason: str = ""
    unit: str = ""
    better: str = ""
    week: float = math.nan
    dose: float = math.nan
    n_ldn: float = math.nan
    n_control: float = math.nan
    total: float = math.nan  # of both groups, as printed
    two_groups: bool = False  # of a crossover, the first period alone: nobody is in both
    yi: float = math.nan
    vi: float = math.nan
    words: str = ""
    crossover_r: float = math.nan
    df: float = math.nan  # of vi; NaN where normal
    printed: tuple[float, float] = (math.nan, math.nan)  # the paper's 95% limits for this very estimate
    control_variance: float = math.nan  # of the control group's mean, on the scale of yi
    by_dose: tuple[Contrast, ...] = ()  # of a trial of several doses: each against the control

    def left_out(self, reason: str) -> Contrast:
        """The same contrast outside the pool, and why; its numbers are not shown as estimates."""
        nothing = (math.nan, math.nan)
        return replace(
            self, reason=reason, yi=math.nan, vi=math.nan, df=math.nan, printed=nothing, by_dose=()
        )

    @property
    def people(self) -> float:
        """Participants, those of a crossover once; the printed total where its groups' sizes are not."""
        paired = self.study["design_type"] == "crossover" and not self.two_groups
        of_groups = self.n_ldn if paired else self.n_ldn + self.n_control
        return of_groups if math.isfinite(of_groups) else self.total

    @property
    def row(self) -> dict[str, Any]:
        """The table's row, in the order of `COLUMNS`."""
        of_study = ("study_id", "label", "year", "design", "design_type")
        cells = {name: self.study[name] for name in of_study} | {
            "trial_id": trial_of(self.study),
            "dose_mg": self.dose,
            "se": math.sqrt(self.vi) if self.vi >= 0 else math.nan,
            "printed_lower": self.printed[0],
            "printed_upper": self.printed[1],
            "derivation": ". ".join(part for part in (self.words, self.chain.words()) if part),
            "source": self.chain.sources("source") or str(self.study["doi"] or ""),
            "location": self.chain.sources("location"),
            "how_read": self.chain.sources("how_read"),
            "included": not self.reason,
            "exclusion_reason": self.reason,
            "outcome": self.reported_as,
            "inputs": self.chain.outcome_ids(),
        }
        return {name: cells[name] if name in cells else getattr(self, name) for name in COLUMNS}

    @property
    def explanation(self) -> Explanation:
        """The same derivation, step by step."""
        return Explanation(
            self.study["study_id"], self.study["label"], self.outcome, self.measure, self.instrument,
            self.unit, self.better, not self.reason, self.reason, self.words, tuple(self.chain.steps),
        )  # fmt: skip


def limits_in_words(yi: float, vi: float, df: float, printed: tuple[float, float]) -> str:
    """The derived 95% interval, and the printed one where there is one: a remark for the chain."""
    low, high = limits_of(yi, vi, PRINTED_LEVEL, df if df >= 1 else math.inf)
    by = f"t, {df:g} df" if df >= 1 else "normal"
    sentence = f"95% interval of yi from this ({by}): {low:.3f} to {high:.3f}."
    if all(map(math.isfinite, printed)):
        sentence += f" The paper prints {printed[0]:g} to {printed[1]:g}, which is what reports show."
    return sentence


def explained(mine: Sequence[Contrast]) -> Explanation:
    """The chain of a study: of what is included, if anything is; several instruments one after another."""
    mine = [c for c in mine if not c.reason] or mine
    if len(mine) == 1:
        return mine[0].explanation
    steps = (s for i, c in enumerate(mine, 1) for s in beside(c.chain.steps, f"c{i}", c.instrument))
    first = mine[0].explanation
    reasons = "; ".join(f"{c.instrument}: {c.reason}" for c in mine if c.reason)
    return replace(
        first, instrument="; ".join(c.instrument for c in mine), steps=tuple(steps), reason=reasons,
        unit="; ".join(dict.fromkeys(c.unit for c in mine)), included=any(not c.reason for c in mine),
        better="; ".join(dict.fromkeys(c.better for c in mine)),
    )  # fmt: skip
