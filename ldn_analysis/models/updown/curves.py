"""Response curves, and the doses that a report would print for a table of counts by level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from ldn_analysis.errors import FloatArray, finite, one_of
from ldn_analysis.models.results import Result

_STILL = 1e-13


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Curves(Result):
    """Response curves: floor + (ceiling - floor) logistic(slope (dose - midpoint)), or in log2 dose.

    `midpoint` is the dose at half of the rise that depends on dose; `slope` is in logits per mg (or per
    doubling); shape (B,) each.
    """

    midpoint: FloatArray
    slope: FloatArray
    floor: FloatArray
    ceiling: FloatArray
    log_dose: bool = False

    def __call__(self, dose: FloatArray) -> FloatArray:
        """Probability of response at `dose` (broadcast against (B,))."""
        step = np.log2(dose / self.midpoint) if self.log_dose else dose - self.midpoint
        return self.floor + (self.ceiling - self.floor) * special.expit(self.slope * step)

    def rates(self, levels: FloatArray) -> FloatArray:
        """Probability of response at each of `levels`, shape (B, L), kept off 0 and 1 by 1e-12."""
        return np.clip(self.pick((slice(None), None))(levels), 1e-12, 1 - 1e-12)

    def pick(self, index: Any) -> Curves:
        """Some of the curves, by an index of NumPy."""
        return Curves(
            self.midpoint[index], self.slope[index], self.floor[index], self.ceiling[index], self.log_dose
        )

    def dose_for(self, rate: float) -> FloatArray:
        """Dose with an absolute response rate; 0 if that holds without drug, inf if no dose reaches it."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            share = (rate - self.floor) / (self.ceiling - self.floor)
            step = special.logit(np.clip(share, 0, 1)) / self.slope
            dose = self.midpoint * 2.0**step if self.log_dose else np.maximum(self.midpoint + step, 0)
        return np.where(share >= 1, np.inf, np.where(share <= 0, 0.0, dose))


def isotonic_many(responders: FloatArray, n: FloatArray) -> FloatArray:
    """Isotonic rates of many tables (B, L) by the min-max formula; NaN at levels without observations."""
    r = np.concatenate([np.zeros((len(n), 1)), np.cumsum(responders, 1)], 1)
    m = np.concatenate([np.zeros((len(n), 1)), np.cumsum(n, 1)], 1)
    count = n.shape[1]
    out = np.full(n.shape, -np.inf)
    with np.errstate(invalid="ignore", divide="ignore"):
        for i in range(count):
            for j in range(i + 1):
                total = m[:, i + 1 :] - m[:, [j]]
                mean = np.where(total > 0, (r[:, i + 1 :] - r[:, [j]]) / total, np.inf)
                out[:, i] = np.maximum(out[:, i], mean.min(1))
    return np.where(n > 0, out, np.nan)


def penalised_curve(
    doses: ArrayLike,
    responders: ArrayLike,
    n: ArrayLike,
    *,
    prior_sd: tuple[float, float] = (5.0, 2.5),
    steps: int = 40,
) -> tuple[FloatArray, FloatArray]:
    """Posterior mode of intercept and slope (per mg) of a logistic curve, many tables at once.

    Parameters
    ----------
    doses
        Dose levels, shape (L,).
    responders, n
        Counts, shape (..., L).
    prior_sd
        Standard deviations of the normal priors of intercept and slope, on the dose centred and divided by
        two standard deviations (Gelman et al. 2008, Ann Appl Stat 2:1360-1383): they keep the slope finite
        where responders and non-responders do not overlap.
    steps
        Of Newton's method, at most: it ends when no step changes a curve any more.
    """
    x = finite("doses", doses)
    r, m = np.asarray(responders, dtype=float), np.asarray(n, dtype=float)
    total = m.sum(-1, keepdims=True)
    centre = (m * x).sum(-1, keepdims=True) / total
    spread = 2 * np.sqrt((m * (x - centre) ** 2).sum(-1, keepdims=True) / total)
    spread = np.where(spread > 0, spread, 1.0)
    u = (x - centre) / spread
    a, b = np.zeros(m.shape[:-1]), np.zeros(m.shape[:-1])
    for _ in range(steps):
        p = np.clip(special.expit(a[..., None] + b[..., None] * u), 1e-12, 1 - 1e-12)
        z, w = r - m * p, m * p * (1 - p)
        g0, g1 = z.sum(-1) - a / prior_sd[0] ** 2, (z * u).sum(-1) - b / prior_sd[1] ** 2
        h00 = w.sum(-1) + prior_sd[0] ** -2
        h01, h11 = (w * u).sum(-1), (w * u * u).sum(-1) + prior_sd[1] ** -2
        det = h00 * h11 - h01**2
        up, steeper = (np.clip(g, -2, 2) for g in ((h11 * g0 - h01 * g1) / det, (h00 * g1 - h01 * g0) / det))
        a, b = a + up, b + steeper
        if max(np.abs(up).max(initial=0), np.abs(steeper).max(initial=0)) < _STILL:
            break
    slope = b / spread[..., 0]
    return a - slope * centre[..., 0], slope


def table_doses(
    levels: FloatArray, responders: FloatArray, n: FloatArray, rates: Sequence[float], estimator: str
) -> list[FloatArray]:
    """Doses for rates of one fitted curve as a report would print them, one array a rate.

    The curve is ``isotonic`` (linear between levels) or ``logistic``. NaN where it does not reach the rate.
    """
    one_of("estimator", estimator, ("isotonic", "logistic"))
    if estimator == "logistic":
        a, b = penalised_curve(levels, responders, n)
        with np.errstate(divide="ignore", invalid="ignore"):
            return [np.where(b > 0, (special.logit(rate) - a) / b, np.nan) for rate in rates]
    fitted = isotonic_many(responders, n)
    return [_isotonic_dose(levels, fitted, rate) for rate in rates]


def _isotonic_dose(levels: FloatArray, g: FloatArray, rate: float) -> FloatArray:
    reached = np.nan_to_num(g, nan=-1.0) >= rate
    j = np.argmax(reached, 1)
    rows = np.arange(len(g))
    i = np.maximum(j - 1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (rate - g[rows, i]) / (g[rows, j] - g[rows, i])
        dose = levels[i] + share * (levels[j] - levels[i])
    dose = np.where(g[rows, j] == rate, levels[j], dose)
    return np.where(reached.any(1) & ((j > 0) | (g[rows, j] == rate)), dose, np.nan)
