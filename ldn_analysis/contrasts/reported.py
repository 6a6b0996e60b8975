"""What a row of the outcomes table gives: an arm's mean and SD, the standard error of a difference."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ldn_analysis.contrasts.chain import Chain, Row, Step
from ldn_analysis.contrasts.choices import Material, Unusable
from ldn_analysis.guidance import handbook
from ldn_analysis.measures import conversions as cv
from ldn_analysis.measures.quartiles import mean_sd_from_quartiles

ARM = {"ldn": "LDN", "placebo": "control", "all": "all participants"}
OF_MEDIAN = {
    "minimum": "lowest value",
    "q1": "lower quartile",
    "q3": "upper quartile",
    "maximum": "highest value",
}
SE = "SE of the difference"
UNPRINTED = (math.nan, math.nan)
"""What the name of an SE says that is the largest under a bound of p."""
AS_IF_NORMAL = (
    "From the median and {} by Luo et al. 2018 and Wan et al. 2014 or Shi et al. 2020: roughly normal values."
    " A median is less precise than a mean (McGrath et al. 2023): the variance may be too small."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A difference in the unit of the paper, the steps that hold it, and what standardising it needs.

    Attributes
    ----------
    row : Row
        The row (of a contrast, else of the LDN arm) that fixes unit and scale.
    paired : bool
        False too for a crossover analysed as parallel.
    of_changes : bool
        Whether the condition values are changes (or percent reductions) rather than levels.
    sds : pair of Step, optional
        SDs of the two conditions, in the same unit, where they were needed.
    control_variance : float
        Variance of the control group's mean, which the doses of a trial share (of a crossover: of its control
        condition, beyond what is the person's own); NaN where not known.
    se_of_one : Step, optional
        SE of one dose's difference, where those of several in the same people are combined.
    df : float
        Degrees of freedom of the SE; NaN where the number of participants is not known.
    printed : (lower, upper)
        The 95% limits that the paper prints for this very difference, in its unit; NaN where it prints none.
    bounded : bool
        Whether the SE is the largest that a bound of p allows, since nothing else of it is printed.
    """

    value: Step
    se: Step
    row: Row
    week: float
    n_ldn: float
    n_control: float
    words: str
    paired: bool = False
    of_changes: bool = False
    sds: tuple[Step, Step] | None = None
    r: Step | None = None
    control_variance: float = math.nan
    se_of_one: Step | None = None
    df: float = math.nan
    printed: tuple[float, float] = UNPRINTED
    bounded: bool = False

    @property
    def unit(self) -> str:
        """Unit of the difference."""
        return self.row.unit


def known(*values: float) -> bool:
    """Whether every value is there."""
    return not any(math.isnan(v) for v in values)


def who(row: Row) -> str:
    """The group of a row in words, with its dose and its period where the trial has several."""
    name = ARM.get(row.group, row.group)
    name += f" at {row.dose:g} mg" if known(row.dose) and row.group == "ldn" else ""
    return name + (f" in period {row.period:g}" if known(row.period) else "")


def when(row: Row) -> str:
    return " at baseline" if row.week == 0 else (f" at week {row.week:g}" if known(row.week) else "")


def arm_mean(chain: Chain, row: Row, name: str) -> Step:
    """Mean of an arm's or a condition's values: reported, or from its median and quartiles or range.

    Raises
    ------
    Unusable
        A median without its spread, or of values that are skewed.
    """
    if not row.statistic.startswith("median"):
        return chain.read(row, "value", name, row.unit)
    return chain.computed(name) or _from_quartiles(chain, row, name)[0]


def _from_quartiles(chain: Chain, row: Row, name: str) -> tuple[Step, Step]:
    """Mean and SD from a median with quartiles, range or both; from its IQR alone, the median is the mean."""
    spread = f"SD, {who(row)}{when(row)}"
    median = chain.read(row, "value", name.replace("mean", "median"), row.unit)
    if not known(row.n):
        raise Unusable("a median is reported without the number of participants")
    n = chain.read(row, "n", f"n, {who(row)}", "")
    if not known(row.q1, row.q3) and not known(row.minimum, row.maximum):
        if not known(row.iqr):
            raise Unusable("a median is reported without quartiles, a range or an interquartile range")
        iqr = chain.read(row, "iqr", f"interquartile range, {who(row)}{when(row)}", row.unit)
        note = "Only the median and the width of the quartiles are known: taken as the mean of normal values."
        mean = chain.derive(name, median.value, row.unit, "the median", median, note=note)
        q1, q3 = median.value - iqr.value / 2, median.value + iqr.value / 2
        sd = float(mean_sd_from_quartiles(median.value, n.value, q1=q1, q3=q3).sd)
        if not known(sd):  # fewer than five people
            sd = cv.sd_from_iqr(iqr.value)
            return mean, chain.derive(spread, sd, row.unit, "IQR / 1.349", iqr, note=note)
        formula = "IQR / (2 z((0.75 n − 0.125) / (n + 0.25)))"
        return mean, chain.derive(spread, sd, row.unit, formula, iqr, n, note=f"{note} Wan et al. 2014.")
    ends = {
        end: chain.read(row, end, f"{label}, {who(row)}{when(row)}", row.unit)
        for end, label in OF_MEDIAN.items()
        if known(getattr(row, end))
    }
    values: dict[str, Any] = {end: step.value for end, step in ends.items()}
    normal = mean_sd_from_quartiles(median.value, n.value, **values)
    if not known(normal.mean, normal.sd):
        skewed = bool(normal.skewed)
        raise Unusable(
            f"median and spread of {who(row)} are those of skewed values (Shi et al. 2023): no mean from them"
            if skewed
            else f"median and spread of {who(row)} give no mean and SD (n below 5, or one end only)"
        )
    note = AS_IF_NORMAL.format(" and ".join(OF_MEDIAN[end] for end in ends))
    steps = (median, *ends.values(), n)
    mean = chain.derive(name, normal.mean, row.unit, "estimated from the median", *steps, note=note)
    return mean, chain.derive(spread, normal.sd, row.unit, "estimated from the spread", *steps, note=note)


def arm_sd(chain: Chain, row: Row) -> Step | None:
    """SD of an arm's or a condition's values: reported, or from its SE, its t interval or its quartiles."""
    unit, of = row.unit, f"{who(row)}{when(row)}"
    name = f"SD, {of}"
    if known(row.sd):
        return chain.read(row, "sd", name, unit)
    if known(row.se, row.n):
        se = chain.read(row, "se", f"SE of the mean, {of}", unit)
        n = chain.read(row, "n", f"n, {who(row)}", "")
        return chain.derive(name, cv.sd_from_se(se.value, n.value), unit, "SE × √n", se, n)
    if row.statistic.startswith("median"):
        return chain.computed(name) or _from_quartiles(chain, row, f"mean, {of}")[1]
    if known(row.lower95, row.upper95, row.n) and row.n > 1:
        low = chain.read(row, "lower95", f"lower 95% limit, {of}", unit)
        high = chain.read(row, "upper95", f"upper 95% limit, {of}", unit)
        n = chain.read(row, "n", f"n, {who(row)}", "")
        by = f"√n × (upper − lower) / (2 × t(0.975; {n.value - 1:g}))"
        note = "The interval of one group's mean is taken as a t interval with n − 1 df."
        sd = cv.sd_from_ci(low.value, high.value, n.value)
        return chain.derive(name, sd, unit, by, low, high, n, note=note)
    return None


def printed_limits(row: Row) -> tuple[float, float]:
    """The limits in a contrast's row, if they are there and hold its value; else NaN twice."""
    around = known(row.lower95, row.upper95) and row.lower95 <= row.value <= row.upper95
    return (row.lower95, row.upper95) if around else UNPRINTED


def error_of(chain: Chain, row: Row, value: Step, df: float, material: Material) -> Step:
    """SE of a reported difference: as printed, else from its interval, t, F, SD of pairs, else from its p.

    Raises
    ------
    Unusable
        Nothing gives the SE, or it would be zero.
    """
    se = _error(chain, row, value, df, material)
    if not se.value > 0 or math.isinf(se.value):
        raise Unusable("the precision of the difference is reported as perfect (an SE of zero)")
    return se


def _error(chain: Chain, row: Row, value: Step, df: float, material: Material) -> Step:
    unit = row.unit
    if row.statistic == "median difference" and known(row.iqr, row.n):
        return _error_from_iqr(chain, row, value)
    if known(row.se):
        return chain.read(row, "se", SE, unit)
    if known(row.lower95, row.upper95):
        return _error_from_interval(chain, row, value, df, material)
    if known(row.t_value) and row.t_value != 0 and value.value != 0:
        t = chain.read(row, "t_value", "t of the difference", "")
        return chain.derive(SE, abs(value.value / t.value), unit, "|difference / t|", value, t)
    if known(row.f_value) and row.f_value > 0 and value.value != 0:
        f = chain.read(row, "f_value", "F of the difference, 1 df in the numerator", "")
        note = "F of two groups or conditions is t²; of a model with other terms it is its own t²."
        error = abs(value.value) / math.sqrt(f.value)
        return chain.derive(SE, error, unit, "|difference| / √F", value, f, note=note)
    if row.statistic == "paired difference" and known(row.sd, row.n):
        sd = chain.read(row, "sd", "SD of the paired differences", unit)
        n = chain.read(row, "n", "n (participants with both conditions)", "")
        return chain.derive(SE, sd.value / math.sqrt(n.value), unit, "SD / √n", sd, n)
    if known(row.p_value):
        return _error_from_p(chain, row, value, df)
    raise Unusable("the difference is reported without an SE, an interval or a p value")


def _error_from_interval(chain: Chain, row: Row, value: Step, df: float, material: Material) -> Step:
    unit = row.unit
    low = chain.read(row, "lower95", "lower 95% limit of the difference", unit)
    high = chain.read(row, "upper95", "upper 95% limit of the difference", unit)
    if high.value < low.value:
        raise Unusable("the upper limit of the difference is below its lower limit")
    by_z = row.limits_by == "z" or material.choices.ci_distribution == "z"
    if by_z or not df > 0:
        se, crit = cv.se_from_ci(low.value, high.value), "1.96"
        why = "The interval is taken as a z interval" + (", as the source says." if row.limits_by else ".")
    else:
        se, crit = cv.se_from_ci(low.value, high.value, df=df), f"t(0.975; {df:g})"
        why = f"The interval is taken as a t interval ({handbook('6.5.2.3')})."
    step = chain.derive(SE, se, unit, f"(upper − lower) / (2 × {crit})", low, high, note=why)
    if known(row.p_value) and not row.p_bound and se > 0:
        _check_p(chain, row, value, step, math.nan if by_z else df)
    return step


def _error_from_p(chain: Chain, row: Row, value: Step, df: float) -> Step:
    name, freedom = SE, df if df > 0 else None
    if row.statistic == "median difference":
        raise Unusable("only the p value of a difference of medians is reported: a rank test gives no SE")
    if row.p_bound == "above":
        raise Unusable(f"only p > {row.p_value:g} is printed: that gives a smallest SE, no largest")
    p = chain.read(row, "p_value", "two-sided p value of the difference", "")
    se = cv.se_from_p(value.value, p.value, freedom)
    if not known(se):
        raise Unusable("the p value of the difference does not determine its standard error")
    crit = f"t(1 − p/2; {df:g})" if freedom else "z(1 − p/2)"
    note = "Only the p value gives the precision; it is printed rounded."
    bounded = row.p_bound == "below"
    if bounded:
        note = (
            f"Only p < {p.value:g} is printed. The SE lies between 0 and {se:.4g}: the largest is taken, "
            "which gives the trial its smallest weight (conservative)."
        )
        name += ", at most"
    if row.p_value_from:
        name += ", approximate"
        note += f" Approximate: the p value is a contrast of a {row.p_value_from}, taken here as a t test."
    by = f"|difference| / {crit}"
    return chain.derive(name, se, row.unit, by, value, p, note=note, at_most=bounded)


def _error_from_iqr(chain: Chain, row: Row, value: Step) -> Step:
    """SE of a median difference taken as a mean. Its p value, from a rank test, would not give this SE."""
    iqr = chain.read(row, "iqr", "interquartile range of the differences", row.unit)
    n = chain.read(row, "n", "n (participants with both conditions)", "")
    note = (
        "Assumes roughly normal differences, and that the range is that of the differences. A median is less "
        "precise than a mean (McGrath et al. 2023): the true SE can be larger, by up to a quarter."
    )
    name, by = "SD of the paired differences", "IQR / 1.349"
    sd = chain.derive(name, cv.sd_from_iqr(iqr.value), row.unit, by, iqr, note=note)
    se = chain.derive(SE, sd.value / math.sqrt(n.value), row.unit, "SD / √n", sd, n)
    if known(row.p_value) and se.value > 0:
        _check_p(chain, row, value, se, n.value - 1)
    return se


def _check_p(chain: Chain, row: Row, value: Step, se: Step, df: float) -> None:
    from scipy import special

    p = chain.read(row, "p_value", "two-sided p value of the difference", "")
    t = abs(value.value / se.value)
    again = 2 * float(special.stdtr(df, -t)) if known(df) else 2 * float(special.ndtr(-t))
    name, by = "p value that this SE implies", "two-sided tail of |difference| / SE"
    note = f"The paper prints {p.value:g}."
    chain.check(name, again, "", by, value, se, p, note=note)
