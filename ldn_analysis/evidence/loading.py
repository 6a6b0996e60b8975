"""Read, validate, check: from the files of ``data/`` to `Evidence`, or to the list of all that is wrong."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from ldn_analysis.evidence.findings import joined, rule_hits, stale_reasons, unexplained
from ldn_analysis.evidence.needs import completed, emptied, lacking
from ldn_analysis.evidence.problems import EvidenceError, Problem
from ldn_analysis.evidence.reading import TextTable, read_bytes, read_text_table
from ldn_analysis.evidence.rules import Facts
from ldn_analysis.evidence.schema import (
    UNLISTED,
    Package,
    Resource,
    broken_keys,
    broken_rules,
    read_package,
    typed,
)
from ldn_analysis.evidence.tables import Evidence

PACKAGE = "datapackage.json"
LARGEST = 64 * 2**20
"""Bytes of a file that are read at most."""
MOST_ROWS = 200_000
MANY = 1000
"""With more cells wrong than this, rules across rows would only echo them."""


def data_folder(folder: str | os.PathLike[str] | None = None) -> Path:
    """The data's folder: `folder`, else the environment variable ``LDN_DATA`` unless that is empty, else the
    project's own."""
    if folder is not None:
        return Path(folder)
    if os.environ.get("LDN_DATA"):
        return Path(os.environ["LDN_DATA"])
    return data_folder_of_project()


def data_folder_of_project() -> Path:
    """The folder of data that the project has of its own."""
    return Path(__file__).resolve().parents[2] / "data"


def _version(contents: Mapping[str, bytes]) -> str:
    """Short hash of the files; what an editor does to line ends or a byte-order mark does not change it."""
    digest = hashlib.sha256()
    for name in sorted(contents):
        plain = contents[name].removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
        digest.update(f"{name}\0{len(plain)}\0".encode() + plain)
    return digest.hexdigest()[:12]


@dataclass(frozen=True)
class _Read:
    """A file as a table: text, frame, the same as printed, and what is wrong with its cells."""

    resource: Resource
    text: TextTable
    frame: pd.DataFrame
    unreadable: tuple[Problem, ...]
    problems: tuple[Problem, ...]

    @cached_property
    def printed(self) -> pd.DataFrame:
        cells = pd.DataFrame(list(self.text.rows), columns=list(self.resource.columns), dtype="str")
        return cells.assign(line=list(self.text.lines))

    @cached_property
    def with_integers(self) -> pd.DataFrame:
        """The frame of a valid table, its required whole numbers as integers."""
        names = [
            column.name for column in self.resource.fields if column.type == "integer" and column.required
        ]
        return self.frame.astype(dict.fromkeys(names, np.int64))


def _read(resource: Resource, content: bytes) -> _Read:
    if content.count(b"\n") > MOST_ROWS:
        nothing, rule = TextTable(resource.path, (), ()), f"has more than {MOST_ROWS:,} lines, the limit"
        problem = Problem(resource.path, None, "", "", rule)
        return _Read(resource, nothing, typed(resource, nothing)[0], (problem,), ())
    text, unreadable = read_text_table(resource.path, content, resource.columns, resource.optional_columns)
    frame, mistyped = typed(resource, text)
    broken = broken_rules(resource, text, frame)
    return _Read(resource, text, frame, tuple(unreadable), (*mistyped, *broken))


_read_once = lru_cache(maxsize=128)(_read)
KEPT_BYTES = 2**20
"""A file up to this size is not read again in this process while it stays as it is."""


def _package(folder: Path) -> tuple[Package, bytes]:
    try:
        there, file = folder.is_dir(), folder.is_file()
    except (OSError, ValueError):  # a name that no folder can have
        there = file = False
    if not there:
        name = (folder.name or str(folder)).encode("utf-8", "backslashreplace").decode("utf-8")
        rule = "is a file: the data are a folder" if file else "the data folder is missing"
        raise EvidenceError([Problem(name[:80], None, "", "", rule)])
    content, problems = read_bytes(folder / PACKAGE, LARGEST)
    if not problems:
        package, problems = read_package(PACKAGE, content)
    if not problems:
        declaration = data_folder_of_project() / PACKAGE
        package = completed(package, declaration)
        problems = lacking(package, declaration)
    if problems:
        raise EvidenceError(problems)
    return package, content


def validate(
    package: Package,
    tables: Mapping[str, pd.DataFrame],
    printed: Mapping[str, pd.DataFrame],
    problems: Collection[Problem] = (),
    *,
    all_read: bool = True,
) -> tuple[pd.DataFrame, list[Problem]]:
    """All rules across columns, rows and tables, on frames.

    Parameters
    ----------
    package : the schema of the tables.
    tables, printed : the tables typed, and as text, by name.
    problems : what is known to be wrong with single cells. A row that has such a problem is not looked at
        again, and the checks of printed numbers wait until there is none. Nor is what quotes a word that its
        list does not have: it is its echo.
    all_read : whether every table could be read; if not, only rules within one table are run.

    Returns
    -------
    DataFrame, list of Problem
        The findings (columns of `findings.Finding`), and those that refuse the data.
    """
    if len(problems) > MANY:
        return joined(package, tables, printed, []), []
    facts = Facts(tables, printed, package.created)
    hits = rule_hits(facts, all_read=all_read, all_valid=not problems)
    spoilt = {(problem.file, problem.line) for problem in problems}
    unlisted = {re.escape(slip.value) for slip in problems if slip.value and UNLISTED in slip.rule}
    quoted = re.compile(rf"(?<!\w)(?:{'|'.join(unlisted) or '(?!)'})(?!\w)")
    findings = joined(package, tables, printed, hits)
    refused = [
        error
        for error in unexplained(findings)
        if (error.file, error.line) not in spoilt and not quoted.search(error.rule)
    ]
    if not problems:
        refused += stale_reasons(findings, package, tables)
    return findings, refused


def load(folder: str | os.PathLike[str] | None = None) -> Evidence:
    """Read and validate the evidence.

    Parameters
    ----------
    folder : path, optional
        Folder with ``datapackage.json`` and the CSV files that it names. Default: the environment variable
        ``LDN_DATA`` if set, else the project's ``data/``.

    Returns
    -------
    Evidence
        The tables, with the warnings of the integrity checks in ``findings``.

    Raises
    ------
    EvidenceError
        With every problem of every file at once: encoding, columns, types, constraints, keys, rules across
        columns and tables, and integrity findings without a recorded reason.
    """
    where = data_folder(folder)
    package, described = _package(where)
    contents = {PACKAGE: described}
    problems: list[Problem] = []
    read: dict[str, _Read] = {}
    unread: set[str] = set()
    for name, resource in package.resources.items():
        content, unreadable = read_bytes(where / resource.path, LARGEST)
        contents[resource.path] = content
        if unreadable:
            nothing = TextTable(resource.path, (), ())
            read[name] = _Read(resource, nothing, typed(resource, nothing)[0], tuple(unreadable), ())
        else:
            read[name] = (_read_once if len(content) <= KEPT_BYTES else _read)(resource, content)
        unread |= {resource.path} if read[name].unreadable else set()
        problems += [*read[name].unreadable, *read[name].problems]
    texts = {name: file.text for name, file in read.items()}
    tables = {name: file.frame for name, file in read.items()}
    problems += [problem for problem in emptied(package, tables) if problem.file not in unread]
    # A table that could not be read would break every key that refers to it: say the cause, not the echoes.
    unread |= {problem.file for problem in problems if problem.line in (None, 1)}
    echoes = {
        (package.resources[name].path, link.column)
        for name in package.resources
        for link in package.resources[name].foreign_keys
        if package.resources[link.table].path in unread
    }
    broken = broken_keys(package, tables, texts)
    problems += [problem for problem in broken if (problem.file, problem.column) not in echoes]
    printed = {name: file.printed for name, file in read.items()}
    findings, crossed = validate(package, tables, printed, problems, all_read=not unread)
    if problems or crossed:
        each = dict.fromkeys([*problems, *crossed])
        raise EvidenceError(sorted(each, key=lambda problem: (problem.file, problem.line or 0)))
    return Evidence(
        tables={name: file.with_integers for name, file in read.items()}, printed=printed, findings=findings,
        folder=where, package=package, data_version=_version(contents), data_date=package.created[:10],
    )  # fmt: skip
