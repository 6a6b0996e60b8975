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
    from .bayes import BayesFactor as BayesFactor
    from .bayes import Posterior as Posterior
    from .bayes import posterior as posterior
    from .bayes import prior_sensitivity as prior_sensitivity
    from .correlated_outcomes import Combined as Combined
    from .correlated_outcomes import combine_outcomes as combine_outcomes
    from .correlated_outcomes import covariance_of_outcomes as covariance_of_outcomes
    from .dose_response_bayes import BayesianEmax as BayesianEmax
    from .dose_response_bayes import EmaxPrior as EmaxPrior
    from .dose_response_bayes import bayesian_emax as bayesian_emax
    from .dose_response_contrasts import Contrasts as Contrasts
    from .dose_response_contrasts import mean_contrasts as mean_contrasts
    from .dose_response_contrasts import rate_contrasts as rate_contrasts
    from .dose_response_fit import DoseResponse as DoseResponse
    from .dose_response_fit import ModelAverage as ModelAverage
    from .dose_response_fit import average_models as average_models
    from .dose_response_fit import dose_basis as dose_basis
    from .dose_response_fit import dose_response as dose_response
    from .dose_response_gof import CurveHeterogeneity as CurveHeterogeneity
    from .dose_response_gof import GoodnessOfFit as GoodnessOfFit
    from .dose_response_gof import curve_heterogeneity as curve_heterogeneity
    from .dose_response_gof import goodness_of_fit as goodness_of_fit
    from .dose_response_gof import variance_partition as variance_partition
    from .dose_response_hamling import hamling_counts as hamling_counts
    from .isotonic import IsotonicFit as IsotonicFit
    from .isotonic import binomial_interval as binomial_interval
    from .isotonic import dose_table as dose_table
    from .isotonic import isotonic_interval as isotonic_interval
    from .isotonic import isotonic_regression as isotonic_regression
    from .isotonic import morris_interval as morris_interval
    from .isotonic import shrink_rates as shrink_rates
    from .isotonic_inverse import InverseDose as InverseDose
    from .isotonic_inverse import inverse_dose as inverse_dose
    from .linear import likelihood_interval as likelihood_interval
    from .many import PooledMany as PooledMany
    from .many import pool_many as pool_many
    from .marginals import Marginal as Marginal
    from .marginals import TauMarginal as TauMarginal
    from .multilevel import Multivariate as Multivariate
    from .multilevel import multivariate as multivariate
    from .multilevel import profile_interval as profile_interval
    from .multiplicity import SignTest as SignTest
    from .multiplicity import adjust_p as adjust_p
    from .multiplicity import adjusted_table as adjusted_table
    from .multiplicity import any_significant as any_significant
    from .multiplicity import sign_test as sign_test
    from .occupancy_constants import ConcentrationMargin as ConcentrationMargin
    from .occupancy_constants import binding_conflict as binding_conflict
    from .occupancy_constants import concentration_margin as concentration_margin
    from .occupancy_day import Occupancy as Occupancy
    from .occupancy_day import OccupancyInputs as OccupancyInputs
    from .occupancy_day import Uncertain as Uncertain
    from .occupancy_day import occupancy as occupancy
    from .occupancy_receptor import OCCUPANCY_KINETICS as OCCUPANCY_KINETICS
    from .pooling import Pooled as Pooled
    from .pooling import pool as pool
    from .priors import BergerDeely as BergerDeely
    from .priors import Conventional as Conventional
    from .priors import DuMouchel as DuMouchel
    from .priors import Exponential as Exponential
    from .priors import HalfCauchy as HalfCauchy
    from .priors import HalfNormal as HalfNormal
    from .priors import HalfT as HalfT
    from .priors import I2Prior as I2Prior
    from .priors import Jeffreys as Jeffreys
    from .priors import LogNormal as LogNormal
    from .priors import Normal as Normal
    from .priors import OverallJeffreys as OverallJeffreys
    from .priors import Shrinkage as Shrinkage
    from .priors import SqrtUniform as SqrtUniform
    from .priors import TauPrior as TauPrior
    from .priors import Uniform as Uniform
    from .proportions import NumberNeeded as NumberNeeded
    from .proportions import Proportion as Proportion
    from .proportions import exact_odds_ratio as exact_odds_ratio
    from .proportions import exact_proportion as exact_proportion
    from .proportions import number_needed_to_treat as number_needed_to_treat
    from .proportions import risk_difference_interval as risk_difference_interval
    from .proportions import zero_event_bound as zero_event_bound
    from .rare_events import CountsPooled as CountsPooled
    from .rare_events import conditional_odds_ratio as conditional_odds_ratio
    from .rare_events import mantel_haenszel as mantel_haenszel
    from .rare_events import mantel_haenszel_rates as mantel_haenszel_rates
    from .rare_events import peto as peto
    from .regression import MetaRegression as MetaRegression
    from .regression import Predicted as Predicted
    from .regression import meta_regression as meta_regression
    from .responders import Arm as Arm
    from .responders import IndividualResponse as IndividualResponse
    from .responders import baseline_change_correlation as baseline_change_correlation
    from .responders import individual_response as individual_response
    from .responders import responder_rate as responder_rate
    from .responders import shift_rates as shift_rates
    from .responders_correlation import BestPredictor as BestPredictor
    from .responders_correlation import CorrelationEvidence as CorrelationEvidence
    from .responders_correlation import best_of_predictors as best_of_predictors
    from .responders_correlation import chance_of_r_squared as chance_of_r_squared
    from .responders_correlation import correlation_cdf as correlation_cdf
    from .responders_correlation import correlation_evidence as correlation_evidence
    from .responders_correlation import simulate_r_squared as simulate_r_squared
    from .responders_mixture import MixturePower as MixturePower
    from .responders_mixture import ResponderMixture as ResponderMixture
    from .responders_mixture import matched_mixture as matched_mixture
    from .responders_mixture import mixture_fit as mixture_fit
    from .responders_mixture import mixture_power as mixture_power
    from .responders_mixture import mixture_test as mixture_test
    from .robust import Robust as Robust
    from .robust import robust_variance as robust_variance
    from .sensitivity import Influence as Influence
    from .sensitivity import Refits as Refits
    from .sensitivity import Shrunken as Shrunken
    from .sensitivity import cumulative as cumulative
    from .sensitivity import influence as influence
    from .sensitivity import leave_one_out as leave_one_out
    from .sensitivity import shrunken as shrunken
    from .small_study import AsymmetryTest as AsymmetryTest
    from .small_study import FailSafe as FailSafe
    from .small_study import RankTest as RankTest
    from .small_study import TrimAndFill as TrimAndFill
    from .small_study import egger_test as egger_test
    from .small_study import fail_safe_n as fail_safe_n
    from .small_study import rank_test as rank_test
    from .small_study import trim_and_fill as trim_and_fill
    from .specifications import KINDS as KINDS
    from .specifications import Choice as Choice
    from .specifications import JointTest as JointTest
    from .specifications import Multiverse as Multiverse
    from .specifications import Specification as Specification
    from .specifications import multiverse as multiverse
    from .specifications_read import Path as Path
    from .specifications_read import decisions_between as decisions_between
    from .specifications_read import joint_test as joint_test
    from .specifications_read import multiverse_shares as multiverse_shares
    from .specifications_read import nearest_specifications as nearest_specifications
    from .specifications_read import one_at_a_time as one_at_a_time
    from .specifications_read import path_between as path_between
    from .specifications_read import variance_decomposition as variance_decomposition
    from .titration import FixedTarget as FixedTarget
    from .titration import NOf1 as NOf1
    from .titration import Titration as Titration
    from .titration import TitrationRule as TitrationRule
    from .titration import UntilResponse as UntilResponse
    from .titration import simulate_titration as simulate_titration
    from .titration import titration_table as titration_table
    from .titration_patients import DailyPain as DailyPain
    from .titration_patients import Patients as Patients
    from .titration_patients import virtual_patients as virtual_patients
    from .up_and_down_coverage import IntervalCoverage as IntervalCoverage
    from .up_and_down_coverage import interval_coverage as interval_coverage
    from .up_and_down_estimates import dixon_mood as dixon_mood
    from .up_and_down_estimates import dynamic_mean as dynamic_mean
    from .up_and_down_estimates import reversal_mean as reversal_mean
    from .up_and_down_estimates import reversals as reversals
    from .up_and_down_fit import DoseEstimate as DoseEstimate
    from .up_and_down_fit import UpAndDown as UpAndDown
    from .up_and_down_fit import up_and_down as up_and_down
    from .up_and_down_markov import balance_point as balance_point
    from .up_and_down_markov import dose_distribution as dose_distribution
    from .up_and_down_markov import stationary_doses as stationary_doses
    from .up_and_down_markov import transition_matrix as transition_matrix
    from .up_and_down_profile import profile_dose as profile_dose
    from .up_and_down_reconstruct import CurvePrior as CurvePrior
    from .up_and_down_reconstruct import PlaceboOnly as PlaceboOnly
    from .up_and_down_reconstruct import Reconstruction as Reconstruction
    from .up_and_down_reconstruct import placebo_only_probability as placebo_only_probability
    from .up_and_down_reconstruct import reconstruct_up_and_down as reconstruct_up_and_down
    from .up_and_down_sequences import Report as Report
    from .up_and_down_sequences import Tolerance as Tolerance

_HOME = {
    "Arm": "responders",
    "AsymmetryTest": "small_study",
    "BayesFactor": "bayes",
    "BayesianEmax": "dose_response_bayes",
    "BergerDeely": "priors",
    "BestPredictor": "responders_correlation",
    "Choice": "specifications",
    "Combined": "correlated_outcomes",
    "ConcentrationMargin": "occupancy_constants",
    "Contrasts": "dose_response_contrasts",
    "Conventional": "priors",
    "CorrelationEvidence": "responders_correlation",
    "CountsPooled": "rare_events",
    "CurveHeterogeneity": "dose_response_gof",
    "CurvePrior": "up_and_down_reconstruct",
    "DailyPain": "titration_patients",
    "DoseEstimate": "up_and_down_fit",
    "DoseResponse": "dose_response_fit",
    "DuMouchel": "priors",
    "EmaxPrior": "dose_response_bayes",
    "Exponential": "priors",
    "FailSafe": "small_study",
    "FixedTarget": "titration",
    "GoodnessOfFit": "dose_response_gof",
    "HalfCauchy": "priors",
    "HalfNormal": "priors",
    "HalfT": "priors",
    "I2Prior": "priors",
    "IndividualResponse": "responders",
    "Influence": "sensitivity",
    "IntervalCoverage": "up_and_down_coverage",
    "InverseDose": "isotonic_inverse",
    "IsotonicFit": "isotonic",
    "Jeffreys": "priors",
    "JointTest": "specifications",
    "KINDS": "specifications",
    "LogNormal": "priors",
    "Marginal": "marginals",
    "MetaRegression": "regression",
    "MixturePower": "responders_mixture",
    "ModelAverage": "dose_response_fit",
    "Multivariate": "multilevel",
    "Multiverse": "specifications",
    "NOf1": "titration",
    "Normal": "priors",
    "NumberNeeded": "proportions",
    "OCCUPANCY_KINETICS": "occupancy_receptor",
    "Occupancy": "occupancy_day",
    "OccupancyInputs": "occupancy_day",
    "OverallJeffreys": "priors",
    "Path": "specifications_read",
    "Patients": "titration_patients",
    "PlaceboOnly": "up_and_down_reconstruct",
    "Pooled": "pooling",
    "PooledMany": "many",
    "Posterior": "bayes",
    "Predicted": "regression",
    "Proportion": "proportions",
    "RankTest": "small_study",
    "Reconstruction": "up_and_down_reconstruct",
    "Refits": "sensitivity",
    "Report": "up_and_down_sequences",
    "ResponderMixture": "responders_mixture",
    "Robust": "robust",
    "Shrinkage": "priors",
    "Shrunken": "sensitivity",
    "SignTest": "multiplicity",
    "Specification": "specifications",
    "SqrtUniform": "priors",
    "TauMarginal": "marginals",
    "TauPrior": "priors",
    "Titration": "titration",
    "TitrationRule": "titration",
    "Tolerance": "up_and_down_sequences",
    "TrimAndFill": "small_study",
    "Uncertain": "occupancy_day",
    "Uniform": "priors",
    "UntilResponse": "titration",
    "UpAndDown": "up_and_down_fit",
    "adjust_p": "multiplicity",
    "adjusted_table": "multiplicity",
    "any_significant": "multiplicity",
    "average_models": "dose_response_fit",
    "balance_point": "up_and_down_markov",
    "baseline_change_correlation": "responders",
    "bayesian_emax": "dose_response_bayes",
    "best_of_predictors": "responders_correlation",
    "binding_conflict": "occupancy_constants",
    "binomial_interval": "isotonic",
    "chance_of_r_squared": "responders_correlation",
    "combine_outcomes": "correlated_outcomes",
    "concentration_margin": "occupancy_constants",
    "conditional_odds_ratio": "rare_events",
    "correlation_cdf": "responders_correlation",
    "correlation_evidence": "responders_correlation",
    "covariance_of_outcomes": "correlated_outcomes",
    "cumulative": "sensitivity",
    "curve_heterogeneity": "dose_response_gof",
    "decisions_between": "specifications_read",
    "dixon_mood": "up_and_down_estimates",
    "dose_basis": "dose_response_fit",
    "dose_distribution": "up_and_down_markov",
    "dose_response": "dose_response_fit",
    "dose_table": "isotonic",
    "dynamic_mean": "up_and_down_estimates",
    "egger_test": "small_study",
    "exact_odds_ratio": "proportions",
    "exact_proportion": "proportions",
    "fail_safe_n": "small_study",
    "goodness_of_fit": "dose_response_gof",
    "hamling_counts": "dose_response_hamling",
    "individual_response": "responders",
    "influence": "sensitivity",
    "interval_coverage": "up_and_down_coverage",
    "inverse_dose": "isotonic_inverse",
    "isotonic_interval": "isotonic",
    "isotonic_regression": "isotonic",
    "joint_test": "specifications_read",
    "leave_one_out": "sensitivity",
    "likelihood_interval": "linear",
    "mantel_haenszel": "rare_events",
    "mantel_haenszel_rates": "rare_events",
    "matched_mixture": "responders_mixture",
    "mean_contrasts": "dose_response_contrasts",
    "meta_regression": "regression",
    "mixture_fit": "responders_mixture",
    "mixture_power": "responders_mixture",
    "mixture_test": "responders_mixture",
    "morris_interval": "isotonic",
    "multivariate": "multilevel",
    "multiverse": "specifications",
    "multiverse_shares": "specifications_read",
    "nearest_specifications": "specifications_read",
    "number_needed_to_treat": "proportions",
    "occupancy": "occupancy_day",
    "one_at_a_time": "specifications_read",
    "path_between": "specifications_read",
    "peto": "rare_events",
    "placebo_only_probability": "up_and_down_reconstruct",
    "pool": "pooling",
    "pool_many": "many",
    "posterior": "bayes",
    "prior_sensitivity": "bayes",
    "profile_dose": "up_and_down_profile",
    "profile_interval": "multilevel",
    "rank_test": "small_study",
    "rate_contrasts": "dose_response_contrasts",
    "reconstruct_up_and_down": "up_and_down_reconstruct",
    "responder_rate": "responders",
    "reversal_mean": "up_and_down_estimates",
    "reversals": "up_and_down_estimates",
    "risk_difference_interval": "proportions",
    "robust_variance": "robust",
    "shift_rates": "responders",
    "shrink_rates": "isotonic",
    "shrunken": "sensitivity",
    "sign_test": "multiplicity",
    "simulate_r_squared": "responders_correlation",
    "simulate_titration": "titration",
    "stationary_doses": "up_and_down_markov",
    "titration_table": "titration",
    "transition_matrix": "up_and_down_markov",
    "trim_and_fill": "small_study",
    "up_and_down": "up_and_down_fit",
    "variance_decomposition": "specifications_read",
    "variance_partition": "dose_response_gof",
    "virtual_patients": "titration_patients",
    "zero_event_bound": "proportions",
}

__all__ = sorted(_HOME)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    """Import the file that holds `name` and remember what it gave."""
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f".{home}", __name__)
    import_module(".rich", __name__).give_rich_display(vars(module).values())
    value = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
