"""Occupancy of opioid receptors over a day, and what binding constants say of a dose."""

from .constants import binding_conflict, concentration_margin
from .day import Occupancy, occupancy
from .inputs import OccupancyInputs, Uncertain
from .receptor import OCCUPANCY_KINETICS

__all__ = [
    "OCCUPANCY_KINETICS", "Occupancy", "OccupancyInputs", "Uncertain", "binding_conflict",
    "concentration_margin", "occupancy",
]  # fmt: skip
