"""Rules on doses and schedules of studies: the daily dose in numbers and words, and how long it was given."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from ldn_analysis.evidence.rules.facts import Facts, Fault, Table
from ldn_analysis.evidence.rules.forms import DOSE, TITRATED
from ldn_analysis.evidence.rules.registry import suspicious
from ldn_analysis.evidence.rules.structure import WEEKS_A_MONTH
from ldn_analysis.evidence.trials import times_a_day

NUMBER = r"\d+(?:\.\d+)?"
MG = re.compile(rf"({NUMBER})(?:\s*(?:-|to|–)\s*({NUMBER}))?\s*mg\b")
OTHER_UNITS = (
    (re.compile(rf"({NUMBER})\s*(?:µg|μg|ug|mcg|micrograms?)\b"), 0.001),
    (re.compile(rf"({NUMBER})\s*g\b"), 1000.0),
)
TWO, THREE = (
    r"(?:(?:in the|each|every) )?morning and (?:(?:in the|at|each|every) )?(?:evening|night|bedtime)"
    r"|twice|two times|2\s*[x×]|b\.?i\.?d\b|b\.?d\b|every 12 h|q12h",
    r"thrice|three times|3\s*[x×]|t\.?[id]\.?[ds]\b|every 8 h|q8h",
)
EACH_TIME = tuple(
    (times, re.compile(rf"({NUMBER})\s*mg\s*(?:capsules?|tablets?)?,?\s*(?:{words})", re.I))
    for times, words in ((2, TWO), (3, THREE))
)
SEVERAL = re.compile(
    rf"\b(2|3|two|three)(?:\s*[x×]\s*| (?:(?:capsules?|tablets?) (?:of )?)?)({NUMBER})\s*mg\b", re.I
)
LIQUID = re.compile(rf"({NUMBER})\s*ml (?:of )?(?:an? )?({NUMBER})\s*mg\s*(?:/|per)\s*ml\b", re.I)
BY_WEIGHT = re.compile(rf"({NUMBER})\s*mg ?(?:/|per) ?kg\b", re.I)
WEIGHTS_KG = (30.0, 180.0)
"""Body weights, by our judgement, that the smallest and the largest dose of people dosed by weight imply."""
COUNTS = {"2": 2, "two": 2, "3": 3, "three": 3}
NOT_DAILY = re.compile(
    r"\bonce (?:a |per |every )?week(?:ly)?\b|\balternate (?:day|night)s\b|\bevery 48 h|\bweekdays\b"
    r"|\bevery (?:other|second|third) (?:day|night)\b"
    r"|\b(?:[1-6]|two|three|four|five|six) (?:days|nights|times) (?:a|per|each|every) week\b"
    r"|\bmg ?(?:/|per) ?kg\b|\bweekly dose\b",
    re.I,
)
MORNING_AND_NIGHT = re.compile(
    rf"({NUMBER})\s*mg in the morning (?:and|,)\s*({NUMBER})\s*mg (?:in the|at) (?:evening|night|bedtime)",
    re.I,
)
MOST_UNEQUAL = 5.0
"""The drug may have more time than the placebo to act; by more than this factor a digit is lost."""
MONTHS = 6.0
"""Up to this number of 'weeks' the last report of a longer treatment may be one in months."""
LASTING = re.compile(rf"\b(?:for|held) ({NUMBER}) (day|week|month)s?\b", re.I)
WEEKS_IN = {"day": 1 / 7, "week": 1.0, "month": WEEKS_A_MONTH}


@suspicious("studies")
def dose_agrees(table: Table) -> Iterator[Fault]:
    """A daily dose that is not the study's largest one, or a range that is not its smallest and largest."""
    low, high = table.number("dose_min_mg"), table.number("dose_max_mg")
    for row, text in enumerate(table.text("dose_mg_per_day")):
        match = re.fullmatch(rf"({NUMBER})(?: to ({NUMBER}))?", text)
        if not match:
            if text:
                yield row, "dose_mg_per_day", "must be a number, or a range written 'a to b'"
            continue
        first, last = float(match[1]), float(match[2] or match[1])
        if match[2] and not first < last:
            yield row, "dose_mg_per_day", "a range runs from its smaller to its larger end"
        elif match[2] and not np.isnan(low[row] + high[row]) and (first, last) != (low[row], high[row]):
            reason = f"the smallest and largest dose are {low[row]:g} and {high[row]:g} mg"
            yield row, "dose_mg_per_day", reason
        elif not match[2] and not np.isnan(high[row]) and last != high[row]:
            yield row, "dose_mg_per_day", f"the largest daily dose is {high[row]:g} mg"


def _daily_totals(text: str) -> list[float]:
    """Doses of a day that a schedule gives in parts: each time, in the morning and at night, or pieces."""
    totals = [times * float(match[1]) for times, words in EACH_TIME for match in words.finditer(text)]
    totals += [float(match[1]) + float(match[2]) for match in MORNING_AND_NIGHT.finditer(text)]
    totals += [float(match[1]) * float(match[2]) for match in LIQUID.finditer(text)]
    return totals or [COUNTS[match[1].lower()] * float(match[2]) for match in SEVERAL.finditer(text)]


def _by_weight(text: str, low: float, high: float) -> bool:
    """Whether a schedule gives so many mg per kg, and a range of doses that people of usual weights get."""
    each = [float(match[1]) for match in BY_WEIGHT.finditer(text)]
    least, most = WEIGHTS_KG
    return len(each) == 1 and low < high and least * each[0] <= low and high <= most * each[0]


@suspicious("studies")
def schedule_says_dose(table: Table) -> Iterator[Fault]:
    """A schedule in words that names another dose, one alone of a range, or none of every day in mg."""
    low, high, doses = table.number("dose_min_mg"), table.number("dose_max_mg"), table.text("dose_mg_per_day")
    schedules = table.text("dose_schedule")
    times = times_a_day(schedules)
    for row, text in enumerate(schedules):
        named, totals = _doses_named(text), _daily_totals(text)
        often = times[row] if times[row] > 1 else 1.0
        if np.isnan(high[row]) or not (named or NOT_DAILY.search(text)):
            continue
        if _by_weight(text, low[row], high[row]) and not NOT_DAILY.search(BY_WEIGHT.sub("", text)):
            continue
        if NOT_DAILY.search(text):
            reason = "is not a dose in mg of every day"
            if BY_WEIGHT.search(text):
                reason += ": the lightest and the heaviest got dose_min_mg to dose_max_mg"
            yield row, "dose_schedule", reason
        elif totals:
            if abs(max(totals) - high[row]) > 1e-9:
                reason = f"comes to {max(totals):g} mg a day; the largest daily dose is {high[row]:g} mg"
                yield row, "dose_schedule", reason
        elif max(named) > high[row]:
            reason = f"names {max(named):g} mg, above the largest daily dose of {high[row]:g} mg"
            yield row, "dose_schedule", reason
        elif " to " not in doses[row] and not {high[row], high[row] / often} & named:
            yield row, "dose_schedule", f"does not name the daily dose of {high[row]:g} mg"
        elif low[row] < high[row] and not TITRATED.search(text):
            listed = named.union(map(float, DOSE.findall(text)))  # several may share their unit
            if len(listed) == 1:
                reason = f"the schedule {text!r} names one dose; the largest is {high[row]:g} mg"
                yield row, "dose_min_mg", reason


def _doses_named(text: str) -> set[float]:
    """Doses with their unit that a schedule names, in mg."""
    doses = {float(end) for ends in MG.findall(text) for end in ends if end}
    return doses | {float(amount) * mg for unit, mg in OTHER_UNITS for amount in unit.findall(text)}


def _last_weeks(facts: Facts) -> dict[tuple[str, str], float]:
    """Last week reported of each study's drug and of its control."""
    last: dict[tuple[str, str], float] = {}
    for name in ("outcomes", "events"):
        weeks = facts[name].number("week").tolist()
        for row, (study, group) in enumerate(facts[name].keys("study_id", "group")):
            key = study, "control_weeks" if group == "placebo" else "treatment_weeks"
            if weeks[row] > 0:
                last[key] = max(weeks[row], last.get(key, 0.0))
    return last


CONDITION = re.compile(
    r"\b(\d+) (?:wks?|weeks) (?:of )?(?:drug|LDN|placebo)\b(?!-| (?:run|lead|wash|\d))"
    r"|\b(?:drug|LDN|placebo) (\d+) (?:wks?|weeks)\b(?! (?:of )?(?:run|lead|wash))",
    re.I,
)
"""How long a condition lasted, in the notes of a study: '12 wk drug', 'placebo 2 wk'."""
DAYS = re.compile(r"(?:^|[.;] )(\d+) days of (?:capsules|tablets|treatment|LDN|naltrexone)(?=[.;,]|$)", re.I)
"""The same of a treatment or of what was dispensed at once."""
AS_DAYS = (1 / 7, 0.1, 7.0, 10.0)
"""Ratios of a wrong number of weeks to the right one: days typed as weeks, a decimal point lost, and back."""


@suspicious("studies")
def weeks_reported(table: Table, facts: Facts) -> Iterator[Fault]:
    """A treatment far longer than the last week reported, or of another length than its schedule or its
    notes say, or unequal arms of a parallel trial, or conditions of which one is over five times as long."""
    last, designs = _last_weeks(facts), table.text("design_type")
    weeks, control = table.number("treatment_weeks"), table.number("control_weeks")
    for row, study in enumerate(table.text("study_id")):
        timed = ("treatment_weeks", "control_weeks") if designs[row] == "crossover" else ("treatment_weeks",)
        for column in timed:
            reported, long = last.get((study, column), np.inf), table.number(column)[row]
            if long > 5 * reported or (reported <= MONTHS and long > WEEKS_A_MONTH * 0.9 * reported):
                yield row, column, f"the last week reported is {reported:g}: is that in months?"
    for row, text in enumerate(table.text("dose_schedule")):
        lasting = {match[0]: float(match[1]) * WEEKS_IN[match[2].lower()] for match in LASTING.finditer(text)}
        longest = max(lasting, key=lasting.__getitem__, default="")
        counted = {float(count) for count, unit in LASTING.findall(text) if unit.lower() != "week"}
        if longest and (lasting[longest] > 1.2 * weeks[row] + 0.5 or weeks[row] in counted):
            yield row, "treatment_weeks", f"the schedule says {longest!r}"
    yield from _unlike_notes(table)
    apart = table.mask("design_type", "parallel") & (np.abs(weeks - control) > 0.5)
    apart |= np.maximum(weeks, control) > MOST_UNEQUAL * np.minimum(weeks, control)
    yield from table.hits(apart, "control_weeks", "the drug was given for {:g} weeks", weeks)


def _unlike_notes(table: Table) -> Iterator[Fault]:
    """Studies whose notes say another number of weeks of a condition, or of days of the treatment."""
    weeks, crossover = table.number("treatment_weeks"), table.mask("design_type", "crossover")
    for row, text in enumerate(table.text("notes")):
        for phrase in CONDITION.finditer(text) if crossover[row] else ():
            column = "control_weeks" if "placebo" in phrase[0].lower() else "treatment_weeks"
            if abs(table.number(column)[row] - float(phrase[1] or phrase[2])) > 0:
                yield row, column, f"the notes say {phrase[0]!r}"
        days = DAYS.search(text)
        if days and np.isclose(7 * weeks[row] / float(days[1]), AS_DAYS, rtol=0.05).any():
            yield row, "treatment_weeks", f"the notes say {days[1]} days"
