"""Models of dependent estimates: random effects of studies and of the estimates within them.

The covariance is linear in its parameters, ``M = V + sum(theta_i Z_i)``, so that log-likelihood, score and
information are exact. The estimate is found by scoring from the best points of a grid, and then by Newton steps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve
from scipy.special import chdtrc, fdtrc, stdtr, stdtrit

from ldn_analysis.errors import InputError, finite, one_of, same_length

from .correlated_outcomes import Labels, check_covariance, codes_of

__all__ = ["Multivariate", "multivariate", "profile_interval"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Multivariate:
    """A three-level (or two-level) model, shape (p,) for coefficients.

    `sigma2` holds the variance between the clusters of `outer` and, with `inner`, the variance between
    estimates within a cluster. `loglik` is the (restricted) log-likelihood, `score` its derivative by `sigma2`
    (zero but on the boundary or where `sigma2` was given). `qe` and `qm` test residual heterogeneity and the
    coefficients other than the intercept (all, where there is none). `i2` is the percentage of variance that
    each of `sigma2` stands for, beside a typical sampling variance (Higgins and Thompson 2002). `covariance`
    is that of the estimates, V with the random effects; `robust_variance` rests on it.
    """

    beta: Array
    se: Array
    vcov: Array
    statistic: Array
    df: Array  # infinite for a normal distribution
    p_value: Array
    ci: Array  # (p, 2)
    sigma2: tuple[float, ...]
    score: Array
    loglik: float
    qe: float
    qe_df: int
    qe_p: float
    qm: float
    qm_df: tuple[int, float]
    qm_p: float
    i2: tuple[float, ...]
    k: int
    clusters: int
    level: float
    method: str
    inference: str
    estimated: bool
    converged: bool
    yi: Array
    V: Array
    x: Array
    outer: npt.NDArray[np.intp]
    inner: npt.NDArray[np.intp] | None
    covariance: Array

    def __repr__(self) -> str:
        betas = ", ".join(f"{b:.4g}" for b in self.beta)
        sigma2 = ", ".join(f"{s:.4g}" for s in self.sigma2)
        return f"Multivariate({betas}; k={self.k} in {self.clusters}, sigma2={sigma2}, {self.method})"

    @property
    def icc(self) -> float:
        """Correlation of the true effects of one cluster: the share of the first of `sigma2`."""
        total = sum(self.sigma2)
        return self.sigma2[0] / total if total else math.nan

    def prediction(self, x: npt.ArrayLike | None = None) -> tuple[float, float]:
        """Interval for the true effect of a new estimate in a new cluster, at a row `x` of the design."""
        row = np.eye(len(self.beta))[0] if x is None else finite("x", x)
        if row.shape != self.beta.shape:
            raise InputError(f"x has shape {row.shape}: must be {self.beta.shape}, as the design's rows")
        if x is None and len(self.beta) > 1:
            raise InputError("x is missing: the model has moderators")
        wide = float(np.sqrt(row @ self.vcov @ row + sum(self.sigma2))) * _critical(self.level, self.df.min())
        return float(row @ self.beta) - wide, float(row @ self.beta) + wide


class Likelihood:
    """(Restricted) log-likelihood of covariance parameters, with derivatives."""

    def __init__(self, y: Array, v: Array, x: Array, z: list[Array], restricted: bool) -> None:
        self.y, self.v, self.x, self.z, self.restricted = y, v, x, z, restricted
        k, p = x.shape
        self.constant = -0.5 * (k - p if restricted else k) * math.log(2 * math.pi)
        if restricted:
            self.constant += 0.5 * float(np.linalg.slogdet(x.T @ x)[1])

    def covariance(self, theta: Array) -> Array:
        return self.v + sum((t * z for t, z in zip(theta, self.z, strict=True)), np.zeros_like(self.v))

    def solve(self, theta: Array) -> tuple[Array, Array, Array, float]:
        """Inverse covariance, coefficients' covariance, coefficients, half the log-determinants."""
        factor = cho_factor(self.covariance(theta), lower=True)
        w = cho_solve(factor, np.eye(len(self.y)))
        information = self.x.T @ w @ self.x
        vcov = np.linalg.inv(information)
        logs = float(np.log(np.diagonal(factor[0])).sum())
        if self.restricted:
            logs += 0.5 * float(np.linalg.slogdet(information)[1])
        return w, vcov, vcov @ (self.x.T @ w @ self.y), logs

    def height(self, theta: Array) -> float:
        """Log-likelihood; minus infinity where the covariance is not positive definite."""
        try:
            w, _, beta, logs = self.solve(theta)
        except np.linalg.LinAlgError:
            return -math.inf
        e = self.y - self.x @ beta
        return self.constant - logs - 0.5 * float(e @ w @ e)

    def derivatives(self, theta: Array) -> tuple[Array, Array, Array]:
        """Score, observed and expected information of `theta`."""
        w, vcov, _, _ = self.solve(theta)
        wx = w @ self.x
        p = w - wx @ vcov @ wx.T
        q = p if self.restricted else w
        py = p @ self.y
        zpy = [z @ py for z in self.z]
        qz = [q @ z for z in self.z]
        n = len(self.z)
        score = np.array([0.5 * (py @ zpy[i] - np.trace(qz[i])) for i in range(n)])
        expected = np.array([[0.5 * np.sum(qz[i] * qz[j].T) for j in range(n)] for i in range(n)])
        squares = np.array([[zpy[i] @ p @ zpy[j] for j in range(n)] for i in range(n)])
        return score, squares - expected, expected


def maximise(f: Likelihood, start: Array, floor: float = 0.0) -> tuple[Array, bool]:
    """Climb from `start` with parameters kept at `floor` or above; whether the score vanished."""
    theta, height = start, f.height(start)
    for _ in range(200):
        score, observed, expected = f.derivatives(theta)
        free = (theta > floor) | (score > 0)
        slope = score[free]
        unit = np.sqrt(np.diagonal(expected)[free])
        if not free.any() or np.max(np.abs(slope) / unit) < 1e-11:
            return theta, True
        curve = observed[np.ix_(free, free)]
        if np.linalg.eigvalsh(curve / np.outer(unit, unit))[0] < 1e-6:
            curve = expected[np.ix_(free, free)]
        step = np.zeros_like(theta)
        step[free] = np.linalg.solve(curve, slope)
        for halving in range(40):
            trial = np.maximum(theta + 0.5**halving * step, floor)
            reached = f.height(trial)
            if reached > height or (halving == 0 and reached >= height - 1e-11 * (1 + abs(height))):
                break
        else:
            return theta, bool(np.max(np.abs(slope) / unit) < 1e-6)
        still = np.allclose(trial, theta, rtol=1e-14, atol=0)
        theta, height = trial, reached
        if still:
            return theta, bool(np.max(np.abs(slope) / unit) < 1e-6)
    return theta, False


def _estimate(f: Likelihood) -> tuple[Array, bool]:
    """The highest of the maxima found from the best points of a grid of variances, zero included."""
    scale = float(np.median(np.diagonal(f.v))) + float(np.var(f.y))
    grid = scale * np.array([0, 1e-3, 0.01, 0.05, 0.2, 0.6, 2.0])
    points = sorted(product(grid, repeat=len(f.z)), key=lambda t: -f.height(np.array(t)))
    found = [maximise(f, np.array(t)) for t in points[:3]]
    return max(found, key=lambda one: f.height(one[0]))


def _design(x: npt.ArrayLike | None, intercept: bool, k: int) -> Array:
    columns = [np.ones((k, 1))] if intercept else []
    if x is not None:
        given = finite("x", x)
        given = given[:, None] if given.ndim == 1 else given
        if given.ndim != 2 or len(given) != k:
            raise InputError(f"x has shape {given.shape}: must be ({k}, number of moderators)")
        columns.append(given)
    design = np.hstack(columns) if columns else np.empty((k, 0))
    if not design.shape[1]:
        raise InputError("x is missing: without an intercept the model needs a moderator")
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise InputError("x is not of full rank: a moderator is a combination of others")
    if k <= design.shape[1]:
        raise InputError(f"yi has {k} estimates: must be more than the {design.shape[1]} coefficients")
    return design


def _critical(level: float, df: float) -> float:
    # the t distribution with a huge number of degrees of freedom is the normal
    return float(stdtrit(min(df, 1e300), 0.5 + level / 2))


def containment_df(x: Array, levels: list[npt.NDArray[np.intp]]) -> Array:
    """Degrees of freedom of each coefficient: groups of the outermost level within which its column does not
    vary, less the number of coefficients."""
    k, p = x.shape
    result = np.full(p, float(k - p))
    for codes in reversed(levels):
        for j in range(p):
            if all(np.ptp(x[codes == g, j]) == 0 for g in np.unique(codes)):
                result[j] = len(np.unique(codes)) - p
    return np.maximum(result, 0.0)


def multivariate(
    yi: npt.ArrayLike,
    V: npt.ArrayLike,
    x: npt.ArrayLike | None = None,
    *,
    outer: Labels,
    inner: Labels | None = None,
    method: str = "REML",
    sigma2: tuple[float, ...] | None = None,
    inference: str = "z",
    intercept: bool = True,
    level: float = 0.95,
) -> Multivariate:
    """Pool estimates of which several come from one study.

    Random effects of `outer` and, with `inner`, of each label of `inner` within it (Konstantopoulos 2011, Res
    Synth Methods 2:61). With V of `covariance_of_outcomes` this is the correlated and hierarchical effects
    model (Pustejovsky and Tipton 2022, Prev Sci 23:425), to be used with `robust_variance`.

    Parameters
    ----------
    yi, V
        Estimates, shape (k,), and their sampling covariances (k, k), or variances (k,) where independent.
    x
        Moderators, shape (k,) or (k, m), without the intercept.
    outer, inner
        Cluster (study) of each estimate; estimate within the cluster. `inner` labels count within a cluster.
    method
        "REML" or "ML".
    sigma2
        Variances of the random effects (one, or two with `inner`) when they are not to be estimated.
    inference
        "z", or "t" with the containment degrees of freedom: groups within which a moderator does not vary,
        less coefficients.
    intercept
        Whether the design has one.

    Raises
    ------
    InputError
        For bad shapes, V that is not positive definite, fewer than two clusters.
    """
    y = finite("yi", yi)
    k = same_length(yi=y)
    v = check_covariance("V", V, k)
    one_of("method", method, ("REML", "ML"))
    one_of("inference", inference, ("z", "t"))
    if not 0 < level < 1:
        raise InputError(f"level is {level:g}: must lie between 0 and 1")
    design = _design(x, intercept, k)
    p = design.shape[1]
    groups, names = codes_of("outer", outer, k)
    if len(names) < 2:
        raise InputError("outer has one cluster: the variance between clusters needs two")
    z = [(groups[:, None] == groups).astype(float)]
    within = None
    if inner is not None:
        own, _ = codes_of("inner", inner, k)
        within, _ = codes_of("inner", list(zip(groups.tolist(), own.tolist(), strict=True)), k)
        z.append((within[:, None] == within).astype(float))
        if np.array_equal(z[0], z[1]):
            raise InputError("inner does not differ within outer: the two variances cannot be told apart")
    f = Likelihood(y, v, design, z, method == "REML")
    try:
        zero = np.zeros(len(z))
        w, vcov, beta, _ = f.solve(zero)
    except np.linalg.LinAlgError:
        raise InputError("V is not positive definite") from None
    e = y - design @ beta
    qe, typical = float(e @ w @ e), float(np.trace(w - w @ design @ vcov @ design.T @ w))
    if sigma2 is None:
        theta, converged = _estimate(f)
    else:
        theta, converged = finite("sigma2", sigma2), True
        if theta.shape != (len(z),) or (theta < 0).any():
            raise InputError(f"sigma2 is {sigma2!r}: must be {len(z)} variances, none below zero")
    w, vcov, beta, _ = f.solve(theta)
    se = np.sqrt(np.diagonal(vcov))
    levels = [groups] if within is None else [groups, within]
    df = np.full(p, math.inf) if inference == "z" else containment_df(design, levels)
    statistic = beta / se
    half = np.array([_critical(level, d) for d in df]) * se
    tested = np.arange(int(intercept and p > 1), p)
    qm = float(beta[tested] @ np.linalg.solve(vcov[np.ix_(tested, tested)], beta[tested]))
    m, residual_df = len(tested), float(df[tested].min())
    if math.isfinite(residual_df):
        qm /= m
    total = theta.sum() + (k - p) / typical
    return Multivariate(
        beta=beta, se=se, vcov=vcov, statistic=statistic, df=df,
        p_value=2 * stdtr(np.minimum(df, 1e300), -np.abs(statistic)),
        ci=np.column_stack([beta - half, beta + half]),
        sigma2=tuple(theta.tolist()), score=f.derivatives(theta)[0], loglik=f.height(theta),
        qe=qe, qe_df=k - p, qe_p=float(chdtrc(k - p, qe)), qm=qm, qm_df=(m, residual_df),
        qm_p=float(fdtrc(m, residual_df, qm) if math.isfinite(residual_df) else chdtrc(m, qm)),
        i2=tuple((100 * theta / total).tolist()), k=k, clusters=len(names), level=level, method=method,
        inference=inference, estimated=sigma2 is None, converged=converged, yi=y, V=v, x=design, outer=groups,
        inner=within, covariance=f.covariance(theta),
    )  # fmt: skip


def profile_interval(fit: Multivariate, component: int) -> tuple[float, float]:
    """Profile-likelihood interval of one of `fit.sigma2` (0: between clusters), at the fit's level.

    Values at which twice the drop of the log-likelihood, the other variance at its best, stays below the
    chi-squared quantile; the lower limit is 0 where the likelihood never drops so far.
    """
    from scipy.optimize import brentq
    from scipy.special import chdtri

    one_of("component", component, range(len(fit.sigma2)))
    codes = [fit.outer] if fit.inner is None else [fit.outer, fit.inner]
    z = [(c[:, None] == c).astype(float) for c in codes]
    other = [m for i, m in enumerate(z) if i != component]
    rest = np.array([s for i, s in enumerate(fit.sigma2) if i != component])
    drop = 0.5 * float(chdtri(1, 1 - fit.level))

    def below(value: float) -> float:
        f = Likelihood(fit.yi, fit.V + value * z[component], fit.x, other, fit.method == "REML")
        starts = (rest, np.zeros(len(other)))
        best = max(f.height(maximise(f, start)[0] if other else start) for start in starts)
        return fit.loglik - best - drop

    at = fit.sigma2[component]
    low = 0.0 if at == 0 or below(0.0) <= 0 else float(brentq(below, 0.0, at, xtol=1e-10, rtol=1e-10))
    high = max(2 * at, float(np.median(np.diagonal(fit.V))))
    while below(high) < 0:
        high *= 2
        if high > 1e12 * float(np.var(fit.yi) + 1):
            return low, math.inf
    return low, float(brentq(below, at, high, xtol=1e-10, rtol=1e-10))
