"""Trials whose course depends on their results, simulated many at once: arrays run over trials.

What counts of an arm at a look is its number and its mean: people of a stage are drawn as one normal mean,
exactly. The up-and-down trial needs each person, and is a loop over people. Analysed as if nothing had been
adapted: the level that this costs is seen where the truth is flat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from ldn_analysis.errors import FloatArray, positive, within
from ldn_analysis.models.trials.mcpmod import Shape, bound_of, contrast_correlation, optimal_contrasts


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """People and mean outcome of each arm at the end of S trials, shape (S, d); placebo is the first arm.

    An arm without people has a mean of 0.
    """

    n: FloatArray
    mean: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """What S trials conclude, shape (S,): largest statistic, whether it is significant, dose named (mg)."""

    statistic: FloatArray
    detected: np.ndarray
    named: FloatArray


def _stage(
    rng: np.random.Generator, course: Course, people: FloatArray, truth: FloatArray, sd: float
) -> Course:
    """Add `people` (S, d) to each arm."""
    z = rng.standard_normal(people.shape)
    total = truth * people + sd * np.sqrt(people) * z
    n = course.n + people
    mean = (course.mean * course.n + total) / np.maximum(n, 1e-300)
    return Course(n, np.where(n > 0, mean, 0.0))


def _start(trials: int, arms: int) -> Course:
    return Course(np.zeros((trials, arms)), np.zeros((trials, arms)))


def _stages(people: int, looks: Sequence[float]) -> list[int]:
    """People of each stage, the last one after the last look."""
    ends = [round(people * look) for look in looks] + [people]
    return [b - a for a, b in zip([0, *ends], ends, strict=False)]


def fixed_sizes(
    rng: np.random.Generator, truth: FloatArray, sd: float, people: FloatArray, trials: int
) -> Course:
    """Trials without adaptation: `people` (d,) in each arm."""
    shape = (trials, truth.size)
    return _stage(rng, _start(*shape), np.broadcast_to(people, shape), truth, sd)


def drop_losers(
    rng: np.random.Generator, truth: FloatArray, sd: float, people: int, looks: Sequence[float], keep: int,
    trials: int,
) -> Course:  # fmt: skip
    """Equal arms; at each look the doses with the worst means stop, until `keep` are left after the last.

    Parameters
    ----------
    truth : array, shape (d,)
        True mean outcome of each arm; below zero is relief. The first arm is placebo and never stops.
    sd : float
        SD of the outcome within an arm.
    people : int
        People in all.
    looks : sequence of float
        Shares of the people at which it is looked.
    keep : int
        Doses that go on after the last look.
    trials : int
        Number of trials, S.
    """
    arms = truth.size
    within("keep", keep, 1, arms - 1)
    open_ = np.ones((trials, arms), dtype=bool)
    course = _start(trials, arms)
    left = np.round(np.linspace(arms - 1, keep, len(looks) + 1)).astype(int)[1:]
    for stage, size in enumerate(_stages(people, looks)):
        course = _stage(rng, course, _shared(size, open_.astype(float)), truth, sd)
        if stage < len(looks):
            rank = np.argsort(np.argsort(np.where(open_[:, 1:], course.mean[:, 1:], np.inf), axis=1), axis=1)
            open_[:, 1:] &= rank < left[stage]
    return course


def _shared(size: int, weight: FloatArray) -> FloatArray:
    """`size` people over arms in proportion to `weight` (S, d), in whole numbers; the rest to arm 1."""
    people = np.floor(size * weight / weight.sum(axis=1, keepdims=True) + 1e-9)
    people[:, 0] += size - people.sum(axis=1)
    return people


def response_adaptive(
    rng: np.random.Generator, truth: FloatArray, sd: float, people: int, looks: Sequence[float], trials: int
) -> Course:
    """Equal arms first; then doses get people in proportion to a power of their chance to beat placebo.

    The power is half the share of the people so far (Thall & Wathen 2007, 10.1016/j.ejca.2007.01.006);
    placebo keeps an equal share. Parameters as in `drop_losers`.
    """
    arms = truth.size
    weight = np.ones((trials, arms))
    course = _start(trials, arms)
    shares = [*looks, 1.0]
    for stage, size in enumerate(_stages(people, looks)):
        course = _stage(rng, course, _shared(size, weight), truth, sd)
        n = np.maximum(course.n, 1.0)
        z = (course.mean[:, :1] - course.mean[:, 1:]) / (sd * np.sqrt(1 / n[:, :1] + 1 / n[:, 1:]))
        chance = np.maximum(special.ndtr(z) ** (shares[stage] / 2), 1e-12)
        weight[:, 1:] = (arms - 1) * chance / chance.sum(axis=1, keepdims=True)
    return course


def up_and_down(
    rng: np.random.Generator, truth: FloatArray, sd: float, people: int, placebo_share: float,
    response: float, trials: int,
) -> Course:  # fmt: skip
    """One person after the other: a step down after a response, a step up without; some get placebo.

    A response is an outcome of `response` or below (points, below zero is relief). The first dose is the
    lowest. Other parameters as in `drop_losers`; `truth` holds what comes with any capsule.
    """
    arms = truth.size
    level, row = np.ones(trials, dtype=np.intp), np.arange(trials)
    n, total = np.zeros((trials, arms)), np.zeros((trials, arms))
    for _ in range(people):
        placebo = rng.random(trials) < placebo_share
        arm = np.where(placebo, 0, level)
        outcome = truth[arm] + sd * rng.standard_normal(trials)
        n[row, arm] += 1
        total[row, arm] += outcome
        step = np.where(outcome <= response, -1, 1)
        level = np.where(placebo, level, np.clip(level + step, 1, arms - 1))
    return Course(n, np.where(n > 0, total / np.maximum(n, 1), 0.0))


def analyse_courses(
    course: Course, doses: FloatArray, sd: float, candidates: Sequence[Shape], *, share: float = 0.9,
    alpha: float = 0.025,
) -> Findings:  # fmt: skip
    """Test every candidate shape, and name the dose by the one that fits best.

    The statistic of a shape is that of the optimal contrast for each trial's own numbers, with the SD known;
    the critical value is that of equal arms.
    """
    positive("sd", sd)
    tested = [shape for shape in candidates if shape.kind != "flat"]
    rows = np.array([shape.response(doses) for shape in tested])
    equal = np.ones(doses.size)
    bound = bound_of(contrast_correlation(optimal_contrasts(rows, equal), equal), np.inf, alpha)
    total = course.n.sum(axis=1)
    statistics = np.empty((len(tested), total.size))
    for m, response in enumerate(rows):
        centred = response - ((course.n @ response) / total)[:, None]
        weighed = course.n * centred
        spread = np.sqrt((weighed * centred).sum(axis=1))
        with np.errstate(invalid="ignore", divide="ignore"):
            statistics[m] = (weighed * course.mean).sum(axis=1) / (sd * spread)
    statistics = np.nan_to_num(statistics, nan=-np.inf)
    targets = np.array([shape.share_dose(share) for shape in tested])
    best = statistics.max(axis=0)
    return Findings(best, best > bound, targets[statistics.argmax(axis=0)])
