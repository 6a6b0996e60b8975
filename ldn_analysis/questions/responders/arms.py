"""Two arms of a trial at its primary time: baseline, change and its SD, with the responders counted."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from ldn_analysis import contrasts, measures, models
from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.trials import LOW_DOSE_MG
from ldn_analysis.evidence.vocabulary import readable
from ldn_analysis.questions.published import published_pain


def response_thresholds(ev: Evidence) -> list[tuple[float, str]]:
    """Falls in pain, in percent, at which responders were counted, each with its event."""
    events = ev.events["event"].drop_duplicates().astype(str)
    matches = (re.fullmatch(r"pain response (\d+)%", event) for event in events)
    return sorted((float(match[1]), match[0]) for match in matches if match)


@dataclass(frozen=True, slots=True, eq=False)
class TrialArms:
    """Two arms of a trial at its primary time, with the counts of responders.

    `basis` says where the SD of change comes from; `correlation` is that of baseline with change, `assumed`
    says which correlation was assumed to get there. `limits` are the reported limits of the mean changes
    (LDN, placebo), if the SDs come from them. `lowest` is the end of the scale without pain (NaN if not
    reported): nobody's pain falls below it. `inputs` are the rows of outcomes that were read, `counted`
    those of events. Values are of one instrument, in its own unit; the low doses of a trial are one arm.
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
        Assumed correlation of baseline with change, where an arm is described by its mean change.
    pre_post_r
        Assumed correlation of baseline and final values, where only their SDs are reported; the correlation
        of baseline with change follows from it.
    """
    derived = published_pain(ev, {})
    if derived is None:
        return []
    pain = derived.table[derived.table["included"]]
    weeks = dict(zip(pain["study_id"], pain["week"], strict=True))
    counts = {at: contrasts.event_table(ev, event, reading) for at, event in response_thresholds(ev)}
    responders = {percent: table[table["included"]] for percent, table in counts.items()}
    outcomes = readable(ev.outcomes[ev.outcomes["domain"] == "pain"], reading)
    trials = []
    for study in ev.studies.to_dict("records"):
        key = study["study_id"]
        if study["design_type"] != "parallel" or key not in weeks:
            continue
        pair = _of_one_instrument(outcomes[outcomes["study_id"] == key], weeks[key], pre_post_r)
        if pair is None:
            continue
        counted = {percent: table[table["study_id"] == key] for percent, table in responders.items()}
        trials.append(_trial(study, *pair, counted, baseline_change_r, pre_post_r))
    return trials


def _trial(
    study: Mapping[Any, Any],
    used: pd.DataFrame,
    ldn: _Described,
    placebo: _Described,
    counted: Mapping[float, pd.DataFrame],
    baseline_change_r: float,
    pre_post_r: float,
) -> TrialArms:
    """The two arms of a trial, described by the rows `used`, with the counts of its responders."""
    responders = _responders(counted)
    limits = (ldn.limits, placebo.limits) if ldn.limits and placebo.limits else None
    basis = INTERVALS if limits else CHANGES
    assumed, correlation = f"baseline with change, r = {baseline_change_r:g}", baseline_change_r
    final = None
    if ldn.final_sd is not None and placebo.final_sd is not None:
        final, basis = (ldn.final_sd, placebo.final_sd), ENDS
        assumed, correlation = (
            f"baseline with end, r = {pre_post_r:g}",
            (ldn.correlation + placebo.correlation) / 2,
        )
    return TrialArms(
        study_id=study["study_id"],
        label=study["label"],
        treated=ldn.arm(responders["ldn"]),
        control=placebo.arm(responders["placebo"]),
        correlation=correlation,
        basis=basis,
        assumed=assumed,
        limits=limits,
        final_sd=final,
        lowest=float(used["scale_min"].max()),
        inputs=tuple(used["outcome_id"]),
        counted=tuple(key for table in counted.values() for keys in table["inputs"] for key in keys),
    )


INTERVALS = "reported intervals of the mean changes"
CHANGES = "reported SDs of the mean changes"
ENDS = "SDs at baseline and at the end"
"""What the SD of change in both arms rests on."""


def _responders(counted: Mapping[float, pd.DataFrame]) -> dict[str, dict[float, tuple[int, int]]]:
    counts: dict[str, dict[float, tuple[int, int]]] = {"ldn": {}, "placebo": {}}
    for percent, table in counted.items():
        for row in table.to_dict("records"):
            counts["ldn"][percent] = (int(row["a"]), int(row["n1"]))
            counts["placebo"][percent] = (int(row["c"]), int(row["n2"]))
    return counts


@dataclass(frozen=True, slots=True)
class _Described:
    """Number, baseline, change and its SD of an arm, with where the SD comes from."""

    n: int
    baseline: tuple[float, float]
    change: tuple[float, float]
    limits: tuple[float, float] | None = None
    final_sd: float | None = None
    correlation: float = math.nan

    def arm(self, counts: Mapping[float, tuple[int, int]]) -> models.Arm:
        """The arm with its responders, out of those of whom they were counted."""
        events = {percent: events for percent, (events, _) in counts.items()}
        sizes = {percent: n for percent, (_, n) in counts.items()}
        same = len(set(sizes.values())) == 1
        return models.Arm(
            self.n, *self.baseline, *self.change, events, next(iter(sizes.values())) if same else sizes
        )


def _of_one_instrument(
    rows: pd.DataFrame, week: float, r: float
) -> tuple[pd.DataFrame, _Described, _Described] | None:
    """The first instrument and analysis that describe both arms, the same way; None where none does."""
    # a fall in percent of the baseline and a scale on which higher is better are no change in pain
    rows = rows[~rows["unit"].astype(str).str.startswith("percent") & (rows["better"] == "lower")]
    rows = rows[rows["group"].isin(["ldn", "placebo"]) & rows["statistic"].isin(["mean", "mean change"])]
    rows = rows[((rows["week"] == 0) & (rows["statistic"] == "mean")) | (rows["week"] == week)]
    dose = rows["dose_mg_per_day"] if "dose_mg_per_day" in rows else pd.Series(math.nan, rows.index)
    rows = rows.assign(dose_mg_per_day=dose.astype(float))
    high = rows["dose_mg_per_day"] > LOW_DOSE_MG
    of_all = (rows["group"] == "ldn") & (rows["week"] > 0) & rows["dose_mg_per_day"].isna()
    rows = rows[~high & ~(of_all & bool(high.any()))]  # a row of all doses holds the high ones too
    way = rows["analysis"].fillna("") if "analysis" in rows else pd.Series("", rows.index)
    for _, same in rows.groupby(["measure", "unit", "scale_min", "scale_max"], sort=False, dropna=False):
        for other in ("complete cases", "intention to treat"):
            used = same[way[same.index] != other]
            for described in (_by_changes, partial(_by_ends, r=r)):
                ldn, placebo = (described(used[used["group"] == g], week) for g in ("ldn", "placebo"))
                if ldn is not None and placebo is not None:
                    return used, ldn, placebo
    return None


def _cell(rows: pd.DataFrame, column: str) -> float:
    return float(rows[column].iloc[0]) if len(rows) else math.nan


def _parts(mine: pd.DataFrame, week: float, statistic: str) -> list[pd.DataFrame]:
    """The row of an arm at a week: the one of all its doses, else that of each of them."""
    at = mine[(mine["week"] == week) & (mine["statistic"] == statistic)]
    whole = at[at["dose_mg_per_day"].isna()]
    doses = sorted(set(mine.loc[mine["week"] > 0, "dose_mg_per_day"].dropna()))
    return [whole] if len(whole) or not doses else [at[at["dose_mg_per_day"] == dose] for dose in doses]


def arm_moments(row: pd.DataFrame) -> tuple[float, float, float]:
    """Number, mean and SD of a row, its SD as printed, by its SE or by its interval; NaN where not known."""
    n, sd, se = (_cell(row, name) for name in ("n", "sd", "se"))
    low, high = _cell(row, "lower95"), _cell(row, "upper95")
    if not sd > 0 and n > 1:
        if se > 0:
            sd = float(measures.sd_from_se(se, n))
        elif high > low:
            sd = float(measures.sd_from_ci(low, high, n))
    return n, _cell(row, "value"), sd


def _together(rows: list[pd.DataFrame]) -> tuple[float, float, float] | None:
    """Number, mean and SD of several arms as one; None where any of these is not known of any."""
    parts = [arm_moments(row) for row in rows]
    if any(not math.isfinite(x) for part in parts for x in part):
        return None
    sizes, means, spreads = zip(*parts, strict=True)
    return parts[0] if len(parts) == 1 else measures.combined_groups(sizes, means, spreads)


def _by_changes(mine: pd.DataFrame, week: float) -> _Described | None:
    """An arm by its mean change and the SD of that."""
    rows = _parts(mine, week, "mean change")
    start, change = _together(_parts(mine, 0, "mean")), _together(rows)
    if start is None or change is None:
        return None
    printed = len(rows) == 1 and not any(_cell(rows[0], name) > 0 for name in ("sd", "se"))
    limits = (_cell(rows[0], "lower95"), _cell(rows[0], "upper95")) if printed else None
    return _Described(int(change[0]), start[1:], change[1:], limits)


def _by_ends(mine: pd.DataFrame, week: float, r: float) -> _Described | None:
    """An arm by its means at the start and the end, whose correlation `r` is assumed."""
    start, end = (_together(_parts(mine, at, "mean")) for at in (0, week))
    if start is None or end is None:
        return None
    (_, base, spread), (n, mean, final) = start, end
    sd = float(measures.sd_of_change(spread, final, r))
    correlation = float(models.baseline_change_correlation(spread, final, r))
    return _Described(int(n), (base, spread), (mean - base, sd), final_sd=final, correlation=correlation)
