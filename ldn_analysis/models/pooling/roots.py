"""Roots and maxima in one unknown, for many problems at once: bracketed, so that none can run away.

A problem holds one function a column and says what is asked of it below; ``take(columns)`` gives the same for
some of the columns (or one column several times).
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol, Self

import numpy as np

from ldn_analysis.errors import BoolArray, FloatArray, IndexArray

Look = tuple[Any, Any, Any]  # a, b and -b' at a point: arrays or plain floats

_STEP = 1.8  # ratio of neighbouring grid points on the scale of (t + unit)
_DENSE = 256  # grid points where the coarse grid leaves a doubt
_TOGETHER = 1024  # columns on a dense grid at a time, which bounds the memory
_TOLERANCE = 1e-8  # of the last Newton step; the error after a step is of the order of its square
_MOST = 100
_FURTHER = 3.0  # how far the second look of a proof goes, on the scale of (t + unit)
_FEW = 7  # Newton steps without a bracket; who needs more gets one


class Bounds(NamedTuple):
    """All maxima lie in [0, upper], and at 0 where upper <= 0; `unit` is the scale of the finest detail.

    `limit` is what ``t^2 a`` tends to for large t.
    """

    unit: FloatArray
    upper: FloatArray
    limit: FloatArray


class Curve(Protocol):
    """A function that decreases and is convex, about const / (t + unit)."""

    def slope(self, t: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Value and minus the slope at t, shape (B,)."""
        ...

    def take(self, columns: IndexArray) -> Self: ...


class Likelihood(Protocol):
    """A log-likelihood whose slope has the sign of ``a - b`` with a and b positive.

    ``1 / sqrt(a)`` and ``1 / b`` must increase and be concave, as they do for ``a = y'PPy`` and b the trace
    of P or W: by Cauchy and Schwarz, ``(y'PPPy)^2 <= y'PPy y'PPPPy`` and ``(tr PP)^2 <= tr P tr PPP``.
    """

    def parts(self, t: FloatArray) -> tuple[FloatArray, FloatArray]:
        """a and b at each t, shape (G, B)."""
        ...

    def newton(self, t: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """a, -a'/2, b and -b' at t, shape (B,)."""
        ...

    def height(self, t: FloatArray) -> FloatArray:
        """The log-likelihood up to a constant a column, shape (B,)."""
        ...

    def take(self, columns: IndexArray) -> Self: ...


def solve_decreasing(
    curve: Curve, target: FloatArray, upper: FloatArray, unit: FloatArray
) -> tuple[FloatArray, BoolArray]:
    """t >= 0 where each curve falls to `target` (0 if it starts below), and whether the search converged.

    Newton on 1/curve, which is straight where the curve is a hyperbola; where that leaves the bracket, plain
    Newton, which cannot overshoot a convex function from the left.
    """
    t = np.zeros_like(target)
    converged = np.ones(t.shape, dtype=bool)
    place = np.flatnonzero(upper > 0)
    if not place.size:
        return t, converged
    if place.size < t.size:
        curve, target, upper, unit = curve.take(place), target[place], upper[place], unit[place]
    x, low, high = np.zeros_like(target), np.zeros_like(target), upper
    for _ in range(_MOST):
        value, slope = curve.slope(x)
        gap = value - target
        left = gap > 0
        low, high = np.where(left, x, low), np.where(left, high, x)
        plain = gap / slope
        new = x + plain * (value / target)
        new = np.where((new >= low) & (new <= high), new, np.minimum(np.maximum(x + plain, low), high))
        done = (np.abs(new - x) <= _TOLERANCE * (x + unit)) | (high <= 0)
        x = new
        if done.all():
            t[place] = x
            return t, converged
        if 2 * np.count_nonzero(done) > done.size:
            t[place[done]] = x[done]
            keep = np.flatnonzero(~done)
            place, curve = place[keep], curve.take(keep)
            x, low, high, target, unit = x[keep], low[keep], high[keep], target[keep], unit[keep]
            done = done[keep]
    t[place] = x
    converged[place] = done
    return t, converged


def global_maximum(problem: Likelihood, bounds: Bounds, start: FloatArray) -> tuple[FloatArray, BoolArray]:
    """t >= 0 at the highest point of each likelihood, and whether the search converged.

    Most columns are settled by a few Newton steps from `start` and a proof that there is no other maximum;
    the others by a grid.
    """
    t, proven = _prove(problem, bounds, start)
    converged = np.ones(t.shape, dtype=bool)
    doubtful = np.flatnonzero(~proven)
    if doubtful.size:
        some = Bounds(*(b[doubtful] for b in bounds))
        t[doubtful], converged[doubtful] = _by_grid(problem.take(doubtful), some)
    return t, converged


def falls_beyond(a: Any, b: Any, b_fall: Any, limit: Any) -> Any:
    """Whether the likelihood falls from a point where a <= b to infinity; False leaves it open.

    1/sqrt(a) is concave and so rises at least by 1/sqrt(limit) for each unit of t; 1/b stays below its
    tangent. The square of the first line exceeds the second everywhere if their quadratic has no root there.
    """
    excess = (a**0.5) * (limit**0.5) * b_fall / (b * b) - 2.0
    return (excess <= 0.0) | (excess * excess < 4.0 * (1.0 - a / b))


def falls_in_two(here: Look, there: Look, width: Any, limit: Any) -> Any:
    """As `falls_beyond`, with a second look: each of the two points is (a, b, -b'), `width` apart.

    Between them 1/sqrt(a) stays above its chord, so that its slope need not be taken as that at infinity.
    """
    chord = (there[0] ** -0.5 - here[0] ** -0.5) / width
    return falls_beyond(*here, chord**-2.0) & (there[0] <= there[1]) & falls_beyond(*there, limit)


def rises_before(t: Any, slope: Any, b: Any, b_at_0: Any) -> Any:
    """Whether the likelihood rises from 0 to a stationary point t, with slope = -(log a)' / 2 there.

    1/sqrt(a) stays below its tangent at t, and 1/b above its chord from 0 to t. The square of the tangent is
    convex and meets the chord at t: if it is below at 0, it is below all the way.
    """
    return (1.0 - t * slope) ** 2 * b_at_0 < b


def _prove(problem: Likelihood, bounds: Bounds, start: FloatArray) -> tuple[FloatArray, BoolArray]:
    """The only maximum of each likelihood, and whether it is proven to be that (else the number is void)."""
    t = np.zeros_like(start)
    whole = problem
    x, (unit, _, limit) = start, bounds
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # what runs away proves nothing
        a, _, b_at_0, b_fall = problem.newton(t)
        possible = a <= b_at_0
        proven = possible & falls_beyond(a, b_at_0, b_fall, limit)
        place = np.flatnonzero(~possible)
        keep = place
        for left in reversed(range(min(_FEW, _MOST))):
            if keep.size < x.size:
                problem = problem.take(keep)
                x, unit, limit, b_at_0 = x[keep], unit[keep], limit[keep], b_at_0[keep]
            a, slope, b, b_fall = problem.newton(x)
            slope /= a
            step = (a - b) / (2.0 * b * slope - b_fall)
            new = x + step
            done = np.abs(step) <= _TOLERANCE * (new + unit)
            settled = np.count_nonzero(done)
            if 2 * settled < done.size and left:
                x = new
                continue
            t[place] = new
            possible[place] = done & (new >= 0) & rises_before(x, slope, b, b_at_0)
            proven[place] = possible[place] & falls_beyond(a, b, b_fall, limit)
            if settled == done.size:
                break
            keep = np.flatnonzero(~done)
            x, place = new, place[keep]
        again = np.flatnonzero(possible & ~proven)
        if again.size:
            problem, x = whole.take(again), t[again]
            width = _FURTHER * (x + bounds.unit[again])
            here, there = ((a, b, b_fall) for a, _, b, b_fall in map(problem.newton, (x, x + width)))
            proven[again] = falls_in_two(here, there, width, bounds.limit[again])
    return t, proven


def _by_grid(problem: Likelihood, bounds: Bounds) -> tuple[FloatArray, BoolArray]:
    """As `global_maximum`, without a start and without a proof.

    A coarse grid brackets every fall of the slope through zero. Most columns have one, or none (then the
    maximum is at 0). Where there are several candidates, or the grid shows a dip that might hide two more, a
    dense grid is laid and the candidates' heights are compared.
    """
    t = np.zeros_like(bounds.upper)
    converged = np.ones(t.shape, dtype=bool)
    above = bounds.upper > 0
    if not above.any():
        return t, converged
    reach = np.log1p(np.where(above, bounds.upper, 0.0) / bounds.unit) / np.log(_STEP)
    points = np.where(above, np.exp2(np.ceil(np.log2(np.maximum(reach, 8.0)))), 0.0).astype(np.intp)
    for number in np.unique(points[above]).tolist():
        same = np.flatnonzero(points == number)
        if same.size == points.size:
            return _search(problem, bounds, number)
        t[same], converged[same] = _search(problem.take(same), Bounds(*(b[same] for b in bounds)), number)
    return t, converged


def _grid(bounds: Bounds, points: int) -> FloatArray:
    """(points + 1, B) values from 0 to the upper bound: even near 0, then in equal ratios."""
    step = np.log1p(bounds.upper / bounds.unit) / points
    return bounds.unit * np.expm1(step * np.arange(points + 1)[:, None])


def _search(problem: Likelihood, bounds: Bounds, points: int) -> tuple[FloatArray, BoolArray]:
    grid = _grid(bounds, points)
    a, b = problem.parts(grid[:-1])
    excess = a / b
    excess -= 1.0
    positive = excess > 0
    falls = positive.copy()
    falls[:-1] &= ~positive[1:]  # the last point is the bound, where the slope is negative
    middle, before, after = excess[1:-1], excess[:-2], excess[2:]
    lowest, highest = (middle <= before) & (middle <= after), (middle >= before) & (middle >= after)
    doubtful = np.where(positive[1:-1], lowest, highest).any(axis=0)
    doubtful |= ~positive[0] & ((excess[1] > excess[0]) | falls.any(axis=0))
    doubtful |= falls.sum(axis=0) > 1

    t = np.zeros_like(bounds.upper)
    converged = np.ones(t.shape, dtype=bool)
    simple = np.flatnonzero(~doubtful & positive[0])
    if simple.size:
        at = falls.argmax(axis=0)[simple]
        chosen = problem if simple.size == t.size else problem.take(simple)
        t[simple], converged[simple] = _refine(
            chosen, grid[at, simple], grid[at + 1, simple], bounds.unit[simple]
        )
    hard = np.flatnonzero(doubtful)
    for start in range(0, hard.size, _TOGETHER):
        part = hard[start : start + _TOGETHER]
        t[part], converged[part] = _compare(problem.take(part), Bounds(*(b[part] for b in bounds)))
    return t, converged


def _refine(
    problem: Likelihood, low: FloatArray, high: FloatArray, unit: FloatArray
) -> tuple[FloatArray, BoolArray]:
    """The root of a = b in each bracket, where a falls through b: Newton on b / a, else bisection.

    b / a is straight in t when all variances are equal, so that a step or two is enough near the solution.
    """
    t = np.empty_like(low)
    converged = np.ones(t.shape, dtype=bool)
    place = np.arange(t.size)
    x = 0.5 * (low + high)
    for _ in range(_MOST):
        a, a_fall, b, b_fall = problem.newton(x)
        left = a > b
        low, high = np.where(left, x, low), np.where(left, high, x)
        new = x + (a - b) * a / (2.0 * b * a_fall - b_fall * a)
        inside = (new >= low) & (new <= high)
        new = np.where(inside, new, 0.5 * (low + high))
        done = np.where(inside, np.abs(new - x), high - low) <= _TOLERANCE * (x + unit)
        x = new
        if done.all():
            t[place] = x
            return t, converged
        if 2 * np.count_nonzero(done) > done.size:
            t[place[done]] = x[done]
            keep = np.flatnonzero(~done)
            place, problem = place[keep], problem.take(keep)
            x, low, high, unit, done = x[keep], low[keep], high[keep], unit[keep], done[keep]
    t[place] = x
    converged[place] = done
    return t, converged


def _compare(problem: Likelihood, bounds: Bounds) -> tuple[FloatArray, BoolArray]:
    """Lay a dense grid, solve every bracket, keep the highest candidate (0 is always one)."""
    grid = _grid(bounds, _DENSE)
    a, b = problem.parts(grid)
    positive = a > b
    at, column = np.nonzero(positive[:-1] & ~positive[1:])
    best = np.zeros_like(bounds.upper)
    height = problem.height(best)
    converged = np.ones(best.shape, dtype=bool)
    if column.size:
        several = problem.take(column)
        x, ok = _refine(several, grid[at, column], grid[at + 1, column], bounds.unit[column])
        heights = several.height(x)
        order = np.argsort(heights, kind="stable")  # the highest is written last and stays
        order = order[heights[order] > height[column[order]]]
        best[column[order]] = x[order]
        np.logical_and.at(converged, column, ok)
    return best, converged
