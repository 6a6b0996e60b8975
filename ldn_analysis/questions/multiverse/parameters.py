"""The parameters of this room's notebook."""

from __future__ import annotations

from dataclasses import dataclass

from ldn_analysis.questions.parameters import Reading, of_notebook
from ldn_analysis.questions.typed import flag, number, several


@of_notebook("07_multiverse", "the multiverse", readers="For those who weigh evidence")
@dataclass(frozen=True, slots=True)
class Multiverse(Reading):
    """``07_multiverse``."""

    kinds: tuple[str, ...] = several(
        "defensible", "debatable", "error", help="Kinds of options that take part; a first option always does"
    )
    leave_out: tuple[str, ...] = several(
        "measure",
        "time",
        "contrast",
        "crossover_r",
        "spread",
        "sign",
        "tau2_method",
        "inference",
        default=(),
        help="Choices that stay at their first option",
    )
    mid: float = number(1.0, 0.01, 5.0, help="Between-group difference that matters", unit="NRS points")
    smd_mid: float = number(0.5, 0.01, 3.0, help="Standardised difference that matters", unit="SD")
    assumed_baseline: float = number(
        50.8,
        1.0,
        100.0,
        help="Baseline pain where a trial reports percent reductions and no baseline could be read",
        unit="points of 100",
    )
    tolerance: float = number(
        0.02, 0.001, 1.0, help="Difference from a published estimate and its limits that counts as the same"
    )
    draws: int = number(1000, 100, 20000, help="Simulated sets of trials in the joint test")
    seed: int = number(2016, 0, 2**31 - 1, help="Seed of the simulation")
    save: bool = flag(False, help="Write every specification to build/multiverse.parquet")
