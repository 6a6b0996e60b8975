"""Certainty in GRADE's words: where it starts, what takes levels off, and why.

The rules for what can be computed (risk of bias by weight, inconsistency, imprecision) are here; what cannot
be (indirectness, publication bias) is declared in ``data/judgements.csv``. See the Cochrane Handbook, section
14.2, and GRADE guidelines 4 to 9 (J Clin Epidemiol 2011).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ldn_analysis.errors import InputError, one_of

__all__ = [
    "FEWEST_EVENTS",
    "FEWEST_PEOPLE",
    "LEVELS",
    "Certainty",
    "Downgrade",
    "bias_off",
    "certainty",
    "events_off",
    "inconsistency_off",
    "interval_off",
    "pooled_certainty",
]

LEVELS = ("high", "moderate", "low", "very low")
UNGRADED = "not graded"
FEWEST_PEOPLE = 400
"""Participants below which a mean difference is rated imprecise (GRADE guidelines 6, Guyatt 2011)."""
FEWEST_EVENTS = 300
"""Events below which a ratio is rated imprecise (the same)."""
RATIO_THAT_MATTERS = 1.25
"""Relative risks beyond this or its counterpart 0.75 are called appreciable by default (the same)."""


@dataclass(frozen=True, slots=True)
class Downgrade:
    """Levels taken off in one of GRADE's domains, and the reason."""

    domain: str
    levels: int
    reason: str

    def __str__(self) -> str:
        size = {1: "one level", 2: "two levels"}.get(self.levels, f"{self.levels} levels")
        return f"{self.domain}, {size}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Certainty:
    """A certainty, where it started, and every reason for what was taken off."""

    level: str
    start: str
    downgrades: tuple[Downgrade, ...] = ()
    note: str = ""

    @property
    def reasons(self) -> tuple[str, ...]:
        """The start and each downgrade as a line."""
        first = self.note or f"starts at {self.start}"
        return (first, *(str(d) for d in self.downgrades))


def certainty(start: str, downgrades: Iterable[Downgrade | None]) -> Certainty:
    """Take the levels of `downgrades` (None: nothing) off `start`; it never falls below very low."""
    one_of("start", start, LEVELS)
    taken = tuple(d for d in downgrades if d is not None and d.levels > 0)
    if any(d.levels < 0 for d in taken):
        raise InputError("a downgrade takes levels off: it cannot be negative")
    place = min(LEVELS.index(start) + sum(d.levels for d in taken), len(LEVELS) - 1)
    return Certainty(LEVELS[place], start, taken)


def pooled_certainty(
    fit: Any, mid: float | None, bias: Mapping[str, str], study_ids: Sequence[str], n: float
) -> Certainty:
    """Certainty of a pooled mean difference of randomised trials, by the rules that can be computed.

    Parameters
    ----------
    fit : models.Pooled
    mid : float or None
        Difference that matters, in the unit of `fit`; None (another unit) leaves the result ungraded.
    bias : mapping of study id to judgement
    study_ids : sequence of str
        In the order of the weights of `fit`.
    n : int
        Participants.
    """
    if mid is None:
        note = "the threshold is in points of a pain scale, these results are not"
        return Certainty(UNGRADED, "", note=note)
    low, high = fit.ci
    biased = bias_off(list(fit.weights), study_ids, bias)
    return certainty("high", [biased, inconsistency_off(fit.i2), interval_off(low, high, mid, n)])


def bias_off(
    weights: Sequence[float], study_ids: Sequence[str], bias: Mapping[str, str], outcome: str = ""
) -> Downgrade | None:
    """One level where studies that are not judged low carry more than half of the weight.

    `outcome` names the outcome that `bias` was judged for, where it stands in for another.
    """
    total = sum(weights)
    unsure = sum(w for w, s in zip(weights, study_ids, strict=True) if bias.get(s) != "low")
    if not total or 100 * unsure / total <= 50:
        return None
    stands = f"; judged for {outcome}, which stands in here" if outcome else ""
    return Downgrade(
        "risk of bias", 1,
        f"studies with {100 * unsure / total:.0f}% of the weight are not judged at low risk, in part since "
        f"their full papers were not available to us{stands}",
    )  # fmt: skip


def inconsistency_off(i2: float | None) -> Downgrade | None:
    """One level where I2 is 50% or more."""
    if i2 is None or not math.isfinite(i2) or i2 < 50:
        return None
    return Downgrade("inconsistency", 1, f"I² is {i2:.0f}%")


def interval_off(lower: float, upper: float, mid: float, n: float) -> Downgrade | None:
    """Imprecision of a mean difference: two levels where the interval holds benefit and harm that matter
    (`mid`), one where it holds one of them and a smaller difference, or below `FEWEST_PEOPLE`."""
    if not (math.isfinite(lower) and math.isfinite(upper)):
        return Downgrade("imprecision", 2, "no interval can be given")
    if lower <= -mid and upper >= mid:
        return Downgrade("imprecision", 2, "the interval includes benefit and harm that matter")
    if (lower <= -mid < upper) or (lower < mid <= upper):
        return Downgrade(
            "imprecision", 1, "the interval includes a difference that matters and one too small"
        )
    if n < FEWEST_PEOPLE:
        return Downgrade("imprecision", 1, f"fewer than {FEWEST_PEOPLE} participants")
    return None


def events_off(events: float, lower: float, upper: float) -> Downgrade | None:
    """Imprecision of a risk ratio: two levels without events, or where it may be appreciably below and above
    1 (0.75 and 1.25); one below `FEWEST_EVENTS` events."""
    if events == 0 or not (math.isfinite(lower) and math.isfinite(upper)):
        return Downgrade("imprecision", 2, "too few events for a ratio")
    if lower < 2 - RATIO_THAT_MATTERS and upper > RATIO_THAT_MATTERS:
        return Downgrade(
            "imprecision", 2, f"{events:g} events; the interval includes appreciably fewer and more"
        )
    if events < FEWEST_EVENTS:
        return Downgrade("imprecision", 1, f"{events:g} events, fewer than {FEWEST_EVENTS}")
    return None
