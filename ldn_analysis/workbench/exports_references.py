"""References for other programs: studies, reviews and screened records as RIS and BibTeX."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ldn_analysis.evidence import plain_doi
from ldn_analysis.guidance import GUIDANCE

if TYPE_CHECKING:
    from ldn_analysis.evidence import Evidence

METHODS = (
    ("Knapp & Hartung 2003", "2003", "10.1002/sim.1482"),
    ("IntHout et al. 2014", "2014", "10.1186/1471-2288-14-25"),
    ("Higgins et al. 2009", "2009", "10.1111/j.1467-985X.2008.00552.x"),
    *((source.name, source.year, source.doi) for source in GUIDANCE if source.doi),
)
"""Sources of the methods, by DOI; bibliographic details are looked up by it."""

Reference = dict[str, Any]


def _study(row: dict[str, str]) -> Reference:
    notes = [f"study_id: {row['study_id']}"]
    notes += [f"registration: {row['registry']}"] if row["registry"] else []
    links = [f"https://pubmed.ncbi.nlm.nih.gov/{row['pmid']}/"] if row["pmid"] else []
    return _reference(row["study_id"], row["label"], row["year"], row["doi"], notes, links)


def _reference(
    key: str, title: str, year: str, doi: str, notes: list[str], links: list[str] | None = None
) -> Reference:
    """A reference with what is known; what is not is left out."""
    made: Reference = {"type_of_reference": "JOUR", "id": key, "title": title, "year": year, "doi": doi}
    made |= {"notes": notes, "urls": links or []}
    return {name: value for name, value in made.items() if value}


def references(ev: Evidence) -> list[Reference]:
    """Studies, published reviews and methods; titles are the short names of the data."""
    found = [_study(_text(row)) for row in ev.printed["studies"].to_dict("records")]
    reviews: dict[str, Reference] = {}
    held = ev.printed.get("published_syntheses")
    for raw in [] if held is None else held.to_dict("records"):
        row = _text(raw)
        doi = plain_doi(row["doi"])
        name = row["label"]
        key = _key(name) or row["synthesis_id"]
        reviews.setdefault(doi or key, _reference(key, name, row["year"], doi, ["a published review"]))
    methods = [_reference(_key(name), name, year, doi, ["a method"]) for name, year, doi in METHODS]
    return [*found, *reviews.values(), *methods]


def _text(row: dict[Any, Any]) -> dict[str, str]:
    return {str(key): str(cell) for key, cell in row.items()}


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", name.lower())


def studies_ris(ev: Evidence) -> str:
    """The included studies as RIS."""
    return to_ris([_study(_text(row)) for row in ev.printed["studies"].to_dict("records")])


def records_ris(ev: Evidence) -> str:
    """Every record that a search brought, its decisions as notes; empty where nothing was searched."""
    if "records" not in ev.tables:
        return ""
    decided: dict[str, list[str]] = {}
    for raw in ev.printed["decisions"].to_dict("records"):
        row = _text(raw)
        words = f"{row['decided_on']} {row['screener']}, {row['stage']}: {row['decision']}"
        words += f" ({row['reason']})" if row["reason"] else ""
        decided.setdefault(row["record_id"], []).append(words + (f"; {row['notes']}" if row["notes"] else ""))
    return to_ris(list(_records(ev, decided)))


def _records(ev: Evidence, decided: dict[str, list[str]]) -> Iterator[Reference]:
    for raw in ev.printed["records"].to_dict("records"):
        row = _text(raw)
        notes = [f"record_id: {row['record_id']}"]
        notes += [f"same as {row['same_as']}, by {row['same_by']}"] if row["same_as"] else []
        notes += [f"registration: {row['registry_ids']}"] if row["registry_ids"] else []
        notes += decided.get(row["record_id"], [])
        made = _reference(row["record_id"], row["title"], row["published"][:4], row["doi"], notes)
        if row["authors"]:
            made["authors"] = row["authors"].split("; ")
        if row["journal"]:
            made["journal_name"] = row["journal"]
        yield made


def to_ris(entries: list[Reference]) -> str:
    """References as RIS, empty if there are none."""
    import rispy

    return str(rispy.dumps(entries)) if entries else ""


_SPECIAL = str.maketrans(
    {letter: f"\\{letter}" for letter in "&%$#_{}"}
    | {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}"}
)


def bibtex(entries: list[Reference]) -> str:
    """References as BibTeX."""
    made = []
    for one in entries:
        fields = {
            "title": f"{{{str(one['title']).translate(_SPECIAL)}}}",
            "year": one.get("year", ""),
            "doi": one.get("doi", ""),
            "note": "; ".join(one.get("notes", [])).translate(_SPECIAL),
        }
        lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
        made.append(f"@article{{{one['id']},\n" + ",\n".join(lines) + "\n}\n")
    return "\n".join(made)
