"""Occupancy of opioid receptors over a day, and what binding constants say of a dose."""

from ldn_analysis.models.receptors.constants import binding_conflict, concentration_margin
from ldn_analysis.models.receptors.day import Occupancy, occupancy
from ldn_analysis.models.receptors.inputs import OccupancyInputs, Uncertain
from ldn_analysis.models.receptors.receptor import OCCUPANCY_KINETICS

__all__ = [
    "OCCUPANCY_KINETICS", "Occupancy", "OccupancyInputs", "Uncertain", "binding_conflict",
    "concentration_margin", "occupancy",
]  # fmt: skip
