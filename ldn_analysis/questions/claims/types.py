"""What a test of a claim takes and gives, and the small helpers that the tests share."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from ldn_analysis.display import words as display_words
from ldn_analysis.errors import InputError, one_of
from ldn_analysis.evidence import Evidence
from ldn_analysis.questions.claims.parameters import Claims
from ldn_analysis.questions.grading import Downgrade

Finding = Literal["for", "as reported", "against", "open", "not again", "no estimate", "no study"]
FINDINGS: tuple[Finding, ...] = get_args(Finding)
"""On which side of its criterion a claim's number lies, or why there is none."""

Rule = Literal["effect", "observed", "replicated", "count", "quoted", "none"]
RULES: dict[Rule, str] = {
    "effect": "an interval of an effect in people like these, against the declared criterion",
    "observed": "what was observed in one study, against the claim's own number; no interval is asked for",
    "replicated": "whether an independent study shows the same outcome again",
    "count": "how many studies did it",
    "quoted": "results that others published, against the declared criterion",
    "none": "nothing here can test it",
}
"""The rule of each kind of claim. A certainty is given to effects alone."""


@dataclass(frozen=True, slots=True)
class ClaimTest:
    """What the data say on one claim.

    Attributes
    ----------
    number, lower, upper, unit
        The result and its interval; NaN where there is none.
    k, n : int
        Studies and participants behind the number.
    finding : str
        One of `FINDINGS`.
    sentence : str
        The result in at most 40 words, with what it leaves open.
    more : str
        What a reader may want beside it: how it was made, what else is known.
    downgrades : tuple of Downgrade
        Levels of certainty that computed rules take off.
    inputs : tuple of str
        Rows of the data that the number, or its absence, rests on.
    quantity : str
        What `number` is, in words; empty: what `Tested` says.
    beside : str
        What the verdict alone would not tell of the size, for the answer; else empty.
    overtaken : tuple of str
        Items of ``judgements.csv`` whose declared reason these data contradict.
    """

    finding: Finding
    sentence: str
    number: float = math.nan
    lower: float = math.nan
    upper: float = math.nan
    unit: str = ""
    k: int = 0
    n: int = 0
    downgrades: tuple[Downgrade, ...] = ()
    inputs: tuple[str, ...] = ()
    more: str = ""
    quantity: str = ""
    beside: str = ""
    overtaken: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        one_of("finding", self.finding, FINDINGS)


Test: TypeAlias = Callable[[Evidence, Claims], ClaimTest]


@dataclass(frozen=True, slots=True)
class Tested:
    """How a claim is tested: by which function and rule, which notebook has the details, what is counted."""

    test: Test
    rule: Rule
    notebook: str
    quantity: str


CLAIM_TESTS: dict[str, Tested] = {}
"""The test of each claim, by the claim's id: `claim_test` enters them."""


def claim_test(rule: Rule, notebook: str, quantity: str) -> Callable[[Test], Test]:
    """Decorator: the function is the test of the claim whose id is its name."""

    def enter(test: Test) -> Test:
        CLAIM_TESTS[test.__name__] = Tested(test, rule, notebook, quantity)
        return test

    return enter


def declared(ev: Evidence, claim_id: str, item: str) -> str:
    """The declared judgement of a claim, as written in ``judgements.csv``.

    Raises
    ------
    InputError
        If there is none: a test must not make up its own criterion.
    """
    table = ev.judgements
    rows = table[(table["claim_id"] == claim_id) & (table["item"] == item)]
    if not len(rows):
        raise InputError(f"judgements.csv has no {item!r} for the claim {claim_id!r}: add a row")
    return str(rows["value"].iloc[0])


def criterion(ev: Evidence, claim_id: str, item: str = "criterion") -> float:
    """A declared judgement that is a number."""
    value = declared(ev, claim_id, item)
    try:
        return float(value)
    except ValueError:
        raise InputError(f"judgements.csv: {item} of {claim_id} is {value!r}: must be a number") from None


def versus(lower: float, upper: float, at: float, claimed: Literal["above", "below"]) -> Finding:
    """Whether an interval lies wholly on the claimed side of `at`, wholly on the other, or on both."""
    if not (math.isfinite(lower) and math.isfinite(upper)):
        return "open"
    above, below = lower > at, upper < at
    if not (above or below):
        return "open"
    return "for" if above == (claimed == "above") else "against"


def count(n: int, noun: str, many: str | None = None) -> str:
    """A number of things: ``no trial``, ``one trial``, ``three trials``."""
    return display_words.count(n, noun, many) if n else f"no {noun}"


def sentence_of(text: str) -> str:
    """A text as a sentence: a capital letter, a full stop."""
    text = text.strip()
    return display_words.capital(text) + ("" if text.endswith(".") else ".")


PILOT = "younger2009"
"""The study that several claims are about."""
