"""Take results elsewhere: tables for spreadsheets, metafor and RevMan, results as JSON, figures for print."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from ldn_analysis import evidence
from ldn_analysis.contrasts import MEASURES
from ldn_analysis.evidence import Evidence
from ldn_analysis.files import write_all, writing
from ldn_analysis.questions.pain.analysis import PainAnalysis, analyse
from ldn_analysis.questions.parameters import parameters_class
from ldn_analysis.render.planning import plan, rendered
from ldn_analysis.render.project import locate, scenario_choices
from ldn_analysis.workbench.exports_references import records_ris, studies_ris

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
    from ldn_analysis.questions.multiverse.pain import pain_multiverse

    baseline = parameters_class("07_multiverse").defaults()["assumed_baseline"]
    specifications = pain_multiverse(
        ev.as_of(params.as_of), assumed_baseline=baseline, **params.pick("reading", "level")
    )
    if specifications is None:
        return None
    return specifications.mv.frame().to_parquet(index=False)
