"""Rules on results that nothing confirms, or that need another look: a slip in them is an honest trial to
every other rule."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from itertools import product

import numpy as np

from ldn_analysis.evidence.integrity import t_of_p
from ldn_analysis.evidence.rules.agreement import ARMS, arm_rows, arms_of, contrast_rows
from ldn_analysis.evidence.rules.differences import UNADJUSTED
from ldn_analysis.evidence.rules.directions import (
    side_in_notes,
    sides_in_words,
    sides_of_arms,
    sides_of_responders,
)
from ldn_analysis.evidence.rules.facts import Facts, Fault, Key, Table
from ldn_analysis.evidence.rules.outcomes import kinds, scale_width
from ldn_analysis.evidence.rules.people import main_weeks
from ldn_analysis.evidence.rules.registry import notice
from ldn_analysis.evidence.rules.spreads import errors_of, sds_of_arm
from ldn_analysis.evidence.rules.study_sets import pool_members
from ldn_analysis.evidence.vocabulary import OF_DIFFERENCES

PRINTED = {form.columns[0]: form.of_difference or "interval" for form in OF_DIFFERENCES.values()}
PRINTED |= {"p_value": "p value", "iqr": "width between quartiles"}
"""What a row may print of the precision of a difference, by its first column, in words."""
OUT = ["pain", "excluded"]
"""Outcome and set of a study whose result in pain enters no pool."""
RAW = {word: of for word, of in UNADJUSTED.items() if word != "paired difference"}
"""Differences whose precision the spreads of the arms give, without a model or a correlation."""


def _precisions(facts: Facts, row: int) -> list[str]:
    """What gives the precision of a difference, each in a way that contradicts the others if it is a slip."""
    table = facts["outcomes"]
    printed = [name for name in PRINTED if table.text(name)[row]]
    if table.text("p_bound")[row] or table.text("p_value_from")[row]:
        # A bound, or the p value of another test, contradicts hardly anything.
        printed = [name for name in printed if name != "p_value"] or printed
    if table.text("effect_size")[row] and {"lower95", "iqr"} & set(printed):  # with these it is compared
        printed.append("effect_size")
    pair = arms_of(facts, row, *RAW.get(table.text("statistic")[row], ()))
    return [*printed, "arms"] if pair and all(sds_of_arm(table, arm) for arm in pair) else printed


def _alone(facts: Facts, row: int, precision: str) -> Fault:
    """A difference of whose precision this is all that is printed."""
    further = "the interval" if precision in ("t_value", "f_value", "p_value") else "the p value"
    further += " or the groups' SDs" if facts["outcomes"].text("statistic")[row] in RAW else ""
    remedy = f"type {further} too, if the report gives it"
    return row, precision, f"the precision rests on the {PRINTED[precision]} alone: {remedy}"


def _sides_alone(table: Table, facts: Facts) -> Iterator[int]:
    """LDN arms of comparisons of which the two values alone say which group did better."""
    where, notes, better = table.text("location"), facts.study_text(table, "notes"), table.text("better")
    responders = {(arm[0], z > 0) for arm, z, *_ in sides_of_responders(facts)}
    for ldn, placebo, side in sides_of_arms(table, facts):
        less = better[ldn] == "lower"
        # On the other side they are refused.
        in_words = sides_in_words(where[ldn], less) | sides_in_words(where[placebo], less)
        both = arms_of(facts, ldn, "mean") and arms_of(facts, ldn, "mean change")
        responded = (table.text("study_id")[ldn], side == "ldn") in responders
        if not (in_words or both or responded or side_in_notes(notes[ldn], less)):
            yield ldn
    # What is of a first period stands apart, and equal values have no side.
    groups, value, pain = table.text("group"), table.number("value"), table.mask("domain", "pain")
    of = ("study_id", "measure", "unit", "week", "statistic", "analysis", "period", "dose_mg_per_day")
    for (*_, period, _), rows in table.groups(*of, where=pain & (table.number("week") != 0)).items():
        pair = [row for row in rows if groups[row] in ("ldn", "placebo")]
        if len(pair) != 2 or not (float(period or 0) == 1 or value[pair[0]] == value[pair[1]]):
            continue
        ldn, placebo = sorted(pair, key=groups.__getitem__)
        less = better[ldn] == "lower"
        words = sides_in_words(where[ldn], less) | sides_in_words(where[placebo], less)
        gain = (value[placebo] - value[ldn]) * (1 if less else -1)
        if not gain or ("ldn" if gain > 0 else "placebo") not in words | side_in_notes(notes[ldn], less):
            yield ldn


def _side_said(table: Table, row: int) -> bool:
    """Whether the row of a difference says in words which group did better."""
    where, less = table.text("location")[row], table.text("better")[row] == "lower"
    return bool(table.text("favours")[row] or sides_in_words(where, less))


@notice("outcomes")
def value_unconfirmed(table: Table, facts: Facts) -> Iterator[Fault]:
    """A result in pain that enters a pool and whose precision one printed number alone gives, or whose side
    the values of the two groups alone: nothing would contradict a slip in it."""
    # The spreads of two groups are held to the scale and to other trials: most trials print nothing else.
    weeks, main, sets = table.text("week"), main_weeks(facts), facts["study_sets"]
    out = {study for study, *judged in sets.keys("study_id", "outcome", "set") if judged == OUT}
    members = facts.once(pool_members) - out
    ended = table.number("week") > facts.study_number(table, "treatment_weeks") + 0.5
    valued, pain, kind_of = ~np.isnan(table.number("value")), table.mask("domain", "pain"), kinds(table)
    results: dict[Key, list[int]] = {}
    for row, key in enumerate(table.keys("study_id", "measure", "unit", "dose_mg_per_day", "period")):
        at_main = weeks[row] in ("", main[key[0]]) if main.get(key[0]) else not ended[row]
        if valued[row] and pain[row] and at_main and key[0] in members:
            results.setdefault(key, []).append(row)
    # The means of a crossover's conditions enter no pool until a correlation is assumed.
    joined = facts.study_mask(table, "design_type", "crossover") & table.mask("period", "")
    alone = {row for row in _sides_alone(table, facts) if not joined[row]}
    trials = dict(zip(*map(facts["studies"].text, ("study_id", "trial_id")), strict=True))
    shown: set[Key] = set()  # one notice a measure, whatever the doses, and none where the main report has it
    for key, rows in results.items():
        main_key = (trials.get(key[0], key[0]), *key[1:])
        place = (*key[:3], table.text("period")[rows[0]])
        if place in shown or (main_key != key and main_key in results):
            continue
        differences = [row for row in rows if kind_of[row] == "difference"]
        precisions = {row: names for row in differences if (names := _precisions(facts, row))}
        if precisions and all(len(names) == 1 and names[0] in PRINTED for names in precisions.values()):
            row = min(precisions, key=table.text("outcome_id").__getitem__)
            shown.add(place)
            yield _alone(facts, row, precisions[row][0])
        elif not any(_side_said(table, row) for row in differences) and (
            sided := [r for r in rows if r in alone]
        ):
            remedy = "say in the location which group did better"
            remedy += " (or in favours)" if differences else ", or type the difference and its p value"
            sentence = "which group did better rests on the values of the two groups alone"
            shown.add(place)
            yield min(sided, key=table.text("outcome_id").__getitem__), "value", f"{sentence}: {remedy}"


LEAST_LEFT, LEAST_OF_MODEL, MOST_LEFT = 0.88, 0.7, 1.2
"""How far the SE of an adjusted difference may lie below that which the value at the start alone leaves, and
above it: other covariates take a fifth of the variance at most; a mixed model has the variance of earlier
weeks too, and fewer people at the end."""


def _errors_left(facts: Facts, row: int) -> list[float]:
    """SEs of a difference adjusted for the value at the start, by the SDs of start, end and change of both
    arms, as their digits allow; empty where one of them is missing, or of other people."""
    table = facts["outcomes"]
    ends, changes = arms_of(facts, row, "mean"), arms_of(facts, row, "mean change")
    if ends is None or changes is None:
        return []
    doses, weeks = table.text("dose_mg_per_day"), table.number("week")
    groups = arm_rows(facts).get((*table.keys("study_id", "measure", "unit")[row], "mean"), {})
    starts = [
        at
        for group, end in zip(ARMS, ends, strict=True)
        for at in groups.get(group, [])
        if weeks[at] == 0 and doses[at] == doses[end]
    ]
    if len(starts) != 2:
        return []
    rows = np.array([starts, ends, changes])
    sd, n = table.number("sd")[rows], table.number("n")[rows]
    half = np.array([[table.printed("sd", at).half for at in pair] for pair in rows.tolist()])
    if not ((sd > 0) & (n > 1)).all() or (n != n[0]).any():
        return []
    free, apart, errors = n[0] - 1, np.diff(table.number("value")[starts])[0], []
    if np.isnan(apart):
        return []
    for signs in product((-1, 1), repeat=3):
        start, end, change = (sd + half * np.array(signs)[:, None]) ** 2 @ free
        left = max(end - ((start + end - change) / 2) ** 2 / start, 0.0) / (free.sum() - 1)
        errors.append(math.sqrt(left * ((1 / n[0]).sum() + apart**2 / start)))
    return errors


@notice("outcomes")
def adjusted_width(table: Table, facts: Facts) -> Iterator[Fault]:
    """An adjusted difference whose interval is much narrower, or wider, than the SDs of start, end and change
    leave it: limits at another level, or an SE as half of an interval?"""
    people = table.number("n_ldn") + table.number("n_placebo")
    for row in contrast_rows(table):
        statistic = table.text("statistic")[row]
        errors = _errors_left(facts, row) if statistic.startswith("adjusted") else []
        printed = errors_of(table, row, float(people[row]) - 3) if errors else {}
        least = LEAST_LEFT if "ANCOVA" in statistic else LEAST_OF_MODEL
        for column in sorted(printed.keys() & {"lower95", "se", "t_value"}):
            if not least * min(errors) <= printed[column] <= MOST_LEFT * max(errors):
                fits = f"{min(errors):.3g} to {max(errors):.3g}"
                why = f"implies an SE of {printed[column]:.3g}; adjusted for the start, the SDs give {fits}"
                yield row, column, why


COARSE = 20.0
"""Width of a scale, at most, on which means and SDs are printed with decimals."""
OFTEN = 0.5
"""Share of a trial's pairs of means, at least, that are all whole or half points: one in 600 is by chance."""


@notice("outcomes")
def means_in_halves(table: Table) -> Iterator[Fault]:
    """Means and SDs of pain in both groups that are all whole or half points: are they medians, and widths
    between quartiles?"""
    value, sd = table.number("value"), table.number("sd")
    halves = (value * 2 % 1 == 0) & (sd * 2 % 1 == 0) & (sd > 0) & (scale_width(table) <= COARSE)
    of_pain = table.mask("statistic", "mean") & table.mask("domain", "pain") & table.mask("unit", "points")
    groups, pairs, coarse = table.text("group"), defaultdict[Key, int](int), dict[Key, list[list[int]]]()
    measures = table.keys("study_id", "measure")
    for rows in table.comparisons(where=of_pain & table.mask("group", *ARMS)).values():
        if {groups[row] for row in rows} == {*ARMS}:
            pairs[measures[rows[0]]] += 1
            if halves[rows].all():
                coarse.setdefault(measures[rows[0]], []).append(rows)
    for measure, whole in coarse.items():
        if len(whole) >= OFTEN * pairs[measure]:  # one notice a measure, whatever the weeks
            each = " and ".join(f"{value[row]:g} ({sd[row]:g})" for row in whole[0])
            yield whole[0][0], "value", f"{each}: are these medians, and widths between quartiles?"


@notice("outcomes")
def instruments_joined(table: Table, facts: Facts) -> Iterator[Fault]:
    """Two instruments of pain, or of symptoms, in a trial of the pool, where from_measure names none: the
    mean of both enters."""
    sets, measures = facts["study_sets"], facts["measures"]
    common = {measure for measure, target in measures.keys("measure", "converts_to") if target}
    keys = sets.keys("study_id", "from_domain", "set", "from_measure")
    settled = {
        (study, domain) for study, domain, chosen, *named in keys if chosen == "excluded" or any(named)
    }
    members, dated = facts.once(pool_members), sets.keys("study_id", "from_domain", "primary_week")
    weeks = {(study, domain): week for study, domain, week in dated}
    compared = table.mask("group", "ldn", "ldn-placebo") & table.mask("domain", "pain", "symptom severity")
    compared &= ~np.isnan(table.number("value")) & (table.number("week") != 0) & ~table.filled("period")
    first: dict[Key, int] = {}
    for row, (study, domain, week, measure) in enumerate(table.keys("study_id", "domain", "week", "measure")):
        pooled = compared[row] and study in members and (study, domain) not in settled and measure in common
        if pooled and week in ("", weeks.get((study, domain)) or week):
            before = first.setdefault((study, domain, week), row)
            if table.text("measure")[before] != measure and (study, domain) not in settled:
                settled.add((study, domain))
                joined = f"the mean of {table.text('measure')[before]} and {measure} enters"
                yield (
                    row,
                    "measure",
                    f"{joined}: if one is primary, name it in from_measure of study_sets.csv",
                )


MANY = 12
"""Differences of a trial of which two stand on opposite sides by chance in one trial of 100."""


@notice("outcomes")
def sides_opposed(table: Table) -> Iterator[Fault]:
    """Differences of one trial, at two doses, weeks, analyses or instruments, of which one is clearly better
    for LDN and one for placebo: is one of them turned?"""
    people, value = table.number("n_ldn") + table.number("n_placebo") - 2, table.number("value")
    df = np.where(np.isnan(people), table.number("n") - 1, people)
    felt = table.mask("domain", "pain", "symptom severity", "function") & (table.number("week") != 0)
    of_study, studies = defaultdict[str, list[int]](list), table.text("study_id")
    for row in (row for row in contrast_rows(table) if felt[row]):
        of_study[studies[row]].append(row)
    for rows in of_study.values():
        clear: dict[str, int] = {}
        for row in rows:
            errors = errors_of(table, row, float(df[row]))
            least = t_of_p(0.05 * min(1.0, MANY / len(rows)), float(df[row]))
            if errors and abs(value[row]) > least * max(errors.values()):
                less = table.text("better")[row] == "lower"
                clear.setdefault("LDN" if (value[row] < 0) == less else "placebo", row)
        if len(clear) == len(ARMS):
            (side, row), (other, first) = sorted(clear.items(), key=lambda item: -item[1])
            key = table.text("outcome_id")[first]
            yield row, "value", f"clearly better for {side}, and {key} for {other}: is one of them turned?"
