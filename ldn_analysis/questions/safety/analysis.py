"""What the trials say on harms: what was counted, what others pooled, how many took it for how long."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from ldn_analysis import contrasts, models
from ldn_analysis.evidence import LOW_DOSE_MG, require_published
from ldn_analysis.questions.grading import UNGRADED, Certainty, Downgrade, bias_off, certainty, events_off

__all__ = [
    "HARMS",
    "exposure",
    "exposure_by_dose",
    "frequency_excluded",
    "harm_counts",
    "harm_coverage",
    "pooled_harms",
    "quoted_harms",
    "serious_certainty",
]

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
"""The harms that are asked about, and the names under which the tables hold them."""

EVENTS = tuple(dict.fromkeys(name for names in HARMS.values() for name in names))
SERIOUS = HARMS["serious adverse event"]

YEAR = 365.25 / 7


def harm_counts(ev: Any, reading: str = "all", level: float = 0.95) -> pd.DataFrame:
    """Every count of a harm as reported, with exact intervals of each group's frequency.

    Returns
    -------
    DataFrame
        `contrasts.event_table`'s rows of harms, and ``ldn ldn_lower ldn_upper control control_lower
        control_upper`` (per 100 people, Clopper-Pearson at `level`). What was not counted is NaN.
    """
    table = contrasts.event_table(ev, reading=reading)
    table = table[table["event"].isin(EVENTS)].reset_index(drop=True)
    for name, events, size in (("ldn", "a", "n1"), ("control", "c", "n2")):
        found = [
            tuple(100 * v for v in models.exact_proportion(x, n, level)) if n > 0 else (math.nan,) * 3
            for x, n in zip(table[events], table[size], strict=True)
        ]
        table[[name, f"{name}_lower", f"{name}_upper"]] = pd.DataFrame(
            found, columns=[0, 1, 2], index=table.index, dtype=float
        )
    return table


def pooled_harms(ev: Any, reading: str = "all", level: float = 0.95) -> pd.DataFrame:
    """Harms counted in both groups of a randomised trial, pooled; one row a harm.

    Returns
    -------
    DataFrame
        ``event k n ldn_events ldn_n control_events control_n``; ``rr rr_lower rr_upper`` and ``rd rd_lower
        rd_upper`` by Mantel-Haenszel (difference per 100 people, LDN minus placebo), ``peto peto_lower
        peto_upper`` (odds ratio), ``trials`` (labels), ``note`` (what could not be given, and why) and
        ``inputs`` (rows of the events table).
    """
    counts = harm_counts(ev, reading, level)
    counts = counts[counts["included"] & ~counts["paired"]]
    rows = []
    for event, part in counts.groupby("event", sort=False):
        cells = [part[c].to_numpy(dtype=float) for c in ("a", "n1", "c", "n2")]
        rr, rd, peto = (
            models.pool_counts(cells[0], cells[1], cells[2], cells[3], m, level) for m in ("RR", "RD", "PETO")
        )
        row: dict[str, Any] = {"event": event, "k": len(part), "n": int(cells[1].sum() + cells[3].sum())}
        row |= {"ldn_events": int(cells[0].sum()), "ldn_n": int(cells[1].sum())}
        row |= {"control_events": int(cells[2].sum()), "control_n": int(cells[3].sum())}
        for name, fit, unit in (("rr", rr, 1), ("rd", rd, 100), ("peto", peto, 1)):
            row |= {name: unit * fit.estimate, f"{name}_lower": unit * fit.ci[0]}
            row |= {f"{name}_upper": unit * fit.ci[1]}
        rows.append(row | {"trials": "; ".join(part["label"]), "note": rr.note, "inputs": _joined(part)})
    columns = ["event", "k", "n", "ldn_events", "ldn_n", "control_events", "control_n"]
    columns += [f"{m}{s}" for m in ("rr", "rd", "peto") for s in ("", "_lower", "_upper")]
    return pd.DataFrame(rows, columns=[*columns, "trials", "note", "inputs"])


def quoted_harms(ev: Any) -> pd.DataFrame:
    """Pooled values of harms that others published and that we could not recompute.

    The rows of ``published_syntheses`` for `HARMS`, with ``harm`` in our words and ``same`` (the name under
    which the synthesis gives it).
    """
    named = {name: harm for harm, names in HARMS.items() for name in names}
    table = ev.published_syntheses
    table = table[table["outcome"].isin(named)].reset_index(drop=True)
    return table.assign(harm=table["outcome"].map(named))


def harm_coverage(ev: Any, reading: str = "all") -> pd.DataFrame:
    """For each harm: what is known of it, in counts of sources: ``harm both_groups ldn_only quoted state
    inputs``.

    `state` is the best there is: "counted in both groups", "quoted only", "counted under LDN only", or "not
    available to us".
    """
    counts, quoted = harm_counts(ev, reading), quoted_harms(ev)
    rows = []
    for harm, names in HARMS.items():
        part = counts[counts["event"].isin(names)]
        both, alone = int(part["included"].sum()), int((~part["included"] & part["a"].notna()).sum())
        others = quoted.loc[quoted["harm"] == harm, "synthesis_row_id"]
        elsewhere, inputs = len(others), (*_joined(part), *others)
        states = ("counted in both groups", "quoted only", "counted under LDN only")
        known = [s for s, number in zip(states, (both, elsewhere, alone), strict=True) if number]
        rows.append((harm, both, alone, elsewhere, known[0] if known else "not available to us", inputs))
    return pd.DataFrame(rows, columns=["harm", "both_groups", "ldn_only", "quoted", "state", "inputs"])


def exposure(ev: Any) -> pd.DataFrame:
    """Planned exposure in each randomised, double-blind, placebo-controlled trial of repeated low doses.

    Returns
    -------
    DataFrame
        ``study_id label year dose_mg n_ldn n_control weeks_ldn weeks_control person_weeks_ldn
        person_weeks_control basis inputs``. In a crossover everybody counts under both conditions. Where the
        size of the LDN group is not in the tables it is taken as half of those randomised; `basis` says so.

    Notes
    -----
    Planned, so an upper limit: those who stopped early count in full, since their time on the drug was not
    available to us. A trial that titrates counts at the dose it held.
    """
    chosen = ev.studies.drop_duplicates("trial_id")
    chosen = chosen[(chosen["randomised"] == "yes") & (chosen["blinding"] == "double-blind")]
    chosen = chosen[(chosen["control"] == "placebo") & (chosen["dose_max_mg"] <= LOW_DOSE_MG)]
    rows = []
    for s in chosen.to_dict("records"):
        n_ldn, basis, inputs = _ldn_size(ev, s)
        n_control = s["n_randomised"] if s["design_type"] == "crossover" else s["n_randomised"] - n_ldn
        weeks, control_weeks = float(s["treatment_weeks"]), float(s["control_weeks"])
        rows.append((
            s["study_id"], s["label"], s["year"], s["dose_max_mg"], n_ldn, n_control, weeks, control_weeks,
            n_ldn * weeks, n_control * control_weeks, basis, inputs,
        ))  # fmt: skip
    columns = ["study_id", "label", "year", "dose_mg", "n_ldn", "n_control", "weeks_ldn", "weeks_control"]
    columns += ["person_weeks_ldn", "person_weeks_control", "basis", "inputs"]
    return pd.DataFrame(rows, columns=columns).sort_values(["dose_mg", "year"], ignore_index=True)


def _ldn_size(ev: Any, study: dict[Any, Any]) -> tuple[float, str, tuple[str, ...]]:
    """How many were given LDN in a trial, what that rests on, and the rows of the data behind it."""
    here = (str(study["study_id"]),)
    if study["design_type"] == "crossover":
        return float(study["n_randomised"]), "all who were randomised (crossover)", here
    same = ev.studies.loc[ev.studies["trial_id"] == study["trial_id"], "study_id"]
    events, outcomes = ev.events, ev.outcomes
    counted = events[events["study_id"].isin(same) & (events["group"] == "ldn")]
    compared = outcomes[outcomes["study_id"].isin(same)].dropna(subset=["n_ldn"])
    sizes = [*zip(counted["n"], counted["event_id"], strict=True)]
    sizes += [*zip(compared["n_ldn"], compared["outcome_id"], strict=True)]
    if sizes:
        most, row = max(sizes, key=lambda pair: pair[0])
        return float(most), "largest LDN group reported", (*here, str(row))
    half = "half of those randomised; the group's size is not in the tables"
    return float(study["n_randomised"]) / 2, half, here


def exposure_by_dose(ev: Any) -> pd.DataFrame:
    """Exposure by dose: ``dose_mg trials n person_weeks longest_weeks longest_n``.

    `longest_n` is how many were given LDN in the trials that lasted `longest_weeks`. Evidence as of a year by
    which no such trial had been published is an `InputError`.
    """
    require_published(ev, "randomised, double-blind trial against placebo", lambda e: exposure(e)["study_id"])
    table = exposure(ev)
    rows = []
    for dose, part in table.groupby("dose_mg"):
        longest = part["weeks_ldn"].max()
        most = part.loc[part["weeks_ldn"] == longest, "n_ldn"].sum()
        rows.append((dose, len(part), part["n_ldn"].sum(), part["person_weeks_ldn"].sum(), longest, most))
    return pd.DataFrame(
        rows, columns=["dose_mg", "trials", "n", "person_weeks", "longest_weeks", "longest_n"]
    )


def frequency_excluded(
    ev: Any, reading: str = "all", level: float = 0.95, asked: float = 0.01
) -> pd.DataFrame:
    """What frequency of a serious event under LDN the reported counts exclude.

    Parameters
    ----------
    asked
        A frequency that one would like to exclude; `needed` people without an event would.

    Returns
    -------
    DataFrame
        One row a report (and ``all reports``, which adds up two definitions of a serious event): ``label
        event events n weeks person_years upper_percent upper_per_100_years needed inputs``. The limits are
        one-sided at `level` where there was no event (`models.zero_event_bound`), else the upper end of
        the exact interval. A trial whose report on serious events was not available to us is not here: that
        is not a report of none.
    """
    counts = harm_counts(ev, reading, level)
    counts = counts[counts["event"].isin(SERIOUS) & counts["a"].notna()]
    weeks = exposure(ev).set_index("study_id")["weeks_ldn"].to_dict()
    rows = [
        _excluded(r.label, r.event, r.a, r.n1, weeks.get(r.study_id, math.nan), level, asked)
        | {"inputs": (*r.inputs, r.study_id)}
        for r in _rows_of(counts)
    ]
    if len(rows) > 1:
        events, n = float(counts["a"].sum()), float(counts["n1"].sum())
        total = sum(r["person_years"] for r in rows)
        rows.append(
            _excluded(
                "all reports", "serious, by either definition", events, n, total / n * YEAR, level, asked
            )
            | {"inputs": (*_joined(counts), *counts["study_id"])}
        )
    columns = ["label", "event", "events", "n", "weeks", "person_years", "upper_percent"]
    return pd.DataFrame(rows, columns=[*columns, "upper_per_100_years", "needed", "inputs"])


def _excluded(
    label: str, event: str, events: float, n: float, weeks: float, level: float, asked: float
) -> dict[str, Any]:
    years = n * weeks / YEAR
    exact = models.exact_proportion(events, n, level)
    upper = models.zero_event_bound(n, level) if events == 0 else exact.upper
    rate = models.exact_rate(events, years, level).upper if years > 0 else math.nan
    return {
        "label": label, "event": event, "events": events, "n": n, "weeks": weeks, "person_years": years,
        "upper_percent": 100 * upper, "upper_per_100_years": 100 * rate,
        "needed": models.needed_to_exclude(asked, level),
    }  # fmt: skip


def serious_certainty(ev: Any, excluded: pd.DataFrame) -> Certainty:
    """Certainty of what is said on serious events, from `frequency_excluded`, by the rules of `grading`."""
    if not len(excluded):
        return Certainty(UNGRADED, "", note="no count of serious events was available to us")
    reports = excluded[excluded["label"] != "all reports"]
    ids = ev.studies.set_index("label")["study_id"].to_dict()
    bias = ev.risk_of_bias.query("outcome == 'pain' and domain == 'overall'")
    judged = bias.set_index("study_id")["judgement"].to_dict()
    silent = len(exposure(ev)) - len(reports)
    return certainty(
        "high",
        [
            bias_off(list(reports["n"]), [ids[label] for label in reports["label"]], judged, "pain"),
            events_off(float(reports["events"].sum()), math.nan, math.nan),
            Downgrade("publication bias", 1, f"{silent} of the trials' counts were not available to us")
            if silent
            else None,
        ],
    )


def _joined(counts: pd.DataFrame) -> tuple[str, ...]:
    """The rows of the events table behind several rows of `harm_counts`."""
    return tuple(i for inputs in counts["inputs"] for i in inputs)


def _rows_of(table: pd.DataFrame) -> list[Any]:
    """The rows, with their cells as attributes."""
    return list(table.itertuples())
