"""Reported statistics to comparable estimates: measures, conversions, the contrast table and its derivations.

Sign convention: LDN minus control; group 1 minus group 2.
"""

from ldn_analysis.effects.association import (
    correlation,
    explained_variance,
    fisher_z,
    one_mean,
    one_proportion,
    one_rate,
    partial_correlation,
    two_rates,
)
from ldn_analysis.effects.chain import Explanation, Step
from ldn_analysis.effects.checks import Effect
from ldn_analysis.effects.choices import MEASURES, READINGS, STUDY_SETS, TIMES, Choices
from ldn_analysis.effects.conversions import (
    correlation_from_paired,
    correlation_interval_from_rounded_p,
    effect_from_wald,
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
)
from ldn_analysis.effects.corrections import hedges_j
from ldn_analysis.effects.estimates import COLUMNS, contrasts, estimates, explain
from ldn_analysis.effects.events import event_table
from ldn_analysis.effects.paired import paired, paired_mean_difference, paired_standardized_mean_change
from ldn_analysis.effects.quartiles import MeanSD, mean_sd_from_quartiles
from ldn_analysis.effects.two_by_two import (
    odds_ratio,
    peto_odds_ratio,
    risk_difference,
    risk_ratio,
    table_from_association,
    two_by_two,
)
from ldn_analysis.effects.two_groups import (
    log_cv_ratio,
    log_variability_ratio,
    mean_difference,
    ratio_of_means,
    smd_from_d,
    smd_from_p,
    smd_from_t,
    standardized_mean_difference,
    two_groups,
)

__all__ = [
    "COLUMNS",
    "MEASURES",
    "READINGS",
    "STUDY_SETS",
    "TIMES",
    "Choices",
    "Effect",
    "Explanation",
    "MeanSD",
    "Step",
    "contrasts",
    "correlation",
    "correlation_from_paired",
    "correlation_interval_from_rounded_p",
    "effect_from_wald",
    "estimates",
    "event_table",
    "explain",
    "explained_variance",
    "fisher_z",
    "hedges_j",
    "log_cv_ratio",
    "log_variability_ratio",
    "mean_difference",
    "mean_sd_from_quartiles",
    "odds_ratio",
    "one_mean",
    "one_proportion",
    "one_rate",
    "paired",
    "paired_mean_difference",
    "paired_standardized_mean_change",
    "partial_correlation",
    "peto_odds_ratio",
    "pooled_sd",
    "ratio_of_means",
    "risk_difference",
    "risk_ratio",
    "sd_from_ci",
    "sd_from_f",
    "sd_from_iqr",
    "sd_from_p",
    "sd_from_se",
    "sd_from_se_of_difference",
    "sd_from_t",
    "sd_of_change",
    "se_from_ci",
    "se_from_p",
    "se_of_paired_difference",
    "smd_from_d",
    "smd_from_p",
    "smd_from_t",
    "standardized_mean_difference",
    "table_from_association",
    "two_by_two",
    "two_groups",
    "two_rates",
]
