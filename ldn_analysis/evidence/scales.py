"""The measures: what each instrument's scale, unit and direction are, and how it converts.

``measures.csv`` says it; no other place does. Differences are LDN minus placebo.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from ldn_analysis.errors import InputError

PAIN_SCALE = "NRS points (0-10)"
WIDTHS = {PAIN_SCALE: 10.0, "points (0-100)": 100.0}
"""The scales on which studies are compared, with their widths."""
UNIT_WIDTHS = {"mm": 100.0, "cm": 10.0}
"""Widths that a scale in these units must have."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A measure in one of its units.

    Attributes
    ----------
    measure, domain, unit : str
    low, high : float
        Ends of the scale; NaN where it has none, or where they are not known.
    better : str
        Direction of benefit, ``"lower"`` or ``"higher"``; empty where there is none.
    plausible : tuple of float
        Smallest and largest level that is plausible: the ends of the scale, or what ``measures.csv`` says.
    converts_to : str
        Scale on which studies are compared; empty where a value cannot be put on it.
    conversion : str
        ``"as it is"``, ``"rescale"``, ``"turn"`` (higher becomes lower), ``"percent of baseline"`` (needs the
        baseline mean), or empty.
    formula, source : str
        The conversion in words, and where scale and direction stand.
    """

    measure: str
    domain: str
    unit: str
    low: float
    high: float
    better: str
    plausible: tuple[float, float]
    converts_to: str
    conversion: str
    formula: str
    source: str


def _end(scale_end: float, plausible_end: float) -> float:
    return plausible_end if math.isnan(scale_end) else scale_end


def scales(measures: pd.DataFrame) -> tuple[Scale, ...]:
    """All rows of the table of measures.

    Parameters
    ----------
    measures : DataFrame
        ``measures.csv``: measure, domain, unit, scale_min, scale_max, better, plausible_min, plausible_max,
        converts_to, conversion, formula, source.
    """
    text = ["measure", "domain", "unit", "better", "converts_to", "conversion", "formula", "source"]
    ends = ["scale_min", "scale_max", "plausible_min", "plausible_max"]
    words = [["" if pd.isna(cell) else str(cell) for cell in measures[name].tolist()] for name in text]
    numbers = [pd.to_numeric(measures[name], errors="coerce").tolist() for name in ends]
    return tuple(
        Scale(measure, domain, unit, low, high, better, (_end(low, least), _end(high, most)), *conversion)
        for measure, domain, unit, better, *conversion, low, high, least, most in zip(
            *words, *numbers, strict=True
        )
    )


def _same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))


def scale_of(
    measures: pd.DataFrame | Iterable[Scale], measure: str, unit: str, low: float, high: float
) -> Scale:
    """The scale of a row of outcomes, by its measure, unit and ends.

    Raises
    ------
    InputError
        If ``measures.csv`` has no such row; the message lists the units and scales that the measure has.
    """
    known = scales(measures) if isinstance(measures, pd.DataFrame) else tuple(measures)
    same = [scale for scale in known if scale.measure == measure]
    for scale in same:
        if scale.unit == unit and _same(scale.low, low) and _same(scale.high, high):
            return scale
    listed = "; ".join(f"{scale.unit or 'no unit'} ({scale.low:g} to {scale.high:g})" for scale in same)
    raise InputError(
        f"measure is {measure!r} in {unit!r} ({low:g} to {high:g}): "
        + (f"measures.csv has it in {listed}" if listed else "measures.csv does not have it")
    )
