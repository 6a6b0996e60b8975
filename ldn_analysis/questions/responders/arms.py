"""Two arms of a trial at its primary time: baseline, change and its SD, with the responders counted."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from ldn_analysis import contrasts, measures, models
from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.how_read import readable


def response_thresholds(ev: Evidence) -> list[tuple[float, str]]:
    """Falls in pain, in percent, at which responders were counted, each with its event."""
    found = []
    for event in dict.fromkeys(ev.events["event"]):
        match = re.fullmatch(r"pain response (\d+)%", str(event))
        if match:
            found.append((float(match.group(1)), str(event)))
    return sorted(found)


@dataclass(frozen=True, slots=True, eq=False)
class TrialArms:
    """Two arms of a trial at its primary time, with the counts of responders.

    `basis` says where the SD of change comes from; `correlation` is that of baseline with change, `assumed`
    says which correlation was assumed to get there. `limits` are the reported limits of the mean changes
    (LDN, placebo), if the SDs come from them. `lowest` is the end of the scale without pain (NaN if not
    reported): nobody's pain falls below it. `inputs` are the rows of outcomes that were read, `counted`
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
    lowest: float = math.nan
    inputs: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()


def trial_arms(
    ev: Evidence,
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
    if "pain" not in set(ev.outcomes["domain"]):
        return found
    pain = contrasts.derive(ev, "pain").table
    pain = pain[pain["included"]]
    weeks = dict(zip(pain["study_id"], pain["week"], strict=True))
    responders = {percent: _included(ev, event, reading) for percent, event in response_thresholds(ev)}
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
                float(_described(rows, week)["scale_min"].max()),
                tuple(_described(rows, week)["outcome_id"]),
                tuple(i for t in counted.values() for row in t["inputs"] for i in row),
            )
        )  # fmt: skip
    return found


def _described(rows: pd.DataFrame, week: float) -> pd.DataFrame:
    """The rows that describe the arms: at baseline, and at `week`."""
    arms = rows[rows["group"].isin(["ldn", "placebo"]) & rows["statistic"].isin(["mean", "mean change"])]
    return arms[((arms["week"] == 0) & (arms["statistic"] == "mean")) | (arms["week"] == week)]


def _included(ev: Evidence, event: str, reading: str) -> pd.DataFrame:
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
