"""The parameters of this room's notebook."""

from __future__ import annotations

from dataclasses import dataclass

from ldn_analysis.questions.parameters import Reading, of_notebook


@of_notebook("01_evidence", "the evidence", readers="For those who weigh evidence")
@dataclass(frozen=True, slots=True)
class Evidence(Reading):
    """``01_evidence``."""
