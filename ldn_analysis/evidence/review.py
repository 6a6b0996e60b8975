"""Version and status of the review as ``review.yml`` declares them, typed and checked."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ldn_analysis import strict_yaml
from ldn_analysis.errors import InputError

REVIEW = "review.yml"
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_DATE = re.compile(r"(19|20)\d\d-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?")


@dataclass(frozen=True, slots=True)
class Review:
    """What those who keep the review declare; empty text and empty tuples are what they did not decide.

    Attributes
    ----------
    version : str
        Of the review, which is that of the data package.
    protocol : str
        Where it is registered.
    next_look : str
        Month or day (ISO 8601) of the next search.
    update_when, retire_when : tuple of str
        What would trigger an update, and when the review would be retired; a sentence each.
    funding, interests : str
        Who paid, and competing interests.
    """

    version: str
    protocol: str = ""
    next_look: str = ""
    update_when: tuple[str, ...] = ()
    retire_when: tuple[str, ...] = ()
    funding: str = ""
    interests: str = ""


LISTS = ("update_when", "retire_when")


def read_review(folder: Path, version: str = "") -> Review | None:
    """The review's declared status; None where the folder holds no such file.

    Parameters
    ----------
    folder : the data.
    version : that of the data package, which the review's must equal; empty compares nothing.

    Raises
    ------
    InputError
        The file is not what it should be: every problem has its line, with name, value and rule.
    """
    path = folder / REVIEW
    if not path.exists():
        return None
    raw = strict_yaml.read(path)
    names = [field.name for field in fields(Review)]
    problems = [f"{name}: is not one of the names {', '.join(names)}" for name in raw if name not in names]
    broken = ((name, _broken(name, raw.get(name), version)) for name in names)
    problems += [f"{name}: {rule}" for name, rule in broken if rule]
    if problems:
        raise InputError("\n".join(f"{REVIEW}, {problem}" for problem in problems))
    declared: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in raw.items()
        if value is not None
    }
    return Review(**declared)


def _broken(name: str, value: Any, version: str) -> str:
    """The rule that a value breaks; empty if it breaks none."""
    if value is None:
        return "is empty: a value is required" if name == "version" else ""
    if name in LISTS:
        sentences = isinstance(value, list) and all(isinstance(line, str) and line for line in value)
        return "" if sentences else f"{value!r}: must be a list of sentences"
    if not isinstance(value, str) or not value.strip():
        return f"{value!r}: must be text"
    if name == "version" and not _VERSION.fullmatch(value):
        return f"{value!r}: must be three numbers with points, such as 1.1.0"
    if name == "version" and version not in ("", value):
        return f"{value!r}: must be the version of datapackage.json, {version!r}"
    if name == "next_look" and not _DATE.fullmatch(value):
        return f"{value!r}: must be a month or a day, such as 2027-01 or 2027-01-31"
    return ""
