"""The parameters of this room's notebook."""

from __future__ import annotations

from dataclasses import dataclass

from ldn_analysis.questions.parameters import Analysis, correlation_of_legs, of_notebook
from ldn_analysis.questions.typed import choice, number


@of_notebook("08_claims", "the claims of 2016", readers="The claims of 2016")
@dataclass(frozen=True, slots=True)
class Claims(Analysis):
    """``08_claims``."""

    measure: str = choice("MD", help="Mean difference in points: what the claims are about")
    then: int = number(2016, 1990, 2100, help="The year whose evidence is set beside today's")
    legs_correlation: float = correlation_of_legs()
