"""Every analysis that a set of choices allows, run at once.

A specification is one option of every choice: those that make the data (measure, time point, correlation,
...), the set of studies, the estimator of tau2 and the inference. The whole product is enumerated; what
cannot be computed, and what only repeats another specification because a choice has no consequence there, is
left out and counted (Simonsohn, Simmons and Nelson 2020; Voracek, Kossmeier and Tran 2019; the subsets are
those of a GOSH plot, Olkin, Dahabreh and Trikalinos 2012).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from ldn_analysis.errors import InputError, one_of
from ldn_analysis.models.pooling.many import pool_many
from ldn_analysis.models.results import Result

__all__ = ["KINDS", "Choice", "JointTest", "Multiverse", "Specification", "multiverse"]

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.intp]

KINDS = ("defensible", "debatable", "error")
"""What a choice is worth; a specification is as good as its worst option."""

STUDIES, ESTIMATOR, INFERENCE = "studies", "tau2_method", "inference"


@dataclass(frozen=True, slots=True)
class Choice(Result):
    """One decision: its options, what each is worth (`KINDS`), and how each is called in a figure."""

    name: str
    options: tuple[str, ...]
    kinds: tuple[str, ...]
    labels: tuple[str, ...] = ()
    title: str = ""

    def __post_init__(self) -> None:
        if len(set(self.options)) != len(self.options) or not self.options:
            raise InputError(f"choice {self.name!r} needs at least one option, each named once")
        if len(self.kinds) != len(self.options):
            raise InputError(
                f"choice {self.name!r} has {len(self.options)} options and {len(self.kinds)} kinds"
            )
        for kind in self.kinds:
            one_of(f"kind of {self.name}", kind, KINDS)
        if not self.labels:
            object.__setattr__(self, "labels", self.options)
        if not self.title:
            object.__setattr__(self, "title", self.name)

    def index(self, option: str) -> int:
        """Position of an option; `InputError` lists those there are."""
        return self.options.index(one_of(self.name, option, self.options))

    @property
    def severity(self) -> npt.NDArray[np.int8]:
        """Position of each option's kind in `KINDS`."""
        return np.array([KINDS.index(k) for k in self.kinds], dtype=np.int8)


@dataclass(frozen=True, slots=True)
class Specification(Result):
    """One analysis of the multiverse, in words and numbers."""

    row: int
    options: dict[str, str]
    studies: tuple[str, ...]
    kind: str
    estimate: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class JointTest(Result):
    """Is the whole curve compatible with no effect in any trial?

    `p_median` and `p_share` are the proportions of curves simulated without any effect whose median estimate
    is at least as far from zero, and whose share of intervals below zero is at least as large, as observed.
    """

    scale: str
    specifications: int
    draws: int
    median: float
    share_below_zero: float
    p_median: float
    p_share: float
    simulated_medians: Array = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Multiverse(Result):
    """Every specification with its result; `codes[:, i]` is the option of `choices[i]`.

    The column of the choice "studies" is a bit mask over `studies`. `yi`, `vi` and `mask` hold the data sets,
    `data` the data set of each specification. `scale` is the option of `scale_choice`: estimates of different
    scales are never put together. `excluded` counts what was left out of `total`, by rule.
    """

    choices: tuple[Choice, ...]
    studies: tuple[str, ...]
    scale_choice: str
    codes: npt.NDArray[np.int32]
    kind: npt.NDArray[np.int8]
    estimate: Array
    lower: Array
    upper: Array
    p_value: Array
    tau2: Array
    k: npt.NDArray[np.int8]
    converged: Bools
    data: npt.NDArray[np.int32]
    yi: Array
    vi: Array
    mask: Bools
    level: float
    total: int
    excluded: dict[str, int]
    _sorted: npt.NDArray[np.int64] = field(init=False, repr=False)
    _order: Ints = field(init=False, repr=False)

    def __post_init__(self) -> None:
        keys = _keys(self.codes, self._radix)
        order = np.argsort(keys, kind="stable")
        object.__setattr__(self, "_order", order)
        object.__setattr__(self, "_sorted", keys[order])

    def __len__(self) -> int:
        return len(self.estimate)

    def __repr__(self) -> str:
        return f"Multiverse({len(self):,} specifications of {self.total:,}, {len(self.studies)} studies)"

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(
            f'<tr><th scope="row">{escape(c.title)}</th><td>{escape(", ".join(c.labels))}</td></tr>'
            for c in self.choices
        )
        return f"<table><caption>{escape(repr(self))}</caption><tbody>{rows}</tbody></table>"

    def column(self, name: str) -> int:
        """Column of `codes` of a choice."""
        return [c.name for c in self.choices].index(one_of("choice", name, [c.name for c in self.choices]))

    def where(self, kind: str | None = None, scale: str | None = None) -> Bools:
        """Specifications of a kind and on a scale (each may be left open)."""
        found = np.ones(len(self), dtype=bool)
        if kind is not None:
            found &= self.kind == KINDS.index(one_of("kind", kind, KINDS))
        if scale is not None:
            column = self.column(self.scale_choice)
            found &= self.codes[:, column] == self.choices[column].index(scale)
        return found

    @property
    def scales(self) -> tuple[str, ...]:
        """The scales that have specifications."""
        choice = self.choices[self.column(self.scale_choice)]
        return tuple(s for s in choice.options if self.where(scale=s).any())

    def names(self, mask: int) -> tuple[str, ...]:
        """The studies of a bit mask."""
        return tuple(s for i, s in enumerate(self.studies) if mask >> i & 1)

    def specification(self, row: int) -> Specification:
        """One row, in words."""
        options = {
            c.name: "+".join(self.names(int(code))) if c.name == STUDIES else c.options[int(code)]
            for c, code in zip(self.choices, self.codes[row], strict=True)
        }
        members = self.names(int(self.codes[row, self.column(STUDIES)]))
        return Specification(
            int(row), options, members, KINDS[int(self.kind[row])],
            float(self.estimate[row]), float(self.lower[row]), float(self.upper[row]),
        )  # fmt: skip

    def row(self, options: Mapping[str, str], studies: Sequence[str]) -> int:
        """Row of a specification; a choice not named is at its first option. `InputError` if not there."""
        code = np.zeros(len(self.choices), dtype=np.int64)
        for name, option in options.items():
            column = self.column(name)
            code[column] = self.choices[column].index(option)
        code[self.column(STUDIES)] = self.bits(studies)
        found = self.find_codes(code[None, :])[0]
        if found < 0:
            raise InputError(
                f"no specification with {dict(options)} and {tuple(studies)}: it cannot be computed, "
                "or a choice has no consequence there (then name its first option)"
            )
        return int(found)

    def bits(self, studies: Sequence[str]) -> int:
        """Bit mask of studies."""
        return sum(1 << self.studies.index(one_of("study", s, self.studies)) for s in studies)

    def find_codes(self, codes: npt.NDArray[Any]) -> Ints:
        """Row of each code, shape (n, choices); -1 where there is none."""
        wanted = _keys(codes, self._radix)
        at = np.minimum(np.searchsorted(self._sorted, wanted), len(self._sorted) - 1)
        return np.where(self._sorted[at] == wanted, self._order[at], -1)

    @property
    def _radix(self) -> tuple[int, ...]:
        return tuple((1 << len(self.studies)) if c.name == STUDIES else len(c.options) for c in self.choices)

    def frame(self) -> Any:
        """All specifications as a DataFrame of plain columns (for Parquet)."""
        import pandas as pd

        columns: dict[str, Any] = {}
        for i, choice in enumerate(self.choices):
            if choice.name == STUDIES:
                for j, study in enumerate(self.studies):
                    columns[f"has_{study}"] = (self.codes[:, i] >> j & 1).astype(bool)
            else:
                columns[choice.name] = pd.Categorical.from_codes(
                    self.codes[:, i].tolist(), pd.Index(choice.options)
                )
        return pd.DataFrame(
            columns
            | {"kind": pd.Categorical.from_codes(self.kind.tolist(), pd.Index(KINDS)), "k": self.k}
            | {"estimate": self.estimate, "lower": self.lower, "upper": self.upper}
            | {"p_value": self.p_value, "tau2": self.tau2, "converged": self.converged}
        )


def _keys(codes: npt.NDArray[Any], radix: Sequence[int]) -> npt.NDArray[np.int64]:
    """One whole number for each row of codes."""
    key = np.zeros(len(codes), dtype=np.int64)
    for column, size in enumerate(radix):
        key = key * size + codes[:, column].astype(np.int64)
    return key


def multiverse(
    yi: npt.ArrayLike,
    vi: npt.ArrayLike,
    studies: Sequence[str],
    choices: Sequence[Choice],
    *,
    tau2_methods: Choice,
    inferences: Choice,
    sets: Mapping[tuple[str, ...], str],
    scale_choice: str,
    level: float = 0.95,
) -> Multiverse:
    """Run every specification.

    Parameters
    ----------
    yi, vi : array_like, shape (S, n1, ..., nD)
        Estimate and variance of each study under each combination of the D choices' options; not-a-number
        where the combination cannot be had from that study. LDN minus placebo.
    studies : sequence of str, length S
    choices : sequence of Choice, length D
        Those that make the data, in the order of the axes.
    tau2_methods, inferences : Choice
        Options are those of `pool`. Inference with Hartung-Knapp belongs to random effects: with "CE" it is
        left out, and a single study is only counted once.
    sets : mapping of tuple of study names to kind
        What each set of studies is worth; a set that is not named is "debatable".
    scale_choice : str
        The choice whose options are scales (estimates that cannot be compared).
    level : float

    Returns
    -------
    Multiverse

    Raises
    ------
    InputError
        Shapes that do not fit, or nothing that can be computed.
    """
    y, v = np.asarray(yi, dtype=float), np.asarray(vi, dtype=float)
    shape = (len(studies), *(len(c.options) for c in choices))
    if y.shape != shape or v.shape != shape:
        raise InputError(f"yi has shape {y.shape}, vi {v.shape}: studies and options make {shape}")
    one_of("scale_choice", scale_choice, [c.name for c in choices])
    possible = np.isfinite(y) & np.isfinite(v) & (v > 0)
    combos, n_subsets = int(np.prod(shape[1:])), (1 << len(studies)) - 1
    repeats = _repeats(y, v)

    rows, bits, impossible, idle = [], [], 0, 0
    for subset in range(1, n_subsets + 1):
        members = [i for i in range(len(studies)) if subset >> i & 1]
        usable = reduce(np.logical_and, (possible[i] for i in members)).ravel()
        repeated = np.zeros(combos, dtype=bool)
        for same in repeats:
            repeated |= reduce(np.logical_and, (same[i] for i in members))
        kept = np.flatnonzero(usable & ~repeated)
        impossible += int((~usable).sum())
        idle += int((usable & repeated).sum())
        rows.append(kept)
        bits.append(np.full(len(kept), subset))
    combo, subset_of = np.concatenate(rows), np.concatenate(bits)
    if not len(combo):
        raise InputError("no combination of the choices can be computed from these studies")
    mask = (subset_of[:, None] >> np.arange(len(studies)) & 1).astype(bool)
    data_y = np.where(mask, y.reshape(len(studies), -1)[:, combo].T, np.nan)
    data_v = np.where(mask, v.reshape(len(studies), -1)[:, combo].T, np.nan)

    fits = _fit(data_y, data_v, mask, tau2_methods, inferences, level)
    data = fits["data"]
    data_codes = np.stack(np.unravel_index(combo, shape[1:]), axis=1)
    codes = np.column_stack([data_codes[data], subset_of[data], fits["estimator"], fits["inference"]])
    study_choice = Choice(STUDIES, (STUDIES,), ("defensible",), title="studies")
    every = (*choices, study_choice, tau2_methods, inferences)
    severity = _severity(sets, studies)[subset_of[data]]
    for column, choice in enumerate(every):
        if choice.name != STUDIES:
            severity = np.maximum(severity, choice.severity[codes[:, column]])
    methods = len(tau2_methods.options) * len(inferences.options)
    total = combos * n_subsets * methods
    left = {
        "cannot be computed from these studies": impossible * methods,
        "a choice without consequence there (the same analysis again)": idle * methods,
        "estimator and inference that do not go together": len(combo) * methods - len(data),
    }
    return Multiverse(
        choices=every, studies=tuple(studies), scale_choice=scale_choice, codes=codes.astype(np.int32),
        kind=severity, estimate=fits["estimate"], lower=fits["lower"], upper=fits["upper"],
        p_value=fits["p_value"], tau2=fits["tau2"], k=mask.sum(1)[data].astype(np.int8),
        converged=fits["converged"], data=data.astype(np.int32), yi=data_y, vi=data_v, mask=mask,
        level=level, total=total, excluded=left,
    )  # fmt: skip


def _repeats(y: Array, v: Array) -> list[npt.NDArray[np.bool_]]:
    """For each choice and lower option: where (S, combos) a study has the numbers of that lower option."""
    found = []
    for axis in range(1, y.ndim):
        options = y.shape[axis]
        for lower in range(options - 1):
            y0, v0 = (np.take(a, [lower], axis=axis) for a in (y, v))
            same = ((y == y0) & (v == v0)) | (np.isnan(y) & np.isnan(y0))
            above = np.arange(options).reshape([-1 if i == axis else 1 for i in range(y.ndim)]) > lower
            found.append((same & above).reshape(len(y), -1))
    return found


def _severity(sets: Mapping[tuple[str, ...], str], studies: Sequence[str]) -> npt.NDArray[np.int8]:
    """What each bit mask of studies is worth."""
    worth = np.full(1 << len(studies), KINDS.index("debatable"), dtype=np.int8)
    for members, kind in sets.items():
        bits = sum(1 << list(studies).index(one_of("study", s, studies)) for s in members)
        worth[bits] = KINDS.index(one_of(f"kind of {members}", kind, KINDS))
    return worth


def _fit(
    y: Array, v: Array, mask: Bools, tau2_methods: Choice, inferences: Choice, level: float
) -> dict[str, npt.NDArray[Any]]:
    """Results of all data sets under all methods that go together, one after the other."""
    single = mask.sum(1) == 1
    parts: dict[str, list[npt.NDArray[Any]]] = {}

    def run(rows: Ints, method: str, inference: str, codes: tuple[int, int]) -> None:
        if not len(rows):
            return
        fit = pool_many(y[rows], v[rows], mask[rows], method, inference, level,
                        tau2_interval=False, weights=False)  # fmt: skip
        results = {
            "data": rows,
            "estimator": np.full(len(rows), codes[0]), "inference": np.full(len(rows), codes[1]),
            "estimate": fit.estimate, "lower": fit.ci[:, 0], "upper": fit.ci[:, 1],
            "p_value": fit.p_value, "tau2": fit.tau2, "converged": fit.converged,
        }  # fmt: skip
        for name, values in results.items():
            parts.setdefault(name, []).append(values)

    run(np.flatnonzero(single), "CE", "z", (0, 0))
    for i, method in enumerate(tau2_methods.options):
        for j, inference in enumerate(inferences.options):
            if not (method == "CE" and inference.startswith("hksj")):
                run(np.flatnonzero(~single), method, inference, (i, j))
    return {name: np.concatenate(values) for name, values in parts.items()}
