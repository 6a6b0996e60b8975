"""The multiverse of analyses: its specifications, and what they turn on."""

from ldn_analysis.models.specifications.enumerate import multiverse
from ldn_analysis.models.specifications.nearest import (
    Path,
    chance_of_a_match,
    nearest_specifications,
    path_between,
)
from ldn_analysis.models.specifications.shares import (
    JointTest,
    joint_test,
    multiverse_shares,
    one_at_a_time,
    variance_decomposition,
)
from ldn_analysis.models.specifications.types import KINDS, Choice, Multiverse, Specification

__all__ = [
    "KINDS", "Choice", "JointTest", "Multiverse", "Path", "Specification", "chance_of_a_match", "joint_test",
    "multiverse", "multiverse_shares", "nearest_specifications", "one_at_a_time", "path_between",
    "variance_decomposition",
]  # fmt: skip
