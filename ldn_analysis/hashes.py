"""Hashes of content: of the package's code, and of the values that its functions take.

Equal content has an equal hash wherever it came from. The code of a module is its own text and that of all
that it imports from the package.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import hashlib
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from enum import Enum
from pathlib import Path, PurePath
from types import SimpleNamespace
from typing import Any, TypeVar

PACKAGE = Path(__file__).resolve().parent
V = TypeVar("V")

Stamp = tuple[int, int, int]


def _stamp(path: Path) -> Stamp | None:
    """What tells a file from another version of itself, without reading it."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


# The code that runs is what was imported: where a file has changed since, its text says nothing of it.
_AT_START = {path: _stamp(path) for path in PACKAGE.rglob("*.py")}


@functools.cache
def code_of(module: str) -> str:
    """Hash of a module of this package and of all that it imports from the package, at whatever depth."""
    key = hashlib.sha256()
    for path in sorted(closure(module)):
        content = path.read_bytes()
        key.update(f"{path.relative_to(PACKAGE).as_posix()}:{len(content)}:".encode() + content)
    return key.hexdigest()


def current(module: str) -> bool:
    """Whether the files of the code that is running are still what they were when it was imported."""
    return all(_stamp(path) == _AT_START.get(path) for path in closure(module))


@functools.cache
def closure(module: str) -> frozenset[Path]:
    """The files of a module and of all that it imports from this package, itself or through another."""
    files: set[Path] = set()
    waiting = [path for path in [_file(module)] if path]
    while waiting:
        path = waiting.pop()
        if path not in files:
            files.add(path)
            waiting += _imported(path)
    return frozenset(files)


@functools.cache
def _imported(path: Path) -> tuple[Path, ...]:
    """The package's files that the text of one of them imports, also within functions."""
    inside = path.relative_to(PACKAGE).with_suffix("").parts
    package = [PACKAGE.name, *(inside[:-1])]
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return tuple(dict.fromkeys(file for name in names for file in [_file(name)] if file))


def _file(module: str) -> Path | None:
    """The file of a module of this package; None for any other, or a name that is no module."""
    first, *inside = module.split(".")
    if first != PACKAGE.name:
        return None
    place = PACKAGE.joinpath(*inside)
    for path in (place / "__init__.py", place.with_suffix(".py")):
        if path in _AT_START:
            return path
    return None


# --- the arguments ----------------------------------------------------------------------------------------


def digest(value: Any) -> str:
    """Hash of a value's content: equal for equal numbers, texts, tables and records, wherever they came from.

    Raises
    ------
    TypeError : it holds something else, such as a function or a random generator, whose content cannot be
        told.
    """
    return hashlib.sha256(repr(_content(value)).encode("utf-8", "surrogatepass")).hexdigest()


_PLAIN = {type(None), bool, int, float, str, bytes}


def _content(value: Any) -> Any:
    """A value in plain tuples, which print alike only where what it holds is alike."""
    if type(value) in _PLAIN:
        return value
    import numpy as np
    import pandas as pd

    if isinstance(value, np.generic) and not isinstance(value, np.void):
        value = value.item()
    if type(value) in _PLAIN or value is pd.NA or value is pd.NaT:
        return value
    kind = type(value).__qualname__
    for types, name, parts in _readers():
        if isinstance(value, types):
            return name or kind, *parts(value)
    if dataclasses.is_dataclass(value) and closure(type(value).__module__):
        # What its methods do counts, too: a record from elsewhere, whose code is not known, is not kept.
        fields = _all(getattr(value, field.name) for field in dataclasses.fields(value))
        return kind, code_of(type(value).__module__), *fields
    raise TypeError(f"the content of a {kind} cannot be told")


@functools.cache
def _readers() -> tuple[tuple[Any, str, Callable[[Any], Iterable[Any]]], ...]:
    """Types, the name that stands for them (empty: their own), and what they hold; the first that fits."""
    import numpy as np
    import pandas as pd

    return (
        (np.ndarray, "", lambda array: (array.shape, str(array.dtype), _cells(array))),
        ((list, tuple), "", _all),
        (Mapping, "mapping", lambda mapping: (_mapping(mapping),)),
        (SimpleNamespace, "", lambda names: (_content(vars(names)),)),
        ((set, frozenset), "set", lambda members: sorted(map(digest, members))),
        (pd.DataFrame, "", lambda f: (*_all((f.columns, f.index)), *(_column(c) for _, c in f.items()))),
        (pd.Series, "", lambda series: (repr(series.name), _content(series.index), _column(series))),
        (pd.Index, "", lambda index: (repr(index.name), _column(index))),
        ((int, float, str, bytes, PurePath, Enum, date), "", lambda other: (str(other),)),
    )


def _cells(array: Any) -> Any:
    """The cells of an array; of numbers the hash of their bytes."""
    if array.dtype.hasobject:
        return _all(array.ravel().tolist())
    return hashlib.sha256(array.tobytes()).digest()


def _all(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(map(_content, values))


def _column(column: Any) -> tuple[Any, ...]:
    import numpy as np

    bare = isinstance(column.dtype, np.dtype) and not column.dtype.hasobject
    return str(column.dtype), _content(column.to_numpy() if bare else column.tolist())


class Unchanging(Mapping[str, V]):
    """Values by name that nobody can change, so that the hash of their content is computed once.

    Two are equal only if they are the same, since what a comparison of tables is true of depends on the cell.
    """

    __slots__ = ("__weakref__", "_by_name")

    def __init__(self, by_name: Mapping[str, V]) -> None:
        self._by_name = dict(by_name)

    def __getitem__(self, name: str) -> V:
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    __eq__ = object.__eq__
    __hash__ = object.__hash__


_HASHES: weakref.WeakKeyDictionary[Unchanging[Any], str] = weakref.WeakKeyDictionary()


def _mapping(value: Mapping[Any, Any]) -> str:
    """Hash of the items, in their order."""
    known = _HASHES.get(value) if isinstance(value, Unchanging) else None
    content = known or digest(list(value.items()))
    if isinstance(value, Unchanging):
        _HASHES[value] = content
    return content
