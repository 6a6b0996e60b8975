"""Many tests, few data: the chance of a "significant" result, and adjusted p values."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from ldn_analysis.errors import FloatArray, InputError, check_level, within


def any_significant(m: int, alpha: float = 0.05, *, correlation: float = 0.0) -> float:
    """Chance of at least one two-sided p value below `alpha` among `m` tests when nothing is going on.

    Independent tests give ``1 - (1 - alpha)^m``. With a common correlation of the test statistics (normal),
    they share one standard normal part, over which the chance is averaged.

    Parameters
    ----------
    correlation : float
        Between any two test statistics, 0 to below 1.
    """
    within("m", m, 1)
    check_level(alpha, "alpha")
    within("correlation", correlation, 0, 1, "[)")
    if correlation == 0:
        return float(-np.expm1(m * np.log1p(-alpha)))
    # A fine trapezoid rule: Gauss-Hermite would need hundreds of nodes when the correlation is near 1.
    shared = np.linspace(-9, 9, 4001)
    weight = np.exp(-(shared**2) / 2) / np.sqrt(2 * np.pi) * (shared[1] - shared[0])
    cut, sd = -float(ndtri(alpha / 2)), np.sqrt(1 - correlation)
    quiet = ndtr((cut - np.sqrt(correlation) * shared) / sd)
    quiet -= ndtr((-cut - np.sqrt(correlation) * shared) / sd)
    return float(1 - np.sum(weight * quiet**m))


def adjusted_p(p: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """P values adjusted for their number, in the order given, in two ways.

    Holm's (1979) control the chance of any false claim; those of Benjamini and Hochberg (1995) the expected
    share of false claims, for independent or positively dependent tests.
    """
    from scipy.stats import false_discovery_control  # half a second to import

    values = within("p", p, 0, 1)
    if values.ndim != 1 or len(values) == 0:
        raise InputError("p must hold at least one value in one dimension")
    m, order = len(values), np.argsort(values, kind="stable")
    holm = np.empty(m)
    holm[order] = np.minimum(np.maximum.accumulate(values[order] * (m - np.arange(m))), 1)
    return holm, np.asarray(false_discovery_control(values), dtype=np.float64)
