"""Tests of the claims on dose, schedule, duration and mechanism, and of those that call for studies."""

from __future__ import annotations

import math
from typing import Any

from ldn_analysis import models
from ldn_analysis.errors import InputError
from ldn_analysis.evidence.doses import behind, low_dose
from ldn_analysis.models.counts.proportions import people_per_group
from ldn_analysis.questions.claims.parameters import Claims
from ldn_analysis.questions.claims.types import ClaimTest, count, criterion, versus
from ldn_analysis.questions.dosing.pharmacology import (
    ED50,
    MICROGLIA_ROWS,
    OCCUPANCY_ROWS,
    _quantity,
    occupancy_inputs,
)
from ldn_analysis.questions.grading import bias_off
from ldn_analysis.questions.pain.analysis import analyse, judged_bias
from ldn_analysis.questions.responders.analysis import change_spreads
from ldn_analysis.questions.safety.analysis import exposure, frequency_excluded

__all__ = ["occupancy_inputs", "people_per_group"]

TYPICAL_MG = 4.5


def dose_typical(ev: Any, _: Claims) -> ClaimTest:
    """Share of low-dose studies, of any design, that used a fixed 4.5 mg a day."""
    studies, what = low_dose(ev), "low-dose studies that used 4.5 mg a day"
    if not len(studies):
        return ClaimTest("dose_typical", what, "no study", "No study of a low dose is known here.")
    fixed = (studies["dose_min_mg"] == TYPICAL_MG) & (studies["dose_max_mg"] == TYPICAL_MG)
    share, at = 100 * float(fixed.mean()), criterion(ev, "dose_typical")
    return ClaimTest(
        "dose_typical", what, "for" if share > at else "against",
        f"{int(fixed.sum())} of {len(studies)} low-dose studies of any design used a fixed dose of "
        f"{TYPICAL_MG:g} mg a day. That a dose is usual does not show that it is right.",
        share, unit="%", k=len(studies), inputs=behind(studies),
    )  # fmt: skip


def dose_unknown(ev: Any, choices: Claims) -> ClaimTest:
    """Bits that the placebo-controlled trials tell about the dose of half effect (Bayesian Emax model)."""
    what = "information on the dose of half effect"
    used = analyse(ev, choices).used
    used = used[used["dose_mg"].notna()]
    if not len(used):
        return ClaimTest("dose_unknown", what, "no study", "No trial gives a usable estimate at any dose.")
    fit = models.bayesian_emax(used["dose_mg"].to_numpy(), used["yi"].to_numpy(), used["vi"].to_numpy())
    bits, at = float(fit.bits_ed50), criterion(ev, "dose_unknown")
    tails = ((1 - choices.level) / 2, (1 + choices.level) / 2)
    low, high = (float(x) for x in fit.ed50_quantile(list(tails)))
    was = [float(x) for x in fit.ed50_prior_quantile(list(tails))]
    bias = bias_off(list(1 / used["vi"]), list(used["study_id"]), judged_bias(ev))
    doses = " and ".join(f"{d:g}" for d in sorted(set(used["dose_mg"])))
    return ClaimTest(
        "dose_unknown", what, "for" if bits < at else "against",
        f"{count(len(used), 'trial').capitalize()} at {doses} mg told {bits:.2f} bits about the dose of half "
        f"effect (one bit halves the range of possible doses): it may lie anywhere from {low:.1f} "
        f"to {high:.0f} mg (before the data: {was[0]:.1f} to {was[1]:.0f} mg).",
        bits, unit="bits", k=len(used), n=int(used["n_ldn"].sum()),
        downgrades=(bias,) if bias else (), inputs=behind(used),
    )  # fmt: skip


def twice_daily_unexplored(ev: Any, _: Claims) -> ClaimTest:
    """Studies with twice-daily intake."""
    studies, what = low_dose(ev), "low-dose studies with twice-daily intake"
    schedule = studies["dose_schedule"].fillna("").str.lower()
    hit = int(schedule.str.contains(r"twice|two times|\bbid\b|b\.i\.d").sum())
    silent = int((~schedule.str.contains("daily|twice|every|titrat")).sum())
    return ClaimTest(
        "twice_daily_unexplored", what, "for" if hit == 0 else "against",
        f"{hit or 'None'} of the {len(studies)} low-dose studies known here gave it twice a day "
        f"(for {silent} how often it was taken is not in what we read).",
        float(hit), unit="studies", k=len(studies), inputs=behind(studies),
    )  # fmt: skip


def individual_dose(ev: Any, _: Claims) -> ClaimTest:
    """Randomised trials that compare an individually found dose with a fixed one."""
    studies = low_dose(ev)
    own = studies["dose_schedule"].fillna("").str.lower().str.contains("individual")
    finding = own | (studies["design_type"] == "dose-finding")
    trials = int((own & (studies["randomised"] == "yes")).sum())
    others = int(finding.sum()) - trials
    return ClaimTest(
        "individual_dose", "randomised trials of an individual against a fixed dose",
        "no study" if not trials else "open",
        f"{count(trials, 'randomised trial').capitalize()} compared an individually found with a fixed dose; "
        f"{count(others, 'study', 'studies')} without a control group looked for a dose. Whether a process "
        "is needed "
        "depends on how much people differ in their best dose, which nobody has measured; simulations can "
        "only "
        "compare processes under assumptions.",
        float(trials), unit="trials", k=len(studies), inputs=behind(studies),
    )  # fmt: skip


def long_term_safety(ev: Any, choices: Claims) -> ClaimTest:
    """Longest randomised exposure, and what frequency of a serious event a year of it leaves open."""
    what, at = "longest randomised exposure to LDN", criterion(ev, "long_term_safety")
    trials = exposure(ev)
    if not len(trials):
        return ClaimTest(
            "long_term_safety", what, "for", "No randomised, double-blind trial of a low dose is known.", 0.0,
            unit="weeks",
        )  # fmt: skip
    longest = float(trials["weeks_ldn"].max())
    a_year = trials[trials["weeks_ldn"] >= 52]
    reports = frequency_excluded(ev, choices.reading, choices.level, at / 100)
    reports = reports[(reports["weeks"] >= 52) & (reports["label"] != "all reports")]
    upper = float(reports["upper_percent"].min()) if len(reports) else math.inf
    n = int(a_year["n_ldn"].sum())
    tail = "nobody was randomised to a year of it"
    if n:
        tail = (
            f"{n} people were randomised to a year of it, none to more"
            if longest <= 52
            else f"{n} to a year or more"
        )
        tail += (
            f"; serious events related to treatment in up to {upper:.1f} of 100 are not excluded"
            if math.isfinite(upper)
            else "; their count of serious events was not available to us"
        )
    return ClaimTest(
        "long_term_safety", what, "for" if upper > at else "against",
        f"The longest randomised exposure was {longest:g} weeks: {tail}.",
        longest, unit="weeks", k=len(trials), n=int(trials["n_ldn"].sum()),
        inputs=tuple(dict.fromkeys((*behind(trials), *behind(reports)))),
    )  # fmt: skip


def transient_blockade(ev: Any, choices: Claims) -> ClaimTest:
    """Probability that a day on 4.5 mg is a transient blockade, under three accounts of the receptor."""
    what = "probability that 4.5 mg once daily gives a transient blockade"
    try:
        inputs = occupancy_inputs(ev)
    except InputError as problem:
        return ClaimTest(
            "transient_blockade", what, "no estimate",
            f"Occupancy over the day cannot be computed from what is dated to that year: {problem}.",
        )  # fmt: skip
    fits = [
        models.occupancy(
            inputs, dose_mg_per_day=(TYPICAL_MG,), doses_per_day=(1,), kinetics=name, n_draws=choices.draws,
            seed=choices.seed,
        )
        for name in models.OCCUPANCY_KINETICS
    ]  # fmt: skip
    chances = [float(f.p_transient[0]) for f in fits]
    middle = sorted(chances)[len(chances) // 2]
    return ClaimTest(
        "transient_blockade", what, "no estimate",
        f"Rising above {fits[0].transient_high:g}% and falling below {fits[0].transient_low:g}% occupancy "
        "within a day "
        f"has a probability of {100 * min(chances):.0f}% to {100 * max(chances):.0f}%, depending on which "
        "of three "
        "accounts of the receptor holds. Whether a rebound follows, and whether it eases pain, no study "
        "known "
        "here has tested.",
        middle, min(chances), max(chances), "probability", "range over three accounts", len(fits),
        inputs=OCCUPANCY_ROWS,
    )  # fmt: skip


def glia_not_neurons(ev: Any, _: Claims) -> ClaimTest:
    """Occupancy of mu-opioid receptors at 4.5 mg by imaging, and the distance to microglial potency."""
    what = "mu-opioid receptors occupied at 4.5 mg"
    try:
        r = _quantity(ev, ED50)
    except InputError as problem:
        return ClaimTest("glia_not_neurons", what, "no study", f"Occupancy is not known: {problem}.")
    middle, low, high = (100 * TYPICAL_MG / (TYPICAL_MG + r[x]) for x in ("value", "upper95", "lower95"))
    at = criterion(ev, "glia_not_neurons")
    outcome = versus(low, high, at, "below")
    return ClaimTest(
        "glia_not_neurons", what, outcome,
        f"Imaging puts the occupancy of mu-opioid receptors hours after 4.5 mg at {middle:.0f}% (95% "
        "interval "
        f"{low:.0f}% to {high:.0f}%): they are not left free. {_microglia(ev)}",
        middle, low, high, "%", "95% interval", 1, inputs=(ED50, *_known(ev, MICROGLIA_ROWS)),
    )  # fmt: skip


def _known(ev: Any, keys: tuple[str, ...]) -> tuple[str, ...]:
    """Those rows of ``pharmacology.csv`` that are there; all of them, or none."""
    return keys if set(keys) <= set(ev.pharmacology["pharmacology_id"]) else ()


def _microglia(ev: Any) -> str:
    try:
        peak, free, potency = (_quantity(ev, key) for key in MICROGLIA_ROWS)
    except InputError:
        return (
            "How plasma levels compare with microglial potency cannot be said from what is dated to that "
            "year."
        )
    u = models.Uncertain
    margin = models.concentration_margin(
        TYPICAL_MG, peak_ng_ml=u.lognormal(peak["value"], peak["sd"] / math.sqrt(peak["n"]) / peak["value"]),
        peak_dose_mg=peak["dose_mg"], fraction_unbound=free["value"],
        target_um=u.from_interval(potency["value"], potency["lower95"], potency["upper95"]),
    )  # fmt: skip
    return (
        "The peak of free drug in plasma lies about "
        f"{margin.orders_of_magnitude[0]:.1f} powers of ten below the concentration that half blocked "
        "microglia in a "
        "dish (mouse cells, mirror-image molecule)."
    )


def studies_needed(ev: Any, choices: Claims) -> ClaimTest:
    """Trials that randomise people between low doses, and the size of one that would tell two doses apart."""
    what = "people in each group to tell two doses apart"
    studies = low_dose(ev)
    titrated = studies["dose_schedule"].fillna("").str.lower().str.contains("titrat")
    between = (studies["dose_min_mg"] < studies["dose_max_mg"]) & (studies["randomised"] == "yes") & ~titrated
    trials, at = int(between.sum()), criterion(ev, "studies_needed")
    first = f"{count(trials, 'trial').capitalize()} randomised people between low doses."
    spreads = change_spreads(ev, choices.reading)
    if not len(spreads):
        return ClaimTest(
            "studies_needed", what, "for" if not trials else "open",
            f"{first} No SD of change is available to size one.", k=len(studies),
            inputs=behind(studies),
        )  # fmt: skip
    last = spreads.iloc[-1]
    sd = float(last["to_points"]) * math.sqrt((last["sd_ldn"] ** 2 + last["sd_placebo"] ** 2) / 2)
    size = people_per_group(sd, at, choices.power)
    return ClaimTest(
        "studies_needed", what, "for" if not trials else "open",
        f"{first} To find {at:g} points between two doses (SD of change {sd:.1f}, {last['label']}; power "
        f"{100 * choices.power:.0f}%) about {size} people would be needed in each group.",
        float(size), unit="people", k=len(studies),
        inputs=tuple(dict.fromkeys((*behind(studies), *last["inputs"]))),
    )  # fmt: skip


def unmet_need(_ev: Any, _choices: Claims) -> ClaimTest:
    """Not tested here."""
    return ClaimTest(
        "unmet_need", "none", "no estimate", "The tables hold no data on responses to the approved drugs."
    )


def cheap_generic(_ev: Any, _choices: Claims) -> ClaimTest:
    """Not tested here."""
    return ClaimTest("cheap_generic", "none", "no estimate", "The tables hold no data on prices or markets.")
