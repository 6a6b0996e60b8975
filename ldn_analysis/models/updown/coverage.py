"""How often the intervals of an up-and-down study hold the dose that they are meant to hold: simulation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ldn_analysis.errors import InputError, check_level, finite, positive, same_length
from ldn_analysis.models.updown.averages import dynamic_mean
from ldn_analysis.models.updown.fit import bootstrap_dynamic_mean, isotonic_estimates
from ldn_analysis.models.updown.profile import profile_dose

__all__ = ["IntervalCoverage", "interval_coverage", "simulate_sequences", "summarise_intervals"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class IntervalCoverage:
    """One method's intervals over simulated studies.

    Attributes
    ----------
    method, target, truth, level
        What was estimated, the dose in mg that has this response rate, and the level that is claimed.
    coverage, standard_error
        Share of all studies whose interval holds the truth, and its Monte-Carlo error. A missing or infinite
        limit refuses nothing on its side: no interval at all counts as holding the truth.
    coverage_given, standard_error_given
        The same among the studies that have an interval: at least one limit.
    without
        Share of studies with no limit on either side: there is no interval.
    open_sided
        Share with a limit on one side alone.
    mean_width, median_width
        Of the intervals with two limits, in mg; NaN if there is none. A limit may lie very far out, so that
        the mean says less than the median.
    studies
        Number simulated.
    """

    method: str
    target: float
    truth: float
    level: float
    coverage: float
    standard_error: float
    coverage_given: float
    standard_error_given: float
    without: float
    open_sided: float
    mean_width: float
    median_width: float
    studies: int


def simulate_sequences(
    rates: ArrayLike, *, participants: int = 25, start: int = 3, studies: int = 1000, seed: int = 1
) -> tuple[Index, NDArray[np.bool_]]:
    """Many up-and-down studies: one level down after a response, one up after none, within the levels.

    Parameters
    ----------
    rates
        True response rate at each level, shape (L,).
    participants, start, studies, seed
        Sequence length, index of the first level, number of sequences, seed.

    Returns
    -------
    at, response
        Index of the level and response, shape (studies, participants).
    """
    p = finite("rates", rates)
    if not 0 <= start < p.size:
        raise InputError(f"start is {start}: must be the index of one of {p.size} levels")
    rng = np.random.default_rng(seed)
    draws = rng.random((participants, studies))
    at = np.empty((participants, studies), dtype=np.intp)
    here = np.full(studies, start)
    for t in range(participants):
        at[t] = here
        here = np.clip(here + np.where(draws[t] < p[here], -1, 1), 0, p.size - 1)
    return at.T, (draws < p[at]).T


def _counts(at: Index, response: NDArray[np.bool_], levels: int) -> tuple[Array, Array]:
    """Responders and participants at each level, shape (studies, levels)."""
    seen = at[..., None] == np.arange(levels)
    return (seen & response[..., None]).sum(1).astype(float), seen.sum(1).astype(float)


def _share(held: NDArray[np.bool_]) -> tuple[float, float]:
    """A share and its Monte-Carlo error, which is not taken for zero when all or none are held."""
    if not held.size:
        return float("nan"), float("nan")
    share = float(held.mean())
    return share, float(np.sqrt(max(share * (1 - share), 0.5 / held.size) / held.size))


def summarise_intervals(
    method: str, target: float, truth: float, level: float, lower: Array, upper: Array
) -> IntervalCoverage:
    """Coverage of limits, one a study; NaN and infinite limits are missing ones."""
    has_low, has_high = np.isfinite(lower), np.isfinite(upper)
    some, both = has_low | has_high, has_low & has_high
    held = (~has_low | (lower <= truth)) & (~has_high | (upper >= truth))
    widths = (upper - lower)[both] if both.any() else np.array([np.nan])
    return IntervalCoverage(
        method, target, truth, level, *_share(held), *_share(held[some]), float(1 - some.mean()),
        float((some & ~both).mean()), float(widths.mean()), float(np.median(widths)), lower.size,
    )  # fmt: skip


def interval_coverage(
    levels: ArrayLike, rates: ArrayLike, truth: float, *, target: float = 0.5, level: float = 0.95,
    participants: int = 25, start: int = 3, studies: int = 400, bootstraps: int = 400,
    replicates: int = 400, seed: int = 1,
) -> tuple[IntervalCoverage, ...]:  # fmt: skip
    """Coverage of every interval of `up_and_down` when the true response rates are known.

    Parameters
    ----------
    levels, rates
        Doses in mg that the study may give, and the true response rate at each; shape (L,).
    truth
        Dose in mg at which the true rate is `target`; it need not be a level, nor within them.
    target, level
        As in `up_and_down`.
    participants, start, studies, seed
        As in `simulate_sequences`; the number of participants is fixed, the study does not stop earlier.
    bootstraps, replicates
        Of the dynamic mean (for a target near one half): the first so many studies, resampled so many times.

    Notes
    -----
    The sequences and the parametric intervals are computed at once. The isotonic intervals, which the
    response table determines, are computed once for each distinct table.
    """
    x, p = positive("levels", levels), finite("rates", rates)
    same_length(levels=x, rates=p)
    check_level(level)
    if ((p < 0) | (p > 1)).any():
        raise InputError("rates must lie between 0 and 1")
    at, response = simulate_sequences(p, participants=participants, start=start, studies=studies, seed=seed)
    r, n = _counts(at, response, x.size)
    limits: dict[str, tuple[Array, Array]] = {}
    tables, where = np.unique(np.c_[r, n], axis=0, return_inverse=True)
    found: dict[str, list[tuple[float, float]]] = {}
    for row in tables:
        seen = row[x.size :] > 0
        m = row[x.size :][seen]
        if seen.sum() < 2:
            raise InputError("a simulated study stayed at one level: participants must be more")
        for e in isotonic_estimates(x[seen], row[: x.size][seen] / m, m, target, level):
            found.setdefault(e.method, []).append((e.lower, e.upper))
    for method, pairs in found.items():
        both = np.array(pairs)[where.ravel()]
        limits[method] = both[:, 0], both[:, 1]
    for method, link in (("logistic", "logit"), ("probit", "probit")):
        limits[method] = profile_dose(x, r, n, target, link, level=level)[1:]
    if abs(target - 0.5) <= 0.1:
        many = []
        for i in range(min(bootstraps, studies)):
            seen = n[i] > 0
            m = n[i][seen]
            low, high = bootstrap_dynamic_mean(
                x[seen], r[i][seen] / m, m, participants, 0.5, level, replicates, seed + i
            )
            point = dynamic_mean(x[at[i]])
            many.append((min(low, point), max(high, point)))
        both = np.array(many)
        limits["dynamic_mean"] = both[:, 0], both[:, 1]
    return tuple(
        summarise_intervals(method, target, truth, level, low, high) for method, (low, high) in limits.items()
    )
