"""Tables of harms, from results: narrow enough for a page."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from ldn_analysis import html
from ldn_analysis.display import Table
from ldn_analysis.display.words import MISSING, interval, number, spoken
from ldn_analysis.questions.safety import words

KINDS = {
    "randomised": "randomised",
    "paired": "crossover: the same people took both",
    "timed": "events in a time at risk, not people",
    "printed": "randomised, percentages without counts",
    "apart": "counted in both groups, which do not compare",
    "LDN alone": "counted under LDN alone",
    "none": "not available to us",
}
"""Kinds of evidence on a harm, in words."""


def in_a_year(excluded: pd.DataFrame) -> Table | None:
    """What a year or more leaves open, beside the claim that rests on it; None without such a trial."""
    sentence = words.longest(excluded)
    if not sentence:
        return None
    to = html.link("08_claims.html#claim-long-term-safety", "claim on long-term safety")
    return Table(html.finished(html.element("p", f"{sentence}, as the ", to, " says.")), f"{sentence}.")


def asked(table: pd.DataFrame) -> pd.DataFrame:
    """What patients ask about first (`safety.harms_asked_first`), its numbers as text; a count under LDN
    alone only where nothing better is known of the harm: `counted` has every count, the picture the ratios
    that others pooled, of which none is of a hundred people."""
    better = table.loc[~table["kind"].isin(("LDN alone", "none")), "harm"]
    table = table[(table["kind"] != "LDN alone") | ~table["harm"].isin(better)]
    table = table[table["kind"] != "quoted"]
    rows = table.to_dict("records")
    labels, kinds = zip(*map(_whose, rows), strict=True)
    return table.assign(
        harm=table["harm"].str.capitalize(),
        ldn=[number(r["ldn"], 0) for r in rows],
        control=[number(r["control"], 0) for r in rows],
        ratio=[_ratio(r) for r in rows],
        kind=kinds,
        label=labels,
        basis=["; ".join(filter(None, pair)) for pair in zip(labels, kinds, strict=True)],
    )


def _ratio(row: dict[Any, Any]) -> str:
    if not math.isfinite(row["ratio"]):
        return MISSING
    return f"{row['measure']} {interval(row['ratio'], row['lower'], row['upper'])}"


def _whose(row: dict[Any, Any]) -> tuple[str, str]:
    """Whose a piece of evidence is and of which time (of many trials: how many), and of which kind."""
    several = row["kind"] == "randomised" and row["k"] > 1
    who = f"{row['k']:g} trials" if several and row["k"] > words.NAMED else row["label"]
    week = f", {row['week']:g} weeks" if math.isfinite(row["week"]) else ""
    return who + week, KINDS[row["kind"]]


def compared(table: pd.DataFrame) -> pd.DataFrame:
    """Counts of both groups (`compared_harms`), each with its interval as text."""
    rows = table.to_dict("records")
    cells = {
        name: [interval(r[name], r[f"{name}_lower"], r[f"{name}_upper"], digits) for r in rows]
        for name, digits in (("rr", 2), ("rd", 1), ("peto", 2))
    }
    cells |= {g: [f"{r[f'{g}_events']}/{r[f'{g}_n']}" for r in rows] for g in ("ldn", "control")}
    model = ["; ".join(filter(None, (r["model"], r["note"], r["alone"]))) for r in rows]
    return table.assign(event=table["event"].str.capitalize(), model=model, **cells)


def counted(table: pd.DataFrame) -> pd.DataFrame:
    """Every count as reported (`safety.harm_counts`), each group as text."""
    rows = table.to_dict("records")
    return table.assign(
        event=table["event"].str.capitalize(),
        reason=table["exclusion_reason"],
        ldn=[_group(r, "a", "n1", "ldn", "t1") for r in rows],
        control=[_group(r, "c", "n2", "control", "t2") for r in rows],
    )


def _group(row: dict[Any, Any], events: str, size: str, name: str, time: str) -> str:
    """Count, people and the exact interval per 100; else events and their time, or the percentage printed."""
    if math.isfinite(row[f"timed_{name}"]):
        return f"{row[f'timed_{name}']:g} events in {row[time]:g} person-weeks"
    if math.isfinite(row[name]):
        per_hundred = spoken(row[name], row[f"{name}_lower"], row[f"{name}_upper"], 0)
        return f"{row[events]:g}/{row[size]:g}: {per_hundred}"
    percent = row[f"said_{name}"]
    return f"{percent:g}% printed" if math.isfinite(percent) else MISSING
