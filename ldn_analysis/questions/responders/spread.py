"""How alike changes spread under LDN and placebo: dramatic results in some, nothing in others, would spread
them more with LDN.

The ratio of the SDs is pooled over every trial that gives both, people counted once; how far the verdict
depends on the kind of interval stands beside it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ldn_analysis import measures, models
from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.trials import behind
from ldn_analysis.evidence.vocabulary import readable
from ldn_analysis.questions import second_hand
from ldn_analysis.questions.columns import with_limits
from ldn_analysis.questions.published import published_pain
from ldn_analysis.questions.responders.arms import CHANGES, TrialArms, arm_moments, trial_arms
from ldn_analysis.questions.responders.arms import INTERVALS as LIMITS

INTERVALS: dict[str, str] = {
    "hksj": "Hartung-Knapp",
    "hksj_modified": "Hartung-Knapp, not narrower than Wald",
    "z": "Wald",
}
"""Kinds of interval of the pooled ratio."""


@dataclass(frozen=True, slots=True, eq=False)
class SpreadRatio:
    """The ratio of the SDs of change, LDN over placebo, over all trials that give both.

    Attributes
    ----------
    table : DataFrame
        One row a trial: ``study_id label sd_ldn n_ldn sd_placebo n_placebo people correlation basis ln_vr se
        ratio lower upper how_read inputs``. SDs in the trial's own unit; `correlation` is that of a
        crossover's two conditions (NaN for two groups).
    intervals : DataFrame
        One row a kind of interval: ``method ratio lower upper verdict``. One trial has its own interval.
    leads
        The `method` that leads, as in the report on pain: Hartung-Knapp's, or the wider of the two where that
        is narrower than the trials allow (`models.wider_companion`).
    at
        The ratio that dramatic results in some would reach.
    k, n, level
        Trials, people (of a crossover once), level of the intervals.
    read
        How the numbers reached us, by weight (`second_hand.basis`); empty without a trial.
    """

    table: pd.DataFrame
    intervals: pd.DataFrame
    leads: str
    at: float
    k: int
    n: int
    level: float
    read: str

    @property
    def lead(self) -> pd.Series:
        """The row of `intervals` that leads; there must be a trial."""
        return self.intervals[self.intervals["method"] == self.leads].iloc[0]

    @property
    def some_wider(self) -> bool:
        """Whether all of some kind of interval lies above 1."""
        return "wider" in set(self.intervals["verdict"])

    @property
    def shared(self) -> str:
        """The verdict that all kinds of interval share, else "depends on the interval"; "no estimate"
        without a trial."""
        verdicts = self.intervals["verdict"].unique()
        if len(verdicts) != 1:
            return "depends on the interval" if len(verdicts) else "no estimate"
        return str(verdicts[0])

    @property
    def verdict(self) -> str:
        """`shared`; that of one trial ends in "in one trial": it settles nothing."""
        return f"{self.shared} in one trial" if self.alone else self.shared

    @property
    def alone(self) -> bool:
        """Whether the verdict is that of one trial's own interval."""
        return self.k == 1 and len(set(self.intervals["verdict"])) == 1


def _verdict(lower: float, upper: float, at: float) -> str:
    """What an interval of the ratio says: wider (all of it above 1), excluded (all below `at`), open."""
    return "wider" if lower > 1 else "excluded" if upper < at else "open"


def spread_ratio(
    ev: Evidence,
    *,
    reading: str = "all",
    pre_post_r: float = 0.5,
    at: float = 1.2,
    level: float = 0.95,
) -> SpreadRatio:
    """Pool the ratio of the SDs of change over every trial of the primary pool that gives both.

    Parameters
    ----------
    ev
        `evidence.Evidence` or its `as_of` view.
    reading
        Which readings of values count.
    pre_post_r
        Assumed correlation of baseline and end where only their SDs are known.
    at
        The ratio that dramatic results in a few would reach: what an interval is compared with.
    level
        Of every interval.

    Notes
    -----
    Log variability ratio (Nakagawa 2015, 10.1111/2041-210X.12309) with its variance to the second order
    (Senior 2020, 10.1002/jrsm.1423): the first is 2% too small for 50 people a group and 8% for 14. The same
    people under both conditions: that of two SDs that correlate ("LS3" of `measures.paired`), with the
    correlation that the paper implies; without one r = 0 is taken, which gives the widest interval.
    """
    table = pd.DataFrame(_spread_rows(ev, reading, pre_post_r), columns=_SPREAD)
    yi, vi = table["ln_vr"].to_numpy(dtype=float), table["se"].to_numpy(dtype=float) ** 2
    rows, weights, leads = [], [100.0] * len(table), "of the one trial"
    z = models.critical(level)
    table = table.assign(
        ratio=np.exp(yi), lower=np.exp(yi - z * np.sqrt(vi)), upper=np.exp(yi + z * np.sqrt(vi))
    )
    for method, words in INTERVALS.items() if len(table) > 1 else ():
        fit = models.pool(yi, vi, inference=method, level=level)
        if method == "hksj":
            weights, leads = list(fit.weights), INTERVALS[(models.wider_companion(fit) or fit).inference]
        ratio, low, high = (math.exp(value) for value in (fit.estimate, *fit.ci))
        rows.append((words, ratio, low, high, _verdict(low, high, at)))
    if len(table) == 1:
        ratio, low, high = table[["ratio", "lower", "upper"]].iloc[0]
        rows.append((leads, ratio, low, high, _verdict(low, high, at)))
    intervals = pd.DataFrame(rows, columns=["method", "ratio", "lower", "upper", "verdict"])
    read = second_hand.read_as(table["how_read"], weights, table["label"])
    people = int(table["people"].sum())
    return SpreadRatio(table, intervals, leads, at, k=len(table), n=people, level=level, read=read)


_SPREAD = ["study_id", "label", "sd_ldn", "n_ldn", "sd_placebo", "n_placebo", "people", "correlation"]
_SPREAD += ["basis", "ln_vr", "se", "how_read", "inputs"]


def _spread_rows(ev: Evidence, reading: str, pre_post_r: float) -> list[dict[str, Any]]:
    """Both SDs of each trial of the pool, each trial once: from its arms, else from printed intervals."""
    derived = published_pain(ev, {"measure": "SMD", "reading": reading})
    if derived is None:
        return []
    pool = derived.table[derived.table["included"]].set_index("study_id")
    known: dict[Any, dict[Any, Any]] = {
        row["study_id"]: row for row in change_spreads(ev, reading).to_dict("records")
    }
    for t in trial_arms(ev, reading=reading, pre_post_r=pre_post_r):
        known[t.study_id] = {"sd_ldn": t.treated.change_sd, "n_ldn": t.treated.n, "basis": t.basis}
        known[t.study_id] |= {"sd_placebo": t.control.change_sd, "n_placebo": t.control.n, "inputs": t.inputs}
    spreads = []
    for study_id, row in pool[pool.index.isin(known)].iterrows():
        spread = known[study_id]
        sd1, n1, sd0, n0 = (spread[name] for name in ("sd_ldn", "n_ldn", "sd_placebo", "n_placebo"))
        effect, people, r = (
            measures.log_variability_ratio(sd1, n1, sd0, n0, variance="LS2"),
            n1 + n0,
            math.nan,
        )
        yi, vi = float(effect.yi), float(effect.vi)
        if row["design_type"] == "crossover":
            people, implied = min(n1, n0), row["crossover_r"]
            r = float(implied) if pd.notna(implied) else 0.0
            vi = float(measures.paired("VRC", 0, sd1, 0, sd0, people, r, variance="LS3").vi)
        how = second_hand.reading_of_rows(ev.outcomes, "outcome_id", spread["inputs"])
        about = {"study_id": study_id, "label": row["label"], "people": people, "how_read": how}
        spreads.append({**spread, **about, "correlation": r, "ln_vr": yi, "se": math.sqrt(vi)})
    return spreads


def response_spread(trials: Sequence[TrialArms], *, level: float = 0.95) -> pd.DataFrame:
    """How much change spreads in each arm, and the SD of individual response that it implies.

    Returns
    -------
    DataFrame
        ``label study_id basis assumed sd_ldn sd_placebo ln_vr ln_vr_lower ln_vr_upper ln_cvr ln_cvr_lower
        ln_cvr_upper sd sd_lower sd_upper includes_zero inputs``; `sd` is negative when LDN's arm spreads
        less. A trial with SDs at the end gives a second row from these alone, which needs no correlation.
    """

    def spread(t: TrialArms, basis: str, assumed: str, sds: tuple[float, float], **means: float) -> Any:
        response = models.individual_response(sds[0], t.treated.n, sds[1], t.control.n, level=level, **means)
        return {
            **{"label": t.label, "study_id": t.study_id, "basis": basis, "assumed": assumed},
            **{"sd_ldn": sds[0], "sd_placebo": sds[1], "inputs": t.inputs},
            **with_limits("ln_vr", response.ln_vr, response.ln_vr_ci),
            **with_limits("ln_cvr", response.ln_cvr, response.ln_cvr_ci),
            **with_limits("sd", response.sd, response.sd_ci),
            "includes_zero": response.includes_zero,
        }

    rows = []
    for t in trials:
        sds = (t.treated.change_sd, t.control.change_sd)
        means = {"mean_treated": t.treated.change_mean, "mean_control": t.control.change_mean}
        assumed = t.assumed if t.final_sd is not None else "nothing"
        assumed += ", but limits are rounded" if t.limits is not None else ""
        rows.append(spread(t, t.basis, assumed, sds, **means))
        if t.final_sd is not None:
            rows.append(spread(t, "SDs at the end alone", "nothing", t.final_sd))
    names = ["label", "study_id", "basis", "assumed", "sd_ldn", "sd_placebo", "ln_vr", "ln_vr_lower"]
    names += ["ln_vr_upper", "ln_cvr", "ln_cvr_lower", "ln_cvr_upper", "sd", "sd_lower", "sd_upper"]
    return pd.DataFrame(rows, columns=[*names, "includes_zero", "inputs"])


def rounding_range(trial: TrialArms, half: float = 0.05) -> tuple[float, float] | None:
    """Smallest and largest SD of individual response (point estimate) that rounding of the reported limits
    allows; None if the SDs do not come from limits.

    `half`: half a unit of the last printed digit.
    """
    if trial.limits is None:
        return None
    (least1, most1), (least0, most0) = (
        [float(measures.sd_from_ci(low + e, high - e, arm.n)) for e in (half, -half)]
        for (low, high), arm in zip(trial.limits, (trial.treated, trial.control), strict=True)
    )
    ends = [
        models.individual_response(s1, trial.treated.n, s0, trial.control.n).sd
        for s1, s0 in ((least1, most0), (most1, least0))
    ]
    return ends[0], ends[1]


def change_spreads(ev: Evidence, reading: str = "all") -> pd.DataFrame:
    """SD of the change in pain in both groups, where it, its SE or the interval of the mean was published.

    Returns
    -------
    DataFrame
        ``study_id label year sd_ldn n_ldn sd_placebo n_placebo basis inputs``. SDs are in the unit that the
        paper uses: their ratio needs no other.
    """
    rows = readable(ev.outcomes, reading)
    spread = rows[["sd", "se"]].notna().any(axis=1) | rows[["lower95", "upper95"]].notna().all(axis=1)
    rows = rows[(rows["domain"] == "pain") & spread & rows["n"].notna()]
    changes = (rows["statistic"] == "mean change") | rows["unit"].astype(str).str.startswith(
        "percent reduction"
    )
    rows = rows[changes & rows["group"].isin(["ldn", "placebo"])]
    spreads = []
    for study_id, part in rows.groupby("study_id", sort=False):
        arms = {r["group"]: r for r in part.to_dict("records")}
        if len(part) != 2 or set(arms) != {"ldn", "placebo"}:
            continue
        sds = {f"sd_{group}": float(arm_moments(part[part["group"] == group])[2]) for group in arms}
        limits = not part[["sd", "se"]].notna().any(axis=None)
        study = ev.studies.set_index("study_id").loc[study_id]
        sizes = {f"n_{group}": int(arm["n"]) for group, arm in arms.items()}
        about = {"study_id": study_id, "label": study["label"], "year": study["year"], "inputs": behind(part)}
        spreads.append({**about, **sds, **sizes, "basis": LIMITS if limits else CHANGES})
    columns = ["study_id", "label", "year", "sd_ldn", "n_ldn", "sd_placebo", "n_placebo", "basis", "inputs"]
    return pd.DataFrame(spreads, columns=columns).sort_values("year", ignore_index=True)
