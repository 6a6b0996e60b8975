"""Rules on the list of measures: a conversion fits unit, scale, direction and domain."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import numpy as np

from ldn_analysis.errors import FloatArray
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
    of a rating of pain whose notes do not say why, or rows of one measure, or sides of a body, that differ in
    these, or a direction that the name or the notes exclude."""
    yield from _each_conversion(table)
    yield from _directions(table)
    yield from _rows_of_a_measure(table)
    yield from _ends_of_scale(table)
    formulas = table.text("formula")
    for (conversion, _target), rows in table.groups("conversion", "converts_to").items():
        usual = Counter(formulas[row] for row in rows).most_common(1)[0][0]
        unlike = [row for row in rows if conversion and formulas[row] not in ("", usual)]
        yield from table.hits(unlike, "formula", f"the same conversion is {usual!r} in other rows")


SIDE = re.compile(r"\b(?:left|right) ", re.I)
DIRECTIONS = (
    (
        "higher",
        re.compile(r"\btolerance\b|\b(?:heat|mechanical|pressure) pain threshold|\bhold time\b", re.I),
    ),
    ("lower", re.compile(r"\btemporal summation\b|\bcold pain threshold", re.I)),
)
"""Names of measures that have one better direction (a cold threshold is a temperature)."""
IN_NOTES = re.compile(r"\b(higher|lower) is (?:less pain|better)\b", re.I)


def _directions(table: Table) -> Iterator[Fault]:
    """Directions that name or notes exclude, and sides of a body that differ in direction or range."""
    sides: dict[tuple[str, ...], int] = {}
    for row, (name, unit, better, notes) in enumerate(table.keys("measure", "unit", "better", "notes")):
        own = [side for side, words in DIRECTIONS if words.search(name) and not unit.startswith("percent")]
        noted = [side.lower() for side in IN_NOTES.findall(notes)]  # of another scale too, where it says both
        if better and (any(side != better for side in own) or (noted and better not in noted)):
            yield row, "better", f"{better} is not better by its name or notes"
        other = sides.setdefault((SIDE.sub("", name), unit), row) if SIDE.search(name) else row
        for column in ("better", "plausible_min", "plausible_max"):
            if table.text(column)[row] != table.text(column)[other]:
                yield row, column, f"of the other side it is {table.text(column)[other]}"


def _widths(table: Table) -> FloatArray:
    return table.number("scale_max") - table.number("scale_min")


def _each_conversion(table: Table) -> Iterator[Fault]:
    """Conversions that unit, scale, direction or domain of their own row contradict."""
    columns = ("converts_to", "conversion", "unit", "better", "domain", "notes")
    rows = zip(*map(table.text, columns), _widths(table).tolist(), strict=True)
    for row, (target, conversion, unit, better, domain, notes, own_width) in enumerate(rows):
        width = UNIT_WIDTHS.get(unit, own_width)
        if own_width != width and not np.isnan(own_width):
            yield row, "scale_max", f"a scale in {unit} is {width:g} wide"
        if bool(conversion) != bool(target):
            yield row, "conversion", "converts_to and conversion stand together, or neither does"
        if domain == "pain" and width in (10, 100) and not conversion and not notes:
            yield row, "conversion", "is empty: say how a value converts, or in the notes why it cannot be"
        if not conversion or target not in WIDTHS:
            continue
        if (domain == "pain") != (target == PAIN_SCALE):
            yield row, "converts_to", f"{PAIN_SCALE!r} is the scale of pain, and only of pain"
        if fault := _fault(conversion, unit, better, own_width, WIDTHS[target]):
            yield row, "conversion", fault


def _rows_of_a_measure(table: Table) -> Iterator[Fault]:
    """Rows of one measure that differ in conversion, domain, direction or scale."""
    conversions, targets = table.text("conversion"), table.text("converts_to")
    for rows in table.groups("measure", where=~np.isnan(_widths(table))).values():
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


def _ends_of_scale(table: Table) -> Iterator[Fault]:
    """Scales that are too long, or begin where no sum of items does."""
    yield from table.hits(_widths(table) > LONGEST, "scale_max", "no scale here is as long as that")
    most, items = table.number("scale_max"), np.fmax(table.number("scale_min"), 1.0)
    sums = (most % items == 0) & (most <= MOST_OF_ITEM * items)
    sentence = "a scale begins at 0, at 1, or at the number of its items"
    yield from table.hits((items > 1) & ~sums, "scale_min", sentence)
