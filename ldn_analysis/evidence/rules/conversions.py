"""Rules on the list of measures: a conversion fits unit, scale, direction and domain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from ldn_analysis.evidence.rules.facts import Fault, Table
from ldn_analysis.evidence.rules.registry import impossible
from ldn_analysis.evidence.scales import PAIN_SCALE, UNIT_WIDTHS, WIDTHS

OF_BASELINE = "percent of baseline"


def _fault(conversion: str, unit: str, better: str, width: float, target: float) -> str:
    """What is wrong with a conversion; empty if nothing is."""
    percent = unit.startswith("percent")
    if percent != (conversion == OF_BASELINE):
        return f"{OF_BASELINE!r} is of percent reductions, and only of them; the unit is {unit!r}"
    side = "higher" if percent or conversion == "turn" else "lower"
    if better != side:
        return f"{conversion!r} is of a measure on which {side} is better; here it is {better or 'not said'}"
    if np.isnan(width):
        return "needs the scale: scale_min and scale_max"
    if conversion == "as it is" and width != target:
        return f"'as it is' is of a scale as wide as the one converted to: {width:g} is not {target:g}"
    return ""


LONGEST = 500
"""More than a sum of items reaches: 22 of 0 to 10 (SF-MPQ-2) come to 220."""
MOST_OF_ITEM = 7
"""Highest mark of an item that is marked from 1: 20 items of 1 to 5 (MFI-20) give 20 to 100."""


@impossible("measures")
def conversion_fits(table: Table) -> Iterator[Fault]:
    """A conversion that the measure's unit, scale, direction or domain contradicts, or half of one, or none
    of a rating of pain whose notes do not say why, or rows of one measure that differ in these."""
    targets, conversions, units, betters, domains = (
        table.text(name) for name in ("converts_to", "conversion", "unit", "better", "domain")
    )
    widths = table.number("scale_max") - table.number("scale_min")
    for row, conversion in enumerate(conversions):
        width = UNIT_WIDTHS.get(units[row], widths[row])
        if widths[row] != width and not np.isnan(widths[row]):
            yield row, "scale_max", f"a scale in {units[row]} is {width:g} wide"
        if bool(conversion) != bool(targets[row]):
            yield row, "conversion", "converts_to and conversion stand together, or neither does"
        rated = domains[row] == "pain" and width in (10, 100)
        if rated and not conversion and not table.filled("notes")[row]:
            reason = "is empty: say how a value converts, or in the notes why it cannot be"
            yield row, "conversion", reason
        if not conversion or targets[row] not in WIDTHS:
            continue
        if (domains[row] == "pain") != (targets[row] == PAIN_SCALE):
            yield row, "converts_to", f"{PAIN_SCALE!r} is the scale of pain, and only of pain"
        fault = _fault(conversion, units[row], betters[row], float(widths[row]), WIDTHS[targets[row]])
        if fault:
            yield row, "conversion", fault
    for rows in table.groups("measure", where=~np.isnan(widths)).values():
        converted = [table.text("measure_id")[row] for row in rows if conversions[row]]
        alone = [row for row in rows if not conversions[row] and not targets[row]]
        for measure in converted[:1]:
            yield from table.hits(alone, "conversion", f"{measure}, the same measure, is converted")
    percent = table.where("unit", lambda unit: unit.startswith("percent"))
    for column, where in (("domain", None), ("better", ~percent)):
        for row, other in table.differing(column, "measure", where=where):
            yield row, column, f"another row of this measure has {other or 'nothing'!r}"
    scales = table.keys("scale_min", "scale_max")
    for rows in table.groups("measure").values():
        in_units = {scales[row] for row in rows if not percent[row]}
        alone = [row for row in rows if in_units and percent[row] and scales[row] not in in_units]
        yield from table.hits(alone, "scale_max", "no other row of this measure has that scale")
    yield from table.hits(widths > LONGEST, "scale_max", "no scale here is as long as that")
    most, items = table.number("scale_max"), np.fmax(table.number("scale_min"), 1.0)
    sums = (most % items == 0) & (most <= MOST_OF_ITEM * items)
    sentence = "a scale begins at 0, at 1, or at the number of its items"
    yield from table.hits((items > 1) & ~sums, "scale_min", sentence)
    formulas = table.text("formula")
    for (conversion, _target), rows in table.groups("conversion", "converts_to").items():
        usual = Counter(formulas[row] for row in rows).most_common(1)[0][0]
        for row in rows if conversion else ():
            if formulas[row] != usual:
                yield row, "formula", f"the same conversion is {usual!r} in other rows"
