"""Trials that have not been done: what they would test, tell and be worth. Arrays in, frozen results out."""

from ldn_analysis.models.dose_curves import Belief, Comparisons, prior_belief
from ldn_analysis.models.trials.adaptive import (
    Course,
    Findings,
    analyse_courses,
    drop_losers,
    fixed_sizes,
    response_adaptive,
    up_and_down,
)
from ldn_analysis.models.trials.mcpmod import (
    KINDS,
    Shape,
    candidate_shapes,
    contrast_correlation,
    critical_value,
    mcp_power,
    optimal_contrasts,
    smallest_n,
)
from ldn_analysis.models.trials.review import UpdatedReview, share_error, updated_review
from ldn_analysis.models.trials.value import (
    Naming,
    Perfect,
    Sample,
    expected_minimum,
    naming,
    perfect_information,
    sample_information,
)
