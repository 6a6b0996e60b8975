"""What the trials say on harms: what was counted, what others pooled, how many took it for how long."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from ldn_analysis import contrasts, models
from ldn_analysis.display.words import rows_of
from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.doses import behind, controlled
from ldn_analysis.evidence.how_read import readable
from ldn_analysis.evidence.made_once import once
from ldn_analysis.evidence.trials import CONDITIONS, LOW_DOSE_MG, enrolled, is_low_dose
from ldn_analysis.evidence.vocabulary import HARM_KINDS
from ldn_analysis.questions import crossovers, second_hand
from ldn_analysis.questions.grading import (
    UNGRADED,
    Certainty,
    Downgrade,
    bias_off,
    certainty,
    events_off,
    judged_bias,
)
from ldn_analysis.questions.safety.exposure import exposure

HARMS: dict[str, tuple[str, ...]] = {
    "any adverse event": ("any adverse event", "adverse events"),
    "stopping for side effects": ("stopped for side effects",),
    "serious adverse event": ("serious adverse event", "treatment-related serious adverse event"),
    "vivid dreams": ("vivid dreams",),
    "insomnia": ("transient nausea and insomnia", "insomnia"),
    "headache": ("headache",),
    "dizziness": ("dizziness",),
    "nausea": ("transient nausea and insomnia", "nausea"),
}
"""The harms that patients ask about first, and the names under which the tables hold them. Every other harm
that the data count follows them."""

SERIOUS = HARMS["serious adverse event"]

COUNTED = ("randomised", "paired", "timed")
"""Kinds of evidence of both groups of a trial."""

YEAR = 365.25 / 7


@once
def harm_counts(ev: Evidence, reading: str = "all", level: float = 0.95) -> pd.DataFrame:
    """Every count of a harm as reported, with exact intervals of each group's frequency.

    Returns
    -------
    DataFrame
        `contrasts.event_table`'s rows of harms, and ``ldn ldn_lower ldn_upper control control_lower
        control_upper`` (per 100 people, Clopper-Pearson at `level`), ``said_ldn said_control`` (percentages
        printed without a count), ``timed_ldn timed_control`` (events in the person-weeks `t1` and `t2`),
        ``ratio lower upper`` (what `measure` says, at `level`). What was not counted is NaN.
    """
    printed = ev.events.set_index("event_id")
    doses = printed.get("dose_mg_per_day", pd.Series(math.nan, printed.index))
    table = contrasts.event_table(ev, reading=reading)
    table = table[table["event"].isin(_harms(ev))].reset_index(drop=True)
    table.loc[table["included"] & table["paired"], "exclusion_reason"] = contrasts.PAIRED
    for name, events, size in (("ldn", "a", "n1"), ("control", "c", "n2")):
        frequencies = [
            tuple(100 * v for v in models.exact_proportion(x, n, level))
            if n > 0 and x >= 0
            else (math.nan,) * 3
            for x, n in zip(table[events], table[size], strict=True)
        ]
        table[[name, f"{name}_lower", f"{name}_upper"]] = pd.DataFrame(
            frequencies, columns=[0, 1, 2], index=table.index, dtype=float
        )
    for name, group, events in (("said_ldn", "ldn", "a"), ("said_control", "placebo", "c")):
        table[name] = [
            _printed(printed.loc[[*keys]], group) if not counted >= 0 else math.nan
            for keys, counted in zip(table["inputs"], table[events], strict=True)
        ]
        rows = printed[(printed["group"] == group) & ~(doses > LOW_DOSE_MG)]
        timed = [rows.loc[rows.index.isin(keys), "events"].sum() for keys in table["inputs"]]
        table[f"timed_{name.removeprefix('said_')}"] = np.where(table["t1"].notna(), timed, np.nan)
    half = models.critical(level) * np.sqrt(table["vi"])
    ends = {"ratio": table["yi"], "lower": table["yi"] - half, "upper": table["yi"] + half}
    return table.assign(**{end: np.exp(value) for end, value in ends.items()})


def _harms(ev: Evidence) -> list[str]:
    """Events of the data that are harms, by their kind: adverse events, and people who stopped."""
    return list(ev.event_types.loc[ev.event_types["kind"].isin(HARM_KINDS), "event"])


def _printed(rows: pd.DataFrame, group: str) -> float:
    """The percentage that a source prints of a group, NaN where it prints none."""
    percents = rows.loc[rows["group"] == group, "percent"].dropna()
    return float(percents.iloc[0]) if len(percents) else math.nan


@once
def compared_harms(ev: Evidence, reading: str = "all", level: float = 0.95) -> pd.DataFrame:
    """Harms counted in both groups of a randomised trial, kept apart by week; one row a harm and week.

    Returns
    -------
    DataFrame
        ``event week k n ldn_events ldn_n control_events control_n``; ``rr rr_lower rr_upper`` (risk ratio)
        and ``rd rd_lower rd_upper`` per 100 people, LDN minus placebo: the risk under placebo × (ratio − 1),
        or, where it gives none, the difference as counted (`models.CountComparison`); ``peto peto_lower
        peto_upper`` (odds ratio); ``apart`` (1 or -1 where the interval shows more or fewer with LDN, else
        0), ``i2`` (percent, NaN for one trial), ``model difference_from``, ``weeks`` (text), ``trials``
        (their ``labels`` as text), ``note``, ``alone`` (`crossovers.doses_alone`), ``read`` (how the counts
        reached us, `second_hand.basis`), ``people`` of each of its ``study_ids``, and ``inputs`` (rows of the
        events table).
    """
    counts = harm_counts(ev, reading, level)
    counts = counts[counts["included"] & ~counts["paired"]]
    parts = counts.groupby(["event", "week"], sort=False, dropna=False)
    return pd.DataFrame([compared(part, level) for _, part in parts], columns=COMPARED)


COMPARED = ["event", "week", "k", "n", "ldn_events", "ldn_n", "control_events", "control_n"]
COMPARED += [f"{m}{s}" for m in ("rr", "rd", "peto") for s in ("", "_lower", "_upper")]
COMPARED += ["apart", "i2", "model", "difference_from", "weeks", "trials", "labels", "note", "alone", "read"]
COMPARED += ["people", "study_ids", "inputs"]


def compared(part: pd.DataFrame, level: float) -> dict[str, Any]:
    """Counts of both groups of trials (rows of `contrasts.event_table`) together: a row of `compared_harms`,
    with the event and the week of the first."""
    a, n1, c, n2 = (part[name].to_numpy(dtype=float) for name in ("a", "n1", "c", "n2"))
    pooled = models.compare_counts(a, n1, c, n2, level)
    peto = models.pool_counts(a, n1, c, n2, "PETO", level)
    there = pooled.at()
    gap = (100 * value for value in (there.difference, there.lower, there.upper))
    week = float(part["week"].iloc[0])
    shares = second_hand.reading_shares(part["how_read"], pooled.weights, part["label"])
    cells = (
        part["event"].iloc[0], week, len(part), pooled.n, int(a.sum()), int(n1.sum()), int(c.sum()),
        int(n2.sum()), pooled.ratio, *pooled.ci, *gap, peto.estimate, *peto.ci, pooled.apart, pooled.i2,
        pooled.model, pooled.difference_from, f"{week:g}" if math.isfinite(week) else "",
        "; ".join(part["label"]), tuple(part["label"]), pooled.note, crossovers.doses_alone(part),
        second_hand.basis(shares), tuple(n1 + n2), tuple(part["study_id"]), behind(part),
    )  # fmt: skip
    return dict(zip(COMPARED, cells, strict=True))


def leading_time(compared: pd.DataFrame, event: str) -> dict[str, Any] | None:
    """The row of `compared_harms` that stands for a harm: the time with most people, the earlier of equals;
    None where it was not counted in both groups of a trial. Times are not added up: a longer trial has more
    time for events."""
    rows = compared[compared["event"] == event].sort_values(
        ["n", "week"], ascending=[False, True], kind="stable"
    )
    return {str(key): value for key, value in rows.iloc[0].items()} if len(rows) else None


def other_times(compared: pd.DataFrame, event: str) -> pd.DataFrame:
    """The rows of `compared_harms` of a harm at other times than `leading_time`'s, by week."""
    lead = leading_time(compared, event)
    rows = compared[compared["event"] == event]
    return rows[[inputs != lead["inputs"] for inputs in rows["inputs"]]].sort_values("week") if lead else rows


def harms_asked_first(ev: Evidence, reading: str = "all", level: float = 0.95) -> pd.DataFrame:
    """For each harm that patients ask about, the best evidence first: randomised counts, then those of a
    crossover, then events in a time at risk, then percentages that a trial prints without counts, then what
    others pooled, then counts of both groups that do not compare, then those under LDN alone.

    Returns
    -------
    DataFrame
        One row a harm and piece of evidence: ``harm kind label week ldn control ratio lower upper measure k
        n inputs``; `kind` is "randomised", "paired", "timed", "printed", "quoted", "apart" or "LDN alone", or
        "none" where nothing is known to us. `ldn` and `control` per 100 people.
    """
    compared, counts = compared_harms(ev, reading, level), harm_counts(ev, reading, level)
    quoted = quoted_harms(ev, reading)
    listed = {name for names in HARMS.values() for name in names}
    others = {event: (event,) for event in counts["event"] if event not in listed}
    counts = counts[counts["study_id"].isin(_studies(ev)["study_id"])]
    used = set(counts.loc[counts["included"], ["study_id", "event"]].itertuples(index=False, name=None))
    again = [pair in used for pair in zip(counts["study_id"], counts["event"], strict=True)]
    alone = ~counts["included"] & counts["a"].notna() & ~pd.Series(again, index=counts.index, dtype=bool)
    bare = dict.fromkeys(("ratio", "lower", "upper"), math.nan) | {"measure": ""}
    uncompared = counts.assign(n=counts["n1"], **bare)
    timed = counts["timed_ldn"].notna() & counts["study_id"].isin(controlled(ev.studies)["study_id"])
    both = counts["measure"].replace({"MPRR": "RR"})
    keys: list[Any] = [(key,) for key in quoted["synthesis_row_id"]]
    parts = {
        "randomised": compared.assign(
            label=compared["trials"], ldn=100 * compared["ldn_events"] / compared["ldn_n"],
            control=100 * compared["control_events"] / compared["control_n"], ratio=compared["rr"],
            lower=compared["rr_lower"], upper=compared["rr_upper"], measure="RR",
        ),
        "paired": counts.assign(measure=both, n=counts["n1"])[counts["included"] & counts["paired"]],
        "timed": counts.assign(n=counts["n1"])[timed],
        "printed": uncompared[counts["said_ldn"].notna()].assign(
            ldn=uncompared["said_ldn"], control=uncompared["said_control"], n=math.nan
        ),
        "quoted": quoted.assign(
            event=quoted["harm"], ratio=quoted["estimate"], lower=quoted["lower95"], upper=quoted["upper95"],
            inputs=keys,
        ),
        "apart": uncompared[alone & counts["c"].notna()],
        "LDN alone": uncompared[alone & counts["c"].isna()],
    }  # fmt: skip
    rows: list[dict[Any, Any]] = []
    blank = dict.fromkeys(("week", "ldn", "control", "ratio", "lower", "upper", "k", "n"), math.nan)
    for harm, names in {**HARMS, **others}.items():
        none = {"harm": harm, "kind": "none", "label": "", "measure": "", "inputs": ()} | blank
        evidence = [
            none
            | {name: row[name] for name in none if name in row}
            | {"kind": kind}
            # two definitions of a serious event are kept apart
            | {"harm": row["event"] if kind in COUNTED and row["event"] in SERIOUS else harm}
            for kind, part in parts.items()
            for row in part[part["event"].isin((harm,) if kind == "quoted" else names)].to_dict("records")
        ]
        rows += evidence or [none]
    return pd.DataFrame(rows)


def people_counted(ev: Evidence, reading: str = "all") -> tuple[int, int]:
    """Trials of which a harm was counted in both groups or a serious event under LDN, and their
    participants, each trial once."""
    counts = harm_counts(ev, reading)
    used = counts[counts["included"] | (counts["event"].isin(SERIOUS) & counts["a"].notna())]
    trials = controlled(contrasts.admitted(ev))
    ids = ev.studies.set_index("study_id")["trial_id"].reindex(used["study_id"]).unique()
    people = enrolled(trials[trials["trial_id"].isin(ids)])
    return people.trials, people.known


def stopping_in_practice(ev: Evidence, reading: str = "all") -> pd.DataFrame:
    """Who stopped the drug outside of trials, as reported: ``label condition n percent reasons
    adverse_effects inputs``; `percent` of the people, NaN where it was not reported."""
    table = readable(ev.discontinuation, reading)
    percent = table["percent_stopped"].fillna(100 * table["stopped"] / table["n"])
    return table.assign(percent=percent, inputs=table["discontinuation_id"]).reset_index(drop=True)


def quoted_harms(ev: Evidence, reading: str = "all") -> pd.DataFrame:
    """Pooled values of harms that others published and that we could not recompute.

    The rows of ``published_syntheses`` for `HARMS`, with ``harm`` in our words and ``same`` (the name under
    which the synthesis gives it).
    """
    harms = {event: event for event in _harms(ev)}
    harms |= {name: harm for harm, names in HARMS.items() for name in names}
    table = readable(ev.published_syntheses, reading)
    table = table[table["outcome"].isin(harms)].reset_index(drop=True)
    return table.assign(harm=table["outcome"].map(harms))


def frequency_excluded(
    ev: Evidence, reading: str = "all", level: float = 0.95, asked: float = 0.01
) -> pd.DataFrame:
    """What frequency of a serious event under LDN the reported counts exclude.

    Parameters
    ----------
    asked
        A frequency that one would like to exclude; `needed` people without an event would.

    Returns
    -------
    DataFrame
        One row a trial of a low dose (one week, analysis and report), and ``all reports`` of each definition
        of a serious event that several trials counted (the two definitions are not added up;
        any cause comes last): ``label event events n control_events control_n weeks person_years
        upper_percent upper_per_100_years needed inputs apart``; those of the control are NaN unless every
        trial of the row counted them; `apart` names trials that counted events and not people. The limits are
        one-sided at `level` where there was no event (`models.zero_event_bound`), else the upper end of the
        exact interval. A trial whose report on serious events was not available to us is not here: that is
        not a report of none.
    """
    counts = harm_counts(ev, reading, level)
    low = counts[_is_low(ev, counts)]
    counts = _once_a_trial(ev, low[low["event"].isin(SERIOUS) & low["a"].notna() & low["n1"].notna()])
    apart = _apart(low, counts)
    weeks = ev.studies.set_index("study_id")["treatment_weeks"].to_dict()
    rows: list[dict[str, Any]] = []
    for event in reversed(SERIOUS):
        mine = counts[counts["event"] == event]
        trials = [
            _excluded(r.label, r.event, r.a, r.n1, weeks.get(r.study_id, math.nan), level, asked)
            | {"control_events": r.c, "control_n": r.n2}
            | {"inputs": (*r.inputs, r.study_id), "apart": apart.get(event, "")}
            for r in rows_of(mine)
        ]
        rows += trials
        if len(trials) > 1:
            n, years = float(mine["n1"].sum()), sum(r["person_years"] for r in trials)
            rows.append(
                _excluded("all reports", event, float(mine["a"].sum()), n, years / n * YEAR, level, asked)
                | {f"control_{of}": mine[key].sum(skipna=False) for of, key in (("events", "c"), ("n", "n2"))}
                | {"inputs": behind(mine, *mine["study_id"]), "apart": apart.get(event, "")}
            )
    columns = ["label", "event", "events", "n", "control_events", "control_n", "weeks", "person_years"]
    columns += ["upper_percent", "upper_per_100_years", "needed", "inputs", "apart"]
    return pd.DataFrame(rows, columns=columns)


def over_a_year(excluded: pd.DataFrame) -> pd.DataFrame:
    """The trials of a year or more in `frequency_excluded`, the one that leaves open least first."""
    long = excluded[(excluded["weeks"] >= 52) & (excluded["label"] != "all reports")]
    return long.sort_values("upper_percent", kind="stable")


def _apart(counts: pd.DataFrame, used: pd.DataFrame) -> dict[str, str]:
    """Of each event the trials that saw any beside the people `used`: in a time at risk, so that their number
    is not known, or in a later period of a crossover that does not count both conditions."""
    sentences: dict[str, list[str]] = {}
    counted_in_full = {(r.study_id, r.event) for r in rows_of(used[used["period"].isna()])}
    for r in rows_of(counts[(counts["period"] > 1) & (counts["a"] > 0) & ~counts.index.isin(used.index)]):
        if (r.study_id, r.event) not in counted_in_full:
            sentence = f"{r.label} counted {r.a:g} of {r.n1:g} people in period {r.period:g}"
            sentences.setdefault(r.event, []).append(sentence)
    for r in rows_of(counts[counts["timed_ldn"] > 0].drop_duplicates(["study_id", "event"])):
        sentence = f"{r.label} counted {r.timed_ldn:g} as events in {r.t1:g} person-weeks"
        sentences.setdefault(r.event, []).append(sentence)
    return {event: "; ".join(parts) for event, parts in sentences.items()}


def _studies(ev: Evidence) -> pd.DataFrame:
    """The studies that lend harms: those of the pool's conditions, of a trial that is not left out."""
    return contrasts.admitted(ev).loc[lambda studies: studies["condition"].isin(CONDITIONS)]


def _is_low(ev: Evidence, counts: pd.DataFrame) -> pd.Series:
    """Whether rows of `harm_counts` are of a low dose, the study's or the arm's (only low ones are added), in
    one of `_studies`."""
    studies = _studies(ev)
    low = counts["study_id"].isin(studies.loc[is_low_dose(studies), "study_id"])
    low |= (counts["doses"] > 1) | (counts["dose_mg"] <= LOW_DOSE_MG)
    return low & counts["study_id"].isin(studies["study_id"])


def _once_a_trial(ev: Evidence, counts: pd.DataFrame) -> pd.DataFrame:
    """One count of a trial for each event: of the whole trial before one period of it, the one compared, else
    the first period, of its main report, the last, the largest.

    Weeks, analyses and reports of one trial are the same people.
    """
    if counts.empty:
        return counts
    trial = counts["study_id"].map(ev.studies.set_index("study_id")["trial_id"])
    order = counts.assign(
        trial=trial, main=counts["study_id"] == trial, whole=counts["period"].isna(), first=-counts["period"]
    ).sort_values(["whole", "included", "first", "main", "week", "n1"], ascending=False, kind="stable")
    return counts.loc[order.drop_duplicates(["trial", "event"]).index].sort_index()


def _excluded(
    label: str, event: str, events: float, n: float, weeks: float, level: float, asked: float
) -> dict[str, Any]:
    years = n * weeks / YEAR
    exact = models.exact_proportion(events, n, level)
    upper = models.zero_event_bound(n, level) if events == 0 else exact.upper
    rate = models.exact_rate(events, years, level).upper if years > 0 else math.nan  # NaN: weeks unknown
    return {
        "label": label, "event": event, "events": events, "n": n, "weeks": weeks, "person_years": years,
        "upper_percent": 100 * upper, "upper_per_100_years": 100 * rate,
        "needed": models.needed_to_exclude(asked, level),
    }  # fmt: skip


def serious_certainty(ev: Evidence, excluded: pd.DataFrame) -> Certainty:
    """Certainty of what is said on serious events, from `frequency_excluded`, by the rules of `grading`."""
    if not len(excluded):
        return Certainty(UNGRADED, "", note="no count of serious events was available to us")
    trial = ev.studies.set_index("study_id")["trial_id"]
    reports = excluded[excluded["label"] != "all reports"]
    ids = pd.Series([inputs[-1] for inputs in reports["inputs"]], index=reports.index)
    newest = reports[~ids.duplicated(keep="last")]  # two definitions of one trial are the same people
    silent = int((~exposure(ev)["study_id"].map(trial).isin(ids.map(trial))).sum())
    both = newest[newest["control_n"].notna()]
    a, n1, c, n2 = both[["events", "n", "control_events", "control_n"]].to_numpy(dtype=float).T
    if both.empty and reports["events"].any():
        why = "a count under LDN alone gives no ratio"
        imprecise: Downgrade | None = Downgrade("imprecision", 2, why, "There is nothing to compare")
    elif a.sum() + c.sum() == 0:
        imprecise = events_off(0, math.nan, math.nan)
    else:
        ratio = models.compare_counts(a, n1, c, n2, 0.95)
        imprecise = events_off(float(a.sum() + c.sum()), *ratio.ci, ratio.apart)
    unknown = f"{silent} of the trials' counts {'was' if silent == 1 else 'were'} not available to us"
    return certainty(
        "high",
        [
            bias_off(list(newest["n"]), list(ids[newest.index]), judged_bias(ev), "pain"),
            imprecise,
            Downgrade("publication bias", 1, unknown) if silent else None,
        ],
    )
