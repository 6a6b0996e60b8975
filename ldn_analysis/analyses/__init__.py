"""Analyses that more than one notebook shows: evidence, effects and models put together, nothing else.

This room comes after ``models`` and before ``display``; it computes no statistic of its own.
"""

from ldn_analysis.analyses.claim_tests_doses import people_per_group
from ldn_analysis.analyses.claim_tests_effects import change_spreads
from ldn_analysis.analyses.claim_types import ClaimChoices, ClaimTest
from ldn_analysis.analyses.claims import (
    CLAIM_TESTS,
    VERDICTS,
    ClaimResult,
    claim_changes,
    claims_table,
    judge,
    run_claims,
)
from ldn_analysis.analyses.counts import (
    CountPool,
    exact_proportion,
    exact_rate,
    needed_to_exclude,
    pool_counts,
    upper_limit_without_events,
)
from ldn_analysis.analyses.findings_table import summary_of_findings
from ldn_analysis.analyses.grading import Certainty, Downgrade, certainty, pooled_certainty
from ldn_analysis.analyses.pain_multiverse import PainMultiverse, declared_choices, pain_multiverse
from ldn_analysis.analyses.parquet import save_multiverse
from ldn_analysis.analyses.reconciliation import (
    Reconciliation,
    decision_table,
    published_pain,
    reconcile,
    reconciliation_table,
)
from ldn_analysis.analyses.responder_multiverse import RESPONDER_CHOICES, responder_multiverse
from ldn_analysis.analyses.responders import (
    TrialArms,
    mixture_plans,
    newcombe,
    number_needed,
    predictor_evidence,
    predictor_rows,
    responder_contrasts,
    response_spread,
    rounding_range,
    shift_differences,
    shift_sweep,
    shift_table,
    trial_arms,
)
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
    "CLAIM_TESTS",
    "HARMS",
    "RESPONDER_CHOICES",
    "VERDICTS",
    "Certainty",
    "ClaimChoices",
    "ClaimResult",
    "ClaimTest",
    "CountPool",
    "Downgrade",
    "PainMultiverse",
    "Reconciliation",
    "TrialArms",
    "certainty",
    "change_spreads",
    "claim_changes",
    "claims_table",
    "decision_table",
    "declared_choices",
    "exact_proportion",
    "exact_rate",
    "exposure",
    "exposure_by_dose",
    "frequency_excluded",
    "harm_counts",
    "harm_coverage",
    "judge",
    "mixture_plans",
    "needed_to_exclude",
    "newcombe",
    "number_needed",
    "pain_multiverse",
    "people_per_group",
    "pool_counts",
    "pooled_certainty",
    "pooled_harms",
    "predictor_evidence",
    "predictor_rows",
    "pressure_average",
    "pressure_sweep",
    "published_pain",
    "published_thresholds",
    "quoted_harms",
    "reconcile",
    "reconciliation_table",
    "responder_contrasts",
    "responder_multiverse",
    "response_spread",
    "rounding_range",
    "run_claims",
    "save_multiverse",
    "serious_certainty",
    "shift_differences",
    "shift_sweep",
    "shift_table",
    "standardised_rows",
    "summary_of_findings",
    "threshold_directions",
    "threshold_measures",
    "threshold_sign_tests",
    "threshold_tests",
    "trial_arms",
    "upper_limit_without_events",
]
