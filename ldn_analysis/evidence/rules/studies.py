"""Rules on studies: years, doses, schedules, designs, blinding and controls."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from ldn_analysis.evidence.rules.facts import Facts, Hit
from ldn_analysis.evidence.rules.registry import rule
from ldn_analysis.evidence.rules.structure import WEEKS_A_MONTH

__all__: list[str] = []

FIRST_YEAR = {"studies": 1984, "published_syntheses": 2007, "registrations": 2000}
"""Naltrexone was approved in the United States in 1984; the pilot of fibromyalgia began in 2007."""
CONTROLLED = ("parallel", "crossover")
NO_CONTROL = ("none", "baseline", "baseline period")
YEAR = re.compile(r"(?<!\d)(19\d\d|20\d\d)(?!\d)")


def _last_year(facts: Facts) -> int:
    return int(facts.date[:4]) if re.match(r"\d{4}", facts.date) else 9999


@rule(
    "year_known",
    "impossible",
    "a year before naltrexone, or after the data's own date",
    "a review of 2031 in data of 2026 (a trial may carry the next year's date, ahead of its issue)",
)
def year_known(facts: Facts) -> Iterator[Hit]:
    last = _last_year(facts)
    for name in facts.names:
        table, most = facts[name], last + (name == "studies")
        if not table.has("year"):
            continue
        years, first = table.number("year"), FIRST_YEAR.get(name, 1963)
        yield from table.hits(years > most, "year", f"lies after the date of the data ({facts.date[:10]})")
        yield from table.hits(years < first, "year", f"lies before {first}, when there was nothing to report")


@rule(
    "label_year",
    "suspicious",
    "a label or key that names another year",
    "Younger et al. 2013 with year 2015",
)
def label_year(facts: Facts) -> Iterator[Hit]:
    for name, column in (
        ("studies", "label"),
        ("published_syntheses", "label"),
        ("clinical_thresholds", "threshold_id"),
        ("responder_benchmarks", "benchmark_id"),
    ):
        table = facts[name]
        years = table.number("year")
        for row, text in enumerate(table.text(column)):
            named = YEAR.findall(text)
            if named and not np.isnan(years[row]) and str(int(years[row])) not in named:
                yield Hit(name, row, "year", f"{text!r} names the year {named[-1]}")


@rule(
    "year_against_source",
    "suspicious",
    "a year more than one off from the year in the DOI or citation",
    "2017 with 10.1038/mp.2011.29",
)
def year_against_source(facts: Facts) -> Iterator[Hit]:
    for name in ("studies", "published_syntheses", "pharmacology", "clinical_thresholds"):
        table = facts[name]
        column = "source" if table.has("source") else "doi"
        years = table.number("year")
        for row, text in enumerate(table.text(column)):
            named = [int(year) for year in YEAR.findall(text)]
            if named and not np.isnan(years[row]) and min(abs(years[row] - year) for year in named) > 1:
                yield Hit(name, row, "year", f"the source is of {named[-1]}")


# Doses and schedules ---------------------------------------------------------------------------------------

NUMBER = r"\d+(?:\.\d+)?"
MG = re.compile(rf"({NUMBER})(?:\s*(?:-|to|–)\s*({NUMBER}))?\s*mg\b")
MICROGRAMS = re.compile(rf"({NUMBER})\s*(?:µg|μg|ug|mcg|micrograms?)\b")
EACH_TIME = re.compile(
    rf"({NUMBER})\s*mg\s*(?:capsules?|tablets?)?\s*(?:twice|two times|2\s*x|bid\b|b\.i\.d|every 12 h)", re.I
)
MORNING_AND_NIGHT = re.compile(
    rf"({NUMBER})\s*mg in the morning (?:and|,)\s*({NUMBER})\s*mg (?:in the|at) (?:evening|night|bedtime)",
    re.I,
)
LASTING = re.compile(rf"\bfor ({NUMBER}) (day|week|month)s?\b", re.I)
WEEKS_IN = {"day": 1 / 7, "week": 1.0, "month": WEEKS_A_MONTH}


@rule(
    "dose_agrees",
    "suspicious",
    "a daily dose that is not the study's largest one, or a range that is not its smallest and largest",
    "'6 to 0.75'; dose 3 where the study went from 0.75 to 6 mg",
)
def dose_agrees(facts: Facts) -> Iterator[Hit]:
    table = facts["studies"]
    low, high = table.number("dose_min_mg"), table.number("dose_max_mg")
    for row, text in enumerate(table.text("dose_mg_per_day")):
        found = re.fullmatch(rf"({NUMBER})(?: to ({NUMBER}))?", text)
        if not found:
            if text:
                yield Hit(table.name, row, "dose_mg_per_day", "must be a number, or a range written 'a to b'")
            continue
        first, last = float(found[1]), float(found[2] or found[1])
        if found[2] and not first < last:
            yield Hit(table.name, row, "dose_mg_per_day", "a range runs from its smaller to its larger end")
        elif found[2] and not np.isnan(low[row] + high[row]) and (first, last) != (low[row], high[row]):
            said = f"the smallest and largest dose are {low[row]:g} and {high[row]:g} mg"
            yield Hit(table.name, row, "dose_mg_per_day", said)
        elif not found[2] and not np.isnan(high[row]) and last != high[row]:
            yield Hit(table.name, row, "dose_mg_per_day", f"the largest daily dose is {high[row]:g} mg")


@rule(
    "schedule_says_dose",
    "suspicious",
    "a schedule in words that names another dose",
    "'45 mg once daily' with a dose of 4.5 mg",
)
def schedule_says_dose(facts: Facts) -> Iterator[Hit]:
    from ldn_analysis.evidence.trials import times_a_day

    table = facts["studies"]
    high = table.number("dose_max_mg")
    schedules = table.text("dose_schedule")
    times = times_a_day(schedules)
    for row, text in enumerate(schedules):
        doses = [float(part) for found in MG.finditer(text) for part in found.groups() if part]
        doses += [float(found[1]) / 1000 for found in MICROGRAMS.finditer(text)]
        if not doses or np.isnan(high[row]):
            continue
        often = times[row] if times[row] > 1 else 1.0
        a_day = [2 * float(found[1]) for found in EACH_TIME.finditer(text)]
        a_day += [float(found[1]) + float(found[2]) for found in MORNING_AND_NIGHT.finditer(text)]
        if a_day and abs(max(a_day) - high[row]) > 1e-9:
            said = f"comes to {max(a_day):g} mg a day; the largest daily dose is {high[row]:g} mg"
            yield Hit(table.name, row, "dose_schedule", said)
        elif max(doses) > high[row]:
            said = f"names {max(doses):g} mg, above the largest daily dose of {high[row]:g} mg"
            yield Hit(table.name, row, "dose_schedule", said)
        elif " to " not in table.text("dose_mg_per_day")[row] and not {high[row], high[row] / often} & set(
            doses
        ):
            yield Hit(table.name, row, "dose_schedule", f"does not name the daily dose of {high[row]:g} mg")


@rule(
    "weeks_reported",
    "suspicious",
    "a treatment far longer than the last week reported, or of another length than its schedule, or unequal "
    "arms of a parallel trial",
    "120 weeks of treatment with the last report at week 12; 3 weeks with a schedule 'for 12 weeks'",
)
def weeks_reported(facts: Facts) -> Iterator[Hit]:
    table = facts["studies"]
    last: dict[str, float] = {}
    for name in ("outcomes", "events"):
        for study, week in zip(
            facts[name].text("study_id"), facts[name].number("week").tolist(), strict=True
        ):
            if week > 0:
                last[study] = max(week, last.get(study, 0.0))
    weeks, control = table.number("treatment_weeks"), table.number("control_weeks")
    for row, study in enumerate(table.text("study_id")):
        if study in last and weeks[row] > 5 * last[study]:
            yield Hit(table.name, row, "treatment_weeks", f"the last week reported is {last[study]:g}")
    for row, text in enumerate(table.text("dose_schedule")):
        lasting = {found[0]: float(found[1]) * WEEKS_IN[found[2].lower()] for found in LASTING.finditer(text)}
        longest = max(lasting, key=lasting.__getitem__, default="")
        if longest and lasting[longest] > 1.2 * weeks[row] + 0.5:
            yield Hit(table.name, row, "treatment_weeks", f"the schedule says {longest!r}")
    apart = table.mask("design_type", "parallel") & (np.abs(weeks - control) > 0.5)
    yield from table.hits(apart, "control_weeks", lambda row: f"the drug was given for {weeks[row]:g} weeks")


# Designs ---------------------------------------------------------------------------------------------------

DESIGN_WORDS = (
    (re.compile(r"\bcross-?\s?over\b", re.I), ("crossover",)),
    (re.compile(r"\bparallel\b", re.I), ("parallel",)),
    (re.compile(r"\b(single|one)[- ]arm\b", re.I), ("single-arm",)),
    (re.compile(r"\b(dose[- ]finding|up-and-down)\b", re.I), ("dose-finding", "parallel", "crossover")),
    (re.compile(r"\b(retrospective|chart review|cohort)\b", re.I), ("observational",)),
    (re.compile(r"\bcase (report|series)\b", re.I), ("case report", "observational")),
    (
        re.compile(
            r"\b(two|three|four|[2-4])[- ]period|latin square|within[- ](subject|person|patient)"
            r"|\bn[- ]of[- ](1|one)\b|\bAB[/-]BA\b|\bboth (conditions|treatments|drugs|capsules)\b"
            r"|\btook both\b|\bown controls?\b|\b(random|either|counterbalanced) order\b|\bcounterbalanced\b"
            r"|\bwash-?out between\b",
            re.I,
        ),
        ("crossover", "case report", "observational"),
    ),
    # of these no analysis here is made: people depend on each other, or only those who responded take part
    (re.compile(r"\bcluster|\bwithdrawal\b|\bstepped[- ]wedge\b", re.I), ()),
)
NOT_RANDOM = re.compile(
    r"fixed order|retrospective|chart review|non-?randomi[sz]ed|not randomi[sz]ed|pre-?post|single-arm"
    r"|case report|open extension|\bcohort\b",
    re.I,
)
RANDOM = re.compile(r"(?<!non-)(?<!non)(?<!not )\brandomi[sz]ed\b|counterbalanced", re.I)
BEFORE = re.compile(r"\bnone\b|\bno\b|\bbefore\b|\bprior\b|run-?in|baseline|earlier|previous|opioid", re.I)
"""A washout of what people took before the trial, which any design may have."""
OPEN = re.compile(r"open[- ]label|\bunblinded\b", re.I)
DOUBLE = re.compile(r"double[- ]blind", re.I)


@rule(
    "design_words",
    "suspicious",
    "a design in words that is of another type",
    "'crossover (counterbalanced)' with design_type parallel",
)
def design_words(facts: Facts) -> Iterator[Hit]:
    table = facts["studies"]
    kinds = table.text("design_type")
    for row, text in enumerate(table.text("design")):
        for words, allowed in DESIGN_WORDS:
            if words.search(text) and kinds[row] and kinds[row] not in allowed:
                yield Hit(table.name, row, "design_type", f"the design in words is {text!r}")
                break
    between = table.mask("design_type", "parallel") & table.given("washout")
    for row in np.flatnonzero(between).tolist():
        if not BEFORE.search(table.text("washout")[row]):
            yield Hit(table.name, row, "washout", "a washout between conditions belongs to a crossover")


@rule(
    "randomised_words",
    "suspicious",
    "randomised where the design in words is not, and the reverse",
    "randomised yes with 'fixed order: placebo first'",
)
def randomised_words(facts: Facts) -> Iterator[Hit]:
    table = facts["studies"]
    said = table.text("randomised")
    for row, text in enumerate(table.text("design")):
        if said[row] == "yes" and NOT_RANDOM.search(text):
            yield Hit(table.name, row, "randomised", f"the design in words is {text!r}")
        if said[row] == "no" and RANDOM.search(text):
            yield Hit(table.name, row, "randomised", f"the design in words is {text!r}")


@rule(
    "randomised_fits_design",
    "impossible",
    "random allocation where there is one group",
    "a single-arm study with randomised yes",
)
def randomised_fits_design(facts: Facts) -> Iterator[Hit]:
    table = facts["studies"]
    one = table.mask("design_type", "single-arm", "observational", "case report")
    kinds = table.text("design_type")
    yield from table.hits(
        one & table.mask("randomised", "yes"),
        "randomised",
        lambda row: f"is yes in a study that is {kinds[row]}",
    )


@rule(
    "blinding_fits_design",
    "suspicious",
    "blinding that the design or the control cannot have",
    "double-blind without a control; double-blind with 'open-label' in the design",
)
def blinding_fits_design(facts: Facts) -> Iterator[Hit]:
    table = facts["studies"]
    designs, double = table.text("design"), table.mask("blinding", "double-blind")
    alone = table.mask("control", *NO_CONTROL) | table.mask("design_type", "single-arm", "observational")
    yield from table.hits(double & alone, "blinding", "double-blind, and nothing to be blind to")
    for row, text in enumerate(designs):
        if double[row] and OPEN.search(text):
            yield Hit(table.name, row, "blinding", f"the design in words is {text!r}")
        if table.text("blinding")[row] not in ("", "double-blind") and DOUBLE.search(text):
            yield Hit(table.name, row, "blinding", f"the design in words is {text!r}")


@rule(
    "control_fits_design",
    "impossible",
    "a control that the design cannot have",
    "a parallel trial with control none; a single-arm study with control placebo",
)
def control_fits_design(facts: Facts) -> Iterator[Hit]:
    table = facts["studies"]
    kinds = table.text("design_type")
    bare = table.mask("design_type", *CONTROLLED) & table.mask("control", *NO_CONTROL)
    yield from table.hits(
        bare, "control", lambda row: f"a {kinds[row]} trial compares the drug with something"
    )
    alone = table.mask("design_type", "single-arm", "case report", "observational") & table.mask(
        "control", "placebo"
    )
    yield from table.hits(alone, "control", lambda row: f"is placebo in a study that is {kinds[row]}")


@rule(
    "control_fits_rows",
    "suspicious",
    "a control that the reported rows contradict",
    "control none with placebo rows; control placebo without any",
)
def control_fits_rows(facts: Facts) -> Iterator[Hit]:
    table = facts["studies"]
    placebo: set[str] = set()
    rows: set[str] = set()
    for name in ("outcomes", "events"):
        owners = facts[name].text("study_id")
        rows |= set(owners)
        with_control = facts[name].mask("group", "placebo", "ldn-placebo")
        placebo |= {owners[row] for row in np.flatnonzero(with_control).tolist()}
    for row, (study, control) in enumerate(zip(table.text("study_id"), table.text("control"), strict=True)):
        if study in placebo and control in NO_CONTROL:
            yield Hit(table.name, row, "control", "rows of this study report a placebo group")
        if study in rows - placebo and control == "placebo":
            yield Hit(table.name, row, "control", "no row of this study reports a placebo group")


@rule(
    "sex_fits",
    "suspicious",
    "men alone in fibromyalgia, or a sex that the notes contradict",
    "male, with notes on '10 women with fibromyalgia'",
)
def sex_fits(facts: Facts) -> Iterator[Hit]:
    table = facts["studies"]
    said = table.text("sex")
    notes = [" ".join(parts) for parts in zip(table.text("design"), table.text("notes"), strict=True)]
    for row, condition in enumerate(table.text("condition")):
        women, men = re.search(r"\bwomen\b", notes[row], re.I), re.search(r"\bmen\b", notes[row], re.I)
        if said[row] == "male" and ("fibromyalgia" in condition or women):
            yield Hit(table.name, row, "sex", "men alone: most people with fibromyalgia are women")
        elif said[row] == "female" and men and not women:
            yield Hit(table.name, row, "sex", "the notes speak of men")


@rule(
    "study_in_use",
    "notice",
    "a study that no other table refers to",
    "a row of studies.csv without outcomes, events or study set",
)
def study_in_use(facts: Facts) -> Iterator[Hit]:
    used: set[str] = set()
    for name in facts.names:
        if name != "studies" and facts[name].has("study_id"):
            used |= set(facts[name].text("study_id"))
    table = facts["studies"]
    for row, study in enumerate(table.text("study_id")):
        if study not in used:
            yield Hit(table.name, row, "study_id", "no other table refers to this study: nothing uses it")
