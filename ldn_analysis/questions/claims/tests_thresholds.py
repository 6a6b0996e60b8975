"""Tests of the claims on pain thresholds."""

from __future__ import annotations

import pandas as pd

from ldn_analysis.display.words import milligrams, of_level, people, side, unit
from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.trials import behind, is_low_dose
from ldn_analysis.evidence.vocabulary import readable
from ldn_analysis.models.limits import limits_of
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
from ldn_analysis.questions.grading import Downgrade, bias_off, judged_bias
from ldn_analysis.questions.thresholds.analysis import DOMAIN, pressure_average, threshold_tests


def _threshold_rows(ev: Evidence, choices: Claims, pattern: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Reported threshold outcomes with `pattern` in their name: at low dose, and at higher single doses."""
    rows = readable(ev.outcomes, choices.reading)
    rows = rows[(rows["domain"] == "pain threshold") & rows["measure"].str.contains(pattern, case=False)]
    low = rows["study_id"].isin(ev.studies.loc[is_low_dose(ev.studies), "study_id"])
    return rows[low], rows[~low]


def _pilot_pressure(rows: pd.DataFrame) -> str:
    """The pilot's own difference, in words; empty where it is not among `rows`."""
    differences = rows[(rows["study_id"] == PILOT) & (rows["statistic"] == "paired difference")]
    if not len(differences):
        return ""
    r = differences.iloc[0]
    return (
        f"In the pilot ({r['n']:.0f} women, single-blind, placebo always first) the threshold was "
        f"{abs(r['value']):g} {unit(r['unit'])} {'lower' if r['value'] < 0 else 'higher'} under LDN than "
        f"under placebo (p {r['p_value']:g}, of a {r['p_value_from']})."
    )


@claim_test("effect", "03_thresholds", "difference in pressure pain tolerance of the legs, LDN minus placebo")
def mechanical_threshold(ev: Evidence, choices: Claims) -> ClaimTest:
    """Pressure pain tolerance of both legs in a randomised trial; higher is better."""
    tests = threshold_tests(ev, reading=choices.reading, level=choices.level)
    average = pressure_average(tests, choices.legs_correlation, level=choices.level)
    rows, _ = _threshold_rows(ev, choices, "mechanical|pressure")
    others = tests[tests["instrument"].astype(str).str.contains("mechanical|pressure", case=False)]
    itself = others[others["instrument"].str.contains("threshold", case=False)]
    # a tolerance stands in only where no trial measured the threshold
    tested = itself if len(itself) or average is not None else others
    if len(tested):
        name = "mechanical pain threshold" if len(itself) else "pressure that was tolerated"
        return _of_largest_trial(ev, choices, tested, "mechanical_threshold", name)
    if average is None:
        if not len(rows):
            return ClaimTest("no study", "No study of a low dose measured it.")
        return ClaimTest(
            "no estimate",
            sentence_of(
                f"{count(len(set(rows['study_id'])), 'study', 'studies')} of a low dose measured it, "
                "without random allocation"
            ),
            inputs=behind(rows),
            more=_pilot_pressure(rows),
        )
    low, high = average.ci
    at = criterion(ev, "mechanical_threshold")
    outcome = versus(low, high, at, "above")
    of_95 = limits_of(average.estimate, average.se**2, 0.95, average.df)
    legs = tests[tests["instrument"].isin(average.parts)]
    return ClaimTest(
        outcome,
        f"In {_trial_shown(average.trials)} ({people(average.n)}) the pressure that the legs tolerated was "
        f"{side(average.estimate, 1)} with LDN ({of_level(choices.level)} {side(low, 1)} to {side(high, 1)}, "
        f"{unit(average.unit)}): {_improved(outcome)}.",
        number=average.estimate,
        lower=low,
        upper=high,
        unit=unit(average.unit),
        k=1,
        n=average.n,
        downgrades=_one_trial_off(ev, average.study_ids[0], average.n, at, of_95),
        inputs=behind(legs),
        more=f"Both legs, assumed correlation {average.correlation:g}. {_pilot_pressure(rows)}".strip(),
    )


def _trial_shown(trials: int) -> str:
    """The trial whose numbers are shown, of so many."""
    return "one randomised trial" if trials == 1 else f"the largest of {count(trials, 'randomised trial')}"


def _improved(outcome: Finding) -> str:
    both = {"for": "improvement is shown", "against": "worsening is shown"}
    return both.get(outcome, "improvement and worsening are both possible")


def _one_trial_off(
    ev: Evidence, study: str, n: int, at: float, limits: tuple[float, float]
) -> tuple[Downgrade, ...]:
    """Levels taken off a threshold of one trial: by its risk of bias, and where its 95% interval (`limits`,
    whatever level is shown) leaves open on which side of `at` it lies."""
    open_ = "both directions are possible" if at == 0 else f"it may lie on either side of {at:g}"
    wide = Downgrade("imprecision", 1, f"{people(n, 'participants')}; {open_}")
    biased = bias_off([100.0], [study], judged_bias(ev, DOMAIN))
    return tuple(filter(None, (biased, wide if versus(*limits, at, "above") == "open" else None)))


@claim_test("effect", "03_thresholds", "studies of a low dose that measured the heat pain threshold")
def heat_threshold(ev: Evidence, choices: Claims) -> ClaimTest:
    """Whether any study of a low dose gives an estimate of the heat pain threshold."""
    rows, higher = _threshold_rows(ev, choices, "heat")
    tests = threshold_tests(ev, reading=choices.reading, level=choices.level)
    heat = tests[tests["instrument"].astype(str).str.contains("heat", case=False)]
    if len(heat):
        return _of_largest_trial(ev, choices, heat, "heat_threshold", "heat pain threshold")
    under = rows[rows["value"].notna() & (rows["group"] == "ldn") & (rows["statistic"] == "mean change")]
    change = (
        f" Under the drug it {'fell' if under['value'].iloc[0] < 0 else 'rose'} by "
        f"{abs(under['value'].iloc[0]):g} {unit(under['unit'].iloc[0])}; for placebo "
        "no number is printed."
        if len(under)
        else ""
    )
    k = len(set(rows["study_id"]))
    acute = _acute(ev, higher)
    if not k:
        return ClaimTest(
            "no study", "No study of a low dose measured it.", 0.0, inputs=behind(higher), more=acute
        )
    change = change or " No estimate against placebo was available to us."
    sentence = sentence_of(f"{count(k, 'study', 'studies')} of a low dose measured it") + change
    inputs = (*behind(rows), *behind(higher))
    return ClaimTest("no estimate", sentence, float(k), unit="studies", k=k, inputs=inputs, more=acute)


def _acute(ev: Evidence, higher: pd.DataFrame) -> str:
    """What single higher doses did, where every report of them says that nothing changed; else empty."""
    if not higher["location"].str.contains("no change", case=False).all() or not len(higher):
        return ""
    studies = ev.studies[ev.studies["study_id"].isin(higher["study_id"])]
    doses = milligrams(sorted(set(studies["dose_max_mg"])))
    return f"A single dose of {doses} changed none of the sensitivities tested."


_OVERTAKEN = {"heat_threshold": ("start",), "mechanical_threshold": ("indirectness",)}
"""Declared judgements whose reason no longer holds where a randomised trial measured the threshold itself."""


def _of_largest_trial(ev: Evidence, choices: Claims, tests: pd.DataFrame, claim: str, name: str) -> ClaimTest:
    """The threshold called `name` in the largest randomised trial of `tests` (`threshold_tests`), by the
    criterion of `claim`."""
    r = tests.sort_values("people", ascending=False, kind="stable").iloc[0]
    trials = tests["trial_id"].nunique()
    n = int(r["people"])
    low, high = (r["lower"], r["upper"]) if r["better"] == "higher" else (-r["upper"], -r["lower"])
    at, better = criterion(ev, claim), r["yi"] if r["better"] == "higher" else -r["yi"]
    outcome, of_95 = versus(low, high, at, "above"), limits_of(better, r["se"] ** 2, 0.95, r["df"])
    return ClaimTest(
        outcome,
        f"In {_trial_shown(trials)} ({people(n)}) the {name} was {side(r['yi'])} with LDN "
        f"({of_level(choices.level)} {side(r['lower'])} to {side(r['upper'])}, {r['unit']}): "
        f"{_improved(outcome)}.",
        number=float(r["yi"]),
        lower=float(r["lower"]),
        upper=float(r["upper"]),
        unit=r["unit"],
        k=1,
        n=n,
        downgrades=_one_trial_off(ev, str(r["study_id"]), n, at, of_95),
        inputs=behind(tests),
        quantity=f"difference in the {name}, LDN minus placebo",
        overtaken=_OVERTAKEN[claim] if "threshold" in str(r["instrument"]) else (),
    )
