"""Whatever is done to a data file, loading gives the evidence or the list of problems, and no other error."""

import csv
import io
import json
import math
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ldn_analysis import evidence

DATA = Path(__file__).resolve().parents[2] / "data"
FILES = sorted(path.name for path in DATA.glob("*.csv"))
ODD = [
    "",
    "NaN",
    "nan",
    "inf",
    "-inf",
    "-1",
    "0",
    "1e400",
    "1e-400",
    "1,5",
    "٣",
    "²",
    "0x10",
    "1_000",
    "--1",
    "NA",
    "None",
    "True",
    " 4.5",
    "4.5 ",
    "nobody2001",
    "younger2013",
    "primary",
    "a to b",
    "1 to",
    '"',
    "'",
    "\n",
    "=1+1",
    "<script>alert(1)</script>",
    "\u202e",
    "😀",
    "\ufeff",
    "10.1/x",
    "ldn",
]
CELLS = st.one_of(
    st.sampled_from([*ODD, "9" * 400, "a" * 5000]),
    st.text(max_size=8),
    st.floats().map(repr),
    st.integers().map(str),
)
ROW_CHANGES = [
    "cell",
    "cell",
    "cell",
    "cells",
    "drop row",
    "repeat row",
    "drop column",
    "add column",
    "repeat column",
    "swap",
    "header",
    "ragged",
]
FILE_CHANGES = ["empty", "cut", "bytes", "encoding", "bom", "crlf", "cr", "separator", "junk"]
THOROUGH = os.environ.get("LDN_TESTS") == "thorough"
"""Whether there is time for three times as many changes."""
CHANGES = st.sampled_from([*ROW_CHANGES, *FILE_CHANGES, "remove"])


def table(text):
    return list(csv.reader(io.StringIO(text, newline="")))


def text(rows, **options):
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n", **options).writerows(rows)
    return buffer.getvalue()


def change_rows(kind, rows, draw):
    """One change to a table's rows, in place; a table without a row gets one first."""
    if len(rows) == 1:
        rows.append([draw(CELLS) for _ in rows[0]])
    row = draw(st.integers(1, len(rows) - 1))
    column = draw(st.integers(0, len(rows[0]) - 1))
    if kind == "cell":
        rows[row][column] = draw(CELLS)
    elif kind == "cells":
        for i in range(1, len(rows)):
            rows[i][column] = draw(CELLS)
    elif kind == "drop row":
        del rows[row]
    elif kind == "repeat row":
        rows.append(list(rows[row]))
    elif kind == "drop column":
        for cells in rows:
            del cells[column]
    elif kind in ("add column", "repeat column"):
        name = rows[0][column] if kind == "repeat column" else draw(CELLS)
        for i, cells in enumerate(rows):
            cells.append(name if i == 0 else "1")
    elif kind == "swap":
        other = draw(st.integers(0, len(rows[0]) - 1))
        for cells in rows[1:]:
            cells[column], cells[other] = cells[other], cells[column]
    elif kind == "header":
        rows[0][column] = draw(CELLS)
    elif kind == "ragged":
        rows[row] = rows[row][:column] if draw(st.booleans()) else [*rows[row], draw(CELLS)]


def change_bytes(kind, content, draw):
    """One change to a file as a whole."""
    where = draw(st.integers(0, len(content)))
    decoded = content.decode()
    changed = {
        "empty": lambda: b"",
        "cut": lambda: content[:where],
        "bytes": lambda: content[:where] + draw(st.binary(min_size=1, max_size=4)) + content[where:],
        "encoding": lambda: decoded.replace("a", "ä").encode(
            draw(st.sampled_from(["latin-1", "utf-16", "cp1252"]))
        ),
        "bom": lambda: b"\xef\xbb\xbf" + content,
        "crlf": lambda: content.replace(b"\n", b"\r\n"),
        "cr": lambda: content.replace(b"\n", b"\r"),
        "separator": lambda: text(table(decoded), delimiter=draw(st.sampled_from(";\t|"))).encode(),
        "junk": lambda: draw(st.binary(max_size=200)),
    }
    return changed[kind]()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    where = tmp_path_factory.mktemp("fuzz") / "data"
    shutil.copytree(DATA, where)
    return where


def load(folder):
    """Load, and hold what comes out to its promise. Returns whether the files were accepted."""
    try:
        ev = evidence.load(folder)
    except evidence.EvidenceError as error:
        assert error.problems
        names = {path.name for path in DATA.iterdir()}
        for problem in error.problems:
            assert problem.file in names
            assert problem.rule
            assert problem.line is None or problem.line >= 1
        assert str(error)
        return False
    assert repr(ev)
    assert ev._repr_html_()
    assert ev.as_of(2016).year == 2016
    for name, frame in ev.tables.items():
        assert frame.iloc[:, 0].is_unique
        for number in frame.select_dtypes("number"):
            assert not frame[number].map(math.isinf).any(), (name, number)
    return True


@settings(
    max_examples=400 if THOROUGH else 130,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_spoilt_files(folder, data):
    touched = data.draw(st.lists(st.sampled_from(FILES), min_size=1, max_size=2, unique=True))
    try:
        for file in touched:
            kind = data.draw(CHANGES)
            content = (DATA / file).read_bytes()
            if kind == "remove":
                (folder / file).unlink()
                continue
            if kind in FILE_CHANGES:
                content = change_bytes(kind, content, data.draw)
            else:
                rows = table(content.decode())
                change_rows(kind, rows, data.draw)
                content = text(rows).encode("utf-8", "surrogatepass")
            (folder / file).write_bytes(content)
        load(folder)
    finally:
        for file in touched:
            shutil.copyfile(DATA / file, folder / file)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(
    max_examples=100 if THOROUGH else 40,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data(), value=JSON)
@example(data=None, value=None)
def test_spoilt_package(folder, data, value):
    """Any part of ``datapackage.json`` may be anything."""
    package = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))
    if data is None:
        package = value
    else:
        part = package
        for _ in range(data.draw(st.integers(1, 6))):
            key = data.draw(st.sampled_from(sorted(part) if isinstance(part, dict) else range(len(part))))
            if not isinstance(part[key], dict | list) or not part[key]:
                break
            parent, part = part, part[key]
        else:
            part, key = parent, key
        part[key] = value
    try:
        (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
        load(folder)
    finally:
        shutil.copyfile(DATA / "datapackage.json", folder / "datapackage.json")


def test_the_untouched_copy_loads(folder):
    assert load(folder)
