"""The parameters of every notebook: one frozen dataclass each, and the registry that names them.

A new notebook adds its dataclass here (from `Reading` or `Analysis` if it makes those choices) and a line
in `NOTEBOOKS`. Its ``parameters`` cell holds the same names with the same defaults, as plain assignments;
before anything runs the two are compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ldn_analysis.render.errors import ParameterError
from ldn_analysis.render.typed import Parameters, choice, flag, number, several

__all__ = [
    "NOTEBOOKS",
    "Analysis",
    "Claims",
    "Evidence",
    "Multiverse",
    "Pain",
    "Reading",
    "Responders",
    "Safety",
    "Summary",
    "Thresholds",
    "parameters",
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
        "read by us",
        "abstract",
        help="How values may have reached us: abstract only; also full texts that we read; also others' "
        "transcriptions of full texts; all",
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
        """The choices of `effects.estimates`, as keyword arguments."""
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


def parameters(notebook: str, namespace: Mapping[str, Any]) -> Any:
    """The notebook's parameters, checked, shown as a table, and returned as its frozen dataclass.

    Parameters
    ----------
    notebook
        Name of the notebook's file without ``.ipynb``, such as ``"02_pain"``.
    namespace
        ``globals()`` of the notebook, right after its ``parameters`` cell.

    Raises
    ------
    ParameterError
        If a parameter is missing, or has a type or value that is not allowed.
    """
    from ldn_analysis.render.record import show_parameters

    cls = parameters_class(notebook)
    missing = [name for name in cls.defaults() if name not in namespace]
    if missing:
        raise ParameterError(f"{notebook}: the parameters cell lacks {', '.join(missing)}")
    made = cls(**{name: namespace[name] for name in cls.defaults()})
    show_parameters(made)
    return made
