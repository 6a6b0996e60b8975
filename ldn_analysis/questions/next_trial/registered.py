"""The trials of the data as candidate designs: which are repeated, which registered ones can be planned with,
and why the others cannot."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from ldn_analysis.errors import InputError, meant
from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.loading import data_folder_of_project
from ldn_analysis.evidence.records import NOT_GOING_ON, unreported
from ldn_analysis.evidence.trials import once
from ldn_analysis.questions.next_trial.background import DOSES
from ldn_analysis.questions.next_trial.designs import HIGHEST_MG, NUMBERS, Arm, Design, candidate_designs

CARRYOVER = 0.2
"""Assumed share of the effect that is left in the next period of a registered crossover, as in the other
candidates without a washout."""

_NO_TRIAL = ("observational", "case report")
_ONE_ARM = "single-arm"


def designs_for(ev: Evidence) -> dict[str, Design]:
    """The candidates of ``reports/designs.yml``, repeats of trials that `ev` does not hold left out (those of
    no year are named by `without_design`), and the registered trials.

    Raises
    ------
    InputError
        A design repeats a trial that is not in the data and is nearly named like one that is: a slip. Or its
        source says "as the data hold it", and the data hold it otherwise.
    """
    published, known = set(ev.studies["trial_id"]), set((ev.whole or ev).studies["trial_id"])
    of_project = ev.folder.resolve() == data_folder_of_project().resolve()
    candidates = candidate_designs()
    for name, design in candidates.items():
        hint = meant(design.repeats, known, ": ", cutoff=0.8)
        if design.repeats not in {"", *known} and hint:
            raise InputError(
                f"designs.yml, design {name!r}: repeats is {design.repeats!r}: no trial of studies.csv{hint}"
            )
        if design.repeats in known and of_project and (unlike := _unlike(ev.whole or ev, design)):
            raise InputError(f"designs.yml, design {name!r}: {unlike}: its source says 'as the data hold it'")
    possible = {"", *published}
    ours = {name: design for name, design in candidates.items() if design.repeats in possible}
    return ours | registered_designs(ev)


_WASHOUT = re.compile(r"(\d+) (day|week)s?\b(?! after)")


def _unlike(ev: Evidence, design: Design) -> str:
    """What a design that repeats a trial "as the data hold it" has otherwise; empty if nothing."""
    if "as the data hold it" not in design.source:
        return ""
    trial = ev.studies.set_index("study_id").loc[design.repeats]
    people = [n for n in (trial["n_randomised"], trial["n_analysed"]) if n == n]
    rows = ev.outcomes[ev.outcomes["study_id"] == design.repeats].dropna(subset=["n_ldn", "n_placebo"])
    groups = set(zip(rows["n_placebo"], rows["n_ldn"], strict=True))
    lengths = [trial["treatment_weeks"] if dose else trial["control_weeks"] for dose in design.doses]
    washout = _WASHOUT.match(str(trial["washout"]))
    between = float(washout[1]) / (7 if washout[2] == "day" else 1) if washout else 0.0
    drug = [dose for dose in design.doses if dose]
    if design.people not in people:
        return f"people are {design.people:g}, and {' or '.join(f'{n:g}' for n in people)} in studies.csv"
    if design.kind == "parallel" and groups and tuple(arm.people for arm in design.arms) not in groups:
        return "people of placebo and LDN are not those of any row of outcomes.csv"
    if max(drug) != trial["dose_max_mg"] or min(drug) < trial["dose_min_mg"]:
        return f"doses are not the {trial['dose_min_mg']:g} to {trial['dose_max_mg']:g} mg of studies.csv"
    if design.weeks and (list(design.weeks) != lengths or abs((design.washout_weeks or 0) - between) > 0.05):
        return "weeks or washout_weeks are not those of studies.csv"
    return "order is not that of studies.csv" if design.fixed != ("fixed order" in trial["design"]) else ""


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
    doses = [float(text) for text in NUMBERS.findall(str(row["doses_mg_per_day"]))]
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
