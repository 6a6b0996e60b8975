"""The schema of the tables, read from ``datapackage.json``: column rules are stated there and only there.

`read_package` gives one `Resource` a table, `typed` turns its text into numbers, and `pandera_schema` builds
the pandera schema that checks the rest.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from ldn_analysis.evidence.problems import Problem
from ldn_analysis.evidence.reading import TextTable
from ldn_analysis.evidence.vocabulary import hint
from ldn_analysis.hashes import Unchanging

NUMBER = re.compile(r"[+-]?(\d+(\.\d+)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
BEYOND = 1e15
"""No source prints a larger number; arithmetic with one would overflow."""
EMPTY = "is empty: a value is required"
UNKNOWN = " (leave the cell empty where it is not known)"
NOTHING = re.compile(r"n\.?/?a\.?|nan|null|[-–—?.]+", re.I)
"""What is typed where nothing is known; `none` is a word of its own."""
UNSEEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)
"""Control characters but tabs and line breaks, marks of direction, which reorder what stands beside them on a
page, and spaces of no width; not the joiners that some scripts need."""
UNLISTED = "must be one of"
SHORT = 9
"""Letters of what may follow a pattern by chance."""
DASHES = str.maketrans("\u2010\u2011\u2012\u2013\u2014\u2212", "-" * 6)
"""Hyphens, dashes and the minus sign of print, for which a number has the hyphen of the keyboard."""
KINDS = ("string", "number", "integer")
CONSTRAINTS = {"required", "unique", "minimum", "maximum", "pattern", "enum"}
REPEATED = re.compile(r"\)[*+{]|\\\d")
UNBOUNDED = re.compile(r"[*+]|,\}")
"""What makes a pattern slow: a group that repeats, a reference to one, many open-ended repetitions."""
LONGEST = 2000
"""Letters of a cell to which a pattern is applied; a longer cell does not match."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its type, description, unit and constraints (names as in Frictionless Table Schema)."""

    name: str
    type: str
    description: str = ""
    unit: str = ""
    required: bool = False
    unique: bool = False
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    enum: tuple[str, ...] = ()
    may_be_absent: bool = False  # a file without the column is read as if it were empty


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """`column` must hold values of `key` in the table `table`."""

    column: str
    table: str
    key: str


@dataclass(frozen=True, slots=True)
class Resource:
    """A table of the data package."""

    name: str
    path: str
    title: str
    fields: tuple[Field, ...]
    primary_key: str
    foreign_keys: tuple[ForeignKey, ...] = ()
    missing: tuple[str, ...] = ("",)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.fields)

    @property
    def optional_columns(self) -> tuple[str, ...]:
        """Names of the columns that a file need not have."""
        return tuple(column.name for column in self.fields if column.may_be_absent)


@dataclass(frozen=True, slots=True, eq=False)
class Package:
    """The data package: its tables by name (kept `Unchanging`), version and date."""

    title: str
    version: str
    created: str
    resources: Mapping[str, Resource] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "resources", Unchanging(self.resources))


def _field(raw: Mapping[str, Any]) -> Field:
    rules = raw.get("constraints", {})
    kind = raw.get("type", "string")
    if unknown := sorted(set(rules) - CONSTRAINTS):
        listed = ", ".join(sorted(CONSTRAINTS))
        raise ValueError(f"field {raw['name']!r} has a constraint {unknown[0]!r}: must be one of {listed}")
    if kind not in KINDS:
        raise ValueError(f"field {raw['name']!r} has type {kind!r}: must be one of {', '.join(KINDS)}")
    for rule in ("minimum", "maximum") if kind == "string" else ("pattern", "enum"):
        if rule in rules:
            raise ValueError(f"field {raw['name']!r} is a {kind}: it cannot have a {rule}")
    if "pattern" in rules:
        re.compile(rules["pattern"])
        if REPEATED.search(rules["pattern"]) or len(UNBOUNDED.findall(rules["pattern"])) > 4:
            raise ValueError(f"field {raw['name']!r} has a pattern that may take for ever: no group repeats")
    if not isinstance(rules.get("enum", []), list):
        raise ValueError(f"field {raw['name']!r}: enum must be a list")
    least, most = (None if rules.get(end) is None else float(rules[end]) for end in ("minimum", "maximum"))
    return Field(
        name=str(raw["name"]), type=kind, description=str(raw.get("description", "")),
        unit=str(raw.get("unit", "")), required=bool(rules.get("required", False)),
        unique=bool(rules.get("unique", False)), minimum=least, maximum=most, pattern=rules.get("pattern"),
        enum=tuple(map(str, rules.get("enum", ()))), may_be_absent=bool(raw.get("mayBeAbsent", False)),
    )  # fmt: skip


def _resource(raw: Mapping[str, Any]) -> Resource:
    name, path, schema = str(raw["name"]), str(raw["path"]), raw["schema"]
    if not name.isidentifier() or name.startswith("_"):
        raise ValueError(f"table name {name!r} must be letters, digits and underscores")
    if not re.fullmatch(r"\w[\w.-]{0,99}", path, re.ASCII):
        raise ValueError(f"path {path[:80]!r} must be a file beside datapackage.json")
    fields = tuple(map(_field, schema["fields"]))
    names = [column.name for column in fields]
    key = schema["primaryKey"]
    key = key if isinstance(key, str) else key[0]
    foreign = tuple(
        ForeignKey(link["fields"][0], link["reference"]["resource"] or name, link["reference"]["fields"][0])
        for link in schema.get("foreignKeys", ())
    )
    for column in (key, *(link.column for link in foreign)):
        if column not in names:
            raise ValueError(f"table {name!r} has a key {column!r} that is not one of its fields")
    missing = tuple(map(str, schema.get("missingValues", ("",))))
    return Resource(name, path, str(raw.get("title", "")), fields, key, foreign, missing)


def read_package(file: str, content: bytes) -> tuple[Package, list[Problem]]:
    """The data package that the text of ``datapackage.json`` describes, or why it cannot be read."""
    nothing = Package("", "", "")
    try:
        raw = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        return nothing, [Problem(file, line, "", "", f"is not valid JSON: {getattr(error, 'msg', error)}")]
    try:
        described = [_resource(resource) for resource in raw["resources"]]
        resources = {resource.name: resource for resource in described}
        if len(resources) < len(described):
            raise ValueError("a table is described twice")
        for resource in resources.values():
            for link in resource.foreign_keys:
                if link.table not in resources or link.key not in resources[link.table].columns:
                    raise ValueError(
                        f"table {resource.name!r} refers to {link.table}.{link.key}, which is not there"
                    )
        created = str(raw.get("created", ""))
        if not re.fullmatch(r"|(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:T.*)?", created):
            raise ValueError(f"created is {created!r}: must be a date such as 2026-11-25")
        package = Package(str(raw.get("title", "")), str(raw.get("version", "")), created, resources)
    except (KeyError, TypeError, AttributeError, ValueError, IndexError, re.error) as error:
        reason = f"lacks {error}" if isinstance(error, KeyError) else str(error)
        return nothing, [Problem(file, None, "", "", f"does not describe a data package of tables: {reason}")]
    return package, []


def _number(text: str, integer: bool) -> tuple[float, str]:
    """The number that a cell holds, and the rule it breaks (empty if none)."""
    if not NUMBER.fullmatch(text):
        if re.fullmatch(r"[+-]?\d+,\d+", text):
            return math.nan, "must be a number with a point, not a comma, before the decimals"
        plain = UNSEEN.sub("", unicodedata.normalize("NFKC", text)).translate(DASHES)
        if NUMBER.fullmatch(plain):
            return math.nan, f"must be typed in the signs of a plain keyboard: {plain}"
        return math.nan, f"must be a {'whole ' if integer else ''}number{UNKNOWN}"
    value = float(text)
    if not math.isfinite(value):
        return math.nan, "must be finite"
    if abs(value) > BEYOND or re.search(r"[eE][+-]?\d{3}", text):
        return math.nan, f"must lie within {BEYOND:g}, and its exponent have two digits at most"
    if integer and not value.is_integer():
        return math.nan, "must be a whole number"
    return value, ""


def number_rule(text: str, *, whole: bool = False) -> str:
    """The rule that a text breaks as a number that has to be there; empty if none."""
    return _number(text, whole)[1].removesuffix(UNKNOWN)


def _alone(column: Field, cell: str) -> str:
    """The part of a cell that follows the pattern of its column, where it stands beside something else."""
    inside = list(re.finditer(column.pattern, cell)) if column.pattern and not column.unique else []
    near = f"{inside[0][0]!r} alone" if inside and len(inside[0][0]) > SHORT else ""
    return f"must be one value: {near}, without what stands beside it" if near else ""


def _keys_by_case(text: TextTable, column: str, cells: list[str]) -> list[Problem]:
    """Keys that are those of another row but for capital letters."""
    first: dict[str, int] = {}
    problems = []
    for row, cell in enumerate(cells):
        before = first.setdefault(cell.casefold(), row)
        if cells[before] != cell:
            rule = f"must be unique: line {text.lines[before]} has {cells[before]!r}"
            problems.append(Problem(text.file, text.lines[row], column, cell, rule))
    return problems


def _text_rules(column: Field, cell: str) -> Iterator[str]:
    """The rules that a text breaks by the letters it is typed in."""
    if cell != cell.strip():
        yield "begins or ends with a space"
    if unseen := UNSEEN.search(cell):
        yield f"holds a character that is not seen, U+{ord(unseen[0]):04X}: type the text anew"
    if NOTHING.fullmatch(cell) and not column.enum:
        yield f"says nothing{UNKNOWN if not column.required else ': a value is required'}"


def typed(resource: Resource, text: TextTable) -> tuple[pd.DataFrame, list[Problem]]:
    """The table with its types: numbers as floats (NaN where missing), required whole numbers as integers.

    Adds the column ``line``: where the row starts, as a text editor shows it.
    """
    problems: list[Problem] = []
    data: dict[str, Any] = {}
    for column in resource.fields:
        cells = [row[column.name] for row in text.rows]
        if column.type == "string":
            broken = [list(_text_rules(column, cell)) for cell in cells]
            values = [np.nan if cell in resource.missing else cell for cell in cells]
            data[column.name] = pd.array(values, dtype="str")
        else:
            whole, missing = column.type == "integer", resource.missing
            numbers = [(math.nan, "") if cell in missing else _number(cell.strip(), whole) for cell in cells]
            rules = [rule.removesuffix(UNKNOWN) if column.required else rule for _, rule in numbers]
            broken = [[rule] if rule else [] for rule in rules]
            data[column.name] = np.array([value for value, _ in numbers], dtype=float)
        problems += [
            Problem(text.file, line, column.name, cell, rule)
            for line, cell, rules in zip(text.lines, cells, broken, strict=True)
            for rule in rules
        ]
        if column.type == "string" and column.name == resource.primary_key and column.pattern:
            problems += _keys_by_case(text, column.name, cells)
    frame = pd.DataFrame(data, columns=list(resource.columns))
    frame["line"] = np.asarray(text.lines, dtype=np.int64)
    return frame, problems


def _checks(column: Field) -> dict[str, Any]:
    """pandera's checks of one field, by the sentence that says what the value should be."""
    import pandera.pandas as pa

    checks: dict[str, Any] = {}
    if column.enum:
        checks[f"{UNLISTED} {', '.join(column.enum)}"] = pa.Check.isin(column.enum)
    if column.minimum is not None:
        checks[f"must be at least {column.minimum:g}"] = pa.Check.ge(column.minimum)
    if column.maximum is not None:
        checks[f"must be at most {column.maximum:g}"] = pa.Check.le(column.maximum)
    if column.pattern:
        full = re.compile(column.pattern)
        rule = f"must match {column.pattern}" + " (letters and digits, no spaces)" * column.unique
        checks[rule] = pa.Check(
            lambda value: len(value) <= LONGEST and bool(full.fullmatch(value)), element_wise=True
        )
    for rule, check in checks.items():
        check.error = rule
    return checks


@cache
def pandera_schema(resource: Resource) -> Any:
    """The pandera schema of a table, built from its fields in ``datapackage.json``."""
    import pandera.pandas as pa

    columns = {}
    for column in resource.fields:
        unique, checks = column.unique or column.name == resource.primary_key, list(_checks(column).values())
        # no type: they are settled by `typed`, which can quote the cell as it stands in the file
        columns[column.name] = pa.Column(None, checks, nullable=not column.required, unique=unique)
    return pa.DataFrameSchema(columns | {"line": pa.Column(int)}, strict=True)


def broken_rules(resource: Resource, text: TextTable, frame: pd.DataFrame) -> list[Problem]:
    """What pandera finds: required, unique, enum, minimum, maximum, pattern."""
    import pandera.errors

    if frame.empty:
        return []
    try:
        pandera_schema(resource).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        cases = error.failure_cases
    else:
        return []
    problems = []
    fields = {field.name: field for field in resource.fields}
    cases = cases[cases["column"].isin(list(fields)) & cases["index"].notna()]
    repeated = cases.loc[cases["check"] == "field_uniqueness", "column"].unique()
    last_to_first = list(enumerate(text.rows))[::-1]
    firsts = {column: {row[column]: i for i, row in last_to_first} for column in repeated}
    for column, check, row in zip(cases["column"], cases["check"], cases["index"].astype(int), strict=True):
        cell = text.rows[row][column]
        if check == "not_nullable":
            rule = EMPTY if cell in resource.missing else ""  # of what is no number `typed` has said so
        elif check == "field_uniqueness":
            first = firsts[column][cell]
            rule = "" if first == row else f"must be unique: line {text.lines[first]} has it too"
        else:
            rule = f"{check}{hint(cell, fields[column].enum) if str(check).startswith(UNLISTED) else ''}"
            rule = (_alone(fields[column], cell) if rule.startswith("must match") else "") or rule
        if rule:
            problems.append(Problem(text.file, text.lines[row], column, cell, rule))
    return problems


def broken_keys(
    package: Package, tables: Mapping[str, pd.DataFrame], texts: Mapping[str, TextTable]
) -> Iterator[Problem]:
    """Cells that must be a key of another table and are none, with the nearest key."""
    for name, resource in package.resources.items():
        text = texts[name]
        for link in resource.foreign_keys:
            keys = dict.fromkeys(key for key in tables[link.table][link.key].tolist() if key == key)
            path = package.resources[link.table].path
            for row, value in enumerate(tables[name][link.column].tolist()):
                if value == value and value not in keys:
                    cell = text.rows[row][link.column]
                    rule = f"is no {link.key} of {path}{hint(cell, tuple(map(str, keys)))}"
                    yield Problem(text.file, text.lines[row], link.column, cell, rule)
