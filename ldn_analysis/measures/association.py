"""Correlations, explained variance, and one-group proportions, means and rates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ldn_analysis.errors import one_of
from ldn_analysis.measures.checks import Effect, FloatArray, numbers
from ldn_analysis.measures.corrections import hedges_j
from ldn_analysis.measures.groups import Estimate, finish, weighted_mean
from ldn_analysis.measures.pairs import hypergeometric, unbiased_correlation

__all__ = [
    "correlation",
    "explained_variance",
    "fisher_z",
    "one_mean",
    "one_proportion",
    "one_rate",
    "partial_correlation",
    "two_rates",
]

Array = npt.ArrayLike


def _cor(r: FloatArray, n: FloatArray) -> Estimate:
    return r, {
        "LS": lambda: (1 - r**2) ** 2 / (n - 1),
        "AV": lambda: (1 - weighted_mean(r, n) ** 2) ** 2 / (n - 1),
    }


def _ucor(r: FloatArray, n: FloatArray) -> Estimate:
    u = unbiased_correlation(r, n)
    return u, {
        "LS": lambda: (1 - u**2) ** 2 / (n - 1),
        "UB": lambda: u**2 - (1 - (n - 3) / (n - 2) * (1 - r**2) * hypergeometric(1.0, n / 2, 1 - r**2)),
    }


def _zcor(r: FloatArray, n: FloatArray) -> Estimate:
    return np.arctanh(r), {"LS": lambda: 1 / (n - 3)}


COR: dict[str, Callable[[FloatArray, FloatArray], Estimate]] = {"COR": _cor, "UCOR": _ucor, "ZCOR": _zcor}


def correlation(measure: str, r: Array, n: Array, variance: str = "LS") -> Effect:
    """COR (as it is), UCOR (Olkin and Pratt's, "LS" or "UB") or ZCOR (Fisher's z) from r and n.

    The variance is NaN for n of 3 or less, UCOR altogether for n of 4 or less; r of 1 or -1 has no z.
    """
    one_of("measure", measure, COR)
    value, size = np.broadcast_arrays(numbers("r", r, -1, 1), numbers("n", n, 0, strict=True))
    with np.errstate(all="ignore"):
        yi, variances = COR[measure](value, size)
        one_of("variance", variance, variances)
        return finish(measure, (yi, {"LS": lambda: np.where(size > 3, variances[variance](), np.nan)}), "LS")


def fisher_z(r: Array, n: Array) -> Effect:
    """Fisher's z, ``atanh(r)`` with variance ``1 / (n - 3)``; the variance is NaN for n of 3 or less."""
    return correlation("ZCOR", r, n)


def explained_variance(r_squared: Array, n: Array, transformed: bool = False) -> Effect:
    """R squared with variance ``4 R2 (1 - R2)^2 / n``, or ``atanh(sqrt(R2))`` with ``1 / n``.

    Large-sample variances: with ten participants they say little.
    """
    r2, size = np.broadcast_arrays(numbers("r_squared", r_squared, 0, 1), numbers("n", n, 0, strict=True))
    with np.errstate(all="ignore"):
        if transformed:
            return finish("ZR2", (np.arctanh(np.sqrt(r2)), {"LS": lambda: 1 / size}), "LS")
        return finish("R2", (r2, {"LS": lambda: 4 * r2 * (1 - r2) ** 2 / size}), "LS")


def partial_correlation(t: Array, predictors: Array, n: Array, transformed: bool = False) -> Effect:
    """Partial correlation from a coefficient's t statistic in a regression; `predictors` counts its own.

    ``t / sqrt(t^2 + n - m - 1)`` with variance ``(1 - r^2)^2 / (n - m)``, or its Fisher z with ``1 / (n - m -
    2)``.
    """
    stat, m, size = np.broadcast_arrays(
        numbers("t", t), numbers("predictors", predictors, 1), numbers("n", n, 0, strict=True)
    )
    with np.errstate(all="ignore"):
        r = stat / np.sqrt(stat**2 + np.where(size - m - 1 > 0, size - m - 1, np.nan))
        if transformed:
            return finish("ZPCOR", (np.arctanh(r), {"LS": lambda: 1 / (size - m - 2)}), "LS")
        return finish("PCOR", (r, {"LS": lambda: (1 - r**2) ** 2 / (size - m)}), "LS")


def _added(zero: npt.NDArray[np.bool_], rule: str, add: float) -> FloatArray:
    one_of("zero_cells", rule, ("zero_tables", "all", "none"))
    return np.where(
        {"zero_tables": zero, "all": np.ones_like(zero), "none": np.zeros_like(zero)}[rule], add, 0.0
    )


def one_proportion(
    measure: str, events: Array, n: Array, zero_cells: str | None = None, add: float = 0.5
) -> Effect:
    """A proportion: PR, PLN (log), PLO (logit), PAS (arcsine) or PFT (Freeman-Tukey double arcsine).

    `zero_cells` "zero_tables" (default for PR, PLN, PLO) adds `add` to events and non-events where either is
    zero, "all" everywhere, "none" (default for PAS, PFT) nowhere.
    """
    one_of("measure", measure, ("PR", "PLN", "PLO", "PAS", "PFT"))
    x, total = np.broadcast_arrays(numbers("events", events, 0), numbers("n", n, 0, strict=True))
    m = numbers("n - events", total - x, 0)
    rule = zero_cells or ("none" if measure in {"PAS", "PFT"} else "zero_tables")
    extra = _added((x == 0) | (m == 0), rule, add)
    x, m = x + extra, m + extra
    size = x + m
    with np.errstate(all="ignore"):
        p = x / size
        yi, vi = {
            "PR": lambda: (p, p * (1 - p) / size),
            "PLN": lambda: (np.log(p), 1 / x - 1 / size),
            "PLO": lambda: (np.log(p / (1 - p)), 1 / x + 1 / m),
            "PAS": lambda: (np.arcsin(np.sqrt(p)), 1 / (4 * size)),
            "PFT": lambda: (
                (np.arcsin(np.sqrt(x / (size + 1))) + np.arcsin(np.sqrt((x + 1) / (size + 1)))) / 2,
                1 / (4 * size + 2),
            ),
        }[measure]()
        return finish(measure, (yi, {"LS": lambda: vi}), "LS")


def one_mean(measure: str, mean: Array, sd: Array, n: Array, correction: str = "exact") -> Effect:
    """One group: MN (mean), MNLN (its log), SMN (mean over SD), SDLN (log SD) or CVLN (log SD/mean)."""
    one_of("measure", measure, ("MN", "MNLN", "SMN", "SDLN", "CVLN"))
    m, s, size = np.broadcast_arrays(numbers("mean", mean), numbers("sd", sd, 0), numbers("n", n, 1))
    with np.errstate(all="ignore"):
        half = 1 / (2 * np.where(size > 1, size - 1, np.nan))
        bias: Any = half if correction != "none" else 0.0
        g = np.asarray(hedges_j(size - 1, correction)) * m / s
        yi, vi = {
            "MN": lambda: (m, s**2 / size),
            "MNLN": lambda: (np.log(m), s**2 / (size * m**2)),
            "SMN": lambda: (g, 1 / size + g**2 / (2 * size)),
            "SDLN": lambda: (np.log(s) + bias, half),
            "CVLN": lambda: (np.log(s / m) + bias, half + s**2 / (size * m**2)),
        }[measure]()
        return finish(measure, (yi, {"LS": lambda: vi}), "LS")


def one_rate(
    measure: str, events: Array, time: Array, zero_cells: str | None = None, add: float = 0.5
) -> Effect:
    """An incidence rate per unit of `time`: IR, IRLN (log), IRS (square root) or IRFT (Freeman-Tukey).

    `add` goes to zero counts by default for IR and IRLN; IRS and IRFT need none.
    """
    one_of("measure", measure, ("IR", "IRLN", "IRS", "IRFT"))
    x, t = np.broadcast_arrays(numbers("events", events, 0), numbers("time", time, 0, strict=True))
    x = x + _added(x == 0, zero_cells or ("none" if measure in {"IRS", "IRFT"} else "zero_tables"), add)
    with np.errstate(all="ignore"):
        yi, vi = {
            "IR": lambda: (x / t, x / t**2),
            "IRLN": lambda: (np.log(x / t), 1 / x),
            "IRS": lambda: (np.sqrt(x / t), 1 / (4 * t)),
            "IRFT": lambda: ((np.sqrt(x / t) + np.sqrt(x / t + 1 / t)) / 2, 1 / (4 * t)),
        }[measure]()
        return finish(measure, (yi, {"LS": lambda: vi}), "LS")


def two_rates(
    measure: str, events1: Array, time1: Array, events2: Array, time2: Array, add: float = 0.5
) -> Effect:
    """Two incidence rates: IRR (log ratio), IRD (difference) or IRSD (difference of square roots).

    `add` goes to both counts where either is zero (not for IRSD).
    """
    one_of("measure", measure, ("IRR", "IRD", "IRSD"))
    x1, t1, x2, t2 = np.broadcast_arrays(
        numbers("events1", events1, 0),
        numbers("time1", time1, 0, strict=True),
        numbers("events2", events2, 0),
        numbers("time2", time2, 0, strict=True),
    )
    extra = np.where((x1 == 0) | (x2 == 0), 0.0 if measure == "IRSD" else add, 0.0)
    x1, x2 = x1 + extra, x2 + extra
    with np.errstate(all="ignore"):
        a, b = x1 / t1, x2 / t2
        yi, vi = {
            "IRR": lambda: (np.log(a) - np.log(b), 1 / x1 + 1 / x2),
            "IRD": lambda: (a - b, x1 / t1**2 + x2 / t2**2),
            "IRSD": lambda: (np.sqrt(a) - np.sqrt(b), 1 / (4 * t1) + 1 / (4 * t2)),
        }[measure]()
        return finish(measure, (yi, {"LS": lambda: vi}), "LS")
