"""The contrasts of pain that had been published by the year of the evidence: the same for every report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ldn_analysis import contrasts
from ldn_analysis.errors import NoEstimate
from ldn_analysis.evidence import Evidence


def published_pain(ev: Evidence, contrast: Mapping[str, Any]) -> contrasts.Derived | None:
    """`contrasts.derive` of pain, or None where nothing of it had been published by the year of `ev`."""
    try:
        return contrasts.derive(ev, "pain", **contrast)
    except NoEstimate:
        return None
