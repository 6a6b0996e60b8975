"""Files, read with a bound and written whole or not at all.

What may stand in a file's place (a folder, a pipe, a device, a disk image) is refused in a line, before it is
read: nothing hangs, and nothing fills the memory.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ldn_analysis.errors import InputError

MEGABYTE = 1024**2
LARGEST = 32 * MEGABYTE
"""Bytes of a page, of its results or of a notebook."""


def read_bytes(path: Path, largest: int) -> bytes:
    """The content of a regular file of at most `largest` bytes.

    Raises
    ------
    InputError : if it is missing, unreadable, larger, or no regular file. The message names the file.
    """
    shown = _shown(path)
    try:
        # Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise InputError(f"{shown}: cannot be read: {error.strerror}") from None
    except ValueError as error:  # a NUL or a surrogate in the name
        raise InputError(f"{shown}: not the name of a file: {error}") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise InputError(f"{shown}: cannot be read: not a regular file")
    with os.fdopen(descriptor, "rb") as handle:
        try:
            content = handle.read(largest + 1)
        except OSError as error:
            raise InputError(f"{shown}: cannot be read: {error.strerror}") from None
    if len(content) > largest:
        raise InputError(f"{shown}: larger than {_size(largest)}, the limit")
    return content


def read_text(path: Path, largest: int) -> str:
    """The text of a UTF-8 file of at most `largest` bytes; see `read_bytes`. A byte order mark is dropped."""
    content = read_bytes(path, largest)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(f"{_shown(path)}, line {line}: not UTF-8: save the file as UTF-8") from None


def read_json(path: Path) -> Any:
    """What a JSON file holds; None where there is none that can be read."""
    try:
        return json.loads(read_bytes(path, LARGEST))
    except (InputError, ValueError, RecursionError):
        return None


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Within it, what cannot be written is an `InputError` that names the place."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{place}: cannot be written: {error.strerror or error}") from None


def destination(folder: Path) -> Path:
    """The folder that is to be written to, looked at before anything is computed for it; it is not made.

    Raises
    ------
    InputError : it, or what is there of the way to it, is no folder, or may not be written.
    """
    there = next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
    if not there.is_dir():
        raise InputError(f"{_shown(folder)}: cannot be written: {_shown(there)} is no folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise InputError(f"{_shown(folder)}: cannot be written: {_shown(there)} may not be written")
    return folder


def write_all(folder: Path, contents: Mapping[str, bytes]) -> list[Path]:
    """Write files into a folder, which is made if need be, by their names in it; their paths come back."""
    paths = {folder / name: content for name, content in contents.items()}
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in paths.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return list(paths)


def replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; where that fails (`OSError`), the one that was there is as it was."""
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def write(path: Path, text: str) -> None:
    """Write a UTF-8 file whole or not at all, unless it holds this text already.

    Raises
    ------
    InputError : if it cannot be written; the file that was there is as it was.
    """
    content = text.encode("utf-8")
    with suppress(InputError):
        if read_bytes(path, len(content)) == content:
            return
    try:
        replace(path, content)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from None


@contextmanager
def locked(place: Path, *, wait: bool = True) -> Iterator[None]:
    """Within it, no other process holds this folder, or this file, which is made if need be.

    The lock goes with its process, however that ends. Without `wait`, a place that another one holds is a
    `BlockingIOError`.
    """
    import fcntl  # not everywhere

    handle = os.open(place, os.O_RDONLY if place.is_dir() else os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def _shown(path: Path) -> str:
    """The path as it can be printed: on one line, and not thousands of letters long."""
    text = str(path).encode("utf-8", "backslashreplace").decode("utf-8")
    text = "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)
    return text if len(text) <= 200 else f"{text[:80]}...{text[-80:]}"


def _size(count: int) -> str:
    return f"{count / MEGABYTE:g} MB" if count >= MEGABYTE else f"{count / 1024:g} kB"
