"""The Emax model of effects at few doses."""

from ldn_analysis.models.dose_curves.belief import EmaxPrior
from ldn_analysis.models.dose_curves.emax_bayes import BayesianEmax, bayesian_emax

__all__ = ["BayesianEmax", "EmaxPrior", "bayesian_emax"]
