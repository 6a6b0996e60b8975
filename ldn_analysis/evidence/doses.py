"""What was compared with placebo and what was not: counted from the table of studies."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from ldn_analysis.evidence.tables import Evidence
from ldn_analysis.evidence.trials import CONDITIONS, LOW_DOSE_MG, is_low_dose, once

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
