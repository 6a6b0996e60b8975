"""What was compared with placebo and what was not: counted from the table of studies."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ldn_analysis.evidence.trials import LOW_DOSE_MG, enrolled, is_low_dose, once

if TYPE_CHECKING:
    import pandas as pd

    from ldn_analysis.evidence.tables import Evidence

_MG = re.compile(r"(\d+(?:\.\d+)?)(?=\s*mg\b|\s*(?:,|or|and)\s*\d+(?:\.\d+)?\s*(?:mg\b|,|or|and))")


def controlled(studies: pd.DataFrame, most: float = LOW_DOSE_MG) -> pd.DataFrame:
    """Randomised, double-blind, placebo-controlled trials with doses up to `most` mg a day, each once."""
    trials = once(studies)
    chosen = (
        (trials["randomised"] == "yes")
        & (trials["blinding"] == "double-blind")
        & (trials["control"] == "placebo")
    )
    return trials[chosen & (trials["dose_max_mg"] <= most)].reset_index(drop=True)


def doses_tested(studies: pd.DataFrame, most: float = LOW_DOSE_MG) -> pd.DataFrame:
    """Trials and randomised participants by the dose that was held: ``dose_mg studies n unknown``.

    A trial that titrates counts at its final dose; one that gave several doses side by side counts at each
    that its schedule names, up to `most`. `n` holds those whose number is known (NaN where of no trial),
    `unknown` the trials of which it is not: not reported, or not apart for this dose.
    """
    import pandas as pd

    rows = []
    for trial in controlled(studies, float("inf")).to_dict("records"):
        doses = doses_held(trial)
        people = float(trial["n_randomised"]) if len(doses) == 1 and pd.notna(trial["n_randomised"]) else None
        rows += [(dose, people) for dose in doses if dose <= most]
    held = pd.DataFrame(rows, columns=["dose_mg", "people"]).astype(float)
    grouped = held.groupby("dose_mg", as_index=False).agg(
        studies=("people", "size"),
        n=("people", lambda people: people.sum(min_count=1)),
        unknown=("people", lambda people: people.isna().sum()),
    )
    return grouped.astype({"studies": int, "unknown": int, "n": float})


def doses_held(trial: Mapping[Any, Any]) -> list[float]:
    """Doses that a trial held: its largest, or those of its schedule where it gave several side by side."""
    low, high = trial["dose_min_mg"], trial["dose_max_mg"]
    schedule = str(trial["dose_schedule"])
    if low < high and "titrat" not in schedule.lower():
        named = {float(found) for found in _MG.findall(schedule)}
        doses = sorted(dose for dose in named if low <= dose <= high)
        if {low, high} <= set(doses):
            return doses
    return [high]


def untested(studies: pd.DataFrame, doses: Sequence[float] = (1.5, 3.0, 4.5, 6.0)) -> pd.DataFrame:
    """Questions about the dose and what the trials against placebo hold on each.

    Columns ``question trials n found``, ``unknown``: trials for which the table does not say, and ``inputs``:
    the trials that were counted, or all that were looked at where none was.
    """
    import pandas as pd

    every = controlled(studies, float("inf"))
    held = [doses_held(trial) for trial in every.to_dict("records")]
    some = pd.Series([min(doses) <= LOW_DOSE_MG for doses in held], index=every.index, dtype=bool)
    trials, held = every[some], [doses for doses in held if min(doses) <= LOW_DOSE_MG]
    schedule = trials["dose_schedule"].str.lower()
    dose, weeks, sex = trials["dose_max_mg"], trials["treatment_weeks"], trials["sex"]
    side_by_side = trials["dose_min_mg"].lt(dose) & ~schedule.str.contains("titrated")
    at_dose = [pd.Series([mg in each for each in held], index=trials.index, dtype=bool) for mg in doses]
    asked = [(f"{mg:g} mg a day", mask, dose.isna()) for mg, mask in zip(doses, at_dose, strict=True)]
    asked += [
        ("two doses side by side", side_by_side, dose.isna()),
        ("twice-daily intake", schedule.str.contains(r"twice|two times|\bbid\b|b\.i\.d"), schedule.isna()),
        ("more than half a year", weeks > 26, weeks.isna()),
        ("more than a year", weeks > 52, weeks.isna()),
        ("men", sex.isin(["both", "male"]), sex.isna()),
    ]
    rows = []
    for question, mask, unknown in asked:
        hit, dark = trials[mask.fillna(False).astype(bool)], trials[unknown]
        found = ["; ".join(hit["label"]) or "none"]
        found += [f"not known to us for {'; '.join(dark['label'])}"] if len(dark) else []
        looked_at = tuple((hit if len(hit) else trials)["study_id"])
        n = enrolled(hit).known
        rows.append((question, len(hit), n, "; ".join(found), len(dark), looked_at))
    high = every[every["dose_max_mg"] > 6]
    n, looked_at = enrolled(high).known, tuple((high if len(high) else every)["study_id"])
    rows.append(("above 6 mg a day", len(high), n, _with_schedule(high), 0, looked_at))
    return pd.DataFrame(rows, columns=["question", "trials", "n", "found", "unknown", "inputs"])


def _with_schedule(trials: pd.DataFrame) -> str:
    named = [f"{label} ({how})" for label, how in zip(trials["label"], trials["dose_schedule"], strict=True)]
    return "; ".join(named) or "none"


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
