"""What a row of the outcomes table gives: an arm's SD, the standard error of a difference."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ldn_analysis.contrasts.chain import Chain, Row, Step
from ldn_analysis.contrasts.choices import Material, Unusable
from ldn_analysis.measures import conversions as cv

__all__ = ["ARM", "Difference", "arm_sd", "error_of", "known", "when"]

ARM = {"ldn": "LDN", "placebo": "control", "all": "all participants"}


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference in the unit of the paper, the steps that hold it, and what standardising it needs."""

    value: Step
    se: Step
    unit: str
    better: str
    row: Row  # the row (of a contrast, else of the LDN arm) that fixes unit and scale
    week: float
    n_ldn: float
    n_control: float
    paired: bool  # False too for a crossover analysed as parallel
    of_changes: bool  # whether the condition values are changes (or percent reductions) rather than levels
    sds: tuple[Step, Step] | None  # SDs of the two conditions or arms, same unit, where they were needed
    r: Step | None
    words: str


def known(*values: float) -> bool:
    """Whether every value is there."""
    return not any(math.isnan(v) for v in values)


def arm_sd(chain: Chain, row: Row) -> Step | None:
    """SD of an arm's or a condition's values: reported, or from its SE or t interval."""
    what, unit = ARM.get(row.group, row.group), row.unit
    if known(row.sd):
        return chain.read(row, "sd", f"SD, {what}{when(row)}", unit)
    if known(row.se, row.n):
        se = chain.read(row, "se", f"SE of the mean, {what}{when(row)}", unit)
        n = chain.read(row, "n", f"n, {what}", "")
        return chain.derive(
            f"SD, {what}{when(row)}", cv.sd_from_se(se.value, n.value), unit, "SE × √n", se, n
        )
    if known(row.lower95, row.upper95, row.n) and row.n > 1:
        low = chain.read(row, "lower95", f"lower 95% limit, {what}{when(row)}", unit)
        high = chain.read(row, "upper95", f"upper 95% limit, {what}{when(row)}", unit)
        n = chain.read(row, "n", f"n, {what}", "")
        sd = cv.sd_from_ci(low.value, high.value, n.value)
        formula = f"√n × (upper − lower) / (2 × t(0.975; {n.value - 1:g}))"
        return chain.derive(
            f"SD, {what}{when(row)}",
            sd,
            unit,
            formula,
            low,
            high,
            n,
            note="The interval of one group's mean is taken as a t interval with n − 1 df.",
        )
    return None


def when(row: Row) -> str:
    return " at baseline" if row.week == 0 else (f" at week {row.week:g}" if known(row.week) else "")


def error_of(chain: Chain, row: Row, value: Step, df: float, material: Material) -> Step:
    """SE of a reported difference: as printed, else from its interval, else from its p value."""
    unit, name = row.unit, "SE of the difference"
    if row.statistic == "median difference" and known(row.iqr, row.n):
        return _error_from_iqr(chain, row, value, name)
    if known(row.se):
        return chain.read(row, "se", name, unit)
    if known(row.lower95, row.upper95):
        low = chain.read(row, "lower95", "lower 95% limit of the difference", unit)
        high = chain.read(row, "upper95", "upper 95% limit of the difference", unit)
        if material.choices.ci_distribution == "z" or not df > 0:
            se, crit, why = (
                cv.se_from_ci(low.value, high.value),
                "1.96",
                "The interval is taken as a z interval.",
            )
        else:
            se, crit = cv.se_from_ci(low.value, high.value, df=df), f"t(0.975; {df:g})"
            why = "The interval is taken as a t interval (arms below 60; Cochrane Handbook 6.5.2.3)."
        step = chain.derive(name, se, unit, f"(upper − lower) / (2 × {crit})", low, high, note=why)
        if known(row.p_value):
            _check_p(chain, row, value, step, df if material.choices.ci_distribution == "t" else math.nan)
        return step
    if known(row.p_value):
        p = chain.read(row, "p_value", "two-sided p value of the difference", "")
        freedom = df if df > 0 else None
        se = cv.se_from_p(value.value, p.value, freedom)
        if not known(se):
            raise Unusable("the p value of the difference does not determine its standard error")
        crit = f"t(1 − p/2; {df:g})" if freedom else "z(1 − p/2)"
        note = "Only the p value gives the precision; it is printed rounded."
        if row.p_value_from:
            name += ", approximate"
            note += (
                f" Approximate: the p value is a contrast of a {row.p_value_from}, taken here as a t test."
            )
        return chain.derive(name, se, unit, f"|difference| / {crit}", value, p, note=note)
    raise Unusable("the difference is reported without an SE, an interval or a p value")


def _error_from_iqr(chain: Chain, row: Row, value: Step, name: str) -> Step:
    """SE of a median difference taken as a mean. Its p value, from a rank test, would not give this SE."""
    iqr = chain.read(row, "iqr", "interquartile range of the differences", row.unit)
    n = chain.read(row, "n", "n (participants with both conditions)", "")
    sd = chain.derive(
        "SD of the paired differences",
        cv.sd_from_iqr(iqr.value),
        row.unit,
        "IQR / 1.349",
        iqr,
        note="Assumes roughly normal differences, and that the range is that of the differences.",
    )
    se = chain.derive(name, sd.value / math.sqrt(n.value), row.unit, "SD / √n", sd, n)
    if known(row.p_value):
        _check_p(chain, row, value, se, n.value - 1)
    return se


def _check_p(chain: Chain, row: Row, value: Step, se: Step, df: float) -> None:
    from scipy import special

    p = chain.read(row, "p_value", "two-sided p value of the difference", "")
    t = abs(value.value / se.value)
    again = 2 * float(special.stdtr(df, -t)) if known(df) else 2 * float(special.ndtr(-t))
    chain.check(
        "p value that this SE implies",
        again,
        "",
        "two-sided tail of |difference| / SE",
        value,
        se,
        p,
        note=f"The paper prints {p.value:g}.",
    )
