"""Bayesian random-effects model, by quadrature."""

from .marginals import Marginal, TauMarginal
from .priors import HalfCauchy, HalfNormal, LogNormal, LogStudent, Normal, TauPrior, Uniform
from .quadrature import BayesFactor, Posterior, posterior
from .sensitivity import prior_sensitivity

__all__ = [
    "BayesFactor", "HalfCauchy", "HalfNormal", "LogNormal", "LogStudent", "Marginal", "Normal", "Posterior",
    "TauMarginal", "TauPrior", "Uniform", "posterior", "prior_sensitivity",
]  # fmt: skip
