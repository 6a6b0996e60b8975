"""From a difference in the paper's unit to the scale on which studies are compared: points, or SDs.

Nothing is pooled that was not converted: turning a scale on which higher is better, and millimetres into
points, are steps of the chain. So is a reduction in percent, which becomes points by the mean at baseline or,
with an assumed correlation of the two, by the mean of their product.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ldn_analysis.contrasts.arms import Arm, changes_of, pair_of, pre_post
from ldn_analysis.contrasts.chain import Chain, Row, Step
from ldn_analysis.contrasts.choices import Material, Unusable
from ldn_analysis.contrasts.reported import Difference, arm_mean, arm_sd, known
from ldn_analysis.evidence.scales import PAIN_SCALE, UNIT_WIDTHS, WIDTHS, Scale
from ldn_analysis.measures import conversions as cv
from ldn_analysis.measures.groups import hedges_j

# Outcomes that are put on a common scale: its range in points, and its name.
COMMON = {
    outcome: (WIDTHS[name], name)
    for outcome, name in (("pain", PAIN_SCALE), ("symptom severity", "points (0-100)"))
}
# Units of a visual analogue or numerical scale, and the range that such a scale must have (None: any).
UNITS = {"points": None, **UNIT_WIDTHS}


@dataclass(frozen=True, slots=True)
class OnScale:
    """Estimate and variance on the scale of the comparison.

    `factor` is what the difference of the paper was multiplied by, so that what doses share can follow;
    `sd` is what it was divided by under SMD (NaN under MD).
    """

    yi: Step
    vi: Step
    unit: str
    better: str
    factor: float
    sd: float = math.nan


def in_points(material: Material, chain: Chain, diff: Difference, outcome: str) -> OnScale:
    """yi, vi (mean difference), their unit and which direction is better.

    A percent reduction becomes points by its first-order derivation: percent of the baseline mean, over the
    range of the scale. The baseline mean is treated as known, so its own sampling error and its correlation
    with the reductions are left out.

    Raises
    ------
    Unusable
        On an outcome with a common scale: a unit or range that does not convert, values beyond the scale.
    """
    value, se, unit, better, factor = diff.value, diff.se, diff.unit, diff.row.better, 1.0
    if outcome in COMMON:
        name = COMMON[outcome][1]
        factor, formula, inputs, note = _conversion(material, chain, diff, outcome)
        r = material.choices.percent_baseline_r
        if r is not None and diff.paired and diff.unit.startswith("percent reduction"):
            value, se = mean_of_products(material, chain, diff, inputs[0], COMMON[outcome])
        elif formula:
            value = chain.derive(
                f"difference in {name}", factor * value.value, name, formula, value, *inputs, note=note
            )
            se = chain.derive(
                f"SE in {name}", abs(factor) * se.value, name, "SE × the same factor", se, *inputs
            )
        unit, better = name, "lower"
    yi = chain.derive("yi", value.value, unit, "mean difference, LDN − control", value)
    vi = chain.derive("vi", se.value**2, f"({unit})²", "SE²", se)
    return OnScale(yi, vi, unit, better, factor)


def _conversion(
    material: Material, chain: Chain, diff: Difference, outcome: str
) -> tuple[float, str, list[Step], str]:
    """Factor from the paper's unit to the common scale on which lower is better, and its derivation."""
    top, _ = COMMON[outcome]
    row, unit = diff.row, diff.unit
    scale = _listed(material, row)
    _check_direction(row, outcome)
    if not unit.startswith("percent reduction") and unit not in UNITS:
        raise Unusable(f"reported in {unit or 'no unit'}, which does not convert to points of {outcome}")
    width = row.scale_max - row.scale_min
    if not known(width) or width <= 0:
        raise Unusable("the range of the scale is not known: usable as a standardised difference (SMD) only")
    if scale is not None and not scale.conversion:
        raise Unusable(f"{scale.measure} does not convert to points: a standardised difference (SMD) only")
    if unit.startswith("percent reduction"):
        if abs(diff.value.value) > 200:
            raise Unusable(f"a difference of {diff.value.value:g} percent of baseline is not possible")
        baseline = _baseline(material, chain, width)
        note = (
            "First order: the baseline mean is treated as fixed, its sampling error and its correlation "
            "with the reductions are ignored; a larger reduction is a negative change."
        )
        formula = f"−(percent / 100) × baseline mean × {top:g} / {width:g}"
        return -baseline.value / 100 * top / width, formula, [baseline], note
    _check_range(diff, width)
    if row.better == "higher":
        note = "Higher is better on this scale: turned, so that less is better as on the others."
        return -top / width, f"−difference × {top:g} / {width:g}", [], note
    if width != top:
        return top / width, f"difference × {top:g} / {width:g}", [], "Linear rescaling."
    return 1.0, "", [], ""


def _listed(material: Material, row: Row) -> Scale | None:
    """The scale of a row in the data's list of measures, None where the data have none; `Unusable` if theirs
    lacks it, or has another direction for it."""
    if material.scales is None:
        return None
    ends = (row.scale_min, row.scale_max)
    for scale in material.scales:
        pairs = zip(ends, (scale.low, scale.high), strict=True)
        same = all(a == b or not (known(a) or known(b)) for a, b in pairs)
        if scale.unit == row.unit and same:
            if scale.better != row.better:
                direction = row.better or "not stated"
                raise Unusable(f"direction {direction}: but {scale.measure} is better when {scale.better}")
            return scale
    raise Unusable(f"the list of measures does not have this one in {row.unit or 'no unit'} on its scale")


def _check_direction(row: Row, outcome: str) -> None:
    """Raise `Unusable` unless a row says in which direction its scale is better, and that can be so."""
    if row.better not in {"lower", "higher"}:
        raise Unusable(f"which direction is better is not stated: not comparable with others on {outcome}")
    if row.unit.startswith("percent reduction") and row.better != "higher":
        raise Unusable("a reduction in percent is said to be better when lower: a contradiction")


def _check_range(diff: Difference, width: float) -> None:
    """Raise `Unusable` where a difference cannot be on a scale of this width."""
    needed = UNITS[diff.unit]
    if needed is not None and width != needed:
        raise Unusable(f"{diff.unit} on a scale of {width:g}: a scale in {diff.unit} has {needed:g}")
    row = diff.row
    contrast = (row.lower95, row.upper95) if row.group == "ldn-placebo" else ()
    beyond = [v for v in (diff.value.value, *contrast) if known(v) and abs(v) > width]
    if beyond:
        raise Unusable(f"{beyond[0]:g} {diff.unit} is no difference on a scale of {width:g}: another scale?")


def _baseline(material: Material, chain: Chain, width: float) -> Step:
    """Baseline mean on the paper's own scale, of this width: of all, else of the arms by size."""
    row = material.find("baseline", "all")
    arms = _pair(material, "baseline", None)
    for start in (row, arms[0].row if arms else None):
        size = start.scale_max - start.scale_min if start is not None else math.nan
        if known(size) and size != width:
            raise Unusable(f"the baseline mean is on a scale of {size:g}, the reductions on one of {width:g}")
    if row is not None and row.unit in UNITS:
        return arm_mean(chain, row, "baseline mean")
    if arms and all(a.row.unit in UNITS and known(a.n) for a in arms):
        means = [a.mean(chain) for a in arms]
        total = sum(a.n for a in arms)
        ldn, control = (m.value for m in means)
        apart = f"The arms began at {ldn:g} and {control:g}: this mean stands for both."
        weighted = sum(a.n * m.value for a, m in zip(arms, means, strict=True)) / total
        by = "mean of the arms weighted by n"
        note = apart if ldn != control else ""
        return chain.derive("baseline mean", weighted, arms[0].row.unit, by, *means, note=note)
    assumed = material.choices.assumed_baseline
    if assumed is not None:
        note = "No baseline mean is available to us; the analyst supplies one, in points of 100."
        return chain.assume("assumed_baseline", assumed / 100 * width, note, "points")
    raise Unusable(
        "reported as percent reduction, and the baseline mean is not available: no difference in points "
        "(a baseline mean can be assumed; usable as SMD)"
    )


def standardised(material: Material, chain: Chain, diff: Difference, outcome: str) -> OnScale:
    """yi, vi (standardised mean difference, Hedges-corrected), their unit and which direction is better.

    The difference is divided by a between-person SD, in crossover trials by the average SD of the two
    conditions and not by that of the paired differences, so that crossover and parallel trials share a scale
    (Becker 1988; Morris & DeShon 2002; Cochrane Handbook 23.2.7.2). The variance keeps the reported
    precision of the difference:
    ``(SE/SD)^2 + g^2 / (2 m)``, with m = N in a parallel trial and ``2 n / (1 + r^2)`` in a paired one, n
    where its SD is that behind the differences (metafor's SMCC, on the scale of one condition), and for the
    mean of k such doses ``k n / (1 + (k - 1) r^2)``, since their SDs correlate by the square of `dose_r`.
    """
    if outcome in COMMON:
        _listed(material, diff.row)
        _check_direction(diff.row, outcome)
        width = diff.row.scale_max - diff.row.scale_min
        if known(width) and diff.unit in UNITS:
            _check_range(diff, width)
    n = diff.n_ldn
    if diff.paired:
        sd, r = _paired_sd(material, chain, diff)
        shared, formula = 1 + r.value**2, "2 (n − 1) / (1 + r²)"  # two SDs correlate by r²
        if not diff.sds:  # that behind the differences is one, or one a dose
            doses = len(diff.se_of_one.inputs) if diff.se_of_one else 1
            shared = 2 * (1 + (doses - 1) * material.choices.dose_r**2) / doses
            formula = f"{doses} (n − 1) / (1 + {doses - 1} r²), r of the doses" if doses > 1 else "n − 1"
        df, weight = 2 * (n - 1) / shared, 2 * n / shared
    else:
        sd = _parallel_sd(material, chain, diff)
        total = diff.n_ldn + diff.n_control if known(diff.n_ldn, diff.n_control) else diff.row.n
        if not known(total):
            raise Unusable("the number of participants is not reported: no standardised difference")
        df, weight, formula = total - 2, total, "N − 2"
    if not sd.value > 0:
        raise Unusable("the SD that would standardise the difference is zero")
    reduction = diff.unit.startswith("percent reduction")
    flip = -1.0 if reduction or (outcome in COMMON and diff.row.better == "higher") else 1.0
    turned = (
        "A larger reduction is a negative change." if reduction else "Higher is better on this scale: turned."
    )
    by, note = ("−difference / SD", turned) if flip < 0 else ("difference / SD", "")
    d = chain.derive("d", flip * diff.value.value / sd.value, "SD", by, diff.value, sd, note=note)
    j = hedges_j(df, material.choices.correction)
    if not known(j):
        raise Unusable("too few participants for the small-sample correction of a standardised difference")
    note = f"Hedges' correction ({material.choices.correction}), degrees of freedom {formula}."
    yi = chain.derive("yi", j * d.value, "SD", f"J × d, with J({df:.4g} df) = {j:.5f}", d, note=note)
    variance = (diff.se.value / sd.value) ** 2 + yi.value**2 / (2 * weight)
    vi = chain.derive("vi", variance, "SD²", f"(SE / SD)² + yi² / (2 × {weight:.4g})", diff.se, sd, yi)
    better = "lower" if flip < 0 else diff.row.better
    return OnScale(yi, vi, "SD", better, flip * j / sd.value, sd.value)


STEPS = {"MD": in_points, "SMD": standardised}
"""The step to each measure, from a study's difference."""


def _paired_sd(material: Material, chain: Chain, diff: Difference) -> tuple[Step, Step]:
    r = diff.r
    if diff.sds is not None:
        s1, s2 = diff.sds
        average = math.sqrt((s1.value**2 + s2.value**2) / 2)
        name = "average SD of the two conditions"
        sd = chain.derive(name, average, diff.unit, "√((SD₁² + SD₂²) / 2)", s1, s2)
        if r is None or not -1 < r.value < 1:
            raise Unusable("the reported numbers imply an impossible correlation of the two conditions")
    else:
        value, name = material.choices.assumed_crossover_r, "assumed_crossover_r"
        if isinstance(material.choices.crossover_r, int | float):
            value, name = float(material.choices.crossover_r), "crossover_r"
        note = (
            "No SDs of the conditions are reported; the SD between persons follows from that of the "
            "differences only with an assumed correlation."
        )
        r = chain.assume(name, value, note)
        se = diff.se_of_one or diff.se
        between = se.value * math.sqrt(diff.n_ldn) / math.sqrt(2 * (1 - r.value))
        by = "SE × √n / √(2 (1 − r))"
        sd = chain.derive("SD between persons", between, diff.unit, by, se, r)
    return _as_wanted(material, chain, sd, diff.of_changes), r


def _as_wanted(material: Material, chain: Chain, sd: Step, of_changes: bool) -> Step:
    """The SD of changes or of values, as chosen; one from the other by ``SD_change = SD √(2 (1 - r))``."""
    want_change = material.choices.smd_sd == "change"
    if want_change == of_changes:
        return sd
    r = pre_post(material, chain)
    factor = math.sqrt(2 * (1 - r.value))
    if want_change:
        return chain.derive("SD of the change", sd.value * factor, sd.unit, "SD × √(2 (1 − r))", sd, r)
    return chain.derive("SD of the values", sd.value / factor, sd.unit, "SD of change / √(2 (1 − r))", sd, r)


def _pooled(chain: Chain, arms: tuple[Arm, Arm] | None, unit: str, label: str) -> Step | None:
    if arms is None or not all(arm.row.unit == unit and known(arm.n) and arm.measurable for arm in arms):
        return None
    ldn, control = arms[0].sd(chain), arms[1].sd(chain)
    return _pool(chain, (ldn, control), arms[0].n, arms[1].n, label) if ldn and control else None


def _pool(chain: Chain, sds: tuple[Step, Step], n1: float, n2: float, label: str) -> Step:
    pooled = cv.pooled_sd(sds[0].value, n1, sds[1].value, n2)
    return chain.derive(
        label, pooled, sds[0].unit, "√(((n₁ − 1) SD₁² + (n₂ − 1) SD₂²) / (n₁ + n₂ − 2))", *sds
    )


def _parallel_sd(material: Material, chain: Chain, diff: Difference) -> Step:
    """The SD to standardise a parallel trial (or a crossover analysed as one): the first there is."""
    if material.paired and diff.sds is not None:
        sd = _pool(chain, diff.sds, diff.n_ldn, diff.n_control, "pooled SD of the two conditions")
        return _as_wanted(material, chain, sd, diff.of_changes)
    return _sd_over_arms(material, chain, diff) or _sd_behind_error(material, chain, diff)


def _sd_over_arms(material: Material, chain: Chain, diff: Difference) -> Step | None:
    """The SD of two arms together, as chosen or turned into it; None where no pair of them has one."""
    changes = _pair(material, "change", diff.week)
    levels = _pair(material, "level", diff.week)
    if material.choices.smd_sd == "change":
        pooled = _pooled(chain, changes, diff.unit, "pooled SD of the change")
        if pooled is None and levels is not None:
            computed = changes_of(material, diff.week)
            pooled = _pooled(chain, computed, diff.unit, "pooled SD of the change")
        if pooled is not None:
            return pooled
    for arms, label, of_changes in (
        (levels, "pooled SD of the final values", False),
        (_pair(material, "baseline", None), "pooled SD at baseline", False),
        (changes, "pooled SD of the change", True),
    ):
        pooled = _pooled(chain, arms, diff.unit, label)
        if pooled is not None:
            return _as_wanted(material, chain, pooled, of_changes)
    return None


def _sd_behind_error(material: Material, chain: Chain, diff: Difference) -> Step:
    """The SD that the SE of the difference of two groups implies."""
    n1, n2, note = diff.n_ldn, diff.n_control, ""
    if not known(n1, n2):
        if not known(diff.row.n):
            raise Unusable(
                "neither an SD nor the number of participants is reported: no standardised difference"
            )
        n1 = n2 = diff.row.n / 2
        note = "Sizes per arm are not reported; equal arms are taken."
    if diff.row.statistic.startswith("adjusted"):
        left = "An adjusted difference: this is the SD that its model leaves, less than that between people,"
        note = " ".join((note, left, "and the standardised difference is larger for it.")).strip()
    implied = cv.sd_from_se_of_difference(diff.se.value, n1, n2)
    name, by = "SD from the SE of the difference", "SE / √(1/n₁ + 1/n₂)"
    sd = chain.derive(name, implied, diff.unit, by, diff.se, note=note)
    return _as_wanted(material, chain, sd, diff.of_changes)


def _pair(material: Material, kind: str, week: float | None) -> tuple[Arm, Arm] | None:
    """The two arms of a kind, where they can stand beside each other."""
    try:
        return pair_of(material, kind, week)
    except Unusable:
        return None


def mean_of_products(
    material: Material, chain: Chain, diff: Difference, baseline: Step, common: tuple[float, str]
) -> tuple[Step, Step]:
    """Difference in points and its SE as the mean over people of percent times baseline.

    Each person's change is their percent reduction times their baseline. For a bivariate normal pair with
    means m and b, SDs s and t and covariance c the product has mean ``m b + c`` and variance
    ``m² t² + b² s² + 2 m b c + s² t² + c²``; the first-order value is ``m b`` with ``b² s²``.

    Raises
    ------
    Unusable
        No SD of the baseline.
    """
    top, name = common
    width = diff.row.scale_max - diff.row.scale_min
    start = material.find("baseline", "all")
    sd = arm_sd(chain, start) if start is not None else None
    assumed = material.choices.assumed_baseline_sd
    if sd is None and assumed is not None:
        note = "The paper's SD at baseline is not available to us."
        sd = chain.assume("assumed_baseline_sd", assumed / 100 * width, note, "points")
    if sd is None:
        raise Unusable(
            "no SD of the baseline is reported or assumed: its correlation with the reductions cannot be used"
        )
    assert material.choices.percent_baseline_r is not None
    r = chain.assume("percent_baseline_r", material.choices.percent_baseline_r, "No paper reports it.")
    m, b, t = diff.value.value, baseline.value, sd.value
    s = diff.se.value * math.sqrt(diff.n_ldn)
    c = r.value * s * t
    to_common = top / width / 100
    steps = (diff.value, baseline, diff.se, sd, r)
    by = "−(percent × baseline + their covariance) / 100, rescaled"
    note = "A larger reduction is a negative change."
    value = chain.derive(f"difference in {name}", -(m * b + c) * to_common, name, by, *steps, note=note)
    variance = (m * t) ** 2 + (b * s) ** 2 + 2 * m * b * c + (s * t) ** 2 + c**2
    error = math.sqrt(variance / diff.n_ldn) * to_common
    by = "√(variance of a product of two normal variables / n), rescaled"
    return value, chain.derive(f"SE in {name}", error, name, by, *steps)
