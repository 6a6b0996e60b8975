"""From a CSV file to a table of text, with the line that each row starts on.

A byte-order mark and Windows line ends are fine; everything else that spreadsheets and text editors do to a
CSV file is reported as a problem, never raised.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ldn_analysis import files
from ldn_analysis.errors import InputError
from ldn_analysis.evidence.problems import Problem
from ldn_analysis.evidence.vocabulary import nearest

WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""What the files of spreadsheets begin with (xlsx and ods are zip archives; xls is older)."""
CELL_LIMIT = 1_000_000  # characters; csv's own limit is lower and raises


@dataclass(frozen=True, slots=True)
class TextTable:
    """The cells of a file as text: one dict a row in `rows`, and in `lines` the line that each starts on."""

    file: str
    rows: tuple[dict[str, str], ...]
    lines: tuple[int, ...]


def read_bytes(path: Path, largest: int) -> tuple[bytes, list[Problem]]:
    """The content of a file of at most `largest` bytes, or the problem that kept it from being read."""
    name = path.name[:80]
    try:
        if not path.exists():
            return b"", [Problem(name, None, "", "", "the file is missing")]
        return files.read_bytes(path, largest), []
    except InputError as error:
        return b"", [Problem(name, None, "", "", str(error).rpartition(f"{path.name}: ")[2])]
    except (OSError, ValueError):  # a name that no file can have
        return b"", [Problem(name, None, "", "", "not the name of a file")]


def _decode(file: str, content: bytes) -> tuple[str, list[Problem]]:
    if content.startswith(WORKBOOKS):
        rule = "is a workbook of a spreadsheet under another name: open it there, and save it as 'CSV UTF-8'"
        return "", [Problem(file, None, "", "", rule)]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        rule = "is UTF-16: save it as UTF-8 (in a spreadsheet: 'CSV UTF-8')"
        return "", [Problem(file, None, "", "", rule)]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        bad = content[error.start : error.start + 1].hex()
        return "", [Problem(file, line, "", f"byte 0x{bad}", "is not UTF-8: save the file as UTF-8")]
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        return "", [Problem(file, line, "", "", "holds a NUL character: this is not a text file")]
    return text, []


def _header_problems(file: str, header: Sequence[str], expected: Sequence[str]) -> list[Problem]:
    if len(header) == 1 and len(expected) > 1:
        for sign, name in ((";", "semicolon"), ("\t", "tab"), ("|", "bar")):
            if sign in header[0]:
                rule = f"looks {name}-separated: commas must separate columns"
                return [Problem(file, 1, "", header[0], rule)]
    if not set(header) & set(expected):
        rule = "is no header line: the first line must hold the names of the columns (see data/README.md)"
        return [Problem(file, 1, "", header[0] if header else "", rule)]
    problems = []
    missing = [name for name in expected if name not in header]
    for name, count in Counter(header).items():
        if name not in expected:
            near = nearest(name, missing)
            rule = f"is not a column of this table: expected {near or ', '.join(expected)}"
            problems.append(Problem(file, 1, name, "" if name else "(no name)", rule))
            missing = [other for other in missing if other != near]  # one slip, one message
        elif count > 1:
            problems.append(Problem(file, 1, name, "", f"the column appears {count} times"))
    return problems + [Problem(file, 1, name, "", "the column is missing") for name in missing]


def _other_length(cells: int, heads: int) -> str:
    rule = f"the row has {cells} cell{'s' * (cells > 1)}, the header has {heads}"
    return rule if cells < heads else f'{rule} (a cell that holds a comma needs "quotes")'


def read_text_table(
    file: str, content: bytes, expected: Sequence[str], optional: Sequence[str] = ()
) -> tuple[TextTable, list[Problem]]:
    """Cells as text, with problems of encoding, header and row length.

    Parameters
    ----------
    file : str
        Name that problems carry.
    content : bytes
        What the file holds.
    expected : sequence of str
        Columns of the table, in any order.
    optional : sequence of str
        Those of them that may be absent: their cells are then empty.

    Returns
    -------
    TextTable, list of Problem
        The table holds the rows that could be read; it is empty where the header cannot be used.
    """
    nothing = TextTable(file, (), ())
    text, problems = _decode(file, content)
    if problems:
        return nothing, problems
    if not text.strip():
        return nothing, [Problem(file, None, "", "", "the file is empty: it needs at least its header line")]
    # Old Mac line ends would reach csv as one endless row; \r\n is left for csv, which knows it.
    if "\n" not in text:
        text = text.replace("\r", "\n")
    csv.field_size_limit(CELL_LIMIT)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[dict[str, str]] = []
    lines: list[int] = []
    start = 1
    try:
        header = next(reader)
        absent = [name for name in optional if name not in header]
        problems = _header_problems(file, header, [name for name in expected if name not in absent])
        if problems:
            return nothing, problems
        start = reader.line_num + 1
        for cells in reader:
            line, start = start, reader.line_num + 1
            if not any(cells):
                continue  # an empty line, as text editors and spreadsheets leave them at the end
            if len(cells) == len(header):
                rows.append(dict.fromkeys(absent, "") | dict(zip(header, cells, strict=True)))
                lines.append(line)
            else:
                problems.append(Problem(file, line, "", cells[0], _other_length(len(cells), len(header))))
    except csv.Error as error:
        rule = f"cannot be read as CSV from here on: {error} (is a quotation mark missing or doubled?)"
        problems.append(Problem(file, start, "", "", rule))
    return TextTable(file, tuple(rows), tuple(lines)), problems
