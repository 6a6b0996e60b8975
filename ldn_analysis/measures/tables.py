"""Effects of two groups, or of two conditions of the same people, from counts of events.

Group 1 against group 2. A measure is NaN where an input is missing or it does not exist, such as a log ratio
with a zero cell to which nothing is added.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ldn_analysis.errors import one_of
from ldn_analysis.measures.checks import Effect, FloatArray, effect, numbers

__all__ = ["matched_pairs", "odds_ratio", "rate_ratio", "risk_difference", "risk_ratio", "two_by_two"]

Array = npt.ArrayLike


def two_by_two(measure: str, a: Array, n1: Array, c: Array, n2: Array) -> Effect:
    """`risk_ratio` (RR), `odds_ratio` (OR) or `risk_difference` (RD), by its short name.

    Parameters
    ----------
    a, n1, c, n2
        Events and participants in group 1 and group 2. Counts may be fractional, not negative, and a <= n1, c
        <= n2. A half is added to all four cells of a table that has a zero cell.
    """
    one_of("measure", measure, ("RR", "OR", "RD"))
    e1, t1, e2, t2 = np.broadcast_arrays(
        numbers("a", a, 0),
        numbers("n1", n1, 0, strict=True),
        numbers("c", c, 0),
        numbers("n2", n2, 0, strict=True),
    )
    cells = [e1, numbers("n1 - a", t1 - e1, 0), e2, numbers("n2 - c", t2 - e2, 0)]
    x, not_x, y, not_y = _with_half(cells)
    m, n = x + not_x, y + not_y
    p1, p2 = x / m, y / n
    if measure == "RR":
        return effect(measure, np.log(p1) - np.log(p2), 1 / x - 1 / m + 1 / y - 1 / n)
    if measure == "OR":
        odds = x * not_y / (not_x * y)
        return effect(measure, np.log(odds), 1 / x + 1 / not_x + 1 / y + 1 / not_y)
    return effect(measure, p1 - p2, p1 * (1 - p1) / m + p2 * (1 - p2) / n)


def _with_half(cells: list[FloatArray]) -> list[FloatArray]:
    """The cells of tables, a half added to all of a table where one is zero."""
    half = np.where(np.any([cell == 0 for cell in cells], axis=0), 0.5, 0.0)
    return [cell + half for cell in cells]


def risk_ratio(a: Array, n1: Array, c: Array, n2: Array) -> Effect:
    """Log risk ratio (Handbook 6.4.1.2); arguments as in `two_by_two`."""
    return two_by_two("RR", a, n1, c, n2)


def odds_ratio(a: Array, n1: Array, c: Array, n2: Array) -> Effect:
    """Log odds ratio (Handbook 6.4.1.2); arguments as in `two_by_two`."""
    return two_by_two("OR", a, n1, c, n2)


def risk_difference(a: Array, n1: Array, c: Array, n2: Array) -> Effect:
    """Risk difference (Handbook 6.4.1.4); arguments as in `two_by_two`."""
    return two_by_two("RD", a, n1, c, n2)


def rate_ratio(events1: Array, time1: Array, events2: Array, time2: Array) -> Effect:
    """Log ratio of two incidence rates, IRR; a half is added to both counts where one is zero."""
    x1, t1, x2, t2 = np.broadcast_arrays(
        numbers("events1", events1, 0),
        numbers("time1", time1, 0, strict=True),
        numbers("events2", events2, 0),
        numbers("time2", time2, 0, strict=True),
    )
    x1, x2 = _with_half([x1, x2])
    return effect("IRR", np.log(x1 / t1) - np.log(x2 / t2), 1 / x1 + 1 / x2)


def matched_pairs(both: Array, first: Array, second: Array, n: Array) -> Effect:
    """Log ratio of the two risks of the same people under two conditions, MPRR.

    The pairing enters the variance through those who had the event under both conditions (McNemar's table).

    Parameters
    ----------
    both, first, second
        People with the event under both conditions, under the first, and under the second (each of the last
        two holds `both`).
    n
        People.

    Returns
    -------
    Effect
        First condition against second. Where one of the four cells is zero, a half is added to all four.
        Formulas as in metafor's ``escalc`` (Zou 2007; Fleiss, Levin & Paik 2003, chapter 13).

    Raises
    ------
    InputError
        Counts that no table of the same people can have.
    """
    x11, x, y, size = np.broadcast_arrays(*(numbers(name, value, 0) for name, value in (
        ("both", both), ("first", first), ("second", second), ("n", n)
    )))  # fmt: skip
    cells = [x11, numbers("first - both", x - x11, 0), numbers("second - both", y - x11, 0)]
    a, b, c, _ = _with_half([*cells, numbers("people without the event", size - x - y + x11, 0)])
    return effect("MPRR", np.log((a + b) / (a + c)), (b + c) / ((a + b) * (a + c)))
