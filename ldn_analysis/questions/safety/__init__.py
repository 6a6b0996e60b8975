"""Harms, exposure, and what so few people cannot exclude."""

from ldn_analysis.questions.safety import pictures, words
from ldn_analysis.questions.safety.analysis import (
    HARMS,
    exposure,
    exposure_by_dose,
    frequency_excluded,
    harm_counts,
    harm_coverage,
    pooled_harms,
    quoted_harms,
    serious_certainty,
)

__all__ = [
    "HARMS",
    "exposure",
    "exposure_by_dose",
    "frequency_excluded",
    "harm_counts",
    "harm_coverage",
    "pictures",
    "pooled_harms",
    "quoted_harms",
    "serious_certainty",
    "words",
]
