"""What people decided on the records that searches brought: agreement, disagreements, what is left to do."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import pandas as pd

from ldn_analysis.evidence import Evidence

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
