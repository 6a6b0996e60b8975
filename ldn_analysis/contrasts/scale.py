"""From a difference in the paper's unit to the scale on which studies are compared: points, or SDs."""

from __future__ import annotations

import math

from ldn_analysis.contrasts.chain import Chain, Row, Step
from ldn_analysis.contrasts.choices import Material, Unusable
from ldn_analysis.contrasts.reported import ARM, Difference, arm_sd, known
from ldn_analysis.contrasts.rules import change_from_levels, pre_post
from ldn_analysis.measures import conversions as cv
from ldn_analysis.measures.corrections import hedges_j

__all__ = ["in_points", "standardised"]

# Outcomes that are put on a common scale: its range in points, and its name.
COMMON = {"pain": (10.0, "NRS points (0-10)"), "symptom severity": (100.0, "points (0-100)")}


def in_points(
    material: Material, chain: Chain, diff: Difference, outcome: str
) -> tuple[Step, Step, str, str]:
    """yi, vi (mean difference), their unit and which direction is better.

    A percent reduction becomes points by its first-order derivation: percent of the baseline mean, over the
    range of the scale. The baseline mean is treated as known, so its own sampling error and its correlation
    with the reductions are left out.
    """
    row, value, se, better = diff.row, diff.value, diff.se, diff.better
    unit = diff.unit
    if outcome in COMMON and (unit == "points" or unit.startswith("percent reduction")):
        top, name = COMMON[outcome]
        width = row.scale_max - row.scale_min
        if not known(width) or width <= 0:
            raise Unusable(
                "the range of the scale is not known: usable as a standardised difference (SMD) only"
            )
        if unit.startswith("percent reduction"):
            baseline = _baseline(material, chain)
            factor = -baseline.value / 100 * top / width
            formula, inputs = f"−(percent / 100) × baseline mean × {top:g} / {width:g}", [baseline]
            note = (
                "First order: the baseline mean is treated as fixed, its sampling error and its correlation "
                "with the reductions are ignored; a larger reduction is a negative change."
            )
            better = "lower"
        elif width != top:
            factor, formula, inputs, note = (
                top / width,
                f"difference × {top:g} / {width:g}",
                [],
                "Linear rescaling.",
            )
        else:
            factor, formula, inputs, note = 1.0, "", [], ""
        if formula:
            value = chain.derive(
                f"difference in {name}", factor * value.value, name, formula, value, *inputs, note=note
            )
            se = chain.derive(
                f"SE in {name}", abs(factor) * se.value, name, "SE × the same factor", se, *inputs
            )
        unit = name
    yi = chain.derive("yi", value.value, unit, "mean difference, LDN − control", value)
    vi = chain.derive("vi", se.value**2, f"({unit})²", "SE²", se)
    return yi, vi, unit, better


def _baseline(material: Material, chain: Chain) -> Step:
    """Baseline mean in points of the paper's own scale: of all participants, else of both arms by size."""
    row = material.find("baseline", "all")
    if row is not None and row.unit == "points":
        return chain.read(row, "value", "baseline mean", row.unit)
    arms = material.arms("baseline")
    if arms and all(a.unit == "points" and known(a.n) for a in arms):
        means = [chain.read(a, "value", f"baseline mean, {ARM[a.group]}", a.unit) for a in arms]
        total = sum(a.n for a in arms)
        return chain.derive(
            "baseline mean",
            sum(a.n * m.value for a, m in zip(arms, means, strict=True)) / total,
            "points",
            "mean of the arms weighted by n",
            *means,
        )
    if material.choices.assumed_baseline is not None:
        return chain.assume(
            "baseline mean",
            material.choices.assumed_baseline,
            "points",
            "assumed_baseline",
            "No baseline mean is available to us; the analyst supplies one.",
        )
    hidden = " at this reading level" if material.masked else ""
    raise Unusable(
        f"reported as percent reduction, and the baseline mean is not available{hidden}: no difference in "
        "points (parameter assumed_baseline supplies one; usable as SMD)"
    )


def standardised(material: Material, chain: Chain, diff: Difference) -> tuple[Step, Step, str, str]:
    """yi, vi (standardised mean difference, Hedges-corrected), their unit and which direction is better.

    The difference is divided by a between-person SD, in crossover trials by the average SD of the two
    conditions and not by that of the paired differences, so that crossover and parallel trials share a scale
    (Becker 1988; Morris & DeShon 2002; Cochrane Handbook 23.2.7.2). The variance keeps the reported
    precision of the difference:
    ``(SE/SD)^2 + g^2 / (2 m)``, with m = N in a parallel trial and ``2 n / (1 + r^2)`` in a paired one.
    """
    n = diff.n_ldn
    if diff.paired:
        sd, r = _paired_sd(material, chain, diff)
        df, weight = 2 * (n - 1) / (1 + r.value**2), 2 * n / (1 + r.value**2)
        formula = "2 (n − 1) / (1 + r²)"
    else:
        sd = _parallel_sd(material, chain, diff)
        total = diff.n_ldn + diff.n_control if known(diff.n_ldn, diff.n_control) else diff.row.n
        if not known(total):
            raise Unusable("the number of participants is not reported: no standardised difference")
        df, weight, formula = total - 2, total, "N − 2"
    if not sd.value > 0:
        raise Unusable("the SD that would standardise the difference is zero")
    flip = -1.0 if diff.unit.startswith("percent reduction") else 1.0
    d = chain.derive(
        "d",
        flip * diff.value.value / sd.value,
        "SD",
        ("−" if flip < 0 else "") + "difference / SD",
        diff.value,
        sd,
        note="A larger reduction is a negative change." if flip < 0 else "",
    )
    j = hedges_j(df, material.choices.correction)
    if not known(j):
        raise Unusable("too few participants for the small-sample correction of a standardised difference")
    yi = chain.derive(
        "yi",
        j * d.value,
        "SD",
        f"J × d, with J({df:.4g} df) = {j:.5f}",
        d,
        note=f"Hedges' correction ({material.choices.correction}), degrees of freedom {formula}.",
    )
    vi = chain.derive(
        "vi",
        (diff.se.value / sd.value) ** 2 + yi.value**2 / (2 * weight),
        "SD²",
        f"(SE / SD)² + yi² / (2 × {weight:.4g})",
        diff.se,
        sd,
        yi,
    )
    return yi, vi, "SD", "lower" if flip < 0 else diff.better


def _paired_sd(material: Material, chain: Chain, diff: Difference) -> tuple[Step, Step]:
    r = diff.r
    if diff.sds is not None:
        s1, s2 = diff.sds
        sd = chain.derive(
            "average SD of the two conditions",
            math.sqrt((s1.value**2 + s2.value**2) / 2),
            diff.unit,
            "√((SD₁² + SD₂²) / 2)",
            s1,
            s2,
        )
        if r is None or not -1 < r.value < 1:
            raise Unusable("the reported numbers imply an impossible correlation of the two conditions")
    else:
        given = material.choices.crossover_r
        value, name = (
            (float(given), "crossover_r")
            if isinstance(given, (int, float))
            else (material.choices.assumed_crossover_r, "assumed_crossover_r")
        )
        r = chain.assume(
            "correlation of the two conditions",
            value,
            "",
            name,
            "No SDs of the conditions are reported; the SD between persons follows from that of the "
            "differences only with an assumed correlation.",
        )
        sd = chain.derive(
            "SD between persons",
            diff.se.value * math.sqrt(diff.n_ldn) / math.sqrt(2 * (1 - r.value)),
            diff.unit,
            "SE × √n / √(2 (1 − r))",
            diff.se,
            r,
        )
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


def _pooled(chain: Chain, rows: tuple[Row, Row] | None, unit: str, label: str) -> Step | None:
    if rows is None or any(row.unit != unit or not known(row.n) for row in rows):
        return None
    if any(arm_sd(Chain(), row) is None for row in rows):
        return None
    sds = [s for row in rows if (s := arm_sd(chain, row)) is not None]
    return _pool(chain, (sds[0], sds[1]), rows[0].n, rows[1].n, label)


def _pool(chain: Chain, sds: tuple[Step, Step], n1: float, n2: float, label: str) -> Step:
    return chain.derive(
        label,
        cv.pooled_sd(sds[0].value, n1, sds[1].value, n2),
        sds[0].unit,
        "√(((n₁ − 1) SD₁² + (n₂ − 1) SD₂²) / (n₁ + n₂ − 2))",
        *sds,
    )


def _parallel_sd(material: Material, chain: Chain, diff: Difference) -> Step:
    """The SD to standardise a parallel trial (or a crossover analysed as one): the first there is."""
    if material.paired and diff.sds is not None:
        sd = _pool(chain, diff.sds, diff.n_ldn, diff.n_control, "pooled SD of the two conditions")
        return _as_wanted(material, chain, sd, diff.of_changes)
    changes, levels = material.arms("change", diff.week), material.arms("level", diff.week)
    want_change = material.choices.smd_sd == "change"
    if want_change:
        found = _pooled(chain, changes, diff.unit, "pooled SD of the change")
        if found is None and levels is not None and levels[0].unit == diff.unit:
            ldn, control = (change_from_levels(material, chain, diff.week, g) for g in ("ldn", "placebo"))
            if ldn and control and known(levels[0].n, levels[1].n):
                found = _pool(
                    chain, (ldn[1], control[1]), levels[0].n, levels[1].n, "pooled SD of the change"
                )
        if found is not None:
            return found
    for rows, label in (
        (levels, "pooled SD of the final values"),
        (material.arms("baseline"), "pooled SD at baseline"),
    ):
        found = _pooled(chain, rows, diff.unit, label)
        if found is not None:
            return _as_wanted(material, chain, found, of_changes=False)
    found = _pooled(chain, changes, diff.unit, "pooled SD of the change")
    if found is not None:
        return _as_wanted(material, chain, found, of_changes=True)
    n1, n2, note = diff.n_ldn, diff.n_control, ""
    if not known(n1, n2):
        if not known(diff.row.n):
            raise Unusable(
                "neither an SD nor the number of participants is reported: no standardised difference"
            )
        n1 = n2 = diff.row.n / 2
        note = "Sizes per arm are not reported; equal arms are taken."
    sd = chain.derive(
        "SD from the SE of the difference",
        cv.sd_from_se_of_difference(diff.se.value, n1, n2),
        diff.unit,
        "SE / √(1/n₁ + 1/n₂)",
        diff.se,
        note=note,
    )
    return _as_wanted(material, chain, sd, diff.of_changes)
