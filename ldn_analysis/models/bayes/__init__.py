"""Bayesian random-effects model, by quadrature."""

from ldn_analysis.models.bayes.marginals import Marginal, TauMarginal
from ldn_analysis.models.bayes.priors import (
    HalfCauchy,
    HalfNormal,
    LogNormal,
    LogStudent,
    Normal,
    TauPrior,
    Uniform,
)
from ldn_analysis.models.bayes.quadrature import BayesFactor, Posterior, posterior
from ldn_analysis.models.bayes.sensitivity import prior_sensitivity

__all__ = [
    "BayesFactor", "HalfCauchy", "HalfNormal", "LogNormal", "LogStudent", "Marginal", "Normal", "Posterior",
    "TauMarginal", "TauPrior", "Uniform", "posterior", "prior_sensitivity",
]  # fmt: skip
