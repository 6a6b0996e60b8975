"""Rules on numbers of people: the arms of a trial hold no more than took part, and keep their places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import permutations

import numpy as np

from ldn_analysis.errors import BoolArray, FloatArray
from ldn_analysis.evidence.rules.agreement import ARMS
from ldn_analysis.evidence.rules.clauses import number_of, without
from ldn_analysis.evidence.rules.facts import COMPARISON, Facts, Fault, Hit, Table
from ldn_analysis.evidence.rules.registry import notice, suspicious
from ldn_analysis.evidence.vocabulary import is_percent_reduction


def _ldn(table: Table, rows: list[int], column: str) -> float:
    """People on LDN in some rows: those of the doses added, or of the row of all doses (the larger)."""
    n, doses = table.number(column), table.text("dose_mg_per_day")
    dosed = sum(float(n[row]) for row in rows if doses[row] and n[row] > 0)
    return max([dosed, *(float(n[row]) for row in rows if not doses[row] and n[row] > 0)])


def _in_arms(table: Table, rows: list[int]) -> float:
    """People in the arms of a comparison: those on LDN, and the control group once (its largest row)."""
    n, groups = table.number("n"), table.text("group")
    control = max((float(n[row]) for row in rows if groups[row] == "placebo"), default=0.0)
    return _ldn(table, [row for row in rows if groups[row] == "ldn"], "n") + control


def took_part(facts: Facts, table: Table) -> FloatArray:
    """People of each row's study: randomised, else analysed."""
    randomised = facts.study_number(table, "n_randomised")
    return np.where(np.isnan(randomised), facts.study_number(table, "n_analysed"), randomised)


PEOPLE = re.compile(
    r"(?<!of )(?<!and )\b(?:(\d+)(?: LDN)? and )?(\d+)(?: placebo)? (randomi[sz]ed|analysed)\b"
    r"(?! (?:to|per|in)\b)"
)
THIRD = re.compile(r"\b(?:third|fourth|other|another) (?:arm|group)\b|\bin each (?:arm|group)\b", re.I)
"""Of one arm among several."""
THIRD_ARM = re.compile(r"\b(?:third|fourth) (?:arm|group) (?:of \d+ )?(?:took|received|got|had)\b", re.I)
"""One of which nothing is a row, and whose people were analysed too."""


OF_ALL = (
    ("n_analysed", re.compile(r"\bonly (\d+)\b[^.;]*\bcompleted\b|\b\d+ of (\d+) evaluable\b", re.I)),
    ("n_randomised", re.compile(r"\b\d+ of (\d+) (?:are|were) (?:wo)?men\b|\b(\d+) were included\b", re.I)),
)
"""Everybody in the notes of a study without a control group, by the column that holds their number."""
LOST = re.compile(r"\b(\w+) (?:people |women |patients )?did not complete\b", re.I)
A_CASE = 9
"""People whom a report of cases has at most."""


def _without_control(studies: Table) -> Iterator[Fault]:
    """Numbers of people that the notes of a study without a control group contradict."""
    once = studies.mask("design_type", "single-arm", "dose-finding", "observational", "case report")
    began, analysed = studies.number("n_randomised"), studies.number("n_analysed")
    for row in np.flatnonzero(once).tolist():
        notes = studies.text("notes")[row]
        for column, words in OF_ALL:
            for everybody in {float("".join(numbers)) for numbers in words.findall(notes)}:
                if studies.filled(column)[row] and everybody not in (began[row], analysed[row]):
                    yield row, column, f"its notes speak of {everybody:g}"
        match = LOST.search(notes)
        lost = number_of(match[1]) if match else None
        if match and lost is not None and abs(began[row] - analysed[row] - lost) > 0:
            yield row, "n_randomised", f"{analysed[row]:g} are analysed; its notes say {match[0]!r}"
    cases = studies.mask("design_type", "case report") & (np.fmax(began, analysed) > A_CASE)
    yield from studies.hits(cases, "n_analysed", "is many for a report of cases")


@notice("studies")
def people_as_said(studies: Table, facts: Facts) -> Iterator[Fault]:
    """Another number of people in a study than its notes, or the basis of its risk of bias, say, or more than
    a report of cases has."""
    stated: dict[tuple[str, str], set[float]] = {}
    for study, text in (*studies.keys("study_id", "notes"), *facts["risk_of_bias"].keys("study_id", "basis")):
        for ldn, number, kind in PEOPLE.findall(without(THIRD, text)):
            column = "n_analysed" if kind == "analysed" else "n_randomised"
            stated.setdefault((study, column), set()).add(float(number) + float(ldn or 0))
    for (study, column), numbers in stated.items():
        row = facts.row_of_study.get(study, -1)
        if row >= 0 and studies.filled(column)[row] and studies.number(column)[row] not in numbers:
            listed = " or ".join(f"{number:g}" for number in sorted(numbers))
            yield row, column, f"its notes or its risk of bias say {listed}"
    yield from _without_control(studies)


def both_analyses(table: Table) -> Iterator[tuple[int, int]]:
    """Rows of one arm by intention to treat and of its complete cases, each with each."""
    arm = ("study_id", "week", "group", "dose_mg_per_day", "period")
    outcome = ("event",) if table.has("event") else ("measure", "unit", "statistic")
    analysis = table.text("analysis")
    for rows in table.groups(*outcome, *arm, where=table.filled("analysis")).values():
        for every, some in permutations(rows, 2):
            if (analysis[every], analysis[some]) == ("intention to treat", "complete cases"):
                yield every, some


LEAST_OF_ANALYSED, LEAST_OF_RANDOMISED, FEWER = 0.6, 0.33, 0.9
"""Shares of those analysed whose pain is known at the main time, and of those randomised who are analysed;
and the first that is asked about."""


def main_weeks(facts: Facts) -> dict[str, str]:
    """The week of the main result in pain, by study."""
    sets = facts["study_sets"].keys("study_id", "outcome", "primary_week")
    return {study: week for study, outcome, week in sets if outcome == "pain"}


def _at_main_week(table: Table, facts: Facts) -> BoolArray:
    """Rows of the week of their study's main result in pain; every row where none is declared."""
    main = main_weeks(facts)
    weeks = table.keys("study_id", "week")
    return np.array([week == main.get(study, week) for study, week in weeks], dtype=bool)


def _few_of_study(table: Table, facts: Facts) -> Iterator[Hit]:
    """Trials that analysed a small part of those randomised, or pain at their main time of few of them."""
    studies, n, groups = facts["studies"], table.number("n"), table.text("group")
    randomised, analysed = studies.number("n_randomised"), studies.number("n_analysed")
    lost = analysed < LEAST_OF_RANDOMISED * randomised
    for fault in studies.hits(lost, "n_randomised", "only {:g} are analysed", analysed):
        yield Hit("studies", *fault)
    at_main, of_study = _at_main_week(table, facts), facts.study_number(table, "n_analysed")
    of_study = np.where(np.isnan(of_study), facts.study_number(table, "n_randomised"), of_study)
    fits = table.mask("domain", "pain") & ~table.mask("analysis", "complete cases") & ~table.filled("period")
    fits &= facts.study_mask(table, "design_type", "parallel", "crossover")
    once = facts.study_mask(table, "design_type", "crossover")
    spread, dosed = table.filled("sd"), table.filled("dose_mg_per_day")
    for (_, _, dose, *_), rows in table.groups(
        "study_id", "measure", "dose_mg_per_day", "group", where=fits & spread & dosed
    ).items():
        most = float(np.nanmax(n[rows], initial=0.0))
        for row in rows:
            if at_main[row] and n[row] < LEAST_OF_ANALYSED * most:
                yield Hit(table.name, row, "n", f"the arm of {float(dose):g} mg has {most:g} in another row")
    for rows in table.comparisons(where=fits).values():
        added = _in_arms(table, rows)
        most = max([added, *(float(n[row]) for row in rows if groups[row] in ("ldn-placebo", "all"))])
        both = once[rows[0]] and {"ldn", "placebo"} <= {groups[row] for row in rows}  # else of other weeks
        least = LEAST_OF_ANALYSED * of_study[rows[0]] * (2 if both and added == most else 1)
        by_number = spread[rows].all() and not np.isnan(n[rows]).any()  # it decides the weight
        if by_number and at_main[rows[0]] and most < least and not dosed[rows].any():
            reason = f"{most:g} people; the study has {of_study[rows[0]]:g} (complete cases: say so)"
            yield Hit(table.name, rows[0], "n", reason)


@notice("outcomes")
def fewer_than_analysed(table: Table, facts: Facts) -> Iterator[Fault]:
    """Pain at the main time of clearly fewer people than were analysed: complete cases, or a digit?"""
    analysed, n, groups = facts.study_number(table, "n_analysed"), table.number("n"), table.text("group")
    fits = table.mask("domain", "pain") & facts.study_mask(table, "design_type", "parallel")
    fits &= ~table.filled("analysis") & (table.number("week") != 0) & _at_main_week(table, facts)
    notes = facts.study_text(table, "notes")
    fits &= np.array([not THIRD_ARM.search(text) for text in notes], dtype=bool)
    for rows in table.groups("study_id", where=fits).values():
        of_contrasts = (float(n[row]) for row in rows if groups[row] == "ldn-placebo")
        most = max(_in_arms(table, rows), *of_contrasts, 0.0)
        if not np.isnan(n[rows]).any() and most < FEWER * analysed[rows[0]]:
            reason = f"{most:g} people with pain at this time; the study analysed {analysed[rows[0]]:g}"
            yield rows[0], "n", reason


LS_MEANS = 0.03
"""Share of the scale by which a mean from a model, of everybody, may lie off that of the same people."""


def _beyond_those_who_left(table: Table, every: int, some: int) -> Iterator[Fault]:
    """Means of everybody that those who left cannot have brought about, beside that of complete cases."""
    ends = [float(table.number(name)[some]) for name in ("scale_min", "scale_max")]
    value, n, statistic = table.number("value"), table.number("n"), table.text("statistic")[some]
    if is_percent_reduction(table.text("unit")[some]) or statistic not in ("mean", "mean change"):
        return
    width = ends[1] - ends[0]
    most = max(value[some] - ends[0], ends[1] - value[some]) if statistic == "mean" else 2 * width
    left = float(n[every] - n[some])
    if abs(value[every] - value[some]) > left / n[every] * most + LS_MEANS * width:
        mean = f"{value[some]:g} among complete cases"
        yield every, "value", f"{mean}: the {left:g} others cannot have brought it to this"


def _unlike_complete_cases(table: Table) -> Iterator[Fault]:
    """Groups of more complete cases than people, or whose means those who left cannot have set so apart."""
    n = table.number("n")
    for every, some in both_analyses(table):
        if n[some] > n[every]:
            yield some, "n", f"more complete cases than the {n[every]:g} by intention to treat"
        elif table.name == "outcomes" and n[some] > 0:
            yield from _beyond_those_who_left(table, every, some)


@suspicious("outcomes", "events")
def arms_within_study(table: Table, facts: Facts) -> Iterator[Fault | Hit]:
    """Arms of a trial that hold more people together than took part, or a small part of those analysed, or
    randomised; an arm with more complete cases than people by intention to treat, or whose means differ
    further than those who left allow."""
    groups, most = table.text("group"), took_part(facts, table)
    analysed, weeks, main = facts.study_number(table, "n_analysed"), table.number("week"), main_weeks(facts)
    # More may come to an earlier visit than are analysed.
    early = weeks < [float(main.get(study) or weeks[row]) for row, study in enumerate(table.text("study_id"))]
    early |= (weeks == 0) | table.filled("period")
    unknown = np.isnan(facts.study_number(table, "n_randomised")) & early & ~table.filled("period")
    most = np.where(unknown, most / LEAST_OF_ANALYSED, most)  # how many began is not said: some left
    yield from _unlike_complete_cases(table)
    of_counts = table.name == "events"
    if not of_counts:
        yield from _few_of_study(table, facts)
    # The groups of a row are different people in a parallel trial, or in one period of a crossover.
    apart = facts.study_mask(table, "design_type", "parallel") | table.filled("period")
    for rows in table.comparisons(where=apart).values():
        if of_counts and sum(groups[row] == "ldn" for row in rows) < 2:
            continue  # of one arm against another `group_sizes` speaks
        control = [row for row in rows if groups[row] == "placebo"]
        contrasts = [row for row in rows if groups[row] == "ldn-placebo"]
        for of, people in ((control, _in_arms(table, rows)), (contrasts, _of_contrasts(table, contrasts))):
            if of and people > most[of[0]]:
                yield of[0], "n", f"the arms add up to {people:g}, more than the {most[of[0]]:g} of the study"
            elif of and people > analysed[of[0]] and not (early[of[0]] or of_counts):
                yield of[0], "n", f"the arms add up to {people:g}; the study analysed {analysed[of[0]]:g}"


def _of_contrasts(table: Table, rows: list[int]) -> float:
    """People in the contrasts of several doses with the one control group that they share."""
    if len(rows) < 2:
        return 0.0  # of one contrast `group_sizes` speaks
    control = max(float(table.number("n_placebo")[row]) for row in rows)
    return _ldn(table, rows, "n_ldn") + control


def _pairs(facts: Facts) -> Iterator[tuple[Table, int, str, float, float]]:
    """Sizes of the two arms wherever a parallel trial states both: table, row, study, LDN, placebo."""
    outcomes = facts["outcomes"]
    a, b = outcomes.number("n_ldn"), outcomes.number("n_placebo")
    for row, study in enumerate(outcomes.text("study_id")):
        if a[row] > 0 and b[row] > 0 and not outcomes.text("dose_mg_per_day")[row]:
            yield outcomes, row, study, float(a[row]), float(b[row])
    for name in COMPARISON:
        table = facts[name]
        n, groups, doses = table.number("n"), table.text("group"), table.text("dose_mg_per_day")
        for rows in table.comparisons().values():
            pair = {groups[row]: row for row in rows if groups[row] in ARMS and not doses[row]}
            if len(pair) == 2 and all(n[row] > 0 for row in pair.values()):
                ldn, placebo = pair["ldn"], pair["placebo"]
                yield table, placebo, table.text("study_id")[placebo], float(n[ldn]), float(n[placebo])


IN_ARMS = re.compile(
    r"\b(\d+) (?:people )?(?:on |to |under |with )?(?:LDN|naltrexone)(?:,|;| and| v\.?| vs\.?) (\d+)"
    r" (?:on |to |under |with )?(?:placebo|control)\b",
    re.I,
)
"""Sizes of the arms in words: '45 LDN; 47 placebo'."""


@suspicious("outcomes")
def arms_keep_sizes(_: Table, facts: Facts) -> Iterator[Hit]:
    """Arms whose numbers are those of the other arm elsewhere, or in words: were they swapped?"""
    studies = facts["studies"].keys("study_id", "design_type", "notes")
    parallel = {study: notes for study, design, notes in studies if design == "parallel"}
    first: dict[str, tuple[float, float]] = {}
    for table, row, study, ldn, placebo in _pairs(facts):
        if study not in parallel:
            continue
        words = IN_ARMS.search(table.text("location")[row]) or IN_ARMS.search(parallel[study])
        if words and (ldn - placebo) * (float(words[1]) - float(words[2])) < 0:
            reason = f"{ldn:g} on LDN and {placebo:g} on placebo; the location or the notes say {words[0]!r}"
            yield Hit(table.name, row, "n", reason)
        was, other = first.setdefault(study, (ldn, placebo))
        direct, swapped = abs(ldn - was) + abs(placebo - other), abs(ldn - other) + abs(placebo - was)
        if swapped < direct / 2:
            reason = f"{ldn:g} on LDN and {placebo:g} on placebo; another row has {was:g} and {other:g}"
            yield Hit(table.name, row, "n", reason)
