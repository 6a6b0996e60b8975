"""What would settle the dose, in one short text: for the summary and the claim that studies are needed; which
rules for finding an individual's dose a trial would have to compare, in how many people."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ldn_analysis import models
from ldn_analysis.contrasts import admitted
from ldn_analysis.errors import InputError
from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.trials import controlled, doses_tested
from ldn_analysis.models.counts.proportions import people_per_group
from ldn_analysis.questions import dosing
from ldn_analysis.questions.next_trial.background import DOSES, Background, background
from ldn_analysis.questions.next_trial.parameters import NextTrial
from ldn_analysis.questions.pain.analysis import analyse
from ldn_analysis.questions.parameters import Analysis


@dataclass(frozen=True, slots=True, eq=False)
class Settling:
    """A trial that would tell doses apart.

    Attributes
    ----------
    compared : DataFrame
        Studies that have randomised people between low doses (`dosing.randomised_comparisons`).
    registered : DataFrame
        Registered trials that will (`dosing.registered_comparisons`).
    doses : tuple of mg
        Those compared with placebo so far and the next lower ones of the usual steps: what to compare.
    per_group : int
        People to randomise to each dose to find `difference` between two of them, drop-out included.
    difference : points of 0 to 10
    power, alpha, dropout, sd : float
        Of that size; `alpha` is two-sided. `basis` says where the SD of pain comes from.
    inputs : tuple of str
        Rows of the data behind all of it.
    settled : str
        What the trials settle of pain (`pain.PainAnalysis.settled`).
    """

    compared: pd.DataFrame
    registered: pd.DataFrame
    doses: tuple[float, ...]
    per_group: int
    difference: float
    power: float
    alpha: float
    dropout: float
    sd: float
    basis: str
    inputs: tuple[str, ...]
    settled: str = ""


def what_would_settle(ev: Evidence, choices: Analysis, *, difference: float | None = None) -> Settling:
    """What would settle the dose, computed from `ev` (already as of the wanted year).

    Parameters
    ----------
    ev : Evidence
    choices : Analysis
        Of any report: contrasts and pooling are taken from it, always in points. All else that a trial is
        planned with (power, level, drop-out) has the defaults of the report on the next trial, unless
        `choices` are that report's, so that every report states one size.
    difference : points of 0 to 10, optional
        Between two doses; that of the report on the next trial if left out.
    """
    params = choices if isinstance(choices, NextTrial) else NextTrial.of(choices)
    known = background(ev, params)
    sought = params.between_doses if difference is None else difference
    compared, registered = dosing.randomised_comparisons(ev), dosing.registered_comparisons(ev)
    spread = known.spreads.iloc[0]
    trials = controlled(admitted(ev))
    behind = (*spread["inputs"], *compared["study_id"], *trials["study_id"], *registered["registry_id"])
    return Settling(
        compared=compared,
        registered=registered,
        doses=_worth_comparing([float(d) for d in doses_tested(admitted(ev))["dose_mg"]]),
        per_group=size_of_group(known, params, sought),
        difference=sought,
        power=params.power,
        alpha=2 * params.alpha,
        dropout=params.dropout,
        sd=known.sd,
        basis=str(spread["basis"]),
        inputs=tuple(dict.fromkeys(map(str, behind))),
        settled=analyse(ev, params).settled,
    )


def size_of_group(known: Background, params: NextTrial, difference: float) -> int:
    """People to randomise to each of two groups to find `difference`, drop-out included."""
    complete = people_per_group(known.sd, difference, params.power, 2 * params.alpha)
    return math.ceil(complete / (1 - params.dropout))


def sizes_by_difference(known: Background, params: NextTrial) -> pd.DataFrame:
    """People a group by the difference to be found: ``difference people``, a closed form."""
    steps = [round(0.3 + 0.05 * i, 2) for i in range(35)]
    return pd.DataFrame({"difference": steps, "people": [size_of_group(known, params, d) for d in steps]})


def _worth_comparing(tested: list[float]) -> tuple[float, ...]:
    """The doses that were compared with placebo, and the next lower usual step; all steps if none was."""
    usual = DOSES[1:]
    if not tested:
        return usual
    lower = [dose for dose in usual if dose < min(tested)]
    both = sorted({*tested, *lower[-1:]})
    return tuple(both) if len(both) > 1 else tuple(sorted({*both, *usual}))


def rules_compared(ev: Evidence, known: Background, params: NextTrial) -> pd.DataFrame:
    """People an arm for a trial that compares two ways of finding a dose, for each pair of them.

    The mean relief by the drug under each rule is that of the virtual patients of the dosing report; the
    outcome's SD is that of a new trial. One row a pair: ``first second difference error people
    people_error people_least`` with the difference in relief (points of 0 to 10, first minus second) and its
    simulation error on the same patients, and `people` (by the exact t test) with its own, and for a
    difference larger by twice its error. They are missing where it is smaller than twice its error.
    """
    if known.fit is None:
        raise InputError("no trial can be pooled under these choices: virtual patients cannot be drawn")
    choices = params.pick("emax_sd", "ed50_median", "ed50_log_sd", "tau_scale")
    by_dose = dosing.dose_effects(ev, params.contrast(), **choices, **params.pooling(len(known.used)))
    typical = dosing.typical_patients(dosing.patient_facts(ev, params.reading))
    assumed = params.pick("patients", "person_sd", "day_sd", "placebo_relief_sd", "seed") | typical
    pairs = models.relief_differences(dosing.titration_rules(by_dose.emax, **assumed))
    difference, error = pairs["difference"] / 10, pairs["error"] / 10
    apart = difference.abs() > 2 * error

    def sizes(of: pd.Series) -> pd.Series:
        people = [size_of_group(known, params, d) if d == d else np.nan for d in of.where(apart)]
        return pd.Series(people, index=pairs.index, dtype=float)

    people = sizes(difference.abs())
    return pairs.assign(
        difference=difference,
        error=error,
        people=people,
        people_least=sizes(difference.abs() + 2 * error),
        shown=difference.where(apart),
        people_error=2 * people * error / difference.abs(),
    )
