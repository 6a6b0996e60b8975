"""Dose-response curves, and the contrasts that they are fitted to."""

from ldn_analysis.models.dose_curves.belief import EmaxPrior
from ldn_analysis.models.dose_curves.contrasts import Contrasts, mean_contrasts, rate_contrasts
from ldn_analysis.models.dose_curves.curves import DoseResponse, dose_response
from ldn_analysis.models.dose_curves.emax_bayes import BayesianEmax, bayesian_emax

__all__ = [
    "BayesianEmax", "Contrasts", "DoseResponse", "EmaxPrior", "bayesian_emax", "dose_response",
    "mean_contrasts", "rate_contrasts",
]  # fmt: skip
