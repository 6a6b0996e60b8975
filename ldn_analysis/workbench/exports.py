"""Take results elsewhere: tables for spreadsheets, metafor and RevMan, results as JSON, references as RIS and
BibTeX, figures for print."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from ldn_analysis import evidence, html
from ldn_analysis.contrasts import MEASURES
from ldn_analysis.evidence import Evidence, plain_doi
from ldn_analysis.files import write_all, writing
from ldn_analysis.guidance import GUIDANCE
from ldn_analysis.questions.pain.analysis import PainAnalysis, analyse
from ldn_analysis.questions.parameters import parameters_class
from ldn_analysis.render.planning import plan, rendered
from ldn_analysis.render.project import locate, scenario_choices
from ldn_analysis.workbench.rows import printed

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def _safe(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: text that begins like one gets an apostrophe."""
    if isinstance(value, (tuple, list)):
        value = "; ".join(map(str, value))
    return f"'{value}" if isinstance(value, str) and value.startswith(_STARTS) else value


def csv_text(table: pd.DataFrame) -> str:
    """The table as CSV (RFC 4180, UTF-8): numbers in full, missing cells empty, text safe in spreadsheets."""
    safe = table.astype(object).map(_safe).where(table.notna(), "")
    safe.columns = [_safe(str(name)) for name in table.columns]
    return str(safe.to_csv(index=False, lineterminator="\r\n"))


def metafor_table(table: pd.DataFrame) -> pd.DataFrame:
    """The included rows as metafor reads them: ``rma(yi, vi, slab=slab, data=read.csv(...))``."""
    used = table[table["included"].astype(bool)]
    columns = ["study_id", "year", "measure", "dose_mg", "week", "design", "n_ldn", "n_control"]
    return used[["label", "yi", "vi", "se", *columns]].rename(columns={"label": "slab", "se": "sei"})


def revman_table(table: pd.DataFrame) -> pd.DataFrame:
    """The included rows as RevMan's generic inverse variance takes them: study, effect, SE."""
    used = table[table["included"].astype(bool)]
    names = {
        "label": "Study",
        "year": "Year",
        "yi": "Effect estimate",
        "se": "Standard error",
        "n_ldn": "Experimental total",
        "n_control": "Control total",
    }
    return used[list(names)].rename(columns=names)


def _plain(value: Any) -> Any:
    """A value that JSON can hold: what is not finite becomes null."""
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(part) for part in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _results(scenario: str, analysis: PainAnalysis, data_version: str, reports: Path) -> dict[str, Any]:
    """The pooled fit in full, and what each rendered report of the scenario recorded."""
    fields = ("title", "answer", "parameters", "results", "data")
    fit = analysis.fit
    return {
        "scenario": scenario,
        "data_version": data_version,
        "parameters": analysis.choices.as_dict(),
        "pain": {
            "sentence": analysis.sentence,
            "certainty": analysis.certainty.level,
            "n": analysis.n,
            "unit": analysis.unit,
            "fit": {name: getattr(fit, name) for name in type(fit).__slots__} if fit else None,
        },
        "reports": {
            report["notebook"]: {name: report.get(name) for name in fields}
            for report in rendered(reports, whole=True).values()
            if report.get("scenario") == scenario
        },
    }


def export(
    scenario: str = "primary",
    to: str | Path | None = None,
    *,
    multiverse: bool = True,
    figures: bool = True,
    workers: int | None = None,
) -> list[Path]:
    """Write everything that can be used elsewhere; the paths come back.

    Parameters
    ----------
    scenario : a name of ``reports/scenarios.yml``.
    to : folder, made if need be. Default: ``build/export`` of the working copy.
    multiverse : also write every specification as Parquet.
    figures : also run every report of the scenario and save its figures; ``reports/`` stays as it is.
    workers : reports at once; as many as cores if left out.

    Notes
    -----
    ``contrasts-*.csv`` hold every study, with the reason where it is left out; ``metafor-*.csv`` and
    ``revman-*.csv`` the included ones; ``studies.ris`` the references, and ``records.ris`` what searches
    brought, with the decisions as notes. ``results.json`` holds the pooled fit and what the rendered reports
    of the scenario recorded. ``figures/`` holds each figure of each report, ``<report>--<figure>``, as SVG
    and as PNG at 300 dots an inch.

    Raises
    ------
    InputError : there is no such scenario, or the folder cannot be written.
    RenderError : a report cannot be made.
    """
    from ldn_analysis.render.figures import draw_figures

    project, params = locate(), scenario_choices(scenario)
    ev = evidence.load()
    folder = Path(to) if to is not None else project.root / "build" / "export"
    analysis = analyse(ev, params)
    texts: dict[str, str] = {}
    for measure in MEASURES:
        same = measure == params.measure
        table = (analysis if same else analyse(ev, replace(params, measure=measure))).table
        texts[f"contrasts-pain-{measure}.csv"] = csv_text(table)
        texts[f"metafor-pain-{measure}.csv"] = csv_text(metafor_table(table))
        texts[f"revman-pain-{measure}.csv"] = csv_text(revman_table(table))
    texts |= {"studies.ris": studies_ris(ev), "records.ris": records_ris(ev)}
    results = _plain(_results(scenario, analysis, ev.data_version, project.reports))
    texts["results.json"] = json.dumps(results, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    files = {name: text.encode() for name, text in texts.items() if text}
    if multiverse and (every := multiverse_table(ev, params)) is not None:
        files["multiverse.parquet"] = every
    written = write_all(folder, files)
    if figures:
        with writing(folder):
            reports = plan(project, scenario=scenario)
            written += draw_figures(project, reports, folder / "figures", workers=workers)
    return written


def multiverse_table(ev: Evidence, params: Any) -> bytes | None:
    """Every specification of pain as Parquet; None where no trial gives an estimate."""
    from ldn_analysis.questions.multiverse.analysis import pain_multiverse

    baseline = parameters_class("07_multiverse").defaults()["assumed_baseline"]
    specifications = pain_multiverse(
        ev.as_of(params.as_of), assumed_baseline=baseline, **params.pick("reading", "level")
    )
    if specifications is None:
        return None
    return specifications.mv.frame().to_parquet(index=False)


# References for other programs -----------------------------------------------------------------------------

METHODS = (
    ("Knapp & Hartung 2003", "2003", "10.1002/sim.1482"),
    ("IntHout et al. 2014", "2014", "10.1186/1471-2288-14-25"),
    ("Higgins et al. 2009", "2009", "10.1111/j.1467-985X.2008.00552.x"),
    *((source["name"], source["year"], source["doi"]) for source in GUIDANCE if source["doi"]),
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
