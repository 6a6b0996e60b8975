"""What is checked of a notebook and its parameters before anything runs."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any

from ldn_analysis.errors import ParameterError, RenderError, shortened
from ldn_analysis.questions.parameters import parameters_class
from ldn_analysis.questions.typed import Parameters, check, check_names, from_text

TAG = "parameters"
_LONGEST_CELL = 20_000
PARAMS = 'make report NOTEBOOK={name} PARAMS="{key}=..."'
"""How one report is rendered with another value."""


def source_of(cell: Mapping[str, Any]) -> str:
    """A cell's text, whether it is stored as one string or as lines."""
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def _tags(cell: Mapping[str, Any]) -> list[str]:
    tags = (cell.get("metadata") or {}).get("tags")
    return [str(tag) for tag in tags or []]


def _tagged(name: str, notebook: Mapping[str, Any]) -> Mapping[str, Any]:
    """The cell tagged ``parameters``."""
    tagged = [cell for cell in notebook["cells"] if TAG in _tags(cell)]
    if len(tagged) != 1:
        near = sorted({t for c in notebook["cells"] for t in _tags(c) if t != TAG and t.startswith("param")})
        hint = f" (there is a tag {near[0]!r})" if near else ""
        raise RenderError(f"{name}: exactly one cell must be tagged 'parameters', found {len(tagged)}{hint}")
    return tagged[0]


def declared(name: str, notebook: Mapping[str, Any]) -> dict[str, Any]:
    """Names and defaults in a notebook's ``parameters`` cell: plain assignments of literals, nothing else."""
    source = source_of(_tagged(name, notebook))
    if len(source) > _LONGEST_CELL:
        raise RenderError(f"{name}: the parameters cell has {len(source)} letters: at most {_LONGEST_CELL}")
    try:
        body = ast.parse(source).body
    except SyntaxError as error:
        raise RenderError(
            f"{name}: the parameters cell is not Python: {error.msg}, line {error.lineno}"
        ) from None
    except (ValueError, RecursionError, MemoryError):
        raise RenderError(f"{name}: the parameters cell is not Python that can be read") from None
    defaults: dict[str, Any] = {}
    for line in body:
        match line:
            case (
                ast.Assign(targets=[ast.Name(id=key)], value=ast.expr() as node)
                | ast.AnnAssign(target=ast.Name(id=key), value=ast.expr() as node)
            ):
                pass
            case _:
                rule = "the parameters cell may hold plain assignments only"
                raise RenderError(f"{name}: {rule}, line {line.lineno}")
        try:
            defaults[key] = ast.literal_eval(node)
        except (ValueError, TypeError, RecursionError, MemoryError, SyntaxError):
            rule = f"the default of {key} must be a plain value"
            raise RenderError(f"{name}: {rule}, line {line.lineno}") from None
    return defaults


def _same(ours: Any, theirs: Any) -> bool:
    ours, theirs = (tuple(item) if isinstance(item, list) else item for item in (ours, theirs))
    return bool(ours == theirs) and isinstance(ours, bool) == isinstance(theirs, bool)


def check_notebook(name: str, notebook: Mapping[str, Any]) -> type[Parameters]:
    """The notebook's dataclass, once its ``parameters`` cell has been found to agree with it."""
    cls, cell = parameters_class(name), declared(name, notebook)
    check_names(cls, cell, f"{name}, but its parameters cell sets it")
    where = f"{name}: the parameters cell"
    for key, default in cls.defaults().items():
        if key not in cell:
            raise ParameterError(f"{where} lacks {key} = {default!r}")
        if not _same(cell[key], default):
            raise ParameterError(
                f"{where} has {key} = {shortened(cell[key])}, its declaration {default!r}: "
                f"put that back, and render with {PARAMS.format(name=name, key=key)}"
            )
    return cls


def from_assignments(cls: type[Parameters], pairs: Iterable[str], where: str = "") -> dict[str, Any]:
    """The values in ``["tau2_method=PM", "mid=0.5"]``, read as their fields' types and checked.

    One error has a line for each that is wrong.
    """
    values: dict[str, Any] = {}
    wrong: list[str] = []
    for pair in pairs:
        name, equals, text = pair.partition("=")
        try:
            if not equals or not name.strip():
                raise ParameterError(f"{shortened(pair)} is not name=value")
            check_names(cls, {name: text}, where)
            if name in values:
                raise ParameterError(f"{name} is given twice")
            values[name] = from_text(cls, name, text)
            check(cls, name, values[name])
        except ParameterError as error:
            wrong.append(str(error))
    if wrong:
        raise ParameterError("\n".join(wrong))
    return values
