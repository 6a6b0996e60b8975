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
    from .linear import likelihood_interval as likelihood_interval
    from .many import PooledMany as PooledMany
    from .many import pool_many as pool_many
    from .marginals import Marginal as Marginal
    from .marginals import Mixture as Mixture
    from .marginals import TauMarginal as TauMarginal
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
    from .responders_mixture import Mixture as Mixture
    from .responders_mixture import MixturePower as MixturePower
    from .responders_mixture import matched_mixture as matched_mixture
    from .responders_mixture import mixture_fit as mixture_fit
    from .responders_mixture import mixture_power as mixture_power
    from .responders_mixture import mixture_test as mixture_test
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

_HOME = {
    "Arm": "responders",
    "AsymmetryTest": "small_study",
    "BayesFactor": "bayes",
    "BergerDeely": "priors",
    "BestPredictor": "responders_correlation",
    "Choice": "specifications",
    "ConcentrationMargin": "occupancy_constants",
    "Conventional": "priors",
    "CorrelationEvidence": "responders_correlation",
    "DailyPain": "titration_patients",
    "DuMouchel": "priors",
    "Exponential": "priors",
    "FailSafe": "small_study",
    "FixedTarget": "titration",
    "HalfCauchy": "priors",
    "HalfNormal": "priors",
    "HalfT": "priors",
    "I2Prior": "priors",
    "IndividualResponse": "responders",
    "Influence": "sensitivity",
    "Jeffreys": "priors",
    "JointTest": "specifications",
    "KINDS": "specifications",
    "LogNormal": "priors",
    "Marginal": "marginals",
    "MetaRegression": "regression",
    "Mixture": "marginals",
    "Mixture": "responders_mixture",
    "MixturePower": "responders_mixture",
    "Multiverse": "specifications",
    "NOf1": "titration",
    "Normal": "priors",
    "OCCUPANCY_KINETICS": "occupancy_receptor",
    "Occupancy": "occupancy_day",
    "OccupancyInputs": "occupancy_day",
    "OverallJeffreys": "priors",
    "Path": "specifications_read",
    "Patients": "titration_patients",
    "Pooled": "pooling",
    "PooledMany": "many",
    "Posterior": "bayes",
    "Predicted": "regression",
    "RankTest": "small_study",
    "Refits": "sensitivity",
    "Shrinkage": "priors",
    "Shrunken": "sensitivity",
    "SignTest": "multiplicity",
    "Specification": "specifications",
    "SqrtUniform": "priors",
    "TauMarginal": "marginals",
    "TauPrior": "priors",
    "Titration": "titration",
    "TitrationRule": "titration",
    "TrimAndFill": "small_study",
    "Uncertain": "occupancy_day",
    "Uniform": "priors",
    "UntilResponse": "titration",
    "adjust_p": "multiplicity",
    "adjusted_table": "multiplicity",
    "any_significant": "multiplicity",
    "baseline_change_correlation": "responders",
    "best_of_predictors": "responders_correlation",
    "binding_conflict": "occupancy_constants",
    "chance_of_r_squared": "responders_correlation",
    "concentration_margin": "occupancy_constants",
    "correlation_cdf": "responders_correlation",
    "correlation_evidence": "responders_correlation",
    "cumulative": "sensitivity",
    "decisions_between": "specifications_read",
    "egger_test": "small_study",
    "fail_safe_n": "small_study",
    "individual_response": "responders",
    "influence": "sensitivity",
    "joint_test": "specifications_read",
    "leave_one_out": "sensitivity",
    "likelihood_interval": "linear",
    "matched_mixture": "responders_mixture",
    "meta_regression": "regression",
    "mixture_fit": "responders_mixture",
    "mixture_power": "responders_mixture",
    "mixture_test": "responders_mixture",
    "multiverse": "specifications",
    "multiverse_shares": "specifications_read",
    "nearest_specifications": "specifications_read",
    "occupancy": "occupancy_day",
    "one_at_a_time": "specifications_read",
    "path_between": "specifications_read",
    "pool": "pooling",
    "pool_many": "many",
    "posterior": "bayes",
    "prior_sensitivity": "bayes",
    "rank_test": "small_study",
    "responder_rate": "responders",
    "shift_rates": "responders",
    "shrunken": "sensitivity",
    "sign_test": "multiplicity",
    "simulate_r_squared": "responders_correlation",
    "simulate_titration": "titration",
    "titration_table": "titration",
    "trim_and_fill": "small_study",
    "variance_decomposition": "specifications_read",
    "virtual_patients": "titration_patients",
}

__all__ = sorted(_HOME)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    """Import the file that holds `name` and remember what it gave."""
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
