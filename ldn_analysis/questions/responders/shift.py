"""What a plain shift of the mean would give, and whether two kinds of patient could be told from one.

Change in pain is negative when pain falls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ldn_analysis import models
from ldn_analysis.questions.responders.arms import TrialArms


def shift_table(trials: Sequence[TrialArms], percents: Sequence[float] = (15.0, 30.0, 50.0)) -> pd.DataFrame:
    """`models.shift_rates` of each trial, one below the other, with ``label correlation inputs``."""
    parts = [
        models.shift_rates(t.treated, t.control, percents, correlation=t.correlation).assign(
            label=t.label,
            study_id=t.study_id,
            correlation=t.correlation,
            inputs=pd.Series([(*t.inputs, *t.counted)] * 3 * len(percents)),
        )
        for t in trials
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def shift_differences(table: pd.DataFrame, contrasts: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """The difference in responders that a plain shift predicts beside the one observed, as proportions.

    Parameters
    ----------
    table
        From `shift_table`: prediction is the placebo arm shifted minus the placebo arm's own prediction.
    contrasts
        From `responder_contrasts`, by intention to treat.

    Returns
    -------
    DataFrame
        ``percent study_id label predicted rd rd_lower rd_upper inside``; the interval of the difference
        observed is Newcombe's, at `level`.
    """
    names = ["percent", "study_id", "label", "predicted", "rd", "rd_lower", "rd_upper", "inside"]
    if not len(table):
        return pd.DataFrame(columns=names)
    wide = table.assign(which=table["arm"] + table["account"]).pivot_table(
        index=["percent", "study_id"], columns="which", values="predicted"
    )
    predicted = (wide["treatedcontrol shifted"] - wide["controlown mean and SD"]).rename("predicted")
    observed = contrasts[~contrasts["pooled"]].merge(predicted.reset_index(), on=["percent", "study_id"])
    intervals = [
        models.risk_difference_interval(r["a"], r["n1"], r["c"], r["n2"], level=level)
        for r in observed.to_dict("records")
    ]
    observed[["rd", "rd_lower", "rd_upper"]] = np.array(intervals, dtype=float).reshape(-1, 3)
    inside = (observed["rd_lower"] <= observed["predicted"]) & (observed["predicted"] <= observed["rd_upper"])
    return observed.assign(inside=inside)[names]


def shift_sweep(
    trial: TrialArms, percent: float, correlations: Sequence[float] = tuple(np.linspace(-0.8, 0.2, 41))
) -> pd.DataFrame:
    """Responders that each account predicts over the assumed correlation of baseline with change:
    ``correlation placebo shifted ldn`` (shares of each arm)."""
    rows = []
    for r in correlations:
        table = models.shift_rates(trial.treated, trial.control, [percent], correlation=float(r))
        rows.append((float(r), *table["predicted"].to_numpy()[[0, 2, 1]]))
    return pd.DataFrame(rows, columns=["correlation", "placebo", "shifted", "ldn"])


@dataclass(frozen=True, slots=True, eq=False)
class MixturePlan:
    """A mixture that would give a trial's mean with LDN, and how it fits what the trial reports.

    `implied_sd` is the SD of change that the LDN arm would have, `observed_sd` and its interval what it has;
    `fits` whether the interval holds it. `largest_fall` is the change of those who start at the arm's mean
    and end without pain (NaN where the scale is not known). `power` is the chance of telling the mixture from
    one normal; None for a mixture that is not `possible`.
    """

    mixture: models.ResponderMixture
    implied_sd: float
    observed_sd: float
    observed_ci: tuple[float, float]
    largest_fall: float
    power: models.MixturePower | None

    @property
    def possible(self) -> bool:
        """Whether responders could change by as much, if they start where the others do on average."""
        return not self.mixture.responder_mean < self.largest_fall

    @property
    def fits(self) -> bool:
        return self.observed_ci[0] <= self.implied_sd <= self.observed_ci[1]


def mixture_trial(trials: Sequence[TrialArms]) -> TrialArms | None:
    """The first trial in which pain fell more with LDN: only there could a few responders make the
    difference."""
    return next((t for t in trials if t.treated.change_mean < t.control.change_mean), None)


def mixture_plans(
    trial: TrialArms,
    shares: Sequence[float],
    *,
    n: Sequence[int] = (25, 50, 100, 200, 400, 800, 1600, 3200),
    alpha: float = 0.05,
    target: float = 0.8,
    level: float = 0.95,
    draws: int = 200,
    seed: int = 20260105,
) -> list[MixturePlan]:
    """For each share of responders: the mixture that gives the LDN arm's mean, its SD, and its power.

    Those who do not respond change as the placebo arm did, in mean and SD; responders lie so far off that
    they make up the whole difference of the means. The arm's own n joins the grid of sizes. A mixture whose
    responders would have to fall below the end of the scale is not simulated.
    """
    people = trial.treated.n
    grid = sorted({max(people, 5), *(size for size in n if abs(np.log(size / people)) > 0.2)})
    observed = models.sd_interval(trial.treated.change_sd, people, level)
    fall = trial.lowest - trial.treated.baseline_mean
    plans = []
    for share in sorted(set(shares)):
        mixture = models.matched_mixture(
            trial.treated.change_mean, share, trial.control.change_mean, trial.control.change_sd
        )
        plan = MixturePlan(mixture, mixture.sd, trial.treated.change_sd, observed, fall, None)
        if plan.possible:
            power = models.mixture_power(mixture, grid, alpha=alpha, target=target, draws=draws, seed=seed)
            plan = replace(plan, power=power)
        plans.append(plan)
    return plans
