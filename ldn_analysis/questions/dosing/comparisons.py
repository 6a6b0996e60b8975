"""Who was randomised between doses: counted from the studies and the registrations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ldn_analysis.evidence.doses import low_dose

if TYPE_CHECKING:
    import pandas as pd

    from ldn_analysis.evidence import Evidence

__all__ = ["randomised_comparisons", "registered_comparisons"]

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


def registered_comparisons(ev: Evidence) -> pd.DataFrame:
    """Registered, unreported trials that compare doses with each other: rows of ``registrations.csv``.

    One that was withdrawn, or plans nobody, is not among them.
    """
    table = ev.registrations
    gone = (table["n_planned"] == 0) | table["status_as_read"].fillna("").str.contains("withdrawn")
    between = table["comparator"].fillna("") == "between doses"
    return table[between & table["study_id"].isna() & ~gone].reset_index(drop=True)
