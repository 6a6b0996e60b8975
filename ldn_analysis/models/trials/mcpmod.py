"""MCP-Mod: the shapes that a dose-response may have, and is there any dose effect, tested by the contrasts of
several of them at once.

Bretz, Pinheiro & Branson 2005 (10.1111/j.1541-0420.2005.00344.x). Numbers and the shapes' parameters agree
with R's DoseFinding (Bornkamp, Pinheiro & Bretz 2009, Journal of Statistical Software 29(7)). A contrast has
the sign of its shape: if the shape lowers pain, a large positive statistic favours the drug.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special, stats

from ldn_analysis.cache import cached
from ldn_analysis.errors import (
    FloatArray,
    InputError,
    check_level,
    finite,
    one_of,
    positive,
    same_length,
    within,
)
from ldn_analysis.models.trials.orthant import all_below, factor

_GRID = 2001


def _beta(d: FloatArray, delta1: float, delta2: float, scale: float) -> FloatArray:
    top = (delta1 + delta2) ** (delta1 + delta2) / (delta1**delta1 * delta2**delta2)
    share = d / scale
    return top * share**delta1 * (1 - share) ** delta2


_FORMS: dict[str, tuple[tuple[str, ...], Callable[..., FloatArray]]] = {
    "flat": ((), lambda d: np.zeros_like(d)),
    "linear": ((), lambda d: d),
    "linlog": (("offset",), lambda d, offset: np.log(d + offset)),
    "emax": (("ed50",), lambda d, ed50: d / (ed50 + d)),
    "sigmoid": (("ed50", "hill"), lambda d, ed50, hill: d**hill / (ed50**hill + d**hill)),
    "logistic": (("ed50", "delta"), lambda d, ed50, delta: 1 / (1 + np.exp((ed50 - d) / delta))),
    "exponential": (("delta",), lambda d, delta: np.expm1(d / delta)),
    "quadratic": (("curvature",), lambda d, curvature: d + curvature * d**2),
    "beta": (("delta1", "delta2", "scale"), _beta),
}
KINDS: dict[str, tuple[str, ...]] = {kind: names for kind, (names, _) in _FORMS.items()}
"""Each kind of shape with the names of its parameters (doses and scales in mg)."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A dose-response over 0 to `highest` mg.

    Parameters
    ----------
    name : str
        What it is called in a report.
    kind : str
        One of `KINDS`.
    parameters : tuple of float
        In the order of ``KINDS[kind]``; `curvature` is that of ``d + curvature d**2``, so that a value below
        zero bends the curve down.
    highest : float
        Highest dose (mg); within 0 to this dose the greatest effect is reached.
    greatest : float
        The greatest difference from placebo, in the outcome's unit and with its sign (for pain, below zero
        favours the drug).

    Raises
    ------
    InputError
        Unknown kind, wrong number of parameters, or one that its shape does not allow.
    """

    name: str
    kind: str
    parameters: tuple[float, ...] = ()
    highest: float = 6.0
    greatest: float = 1.0

    def __post_init__(self) -> None:
        names = KINDS[one_of("kind", self.kind, KINDS)]
        positive("highest", self.highest)
        finite("greatest", self.greatest)
        if len(self.parameters) != len(names):
            listed = ", ".join(names) or "none"
            raise InputError(f"parameters is {self.parameters}: the {self.kind} shape takes {listed}")
        for name, value in zip(names, self.parameters, strict=True):
            (finite if name == "curvature" else positive)(name, value)
        if self.kind == "beta" and self.parameters[2] <= self.highest:
            raise InputError(f"scale is {self.parameters[2]:g}: must be above the highest dose")

    def _rise(self, dose: FloatArray) -> FloatArray:
        """Difference from placebo at each `dose`, before it is scaled to `greatest`."""
        form = _FORMS[self.kind][1]
        return form(dose, *self.parameters) - form(np.zeros(1), *self.parameters)

    def response(self, dose: ArrayLike) -> FloatArray:
        """Mean difference from placebo at each `dose` (mg, 0 to `highest`), in the unit of `greatest`."""
        d = finite("dose", dose)
        if np.any(d < 0) or np.any(d > self.highest * (1 + 1e-12)):
            raise InputError(f"dose runs from {d.min():g} to {d.max():g}: must be in 0 to {self.highest:g}")
        if self.kind == "flat":
            return np.zeros(d.shape)
        return self.greatest * self._rise(d) / self._top()[1]

    def _top(self) -> tuple[float, float]:
        """The dose of the greatest effect in range, and the unscaled effect there."""
        dose = self.highest
        if self.kind == "quadratic" and self.parameters[0] < 0:
            dose = min(dose, -0.5 / self.parameters[0])
        elif self.kind == "beta":
            delta1, delta2, scale = self.parameters
            dose = min(dose, scale * delta1 / (delta1 + delta2))
        return dose, float(self._rise(np.array([dose]))[0])

    def share_dose(self, share: float) -> float:
        """Smallest dose with at least `share` (above 0, at most 1) of the greatest effect in range."""
        within("share", share, 0, 1, "(]")
        if self.kind == "flat":
            return float("nan")
        dose, top = self._top()
        if share == 1:
            return dose

        def lacking(d: float) -> float:
            return float(self._rise(np.array([d]))[0]) / top - share

        return float(optimize.brentq(lacking, 0.0, dose, xtol=1e-12, rtol=1e-14))


def candidate_shapes(highest: float = 6.0, greatest: float = -1.0) -> tuple[Shape, ...]:
    """The candidate set of the report: every kind, a peak inside the range among them, and flat last.

    The parameters are placed relative to `highest` (mg), so that half of the effect is reached early, midway
    and late. They are guesses, as MCP-Mod asks for before a trial (Bretz, Pinheiro & Branson 2005,
    10.1111/j.1541-0420.2005.00344.x); `greatest` has the outcome's sign (below zero favours the drug).
    """
    parameters = (
        ("linear", "linear", ()),
        ("levels off early", "emax", (highest / 6,)),
        ("levels off late", "emax", (highest / 2,)),
        ("sigmoid", "sigmoid", (highest / 2, 3.0)),
        ("logistic", "logistic", (highest / 2, highest / 10)),
        ("exponential", "exponential", (highest / 3,)),
        ("quadratic peak", "quadratic", (-0.72 / highest,)),
        ("beta peak", "beta", (1.2, 1.2, 1.2 * highest)),
    )
    shapes = tuple(Shape(name, kind, values, highest, greatest) for name, kind, values in parameters)
    return (*shapes, Shape("flat", "flat", (), highest, greatest))


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
