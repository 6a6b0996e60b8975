"""The parameters of the notebooks of this room."""

from __future__ import annotations

from dataclasses import dataclass

from ldn_analysis.questions.parameters import Analysis, of_notebook


@of_notebook("00_dosing_question", "the summary", readers="For patients and clinicians")
@dataclass(frozen=True, slots=True)
class Summary(Analysis):
    """``00_dosing_question``."""


@of_notebook("02_pain", readers="For those who weigh evidence")
@dataclass(frozen=True, slots=True)
class Pain(Analysis):
    """``02_pain``."""
