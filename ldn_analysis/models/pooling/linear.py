"""The model of a meta-regression in matrices: its likelihood, Q and what estimators of tau2 need."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ldn_analysis.errors import FloatArray


class Sums(NamedTuple):
    """P, y'Py and the traces of W, WW, P and PP at one tau2 or more, in the notation of `tau2`."""

    p: FloatArray  # (..., k, k)
    q: FloatArray  # (...)
    s1: FloatArray
    s2: FloatArray
    tr_p: FloatArray
    tr_pp: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """One data set with its design matrix. t has any shape: matrices are formed for each value.

    It serves as `tau2.Model` with one data set, as `roots.Likelihood` and as `roots.Curve`; every column is
    the same function.
    """

    y: FloatArray  # (k,)
    v: FloatArray  # (k,)
    x: FloatArray  # (k, p)
    restricted: bool = True

    def take(self, rows: Any) -> Linear:  # noqa: ARG002 - all columns are alike
        """The same."""
        return self

    @property
    def k(self) -> FloatArray:
        return np.array([float(len(self.y))])

    @property
    def df(self) -> FloatArray:
        return self.k - self.x.shape[1]

    @property
    def v_min(self) -> FloatArray:
        return self.v.min(keepdims=True)

    @property
    def v_max(self) -> FloatArray:
        return self.v.max(keepdims=True)

    @property
    def ss(self) -> FloatArray:
        """Sum of squares about the unweighted fit."""
        residual = self.y - self.x @ np.linalg.lstsq(self.x, self.y, rcond=None)[0]
        return np.array([residual @ residual])

    @property
    def about_mean(self) -> FloatArray:
        """Sum of squares about the unweighted mean."""
        return np.sum((self.y - self.y.mean()) ** 2, keepdims=True)

    @property
    def curve(self) -> Linear:
        return self

    def likelihood(self, restricted: bool) -> Linear:
        return replace(self, restricted=restricted)

    def at(self, t: npt.ArrayLike) -> Sums:
        """The sums at every `t`, of which there is at least one."""
        t = np.atleast_1d(np.asarray(t, dtype=float))
        p, w = self.projection(t), 1.0 / (self.v + t[..., None])
        q = (p @ self.y * self.y).sum(axis=-1)
        traces = np.trace(p, axis1=-2, axis2=-1), (p * p).sum(axis=(-2, -1))
        return Sums(p, q, w.sum(axis=-1), (w * w).sum(axis=-1), *traces)

    def unweighted(self) -> tuple[FloatArray, FloatArray]:
        """tr MV / df and tr MVMV; M takes the unweighted fit away."""
        mv = (np.eye(len(self.y)) - self.x @ np.linalg.pinv(self.x)) * self.v
        return np.trace(mv) / self.df, np.sum(mv * mv.T, keepdims=True).ravel()

    def projection(self, t: npt.ArrayLike) -> FloatArray:
        """P = W - W X (X'WX)^-1 X'W with W = diag(1 / (v + t)), shape (..., k, k)."""
        root = 1.0 / np.sqrt(self.v + np.asarray(t, dtype=float)[..., None])
        q, _ = np.linalg.qr(root[..., None] * self.x)  # Q Q' is the hat matrix on the weighted scale
        identity = np.eye(len(self.v))
        return root[..., :, None] * (identity - q @ np.swapaxes(q, -1, -2)) * root[..., None, :]

    def parts(self, t: FloatArray) -> tuple[FloatArray, FloatArray]:
        """y'PPy, and tr P or tr W."""
        sums = self.at(t)
        py = sums.p @ self.y
        return (py * py).sum(axis=-1), sums.tr_p if self.restricted else sums.s1

    def newton(self, t: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """y'PPy, y'PPPy, and tr P, tr PP or tr W, tr WW."""
        sums = self.at(t)
        py = sums.p @ self.y
        traces = (sums.tr_p, sums.tr_pp) if self.restricted else (sums.s1, sums.s2)
        return (py * py).sum(axis=-1), (py * (sums.p @ py[..., None])[..., 0]).sum(axis=-1), *traces

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
