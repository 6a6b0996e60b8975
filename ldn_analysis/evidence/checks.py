"""Keys that refer to another table, and the rules of the register, run over all tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from ldn_analysis.evidence.problems import Problem
from ldn_analysis.evidence.reading import TextTable
from ldn_analysis.evidence.rules import RULES, Facts, Hit, structure
from ldn_analysis.evidence.schema import Package
from ldn_analysis.evidence.vocabulary import hint


def broken_keys(
    package: Package, tables: Mapping[str, pd.DataFrame], texts: Mapping[str, TextTable]
) -> Iterator[Problem]:
    """Cells that must be a key of another table and are none, with the nearest key."""
    for name, resource in package.resources.items():
        text = texts[name]
        for link in resource.foreign_keys:
            keys = tuple(dict.fromkeys(map(str, tables[link.table][link.key].dropna())))
            column = tables[name][link.column]
            path = package.resources[link.table].path
            for row in np.flatnonzero(column.notna() & ~column.isin(tables[link.table][link.key])).tolist():
                cell = text.rows[row][link.column]
                rule = f"is no {link.key} of {path}{hint(cell, keys)}"
                yield Problem(text.file, text.lines[row], link.column, cell, rule)


def rule_hits(facts: Facts, *, all_read: bool = True) -> Iterator[tuple[str, Hit]]:
    """What the rules of the register find, with the name of the rule.

    Where a table could not be read (`all_read` false), only the rules within one table are run: the others
    would miss what the unread table says, and speak of it once a row.
    """
    for rule in RULES.values():
        if rule.check is not None and (all_read or rule.check.__module__ == structure.__name__):
            for hit in rule.check(facts):
                yield rule.name, hit
