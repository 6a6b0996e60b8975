"""Rules on registrations: in the words and numbers that planned trials are read by, each trial once."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ldn_analysis.evidence.records import registry_numbers
from ldn_analysis.evidence.rules.facts import Facts, Hit
from ldn_analysis.evidence.rules.registry import rule

DOSES = re.compile(r"\d+(?:\.\d+)?(?:(?:; | to | then | or )\d+(?:\.\d+)?)*")
NUMBER = re.compile(r"\d+(?:\.\d+)?")
UNDER_WAY = re.compile(r"recruiting|active|complete", re.IGNORECASE)


def _comparator(text: str) -> str:
    """What is wrong with a comparator; empty if nothing is."""
    if re.search("placebo", text, re.IGNORECASE) and text != "placebo":
        return "a trial against placebo has the word 'placebo' alone here; the rest stands in design or notes"
    if re.search(r"between.*dose", text, re.IGNORECASE) and text != "between doses":
        return "a trial of doses against each other has 'between doses' here"
    return ""


def _doses(text: str) -> str:
    """What is wrong with the doses of a registration; empty if nothing is."""
    if text and not DOSES.fullmatch(text):
        return "must be daily doses in mg, with ' to ', ' then ', ' or ' or '; ' between them"
    doses = [float(found) for found in NUMBER.findall(text)]
    return "" if doses == sorted(doses) else "must run from the smallest to the largest dose"


@rule(
    "registration_readable",
    "impossible",
    "a registration in other words than planned trials are read by, or with a number that it cannot have",
    "comparator 'Placebo'; design 'cross-over'; '1 to 4,5' mg; recruiting with 0 people planned",
)
def registration_readable(facts: Facts) -> Iterator[Hit]:
    table = facts["registrations"]
    for column, judge in (("comparator", _comparator), ("doses_mg_per_day", _doses)):
        for row, text in enumerate(table.text(column)):
            wrong = judge(text)
            if wrong:
                yield Hit(table.name, row, column, wrong)
    for row, text in enumerate(table.text("design")):
        if re.search(r"cross[- ]?over", text, re.IGNORECASE) and "crossover" not in text:
            yield Hit(table.name, row, "design", "is written 'crossover'")
    planned, reached = table.number("n_planned"), table.number("n_reached")
    for row, status in enumerate(table.text("status_as_read")):
        running = UNDER_WAY.search(status) and not re.search("withdrawn", status, re.IGNORECASE)
        if planned[row] == 0 and (reached[row] > 0 or running):
            said = "0 people planned is of a trial that was never run: leave it empty where it is not known"
            yield Hit(table.name, row, "n_planned", said)
    many = table.number("treatment_weeks") > 520
    yield from table.hits(many, "treatment_weeks", "must be at most 520 weeks")
    for row, seen in enumerate(table.text("last_seen")):
        if facts.date and seen[:4] > facts.date[:4]:
            yield Hit(table.name, row, "last_seen", f"lies after the date of the data ({facts.date[:10]})")


@rule(
    "registered_once",
    "impossible",
    "a trial that stands in two rows, under two of its numbers",
    "NCT04270877 and its EudraCT number in two rows",
)
def registered_once(facts: Facts) -> Iterator[Hit]:
    table = facts["registrations"]
    keys = table.text("registry_id")
    first: dict[str, int] = {}
    for row, (key, others) in enumerate(zip(keys, table.text("other_ids"), strict=True)):
        for number in sorted(registry_numbers(f"{key}; {others}")):
            before = first.setdefault(number, row)
            if before != row:
                said = f"{number} is a number of {keys[before]} too: one trial has one row"
                yield Hit(table.name, row, "registry_id", said)
