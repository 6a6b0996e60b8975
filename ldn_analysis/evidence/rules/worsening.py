"""Rules on where people stand at the start and how they move: changes that no trial would bring about."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from ldn_analysis.evidence.integrity import RARE, Z90
from ldn_analysis.evidence.rules.facts import Facts, Fault, Table
from ldn_analysis.evidence.rules.outcomes import MOST_UNDER_PLACEBO, kinds, scale_width
from ldn_analysis.evidence.rules.registry import notice, suspicious
from ldn_analysis.evidence.rules.spreads import error_of_arm
from ldn_analysis.evidence.vocabulary import is_percent_reduction

LEAST_END = 0.15
"""Smallest plausible mean pain under placebo at the end, as a share of the scale."""
LEAST_START = 0.1
"""Values of 0 to 10 on a scale of 0 to 100 lie below this share of it; a trial may ask for the least pain, or
take people on treatment, whose mean lies above it."""
MOST_RELIEF = 0.6
"""Largest plausible relief at the start, as a share of the scale: trials ask for pain of at least 4 of 10."""
SHARED = ("study_id", "measure", "unit", "week")
FEW = 20
"""People in a group among whom chance may turn a change (to one side, once in twenty): elsewhere a lost sign
is likelier, since both groups get better as a rule."""


def _worse_in_both(facts: Facts) -> list[tuple[list[int], bool]]:
    """Rows of comparisons in which pain or symptoms became worse in every arm, or in one of two while the
    other got better and no printed difference has that sign; and whether that is clear: more than chance
    brings about."""
    table = facts["outcomes"]
    width, groups, n = scale_width(table), table.text("group"), table.number("n")
    better = table.text("better")
    worse = np.where(table.mask("better", "lower"), 1.0, -1.0) * table.number("value")
    kind = np.array(kinds(table), dtype=str)
    where = (kind == "change") | ((kind == "level") & table.where("unit", is_percent_reduction))
    where &= table.mask("domain", "pain", "symptom severity")
    where &= facts.study_mask(table, "design_type", "parallel", "crossover")
    shared = ("study_id", "measure", "unit", "analysis", "period")
    crossover = facts.study_mask(table, "design_type", "crossover")  # its conditions may last differently
    together = list(table.groups(*shared, where=where & crossover).values())
    comparisons = []
    for rows in (*together, *table.groups(*shared, "week", where=where & ~crossover).values()):
        arms = [row for row in rows if groups[row] in ("ldn", "placebo")]
        if len({groups[row] for row in arms}) < 2 or len({better[row] for row in rows}) != 1:
            continue
        every = min(worse[arms]) > 0.02 * width[rows[0]] and max(worse[arms]) > 0.05 * width[rows[0]]
        if every and not all(_levels_say_so(facts, row) for row in rows):
            error = math.hypot(*(error_of_arm(table, row) for row in arms))
            by_chance = (
                max(n[arms]) < FEW and sum(worse[arms]) < Z90 * error
            )  # not where no spread is printed
            comparisons.append((rows, not by_chance))
        elif len(arms) == 2 and not all(_levels_say_so(facts, row) for row in arms):
            row = max(arms, key=worse.__getitem__)
            far = worse[row] / error_of_arm(table, row)
            apart = min(worse[arms]) < -0.02 * width[row] and worse[row] > 0.05 * width[row] and far > Z90
            if apart and not _difference_says_so(table, row, sum(arms) - row):
                comparisons.append(([row], bool(far > RARE)))
    return comparisons


def _difference_says_so(table: Table, row: int, other: int) -> bool:
    """Whether a printed difference of the groups is that of two changes, rather than that of the other change
    and of the row's with its sign turned."""
    value, groups = table.number("value"), table.text("group")
    key = tuple(table.text(name)[row] for name in SHARED)
    rows = table.groups(*SHARED, where=table.mask("group", "ldn-placebo")).get(key, [])
    side = 1.0 if groups[row] == "ldn" else -1.0
    fit, turned = (side * (sign * value[row] - value[other]) for sign in (1, -1))
    return any(abs(value[at] - fit) < abs(value[at] - turned) for at in rows)


def _where(facts: Facts, row: int) -> str:
    """Whether the comparison of a row became worse in both arms, or in the row's alone."""
    alone = any(rows == [row] for rows, _ in facts.once(_worse_in_both))
    return "worse, and the other arm got better" if alone else "worse in both arms"


@suspicious("outcomes")
def worse_in_both_arms(table: Table, facts: Facts) -> Iterator[Fault]:
    """Pain or symptoms that became clearly worse in both arms, or in one while the other got better: was a
    reduction typed as a positive change?"""
    better = table.text("better")
    for row in (row for rows, clear in facts.once(_worse_in_both) if clear for row in rows):
        yield row, "value", f"{_where(facts, row)} ({better[row]} is better): has a reduction lost its sign?"


@notice("outcomes")
def worse_by_chance(_: Table, facts: Facts) -> Iterator[Fault]:
    """Pain or symptoms that became worse in both arms, as chance may have it among few people, or in one."""
    for row in (row for rows, clear in facts.once(_worse_in_both) if not clear for row in rows):
        yield row, "value", f"{_where(facts, row)}, perhaps by chance: or has a reduction lost its sign?"


USUAL_START = (0.4, 0.87)
"""Mean pain at the start in trials of fibromyalgia, as shares of the scale, and a little beyond: they take
people with at least 4 of 10, and those held here began at 0.51 to 0.77."""


@notice("outcomes")
def start_unusual(table: Table, facts: Facts) -> Iterator[Fault]:
    """Mean pain at the start that is lower or higher than in trials of fibromyalgia: are digits exchanged?"""
    above, width = table.number("value") - table.number("scale_min"), scale_width(table)
    start = (table.number("week") == 0) & table.mask("domain", "pain") & table.mask("better", "lower")
    start &= table.mask("statistic", "mean", "median") & facts.study_mask(table, "condition", "fibromyalgia")
    start &= facts.study_mask(table, "randomised", "yes")
    start &= (above < USUAL_START[0] * width) | (above > USUAL_START[1] * width)
    yield from table.hits(start, "value", "pain at the start that few trials have: are digits exchanged?")


@suspicious("outcomes")
def start_on_scale(table: Table) -> Iterator[Fault]:
    """People who hardly had a symptom at the start, or under placebo at the end: are these values of 0 to 10
    on a scale of 0 to 100, or changes? Or people with much relief at the start: is it pain?"""
    low, width, value = table.number("scale_min"), scale_width(table), table.number("value")
    start = (table.number("week") == 0) & table.mask("domain", "pain", "symptom severity")
    start &= table.mask("statistic", "mean", "median") & ~table.where("unit", is_percent_reduction)
    relief = start & table.mask("better", "higher") & (value > low + MOST_RELIEF * width)
    yield from table.hits(relief, "value", "hardly any pain at the start (higher is better): is it pain?")
    low_start = start & table.mask("better", "lower") & (value < low + LEAST_START * width)
    reason = f"a mean at the start in the lowest {100 * LEAST_START:g}% of its scale, from {{:g}}"
    yield from table.hits(low_start, "value", f"{reason}: another scale?", low)
    end = (table.number("week") > 0) & table.mask("domain", "pain") & table.mask("group", "placebo")
    end &= table.mask("better", "lower") & table.mask("statistic", "mean", "median")
    low_end = end & (value < low + LEAST_END * width)
    yield from table.hits(low_end, "value", "hardly any pain under placebo: another scale, or a change?")
    starts = table.groups("study_id", "measure", "unit", "group", where=start & (value >= low))
    for row in np.flatnonzero(end & ~low_end & (table.number("n") > FEW)).tolist():
        key = tuple(table.text(name)[row] for name in ("study_id", "measure", "unit"))
        before = [value[at] for group in ("placebo", "all") for at in starts.get((*key, group), [])]
        if before and value[row] - low[row] < (1 - MOST_UNDER_PLACEBO / 100) * (min(before) - low[row]):
            yield row, "value", f"under placebo {value[row]:g} is left of {min(before):g}: is it the change?"


def _levels_say_so(facts: Facts, row: int) -> bool:
    """Whether the arm's own means at the start and the end move as its change does."""
    table = facts["outcomes"]
    key = tuple(table.text(name)[row] for name in ("study_id", "measure", "unit", "group"))
    value, week = table.number("value"), table.number("week")
    arm = table.groups("study_id", "measure", "unit", "group", where=table.mask("statistic", "mean"))[key]
    start = [float(value[at]) for at in arm if week[at] == 0]
    end = [float(value[at]) for at in arm if week[at] == week[row]]
    return len(start) == len(end) == 1 and (end[0] - start[0]) * float(value[row]) > 0
