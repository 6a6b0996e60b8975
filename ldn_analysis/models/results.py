"""What a result shows of itself: in the Lab its fields, in words, as HTML; else a short `repr`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from ldn_analysis import html

_MOST = 8  # values of a list that are shown
_WIDEST = 200


def _words(name: str) -> str:
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").strip()
    return text[:1].upper() + text[1:].lower()


def _brief_words(value: Any) -> str:
    """A value in a few letters, not yet escaped."""
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)):
        return "not available"
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float | np.floating):
        return f"{value:.4g}"
    if is_dataclass(value):
        return _words(type(value).__name__)
    text = str(value) if isinstance(value, str | int | np.generic) else type(value).__name__
    return text if len(text) <= 120 else text[:119] + "…"


def _code(value: Any) -> str:
    """A value in at most `_WIDEST` letters, as in a ``repr``, without the types of numpy."""
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float):
        return f"{value:.6g}"
    if hasattr(value, "iloc"):
        return f"<{type(value).__name__} of {len(value)}>"
    if isinstance(value, tuple | list | np.ndarray | Mapping):
        text = _shown(value, _code)
    else:
        text = "<function>" if callable(value) and not isinstance(value, Result) else repr(value)
    return text if len(text) <= _WIDEST else f"<{type(value).__name__}>"


def _shown(value: Any, each: Callable[[Any], str] = _brief_words) -> str:
    """A value, of a list the first `_MOST`, with `each` of them in a few letters."""
    if hasattr(value, "shape") and len(value.shape) > 1:
        return f"{' × '.join(map(str, value.shape))} values"
    if isinstance(value, Mapping):
        items = [f"{each(key)}: {_shown(item, each)}" for key, item in value.items()]
    elif isinstance(value, tuple | list) or (isinstance(value, np.ndarray) and value.ndim):
        items = [each(item) for item in value[:_MOST]]
    else:
        return each(value.item() if isinstance(value, np.ndarray) else value)
    joined = ", ".join(items[:_MOST]) + (f", … ({len(value)} in all)" if len(value) > _MOST else "")
    start, end = "{}" if isinstance(value, Mapping) else "[]"
    return f"{start}{joined}{end}" if each is _code else joined or "none"


class Result:
    """What every result can do: show its fields as a table in the Lab, and say itself in a line or two.

    A dataclass that inherits it and holds arrays says ``repr=False``, or the generated ``repr`` would print
    every number in them. A result with a table of its own overrides ``_repr_html_``.
    """

    __slots__ = ()

    def _repr_html_(self) -> str:
        """A table of the fields; results inside it fold out, and its notes follow."""
        rows, inside, notes = [], [], []
        for field in fields(self):  # type: ignore[arg-type]  # a dataclass, once inherited
            value = getattr(self, field.name)
            name = _words(field.name)
            if field.name == "notes" and not isinstance(value, str):
                notes = [str(note) for note in value]
            elif isinstance(value, Result):
                inside.append(html.details(name, html.trusted(value._repr_html_())))
            else:
                rows.append((name, _shown(value)))
        table = html.table(_words(type(self).__name__), ("", ""), rows)
        return html.finished(table, *inside, html.items(notes) if notes else None)

    def __repr__(self) -> str:
        names = [field.name for field in fields(self)]  # type: ignore[arg-type]
        values = ", ".join(f"{name}={_shown(getattr(self, name), _code)}" for name in names)
        return f"{type(self).__name__}({values})"
