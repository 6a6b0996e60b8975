"""The parameters of this room's notebook."""

from __future__ import annotations

from dataclasses import dataclass, fields

from ldn_analysis.questions.parameters import Analysis, DoseResponse, of_notebook, points
from ldn_analysis.questions.typed import number


@of_notebook("09_next_trial", "the next trial", readers="For those who plan a trial")
@dataclass(frozen=True, slots=True)
class NextTrial(DoseResponse):
    """``09_next_trial``."""

    then: int = number(
        2016, 1990, 2100, help="The year from which later trials are looked at, in the check by history"
    )
    sd: float | None = points(
        None, 0.2, 6.0, help="SD of pain in a new trial; none: of the parallel trials in the data"
    )
    correlation: float | None = number(
        None, -0.9, 0.99, help="Correlation of two periods of a person; none: of the crossovers in the data"
    )
    dropout: float = number(0.1, 0.0, 0.9, help="Assumed share of participants without an outcome")
    true_tau: float | None = points(
        None, 0.0, 5.0, help="SD between trials in simulated reviews; none: as estimated today"
    )
    burden: float = points(
        0.2, 0.0, 3.0, help="Assumed burden of being treated at all: relief that it must outweigh"
    )
    burden_per_mg: float = points(0.05, 0.0, 0.5, help="Assumed further burden of each mg a day")
    cost_trial: float = number(0.0, 0.0, 1e6, help="Cost of setting up a trial, in the reader's unit")
    cost_person: float = number(1.0, 0.01, 1e6, help="Cost of a participant, in the same unit")
    greatest: float = points(
        1.0, 0.1, 5.0, help="Supposed greatest relief, where a true dose-response is supposed"
    )
    near_mg: float = number(
        0.75, 0.1, 3.0, help="Distance from the right dose that counts as right", unit="mg"
    )
    alpha: float = number(0.025, 0.001, 0.2, help="One-sided level of a trial's test")
    power: float = number(0.8, 0.5, 0.99, help="Power that a trial should have")
    between_doses: float = points(0.5, 0.05, 5.0, help="Difference between two doses that should be found")
    reviews: int = number(1000, 100, 100_000, help="Simulated updates of the review for each cell")
    draws: int = number(512, 128, 65_536, help="Simulated results of each trial with several doses")
    trials: int = number(1000, 100, 1_000_000, help="Simulated courses of each adaptive trial")

    @classmethod
    def of(cls, choices: Analysis) -> NextTrial:
        """These choices of an analysis, with this notebook's defaults for everything else.

        Always in points: costs, burdens and differences between doses have no meaning in standard deviations.
        """
        shared = choices.pick(*(field.name for field in fields(Analysis)))
        return cls(**shared | {"measure": "MD"})
