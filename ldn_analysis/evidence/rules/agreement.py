"""Rules across the rows of one comparison: arms, contrast, p value and spreads tell the same story."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import product

import numpy as np

from ldn_analysis.evidence.integrity import t_of_p
from ldn_analysis.evidence.rules.facts import Facts, Fault, Key, Table
from ldn_analysis.evidence.rules.outcomes import kinds, plausible_levels, scale_width
from ldn_analysis.evidence.rules.registry import impossible, notice, suspicious
from ldn_analysis.evidence.vocabulary import is_percent_reduction, statistic_kind

ARMS = ("ldn", "placebo")
OF_DIFFERENCE = "belongs to the row of a difference (group ldn-placebo)"


def arms_by_period(facts: Facts) -> dict[str, dict[Key, dict[str, list[int]]]]:
    """Rows of arms by period (empty: of none), then study, measure, unit and statistic, then group."""
    table = facts["outcomes"]
    arms: dict[str, dict[Key, dict[str, list[int]]]] = {}
    columns = ("study_id", "measure", "unit", "statistic", "group", "period")
    where = table.mask("group", *ARMS, "all")
    for (*key, group, period), rows in table.groups(*columns, where=where).items():
        arms.setdefault(period, {}).setdefault(tuple(key), {})[group] = rows
    return arms


def arm_rows(facts: Facts) -> dict[Key, dict[str, list[int]]]:
    """Rows of arms that are of no period, by study, measure, unit and statistic, then group."""
    return facts.once(arms_by_period).get("", {})


def arms_of(facts: Facts, row: int, *statistics: str, period: str = "") -> tuple[int, int] | None:
    """The two arms that a contrast compares, by the first of `statistics` that both have.

    A contrast without a week is of conditions of different length: then each arm has one week. One of a
    period, or of an analysis, is of the arms of that.
    """
    table = facts["outcomes"]
    period, analyses = table.text("period")[row] or period, table.text("analysis")
    arms = facts.once(arms_by_period).get(period, {})
    weeks, doses = table.number("week"), table.text("dose_mg_per_day")
    study, measure, unit = (table.text(name)[row] for name in ("study_id", "measure", "unit"))
    for statistic in statistics:
        pair = []
        for group in ARMS:
            rows = arms.get((study, measure, unit, statistic), {}).get(group, [])
            rows = [arm for arm in rows if math.isnan(weeks[row]) or weeks[arm] == weeks[row]]
            rows = [arm for arm in rows if weeks[arm] != 0]
            rows = [arm for arm in rows if group == "placebo" or doses[arm] == doses[row]]
            rows = [arm for arm in rows if analyses[arm] in (analyses[row], "") or not analyses[row]]
            pair += rows if len(rows) == 1 else []
        if len(pair) == 2:
            return pair[0], pair[1]
    return None


def contrast_rows(table: Table) -> list[int]:
    """Rows of differences between LDN and placebo."""
    differences = table.where("statistic", lambda statistic: statistic_kind(statistic) == "difference")
    return np.flatnonzero(table.mask("group", "ldn-placebo") & differences).tolist()


@impossible("outcomes")
def p_possible(table: Table) -> Iterator[Fault]:
    """A p value of 0, or of 1 as the only precision of a value that is not 0."""
    p, value = table.number("p_value"), table.number("value")
    none = "no p value is 0: leave it empty, or type 0.001 with 'below' in p_bound"
    yield from table.hits(p == 0, "p_value", none)
    alone = table.mask("group", "ldn-placebo") & (value != 0) & ~np.isnan(value)
    for other in ("lower95", "se", "sd", "t_value"):  # of many tests at once, or rounded, p may be 1
        alone &= ~table.filled(other)
    yield from table.hits(alone & (p == 1), "p_value", "a p value of 1 belongs to a difference of 0")


@suspicious("outcomes")
def p_same_contrast(table: Table) -> Iterator[Fault]:
    """Rows of one comparison with different p values."""
    p = table.number("p_value")
    tested, kind_of = ~np.isnan(p) & ~table.mask("statistic", "direction", "r squared"), kinds(table)
    comparison = ("study_id", "measure", "unit", "week", "dose_mg_per_day", "period")
    for rows in table.groups(*comparison, where=tested).values():
        for row in rows:
            # Two analyses of one comparison (adjusted, raw) have a p value each; an arm's row has that of
            # the contrast.
            unlike = [at for at in rows if at < row and p[at] != p[row]]
            if kind_of[row] == "difference":
                unlike = [at for at in unlike if kind_of[at] != "difference"]
            if unlike:
                yield row, "p_value", f"another row of this comparison has {p[unlike[0]]:g}"


@suspicious("outcomes")
def p_against_scale(table: Table, facts: Facts) -> Iterator[Fault]:
    """A p value that implies a spread of people that the scale does not allow."""
    p, value, n = (table.number(name) for name in ("p_value", "value", "n"))
    n_ldn, n_placebo = table.number("n_ldn"), table.number("n_placebo")
    low, high = facts.once(plausible_levels)
    width = np.where(table.where("unit", is_percent_reduction), 200.0, high - low)
    paired = table.mask("statistic", "paired difference")
    dfs, most = np.where(paired, n - 1, n_ldn + n_placebo - 2), np.where(paired, 0.6, 0.45) * width
    with np.errstate(all="ignore"):
        roots = np.where(paired, np.sqrt(n), 1 / np.sqrt(1 / n_ldn + 1 / n_placebo))
    tested = (p > 0) & (p < 1) & (width > 0) & (value != 0) & (dfs > 0) & (roots > 0)
    tested &= paired | ~(table.filled("lower95") | table.mask("statistic", "median difference"))
    tested &= ~table.mask("p_bound", "below")  # the SE is smaller than the one that the bound gives
    for row in (row for row in contrast_rows(table) if tested[row]):
        least = max(abs(value[row]) - table.printed("value", row).half, 0.0)  # as it may have been rounded
        sd = least / t_of_p(p[row], dfs[row]) * roots[row]
        if sd > most[row] * 1.1:
            sentence = f"implies an SD of {sd:.3g}, which the scale does not allow (at most {most[row]:.3g})"
            yield row, "p_value", sentence


SPREADS = ("sd", "se", "lower95", "iqr", "q1", "minimum")


def _half_pairs(table: Table) -> Iterator[Fault]:
    """Arms of one period without a partner, and arms without a spread that their partner has."""
    groups = table.text("group")
    arms = table.mask("group", *ARMS) & table.where(
        "statistic", lambda statistic: statistic_kind(statistic) in ("level", "change")
    )
    one_period = ("study_id", "measure", "unit", "statistic", "analysis", "period")
    for rows in table.groups(*one_period, where=arms & table.filled("period")).values():
        if len({groups[row] for row in rows}) == 1:
            yield rows[0], "group", "has no partner in this period: no row of the other group"
    spread = np.any([table.filled(column) for column in SPREADS], axis=0)
    for rows in table.comparisons(where=arms).values():
        if spread[rows].any():
            bare = [row for row in rows if not spread[row]]
            yield from table.hits(bare, "sd", "no spread, and the other arm has one")


@suspicious("outcomes")
def arms_in_pairs(table: Table, facts: Facts) -> Iterator[Fault]:
    """An arm of a trial without its partner, or without a spread that its partner has."""
    yield from _half_pairs(table)
    parallel = facts.study_mask(table, "design_type", "parallel")
    paired = facts.study_mask(table, "design_type", "crossover")
    placebo = facts.study_mask(table, "control", "placebo")
    weeks, analyses = table.number("week"), table.text("analysis")
    for (*_, statistic), arms in arm_rows(facts).items():
        if statistic_kind(statistic) not in ("level", "change"):
            continue
        for group, other in (("ldn", "placebo"), ("placebo", "ldn")):
            partners = arms.get(other, [])
            undated = np.isnan(weeks[partners]).any()
            for row in (row for row in arms.get(group, []) if placebo[row]):
                facing = {analyses[partner] for partner in partners if weeks[partner] == weeks[row]}
                unmatched = not facing or (analyses[row] and not {analyses[row], ""} & facing)
                if (parallel[row] and not undated and unmatched) or (paired[row] and not partners):
                    same = "of this measure, unit, week, statistic and analysis"
                    yield row, "group", f"has no partner: no {other} row {same}"


MODEL = "adjusted difference (mixed model)"
NEAR = 0.1
"""Share of an arm's people whom a model may leave out."""


@suspicious("outcomes")
def arm_sizes_agree(table: Table) -> Iterator[Fault]:
    """An arm whose number is not the one in its contrast; at a visit of a mixed model both may be of
    fewer."""
    n, weeks, analyses = table.number("n"), table.number("week"), table.text("analysis")
    sizes = {group: table.number(f"n_{group}") for group in ARMS}
    keys = table.keys("study_id", "measure", "week", "period")
    doses, groups = table.text("dose_mg_per_day"), table.text("group")
    contrasts: dict[tuple[Key, str], int] = {}
    for row in (row for row in contrast_rows(table) if not np.isnan(sizes["ldn"][row])):
        contrasts.setdefault((keys[row], doses[row]), row)
        contrasts.setdefault((keys[row], "any"), row)  # the doses share their placebo group
    faults: dict[int, list[Fault]] = {}
    for row in np.flatnonzero(table.mask("group", *ARMS)).tolist():
        group = groups[row]
        contrast = contrasts.get((keys[row], "any" if group == "placebo" else doses[row]))
        if contrast is None or weeks[row] != weeks[contrast]:
            continue
        size, other = sizes[group][contrast], len({analyses[row], analyses[contrast]} - {""}) > 1
        # a model leaves out a few who lack the baseline
        missing = NEAR * size if table.text("statistic")[contrast].startswith("adjusted") else 0.0
        if not other and (n[row] < size or n[row] > size + missing):
            named = analyses[row] and analyses[contrast]
            either = "" if named else ": if they are of two analyses, 'analysis' says of which each is"
            fault = row, "n", f"the contrast has {size:g} on {group}{either}"
            faults.setdefault(contrast, []).append(fault)
    for contrast, of_arms in faults.items():
        # a mixed model takes those seen at any visit: the means of one visit are of fewer, in both arms
        fewer = {groups[row] for row, *_ in of_arms if n[row] < sizes[groups[row]][contrast]}
        if table.text("statistic")[contrast] != MODEL or fewer != set(ARMS):
            yield from of_arms


@suspicious("outcomes")
def n_of_study(table: Table, facts: Facts) -> Iterator[Fault]:
    """More participants after the start than the study analysed, or another number than was randomised, where
    the location says that it is that."""
    most, n, weeks = facts.study_number(table, "n_analysed"), table.number("n"), table.number("week")
    many = (n > most) & ~(weeks == 0) & ~table.filled("period")  # more may begin a crossover than end it
    yield from table.hits(many, "n", "the study analysed {:g} participants", most)
    randomised = facts.study_number(table, "n_randomised")
    located = table.where("location", re.compile(r"\bn is the number randomi[sz]ed(?=[.;,)]|$)").search)
    located &= facts.study_mask(table, "design_type", "crossover") | table.mask("group", "ldn-placebo", "all")
    located &= np.abs(n - randomised) > 0
    yield from table.hits(
        located, "n", "the location says 'the number randomised', which is {:g}", randomised
    )


@suspicious("outcomes")
def change_against_levels(table: Table, facts: Facts) -> Iterator[Fault]:
    """A mean change that is not the final mean minus the baseline mean."""
    arms = arm_rows(facts)
    value, weeks, sd, n = (table.number(name) for name in ("value", "week", "sd", "n"))
    doses = table.text("dose_mg_per_day")
    for (study, measure, unit, statistic), groups in arms.items():
        if statistic != "mean change":
            continue
        for group, rows in groups.items():
            means = arms.get((study, measure, unit, "mean"), {}).get(group, [])
            levels = {(weeks[row], doses[row]): row for row in means}
            for row in rows:
                start, end = levels.get((0.0, doses[row])), levels.get((weeks[row], doses[row]))
                if start is None or end is None:
                    continue
                change = value[end] - value[start]
                allowed = 0.25 * sd[start] if sd[start] > 0 else 0.05 * abs(value[start])
                allowed *= 2 if n[row] < n[start] else 1  # of those who stayed the start is not printed
                if abs(change - value[row]) > allowed:
                    yield row, "value", f"the means go from {value[start]:g} to {value[end]:g}"


@suspicious("outcomes")
def end_is_start(table: Table, facts: Facts) -> Iterator[Fault]:
    """A mean and its spread at the end that are those of the start: was the table of the baseline typed?"""
    arms = arm_rows(facts)
    weeks, cells = table.number("week"), table.keys("value", "sd", "se", "lower95", "dose_mg_per_day")
    for (*_, statistic), groups in arms.items():
        if statistic not in ("mean", "median"):
            continue
        for rows in (groups.get(group, []) for group in ARMS):
            starts = {cells[row] for row in rows if weeks[row] == 0 and any(cells[row][1:4])}
            same = [row for row in rows if weeks[row] > 0 and cells[row] in starts]
            yield from table.hits(same, "value", "the same mean and spread as at week 0")


@notice("outcomes")
def spread_is_start(table: Table, facts: Facts) -> Iterator[Fault]:
    """Spreads of both groups at the end that are those of the start, to three digits: was the column of the
    baseline typed?"""
    weeks, doses, sd = table.number("week"), table.text("dose_mg_per_day"), table.number("sd")
    for (*measure, statistic), groups in arm_rows(facts).items():
        levels = arm_rows(facts).get((*measure, "mean"), {})
        same: dict[float, dict[str, int]] = {}
        for group in ARMS if statistic in ("mean", "mean change") else ():
            starts = {(doses[row], sd[row]) for row in levels.get(group, []) if weeks[row] == 0}
            for row in groups.get(group, []):
                exact = sd[row] >= 200 * table.printed("sd", row).half
                if weeks[row] > 0 and exact and (doses[row], sd[row]) in starts:
                    same.setdefault(float(weeks[row]), {})[group] = row
        for both in same.values():
            if len(both) == len(ARMS):
                yield both["ldn"], "sd", "both groups have the SDs of week 0: was that column typed?"


OF_MODEL = 0.02
"""Part of the scale (without one, of the largest part) by which a mean that a model gives for a group may lie
outside its parts."""
OTHERS = 0.05
"""Share of people beyond those of the parts who hardly move a mean."""


@suspicious("outcomes")
def whole_between_parts(table: Table) -> Iterator[Fault]:
    """A mean of all doses, or of both groups, that is below or above that of every part."""
    value, groups, n = table.number("value"), table.text("group"), table.number("n")
    doses, width = table.text("dose_mg_per_day"), scale_width(table)
    same = ("study_id", "measure", "unit", "week", "statistic", "analysis", "period")
    for rows in table.groups(*same, where=table.mask("statistic", "mean", "mean change")).values():
        drug = [row for row in rows if groups[row] == "ldn"]
        single = {row: row for row in drug if not doses[row]}
        parts = {row: [part for part in drug if doses[part]] for row in single}
        both = [row for row in rows if groups[row] in ARMS]
        parts |= {row: both for row in rows if groups[row] == "all" and {groups[r] for r in both} == {*ARMS}}
        for whole, of in parts.items():
            if len(of) < 2:
                continue
            slack = OF_MODEL * (width[whole] if width[whole] > 0 else np.abs(value[of]).max())
            slack += table.printed("value", whole).half + max(table.printed("value", row).half for row in of)
            # Others, too, among clearly more people than the parts have.
            everybody = not (n[whole] < sum(n[of]) or n[whole] > (1 + OTHERS) * sum(n[of]))
            if everybody and not min(value[of]) - slack <= value[whole] <= max(value[of]) + slack:
                ends = f"{min(value[of]):g} to {max(value[of]):g}"
                yield whole, "value", f"the parts of this group have {ends}"


LEAST_OF_START = {"mean change": 0.4, "mean": 0.45}
"""Smallest plausible SD of changes, and of final values, as a part of the SD at baseline."""
VERY_FEW, BY_CHANCE = 8, 0.6
"""People in an arm, at most, whose SDs stray so far by chance that only so much of that part is asked for."""


@suspicious("outcomes")
def change_spread(table: Table, facts: Facts) -> Iterator[Fault]:
    """An SD of a change that is a small part of the SD at baseline."""
    arms, sd = arm_rows(facts), table.number("sd")
    weeks, doses = table.number("week"), table.text("dose_mg_per_day")
    for (study, measure, unit, statistic), groups in arms.items():
        least = LEAST_OF_START["mean change" if statistic == "mean change" else "mean"]
        close: dict[int, float] = {}
        for group, rows in groups.items():
            means = arms.get((study, measure, unit, "mean"), {})
            starts = [*means.get(group, []), *means.get("all", [])]
            starts = [start for start in starts if weeks[start] == 0 and sd[start] > 0]
            for row in rows:
                start = next((start for start in starts if doses[start] in ("", doses[row])), row)
                if 0 < sd[row] < least * sd[start]:
                    close[row] = sd[start]
        for row, start_sd in close.items():
            # Chance brings one group of very few so close together; a slip in what the spread is brings both.
            lone = not any(weeks[other] == weeks[row] for other in close if other != row)
            chance = BY_CHANCE if lone and table.number("n")[row] <= VERY_FEW else 1
            if sd[row] < chance * least * start_sd:
                yield row, "sd", f"the SD at baseline is {start_sd:g}: is this an SE, or half of an interval?"


APART_BY_CHANCE = 0.6
"""How far two groups of one person may start apart, as a share of the scale: it falls with the root of n."""


@suspicious("outcomes")
def levels_together(table: Table, facts: Facts) -> Iterator[Fault]:
    """Means of one measure, in its own unit, that lie half of the scale apart, or a third of it between two
    periods under one condition."""
    value, weeks, n = table.number("value"), table.number("week"), table.number("n")
    low, high = facts.once(plausible_levels)
    width = high - low

    def chance(row: int, other: int) -> float:
        """How far the means of two small groups may lie apart, as a share of the scale."""
        return APART_BY_CHANCE / math.sqrt(max(min(n[row], n[other]), 1))

    for (_, _, unit, statistic), arms in arm_rows(facts).items():
        levels = statistic_kind(statistic) == "level" and not is_percent_reduction(unit)
        pairs = product(arms.get("placebo", []), arms.get("ldn", [])) if levels else ()
        for row, other in ((row, other) for row, other in pairs if weeks[row] == weeks[other]):
            most = max(0.2, chance(row, other)) if weeks[row] == 0 else 0.5
            if abs(value[row] - value[other]) > most * width[row]:
                yield row, "value", f"the other arm has {value[other]:g} at this week"
    one_condition = ("study_id", "measure", "unit", "statistic", "group")
    periods = table.filled("period") & table.mask("statistic", "mean", "mean change") & (weeks != 0)
    for first, *others in table.groups(*one_condition, where=periods).values():
        for row in others:
            most = max(0.3, 2 * chance(row, first))
            if abs(value[row] - value[first]) > most * width[row]:
                yield row, "value", f"the same condition has {value[first]:g} in another period"
