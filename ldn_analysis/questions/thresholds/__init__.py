"""Are mechanical and heat pain thresholds improved?"""

from ldn_analysis.questions.thresholds import pictures, words
from ldn_analysis.questions.thresholds.analysis import (
    chance_of_any,
    mechanical_estimate,
    pressure_average,
    pressure_sweep,
    published_thresholds,
    standardised_rows,
    threshold_certainty,
    threshold_measures,
    threshold_tests,
)
from ldn_analysis.questions.thresholds.pilot import (
    AS_PRINTED,
    pilot_beside_trial,
    pilot_caution,
    pilot_thresholds,
)
