"""Rules on claims and the judgements behind their verdicts: known, complete, and of the right kind."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ldn_analysis.evidence.rules.facts import Facts, Hit
from ldn_analysis.evidence.rules.registry import rule
from ldn_analysis.evidence.vocabulary import nearest

CLAIMS = (
    "dose_typical", "symptom_relief", "pilot_30_percent", "replication_2013", "mechanical_threshold",
    "heat_threshold", "esr_predicts", "all_or_nothing", "side_effects_rare", "dose_unknown",
    "twice_daily_unexplored", "individual_dose", "long_term_safety", "transient_blockade", "glia_not_neurons",
    "unmet_need", "cheap_generic", "studies_needed",
)  # fmt: skip
"""The claims that have a test; a claim without one needs its test first."""
CRITERION = {
    "criterion": (
        "dose_typical", "pilot_30_percent", "mechanical_threshold", "esr_predicts", "all_or_nothing",
        "side_effects_rare", "dose_unknown", "long_term_safety", "glia_not_neurons", "studies_needed",
        "unmet_need",
    ),
    "replications": ("esr_predicts",),
}  # fmt: skip
"""The numbers that the test of a claim reads, by claim."""

WORDS = {"testable": ("yes", "no"), "start": ("high", "low"), "criterion": None, "replications": None}
LEVELS = ("0", "1", "2")


@rule(
    "claim_known",
    "impossible",
    "a claim that no test of the workbook knows, or a known claim that is missing",
    "a new claim_id without a test",
)
def claim_known(facts: Facts) -> Iterator[Hit]:
    table = facts["claims"]
    there = table.text("claim_id")
    for row, claim in enumerate(there):
        if claim not in CLAIMS:
            near = nearest(claim, CLAIMS)
            hint = f": the nearest is {near!r}" if near else ""
            yield Hit(table.name, row, "claim_id", "has no test: write one before the claim" + hint)
    missing = [claim for claim in CLAIMS if claim not in set(there)]
    if missing and there:
        yield Hit(table.name, len(there) - 1, "claim_id", f"the claims {', '.join(missing)} are missing")


@rule(
    "judgement_of_its_kind",
    "impossible",
    "a judgement that is not of its item's kind",
    "testable = high; start = 7; 9 levels taken off",
)
def judgement_of_its_kind(facts: Facts) -> Iterator[Hit]:
    table = facts["judgements"]
    values = table.text("value")
    for row, item in enumerate(table.text("item")):
        value, words = values[row], WORDS.get(item, LEVELS)
        if words is not None and value not in words:
            yield Hit(table.name, row, "value", f"{item} must be one of {', '.join(words)}")
        elif words is None and not re.fullmatch(r"\d+(\.\d+)?", value):
            yield Hit(table.name, row, "value", f"{item} must be a number")
        elif item == "replications" and not re.fullmatch(r"\d{1,2}", value):
            yield Hit(table.name, row, "value", "replications must be a whole number of studies")


@rule(
    "judgements_complete",
    "impossible",
    "a claim without the judgements that its verdict needs",
    "no row 'testable'; no 'start' for a testable claim; no criterion where the test reads one",
)
def judgements_complete(facts: Facts) -> Iterator[Hit]:
    table, claims = facts["judgements"], facts["claims"]
    given: dict[str, dict[str, str]] = {}
    rows = zip(*(table.text(column) for column in ("claim_id", "item", "value")), strict=True)
    for claim, item, value in rows:
        given.setdefault(claim, {})[item] = value
    for row, claim in enumerate(claims.text("claim_id")):
        items = given.get(claim, {})
        needed = ["testable"]
        if items.get("testable") == "yes":
            needed += ["start", *(item for item, of in CRITERION.items() if claim in of)]
        missing = [item for item in needed if item not in items]
        if missing:
            said = f"judgements.csv has no row of it for {', '.join(missing)}"
            yield Hit(claims.name, row, "claim_id", said)
    for row, (claim, item) in enumerate(table.keys("claim_id", "item")):
        if item != "testable" and given[claim].get("testable") == "no":
            yield Hit(table.name, row, "item", "the claim is not testable: nothing else can be judged of it")


CRITERION_RANGE = {
    "dose_typical": (0, 100), "pilot_30_percent": (0, 100), "esr_predicts": (0, 1), "all_or_nothing": (1, 10),
    "side_effects_rare": (0, 100), "long_term_safety": (0, 100), "glia_not_neurons": (0, 100),
    "dose_unknown": (0, 20), "unmet_need": (0, 100), "studies_needed": (0, 10),
    "mechanical_threshold": (0, 1000),
    "heat_threshold": (0, 55),
}  # fmt: skip
"""What a criterion can be, in the unit that its reason names: percent, a share, a ratio, studies, points."""


@rule(
    "criterion_in_range",
    "impossible",
    "a criterion that its unit does not allow",
    "a share of variance of 25; 300 percent of studies",
)
def criterion_in_range(facts: Facts) -> Iterator[Hit]:
    table = facts["judgements"]
    values = table.number("value")
    for row, (claim, item) in enumerate(table.keys("claim_id", "item")):
        low, high = CRITERION_RANGE.get(str(claim), (0, 1e6))
        if item == "criterion" and not low <= values[row] <= high and values[row] == values[row]:
            yield Hit(
                table.name, row, "value", f"must lie between {low} and {high}, in the unit of its reason"
            )
