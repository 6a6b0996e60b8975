"""Probability that several correlated test statistics all stay below a bound; scrambled Sobol points.

The statistics are ``T = (A z + shift) / s`` with ``z`` standard normal in as many dimensions as `A` has
columns and ``s**2`` a chi-squared variable over its degrees of freedom, independent of ``z``. One direction
of ``z`` is integrated exactly; the others, and ``s``, at scrambled Sobol points (Genz & Bretz 2009,
Computation of Multivariate Normal and t Probabilities). The direction is the one that the rows of `A` have
in common, which leaves little for the points to integrate. Nothing is random: the scrambling is seeded.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import special, stats

from ldn_analysis.errors import FloatArray

_POINTS = 13  # two to this power, in each of the scramblings
_SCRAMBLES = 4
_BLOCK = 4096  # points at a time: what is worked on stays in the cache of the processor


def factor(correlation: FloatArray) -> FloatArray:
    """A matrix (m, r) of full rank r whose rows are so correlated; its first column is their common part."""
    values, vectors = np.linalg.eigh(correlation)
    positive = values > 1e-10 * values.max()
    root = vectors[:, positive] * np.sqrt(values[positive])
    common = root.sum(axis=0)
    length = float(np.linalg.norm(common))
    rank = root.shape[1]
    if length < 1e-8:
        return root
    frame = np.linalg.qr(np.column_stack([common / length, np.eye(rank)]))[0]
    frame[:, 0] *= np.sign(frame[:, 0] @ common)
    return np.asarray(root @ frame)


@lru_cache(maxsize=32)
def _points(dimensions: int) -> FloatArray:
    """Points (dimensions, n) strictly inside the unit cube."""
    sets = [stats.qmc.Sobol(dimensions, seed=1234 + i).random_base2(_POINTS) for i in range(_SCRAMBLES)]
    points = np.clip(np.concatenate(sets).T, 1e-15, 1 - 1e-15)
    points.flags.writeable = False
    return points


@lru_cache(maxsize=32)
def _normals(dimensions: int, used: int) -> FloatArray:
    """The first `used` coordinates of the points as standard normal deviates."""
    return np.asarray(special.ndtri(_points(dimensions)[:used]))


@lru_cache(maxsize=128)
def _scale(dimensions: int, df: float) -> FloatArray:
    """The last coordinate of the points as the error SD over its expectation's root."""
    return np.sqrt(2 * special.gammaincinv(df / 2, _points(dimensions)[-1]) / df)


def all_below(bound: float, root: FloatArray, shift: FloatArray, df: float) -> float:
    """P(every statistic is below `bound`).

    Parameters
    ----------
    root : array, shape (m, r)
        From `factor`.
    shift : array, shape (m,)
        Noncentrality of each statistic.
    df : float
        Degrees of freedom of the error variance; infinite if it is known.
    """
    rank = root.shape[1]
    known_sd = np.isinf(df)
    dimensions = rank - 1 + (not known_sd)
    if dimensions == 0:
        scale, across = np.ones(1), np.zeros((root.shape[0], 1))
    else:
        scale = np.ones(_points(dimensions).shape[1]) if known_sd else _scale(dimensions, df)
        across = root[:, 1:] @ _normals(dimensions, rank - 1)
    along = root[:, 0]
    if np.all(along > 1e-12):
        nearest = np.empty(scale.size)
        for at in range(0, scale.size, _BLOCK):
            part = slice(at, at + _BLOCK)
            room = bound * scale[part] - shift[:, None]
            room -= across[:, part]
            room /= along[:, None]
            room.min(axis=0, out=nearest[part])
        return float(special.ndtr(nearest).mean())
    room = bound * scale - shift[:, None] - across
    low, high = np.full(room.shape[1], -np.inf), np.full(room.shape[1], np.inf)
    for slope, left in zip(along, room, strict=True):
        if slope > 1e-12:
            high = np.minimum(high, left / slope)
        elif slope < -1e-12:
            low = np.maximum(low, left / slope)
        else:
            high = np.where(left < 0, -np.inf, high)
    inside = np.maximum(special.ndtr(high) - special.ndtr(low), 0.0)
    return float(np.where(high > low, inside, 0.0).mean())


SCRAMBLES = 8
"""Independent scramblings; the spread of their means gives the error."""


@lru_cache(maxsize=64)
def sobol(dimensions: int, points: int, seed: int) -> FloatArray:
    """`points` points of each scrambling, one after the other, shape (SCRAMBLES * points, dimensions)."""
    sets = [
        stats.qmc.Sobol(dimensions, seed=np.random.default_rng((seed, i))).random(points)
        for i in range(SCRAMBLES)
    ]
    together = np.clip(np.concatenate(sets), 1e-12, 1 - 1e-12)
    together.flags.writeable = False
    return np.asarray(together)


def scrambled_error(values: FloatArray) -> float:
    """Standard error of the mean of `values`, which come in the order of `sobol`."""
    means = values.reshape(SCRAMBLES, -1).mean(axis=1)
    return float(means.std(ddof=1) / np.sqrt(SCRAMBLES))
