"""Run the checks of printed numbers, and join each finding of any rule with the reason why it stands."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from itertools import chain
from typing import Any

import pandas as pd

from ldn_analysis.evidence import integrity
from ldn_analysis.evidence.integrity import Printed
from ldn_analysis.evidence.problems import Problem
from ldn_analysis.evidence.rules import RULES, Facts, Hit, structure
from ldn_analysis.evidence.rules.agreement import VERY_FEW
from ldn_analysis.evidence.rules.facts import COMPARISON
from ldn_analysis.evidence.schema import Package

Row = Mapping[str, Any]
RATIOS = ("RR", "OR", "IRR", "ratio of means")
ARM = ("study_id", "measure", "unit", "week", "statistic")  # what two arms of one comparison share
REMEDY = ": correct it, or record in integrity_reasons.csv why it stands"
NOTICE = "a notice: the data are valid, and nothing has to be explained"
CREDIBLE = re.compile(r"\bbayes|\bcredible\b", re.I)
"""A model whose interval need not have the estimate in its middle, as that of a median need not."""
PRINTED = ("studies", "outcomes", "events", "published_syntheses", "pharmacology")


DOUBTS: dict[str, str] = {
    "same_author_again": "perhaps the same trial as another one here",
    "same_shape_again": "perhaps the same trial as another one here",
    "spread_beside_others": "people differ less than half, or more than twice, as much as in other trials",
    "worse_by_chance": "both groups became worse, as a reduction would that lost its sign",
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


def _columns(table: pd.DataFrame) -> dict[str, list[Any]]:
    """The cells of each column (faster over and over than asking the frame for each)."""
    return {str(name): table[name].tolist() for name in table}


def _rows(table: pd.DataFrame, text: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dicts; under ``"printed"`` each has its cells as printed, under ``"position"`` its place."""
    typed, printed = _columns(table), _columns(text)
    rows = []
    for position, (values, cells) in enumerate(
        zip(zip(*typed.values(), strict=True), zip(*printed.values(), strict=True), strict=True)
    ):
        row: dict[str, Any] = dict(zip(typed, values, strict=True))
        row["printed"], row["position"] = dict(zip(printed, cells, strict=True)), position
        rows.append(row)
    return rows


def _hit(table: str, row: Row, column: str, check: str, sentence: str) -> tuple[str, Hit]:
    """What a check says of a row (empty if nothing), with the name of the check."""
    return check, Hit(table, row["position"], column, sentence)


def _printed(row: Row, *columns: str) -> list[Printed]:
    return [Printed.parse(row["printed"].get(column, "")) for column in columns]


def _intervals(name: str, rows: list[dict[str, Any]], value: str, kind: str) -> Iterator[tuple[str, Hit]]:
    for row in rows:
        word = str(row[kind])
        if word.startswith("median") or CREDIBLE.search(str(row.get("model", ""))):
            continue
        cells = _printed(row, value, "lower95", "upper95")
        rule = integrity.estimate_mid_interval(*cells, ratio=word in RATIOS)
        if rule and name == "pharmacology":  # a constant above zero is often analysed on the log scale
            rule = integrity.estimate_mid_interval(*cells, ratio=True) and rule
        yield _hit(name, row, value, "estimate_mid_interval", rule)


def _study_hits(rows: list[dict[str, Any]], outcomes: list[dict[str, Any]]) -> Iterator[tuple[str, Hit]]:
    doses_of_arms: dict[str, set[float]] = {}
    for row in outcomes:
        dose = row.get("dose_mg_per_day", math.nan)
        if dose > 0:
            doses_of_arms.setdefault(row["study_id"], set()).add(dose)
    for row in rows:
        rule = integrity.dose_in_range(row["dose_min_mg"], row["dose_max_mg"])
        doses = doses_of_arms.get(row["study_id"], set())
        if {row["dose_min_mg"], row["dose_max_mg"]} <= doses and any(
            not integrity.dose_in_range(dose, dose) for dose in doses
        ):
            rule = ""  # arms of the trial have these doses, one of them low: the rows say so too
        yield _hit("studies", row, "dose_mg_per_day", "dose_in_range", rule)
        for dose in str(row["dose_mg_per_day"]).split(" to "):
            try:
                inside = row["dose_min_mg"] <= float(dose) <= row["dose_max_mg"]
                rule = "" if inside else f"is not within {row['dose_min_mg']:g} to {row['dose_max_mg']:g} mg"
            except ValueError:
                rule = "is neither a number nor a range written 'a to b'"
            yield _hit("studies", row, "dose_mg_per_day", "dose_in_range", rule)


def _most(study: Row) -> float:
    """Number that took part, as far as it is known: randomised, else analysed."""
    return study["n_analysed"] if math.isnan(study["n_randomised"]) else study["n_randomised"]


def _key(row: Row, *columns: str) -> tuple[str, ...]:
    """Cells as printed, as a key (missing values compare equal, unlike NaN)."""
    return tuple(str(row["printed"][column]) for column in columns)


def _arms(rows: list[dict[str, Any]]) -> dict[tuple[str, ...], Row]:
    """Arm rows by what they measure, week, statistic and group."""
    return {_key(row, *ARM, "group"): row for row in rows if row["group"] in ("ldn", "placebo")}


def _standardised(row: Row) -> float:
    """Standardised size of a contrast: from its interval and arms, or of a paired difference from p and n."""
    if row["statistic"] == "paired difference" and row["p_value"] > 0 and row["n"] > 1:
        return integrity.t_of_p(row["p_value"], row["n"] - 1) / math.sqrt(row["n"])
    half_width = (row["upper95"] - row["lower95"]) / 2
    return integrity.standardised(row["value"], half_width, row["n_ldn"], row["n_placebo"])


PLAIN_SD, OF_FEW, TRUE = 0.12, 0.06, 1.0
"""Shares of the scale that no SE is, of people and of very few, and a difference that may well be true."""


def _largeness(row: Row, d: float, sd: float, sizes: tuple[float, float]) -> str:
    """The check that a large standardised difference `d` of two groups meets.

    An SD of people that is a good part of the scale is no standard error; and where the groups are so small
    that the difference may well be an ordinary one (its 95% interval reaches it), it is shown only.
    """
    width = 100.0 if str(row["unit"]).startswith("percent reduction") else row["scale_max"] - row["scale_min"]
    error = math.sqrt(sum(1 / n for n in sizes) + d**2 / (2 * sum(sizes))) if min(sizes) > 0 else math.nan
    plain = OF_FEW if max(sizes) <= VERY_FEW else PLAIN_SD
    small = sd >= plain * width and abs(d) - integrity.Z95 * error <= TRUE
    return "large_difference" if small else "large_standardised_difference"


def _contrast_hits(row: Row) -> Iterator[tuple[str, Hit]]:
    value, low, high, p, effect = _printed(row, "value", "lower95", "upper95", "p_value", "effect_size")
    n1, n2 = row["n_ldn"], row["n_placebo"]
    df = row["n"] - 1 if row["statistic"] == "paired difference" else n1 + n2 - 2
    rule = integrity.interval_against_p(value, low, high, p, df=df, bound=row.get("p_bound", ""))
    yield _hit("outcomes", row, "p_value", "interval_against_p", rule)
    d = _standardised(row)
    rule = integrity.large_standardised_difference(d)
    sd = abs(row["value"] / d) if d and row["statistic"] != "paired difference" else math.nan
    yield _hit("outcomes", row, "value", _largeness(row, d, sd, (n1, n2)), rule)
    modelled = row["statistic"].startswith("adjusted")
    rule = integrity.effect_size_against_difference(effect, value, low, high, n1, n2, modelled=modelled)
    if row["iqr"] > 0 and not effect.missing:
        # A normal distribution's quartiles lie 1.349 SDs apart (Cochrane Handbook 6.5.2.5).
        implied = abs(row["value"]) / (row["iqr"] / 1.349)
        if abs(implied - effect.value) > effect.half + 0.01:
            rule = f"the median difference over the SD that its IQR implies is {implied:.2f}"
    yield _hit("outcomes", row, "effect_size", "effect_size_against_difference", rule)


def _outcome_hits(rows: list[dict[str, Any]], studies: Mapping[str, Row]) -> Iterator[tuple[str, Hit]]:
    arms = _arms(rows)
    yield from _intervals("outcomes", rows, "value", "statistic")
    for row in rows:
        study = studies[row["study_id"]]
        crossover = study["design_type"] == "crossover"
        rule = integrity.group_sizes(
            row["n_ldn"], row["n_placebo"], row["n"], _most(study), crossover=crossover
        )
        yield _hit("outcomes", row, "n", "group_sizes", rule)
        if row["group"] == "ldn-placebo" and row["statistic"] not in RATIOS:
            yield from _contrast_hits(row)
            continue
        sd, se, low, high = _printed(row, "sd", "se", "lower95", "upper95")
        other = arms.get((*_key(row, *ARM), "placebo" if row["group"] == "ldn" else "ldn"), {})
        on_scale = row["unit"] == "points" and row["statistic"] == "mean"
        scale = (row["scale_min"], row["scale_max"]) if on_scale else (math.nan, math.nan)
        other_sd = other.get("sd", math.nan)
        of_other = other_sd, other.get("n", math.nan)
        rule = integrity.spread_coherence(sd, se, low, high, row["n"], scale=scale, other=of_other)
        yield _hit("outcomes", row, "sd", "spread_coherence", rule)
        if on_scale and (row["value"] < scale[0] or row["value"] > scale[1]):
            rule = f"is outside the scale from {scale[0]:g} to {scale[1]:g}"
            yield _hit("outcomes", row, "value", "spread_coherence", rule if not math.isnan(scale[0]) else "")
        if row["group"] == "ldn" and other and not crossover:
            n1, n2 = row["n"], other["n"]
            pooled = math.sqrt(((n1 - 1) * row["sd"] ** 2 + (n2 - 1) * other_sd**2) / max(n1 + n2 - 2, 1))
            d = (row["value"] - other["value"]) / pooled if pooled > 0 else math.nan
            rule = integrity.large_standardised_difference(d)
            yield _hit("outcomes", row, "sd", _largeness(row, d, pooled, (n1, n2)), rule)


def _event_hits(rows: list[dict[str, Any]], studies: Mapping[str, Row]) -> Iterator[tuple[str, Hit]]:
    groups = {_key(row, *COMPARISON["events"], "group"): row["n"] for row in rows}
    for row in rows:
        study = studies[row["study_id"]]
        percent = _printed(row, "percent")[0]
        rule = integrity.count_against_percent(row["events"], row["n"], percent)
        yield _hit("events", row, "percent", "count_against_percent", rule)
        other = "placebo" if row["group"] == "ldn" else "ldn"
        n_other = groups.get((*_key(row, *COMPARISON["events"]), other), math.nan)
        crossover = (study["design_type"] == "crossover" and not row["period"] > 0) or row["paired"] == "yes"
        rule = integrity.group_sizes(row["n"], n_other, math.nan, _most(study), crossover=crossover)
        yield _hit("events", row, "n", "group_sizes", rule)


def _synthesis_hits(rows: list[dict[str, Any]]) -> Iterator[tuple[str, Hit]]:
    yield from _intervals("published_syntheses", rows, "estimate", "measure")
    for row in rows:
        if row["measure"] == "SMD":
            rule = integrity.large_standardised_difference(row["estimate"])
            yield _hit("published_syntheses", row, "estimate", "large_standardised_difference", rule)


def rule_hits(facts: Facts, *, all_read: bool = True) -> Iterator[tuple[str, Hit]]:
    """What the rules of the register find, with the name of the rule.

    Where a table could not be read (`all_read` false), only the rules within one table are run: the others
    would miss what the unread table says, and speak of it once a row.
    """
    for rule in RULES.values():
        if rule.check is not None and (all_read or rule.check.__module__ == structure.__name__):
            for hit in rule.check(facts):
                yield rule.name, hit


def printed_hits(
    tables: Mapping[str, pd.DataFrame], printed: Mapping[str, pd.DataFrame]
) -> Iterator[tuple[str, Hit]]:
    """What the checks of printed numbers find on valid tables, with the name of the check."""
    return row_hits({name: _rows(tables[name], printed[name]) for name in PRINTED})


def row_hits(rows: Mapping[str, list[dict[str, Any]]]) -> Iterator[tuple[str, Hit]]:
    """What the checks of printed numbers find, of the rows of the tables that print some."""
    studies = {row["study_id"]: row for row in rows["studies"]}
    hits = chain(
        _study_hits(rows["studies"], rows["outcomes"]),
        _outcome_hits(rows["outcomes"], studies),
        _event_hits(rows["events"], studies),
        _synthesis_hits(rows["published_syntheses"]),
        _intervals("pharmacology", rows["pharmacology"], "value", "quantity"),
    )
    yield from ((check, hit) for check, hit in hits if hit.sentence)


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
    cells: dict[str, dict[str, list[Any]]] = {}
    findings = []
    for check, hit in hits:
        if hit.table not in cells:
            cells[hit.table] = _columns(printed[hit.table])
        resource, row = package.resources[hit.table], cells[hit.table]
        row_id = str(row[resource.primary_key][hit.row])
        recorded = reasons.get((hit.table, row_id, check), "")
        reason = {"impossible": "", "suspicious": recorded, "notice": NOTICE}[RULES[check].strength]
        owner = next((name for name in ("study_id", "synthesis_id") if name in row), "")
        findings.append(Finding(
            file=resource.path, line=int(row["line"][hit.row]),
            study_id=str(row[owner][hit.row]) if owner else "", column=hit.column,
            value=str(row[hit.column][hit.row]) if hit.column in row else "", rule=hit.sentence,
            severity="warning" if reason else "error", reason=reason, check=check, row_id=row_id,
        ))  # fmt: skip
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
    """Reasons without a finding, and second reasons for one finding."""
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
        earlier.add(key)
    return problems
