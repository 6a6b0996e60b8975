"""Up-and-down dose finding: what a published study can have been."""

from .reconstruct import (
    CurvePrior,
    NoSequence,
    PlaceboOnly,
    Reconstruction,
    placebo_only_probability,
    reconstruct_up_and_down,
)
from .sequences import Report, Tolerance

__all__ = [
    "CurvePrior", "NoSequence", "PlaceboOnly", "Reconstruction", "Report", "Tolerance",
    "placebo_only_probability", "reconstruct_up_and_down",
]  # fmt: skip
