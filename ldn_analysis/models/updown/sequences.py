"""Every sequence that an up-and-down study can have followed, given what it reported.

Doses go down one step after a response and up after none, within the levels. A change is a response unlike
the one before it; the study stops at a stated change. When that number is odd, the dose has turned once less,
and one more pair was seen of the kind of the first change: stopping at change 11 gives 10 turns of the dose
and six pairs. The sequences with the reported participants and responders are few enough to be listed, and
the likelihood of a response curve depends on a sequence only through its counts at each level: nothing has to
be simulated.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import combinations, pairwise
from math import comb
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ldn_analysis.errors import FloatArray, IndexArray, InputError, one_of, positive
from ldn_analysis.models.results import Result
from ldn_analysis.models.updown.curves import table_doses

T = TypeVar("T", bound=np.generic)
U = TypeVar("U", bound=np.generic)
_MOST_SEQUENCES = 3_000_000


@dataclass(frozen=True, slots=True)
class Report(Result):
    """A published up-and-down study.

    The published ED50 of 3.88 mg is what six pairs' middles can average to on this grid (`pairs_mean`), which
    suits the estimator ``pairs``; how it was computed is not known to us, so the estimator is a choice.
    `changes` = 11 changes of response: 10 turns of the dose and six pairs of one kind.
    """

    n: int = 25
    responders: int = 11
    ed50: float = 3.88
    ed95: float = 5.40
    lowest: float = 0.75
    highest: float = 6.0
    step: float = 0.75
    changes: int = 11
    ed50_estimator: str = "pairs"
    ed95_estimator: str = "isotonic"

    def levels(self) -> FloatArray:
        return np.arange(self.lowest, self.highest + self.step / 2, self.step)

    @property
    def pairs(self) -> int:
        """Pairs of the kind of the first change."""
        return (self.changes + 1) // 2

    @property
    def pairs_mean(self) -> float:
        """The mean of so many middles, each half-way between two levels, that is nearest to `ed50`."""
        middles = self.levels()[:-1] + self.step / 2
        means = np.linspace(middles[0], middles[-1], self.pairs * (middles.size - 1) + 1)
        return float(means[np.abs(means - self.ed50).argmin()])


@dataclass(frozen=True, slots=True)
class Tolerance(Result):
    """How far, in mg, the report of a sequence may be from the published ED50 and ED95."""

    ed50: float = 0.2
    ed95: float = 0.4


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Sequences(Result):
    """Sequences with the reported counts, gathered by what a likelihood needs.

    Attributes
    ----------
    responders, n
        Counts at each level, shape (T, L), one row a distinct table.
    table, start
        Of each distinct combination of table, first dose and distance: row of the table, index of the level
        at which the sequence began, shape (G,).
    count
        Sequences in it.
    distance
        The larger of the two distances to the published ED50 and ED95, each over its tolerance: at most 1 is
        like the report at tolerance factor 1, at most 2 at twice the tolerances.
    listed
        Sequences with the reported participants, responders and changes, like the report or not.
    """

    responders: FloatArray
    n: FloatArray
    table: IndexArray
    start: IndexArray
    count: FloatArray
    distance: FloatArray
    listed: int

    def like(self, factor: float = 1.0) -> int:
        """Number of sequences whose report is within `factor` times the tolerances."""
        return int(self.count[self.distance < factor].sum())

    def weights(self, factor: float = 1.0) -> FloatArray:
        """Weight of each table by first dose, shape (T, L): sequences times an Epanechnikov kernel of the
        distance, the first dose spread evenly over the levels."""
        weight = self.count * np.maximum(1 - (self.distance / factor) ** 2, 0)
        out = np.zeros(self.n.shape)
        np.add.at(out, (self.table, self.start), weight / self.n.shape[1])
        return out


def _compositions(total: int, parts: int) -> NDArray[np.int64]:
    """All ways to write `total` as an ordered sum of `parts` positive numbers, shape (., parts)."""
    if parts == 0:
        return np.zeros((int(total == 0), 0), dtype=np.int64)
    every = list(combinations(range(1, total), parts - 1))
    cuts = np.array(every, dtype=np.int64).reshape(len(every), parts - 1)
    ends = np.pad(cuts, ((0, 0), (1, 1)), constant_values=((0, 0), (0, total)))
    return np.diff(ends, axis=1)


def _runs(n: int, responders: int, changes: int, first: int) -> tuple[list[int], list[int], list[int]]:
    """Kind of each run of equal responses; participants and runs of each kind without the last run, which
    is one participant long."""
    kinds = [(first + i) % 2 for i in range(changes + 1)]
    totals, parts = [n - responders, responders], [kinds.count(0), kinds.count(1)]
    totals[kinds[-1]] -= 1
    parts[kinds[-1]] -= 1
    return kinds, totals, parts


def _count(n: int, responders: int, changes: int) -> int:
    def ways(total: int, parts: int) -> int:
        return comb(total - 1, parts - 1) if total >= parts > 0 else int(total == parts == 0)

    sizes = [_runs(n, responders, changes, first)[1:] for first in (0, 1)]
    return sum(ways(t[0], p[0]) * ways(t[1], p[1]) for t, p in sizes)


def response_sequences(n: int, responders: int, changes: int) -> NDArray[np.int8]:
    """All sequences of `n` responses (0 or 1), `responders` of them 1, that end with change number `changes`.

    Shape (., n). Raises `InputError` where there is none, or too many to list.
    """
    total = _count(n, responders, changes)
    if not 0 < total <= _MOST_SEQUENCES:
        raise InputError(
            f"{responders} responders of {n} who stop at change {changes}: {total:,} sequences, must be 1 to "
            f"{_MOST_SEQUENCES:,}"
        )
    out = []
    for first in (0, 1):
        kinds, totals, parts = _runs(n, responders, changes, first)
        runs = [_compositions(total, part) for total, part in zip(totals, parts, strict=True)]
        a, b = (np.arange(len(r)) for r in runs)
        pick = [v.ravel() for v in np.meshgrid(a, b, indexing="ij")]
        lengths = np.ones((a.size * b.size, changes + 1), dtype=np.int64)
        for kind in (0, 1):
            places = [i for i, k in enumerate(kinds[:-1]) if k == kind]
            lengths[:, places] = runs[kind][pick[kind]]
        turns = np.zeros((len(lengths), n + 1), dtype=np.int8)
        turns[np.arange(len(lengths))[:, None], np.cumsum(lengths, axis=1)] = 1
        out.append((np.cumsum(turns[:, :n], axis=1) + first) % 2)
    return np.concatenate(out).astype(np.int8)


@dataclass(frozen=True, slots=True, eq=False)
class _Walks:
    """Where sequences of responses lead from one first dose, the same sequences for each report of a design.

    `responders` and `n` are the distinct tables of counts by level, shape (T, L); `table` and `pairs` are
    each sequence's row among them and the mean of its pairs' middles, shape (B,).
    """

    responders: NDArray[np.int64]
    n: NDArray[np.int64]
    table: IndexArray
    pairs: FloatArray


def _turns(responses: NDArray[np.int8]) -> tuple[list[IndexArray], NDArray[np.int8]]:
    """For each participant the sequences in which a pair of the kind of the first change ends (changes 1, 3,
    5, ...), and how many pairs each sequence has."""
    ends, changes = [np.zeros(0, dtype=np.intp)], np.zeros(responses.shape[1], dtype=np.int8)
    for before, y in pairwise(responses):
        change = y != before
        ends.append(np.flatnonzero(change & (changes % 2 == 0)))
        changes += change
    return ends, (changes + 1) // 2


def _walk(
    responses: NDArray[np.int8],
    turns: tuple[list[IndexArray], NDArray[np.int8]],
    levels: FloatArray,
    start: int,
) -> _Walks:
    """Walk along `responses`, one row a participant: shape (n, B)."""
    length, size = responses.shape
    at, last = np.full(size, start, dtype=np.int8), levels.size - 1
    digit = (length + 1) ** np.arange(levels.size, dtype=np.int64)  # the counts are the digits of a number
    responders, n = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    middles, before = np.zeros(size), at
    for y, ends in zip(responses, turns[0], strict=True):
        here = digit.take(at)
        n += here
        responders += here * y
        middles[ends] += (levels[at[ends]] + levels[before[ends]]) / 2
        before, at = at, np.clip(at + 1 - 2 * y, 0, last)
    codes, table = _distinct(responders, n)
    counts = [code[:, None] // digit % (length + 1) for code in codes]
    return _Walks(counts[0], counts[1], table, middles / turns[1])


def _distinct(first: NDArray[T], second: NDArray[U]) -> tuple[tuple[NDArray[T], NDArray[U]], IndexArray]:
    """The distinct pairs of two numbers, and each pair's place among them (`numpy.unique` of rows is much
    slower)."""
    left, of_left = np.unique(first, return_inverse=True)
    right, of_right = np.unique(second, return_inverse=True)
    keys, back = np.unique(of_left * max(1, right.size) + of_right, return_inverse=True)
    return (left[keys // max(1, right.size)], right[keys % max(1, right.size)]), back


@lru_cache(maxsize=1)
def _walks(n: int, responders: int, changes: int, levels: tuple[float, ...]) -> tuple[_Walks, ...]:
    """The walks from each first dose: what differs between the estimators of a report comes after them."""
    responses = np.ascontiguousarray(response_sequences(n, responders, changes).T)
    turns = _turns(responses)
    return tuple(_walk(responses, turns, np.array(levels), start) for start in range(len(levels)))


def _distances(report: Report, walks: _Walks, rows: IndexArray) -> tuple[FloatArray, FloatArray]:
    """Distance in mg of the ED50 and ED95 of sequences `rows` to the published; NaN where there is none."""
    levels, (used, back) = report.levels(), np.unique(walks.table[rows], return_inverse=True)
    responders, n = walks.responders[used].astype(float), walks.n[used].astype(float)
    rates_by = {report.ed95_estimator: [0.95]}
    if report.ed50_estimator != "pairs":
        rates_by.setdefault(report.ed50_estimator, []).append(0.5)
    doses = {
        (estimator, rate): dose[back]
        for estimator, rates in rates_by.items()
        for rate, dose in zip(rates, table_doses(levels, responders, n, rates, estimator), strict=True)
    }
    ed50 = doses.get((report.ed50_estimator, 0.5), walks.pairs[rows])
    return np.abs(ed50 - report.ed50), np.abs(doses[report.ed95_estimator, 0.95] - report.ed95)


@cache
def sequences_like(report: Report, tolerance: Tolerance) -> Sequences:
    """List the sequences whose report is within twice the tolerances of the published one.

    Raises `InputError` for an unknown estimator, a tolerance that is not positive, or a report that no
    sequence can have given.
    """
    one_of("ed50_estimator", report.ed50_estimator, ("pairs", "isotonic", "logistic"))
    one_of("ed95_estimator", report.ed95_estimator, ("isotonic", "logistic"))
    positive("tolerance", [tolerance.ed50, tolerance.ed95])
    levels = report.levels()
    if levels.size * np.log2(report.n + 1) > 62:
        raise InputError(f"{levels.size} levels with {report.n} participants: too many to list their tables")
    walks_from = _walks(report.n, report.responders, report.changes, tuple(levels.tolist()))
    groups = []
    for start, walks in enumerate(walks_from):
        rows = np.arange(walks.table.size)
        if report.ed50_estimator == "pairs":  # the cheap condition first
            rows = np.flatnonzero(np.abs(walks.pairs - report.ed50) <= 2 * tolerance.ed50)
        d50, d95 = _distances(report, walks, rows)
        distance = np.maximum(d50 / tolerance.ed50, d95 / tolerance.ed95)
        near = distance < 2  # NaN compares false: a report without the estimate is not the published one
        (table, far), group = _distinct(walks.table[rows[near]], distance[near])
        starts = np.full(table.size, start)
        groups.append((walks.responders[table], walks.n[table], starts, far, np.bincount(group)))
    responders, n, starts, distance, count = (np.concatenate(parts) for parts in zip(*groups, strict=True))
    tables, table = np.unique(np.c_[responders, n], axis=0, return_inverse=True)
    order = np.lexsort((distance, starts, table))
    responders, n = np.split(tables.astype(float), 2, axis=1)
    table, starts, weights = table[order], starts[order], count[order].astype(float)
    listed = sum(walks.table.size for walks in walks_from)
    return Sequences(responders, n, table, starts, weights, distance[order], listed)
