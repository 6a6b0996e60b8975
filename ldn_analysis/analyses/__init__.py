"""Analyses that more than one notebook shows: evidence, effects and models put together, nothing else.

This room comes after ``models`` and before ``display``; it computes no statistic of its own.
"""

from ldn_analysis.analyses.counts import (
    CountPool,
    exact_proportion,
    exact_rate,
    needed_to_exclude,
    pool_counts,
    upper_limit_without_events,
)
from ldn_analysis.analyses.grading import Certainty, Downgrade, certainty
from ldn_analysis.analyses.pain_multiverse import PainMultiverse, declared_choices, pain_multiverse
from ldn_analysis.analyses.reconciliation import (
    Reconciliation,
    decision_table,
    published_pain,
    reconcile,
    reconciliation_table,
)
from ldn_analysis.analyses.responder_multiverse import RESPONDER_CHOICES, responder_multiverse
from ldn_analysis.analyses.safety import (
    HARMS,
    exposure,
    exposure_by_dose,
    frequency_excluded,
    harm_counts,
    harm_coverage,
    pooled_harms,
    quoted_harms,
    serious_certainty,
)
from ldn_analysis.analyses.save_multiverse import save_multiverse
from ldn_analysis.analyses.thresholds import (
    pressure_average,
    pressure_sweep,
    published_thresholds,
    standardised_rows,
    threshold_directions,
    threshold_measures,
    threshold_sign_tests,
    threshold_tests,
)

__all__ = [
    "HARMS",
    "RESPONDER_CHOICES",
    "Certainty",
    "CountPool",
    "Downgrade",
    "PainMultiverse",
    "Reconciliation",
    "certainty",
    "decision_table",
    "declared_choices",
    "exact_proportion",
    "exact_rate",
    "exposure",
    "exposure_by_dose",
    "frequency_excluded",
    "harm_counts",
    "harm_coverage",
    "needed_to_exclude",
    "pain_multiverse",
    "pool_counts",
    "pooled_harms",
    "pressure_average",
    "pressure_sweep",
    "published_pain",
    "published_thresholds",
    "quoted_harms",
    "reconcile",
    "reconciliation_table",
    "responder_multiverse",
    "save_multiverse",
    "serious_certainty",
    "standardised_rows",
    "threshold_directions",
    "threshold_measures",
    "threshold_sign_tests",
    "threshold_tests",
    "upper_limit_without_events",
]
