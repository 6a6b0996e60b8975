"""Crossover trials: the paired difference with its own error, or from the two conditions and a correlation.

A paired result comes first. Without one, numbers of the first period alone are two groups (the caller offers
them); the conditions' means need a correlation (``crossover_r``). With none of these the trial is not pooled.

Of a trial that is reported by period, those who begin with the drug give one difference within people, those
who begin with the placebo the other; in their mean the effect of the period cancels (Senn 2002, Cross-over
Trials in Clinical Research, chapter 3).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from ldn_analysis.contrasts.arms import Arm, pair_of
from ldn_analysis.contrasts.chain import Chain, Row, Step
from ldn_analysis.contrasts.choices import Material, Unusable, kind_of, same_scale
from ldn_analysis.contrasts.doses import doses_together, shared_variance
from ldn_analysis.contrasts.reported import (
    SE,
    UNPRINTED,
    Difference,
    arm_mean,
    arm_sd,
    error_of,
    known,
    printed_limits,
    when,
    who,
)
from ldn_analysis.measures import conversions as cv


@dataclass(frozen=True, slots=True, kw_only=True)
class _Paired:
    """What the rows of a crossover give before its error is known."""

    row: Row | None  # the reported contrast, if there is one
    base: Row  # the row that fixes unit and scale
    value: Step
    size: Step
    sds: tuple[Step, Step] | None
    label: str
    week: float

    @property
    def n(self) -> float:
        return self.size.value

    def with_error(
        self, se: Step, words: str, *, paired: bool = True, r: Step | None = None,
        printed: tuple[float, float] = UNPRINTED,
    ) -> Difference:  # fmt: skip
        """The difference with its standard error: n - 1 df, twice that where the pairing is ignored."""
        of_changes = self.base.unit.startswith("percent reduction") or "change" in self.base.statistic
        return Difference(
            value=self.value, se=se, row=self.base, week=self.week, n_ldn=self.n, n_control=self.n,
            paired=paired, of_changes=of_changes, sds=self.sds, r=r, words=words, printed=printed,
            df=(1 if paired else 2) * (self.n - 1),
        )  # fmt: skip


def paired_difference(material: Material, chain: Chain, week: float) -> Difference | None:
    """The paired difference of a crossover at the week of its LDN condition.

    Raises
    ------
    Unusable
        No number of participants; no precision and no correlation; one of several doses without a result.
    """
    if not material.combined:
        diff = _paired(material, chain, week)
        return diff and replace(diff, control_variance=shared_variance(diff, material.choices))
    parts = {dose: paired_difference(material.at_dose(dose), chain, week) for dose in material.combined}
    for dose, part in parts.items():
        if part is None:
            raise Unusable(
                f"nothing compares {dose:g} mg with placebo at week {week:g}: each dose needs its own row"
            )
    return doses_together(material, chain, [part for part in parts.values() if part])


def _paired(material: Material, chain: Chain, week: float) -> Difference | None:
    pairs = _read(material, chain, week)
    if pairs is None:
        return None
    choice = material.choices.crossover_r
    if choice is not None and pairs.sds is not None:
        if choice == "parallel":
            return _as_if_parallel(chain, pairs, pairs.sds)
        return _with_correlation(chain, pairs, pairs.sds, float(choice))
    if choice == "parallel":
        raise Unusable("no SDs of the two conditions are reported: cannot be analysed as if parallel")
    if pairs.row is None:
        raise Unusable("neither a paired result nor a correlation is given for the two conditions")
    return _with_own_error(material, chain, pairs, pairs.row)


def _read(material: Material, chain: Chain, week: float) -> _Paired | None:
    row = material.find(("paired", "adjusted", "contrast", "median"), "ldn-placebo", week)
    conditions = pair_of(material, "change", week) or pair_of(material, "level", week)
    if row is not None:
        base, value = row, chain.read(row, "value", row.statistic, row.unit)
    elif conditions is not None:
        ldn, control = (arm.mean(chain) for arm in conditions)
        unit, difference = conditions[0].row.unit, ldn.value - control.value
        value = chain.derive("paired difference", difference, unit, "LDN − control", ldn, control)
        smallest = min(conditions, key=lambda arm: arm.n if known(arm.n) else math.inf)
        base = smallest.row
    else:
        return None
    if not known(base.n) or base.n < 2:
        raise Unusable("the number of participants with both conditions is not reported")
    size = chain.read(base, "n", "n (participants with both conditions)", "")
    median = row is not None and row.statistic == "median difference"
    label = "median difference taken as a mean" if median else "paired difference"
    sds = _condition_sds(chain, conditions, base.unit)
    return _Paired(row=row, base=base, value=value, size=size, sds=sds, label=label, week=week)


def _as_if_parallel(chain: Chain, pairs: _Paired, sds: tuple[Step, Step]) -> Difference:
    variances = sum(sd.value**2 for sd in sds)
    error, by = math.sqrt(variances / pairs.n), "√(SD₁²/n + SD₂²/n)"
    why = "the pairing is ignored, each participant counted twice"
    note = f"ERROR, kept to reproduce published analyses: {why}."
    se = chain.derive(SE, error, pairs.base.unit, by, *sds, pairs.size, note=note)
    return pairs.with_error(se, f"{pairs.label}, analysed as if parallel (an error)", paired=False)


def _with_correlation(chain: Chain, pairs: _Paired, sds: tuple[Step, Step], r: float) -> Difference:
    s1, s2 = sds
    correlation = chain.assume("crossover_r", r, "Given by the analyst in place of what the paper implies.")
    error = cv.se_of_paired_difference(s1.value, s2.value, pairs.n, r)
    by = "√((SD₁² + SD₂² − 2 r SD₁ SD₂) / n)"
    se = chain.derive(SE, error, pairs.base.unit, by, s1, s2, correlation, pairs.size)
    words = f"{pairs.label}; SE from the conditions' SDs and the given correlation"
    return pairs.with_error(se, words, r=correlation)


def _with_own_error(material: Material, chain: Chain, pairs: _Paired, row: Row) -> Difference:
    se = error_of(chain, row, pairs.value, pairs.n - 1, material)
    implied: Step | None = None
    if pairs.sds is not None:
        s1, s2 = pairs.sds
        name = "correlation of the two conditions that these numbers imply"
        r = cv.correlation_from_paired(s1.value, s2.value, pairs.n, se=se.value)
        by = "(SD₁² + SD₂² − n SE²) / (2 SD₁ SD₂)"
        note = _rounding(row, pairs.value, pairs.sds, pairs.n)
        implied = chain.check(name, r, "", by, s1, s2, se, pairs.size, note=note)
    unused = material.choices.crossover_r is not None
    tail = " (no SDs of the conditions are reported: crossover_r does not enter the SE)" if unused else ""
    if row.p_value_from and not any(map(known, (row.se, row.lower95, row.sd))):
        tail += f"; its SE is approximate, from the p value of a {row.p_value_from}"
    words = f"{pairs.label} with its own SE, interval, p value or IQR{tail}"
    return pairs.with_error(se, words, r=implied, printed=printed_limits(row))


def _condition_sds(chain: Chain, conditions: tuple[Arm, Arm] | None, unit: str) -> tuple[Step, Step] | None:
    """SDs of the two conditions where they are in the unit of the difference."""
    if conditions is None or not all(arm.row.unit == unit and arm.measurable for arm in conditions):
        return None
    ldn, control = (arm.sd(chain) for arm in conditions)
    return (ldn, control) if ldn is not None and control is not None else None


def _rounding(row: Row, value: Step, sds: tuple[Step, Step], n: float) -> str:
    if not known(row.p_value) or row.p_bound or any(map(known, (row.se, row.lower95, row.sd))):
        return ""
    low, high = cv.correlation_interval_from_rounded_p(
        sds[0].value, sds[1].value, n, value.value, row.p_value
    )
    return f"The p value as rounded is compatible with correlations from {low:.3f} to {high:.3f}."


PLACES = (("ldn", 1.0), ("placebo", 2.0), ("placebo", 1.0), ("ldn", 2.0))
"""Group and period: first those who begin with the drug, then those who begin with the placebo."""


def has_both_periods(rows: tuple[Row, ...]) -> bool:
    """Whether both conditions are reported in both periods."""
    return {(row.group, row.period) for row in rows} >= set(PLACES)


def _rows(material: Material) -> list[Row] | None:
    for kind in ("change", "level"):
        places = [
            [r for r in material.rows if (r.group, r.period) == place and kind_of(r) == kind]
            for place in PLACES
        ]
        if all(len(rows) == 1 for rows in places):
            return [rows[0] for rows in places]
    return None


def by_period(material: Material, chain: Chain, week: float) -> Difference | None:
    """The difference adjusted for the period, from each condition in each period and a correlation.

    Raises
    ------
    Unusable
        Conditions that are not on one scale, a missing spread or number, no correlation (``crossover_r``).
    """
    rows = _rows(material)
    if rows is None:
        return None
    r = material.choices.crossover_r
    if not isinstance(r, int | float):
        raise Unusable("the conditions are reported by period: pooled with a correlation only")
    for row in rows[1:]:
        same_scale(rows[0], row)
    if not all(known(row.n) and row.n > 1 for row in rows):
        raise Unusable("the number of participants is not reported for every period")
    unit = rows[0].unit
    means = [arm_mean(chain, row, f"mean, {who(row)}{when(row)}") for row in rows]
    sds = [arm_sd(chain, row) for row in rows]
    if any(sd is None for sd in sds):
        raise Unusable("the means by period are reported without an SD, an SE or an interval")
    spread = [sd for sd in sds if sd is not None]
    n = [min(rows[0].n, rows[1].n), min(rows[2].n, rows[3].n)]
    difference = (means[0].value - means[2].value + means[3].value - means[1].value) / 2
    by = "mean of (LDN − control) in period 1 and in period 2"
    value = chain.derive("difference, adjusted for the period", difference, unit, by, *means)
    note = "Given by the analyst: the paper reports the conditions by period, not their differences."
    correlation = chain.assume("crossover_r", float(r), note)
    pairs = ((spread[0], spread[1], n[0]), (spread[2], spread[3], n[1]))
    variance = sum(cv.se_of_paired_difference(a.value, b.value, m, float(r)) ** 2 for a, b, m in pairs) / 4
    by = "½ √(SE² of those who began with LDN + SE² of those who began with control), each from its SDs and r"
    se = chain.derive(SE, math.sqrt(variance), unit, by, *spread, correlation)
    return Difference(
        value=value, se=se, row=rows[0], week=week, n_ldn=sum(n), n_control=sum(n), paired=True,
        r=correlation, df=sum(n) - 2,
        of_changes=kind_of(rows[0]) == "change", sds=_conditions(chain, spread, n),
        words="difference of the conditions, adjusted for the period; SE from their SDs and the correlation",
    )  # fmt: skip


def _conditions(chain: Chain, spread: list[Step], n: list[float]) -> tuple[Step, Step]:
    """SDs of the two conditions, pooled over the periods."""
    out = []
    for name, (a, n_a), (b, n_b) in (
        ("LDN", (spread[0], n[0]), (spread[3], n[1])),
        ("control", (spread[2], n[1]), (spread[1], n[0])),
    ):
        pooled = cv.pooled_sd(a.value, n_a, b.value, n_b)
        out.append(chain.derive(f"SD, {name}, both periods", pooled, a.unit, "pooled over the periods", a, b))
    return out[0], out[1]
