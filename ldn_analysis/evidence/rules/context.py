"""Rules on registrations, the pilot's participants, stopping in practice, and benchmarks."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np

from ldn_analysis.evidence.integrity import count_against_percent
from ldn_analysis.evidence.rules.facts import Facts, Fault, Table
from ldn_analysis.evidence.rules.registry import impossible, notice, suspicious


@impossible("registrations")
def registration_of_study(table: Table, facts: Facts) -> Iterator[Fault]:
    """A registration under a study that states another number, or not under the one that states it, of
    another sex or condition, or registered after it was seen."""
    stated, trials = facts.study_text(table, "registry"), facts.study_text(table, "trial_id")
    of_number = dict(zip(*map(facts["studies"].text, ("registry", "trial_id")), strict=True))
    for row, key in enumerate(table.text("registry_id")):
        stating = of_number.get(key, trials[row])
        if trials[row] and trials[row] != stating:
            yield row, "study_id", f"is not the trial that states this number in studies.csv, {stating}"
        if stated[row] and stated[row] != key:
            yield row, "study_id", f"is a study whose registry number is {stated[row]} in studies.csv"
    for column in ("sex", "condition"):
        theirs = facts.study_text(table, column)
        for row, own in enumerate(table.text(column)):
            other = theirs[row] != own if column == "sex" else own not in theirs[row]
            if other and own in ("female", "male", "fibromyalgia") and theirs[row]:
                yield row, column, f"its study has {theirs[row]!r} in studies.csv"
    after = table.number("registered") > table.years("last_seen")
    yield from table.hits(after, "registered", "must not be after last_seen ({})", table.text("last_seen"))


OF_A_PARTICIPANT = ("age_years", "bmi", "esr_mm_h", "fiq", "illness_years")


@impossible("pilot_participants")
def pilot_participants_fit(table: Table, facts: Facts) -> Iterator[Fault]:
    """A participant of a pilot twice or under another key, ill for longer than alive, more of them than were
    analysed, all alike in a column or each in two, or with another mean or SD of the FIQ than is
    printed of all of them."""
    for rows in table.groups("study_id", "participant").values():
        yield from table.hits(rows[1:], "participant", "is listed already for this study")
    ages = table.number("age_years")
    over = table.number("illness_years") > ages
    yield from table.hits(over, "illness_years", "must not be above age_years ({:g})", ages)
    names = ("pilot_participant_id", "study_id", "participant")
    for row, (key, study, number) in enumerate(table.keys(*names)):
        if key != f"{study}-p{number.removesuffix('.0')}":
            yield row, "participant", f"its key {key!r} says another study or participant"
    analysed = facts.study_number(table, "n_analysed")
    for rows in table.groups("study_id").values():
        more = [row for rank, row in enumerate(rows, start=1) if rank > analysed[row]]
        reason = "has more participants here than were analysed ({:g})"
        yield from table.hits(more, "study_id", reason, analysed)
        yield from _copied(table, rows) if len(rows) > 3 else ()
    yield from _other_fiq(table, facts["outcomes"])


def _copied(table: Table, rows: list[int]) -> Iterator[Fault]:
    """Columns that are alike for all participants of a study, or for each what another column is."""
    first: dict[tuple[float, ...], str] = {}
    for name in OF_A_PARTICIPANT:
        cells = tuple(table.number(name)[rows].tolist())
        if len(set(cells)) == 1:
            yield rows[0], name, "is the same for all: was one cell copied down?"
        if first.setdefault(cells, name) != name:
            yield rows[0], name, f"is for all what {first[cells]} is: was the column copied?"


def _other_fiq(table: Table, outcomes: Table) -> Iterator[Fault]:
    """A mean or SD of the FIQ of the listed participants that is not the one printed of all of them."""
    people = table.groups("study_id", where=table.filled("fiq"))
    of_all = outcomes.mask("measure", "FIQ") & outcomes.mask("unit", "points") & outcomes.mask("group", "all")
    for row_of_all in np.flatnonzero(of_all & (outcomes.number("week") == 0)).tolist():
        rows = people.get((outcomes.text("study_id")[row_of_all],), [])
        if len(rows) > 1 and len(rows) == outcomes.number("n")[row_of_all]:
            fiq = table.number("fiq")[rows]
            for name, column, listed in (("mean", "value", fiq.mean()), ("SD", "sd", fiq.std(ddof=1))):
                printed = outcomes.printed(column, row_of_all)
                if abs(listed - printed.value) > printed.half + 0.05:  # listed to a tenth
                    yield rows[0], "fiq", f"their {name} is {listed:.1f}; printed of all is {printed.value:g}"


@suspicious("pilot_participants")
def pilot_participants_all(table: Table, facts: Facts) -> Iterator[Fault]:
    """Fewer participants of a study than were analysed: is a row missing?"""
    analysed = facts.study_number(table, "n_analysed")
    for rows in table.groups("study_id").values():
        if len(rows) < analysed[rows[0]]:
            people = f"{len(rows)} participants here, and {analysed[rows[0]]:g} analysed"
            yield rows[-1], "study_id", f"has {people}"


OF_A_REASON = re.compile(
    r"(?:^|[;,] ?)(\d+) (?!(?:to|of|per ?cent|mg|years?|months?|weeks?|days?|patients|people|participants"
    r"|(?:wo)?men|persons|adults|had|have|took|with|were|reported|experienced|completed|remained|continued|stayed|responded)\b)[a-z]",
    re.I,
)
"""A number of people at the head of their reason; shares, doses, times and everybody asked are none."""
SEVERAL = re.compile(r"\b(?:several|multiple|more than one|overlap)", re.I)
"""A person may have had more reasons than one."""
SIDE_EFFECTS = re.compile(r"(?:^|[;,] ?)(\d+) (?:side|adverse) (?:effects?|events?)\b", re.I)
IN_NOTES = (
    ("percent_stopped", re.compile(r"\b(\d+(?:\.\d+)?) ?% (?:had )?(?:stopped|discontinued)\b", re.I)),
    ("adverse_effects", re.compile(r"\badverse (?:effects|events) in (\d+)\b(?! ?%)", re.I)),
)
"""What the notes of a study say of its people who stopped, and the column that holds it."""


@notice("discontinuation")
def stopping_of_paper(table: Table, facts: Facts) -> Iterator[Fault]:
    """People who stopped, of another paper than the study's, of fewer people, or with other numbers than its
    notes or the reasons give: a companion report, or a slip?"""
    n, stopped, harmed = (table.number(name) for name in ("n", "stopped", "adverse_effects"))
    analysed = facts.study_number(table, "n_analysed")
    keys = table.keys("doi", "reasons")
    of_study = zip(facts.study_text(table, "doi"), facts.study_text(table, "notes"), strict=True)
    for row, ((doi, reasons), (study_doi, notes)) in enumerate(zip(keys, of_study, strict=True)):
        if doi and study_doi and doi.casefold() != study_doi.casefold():
            yield row, "doi", f"the study's own is {study_doi}"
        elif study_doi and n[row] < analysed[row]:
            yield row, "n", f"the study analysed {analysed[row]:g}"
        for column, words in IN_NOTES:
            noted = [float(number) for number in words.findall(notes)]
            if noted and table.filled(column)[row] and table.number(column)[row] not in noted:
                yield row, column, f"the notes of the study say {noted[0]:g}"
        everybody = sum(map(int, OF_A_REASON.findall(reasons)))
        if everybody > stopped[row] and not SEVERAL.search(reasons):
            yield row, "reasons", f"add up to {everybody} people, and {stopped[row]:g} stopped"
        for number in map(int, SIDE_EFFECTS.findall(reasons)):
            if number > harmed[row]:
                yield row, "reasons", f"{number} stopped for side effects, and {harmed[row]:g} had any"


@impossible("discontinuation")
def stopping_fits(table: Table, facts: Facts) -> Iterator[Fault]:
    """More people who stopped or had side effects than there were, more than the study had, a percentage that
    is not the count's or of no count, or one paper twice."""
    n, stopped = table.number("n"), table.number("stopped")
    for column in ("stopped", "adverse_effects"):
        yield from table.hits(table.number(column) > n, column, "must not be above n ({:g})", n)
    most = np.fmax(facts.study_number(table, "n_randomised"), facts.study_number(table, "n_analysed"))
    yield from table.hits(n > most, "n", "the study had {:g}", most)
    dois = table.text("doi")
    for (doi, _condition), rows in table.groups("doi", "condition").items():
        yield from table.hits(rows[1:] if doi else (), "doi", "is the paper of another row")
    reported = dict(zip(facts["studies"].text("doi"), facts["studies"].text("study_id"), strict=True))
    for row, study in enumerate(table.text("study_id")):
        if dois[row] and reported.get(dois[row], study) != study:
            yield row, "study_id", f"the paper is {reported[dois[row]]} of studies.csv"
        most_of = max(map(int, OF_A_REASON.findall(table.text("reasons")[row])), default=0)
        if most_of > stopped[row]:
            yield row, "reasons", f"{most_of} for one reason, and {stopped[row]:g} stopped"
    for row, text in enumerate(table.text("percent_stopped")):
        if text and not math.isnan(n[row]):
            nearest = round(float(text) * n[row] / 100) if math.isnan(stopped[row]) else stopped[row]
            fault = count_against_percent(nearest, n[row], table.printed("percent_stopped", row))
            if fault:
                yield row, "percent_stopped", fault


MOST_LOPSIDED = 3.0
"""The exact interval of a small share reaches further down than up: 2.0 (0.2 to 7.1) percent."""


@impossible("responder_benchmarks")
def benchmark_in_unit(table: Table) -> Iterator[Fault]:
    """A benchmark that its unit does not allow, or far from the middle of its interval."""
    percent, ratio = table.mask("unit", "percent"), table.mask("unit", "ratio")
    for column in ("value", "lower95", "upper95"):
        values = table.number(column)
        yield from table.hits(percent & (values > 100), column, "must be at most 100 percent")
        yield from table.hits(ratio & (values <= 0), column, "must be above zero: it is a ratio")
        yield from table.hits(ratio & (values > 10), column, "a ratio above 10 is none of responders")
    for row in np.flatnonzero(ratio | percent).tolist():
        ends = [table.printed(name, row) for name in ("lower95", "value", "upper95")]
        # Each limit is as near as its rounding allows: a lower one of 0.0 percent is up to 0.05.
        near_ends = (ends[0].value + ends[0].half, ends[1].value, ends[2].value - ends[2].half)
        low, value, high = (min(max(end, 1e-9), 1e9 if ratio[row] else 100 - 1e-9) for end in near_ends)
        # Symmetrical are the logarithms of a ratio, and those of the odds of a share.
        low, value, high = (math.log(end if ratio[row] else end / (100 - end)) for end in (low, value, high))
        near, far = sorted((value - low, high - value))
        rounding = 2 * ends[1].half / max(ends[1].value, 1e-9)
        if near > 0 and far > MOST_LOPSIDED * (near + rounding):
            yield row, "value", "is far from the middle of its interval"


@impossible("events")
def count_or_percent(table: Table) -> Iterator[Fault]:
    """An event without a count and without a printed percentage."""
    none = np.isnan(table.number("events")) & np.isnan(table.number("percent"))
    yield from table.hits(none, "events", "is empty: only where percent and n are printed may the count be")
