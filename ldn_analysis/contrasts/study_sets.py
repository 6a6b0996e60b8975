"""Which studies a study set holds: what the data declare, else one rule by a study's controlled words."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

import pandas as pd

from ldn_analysis.contrasts.choices import number_of
from ldn_analysis.evidence.made_once import once
from ldn_analysis.evidence.trials import is_primary

K = TypeVar("K", bound=Hashable)
# Sets of the table that each choice takes in.
TAKES = {
    "primary": {"primary"},
    "with_pilot": {"primary", "with_pilot"},
    "all_randomised": {"primary", "all_randomised"},
}


MEMBERS = {
    "primary": "the trials of the primary pool",
    "with_pilot": "the trials of the primary pool and the single-blind pilot",
    "all_randomised": "the trials with random allocation",
}
"""Who is in a study set, in words."""
NOT_AMONG = "Not among "
"""What the reason of a study begins with that another study set takes in."""


class HasTables(Protocol):
    """What is needed of `evidence.Evidence`; it may hold ``study_sets`` too."""

    @property
    def studies(self) -> pd.DataFrame: ...
    @property
    def outcomes(self) -> pd.DataFrame: ...


@dataclass(frozen=True, slots=True)
class Member:
    """A study's standing on an outcome.

    `domain` is that of its numbers, `week` its primary week (NaN where not declared), `outside` why it is
    outside (empty if the chosen set takes it in), `measure` the one declared to stand for the outcome where
    the study reports several.
    """

    domain: str
    week: float
    outside: str
    measure: str = ""

    def of(self, measure: str) -> Member:
        """The standing of one of the study's measures."""
        if not self.measure or measure == self.measure:
            return self
        return replace(self, outside=self.outside or f"{self.measure} stands for this outcome in this study")


def membership(ev: HasTables, outcome: str, study_set: str) -> dict[str, Member]:
    """Members of `study_set` and those outside it with the reason, by study id, for one outcome.

    The data's ``study_sets`` table decides (columns study_id, outcome, from_domain, set, primary_week,
    reason, from_measure). A study with rows on the outcome that the table does not list is primary if it is
    randomised, double-blind, placebo-controlled, of low dose and in fibromyalgia (`is_primary`), else it is
    outside, with what it lacks; a further report of a trial whose main report the table leaves out is left
    out with it, and one of a trial whose primary week the table gives has that week.
    """
    members: dict[str, Member] = {}
    trials = _trials(ev)
    weeks: dict[str, float] = {}
    for row in declared(ev, outcome):
        study_id, week = str(row["study_id"]), number_of(row["primary_week"])
        outside = _outside(str(row["set"]), str(row["reason"]), study_set)
        measure = "" if pd.isna(row.get("from_measure")) else str(row["from_measure"])
        members[study_id] = Member(str(row["from_domain"]), week, outside, measure)
        if not math.isnan(week):
            weeks[trials.get(study_id, "")] = week
    with_rows = set(ev.outcomes.loc[ev.outcomes["domain"] == outcome, "study_id"])
    left_out = {study_id: member.outside for study_id, member in members.items()}
    for study_id, reason in standing(ev, left_out).items():
        if study_id in with_rows and study_id not in members:
            members[study_id] = Member(outcome, weeks.get(trials[study_id], math.nan), reason)
    return members


def declared(ev: HasTables, outcome: str) -> list[dict[str, Any]]:
    """Rows of the data's ``study_sets`` on an outcome."""
    return declared_by_outcome(ev, {outcome}).get(outcome, [])


def declared_by_outcome(ev: HasTables, outcomes: set[str]) -> dict[str, list[dict[str, Any]]]:
    """Rows of the data's ``study_sets`` on each of some outcomes that it lists, their reasons with labels."""
    listed = getattr(ev, "study_sets", None)
    by_outcome: dict[str, list[dict[str, Any]]] = {}
    if listed is not None:
        labels = dict(zip(ev.studies["study_id"].astype(str), ev.studies["label"].astype(str), strict=True))
        for record in listed[listed["outcome"].isin(outcomes)].to_dict("records"):
            row = {str(column): value for column, value in record.items()}
            row["reason"] = with_labels(str(row.get("reason", "")), labels)
            by_outcome.setdefault(str(row["outcome"]), []).append(row)
    return by_outcome


def standing(ev: HasTables, left_out: Mapping[str, str]) -> dict[str, str]:
    """Why a study is not in the primary pool by the rule for what no table declares; empty where it is.

    `left_out` is why declared studies are outside: what is said of a trial's main report goes for its others.
    """
    if ev.studies.empty:
        return {}
    trials, barred = _trials(ev), left_out_whole(ev)
    labels = dict(zip(ev.studies["study_id"], ev.studies["label"], strict=True))
    outside: dict[str, str] = {}
    for study_id, reason in _by_rule(ev).items():
        main = trials[study_id]
        why = (left_out.get(main) or barred.get(main)) if main != study_id else ""
        if why:
            outside[study_id] = f"The same trial as {labels[main]}, which is left out: {why}"
        elif study_id in barred:
            outside[study_id] = f"left out, as its pain is: {barred[study_id]}"
        else:
            outside[study_id] = f"not in the primary pool: {reason}" if reason else ""
    return outside


@once
def left_out_whole(ev: HasTables) -> dict[str, str]:
    """Why trials that the rule takes lend nothing, by main report: the data exclude them for pain.

    One of which only the estimate of pain cannot be used is in `all_randomised`, and lends the rest.
    """
    trials, listed = _trials(ev), declared(ev, "pain")
    reasons = {str(row["study_id"]): str(row["reason"]) for row in listed}
    kept = {trials.get(str(row["study_id"])) for row in listed if row["set"] != "excluded"}
    fits = {study for study, reason in _by_rule(ev).items() if not reason} if trials else set()
    return {trial: reasons[trial] for trial in fits & reasons.keys() - kept if trials[trial] == trial}


def admitted(ev: HasTables) -> pd.DataFrame:
    """The studies without the reports of trials that are left out whole."""
    barred = left_out_whole(ev)
    return ev.studies[~ev.studies["trial_id"].isin(barred)] if barred else ev.studies


def with_labels(text: str, labels: Mapping[str, str]) -> str:
    """A text of the data for readers: studies by their labels, not by their ids.

    >>> with_labels("The same trial as smith2027.", {"smith2027": "Smith et al. 2027"})
    'The same trial as Smith et al. 2027.'
    """
    if not labels:
        return text
    ids = "|".join(map(re.escape, sorted(labels, key=len, reverse=True)))
    return re.sub(rf"(?<![\w.+-])({ids})(?![\w+-]|\.\w)", lambda match: labels[match[0]], text)


def trial_of(study: Mapping[Any, Any]) -> str:
    """The trial that a study reports: itself, where nothing else is said."""
    return str(study.get("trial_id") or study["study_id"])


@once
def _by_rule(ev: HasTables) -> dict[str, str]:
    """Why the rule for the primary pool does not take a study; empty where it does."""
    reasons = is_primary(ev.studies)["reason"].tolist()
    return dict(zip(ev.studies["study_id"].astype(str).tolist(), reasons, strict=True))


@once
def _trials(ev: HasTables) -> dict[str, str]:
    return {str(study["study_id"]): trial_of(study) for study in ev.studies.to_dict("records")}


def main_reports(reports: Iterable[tuple[K, Mapping[Any, Any]]]) -> dict[K, Mapping[Any, Any]]:
    """Of the studies that report one trial at each place its main report, else the first published."""
    best: dict[K, Mapping[Any, Any]] = {}

    def rank(study: Mapping[Any, Any]) -> tuple[bool, int, str]:
        return study["study_id"] != trial_of(study), int(study["year"]), str(study["study_id"])

    for place, study in reports:
        best[place] = min(best.get(place, study), study, key=rank)
    return best


def _outside(belongs: str, reason: str, study_set: str) -> str:
    if belongs in TAKES[study_set]:
        return ""
    if belongs == "excluded":
        return reason
    return f"{NOT_AMONG}{MEMBERS[study_set]}. {reason}"
