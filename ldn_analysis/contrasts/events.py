"""Counts of participants with an event, side by side."""

from __future__ import annotations

import math
from typing import Any, Protocol

import pandas as pd

from ldn_analysis.contrasts.choices import Unusable
from ldn_analysis.contrasts.counts import count_of, effect_of, missing
from ldn_analysis.contrasts.study_sets import HasTables, declared_by_outcome, main_reports, standing, trial_of
from ldn_analysis.contrasts.times import listed, undeclared_week
from ldn_analysis.errors import InputError, one_of
from ldn_analysis.evidence.made_once import once
from ldn_analysis.evidence.trials import LOW_DOSE_MG, doses_held, some_doses
from ldn_analysis.evidence.vocabulary import SET_ASIDE, may_be_read

PAIRED = "the same people took both, LDN and placebo: not two groups, and not pooled"
"""Why counts of both conditions of a crossover are shown and not pooled."""
ONCE_A_DOSE = "a crossover of several doses: one person would be counted once a dose"
FIRST = "the same people took both; the first period, in which they are two groups, is compared"
"""Why counts of both conditions give way to those of the first period."""

EVENT_COLUMNS = (
    "study_id", "label", "year", "design", "dose_mg", "doses", "event", "analysis", "a", "n1", "c", "n2",
    "paired", "period", "definition", "week", "source", "location", "how_read", "included",
    "exclusion_reason", "inputs", "derivation", "alone", "both", "t1", "t2", "measure", "yi", "vi",
)  # fmt: skip

Sets = dict[str, list[dict[str, Any]]]  # rows of the study sets by outcome
RESPONDED = "response"
"""In the name of what is asked at the end of a condition; other events are counted while it lasts."""
RESPONSE = "pain response"  # its events are named such as "pain response 30%", its sets as this


class HasEvents(HasTables, Protocol):
    """What is needed of `evidence.Evidence`; it may hold ``study_sets`` too."""

    @property
    def events(self) -> pd.DataFrame: ...


@once
def event_table(
    ev: HasEvents, event: str | None = None, reading: str = "all", analysis: str = "intention to treat"
) -> pd.DataFrame:
    """Events of LDN and control of each study, one row a study, event, week and analysis.

    Parameters
    ----------
    ev
        `evidence.Evidence`.
    event
        As in the events table ("pain response 30%", "any adverse event", ...); None gives all.
    reading : {"all", "transcribed", "read by us", "abstract"}
        As in `derive`: counts read in other ways are set aside.
    analysis : {"intention to treat", "complete cases", "all"}
        Where a study reports an event in several ways, the one to include; the others stay in the table as
        excluded. A study that reports it in one way only is included as it is. "all" includes every row.

    Returns
    -------
    DataFrame
        Columns `EVENT_COLUMNS`: `a` of `n1` under LDN (`doses` low doses of one trial added), `c` of `n2`
        under control; `paired` where the same people were under both, as in every crossover (then a 2x2 table
        of independent groups is wrong), and `both` how many had the event under both. Counts of the first
        `period` of a crossover are two groups: they are included, and those of both conditions give way.
        `alone` says which dose a count is of where the trial gave others too, empty where it is of all.
        `yi` and `vi` are the log ratio of LDN to control that the row gives and its variance, by `measure`:
        RR, MPRR (paired counts with `both`) or IRR (events in `t1` and `t2` person-weeks: no people, so that
        `a` and `c` are NaN and the row is not included among counts of people). A row without one of the
        groups is kept with NaN, `included` False and the reason; a missing count is not zero. Of a trial one
        week, one analysis and one report is included: the declared primary week, else the end of treatment;
        of that week the chosen analysis, else intention to treat, else the one not named; its main report. A
        study that no table declares for the event is included if it is declared primary for pain, else by
        the rule for the primary pool.

    Raises
    ------
    InputError
        An unknown event; the message lists those there are.
    """
    rows = ev.events
    events = list(dict.fromkeys(rows["event"]))
    if event is not None and event not in events:
        raise InputError(f"event is {event!r}: must be one of {', '.join(map(str, events))}")
    one_of("analysis", analysis, ("intention to treat", "complete cases", "all"))
    if event is not None:
        rows = rows[rows["event"] == event]
    studies = {s["study_id"]: s for s in ev.studies.to_dict("records")}
    rows = rows.assign(analysis=rows.get("analysis", ""), period=rows.get("period", math.nan))
    printed = getattr(ev, "printed", {}).get("events")
    if printed is not None:
        rows["percent"] = rows["event_id"].map(printed.set_index("event_id")["percent"])
    groups: dict[tuple[Any, ...], list[dict[Any, Any]]] = {}
    for row in rows.to_dict("records"):
        cells = [row[name] for name in ("study_id", "event", "analysis", "period")]
        cells.append(_drug_week(studies[row["study_id"]], row))
        groups.setdefault(tuple(None if missing(cell) else cell for cell in cells), []).append(row)
    pairs = [_pair(studies[group[0]["study_id"]], group, reading) for group in groups.values()]
    outcomes = {_outcome(pair["event"]) for pair in pairs}
    sets = declared_by_outcome(ev, {*outcomes, "pain"})
    _some_doses(ev, pairs, studies)
    _outside_the_pool(ev, sets, pairs)
    _first_period(pairs, studies)
    _one_week(sets, pairs, studies)
    if analysis != "all":
        _one_analysis(analysis, pairs, studies)
    _one_report(pairs, studies)
    table = pd.DataFrame(pairs, columns=list(EVENT_COLUMNS))
    numbers = ["dose_mg", "week", "period", "a", "n1", "c", "n2", "both", "t1", "t2", "yi", "vi"]
    return table.astype(dict.fromkeys(numbers, float) | {"included": bool})


def _drug_week(study: dict[Any, Any], row: dict[Any, Any]) -> float:
    """The week of a count; of a crossover's placebo at the end of its own condition that of the drug's."""
    weeks: Any = study.get("treatment_weeks")
    of_placebo = study["design_type"] == "crossover" and row["group"] == "placebo"
    ends = of_placebo and row["week"] == study.get("control_weeks") and not missing(weeks)
    return float(weeks if ends else row["week"])


def _some_doses(ev: HasEvents, pairs: list[dict[str, Any]], studies: dict[Any, dict[Any, Any]]) -> None:
    """Say of a count that it is of some of the low doses which its trial gave side by side."""
    doses_of: dict[str, set[float]] = {}
    for study in studies.values():
        doses_of.setdefault(trial_of(study), set()).update(doses_held(study))
    for table in (ev.outcomes, ev.events):
        if "dose_mg_per_day" in table:
            for study_id, dose in zip(table["study_id"], table["dose_mg_per_day"].astype(float), strict=True):
                doses_of[trial_of(studies[study_id])].add(dose)
    for pair in pairs:
        pair["alone"] = some_doses(pair["counted_doses"], doses_of[trial_of(studies[pair["study_id"]])])
        pair["derivation"] = "; ".join(filter(None, (pair["derivation"], pair["alone"])))


def _included(
    pairs: list[dict[str, Any]], studies: dict[Any, dict[Any, Any]]
) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """What is still in, by trial and event, whichever report it stands in."""
    places: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for pair in pairs:
        if pair["included"]:
            places.setdefault(_place(pair, studies), []).append(pair)
    return places


def _leave_out(row: dict[str, Any], reason: str) -> None:
    if row["included"]:
        row["included"], row["exclusion_reason"] = False, reason


def _outcome(event: str) -> str:
    """The outcome under which study sets list an event."""
    return RESPONSE if event.startswith(RESPONSE) else event


def _outside_the_pool(ev: HasEvents, sets: Sets, pairs: list[dict[str, Any]]) -> None:
    """Leave out studies that the data's study sets exclude, or that the rule for the pool does.

    A study that the data put into the pool of pain is in that of the counts, unless it has a row of its own.
    """
    left_out = {
        outcome: {str(s["study_id"]): "" if s["set"] == "primary" else str(s["reason"]) for s in rows}
        for outcome, rows in sets.items()
    }
    outcomes = {_outcome(pair["event"]) for pair in pairs}
    rules = {outcome: standing(ev, left_out.get(outcome, {})) for outcome in outcomes}
    in_pain = {study_id for study_id, reason in left_out.get("pain", {}).items() if not reason}
    for pair in pairs:
        outcome, study_id = _outcome(pair["event"]), pair["study_id"]
        rule = "" if study_id in in_pain else rules[outcome][study_id]
        reason = left_out.get(outcome, {}).get(study_id, rule)
        if reason:
            _leave_out(pair, reason)


def _one_analysis(chosen: str, pairs: list[dict[str, Any]], studies: dict[Any, dict[Any, Any]]) -> None:
    """Of a trial's counts of an event in several analyses, leave in one: the chosen one, if it is there."""
    order = (chosen, "intention to treat", "", "complete cases")
    for counts in _included(pairs, studies).values():
        best = min((count["analysis"] for count in counts), key=order.index)
        name = best or "the count that names no analysis"
        for count in counts:
            if count["analysis"] != best:
                _leave_out(count, f"{name} chosen; this is {count['analysis'] or 'one that names none'}")


def _one_week(sets: Sets, pairs: list[dict[str, Any]], studies: dict[Any, dict[Any, Any]]) -> None:
    """Of a trial's counts of an event at several weeks, leave in those at the end of treatment; of responses
    those at its primary week, if there are any.

    A count without a week gives way to one of its own report that has one, else is of the end of treatment.
    """
    declared = {
        (trial_of(studies[s["study_id"]]), outcome): float(s["primary_week"])
        for outcome, rows in sets.items()
        for s in rows
        if s["study_id"] in studies and not missing(s["primary_week"])
    }
    for (trial, event), counts in _included(pairs, studies).items():
        dated = {count["study_id"] for count in counts if not missing(count["week"])}
        taken: list[tuple[dict[str, Any], float]] = []
        for count in counts:
            length: Any = studies[count["study_id"]].get("treatment_weeks")
            at = length if missing(count["week"]) else count["week"]
            if missing(count["week"]) and count["study_id"] in dated:
                _leave_out(count, "it names no week, and another count of this report does")
            elif not missing(at):
                taken.append((count, float(at)))
        weeks = sorted({at for _, at in taken})
        if not dated or not weeks:
            continue
        end: Any = studies.get(trial, studies[taken[0][0]["study_id"]]).get("treatment_weeks")
        primary = declared.get((trial, _outcome(event)), declared.get((trial, "pain")))
        week, why = _week_taken(event, weeks, primary, math.nan if missing(end) else float(end))
        for count, at in taken:
            if at != week:
                because = f"week {at:g}: the count is that at week {week:g}"
                _leave_out(count, "; ".join(filter(None, (because, why))))
            else:
                count["derivation"] = "; ".join(filter(None, (count["derivation"], why)))


def _week_taken(event: str, weeks: list[float], primary: float | None, end: float) -> tuple[float, str]:
    """The week at which an event is compared, and why it is not the declared one."""
    if primary in weeks and event.startswith(RESPONSE):
        return weeks[weeks.index(primary)], ""
    week, taken = undeclared_week(weeks, end)
    if not event.startswith(RESPONSE):  # a harm is counted from the start on: to the end of treatment
        return week, taken if len(weeks) > 1 else ""
    if primary is not None:
        return week, f"none is of week {primary:g}, declared primary: {taken}"
    several = f"of weeks {listed(weeks)} none is declared primary: {taken}"
    return week, several if len(weeks) > 1 else ""


def _place(row: dict[str, Any], studies: dict[Any, dict[Any, Any]]) -> tuple[str, str]:
    """The trial and the event of a row, whichever report it stands in."""
    return trial_of(studies[row["study_id"]]), row["event"]


def _first_period(pairs: list[dict[str, Any]], studies: dict[Any, dict[Any, Any]]) -> None:
    """Of a crossover whose first period can be compared as two groups, leave out the counts of both
    conditions: those are never pooled."""
    compared = {_place(pair, studies) for pair in pairs if pair["included"] and pair["period"] == 1}
    for pair in pairs:
        if pair["paired"] and _place(pair, studies) in compared:
            _leave_out(pair, FIRST)


def _one_report(pairs: list[dict[str, Any]], studies: dict[Any, dict[Any, Any]]) -> None:
    """Of several reports of a trial, leave in its main report, else the first published."""
    included = [pair for pair in pairs if pair["included"]]
    best = main_reports((_place(pair, studies), studies[pair["study_id"]]) for pair in included)
    for pair in included:
        main = best[_place(pair, studies)]
        if pair["study_id"] != main["study_id"]:
            _leave_out(pair, f"The same trial as {main['label']}, which gives this count.")


def _arms(group: list[dict[Any, Any]], name: str) -> list[dict[Any, Any]]:
    """The rows of a group; of several doses those that are low, or the one row that holds them all."""
    rows = [g for g in group if g["group"] == name]
    together = [g for g in rows if missing(g.get("dose_mg_per_day"))]
    apart = [g for g in rows if not missing(g.get("dose_mg_per_day"))]
    low = [g for g in apart if g["dose_mg_per_day"] <= LOW_DOSE_MG]
    if len(low) < len(apart):
        return low  # a row of all doses holds the high ones too
    whole = len(together) == 1 and together[0]["n"] >= sum(g["n"] for g in low)
    return together if whole else [*together, *low]


def _pair(study: dict[Any, Any], group: list[dict[Any, Any]], reading: str) -> dict[str, Any]:
    """LDN and control of one event, week and analysis of a study, side by side."""
    readable = [g for g in group if may_be_read(str(g["how_read"]), reading)]
    ldn, control = _arms(readable, "ldn"), _arms(readable, "placebo")
    first, period = group[0], float(group[0]["period"])
    crossover = study["design_type"] == "crossover" or str(first["paired"]) in {"yes", "True"}
    paired = crossover and math.isnan(period)
    used = [*ldn, *control] or group
    notes, uncounted = _count(used)
    (a, n1, t1), (c, n2, t2) = (
        [_total(arms, name) for name in ("count", "n", "person_weeks")] for arms in (ldn, control)
    )
    again = paired and len(ldn) > 1 and not uncounted
    if again:  # people once; how many of them had the event under any dose is known only where nobody had
        a, n1 = (0.0 if a == 0 else math.nan), max(float(g["n"]) for g in ldn)
    both = next((float(g["both"]) for g in used if not missing(g.get("both"))), math.nan)
    lasted, rates = _unequal(ldn, control), not math.isnan(t1)
    longer = lasted and not rates and RESPONDED not in str(first["event"])
    mixed = rates != (not math.isnan(t2))
    doubts = (
        (again, f"{ONCE_A_DOSE} ({_each_dose(ldn)}); only those of its first period can be compared"),
        (not uncounted and any(map(math.isnan, (a, c, n1, n2))), "a count or a group size is missing"),
        (longer, f"{lasted}: in a longer time more happens"),
        (mixed, "people in one group, events of a time at risk in the other: they do not compare"),
    )
    reason = f"{SET_ASIDE[reading]} are set aside" if not readable else _no_pair(readable, ldn, control)
    reason = reason or next((words for doubted, words in doubts if doubted), uncounted)
    measure, yi, vi = "", math.nan, math.nan
    if not reason:
        measure, yi, vi = effect_of(a, n1, c, n2, both=both, weeks=(t1, t2), paired=paired)
        notes += [lasted] if lasted else []
        if rates:
            a = c = math.nan
            reason = "events in a time at risk, not people: a ratio of rates, not of people"
            reason = f"{PAIRED}; how their rates correlate is not known" if paired else reason
    if period == 1:
        notes.insert(0, "the first period alone, as two groups")
    doses = _doses(ldn)
    if len(ldn) > 1:
        notes.insert(0, f"{len(ldn)} doses added: {', '.join(f'{d:g}' for d in doses)} mg a day")
    dose: Any = doses[0] if len(doses) == 1 else study["dose_mg_per_day"]

    def joined(name: str) -> str:
        return "; ".join(dict.fromkeys(str(g[name]) for g in used if not missing(g[name])))

    return {
        "study_id": study["study_id"], "label": study["label"], "year": study["year"],
        "design": study["design"],
        "dose_mg": math.nan if len(ldn) > 1 else pd.to_numeric(dose, errors="coerce"),
        "doses": len(ldn), "event": first["event"],
        "analysis": "" if missing(first["analysis"]) else first["analysis"],
        "a": a, "n1": n1, "c": c, "n2": n2, "paired": paired, "period": period,
        "definition": joined("definition"), "week": (ldn or group)[0]["week"], "source": joined("source"),
        "location": joined("location"), "how_read": joined("how_read"), "included": not reason,
        "exclusion_reason": reason, "inputs": tuple(g["event_id"] for g in used if "event_id" in g),
        "derivation": "; ".join(notes), "counted_doses": doses, "alone": "", "both": both,
        "t1": t1, "t2": t2, "measure": measure, "yi": yi, "vi": vi,
    }  # fmt: skip


def _doses(ldn: list[dict[Any, Any]]) -> tuple[float, ...]:
    """The doses of arms, the smallest first; none where a row is of several together."""
    doses: list[Any] = [g.get("dose_mg_per_day") for g in ldn]
    return () if any(map(missing, doses)) else tuple(sorted(map(float, doses)))


def _each_dose(ldn: list[dict[Any, Any]]) -> str:
    """What was counted under each dose, in words."""
    return ", ".join(
        f"{float(g.get('count', math.nan)):g} of {float(g['n']):g} at {float(g['dose_mg_per_day']):g} mg"
        for g in sorted(ldn, key=lambda g: float(g["dose_mg_per_day"]))
        if not any(missing(g.get(name)) for name in ("count", "n", "dose_mg_per_day"))
    )


def _no_pair(readable: list[dict[Any, Any]], ldn: list[dict[Any, Any]], control: list[dict[Any, Any]]) -> str:
    """Why rows are not one group on LDN (of one or more doses) and one control group; empty if they are."""
    period = float(readable[0]["period"])
    if period > 1:
        return f"period {period:g} of a crossover: what was taken before may still act"
    if not control:
        return "no count in a control group"
    if not ldn:
        high = any(g["group"] == "ldn" for g in readable)
        return f"no count under {'a low dose of ' if high else ''}LDN"
    if len(control) > 1 or (len(ldn) > 1 and len(set(_doses(ldn))) < len(ldn)):
        return "several rows count one group, and nothing says which is meant"
    return ""


def _unequal(ldn: list[dict[Any, Any]], control: list[dict[Any, Any]]) -> str:
    """How long the conditions of a crossover lasted where that differs, in words; else empty."""
    drug, placebo = (
        next((row["week"] for row in rows if row["week"] >= 0), math.nan) for rows in (ldn, control)
    )
    apart = drug == drug and placebo == placebo and drug != placebo
    return f"LDN was taken for {drug:g} weeks and placebo for {placebo:g}" if apart else ""


def _count(rows: list[dict[Any, Any]]) -> tuple[list[str], str]:
    """Give each row its ``count``: how they were had, and why one cannot be had (then no row has one)."""
    try:
        counts = [count_of(row) for row in rows]
    except Unusable as problem:
        return [], str(problem)
    for row, (count, _) in zip(rows, counts, strict=True):
        row["count"] = count
    return [note for _, note in counts if note], ""


def _total(arms: list[dict[Any, Any]], column: str) -> float:
    """Sum over arms of a column; NaN where there is no arm or a number is missing."""
    values = [math.nan if missing(arm.get(column)) else float(arm[column]) for arm in arms]
    return sum(values) if values else math.nan
