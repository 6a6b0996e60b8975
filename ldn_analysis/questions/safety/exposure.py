"""How many people were given the drug at random, for how long, and how long of it at the full dose."""

from __future__ import annotations

import math
import re
from typing import Any

import pandas as pd

from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.doses import controlled


def exposure(ev: Evidence) -> pd.DataFrame:
    """Planned exposure in each randomised, double-blind, placebo-controlled trial of repeated low doses.

    Returns
    -------
    DataFrame
        ``study_id label year dose_mg n_ldn n_control weeks_ldn weeks_control weeks_full person_weeks_ldn
        person_weeks_full person_weeks_control basis inputs``. `weeks_full` are the weeks at the full dose:
        all of them without titration, else what the schedule says was held (NaN where it does not). In a
        crossover everybody counts under both conditions. Where the size of the LDN group is not in the tables
        it is taken as half of those randomised; `basis` says so.

    Notes
    -----
    Planned, so an upper limit: those who stopped early count in full, since their time on the drug was not
    available to us.
    """
    rows = []
    for s in controlled(ev.studies).to_dict("records"):
        n_ldn, basis, inputs = _ldn_size(ev, s)
        n_control = s["n_randomised"] if s["design_type"] == "crossover" else s["n_randomised"] - n_ldn
        weeks, control_weeks = float(s["treatment_weeks"]), float(s["control_weeks"])
        full = _weeks_held(s, weeks)
        rows.append((
            s["study_id"], s["label"], s["year"], s["dose_max_mg"], n_ldn, n_control, weeks, control_weeks,
            full, n_ldn * weeks, n_ldn * full, n_control * control_weeks, basis, inputs,
        ))  # fmt: skip
    columns = ["study_id", "label", "year", "dose_mg", "n_ldn", "n_control", "weeks_ldn", "weeks_control"]
    columns += ["weeks_full", "person_weeks_ldn", "person_weeks_full", "person_weeks_control", "basis"]
    columns += ["inputs"]
    return pd.DataFrame(rows, columns=columns).sort_values(["dose_mg", "year"], ignore_index=True)


def _weeks_held(study: dict[Any, Any], weeks: float) -> float:
    """Weeks at the full dose: all, or what a schedule with titration says was held; NaN where it does not."""
    if not study["dose_min_mg"] < study["dose_max_mg"]:
        return weeks
    held = re.search(r"held (?:for )?(\d+(?:\.\d+)?) weeks?", str(study["dose_schedule"]))
    return float(held.group(1)) if held else math.nan


def _ldn_size(ev: Evidence, study: dict[Any, Any]) -> tuple[float, str, tuple[str, ...]]:
    """How many were given LDN in a trial, what that rests on, and the rows of the data behind it."""
    here = (str(study["study_id"]),)
    if study["design_type"] == "crossover":
        return float(study["n_randomised"]), "all who were randomised (crossover)", here
    same = ev.studies.loc[ev.studies["trial_id"] == study["trial_id"], "study_id"]
    events, outcomes = ev.events, ev.outcomes
    counted = events[events["study_id"].isin(same) & (events["group"] == "ldn")]
    compared = outcomes[outcomes["study_id"].isin(same)].dropna(subset=["n_ldn"])
    sizes = [*zip(counted["n"], counted["event_id"], strict=True)]
    sizes += [*zip(compared["n_ldn"], compared["outcome_id"], strict=True)]
    if sizes:
        most, row = max(sizes, key=lambda pair: pair[0])
        return float(most), "largest LDN group reported", (*here, str(row))
    half = "half of those randomised; the group's size is not in the tables"
    return float(study["n_randomised"]) / 2, half, here


def exposure_by_dose(ev: Evidence) -> pd.DataFrame:
    """Exposure by dose: ``dose_mg trials n person_weeks titration_weeks longest_weeks longest_n unknown``.

    `person_weeks` are those at the full dose, `titration_weeks` those below it on the way; `longest_n` is how
    many were given LDN in the trials that lasted `longest_weeks`; `unknown` how many trials' weeks at the
    full dose or people are not known. Empty where no such trial is known.
    """
    table = exposure(ev)
    rows = []
    for dose, part in table.groupby("dose_mg"):
        longest = part["weeks_ldn"].max()
        most = part.loc[part["weeks_ldn"] == longest, "n_ldn"].sum()
        full = part["person_weeks_full"]
        known = part[full.notna()]
        titration = float((known["person_weeks_ldn"] - known["person_weeks_full"]).sum())
        rows.append((dose, len(part), part["n_ldn"].sum(), full.sum(), titration, longest, most,
                     int(full.isna().sum())))  # fmt: skip
    columns = ["dose_mg", "trials", "n", "person_weeks", "titration_weeks", "longest_weeks", "longest_n"]
    return pd.DataFrame(rows, columns=[*columns, "unknown"])
