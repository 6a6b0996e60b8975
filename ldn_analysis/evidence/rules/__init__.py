"""Rules across columns, rows and tables: one subject a file, one function a rule, one register.

A rule is a pure function of a table (and of the `Facts` around it, where it needs others) that gives what is
wrong in it, as row, column and sentence; `RULES` holds all of them by name.
"""

from ldn_analysis.evidence.rules import (
    agreement,
    context,
    conversions,
    corroboration,
    definitions,
    differences,
    directions,
    events,
    forms,
    judgements,
    locations,
    multiverse,
    outcomes,
    parts,
    people,
    pharmacology,
    printed,
    registrations,
    repeated,
    reports,
    risk_of_bias,
    schedules,
    screening,
    spreads,
    structure,
    studies,
    study_sets,
    syntheses,
    thresholds,
    worsening,
)
from ldn_analysis.evidence.rules.facts import Facts, Hit
from ldn_analysis.evidence.rules.registry import RULES, Rule

__all__ = ["RULES", "Facts", "Hit", "Rule", "structure"]
