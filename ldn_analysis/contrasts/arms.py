"""Arms of a trial: mean, SD and number, of one row or of several doses together against one control.

Several arms become one by the formula of the Cochrane Handbook (6.5.2.10): the numbers are added, and the SD
holds the spread within the arms and that between their means.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ldn_analysis.contrasts.chain import ASSUMPTIONS, Chain, Row, Step
from ldn_analysis.contrasts.choices import Material, Unusable, same_scale
from ldn_analysis.contrasts.reported import arm_mean, arm_sd, known, when, who
from ldn_analysis.guidance import handbook
from ldn_analysis.measures import conversions as cv


@dataclass(frozen=True, slots=True)
class Arm:
    """An arm, whose numbers enter a chain when they are asked for.

    `row` fixes unit and scale; `mean` and `sd` give a step (`sd` None where no spread is reported), `n` the
    number of participants (NaN where not reported).
    """

    row: Row
    n: float
    mean: Callable[[Chain], Step]
    sd: Callable[[Chain], Step | None]
    size: Callable[[Chain], Step]

    @property
    def measurable(self) -> bool:
        """Whether an SD can be had."""
        try:
            return self.sd(Chain()) is not None
        except Unusable:
            return False


def _size(row: Row) -> Callable[[Chain], Step]:
    return lambda chain: chain.read(row, "n", f"n, {who(row)}", "")


def arm_of(material: Material, kind: str, group: str, week: float | None = None) -> Arm | None:
    """The arm that rows of a kind describe; None where there is none, or not of every dose."""

    def arm_in(rows: Material) -> Arm | None:
        row = rows.find(kind, group, week)
        if row is None:
            return None
        label = f"mean change, {who(row)}" if kind == "change" else f"mean, {who(row)}{when(row)}"
        return Arm(row, row.n, lambda c: arm_mean(c, row, label), lambda c: arm_sd(c, row), _size(row))

    return _over_doses(material, group, arm_in)


def change_of(material: Material, group: str, week: float | None) -> Arm | None:
    """The arm's change, from baseline, final value and the assumed pre-post correlation."""
    return _over_doses(material, group, lambda rows: _change(rows, group, week))


def changes_of(material: Material, week: float) -> tuple[Arm, Arm] | None:
    """The changes of the LDN and the control arm (`change_of`), or None unless both are there."""
    ldn, control = (change_of(material, group, week) for group in ("ldn", "placebo"))
    return (ldn, control) if ldn is not None and control is not None else None


def _over_doses(material: Material, group: str, arm_in: Callable[[Material], Arm | None]) -> Arm | None:
    if group != "ldn" or not material.combined:
        return arm_in(material)
    parts = [arm_in(material.at_dose(dose)) for dose in material.combined]
    arms = [part for part in parts if part is not None]
    return _combined(arms) if len(arms) == len(parts) else None


def _change(material: Material, group: str, week: float | None) -> Arm | None:
    final, start = material.find("level", group, week), material.find("baseline", group)
    if final is None or start is None:
        return None
    try:  # skewed medians give no SD of a change; the final values, or the SE of a difference, may yet do
        same_scale(final, start)
        if None in (arm_sd(Chain(), final), arm_sd(Chain(), start)):
            return None
    except Unusable:
        return None
    mean, sd = partial(_mean_change, final, start), partial(_sd_of_change, material, final, start)
    return Arm(final, final.n, mean, sd, _size(final))


def _mean_change(final: Row, start: Row, chain: Chain) -> Step:
    label = f"mean change, {who(final)}"
    if step := chain.computed(label):
        return step
    arm_sd(chain, final), arm_sd(chain, start)
    m1 = arm_mean(chain, final, f"mean, {who(final)}{when(final)}")
    m0 = arm_mean(chain, start, f"mean, {who(start)}{when(start)}")
    return chain.derive(label, m1.value - m0.value, final.unit, "final − baseline", m1, m0)


def _sd_of_change(material: Material, final: Row, start: Row, chain: Chain) -> Step | None:
    label = f"SD of the change, {who(final)}"
    if step := chain.computed(label):
        return step
    s1, s0 = arm_sd(chain, final), arm_sd(chain, start)
    if s1 is None or s0 is None:
        return None
    _mean_change(final, start, chain)
    r = pre_post(material, chain)
    of_change = cv.sd_of_change(s0.value, s1.value, r.value)
    return chain.derive(label, of_change, final.unit, "√(SD₀² + SD₁² − 2 r SD₀ SD₁)", s0, s1, r)


def pre_post(material: Material, chain: Chain) -> Step:
    """The assumed correlation of baseline and final values, entered once in a chain."""
    note = "No SD of the change is reported; the correlation of baseline and final values is assumed."
    entered = chain.computed(ASSUMPTIONS["pre_post_r"])
    return entered or chain.assume("pre_post_r", material.choices.pre_post_r, note)


def _combined(arms: list[Arm]) -> Arm:
    """Arms of several doses as one."""
    first = arms[0].row
    for arm in arms[1:]:
        same_scale(first, arm.row)
    if not all(known(arm.n) for arm in arms):
        raise Unusable("the number of participants is not reported for every dose: they cannot be combined")
    where = when(first)
    note = f"Several doses against one control group count once ({handbook('6.5.2.10', '23.3.4')})."

    def size(chain: Chain) -> Step:
        sizes, name = [arm.size(chain) for arm in arms], "n, LDN, all doses"
        total = sum(s.value for s in sizes)
        return chain.computed(name) or chain.derive(name, total, "", "sum over the doses", *sizes, note=note)

    def mean(chain: Chain) -> Step:
        sizes, means = [arm.size(chain) for arm in arms], [arm.mean(chain) for arm in arms]
        weighted = sum(s.value * m.value for s, m in zip(sizes, means, strict=True))
        overall, name = weighted / sum(s.value for s in sizes), f"mean, LDN, all doses{where}"
        return chain.computed(name) or chain.derive(name, overall, first.unit, "Σ n m / Σ n", *means, *sizes)

    def sd(chain: Chain) -> Step | None:
        steps = [s for arm in arms if (s := arm.sd(chain)) is not None]
        if len(steps) < len(arms):
            return None
        sizes, means = [arm.size(chain) for arm in arms], [arm.mean(chain) for arm in arms]
        _, _, pooled = cv.combined_groups(*([s.value for s in x] for x in (sizes, means, steps)))
        name = f"SD, LDN, all doses{where}"
        formula = "√((Σ (n − 1) SD² + Σ n (m − mean)²) / (Σ n − 1))"
        return chain.computed(name) or chain.derive(name, pooled, first.unit, formula, *steps, *means, *sizes)

    return Arm(first, sum(arm.n for arm in arms), mean, sd, size)


def pair_of(material: Material, kind: str, week: float | None = None) -> tuple[Arm, Arm] | None:
    """The LDN and the control arm that rows of a kind describe, or None unless both are there.

    Raises
    ------
    Unusable
        The two are not in the same unit on the same scale.
    """
    ldn, control = arm_of(material, kind, "ldn", week), arm_of(material, kind, "placebo", week)
    if ldn is None or control is None:
        return None
    same_scale(ldn.row, control.row)
    return ldn, control
