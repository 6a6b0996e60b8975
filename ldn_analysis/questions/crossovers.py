"""Whose counts those of a trial are: of the same people twice, which are not pooled, or of one dose alone."""

from __future__ import annotations

import pandas as pd

from ldn_analysis import contrasts
from ldn_analysis.display.words import count, listed
from ldn_analysis.evidence import Evidence


def doses_alone(counts: pd.DataFrame) -> str:
    """Which of the trials in some counts (rows of `contrasts.event_table`) counted some of their doses alone,
    as sentences; empty where none did."""
    rows = counts[counts["alone"] != ""].drop_duplicates(["label", "alone"])
    return " ".join(f"The count of {r['label']} is {r['alone']}." for r in rows.to_dict("records"))


def not_pooled(ev: Evidence, counts: pd.DataFrame) -> str:
    """How many people's counts are shown and not pooled since the same people took both, as a sentence.

    `counts` are rows of `contrasts.event_table`, whose `exclusion_reason` names `contrasts.PAIRED` where that
    is why. Each person of a trial counts once, whatever its events, weeks and reports; empty where there is
    none.
    """
    rows = counts[counts["exclusion_reason"].astype("str").str.contains(contrasts.PAIRED, regex=False)]
    if rows.empty:
        return ""
    trial = rows["study_id"].map(ev.studies.set_index("study_id")["trial_id"])
    people = rows[["n1", "n2"]].max(axis=1).groupby(trial).max()
    trials = count(len(people), "crossover trial")
    names = listed(list(dict.fromkeys(rows["label"])))
    return (
        f"The counts of {people.sum():,.0f} people in {trials} ({names}) are listed and not pooled: the same "
        "people took LDN and placebo, so that their counts are not two groups."
    )
