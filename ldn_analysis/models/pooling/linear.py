"""The model of a meta-regression: its likelihood, Q and estimators of tau2, in matrices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import chdtri

from ldn_analysis.errors import FloatArray, InputError
from ldn_analysis.models.pooling.roots import Bounds, global_maximum, solve_decreasing


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """One data set with its design matrix. t has any shape: matrices are formed for each value.

    It serves as `roots.Likelihood` and as `roots.Curve`; every column is the same function.
    """

    y: FloatArray  # (k,)
    v: FloatArray  # (k,)
    x: FloatArray  # (k, p)
    restricted: bool = True

    def take(self, rows: Any) -> Linear:  # noqa: ARG002 - all columns are alike
        """The same."""
        return self

    def projection(self, t: npt.ArrayLike) -> FloatArray:
        """P = W - W X (X'WX)^-1 X'W with W = diag(1 / (v + t)), shape (..., k, k)."""
        root = 1.0 / np.sqrt(self.v + np.asarray(t, dtype=float)[..., None])
        q, _ = np.linalg.qr(root[..., None] * self.x)  # Q Q' is the hat matrix on the weighted scale
        identity = np.eye(len(self.v))
        return root[..., :, None] * (identity - q @ np.swapaxes(q, -1, -2)) * root[..., None, :]

    def _traces(self, t: FloatArray, p: FloatArray) -> tuple[FloatArray, FloatArray]:
        if self.restricted:
            return np.trace(p, axis1=-2, axis2=-1), (p * p).sum(axis=(-2, -1))
        w = 1.0 / (self.v + t[..., None])
        return w.sum(axis=-1), (w * w).sum(axis=-1)

    def parts(self, t: FloatArray) -> tuple[FloatArray, FloatArray]:
        """y'PPy, and tr P or tr W."""
        p = self.projection(t)
        py = p @ self.y
        return (py * py).sum(axis=-1), self._traces(t, p)[0]

    def newton(self, t: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """y'PPy, y'PPPy, and tr P, tr PP or tr W, tr WW."""
        p = self.projection(t)
        py = p @ self.y
        tr, trr = self._traces(t, p)
        return (py * py).sum(axis=-1), (py * (p @ py[..., None])[..., 0]).sum(axis=-1), tr, trr

    def height(self, t: FloatArray) -> FloatArray:
        """Twice the log-likelihood, up to a constant."""
        w = 1.0 / (self.v + t[..., None])
        value = np.log(w).sum(axis=-1) - (self.projection(t) @ self.y * self.y).sum(axis=-1)
        if self.restricted:
            value = value - np.linalg.slogdet(np.einsum("...k,kp,kq->...pq", w, self.x, self.x))[1]
        return value

    def slope(self, t: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Q and minus its slope."""
        py = self.projection(t) @ self.y
        return (py * self.y).sum(axis=-1), (py * py).sum(axis=-1)


def estimate_linear_tau2(model: Linear, method: str) -> tuple[float, float, bool]:
    """tau2, its standard error and whether the search converged (formulas as in `tau2`, with k - p)."""
    y, v = model.y, model.v
    k, p = model.x.shape
    df = k - p
    residual = y - model.x @ np.linalg.lstsq(model.x, y, rcond=None)[0]
    ss = float(residual @ residual)
    p0 = model.projection(0.0)
    tr0 = float(np.trace(p0))
    q0 = float(y @ p0 @ y)
    if method == "CE":
        return 0.0, np.nan, True
    if method in ("ML", "REML"):
        s2 = ss / df
        upper = 0.5 * (s2 + np.sqrt(s2 * (s2 + 4 * (v.max() - v.min())))) - v.min()
        bounds = Bounds(np.array([v.min()]), np.array([upper]), np.array([ss]))
        start = np.array([max(0.0, (q0 - df) / tr0)])
        t, converged = global_maximum(Linear(y, v, model.x, method == "REML"), bounds, start)
        tau2 = float(t[0])
        at = model.projection(tau2)
        w = 1.0 / (v + tau2)
        se = float(np.sqrt(2 / (np.sum(at * at) if method == "REML" else np.sum(w * w))))
        return tau2, se, bool(converged[0])
    if method in ("PM", "EB"):
        t, converged = solve_decreasing(
            model, np.array([float(df)]), np.array([ss / df - v.min()]), np.array([v.min()])
        )
        tau2 = float(t[0])
        return tau2, float(np.sqrt(2 * k**2 / df) / np.sum(1.0 / (v + tau2))), bool(converged[0])
    if method == "HE":
        m = np.eye(k) - model.x @ np.linalg.pinv(model.x)
        mv = m * v
        tau2 = max(0.0, (ss - float(np.trace(mv))) / df)
        inside = 2 * np.sum(mv * mv.T) + 4 * tau2 * np.trace(mv) + 2 * tau2**2 * df
        return tau2, float(np.sqrt(inside) / df), True
    if method == "SJ":
        start = float(np.sum((y - y.mean()) ** 2)) / k
        at = model.projection(start)
        tau2 = start * float(y @ at @ y) / df
        av = at * v
        inside = 2 * np.sum(av * av.T) + 4 * tau2 * np.sum(av * at) + 2 * tau2**2 * np.sum(at * at)
        return tau2, float(start / df * np.sqrt(inside)), True
    if method not in ("DL", "HS"):
        raise InputError(f"tau2_method is {method!r}: has no formula with covariates yet")
    numerator, scale = (q0 - k, float(np.sum(1 / v))) if method == "HS" else (q0 - df, tr0)
    tau2 = max(0.0, numerator / scale)
    inside = 2 * df + 4 * tau2 * tr0 + 2 * tau2**2 * float(np.sum(p0 * p0))
    return tau2, float(np.sqrt(inside) / scale), True


def linear_q_profile(model: Linear, df: int, level: float) -> tuple[float, float]:
    """Q-profile interval of the residual tau2."""
    residual = model.y - model.x @ np.linalg.lstsq(model.x, model.y, rcond=None)[0]
    ss, smallest = float(residual @ residual), model.v.min()
    targets = np.array([chdtri(df, (1 - level) / 2), chdtri(df, (1 + level) / 2)])
    limits, _ = solve_decreasing(model, targets, ss / targets - smallest, np.full(2, smallest))
    return float(limits[0]), float(limits[1])
