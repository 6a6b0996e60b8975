"""Harms, exposure, and what so few people cannot exclude."""

from ldn_analysis.questions.safety import pictures, tables, words
from ldn_analysis.questions.safety.analysis import (
    HARMS,
    compared_harms,
    frequency_excluded,
    harm_counts,
    harms_asked_first,
    leading_time,
    other_times,
    over_a_year,
    people_counted,
    quoted_harms,
    serious_certainty,
    stopping_in_practice,
)
from ldn_analysis.questions.safety.exposure import exposure, exposure_arms, exposure_by_dose
