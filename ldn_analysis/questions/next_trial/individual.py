"""The individual's dose: which rules for finding it a trial would have to compare, and how many people."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ldn_analysis import models
from ldn_analysis.errors import InputError
from ldn_analysis.evidence import Evidence
from ldn_analysis.questions import dosing
from ldn_analysis.questions.next_trial.background import Background
from ldn_analysis.questions.next_trial.parameters import NextTrial
from ldn_analysis.questions.next_trial.settling import size_of_group


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
