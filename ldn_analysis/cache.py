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

import functools
import hashlib
import os
import pickle
import platform
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from ldn_analysis import files, hashes

FOLDER = "LDN_CACHE"
"""Environment variable: the folder of kept results; nothing is kept while it is not set or empty."""

LIBRARIES = ("numpy", "scipy", "pandas", "statsmodels")
LARGEST = 512 * 1024**2
"""Bytes that all kept results may take together; those that were used longest ago go first."""

_MARK = b"ldn1"
_FUNCTIONS: list[str] = []  # modules of the functions that are kept
P = ParamSpec("P")
R = TypeVar("R")


def cached(function: Callable[P, R]) -> Callable[P, R]:
    """Keep the results of a pure, seeded function between processes.

    Its result can be pickled, and depends on nothing but the arguments (see `hashes.digest`) and the
    package's code. A call with ``seed=None`` is never kept. While one process computes a result, others that
    need the same one wait for it.
    """
    _FUNCTIONS.append(function.__module__)

    @functools.wraps(function)
    def kept(*args: P.args, **kwargs: P.kwargs) -> R:
        path = _place(function, args, kwargs)
        if path is None:
            return function(*args, **kwargs)
        if stored := _load(path):
            return stored[0]
        with _alone(path):
            if computed_meanwhile := _load(path):
                return computed_meanwhile[0]
            result = function(*args, **kwargs)
            if hashes.current(function.__module__):
                _write(path, result)
        return result

    return kept


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait while another process computes this entry; where no lock can be had, compute beside it.

    Entries depend on each other in one direction, as their functions call each other: no two processes can
    wait for each other.
    """
    lock = path.with_name(f".{path.name}.lock")
    with ExitStack() as held:
        with suppress(ImportError, OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            held.enter_context(files.locked(lock))
        try:
            yield
        finally:
            with suppress(OSError):  # a folder that can no longer be written costs no result
                lock.unlink(missing_ok=True)


def _place(function: Callable[..., Any], args: Any, kwargs: Any) -> Path | None:
    """Where the result of a call is kept; None if it must be computed."""
    import inspect

    folder = os.environ.get(FOLDER)
    if not folder or not hashes.closure(function.__module__) or not hashes.current(function.__module__):
        return None
    bound = inspect.signature(function).bind(*args, **kwargs)
    bound.apply_defaults()
    if "seed" in bound.arguments and bound.arguments["seed"] is None:
        return None
    try:
        arguments = hashes.digest(bound.arguments)
    except TypeError:
        return None
    key = hashlib.sha256()
    for part in (_libraries(), hashes.code_of(function.__module__), function.__qualname__, arguments):
        key.update(f"{len(part)}:{part}".encode())
    name = f"{function.__module__.removeprefix('ldn_analysis.')}.{function.__name__}"
    return Path(folder) / name / key.hexdigest()


def read_code() -> None:
    """Read the code of all kept functions so far: a process that is forked from this one need not."""
    _libraries()
    for module in dict.fromkeys(_FUNCTIONS):
        hashes.code_of(module)


@functools.cache
def _libraries() -> str:
    """Versions of what computes: Python, the machine's kind, and the libraries."""
    from importlib.metadata import version

    return "; ".join([sys.version, platform.machine(), *(f"{name} {version(name)}" for name in LIBRARIES)])


# --- the folder -------------------------------------------------------------------------------------------


def _load(path: Path) -> tuple[Any] | None:
    """A kept result in a tuple of its own; None where there is no whole entry."""
    with suppress(Exception):  # what a damaged entry raises cannot be told beforehand
        content = path.read_bytes()
        head, body = content[: len(_MARK) + 32], content[len(_MARK) + 32 :]
        if head == _MARK + hashlib.sha256(body).digest():
            with suppress(OSError):  # when it was last used
                os.utime(path)
            return (pickle.loads(body),)
    return None


def _write(path: Path, result: Any) -> None:
    with suppress(OSError, pickle.PicklingError, TypeError, AttributeError):
        body = pickle.dumps(result, protocol=5)
        path.parent.mkdir(parents=True, exist_ok=True)
        files.replace(path, _MARK + hashlib.sha256(body).digest() + body)


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
