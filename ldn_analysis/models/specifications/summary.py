"""What a multiverse says: shares, which choice matters, ways between specifications, a joint test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ldn_analysis.errors import InputError, positive
from ldn_analysis.models.pooling.many import pool_many
from ldn_analysis.models.results import Result
from ldn_analysis.models.specifications.enumerate import (
    ESTIMATOR,
    INFERENCE,
    KINDS,
    STUDIES,
    JointTest,
    Multiverse,
    Specification,
)

__all__ = [
    "Path",
    "decisions_between",
    "joint_test",
    "multiverse_shares",
    "nearest_specifications",
    "one_at_a_time",
    "path_between",
    "variance_decomposition",
]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Path(Result):
    """Single decisions that lead from one specification to another, in order.

    `steps[0]` is the start; `changed[i]` names what step i + 1 changed, as (choice or study, from, to).
    """

    steps: tuple[Specification, ...]
    changed: tuple[tuple[str, str, str], ...]

    def __len__(self) -> int:
        return len(self.changed)


def multiverse_shares(
    mv: Multiverse,
    thresholds: Mapping[str, float] | None = None,
    weights: Mapping[str, float] | None = None,
) -> Any:
    """Share of specifications by where their intervals lie, for each scale and kind.

    Parameters
    ----------
    mv : Multiverse
    thresholds : mapping of scale to a number above zero, optional
        Benefit that matters; an effect at or below ``-threshold`` reaches it (negative favours LDN). Without
        it, the columns that need one are left out.
    weights : mapping of kind to weight, optional
        For the row "weighted": what a specification of each kind counts. Default 1, 0.5 and 0.

    Returns
    -------
    DataFrame
        One row for each scale and kind, then "all" and "weighted": `n`, and as proportions `below_zero`
        (whole interval below zero), `above_zero`, `includes_zero`, `beyond_threshold` (whole interval beyond
        it), `excludes_threshold` (whole interval short of it), `estimate_below_zero`,
        `estimate_beyond_threshold`, and the median, smallest and largest estimate.
    """
    import pandas as pd

    worth = {"defensible": 1.0, "debatable": 0.5, "error": 0.0} | dict(weights or {})
    by_kind = np.array([worth[k] for k in KINDS])
    rows = []
    for scale in mv.scales:
        mid = None if thresholds is None else float(positive(f"threshold of {scale}", thresholds[scale]))
        here = mv.where(scale=scale)
        groups: list[tuple[str, npt.NDArray[np.bool_], Array | None]]
        groups = [(kind, here & mv.where(kind=kind), None) for kind in KINDS]
        groups += [("all", here, None), ("weighted", here, by_kind)]
        for name, member, weighted in groups:
            if not member.any():
                continue
            w = np.ones(int(member.sum())) if weighted is None else weighted[mv.kind[member]]
            if w.sum() == 0:
                continue
            est, low, high = mv.estimate[member], mv.lower[member], mv.upper[member]
            held = {
                "below_zero": high < 0, "above_zero": low > 0, "includes_zero": (low <= 0) & (high >= 0),
                "estimate_below_zero": est < 0,
            }  # fmt: skip
            if mid is not None:
                held |= {
                    "beyond_threshold": high < -mid, "excludes_threshold": low > -mid,
                    "estimate_beyond_threshold": est <= -mid,
                }  # fmt: skip
            rows.append(
                {"scale": scale, "kind": name, "n": int(member.sum())}
                | {key: float(np.average(value, weights=w)) for key, value in held.items()}
                | {"median": _median(est, w), "smallest": float(est[w > 0].min())}
                | {"largest": float(est[w > 0].max())}
                | ({} if mid is None else {"threshold": mid})
            )
    return pd.DataFrame(rows)


def _median(values: Array, weights: Array) -> float:
    order = np.argsort(values)
    cumulative = np.cumsum(weights[order])
    half = cumulative[-1] / 2
    low, high = (np.searchsorted(cumulative, half, side=side) for side in ("left", "right"))
    return float(values[order][[low, min(high, len(order) - 1)]].mean())


def variance_decomposition(mv: Multiverse, kinds: Sequence[str] = ("defensible", "debatable")) -> Any:
    """How much of the spread of the estimates each choice explains, by scale.

    The share is ``Var(E[estimate | option]) / Var(estimate)``, the first-order index of the choice over the
    specifications of `kinds` (Saltelli et al. 2008, section 1.2.6). Whether a study is in counts as a choice
    of its own. Shares need not sum to 1: the rest is interaction, or shared where options occur together.

    Returns
    -------
    DataFrame
        Columns scale, choice, title, share, options (those that occur), n; largest share first in each scale.
    """
    import pandas as pd

    wanted = np.isin(mv.kind, [KINDS.index(k) for k in kinds])
    rows = []
    for scale in mv.scales:
        member = wanted & mv.where(scale=scale)
        est = mv.estimate[member]
        if len(est) < 2 or np.ptp(est) == 0:
            continue
        columns: list[tuple[str, str, npt.NDArray[Any]]] = []
        for i, choice in enumerate(mv.choices):
            codes = mv.codes[member, i]
            if choice.name == STUDIES:
                columns += [(s, f"{s} in or out", codes >> j & 1) for j, s in enumerate(mv.studies)]
            else:
                columns.append((choice.name, choice.title, codes))
        for name, title, codes in columns:
            counts = np.bincount(codes)
            if (counts > 0).sum() < 2:
                continue
            means = np.bincount(codes, weights=est)[counts > 0] / counts[counts > 0]
            share = float(np.average((means - est.mean()) ** 2, weights=counts[counts > 0]) / est.var())
            rows.append({"scale": scale, "choice": name, "title": title, "share": share,
                         "options": int((counts > 0).sum()), "n": len(est)})  # fmt: skip
    table = pd.DataFrame(rows, columns=["scale", "choice", "title", "share", "options", "n"])
    return table.sort_values(["scale", "share"], ascending=[True, False], ignore_index=True)


def one_at_a_time(mv: Multiverse, row: int) -> Any:
    """Every specification that differs from `row` in one decision (one option, or one study in or out).

    Returns
    -------
    DataFrame
        Columns choice, title, option, label, kind, row, estimate, lower, upper, difference (from `row`'s
        estimate).
    """
    import pandas as pd

    start = mv.codes[row].astype(np.int64)
    candidates: list[tuple[str, str, str, str, npt.NDArray[np.int64]]] = []
    for i, choice in enumerate(mv.choices):
        if choice.name == mv.scale_choice:
            continue
        if choice.name == STUDIES:
            for j, study in enumerate(mv.studies):
                code = start.copy()
                code[i] ^= 1 << j
                word = "left out" if start[i] >> j & 1 else "taken in"
                if code[i]:
                    candidates.append((study, study, word, word, code))
            continue
        for j, option in enumerate(choice.options):
            if j != start[i]:
                code = start.copy()
                code[i] = j
                candidates.append((choice.name, choice.title, option, choice.labels[j], code))
    found = mv.find_codes(np.array([c[4] for c in candidates]))
    rows = [
        {"choice": name, "title": title, "option": option, "label": label, "row": int(r),
         "kind": KINDS[mv.kind[r]], "estimate": mv.estimate[r], "lower": mv.lower[r], "upper": mv.upper[r],
         "difference": mv.estimate[r] - mv.estimate[row]}
        for (name, title, option, label, _), r in zip(candidates, found, strict=True) if r >= 0 and r != row
    ]  # fmt: skip
    columns = [
        "choice",
        "title",
        "option",
        "label",
        "row",
        "kind",
        "estimate",
        "lower",
        "upper",
        "difference",
    ]
    return pd.DataFrame(rows, columns=columns)


def nearest_specifications(
    mv: Multiverse,
    start: int,
    estimate: float,
    lower: float,
    upper: float,
    *,
    among: npt.NDArray[np.bool_] | None = None,
    tolerance: float = 0.05,
) -> tuple[npt.NDArray[np.intp], Array]:
    """Rows nearest to a published estimate and interval, the best first.

    The distance is the largest of the three differences. All within `tolerance` count as equally near, since
    a published number is rounded and its method only guessed at: among these, those with the fewest single
    decisions from `start` come first, then the less far-fetched (by kind), then the nearer.

    Parameters
    ----------
    mv : Multiverse
    start : int
        Row of the specification to start from, on the scale that is looked at.
    estimate, lower, upper : float
    among : array_like of bool, optional
        Rows that may be chosen, of any scale; default: those on the scale of `start`.
    tolerance : float

    Returns
    -------
    rows : array of int
    distance : array of float
    """
    column = mv.column(mv.scale_choice)
    member = mv.codes[:, column] == mv.codes[start, column] if among is None else among
    rows = np.flatnonzero(member & np.isfinite(mv.lower))
    if not len(rows):
        raise InputError("no specification with an interval among those asked for")
    theirs = np.stack([mv.estimate[rows], mv.lower[rows], mv.upper[rows]], axis=1)
    distance = np.abs(theirs - np.array([estimate, lower, upper])).max(axis=1)
    decisions = decisions_between(mv, start, rows)
    near = distance <= tolerance
    order = np.lexsort((distance, mv.kind[rows], np.where(near, decisions, 0), np.where(near, 0, distance)))
    return rows[order], distance[order]


def decisions_between(mv: Multiverse, start: int, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Number of single decisions (a study in or out, another option) between `start` and each of `rows`."""
    at = mv.column(STUDIES)
    differ = mv.codes[rows] != mv.codes[start]
    differ[:, at] = False
    swapped = mv.mask[mv.data[rows]] != mv.mask[mv.data[start]]
    return differ.sum(axis=1) + swapped.sum(axis=1)


def path_between(mv: Multiverse, start: int, goal: int) -> Path:
    """The single decisions that differ between two specifications, one at a time, through ones that exist.

    Every difference is one decision: a study taken in or left out, or another option of a choice. They are
    ordered so that each step is itself a specification: studies first (the last of `mv.studies`, which are
    by year, before the others), then options; where no order allows that, two or more are taken together.
    """
    at = mv.column(STUDIES)
    a, b = mv.codes[start].astype(np.int64), mv.codes[goal].astype(np.int64)
    decisions: list[tuple[int, int]] = []
    for j in reversed(range(len(mv.studies))):
        if (a[at] ^ b[at]) >> j & 1:
            decisions.append((at, 1 << j))
    decisions += [(i, 0) for i in range(len(a)) if i != at and a[i] != b[i]]

    steps, changed = [mv.specification(start)], []
    current = a.copy()
    while decisions:
        take = _reachable(mv, current, b, decisions, at)
        before = current.copy()
        for decision in take:
            _apply(current, b, decision, at)
            decisions.remove(decision)
        row = int(mv.find_codes(current[None, :])[0]) if decisions else goal
        steps.append(mv.specification(row))
        changed.append(_words(mv, before, b, take, at))
    return Path(tuple(steps), tuple(changed))


def _apply(
    code: npt.NDArray[np.int64], goal: npt.NDArray[np.int64], decision: tuple[int, int], at: int
) -> None:
    column, bit = decision
    if column == at:
        code[at] ^= bit
    else:
        code[column] = goal[column]


def _reachable(
    mv: Multiverse,
    current: npt.NDArray[np.int64],
    goal: npt.NDArray[np.int64],
    decisions: list[tuple[int, int]],
    at: int,
) -> list[tuple[int, int]]:
    """The first decision, or failing that a few together, that leads to a specification that exists."""
    from itertools import combinations

    for size in range(1, len(decisions) + 1):
        for some in combinations(decisions, size):
            code = current.copy()
            for decision in some:
                _apply(code, goal, decision, at)
            if code[at] and mv.find_codes(code[None, :])[0] >= 0:
                return list(some)
    return list(decisions)


def _words(
    mv: Multiverse,
    before: npt.NDArray[np.int64],
    goal: npt.NDArray[np.int64],
    decisions: list[tuple[int, int]],
    at: int,
) -> tuple[str, str, str]:
    names, old, new = [], [], []
    for column, bit in decisions:
        if column == at:
            study = mv.names(bit)[0]
            was_in = bool(before[at] & bit)
            names.append(study)
            old.append("in" if was_in else "out")
            new.append("out" if was_in else "in")
        else:
            choice = mv.choices[column]
            names.append(choice.title)
            old.append(choice.labels[int(before[column])])
            new.append(choice.labels[int(goal[column])])
    return " and ".join(names), " and ".join(old), " and ".join(new)


def joint_test(
    mv: Multiverse, scale: str, *, kind: str = "defensible", draws: int = 1000, seed: int = 2016
) -> JointTest:
    """Test of the whole curve against no effect in any trial.

    Each draw gives every study one standard normal deviate and, in all of its variants, an estimate of that
    deviate times the variant's standard error: the variants of a study stay as dependent as they are, being
    made from the same patients. All specifications of `kind` on `scale` are then run on the draw (Simonsohn,
    Simmons and Nelson 2020, with the null imposed by a parametric bootstrap).

    Returns
    -------
    JointTest
        With ``(1 + count) / (1 + draws)`` as p values.
    """
    rows = np.flatnonzero(mv.where(kind=kind, scale=scale))
    if not len(rows):
        raise InputError(f"no {kind} specification on {scale!r}")
    estimate, upper = mv.estimate[rows], mv.upper[rows]
    data, position = np.unique(mv.data[rows], return_inverse=True)
    rng = np.random.default_rng(seed)
    deviates = rng.standard_normal((draws, len(mv.studies)))
    mask = np.tile(mv.mask[data], (draws, 1))
    vi = np.tile(mv.vi[data], (draws, 1))
    yi = np.repeat(deviates, len(data), axis=0) * np.sqrt(vi)

    medians = np.empty((draws, len(rows)))
    below = np.empty((draws, len(rows)), dtype=bool)
    methods = mv.codes[rows][:, [mv.column(ESTIMATOR), mv.column(INFERENCE)]]
    for pair in np.unique(methods, axis=0):
        here = np.flatnonzero((methods == pair).all(axis=1))
        fit = pool_many(
            yi, vi, mask, mv.choices[mv.column(ESTIMATOR)].options[pair[0]],
            mv.choices[mv.column(INFERENCE)].options[pair[1]], mv.level, tau2_interval=False, weights=False,
        )  # fmt: skip
        medians[:, here] = fit.estimate.reshape(draws, -1)[:, position[here]]
        below[:, here] = (fit.ci[:, 1] < 0).reshape(draws, -1)[:, position[here]]
    simulated = np.median(medians, axis=1)
    observed, share = float(np.median(estimate)), float((upper < 0).mean())
    return JointTest(
        scale, len(rows), draws, observed, share,
        (1 + int((np.abs(simulated) >= abs(observed)).sum())) / (1 + draws),
        (1 + int((below.mean(axis=1) >= share).sum())) / (1 + draws),
        np.sort(simulated),
    )  # fmt: skip
