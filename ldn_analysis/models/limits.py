"""What was concluded from the interval of a mean, and limits of intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence


def flips(
    x: Sequence[float], lower: Sequence[float], upper: Sequence[float], reference: float = 0.0
) -> list[float]:
    """Values of `x` between which the interval starts or stops to include `reference`: midpoints of the
    grid."""
    inside = [lo <= reference <= hi for lo, hi in zip(lower, upper, strict=True)]
    return [(x[i] + x[i + 1]) / 2 for i in range(len(inside) - 1) if inside[i] != inside[i + 1]]


def limits_of(yi: float, vi: float, level: float) -> tuple[float, float]:
    """The study's own interval, as it is drawn in every forest plot: normal, at the fit's level."""
    from statistics import NormalDist

    half = NormalDist().inv_cdf(0.5 + level / 2) * math.sqrt(vi)
    return yi - half, yi + half
