"""Everything that one up-and-down sequence says of a target dose, side by side.

Parametric curves carry weak normal priors, since a short sequence often separates completely: doses are
centred and divided by two standard deviations (Gelman et al. 2008, Ann Appl Stat 2:1360-1383), intercept N(0,
5), slope N(0, 2.5); their intervals are those of the profile penalised likelihood (`profile_dose`). The
bootstrap replays the design from a centred isotonic curve shrunk towards the target, with two more doses
beyond each end (Oron, Souter and Flournoy 2022, supplement). How often the intervals hold the truth is
measured by `interval_coverage`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ldn_analysis.errors import InputError, check_level, finite, one_of, same_length
from ldn_analysis.models.updown.averages import dixon_mood, dynamic_mean, dynamic_mean_many, reversal_mean
from ldn_analysis.models.updown.isotonic import IsotonicFit, dose_table, isotonic_regression, shrink_rates
from ldn_analysis.models.updown.isotonic_inverse import inverse_dose
from ldn_analysis.models.updown.profile import penalised_curve, profile_dose

__all__ = [
    "DoseEstimate",
    "UpAndDown",
    "bootstrap_dynamic_mean",
    "isotonic_estimates",
    "penalised_curve",
    "up_and_down",
]

Array = NDArray[np.float64]
_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class DoseEstimate:
    """Dose at which a share `target` responds, by one `method`; NaN where the method gives none.

    A limit is NaN where the method cannot give one, and infinite where the data set no bound on that side.
    """

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


def bootstrap_dynamic_mean(
    x: Array, rates: Array, n: Array, size: int, target: float, level: float, replicates: int, seed: int
) -> tuple[float, float]:
    """Limits of the dynamic mean of `size` doses, by replaying the design from a table of rates."""
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
    tail = (1 - level) / 2
    found = dynamic_mean_many(levels[walk])
    low, high = np.quantile(found, [tail, 1 - tail], method="weibull")
    return float(low), float(high)


def isotonic_estimates(x: Array, rates: Array, n: Array, target: float, level: float) -> list[DoseEstimate]:
    """The three isotonic estimates of a table of observed levels."""
    far = _far(target)
    fits = {
        "isotonic": isotonic_regression(x, rates, n, centred=False),
        "centred_isotonic": isotonic_regression(x, rates, n),
        "centred_isotonic_shrunk": isotonic_regression(x, shrink_rates(rates, n, 0.5), n),
    }
    out = []
    for name, fit in fits.items():
        got = inverse_dose(fit, target, level=level, curved=far)
        values = float(got.point[0]), float(got.lower[0]), float(got.upper[0])
        out.append(DoseEstimate(name, target, *values, "local inversion of Morris/Wilson limits"))
    return out


def _far(target: float) -> bool:
    """Whether a target is extrapolation from a design that hovers around the median."""
    return abs(target - 0.5) > 0.1


def _open_sides(estimates: list[DoseEstimate]) -> list[str]:
    """Which limits are missing or do not mean a dose that could be given, in sentences."""
    out = []
    for side, name in (("lower", "No lower limit"), ("upper", "No upper limit")):
        limits = {e.method: getattr(e, side) for e in estimates if e.interval != "none"}
        lacking = ", ".join(m for m, v in limits.items() if not np.isfinite(v))
        if lacking:
            out.append(f"{name}: the data set no bound to the dose on that side, by {lacking}.")
    below = ", ".join(e.method for e in estimates if -np.inf < e.lower < 0)
    if below:
        out.append(f"Limits below zero do not refuse that so many respond without drug: {below}.")
    return out


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

    Notes
    -----
    ``benchmarks/up_and_down_coverage.md`` measures which 95% intervals hold the truth in a study of 25. Of
    the median, with a steep curve all do; with a shallow one, or with 30% response to placebo, most fall
    short (84 to 95%). Of the 95th percentile the isotonic limits are not to be relied on (0 to 84%, given an
    interval, but for an ED50 near the lowest dose): the method cannot see beyond the observed doses. Those
    of the logistic curve hold 91 to 98%, because many have no upper limit.
    """
    x, y = finite("doses", doses), finite("responses", responses)
    same_length(doses=x, responses=y)
    if not 0 < target < 1:
        raise InputError(f"target is {target:g}: must lie between 0 and 1")
    check_level(level)
    levels, rates, n = dose_table(x, y)
    if levels.size < 2:
        raise InputError("doses must hold at least two levels")
    shrunk = isotonic_regression(levels, shrink_rates(rates, n, 0.5), n)
    far = _far(target)
    out = isotonic_estimates(levels, rates, n, target, level)
    for name, link in (("logistic", "logit"), ("probit", "probit")):
        point, low, high = (float(v) for v in profile_dose(levels, rates * n, n, target, link, level=level))
        out.append(DoseEstimate(name, target, point, low, high, "profile penalised likelihood"))
    notes = ["Response rates away from the balance point of the design (one half) are biased outwards."]
    if far:
        notes.append(
            f"The design hovers around the median: {100 * target:g}% is extrapolation from few observations."
        )
    else:
        low, high = bootstrap_dynamic_mean(levels, rates, n, y.size, 0.5, level, replicates, seed)
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
    notes += _open_sides(out)
    return UpAndDown(x, y, float(target), level, shrunk, tuple(out), tuple(notes))
