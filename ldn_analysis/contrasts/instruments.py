"""Several instruments of one trial on one outcome: one of them, or their mean with an assumed correlation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ldn_analysis.contrasts.chain import Chain, beside
from ldn_analysis.contrasts.choices import Choices
from ldn_analysis.contrasts.contrast import Contrast
from ldn_analysis.contrasts.scale import COMMON


def one_estimate(contrasts: Sequence[Contrast], choices: Choices) -> list[Contrast]:
    """One estimate a study: where several instruments are usable and none is declared, by `choices`.

    Those count that report the trial's week: the end of treatment, else the last before it. "combined" gives
    their mean, each counting alike (Borenstein et al. 2009,
    Introduction to Meta-Analysis, chapter 24), with the correlation ``instrument_r``. Its default of 1 takes
    it that a second instrument adds no precision: the variance is the largest that any correlation gives.
    "one" takes the one whose points are those of the comparison, then the one with most participants, then
    the first by name. The others stay, each with the reason.
    """
    usable = [c for c in contrasts if not c.reason]
    if len(usable) < 2:
        return list(contrasts)

    def rank(c: Contrast) -> tuple[bool, float, bool, float, str]:
        follow_up = c.week > float(c.study.get("treatment_weeks") or math.nan) + 0.5
        width = c.rows[0].scale_max - c.rows[0].scale_min
        week, people = (-x if math.isfinite(x) else 0.0 for x in (c.week, c.people))
        return follow_up, week, width != COMMON[c.outcome][0], people, c.instrument

    ranked = sorted(usable, key=rank)
    best = ranked[0]
    together = [best, *(c for c in ranked[1:] if c.week == best.week)]
    if choices.instruments == "combined" and len(together) > 1:
        mean = _combined(together, choices.instrument_r)
        reason = f"one estimate a trial: it enters the mean of {mean.instrument}"
        late = f"one estimate a trial: {mean.instrument} stand for {best.outcome} at week {best.week:g}"
        names = {c.instrument for c in together}
        parts = (c if c.reason else c.left_out(reason if c.instrument in names else late) for c in contrasts)
        return [mean, *parts]
    reason = (
        f"one estimate a trial: {best.instrument} stands for {best.outcome} (none is declared primary: the "
        "end of treatment first, then the scale of the comparison, then most participants, then the name)"
    )
    return [c if c is best or c.reason else c.left_out(reason) for c in contrasts]


def _combined(parts: list[Contrast], r: float) -> Contrast:
    """The mean of contrasts of the same people on the same scale."""
    first = parts[0]
    chain, yis, ses = Chain(), [], []
    for i, part in enumerate(parts, 1):
        renamed = beside(part.chain.steps, f"i{i}", part.instrument)
        chain.steps += renamed
        yis.append(renamed[-2])
        ses.append(renamed[-1])
    lowest, highest = (math.sqrt(_variance([s.value for s in ses], at)) for at in (0.0, 1.0))
    note = f"The paper does not give it. From 0 to 1 the SE of the mean is {lowest:.3g} to {highest:.3g}."
    assumed = chain.assume("instrument_r", r, note)
    mean = sum(s.value for s in yis) / len(yis)
    yi = chain.derive("yi", mean, first.unit, "mean of the instruments", *yis)
    vi = chain.derive(
        "vi", _variance([s.value for s in ses], r), ses[0].unit, "(Σ v + 2 r Σ √(v v′)) / m²", *ses, assumed
    )
    doses = _by_dose(parts, r)
    dose = first.dose if all(p.dose == first.dose for p in parts) else math.nan
    return replace(
        first, chain=chain, dose=dose, yi=yi.value, vi=vi.value,
        instrument=" and ".join(p.instrument for p in parts),
        rows=tuple(row for p in parts for row in p.rows), by_dose=doses,
        df=np.fmin.reduce([p.df for p in parts]), printed=(math.nan, math.nan),
        n_ldn=np.fmax.reduce([p.n_ldn for p in parts]),
        n_control=np.fmax.reduce([p.n_control for p in parts]),
        control_variance=_variance([p.control_variance for p in parts], r),
        words=f"mean of {len(parts)} instruments, none declared primary; "
        + "; ".join(f"{p.instrument}: {p.words}" for p in parts),
    )  # fmt: skip


def _variance(variances: list[float], r: float) -> float:
    """Variance of the mean of estimates with one correlation."""
    m = len(variances)
    spread = [math.sqrt(v) for v in variances]
    shared = sum(a * b for i, a in enumerate(spread) for j, b in enumerate(spread) if i != j)
    return (sum(variances) + r * shared) / m**2


def _by_dose(parts: list[Contrast], r: float) -> tuple[Contrast, ...]:
    """The doses that every instrument reports, each as the mean of the instruments."""
    doses = [{c.dose: c for c in part.by_dose} for part in parts]
    shared = [d for d in doses[0] if all(d in other for other in doses)]
    return tuple(_combined([of[d] for of in doses], r) for d in shared)
