"""The rules that turn what a study reports into a difference (LDN minus control) with its standard error.

They are tried in a fixed order, and none knows a study by name. For a parallel trial:

1. the reported difference (adjusted or not; with ``adjusted=False`` an adjusted one only if nothing else is
   there), its error from its SE, else its interval, else its p value;
2. the difference of the arms' mean changes, from their SDs, SEs or intervals;
3. the arms' values: difference of changes (baseline, final, a pre-post correlation) or of final values.

For a crossover trial: the paired difference (or the median difference taken as a mean), else the difference
of the condition means; its error from its SE, interval or p value (n - 1 degrees of freedom), or, where a
correlation is given, from the two conditions' SDs.
"""

from __future__ import annotations

import math

from ldn_analysis.contrasts.chain import Chain, Row, Step
from ldn_analysis.contrasts.choices import Material, Unusable
from ldn_analysis.contrasts.reported import ARM, Difference, arm_sd, error_of, known, when
from ldn_analysis.measures import conversions as cv

__all__ = ["change_from_levels", "difference", "pre_post"]


def difference(material: Material, week: float) -> tuple[Chain, Difference]:
    """The first rule that applies at `week`; raises `Unusable` with the reason if none does."""
    reasons: list[str] = []
    for rule in (_crossover,) if material.paired else (_reported, _changes, _values, _reported_adjusted):
        chain = Chain()
        try:
            found = rule(material, chain, week)
        except Unusable as problem:
            reasons.append(str(problem))
            continue
        if found is not None:
            return chain, found
    if reasons:
        raise Unusable(reasons[0])
    raise Unusable("no between-group estimate is reported, and none can be derived from the rows that are")


def _sizes(material: Material, row: Row, week: float) -> tuple[float, float]:
    """Participants per arm: from the contrast's row, else from the arms' rows at that week."""
    if known(row.n_ldn, row.n_control):
        return row.n_ldn, row.n_control
    arms = material.arms(("change", "level"), week)
    if arms and known(arms[0].n, arms[1].n):
        return arms[0].n, arms[1].n
    return math.nan, math.nan


def _reported(
    material: Material, chain: Chain, week: float, adjusted: bool | None = None
) -> Difference | None:
    use = material.choices.adjusted if adjusted is None else adjusted
    row = material.find(("adjusted", "contrast") if use else ("contrast",), "ldn-placebo", week)
    if row is None:
        return None
    n1, n2 = _sizes(material, row, week)
    total = n1 + n2 if known(n1, n2) else row.n
    value = chain.read(row, "value", row.statistic, row.unit)
    se = error_of(chain, row, value, total - 2 if known(total) else math.nan, material)
    if not known(n1, n2) and known(row.n):
        n1 = n2 = math.nan
    words = f"reported {row.statistic}" + (
        "" if use or adjusted is None else " (nothing unadjusted is reported)"
    )
    return Difference(
        value,
        se,
        row.unit,
        row.better,
        row,
        week,
        n1,
        n2,
        False,
        "change" in row.statistic,
        None,
        None,
        words,
    )


def _reported_adjusted(material: Material, chain: Chain, week: float) -> Difference | None:
    found = None if material.choices.adjusted else _reported(material, chain, week, adjusted=True)
    if found is not None:
        chain.check(
            "adjusted difference used",
            found.value.value,
            found.unit,
            "nothing unadjusted can be derived",
            found.value,
        )
    return found


def _independent(
    chain: Chain,
    arms: tuple[Row, Row],
    values: tuple[Step, Step],
    sds: tuple[Step, Step],
    week: float,
    of_changes: bool,
    words: str,
) -> Difference:
    ldn, control = arms
    if not known(ldn.n, control.n):
        raise Unusable("the number of participants per arm is not reported")
    n1, n2 = (chain.read(a, "n", f"n, {ARM[a.group]}", "") for a in arms)
    value = chain.derive("difference", values[0].value - values[1].value, ldn.unit, "LDN − control", *values)
    se = chain.derive(
        "SE of the difference",
        math.sqrt(sds[0].value ** 2 / n1.value + sds[1].value ** 2 / n2.value),
        ldn.unit,
        "√(SD₁²/n₁ + SD₂²/n₂)",
        *sds,
        n1,
        n2,
    )
    return Difference(
        value, se, ldn.unit, ldn.better, ldn, week, n1.value, n2.value, False, of_changes, sds, None, words
    )


def _changes(material: Material, chain: Chain, week: float) -> Difference | None:
    arms = material.arms("change", week)
    if arms is None:
        return None
    values = tuple(chain.read(a, "value", f"mean change, {ARM[a.group]}", a.unit) for a in arms)
    sds = tuple(arm_sd(chain, a) for a in arms)
    if sds[0] is None or sds[1] is None:
        raise Unusable("the arms' mean changes are reported without an SD, an SE or an interval")
    return _independent(
        chain,
        arms,
        (values[0], values[1]),
        (sds[0], sds[1]),
        week,
        True,
        "difference of the arms' mean changes",
    )


def change_from_levels(material: Material, chain: Chain, week: float, group: str) -> tuple[Step, Step] | None:
    """Mean change of an arm and its SD, from baseline, final value and the assumed pre-post correlation."""
    final, start = material.find("level", group, week), material.find("baseline", group)
    if final is None or start is None or final.unit != start.unit:
        return None
    who = ARM[group]
    s1, s0 = arm_sd(chain, final), arm_sd(chain, start)
    if s1 is None or s0 is None:
        return None
    m1 = chain.read(final, "value", f"mean, {who}{when(final)}", final.unit)
    m0 = chain.read(start, "value", f"mean, {who}{when(start)}", start.unit)
    change = chain.derive(f"mean change, {who}", m1.value - m0.value, final.unit, "final − baseline", m1, m0)
    r = pre_post(material, chain)
    sd = chain.derive(
        f"SD of the change, {who}",
        cv.sd_of_change(s0.value, s1.value, r.value),
        final.unit,
        "√(SD₀² + SD₁² − 2 r SD₀ SD₁)",
        s0,
        s1,
        r,
    )
    return change, sd


def pre_post(material: Material, chain: Chain) -> Step:
    """The assumed correlation of baseline and final values, entered once in a chain."""
    for step in chain.steps:
        if step.quantity == "pre-post correlation":
            return step
    return chain.assume(
        "pre-post correlation",
        material.choices.pre_post_r,
        "",
        "pre_post_r",
        "No SD of the change is reported; the correlation of baseline and final values is assumed.",
    )


def _values(material: Material, chain: Chain, week: float) -> Difference | None:
    arms = material.arms("level", week)
    if arms is None:
        return None
    if material.choices.raw == "change":
        ldn = change_from_levels(material, chain, week, "ldn")
        control = change_from_levels(material, chain, week, "placebo")
        if ldn and control:
            return _independent(
                chain,
                arms,
                (ldn[0], control[0]),
                (ldn[1], control[1]),
                week,
                True,
                "raw difference of changes from baseline; SD of change from an assumed correlation",
            )
        chain.steps.clear()
    values = tuple(chain.read(a, "value", f"mean, {ARM[a.group]}{when(a)}", a.unit) for a in arms)
    sds = tuple(arm_sd(chain, a) for a in arms)
    if sds[0] is None or sds[1] is None:
        raise Unusable("the arms' means are reported without an SD, an SE or an interval")
    return _independent(
        chain, arms, (values[0], values[1]), (sds[0], sds[1]), week, False, "raw difference of final values"
    )


def _crossover(material: Material, chain: Chain, week: float) -> Difference | None:
    choice = material.choices.crossover_r
    row = material.find(("paired", "adjusted", "contrast", "median"), "ldn-placebo")
    arms = material.arms(("change", "level"))
    if row is None and arms is None:
        return None
    base = row if row is not None else arms[0]  # type: ignore[index]
    unit = base.unit
    if row is not None:
        value = chain.read(row, "value", row.statistic, unit)
        size = chain.read(row, "n", "n (participants with both conditions)", "") if known(row.n) else None
    else:
        means = [chain.read(a, "value", f"mean, {ARM[a.group]}", a.unit) for a in arms or ()]
        value = chain.derive(
            "paired difference", means[0].value - means[1].value, unit, "LDN − control", *means
        )
        size = chain.read(base, "n", "n (participants with both conditions)", "") if known(base.n) else None
    if size is None or size.value < 2:
        raise Unusable("the number of participants with both conditions is not reported")
    n = size.value
    sds = _condition_sds(chain, arms, unit)
    of_changes = unit.startswith("percent reduction") or "change" in base.statistic
    median = row is not None and row.statistic == "median difference"
    label = "median difference taken as a mean" if median else "paired difference"

    if choice is not None and sds is not None:
        s1, s2 = sds
        if choice == "parallel":
            se = chain.derive(
                "SE of the difference",
                math.sqrt((s1.value**2 + s2.value**2) / n),
                unit,
                "√(SD₁²/n + SD₂²/n)",
                s1,
                s2,
                size,
                note="ERROR, kept to reproduce published analyses: the pairing is ignored, each "
                "participant counted twice.",
            )
            return Difference(
                value,
                se,
                unit,
                base.better,
                base,
                week,
                n,
                n,
                False,
                of_changes,
                sds,
                None,
                f"{label}, analysed as if parallel (an error)",
            )
        r = chain.assume(
            "correlation of the two conditions",
            float(choice),
            "",
            "crossover_r",
            "Given by the analyst in place of what the paper implies.",
        )
        se = chain.derive(
            "SE of the difference",
            cv.se_of_paired_difference(s1.value, s2.value, n, r.value),
            unit,
            "√((SD₁² + SD₂² − 2 r SD₁ SD₂) / n)",
            s1,
            s2,
            r,
            size,
        )
        return Difference(
            value,
            se,
            unit,
            base.better,
            base,
            week,
            n,
            n,
            True,
            of_changes,
            sds,
            r,
            f"{label}; SE from the conditions' SDs and the given correlation",
        )
    if choice == "parallel":
        raise Unusable("no SDs of the two conditions are reported: cannot be analysed as if parallel")
    if row is None:
        raise Unusable(
            "neither a paired result nor a correlation (crossover_r) is given for the two conditions"
        )
    se = error_of(chain, row, value, n - 1, material)
    implied_r: Step | None = None
    if sds is not None:
        implied = cv.correlation_from_paired(sds[0].value, sds[1].value, n, se=se.value)
        implied_r = chain.check(
            "correlation of the two conditions that these numbers imply",
            implied,
            "",
            "(SD₁² + SD₂² − n SE²) / (2 SD₁ SD₂)",
            *sds,
            se,
            size,
            note=_rounding(row, value, sds, n),
        )
    tail = (
        ""
        if choice is None
        else " (no SDs of the conditions are reported: crossover_r does not enter the SE)"
    )
    if row.p_value_from and not known(row.se) and not known(row.lower95, row.upper95):
        tail += f"; its SE is approximate, from the p value of a {row.p_value_from}"
    return Difference(
        value,
        se,
        unit,
        base.better,
        base,
        week,
        n,
        n,
        True,
        of_changes,
        sds,
        implied_r,
        f"{label} with its own SE, interval, p value or IQR{tail}",
    )


def _condition_sds(chain: Chain, arms: tuple[Row, Row] | None, unit: str) -> tuple[Step, Step] | None:
    if arms is None or any(a.unit != unit for a in arms):
        return None
    scratch = Chain()
    if any(arm_sd(scratch, a) is None for a in arms):
        return None
    found = [arm_sd(chain, a) for a in arms]
    return (found[0], found[1]) if found[0] and found[1] else None


def _rounding(row: Row, value: Step, sds: tuple[Step, Step], n: float) -> str:
    if not known(row.p_value) or known(row.se) or known(row.lower95):
        return ""
    low, high = cv.correlation_interval_from_rounded_p(
        sds[0].value, sds[1].value, n, value.value, row.p_value
    )
    return f"The p value as rounded is compatible with correlations from {low:.3f} to {high:.3f}."
