"""The claims of 2016, tested one by one: a number, a verdict by rule, a certainty with its reasons.

A test looks at the evidence and says on which side of its declared criterion its number lies
(`types.FINDINGS`); the verdict follows by `VERDICT_OF`. How a claim is tested follows from its kind
(`RULES`): an effect has a certainty from ``judgements.csv`` and the rules of `grading`, a count or an
observation has none. The same test runs on what was published by a year and on everything.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ldn_analysis import html
from ldn_analysis.evidence import Evidence
from ldn_analysis.questions.claims import tests_doses, tests_effects, tests_thresholds  # noqa: F401 - they enter their tests
from ldn_analysis.questions.claims.parameters import Claims
from ldn_analysis.questions.claims.types import CLAIM_TESTS, RULES, ClaimTest, Finding, declared
from ldn_analysis.questions.grading import UNGRADED, Certainty, Downgrade, certainty

VERDICT_OF: dict[Finding, str] = {
    "for": "supported",
    "as reported": "true as reported",
    "open": "undecided",
    "not again": "not replicated",
    "against": "contradicted",
    "no study": "not studied",
    "no estimate": "no usable data",
}
"""What each finding is called. "Undecided" is not "wrong": the data leave the question open."""
VERDICTS = tuple(VERDICT_OF.values())

_DOMAINS = ("risk of bias", "inconsistency", "indirectness", "imprecision", "publication bias")
"""Those of GRADE; a judgement has the domain's name, with underlines."""


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """A claim, what the data say, the verdict and its certainty."""

    claim_id: str
    claim: str
    test: ClaimTest
    verdict: str
    certainty: Certainty


def judge(ev: Evidence, claim_id: str, test: ClaimTest) -> tuple[str, Certainty]:
    """Verdict and certainty of a claim's test, by the declared judgements and the rules.

    A claim declared not testable with these data gets that verdict whatever the number. A certainty is given
    to effects alone, and only where there is an estimate. Where a rule and a declared judgement name the same
    domain, the larger counts, once. A judgement whose reason the data contradict counts, and says so.
    """
    rows = ev.judgements[ev.judgements["claim_id"] == claim_id].to_dict("records")
    of = {row["item"]: row for row in rows}
    if declared(ev, claim_id, "testable") == "no":
        return VERDICT_OF["no estimate"], Certainty(UNGRADED, "", note=str(of["testable"]["reason"]))
    verdict = VERDICT_OF[test.finding]
    rule = CLAIM_TESTS[claim_id].rule
    if rule != "effect":
        return verdict, Certainty(UNGRADED, "", note=f"GRADE does not apply; the rule: {RULES[rule]}")
    if test.finding in ("no study", "no estimate"):
        return verdict, Certainty(UNGRADED, "", note="there is no estimate to be certain of")
    why = {item: str(row["reason"]).rstrip(".") for item, row in of.items()}
    why |= dict.fromkeys(test.overtaken, "declared before these data, and to be judged again")
    downgrades = {d.domain: d for d in test.downgrades}
    for domain in _DOMAINS:
        item = domain.replace(" ", "_")
        levels = int(of[item]["value"]) if item in of else 0
        if levels > (downgrades[domain].levels if domain in downgrades else 0):
            downgrades[domain] = Downgrade(domain, levels, why[item])
    graded = certainty(declared(ev, claim_id, "start"), downgrades.values())
    note = f"starts at {graded.start}: {why['start']}"
    return verdict, Certainty(graded.level, graded.start, graded.downgrades, note)


def run_claims(ev: Evidence, choices: Claims | None = None) -> tuple[ClaimResult, ...]:
    """Test every claim of ``claims.csv`` on the evidence given, in the order of the file."""
    chosen = choices or Claims()
    results = []
    for claim_id, claim in zip(map(str, ev.claims["claim_id"]), ev.claims["claim"], strict=True):
        tested = CLAIM_TESTS[claim_id]
        if tested.rule != "none" and declared(ev, claim_id, "testable") == "no":  # it has no criterion
            test = ClaimTest("no estimate", "It is declared not testable with these data.")
        else:
            test = tested.test(ev, chosen)
        results.append(ClaimResult(claim_id, str(claim), test, *judge(ev, claim_id, test)))
    return tuple(results)


def claims_table(then: tuple[ClaimResult, ...], now: tuple[ClaimResult, ...]) -> pd.DataFrame:
    """One row a claim: `COLUMNS`. ``name`` is for results, ``inputs`` are the rows of the data behind both
    moments (the claim's own row where there are none), ``derivation`` what was done with them."""
    rows = []
    for a, b in zip(then, now, strict=True):
        tested = CLAIM_TESTS[b.claim_id]
        inputs = tuple(dict.fromkeys((*b.test.inputs, *a.test.inputs))) or (b.claim_id,)
        name = html.slug(b.claim_id).replace("-", "_") or "claim"
        method = " ".join((tested.test.__doc__ or "").split("\n\n")[0].split())
        row: dict[str, Any] = {
            "claim_id": b.claim_id,
            "name": name,
            "claim": b.claim,
            "notebook": tested.notebook,
        }
        row |= {"changed": a.verdict != b.verdict, "inputs": inputs}
        row |= {"derivation": f"{method} Rule: {RULES[tested.rule]}."}
        for when, r in (("then", a), ("now", b)):
            cells = {field: getattr(r.test, field) for field in _OF_TEST}
            cells |= {"quantity": r.test.quantity or tested.quantity, "n": r.test.n or math.nan}
            cells |= {"certainty": r.certainty.level, "reasons": "; ".join(r.certainty.reasons)}
            row |= {f"{field}_{when}": cell for field, cell in (cells | {"verdict": r.verdict}).items()}
        rows.append(row)
    return pd.DataFrame(rows, columns=COLUMNS)


_OF_TEST = ("number", "lower", "upper", "unit", "quantity", "sentence", "more", "k", "n", "beside")
COLUMNS = ["claim_id", "name", "claim", "notebook", "changed", "inputs", "derivation"]
COLUMNS += [f"{x}_{when}" for when in ("then", "now") for x in ("verdict", "certainty", "reasons", *_OF_TEST)]
"""Columns of `claims_table`: of each moment the verdict, its certainty, and what the test found."""


def claim_changes(table: pd.DataFrame) -> dict[str, int]:
    """How many claims have each verdict now, in the order of `VERDICTS`, and ``changed`` since then."""
    counts = {verdict: int((table["verdict_now"] == verdict).sum()) for verdict in VERDICTS}
    return counts | {"changed": int(table["changed"].sum())}
