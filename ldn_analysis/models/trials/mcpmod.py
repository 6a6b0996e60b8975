"""MCP-Mod: is there any dose effect, tested by the contrasts of several candidate shapes at once.

Bretz, Pinheiro & Branson 2005 (10.1111/j.1541-0420.2005.00344.x); the numbers agree with R's DoseFinding.
A contrast has the sign of its shape: if the shape lowers pain, a large positive statistic favours the drug.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special, stats

from ldn_analysis.cache import cached
from ldn_analysis.errors import FloatArray, InputError, check_level, finite, positive, same_length
from ldn_analysis.models.trials.orthant import all_below, factor


def _sizes(n: ArrayLike, doses: int) -> FloatArray:
    sizes = positive("n", n)
    if sizes.shape != (doses,):
        raise InputError(f"n has shape {sizes.shape}: must hold the size of each of {doses} arms")
    return sizes


def _rows(name: str, values: ArrayLike) -> FloatArray:
    rows = finite(name, values)
    if rows.ndim != 2 or rows.shape[1] < 2:
        raise InputError(f"{name} has shape {rows.shape}: must be (m, d), a shape a row, two doses or more")
    return rows


def optimal_contrasts(responses: ArrayLike, n: ArrayLike) -> FloatArray:
    """Contrast with the greatest power for each shape; each sums to zero and has length one.

    Parameters
    ----------
    responses : array_like, shape (m, d)
        Mean response of each of m shapes at the d doses. Only the form counts, not size and placebo level.
    n : array_like, shape (d,)
        People an arm (or shares).

    Raises
    ------
    InputError
        A flat row, which has no contrast; wrong shapes; sizes that are not above zero.
    """
    rows = _rows("responses", responses)
    sizes = _sizes(n, rows.shape[1])
    centred = rows - (rows @ sizes / sizes.sum())[:, None]
    flat = np.ptp(rows, axis=1) <= 1e-12 * np.maximum(1.0, np.abs(rows).max(axis=1))
    if flat.any():
        raise InputError(f"responses[{int(np.argmax(flat))}] is flat: a flat shape has no contrast")
    weights = centred * sizes
    return np.asarray(weights / np.linalg.norm(weights, axis=1, keepdims=True))


def contrast_correlation(contrasts: ArrayLike, n: ArrayLike) -> FloatArray:
    """Correlation (m, m) of the test statistics of `contrasts` (m, d) in arms of `n` people."""
    rows = _rows("contrasts", contrasts)
    sizes = _sizes(n, rows.shape[1])
    scaled = rows / np.sqrt(sizes)
    scaled /= np.linalg.norm(scaled, axis=1, keepdims=True)
    return np.asarray(np.clip(scaled @ scaled.T, -1, 1))


def _df(sizes: FloatArray) -> float:
    df = float(sizes.sum() - sizes.size)
    if df < 1:
        raise InputError(f"n adds up to {sizes.sum():g} in {sizes.size} arms: no degree of freedom is left")
    return df


def critical_value(contrasts: ArrayLike, n: ArrayLike, alpha: float = 0.025) -> float:
    """Bound that the largest statistic passes with chance `alpha` (one-sided) if no dose has an effect."""
    alpha = check_level(alpha, "alpha")
    rows = _rows("contrasts", contrasts)
    sizes = _sizes(n, rows.shape[1])
    correlation = contrast_correlation(rows, sizes)
    return bound_of(correlation, _df(sizes), alpha)


def bound_of(correlation: FloatArray, df: float, alpha: float) -> float:
    """The critical value of statistics with this `correlation` (m, m); `df` may be infinite (SD known)."""
    return _critical(np.ascontiguousarray(correlation).tobytes(), len(correlation), float(df), float(alpha))


def known_sd_test(rows: FloatArray, covariance: FloatArray, alpha: float) -> tuple[FloatArray, float]:
    """Weights (m, p) that turn differences with this `covariance` into the statistics of the shapes `rows`,
    and the bound that their largest passes with chance `alpha` if no dose has an effect."""
    weights = np.linalg.solve(covariance, rows.T).T
    weights /= np.sqrt(np.einsum("mi,ij,mj->m", weights, covariance, weights))[:, None]
    if len(rows) == 1:
        return np.asarray(weights, dtype=float), float(special.ndtri(1 - alpha))
    correlation = np.clip(weights @ covariance @ weights.T, -1, 1)
    return np.asarray(weights, dtype=float), bound_of(correlation, np.inf, alpha)


@lru_cache(maxsize=512)
def _critical(correlation: bytes, tests: int, df: float, alpha: float) -> float:
    low, high = float(stats.t.isf(alpha, df)), float(stats.t.isf(alpha / tests, df))
    if tests == 1:
        return low
    root, none = factor(np.frombuffer(correlation).reshape(tests, tests)), np.zeros(tests)

    def excess(q: float) -> float:
        return all_below(q, root, none, df) - (1 - alpha)

    ends = [low - 1e-2, high + 1e-2]
    if np.isfinite(df):  # the bound for a known SD, at the same tail of t, is near: fewer points to integrate
        near = float(stats.t.isf(stats.norm.sf(_critical(correlation, tests, np.inf, alpha)), df))
        close = [near - 5e-3, near + 5e-3]
        ends = close if excess(close[0]) < 0 < excess(close[1]) else ends
    return float(optimize.brentq(excess, ends[0], ends[1], xtol=1e-7))


def mcp_power(
    contrasts: ArrayLike, response: ArrayLike, n: ArrayLike, sd: float, alpha: float = 0.025
) -> float:
    """Chance that at least one contrast is significant, by numerical integration.

    Parameters
    ----------
    contrasts : array_like, shape (m, d)
        From `optimal_contrasts`.
    response : array_like, shape (d,)
        True mean response at each dose, with the sign of the contrasts' shapes.
    n : array_like, shape (d,)
        People an arm.
    sd : float
        SD of the outcome within an arm.
    alpha : float
        One-sided level of the family.
    """
    rows = _rows("contrasts", contrasts)
    sizes = _sizes(n, rows.shape[1])
    truth = finite("response", response)
    same_length(response=truth, n=sizes)
    spread = float(positive("sd", sd))
    shift = rows @ truth / (spread * np.sqrt((rows**2 / sizes).sum(axis=1)))
    bound, df = critical_value(rows, sizes, alpha), _df(sizes)
    if len(rows) == 1:
        return float(stats.nct.sf(bound, df, shift[0]))
    return 1 - all_below(bound, factor(contrast_correlation(rows, sizes)), shift, df)


@cached
def smallest_n(
    responses: ArrayLike, response: ArrayLike, sd: float, power: float, alpha: float = 0.025, most: int = 5000
) -> int | None:
    """Smallest number of people in each of equal arms that gives `power`; None above `most`.

    `responses` (m, d) are the candidate shapes, `response` (d,) is the truth; see `mcp_power`.
    """
    check_level(power, "power")
    check_level(alpha, "alpha")
    rows = _rows("responses", responses)
    arms = rows.shape[1]
    contrasts = optimal_contrasts(rows, np.ones(arms))

    def enough(size: int) -> bool:
        return mcp_power(contrasts, response, np.full(arms, size), sd, alpha) >= power

    truth = finite("response", response)
    if truth.shape != (arms,):
        raise InputError(f"response has shape {truth.shape}: must be ({arms},), one mean for each dose")
    n = int(np.clip(np.floor(_known_sd_n(contrasts, truth, sd, power, alpha)), 2, most))
    while n > 2 and enough(n):
        n -= 1
    while not enough(n):
        n += 1
        if n > most:
            return None
    return n


def _known_sd_n(contrasts: FloatArray, truth: FloatArray, sd: float, power: float, alpha: float) -> float:
    """People an arm, not rounded, if the SD were known: a little too few, so that the search starts near."""
    correlation = np.clip(contrasts @ contrasts.T, -1, 1)
    bound, root = bound_of(correlation, np.inf, alpha), factor(correlation)
    shift = contrasts @ truth / float(positive("sd", sd))
    best = float(shift.max())
    if best <= 0:
        return np.inf
    reach = float(stats.norm.ppf(power))
    high = ((bound + reach) / best) ** 2  # what the best contrast alone would need
    low = min(((float(stats.norm.isf(alpha)) + reach) / best) ** 2, high) / 2

    def lacking(n: float) -> float:
        return power - 1 + all_below(bound, root, shift * np.sqrt(n), np.inf)

    return float(optimize.brentq(lacking, low, high, xtol=0.05)) if lacking(low) > 0 else low
