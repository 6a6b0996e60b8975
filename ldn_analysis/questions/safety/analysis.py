"""What the trials say on harms: what was counted, what others pooled, how many took it for how long."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from ldn_analysis import contrasts, models
from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.made_once import once
from ldn_analysis.evidence.trials import CONDITIONS, LOW_DOSE_MG, behind, controlled, enrolled
from ldn_analysis.evidence.vocabulary import HARM_KINDS, readable
from ldn_analysis.questions import crossovers, second_hand
from ldn_analysis.questions.columns import with_limits

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
    week = float(part["week"].iloc[0])
    return {
        "event": part["event"].iloc[0],
        "week": week,
        "k": len(part),
        "n": pooled.n,
        "ldn_events": int(a.sum()),
        "ldn_n": int(n1.sum()),
        "control_events": int(c.sum()),
        "control_n": int(n2.sum()),
        **with_limits("rr", pooled.ratio, pooled.ci),
        **with_limits("rd", 100 * there.difference, (100 * there.lower, 100 * there.upper)),
        **with_limits("peto", peto.estimate, peto.ci),
        **{name: getattr(pooled, name) for name in ("apart", "i2", "model", "difference_from", "note")},
        "weeks": f"{week:g}" if math.isfinite(week) else "",
        "trials": "; ".join(part["label"]),
        "labels": tuple(part["label"]),
        "alone": crossovers.doses_alone(part),
        "read": second_hand.read_as(part["how_read"], pooled.weights, part["label"]),
        "people": tuple(n1 + n2),
        "study_ids": tuple(part["study_id"]),
        "inputs": behind(part),
    }


def leading_time(compared: pd.DataFrame, event: str) -> dict[str, Any] | None:
    """The row of `compared_harms` that stands for a harm: the time with most people, the earlier of equals;
    None where it was not counted in both groups of a trial. Times are not added up: a longer trial has more
    time for events."""
    rows = compared[compared["event"] == event].sort_values(
        ["n", "week"], ascending=[False, True], kind="stable"
    )
    return {str(key): value for key, value in rows.iloc[0].items()} if len(rows) else None


def counted_ratio(compared: pd.DataFrame, event: str) -> dict[str, Any] | None:
    """`leading_time` of a harm where it gives a ratio: it stands before what a review quotes."""
    row = leading_time(compared, event)
    return row if row and math.isfinite(row["rr"]) else None


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
    counts = harm_counts(ev, reading, level)
    listed = {name for names in HARMS.values() for name in names}
    others = {event: (event,) for event in counts["event"] if event not in listed}
    parts = _by_kind_of_evidence(ev, reading, level)
    blank = dict.fromkeys(("week", "ldn", "control", "ratio", "lower", "upper", "k", "n"), math.nan)
    rows: list[dict[Any, Any]] = []
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


def _by_kind_of_evidence(ev: Evidence, reading: str, level: float) -> dict[str, pd.DataFrame]:
    """What is known of any harm, the best kind of evidence first."""
    compared, quoted = compared_harms(ev, reading, level), quoted_harms(ev, reading)
    counts = harm_counts(ev, reading, level)
    counts = counts[counts["study_id"].isin(studies_counted(ev)["study_id"])].assign(n=counts["n1"])
    paired, timed = counts["included"] & counts["paired"], counts["timed_ldn"].notna()
    against_placebo = counts["study_id"].isin(controlled(ev.studies)["study_id"])
    used = set(counts.loc[counts["included"], ["study_id", "event"]].itertuples(index=False, name=None))
    again = [pair in used for pair in zip(counts["study_id"], counts["event"], strict=True)]
    alone = ~counts["included"] & counts["a"].notna() & ~pd.Series(again, index=counts.index, dtype=bool)
    keys: list[Any] = [(key,) for key in quoted["synthesis_row_id"]]
    uncompared = counts.assign(ratio=math.nan, lower=math.nan, upper=math.nan, measure="")
    groups = {name: 100 * compared[f"{name}_events"] / compared[f"{name}_n"] for name in ("ldn", "control")}
    ratios = {"trials": "label", "rr": "ratio", "rr_lower": "lower", "rr_upper": "upper"}
    pooled = {"harm": "event", "estimate": "ratio", "lower95": "lower", "upper95": "upper"}
    return {
        "randomised": compared.rename(columns=ratios).assign(measure="RR", **groups),
        "paired": counts[paired].replace({"measure": {"MPRR": "RR"}}),
        "timed": counts[timed & against_placebo],
        "printed": uncompared[counts["said_ldn"].notna()].assign(
            ldn=counts["said_ldn"], control=counts["said_control"], n=math.nan
        ),
        "quoted": quoted.rename(columns=pooled).assign(inputs=keys),
        "apart": uncompared[alone & counts["c"].notna()],
        "LDN alone": uncompared[alone & counts["c"].isna()],
    }


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


def studies_counted(ev: Evidence) -> pd.DataFrame:
    """The studies that lend harms: those of the pool's conditions, of a trial that is not left out."""
    return contrasts.admitted(ev).loc[lambda studies: studies["condition"].isin(CONDITIONS)]
