"""Models of dependent estimates: random effects of studies and of the estimates within them."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, fdtrc, stdtr, stdtrit

from ldn_analysis.errors import InputError, finite, one_of, same_length
from ldn_analysis.models.dependent.correlated_outcomes import Labels, check_covariance, codes_of, singular
from ldn_analysis.models.dependent.linear_covariance import Likelihood, Unstructured, best_variances, maximise

__all__ = ["Multivariate", "multivariate", "profile_interval"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Multivariate:
    """A three-level (or two-level) model, shape (p,) for coefficients.

    `sigma2` holds the variance between the clusters of `outer` and, with `inner`, the variance between
    estimates within a cluster; with an unstructured covariance, the variance between clusters of each of
    `outcomes`, whose covariances are `between`. `score` is the derivative of `loglik`, the (restricted)
    log-likelihood, by the variances (and covariances): zero but on the boundary or where `sigma2` was given.
    `qe` and `qm` test residual heterogeneity and the coefficients other than the intercept (all, where there
    is none). `i2` is the percentage of variance that each of `sigma2` stands for, beside a typical sampling
    variance (Higgins and Thompson 2002). `covariance` is that of the estimates, V with the random effects;
    `robust_variance` rests on it.
    """

    beta: Array
    se: Array
    vcov: Array
    statistic: Array
    df: Array  # infinite for a normal distribution
    p_value: Array
    ci: Array  # (p, 2)
    sigma2: tuple[float, ...]
    between: Array | None
    outcomes: tuple[Hashable, ...]
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
        total = math.nan if self.between is not None else sum(self.sigma2)
        return self.sigma2[0] / total if total else math.nan

    def prediction(self, x: npt.ArrayLike | None = None) -> tuple[float, float]:
        """Interval for the true effect of a new estimate in a new cluster, at a row `x` of the design."""
        if self.between is not None:
            raise InputError("prediction is not given with an unstructured covariance")
        row = np.eye(len(self.beta))[0] if x is None else finite("x", x)
        if row.shape != self.beta.shape:
            raise InputError(f"x has shape {row.shape}: must be {self.beta.shape}, as the design's rows")
        if x is None and len(self.beta) > 1:
            raise InputError("x is missing: the model has moderators")
        wide = float(np.sqrt(row @ self.vcov @ row + sum(self.sigma2))) * _critical(self.level, self.df.min())
        return float(row @ self.beta) - wide, float(row @ self.beta) + wide


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
    structure: str = "nested",
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
    structure
        "nested", or "unstructured": `inner` names outcomes, whose true effects have any variances and
        correlations (van Houwelingen, Arends and Stijnen 2002, Stat Med 21:589). Without `x`, one mean an
        outcome.
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
    one_of("structure", structure, ("nested", "unstructured"))
    groups, names = codes_of("outer", outer, k)
    if len(names) < 2:
        raise InputError("outer has one cluster: the variance between clusters needs two")
    within, labels = None, list[Hashable]()
    if inner is not None:
        own, labels = codes_of("inner", inner, k)
        within, _ = codes_of("inner", list(zip(groups.tolist(), own.tolist(), strict=True)), k)
    f: Likelihood
    if structure == "unstructured":
        if inner is None or sigma2 is not None:
            raise InputError("structure 'unstructured' needs inner, the outcomes, and no sigma2")
        if x is None:
            x, intercept = np.eye(len(labels))[own], False
        design = _design(x, intercept, k)
        f = Unstructured(y, v, design, groups, own, method == "REML")
    else:
        design = _design(x, intercept, k)
        z = [(codes[:, None] == codes).astype(float) for codes in (groups, within) if codes is not None]
        if len(z) == 2 and np.array_equal(z[0], z[1]):
            raise InputError("inner does not differ within outer: the two variances cannot be told apart")
        f = Likelihood(y, v, design, z, method == "REML")
    p = design.shape[1]
    if singular(v):
        raise InputError("V is not positive definite: some estimates are perfectly correlated")
    w, vcov, beta, _ = f.solve(np.zeros(len(f.z)))
    e = y - design @ beta
    qe, typical = float(e @ w @ e), float(np.trace(w - w @ design @ vcov @ design.T @ w))
    between = None
    if isinstance(f, Unstructured):
        theta, converged = f.best()
        between = f.between(theta)
    elif sigma2 is None:
        theta, converged = best_variances(f)
    else:
        theta, converged = finite("sigma2", sigma2), True
        if theta.shape != (len(f.z),) or (theta < 0).any():
            raise InputError(f"sigma2 is {sigma2!r}: must be {len(f.z)} variances, none below zero")
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
    variances = theta if between is None else np.diagonal(between)
    total = theta.sum() + (k - p) / typical
    return Multivariate(
        beta=beta, se=se, vcov=vcov, statistic=statistic, df=df,
        p_value=2 * stdtr(np.minimum(df, 1e300), -np.abs(statistic)),
        ci=np.column_stack([beta - half, beta + half]),
        sigma2=tuple(variances.tolist()), between=between,
        outcomes=tuple(labels) if between is not None else (),
        score=f.derivatives(theta)[0], loglik=f.height(theta),
        qe=qe, qe_df=k - p, qe_p=float(chdtrc(k - p, qe)), qm=qm, qm_df=(m, residual_df),
        qm_p=float(fdtrc(m, residual_df, qm) if math.isfinite(residual_df) else chdtrc(m, qm)),
        i2=() if between is not None else tuple((100 * theta / total).tolist()),
        k=k, clusters=len(names), level=level, method=method,
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

    if fit.between is not None:
        raise InputError("fit is unstructured: its variances have no profile interval here")
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
