"""Results that take seconds, kept from one report to the next and from one render to the next.

A function that is decorated with `cached` is computed once for its arguments, the code that computes it, and
the versions of Python and the libraries. What a result depends on is its key: whatever differs, in a table, a
parameter or a line of that code, is another key. Nothing has to be declared out of date, and a file that only
draws or words a result does not count.

Results are kept only where the environment variable `FOLDER` names a folder; renders set it to
``build/cache``. An entry is written whole or not at all, under its checksum; one that is damaged is computed
anew. A folder that cannot be written only costs the time.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import hashlib
import os
import pickle
import platform
import secrets
import sys
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date
from enum import Enum
from pathlib import Path, PurePath
from types import SimpleNamespace
from typing import Any, ParamSpec, TypeVar

__all__ = ["FOLDER", "Unchanging", "cached", "code_of", "digest", "read_code", "trim"]

FOLDER = "LDN_CACHE"
"""Environment variable: the folder of kept results; nothing is kept while it is not set or empty."""

PACKAGE = Path(__file__).resolve().parent
LIBRARIES = ("numpy", "scipy", "pandas", "statsmodels")
LARGEST = 512 * 1024**2
"""Bytes that all kept results may take together; those that were used longest ago go first."""

_MARK = b"ldn1"
_FUNCTIONS: list[str] = []  # modules of the functions that are kept
P = ParamSpec("P")
R = TypeVar("R")
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


def cached(function: Callable[P, R]) -> Callable[P, R]:
    """Keep the results of a pure, seeded function between processes.

    Its result can be pickled, and depends on nothing but the arguments (see `digest`) and the package's
    code. A call with ``seed=None`` is never kept. While one process computes a result, others that need the
    same one wait for it.
    """
    _FUNCTIONS.append(function.__module__)

    @functools.wraps(function)
    def kept(*args: P.args, **kwargs: P.kwargs) -> R:
        path = _place(function, args, kwargs)
        if path is None:
            return function(*args, **kwargs)
        with suppress(_NotKept):
            there: R = _load(path)
            return there
        with _alone(path):
            with suppress(_NotKept):
                computed_meanwhile: R = _load(path)
                return computed_meanwhile
            result = function(*args, **kwargs)
            if _current(function.__module__):
                _write(path, result)
        return result

    return kept


class _NotKept(Exception):
    """There is no whole entry."""


def _load(path: Path) -> Any:
    content = _read(path)
    try:
        if content is not None:
            return pickle.loads(content)
    except Exception:  # what a damaged entry raises cannot be told beforehand
        raise _NotKept from None
    raise _NotKept


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait while another process computes this entry; where no lock can be had, compute beside it.

    The lock goes with its process. Entries depend on each other in one direction, as their functions call
    each other: no two processes can wait for each other.
    """
    lock = path.with_name(f".{path.name}.lock")
    try:
        import fcntl  # not everywhere

        path.parent.mkdir(parents=True, exist_ok=True)
        handle = lock.open("ab")
    except (ImportError, OSError):
        yield
        return
    with handle:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield
        finally:
            with suppress(OSError):
                lock.unlink(missing_ok=True)


def _place(function: Callable[..., Any], args: Any, kwargs: Any) -> Path | None:
    """Where the result of a call is kept; None if it must be computed."""
    import inspect

    folder = os.environ.get(FOLDER)
    if not folder or not _closure(function.__module__) or not _current(function.__module__):
        return None
    bound = inspect.signature(function).bind(*args, **kwargs)
    bound.apply_defaults()
    if "seed" in bound.arguments and bound.arguments["seed"] is None:
        return None
    try:
        given = digest(bound.arguments)
    except TypeError:
        return None
    key = hashlib.sha256()
    for part in (_libraries(), code_of(function.__module__), function.__qualname__, given):
        key.update(f"{len(part)}:{part}".encode())
    return (
        Path(folder)
        / f"{function.__module__.removeprefix('ldn_analysis.')}.{function.__name__}"
        / key.hexdigest()
    )


# --- the code ---------------------------------------------------------------------------------------------


@functools.cache
def code_of(module: str) -> str:
    """Hash of a module of this package and of all that it imports from the package, at whatever depth."""
    key = hashlib.sha256()
    for path in sorted(_closure(module)):
        content = path.read_bytes()
        key.update(f"{path.relative_to(PACKAGE).as_posix()}:{len(content)}:".encode() + content)
    return key.hexdigest()


def read_code() -> None:
    """Read the code of all kept functions so far: a process that is forked from this one need not."""
    _libraries()
    for module in dict.fromkeys(_FUNCTIONS):
        code_of(module)


def _current(module: str) -> bool:
    """Whether the files of the code that is running are still what they were when it was imported."""
    return all(_stamp(path) == _AT_START.get(path) for path in _closure(module))


@functools.cache
def _closure(module: str) -> frozenset[Path]:
    """The files of a module and of all that it imports from this package, itself or through another."""
    found: set[Path] = set()
    waiting = [path for path in [_file(module)] if path]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imported(path)
    return frozenset(found)


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
    first, *rest = module.split(".")
    if first != PACKAGE.name:
        return None
    place = PACKAGE.joinpath(*rest)
    for path in (place / "__init__.py", place.with_suffix(".py") if rest else place / "__init__.py"):
        if path in _AT_START:
            return path
    return None


@functools.cache
def _libraries() -> str:
    """Versions of what computes: Python, the machine's kind, and the libraries."""
    from importlib.metadata import PackageNotFoundError, version

    def of(name: str) -> str:
        try:
            return version(name)
        except PackageNotFoundError:
            return "none"

    return "; ".join([sys.version, platform.machine(), *(f"{name} {of(name)}" for name in LIBRARIES)])


# --- the arguments ----------------------------------------------------------------------------------------


def digest(value: Any) -> str:
    """Hash of a value's content: equal for equal numbers, texts, tables and records, wherever they came from.

    Raises
    ------
    TypeError
        It holds something else, such as a function or a random generator, whose content cannot be told.
    """
    key = hashlib.sha256()
    _add(key, value)
    return key.hexdigest()


_PLAIN = {type(None), bool, int, float, str}


def _put(key: Any, kind: str, content: bytes = b"") -> None:
    key.update(f"{kind}:{len(content)}:".encode() + content)


def _add(key: Any, value: Any) -> None:
    import numpy as np
    import pandas as pd

    if isinstance(value, np.generic) and not isinstance(value, np.void):
        value = value.item()
    if (
        value is None
        or value is pd.NA
        or value is pd.NaT
        or isinstance(value, bool | int | float | str | bytes)
    ):
        text = value if isinstance(value, bytes) else repr(value).encode("utf-8", "surrogatepass")
        _put(key, type(value).__name__, text)
    elif isinstance(value, np.ndarray):
        _put(key, f"array{value.shape}{value.dtype}")
        if value.dtype.hasobject:
            _all(key, value.ravel().tolist())
        else:
            _put(key, "values", np.ascontiguousarray(value).tobytes())
    elif isinstance(value, list | tuple):
        _put(key, f"{type(value).__qualname__}{len(value)}")
        if _PLAIN.issuperset(map(type, value)):  # the same, written at once: tables are thousands of these
            _put(key, "plain", repr(list(value)).encode("utf-8", "surrogatepass"))
        else:
            _all(key, value)
    elif isinstance(value, Mapping):
        _put(key, "mapping", _mapping(value))
    elif isinstance(value, SimpleNamespace):
        _put(key, "namespace")
        _add(key, vars(value))
    elif isinstance(value, set | frozenset):
        _put(key, f"set{len(value)}", "".join(sorted(map(digest, value))).encode())
    elif isinstance(value, pd.DataFrame):
        _put(key, f"frame{value.shape}")
        _all(key, (value.columns, value.index))
        for _, column in value.items():
            _column(key, column)
    elif isinstance(value, pd.Series):
        _put(key, "series", repr(value.name).encode())
        _add(key, value.index)
        _column(key, value)
    elif isinstance(value, pd.Index):
        _put(key, type(value).__qualname__, repr(value.name).encode())
        _column(key, value)
    elif isinstance(value, PurePath | Enum | date):
        _put(key, type(value).__qualname__, str(value).encode())
    elif dataclasses.is_dataclass(value) and _closure(type(value).__module__):
        # What its methods do counts, too: a record from elsewhere, whose code is not known, is not kept.
        _put(key, f"{code_of(type(value).__module__)}.{type(value).__qualname__}")
        _all(key, (getattr(value, field.name) for field in dataclasses.fields(value)))
    else:
        raise TypeError(f"the content of a {type(value).__qualname__} cannot be told")


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


_HASHES: weakref.WeakKeyDictionary[Unchanging[Any], bytes] = weakref.WeakKeyDictionary()


def _mapping(value: Mapping[Any, Any]) -> bytes:
    """Hash of the items, in their order."""
    if isinstance(value, Unchanging) and value in _HASHES:
        return _HASHES[value]
    key = hashlib.sha256(str(len(value)).encode())
    _all(key, (part for pair in value.items() for part in pair))
    if isinstance(value, Unchanging):
        _HASHES[value] = key.digest()
    return key.digest()


def _column(key: Any, column: Any) -> None:
    import numpy as np

    _put(key, str(column.dtype))
    dtype = column.dtype
    if isinstance(dtype, np.dtype) and not dtype.hasobject:
        _add(key, column.to_numpy())
    else:
        _add(key, column.tolist())


def _all(key: Any, values: Iterable[Any]) -> None:
    for value in values:
        _add(key, value)


# --- the folder -------------------------------------------------------------------------------------------


def _read(path: Path) -> bytes | None:
    """A kept result, if it is there and whole."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    head, body = content[: len(_MARK) + 32], content[len(_MARK) + 32 :]
    if head != _MARK + hashlib.sha256(body).digest():
        return None
    with suppress(OSError):  # when it was last used
        os.utime(path)
    return body


def _write(path: Path, result: Any) -> None:
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        body = pickle.dumps(result, protocol=5)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(_MARK + hashlib.sha256(body).digest() + body)
        temporary.replace(path)
    except (OSError, pickle.PicklingError, TypeError, AttributeError):
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _entries(folder: Path) -> Iterator[tuple[float, int, Path]]:
    for path in folder.glob("*/*"):
        with suppress(OSError):
            stat = path.stat()
            yield stat.st_mtime, stat.st_size, path


def trim(folder: Path, largest: int = LARGEST) -> None:
    """Remove what kills left behind, and what was used longest ago where all takes too much room."""
    total = 0
    for used, size, path in sorted(_entries(folder), reverse=True):
        total += size
        left_behind = path.suffix in (".tmp", ".lock") and used < time.time() - 3600
        if left_behind or total > largest:
            with suppress(OSError):
                path.unlink()
