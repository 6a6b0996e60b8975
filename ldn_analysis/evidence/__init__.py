"""Load, validate and look up the reported statistics in ``data/``.

>>> from ldn_analysis import evidence
>>> ev = evidence.load()
>>> then = ev.as_of(2016)

Checks of single numbers are in `ldn_analysis.evidence.integrity`.
"""

from .loading import data_folder, load
from .problems import EvidenceError, Problem
from .provenance import Provenance, source_of, source_url
from .tables import Evidence
from .years import require_published

__all__ = [
    "Evidence",
    "EvidenceError",
    "Problem",
    "Provenance",
    "data_folder",
    "load",
    "require_published",
    "source_of",
    "source_url",
]
