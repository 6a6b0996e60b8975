"""Rules on pharmacology: each quantity in its unit and range, doses above 0, ED50 below ED95."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator

import numpy as np

from ldn_analysis.evidence.rules.facts import Facts, Fault, Hit, Table
from ldn_analysis.evidence.rules.registry import impossible, notice, suspicious
from ldn_analysis.evidence.vocabulary import hint

SHARES = ("percent", "fraction")
SPREAD = re.compile(r"\b(SDs?|SEM?s?|standard (?:deviation|error))\b", re.I)
DECLINING = "blockade relative to 1 h scan"


READ_IN = {
    **dict.fromkeys(("ED50 symptom response", "ED95 symptom response"), "mg"),
    "ED50 mu-opioid receptor occupancy": "mg",
    **dict.fromkeys(("half-life", "Tmax"), "h"),
    "Cmax": "ng/mL",
    "IC50 TLR4 (mouse microglia)": "uM",
    "fraction unbound": "fraction",
    **dict.fromkeys((DECLINING, "mu-opioid receptor occupancy"), "percent"),
}
"""Quantities that the models read, and the unit that they take for granted."""


@impossible("pharmacology")
def quantity_in_unit(table: Table, facts: Facts) -> Iterator[Fault | Hit]:
    """A quantity that quantities.csv does not have, or in another unit, or listed in another than the models
    read, or as a share of more than all."""
    listed, most = facts["quantities"], {"percent": 100.0, "fraction": 1.0}
    for row, (quantity, unit) in enumerate(listed.keys("quantity", "unit")):
        if unit != READ_IN.get(quantity, unit):
            yield Hit(listed.name, row, "unit", f"the models read {quantity} in {READ_IN[quantity]}")
        if listed.number("highest")[row] > most.get(unit, math.inf):
            yield Hit(listed.name, row, "highest", f"a share in {unit} is {most[unit]:g} at most")
    units = dict(zip(listed.text("quantity"), listed.text("unit"), strict=True))
    for row, (quantity, unit) in enumerate(table.keys("quantity", "unit")):
        if quantity and quantity not in units:
            yield row, "quantity", f"is not a quantity of quantities.csv{hint(quantity, units)}"
        elif quantity and unit != units[quantity]:
            yield row, "unit", f"{quantity} is in {units[quantity]}"


@impossible("pharmacology")
def quantity_in_range(table: Table, facts: Facts) -> Iterator[Fault]:
    """A quantity outside its range in quantities.csv."""
    listed = facts["quantities"]
    at = {quantity: row for row, quantity in enumerate(listed.text("quantity"))}
    low, high, units = listed.number("lowest"), listed.number("highest"), listed.text("unit")
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
                yield row, column, f"must lie between {least:g}{open_end} and {most:g} {units[place]}"


@impossible("pharmacology")
def dose_above_zero(table: Table) -> Iterator[Fault]:
    """A dose of 0, or an occupancy without a dose."""
    dose = table.number("dose_mg")
    yield from table.hits(dose == 0, "dose_mg", "nothing was taken at a dose of 0")
    for row, quantity in enumerate(table.text("quantity")):
        of_dose = ("occupancy" in quantity and not quantity.startswith("ED")) or quantity == "Cmax"
        if of_dose and math.isnan(dose[row]):
            yield row, "dose_mg", f"is empty: {quantity} is at a dose"


TWO_BELOW = math.log(2)
"""Part of the time of the peak that a half-life is at least, be absorption or loss the slower."""


@impossible("pharmacology")
def constants_fit(table: Table) -> Iterator[Fault]:
    """A half-life too short for the time of the peak, or for that of the drug of which it is the product in
    one source, a time of the peak far from that at which the peak was seen, or a constant over fifty times
    the next smaller one."""
    values, hours, sources = table.number("value"), table.number("time_h"), table.text("source")
    of = table.groups("quantity", "analyte", where=values > 0)
    for (quantity, analyte), rows in of.items():
        peak = max((values[row] for row in of.get(("Tmax", analyte), ())), default=0.0)
        measured = [hours[row] for row in of.get(("Cmax", analyte), ()) if hours[row] > 0]
        drug = "naltrexone" if analyte == "6-beta-naltrexol" else ""
        drugs = of.get(("half-life", drug), ())
        for row in rows:
            value = values[row]
            if quantity == "half-life" and value < TWO_BELOW * peak:
                yield row, "value", f"is too short for a peak at {peak:g} h: is it in hours?"
            least = min((values[at] for at in drugs if sources[at] == sources[row]), default=0.0)
            if quantity == "half-life" and value < least:
                yield row, "value", f"{drug}, of which it is a product, has {least:g} h"
            if quantity == "Tmax" and measured and not min(measured) / 4 <= value <= 4 * max(measured):
                yield row, "value", f"the peak was measured at {measured[0]:g} h"
            below = max((values[at] for at in rows if values[at] < value), default=value)
            if quantity.startswith(("Ki", "Kd", "IC50")) and value > 50 * below:
                yield row, "value", f"another row has {below:g}: is it in another unit?"


@impossible("pharmacology")
def ed50_below_ed95(table: Table) -> Iterator[Fault]:
    """An ED50 that is not below the ED95 of the same effect, or of another number of people."""
    values, units, n = table.number("value"), table.text("unit"), table.number("n")
    pairs: dict[tuple[str, ...], dict[str, int]] = {}
    for row, (quantity, analyte, source) in enumerate(table.keys("quantity", "analyte", "source")):
        name, _, effect = quantity.partition(" ")
        if name in ("ED50", "ED95"):
            pairs.setdefault((effect, analyte, source), {})[name] = row
    for pair in pairs.values():
        if len(pair) == 2 and units[pair["ED50"]] == units[pair["ED95"]]:
            half, most = pair["ED50"], pair["ED95"]
            if not values[half] < values[most]:
                yield half, "value", f"must be below the ED95 of the same effect ({values[most]:g})"
            if abs(n[half] - n[most]) > 0:
                yield half, "n", f"must be that of the ED95 of the same effect ({n[most]:g})"


@suspicious("pharmacology")
def spread_in_range(table: Table) -> Iterator[Fault]:
    """A spread that the range or the value does not allow, or that its location calls the other one."""
    value, sd, se, n = (table.number(name) for name in ("value", "sd", "se", "n"))
    units = table.text("unit")
    spread = np.fmax(sd, se * np.sqrt(n))
    for row in np.flatnonzero(spread > 0).tolist():
        most, whole = 3 * abs(value[row]), {"percent": 100.0, "fraction": 1.0}.get(units[row])
        if whole:  # of a share: that of people who have all of it or nothing
            most = max(math.sqrt(max(value[row] * (whole - value[row]), 0.0)), 0.05 * whole)
        most *= math.sqrt(n[row] / (n[row] - 1)) if n[row] > 1 else 1
        if spread[row] > most:
            column = "sd" if sd[row] > 0 else "se"
            yield row, column, f"implies an SD of {spread[row]:.3g}; at most {most:.3g} is possible"
    for row, where in enumerate(table.text("location")):
        spreads = {
            "sd" if word.upper().startswith(("SD", "STANDARD D")) else "se" for word in SPREAD.findall(where)
        }
        for column, other in (("sd", sd), ("se", se)):
            if other[row] > 0 and spreads and column not in spreads:
                yield row, column, f"its location says {where!r}: is it the {min(spreads).upper()}?"


def _ed50_beyond_doses(table: Table, studies: Table) -> Iterator[Fault]:
    """Doses for half of an effect, or nearly all, beyond those that their source studied."""
    values, sources = table.number("value"), [source.casefold() for source in table.text("source")]
    dois = [doi.casefold() for doi in studies.text("doi")]
    studied: dict[str, list[float]] = {}
    ends = [(dois, studies.number(column)) for column in ("dose_min_mg", "dose_max_mg")]
    for sources_of, doses in (*ends, (sources, table.number("dose_mg"))):
        for source, dose in zip(sources_of, doses.tolist(), strict=True):
            if dose > 0:
                studied.setdefault(source, []).append(dose)
    for row, quantity in enumerate(table.text("quantity")):
        doses_of = studied.get(sources[row], []) if quantity.startswith(("ED50", "ED95")) else []
        far = 2.0 if quantity.startswith("ED95") else 1.0  # that of nearly everybody may lie beyond them
        if doses_of and not min(doses_of) <= values[row] <= far * max(doses_of):
            yield row, "value", f"its source studied {min(doses_of):g} to {max(doses_of):g} mg: extrapolated?"


@suspicious("pharmacology")
def bigger_dose_more_blockade(table: Table, facts: Facts) -> Iterator[Fault]:
    """An occupancy that falls far as the dose rises, or rises far with time after it, within one source, or a
    dose for half of an effect beyond those that the source studied, or for 95% beyond twice the largest."""
    yield from _ed50_beyond_doses(table, facts["studies"])
    values, doses = table.number("value"), table.number("dose_mg")
    hours, blocked = table.number("time_h"), table.mask("quantity", DECLINING)
    for rows in table.groups("quantity", "dose_mg", "source", where=blocked).values():
        ordered = sorted((row for row in rows if hours[row] == hours[row]), key=lambda row: hours[row])
        for before, row in itertools.pairwise(ordered):
            if hours[row] > hours[before] and values[row] > values[before] + 15:
                yield row, "value", f"at {hours[before]:g} h it is {values[before]:g} percent"
    occupancy = table.where("quantity", lambda text: "occupancy" in text and not text.startswith("ED"))
    columns = ("quantity", "analyte", "regimen", "time_h", "source")
    for rows in table.groups(*columns, where=occupancy).values():
        for row in rows:
            below = max((other for other in rows if doses[other] < doses[row]), key=values.item, default=row)
            if values[row] < values[below] - 15:
                yield row, "value", f"{doses[below]:g} mg occupies {values[below]:g} percent"


MODEL: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("half-life-naltrexone", "half-life-6-beta-naltrexol", "tmax-naltrexone"), ()),
    "fraction-unbound-naltrexone": (),
    "ed50-mu-occupancy-naltrexone": ("lower95", "upper95"),
    "ic50-tlr4-mouse-microglia-plus-naltrexone": ("lower95", "upper95"),
    "cmax-naltrexone-100mg": ("dose_mg", "time_h", "sd", "n"),
    "cmax-6-beta-naltrexol-100mg": ("dose_mg", "time_h", "sd", "n"),
    **{
        f"blockade-relative-to-1-h-scan-naltrexone-50mg-{hours}h": ("dose_mg", "time_h", "se")
        for hours in (48, 72, 120, 168)
    },
}
"""Rows that the models of receptors read by their key, and the columns that they need besides the value."""


def _named(key: str, quantity: str, analyte: str, first_words: set[str]) -> tuple[str, str]:
    """Column that a row's key contradicts, and what the key says; empty if it contradicts none."""
    words, own_words = key.split("-"), re.split(r"[ -]", quantity.lower())
    if words[0] in first_words:
        at = 2 if words[0].startswith("ed") else 1
        if words[:at] != own_words[:at]:
            return "quantity", " ".join(words[:at])
    parts = {"6-beta-": "6-beta-naltrexol", "plus-": "(+)-naltrexone", "": "naltrexone"}
    drug = next((drug for part, drug in parts.items() if f"{part}naltrex" in key), analyte)
    if drug != analyte:
        return "analyte", drug
    return "", ""


@impossible("pharmacology")
def key_says_quantity(table: Table, facts: Facts) -> Iterator[Fault]:
    """A row of pharmacology whose key names another quantity, analyte, dose or time."""
    quantities, analytes = table.text("quantity"), table.text("analyte")
    first_words = {re.split(r"[ -]", name.lower())[0] for name in facts["quantities"].text("quantity")}
    ends = (("dose_mg", re.compile(r"-(\d+(?:\.\d+)?)mg\b")), ("time_h", re.compile(r"-(\d+(?:\.\d+)?)h\b")))
    for row, key in enumerate(table.text("pharmacology_id")):
        column, words = _named(key, quantities[row], analytes[row], first_words)
        if column:
            yield row, column, f"its key {key!r} says {words}"
        for name, form in ends:
            at = form.findall(key)
            if at and float(at[-1]) != table.number(name)[row]:
                yield row, name, f"its key {key!r} says {at[-1]}"


@impossible("pharmacology")
def model_row_complete(table: Table) -> Iterator[Fault]:
    """A row that the models of receptors read that is missing, or is without the dose, time or spread that
    they need."""
    there = {key: row for row, key in enumerate(table.text("pharmacology_id"))}
    missing = [key for key in MODEL if key not in there]
    if 0 < len(missing) < len(MODEL):  # without any of them the reports say that there is no model
        reason = f"the model of receptors reads {', '.join(missing)}: not in this table"
        yield len(table) - 1, "pharmacology_id", reason
    for key, columns in MODEL.items():
        for column in columns if key in there else ():
            if math.isnan(table.number(column)[there[key]]):
                yield there[key], column, "is empty: the model of receptors reads it"


@notice("pharmacology")
def model_row_beside(table: Table) -> Iterator[Fault]:
    """A further value of what a model of receptors reads from another row: no model uses it."""
    columns = ("quantity", "analyte", "dose_mg", "time_h")
    keys, meanings = table.text("pharmacology_id"), table.keys(*columns)
    read = {meanings[row]: key for row, key in enumerate(keys) if key in MODEL}
    for row, meaning in enumerate(meanings):
        if keys[row] not in MODEL and meaning in read:
            yield (
                row,
                "value",
                f"stands beside {read[meaning]}, which the models read: no model uses this one",
            )


SHARE = r"(\d+(?:\.\d+)?)(?: ?%)?(?:(?: ?[-–] ?| to )(\d+(?:\.\d+)?))? ?%"
BOUND = re.compile(rf"{SHARE}(?: is| are)? (un)?bound\b|\bbinding (?:of |is |was |about )*{SHARE}", re.I)
ONE_SHARE = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?) ?%(?! ?(?:CI|confidence))")
ROUNDED = 0.0051
"""Half of a printed percent, and what arithmetic adds to it."""


@impossible("pharmacology")
def fraction_as_said(table: Table) -> Iterator[Fault]:
    """A fraction unbound that is none of those which its location says of binding, or a fraction ten or a
    hundred times the one percentage there, or as small a part of it."""
    values, where = table.number("value"), table.text("location")
    for row in np.flatnonzero(table.mask("quantity", "fraction unbound")).tolist():
        ranges = []
        for low, high, un, least, most in BOUND.findall(where[row]):
            ends = sorted(float(end) / 100 for end in (low or least, high or most or low or least))
            ranges.append(ends if un else [1 - ends[1], 1 - ends[0]])
        if ranges and not any(low - ROUNDED <= values[row] <= high + ROUNDED for low, high in ranges):
            free = " or ".join(f"{low:g}" if low == high else f"{low:g} to {high:g}" for low, high in ranges)
            yield row, "value", f"its location says {where[row]!r}: {free} is unbound"
    for row in np.flatnonzero(table.mask("unit", "fraction") & (values > 0)).tolist():
        shares = ONE_SHARE.findall(where[row])
        times = 100 * values[row] / float(shares[0]) if len(shares) == 1 and float(shares[0]) else 1.0
        if any(math.isclose(times, power, rel_tol=1e-6) for power in (0.01, 0.1, 10.0, 100.0)):
            yield row, "value", f"its location says {shares[0]}%"


IN_PERCENT = {
    "pharmacology": "value",
    "clinical_thresholds": "value",
    "responder_benchmarks": "value",
    "published_syntheses": "i2_percent",
    "discontinuation": "percent_stopped",
}
"""Columns that can hold percent: `value` where its unit says so, the others always."""


@suspicious(*IN_PERCENT)
def share_in_percent(table: Table) -> Iterator[Fault]:
    """A share of above 0 and below 1 in percent, without the count that it is of: was a fraction typed?"""
    column = IN_PERCENT[table.name]
    values, percent = table.number(column), table.mask("unit", "percent") | (column != "value")
    percent = percent & np.isnan(table.number("stopped"))
    yield from table.hits(percent & (values > 0) & (values < 1), column, "a fraction? it is in percent")
