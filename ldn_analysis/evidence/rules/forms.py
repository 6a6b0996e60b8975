"""Rules on the forms of reporting: quartiles, test statistics, bounds, doses of arms, periods."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from scipy import special

from ldn_analysis.evidence.integrity import Z95, t_of_p
from ldn_analysis.evidence.rules.agreement import OF_DIFFERENCE, contrast_rows
from ldn_analysis.evidence.rules.facts import Facts, Fault, Table
from ldn_analysis.evidence.rules.outcomes import plausible_levels
from ldn_analysis.evidence.rules.registry import impossible, suspicious
from ldn_analysis.evidence.trials import times_a_day

FIVE = ("minimum", "q1", "value", "q3", "maximum")


def _of_medians(statistic: str) -> bool:
    return statistic.startswith("median")


@impossible("outcomes")
def quartiles_in_order(table: Table, facts: Facts) -> Iterator[Fault]:
    """Quartiles or ends in the wrong order, alone, outside the scale, or of a mean."""
    five = {name: table.number(name) for name in FIVE}
    median = table.where("statistic", _of_medians)
    low, high = facts.once(plausible_levels)
    for below, above in pairwise(FIVE):
        over = five[below] > five[above]
        yield from table.hits(over, below, f"must not be above {above} ({{:g}})", five[above])
    for below, above in (("q1", "q3"), ("minimum", "maximum")):
        first, second = (table.filled(name) for name in (below, above))
        yield from table.hits(first ^ second, above, f"{below} and {above} belong together")
        yield from table.hits(
            five[below] == five[above], above, "the same as its partner: no spread, leave both out"
        )
        yield from table.hits(first & ~median, below, "only a median comes with quartiles or ends")
    for name in ("minimum", "q1", "q3", "maximum"):
        level = table.mask("statistic", "median")
        out = level & ((five[name] < low) | (five[name] > high))
        yield from table.hits(out, name, "must lie between {:g} and {:g}", low, high)


@impossible("outcomes")
def iqr_of_median(table: Table) -> Iterator[Fault]:
    """The width between quartiles beside anything but a median."""
    other = table.filled("iqr") & ~table.where("statistic", _of_medians)
    sentence = "only a median, or a difference of medians, comes with the width between quartiles"
    yield from table.hits(other, "iqr", sentence)


@impossible("outcomes")
def test_fits_row(table: Table) -> Iterator[Fault]:
    """A t or F of one arm, a t on the other side of its difference, an F that is not t squared, a bound
    alone, limits by z where a difference has none."""
    t, f, value = (table.number(name) for name in ("t_value", "f_value", "value"))
    contrast = table.mask("group", "ldn-placebo")
    for name in ("t_value", "f_value"):
        yield from table.hits(table.filled(name) & ~contrast, name, OF_DIFFERENCE)
    sentence = "its difference is {:g}: a t printed without its sign is typed with that of its difference"
    yield from table.hits(t * value < 0, "t_value", sentence, value)
    nothing = ((t == 0) | (f == 0)) & (value != 0) & ~np.isnan(value)
    yield from table.hits(nothing, "t_value", "0 belongs to a difference of 0")
    unlike = np.abs(f - t**2) > 0.1 + 0.05 * t**2
    yield from table.hits(unlike, "f_value", "is t squared: {:.3g}", t**2)
    alone = table.filled("p_bound") & np.isnan(table.number("p_value"))
    yield from table.hits(alone, "p_bound", "a bound needs its p value")
    no_limits = table.filled("limits_by") & ~(contrast & table.filled("lower95"))
    yield from table.hits(no_limits, "limits_by", "belongs to the limits of a difference")


@suspicious("outcomes")
def precisions_agree(table: Table) -> Iterator[Fault]:
    """An SE, an interval, a t, an F, an SD of pairs and a p value of a difference that contradict each
    other."""
    people = np.fmax(table.number("n"), table.number("n_ldn") + table.number("n_placebo"))
    for row in contrast_rows(table):
        n = float(people[row])
        errors = _errors(table, row, n)
        if errors and max(a for a, _ in errors.values()) > min(b for _, b in errors.values()):
            middles = [f"{name} {math.sqrt(a * b):.3g}" for name, (a, b) in errors.items()]
            listed = ", ".join(middles).replace("lower95", "interval")
            yield row, list(errors)[-1], f"they imply different SEs: {listed}"
        elif fault := _against_p(table, row, n, errors):
            yield row, "p_value", fault


SLACK = 1.06
"""Factor by which SEs may differ beyond rounding: other degrees of freedom, one variance or two."""
QUARTILES = 2 * float(special.ndtri(0.75))
"""Distance of the quartiles of a normal distribution, in SDs."""
ROUGH_T = 0.5
"""A t below it is printed too roughly to tell an SE."""


def _ends(table: Table, row: int, column: str) -> tuple[float, float]:
    """Smallest and largest absolute number that prints like a cell."""
    printed = table.printed(column, row)
    size = abs(printed.value)
    return max(size - printed.half, 0.0), size + printed.half


def _sizes_of_t(table: Table, row: int) -> dict[str, tuple[float, float]]:
    """Smallest and largest size of a printed t, or of that behind an F; none that is too rough to tell."""
    sizes = {}
    for name, root in (("t_value", 1.0), ("f_value", 0.5)):
        least, most = _ends(table, row, name)
        if most**root > ROUGH_T:
            sizes[name] = least**root, most**root
    return sizes


def _errors(table: Table, row: int, n: float) -> dict[str, tuple[float, float]]:
    """Smallest and largest SE that each printed precision of a difference allows."""
    df = n - 2 if n > 3 else math.inf
    wide = t_of_p(0.05, df / 2) if math.isfinite(df) else Z95  # of unequal variances down to half of them
    value = _ends(table, row, "value")
    ses: dict[str, tuple[float, float]] = {"se": _ends(table, row, "se")}
    low, high = (float(table.number(name)[row]) for name in ("lower95", "upper95"))
    limits = [_ends(table, row, name) for name in ("lower95", "upper95")]
    slack = sum((most - least) / 2 for least, most in limits)
    narrowest = max(high - low - slack, 0.0)  # limits that print alike may be as near as no distance
    ses["lower95"] = narrowest / 2 / wide, (high - low + slack) / 2 / Z95
    for name, (least, most) in _sizes_of_t(table, row).items():
        ses[name] = value[0] / most, value[1] / max(least, 1e-9)
    people = float(table.number("n")[row])
    if people > 0:
        least, most = _ends(table, row, "sd")
        ses["sd"] = least / math.sqrt(people), most / math.sqrt(people)
    return {name: (a / SLACK, b * SLACK) for name, (a, b) in ses.items() if b > 0 and not math.isnan(a + b)}


def _against_p(table: Table, row: int, n: float, errors: dict[str, tuple[float, float]]) -> str:
    """What is wrong with a p value, exact or a bound, beside the SEs that the other precisions give.

    An exact one beside an interval has a rule of its own, one of a rank test or a model says another thing.
    """
    p, bound = float(table.number("p_value")[row]), table.text("p_bound")[row]
    value = _ends(table, row, "value")
    median = table.text("statistic")[row] == "median difference"
    if median and 0 < p < 1 and not bound:
        return _median_against_p(table, row, p)
    of_another = bool(table.text("p_value_from")[row]) or median or (not bound and "lower95" in errors)
    if not errors or not 0 < p < 1 or not value[1] > 0 or of_another:
        return ""
    least, most = max(a for a, _ in errors.values()), min(b for _, b in errors.values())
    df = n - 2 if n > 3 else 1e6
    ends = (p, p) if bound else _ends(table, row, "p_value")
    lowest, highest = t_of_p(min(ends[1], 1 - 1e-9), 1e6), t_of_p(max(ends[0], 1e-12), df / 2)
    small, large = value[0] / highest, value[1] / lowest
    sizes = _sizes_of_t(table, row).values()
    if n > 3 and not bound and any(size[1] < lowest or size[0] > highest for size in sizes):
        return f"the t printed beside it gives another p value: this one needs {lowest:.2f} to {highest:.2f}"
    unlike = {"below": least > large, "above": most < small}
    if unlike.get(bound, (small > most or large < least) and p < 0.6):
        return f"the SE of {math.sqrt(least * most):.3g} gives another p value"
    return ""


FAR_FROM_RANKS = 2.0
"""Standard errors by which a difference of medians and the test of its ranks may differ, and 30% more."""


def _median_against_p(table: Table, row: int, p: float) -> str:
    """What is wrong with a p value of a test of ranks beside a median difference and its quartiles."""
    iqr, people = float(table.number("iqr")[row]), float(table.number("n")[row])
    if not (iqr > 0 and people > 1):
        return ""
    z = abs(float(table.number("value")[row])) / (iqr / QUARTILES) * math.sqrt(people)
    tested = t_of_p(p, 1e6)
    if abs(z - tested) > FAR_FROM_RANKS + 0.3 * max(z, tested):
        return f"the difference is {z:.1f} of its standard errors, the p value that of {tested:.1f}"
    return ""


@impossible("outcomes", "events")
def dose_of_arm(table: Table, facts: Facts) -> Iterator[Fault]:
    """A dose of a placebo group, or one that the study did not give."""
    dose = table.number("dose_mg_per_day")
    low, high = (facts.study_number(table, f"dose_{end}_mg") for end in ("min", "max"))
    placebo = table.mask("group", "placebo")
    yield from table.hits(placebo & (dose > 0), "dose_mg_per_day", "a placebo group has no dose")
    out = ~placebo & ((dose < low) | (dose > high))
    yield from table.hits(out, "dose_mg_per_day", "the study gave {:g} to {:g} mg", low, high)


TITRATED = re.compile(
    r"titrat|increas|escalat|step|rais|\bthen\b|thereafter|up to|individual|flexible|followed by|\bas [A-Z]"
    r"|adjust|tolerat|reduc|lowered|start|initial|final|until|\bafter\b|\bfirst (?:night|day|week|month)"
    r"|\b(?:weeks?|days?) \d|\b(?:every|each) (?:week|\d+ (?:days|weeks))\b"
    r"|\bfor (?:\d+|one|two|four) (?:days?|weeks?)\b(?!.*\b(?:or|versus|vs|against)\b).*\bmg\b",
    re.I,
)
"""A schedule in which one person takes several doses in turn."""


DOSE = re.compile(r"(\d+(?:\.\d+)?)(?= ?mg\b| ?(?:,|;|or|and|to) ?(?:\d|or|and))")
"""A dose in a schedule; several may share their unit ('1.5, 3 or 6 mg')."""


def _side_by_side(facts: Facts) -> dict[str, float]:
    """Trials that gave several doses to different groups, with the people on most of whom a row can be of one
    dose alone (NaN where no rows name two doses)."""
    studies = facts["studies"]
    lowest, highest = studies.number("dose_min_mg"), studies.number("dose_max_mg")
    sizes: dict[str, dict[str, float]] = {}
    for name, size, group in (
        ("outcomes", "n", "ldn"),
        ("outcomes", "n_ldn", "ldn-placebo"),
        ("events", "n", "ldn"),
    ):
        table = facts[name]
        n, doses, owners = table.number(size), table.text("dose_mg_per_day"), table.text("study_id")
        for row in np.flatnonzero(table.mask("group", group) & table.filled("dose_mg_per_day")).tolist():
            most = sizes.setdefault(owners[row], {})
            most[doses[row]] = max(most.get(doses[row], 0.0), 0.0 if np.isnan(n[row]) else float(n[row]))
    largest = {}
    for row, study in enumerate(studies.text("study_id")):
        by_dose = sizes.get(study, {})
        moved = TITRATED.search(studies.text("dose_schedule")[row])
        trial = studies.text("design_type")[row] in ("parallel", "crossover")
        if trial and (len(by_dose) > 1 or (lowest[row] < highest[row] and not moved)):
            largest[study] = max(by_dose.values()) if len(by_dose) > 1 else math.nan
    return largest


@suspicious("outcomes", "events")
def dose_of_arm_said(table: Table, facts: Facts) -> Iterator[Fault]:
    """A row of LDN that does not say which of several doses it is of, and is not of all of them, or one of a
    dose that the schedule does not name."""
    several = facts.once(_side_by_side)
    if not several:
        return
    n, both = table.number("n"), table.number("n_ldn")
    analysed, weeks = facts.study_number(table, "n_analysed"), table.number("week")
    groups, studies = table.text("group"), table.text("study_id")
    unsaid = table.mask("group", "ldn", "ldn-placebo") & ~table.filled("dose_mg_per_day") & ~(weeks == 0)
    unsaid &= table.where("study_id", several.__contains__)
    for row in np.flatnonzero(unsaid).tolist():
        people = both[row] if groups[row] == "ldn-placebo" else n[row]
        one_dose = several[studies[row]]
        if np.isnan(one_dose):  # of two doses and placebo one arm is a third, all doses are two thirds
            one_dose = 0.45 * analysed[row]
        if not (people > one_dose or np.isnan(one_dose)):
            sentence = "is empty: the trial has several doses, and this row is not of all of them together"
            yield row, "dose_mg_per_day", sentence
    schedules, doses = facts.study_text(table, "dose_schedule"), table.number("dose_mg_per_day")
    of_several = table.where("study_id", several.__contains__) & table.filled("dose_mg_per_day")
    for row in np.flatnonzero(of_several).tolist():
        scheduled = {float(dose) for dose in DOSE.findall(schedules[row])}
        moved = TITRATED.search(schedules[row]) or times_a_day([schedules[row]])[0] > 1
        if len(scheduled) > 1 and doses[row] not in scheduled and not moved:
            yield row, "dose_mg_per_day", f"the schedule of the study is {schedules[row]!r}"


MOST_OF_PERIOD = 0.8
"""Largest share of the people who can be under one condition in one period: they are split by chance."""


@impossible("outcomes", "events")
def period_of_crossover(table: Table, facts: Facts) -> Iterator[Fault]:
    """A period in a trial that is no crossover, or nearly everybody in one arm of a period."""
    period, n = table.number("period"), table.number("n")
    designs = facts.study_text(table, "design_type")
    # of both periods fewer may be analysed than began the first
    most = np.fmax(*(facts.study_number(table, of) for of in ("n_randomised", "n_analysed")))
    wrong = (period > 0) & ~np.isin(designs, ["crossover", ""])
    yield from table.hits(wrong, "period", "the study is {}", designs)
    # one half of the people has the drug in a period, the other the placebo
    many = (period > 0) & (n > MOST_OF_PERIOD * most) & table.mask("group", "ldn", "placebo")
    yield from table.hits(many, "n", "everybody cannot have been under one condition in one period")
