"""Estimators of tau2, the variance between studies, for many data sets at once.

Everything here works on columns: `y` and `v` have shape (k, B), one data set a column, and a study that is
absent from a column has ``y = 0`` and ``v = inf``, so that its weight is exactly zero. Sums then run over the
first axis, which numpy does with whole vectors. The study with the smallest variance comes first: sums over
the others are what is left where its weight exceeds theirs a millionfold, and no difference of large numbers.

The notation is that of the matrix ``P = W - W 1 (1'W 1)^-1 1'W`` with ``W = diag(1 / (v + tau2))``:
``q = y'Py`` (Cochran's Q at tau2), ``a2 = y'PPy``, ``a3 = y'PPPy``. The restricted likelihood is stationary
where ``a2 = tr P``, the full likelihood where ``a2 = tr W``, Paule-Mandel and empirical Bayes solve
``q = k - 1``. References: Viechtbauer 2005, J Educ Behav Stat 30:261; Veroniki et al. 2016, Res Synth
Methods 7:55.

`ESTIMATORS` declares each estimator once, in these terms alone; so it serves data with covariates as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ldn_analysis.errors import BoolArray, FloatArray, IndexArray
from ldn_analysis.models.pooling.linear import Linear, Sums
from ldn_analysis.models.pooling.roots import Bounds, global_maximum, solve_decreasing

_IN_CACHE = 32_768  # elements of an array


class Columns(NamedTuple):
    """Data sets as columns, with what every estimator needs of them."""

    y: FloatArray  # (k, B), less `origin`, zero where absent
    v: FloatArray  # (k, B), inf where absent; the smallest in row 0
    present: BoolArray | None  # (k, B); None if nothing is absent
    first: IndexArray  # (B,) the row as given that has changed places with row 0
    k: FloatArray  # (B,) studies in the column
    v_min: FloatArray  # (B,)
    v_max: FloatArray  # (B,)
    ss: FloatArray  # (B,) sum of squares about the plain mean
    origin: FloatArray  # (B,) the estimate of row 0: differences from it lose no digits; 0 where all agree

    def take(self, rows: IndexArray) -> Columns:
        """Only these data sets (numpy's take: ``[:, rows]`` would lay the array out for slow sums)."""
        return Columns._make(part if part is None else part.take(rows, axis=-1) for part in self)

    @property
    def df(self) -> FloatArray:
        return self.k - 1.0

    @property
    def about_mean(self) -> FloatArray:
        return self.ss

    @property
    def curve(self) -> GeneralizedQ:
        return GeneralizedQ(self.y, self.v)

    def likelihood(self, restricted: bool) -> MeanLikelihood:
        return MeanLikelihood(self.y, self.v, restricted)

    def at(self, t: FloatArray | float) -> Moments:
        return moments(self.y, self.v, t)

    def unweighted(self) -> tuple[FloatArray, FloatArray]:
        """tr MV / df, the mean variance, and tr MVMV; M takes the mean away."""
        v = self.v if self.present is None else np.where(self.present, self.v, 0.0)
        mean = v.sum(axis=0) / self.k
        return mean, (v * v).sum(axis=0) * (1 - 2 / self.k) + mean**2


def columns(y: FloatArray, v: FloatArray, present: BoolArray | None = None) -> Columns:
    """Prepare (k, B) arrays; `y` and `v` must already be 0 and inf where `present` is False."""
    first = v.argmin(axis=0)
    y, v = swapped(y, first), swapped(v, first)
    origin = y[0].copy()
    y -= origin
    if present is None:
        k = np.full(y.shape[1], float(y.shape[0]))
        v_max = v.max(axis=0)
        deviation = y - y.sum(axis=0) / k
    else:
        present = swapped(present, first)
        y[~present] = 0.0
        k = present.sum(axis=0).astype(float)
        v_max = np.where(present, v, -np.inf).max(axis=0)
        deviation = np.where(present, y - y.sum(axis=0) / np.maximum(k, 1.0), 0.0)
    return Columns(y, v, present, first, k, v[0].copy(), v_max, (deviation * deviation).sum(axis=0), origin)


def swapped(a: npt.NDArray[Any], first: IndexArray) -> npt.NDArray[Any]:
    """A copy whose row 0 has changed places with row `first`, in each column; twice restores the order."""
    a = a.copy()
    every = np.arange(a.shape[1])
    a[first, every], a[0] = a[0], a[first, every]
    return a


class Moments(NamedTuple):
    """Sums of weights and of weighted squares at one tau2 a column."""

    w: FloatArray
    s1: FloatArray
    mu: FloatArray
    q: FloatArray

    @property
    def s2(self) -> FloatArray:
        return (self.w * self.w).sum(axis=0)

    @property
    def tr_p(self) -> FloatArray:
        return trace(self.w, self.w[1:].sum(axis=0), self.s1)

    @property
    def tr_pp(self) -> FloatArray:
        return traces(self.w, self.w[1:].sum(axis=0), self.s1)[1]


def moments(y: FloatArray, v: FloatArray, tau2: FloatArray | float) -> Moments:
    """Weights, their sum, the weighted mean and Q at `tau2`."""
    w = 1.0 / (v + tau2)
    s1 = w.sum(axis=0)
    mu = (w * y).sum(axis=0) / s1
    r = y - mu
    r *= r
    r *= w
    return Moments(w, s1, mu, r.sum(axis=0))


def trace(w: FloatArray, others: FloatArray, s1: FloatArray, out: FloatArray | None = None) -> FloatArray:
    """tr P = s1 - s2 / s1, without the difference; `others` is the sum of ``w[1:]``, `out` is overwritten."""
    others_2 = np.multiply(w[1:], w[1:], out=None if out is None else out[1:]).sum(axis=0)
    return others * (1.0 + w[0] / s1) - others_2 / s1


def traces(w: FloatArray, others: FloatArray, s1: FloatArray) -> tuple[FloatArray, FloatArray]:
    """tr P and tr PP = s2 - 2 s3 / s1 + (s2 / s1)^2, as in `trace`."""
    power = w[1:] * w[1:]
    others_2 = power.sum(axis=0)
    power *= w[1:]
    share, ratio = w[0] / s1, others_2 / s1
    tr_pp = share * share * (others * others + 2.0 * others_2)
    tr_pp += ratio * ratio + others_2 - 2.0 * power.sum(axis=0) / s1
    return others * (1.0 + share) - ratio, tr_pp


@dataclass(frozen=True, slots=True, eq=False)
class MeanLikelihood:
    """(Restricted) likelihood of tau2 in the model with a mean only; see `roots.Likelihood`.

    `y` and `v` are those of `Columns`: the smallest variance first.
    """

    y: FloatArray
    v: FloatArray
    restricted: bool

    def take(self, rows: IndexArray) -> MeanLikelihood:
        """Only these data sets."""
        return MeanLikelihood(self.y.take(rows, axis=1), self.v.take(rows, axis=1), self.restricted)

    def parts(self, t: FloatArray) -> tuple[FloatArray, FloatArray]:
        """y'PPy, and tr P or tr W."""
        a2, tr = np.empty_like(t), np.empty_like(t)
        y, v = self.y[:, None], self.v[:, None]
        # as many grid points at a time as stay in the processor's cache, in memory that is used again
        step = min(len(t), max(1, _IN_CACHE // y.size))
        w, z = np.empty((2, len(y), step, t.shape[1]))
        for start in range(0, len(t), step):
            some = slice(start, min(start + step, len(t)))
            if some.stop - start < step:
                w, z = w[:, : some.stop - start], z[:, : some.stop - start]
            np.add(v, t[some], out=w)
            np.reciprocal(w, out=w)
            s1 = w.sum(axis=0)
            np.multiply(w, y, out=z)
            np.subtract(y, z.sum(axis=0) / s1, out=z)
            z *= w
            z[0] = -z[1:].sum(axis=0)
            z *= z
            z.sum(axis=0, out=a2[some])
            tr[some] = trace(w, w[1:].sum(axis=0), s1, out=z) if self.restricted else s1
        return a2, tr

    def newton(self, t: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """y'PPy, y'PPPy, and tr P, tr PP or tr W, tr WW."""
        w = 1.0 / (self.v + t)
        others = w[1:].sum(axis=0)
        s1 = w[0] + others
        z = self.y - (w * self.y).sum(axis=0) / s1
        z *= w  # z = Py, which sums to zero
        z[0] = -z[1:].sum(axis=0)
        mean = (w * z).sum(axis=0) / s1
        a2 = (z * z).sum(axis=0)
        z -= mean
        z *= z
        z *= w
        a3 = z.sum(axis=0)
        if self.restricted:
            return a2, a3, *traces(w, others, s1)
        return a2, a3, s1, (w * w).sum(axis=0)

    def height(self, t: FloatArray) -> FloatArray:
        """Twice the log-likelihood, up to a constant."""
        m = moments(self.y, self.v, t)
        log_w = np.log(m.w, where=m.w > 0, out=np.zeros_like(m.w)).sum(axis=0)
        return log_w - m.q - (np.log(m.s1) if self.restricted else 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class GeneralizedQ:
    """Q as a function of tau2; see `roots.Curve`."""

    y: FloatArray
    v: FloatArray

    def take(self, rows: IndexArray) -> GeneralizedQ:
        """Only these data sets."""
        return GeneralizedQ(self.y.take(rows, axis=1), self.v.take(rows, axis=1))

    def slope(self, t: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Q and minus its slope, y'PPy."""
        w = 1.0 / (self.v + t)
        r = self.y - (w * self.y).sum(axis=0) / w.sum(axis=0)
        w *= r
        r *= w
        w *= w
        return r.sum(axis=0), w.sum(axis=0)


Model = Columns | Linear
"""Data sets as estimators see them: with a mean, or one with covariates."""


def likelihood_bounds(data: Model) -> Bounds:
    """An interval that holds every stationary point of the (restricted) likelihood.

    With S2 = ss / df: y'PPy <= ss / (v_min + t)^2 and tr P >= df / (v_max + t), so the likelihood falls
    wherever (v_min + t)^2 > S2 (v_max + t).
    """
    s2 = data.ss / data.df
    upper = 0.5 * (s2 + np.sqrt(s2 * (s2 + 4.0 * (data.v_max - data.v_min)))) - data.v_min
    return Bounds(data.v_min, upper, data.ss)


def der_simonian_laird(data: Model) -> FloatArray:
    """The moment estimator with the weights of the common-effect model."""
    m = data.at(0.0)
    return np.maximum((m.q - data.df) / m.tr_p, 0.0)


def _likeliest(data: Model, restricted: bool) -> tuple[FloatArray, BoolArray]:
    return global_maximum(data.likelihood(restricted), likelihood_bounds(data), der_simonian_laird(data))


def _paule_mandel(data: Model) -> tuple[FloatArray, BoolArray]:
    return solve_decreasing(data.curve, data.df, data.ss / data.df - data.v_min, data.v_min)


def _hedges(data: Model) -> FloatArray:
    return np.maximum(data.ss / data.df - data.unweighted()[0], 0.0)


def _sidik_jonkman(data: Model) -> FloatArray:
    start = data.about_mean / data.k
    return start * data.at(start).q / data.df


def _hunter_schmidt(data: Model) -> FloatArray:
    m = data.at(0.0)
    return np.maximum((m.q - data.k) / m.s1, 0.0)


def _moment_error(data: Model, tau2: FloatArray, scale: Callable[[Moments | Sums], FloatArray]) -> FloatArray:
    """Of an estimator that is Q with the common effect's weights over `scale`, less a constant."""
    m = data.at(0.0)
    return np.sqrt(2 * data.df + 4 * tau2 * m.tr_p + 2 * tau2**2 * m.tr_pp) / scale(m)


def _hedges_error(data: Model, tau2: FloatArray) -> FloatArray:
    mean, tr_mvmv = data.unweighted()
    return np.sqrt(2 * tr_mvmv + 4 * tau2 * mean * data.df + 2 * tau2**2 * data.df) / data.df


def _sidik_jonkman_error(data: Model, tau2: FloatArray) -> FloatArray:
    start = data.about_mean / data.k
    m = data.at(start)
    tr_p, tr_pp = m.tr_p, m.tr_pp
    tr_pvp = tr_p - start * tr_pp  # P (V + start) P = P
    tr_pvpv = data.df - 2 * start * tr_p + start**2 * tr_pp
    return start / data.df * np.sqrt(2 * tr_pvpv + 4 * tau2 * tr_pvp + 2 * tau2**2 * tr_pp)


def _paule_mandel_error(data: Model, tau2: FloatArray) -> FloatArray:
    return np.sqrt(2 * data.k**2 / data.df) / data.at(tau2).s1


@dataclass(frozen=True, slots=True)
class Estimator:
    """An estimator of tau2: its name for a reader, tau2 of each data set (of a search also whether it
    converged), and the asymptotic standard error of that (Viechtbauer 2005; as in metafor)."""

    name: str
    estimate: Callable[[Model], FloatArray | tuple[FloatArray, BoolArray]]
    standard_error: Callable[[Model, FloatArray], FloatArray]


ESTIMATORS = {
    "REML": Estimator(
        "REML", lambda data: _likeliest(data, True), lambda data, tau2: np.sqrt(2 / data.at(tau2).tr_pp)
    ),
    "PM": Estimator("Paule-Mandel", _paule_mandel, _paule_mandel_error),
    "DL": Estimator(
        "DerSimonian-Laird",
        der_simonian_laird,
        lambda data, tau2: _moment_error(data, tau2, lambda m: m.tr_p),
    ),
    "ML": Estimator(
        "maximum likelihood",
        lambda data: _likeliest(data, False),
        lambda data, tau2: np.sqrt(2 / data.at(tau2).s2),
    ),
    "EB": Estimator("empirical Bayes", _paule_mandel, _paule_mandel_error),
    "HE": Estimator("Hedges", _hedges, _hedges_error),
    "HS": Estimator(
        "Hunter-Schmidt", _hunter_schmidt, lambda data, tau2: _moment_error(data, tau2, lambda m: m.s1)
    ),
    "SJ": Estimator("Sidik-Jonkman", _sidik_jonkman, _sidik_jonkman_error),
    "CE": Estimator(
        "common effect", lambda data: np.zeros_like(data.k), lambda _, tau2: np.full_like(tau2, np.nan)
    ),
}
"""By the word that asks for it, the default first."""
TAU2_METHODS = tuple(ESTIMATORS)
ESTIMATOR_NAMES = {method: estimator.name for method, estimator in ESTIMATORS.items()}


def estimate_tau2(data: Model, method: str) -> tuple[FloatArray, BoolArray]:
    """tau2 of each data set and whether its search converged (closed forms always do); needs df >= 1."""
    estimate = ESTIMATORS[method].estimate(data)
    return estimate if isinstance(estimate, tuple) else (estimate, np.ones(data.k.shape, dtype=bool))


def q_profile(data: Model, chi2_lower: FloatArray, chi2_upper: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Interval of tau2 by inverting Q: where Q(tau2) meets the upper and the lower chi-squared quantile."""
    curve = data.curve
    lower, _ = solve_decreasing(curve, chi2_upper, data.ss / chi2_upper - data.v_min, data.v_min)
    upper, _ = solve_decreasing(curve, chi2_lower, data.ss / chi2_lower - data.v_min, data.v_min)
    return lower, upper
