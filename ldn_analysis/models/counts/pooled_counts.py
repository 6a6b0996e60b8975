"""Events and people in several trials, pooled by the method that suits few events.

Pooled are the risk ratio and difference of Mantel and Haenszel (variances: Greenland & Robins 1985,
Biometrics 41:55; Sato 1989, Biometrics 45:1323) and the odds ratio of Peto (Yusuf 1985), which suits events
below 1 %, small effects and arms of similar size; see the Cochrane Handbook, section 10.4. No correction is
added to empty cells: a trial without events in either group says nothing on a ratio and is left out of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc

from ldn_analysis import measures
from ldn_analysis.errors import FloatArray, InputError, finite, one_of, positive
from ldn_analysis.models.limits import critical
from ldn_analysis.models.results import Result

MEASURES = ("RR", "RD", "PETO")


@dataclass(frozen=True, slots=True)
class CountPool(Result):
    """A pooled comparison of counts.

    Attributes
    ----------
    measure : {"RR", "RD", "PETO"}
    estimate, ci
        Ratios as ratios, differences as proportions; LDN over or minus control. NaN where there are no
        events to compare.
    k, n
        Trials that contribute, and participants in them.
    trials
        Trials looked at, those without events included.
    method, level, note
        Name of the method, level of `ci`, and what it could not give (or an empty string).
    i2, q_p
        Heterogeneity of the trials' own estimates about this one (1/2 added where a cell is empty, but for
        Peto): I2 in percent, and the p value of Q.
    """

    measure: str
    estimate: float
    ci: tuple[float, float]
    k: int
    n: int
    trials: int
    method: str
    level: float
    note: str = ""
    i2: float = math.nan
    q_p: float = math.nan


def pool_counts(
    a: npt.ArrayLike,
    n1: npt.ArrayLike,
    c: npt.ArrayLike,
    n2: npt.ArrayLike,
    measure: str = "RR",
    level: float = 0.95,
) -> CountPool:
    """Pool `a` events of `n1` under LDN and `c` of `n2` under control, arrays of shape (trials,).

    Parameters
    ----------
    a, n1, c, n2
        Events and people in either group.
    measure
        ``"RR"`` and ``"RD"`` by Mantel and Haenszel, ``"PETO"``: Peto's odds ratio.
    level
        Of the interval.

    Raises
    ------
    InputError
        Shapes that differ, no trial, or more events than people.
    """
    one_of("measure", measure, MEASURES)
    z = critical(level)
    groups = {"a": a, "n1": n1, "c": c, "n2": n2}
    x, m, y, w = (np.atleast_1d(finite(name, counts)) for name, counts in groups.items())
    if not x.shape == m.shape == y.shape == w.shape or x.size == 0:
        raise InputError("a, n1, c and n2 must have one shape and hold at least one trial")
    _check("a", x, "n1", m)
    _check("c", y, "n2", w)
    some = (x + y > 0) if measure != "PETO" else (x + y > 0) & (x + y < m + w)
    trials, method = x.size, "Peto" if measure == "PETO" else "Mantel-Haenszel"
    if measure != "RD" or not some.any():
        x, m, y, w = x[some], m[some], y[some], w[some]
    k, n = x.size, int(m.sum() + w.sum())
    if not k:
        who = "everybody, or nobody, had the event" if np.any(a) or np.any(c) else "no event in any group"
        note = f"{who}: neither a ratio nor a difference can be compared"
        return CountPool(measure, math.nan, (math.nan, math.nan), 0, 0, trials, method, level, note)
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = {"RR": _risk_ratio, "RD": _risk_difference, "PETO": _peto}[measure](x, m, y, w)
    estimate, variance = map(float, pooled)
    if not (math.isfinite(estimate) and variance > 0 and math.isfinite(variance)):
        note = "the counts give no finite estimate with an interval"
        return CountPool(measure, math.nan, (math.nan, math.nan), k, n, trials, method, level, note)
    half = z * math.sqrt(variance)
    limits = (estimate, estimate - half, estimate + half)
    centre, low, high = limits if measure == "RD" else map(math.exp, limits)
    spread = _heterogeneity(measure, estimate, x, m, y, w)
    return CountPool(measure, centre, (low, high), k, n, trials, method, level, "", *spread)


def _check(events_name: str, events: FloatArray, people_name: str, people: FloatArray) -> None:
    positive(people_name, people)
    wrong = np.flatnonzero((events < 0) | (events > people))
    if wrong.size:
        i = int(wrong[0])
        raise InputError(
            f"{events_name}[{i}] is {events[i]:g}: events must lie between 0 and {people_name}[{i}], "
            f"which is {people[i]:g}"
        )


Point = tuple[FloatArray, FloatArray]
"""An estimate (of a ratio its logarithm) and its variance."""


def _risk_ratio(a: FloatArray, n1: FloatArray, c: FloatArray, n2: FloatArray) -> Point:
    n = n1 + n2
    treated, control = (a * n2 / n).sum(), (c * n1 / n).sum()
    return np.log(treated / control), (n1 * n2 * (a + c) / n**2 - a * c / n).sum() / (treated * control)


def _risk_difference(a: FloatArray, n1: FloatArray, c: FloatArray, n2: FloatArray) -> Point:
    n = n1 + n2
    weight = (n1 * n2 / n).sum()
    rd = (a * n2 / n - c * n1 / n).sum() / weight
    bend = (c * (n1 / n) ** 2 - a * (n2 / n) ** 2 + n1 * n2 * (n2 - n1) / n**2 / 2).sum()
    return rd, (rd * bend + (a * (n2 - c) / n + c * (n1 - a) / n).sum() / 2) / weight**2


def _peto(a: FloatArray, n1: FloatArray, c: FloatArray, n2: FloatArray) -> Point:
    surplus, v = _surplus(a, n1, c, n2)
    return surplus.sum() / v.sum(), 1 / v.sum()


def _surplus(a: FloatArray, n1: FloatArray, c: FloatArray, n2: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Events of the first group beyond those expected, and their variance."""
    n, events, none = n1 + n2, a + c, (n1 - a) + (n2 - c)
    return a - events * n1 / n, events * none * n1 * n2 / (n**2 * (n - 1))


def _heterogeneity(
    measure: str, estimate: float, a: FloatArray, n1: FloatArray, c: FloatArray, n2: FloatArray
) -> tuple[float, float]:
    """I2 in percent and the p value of Q, of trials with both events and non-events; NaN for one of them."""
    says = (a + c > 0) & (a + c < n1 + n2)
    groups = a[says], n1[says], c[says], n2[says]
    if measure == "PETO":
        surplus, v = _surplus(*groups)
        yi, vi = surplus / v, 1 / v
    else:
        own = measures.two_by_two(measure, *groups)
        yi, vi = own.yi, own.vi
    df = yi.size - 1
    if df < 1:
        return math.nan, math.nan
    q = float(((yi - estimate) ** 2 / vi).sum())
    return 100 * max(0.0, (q - df) / q) if q > 0 else 0.0, float(chdtrc(df, q))
