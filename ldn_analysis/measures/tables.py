"""Effects of two groups from counts: events a and non-events b in group 1, c and d in group 2; or rates."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ldn_analysis.errors import FloatArray, one_of
from ldn_analysis.measures.checks import Effect, numbers, of_one_shape
from ldn_analysis.measures.groups import finish

ZERO_CELLS = ("zero_tables", "if_any_zero", "all", "none", "drop_double_zero")


Pairs = tuple[Any, Any]


def _rr(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> Pairs:
    n1, n2 = a + b, c + d
    return np.log(a / n1) - np.log(c / n2), 1 / a - 1 / n1 + 1 / c - 1 / n2


def _or(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> Pairs:
    return np.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d


def _rd(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> Pairs:
    n1, n2 = a + b, c + d
    p1, p2 = a / n1, c / n2
    return p1 - p2, p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2


def _peto(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> Pairs:
    n1, n2, events = a + b, c + d, a + c
    n = n1 + n2
    v = n1 * n2 * events * (b + d) / (n**2 * (n - 1))
    v = np.where(v > 0, v, np.nan)
    return (a - events * n1 / n) / v, 1 / v


def _smd(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> Pairs:
    factor = math.sqrt(3) / math.pi
    log_odds, variance = _or(a, b, c, d)
    return factor * log_odds, factor**2 * variance


TWO_BY_TWO = {"RR": _rr, "OR": _or, "RD": _rd, "PETO": _peto, "OR2DL": _smd}


def two_by_two(
    measure: str,
    a: ArrayLike,
    n1: ArrayLike,
    c: ArrayLike,
    n2: ArrayLike,
    zero_cells: str = "zero_tables",
    add: float = 0.5,
) -> Effect:
    """Any measure of `TWO_BY_TWO`, from events and totals; group 1 against group 2.

    Parameters
    ----------
    measure
        RR, OR (logs), RD, PETO (log odds ratio), and OR2DL (standardised difference from the log odds ratio,
        of logistic values).
    a, n1, c, n2
        Events and participants in group 1 and group 2. Counts may be fractional, not negative, and a <= n1, c
        <= n2.
    zero_cells : {"zero_tables", "if_any_zero", "all", "none", "drop_double_zero"}
        To which tables `add` is added, in all four cells: those with a zero cell; all if any has one; all;
        none; or as "zero_tables" with tables without any event, or with events only, set aside (NaN).
    add
        What is added, 1/2 by default.

    Returns
    -------
    Effect
        NaN where the measure is not defined (for example a log ratio with zero cells and nothing added) or an
        input is missing. An RD with zero cells and nothing added may have variance 0: it cannot be weighted.
    """
    one_of("measure", measure, TWO_BY_TWO)
    one_of("zero_cells", zero_cells, ZERO_CELLS)
    e1, t1, e2, t2 = of_one_shape(a=(a, 0), n1=(n1, 0, None, True), c=(c, 0), n2=(n2, 0, None, True))
    cells = [e1, numbers("n1 - a", t1 - e1, 0), e2, numbers("n2 - c", t2 - e2, 0)]
    zero = np.any([x == 0 for x in cells], axis=0)
    drop = np.zeros_like(zero)
    if zero_cells == "drop_double_zero":
        drop = ((cells[0] == 0) & (cells[2] == 0)) | ((cells[1] == 0) & (cells[3] == 0))
    corrected: Any = {"if_any_zero": zero.any(), "all": True, "none": False}.get(zero_cells, zero)
    amount = np.where(corrected, add, 0.0)
    with np.errstate(all="ignore"):
        yi, vi = TWO_BY_TWO[measure](*(x + amount for x in cells))
        return finish(measure, np.where(drop, np.nan, yi), vi)


def risk_ratio(
    a: ArrayLike, n1: ArrayLike, c: ArrayLike, n2: ArrayLike, zero_cells: str = "zero_tables"
) -> Effect:
    """Log risk ratio (Handbook 6.4.1.2); zero cells as in `two_by_two`."""
    return two_by_two("RR", a, n1, c, n2, zero_cells)


def odds_ratio(
    a: ArrayLike, n1: ArrayLike, c: ArrayLike, n2: ArrayLike, zero_cells: str = "zero_tables"
) -> Effect:
    """Log odds ratio (Handbook 6.4.1.2); zero cells as in `two_by_two`."""
    return two_by_two("OR", a, n1, c, n2, zero_cells)


def risk_difference(
    a: ArrayLike, n1: ArrayLike, c: ArrayLike, n2: ArrayLike, zero_cells: str = "zero_tables"
) -> Effect:
    """Risk difference (Handbook 6.4.1.4). Half an event is added to tables with a zero cell unless "none"."""
    return two_by_two("RD", a, n1, c, n2, zero_cells)


def peto_odds_ratio(
    a: ArrayLike, n1: ArrayLike, c: ArrayLike, n2: ArrayLike, zero_cells: str = "none"
) -> Effect:
    """Peto's log odds ratio ``(O - E) / V`` with variance ``1 / V`` (Yusuf 1985; Handbook 10.4.2).

    Zero cells need nothing added, and nothing is by default; without any event (or any non-event) it is NaN.
    """
    return two_by_two("PETO", a, n1, c, n2, zero_cells)


def matched_pairs(measure: str, both: ArrayLike, first: ArrayLike, second: ArrayLike, n: ArrayLike) -> Effect:
    """Two conditions of the same people: MPRR (log ratio of the two risks) or MPRD (their difference).

    The pairing enters the variance through those who had the event under both conditions (McNemar's table).

    Parameters
    ----------
    measure : {"MPRR", "MPRD"}
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
    one_of("measure", measure, ("MPRR", "MPRD"))
    a, x, y, size = of_one_shape(both=(both, 0), first=(first, 0), second=(second, 0), n=(n, 0))
    cells = [a, numbers("first - both", x - a, 0), numbers("second - both", y - a, 0)]
    cells.append(numbers("people without the event", size - x - y + a, 0))
    added = np.where(np.any([cell == 0 for cell in cells], axis=0), 0.5, 0.0)
    a, b, c, d = (cell + added for cell in cells)
    total = a + b + c + d
    with np.errstate(all="ignore"):
        if measure == "MPRR":
            yi, vi = np.log((a + b) / (a + c)), (b + c) / ((a + b) * (a + c))
        else:
            yi, vi = (b - c) / total, (b + c - (b - c) ** 2 / total) / total**2
        return finish(measure, yi, vi)


def two_rates(
    measure: str, events1: ArrayLike, time1: ArrayLike, events2: ArrayLike, time2: ArrayLike, add: float = 0.5
) -> Effect:
    """Two incidence rates: IRR (log ratio), IRD (difference) or IRSD (difference of square roots).

    `add` goes to both counts where either is zero (not for IRSD).
    """
    one_of("measure", measure, ("IRR", "IRD", "IRSD"))
    x1, t1, x2, t2 = of_one_shape(
        events1=(events1, 0), time1=(time1, 0, None, True), events2=(events2, 0), time2=(time2, 0, None, True)
    )
    extra = np.where((x1 == 0) | (x2 == 0), 0.0 if measure == "IRSD" else add, 0.0)
    x1, x2 = x1 + extra, x2 + extra
    with np.errstate(all="ignore"):
        a, b = x1 / t1, x2 / t2
        if measure == "IRR":
            return finish(measure, np.log(a) - np.log(b), 1 / x1 + 1 / x2)
        if measure == "IRD":
            return finish(measure, a - b, x1 / t1**2 + x2 / t2**2)
        return finish(measure, np.sqrt(a) - np.sqrt(b), 1 / (4 * t1) + 1 / (4 * t2))
