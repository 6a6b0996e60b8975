"""Trials that have not been done: what they would test, tell and be worth. Arrays in, frozen results out."""

from .belief import Belief as Belief
from .belief import Comparisons as Comparisons
from .belief import prior_belief as prior_belief
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
