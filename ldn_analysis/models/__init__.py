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
    "BayesFactor": "bayes",
    "BergerDeely": "priors",
    "ConcentrationMargin": "occupancy_constants",
    "Conventional": "priors",
    "DailyPain": "titration_patients",
    "DuMouchel": "priors",
    "Exponential": "priors",
    "FixedTarget": "titration",
    "HalfCauchy": "priors",
    "HalfNormal": "priors",
    "HalfT": "priors",
    "I2Prior": "priors",
    "Jeffreys": "priors",
    "LogNormal": "priors",
    "Marginal": "marginals",
    "Mixture": "marginals",
    "NOf1": "titration",
    "Normal": "priors",
    "OCCUPANCY_KINETICS": "occupancy_receptor",
    "Occupancy": "occupancy_day",
    "OccupancyInputs": "occupancy_day",
    "OverallJeffreys": "priors",
    "Patients": "titration_patients",
    "Pooled": "pooling",
    "AsymmetryTest": "small_study",
    "FailSafe": "small_study",
    "RankTest": "small_study",
    "TrimAndFill": "small_study",
    "egger_test": "small_study",
    "fail_safe_n": "small_study",
    "rank_test": "small_study",
    "trim_and_fill": "small_study",
    "Shrunken": "sensitivity",
    "shrunken": "sensitivity",
    "likelihood_interval": "linear",
    "Predicted": "regression",
    "Influence": "sensitivity",
    "MetaRegression": "regression",
    "Refits": "sensitivity",
    "cumulative": "sensitivity",
    "influence": "sensitivity",
    "leave_one_out": "sensitivity",
    "PooledMany": "many",
    "meta_regression": "regression",
    "Posterior": "bayes",
    "Shrinkage": "priors",
    "SqrtUniform": "priors",
    "TauMarginal": "marginals",
    "TauPrior": "priors",
    "Titration": "titration",
    "TitrationRule": "titration",
    "Uncertain": "occupancy_day",
    "Uniform": "priors",
    "UntilResponse": "titration",
    "binding_conflict": "occupancy_constants",
    "concentration_margin": "occupancy_constants",
    "occupancy": "occupancy_day",
    "pool": "pooling",
    "pool_many": "many",
    "posterior": "bayes",
    "prior_sensitivity": "bayes",
    "simulate_titration": "titration",
    "titration_table": "titration",
    "virtual_patients": "titration_patients",
    "Choice": "specifications",
    "JointTest": "specifications",
    "KINDS": "specifications",
    "Multiverse": "specifications",
    "Specification": "specifications",
    "multiverse": "specifications",
    "Path": "specifications_read",
    "decisions_between": "specifications_read",
    "joint_test": "specifications_read",
    "multiverse_shares": "specifications_read",
    "nearest_specifications": "specifications_read",
    "one_at_a_time": "specifications_read",
    "path_between": "specifications_read",
    "variance_decomposition": "specifications_read",
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
