"""How many people were given the drug at random, for how long, and how long of it at the full dose."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ldn_analysis.contrasts import admitted
from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.made_once import once
from ldn_analysis.evidence.trials import controlled, doses_held, titrates

NOT_SAID = "the group's size is not in the tables"
ARMS = {"third arm": 3, "three-arm": 3, "three arms": 3, "fourth arm": 4, "four arms": 4, "another arm": 9}
"""How many arms a trial has at least, by words of its design and notes."""
EVERYBODY = "all who were randomised (crossover)"


@dataclass(frozen=True, slots=True)
class _Group:
    """People of one treatment in a row: dose (NaN where it is of all), number, week, and the row; whether
    they are the pairs of a crossover."""

    dose: float
    n: float
    week: float
    row: str
    paired: bool = False


@once
def exposure(ev: Evidence) -> pd.DataFrame:
    """Planned exposure in each randomised, double-blind, placebo-controlled trial of repeated low doses.

    Returns
    -------
    DataFrame
        ``study_id label year dose_mg n_ldn weeks_ldn basis inputs``, one row a trial; `dose_mg` is its
        largest dose. In a crossover everybody counts. Where the size of the LDN group is not in the tables
        it is taken as that of equal groups; `basis` says so. It is NaN where the trial is said to have had
        an arm of something else, which counts among those randomised.

    Notes
    -----
    Planned, so an upper limit: those who stopped early count in full, since their time on the drug was not
    available to us.
    """
    rows = []
    for s in controlled(admitted(ev)).to_dict("records"):
        n, basis, inputs = _ldn_size(s, _groups(ev)[s["trial_id"]])
        about = {"study_id": s["study_id"], "label": s["label"], "year": s["year"]}
        arm = {"dose_mg": s["dose_max_mg"], "n_ldn": n, "weeks_ldn": float(s["treatment_weeks"])}
        rows.append({**about, **arm, "basis": basis, "inputs": inputs})
    columns = ["study_id", "label", "year", "dose_mg", "n_ldn", "weeks_ldn", "basis", "inputs"]
    return pd.DataFrame(rows, columns=columns).sort_values(["dose_mg", "year"], ignore_index=True)


def exposure_arms(ev: Evidence) -> pd.DataFrame:
    """As `exposure`, one row a trial and dose that it gave side by side, and ``weeks_full person_weeks_ldn
    person_weeks_full``: `weeks_full` are the weeks at the full dose, all of them without titration, else
    what the schedule says was held (NaN where it does not). What is not known of a dose is NaN: its people
    where no row counts them, its weeks where its rows end before those of another dose and the schedule does
    not say."""
    rows: list[dict[str, Any]] = []
    for s in controlled(admitted(ev)).to_dict("records"):
        about = {key: s[key] for key in ("study_id", "label", "year")}
        rows += [about | arm for arm in _arms(s, _groups(ev)[s["trial_id"]])]
    columns = ["study_id", "label", "year", "dose_mg", "n_ldn", "weeks_ldn", "weeks_full", "basis", "inputs"]
    arms = pd.DataFrame(rows, columns=columns).sort_values(["dose_mg", "year"], ignore_index=True)
    return arms.assign(
        person_weeks_ldn=arms["n_ldn"] * arms["weeks_ldn"],
        person_weeks_full=arms["n_ldn"] * arms["weeks_full"],
    )


def _arms(study: dict[Any, Any], groups: list[_Group]) -> list[dict[str, Any]]:
    """Each dose of a trial with its people and weeks; a trial that titrates has its largest dose alone."""
    weeks, doses = float(study["treatment_weeks"]), _doses(study, groups)
    if len(doses) == 1:
        n, basis, inputs = _ldn_size(study, groups)
        full = _weeks_held(study, weeks)
        arm = {"dose_mg": study["dose_max_mg"], "weeks_ldn": weeks, "weeks_full": full}
        return [arm | {"n_ldn": n, "basis": basis, "inputs": inputs}]
    crossover, titrated = study["design_type"] == "crossover", titrates(study)
    during = [g for g in groups if g.week <= weeks + 0.5]
    last = {dose: max((g.week for g in during if g.dose == dose), default=-math.inf) for dose in doses}
    arms = []
    for dose in doses:
        largest = max((g for g in groups if g.dose == dose), key=lambda g: g.n, default=None)
        n, basis, inputs = math.nan, NOT_SAID, (str(study["study_id"]),)
        if crossover:
            n, basis = float(study["n_randomised"]), EVERYBODY
        elif largest:
            n, basis, inputs = largest.n, "largest group reported of this dose", (*inputs, largest.row)
        lasted = _weeks_said(study, dose)
        at_its_end = last[dose] in (max(last.values()), -math.inf)
        if crossover:  # weeks of outcomes count from the start of a condition: each lasted what is said
            ends = [g.week for g in groups if g.paired and g.dose == dose]
            at_its_end = abs(max(ends, default=-math.inf) - weeks) <= 0.5
        if math.isnan(lasted) and at_its_end:
            lasted = weeks
        full = _weeks_held(study, lasted) if titrated else lasted
        arm = {"dose_mg": dose, "weeks_ldn": lasted, "weeks_full": full}
        arms.append(arm | {"n_ldn": n, "basis": basis, "inputs": inputs})
    return arms


def _doses(study: dict[Any, Any], groups: list[_Group]) -> list[float]:
    """The doses that a trial gave side by side: those of its schedule, and those that its rows name."""
    return sorted({*doses_held(study), *(g.dose for g in groups if not math.isnan(g.dose))})


def _weeks_said(study: dict[Any, Any], dose: float) -> float:
    """Weeks that a schedule gives to one of its doses, as in "3 mg for 8 weeks or 4.5 mg for 12 weeks"."""
    form = rf"(?<![\d.]){dose:g} mg\b[^,;]*? for (\d+(?:\.\d+)?) weeks?"
    weeks = re.search(form, str(study["dose_schedule"]))
    return float(weeks.group(1)) if weeks and not titrates(study) else math.nan


def _weeks_held(study: dict[Any, Any], weeks: float) -> float:
    """Weeks at the full dose: all, or what a schedule with titration says was held; NaN where it does not."""
    if not study["dose_min_mg"] < study["dose_max_mg"]:
        return weeks
    weeks_held = re.search(r"held (?:for )?(\d+(?:\.\d+)?) weeks?", str(study["dose_schedule"]))
    return float(weeks_held.group(1)) if weeks_held else math.nan


def _ldn_size(study: dict[Any, Any], groups: list[_Group]) -> tuple[float, str, tuple[str, ...]]:
    """How many were given LDN in a trial, what that rests on, and the rows of the data behind it."""
    here, randomised = (str(study["study_id"]),), float(study["n_randomised"])
    if study["design_type"] == "crossover":
        return randomised, EVERYBODY, here
    largest = {g.dose: g for g in sorted(groups, key=lambda g: g.n) if not math.isnan(g.dose)}
    undivided = max((g for g in groups if math.isnan(g.dose)), key=lambda g: g.n, default=None)
    doses, added = _doses(study, groups), sum(g.n for g in largest.values())
    if len(largest) == len(doses) and not (undivided and undivided.n >= added):
        rows = tuple(g.row for g in largest.values())
        return added, "largest LDN group reported of each dose, added", (*here, *rows)
    if undivided:
        return undivided.n, "largest LDN group reported", (*here, undivided.row)
    k = len(doses)
    description = f"{study['design']}; {study.get('notes')}".lower()
    if any(arms > k + 1 for words, arms in ARMS.items() if words in description):  # one of something else
        return math.nan, NOT_SAID, here
    share = "half" if k == 1 else f"{k} of {k + 1} equal groups"
    return randomised * k / (k + 1), f"{share} of those randomised; {NOT_SAID}", here


@once
def _groups(ev: Evidence) -> dict[str, list[_Group]]:
    """LDN groups that the rows of each trial give, in every report of it: not those of an open extension."""
    reports = ev.studies[ev.studies["randomised"] == "yes"]
    trial_of = dict(zip(reports["study_id"].tolist(), reports["trial_id"].tolist(), strict=True))
    of_trial: dict[str, list[_Group]] = {str(trial): [] for trial in ev.studies["trial_id"]}
    pairs = ev.outcomes[ev.outcomes["statistic"] == "paired difference"]
    for table, key, size, group in (
        (pairs, "outcome_id", "n", "ldn-placebo"),
        (ev.events, "event_id", "n", "ldn"),
        (ev.outcomes, "outcome_id", "n_ldn", "ldn-placebo"),
        (ev.outcomes, "outcome_id", "n", "ldn"),
    ):
        rows = table[table["study_id"].isin(trial_of) & (table["group"] == group)].dropna(subset=[size])
        dose = rows["dose_mg_per_day"] if "dose_mg_per_day" in rows else [math.nan] * len(rows)
        for study, mg, n, week, row in zip(
            rows["study_id"], dose, rows[size], rows["week"], rows[key], strict=True
        ):
            of_trial[trial_of[study]].append(
                _Group(float(mg), float(n), float(week), str(row), table is pairs)
            )
    return of_trial


def exposure_by_dose(ev: Evidence) -> pd.DataFrame:
    """Exposure by dose: ``dose_mg trials n person_weeks titration_weeks longest_weeks longest_n unknown``.

    `person_weeks` are those at the full dose, `titration_weeks` those below it on the way; `longest_n` is how
    many were given LDN in the trials that lasted `longest_weeks`; `unknown` how many trials' weeks at the
    full dose or people are not known, and not in `person_weeks`: NaN where it is so of all. Empty where no
    such trial is known.
    """
    rows = []
    for dose, part in exposure_arms(ev).groupby("dose_mg"):
        longest = part["weeks_ldn"].max()
        most = part.loc[part["weeks_ldn"] == longest, "n_ldn"].sum(min_count=1)
        full = part["person_weeks_full"]
        counted = part[full.notna()]
        titration = float((counted["person_weeks_ldn"] - counted["person_weeks_full"]).sum())
        weeks = {"person_weeks": full.sum(min_count=1), "titration_weeks": titration}
        trials = {"trials": len(part), "n": part["n_ldn"].sum(min_count=1), "unknown": int(full.isna().sum())}
        rows.append({"dose_mg": dose, **trials, **weeks, "longest_weeks": longest, "longest_n": most})
    columns = ["dose_mg", "trials", "n", "person_weeks", "titration_weeks", "longest_weeks", "longest_n"]
    return pd.DataFrame(rows, columns=[*columns, "unknown"])
