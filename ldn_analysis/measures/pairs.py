"""Effects of paired conditions (crossover, before and after) from means, SDs, their correlation and n."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from ldn_analysis.errors import FloatArray, one_of
from ldn_analysis.measures.checks import Effect, of_one_shape
from ldn_analysis.measures.groups import Estimate, Variances, hedges_j, log, ratio, with_variance


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two conditions of the same participants, all arrays of one shape."""

    m1: FloatArray
    s1: FloatArray
    m2: FloatArray
    s2: FloatArray
    n: FloatArray
    r: FloatArray
    correction: str = field(kw_only=True)

    @property
    def diff_variance(self) -> FloatArray:
        return (self.s1 - self.s2) ** 2 + 2 * (1 - self.r) * self.s1 * self.s2

    @property
    def one_less(self) -> FloatArray:
        return np.where(self.n > 1, self.n - 1, np.nan)


def unbiased_correlation(r: FloatArray, n: FloatArray) -> FloatArray:
    """Olkin & Pratt (1958): ``r 2F1(1/2, 1/2; (n - 2)/2; 1 - r^2)``; NaN for n of 4 or less."""
    big = np.where(n > 4, n, np.nan)
    return r * hypergeometric(0.5, (big - 2) / 2, 1 - r**2)


def hypergeometric(a: float, c: FloatArray, x: FloatArray) -> FloatArray:
    """``2F1(a, a; c; x)`` for x in [0, 1] and ``c > 2 a``: scipy's, and its plain series where c is large.

    scipy's function returns NaN for some large c with x near 1, where the series needs few terms.
    """
    large = np.where(c > 20, c, np.nan)
    term = np.ones(np.broadcast_shapes(c.shape, x.shape))
    total = term.copy()
    for k in range(100):
        term = term * (a + k) ** 2 / ((large + k) * (k + 1)) * x
        total = total + term
    return np.where(c > 20, total, special.hyp2f1(a, a, np.where(c > 20, 1.0 + 2 * a, c), x))


def _mc(x: Pair) -> Estimate:
    return x.m1 - x.m2, {"LS": lambda: x.diff_variance / x.n}


def _standardised(x: Pair, sd: FloatArray, first: FloatArray, unbiased: FloatArray) -> Estimate:
    """Change over an SD with n - 1 df; `first` is the variance of the numerator over SD^2 (Becker 1988)."""
    m = x.one_less
    j = np.asarray(hedges_j(m, x.correction))
    d = ratio(x.m1 - x.m2, sd)
    yi = j * d
    big = np.where(m > 2, m, np.nan)
    variances: Variances = {
        "LS": lambda: first + yi**2 / (2 * x.n),
        "LS2": lambda: j**2 * (first + d**2 / (2 * x.n)),
        "UB": lambda: unbiased + (1 - (m - 2) / (m * j**2)) * yi**2,
        "H0": lambda: j**2 * big / (big - 2) * unbiased,
    }
    return yi, variances


def _smcc(x: Pair) -> Estimate:
    return _standardised(x, np.sqrt(x.diff_variance), 1 / x.n, 1 / x.n)


def _smcr(x: Pair) -> Estimate:
    return _standardised(x, x.s1, 2 * (1 - x.r) / x.n, 2 * (1 - unbiased_correlation(x.r, x.n)) / x.n)


def _smcrp(x: Pair) -> Estimate:
    """Change over the root of the average variance, with ``2 (n - 1) / (1 + r^2)`` df."""
    j = np.asarray(hedges_j(2 * x.one_less / (1 + x.r**2), x.correction))
    yi = j * ratio(x.m1 - x.m2, np.sqrt((x.s1**2 + x.s2**2) / 2))
    return yi, {"LS": lambda: 2 * (1 - x.r) / x.n + yi**2 * (1 + x.r**2) / (4 * x.n)}


def _vrc(x: Pair) -> Estimate:
    m = x.one_less
    k4 = ratio(x.s1, x.s2) ** 4
    second = 1 + x.r**4 * (k4 + ratio(1.0, k4)) / 2  # Senior et al. 2020
    return log(ratio(x.s1, x.s2)), {
        "LS": lambda: (1 - x.r**2) / m,
        "LS2": lambda: (1 - x.r**2) / m + second / m**2,
        # the covariance of the two logarithms lessens both terms: 0 for r = 1, two groups' LS2 for r = 0
        "LS3": lambda: (1 - x.r**2) / m + (1 - x.r**4) / m**2,
    }


PAIRED = {"MC": _mc, "SMCC": _smcc, "SMCR": _smcr, "SMCRP": _smcrp, "VRC": _vrc}


def paired(
    measure: str, m1: ArrayLike, sd1: ArrayLike, m2: ArrayLike, sd2: ArrayLike, n: ArrayLike, r: ArrayLike,
    variance: str = "LS", correction: str = "exact",
) -> Effect:  # fmt: skip
    """Any measure of `PAIRED`; condition 1 minus condition 2.

    Parameters
    ----------
    measure
        MC (mean difference), SMCC (over the SD of the differences), SMCR (over SD 1), SMCRP (over the root of
        the average variance: the scale of a parallel trial), VRC (log ratio of the SDs).
    n, r
        Number of pairs; correlation of the two conditions, in [-1, 1].
    variance, correction
        As in `two_groups`. "H0" needs more than three pairs, for SMCR "UB" and "H0" more than four. Of VRC
        "LS2" is as published (Senior et al. 2020); "LS3" is the second order for normal values, where the
        term in r^4 is taken off.

    Returns
    -------
    Effect
        NaN where an input is missing or the measure does not exist (two pairs have no J; a zero SD).
    """
    one_of("measure", measure, PAIRED)
    arrays = of_one_shape(m1=(m1,), sd1=(sd1, 0), m2=(m2,), sd2=(sd2, 0), n=(n, 1), r=(r, -1, 1))
    pair = Pair(*arrays, correction=correction)
    with np.errstate(all="ignore"):
        return with_variance(measure, PAIRED[measure](pair), variance)


def paired_mean_difference(
    m1: ArrayLike, sd1: ArrayLike, m2: ArrayLike, sd2: ArrayLike, n: ArrayLike, r: ArrayLike
) -> Effect:
    """Mean of paired differences (Handbook 23.2.7.1): variance ``(SD1^2 + SD2^2 - 2 r SD1 SD2) / n``."""
    return paired("MC", m1, sd1, m2, sd2, n, r)


def paired_standardized_mean_change(
    m1: ArrayLike, sd1: ArrayLike, m2: ArrayLike, sd2: ArrayLike, n: ArrayLike, r: ArrayLike,
    sd: str = "average", correction: str = "exact", variance: str = "LS",
) -> Effect:  # fmt: skip
    """Standardised mean change between two conditions.

    Parameters
    ----------
    sd : {"average", "first", "difference"}
        "average" (SMCRP) and "first" (SMCR) share the scale of parallel trials; "difference" (SMCC) does
        not: it grows with the correlation and must not be pooled with them (Morris & DeShon 2002; Handbook
        23.2.7.2).
    """
    measures = {"average": "SMCRP", "first": "SMCR", "difference": "SMCC"}
    return paired(measures[one_of("sd", sd, measures)], m1, sd1, m2, sd2, n, r, variance, correction)
