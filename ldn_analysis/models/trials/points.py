"""Scrambled Sobol points, and the error of a mean over them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import stats

from ldn_analysis.errors import FloatArray

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
