"""A review once more trials are added to it, simulated with the estimator that the review uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ldn_analysis.errors import FloatArray, finite, positive, same_length, within
from ldn_analysis.models.pooling.many import pool_many, wider_companions


@dataclass(frozen=True, slots=True)
class UpdatedReview:
    """Means over simulated updates of a review, in the effect's unit, each with its simulation error.

    `width` of the interval of the mean, `prediction` of that of a new trial, `excludes` the share whose
    interval excludes zero.
    """

    width: float
    width_error: float
    prediction: float
    prediction_error: float
    excludes: float
    excludes_error: float
    k: int


def added_trials(
    rng: np.random.Generator, reviews: int, new_vi: ArrayLike, mean: float, tau2: float
) -> FloatArray:
    """Estimates (reviews, m) of m further trials with sampling variances `new_vi`, drawn about `mean`."""
    v = positive("new_vi", new_vi)
    within("tau2", tau2, 0)
    return mean + np.sqrt(v + tau2) * rng.standard_normal((reviews, v.size))


def updated_review(
    yi: ArrayLike, vi: ArrayLike, new_vi: ArrayLike, mean: float, tau2: float, *, reviews: int = 2000,
    seed: int = 1, **pooling: Any,
) -> UpdatedReview:  # fmt: skip
    """What the pooled interval becomes after further trials, wider where they agree too well
    (`models.wider_companion`).

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        The review today.
    new_vi : array_like, shape (m,)
        Sampling variance of each further trial.
    mean, tau2 : float
        Truth about which further trials are drawn.
    reviews, seed
        Number of simulated updates, and their seed.
    **pooling
        ``tau2_method``, ``inference`` and ``level``, as in `models.pool`.
    """
    y, v, new = finite("yi", yi), positive("vi", vi), positive("new_vi", new_vi)
    same_length(yi=y, vi=v)
    rng = np.random.default_rng(seed)
    both = np.empty((reviews, y.size + new.size))
    both[:, : y.size] = y
    both[:, y.size :] = added_trials(rng, reviews, new, mean, tau2)
    spread = np.concatenate([v, new])
    fits = pool_many(both, spread, **pooling, tau2_interval=False, weights=False)
    fits = wider_companions(fits, both, spread)
    widths, predictions = np.diff(fits.ci, axis=1)[:, 0], np.diff(fits.prediction, axis=1)[:, 0]
    outside = ((fits.ci[:, 0] > 0) | (fits.ci[:, 1] < 0)).astype(float)
    pairs = [_mean(values) for values in (widths, predictions, outside)]
    pairs[2] = pairs[2][0], float(share_error(pairs[2][1], reviews))
    return UpdatedReview(*pairs[0], *pairs[1], *pairs[2], k=both.shape[1])


def share_error(error: ArrayLike, n: int) -> FloatArray:
    """The standard error of a share of `n` simulated trials: half of the rule of three's 3/n at least, which
    it has where all agree."""
    return np.maximum(error, 1.5 / n)


def _mean(values: FloatArray) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(values.size))
