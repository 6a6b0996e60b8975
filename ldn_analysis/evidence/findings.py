"""Run the rules, and join each finding with the reason why it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from functools import cache
from typing import Any

import pandas as pd

from ldn_analysis.evidence.problems import Problem
from ldn_analysis.evidence.rules import RULES, Facts, Hit
from ldn_analysis.evidence.schema import Package

REMEDY = ": correct it, or record in integrity_reasons.csv why it stands"
FEWEST_WORDS = 2
"""Of a reason."""
NOTICE = "a notice: the data are valid, and nothing has to be explained"
DOUBTS: dict[str, str] = {
    "same_author_again": "perhaps the same trial as another one here",
    "same_shape_again": "perhaps the same trial as another one here",
    "spread_beside_others": "people differ less than half, or more than twice, as much as in other trials",
    "worse_by_chance": "a group or both became worse, as a reduction would that lost its sign",
    "adjusted_width": "its interval is not the one that the spread of its people leaves",
    "means_in_halves": "its means and SDs may be medians and widths between quartiles",
    "direction_unsaid": "which group did better is read from the sign alone",
}
"""What checks doubt of a trial and only a reader of the papers can decide, by the name of the check: a pooled
number hangs on it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a reported statistic that does not fit, with the reason why it stands (if recorded)."""

    file: str
    line: int
    study_id: str
    column: str
    value: str
    rule: str
    severity: str
    reason: str
    check: str
    row_id: str


def rule_hits(facts: Facts, *, all_read: bool = True, all_valid: bool = True) -> Iterator[tuple[str, Hit]]:
    """What the rules of the register find, with the name of the rule; those on printed numbers last.

    Where a table could not be read (`all_read` false), only the rules within one table are run: the others
    would miss what the unread table says, and speak of it once a row. Printed numbers wait until every cell
    is valid.
    """
    for rule in sorted(RULES.values(), key=lambda rule: rule.subject == "printed"):
        if (all_read or rule.subject == "structure") and (all_valid or rule.subject != "printed"):
            for hit in rule.check(facts):
                yield rule.name, hit


def joined(
    package: Package,
    tables: Mapping[str, pd.DataFrame],
    printed: Mapping[str, pd.DataFrame],
    hits: Iterable[tuple[str, Hit]],
) -> pd.DataFrame:
    """All findings, one row each, with the columns of `Finding`.

    A finding is an ``error``; a suspicious one is a ``warning`` if ``integrity_reasons.csv`` records why it
    stands, and a notice is one always.
    """
    reasons: dict[tuple[str, str, str], str] = {}
    if "integrity_reasons" in tables:
        for entry in tables["integrity_reasons"].to_dict("records"):
            reasons[str(entry["table"]), str(entry["row_id"]), str(entry["check"])] = str(entry["reason"])

    @cache
    def cells(table: str, column: str) -> list[Any]:
        return printed[table][column].tolist() if column in printed[table] else []

    findings = []
    for check, hit in hits:
        resource = package.resources[hit.table]
        row_id = str(cells(hit.table, resource.primary_key)[hit.row])
        recorded = reasons.get((hit.table, row_id, check), "")
        reason = {"impossible": "", "suspicious": recorded, "notice": NOTICE}[RULES[check].strength]
        study, value = (
            next((str(column[hit.row]) for name in names if (column := cells(hit.table, name))), "")
            for names in (("study_id", "synthesis_id"), (hit.column,))
        )
        place = resource.path, int(cells(hit.table, "line")[hit.row]), study, hit.column, value
        severity = "warning" if reason else "error"
        findings.append(Finding(*place, hit.sentence, severity, reason, check, row_id))
    columns = list(Finding.__dataclass_fields__)
    return pd.DataFrame([astuple(finding) for finding in dict.fromkeys(findings)], columns=columns)


def unexplained(findings: pd.DataFrame) -> list[Problem]:
    """Findings that are errors, as problems that name their rule and the remedy."""
    problems = []
    for row in (Finding(*cells) for cells in findings.itertuples(index=False)):
        if row.severity == "error":
            remedy = REMEDY if RULES[row.check].strength == "suspicious" else ""
            rule = f"{row.rule} [{row.check}{remedy}]"
            problems.append(Problem(row.file, row.line, row.column, row.value, rule))
    return problems


def stale_reasons(
    findings: pd.DataFrame, package: Package, tables: Mapping[str, pd.DataFrame]
) -> list[Problem]:
    """Reasons without a finding, second reasons for one finding, and what gives none."""
    if "integrity_reasons" not in tables:
        return []
    problems = []
    file_of = {name: resource.path for name, resource in package.resources.items()}
    explained = set(zip(findings["file"], findings["row_id"], findings["check"], strict=True))
    earlier: set[tuple[Any, ...]] = set()
    path = package.resources["integrity_reasons"].path
    for row in tables["integrity_reasons"].to_dict("records"):
        key = file_of.get(row["table"], ""), row["row_id"], row["check"]
        rule = ""
        if key in earlier:
            rule = "this finding has a reason already"
        elif key not in explained:
            rule = f"explains a finding of {row['check']} that does not occur: remove it"
        if rule:
            problems.append(Problem(path, int(row["line"]), "row_id", str(row["row_id"]), rule))
        elif len(str(row["reason"]).split()) < FEWEST_WORDS:
            rule = "gives no reason: say in a few words why the value stands"
            problems.append(Problem(path, int(row["line"]), "reason", str(row["reason"]), rule))
        earlier.add(key)
    return problems
