"""Load, validate and look up the reported statistics in ``data/``.

>>> from ldn_analysis import evidence
>>> ev = evidence.load()
>>> then = ev.as_of(2016)

Checks of single numbers are in `ldn_analysis.evidence.integrity`.
"""

from ldn_analysis.evidence.loading import data_folder, load
from ldn_analysis.evidence.problems import EvidenceError
from ldn_analysis.evidence.provenance import Provenance, source_of, source_url
from ldn_analysis.evidence.records import plain_doi, plain_title, registry_numbers, studies_of, unreported
from ldn_analysis.evidence.review import read_review
from ldn_analysis.evidence.scales import scale_of, scales
from ldn_analysis.evidence.tables import Evidence, require_published
from ldn_analysis.evidence.trials import (
    LOW_DOSE_MG,
    Participants,
    doses_tested,
    enrolled,
    is_primary,
    once,
    participants,
    times_a_day,
)

__all__ = [
    "LOW_DOSE_MG", "Evidence", "EvidenceError", "Participants", "Provenance", "data_folder", "doses_tested",
    "enrolled", "is_primary", "load", "once", "participants", "plain_doi", "plain_title", "read_review",
    "registry_numbers", "require_published", "scale_of", "scales", "source_of", "source_url", "studies_of",
    "times_a_day", "unreported",
]  # fmt: skip
