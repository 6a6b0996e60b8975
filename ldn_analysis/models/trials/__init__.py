"""Trials that have not been done: what they would test, tell and be worth. Arrays in, frozen results out."""

from ldn_analysis.models.dose_curves.belief import Belief as Belief
from ldn_analysis.models.dose_curves.belief import Comparisons as Comparisons
from ldn_analysis.models.dose_curves.belief import prior_belief as prior_belief

from .adaptive import Course as Course
from .adaptive import Findings as Findings
from .adaptive import analyse_courses as analyse_courses
from .adaptive import drop_losers as drop_losers
from .adaptive import fixed_sizes as fixed_sizes
from .adaptive import response_adaptive as response_adaptive
from .adaptive import up_and_down as up_and_down
from .mcpmod import McpTest as McpTest
from .mcpmod import contrast_correlation as contrast_correlation
from .mcpmod import critical_value as critical_value
from .mcpmod import mcp_power as mcp_power
from .mcpmod import mcp_test as mcp_test
from .mcpmod import optimal_contrasts as optimal_contrasts
from .mcpmod import smallest_n as smallest_n
from .naming import Naming as Naming
from .naming import naming as naming
from .review import UpdatedReview as UpdatedReview
from .review import updated_review as updated_review
from .shapes import KINDS as KINDS
from .shapes import Shape as Shape
from .shapes import candidate_shapes as candidate_shapes
from .value import Perfect as Perfect
from .value import Sample as Sample
from .value import expected_minimum as expected_minimum
from .value import perfect_information as perfect_information
from .value import sample_information as sample_information
