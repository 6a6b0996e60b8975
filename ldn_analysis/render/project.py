"""Where things are: the folders of a working copy, its notebooks and its scenarios."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ldn_analysis.errors import ParameterError, RenderError
from ldn_analysis.questions.parameters import NOTEBOOKS, parameters_class
from ldn_analysis.questions.typed import check, check_names

__all__ = ["SUMMARY", "Project", "Scenario", "locate", "read_scenarios"]

SUMMARY = "00_dosing_question"
"""The notebook that is rendered under every scenario."""

_NUMBERED = re.compile(r"\d\d_[a-z0-9_]+")


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
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def lock(self) -> Path:
        return self.root / "requirements" / "run.lock"

    def names(self) -> list[str]:
        """The notebooks that become reports: those whose names begin with two digits, in that order."""
        found = sorted(path.stem for path in self.notebooks.glob("*.ipynb") if _NUMBERED.fullmatch(path.stem))
        if not found:
            raise RenderError(f"no numbered notebook in {self.notebooks}")
        return found

    def notebook(self, name: str) -> dict[str, Any]:
        """A notebook's JSON; its name is given with or without ``.ipynb``."""
        path = self.notebooks / f"{name}.ipynb"
        if not path.is_file():
            raise RenderError(f"there is no notebook {name!r}: {', '.join(self.names())}")
        try:
            made = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise RenderError(f"{name}: not a notebook: {error}") from None
        if made.get("nbformat") != 4 or not isinstance(made.get("cells"), list):
            raise RenderError(f"{name}: not a notebook of format 4")
        return made


def locate(root: str | Path | None = None) -> Project:
    """The project at `root`, by default the working copy that holds this package, else the current folder."""
    package = Path(__file__).resolve().parent.parent
    if root is None:
        root = package.parent if (package.parent / "notebooks").is_dir() else Path.cwd()
    root = Path(root).resolve()
    return Project(root, Path(os.environ.get("LDN_DATA") or root / "data").resolve(), package)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named set of parameters, and what it stands for in words."""

    name: str
    title: str
    values: dict[str, Any]

    def of(self, notebook: str) -> dict[str, Any]:
        """The part of the set that a notebook has parameters for."""
        own = parameters_class(notebook).defaults()
        return {name: value for name, value in self.values.items() if name in own}


def read_scenarios(project: Project) -> dict[str, Scenario]:
    """The sets of ``reports/scenarios.yml``, each checked against the notebooks' declarations."""
    import yaml

    path = project.reports / "scenarios.yml"
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ParameterError(f"{path} is missing") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise ParameterError(f"scenarios.yml{line}: {getattr(error, 'problem', error)}") from None
    if not isinstance(raw, dict) or "primary" not in raw:
        raise ParameterError("scenarios.yml must map names to sets of parameters, with 'primary' among them")
    return {str(name): _scenario(str(name), body) for name, body in raw.items()}


def _scenario(name: str, body: Any) -> Scenario:
    where = f"scenario {name!r}"
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise ParameterError(f"{where}: a name is lower-case words joined by hyphens")
    body = body or {}
    if not isinstance(body, dict) or set(body) - {"title", "parameters"}:
        raise ParameterError(f"{where} may hold 'title' and 'parameters', nothing else")
    given = body.get("parameters") or {}
    if not isinstance(given, dict):
        raise ParameterError(f"{where}: 'parameters' must be names and values")
    for key, value in given.items():
        takers = [cls for cls in NOTEBOOKS.values() if key in cls.defaults()]
        if not takers:
            widest = max(NOTEBOOKS.values(), key=lambda cls: len(cls.defaults()))
            check_names(widest, {key: value}, where)
        for cls in takers:
            check(cls, key, value)
    return Scenario(name, str(body.get("title") or name), dict(given))
