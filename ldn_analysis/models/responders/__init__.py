"""Responders: from means, from spread, as a mixture, and predicted by a correlation."""

from ldn_analysis.models.responders.correlation import (
    BestPredictor,
    CorrelationEvidence,
    PartialCorrelation,
    best_of_predictors,
    chance_of_r_squared,
    correlation_evidence,
    partial_correlation,
    simulate_r_squared,
)
from ldn_analysis.models.responders.mixture import (
    MixturePower,
    ResponderMixture,
    matched_mixture,
    mixture_power,
)
from ldn_analysis.models.responders.shift import (
    Arm,
    IndividualResponse,
    baseline_change_correlation,
    individual_response,
    sd_interval,
    shift_rates,
)

__all__ = [
    "Arm", "BestPredictor", "CorrelationEvidence", "IndividualResponse", "MixturePower", "PartialCorrelation",
    "ResponderMixture", "baseline_change_correlation", "best_of_predictors", "chance_of_r_squared",
    "correlation_evidence", "individual_response", "matched_mixture", "mixture_power", "partial_correlation",
    "sd_interval", "shift_rates", "simulate_r_squared",
]  # fmt: skip
