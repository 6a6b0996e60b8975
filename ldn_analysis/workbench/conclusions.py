"""What a reader takes away of a folder of data: findings, verdicts and the answer of every report.

Each part calls what its report calls, with the report's default choices and today's rules, so that a
conclusion here is the sentence that the report would open with.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ldn_analysis import evidence, models
from ldn_analysis.display.words import spoken
from ldn_analysis.errors import InputError
from ldn_analysis.evidence import Evidence
from ldn_analysis.questions import (
    claims,
    dosing,
    multiverse,
    next_trial,
    pain,
    responders,
    safety,
    studies,
    summary,
    thresholds,
)
from ldn_analysis.questions.pain.findings import summary_of_findings
from ldn_analysis.questions.parameters import Analysis, parameters_class


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A conclusion: what it is about, in full, and what of it is more than a number.

    Attributes
    ----------
    name : outcome, claim or report.
    text : as it is said, with its numbers.
    gist : the direction and the certainty of a finding; the verdict on a claim; an answer without its
        numbers.
    numbers : estimate and limits, where there are some.
    """

    name: str
    text: str
    gist: str
    numbers: tuple[float, ...] = ()

    def __str__(self) -> str:
        return self.text


def conclusions(folder: Path, parts: Collection[str] | None = None) -> dict[str, dict[str, Conclusion]]:
    """The conclusions of a folder of data, by part (`PARTS`, all if left out) and by name.

    Raises
    ------
    EvidenceError : the data are not valid today.
    """
    ev = evidence.load(folder)
    by_part: dict[str, dict[str, Conclusion]] = {}
    for part, concluded in PARTS.items():
        if parts is not None and part not in parts:
            continue
        try:
            by_part[part] = {conclusion.name: conclusion for conclusion in concluded(ev)}
        except InputError as error:
            by_part[part] = {part: _answer(part, f"cannot be made: {error}")}
    return by_part


def _answer(name: str, sentence: str, certainty: str = "") -> Conclusion:
    """An answer; what is said is what is left of it without numbers, and the certainty."""
    text = f"{sentence} Certainty: {certainty}." if certainty else sentence
    return Conclusion(name, text, re.sub(r"[-−]?\d+(?:[.,]\d+)*", "#", text))


def _findings(ev: Evidence) -> Iterator[Conclusion]:
    for row in summary_of_findings(ev).to_dict("records"):
        null = 0.0 if row["measure"] == "MD" else 1.0
        numbers = tuple(float(row[name]) for name in ("estimate", "lower", "upper"))
        printed = spoken(numbers[0], numbers[1], numbers[2])
        stance = "lower and higher with LDN are both possible"
        if not math.isfinite(numbers[0]):
            printed, stance = "no estimate", "not estimable"
        elif numbers[2] < null:
            stance = "lower with LDN"
        elif numbers[1] > null:
            stance = "higher with LDN"
        certainty = f"certainty {row['certainty']}"
        text = f"{printed}, k = {row['k']}; {stance}; {certainty}" if row["k"] else "no trial"
        yield Conclusion(str(row["outcome"]), text, f"{stance}; {certainty}", numbers)


def _claims(ev: Evidence) -> Iterator[Conclusion]:
    for result in claims.run_claims(ev, _usual("08_claims")):
        certainty = f"certainty {result.certainty.level}"
        yield Conclusion(
            f"Claim: {result.claim}",
            f"{result.verdict}; {certainty}. {result.test.sentence}",
            f"{result.verdict}; {certainty}",
        )


def _evidence(ev: Evidence) -> Iterator[Conclusion]:
    pool = studies.pain_pool(ev, _usual("01_evidence").reading)
    base = studies.evidence_base(ev, pool)
    yield _answer("Answer on the evidence", studies.words.evidence_base(base))


def _summary(ev: Evidence) -> Iterator[Conclusion]:
    gathered = summary.gather(ev, _usual("00_dosing_question"))
    yield _answer("Answer of the summary", summary.words.answer(gathered), gathered.pain.certainty.level)
    yield _answer("Answer on pain", gathered.pain.sentence, gathered.pain.certainty.level)
    for name, subject in (("helps", "whether it helps"), ("dose", "dose"), ("harms", "harms")):
        yield _answer(f"Message on {subject}", getattr(summary.words, name)(gathered))
    yield _answer("Message on earlier reviews", summary.words.reviews(gathered))


def _thresholds(ev: Evidence) -> Iterator[Conclusion]:
    chosen = _usual("03_thresholds")
    pilot = thresholds.pilot_thresholds(ev, chosen.reading)
    tests = thresholds.threshold_tests(ev, family=chosen.family, reading=chosen.reading, level=chosen.level)
    average, in_sd = (
        thresholds.mechanical_estimate(
            tests, chosen.legs_correlation, standardised=turned, level=chosen.level
        )
        for turned in (False, True)
    )
    grade = thresholds.threshold_certainty(ev, in_sd, chosen.mid_sd).level
    yield _answer("Answer on pain thresholds", thresholds.words.answer(pilot, tests, average), grade)


def _responders(ev: Evidence) -> Iterator[Conclusion]:
    chosen = _usual("04_responders")
    counted = responders.responder_contrasts(ev, **chosen.pick("analysis", "reading", "level", "tau_scale"))
    at = responders.closest_threshold(counted)
    spread = responders.spread_ratio(
        ev, at=chosen.spread_asked, **chosen.pick("reading", "pre_post_r", "level")
    )
    findings = pain.summary_of_findings(ev, Analysis(**chosen.pick("reading", "level")))
    yield _answer(
        "Answer on responders",
        responders.words.all_or_nothing(counted, spread, at),
        responders.certainty_of_response(findings, at),
    )


def _dosing(ev: Evidence) -> Iterator[Conclusion]:
    chosen, compared = _usual("05_dosing"), len(dosing.randomised_comparisons(ev))
    settled = pain.analyse(ev, chosen).settled
    choices = chosen.contrast() | {"measure": "MD"}
    derived, alone = dosing.published_pain(ev, choices), dosing.head_to_head(ev, choices)
    better = dosing.words.better_dose(dosing.between_doses(derived, chosen.level, alone))
    sentence = dosing.words.answer(dosing.given_doses(ev), compared, settled, better)
    yield _answer("Answer on the dose", sentence)


def _safety(ev: Evidence) -> Iterator[Conclusion]:
    chosen = _usual("06_safety")
    compared = safety.compared_harms(ev, chosen.reading, chosen.level)
    excluded = safety.frequency_excluded(ev, chosen.reading, chosen.level, chosen.asked / 100)
    answer = safety.words.answer(compared, safety.quoted_harms(ev, chosen.reading), excluded)
    yield _answer("Answer on safety", answer, safety.serious_certainty(ev, excluded).level)


def _next_trial(ev: Evidence) -> Iterator[Conclusion]:
    plan = next_trial.what_would_settle(ev, _usual("09_next_trial"))
    yield _answer("Answer on the next trial", next_trial.words.settling(plan, 42))


def _multiverse(ev: Evidence) -> Iterator[Conclusion]:
    chosen = _usual("07_multiverse")
    options = chosen.pick("kinds", "leave_out", "assumed_baseline", "reading")
    analyses = multiverse.pain_multiverse(ev, **options)
    if analyses is None:
        yield _answer("Answer on the analyses that were possible", multiverse.words.NOTHING)
        return
    beyond = {"MD": chosen.mid, "SMD": chosen.smd_mid, "SMD, SD of values": chosen.smd_mid}
    shares = models.multiverse_shares(analyses.mv, beyond)
    answer = multiverse.words.multiverse_answer(shares, analyses.mv.scales[0])
    yield _answer("Answer on the analyses that were possible", answer)


def _usual(notebook: str) -> Any:
    """A report's default choices."""
    return parameters_class(notebook)()


PARTS: dict[str, Callable[[Evidence], Iterator[Conclusion]]] = {
    "findings": _findings,
    "summary": _summary,
    "evidence": _evidence,
    "thresholds": _thresholds,
    "responders": _responders,
    "dosing": _dosing,
    "safety": _safety,
    "multiverse": _multiverse,
    "claims": _claims,
    "next trial": _next_trial,
}
"""What makes the conclusions of each part."""
SLOW = frozenset({"multiverse"})
"""Parts that take many seconds for each data set."""
