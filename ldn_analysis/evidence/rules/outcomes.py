"""Rules on single rows of outcomes: measure, unit, scale, values on it; statistic, group and design."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import numpy as np
from scipy import special

from ldn_analysis.errors import FloatArray
from ldn_analysis.evidence.rules.definitions import listed_kinds
from ldn_analysis.evidence.rules.facts import Facts, Fault, Key, Table
from ldn_analysis.evidence.rules.registry import impossible, notice, suspicious
from ldn_analysis.evidence.scales import UNIT_WIDTHS, Scale, scale_of, scales
from ldn_analysis.evidence.vocabulary import StatisticKind, hint, is_percent_reduction, statistic_kind

ENDS = ("scale_min", "scale_max")


def kinds(table: Table) -> list[StatisticKind]:
    """What kind of number each row's statistic is."""
    return [statistic_kind(word) for word in table.text("statistic")]


def scale_width(table: Table) -> FloatArray:
    """Width of each row's scale in its unit; NaN where it has none."""
    percent = table.where("unit", is_percent_reduction)
    return np.where(percent, 100.0, table.number("scale_max") - table.number("scale_min"))


def _by_measure(facts: Facts) -> dict[str, list[Scale]]:
    by_measure: dict[str, list[Scale]] = {}
    for scale in scales(facts["measures"].frame) if "measures" in facts else ():
        by_measure.setdefault(scale.measure, []).append(scale)
    return by_measure


def row_scales(facts: Facts) -> list[Scale | None]:
    """The scale of each row of outcomes, where ``measures.csv`` has it."""
    table, by_measure = facts["outcomes"], facts.once(_by_measure)
    low, high = (table.number(end).tolist() for end in ENDS)
    of_row: list[Scale | None] = [None] * len(table)
    for (measure, unit, *_), rows in table.groups("measure", "unit", *ENDS).items():
        with suppress(ValueError):
            scale = scale_of(by_measure.get(measure, []), measure, unit, low[rows[0]], high[rows[0]])
            for row in rows:
                of_row[row] = scale
    return of_row


@impossible("outcomes")
def measure_listed(table: Table, facts: Facts) -> Iterator[Fault]:
    """A measure, unit or scale that measures.csv does not have."""
    by_measure = facts.once(_by_measure)
    low, high = (table.number(end).tolist() for end in ENDS)
    units, numbered = table.text("unit"), ~np.isnan(table.number("value"))
    rows = zip(table.text("measure"), facts.once(row_scales), strict=True)
    for row, (measure, scale) in enumerate(rows):
        if scale is not None or not measure:
            continue
        if measure not in by_measure:
            yield row, "measure", f"is not a measure of measures.csv{hint(measure, by_measure)}"
            continue
        if not units[row] and not numbered[row]:
            continue  # a direction needs no unit
        forms = by_measure[measure]
        same = [scale for scale in forms if scale.unit == units[row]]
        if not same:
            listed = ", ".join(repr(unit) for unit in dict.fromkeys(scale.unit for scale in forms))
            yield row, "unit", f"measures.csv has {measure!r} in {listed}"
            continue
        listed = ", ".join(
            "no scale" if np.isnan(scale.low + scale.high) else f"{scale.low:g} to {scale.high:g}"
            for scale in same
        )
        off = "scale_max" if any(scale.low == low[row] for scale in same) else "scale_min"
        reason = f"measures.csv has {measure!r} in {units[row]} from {listed}"
        off = next((end for end in ENDS if np.isnan(table.number(end)[row])), off)
        empty = np.isnan(table.number(off)[row])
        yield row, off, f"is empty: {reason}" if empty else f"{reason}, not {low[row]:g} to {high[row]:g}"


@impossible("outcomes")
def measure_agrees(table: Table, facts: Facts) -> Iterator[Fault]:
    """A domain or direction of benefit that is not the measure's."""
    by_measure = facts.once(_by_measure)
    domains, better, units = table.text("domain"), table.text("better"), table.text("unit")
    rows = zip(table.text("measure"), facts.once(row_scales), strict=True)
    for row, (measure, scale) in enumerate(rows):
        forms = [scale] if scale is not None else by_measure.get(measure, [])
        if forms and domains[row] not in {form.domain for form in forms}:
            yield row, "domain", f"{measure!r} is a measure of {forms[0].domain}"
        if forms and better[row] not in {form.better for form in forms}:
            own = [form for form in forms if form.unit == units[row]] or forms
            directions = " or ".join(dict.fromkeys(form.better or "no direction" for form in own))
            of = f"{measure!r} in {own[0].unit or 'words'}"
            yield row, "better", f"must be {directions}, which measures.csv has for {of}"


@impossible("outcomes")
def one_scale_a_measure(table: Table) -> Iterator[Fault]:
    """Rows of one study and measure on two scales; one line in mm and in cm is one scale."""
    ends, line = table.keys(*ENDS), table.mask("unit", *UNIT_WIDTHS)
    for rows in table.groups("study_id", "measure", where=table.filled("scale_max")).values():
        for row in rows:
            if ends[row] != ends[rows[0]] and not (line[row] and line[rows[0]]):
                low, high = (end.removesuffix(".0") for end in ends[rows[0]])
                yield row, "scale_max", f"another row of this measure goes from {low} to {high}"


# Values ----------------------------------------------------------------------------------------------------


def plausible_levels(facts: Facts) -> tuple[FloatArray, FloatArray]:
    """Smallest and largest plausible level of each row of outcomes (NaN where nothing is known)."""
    ends = [(np.nan, np.nan) if scale is None else scale.plausible for scale in facts.once(row_scales)]
    array = np.array(ends, dtype=float).reshape(len(ends), 2)
    return array[:, 0], array[:, 1]


def _bounds(facts: Facts) -> tuple[FloatArray, FloatArray]:
    """Smallest and largest possible value of each row's statistic, from the scale of its measure."""
    table = facts["outcomes"]
    low, high = (end.copy() for end in facts.once(plausible_levels))
    width = high - low
    for row, (kind, unit) in enumerate(zip(kinds(table), table.text("unit"), strict=True)):
        if kind == "share":
            low[row], high[row] = 0.0, 1.0
        elif kind in ("ratio", "direction", "other"):
            low[row] = high[row] = np.nan
        elif is_percent_reduction(unit):
            low[row], high[row] = (-200.0, 200.0) if kind == "difference" else (-np.inf, 100.0)
        elif kind in ("change", "difference"):
            low[row], high[row] = -width[row], width[row]
    return low, high


@impossible("outcomes")
def value_on_scale(table: Table, facts: Facts) -> Iterator[Fault]:
    """A value outside its scale, or a change or difference larger than it."""
    low, high = facts.once(_bounds)
    value = table.number("value")
    out, ends = (value < low) | (value > high), np.isfinite(low)
    yield from table.hits(out & ends, "value", "must lie between {:g} and {:g}", low, high)
    yield from table.hits(out & ~ends, "value", "must be {:g} at most", high)


def _reach(table: Table, low: FloatArray, high: FloatArray) -> FloatArray:
    """Half of the widest 95% interval (by t) of so many people: half of them at either end of the scale."""
    n, value = table.number("n"), table.number("value")
    with np.errstate(all="ignore"):
        spread = np.sqrt((value - np.maximum(low, -high)) * (high - value) / (n - 1))
        return np.asarray(special.stdtrit(n - 1, 0.975) * spread, dtype=float)


@suspicious("outcomes")
def limits_on_scale(table: Table, facts: Facts) -> Iterator[Fault]:
    """A limit outside the scale, further from its value than people on the scale can bring it."""
    low, high = facts.once(_bounds)
    value, reach = table.number("value"), _reach(table, low, high)
    for column in ("lower95", "upper95"):
        limit = table.number(column)
        out, ends = (limit < low) | (limit > high), np.isfinite(low)
        out &= ~(np.abs(limit - value) <= reach)
        yield from table.hits(out & ends, column, "lies outside {:g} to {:g}", low, high)
        yield from table.hits(out & ~ends, column, "lies above {:g}", high)


MOST_UNDER_PLACEBO = 60.0
"""Largest plausible mean reduction under placebo, in percent; in fibromyalgia it is about 20."""


@suspicious("outcomes")
def value_plausible(table: Table, facts: Facts) -> Iterator[Fault]:
    """A difference over half of the scale, a reduction or worsening beyond 100 percent, or beyond 60 under
    placebo, a ratio beyond 10."""
    value, units = np.abs(table.number("value")), table.text("unit")
    low, high = facts.once(plausible_levels)
    raw, placebo = table.number("value"), table.mask("group", "placebo")
    for row, kind in enumerate(kinds(table)):
        percent = is_percent_reduction(units[row])
        if percent and value[row] > 100:
            yield row, "value", "a mean change beyond 100 percent of the baseline"
        elif percent and kind != "difference" and placebo[row] and raw[row] > MOST_UNDER_PLACEBO:
            yield row, "value", "a reduction under placebo that large: is it what remained?"
        elif kind == "difference" and value[row] > (50 if percent else (high[row] - low[row]) / 2):
            yield row, "value", "a difference between groups over half of the scale"
        elif kind == "ratio" and raw[row] > 0 and not 0.1 <= raw[row] <= 10:
            yield row, "value", "a ratio of means beyond 0.1 to 10"


@impossible("outcomes", "published_syntheses")
def ratio_positive(table: Table) -> Iterator[Fault]:
    """A ratio of 0 or below."""
    kind, value = ("statistic", "value") if table.has("statistic") else ("measure", "estimate")
    ratio = table.where(kind, lambda word: word.startswith(("ratio", "RR", "OR", "IRR", "HR")))
    for column in (value, "lower95", "upper95"):
        yield from table.hits(ratio & (table.number(column) <= 0), column, "a ratio lies above 0")


@impossible("outcomes")
def value_and_unit(table: Table) -> Iterator[Fault]:
    """A statistic without a value, a value without a unit, a direction with a number."""
    none, words = np.isnan(table.number("value")), table.mask("statistic", "direction")
    yield from table.hits(~words & none, "value", "is empty: only a direction may come without a value")
    yield from table.hits(words & ~none, "value", "a direction says which way, and has no value")
    yield from table.hits(~none & ~table.filled("unit"), "unit", "is empty: a value needs its unit")


# Statistic against group, design and week ------------------------------------------------------------------


@impossible("outcomes")
def statistic_fits_group(table: Table) -> Iterator[Fault]:
    """A difference of one arm, or a mean of a contrast."""
    groups = table.text("group")
    for row, kind in enumerate(kinds(table)):
        if kind == "difference" and groups[row] != "ldn-placebo":
            yield row, "statistic", "a difference between groups has the group ldn-placebo"
        if kind in ("level", "change", "share") and groups[row] == "ldn-placebo":
            yield row, "statistic", "a contrast (ldn-placebo) is a difference or a ratio"


@impossible("outcomes", "events")
def statistic_fits_design(table: Table, facts: Facts) -> Iterator[Fault]:
    """A paired difference of a parallel trial, or a control group in a study without one."""
    designs = facts.study_text(table, "design_type")
    paired = table.mask("statistic", "paired difference")
    wrong = paired & ~np.isin(designs, ["crossover", ""])
    yield from table.hits(wrong, "statistic", "the study is {}: nobody had both", designs)
    alone = facts.study_mask(table, "design_type", "single-arm", "observational", "case report")
    alone &= table.mask("group", "placebo", "ldn-placebo")
    yield from table.hits(alone, "group", "the study has no placebo group")


@impossible("outcomes")
def contrast_columns(table: Table, facts: Facts) -> Iterator[Fault]:
    """The arms' numbers in a row of an arm, one without the other, or an SD of a difference between
    groups."""
    contrast = table.mask("group", "ldn-placebo")
    a, b = np.isnan(table.number("n_ldn")), np.isnan(table.number("n_placebo"))
    for column, empty in (("n_ldn", a), ("n_placebo", b)):
        reason = "only a contrast (group ldn-placebo) has the two arms' numbers"
        yield from table.hits(~empty & ~contrast, column, reason)
    reason = "a contrast needs both arms' numbers, or neither"
    yield from table.hits(a & ~b, "n_ldn", reason)
    yield from table.hits(b & ~a, "n_placebo", reason)
    paired = facts.study_mask(table, "design_type", "crossover") & ~table.filled("period")
    reason = "people have an SD in each arm; a difference between groups has an SE (column se)"
    for column, among in (("sd", ~paired), ("sd_elsewhere", contrast)):
        yield from table.hits(contrast & among & table.filled(column), column, reason)


@impossible("outcomes", "pharmacology")
def spread_needs_two(table: Table) -> Iterator[Fault]:
    """A spread or an interval from one participant."""
    for column, word in (("sd", "SD"), ("se", "standard error"), ("lower95", "interval")):
        alone = (table.number("n") < 2) & ~np.isnan(table.number(column))
        yield from table.hits(alone, "n", f"one participant gives no {word}")
    single = np.fmin(table.number("n_ldn"), table.number("n_placebo")) < 2
    yield from table.hits(single, "n", "one participant in an arm: nothing can be said of its spread")


@impossible("outcomes", "events")
def baseline_week(table: Table) -> Iterator[Fault]:
    """A change, or a difference of changes, at week 0."""
    still = ("level", "direction", "other")
    moved = table.where("statistic", lambda word: statistic_kind(word) not in still)
    moved &= ~table.mask("statistic", *OF_LEVELS)
    moved |= table.where("unit", is_percent_reduction) | table.filled("event")
    start = table.number("week") == 0
    yield from table.hits(start & moved, "week", "week 0 is the baseline: nothing has changed yet")


OF_LEVELS = ("difference in means", "median difference")
"""Differences that can be of the groups before treatment."""


@suspicious("outcomes")
def difference_at_start(table: Table) -> Iterator[Fault]:
    """A difference between groups at week 0: is it a result with the wrong week?"""
    start = (table.number("week") == 0) & table.mask("statistic", *OF_LEVELS)
    yield from table.hits(start, "week", "week 0 is the baseline: a difference before treatment, no result")


AFTER_LAST_DOSE = 6.0
"""Weeks in which harms are still counted: 30 days after the last dose, and a visit that came late."""
FOLLOW_UP = 104.0
"""Weeks after the end of the treatment in which somebody may still be asked."""
SAME_BUT_WEEK = {
    "outcomes": ("measure", "unit", "group", "statistic", "dose_mg_per_day"),
    "events": ("event", "group", "dose_mg_per_day"),
}
"""What a follow-up shares with what its trial reported during the treatment, in whichever report."""


def _late(table: Table, facts: Facts) -> Iterator[tuple[int, float, bool]]:
    """Rows after the end of the treatment: row, the treatment's length, and whether it is a follow-up of what
    was reported. A harm in the weeks after the last dose, not reported before, is none of them."""
    drug, control = (facts.study_number(table, f"{arm}_weeks") for arm in ("treatment", "control"))
    lasted = np.where(table.mask("group", "placebo") & ~np.isnan(control), control, drug)
    over, trials = table.number("week") - lasted, facts.study_text(table, "trial_id")
    keys = list(zip(trials, table.keys(*SAME_BUT_WEEK[table.name]), strict=True))
    during = {keys[row] for row in np.flatnonzero((table.number("week") > 0) & ~(over > 0.5)).tolist()}
    kind_of = facts.once(listed_kinds)
    harms = table.where("event", lambda event: kind_of.get(event, "").endswith("adverse event"))
    for row in np.flatnonzero(over > 0.5).tolist():
        again = keys[row] in during
        if again or not harms[row] or over[row] > AFTER_LAST_DOSE:
            yield row, float(lasted[row]), again and bool(over[row] <= FOLLOW_UP)


LATER = ": of an open extension it is a report of its own (--report-of ... --randomised no --control none)"


@suspicious(*SAME_BUT_WEEK)
def week_in_treatment(table: Table, facts: Facts) -> Iterator[Fault]:
    """A week after the treatment ended, of what is not reported during the treatment, and no harm soon after
    the last dose."""
    for row, lasted, follow_up in _late(table, facts):
        if not follow_up:
            yield row, "week", f"the treatment lasts {lasted:g} weeks{LATER}"


@notice(*SAME_BUT_WEEK)
def follow_up_week(table: Table, facts: Facts) -> Iterator[Fault]:
    """A follow-up after the end of the treatment: it is pooled only where the primary week says so."""
    first: set[Key] = set()  # one notice a week of a study
    keys = table.keys("study_id", "week")
    for row, lasted, follow_up in _late(table, facts):
        if follow_up and keys[row] not in first:
            first.add(keys[row])
            yield row, "week", f"is after the {lasted:g} weeks of the treatment: a follow-up"


@suspicious("outcomes", "events")
def source_of_study(table: Table, facts: Facts) -> Iterator[Fault]:
    """A DOI or PubMed number that is another one than its study's."""
    dois, pmids = (facts.study_text(table, column) for column in ("doi", "pmid"))
    owners = {f"PMID {pmid}": key for key, pmid in facts["studies"].keys("study_id", "pmid") if pmid}
    notes = facts.study_text(table, "notes")
    for row, source in enumerate(table.text("source")):
        words = {word.strip("(),.;:") for word in notes[row].lower().split()}
        named = source.lower() in words | {dois[row].lower()}  # whole: one cut short is another
        if dois[row] and source.startswith("10.") and not named:
            reason = f"the study's DOI is {dois[row]}: name that of a correction or supplement in its notes"
            yield row, "source", reason
        elif source in owners and source != f"PMID {pmids[row]}":
            yield row, "source", f"is the paper of {owners[source]}"
