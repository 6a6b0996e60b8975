"""Isotonic and centred isotonic regression of response rates on dose, with forward intervals.

Oron and Flournoy (2017), Centered isotonic regression: point and interval estimation for dose-response
studies, Stat Biopharm Res 9:258-267; Morris (1988), Small-sample confidence limits for parameters under
inequality constraints, Biometrics 44:1083-1092; Flournoy and Oron (2020), Bias induced by adaptive dose-
finding designs, J Appl Stat 47:2431-2442. Conventions (ties after rounding to eight digits, limits between
the knots interpolated linearly) are those of the R package cir 2.5, against which the numbers are tested.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from ldn_analysis.errors import InputError, check_level, finite, one_of, positive, same_length

__all__ = [
    "IsotonicFit",
    "binomial_interval",
    "dose_table",
    "isotonic_interval",
    "isotonic_regression",
    "morris_interval",
    "shrink_rates",
]

Array = NDArray[np.float64]
BINOMIAL = ("wilson", "agresti_coull", "jeffreys")
INTERVALS = ("morris_wilson", "morris", "morris_agresti_coull", "morris_jeffreys", *BINOMIAL)
_DIGITS = 8  # rates that agree to this many digits count as equal, so that rounding makes no violation


@dataclass(frozen=True, slots=True, eq=False)
class IsotonicFit:
    """A monotone curve through observed rates.

    Attributes
    ----------
    doses, rates, n
        What was fitted, by increasing dose.
    fitted
        The curve at `doses`.
    knots_x, knots_y, knots_n
        Points between which the curve is linear. For the centred form these are the weighted means of the
        pooled doses; a knot with ``n = 0`` only carries the curve flat to the edge of the doses.
    centred
        Whether pooled doses were drawn together to one point (CIR) or left flat (PAVA).
    """

    doses: Array
    rates: Array
    n: Array
    fitted: Array
    knots_x: Array
    knots_y: Array
    knots_n: Array
    centred: bool

    def predict(self, at: ArrayLike) -> Array:
        """The curve at doses `at`; `InputError` outside the doses that were observed."""
        at = finite("at", at)
        if at.size and (at.min() < self.doses[0] or at.max() > self.doses[-1]):
            raise InputError(
                f"at must lie between {self.doses[0]:g} and {self.doses[-1]:g}: no extrapolation"
            )
        return np.interp(at, self.knots_x, self.knots_y)


def dose_table(doses: ArrayLike, responses: ArrayLike) -> tuple[Array, Array, Array]:
    """Distinct doses of a sequence, the share of responses at each, and the number of observations."""
    x, y = finite("doses", doses), finite("responses", responses)
    same_length(doses=x, responses=y)
    if not x.size:
        raise InputError("doses is empty")
    if not np.isin(y, (0, 1)).all():
        raise InputError("responses must be 0 or 1")
    levels, where = np.unique(x, return_inverse=True)
    n = np.bincount(where).astype(float)
    return levels, np.bincount(where, weights=y) / n, n


def shrink_rates(
    rates: ArrayLike, n: ArrayLike, target: float, weight: float = 1.0, minimum: int = 2
) -> Array:
    """Rates drawn towards the design's target by `weight` observations, where ``n >= minimum``.

    Rates away from the balance point of an adaptive design are biased outwards; this is the correction of
    Flournoy and Oron (2020). Rounded to eight digits.
    """
    y, m = finite("rates", rates), positive("n", n)
    return np.where(m < minimum, y, np.round((y * m + target * weight) / (m + weight), _DIGITS))


def _table(doses: ArrayLike, rates: ArrayLike, n: ArrayLike) -> tuple[Array, Array, Array]:
    x, y, m = finite("doses", doses), finite("rates", rates), positive("n", n)
    same_length(doses=x, rates=y, n=m)
    if not x.size or (np.diff(x) <= 0).any():
        raise InputError("doses must be distinct and increasing, at least one")
    if ((y < 0) | (y > 1)).any():
        raise InputError("rates must lie between 0 and 1")
    return x, y, m


def _violations(y: Array, strict: bool, interior_strict: bool) -> NDArray[np.bool_]:
    step = np.diff(np.round(y, _DIGITS))
    if strict:
        return step <= 0
    bad = step < 0
    if interior_strict:  # a flat stretch at 0 or at 1 stays: there is nothing below or above it
        edge = np.isin(np.abs(y), (0, 1))
        bad |= (step == 0) & ~(edge[:-1] & edge[1:])
    return bad


def _pava(y: Array, n: Array) -> Array:
    means: list[float] = []
    weights: list[float] = []
    sizes: list[int] = []
    for value, weight in zip(y, n, strict=True):
        means.append(float(value))
        weights.append(float(weight))
        sizes.append(1)
        while len(means) > 1 and round(means[-2] - means[-1], _DIGITS) > 0:
            total = weights[-2] + weights[-1]
            means[-2:] = [(means[-2] * weights[-2] + means[-1] * weights[-1]) / total]
            weights[-2:] = [total]
            sizes[-2:] = [sizes[-2] + sizes[-1]]
    return np.repeat(means, sizes)


def _centre(x: Array, y: Array, n: Array, strict: bool, interior_strict: bool) -> tuple[Array, Array, Array]:
    px, py, pn = x.copy(), y.copy(), n.copy()
    while py.size > 1 and (bad := _violations(py, strict, interior_strict)).any():
        i = int(np.argmax(bad))
        total = pn[i] + pn[i + 1]
        py[i] = (py[i] * pn[i] + py[i + 1] * pn[i + 1]) / total
        px[i] = (px[i] * pn[i] + px[i + 1] * pn[i + 1]) / total
        pn[i] = total
        px, py, pn = (np.delete(a, i + 1) for a in (px, py, pn))
    if px[0] > x[0]:
        px, py, pn = np.r_[x[0], px], np.r_[py[0], py], np.r_[0.0, pn]
    if px[-1] < x[-1]:
        px, py, pn = np.r_[px, x[-1]], np.r_[py, py[-1]], np.r_[pn, 0.0]
    return px, py, pn


def isotonic_regression(
    doses: ArrayLike,
    rates: ArrayLike,
    n: ArrayLike,
    *,
    centred: bool = True,
    increasing: bool = True,
    strict: bool = False,
    interior_strict: bool = True,
) -> IsotonicFit:
    """Monotone curve through response rates.

    Parameters
    ----------
    doses, rates, n
        Distinct increasing doses, share responding at each (0 to 1), observations at each.
    centred
        ``True``: centred isotonic regression (Oron and Flournoy 2017); ``False``: pool adjacent violators.
    increasing
        Whether the curve rises with dose.
    strict, interior_strict
        Centred form only: draw flat stretches together everywhere, or everywhere but at rates of 0 and 1.
    """
    x, y, m = _table(doses, rates, n)
    sign = 1.0 if increasing else -1.0
    if centred:
        kx, ky, kn = _centre(x, sign * y, m, strict, interior_strict)
    else:
        kx, ky, kn = x, _pava(sign * y, m), m
    ky = sign * ky
    return IsotonicFit(x, y, m, np.interp(x, kx, ky), kx, ky, kn, centred)


def binomial_interval(
    rate: ArrayLike, n: ArrayLike, level: float = 0.9, method: str = "wilson"
) -> tuple[Array, Array]:
    """Lower and upper limits of single proportions: ``wilson``, ``agresti_coull`` or ``jeffreys``.

    `n` may be zero or fractional (pooled weights); a limit without observations is NaN.
    """
    one_of("method", method, BINOMIAL)
    p, m = finite("rate", rate), finite("n", n)
    tail = (1 - check_level(level)) / 2
    z = -float(special.ndtri(tail))
    with np.errstate(divide="ignore", invalid="ignore"):
        if method == "jeffreys":
            low = np.where(p == 0, 0.0, special.betaincinv(m * p + 0.5, m - m * p + 0.5, tail))
            high = np.where(p == 1, 1.0, special.betaincinv(m * p + 0.5, m - m * p + 0.5, 1 - tail))
            return low, high
        centre = (p + z**2 / (2 * m)) / (1 + z**2 / m)
        if method == "wilson":
            half = z * np.sqrt((p * (1 - p) + z**2 / (4 * m)) / m) / (1 + z**2 / m)
        else:
            half = z * np.sqrt(centre * (1 - centre) / (m + z**2))
        return np.maximum(0, centre - half), np.minimum(1, centre + half)


def _cdf(k: Array, n: Array, p: Array) -> Array:
    inside = (k >= 0) & (k < n)
    below = special.betainc(np.where(inside, n - k, 1.0), np.where(inside, k + 1, 1.0), 1 - p)
    return np.where(inside, below, np.where(k < 0, 0.0, 1.0))


def _pmf(k: Array, n: Array, p: Array) -> Array:
    choose = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    return np.exp(choose + special.xlogy(k, p) + special.xlog1py(n - k, -p))


def _morris_upper(y: Array, n: Array, alpha: float) -> Array:
    """Root in p_j of Morris's recursion (4.3): G_j = P(Y_j < y_j) + P(Y_j = y_j) G_{j+1}, all at p_j."""
    low, high = np.zeros(y.size), np.ones(y.size)
    for _ in range(60):
        p = (low + high) / 2
        tail = np.empty(y.size)
        g = _cdf(y[-1], n[-1], p)
        tail[-1] = g[-1]
        for j in range(y.size - 2, -1, -1):
            g = _cdf(y[j] - 1, n[j], p) + _pmf(y[j], n[j], p) * g
            tail[j] = g[j]
        above = tail > alpha
        low, high = np.where(above, p, low), np.where(above, high, p)
    upper = (low + high) / 2
    complete = np.logical_and.accumulate((y == n)[::-1])[::-1]
    return np.where(complete, 1.0, upper)


def morris_interval(
    y: ArrayLike,
    n: ArrayLike,
    level: float = 0.9,
    *,
    rate: ArrayLike | None = None,
    narrower: str | None = "wilson",
) -> tuple[Array, Array]:
    """Limits of ordered proportions by Morris (1988), optionally narrowed by a pointwise interval.

    Parameters
    ----------
    y, n
        Counts and observations at increasing doses.
    level
        Confidence level, for each dose by itself.
    rate
        The fitted rates that the pointwise interval is taken at; default ``y / n``.
    narrower
        A method of `binomial_interval`, or ``None`` for Morris's limits alone.
    """
    counts, m = finite("y", y), finite("n", n)
    same_length(y=counts, n=m)
    tail = (1 - check_level(level)) / 2
    # the lower limit is the upper limit of the non-responses, read in the opposite order
    low = 1 - _morris_upper((m - counts)[::-1], m[::-1], tail)[::-1]
    high = _morris_upper(counts, m, tail)
    if narrower is None:
        return low, high
    with np.errstate(invalid="ignore", divide="ignore"):
        p = np.where(m > 0, counts / m, 0.0) if rate is None else finite("rate", rate)
    other = binomial_interval(p, m, level, narrower)
    low, high = np.maximum(low, other[0]), np.minimum(high, other[1])
    # narrowing at single doses can break the order that the rates are known to have
    return np.fmax.accumulate(low), np.fmin.accumulate(high[::-1])[::-1]


def isotonic_interval(
    fit: IsotonicFit, at: ArrayLike | None = None, level: float = 0.9, method: str = "morris_wilson"
) -> tuple[Array, Array]:
    """Pointwise limits of the curve at doses `at` (default: the observed doses).

    Limits are computed at the knots and interpolated between them. ``morris_wilson`` takes the narrower of
    Morris's and Wilson's limit on each side. NaN when the knots give one distinct limit only.
    """
    one_of("method", method, INTERVALS)
    where = fit.doses if at is None else finite("at", at)
    if method.startswith("morris"):
        narrower = method.partition("_")[2] or None
        counts = np.round(fit.knots_n * fit.knots_y)
        low, high = morris_interval(counts, fit.knots_n, level, rate=fit.knots_y, narrower=narrower)
    else:
        low, high = binomial_interval(fit.knots_y, fit.knots_n, level, method)
    if np.unique(low).size == 1 or np.unique(high).size == 1:
        return np.full(where.shape, np.nan), np.full(where.shape, np.nan)
    seen = fit.knots_n > 0
    x = fit.knots_x[seen]
    return np.interp(where, x, low[seen]), np.interp(where, x, high[seen])
