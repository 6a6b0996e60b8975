"""Rule on results that nothing confirms: a slip in them is an honest trial to every other rule."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ldn_analysis.evidence.rules.agreement import arms_of
from ldn_analysis.evidence.rules.differences import UNADJUSTED
from ldn_analysis.evidence.rules.directions import (
    side_in_notes,
    sides_in_words,
    sides_of_arms,
    sides_of_responders,
)
from ldn_analysis.evidence.rules.facts import Facts, Fault, Key, Table
from ldn_analysis.evidence.rules.outcomes import kinds
from ldn_analysis.evidence.rules.people import main_weeks
from ldn_analysis.evidence.rules.registry import notice
from ldn_analysis.evidence.rules.spreads import sds_of_arm
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
