"""Estimators of the median dose from the sequence of an up-and-down experiment, by averaging doses.

Dixon and Mood (1948), A method for obtaining and analyzing sensitivity data, JASA 43:109-126; Wetherill, Chen
and Vasudeva (1966), Biometrika 53:439-454 (reversals); Oron, Souter and Flournoy (2022), Understanding
research methods: up-and-down designs for dose-finding, Anesthesiology 137:137-150 (which to use and which
not). Positions of reversals count from zero.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ldn_analysis.errors import InputError, finite

__all__ = [
    "dixon_mood",
    "dynamic_mean",
    "dynamic_mean_many",
    "dynamic_start",
    "reversal_mean",
    "reversals",
]

Array = NDArray[np.float64]


def _sequence(doses: ArrayLike, responses: ArrayLike, *, extra: bool = True) -> tuple[Array, Array]:
    """Doses and responses; `extra` allows the dose that a next participant would have had."""
    x, y = finite("doses", doses), finite("responses", responses)
    if x.ndim != 1 or y.ndim != 1 or y.size < 2:
        raise InputError("doses and responses must be one-dimensional, at least two observations")
    if x.size != y.size and not (extra and x.size == y.size + 1):
        raise InputError(f"doses has {x.size} elements and responses {y.size}: must match")
    if not np.isin(y, (0, 1)).all():
        raise InputError("responses must be 0 or 1")
    return x, y


def _spacing(x: Array) -> float:
    return float(np.mean(np.diff(np.unique(x))))


def dixon_mood(doses: ArrayLike, responses: ArrayLike, *, more_frequent: bool = False) -> float:
    """Mean dose of the rarer outcome, moved half a step towards the other (Dixon and Mood 1948).

    NaN when all responses are the same. Kept for its history: it ignores runs at the start and visits to the
    edge, and is not to be relied on.
    """
    x, y = _sequence(doses, responses, extra=False)
    if np.unique(y).size == 1:
        return float("nan")
    chosen = 1.0 if (y.mean() < 0.5) != more_frequent else 0.0
    return float(x[y == chosen].mean() + _spacing(x) * (0.5 - chosen))


def reversals(
    doses: ArrayLike, responses: ArrayLike, *, directional: bool = True, even: bool = False
) -> NDArray[np.intp]:
    """Positions (from zero) where the direction of the doses turns, or where the response changes.

    `even` drops the last of an odd number.
    """
    x, y = _sequence(doses, responses)
    if directional:
        moves = np.flatnonzero(np.diff(x) != 0)
        turns = np.flatnonzero(np.diff(np.sign(np.diff(x)[moves])) != 0)
        found = moves[turns + 1]
    else:
        found = np.flatnonzero(np.diff(y) != 0) + 1
    return found[: found.size // 2 * 2] if even else found


def reversal_mean(
    doses: ArrayLike,
    responses: ArrayLike,
    *,
    start: int = 3,
    every_dose: bool = True,
    before: bool = False,
    at_most: float | None = None,
    directional: bool = True,
    even: bool | None = None,
) -> float:
    """Mean dose from a reversal onwards.

    Parameters
    ----------
    start
        The reversal (1, 2, ...) at which averaging begins; NaN if there are fewer.
    every_dose
        Average all doses from there (better), or those at reversals only (Wetherill 1966).
    before
        Begin one observation earlier.
    at_most
        Exclude at most this share of the sequence, however late the reversal.
    directional, even
        As in `reversals`; `even` defaults to true where only reversals are averaged.
    """
    x, _ = _sequence(doses, responses)
    if start < 1:
        raise InputError(f"start is {start}: must be 1 or more")
    found = reversals(
        doses, responses, directional=directional, even=not every_dose if even is None else even
    )
    if start > found.size:
        return float("nan")
    first = int(found[start - 1])
    if at_most is not None and first + 1 > x.size * at_most:
        first = int(x.size * at_most) - 1
    if every_dose:
        return float(x[first - int(before) :].mean())
    return float(x[np.r_[first, found[start:]]].mean())


def dynamic_start(doses: ArrayLike, *, before: bool = False) -> int | None:
    """First position (from zero) across the mean of all later doses; ``None`` if there is none."""
    x = finite("doses", doses)
    tail = np.cumsum(x[::-1])[::-1] / np.arange(x.size, 0, -1)
    side = np.sign(x[:-1] - tail[1:])
    if side[0] == 0:
        return 1
    crossed = np.flatnonzero(side != side[0])
    return int(crossed[0]) - int(before) if crossed.size else None


def dynamic_mean(doses: ArrayLike, *, before: bool = False, at_most: float = 0.5) -> float:
    """Mean dose from the first crossing of the mean of the doses that follow (Oron 2007).

    At most the share `at_most` of the sequence is left out. All of the sequence is used when all doses agree.
    """
    x = finite("doses", doses)
    if np.unique(x).size == 1:
        return float(x[0])
    latest = int(x.size * at_most) - 1
    first = dynamic_start(x, before=before)
    return float(x[latest if first is None else min(first, latest) :].mean())


def dynamic_mean_many(doses: Array, *, at_most: float = 0.5) -> Array:
    """`dynamic_mean` of many sequences of one length, shape (B, n)."""
    size = doses.shape[1]
    tail = np.cumsum(doses[:, ::-1], 1)[:, ::-1] / np.arange(size, 0, -1)
    side = np.sign(doses[:, :-1] - tail[:, 1:])
    crossed = side != side[:, :1]
    latest = int(size * at_most) - 1
    first = np.where(crossed.any(1), crossed.argmax(1), latest)
    first = np.minimum(np.where(side[:, 0] == 0, 1, first), latest)
    return tail[np.arange(len(doses)), np.where(np.ptp(doses, axis=1) == 0, 0, first)]
