"""Harms, exposure, and what so few people cannot exclude."""

from ldn_analysis.questions.safety import pictures, tables, words
from ldn_analysis.questions.safety.analysis import (
    HARMS,
    compared_harms,
    counted_ratio,
    harm_counts,
    harms_asked_first,
    leading_time,
    other_times,
    people_counted,
    quoted_harms,
    stopping_in_practice,
)
from ldn_analysis.questions.safety.exposure import exposure, exposure_arms, exposure_by_dose
from ldn_analysis.questions.safety.serious import frequency_excluded, over_a_year, serious_certainty
