"""Rules on thresholds and benchmarks: in the range of their unit."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from ldn_analysis.evidence.rules.facts import Facts, Hit
from ldn_analysis.evidence.rules.registry import rule

UNITS = {"NRS points": 10.0, "percent": 100.0, "points on 0-100": 100.0}
INTERVAL = re.compile(r"(.+?)(?: \(95% CI (-?\d+(?:\.\d+)?) to (-?\d+(?:\.\d+)?)\))?")


@rule(
    "threshold_in_unit",
    "impossible",
    "a threshold at or below 0, beyond its unit, outside its interval, or in a unit that is not known",
    "an MID of -1 or of 55 NRS points",
)
def threshold_in_unit(facts: Facts) -> Iterator[Hit]:
    table = facts["clinical_thresholds"]
    values = table.number("value")
    for row, text in enumerate(table.text("unit")):
        found = INTERVAL.fullmatch(text)
        unit, low, high = found.groups() if found else (text, None, None)
        if unit not in UNITS:
            yield Hit(
                table.name, row, "unit", f"must be one of {', '.join(UNITS)}, with or without (95% CI a to b)"
            )
            continue
        if not np.isnan(values[row]) and not 0 < values[row] <= UNITS[unit]:
            yield Hit(table.name, row, "value", f"must lie above 0 and at most at {UNITS[unit]:g} {unit}")
        if low and high and not float(low) < values[row] < float(high):
            yield Hit(table.name, row, "value", f"lies outside its interval from {low} to {high}")


@rule(
    "threshold_plausible",
    "suspicious",
    "a threshold over half of its scale",
    "10 NRS points typed for 1.0",
)
def threshold_plausible(facts: Facts) -> Iterator[Hit]:
    table = facts["clinical_thresholds"]
    values = table.number("value")
    for row, text in enumerate(table.text("unit")):
        unit = text.split(" (")[0]
        most = {"NRS points": 4.0, "percent": 75.0, "points on 0-100": 40.0}.get(unit, np.inf)
        if most < values[row] <= UNITS.get(unit, np.inf):
            yield Hit(table.name, row, "value", f"is large: a change that matters is below {most:g} {unit}")
