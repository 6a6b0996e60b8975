"""The dose at which an isotonic curve reaches a target rate, with an interval.

The interval is the local ("delta") inversion of Oron and Flournoy (2017): the vertical distance from the
curve to its limit, divided by a slope that is averaged towards that side, made monotone, and never wider than
the direct ("global") inversion of the forward limits. Conventions as in the R package cir 2.5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ldn_analysis.errors import InputError, finite
from ldn_analysis.models.updown.isotonic import IsotonicFit, isotonic_interval

__all__ = ["InverseDose", "inverse_dose", "inverse_point"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class InverseDose:
    """Doses at which the fitted curve reaches `target`; NaN where the curve does not reach it."""

    target: Array
    point: Array
    lower: Array
    upper: Array
    level: float
    interval: str
    method: str


def _read_off(x: Array, y: Array, at: float) -> float:
    """Linear interpolation by bisection over `x` with ties left in order, NaN outside."""
    keep = ~(np.isnan(x) | np.isnan(y))
    x, y = x[keep], y[keep]
    if not x.size or at < x[0] or at > x[-1]:
        return float("nan")
    i, j = 0, x.size - 1
    while i < j - 1:
        middle = (i + j) // 2
        if at < x[middle]:
            j = middle
        else:
            i = middle
    if at == x[j]:
        return float(y[j])
    if at == x[i]:
        return float(y[i])
    return float(y[i] + (y[j] - y[i]) * ((at - x[i]) / (x[j] - x[i])))


def _curved(x: Array, y: Array, at: float, upward: bool) -> float:
    """As `_read_off`, by the parabola that is flat at the outer end of each segment: wider than the chord."""
    if at < x[0] or at > x[-1]:
        return float("nan")
    exact = np.flatnonzero(x == at)
    if exact.size:
        return float(y[exact[0]])
    i = int(np.searchsorted(x, at, side="right")) - 1
    share = (at - x[i]) / (x[i + 1] - x[i])
    rise = y[i + 1] - y[i]
    flat_first = upward != (rise < 0)
    return float(y[i] + rise * (share**2 if flat_first else 1 - (1 - share) ** 2))


def _slopes(x: Array, y: Array, at: Array, least: float) -> Array:
    steps = np.diff(y) / np.diff(x)
    padded = np.r_[steps[0], steps, steps[-1]]
    i = np.searchsorted(x, at, side="right")  # 1-based segment; a knot has its segment to the right
    inside = steps[np.minimum(i, steps.size) - 1]
    knot = np.isin(at, x)
    slope = np.where(knot, (padded[i - 1] + padded[np.minimum(i, padded.size - 1)]) / 2, inside)
    return np.maximum(slope, least)


def _one_sided(slopes: Array, grid: Array, x: Array, widths: Array, centre: Array, *, left: bool) -> Array:
    """Mean slope between each dose and its first limit, weighted by the square of nearness to the dose."""
    out = centre.copy()
    for a, (dose, width) in enumerate(zip(x, widths, strict=True)):
        inside = (grid >= dose + width) & (grid <= dose) if left else (grid <= dose + width) & (grid >= dose)
        found = slopes[inside]
        if found.size:
            rank = np.arange(1, found.size + 1, dtype=float)
            out[a] = np.average(found, weights=(rank if left else rank[::-1]) ** 2)
    return out


def inverse_point(fit: IsotonicFit, target: ArrayLike, *, extrapolate: bool = False) -> Array:
    """Dose at which the curve reaches each target; NaN where it does not (or by the outermost segment)."""
    targets = np.atleast_1d(finite("target", target))
    x, y = fit.knots_x, fit.knots_y
    if y.min() == y.max():
        return np.full(targets.shape, np.nan)
    out = np.array([_read_off(y, x, t) for t in targets])
    if extrapolate:
        for side, ends in ((targets < y.min(), (0, 1)), (targets > y.max(), (-2, -1))):
            a, b = ends
            if y[b] != y[a]:
                out[side] = x[b] + (targets[side] - y[b]) * (x[b] - x[a]) / (y[b] - y[a])
    return out


def _delta_interval(
    fit: IsotonicFit,
    targets: Array,
    level: float,
    method: str,
    *,
    curved: bool,
    refine: bool,
    check: bool,
    fine: float = 0.05,
    least: float = 0.01,
) -> tuple[Array, Array]:
    nothing = np.full(targets.shape, np.nan)
    x, y = fit.knots_x, np.round(fit.knots_y, 8)
    if (fit.knots_n > 0).sum() < 2 or np.unique(y).size < 2:
        return nothing, nothing
    rounded = IsotonicFit(fit.doses, fit.rates, fit.n, fit.fitted, x, y, fit.knots_n, fit.centred)
    least = least / float(np.mean(np.diff(fit.doses)))
    gaps = np.diff(x)
    where = np.unique(np.r_[x, x[:-1] + fine * gaps, x[1:] - fine * gaps])
    curve = np.interp(where, x, y)
    low, high = isotonic_interval(rounded, where, level, method)
    slope = _slopes(x, y, where, least)
    right, left = (curve - low) / slope, (curve - high) / slope
    if refine:
        step = fine * (x[-1] - x[0]) / (x.size - 1)
        count = int((x[-1] - x[0]) / step + 1e-10)
        grid = np.unique(np.r_[x, np.minimum(x[0] + np.arange(count + 1) * step, x[-1])])
        fine_slopes = _slopes(x, y, grid, least)
        to_right = _one_sided(fine_slopes, grid, where, right, slope, left=False)
        to_left = _one_sided(fine_slopes, grid, where, left, slope, left=True)
        right, left = right * slope / to_right, left * slope / to_left
    upper = np.minimum.accumulate((where + right)[::-1])[::-1]
    lower = np.maximum.accumulate(where + left)
    if np.unique(upper).size == 1 or np.unique(lower).size == 1:
        return nothing, nothing
    if curved:
        levels, first = np.unique(curve, return_index=True)
        out_low = np.array([_curved(levels, lower[first], t, True) for t in targets])
        out_high = np.array([_curved(levels, upper[first], t, False) for t in targets])
    else:
        out_low = np.array([_read_off(curve, lower, t) for t in targets])
        out_high = np.array([_read_off(curve, upper, t) for t in targets])
    if check:
        global_high = np.array([_read_off(low, where, t) for t in targets])
        global_low = np.array([_read_off(high, where, t) for t in targets])
        out_high = np.where(np.isfinite(global_high) & (global_high < out_high), global_high, out_high)
        out_low = np.where(np.isfinite(global_low) & (global_low > out_low), global_low, out_low)
    return out_low, out_high


def _global_interval(
    fit: IsotonicFit, targets: Array, level: float, method: str, resolution: int = 100
) -> tuple[Array, Array]:
    grid = np.linspace(fit.doses[0], fit.doses[-1], 1 + resolution * (fit.doses.size - 1))
    low, high = isotonic_interval(fit, grid, level, method)
    lower, upper = np.full(targets.shape, -np.inf), np.full(targets.shape, np.inf)
    for a, t in enumerate(targets):
        if t <= low.max():
            upper[a] = grid[np.flatnonzero(low >= t)[0]]
        if t >= high.min():
            lower[a] = grid[np.flatnonzero(high <= t)[-1]]
    return lower, upper


def inverse_dose(
    fit: IsotonicFit,
    target: ArrayLike = 0.5,
    *,
    level: float = 0.9,
    interval: str = "morris_wilson",
    method: str = "delta",
    curved: bool = False,
    extrapolate: bool = False,
    refine: bool = True,
    check: bool = True,
) -> InverseDose:
    """Dose at which the fitted curve reaches `target`, with an interval.

    Parameters
    ----------
    fit
        From `isotonic_regression` (increasing).
    target
        One or more response rates.
    level, interval
        Level and kind of the forward interval that is inverted.
    method
        ``delta``: local inversion; ``global``: where the forward limits cross the target, infinite where they
        do not (honest and wide).
    curved
        Widen between the knots by parabolas, advised when the target is not the design's balance point.
    extrapolate
        Continue the outermost segment for targets that the curve does not reach (the point only).
    refine, check
        Average the slope to each side; never be wider than the global inversion.

    Notes
    -----
    Coverage is poor for targets far from the design's balance point: for the 95th percentile of a design that
    hovers around the median these limits are not to be relied on.
    """
    targets = np.atleast_1d(finite("target", target))
    if ((targets <= 0) | (targets >= 1)).any():
        raise InputError("target must lie between 0 and 1")
    point = inverse_point(fit, targets, extrapolate=extrapolate)
    if np.isnan(point).all():
        # the curve reaches none of the targets: nothing bounds the dose
        lower, upper = np.full(targets.shape, -np.inf), np.full(targets.shape, np.inf)
    elif method == "delta":
        lower, upper = _delta_interval(
            fit, targets, level, interval, curved=curved, refine=refine, check=check
        )
    elif method == "global":
        lower, upper = _global_interval(fit, targets, level, interval)
    else:
        raise InputError(f"method is {method!r}: must be one of 'delta', 'global'")
    return InverseDose(targets, point, lower, upper, level, interval, method)
