"""A rule on a part of a trial, or a report that does not count, which stands as the whole trial."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from ldn_analysis.evidence.rules.clauses import affirmed, without
from ldn_analysis.evidence.rules.facts import Facts, Fault, Table
from ldn_analysis.evidence.rules.locations import COMPLETERS
from ldn_analysis.evidence.rules.registry import suspicious
from ldn_analysis.evidence.rules.study_sets import LEAVE_OUT, pool_members

LOOKED = (
    r"(?<!one )(?<!two )(?<!three )(?<!at an )(?<!at the )(?<!after an )(?<!after the )(?<!after the second )"
)
"""Not of a whole trial that was looked at on its way: 'after one interim look', 'at an interim ...'."""
PART = re.compile(
    LOOKED + r"\binterim\b|"
    r"\b(?:sub-?group(?! anal)|sub-?samples?|(?:women|men|responders) only"
    r"|(?:only|among) (?:women|men|responders))\b"
    r"|\b(?:participants|patients|people|women|those) (?:with|whose) (?:an? )?"
    r"(?:high|low(?![- ]dose)|elevated|raised|severe|mild|baseline(?! (?:and|data|values?|scores?)\b))\b"
    r"|\b(?:ESR|sedimentation rate) (?:above|over|below|under) "
    r"(?:the median|\d+(?! (?:week|month|day)))\b",
    re.I,
)
OF_COMPLETERS = re.compile(COMPLETERS, re.I)
ONLY_COMPLETERS = re.compile(
    rf"\b(?:only|all (?:results|analyses|outcomes|data)(?: (?:are|were))?(?: of)?)(?: the)? (?:{COMPLETERS})"
    rf"|(?:{COMPLETERS})(?: (?:population|set|people|patients))? (?:only|(?:was|were) analy[sz]ed)",
    re.I,
)
OF_EVERYBODY = re.compile(
    r"intention|\bm?ITT\b|full analysis|\b(?:all|everybody|as) randomi[sz]ed|\bLOCF\b|\ball observed\b"
    r"|\b(?:mixed[- ]model|MMRM)\b[^;]*\bobserved\b|\bas (?:a )?sensitivity\b"
    r"|\b(?:gave|was|were) (?:the same|similar|alike)\b",
    re.I,
)
"""Words beside which those who stayed are another analysis, or one of every visit that was seen."""
ANOTHER_PLACE = re.compile(r"\([^)]*\b(?:table|figure|appendix|supplement\w*)\b[^)]*\)", re.I)
"""'(per protocol in Table S2)': where another analysis stands."""
PART_OF_TRIAL = re.compile(
    LOOKED + r"\binterim (?:analysis|report|results|data)\b|"
    r"\b(?:sub-?group (?:analysis )?of"
    r"|sub-?study of|secondary (?:analysis|report) of|post[- ]hoc analysis of|pooled analysis"
    r"|re-?analysis of|preliminary (?:report|results|data)|long-?term (?:results|follow-up) of"
    r"|(?:same|part of (?:a|the)) (?:trial|study) (?:as|of)\b)",
    re.I,
)

BESIDE = re.compile(
    r"\b(?:was|were|been) (?:\w+ )?(?:shown|presented) (?:at|in)\b|\b(?:stood|appeared) in\b|\bof safety\b"
    r"|\bdid not stop the (?:trial|study)\b|\bnot entered\b|\beditorial (?:asks|asked|calls|called)\b",
    re.I,
)
"""Words of a sentence on a part of a trial, or a report, that the study is not."""
WHOLE = re.compile(r"\b(?:whole|full|total) (?:group|sample|trial|population)\b", re.I)
RETRACTED = re.compile(r"\bretract(?:ed|ion)\b(?! watch)|\bexpression of concern\b", re.I)
OF_THE_RECORD = {"duplicate of another record", "report cannot be had", "no outcome of the review"}


@suspicious("outcomes", "events", "studies", "published_syntheses")
def part_as_whole(table: Table, facts: Facts) -> Iterator[Fault]:
    """A subgroup, those who stayed, an interim analysis, or a report that is retracted or left out in
    screening, as if it were the whole trial, or a retracted synthesis that is set against our own results."""
    if table.name == "studies":
        yield from _studies_as_whole(table, facts)
    elif table.name == "published_syntheses":
        for row, words in enumerate(map(". ".join, table.keys("label", "notes"))):
            if not table.text("not_comparable")[row] and (match := affirmed(RETRACTED, words)):
                yield row, "not_comparable", f"is empty, though the row says {match[0]!r}"
    else:
        yield from _rows_as_whole(table, facts)


def _rows_as_whole(table: Table, facts: Facts) -> Iterator[Fault]:
    """Results of a pooled study that are of a part of its people, of those who stayed, or retracted."""
    analysis, places = table.text("analysis"), table.text("location")
    notes = facts.study_text(table, "notes")
    pooled = facts.study_mask(table, "study_id", *facts.once(pool_members))
    for row in np.flatnonzero(pooled).tolist():
        where, match = places[row], affirmed(PART, places[row])
        part = match and not WHOLE.search(where[: match.start()])
        here = ANOTHER_PLACE.sub("", where)
        stayed = affirmed(OF_COMPLETERS, here) or affirmed(ONLY_COMPLETERS, notes[row])
        if stayed and not (analysis[row] or OF_EVERYBODY.search(where)):
            reason = f"is empty, and its place or the notes say {stayed[0]!r}: 'complete cases'?"
            yield row, "analysis", reason
        elif part:
            yield row, "location", "is of a part of the people: leave it out, or say why not"
        elif match := affirmed(RETRACTED, where):
            yield row, "location", f"says {match[0]!r}: {LEAVE_OUT}"


def _left_out(facts: Facts) -> dict[str, str]:
    """Why a DOI or PubMed number is left out: its record is retracted, or everybody left it out by its full
    text for what the study is, and not for what the record is."""
    decisions, records = facts["decisions"], facts["records"]
    last: dict[str, set[str]] = {}
    read = decisions.mask("stage", "full text")
    for (record, _), rows in decisions.groups("record_id", "screener", where=read).items():
        last.setdefault(record, set()).add(decisions.text("reason")[rows[-1]])
    left_out: dict[str, str] = {}
    for record, status, *numbers in records.keys("record_id", "status", "doi", "pmid"):
        reasons = last.get(record, {""})
        if status == "retracted":
            reason = "records.csv says that it is retracted"
        elif "" not in reasons and not reasons & OF_THE_RECORD:
            reason = f"decisions.csv leaves it out ({min(reasons)})"
        else:
            continue
        left_out |= {number.casefold(): reason for number in numbers if number}
    return left_out


def _studies_as_whole(studies: Table, facts: Facts) -> Iterator[Fault]:
    """Studies of a pool that are a part of a trial, retracted, or left out in screening."""
    members, left_out = facts.once(pool_members), _left_out(facts)
    trials = studies.text("trial_id")
    for row, study in enumerate(studies.text("study_id")):
        if study not in members or trials[row] != study:
            continue
        for column in ("label", "design", "notes"):
            text = without(BESIDE, studies.text(column)[row])
            if match := affirmed(PART_OF_TRIAL, text):
                reason = f"says {match[0]!r}: of a part it is left out; of another trial it has its trial_id"
                yield row, column, reason
            elif match := affirmed(RETRACTED, text):
                yield row, column, f"says {match[0]!r}: {LEAVE_OUT}"
        for column in ("doi", "pmid"):
            if reason := left_out.get(studies.text(column)[row].casefold(), ""):
                yield row, column, f"{reason}: {LEAVE_OUT}"
