"""A package that others can check, cite and carry on: the same bytes for the same commit."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ldn_analysis import evidence
from ldn_analysis.errors import RenderError
from ldn_analysis.evidence import Evidence
from ldn_analysis.files import write_all, writing
from ldn_analysis.questions.pain.analysis import PainAnalysis, analyse
from ldn_analysis.render.planning import rendered
from ldn_analysis.render.project import SUMMARY, Project, locate, read_scenarios, scenario_choices
from ldn_analysis.render.recorded import RESULT, outputs_of
from ldn_analysis.workbench.changes import git
from ldn_analysis.workbench.exports import (
    bibtex,
    csv_text,
    metafor_table,
    multiverse_table,
    records_ris,
    references,
    revman_table,
    to_ris,
)
from ldn_analysis.workbench.package_about import (
    RESULT_COLUMNS,
    Recorded,
    citation,
    crate,
    provenance_rows,
    recording,
    result_rows,
    schema,
    statement,
)
from ldn_analysis.workbench.package_lines import (
    Line,
    covering,
    lines,
    pooled_results,
    python_script,
    r_script,
    uncovered,
)
from ldn_analysis.workbench.package_summary import as_pdf, as_word, plain_zip

CITATION = "CITATION.cff"
CRATE = "ro-crate-metadata.json"
REVMAN_NOTE = """\
# For RevMan

`results.csv` holds effect and standard error of each trial for generic inverse variance; `studies.csv`,
`arms.csv` and `risk_of_bias.csv` hold what RevMan asks beside them.

Checked: the files are valid CSV, each trial of the pool has its row, and the effects are the reports'.
Not checked: none of these files has been imported into RevMan; its columns may have to be matched by hand.
"""


def build(to: Path | None = None, *, project: Project | None = None, multiverse: bool = True) -> list[Path]:
    """Write the package and its zip; the paths come back, the zip last.

    Parameters
    ----------
    to : folder, new, empty, or a package that is made anew. Default: ``build/package`` of the working copy;
        the zip lies beside it.
    project : whose reports; they must have been rendered.
    multiverse : also write every specification as Parquet.

    Raises
    ------
    RenderError : no report has been rendered, a pooled number of a report has no line in ``reproduce.R``, or
        the folder holds something else.
    EvidenceError : the data are not valid.
    """
    project = project or locate()
    folder = to or project.root / "build" / "package"
    there = list(folder.iterdir()) if folder.is_dir() else []
    if there and folder / CRATE not in there:
        raise RenderError(f"{folder}: holds something else than a package: name another folder, or empty it")
    ev = evidence.load(project.data)
    reports = _reports(project)
    scenarios = {name: scenario_choices(name, project) for name in read_scenarios(project)}
    computations = lines(ev, scenarios)
    missing = uncovered(pooled_results(project.reports), computations, _quoted(ev))
    if missing:
        raise RenderError("pooled numbers of reports without a line in reproduce.R: " + "; ".join(missing))
    date = ev.data_date or "1980-01-01"
    script, pain = r_script(computations), analyse(ev, scenarios["primary"])
    files: dict[str, bytes] = {
        "reproduce.R": script.encode(),
        "reproduce.py": python_script([line for line in computations if ", pain" in line.name]).encode(),
        **_texts(ev, pain, reports, project, date, _again(project, computations, script)),
        "summary.docx": as_word(pain, reports[SUMMARY], date),
        **_copied(project),
    }
    page = project.reports / f"{SUMMARY}.html"
    at = str(rendered(project.reports)[SUMMARY].get("stamp", {}).get("at", ""))
    if page.is_file() and (printed := as_pdf(page.read_text(encoding="utf-8"), at, date)):
        files["summary.pdf"] = printed
    if multiverse and (every := multiverse_table(ev, scenarios["primary"])) is not None:
        files["multiverse.parquet"] = every
    about = crate(sorted(files), reports, ev.package.version, date).encode()
    return _write(folder, {CRATE: about, **files})


def _quoted(ev: Evidence) -> list[float]:
    """Numbers of published reviews, which reports quote: nothing here computes them."""
    columns = ["estimate", "lower95", "upper95"]
    return [float(value) for value in ev.published_syntheses[columns].to_numpy().ravel() if value == value]


def _write(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Put the files in the place of those of an earlier package, whose mark goes last and comes first."""
    with writing(folder):
        there = folder.iterdir() if folder.is_dir() else ()
        for left in sorted(there, key=lambda path: path.name == CRATE):
            shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()
    paths = write_all(folder, files)
    return [*paths, *write_all(folder.parent, {f"{folder.name}.zip": plain_zip(files)})]


def _reports(project: Project) -> dict[str, dict[str, Any]]:
    """What every rendered report of a scenario recorded, without what differs between two renders."""
    reports = {
        stem: {name: value for name, value in report.items() if name not in ("stamp", "figure", "contents")}
        for stem, report in rendered(project.reports, whole=True).items()
        if "=" not in str(report.get("scenario", "="))
    }
    if SUMMARY not in reports:
        raise RenderError(f"{SUMMARY} is not rendered: make reports first")
    return reports


def _texts(
    ev: Evidence,
    pain: PainAnalysis,
    reports: Mapping[str, dict[str, Any]],
    project: Project,
    date: str,
    again: Mapping[tuple[str, str], Recorded],
) -> dict[str, bytes]:
    """Results, sources, references, and what the package says of itself."""
    used = set(pain.used["study_id"])
    rows = pd.DataFrame(result_rows(reports), columns=list(RESULT_COLUMNS))
    sources = pd.DataFrame(provenance_rows(ev, reports, _cells(project), again))
    listed = references(ev)
    arms = ev.outcomes[ev.outcomes["group"].isin(["ldn", "placebo"])].drop(columns="line")
    commit = (git(project.root, "rev-parse", "HEAD") or b"").decode().strip()
    texts = {
        CITATION: citation(ev.package.version, date),
        "STATEMENT.md": statement(ev.package.version, ev.data_version, commit),
        "results.csv": csv_text(rows),
        "datapackage.json": schema(f"{date}T00:00:00Z"),
        "provenance.csv": csv_text(sources),
        "references.ris": to_ris(listed),
        "references.bib": bibtex(listed),
        "records.ris": records_ris(ev),
        "metafor-pain.csv": csv_text(metafor_table(pain.table)),
        "revman/README.md": REVMAN_NOTE,
        "revman/results.csv": csv_text(revman_table(pain.table)),
        "revman/studies.csv": csv_text(ev.studies[ev.studies["study_id"].isin(used)].drop(columns="line")),
        "revman/arms.csv": csv_text(arms[arms["study_id"].isin(used) & (arms["domain"] == "pain")]),
    }
    if "risk_of_bias" in ev.tables:
        judged = ev.risk_of_bias[ev.risk_of_bias["study_id"].isin(used)].drop(columns="line")
        texts["revman/risk_of_bias.csv"] = csv_text(judged)
    files = {name: text.encode() for name, text in texts.items() if text}
    for stem, report in reports.items():
        text = json.dumps(report, indent=1, ensure_ascii=False, sort_keys=True)
        files[f"results/{stem}.json"] = f"{text}\n".encode()
    return files


def _copied(project: Project) -> dict[str, bytes]:
    """The data and the notebooks as they are."""
    parts = [("data", project.data, "*"), ("notebooks", project.notebooks, "[0-9][0-9]_*.ipynb")]
    return {
        f"{name}/{path.name}": path.read_bytes()
        for name, folder, pattern in parts
        for path in sorted(folder.glob(pattern))
        if path.is_file() and not path.name.startswith(".")
    }


def _again(project: Project, computations: Sequence[Line], script: str) -> dict[tuple[str, str], Recorded]:
    """The line of reproduce.R that computes each pooled result again."""
    places = {text: number for number, text in enumerate(script.split("\n"), 1) if text.startswith("# ")}
    recorded = {}
    for stem, result in pooled_results(project.reports):
        line = covering(result, computations)
        if line:
            at = f"line {places[f'# {line.name}']}"
            recorded[stem, str(result["name"])] = Recorded(line.name, "reproduce.R", at)
    return recorded


def _cells(project: Project) -> dict[tuple[str, str], Recorded]:
    """The statement of each notebook that records a result, by the stored outputs."""
    statements: dict[tuple[str, str], Recorded] = {}
    for name in project.names():
        printed = (project.notebooks / f"{name}.ipynb").read_text(encoding="utf-8").split("\n")
        cells = project.notebook(name)["cells"]
        for number, result in outputs_of(cells, RESULT):
            key = str(result["name"])
            statements[name, key] = recording(name, cells[number - 1], number, key, printed)
    return statements
