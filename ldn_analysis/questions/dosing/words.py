"""What may be said of the dosing question, built from results."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from ldn_analysis.display.words import listed, number, percent

__all__ = ["dosing_words", "ed50_range"]


def _mg(value: float, most: float = 50.0) -> str:
    return f"{value:.1f} mg" if value < most else f"beyond {most:.0f} mg"


def ed50_range(low: float, high: float) -> str:
    """An interval of ED50; it may begin at no drug at all and end beyond any dose."""
    end = f"{high:.1f} mg" if math.isfinite(high) else "beyond any dose"
    return f"{low:.1f} to {end}"


def _answer(finding: Any, assumed: Any, emax: Any, where: str) -> str:
    start = "The best dose is not known" if emax.bits_ed50 < 1 else "The trials tell something about the dose"
    compared = (
        f"only {where} mg were compared with placebo, in different trials, which" if " and " in where
        else f"only {where} mg was compared with placebo, in trials that"
    )  # fmt: skip
    bits = emax.bits_ed50
    amount = "next to nothing" if bits < 0.1 else "little" if bits < 1 else "something"
    trials = f"{start}: {compared} told {amount} ({number(bits)} bits) about the dose of half effect"
    if finding is None:
        return f"{trials}; no dose-finding study is in the evidence."
    span = ed50_range(float(assumed["ed50_lower"].min()), float(assumed["ed50_upper"].max()))
    return (
        f"{trials}; the one dose-finding study had no placebo, and its report is compatible with a dose "
        f"for half of the patients (ED50) from {ed50_range(finding.ed50_lower, finding.ed50_upper)} "
        f"({span} over all assumptions tried)."
    )


def _finding(finding: Any, placebo: Any) -> str:
    if finding is None:
        return "No dose-finding study is in the evidence."
    factor = placebo.overall_bayes_factor
    verdict = (
        "which says next to nothing either way" if 1 / 3 < factor < 3
        else "which favours a rising curve" if factor >= 3 else "which favours placebo response alone"
    )  # fmt: skip
    return (
        "The dose-finding study had no placebo group. Its report is compatible with half of patients "
        f"responding at anything from {ed50_range(finding.ed50_lower, finding.ed50_upper)}. The dose at "
        f"which 95% respond is above 6 mg, or does not exist, in {percent(finding.beyond_percent / 100)} of "
        f"the compatible curves (it does not exist in {finding.no_ed95_percent:.0f}% of them, and in "
        f"{finding.prior_no_ed95_percent:.0f}% of the curves before the data). "
        "Against placebo response alone, the same at every dose, the Bayes factor for a rising curve is "
        f"{number(factor, 1)} (simulation error {placebo.overall_error:.3f}), {verdict}."
    )


def _occupancy(low: float | None, high: float | None, dose_mg: float) -> str:
    if low is None or high is None:
        return "What is needed to compute receptor occupancy is not dated to that year."
    transient = "a transient blockade" if low <= 20 and high >= 50 else "not a transient blockade"
    return (
        f"At {dose_mg:g} mg once daily the account nearest to PET has a median low of {low:.0f}% and a "
        f"median high of {high:.0f}% of the mu receptors occupied: {transient}, if what was measured after "
        "50 mg holds at low dose."
    )


def dosing_words(
    finding: Any, assumed: Any, placebo: Any, effects: Any, doses: list[float], low: float | None,
    high: float | None, dose_mg: float,
) -> dict[str, str]:  # fmt: skip
    """Sentences by part: ``answer finding trials occupancy``.

    `finding` is the first row of `dosing.DoseFinding.table`, `assumed` its `assumptions`, `placebo` a
    `models.PlaceboOnly` (None, all three, without a dose-finding study), `effects` an `dosing.DoseEffects`;
    `low` and `high` are the median daily extremes of occupancy at `dose_mg`, once daily, under the account
    nearest to PET (None where they cannot be computed).
    """
    emax = effects.emax
    before = [float(x) for x in emax.ed50_prior_quantile([0.025, 0.975])]
    after = [float(x) for x in emax.ed50_quantile([0.025, 0.975])]
    where = listed([f"{d:g}" for d in doses])
    trials = (
        f"Trials at {where} mg told {number(emax.bits_ed50)} bits about the dose of half effect: it may lie "
        f"from {_mg(after[0])} to {_mg(after[1])} (before the data: {_mg(before[0])} to {_mg(before[1])})."
    )
    return {
        "answer": _answer(finding, assumed, emax, where), "finding": _finding(finding, placebo),
        "trials": trials, "occupancy": _occupancy(low, high, dose_mg),
    }  # fmt: skip


def axis_caption(level: float) -> str:
    """What the marks of the dose axis are: trials at the report's `level`, reconstructed doses at 95%."""
    trials = f"{100 * level:g}% intervals"
    lines = trials if level == 0.95 else f"{trials} of the trials, 95% intervals of the doses"
    return f"Lines: {lines}; arrows: beyond the picture. Hatched: nobody was compared with placebo."


def axis(used: pd.DataFrame, curves: pd.DataFrame | None, daily: pd.DataFrame | None) -> str:
    """What the dose axis shows, in words; parts that were not yet published are left out."""
    said = ["Trials: " + listed([f"{r['label']} at {r['dose_mg']:g} mg" for _, r in used.iterrows()]) + "."]
    if curves is not None:
        from ldn_analysis.questions.dosing.words import ed50_range

        one = curves.iloc[0]
        said.append(
            "The dose-finding study's report is compatible with an ED50 from "
            f"{ed50_range(one['ed50_lower'], one['ed50_upper'])}; "
            f"its ED95 is above 6 mg, or does not exist, in {percent(one['beyond_percent'] / 100)} "
            "of the compatible curves."
        )
    if daily is not None:
        parts = [f"{r['low']:.0f} to {r['high']:.0f}% at {r['dose_mg']:g} mg" for _, r in daily.iterrows()]
        said.append("Receptors occupied over a day, median low to median high: " + listed(parts) + ".")
    return " ".join(said)
