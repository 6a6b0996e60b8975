"""Dose-response curves, and the contrasts that they are fitted to."""

from .belief import EmaxPrior
from .contrasts import Contrasts, mean_contrasts, rate_contrasts
from .curves import DoseResponse, dose_response
from .emax_bayes import BayesianEmax, bayesian_emax

__all__ = [
    "BayesianEmax", "Contrasts", "DoseResponse", "EmaxPrior", "bayesian_emax", "dose_response",
    "mean_contrasts", "rate_contrasts",
]  # fmt: skip
