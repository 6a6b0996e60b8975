"""A small project in a folder of its own, whose path has a space and letters beyond ASCII."""

import json
import shutil
from pathlib import Path

import psutil

from ldn_analysis.questions.pain.parameters import Pain
from ldn_analysis.render.project import Project

ROOT = Path(__file__).resolve().parents[2]


def code(source: str, *tags: str) -> dict:
    return {
        "cell_type": "code",
        "id": f"c{abs(hash(source)) % 10**8}",
        "metadata": {"tags": list(tags)} if tags else {},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def prose(source: str) -> dict:
    return {"cell_type": "markdown", "id": f"m{abs(hash(source)) % 10**8}", "metadata": {}, "source": source}


DEFAULTS = "\n".join(f"{name} = {value!r}" for name, value in Pain.defaults().items())
GOOD = [
    prose("# Is the *answer* known?"),
    prose("## Answer"),
    code("from ldn_analysis import render"),
    code(DEFAULTS, "parameters"),
    code('params = render.parameters("02_pain", globals())'),
    code('render.answer(question="Is it?", sentence=f"Yes, at {params.mid:g}.", certainty="low", k=2, n=30)'),
    code('render.record("pain.estimate", 0.1 + 0.2, "points", -1.0, 1.5, level=0.95);'),
]


def notebook(cells: list[dict]) -> dict:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": cells}


class Small:
    """The project, and the means to change it."""

    def __init__(self, root: Path) -> None:
        self.project = Project(root, root / "data", ROOT / "ldn_analysis")
        for folder in ("notebooks", "reports", "requirements"):
            (root / folder).mkdir(parents=True)
        shutil.copytree(ROOT / "data", root / "data")
        self.scenarios("primary: {}\nlarge: {title: A large one, parameters: {mid: 2.0}}\n")
        self.put(GOOD)

    def put(self, cells: list[dict], name: str = "02_pain") -> None:
        text = json.dumps(notebook(cells))
        (self.project.notebooks / f"{name}.ipynb").write_text(text, encoding="utf-8")

    def scenarios(self, text: str) -> None:
        (self.project.reports / "scenarios.yml").write_text(text, encoding="utf-8")

    def json(self, stem: str = "02_pain") -> dict:
        return json.loads((self.project.reports / f"{stem}.json").read_text(encoding="utf-8"))

    def html(self, stem: str = "02_pain") -> str:
        return (self.project.reports / f"{stem}.html").read_text(encoding="utf-8")


def strays(small: Small) -> list[psutil.Process]:
    """Processes of a render of the small project that have not ended."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("LDN_DATA") == str(small.project.data) and process.status() != "zombie":
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found
