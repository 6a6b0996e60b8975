"""Responders: counts and their contrasts, what a shift of the mean would give, and how alike changes spread.

Signs: more responders with LDN is above zero here (risk difference) or above one (ratio), which favours LDN;
change in pain is negative when pain falls.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ldn_analysis import contrasts, measures, models
from ldn_analysis.errors import InputError
from ldn_analysis.evidence.doses import behind
from ldn_analysis.evidence.how_read import readable

__all__ = [
    "TrialArms",
    "mixture_plans",
    "newcombe",
    "number_needed",
    "predictor_evidence",
    "predictor_rows",
    "responder_contrasts",
    "response_spread",
    "rounding_range",
    "shift_differences",
    "shift_sweep",
    "shift_table",
    "trial_arms",
]


SINGLE = (
    "Risk difference a/n1 − c/n2 with Newcombe's interval; risk ratio (a/n1)/(c/n2) with a log-normal "
    "interval; number needed: 1 / risk difference. a of n1 under LDN, c of n2 under placebo."
)
POOLED = (
    "Mantel-Haenszel: Σ weight × difference / Σ weight, weight n1 n2 / (n1 + n2), Sato's interval; ratio "
    "Σ(a n2/N) / Σ(c n1/N), Greenland and Robins' interval; number needed: 1 / risk difference."
)


def newcombe(
    a: float, n1: float, c: float, n2: float, level: float = 0.95
) -> tuple[float, tuple[float, float]]:
    """Risk difference a/n1 - c/n2 and its interval from two Wilson score intervals (Newcombe 1998, Stat Med
    17:873, method 10).

    >>> d, (low, high) = newcombe(56, 70, 48, 80)
    >>> round(d, 2), round(low, 4), round(high, 4)
    (0.2, 0.0524, 0.3339)
    """
    found = models.risk_difference_interval(a, n1, c, n2, level=level)
    return found.estimate, (found.lower, found.upper)


def number_needed(difference: float, lower: float, upper: float) -> str:
    """Number needed to treat with its interval, which passes through infinity where the difference may be
    zero: ``NNTB 7 (NNTB 3 to infinity to NNTH 19)`` (Altman 1998, BMJ 317:1309).

    NNTB: one more responder; NNTH: one fewer.
    """

    known = math.isfinite(lower) and math.isfinite(upper)
    # A pooled interval may end beyond 1; Newcombe's may miss a difference of exactly 1 by rounding.
    low, high = (max(min(lower, difference), -1.0), min(max(upper, difference), 1.0)) if known else (
        difference, difference
    )  # fmt: skip
    found = models.number_needed_to_treat(difference, low, high)

    def words(side: str, needed: float) -> str:
        return f"NNT{side} {needed:.0f}" if needed < 1000 else "infinity"

    helps = difference >= 0
    centre = words("B" if helps else "H", found.estimate)
    if not known:
        return centre
    sides = [("B", found.benefit), ("H", found.harm)]
    (side, own), (across, other) = sides if helps else sides[::-1]
    best = words(side, own[0]) if own else "infinity"
    if other:
        return f"{centre} ({best}{' to infinity' if own else ''} to {words(across, other[0])})"
    return f"{centre} ({best} to {words(side, own[1]) if own else 'infinity'})"


def responder_contrasts(
    ev: Any, *, analysis: str = "intention to treat", reading: str = "all", level: float = 0.95
) -> pd.DataFrame:
    """Responders of each trial at each threshold, and their pool (Mantel-Haenszel) where there are two.

    Returns
    -------
    DataFrame
        One row a threshold and trial or pool: ``percent study_id label a n1 c n2 rd rd_lower rd_upper rr
        rr_lower rr_upper nnt pooled analysis how_read location inputs derivation``; `inputs` are
        rows of the events table, `derivation` says what was made of them. Differences as proportions:
        Newcombe's interval for a trial, Sato's for the pool. Ratios: log-normal for a trial,
        Greenland and Robins' for the pool. Trials with paired counts or other definitions of response do
        not enter.
    """
    rows: list[dict[str, Any]] = []
    for percent, event in _thresholds(ev):
        table = contrasts.event_table(ev, event, reading, analysis)
        table = table[table["included"] & ~table["paired"]]
        found: list[dict[str, Any]] = []
        for row in table.to_dict("records"):
            rd, rd_ci = newcombe(row["a"], row["n1"], row["c"], row["n2"], level)
            ratio = _ratio(row["a"], row["n1"], row["c"], row["n2"], level)
            named = {str(key): value for key, value in row.items()}
            found.append({**named, **_line(percent, rd, rd_ci, ratio), "pooled": False})
            found[-1]["derivation"] = SINGLE
        rows += found
        if len(found) > 1:
            events, treated, control, n = (
                table[name].to_numpy(dtype=float) for name in ("a", "n1", "c", "n2")
            )
            rd_pool = models.pool_counts(events, treated, control, n, "RD", level)
            rr_pool = models.pool_counts(events, treated, control, n, "RR", level)
            sums = {name: float(table[name].sum()) for name in ("a", "n1", "c", "n2")}
            name = f"{len(found)} trials, Mantel-Haenszel"
            line = _line(percent, rd_pool.estimate, rd_pool.ci, (rr_pool.estimate, *rr_pool.ci))
            inputs = tuple(i for row in found for i in row["inputs"])
            rows.append({**sums, **line, "study_id": "", "label": name, "pooled": True, "inputs": inputs})
            rows[-1]["derivation"] = POOLED
    names = ["percent", "study_id", "label", "a", "n1", "c", "n2", "rd", "rd_lower", "rd_upper", "rr"]
    names += ["rr_lower", "rr_upper", "nnt", "pooled", "analysis", "how_read", "location", "inputs"]
    names += ["derivation"]
    return pd.DataFrame(rows, columns=names).astype({"pooled": bool})


def _thresholds(ev: Any) -> list[tuple[float, str]]:
    found = []
    for event in dict.fromkeys(ev.events["event"]):
        match = re.fullmatch(r"pain response (\d+)%", str(event))
        if match:
            found.append((float(match.group(1)), str(event)))
    return sorted(found)


def _ratio(a: float, n1: float, c: float, n2: float, level: float) -> tuple[float, float, float]:
    if a == 0 or c == 0:
        return math.nan, math.nan, math.nan
    effect = measures.risk_ratio(a, n1, c, n2)
    low, high = models.limits_of(float(effect.yi), float(effect.vi), level)
    return math.exp(float(effect.yi)), math.exp(low), math.exp(high)


def _line(
    percent: float, rd: float, rd_ci: tuple[float, float], ratio: tuple[float, float, float]
) -> dict[str, Any]:
    keys = ("percent", "rd", "rd_lower", "rd_upper", "rr", "rr_lower", "rr_upper")
    line: dict[str, Any] = dict(zip(keys, (percent, rd, *rd_ci, *ratio), strict=True))
    return {**line, "nnt": number_needed(rd, *rd_ci)}


@dataclass(frozen=True, slots=True, eq=False)
class TrialArms:
    """Two arms of a trial at its primary time, with the counts of responders.

    `basis` says where the SD of change comes from; `correlation` is that of baseline with change, `assumed`
    says which correlation was assumed to get there. `limits` are the reported limits of the mean changes
    (LDN, placebo), if the SDs come from them. `inputs` are the rows of outcomes that were read, `counted`
    those of events.
    """

    study_id: str
    label: str
    treated: models.Arm
    control: models.Arm
    correlation: float
    basis: str
    assumed: str
    limits: tuple[tuple[float, float], tuple[float, float]] | None
    final_sd: tuple[float, float] | None
    inputs: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()


def trial_arms(
    ev: Any,
    *,
    reading: str = "all",
    baseline_change_r: float = -0.4,
    pre_post_r: float = 0.5,
) -> list[TrialArms]:
    """The parallel trials that give baseline, change and its SD in both arms, with the responders counted by
    intention to treat, as the means are.

    Parameters
    ----------
    baseline_change_r
        Assumed correlation of baseline with change, where the SD of change comes from an interval.
    pre_post_r
        Assumed correlation of baseline and final values, where only their SDs are reported; the correlation
        of baseline with change follows from it.
    """
    found: list[TrialArms] = []
    pain = contrasts.derive(ev, "pain").table
    pain = pain[pain["included"]]
    weeks = dict(zip(pain["study_id"], pain["week"], strict=True))
    responders = {percent: _included(ev, event, reading) for percent, event in _thresholds(ev)}
    for study in ev.studies.to_dict("records"):
        rows = ev.outcomes[(ev.outcomes["study_id"] == study["study_id"]) & (ev.outcomes["domain"] == "pain")]
        rows = readable(rows, reading)
        week = weeks.get(study["study_id"])
        if study["design_type"] != "parallel" or week is None:
            continue
        counted = {p: t[t["study_id"] == study["study_id"]] for p, t in responders.items()}
        counts = _responders(counted)
        ldn, placebo = (_arm(rows, group, week, pre_post_r, counts) for group in ("ldn", "placebo"))
        if ldn is None or placebo is None:
            continue
        (treated, limits1, sd1, r1), (control, limits0, sd0, r0) = ldn, placebo
        limits = (limits1, limits0) if limits1 is not None and limits0 is not None else None
        found.append(
            TrialArms(
                study["study_id"], study["label"], treated, control,
                baseline_change_r if limits else (r1 + r0) / 2,
                "reported intervals of the mean changes" if limits else "SDs at baseline and at the end",
                f"baseline with change, r = {baseline_change_r:g}" if limits
                else f"baseline with end, r = {pre_post_r:g}",
                limits,
                None if limits else (sd1, sd0),
                tuple(_described(rows, week)["outcome_id"]),
                tuple(i for t in counted.values() for row in t["inputs"] for i in row),
            )
        )  # fmt: skip
    return found


def _described(rows: pd.DataFrame, week: float) -> pd.DataFrame:
    """The rows that describe the arms: at baseline, and at `week`."""
    arms = rows[rows["group"].isin(["ldn", "placebo"]) & rows["statistic"].isin(["mean", "mean change"])]
    return arms[((arms["week"] == 0) & (arms["statistic"] == "mean")) | (arms["week"] == week)]


def _included(ev: Any, event: str, reading: str) -> pd.DataFrame:
    """The usable counts of responders, by intention to treat."""
    table = contrasts.event_table(ev, event, reading)
    return table[table["included"]]


def _responders(counted: Mapping[float, pd.DataFrame]) -> dict[str, dict[float, tuple[int, int]]]:
    found: dict[str, dict[float, tuple[int, int]]] = {"ldn": {}, "placebo": {}}
    for percent, table in counted.items():
        for row in table.to_dict("records"):
            found["ldn"][percent] = (int(row["a"]), int(row["n1"]))
            found["placebo"][percent] = (int(row["c"]), int(row["n2"]))
    return found


def _arm(
    rows: pd.DataFrame, group: str, week: float, r: float, counts: dict[str, dict[float, tuple[int, int]]]
) -> tuple[models.Arm, tuple[float, float] | None, float, float] | None:
    """The arm, the limits that its SD comes from, else the final SD, and the correlation that it implies."""
    mine = rows[rows["group"] == group]
    first = mine[(mine["week"] == 0) & (mine["statistic"] == "mean")]
    change = mine[(mine["week"] == week) & (mine["statistic"] == "mean change")]
    last = mine[(mine["week"] == week) & (mine["statistic"] == "mean")]
    if not len(first) or pd.isna(first["sd"].iloc[0]):
        return None
    base, spread = float(first["value"].iloc[0]), float(first["sd"].iloc[0])
    n = int(first["n"].iloc[0])
    seen = {percent: events for percent, (events, _) in counts[group].items()}
    if len(change) and pd.notna(change["lower95"].iloc[0]):
        low, high = float(change["lower95"].iloc[0]), float(change["upper95"].iloc[0])
        sd = float(measures.sd_from_ci(low, high, n))
        arm = models.Arm(n, base, spread, float(change["value"].iloc[0]), sd, seen)
        return arm, (low, high), math.nan, math.nan
    if len(last) and pd.notna(last["sd"].iloc[0]):
        final = float(last["sd"].iloc[0])
        sd = float(measures.sd_of_change(spread, final, r))
        arm = models.Arm(n, base, spread, float(last["value"].iloc[0]) - base, sd, seen)
        return arm, None, final, float(models.baseline_change_correlation(spread, final, r))
    return None


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


def shift_differences(table: pd.DataFrame, contrasts: pd.DataFrame) -> pd.DataFrame:
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
        ``percent study_id label predicted rd rd_lower rd_upper inside``.
    """
    names = ["percent", "study_id", "label", "predicted", "rd", "rd_lower", "rd_upper", "inside"]
    if not len(table):
        return pd.DataFrame(columns=names)
    wide = table.assign(which=table["arm"] + table["account"]).pivot_table(
        index=["percent", "study_id"], columns="which", values="predicted"
    )
    predicted = (wide["treatedcontrol shifted"] - wide["controlown mean and SD"]).rename("predicted")
    found = contrasts[~contrasts["pooled"]].merge(predicted.reset_index(), on=["percent", "study_id"])
    inside = (found["rd_lower"] <= found["predicted"]) & (found["predicted"] <= found["rd_upper"])
    return found.assign(inside=inside)[names]


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


def response_spread(trials: Sequence[TrialArms], *, level: float = 0.95) -> pd.DataFrame:
    """How much change spreads in each arm, and the SD of individual response that it implies.

    Returns
    -------
    DataFrame
        ``label study_id basis assumed sd_ldn sd_placebo ln_vr ln_vr_lower ln_vr_upper ln_cvr ln_cvr_lower
        ln_cvr_upper sd sd_lower sd_upper includes_zero inputs``; `sd` is negative when LDN's arm spreads
        less. A trial with SDs at the end gives a second row from these alone, which needs no correlation.
    """
    rows = []
    for t in trials:
        means = (t.treated.change_mean, t.control.change_mean)
        assumed = t.assumed if t.limits is None else "nothing, but limits are rounded"
        rows.append(_spread(t, t.basis, assumed, t.treated.change_sd, t.control.change_sd, means, level))
        if t.final_sd is not None:
            rows.append(_spread(t, "SDs at the end alone", "nothing", *t.final_sd, (None, None), level))
    names = ["label", "study_id", "basis", "assumed", "sd_ldn", "sd_placebo", "ln_vr", "ln_vr_lower"]
    names += ["ln_vr_upper", "ln_cvr", "ln_cvr_lower", "ln_cvr_upper", "sd", "sd_lower", "sd_upper"]
    return pd.DataFrame(rows, columns=[*names, "includes_zero", "inputs"])


def _spread(
    t: TrialArms,
    basis: str,
    assumed: str,
    s1: float,
    s0: float,
    means: tuple[float | None, float | None],
    level: float,
) -> tuple[Any, ...]:
    found = models.individual_response(
        s1, t.treated.n, s0, t.control.n, mean_treated=means[0], mean_control=means[1], level=level
    )
    return (
        t.label, t.study_id, basis, assumed, s1, s0, found.ln_vr, *found.ln_vr_ci, found.ln_cvr,
        *found.ln_cvr_ci, found.sd, *found.sd_ci, found.includes_zero, t.inputs,
    )  # fmt: skip


def rounding_range(trial: TrialArms, half: float = 0.05) -> tuple[float, float] | None:
    """Smallest and largest SD of individual response (point estimate) that rounding of the reported limits
    allows; None if the SDs do not come from limits.

    `half`: half a unit of the last printed digit.
    """
    if trial.limits is None:
        return None
    widest = []
    for (low, high), arm in zip(trial.limits, (trial.treated, trial.control), strict=True):
        sds = [float(measures.sd_from_ci(low + e, high - e, arm.n)) for e in (half, -half)]
        widest.append(sds)
    (least1, most1), (least0, most0) = widest
    ends = [
        models.individual_response(s1, trial.treated.n, s0, trial.control.n).sd
        for s1, s0 in ((least1, most0), (most1, least0))
    ]
    return ends[0], ends[1]


def mixture_plans(
    trial: TrialArms,
    shares: Sequence[float],
    *,
    n: Sequence[int] = (25, 50, 100, 200, 400, 800, 1600, 3200),
    alpha: float = 0.05,
    target: float = 0.8,
    draws: int = 200,
    seed: int = 20260105,
) -> tuple[list[models.MixturePower], list[float]]:
    """Power to tell each mixture that fits the LDN arm's mean and SD from one normal, and the shares for
    which no such mixture exists.

    Those who do not respond change as the placebo arm did. The arm's own n joins the grid.
    """
    own = trial.treated.n
    grid = sorted({own, *(size for size in n if abs(np.log(size / own)) > 0.2)})
    found, refused = [], []
    for share in sorted(set(shares)):
        try:
            mixture = models.matched_mixture(
                trial.treated.change_mean, trial.treated.change_sd, share, trial.control.change_mean
            )
        except InputError:
            refused.append(share)
            continue
        found.append(models.mixture_power(mixture, grid, alpha=alpha, target=target, draws=draws, seed=seed))
    return found, refused


def predictor_rows(ev: Any, reading: str = "all") -> pd.DataFrame:
    """Reported r squared of predictors of response: rows of the outcomes table with the study's label."""
    rows = ev.outcomes[ev.outcomes["statistic"] == "r squared"]
    return (
        readable(rows, reading)
        .merge(ev.studies[["study_id", "label", "year", "design"]], on="study_id")
        .reset_index(drop=True)
    )


def predictor_evidence(row: Any, **choices: Any) -> models.CorrelationEvidence:
    """`models.correlation_evidence` of a row of `predictor_rows`."""
    return models.correlation_evidence(float(row["value"]), int(row["n"]), **choices)


def change_spreads(ev: Any, reading: str = "all") -> pd.DataFrame:
    """SD of the change in pain in both groups, where intervals of the mean changes were published.

    Returns
    -------
    DataFrame
        ``study_id label year sd_ldn n_ldn sd_placebo n_placebo to_points inputs``. SDs are in the unit that
        the paper uses; `to_points` turns them into points of a 0-10 scale (percent of baseline: by the mean
        baseline, a first-order conversion).
    """
    rows = readable(ev.outcomes, reading)
    rows = rows[(rows["domain"] == "pain") & rows["lower95"].notna() & rows["upper95"].notna()]
    changes = (rows["statistic"] == "mean change") | rows["unit"].astype(str).str.startswith(
        "percent reduction"
    )
    rows = rows[changes & rows["group"].isin(["ldn", "placebo"])]
    found = []
    for study_id, part in rows.groupby("study_id", sort=False):
        arms = {r["group"]: r for r in part.to_dict("records")}
        if len(part) != 2 or set(arms) != {"ldn", "placebo"}:
            continue
        sds = [
            measures.sd_from_ci(a["lower95"], a["upper95"], a["n"]) for a in (arms["ldn"], arms["placebo"])
        ]
        study = ev.studies.set_index("study_id").loc[study_id]
        scale = arms["ldn"]["scale_max"] - arms["ldn"]["scale_min"]
        to_points, inputs = 10 / scale, behind(part)
        if str(arms["ldn"]["unit"]).startswith("percent"):
            base = ev.outcomes.query("study_id == @study_id and domain == 'pain' and week == 0")
            to_points *= float(base["value"].iloc[0]) / 100 if len(base) else math.nan
            inputs += tuple(base["outcome_id"].iloc[:1])
        found.append((
            study_id, study["label"], study["year"], float(sds[0]), int(arms["ldn"]["n"]), float(sds[1]),
            int(arms["placebo"]["n"]), to_points, inputs,
        ))  # fmt: skip
    columns = ["study_id", "label", "year", "sd_ldn", "n_ldn", "sd_placebo", "n_placebo", "to_points"]
    columns += ["inputs"]
    return pd.DataFrame(found, columns=columns).sort_values("year", ignore_index=True)
