"""Cluster-robust (sandwich) variances with small-sample corrections."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr, stdtrit

from ldn_analysis.errors import InputError, one_of
from ldn_analysis.models.dependent.correlated_outcomes import Labels, codes_of
from ldn_analysis.models.dependent.multilevel import Multivariate

__all__ = ["Robust", "robust_variance"]

Array = npt.NDArray[np.float64]
KINDS = ("CR0", "CR1", "CR1p", "CR1S", "CR2", "CR3")


@dataclass(frozen=True, slots=True, eq=False)
class Robust:
    """Robust standard errors of coefficients, shape (p,), with t tests on `df` degrees of freedom.

    `satterthwaite` holds the Satterthwaite degrees of freedom whatever `df` was asked for. Below about four
    they, and the p values, are not to be trusted (Tipton 2015); `trustworthy` says so a coefficient.
    """

    beta: Array
    se: Array
    vcov: Array
    statistic: Array
    df: Array
    p_value: Array
    ci: Array  # (p, 2)
    satterthwaite: Array
    kind: str
    inference: str
    clusters: int
    level: float

    @property
    def trustworthy(self) -> npt.NDArray[np.bool_]:
        return np.asarray(self.satterthwaite >= 4)

    def __repr__(self) -> str:
        terms = ", ".join(
            f"{b:.4g} (se {s:.4g}, df {d:.3g})" for b, s, d in zip(self.beta, self.se, self.df, strict=True)
        )
        return f"Robust({terms}; {self.kind}, {self.clusters} clusters)"


def robust_variance(
    fit: Multivariate,
    cluster: Labels | None = None,
    *,
    kind: str = "CR2",
    inference: str = "satterthwaite",
    level: float | None = None,
) -> Robust:
    """Variances of coefficients that hold when the working model of a cluster's covariance is wrong.

    Parameters
    ----------
    fit
        Its covariance is the working model; its inverse weighs the estimates.
    cluster
        Independent clusters; the outer level of `fit` when absent. Must hold every dependence of the working
        model.
    kind
        "CR0" the plain sandwich; times J / (J - 1) "CR1", J / (J - p) "CR1p", J (N - 1) / ((J - 1) (N - p))
        "CR1S", as Stata has it;
        "CR2" unbiased if the working model holds (Bell and McCaffrey 2002; Tipton 2015, Psychol Methods
        20:375; Pustejovsky and Tipton 2018, J Bus Econ Stat 36:672); "CR3" near the jackknife.
    inference
        "satterthwaite", "t" (J - 1), "t_p" (J - p) or "z".
    level
        Of the intervals; that of `fit` when absent.

    Raises
    ------
    InputError
        When `cluster` splits what the working model correlates, when there are no more clusters than
        coefficients, or when a coefficient rests on one cluster alone.
    """
    one_of("kind", kind, KINDS)
    one_of("inference", inference, ("satterthwaite", "t", "t_p", "z"))
    level = fit.level if level is None else level
    if not 0 < level < 1:
        raise InputError(f"level is {level:g}: must lie between 0 and 1")
    codes = fit.outer if cluster is None else codes_of("cluster", cluster, fit.k)[0]
    count, n, p = int(codes.max()) + 1, fit.k, len(fit.beta)
    if (fit.covariance[codes[:, None] != codes] != 0).any():
        raise InputError("cluster splits estimates that the working model correlates")
    if count <= p:
        raise InputError(f"cluster has {count} clusters: must be more than the {p} coefficients")
    residuals = fit.yi - fit.x @ fit.beta
    # rows of adjusted weights, (p, n_j) a cluster, and what they make of that cluster's residuals
    parts = [np.flatnonzero(codes == j) for j in range(count)]
    weights = [_adjusted(fit.covariance[np.ix_(at, at)], fit.x[at], fit.vcov, kind) for at in parts]
    factor = {
        "CR1": count / (count - 1),
        "CR1p": count / (count - p),
        "CR1S": count * (n - 1) / ((count - 1) * (n - p)),
    }.get(kind, 1.0)
    influence = np.array([w @ residuals[at] for w, at in zip(weights, parts, strict=True)])  # (J, p)
    vcov = factor * influence.T @ influence
    satterthwaite = _satterthwaite(fit, parts, weights)
    df = {
        "satterthwaite": satterthwaite,
        "t": np.full(p, count - 1.0),
        "t_p": np.full(p, float(count - p)),
        "z": np.full(p, np.inf),
    }[inference]
    se = np.sqrt(np.diagonal(vcov))
    statistic = fit.beta / se
    finite_df = np.minimum(df, 1e300)  # the t distribution there is the normal
    half = stdtrit(finite_df, 0.5 + level / 2) * se
    return Robust(
        beta=fit.beta, se=se, vcov=vcov, statistic=statistic, df=df,
        p_value=2 * stdtr(finite_df, -np.abs(statistic)),
        ci=np.column_stack([fit.beta - half, fit.beta + half]), satterthwaite=satterthwaite, kind=kind,
        inference=inference, clusters=count, level=level,
    )  # fmt: skip


def _adjusted(theta: Array, x: Array, vcov: Array, kind: str) -> Array:
    """``vcov x' theta^-1 A`` of one cluster: A makes up for residuals being smaller than errors."""
    plain = vcov @ np.linalg.solve(theta, x).T
    rest = np.eye(len(x)) - x @ plain
    # eigenvalues lie between 0 and 1; at 0 the coefficients follow the cluster's estimates exactly
    if np.min(np.linalg.eigvals(rest).real) < 1e-10:
        raise InputError(
            "x has a coefficient that rests on one cluster alone: no residual tells its variance"
        )
    if kind == "CR2":
        # A theta (I - H)' A' = theta, with the symmetric square root in the metric of the working model
        d = np.linalg.cholesky(theta).T
        g = d @ rest @ theta @ d.T
        values, vectors = np.linalg.eigh((g + g.T) / 2)
        return np.asarray(plain @ d.T @ (vectors * values**-0.5) @ vectors.T @ d)
    if kind == "CR3":
        return np.asarray(np.linalg.solve(rest.T, plain.T).T)
    return np.asarray(plain)


def _satterthwaite(fit: Multivariate, parts: list[npt.NDArray[np.intp]], weights: list[Array]) -> Array:
    """Degrees of freedom that match mean and variance of each robust variance under the working model."""
    count, p = len(parts), len(fit.beta)
    own = np.empty((p, count))
    shared = np.empty((p, count, p))
    for j, (at, w) in enumerate(zip(parts, weights, strict=True)):
        own[:, j] = np.einsum("pa,ab,pb->p", w, fit.covariance[np.ix_(at, at)], w)
        shared[:, j] = w @ fit.x[at]
    df = np.empty(p)
    for c in range(p):
        omega = np.diag(own[c]) - shared[c] @ fit.vcov @ shared[c].T
        df[c] = np.trace(omega) ** 2 / np.sum(omega**2)
    return df
