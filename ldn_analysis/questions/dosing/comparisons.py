"""Who was randomised between doses: counted from the studies and the registrations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from ldn_analysis.contrasts import admitted
from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.records import NOT_GOING_ON, unreported
from ldn_analysis.evidence.trials import controlled, doses_held, low_dose

USUAL_MG = (1.5, 3.0, 4.5, 6.0)
"""Doses that people ask about, mg a day: steps of the smallest capsule in the trials."""

_ONE_PERSON_MANY_DOSES = r"titrat|individual"


def randomised_comparisons(ev: Evidence) -> pd.DataFrame:
    """Studies that randomised people between low doses: rows of ``studies.csv``, each trial once.

    A trial counts if its control is another dose, or if it gave more than one dose without titrating: a dose
    that every participant passes through compares nothing.
    """
    studies = low_dose(ev)
    several = studies["dose_min_mg"] < studies["dose_max_mg"]
    moved = studies["dose_schedule"].fillna("").str.lower().str.contains(_ONE_PERSON_MANY_DOSES)
    between = (several & ~moved & (studies["design_type"] != "dose-finding")) | (
        studies["control"] == "another dose"
    )
    return studies[between & (studies["randomised"] == "yes")].reset_index(drop=True)


def given_doses(ev: Evidence) -> pd.DataFrame:
    """How each trial against placebo gave the drug: ``study_id label year n_randomised doses dose_mg start_mg
    weeks schedule stepwise``, longest last. ``doses``: those compared with placebo, the largest of which is
    ``dose_mg``. ``stepwise``: it rose to its dose by steps."""
    trials = controlled(admitted(ev))
    schedule = trials["dose_schedule"].fillna("")
    stepwise = (trials["dose_min_mg"] < trials["dose_max_mg"]) & schedule.str.lower().str.contains("titrat")
    doses: Any = [tuple(doses_held(trial)) for trial in trials.to_dict("records")]
    table = trials[["study_id", "label", "year", "n_randomised"]].assign(
        doses=doses,
        dose_mg=trials["dose_max_mg"],
        start_mg=trials["dose_min_mg"],
        weeks=trials["treatment_weeks"],
        schedule=schedule,
        stepwise=stepwise,
    )
    return table.sort_values(["weeks", "year"], kind="stable", ignore_index=True)


def untested(trials: pd.DataFrame) -> list[float]:
    """The usual doses (`USUAL_MG`) that no trial of `given_doses` compared with placebo."""
    return [dose for dose in USUAL_MG if dose not in set(trials["doses"].explode())]


def usual_dose(trials: pd.DataFrame, among: Sequence[float]) -> float:
    """The dose, of those `among`, that most trials of `given_doses` gave; that of the claims if none."""
    tested = trials["doses"].explode()
    tested = tested[tested.isin(list(among))]
    return float(tested.mode().iloc[-1]) if len(tested) else 4.5


def registered_comparisons(ev: Evidence) -> pd.DataFrame:
    """Registered, unreported trials that compare doses with each other: rows of ``registrations.csv``.

    One that was withdrawn or stopped, or plans nobody, is not among them.
    """
    table = unreported(ev)
    between = table["comparator"].fillna("") == "between doses"
    ended = table["status_as_read"].fillna("").str.contains(NOT_GOING_ON)
    return table[between & ~table["never_run"] & ~ended].reset_index(drop=True)
