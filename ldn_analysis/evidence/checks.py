"""Rules that join columns, rows or tables: what a schema of single columns cannot say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pandas as pd

from ldn_analysis.evidence.problems import Problem
from ldn_analysis.evidence.reading import TextTable
from ldn_analysis.evidence.schema import Package

__all__ = ["cross_problems"]

Tables = Mapping[str, pd.DataFrame]
Texts = Mapping[str, TextTable]


def _foreign_keys(package: Package, tables: Tables, texts: Texts) -> Iterator[Problem]:
    for name, resource in package.resources.items():
        for link in resource.foreign_keys:
            known = set(tables[link.table][link.key].dropna())
            column = tables[name][link.column]
            for row in np.flatnonzero(column.notna() & ~column.isin(known)):
                rule = f"is not a {link.key} of {package.resources[link.table].path}"
                yield _problem(texts[name], int(row), link.column, rule)


def _problem(text: TextTable, row: int, column: str, rule: str) -> Problem:
    return Problem(text.file, text.lines[row], column, text.rows[row][column], rule)


def _ordered(table: pd.DataFrame, text: TextTable, low: str, high: str) -> Iterator[Problem]:
    """`low` is not above `high`, where both are given."""
    if {low, high} <= set(table):
        for row in np.flatnonzero(table[low] > table[high]):
            other = text.rows[int(row)][high]
            yield _problem(text, int(row), low, f"must not be above {high} ({other})")


def _both_limits(table: pd.DataFrame, text: TextTable) -> Iterator[Problem]:
    if {"lower95", "upper95"} <= set(table):
        for row in np.flatnonzero(table["lower95"].isna() != table["upper95"].isna()):
            missing = "lower95" if pd.isna(table["lower95"].iloc[row]) else "upper95"
            yield _problem(text, int(row), missing, "an interval needs both limits")


def _studies(table: pd.DataFrame, text: TextTable) -> Iterator[Problem]:
    yield from _ordered(table, text, "dose_min_mg", "dose_max_mg")
    yield from _ordered(table, text, "n_analysed", "n_randomised")


def _outcomes(table: pd.DataFrame, text: TextTable) -> Iterator[Problem]:
    yield from _ordered(table, text, "scale_min", "scale_max")
    contrast = table["group"] == "ldn-placebo"
    for column in ("n_ldn", "n_placebo"):
        for row in np.flatnonzero(table[column].notna() & ~contrast):
            yield _problem(
                text, int(row), column, "only a contrast (group ldn-placebo) has the two arms' numbers"
            )
    for row in np.flatnonzero(table["n_ldn"].isna() != table["n_placebo"].isna()):
        missing = "n_ldn" if pd.isna(table["n_ldn"].iloc[row]) else "n_placebo"
        yield _problem(text, int(row), missing, "a contrast needs both arms' numbers, or neither")
    for row in np.flatnonzero((table["statistic"] != "direction") & table["value"].isna()):
        yield _problem(text, int(row), "value", "is empty: only a direction may come without a value")
    for row in np.flatnonzero(table["value"].notna() & table["unit"].isna()):
        yield _problem(text, int(row), "unit", "is empty: a value needs its unit")


def _events(table: pd.DataFrame, text: TextTable) -> Iterator[Problem]:
    yield from _ordered(table, text, "events", "n")


def _study_sets(table: pd.DataFrame, text: TextTable) -> Iterator[Problem]:
    for row in np.flatnonzero((table["set"] != "excluded") & table["primary_week"].isna()):
        yield _problem(
            text, int(row), "primary_week", "is empty: a study that is pooled needs its primary time point"
        )
    for row in np.flatnonzero(table.duplicated(["study_id", "outcome"])):
        yield _problem(text, int(row), "study_id", "a study has one row an outcome")


OF_TABLE: Mapping[str, Callable[[pd.DataFrame, TextTable], Iterator[Problem]]] = {
    "studies": _studies,
    "outcomes": _outcomes,
    "events": _events,
    "study_sets": _study_sets,
}


def cross_problems(package: Package, tables: Tables, texts: Texts) -> list[Problem]:
    """Broken foreign keys, limits out of order, counts above their totals, half-given pairs."""
    problems = list(_foreign_keys(package, tables, texts))
    for name, table in tables.items():
        text = texts[name]
        for low, high in (
            ("lower95", "value"),
            ("value", "upper95"),
            ("lower95", "estimate"),
            ("estimate", "upper95"),
        ):
            problems += _ordered(table, text, low, high)
        problems += (
            _ordered(table, text, "lower95", "upper95") if not {"value", "estimate"} & set(table) else []
        )
        problems += _both_limits(table, text)
        if name in OF_TABLE:
            problems += OF_TABLE[name](table, text)
    return problems
