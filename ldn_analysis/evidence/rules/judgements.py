"""Rules on claims and the judgements behind their verdicts: known, complete, and of the right kind."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ldn_analysis.evidence.rules.clauses import IN_WORDS
from ldn_analysis.evidence.rules.facts import Facts, Fault, Hit, Table
from ldn_analysis.evidence.rules.registry import impossible, notice
from ldn_analysis.evidence.vocabulary import hint

PERCENT = (0.0, 100.0)
MOST = (1.0, 100.0)
"""Percent, where below 1 is a fraction that was typed."""
NUMBERS = ("criterion", "replications")
CLAIMS: dict[str, dict[str, tuple[float, float]]] = {
    "dose_typical": {"criterion": MOST},
    "symptom_relief": {},
    "pilot_30_percent": {"criterion": MOST},
    "replication_2013": {},
    "mechanical_threshold": {"criterion": (0, 1000)},
    "heat_threshold": {"criterion": (0, 55)},
    "esr_predicts": {"criterion": (0, 1), "replications": (0, 99)},
    "all_or_nothing": {"criterion": (1, 10)},
    "side_effects_rare": {"criterion": PERCENT},
    "dose_unknown": {"criterion": (1, 20)},
    "twice_daily_unexplored": {},
    "individual_dose": {},
    "long_term_safety": {"criterion": PERCENT},
    "transient_blockade": {},
    "glia_not_neurons": {"criterion": MOST},
    "unmet_need": {"criterion": MOST},
    "cheap_generic": {},
    "studies_needed": {"criterion": (0, 10)},
}
"""The claims that have a test, each with the numbers declared of it and what they can be, in the unit that
their reason names: percent, a share, a ratio, studies, points. A claim needs its test first."""

ASKED = {"dose_typical": ("4.5 mg", r"\b4\.5\s*mg"), "pilot_30_percent": ("30%", r"\b30\s*(?:%|per ?cent)")}
"""What the test of a claim asks about, and the forms in which its words may have it."""
WITHDRAWN = "one that is withdrawn stays, and is judged not testable"
WORDS = {"testable": ("yes", "no"), "start": ("high", "low")} | dict.fromkeys(NUMBERS)
LEVELS = ("0", "1", "2")


@impossible("claims")
def claim_known(table: Table) -> Iterator[Fault]:
    """A claim that no test of the workbook knows, without the number that its test asks about or with the
    words of another claim's key for its own, or a known claim that is missing."""
    there = table.text("claim_id")
    for row, claim in enumerate(there):
        if claim not in CLAIMS:
            yield row, "claim_id", f"has no test: write one before the claim{hint(claim, CLAIMS)}"
    for row, text in enumerate(table.text("claim")):
        number, form = ASKED.get(there[row], ("", ""))
        if not re.search(form, text):
            yield row, "claim", f"its test asks about {number}: say it in the claim"
    texts = [text.casefold() for text in table.text("claim")]
    for row, key in enumerate(there):
        words = [word for word in key.split("_") if len(word) > 3]
        others = [there[at] for at, text in enumerate(texts) if all(word in text for word in words)]
        if others and key not in others:
            yield (
                row,
                "claim",
                f"lacks the words of its key, and the text of {others[0]} has them: exchanged?",
            )
    missing = [claim for claim in CLAIMS if claim not in set(there)]
    if missing and there:
        rule = f"the claims {', '.join(missing)} are missing: {WITHDRAWN}"
        yield len(there) - 1, "claim_id", rule


@impossible("judgements")
def judgement_of_its_kind(table: Table) -> Iterator[Fault]:
    """A judgement that is not of its item's kind, or a number that no test of the claim reads."""
    values, claims = table.text("value"), table.text("claim_id")
    for row, item in enumerate(table.text("item")):
        if item in NUMBERS and claims[row] in CLAIMS and item not in CLAIMS[claims[row]]:
            yield row, "item", f"no test of {claims[row]} reads it: it would change nothing"
        value, words = values[row], WORDS.get(item, LEVELS)
        if words is not None and value not in words:
            yield row, "value", f"{item} must be one of {', '.join(words)}"
        elif words is None and not re.fullmatch(r"\d+(\.\d+)?", value):
            yield row, "value", f"{item} must be a number"
        elif item == "replications" and not re.fullmatch(r"\d{1,2}", value):
            yield row, "value", "replications must be a whole number of studies"


@impossible("judgements")
def judgements_complete(table: Table, facts: Facts) -> Iterator[Fault | Hit]:
    """A claim without the judgements that its verdict needs."""
    claims = facts["claims"]
    judgements: dict[str, dict[str, str]] = {}
    for claim, item, value in table.keys("claim_id", "item", "value"):
        judgements.setdefault(claim, {})[item] = value
    for row, claim in enumerate(claims.text("claim_id")):
        items = judgements.get(claim, {})
        needed = ["testable"]
        if items.get("testable") == "yes":
            needed += ["start", *CLAIMS.get(claim, ())]
        missing = [item for item in needed if item not in items]
        if missing:
            reason = f"judgements.csv has no row of it for {', '.join(missing)}"
            yield Hit(claims.name, row, "claim_id", reason)
    for row, (claim, item) in enumerate(table.keys("claim_id", "item")):
        if item != "testable" and judgements[claim].get("testable") == "no":
            yield row, "item", "the claim is not testable: nothing else can be judged of it"


@impossible("judgements")
def criterion_in_range(table: Table) -> Iterator[Fault]:
    """A criterion that its unit does not allow."""
    values = table.number("value")
    for row, (claim, item) in enumerate(table.keys("claim_id", "item")):
        low, high = CLAIMS.get(claim, {}).get(item, (0, 1e6))
        if item in NUMBERS and (values[row] < low or values[row] > high):
            yield row, "value", f"must lie between {low:g} and {high:g}, in the unit of its reason"


PARTS = {
    "half": 50.0,
    "most": 50.0,
    "third": 100 / 3,
    "quarter": 25.0,
    "fifth": 20.0,
    "tenth": 10.0,
    "any": 0.0,
}
OF_HOW_MANY = re.compile(
    rf"\b(?:({'|'.join(PARTS)})\b|1 (?:in|of) (\d+)|({'|'.join(IN_WORDS)}) independent|(\d+) ?%)", re.I
)
"""A criterion in words: a part, '1 in 10', 'one independent study', a percentage."""
RATIO = re.compile(r"\b(?:about|ratio of) (\d+\.\d+)\b")
STARTS = {
    "low": re.compile(r"^randomi[sz]ed\b", re.I),
    "high": re.compile(r"\b(?:not |un|non-?)(?:randomi[sz]ed|controlled)|\bsingle-blind|\bquoted\b", re.I),
}
"""Words of a reason that speak against where the certainty starts."""


def _criteria(text: str, whole: float) -> list[float]:
    """The criteria that a text names, of `whole` where they are a part of everything."""
    numbers = []
    for part, among, independent, percent in OF_HOW_MANY.findall(text.lower()):
        share = PARTS[part] if part else 100 / max(float(among), 1) if among else float(percent or 0)
        numbers.append(IN_WORDS.get(independent, share * whole / 100))
    return numbers


@notice("judgements")
def judgement_as_said(table: Table, facts: Facts) -> Iterator[Fault]:
    """A criterion, a number of replications or a start of the certainty that its own reason, or a percentage
    in the claim, contradicts."""
    of_claims, values = facts["claims"], table.number("value")
    claims = dict(zip(of_claims.text("claim_id"), of_claims.text("claim"), strict=True))
    for row, (claim, item, value, reason) in enumerate(table.keys("claim_id", "item", "value", "reason")):
        whole = 100.0 if CLAIMS.get(claim, {}).get(item) in (PERCENT, MOST) else 1.0
        words = _criteria(reason, whole) or _criteria(claims.get(claim, "") * (whole > 1), whole)
        near, ratios = 0.005 * whole, [float(ratio) for ratio in RATIO.findall(reason)]
        if item in NUMBERS and words and min(abs(values[row] - number) for number in words) > near:
            listed = " or ".join(f"{number:g}" for number in dict.fromkeys(words))
            yield row, "value", f"its reason or the claim says {listed}"
        elif item in NUMBERS and ratios and not min(ratios) <= values[row] <= max(ratios):
            yield row, "value", f"its reason weighs ratios of {min(ratios):g} to {max(ratios):g}"
        elif item == "start" and value in STARTS and (match := STARTS[value].search(reason)):
            yield row, "value", f"its reason says {match[0]!r}"
