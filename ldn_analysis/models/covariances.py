"""Covariance matrices: what is one, and what is too near to being none."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ldn_analysis.errors import FloatArray, InputError, finite, positive


def check_covariance(name: str, value: npt.ArrayLike, k: int) -> FloatArray:
    """A (k, k) covariance matrix, checked and made exactly symmetric.

    Raises
    ------
    InputError
        For another shape, a matrix that is not symmetric, a variance that is not above zero, or covariances
        that no data can have: some weighted sum would have a negative variance.
    """
    v = finite(name, value)
    if v.shape != (k, k):
        raise InputError(f"{name} has shape {v.shape}: must be ({k}, {k})")
    if not np.allclose(v, v.T, rtol=1e-10, atol=0):
        raise InputError(f"{name} is not symmetric")
    positive(f"diagonal of {name}", np.diagonal(v))
    v = (v + v.T) / 2
    if _smallest(v) < -1e-10 * k:
        raise InputError(
            f"{name} has covariances that no data can have: a sum would have a negative variance"
        )
    return v


def singular(v: FloatArray) -> bool:
    """Whether some estimates are perfectly correlated, but for rounding."""
    return _smallest(v) < 1e-12 * len(v)


def _smallest(v: FloatArray) -> float:
    """Smallest eigenvalue of the correlation matrix."""
    sd = np.sqrt(np.diagonal(v))
    return float(np.linalg.eigvalsh(v / np.outer(sd, sd))[0])
