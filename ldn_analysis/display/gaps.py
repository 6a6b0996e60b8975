"""What was compared with placebo, and what nobody has tested: counted from the table of studies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["controlled", "doses_tested", "untested"]


def controlled(studies: pd.DataFrame, most: float = 6.0) -> pd.DataFrame:
    """Randomised, double-blind, placebo-controlled trials of repeated doses up to `most` mg a day, each once."""
    once = studies.drop_duplicates("trial_id")
    chosen = (
        (once["randomised"] == "yes") & (once["blinding"] == "double-blind") & (once["control"] == "placebo")
    )
    return once[chosen & (once["dose_max_mg"] <= most)].reset_index(drop=True)


def doses_tested(studies: pd.DataFrame, most: float = 6.0) -> pd.DataFrame:
    """Trials and randomised participants by the dose that was held: ``dose_mg studies n``.

    A trial that titrates counts at its final dose.
    """
    trials = controlled(studies, most)
    grouped = trials.groupby("dose_max_mg", as_index=False).agg(
        studies=("study_id", "size"), n=("n_randomised", "sum")
    )
    return grouped.rename(columns={"dose_max_mg": "dose_mg"})


def untested(studies: pd.DataFrame, doses: Sequence[float] = (1.5, 3.0, 4.5, 6.0)) -> pd.DataFrame:
    """Questions about the dose and what the trials against placebo hold on each: ``question trials n found``."""
    import pandas as pd

    trials = controlled(studies)
    every = controlled(studies, float("inf"))
    schedule = trials["dose_schedule"].str.lower()
    alone = trials["dose_max_mg"]
    asked = [(f"{dose:g} mg a day", alone == dose) for dose in doses]
    asked += [
        (
            "two doses compared within one trial",
            trials["dose_min_mg"].lt(alone) & ~schedule.str.contains("titrated"),
        ),
        ("twice daily", schedule.str.contains(r"twice|two times|\bbid\b|b\.i\.d")),
        ("longer than half a year", trials["treatment_weeks"] > 26),
        ("longer than a year", trials["treatment_weeks"] > 52),
        ("men among the participants", trials["sex"].isin(["both", "male"])),
    ]
    rows = []
    for question, mask in asked:
        hit = trials[mask.fillna(False)]
        rows.append((question, len(hit), int(hit["n_randomised"].sum()), "; ".join(hit["label"]) or "nobody"))
    high = every[every["dose_max_mg"] > 6]
    rows.append(("above 6 mg a day", len(high), int(high["n_randomised"].sum()), _with_schedule(high)))
    return pd.DataFrame(rows, columns=["question", "trials", "n", "found"])


def _with_schedule(trials: pd.DataFrame) -> str:
    named = [f"{label} ({how})" for label, how in zip(trials["label"], trials["dose_schedule"], strict=True)]
    return "; ".join(named) or "nobody"
