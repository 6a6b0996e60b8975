"""The parameters of this room's notebook."""

from __future__ import annotations

from dataclasses import dataclass

from ldn_analysis.questions.parameters import Reading, of_notebook
from ldn_analysis.questions.typed import choice, number


@of_notebook("04_responders", readers="For those who weigh evidence")
@dataclass(frozen=True, slots=True)
class Responders(Reading):
    """``04_responders``."""

    analysis: str = choice(
        "intention to treat", "complete cases", help="Which counts of responders, where a trial reports both"
    )
    tau_scale: float = number(
        0.5,
        0.05,
        2.0,
        help="Scale of the half-normal prior of how much the trials' log ratios differ (Röver 2021)",
    )
    baseline_change_r: float = number(
        -0.4,
        -0.9,
        0.9,
        help="Assumed correlation of baseline pain with its change, where none can be derived",
    )
    pre_post_r: float = number(
        0.5, -0.5, 0.95, help="Assumed correlation of baseline and final pain, where only their SDs are known"
    )
    spread_asked: float = number(
        1.2, 1.01, 3.0, help="Ratio of SDs of change that strong relief in some would reach (judgements)"
    )
    share: float = number(0.2, 0.02, 0.9, help="Share of responders in the mixture that is looked at closely")
    alpha: float = number(0.05, 0.001, 0.2, help="Level of a test")
    power: float = number(0.8, 0.5, 0.99, help="Chance of success that a new study should have")
    true_r: float = number(
        0.3, 0.0, 0.9, help="True correlation of sedimentation rate with response, supposed"
    )
    predictors_tried: int = number(3, 1, 500, help="Measures tried as predictors: the pilot reports three")
    draws: int = number(200, 50, 5000, help="Simulated samples of each mixture at each size")
    r_draws: int = number(20000, 1000, 500000, help="Simulated samples for the correlation")
    seed: int = number(20260105, 0, 2**31 - 1, help="Seed of the simulations")
    level: float = number(0.95, 0.5, 0.999, help="Confidence level of every interval")
