"""Tables that a screen reader can follow: a caption, headings with scope, and numbers that lead to their
source."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from ldn_analysis import html
from ldn_analysis.display.output import Table, sentence
from ldn_analysis.display.trail import Trail
from ldn_analysis.display.words import MISSING, minus_signs, number
from ldn_analysis.errors import InputError
from ldn_analysis.evidence.provenance import anchor

LONG = 60
MANY = 8
"""Columns from which a table is turned on paper."""
MANY_ON_A_PHONE, FEW_CARDS, MOST_CARDS = 5, 24, 70
"""On a phone a table of so many columns is a list, if it has no more rows, and one of two intervals; one of
sentences with a column less; such a one, and one of more columns, up to the second number of rows."""
INTERVAL = 24
"""Letters up to which a cell of an estimate and its interval stays in one line."""
_WHOLE = re.compile(r"(?<![\d.])(\d+)\.0(?= (?:week|day|year|people|of ))")


def _shown(value: Any, digits: int | None) -> str:
    """A value as text: numbers with fixed digits and a true minus sign, a dash where there is none."""
    if value is None or str(value) in {"nan", "<NA>", "NaT", ""}:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, int | float):
        if digits is None:
            return f"{value:g}".replace("-", "−") if math.isfinite(value) else MISSING
        return number(float(value), digits)
    if isinstance(value, tuple | list):
        return ", ".join(_shown(v, digits) for v in value)
    return minus_signs(_WHOLE.sub(r"\1", str(value)))


def _headings(frame: pd.DataFrame, caption: str, columns: Mapping[str, str] | None) -> dict[str, str]:
    """Headings by column, each column there and each heading and the caption in words."""
    shown = (
        dict(columns) if columns is not None else {str(c): str(c).replace("_", " ") for c in frame.columns}
    )
    for name, heading in shown.items():
        if name not in frame.columns:
            raise InputError(f"columns names {name!r}: must be one of {', '.join(map(str, frame.columns))}")
        if not heading.strip():
            raise InputError(f"columns[{name!r}] is empty: every column needs a heading")
    if not caption.strip():
        raise InputError("caption is empty: a table needs one")
    return shown


def table(
    frame: pd.DataFrame,
    *,
    caption: str,
    columns: Mapping[str, str] | None = None,
    digits: int | Mapping[str, int] | None = None,
    link: Sequence[str] | str = (),
    notes: Iterable[str] = (),
    trail: Trail | None = None,
    inputs: str | Sequence[str] = "inputs",
    how: str = "",
) -> Table:
    """A table for a report; on a phone each row of a short and wide one is a paragraph, a long one scrolls.
    Without a row it is a sentence that says so.

    Parameters
    ----------
    frame : one row a line; ``study_id`` is needed if `link` is used, shown or not.
    caption : what the table says; it is also the name of the table for a screen reader.
    columns : column name to heading, in the order shown; units belong in the heading. None shows all of them.
    digits : decimals of all numbers, or by column name; others are written as short as they are.
    link : columns that lead to the derivation of that study's ``outcome`` (see `provenance`), else of pain.
    notes : lines below the table.
    trail : collects where the numbers come from (`Trail`); each row's first cell then leads to its note.
    inputs : column with the rows of the data (or chains) that a line is made of, a key or a tuple of keys; or
        a tuple that holds for all lines.
    how : how the line was made of its inputs, in words, or the column that says so; empty: as reported.

    Raises
    ------
    InputError : a column is not there, or a heading or the caption is empty; an input is not in the data.
    """
    shown = _headings(frame, caption, columns)
    linked = {link} if isinstance(link, str) else set(link)
    if trail is not None and isinstance(inputs, str) and inputs not in frame.columns:
        raise InputError(f"inputs is {inputs!r}: must be one of {', '.join(map(str, frame.columns))}")
    if frame.empty:
        return sentence(f"{caption}: none.")
    numeric = {c for c in shown if frame[c].dtype.kind in "iuf"}

    def places(name: str) -> int | None:
        return digits if isinstance(digits, int) or digits is None else digits.get(name)

    records = frame.to_dict("records")
    texts = [[_shown(row[c], places(c)) for c in shown] for row in records]
    columns_of = dict(zip(shown, map(list, zip(*texts, strict=True)), strict=True))
    long = {c for c, cells in columns_of.items() if max(map(len, cells)) > LONG}
    held = _intervals(columns_of)
    cards = _as_cards(len(shown), len(texts), len(long), len(held))
    heads = [
        html.Column(heading, "right" if c in numeric else "left", c in long, cards and c in held)
        for c, heading in shown.items()
    ]
    body = []
    for row, texts_of_row in zip(records, texts, strict=True):
        cells: list[html.Part] = [
            html.link(f"#{anchor(str(row['study_id']), str(row.get('outcome', 'pain')))}", text)
            if name in linked and text != MISSING
            else text
            for name, text in zip(shown, texts_of_row, strict=True)
        ]
        if trail is not None:
            keys = row[inputs] if isinstance(inputs, str) else inputs
            named = (caption, texts_of_row[0]) if isinstance(inputs, str) else ("", "")
            cells[0] = trail.note(keys, row.get(how, how), *named).link(cells[0])
        body.append(cells)
    kind = " ".join(["ldn-table", *["ldn-landscape"] * (len(shown) >= MANY), *["ldn-cards"] * cards])
    look = {"role": "region", "tabindex": "0", "class_": kind, "aria_label": caption}
    inside = (html.table(caption, heads, body), *map(html.note, notes))
    page = html.element("div", *inside, **look, style="overflow-x:auto")
    return Table(html.finished(page), _plain(caption, list(shown.values()), texts, list(notes)))


def _intervals(columns: Mapping[str, list[str]]) -> set[str]:
    """Columns of an estimate and its interval, which stays in one line; none in a table of `MANY`."""
    short = {c: cells for c, cells in columns.items() if max(map(len, cells)) <= INTERVAL}
    many = len(columns) >= MANY
    return set() if many else {c for c, cells in short.items() if any("[" in cell for cell in cells)}


def _as_cards(columns: int, rows: int, long: int, intervals: int) -> bool:
    """Whether a phone shows each row of such a table as a paragraph."""
    wordy = long > (1 if columns < MANY_ON_A_PHONE - 1 else 0)
    most = MOST_CARDS if wordy or columns > MANY_ON_A_PHONE else FEW_CARDS
    return rows <= most and (wordy or columns >= MANY_ON_A_PHONE or intervals > 1)


def folded(line: str, *parts: Table) -> Table:
    """Tables behind a line that folds them out; `line` says what is inside."""
    inside = (html.trusted(part.html) for part in parts)
    page = html.details(line, *inside, class_="ldn-fold")
    return Table(html.finished(page), "\n\n".join([line, *(part.text for part in parts)]))


def _plain(caption: str, heads: list[str], rows: list[list[str]], notes: list[str]) -> str:
    """The table as text, long cells cut: what a notebook without HTML, or its diff, shows."""
    cut = [[t if len(t) <= 48 else t[:47] + "…" for t in row] for row in [heads, *rows]]
    widths = [max(len(row[j]) for row in cut) for j in range(len(heads))]
    lines = ["  ".join(t.ljust(w) for t, w in zip(row, widths, strict=True)).rstrip() for row in cut]
    return "\n".join([caption, *lines, *notes])
