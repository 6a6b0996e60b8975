"""What the Lab shows of a result that has no table of its own: its fields, in words, as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from html import escape
from typing import Any

import numpy as np

__all__ = ["give_rich_display", "rich_html"]

_MOST = 8  # values of a list that are shown


def _words(name: str) -> str:
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").strip()
    return text[:1].upper() + text[1:].lower()


def _one(value: Any) -> str:
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


def _shown(value: Any) -> str:
    if hasattr(value, "shape") and len(value.shape) > 1:
        return f"{' × '.join(map(str, value.shape))} values"
    if isinstance(value, Mapping):
        value = [f"{_one(key)}: {_shown(item)}" for key, item in value.items()]
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if not isinstance(value, tuple | list | np.ndarray):
        return _one(value)
    items = [_one(item) for item in value[:_MOST]]
    return ", ".join(items) + (f", … ({len(value)} in all)" if len(value) > _MOST else "") or "none"


def rich_html(result: Any) -> str:
    """A dataclass as a table of its fields; results inside it fold out, and its notes follow."""
    rows, inside, notes = "", "", ""
    for field in fields(result):
        value = getattr(result, field.name)
        name = escape(_words(field.name))
        if field.name == "notes" and not isinstance(value, str):
            notes = "".join(f"<li>{escape(str(note))}</li>" for note in value)
        elif is_dataclass(value) and hasattr(value, "_repr_html_"):
            inside += f"<details><summary>{name}</summary>{value._repr_html_()}</details>"
        else:
            rows += f'<tr><th scope="row">{name}</th><td>{escape(_shown(value))}</td></tr>'
    caption = escape(_words(type(result).__name__))
    table = f"<table><caption>{caption}</caption><tbody>{rows}</tbody></table>"
    return table + inside + (f"<ul>{notes}</ul>" if notes else "")


def give_rich_display(candidates: Iterable[Any]) -> None:
    """Let each of our dataclasses among `candidates` that has no ``_repr_html_`` be shown by `rich_html`."""
    room = __name__.rpartition(".")[0]
    for one in candidates:
        ours = isinstance(one, type) and is_dataclass(one) and one.__module__.startswith(f"{room}.")
        if ours and not hasattr(one, "_repr_html_"):
            setattr(one, "_repr_html_", rich_html)  # noqa: B010 - mypy knows of no such attribute
