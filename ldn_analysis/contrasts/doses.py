"""The differences of several doses from the one placebo group, or condition, that they share, as one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ldn_analysis.contrasts.chain import Chain, Step
from ldn_analysis.contrasts.choices import Choices, Material, Unusable, same_scale
from ldn_analysis.contrasts.reported import SE, Difference, known
from ldn_analysis.guidance import handbook

BY = "√(Σ w² SE² + 2 Σ w w′ cov), cov = "
OF_GROUP = "SE SE′ / √((1/n + 1/n₀)(1/n′ + 1/n₀)) / n₀"
OF_CONDITION = "√((1 − r)(1 − r′)) SD₀² / n"


def shared_variance(diff: Difference, choices: Choices) -> float:
    """What a dose's paired difference shares with that of another dose in the same people.

    Where the SDs of its conditions are there, the error of the placebo condition beyond what is the person's
    own, (1 - r) SD₀² / n; else the part `dose_r` of its variance.
    """
    r = _own_r(diff)
    if diff.sds is not None and r < 1:
        return float((1 - r) * diff.sds[1].value ** 2 / diff.n_ldn)
    return choices.dose_r * diff.se.value**2


def _own_r(diff: Difference) -> float:
    """The correlation of a dose and placebo: 0 where the pairing is ignored, NaN where it is not known."""
    return diff.r.value if diff.r else (math.nan if diff.paired else 0.0)


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
    spread = [math.sqrt(part.control_variance) for part in parts]
    variance = sum(
        weights[i] * weights[j] * (a.se.value**2 if i == j else spread[i] * spread[j])
        for i, a in enumerate(parts)
        for j in range(len(parts))
    )
    control = "condition, in the same people," if material.paired else "group"
    note = f"Several doses against one control {control} count once ({handbook('23.3.4')})."
    differences = [part.value for part in parts]
    by = "Σ n difference / Σ n over the doses"
    mean = chain.derive("difference, all doses", value, first.unit, by, *differences, note=note)
    errors, by, note = [part.se for part in parts], OF_GROUP, "that of the control group's mean"
    if material.paired:
        by, note = OF_CONDITION, "that of the control condition, beyond what is the person's own"
        if any(part.sds is None or not _own_r(part) < 1 for part in parts):
            errors.append(_assumed(chain, material.choices.dose_r))
            by, note = "r SE SE′", "given by the correlation of the doses' differences"
    note = f"The covariance is {note}."
    se = chain.derive(f"{SE}, all doses", math.sqrt(variance), first.unit, BY + by, *errors, note=note)
    of_people = (
        _of_people(material, chain, parts) if material.paired else {"n_ldn": n, "df": n + first.n_control - 2}
    )
    return Difference(
        value=mean, se=se, row=first.row, week=first.week, n_control=first.n_control,
        of_changes=first.of_changes, bounded=any(part.bounded for part in parts),
        words=f"{first.words} of {len(parts)} doses, combined", **of_people,
    )  # fmt: skip


def _assumed(chain: Chain, r: float) -> Step:
    note = "Half, where all conditions have one spread and one correlation: the placebo's part is shared."
    return chain.assume("dose_r", r, note)


def _of_people(material: Material, chain: Chain, parts: Sequence[Difference]) -> dict[str, Any]:
    """What else is known of people who took every dose, each counted once, and what standardises."""
    about: dict[str, Any] = {
        "n_ldn": max(part.n_ldn for part in parts),
        "df": min(part.df for part in parts),
        "paired": parts[0].paired,
    }
    unit, many = parts[0].unit, len(parts)
    sds = [part.sds for part in parts if part.sds]
    if len(sds) < many and material.choices.measure == "MD":
        return about
    if len(sds) < many:
        mean = math.sqrt(sum(part.se.value**2 for part in parts) / many)
        by, errors = "√(mean of SE²)", (part.se for part in parts)
        return about | {"se_of_one": chain.derive(f"{SE}, one dose", mean, unit, by, *errors)}
    ldn, by = math.sqrt(sum(sd.value**2 for sd, _ in sds) / many), "√(mean of SD²)"
    spread = chain.derive("SD, LDN, all doses", ldn, unit, by, *(sd for sd, _ in sds))
    r = [part.r for part in parts if part.r]
    if len(r) == many:
        name, mean = "correlation of a dose and control", sum(step.value for step in r) / many
        about["r"] = chain.check(name, mean, "", "mean over the doses", *r)
    return about | {"sds": (spread, sds[0][1])}
