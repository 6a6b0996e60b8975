"""What a package says of itself: how to cite it, what made what, where each number comes from."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ldn_analysis.evidence import Evidence

TITLE = "Low-dose naltrexone for fibromyalgia: a living workbook"
AUTHORS = "The maintainers of the workbook on low-dose naltrexone"
Reports = Mapping[str, Mapping[str, Any]]


def citation(version: str, date: str) -> str:
    """``CITATION.cff``, version 1.2.0."""
    lines = [
        "cff-version: 1.2.0",
        "message: If you use this workbook, please cite it as below.",
        f'title: "{TITLE}"',
        "type: software",
        "authors:",
        f'  - name: "{AUTHORS}"',
        f'version: "{version}"',
        f'date-released: "{date}"',
        "license: GPL-3.0-or-later",
        "keywords: [fibromyalgia, naltrexone, meta-analysis, living review]",
    ]
    return "\n".join(lines) + "\n"


def statement(version: str, data_version: str, commit: str) -> str:
    """Data, code and materials (PRISMA 2020, item 27)."""
    of_commit = f" of commit {commit}" if commit else ""
    return (
        "# Data, code and other materials\n\n"
        f"- **Data**: `data/`, version {version} ({data_version}), CC BY 4.0: what was extracted, with the "
        "place where each value was read, and the judgements that were declared.\n"
        f"- **Code**: the workbook{of_commit}, GPL-3.0-or-later. `reproduce.R` (metafor) and `reproduce.py` "
        "(numpy and scipy) compute pooled numbers again without it.\n"
        "- **Template forms**: `data/datapackage.json`, `data/README.md` and `data/RULES.md` hold the "
        "rules of extraction.\n"
        "- **Not included**: papers, whose copyright is their publishers'; `references.ris` names them.\n"
    )


RESULT_COLUMNS = {
    "report": ("string", "Name of the report, with its scenario."),
    "name": ("string", "Name of the result."),
    "value": ("string", "The value: a number in full, a truth value or text; empty where there is none."),
    "lower": ("number", "Lower limit, where there is an interval."),
    "upper": ("number", "Upper limit, where there is an interval."),
    "level": ("number", "Level of the interval."),
    "unit": ("string", "Unit of value and limits."),
}


def result_rows(reports: Reports) -> list[dict[str, Any]]:
    """Every recorded result, a row each."""
    return [
        {name: result.get(name) for name in RESULT_COLUMNS} | {"report": stem}
        for stem, report in reports.items()
        for result in report["results"]
    ]


def schema(created: str) -> str:
    """A data package (Frictionless) that describes ``results.csv``."""
    fields = [
        {"name": name, "type": kind, "description": words} for name, (kind, words) in RESULT_COLUMNS.items()
    ]
    resource = {
        "name": "results",
        "path": "results.csv",
        "profile": "tabular-data-resource",
        "encoding": "utf-8",
        "schema": {"fields": fields, "missingValues": [""]},
    }
    about = {"name": "ldn-results", "created": created, "profile": "tabular-data-package"}
    return json.dumps({**about, "resources": [resource]}, indent=1) + "\n"


def provenance_rows(
    ev: Evidence,
    reports: Reports,
    cells: Mapping[tuple[str, str], Recorded],
    again: Mapping[tuple[str, str], Recorded],
) -> list[dict[str, Any]]:
    """Where each recorded result is computed, and for the extracted numbers their place in the paper.

    Parameters
    ----------
    ev : the evidence.
    reports : what the reports recorded.
    cells : what records a result, by notebook and name.
    again : what computes a pooled result again, by report and name.
    """
    rows: list[dict[str, Any]] = []
    for stem, report in reports.items():
        book = str(report["notebook"])
        for result in report["results"]:
            about = {"report": stem, "number": result["name"], "value": result.get("value")}
            places = filter(None, (cells.get((book, result["name"])), again.get((stem, result["name"]))))
            for at in list(places) or [Recorded("computed", f"notebooks/{book}.ipynb")]:
                rows.append(about | asdict(at))
    for table in ("outcomes", "events", "pharmacology", "published_syntheses"):
        if table not in ev.tables:
            continue
        key = ev.package.resources[table].primary_key
        value = {"events": "events", "published_syntheses": "estimate"}.get(table, "value")
        for row in ev.tables[table].to_dict("records"):
            texts = {name: text for name, text in row.items() if isinstance(text, str)}
            source = next((texts[name] for name in ("source", "doi", "label") if texts.get(name)), "")
            place = f"line {row['line']}; {texts.get('location', '')}".rstrip("; ")
            about = {"report": "data", "number": row[key], "value": row.get(value)}
            rows.append(about | asdict(Recorded(source, f"data/{table}.csv", place)))
    return rows


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where a number is made: the formula or the source, the file, and the place in it."""

    source: str
    file: str
    place: str = ""


def recording(book: str, cell: Mapping[str, Any], number: int, name: str, lines: Sequence[str]) -> Recorded:
    """The statement of a cell that records a result.

    Parameters
    ----------
    book, number : the notebook, and the cell's number in it.
    name : of the result; one that is put together from values is found by its beginning.
    lines : of the notebook's file.
    """
    statements = [line for line in "".join(cell["source"]).split("\n") if "record" in line]

    def fits(line: str) -> int:
        """Letters of the name that a text of the line gives; of one with slots, those around them."""
        letters = 0
        for text in re.findall(r'"([^"]+)"', line):
            parts = re.split(r"\{[^{}]*\}", text)
            if re.fullmatch(".*".join(map(re.escape, parts)), name) or name.startswith(text):
                letters = max(letters, sum(map(len, parts)))
        return letters

    best = max(statements, key=fits, default="")
    file = f"notebooks/{book}.ipynb"
    start = next((i for i, line in enumerate(lines) if f'"id": "{cell.get("id")}"' in line), 0)
    printed = json.dumps(best, ensure_ascii=False)[1:-1]
    at = next((i for i, line in enumerate(lines[start:], start + 1) if best and printed in line), 0)
    return Recorded(best.strip() or "computed", file, f"cell {number}" + (f", line {at}" if at else ""))


def crate(files: Sequence[str], reports: Reports, version: str, date: str) -> str:
    """``ro-crate-metadata.json``: a Process Run Crate in which each report is a CreateAction.

    Parameters
    ----------
    files : names of all files of the package, in their folders.
    """
    from rocrate.model.contextentity import ContextEntity
    from rocrate.rocrate import ROCrate

    def entity(name: str, kind: str, /, **about: Any) -> Any:
        return research.add(ContextEntity(research, name, properties={"@type": kind, **about}))

    research = ROCrate()
    root = research.root_dataset
    research.name, research.description = TITLE, "Data, results and scripts of the workbook's reports."
    research.license = "https://creativecommons.org/licenses/by/4.0/"
    root["datePublished"], root["version"] = date, version
    profile = "https://w3id.org/ro/wfrun/process/0.5"
    root["conformsTo"] = entity(profile, "CreativeWork", name="Process Run Crate", version="0.5")
    entities = {name: research.add_file(dest_path=name, properties={"name": name}) for name in files}
    data = [entity for name, entity in entities.items() if name.startswith("data/")]
    actions = []
    for stem, report in reports.items():
        book = f"notebooks/{report['notebook']}.ipynb"
        versions = "; ".join(
            f"{name} {number}" for name, number in sorted(report.get("versions", {}).items())
        )
        about = {"name": str(report["notebook"]), "softwareRequirements": versions, "url": book}
        tool = entity(f"#{report['notebook']}", "SoftwareApplication", version=version, **about)
        parameters = [
            entity(f"#{stem}-{name}", "PropertyValue", name=name, value=str(value))
            for name, value in report["parameters"]["values"].items()
        ]
        done = {"name": f"Render {stem}", "actionStatus": "CompletedActionStatus"}
        action = entity(f"#render-{stem}", "CreateAction", **done)
        action["instrument"] = tool
        action["object"] = [*data, *([entities[book]] if book in entities else []), *parameters]
        action["result"] = entities[f"results/{stem}.json"]
        actions.append(action)
    root["mentions"] = actions
    return json.dumps(research.metadata.generate(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
