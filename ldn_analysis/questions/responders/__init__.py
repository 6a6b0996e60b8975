"""Dramatic results or nothing? Responders, spread of response, the sedimentation rate."""

from ldn_analysis.questions.responders import pictures, tables, words
from ldn_analysis.questions.responders.analysis import (
    certainty_of_response,
    closest_threshold,
    counts_not_compared,
    number_needed,
    responder_contrasts,
    usual_response,
)
from ldn_analysis.questions.responders.arms import TrialArms, trial_arms
from ldn_analysis.questions.responders.sedimentation import Predictor, companions, predictor, predictor_rows
from ldn_analysis.questions.responders.shift import (
    mixture_plans,
    mixture_trial,
    shift_differences,
    shift_sweep,
    shift_table,
)
from ldn_analysis.questions.responders.spread import (
    SpreadRatio,
    change_spreads,
    response_spread,
    rounding_range,
    spread_ratio,
)

__all__ = [
    "Predictor",
    "SpreadRatio",
    "TrialArms",
    "certainty_of_response",
    "change_spreads",
    "closest_threshold",
    "companions",
    "counts_not_compared",
    "mixture_plans",
    "mixture_trial",
    "number_needed",
    "pictures",
    "predictor",
    "predictor_rows",
    "responder_contrasts",
    "response_spread",
    "rounding_range",
    "shift_differences",
    "shift_sweep",
    "shift_table",
    "spread_ratio",
    "tables",
    "trial_arms",
    "usual_response",
    "words",
]
