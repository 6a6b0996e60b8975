"""Counts: proportions and rates, pooled two-by-two tables, many tests."""

from ldn_analysis.models.counts.comparison import AbsoluteEffect, CountComparison, compare_counts
from ldn_analysis.models.counts.multiplicity import adjusted_p, any_significant
from ldn_analysis.models.counts.pooled_counts import CountPool, pool_counts
from ldn_analysis.models.counts.proportions import (
    NumberNeeded,
    Proportion,
    exact_proportion,
    exact_rate,
    needed_to_exclude,
    number_needed_to_treat,
    people_per_group,
    risk_difference_interval,
    zero_event_bound,
)

__all__ = [
    "AbsoluteEffect", "CountComparison", "CountPool", "NumberNeeded", "Proportion", "adjusted_p",
    "any_significant", "compare_counts", "exact_proportion", "exact_rate", "needed_to_exclude",
    "number_needed_to_treat", "people_per_group", "pool_counts", "risk_difference_interval",
    "zero_event_bound",
]  # fmt: skip
