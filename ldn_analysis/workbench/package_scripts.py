"""The lines of a package as scripts: R with metafor for all of them, Python without this package for pain.

What the scripts say stands in the folder ``scripts``, in their own languages.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ldn_analysis.workbench.package_lines import Line

if TYPE_CHECKING:
    from jinja2 import Environment


def _number(value: float) -> str:
    """A number in R, in full."""
    return "Inf" if value == math.inf else repr(float(value))


def _vector(values: Sequence[float]) -> str:
    return f"c({', '.join(map(_number, values))})"


@functools.cache
def _scripts() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(  # no autoescape: nothing of it is HTML
        loader=FileSystemLoader(Path(__file__).parent / "scripts"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"r": _number, "vector": _vector, "percent": lambda share: f"{100 * share:g}"}
    return environment


def r_script(lines: Sequence[Line]) -> str:
    """An R script that computes each line with metafor and stops where a number differs."""
    return _scripts().get_template("reproduce.R.j2").render(lines=lines)


def python_script(lines: Sequence[Line]) -> str:
    """A script in numpy and scipy that computes the pools of pain, and stops where a number differs."""
    computations = []
    for line in lines:
        if line.kind not in ("rma", "own") or line.options.get("method", "REML") not in ("FE", "DL", "REML"):
            continue
        numbers = {
            name: [None if value == math.inf else value for value in values]
            for name, values in line.numbers.items()
        }
        computation = [line.name, numbers, dict(line.options), dict(line.expected)]
        computations.append(json.dumps(computation, ensure_ascii=False).replace("null", "None"))
    return _scripts().get_template("reproduce.py.j2").render(lines=computations)
