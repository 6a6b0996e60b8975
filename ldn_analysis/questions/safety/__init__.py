"""Harms, exposure, and what so few people cannot exclude."""

from . import pictures, tables, words
from .analysis import (
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
from .exposure import exposure, exposure_arms, exposure_by_dose
