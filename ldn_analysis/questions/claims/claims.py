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
from ldn_analysis.questions.claims import tests_doses, tests_effects  # noqa: F401 - they enter their tests
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

_DOMAINS = {
    "risk_of_bias": "risk of bias",
    "inconsistency": "inconsistency",
    "indirectness": "indirectness",
    "imprecision": "imprecision",
    "publication_bias": "publication bias",
}


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """A claim, what the data say, the verdict and its certainty."""

    claim_id: str
    claim: str
    kind: str
    test: ClaimTest
    verdict: str
    certainty: Certainty
    notebook: str


def judge(ev: Evidence, test: ClaimTest) -> tuple[str, Certainty]:
    """Verdict and certainty of a test, by the declared judgements and the rules.

    A claim declared not testable with these data gets that verdict whatever the number. A certainty is given
    to effects alone, and only where there is an estimate. Where a rule and a
    declared judgement name the same domain, the larger counts, once.
    """
    rows = ev.judgements[ev.judgements["claim_id"] == test.claim_id].to_dict("records")
    if not rows:
        return VERDICT_OF["no estimate"], Certainty(UNGRADED, "", note="no judgement is declared for it")
    of = {row["item"]: row for row in rows}
    if declared(ev, test.claim_id, "testable") == "no":
        return VERDICT_OF["no estimate"], Certainty(UNGRADED, "", note=str(of["testable"]["reason"]))
    verdict = VERDICT_OF[test.finding]
    rule = CLAIM_TESTS[test.claim_id].rule if test.claim_id in CLAIM_TESTS else "none"
    if rule != "effect":
        return verdict, Certainty(UNGRADED, "", note=f"GRADE does not apply; the rule: {RULES[rule]}")
    if test.finding in ("no study", "no estimate"):
        return verdict, Certainty(UNGRADED, "", note="there is no estimate to be certain of")
    taken = {d.domain: d for d in test.downgrades}
    for item, domain in _DOMAINS.items():
        if item in of and int(of[item]["value"]) > (taken[domain].levels if domain in taken else 0):
            taken[domain] = Downgrade(domain, int(of[item]["value"]), str(of[item]["reason"]).rstrip("."))
    graded = certainty(declared(ev, test.claim_id, "start"), taken.values())
    why = f"starts at {graded.start}: {str(of['start']['reason']).rstrip('.')}"
    return verdict, Certainty(graded.level, graded.start, graded.downgrades, why)


def run_claims(ev: Evidence, choices: Claims | None = None) -> tuple[ClaimResult, ...]:
    """Test every claim of ``claims.csv`` on the evidence given, in the order of the file."""
    made = choices or Claims()
    results = []
    for row in ev.claims.to_dict("records"):
        claim_id = str(row["claim_id"])
        if claim_id in CLAIM_TESTS:
            test, notebook = CLAIM_TESTS[claim_id].test(ev, made), CLAIM_TESTS[claim_id].notebook
        else:
            test = ClaimTest(claim_id, "none", "no estimate", "No test is written for this claim.")
            notebook = ""
        verdict, graded = judge(ev, test)
        results.append(
            ClaimResult(claim_id, str(row["claim"]), str(row["kind"]), test, verdict, graded, notebook)
        )
    return tuple(results)


def claims_table(then: tuple[ClaimResult, ...], now: tuple[ClaimResult, ...]) -> pd.DataFrame:
    """One row a claim: ``claim_id claim kind notebook`` and, each with ``_then`` and ``_now``, ``verdict
    certainty number lower upper unit quantity sentence more reasons k n``, and ``name`` for results.
    ``inputs`` are the rows of the data
    behind both moments (the claim's own row where there are none), ``derivation`` what was done with them."""
    rows = []
    for a, b in zip(then, now, strict=True):
        row: dict[str, Any] = {
            "claim_id": b.claim_id,
            "name": _name(b.claim_id),
            "claim": b.claim,
            "kind": b.kind,
            "notebook": b.notebook,
        }
        for when, r in (("then", a), ("now", b)):
            t = r.test
            row |= {
                f"verdict_{when}": r.verdict, f"certainty_{when}": r.certainty.level,
                f"number_{when}": t.number, f"lower_{when}": t.lower, f"upper_{when}": t.upper,
                f"unit_{when}": t.unit, f"quantity_{when}": t.quantity, f"sentence_{when}": t.sentence,
                f"more_{when}": t.more,
                f"reasons_{when}": "; ".join(r.certainty.reasons), f"k_{when}": t.k,
                f"n_{when}": t.n or math.nan,
            }  # fmt: skip
        inputs = tuple(dict.fromkeys((*b.test.inputs, *a.test.inputs))) or (b.claim_id,)
        rows.append(row | {"changed": a.verdict != b.verdict, "inputs": inputs, "derivation": _derived(b)})
    return pd.DataFrame(rows, columns=None if rows else COLUMNS)


COLUMNS = ["claim_id", "name", "claim", "kind", "notebook", "changed", "inputs", "derivation"]
COLUMNS += [
    f"{name}_{when}"
    for when in ("then", "now")
    for name in ("verdict", "certainty", "number", "lower", "upper", "unit", "quantity", "sentence", "more",
                 "reasons", "k", "n")
]  # fmt: skip
"""Columns of `claims_table` where no claim is listed."""


def _name(claim_id: str) -> str:
    """The name under which results of a claim are recorded: small letters, digits and underlines."""
    return html.slug(claim_id).replace("-", "_") or "claim"


def _derived(result: ClaimResult) -> str:
    """How a claim's number and verdict were made, in words."""
    if result.claim_id not in CLAIM_TESTS:
        return "No test is written for this claim."
    test = CLAIM_TESTS[result.claim_id].test
    what = " ".join((test.__doc__ or "").split("\n\n")[0].split())
    return f"{what} Rule: {RULES[CLAIM_TESTS[result.claim_id].rule]}."


def claim_changes(table: pd.DataFrame) -> dict[str, int]:
    """How many claims have each verdict now, in the order of `VERDICTS`, and ``changed`` since then."""
    counts = {verdict: int((table["verdict_now"] == verdict).sum()) for verdict in VERDICTS}
    return counts | {"changed": int(table["changed"].sum())}
