"""Small-sample corrections of standardised differences."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from ldn_analysis.errors import one_of
from ldn_analysis.measures.checks import numbers, scalar


def hedges_j(df: ArrayLike, correction: str = "exact") -> Any:
    """Factor that makes a standardised difference unbiased (Hedges 1981).

    Parameters
    ----------
    df
        Degrees of freedom of the standardising SD. NaN where ``df <= 1`` under "exact": no correction exists.
    correction
        "exact": ``gamma(m/2) / (sqrt(m/2) gamma((m - 1)/2))``; "approximate": ``1 - 3/(4 m - 1)``; "none": 1.
    """
    m = numbers("df", df)
    one_of("correction", correction, ("exact", "approximate", "none"))
    if correction == "none":
        return scalar(np.where(np.isnan(m), np.nan, 1.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        if correction == "approximate":
            return scalar(np.where(m > 0, 1 - 3 / (4 * m - 1), np.nan))
        safe = np.where(m > 1, m, np.nan)
        z = (safe - 1) / 2
        small = np.minimum(z, 150.0)  # gamma, below its overflow; beyond, the ratio's asymptotic series
        direct = special.gamma(small + 0.5) / special.gamma(small) / np.sqrt(small + 0.5)
        x = 1 / z
        ratio = 1 + x * (-1 / 8 + x * (1 / 128 + x * (5 / 1024 + x * (-21 / 32768 + x * (-399 / 262144)))))
        return scalar(np.where(z > 150, ratio * np.sqrt(z / (z + 0.5)), direct))
