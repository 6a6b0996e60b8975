"""Rules on the list of measures: a conversion fits unit, scale, direction and domain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from ldn_analysis.evidence.rules.facts import Found, Table
from ldn_analysis.evidence.rules.registry import impossible
from ldn_analysis.evidence.scales import PAIN_SCALE, UNIT_WIDTHS, WIDTHS

OF_BASELINE = "percent of baseline"


def _wrong(conversion: str, unit: str, better: str, width: float, target: float) -> str:
    """What is wrong with a conversion; empty if nothing is."""
    percent = unit.startswith("percent")
    if percent != (conversion == OF_BASELINE):
        return f"{OF_BASELINE!r} is of percent reductions, and only of them; the unit is {unit!r}"
    wanted = "higher" if percent or conversion == "turn" else "lower"
    if better != wanted:
        return (
            f"{conversion!r} is of a measure on which {wanted} is better; here it is {better or 'not said'}"
        )
    if np.isnan(width):
        return "needs the scale: scale_min and scale_max"
    if conversion == "as it is" and width != target:
        return f"'as it is' is of a scale as wide as the one converted to: {width:g} is not {target:g}"
    return ""


@impossible("measures")
def conversion_fits(table: Table) -> Iterator[Found]:
    """A conversion that the measure's unit, scale, direction or domain contradicts, or half of one."""
    targets, conversions, units, betters, domains = (
        table.text(name) for name in ("converts_to", "conversion", "unit", "better", "domain")
    )
    widths = table.number("scale_max") - table.number("scale_min")
    for row, conversion in enumerate(conversions):
        wanted = UNIT_WIDTHS.get(units[row], widths[row])
        if widths[row] != wanted and not np.isnan(widths[row]):
            yield row, "scale_max", f"a scale in {units[row]} is {wanted:g} wide"
        if bool(conversion) != bool(targets[row]):
            yield row, "conversion", "converts_to and conversion stand together, or neither does"
        if not conversion or targets[row] not in WIDTHS:
            continue
        if (domains[row] == "pain") != (targets[row] == PAIN_SCALE):
            yield row, "converts_to", f"{PAIN_SCALE!r} is the scale of pain, and only of pain"
        wrong = _wrong(conversion, units[row], betters[row], float(widths[row]), WIDTHS[targets[row]])
        if wrong:
            yield row, "conversion", wrong
    for rows in table.groups("measure", where=~np.isnan(widths)).values():
        one = next((row for row in rows if conversions[row]), -1)
        for row in rows if one >= 0 else ():
            if not conversions[row] and not targets[row]:
                yield row, "conversion", f"{table.text('measure_id')[one]}, the same measure, is converted"
    formulas = table.text("formula")
    for (conversion, _target), rows in table.groups("conversion", "converts_to").items():
        usual = Counter(formulas[row] for row in rows).most_common(1)[0][0]
        for row in rows if conversion else ():
            if formulas[row] != usual:
                yield row, "formula", f"the same conversion is {usual!r} in other rows"
