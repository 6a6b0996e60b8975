"""What a multiverse says: shares, which choice matters, what one decision does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ldn_analysis.errors import BoolArray, FloatArray, positive
from ldn_analysis.models.specifications.types import KINDS, STUDIES, Multiverse


def multiverse_shares(
    mv: Multiverse,
    thresholds: Mapping[str, float] | None = None,
) -> pd.DataFrame:
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
        mid = None if thresholds is None else _threshold(mv, scale, thresholds)
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


def _threshold(mv: Multiverse, scale: str, thresholds: Mapping[str, float]) -> float:
    """The threshold of a scale, else that of its first choice's option."""
    measure = next(iter(mv.options_of(scale).values()))
    return float(positive(f"threshold of {scale}", thresholds[scale if scale in thresholds else measure]))


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
