"""Are mechanical and heat pain thresholds improved?"""

from ldn_analysis.questions.thresholds import pictures, words
from ldn_analysis.questions.thresholds.analysis import (
    pressure_average,
    pressure_sweep,
    published_thresholds,
    standardised_rows,
    threshold_certainty,
    threshold_directions,
    threshold_measures,
    threshold_sign_tests,
    threshold_tests,
)

__all__ = [
    "pictures",
    "pressure_average",
    "pressure_sweep",
    "published_thresholds",
    "standardised_rows",
    "threshold_certainty",
    "threshold_directions",
    "threshold_measures",
    "threshold_sign_tests",
    "threshold_tests",
    "words",
]
