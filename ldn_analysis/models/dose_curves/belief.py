"""The Emax model: what is believed of a dose-response before a trial, and after it.

The mean effect at dose d is Emax d / (ED50 + d); a trial departs from it by a normal deviation with SD tau,
and two comparisons of one trial share half of that variance (Higgins & Whitehead 1996,
10.1002/(SICI)1097-0258(19961230)15:24<2733::AID-SIM562>3.0.CO;2-0). ED50 and tau lie on a grid; given them
Emax is normal, so that every update is exact. Of a prior that falls off like a normal one few points by the
rule of Gauss and Legendre reach far into the tails, where trials that surprise have their likelihood.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from ldn_analysis.errors import FloatArray, InputError, finite, positive
from ldn_analysis.models.covariances import check_covariance, singular
from ldn_analysis.models.results import Result


@dataclass(frozen=True, slots=True)
class EmaxPrior(Result):
    """Priors of the Emax model.

    Emax ~ N(0, `emax_sd`) in the effect's unit; ED50 log-normal (`ed50_median` mg, `ed50_log_sd`);
    tau half-normal with scale `tau_scale`.
    """

    emax_sd: float = 2.0
    ed50_median: float = 3.0
    ed50_log_sd: float = 1.0
    tau_scale: float = 0.5

    def __post_init__(self) -> None:
        for name in ("emax_sd", "ed50_median", "ed50_log_sd", "tau_scale"):
            positive(name, getattr(self, name))

    def ed50(self, p: ArrayLike) -> FloatArray:
        """Quantiles of ED50 in mg."""
        return self.ed50_at(special.ndtri(np.atleast_1d(finite("p", p))))

    def ed50_at(self, z: FloatArray) -> FloatArray:
        """ED50 in mg at `z` SDs of its logarithm above the median."""
        return self.ed50_median * np.exp(self.ed50_log_sd * z)


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """Comparisons of p arms of a trial with its first arm, or of the arms of several trials with theirs.

    Attributes
    ----------
    dose : array, shape (p,)
        mg a day.
    against : float
        Dose of the first arm; 0 is placebo.
    covariance : array, shape (p, p)
        Sampling covariance of the p differences. Two that share no arm are of different trials: it is 0.
    kept : float
        Share of an effect that the differences show: below 1 where the first arm still holds some of it
        (carry-over).
    """

    dose: FloatArray
    against: float
    covariance: FloatArray
    kept: float = 1.0

    def __post_init__(self) -> None:
        dose = np.atleast_1d(finite("dose", self.dose))
        covariance = check_covariance("covariance", np.atleast_2d(self.covariance), dose.size)
        if singular(covariance):
            raise InputError("covariance is singular: its differences say the same")
        object.__setattr__(self, "dose", dose)
        object.__setattr__(self, "covariance", covariance)

    def share(self, ed50: FloatArray) -> FloatArray:
        """Expected differences in units of Emax, shape (K, p), for each of K values of ED50."""
        half = ed50[:, None]
        return self.kept * (self.dose / (half + self.dose) - self.against / (half + self.against))

    def between(self, tau: FloatArray) -> FloatArray:
        """Covariance of the differences, sampling and between trials, shape (K, p, p)."""
        shared = np.where(self.covariance != 0, 0.5, 0.0)
        np.fill_diagonal(shared, 1.0)
        return self.covariance + tau[:, None, None] ** 2 * shared


@dataclass(frozen=True, slots=True, eq=False)
class Belief:
    """K points (ED50, tau) with probabilities `weights`; given a point, Emax ~ N(`mean`, `sd`).

    All arrays have shape (K,); ED50 in mg, the rest in the effect's unit (below zero favours the drug).
    """

    weights: FloatArray
    ed50: FloatArray
    tau: FloatArray
    mean: FloatArray
    sd: FloatArray

    def share(self, doses: ArrayLike) -> FloatArray:
        """Effect at each dose in units of Emax, shape (K, d)."""
        d = finite("doses", doses)
        return d / (self.ed50[:, None] + d)

    def probability_below(self, threshold: float, dose: float | None = None) -> float:
        """P(effect < `threshold`) at `dose`; without a dose, of Emax itself."""
        share = 1.0 if dose is None else self.share([dose])[:, 0]
        return float(self.weights @ special.ndtr((threshold - self.mean * share) / (self.sd * share)))

    def wider(self, times: float) -> Belief:
        """The same belief with the spread of Emax about its overall mean multiplied."""
        centre = float(self.weights @ self.mean)
        return replace(
            self, mean=centre + times * (self.mean - centre), sd=self.sd * float(positive("times", times))
        )

    def after(self, trial: Comparisons, yi: ArrayLike) -> Belief:
        """The belief once the trial's differences `yi` (p,) are known."""
        y = np.atleast_1d(finite("yi", yi))
        weights, mean, sd, _ = self.posteriors(trial, y[None])
        return replace(self, weights=weights[:, 0], mean=mean[:, 0], sd=sd)

    def posteriors(
        self, trial: Comparisons, yi: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Posteriors after each of S results `yi` (S, p).

        Returns weights (K, S), means (K, S) and SDs (K,) of Emax, and the log predictive density (S,).
        """
        share = trial.share(self.ed50)
        shape = (self.tau.size, len(yi))
        toward, square = np.empty(shape), np.empty(shape)
        information, log_det = np.empty((2, self.tau.size))
        for tau in np.unique(self.tau):  # the covariance depends on tau alone
            here = np.flatnonzero(self.tau == tau)
            spread = trial.between(np.array([tau]))[0]
            weighed = np.linalg.solve(spread, share[here].T).T
            toward[here] = weighed @ yi.T
            information[here] = (share[here] * weighed).sum(axis=1)
            square[here] = (yi.T * np.linalg.solve(spread, yi.T)).sum(axis=0)
            log_det[here] = np.linalg.slogdet(spread)[1]
        before = self.sd[:, None] ** -2
        precision = before + information[:, None]
        mean = (self.mean[:, None] * before + toward) / precision
        quad = square + self.mean[:, None] ** 2 * before - mean**2 * precision
        constant = log_det + np.log(precision[:, 0] * self.sd**2) + yi.shape[1] * np.log(2 * np.pi)
        with np.errstate(divide="ignore"):
            joint = (np.log(self.weights) - 0.5 * constant)[:, None] - 0.5 * quad
        top = joint.max(axis=0)
        weights = np.exp(np.maximum(joint - top, -80.0))  # numbers that are nearly zero would be slow
        total = weights.sum(axis=0)
        return weights / total, mean, precision[:, 0] ** -0.5, top + np.log(total)


def prior_belief(
    emax_sd: float, ed50_median: float, ed50_log_sd: float, tau_scale: float, *,
    grid: tuple[int, int] = (48, 12), even: bool = True,
) -> Belief:  # fmt: skip
    """The belief before any trial, under an `EmaxPrior` of these; `grid` gives the points of ED50 and tau.

    `even` points carry equal probability, at the middles of equal parts of each prior, so that quantiles can
    be read from them; else they are Gauss and Legendre's, which integrate better.
    """
    prior = EmaxPrior(emax_sd, ed50_median, ed50_log_sd, tau_scale)
    points = _even_points if even else _normal_points
    (z, parts), (half, shares) = points(grid[0], -_REACH), points(grid[1], 0.0)
    e, t = (axis.ravel() for axis in np.meshgrid(prior.ed50_at(z), prior.tau_scale * half, indexing="ij"))
    weights = np.outer(parts, shares).ravel()
    return Belief(weights, e, t, np.zeros(e.size), np.full(e.size, prior.emax_sd))


_REACH = 5.0
"""SDs of a normal prior that its points reach: beyond lies less than one in a million."""


def _even_points(n: int, lowest: float) -> tuple[FloatArray, FloatArray]:
    """Middles of `n` equal parts of a standard normal variable above `lowest`, and their probabilities."""
    below = 0.5 if lowest == 0 else 0.0
    z = special.ndtri(below + (1 - below) * (np.arange(n) + 0.5) / n)
    return z, np.full(n, 1 / n)


def _normal_points(n: int, lowest: float) -> tuple[FloatArray, FloatArray]:
    """`n` points by Gauss and Legendre of a standard normal variable above `lowest`, and probabilities."""
    x, part = np.polynomial.legendre.leggauss(n)
    z = lowest + (_REACH - lowest) * (x + 1) / 2
    mass = part * np.exp(-(z**2) / 2)
    return z, mass / mass.sum()
