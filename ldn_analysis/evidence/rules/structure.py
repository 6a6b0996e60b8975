"""Rules within one table: limits, counts and pairs of columns, keys of meaning, ids that say otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from ldn_analysis.evidence.rules.clauses import IN_WORDS, number_of
from ldn_analysis.evidence.rules.facts import Facts, Fault, Table
from ldn_analysis.evidence.rules.registry import impossible, notice, suspicious

LIMITED = ("outcomes", "published_syntheses", "pharmacology", "responder_benchmarks")
VALUES = ("value", "estimate")


def _above(table: Table, low: str, high: str) -> Iterator[Fault]:
    others = table.number(high)
    yield from table.hits(table.number(low) > others, low, f"must not be above {high} ({{:g}})", others)


@impossible()
def interval_order(table: Table) -> Iterator[Fault]:
    """A limit on the wrong side of its value, or of the other limit."""
    for value in VALUES:
        yield from _above(table, "lower95", value)
        yield from _above(table, value, "upper95")
    crossed = table.number("lower95") > table.number("upper95")
    if not any(table.has(value) for value in VALUES):
        yield from table.hits(crossed, "lower95", "must not be above upper95")


@impossible()
def interval_width(table: Table) -> Iterator[Fault]:
    """An interval of no width."""
    flat = table.number("lower95") == table.number("upper95")
    yield from table.hits(flat, "upper95", "an interval of no width: its limits are equal")


@impossible()
def interval_complete(table: Table) -> Iterator[Fault]:
    """One limit without the other."""
    low, high = np.isnan(table.number("lower95")), np.isnan(table.number("upper95"))
    yield from table.hits(low & ~high, "lower95", "an interval needs both limits")
    yield from table.hits(high & ~low, "upper95", "an interval needs both limits")


@impossible(*LIMITED)
def interval_without_value(table: Table) -> Iterator[Fault]:
    """An interval, a spread or an effect size whose value is missing."""
    column = "estimate" if table.has("estimate") else "value"
    missing = np.isnan(table.number(column))
    if table.name == "outcomes":
        missing &= table.mask("statistic", "direction")
    for spread in ("lower95", "sd", "se", "iqr", "effect_size"):
        alone = missing & ~np.isnan(table.number(spread))
        yield from table.hits(alone, spread, f"is given although there is no {column}")


@impossible()
def spread_positive(table: Table) -> Iterator[Fault]:
    """An SD, SE or IQR of 0."""
    for column in ("sd", "se", "iqr", "sd_elsewhere"):
        none = table.number(column) == 0
        yield from table.hits(none, column, "a spread of 0: leave the cell empty where it is not known")


@impossible("studies", "outcomes", "measures", "quantities")
def range_order(table: Table) -> Iterator[Fault]:
    """Ends in the wrong order."""
    for low, high in (("dose_min_mg", "dose_max_mg"), ("lowest", "highest")):
        yield from _above(table, low, high)
    for low, high in (("scale_min", "scale_max"), ("plausible_min", "plausible_max")):
        yield from _above(table, low, high)
        flat = table.number(low) == table.number(high)
        yield from table.hits(flat, high, f"the scale has no width: {low} is the same")
        open_end = np.isnan(table.number(low)) != np.isnan(table.number(high))
        yield from table.hits(open_end, high, f"a scale needs both ends, {low} and {high}")


PARTS_OF = {
    "studies": ("n_analysed", "n_randomised"),
    "events": ("events", "n"),
    "published_syntheses": ("k", "n"),
}
"""A number counted, and the number of which it is a part."""


@impossible(*PARTS_OF)
def counts_order(table: Table) -> Iterator[Fault]:
    """More counted than there are."""
    timed = table.filled("person_weeks")  # events of a time at risk may be many a person
    yield from (fault for fault in _above(table, *PARTS_OF[table.name]) if not timed[fault[0]])


MEANING = {
    "outcomes": ("study_id", "domain", "measure", "unit", "week", "group", "statistic", "analysis",
                 "dose_mg_per_day", "period"),
    "events": ("study_id", "event", "week", "group", "analysis", "dose_mg_per_day", "period"),
    "published_syntheses": ("synthesis_id", "label", "outcome", "measure", "comparison"),
    "pharmacology": ("quantity", "analyte", "dose_mg", "regimen", "time_h", "value", "n", "source"),
    "clinical_thresholds": ("what", "kind", "source"),
    "risk_of_bias": ("study_id", "outcome", "domain"),
    "judgements": ("claim_id", "item"),
    "multiverse_choices": ("choice", "option"),
    "measures": ("measure", "unit", "scale_min", "scale_max"),
    "claims": ("claim",),
    "responder_benchmarks": ("what", "unit", "year", "source"),
    "discontinuation": ("study_id", "label", "year", "condition"),
}  # fmt: skip
"""The columns that say what a row is about: two rows that agree in all of them say the same thing twice."""


@impossible(*MEANING, "study_sets")
def one_row_a_meaning(table: Table) -> Iterator[Fault]:
    """Two rows that say the same thing under two keys."""
    meanings = [MEANING[table.name]] if table.name in MEANING else []
    meanings += [("choice", "label")] if table.name == "multiverse_choices" else []
    lines = table.number("line")
    for columns in meanings:
        first: dict[tuple[str, ...], int] = {}
        for row, key in enumerate(table.keys(*columns)):
            before = first.setdefault(tuple(word.casefold() for word in key), row)
            if before != row:
                words = ", ".join(word.removesuffix(".0") for word in key if word)
                yield row, columns[0], f"says again what line {lines[before]:g} says: {words}"
    sets = table.groups("study_id", "outcome") if table.name == "study_sets" else {}
    for rows in sets.values():
        yield from table.hits(rows[1:], "study_id", "a study has one row an outcome")


GROUP = re.compile(r"-(ldn-placebo|ldn|placebo|all)(?=-|$)")
WEEK = re.compile(r"-w(\d+(?:\.\d+)?)(?=-|$)")
WEEKS_A_MONTH = 365.25 / 12 / 7
START = re.compile(
    r"\(baseline\)|^baseline\b|\bat baseline\b|\bbaseline (?:characteristics|values|data|demographics)\b",
    re.I,
)
KEYS = {"outcomes": "outcome_id", "events": "event_id"}


MARKS = {"change", "difference", "paired", "ratio", "squared", "direction"}
"""Words that tell statistics apart which are analysed in different ways."""


def _slug(statistic: str) -> str:
    return statistic.partition(" (")[0].replace(" ", "-")


DOSE = re.compile(r"-d(\d+(?:\.\d+)?)$")
SAID_BY_KEY = {
    "events": ("event_id", "event", ""),
    "study_sets": ("study_set_id", "outcome", ""),
    "risk_of_bias": ("risk_of_bias_id", "outcome", ""),
    "judgements": ("judgement_id", "item", "--"),
}
"""Tables whose key begins with a cell of the row (that of an event after the study), or has it after a
mark."""


OF_ROW = re.compile(
    r"(?:-(?:w\d[\d.]*|d\d[\d.]*|p\d|ldn|placebo|itt|cc|intention-to-treat|complete-cases|\d+"
    r"|any|all|total|cases?|counts?|number|events?|patients|people|participants|arm|group|weeks?))*"
)
"""What a key says of its row besides the event: words that make no other event of it."""


def _in_key(words: list[str]) -> list[str]:
    return [re.sub("[ _]", "-", word).replace("%", "") for word in words]


def _other_key(table: Table, facts: Facts) -> Iterator[Fault]:
    """Keys that begin with another outcome, event or item than that of their row."""
    key, column, mark = SAID_BY_KEY[table.name]
    slugs = _in_key(table.text(column))
    event = column == "event"
    listed = dict.fromkeys(_in_key(facts["event_types"].text("event")) if event else slugs)
    for row, (text, study) in enumerate(zip(table.text(key), table.text("study_id"), strict=True)):
        part = text.rpartition(mark)[2] if mark else text.removeprefix(f"{study}-")
        begins = max((slug for slug in listed if f"{part}-".startswith(f"{slug}-")), key=len, default="")
        words = set(slugs[row].split("-")) - {"or", "and"}
        turned = event and set(begins.split("-")) <= words <= set(part.split("-"))
        turned |= event and not OF_ROW.fullmatch(part.removeprefix(begins))
        # the key of a longer one may be cut short; that of an event may be in other words, in any order
        if not slugs[row].startswith(begins) and not turned:
            yield row, column, f"its key {text!r} says {begins}"


@impossible(*KEYS, *SAID_BY_KEY, "decisions")
def id_agrees(table: Table, facts: Facts) -> Iterator[Fault]:
    """A key that names another study, group, week, dose or statistic than its row, or another outcome, event,
    item or decision."""
    if table.name == "decisions":
        yield from _key_of_decision(table)
    if table.name in SAID_BY_KEY:
        yield from _other_key(table, facts)
    if table.name in KEYS:
        yield from _key_of_result(table, facts)


def _key_of_decision(table: Table) -> Iterator[Fault]:
    for row, (key, *of) in enumerate(table.keys("decision_id", "record_id", "screener")):
        key_of = re.fullmatch(r"(.+)-([A-Za-z]+)-\w+", key)
        if key_of and list(key_of.groups()) != of:
            yield row, "decision_id", f"says {key_of[1]} of {key_of[2]}: this row is {of[0]} of {of[1]}"


def _key_of_result(table: Table, facts: Facts) -> Iterator[Fault]:
    """Keys of outcomes and events that name another study, statistic, group, week or dose."""
    studies, slugs = facts.row_of_study, [_slug(word) for word in table.text("statistic")]
    weeks, groups, owners = table.number("week"), table.text("group"), table.text("study_id")
    doses = table.number("dose_mg_per_day")
    low, high = (facts.study_number(table, f"dose_{end}_mg") for end in ("min", "max"))
    for row, text in enumerate(table.text(KEYS[table.name])):
        says = f"its key {text!r} says"
        first = text.split("-", 1)[0]
        if first in studies and first != owners[row] and not text.startswith(owners[row] + "-"):
            yield row, "study_id", f"its key {text!r} names the study {first}"
        key_groups = GROUP.findall(text)
        if table.name == "outcomes" and key_groups:
            statistic = _other_statistic(
                text.rpartition(f"-{key_groups[-1]}-")[2], slugs[row], {*slugs} - {""}
            )
            if statistic:
                yield row, "statistic", f"{says} {statistic}"
        if key_groups and key_groups[-1] != groups[row]:
            yield row, "group", f"{says} {key_groups[-1]}"
        at = WEEK.findall(text)
        if at and float(at[-1]) != weeks[row]:
            yield row, "week", f"{says} week {at[-1]}"
        dose = DOSE.search(text)
        in_range = dose and low[row] <= float(dose[1]) <= high[row]  # '-d84' is a day
        if dose and in_range and doses[row] >= 0 and float(dose[1]) != doses[row]:
            yield row, "dose_mg_per_day", f"{says} {dose[1]} mg"


def _other_statistic(tail: str, own: str, slugs: set[str]) -> str:
    """The statistic that the end of a key names, where it is not analysed as the row's own is; else empty."""
    longest = max((slug for slug in slugs if f"{tail}-".startswith(f"{slug}-")), key=len, default=own)
    marks, *others = (MARKS & set(words.split("-")) for words in (own, longest, tail))
    unadjusted = "adjusted" in tail.split("-") and not own.startswith("adjusted")
    return longest if unadjusted or marks not in others else ""  # 'mean-difference' begins as 'mean'


ADDRESS = r"^(?:https?://)?(?:dx\.|www\.)?doi(?:\.org/|:) ?10\."
"""A DOI with its address."""


@impossible()
def source_form(table: Table) -> Iterator[Fault]:
    """A source that looks like a DOI or PubMed number and is none, or a DOI with its address."""
    doi, pmid = re.compile(r"10\.\d{4,9}/\S+"), re.compile(r"PMID [1-9]\d{0,8}")
    if table.name in ("measures", "registrations"):
        return
    for row, text in enumerate(table.text("source")):
        if text.startswith("10.") and not doi.fullmatch(text):
            yield row, "source", "begins like a DOI and is none (10., four digits, a slash, more)"
        if re.match(ADDRESS, text, re.I):
            yield row, "source", "a DOI stands without its address: it is compared with those of the studies"
        if text.upper().startswith("PMID") and not pmid.fullmatch(text):
            yield row, "source", "must be 'PMID ' and a number above 0"


PLACE = re.compile(r"\b(table|figure|fig\.)\s*(\w+)", re.IGNORECASE)


@suspicious()
def how_read_fits_location(table: Table) -> Iterator[Fault]:
    """A reading level that the location contradicts."""
    rows = list(zip(*map(table.text, ("how_read", "location", "source")), strict=True))
    beyond = {
        (source, match[2].lower())
        for how, where, source in rows
        for match in PLACE.finditer(where)
        if how in ("transcribed", "secondary", "title only")
    }
    for row, (how, where, source) in enumerate(rows):
        if how == "abstract" and "abstract" not in where.lower():
            for match in PLACE.finditer(where):
                if (source, match[2].lower()) in beyond:
                    reason = f"says abstract; other rows have {match[0]} of this paper from elsewhere"
                    yield row, "how_read", reason


TIME = rf"(\d+(?:\.\d+)?|{'|'.join(sorted(IN_WORDS, key=len, reverse=True))})"
BEFORE_TIME = r"(?:\(|, |\bat |\bafter )"
NAMED_TIMES = tuple(
    (re.compile(form, re.I), weeks)
    for unit, weeks in (("(?:week|wk)", 1.0), ("month", WEEKS_A_MONTH), ("day", 1 / 7))
    for form in (rf"\b{unit}s?\.? {TIME}\b", rf"{BEFORE_TIME}{TIME}[- ]{unit}s?\b")
)


def times_named(where: str) -> list[float]:
    """Times in weeks that a text names."""
    amounts = ((number_of(text), weeks) for form, weeks in NAMED_TIMES for text in form.findall(where))
    return [amount * weeks for amount, weeks in amounts if amount is not None]


def same_time(week: float, times: list[float]) -> bool:
    """Whether a week is one of the times, or there is none; a month may be counted in several ways."""
    return not times or min(abs(week - time) for time in times) <= max(1.0, 0.1 * week)


@suspicious(*KEYS)
def week_of_location(table: Table) -> Iterator[Fault]:
    """A week that the location or the definition contradicts."""
    weeks, words, groups = table.number("week"), table.text("statistic"), table.text("group")
    for row, where in enumerate(table.text("location")):
        week = float(weeks[row])
        if not week > 0:
            continue
        of = table.text("definition")[row]
        if not same_time(week, times_named(where)):
            yield row, "week", f"the location says {where!r}"
        elif not same_time(week, times_named(of)):
            yield row, "week", f"the definition says {of!r}"
        elif words[row] in ("mean", "median") and groups[row] != "ldn-placebo" and START.search(where):
            yield row, "week", f"the location says {where!r}: the baseline is week 0"


@notice()
def read_beyond_abstract(table: Table) -> Iterator[Fault]:
    """How_read abstract where the location names a table or figure."""
    for row, (how, where) in enumerate(zip(table.text("how_read"), table.text("location"), strict=True)):
        if how == "abstract" and PLACE.search(where) and "abstract" not in where.lower():
            yield row, "how_read", "says abstract, but the location is in the paper's body"


@impossible()
def title_only_without_value(table: Table) -> Iterator[Fault]:
    """A value of which only the title was read."""
    for column in (*VALUES, "events"):
        valued = table.mask("how_read", "title only") & ~np.isnan(table.number(column))
        yield from table.hits(valued, column, "a value, though only the title was read")
