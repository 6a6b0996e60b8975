"""Rules on published syntheses: complete, in range, in step with their numbers of trials."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np

from ldn_analysis.evidence.integrity import Z95
from ldn_analysis.evidence.rules.facts import Facts, Fault, Table
from ldn_analysis.evidence.rules.registry import impossible, suspicious

RATIOS = ("RR", "OR", "IRR")


@suspicious("published_syntheses")
def synthesis_complete(table: Table) -> Iterator[Fault]:
    """A pooled estimate without its interval, no estimate where more than the title was read, or a result
    before and after treatment whose key and notes do not say so."""
    estimate, low, high = (table.number(name) for name in ("estimate", "lower95", "upper95"))
    alone = ~np.isnan(estimate) & np.isnan(low) & np.isnan(high)
    yield from table.hits(alone, "lower95", "a pooled estimate comes with its interval")
    none = np.isnan(estimate) & ~table.mask("how_read", "title only")
    yield from table.hits(none, "estimate", "is empty, though more than the title was read")
    for row, (comparison, *words) in enumerate(
        table.keys("comparison", "synthesis_row_id", "label", "notes")
    ):
        if comparison == "ldn pre-post" and not ONE_GROUP.search(" ".join(words)):
            reason = "say in the notes that it compares before with after: neither they nor the key do"
            yield row, "comparison", reason


@impossible("published_syntheses")
def synthesis_sizes(table: Table) -> Iterator[Fault]:
    """A number of trials that the participants do not allow, or heterogeneity of one trial."""
    k, n, i2 = table.number("k"), table.number("n"), table.number("i2_percent")
    yield from table.hits(n < 2 * k, "n", "{:g} trials have at least {:g} participants", k, 2 * k)
    yield from table.hits((k == 1) & (i2 > 0), "i2_percent", "one trial has no heterogeneity")


SMALLEST, LARGEST = 8, 300
"""People in a trial of low-dose naltrexone, on the average of a review."""


def _against_reviews(table: Table) -> Iterator[Fault]:
    """Estimates clearly on one side where two other reviews or more of the same have theirs on the other."""
    null = np.where(table.mask("measure", *RATIOS), 1.0, 0.0)
    sides, reviews = np.sign(table.number("estimate") - null), table.text("synthesis_id")
    clear = (table.number("lower95") > null) | (table.number("upper95") < null)
    for rows in table.groups("outcome", "comparison", where=sides != 0).values():
        for row in rows:
            others = {reviews[at]: sides[at] for at in rows if reviews[at] != reviews[row]}
            if clear[row] and len(others) > 1 and set(others.values()) == {-sides[row]}:
                reason = f"all {len(others)} other reviews of it lie on the other side: was the sign turned?"
                yield row, "estimate", reason


NARROWEST = {"SMD": 0.5, "MD": 0.5} | dict.fromkeys(RATIOS, 0.25)
"""The least standard error of a pooled estimate, as a part of 2 over the root of the people: of an SMD, of
points of pain whose SD is 0.5, of a ratio of what nearly everybody has."""

MANY = 800.0
"""People of a review that does not say how many: more than the trials of low doses had together by 2026."""


def _too_narrow(table: Table, facts: Facts) -> Iterator[Fault]:
    """Intervals narrower than those of so many people can be; of all trials here, or of `MANY` people, where
    it is not said."""
    studies, measures = facts["studies"], table.text("measure")
    trials = studies.groups("trial_id", where=studies.mask("randomised", "yes")).values()
    people = np.fmax(studies.number("n_randomised"), studies.number("n_analysed"))
    known = sum(float(np.nanmax(people[rows], initial=0.0)) for rows in trials)
    # A crossover has everybody twice, and a correlation makes its differences more precise still.
    n = np.where(np.isnan(table.number("n")), max(2 * known, MANY), np.fmax(table.number("n"), 1.0))
    ends = [table.number(name) for name in ("lower95", "upper95")]
    own = table.mask("comparison", "ldn vs placebo") & ~table.filled("population")
    for row in np.flatnonzero(own & (ends[1] > ends[0])).tolist():
        low, high = (float(end[row]) for end in ends)
        if measures[row] in RATIOS:
            low, high = (math.log(end) if end > 0 else math.nan for end in (low, high))
        elif measures[row] == "MD" and table.text("outcome")[row] != "pain":
            continue
        least = NARROWEST.get(measures[row], 0.0) * 2 * Z95 * 2 / math.sqrt(n[row])
        half = sum(table.printed(name, row).half for name in ("lower95", "upper95"))
        if high - low + half < least:
            yield row, "lower95", f"with upper95 too narrow for {n[row]:g} people: is it a standard error?"


@suspicious("published_syntheses")
def synthesis_in_range(table: Table, facts: Facts) -> Iterator[Fault]:
    """A pooled estimate beyond what its measure allows, on the other side than all other reviews say, with
    limits narrower than so many people allow, or of trials of a size that none has."""
    yield from _against_reviews(table)
    yield from _too_narrow(table, facts)
    n, k = table.number("n"), table.number("k")
    for sizes, word in ((n < SMALLEST * k, "few"), (n > LARGEST * k, "many")):
        yield from table.hits(sizes & (k > 0), "n", f"are {word} people for {{:g}} trials", k)
    measures, outcomes = table.text("measure"), table.text("outcome")
    apart = table.filled("not_comparable")
    for column in ("estimate", "lower95", "upper95"):
        values = table.number(column)
        for row in np.flatnonzero(~np.isnan(values)).tolist():
            value, measure = values[row], measures[row]
            if measure in RATIOS:
                low, high = (0.1, 10.0) if column == "estimate" else (0.02, 50.0)
            elif measure == "SMD":
                low, high = -4.0, 4.0
            elif measure == "RD":
                low, high = -1.0, 1.0
            else:
                most = 5.0 if column == "estimate" else 10.0
                points = outcomes[row] == "pain" and not apart[row]
                low, high = (-most, most) if points else (-100.0, 100.0)
            if not low <= value <= high and not (measure in RATIOS and value <= 0):
                other = "; what is on another scale says so in not_comparable" if measure == "MD" else ""
                yield row, column, f"of {measure} must lie between {low:g} and {high:g}{other}"


@suspicious("published_syntheses")
def synthesis_one_source(table: Table) -> Iterator[Fault]:
    """Rows of one review that differ in year or DOI, or the DOI or a result of one review under two names."""
    for column in ("year", "doi"):
        for row, other in table.differing(column, "synthesis_id"):
            yield row, column, f"another row of this review has {other.removesuffix('.0') or 'nothing'}"
    result = ("outcome", "measure", "comparison", "estimate", "lower95", "upper95")
    complete = table.filled("estimate") & table.filled("lower95") & table.filled("upper95")
    for same, columns, where in (("DOI", ("doi",), table.filled("doi")), ("result", result, complete)):
        for row, other in table.differing("synthesis_id", *columns, where=where):
            yield row, "synthesis_id", f"{other} has the same {same}: the same review?"


CONTINUOUS = (
    "pain", "symptom severity", "function", "quality of life", "pressure pain threshold",
    "mechanical pain threshold",
)  # fmt: skip
"""Outcomes that are measured; the others count people or events."""
NAMED_MEASURE = re.compile(r"-(smd|md|rr|irr|rd|or$)(?=-|$)")
NAMED_OUTCOME = re.compile(r"[^-]+-(.+?)-(?:smd|md|rr|irr|rd|or)(?:-.*)?")
BEFORE_AFTER = re.compile(
    r"before-(?:and-)?after\b|pre[- /]?(?:and[- ])?post\b|within the LDN groups?\b", re.IGNORECASE
)
ONE_GROUP = re.compile(
    r"\bbefore\b|\bpre\b|\bpre-?/?post|\bbaseline\b|\bwithin\b|\bchange\b"
    r"|\b(?:one|single)[- ](?:arm|group)|\buncontrolled",
    re.IGNORECASE,
)
"""Words of a result that compares one group with itself."""


@impossible("published_syntheses")
def synthesis_says_one_thing(table: Table, facts: Facts) -> Iterator[Fault]:
    """A pooled result whose measure, comparison or key belongs to another kind of result, or one of other
    people that is compared with fibromyalgia."""
    outcomes = {*CONTINUOUS, *table.text("outcome"), *facts["event_types"].text("event")}
    names = ("synthesis_row_id", "outcome", "measure", "comparison", "notes")
    of, apart = table.text("population"), table.filled("not_comparable")
    for row, (key, outcome, measure, comparison, notes) in enumerate(table.keys(*names)):
        if (measure in ("MD", "SMD")) != (outcome in CONTINUOUS) and measure:
            kind = "is measured: MD or SMD" if outcome in CONTINUOUS else "is counted: RR, OR, RD or IRR"
            yield row, "measure", f"{outcome} {kind}"
        measures = NAMED_MEASURE.findall(key)
        if measures and measures[-1].upper() != measure:
            yield row, "measure", f"its key {key!r} says {measures[-1].upper()}"
        match = NAMED_OUTCOME.fullmatch(key)
        key_outcome = match[1].replace("-", " ") if match else outcome
        if key_outcome != outcome and key_outcome in outcomes:  # a key may shorten its own
            yield row, "outcome", f"its key {key!r} says {key_outcome}"
        if of[row] and outcome in CONTINUOUS and not apart[row]:
            yield row, "not_comparable", f"say why: it is of {of[row]}, not of fibromyalgia"
        before = "-pre-post" in key or BEFORE_AFTER.match(notes)
        if before and comparison == "ldn vs placebo":
            yield row, "comparison", "key or notes say that it compares before with after"
