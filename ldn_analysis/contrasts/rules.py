"""The rules that turn what a study reports into a difference (LDN minus control) with its standard error.

They are tried in a fixed order, and none knows a study by name. For a parallel trial:

1. the reported difference, an adjusted one first (with ``adjusted=False`` only if nothing else is there), its
   error from its SE, else its interval, its t or F, else its p value;
2. the difference of the arms' mean changes, from their SDs, SEs, intervals or quartiles;
3. the arms' values: difference of changes (baseline, final, a pre-post correlation) or of final values.

A reported difference of which only a bound of p is printed comes last: its largest SE may be far too large.
Several doses against one control group are combined. For a crossover trial see `crossover`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from ldn_analysis.contrasts.arms import Arm, changes_of, pair_of
from ldn_analysis.contrasts.chain import Chain, Row
from ldn_analysis.contrasts.choices import Material, Unusable, kind_of
from ldn_analysis.contrasts.crossover import by_period, paired_difference
from ldn_analysis.contrasts.doses import doses_together
from ldn_analysis.contrasts.reported import SE, Difference, error_of, known, printed_limits

Rule = Callable[[Material, Chain, float], Difference | None]


OF_MEDIANS = "only a difference of the groups' medians is reported, and none of their means"
NOTHING_BETWEEN = "no between-group estimate is reported, and none can be derived from the rows that are"


def difference(material: Material, week: float) -> tuple[Chain, Difference]:
    """The first rule that applies at `week`; raises `Unusable` with the reason if none does."""
    reasons: list[str] = []
    bounded: list[tuple[Chain, Difference]] = []
    rules: tuple[Rule, ...] = (_adjusted, _unadjusted, _changes, _values, _adjusted_alone)
    if material.paired:
        rules = (by_period,) if material.periods else (paired_difference,)
    for rule in rules:
        chain = Chain()
        try:
            diff = rule(material, chain, week)
        except Unusable as problem:
            reasons.append(str(problem))
            continue
        if diff is None:
            continue
        if not diff.bounded:
            return chain, diff
        bounded.append((chain, diff))
    if bounded:
        return bounded[0]
    if not reasons:
        of_medians = not material.paired and material.find("median", "ldn-placebo", week)
        reasons.append(OF_MEDIANS if of_medians else NOTHING_BETWEEN)
    raise Unusable(reasons[0])


def _sizes(material: Material, row: Row, week: float) -> tuple[float, float]:
    """Participants per arm: from the contrast's row, else from the arms' rows at that week."""
    if known(row.n_ldn, row.n_control):
        return row.n_ldn, row.n_control
    for kind in ("change", "level"):
        arms = pair_of(material, kind, week)
        if arms:
            n1, n2 = arms[0].n, arms[1].n
            other = known(n1, n2, row.n) and n1 + n2 != row.n  # of other people than the contrast
            return (n1, n2) if known(n1, n2) and not other else (math.nan, math.nan)
    return math.nan, math.nan


def _adjusted(material: Material, chain: Chain, week: float) -> Difference | None:
    return _reported(material, chain, week, "adjusted") if material.choices.adjusted else None


def _unadjusted(material: Material, chain: Chain, week: float) -> Difference | None:
    return _reported(material, chain, week, "contrast")


def _reported(material: Material, chain: Chain, week: float, kind: str, tail: str = "") -> Difference | None:
    if material.combined:
        return _reported_doses(material, chain, week, kind)
    row = material.find(kind, "ldn-placebo", week)
    if row is None:
        return None
    n1, n2 = _sizes(material, row, week)
    df = (n1 + n2 if known(n1, n2) else row.n) - 2
    dose = f" at {row.dose:g} mg" if known(row.dose) else ""
    value = chain.read(row, "value", row.statistic + dose, row.unit)
    se = error_of(chain, row, value, df, material)
    of_changes = "change" in row.statistic
    if not material.choices.adjusted and of_changes != (material.choices.raw == "change"):
        tail += f"; no difference of {'changes' if not of_changes else 'final values'} is reported"
    others = {r.statistic for r in material.rows if kind_of(r) == kind == "adjusted" and r.week == row.week}
    if len(others) > 1 and "mixed model" in row.statistic:
        tail += "; preferred to the ANCOVA, as it holds whoever was seen at any visit (our decision)"
    variance = se.value**2 / (1 / n1 + 1 / n2) if known(n1, n2) else math.nan
    return Difference(
        value=value, se=se, row=row, week=week, n_ldn=n1, n_control=n2, of_changes=of_changes,
        control_variance=variance / n2, df=df, printed=printed_limits(row), bounded=se.at_most,
        words=f"reported {row.statistic}{tail}",
    )  # fmt: skip


def _reported_doses(material: Material, chain: Chain, week: float, kind: str) -> Difference | None:
    """The mean of the doses' reported differences, weighted by n; they share the control group's error."""
    parts = []
    for dose in material.combined:
        part = _reported(material.at_dose(dose), chain, week, kind)
        if part is None:
            return None
        parts.append(part)
    return doses_together(material, chain, parts)


def _adjusted_alone(material: Material, chain: Chain, week: float) -> Difference | None:
    if material.choices.adjusted:
        return None
    diff = _reported(material, chain, week, "adjusted", " (nothing unadjusted is reported)")
    if diff is not None:
        why = "nothing unadjusted can be derived"
        chain.check("adjusted difference used", diff.value.value, diff.unit, why, diff.value)
    return diff


def _independent(
    material: Material, chain: Chain, arms: tuple[Arm, Arm], week: float, words: str, *, of_changes: bool
) -> Difference | None:
    """The difference of two groups, from their means and SDs; None where an arm has no SD."""
    ldn, control = arms
    values = ldn.mean(chain), control.mean(chain)
    sds = [sd for arm in arms if (sd := arm.sd(chain)) is not None]
    if len(sds) < 2:
        return None
    if not known(ldn.n, control.n):
        raise Unusable("the number of participants per arm is not reported")
    unit = ldn.row.unit
    n1, n2 = ldn.size(chain), control.size(chain)
    value = chain.derive("difference", values[0].value - values[1].value, unit, "LDN − control", *values)
    variance = sds[0].value ** 2 / n1.value + sds[1].value ** 2 / n2.value
    if not variance > 0:
        raise Unusable("the SDs of both arms are zero: no precision")
    se = chain.derive(SE, math.sqrt(variance), unit, "√(SD₁²/n₁ + SD₂²/n₂)", *sds, n1, n2)
    together = f", {len(material.combined)} doses combined" if material.combined else ""
    medians = any(a.row.statistic.startswith("median") for a in arms)
    return Difference(
        value=value, se=se, row=ldn.row, week=week, n_ldn=n1.value, n_control=n2.value, sds=(sds[0], sds[1]),
        of_changes=of_changes, control_variance=sds[1].value ** 2 / n2.value, df=n1.value + n2.value - 2,
        words=words + together + ("; means and SDs estimated from medians" if medians else ""),
    )  # fmt: skip


def _changes(material: Material, chain: Chain, week: float) -> Difference | None:
    arms = pair_of(material, "change", week)
    if arms is None:
        return None
    words = "difference of the arms' mean changes"
    diff = _independent(material, chain, arms, week, words, of_changes=True)
    if diff is None:
        raise Unusable("the arms' mean changes are reported without an SD, an SE or an interval")
    return diff


def _values(material: Material, chain: Chain, week: float) -> Difference | None:
    arms = pair_of(material, "level", week)
    if arms is None:
        return None
    if material.choices.raw == "change":
        changes = changes_of(material, week)
        if changes is not None:
            for arm in changes:  # each arm's steps together
                arm.mean(chain), arm.sd(chain)
            words = "raw difference of changes from baseline; SD of change from an assumed correlation"
            diff = _independent(material, chain, changes, week, words, of_changes=True)
            if diff is not None:
                return diff
        chain.steps.clear()
    words = "raw difference of final values"
    diff = _independent(material, chain, arms, week, words, of_changes=False)
    if diff is None:
        raise Unusable("the arms' means are reported without an SD, an SE or an interval")
    return diff
