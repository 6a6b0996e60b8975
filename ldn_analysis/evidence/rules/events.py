"""Rules on counts of events: pairs of arms, denominators, thresholds in order, words."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from ldn_analysis.errors import BoolArray, FloatArray
from ldn_analysis.evidence.integrity import Z95, counts_of
from ldn_analysis.evidence.rules.definitions import RESPONSE, listed_kinds
from ldn_analysis.evidence.rules.facts import COMPARISON, Facts, Fault, Key, Table
from ldn_analysis.evidence.rules.outcomes import AFTER_LAST_DOSE
from ldn_analysis.evidence.rules.people import both_analyses
from ldn_analysis.evidence.rules.registry import impossible, notice, suspicious
from ldn_analysis.evidence.vocabulary import HARM_KINDS

ARM = ("study_id", "week", "group", "analysis", "dose_mg_per_day", "period")


def people_counted(facts: Facts) -> FloatArray:
    """People with the event in each row of events: as counted, else the one whole number that is the
    percentage; NaN where neither gives them."""
    table = facts["events"]
    counts, n = table.number("events").copy(), table.number("n")
    for row in np.flatnonzero(np.isnan(counts) & (n > 0) & table.filled("percent")).tolist():
        first, last = counts_of(table.printed("percent", row), float(n[row]))
        if first == last:
            counts[row] = first
    return counts


def _kinds(facts: Facts) -> list[str]:
    """The kind of each row's event, as the list of events has it; that of a pain response by its name."""
    listed = facts.once(listed_kinds)
    return [
        "response" if RESPONSE.fullmatch(event) else listed.get(event, "").replace("response", "other")
        for event in facts["events"].text("event")
    ]


def _together(table: Table, facts: Facts, where: BoolArray | None = None) -> dict[Key, list[int]]:
    """Rows of one count of a trial, by `COMPARISON`; in a crossover a row of placebo at the end of its own
    condition belongs to those at the end of the drug's."""
    weeks, lasted = table.number("week"), facts.study_number(table, "treatment_weeks")
    at_end = facts.study_mask(table, "design_type", "crossover") & table.mask("group", "placebo")
    at_end &= weeks == facts.study_number(table, "control_weeks")
    texts = [f"{week:g}" for week in np.where(at_end, lasted, weeks)]
    rows: dict[Key, list[int]] = defaultdict(list)
    keys = table.keys(*(name for name in COMPARISON["events"] if name != "week"))
    for row in range(len(keys)) if where is None else np.flatnonzero(where).tolist():
        rows[*keys[row], texts[row]].append(row)
    return rows


@suspicious("events")
def event_in_pairs(table: Table, facts: Facts) -> Iterator[Fault]:
    """A count of one group of a placebo-controlled trial without its partner."""
    placebo, groups = facts.study_mask(table, "control", "placebo"), table.text("group")
    for rows in _together(table, facts).values():
        if len({groups[row] for row in rows}) == 1:
            other = "placebo" if groups[rows[0]] == "ldn" else "ldn"
            sentence = f"has no partner: no {other} row with this event, week and analysis"
            yield from table.hits([row for row in rows if placebo[row]], "group", sentence)


@notice("events", "outcomes")
def counts_of_every_dose(table: Table, facts: Facts) -> Iterator[Fault]:
    """Counts or results of some of the doses that a trial reports: they are compared, and counts are said to
    be of those alone."""
    reported = defaultdict[str, set[float]](set)
    for source in (facts["events"], facts["outcomes"]):
        doses = source.number("dose_mg_per_day")
        for row in np.flatnonzero(~np.isnan(doses)).tolist():
            reported[source.text("study_id")[row]].add(float(doses[row]))
    doses = table.number("dose_mg_per_day")
    for (study, *_), rows in table.comparisons(where=table.mask("group", "ldn")).items():
        left = sorted(reported[study] - {float(doses[row]) for row in rows})
        if left and not np.isnan(doses[rows]).any():
            listed = " and ".join(f"{dose:g}" for dose in left)
            fate = "is not counted: said beside it" if table.name == "events" else "has no row: left out"
            yield rows[0], "dose_mg_per_day", f"{listed} mg {fate}"


@impossible("events")
def paired_fits_design(table: Table, facts: Facts) -> Iterator[Fault]:
    """Paired counts of a parallel trial or of one period, or unpaired ones of both conditions of a
    crossover."""
    designs, paired = facts.study_text(table, "design_type"), table.text("paired")
    one_period = table.filled("period")
    same = "in a crossover the same people are in both groups (of one period alone: say which in period)"
    for row, design in enumerate(designs):
        if paired[row] == "yes" and design and design != "crossover":
            yield row, "paired", f"the study is {design}: nobody is in both groups"
        elif paired[row] == "yes" and one_period[row]:
            yield row, "paired", "in one period of a crossover nobody is in both groups"
        if paired[row] == "no" and design == "crossover" and not one_period[row]:
            yield row, "paired", same
    for first, *others in _together(table, facts).values():
        unlike = [row for row in others if paired[row] != paired[first]]
        yield from table.hits(unlike, "paired", f"the other group has {paired[first] or 'nothing'!r}")


@impossible("events")
def both_fits_counts(table: Table, facts: Facts) -> Iterator[Fault]:
    """People with an event under both conditions that the two counts do not allow, of one row alone, or in a
    parallel trial."""
    both, counts, n = table.number("both"), facts.once(people_counted), table.number("n")
    yield from table.hits((both >= 0) & ~table.mask("paired", "yes"), "both", "only paired counts have it")
    yield from table.hits(both > counts, "both", "must not be above events ({:g})", counts)
    for rows in _together(table, facts).values():
        first = next((row for row in rows if both[row] >= 0), None)
        for row in (row for row in rows if first is not None and row != first):
            if both[row] != both[first]:
                yield row, "both", f"the other condition has {both[first]:g}"
            elif counts[row] + counts[first] - both[row] > n[row]:
                least = counts[row] + counts[first] - n[row]
                yield row, "both", f"must be at least {least:g}: there are {n[row]:g} people"


@impossible("events")
def rate_in_both(table: Table, facts: Facts) -> Iterator[Fault]:
    """A time at risk of one group alone, or longer than its people could have."""
    time, n, weeks = table.number("person_weeks"), table.number("n"), table.number("week")
    lasted = facts.study_number(table, "treatment_weeks")
    for rows in _together(table, facts).values():
        if 0 < sum(time[row] > 0 for row in rows) < len(rows):
            alone = [row for row in rows if not time[row] > 0]
            yield from table.hits(alone, "person_weeks", "the other group has a time at risk, this one none")
    longest = np.fmax(weeks, lasted)
    over = time > n * (longest + AFTER_LAST_DOSE)
    yield from table.hits(over, "person_weeks", "more than {:g} people have in {:g} weeks", n, longest)


@suspicious("events")
def one_denominator(table: Table, facts: Facts) -> Iterator[Fault]:
    """One arm, week and analysis with two numbers of participants."""
    n, counted, analysis = table.number("n"), table.number("events"), table.text("analysis")
    kinds = [kind.removeprefix("serious ") for kind in facts.once(_kinds)]
    # Responders share a denominator, harms do (those who took the drug), people who stopped do (all who were
    # randomised).
    groups = [(*key, kind) for key, kind in zip(table.keys(*ARM), kinds, strict=True)]
    of_event = table.keys("study_id", "event", "week", "analysis")
    numbered = {key for key, people in zip(of_event, n, strict=True) if people > 0}
    first: dict[tuple[object, ...], int] = {}
    for row in np.flatnonzero(~np.isnan(n)).tolist():
        first.setdefault(groups[row], row)
    for row, group in enumerate(groups):
        before = first.get(group, row)
        missed = kinds[row] == "response" or of_event[row] in numbered
        known = not np.isnan(n[row]) or (counted[row] >= 0 and missed)  # a share of nobody knows how many
        if (analysis[row] or kinds[row] in ("response", *HARM_KINDS)) and known and n[row] != n[before]:
            empty = "is empty: " if np.isnan(n[row]) else ""
            other = "no number" if np.isnan(n[before]) else f"{n[before]:g}"
            yield row, "n", f"{empty}the same group has {other} in another row"


@notice("events")
def responders_of_fewer(table: Table, facts: Facts) -> Iterator[Fault]:
    """Responders among fewer people than the pain of their arm is of at that week: of those who stayed?"""
    outcomes = facts["outcomes"]
    pain = outcomes.mask("domain", "pain") & (outcomes.number("week") != 0)
    most: dict[Key, float] = {}
    for row in np.flatnonzero(pain & facts.study_mask(outcomes, "design_type", "parallel")).tolist():
        columns = ("study_id", "week", "dose_mg_per_day", "group")
        study, week, dose, group = (outcomes.text(column)[row] for column in columns)
        for arm, column in (("ldn", "n_ldn"), ("placebo", "n_placebo"), (group, "n")):
            key: Key = (study, week, arm, dose if arm == "ldn" else "")
            most[key] = np.fmax(most.get(key, math.nan), outcomes.number(column)[row])
    n, kinds = table.number("n"), facts.once(_kinds)
    for row, key in enumerate(table.keys("study_id", "week", "group", "dose_mg_per_day")):
        of_all = kinds[row] == "response" and table.text("analysis")[row] != "complete cases"
        if of_all and n[row] < (1 - MISSING) * most.get(key, math.nan):
            people = f"the pain of this arm is of {most[key]:g} people"
            yield row, "n", f"{people}: complete cases? then say so in analysis"


MISSING = 0.1
"""Share of an arm's people, or of a crossover's, who may be missing in one number and not in another."""


def _few_missing(table: Table, rows: list[int]) -> bool:
    """Whether conditions differ by a few people, and no paired result is of more than the smaller one has."""
    n, groups = table.number("n"), table.text("group")
    arms = [float(n[row]) for row in rows if groups[row] in ("ldn", "placebo")]
    pairs = [float(n[row]) for row in rows if groups[row] == "ldn-placebo"]
    if len(set(arms)) < 2 or min(arms) < (1 - MISSING) * max(arms):
        return False
    return all((1 - MISSING) * min(arms) <= pair <= min(arms) for pair in pairs)


def _conditions(table: Table, facts: Facts) -> dict[Key, list[int]]:
    """Rows of outcomes that are conditions of one crossover, after the start."""
    fits = facts.study_mask(table, "design_type", "crossover") & ~table.filled("period")
    fits &= ~(table.number("week") == 0) & table.mask("group", "ldn", "placebo", "ldn-placebo")
    return table.groups("study_id", "measure", "unit", "analysis", where=fits)


@notice("outcomes")
def crossover_missing(table: Table, facts: Facts) -> Iterator[Fault]:
    """Conditions of a crossover that a few people lack: the smaller number is taken as that of the pairs."""
    for rows in _conditions(table, facts).values():
        if _few_missing(table, rows):
            least = min(float(table.number("n")[row]) for row in rows)
            yield rows[0], "n", f"the pairs are taken as {least:g}"


@suspicious("events", "outcomes")
def crossover_same_people(table: Table, facts: Facts) -> Iterator[Fault]:
    """The conditions of a crossover, or paired counts, of two numbers of people that do not belong together,
    or that add up to everybody."""
    if table.name == "events":
        conditions = _together(table, facts, table.mask("paired", "yes"))
    else:
        conditions = _conditions(table, facts)
    n, analysed, kinds = table.number("n"), facts.study_number(table, "n_analysed"), facts.once(_kinds)
    for rows in conditions.values():
        arms = {table.text("group")[row]: float(n[row]) for row in rows}
        if set(arms) == {"ldn", "placebo"} and len(rows) == 2 and sum(arms.values()) == analysed[rows[0]]:
            yield rows[0], "n", "half of the people: is it one period, or one order?"
        # Harms are counted in all who took the drug, or the placebo: a few took only the one.
        apart = table.name == "outcomes" or kinds[rows[0]] in HARM_KINDS
        if apart and _few_missing(table, rows):
            continue
        for row in rows[1:]:
            neither = np.isnan(n[row]) and np.isnan(n[rows[0]])
            if n[row] != n[rows[0]] and not neither:
                other = f"{n[rows[0]]:g}" if n[rows[0]] > 0 else "no number"
                yield row, "n", f"the other condition has {other}: both are the same people"


@suspicious("events")
def percent_of_people(table: Table) -> Iterator[Fault]:
    """A printed percentage that no whole number of the people gives, or below 1 of an unknown number."""
    n, counts, rates = table.number("n"), table.number("events"), table.number("person_weeks")
    share = np.isnan(n) & (table.number("percent") > 0) & (table.number("percent") < 1)
    yield from table.hits(share, "percent", "less than one in a hundred: is it a share of 1?")
    for row, text in enumerate(table.text("percent")):
        if not text or not n[row] > 0 or not np.isnan(counts[row]) or rates[row] > 0:
            continue
        percent = table.printed("percent", row)
        first, last = counts_of(percent, float(n[row]))
        if last < first:
            near = round(percent.value / 100 * n[row])
            nearest = f"{near:g} are {100 * near / n[row]:.1f}%"
            yield row, "percent", f"no number of {n[row]:g} people gives it: {nearest}"


@impossible("events")
def responders_in_order(table: Table, facts: Facts) -> Iterator[Fault]:
    """More responders at a higher threshold than at a lower one."""
    matches = map(RESPONSE.fullmatch, table.text("event"))
    thresholds = [int(match[1]) if match else 0 for match in matches]
    counts, n = facts.once(people_counted), table.number("n")
    for rows in table.groups(*ARM, where=table.where("event", RESPONSE.fullmatch)).values():
        for lower, higher in pairwise(sorted(rows, key=thresholds.__getitem__)):
            if n[lower] == n[higher] and counts[higher] > counts[lower]:
                sentence = f"more than the {counts[lower]:g} of {table.text('event')[lower]!r}"
                yield higher, count_column(table, higher), sentence


def count_column(table: Table, row: int) -> str:
    """Where a row states its count."""
    return "events" if table.text("events")[row] else "percent"


PARTS = {
    "any adverse event": ("adverse event", "serious adverse event"),
    "serious adverse event": ("serious adverse event",),
    "stopped for any reason": ("discontinuation",),
}
"""Events that hold every person with one of these kinds."""
WITH_HARM = ("stopped for side effects", "serious adverse event")
"""Events of people who had an adverse event."""
MOST_STOPPED, MOST_ON_PLACEBO, ENOUGH = 0.6, 0.6, 20
"""Shares of people who stopped in both groups, and of at least so many who responded to placebo, beyond those
of trials of fibromyalgia (30.8 and 18.8% respond at 30 and 50%, 10.1007/s00482-011-1106-4)."""
MOST_OF_A_GROUP = {"serious adverse event": 0.1, "stopped for side effects": 0.4}
"""Shares of a group of which no trial of a low dose is known to have had more, by our judgement."""


@notice("events")
def count_unusual(table: Table, facts: Facts) -> Iterator[Fault]:
    """Most of both groups stopped, many of one had a serious event or stopped for side effects, most
    responded to placebo, or clearly fewer had a harm on LDN than on placebo: are people without it counted,
    or the groups exchanged?"""
    n, counts, groups = table.number("n"), facts.once(people_counted), table.text("group")
    two = facts.study_mask(table, "control", "placebo") & ~table.filled("person_weeks")
    for rows in table.comparisons(two & ~table.mask("paired", "yes") & (n > 0)).values():
        drug = [row for row in rows if groups[row] == "ldn"]
        placebo = [row for row in rows if groups[row] == "placebo"]
        if not drug or len(placebo) != 1:
            continue
        row, event = placebo[0], table.text("event")[placebo[0]]
        (a, n1), (c, n2) = ((float(sum(counts[of])), float(sum(n[of]))) for of in (drug, placebo))
        threshold, share = RESPONSE.fullmatch(event), (a + c) / (n1 + n2)
        column, both = count_column(table, row), f"{a:g} of {n1:g} on LDN and {c:g} of {n2:g} on placebo"
        if event == "stopped for any reason" and min(a / n1, c / n2) > MOST_STOPPED:
            yield row, column, f"{both} stopped: or are these those who completed?"
        elif n1 + n2 >= 2 * ENOUGH and max(a / n1, c / n2) > MOST_OF_A_GROUP.get(event, 1):
            yield row, column, f"{both}: is it another event, or a digit too many?"
        elif threshold and int(threshold[1]) >= 30 and n2 >= ENOUGH and c / n2 > MOST_ON_PLACEBO:
            yield row, column, f"{c:g} of {n2:g} responded to placebo: or are these those who did not?"
        elif (facts.once(_kinds)[row].endswith("adverse event") or event in WITH_HARM) and 0 < share < 1:
            error = math.sqrt(share * (1 - share) * (1 / n1 + 1 / n2))
            if c / n2 - a / n1 > Z95 * error:
                yield row, column, f"{both}, a harm that LDN would prevent: are the groups exchanged?"


@suspicious("events")
def parts_within_whole(table: Table, facts: Facts) -> Iterator[Fault]:
    """More people with one harm, or who stopped for side effects, than with any harm, who stopped for one
    reason than for any, or with an event among complete cases than among all."""
    events, counts = table.text("event"), facts.once(people_counted)
    people = ~table.filled("person_weeks")
    for every, some in both_analyses(table):
        if people[every] and people[some] and counts[some] > counts[every]:
            yield every, count_column(table, every), f"fewer than the {counts[some]:g} of complete cases"
    for rows in table.groups(*ARM, where=people).values():
        for whole in (row for row in rows if events[row] in PARTS):
            yield from _beyond_whole(facts, rows, whole)


def _beyond_whole(facts: Facts, rows: list[int], whole: int) -> Iterator[Fault]:
    """More people with an event than with what holds it."""
    table, kinds = facts["events"], facts.once(listed_kinds)
    events, counts, n = table.text("event"), facts.once(people_counted), table.number("n")
    for row in (row for row in rows if n[row] == n[whole]):
        part = kinds.get(events[row]) in PARTS[events[whole]] and events[row] not in PARTS
        part |= events[whole] == "any adverse event" and events[row] in WITH_HARM
        if part and counts[row] > counts[whole]:
            yield row, count_column(table, row), f"more than the {counts[whole]:g} with {events[whole]!r}"
