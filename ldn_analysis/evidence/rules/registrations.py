"""Rules on registrations: in the words and numbers that planned trials are read by, each trial once."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from functools import partial

import numpy as np

from ldn_analysis.evidence.records import CALLED_OFF, registry_numbers
from ldn_analysis.evidence.rules.facts import Facts, Fault, Table
from ldn_analysis.evidence.rules.registry import impossible, notice
from ldn_analysis.evidence.vocabulary import hint

DOSES = re.compile(r"\d+(?:\.\d+)?(?:(?:; | to | then | or | and )\d+(?:\.\d+)?)*")
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
        return "must be daily doses in mg, with ' to ', ' then ', ' or ', ' and ' or '; ' between them"
    doses = [float(dose) for dose in NUMBER.findall(text)]
    if doses and not doses[0] > 0:
        return "must lie above 0 mg"
    return "" if doses == sorted(doses) else "must run from the smallest to the largest dose"


LISTED = {
    "condition": "fibromyalgia",
    "design": "crossover",
    "comparator": "placebo",
    "status_as_read": "withdrawn",
}
"""The word of each column that planned trials are found by: one nearly like it is a slip."""
MONTH = re.compile(r"\b\d{4}-(\d\d)\b")
SPAN = re.compile(r"\b(\d{4}-\d\d)(?:-\d\d)? to (\d{4}-\d\d)\b")
MOST_MG, MOST_PEOPLE = 12.0, 5000
"""Twice the dose that is called low, and more people than a trial of the drug had by far: to be looked at."""


def _slip(text: str, listed: str) -> str:
    """What is wrong with a text in which a word is looked for; empty if nothing is."""
    for word in re.findall(r"[a-z]+(?:[- ]over\b)?", text.casefold()):
        if word not in (listed, "withdrawal") and get_close_matches(word, (listed,), cutoff=0.8):
            return f"is written {listed!r}"
    return ""


def _dates(text: str) -> str:
    if not all("01" <= month <= "12" for month in MONTH.findall(text)):
        return "must be months (year-month)"
    turned = any(first > last for first, last in SPAN.findall(text))
    return "must have the earlier month first" if turned else ""


LIKE_A_NUMBER = re.compile(r"\b(?:NCT|ACTRN|ISRCTN|DRKS) ?\d+\b", re.I)


def _numbers(text: str) -> str:
    """What is wrong with the numbers of registers in a text; empty if nothing is."""
    numbers = LIKE_A_NUMBER.findall(text)
    wrong = next((number for number in numbers if registry_numbers(number) != (number.upper(),)), "")
    reason = "is no number of its register: a digit too few or too many, or a space before the digits"
    return f"{wrong} {reason}" if wrong else ""


JUDGED: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("registry_id", _numbers),
    ("other_ids", _numbers),
    ("comparator", _comparator),
    ("doses_mg_per_day", _doses),
    ("dates", _dates),
    *((column, partial(_slip, listed=word)) for column, word in LISTED.items()),
)


@impossible("registrations")
def registration_readable(table: Table, facts: Facts) -> Iterator[Fault]:
    """A registration in other words than planned trials are read by, or with a number that it cannot have."""
    for column, judge in JUDGED:
        for row, text in enumerate(table.text(column)):
            if reason := judge(text):
                yield row, column, reason
    run = table.where("status_as_read", UNDER_WAY.search) & ~table.where("status_as_read", CALLED_OFF.search)
    run |= table.number("n_reached") > 0
    reason = "0 people planned is of a trial that was never run: leave it empty where it is not known"
    yield from table.hits(run & (table.number("n_planned") == 0), "n_planned", reason)
    weeks = table.number("treatment_weeks")
    yield from table.hits((weeks == 0) | (weeks > 520), "treatment_weeks", "must be above 0, 520 at most")
    years = table.number("registered")
    for row, key in enumerate(table.text("registry_id")):
        issued = OF_YEAR.match(key)
        if issued and abs(years[row] - 2000 - int(issued[1])) > 1:
            yield row, "registered", f"{key} is a number of 20{issued[1]}"
    ahead = table.years("last_seen") > facts.year + 1
    yield from table.hits(ahead, "last_seen", f"lies after {facts.dated}")
    claims = set(facts["claims"].text("claim_id"))
    for row, bears in enumerate(table.text("bears_on")):
        unknown = [claim for claim in filter(None, bears.split("; ")) if claim not in claims]
        if unknown and claims:
            yield row, "bears_on", f"{unknown[0]} is no claim{hint(unknown[0], claims)}"


YEAR_AND_MONTH = re.compile(r"\b\d{4}-\d\d\b")
EUDRACT = re.compile(r"\b\d{4}-\d{6}-\d\d\b")
OF_YEAR = re.compile(r"ACTRN126(\d\d)", re.I)
"""The year in a number of the register of Australia and New Zealand."""
REGISTERED = re.compile(r"\bregistered (?:in|on) (?:\w+ ){0,2}(\d{4})\b", re.I)


PLANNED = re.compile(
    r"\bplanned (\d+)\b(?! (?:weeks?|months?|years?|mg|visits?|centres?|sites?|per|in each|an? )\b)", re.I
)


OF_FIBROMYALGIA = re.compile(r"(?<!other than )(?<!without )(?<!non-)fibromyalgia", re.I)


@notice("registrations")
def registration_unusual(table: Table, facts: Facts) -> Iterator[Fault]:
    """A registration of more than 12 mg a day, of more than 5000 people, of over twice the people that were
    planned, of fewer people than its study randomised, of another length or largest dose than its study had,
    of over a year in whole weeks (days?), of another year or condition than its notes, title or number say,
    with people before it recruits, of other people or another number than its study says, with dates that its
    study, its status or when it was seen contradict, or seen years before the date of the data."""
    weeks = table.number("treatment_weeks")
    days = (weeks > 52) & (weeks % 7 == 0)
    yield from table.hits(days, "treatment_weeks", "is over a year: are these days?")
    yield from table.hits(table.number("n_planned") > MOST_PEOPLE, "n_planned", "is large: a digit too many?")
    many = table.number("n_reached") > 2 * table.number("n_planned")
    yield from table.hits(many, "n_reached", "is over twice the number planned")
    yield from _unlike_study(table, facts)
    yield from _out_of_time(table, facts)
    reached = table.number("n_reached")
    columns = ("registered", "title", "condition", "notes", "status_as_read")
    for row, (year, title, condition, notes, status) in enumerate(
        zip(*map(table.text, columns), strict=True)
    ):
        noted = list(REGISTERED.finditer(notes))
        if noted and year and year[:4] not in {match[1] for match in noted}:
            yield row, "registered", f"its notes say {noted[0][0]!r}"
        if OF_FIBROMYALGIA.search(title) and "fibromyalgia" not in condition.casefold():
            yield row, "condition", f"its title says {title!r}"
        if "another condition" in notes.casefold() and "fibromyalgia" in condition.casefold():
            yield row, "condition", "its notes say another condition"
        if reached[row] > 0 and "not yet recruiting" in status.casefold():
            yield row, "n_reached", f"its status is {status!r}"


NCT = re.compile(r"NCT(\d{8})", re.I)
LOOKED_WITHIN, BEGUN_WITHIN = 3, 4
"""Years between the last look and the data, and between a start and its registration, that are usual."""


def _out_of_time(table: Table, facts: Facts) -> Iterator[Fault]:
    """Dates of a registration that its study, its status, its number or the date of the data contradict."""
    of_study, years = facts.study_number(table, "year"), table.number("registered")
    columns = ("last_seen", "status_as_read", "dates")
    for row, (looked, status, dates) in enumerate(zip(*map(table.text, columns), strict=True)):
        months = YEAR_AND_MONTH.findall(dates)
        first = float(min(months)[:4]) if months else np.nan
        if months and float(max(months)[:4]) > of_study[row]:
            yield row, "dates", f"its study was published in {of_study[row]:g}"
        elif first < years[row] - BEGUN_WITHIN:
            yield row, "dates", f"a start {years[row] - first:g} years before it was registered"
        elif months and max(months) > looked >= "1" and re.match(r"completed", status, re.I):
            yield row, "status_as_read", f"is {status!r}, and its dates run to {max(months)}"
        if looked and any(month > looked for month in YEAR_AND_MONTH.findall(status)):
            yield row, "status_as_read", f"is of a month after it was seen ({looked})"
    long_ago = facts.year - table.years("last_seen") >= LOOKED_WITHIN
    reason = f"lies years before the date of the data ({facts.date[:10]})"
    yield from table.hits(long_ago, "last_seen", reason)
    after = table.where("last_seen", lambda looked: facts.date and looked > facts.date[: len(looked)])
    yield from table.hits(after, "last_seen", f"lies after {facts.dated}")
    numbers = table.text("registry_id")
    dated = np.flatnonzero(table.where("registry_id", NCT.fullmatch) & (years > 0)).tolist()
    ranked = sorted((numbers[row].upper(), row) for row in dated)
    for (before, earlier), (_, row) in itertools.pairwise(ranked):
        if years[row] < years[earlier]:
            yield row, "registered", f"{before}, a number given earlier, is of {years[earlier]:g}"


def _unlike_study(table: Table, facts: Facts) -> Iterator[Fault]:
    """Registrations of another length, number of people or dose than their study had."""
    lasted, randomised = (facts.study_number(table, name) for name in ("treatment_weeks", "n_randomised"))
    longer = np.abs(table.number("treatment_weeks") - lasted) > 0
    yield from table.hits(longer, "treatment_weeks", "its study lasted {:g} weeks", lasted)
    for column, most in (("n_reached", 1), ("n_planned", 2)):
        over = randomised > most * table.number(column)
        yield from table.hits(over, column, "its study has {:g} randomised", randomised)
    for row, notes in enumerate(facts.study_text(table, "notes")):
        planned = {float(number) for number in PLANNED.findall(notes)}
        theirs, own = set(EUDRACT.findall(notes)), set(EUDRACT.findall(table.text("other_ids")[row]))
        if theirs and own - theirs:
            yield row, "other_ids", f"the notes of its study say {min(theirs)}"
        if planned and table.filled("n_planned")[row] and table.number("n_planned")[row] not in planned:
            yield row, "n_planned", f"the notes of its study say {min(planned):g} planned"
    largest = facts.study_number(table, "dose_max_mg")
    for row, text in enumerate(table.text("doses_mg_per_day")):
        highest = max(map(float, NUMBER.findall(text)), default=0.0)
        if highest > MOST_MG:
            yield row, "doses_mg_per_day", f"is above {MOST_MG:g} mg a day: is the decimal point missing?"
        elif highest and abs(highest - largest[row]) > 0:
            yield row, "doses_mg_per_day", f"its study gave {largest[row]:g} mg a day at most"


@notice("studies")
def registration_listed(studies: Table, facts: Facts) -> Iterator[Fault]:
    """A registry number of a study that the table of registrations does not have, as it has others, or has
    under no study."""
    listed = dict(zip(*map(facts["registrations"].text, ("registry_id", "study_id")), strict=True))
    for row, (number, study, trial) in enumerate(studies.keys("registry", "study_id", "trial_id")):
        if study != trial:
            continue  # of a further report the row is that of its trial
        if number and listed and number not in listed:
            yield row, "registry", "is not among the registrations: is its row missing?"
        elif number and listed and not listed[number]:
            yield row, "registry", "its row among the registrations names no study"


SAME = ("title", "condition", "n_planned", "doses_mg_per_day", "comparator")
"""What tells one planned trial from another, beside its number."""


@impossible("registrations")
def registered_once(table: Table) -> Iterator[Fault]:
    """A trial that stands in two rows, under two of its numbers, or with one title, condition, size and
    treatment."""
    keys = table.text("registry_id")
    first: dict[str, int] = {}
    for row, (key, others) in enumerate(zip(keys, table.text("other_ids"), strict=True)):
        for number in sorted(registry_numbers(f"{key}; {others}")):
            before = first.setdefault(number, row)
            if before != row:
                yield row, "registry_id", f"{number} is a number of {keys[before]} too: one trial has one row"
    titled = table.filled("title") & table.filled("n_planned")
    reason = "has the same title, condition, people planned and treatment: titles of two trials differ"
    for row, other in table.differing("registry_id", *SAME, where=titled):
        yield row, "registry_id", f"{other} {reason}"
