"""How far the pooled estimate rests on single studies: leave-one-out, cumulative, influence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import chdtr, ndtri, stdtrit

from ldn_analysis.errors import InputError, finite, positive, same_length
from ldn_analysis.models.pooling.many import PooledMany, pool_many
from ldn_analysis.models.pooling.one import Pooled, pool
from ldn_analysis.models.pooling.regression import MetaRegression, meta_regression

__all__ = ["Influence", "Refits", "Shrunken", "cumulative", "influence", "leave_one_out", "shrunken"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Refits:
    """The same analysis on several selections of the studies.

    `included` (rows, k) says which studies each row of `fits` holds; `study` (rows,) is the study that the
    row leaves out or that it adds; `full` is the fit to all.
    """

    study: npt.NDArray[np.intp]
    included: npt.NDArray[np.bool_]
    fits: PooledMany
    full: Pooled

    @property
    def estimate(self) -> Array:
        """Pooled estimate of each row."""
        return self.fits.estimate

    @property
    def se(self) -> Array:
        """Standard error of each row."""
        return self.fits.se

    @property
    def ci(self) -> Array:
        """Confidence interval of each row, shape (rows, 2)."""
        return self.fits.ci

    @property
    def p_value(self) -> Array:
        """p value of each row."""
        return self.fits.p_value

    @property
    def tau2(self) -> Array:
        """tau2 of each row; not-a-number where it rests on one study."""
        return self.fits.tau2

    @property
    def k(self) -> npt.NDArray[np.intp]:
        """Number of studies in each row."""
        return self.fits.k

    def __len__(self) -> int:
        return len(self.study)


def _at_least(k: int, needed: int, what: str) -> None:
    if k < needed:
        raise InputError(f"yi has {k} {'study' if k == 1 else 'studies'}: {what} needs at least {needed}")


def _checked(yi: npt.ArrayLike, vi: npt.ArrayLike) -> tuple[Array, Array, int]:
    y, v = finite("yi", yi), positive("vi", vi)
    return y, v, same_length(yi=y, vi=v)


def leave_one_out(
    yi: npt.ArrayLike,
    vi: npt.ArrayLike,
    tau2_method: str = "REML",
    inference: str = "hksj",
    level: float = 0.95,
    prediction: str = "k-1",
) -> Refits:
    """Pool again without each study in turn (arguments as in `pool`); declines below two studies."""
    y, v, k = _checked(yi, vi)
    _at_least(k, 2, "leaving one out")
    included = ~np.eye(k, dtype=bool)
    return Refits(
        study=np.arange(k),
        included=included,
        fits=pool_many(y, v, included, tau2_method, inference, level, prediction),
        full=pool(y, v, tau2_method, inference, level, prediction),
    )


def cumulative(
    yi: npt.ArrayLike,
    vi: npt.ArrayLike,
    order: npt.ArrayLike | None = None,
    tau2_method: str = "REML",
    inference: str = "hksj",
    level: float = 0.95,
    prediction: str = "k-1",
) -> Refits:
    """Pool the first study, the first two, and so on.

    Parameters
    ----------
    yi, vi, tau2_method, inference, level, prediction
        As in `pool`.
    order : array_like, shape (k,), optional
        Anything to sort by, for example years; ties keep the given order, which is also the default.
    """
    y, v, k = _checked(yi, vi)
    _at_least(k, 1, "a cumulative analysis")
    by = np.arange(k) if order is None else finite("order", order)
    if by.shape != (k,):
        raise InputError(f"order has shape {by.shape}: must have one value for each of the {k} studies")
    sequence = np.argsort(by, kind="stable")
    rank = np.empty(k, dtype=np.intp)
    rank[sequence] = np.arange(k)
    included = rank[None, :] <= np.arange(k)[:, None]
    return Refits(
        study=sequence,
        included=included,
        fits=pool_many(y, v, included, tau2_method, inference, level, prediction),
        full=pool(y, v, tau2_method, inference, level, prediction),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Influence:
    """Nine diagnostics of each study, shape (k,); `dfbetas` (k, p).

    `rstudent`: distance from the prediction by the others, in standard errors; `dffits` and `dfbetas`:
    change of the fitted value and of the coefficients when the study is left out, in standard errors;
    `cook_distance`: the change of all coefficients together; `covariance_ratio`: of the covariance without
    and with the study; `tau2_deleted`, `q_deleted`: tau2 and Q without it; `hat`: leverage; `weight`:
    percent. `influential` marks studies by the rules of Viechtbauer and Cheung 2010 (Res Synth Methods
    1:112).
    """

    rstudent: Array
    dffits: Array
    cook_distance: Array
    covariance_ratio: Array
    tau2_deleted: Array
    q_deleted: Array
    hat: Array
    weight: Array
    dfbetas: Array
    influential: npt.NDArray[np.bool_]
    k: int
    tau2_method: str
    inference: str


def influence(
    yi: npt.ArrayLike,
    vi: npt.ArrayLike,
    x: npt.ArrayLike | None = None,
    tau2_method: str = "REML",
    inference: str = "hksj",
) -> Influence:
    """Diagnose how much each study moves the result (of `pool`, or of `meta_regression` if `x` is given).

    Declines below three studies, or below two more than coefficients: without a study the rest must still
    give tau2.
    """
    y, v, k = _checked(yi, vi)
    if x is None:
        _at_least(k, 3, "influence")
        full, coefficients, covariance, scale, tau2, q = _of_means(y, v, tau2_method, inference)
        design = np.ones((k, 1))
    else:
        model = meta_regression(y, v, x, tau2_method=tau2_method, inference=inference)
        _at_least(k, len(model.names) + 2, "influence in this meta-regression")
        full, design = model, model.x
        coefficients, covariance, scale, tau2, q = _of_regressions(model)
    whole, whole_cov = full.coefficients, full.covariance
    p = len(whole)

    w = 1.0 / (v + full.tau2)
    root = np.sqrt(w)
    orthogonal, _ = np.linalg.qr(root[:, None] * design)
    hat = (orthogonal * orthogonal).sum(axis=1)

    moved = whole - coefficients  # (k, p)
    fitted_change = (design * moved).sum(axis=1)
    prediction_variance = np.einsum("kp,kpq,kq->k", design, covariance, design)
    residual = y - (design * coefficients).sum(axis=1)
    w_deleted = 1.0 / (v + tau2[:, None])
    information = np.einsum("ki,ip,iq->kpq", w_deleted, design, design)
    spread = np.sqrt(scale[:, None] * np.diagonal(np.linalg.inv(information), axis1=1, axis2=2))
    cook = np.einsum("kp,pq,kq->k", moved, np.linalg.inv(whole_cov), moved)
    dffits = fitted_change / np.sqrt(scale * hat * (v + tau2))
    dfbetas = moved / spread
    influential = (np.abs(dffits) > 3 * np.sqrt(p / (k - p))) | (chdtr(p, cook) > 0.5) | (hat > 3 * p / k)
    return Influence(
        rstudent=residual / np.sqrt(scale * (v + tau2) + prediction_variance),
        dffits=dffits,
        cook_distance=cook,
        covariance_ratio=np.linalg.det(covariance) / np.linalg.det(whole_cov),
        tau2_deleted=tau2,
        q_deleted=q,
        hat=hat,
        weight=100 * w / w.sum(),
        dfbetas=dfbetas,
        influential=influential | (np.abs(dfbetas) > 1).any(axis=1),
        k=k,
        tau2_method=tau2_method,
        inference=inference,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Whole:
    coefficients: Array
    covariance: Array
    tau2: float


@dataclass(frozen=True, slots=True, eq=False)
class Shrunken:
    """Each study's own effect, drawn towards the mean (best linear unbiased prediction), shape (k,).

    `residual`, `residual_se` and `residual_z` are the standardised residuals from the mean.
    """

    estimate: Array
    se: Array
    prediction: Array  # (k, 2)
    residual: Array
    residual_se: Array
    residual_z: Array


def shrunken(fit: Pooled) -> Shrunken:
    """Empirical Bayes estimates of the studies' own effects from a random-effects fit (Raudenbush 2009)."""
    if fit.k < 2:
        raise InputError(f"fit holds {fit.k} study: shrinkage needs at least 2")
    share = fit.tau2 / (fit.tau2 + fit.vi)
    estimate = share * fit.yi + (1 - share) * fit.estimate
    se = np.sqrt(share * fit.vi + (1 - share) ** 2 * fit.se**2)
    p = 0.5 + fit.level / 2
    half = se * (ndtri(p) if np.isinf(fit.df) else stdtrit(fit.df, p))
    total = fit.vi + fit.tau2
    residual, residual_se = fit.yi - fit.estimate, np.sqrt(total - 1.0 / np.sum(1.0 / total))
    return Shrunken(
        estimate=estimate,
        se=se,
        prediction=np.column_stack([estimate - half, estimate + half]),
        residual=residual,
        residual_se=residual_se,
        residual_z=residual / residual_se,
    )


def _of_means(y: Array, v: Array, tau2_method: str, inference: str) -> tuple[Any, ...]:
    """The fit to all, and coefficients, covariances, scales, tau2 and Q without each study."""
    fit = pool(y, v, tau2_method, inference)
    included = ~np.eye(len(y), dtype=bool)
    fits = pool_many(y, v, included, tau2_method, inference, tau2_interval=False, weights=False)
    precision = np.where(included, 1.0 / (v + fits.tau2[:, None]), 0.0).sum(axis=1)
    variance = fits.se**2
    whole = _Whole(np.array([fit.estimate]), np.array([[fit.se**2]]), fit.tau2)
    scale = variance * precision
    return whole, fits.estimate[:, None], variance[:, None, None], scale, fits.tau2, fits.q


def _of_regressions(model: MetaRegression) -> tuple[Array, ...]:
    rows = [
        meta_regression(
            np.delete(model.yi, i),
            np.delete(model.vi, i),
            np.delete(model.x, i, axis=0),
            tau2_method=model.tau2_method,
            inference=model.inference,
            intercept=False,
        )
        for i in range(model.k)
    ]
    return (
        np.array([r.coefficients for r in rows]),
        np.array([r.covariance for r in rows]),
        np.array([r.scale for r in rows]),
        np.array([r.tau2 for r in rows]),
        np.array([r.q for r in rows]),
    )
