"""The parameters of this room's notebook."""

from __future__ import annotations

from dataclasses import dataclass

from ldn_analysis.questions.parameters import Reading, correlation_of_legs, of_notebook
from ldn_analysis.questions.typed import choice, number


@of_notebook("03_thresholds", "pain thresholds", readers="The claims of 2016")
@dataclass(frozen=True, slots=True)
class Thresholds(Reading):
    """``03_thresholds``."""

    legs_correlation: float = correlation_of_legs()
    family: str = choice(
        "thresholds",
        "all_exploratory",
        help="What counts as tested together: pain thresholds; also function, published with them",
    )
    test_correlation: float = number(
        0.0, 0.0, 0.95, help="Assumed correlation of the test statistics, for the chance of any p below alpha"
    )
    alpha: float = number(0.05, 0.001, 0.2, help="Level of a test")
    level: float = number(0.95, 0.5, 0.999, help="Confidence level of every interval")
    mid_sd: float = number(
        0.5,
        0.1,
        2.0,
        help="Between-group difference that matters: a convention, no threshold is known",
        unit="SD",
    )
