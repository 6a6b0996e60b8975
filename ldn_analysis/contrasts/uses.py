"""What becomes of each reported row: used by an estimate or a count, or not, with the reason."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ldn_analysis.contrasts.choices import MEASURES
from ldn_analysis.contrasts.events import PAIRED, HasEvents, event_table
from ldn_analysis.contrasts.study_sets import membership
from ldn_analysis.contrasts.table import DOMAINS, derive
from ldn_analysis.errors import InputError, NoEstimate
from ldn_analysis.evidence.trials import LOW_DOSE_MG


def uses(ev: HasEvents, **choices: Any) -> pd.DataFrame:
    """Every row of outcomes and events, and what becomes of it.

    Parameters
    ----------
    ev
        `evidence.Evidence`.
    **choices
        As in `derive`. A row that only a standardised difference can use counts as used, and so does a count
        that only another choice of the analysis takes. Rates and counts of the same people enter no pool.

    Returns
    -------
    DataFrame
        ``table row_id study_id used reason``: one row a row of ``outcomes.csv`` and ``events.csv``, in their
        order; `reason` is why it is not used, empty where it is.
    """
    reasons: dict[str, str] = {}
    used: set[str] = set()
    for domain in DOMAINS:
        for measure in MEASURES:
            try:
                derived = derive(ev, domain, measure, **choices)
            except InputError:  # nothing of it was published by the year of a view
                continue
            for row in derived.unused.itertuples():
                reasons.setdefault(str(row.outcome_id), str(row.reason))
            included = derived.table[derived.table["included"]]
            used |= {str(key) for keys in included["inputs"] for key in keys}
            used |= {str(key) for keys in derived.by_dose["inputs"] for key in keys}
    outcomes = [
        ("outcomes", key, study, key in used, "" if key in used else reasons.get(key, "no analysis reads it"))
        for key, study in zip(ev.outcomes["outcome_id"], ev.outcomes["study_id"], strict=True)
    ]
    return pd.DataFrame(
        [*outcomes, *_counts(ev)], columns=["table", "row_id", "study_id", "used", "reason"]
    ).astype({"used": bool})


def _counts(ev: HasEvents) -> list[tuple[str, str, str, bool, str]]:
    if ev.events.empty:
        return []
    fate: dict[str, tuple[bool, str]] = {}
    for row in event_table(ev, analysis="all").to_dict("records"):
        used = bool(row["included"]) and not row["paired"]
        reason = "" if used else str(row["exclusion_reason"]) or PAIRED
        for key in row["inputs"]:
            fate[str(key)] = (used, reason)
    rows = ev.events.to_dict("records")
    return [
        ("events", str(row["event_id"]), str(row["study_id"]), *fate.get(str(row["event_id"]), _other(row)))
        for row in rows
    ]


def _other(row: dict[Any, Any]) -> tuple[bool, str]:
    """Why an arm is not among those that are compared."""
    if row["dose_mg_per_day"] <= LOW_DOSE_MG:
        return False, "all doses together are counted, as reported"
    return False, f"{row['dose_mg_per_day']:g} mg a day is not a low dose"


def pooled(ev: HasEvents, outcome: str = "pain") -> tuple[list[str], dict[str, str]]:
    """Who gives the primary pool of an outcome its estimates, and why members of it give none, by study id.

    A report of a trial whose other report gives the estimate is missing in neither.
    """
    try:
        table = derive(ev, outcome).table
    except NoEstimate:
        return [], {}
    inside = table[table["included"]]
    members = membership(ev, outcome, "primary")
    without = {
        str(row.study_id): str(row.exclusion_reason)
        for row in table[~table["trial_id"].isin(inside["trial_id"])].itertuples()
        if not members[str(row.study_id)].outside
    }
    return [str(study_id) for study_id in inside["study_id"]], without
