"""The parameters of this room's notebook."""

from __future__ import annotations

from dataclasses import dataclass

from ldn_analysis.questions.parameters import DoseResponse, of_notebook
from ldn_analysis.questions.typed import number


@of_notebook("05_dosing", readers="For patients and clinicians")
@dataclass(frozen=True, slots=True)
class Dosing(DoseResponse):
    """``05_dosing``."""

    draws: int = number(32_768, 8_192, 1_048_576, help="Response curves drawn from the prior")
    tolerance_ed50: float = number(
        0.2, 0.05, 1.0, help="How near a sequence's ED50 must be to the published one", unit="mg"
    )
    tolerance_ed95: float = number(
        0.4, 0.05, 2.0, help="How near a sequence's ED95 must be to the published one", unit="mg"
    )
    cv: float = number(
        0.2, 0.0, 1.0, help="Assumed spread of half-lives and peak times without a published one"
    )
    occupancy_draws: int = number(2048, 50, 20_000, help="Draws of the occupancy model's inputs")
