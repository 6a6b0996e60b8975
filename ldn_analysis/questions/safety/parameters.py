"""The parameters of this room's notebook."""

from __future__ import annotations

from dataclasses import dataclass

from ldn_analysis.questions.parameters import Reading, of_notebook
from ldn_analysis.questions.typed import number


@of_notebook("06_safety", readers="For patients and clinicians")
@dataclass(frozen=True, slots=True)
class Safety(Reading):
    """``06_safety``."""

    level: float = number(0.95, 0.5, 0.999, help="Confidence level of every interval")
    asked: float = number(
        1.0, 0.001, 50.0, help="Frequency of a serious event that one would like to exclude", unit="in 100"
    )
