"""Made-up trials for the tests: tables as the evidence holds them, from a few cells."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

NUMBERS = ["n", "n_ldn", "n_placebo", "value", "lower95", "upper95", "sd", "se", "iqr", "p_value", "q1", "q3",
           "minimum", "maximum", "t_value", "f_value", "dose_mg_per_day", "period"]  # fmt: skip
STUDY = {
    "study_id": "new", "trial_id": "new", "label": "New trial", "year": 2027, "design": "parallel",
    "design_type": "parallel", "doi": "10.1234/x", "dose_mg_per_day": "3", "dose_max_mg": 3.0,
    "dose_min_mg": 3.0, "dose_schedule": "3 mg once daily",
    "randomised": "yes", "blinding": "double-blind", "condition": "fibromyalgia", "control": "placebo",
    "treatment_weeks": 12.0, "control_weeks": 12.0,
}  # fmt: skip
ROW = {
    "study_id": "new", "domain": "pain", "measure": "pain NRS", "scale_min": 0.0, "scale_max": 10.0,
    "unit": "points", "better": "lower", "week": 12.0, "statistic": "mean", "analysis": "", "p_bound": "",
    "source": "10.1234/x", "location": "Table 2", "how_read": "abstract",
}  # fmt: skip
COUNT = {
    "study_id": "new", "event": "pain response 30%", "definition": "", "week": 12.0, "analysis": "",
    "paired": "no", "dose_mg_per_day": np.nan, "source": "10.1234/x", "location": "T", "how_read": "abstract",
}  # fmt: skip


def tables(outcomes, studies=({},), sets=(), events=()):
    """Evidence of some studies; each mapping changes cells of a plain row."""
    sets = [
        {"study_id": "new", "outcome": "pain", "from_domain": "pain", "set": "primary",
         "primary_week": np.nan, "reason": "said so"} | one
        for one in sets
    ]  # fmt: skip
    names = ["study_id", "outcome", "from_domain", "set", "primary_week", "reason"]
    return SimpleNamespace(
        studies=pd.DataFrame([STUDY | one for one in studies]),
        outcomes=pd.DataFrame(
            [
                dict.fromkeys(NUMBERS, np.nan) | ROW | {"outcome_id": f"o{i}"} | o
                for i, o in enumerate(outcomes)
            ]
        ),
        study_sets=pd.DataFrame(sets, columns=[*names, *({"from_measure"} & {k for s in sets for k in s})]),
        events=pd.DataFrame([COUNT | {"event_id": f"e{i}"} | e for i, e in enumerate(events)]),
    )


def arm(group, value, sd=2.1, n=29, **cells):
    """The row of an arm."""
    return {"group": group, "value": value, "sd": sd, "n": n} | cells


def gap(value=-0.8, lower=-1.9, upper=0.3, **cells):
    """The row of a reported difference, of 58 people."""
    return {
        "group": "ldn-placebo", "statistic": "difference in means", "value": value, "lower95": lower,
        "upper95": upper, "n": 58, "n_ldn": 29, "n_placebo": 29,
    } | cells  # fmt: skip
