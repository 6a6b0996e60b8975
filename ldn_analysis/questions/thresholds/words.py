"""What may be said of pain thresholds: every sentence is built from results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ldn_analysis.display.words import count, number, percent

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ADJUSTED", "average_of_legs", "mechanical_and_heat", "tests_together"]

ADJUSTED = (
    "Difference as reported, LDN minus placebo; standard error (upper − lower) / (2 t), t with n − 2 degrees "
    "of freedom; p from difference / standard error; then adjusted over all the tests (Holm; Benjamini and "
    "Hochberg)."
)


def average_of_legs(average: Any) -> str:
    """How the average of both legs was made, from `thresholds.pressure_average`; empty without one."""
    if average is None:
        return ""
    return (
        "Mean of the two legs' differences; variance (v1 + v2 + 2 r s1 s2) / 4 with an assumed correlation "
        f"r = {average.correlation:g}; in SD: each difference divided by its SD of change (Hedges' g), "
        "improvement above zero."
    )


def _mechanical(average: Any) -> str:
    """The one estimate, what its interval leaves open."""
    if average is None:
        return "For mechanical thresholds no estimate against placebo was available to us"
    low, high = average.ci
    size = f"{number(abs(average.estimate), 1)} {average.unit}"
    side = "lower (worse)" if average.estimate < 0 else "higher (better)"
    interval = f"{100 * average.level:g}% interval {number(low, 1)} to {number(high, 1)}"
    if low <= 0 <= high:
        end = "which does not show an improvement and leaves open a small one as well as a worsening"
    elif low > 0:
        end = "which excludes no difference, in one exploratory analysis"
    else:
        end = "a worsening, in one exploratory analysis"
    return (
        f"Mechanical thresholds: in the one randomised estimate ({average.n} participants) pressure pain "
        f"tolerance was {size} {side} with LDN than with placebo ({interval}), {end}"
    )


def mechanical_and_heat(average: Any, directions: pd.DataFrame) -> str:
    """One sentence on whether mechanical and heat thresholds are improved, from `pressure_average` (or None)
    and `threshold_directions`."""
    low_dose = directions[directions["tier"] >= 2]
    heat = low_dose[low_dose["modality"] == "heat"]
    if (heat["reported"] == "estimate").any():
        words = f"heat: {count(int((heat['reported'] == 'estimate').sum()), 'estimate')}, see the table"
    elif len(heat):
        up, people = int((heat["direction"] > 0).sum()), f"{heat['n'].sum():g} participants"
        if len(heat) == 1:
            who = f"the one study at low dose ({people})"
            what = f"only that {who} reported {'an improvement' if up else 'no improvement'}"
        else:
            what = f"only that {up} of {len(heat)} studies at low dose ({people}) reported an improvement"
        words = f"heat thresholds: no estimate was available to us, {what}"
    else:
        words = "heat thresholds: nothing at low dose was available to us"
    return f"{_mechanical(average)}; {words}."


def tests_together(table: pd.DataFrame, chance: float, alpha: float) -> str:
    """What several tests of one trial are worth, from `threshold_tests` and `models.any_significant`."""
    if not len(table):
        return "No estimate can be tested under these choices."
    below = table[table["p_value"] < alpha]
    first = (
        f"With {count(int(table['tested'].max()), 'test')} and nothing going on, the chance of at least one "
        f"p value below {alpha:g} is {percent(chance)}"
    )
    if below.empty:
        return f"{first}; here none is."
    kept = table[table["holm"] < alpha]
    names = ", ".join(f"{r.instrument} (p = {r.p_value:.3f}, Holm {r.holm:.3f})" for r in below.itertuples())
    after = "none stays below it" if kept.empty else f"{count(len(kept), 'stays', 'stay')} below it"
    return f"{first}; here below it: {names}. Adjusted for the number of tests, {after}."
