"""Roots and maxima in one unknown, for many problems at once: bracketed, so that none can run away."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Bounds", "global_maximum", "solve_decreasing"]

Array = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]
Rows = slice | npt.NDArray[np.intp]

_STEP = 1.8  # ratio of neighbouring grid points on the scale of (t + unit)
_DENSE = 512  # grid points where the coarse grid leaves a doubt
_TOLERANCE = 1e-9  # of the last Newton step; the error after a step is of the order of its square
_MOST = 100


class Bounds(NamedTuple):
    """All maxima lie in [0, upper] (none above zero where upper <= 0); `unit` is the scale of the finest detail."""

    unit: Array
    upper: Array


def solve_decreasing(
    terms: Callable[[Array, Rows], tuple[Array, Array]], target: Array, upper: Array, unit: Array
) -> tuple[Array, Bool]:
    """t >= 0 where a decreasing convex function q(t), about const/(t + unit), falls to `target`; 0 if q(0) is below.

    `terms(t, rows)` gives q and -q'. Newton on 1/q (which is straight where q is a hyperbola), kept in its
    bracket by plain Newton, which cannot overshoot a convex function from the left.
    """
    t = np.zeros_like(target)
    done = ~(upper > 0)
    rows: Rows = slice(None)
    if done.any():
        rows = np.flatnonzero(~done)
        if not rows.size:
            return t, np.ones(t.shape, dtype=bool)
    x, goal, high, scale = t[rows], target[rows], upper[rows].copy(), unit[rows]
    low = np.zeros_like(x)
    for _ in range(_MOST):
        q, slope = terms(x, rows)
        gap = q - goal
        left = gap > 0
        low = np.where(left, x, low)
        high = np.where(left, high, x)
        plain = gap / slope
        step = plain * (q / goal)
        new = x + step
        new = np.where((new >= low) & (new <= high), new, np.clip(x + plain, low, high))
        finished = (np.abs(new - x) <= _TOLERANCE * (x + scale)) | (high <= 0)
        x = new
        if finished.all():
            t[rows] = x
            return t, np.ones(t.shape, dtype=bool)
        if finished.mean() > 0.5:
            index = np.arange(len(t))[rows]
            t[index[finished]] = x[finished]
            keep = ~finished
            rows = index[keep]
            x, goal, high, scale, low = x[keep], goal[keep], high[keep], scale[keep], low[keep]
    t[rows] = x
    converged = np.ones(t.shape, dtype=bool)
    converged[np.arange(len(t))[rows][~finished]] = False
    return t, converged


def _grid(bounds: Bounds, rows: Rows, points: int) -> Array:
    """(points + 1, B) values from 0 to the upper bound: even near 0, then in equal ratios."""
    unit, upper = bounds.unit[rows], bounds.upper[rows]
    return unit * np.expm1(np.log1p(upper / unit) * np.arange(points + 1)[:, None] / points)


def _refine(second, rows: Rows, low: Array, high: Array, unit: Array) -> tuple[Array, Bool]:  # noqa: ANN001
    """The root of a2 = tr in each bracket, where a2 / tr falls through 1: Newton on tr / a2, else bisection."""
    x = 0.5 * (low + high)
    out = x.copy()
    converged = np.zeros(x.shape, dtype=bool)
    place: Rows = slice(None)
    for _ in range(_MOST):
        a2, a3, tr, trr = second(x, rows)
        left = a2 > tr
        low = np.where(left, x, low)
        high = np.where(left, high, x)
        new = x + (a2 - tr) * a2 / (2.0 * tr * a3 - trr * a2)
        inside = (new >= low) & (new <= high)
        new = np.where(inside, new, 0.5 * (low + high))
        finished = np.abs(new - x) <= _TOLERANCE * (x + unit) * np.where(inside, 1.0, 1e-6)
        x = new
        if finished.all():
            out[place] = x
            converged[place] = True
            return out, converged
        if finished.mean() > 0.5:
            index = np.arange(len(out))[place]
            out[index[finished]] = x[finished]
            converged[index[finished]] = True
            keep = ~finished
            place = index[keep]
            every = np.arange(len(out)) if isinstance(rows, slice) else rows
            rows = every[keep]
            x, low, high, unit = x[keep], low[keep], high[keep], unit[keep]
    out[place] = x
    return out, converged


def _peaks(positive: Bool) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Grid interval and column of each fall from positive to not."""
    return np.nonzero(positive[:-1] & ~positive[1:])


def global_maximum(first, second, value, bounds: Bounds) -> tuple[Array, Bool]:  # noqa: ANN001
    """t >= 0 at the highest point of each function, and whether the search converged.

    The slope has the sign of ``a2 - tr``. A coarse grid brackets every fall of the slope through zero. Most
    columns have one, or none (then the maximum is at 0). Where there are several candidates, or the grid shows
    a dip that might hide two, a dense grid is laid and the candidates' values are compared.
    """
    t = np.zeros_like(bounds.upper)
    converged = np.ones(t.shape, dtype=bool)
    reach = np.log1p(np.maximum(bounds.upper, 0.0) / bounds.unit) / np.log(_STEP)
    level = np.where(bounds.upper > 0, 2.0 ** np.ceil(np.log2(np.maximum(reach, 4.0))), 0.0).astype(int)
    for points in np.unique(level):
        if points:
            same = level == points
            rows: Rows = slice(None) if same.all() else np.flatnonzero(same)
            _search(first, second, value, bounds, rows, int(points), t, converged)
    return t, converged


def _search(first, second, value, bounds, rows, points, t, converged) -> None:  # noqa: ANN001
    grid = _grid(bounds, rows, points)
    a2, tr = first(grid[:-1], rows)
    ratio = np.concatenate([a2 / tr - 1.0, np.full((1, a2.shape[1]), -1.0)])
    positive = ratio > 0
    falls = positive[:-1] & ~positive[1:]
    count = falls.sum(axis=0) + ~positive[0]
    middle = ratio[1:-1]
    dip = positive[1:-1] & (middle <= ratio[:-2]) & (middle <= ratio[2:])
    bump = ~positive[1:-1] & (middle >= ratio[:-2]) & (middle >= ratio[2:])
    doubtful = (count > 1) | (dip | bump).any(axis=0) | (~positive[0] & (ratio[1] > ratio[0]))
    index = np.arange(len(t))[rows]
    simple = np.flatnonzero(~doubtful & positive[0])
    if simple.size:
        at = falls[:, simple].argmax(axis=0)
        chosen: Rows = index[simple] if simple.size < len(t) else slice(None)
        x, ok = _refine(second, chosen, grid[at, simple], grid[at + 1, simple], bounds.unit[chosen])
        t[chosen] = x
        converged[chosen] = ok
    if doubtful.any():
        hard = index[doubtful]
        for part in np.array_split(hard, -(-hard.size // 256)):
            t[part], converged[part] = _compare(first, second, value, bounds, part)


def _compare(first, second, value, bounds, rows) -> tuple[Array, Bool]:  # noqa: ANN001
    """Lay a dense grid, solve every bracket, keep the highest candidate (0 is always one)."""
    grid = _grid(bounds, rows, _DENSE)
    a2, tr = first(grid, rows)
    where, column = _peaks(a2 > tr)
    best = np.zeros(len(rows))
    height = value(best, rows)
    converged = np.ones(len(rows), dtype=bool)
    if where.size:
        x, ok = _refine(
            second, rows[column], grid[where, column], grid[where + 1, column], bounds.unit[rows[column]]
        )
        heights = value(x, rows[column])
        for i in np.argsort(heights, kind="stable"):  # the highest comes last and stays
            if heights[i] > height[column[i]]:
                best[column[i]], height[column[i]] = x[i], heights[i]
            converged[column[i]] &= ok[i]
    return best, converged
