"""Tables of the dosing report: doses compatible with the dose-finding study, placebo alone, occupancy, rules.

Each takes ``trail`` and ``inputs`` of `display.table`, which say where its numbers come from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ldn_analysis.display.output import Table
from ldn_analysis.display.tables import table
from ldn_analysis.display.words import number, numeral, span
from ldn_analysis.questions.dosing.pictures import ACCOUNTS

_SHARES = {
    "beyond_percent": "ED95 above the doses tried or none, %",
    "prior_beyond_percent": "the same before the report, %",
}
_DAY = {
    "low": "lowest, %",
    "high": "highest, %",
    "hours_above_50": "above 50%, h",
    "hours_above_80": "above 80%, h",
    "p_transient": "chance of a transient blockade, %",
}
_RULES = {
    "relief": "relief by the drug, points of 10",
    "regret": "short of the best dose for each, points of 10",
    "called": "called responders, %",
    "predictive_value": "of these truly responders, %",
    "missed_responder": "of true responders missed, %",
    "weeks": "weeks, mean",
}
_TIMES = {"probability": 100.0, "points": 0.1}
"""From a unit of the models (points of 0 to 100) to that of a reader."""
_ASSUMED = {
    "as assumed": "as assumed",
    "person_sd": "spread of the effect between persons (SD, points of 100)",
    "day_sd": "spread of daily pain (SD, points of 100)",
    "placebo_relief_sd": "spread of placebo relief (SD, points of 100)",
    "ed50_log_sd": "spread of the dose of half effect between persons (SD of its logarithm)",
    "effect_share": "share of the drug's effect that is real (0: it does nothing)",
    "burden_per_mg": "burden of each mg a day (points of 100)",
}
_PRIORS = {
    "as assumed": "as assumed",
    "emax_sd": "greatest effect (SD, points)",
    "ed50_median": "dose of half effect (median, mg)",
    "ed50_log_sd": "dose of half effect (SD of its logarithm)",
    "tau_scale": "differences between trials (scale, points)",
}


def _spans(lower: pd.Series, upper: pd.Series) -> list[str]:
    return [span(*ends, 1) for ends in zip(lower, upper, strict=True)]


def compatible_doses(doses: pd.DataFrame, **source: Any) -> Table:
    """`dosing.DoseFinding.assumptions` for a report: as assumed, then with one assumption changed."""
    first = doses.iloc[0]
    notes = [
        "ED50, ED95: doses at which 50% and 95% respond, placebo response included; a curve with a lower "
        "ceiling has none (∞).",
        f"As assumed, {first['compatible']:,} of the {first['listed']:,} sequences with the reported counts "
        "are within the tolerances (parameters); each counts by its nearness. Simulation errors are at most "
        f"{doses['ed50_error'].max():.2f} mg (ED50) and {doses['beyond_error'].max():.1f} percentage points.",
        "If the result follows the starting assumption, the study did not decide it.",
        "First doses that are not listed would hardly ever lead to such a report.",
    ]
    if abs(first["pairs_mean"] - first["published_ed50"]) < 0.0051:  # rounded to two decimals
        notes.append(
            f"The published ED50 is compatible with the mean of {numeral(first['pairs'])} pairs' middles on "
            f"this grid, {first['pairs_mean']:g} mg."
        )
    return table(
        doses.assign(
            named=doses["assumption"] + ": " + doses["account"],
            # each interval as one column of text, so that the table fits a page
            **{
                f"{dose}_range": _spans(doses[f"{dose}_lower"], doses[f"{dose}_upper"])
                for dose in ("ed50", "ed95", "prior_ed50", "prior_ed95")
            },
        ),
        caption="Doses compatible with the published report, by assumption (mg; 95% intervals)",
        columns={
            "named": "Assumption",
            "ed50": "ED50, median",
            "ed50_range": "ED50, interval",
            "prior_ed50_range": "before the report",
            "ed95_range": "ED95, interval",
            "prior_ed95_range": "before the report",
            **_SHARES,
            "compatible": "Sequences kept",
        },
        digits={"ed50": 1, **dict.fromkeys(_SHARES, 0)},
        notes=notes,
        how="Reconstructed from what the study reported: see Method. The rest is assumed.",
        **source,
    )


def placebo_alone(placebo: Any, **source: Any) -> Table:
    """A `models.PlaceboOnly` for a report."""
    rows = pd.DataFrame({"rate": 100 * placebo.rate, "often": 1e6 * placebo.probability})
    rows = rows.assign(bayes=placebo.bayes_factor, error=placebo.bayes_factor_error)
    return table(
        rows,
        caption="Would placebo response alone give such a report?",
        columns={
            "rate": "Response at every dose, %",
            "often": "Such reports in a million (exact)",
            "bayes": "Bayes factor for a rising curve",
            "error": "± (simulation error)",
        },
        digits={"rate": 0, "often": 1, "bayes": 1, "error": 3},
        notes=[
            f"Curves that rise with dose give {1e6 * placebo.dose_dependent:.1f} ± "
            f"{1e6 * placebo.dose_dependent_error:.2f} in a million. A Bayes factor from a third to three "
            "says next to nothing."
        ],
        how="Probability of the study's report if the response is the same at every dose, and its ratio.",
        **source,
    )


def occupancy_over_a_day(accounts: Mapping[str, Any], **source: Any) -> Table:
    """Each account's day (`models.Occupancy`) at each total dose, once daily and split in two."""
    every = pd.concat([day.table().assign(account=ACCOUNTS[name]) for name, day in accounts.items()])
    every = every[every["quantity"].isin(_DAY)]
    chance = every["quantity"] == "p_transient"
    spread = every["median"].map("{:.0f}".format) + every[["lower", "upper"]].apply(
        lambda row: f" ({row['lower']:.0f} to {row['upper']:.0f})", axis=1
    )
    cells = spread.where(~chance, (100 * every["median"]).map("{:.0f}".format))
    rows = ["account", "dose_mg_per_day", "doses_per_day"]
    error = every.loc[every["unit"] == "percent", "mc_se"].max()
    wide = every.assign(cell=cells).pivot_table("cell", rows, "quantity", aggfunc="first", sort=False)
    return table(
        wide.reset_index(),
        caption="Mu receptors over a day: medians (95% of draws)",
        columns={
            "account": "Account",
            "dose_mg_per_day": "Total, mg a day",
            "doses_per_day": "Doses a day",
            **_DAY,
        },
        notes=[
            "Transient: occupancy falls to 20% or less and rises to 50% or more within the day. "
            f"Medians: ± {2 * error:.1f} points at most by simulation "
            "(twice the error of as many independent draws)."
        ],
        how="Simulated day of the model: kinetics from half-lives and peaks, occupancy calibrated to PET.",
        **source,
    )


def occupancy_decline(accounts: Mapping[str, Any], **source: Any) -> Table:
    """Each account beside the decline that PET measured."""
    every = pd.concat([day.fit_to_decline().assign(account=ACCOUNTS[name]) for name, day in accounts.items()])
    columns = {"account": "Account", "time_h": "Hours", "measured": "Measured", "sem": "SEM"}
    columns |= {"predicted": "Predicted", "lower": "from", "upper": "to", "z": "Off by (SEM)"}
    return table(
        every,
        caption="Each account against the decline measured after 50 mg (percent of the scan at 1 h)",
        columns=columns,
        digits={"predicted": 0, "lower": 0, "upper": 0, "z": 1},
        how="Measured: as reported. Predicted: the model, calibrated to the first scan.",
        **source,
    )


def binding_conflict(conflict: pd.DataFrame, margin: Any, dose_mg: float, **source: Any) -> Table:
    """Binding constants beside PET, and TLR4's concentration (`dosing.pharmacology_conflicts`)."""
    return table(
        conflict,
        caption="A conflict that stands: what binding constants predict, and what PET shows",
        columns={
            "basis": "Basis",
            "dose_mg": "Dose, mg",
            "occupancy_percent": "Occupancy, %",
            "ed50_mg": "Dose of half occupancy, mg",
            "potency_ratio": "PET's dose over it",
        },
        digits={"occupancy_percent": 0, "ed50_mg": 2, "potency_ratio": 1},
        notes=[
            f"Free plasma naltrexone at {dose_mg:g} mg peaks {margin[0]:.1f} powers of "
            "ten below the concentration that half blocks TLR4 (mouse microglia, the mirror-image molecule)."
        ],
        how="Occupancy = C / (C + K): K from PET as a dose, or from binding with the free peak in plasma.",
        **source,
    )


def patient_facts(facts: pd.DataFrame, known: Mapping[str, float], **source: Any) -> Table:
    """What the data say of patients (`dosing.patient_facts`), and what was taken from it."""
    words = {
        "baseline_mean": "mean pain before treatment",
        "baseline_sd": "its SD",
        "placebo_relief": "mean relief on placebo",
    }
    taken = ", ".join(f"{words[name]} {number(value, 1)}" for name, value in known.items())
    columns = {"label": "Source", "quantity": "What", "n": "Participants", "mean": "Mean", "sd": "SD"}
    return table(
        facts,
        caption="What is known of patients before treatment and on placebo (points of 0 to 100)",
        columns=columns | {"basis": "Basis"},
        digits={"n": 0, "mean": 1, "sd": 1},
        notes=[
            f"Taken from these: {taken or 'nothing, the rest is assumed'}.",
            "The SD of an observed change holds the variation from day to day too, so that the assumed "
            "spread of relief between persons should be no larger.",
        ],
        how="basis",
        **source,
    )


def rules_tried(ranges: pd.DataFrame, **source: Any) -> Table:
    """What each titration rule achieves (`dosing.OwnDose.ranges`), with its range over the assumptions."""
    shown = ranges[ranges["quantity"].isin(_RULES)]
    cells = [_cell(row) for row in shown.to_dict("records")]
    wide = shown.assign(cell=cells).pivot_table("cell", "rule", "quantity", aggfunc="first", sort=False)
    return table(
        wide.reset_index(),
        caption="What each rule achieves on simulated patients",
        columns={"rule": "Rule", **_RULES},
        notes=[
            "±: twice the simulation error, where it does not round to zero.",
            "In brackets: lowest and highest under the assumptions tried.",
        ],
        how="Simulated patients: effects from the trials' Emax model, pain and relief from these rows.",
        **source,
    )


def _cell(row: Mapping[Any, Any]) -> str:
    """A value with twice its error and its range over the assumptions."""
    value = row["estimate"]
    if value != value:
        return number(value)
    times, digits = _TIMES.get(row["unit"], 1.0), {"probability": 0, "points": 2}.get(row["unit"], 1)
    error = number(2 * times * row["mc_se"], max(digits, 1))
    error = f" ± {error}" if row["mc_se"] > 0 and error.strip("0.") else ""
    low, high = (number(times * row[name], digits) for name in ("lowest", "highest"))
    return number(times * value, digits) + error + (f" ({low} to {high})" if low != high else "")


def rules_under_other_assumptions(swept: pd.DataFrame, **source: Any) -> Table:
    """The same under other values of one assumption at a time (`dosing.OwnDose.swept`)."""
    shown = swept[swept["quantity"].isin([name for name in _RULES if name != "weeks"])]
    times = shown["unit"].map(_TIMES).fillna(1.0)
    shown = shown.assign(
        estimate=shown["estimate"] * times,
        value=shown["value"].map("{:g}".format).replace("nan", ""),
        assumption=shown["assumption"].map(_ASSUMED),
    )
    wide = shown.pivot_table("estimate", ["assumption", "value", "rule"], "quantity", sort=False)
    names = [name for name in _RULES if name in wide]
    return table(
        wide.reset_index(),
        caption="The same under other assumptions, one at a time",
        columns={
            "assumption": "Assumption",
            "value": "Value",
            "rule": "Rule",
            **{n: _RULES[n] for n in names},
        },
        digits={name: 2 if name in ("relief", "regret") else 0 for name in names},
        how="As above, with one assumption changed.",
        **source,
    )


def trial_effects(by_dose: pd.DataFrame, tested: list[float], **source: Any) -> Table:
    """Effect at each dose before and after the data (`dosing.DoseEffects.table`)."""
    shown = by_dose.assign(tested=["yes" if dose in tested else "no" for dose in by_dose["dose_mg"]])
    columns = {"dose_mg": "Dose, mg", "tested": "Tested"}
    columns |= {"prior_lower": "Before: from", "prior_upper": "Before: to"}
    columns |= {"estimate": "After: median", "lower": "from", "upper": "to"}
    return table(
        shown,
        caption="Effect on pain (points, LDN minus placebo; below zero favours LDN)",
        columns=columns | {"new_lower": "A new trial: from", "new_upper": "A new trial: to"},
        digits=dict.fromkeys(by_dose.columns[1:], 2),
        notes=[
            "At a dose that nobody tested the curve alone speaks. Lower doses have narrower ranges since "
            "every curve starts at no effect at 0 mg, not since more is known."
        ],
        how="Emax model of the trials, with the priors among the parameters.",
        **source,
    )


def differences(differ: pd.DataFrame, slope: str, **source: Any) -> Table:
    """What differs between trials besides the dose (`dosing.DoseEffects.confounders`); `slope` in words."""
    columns = {"label": "Trial", "dose_mg": "Dose, mg", "yi": "Difference", "week": "Week of this difference"}
    columns |= {"design": "Design", "dose_schedule": "Schedule", "treatment_weeks": "Weeks of treatment"}
    return table(
        differ,
        caption="What differs between the trials besides the dose",
        digits={"yi": 2},
        columns=columns | {"year": "Year", "country": "Country"},
        notes=[f"The dose itself: {slope}.", "No slope can be told apart from these differences."],
        how="The difference: see the first. The rest: as reported.",
        **source,
    )


def priors_tried(swept: pd.DataFrame, **source: Any) -> Table:
    """What the trials tell about the dose under other starting assumptions (`dosing.under_other_priors`)."""
    shown = swept.assign(
        named=swept["parameter"].map(_PRIORS),
        at=swept["value"].map("{:g}".format).replace("nan", ""),
        before=_spans(swept["prior_lower"], swept["prior_upper"]),
        after=_spans(swept["lower"], swept["upper"]),
    )
    columns = {
        "named": "Assumption",
        "at": "Value",
        "before": "Before the trials",
        "after": "After",
        "bits": "Bits learnt",
        "effect_lower": "Effect at the highest dose tested: from",
        "effect_upper": "to",
    }
    return table(
        shown,
        caption="The dose with half of the greatest effect under other starting assumptions (mg)",
        columns=columns,
        digits={"bits": 2, "effect_lower": 2, "effect_upper": 2},
        notes=["If the result follows the starting assumption, the trials did not decide it."],
        how="The same model with one prior changed.",
        **source,
    )


def pairs_of_doses(between: pd.DataFrame, **source: Any) -> list[Table]:
    """What trials found between the doses that they randomised people to (`dosing.between_doses`); no table
    where none did."""
    if not len(between):
        return []
    columns = {"label": "Trial", "low_mg": "Lower dose, mg", "high_mg": "Higher dose, mg"}
    caption = "Between doses of one trial: lower minus higher (points; below zero favours the lower)"
    for r in sorted(set(between.reindex(columns=["assumed_r"])["assumed_r"].dropna())):
        caption += f"; in the same people, their differences from placebo are assumed to correlate by {r:g}"
    return [
        table(
            between,
            caption=caption,
            columns=columns | {"yi": "Difference", "lower": "from", "upper": "to"},
            digits={"yi": 2, "lower": 2, "upper": 2},
            how="The difference of the trial's two doses; limits by Student's t.",
            **source,
        )
    ]
