"""What a published up-and-down study can mean when its sequence is not known.

Approximate Bayesian computation (Beaumont 2019, Annu Rev Stat Appl 6:379-403) without its simulation noise:
the sequences that the report allows are listed (`sequences`), so that the probability of a report
like the published one is exact for each response curve. What remains is a mean over the prior of the curves,
taken at scrambled Halton points (Owen 2017, arXiv:1706.02808); independent scrambles give the error.
Everything named here is an assumption that a caller can change.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from ldn_analysis.cache import cached
from ldn_analysis.errors import FloatArray, InputError, check_level, finite, one_of, within
from ldn_analysis.models.results import Result
from ldn_analysis.models.updown.curves import Curves
from ldn_analysis.models.updown.sequences import Report, Sequences, Tolerance, sequences_like

_BATCHES = 8
_CHUNK = 2**17  # probabilities at once: 1 MiB stays in a processor's cache


class NoSequence(InputError):
    """No order of responses gives what a study reported, under the tolerances."""


@dataclass(frozen=True, slots=True)
class CurvePrior(Result):
    """Uniform priors (ranges) of the curve, log-normal slope; the first dose is any level, evenly.

    midpoint in mg; slope in logits per mg (or per doubling with `log_dose`): median and log-SD; floor is the
    response without drug, ceiling that at very high doses. A range with equal ends fixes the value.
    """

    midpoint: tuple[float, float] = (0.2, 9.0)
    slope_median: float = 1.0
    slope_log_sd: float = 0.9
    floor: tuple[float, float] = (0.0, 0.4)
    ceiling: tuple[float, float] = (0.6, 1.0)
    log_dose: bool = False

    def curves(self, u: FloatArray) -> Curves:
        """Curves at points `u` of the unit cube, shape (B, 4)."""
        ranges = ((self.midpoint, u[:, 0]), (self.floor, u[:, 2]), (self.ceiling, u[:, 3]))
        midpoint, floor, ceiling = (low + (high - low) * part for (low, high), part in ranges)
        slope = self.slope_median * np.exp(self.slope_log_sd * special.ndtri(u[:, 1]))
        return Curves(midpoint, slope, floor, ceiling, self.log_dose)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Reconstruction(Result):
    """Curves weighted by how probable they make a report like the published one.

    Attributes
    ----------
    ed50, ed95
        Doses in mg with an *absolute* response rate of 50 and 95 %: infinite where the curve's ceiling is
        lower, so the upper limit of an interval may be infinite.
    weights, by_start
        Of each curve: with the first dose unknown, summing to one; and the probability of such a report if it
        was each level, shape (L, B).
    probability
        Of a report like the published one under the prior; each sequence counts by its nearness (1 where the
        published doses are met, 0 at the tolerances).
    start_probability
        Of each level as the first dose, given the report.
    compatible, listed
        Sequences within the tolerances, of those with the reported participants, responders and changes.
    """

    report: Report
    prior: CurvePrior
    tolerance: Tolerance
    factor: float
    curves: Curves
    ed50: FloatArray
    ed95: FloatArray
    weights: FloatArray
    by_start: FloatArray
    batch_probability: FloatArray
    start_probability: FloatArray
    compatible: int
    listed: int
    seed: int

    @property
    def probability(self) -> float:
        return float(self.batch_probability.mean())

    @property
    def probability_error(self) -> float:
        return float(_batch_error(self.batch_probability))

    def quantile(self, name: str, p: ArrayLike) -> FloatArray:
        """Weighted quantiles of ``ed50`` or ``ed95`` (may be infinite)."""
        return _quantile(self._values(name), self.weights, np.atleast_1d(finite("p", p)))

    def prior_quantile(self, name: str, p: ArrayLike) -> FloatArray:
        """The same before the report was known."""
        values = self._values(name)
        return _quantile(values, np.ones(values.size), np.atleast_1d(finite("p", p)))

    def interval(self, name: str, level: float = 0.95) -> tuple[float, float]:
        """Central interval of ``ed50`` or ``ed95``."""
        level = check_level(level)
        low, high = self.quantile(name, [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)

    def monte_carlo_error(self, name: str, *p: float) -> float:
        """Largest standard error of the quantiles `p` (the median without any), from independent scrambles of
        the prior's points; infinite where a quantile is."""
        values, weights = (v.reshape(_BATCHES, -1) for v in (self._values(name), self.weights))
        at = np.array(p or (0.5,))
        quantiles = np.array([_quantile(v, w, at) for v, w in zip(values, weights, strict=True)])
        return float(_batch_error(quantiles).max()) if np.isfinite(quantiles).all() else float("inf")

    def share(self, name: str, above: float) -> tuple[float, float]:
        """Share of curves whose ``ed50`` or ``ed95`` exceeds `above` mg or does not exist, with its error."""
        beyond, weights = (v.reshape(_BATCHES, -1) for v in (self._values(name) > above, self.weights))
        parts = (weights * beyond).sum(1) / weights.sum(1)
        return float((self.weights * beyond.ravel()).sum()), float(_batch_error(parts))

    def prior_share(self, name: str, above: float) -> float:
        """The same share before the report was known: compare before concluding."""
        return float((self._values(name) > above).mean())

    def started_at(self, level: int) -> Reconstruction:
        """The same if the first dose had been the level with this index.

        Raises `InputError` where no compatible sequence begins there.
        """
        weights = self.by_start[level]
        if not weights.any():
            raise InputError(f"no compatible sequence begins at {self.report.levels()[level]:g} mg")
        return replace(self, weights=weights / weights.sum())

    def _values(self, name: str) -> FloatArray:
        return np.asarray(getattr(self, one_of("name", name, ("ed50", "ed95"))))


def _batch_error(parts: FloatArray) -> FloatArray:
    return np.asarray(parts.std(axis=0, ddof=1) / np.sqrt(len(parts)))


def _quantile(values: FloatArray, weights: FloatArray, p: FloatArray) -> FloatArray:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return values[order][np.minimum(np.searchsorted(total, p * total[-1]), values.size - 1)]


def _chances(counts: FloatArray) -> Callable[[FloatArray], FloatArray]:
    """``exp(counts @ logs)`` of `logs`, shape (., B), for tables of counts, shape (T, .). What tables share,
    level by level, is computed once: a product costs much less than a logarithm's power."""
    if counts.shape[1] <= 2:
        return lambda logs: np.exp(counts @ logs)
    half = counts.shape[1] // 4 * 2
    (left, i), (right, j) = (
        np.unique(part, axis=0, return_inverse=True) for part in (counts[:, :half], counts[:, half:])
    )
    lower, upper = _chances(left), _chances(right)

    def product(logs: FloatArray) -> FloatArray:
        out = lower(logs[:half])[i]
        out *= upper(logs[half:])[j]
        return out

    return product


def _likelihood(curves: Curves, levels: FloatArray, sequences: Sequences, weights: FloatArray) -> FloatArray:
    """Probability of a report like the published one by curve and first dose, shape (B, L)."""
    near = weights.any(1)
    responders, n, by_start = sequences.responders[near], sequences.n[near], weights[near].T.copy()
    chances = _chances(np.stack([responders, n - responders], axis=2).reshape(len(n), -1))
    rates = curves.rates(levels).T
    logs = np.stack([np.log(rates), np.log1p(-rates)], axis=1).reshape(2 * len(rates), -1)
    out = np.empty(rates.shape)
    size = max(1, _CHUNK // len(n))
    for first in range(0, out[0].size, size):
        part = slice(first, first + size)
        np.matmul(by_start, chances(logs[:, part]), out=out[:, part])
    return out.T


@cached
def reconstruct_up_and_down(
    report: Report | None = None,
    *,
    prior: CurvePrior | None = None,
    tolerance: Tolerance | None = None,
    factor: float = 1.0,
    draws: int = 32_768,
    seed: int = 1,
) -> Reconstruction:
    """Response curves compatible with a published up-and-down study.

    Parameters
    ----------
    report
        What was published and how its estimates are taken to be computed; default the dose-finding study of
        naltrexone in fibromyalgia.
    prior, tolerance
        Of the curves and of the comparison.
    factor
        Multiplies the tolerances, to see how much they matter: above 0, at most 2.
    draws
        Curves from the prior, in eight independent batches.

    Raises
    ------
    InputError
        Fewer than 16 draws, a tolerance that is not positive, a factor outside its range, an unknown
        estimator, or a report that no sequence of the design can have given.
    """
    report, prior, tolerance = report or Report(), prior or CurvePrior(), tolerance or Tolerance()
    within("draws", draws, 2 * _BATCHES)
    within("factor", factor, 0, 2, "(]")
    sequences = sequences_like(report, tolerance)
    if not sequences.like(factor):
        raise NoSequence(
            f"no sequence gives a report within {factor * tolerance.ed50:g} mg of an ED50 of {report.ed50:g} "
            f"and within {factor * tolerance.ed95:g} mg of an ED95 of {report.ed95:g}"
        )
    from scipy.stats import qmc  # half a second to import

    points = [
        qmc.Halton(4, seed=np.random.default_rng([seed, batch])).random(draws // _BATCHES)
        for batch in range(_BATCHES)
    ]
    curves = prior.curves(np.concatenate(points))
    by_start = _likelihood(curves, report.levels(), sequences, sequences.weights(factor))
    weights = by_start.sum(1)
    return Reconstruction(
        report, prior, tolerance, factor, curves, curves.dose_for(0.5), curves.dose_for(0.95),
        weights / weights.sum(), by_start.T, weights.reshape(_BATCHES, -1).mean(1),
        by_start.sum(0) / by_start.sum(), sequences.like(factor), sequences.listed, seed,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PlaceboOnly(Result):
    """How probable a response rate that does not depend on dose makes the published report.

    Attributes
    ----------
    rate, probability
        Flat response rates; probability of a report like the published one under each (exact).
    dose_dependent, dose_dependent_error
        The same under the prior of curves that rise with dose, with its error.
    bayes_factor, bayes_factor_error
        `dose_dependent` over `probability`: above one favours a curve that rises.
    """

    rate: FloatArray
    probability: FloatArray
    dose_dependent: float
    dose_dependent_error: float

    @property
    def bayes_factor(self) -> FloatArray:
        return self.dose_dependent / self.probability

    @property
    def bayes_factor_error(self) -> FloatArray:
        return self.dose_dependent_error / self.probability


def placebo_only_probability(
    reconstruction: Reconstruction, rates: ArrayLike = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)
) -> PlaceboOnly:
    """How much placebo response alone, the same at every dose, would give the report of `reconstruction`.

    Raises `InputError` for a rate that does not lie between 0 and 1.
    """
    q = within("rates", rates, 0, 1, "()")
    report = reconstruction.report
    ways = sequences_like(report, reconstruction.tolerance).weights(reconstruction.factor).sum()
    flat = ways * q**report.responders * (1 - q) ** (report.n - report.responders)
    return PlaceboOnly(q, flat, reconstruction.probability, reconstruction.probability_error)
