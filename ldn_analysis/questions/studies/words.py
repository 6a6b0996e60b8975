"""Sentences on what was studied: the trials, their doses, and the question that is left."""

from __future__ import annotations

import pandas as pd

from ldn_analysis.display.words import count, listed


def evidence_base(studies: int, blind: int, pooled_trials: int, n: int) -> str:
    """What there is: studies, the randomised double-blind trials, and those whose pain can be pooled."""
    if not pooled_trials:
        return (
            f"Of {count(studies, 'study', 'studies')} known here, {count(blind, 'is', 'are')} randomised and "
            "double-blind; none gives an estimate of pain against placebo that could be used."
        )
    return (
        f"Of {count(studies, 'study', 'studies')} known here, {count(blind, 'is', 'are')} randomised and "
        f"double-blind, and {count(pooled_trials, 'gives', 'give')} an estimate of pain against placebo that "
        f"can be pooled ({n} participants)."
    )


def dose_question(tested: pd.DataFrame, untested: pd.DataFrame) -> str:
    """Which doses were compared with placebo, and what was not (`evidence.doses`)."""
    if not len(tested):
        return "No dose was compared with placebo in a randomised, double-blind trial."
    named = listed([f"{d:g}" for d in sorted(tested["dose_mg"])])
    first = f"Only {named} mg a day {'were' if len(tested) > 1 else 'was'} compared with placebo"
    never = list(untested.loc[(untested["trials"] == 0) & (untested["unknown"] == 0), "question"])
    if not never:
        return first + "."
    return f"{first}; no placebo-controlled trial known here tested {listed(never, 'or')}."


def doses(table: pd.DataFrame) -> str:
    """Doses of the included rows in words: ``4.5 and 6 mg a day``."""
    used = sorted({float(d) for d in table.loc[table["included"].astype(bool), "dose_mg"].dropna()})
    return listed([f"{d:g}" for d in used]) + " mg a day" if used else "doses that are not known to us"
