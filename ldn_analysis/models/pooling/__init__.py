"""Pooling of effects: one data set, many at once, by covariates, without each study, correlated outcomes."""

from .correlated_outcomes import mean_of_outcomes
from .many import PooledMany, pool_many, wider_companions
from .pooled import Pooled, pool, wider_companion
from .regression import MetaRegression, Predicted, meta_regression
from .sensitivity import Refits, cumulative, leave_one_out

__all__ = [
    "MetaRegression", "Pooled", "PooledMany", "Predicted", "Refits", "cumulative", "leave_one_out",
    "mean_of_outcomes", "meta_regression", "pool", "pool_many", "wider_companion", "wider_companions",
]  # fmt: skip
