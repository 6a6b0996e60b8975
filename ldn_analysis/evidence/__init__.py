"""Load, validate and look up the reported statistics in ``data/``.

>>> from ldn_analysis import evidence
>>> ev = evidence.load()
>>> then = ev.as_of(2016)

Checks of single numbers are in `ldn_analysis.evidence.integrity`.
"""

from ldn_analysis.evidence.doses import doses_tested, participants, untested
from ldn_analysis.evidence.loading import data_folder, load
from ldn_analysis.evidence.problems import EvidenceError, Problem
from ldn_analysis.evidence.provenance import Provenance, source_of, source_url
from ldn_analysis.evidence.tables import Evidence
from ldn_analysis.evidence.years import require_published

__all__ = [
    "Evidence",
    "EvidenceError",
    "Problem",
    "Provenance",
    "data_folder",
    "doses_tested",
    "load",
    "participants",
    "require_published",
    "source_of",
    "source_url",
    "untested",
]
