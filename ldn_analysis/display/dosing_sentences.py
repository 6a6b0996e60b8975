"""What may be said of the dosing question, built from results."""

from __future__ import annotations

import math
from typing import Any

from .rows import number
from .sentences import listed, percent

__all__ = ["dosing_words", "ed50_range"]


def _mg(value: float, most: float = 50.0) -> str:
    return f"{value:.1f} mg" if value < most else f"beyond {most:.0f} mg"


def ed50_range(finding: Any) -> str:
    """The ED50 interval in whole mg with the simulation error of each limit: they are not known better."""

    def limit(value: float, error: float) -> str:
        if not math.isfinite(value):
            return "beyond any dose"
        return f"about {value:.0f} mg (simulation error {error:.1f})"

    low = limit(float(finding.ed50_lower), float(finding.ed50_lower_error))
    return f"{low} to {limit(float(finding.ed50_upper), float(finding.ed50_upper_error))}"


def dosing_words(
    finding: Any, placebo: Any, effects: Any, doses: list[float], low: float, high: float, dose_mg: float
) -> dict[str, str]:
    """Sentences by part: ``answer finding trials occupancy``.

    `finding` is the first row of `analyses.DoseFinding.table`, `placebo` a `models.PlaceboOnly`, `effects` an
    `analyses.DoseEffects`; `low` and `high` are the median daily extremes of occupancy at `dose_mg`, once
    daily, under the account that fits PET.
    """
    emax = effects.emax
    before = [float(x) for x in emax.ed50_prior_quantile([0.025, 0.975])]
    after = [float(x) for x in emax.ed50_quantile([0.025, 0.975])]
    beyond = percent(finding.beyond_percent / 100)
    where = listed([f"{d:g}" for d in doses])
    trials = (
        f"Trials at {where} mg told {number(emax.bits_ed50)} bits about the dose of half effect: it may lie "
        f"from {_mg(after[0])} to {_mg(after[1])} (before the data: {_mg(before[0])} to {_mg(before[1])})."
    )
    factor = placebo.overall_bayes_factor
    verdict = (
        "which says next to nothing either way" if 1 / 3 < factor < 3
        else "which favours a rising curve" if factor >= 3 else "which favours placebo response alone"
    )  # fmt: skip
    found = (
        "The dose-finding study had no placebo group. Its report is compatible with half of patients "
        f"responding at anything from {ed50_range(finding)}. The dose at "
        f"which 95% respond is above 6 mg, or does not exist, in {beyond} of the compatible curves (it "
        f"does not exist in {finding.no_ed95_percent:.0f}% of them, and in "
        f"{finding.prior_no_ed95_percent:.0f}% of the curves before the data). "
        "Against placebo response alone, the same at every dose, the Bayes factor "
        f"for a rising curve is roughly {number(factor, 0)} (few simulated hits), {verdict}."
    )
    transient = "a transient blockade" if low <= 20 and high >= 50 else "not a transient blockade"
    occupied = (
        f"At {dose_mg:g} mg once daily the account that fits PET best has a median low of {low:.0f}% and a "
        f"median high of {high:.0f}% of the mu receptors occupied: {transient}, if what was measured after "
        "50 mg holds at low dose."
    )
    start = "The best dose is not known" if emax.bits_ed50 < 1 else "The trials tell something about the dose"
    answer = (
        f"{start}: only {where} mg were compared with placebo, in different trials, and they told "
        f"{number(emax.bits_ed50)} bits about where the dose of half effect lies; the one dose-finding study "
        f"had no placebo, and its report is compatible with an ED50 from {ed50_range(finding)}."
    )
    return {"answer": answer, "finding": found, "trials": trials, "occupancy": occupied}
