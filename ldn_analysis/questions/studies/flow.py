"""What people decided on the records that searches brought, and the PRISMA 2020 flow of a living review:
counted from the tables alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal

import pandas as pd

from ldn_analysis.evidence import Evidence, plain_doi, registry_numbers, studies_of

NOT_RETRIEVED = "report cannot be had"
STAGES = ("title and abstract", "full text")
DUPLICATE = "duplicate of another record"

State = Literal["in", "out", "open", "disagreed", "waiting"]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a record stands at one stage, by whose decisions (initials).

    `state` is ``in`` or ``out`` if all who decided agree; ``disagreed``; ``open`` if somebody decides later;
    ``waiting`` if nobody has decided. `reason` is that of a record that is out; several are joined with "; ".
    """

    state: State
    screeners: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two people (by their initials) agree on the `n` records that both put in or out at one stage.

    `kappa` is Cohen's; NaN where both gave one and the same answer throughout, so that it is not defined.
    `differ` are the records on which they disagree.
    """

    screeners: tuple[str, str]
    n: int
    agreed: int
    kappa: float
    differ: tuple[str, ...]


def latest(decisions: pd.DataFrame) -> pd.DataFrame:
    """The last decision of each person on each record at each stage, in the file's order."""
    return decisions.drop_duplicates(["record_id", "stage", "screener"], keep="last")


def standings(decisions: pd.DataFrame, stage: str) -> dict[str, Standing]:
    """Where each record that anybody looked at stands, at one stage."""
    by_record: dict[str, Standing] = {}
    decided = latest(decisions)
    for record, rows in decided[decided["stage"] == stage].groupby("record_id", sort=False):
        words = set(rows["decision"])
        state: State = "open" if "later" in words else "disagreed" if len(words) > 1 else words.pop()
        reasons = rows.loc[rows["decision"] == "out", "reason"].dropna()
        reason = "; ".join(dict.fromkeys(map(str, reasons))) if state == "out" else ""
        by_record[str(record)] = Standing(state, tuple(map(str, rows["screener"])), reason)
    return by_record


def agreement(decisions: pd.DataFrame, stage: str = STAGES[0]) -> list[Agreement]:
    """The agreement of each pair of screeners who both decided on some record at this stage.

    Cohen's kappa (Cohen 1960), by statsmodels.
    """
    from statsmodels.stats.inter_rater import cohens_kappa

    decided = latest(decisions)
    decided = decided[(decided["stage"] == stage) & (decided["decision"] != "later")]
    answers = {who: rows.set_index("record_id")["decision"] for who, rows in decided.groupby("screener")}
    pairs = []
    for first, second in combinations(sorted(map(str, answers)), 2):
        both = pd.concat([answers[first], answers[second]], axis=1, join="inner", keys=["one", "two"])
        if both.empty:
            continue
        table = pd.crosstab(both["one"], both["two"]).reindex(
            index=["in", "out"], columns=["in", "out"], fill_value=0
        )
        same = both["one"] == both["two"]
        one_answer = len(set(both["one"]) | set(both["two"])) == 1
        kappa = math.nan if one_answer else float(cohens_kappa(table.to_numpy(), return_results=False))
        differ = tuple(map(str, both.index[~same]))
        pairs.append(Agreement((first, second), len(both), int(same.sum()), kappa, differ))
    return pairs


def screened_twice(ev: Evidence) -> list[str]:
    """Searches by a stated query of which two people have decided on every record that was new in it.

    Records that are others once more, by number or DOI, need no decision.
    """
    if "decisions" not in ev.tables:
        return []
    done = {
        record
        for record, standing in standings(ev.decisions, STAGES[0]).items()
        if len(standing.screeners) >= 2 and standing.state != "open"
    }
    to_read = ev.records[ev.records["same_as"].isna() | (ev.records["same_by"] == "title and year")]
    stated = ev.searches[ev.searches["query"].notna() & ev.searches["searched_on"].notna()]
    left = to_read[~to_read["record_id"].isin(done)]["search_id"]
    complete = set(to_read["search_id"]) - set(left)
    return [str(search) for search in stated["search_id"] if search in complete]


_NOBODY = Standing("waiting")


@dataclass(frozen=True, slots=True)
class Flow:
    """The boxes of PRISMA 2020's flow diagram for an updated review (Page 2021), as numbers.

    Attributes
    ----------
    version : str
        Of the review, which this flow is of; empty where none is declared.
    previous_studies, previous_reports : int
        In the data before, or without, any record of this version's searches.
    identified : dict of str to dict of str to int
        Records by kind of source (``database``, ``register``, ``other``) and source.
    duplicates : int
        Records removed before screening.
    screened, excluded, waiting : int
        At title and abstract; ``waiting`` are undecided or disagreed on.
    sought, not_retrieved, assessed : int
        Reports; ``undecided`` of them at full text.
    reasons : dict of str to int
        Reports excluded at full text.
    new_studies, new_reports : int
        Of this version that are in the data.
    to_enter : tuple of str
        Records that were included and are no study of the data yet.
    """

    version: str = ""
    previous_studies: int = 0
    previous_reports: int = 0
    identified: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    duplicates: int = 0
    screened: int = 0
    excluded: int = 0
    waiting: int = 0
    sought: int = 0
    not_retrieved: int = 0
    assessed: int = 0
    undecided: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    new_studies: int = 0
    new_reports: int = 0
    to_enter: tuple[str, ...] = ()

    @property
    def records(self) -> int:
        """Records identified, from all sources."""
        return sum(sum(sources.values()) for sources in self.identified.values())

    @property
    def total_studies(self) -> int:
        return self.previous_studies + self.new_studies

    @property
    def total_reports(self) -> int:
        return self.previous_reports + self.new_reports


def study_of_record(known: Mapping[str, str], record: pd.Series) -> str:
    """The study of the data that a record reports (`evidence.studies_of`); empty if there is none."""
    doi = "" if pd.isna(record["doi"]) else plain_doi(str(record["doi"]))
    pmid = "" if pd.isna(record["pmid"]) else f"pmid:{record['pmid']}"
    registered = "" if pd.isna(record["registry_ids"]) else str(record["registry_ids"])
    return next((known[key] for key in (doi, pmid, *registry_numbers(registered)) if key in known), "")


def collection(ev: Evidence) -> tuple[bool, str]:
    """Whether the studies come from a systematic search, and the sentence that says so, or why not."""
    every_year = ev.whole or ev
    if "searches" not in every_year.tables or every_year.searches.empty:
        return False, (
            "A curated collection: no search by a stated query is recorded, so a study may be missing here."
        )
    done = screened_twice(every_year)
    if not done:
        return False, (
            "A curated collection: a search is recorded, and no two people have screened all that it found."
        )
    sources = ", ".join(sorted(set(every_year.searches.set_index("search_id").loc[done, "source"])))
    return True, f"A systematic search: two people screened what a stated query found in {sources}."


def flow(ev: Evidence, version: str = "") -> Flow:
    """Count the flow of one version of the review; all others are the previous version.

    Parameters
    ----------
    ev : the evidence. A view as of a year gives the flow of the whole: it tells how the review was made.
    version : of the review; what was looked at under another version counts as before.
    """
    ev = ev.whole or ev
    if "records" not in ev.tables:
        return Flow(version, ev.studies["trial_id"].nunique(), len(ev.studies))
    searches = ev.searches[ev.searches["review_version"] == version] if version else ev.searches
    rows = ev.records[ev.records["search_id"].isin(searches["search_id"])]
    first, second = (standings(ev.decisions, stage) for stage in STAGES)
    decided_twice = {record for record, standing in first.items() if standing.reason == DUPLICATE}
    again = rows["record_id"].isin(decided_twice)
    again |= rows["same_as"].notna() & (rows["same_by"] != "title and year")  # by a number
    unseen = [row for _, row in rows[~again].iterrows()]
    at_title = [first.get(row["record_id"], _NOBODY) for row in unseen]
    sought = [row for row, standing in zip(unseen, at_title, strict=True) if standing.state == "in"]
    at_full_text = [second.get(row["record_id"], _NOBODY) for row in sought]
    reasons = [standing.reason for standing in at_full_text if standing.state == "out"]
    missing = reasons.count(NOT_RETRIEVED)
    known = studies_of(ev)
    included = [row for row, standing in zip(sought, at_full_text, strict=True) if standing.state == "in"]
    studies = {str(row["record_id"]): study_of_record(known, row) for row in included}
    reports = ev.studies[ev.studies["study_id"].isin(set(studies.values()))]
    before = ev.studies[~ev.studies["study_id"].isin(reports["study_id"])]
    return Flow(
        version=version,
        previous_studies=before["trial_id"].nunique(),
        previous_reports=len(before),
        identified={
            str(kind): {
                str(source): int(n) for source, n in rows.groupby("source")["n_records"].sum().items()
            }
            for kind, rows in searches.groupby("kind")
        },
        duplicates=int(searches["n_records"].sum()) - len(unseen),
        screened=len(unseen),
        excluded=sum(standing.state == "out" for standing in at_title),
        waiting=sum(standing.state not in ("in", "out") for standing in at_title),
        sought=len(sought),
        not_retrieved=missing,
        assessed=len(sought) - missing,
        undecided=sum(standing.state not in ("in", "out") for standing in at_full_text),
        reasons={why: reasons.count(why) for why in dict.fromkeys(reasons) if why != NOT_RETRIEVED},
        new_studies=len(set(reports["trial_id"]) - set(before["trial_id"])),
        new_reports=len(reports),
        to_enter=tuple(record for record, study in studies.items() if not study),
    )
