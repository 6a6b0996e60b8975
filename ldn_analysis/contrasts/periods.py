"""Crossover trials reported by period: the difference of the conditions, free of that between periods.

Those who begin with the drug give one difference within people, those who begin with the placebo the other;
in their mean the effect of the period cancels (Senn 2002, Cross-over Trials in Clinical Research, chapter 3).
"""

from __future__ import annotations

import math

from ldn_analysis.contrasts.chain import Chain, Row, Step
from ldn_analysis.contrasts.choices import Material, Unusable, kind_of, same_scale
from ldn_analysis.contrasts.reported import SE, Difference, arm_mean, arm_sd, known, when, who
from ldn_analysis.measures import conversions as cv

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
    value = chain.derive(
        "difference, adjusted for the period",
        (means[0].value - means[2].value + means[3].value - means[1].value) / 2,
        unit,
        "mean of (LDN − control) in period 1 and in period 2",
        *means,
    )
    note = "Given by the analyst: the paper reports the conditions by period, not their differences."
    correlation = chain.assume("crossover_r", float(r), note)
    pairs = ((spread[0], spread[1], n[0]), (spread[2], spread[3], n[1]))
    variance = sum(cv.se_of_paired_difference(a.value, b.value, m, float(r)) ** 2 for a, b, m in pairs) / 4
    se = chain.derive(
        SE,
        math.sqrt(variance),
        unit,
        "½ √(SE² of those who began with LDN + SE² of those who began with control), each from its SDs and r",
        *spread,
        correlation,
    )
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
