"""What a test of a claim takes and gives, and the small helpers that the tests share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from ldn_analysis import effects
from ldn_analysis.analyses.grading import Downgrade
from ldn_analysis.errors import InputError, one_of
from ldn_analysis.evidence.how_read import readable

__all__ = ["FINDINGS", "ClaimChoices", "ClaimTest", "Finding", "declared", "participants", "readable"]

Finding = Literal["for", "against", "open", "no estimate", "no study"]
FINDINGS: tuple[Finding, ...] = ("for", "against", "open", "no estimate", "no study")
"""On which side of its criterion a claim's number lies, or why there is none."""

NAN = math.nan
LOW_DOSE_MG = 6.0


@dataclass(frozen=True, slots=True)
class ClaimChoices:
    """The choices that the tests of the claims make. Those of `effects.estimates` and `models.pool`, and
    `legs_correlation` (assumed, between the two legs' pressure tolerances), `draws` and `seed` of the
    occupancy model, `power` of a trial that would settle the dose."""

    study_set: str = "primary"
    time: str | int = "primary"
    adjusted: bool = True
    crossover_r: float | None = None
    reading: str = "all"
    tau2_method: str = "REML"
    inference: str = "hksj"
    level: float = 0.95
    mid: float = 1.0
    legs_correlation: float = 0.5
    power: float = 0.9
    draws: int = 200
    seed: int = 20260101

    def contrast(self) -> dict[str, Any]:
        """Keyword arguments of `effects.estimates`."""
        names = ("study_set", "time", "adjusted", "crossover_r", "reading")
        return {name: getattr(self, name) for name in names}

    def pooling(self, k: int) -> dict[str, Any]:
        """Keyword arguments of `models.pool` for `k` studies; a single one keeps its own interval."""
        inference = self.inference if k > 1 else "z"
        return {"tau2_method": self.tau2_method, "inference": inference, "level": self.level}


@dataclass(frozen=True, slots=True)
class ClaimTest:
    """What the data say on one claim.

    Attributes
    ----------
    claim_id : str
    quantity : str
        What `number` is, in words.
    number, lower, upper, unit
        The result and its interval; NaN where there is none.
    interval : str
        What `lower` and `upper` are: a confidence interval, a range over models, or nothing.
    k, n : int
        Studies and participants behind the number.
    finding : str
        One of `FINDINGS`.
    sentence : str
        The result in words, with what it leaves open.
    downgrades : tuple of Downgrade
        Levels of certainty that computed rules take off.
    inputs : tuple of str
        Rows of the data that the number, or its absence, rests on.
    """

    claim_id: str
    quantity: str
    finding: Finding
    sentence: str
    number: float = NAN
    lower: float = NAN
    upper: float = NAN
    unit: str = ""
    interval: str = ""
    k: int = 0
    n: int = 0
    downgrades: tuple[Downgrade, ...] = ()
    inputs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        one_of("finding", self.finding, FINDINGS)


def declared(ev: Any, claim_id: str, item: str) -> str:
    """The declared judgement of a claim, as written in ``judgements.csv``.

    Raises
    ------
    InputError
        If there is none: a test must not make up its own criterion.
    """
    table = ev.judgements
    found = table[(table["claim_id"] == claim_id) & (table["item"] == item)]
    if not len(found):
        raise InputError(f"judgements.csv has no {item!r} for the claim {claim_id!r}: add a row")
    return str(found["value"].iloc[0])


def criterion(ev: Any, claim_id: str, item: str = "criterion") -> float:
    """A declared judgement that is a number."""
    value = declared(ev, claim_id, item)
    try:
        return float(value)
    except ValueError:
        raise InputError(f"judgements.csv: {item} of {claim_id} is {value!r}: must be a number") from None


def pain_contrasts(ev: Any, choices: ClaimChoices) -> pd.DataFrame:
    """The usable rows of the contrast table of pain, in points; none where nobody had reported pain yet."""
    if "pain" not in set(ev.outcomes["domain"]):
        return pd.DataFrame(columns=list(effects.COLUMNS))
    table = effects.estimates(ev, outcome="pain", measure="MD", **choices.contrast())
    return table[table["included"]]


def participants(table: pd.DataFrame) -> int:
    """Participants behind the rows of a contrast table; those of a crossover are counted once."""
    crossover = table["design"].astype(str).str.startswith("crossover")
    return int((table["n_ldn"].fillna(0) + table["n_control"].fillna(0).where(~crossover, 0)).sum())


def low_dose(ev: Any) -> pd.DataFrame:
    """Studies of repeated low doses, each trial once."""
    once = ev.studies.drop_duplicates("trial_id")
    return once[once["dose_max_mg"] <= LOW_DOSE_MG]


def versus(lower: float, upper: float, at: float, wanted: Literal["above", "below"]) -> Finding:
    """Whether an interval lies wholly on the claimed side of `at`, wholly on the other, or on both."""
    if not (math.isfinite(lower) and math.isfinite(upper)):
        return "open"
    above, below = lower > at, upper < at
    if not (above or below):
        return "open"
    return "for" if above == (wanted == "above") else "against"


def side(x: float, digits: int = 2) -> str:
    """A difference in words: ``0.22 lower``."""
    return f"{abs(x):.{digits}f} {'lower' if x < 0 else 'higher'}"


def behind(table: pd.DataFrame, *more: str) -> tuple[str, ...]:
    """The rows of the data behind a table: its ``inputs`` (tuples) or its primary keys, each once."""
    if "inputs" in table:
        keys = [key for inputs in table["inputs"] for key in inputs]
    else:
        keys = list(table[next(n for n in ("outcome_id", "event_id", "study_id") if n in table)])
    return tuple(dict.fromkeys([*map(str, keys), *more]))


def count(n: int, one: str, many: str | None = None) -> str:
    """A number of things: ``no trial``, ``1 trial``, ``3 trials``."""
    return f"{n or 'no'} {one if n <= 1 else many or one + 's'}"
