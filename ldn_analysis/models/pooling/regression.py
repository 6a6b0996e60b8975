"""Meta-regression: the effect as a linear function of study characteristics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, chdtri, ndtr, stdtr

from ldn_analysis import html
from ldn_analysis.errors import FloatArray, InputError, finite, positive
from ldn_analysis.guidance import handbook
from ldn_analysis.models.limits import critical
from ldn_analysis.models.pooling.linear import Linear
from ldn_analysis.models.pooling.pooled import check_methods, representable
from ldn_analysis.models.pooling.tau2 import ESTIMATORS, estimate_tau2, q_profile
from ldn_analysis.models.results import Result


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MetaRegression(Result):
    """Coefficients (shape (p,), the intercept first) with what they rest on; `i2` and `h2` refer to what is
    left."""

    names: tuple[str, ...]
    coefficients: FloatArray
    se: FloatArray
    ci: FloatArray  # (p, 2)
    statistic: FloatArray
    p_value: FloatArray
    df: float
    covariance: FloatArray
    tau2: float
    tau2_se: float
    tau2_ci: tuple[float, float]
    i2: float
    h2: float
    q: float
    q_df: int
    q_p: float
    k: int
    level: float
    tau2_method: str
    inference: str
    yi: FloatArray
    vi: FloatArray
    x: FloatArray
    converged: bool
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        terms = ", ".join(f"{n}={b:.4g}" for n, b in zip(self.names, self.coefficients, strict=True))
        return (
            f"MetaRegression({terms}, k={self.k}, tau2={self.tau2:.4g}, {self.tau2_method}, {self.inference})"
        )

    def _repr_html_(self) -> str:
        heads = ("Term", "Coefficient", f"{100 * self.level:g}% interval", "p")
        rows = (
            (n, f"{b:.4g}", f"{c[0]:.4g} to {c[1]:.4g}", f"{p:.3g}")
            for n, b, c, p in zip(self.names, self.coefficients, self.ci, self.p_value, strict=True)
        )
        caption = f"Meta-regression, {self.k} {'study' if self.k == 1 else 'studies'}, tau2 {self.tau2:.3g}"
        return html.finished(html.table(caption, heads, rows))


def design(k: int, x: npt.ArrayLike, names: Sequence[str] | None) -> tuple[FloatArray, tuple[str, ...]]:
    """The design matrix, a column of ones first, with its column names; refuses what is not of full rank."""
    matrix = finite("x", x)
    if matrix.ndim == 1:
        matrix = matrix[:, None]
    if matrix.ndim != 2 or len(matrix) != k:
        raise InputError(f"x has shape {np.shape(x)}: must have one row for each of the {k} studies")
    labels = tuple(names) if names is not None else tuple(f"x{i + 1}" for i in range(matrix.shape[1]))
    if len(labels) != matrix.shape[1]:
        raise InputError(f"names has {len(labels)} entries: x has {matrix.shape[1]} columns")
    matrix, labels = np.column_stack([np.ones(k), matrix]), ("intercept", *labels)
    if matrix.shape[1] >= k:
        raise InputError(
            f"x: {matrix.shape[1]} coefficients cannot be estimated together with a variance from {k} "
            "studies; at least one more study than coefficients is needed"
        )
    scaled = matrix / np.maximum(np.abs(matrix).max(axis=0), np.finfo(float).tiny)
    if np.linalg.matrix_rank(scaled) < matrix.shape[1]:
        raise InputError("x: the columns are linearly dependent (with the intercept)")
    return matrix, labels


def meta_regression(
    yi: npt.ArrayLike,
    vi: npt.ArrayLike,
    x: npt.ArrayLike,
    names: Sequence[str] | None = None,
    tau2_method: str = "REML",
    inference: str = "hksj",
    level: float = 0.95,
) -> MetaRegression:
    """Regress estimates on study characteristics (mixed-effects model; Cochrane Handbook 10.11.4).

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Estimates and sampling variances.
    x : array_like, shape (k,) or (k, number of moderators)
        Moderators, in their own units; a coefficient is the change in effect for one unit.
    names : of the moderators
    tau2_method, inference, level
        As in `pool`; t and F have k - p degrees of freedom, p counting all coefficients.

    Raises
    ------
    InputError
        As in `pool`, and for a design that is not of full rank or leaves no degree of freedom.
    """
    level = check_methods(tau2_method, inference, level, "k-1")
    y, v = _studies(yi, vi)
    matrix, labels = design(len(y), x, names)
    # a column is centred and scaled for the arithmetic only, so that years do not cost digits
    back = _standardise(matrix)
    model = Linear(y, v, matrix @ back)
    k, p = matrix.shape
    df = k - p
    estimate, converged = estimate_tau2(model, tau2_method)
    tau2 = float(estimate[0])
    coefficients, wald, remaining = _least_squares(model, tau2, back)
    factor = float(remaining @ remaining) / df if inference.startswith("hksj") else 1.0
    factor = max(1.0, factor) if inference == "hksj_modified" else factor
    covariance = factor * wald
    se = np.sqrt(np.diag(covariance))
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = coefficients / se
    t_df = np.inf if inference == "z" else float(df)
    tail = np.asarray(ndtr(-np.abs(statistic)) if inference == "z" else stdtr(t_df, -np.abs(statistic)))
    half = critical(level, t_df) * se
    return MetaRegression(
        names=labels,
        coefficients=coefficients,
        se=se,
        ci=np.column_stack([coefficients - half, coefficients + half]),
        statistic=statistic,
        p_value=2 * tail,
        df=t_df,
        covariance=covariance,
        tau2=tau2,
        tau2_se=float(ESTIMATORS[tau2_method].standard_error(model, estimate)[0]),
        **_heterogeneity(model, tau2, tau2_method, level),
        k=k,
        level=level,
        tau2_method=tau2_method,
        inference=inference,
        yi=y,
        vi=v,
        x=matrix,
        converged=bool(converged[0]),
        notes=_notes(k, p - 1),
    )


def _studies(yi: npt.ArrayLike, vi: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Estimates and variances, shape (k,), that can be used."""
    y, v = finite("yi", yi), positive("vi", vi)
    if y.ndim != 1 or y.shape != v.shape:
        raise InputError(
            f"yi has shape {y.shape}, vi {v.shape}: must be one-dimensional and of the same length"
        )
    representable("yi", y, v)
    return y, v


def _standardise(matrix: FloatArray) -> FloatArray:
    """(p, p) matrix that centres and scales the columns by multiplication from the right."""
    centre = matrix.mean(axis=0)
    spread = np.sqrt(((matrix - centre) ** 2).mean(axis=0))
    centre[0], spread[0] = 0.0, 1.0
    back = np.diag(1.0 / spread)
    back[0, 1:] = -centre[1:] / spread[1:]
    return back


def _least_squares(model: Linear, tau2: float, back: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Coefficients on the moderators' own scale, their Wald covariance, and weighted residuals."""
    root = 1.0 / np.sqrt(model.v + tau2)
    orthogonal, triangle = np.linalg.qr(root[:, None] * model.x)
    coefficients = back @ np.linalg.solve(triangle, orthogonal.T @ (root * model.y))
    inverse = back @ np.linalg.inv(triangle)
    remaining = root * model.y - orthogonal @ (orthogonal.T @ (root * model.y))
    return coefficients, inverse @ inverse.T, remaining


def _heterogeneity(model: Linear, tau2: float, method: str, level: float) -> dict[str, Any]:
    """``q q_df q_p i2 h2 tau2_ci`` of what is left."""
    common = model.at(0.0)
    df, q = int(model.df[0]), float(common.q[0])
    typical = df / float(common.tr_p[0])
    if method == "CE":
        i2, h2, tau2_ci = max(0.0, 100 * (q - df) / q) if q > 0 else 0.0, q / df, (np.nan, np.nan)
    else:
        i2, h2 = 100 * tau2 / (tau2 + typical), tau2 / typical + 1.0
        small, large = chdtri(df, [[(1 + level) / 2], [(1 - level) / 2]])
        low, high = q_profile(model, small, large)
        tau2_ci = float(low[0]), float(high[0])
    return {"q": q, "q_df": df, "q_p": float(chdtrc(df, q)), "i2": i2, "h2": h2, "tau2_ci": tau2_ci}


def _notes(k: int, moderators: int) -> tuple[str, ...]:
    if k >= 10 * moderators:
        return ()
    return (
        f"{k} studies for {moderators} moderator{'s' if moderators > 1 else ''}: fewer than ten a moderator "
        f"({handbook('10.11.5.1')}); associations between studies are not causes.",
    )
