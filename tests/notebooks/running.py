"""Run a notebook's own committed code cells in this process, under other parameters."""

from pathlib import Path

import nbformat

FOLDER = Path(__file__).parents[2] / "notebooks"


def execute(name, **choices):
    """Every code cell in order; `choices` replace what the cell of parameters set, which must know them."""
    space = {"__name__": "notebook"}
    for cell in nbformat.read(FOLDER / f"{name}.ipynb", as_version=4).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, name, "exec"), space)
            if "parameters" in cell.metadata.get("tags", []):
                assert set(choices) <= set(space), sorted(set(choices) - set(space))
                space.update(choices)
