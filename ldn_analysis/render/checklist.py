"""The PRISMA 2020 checklist with its living extension: each item leads into the reports, or says "not done".

Whether an item is answered is looked up in what the rendered reports recorded, never declared.
Topics are in our words: the items are those of Page 2021 (10.1136/bmj.n71) and Akl 2024
(10.1136/bmj-2024-079183).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from ldn_analysis.files import write
from ldn_analysis.questions.parameters import about
from ldn_analysis.render.planning import stored
from ldn_analysis.render.project import Project
from ldn_analysis.render.templates import TEMPLATES, fill

CHECKLIST = "checklist.html"
EVIDENCE = "01_evidence"

with (TEMPLATES / "checklist.csv").open(encoding="utf-8", newline="") as _file:
    ITEMS = tuple(csv.DictReader(_file))
"""All items, in order: ``section number topic``; ``places`` of its answer, each a report with a pattern that
the heading of the answer matches (without a place it says "not done"); and ``needs``, a recorded truth value
of the report on the evidence without which it is not answered."""


def places_of(item: Mapping[str, str]) -> dict[str, str]:
    """The reports in which an item is answered, each with the pattern of a heading."""
    return dict(place.split(": ") for place in item["places"].split("; ") if place)


def answers(project: Project) -> list[dict[str, Any]]:
    """Each section with its items, and the links that answer each: heading and address."""
    stems = {EVIDENCE, *(stem for item in ITEMS for stem in places_of(item))}
    reports = {stem: stored(project, stem) or {} for stem in stems}
    recorded = {result["name"]: result.get("value") for result in reports[EVIDENCE].get("results", [])}

    def links(item: Mapping[str, str]) -> Iterator[dict[str, str]]:
        if item["needs"] and not recorded.get(item["needs"]):
            return
        for stem, pattern in places_of(item).items():
            report = reports[stem]
            fitting = (part for part in report.get("contents", []) if re.search(pattern, part["words"], re.I))
            if part := next(fitting, None):
                to = f"{stem}.html#{part['id']}"
                yield {"to": to, "words": part["words"], "report": about(stem).subject}

    sections = groupby(ITEMS, key=itemgetter("section"))
    return [
        {"title": section, "rows": [item | {"links": list(links(item))} for item in items]}
        for section, items in sections
    ]


def write_checklist(project: Project) -> None:
    """Write the checklist beside the reports, if it differs; it needs the report on the evidence."""
    if not (project.reports / f"{EVIDENCE}.html").is_file():
        return
    sections = answers(project)
    rows = [row for section in sections for row in section["rows"]]
    done = sum(bool(row["links"]) for row in rows)
    write(project.reports / CHECKLIST, fill("checklist", sections=sections, items=len(rows), done=done))
