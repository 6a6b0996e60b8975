"""Covariance matrices: what is one, what is too near to being none, and the mean of correlated outcomes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ldn_analysis.errors import FloatArray, InputError, finite, positive, same_length, within


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


def mean_of_outcomes(yi: npt.ArrayLike, vi: npt.ArrayLike, correlation: float) -> tuple[float, float]:
    """The plain mean of estimates from the same people, each counting alike, and its variance.

    Parameters
    ----------
    yi, vi
        Estimates and sampling variances, shape (k,).
    correlation
        Of any two of them, -1 to 1. Trials seldom report it: an assumption.

    Returns
    -------
    estimate, variance
        ``1'V 1 / k^2`` (Borenstein 2009, Introduction to Meta-Analysis, chapter 24).

    Raises
    ------
    InputError
        For a correlation that no data can have.
    """
    y, v = finite("yi", yi), positive("vi", vi)
    k = same_length(yi=y, vi=v)
    r = np.full((k, k), float(within("correlation", correlation, -1, 1)))
    np.fill_diagonal(r, 1.0)
    root = np.sqrt(v)
    covariance = check_covariance(f"with a correlation of {correlation:g}, V", r * np.outer(root, root), k)
    weight = np.full(k, 1 / k)
    return float(weight @ y), float(weight @ covariance @ weight)
