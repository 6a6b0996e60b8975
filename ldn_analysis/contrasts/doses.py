"""The differences of several doses from the one placebo group, or condition, that they share, as one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ldn_analysis.contrasts.chain import Chain, Step
from ldn_analysis.contrasts.choices import Choices, Material, Unusable, same_scale
from ldn_analysis.contrasts.reported import SE, Difference, known
from ldn_analysis.guidance import handbook

BY = "√(Σ w² SE² + 2 Σ w w′ cov), cov = "
OF_GROUP = "SE SE′ / √((1/n + 1/n₀)(1/n′ + 1/n₀)) / n₀"
OF_CONDITION = "√((1 − r)(1 − r′)) SD₀² / n"
MIXED = "√(c c′), c = (1 − r) SD₀² / n of a dose with SDs of its conditions, else its SE² times the assumed r"


def shared_variance(diff: Difference, choices: Choices) -> float:
    """What a dose's paired difference shares with that of another dose in the same people: the error of the
    placebo condition where its SDs give it, else the part `dose_r` of its variance."""
    own = _of_condition(diff)
    return own if known(own) else choices.dose_r * diff.se.value**2


def _of_condition(diff: Difference) -> float:
    """The variance of the placebo condition's mean beyond what is the person's own, (1 - r) SD₀² / n; NaN
    where no SDs are known, or where their correlation is impossible or makes it more than the whole."""
    r = diff.r.value if diff.r else (math.nan if diff.paired else 0.0)
    if diff.sds is None or not -1 < r < 1:
        return math.nan
    own = float((1 - r) * diff.sds[1].value ** 2 / diff.n_ldn)
    return own if own <= diff.se.value**2 else math.nan


def doses_together(material: Material, chain: Chain, parts: Sequence[Difference]) -> Difference:
    """The mean of the doses' differences, weighted by n; they share the error of what they are compared with.

    Raises
    ------
    Unusable
        Differences of several kinds or on several scales, or a group's size that is missing, or not shared.
    """
    first = parts[0]
    for part in parts[1:]:
        same_scale(first.row, part.row)
    if len({part.row.statistic for part in parts}) > 1:
        raise Unusable("the doses report different kinds of difference: they cannot be combined")
    if not all(known(part.n_ldn, part.n_control) for part in parts):
        raise Unusable("the doses share a control group, and its size and theirs are not reported")
    if not material.paired and len({part.n_control for part in parts}) > 1:
        raise Unusable("the doses name control groups of different sizes: not the one that they share")
    n = sum(part.n_ldn for part in parts)
    weights = [part.n_ldn / n for part in parts]
    value = sum(w * part.value.value for w, part in zip(weights, parts, strict=True))
    variance = _variance(parts, weights, [part.control_variance for part in parts])
    control = "condition, in the same people," if material.paired else "group"
    note = f"Several doses against one control {control} count once ({handbook('23.3.4')})."
    differences = [part.value for part in parts]
    by = "Σ n difference / Σ n over the doses"
    mean = chain.derive("difference, all doses", value, first.unit, by, *differences, note=note)
    errors, by, note = [part.se for part in parts], OF_GROUP, "that of the control group's mean"
    if material.paired:
        by, note = OF_CONDITION, "that of the control condition, beyond what is the person's own"
        unknown = [not known(_of_condition(part)) for part in parts]
        if any(unknown):
            errors.append(_assumed(material, chain, parts, weights))
            by, note = "r SE SE′", "given by the correlation of the doses' differences"
            if not all(unknown):
                by, note = MIXED, f"{note}, or by a dose's own SDs where it has them"
    note = f"The covariance is {note}."
    se = chain.derive(f"{SE}, all doses", math.sqrt(variance), first.unit, BY + by, *errors, note=note)
    about: dict[str, Any] = {"n_ldn": n, "n_control": first.n_control, "df": n + first.n_control - 2}
    about = _of_people(material, chain, parts) if material.paired else about
    return Difference(
        value=mean, se=se, row=first.row, week=first.week,
        of_changes=first.of_changes, bounded=any(part.bounded for part in parts),
        words=f"{first.words} of {len(parts)} doses, combined", **about,
    )  # fmt: skip


def _variance(parts: Sequence[Difference], weights: Sequence[float], shared: Sequence[float]) -> float:
    """Variance of the weighted mean of differences of which each pair shares √(c c′)."""
    own = sum(w**2 * (part.se.value**2 - c) for w, part, c in zip(weights, parts, shared, strict=True))
    return float(own + sum(w * math.sqrt(c) for w, c in zip(weights, shared, strict=True)) ** 2)


def _assumed(material: Material, chain: Chain, parts: Sequence[Difference], weights: Sequence[float]) -> Step:
    lowest, highest = (_se_at(r, material, parts, weights) for r in (0.0, 1.0))
    note = (
        "The paper does not give it. Half, where all conditions have one spread and one correlation: the "
        f"placebo's part is shared. From 0 to 1 the SE of the mean is {lowest:.3g} to {highest:.3g}."
    )
    return chain.assume("dose_r", material.choices.dose_r, note)


def _se_at(r: float, material: Material, parts: Sequence[Difference], weights: Sequence[float]) -> float:
    """The SE of the mean where the doses' differences are assumed to correlate by `r`."""
    choices = replace(material.choices, dose_r=r)
    return math.sqrt(_variance(parts, weights, [shared_variance(part, choices) for part in parts]))


def _of_people(material: Material, chain: Chain, parts: Sequence[Difference]) -> dict[str, Any]:
    """What else is known of people who took every dose, each counted once, and what standardises."""
    most = max(part.n_ldn for part in parts)
    about: dict[str, Any] = {
        "n_ldn": most,
        "n_control": most,
        "df": min(part.df for part in parts),
        "paired": parts[0].paired,
    }
    unit, many = parts[0].unit, len(parts)
    sds = [part.sds for part in parts if part.sds]
    if len(sds) < many and material.choices.measure == "MD":
        return about
    if len(sds) < many:
        mean = math.sqrt(sum(part.n_ldn * part.se.value**2 for part in parts) / many / most)
        by, errors = "√(mean of n SE² / n), the last n the largest", (part.se for part in parts)
        return about | {"se_of_one": chain.derive(f"{SE}, one dose", mean, unit, by, *errors)}
    ldn, by = math.sqrt(sum(sd.value**2 for sd, _ in sds) / many), "√(mean of SD²)"
    spread = chain.derive("SD, LDN, all doses", ldn, unit, by, *(sd for sd, _ in sds))
    r = [part.r for part in parts if part.r]
    if len(r) == many:
        name, mean = "correlation of a dose and control", sum(step.value for step in r) / many
        about["r"] = chain.check(name, mean, "", "mean over the doses", *r)
    return about | {"sds": (spread, sds[0][1])}
