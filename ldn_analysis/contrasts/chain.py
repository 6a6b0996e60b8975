"""A derivation that records itself: each number knows where it was read, or how and from what it was made.

The rules compute *through* a `Chain`, so that what is explained is what was calculated: the values of the
last two steps are yi and vi.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ldn_analysis.evidence.provenance import anchor

ASSUMED = "assumption"
ASSUMPTIONS = {
    "crossover_r": "correlation of the two conditions",
    "assumed_crossover_r": "correlation of the two conditions",
    "pre_post_r": "pre-post correlation",
    "percent_baseline_r": "correlation of percent reduction and baseline",
    "instrument_r": "correlation of the instruments",
    "dose_r": "correlation of the doses' differences",
    "assumed_baseline": "baseline mean",
    "assumed_baseline_sd": "SD at baseline",
}
"""What no paper reports, by the parameter that says it."""
OF_PARAMETER = "parameter {}"
"""The formula of a number that is assumed."""
PLACES = ("week", "scale_min", "scale_max", "dose", "period")
"""Numbers of a row that say what it is about."""
OF_ESTIMATE = frozenset({"value", "n", "n_ldn", "n_control", "p_value", *PLACES})
"""Numbers of a row that are no spread; every other is one."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the outcomes table, as far as the reading level lets us read it (NaN where it does not)."""

    outcome_id: str
    group: str
    week: float
    statistic: str
    unit: str
    better: str
    scale_min: float
    scale_max: float
    n: float
    n_ldn: float
    n_control: float
    value: float
    lower95: float
    upper95: float
    sd: float
    se: float
    iqr: float
    p_value: float
    source: str
    location: str
    how_read: str
    p_value_from: str = ""  # a model whose contrast the p value is; empty for an ordinary test
    p_bound: str = ""  # "below" or "above": the p value is a bound ("p < 0.05"), not printed exactly
    limits_by: str = ""  # "z": the source says that its limits are 1.96 SE away
    t_value: float = math.nan
    f_value: float = math.nan
    q1: float = math.nan
    q3: float = math.nan
    minimum: float = math.nan
    maximum: float = math.nan
    dose: float = math.nan  # mg a day of an arm, where the trial has several
    period: float = math.nan  # of a crossover, where the numbers are those of one period only
    analysis: str = ""

    def read_as(self, name: str) -> str:
        """How one field was read: in a row read as "A+B" value, n and p are A, what says its spread B."""
        estimate, _, spread = self.how_read.partition("+")
        return estimate if name in OF_ESTIMATE else spread or estimate


@dataclass(frozen=True, slots=True)
class Step:
    """One number of a derivation.

    `inputs` holds the outcome id for a number that was read, and the keys of earlier steps for one computed;
    `kind` is "reported", "derived", "assumption" or "check" (a check does not enter yi or vi); `at_most` says
    that the number is the largest that a printed bound allows.
    """

    key: str
    kind: str
    quantity: str
    value: float
    unit: str
    formula: str
    inputs: tuple[str, ...]
    source: str = ""
    location: str = ""
    how_read: str = "derived"
    note: str = ""
    at_most: bool = False


@dataclass(slots=True)
class Chain:
    """Steps in the order in which they were taken."""

    steps: list[Step] = field(default_factory=list)

    def _add(
        self,
        kind: str,
        quantity: str,
        value: float,
        unit: str,
        formula: str,
        inputs: tuple[str, ...],
        **more: Any,
    ) -> Step:
        key = f"s{len(self.steps) + 1}"
        self.steps.append(Step(key, kind, quantity, float(value), unit, formula, inputs, **more))
        return self.steps[-1]

    def computed(self, quantity: str) -> Step | None:
        """The step of this name that was computed or assumed before, None where there is none."""
        steps = (step for step in self.steps if step.kind in ("derived", ASSUMED))
        return next((step for step in steps if step.quantity == quantity), None)

    def read(self, row: Row, name: str, quantity: str, unit: str) -> Step:
        """A number as the paper prints it; reading the same field twice gives the same step."""
        for step in self.steps:
            if step.kind == "reported" and step.inputs == (row.outcome_id,) and step.quantity == quantity:
                return step
        place = {"source": row.source, "location": row.location, "how_read": row.read_as(name)}
        value, of = getattr(row, name), (row.outcome_id,)
        return self._add("reported", quantity, value, unit, "as reported", of, **place)

    def derive(
        self,
        quantity: str,
        value: float,
        unit: str,
        formula: str,
        *inputs: Step,
        note: str = "",
        at_most: bool = False,
    ) -> Step:
        """A number computed from earlier steps."""
        keys = tuple(s.key for s in inputs)
        return self._add("derived", quantity, value, unit, formula, keys, note=note, at_most=at_most)

    def assume(self, parameter: str, value: float, note: str, unit: str = "") -> Step:
        """A number that no paper reports: a parameter of `ASSUMPTIONS`."""
        quantity, formula = ASSUMPTIONS[parameter], OF_PARAMETER.format(parameter)
        return self._add(ASSUMED, quantity, value, unit, formula, (), how_read=ASSUMED, note=note)

    def check(
        self, quantity: str, value: float, unit: str, formula: str, *inputs: Step, note: str = ""
    ) -> Step:
        """A number that is reported beside the derivation and does not enter it."""
        return self._add("check", quantity, value, unit, formula, tuple(s.key for s in inputs), note=note)

    def words(self) -> str:
        """The derivation in one line: the computed and assumed steps with their formulas."""
        parts = []
        for step in self.steps:
            if step.kind == "derived":
                parts.append(f"{step.quantity} = {step.formula} = {step.value:.4g}")
            elif step.kind == ASSUMED:
                parts.append(f"{step.quantity} assumed {step.value:g}")
        return "; ".join(parts)

    def outcome_ids(self) -> tuple[str, ...]:
        """Rows of the outcomes table that were read, in order, once each."""
        return tuple(dict.fromkeys(i for s in self.steps if s.kind == "reported" for i in s.inputs))

    def sources(self, name: str) -> str:
        """Distinct sources, locations or ways of reading among the numbers read, joined by "; "."""
        return "; ".join(dict.fromkeys(getattr(s, name) for s in self.steps if s.kind == "reported"))


def beside(steps: Sequence[Step], prefix: str, instrument: str) -> list[Step]:
    """Steps of one instrument as they stand in a chain of several: their keys and names say which it is."""
    renamed = []
    for step in steps:
        inputs = step.inputs if step.kind == "reported" else tuple(prefix + key for key in step.inputs)
        quantity = f"{instrument}: {step.quantity}"
        renamed.append(replace(step, key=prefix + step.key, quantity=quantity, inputs=inputs))
    return renamed


@dataclass(frozen=True, slots=True)
class Explanation:
    """The chain from a paper's numbers to yi and vi of one contrast; iterate over it for its steps.

    Attributes
    ----------
    study_id, label, outcome, measure, unit
        What is explained.
    included : bool
        False where no estimate could be derived or the study is outside the chosen set.
    reason : str
        Why not, in words (empty if included).
    words : str
        The rule that was applied, in words.
    steps : tuple of Step
        The last two are yi and vi, unless the contrast is excluded.
    """

    study_id: str
    label: str
    outcome: str
    measure: str
    instrument: str
    unit: str
    better: str
    included: bool
    reason: str
    words: str
    steps: tuple[Step, ...]

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def assumed(self, parameter: str) -> float:
        """The value at which a parameter of `ASSUMPTIONS` entered; NaN where the chain did not need it."""
        formula = OF_PARAMETER.format(parameter)  # the quantity may be preceded by its instrument
        return next((step.value for step in self.steps if step.formula == formula), math.nan)

    @property
    def anchor(self) -> str:
        """The id that a report's links point to."""
        return anchor(self.study_id, self.outcome)

    @property
    def scale(self) -> str:
        """The measure with its unit; alone where the paper's unit is not known."""
        return f"{self.measure} in {self.unit}" if self.unit else self.measure

    def text(self) -> str:
        """Plain text, for the command line."""
        lines = [
            f"{self.label}: {self.outcome} ({self.instrument}), {self.scale}, LDN minus control, "
            f"{self.better} is better"
        ]
        if self.words:
            lines.append(f"Rule: {self.words}")
        if not self.included:
            lines.append(f"Excluded: {self.reason}")
        number = {step.key: i for i, step in enumerate(self.steps, 1)}
        for step in self.steps:
            from_steps = [str(number[k]) for k in step.inputs if k in number]
            lines.append(f"{number[step.key]:>3}. {step.quantity} = {step.value:.6g} {step.unit}".rstrip())
            lines.append(f"     {step.formula}" + (f"  [from {', '.join(from_steps)}]" if from_steps else ""))
            if step.kind == "reported":
                lines.append(
                    f"     {step.inputs[0]}: {step.source}, {step.location} (read as: {step.how_read})"
                )
            if step.note:
                lines.append(f"     Note: {step.note}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return self.text()
