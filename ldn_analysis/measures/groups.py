"""How much two groups, or two conditions of the same people, spread: log ratios of their SDs.

Formulas and names are those of metafor's ``escalc``. A measure is NaN where an input is missing or it does
not exist: an SD of zero, a group of one.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ldn_analysis.measures.checks import Effect, FloatArray, effect, numbers

__all__ = ["log_cv_ratio", "log_variability_ratio", "paired_log_variability_ratio"]

Array = npt.ArrayLike


def _positive(x: FloatArray) -> FloatArray:
    """NaN where a logarithm or a reciprocal would not exist."""
    return np.where(x > 0, x, np.nan)


def log_variability_ratio(sd1: Array, n1: Array, sd2: Array, n2: Array) -> Effect:
    """Log ratio of SDs, lnVR, with its small-sample correction (Nakagawa et al. 2015, eq. 9)."""
    s1, s2 = numbers("sd1", sd1, 0), numbers("sd2", sd2, 0)
    a, b = (1 / _positive(n - 1) for n in (numbers("n1", n1, 1), numbers("n2", n2, 1)))
    return effect("VR", np.log(_positive(s1) / _positive(s2)) + (a - b) / 2, (a + b) / 2)


def log_cv_ratio(m1: Array, sd1: Array, n1: Array, m2: Array, sd2: Array, n2: Array) -> Effect:
    """Log ratio of coefficients of variation, lnCVR (Nakagawa et al. 2015, eq. 11). Needs positive means.

    The ratio of means that is taken off has its second-order bias correction (Lajeunesse 2015).
    """
    mean1, mean2 = _positive(numbers("m1", m1)), _positive(numbers("m2", m2))
    spread = log_variability_ratio(sd1, n1, sd2, n2)
    cv1 = (numbers("sd1", sd1, 0) / mean1) ** 2 / numbers("n1", n1, 1)
    cv2 = (numbers("sd2", sd2, 0) / mean2) ** 2 / numbers("n2", n2, 1)
    means = np.log(mean1 / mean2) + (cv1 - cv2) / 2
    return effect("CVR", spread.yi - means, spread.vi + (cv1 + cv2))


def paired_log_variability_ratio(sd1: Array, sd2: Array, n: Array, r: Array) -> Effect:
    """Log ratio of the SDs of two conditions of the same `n` people whose values correlate by `r`.

    The variance is that of second order (Senior et al. 2020).
    """
    s1, s2 = _positive(numbers("sd1", sd1, 0)), _positive(numbers("sd2", sd2, 0))
    m, rho = _positive(numbers("n", n, 1) - 1), numbers("r", r, -1, 1)
    k4 = (s1 / s2) ** 4
    second = 1 + rho**4 * (k4 + 1 / k4) / 2
    return effect("VRC", np.log(s1 / s2), (1 - rho**2) / m + second / m**2)
