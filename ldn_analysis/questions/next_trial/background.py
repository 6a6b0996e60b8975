"""What the next trial is planned from: the review today, the spread of pain, each design's comparisons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ldn_analysis import models
from ldn_analysis.contrasts import Derived
from ldn_analysis.errors import FloatArray, InputError
from ldn_analysis.evidence import Evidence, participants
from ldn_analysis.models import trials
from ldn_analysis.questions.dosing import dosed, published_pain
from ldn_analysis.questions.next_trial.designs import Design
from ldn_analysis.questions.next_trial.parameters import NextTrial
from ldn_analysis.questions.pain.analysis import pool_table

DOSES = (0.0, 1.5, 3.0, 4.5, 6.0)
"""Doses (mg a day) among which a treatment is chosen; 0 is none."""

_FALLBACK_SD = 2.0
_FALLBACK_R = 0.5
_HALF_NORMAL_MEDIAN = 0.674489750196082
_Spread = tuple[str, float, str, tuple[Any, ...]]
"""A row of `Background.spreads`."""


def _pooled(derived: Derived | None) -> pd.DataFrame:
    """Estimates of pain that can be pooled, one a trial; ``dose_mg`` is missing where it has several."""
    if derived is None:
        return pd.DataFrame(columns=["study_id", "label", "year", "dose_mg", "yi", "vi"])
    table = derived.table
    return table[table["included"].astype(bool)].reset_index(drop=True)


def by_dose(derived: Derived | None) -> tuple[pd.DataFrame, FloatArray]:
    """Estimates of fixed doses that can be pooled, a row a dose of a trial, and their covariance."""
    if derived is None:
        return pd.DataFrame(columns=["study_id", "year", "dose_mg", "yi", "vi"]), np.zeros((0, 0))
    rows, covariance = dosed(derived)
    return rows, np.diag(rows["vi"].to_numpy(float)) if covariance is None else covariance


def largest_group(derived: Derived | None) -> float:
    """People in the largest group of the trials that are pooled, each dose a group; 0 without any."""
    if derived is None:
        return 0.0
    rows = derived.by_dose[derived.by_dose["included"].astype(bool)]
    return float(rows[["n_ldn", "n_control"]].max().max()) if len(rows) else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """The review, and the numbers that a trial is planned with.

    Attributes
    ----------
    used : DataFrame
        The pooled estimates.
    fit : Pooled or None
        None without any trial; with one trial its own normal interval.
    n : int
        Participants behind the review.
    sd, correlation : float
        SD of pain in a new trial (points of 0 to 10), correlation of two periods of a person.
    tau : float
        SD between trials of simulated reviews.
    spreads : DataFrame
        Where `sd`, `correlation` and `tau` come from: ``quantity value basis inputs``.
    derived : Derived or None
        The contrasts of pain behind it; None where nothing had been published.
    """

    used: pd.DataFrame
    fit: models.Pooled | None
    n: int
    sd: float
    correlation: float
    tau: float
    spreads: pd.DataFrame
    derived: Derived | None

    @property
    def width(self) -> float:
        """Width of the interval of the mean today; not-a-number without any trial, and of two, which are not
        averaged."""
        return float(self.fit.ci[1] - self.fit.ci[0]) if self.fit and self.fit.k != 2 else float("nan")


def background(ev: Evidence, params: NextTrial) -> Background:
    """The review under `params` and the spreads that its trials show."""
    derived = published_pain(ev, params.contrast())
    used = _pooled(derived)
    fit, n = (pool_table(used, params), participants(used)) if len(used) else (None, 0)
    rows = [_sd(used, params), _correlation(used, params), _tau(fit, params)]
    spreads = pd.DataFrame(rows, columns=["quantity", "value", "basis", "inputs"])
    sd, correlation, tau = (float(v) for v in spreads["value"])
    return Background(used, fit, n, sd, correlation, tau, spreads, derived)


def _sd(used: pd.DataFrame, params: NextTrial) -> _Spread:
    """SD within arms that the parallel trials' standard errors imply, averaged over participants."""
    name = "SD of pain, points"
    if params.sd is not None:
        return name, params.sd, "set by the reader", ()
    sized = used.dropna(subset=["n_ldn", "n_control"]) if len(used) else used
    parallel = sized[sized["design_type"] == "parallel"] if len(sized) else sized
    if not len(parallel):
        return name, _FALLBACK_SD, "assumed: no parallel trial gives it under these choices", ()
    n1, n2 = parallel["n_ldn"].to_numpy(float), parallel["n_control"].to_numpy(float)
    variances = parallel["vi"].to_numpy(float) / (1 / n1 + 1 / n2)
    value = float(np.sqrt(np.average(variances, weights=n1 + n2 - 2)))
    each = [f"{r} {v**0.5:.2f}" for r, v in zip(parallel["label"], variances, strict=True)]
    whose = f"of: {', '.join(each)}"
    if len(each) > 3:
        whose = f"of {len(each)} trials ({variances.min() ** 0.5:.2f} to {variances.max() ** 0.5:.2f})"
    return name, value, f"implied by the standard errors {whose}", tuple(parallel["study_id"])


def _correlation(used: pd.DataFrame, params: NextTrial) -> _Spread:
    name = "correlation of two periods"
    if params.correlation is not None:
        return name, params.correlation, "set by the reader", ()
    crossovers = used[used["crossover_r"].notna()] if "crossover_r" in used else used.iloc[:0]
    if not len(crossovers):
        return name, _FALLBACK_R, "assumed: no crossover gives it under these choices", ()
    value = float(crossovers["crossover_r"].astype(float).mean())
    return name, value, f"implied by {', '.join(crossovers['label'])}", tuple(crossovers["study_id"])


def _tau(fit: models.Pooled | None, params: NextTrial) -> _Spread:
    name = "SD between trials, points"
    if params.true_tau is not None:
        return name, params.true_tau, "set by the reader", ()
    if fit is None or fit.k < 2:
        value = params.tau_scale * _HALF_NORMAL_MEDIAN
        return name, value, "median of the prior: fewer than two trials show it", ()
    return name, float(fit.tau2) ** 0.5, f"estimated from {fit.k} trials", ()


def comparisons(design: Design, known: Background, params: NextTrial) -> trials.Comparisons:
    """The differences from the first arm that a design without adaptation would give.

    Parallel arms: independent people. Crossover: every person has every condition, in balanced order; the
    variance of a difference is ``2 sd**2 (1 - r) / people``. N-of-1 trials: people differ in the effect, and
    the mean of a period's last days varies. In both, carry-over takes a d-th of its share from every effect,
    with d conditions: each follows each of the others equally often. In a fixed order the difference holds
    what time does as well, of which nothing is known here.

    Raises
    ------
    InputError
        For an adaptive design, whose sizes depend on its results.
    """
    if design.adaptive:
        raise InputError(f"{design.name} is adaptive: it has to be simulated")
    dropout = params.dropout if design.dropout is None else design.dropout
    sd = design.sd or known.sd
    doses, kept = np.array(design.doses[1:]), 1.0
    p = doses.size
    if design.kind == "parallel":
        n = np.array([arm.people for arm in design.arms]) * (1 - dropout)
        covariance = sd**2 * (1 / n[0] + np.diag(1 / n[1:]))
    else:
        people = design.people * (1 - dropout)
        pairs = np.eye(p) + np.ones((p, p))
        if design.kind == "crossover":
            r = known.correlation if design.correlation is None else design.correlation
            covariance = sd**2 * (1 - r) * pairs / people
        else:
            daily = models.DailyPain(day_sd=params.day_sd / 10)
            noise = daily.mean_sd(min(daily.measured_days, design.days or 1)) ** 2
            between = (params.person_sd / 10) ** 2 * np.ones((p, p))
            covariance = (between + noise * pairs / (design.blocks or 1)) / people
        kept = 1 - design.carryover / (p + 1)
    return trials.Comparisons(doses, design.arms[0].dose, covariance, kept)


def _arms(design: Design) -> str:
    """Such as ``placebo, 3, 4.5 mg``."""
    labels = [arm.label for arm in design.arms]
    return ", ".join(labels) if "parts" in labels[-1] else ", ".join(labels).replace(" mg,", ",")


def design_table(designs: dict[str, Design], known: Background, params: NextTrial) -> pd.DataFrame:
    """Every candidate: ``name title kind people doses se kept source new``; `se` is the first difference's,
    `new` tells trials that nobody has done or registered."""
    rows = []
    for design in designs.values():
        trial = None if design.adaptive else comparisons(design, known, params)
        rows.append(
            {name: getattr(design, name) for name in ("name", "title", "kind", "people", "months", "source")}
            | {"doses": _arms(design), "new": not design.repeats and not design.registered}
            | {"se": np.nan if trial is None else float(trial.covariance[0, 0]) ** 0.5}
            | {"kept": np.nan if trial is None or design.fixed else trial.kept}
        )
    return pd.DataFrame(rows)
