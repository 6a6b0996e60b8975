"""Reported statistics to comparable estimates: measures, conversions, and the contrast table with its derivations.

Sign convention: LDN minus control.
"""

from ldn_analysis.effects.chain import Explanation, Step
from ldn_analysis.effects.checks import Effect
from ldn_analysis.effects.choices import MEASURES, READINGS, STUDY_SETS, TIMES, Choices
from ldn_analysis.effects.conversions import (
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
)
from ldn_analysis.effects.corrections import hedges_j
from ldn_analysis.effects.estimates import COLUMNS, contrasts, estimates, explain

__all__ = [
    "COLUMNS", "MEASURES", "READINGS", "STUDY_SETS", "TIMES", "Choices", "Effect", "Explanation", "Step",
    "contrasts", "correlation_from_paired", "correlation_interval_from_rounded_p", "estimates", "explain", "hedges_j",
    "pooled_sd", "sd_from_ci", "sd_from_f", "sd_from_iqr", "sd_from_p", "sd_from_se", "sd_from_se_of_difference",
    "sd_from_t", "sd_of_change", "se_from_ci", "se_from_p", "se_of_paired_difference",
]  # fmt: skip
