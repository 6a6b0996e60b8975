"""Specifications near a published result, and the single decisions that lead there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ldn_analysis.errors import BoolArray, FloatArray, IndexArray, InputError
from ldn_analysis.models.results import Result
from ldn_analysis.models.specifications.types import STUDIES, Multiverse, Specification

Change = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Path(Result):
    """Single decisions that lead from one specification to another, in order.

    `steps[0]` is the start; `decisions[i]` are what step i + 1 changed, mostly one, each as (choice or
    study, from, to).
    """

    steps: tuple[Specification, ...]
    decisions: tuple[tuple[Change, ...], ...]

    def __len__(self) -> int:
        return len(self.decisions)


def nearest_specifications(
    mv: Multiverse,
    start: int,
    estimate: float,
    lower: float,
    upper: float,
    *,
    among: BoolArray | None = None,
    tolerance: float = 0.05,
) -> tuple[IndexArray, FloatArray]:
    """Rows nearest to a published estimate and interval, the best first.

    The distance is the largest of the three differences. All within `tolerance` count as equally near, since
    a published number is rounded and its method only guessed at: among these, those with the fewest single
    decisions from `start` come first, then the less far-fetched (by kind), then the nearer.

    Parameters
    ----------
    start : int
        Row of the specification to start from, on the scale that is looked at.
    among : array_like of bool, optional
        Rows that may be chosen, of any scale; default: those on the scale of `start`.

    Returns
    -------
    distance : array of float
    """
    columns = [mv.column(name) for name in mv.scale_choices]
    member = (mv.codes[:, columns] == mv.codes[start, columns]).all(axis=1) if among is None else among
    rows = np.flatnonzero(member & np.isfinite(mv.lower))
    if not len(rows):
        raise InputError("no specification with an interval among those asked for")
    theirs = np.stack([mv.estimate[rows], mv.lower[rows], mv.upper[rows]], axis=1)
    distance = np.abs(theirs - np.array([estimate, lower, upper])).max(axis=1)
    decisions = decisions_between(mv, start, rows)
    near = distance <= tolerance
    order = np.lexsort((distance, mv.kind[rows], np.where(near, decisions, 0), np.where(near, 0, distance)))
    return rows[order], distance[order]


def decisions_between(mv: Multiverse, start: int, rows: IndexArray) -> IndexArray:
    """Number of single decisions (a study in or out, another option) between `start` and each of `rows`."""
    at = mv.column(STUDIES)
    differ = mv.codes[rows] != mv.codes[start]
    differ[:, at] = False
    swapped = mv.mask[mv.data[rows]] != mv.mask[mv.data[start]]
    return differ.sum(axis=1) + swapped.sum(axis=1)


def chance_of_a_match(
    mv: Multiverse,
    rows: IndexArray,
    estimate: float,
    lower: float,
    upper: float,
    *,
    tolerance: float,
    draws: int = 10_000,
    seed: int = 2016,
) -> float:
    """How often a random result of about the published size comes within `tolerance` of one of `rows`.

    Each draw moves the published estimate by up to the half-width of its interval, either way, and takes
    between half and one and a half times that half-width, uniformly. A search that nearly always finds
    something tells nothing about the decisions that were made.

    Parameters
    ----------
    rows : array of int
        The specifications that are searched.
    tolerance : float
        Largest difference of estimate and limits, as in `nearest_specifications`.

    Returns
    -------
    float
        A proportion; its simulation error is at most half the root of 1 / `draws`.
    """
    from scipy.spatial import cKDTree

    rng = np.random.default_rng(seed)
    half = (upper - lower) / 2
    centre = estimate + half * rng.uniform(-1, 1, draws)
    width = half * rng.uniform(0.5, 1.5, draws)
    random = np.stack([centre, centre - width, centre + width], axis=1)
    results = pd.DataFrame({"estimate": mv.estimate[rows], "lower": mv.lower[rows], "upper": mv.upper[rows]})
    tree = cKDTree(results.drop_duplicates())
    distance, _ = tree.query(random, p=np.inf, distance_upper_bound=tolerance * (1 + 1e-9))
    return float(np.isfinite(distance).mean())


MOST_TOGETHER = 10
"""Decisions up to which every order is tried; of more, one or two at a time are, then the rest at once."""

Decision = tuple[int, str]
"""Column of the choice, and the study that goes in or out (empty for another choice)."""


def path_between(mv: Multiverse, start: int, goal: int) -> Path:
    """The single decisions that differ between two specifications, one at a time, through ones that exist.

    Every difference is one decision: a study taken in or left out, or another option of a choice. They are
    ordered so that each step is itself a specification: studies first (the last of `mv.studies`, which are
    by year, before the others), then options; where no order allows that, two or more are taken together.
    """
    at = mv.column(STUDIES)
    code, end = mv.codes[start].astype(np.int64), mv.codes[goal].astype(np.int64)
    before, after = (set(mv.members(int(place))) for place in (code[at], end[at]))
    decisions: list[Decision] = [(at, s) for s in reversed(mv.studies) if s in before ^ after]
    decisions += [(i, "") for i in range(len(code)) if i != at and code[i] != end[i]]

    def step(some: Sequence[Decision]) -> npt.NDArray[np.int64]:
        """The code after some decisions; its place is -1 where that set of studies was not run."""
        columns = [column for column, study in some if not study]
        reached, swapped = code.copy(), {study for _, study in some if study}
        reached[columns] = end[columns]
        if swapped:
            members = set(mv.members(int(code[at]))) ^ swapped
            reached[at] = mv.place(sorted(members)) if members else -1
        return reached

    def change(decision: Decision) -> Change:
        """What a decision changes, from what to what, in words."""
        column, study = decision
        if study:
            old, new = ("in", "out") if study in mv.members(int(code[at])) else ("out", "in")
            return study, old, new
        choice = mv.choices[column]
        return choice.title, choice.labels[int(code[column])], choice.labels[int(end[column])]

    steps, changes = [mv.specification(start)], []
    while decisions:
        # the first decision, or failing that a few together, that leads to a specification that exists
        most = len(decisions) - 1 if len(decisions) <= MOST_TOGETHER else 2
        groups = (some for size in range(1, most + 1) for some in combinations(decisions, size))
        there = (some for some in groups if mv.find_codes(step(some)[None, :])[0] >= 0)
        taken = next(there, tuple(decisions))
        changes.append(tuple(map(change, taken)))
        code = step(taken) if len(taken) < len(decisions) else end
        decisions = [decision for decision in decisions if decision not in taken]
        row = int(mv.find_codes(code[None, :])[0]) if decisions else goal
        steps.append(mv.specification(row))
    return Path(tuple(steps), tuple(changes))
