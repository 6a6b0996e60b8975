"""The multiverse of analyses: its specifications, and what they turn on."""

from ldn_analysis.models.specifications.enumerate import (
    KINDS,
    Choice,
    JointTest,
    Multiverse,
    Specification,
    multiverse,
)
from ldn_analysis.models.specifications.summary import (
    Path,
    joint_test,
    multiverse_shares,
    nearest_specifications,
    one_at_a_time,
    path_between,
    variance_decomposition,
)

__all__ = [
    "KINDS",
    "Choice",
    "JointTest",
    "Multiverse",
    "Path",
    "Specification",
    "joint_test",
    "multiverse",
    "multiverse_shares",
    "nearest_specifications",
    "one_at_a_time",
    "path_between",
    "variance_decomposition",
]
