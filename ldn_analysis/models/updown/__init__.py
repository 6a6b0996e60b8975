"""Up-and-down dose finding: what a published study can have been."""

from ldn_analysis.models.updown.reconstruct import (
    CurvePrior,
    NoSequence,
    PlaceboOnly,
    Reconstruction,
    placebo_only_probability,
    reconstruct_up_and_down,
)
from ldn_analysis.models.updown.sequences import Report, Tolerance

__all__ = [
    "CurvePrior", "NoSequence", "PlaceboOnly", "Reconstruction", "Report", "Tolerance",
    "placebo_only_probability", "reconstruct_up_and_down",
]  # fmt: skip
