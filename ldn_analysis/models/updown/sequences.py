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
from functools import cache
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from ldn_analysis.errors import InputError, one_of, positive
from ldn_analysis.models.results import Result
from ldn_analysis.models.updown.curves import table_dose

__all__ = ["Report", "Sequences", "Tolerance", "response_sequences", "sequences_like"]

Array = NDArray[np.float64]
_MOST_SEQUENCES = 3_000_000


@dataclass(frozen=True, slots=True)
class Report(Result):
    """A published up-and-down study.

    The published ED50 of 3.88 mg is what six pairs' middles can average to on this grid (3.875), which suits
    the estimator ``pairs``; how it was computed is not known to us, so the estimator is a choice.
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

    def levels(self) -> Array:
        return np.arange(self.lowest, self.highest + self.step / 2, self.step)


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

    responders: Array
    n: Array
    table: NDArray[np.intp]
    start: NDArray[np.intp]
    count: Array
    distance: Array
    listed: int

    def like(self, factor: float = 1.0) -> int:
        """Number of sequences whose report is within `factor` times the tolerances."""
        return int(self.count[self.distance < factor].sum())

    def weights(self, factor: float = 1.0) -> Array:
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


def _walk(responses: NDArray[np.int8], levels: Array, start: int) -> tuple[NDArray[np.int8], Array]:
    """Counts by level (responders, then participants: shape (B, 2 L)) and mean of the pairs' middles."""
    size, length = responses.shape
    rows, at, last = np.arange(size), np.full(size, start), levels.size - 1
    table = np.zeros((size, 2, levels.size), dtype=np.int8)
    seen, middles, before = np.zeros(size, dtype=np.intp), np.zeros(size), at
    for t in range(length):
        y = responses[:, t]
        table[rows, 0, at] += y
        table[rows, 1, at] += 1
        if t:
            change = y != responses[:, t - 1]
            # a pair of the kind that the first change had: changes 1, 3, 5, ...
            middles += np.where(change & (seen % 2 == 0), (levels[at] + levels[before]) / 2, 0.0)
            seen += change
        before, at = at, np.clip(at + np.where(y == 1, -1, 1), 0, last)
    return table.reshape(size, -1), middles / ((seen + 1) // 2)


def _distinct(tables: NDArray[np.int8], n: int) -> tuple[NDArray[np.int8], NDArray[np.intp]]:
    """The distinct tables and, for each table, its row among them (`numpy.unique` of rows is much slower)."""
    half = tables.shape[1] // 2
    base = (n + 1) ** np.arange(half, dtype=np.int64)  # the counts of a half are the digits of a number
    keys = [np.unique(part @ base, return_inverse=True)[1] for part in (tables[:, :half], tables[:, half:])]
    _, first, back = np.unique(
        keys[0].astype(np.int64) * len(tables) + keys[1], return_index=True, return_inverse=True
    )
    return tables[first], back.ravel()


def _distances(report: Report, tables: NDArray[np.int8], pairs: Array) -> tuple[Array, Array]:
    """Distance in mg of each table's ED50 and ED95 to the published; NaN where there is none."""
    levels = report.levels()
    unique, back = _distinct(tables, report.n)
    responders, n = (part.astype(float) for part in np.split(unique, 2, axis=1))
    if report.ed50_estimator == "pairs":
        ed50 = pairs
    else:
        ed50 = table_dose(levels, responders, n, 0.5, report.ed50_estimator)[back]
    ed95 = table_dose(levels, responders, n, 0.95, report.ed95_estimator)[back]
    return np.abs(ed50 - report.ed50), np.abs(ed95 - report.ed95)


@cache
def sequences_like(report: Report, tolerance: Tolerance, most: float = 2.0) -> Sequences:
    """List the sequences whose report is within `most` times the tolerances of the published one.

    Raises `InputError` for an unknown estimator, a tolerance that is not positive, or a report that no
    sequence can have given.
    """
    one_of("ed50_estimator", report.ed50_estimator, ("pairs", "isotonic", "logistic"))
    one_of("ed95_estimator", report.ed95_estimator, ("isotonic", "logistic"))
    positive("tolerance", [tolerance.ed50, tolerance.ed95])
    levels = report.levels()
    if levels.size * np.log2(report.n + 1) > 62:
        raise InputError(f"{levels.size} levels with {report.n} participants: too many to list their tables")
    responses = response_sequences(report.n, report.responders, report.changes)
    found = []
    for start in range(levels.size):
        tables, pairs = _walk(responses, levels, start)
        kept = np.ones(len(tables), dtype=bool)
        if report.ed50_estimator == "pairs":  # the cheap condition first
            kept = np.abs(pairs - report.ed50) <= most * tolerance.ed50
        d50, d95 = _distances(report, tables[kept], pairs[kept])
        distance = np.maximum(d50 / tolerance.ed50, d95 / tolerance.ed95)
        near = distance < most  # NaN compares false: a report without the estimate is not the published one
        found.append((tables[kept][near], np.full(int(near.sum()), start), distance[near]))
    tables, starts, distance = (np.concatenate([one[i] for one in found]) for i in range(3))
    unique, table = _distinct(tables, report.n)
    keys, count = np.unique(np.c_[table, starts, distance], axis=0, return_counts=True)
    responders, n = (part.astype(float) for part in np.split(unique, 2, axis=1))
    return Sequences(
        responders, n, keys[:, 0].astype(np.intp), keys[:, 1].astype(np.intp), count.astype(float),
        keys[:, 2], len(responses) * levels.size,
    )  # fmt: skip
