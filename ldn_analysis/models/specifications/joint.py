"""Is the whole curve of defensible analyses compatible with no mean effect?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ldn_analysis.errors import FloatArray, IndexArray, InputError, within
from ldn_analysis.models.pooling.many import pool_many, with_own_intervals
from ldn_analysis.models.results import Result
from ldn_analysis.models.specifications.types import ESTIMATOR, INFERENCE, Multiverse


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class JointTest(Result):
    """Is the whole curve compatible with a mean effect of zero?

    `p_median` and `p_share` are the proportions of curves simulated with a mean effect of zero, and with
    effects of the trials that differ by `tau`, whose median estimate is at least as far from zero, and whose
    share of intervals below zero is at least as large, as observed. `p_no_difference` is that of the median
    where no trial has any effect at all (tau = 0), which holds less often.
    """

    scale: str
    specifications: int
    draws: int
    tau: float
    median: float
    share_below_zero: float
    p_median: float
    p_share: float
    p_no_difference: float


def joint_test(
    mv: Multiverse,
    scale: str,
    *,
    kind: str = "defensible",
    tau: float | None = None,
    draws: int = 1000,
    seed: int = 2016,
) -> JointTest:
    """Test of the whole curve against a mean effect of zero.

    Each draw gives every study an effect, normal around zero with SD `tau`, and one standard normal deviate
    times the standard error of each of its variants: the variants of a study stay as dependent as they are,
    being made from the same patients. All specifications of `kind` on `scale` are then run on the draw
    (Simonsohn, Simmons and Nelson 2020, with the null imposed by a parametric bootstrap).

    Parameters
    ----------
    tau : float, optional
        SD of the trials' effects under the null; None: the root of the median tau2 of the specifications
        that are tested and pool two studies or more (0 where none does).

    Returns
    -------
    JointTest
        With ``(1 + count) / (1 + draws)`` as p values.
    """
    rows = np.flatnonzero(mv.where(kind=kind, scale=scale))
    if not len(rows):
        raise InputError(f"no {kind} specification on {scale!r}")
    if tau is None:
        pooled = mv.tau2[rows][mv.k[rows] > 1]
        tau = math.sqrt(max(float(np.median(pooled)), 0)) if len(pooled) else 0.0
    within("tau", tau, 0)
    rng = np.random.default_rng(seed)
    effects, errors = rng.standard_normal((2, draws, len(mv.studies)))
    medians, below = _curves(mv, rows, tau * effects, errors)
    observed, share = float(np.median(mv.estimate[rows])), float((mv.upper[rows] < 0).mean())
    plain = _curves(mv, rows, 0 * effects, errors)[0] if tau > 0 else medians

    hits = np.abs(medians) >= abs(observed), below >= share, np.abs(plain) >= abs(observed)
    p_values = ((1 + int(hit.sum())) / (1 + draws) for hit in hits)
    return JointTest(scale, len(rows), draws, tau, observed, share, *p_values)


def _curves(
    mv: Multiverse, rows: IndexArray, effects: FloatArray, errors: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Median estimate and share of intervals below zero of each simulated curve, shape (draws,)."""
    draws = len(effects)
    data, position = np.unique(mv.data[rows], return_inverse=True)
    mask = np.tile(mv.mask[data], (draws, 1))
    vi = np.tile(mv.vi[data], (draws, 1))
    df = np.tile(mv.df[data], draws)
    yi = np.repeat(effects, len(data), axis=0) + np.repeat(errors, len(data), axis=0) * np.sqrt(vi)
    estimates = np.empty((draws, len(rows)))
    below = np.empty((draws, len(rows)), dtype=bool)
    columns = [mv.column(ESTIMATOR), mv.column(INFERENCE)]
    methods = mv.codes[rows][:, columns]
    for pair in np.unique(methods, axis=0):
        here = np.flatnonzero((methods == pair).all(axis=1))
        method, inference = (
            mv.choices[column].options[code] for column, code in zip(columns, pair, strict=True)
        )
        fit = pool_many(yi, vi, mask, method, inference, mv.level, tau2_interval=False, weights=False)
        estimates[:, here] = fit.estimate.reshape(draws, -1)[:, position[here]]
        upper = with_own_intervals(fit, vi, mask, df).ci[:, 1]
        below[:, here] = (upper < 0).reshape(draws, -1)[:, position[here]]
    return np.median(estimates, axis=1), below.mean(axis=1)
