"""Statistical models: arrays in, frozen results out. Nothing here reads a file, draws or prints.

A public name is looked up in `_HOME` when it is first used, so that ``import ldn_analysis.models`` costs
nothing. To add one: append it to `_HOME` and to the imports under ``TYPE_CHECKING``, which is where type
checkers and editors see it (a test compares the two). A file must not bear the name of a public function:
importing the file would put the module in the function's place.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ldn_analysis.models.bayes.marginals import Marginal as Marginal
    from ldn_analysis.models.bayes.marginals import TauMarginal as TauMarginal
    from ldn_analysis.models.bayes.priors import BergerDeely as BergerDeely
    from ldn_analysis.models.bayes.priors import Conventional as Conventional
    from ldn_analysis.models.bayes.priors import DuMouchel as DuMouchel
    from ldn_analysis.models.bayes.priors import Exponential as Exponential
    from ldn_analysis.models.bayes.priors import HalfCauchy as HalfCauchy
    from ldn_analysis.models.bayes.priors import HalfNormal as HalfNormal
    from ldn_analysis.models.bayes.priors import HalfT as HalfT
    from ldn_analysis.models.bayes.priors import I2Prior as I2Prior
    from ldn_analysis.models.bayes.priors import Jeffreys as Jeffreys
    from ldn_analysis.models.bayes.priors import LogNormal as LogNormal
    from ldn_analysis.models.bayes.priors import Normal as Normal
    from ldn_analysis.models.bayes.priors import OverallJeffreys as OverallJeffreys
    from ldn_analysis.models.bayes.priors import Shrinkage as Shrinkage
    from ldn_analysis.models.bayes.priors import SqrtUniform as SqrtUniform
    from ldn_analysis.models.bayes.priors import TauPrior as TauPrior
    from ldn_analysis.models.bayes.priors import Uniform as Uniform
    from ldn_analysis.models.bayes.quadrature import BayesFactor as BayesFactor
    from ldn_analysis.models.bayes.quadrature import Posterior as Posterior
    from ldn_analysis.models.bayes.quadrature import posterior as posterior
    from ldn_analysis.models.bayes.quadrature import prior_sensitivity as prior_sensitivity
    from ldn_analysis.models.counts.multiplicity import SignTest as SignTest
    from ldn_analysis.models.counts.multiplicity import adjust_p as adjust_p
    from ldn_analysis.models.counts.multiplicity import adjusted_table as adjusted_table
    from ldn_analysis.models.counts.multiplicity import any_significant as any_significant
    from ldn_analysis.models.counts.multiplicity import sign_test as sign_test
    from ldn_analysis.models.counts.proportions import NumberNeeded as NumberNeeded
    from ldn_analysis.models.counts.proportions import Proportion as Proportion
    from ldn_analysis.models.counts.proportions import exact_odds_ratio as exact_odds_ratio
    from ldn_analysis.models.counts.proportions import exact_proportion as exact_proportion
    from ldn_analysis.models.counts.proportions import number_needed_to_treat as number_needed_to_treat
    from ldn_analysis.models.counts.proportions import people_per_group as people_per_group
    from ldn_analysis.models.counts.proportions import risk_difference_interval as risk_difference_interval
    from ldn_analysis.models.counts.proportions import zero_event_bound as zero_event_bound
    from ldn_analysis.models.counts.rare_events import CountsPooled as CountsPooled
    from ldn_analysis.models.counts.rare_events import conditional_odds_ratio as conditional_odds_ratio
    from ldn_analysis.models.counts.rare_events import mantel_haenszel as mantel_haenszel
    from ldn_analysis.models.counts.rare_events import mantel_haenszel_rates as mantel_haenszel_rates
    from ldn_analysis.models.counts.rare_events import peto as peto
    from ldn_analysis.models.dependent.correlated_outcomes import Combined as Combined
    from ldn_analysis.models.dependent.correlated_outcomes import combine_outcomes as combine_outcomes
    from ldn_analysis.models.dependent.correlated_outcomes import (
        covariance_of_outcomes as covariance_of_outcomes,
    )
    from ldn_analysis.models.dependent.multilevel import Multivariate as Multivariate
    from ldn_analysis.models.dependent.multilevel import multivariate as multivariate
    from ldn_analysis.models.dependent.multilevel import profile_interval as profile_interval
    from ldn_analysis.models.dependent.robust import Robust as Robust
    from ldn_analysis.models.dependent.robust import robust_variance as robust_variance
    from ldn_analysis.models.dose_curves.contrasts import Contrasts as Contrasts
    from ldn_analysis.models.dose_curves.contrasts import mean_contrasts as mean_contrasts
    from ldn_analysis.models.dose_curves.contrasts import rate_contrasts as rate_contrasts
    from ldn_analysis.models.dose_curves.curves import DoseResponse as DoseResponse
    from ldn_analysis.models.dose_curves.curves import ModelAverage as ModelAverage
    from ldn_analysis.models.dose_curves.curves import average_models as average_models
    from ldn_analysis.models.dose_curves.curves import dose_basis as dose_basis
    from ldn_analysis.models.dose_curves.curves import dose_response as dose_response
    from ldn_analysis.models.dose_curves.emax_bayes import BayesianEmax as BayesianEmax
    from ldn_analysis.models.dose_curves.emax_bayes import EmaxPrior as EmaxPrior
    from ldn_analysis.models.dose_curves.emax_bayes import bayesian_emax as bayesian_emax
    from ldn_analysis.models.dose_curves.goodness_of_fit import CurveHeterogeneity as CurveHeterogeneity
    from ldn_analysis.models.dose_curves.goodness_of_fit import GoodnessOfFit as GoodnessOfFit
    from ldn_analysis.models.dose_curves.goodness_of_fit import curve_heterogeneity as curve_heterogeneity
    from ldn_analysis.models.dose_curves.goodness_of_fit import goodness_of_fit as goodness_of_fit
    from ldn_analysis.models.dose_curves.goodness_of_fit import variance_partition as variance_partition
    from ldn_analysis.models.dose_curves.hamling import hamling_counts as hamling_counts
    from ldn_analysis.models.limits import flips as flips
    from ldn_analysis.models.limits import limits_of as limits_of
    from ldn_analysis.models.pooling.linear import likelihood_interval as likelihood_interval
    from ldn_analysis.models.pooling.many import PooledMany as PooledMany
    from ldn_analysis.models.pooling.many import pool_many as pool_many
    from ldn_analysis.models.pooling.one import Pooled as Pooled
    from ldn_analysis.models.pooling.one import pool as pool
    from ldn_analysis.models.pooling.regression import MetaRegression as MetaRegression
    from ldn_analysis.models.pooling.regression import Predicted as Predicted
    from ldn_analysis.models.pooling.regression import meta_regression as meta_regression
    from ldn_analysis.models.pooling.sensitivity import Influence as Influence
    from ldn_analysis.models.pooling.sensitivity import Refits as Refits
    from ldn_analysis.models.pooling.sensitivity import Shrunken as Shrunken
    from ldn_analysis.models.pooling.sensitivity import cumulative as cumulative
    from ldn_analysis.models.pooling.sensitivity import influence as influence
    from ldn_analysis.models.pooling.sensitivity import leave_one_out as leave_one_out
    from ldn_analysis.models.pooling.sensitivity import shrunken as shrunken
    from ldn_analysis.models.pooling.small_study import AsymmetryTest as AsymmetryTest
    from ldn_analysis.models.pooling.small_study import FailSafe as FailSafe
    from ldn_analysis.models.pooling.small_study import RankTest as RankTest
    from ldn_analysis.models.pooling.small_study import TrimAndFill as TrimAndFill
    from ldn_analysis.models.pooling.small_study import egger_test as egger_test
    from ldn_analysis.models.pooling.small_study import fail_safe_n as fail_safe_n
    from ldn_analysis.models.pooling.small_study import rank_test as rank_test
    from ldn_analysis.models.pooling.small_study import trim_and_fill as trim_and_fill
    from ldn_analysis.models.receptors.constants import ConcentrationMargin as ConcentrationMargin
    from ldn_analysis.models.receptors.constants import binding_conflict as binding_conflict
    from ldn_analysis.models.receptors.constants import concentration_margin as concentration_margin
    from ldn_analysis.models.receptors.day import Occupancy as Occupancy
    from ldn_analysis.models.receptors.day import OccupancyInputs as OccupancyInputs
    from ldn_analysis.models.receptors.day import Uncertain as Uncertain
    from ldn_analysis.models.receptors.day import occupancy as occupancy
    from ldn_analysis.models.receptors.receptor import OCCUPANCY_KINETICS as OCCUPANCY_KINETICS
    from ldn_analysis.models.responders.correlation import BestPredictor as BestPredictor
    from ldn_analysis.models.responders.correlation import CorrelationEvidence as CorrelationEvidence
    from ldn_analysis.models.responders.correlation import best_of_predictors as best_of_predictors
    from ldn_analysis.models.responders.correlation import chance_of_r_squared as chance_of_r_squared
    from ldn_analysis.models.responders.correlation import correlation_cdf as correlation_cdf
    from ldn_analysis.models.responders.correlation import correlation_evidence as correlation_evidence
    from ldn_analysis.models.responders.correlation import simulate_r_squared as simulate_r_squared
    from ldn_analysis.models.responders.mixture import MixturePower as MixturePower
    from ldn_analysis.models.responders.mixture import ResponderMixture as ResponderMixture
    from ldn_analysis.models.responders.mixture import matched_mixture as matched_mixture
    from ldn_analysis.models.responders.mixture import mixture_fit as mixture_fit
    from ldn_analysis.models.responders.mixture import mixture_power as mixture_power
    from ldn_analysis.models.responders.mixture import mixture_test as mixture_test
    from ldn_analysis.models.responders.shift import Arm as Arm
    from ldn_analysis.models.responders.shift import IndividualResponse as IndividualResponse
    from ldn_analysis.models.responders.shift import (
        baseline_change_correlation as baseline_change_correlation,
    )
    from ldn_analysis.models.responders.shift import individual_response as individual_response
    from ldn_analysis.models.responders.shift import responder_rate as responder_rate
    from ldn_analysis.models.responders.shift import shift_rates as shift_rates
    from ldn_analysis.models.specifications.enumerate import KINDS as KINDS
    from ldn_analysis.models.specifications.enumerate import Choice as Choice
    from ldn_analysis.models.specifications.enumerate import JointTest as JointTest
    from ldn_analysis.models.specifications.enumerate import Multiverse as Multiverse
    from ldn_analysis.models.specifications.enumerate import Specification as Specification
    from ldn_analysis.models.specifications.enumerate import multiverse as multiverse
    from ldn_analysis.models.specifications.summary import Path as Path
    from ldn_analysis.models.specifications.summary import decisions_between as decisions_between
    from ldn_analysis.models.specifications.summary import joint_test as joint_test
    from ldn_analysis.models.specifications.summary import multiverse_shares as multiverse_shares
    from ldn_analysis.models.specifications.summary import nearest_specifications as nearest_specifications
    from ldn_analysis.models.specifications.summary import one_at_a_time as one_at_a_time
    from ldn_analysis.models.specifications.summary import path_between as path_between
    from ldn_analysis.models.specifications.summary import variance_decomposition as variance_decomposition
    from ldn_analysis.models.titration.patients import DailyPain as DailyPain
    from ldn_analysis.models.titration.patients import Patients as Patients
    from ldn_analysis.models.titration.patients import virtual_patients as virtual_patients
    from ldn_analysis.models.titration.rules import FixedTarget as FixedTarget
    from ldn_analysis.models.titration.rules import NOf1 as NOf1
    from ldn_analysis.models.titration.rules import Titration as Titration
    from ldn_analysis.models.titration.rules import TitrationRule as TitrationRule
    from ldn_analysis.models.titration.rules import UntilResponse as UntilResponse
    from ldn_analysis.models.titration.rules import simulate_titration as simulate_titration
    from ldn_analysis.models.titration.rules import titration_table as titration_table
    from ldn_analysis.models.updown.averages import dixon_mood as dixon_mood
    from ldn_analysis.models.updown.averages import dynamic_mean as dynamic_mean
    from ldn_analysis.models.updown.averages import reversal_mean as reversal_mean
    from ldn_analysis.models.updown.averages import reversals as reversals
    from ldn_analysis.models.updown.coverage import IntervalCoverage as IntervalCoverage
    from ldn_analysis.models.updown.coverage import interval_coverage as interval_coverage
    from ldn_analysis.models.updown.fit import DoseEstimate as DoseEstimate
    from ldn_analysis.models.updown.fit import UpAndDown as UpAndDown
    from ldn_analysis.models.updown.fit import up_and_down as up_and_down
    from ldn_analysis.models.updown.isotonic import IsotonicFit as IsotonicFit
    from ldn_analysis.models.updown.isotonic import binomial_interval as binomial_interval
    from ldn_analysis.models.updown.isotonic import dose_table as dose_table
    from ldn_analysis.models.updown.isotonic import isotonic_interval as isotonic_interval
    from ldn_analysis.models.updown.isotonic import isotonic_regression as isotonic_regression
    from ldn_analysis.models.updown.isotonic import morris_interval as morris_interval
    from ldn_analysis.models.updown.isotonic import shrink_rates as shrink_rates
    from ldn_analysis.models.updown.isotonic_inverse import InverseDose as InverseDose
    from ldn_analysis.models.updown.isotonic_inverse import inverse_dose as inverse_dose
    from ldn_analysis.models.updown.profile import profile_dose as profile_dose
    from ldn_analysis.models.updown.random_walk import balance_point as balance_point
    from ldn_analysis.models.updown.random_walk import dose_distribution as dose_distribution
    from ldn_analysis.models.updown.random_walk import stationary_doses as stationary_doses
    from ldn_analysis.models.updown.random_walk import transition_matrix as transition_matrix
    from ldn_analysis.models.updown.reconstruct import CurvePrior as CurvePrior
    from ldn_analysis.models.updown.reconstruct import PlaceboOnly as PlaceboOnly
    from ldn_analysis.models.updown.reconstruct import Reconstruction as Reconstruction
    from ldn_analysis.models.updown.reconstruct import placebo_only_probability as placebo_only_probability
    from ldn_analysis.models.updown.reconstruct import reconstruct_up_and_down as reconstruct_up_and_down
    from ldn_analysis.models.updown.sequences import Report as Report
    from ldn_analysis.models.updown.sequences import Tolerance as Tolerance

_HOME = {
    "people_per_group": "counts.proportions",
    "flips": "limits",
    "limits_of": "limits",
    "Arm": "responders.shift",
    "AsymmetryTest": "pooling.small_study",
    "BayesFactor": "bayes.quadrature",
    "BayesianEmax": "dose_curves.emax_bayes",
    "BergerDeely": "bayes.priors",
    "BestPredictor": "responders.correlation",
    "Choice": "specifications.enumerate",
    "Combined": "dependent.correlated_outcomes",
    "ConcentrationMargin": "receptors.constants",
    "Contrasts": "dose_curves.contrasts",
    "Conventional": "bayes.priors",
    "CorrelationEvidence": "responders.correlation",
    "CountsPooled": "counts.rare_events",
    "CurveHeterogeneity": "dose_curves.goodness_of_fit",
    "CurvePrior": "updown.reconstruct",
    "DailyPain": "titration.patients",
    "DoseEstimate": "updown.fit",
    "DoseResponse": "dose_curves.curves",
    "DuMouchel": "bayes.priors",
    "EmaxPrior": "dose_curves.emax_bayes",
    "Exponential": "bayes.priors",
    "FailSafe": "pooling.small_study",
    "FixedTarget": "titration.rules",
    "GoodnessOfFit": "dose_curves.goodness_of_fit",
    "HalfCauchy": "bayes.priors",
    "HalfNormal": "bayes.priors",
    "HalfT": "bayes.priors",
    "I2Prior": "bayes.priors",
    "IndividualResponse": "responders.shift",
    "Influence": "pooling.sensitivity",
    "IntervalCoverage": "updown.coverage",
    "InverseDose": "updown.isotonic_inverse",
    "IsotonicFit": "updown.isotonic",
    "Jeffreys": "bayes.priors",
    "JointTest": "specifications.enumerate",
    "KINDS": "specifications.enumerate",
    "LogNormal": "bayes.priors",
    "Marginal": "bayes.marginals",
    "MetaRegression": "pooling.regression",
    "MixturePower": "responders.mixture",
    "ModelAverage": "dose_curves.curves",
    "Multivariate": "dependent.multilevel",
    "Multiverse": "specifications.enumerate",
    "NOf1": "titration.rules",
    "Normal": "bayes.priors",
    "NumberNeeded": "counts.proportions",
    "OCCUPANCY_KINETICS": "receptors.receptor",
    "Occupancy": "receptors.day",
    "OccupancyInputs": "receptors.day",
    "OverallJeffreys": "bayes.priors",
    "Path": "specifications.summary",
    "Patients": "titration.patients",
    "PlaceboOnly": "updown.reconstruct",
    "Pooled": "pooling.one",
    "PooledMany": "pooling.many",
    "Posterior": "bayes.quadrature",
    "Predicted": "pooling.regression",
    "Proportion": "counts.proportions",
    "RankTest": "pooling.small_study",
    "Reconstruction": "updown.reconstruct",
    "Refits": "pooling.sensitivity",
    "Report": "updown.sequences",
    "ResponderMixture": "responders.mixture",
    "Robust": "dependent.robust",
    "Shrinkage": "bayes.priors",
    "Shrunken": "pooling.sensitivity",
    "SignTest": "counts.multiplicity",
    "Specification": "specifications.enumerate",
    "SqrtUniform": "bayes.priors",
    "TauMarginal": "bayes.marginals",
    "TauPrior": "bayes.priors",
    "Titration": "titration.rules",
    "TitrationRule": "titration.rules",
    "Tolerance": "updown.sequences",
    "TrimAndFill": "pooling.small_study",
    "Uncertain": "receptors.day",
    "Uniform": "bayes.priors",
    "UntilResponse": "titration.rules",
    "UpAndDown": "updown.fit",
    "adjust_p": "counts.multiplicity",
    "adjusted_table": "counts.multiplicity",
    "any_significant": "counts.multiplicity",
    "average_models": "dose_curves.curves",
    "balance_point": "updown.random_walk",
    "baseline_change_correlation": "responders.shift",
    "bayesian_emax": "dose_curves.emax_bayes",
    "best_of_predictors": "responders.correlation",
    "binding_conflict": "receptors.constants",
    "binomial_interval": "updown.isotonic",
    "chance_of_r_squared": "responders.correlation",
    "combine_outcomes": "dependent.correlated_outcomes",
    "concentration_margin": "receptors.constants",
    "conditional_odds_ratio": "counts.rare_events",
    "correlation_cdf": "responders.correlation",
    "correlation_evidence": "responders.correlation",
    "covariance_of_outcomes": "dependent.correlated_outcomes",
    "cumulative": "pooling.sensitivity",
    "curve_heterogeneity": "dose_curves.goodness_of_fit",
    "decisions_between": "specifications.summary",
    "dixon_mood": "updown.averages",
    "dose_basis": "dose_curves.curves",
    "dose_distribution": "updown.random_walk",
    "dose_response": "dose_curves.curves",
    "dose_table": "updown.isotonic",
    "dynamic_mean": "updown.averages",
    "egger_test": "pooling.small_study",
    "exact_odds_ratio": "counts.proportions",
    "exact_proportion": "counts.proportions",
    "fail_safe_n": "pooling.small_study",
    "goodness_of_fit": "dose_curves.goodness_of_fit",
    "hamling_counts": "dose_curves.hamling",
    "individual_response": "responders.shift",
    "influence": "pooling.sensitivity",
    "interval_coverage": "updown.coverage",
    "inverse_dose": "updown.isotonic_inverse",
    "isotonic_interval": "updown.isotonic",
    "isotonic_regression": "updown.isotonic",
    "joint_test": "specifications.summary",
    "leave_one_out": "pooling.sensitivity",
    "likelihood_interval": "pooling.linear",
    "mantel_haenszel": "counts.rare_events",
    "mantel_haenszel_rates": "counts.rare_events",
    "matched_mixture": "responders.mixture",
    "mean_contrasts": "dose_curves.contrasts",
    "meta_regression": "pooling.regression",
    "mixture_fit": "responders.mixture",
    "mixture_power": "responders.mixture",
    "mixture_test": "responders.mixture",
    "morris_interval": "updown.isotonic",
    "multivariate": "dependent.multilevel",
    "multiverse": "specifications.enumerate",
    "multiverse_shares": "specifications.summary",
    "nearest_specifications": "specifications.summary",
    "number_needed_to_treat": "counts.proportions",
    "occupancy": "receptors.day",
    "one_at_a_time": "specifications.summary",
    "path_between": "specifications.summary",
    "peto": "counts.rare_events",
    "placebo_only_probability": "updown.reconstruct",
    "pool": "pooling.one",
    "pool_many": "pooling.many",
    "posterior": "bayes.quadrature",
    "prior_sensitivity": "bayes.quadrature",
    "profile_dose": "updown.profile",
    "profile_interval": "dependent.multilevel",
    "rank_test": "pooling.small_study",
    "rate_contrasts": "dose_curves.contrasts",
    "reconstruct_up_and_down": "updown.reconstruct",
    "responder_rate": "responders.shift",
    "reversal_mean": "updown.averages",
    "reversals": "updown.averages",
    "risk_difference_interval": "counts.proportions",
    "robust_variance": "dependent.robust",
    "shift_rates": "responders.shift",
    "shrink_rates": "updown.isotonic",
    "shrunken": "pooling.sensitivity",
    "sign_test": "counts.multiplicity",
    "simulate_r_squared": "responders.correlation",
    "simulate_titration": "titration.rules",
    "stationary_doses": "updown.random_walk",
    "titration_table": "titration.rules",
    "transition_matrix": "updown.random_walk",
    "trim_and_fill": "pooling.small_study",
    "up_and_down": "updown.fit",
    "variance_decomposition": "specifications.summary",
    "variance_partition": "dose_curves.goodness_of_fit",
    "virtual_patients": "titration.patients",
    "zero_event_bound": "counts.proportions",
}

__all__ = sorted(_HOME)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    """Import the file that holds `name` and remember what it gave."""
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f".{home}", __name__)
    import_module(".results", __name__).give_rich_display(vars(module).values())
    value = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
