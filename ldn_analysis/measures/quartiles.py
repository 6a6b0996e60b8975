"""Means and SDs from medians with ranges or quartiles."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from ldn_analysis.errors import FloatArray, InputError
from ldn_analysis.measures.checks import of_one_shape, scalar


class MeanSD(NamedTuple):
    """Estimated mean and SD, with the skewness test of Shi et al. (2023): statistic, critical value,
    verdict.
    """

    mean: Any
    sd: Any
    skew_statistic: Any
    skew_critical: Any
    skewed: Any


@dataclass(frozen=True, slots=True, eq=False)
class _Reported:
    """What is reported of a group, all arrays of one shape; NaN where something is not."""

    low: FloatArray
    q1: FloatArray
    median: FloatArray
    q3: FloatArray
    high: FloatArray
    n: FloatArray = field(kw_only=True)

    def pick(self, by_range: FloatArray, by_quartiles: FloatArray, by_both: FloatArray) -> FloatArray:
        """The formula that suits what is reported: range (S1), quartiles (S2) or both (S3); else NaN."""
        ends, quartiles = ~np.isnan(self.high - self.low), ~np.isnan(self.q3 - self.q1)
        no_end, no_quartile = np.isnan(self.low) & np.isnan(self.high), np.isnan(self.q1) & np.isnan(self.q3)
        cases = [ends & no_quartile, quartiles & no_end, ends & quartiles]
        return np.select(cases, [by_range, by_quartiles, by_both], np.nan)


def mean_sd_from_quartiles(
    median: ArrayLike, n: ArrayLike, *,
    minimum: ArrayLike = np.nan, q1: ArrayLike = np.nan, q3: ArrayLike = np.nan, maximum: ArrayLike = np.nan,
) -> MeanSD:  # fmt: skip
    """Mean (Luo et al. 2018, eqs 7, 11, 15) and SD (Wan et al. 2014; with both, Shi et al. 2020).

    Parameters
    ----------
    median, n
        Median and sample size, at least 5.
    minimum, q1, q3, maximum
        What is reported: the range, the quartiles or both; NaN where not. Anything else gives NaN.

    Returns
    -------
    MeanSD
        Mean and SD are NaN where the data are significantly skewed for a normal variable (Shi et al. 2023):
        the formulas assume symmetry.

    Raises
    ------
    InputError
        Values out of order.
    """
    *five, size = of_one_shape(
        minimum=(minimum,), q1=(q1,), median=(median,), q3=(q3,), maximum=(maximum,), n=(n, 0, None, True)
    )
    names = ("minimum", "q1", "median", "q3", "maximum")
    for (name, low), (other, high) in combinations(zip(names, five, strict=True), 2):
        if np.any(high < low):
            raise InputError(f"{other} is below {name}: must be in the order {', '.join(names)}")
    group = _Reported(*five, n=np.where(size >= 5, size, np.nan))
    with np.errstate(all="ignore"):
        statistic, critical = _skewness(group)
        skewed = statistic >= critical
        mean, sd = (np.where(skewed, np.nan, x) for x in (_mean(group), _sd(group)))
    verdict = bool(skewed) if skewed.ndim == 0 else skewed
    return MeanSD(scalar(mean), scalar(sd), scalar(statistic), scalar(critical), verdict)


def _skewness(g: _Reported) -> tuple[FloatArray, FloatArray]:
    n = g.n
    t1 = np.abs(g.low + g.high - 2 * g.median) / (g.high - g.low)
    t2 = np.abs(g.q1 + g.q3 - 2 * g.median) / (g.q3 - g.q1)
    t3 = np.maximum(2.65 * np.log(0.6 * n) / np.sqrt(n) * t1, t2)
    critical = g.pick(
        1 / np.log(n + 9) + 2.5 / (n + 1), 2.65 / np.sqrt(n) - 6 / n**2, 3 / np.sqrt(n) - 40 / n**3
    )
    return g.pick(t1, t2, t3), critical


def _mean(g: _Reported) -> FloatArray:
    n, median = g.n, g.median
    midrange, midhinge = (g.low + g.high) / 2, (g.q1 + g.q3) / 2
    w, v = 4 / (4 + n**0.75), 0.7 + 0.39 / n
    x, y = 2.2 / (2.2 + n**0.75), 0.7 - 0.72 / n**0.55
    return g.pick(
        w * midrange + (1 - w) * median,
        v * midhinge + (1 - v) * median,
        x * midrange + y * midhinge + (1 - x - y) * median,
    )


def _sd(g: _Reported) -> FloatArray:
    """The range and the interquartile range over those expected of n standard normals (Blom's scores)."""
    n = g.n
    by_range = (g.high - g.low) / (2 * special.ndtri((n - 0.375) / (n + 0.25)))
    by_quartiles = (g.q3 - g.q1) / (2 * special.ndtri((0.75 * n - 0.125) / (n + 0.25)))
    w = 1 / (1 + 0.07 * n**0.6)
    return g.pick(by_range, by_quartiles, w * by_range + (1 - w) * by_quartiles)
