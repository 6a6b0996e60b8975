"""What the counts of serious events leave open: how common one may still be, and how sure that is."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pandas as pd

from ldn_analysis import models
from ldn_analysis.display.words import rows_of
from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.trials import LOW_DOSE_MG, behind, is_low_dose
from ldn_analysis.questions.grading import (
    UNGRADED,
    Certainty,
    Downgrade,
    bias_off,
    certainty,
    events_off,
    judged_bias,
)
from ldn_analysis.questions.safety.analysis import SERIOUS, harm_counts, studies_counted
from ldn_analysis.questions.safety.exposure import exposure

YEAR = 365.25 / 7


def frequency_excluded(
    ev: Evidence, reading: str = "all", level: float = 0.95, asked: float = 0.01
) -> pd.DataFrame:
    """What frequency of a serious event under LDN the reported counts exclude.

    Parameters
    ----------
    asked
        A frequency that one would like to exclude; `needed` people without an event would.

    Returns
    -------
    DataFrame
        One row a trial of a low dose (one week, analysis and report), and ``all reports`` of each definition
        of a serious event that several trials counted (the two definitions are not added up;
        any cause comes last): ``label event events n control_events control_n weeks person_years
        upper_percent upper_per_100_years needed inputs apart more whole``; those of the control are of the
        trials of the row that counted both groups, which `whole` says of all of them, and `more` on which
        side of equal risks the interval of their ratio lies (1: more with LDN, 0: it includes them); `apart`
        names trials that counted events and not people. The limits are
        one-sided at `level` where there was no event (`models.zero_event_bound`), else the upper end of the
        exact interval. A trial whose report on serious events was not available to us is not here: that is
        not a report of none.
    """
    counts = harm_counts(ev, reading, level)
    low = counts[_is_low(ev, counts)]
    counts = _once_a_trial(ev, low[low["event"].isin(SERIOUS) & low["a"].notna() & low["n1"].notna()])
    apart = _apart(low, counts)
    weeks = ev.studies.set_index("study_id")["treatment_weeks"].to_dict()
    rows: list[dict[str, Any]] = []
    for event in reversed(SERIOUS):
        mine = counts[counts["event"] == event]
        trials = [
            _excluded(r.label, r.event, r.a, r.n1, weeks.get(r.study_id, math.nan), level, asked)
            | _beside(mine.loc[[r.Index]], level)
            | {"inputs": (*r.inputs, r.study_id), "apart": apart.get(event, "")}
            for r in rows_of(mine)
        ]
        rows += trials
        if len(trials) > 1:
            n, years = float(mine["n1"].sum()), sum(r["person_years"] for r in trials)
            rows.append(
                _excluded("all reports", event, float(mine["a"].sum()), n, years / n * YEAR, level, asked)
                | _beside(mine, level)
                | {"inputs": behind(mine, *mine["study_id"]), "apart": apart.get(event, "")}
            )
    columns = ["label", "event", "events", "n", "control_events", "control_n", "weeks", "person_years"]
    columns += ["upper_percent", "upper_per_100_years", "needed", "inputs", "apart", "more", "whole"]
    return pd.DataFrame(rows, columns=columns)


def _beside(counts: pd.DataFrame, level: float) -> dict[str, Any]:
    """The other group of those trials that counted both, and whether the two differ."""
    both = counts[counts["c"].notna() & counts["n2"].notna()]
    a, n1, c, n2 = both[["a", "n1", "c", "n2"]].to_numpy(dtype=float).T
    more = models.compare_counts(a, n1, c, n2, level).apart if len(both) and a.sum() + c.sum() else 0
    nothing = math.nan if both.empty else 0.0
    of_control = {"control_events": nothing + c.sum(), "control_n": nothing + n2.sum()}
    return of_control | {"more": more, "whole": len(both) == len(counts)}


def over_a_year(excluded: pd.DataFrame) -> pd.DataFrame:
    """The trials of a year or more in `frequency_excluded`, together where all that counted an event are, the
    row that leaves open least first."""
    alone = excluded[excluded["label"] != "all reports"]
    shorter = set(alone.loc[~(alone["weeks"] >= 52), "event"])
    long = excluded[
        (excluded["weeks"] >= 52) & ((excluded["label"] != "all reports") | ~excluded["event"].isin(shorter))
    ]
    return long.sort_values("upper_percent", kind="stable")


def _apart(counts: pd.DataFrame, used: pd.DataFrame) -> dict[str, str]:
    """Of each event the trials that saw any beside the people `used`: in a time at risk, so that their number
    is not known, or in a later period of a crossover that does not count both conditions."""
    sentences: dict[str, list[str]] = {}
    counted_in_full = {(r.study_id, r.event) for r in rows_of(used[used["period"].isna()])}
    for r in rows_of(counts[(counts["period"] > 1) & (counts["a"] > 0) & ~counts.index.isin(used.index)]):
        if (r.study_id, r.event) not in counted_in_full:
            sentence = f"{r.label} counted {r.a:g} of {r.n1:g} people in period {r.period:g}"
            sentences.setdefault(r.event, []).append(sentence)
    for r in rows_of(counts[counts["timed_ldn"] > 0].drop_duplicates(["study_id", "event"])):
        sentence = f"{r.label} counted {r.timed_ldn:g} as events in {r.t1:g} person-weeks"
        sentences.setdefault(r.event, []).append(sentence)
    return {event: "; ".join(parts) for event, parts in sentences.items()}


def _is_low(ev: Evidence, counts: pd.DataFrame) -> pd.Series:
    """Whether rows of `harm_counts` are of a low dose, the study's or the arm's (only low ones are added), in
    one of `studies_counted`."""
    studies = studies_counted(ev)
    low = counts["study_id"].isin(studies.loc[is_low_dose(studies), "study_id"])
    low |= (counts["doses"] > 1) | (counts["dose_mg"] <= LOW_DOSE_MG)
    return low & counts["study_id"].isin(studies["study_id"])


def _once_a_trial(ev: Evidence, counts: pd.DataFrame) -> pd.DataFrame:
    """One count of a trial for each event: of the whole trial before one period of it, the one compared, else
    the first period, of its main report, the last, the largest.

    Weeks, analyses and reports of one trial are the same people.
    """
    if counts.empty:
        return counts
    trial = counts["study_id"].map(ev.studies.set_index("study_id")["trial_id"])
    order = counts.assign(
        trial=trial, main=counts["study_id"] == trial, whole=counts["period"].isna(), first=-counts["period"]
    ).sort_values(["whole", "included", "first", "main", "week", "n1"], ascending=False, kind="stable")
    return counts.loc[order.drop_duplicates(["trial", "event"]).index].sort_index()


def _excluded(
    label: str, event: str, events: float, n: float, weeks: float, level: float, asked: float
) -> dict[str, Any]:
    years = n * weeks / YEAR
    exact = models.exact_proportion(events, n, level)
    upper = models.zero_event_bound(n, level) if events == 0 else exact.upper
    rate = models.exact_rate(events, years, level).upper if years > 0 else math.nan  # NaN: weeks unknown
    about = {"label": label, "event": event, "events": events, "n": n, "weeks": weeks, "person_years": years}
    limits = {"upper_percent": 100 * upper, "upper_per_100_years": 100 * rate}
    return {**about, **limits, "needed": models.needed_to_exclude(asked, level)}


def serious_certainty(ev: Evidence, excluded: pd.DataFrame) -> Certainty:
    """Certainty of what is said on serious events, from `frequency_excluded`, by the rules of `grading`."""
    if not len(excluded):
        return Certainty(UNGRADED, "", note="no count of serious events was available to us")
    trial = ev.studies.set_index("study_id")["trial_id"]
    reports = excluded[excluded["label"] != "all reports"]
    ids = pd.Series([inputs[-1] for inputs in reports["inputs"]], index=reports.index)
    newest = reports[~ids.duplicated(keep="last")]  # two definitions of one trial are the same people
    silent = int((~exposure(ev)["study_id"].map(trial).isin(ids.map(trial))).sum())
    both = newest[newest["control_n"].notna()]
    a, n1, c, n2 = both[["events", "n", "control_events", "control_n"]].to_numpy(dtype=float).T
    if both.empty and reports["events"].any():
        why = "a count under LDN alone gives no ratio"
        imprecise: Downgrade | None = Downgrade("imprecision", 2, why, "There is nothing to compare")
    elif a.sum() + c.sum() == 0:
        imprecise = events_off(0, math.nan, math.nan)
    else:
        ratio = models.compare_counts(a, n1, c, n2, 0.95)
        imprecise = events_off(float(a.sum() + c.sum()), *ratio.ci, ratio.apart)
    graded = certainty(
        "high",
        [bias_off(list(newest["n"]), list(ids[newest.index]), judged_bias(ev), "pain"), imprecise],
    )
    if not silent:
        return graded
    # What we could not read is no sign that its authors withheld it: a gap of ours takes no level off.
    were = "was" if silent == 1 else "were"
    unread = f"{silent} of the trials' counts {were} not available to us, which takes no level off"
    return replace(graded, note=f"starts at high; {unread}")
