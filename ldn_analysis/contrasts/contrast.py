"""A contrast of LDN and control with its chain, of which table row and explanation are two views; and how one
study's rows on one instrument give it, or why they do not."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from ldn_analysis.contrasts.chain import Chain, Explanation, Row, beside
from ldn_analysis.contrasts.choices import Choices, Material, Unusable, number_of, rows_of
from ldn_analysis.contrasts.crossover import has_both_periods
from ldn_analysis.contrasts.reported import UNPRINTED, Difference
from ldn_analysis.contrasts.rules import difference
from ldn_analysis.contrasts.scale import STEPS, OnScale
from ldn_analysis.contrasts.study_sets import Member, trial_of
from ldn_analysis.contrasts.times import chosen_week
from ldn_analysis.evidence.scales import Scale
from ldn_analysis.evidence.trials import LOW_DOSE_MG, doses_held, some_doses
from ldn_analysis.evidence.vocabulary import SET_ASIDE
from ldn_analysis.models.limits import PRINTED_LEVEL, limits_of

COLUMNS = (
    "study_id", "label", "year", "design", "design_type", "trial_id", "dose_mg", "week", "n_ldn", "n_control",
    "people", "yi", "vi", "se", "df", "printed_lower", "printed_upper", "measure", "instrument", "unit",
    "better", "derivation", "source", "location", "how_read", "included", "exclusion_reason", "crossover_r",
    "outcome", "inputs",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """The effect of LDN against control in one study, or the reason why there is none."""

    study: dict[str, Any]
    outcome: str
    reported_as: str
    instrument: str
    measure: str
    chain: Chain
    rows: tuple[Row, ...] = ()  # all rows of the study on this instrument
    reason: str = ""
    unit: str = ""
    better: str = ""
    week: float = math.nan
    dose: float = math.nan
    n_ldn: float = math.nan
    n_control: float = math.nan
    total: float = math.nan  # of both groups, as printed
    two_groups: bool = False  # of a crossover, the first period alone: nobody is in both
    yi: float = math.nan
    vi: float = math.nan
    words: str = ""
    crossover_r: float = math.nan
    df: float = math.nan  # of vi; NaN where normal
    printed: tuple[float, float] = (math.nan, math.nan)  # the paper's 95% limits for this very estimate
    control_variance: float = math.nan  # of the control group's mean, on the scale of yi
    by_dose: tuple[Contrast, ...] = ()  # of a trial of several doses: each against the control

    def left_out(self, reason: str) -> Contrast:
        """The same contrast outside the pool, and why; its numbers are not shown as estimates."""
        nothing = (math.nan, math.nan)
        return replace(
            self, reason=reason, yi=math.nan, vi=math.nan, df=math.nan, printed=nothing, by_dose=()
        )

    @property
    def people(self) -> float:
        """Participants, those of a crossover once; the printed total where its groups' sizes are not."""
        paired = self.study["design_type"] == "crossover" and not self.two_groups
        of_groups = self.n_ldn if paired else self.n_ldn + self.n_control
        return of_groups if math.isfinite(of_groups) else self.total

    @property
    def row(self) -> dict[str, Any]:
        """The table's row, in the order of `COLUMNS`."""
        of_study = ("study_id", "label", "year", "design", "design_type")
        cells = {name: self.study[name] for name in of_study} | {
            "trial_id": trial_of(self.study),
            "dose_mg": self.dose,
            "se": math.sqrt(self.vi) if self.vi >= 0 else math.nan,
            "printed_lower": self.printed[0],
            "printed_upper": self.printed[1],
            "derivation": ". ".join(part for part in (self.words, self.chain.words()) if part),
            "source": self.chain.sources("source") or str(self.study["doi"] or ""),
            "location": self.chain.sources("location"),
            "how_read": self.chain.sources("how_read"),
            "included": not self.reason,
            "exclusion_reason": self.reason,
            "outcome": self.reported_as,
            "inputs": self.chain.outcome_ids(),
        }
        return {name: cells[name] if name in cells else getattr(self, name) for name in COLUMNS}

    @property
    def explanation(self) -> Explanation:
        """The same derivation, step by step."""
        return Explanation(
            self.study["study_id"], self.study["label"], self.outcome, self.measure, self.instrument,
            self.unit, self.better, not self.reason, self.reason, self.words, tuple(self.chain.steps),
        )  # fmt: skip


def limits_in_words(yi: float, vi: float, df: float, printed: tuple[float, float]) -> str:
    """The derived 95% interval, and the printed one where there is one: a remark for the chain."""
    low, high = limits_of(yi, vi, PRINTED_LEVEL, df if df >= 1 else math.inf)
    by = f"t, {df:g} df" if df >= 1 else "normal"
    sentence = f"95% interval of yi from this ({by}): {low:.3f} to {high:.3f}."
    if all(map(math.isfinite, printed)):
        sentence += f" The paper prints {printed[0]:g} to {printed[1]:g}, which is what reports show."
    return sentence


def explained(mine: Sequence[Contrast]) -> Explanation:
    """The chain of a study: of what is included, if anything is; several instruments one after another."""
    mine = [c for c in mine if not c.reason] or mine
    if len(mine) == 1:
        return mine[0].explanation
    steps = (s for i, c in enumerate(mine, 1) for s in beside(c.chain.steps, f"c{i}", c.instrument))
    first = mine[0].explanation
    reasons = "; ".join(f"{c.instrument}: {c.reason}" for c in mine if c.reason)
    words = {
        name: "; ".join(dict.fromkeys(str(getattr(c, name)) for c in mine))
        for name in ("instrument", "unit", "better")
    }
    included = any(not c.reason for c in mine)
    return replace(first, steps=tuple(steps), reason=reasons, included=included, **words)


TOGETHER = "; all doses together, as reported"


def contrast_of(
    study: dict[str, Any],
    outcome: str,
    instrument: str,
    records: list[dict[str, Any]],
    choices: Choices,
    member: Member,
    scales: tuple[Scale, ...] = (),
) -> Contrast:
    """The contrast that a study's rows on one instrument (`records`) give, under `choices`.

    `scales` are the measures that the data list, empty where they list none. Of several doses against one
    control group the contrast combines those that are low, and keeps each apart in `by_dose`.
    """
    rows, masked = rows_of(records, choices)
    nothing = replace(empty_contrast(study, outcome, instrument, choices, ""), reported_as=member.domain)
    nothing = replace(nothing, rows=rows, better=next((r.better for r in rows if r.better), ""))
    listed = tuple(s for s in scales if s.measure == instrument) if scales else None
    material = Material(study, rows, choices, masked, scales=listed)
    try:
        contrast = _of_analysis(material, nothing, member)
    except Unusable as problem:
        reason = member.outside or str(problem)
        if masked and not member.outside:
            reason += f" ({SET_ASIDE[choices.reading]} are set aside)"
        return replace(nothing, reason=reason)
    return contrast.left_out(member.outside) if member.outside else contrast


def _of_analysis(material: Material, base: Contrast, member: Member) -> Contrast:
    """Of everybody as randomised where its week has that, else of complete cases: never one arm of each."""
    ways: dict[str, Contrast] = {}
    problems = []
    for other, note in (("complete cases", ""), ("intention to treat", "; of complete cases")):
        rows = tuple(r for r in material.rows if r.analysis != other)
        try:
            ways[note] = _whole_or_period(replace(material, rows=rows), base, member)
        except Unusable as problem:
            problems.append(problem)
        if len(rows) == len(material.rows):
            break
    if not ways:
        raise problems[0]
    note = next(iter(ways))
    if len({way.week for way in ways.values()}) > 1:
        week, why = chosen_week(material, member.week)
        if ways[note].week != week:
            note = next((n for n, way in ways.items() if way.week == week), note)
            return replace(ways[note], words=ways[note].words + note + why)
    return replace(ways[note], words=ways[note].words + note)


def _whole_or_period(material: Material, base: Contrast, member: Member) -> Contrast:
    """Of the whole trial; of a crossover without a usable result of that kind by period, or of the first."""
    rows = material.rows
    try:
        return _with_doses(
            replace(material, rows=tuple(r for r in rows if math.isnan(r.period))), base, member
        )
    except Unusable:
        first = tuple(r for r in rows if r.period == 1)
        if not material.paired or not first:
            raise
        if has_both_periods(rows) and isinstance(material.choices.crossover_r, int | float):
            return _with_doses(replace(material, periods=True), base, member)
        note = "; the first period alone, as two groups (no paired result is usable)"
        return _with_doses(replace(material, rows=first, parallel=True), base, member, note)


def empty_contrast(
    study: dict[str, Any], outcome: str, instrument: str, choices: Choices, reason: str
) -> Contrast:
    """A contrast without an estimate, and why."""
    return Contrast(
        study=study, outcome=outcome, reported_as=outcome, instrument=instrument, measure=choices.measure,
        chain=Chain(), reason=reason, dose=number_of(study["dose_mg_per_day"]),
    )  # fmt: skip


def _with_doses(material: Material, base: Contrast, member: Member, tail: str = "") -> Contrast:
    """At the study's week: of its one dose, or of its low doses together, with each of them apart."""
    week, note = chosen_week(material, member.week)
    doses = material.doses(week)
    low = tuple(d for d in doses if d <= LOW_DOSE_MG)
    high = [f"{d:g}" for d in doses if d not in low]
    alone = some_doses(list(low), {*doses_held(material.study), *(r.dose for r in base.rows)})
    note += tail + (f"; {alone}" if alone else "")
    if not doses:
        return _estimated(material, base, week, note)
    overall = material.without_dose()
    if len(doses) == 1 and math.isnan(base.dose) and week in overall.weeks():  # of all, beside one of them
        with suppress(Unusable):
            return _estimated(overall, base, week, note + TOGETHER)
    if not low and len(doses) == 1:
        raise Unusable(f"the only arm reported has {doses[0]:g} mg a day: not a low dose")
    if not low:
        raise Unusable(f"no arm has a low dose: {', '.join(high)} mg a day")
    note += f"; arms of {' and '.join(high)} mg a day are left out: not a low dose" if high else ""
    if len(low) == 1:
        of_low = material.at_dose(low[0]) if high else material
        return _estimated(of_low, replace(base, dose=low[0]), week, note)
    together, words = replace(material, combined=low), ""
    if not high and week in overall.weeks():
        together, words = overall, TOGETHER
    contrast = _estimated(together, replace(base, dose=math.nan), week, note + words)
    return replace(contrast, by_dose=tuple(_each_dose(material, base, low, week, note)))


def _each_dose(
    material: Material, base: Contrast, doses: tuple[float, ...], week: float, note: str
) -> Iterator[Contrast]:
    """The doses, each against the control, that give an estimate."""
    for dose in doses:
        with suppress(Unusable):
            yield _estimated(material.at_dose(dose), replace(base, dose=dose), week, note)


def _estimated(material: Material, base: Contrast, week: float, note: str) -> Contrast:
    chain, diff = difference(material, week)
    scaled = STEPS[material.choices.measure](material, chain, diff, base.outcome)
    if not (math.isfinite(scaled.yi.value) and math.isfinite(scaled.vi.value) and scaled.vi.value > 0):
        raise Unusable("the reported numbers give no finite estimate with a precision")
    df, printed = _own_interval(material, diff, scaled)
    limits = limits_in_words(scaled.yi.value, scaled.vi.value, df, printed)
    chain.steps[-1] = replace(chain.steps[-1], note=limits)
    words = diff.words + note
    if base.reported_as != base.outcome:
        words += f"; the outcome is {base.reported_as}, not {base.outcome}"
    return replace(
        base, chain=chain, unit=scaled.unit, better=scaled.better, week=diff.week, n_ldn=diff.n_ldn,
        n_control=diff.n_control, total=diff.row.n, yi=scaled.yi.value, vi=scaled.vi.value, words=words,
        control_variance=scaled.factor**2 * diff.control_variance, df=df, printed=printed,
        crossover_r=diff.r.value if diff.r else math.nan, two_groups=material.parallel,
    )  # fmt: skip


def _own_interval(material: Material, diff: Difference, scaled: OnScale) -> tuple[float, tuple[float, float]]:
    """Degrees of freedom of the estimate and its printed limits, on the scale of the comparison."""
    if material.choices.measure != "MD":
        return math.nan, UNPRINTED  # a standardised difference is normal
    df = diff.df if material.choices.ci_distribution == "t" else math.nan
    if diff.unit.startswith("percent reduction") and scaled.unit != diff.unit:
        return df, UNPRINTED  # limits of percent are not those of points
    low, high = sorted(scaled.factor * limit for limit in diff.printed)
    return df, (low, high)
