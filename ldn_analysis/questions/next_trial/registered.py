"""The trials of the data as candidate designs: which are repeated, which registered ones can be planned with,
and why the others cannot."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from ldn_analysis.errors import InputError, meant
from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.records import NOT_GOING_ON, unreported
from ldn_analysis.evidence.trials import once
from ldn_analysis.questions.next_trial.background import DOSES
from ldn_analysis.questions.next_trial.designs import HIGHEST_MG, Arm, Design, candidate_designs

CARRYOVER = 0.2
"""Assumed share of the effect that is left in the next period of a registered crossover, as in the other
candidates without a washout."""

_NUMBER = re.compile(r"\d+(?:\.\d+)?")


_NO_TRIAL = ("observational", "case report")
_ONE_ARM = "single-arm"


def designs_for(ev: Evidence) -> dict[str, Design]:
    """The candidates of ``reports/designs.yml``, repeats of trials that `ev` does not hold left out (those of
    no year are named by `without_design`), and the registered trials.

    Raises
    ------
    InputError
        A design repeats a trial that is not in the data and is nearly named like one that is: a slip.
    """
    published, known = set(ev.studies["trial_id"]), set((ev.whole or ev).studies["trial_id"])
    candidates = candidate_designs()
    for name, design in candidates.items():
        hint = meant(design.repeats, known, ": ", cutoff=0.8)
        if design.repeats not in {"", *known} and hint:
            raise InputError(
                f"designs.yml, design {name!r}: repeats is {design.repeats!r}: no trial of studies.csv{hint}"
            )
    possible = {"", *published}
    ours = {name: design for name, design in candidates.items() if design.repeats in possible}
    return ours | registered_designs(ev)


def registered_designs(ev: Evidence) -> dict[str, Design]:
    """Every registered trial without a report whose row says enough: people, doses, comparator.

    Doses between which people are randomised are arms; of a dose that is reached by steps the last counts.
    Half of the people of a factorial trial are on the drug. What the row does not say (lengths, washout) is
    left to the parameters. Withdrawn and stopped trials, and those without people, are left out.
    """
    read = (_design(row) for row in unreported(ev).to_dict("records"))
    return {design.name: design for design in read if isinstance(design, Design)}


def without_design(ev: Evidence, designs: Mapping[str, Design]) -> pd.DataFrame:
    """Trials of the data that no design repeats, registered ones that none is made of, and repeats of trials
    that the data do not have.

    One row a trial: ``trial why inputs``. Reviews of charts and single cases are no trials.
    """
    repeated = {design.repeats for design in designs.values()}
    studies = once(ev.studies)
    left = studies[~studies["design_type"].isin(_NO_TRIAL) & ~studies["trial_id"].isin(repeated)]
    rows = [(row["label"], _why_no_repeat(row), row["study_id"]) for row in left.to_dict("records")]
    for row in unreported(ev).to_dict("records"):
        why = _design(row)
        if isinstance(why, str):
            rows.append((f"planned: {_titled(row)}", why, row["registry_id"]))
    known = {"", *(ev.whole or ev).studies["trial_id"]}
    absent = (design for design in candidate_designs().values() if design.repeats not in known)
    rows += [(design.title, "the trial that it repeats is not in these data", ()) for design in absent]
    return pd.DataFrame(rows, columns=["trial", "why", "inputs"])


def _why_no_repeat(row: Mapping[Any, Any]) -> str:
    if row["design_type"] == _ONE_ARM:
        return "one arm alone: nothing to compare with"
    if row["dose_max_mg"] > max(DOSES):
        return f"{row['dose_max_mg']:g} mg is above the doses compared here (to {max(DOSES):g} mg)"
    return "no design of this list repeats it yet"


def _titled(row: Mapping[Any, Any]) -> str:
    """Its title and, if that does not name it, its condition."""
    titled, condition = (row[name] if isinstance(row[name], str) else "" for name in ("title", "condition"))
    unnamed = condition and condition.lower() not in titled.lower()
    return f"{titled or row['registry_id']}, {condition}" if unnamed else titled or str(row["registry_id"])


def _design(row: Mapping[Any, Any]) -> Design | str:
    """The registered trial as a design, or why there is none."""
    people, comparator = row["n_planned"], row["comparator"]
    if ended := NOT_GOING_ON.search(str(row["status_as_read"])):
        return ended[0].lower()
    if not people > 1:
        return "its registration, as read, names no people"
    if comparator not in ("placebo", "between doses"):
        return "its registration, as read, names no placebo and no comparison of doses"
    doses = [float(text) for text in _NUMBER.findall(str(row["doses_mg_per_day"]))]
    if not doses or max(doses) > HIGHEST_MG:
        return f"its registration, as read, names no dose up to {HIGHEST_MG:g} mg"
    arms = tuple(Arm(dose) for dose in sorted(set(doses)))
    if comparator == "placebo":
        arms = (Arm(0.0), Arm(doses[-1]))
    if len(arms) < 2:
        return "its registration, as read, names one dose to compare"
    shared: dict[str, Any] = {
        "name": f"registered-{re.sub('[^a-z0-9]+', '-', str(row['registry_id']).lower())}",
        "title": f"planned: {_titled(row)}",
        "source": f"{row['registry_id']} ({row['status_as_read']})",
    }
    if "crossover" in str(row["design"]).lower():
        shared["source"] += f"; assumed: balanced order, {100 * CARRYOVER:.0f}% carried over"
        weeks = row["treatment_weeks"]
        periods = (float(weeks),) * len(arms) if weeks > 0 else ()
        return Design(
            kind="crossover", arms=arms, people=float(people), weeks=periods, carryover=CARRYOVER, **shared
        )
    shared["source"] += "; assumed: groups of one size"
    each = float(people) / len(arms)
    return Design(
        kind="parallel",
        arms=tuple(Arm(arm.dose, arm.schedule, each) for arm in arms),
        people=float(people),
        **shared,
    )
