"""Notices on texts that repeat numbers of other rows: one that stands nowhere else may be a slip."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np

from ldn_analysis.evidence.records import DOI
from ldn_analysis.evidence.rules.facts import Facts, Fault, Table
from ldn_analysis.evidence.rules.registry import notice

NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?!\d)")
ASIDE = re.compile(r"\([^)]*\)")
TEXTS = {"risk_of_bias": "basis", "study_sets": "reason", "registrations": "notes"}
OF_TRIALS = ("studies", "outcomes", "events", "pilot_participants", "discontinuation", *TEXTS)


def _numbers(text: str) -> set[float]:
    return set(map(float, NUMBER.findall(DOI.sub("", text))))


def _cells_with(facts: Facts) -> dict[str, Counter[float]]:
    """In how many cells of a trial, by its name, each number stands."""
    trials = dict(zip(*map(facts["studies"].text, ("study_id", "trial_id")), strict=True))
    cells: dict[str, Counter[float]] = defaultdict(Counter)
    for name in OF_TRIALS if trials else ():
        studies = facts[name].text("study_id")
        for column, texts in facts[name].cells.items():
            if column != "line" and not str(column).endswith("_id"):
                for study, text in zip(studies, texts, strict=True):
                    cells[trials.get(study, "")].update(_numbers(text))
    return cells


@notice(*TEXTS)
def number_stands_alone(table: Table, facts: Facts) -> Iterator[Fault]:
    """A number in the basis of a judgement, the reason of a set or the notes of a registration that no other
    cell on the trial has."""
    column, cells = TEXTS[table.name], facts.once(_cells_with)
    alone: dict[str, dict[int, str]] = {}
    for row, trial in enumerate(facts.study_text(table, "trial_id")):
        numbers = [n for n in _numbers(table.text(column)[row]) if trial and cells[trial][n] < 2]
        if numbers:
            alone.setdefault(trial, {})[row] = f"{min(numbers):g}"
    for rows in alone.values():  # one notice a trial
        listed = ", ".join(rows.values())
        yield min(rows), column, f"says {listed}, which no other cell on this trial has: is it a slip?"


@notice("outcomes")
def row_repeated(table: Table) -> Iterator[Fault]:
    """The mean and the spread of another group, dose or week of a trial once more: was a row copied?"""
    later = (table.number("week") != 0) & table.mask("group", "ldn", "placebo")
    later &= np.any([table.filled(column) for column in ("sd", "se", "lower95")], axis=0)
    same = ("study_id", "measure", "unit", "statistic", "value", "sd", "se", "lower95")
    keys = table.keys("group", "dose_mg_per_day", "week", "period")
    for first, *others in table.groups(*same, where=later).values():
        for row in others:
            if sum(a != b for a, b in zip(keys[first], keys[row], strict=True)) == 1:  # by chance, rarely
                where = " ".join(filter(None, keys[first][:2])) + f" at week {keys[first][2]}"
                yield row, "value", f"the same mean and spread as {where}: was a row copied?"


FEW = 3
"""People with an event, from whom on two groups seldom have as many by chance."""


@notice("events")
def counts_repeated(table: Table, facts: Facts) -> Iterator[Fault]:
    """All responses of pain, or all harms, of a trial in as many people of both groups: was one group typed
    twice?"""
    counts, groups = table.number("events"), table.text("group")
    keys, of_people = table.keys("study_id", "week", "period"), table.keys("events", "n")
    joined = facts.study_mask(table, "design_type", "crossover")
    shared: dict[tuple[str, ...], list[tuple[bool, int]]] = defaultdict(list)
    for (_, event, *_), rows in table.comparisons().items():
        if sorted(groups[row] for row in rows) == ["ldn", "placebo"] and max(counts[rows]) >= FEW:
            same = of_people[rows[0]] == of_people[rows[1]]
            kind = "response" if event.startswith("pain response") else "harm"
            shared[(*keys[rows[0]], kind)].append((same, rows[0]))
    for pairs in shared.values():
        least = 3 if joined[pairs[0][1]] else 2  # the same people: two are equal by chance in one of 20
        if len(pairs) >= least and all(same for same, _ in pairs):
            why = f"both groups have the same numbers in {len(pairs)} events: was one typed twice?"
            yield pairs[0][1], "events", why


@notice("integrity_reasons")
def reason_of_its_row(table: Table, facts: Facts) -> Iterator[Fault]:
    """A recorded reason that names a number, not in brackets, that the row it explains does not have."""
    for row, (name, key, reason) in enumerate(table.keys("table", "row_id", "reason")):
        cells = facts[name].cells
        own = cells[cells.iloc[:, 0] == key].drop(columns="line") if len(cells) else cells
        there = set().union(*(_numbers(cell) for cell in own.to_numpy().ravel().tolist()))
        for number in sorted(_numbers(ASIDE.sub("", reason)) - there)[:1]:
            yield row, "reason", f"says {number:g}, which the row of {key} does not have: is it of this row?"
