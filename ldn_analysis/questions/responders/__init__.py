"""Dramatic results or nothing? Responders, spread of response, the sedimentation rate."""

from ldn_analysis.questions.responders import pictures, tables, words
from ldn_analysis.questions.responders.analysis import (
    certainty_of_response,
    closest_threshold,
    counts_not_compared,
    responder_contrasts,
)
from ldn_analysis.questions.responders.arms import trial_arms
from ldn_analysis.questions.responders.sedimentation import companions, predictor
from ldn_analysis.questions.responders.shift import (
    mixture_plans,
    mixture_trial,
    shift_differences,
    shift_sweep,
    shift_table,
)
from ldn_analysis.questions.responders.spread import response_spread, rounding_range, spread_ratio
