"""A multiverse as data: choices, specifications, and the table of all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ldn_analysis import html
from ldn_analysis.errors import BoolArray, FloatArray, IndexArray, InputError, one_of
from ldn_analysis.models.results import Result

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

    def only(self, kept: Sequence[int]) -> Choice:
        """The same decision with these of its options, by position."""
        options, kinds, labels = (
            tuple(of[i] for i in kept) for of in (self.options, self.kinds, self.labels)
        )
        return replace(self, options=options, kinds=kinds, labels=labels)

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
class Multiverse(Result):
    """Every specification that was run with its result; `codes[:, i]` is the option of `choices[i]`.

    The column of the choice "studies" is the place of the set in `sets`, a row of booleans over `studies`.
    `yi`, `vi` and `mask` hold the data sets, `df` the degrees of freedom of those of one study, `data` the
    data set of each specification. `scale_choices` are the choices whose options are not equivalent
    (measures, time points): estimates of different scales are never put together. `excluded` counts what was
    left out of `total`, by rule.
    """

    choices: tuple[Choice, ...]
    studies: tuple[str, ...]
    scale_choices: tuple[str, ...]
    sets: BoolArray
    codes: npt.NDArray[np.int16]
    kind: npt.NDArray[np.int8]
    estimate: FloatArray
    lower: FloatArray
    upper: FloatArray
    p_value: npt.NDArray[np.float32]
    tau2: npt.NDArray[np.float32]
    k: npt.NDArray[np.int8]
    converged: BoolArray
    data: npt.NDArray[np.int32]
    yi: FloatArray
    vi: FloatArray
    mask: BoolArray
    df: FloatArray
    level: float
    total: int
    excluded: dict[str, int]
    _sorted: npt.NDArray[np.int64] = field(init=False, repr=False)
    _order: npt.NDArray[np.int32] = field(init=False, repr=False)
    _places: dict[bytes, int] = field(init=False, repr=False)
    _where: dict[tuple[str | None, str | None], BoolArray] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        keys = _keys(self.codes, self._radix)
        order = np.argsort(keys, kind="stable")
        object.__setattr__(self, "_order", order.astype(np.int32))
        object.__setattr__(self, "_sorted", keys[order])
        object.__setattr__(self, "_places", {row.tobytes(): i for i, row in enumerate(self.sets)})
        object.__setattr__(self, "_where", {})

    def __len__(self) -> int:
        return len(self.estimate)

    def __repr__(self) -> str:
        return f"Multiverse({len(self):,} specifications of {self.total:,}, {len(self.studies)} studies)"

    def _repr_html_(self) -> str:
        rows = ((c.title, ", ".join(c.labels)) for c in self.choices)
        return html.finished(html.table(repr(self), ("", ""), rows))

    def column(self, name: str) -> int:
        """Column of `codes` of a choice."""
        return [c.name for c in self.choices].index(one_of("choice", name, [c.name for c in self.choices]))

    def options_of(self, scale: str) -> dict[str, str]:
        """What a scale is: an option of each of `scale_choices`."""
        return dict(zip(self.scale_choices, self._scales[one_of("scale", scale, self._scales)], strict=True))

    def where(self, kind: str | None = None, scale: str | None = None) -> BoolArray:
        """Specifications of a kind and on a scale (each may be left open); not to be written to."""
        if (kind, scale) in self._where:
            return self._where[kind, scale]
        member = np.ones(len(self), dtype=bool)
        if kind is not None:
            member &= self.kind == KINDS.index(one_of("kind", kind, KINDS))
        if scale is not None:
            for name, option in self.options_of(scale).items():
                column = self.column(name)
                member &= self.codes[:, column] == self.choices[column].index(option)
        member.flags.writeable = False
        self._where[kind, scale] = member
        return member

    @property
    def _scales(self) -> dict[str, tuple[str, ...]]:
        """Every scale by its name: the first choice's option, and of the others what is not their first."""
        scales: dict[str, tuple[str, ...]] = {"": ()}
        for i, name in enumerate(self.scale_choices):
            choice = self.choices[self.column(name)]
            words = ("", *choice.labels[1:]) if i else choice.options
            scales = {
                ", ".join(filter(None, (scale, word))): (*options, option)
                for scale, options in scales.items()
                for word, option in zip(words, choice.options, strict=True)
            }
        return scales

    @property
    def scales(self) -> tuple[str, ...]:
        """The scales that have specifications."""
        return tuple(s for s in self._scales if self.where(scale=s).any())

    def has(self, study: str) -> BoolArray:
        """Which specifications hold a study."""
        return np.asarray(self.mask[self.data, self.studies.index(one_of("study", study, self.studies))])

    def members(self, place: int) -> tuple[str, ...]:
        """The studies of the set at this place of `sets`."""
        return tuple(s for s, there in zip(self.studies, self.sets[place], strict=True) if there)

    def specification(self, row: int) -> Specification:
        """One row, in words."""
        members = self.members(int(self.codes[row, self.column(STUDIES)]))
        options = {
            c.name: "+".join(members) if c.name == STUDIES else c.options[int(code)]
            for c, code in zip(self.choices, self.codes[row], strict=True)
        }
        numbers = (float(of[row]) for of in (self.estimate, self.lower, self.upper))
        return Specification(int(row), options, members, KINDS[int(self.kind[row])], *numbers)

    def row(self, options: Mapping[str, str], studies: Sequence[str]) -> int:
        """Row of a specification; a choice not named is at its first option. `InputError` if not there."""
        code = np.zeros(len(self.choices), dtype=np.int64)
        for name, option in options.items():
            column = self.column(name)
            code[column] = self.choices[column].index(option)
        code[self.column(STUDIES)] = self.place(studies)
        row = int(self.find_codes(code[None, :])[0])
        if row < 0:
            raise InputError(
                f"no specification with {dict(options)} and {tuple(studies)}: it cannot be computed, it was "
                "not run, or a choice has no consequence there (then name its first option)"
            )
        return row

    def place(self, studies: Sequence[str]) -> int:
        """The place of a set of studies in `sets`, -1 if that set was not run."""
        for study in studies:
            one_of("study", study, self.studies)
        return self._places.get(np.isin(self.studies, list(studies)).tobytes(), -1)

    def find_codes(self, codes: npt.NDArray[Any]) -> IndexArray:
        """Row of each code, shape (n, choices); -1 where there is none."""
        keys = _keys(codes, self._radix)
        at = np.minimum(np.searchsorted(self._sorted, keys), len(self._sorted) - 1)
        there = (self._sorted[at] == keys) & (codes[:, self.column(STUDIES)] >= 0)
        return np.where(there, self._order[at], -1)

    @property
    def _radix(self) -> tuple[int, ...]:
        return tuple(len(self.sets) if c.name == STUDIES else len(c.options) for c in self.choices)

    def frame(self) -> pd.DataFrame:
        """All specifications as a DataFrame of plain columns (for Parquet)."""
        columns: dict[str, Any] = {}
        for i, choice in enumerate(self.choices):
            if choice.name == STUDIES:
                columns |= {f"has_{study}": self.has(study) for study in self.studies}
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
