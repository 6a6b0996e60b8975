"""Does more size help, or more trials? And where must the next trial fall to change the answer?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import ndimage

from ldn_analysis import models
from ldn_analysis.errors import BoolArray, FloatArray, InputError
from ldn_analysis.models import trials
from ldn_analysis.questions.next_trial.background import Background
from ldn_analysis.questions.next_trial.parameters import NextTrial
from ldn_analysis.questions.pain.words import situation

Room = tuple[float, float]
"""How far it is to the one end and to the other."""

MORE_TRIALS = (1, 2, 3, 4, 6)
PEOPLE = (25, 50, 100, 200, 400, 1000)
_MEASURES = ("width", "width_error", "prediction", "prediction_error", "excludes", "excludes_error")


def sizes(known: Background, params: NextTrial, tau: float | None = None) -> pd.DataFrame:
    """Width of both intervals after m more trials of n an arm.

    One row a pair: ``trials people cost width width_error prediction prediction_error excludes
    excludes_error``. Further trials are drawn about today's mean with SD `tau` between trials (by default
    that of `known`). The same random numbers serve all sizes. Missing where there would be two trials, which
    are not averaged.
    """
    if known.fit is None:
        raise InputError("no trial can be pooled under these choices: there is no review to update")
    y, v = known.used["yi"].to_numpy(), known.used["vi"].to_numpy()
    tau = known.tau if tau is None else tau
    rows = []
    for m in MORE_TRIALS:
        for n in PEOPLE:
            new = np.full(m, 2 * known.sd**2 / (n * (1 - params.dropout)))
            how = params.pick("reviews", "seed") | params.pooling(y.size + m)
            update = trials.updated_review(y, v, new, known.fit.estimate, tau**2, **how)
            measures = {name: np.nan if update.k == 2 else getattr(update, name) for name in _MEASURES}
            cost = m * (params.cost_trial + 2 * n * params.cost_person)
            rows.append({"trials": m, "people": n, "cost": cost, **measures})
    return pd.DataFrame(rows)


def tau_sweep(known: Background, params: NextTrial) -> pd.DataFrame:
    """One trial of 100 and of 1,000 an arm, and two of 100, under other SDs between trials; one trial more
    each where one would make two in all."""
    rows, fewest = [], 2 if len(known.used) == 1 else 1
    for tau in (0.0, known.tau, 2 * known.tau) if known.tau > 0 else (0.0, 0.25, 0.5):
        table = sizes(known, params, tau)
        for m, n in ((fewest, 100), (fewest, 1000), (fewest + 1, 100)):
            rows.append(table[(table["trials"] == m) & (table["people"] == n)].assign(tau=tau))
    columns = ["tau", "trials", "people", "width", "width_error"]
    return pd.concat(rows, ignore_index=True)[columns]


@dataclass(frozen=True, slots=True, eq=False)
class DecisionMap:
    """What would be said after a further trial with each estimate (rows of `situations`: standard errors).

    `situations[i, j]` is the key of the sentence after a trial with `se[i]` and `estimate[j]`; `today` is the
    key now.
    """

    estimate: FloatArray
    se: FloatArray
    situations: np.ndarray
    today: str

    @property
    def step(self) -> float:
        """Distance of neighbouring estimates."""
        return float(self.estimate[1] - self.estimate[0])

    def reach(self, se: float) -> pd.DataFrame:
        """Neighbouring estimates that lead to one situation at the standard error nearest to `se`.

        One row a stretch, from the lowest estimate on: ``situation min max``. A situation may come twice.
        """
        row = self.situations[int(np.argmin(np.abs(self.se - se)))]
        first = np.flatnonzero(np.r_[True, row[1:] != row[:-1]])
        last = np.r_[first[1:], row.size] - 1
        return pd.DataFrame(
            {"situation": row[first], "min": self.estimate[first], "max": self.estimate[last]}
        )

    def regions(self, cell: tuple[float, float]) -> Iterator[tuple[str, int, int, float, Room, Room]]:
        """Each connected region: its situation, the row and column furthest from its edge, how far that is,
        and the way to either end of its row and of its column, in the unit of `cell`, the height and width of
        a place."""
        for key in dict.fromkeys(self.situations.ravel()):
            pieces, n = ndimage.label(self.situations == key)
            for inside in (np.pad(pieces == i + 1, 1) for i in range(n)):
                far = ndimage.distance_transform_edt(inside, sampling=cell)
                row, column = (int(i) for i in np.unravel_index(far.argmax(), far.shape))
                across = _room(inside[row], column, cell[1])
                down = _room(inside[:, column], row, cell[0])
                yield str(key), row - 1, column - 1, float(far[row, column]), across, down

    def below(self, row: int, column: int) -> int:
        """The column of the same stretch of a row with the fewest borders above it, the nearest of these."""
        line = self.situations[row]
        start = column - int(np.argmax(np.r_[line[column::-1] != line[column], True])) + 1
        stop = column + int(np.argmax(np.r_[line[column:] != line[column], True]))
        columns = np.arange(start, stop)[1:-1] if stop - start > 2 else np.arange(start, stop)
        above = self.situations[: row + 1, columns]
        borders = (above[1:] != above[:-1]).sum(axis=0)
        return int(columns[np.lexsort((abs(columns - column), borders))[0]])

    def holds(self, key: str, at: Sequence[float], high: float, wide: float) -> bool:
        """Whether a place and its surroundings, so far up and down and to each side, are of one situation."""
        across, down = np.abs(self.estimate - at[0]) <= wide, np.abs(self.se - at[1]) <= high
        return bool(np.all(self.situations[np.ix_(down, across)] == key))


def _room(inside: BoolArray, at: int, size: float) -> Room:
    """The way from place `at` of a line to either end of the stretch that it is in."""
    ends = np.flatnonzero(~inside)
    end = int(np.searchsorted(ends, at))
    return float(at - ends[end - 1] - 0.5) * size, float(ends[end] - at - 0.5) * size


def people_for(known: Background, params: NextTrial, se: float) -> int:
    """People in each of two arms, drop-out included, for a difference with standard error `se`."""
    return int(np.ceil(2 * known.sd**2 / se**2 / (1 - params.dropout)))


def _situation(k: int, lower: float, upper: float, mid: float) -> str:
    """The key of what the report on pain says of `k` trials with this interval: two it does not average."""
    return "two" if k == 2 else situation(lower, upper, mid)


def decision_map(known: Background, params: NextTrial, reach: float = 2.5) -> DecisionMap:
    """Classify a grid of results of one further trial by the rules that word the answer."""
    if known.fit is None:
        raise InputError("no trial can be pooled under these choices: there is no review to update")
    estimate, se = np.linspace(-reach, reach, 101), np.linspace(0.05, 0.8, 31)
    y, v = known.used["yi"].to_numpy(), known.used["vi"].to_numpy()
    cells = np.stack(np.meshgrid(se, estimate, indexing="ij"), axis=-1).reshape(-1, 2)
    both = np.column_stack([np.broadcast_to(y, (len(cells), y.size)), cells[:, 1]])
    spread = np.column_stack([np.broadcast_to(v, (len(cells), v.size)), cells[:, 0] ** 2])
    fits = models.pool_many(both, spread, **params.pooling(y.size + 1), tau2_interval=False, weights=False)
    limits = models.wider_companions(fits, both, spread).ci
    keys = [_situation(y.size + 1, float(low), float(high), params.mid) for low, high in limits]
    today = _situation(y.size, float(known.fit.ci[0]), float(known.fit.ci[1]), params.mid)
    return DecisionMap(estimate, se, np.array(keys).reshape(se.size, estimate.size), today)
