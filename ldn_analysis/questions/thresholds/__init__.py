"""Are mechanical and heat pain thresholds improved?"""

from . import pictures, words
from .analysis import (
    chance_of_any,
    pressure_average,
    pressure_sweep,
    published_thresholds,
    standardised_rows,
    threshold_certainty,
    threshold_measures,
    threshold_tests,
)
from .pilot import AS_PRINTED, pilot_beside_trial, pilot_caution, pilot_thresholds
