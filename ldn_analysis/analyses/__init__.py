"""Analyses that more than one notebook shows: evidence, effects and models put together, nothing else.

This room comes after ``models`` and before ``display``; it computes no statistic of its own.
"""

from ldn_analysis.analyses.pain_multiverse import PainMultiverse, declared_choices, pain_multiverse
from ldn_analysis.analyses.reconciliation import (
    Reconciliation,
    decision_table,
    published_pain,
    reconcile,
    reconciliation_table,
)
from ldn_analysis.analyses.responder_multiverse import RESPONDER_CHOICES, responder_multiverse

__all__ = [
    "RESPONDER_CHOICES",
    "PainMultiverse",
    "Reconciliation",
    "decision_table",
    "declared_choices",
    "pain_multiverse",
    "published_pain",
    "reconcile",
    "reconciliation_table",
    "responder_multiverse",
]
