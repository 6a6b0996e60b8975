"""Pooling of effects: one data set, many at once, by covariates, without each study, correlated outcomes."""

from ldn_analysis.models.covariances import mean_of_outcomes
from ldn_analysis.models.pooling.many import PooledMany, pool_many, wider_companions
from ldn_analysis.models.pooling.pooled import Pooled, pool, wider_companion
from ldn_analysis.models.pooling.regression import MetaRegression, meta_regression
from ldn_analysis.models.pooling.sensitivity import Refits, cumulative, leave_one_out

__all__ = [
    "MetaRegression", "Pooled", "PooledMany", "Refits", "cumulative", "leave_one_out",
    "mean_of_outcomes", "meta_regression", "pool", "pool_many", "wider_companion", "wider_companions",
]  # fmt: skip
