"""Events and people in several trials, pooled by the method that suits few events.

Pooled are the risk ratio and difference of Mantel and Haenszel (intervals: Greenland & Robins 1985; Sato
1989) and the odds ratio of Peto (Yusuf 1985); see the Cochrane Handbook, section 10.4. No correction is added
to empty cells: a trial without events in either group says nothing on a ratio and is left out of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ldn_analysis.errors import FloatArray, InputError, finite, one_of, positive
from ldn_analysis.models.counts.rare_events import mantel_haenszel, peto
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
        Heterogeneity of the trials' own estimates about this one: I2 in percent, and the p value of Q.
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
    if measure == "PETO":
        fit = peto(x, m - x, y, w - y, level=level)
    else:
        fit = mantel_haenszel(x, m - x, y, w - y, measure, level=level)
    note = "" if math.isfinite(fit.estimate) else "the counts give no finite estimate with an interval"
    centre, *ci = (fit.estimate, *fit.ci) if measure == "RD" else fit.ratio
    spread = (fit.i2, fit.q_p) if fit.k_used > 1 and not note else (math.nan, math.nan)
    return CountPool(measure, centre, (ci[0], ci[1]), k, n, trials, method, level, note, *spread)


def _check(events_name: str, events: FloatArray, people_name: str, people: FloatArray) -> None:
    positive(people_name, people)
    wrong = np.flatnonzero((events < 0) | (events > people))
    if wrong.size:
        i = int(wrong[0])
        raise InputError(
            f"{events_name}[{i}] is {events[i]:g}: events must lie between 0 and {people_name}[{i}], "
            f"which is {people[i]:g}"
        )
