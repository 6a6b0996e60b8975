"""Rules on what a precision says of the people behind it, and on changes that no trial would bring about."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from ldn_analysis.evidence.integrity import t_of_p
from ldn_analysis.evidence.rules.facts import Facts, FloatArray, Hit, Table
from ldn_analysis.evidence.rules.registry import rule
from ldn_analysis.evidence.vocabulary import is_percent_reduction, statistic_kind

__all__: list[str] = []

ARMS = ("ldn", "placebo", "all")
LEAST = 0.07
"""Smallest plausible SD of people, as a share of the scale: SDs of pain in trials are 0.1 to 0.3 of it."""
LEAST_LEFT = 0.04
"""The same of what remains within people, or when a model has taken the baseline out."""
PERCENT = 100.0
ROUGH_T, HALF_A_DIGIT = 0.5, 0.05
"""A t below the first is printed too roughly to tell an SE: the least that one digit allows is taken."""


def _width(table: Table) -> FloatArray:
    """Width of each row's scale in its unit; NaN where it has none."""
    percent = [is_percent_reduction(unit) for unit in table.text("unit")]
    return np.where(np.array(percent, bool), PERCENT, table.number("scale_max") - table.number("scale_min"))


def _errors(table: Table, row: int, df: float) -> dict[str, float]:
    """SE that each printed precision of a row gives, by column; df of a t."""
    cell = {
        name: float(table.number(name)[row])
        for name in ("value", "se", "lower95", "upper95", "t_value", "f_value", "p_value")
    }
    critical = t_of_p(0.05, df) if df > 0 else math.nan
    size, t = abs(cell["value"]), abs(cell["t_value"])
    p = cell["p_value"]
    f = math.sqrt(cell["f_value"]) if cell["f_value"] >= 0 else math.nan
    exact = 0 < p < 0.6 and df > 0 and not table.text("p_value_from")[row]
    found = {
        "se": cell["se"],
        "lower95": (cell["upper95"] - cell["lower95"]) / 2 / critical,
        "t_value": size / (t if t > ROUGH_T else t + HALF_A_DIGIT),
        "f_value": size / (f if f > ROUGH_T else f + HALF_A_DIGIT),
        "p_value": size / t_of_p(p, df) if exact else math.nan,
    }
    return {name: se for name, se in found.items() if se > 0}


def _of_contrast(facts: Facts, row: int, paired: bool) -> dict[str, float]:
    """SD of people (paired: of their differences) that each printed precision of a difference implies."""
    table = facts["outcomes"]
    n, a, b = (float(table.number(name)[row]) for name in ("n", "n_ldn", "n_placebo"))
    if paired:
        root = math.sqrt(n) if n > 1 else math.nan
        errors = _errors(table, row, n - 1)
    else:
        a, b = (n / 2, n / 2) if math.isnan(a + b) else (a, b)
        root = 1 / math.sqrt(1 / a + 1 / b) if a + b > 2 and min(a, b) > 0 else math.nan
        errors = _errors(table, row, a + b - 2)
    return {name: se * root for name, se in errors.items() if se * root > 0}


def _of_arm(table: Table, row: int) -> dict[str, float]:
    """SD of people that an arm's row prints or implies."""
    n, sd = float(table.number("n")[row]), float(table.number("sd")[row])
    if sd > 0:
        return {"sd": sd}
    errors = _errors(table, row, n - 1) if n > 1 else {}
    return {name: se * math.sqrt(n) for name, se in errors.items() if name in ("se", "lower95")}


@rule(
    "spread_plausible",
    "suspicious",
    "a precision that implies a spread of people wider than the scale, or next to none",
    "t = -14.6 typed for -1.46; an SE typed as an SD; values of 0 to 10 on a scale of 0 to 100",
)
def spread_plausible(facts: Facts) -> Iterator[Hit]:
    table = facts["outcomes"]
    width, groups = _width(table), table.text("group")
    crossover = facts.study_mask(table, "design_type", "crossover")
    periods = table.text("period")
    for row, word in enumerate(table.text("statistic")):
        kind, w = statistic_kind(word), width[row]
        contrast = groups[row] == "ldn-placebo" and kind == "difference"
        arm = groups[row] in ARMS and kind in ("level", "change")
        if not (contrast or arm) or not w > 0 or word.startswith("median"):
            continue
        paired = contrast and bool(crossover[row]) and not periods[row]
        found = _of_contrast(facts, row, paired) if contrast else _of_arm(table, row)
        rest = paired or word.startswith("adjusted")
        least = (LEAST_LEFT if rest else LEAST) * w
        # No SD of levels is above half of the scale, no SD of changes above the whole of it. That of
        # reductions in percent has no such end, and p values have a rule of their own.
        most = math.inf if w == PERCENT and is_percent_reduction(table.text("unit")[row]) else 1.1 * w
        for column, sd in found.items():
            if sd < least:
                said = f"implies an SD of {sd:.2g} among people on a scale of {w:g}: another unit, or an SE?"
                yield Hit(table.name, row, column, said)
            elif sd > most and column != "p_value":
                said = f"implies an SD of {sd:.3g} among people, on a scale of {w:g}"
                yield Hit(table.name, row, column, said)


@rule(
    "worse_in_both_arms",
    "suspicious",
    "pain or symptoms that became worse in both arms: was a reduction typed as a positive change?",
    "mean changes of +1.8 and +1.0 on a scale on which lower is better",
)
def worse_in_both_arms(facts: Facts) -> Iterator[Hit]:
    table = facts["outcomes"]
    width, value, groups = _width(table), table.number("value"), table.text("group")
    better = table.text("better")
    kinds = [statistic_kind(word) for word in table.text("statistic")]
    change = [
        kind == "change" or (kind == "level" and is_percent_reduction(unit))
        for kind, unit in zip(kinds, table.text("unit"), strict=True)
    ]
    where = np.array(change, bool) & table.mask("domain", "pain", "symptom severity")
    where &= facts.study_mask(table, "design_type", "parallel", "crossover")
    comparison = ("study_id", "measure", "unit", "analysis", "period")
    crossover = facts.study_mask(table, "design_type", "crossover")  # its conditions may last differently
    together = list(table.groups(*comparison, where=where & crossover).values())
    for rows in (*together, *table.groups(*comparison, "week", where=where & ~crossover).values()):
        worse = {
            groups[row]
            for row in rows
            if (value[row] > 0) == (better[row] == "lower") and abs(value[row]) > 0.05 * width[row]
        }
        if worse >= {"ldn", "placebo"} and len({better[row] for row in rows}) == 1:
            for row in rows:
                said = f"worse in both arms, on a scale on which {better[row]} is better"
                yield Hit(table.name, row, "value", said)
