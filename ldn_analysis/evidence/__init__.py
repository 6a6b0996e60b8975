"""Load, validate and look up the reported statistics in ``data/``."""

from .loading import data_folder, load
from .problems import EvidenceError, Problem
from .tables import Evidence

__all__ = ["Evidence", "EvidenceError", "Problem", "data_folder", "load"]
