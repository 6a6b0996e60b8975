"""Trials that have not been done: what they would test, tell and be worth. Arrays in, frozen results out."""

from ldn_analysis.models.dose_curves.belief import Belief, Comparisons, prior_belief

from .adaptive import (
    Course,
    Findings,
    analyse_courses,
    drop_losers,
    fixed_sizes,
    response_adaptive,
    up_and_down,
)
from .mcpmod import (
    McpTest,
    contrast_correlation,
    critical_value,
    mcp_power,
    mcp_test,
    optimal_contrasts,
    smallest_n,
)
from .naming import Naming, naming
from .review import UpdatedReview, updated_review
from .shapes import KINDS, Shape, candidate_shapes
from .value import Perfect, Sample, expected_minimum, perfect_information, sample_information
