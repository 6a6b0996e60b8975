"""Load, validate and look up the reported statistics in ``data/``.

>>> from ldn_analysis import evidence
>>> ev = evidence.load()
>>> then = ev.as_of(2016)

Checks of single numbers are in `ldn_analysis.evidence.integrity`.
"""

from .how_read import READINGS, may_be_read, readable
from .loading import data_folder, load
from .problems import EvidenceError, Problem
from .provenance import Provenance, source_of, source_url
from .scales import Scale, scale_of, scales
from .tables import Evidence
from .trials import LOW_DOSE_MG, Participants, is_low_dose, is_primary, once, participants, times_a_day
from .years import require_published

__all__ = [
    "LOW_DOSE_MG",
    "READINGS",
    "Evidence",
    "EvidenceError",
    "Participants",
    "Problem",
    "Provenance",
    "Scale",
    "data_folder",
    "is_low_dose",
    "is_primary",
    "load",
    "may_be_read",
    "once",
    "participants",
    "readable",
    "require_published",
    "scale_of",
    "scales",
    "source_of",
    "source_url",
    "times_a_day",
]
