"""Numbers, counts and lists in words: the same in every table, picture and sentence."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

import pandas as pd

from ldn_analysis import html
from ldn_analysis.errors import InputError

MISSING = html.MISSING
"""What stands where there is no value."""


def number(value: float, digits: int = 2) -> str:
    """A number for a label: true minus sign, fixed digits, an en dash where there is none."""
    if value is None or math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    text = f"{value:.{digits}f}"
    return ("−" + text[1:]) if text.startswith("-") and float(text) != 0 else text.lstrip("-")


_HYPHEN = re.compile(r"(?<![\w.,/:=#&\-–−])-(?=\.?\d)")


def minus_signs(text: str) -> str:
    """Words with one minus sign: a hyphen before a number becomes a true minus sign; ± stays with its number.

    Hyphens inside ranges, names and identifiers (``3-4.5 mg``, ``10.1111/j.1526-4637``) stay.
    """
    return _HYPHEN.sub("−", text).replace("± ", "±\u00a0")


def interval(estimate: float, lower: float, upper: float, digits: int = 2) -> str:
    """An estimate and its interval as ``−0.34 [−0.95, 0.27]``."""
    if not math.isfinite(lower):
        return number(estimate, digits)
    return f"{number(estimate, digits)} [{number(lower, digits)}, {number(upper, digits)}]"


def span(low: float, high: float, digits: int = 2) -> str:
    """From where to where, in a sentence: ``−0.95 to 0.27``."""
    return f"{number(low, digits)} to {number(high, digits)}"


def spoken(estimate: float, lower: float, upper: float, digits: int = 2, unit: str = "") -> str:
    """An estimate and its interval in a sentence: ``−0.34 (−0.95 to 0.27)``, ``1.2 kPa (...)``."""
    return f"{f'{number(estimate, digits)} {unit}'.rstrip()} ({span(lower, upper, digits)})"


def count(n: int, noun: str, many: str | None = None) -> str:
    """A number of things in words up to ten: ``three trials``."""
    return f"{numeral(n)} {noun if n == 1 else many or noun + 's'}"


def people(n: float, noun: str = "people") -> str:
    """A number of people, which may not be known (0 or NaN): ``92 people``."""
    return f"{n:,.0f} {noun}" if n > 0 else f"an unknown number of {noun}"


def numeral(n: int) -> str:
    """A number in words up to ten; nought is ``no``."""
    return _NUMBERS[n] if 0 <= n < len(_NUMBERS) else f"{n:,}"


_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def out_of(k: int, n: int, noun: str, many: str, verbs: tuple[str, str]) -> str:
    """How many of so many did something, as subject and verb: ``2 of 5 trials show``.

    ``None of 2 trials shows``; of one thing without a share: ``The only trial shows``, ``No trial (of one)
    shows``. `verbs` are the singular and the plural.
    """
    if n < 2:
        only = f"The only {noun}" if k else f"No {noun} (of one)" if n else f"No {noun}"
        return f"{only} {verbs[0]}"
    return f"{k or 'None'} of {n} {many} {verbs[k > 1]}"


def percent(p: float) -> str:
    """A probability as a percentage that never claims certainty: ``under 1%``, ``81%``, ``over 99%``."""
    if not 0 <= p <= 1:
        raise InputError(f"p is {p!r}: must be between 0 and 1")
    return "under 1%" if p < 0.01 else "over 99%" if p > 0.99 else f"{100 * p:.0f}%"


def points(mid: float) -> str:
    """A threshold with its unit: ``1 point``, ``0.5 points``."""
    return f"{mid:g} point{'' if mid == 1 else 's'}"


def milligrams(doses: Iterable[float], last: str = "and") -> str:
    """Doses in a sentence: ``1.5, 3 and 4.5 mg``."""
    return f"{listed([f'{dose:g}' for dose in doses], last)} mg"


def of_level(level: float) -> str:
    """An interval's name: ``95% interval``."""
    return f"{100 * level:g}% interval"


UNITS = {"degC": "°C", "kg/cm2": "kg/cm²", "kg/m2": "kg/m²"}


def unit(name: str) -> str:
    """A unit of the data as a reader writes it."""
    return UNITS.get(name, name)


def listed(words: list[str], last: str = "and") -> str:
    """Words as a list in a sentence: ``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def capital(text: str) -> str:
    """A text with a capital letter at its start; the rest as it is."""
    return text[:1].upper() + text[1:]


def side(x: float, digits: int = 2) -> str:
    """A difference in words: ``0.22 lower``."""
    return f"{abs(x):.{digits}f} {'lower' if x < 0 else 'higher'}"


def rows_of(table: pd.DataFrame) -> list[Any]:
    """The rows of a table, with their cells as attributes."""
    return list(table.itertuples())
