"""Version and status of the review, in words: for the page on the evidence, and for the index.

The notebook records the words (`Status.values`), the index reads them: both show the same `box`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ldn_analysis import html
from ldn_analysis.evidence import Evidence, read_review
from ldn_analysis.questions.studies.flow import collection

NAMES = {
    "review.version": "Version of the review",
    "review.method": "How studies were looked for",
    "review.last_look": "Last look, by source",
    "review.next_look": "Next look",
    "review.update_when": "What would trigger an update",
    "review.retire_when": "When it would be retired",
}
"""Recorded results that make the box, and the words for each."""


@dataclass(frozen=True, slots=True)
class Status:
    """What the review declares of itself, by the name of the recorded result.

    `values` are the words of the box (`NAMES`), empty where nothing is declared; `facts` what the checklist
    asks: whether a query is recorded, two people screened, there is a protocol, and funding and competing
    interests are stated.
    """

    values: Mapping[str, str]
    facts: Mapping[str, bool]
    version: str = ""

    def __repr__(self) -> str:
        return "\n".join(
            f"{words}: {self.values[name]}" for name, words in NAMES.items() if name in self.values
        )

    def _repr_html_(self) -> str:
        section = box(self.values)
        return html.finished(section) if section is not None else ""


def box(values: Mapping[str, str]) -> html.Part:
    """The box of version and status from recorded values (`NAMES`); None if none of them is there."""
    shown = [(words, values[name]) for name, words in NAMES.items() if values.get(name)]
    if not shown:
        return None
    terms = [
        part for words, value in shown for part in (html.element("dt", words), html.element("dd", value))
    ]
    return html.element(
        "section", html.element("dl", *terms), class_="ldn-status", aria_label="Version and status"
    )


def status(ev: Evidence) -> Status:
    """Version and status of the review that the data belong to; empty where none is declared.

    Raises
    ------
    InputError
        The declaration (``review.yml``) is not what it should be.
    """
    ev = ev.whole or ev
    review = read_review(ev.folder, ev.package.version)
    done, method = collection(ev)
    query_recorded = "searches" in ev.tables and bool(ev.searches["query"].notna().any())
    facts = {"review.query": query_recorded, "review.screened_twice": done}
    if review is None:
        return Status({}, facts)
    declared = {name: bool(getattr(review, name)) for name in ("protocol", "funding", "interests")}
    return Status(
        {
            "review.version": f"{review.version}, with data of {ev.data_date} ({ev.data_version})",
            "review.method": method,
            "review.last_look": _looks(ev) or "no look is recorded",
            "review.next_look": review.next_look or "none is planned",
            "review.update_when": " ".join(review.update_when) or "not decided",
            "review.retire_when": " ".join(review.retire_when) or "not decided",
        },
        {**facts, **{f"review.{name}": stated for name, stated in declared.items()}},
        review.version,
    )


def _looks(ev: Evidence) -> str:
    """The latest day of each source, by `searches`; registered trials by the month in which we saw them."""
    latest: dict[str, str] = {}
    if "searches" in ev.tables:
        days = ev.searches["searched_on"].fillna(ev.searches["looked_on"]).astype(str)
        latest = {str(source): day for source, day in days.groupby(ev.searches["source"]).max().items()}
    if "registrations" in ev.tables and len(ev.registrations):
        latest.setdefault("registers (known trials)", str(ev.registrations["last_seen"].max()))
    return "; ".join(
        f"{source}: {day}" for source, day in sorted(latest.items(), key=lambda item: item[0].lower())
    )
