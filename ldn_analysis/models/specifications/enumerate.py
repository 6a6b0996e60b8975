"""Every analysis that a set of choices allows, run at once.

A specification is one option of every choice: those that make the data (measure, time point, correlation,
...), the set of studies, the estimator of tau2 and the inference. The whole product is enumerated; what
cannot be computed, and what only repeats another specification because a choice has no consequence there, is
left out and counted (Simonsohn, Simmons and Nelson 2020; Voracek, Kossmeier and Tran 2019; the subsets are
those of a GOSH plot, Olkin, Dahabreh and Trikalinos 2012).

The sets of studies double with each study. Beyond `MOST_SETS` they are bounded by a rule (`sets_to_run`), and
beyond `MOST_DATA` data sets the decisions are (`_thinned`): whatever grows, each defensible analysis is run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from ldn_analysis.errors import BoolArray, FloatArray, IndexArray, InputError, one_of
from ldn_analysis.models.pooling.many import pool_many, with_own_intervals
from ldn_analysis.models.specifications.types import KINDS, STUDIES, Choice, Multiverse

MOST_SETS = 63
"""Sets of studies up to which all are run: those of six studies."""

MOST_DATA = 40_000
"""Data sets up to which every decision is run in every set of studies."""

SEED = 2016
"""Seed of the sample of sets: the same studies give the same sets."""

_STUDY_CHOICE = Choice(STUDIES, (STUDIES,), ("defensible",), title="studies")
UNNAMED = "sets of trials beyond the named ones, these less one trial, single trials and a sample"
THINNED = "errors, or debatable decisions, in sets of trials that are not named"


def multiverse(
    yi: npt.ArrayLike,
    vi: npt.ArrayLike,
    studies: Sequence[str],
    choices: Sequence[Choice],
    *,
    methods: tuple[Choice, Choice],
    sets: Mapping[tuple[str, ...], str],
    scale_choice: str | tuple[str, ...],
    level: float = 0.95,
    df: npt.ArrayLike | None = None,
) -> Multiverse:
    """Run every specification.

    Parameters
    ----------
    yi, vi : array_like, shape (S, n1, ..., nD)
        Estimate and variance of each of the S studies under each combination of the D choices' options;
        not-a-number where the combination cannot be had from that study. LDN minus placebo.
    choices : sequence of Choice, length D
        Those that make the data, in the order of the axes.
    methods : two of Choice
        Estimators of tau2 and inferences, options of `pool`. Inference with Hartung-Knapp belongs to
        random effects: with "CE" it is left out, and a single study is only counted once.
    sets : mapping of tuple of study names to kind
        What each set of studies is worth; a set that is not named is "debatable".
    scale_choice : str or tuple of str
        The choices whose options are not equivalent (estimates that cannot be compared).
    df : array_like, shape of `yi`, optional
        Degrees of freedom of each variance, not-a-number where it is taken as normal (default: all). A study
        by itself keeps them, as in `pool`; beside others they do not enter.

    Returns
    -------
    Multiverse

    Raises
    ------
    InputError
        Shapes that do not fit, or nothing that can be computed.
    """
    y, v, nu, scales = _checked(yi, vi, df, studies, choices, scale_choice)
    run = sets_to_run(studies, sets)
    combos = y[0].size
    data_codes = np.stack(np.unravel_index(np.arange(combos), y.shape[1:]), axis=1).astype(np.int16)
    severity = _severity(choices, data_codes)
    combos_of, impossible, idle = _possible(y, v, nu, run, choices)
    named = {row.tobytes() for row in _named(sets, studies)}
    combos_of, thinned = _thinned(combos_of, [row.tobytes() in named for row in run], severity)
    set_of = np.repeat(np.arange(len(run)), [len(rows) for rows in combos_of])
    combo = np.concatenate(combos_of)
    if not len(combo):
        raise InputError("no combination of the choices can be computed from these studies")
    mask = run[set_of]
    data_y, data_v, data_df = _data(y, v, nu, mask, combo)
    fits = _fit(data_y, data_v, mask, data_df, methods, level)
    data = fits["data"]
    methods_codes = np.column_stack([fits["estimator"], fits["inference"]]).astype(np.int16)
    codes = np.column_stack([data_codes[combo[data]], set_of[data].astype(np.int16), methods_codes])
    kind = np.maximum(_worth(sets, studies, run)[set_of[data]], severity[combo[data]])
    kind = np.maximum(kind, _severity(methods, methods_codes))
    ways = len(methods[0].options) * len(methods[1].options)
    every = (1 << len(studies)) - 1
    left = {
        "cannot be computed from these studies": impossible * ways,
        "a choice without consequence there (the same analysis again)": idle * ways,
        "estimator and inference that do not go together": len(combo) * ways - len(data),
        UNNAMED: (every - len(run)) * combos * ways,
        THINNED: thinned * ways,
    }
    return Multiverse(
        choices=(*choices, _STUDY_CHOICE, *methods), studies=tuple(studies),
        scale_choices=scales, sets=run, codes=codes, kind=kind, estimate=fits["estimate"],
        lower=fits["lower"], upper=fits["upper"], p_value=fits["p_value"].astype(np.float32),
        tau2=fits["tau2"].astype(np.float32), k=mask.sum(1)[data].astype(np.int8),
        converged=fits["converged"], data=data.astype(np.int32), yi=data_y, vi=data_v, mask=mask,
        df=data_df, level=level, total=combos * every * ways,
        excluded={why: n for why, n in left.items() if n or why not in (UNNAMED, THINNED)},
    )  # fmt: skip


def _checked(
    yi: npt.ArrayLike,
    vi: npt.ArrayLike,
    df: npt.ArrayLike | None,
    studies: Sequence[str],
    choices: Sequence[Choice],
    scale_choice: str | tuple[str, ...],
) -> tuple[FloatArray, FloatArray, FloatArray, tuple[str, ...]]:
    """Estimates, variances and degrees of freedom by study and option, and the choices that make scales."""
    y, v = np.asarray(yi, dtype=float), np.asarray(vi, dtype=float)
    shape = (len(studies), *(len(c.options) for c in choices))
    nu = np.full(shape, np.nan) if df is None else np.asarray(df, dtype=float)
    if {y.shape, v.shape, nu.shape} != {shape}:
        raise InputError(
            f"yi has shape {y.shape}, vi {v.shape}, df {nu.shape}: studies and options make {shape}"
        )
    scales = (scale_choice,) if isinstance(scale_choice, str) else scale_choice
    for name in scales:
        one_of("scale_choice", name, [c.name for c in choices])
    return y, v, nu, scales


def _data(
    y: FloatArray, v: FloatArray, nu: FloatArray, mask: BoolArray, combo: IndexArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Data sets, one a row: estimates and variances, and the degrees of freedom of a study by itself."""
    flat_y, flat_v, flat_nu = (a.reshape(len(a), -1) for a in (y, v, nu))
    first = mask.argmax(axis=1)
    return (
        np.where(mask, flat_y[:, combo].T, np.nan),
        np.where(mask, flat_v[:, combo].T, np.nan),
        np.where(mask.sum(1) == 1, flat_nu[first, combo], np.nan),
    )


def sets_to_run(studies: Sequence[str], sets: Mapping[tuple[str, ...], str]) -> BoolArray:
    """The sets of studies that are run, a row of booleans each.

    All of them while there are at most `MOST_SETS`. Beyond: the named sets, each of them less one study,
    each study alone, and a seeded sample of the others up to `MOST_SETS`.
    """
    n = len(studies)
    if (1 << n) - 1 <= MOST_SETS:
        return (np.arange(1, 1 << n)[:, None] >> np.arange(n) & 1).astype(bool)
    named, alone = _named(sets, studies), np.eye(n, dtype=bool)
    less_one = [row & ~study for row in named for study in alone[row]]
    taken = {row.tobytes(): row for row in (*named, *less_one, *alone) if row.any()}
    rng = np.random.default_rng(SEED)
    while len(taken) < MOST_SETS:
        drawn = rng.random(n) < 0.5
        if drawn.any():
            taken.setdefault(drawn.tobytes(), drawn)
    return np.array(list(taken.values()))


def _named(sets: Mapping[tuple[str, ...], str], studies: Sequence[str]) -> list[BoolArray]:
    """The named sets as rows of booleans."""
    for members in sets:
        for study in members:
            one_of("study", study, studies)
    return [np.isin(studies, list(members)) for members in sets]


def _worth(
    sets: Mapping[tuple[str, ...], str], studies: Sequence[str], run: BoolArray
) -> npt.NDArray[np.int8]:
    """What each set that is run is worth, as a position in `KINDS`."""
    worth = {
        row.tobytes(): KINDS.index(one_of(f"kind of {members}", kind, KINDS))
        for row, (members, kind) in zip(_named(sets, studies), sets.items(), strict=True)
    }
    return np.array([worth.get(row.tobytes(), KINDS.index("debatable")) for row in run], dtype=np.int8)


def _severity(choices: Sequence[Choice], codes: npt.NDArray[np.int16]) -> npt.NDArray[np.int8]:
    """What each row of codes is worth: as much as its worst option."""
    worth = [choice.severity[codes[:, i]] for i, choice in enumerate(choices)]
    return np.max([np.zeros(len(codes), dtype=np.int8), *worth], axis=0)


def _possible(
    y: FloatArray, v: FloatArray, nu: FloatArray, run: BoolArray, choices: Sequence[Choice]
) -> tuple[list[IndexArray], int, int]:
    """For each set the combinations that its studies can give and that repeat no better option; how many
    cannot be computed, and how many repeat another. Degrees of freedom tell analyses of one study apart."""
    possible = (np.isfinite(y) & np.isfinite(v) & (v > 0)).reshape(len(y), -1)
    several, alone = _repeats(y, v, nu, choices)
    kept, impossible, idle = [], 0, 0
    for row in run:
        usable = possible[row].all(axis=0)
        repeats = several if row.sum() > 1 else alone
        repeated = reduce(np.logical_or, (same[row].all(axis=0) for same in repeats), np.zeros_like(usable))
        kept.append(np.flatnonzero(usable & ~repeated))
        impossible += int((~usable).sum())
        idle += int((usable & repeated).sum())
    return kept, impossible, idle


def _thinned(
    kept: list[IndexArray], named: Sequence[bool], severity: npt.NDArray[np.int8]
) -> tuple[list[IndexArray], int]:
    """The combinations to run in each set, and how many are left out: of more than `MOST_DATA` data sets
    errors first, then what is debatable, in sets that are not named."""
    before = sum(map(len, kept))
    for worst in (KINDS.index("debatable"), KINDS.index("defensible")):
        if sum(map(len, kept)) <= MOST_DATA:
            break
        kept = [
            rows if spared else rows[severity[rows] <= worst]
            for rows, spared in zip(kept, named, strict=True)
        ]
    return kept, before - sum(map(len, kept))


def _repeats(
    y: FloatArray, v: FloatArray, nu: FloatArray, choices: Sequence[Choice]
) -> tuple[list[BoolArray], list[BoolArray]]:
    """For each choice and option: where (S, combos) a study has the numbers of that option, but for the
    rounding of the computer, under one that is worth less, or as much and stands later. Among several studies
    an estimate and its variance are the numbers; of one alone the degrees of freedom too."""
    several, alone = [], []
    for axis, choice in enumerate(choices, start=1):
        best_first = np.argsort(choice.severity, kind="stable")
        for rank, option in enumerate(best_first[:-1]):
            of_y, of_v, of_nu = (_alike(a, np.take(a, [option], axis=axis)) for a in (y, v, nu))
            later = np.isin(np.arange(len(best_first)), best_first[rank + 1 :])
            along = [-1 if i == axis else 1 for i in range(y.ndim)]
            same = of_y & of_v & later.reshape(along)
            several.append(same.reshape(len(y), -1))
            alone.append((same & of_nu).reshape(len(y), -1))
    return several, alone


def _alike(a: FloatArray, b: FloatArray) -> BoolArray:
    return np.isclose(a, b, rtol=1e-9, atol=0, equal_nan=True)


def _fit(
    y: FloatArray,
    v: FloatArray,
    mask: BoolArray,
    df: FloatArray,
    methods: tuple[Choice, Choice],
    level: float,
) -> dict[str, npt.NDArray[Any]]:
    """Results of all data sets under all methods that go together, one after the other."""
    single = mask.sum(1) == 1
    parts: dict[str, list[npt.NDArray[Any]]] = {}

    def run(rows: IndexArray, method: str, inference: str, codes: tuple[int, int]) -> None:
        if not len(rows):
            return
        fit = pool_many(
            y[rows], v[rows], mask[rows], method, inference, level, tau2_interval=False, weights=False
        )
        fit = with_own_intervals(fit, v[rows], mask[rows], df[rows])
        results = {"data": rows, "lower": fit.ci[:, 0], "upper": fit.ci[:, 1]}
        results |= {name: getattr(fit, name) for name in ("estimate", "p_value", "tau2", "converged")}
        for name, code in zip(("estimator", "inference"), codes, strict=True):
            results[name] = np.full(len(rows), code)
        for name, values in results.items():
            parts.setdefault(name, []).append(values)

    run(np.flatnonzero(single), "CE", "z", (0, 0))
    estimators, inferences = methods
    for i, method in enumerate(estimators.options):
        for j, inference in enumerate(inferences.options):
            if not (method == "CE" and inference.startswith("hksj")):
                run(np.flatnonzero(~single), method, inference, (i, j))
    return {name: np.concatenate(values) for name, values in parts.items()}
