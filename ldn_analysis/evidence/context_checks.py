"""Rules across columns and rows of registrations, participants, stopping and benchmarks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ldn_analysis.evidence.integrity import Printed, count_against_percent
from ldn_analysis.evidence.problems import Problem
from ldn_analysis.evidence.reading import TextTable

__all__ = ["context_problems"]

Tables = Mapping[str, pd.DataFrame]


def _at(text: TextTable, row: int, column: str, rule: str) -> Problem:
    return Problem(text.file, text.lines[row], column, text.rows[row][column], rule)


def _of_studies(tables: Tables, column: str) -> pd.Series[Any]:
    """A column of the studies, by study; empty where it could not be read."""
    studies = tables["studies"]
    if not {"study_id", column} <= set(studies):
        return pd.Series(dtype=object)
    return studies.drop_duplicates("study_id").set_index("study_id")[column]


def _registrations(tables: Tables, text: TextTable) -> Iterator[Problem]:
    """A study's registry number is an entry of that study; nothing is registered after it was seen."""
    table = tables["registrations"]
    of_study = _of_studies(tables, "registry")
    stated = table["study_id"].map(of_study)
    for row in np.flatnonzero(stated.notna() & (stated != table["registry_id"])):
        rule = f"is a study whose registry number is {stated.iloc[row]} in studies.csv"
        yield _at(text, int(row), "study_id", rule)
    seen = pd.to_numeric(table["last_seen"].str[:4], errors="coerce")
    for row in np.flatnonzero(table["registered"] > seen):
        yield _at(
            text, int(row), "registered", f"must not be after last_seen ({text.rows[row]['last_seen']})"
        )


def _pilot_participants(tables: Tables, text: TextTable) -> Iterator[Problem]:
    """Each participant stands once, and there are not more of them than the study analysed."""
    table = tables["pilot_participants"]
    for row in np.flatnonzero(table.duplicated(["study_id", "participant"])):
        yield _at(text, int(row), "participant", "is listed already for this study")
    for row in np.flatnonzero(table["illness_years"] > table["age_years"]):
        yield _at(
            text, int(row), "illness_years", f"must not be above age_years ({text.rows[row]['age_years']})"
        )
    analysed = _of_studies(tables, "n_analysed")
    rank = table.groupby("study_id").cumcount() + 1
    most = table["study_id"].map(analysed).astype(float)
    for row in np.flatnonzero(rank > most):
        rule = f"has more participants here than were analysed ({most.iloc[row]:g})"
        yield _at(text, int(row), "study_id", rule)


def _discontinuation(tables: Tables, text: TextTable) -> Iterator[Problem]:
    """Counts are not above their number, and fit the printed percentage."""
    table = tables["discontinuation"]
    for column in ("stopped", "adverse_effects"):
        for row in np.flatnonzero(table[column] > table["n"]):
            yield _at(text, int(row), column, f"must not be above n ({text.rows[row]['n']})")
    for row in np.flatnonzero(table[["stopped", "percent_stopped"]].notna().all(axis=1)):
        percent = Printed.parse(text.rows[row]["percent_stopped"])
        rule = count_against_percent(table["stopped"].iloc[row], table["n"].iloc[row], percent)
        if rule:
            yield _at(text, int(row), "percent_stopped", rule)


def _responder_benchmarks(tables: Tables, text: TextTable) -> Iterator[Problem]:
    """A percentage is at most 100; a ratio is above zero."""
    table = tables["responder_benchmarks"]
    for column in ("value", "lower95", "upper95"):
        for row in np.flatnonzero((table["unit"] == "percent") & (table[column] > 100)):
            yield _at(text, int(row), column, "must be at most 100 percent")
        for row in np.flatnonzero((table["unit"] == "ratio") & (table[column] <= 0)):
            yield _at(text, int(row), column, "must be above zero: it is a ratio")


def _events(tables: Tables, text: TextTable) -> Iterator[Problem]:
    """Without a count there is a printed percentage."""
    table = tables["events"]
    for row in np.flatnonzero(table["events"].isna() & table["percent"].isna()):
        yield _at(text, int(row), "events", "is empty: only where percent and n are printed may the count be")


OF_TABLE: Mapping[str, Callable[[Tables, TextTable], Iterator[Problem]]] = {
    "registrations": _registrations,
    "pilot_participants": _pilot_participants,
    "discontinuation": _discontinuation,
    "responder_benchmarks": _responder_benchmarks,
    "events": _events,
}


def context_problems(tables: Tables, texts: Mapping[str, TextTable]) -> Iterator[Problem]:
    """Problems of the tables that were read; a table whose file could not be used has no rows."""
    for name, rules in OF_TABLE.items():
        if name in tables and texts[name].rows:
            yield from rules(tables, texts[name])
