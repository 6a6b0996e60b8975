"""Pooling many data sets at once: what `pool` gives, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr, stdtrit

from ldn_analysis import html
from ldn_analysis.errors import BoolArray, FloatArray, IndexArray, InputError, floats
from ldn_analysis.models.pooling.columns import NUMBERS, PAIRS, fit_columns
from ldn_analysis.models.pooling.pooled import check_methods, representable
from ldn_analysis.models.pooling.tau2 import Columns, columns
from ldn_analysis.models.results import Result

_ELEMENTS = 32_768  # of a chunk's (k, B) arrays: they stay in the processor's cache


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PooledMany(Result):
    """What `Pooled` holds, for B data sets: shape (B,), intervals (B, 2), weights (B, k) in percent.

    `converged` is False for the rows whose search for tau2 failed and for those without any study; they stay.
    Numbers that a row's studies cannot give are not-a-number. The arrays cannot be written to.
    """

    estimate: FloatArray
    se: FloatArray
    ci: FloatArray
    p_value: FloatArray
    statistic: FloatArray
    df: FloatArray
    tau2: FloatArray
    tau2_se: FloatArray
    tau2_ci: FloatArray
    i2: FloatArray
    i2_ci: FloatArray
    h2: FloatArray
    h2_ci: FloatArray
    q: FloatArray
    q_df: FloatArray
    q_p: FloatArray
    prediction: FloatArray
    prediction_method: str
    weights: FloatArray | None
    k: IndexArray
    level: float
    tau2_method: str
    inference: str
    converged: BoolArray

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    def __len__(self) -> int:
        return len(self.estimate)

    @property
    def has_companion(self) -> BoolArray:
        """Rows whose trials do not differ, so that plain Hartung-Knapp limits may be narrower than the trials
        allow (`wider_companion`)."""
        return (self.inference == "hksj") & (self.k > 1) & ~(self.tau2 > 0)

    def _repr_html_(self) -> str:
        percent = f"{100 * self.level:g}%"
        heads = ("row", "estimate", f"{percent} interval", "tau2", "studies")
        shown = zip(self.estimate[:10], self.ci[:10], self.tau2[:10], self.k[:10], strict=True)
        rows = (
            (str(i), f"{y:.3g}", f"{ci[0]:.3g} to {ci[1]:.3g}", f"{tau2:.3g}", str(k))
            for i, (y, ci, tau2, k) in enumerate(shown)
        )
        more = f"; the first 10 of {len(self):,}" if len(self) > 10 else ""
        caption = f"Pooled estimates of {len(self):,} data sets ({self.tau2_method}; {self.inference}{more})"
        return html.finished(html.table(caption, heads, rows))

    def __repr__(self) -> str:
        failed = int((~self.converged).sum())
        return (
            f"PooledMany({len(self)} data sets, {self.tau2_method}, {self.inference}, {failed} not converged)"
        )


def pool_many(
    yi: npt.ArrayLike,
    vi: npt.ArrayLike,
    mask: npt.ArrayLike | None = None,
    tau2_method: str = "REML",
    inference: str = "hksj",
    level: float = 0.95,
    prediction: str = "k-1",
    *,
    tau2_interval: bool = True,
    weights: bool = True,
) -> PooledMany:
    """Pool B data sets at once; each row gets the numbers that `pool` would give.

    Parameters
    ----------
    yi, vi : array_like, shape (B, k)
        Estimates and sampling variances, one data set a row. Either may have shape (k,) and then serves all
        rows (for example with a `mask` that takes every subset of the studies).
    mask : array_like of bool, shape (B, k), optional
        True where the study is in the data set. What is masked out may hold anything, not-a-number included.
    tau2_method, inference, level, prediction
        As in `pool`.
    tau2_interval : bool
        False leaves out the Q-profile interval (and those of I2 and H2), a quarter of the time.
    weights : bool
        False leaves out the weights.

    Returns
    -------
    PooledMany

    Raises
    ------
    InputError
        As in `pool`, with row and study of the first value that cannot be used.
    """
    level = check_methods(tau2_method, inference, level, prediction)
    y, v, present = _rectangles(yi, vi, mask)
    rows, k = y.shape
    size = max(1, _ELEMENTS // k)
    out: dict[str, npt.NDArray[Any]] = {}
    for start in range(0, max(rows, 1), size):
        part = slice(start, start + size)
        data = _columns(y[part], v[part], None if present is None else present[part])
        fits = fit_columns(data, tau2_method, inference, level, prediction, tau2_interval, weights)
        for name, values in fits.items():
            if start == 0:
                out[name] = np.empty((rows, *values.shape[:-1]), dtype=values.dtype)
            out[name][part] = values.T
    return PooledMany(
        **{name: out[name] for name in NUMBERS},
        **{name: np.stack([out[f"{of}_lower"], out[f"{of}_upper"]], axis=1) for name, of in PAIRS.items()},
        prediction_method=prediction,
        weights=out["weights"] if weights else None,
        k=out["k"].astype(np.intp),
        level=level,
        tau2_method=tau2_method,
        inference=inference,
        converged=out["converged"],
    )


def wider_companions(
    fits: PooledMany, yi: npt.ArrayLike, vi: npt.ArrayLike, mask: npt.ArrayLike | None = None
) -> PooledMany:
    """`fits` with the interval of `wider_companion` in the rows that have one; the rest as in `pool_many`."""
    alike = fits.has_companion
    if not alike.any():
        return fits
    y, v, present = _rectangles(yi, vi, mask)
    methods = fits.tau2_method, "hksj_modified", fits.level, fits.prediction_method
    there = None if present is None else present[alike]
    wide = pool_many(y[alike], v[alike], there, *methods, tau2_interval=False, weights=False)
    names = ("se", "statistic", "p_value", "ci", "prediction")
    return _changed(fits, alike, {name: getattr(wide, name) for name in names})


def with_own_intervals(fits: PooledMany, vi: FloatArray, mask: BoolArray, df: FloatArray) -> PooledMany:
    """`fits` in which a study by itself has the interval of its own variance, whatever the method.

    Parameters
    ----------
    vi, mask : shape (B, k), what was pooled.
    df : shape (B,), degrees of freedom of a study by itself; not-a-number for a normal interval.
    """
    alone = mask.sum(axis=1) == 1
    if not alone.any():
        return fits
    se = np.sqrt(vi[alone, mask[alone].argmax(axis=1)])
    nu, estimate = np.where(df[alone] >= 1, df[alone], np.inf), fits.estimate[alone]
    half, statistic = stdtrit(nu, 0.5 + fits.level / 2) * se, estimate / se
    ci = np.stack([estimate - half, estimate + half], axis=1)
    p_value = 2 * stdtr(nu, -np.abs(statistic))
    numbers = {"se": se, "df": nu, "statistic": statistic, "p_value": p_value, "ci": ci}
    return _changed(fits, alone, numbers)


def _changed(fits: PooledMany, rows: BoolArray, values: dict[str, FloatArray]) -> PooledMany:
    """`fits` with other `values` of some fields in some `rows`."""
    changed = {name: getattr(fits, name).copy() for name in values}
    for name, value in values.items():
        changed[name][rows] = value
    return replace(fits, **changed)


def _rectangles(
    yi: npt.ArrayLike, vi: npt.ArrayLike, mask: npt.ArrayLike | None
) -> tuple[FloatArray, FloatArray, BoolArray | None]:
    """Both as (B, k) without copying more than needed, checked where the mask is True."""
    y, v = floats("yi", yi), floats("vi", vi)
    present = None if mask is None else np.asarray(mask)
    if present is not None and present.dtype != bool:
        raise InputError(
            f"mask has type {present.dtype}: must be boolean, True where the study is in the data set"
        )
    shapes = {"yi": y.shape, "vi": v.shape} | ({} if present is None else {"mask": present.shape})
    try:
        shape = np.broadcast_shapes(*shapes.values())
    except ValueError:
        shape = ()
    if len(shape) != 2 or shape[1] == 0 or any(not s or s[-1] != shape[1] for s in shapes.values()):
        listed = ", ".join(f"{name} has shape {s}" for name, s in shapes.items())
        raise InputError(f"{listed}: must be (B, k), or (k,) where one row serves all data sets")
    representable("yi", y, v, present)
    y, v = np.broadcast_to(y, shape), np.broadcast_to(v, shape)
    return y, v, None if present is None else np.broadcast_to(present, shape)


def _columns(y: FloatArray, v: FloatArray, present: BoolArray | None) -> Columns:
    if present is None:
        return columns(np.ascontiguousarray(y.T), np.ascontiguousarray(v.T))
    there = np.ascontiguousarray(present.T)
    return columns(np.where(there, y.T, 0.0), np.where(there, v.T, np.inf), None if there.all() else there)
