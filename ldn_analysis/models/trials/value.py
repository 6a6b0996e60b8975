"""What knowing is worth before a dose is chosen, what a trial is expected to tell, and which dose it names.

The loss of a choice is the mean effect on pain (below zero is relief) plus a burden; without treatment it is
zero. Expected values of information are differences of expected losses (Raiffa & Schlaifer 1961; Ades, Lu &
Claxton 2004, 10.1177/0272989X04263162), in the unit of the effect and for one person who is treated after
the trial. Perfect information, and trials with one comparison, are integrated without simulation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import interpolate, special

from ldn_analysis.errors import FloatArray, InputError, finite
from ldn_analysis.models.dose_curves import Belief, Comparisons
from ldn_analysis.models.trials.mcpmod import Shape, known_sd_test
from ldn_analysis.models.trials.orthant import SCRAMBLES, scrambled_error, sobol


@dataclass(frozen=True, slots=True, eq=False)
class Perfect:
    """Expected loss now and what perfect knowledge would save, in the effect's unit, a person.

    `best` is the choice (index) that loses least today, `now` its expected loss; `parts` holds the value of
    knowing Emax, ED50 or tau alone.
    """

    best: int
    now: float
    everything: float
    parts: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """What a trial is expected to tell.

    Each quantity with the standard error of its simulation (0: integrated): `value` in the effect's unit for
    one person treated after it; bits on whether Emax is below zero, on ED50, and on everything;
    `assurance`, the chance of a significant test in the drug's favour.
    """

    value: float
    bits_any: float
    bits_ed50: float
    bits_all: float
    assurance: float
    errors: Mapping[str, float]


def expected_minimum(
    slopes: FloatArray, intercepts: FloatArray, mean: FloatArray, sd: FloatArray
) -> FloatArray:
    """E[min over o of (slopes[:, o] X + intercepts[o])] for X ~ N(mean, sd), exactly; shape (K,).

    Parameters
    ----------
    slopes : array, shape (K, o)
    intercepts : array, shape (o,)
    mean, sd : array, shape (K,)
    """
    total = np.zeros(mean.shape)
    choices = range(slopes.shape[1])
    for o in choices:
        low, high = np.full(mean.shape, -np.inf), np.full(mean.shape, np.inf)
        for other in choices:
            if other == o:
                continue
            steeper = slopes[:, o] - slopes[:, other]
            gap = intercepts[other] - intercepts[o]
            with np.errstate(divide="ignore", invalid="ignore"):
                crossing = gap / steeper
            high = np.where(steeper > 0, np.minimum(high, crossing), high)
            low = np.where(steeper < 0, np.maximum(low, crossing), low)
            beaten = (steeper == 0) & ((gap < 0) | ((gap == 0) & (other < o)))
            high = np.where(beaten, -np.inf, high)
        a, b = (low - mean) / sd, (high - mean) / sd
        mass = special.ndtr(b) - special.ndtr(a)
        moment = mean * mass - sd * (_phi(b) - _phi(a))
        total += np.where(high > low, slopes[:, o] * moment + intercepts[o] * mass, 0.0)
    return total


def _phi(z: FloatArray) -> FloatArray:
    return np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


def _choices(doses: ArrayLike, burden: ArrayLike) -> tuple[FloatArray, FloatArray]:
    d, b = finite("doses", doses), finite("burden", burden)
    if d.ndim != 1 or d.shape != b.shape or not d.size or d[0] != 0 or b[0] != 0:
        raise InputError("doses and burden must have the same length, and begin with 0 (no treatment)")
    return d, b


def perfect_information(belief: Belief, doses: ArrayLike, burden: ArrayLike, points: int = 801) -> Perfect:
    """Value of knowing all, and of knowing each part alone.

    Parameters
    ----------
    doses : array_like, shape (o,)
        Doses to choose from, mg; the first is 0.
    burden : array_like, shape (o,)
        Burden of each, in the effect's unit; the first is 0.
    points : int
        Points of the integral over Emax (the other parts are exact).
    """
    d, cost = _choices(doses, burden)
    share, w = belief.share(d), belief.weights
    losses = (w * belief.mean) @ share + cost
    best = int(np.argmin(losses))
    now = float(losses[best])
    everything = now - float(w @ expected_minimum(share, cost, belief.mean, belief.sd))
    parts = {"emax": now - _emax_known(belief, share, cost, points)}
    for name, value in (("ed50", belief.ed50), ("tau", belief.tau)):
        _, group = np.unique(value, return_inverse=True)
        inside = np.zeros((group.max() + 1, d.size))
        np.add.at(inside, group, (w * belief.mean)[:, None] * share)
        inside += np.bincount(group, weights=w)[:, None] * cost
        parts[name] = now - float(inside.min(axis=1).sum())
    return Perfect(best, now, everything, parts)


def _emax_known(belief: Belief, share: FloatArray, cost: FloatArray, points: int) -> float:
    reach = 8 * belief.sd
    x = np.linspace((belief.mean - reach).min(), (belief.mean + reach).max(), points)
    density = belief.weights * _phi((x[:, None] - belief.mean) / belief.sd) / belief.sd
    loss = x[:, None] * (density @ share) + density.sum(axis=1)[:, None] * cost
    return float(np.trapezoid(loss.min(axis=1), x))


def _results(
    belief: Belief, trial: Comparisons, draws: int, seed: int
) -> tuple[FloatArray, FloatArray, FloatArray | None]:
    """Results (S, p) that the belief expects, the weight of each (their sum is one), log p(result | truth).

    One comparison: a fine grid of its predictive distribution, without truths. Several: Sobol points.
    """
    share, spread = trial.share(belief.ed50), trial.between(belief.tau)
    p = trial.dose.size
    if p == 1:
        centre = belief.mean * share[:, 0]
        sd = np.sqrt(spread[:, 0, 0] + (belief.sd * share[:, 0]) ** 2)
        middle = float(belief.weights @ centre)
        width = np.sqrt(float(belief.weights @ (sd**2 + centre**2)) - middle**2)
        y = np.linspace(middle - 7 * width, middle + 7 * width, 257)
        density = (belief.weights * _phi((y[:, None] - centre) / sd) / sd).sum(axis=1)
        return y[:, None], density / density.sum(), None
    root = np.linalg.cholesky(spread)
    total = np.cumsum(belief.weights)
    u = sobol(p + 2, draws // SCRAMBLES, seed)
    k = np.minimum(np.searchsorted(total, u[:, 0] * total[-1]), total.size - 1)
    z = special.ndtri(u[:, 1:])
    emax = belief.mean[k] + belief.sd[k] * z[:, 0]
    y = share[k] * emax[:, None] + np.einsum("sij,sj->si", root[k], z[:, 1:])
    log_det = 2 * np.log(np.einsum("kii->ki", root)).sum(axis=1)
    given_truth = -0.5 * ((z[:, 1:] ** 2).sum(axis=1) + log_det[k] + p * np.log(2 * np.pi))
    return y, np.full(len(y), 1 / len(y)), given_truth


def _entropy(p: FloatArray) -> FloatArray:
    return -(special.xlogy(p, p) + special.xlogy(1 - p, 1 - p)) / np.log(2)


def sample_information(
    belief: Belief, trial: Comparisons, doses: ArrayLike, burden: ArrayLike, *,
    shapes: ArrayLike | None = None, alpha: float = 0.025, draws: int = 1024,
    seed: int = 1,
) -> Sample:  # fmt: skip
    """Value of a trial's result, the bits it is expected to tell, and the chance that its test succeeds.

    Parameters
    ----------
    belief, doses, burden
        As in `perfect_information`.
    shapes : array_like, shape (m, p), optional
        Candidate differences for the test (MCP-Mod with known SD); without, or with a single comparison, the
        differences are tested together with equal weight.
    alpha : float
        One-sided level of the test.
    draws, seed
        Size and seed of the simulation; unused with a single comparison, which is integrated.
    """
    d, cost = _choices(doses, burden)
    y, weight, given_truth = _results(belief, trial, draws, seed)
    omega, mean, sd, log_p = belief.posteriors(trial, y)
    losses = (omega * mean).T @ belief.share(d) + cost
    now = (belief.weights * belief.mean) @ belief.share(d) + cost
    saved = losses[:, int(np.argmin(now))] - losses.min(axis=1)
    below = (omega * special.ndtr(np.clip(-mean / sd[:, None], -20, 20))).sum(axis=0)
    before = float(_entropy(np.array(belief.probability_below(0.0))))
    bits_any = before - _entropy(np.clip(below, 0, 1))
    values, group = np.unique(belief.ed50, return_inverse=True)
    member = np.equal(np.arange(values.size)[:, None], group).astype(float)
    prior, after = member @ belief.weights, member @ omega
    bits_ed50 = special.rel_entr(after, np.maximum(prior, 1e-300)[:, None]).sum(axis=0) / np.log(2)
    spread = trial.between(belief.tau)
    expected = -0.5 * float(belief.weights @ np.linalg.slogdet(2 * np.pi * np.e * spread)[1])
    bits_all = ((expected if given_truth is None else given_truth) - log_p) / np.log(2)
    p = trial.dose.size
    rows = -np.ones((1, p)) if shapes is None or p == 1 else finite("shapes", shapes)
    contrasts, bound = known_sd_test(rows, trial.covariance, alpha)
    success = (y @ contrasts.T > bound).any(axis=1).astype(float)
    draws_of = {"value": saved, "bits_any": bits_any, "bits_ed50": bits_ed50, "bits_all": bits_all}
    draws_of["assurance"] = success
    means = {name: float(weight @ values) for name, values in draws_of.items()}
    errors = {name: 0.0 if p == 1 else scrambled_error(values) for name, values in draws_of.items()}
    if p == 1:  # integrated
        means["value"] = _saved(y[:, 0], weight, losses, int(np.argmin(now)))
        share = trial.share(belief.ed50)[:, 0]
        width = np.sqrt(spread[:, 0, 0] + (belief.sd * share) ** 2)
        limit = bound / contrasts[0, 0]
        means["assurance"] = float(belief.weights @ special.ndtr((limit - belief.mean * share) / width))
    return Sample(**means, errors=errors)


def _saved(y: FloatArray, weight: FloatArray, losses: FloatArray, today: int) -> float:
    """Expected loss that choosing after the result `y` saves, compared with the choice `today`."""
    # the least loss has a kink where the choice changes, which the losses that are interpolated have not
    fine = np.linspace(y[0], y[-1], 8 * (y.size - 1) + 1)
    between = interpolate.CubicSpline(y, np.column_stack([losses, weight]))(fine)
    saved = between[:, today] - between[:, :-1].min(axis=1)
    return float(between[:, -1] @ saved / between[:, -1].sum())


@dataclass(frozen=True, slots=True)
class Naming:
    """Chances under one true shape, with simulation errors.

    `detected`: a test of some shape is significant. `by_shape`: the best-fitting candidate names the right
    dose; `by_means`: the smallest dose with the wanted share of the greatest observed effect is right.
    `target` is the right dose in mg (not-a-number where nothing works).
    """

    target: float
    detected: float
    detected_error: float
    by_shape: float
    by_shape_error: float
    by_means: float
    by_means_error: float


def naming(
    trial: Comparisons, truth: Shape, candidates: Sequence[Shape], *, share: float = 0.9,
    near_mg: float = 0.75, alpha: float = 0.025, draws: int = 4096, seed: int = 1,
) -> Naming:  # fmt: skip
    """Detecting a dose effect, and naming the smallest dose with `share` of the greatest effect.

    Parameters
    ----------
    trial : Comparisons
        Doses against placebo, with their sampling covariance.
    candidates : sequence of Shape
        Shapes that are tested and may be chosen; flat ones are left out. If the truth is among them, the
        chances are the best that can be had.
    share, near_mg : float
        A named dose is right within `near_mg` of the truth's.
    alpha : float
        One-sided level of the family of tests; the SD is taken as known.
    """
    if trial.against != 0:
        raise InputError(f"against is {trial.against:g}: the first arm must be placebo")
    tested = [shape for shape in candidates if shape.kind != "flat"]
    if not tested:
        raise InputError("candidates holds no shape that is not flat")
    rows = np.array([shape.response(trial.dose) - shape.response([0.0]) for shape in tested])
    weights, bound = known_sd_test(rows, trial.covariance, alpha)
    targets = np.array([shape.share_dose(share) for shape in tested])
    mean = trial.kept * (truth.response(trial.dose) - truth.response([0.0]))
    root = np.linalg.cholesky(trial.covariance)
    y = mean + special.ndtri(sobol(trial.dose.size, draws // SCRAMBLES, seed)) @ root.T
    statistic = y @ weights.T
    target = truth.share_dose(share)
    sign = np.sign(tested[0].greatest) or 1.0
    effect = sign * y
    top = effect.max(axis=1, keepdims=True)
    by_means = trial.dose[np.argmax(effect >= np.where(top > 0, share, 1.0) * top, axis=1)]
    chances = (
        (statistic > bound).any(axis=1),
        np.abs(targets[np.argmax(statistic, axis=1)] - target) <= near_mg + 1e-9,
        np.abs(by_means - target) <= near_mg + 1e-9,
    )
    pairs = [(float(right.mean()), scrambled_error(right.astype(float))) for right in chances]
    return Naming(target, *pairs[0], *pairs[1], *pairs[2])
