"""The Emax model by quadrature: what is believed of a dose-response before a trial, and after it.

The mean effect at dose d is Emax d / (ED50 + d); a trial departs from it by a normal deviation with SD tau,
and two comparisons of one trial share half of that variance (Higgins & Whitehead 1996,
10.1002/(SICI)1097-0258(19961230)15:24<2733::AID-SIM562>3.0.CO;2-0). ED50 and tau lie on a grid; given them
Emax is normal, so that every update is exact. Of a prior that falls off like a normal one few points by the
rule of Gauss and Legendre reach far into the tails, where trials that surprise have their likelihood.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from ldn_analysis.cache import cached
from ldn_analysis.errors import FloatArray, InputError, finite, positive, same_length
from ldn_analysis.models.bayes.marginals import Mixture, mixture
from ldn_analysis.models.covariances import check_covariance, singular
from ldn_analysis.models.results import Result

__all__ = ["BayesianEmax", "EmaxPrior", "bayesian_emax"]


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


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BayesianEmax(Result):
    """Prior and posterior of the effect at each of `at` mg, of ED50, and the information gained.

    `bits_effect` and `bits_ed50` are Kullback-Leibler divergences of the posterior from the prior, base 2:
    one bit is what a fair coin's fall tells. `predictive` is the effect in a new trial. `ed50_grid` carries
    equal prior probabilities; `ed50_posterior` are probabilities on it.
    """

    at: FloatArray
    prior_effect: tuple[Mixture, ...]
    effect: tuple[Mixture, ...]
    predictive: tuple[Mixture, ...]
    bits_effect: FloatArray
    ed50_grid: FloatArray
    ed50_posterior: FloatArray
    bits_ed50: float
    emax: Mixture
    dose: FloatArray
    yi: FloatArray
    vi: FloatArray
    prior: EmaxPrior
    covariance: FloatArray | None

    def ed50_quantile(self, p: ArrayLike) -> FloatArray:
        """Posterior quantiles of ED50 in mg; between the grid's points the prior is followed."""
        total = np.r_[0.0, np.cumsum(self.ed50_posterior)]
        below = np.linspace(0, 1, total.size)  # prior probability at the cells' edges
        return self.prior.ed50(np.interp(np.atleast_1d(finite("p", p)), total, below))

    def ed50_prior_quantile(self, p: ArrayLike) -> FloatArray:
        """Prior quantiles of ED50 in mg."""
        return self.prior.ed50(p)


def _bits(after: Mixture, before: Mixture) -> float:
    low = float((after.means - 8 * after.sds).min())
    high = float((after.means + 8 * after.sds).max())
    x = np.linspace(max(low, after.mean - 12 * after.sd), min(high, after.mean + 12 * after.sd), 1201)
    gain = special.rel_entr(after.density(x), np.maximum(before.density(x), 1e-300))
    return float(np.trapezoid(gain, x) / np.log(2))


@cached
def bayesian_emax(
    dose: ArrayLike, yi: ArrayLike, vi: ArrayLike, priors: EmaxPrior | None = None, *,
    covariance: ArrayLike | None = None, at: ArrayLike = (1.5, 3.0, 4.5, 6.0),
    grid: tuple[int, int] = (80, 24),
) -> BayesianEmax:  # fmt: skip
    """Posterior of a dose-response curve from placebo-controlled effects.

    Parameters
    ----------
    dose, yi, vi
        Daily dose (mg), effect (active minus placebo) and its variance, one a trial; or one a dose of
        a trial, with `covariance`.
    priors
        See `EmaxPrior`.
    covariance : shape (k, k), optional
        Sampling covariance of `yi`, where doses of one trial share its control group; ``vi`` is its diagonal.
        Without it the contrasts are independent.
    at
        Doses (mg) at which the effect is wanted.
    grid
        Number of points for ED50 (equal prior probability) and tau. With few trials, doubling both changes
        effects and their limits by less than 0.001 (of new trials 0.002), bits by less than 0.002, quantiles
        of ED50 between 2.5% and 97.5% by less than 1% (tested).
    """
    d, y, v = positive("dose", dose), finite("yi", yi), positive("vi", vi)
    same_length(dose=d, yi=y, vi=v)
    if not y.size:
        raise InputError("yi is empty")
    prior, where = priors or EmaxPrior(), positive("at", at)
    trials = Comparisons(d, 0.0, np.diag(v) if covariance is None else np.asarray(covariance, dtype=float))
    before = prior_belief(**asdict(prior), grid=grid)
    after = before.after(trials, y)
    marginal = after.weights.reshape(grid[0], -1).sum(1)
    effects = [_effects(belief, where) for belief in (before, after)]
    return BayesianEmax(
        at=where,
        prior_effect=effects[0],
        effect=effects[1],
        predictive=_effects(after, where, after.tau**2),
        bits_effect=np.array([_bits(a, b) for a, b in zip(effects[1], effects[0], strict=True)]),
        ed50_grid=before.ed50.reshape(grid)[:, 0],
        ed50_posterior=marginal,
        bits_ed50=float(special.rel_entr(marginal, 1 / grid[0]).sum() / np.log(2)),
        emax=mixture("Emax", after.mean, after.sd**2, after.weights),
        dose=d,
        yi=y,
        vi=v,
        prior=prior,
        covariance=None if covariance is None else trials.covariance,
    )


def _effects(belief: Belief, doses: FloatArray, between: FloatArray | float = 0.0) -> tuple[Mixture, ...]:
    """The effect at each dose; in a new trial, which differs from others with variance `between`."""
    return tuple(
        mixture(f"effect at {dose:g} mg", belief.mean * g, (belief.sd * g) ** 2 + between, belief.weights)
        for dose, g in zip(doses, belief.share(doses).T, strict=True)
    )
