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
        ``study_id label year dose_mg n_ldn n_control weeks_ldn weeks_full person_weeks_ldn person_weeks_full
        basis inputs``. `weeks_full` are the weeks at the full dose: all of them without titration, else what
        the schedule says was held (NaN where it does not). In a crossover everybody counts under both
        conditions. Where the size of the LDN group is not in the tables it is taken as half of those
        randomised; `basis` says so.

    Notes
    -----
    Planned, so an upper limit: those who stopped early count in full, since their time on the drug was not
    available to us.
    """
    rows = []
    for s in controlled(ev.studies).to_dict("records"):
        n_ldn, basis, inputs = _ldn_size(ev, s)
        n_control = s["n_randomised"] if s["design_type"] == "crossover" else s["n_randomised"] - n_ldn
        weeks = float(s["treatment_weeks"])
        full = _weeks_held(s, weeks)
        rows.append((
            s["study_id"], s["label"], s["year"], s["dose_max_mg"], n_ldn, n_control, weeks, full,
            n_ldn * weeks, n_ldn * full, basis, inputs,
        ))  # fmt: skip
    columns = ["study_id", "label", "year", "dose_mg", "n_ldn", "n_control", "weeks_ldn", "weeks_full"]
    columns += ["person_weeks_ldn", "person_weeks_full", "basis", "inputs"]
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
    whole, doses = _largest(_groups(ev, set(same)))
    added = sum(n for n, _ in doses.values())
    if doses and added > whole[0]:
        rows = tuple(row for _, row in doses.values())
        return added, "largest LDN group reported of each dose, added", (*here, *rows)
    if whole[1]:
        return whole[0], "largest LDN group reported", (*here, whole[1])
    half = "half of those randomised; the group's size is not in the tables"
    return float(study["n_randomised"]) / 2, half, here


def _groups(ev: Evidence, studies: set[str]) -> list[tuple[float, float, str]]:
    """Dose (NaN where it is that of all), number and row of each LDN group that rows of studies report."""
    found: list[tuple[float, float, str]] = []
    events, outcomes = ev.events, ev.outcomes
    for table, key, size, groups in (
        (events, "event_id", "n", ["ldn"]),
        (outcomes, "outcome_id", "n_ldn", ["ldn-placebo"]),
        (outcomes, "outcome_id", "n", ["ldn"]),
    ):
        rows = table[table["study_id"].isin(studies) & table["group"].isin(groups)].dropna(subset=[size])
        dose = rows["dose_mg_per_day"] if "dose_mg_per_day" in rows else [math.nan] * len(rows)
        found += [*zip(map(float, dose), map(float, rows[size]), map(str, rows[key]), strict=True)]
    return found


def _largest(
    groups: list[tuple[float, float, str]],
) -> tuple[tuple[float, str], dict[float, tuple[float, str]]]:
    """The largest group of no dose of its own, with its row, and the largest of each dose."""
    whole, doses = (0.0, ""), dict[float, tuple[float, str]]()
    for dose, n, row in groups:
        if math.isnan(dose):
            whole = max(whole, (n, row), key=lambda pair: pair[0])
        elif n > doses.get(dose, (0.0, ""))[0]:
            doses[dose] = n, row
    return whole, doses


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
