"""Trials that have not been done: what they would test, tell and be worth. Arrays in, frozen results out."""

from .mcpmod import McpTest as McpTest
from .mcpmod import contrast_correlation as contrast_correlation
from .mcpmod import critical_value as critical_value
from .mcpmod import mcp_power as mcp_power
from .mcpmod import mcp_test as mcp_test
from .mcpmod import optimal_contrasts as optimal_contrasts
from .mcpmod import smallest_n as smallest_n
from .shapes import KINDS as KINDS
from .shapes import Shape as Shape
from .shapes import candidate_shapes as candidate_shapes
