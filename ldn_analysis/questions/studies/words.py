"""Sentences on what was studied: the trials, their doses, and the question that is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ldn_analysis.display.words import capital, count, listed, numeral
from ldn_analysis.display.words import people as so_many
from ldn_analysis.questions.studies.flow import collection

if TYPE_CHECKING:
    from ldn_analysis.evidence import Evidence, Participants
    from ldn_analysis.questions.studies.matrices import Base


def evidence_base(base: Base) -> str:
    """What there is: studies, the randomised double-blind trials, those whose pain can be pooled, what was
    read in full (`read_in_full`)."""
    studies, blind, pooled_trials = base.trials, base.blind, base.pooled
    if not studies:
        return "No study of low-dose naltrexone in fibromyalgia was known by then."
    how_many = count(blind, "is", "are") if blind else "none is"
    known = f"{count(studies, 'study', 'studies')} known here"
    first = f"Of {known}, {how_many} randomised and double-blind"
    if studies == 1:
        first = f"The one study known here is {'' if blind else 'not '}randomised and double-blind"
    elif studies == blind:
        first = (
            f"{'Both studies known here' if studies == 2 else f'All {known}'} are randomised and double-blind"
        )
    read = read_in_full(
        base.in_full, base.reports, pooled_trials, base.pooled_in_full, f"their {base.reports}"
    )
    if not pooled_trials:
        gives = "none gives an" if studies > 1 else "it gives no"
        return f"{first}; {gives} estimate of pain against placebo that could be used. {read}"
    can = count(pooled_trials, "gives", "give") if studies > 1 else "gives"
    can = f"{'both' if studies == 2 else 'all'} give" if 1 < pooled_trials == studies else can
    people = f"({base.people:,} people)"
    return f"{first}, and {can} an estimate of pain against placebo that can be pooled {people}. {read}"


def read_in_full(in_full: int, reports: int, pooled: int, pooled_in_full: int, whose: str = "the") -> str:
    """How many reports we read in full, and whether those of the trials just named, the pooled ones, are
    among them."""
    if reports < 2:
        return f"We {'read' if in_full else 'did not read'} its report in full." if reports else ""
    some = {0: "none", reports: "all"}.get(in_full, numeral(in_full))
    among = ""
    if pooled and 0 < in_full < reports:
        of = {0: "none", pooled: "all"}.get(pooled_in_full, numeral(pooled_in_full))
        this_one = "this one's among them" if pooled_in_full else "but not this one's"
        among = f", {of} of these {numeral(pooled)}" if pooled > 1 else f", {this_one}"
    return f"We read {some} of {whose} reports in full{among}."


def how_found(ev: Evidence) -> str:
    """How the studies were found, and which may be missing."""
    done, method = collection(ev)
    if done or len((ev.whole or ev).tables.get("searches", ())):
        return method
    return (
        "No systematic search was done. The studies are those that a conference report of 2016, later trials "
        "and published reviews name; any other is missing here."
    )


def pooled(labels: list[str]) -> str:
    """The trials in the mean of pain by name; empty where they are none, or too many for 20 words."""
    sentence = f"{capital(count(len(labels), 'usable trial'))}: {'; '.join(labels)}."
    return sentence if labels and len(sentence.split()) <= 20 else ""


def designs(studies: int, blind: int) -> str:
    """The finding of the figure of all trials by year: how many were randomised and double-blind."""
    if studies == 1:
        return f"The one study is {'' if blind else 'not '}randomised and double-blind"
    if blind == studies == 2:
        return "Both studies are randomised and double-blind"
    some = "all" if blind == studies else count(blind, "of", "of") if blind else "none of"
    verb = "is" if blind <= 1 else "are"
    return capital(f"{some} {count(studies, 'study', 'studies')} {verb} randomised and double-blind")


def people(enrolled: Participants) -> str:
    """How many took part: at least so many where a trial does not say."""
    known = count(enrolled.known, "person", "people") if enrolled.known else so_many(0)
    return f"at least {known}" if enrolled.known and enrolled.unknown else known


def missing(matrix: pd.DataFrame) -> str:
    """Which outcomes have numbers against a control, in how many reports (`studies.outcome_matrix`)."""
    if not len(matrix):
        return "Nothing is reported."
    counts = matrix[matrix["state"] == "estimate"].groupby("outcome")["study_id"].nunique()
    total = matrix["study_id"].nunique()
    if not len(counts):
        return "No outcome has numbers against a control."
    most = int(counts.max())
    outcomes = listed([str(o) for o in counts.index[counts == most]])
    verb = "has" if (counts == most).sum() == 1 else "have"
    where = f"{most} of {total} reports" if total > 1 else "the one report"
    return f"{capital(outcomes)}, the most reported, {verb} numbers against a control in {where}."


def unread(in_full: int, reports: int) -> str:
    """What an empty cell of the outcomes may hide, from how many of the reports were read in full."""
    caution = "Not known to us is not the same as not measured"
    some = "most" if 2 * in_full < reports else "some"
    return f"{caution}: {some} papers were not read in full." if in_full < reports else f"{caution}."


def judged(table: pd.DataFrame) -> str:
    """How many questions of risk of bias were judged, and which trials leave none open (`bias_judged`)."""
    if not len(table):
        return "No risk of bias was judged."
    done, all_ = int(table["judged"].sum()), int((table["judged"] + table["unjudged"]).sum())
    high = table.loc[table["high"] > 0, "label"]
    risks = f"; high risk somewhere in {count(len(high), 'trial')}" if len(high) else "; none at high risk"
    return f"We could judge {done} of {all_} questions in {count(len(table), 'trial')}{risks}."


def registered(table: pd.DataFrame) -> str:
    """Registered trials that have not reported, and those that were never run (`evidence.unreported`)."""
    if not len(table):
        return "No registered trial without a report is known here."
    gone = table[table["never_run"]]
    open_ = table[~table["never_run"]]
    in_fibromyalgia = int(open_["condition"].fillna("").str.contains("fibromyalgia", case=False).sum())
    have = count(len(open_), "registered trial has", "registered trials have")
    some = count(in_fibromyalgia, "of", "of") if in_fibromyalgia else "none of"
    whose = f", {some} them"
    if len(open_) == 1:
        whose = "; it is" if in_fibromyalgia else "; it is not"
    first = f"{have} not reported yet{whose} in fibromyalgia."
    titles = listed(list(gone["title"].fillna(gone["registry_id"]))) if len(gone) else ""
    never = f" {count(len(gone), 'was', 'were').capitalize()} never run: {titles}." if len(gone) else ""
    return capital(first) + never
