"""Two kinds of patient or one: a mixture of two normals against one normal, and how many it takes to tell.

The likelihood ratio of the two has no textbook distribution (the second component vanishes under the null:
McLachlan 1987, Applied Statistics 36:318), so it is simulated: a parametric bootstrap. Simulated samples are
counts in narrow bins, which makes the work independent of the number of participants.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from ldn_analysis.cache import cached
from ldn_analysis.errors import FloatArray, InputError, check_level, positive
from ldn_analysis.models.results import Result

_BINS = np.linspace(-6, 6, 121)
_CENTRES = (_BINS[1:] + _BINS[:-1]) / 2
_STARTS = (0.1, 0.3, 0.5, 0.7, 0.9)
_STRETCH = 6  # cycles of accelerated EM between two looks at who has stopped gaining
_STRETCHES = 50  # at most
_NULL_DRAWS = 5  # times as many of one normal as of a mixture: all mixtures share their critical values
_TOLERANCE = 1e-5  # a sample is done when its statistic grows by no more than this in a cycle


@dataclass(frozen=True, slots=True)
class ResponderMixture(Result):
    """Two normals of one SD: a share `share` of patients at `responder_mean`, the others at `other_mean`."""

    share: float
    responder_mean: float
    other_mean: float
    within_sd: float

    @property
    def mean(self) -> float:
        return self.share * self.responder_mean + (1 - self.share) * self.other_mean

    @property
    def sd(self) -> float:
        gap = self.responder_mean - self.other_mean
        return float(np.sqrt(self.within_sd**2 + self.share * (1 - self.share) * gap**2))


def matched_mixture(mean: float, share: float, other_mean: float, sd: float) -> ResponderMixture:
    """The mixture with mean change `mean` in which all but `share` change as the control arm did.

    "Dramatic results or nothing" in numbers: those who do not respond change like the control arm, in mean
    (`other_mean`) and SD (`sd`); a share of responders, with the same SD, makes up the whole difference of
    the means. The SD that such an arm would have is ``ResponderMixture.sd``: whether the arm's own SD allows
    that is for the caller to compare.

    >>> round(matched_mixture(-1.3, 0.1, -0.9, 1.58).sd, 2)
    1.98
    """
    check_level(share, "share")
    positive("sd", sd)
    return ResponderMixture(share, other_mean + (mean - other_mean) / share, float(other_mean), float(sd))


def mixture_fit(x: npt.ArrayLike, counts: npt.ArrayLike | None = None) -> tuple[FloatArray, FloatArray]:
    """Twice the log likelihood ratio of two normals (equal SD) against one, for many samples at once.

    Parameters
    ----------
    x : array, shape (..., n)
        Samples, or the centres of bins.
    counts : array, shape (..., n), optional
        How often each value occurs.

    Returns
    -------
    statistic : array, shape (...)
        Never below 0.
    parameters : array, shape (..., 4)
        Share of the second component, mean of the first and of the second (second above first), common SD.
    """
    values = np.asarray(x, dtype=float)
    weight = np.ones_like(values) if counts is None else np.asarray(counts, dtype=float)
    values = np.broadcast_to(values, np.broadcast_shapes(values.shape, weight.shape))
    n = weight.sum(axis=-1)
    centre = (weight * values).sum(axis=-1) / n
    spread = np.sqrt((weight * (values - centre[..., None]) ** 2).sum(axis=-1) / n)
    if np.any(spread == 0):
        raise InputError("x holds a sample without any spread")
    z = (values - centre[..., None]) / spread[..., None]
    of_one_normal = -n * (0.5 + 0.5 * np.log(2 * np.pi))

    # The maximum keeps the sample's mean and SD (every EM step does), which leaves two unknowns: the share s
    # and how much of the variance lies between the components. On logit and atanh scales neither is bounded.
    starts = np.array([(np.log(s / (1 - s)), np.arctanh(0.6)) for s in _STARTS])
    start = np.broadcast_to(starts, (*z.shape[:-1], *starts.shape))
    best, likelihood, _ = _climb(z[..., None, :], weight[..., None, :], start)
    pick = np.argmax(likelihood, axis=-1)[..., None]
    first = np.take_along_axis(best, pick[..., None], axis=-2)[..., 0, :]
    fitted, likelihood = _climb_all(z, weight, first)
    share, low, high, sd = _components(fitted)
    parameters = np.stack([share, centre + spread * low, centre + spread * high, spread * sd], axis=-1)
    return np.clip(2 * (likelihood - of_one_normal), 0, None), parameters


def _components(theta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Share of the upper component, the two means and the common SD, of a mixture with mean 0 and SD 1."""
    share, between = 1 / (1 + np.exp(-theta[..., 0])), np.tanh(theta[..., 1])
    return (
        share,
        -between * np.sqrt(share / (1 - share)),
        between * np.sqrt((1 - share) / share),
        np.sqrt(1 - between**2),
    )


def _em_step(
    z: FloatArray, weight: FloatArray, n: FloatArray, theta: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Parameters after an EM step, log likelihood before; `z` has mean 0 and SD 1, `weight` the sum `n`."""
    share, low, high, sd = _components(theta)
    # The odds of the second component are linear in z when the SDs are equal.
    odds = theta[..., 0] - (high**2 - low**2) / (2 * sd**2)
    logit = ((high - low) / sd**2)[..., None] * z
    logit += odds[..., None]
    small = np.abs(logit)
    np.exp(np.negative(small, out=small), out=small)  # of -|logit|: never overflows
    second = np.where(logit > 0, 1.0, small)
    small += 1
    second /= small
    density = np.maximum(logit, 0, out=logit)
    density += np.log(small, out=small)
    # The squares of z - low over all of the sample are n (1 + low^2): its mean is 0 and its SD 1.
    constant = np.log1p(-share) - np.log(sd) - 0.5 * np.log(2 * np.pi) - (1 + low**2) / (2 * sd**2)
    likelihood = np.vecdot(weight, density) + n * constant
    second *= weight
    mass = np.clip(second.sum(axis=-1), 1e-6 * n, (1 - 1e-6) * n)
    share = mass / n
    between = np.vecdot(second, z) / n / np.sqrt(share * (1 - share))
    # Capped below 1: two spikes without spread would have an infinite likelihood.
    new = [np.log(share / (1 - share)), np.arctanh(np.clip(between, -0.9999, 0.9999))]
    return np.stack(new, axis=-1), likelihood


def _climb(z: FloatArray, weight: FloatArray, theta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Some cycles of EM sped up by squared extrapolation (Varadhan & Roland 2008, Scand J Stat 35:335).

    An extrapolated point is taken only where its likelihood is no lower: the climb stays monotone. Returns
    the parameters, their log likelihood, and that of one cycle before.
    """
    likelihood, n = np.full(theta.shape[:-1], -np.inf), weight.sum(axis=-1)
    for _ in range(_STRETCH):
        next_theta, likelihood = _em_step(z, weight, n, theta)
        second_theta, next_likelihood = _em_step(z, weight, n, next_theta)
        step, bend = next_theta - theta, second_theta - 2 * next_theta + theta
        size = np.sqrt((bend**2).sum(axis=-1))
        length = np.clip(np.sqrt((step**2).sum(axis=-1)) / np.where(size > 0, size, 1.0), 1.0, 64.0)
        far = theta + 2 * length[..., None] * step + length[..., None] ** 2 * bend
        far_theta, far_likelihood = _em_step(z, weight, n, np.clip(far, -12, 12))
        theta = np.where((far_likelihood >= next_likelihood)[..., None], far_theta, second_theta)
    return theta, _em_step(z, weight, n, theta)[1], likelihood


def _climb_all(z: FloatArray, weight: FloatArray, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
    """`_climb` again and again; samples that have stopped gaining are left alone."""
    shape, size = theta.shape[:-1], z.shape[-1]
    z, weight = z.reshape(-1, size), np.broadcast_to(weight, z.shape).reshape(-1, size)
    theta = theta.reshape(-1, 2).copy()
    likelihood = np.empty(len(theta))
    climbing = np.arange(len(theta))
    for _ in range(_STRETCHES):
        theta[climbing], likelihood[climbing], before = _climb(z[climbing], weight[climbing], theta[climbing])
        climbing = climbing[2 * (likelihood[climbing] - before) > _TOLERANCE]
        if len(climbing) == 0:
            break
    return theta.reshape(*shape, 2), likelihood.reshape(shape)


def _binned(chances: FloatArray, n: int, draws: int, rng: np.random.Generator) -> FloatArray:
    return mixture_fit(*_occupied(rng.multinomial(n, chances, size=draws)))[0]


def _occupied(counts: npt.NDArray[np.int64]) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Centres and counts of the bins that hold somebody, of each sample as many as the fullest has: an empty
    bin costs as much as any other."""
    width = int((counts > 0).sum(axis=-1).max())
    order = np.argsort(counts == 0, axis=-1, kind="stable")[..., :width]
    return _CENTRES[order], np.take_along_axis(counts, order, axis=-1)


def _chances(mixture: ResponderMixture | None) -> FloatArray:
    """Probability of each bin, the distribution scaled to mean 0 and SD 1 (one normal if None)."""
    if mixture is None:
        edges = ndtr(_BINS)
    else:
        scaled = mixture.mean + mixture.sd * _BINS
        edges = mixture.share * ndtr((scaled - mixture.responder_mean) / mixture.within_sd)
        edges = edges + (1 - mixture.share) * ndtr((scaled - mixture.other_mean) / mixture.within_sd)
    edges[0], edges[-1] = 0.0, 1.0
    return np.diff(edges)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MixturePower(Result):
    """Chance of telling a mixture from one normal, by the number of participants.

    Attributes
    ----------
    n : array, shape (M,)
    critical : array, shape (M,)
        Simulated critical value of the likelihood-ratio statistic at each n.
    power, mc_se : array, shape (M,)
        Simulated, with the error that `draws` and the critical value's own leave.
    needed : float
        Participants for `target` power, interpolated; infinite if beyond the largest n tried.
    needed_range : tuple of float
        The same with every power raised, and lowered, by twice its error.
    target, alpha, draws, seed
    """

    mixture: ResponderMixture
    n: npt.NDArray[np.int64]
    critical: FloatArray
    power: FloatArray
    mc_se: FloatArray
    needed: float
    needed_range: tuple[float, float]
    target: float
    alpha: float
    draws: int
    seed: int


@cached
def mixture_power(
    mixture: ResponderMixture,
    n: Sequence[int] = (25, 50, 100, 200, 400, 800, 1600, 3200),
    *,
    alpha: float = 0.05,
    target: float = 0.8,
    draws: int = 400,
    seed: int = 20260105,
) -> MixturePower:
    """Power of the likelihood-ratio test of two normals against one, when the mixture is true.

    Parameters
    ----------
    mixture : ResponderMixture
        For example `matched_mixture` of a trial's arm.
    n : sequence of int
        Numbers of participants (of one arm), increasing.
    draws : int
        Simulated samples of the mixture at each n; of one normal five times as many.
    """
    sizes = np.asarray(n, dtype=np.int64)
    if len(sizes) == 0 or sizes.min() < 5 or np.any(np.diff(sizes) <= 0):
        raise InputError("n must increase and be at least 5")
    check_level(alpha, "alpha")
    check_level(target, "target")
    rng, true = np.random.default_rng(seed), _chances(mixture)
    power, mc_se = (np.empty(len(sizes)) for _ in range(2))
    critical = _critical_values(tuple(sizes.tolist()), alpha, _NULL_DRAWS * draws, seed)
    for i, (size, (low, middle, high)) in enumerate(zip(sizes, critical, strict=True)):
        statistics = _binned(true, int(size), draws, rng)
        power[i] = np.mean(statistics > middle)
        moved = (np.mean(statistics > low) - np.mean(statistics > high)) / 2
        mc_se[i] = np.hypot(np.sqrt(power[i] * (1 - power[i]) / draws), moved)
    needed, fewest, most = (_crossing(sizes, power + x * mc_se, target) for x in (0, 2, -2))
    return MixturePower(
        mixture, sizes, critical[:, 1], power, mc_se, needed, (fewest, most), target, alpha, draws, seed
    )


@lru_cache(maxsize=64)
def _critical_values(sizes: tuple[int, ...], alpha: float, draws: int, seed: int) -> FloatArray:
    """Critical value at each size, between the values one simulation error of its tail below and above."""
    rng, null, step = np.random.default_rng((seed, 1)), _chances(None), np.sqrt(alpha * (1 - alpha) / draws)
    tails = np.clip([1 - alpha - step, 1 - alpha, 1 - alpha + step], 0, 1)
    values = np.array([np.quantile(_binned(null, size, draws, rng), tails) for size in sizes])
    values.flags.writeable = False
    return values


def _crossing(n: npt.NDArray[np.int64], power: FloatArray, target: float) -> float:
    """Where power first passes the target, linear in log n; the first n if it is above from the start."""
    above = np.flatnonzero(power >= target)
    if len(above) == 0:
        return float("inf")
    i = int(above[0])
    if i == 0:
        return float(n[0])
    part = (target - power[i - 1]) / (power[i] - power[i - 1])
    return float(np.exp(np.log(n[i - 1]) + part * np.log(n[i] / n[i - 1])))
