"""What the program needs of a data package: tables, columns, types and keys.

``data/datapackage.json`` of the project declares it, once. A package of another folder may hold more tables
and columns and other limits; what is compared here is what the code reads by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd

from ldn_analysis.evidence.problems import Problem
from ldn_analysis.evidence.schema import Package, Resource, read_package

NEEDED = (
    "measures", "event_types", "quantities", "studies", "outcomes", "events", "published_syntheses",
    "pharmacology", "clinical_thresholds", "claims",
)  # fmt: skip
"""Tables without which there is nothing to report; the others may be absent."""
LOOKED_UP = (
    ("measures", "outcomes"),
    ("quantities", "pharmacology"),
    ("judgements", "claims"),
    ("multiverse_choices", "outcomes"),
)
"""Tables that the rows of another need, though no key of theirs says so."""


@cache
def _declared(path: Path) -> Package | None:
    try:
        package, problems = read_package(path.name, path.read_bytes())
    except OSError:
        return None
    return None if problems else package


def lacking(package: Package, declaration: Path) -> list[Problem]:
    """What a package lacks of the one that the file `declaration` states, a problem each."""
    declared, file = _declared(declaration), declaration.name
    missing = [name for name in NEEDED if name not in package.resources]
    problems = [Problem(file, None, "", name, "the table is missing") for name in missing]
    needed = declared.resources if declared is not None else {}
    for name, resource in package.resources.items():
        if name in needed:
            problems += [Problem(file, None, "", name, rule) for rule in _unlike(resource, needed[name])]
    return problems


def completed(package: Package, declaration: Path) -> Package:
    """A package with the columns that may be absent and that it does not describe, as the file `declaration`
    states them: it was written before they were thought of."""
    declared = _declared(declaration)
    resources = dict(package.resources)
    for name, needed in (declared.resources if declared is not None else {}).items():
        if name in resources:
            known = resources[name]
            newer = [f for f in needed.fields if f.may_be_absent and f.name not in known.columns]
            resources[name] = replace(known, fields=(*known.fields, *newer))
    return replace(package, resources=resources)


def _unlike(resource: Resource, needed: Resource) -> Iterator[str]:
    """Where a table is not described as the program reads it."""
    fields = {field.name: field for field in resource.fields}
    if resource.primary_key != needed.primary_key:
        yield f"the key must be {needed.primary_key}, not {resource.primary_key}"
    for column in needed.fields:
        described = fields.get(column.name)
        if described is None:
            yield f"the column {column.name} is not described, and the program reads it"
            continue
        needs = (
            (described.type == column.type, f"be of type {column.type}, not {described.type}"),
            (described.required >= column.required, "be required"),
            (described.unique >= column.unique, "be unique"),
            (described.may_be_absent <= column.may_be_absent, "not be absent"),
        )
        for need in [need for met, need in needs if not met][:1]:
            yield f"the column {column.name} must {need}"
    for link in needed.foreign_keys:
        if link not in resource.foreign_keys:
            yield f"{link.column} must refer to {link.key} of {link.table}"


def emptied(package: Package, tables: Mapping[str, pd.DataFrame]) -> Iterator[Problem]:
    """Tables without a row that rows of others need: the cause, in place of an echo of every such row."""
    needing = [(name, other) for name, other in LOOKED_UP if name in package.resources and len(tables[other])]
    for other, resource in package.resources.items():
        referred = (link.table for link in resource.foreign_keys if tables[other][link.column].notna().any())
        needing += [(name, other) for name in referred]
    if "integrity_reasons" in tables:
        needing += [(name, "integrity_reasons") for name in tables["integrity_reasons"]["table"].unique()]
    for name, resource in package.resources.items():
        by = [package.resources[other].path for needed, other in needing if needed == name]
        rule = f"holds no row, and rows of {', '.join(by)} need it: put its rows back, or take those out"
        if not len(tables[name]) and (by or name == "studies"):
            yield Problem(resource.path, None, "", "", "holds no study" if name == "studies" else rule)
