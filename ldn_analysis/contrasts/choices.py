"""The analyst's choices that an estimate depends on, and what of a study's rows they let us read."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

from ldn_analysis.contrasts.chain import Row
from ldn_analysis.errors import InputError, one_of
from ldn_analysis.evidence.how_read import READ_AT, READINGS

__all__ = ["MEASURES", "READINGS", "STUDY_SETS", "TIMES", "Choices", "Material", "Unusable"]

MEASURES = ("MD", "SMD")
STUDY_SETS = ("primary", "with_pilot", "all_randomised")
TIMES = ("primary", "6_months", "12_months")

_NUMBERS = ("n", "n_ldn", "n_control", "value", "lower95", "upper95", "sd", "se", "iqr", "p_value")


class Unusable(Exception):
    """The rows of a study cannot give the estimate; the message is the reason that the table shows."""


@dataclass(frozen=True, slots=True)
class Choices:
    """How estimates are derived. Defaults are the prespecified ones; see `contrasts.derive` for each."""

    measure: str = "MD"
    study_set: str = "primary"
    time: str | float = "primary"
    adjusted: bool = True
    crossover_r: float | str | None = None
    reading: str = "all"
    ci_distribution: Literal["t", "z"] = "t"
    raw: Literal["change", "final"] = "change"
    pre_post_r: float = 0.5
    assumed_crossover_r: float = 0.5
    smd_sd: Literal["change", "final"] = "change"
    correction: Literal["exact", "approximate", "none"] = "exact"
    assumed_baseline: float | None = None

    def __post_init__(self) -> None:
        one_of("measure", self.measure, MEASURES)
        one_of("study_set", self.study_set, STUDY_SETS)
        if isinstance(self.time, str):
            one_of("time", self.time, TIMES)
        elif not (math.isfinite(self.time) and self.time > 0):
            raise InputError(f"time is {self.time!r}: must be a number of weeks above zero or one of {TIMES}")
        one_of("reading", self.reading, READINGS)
        one_of("ci_distribution", self.ci_distribution, ("t", "z"))
        one_of("raw", self.raw, ("change", "final"))
        one_of("smd_sd", self.smd_sd, ("change", "final"))
        one_of("correction", self.correction, ("exact", "approximate", "none"))
        r = self.crossover_r
        if isinstance(r, str):
            one_of("crossover_r", r, ("parallel",))
        for name, value in (
            ("crossover_r", r),
            ("pre_post_r", self.pre_post_r),
            ("assumed_crossover_r", self.assumed_crossover_r),
        ):
            if isinstance(value, (int, float)) and not -1 < value < 1:
                raise InputError(f"{name} is {value!r}: a correlation must lie between -1 and 1")
        if self.assumed_baseline is not None and not 0 < self.assumed_baseline < math.inf:
            raise InputError(f"assumed_baseline is {self.assumed_baseline!r}: must be above zero")


def _kind(row: Row) -> str:
    """What a row of the outcomes table states, from its statistic, unit and week."""
    statistic = row.statistic
    if statistic in {"paired difference", "median difference", "mean change"}:
        return {"paired difference": "paired", "median difference": "median", "mean change": "change"}[
            statistic
        ]
    if statistic.startswith("adjusted"):
        return "adjusted"
    if statistic.startswith(("difference", "mean difference")):
        return "contrast"
    if statistic == "mean":
        if row.week == 0:
            return "baseline"
        return "change" if row.unit.startswith("percent reduction") else "level"
    return "other"


@dataclass(frozen=True, slots=True)
class Material:
    """What one study reports on one instrument, masked to the reading level, with the choices that apply."""

    study: dict[str, Any]
    rows: tuple[Row, ...]
    choices: Choices
    masked: bool

    @property
    def paired(self) -> bool:
        """Whether each participant had both conditions."""
        return str(self.study["design"]).startswith("crossover")

    def find(self, kinds: str | tuple[str, ...], group: str, week: float | None = None) -> Row | None:
        """First row of a kind and group with a value, at `week` if given (rows without a week match any)."""
        wanted = (kinds,) if isinstance(kinds, str) else kinds
        for kind in wanted:
            for row in self.rows:
                at = (
                    week is None
                    or self.paired
                    or math.isnan(row.week)
                    or row.week == week
                    or kind == "baseline"
                )
                if _kind(row) == kind and row.group == group and at and not math.isnan(row.value):
                    return row
        return None

    def arms(self, kinds: str | tuple[str, ...], week: float | None = None) -> tuple[Row, Row] | None:
        """The LDN and the control row of a kind, or None unless both are there."""
        ldn, control = self.find(kinds, "ldn", week), self.find(kinds, "placebo", week)
        return (ldn, control) if ldn and control else None

    def weeks(self) -> list[float]:
        """Weeks at which LDN and control are compared; a crossover has one, that of its LDN condition."""
        found = [
            r.week
            for r in self.rows
            if r.week > 0 and (r.group == "ldn-placebo" or self.arms(("level", "change"), r.week))
        ]
        if self.paired:
            ldn = [r.week for r in self.rows if r.week > 0 and r.group in {"ldn", "ldn-placebo"}]
            known = max(ldn, default=float(self.study["treatment_weeks"]))
            compared = self.find(("paired", "contrast", "adjusted", "median"), "ldn-placebo")
            return [known] if compared or self.arms(("level", "change")) else []
        return sorted(set(found))


def rows_of(records: list[dict[str, Any]], choices: Choices) -> tuple[tuple[Row, ...], bool]:
    """Rows of the outcomes table as `Row`s, numbers beyond the reading level masked; and whether any was."""
    allowed = READ_AT.get(choices.reading)
    out, masked = [], False
    for record in records:
        row = _row(record)
        hidden = [
            name
            for name in _NUMBERS
            if allowed is not None and row.read_as(name) not in allowed and not math.isnan(getattr(row, name))
        ]
        masked = masked or bool(hidden)
        hide: dict[str, Any] = dict.fromkeys(hidden, math.nan)
        out.append(replace(row, **hide))
    return tuple(out), masked


def _row(record: dict[str, Any]) -> Row:
    def number(name: str) -> float:
        return _number(record.get(name))

    def text(name: str) -> str:
        return _text(record.get(name))

    return Row(
        outcome_id=text("outcome_id"),
        group=text("group"),
        week=number("week"),
        statistic=text("statistic"),
        unit=text("unit"),
        better=text("better"),
        scale_min=number("scale_min"),
        scale_max=number("scale_max"),
        n=number("n"),
        n_ldn=number("n_ldn"),
        n_control=number("n_placebo"),
        value=number("value"),
        lower95=number("lower95"),
        upper95=number("upper95"),
        sd=number("sd"),
        se=number("se"),
        iqr=number("iqr"),
        p_value=number("p_value"),
        source=text("source"),
        location=text("location"),
        how_read=text("how_read"),
        p_value_from=text("p_value_from"),
    )


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _text(value: Any) -> str:
    """Text of a cell; missing (None, NaN, NA) is empty."""
    return value if isinstance(value, str) else ""
