"""What a published up-and-down study can mean when its sequence is not known.

Approximate Bayesian computation by rejection: draw a response curve and a starting dose from the prior, run
the design, keep the draw if the simulated report looks like the published one. Everything named here is an
assumption that a caller can change.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError, finite, one_of, positive
from .up_and_down_simulate import Curves, Runs, run_design, table_dose

__all__ = [
    "CurvePrior",
    "PlaceboOnly",
    "Reconstruction",
    "Report",
    "Tolerance",
    "placebo_only_probability",
    "reconstruct_up_and_down",
]

Array = NDArray[np.float64]
_CHUNK = 100_000


@dataclass(frozen=True, slots=True)
class Report:
    """A published up-and-down study.

    The published ED50 of 3.88 mg is what six pairs' middles can average to on this grid (3.875), which suits
    the estimator ``pairs``; how it was computed is not known to us, so the estimator is a choice.
    `changes` = 11 changes of response: 10 turns of the dose and six pairs of one kind.
    """

    n: int = 25
    responders: int = 11
    ed50: float = 3.88
    ed95: float = 5.40
    lowest: float = 0.75
    highest: float = 6.0
    step: float = 0.75
    changes: int = 11
    ed50_estimator: str = "pairs"
    ed95_estimator: str = "isotonic"

    def levels(self) -> Array:
        return np.arange(self.lowest, self.highest + self.step / 2, self.step)


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a simulated report may be from the published one: participants, responders, mg, mg."""

    n: int = 0
    responders: int = 0
    ed50: float = 0.2
    ed95: float = 0.4


@dataclass(frozen=True, slots=True)
class CurvePrior:
    """Uniform priors (ranges) of the curve, log-normal slope, uniform start over the levels.

    midpoint in mg; slope in logits per mg (or per doubling with `log_dose`): median and log-SD; floor is the
    response without drug, ceiling that at very high doses. A range with equal ends fixes the value.
    """

    midpoint: tuple[float, float] = (0.2, 9.0)
    slope_median: float = 1.0
    slope_log_sd: float = 0.9
    floor: tuple[float, float] = (0.0, 0.4)
    ceiling: tuple[float, float] = (0.6, 1.0)
    log_dose: bool = False

    def draw(self, size: int, rng: np.random.Generator) -> Curves:
        return Curves(
            rng.uniform(*self.midpoint, size),
            self.slope_median * np.exp(self.slope_log_sd * rng.standard_normal(size)),
            rng.uniform(*self.floor, size),
            rng.uniform(*self.ceiling, size),
            self.log_dose,
        )


@dataclass(frozen=True, slots=True)
class ToleranceRow:
    """The reconstruction with the tolerances in mg multiplied by `factor`."""

    factor: float
    accepted: int
    ed50: tuple[float, float, float]
    ed95: tuple[float, float, float]
    no_ed95: float


@dataclass(frozen=True, slots=True, eq=False)
class Reconstruction:
    """Curves compatible with the report.

    `ed50` and `ed95` are doses with an *absolute* response rate of 50 and 95 %: infinite where the curve's
    ceiling is lower, so the upper limit of an interval may be infinite. `weights` sum to one.
    `prior_no_ed95` is the share of the prior's curves without an ED95: compare before concluding.
    """

    report: Report
    prior: CurvePrior
    tolerance: Tolerance
    curves: Curves
    start: Array
    ed50: Array
    ed95: Array
    weights: Array
    simulated: int
    accepted: int
    same_counts: int
    effective_size: float
    prior_no_ed95: float
    sensitivity: tuple[ToleranceRow, ...]
    seed: int

    @property
    def acceptance_rate(self) -> float:
        return self.accepted / self.simulated

    def quantile(self, name: str, p: ArrayLike) -> Array:
        """Weighted quantiles of ``ed50`` or ``ed95`` (may be infinite)."""
        values = getattr(self, one_of("name", name, ("ed50", "ed95")))
        return _quantile(values, self.weights, np.atleast_1d(finite("p", p)))

    def interval(self, name: str, level: float = 0.95) -> tuple[float, float]:
        """Central interval of ``ed50`` or ``ed95``."""
        low, high = self.quantile(name, [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)

    def monte_carlo_error(self, name: str, p: float = 0.5) -> float:
        """Standard error of a quantile from the effective number of draws; infinite in an infinite tail."""
        step = np.sqrt(p * (1 - p) / max(self.effective_size, 1.0))
        low, high = self.quantile(name, [max(p - step, 0.0), min(p + step, 1.0)])
        return float((high - low) / 2) if np.isfinite(high) else float("inf")

    def share(self, name: str, above: float) -> tuple[float, float]:
        """Share of curves whose ``ed50`` or ``ed95`` exceeds `above` mg or does not exist, with its error."""
        values = getattr(self, one_of("name", name, ("ed50", "ed95")))
        p = float(self.weights[values > above].sum())
        return p, float(np.sqrt(p * (1 - p) / max(self.effective_size, 1.0)))

    @property
    def no_ed95(self) -> float:
        """Share of compatible curves that reach 95 % response at no dose."""
        return float(self.weights[np.isinf(self.ed95)].sum())


def _quantile(values: Array, weights: Array, p: Array) -> Array:
    if not values.size:
        return np.full(p.shape, np.nan)
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return values[order][np.minimum(np.searchsorted(total, p * total[-1]), values.size - 1)]


def _triple(q: Array) -> tuple[float, float, float]:
    return float(q[0]), float(q[1]), float(q[2])


def _distance(report: Report, runs: Runs) -> tuple[Array, Array]:
    """Distance of the simulated ED50 and ED95 to the published ones, in mg (NaN where there is none)."""
    levels = report.levels()
    if report.ed50_estimator == "pairs":
        ed50 = runs.pair_mean
    else:
        ed50 = table_dose(levels, runs.responders, runs.n, 0.5, report.ed50_estimator)
    ed95 = table_dose(levels, runs.responders, runs.n, 0.95, report.ed95_estimator)
    return np.abs(ed50 - report.ed50), np.abs(ed95 - report.ed95)


def _simulate(
    report: Report, tolerance: Tolerance, curves: Curves, rng: np.random.Generator
) -> tuple[NDArray[np.intp], Array, Array, Array]:
    """Draws with the published counts: their index, start, and distances."""
    levels = report.levels()
    start = rng.integers(0, levels.size, curves.midpoint.size)
    columns = (v[:, None] for v in (curves.midpoint, curves.slope, curves.floor, curves.ceiling))
    midpoint, slope, floor, ceiling = columns
    p = Curves(midpoint, slope, floor, ceiling, curves.log_dose)(levels)
    size = report.n
    runs = run_design(
        p, levels, start, rng, changes=report.changes, at_least=size - tolerance.n, at_most=size + tolerance.n
    )
    good = np.abs(runs.responders.sum(1) - report.responders) <= tolerance.responders
    runs = Runs(*(getattr(runs, f)[good] for f in ("index", "size", "responders", "n", "pair_mean")))
    d50, d95 = _distance(report, runs)
    return runs.index, levels[start[runs.index]], d50, d95


def _pick(curves: Curves, index: NDArray[np.intp]) -> Curves:
    return Curves(curves.midpoint[index], curves.slope[index], curves.floor[index], curves.ceiling[index],
                  curves.log_dose)  # fmt: skip


def _accept(
    d50: Array, d95: Array, tolerance: Tolerance, factor: float = 1.0
) -> tuple[NDArray[np.bool_], Array]:
    """Which draws are near enough, and an Epanechnikov weight that falls with the distance."""
    u = np.maximum(d50 / (factor * tolerance.ed50), d95 / (factor * tolerance.ed95))
    near = u <= 1  # NaN compares false: a simulated report without the estimate is not the published one
    weight = np.where(near, 1 - np.where(near, u, 0.0) ** 2, 0.0)
    return near & (weight > 0), weight


def reconstruct_up_and_down(
    report: Report | None = None,
    *,
    prior: CurvePrior | None = None,
    tolerance: Tolerance | None = None,
    draws: int = 2_000_000,
    factors: tuple[float, ...] = (0.75, 1.0, 1.5, 2.0),
    seed: int = 1,
) -> Reconstruction:
    """Response curves compatible with a published up-and-down study, by approximate Bayesian computation.

    Parameters
    ----------
    report
        What was published and how its estimates are taken to be computed; default the dose-finding study of
        naltrexone in fibromyalgia.
    prior, tolerance
        Of the curves and of the comparison.
    draws
        Simulated experiments.
    factors
        The result is repeated with the tolerances in mg multiplied by these (`sensitivity`).
    """
    report, prior, tolerance = report or Report(), prior or CurvePrior(), tolerance or Tolerance()
    one_of("ed50_estimator", report.ed50_estimator, ("pairs", "isotonic", "logistic"))
    positive("tolerance", [tolerance.ed50, tolerance.ed95])
    if draws < 1:
        raise InputError(f"draws is {draws}: must be 1 or more")
    rng = np.random.default_rng(seed)
    kept: list[tuple[Curves, Array, Array, Array]] = []
    none95 = 0
    for first in range(0, draws, _CHUNK):
        curves = prior.draw(min(_CHUNK, draws - first), rng)
        none95 += int(np.isinf(curves.dose_for(0.95)).sum())
        index, start, d50, d95 = _simulate(report, tolerance, curves, rng)
        kept.append((_pick(curves, index), start, d50, d95))
    parts = [
        np.concatenate([getattr(k[0], f) for k in kept]) for f in ("midpoint", "slope", "floor", "ceiling")
    ]
    curves = Curves(parts[0], parts[1], parts[2], parts[3], prior.log_dose)
    start, d50, d95 = (np.concatenate([k[i] for k in kept]) for i in (1, 2, 3))
    ed50, ed95 = curves.dose_for(0.5), curves.dose_for(0.95)
    rows = []
    for factor in factors:
        near, weight = _accept(d50, d95, tolerance, factor)
        q = [_quantile(v[near], weight[near], np.array([0.025, 0.5, 0.975])) for v in (ed50, ed95)]
        total = weight[near].sum()
        missing = float(weight[near & np.isinf(ed95)].sum() / total) if total > 0 else float("nan")
        rows.append(ToleranceRow(factor, int(near.sum()), _triple(q[0]), _triple(q[1]), missing))
    near, weight = _accept(d50, d95, tolerance)
    w = weight[near]
    w = w / w.sum() if w.size else w
    return Reconstruction(
        report, prior, tolerance, _pick(curves, np.flatnonzero(near)), start[near], ed50[near], ed95[near], w,
        draws, int(near.sum()), int(d50.size), float(1 / (w**2).sum()) if w.size else 0.0, none95 / draws,
        tuple(rows), seed,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class PlaceboOnly:
    """How often a response rate that does not depend on dose produces the published report.

    Attributes
    ----------
    rate, probability, error
        Flat response rates; share of simulated experiments that give a report within the tolerances; its
        Monte-Carlo standard error.
    dose_dependent, dose_dependent_error
        The same share under the prior of curves that rise with dose.
    bayes_factor
        `dose_dependent` over `probability`: above one favours a curve that rises.
    """

    rate: Array
    probability: Array
    error: Array
    dose_dependent: float
    dose_dependent_error: float
    bayes_factor: Array
    overall_bayes_factor: float
    draws: int
    report: Report
    tolerance: Tolerance


def placebo_only_probability(
    rates: ArrayLike = (0.2, 0.3, 0.4, 0.45, 0.5, 0.55, 0.6),
    *,
    report: Report | None = None,
    prior: CurvePrior | None = None,
    tolerance: Tolerance | None = None,
    draws: int = 500_000,
    seed: int = 1,
) -> PlaceboOnly:
    """How much placebo response alone, the same at every dose, would give the published report.

    `overall_bayes_factor` compares the prior of rising curves with a flat rate spread evenly over `rates`.
    """
    report, prior, tolerance = report or Report(), prior or CurvePrior(), tolerance or Tolerance()
    p = finite("rates", rates)
    if ((p <= 0) | (p >= 1)).any():
        raise InputError("rates must lie between 0 and 1")
    rng = np.random.default_rng(seed)

    def share(make: CurvePrior) -> float:
        hits = 0
        for first in range(0, draws, _CHUNK):
            curves = make.draw(min(_CHUNK, draws - first), rng)
            _, _, d50, d95 = _simulate(report, tolerance, curves, rng)
            hits += int(_accept(d50, d95, tolerance)[0].sum())
        return hits / draws

    rising = share(prior)
    flat = np.array([share(replace(prior, floor=(q, q), ceiling=(q, q))) for q in p])
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = rising / flat
        overall = float(rising / flat.mean()) if flat.mean() > 0 else float("inf")
    return PlaceboOnly(
        p, flat, np.sqrt(flat * (1 - flat) / draws), rising, float(np.sqrt(rising * (1 - rising) / draws)),
        factor, overall, draws, report, tolerance,
    )  # fmt: skip
