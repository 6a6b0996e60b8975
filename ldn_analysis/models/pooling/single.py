"""One small data set by REML: a tenth of a millisecond instead of three.

numpy spends about a microsecond on each operation however few the numbers, and `columns.fit_columns` needs
some hundreds of operations. For one column the same steps are several times as fast in plain floats, or, of
more than some studies, in the few operations of vectors that they need; which matters in a loop over data
sets or behind a slider. So this file says once more, for one column and the default estimator, what
`columns`, `tau2` and `roots` say for many. The proofs that a maximum is the only one are shared. What is not
settled here (no proof, no convergence, a division by zero) is left to the general code, and the tests hold
both to the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import inf, sqrt
from operator import mul
from typing import Any, NamedTuple

import numpy as np
from scipy.special import chdtrc, chdtri, ndtr, stdtr

from ldn_analysis.models.limits import critical
from ldn_analysis.models.pooling import roots

Floats = list[float]
Interval = tuple[float, float]

_PLAIN = 24  # studies up to which plain floats are faster than vectors


class _Vectors(NamedTuple):
    """What is done with the studies of a column, in lists of floats or in arrays."""

    weights: Callable[[Any, float], Any]
    total: Callable[[Any], float]
    dot: Callable[[Any, Any], float]
    times: Callable[[Any, Any], Any]
    less: Callable[[Any, float], Any]


_LISTS = _Vectors(
    weights=lambda v, t: [1.0 / (x + t) for x in v],
    total=sum,
    dot=lambda a, b: sum(map(mul, a, b)),
    times=lambda a, b: list(map(mul, a, b)),
    less=lambda a, m: [x - m for x in a],
)
_ARRAYS = _Vectors(
    weights=lambda v, t: 1.0 / (v + t),
    total=lambda a: float(np.add.reduce(a)),
    dot=lambda a, b: float(a.dot(b)),
    times=np.multiply,
    less=np.subtract,
)


class _Column(NamedTuple):
    """Estimates from the first of them, which has the smallest variance; the sum of their squares around
    their mean; the smallest variance."""

    y: Any
    v: Any
    of: _Vectors
    ss: float
    unit: float


class _At(NamedTuple):
    """Sums at one tau2, in the notation of `tau2`: y'PPy, y'PPPy and the traces of P and PP."""

    s1: float
    mu: float
    q: float
    a: float
    a3: float
    tr: float
    trr: float


def _at(c: _Column, t: float) -> _At:
    """As in `tau2.MeanLikelihood` and `tau2.traces`."""
    total, dot, times, less = c.of[1:]
    w = c.of.weights(c.v, t)
    first, later = float(w[0]), w[1:]
    others = total(later)
    s1 = first + others
    mu = dot(w, c.y) / s1
    r = less(c.y, mu)
    z = times(w, r)
    q = dot(z, r)
    z[0] = -total(z[1:])
    far = less(z, dot(w, z) / s1)
    squares = times(later, later)
    others_2 = total(squares)
    share, ratio = first / s1, others_2 / s1
    return _At(
        s1,
        mu,
        q,
        dot(z, z),
        dot(w, times(far, far)),
        others * (1.0 + share) - ratio,
        share * share * (others * others + 2.0 * others_2)
        + (ratio * ratio + others_2 - 2.0 * dot(squares, later) / s1),
    )


def pool_small(y: Floats, v: Floats, inference: str, level: float, prediction: str) -> dict[str, Any] | None:
    """The numbers of `Pooled` for two or more studies by REML; None where the general code must look."""
    try:
        return _pool(y, v, inference, level, prediction)
    except (ArithmeticError, ValueError):  # division by zero, root of a negative rounding error
        return None


def _pool(y: Floats, v: Floats, inference: str, level: float, prediction: str) -> dict[str, Any] | None:
    k = len(y)
    df = k - 1.0
    as_given, first = v, v.index(min(v))
    y, v = ([x[first], *x[:first], *x[first + 1 :]] for x in (y, v))
    origin, unit = y[0], v[0]
    y = [x - origin for x in y]
    mean = sum(y) / k
    ss = sum([(x - mean) ** 2 for x in y])
    few = k <= _PLAIN
    column = _Column(y, v, _LISTS, ss, unit) if few else _Column(np.array(y), np.array(v), _ARRAYS, ss, unit)
    common = _at(column, 0.0)
    tau2 = _reml(column, common, df)
    if tau2 is None:
        return None
    final = _at(column, tau2) if tau2 else common

    mu = origin + final.mu
    wald = sqrt(1.0 / final.s1)
    hksj = wald * sqrt(final.q / df)
    se = {"z": wald, "t": wald, "hksj": hksj, "hksj_modified": max(wald, hksj)}[inference]
    t_df = inf if inference == "z" else df
    half = critical(level, t_df) * se
    statistic = mu / se
    tail = ndtr(-abs(statistic)) if t_df == inf else stdtr(t_df, -abs(statistic))

    v_typical = df / common.tr
    chi2_low, chi2_high = _chi2(level, df)
    low, high = (_where_q_falls_to(target, column, common) for target in (chi2_high, chi2_low))
    if low is None or high is None:
        return None

    if prediction == "simple":
        reach = critical(level, inf) * sqrt(tau2)
    else:
        new_df = {"k-1": df, "hk": df, "k-2": df - 1.0, "z": inf}[prediction]
        new_se = hksj if prediction == "hk" else se
        reach = critical(level, new_df) * sqrt(tau2 + new_se * new_se)
    share = 100.0 / final.s1
    return dict(  # noqa: C408 - named as the fields are
        estimate=mu,
        se=se,
        ci=(mu - half, mu + half),
        p_value=2.0 * float(tail),
        statistic=statistic,
        df=t_df,
        tau2=tau2,
        tau2_se=sqrt(2.0 / final.trr),
        tau2_ci=(low, high),
        i2=100.0 * tau2 / (v_typical + tau2),
        i2_ci=(100.0 * low / (v_typical + low), 100.0 * high / (v_typical + high)),
        h2=tau2 / v_typical + 1.0,
        h2_ci=(low / v_typical + 1.0, high / v_typical + 1.0),
        q=common.q,
        q_p=float(chdtrc(df, common.q)),
        prediction=(mu - reach, mu + reach),
        weights=[share / (x + tau2) for x in as_given],
        converged=True,
    )


@lru_cache(maxsize=512)
def _chi2(level: float, df: float) -> Interval:
    alpha = (1.0 - level) / 2
    return float(chdtri(df, 1 - alpha)), float(chdtri(df, alpha))


def _reml(c: _Column, common: _At, df: float) -> float | None:
    """The only maximum of the restricted likelihood, or None if it is not proven to be that."""
    if common.a <= common.tr:
        return 0.0 if _falls(c, 0.0, common) else None
    t = max((common.q - df) / common.tr, 0.0)
    for _ in range(roots._FEW):
        m = _at(c, t)
        slope = m.a3 / m.a
        new = t + (m.a - m.tr) / (2.0 * m.tr * slope - m.trr)
        if abs(new - t) <= roots._TOLERANCE * (new + c.unit):
            rises = new >= 0.0 and roots.rises_before(t, slope, m.tr, common.tr)
            return new if rises and _falls(c, t, m) else None
        t = new
    return None


def _falls(c: _Column, t: float, m: _At) -> bool:
    """Whether the likelihood is proven to fall beyond t."""
    here = (m.a, m.tr, m.trr)
    if roots.falls_beyond(*here, c.ss):
        return True
    width = roots._FURTHER * (t + c.unit)
    far = _at(c, t + width)
    return bool(roots.falls_in_two(here, (far.a, far.tr, far.trr), width, c.ss))


def _where_q_falls_to(target: float, c: _Column, common: _At) -> float | None:
    """As `roots.solve_decreasing`, from the sums at 0."""
    q, a, upper = common.q, common.a, c.ss / target - c.unit
    if q <= target or upper <= 0.0:
        return 0.0
    x, low, high = 0.0, 0.0, upper
    for _ in range(roots._MOST):
        gap = q - target
        low, high = (x, high) if gap > 0 else (low, x)
        plain = gap / a
        new = x + plain * (q / target)
        if not low <= new <= high:
            new = min(max(x + plain, low), high)
        if abs(new - x) <= roots._TOLERANCE * (x + c.unit):
            return new
        x = new
        w = c.of.weights(c.v, x)
        r = c.of.less(c.y, c.of.dot(w, c.y) / c.of.total(w))
        wr = c.of.times(w, r)
        q, a = c.of.dot(wr, r), c.of.dot(wr, wr)
    return None
