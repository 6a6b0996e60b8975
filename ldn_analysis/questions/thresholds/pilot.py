"""The pilot's pain thresholds in their own units, beside what the randomised trial shows of the same kind.

The pilot is single-blind with placebo always first: its numbers stand beside the trial's, never in a pool.
"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from ldn_analysis.display.words import count, number, spoken, unit
from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.vocabulary import readable
from ldn_analysis.questions.thresholds.analysis import SidesAverage
from ldn_analysis.questions.thresholds.words import improved, the_trial

PILOT = "younger2009"
DOMAIN = "pain threshold"
KINDS = ("mechanical", "heat", "cold")
AS_PRINTED = "The pilot's changes as its paper prints them; the difference is LDN minus placebo."
"""How a row of `pilot_thresholds` was made."""


def pilot_thresholds(ev: Evidence, reading: str = "all") -> pd.DataFrame:
    """The pilot's changes from baseline under placebo and LDN, one row a threshold.

    Returns
    -------
    DataFrame
        ``kind measure unit better n baseline placebo ldn difference p_value p_value_from location inputs``.
        Changes are from baseline, in `unit`; `difference` is LDN minus placebo. NaN where no number is
        printed. `p_value` is that of the difference, else the one that is printed of the drug condition, and
        `location` says what it is of. Empty where nothing of it is in `ev`.
    """
    rows = readable(ev.outcomes, reading)
    rows = rows[(rows["study_id"] == PILOT) & (rows["domain"] == DOMAIN)]
    changes = []
    for kind in KINDS:
        mine = rows[rows["measure"].str.lower().str.contains(kind) & rows["unit"].notna()]
        if mine.empty:
            continue
        contrast = mine[mine["statistic"] == "paired difference"]
        drug = mine[(mine["group"] == "ldn")]
        tested = contrast if len(contrast) else drug
        p_value, source = tested[["p_value", "p_value_from"]].iloc[0] if len(tested) else (math.nan, "")
        changes.append(
            {
                "kind": kind,
                "measure": mine["measure"].iloc[0],
                "unit": unit(str(mine["unit"].iloc[0])),
                "better": mine["better"].iloc[0],
                "n": mine["n"].max(),
                "baseline": _value(mine[(mine["group"] == "all") & (mine["statistic"] == "mean")]),
                "placebo": _value(mine[mine["group"] == "placebo"]),
                "ldn": _value(drug),
                "difference": _value(contrast),
                "p_value": float(p_value),
                "p_value_from": source if pd.notna(source) else "",
                "location": "; ".join(tested["location"]),
                "inputs": tuple(mine["outcome_id"]),
            }
        )
    names = ["kind", "measure", "unit", "better", "n", "baseline", "placebo", "ldn", "difference", "p_value"]
    return pd.DataFrame(changes, columns=[*names, "p_value_from", "location", "inputs"])


def _value(rows: pd.DataFrame) -> float:
    return float(rows["value"].iloc[0]) if len(rows) else math.nan


def pilot_beside_trial(
    pilot: pd.DataFrame, tests: pd.DataFrame, average: SidesAverage | None
) -> pd.DataFrame:
    """What each of the two says of a threshold, in words: ``kind pilot trial inputs``.

    Parameters
    ----------
    pilot : from `pilot_thresholds`.
    tests : from `threshold_tests`: the randomised estimates.
    average : from `mechanical_estimate`; None if there is none.
    """
    rows = []
    for row in pilot.to_dict("records"):
        of_kind = tests[tests["instrument"].astype(str).str.lower().str.contains(row["kind"])]
        inputs = (*row["inputs"], *(key for keys in of_kind["inputs"] for key in keys))
        if row["kind"] == "mechanical" and average is not None:
            inputs = (*inputs, *average.inputs)
        rows.append((row["kind"], _in_the_pilot(row), _in_the_trial(row["kind"], of_kind, average), inputs))
    return pd.DataFrame(rows, columns=["kind", "pilot", "trial", "inputs"])


def _in_the_pilot(row: dict[Any, Any]) -> str:
    """What the pilot says of one threshold."""
    p = f"p {row['p_value']:.3f}" if math.isfinite(row["p_value"]) else "no p value"
    if math.isfinite(row["difference"]):
        side = "improved" if improved(row) else "not improved"
        return f"{side} in the pilot: {number(row['difference'])} {row['unit']} over placebo, {p} as printed"
    if math.isfinite(row["ldn"]):
        change = f"{number(row['ldn'], 1)} {row['unit']}"
        verdict = "reported as improved" if improved(row) else "not reported as improved"
        return f"{verdict}: {change} under the drug, no number for placebo"
    return f"not reported as improved in the pilot, {p} as printed"


def _in_the_trial(kind: str, of_kind: pd.DataFrame, average: SidesAverage | None) -> str:
    """What a randomised trial of a low dose shows of one threshold."""
    if kind == "mechanical" and average is not None:
        size = spoken(average.estimate, *average.ci, 1, average.unit)
        shown = "shown" if average.ci[0] > 0 else "not shown"
        legs = "both legs " if len(average.parts) > 1 else ""
        return f"improvement {shown} in {the_trial(average)}: {legs}{size}"
    if not len(of_kind):
        return "not measured in a randomised trial of a low dose"
    row = of_kind.iloc[0]
    where = "the randomised trial"
    if len(of_kind) > 1:
        where = f"{row['label']}, the first of {count(len(of_kind), 'randomised estimate')}"
    shown = row["lower"] > 0 if row["better"] == "higher" else row["upper"] < 0
    size = spoken(row["yi"], row["lower"], row["upper"], 1, row["unit"])
    return f"improvement {'shown' if shown else 'not shown'} in {where}: {size}"


def pilot_caution(ev: Evidence) -> list[str]:
    """What the pilot's numbers are, from its row of the studies; nothing where it is not in `ev`."""
    studies = ev.studies[ev.studies["study_id"] == PILOT]
    if studies.empty:
        return []
    row = studies.iloc[0]
    return [
        f"{row['label']}: {row['design']}, {row['blinding']}, {row['n_analysed']:.0f} people.",
        str(row["notes"]),
    ]
