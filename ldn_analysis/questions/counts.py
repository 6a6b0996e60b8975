"""Few events: exact intervals, what zero events exclude, and pooled two-by-two tables, as reports need them.

The statistics are those of `models`; here they take events and people, and say how many trials had a say.
Pooled are the risk ratio and difference of Mantel and Haenszel (intervals: Greenland & Robins 1985; Sato
1989) and the odds ratio of Peto (Yusuf 1985); see the Cochrane Handbook, section 10.4. No correction is added
to empty cells: a trial without events in either group says nothing on a ratio and is left out of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaincinv

from ldn_analysis import models
from ldn_analysis.errors import InputError, check_level, one_of

__all__ = [
    "CountPool",
    "exact_proportion",
    "exact_rate",
    "needed_to_exclude",
    "pool_counts",
    "upper_limit_without_events",
]

MEASURES = ("RR", "RD", "PETO")


def checked_counts(events: float, n: float) -> tuple[float, float]:
    """Events and people as floats; `InputError` unless 0 <= events <= n and n is above 0."""
    if not 0 <= events <= n or n <= 0:
        raise InputError(f"events and n are {events!r} and {n!r}: need 0 <= events <= n and n above 0")
    return float(events), float(n)


def exact_proportion(events: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Two-sided interval of Clopper and Pearson (1934) for a proportion.

    >>> [round(x, 4) for x in exact_proportion(2, 10)]
    [0.0252, 0.5561]
    """
    found = models.exact_proportion(*checked_counts(events, n), level)
    return found.lower, found.upper


def upper_limit_without_events(n: float, level: float = 0.95) -> float:
    """Largest frequency that zero events in `n` people leave open, one-sided: ``1 - (1 - level)^(1/n)``.

    At 95% it is close to ``3 / n``, the rule of three (Hanley & Lippman-Hand 1983, JAMA 249:1743).
    """
    return models.zero_event_bound(n, level)


def needed_to_exclude(frequency: float, level: float = 0.95) -> int:
    """People who must all stay without the event before a frequency as high as `frequency` is excluded."""
    if not 0 < frequency < 1:
        raise InputError(f"frequency is {frequency!r}: must lie between 0 and 1")
    return math.ceil(math.log1p(-check_level(level)) / math.log1p(-frequency))


def exact_rate(events: float, exposure: float, level: float = 0.95) -> tuple[float, float]:
    """Two-sided interval of a Poisson rate per unit of `exposure` (Garwood 1936); with no events the upper
    limit is one-sided, as in `upper_limit_without_events`."""
    if events < 0 or exposure <= 0:
        raise InputError(f"events and exposure are {events!r} and {exposure!r}: need >= 0 and > 0")
    tail = (1 - check_level(level)) / (1 if events == 0 else 2)
    low = 0.0 if events == 0 else float(gammaincinv(events, tail)) / exposure
    return low, float(gammaincinv(events + 1, 1 - tail)) / exposure


@dataclass(frozen=True, slots=True)
class CountPool:
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


def pool_counts(
    a: npt.ArrayLike,
    n1: npt.ArrayLike,
    c: npt.ArrayLike,
    n2: npt.ArrayLike,
    measure: str = "RR",
    level: float = 0.95,
) -> CountPool:
    """Pool `a` events of `n1` under LDN and `c` of `n2` under control, arrays of one shape.

    Raises
    ------
    InputError
        Shapes that differ, no trial, or more events than people.
    """
    one_of("measure", measure, MEASURES)
    x, m, y, w = (np.atleast_1d(np.asarray(v, dtype=float)) for v in (a, n1, c, n2))
    if not x.shape == m.shape == y.shape == w.shape or x.size == 0:
        raise InputError("a, n1, c and n2 must have one shape and hold at least one trial")
    for events, size in ((x, m), (y, w)):
        for one, all_ in zip(events, size, strict=True):
            checked_counts(one, all_)
    some = (x + y > 0) if measure != "PETO" else (x + y > 0) & (x + y < m + w)
    trials, method = x.size, "Peto" if measure == "PETO" else "Mantel-Haenszel"
    if measure != "RD" or not some.any():
        x, m, y, w = x[some], m[some], y[some], w[some]
    k, n = x.size, int(m.sum() + w.sum())
    if not k:
        note = "no event in any group: neither a ratio nor a difference can be compared"
        return CountPool(measure, math.nan, (math.nan, math.nan), 0, 0, trials, method, level, note)
    if measure == "PETO":
        fit = models.peto(x, m - x, y, w - y, level=level)
    else:
        fit = models.mantel_haenszel(x, m - x, y, w - y, measure, level=level)
    note = "" if math.isfinite(fit.estimate) else "the counts give no finite estimate with an interval"
    centre, *ci = (fit.estimate, *fit.ci) if measure == "RD" else fit.ratio
    return CountPool(measure, centre, (ci[0], ci[1]), k, n, trials, method, level, note)
