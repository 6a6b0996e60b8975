"""The parameters of this room's notebook."""

from __future__ import annotations

from dataclasses import dataclass

from ldn_analysis.questions.parameters import Analysis, of_notebook
from ldn_analysis.questions.typed import choice, number


@of_notebook("05_dosing")
@dataclass(frozen=True, slots=True)
class Dosing(Analysis):
    """``05_dosing``."""

    measure: str = choice("MD", help="Mean difference in points: the model's priors are in points")
    draws: int = number(32_768, 8_192, 1_048_576, help="Response curves drawn from the prior")
    tolerance_ed50: float = number(
        0.2, 0.05, 1.0, help="How near a sequence's ED50 must be to the published one", unit="mg"
    )
    tolerance_ed95: float = number(
        0.4, 0.05, 2.0, help="How near a sequence's ED95 must be to the published one", unit="mg"
    )
    emax_sd: float = number(2.0, 0.1, 10.0, help="Prior SD of the largest effect", unit="NRS points")
    ed50_median: float = number(3.0, 0.1, 20.0, help="Prior median of the dose of half effect", unit="mg")
    ed50_log_sd: float = number(1.0, 0.1, 3.0, help="Prior SD of the log of that dose")
    tau_scale: float = number(0.5, 0.05, 5.0, help="Scale of the half-normal prior of tau", unit="NRS points")
    cv: float = number(
        0.2, 0.0, 1.0, help="Assumed spread of half-lives and peak times without a published one"
    )
    occupancy_draws: int = number(1000, 50, 20_000, help="Draws of the occupancy model's inputs")
    patients: int = number(20_000, 500, 200_000, help="Virtual patients")
    person_sd: float = number(
        10.0, 0.0, 50.0, help="Assumed SD between persons of the largest effect", unit="points of 100"
    )
    day_sd: float = number(15.0, 1.0, 50.0, help="Assumed SD of daily pain", unit="points of 100")
    placebo_relief_sd: float = number(
        15.0, 0.0, 50.0, help="Assumed SD between persons of placebo relief", unit="points of 100"
    )
    seed: int = number(1, 1, 2**31 - 1, help="Seed of all simulations")
