"""Tests of the claims on what the drug does: symptoms, responders, side effects."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from ldn_analysis import measures, models
from ldn_analysis.display.words import capital, listed, of_level, out_of, points, rows_of, side, span
from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.trials import behind
from ldn_analysis.evidence.vocabulary import readable
from ldn_analysis.models.limits import trial_limits
from ldn_analysis.questions.claims.parameters import Claims
from ldn_analysis.questions.claims.types import (
    PILOT,
    ClaimTest,
    Finding,
    claim_test,
    count,
    criterion,
    sentence_of,
    versus,
)
from ldn_analysis.questions.grading import bias_off, judged_bias
from ldn_analysis.questions.pain.analysis import analyse
from ldn_analysis.questions.pain.words import NOT_SETTLED
from ldn_analysis.questions.responders import predictor, spread_ratio
from ldn_analysis.questions.responders.words import chance_in
from ldn_analysis.questions.safety import compared_harms, harm_counts, harms_asked_first

CROSSOVER = "younger2013"
NAMED_HARMS = ("vivid dreams", "insomnia")


POINTS = "points on the 0 to 10 scale"


@claim_test("effect", "02_pain", "mean difference in pain, LDN minus placebo")
def symptom_relief(ev: Evidence, choices: Claims) -> ClaimTest:
    """The pooled difference of pain against placebo lies below zero."""
    pain = analyse(ev, choices)
    if pain.fit is None:
        return ClaimTest("no study", "No trial gives a usable estimate of pain.")
    fit, n, (low, high) = pain.fit, pain.n, pain.fit.ci
    # Two trials are told and not averaged: what is said of them decides nothing.
    outcome = "open" if fit.k == 2 else versus(low, high, 0, "below")
    more = {
        "for": "the interval lies on the side of relief",
        "against": "the interval lies on the side of worsening",
        "open": "relief and worsening are both possible",
    }[outcome]
    size = points(pain.threshold) if pain.threshold else ""
    beside = {
        "little_difference": f"a difference that matters ({size}) is unlikely",
        "small_benefit": f"the relief is probably less than matters ({size})",
    }.get(pain.situation if fit.k != 2 else "", "")
    if beside:
        more = beside if outcome == "open" else f"{more}, {beside.removeprefix('the relief is ')}"
    where = "In one trial" if fit.k == 1 else f"Across {count(fit.k, 'trial')}"
    sentence = (
        f"{where} ({n:,} people) pain was on average {side(fit.estimate)} with LDN than with placebo "
        f"({of_level(fit.level)} {side(low)} to {side(high)}, {POINTS}): {more}."
    )
    if fit.k == 2:  # the verdict before it says already that it is not settled
        sentence = capital(pain.sentence.removeprefix(NOT_SETTLED))
    return ClaimTest(
        outcome,
        sentence,
        number=fit.estimate,
        lower=low,
        upper=high,
        unit=POINTS,
        k=fit.k,
        n=n,
        downgrades=pain.certainty.downgrades,
        inputs=behind(pain.used),
        more=_two_questions(outcome, pain.certainty.target, size)
        + "Pain stands here for the symptoms as a whole, which were not pooled.",
        beside=beside,
    )


def _two_questions(outcome: Finding, target: str, size: str) -> str:
    """How a claim of any relief goes with a certainty that is of its size; empty where both are of one."""
    if outcome != "for" or not target.endswith("no difference"):
        return ""
    return (
        f"The claim names no size: any relief supports it. The certainty is of another question: {target}, "
        f"less than {size}. Both can be true. "
    )


@claim_test("observed", "02_pain", "observed difference in symptom reduction, LDN minus placebo")
def pilot_30_percent(ev: Evidence, choices: Claims) -> ClaimTest:
    """The pilot's observed difference against placebo; beside it the interval that its p value implies."""
    rows = readable(ev.outcomes, choices.reading)
    rows = rows[(rows["study_id"] == PILOT) & (rows["domain"] == "symptom severity")]
    paired = rows[(rows["statistic"] == "paired difference") & rows["p_value"].notna() & (rows["n"] > 1)]
    daily = paired[paired["measure"] != "FIQ"]
    if not len(daily):
        return ClaimTest("no estimate", "The pilot's difference was not available to us.")
    r, at = daily.iloc[0], criterion(ev, "pilot_30_percent")
    n = int(r["n"])
    se = float(measures.se_from_p(r["value"], r["p_value"], df=n - 1))
    low, high = models.limits_of(float(r["value"]), se**2, choices.level, n - 1)
    exceeded = r["value"] > at
    return ClaimTest(
        "as reported" if exceeded else "against",
        f"In the pilot ({n} people) symptoms fell by {abs(r['value']):.1f} percentage points "
        f"{'more' if r['value'] > 0 else 'less'} under LDN than under placebo: "
        f"{'more' if exceeded else 'not more'} than {at:g}, as observed in these people.",
        number=float(r["value"]),
        lower=low,
        upper=high,
        unit="percentage points",
        k=1,
        n=n,
        inputs=(str(r["outcome_id"]), *_fiq(rows)[1]),
        more=f"Its p value of {r['p_value']:g} implies a {of_level(choices.level)} of {low:.1f} to "
        f"{high:.1f}: for other people {'much less' if low < at / 2 else 'less'} is possible. Placebo always "
        f"came first, so that the drug cannot be told from the passing of time.{_fiq(rows)[0]}",
    )


def _fiq(rows: pd.DataFrame) -> tuple[str, tuple[str, ...]]:
    """What the same pilot found on the Fibromyalgia Impact Questionnaire, and its rows; empty if unknown."""
    fiq = rows[rows["measure"] == "FIQ"]
    arms = {r["group"]: r for r in fiq[fiq["unit"].str.startswith("percent")].to_dict("records")}
    if not {"ldn", "placebo", "ldn-placebo"} <= set(arms):
        return "", ()
    contrast = arms["ldn-placebo"]
    limit = re.search(r"threshold is (0\.\d+)", str(contrast["location"]))
    above = (
        f", above the paper's own limit of {limit.group(1)} for many tests"
        if limit and contrast["p_value"] > float(limit.group(1))
        else ""
    )
    sentence = (
        f" On the FIQ symptoms fell by {arms['ldn']['value']:g}% under LDN and "
        f"{arms['placebo']['value']:g}% under placebo (p {contrast['p_value']:g}{above})."
    )
    return sentence, tuple(str(arm["outcome_id"]) for arm in arms.values())


@claim_test("replicated", "02_pain", "mean difference in daily pain in the crossover, LDN minus placebo")
def replication_2013(ev: Evidence, choices: Claims) -> ClaimTest:
    """Whether another trial shows less pain, as the crossover itself reported."""
    used = analyse(ev, choices).used
    row = used[used["study_id"] == CROSSOVER]
    if not len(row):
        if CROSSOVER not in set(ev.studies["study_id"]):
            return ClaimTest("no study", "That crossover trial is not among those known.")
        return ClaimTest("no estimate", "The crossover trial gives no estimate under these choices.")
    r = row.iloc[0]
    n = int(r["n_ldn"])
    crossovers = set(used.loc[used["design_type"] == "crossover", "trial_id"])
    name = "The crossover" if len(crossovers) == 1 else f"The crossover of {r['label']}"
    low, high = trial_limits(r, choices.level)
    others = used[used["trial_id"] != CROSSOVER]
    relieving = [row for row in others.to_dict("records") if trial_limits(row, choices.level)[1] < 0]
    again = (
        out_of(len(relieving), len(others), "other trial", "other trials", ("shows", "show"))
        if len(others)
        else "No other trial yet shows"
    )
    conflict, rows = _two_reports(ev, choices)
    return ClaimTest(
        "for" if relieving and high < 0 else "not again",
        f"{name} ({n} people) reported daily pain {side(r['yi'])} with LDN ({side(low)} to "
        f"{side(high)}, {POINTS}), another outcome than the pilot's symptoms. {again} less pain with "
        f"{'their' if len(relieving) > 1 else 'its'} whole interval.",
        number=float(r["yi"]),
        lower=low,
        upper=high,
        unit=POINTS,
        k=1,
        n=n,
        inputs=(*behind(used), *rows),
        more=f"Its conditions differ in length and no washout lay between them.{conflict}",
    )


def _two_reports(ev: Evidence, choices: Claims) -> tuple[str, tuple[str, ...]]:
    """The two reports of the crossover's last days that do not agree, and their rows; empty without both."""
    rows = readable(ev.outcomes, choices.reading)
    rows = rows[(rows["study_id"] == CROSSOVER) & (rows["statistic"] == "mean")]
    rows = rows[rows["unit"].str.startswith("percent") & rows["group"].isin(["ldn", "placebo"])]
    pairs = {d: t.set_index("group")["value"].to_dict() for d, t in rows.groupby("domain")}
    both = ("pain", "symptom severity")
    if not all(set(pairs.get(d, ())) == {"ldn", "placebo"} for d in both):
        return "", ()
    shares = [f"{d} {pairs[d]['ldn']:g}% against {pairs[d]['placebo']:g}%" for d in both]
    return (
        f" Two reports of the same people disagree on how much improved: {shares[0]} in the paper, "
        f"{shares[1]} at a meeting. Both stand here; only the paper's is pooled.",
        tuple(map(str, rows["outcome_id"])),
    )


@claim_test("replicated", "04_responders", "share of variance explained (r squared)")
def esr_predicts(ev: Evidence, choices: Claims) -> ClaimTest:
    """Share of the variance of response explained by sedimentation rate, and whether it was found again."""
    esr = predictor(ev, choices.reading, level=choices.level)
    if esr is None:
        return ClaimTest("no study", "No study reports it.")
    row, fit = esr.row, esr.evidence
    low, high = fit.r_squared_ci
    rows = readable(ev.outcomes, choices.reading)
    same = rows[(rows["statistic"] == "r squared") & (rows["measure"] == row["measure"])]
    needed, at = criterion(ev, "esr_predicts", "replications"), criterion(ev, "esr_predicts")
    limits = [other.r_squared_ci for other in esr.repeats.values()]
    again = sum(ends[0] > at for ends in limits)
    where = "the pilot" if row["study_id"] == PILOT else row["label"]
    repeated = f", {again or 'none'} with as much" if limits else ""
    outcome = versus(low, high, at, "above")
    finding: Finding = "not again" if outcome == "for" and again < needed else outcome
    return ClaimTest(
        finding,
        f"In {where} ({fit.n} people) the sedimentation rate explained {100 * fit.r_squared:.0f}% of the "
        f"variance ({of_level(choices.level)} {100 * low:.0f} to {100 * high:.0f}); "
        f"{count(len(limits), 'independent study has', 'independent studies have')} looked again{repeated}.",
        number=fit.r_squared,
        lower=low,
        upper=high,
        unit="r squared",
        k=1,
        n=fit.n,
        inputs=behind(same),
        more=f"With a true correlation of {esr.supposed_r:g} chance gives as much in "
        f"{chance_in(esr.chance)} such samples, and more often where one of several predictors is picked.",
    )


@claim_test("effect", "04_responders", "ratio of the SDs of change in pain, LDN over placebo")
def all_or_nothing(ev: Evidence, choices: Claims) -> ClaimTest:
    """Ratio of the SDs of change, LDN over placebo, over every trial that gives both; one settles nothing."""
    at = criterion(ev, "all_or_nothing")
    spread = spread_ratio(ev, reading=choices.reading, at=at, level=choices.level)
    if not spread.k:
        return ClaimTest("no estimate", "No SD of change in both groups is available.")
    first = spread.lead
    findings: dict[str, Finding] = {"wider": "for", "excluded": "against"}
    more = "people differ more in their change with LDN"
    differ = more if spread.some_wider else f"{at:g} times is excluded"
    means = {
        "wider": more,
        "excluded": f"a spread {at:g} times as wide is unlikely",
        "open": "equal spread and a wider one are both possible",
        "depends on the interval": f"whether {differ} depends on the kind of interval",
    }.get(spread.verdict, "it alone settles nothing")
    intervals = [f"{r.method} {span(r.lower, r.upper)}" for r in rows_of(spread.intervals)]
    biased = bias_off([1.0] * spread.k, list(spread.table["study_id"]), judged_bias(ev))
    where = count(spread.k, "trial")
    return ClaimTest(
        findings.get(spread.verdict, "open"),
        f"In {where} ({spread.n:,} people) change spread {first['ratio']:.2f} times as much under LDN as "
        f"under placebo ({of_level(choices.level)} {span(first['lower'], first['upper'])}): {means}.",
        number=first["ratio"],
        lower=first["lower"],
        upper=first["upper"],
        unit="ratio",
        k=spread.k,
        n=spread.n,
        downgrades=(biased,) if biased else (),
        inputs=behind(spread.table),
        more=f"By kind of interval: {'; '.join(intervals)}." if spread.k > 1 else "",
        overtaken=("imprecision",) if spread.verdict in ("wider", "excluded", "open") else (),
    )


@claim_test("effect", "06_safety", "people on LDN with a named side effect")
def side_effects_rare(ev: Evidence, choices: Claims) -> ClaimTest:
    """How often the named side effects came in randomised trials; else any adverse event in both groups."""
    at = criterion(ev, "side_effects_rare")
    counts = harm_counts(ev, choices.reading, choices.level)
    counted = counts[counts["event"].isin(NAMED_HARMS) & counts["included"]]
    evidence = harms_asked_first(ev, choices.reading, choices.level)
    evidence = evidence[evidence["harm"].isin(NAMED_HARMS)]
    extra, more = _review_says(evidence), _less_sure(evidence)
    used = behind(evidence[evidence["kind"] != "randomised"])
    if len(counted):
        frequencies = [_frequency(part, choices.level) for _, part in counted.groupby("event")]
        # Who has two of them stands in both counts: they are not added up, and the commonest decides.
        commonest, _, n, (share, low, high) = max(frequencies, key=lambda frequency: frequency[3])
        findings = {versus(least, most, at, "below") for *_, (_, least, most) in frequencies}
        outcome: Finding = "against" if "against" in findings else "open"
        k = counted["study_id"].nunique()
        where = "one randomised trial" if k == 1 else "randomised trials"
        return ClaimTest(
            findings.pop() if len(findings) == 1 else outcome,
            f"In {where} {listed([words for _, words, *_ in frequencies])}.{extra}",
            number=share,
            lower=low,
            upper=high,
            unit="per 100",
            k=k,
            n=n,
            inputs=(*behind(counted), *used),
            more=more,
            quantity=f"people on LDN with {commonest}",
            overtaken=("imprecision",),
        )
    compared = compared_harms(ev, choices.reading, choices.level)
    compared = compared[compared["event"] == "any adverse event"].sort_values("week", kind="stable")
    if not len(compared):
        return ClaimTest(
            "no estimate",
            f"No randomised count of vivid dreams or insomnia was available to us.{extra}",
            inputs=used,
            more=more,
        )
    first, *later = compared.to_dict("records")  # harms of different weeks are not added up
    more = " ".join([*(sentence_of(_any_event(row)) for row in later), *([more] if more else [])])
    return ClaimTest(
        "open",
        "No randomised count of vivid dreams or insomnia was available to us. "
        f"{sentence_of(_any_event(first))}{extra}",
        number=float(first["rr"]),
        lower=float(first["rr_lower"]),
        upper=float(first["rr_upper"]),
        unit="ratio",
        k=int(first["k"]),
        n=int(first["ldn_n"] + first["control_n"]),
        inputs=(*behind(compared), *used),
        more=more,
        quantity=f"risk ratio of any adverse event{_at(first['week'])}, LDN over placebo",
    )


def _frequency(part: pd.DataFrame, level: float) -> tuple[str, str, int, tuple[float, float, float]]:
    """A side effect, how often it came under LDN in words, the people, and per 100 with its interval."""
    x, n = float(part["a"].sum()), float(part["n1"].sum())
    share, low, high = (100 * v for v in models.exact_proportion(x, n, level))
    event = str(part["event"].iloc[0])
    sentence = (
        f"{event} came to {x:,.0f} of {n:,.0f} people on LDN ({share:.0f} per 100, "
        f"{of_level(level)} {low:.0f} to {high:.0f})"
    )
    return event, sentence, int(n), (share, low, high)


def _any_event(row: Mapping[Any, Any]) -> str:
    """How many had any adverse event in each group at one time."""
    return (
        f"any adverse event{_at(row['week'])}: {row['ldn_events']:,} of {row['ldn_n']:,} people on LDN, "
        f"{row['control_events']:,} of {row['control_n']:,} on placebo"
    )


def _at(week: float) -> str:
    """When something was counted, as the end of a phrase; empty where that is not known."""
    return f" at {week:g} weeks" if math.isfinite(week) else ""


def _review_says(evidence: pd.DataFrame) -> str:
    """What a published review gives for vivid dreams, in words (`safety.harms_asked_first`)."""
    quoted = evidence.query("harm == 'vivid dreams' and measure == 'RR' and kind == 'quoted'")
    if not len(quoted) or not math.isfinite(quoted["ratio"].iloc[0]):
        return ""
    q = quoted.iloc[0]
    return (
        f" A review gives vivid dreams {q['ratio']:.1f} times as often with LDN ({q['lower']:.1f} to "
        f"{q['upper']:.1f})."
    )


def _less_sure(evidence: pd.DataFrame) -> str:
    """Percentages that a trial printed without counts, then counts under LDN alone, in sentences."""
    printed = [
        f"{r['label']} gives {r['harm']} in {r['ldn']:.0f}% on LDN"
        + (f" and {r['control']:.0f}% on placebo" if math.isfinite(r["control"]) else "")
        + ", without counts"
        for r in evidence[evidence["kind"] == "printed"].to_dict("records")
    ]
    alone = [
        f"{r['harm']} in {r['ldn'] * r['n'] / 100:.0f} of {r['n']:g} on LDN, no control ({r['label']})"
        for r in evidence[evidence["kind"] == "LDN alone"].to_dict("records")
    ]
    return " ".join(sentence_of(text) for text in printed + alone)
