"""Remake what is committed but made: the README's picture, notebooks' stored outputs, recorded results.

``python -m ldn_analysis.refresh`` remakes all; ``picture``, ``notebooks [names]`` or ``results`` one of them.
Notebooks are stored executed, with tables, printed text and the words of each figure, but without its
drawing: a changed pixel is no change worth reading. The results that all reports record are stored for a
test, which holds them while the code changes: remake them where a result is meant to change.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "notebooks" / "figures" / "forest.svg"
"""The forest plot that the README shows."""
RECORDED = ROOT / "tests" / "reference" / "recorded_results.json"
"""What all reports record, as they were when it was last meant to change."""


def picture(path: Path = PICTURE) -> Path:
    """Draw the forest plot of pain, at the default choices, from the data."""
    from ldn_analysis import display, evidence
    from ldn_analysis.questions import pain
    from ldn_analysis.questions.pain.parameters import Pain

    analysis = pain.analyse(evidence.load(), Pain())
    path.parent.mkdir(parents=True, exist_ok=True)
    return display.save(display.forest(analysis.table, analysis.fit, mid=analysis.threshold), path)


DRAWING, NO_DRAWING = re.compile(r"data:image/svg\+xml;base64,[A-Za-z0-9+/=]*"), "data:,"


def stored(notebook: Any) -> Any:
    """The form in which an executed notebook is committed; the same again if it already is in that form."""
    from copy import deepcopy

    notebook = deepcopy(notebook)
    notebook["metadata"] = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook["cells"]:
        cell["metadata"].pop("execution", None)
        for output in cell.get("outputs", []):
            if "data" not in output:
                continue
            figure = "image/svg+xml" in output["data"]
            for kind in ("image/svg+xml", "image/png", *(["text/html"] if figure else [])):
                output["data"].pop(kind, None)
                output["metadata"].pop(kind, None)
            if page := output["data"].get("text/html"):  # a figure in a fold is a part of its page
                output["data"]["text/html"] = DRAWING.sub(NO_DRAWING, page)
    return notebook


def execute(path: Path) -> Any:
    """Run a notebook top to bottom, from its own folder; the executed notebook comes back."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    notebook = nbformat.read(path, as_version=4)
    place = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(
        notebook, timeout=600, kernel_name="python3", shutdown_kernel="immediate", resources=place
    )
    try:
        return client.execute()
    except CellExecutionError as error:
        raise SystemExit(f"{path.name}: {error.ename}: {error.evalue}") from None


def recorded(reports: Path) -> dict[str, dict[str, list[Any]]]:
    """Value, unit and limits of each result, by the name of its report, of the rendered planned reports.

    Left out are whole sentences, which are words about results, and the version, which names the data.
    """
    from ldn_analysis.render.planning import plan
    from ldn_analysis.render.project import locate

    reported = {}
    for planned in plan(locate(ROOT)):
        report = json.loads((reports / f"{planned.stem}.json").read_text(encoding="utf-8"))
        reported[planned.stem] = {
            result["name"]: [result.get(key) for key in ("value", "unit", "lower", "upper")]
            for result in report["results"]
            if not str(result["value"]).endswith(".") and result["name"] != "review.version"
        }
    return reported


def results(path: Path = RECORDED) -> Path:
    """Render what has changed, and store what all reports record: a line a result."""
    from ldn_analysis.render.build import render
    from ldn_analysis.render.planning import plan
    from ldn_analysis.render.project import locate

    project = locate(ROOT)
    if render(project, plan(project)):
        raise SystemExit("results are stored of whole renders alone")
    parts = [
        f"{json.dumps(stem)}: {{\n"
        + ",\n".join(f" {json.dumps(name)}: {json.dumps(values)}" for name, values in of_report.items())
        + "\n}"
        for stem, of_report in recorded(project.reports).items()
    ]
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")
    return path


def main(arguments: list[str]) -> None:
    """Remake what `arguments` name, everything without any."""
    import nbformat

    if {"-h", "--help"} & set(arguments):
        print(__doc__)
        return
    target, names = (arguments[0], arguments[1:]) if arguments else ("all", [])
    if target not in {"all", "picture", "notebooks", "results"}:
        raise SystemExit(f"{target!r} is not one of: picture, notebooks, results")
    if target in {"all", "picture"}:
        print(picture().relative_to(ROOT))
    if target in {"all", "notebooks"}:
        folder = ROOT / "notebooks"
        paths = {
            path.stem: path for path in (*sorted(folder.glob("[0-9][0-9]_*.ipynb")), folder / "start.ipynb")
        }
        if unknown := sorted(set(names) - set(paths)):
            raise SystemExit(f"there is no notebook {', '.join(unknown)}: {', '.join(paths)}")
        for path in [paths[name] for name in names or paths]:
            nbformat.write(stored(execute(path)), path)
            print(path.relative_to(ROOT))
    if target in {"all", "results"}:
        print(results().relative_to(ROOT))


if __name__ == "__main__":
    main(sys.argv[1:])
