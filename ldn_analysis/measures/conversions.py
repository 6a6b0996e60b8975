"""From what papers print (intervals, p values, t, F, SDs) to standard errors, SDs, correlations and g.

Scalars or arrays in, the same shape out; NaN (missing) in gives NaN out. Formulas: Cochrane Handbook 6.5.2
(standard deviations and errors), 6.5.2.8 (SD of a change) and 23.2 (crossover trials).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from ldn_analysis.errors import InputError, same_length
from ldn_analysis.measures.checks import Effect, numbers, scalar
from ldn_analysis.measures.groups import hedges_j, smd_variances, with_variance


def critical_value(probability: ArrayLike, df: ArrayLike | None = None) -> Any:
    """Two-sided critical value: z, or t where `df` is given. ``critical_value(0.05)`` is 1.96.

    `probability` is the two-sided tail area (1 - level, or a p value), in (0, 1].
    """
    tail = numbers("probability", probability, 0, 1)
    if df is None:
        return scalar(-special.ndtri(tail / 2))
    freedom = numbers("df", df, 0, strict=True)
    return scalar(-special.stdtrit(freedom, tail / 2))


def se_from_ci(lower: ArrayLike, upper: ArrayLike, level: float = 0.95, df: ArrayLike | None = None) -> Any:
    """Standard error of an estimate from its confidence interval (Handbook 6.5.2.2, 6.3.1).

    Parameters
    ----------
    lower, upper
        Bounds, on the scale on which the interval is symmetric (take logs of ratios first).
    level
        Confidence level of the interval.
    df
        Degrees of freedom if the interval came from t (groups below about 60); None for a z interval.

    Raises
    ------
    InputError
        An upper bound below its lower bound, a level outside (0, 1).
    """
    low, high = numbers("lower", lower), numbers("upper", upper)
    confidence = numbers("level", level, 0, 1, strict=True)
    width = high - low
    if np.any(width < 0):
        raise InputError("upper is below lower: an interval runs from its lower to its upper bound")
    return scalar(width / (2 * np.asarray(critical_value(1 - confidence, df))))


def se_from_p(estimate: ArrayLike, p_value: ArrayLike, df: ArrayLike | None = None) -> Any:
    """Standard error from a two-sided p value (Handbook 6.3.1): ``|estimate| / critical value``.

    With p = 1 or an estimate of zero the standard error is not determined: NaN.
    """
    value = numbers("estimate", estimate)
    p = numbers("p_value", p_value, 0, 1)
    crit = np.asarray(critical_value(p, df))
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.abs(value) / crit
    return scalar(np.where((crit > 0) & (value != 0) & (p > 0), se, np.nan))


def sd_from_se(se: ArrayLike, n: ArrayLike) -> Any:
    """SD of one group from the standard error of its mean: ``se * sqrt(n)`` (Handbook 6.5.2.2)."""
    return scalar(numbers("se", se, 0) * np.sqrt(numbers("n", n, 0, strict=True)))


def sd_from_ci(lower: ArrayLike, upper: ArrayLike, n: ArrayLike, level: float = 0.95) -> Any:
    """SD of one group from the t interval of its mean, ``n - 1`` degrees of freedom (Handbook 6.5.2.2)."""
    size = numbers("n", n, 1, strict=True)
    return sd_from_se(se_from_ci(lower, upper, level, df=size - 1), size)


def sd_from_iqr(iqr: ArrayLike) -> Any:
    """SD from an interquartile range of a roughly normal variable: ``IQR / 1.349`` (Handbook 6.5.2.5).

    The exact divisor ``2 * z(0.75)`` is used; `mean_sd_from_quartiles` corrects for the sample size too.
    """
    return scalar(numbers("iqr", iqr, 0) / (2 * special.ndtri(0.75)))


def pooled_sd(sd1: ArrayLike, n1: ArrayLike, sd2: ArrayLike, n2: ArrayLike) -> Any:
    """Pooled SD of two groups, weighted by ``n - 1``; NaN where ``n1 + n2 <= 2``."""
    s1, s2 = numbers("sd1", sd1, 0), numbers("sd2", sd2, 0)
    a, b = numbers("n1", n1, 1), numbers("n2", n2, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return scalar(np.sqrt(((a - 1) * s1**2 + (b - 1) * s2**2) / (a + b - 2)))


def combined_groups(n: ArrayLike, mean: ArrayLike, sd: ArrayLike) -> tuple[float, float, float]:
    """Number, mean and SD of several groups taken as one (Cochrane Handbook 6.5.2.10).

    Parameters
    ----------
    n, mean, sd : array_like, shape (k,)
        Sizes, means and SDs of the groups.

    Returns
    -------
    n, mean, sd : float
        What the pooled individual data would give: the SD holds the spread within and between the groups.

    Raises
    ------
    InputError
        Arrays of different lengths: a size that served several groups would be counted once.
    """
    sizes, means, spreads = (
        np.atleast_1d(numbers(name, x, low))
        for name, x, low in (("n", n, 1), ("mean", mean, None), ("sd", sd, 0))
    )
    same_length(n=sizes, mean=means, sd=spreads)
    total = sizes.sum()
    centre = float((sizes * means).sum() / total)
    squares = ((sizes - 1) * spreads**2).sum() + (sizes * (means - centre) ** 2).sum()
    return float(total), centre, float(np.sqrt(squares / (total - 1)))


def sd_from_se_of_difference(se: ArrayLike, n1: ArrayLike, n2: ArrayLike) -> Any:
    """SD common to two groups from the standard error of their difference (Handbook 6.5.2.3)."""
    a, b = numbers("n1", n1, 0, strict=True), numbers("n2", n2, 0, strict=True)
    return scalar(numbers("se", se, 0) / np.sqrt(1 / a + 1 / b))


def sd_from_t(difference: ArrayLike, t: ArrayLike, n1: ArrayLike, n2: ArrayLike) -> Any:
    """SD common to two groups from their difference and its t (Handbook 6.5.2.3); NaN where t is 0."""
    value, statistic = numbers("difference", difference), numbers("t", t)
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.where(statistic == 0, np.nan, np.abs(value / statistic))
    return sd_from_se_of_difference(se, n1, n2)


def sd_from_f(difference: ArrayLike, f: ArrayLike, n1: ArrayLike, n2: ArrayLike) -> Any:
    """As `sd_from_t`, from the F statistic of a one-way comparison of two groups (F = t squared)."""
    return sd_from_t(difference, np.sqrt(numbers("f", f, 0)), n1, n2)


def sd_from_p(difference: ArrayLike, p_value: ArrayLike, n1: ArrayLike, n2: ArrayLike) -> Any:
    """As `sd_from_t`, from the two-sided p value of a t test with ``n1 + n2 - 2`` degrees of freedom."""
    df = np.asarray(numbers("n1", n1, 1)) + np.asarray(numbers("n2", n2, 1)) - 2
    return sd_from_se_of_difference(se_from_p(difference, p_value, df), n1, n2)


def sd_of_change(sd_baseline: ArrayLike, sd_final: ArrayLike, r: ArrayLike) -> Any:
    """SD of a change, or of a paired difference, from the two SDs and their correlation (Handbook 6.5.2.8).

    ``sqrt(sd_baseline^2 + sd_final^2 - 2 r sd_baseline sd_final)``; `r` in [-1, 1].
    """
    s0, s1 = numbers("sd_baseline", sd_baseline, 0), numbers("sd_final", sd_final, 0)
    rho = numbers("r", r, -1, 1)
    # written as two squares, so that equal SDs with r = 1 give 0 and not the root of a rounding error
    return scalar(np.sqrt((s0 - s1) ** 2 + 2 * (1 - rho) * s0 * s1))


def se_of_paired_difference(sd1: ArrayLike, sd2: ArrayLike, n: ArrayLike, r: ArrayLike) -> Any:
    """Standard error of a mean paired difference (Handbook 23.2.7.1): `sd_of_change` over ``sqrt(n)``."""
    return scalar(np.asarray(sd_of_change(sd1, sd2, r)) / np.sqrt(numbers("n", n, 0, strict=True)))


def correlation_from_paired(
    sd1: ArrayLike, sd2: ArrayLike, n: ArrayLike, *,
    difference: ArrayLike | None = None, p_value: ArrayLike | None = None, se: ArrayLike | None = None,
) -> Any:  # fmt: skip
    """Correlation between the conditions of a crossover that its own results imply (Handbook 23.2.7).

    Parameters
    ----------
    sd1, sd2
        SDs of the two conditions, in the unit of the difference.
    n
        Number of participants with both conditions.
    difference, p_value
        Mean paired difference and its two-sided p value (paired t test, ``n - 1`` df); or
    se
        the standard error of the mean difference.

    Returns
    -------
    float or ndarray
        ``(sd1^2 + sd2^2 - n se^2) / (2 sd1 sd2)``. A value outside [-1, 1] is returned as it is: it says that
        the reported numbers contradict each other.
    """
    s1, s2 = numbers("sd1", sd1, 0, strict=True), numbers("sd2", sd2, 0, strict=True)
    size = numbers("n", n, 1, strict=True)
    if se is not None:
        error = numbers("se", se, 0)
    elif difference is None or p_value is None:
        raise InputError("give the se of the paired difference, or the difference together with its p_value")
    else:
        error = np.asarray(se_from_p(difference, p_value, size - 1), dtype=float)
    return scalar((s1**2 + s2**2 - size * error**2) / (2 * s1 * s2))


def correlation_interval_from_rounded_p(
    sd1: ArrayLike,
    sd2: ArrayLike,
    n: ArrayLike,
    difference: ArrayLike,
    p_value: float,
    decimals: int | None = None,
) -> tuple[Any, Any]:
    """Correlations compatible with a p value as printed: 0.016 stands for [0.0155, 0.0165).

    Parameters
    ----------
    sd1, sd2, n, difference
        As in `correlation_from_paired`; taken as exact.
    p_value
        As printed.
    decimals
        Decimals printed; by default those of the shortest decimal form of `p_value` (pass 3 for "0.010").

    Returns
    -------
    lower, upper
        The correlations at the two ends of the rounding interval, the smaller first.
    """
    printed = float(numbers("p_value", p_value, 0, 1))
    if np.isnan(printed):
        return np.nan, np.nan
    if decimals is None:
        text = f"{printed:.15f}".rstrip("0")
        decimals = len(text.split(".")[1])
    half = 0.5 * 10.0**-decimals
    ends = [
        np.asarray(correlation_from_paired(sd1, sd2, n, difference=difference, p_value=p))
        for p in (max(printed - half, np.finfo(float).tiny), min(printed + half, 1.0))
    ]
    return scalar(np.minimum(*ends)), scalar(np.maximum(*ends))


def smd_from_d(
    d: ArrayLike, n1: ArrayLike, n2: ArrayLike, correction: str = "exact", variance: str = "LS"
) -> Effect:
    """Hedges' g from a reported Cohen's d."""
    value, a, b = np.broadcast_arrays(numbers("d", d), numbers("n1", n1, 1), numbers("n2", n2, 1))
    with np.errstate(all="ignore"):
        j = np.asarray(hedges_j(a + b - 2, correction))
        yi = j * value
        return with_variance("SMD", (yi, smd_variances(yi, value, j, a + b - 2, a, b)), variance)


def smd_from_t(
    t: ArrayLike, n1: ArrayLike, n2: ArrayLike, correction: str = "exact", variance: str = "LS"
) -> Effect:
    """Hedges' g from the t statistic of an independent-groups test: ``d = t sqrt(1/n1 + 1/n2)``."""
    a, b = numbers("n1", n1, 1), numbers("n2", n2, 1)
    return smd_from_d(numbers("t", t) * np.sqrt(1 / a + 1 / b), a, b, correction, variance)


def smd_from_p(
    p_value: ArrayLike, n1: ArrayLike, n2: ArrayLike, correction: str = "exact", variance: str = "LS"
) -> Effect:
    """Hedges' g from a two-sided p value; the sign of `p_value` is the direction of the difference."""
    p = numbers("p_value", p_value, -1, 1)
    a, b = numbers("n1", n1, 1), numbers("n2", n2, 1)
    with np.errstate(invalid="ignore"):
        t = -special.stdtrit(a + b - 2, np.abs(p) / 2)
    return smd_from_t(np.where(p == 0, np.nan, np.sign(p) * t), a, b, correction, variance)
