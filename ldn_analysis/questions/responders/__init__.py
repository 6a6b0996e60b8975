"""Dramatic results or nothing? Responders, spread of response, the sedimentation rate."""

from . import pictures, tables, words
from .analysis import certainty_of_response, closest_threshold, counts_not_compared, responder_contrasts
from .arms import trial_arms
from .sedimentation import companions, predictor
from .shift import mixture_plans, mixture_trial, shift_differences, shift_sweep, shift_table
from .spread import response_spread, rounding_range, spread_ratio
