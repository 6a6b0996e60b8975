"""Counts of participants with an event, side by side."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from ldn_analysis.errors import InputError, one_of
from ldn_analysis.evidence.how_read import may_be_read

__all__ = ["EVENT_COLUMNS", "event_table"]

EVENT_COLUMNS = (
    "study_id",
    "label",
    "year",
    "design",
    "dose_mg",
    "event",
    "analysis",
    "a",
    "n1",
    "c",
    "n2",
    "paired",
    "definition",
    "week",
    "source",
    "location",
    "how_read",
    "included",
    "exclusion_reason",
    "inputs",
)


def event_table(
    ev: Any, event: str | None = None, reading: str = "all", analysis: str = "intention to treat"
) -> pd.DataFrame:
    """Events of LDN and control of each study, one row a study, event, week and analysis.

    Parameters
    ----------
    ev
        `evidence.Evidence`.
    event
        As in the events table ("pain response 30%", "any adverse event", ...); None gives all.
    reading : {"all", "transcribed", "read by us", "abstract"}
        As in `derive`: counts read in other ways are set aside.
    analysis : {"intention to treat", "complete cases", "all"}
        Where a study reports an event in several ways, the one to include; the others stay in the table as
        excluded. A study that reports it in one way only is included as it is. "all" includes every row.

    Returns
    -------
    DataFrame
        Columns `EVENT_COLUMNS`: `a` of `n1` under LDN, `c` of `n2` under control; `paired` where the same
        people were under both (then a 2x2 table of independent groups is wrong). A row without one of the
        groups is kept with NaN, `included` False and the reason; a missing count is not zero.

    Raises
    ------
    InputError
        An unknown event; the message lists those there are.
    """
    rows = ev.events
    known = list(dict.fromkeys(rows["event"]))
    if event is not None and event not in known:
        raise InputError(f"event is {event!r}: must be one of {', '.join(map(str, known))}")
    if event is not None:
        rows = rows[rows["event"] == event]
    studies = {s["study_id"]: s for s in ev.studies.to_dict("records")}
    rows = rows.assign(analysis=rows.get("analysis", ""))
    keys = ["study_id", "event", "analysis", "week"]
    found = [
        _row(studies[group[0]["study_id"]], group, reading)
        for _, frame in rows.groupby(keys, dropna=False, sort=False)
        if (group := frame.to_dict("records"))
    ]
    one_of("analysis", analysis, ("intention to treat", "complete cases", "all"))
    for row in found:
        ways = {
            o["analysis"] for o in found if (o["study_id"], o["event"]) == (row["study_id"], row["event"])
        }
        if analysis in ways and row["analysis"] != analysis and not row["exclusion_reason"]:
            row["included"], row["exclusion_reason"] = False, f"{analysis} chosen; this is {row['analysis']}"
    table = pd.DataFrame(found, columns=list(EVENT_COLUMNS))
    return table.astype(dict.fromkeys(["dose_mg", "week", "a", "n1", "c", "n2"], float) | {"included": bool})


def _row(study: dict[Any, Any], group: list[dict[Any, Any]], reading: str) -> dict[str, Any]:
    arms = {g["group"]: g for g in group if may_be_read(str(g["how_read"]), reading)}
    ldn, control = arms.get("ldn"), arms.get("placebo")
    first = group[0]
    reason = ""
    if not arms:
        reason = f"read as {first['how_read']}, beyond reading={reading!r}"
    elif control is None:
        reason = "no count in a control group"
    elif ldn is None:
        reason = "no count under LDN"
    elif any(_missing(arm[name]) for arm in (ldn, control) for name in ("events", "n")):
        reason = "a count or a group size is missing"

    def value(arm: dict[Any, Any] | None, name: str) -> float:
        return math.nan if arm is None or _missing(arm[name]) else float(arm[name])

    used = list(arms.values()) or group

    def joined(name: str) -> str:
        return "; ".join(dict.fromkeys(str(g[name]) for g in used if not _missing(g[name])))

    return {
        "study_id": study["study_id"],
        "label": study["label"],
        "year": study["year"],
        "design": study["design"],
        "dose_mg": pd.to_numeric(study["dose_mg_per_day"], errors="coerce"),
        "event": first["event"],
        "analysis": "" if _missing(first["analysis"]) else first["analysis"],
        "a": value(ldn, "events"),
        "n1": value(ldn, "n"),
        "c": value(control, "events"),
        "n2": value(control, "n"),
        "paired": str(first["paired"]) in {"yes", "True"},
        "definition": joined("definition"),
        "week": first["week"],
        "source": joined("source"),
        "location": joined("location"),
        "how_read": joined("how_read"),
        "included": not reason,
        "exclusion_reason": reason,
        "inputs": tuple(g["event_id"] for g in used if "event_id" in g),
    }


def _missing(value: Any) -> bool:
    return value is None or bool(pd.isna(value)) or value == ""
