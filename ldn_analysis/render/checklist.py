"""The PRISMA 2020 checklist with its living extension: each item leads into the reports, or says "not done".

Whether an item is answered is looked up in what the rendered reports recorded, never declared.
Topics are in our words: the items are those of Page 2021 (10.1136/bmj.n71) and Akl 2024
(10.1136/bmj-2024-079183).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ldn_analysis.files import write
from ldn_analysis.render.planning import stored
from ldn_analysis.render.project import Project
from ldn_analysis.render.templates import fill

CHECKLIST = "checklist.html"
EVIDENCE = "01_evidence"


@dataclass(frozen=True, slots=True)
class Item:
    """One item: its number and topic, where its answer stands, and what must be so for it to be one.

    Attributes
    ----------
    number, topic : of the item.
    places : a report, and a pattern that the heading of the answer matches.
    needs : a recorded truth value of the report on the evidence; empty if none is needed.
    """

    number: str
    topic: str
    places: tuple[tuple[str, str], ...] = ()
    needs: str = ""


_ANSWER = (("00_dosing_question", "^answer$"),)
_STUDIES = ((EVIDENCE, "what does each study report"),)
_METHOD = (("02_pain", "^method"),)
_FLOW = ((EVIDENCE, "how were the studies found"),)
_DIFFER = (("02_pain", "other trials"),)
_TRIALS = (("02_pain", "other trials"), ("06_safety", "which side effects"))
_LIMITS = (("00_dosing_question", "limit"), (EVIDENCE, "risk of bias"))
ITEMS: tuple[tuple[str, tuple[Item, ...]], ...] = (
    ("Title and abstract", (
        Item("1", "Named as a living systematic review, with its version", _FLOW, "review.screened_twice"),
        Item("2", "A summary of question, evidence, answer and certainty", _ANSWER),
    )),
    ("Introduction", (
        Item("3", "Why the review, and why a living one", (("08_claims", "^answer$"), *_FLOW)),
        Item("4", "The questions", _ANSWER),
    )),
    ("Methods", (
        Item("L1", "How often each source is searched, and when the review is retired", _FLOW),
        Item("5", "Which studies are eligible", _STUDIES),
        Item("6", "Sources, and the day each was last looked at", _FLOW, "review.query"),
        Item("7", "The query of each source", _FLOW, "review.query"),
        Item("8", "How many people screened, and how", _FLOW, "review.screened_twice"),
        Item("9", "How the numbers were collected", ((EVIDENCE, "read each number"),)),
        Item("10a", "Which outcomes were sought", _STUDIES),
        Item("10b", "Which other facts were sought", _STUDIES),
        Item("11", "How risk of bias was judged", ((EVIDENCE, "risk of bias"),)),
        Item("12", "Effect measures", _METHOD),
        Item("13a", "Which studies enter which synthesis", _STUDIES),
        Item("13b", "How reported numbers become estimates", (("02_pain", "correlation|where the numbers"),)),
        Item("13c", "How results are drawn and tabled", _METHOD),
        Item("13d", "The models", _METHOD),
        Item("13e", "How differences between trials are looked into", _DIFFER),
        Item("13f", "Sensitivity analyses", (("07_multiverse", "decision"),)),
        Item("14", "How missing results were judged", ((EVIDENCE, "^method"),)),
        Item("15", "How certainty was judged", (("02_pain", "how sure"),)),
        Item("L2", "What changed in the methods since the version before"),
    )),
    ("Results", (
        Item("16a", "The flow of records and studies", _FLOW),
        Item("16b", "Studies that were left out, and why", _STUDIES),
        Item("17", "The studies and what they are", _STUDIES),
        Item("18", "Risk of bias of each study", ((EVIDENCE, "risk of bias"),)),
        Item("19", "Results of each study", _TRIALS),
        Item("20a", "Each synthesis: who, and how far to trust them", (("00_dosing_question", "findings"),)),
        Item("20b", "Each synthesis: the estimates", (*_TRIALS, ("04_responders", "respond"))),
        Item("20c", "What differs between trials", _DIFFER),
        Item("20d", "Results of the sensitivity analyses", (("07_multiverse", "all analyses"),)),
        Item("21", "Missing results in each synthesis", _STUDIES),
        Item("22", "Certainty of each outcome", (("00_dosing_question", "findings"),)),
        Item("L3", "What changed in the results since the version before"),
    )),
    ("Discussion", (
        Item("23a", "What it means beside other evidence", (("07_multiverse", "published reviews|reviews"),)),
        Item("23b", "Limits of the evidence", _LIMITS),
        Item("23c", "Limits of the way it was reviewed", _FLOW),
        Item("23d", "What it means for practice and research", (("09_next_trial", "^answer$"),)),
    )),
    ("Other information", (
        Item("24a", "Where it is registered", _FLOW, "review.protocol"),
        Item("24b", "Where its protocol can be read", _FLOW, "review.protocol"),
        Item("24c", "Amendments to the protocol", _FLOW, "review.protocol"),
        Item("25", "Who paid", _FLOW, "review.funding"),
        Item("26", "Competing interests", _FLOW, "review.interests"),
        Item("27", "Data, code and materials", ((EVIDENCE, "how were the studies found"),)),
        Item("L4", "Who did what in this version"),
    )),
)  # fmt: skip
"""All items by section. An item without a place is not answered anywhere, and says so."""


def answers(project: Project) -> list[dict[str, Any]]:
    """Each section with its items, and the links that answer each: heading and address."""
    stems = {stem for _, items in ITEMS for item in items for stem, _ in item.places}
    reports = {stem: stored(project, stem) or {} for stem in stems}
    recorded = {result["name"]: result.get("value") for result in reports[EVIDENCE].get("results", [])}

    def links(item: Item) -> Iterator[dict[str, str]]:
        for stem, pattern in item.places if not item.needs or recorded.get(item.needs) else ():
            report = reports[stem]
            fitting = (part for part in report.get("contents", []) if re.search(pattern, part["words"], re.I))
            if part := next(fitting, None):
                to, title = f"{stem}.html#{part['id']}", str(report.get("title", stem))
                yield {"to": to, "words": part["words"], "report": title}

    def row(item: Item) -> dict[str, Any]:
        return {"number": item.number, "topic": item.topic, "links": list(links(item))}

    return [{"title": section, "rows": [row(item) for item in items]} for section, items in ITEMS]


def write_checklist(project: Project) -> None:
    """Write the checklist beside the reports, if it differs; it needs the report on the evidence."""
    if not (project.reports / f"{EVIDENCE}.html").is_file():
        return
    sections = answers(project)
    rows = [row for section in sections for row in section["rows"]]
    done = sum(bool(row["links"]) for row in rows)
    write(project.reports / CHECKLIST, fill("checklist", sections=sections, items=len(rows), done=done))
