"""Remake what is committed but made: the notebooks' stored outputs and the picture in the README.

``python -m ldn_analysis.refresh`` remakes both; ``picture`` or ``notebooks [names]`` one of them. Notebooks
are stored executed, with tables, printed text and the words of each figure, but without its drawing: a
changed pixel is no change worth reading.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

__all__ = ["execute", "main", "picture", "stored"]

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "notebooks" / "figures" / "forest.svg"
"""The forest plot that the README shows."""


def picture(path: Path = PICTURE) -> Path:
    """Draw the forest plot of pain, at the default choices, from the data."""
    from ldn_analysis import display, evidence
    from ldn_analysis.questions import pain
    from ldn_analysis.questions.pain.parameters import Pain

    made = pain.analyse(evidence.load(), Pain())
    path.parent.mkdir(parents=True, exist_ok=True)
    return display.save(display.forest(made.table, made.fit, mid=made.threshold), path)


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
    return notebook


def execute(path: Path) -> Any:
    """Run a notebook top to bottom, from its own folder; the executed notebook comes back."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=600, kernel_name="python3", shutdown_kernel="immediate",
                            resources={"metadata": {"path": str(path.parent)}})  # fmt: skip
    return client.execute()


def main(arguments: list[str]) -> None:
    """Remake what `arguments` name, everything without any."""
    import nbformat

    what, names = (arguments[0], arguments[1:]) if arguments else ("all", [])
    if what not in {"all", "picture", "notebooks"}:
        raise SystemExit(f"{what!r} is not one of: picture, notebooks")
    if what != "notebooks":
        print(picture().relative_to(ROOT))
    if what != "picture":
        for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")):
            if not names or path.stem in names:
                nbformat.write(stored(execute(path)), path)
                print(path.relative_to(ROOT))


if __name__ == "__main__":
    main(sys.argv[1:])
