"""Means and SDs from medians with ranges or quartiles."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import integrate, special

from ldn_analysis.errors import InputError, one_of
from ldn_analysis.measures.checks import FloatArray, numbers, scalar

__all__ = ["MeanSD", "mean_sd_from_quartiles"]

Array = npt.ArrayLike
MEAN_METHODS = ("luo", "hozo", "wan", "bland", "walter")
SD_METHODS = ("wan/shi", "hozo", "wan", "bland", "shi", "walter")


class MeanSD(NamedTuple):
    """Estimated mean and SD, with the skewness test of Shi et al. (2023): statistic, critical value,
    verdict.
    """

    mean: Any
    sd: Any
    skew_statistic: Any
    skew_critical: Any
    skewed: Any


def mean_sd_from_quartiles(
    median: Array,
    n: Array,
    *,
    minimum: Array = np.nan,
    q1: Array = np.nan,
    q3: Array = np.nan,
    maximum: Array = np.nan,
    mean_method: str = "luo",
    sd_method: str = "wan/shi",
    lognormal: bool = False,
    back_transform: bool = True,
    skew_test: bool = True,
) -> MeanSD:
    """Mean and SD from the median with the range (S1), the quartiles (S2) or both (S3).

    Parameters
    ----------
    median, n
        Median and sample size, at least 5.
    minimum, q1, q3, maximum
        What is reported; NaN where not. Anything but the three scenarios gives NaN.
    mean_method
        "luo" (Luo et al. 2018, eqs 7, 11, 15; default), "hozo" (2005, S1), "wan" (2014), "bland" (2015, S3),
        "walter" (2007, S1).
    sd_method
        "wan/shi" (Wan et al. 2014 for S1 and S2, Shi et al. 2020 for S3; default), or "hozo", "wan", "bland",
        "shi", "walter" alone.
    lognormal
        Work on logs and transform back (Shi et al. 2020b, with their bias corrections).
    back_transform
        False, under `lognormal`: leave mean and SD on the log scale.
    skew_test
        Give NaN where the data are significantly skewed for a normal variable (Shi et al. 2023): the formulas
        assume symmetry.

    Raises
    ------
    InputError
        Values out of order, or not positive under `lognormal`.
    """
    one_of("mean_method", mean_method, MEAN_METHODS)
    one_of("sd_method", sd_method, SD_METHODS)
    med, size, low, a, b, high = np.broadcast_arrays(
        numbers("median", median),
        numbers("n", n, 0, strict=True),
        numbers("minimum", minimum),
        numbers("q1", q1),
        numbers("q3", q3),
        numbers("maximum", maximum),
    )
    _ordered(low, a, med, b, high)
    if lognormal:
        if any(np.any(x <= 0) for x in (low, a, med, b, high)):
            raise InputError("lognormal: minimum, quartiles, median and maximum must be above zero")
        low, a, med, b, high = (np.log(x) for x in (low, a, med, b, high))
    extremes, quartiles = ~np.isnan(low) & ~np.isnan(high), ~np.isnan(a) & ~np.isnan(b)
    neither = np.isnan(low) & np.isnan(high), np.isnan(a) & np.isnan(b)
    s1, s2, s3 = extremes & neither[1], quartiles & neither[0], extremes & quartiles
    size = np.where(size >= 5, size, np.nan)
    with np.errstate(all="ignore"):
        statistic, critical = _skewness(low, a, med, b, high, size, s1, s2)
        usable = s1 | s2 | s3
        skewed = usable & (statistic >= critical)
        mean = np.where(usable, _mean(mean_method, low, a, med, b, high, size, s1, s2), np.nan)
        sd = np.where(usable, _sd(sd_method, low, a, med, b, high, size, s1, s2, lognormal), np.nan)
        if lognormal and back_transform:
            mean, sd = _back(mean, sd, low, a, b, high, size, s1, s2)
        if skew_test:
            mean, sd = np.where(skewed, np.nan, mean), np.where(skewed, np.nan, sd)
        statistic, critical = (np.where(usable, x, np.nan) for x in (statistic, critical))
    return MeanSD(
        scalar(mean),
        scalar(sd),
        scalar(statistic),
        scalar(critical),
        bool(skewed) if skewed.ndim == 0 else skewed,
    )


def _ordered(*five: FloatArray) -> None:
    names = ("minimum", "q1", "median", "q3", "maximum")
    for i, x in enumerate(five):
        for j in range(i + 1, 5):
            with np.errstate(invalid="ignore"):
                if np.any(five[j] < x):
                    raise InputError(
                        f"{names[j]} is below {names[i]}: must be in the order {', '.join(names)}"
                    )


def _pick(s1: Any, s2: Any, first: Any, second: Any, third: Any) -> FloatArray:
    return np.where(s1, first, np.where(s2, second, third))


def _skewness(
    low: FloatArray,
    a: FloatArray,
    med: FloatArray,
    b: FloatArray,
    high: FloatArray,
    n: FloatArray,
    s1: Any,
    s2: Any,
) -> tuple[FloatArray, FloatArray]:
    t1, t2 = np.abs(low + high - 2 * med) / (high - low), np.abs(a + b - 2 * med) / (b - a)
    t3 = np.maximum(2.65 * np.log(0.6 * n) / np.sqrt(n) * t1, t2)
    critical = _pick(
        s1, s2, 1 / np.log(n + 9) + 2.5 / (n + 1), 2.65 / np.sqrt(n) - 6 / n**2, 3 / np.sqrt(n) - 40 / n**3
    )
    return _pick(s1, s2, t1, t2, t3), critical


def _mean(
    method: str,
    low: FloatArray,
    a: FloatArray,
    med: FloatArray,
    b: FloatArray,
    high: FloatArray,
    n: FloatArray,
    s1: Any,
    s2: Any,
) -> FloatArray:
    midrange, midhinge = (low + high) / 2, (a + b) / 2
    none = np.full_like(med, np.nan)
    eighths = (low + 2 * a + 2 * med + 2 * b + high) / 8
    if method == "luo":
        w, v = 4 / (4 + n**0.75), 0.7 + 0.39 / n
        x, y = 2.2 / (2.2 + n**0.75), 0.7 - 0.72 / n**0.55
        return _pick(
            s1,
            s2,
            w * midrange + (1 - w) * med,
            v * midhinge + (1 - v) * med,
            x * midrange + y * midhinge + (1 - x - y) * med,
        )
    quarters = (low + 2 * med + high) / 4
    return {
        "hozo": lambda: _pick(s1, s2, np.where(n <= 25, quarters, med), none, none),
        "wan": lambda: _pick(s1, s2, quarters, (a + med + b) / 3, eighths),
        "bland": lambda: _pick(s1, s2, none, none, eighths),
        "walter": lambda: _pick(s1, s2, med, none, none),
    }[method]()


def _normal_widths(n: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Expected range and interquartile range of n standard normals (Wan et al. 2014, with Blom's scores)."""
    return 2 * special.ndtri((n - 0.375) / (n + 0.25)), 2 * special.ndtri((0.75 * n - 0.125) / (n + 0.25))


def _sd(
    method: str,
    low: FloatArray,
    a: FloatArray,
    med: FloatArray,
    b: FloatArray,
    high: FloatArray,
    n: FloatArray,
    s1: Any,
    s2: Any,
    lognormal: bool,
) -> FloatArray:
    xi, eta = _normal_widths(n)
    by_range, by_iqr = (high - low) / xi, (b - a) / eta
    none = np.full_like(med, np.nan)
    w = 1 / (1 + 0.07 * n**0.6)
    shi = w * by_range + (1 - w) * by_iqr
    if lognormal:
        first = by_range / np.sqrt(1.01 + 0.25 / np.log(n) ** 2)
        second = by_iqr / np.sqrt(1 + 1.58 / n)
        return _pick(s1, s2, first, second, shi / np.sqrt(1 + 0.28 / np.log(n) ** 2))
    return {
        "wan/shi": lambda: _pick(s1, s2, by_range, by_iqr, shi),
        "wan": lambda: _pick(s1, s2, by_range, by_iqr, (by_range + by_iqr) / 2),
        "shi": lambda: _pick(s1, s2, none, none, shi),
        "hozo": lambda: _pick(s1, s2, _hozo(low, med, high, n), none, none),
        "bland": lambda: _pick(s1, s2, none, none, _bland(low, a, med, b, high)),
        "walter": lambda: _pick(s1, s2, (high - low) / _expected_range(n), none, none),
    }[method]()


def _hozo(low: FloatArray, med: FloatArray, high: FloatArray, n: FloatArray) -> FloatArray:
    small = np.sqrt(((low - 2 * med + high) ** 2 / 4 + (high - low) ** 2) / 12)
    return np.where(n <= 15, small, np.where(n <= 70, (high - low) / 4, (high - low) / 6))


def _bland(low: FloatArray, a: FloatArray, med: FloatArray, b: FloatArray, high: FloatArray) -> FloatArray:
    squares = (low**2 + 2 * a**2 + 2 * med**2 + 2 * b**2 + high**2) / 16
    products = (low * a + a * med + med * b + b * high) / 8
    return np.sqrt(squares + products - ((low + 2 * a + 2 * med + 2 * b + high) / 8) ** 2)


def _expected_range(n: FloatArray) -> FloatArray:
    """Expected range of n standard normals: integral of ``1 - (1 - F)^n - F^n`` (Tippett 1925)."""

    def one(size: float) -> float:
        if not np.isfinite(size):
            return float("nan")

        def integrand(x: float) -> float:
            return 1 - special.ndtr(-x) ** size - special.ndtr(x) ** size

        return 2 * float(
            integrate.quad(integrand, 0, 40, epsabs=0, epsrel=1e-12, points=[2, 5, 8], limit=200)[0]
        )

    return np.vectorize(one, otypes=[float])(n)


def _back(
    mean: FloatArray,
    sd: FloatArray,
    low: FloatArray,
    a: FloatArray,
    b: FloatArray,
    high: FloatArray,
    n: FloatArray,
    s1: Any,
    s2: Any,
) -> tuple[FloatArray, FloatArray]:
    """Mean and SD of the variable from those of its log, with the bias corrections of Shi et al. (2020b)."""
    xi, eta = _normal_widths(n)
    w = 1 / (1 + 0.07 * n**0.6)
    by_range, by_iqr = (high - low) / xi, (b - a) / eta
    fourth = _pick(
        s1,
        s2,
        by_range**4 / (1 + 2.23 / np.log(n) ** 2),
        by_iqr**4 / (1 + 19.2 / n**1.2),
        (w * by_range + (1 - w) * by_iqr) ** 4 / (1 + 3.93 / n),
    )
    v = sd**2

    def factor(p1: float, q1: float, p2: float, q2: float, p3: float, q3: float) -> FloatArray:
        return 1 + _pick(s1, s2, p1 * v + q1 * fourth, p2 * v + q2 * fourth, p3 * v + q3 * fourth) / n

    phi = factor(0.565, 0.37, 0.57, 0.75, 0.405, 0.315)
    phi1 = factor(2.26, 5.92, 2.28, 12, 1.62, 5.04)
    phi2 = factor(2.26, 1.48, 2.28, 3, 1.62, 1.26)
    out = np.sqrt(np.exp(2 * mean + 2 * v) / phi1 - np.exp(2 * mean + v) / phi2)
    return np.exp(mean + v / 2) / phi, out
