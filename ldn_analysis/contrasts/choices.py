"""The analyst's choices that an estimate depends on, and what of a study's rows they let us read."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from numbers import Real
from typing import Any, Literal, TypeGuard

from ldn_analysis.contrasts.chain import PLACES, Row
from ldn_analysis.errors import InputError, one_of
from ldn_analysis.evidence.scales import Scale
from ldn_analysis.evidence.vocabulary import OF_DIFFERENCES, READ_AT, READINGS
from ldn_analysis.measures.compared import COMPARED

MEASURES = tuple(COMPARED)
STUDY_SETS = ("primary", "with_pilot", "all_randomised")
TIMES = ("primary", "6_months", "12_months")
_LISTED: dict[str, tuple[Any, ...]] = {
    "measure": MEASURES, "study_set": STUDY_SETS, "reading": READINGS, "ci_distribution": ("t", "z"),
    "raw": ("change", "final"), "smd_sd": ("change", "final"), "correction": ("exact", "approximate", "none"),
    "instruments": ("combined", "one"), "adjusted": (True, False),
}  # fmt: skip
"""Choices that are one of some words."""
_BETWEEN, _UP_TO_1 = "a correlation must lie between -1 and 1", "a correlation from 0 to 1"
_OF_100 = "must be above zero, in points of 100"
_IN_RANGE: dict[str, Callable[[float], bool]] = {
    _BETWEEN: lambda r: -1 < r < 1,
    _UP_TO_1: lambda r: 0 <= r <= 1,
    _OF_100: lambda points: 0 < points <= 100,
}
_OF_NUMBERS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "crossover_r": (_BETWEEN, (None, "parallel")),
    "pre_post_r": (_BETWEEN, ()),
    "assumed_crossover_r": (_BETWEEN, ()),
    "percent_baseline_r": (_BETWEEN, (None,)),
    "instrument_r": (_UP_TO_1, ()),
    "dose_r": (_UP_TO_1, ()),
    "assumed_baseline": (_OF_100, (None,)),
    "assumed_baseline_sd": (_OF_100, (None,)),
}
"""Choices that are a number, with the rule and with what else they may be."""
_NUMBERS = tuple(f.name for f in fields(Row) if f.type == "float" and f.name not in PLACES)
"""What a reading level may hide: all numbers of a row but those that say what it is about."""
_PRECISIONS = [form.columns[0] for form in OF_DIFFERENCES.values()]
_COLUMNS = {"n_control": "n_placebo", "dose": "dose_mg_per_day"}
"""Columns whose name is not that of the field."""


class Unusable(Exception):
    """The rows of a study cannot give the estimate; the message is the reason that the table shows."""


@dataclass(frozen=True, slots=True)
class Choices:
    """How estimates are derived.

    Attributes
    ----------
    measure : {"MD", "SMD"}
    study_set : {"primary", "with_pilot", "all_randomised"}
        Which studies are included; membership and reasons come from the data (``data/study_sets.csv``).
    time : {"primary", "6_months", "12_months"} or a number of weeks
        "primary": each study's primary time point, as declared; undeclared, the end of treatment. "6_months",
        "12_months": each study's last one up to then, of its treatment (so a trial of 12 weeks stays in, and
        its `week` says so). A number: estimates at exactly that week.
    adjusted : bool
        True (default): a reported adjusted difference is preferred. False: an unadjusted one, or one from the
        arms.
    crossover_r : None, a number in (-1, 1), or "parallel"
        None: the correlation that the paper's own result implies (its standard error is used as it is). A
        number replaces it where the SDs of the conditions are known. "parallel" ignores the pairing: an
        error, offered to reproduce published analyses, and labelled so.
    reading : {"all", "transcribed", "read by us", "abstract"}
        Use only numbers read in abstracts (and registries); or all that we read ourselves, full texts among
        them; or also those transcribed from full texts by others; or all. In a row read as
        "abstract+transcribed" estimate, n and p count as abstract, interval and SD as transcribed.
    ci_distribution : {"t", "z"}
        How intervals of differences are turned into standard errors; t with n1 + n2 - 2 df (paired: n - 1) by
        default (Handbook 6.5.2.3: arms below 60).
    raw : {"change", "final"}
        What ``adjusted=False`` takes from arms that report baseline and final values.
    pre_post_r : float
        Assumed correlation of baseline and final values where the SD of the change (or of values) is not
        reported; default 0.5. Sweep it.
    assumed_crossover_r : float
        Only under SMD, only where a crossover reports no SDs of its conditions and `crossover_r` is None;
        default 0.5.
    smd_sd : {"change", "final"}
        The SD that standardises: of change scores (default: the only one that every trial reports or nearly
        so), or of values. Differences standardised by different SDs should not be mixed (Handbook 23.2.7.2,
        10.5.2).
    correction : {"exact", "approximate", "none"}
        Small-sample correction of the SMD.
    assumed_baseline : float, optional
        Baseline mean, in points of 100 whatever the paper's scale, for studies with percent reductions and no
        baseline mean. Default None: such studies are excluded under MD.
    percent_baseline_r : float, optional
        Correlation of percent reduction and baseline over people, for paired percent reductions under MD: the
        difference in points is then the mean of their products, with the covariance and the baseline's
        variance, not the product of the means. None (default): first order, without both.
    assumed_baseline_sd : float, optional
        SD of the baseline in points of 100, where the row of the baseline has none; needed by
        `percent_baseline_r`.
    instruments : {"combined", "one"}
        Of several instruments at the trial's week, none declared primary: their mean, or one of them by a
        stated rule (the scale of the comparison, then most participants, then the first by name).
    instrument_r : float
        Correlation of the instruments in that mean, 0 to 1; default 1 (the widest interval). Sweep it.
    dose_r : float
        Correlation of the differences of two doses from placebo in the same people (a crossover of several
        doses), 0 to 1, where no SDs of the conditions are reported; default 0.5. Sweep it.
    """

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
    percent_baseline_r: float | None = None
    assumed_baseline_sd: float | None = None
    instruments: Literal["combined", "one"] = "combined"
    instrument_r: float = 1.0
    dose_r: float = 0.5

    def __post_init__(self) -> None:
        for name, listed in _LISTED.items():
            one_of(name, getattr(self, name), listed)
        if isinstance(self.time, str):
            one_of("time", self.time, TIMES)
        elif not (_real(self.time) and math.isfinite(self.time) and self.time > 0):
            raise InputError(f"time is {self.time!r}: must be a number of weeks above zero or one of {TIMES}")
        for name, (rule, other) in _OF_NUMBERS.items():
            value = getattr(self, name)
            if not (_IN_RANGE[rule](value) if _real(value) else _is_one_of(value, other)):
                besides = "".join(f", or be {option!r}" for option in other if option)
                raise InputError(f"{name} is {value!r}: {rule}{besides}")


def _real(value: Any) -> TypeGuard[float]:
    """Whether `value` is a number; a truth value is none."""
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_one_of(value: Any, words: tuple[Any, ...]) -> bool:
    """Whether `value` is one of some words or None; of an array no comparison would say so."""
    return (value is None or isinstance(value, str)) and value in words


def kind_of(row: Row) -> str:
    """What a row of the outcomes table states, from its statistic, unit and week."""
    statistic = row.statistic
    of_pairs = {"paired difference": "paired", "median difference": "median"}
    if statistic in of_pairs:
        return of_pairs[statistic]
    if statistic in {"mean change", "median change"}:
        return "change"
    if statistic.startswith("adjusted"):
        return "adjusted"
    if statistic.startswith(("difference", "mean difference")):
        return "contrast"
    if statistic in {"mean", "median"}:
        if row.week == 0:
            return "baseline"
        return "change" if row.unit.startswith("percent reduction") else "level"
    return "other"


@dataclass(frozen=True, slots=True)
class Material:
    """What one study reports on one instrument, masked to the reading level, with the choices that apply.

    `rows` of one dose have that dose; `combined` are the doses that stand together against one control.
    """

    study: dict[str, Any]
    rows: tuple[Row, ...]
    choices: Choices
    masked: bool
    combined: tuple[float, ...] = ()
    scales: tuple[Scale, ...] | None = None  # of the instrument, where the data list measures
    parallel: bool = False  # rows of a crossover's first period alone: two groups
    periods: bool = False  # rows of a crossover by period: each condition in each of the two

    @property
    def paired(self) -> bool:
        """Whether each participant had both conditions."""
        return self.study["design_type"] == "crossover" and not self.parallel

    def find(self, kinds: str | tuple[str, ...], group: str, week: float | None = None) -> Row | None:
        """The row of the first kind there is, of a group, at `week` if given.

        The conditions of a crossover may last differently: its control condition may have another week, and
        a row without a week matches any. In a parallel trial such a row is of the end of treatment.

        Raises
        ------
        Unusable
            Several rows say different things and nothing says which of them is meant.
        """
        for kind in (kinds,) if isinstance(kinds, str) else kinds:
            rows = [
                r for r in self.rows if kind_of(r) == kind and r.group == group and not math.isnan(r.value)
            ]
            if week is not None and kind != "baseline":
                rows = self._at(rows, group, week)
            if rows:
                return self._chosen(rows, kind)
        return None

    def _at(self, rows: list[Row], group: str, week: float) -> list[Row]:
        at = [r for r in rows if r.week == week]
        at = at or [r for r in rows if math.isnan(r.week) and self._undated_is(week)]
        if at or self.study["design_type"] != "crossover" or group != "placebo":
            return at
        weeks = {r.week for r in rows}
        control_week = number_of(self.study.get("control_weeks"))
        return rows if len(weeks) < 2 else [r for r in rows if r.week == control_week]

    def _undated_is(self, week: float) -> bool:
        """Whether a row without a week may be of this one."""
        end = number_of(self.study.get("treatment_weeks"))
        return self.study["design_type"] == "crossover" or math.isnan(end) or week == end

    def _chosen(self, rows: list[Row], kind: str) -> Row:
        """The row of a kind: by intention to treat first, then a mean with its spread before a median, then
        as `raw` chooses, or the mixed model, which holds whoever was seen at any visit; of equals the
        fullest."""
        rows = _preferred(rows, lambda r: r.analysis == "intention to treat")
        rows = _preferred(rows, lambda r: r.analysis == "")
        medians = [r for r in rows if r.statistic.startswith("median")]
        means = [r for r in rows if not r.statistic.startswith("median")]
        precise = any(not math.isnan(x) for r in means for x in (r.sd, r.se, r.lower95))
        rows = means if precise else medians or means
        if kind == "contrast":
            of_changes = self.choices.raw == "change"
            rows = _preferred(rows, lambda r: ("change" in r.statistic) == of_changes)
        if kind == "adjusted":
            rows = _preferred(rows, lambda r: any(not math.isnan(getattr(r, name)) for name in _PRECISIONS))
            rows = _preferred(rows, lambda r: "mixed model" in r.statistic)
        for field in ("unit", *PLACES, *_NUMBERS):
            stated = {getattr(r, field) for r in rows}
            if len([x for x in stated if x == x]) > 1:  # what a row does not state (NaN) contradicts nothing
                each = " and ".join(f"{r.value:g} ({r.location})" for r in rows)
                raise Unusable(f"several rows give the {rows[0].statistic} and differ, unexplained: {each}")
        return max(rows, key=lambda r: sum(not math.isnan(getattr(r, name)) for name in _NUMBERS))

    def weeks(self) -> list[float]:
        """Weeks at which LDN and control are compared; those of its LDN condition in a crossover."""
        reported: dict[tuple[str, str], set[float]] = {}
        for r in self.rows:
            if not math.isnan(r.value) and kind_of(r) != "other":
                reported.setdefault((r.group, kind_of(r)), set()).add(r.week)
        compared = {w for (group, _), weeks in reported.items() if group == "ldn-placebo" for w in weeks}
        end = number_of(self.study.get("treatment_weeks"))
        both = [
            (reported["ldn", kind], reported["placebo", kind])
            for kind in ("level", "change")
            if ("ldn", kind) in reported and ("placebo", kind) in reported
        ]
        if self.paired:
            dated = sorted(w for w in compared.union(*(ldn for ldn, _ in both)) if w > 0)
            return dated or ([end] if compared or both else [])
        crossover = self.study["design_type"] == "crossover"
        control_end = number_of(self.study.get("control_weeks")) if crossover else math.nan
        weeks = {end if math.isnan(w) else w for w in compared}
        for ldn, placebo in both:
            undated = any(map(math.isnan, placebo))
            dated_placebo = {w for w in placebo if not math.isnan(w)}
            for week in (end if math.isnan(w) else w for w in ldn):
                if (undated and self._undated_is(week)) or {week, control_end} & dated_placebo:
                    weeks.add(week)
        return sorted(w for w in weeks if w > 0)

    def doses(self, week: float) -> tuple[float, ...]:
        """Doses of the LDN arms at a week, where their rows say so."""
        at = [r for r in self.rows if r.week == week or math.isnan(r.week) or self.paired]
        return tuple(sorted({r.dose for r in at if r.group != "placebo" and not math.isnan(r.dose)}))

    def at_dose(self, dose: float) -> Material:
        """The rows of one dose, with those of the control group and of all participants."""
        rows = tuple(r for r in self.rows if r.dose == dose or r.group in {"placebo", "all"})
        return replace(self, rows=rows, combined=())

    def without_dose(self) -> Material:
        """The rows that give all doses together."""
        return replace(self, rows=tuple(r for r in self.rows if math.isnan(r.dose)), combined=())


def _preferred(rows: list[Row], fits: Callable[[Row], bool]) -> list[Row]:
    """The rows that fit; all of them where none does."""
    return [r for r in rows if fits(r)] or rows


def same_scale(ldn: Row, control: Row) -> None:
    """Raise `Unusable` unless two rows are in one unit on one scale, with one direction."""
    for field in ("unit", "scale_min", "scale_max", "better"):
        a, b = getattr(ldn, field), getattr(control, field)
        if a != b and not (a != a and b != b):
            name = field.replace("_", " ").replace("better", "direction of benefit")
            raise Unusable(f"LDN and control differ in their {name} ({a} and {b}): not comparable")


def rows_of(records: list[dict[str, Any]], choices: Choices) -> tuple[tuple[Row, ...], bool]:
    """Rows of the outcomes table as `Row`s, numbers beyond the reading level masked; and whether any was."""
    allowed = READ_AT.get(choices.reading)
    rows, masked = [], False
    for record in records:
        cells: dict[str, Any] = {name: read(record.get(column)) for name, column, read in _READERS}
        row = Row(**cells)
        hidden = [
            name
            for name in _NUMBERS
            if allowed is not None and row.read_as(name) not in allowed and not math.isnan(getattr(row, name))
        ]
        masked = masked or bool(hidden)
        hide: dict[str, Any] = dict.fromkeys(hidden, math.nan)
        rows.append(replace(row, **hide))
    return tuple(rows), masked


def number_of(value: Any) -> float:
    """The number of a cell; NaN where it holds none, or a range."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _text(value: Any) -> str:
    """Text of a cell; missing (None, NaN, NA) is empty."""
    return value if isinstance(value, str) else ""


_READERS = tuple(
    (f.name, _COLUMNS.get(f.name, f.name), _text if f.type == "str" else number_of) for f in fields(Row)
)
