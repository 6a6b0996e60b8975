"""A paired percent reduction in points, with what the product of two means leaves out."""

from __future__ import annotations

import math

from ldn_analysis.contrasts.chain import Chain, Step
from ldn_analysis.contrasts.choices import Material, Unusable
from ldn_analysis.contrasts.reported import Difference, arm_sd


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
    value = chain.derive(
        f"difference in {name}",
        -(m * b + c) * to_common,
        name,
        "−(percent × baseline + their covariance) / 100, rescaled",
        *steps,
        note="A larger reduction is a negative change.",
    )
    variance = (m * t) ** 2 + (b * s) ** 2 + 2 * m * b * c + (s * t) ** 2 + c**2
    se = chain.derive(
        f"SE in {name}",
        math.sqrt(variance / diff.n_ldn) * to_common,
        name,
        "√(variance of a product of two normal variables / n), rescaled",
        *steps,
    )
    return value, se
