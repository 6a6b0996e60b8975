"""Rules on differences: a difference is that of the arms, of the doses, of the changes beside it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations

import numpy as np

from ldn_analysis.errors import FloatArray
from ldn_analysis.evidence import integrity
from ldn_analysis.evidence.integrity import Z95, Printed
from ldn_analysis.evidence.rules.agreement import ARMS, arm_rows, arms_by_period, arms_of, contrast_rows
from ldn_analysis.evidence.rules.facts import COMPARISON, Facts, Fault, Key, Table
from ldn_analysis.evidence.rules.registry import notice, suspicious
from ldn_analysis.evidence.vocabulary import is_percent_reduction

UNADJUSTED = {
    "difference in means": ("mean",),
    "difference in mean change": ("mean change",),
    "paired difference": ("mean", "mean change"),
}
"""Differences with nothing else in them, and the statistic of the arms that they are of."""


def _at_doses(facts: Facts) -> dict[Key, list[Printed]]:
    """Differences at each of several doses, as reported, by what a row of all of them would share."""
    table, differences = facts["outcomes"], dict[Key, list[Printed]]()
    keys, doses = table.keys(*COMPARISON["outcomes"]), table.text("dose_mg_per_day")
    for row in contrast_rows(table):
        if doses[row]:
            differences.setdefault(keys[row], []).append(table.printed("value", row))
    return differences


def _arms_at_doses(facts: Facts, row: int) -> list[Printed]:
    """Differences of the arms at each of several doses, beside an unadjusted one that names none."""
    table, arms = facts["outcomes"], arm_rows(facts)
    weeks, doses = table.number("week"), table.text("dose_mg_per_day")
    *comparison, difference = (table.text(c)[row] for c in ("study_id", "measure", "unit", "statistic"))
    for statistic in UNADJUSTED.get(difference, ()):
        groups = arms.get((*comparison, statistic), {})
        ldn, placebo = ([at for at in groups.get(g, []) if weeks[at] == weeks[row]] for g in ARMS)
        if len(placebo) == 1 and all(doses[at] for at in ldn):
            control, means = table.printed("value", placebo[0]), (table.printed("value", at) for at in ldn)
            return [Printed(mean.value - control.value, mean.half + control.half) for mean in means]
    return []


ALIKE, BY_CHANCE = 0.25, 0.03
"""How far two differences of the same figures lie apart, as a part of the larger one; and the share of the
scale below which their side is one of chance."""


def _under_opposites(table: Table, facts: Facts) -> Iterator[Fault]:
    """Differences that have the figures of another one, on whose instrument the other direction is better."""
    value, weeks, better = table.number("value"), table.number("week"), table.text("better")
    width = table.number("scale_max") - table.number("scale_min")
    keys, measures = table.keys("study_id", "domain", "dose_mg_per_day", "period"), table.text("measure")
    differences = {row: float(value[row]) for row in contrast_rows(table)}
    for row in np.flatnonzero(table.mask("group", "ldn")).tolist():
        if pair := arms_of(facts, row, table.text("statistic")[row]):
            differences[row] = float(value[pair[0]] - value[pair[1]])
    by_trial: dict[Key, list[tuple[int, float]]] = {}
    for row, difference in sorted(differences.items()):
        if is_percent_reduction(table.text("unit")[row]) or not width[row] > 0:
            continue
        share, others = difference / float(width[row]), by_trial.setdefault(keys[row], [])
        for other, theirs in others:
            most = max(abs(share), abs(theirs)) if share * theirs > 0 else 0.0
            opposite = {better[row], better[other]} == {"lower", "higher"}
            same_time = weeks[row] == weeks[other] or np.isnan(weeks[row] + weeks[other])
            if opposite and same_time and most > BY_CHANCE and abs(share - theirs) <= ALIKE * most:
                here = f"LDN minus placebo of {difference:.3g} where {better[row]} is better"
                there = f"the same of {measures[other]!r}, where {better[other]} is better"
                yield row, "measure", f"{here}, and {there}: one of the two is of the other instrument"
                break
        others.append((row, share))


@suspicious("outcomes")
def difference_against_arms(table: Table, facts: Facts) -> Iterator[Fault]:
    """An unadjusted difference that is not LDN minus placebo, or not that of two periods, or one of all doses
    outside those of each, or one with the figures of an instrument on which the other direction is better."""
    yield from _under_opposites(table, facts)
    doses = table.text("dose_mg_per_day")
    keys, of_doses = table.keys(*COMPARISON["outcomes"]), facts.once(_at_doses)
    for row in contrast_rows(table):
        value = table.printed("value", row)
        pair = arms_of(facts, row, *UNADJUSTED.get(table.text("statistic")[row], ()))
        if pair:
            fault = integrity.difference_against_arms(value, *(table.printed("value", arm) for arm in pair))
            if fault:
                yield row, "value", fault
        elif table.text("statistic")[row] == "paired difference":
            fault = _against_periods(facts, row)
            if fault:
                yield row, "value", fault
        each = [] if doses[row] else of_doses.get(keys[row]) or _arms_at_doses(facts, row)
        ends = [end for difference in each for end in difference.ends]
        if len(each) > 1 and (value.ends[1] < min(ends) or value.ends[0] > max(ends)):
            listed = " and ".join(f"{difference.value:.3g}" for difference in each)
            yield row, "value", f"of all doses; the doses differ from placebo by {listed}"


BY_PERIOD = 1.4
"""Standard errors by which a paired difference may lie beyond those of its periods, of whose people some were
not seen again: in 40,000 simulated crossovers fewer than 1 in 1000 lay so far."""


def _against_periods(facts: Facts, row: int) -> str:
    """What is wrong with a paired difference beside the means of both conditions in each of two periods."""
    table, value = facts["outcomes"], facts["outcomes"].number("value")
    n, se = table.number("n"), (table.number("upper95") - table.number("lower95"))[row] / 2 / Z95
    se = table.number("se")[row] if math.isnan(se) else se
    periods = sorted(filter(None, facts.once(arms_by_period)))[:2]  # as the column's type has their text
    for statistic in ("mean", "mean change"):
        pairs = [arms_of(facts, row, statistic, period=period) for period in periods]
        if len(pairs) < 2:
            continue
        drug, placebo = zip(*(pair or (row, row) for pair in pairs), strict=True)
        if None in pairs or not n[[*drug, *placebo]].min() > 0 or np.isnan(value[[*drug, *placebo]]).any():
            continue
        means = [np.average(value[list(rows)], weights=n[list(rows)]) for rows in (drug, placebo)]
        gaps = value[list(drug)] - value[list(placebo)]
        ends = sorted((float(means[0] - means[1]), float(gaps.mean())))
        slack = BY_PERIOD * se + sum(table.printed("value", at).half for at in (row, drug[0], placebo[0]))
        if not ends[0] - slack <= value[row] <= ends[1] + slack and slack > 0:
            return f"LDN minus placebo is {gaps[0]:.3g} and {gaps[1]:.3g} in the two periods"
    return ""


@notice("outcomes")
def median_of_means(table: Table, facts: Facts) -> Iterator[Fault]:
    """A median difference that is, to the digit, the difference of the arms' means: is it one in means?"""
    for row in np.flatnonzero(table.mask("statistic", "median difference")).tolist():
        for pair in filter(None, (arms_of(facts, row, statistic) for statistic in ("mean", "mean change"))):
            value, *of = (table.printed("value", at) for at in (row, *pair))
            exact = abs(value.value - of[0].value + of[1].value) < 1.01 * (of[0].half + of[1].half)
            if value.value and exact:
                yield row, "statistic", f"the arms' means differ by {of[0].value - of[1].value:.3g} as well"


def _raw(facts: Facts, row: int) -> list[float]:
    """Unadjusted differences of the same comparison: of final values, of changes."""
    table = facts["outcomes"]
    value = table.number("value")
    pairs = (arms_of(facts, row, statistic) for statistic in ("mean", "mean change"))
    differences = [float(value[pair[0]] - value[pair[1]]) for pair in pairs if pair]
    return [difference for difference in differences if not math.isnan(difference)]


def _changes(facts: Facts, row: int) -> list[float]:
    """The two arms' mean changes, as printed or as final minus baseline means, beside a contrast."""
    table, arms = facts["outcomes"], arm_rows(facts)
    ends, printed = arms_of(facts, row, "mean"), arms_of(facts, row, "mean change")
    if printed is not None:
        return [float(table.number("value")[arm]) for arm in printed]
    if ends is None:
        return []
    value, weeks, doses = table.number("value"), table.number("week"), table.text("dose_mg_per_day")
    study, measure, unit = (table.text(name)[row] for name in ("study_id", "measure", "unit"))
    changes = []
    for group, end in zip(ARMS, ends, strict=True):
        rows = arms.get((study, measure, unit, "mean"), {}).get(group, [])  # none of a period alone
        start = [at for at in rows if weeks[at] == 0 and doses[at] == doses[end]]
        if len(start) != 1:
            return []
        changes.append(float(value[end] - value[start[0]]))
    return [] if any(map(math.isnan, changes)) else changes


AT_LEAST = 0.8
"""Standard errors by which two adjusted differences lie off their arms, before visits are compared."""


def _of_another_visit(table: Table, facts: Facts, se: FloatArray) -> Iterator[Fault]:
    """Adjusted differences at two visits of which each is that of the arms at the other one."""
    value, weeks, raw = table.number("value"), table.number("week"), dict[Key, dict[int, float]]()
    keys = table.keys("study_id", "measure", "unit", "statistic", "dose_mg_per_day", "analysis")
    for row in contrast_rows(table):
        pair = arms_of(facts, row, "mean") if keys[row][3].startswith("adjusted") else None
        if pair and se[row] > 0:
            raw.setdefault(keys[row], {})[row] = float(value[pair[0]] - value[pair[1]])
    for visits in raw.values():
        for a, b in combinations(visits, 2):
            own, crossed = (
                (abs(value[a] - visits[i]), abs(value[b] - visits[j])) for i, j in ((a, b), (b, a))
            )
            nearer = all(there < here for there, here in zip(crossed, own, strict=True))
            if nearer and 2 * sum(crossed) < sum(own) > AT_LEAST * (se[a] + se[b]) / 2:
                reason = (
                    f"the arms differ by that at week {weeks[b]:g}, and the difference there is that of here"
                )
                yield a, "week", f"{reason}: are two visits exchanged?"


OF_THE_SAME, OF_ONE = 1.4, 0.75
"""Standard errors by which a model may move a difference of the same people, and from which on one that is a
group's own change is taken for that: in 30,000 simulated trials 0.2% lay beyond each."""


@suspicious("outcomes")
def adjusted_against_arms(table: Table, facts: Facts) -> Iterator[Fault]:
    """An adjusted difference, or one of changes, on the other side of the arms (that far, or as large as they
    are), far from them, that of the arms at another visit, or the change within one of them."""
    value, favours, n = table.number("value"), table.text("favours"), table.number("n")
    se = (table.number("upper95") - table.number("lower95")) / 2 / Z95
    se = np.where(np.isnan(se), table.number("se"), se)
    yield from _of_another_visit(table, facts, se)
    for row in contrast_rows(table):
        statistic = table.text("statistic")[row]
        changes: list[float] = []
        raw = _raw(facts, row) if statistic.startswith("adjusted") else []
        printed = arms_of(facts, row, "mean change") is not None
        if raw or (statistic == "difference in mean change" and not printed):
            changes = _changes(facts, row)
            raw += [changes[0] - changes[1]] if changes else []
        if not raw or not se[row] > 0 or min(raw) <= value[row] <= max(raw):
            continue
        gaps = [abs(value[row] - difference) / se[row] for difference in raw]
        turned = all(value[row] * difference < 0 for difference in raw)
        half = table.printed("value", row).half
        mirrored = [abs(value[row] + difference) < 1.1 * half < abs(value[row]) / 5 for difference in raw]
        unsaid = turned and not favours[row]  # which group the source says did better
        # What a model of the same people gives lies between their final values and their changes, or near.
        arms = arms_of(facts, row, "mean") if len(set(raw)) > 1 else None
        same = arms is not None and sum(n[arm] for arm in arms) == n[row]
        most = 1 if unsaid else OF_THE_SAME if same else 2
        within = [change for change in changes if abs(value[row] - change) < 2.1 * half]
        if min(gaps) > most or any(mirrored) or (within and min(gaps) > OF_ONE):
            listed = ", ".join(dict.fromkeys(f"{difference:.3g}" for difference in raw))
            beside = f"; within one of them the change is {within[0]:.3g}" if within else ""
            yield row, "value", f"the arms' means differ by {listed}{beside}"
