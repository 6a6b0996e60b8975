"""Rules on pharmacology: each quantity in its unit and range, doses above 0, ED50 below ED95."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from ldn_analysis.evidence.rules.facts import Facts, Hit
from ldn_analysis.evidence.rules.registry import rule
from ldn_analysis.evidence.vocabulary import nearest

SHARES = ("percent", "fraction")


@rule(
    "quantity_in_unit",
    "impossible",
    "a quantity that quantities.csv does not have, or in another unit",
    "ED50 in ug; half-life in min",
)
def quantity_in_unit(facts: Facts) -> Iterator[Hit]:
    table, known = facts["pharmacology"], facts["quantities"]
    units = dict(zip(known.text("quantity"), known.text("unit"), strict=True))
    rows = zip(table.text("quantity"), table.text("unit"), strict=True)
    for row, (quantity, unit) in enumerate(rows):
        if not units or not quantity:
            continue
        if quantity not in units:
            near = nearest(quantity, units)
            hint = f": the nearest is {near!r}" if near else ""
            yield Hit(table.name, row, "quantity", "is not a quantity of quantities.csv" + hint)
        elif unit != units[quantity]:
            yield Hit(table.name, row, "unit", f"{quantity} is in {units[quantity]}")


@rule(
    "quantity_in_range",
    "impossible",
    "a quantity outside its range in quantities.csv",
    "an occupancy of 450 or -5 percent; a half-life of 240 h (minutes?); a fraction of 79; a Ki of 0",
)
def quantity_in_range(facts: Facts) -> Iterator[Hit]:
    table, known = facts["pharmacology"], facts["quantities"]
    at = {quantity: row for row, quantity in enumerate(known.text("quantity"))}
    low, high, units = known.number("lowest"), known.number("highest"), known.text("unit")
    for column in ("value", "lower95", "upper95"):
        values = table.number(column)
        for row, quantity in enumerate(table.text("quantity")):
            if quantity not in at or math.isnan(values[row]):
                continue
            place = at[quantity]
            least, most = low[place], high[place]
            above = values[row] >= least if units[place] in SHARES else values[row] > least
            if not (above and values[row] <= most):
                open_end = "" if units[place] in SHARES else " (above it)"
                said = f"must lie between {least:g}{open_end} and {most:g} {units[place]}"
                yield Hit(table.name, row, column, said)


@rule(
    "dose_above_zero",
    "impossible",
    "a dose of 0, or an occupancy without a dose",
    "an occupancy scan at 0 mg",
)
def dose_above_zero(facts: Facts) -> Iterator[Hit]:
    table = facts["pharmacology"]
    dose = table.number("dose_mg")
    yield from table.hits(dose == 0, "dose_mg", "nothing was taken at a dose of 0")
    for row, quantity in enumerate(table.text("quantity")):
        of_dose = ("occupancy" in quantity and not quantity.startswith("ED")) or quantity == "Cmax"
        if of_dose and math.isnan(dose[row]):
            yield Hit(table.name, row, "dose_mg", f"is empty: {quantity} is at a dose")


@rule(
    "ed50_below_ed95",
    "impossible",
    "an ED50 that is not below the ED95 of the same effect",
    "ED50 5.40 and ED95 3.88",
)
def ed50_below_ed95(facts: Facts) -> Iterator[Hit]:
    table = facts["pharmacology"]
    values, units = table.number("value"), table.text("unit")
    found: dict[tuple[str, ...], dict[str, int]] = {}
    for row, (quantity, analyte, source) in enumerate(table.keys("quantity", "analyte", "source")):
        name, _, effect = quantity.partition(" ")
        if name in ("ED50", "ED95"):
            found.setdefault((effect, analyte, source), {})[name] = row
    for pair in found.values():
        if len(pair) == 2 and units[pair["ED50"]] == units[pair["ED95"]]:
            half, most = pair["ED50"], pair["ED95"]
            if not values[half] < values[most]:
                yield Hit(
                    table.name, half, "value", f"must be below the ED95 of the same effect ({values[most]:g})"
                )


@rule(
    "spread_in_range",
    "suspicious",
    "a spread that the range or the value does not allow",
    "an SD of 60 for a share in percent; an SD several times a concentration",
)
def spread_in_range(facts: Facts) -> Iterator[Hit]:
    table = facts["pharmacology"]
    value, sd, se, n = (table.number(name) for name in ("value", "sd", "se", "n"))
    units = table.text("unit")
    spread = np.fmax(sd, se * np.sqrt(n))
    for row in np.flatnonzero(spread > 0).tolist():
        most = {"percent": 50.0, "fraction": 0.5}.get(units[row], 3 * abs(value[row]))
        most *= math.sqrt(n[row] / (n[row] - 1)) if n[row] > 1 else 1
        if spread[row] > most:
            column = "sd" if sd[row] > 0 else "se"
            yield Hit(
                table.name, row, column, f"implies an SD of {spread[row]:.3g}; at most {most:.3g} is possible"
            )


@rule(
    "bigger_dose_more_blockade",
    "suspicious",
    "an occupancy that falls far as the dose rises, within one source and time",
    "91 percent at 5 mg and 45 percent at 50 mg",
)
def bigger_dose_more_blockade(facts: Facts) -> Iterator[Hit]:
    table = facts["pharmacology"]
    values, doses = table.number("value"), table.number("dose_mg")
    occupancy = np.array(["occupancy" in text and text[:2] != "ED" for text in table.text("quantity")], bool)
    if not occupancy.any():
        return
    columns = ("quantity", "analyte", "regimen", "time_h", "source")
    for rows in table.groups(*columns, where=occupancy).values():
        ordered = sorted((row for row in rows if doses[row] == doses[row]), key=lambda row: doses[row])
        best = -1
        for row in ordered:
            if best >= 0 and doses[row] > doses[best] and values[row] < values[best] - 15:
                yield Hit(table.name, row, "value", f"{doses[best]:g} mg occupies {values[best]:g} percent")
            best = row if best < 0 or values[row] > values[best] else best
