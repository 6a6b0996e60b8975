"""Dose-response meta-analysis: curves that are linear in their coefficients, and the Emax family.

Two stages: a curve for each trial, then a multivariate random-effects mean of their coefficients. One stage:
all contrasts at once (Crippa et al. 2019, Stat Methods Med Res 28:1579-1596), so that trials with fewer doses
than coefficients count. Differences are from the reference dose: no curve has an intercept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from ldn_analysis.errors import InputError, finite, one_of
from ldn_analysis.models.dose_curves.contrasts import Contrasts
from ldn_analysis.models.limits import critical
from ldn_analysis.models.results import Result

__all__ = ["DoseResponse", "dose_basis", "dose_response"]

Array = NDArray[np.float64]
LINEAR = ("linear", "log_linear", "quadratic", "spline")
CURVES = (*LINEAR, "emax", "sigmoid_emax")


def dose_basis(dose: ArrayLike, model: str, knots: Sequence[float] = ()) -> Array:
    """Columns of a curve at doses: dose; log(1 + dose); dose and its square; restricted cubic spline.

    The spline is Harrell's, linear beyond the outer knots, cubic terms over the squared range of the knots.
    """
    d = np.atleast_1d(finite("dose", dose))
    one_of("model", model, LINEAR)
    if model == "linear":
        return d[:, None]
    if model == "log_linear":
        return np.log1p(d)[:, None]
    if model == "quadratic":
        return np.c_[d, d**2]
    k = np.asarray(knots, dtype=float)
    if k.size < 3 or (np.diff(k) <= 0).any():
        raise InputError("knots must hold three or more increasing doses")

    def cube(x: Array) -> Array:
        return np.maximum(x, 0) ** 3

    last, before, scale = k[-1], k[-2], (k[-1] - k[0]) ** 2
    terms = [
        (cube(d - t) - cube(d - before) * (last - t) / (last - before)
         + cube(d - last) * (before - t) / (last - before)) / scale
        for t in k[:-2]
    ]  # fmt: skip
    return np.c_[d, np.array(terms).T]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DoseResponse(Result):
    """A fitted curve: coefficients, their covariance, the between-trial covariance `psi`.

    For ``emax`` the coefficients are Emax and log ED50; for ``sigmoid_emax`` log Hill as well. `aic` compares
    one-stage fits by maximum likelihood (or ``fixed``) on the same contrasts; NaN without a likelihood.
    """

    model: str
    coef: Array
    vcov: Array
    psi: Array
    log_likelihood: float
    aic: float
    method: str
    stages: int
    knots: tuple[float, ...]
    reference: float
    k: int
    contrasts: int
    notes: tuple[str, ...]

    def predict(self, dose: ArrayLike, level: float = 0.95) -> tuple[Array, Array, Array, Array]:
        """Difference from the reference dose, standard error, and limits (normal) at `dose`."""
        d = np.atleast_1d(finite("dose", dose))
        if self.model in LINEAR:
            x = dose_basis(d, self.model, self.knots) - dose_basis([self.reference], self.model, self.knots)
            y = x @ self.coef
        else:
            y, x = emax_difference(self.coef, d, self.reference)
        se = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", x, self.vcov, x), 0))
        z = critical(level)
        return y, se, y - z * se, y + z * se


def _emax(theta: Array, d: Array) -> tuple[Array, Array]:
    """Emax curve and its derivatives by Emax, log ED50 (and log Hill)."""
    hill = np.exp(theta[2]) if theta.size > 2 else 1.0
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        log_ratio = np.where(d > 0, np.log(np.maximum(d, 1e-300)), -np.inf) - theta[1]
        f = special.expit(hill * log_ratio)
        slope = theta[0] * f * (1 - f)
        columns = [f, -hill * slope]
        if theta.size > 2:
            columns.append(np.where(d > 0, slope * hill * log_ratio, 0.0))
    return theta[0] * f, np.stack(columns, -1)


def emax_difference(theta: Array, d: Array, reference: float) -> tuple[Array, Array]:
    """The same, less what the curve is at the reference dose."""
    y, x = _emax(theta, d)
    y0, x0 = _emax(theta, np.array([reference]))
    return y - y0, x - x0


def _gls(x: Array, y: Array, s: Array) -> tuple[Array, Array]:
    w = np.linalg.solve(s, np.c_[x, y])
    v = np.linalg.inv(x.T @ w[:, :-1])
    return v @ (x.T @ w[:, -1]), v


def _emax_gls(trials: Sequence[Contrasts], size: int) -> tuple[Array, Array, float]:
    """Weighted nonlinear least squares over all contrasts: coefficients, covariance, residual sum."""
    from scipy.optimize import least_squares

    roots = [np.linalg.inv(np.linalg.cholesky(t.covariance)) for t in trials]

    def residual(theta: Array) -> Array:
        return np.concatenate(
            [
                r @ (t.y - emax_difference(theta, t.dose, t.reference)[0])
                for r, t in zip(roots, trials, strict=True)
            ]
        )

    def jacobian(theta: Array) -> Array:
        return -np.concatenate(
            [r @ emax_difference(theta, t.dose, t.reference)[1] for r, t in zip(roots, trials, strict=True)]
        )

    top = max(trials, key=lambda t: np.abs(t.y).max())
    extreme = float(top.y[np.argmax(np.abs(top.y))])
    doses = np.concatenate([t.dose for t in trials])
    best = None
    low = float(doses[doses > 0].min()) / 4
    starts = [(ed50, hill) for ed50 in np.geomspace(low, doses.max(), 5) for hill in (0.0, 1.0)[: size - 1]]
    for ed50, hill in starts:
        begin = np.r_[1.3 * extreme, np.log(ed50), hill][:size]
        fit = least_squares(residual, begin, jac=jacobian, xtol=1e-15, ftol=1e-15, gtol=1e-15)
        if best is None or fit.cost < best.cost:
            best = fit
    assert best is not None
    j = jacobian(best.x)
    covariance: Array = np.linalg.pinv(j.T @ j).astype(float)
    return best.x, covariance, float(2 * best.cost)


def _identified(theta: Array, covariance: Array, t: Contrasts) -> bool:
    """Whether a trial's doses settle its Emax curve: its ED50 must not be a hundredfold outside them."""
    doses = t.dose[t.dose > 0]
    inside = doses.min() / 100 < np.exp(theta[1]) < doses.max() * 100
    sizes = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(sizes, sizes)
    return bool(inside and np.isfinite(sizes).all() and np.linalg.eigvalsh(correlation)[0] > 1e-9)


def trial_curves(
    trials: Sequence[Contrasts], model: str, knots: Sequence[float] = ()
) -> tuple[list[tuple[object, Array, Array]], list[str]]:
    """First stage: trial, coefficients and covariance of its own curve; and notes on the trials left out.

    Raises
    ------
    InputError
        If no trial has as many doses as the curve has coefficients, or if the doses of a trial that has do
        not settle its Emax curve: the trials are named.
    """
    q = coefficients(model, knots)
    curves: list[tuple[object, Array, Array]] = []
    few: list[str] = []
    for t in trials:
        if np.unique(t.dose[t.dose != t.reference]).size < q:
            few.append(str(t.study))
        elif model in LINEAR:
            x = dose_basis(t.dose, model, knots) - dose_basis([t.reference], model, knots)
            curves.append((t.study, *_gls(x, t.y, t.covariance)))
        else:
            theta, v, _ = _emax_gls([t], q)
            if not _identified(theta, v, t):
                raise InputError(
                    f"trial {t.study!r}: its doses and results do not settle a curve of the form {model}; "
                    "leave it out, or use stages=1"
                )
            curves.append((t.study, theta, v))
    if not curves:
        raise InputError(
            f"no trial has the {q} doses that {model} needs in two stages: too few in {', '.join(few)}"
        )
    return curves, [f"Left out (fewer doses than coefficients): {name}." for name in few]


def coefficients(model: str, knots: Sequence[float] = ()) -> int:
    """Number of coefficients of a curve."""
    return {"quadratic": 2, "spline": len(knots) - 1, "emax": 2, "sigmoid_emax": 3}.get(model, 1)


Block = tuple[Array, Array, Array]  # y, design, covariance of one trial


def _profile(psi: Array, blocks: Sequence[Block], reml: bool) -> tuple[float, Array, Array]:
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
    vcov: Array = np.linalg.inv(xx).astype(float)
    coef: Array = vcov @ xy
    like = -0.5 * (count * np.log(2 * np.pi) + logdet + yy - float(xy @ coef))
    if reml:
        like += 0.5 * q * np.log(2 * np.pi) - 0.5 * float(np.linalg.slogdet(xx)[1])
    return float(like), coef, vcov


def _likelihood_psi(blocks: Sequence[Block], q: int, reml: bool) -> Array:
    """Between-trial covariance of the largest (restricted) likelihood, through its Cholesky factor."""
    from typing import Any

    from scipy.optimize import minimize

    lower = np.tril_indices(q)
    own = [np.diag(_gls(x, y, s)[1]) for y, x, s in blocks if y.size >= q]
    # no trial has a curve of its own: the variance of one, were the information spread evenly over them
    whole = _profile(np.zeros((q, q)), blocks, reml=False)[2]
    unit = np.sqrt(np.mean(own, axis=0) if own else len(blocks) * np.diag(whole))

    def psi_of(theta: Array) -> Array:
        factor = np.zeros((q, q))
        factor[lower] = theta
        factor = unit[:, None] * factor
        return factor @ factor.T

    def loss(theta: Array) -> float:
        return -_profile(psi_of(theta), blocks, reml)[0]

    best, value = np.zeros(lower[0].size), loss(np.zeros(lower[0].size))
    for size in (0.3, 1.0):
        for sign in (1.0, -1.0) if q > 1 else (1.0,):
            begin = np.where(lower[0] == lower[1], size, sign * size / 2)
            fit = minimize(loss, begin, method="BFGS", options={"gtol": 1e-6})
            if fit.fun < value - 1e-12:
                best, value = fit.x, float(fit.fun)
    if value < loss(np.zeros(lower[0].size)):
        simplex = np.vstack([best, best + 1e-3 * np.eye(best.size)])
        options: Any = {"xatol": 1e-9, "fatol": 1e-13, "maxiter": 400, "initial_simplex": simplex}
        fit = minimize(loss, best, method="Nelder-Mead", options=options)
        best = fit.x if fit.fun <= value else best
    return psi_of(best)


def _moment_psi(blocks: Sequence[Block], q: int) -> Array:
    """Multivariate method of moments (Jackson, White and Riley 2013); negative eigenvalues become zero."""
    weights = [np.linalg.inv(s) for _, _, s in blocks]
    total = np.linalg.inv(np.sum(weights, axis=0))
    mean = total @ np.sum([w @ b[0] for w, b in zip(weights, blocks, strict=True)], axis=0)
    k = len(blocks)
    q_matrix = sum(w @ np.outer(b[0] - mean, b[0] - mean) for w, b in zip(weights, blocks, strict=True))
    linear = np.zeros((q * q, q * q))
    for i in range(k):
        for j in range(k):
            a = float(i == j) * np.eye(q) - total @ weights[j]
            linear += np.kron(weights[i] @ a, a)
    psi = np.linalg.solve(linear, (q_matrix - (k - 1) * np.eye(q)).ravel()).reshape(q, q)
    values, vectors = np.linalg.eigh((psi + psi.T) / 2)
    return vectors @ np.diag(np.maximum(values, 0.0)) @ vectors.T


def dose_response(
    trials: Sequence[Contrasts],
    model: str = "linear",
    *,
    stages: int = 1,
    method: str = "reml",
    knots: Sequence[float] = (),
) -> DoseResponse:
    """Fit one dose-response curve to the contrasts of several trials.

    Parameters
    ----------
    trials
        From `mean_contrasts` or `rate_contrasts`.
    model
        ``linear``, ``log_linear``, ``quadratic``, ``spline`` (with `knots`), ``emax``, ``sigmoid_emax``.
    stages
        2: a curve a trial, then their mean (trials with too few doses are left out, and named in `notes`);
        1: all contrasts at once, the Emax family with common coefficients.
    method
        Between-trial variance: ``fixed`` (none), ``ml``, ``reml``, ``mm`` (two stages only).
    knots
        Of the spline, in mg.

    Raises
    ------
    InputError
        If the doses do not identify the curve (in two stages the trials are named), or if there are not more
        contrasts than coefficients, so that a variance between trials cannot be told from chance.
    """
    one_of("model", model, CURVES)
    one_of("method", method, ("fixed", "ml", "reml", "mm"))
    one_of("stages", stages, (1, 2))
    if not trials:
        raise InputError("trials is empty")
    if method == "mm" and stages == 1:
        raise InputError("method 'mm' needs stages=2")
    reference = trials[0].reference
    count = sum(t.y.size for t in trials)
    q = coefficients(model, knots)
    notes: list[str] = []
    if model not in LINEAR and stages == 1:
        if method != "fixed":
            notes.append("One-stage Emax curves have common coefficients: no tau² is fitted.")
        distinct = np.unique(np.concatenate([t.dose for t in trials])).size
        if distinct < q:
            raise InputError(f"{model} needs at least {q} distinct doses: there are {distinct}")
        coef, vcov, rss = _emax_gls(trials, q)
        logdet = sum(float(np.linalg.slogdet(t.covariance)[1]) for t in trials)
        like = -0.5 * (count * np.log(2 * np.pi) + logdet + rss)
        none = np.zeros((q, q))
        return DoseResponse(model, coef, vcov, none, like, 2 * q - 2 * like, "fixed", 1, (), reference,
                            len(trials), count, tuple(notes))  # fmt: skip
    blocks: list[Block] = []
    if stages == 2:
        curves, notes = trial_curves(trials, model, knots)
        blocks = [(b, np.eye(q), v) for _, b, v in curves]
    else:
        for t in trials:
            x = dose_basis(t.dose, model, knots) - dose_basis([t.reference], model, knots)
            blocks.append((t.y, x, t.covariance))
    if stages == 1 and np.linalg.matrix_rank(np.concatenate([b[1] for b in blocks])) < q:
        raise InputError(f"{model} has {q} coefficients, which the doses do not identify")
    if method != "fixed" and sum(y.size for y, _, _ in blocks) <= q:
        raise InputError(
            f"{model} has as many coefficients as there are contrasts ({q}): nothing is left to tell "
            "how much the trials differ; use method='fixed'"
        )
    psi = np.zeros((q, q))
    if method == "mm":
        psi = _moment_psi(blocks, q)
    elif method != "fixed":
        psi = _likelihood_psi(blocks, q, method == "reml")
    like, coef, vcov = _profile(psi, blocks, method == "reml")
    free = q + (q * (q + 1) // 2 if method in ("ml", "reml") else 0)
    if method == "mm":
        like = float("nan")
    return DoseResponse(model, coef, vcov, psi, like, 2 * free - 2 * like, method, stages, tuple(knots),
                        reference, len(blocks), count, tuple(notes))  # fmt: skip
