"""Dramatic results or nothing? Responders, spread of response, the sedimentation rate."""

from ldn_analysis.questions.responders import pictures, words
from ldn_analysis.questions.responders.analysis import (
    TrialArms,
    change_spreads,
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

__all__ = [
    "TrialArms",
    "change_spreads",
    "mixture_plans",
    "newcombe",
    "number_needed",
    "pictures",
    "predictor_evidence",
    "predictor_rows",
    "responder_contrasts",
    "response_spread",
    "rounding_range",
    "shift_differences",
    "shift_sweep",
    "shift_table",
    "trial_arms",
    "words",
]
