"""Bayesian random-effects model, by quadrature."""

from ldn_analysis.models.bayes.marginals import Marginal, TauMarginal
from ldn_analysis.models.bayes.priors import HalfCauchy, HalfNormal, LogStudent, Normal, TauPrior, Uniform
from ldn_analysis.models.bayes.quadrature import Posterior, posterior

__all__ = [
    "HalfCauchy", "HalfNormal", "LogStudent", "Marginal", "Normal", "Posterior", "TauMarginal", "TauPrior",
    "Uniform", "posterior",
]  # fmt: skip
