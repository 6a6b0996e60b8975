"""Limits of an interval, and where along a range of assumptions an interval changes what it says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from scipy.special import ndtri, stdtrit

from ldn_analysis.errors import check_level

__all__ = ["PRINTED_LEVEL", "critical", "flips", "limits_of", "trial_limits"]

PRINTED_LEVEL = 0.95
"""The level of the limits that papers print (the data hold no other)."""


@lru_cache(maxsize=512)
def critical(level: float, df: float = math.inf) -> float:
    """Two-sided critical value: how many standard errors an interval reaches to either side.

    Parameters
    ----------
    level
        Of the interval, for example 0.95.
    df
        Degrees of freedom of Student's t; the normal distribution without. Below 1 there is none: NaN.

    >>> round(critical(0.95), 3), round(critical(0.95, 12), 3)
    (1.96, 2.179)

    Raises
    ------
    InputError
        A level that is not between 0 and 1.
    """
    level = check_level(level)
    if df == math.inf:
        return float(ndtri(0.5 + level / 2))
    return float(stdtrit(df, 0.5 + level / 2)) if df >= 1 else math.nan


def limits_of(yi: float, vi: float, level: float, df: float = math.inf) -> tuple[float, float]:
    """Limits of one study's interval about its estimate `yi` with variance `vi`; arguments of `critical`."""
    half = critical(level, df) * math.sqrt(vi)
    return yi - half, yi + half


def trial_limits(row: Any, level: float = PRINTED_LEVEL) -> tuple[float, float]:
    """Limits of a trial's own interval, from its row (a mapping or Series) of `contrasts.derive`.

    What the paper prints for this very estimate, where it prints it and `level` is 0.95 (rounded as printed,
    so that it need not lie evenly about the estimate); else ``yi`` and ``vi`` with Student's t at the row's
    ``df``, else the normal distribution.
    """
    printed = float(row.get("printed_lower", math.nan)), float(row.get("printed_upper", math.nan))
    if level == PRINTED_LEVEL and all(map(math.isfinite, printed)):
        return printed
    df = float(row.get("df", math.nan))
    return limits_of(float(row["yi"]), float(row["vi"]), level, df if df >= 1 else math.inf)


def flips(
    x: Sequence[float], lower: Sequence[float], upper: Sequence[float], reference: float = 0.0
) -> list[float]:
    """Values of `x` between which the interval starts or stops to include `reference`: midpoints of the
    grid."""
    inside = [lo <= reference <= hi for lo, hi in zip(lower, upper, strict=True)]
    return [(x[i] + x[i + 1]) / 2 for i in range(len(inside) - 1) if inside[i] != inside[i + 1]]
