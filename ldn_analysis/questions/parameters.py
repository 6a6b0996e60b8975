"""An analyst's choices, declared once, and the registry of every notebook's parameters.

A new notebook takes a small class in ``questions/<room>/parameters.py``: a frozen dataclass from `Reading` or
`Analysis` (if it makes those choices) or `Parameters`, under `of_notebook`. The ``parameters`` cell of the
notebook holds the same names with the same defaults, as plain assignments; both are compared before it runs.
"""

from __future__ import annotations

import functools
import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from ldn_analysis.errors import ParameterError, one_of
from ldn_analysis.measures.compared import COMPARED
from ldn_analysis.models.pooling.columns import INFERENCES
from ldn_analysis.models.pooling.tau2 import TAU2_METHODS
from ldn_analysis.questions.typed import Parameters, choice, flag, number

points = functools.partial(number, unit="NRS points")
"""A field that holds a number of points of a scale from 0 to 10."""


@dataclass(frozen=True, slots=True)
class Reading(Parameters):
    """Which part of the evidence is looked at."""

    as_of: int | None = number(
        None,
        1990,
        2100,
        help="Only what was published by the end of this year; none: all",
        wording="Only what was published by the end of {value} counts",
    )
    reading: str = choice(
        "all",
        "transcribed",
        "read by us",
        "abstract",
        help="How values may have reached us: abstract only; also full texts that we read; also others' "
        "transcriptions of full texts; all",
        wording={
            "transcribed": "Values that only a news report or another review gives are left out",
            "read by us": "Only values that we read ourselves, in papers, abstracts and registries",
            "abstract": "Values that stand neither in an abstract nor in a registry are left out",
        },
    )


@dataclass(frozen=True, slots=True)
class Analysis(Reading):
    """The choices behind a pooled estimate: which contrasts, and how they are pooled."""

    study_set: str = choice(
        "primary",
        "with_pilot",
        "all_randomised",
        help="Randomised and double-blind; also the single-blind pilot; everything with random allocation",
        wording={
            "with_pilot": "The single-blind pilot counts beside the double-blind trials",
            "all_randomised": "Studies that allocated at random count even if they were not double-blind",
        },
    )
    time: str | int = choice(
        "primary",
        "6_months",
        "12_months",
        low=1,
        high=104,
        help="Each study's primary time point, its last up to a later one, or a week number",
        wording={
            "6_months": "Each trial's last result up to 6 months",
            "12_months": "Each trial's last result up to 12 months",
        },
    )
    measure: str = choice(
        *COMPARED,
        help="Mean difference in points of a 0-10 scale, or standardised",
        wording={"SMD": "Differences in standard deviations, not in points"},
    )
    adjusted: bool = flag(True, help="Prefer the baseline-adjusted contrast over raw change where both exist")
    crossover_r: float | None = number(
        None,
        -0.95,
        0.99,
        help="Correlation between the two periods of a crossover; none: implied by the paper",
    )
    instrument_r: float = number(
        1.0, 0.0, 1.0, help="Assumed correlation of a trial's pain scales, of which none is declared primary"
    )
    dose_r: float = number(
        0.5, 0.0, 1.0, help="Assumed correlation of two doses' effects in the same people, if none is known"
    )
    tau2_method: str = choice(*TAU2_METHODS, help="Estimator of the between-study variance")
    inference: str = choice(*INFERENCES, help="Interval of the mean: Hartung-Knapp, its modification, t or z")
    level: float = number(0.95, 0.5, 0.999, help="Confidence level of every interval")
    mid: float = points(1.0, 0.01, 5.0, help="Between-group difference that matters")

    def contrast(self) -> dict[str, Any]:
        """The choices of `contrasts.derive`, as keyword arguments."""
        correlations = ("crossover_r", "instrument_r", "dose_r")
        return self.pick("study_set", "time", "measure", "adjusted", *correlations, "reading")

    def pooling(self, k: int) -> dict[str, Any]:
        """The choices of `models.pool` for `k` trials; a single one keeps its own interval."""
        chosen = self.pick("tau2_method", "inference", "level")
        return chosen if k > 1 else {**chosen, "inference": "z"}


@dataclass(frozen=True, slots=True)
class DoseResponse(Analysis):
    """What is assumed of a dose-response, and of the patients who look for a dose of their own."""

    measure: str = choice("MD", help="Mean difference in points: the priors are in points")
    emax_sd: float = points(2.0, 0.1, 10.0, help="Prior SD of the largest effect")
    ed50_median: float = number(3.0, 0.1, 20.0, help="Prior median of the dose of half effect", unit="mg")
    ed50_log_sd: float = number(1.0, 0.1, 3.0, help="Prior SD of the log of that dose")
    tau_scale: float = points(0.5, 0.05, 5.0, help="Scale of the half-normal prior of tau")
    person_sd: float = number(
        10.0, 0.0, 50.0, help="Assumed SD between persons of the largest effect", unit="points of 100"
    )
    day_sd: float = number(15.0, 1.0, 50.0, help="Assumed SD of daily pain", unit="points of 100")
    placebo_relief_sd: float = number(
        15.0, 0.0, 50.0, help="Assumed SD between persons of placebo relief", unit="points of 100"
    )
    patients: int = number(20_000, 500, 200_000, help="Virtual patients")
    seed: int = number(1, 1, 2**31 - 1, help="Seed of all simulations")


def correlation_of_legs() -> Any:
    """A field: how much the two legs of a person say the same."""
    return number(0.5, -0.5, 0.99, help="Assumed correlation of the pressure tolerances of the two legs")


P = TypeVar("P", bound=type[Parameters])

_DECLARED: dict[str, type[Parameters]] = {}


class About(NamedTuple):
    """What a report is on, in the words of a sentence, and under which of `READERS` the index lists it."""

    subject: str
    readers: str


_ABOUT: dict[str, About] = {}

READERS = (
    "For patients and clinicians",
    "For those who weigh evidence",
    "The claims of 2016",
    "For those who plan a trial",
)
"""Whom a report is for, in the order of the index; a report for none of them is listed after them."""


def of_notebook(name: str, subject: str = "", readers: str = "") -> Callable[[P], P]:
    """Declare a dataclass as the parameters of a notebook (its file's name without ``.ipynb``).

    Parameters
    ----------
    name : of the notebook.
    subject : what its report is on, in the words of a sentence; by default the name without its number.
    readers : one of `READERS`, or nothing.
    """
    if readers:
        one_of("readers", readers, READERS)

    def declare(cls: P) -> P:
        _ABOUT[name] = About(subject or name.partition("_")[2].replace("_", " "), readers)
        known = _DECLARED.setdefault(name, cls)
        if (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise ParameterError(f"{name} is declared twice: in {known.__module__} and {cls.__module__}")
        return cls

    return declare


@functools.cache
def notebooks() -> dict[str, type[Parameters]]:
    """The dataclass of every notebook that has one, by the notebook's name.

    Each room of this folder may hold a file ``parameters.py``. It is read without the rest of its room, which
    would import what draws and computes.
    """
    for path in sorted(Path(__file__).parent.glob("*/parameters.py")):
        name = f"{__package__}.{path.parent.name}.parameters"
        if name not in sys.modules:
            spec = importlib.util.spec_from_file_location(name, path)
            assert spec is not None and spec.loader is not None
            # The room's own import finds it here later: there is one class, whoever came first.
            sys.modules[name] = module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
    return dict(sorted(_DECLARED.items()))


def about(notebook: str) -> About:
    """What a report is on, and for whom; its name alone where nothing is declared."""
    return _ABOUT[notebook] if notebook in notebooks() else About(notebook, "")


def parameters_class(notebook: str) -> type[Parameters]:
    """The dataclass of a notebook; `ParameterError` says where to declare it if there is none."""
    declared = notebooks()
    if notebook not in declared:
        raise ParameterError(
            f"{notebook[:60]}: its parameters are not declared (a class in parameters.py of its room in "
            f"ldn_analysis/questions/); declared are {', '.join(declared)}"
        )
    return declared[notebook]
