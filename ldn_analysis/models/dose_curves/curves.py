"""Dose-response meta-analysis: curves that are linear in their coefficients.

All contrasts at once (one stage: Crippa et al. 2019, Stat Methods Med Res 28:1579-1596), so that trials with
fewer doses than coefficients count. Differences are from the reference dose: no curve has an intercept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ldn_analysis.errors import FloatArray, InputError, finite, one_of
from ldn_analysis.models.dose_curves.contrasts import Contrasts
from ldn_analysis.models.limits import critical
from ldn_analysis.models.results import Result

CURVES = ("linear", "log_linear", "quadratic")


def dose_basis(dose: ArrayLike, model: str) -> FloatArray:
    """Columns of a curve at doses: dose; log(1 + dose); dose and its square."""
    d = np.atleast_1d(finite("dose", dose))
    one_of("model", model, CURVES)
    if model == "linear":
        return d[:, None]
    return np.log1p(d)[:, None] if model == "log_linear" else np.c_[d, d**2]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DoseResponse(Result):
    """A fitted curve: coefficients, their covariance, the between-trial covariance `psi`."""

    model: str
    coef: FloatArray
    vcov: FloatArray
    psi: FloatArray
    log_likelihood: float
    method: str
    reference: float
    k: int
    contrasts: int

    def predict(
        self, dose: ArrayLike, level: float = 0.95
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Difference from the reference dose, standard error, and limits (normal) at `dose`."""
        x = dose_basis(dose, self.model) - dose_basis([self.reference], self.model)
        y = x @ self.coef
        se = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", x, self.vcov, x), 0))
        z = critical(level)
        return y, se, y - z * se, y + z * se


Block = tuple[FloatArray, FloatArray, FloatArray]
"""Differences, design and covariance of one trial."""


def _profile(psi: FloatArray, blocks: Sequence[Block], reml: bool) -> tuple[float, FloatArray, FloatArray]:
    """Log-likelihood profiled over the coefficients, the coefficients, their covariance."""
    q = psi.shape[0]
    xx, xy = np.zeros((q, q)), np.zeros(q)
    yy, logdet, count = 0.0, 0.0, 0
    for y, x, s in blocks:
        v = s + x @ psi @ x.T
        w = np.linalg.solve(v, np.c_[x, y])
        xx += x.T @ w[:, :-1]
        xy += x.T @ w[:, -1]
        yy += float(y @ w[:, -1])
        logdet += float(np.linalg.slogdet(v)[1])
        count += y.size
    vcov: FloatArray = np.linalg.inv(xx).astype(float)
    coef: FloatArray = vcov @ xy
    like = -0.5 * (count * np.log(2 * np.pi) + logdet + yy - float(xy @ coef))
    if reml:
        like += 0.5 * q * np.log(2 * np.pi) - 0.5 * float(np.linalg.slogdet(xx)[1])
    return float(like), coef, vcov


def _likelihood_psi(blocks: Sequence[Block], q: int, reml: bool) -> FloatArray:
    """Between-trial covariance of the largest (restricted) likelihood, through its Cholesky factor."""
    from scipy.optimize import minimize

    lower = np.tril_indices(q)
    # from trials with a curve of their own; else as if the information were spread evenly over the trials
    curved: list[Sequence[Block]] = [[block] for block in blocks if block[0].size >= q]
    variances = [np.diag(_profile(np.zeros((q, q)), group, reml=False)[2]) for group in curved or [blocks]]
    unit = np.sqrt(np.mean(variances, axis=0) * (1 if curved else len(blocks)))

    def psi_of(theta: FloatArray) -> FloatArray:
        factor = np.zeros((q, q))
        factor[lower] = theta
        factor = unit[:, None] * factor
        return factor @ factor.T

    def loss(theta: FloatArray) -> float:
        return -_profile(psi_of(theta), blocks, reml)[0]

    best = np.zeros(lower[0].size)
    value = without = loss(best)
    for size in (0.3, 1.0):
        for sign in (1.0, -1.0) if q > 1 else (1.0,):
            begin = np.where(lower[0] == lower[1], size, sign * size / 2)
            fit = minimize(loss, begin, method="BFGS", options={"gtol": 1e-6})
            if fit.fun < value - 1e-12:
                best, value = fit.x, float(fit.fun)
    if value < without:
        simplex = np.vstack([best, best + 1e-3 * np.eye(best.size)])
        options: Any = {"xatol": 1e-9, "fatol": 1e-13, "maxiter": 400, "initial_simplex": simplex}
        fit = minimize(loss, best, method="Nelder-Mead", options=options)
        best = fit.x if fit.fun <= value else best
    return psi_of(best)


def dose_response(
    trials: Sequence[Contrasts], model: str = "linear", *, method: str = "reml"
) -> DoseResponse:
    """Fit one dose-response curve to the contrasts of several trials.

    Parameters
    ----------
    trials
        From the contrast table, `mean_contrasts` or `rate_contrasts`.
    model
        ``linear``, ``log_linear``, ``quadratic``.
    method
        Between-trial variance: ``fixed`` (none), ``ml``, ``reml``.

    Raises
    ------
    InputError
        If the doses do not identify the curve, or if there are not more contrasts than coefficients, so that
        a variance between trials cannot be told from chance.
    """
    one_of("model", model, CURVES)
    one_of("method", method, ("fixed", "ml", "reml"))
    if not trials:
        raise InputError("trials is empty")
    reference, count = trials[0].reference, sum(t.y.size for t in trials)
    base = dose_basis([reference], model)
    q = base.shape[1]
    blocks: list[Block] = [(t.y, dose_basis(t.dose, model) - base, t.covariance) for t in trials]
    if np.linalg.matrix_rank(np.concatenate([x for _, x, _ in blocks])) < q:
        raise InputError(f"{model} has {q} coefficients, which the doses do not identify")
    if method != "fixed" and count <= q:
        raise InputError(
            f"{model} has as many coefficients as there are contrasts ({q}): nothing is left to tell "
            "how much the trials differ; use method='fixed'"
        )
    psi = np.zeros((q, q)) if method == "fixed" else _likelihood_psi(blocks, q, method == "reml")
    like, coef, vcov = _profile(psi, blocks, method == "reml")
    return DoseResponse(model, coef, vcov, psi, like, method, reference, len(blocks), count)
