"""Tests of the claims on what the drug does: symptoms, thresholds, responders, side effects."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from ldn_analysis import measures, models
from ldn_analysis.display.words import side, unit
from ldn_analysis.evidence.doses import behind
from ldn_analysis.evidence.how_read import readable
from ldn_analysis.models.limits import trial_limits
from ldn_analysis.questions.claims.parameters import Claims
from ldn_analysis.questions.claims.types import ClaimTest, Finding, count, criterion, versus
from ldn_analysis.questions.grading import Downgrade, bias_off, interval_off
from ldn_analysis.questions.pain.analysis import analyse, judged_bias
from ldn_analysis.questions.responders.analysis import change_spreads
from ldn_analysis.questions.safety.analysis import harm_counts, pooled_harms, quoted_harms
from ldn_analysis.questions.thresholds.analysis import pressure_average, threshold_tests

__all__ = ["change_spreads"]

POINTS = "points on the 0 to 10 scale"


def _percent(level: float) -> str:
    return f"{100 * level:g}% interval"


def symptom_relief(ev: Any, choices: Claims) -> ClaimTest:
    """The pooled difference of pain against placebo lies below zero."""
    what = "mean difference in pain, LDN minus placebo"
    pain = analyse(ev, choices)
    if pain.fit is None:
        return ClaimTest("symptom_relief", what, "no study", "No trial gives a usable estimate of pain.")
    fit, n = pain.fit, pain.n
    low, high = fit.ci
    outcome = versus(low, high, 0, "below")
    more = {
        "for": "the interval lies on the side of relief",
        "against": "the interval lies on the side of worsening",
        "open": "relief and worsening are both possible",
    }[outcome]
    return ClaimTest(
        "symptom_relief", what, outcome,
        f"Across {count(fit.k, 'trial')} ({n} participants) pain was on average {side(fit.estimate)} with "
        "LDN "
        f"than with placebo ({_percent(fit.level)} {side(low)} to {side(high)}, {POINTS}): {more}.",
        fit.estimate, low, high, POINTS, _percent(fit.level), fit.k, n,
        pain.certainty.downgrades,
        behind(pain.used),
    )  # fmt: skip


def _off(*downgrades: Downgrade | None) -> tuple[Downgrade, ...]:
    return tuple(d for d in downgrades if d is not None)


def pilot_30_percent(ev: Any, choices: Claims) -> ClaimTest:
    """The pilot's paired difference against placebo, with the interval that its p value implies."""
    what = "paired difference in symptom reduction, LDN minus placebo"
    rows = readable(ev.outcomes, choices.reading)
    rows = rows[(rows["study_id"] == "younger2009") & (rows["statistic"] == "paired difference")]
    rows = rows[rows["p_value"].notna()]
    if not len(rows):
        return ClaimTest(
            "pilot_30_percent", what, "no estimate", "The pilot's difference was not available to us."
        )
    r, at = rows.iloc[0], criterion(ev, "pilot_30_percent")
    n = int(r["n"])
    se = float(measures.se_from_p(r["value"], r["p_value"], df=n - 1))
    low, high = models.limits_of(float(r["value"]), se**2, choices.level, n - 1)
    return ClaimTest(
        "pilot_30_percent", what, versus(low, high, at, "above"),
        f"In the pilot ({n} participants) symptoms fell by {r['value']:.1f} percentage points more under "
        "LDN than "
        f"under placebo ({_percent(choices.level)} {low:.1f} to {high:.1f}, from its p value of "
        f"{r['p_value']:g}): more than {at:g} was observed, and much less is possible. Placebo always came "
        "first, so that the drug cannot be told from the passing of time.",
        float(r["value"]), low, high, "percentage points", _percent(choices.level), 1, n,
        _off(
            Downgrade("imprecision", 1, f"{n} people; the interval reaches from {low:.0f} to {high:.0f}")
            if low <= at <= high
            else None
        ),
        (str(r["outcome_id"]),),
    )  # fmt: skip


def replication_2013(ev: Any, choices: Claims) -> ClaimTest:
    """The crossover trial's own difference in daily pain."""
    what = "mean difference in daily pain, LDN minus placebo"
    used = analyse(ev, choices).used
    row = used[used["study_id"] == "younger2013"]
    if not len(row):
        return ClaimTest(
            "replication_2013", what,
            "no estimate" if "younger2013" in set(ev.studies["study_id"]) else "no study",
            "The crossover trial gives no estimate under these choices, or was not published yet.",
        )  # fmt: skip
    r = row.iloc[0]
    n = int(r["n_ldn"])
    low, high = trial_limits(r, choices.level)
    outcome = versus(low, high, 0, "below")
    matters = "reaches" if low <= -choices.mid else "does not reach"
    return ClaimTest(
        "replication_2013", what, outcome,
        f"In the crossover trial ({n} participants) daily pain was {side(r['yi'])} with LDN "
        f"({_percent(choices.level)} "
        f"{side(low)} to {side(high)}, {POINTS}); the interval {matters} {choices.mid:g}, the difference "
        "taken to "
        "matter. Its conditions differ in length (12 and 4 weeks) and no washout lay between them.",
        float(r["yi"]), low, high, POINTS, _percent(choices.level), 1, n,
        _off(
            bias_off([100.0], ["younger2013"], judged_bias(ev)),
            interval_off(low, high, choices.mid, n),
        ),
        behind(row),
    )  # fmt: skip


def _threshold_rows(ev: Any, choices: Claims, word: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Reported threshold outcomes with `word` in their name: at low dose, and at higher single doses."""
    rows = readable(ev.outcomes, choices.reading)
    rows = rows[(rows["domain"] == "pain threshold") & rows["measure"].str.contains(word)]
    doses = ev.studies.set_index("study_id")
    low = rows["study_id"].map(doses["dose_max_mg"]) <= 6
    return rows[low], rows[~low]


def _pilot_pressure(rows: pd.DataFrame) -> str:
    """The pilot's own difference, in words; empty where it is not among `rows`."""
    found = rows[(rows["study_id"] == "younger2009") & (rows["statistic"] == "paired difference")]
    if not len(found):
        return ""
    r = found.iloc[0]
    return (
        f" In the pilot ({r['n']:.0f} women, single-blind, placebo always first) the threshold was "
        f"{r['value']:g} {unit(r['unit'])} higher under LDN than under placebo (p = {r['p_value']:g}, of a "
        f"{r['p_value_from']})."
    )


def mechanical_threshold(ev: Any, choices: Claims) -> ClaimTest:
    """Pressure pain tolerance of both legs in FINAL; higher is better."""
    what = "difference in pressure pain tolerance of the legs, LDN minus placebo"
    average = None
    if "pain threshold" in set(ev.outcomes["domain"]):
        tests = threshold_tests(ev, reading=choices.reading, level=choices.level)
        average = pressure_average(tests, choices.legs_correlation, level=choices.level)
    if average is None:
        rows, _ = _threshold_rows(ev, choices, "mechanical|pressure")
        if not len(rows):
            return ClaimTest("mechanical_threshold", what, "no study", "No study of a low dose measured it.")
        return ClaimTest(
            "mechanical_threshold", what, "no estimate",
            f"{count(len(set(rows['study_id'])), 'study', 'studies').capitalize()} of a low dose measured "
            f"it, without random allocation.{_pilot_pressure(rows)}",
            inputs=behind(rows),
        )  # fmt: skip
    low, high = average.ci
    others = _threshold_rows(ev, choices, "mechanical|pressure")[0]
    outcome = versus(low, high, criterion(ev, "mechanical_threshold"), "above")
    more = {"for": "improvement", "against": "worsening"}.get(outcome, "both improvement and worsening")
    return ClaimTest(
        "mechanical_threshold", what, outcome,
        f"In the one randomised trial with estimates ({average.n} participants) the pressure that the legs "
        "tolerated was "
        f"{side(average.estimate, 1)} with LDN than with placebo ({_percent(choices.level)} {side(low, 1)} "
        "to "
        f"{side(high, 1)}, kPa; both legs, assumed correlation {average.correlation:g}): the interval "
        "includes "
        f"{more}.{_pilot_pressure(others)}",
        average.estimate, low, high, "kPa", _percent(choices.level), 1, average.n,
        _off(
            bias_off([100.0], ["final2024"], judged_bias(ev), "pain"),
            Downgrade("imprecision", 1, f"{average.n} participants; both directions are possible")
            if outcome == "open"
            else None,
        ),
        behind(tests[tests["instrument"].isin(average.parts)]),
    )  # fmt: skip


def heat_threshold(ev: Any, choices: Claims) -> ClaimTest:
    """Whether any study of a low dose gives an estimate of the heat pain threshold."""
    what = "studies of a low dose that measured the heat pain threshold"
    rows, higher = _threshold_rows(ev, choices, "heat")
    with_estimate = rows[rows["value"].notna() & (rows["group"] == "ldn-placebo")]
    under = rows[rows["value"].notna() & (rows["group"] == "ldn") & (rows["statistic"] == "mean change")]
    change = (
        f" Under the drug it rose by {under['value'].iloc[0]:g} {unit(under['unit'].iloc[0])}; for placebo "
        "no number is printed."
        if len(under)
        else ""
    )
    k = len(set(rows["study_id"]))
    acute = " A single dose of 50 mg changed none of the sensitivities tested." if len(higher) else ""
    if not k:
        return ClaimTest(
            "heat_threshold", what, "no study", f"No study of a low dose measured it.{acute}", 0.0,
            inputs=behind(higher),
        )  # fmt: skip
    return ClaimTest(
        "heat_threshold", what, "no estimate" if not len(with_estimate) else "open",
        f"{count(k, 'study', 'studies').capitalize()} of a low dose measured it: single-blind, reported as "
        "improved, with no estimate against placebo available to us; no trial with random allocation to a "
        f"low dose did.{change}{acute}",
        float(k), unit="studies", k=k, inputs=(*behind(rows), *behind(higher)),
    )  # fmt: skip


def esr_predicts(ev: Any, choices: Claims) -> ClaimTest:
    """Share of the variance of response explained by baseline sedimentation rate, by Fisher's z."""
    what = "share of variance explained (r squared)"
    rows = readable(ev.outcomes, choices.reading)
    rows = rows[(rows["domain"] == "predictor") & rows["measure"].str.contains("ESR")]
    if not len(rows):
        return ClaimTest("esr_predicts", what, "no study", "No study reports it.")
    r = rows.iloc[0]
    n, r2 = int(r["n"]), float(r["value"])
    z = measures.fisher_z(math.sqrt(r2), n)
    limits = models.limits_of(float(z.yi), float(z.vi), choices.level)
    low, high = (max(math.tanh(limit), 0.0) ** 2 for limit in limits)
    least, needed = criterion(ev, "esr_predicts"), criterion(ev, "esr_predicts", "replications")
    replications = len(set(rows["study_id"])) - 1
    outcome = versus(low, high, least, "above")
    if outcome == "for" and replications < needed:
        outcome = "open"
    chance = models.chance_of_r_squared(r2, n, 0.3)
    odds = "fewer than 1" if chance < 0.001 else f"{1000 * chance:.0f}"
    return ClaimTest(
        "esr_predicts", what, outcome,
        f"In the pilot ({n} participants) the sedimentation rate explained at least {100 * r2:.0f}% of the "
        "variance "
        f"({_percent(choices.level)} {100 * low:.0f}% to {100 * high:.0f}%); if the true correlation were "
        "0.3, "
        f"{odds} in 1000 such samples would show this by chance, and more if it was picked among several. "
        f"{count(replications, 'independent study', 'independent studies').capitalize()} has looked again.",
        r2, low, high, "r squared", _percent(choices.level), 1, n, inputs=behind(rows),
    )  # fmt: skip


def all_or_nothing(ev: Any, choices: Claims) -> ClaimTest:
    """Ratio of the SDs of change, LDN over placebo: dramatic results or nothing would make it large."""
    what = "ratio of the SDs of change in pain, LDN over placebo"
    table = change_spreads(ev, choices.reading)
    if not len(table):
        return ClaimTest(
            "all_or_nothing", what, "no estimate", "No SD of change in both groups is available."
        )
    e = measures.log_variability_ratio(
        table["sd_ldn"].to_numpy(), table["n_ldn"].to_numpy(),
        table["sd_placebo"].to_numpy(), table["n_placebo"].to_numpy(),
    )  # fmt: skip
    fit = models.pool(np.atleast_1d(e.yi), np.atleast_1d(e.vi), **choices.pooling(len(table)))
    ratio, low, high = (math.exp(x) for x in (fit.estimate, *fit.ci))
    at = criterion(ev, "all_or_nothing")
    outcome: Finding = "for" if low > 1 else "against" if high < at else "open"
    n = int((table["n_ldn"] + table["n_placebo"]).sum())
    same = " (a crossover counts as two groups, which widens its interval)" if "younger2013" in set(
        table["study_id"]) else ""  # fmt: skip
    means = {
        "for": "people differ more in their change under LDN",
        "against": f"a spread larger by a factor of {at:g} is unlikely",
        "open": "equal spread, and the wider spread of dramatic results in a few, are both possible",
    }[outcome]
    return ClaimTest(
        "all_or_nothing", what, outcome,
        f"In {count(len(table), 'trial')} the spread of change under LDN was {ratio:.2f} times that under "
        "placebo "
        f"({_percent(choices.level)} {low:.2f} to {high:.2f}){same}: {means}.",
        ratio, low, high, "ratio", _percent(choices.level), len(table), n,
        _off(bias_off(list(fit.weights), list(table["study_id"]), judged_bias(ev), "pain")), behind(table),
    )  # fmt: skip


def side_effects_rare(ev: Any, choices: Claims) -> ClaimTest:
    """How many people on LDN had vivid dreams, where that was counted, and what comparisons there are."""
    what = "people on LDN with vivid dreams"
    counts = harm_counts(ev, choices.reading, choices.level)
    dreams = counts[(counts["event"] == "vivid dreams") & counts["a"].notna()]
    extra = []
    pooled = pooled_harms(ev, choices.reading, choices.level).set_index("event")
    if "any adverse event" in pooled.index:
        p = pooled.loc["any adverse event"]
        extra.append(
            f"Any adverse event: risk ratio {p['rr']:.2f} ({p['rr_lower']:.2f} to {p['rr_upper']:.2f}) "
            f"in {p['k']} trials."
        )
    quoted = readable(quoted_harms(ev), choices.reading)
    quoted = quoted[quoted["harm"] == "vivid dreams"]
    used = (*behind(dreams), *map(str, quoted["synthesis_row_id"]))
    if "any adverse event" in pooled.index:
        used += behind(pooled.loc[["any adverse event"]])
    for q in quoted.to_dict("records"):
        extra.append(
            f"Quoted, not recomputed: vivid dreams {q['measure']} {q['estimate']:.2f} ({q['lower95']:.2f} to "
            f"{q['upper95']:.2f}; {q['label']})."
        )
    more = " ".join(extra)
    if not len(dreams):
        return ClaimTest(
            "side_effects_rare", what, "no estimate",
            f"No count of vivid dreams or insomnia was available to us. {more}".strip(), inputs=used,
        )  # fmt: skip
    x, n = float(dreams["a"].sum()), float(dreams["n1"].sum())
    low, high = (100 * v for v in models.exact_proportion(x, n, choices.level)[1:])
    at = criterion(ev, "side_effects_rare")
    return ClaimTest(
        "side_effects_rare", what, versus(low, high, at, "below"),
        f"Vivid dreams were counted in {x:g} of {n:g} people on LDN ({100 * x / n:.0f} per 100, "
        f"{_percent(choices.level)} {low:.0f} to {high:.0f}), without a comparison with placebo. "
        f"{more}".strip(),
        100 * x / n, low, high, "per 100", _percent(choices.level), len(dreams), int(n), inputs=used,
    )  # fmt: skip
