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
from collections.abc import Callable, Iterable, Mapping
from multiprocessing.connection import Connection
from typing import Any

from ldn_analysis.display.publish import image_uri
from ldn_analysis.render.preflight import source_of
from ldn_analysis.render.recorded import ANSWER, PARAMETERS, RESULT, outputs_of
from ldn_analysis.render.report import Job, NotebookError

LARGEST_FIGURE = 400_000
"""Letters of a data URI that the index may hold for one report."""
INDEX_FIGURE = "dose-and-time"
"""Name of the figure that the index shows, where a notebook has it."""
_KERNEL_FILE = re.compile(r"/\S*/ipykernel_\d+/\d+\.py")
_IN_CELL = re.compile(r"Cell In\[(\d+)\], line (\d+)")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def where(name: str, cell: Mapping[str, Any], line: int | None = None) -> str:
    """A cell as a reader would look for it: its number in the file, and a line of its code.

    Without `line` (counted from one) it is the first that is code.
    """
    lines = [text.strip() for text in source_of(cell).splitlines()]
    if line is not None and 1 <= line <= len(lines):
        code, at = lines[line - 1], f"line {line}: " if len(lines) > 1 else ""
    else:
        code, at = next((text for text in lines if text and not text.startswith(("#", "%"))), ""), ""
    index = cell.get("metadata", {}).get("ldn_index")
    number = "the injected parameters" if index is None else f"cell {index + 1}"
    return f"{name}, {number} ({at}{code if len(code) <= 60 else code[:57] + '...'})"


def _failing_line(cell: Mapping[str, Any], output: Mapping[str, Any]) -> int | None:
    """The line of the cell at which its error arose, read from the traceback that the kernel stored."""
    text = _COLOUR.sub("", "\n".join(output.get("traceback", [])))
    lines = [int(line) for count, line in _IN_CELL.findall(text) if int(count) == cell["execution_count"]]
    return lines[-1] if lines else None


def _stays(name: str, cell: Mapping[str, Any], reply: Mapping[str, Any]) -> None:
    """Raise a `NotebookError` if the cell asked its kernel to end: that takes effect after the cell, so that
    the next one would be blamed, and after the last cell nothing would."""
    for request in reply.get("content", {}).get("payload", []):
        if request.get("source") == "ask_exit" and not request.get("keepkernel"):
            raise NotebookError(f"{where(name, cell)}: ended its kernel, so that nothing after it can run")


def execute(job: Job, tell: Callable[[int], None], manager: type) -> dict[str, Any]:
    """Run the notebook; the executed notebook comes back, whether or not a cell failed (`judge` says)."""
    import nbformat
    from papermill.exceptions import PapermillExecutionError
    from papermill.execute import execute_notebook

    name, content = job.planned.notebook, copy.deepcopy(job.planned.content)
    for index, cell in enumerate(content["cells"]):
        cell.setdefault("metadata", {})["ldn_index"] = index
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    source, target = job.scratch / f"{name}.ipynb", job.scratch / "executed.ipynb"
    source.write_text(json.dumps(content), encoding="utf-8")
    with contextlib.suppress(PapermillExecutionError):  # the executed notebook holds it; `judge` words it
        execute_notebook(
            str(source),
            str(target),
            # papermill writes a tuple as a text
            parameters={k: list(v) if isinstance(v, tuple) else v for k, v in job.planned.changed.items()},
            kernel_name="python3",
            cwd=str(job.scratch),
            progress_bar=False,
            log_output=False,
            request_save_on_cell_execute=False,
            execution_timeout=job.timeout,
            start_timeout=60,
            kernel_manager_class=manager,
            shutdown_kernel="immediate",
            on_cell_start=lambda cell, cell_index: tell(cell["metadata"].get("ldn_index", cell_index)),
            on_cell_executed=lambda **about: _stays(name, about["cell"], about["execute_reply"]),
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
                detail = f": {message[0]}" if message else ""
                place = where(name, cell, _failing_line(cell, output))
                raise NotebookError(f"{place}: {output['ename']}{detail}")
    for cell in cells:
        if source_of(cell).strip() and cell["execution_count"] is None:
            raise NotebookError(f"{where(name, cell)}: was not run")


def collect(name: str, executed: Mapping[str, Any]) -> dict[str, Any]:
    """The answer, parameters and results that the notebook recorded, in their order."""
    mimes = (ANSWER, PARAMETERS, RESULT)
    recorded = {mime: [content for _, content in outputs_of(executed["cells"], mime)] for mime in mimes}
    for mime, duty, function in (
        (PARAMETERS, "checks its parameters", "render.parameters"),
        (ANSWER, "answers its question", "render.answer"),
    ):
        if len(recorded[mime]) != 1:
            raise NotebookError(f"{name}: {len(recorded[mime])} cells call {function}: exactly one {duty}")
    names = [result["name"] for result in recorded[RESULT]]
    twice = sorted({name for name in names if names.count(name) > 1})
    if not names:
        raise NotebookError(f"{name}: no result was recorded (render.record)")
    if twice:
        raise NotebookError(f"{name}: recorded more than once: {', '.join(twice)}")
    return {
        "answer": recorded[ANSWER][0],
        "parameters": recorded[PARAMETERS][0],
        "results": recorded[RESULT],
        "figure": first_figure(executed),
    }


def first_figure(executed: Mapping[str, Any]) -> dict[str, str] | None:
    """Words and picture (as a data URI) of the figure for the index: the one named so, else the first."""
    figure: dict[str, str] | None = None
    for cell in executed["cells"]:
        for output in cell.get("outputs", []):
            about, data = output.get("metadata", {}), output.get("data", {})
            source = image_uri(data)
            wanted = figure is None or about.get("name") == INDEX_FIGURE
            if about.get("alt") and source and wanted and len(source) <= LARGEST_FIGURE:
                note = re.search(r'href="#(prov-[^"]+)"', data.get("text/html", ""))
                figure = {"alt": about["alt"], "source": source, "note": note.group(1) if note else ""} | {
                    key: about.get(key, "") for key in ("title", "name")
                }
    return figure


def tidy(executed: Mapping[str, Any]) -> dict[str, Any]:
    """The executed notebook without timings, random ids, paths, and colours of a terminal."""
    cells = []
    for number, cell in enumerate(executed["cells"]):
        metadata = {key: value for key, value in cell["metadata"].items() if key in ("tags", "ldn_index")}
        tidied = {**cell, "metadata": metadata, "id": f"cell-{number + 1}"}
        if cell["cell_type"] == "code":
            tidied["outputs"] = _joined(cell["outputs"])
        cells.append(tidied)
    metadata = {"kernelspec": executed["metadata"].get("kernelspec", {}), "language_info": {"name": "python"}}
    return {**executed, "cells": cells, "metadata": metadata}


def _joined(outputs: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Outputs without paths and colours in what they print, and lines printed one after the other as one: a
    busy machine may send them in pieces."""
    joined: list[dict[str, Any]] = []
    for output in map(dict, outputs):
        if "text" in output:
            output["text"] = _KERNEL_FILE.sub("cell", _COLOUR.sub("", output["text"]))
        if joined and output.get("name") and output.get("name") == joined[-1].get("name"):
            joined[-1]["text"] += output["text"]
        else:
            joined.append(output)
    return joined


def data_version() -> dict[str, str]:
    """Version and date of the data; reading them validates every table."""
    from ldn_analysis import evidence

    loaded = evidence.load()
    return {"version": str(loaded.data_version), "date": str(loaded.data_date or "")}


def say(pipe: Connection, message: Any) -> None:
    """Send what happened. A parent that was killed hears nothing, and that is no error of the worker's."""
    with contextlib.suppress(BrokenPipeError):
        pipe.send(message)


def call(pipe: Connection, environment: Mapping[str, str], task: Callable[..., Any], *arguments: Any) -> None:
    """A worker that calls a function, and sends what it gives, or in words why it gives nothing."""
    from ldn_analysis.render.kernel import die_with_parent

    die_with_parent()
    os.environ.update(environment)
    try:
        say(pipe, ("done", task(*arguments)))
    except Exception as error:
        say(pipe, ("failed", str(error).strip() or type(error).__name__))
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
    name, executed = job.planned.notebook, None
    try:
        executed = execute(job, lambda index: say(pipe, ("cell", index)), manager_of(spare))
        judge(name, executed)
        recorded = collect(name, executed)
        html, recorded["contents"] = make_page(job, tidy(executed), recorded)
        (job.scratch / "page.html").write_text(html, encoding="utf-8")
        say(pipe, ("done", recorded))
    except NotebookError as error:
        say(pipe, ("failed", str(error), executed))
    except Exception as error:
        first = (str(error).strip().splitlines() or [""])[0]
        say(pipe, ("failed", f"{name}: {type(error).__name__}: {first}", executed))
    finally:
        pipe.close()
