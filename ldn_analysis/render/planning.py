"""What is to be rendered: every name, type and value checked before anything runs; and one hash of
everything that a report depends on, so that nothing is executed again while it stays the same."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import NoneType
from typing import Any

from ldn_analysis.errors import InputError, ParameterError, RenderError, meant
from ldn_analysis.files import LARGEST, read_bytes, read_json
from ldn_analysis.hashes import digest
from ldn_analysis.questions.typed import check
from ldn_analysis.render.preflight import check_notebook, from_assignments, source_of
from ldn_analysis.render.project import PRIMARY, SUMMARY, Project, Scenario, read_scenarios
from ldn_analysis.render.report import Planned, own_set

_SKIPPED = {"__pycache__", ".ipynb_checkpoints"}


def _folder(folder: Path) -> str:
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and not _SKIPPED & set(p.parts))
    return digest([(path.relative_to(folder).as_posix(), path.read_bytes()) for path in paths])


def _cells(notebook: Mapping[str, Any]) -> str:
    """Hash of what is executed and read, not of the outputs that the committed file holds."""
    cells = notebook["cells"]
    return digest([(cell["cell_type"], source_of(cell), cell.get("metadata", {})) for cell in cells])


def parts(project: Project) -> dict[str, str]:
    """The hashes that all reports share: package, data, lock and Python's version."""
    lock = project.lock.read_bytes() if project.lock.is_file() else b""
    return {
        "package": _folder(project.package),
        "data": _folder(project.data),
        "lock": digest(lock),
        "python": ".".join(map(str, sys.version_info[:3])),
    }


def fingerprint(
    shared: Mapping[str, str], notebook: Mapping[str, Any], values: Mapping[str, Any]
) -> dict[str, str]:
    """The hashes of one report, by cause: what differs between two of them says why a result changed."""
    return {"notebook": _cells(notebook), "parameters": digest(values), **shared}


def plan(
    project: Project,
    notebook: str | None = None,
    scenario: str | None = None,
    assignments: Sequence[str] = (),
    *,
    refused: list[str] | None = None,
) -> list[Planned]:
    """The reports to be made.

    Without arguments: every notebook with the primary set, and the summary with every other. With a scenario,
    every notebook with that one; with a notebook, that one; with assignments, one notebook with its own set.

    Parameters
    ----------
    project, notebook, scenario : where, and what of it; all if left out.
    assignments : parameters of one notebook, as ``name=value``.
    refused : where several notebooks are asked for, a list that gets a line for each that cannot be rendered;
        the others are planned. Without it the first stops everything.

    Raises
    ------
    RenderError, ParameterError : what cannot be rendered, and why.
    """
    scenarios = read_scenarios(project)
    if scenario is not None and scenario not in scenarios:
        nearest = meant(scenario, scenarios, "; ")
        raise ParameterError(f"there is no scenario {scenario[:60]!r}: {', '.join(scenarios)}{nearest}")
    if assignments and notebook is None:
        raise ParameterError("parameters are for one notebook: say which")
    base = scenarios[scenario or PRIMARY]
    shared = parts(project)
    if notebook is not None:
        name = notebook.removesuffix(".ipynb").removeprefix("notebooks/")
        return [_planned(project, name, base, shared, assignments)]
    names = project.names()
    pairs = [(name, base) for name in names]
    if scenario is None:
        pairs += [(SUMMARY, other) for other in scenarios.values() if other is not base and SUMMARY in names]
    reports = []
    for name, chosen in pairs:
        try:
            reports.append(_planned(project, name, chosen, shared))
        except InputError as error:
            if refused is None:
                raise
            if str(error) not in refused:
                refused.append(str(error))
    if not reports and refused:
        raise RenderError("\n".join(refused))
    return reports


def _planned(
    project: Project,
    name: str,
    scenario: Scenario,
    shared: Mapping[str, str],
    assignments: Sequence[str] = (),
) -> Planned:
    content = project.notebook(name)
    cls = check_notebook(name, content)
    defaults = cls.defaults()
    asked = {**defaults, **scenario.of(name), **from_assignments(cls, assignments, name)}
    values = {key: check(cls, key, value) for key, value in asked.items()}
    changed = {key: value for key, value in values.items() if value != defaults[key]}
    chosen = own_set(changed) if assignments else scenario
    return Planned(name, chosen, content, changed, fingerprint(shared, content, values))


def stored(project: Project, stem: str) -> dict[str, Any] | None:
    """The JSON of the report that is there, if it can be read."""
    report = read_json(project.reports / f"{stem}.json")
    return report if _is_report(report) else None


_REPORT: dict[str, Any] = {
    "notebook": str,
    "scenario": str,
    "scenario_title": str,
    "title": str,
    "answer": {"sentence": str, "certainty": str, "short": str, "about": str},
    "parameters": {"values": dict},
    "fingerprint": dict,
    "data": {"version": str, "date": str},
    "figure": (NoneType, {"alt": str, "source": str}),
    "contents": list,
    "stamp": dict,
    "results": [{"name": str, "value": object}],
}
"""The parts by which a report is read."""


def has_shape(content: Any, shape: Any) -> bool:
    """Whether JSON is of a kind, of one of several, a list of one, or has its named parts, each of theirs."""
    if isinstance(shape, dict):
        return isinstance(content, dict) and all(
            name in content and has_shape(content[name], part) for name, part in shape.items()
        )
    if isinstance(shape, list):
        return isinstance(content, list) and all(has_shape(each, shape[0]) for each in content)
    if isinstance(shape, tuple):
        return any(has_shape(content, kind) for kind in shape)
    return isinstance(content, shape)


def _is_report(content: Any) -> bool:
    """Whether JSON is a report; one of long ago may lack parts, but not its results."""
    if not (isinstance(content, dict) and {"notebook", "results"} <= content.keys()):
        return False
    if isinstance(content.get("answer"), dict):
        content = content | {"answer": {"short": "", "about": "", **content["answer"]}}
    return has_shape(content, {name: part for name, part in _REPORT.items() if name in content})


def rendered(folder: Path, *, whole: bool = False) -> dict[str, dict[str, Any]]:
    """What each report in a folder of rendered ones recorded, by its name, in order.

    Other JSON is passed over. Of what is taken elsewhere (`whole`) no report may be missing without a word.

    Raises
    ------
    InputError : `whole`, and a file with the name of a report holds none.
    """
    reports = {}
    for path in sorted(folder.glob("*.json")):
        content = read_json(path)
        if _is_report(content):
            reports[path.stem] = content
        elif whole and re.match(r"\d\d_", path.name):
            raise InputError(f"{path.name}: holds no whole report: render it again, or take it away")
    return reports


def up_to_date(project: Project, planned: Planned) -> bool:
    """Whether the report was made from exactly these inputs, is whole, and has not failed since."""
    there = stored(project, planned.stem)
    if there is None or there.get("fingerprint") != planned.fingerprint:
        return False
    if (project.reports / "failed" / f"{planned.stem}.ipynb").exists():
        return False
    try:
        page = read_bytes(project.reports / f"{planned.stem}.html", LARGEST)
    except InputError:
        return False
    return hashlib.sha256(page).hexdigest() == there.get("stamp", {}).get("html_sha256")


def expected(project: Project, planned: Planned) -> float:
    """A number that orders the work: the seconds that it took the last time, else how much code there is."""
    seconds = (stored(project, planned.stem) or {}).get("stamp", {}).get("seconds")
    if isinstance(seconds, int | float) and seconds:
        return float(seconds)
    return 1e6 + sum(len(source_of(cell)) for cell in planned.content["cells"])
