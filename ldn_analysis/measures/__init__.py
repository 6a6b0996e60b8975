"""Effect measures: arrays in, `Effect` (yi, vi) out. Group 1 minus group 2; LDN minus control."""

from ldn_analysis.measures.checks import Effect
from ldn_analysis.measures.conversions import (
    combined_groups,
    correlation_from_paired,
    correlation_interval_from_rounded_p,
    pooled_sd,
    sd_from_ci,
    sd_from_f,
    sd_from_iqr,
    sd_from_p,
    sd_from_se,
    sd_from_se_of_difference,
    sd_from_t,
    sd_of_change,
    se_from_ci,
    se_from_p,
    se_of_paired_difference,
    smd_from_d,
    smd_from_p,
    smd_from_t,
)
from ldn_analysis.measures.groups import (
    hedges_j,
    log_cv_ratio,
    log_variability_ratio,
    mean_difference,
    ratio_of_means,
    standardized_mean_difference,
    two_groups,
)
from ldn_analysis.measures.pairs import paired, paired_mean_difference, paired_standardized_mean_change
from ldn_analysis.measures.quartiles import MeanSD, mean_sd_from_quartiles
from ldn_analysis.measures.tables import (
    matched_pairs,
    odds_ratio,
    peto_odds_ratio,
    risk_difference,
    risk_ratio,
    two_by_two,
    two_rates,
)

__all__ = [
    "Effect", "MeanSD", "combined_groups", "correlation_from_paired", "correlation_interval_from_rounded_p",
    "hedges_j", "log_cv_ratio", "log_variability_ratio", "matched_pairs", "mean_difference",
    "mean_sd_from_quartiles", "odds_ratio", "paired", "paired_mean_difference",
    "paired_standardized_mean_change", "peto_odds_ratio", "pooled_sd", "ratio_of_means", "risk_difference",
    "risk_ratio", "sd_from_ci", "sd_from_f", "sd_from_iqr", "sd_from_p", "sd_from_se",
    "sd_from_se_of_difference", "sd_from_t", "sd_of_change", "se_from_ci", "se_from_p",
    "se_of_paired_difference", "smd_from_d", "smd_from_p", "smd_from_t", "standardized_mean_difference",
    "two_by_two", "two_groups", "two_rates",
]  # fmt: skip
