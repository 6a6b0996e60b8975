"""What a Bayesian analysis of the pool says, never without what it believed before and what other priors say.

The mean has a wide normal prior, the SD between trials (tau) a half-normal one; both are in the unit of the
estimate. The range that stands beside each probability is over every prior of tau that the page tries, from
trials that are nearly alike to trials that may differ by several points; what stood before the data is the
same for all of them. `published_prior` is not ours: it is what 6,492 meta-analyses of continuous outcomes
showed (Rhodes, Turner and Higgins 2015).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr

from ldn_analysis import models
from ldn_analysis.models import HalfCauchy, HalfNormal, LogStudent, Normal, Posterior, Uniform
from ldn_analysis.models.bayes import TauPrior

TAU_PRIOR = HalfNormal(0.5)
MEAN_PRIOR = Normal(0, 4)
PRIORS = f"Mean: {MEAN_PRIOR}; SD between trials: {TAU_PRIOR}"
TAU_PRIORS: dict[str, TauPrior] = {
    **{f"half-normal {scale:g}": HalfNormal(scale) for scale in (0.25, 0.5, 1.0, 2.0)},
    "half-Cauchy 0.5": HalfCauchy(0.5),
    "uniform 0 to 4": Uniform(4.0),
}
MEAN_PRIORS = {"flat": None, "normal(0, 1)": Normal(0, 1), "normal(0, 4)": MEAN_PRIOR}

PUBLISHED = "from published meta-analyses"
_LOCATION, _SCALE = -3.16, 2.50
"""Rhodes 2015 (10.1016/j.jclinepi.2014.08.012), Table 3: drug against placebo; general physical health,
adverse events, pain, quality of life. Read in the R package bayesmeta, which names that table."""


def published_prior(sd: float = 1.0) -> LogStudent:
    """The predictive distribution of Rhodes 2015 for such a comparison; `sd` is the points in one SD."""
    return LogStudent(_LOCATION, _SCALE, 5.0, sd)


def sd_of_units(points: pd.DataFrame, standardised: pd.DataFrame) -> float:
    """Points in one SD: the mean over trials of their difference in points over that in SDs.

    Both are contrast tables of the same trials, under MD and under SMD; NaN where no trial is in both by the
    same instruments (or every difference is zero). What the standardised one holds of a small-sample
    correction stays in it.
    """
    both = points[points["included"]].merge(
        standardised[standardised["included"]], on="study_id", suffixes=("", "_sd")
    )
    both = both[(both["yi_sd"] != 0) & (both["instrument"] == both["instrument_sd"])]
    return float((both["yi"] / both["yi_sd"]).mean()) if len(both) else math.nan


@dataclass(frozen=True, slots=True)
class Chance:
    """The `probability` of an `event` (in words) after the data, under `TAU_PRIOR` and `MEAN_PRIOR`.

    `before` is the same from the priors alone, `low` and `high` are the smallest and the largest over the
    priors of tau that are tried.
    """

    event: str
    probability: float
    before: float
    low: float
    high: float


def chances(
    yi: np.ndarray, vi: np.ndarray, mid: float | None, unit: str, others: Mapping[str, TauPrior]
) -> dict[str, Chance]:
    """Probabilities of the mean and of a new trial: ``relief beyond worse new``.

    Parameters
    ----------
    yi, vi
        Estimates and variances; below zero favours LDN.
    mid
        Difference that matters, above zero; None leaves out ``beyond`` and ``worse``.
    unit
        In words, with `mid`: "1 point".
    others
        Priors of tau that are tried besides `TAU_PRIORS`.
    """
    main = models.posterior(yi, vi, TAU_PRIOR, MEAN_PRIOR)
    fits = [models.posterior(yi, vi, prior, MEAN_PRIOR) for prior in (TAU_PRIORS | dict(others)).values()]

    def chance(event: str, at: float, before: float, new: bool = False) -> Chance:
        def below(fit: Posterior) -> float:
            part = fit.new_study if new else fit.mu
            return part.probability_below(at) if at <= 0 else part.probability_above(at)

        tried = [below(fit) for fit in fits]
        return Chance(event, below(main), before, min(tried), max(tried))

    by_event = {"relief": chance("less pain with LDN on average", 0.0, 0.5)}
    if mid:
        tail = float(ndtr((-mid - MEAN_PRIOR.mean) / MEAN_PRIOR.sd))
        by_event["beyond"] = chance(f"a mean relief of more than {unit}", -mid, tail)
        by_event["worse"] = chance(f"a mean worsening of more than {unit}", mid, tail)
    by_event["new"] = chance("less pain with LDN in a new trial", 0.0, 0.5, new=True)
    return by_event


def by_prior(yi: np.ndarray, vi: np.ndarray, level: float, others: Mapping[str, TauPrior]) -> pd.DataFrame:
    """The mean under every pair of priors, those of `others` included: ``tau_prior``, ``prior of the mean``,
    ``estimate`` (the median) ``lower upper probability_below`` (zero)."""
    rows = []
    for tau_name, tau_prior in (TAU_PRIORS | dict(others)).items():
        for mean_name, mean_prior in MEAN_PRIORS.items():
            mu = models.posterior(yi, vi, tau_prior, mean_prior).mu
            rows.append((tau_name, mean_name, mu.median, *mu.interval(level), mu.probability_below(0.0)))
    names = ["tau_prior", "prior of the mean", "estimate", "lower", "upper", "probability_below"]
    return pd.DataFrame(rows, columns=names)
