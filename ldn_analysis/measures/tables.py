"""Effects of two groups from a 2x2 table: events a and non-events b in group 1, c and d in group 2."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from ldn_analysis.errors import FloatArray, one_of
from ldn_analysis.measures.checks import Effect, numbers, of_one_shape
from ldn_analysis.measures.groups import finish

ZERO_CELLS = ("zero_tables", "if_any_zero", "all", "none", "drop_double_zero")


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The four cells, arrays of one shape."""

    a: FloatArray
    b: FloatArray
    c: FloatArray
    d: FloatArray

    @property
    def n1(self) -> FloatArray:
        return self.a + self.b

    @property
    def n2(self) -> FloatArray:
        return self.c + self.d

    @property
    def n(self) -> FloatArray:
        return self.n1 + self.n2

    @property
    def risks(self) -> tuple[FloatArray, FloatArray]:
        return self.a / self.n1, self.c / self.n2

    @property
    def odds(self) -> FloatArray:
        return self.a * self.d / (self.b * self.c)

    @property
    def reciprocals(self) -> FloatArray:
        return 1 / self.a + 1 / self.b + 1 / self.c + 1 / self.d


Pairs = tuple[Any, Any]


def _rr(t: Cells) -> Pairs:
    p1, p2 = t.risks
    return np.log(p1) - np.log(p2), 1 / t.a - 1 / t.n1 + 1 / t.c - 1 / t.n2


def _or(t: Cells) -> Pairs:
    return np.log(t.odds), t.reciprocals


def _rd(t: Cells) -> Pairs:
    p1, p2 = t.risks
    return p1 - p2, p1 * (1 - p1) / t.n1 + p2 * (1 - p2) / t.n2


def _as(t: Cells) -> Pairs:
    p1, p2 = t.risks
    return np.arcsin(np.sqrt(p1)) - np.arcsin(np.sqrt(p2)), 1 / (4 * t.n1) + 1 / (4 * t.n2)


def _peto(t: Cells) -> Pairs:
    events = t.a + t.c
    expected = events * t.n1 / t.n
    v = t.n1 * t.n2 * events * (t.b + t.d) / (t.n**2 * (t.n - 1))
    v = np.where(v > 0, v, np.nan)
    return (t.a - expected) / v, 1 / v


def _phi(t: Cells) -> Pairs:
    margins = t.n1 * t.n2 * (t.a + t.c) * (t.b + t.d)
    yi = (t.a * t.d - t.b * t.c) / np.sqrt(np.where(margins > 0, margins, np.nan))
    p, q = t.n1 / t.n, (t.a + t.c) / t.n
    row, col = (2 * p - 1) / np.sqrt(p * (1 - p)), (2 * q - 1) / np.sqrt(q * (1 - q))
    # all four cells random (Bishop, Fienberg & Holland 1975, eq. 11.2-18)
    vi = (1 - yi**2 + yi * (1 + yi**2 / 2) * row * col - 0.75 * yi**2 * (row**2 + col**2)) / t.n
    return yi, vi


def _yule_q(t: Cells) -> Pairs:
    q = (t.odds - 1) / (t.odds + 1)
    return q, (1 - q**2) ** 2 / 4 * t.reciprocals


def _yule_y(t: Cells) -> Pairs:
    y = (np.sqrt(t.odds) - 1) / (np.sqrt(t.odds) + 1)
    return y, (1 - y**2) ** 2 / 16 * t.reciprocals


def _probit(t: Cells) -> Pairs:
    p1, p2 = t.risks
    z1, z2 = special.ndtri(p1), special.ndtri(p2)
    vi = 2 * math.pi * (p1 * (1 - p1) * np.exp(z1**2) / t.n1 + p2 * (1 - p2) * np.exp(z2**2) / t.n2)
    return z1 - z2, vi


def _smd(factor: float) -> Callable[[Cells], Pairs]:
    def formula(t: Cells) -> Pairs:
        return factor * np.log(t.odds), factor**2 * t.reciprocals

    return formula


# Each measure, and whether half an event is added to tables with a zero cell unless asked otherwise.
TWO_BY_TWO: dict[str, tuple[Callable[[Cells], Pairs], bool]] = {
    "RR": (_rr, True),
    "OR": (_or, True),
    "RD": (_rd, True),
    "AS": (_as, False),
    "PETO": (_peto, True),
    "PHI": (_phi, False),
    "YUQ": (_yule_q, True),
    "YUY": (_yule_y, True),
    "PBIT": (_probit, True),
    "OR2DL": (_smd(math.sqrt(3) / math.pi), True),
    "OR2DN": (_smd(1 / 1.65), True),
}


def two_by_two(
    measure: str,
    a: ArrayLike,
    n1: ArrayLike,
    c: ArrayLike,
    n2: ArrayLike,
    zero_cells: str | None = None,
    add: float = 0.5,
) -> Effect:
    """Any measure of `TWO_BY_TWO`, from events and totals; group 1 against group 2.

    Parameters
    ----------
    measure
        RR, OR (logs), RD, AS (arcsine difference), PETO (log odds ratio), PHI, YUQ, YUY, PBIT, and OR2DL,
        OR2DN (standardised difference from the log odds ratio; logistic and normal).
    a, n1, c, n2
        Events and participants in group 1 and group 2. Counts may be fractional, not negative, and a <= n1, c
        <= n2.
    zero_cells : {"zero_tables", "if_any_zero", "all", "none", "drop_double_zero"}
        To which tables `add` is added, in all four cells: those with a zero cell; all if any has one; all;
        none; or as "zero_tables" with tables without any event, or with events only, set aside (NaN).
        Default: "zero_tables", but "none" for AS and PHI, which do not need it.
    add
        What is added, 1/2 by default.

    Returns
    -------
    Effect
        NaN where the measure is not defined (for example a log ratio with zero cells and nothing added) or an
        input is missing. An RD with zero cells and nothing added may have variance 0: it cannot be weighted.
    """
    one_of("measure", measure, TWO_BY_TWO)
    formula, adds = TWO_BY_TWO[measure]
    rule = zero_cells if zero_cells is not None else ("zero_tables" if adds else "none")
    one_of("zero_cells", rule, ZERO_CELLS)
    e1, t1, e2, t2 = of_one_shape(a=(a, 0), n1=(n1, 0, None, True), c=(c, 0), n2=(n2, 0, None, True))
    cells = [e1, numbers("n1 - a", t1 - e1, 0), e2, numbers("n2 - c", t2 - e2, 0)]
    zero = np.any([x == 0 for x in cells], axis=0)
    drop = np.zeros_like(zero)
    if rule == "drop_double_zero":
        drop = ((cells[0] == 0) & (cells[2] == 0)) | ((cells[1] == 0) & (cells[3] == 0))
    where = {
        "zero_tables": zero,
        "drop_double_zero": zero,
        "if_any_zero": np.full_like(zero, bool(zero.any())),
        "all": np.ones_like(zero),
        "none": np.zeros_like(zero),
    }[rule]
    amount = np.where(where, add, 0.0)
    with np.errstate(all="ignore"):
        yi, vi = formula(Cells(*(x + amount for x in cells)))
        yi = np.where(drop, np.nan, yi)
        return finish(measure, (yi, {"LS": lambda: vi}), "LS")


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
        return finish(measure, (yi, {"LS": lambda: vi}), "LS")
