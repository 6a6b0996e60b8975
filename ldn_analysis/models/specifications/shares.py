"""What a multiverse says: shares, which choice matters, what one decision does, what no effect would give."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ldn_analysis.errors import BoolArray, FloatArray, IndexArray, InputError, positive, within
from ldn_analysis.models.pooling.many import pool_many, with_own_intervals
from ldn_analysis.models.results import Result
from ldn_analysis.models.specifications.types import ESTIMATOR, INFERENCE, KINDS, STUDIES, Multiverse


def multiverse_shares(mv: Multiverse, thresholds: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Share of specifications by where their intervals lie, for each scale and kind.

    Parameters
    ----------
    thresholds : mapping of scale, or of its measure, to a number above zero, optional
        Benefit that matters; an effect at or below ``-threshold`` reaches it (negative favours LDN). Without
        it, the columns that need one are left out.

    Returns
    -------
    DataFrame
        One row for each scale and kind, then "all" and "weighted" (kinds count 1, 0.5 and 0): `n`, and as
        proportions `below_zero` (whole interval below zero), `above_zero`, `includes_zero`,
        `beyond_threshold` (whole interval beyond it), `excludes_threshold` (whole interval short of it), and
        the median, smallest and largest estimate.
    """
    worth = {"defensible": 1.0, "debatable": 0.5, "error": 0.0}
    by_kind = np.array([worth[k] for k in KINDS])
    rows = []
    for scale in mv.scales:
        mid = None
        if thresholds is not None:  # that of the scale, else that of its first choice's option
            of = scale if scale in thresholds else next(iter(mv.options_of(scale).values()))
            mid = float(positive(f"threshold of {scale}", thresholds[of]))
        here = mv.where(scale=scale)
        groups: list[tuple[str, BoolArray, FloatArray | None]]
        groups = [(kind, here & mv.where(kind=kind), None) for kind in KINDS]
        groups += [("all", here, None), ("weighted", here, by_kind)]
        for name, member, weighted in groups:
            if not member.any():
                continue
            w = np.ones(int(member.sum())) if weighted is None else weighted[mv.kind[member]]
            if w.sum() == 0:
                continue
            est, low, high = mv.estimate[member], mv.lower[member], mv.upper[member]
            where = {"below_zero": high < 0, "above_zero": low > 0, "includes_zero": (low <= 0) & (high >= 0)}
            if mid is not None:
                where |= {"beyond_threshold": high < -mid, "excludes_threshold": low > -mid}
            rows.append(
                {"scale": scale, "kind": name, "n": int(member.sum())}
                | {key: float(np.average(value, weights=w)) for key, value in where.items()}
                | {"median": _median(est, w), "smallest": float(est[w > 0].min())}
                | {"largest": float(est[w > 0].max())}
                | ({} if mid is None else {"threshold": mid})
            )
    return pd.DataFrame(rows)


def _median(values: FloatArray, weights: FloatArray) -> float:
    order = np.argsort(values)
    cumulative = np.cumsum(weights[order])
    half = cumulative[-1] / 2
    low, high = (np.searchsorted(cumulative, half, side=side) for side in ("left", "right"))
    return float(values[order][[low, min(high, len(order) - 1)]].mean())


def variance_decomposition(
    mv: Multiverse, kinds: Sequence[str] = ("defensible", "debatable")
) -> pd.DataFrame:
    """How much of the spread of the estimates each choice explains, by scale.

    The share is ``Var(E[estimate | option]) / Var(estimate)``, the first-order index of the choice over the
    specifications of `kinds` (Saltelli et al. 2008, section 1.2.6). Whether a study is in counts as a choice
    of its own. Shares need not sum to 1: the rest is interaction, or shared where options occur together.

    Returns
    -------
    DataFrame
        Columns scale, choice, title, share, options (those that occur), n; largest share first in each scale.
    """
    of_kinds = np.isin(mv.kind, [KINDS.index(k) for k in kinds])
    rows = []
    for scale in mv.scales:
        member = of_kinds & mv.where(scale=scale)
        est = mv.estimate[member]
        if len(est) < 2 or np.ptp(est) == 0:
            continue
        columns: list[tuple[str, str, npt.NDArray[Any]]] = []
        for i, choice in enumerate(mv.choices):
            codes = mv.codes[member, i]
            if choice.name == STUDIES:
                columns += [(s, f"{s} in or out", mv.has(s)[member].astype(np.int8)) for s in mv.studies]
            else:
                columns.append((choice.name, choice.title, codes))
        for name, title, codes in columns:
            counts = np.bincount(codes)
            if (counts > 0).sum() < 2:
                continue
            means = np.bincount(codes, weights=est)[counts > 0] / counts[counts > 0]
            share = float(np.average((means - est.mean()) ** 2, weights=counts[counts > 0]) / est.var())
            rows.append((scale, name, title, share, int((counts > 0).sum()), len(est)))
    table = pd.DataFrame(rows, columns=["scale", "choice", "title", "share", "options", "n"])
    return table.sort_values(["scale", "share"], ascending=[True, False], ignore_index=True)


def one_at_a_time(mv: Multiverse, row: int) -> pd.DataFrame:
    """Every specification that differs from `row` in one decision (one option, or one study in or out).

    Returns
    -------
    DataFrame
        Columns choice, title, option, label, kind, row, estimate, lower, upper, difference (from `row`'s
        estimate).
    """
    start = mv.codes[row].astype(np.int64)
    candidates: list[tuple[str, str, str, str, npt.NDArray[np.int64]]] = []
    for i, choice in enumerate(mv.choices):
        if choice.name in mv.scale_choices:
            continue
        if choice.name == STUDIES:
            members = mv.members(int(start[i]))
            for study in mv.studies:
                code = start.copy()
                code[i] = mv.place([s for s in mv.studies if (s in members) != (s == study)])
                option = "left out" if study in members else "taken in"
                candidates.append((study, study, option, option, code))
            continue
        for j, option in enumerate(choice.options):
            if j != start[i]:
                code = start.copy()
                code[i] = j
                candidates.append((choice.name, choice.title, option, choice.labels[j], code))
    places = mv.find_codes(np.array([c[4] for c in candidates]).reshape(-1, len(mv.choices)))
    there = (places >= 0) & (places != row)
    words = pd.DataFrame([c[:4] for c in candidates], columns=["choice", "title", "option", "label"])[there]
    at = places[there]
    kinds = [KINDS[kind] for kind in mv.kind[at]]
    table = words.reset_index(drop=True).assign(row=at, kind=kinds, estimate=mv.estimate[at])
    difference = mv.estimate[at] - mv.estimate[row]
    return table.assign(lower=mv.lower[at], upper=mv.upper[at], difference=difference)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class JointTest(Result):
    """Is the whole curve compatible with a mean effect of zero?

    `p_median` and `p_share` are the proportions of curves simulated with a mean effect of zero, and with
    effects of the trials that differ by `tau`, whose median estimate is at least as far from zero, and whose
    share of intervals below zero is at least as large, as observed. `p_no_difference` is that of the median
    where no trial has any effect at all (tau = 0), which holds less often.
    """

    scale: str
    specifications: int
    draws: int
    tau: float
    median: float
    share_below_zero: float
    p_median: float
    p_share: float
    p_no_difference: float


def joint_test(
    mv: Multiverse,
    scale: str,
    *,
    kind: str = "defensible",
    tau: float | None = None,
    draws: int = 1000,
    seed: int = 2016,
) -> JointTest:
    """Test of the whole curve against a mean effect of zero.

    Each draw gives every study an effect, normal around zero with SD `tau`, and one standard normal deviate
    times the standard error of each of its variants: the variants of a study stay as dependent as they are,
    being made from the same patients. All specifications of `kind` on `scale` are then run on the draw
    (Simonsohn, Simmons and Nelson 2020, with the null imposed by a parametric bootstrap).

    Parameters
    ----------
    tau : float, optional
        SD of the trials' effects under the null; None: the root of the median tau2 of the specifications
        that are tested and pool two studies or more (0 where none does).

    Returns
    -------
    JointTest
        With ``(1 + count) / (1 + draws)`` as p values.
    """
    rows = np.flatnonzero(mv.where(kind=kind, scale=scale))
    if not len(rows):
        raise InputError(f"no {kind} specification on {scale!r}")
    if tau is None:
        pooled = mv.tau2[rows][mv.k[rows] > 1]
        tau = math.sqrt(max(float(np.median(pooled)), 0)) if len(pooled) else 0.0
    within("tau", tau, 0)
    rng = np.random.default_rng(seed)
    effects, errors = rng.standard_normal((2, draws, len(mv.studies)))
    medians, below = _curves(mv, rows, tau * effects, errors)
    observed, share = float(np.median(mv.estimate[rows])), float((mv.upper[rows] < 0).mean())
    plain = _curves(mv, rows, 0 * effects, errors)[0] if tau > 0 else medians

    hits = np.abs(medians) >= abs(observed), below >= share, np.abs(plain) >= abs(observed)
    p_values = ((1 + int(hit.sum())) / (1 + draws) for hit in hits)
    return JointTest(scale, len(rows), draws, tau, observed, share, *p_values)


def _curves(
    mv: Multiverse, rows: IndexArray, effects: FloatArray, errors: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Median estimate and share of intervals below zero of each simulated curve, shape (draws,)."""
    draws = len(effects)
    data, position = np.unique(mv.data[rows], return_inverse=True)
    mask = np.tile(mv.mask[data], (draws, 1))
    vi = np.tile(mv.vi[data], (draws, 1))
    df = np.tile(mv.df[data], draws)
    yi = np.repeat(effects, len(data), axis=0) + np.repeat(errors, len(data), axis=0) * np.sqrt(vi)
    estimates = np.empty((draws, len(rows)))
    below = np.empty((draws, len(rows)), dtype=bool)
    columns = [mv.column(ESTIMATOR), mv.column(INFERENCE)]
    methods = mv.codes[rows][:, columns]
    for pair in np.unique(methods, axis=0):
        here = np.flatnonzero((methods == pair).all(axis=1))
        method, inference = (
            mv.choices[column].options[code] for column, code in zip(columns, pair, strict=True)
        )
        fit = pool_many(yi, vi, mask, method, inference, mv.level, tau2_interval=False, weights=False)
        estimates[:, here] = fit.estimate.reshape(draws, -1)[:, position[here]]
        upper = with_own_intervals(fit, vi, mask, df).ci[:, 1]
        below[:, here] = (upper < 0).reshape(draws, -1)[:, position[here]]
    return np.median(estimates, axis=1), below.mean(axis=1)
