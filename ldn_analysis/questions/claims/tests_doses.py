"""Tests of the claims on dose, schedule, duration and mechanism, and of those that call for studies."""

from __future__ import annotations

import math

import pandas as pd

from ldn_analysis.contrasts import admitted
from ldn_analysis.display.words import capital, milligrams, number, out_of
from ldn_analysis.errors import InputError
from ldn_analysis.evidence import Evidence, doses_tested, times_a_day
from ldn_analysis.evidence.trials import behind, low_dose
from ldn_analysis.questions.claims.parameters import Claims
from ldn_analysis.questions.claims.types import (
    ClaimTest,
    Finding,
    claim_test,
    count,
    criterion,
    sentence_of,
    versus,
)
from ldn_analysis.questions.dosing import (
    microglia_margin,
    randomised_comparisons,
    registered_comparisons,
    single_dose_occupancy,
)
from ldn_analysis.questions.dosing.blockade import ED50, MICROGLIA_ROWS
from ldn_analysis.questions.dosing.words import NO_RELIEF
from ldn_analysis.questions.next_trial import what_would_settle, words
from ldn_analysis.questions.safety import exposure, frequency_excluded, over_a_year

TYPICAL_MG = 4.5
_LOW = ("low-dose study", "low-dose studies")


@claim_test("count", "01_evidence", "low-dose studies with a known dose that used a fixed 4.5 mg a day")
def dose_typical(ev: Evidence, _: Claims) -> ClaimTest:
    """Share of low-dose studies of any design, with a known dose, that used a fixed 4.5 mg a day."""
    studies = low_dose(ev)
    # A schedule such as "low dose" alone does not say which; a range that is known is no fixed dose.
    dose_named = studies["dose_schedule"].fillna("").str.contains(r"\d")
    dosed = studies[dose_named | (studies["dose_min_mg"] < studies["dose_max_mg"])]
    if not len(dosed):
        return ClaimTest("no study", "No study of a low dose is known here.")
    fixed = (dosed["dose_min_mg"] == TYPICAL_MG) & (dosed["dose_max_mg"] == TYPICAL_MG)
    share, at = 100 * float(fixed.mean()), criterion(ev, "dose_typical")
    silent = len(studies) - len(dosed)
    unsaid = f"; in {silent} more the dose is not in what we read" if silent else ""
    return ClaimTest(
        "for" if share > at else "against",
        f"{out_of(int(fixed.sum()), len(dosed), *_LOW, ('with a known dose used',) * 2)} a fixed "
        f"{TYPICAL_MG:g} mg a day{unsaid}.",
        share,
        unit="%",
        k=len(dosed),
        inputs=behind(dosed),
        more="That a dose is usual does not show that it is right.",
    )


@claim_test("count", "05_dosing", "studies that randomised people between low doses")
def dose_unknown(ev: Evidence, _: Claims) -> ClaimTest:
    """Studies that randomised people between low doses: without one nobody can know the right dose."""
    compared, tested = randomised_comparisons(ev), doses_tested(admitted(ev))
    n, at = len(compared), criterion(ev, "dose_unknown")
    beside = "No dose was compared with placebo."
    if len(tested):
        beside = f"Compared with placebo: {milligrams(tested['dose_mg'])} a day."
    return ClaimTest(
        "for" if n < at else "open",
        f"{sentence_of(count(n, 'study', 'studies') + ' randomised people between low doses')} {beside}",
        float(n),
        unit="studies",
        k=len(low_dose(ev)),
        inputs=behind(compared if n else low_dose(ev)),
        more="Trials at different doses differ in much besides the dose, so that comparing them says little; "
        "what models make of it is in the report on dosing.",
    )


@claim_test("count", "05_dosing", "low-dose studies with twice-daily intake")
def twice_daily_unexplored(ev: Evidence, _: Claims) -> ClaimTest:
    """Studies with twice-daily intake."""
    studies = low_dose(ev)
    often = times_a_day(studies["dose_schedule"])
    hit, silent = int((often == 2).sum()), int(sum(math.isnan(x) for x in often))
    unsaid = f"; for {silent} the schedule does not say how often" if silent else ""
    return ClaimTest(
        "for" if hit == 0 else "against",
        f"{out_of(hit, len(studies), *_LOW, ('known here gave',) * 2)} it twice a day{unsaid}.",
        float(hit),
        unit="studies",
        k=len(studies),
        inputs=behind(studies),
    )


@claim_test("count", "05_dosing", "randomised trials of an individual against a fixed dose")
def individual_dose(ev: Evidence, _: Claims) -> ClaimTest:
    """Randomised trials that compare an individually found dose with a fixed one."""
    studies = low_dose(ev)
    individual = studies["dose_schedule"].fillna("").str.lower().str.contains("individual")
    finding = individual | (studies["design_type"] == "dose-finding")
    trials = int((individual & (studies["randomised"] == "yes")).sum())
    others = int(finding.sum()) - trials
    return ClaimTest(
        "no study" if not trials else "open",
        sentence_of(
            f"{count(trials, 'randomised trial')} compared an individually found with a fixed dose; "
            f"{count(others, 'study', 'studies')} without a control group looked for a dose"
        ),
        float(trials),
        unit="trials",
        k=len(studies),
        inputs=behind(studies),
        more="Whether a process is needed depends on how much people differ in their best dose, which nobody "
        "has measured; simulations can only compare processes under assumptions.",
    )


@claim_test("count", "06_safety", "longest randomised exposure to LDN")
def long_term_safety(ev: Evidence, choices: Claims) -> ClaimTest:
    """Longest randomised exposure, and what frequency of a serious event a year of it leaves open."""
    at, trials = criterion(ev, "long_term_safety"), exposure(ev)
    trials = trials[trials["weeks_ldn"].notna()]
    if not len(trials):
        return ClaimTest(
            "for", "No randomised, double-blind trial of a low dose is known.", 0.0, unit="weeks"
        )
    longest = float(trials["weeks_ldn"].max())
    n = int(trials.loc[trials["weeks_ldn"] >= 52, "n_ldn"].sum())
    excluded = frequency_excluded(ev, choices.reading, choices.level, at / 100)
    reports = over_a_year(excluded)
    upper, left = math.inf, ""
    if len(reports):
        upper = float(reports["upper_percent"].iloc[0])
    tail = "nobody was randomised to a year of it"
    if n:
        tail = f"{count(n, 'person was', 'people were')} randomised to a year or more"
        left = " Their count of serious events was not available to us."
    if n and math.isfinite(upper):
        event = capital(str(reports["event"].iloc[0]))
        left = f" {event}s in up to {upper:.1f} of 100 remain possible."
    return ClaimTest(
        "for" if upper > at else "against",
        f"The longest randomised exposure was {longest:g} weeks: {tail}.{left}",
        longest,
        unit="weeks",
        k=len(trials),
        n=int(trials["n_ldn"].sum()),
        inputs=tuple(dict.fromkeys((*behind(trials), *behind(reports)))),
        more=_shorter(excluded) if left else "",
    )


def _shorter(excluded: pd.DataFrame) -> str:
    """Why the report on safety has another limit; empty where it is of a year or more too."""
    last = excluded.iloc[-1] if len(excluded) else None
    if last is None or not last["weeks"] < 52:
        return ""
    upper = number(last["upper_percent"], 0 if last["upper_percent"] >= 1 else 1)
    return (
        f"The report on safety leads with up to {upper} in 100: that is of any {last['event']}, in "
        f"{last['n']:,.0f} people, over {last['weeks']:.0f} weeks on average."
    )


@claim_test("none", "05_dosing", "studies of a rebound and of pain")
def transient_blockade(ev: Evidence, _: Claims) -> ClaimTest:
    """Whether any study measured a rebound after a short blockade and looked at pain: none did."""
    return ClaimTest(
        "no estimate",
        "No study known here measured a rebound after a short blockade, or whether it eases pain.",
        inputs=_known(ev, (ED50,)),
        more="How long opioid receptors stay blocked under a dose is modelled in the report on dosing.",
    )


@claim_test("quoted", "05_dosing", "mu-opioid receptors occupied hours after a single 4.5 mg")
def glia_not_neurons(ev: Evidence, _: Claims) -> ClaimTest:
    """Occupancy of mu-opioid receptors at 4.5 mg by imaging, and the distance to microglial potency."""
    scanned = single_dose_occupancy(ev, TYPICAL_MG)
    if scanned is None:
        return ClaimTest("no study", "How many opioid receptors a low dose occupies was not known.")
    middle, low, high = scanned.percent, scanned.lower, scanned.upper
    finding = versus(low, high, criterion(ev, "glia_not_neurons"), "below")
    left = {"for": "most are left free", "against": "they are not left free"}
    free = left.get(finding, "whether they are left free is open")
    return ClaimTest(
        finding,
        f"Imaging puts {middle:.0f}% of the mu-opioid receptors occupied hours after a single 4.5 mg (95% "
        f"interval {low:.0f} to {high:.0f}): {free}.",
        number=middle,
        lower=low,
        upper=high,
        unit="%",
        k=1,
        inputs=(*scanned.inputs, *_known(ev, MICROGLIA_ROWS)),
        more=_microglia(ev),
    )


def _known(ev: Evidence, keys: tuple[str, ...]) -> tuple[str, ...]:
    """Those rows of ``pharmacology.csv`` that are there; all of them, or none."""
    return keys if set(keys) <= set(ev.pharmacology["pharmacology_id"]) else ()


def _microglia(ev: Evidence) -> str:
    try:
        margin = microglia_margin(ev, TYPICAL_MG)
    except InputError:
        return "How plasma levels compare with the potency at microglia cannot be said from what is dated."
    return (
        f"The peak of free drug in plasma lies about {margin[0]:.1f} powers of ten below "
        "the concentration that half blocked microglia in a dish (mouse cells, mirror-image molecule)."
    )


@claim_test("count", "09_next_trial", "people in each group to tell two doses apart")
def studies_needed(ev: Evidence, choices: Claims) -> ClaimTest:
    """Studies that randomised people between low doses, and what would settle the dose."""
    compared, under_way = randomised_comparisons(ev), registered_comparisons(ev)
    n = len(compared)
    finding: Finding = "for" if not n else "open"
    first = sentence_of(f"{count(n, 'study', 'studies')} randomised people between low doses")
    try:
        settling = what_would_settle(ev, choices, difference=criterion(ev, "studies_needed"))
    except InputError:
        return ClaimTest(
            finding,
            f"{first} No SD of change is available to size one. "
            f"Registered: {count(len(under_way), 'trial')} of doses against each other.",
            k=len(low_dose(ev)),
            inputs=behind(compared if n else low_dose(ev)),
        )
    if settling.settled == "no relief":  # that a dose must be looked for takes one that relieves
        finding, first = "open", f"{NO_RELIEF} {first}"
    return ClaimTest(
        finding,
        f"{first} About {settling.per_group:,} people a dose would be needed to find "
        f"{settling.difference:g} points between two.",
        float(settling.per_group),
        unit="people",
        k=len(low_dose(ev)),
        inputs=settling.inputs,
        more=words.settling(settling),
    )


@claim_test("quoted", "04_responders", "people without 30% relief on tested drugs")
def unmet_need(ev: Evidence, _: Claims) -> ClaimTest:
    """Share of people who do not reach 30% relief on tested drugs: placebo response times ratio."""
    rows = ev.responder_benchmarks.to_dict("records") if "responder_benchmarks" in ev.tables else []
    benchmarks = {str(row["benchmark_id"]): row for row in rows}
    keys = ("hauser2011_placebo_30", "hauser2011_rr_30")
    if not set(keys) <= set(benchmarks):
        return ClaimTest("no estimate", "No data on responses to the approved drugs were known here.")
    placebo, ratio = (benchmarks[key] for key in keys)
    share = 100 - placebo["value"] * ratio["value"]
    high, low = (100 - placebo["value"] * ratio[end] for end in ("lower95", "upper95"))
    return ClaimTest(
        versus(low, high, criterion(ev, "unmet_need"), "above"),
        f"In a review of drug trials {placebo['value']:g}% reached 30% relief on placebo and "
        f"{ratio['value']:g} times as many on drugs: about {share:.0f} of 100 did not "
        f"({low:.0f} to {high:.0f}).",
        number=float(share),
        lower=float(low),
        upper=float(high),
        unit="per 100",
        k=1,
        inputs=keys,
        more="Quoted, not recomputed: the usual placebo response is taken as known.",
    )


@claim_test("none", "", "none")
def cheap_generic(_ev: Evidence, _choices: Claims) -> ClaimTest:
    """Not tested here."""
    return ClaimTest("no estimate", "Prices and markets are not in our data.")
