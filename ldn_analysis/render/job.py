"""One report: a notebook executed by papermill in a scratch folder, checked, and turned into a page.

Runs in a worker process of its own (see `ldn_analysis.render.build`), which tells its parent through a pipe
which cell it is at and, at the end, what came of it.
"""

from __future__ import annotations

import contextlib
import copy
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ldn_analysis.errors import RenderError
from ldn_analysis.render.preflight import source_of
from ldn_analysis.render.record import ANSWER, PARAMETERS, RESULT

__all__ = ["Job", "NotebookError", "collect", "execute", "work"]

_MIMES = (ANSWER, PARAMETERS, RESULT)
_KERNEL_FILE = re.compile(r"/\S*/ipykernel_\d+/\d+\.py")


@dataclass(frozen=True, slots=True)
class Job:
    """What one worker is asked to do; everything in it can be pickled."""

    notebook: str
    scenario: str
    content: dict[str, Any]
    values: dict[str, Any]
    changed: dict[str, Any]
    scratch: str
    environment: dict[str, str]
    page: dict[str, Any]
    timeout: float

    @property
    def stem(self) -> str:
        """The report's file name without its ending: scenarios other than the primary are named in it."""
        return self.notebook if self.scenario == "primary" else f"{self.notebook}--{self.scenario}"


class NotebookError(RenderError):
    """A notebook failed; the message names it, the cell and the error."""


def _first_line(cell: Mapping[str, Any]) -> str:
    lines = [line.strip() for line in source_of(cell).splitlines()]
    code = next((line for line in lines if line and not line.startswith(("#", "%"))), "")
    return code if len(code) <= 60 else code[:57] + "..."


def where(name: str, cell: Mapping[str, Any]) -> str:
    """A cell as a reader would look for it: its number in the file, and its first line of code."""
    index = cell.get("metadata", {}).get("ldn_index")
    number = "the injected parameters" if index is None else f"cell {index + 1}"
    return f"{name}, {number} ({_first_line(cell)})"


def execute(job: Job, tell: Callable[[int], None], manager: type) -> dict[str, Any]:
    """Run the notebook; the executed notebook comes back, whether or not a cell failed (`judge` says)."""
    import nbformat
    from papermill.exceptions import PapermillExecutionError
    from papermill.execute import execute_notebook

    content = copy.deepcopy(job.content)
    for index, cell in enumerate(content["cells"]):
        cell.setdefault("metadata", {})["ldn_index"] = index
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    folder = Path(job.scratch)
    source, target = folder / f"{job.notebook}.ipynb", folder / "executed.ipynb"
    source.write_text(json.dumps(content), encoding="utf-8")
    with contextlib.suppress(PapermillExecutionError):  # the executed notebook holds it; `judge` words it
        execute_notebook(
            str(source),
            str(target),
            parameters=job.changed,
            kernel_name="python3",
            cwd=str(folder),
            progress_bar=False,
            log_output=False,
            request_save_on_cell_execute=False,
            execution_timeout=job.timeout,
            start_timeout=60,
            kernel_manager_class=manager,
            shutdown_kernel="immediate",
            on_cell_start=lambda cell, cell_index: tell(cell["metadata"].get("ldn_index", cell_index)),
        )
    executed: dict[str, Any] = json.loads(json.dumps(nbformat.read(str(target), as_version=4)))
    return executed


def judge(name: str, executed: Mapping[str, Any]) -> None:
    """Raise a `NotebookError` unless every cell ran, without an error."""
    cells = [cell for cell in executed["cells"] if cell["cell_type"] == "code"]
    for cell in cells:
        for output in cell["outputs"]:
            if output["output_type"] == "error":
                message = output["evalue"].strip().splitlines()
                said = f": {message[0]}" if message else ""
                raise NotebookError(f"{where(name, cell)}: {output['ename']}{said}")
    for cell in cells:
        if source_of(cell).strip() and cell["execution_count"] is None:
            raise NotebookError(f"{where(name, cell)}: was not run")


def collect(name: str, executed: Mapping[str, Any]) -> dict[str, Any]:
    """The answer, parameters and results that the notebook recorded, in their order."""
    found: dict[str, list[Any]] = {mime: [] for mime in _MIMES}
    for cell in executed["cells"]:
        for output in cell.get("outputs", []):
            for mime in _MIMES:
                if mime in output.get("data", {}):
                    found[mime].append(output["data"][mime])
    for mime, what, how in (
        (PARAMETERS, "checks its parameters", "render.parameters"),
        (ANSWER, "answers its question", "render.answer"),
    ):
        if len(found[mime]) != 1:
            raise NotebookError(f"{name}: {len(found[mime])} cells call {how}: exactly one {what}")
    names = [result["name"] for result in found[RESULT]]
    twice = sorted({name for name in names if names.count(name) > 1})
    if not names:
        raise NotebookError(f"{name}: no result was recorded (render.record)")
    if twice:
        raise NotebookError(f"{name}: recorded more than once: {', '.join(twice)}")
    return {"answer": found[ANSWER][0], "parameters": found[PARAMETERS][0], "results": found[RESULT]}


def tidy(executed: Mapping[str, Any]) -> dict[str, Any]:
    """The executed notebook without what differs between two runs: timings, random ids, paths."""
    cells = []
    for number, cell in enumerate(executed["cells"]):
        metadata = {key: value for key, value in cell["metadata"].items() if key in ("tags", "ldn_index")}
        kept = {**cell, "metadata": metadata, "id": f"cell-{number + 1}"}
        if cell["cell_type"] == "code":
            kept["outputs"] = [output for output in map(_tidy_output, cell["outputs"]) if output]
        cells.append(kept)
    metadata = {"kernelspec": executed["metadata"].get("kernelspec", {}), "language_info": {"name": "python"}}
    return {**executed, "cells": folded(cells), "metadata": metadata}


def folded(cells: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The cells, with the code of those that show nothing put in front of the next that shows something."""
    kept: list[dict[str, Any]] = []
    waiting: list[str] = []
    for cell in cells:
        if cell["cell_type"] != "code":
            kept.append(cell)
        elif cell["outputs"]:
            kept.append({**cell, "source": "\n\n".join([*waiting, source_of(cell)])})
            waiting = []
        elif source_of(cell).strip():
            waiting.append(source_of(cell))
    if waiting:
        last: dict[str, Any] = {
            "cell_type": "code",
            "id": "cell-last",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        kept.append({**last, "source": "\n\n".join(waiting)})
    return kept


def _tidy_output(output: dict[str, Any]) -> dict[str, Any] | None:
    if output["output_type"] == "stream":
        text = output["text"] if isinstance(output["text"], str) else "".join(output["text"])
        return {**output, "text": _KERNEL_FILE.sub("cell", text)}
    if RESULT in output.get("data", {}):
        return None
    return output


def _describe_data() -> dict[str, str]:
    """Version and date of the data; reading them validates every table."""
    from ldn_analysis import evidence

    loaded = evidence.load()
    return {"version": str(loaded.data_version), "date": str(loaded.data_date or "")}


def check_data(pipe: Connection, environment: dict[str, str]) -> None:
    """A worker that validates the data, before any notebook runs."""
    from ldn_analysis.render.kernel import die_with_parent

    die_with_parent()
    os.environ.update(environment)
    try:
        pipe.send(("done", _describe_data()))
    except Exception as error:
        pipe.send(("failed", str(error) or type(error).__name__, None))
    finally:
        pipe.close()


def work(pipe: Connection, job: Job) -> None:
    """A worker: executes, judges, collects, converts, and writes the page into the scratch folder."""
    from ldn_analysis.render.kernel import Spare, die_with_parent, manager_of
    from ldn_analysis.render.page import make_page

    spare = Spare()
    die_with_parent()
    os.environ.update(job.environment)
    os.chdir(job.scratch)
    executed = None
    try:
        executed = execute(job, lambda index: pipe.send(("cell", index)), manager_of(spare))
        judge(job.notebook, executed)
        recorded = collect(job.notebook, executed)
        html = make_page(job, tidy(executed), recorded)
        (Path(job.scratch) / "page.html").write_text(html, encoding="utf-8")
        pipe.send(("done", recorded))
    except NotebookError as error:
        pipe.send(("failed", str(error), executed))
    except Exception as error:
        first = (str(error).strip().splitlines() or [""])[0]
        pipe.send(("failed", f"{job.notebook}: {type(error).__name__}: {first}", executed))
    finally:
        pipe.close()
