"""Which studies a study set holds, from the data; a randomised study that the data do not list is primary."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

__all__ = ["Member", "membership"]

# Sets of the table that each choice takes in.
TAKES = {
    "primary": {"primary"},
    "with_pilot": {"primary", "with_pilot"},
    "all_randomised": {"primary", "all_randomised"},
}


@dataclass(frozen=True, slots=True)
class Member:
    """A study's standing on an outcome: the domain of its numbers, its primary week, why it is outside."""

    domain: str
    week: float
    outside: str  # empty if the chosen set takes it in
    measure: str = ""  # the one that stands for the outcome, where the study reports several

    def of(self, measure: str) -> Member:
        """The standing of one of the study's measures."""
        if not self.measure or measure == self.measure:
            return self
        return replace(self, outside=self.outside or f"{self.measure} stands for this outcome in this study")


def membership(ev: Any, outcome: str, study_set: str) -> dict[str, Member]:
    """Members of `study_set` and those outside it with the reason, by study id, for one outcome.

    The data's ``study_sets`` table decides (columns study_id, outcome, from_domain, set, primary_week,
    reason, from_measure). A study with rows on the outcome that the table does not list is taken as primary
    if it is randomised (so that a new trial needs no second entry), else it is outside.
    """
    found: dict[str, Member] = {}
    listed = getattr(ev, "study_sets", None)
    if listed is not None:
        for row in listed[listed["outcome"] == outcome].to_dict("records"):
            week = row["primary_week"]
            found[str(row["study_id"])] = Member(
                str(row["from_domain"]),
                math.nan if pd.isna(week) else float(week),
                _outside(str(row["set"]), str(row["reason"]), study_set),
                "" if pd.isna(measure := row.get("from_measure")) else str(measure),
            )
    with_rows = set(ev.outcomes.loc[ev.outcomes["domain"] == outcome, "study_id"])
    for study in ev.studies.to_dict("records"):
        if study["study_id"] in with_rows and study["study_id"] not in found:
            randomised = str(study["randomised"]) in {"yes", "True"}
            reason = "" if randomised else "not randomised, and not listed in a study set"
            found[str(study["study_id"])] = Member(outcome, math.nan, reason)
    return found


def _outside(belongs: str, reason: str, study_set: str) -> str:
    if belongs in TAKES[study_set]:
        return ""
    if belongs == "excluded":
        return reason
    return f"Not in the study set {study_set!r} (it enters with {belongs!r}). {reason}"
