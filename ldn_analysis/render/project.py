"""Where things are: the folders of a working copy, its notebooks and its scenarios."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ldn_analysis import strict_yaml
from ldn_analysis.errors import InputError, ParameterError, RenderError, meant, shortened
from ldn_analysis.files import LARGEST, read_text
from ldn_analysis.questions.parameters import notebooks, parameters_class
from ldn_analysis.questions.typed import check, check_names

PRIMARY = "primary"
SUMMARY = "00_dosing_question"
"""The notebook that is rendered under every scenario."""

_NUMBERED = re.compile(r"\d\d_[a-z0-9_]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Project:
    """The folders that a render reads and the one that it writes."""

    root: Path
    data: Path
    package: Path

    @property
    def notebooks(self) -> Path:
        return self.root / "notebooks"

    @property
    def own_data(self) -> bool:
        """Whether the data are the project's own, not others that ``LDN_DATA`` names."""
        return self.data == self.root / "data"

    @property
    def reports(self) -> Path:
        """Where reports go. Those of other data have a folder of their own: they replace nobody's."""
        if self.own_data:
            return self.root / "reports"
        place = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:6]
        name = re.sub(r"[^A-Za-z0-9._-]", "-", self.data.name)[:60]
        return self.root / "reports" / "other-data" / f"{name}-{place}"

    @property
    def scenarios(self) -> Path:
        return self.root / "reports" / "scenarios.yml"

    @property
    def lock(self) -> Path:
        return self.root / "requirements" / "run.lock"

    def names(self) -> list[str]:
        """The notebooks that become reports: those whose names begin with two digits, in that order."""
        names = sorted(path.stem for path in self.notebooks.glob("*.ipynb") if _NUMBERED.fullmatch(path.stem))
        if not names:
            raise RenderError(f"no numbered notebook in {self.notebooks}")
        return names

    def notebook(self, name: str) -> dict[str, Any]:
        """A notebook's JSON; its name is given without ``.ipynb``."""
        names = self.names()
        if name not in names:
            nearest = meant(name, names, "; ")
            raise RenderError(f"there is no notebook {shortened(name)}: {', '.join(names)}{nearest}")
        text = read_text(self.notebooks / f"{name}.ipynb", LARGEST)
        try:
            content = json.loads(text)
        except (ValueError, RecursionError) as error:
            reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
            raise RenderError(f"{name}: not a notebook: {reason}") from None
        of_format = isinstance(content, dict) and content.get("nbformat") == 4
        if not of_format or not isinstance(content.get("cells"), list):
            raise RenderError(f"{name}: not a notebook of format 4")
        for number, cell in enumerate(content["cells"], start=1):
            if not _is_cell(cell):
                raise RenderError(f"{name}, cell {number}: not a cell with a type, a source and metadata")
        return content


def _is_cell(cell: Any) -> bool:
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
        return False
    source = cell.get("source", "")
    lines = source if isinstance(source, list) else [source]
    metadata = cell.get("metadata", {})
    tags = metadata.get("tags", []) if isinstance(metadata, dict) else None
    return all(isinstance(line, str) for line in lines) and isinstance(tags, list)


def locate(root: str | Path | None = None) -> Project:
    """The project at `root`, by default the working copy that holds this package, else the current folder."""
    package = Path(__file__).resolve().parent.parent
    if root is None:
        root = package.parent if (package.parent / "notebooks").is_dir() else Path.cwd()
    return Project(
        folder := _folder(root), _folder(os.environ.get("LDN_DATA") or folder / "data", False), package
    )


def _folder(path: str | Path, needed: bool = True) -> Path:
    """The path in full; refused if no file can have it or, where it is needed, it is no folder."""
    try:
        full = Path(path).resolve()
        there = full.is_dir()
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "not a name that a folder can have"
        raise RenderError(f"{str(path)[:60]!r}: {reason}") from None
    if needed and not there:
        raise RenderError(f"{str(full)!r}: no such folder")
    return full


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named set of parameters, and what it stands for in words."""

    name: str
    title: str
    values: dict[str, Any]

    @property
    def special(self) -> bool:
        """Whether it differs from the primary set."""
        return self.name != PRIMARY

    def of(self, notebook: str) -> dict[str, Any]:
        """The part of the set that a notebook has parameters for."""
        defaults = parameters_class(notebook).defaults()
        return {name: value for name, value in self.values.items() if name in defaults}


def read_scenarios(project: Project) -> dict[str, Scenario]:
    """The sets of ``reports/scenarios.yml``, each checked against the notebooks' declarations."""
    try:
        raw = strict_yaml.read(project.scenarios)
    except InputError as error:
        raise ParameterError(str(error)) from None
    if PRIMARY not in raw:
        raise ParameterError("scenarios.yml must map names to sets of parameters, with 'primary' among them")
    scenarios = {name: _scenario(name, body) for name, body in raw.items()}
    titles: dict[str, str] = {}
    for name, scenario in scenarios.items():
        other = titles.setdefault(scenario.title.casefold(), name)
        if other != name:
            raise ParameterError(f"scenarios {other!r} and {name!r} have the same title, {scenario.title!r}")
    sets = {
        name: [cls(**scenario.of(notebook)) for notebook, cls in notebooks().items()]
        for name, scenario in scenarios.items()
    }
    for other, name in itertools.combinations(sets, 2):
        if sets[other] == sets[name]:
            raise ParameterError(
                f"scenarios {other!r} and {name!r} have the same parameters in every notebook"
            )
    return scenarios


def _scenario(name: str, body: strict_yaml.Value) -> Scenario:
    where = f"scenario {shortened(name)}"
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) or len(name) > 60:
        raise ParameterError(f"{where}: a name is lower-case words joined by hyphens, at most 60 letters")
    body = {} if body is None else body
    if not isinstance(body, dict) or set(body) - {"title", "parameters"}:
        raise ParameterError(f"{where} may hold 'title' and 'parameters', nothing else")
    filled = {part: content for part, content in body.items() if content is not None}
    title, values = filled.get("title", name), filled.get("parameters", {})
    if not isinstance(values, dict):
        raise ParameterError(f"{where}: 'parameters' must be names and values")
    if not isinstance(title, str) or not title.strip() or "\n" in title:
        raise ParameterError(f"{where}: 'title' must be a line of text")
    for key, value in values.items():
        _check_value(where, key, value)
    for years in (re.findall(r"\b(?:19|20)\d\d\b", text) for text in (name, title)):
        if "as_of" in values and years and str(values["as_of"]) not in years:
            raise ParameterError(f"{where}: its name or title says {years[0]}; as_of is {values['as_of']}")
    return Scenario(name, title.strip(), dict(values))


def _check_value(where: str, key: str, value: Any) -> None:
    """Refuse a value that no notebook declares, or that one of those that do declare it does not allow."""
    takers = {of: cls for of, cls in notebooks().items() if key in cls.defaults()}
    if not takers:
        widest = max(notebooks().values(), key=lambda cls: len(cls.defaults()))
        check_names(widest, {key: value}, where)
    for of, cls in takers.items():
        try:
            check(cls, key, value)
        except ParameterError as error:
            raise ParameterError(f"{where}, in {of}: {error}") from None


def scenario_choices(name: str, project: Project | None = None) -> Any:
    """The choices behind pain of a scenario of ``reports/scenarios.yml``.

    An unknown name is an `InputError` that lists what there is.
    """
    scenarios = read_scenarios(project or locate())
    if name not in scenarios:
        nearest = meant(name, scenarios, "; ")
        raise InputError(f"there is no scenario {name!r}: {', '.join(scenarios)}{nearest}")
    return parameters_class("02_pain")(**scenarios[name].of("02_pain"))
