"""Effects of two independent groups from their means, SDs and sizes.

One table, `TWO_GROUPS`, holds every measure: a function of the groups that gives the estimate and, by name,
each variance that the literature has for it. Names follow metafor's ``escalc``. The public functions at the
end are the ones that most analyses want.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from ldn_analysis.errors import FloatArray, one_of
from ldn_analysis.measures.checks import Effect, numbers, of_one_shape, scalar


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


Variances = dict[str, Callable[[], Any]]
Estimate = tuple[Any, Variances]


def ratio(a: Any, b: Any) -> Any:
    """Quotient; NaN where the divisor is zero."""
    return np.divide(a, np.where(np.asarray(b) == 0, np.nan, b))


def log(x: Any) -> Any:
    """Logarithm; NaN (not -inf) where the ratio is not positive."""
    return np.log(np.where(np.asarray(x) > 0, x, np.nan))


def weighted_mean(x: FloatArray, w: FloatArray) -> Any:
    """Mean of `x` weighted by `w`, over all studies in which both are known."""
    ok = np.isfinite(x) & np.isfinite(w)
    return np.sum(x[ok] * w[ok]) / np.sum(w[ok]) if np.any(ok) else math.nan


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Two groups, all arrays of one shape, and the correction asked for."""

    m1: FloatArray
    s1: FloatArray
    n1: FloatArray
    m2: FloatArray
    s2: FloatArray
    n2: FloatArray
    correction: str = field(kw_only=True)

    @property
    def n(self) -> FloatArray:
        return self.n1 + self.n2

    @property
    def df(self) -> FloatArray:
        return self.n - 2

    @property
    def inverse(self) -> FloatArray:
        return 1 / self.n1 + 1 / self.n2

    @property
    def pooled(self) -> FloatArray:
        sum_of_squares = (self.n1 - 1) * self.s1**2 + (self.n2 - 1) * self.s2**2
        return np.sqrt(ratio(sum_of_squares, self.df))

    @property
    def d(self) -> FloatArray:
        return ratio(self.m1 - self.m2, self.pooled)

    @property
    def cv2(self) -> tuple[FloatArray, FloatArray]:
        """Squared coefficients of variation of the two means: s^2 / (n m^2)."""
        return ratio(self.s1, self.m1) ** 2 / self.n1, ratio(self.s2, self.m2) ** 2 / self.n2

    def j(self, df: FloatArray) -> FloatArray:
        return np.asarray(hedges_j(df, self.correction))

    def over(self, x: FloatArray) -> FloatArray:
        """``1 / x``, infinite sizes and single participants giving NaN."""
        return ratio(1.0, np.where(x > 0, x, np.nan))


def _md(g: Groups) -> Estimate:
    return g.m1 - g.m2, {"LS": lambda: g.s1**2 / g.n1 + g.s2**2 / g.n2, "HO": lambda: g.pooled**2 * g.inverse}


def smd_variances(
    g: FloatArray, d: FloatArray, j: FloatArray, m: FloatArray, n1: FloatArray, n2: FloatArray
) -> Variances:
    """Variances of the standardised mean difference (Hedges 1982, 1983; Borenstein 2009, eq. 12.17)."""
    inverse, n = 1 / n1 + 1 / n2, n1 + n2
    return {
        "LS": lambda: inverse + g**2 / (2 * n),
        "LS2": lambda: j**2 * (inverse + d**2 / (2 * n)),
        "UB": lambda: inverse + (1 - ratio(m - 2, m * j**2)) * g**2,
        "H0": lambda: j**2 * ratio(m, np.where(m > 2, m - 2, np.nan)) * inverse,
        "AV": lambda: inverse + weighted_mean(g, n) ** 2 / (2 * n),
    }


def _smd(g: Groups) -> Estimate:
    j = g.j(g.df)
    yi = j * g.d
    return yi, smd_variances(yi, g.d, j, g.df, g.n1, g.n2)


def _smdh(g: Groups) -> Estimate:
    """Difference over the root of the average variance (Bonett 2008)."""
    sd = np.sqrt((g.s1**2 + g.s2**2) / 2)
    yi = g.j(g.df) * ratio(g.m1 - g.m2, sd)

    def variance(mean_less: int, var_less: int) -> Any:
        """n or n - 1 in its two terms (Bonett 2008, eq. 8)."""
        a, b, c, e = (g.over(n - less) for less in (mean_less, var_less) for n in (g.n1, g.n2))
        return (g.s1**2 * a + g.s2**2 * b) / sd**2 + yi**2 * (g.s1**4 * c + g.s2**4 * e) / (8 * sd**4)

    return yi, {"LS": lambda: variance(1, 1), "LS2": lambda: variance(0, 0), "LS3": lambda: variance(0, 1)}


def _smd1(g: Groups) -> Estimate:
    yi = g.j(g.n2 - 1) * ratio(g.m1 - g.m2, g.s2)
    return yi, {"LS": lambda: g.inverse + yi**2 / (2 * g.n2)}


def _rom(g: Groups) -> Estimate:
    cv1, cv2 = g.cv2
    bias = (cv1 - cv2) / 2 if g.correction != "none" else 0.0
    k1, k2 = ratio(g.s1, g.m1), ratio(g.s2, g.m2)
    return log(ratio(g.m1, g.m2)) + bias, {
        "LS": lambda: cv1 + cv2,
        "LS2": lambda: cv1 + cv2 + (cv1**2 + cv2**2) / 2,
        "HO": lambda: g.pooled**2 * (ratio(1.0, g.n1 * g.m1**2) + ratio(1.0, g.n2 * g.m2**2)),
        "AV": lambda: weighted_mean(k1, g.n1) ** 2 / g.n1 + weighted_mean(k2, g.n2) ** 2 / g.n2,
        "AVHO": lambda: _average_cv(g, k1, k2) ** 2 * g.inverse,
    }


def _average_cv(g: Groups, k1: FloatArray, k2: FloatArray) -> Any:
    ok = np.isfinite(k1) & np.isfinite(k2)
    return weighted_mean(np.concatenate([k1[ok], k2[ok]]), np.concatenate([g.n1[ok], g.n2[ok]]))


def _vr(g: Groups) -> Estimate:
    a, b = g.over(g.n1 - 1), g.over(g.n2 - 1)
    bias = (a - b) / 2 if g.correction != "none" else 0.0
    first, second = (a + b) / 2, (a + b + a**2 + b**2) / 2
    return log(ratio(g.s1, g.s2)) + bias, {"LS": lambda: first, "LS2": lambda: second}


def _cvr(g: Groups) -> Estimate:
    vr, v_vr = _vr(g)
    rom, v_rom = _rom(g)
    # a negative mean has no coefficient of variation, even where both means are negative
    ok = np.where((g.m1 > 0) & (g.m2 > 0), 1.0, np.nan)
    return (vr - rom) * ok, {
        "LS": lambda: v_vr["LS"]() + v_rom["LS"](),
        "LS2": lambda: v_vr["LS2"]() + v_rom["LS2"](),
    }


TWO_GROUPS = {"MD": _md, "SMD": _smd, "SMDH": _smdh, "SMD1": _smd1, "ROM": _rom, "VR": _vr, "CVR": _cvr}


def with_variance(measure: str, estimate: Estimate, variance: str) -> Effect:
    """The estimate with the variance asked for."""
    yi, variances = estimate
    return finish(measure, yi, variances[one_of("variance", variance, variances)]())


def finish(measure: str, yi: Any, vi: Any) -> Effect:
    """Estimate and variance; NaN where either is not finite, scalars as floats."""
    yi, vi = np.asarray(yi, dtype=float), np.asarray(vi, dtype=float)
    vi = np.where(np.isfinite(yi) & np.isfinite(vi), vi, np.nan)
    return Effect(scalar(np.where(np.isfinite(yi), yi, np.nan)), scalar(vi), measure)


def two_groups(
    measure: str, m1: ArrayLike, sd1: ArrayLike, n1: ArrayLike, m2: ArrayLike, sd2: ArrayLike, n2: ArrayLike,
    variance: str = "LS", correction: str = "exact",
) -> Effect:  # fmt: skip
    """Any measure of `TWO_GROUPS`; group 1 minus group 2, or log ratio of group 1 to group 2.

    Parameters
    ----------
    measure
        MD, SMD (pooled SD), SMDH (average-variance SD), SMD1 (SD of group 2), ROM, VR, CVR (logs).
    variance
        "LS" (large sample) for all; "HO" (MD, ROM: one variance), "LS2", "LS3", "UB" (unbiased), "H0" (under
        no difference), "AV", "AVHO" (with an average over the studies given) where the measure has them.
    correction
        "exact" (gamma function), "approximate" or "none" for standardised differences; for ROM, VR and CVR
        anything but "none" applies the second-order bias correction.

    Returns
    -------
    Effect
        NaN where an input is missing or the measure does not exist: a zero SD to divide by, a log of a ratio
        that is not positive, J with one degree of freedom or less.
    """
    one_of("measure", measure, TWO_GROUPS)
    arrays = of_one_shape(m1=(m1,), sd1=(sd1, 0), n1=(n1, 1), m2=(m2,), sd2=(sd2, 0), n2=(n2, 1))
    groups = Groups(*arrays, correction=correction)
    with np.errstate(all="ignore"):
        return with_variance(measure, TWO_GROUPS[measure](groups), variance)


def mean_difference(
    m1: ArrayLike,
    sd1: ArrayLike,
    n1: ArrayLike,
    m2: ArrayLike,
    sd2: ArrayLike,
    n2: ArrayLike,
    pooled: bool = False,
) -> Effect:
    """Mean difference (Handbook 6.5.1.1); variance from unequal variances, or a pooled one if `pooled`."""
    return two_groups("MD", m1, sd1, n1, m2, sd2, n2, "HO" if pooled else "LS")


def standardized_mean_difference(
    m1: ArrayLike, sd1: ArrayLike, n1: ArrayLike, m2: ArrayLike, sd2: ArrayLike, n2: ArrayLike,
    correction: str = "exact", variance: str = "LS", sd: str = "pooled",
) -> Effect:  # fmt: skip
    """Standardised mean difference (Hedges' g with the exact correction; Handbook 6.5.1.2).

    Parameters
    ----------
    correction : {"exact", "approximate", "none"}
        Gamma-function factor, ``1 - 3/(4 m - 1)``, or Cohen's d.
    variance : {"LS", "LS2", "UB", "H0", "AV"}
        See `two_groups`.
    sd : {"pooled", "average", "second"}
        Standardiser: pooled SD, root of the average variance (unequal variances), SD of group 2 (Glass).
    """
    one_of("sd", sd, ("pooled", "average", "second"))
    measure = {"pooled": "SMD", "average": "SMDH", "second": "SMD1"}[sd]
    return two_groups(measure, m1, sd1, n1, m2, sd2, n2, variance, correction)


def ratio_of_means(
    m1: ArrayLike, sd1: ArrayLike, n1: ArrayLike, m2: ArrayLike, sd2: ArrayLike, n2: ArrayLike,
    corrected: bool = True, variance: str = "LS",
) -> Effect:  # fmt: skip
    """Log ratio of means (Hedges 1999; bias correction of Lajeunesse 2015).

    NaN unless the ratio is positive.
    """
    return two_groups("ROM", m1, sd1, n1, m2, sd2, n2, variance, "exact" if corrected else "none")


def log_variability_ratio(
    sd1: ArrayLike, n1: ArrayLike, sd2: ArrayLike, n2: ArrayLike, corrected: bool = True, variance: str = "LS"
) -> Effect:
    """Log ratio of SDs, lnVR (Nakagawa et al. 2015, eq. 9).

    NaN where an SD is zero or a group has one member.
    """
    return two_groups("VR", 0.0, sd1, n1, 0.0, sd2, n2, variance, "exact" if corrected else "none")


def log_cv_ratio(
    m1: ArrayLike, sd1: ArrayLike, n1: ArrayLike, m2: ArrayLike, sd2: ArrayLike, n2: ArrayLike,
    corrected: bool = True, variance: str = "LS",
) -> Effect:  # fmt: skip
    """Log ratio of coefficients of variation, lnCVR (Nakagawa et al. 2015, eq. 11). Needs positive means."""
    return two_groups("CVR", m1, sd1, n1, m2, sd2, n2, variance, "exact" if corrected else "none")
