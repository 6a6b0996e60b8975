"""The parameters of every notebook: one frozen dataclass each, and the registry that names them.

A new notebook adds its dataclass here (from `Reading` or `Analysis` if it makes those choices) and a line
in `NOTEBOOKS`. Its ``parameters`` cell holds the same names with the same defaults, as plain assignments;
before anything runs the two are compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ldn_analysis.errors import ParameterError
from ldn_analysis.questions.typed import Parameters, choice, flag, number, several

__all__ = [
    "NOTEBOOKS",
    "Analysis",
    "Claims",
    "Evidence",
    "Multiverse",
    "NextTrial",
    "Pain",
    "Reading",
    "Responders",
    "Safety",
    "Summary",
    "Thresholds",
    "parameters_class",
]


@dataclass(frozen=True, slots=True)
class Reading(Parameters):
    """Which part of the evidence is looked at."""

    as_of: int | None = number(
        None, 1990, 2100, help="Only what was published by the end of this year; none: all"
    )
    reading: str = choice(
        "all",
        "transcribed",
        "abstract",
        help="How values may have reached us: abstract only; also others' transcriptions of full texts; all",
    )


@dataclass(frozen=True, slots=True)
class Analysis(Reading):
    """The choices behind a pooled estimate: which contrasts, and how they are pooled."""

    study_set: str = choice(
        "primary",
        "with_pilot",
        "all_randomised",
        help="Randomised and double-blind; also the single-blind pilot; everything with random allocation",
    )
    time: str | int = choice(
        "primary",
        "6_months",
        "12_months",
        low=1,
        high=104,
        help="Each study's primary time point, a named later one, or a week number",
    )
    measure: str = choice("MD", "SMD", help="Mean difference in points of a 0-10 scale, or standardised")
    adjusted: bool = flag(True, help="Prefer the baseline-adjusted contrast over raw change where both exist")
    crossover_r: float | None = number(
        None,
        -0.95,
        0.99,
        help="Correlation between the two periods of a crossover; none: implied by the paper",
    )
    tau2_method: str = choice(
        "REML", "CE", "DL", "HE", "HS", "SJ", "PM", "ML", "EB", help="Estimator of the between-study variance"
    )
    inference: str = choice(
        "hksj",
        "hksj_modified",
        "t",
        "z",
        help="Interval of the mean: Hartung-Knapp, its modification, t or z",
    )
    level: float = number(0.95, 0.5, 0.999, help="Confidence level of every interval")
    mid: float = number(1.0, 0.0, 5.0, help="Between-group difference that matters", unit="NRS points")

    def contrast(self) -> dict[str, Any]:
        """The choices of `contrasts.estimates`, as keyword arguments."""
        return self.pick("study_set", "time", "measure", "adjusted", "crossover_r", "reading")

    def pooling(self) -> dict[str, Any]:
        """The choices of `models.pool`, as keyword arguments."""
        return self.pick("tau2_method", "inference", "level")


@dataclass(frozen=True, slots=True)
class Summary(Analysis):
    """``00_dosing_question``."""


@dataclass(frozen=True, slots=True)
class Evidence(Reading):
    """``01_evidence``."""


@dataclass(frozen=True, slots=True)
class Pain(Analysis):
    """``02_pain``."""


@dataclass(frozen=True, slots=True)
class Thresholds(Reading):
    """``03_thresholds``."""

    legs_correlation: float = number(
        0.5, -0.5, 0.99, help="Assumed correlation of the pressure tolerances of the two legs"
    )
    family: str = choice(
        "thresholds",
        "all_exploratory",
        help="What counts as tested together: pain thresholds; also function, published with them",
    )
    test_correlation: float = number(
        0.0, 0.0, 0.95, help="Assumed correlation of the test statistics, for the chance of any p below alpha"
    )
    votes: str = choice(
        "controlled",
        "all",
        help="Studies that count in the sign test: with a placebo condition; or also uncontrolled ones",
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
        0.05, 0.001, 1.0, help="Difference from a published estimate and its limits that counts as the same"
    )
    draws: int = number(1000, 100, 20000, help="Simulated sets of trials in the joint test")
    seed: int = number(2016, 0, 2**31 - 1, help="Seed of the simulation")
    save: bool = flag(False, help="Write every specification to build/multiverse.parquet")


@dataclass(frozen=True, slots=True)
class Safety(Reading):
    """``06_safety``."""

    level: float = number(0.95, 0.5, 0.999, help="Confidence level of every interval")
    asked: float = number(
        1.0, 0.001, 50.0, help="Frequency of a serious event that one would like to exclude", unit="in 100"
    )


@dataclass(frozen=True, slots=True)
class Responders(Reading):
    """``04_responders``."""

    analysis: str = choice(
        "intention to treat", "complete cases", help="Which counts of responders, where a trial reports both"
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
    share: float = number(0.2, 0.02, 0.9, help="Share of responders in the mixture that is looked at closely")
    alpha: float = number(0.05, 0.001, 0.2, help="Level of a test")
    power: float = number(0.8, 0.5, 0.99, help="Chance of success that a new study should have")
    true_r: float = number(
        0.3, 0.0, 0.9, help="True correlation of sedimentation rate with response, supposed"
    )
    predictors_tried: int = number(20, 1, 500, help="Measures tried as predictors, supposed: not reported")
    draws: int = number(200, 50, 5000, help="Simulated samples of each mixture at each size")
    r_draws: int = number(20000, 1000, 500000, help="Simulated samples for the correlation")
    seed: int = number(20260105, 0, 2**31 - 1, help="Seed of the simulations")
    level: float = number(0.95, 0.5, 0.999, help="Confidence level of every interval")


@dataclass(frozen=True, slots=True)
class Claims(Analysis):
    """``08_claims``."""

    measure: str = choice("MD", help="Mean difference in points: what the claims are about")
    then: int = number(2016, 1990, 2100, help="The year whose evidence is set beside today's")
    legs_correlation: float = number(
        0.5, -0.5, 0.99, help="Assumed correlation of the pressure tolerances of the two legs"
    )
    power: float = number(0.9, 0.5, 0.99, help="Power of a trial that would tell two doses apart")
    draws: int = number(200, 50, 5000, help="Draws of the occupancy model")
    seed: int = number(20260101, 1, 2**31 - 1, help="Seed of the draws")


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


@dataclass(frozen=True, slots=True)
class NextTrial(Analysis):
    """``09_next_trial``."""

    measure: str = choice("MD", help="Mean difference in points: costs and burdens are in points")
    then: int = number(
        2016, 1990, 2100, help="The year from which later trials are looked at, in the check by history"
    )
    sd: float | None = number(
        None,
        0.2,
        6.0,
        help="SD of pain in a new trial; none: of the parallel trials in the data",
        unit="NRS points",
    )
    correlation: float | None = number(
        None, -0.9, 0.99, help="Correlation of two periods of a person; none: of the crossovers in the data"
    )
    dropout: float = number(0.1, 0.0, 0.9, help="Assumed share of participants without an outcome")
    true_tau: float | None = number(
        None,
        0.0,
        5.0,
        help="SD between trials in simulated reviews; none: as estimated today",
        unit="NRS points",
    )
    emax_sd: float = number(2.0, 0.1, 10.0, help="Prior SD of the largest effect", unit="NRS points")
    ed50_median: float = number(3.0, 0.1, 20.0, help="Prior median of the dose of half effect", unit="mg")
    ed50_log_sd: float = number(1.0, 0.1, 3.0, help="Prior SD of the log of that dose")
    tau_scale: float = number(0.5, 0.05, 5.0, help="Scale of the half-normal prior of tau", unit="NRS points")
    burden: float = number(
        0.2,
        0.0,
        3.0,
        help="Assumed burden of being treated at all: relief that it must outweigh",
        unit="NRS points",
    )
    burden_per_mg: float = number(
        0.05, 0.0, 0.5, help="Assumed further burden of each mg a day", unit="NRS points"
    )
    cost_trial: float = number(0.0, 0.0, 1e6, help="Cost of setting up a trial, in the reader's unit")
    cost_person: float = number(1.0, 0.01, 1e6, help="Cost of a participant, in the same unit")
    greatest: float = number(
        1.0,
        0.1,
        5.0,
        help="Supposed greatest relief, where a true dose-response is supposed",
        unit="NRS points",
    )
    near_mg: float = number(
        0.75, 0.1, 3.0, help="Distance from the right dose that counts as right", unit="mg"
    )
    alpha: float = number(0.025, 0.001, 0.2, help="One-sided level of a trial's test")
    power: float = number(0.8, 0.5, 0.99, help="Power that a trial should have")
    person_sd: float = number(
        10.0, 0.0, 50.0, help="Assumed SD between persons of the largest effect", unit="points of 100"
    )
    day_sd: float = number(15.0, 1.0, 50.0, help="Assumed SD of daily pain", unit="points of 100")
    placebo_relief_sd: float = number(
        15.0, 0.0, 50.0, help="Assumed SD between persons of placebo relief", unit="points of 100"
    )
    patients: int = number(20_000, 500, 200_000, help="Virtual patients")
    reviews: int = number(1000, 100, 100_000, help="Simulated updates of the review for each cell")
    draws: int = number(512, 128, 65_536, help="Simulated results of each trial with several doses")
    trials: int = number(1000, 100, 1_000_000, help="Simulated courses of each adaptive trial")
    seed: int = number(1, 1, 2**31 - 1, help="Seed of all simulations")


NOTEBOOKS: dict[str, type[Parameters]] = {
    "00_dosing_question": Summary,
    "01_evidence": Evidence,
    "02_pain": Pain,
    "03_thresholds": Thresholds,
    "04_responders": Responders,
    "05_dosing": Dosing,
    "07_multiverse": Multiverse,
    "06_safety": Safety,
    "08_claims": Claims,
    "09_next_trial": NextTrial,
}
"""Which dataclass belongs to which notebook (the file's name without ``.ipynb``)."""


def parameters_class(notebook: str) -> type[Parameters]:
    """The dataclass of a notebook; `ParameterError` names the nearest notebook if there is none."""
    try:
        return NOTEBOOKS[notebook]
    except KeyError:
        raise ParameterError(
            f"{notebook!r} is not declared in render/parameters.py: {', '.join(NOTEBOOKS)}"
        ) from None


@dataclass(frozen=True, slots=True)
class ClaimChoices:
    """The choices that the tests of the claims make. Those of `contrasts.estimates` and `models.pool`, and
    `legs_correlation` (assumed, between the two legs' pressure tolerances), `draws` and `seed` of the
    occupancy model, `power` of a trial that would settle the dose."""

    study_set: str = "primary"
    time: str | int = "primary"
    adjusted: bool = True
    crossover_r: float | None = None
    reading: str = "all"
    tau2_method: str = "REML"
    inference: str = "hksj"
    level: float = 0.95
    mid: float = 1.0
    legs_correlation: float = 0.5
    power: float = 0.9
    draws: int = 200
    seed: int = 20260101

    def contrast(self) -> dict[str, Any]:
        """Keyword arguments of `contrasts.estimates`."""
        names = ("study_set", "time", "adjusted", "crossover_r", "reading")
        return {name: getattr(self, name) for name in names}

    def pooling(self, k: int) -> dict[str, Any]:
        """Keyword arguments of `models.pool` for `k` studies; a single one keeps its own interval."""
        inference = self.inference if k > 1 else "z"
        return {"tau2_method": self.tau2_method, "inference": inference, "level": self.level}
