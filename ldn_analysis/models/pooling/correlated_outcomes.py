"""Several outcomes of the same people, averaged under an assumed correlation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ldn_analysis.errors import finite, positive, same_length, within
from ldn_analysis.models.covariances import check_covariance


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
