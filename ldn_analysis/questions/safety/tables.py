"""Tables of harms, from results: narrow enough for a page."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from ldn_analysis.display.words import MISSING, interval, number

KINDS = {
    "randomised": "counted in a randomised trial",
    "paired": "counted in a crossover trial: the same people took both",
    "printed": "percentages that a randomised trial prints, without counts",
    "quoted": "pooled by others, quoted",
    "LDN alone": "counted under LDN alone",
    "none": "not available to us",
}
"""Kinds of evidence on a harm, in words."""


def _per(value: float) -> str:
    return number(value, 0) if math.isfinite(value) else MISSING


def asked(table: pd.DataFrame) -> pd.DataFrame:
    """What patients ask about first (`safety.harms_asked_first`) in cells: ``harm ldn control ratio kind
    label inputs``."""
    rows = []
    for row in table.to_dict("records"):
        ratio = MISSING
        if math.isfinite(row["ratio"]):
            ratio = f"{row['measure']} {interval(row['ratio'], row['lower'], row['upper'])}"
        week = f", {row['week']:g} weeks" if math.isfinite(row["week"]) else ""
        rows.append((row["harm"].capitalize(), _per(row["ldn"]), _per(row["control"]), ratio,
                     KINDS[row["kind"]], f"{row['label']}{week}" or MISSING, row["inputs"]))  # fmt: skip
    return pd.DataFrame(rows, columns=["harm", "ldn", "control", "ratio", "kind", "label", "inputs"])


def compared(table: pd.DataFrame) -> pd.DataFrame:
    """Counts of both groups (`compared_harms`) in cells: ``event weeks ldn control rr rd
    peto model trials inputs``."""
    rows = []
    for row in table.to_dict("records"):
        rr = interval(row["rr"], row["rr_lower"], row["rr_upper"])
        rd = interval(row["rd"], row["rd_lower"], row["rd_upper"], 1)
        peto = interval(row["peto"], row["peto_lower"], row["peto_upper"])
        note = f"; {row['note']}" if row["note"] else ""
        ldn, control = (f"{row[f'{g}_events']}/{row[f'{g}_n']}" for g in ("ldn", "control"))
        rows.append((row["event"].capitalize(), row["weeks"] or MISSING, ldn, control, rr, rd, peto,
                     f"{row['model']}{note}", row["trials"], row["inputs"]))  # fmt: skip
    columns = ["event", "weeks", "ldn", "control", "rr", "rd", "peto", "model", "trials", "inputs"]
    return pd.DataFrame(rows, columns=columns)


def counted(table: pd.DataFrame) -> pd.DataFrame:
    """Every count as reported (`safety.harm_counts`) in cells: ``label event week ldn control how_read reason
    inputs``."""
    rows = []
    for row in table.to_dict("records"):
        rows.append((row["label"], row["event"].capitalize(), row["week"], _group(row, "a", "n1", "ldn"),
                     _group(row, "c", "n2", "control"), row["how_read"], row["exclusion_reason"],
                     row["inputs"]))  # fmt: skip
    columns = ["label", "event", "week", "ldn", "control", "how_read", "reason", "inputs"]
    return pd.DataFrame(rows, columns=columns)


def _group(row: dict[Any, Any], events: str, size: str, name: str) -> str:
    """Count, people and the exact interval per 100; else the percentage that is printed."""
    if math.isfinite(row[name]):
        low, high = row[f"{name}_lower"], row[f"{name}_upper"]
        return (
            f"{row[events]:g}/{row[size]:g}: {number(row[name], 0)} ({number(low, 0)} to {number(high, 0)})"
        )
    said = row[f"said_{name}"]
    return f"{said:g}% printed" if math.isfinite(said) else MISSING
