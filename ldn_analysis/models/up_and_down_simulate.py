"""Up-and-down experiments simulated in bulk, and the estimates that a report would print.

Doses go down one step after a response and up after none, within the levels. A change is a response unlike
the one before it. When the sequence stops at an odd change, the dose has turned once less and one more pair
was seen of one kind than of the other: stopping at change 11 gives 10 turns of the dose and six pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ..errors import InputError, one_of
from .up_and_down_fit import penalised_curve

__all__ = ["Curves", "Runs", "isotonic_many", "run_design", "table_dose"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """Response curves: floor + (ceiling - floor) logistic(slope (dose - midpoint)), or in log2 dose.

    `midpoint` is the dose at half of the rise that depends on dose; `slope` is in logits per mg (or per
    doubling); shape (B,) each.
    """

    midpoint: Array
    slope: Array
    floor: Array
    ceiling: Array
    log_dose: bool = False

    def __call__(self, dose: Array) -> Array:
        """Probability of response at `dose` (broadcast against (B,))."""
        step = np.log2(dose / self.midpoint) if self.log_dose else dose - self.midpoint
        return self.floor + (self.ceiling - self.floor) * special.expit(self.slope * step)

    def dose_for(self, rate: float) -> Array:
        """Dose with an absolute response rate; 0 if that holds without drug, inf if no dose reaches it."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            share = (rate - self.floor) / (self.ceiling - self.floor)
            step = special.logit(np.clip(share, 0, 1)) / self.slope
            dose = self.midpoint * 2.0**step if self.log_dose else np.maximum(self.midpoint + step, 0)
        return np.where(share >= 1, np.inf, np.where(share <= 0, 0.0, dose))


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """Simulated sequences that stopped: draw, size, counts by level, mean of the pairs' middles."""

    index: NDArray[np.intp]
    size: NDArray[np.intp]
    responders: Array
    n: Array
    pair_mean: Array


def run_design(
    p: Array, levels: Array, start: NDArray[np.intp], rng: np.random.Generator, *, changes: int,
    at_least: int, at_most: int,
) -> Runs:  # fmt: skip
    """Run one sequence for each row of response probabilities `p` (B, L) until its `changes`-th change.

    Only sequences that stop with between `at_least` and `at_most` participants are kept. The loop is over
    participants; the sequences go side by side.
    """
    if changes < 1 or at_most < at_least:
        raise InputError("changes must be 1 or more, and at_most not below at_least")
    size, count = p.shape
    rows, at = np.arange(size), start.copy()
    table = np.zeros((2, size, count))
    seen = np.zeros(size, dtype=np.intp)
    middles = np.zeros(size)
    last = np.full(size, -1)
    before = at.copy()
    kept: list[tuple[NDArray[np.intp], int, Array, Array, Array]] = []
    for t in range(at_most):
        y = (rng.random(rows.size) < p[rows, at]).astype(int)
        here = np.arange(rows.size)
        table[0, here, at] += y
        table[1, here, at] += 1
        change = (last >= 0) & (y != last)
        # a pair of the kind that the first change had: changes 1, 3, 5, ...
        middles += np.where(change & (seen % 2 == 0), (levels[at] + levels[before]) / 2, 0.0)
        seen += change
        stop = seen == changes
        if stop.any() and t + 1 >= at_least:
            pairs = (changes + 1) // 2
            kept.append((rows[stop], t + 1, table[0, stop], table[1, stop], middles[stop] / pairs))
        before = at
        at = np.clip(at + np.where(y == 1, -1, 1), 0, count - 1)
        last = y
        # drop what has stopped or can no longer stop in time
        go = ~stop & (changes - seen <= at_most - t - 1)
        rows, at, seen, middles, last, before = (v[go] for v in (rows, at, seen, middles, last, before))
        table = table[:, go]
    if not kept:
        none = np.zeros(0)
        return Runs(none.astype(int), none.astype(int), np.zeros((0, count)), np.zeros((0, count)), none)
    sizes = np.concatenate([np.full(k[0].size, k[1]) for k in kept])
    index, responders, n, pair = (np.concatenate([k[i] for k in kept]) for i in (0, 2, 3, 4))
    return Runs(index.astype(np.intp), sizes, responders, n, pair)


def isotonic_many(responders: Array, n: Array) -> Array:
    """Isotonic rates of many tables (B, L) by the min-max formula; NaN at levels without observations."""
    r = np.concatenate([np.zeros((len(n), 1)), np.cumsum(responders, 1)], 1)
    m = np.concatenate([np.zeros((len(n), 1)), np.cumsum(n, 1)], 1)
    count = n.shape[1]
    out = np.full(n.shape, -np.inf)
    with np.errstate(invalid="ignore", divide="ignore"):
        for i in range(count):
            for j in range(i + 1):
                total = m[:, i + 1 :] - m[:, [j]]
                mean = np.where(total > 0, (r[:, i + 1 :] - r[:, [j]]) / total, np.inf)
                out[:, i] = np.maximum(out[:, i], mean.min(1))
    return np.where(n > 0, out, np.nan)


def table_dose(levels: Array, responders: Array, n: Array, rate: float, estimator: str) -> Array:
    """Dose for a rate as a report would print it: ``isotonic`` (linear between levels) or ``logistic``.

    NaN where the fitted curve does not reach the rate.
    """
    one_of("estimator", estimator, ("isotonic", "logistic"))
    if estimator == "logistic":
        a, b = penalised_curve(levels, responders, n)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(b > 0, (special.logit(rate) - a) / b, np.nan)
    g = isotonic_many(responders, n)
    reached = np.nan_to_num(g, nan=-1.0) >= rate
    j = np.argmax(reached, 1)
    rows = np.arange(len(g))
    i = np.maximum(j - 1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (rate - g[rows, i]) / (g[rows, j] - g[rows, i])
        dose = levels[i] + share * (levels[j] - levels[i])
    dose = np.where(g[rows, j] == rate, levels[j], dose)
    return np.where(reached.any(1) & ((j > 0) | (g[rows, j] == rate)), dose, np.nan)
