"""Facts on trials, each stated once: who is in the pool, doses, schedules, participants.

A publication is a row of ``studies.csv``; a trial is the rows that share a ``trial_id``. What is not known is
NaN and is never counted as 0.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ldn_analysis.errors import FloatArray
from ldn_analysis.evidence.tables import Evidence

LOW_DOSE_MG = 6.0
"""Largest daily dose that is called low: the dose-finding study and the trials in fibromyalgia go to 6 mg."""
CONDITIONS = ("fibromyalgia",)
ELIGIBLE = ("randomised", "blinding", "control", "condition", "design_type")
"""The columns of controlled words by which a study is in the primary pool."""
_TWICE = re.compile(
    r"\btwice\b|\btwo times\b|\b2\s*(?:x|×|times)\s*(?:/|a|per)?\s*da(?:y|ily)|\bb\.?i\.?d\b|\bb\.?d\b"
    r"|\bevery (?:12|twelve) h|\bq12h\b|morning and (?:at )?(?:evening|night|bedtime)",
    re.IGNORECASE,
)
_THRICE = re.compile(
    r"\bthrice\b|\bthree times\b|\b3\s*(?:x|×|times)\s*(?:/|a|per)?\s*da(?:y|ily)|\bt\.?[id]\.?[ds]\b"
    r"|\bevery (?:8|eight) h|\bq8h\b",
    re.IGNORECASE,
)
_ONCE = re.compile(
    r"\bonce\b|\bsingle dose\b|\bat (?:bedtime|night)\b|\bdaily\b|\ba day\b|\bper day\b"
    r"|\bevery (?:day|night)\b|\bnightly\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a study is in the primary pool: `reason`, why not (empty where it is), and whether its largest
    dose is all that speaks against it (`dose_alone`)."""

    reason: str
    dose_alone: bool = False


@dataclass(frozen=True, slots=True)
class Participants:
    """Participants of some trials, each trial once.

    Attributes
    ----------
    trials : int
        Trials counted.
    known : int
        Participants of the trials whose number is known.
    unknown : tuple of str
        The trials whose number is not known; `known` holds nobody of them.
    """

    trials: int
    known: int
    unknown: tuple[str, ...]


def once(studies: pd.DataFrame) -> pd.DataFrame:
    """One row a trial: that of its main report where it is there, else the first of its reports.

    Parameters
    ----------
    studies : DataFrame
        Rows of ``studies.csv`` with ``study_id`` and ``trial_id``.

    Returns
    -------
    DataFrame
        Rows of `studies`, in their order.
    """
    further = (studies["study_id"] != studies["trial_id"]).astype(int)
    first = further.sort_values(kind="stable").index
    main = studies.loc[first].drop_duplicates("trial_id").index
    return studies.loc[studies.index.isin(main)]


def is_low_dose(studies: pd.DataFrame) -> pd.Series:
    """Whether the largest daily dose is at most `LOW_DOSE_MG` (False where it is not known)."""
    return studies["dose_max_mg"].le(LOW_DOSE_MG)


def is_primary(studies: pd.DataFrame) -> pd.DataFrame:
    """Who is in the primary pool: randomised, double-blind, placebo-controlled, low dose, fibromyalgia.

    The rule goes by the controlled words of ``studies.csv`` alone. What ``study_sets.csv`` says of a study
    and an outcome comes before it.

    Parameters
    ----------
    studies : DataFrame
        Rows of ``studies.csv``: randomised, blinding, control, condition, design_type, dose_max_mg.

    Returns
    -------
    DataFrame
        With the index of `studies`: ``primary`` (bool), and ``reason``, why not (empty where it is).
    """
    words = {column: studies[column].astype(object).fillna("").astype(str).tolist() for column in ELIGIBLE}
    doses = pd.to_numeric(studies["dose_max_mg"], errors="coerce").tolist()
    reasons = [standing.reason for standing in standings(words, doses)]
    answer = {"primary": [not reason for reason in reasons], "reason": reasons}
    return pd.DataFrame(answer, index=studies.index).astype({"primary": bool, "reason": "str"})


def standings(words: Mapping[str, Sequence[str]], doses: Sequence[float]) -> list[Standing]:
    """Whether each study is in the primary pool (see `is_primary`), and why not.

    Parameters
    ----------
    words : the words of each study in the columns `ELIGIBLE`, empty where not known.
    doses : largest daily dose in mg, NaN where not known.
    """
    judged = []
    for row, dose in enumerate(doses):
        against = []
        if words["randomised"][row] != "yes":
            against.append("not randomised")
        if words["design_type"][row] not in ("parallel", "crossover"):
            against.append(f"its design is {words['design_type'][row] or 'not known'}")
        if words["blinding"][row] != "double-blind":
            against.append(f"its blinding is {words['blinding'][row] or 'not known'}")
        if words["control"][row] != "placebo":
            against.append(f"its control is {words['control'][row] or 'not known'}, not placebo")
        if words["condition"][row] not in CONDITIONS:
            against.append(f"its condition is {words['condition'][row] or 'not known'}")
        dose_alone = not against and dose > LOW_DOSE_MG
        if not dose <= LOW_DOSE_MG:
            high = f"{dose:g} mg a day is not a low dose"
            against.append("its dose is not known" if math.isnan(dose) else high)
        judged.append(Standing("; ".join(against), dose_alone))
    return judged


def enrolled(studies: pd.DataFrame) -> Participants:
    """Participants randomised (or enrolled), of each trial once, whatever the number of its reports.

    Where reports of one trial differ, or only one of them says, the largest number stands. A trial without a
    number randomised counts those analysed; with neither it is unknown.

    Parameters
    ----------
    studies : DataFrame
        Rows of ``studies.csv``: trial_id, n_randomised, n_analysed.
    """
    sizes = studies["n_randomised"].fillna(studies["n_analysed"]).astype(float)
    of_trial = sizes.groupby(studies["trial_id"], sort=False).max()
    unknown = tuple(str(trial) for trial in of_trial.index[of_trial.isna()])
    return Participants(len(of_trial), int(of_trial.sum()), unknown)


def times_a_day(schedules: Iterable[str]) -> FloatArray:
    """How often a day the dose is taken, by the schedule in words: 3, 2, 1, or NaN where it does not say."""
    texts = ["" if text != text else str(text) for text in schedules]
    ways = ((3.0, _THRICE), (2.0, _TWICE), (1.0, _ONCE))
    often = [next((n for n, way in ways if way.search(text)), math.nan) for text in texts]
    return np.array(often, dtype=float)


_MG = re.compile(r"(\d+(?:\.\d+)?)(?=\s*mg\b|\s*(?:,|or|and)\s*\d+(?:\.\d+)?\s*(?:mg\b|,|or|and))")


def controlled(studies: pd.DataFrame, most: float = LOW_DOSE_MG) -> pd.DataFrame:
    """Randomised, double-blind, placebo-controlled trials of the pool's conditions with doses up to `most` mg
    a day, each once."""
    trials = once(studies)
    chosen = (
        (trials["randomised"] == "yes")
        & (trials["blinding"] == "double-blind")
        & (trials["control"] == "placebo")
        & trials["condition"].isin(CONDITIONS)
    )
    return trials[chosen & (trials["dose_max_mg"] <= most)].reset_index(drop=True)


def doses_tested(studies: pd.DataFrame) -> pd.DataFrame:
    """Trials and randomised participants by the dose that was held: ``dose_mg studies n unknown``.

    A trial that titrates counts at its final dose; one that gave several doses side by side counts at each
    that its schedule names, if it is low. `n` holds those whose number is known (NaN where of no trial),
    `unknown` the trials of which it is not: not reported, or not apart for this dose.
    """
    rows = []
    for trial in controlled(studies, float("inf")).to_dict("records"):
        doses = doses_held(trial)
        people = float(trial["n_randomised"]) if len(doses) == 1 and pd.notna(trial["n_randomised"]) else None
        rows += [(dose, people) for dose in doses if dose <= LOW_DOSE_MG]
    by_dose = pd.DataFrame(rows, columns=["dose_mg", "people"]).astype(float).groupby("dose_mg")["people"]
    trials = by_dose.size()
    columns = {"studies": trials, "n": by_dose.sum(min_count=1), "unknown": trials - by_dose.count()}
    return pd.DataFrame(columns).reset_index()


def titrates(trial: Mapping[Any, Any]) -> bool:
    """Whether a trial's schedule says that its dose was titrated, in this or in other words."""
    return bool(re.search(r"titrat|\bthen\b|\bincreas|\bescalat", str(trial["dose_schedule"]), re.I))


def doses_held(trial: Mapping[Any, Any]) -> list[float]:
    """Doses that a trial held: its largest, or those of its schedule where it gave several side by side."""
    low, high = (trial.get(name, math.nan) for name in ("dose_min_mg", "dose_max_mg"))
    if low < high and not titrates(trial):
        scheduled = {float(dose) for dose in _MG.findall(str(trial["dose_schedule"]))}
        doses = sorted(dose for dose in scheduled if low <= dose <= high)
        if {low, high} <= set(doses):
            return doses
    return [high]


def some_doses(counted: Iterable[float], doses: Iterable[float]) -> str:
    """Which low doses numbers are of, in words, where the trial gave other low ones too; else empty."""
    alone = sorted(set(counted))
    left = sorted({dose for dose in doses if dose <= LOW_DOSE_MG}.difference(alone))
    if not alone or not left:
        return ""
    these, others = (" and ".join(f"{dose:g}" for dose in some) for some in (alone, left))
    return f"of {these} mg a day alone, without {others} mg, which it gave too"


def participants(table: pd.DataFrame) -> int:
    """Participants behind the included rows of a contrast table; those of a crossover are counted once."""
    return int(table.loc[table["included"].astype(bool), "people"].fillna(0).sum())


def low_dose(ev: Evidence) -> pd.DataFrame:
    """Studies of repeated low doses, each trial once."""
    trials = once(ev.studies)
    return trials[is_low_dose(trials)]


def behind(table: pd.DataFrame, *more: str) -> tuple[str, ...]:
    """The rows of the data behind a table: its ``inputs`` (tuples) or its primary keys, each once."""
    if "inputs" in table:
        keys = [key for inputs in table["inputs"] for key in inputs]
    else:
        keys = list(table[next(n for n in ("outcome_id", "event_id", "study_id") if n in table)])
    return tuple(dict.fromkeys([*map(str, keys), *more]))
