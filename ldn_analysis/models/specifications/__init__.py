"""The multiverse of analyses: its specifications, and what they turn on."""

from .enumerate import multiverse
from .joint import JointTest, joint_test
from .nearest import Path, chance_of_a_match, nearest_specifications, path_between
from .shares import multiverse_shares, one_at_a_time, variance_decomposition
from .types import KINDS, Choice, Multiverse, Specification

__all__ = [
    "KINDS", "Choice", "JointTest", "Multiverse", "Path", "Specification", "chance_of_a_match", "joint_test",
    "multiverse", "multiverse_shares", "nearest_specifications", "one_at_a_time", "path_between",
    "variance_decomposition",
]  # fmt: skip
