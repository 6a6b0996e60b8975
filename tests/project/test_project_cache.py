"""Kept results: what a result depends on is its key, and no kill, race or damage gives a wrong one."""

import dataclasses
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
from datetime import date
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType, SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ldn_analysis import cache, contrasts, evidence, hashes
from ldn_analysis.evidence.made_once import once
from ldn_analysis.questions.pain.parameters import Pain, Summary

ROOT = Path(__file__).resolve().parents[2]
CALLS: list[object] = []


def stands_for_a_module(_module):
    """A test is no module of the package, whose functions alone are kept."""
    return frozenset([hashes.PACKAGE / "errors.py"])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder for kept results, and no calls so far."""
    monkeypatch.setenv(cache.FOLDER, str(tmp_path / "cache"))
    CALLS.clear()
    monkeypatch.setattr(hashes, "closure", stands_for_a_module)
    return tmp_path / "cache"


@cache.cached
def doubled(values, *, seed=1):
    CALLS.append(seed)
    return {"values": np.asarray(values) * 2.0, "seed": seed}


def entries(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_the_same_call_is_computed_once(folder):
    first = doubled([1.0, 2.0])
    again = doubled(values=[1.0, 2.0], seed=1)
    assert CALLS == [1] and len(entries(folder)) == 1
    assert first["values"].tobytes() == again["values"].tobytes() and first["seed"] == again["seed"]
    doubled([1.0, 2.0], seed=2)
    doubled([1.0, np.nextafter(2.0, 3.0)])
    assert CALLS == [1, 2, 1] and len(entries(folder)) == 3


def test_a_lock_that_cannot_be_removed_costs_no_result(folder, monkeypatch):
    def refused(*_args, **_options):
        raise PermissionError

    monkeypatch.setattr(Path, "unlink", refused)
    assert doubled([1.0])["values"].tolist() == [2.0] and entries(folder)


def test_a_function_from_elsewhere_is_not_kept(folder, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setenv(cache.FOLDER, str(folder))
    doubled([1.0])
    doubled([1.0])
    assert CALLS == [1, 1] and not folder.exists()


def test_nothing_is_kept_without_a_folder_or_a_seed(folder, monkeypatch):
    doubled([1.0], seed=None)
    doubled([1.0], seed=None)
    assert CALLS == [None, None] and not folder.exists()
    monkeypatch.setenv(cache.FOLDER, "")
    doubled([1.0])
    doubled([1.0])
    assert CALLS == [None, None, 1, 1]


def test_what_cannot_be_told_apart_is_computed(folder):
    doubled([Fraction(1, 2)])
    assert CALLS == [1] and not folder.exists()


def test_what_has_no_content_of_its_own_has_no_key():
    record = dataclasses.make_dataclass("Record", ["value"])(1)  # whose code is no file of the package
    for value in (record, lambda: 1, np.random.default_rng(1), Fraction(1, 2), [object()]):
        with pytest.raises(TypeError, match="cannot be told"):
            hashes.digest(value)


def test_a_damaged_entry_is_computed_anew(folder):
    right = doubled([1.0, 2.0])["values"].tobytes()
    path = entries(folder)[0]
    whole = path.read_bytes()
    chance = random.Random(11)
    broken = [b"", whole[:-1], whole[:20], whole + b"x", b"\0" * len(whole)]
    for _ in range(50):
        flipped = bytearray(whole)
        flipped[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        broken.append(bytes(flipped))
    for content in broken:
        path.write_bytes(content)
        CALLS.clear()
        assert doubled([1.0, 2.0])["values"].tobytes() == right
        assert CALLS == [1] and path.read_bytes() == whole


def test_a_folder_that_cannot_be_written_costs_only_the_time(folder, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    for place in (tmp_path / "file", tmp_path / "file" / "below", "/proc/nowhere"):
        monkeypatch.setenv(cache.FOLDER, str(place))
        assert doubled([3.0])["values"].tolist() == [6.0]
    assert not folder.exists()


def test_whatever_differs_is_another_key():
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", None]})
    values = [
        None, True, 1, 1.0, "1", b"1", [1], (1,), [1, 2], [[1], 2], {"a": 1}, {"b": 1}, {1}, np.array([1]),
        np.array([1.0]), np.array([[1.0]]), np.array([1.0, 2.0]), np.array(["a"], dtype=object),
        date(2016, 1, 1), Path("a"), Summary(mid=1.0), Summary(mid=2.0), Pain(mid=1.0),
        frame, frame.rename(columns={"a": "c"}),
        frame.iloc[::-1], frame.assign(a=[1.0, 3.0]), frame.assign(a=[1, 2]), frame.assign(b=["x", "y"]),
        frame["a"], frame["b"], pd.Series([1.0, 2.0], name="c"), 0.0, -0.0, float("nan"), float("inf"), "",
        ["ab", "c"], ["a", "bc"],
    ]  # fmt: skip
    keys = [hashes.digest(value) for value in values]
    assert len(set(keys)) == len(keys)


def test_equal_content_has_one_key_wherever_it_comes_from():
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", None]})
    wide = pd.DataFrame({"b": ["x", None, "z"], "a": [1.0, 2.0, 3.0]})[["a", "b"]].iloc[:2]
    assert hashes.digest(frame) == hashes.digest(wide) == hashes.digest(frame.copy())
    assert hashes.digest(np.arange(6.0).reshape(2, 3).T) == hashes.digest(
        np.arange(6.0).reshape(2, 3).T.copy()
    )
    assert hashes.digest(np.float64(0.1)) == hashes.digest(0.1)
    assert hashes.digest(MappingProxyType({"a": 1})) == hashes.digest({"a": 1})
    assert hashes.digest({"x", "y", "z"}) == hashes.digest({"z", "y", "x"})


def test_nothing_done_to_a_table_reaches_the_evidence_or_its_key():
    outcomes = evidence.load().outcomes
    ev = dataclasses.replace(evidence.load(), tables={"outcomes": outcomes})
    before, value = hashes.digest(ev), ev.outcomes.loc[0, "value"]
    for frame in (outcomes, ev.outcomes, ev.tables["outcomes"], dict(ev.tables)["outcomes"]):
        frame.loc[0, "value"] = value + 1
    assert ev.outcomes.loc[0, "value"] == value
    assert hashes.digest(ev) == before
    assert hashes.digest(dataclasses.replace(ev, tables={"outcomes": outcomes})) != before


def test_a_changed_datum_is_another_key():
    """One cell in any table: the evidence of another content."""
    ev = evidence.load()
    assert hashes.digest(ev) == hashes.digest(evidence.load())
    keys = {hashes.digest(ev), hashes.digest(ev.as_of(2016)), hashes.digest(ev.as_of(2020))}
    assert len(keys) == 3
    filled = {name: table for name, table in ev.tables.items() if len(table)}
    for name, table in filled.items():
        changed = table.copy()
        column = changed.columns[-2]
        changed[column] = changed[column].astype(object)
        changed.iloc[0, changed.columns.get_loc(column)] = "another"
        keys.add(hashes.digest(dataclasses.replace(ev, tables={**ev.tables, name: changed})))
    assert len(keys) == 3 + len(filled)


@once
def outcomes_of(ev, names=()):
    CALLS.append(names)
    return ev.outcomes


def test_what_is_made_of_the_evidence_is_made_once_and_nothing_done_to_it_is_seen():
    CALLS.clear()
    ev = evidence.load()
    first = outcomes_of(ev)
    value = first.loc[0, "value"]
    first.loc[0, "value"] = value + 1
    assert outcomes_of(ev).loc[0, "value"] == value and CALLS == [()]
    outcomes_of(ev, names=1), outcomes_of(ev, names=True), outcomes_of(ev, names=1)
    assert CALLS == [(), 1, True]  # equal, and of another kind
    outcomes_of(ev, ["a"]), outcomes_of(ev, ["a"]), outcomes_of(dataclasses.replace(ev))
    assert CALLS[3:] == [["a"], ["a"], ()]
    derived = contrasts.derive(ev, "pain")
    derived.table.loc[:, "yi"], derived.covariance[:] = 0.0, 0.0
    again = contrasts.derive(ev, "pain")
    assert again.table["yi"].abs().max() > 0 and again.covariance.any()
    mutable = SimpleNamespace(outcomes=first)
    outcomes_of(mutable), outcomes_of(mutable)
    assert CALLS[6:] == [(), ()]


# --- the code that computes ---

PROBE = """
import sys
from ldn_analysis import hashes
print(hashes.code_of(sys.argv[1]))
"""


def run(command: list[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder), **variables}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)


def code_of(module: str, package: Path) -> str:
    """The hash of a module's code in a copy of the package, as a process of its own finds it."""
    return run([sys.executable, "-c", PROBE, module], package.parent).stdout


def test_code_that_computes_counts_and_code_that_draws_does_not(tmp_path):
    package = tmp_path / "ldn_analysis"
    shutil.copytree(ROOT / "ldn_analysis", package, ignore=shutil.ignore_patterns("__pycache__"))
    module = "ldn_analysis.models"
    before = code_of(module, package)
    rooms = ("display", "render", "workbench")
    drawing = [f"{room}/*.py" for room in rooms] + [
        f"questions/*/{name}.py" for name in ("pictures", "words")
    ]
    for path in [path for pattern in drawing for path in package.glob(pattern)]:
        path.write_text(path.read_text(encoding="utf-8") + "\nDRAWN = 1\n", encoding="utf-8")
    assert code_of(module, package) == before
    errors = package / "errors.py"
    errors.write_text(errors.read_text(encoding="utf-8") + "\n# another\n", encoding="utf-8")
    after = code_of(module, package)
    assert after != before
    deep = next(package.glob("models/**/tau2.py"))
    deep.write_text(deep.read_text(encoding="utf-8").replace("return", "return ", 1), encoding="utf-8")
    assert code_of(module, package) != after


LIVE = """
import os, sys
from pathlib import Path
from ldn_analysis import cache
import ldn_analysis.errors

def compute(value):
    return value
compute.__module__ = "ldn_analysis.errors"
kept = cache.cached(compute)
kept(1)
print(len([p for p in Path(os.environ[cache.FOLDER]).rglob("*") if p.is_file()]))
path = Path(ldn_analysis.errors.__file__)
path.write_text(path.read_text() + "\\n# edited while it runs\\n")
kept(2)
print(len([p for p in Path(os.environ[cache.FOLDER]).rglob("*") if p.is_file()]))
"""


def test_code_that_was_edited_while_it_runs_keeps_nothing(tmp_path):
    """What runs is no longer what the file says: its results belong to no key."""
    package = tmp_path / "ldn_analysis"
    shutil.copytree(ROOT / "ldn_analysis", package, ignore=shutil.ignore_patterns("__pycache__"))
    done = run([sys.executable, "-c", LIVE], tmp_path, **{cache.FOLDER: str(tmp_path / "cache")})
    assert done.stdout.split() == ["1", "1"]


# --- two at once, and kills ---


@cache.cached
def heavy(size):
    return np.random.default_rng(size).normal(size=200_000)


def race(folder: str, queue) -> None:
    os.environ[cache.FOLDER] = folder
    hashes.closure = stands_for_a_module
    queue.put([heavy(size).tobytes()[:64] for size in range(5)])


def test_two_that_race_get_the_same(tmp_path):
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    both = [context.Process(target=race, args=(str(tmp_path / "cache"), queue)) for _ in range(4)]
    for one in both:
        one.start()
    got = [queue.get(timeout=60) for _ in both]
    for one in both:
        one.join()
    assert all(one == got[0] for one in got)
    assert got[0] == [heavy.__wrapped__(size).tobytes()[:64] for size in range(5)]
    assert not list((tmp_path / "cache").rglob("*.tmp"))


def test_what_a_kill_leaves_and_what_is_oldest_goes(tmp_path, folder):
    for number in range(4):
        doubled([float(number)])
    place = entries(folder)[0].parent
    (place / ".left.tmp").write_bytes(b"half")
    os.utime(place / ".left.tmp", (1, 1))
    oldest = entries(folder)[0] if entries(folder)[0].suffix != ".tmp" else entries(folder)[1]
    os.utime(oldest, (2, 2))
    size = oldest.stat().st_size
    cache.trim(folder)
    assert len(entries(folder)) == 4
    cache.trim(folder, size * 3)
    assert len(entries(folder)) == 3 and not oldest.exists()
    cache.trim(tmp_path / "not there")


KEPT = sorted(
    path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    for path in (ROOT / "ldn_analysis").rglob("*.py")
    if "\n@cached\n" in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("module", KEPT)
def test_a_file_that_draws_or_words_computes_nothing_anew(module):
    """What the key of a kept result is made of holds no picture, sentence, page or command."""
    drawing = {"display", "render", "workbench", "cli", "pictures", "words", "tables", "cards"}
    files = [path.relative_to(hashes.PACKAGE).with_suffix("").parts for path in hashes.closure(module)]
    assert len(files) > 2 and ("hashes",) in files
    assert not [parts for parts in files if parts[0] in drawing]
    assert not [parts for parts in files if parts[0] == "questions" and parts[-1] in drawing]


def test_what_takes_seconds_is_kept():
    assert {
        "ldn_analysis.contrasts.table",
        "ldn_analysis.contrasts.variants",
        "ldn_analysis.models.bayes.quadrature",
        "ldn_analysis.models.receptors.day",
        "ldn_analysis.models.responders.mixture",
        "ldn_analysis.models.titration.rules",
        "ldn_analysis.models.updown.reconstruct",
    } <= set(KEPT)
