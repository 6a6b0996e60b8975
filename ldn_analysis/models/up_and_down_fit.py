"""Everything that one up-and-down sequence says of a target dose, side by side.

Parametric curves carry weak normal priors, since a short sequence often separates completely: doses are
centred and divided by two standard deviations (Gelman et al. 2008, Ann Appl Stat 2:1360-1383), intercept N(0,
5), slope N(0, 2.5). The bootstrap replays the design from a centred isotonic curve shrunk towards the target,
with two more doses beyond each end (Oron, Souter and Flournoy 2022, supplement).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from ..errors import InputError, finite, one_of, same_length
from .isotonic import IsotonicFit, dose_table, isotonic_regression, shrink_rates
from .isotonic_inverse import inverse_dose
from .up_and_down_estimates import dixon_mood, dynamic_mean, reversal_mean

__all__ = ["DoseEstimate", "UpAndDown", "penalised_curve", "up_and_down"]

Array = NDArray[np.float64]
_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class DoseEstimate:
    """Dose at which a share `target` responds, by one `method`; NaN where the method gives none."""

    method: str
    target: float
    estimate: float
    lower: float = _NAN
    upper: float = _NAN
    interval: str = "none"


@dataclass(frozen=True, slots=True, eq=False)
class UpAndDown:
    """Estimates of one sequence; `notes` says what cannot be given."""

    doses: Array
    responses: Array
    target: float
    level: float
    curve: IsotonicFit
    estimates: tuple[DoseEstimate, ...]
    notes: tuple[str, ...] = field(default=())

    def __getitem__(self, method: str) -> DoseEstimate:
        found = {e.method: e for e in self.estimates}
        return found[one_of("method", method, found)]


def penalised_curve(
    doses: ArrayLike, responders: ArrayLike, n: ArrayLike, link: str = "logit", *,
    prior_sd: tuple[float, float] = (5.0, 2.5), steps: int = 40,
) -> tuple[Array, Array]:  # fmt: skip
    """Posterior mode of intercept and slope (per mg) of a logistic or probit curve, many tables at once.

    Parameters
    ----------
    doses
        Dose levels, shape (L,).
    responders, n
        Counts, shape (..., L).
    prior_sd
        Standard deviations of the normal priors of intercept and slope, on the scaled dose.
    """
    one_of("link", link, ("logit", "probit"))
    x = finite("doses", doses)
    r, m = np.asarray(responders, dtype=float), np.asarray(n, dtype=float)
    total = m.sum(-1, keepdims=True)
    centre = (m * x).sum(-1, keepdims=True) / total
    spread = 2 * np.sqrt((m * (x - centre) ** 2).sum(-1, keepdims=True) / total)
    spread = np.where(spread > 0, spread, 1.0)
    u = (x - centre) / spread
    a, b = np.zeros(m.shape[:-1]), np.zeros(m.shape[:-1])
    for _ in range(steps):
        eta = a[..., None] + b[..., None] * u
        p = np.clip(special.expit(eta) if link == "logit" else special.ndtr(eta), 1e-12, 1 - 1e-12)
        slope = p * (1 - p) if link == "logit" else np.exp(-(eta**2) / 2) / np.sqrt(2 * np.pi)
        w = m * slope**2 / (p * (1 - p))
        z = (r - m * p) * slope / (p * (1 - p))
        g0, g1 = z.sum(-1) - a / prior_sd[0] ** 2, (z * u).sum(-1) - b / prior_sd[1] ** 2
        h00 = w.sum(-1) + prior_sd[0] ** -2
        h01, h11 = (w * u).sum(-1), (w * u * u).sum(-1) + prior_sd[1] ** -2
        det = h00 * h11 - h01**2
        a = a + np.clip((h11 * g0 - h01 * g1) / det, -2, 2)
        b = b + np.clip((h00 * g1 - h01 * g0) / det, -2, 2)
    slope_mg = b / spread[..., 0]
    return a - slope_mg * centre[..., 0], slope_mg


def _bootstrap(
    x: Array, rates: Array, n: Array, size: int, target: float, level: float, replicates: int, seed: int,
    estimate: Callable[[Array], Array],
) -> tuple[float, float]:  # fmt: skip
    curve = isotonic_regression(x, shrink_rates(rates, n, target, minimum=1), n).fitted
    first, last = x[1] - x[0], x[-1] - x[-2]
    levels = np.r_[x[0] - 2 * first, x[0] - first, x, x[-1] + last, x[-1] + 2 * last]
    p = np.r_[0.0, curve[0] / 2, curve, (1 + curve[-1]) / 2, 1.0]
    rng = np.random.default_rng(seed)
    at = rng.choice(np.arange(2, 2 + x.size), size=replicates, p=n / n.sum())
    walk = np.empty((replicates, size), dtype=np.intp)
    for t in range(size):
        walk[:, t] = at
        up = rng.random(replicates) >= p[at]
        at = np.clip(at + np.where(up, 1, -1), 0, levels.size - 1)
    found = estimate(levels[walk])
    tail = (1 - level) / 2
    low, high = np.nanquantile(found, [tail, 1 - tail], method="weibull")
    return float(low), float(high)


def _dynamic_many(walks: Array) -> Array:
    return np.array([dynamic_mean(walk) for walk in walks])


def up_and_down(
    doses: ArrayLike, responses: ArrayLike, *, target: float = 0.5, level: float = 0.95,
    replicates: int = 1000, seed: int = 1,
) -> UpAndDown:  # fmt: skip
    """All estimates of the dose at which a share `target` responds.

    Parameters
    ----------
    doses, responses
        The sequence as given: dose of each participant and whether they responded (0 or 1).
    target
        Response rate sought. Averages of doses estimate the median only and are NaN for another target.
    level
        Level of the intervals.
    replicates, seed
        Of the bootstrap for the dynamic mean.
    """
    x, y = finite("doses", doses), finite("responses", responses)
    same_length(doses=x, responses=y)
    if not 0 < target < 1:
        raise InputError(f"target is {target:g}: must lie between 0 and 1")
    levels, rates, n = dose_table(x, y)
    if levels.size < 2:
        raise InputError("doses must hold at least two levels")
    raw = isotonic_regression(levels, rates, n)
    shrunk = isotonic_regression(levels, shrink_rates(rates, n, 0.5), n)
    flat = isotonic_regression(levels, rates, n, centred=False)
    far = abs(target - 0.5) > 0.1
    out = []
    for name, fit in (("isotonic", flat), ("centred_isotonic", raw), ("centred_isotonic_shrunk", shrunk)):
        got = inverse_dose(fit, target, level=level, curved=far)
        values = float(got.point[0]), float(got.lower[0]), float(got.upper[0])
        out.append(DoseEstimate(name, target, *values, "local inversion of Morris/Wilson limits"))
    for name, link, goal in (
        ("logistic", "logit", special.logit(target)),
        ("probit", "probit", special.ndtri(target)),
    ):
        a, b = penalised_curve(levels, rates * n, n, link)
        out.append(DoseEstimate(name, target, float((goal - a) / b) if b > 0 else _NAN))
    notes = ["Response rates away from the balance point of the design (one half) are biased outwards."]
    if far:
        notes.append(
            f"The design hovers around the median: {100 * target:g}% is extrapolation from few observations."
        )
    else:
        low, high = _bootstrap(levels, rates, n, y.size, 0.5, level, replicates, seed, _dynamic_many)
        dynamic = dynamic_mean(x)
        kind = f"bootstrap of the design, {replicates} replicates"
        out += [
            DoseEstimate("dixon_mood", 0.5, dixon_mood(x, y)),
            DoseEstimate("reversal_mean", 0.5, reversal_mean(x, y)),
            DoseEstimate("dynamic_mean", 0.5, dynamic, min(low, dynamic), max(high, dynamic), kind),
        ]
    lacking = ", ".join(e.method for e in out if np.isnan(e.estimate))
    if lacking:
        notes.append(f"The data reach no such dose by: {lacking}.")
    return UpAndDown(x, y, float(target), level, shrunk, tuple(out), tuple(notes))
