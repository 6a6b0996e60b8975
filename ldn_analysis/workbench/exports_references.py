"""References for other programs: studies, reviews and screened records as RIS and BibTeX."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ldn_analysis import html
from ldn_analysis.evidence import Evidence, plain_doi
from ldn_analysis.guidance import GUIDANCE
from ldn_analysis.workbench.rows import printed

METHODS = (
    ("Knapp & Hartung 2003", "2003", "10.1002/sim.1482"),
    ("IntHout et al. 2014", "2014", "10.1186/1471-2288-14-25"),
    ("Higgins et al. 2009", "2009", "10.1111/j.1467-985X.2008.00552.x"),
    *((source.name, source.year, source.doi) for source in GUIDANCE if source.doi),
)
"""Sources of the methods, by DOI; bibliographic details are looked up by it."""

Reference = dict[str, Any]


def _reference(key: str, title: str, year: str, doi: str, *notes: str, **more: Any) -> Reference:
    """A reference with what is known; what is not is left out."""
    known: Reference = {"type_of_reference": "JOUR", "id": key, "title": title, "year": year, "doi": doi}
    known |= {"notes": list(filter(None, notes)), **more}
    return {name: value for name, value in known.items() if value}


def _studies(ev: Evidence) -> list[Reference]:
    listed = []
    for row in printed(ev, "studies"):
        notes = (
            f"study_id: {row['study_id']}",
            f"registration: {row['registry']}" if row["registry"] else "",
        )
        urls = [f"https://pubmed.ncbi.nlm.nih.gov/{row['pmid']}/"] if row["pmid"] else []
        listed.append(_reference(row["study_id"], row["label"], row["year"], row["doi"], *notes, urls=urls))
    return listed


def references(ev: Evidence) -> list[Reference]:
    """Studies, published reviews and methods; titles are the short names of the data."""
    reviews: dict[str, Reference] = {}
    for row in printed(ev, "published_syntheses"):
        doi, name = plain_doi(row["doi"]), row["label"]
        key = _key(name) or row["synthesis_id"]
        reviews.setdefault(doi or key, _reference(key, name, row["year"], doi, "a published review"))
    methods = [_reference(_key(name), name, year, doi, "a method") for name, year, doi in METHODS]
    return [*_studies(ev), *reviews.values(), *methods]


def _key(name: str) -> str:
    return html.slug(name).replace("-", "")


def studies_ris(ev: Evidence) -> str:
    """The included studies as RIS."""
    return to_ris(_studies(ev))


def records_ris(ev: Evidence) -> str:
    """Every record that a search brought, its decisions as notes; empty where nothing was searched."""
    decided: dict[str, list[str]] = {}
    for row in printed(ev, "decisions"):
        words = f"{row['decided_on']} {row['screener']}, {row['stage']}: {row['decision']}"
        words += f" ({row['reason']})" if row["reason"] else ""
        decided.setdefault(row["record_id"], []).append(words + (f"; {row['notes']}" if row["notes"] else ""))
    listed = []
    for row in printed(ev, "records"):
        key, year = row["record_id"], row["published"][:4]
        notes = (
            f"record_id: {key}",
            f"same as {row['same_as']}, by {row['same_by']}" if row["same_as"] else "",
            f"registration: {row['registry_ids']}" if row["registry_ids"] else "",
            *decided.get(key, []),
        )
        who = {
            "authors": row["authors"].split("; ") if row["authors"] else [],
            "journal_name": row["journal"],
        }
        listed.append(_reference(key, row["title"], year, row["doi"], *notes, **who))
    return to_ris(listed)


def to_ris(entries: list[Reference]) -> str:
    """References as RIS, empty if there are none."""
    import rispy

    return str(rispy.dumps(entries)) if entries else ""


_SPECIAL = str.maketrans(
    {letter: f"\\{letter}" for letter in "&%$#_{}"}
    | {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}"}
)


def bibtex(entries: Iterable[Reference]) -> str:
    """References as BibTeX."""
    blocks = []
    for entry in entries:
        fields = {
            "title": f"{{{str(entry['title']).translate(_SPECIAL)}}}",
            "year": entry.get("year", ""),
            "doi": entry.get("doi", ""),
            "note": "; ".join(entry.get("notes", [])).translate(_SPECIAL),
        }
        lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
        blocks.append(f"@article{{{entry['id']},\n" + ",\n".join(lines) + "\n}\n")
    return "\n".join(blocks)
