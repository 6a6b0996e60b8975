"""Where a value comes from: source, place in it, how it was read, and the row of our file that holds it."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

import pandas as pd

from ldn_analysis import html
from ldn_analysis.errors import InputError
from ldn_analysis.evidence.schema import Package
from ldn_analysis.evidence.tables import Evidence

VALUE_COLUMNS = ("value", "estimate")
LIMITS = ("lower95", "upper95")
PARTICIPANTS = dict.fromkeys(("events", "discontinuation", "registrations"), "participants")
SPREADS = {"n": "n", "sd": "SD", "se": "SE", "iqr": "IQR", "p_value": "p", "i2_percent": "I²"}
SUBJECTS = {
    "studies": ("design", "dose_schedule"),
    "outcomes": ("measure", "statistic", "group", "week"),
    "events": ("event", "group", "analysis", "week"),
    "published_syntheses": ("outcome", "comparison", "model"),
    "pharmacology": ("quantity", "analyte", "dose_mg", "regimen", "time_h"),
    "clinical_thresholds": ("what", "kind"),
    "registrations": ("title", "condition", "design", "doses_mg_per_day", "status_as_read", "notes"),
    "pilot_participants": ("participant",),
    "discontinuation": ("condition", "design", "reasons"),
    "responder_benchmarks": ("what",),
    "claims": ("claim",),
    "judgements": ("item", "reason"),
    "risk_of_bias": ("domain_name", "judgement", "basis"),
}
"""The cells that say what a row is about, by table."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where one row of the evidence comes from.

    Attributes
    ----------
    row_id, table, study_id, label : str
        Key of the row, its table, and the study or review (empty where there is none).
    value, unit : str
        What was reported, as printed: ``"-0.34 (-0.95 to 0.27)"``, ``"20/49"``; and its unit.
    source, url, location, how_read : str
        Publication, its address (empty if there is none), place in it, and how the value reached us.
    file, line : str, int
        The row in the project's data, as a text editor shows it.
    subject, more : str
        What the row is about (``"pain response 30%; ldn; week 12"``), and what was reported beside the value
        (``"n 49; SD 1.1"``).
    """

    row_id: str
    table: str
    study_id: str
    label: str
    value: str
    unit: str
    source: str
    url: str
    location: str
    how_read: str
    file: str
    line: int
    subject: str = ""
    more: str = ""


def source_url(source: str) -> str:
    """Address of a source given as DOI (``10....``) or ``PMID ...``; empty for any other citation."""
    if re.fullmatch(r"10\.\d+/\S+", source):
        return "https://doi.org/" + quote(source, safe="/():;._-")
    if number := re.fullmatch(r"PMID (\d+)", source):
        return f"https://pubmed.ncbi.nlm.nih.gov/{number[1]}/"
    return ""


MEASURED = {"age_years": "age {}", "illness_years": "ill for {} years", "bmi": "BMI {}",
            "fiq": "FIQ {}", "esr_mm_h": "ESR {} mm/h"}  # fmt: skip


def _counted(cells: dict[str, str], count: str, percent: str) -> str:
    """A count of its number; where no count is printed, the percentage."""
    if cells[count]:
        return f"{cells[count]}/{cells['n']}"
    return f"{cells[percent]}% of {cells['n']}" if cells[percent] else ""


def _value(table: str, cells: dict[str, str]) -> str:
    """The reported value as printed, with its interval or denominator."""
    if table == "events":
        return _counted(cells, "events", "percent")
    if table == "discontinuation":
        return _counted(cells, "stopped", "percent_stopped")
    if table == "registrations":
        sizes = (("n_reached", "reached"), ("n_planned", "planned"))
        return "; ".join(f"{cells[name]} {verb}" for name, verb in sizes if cells[name])
    if table == "pilot_participants":
        return "; ".join(words.format(cells[name]) for name, words in MEASURED.items() if cells[name])
    name = next((column for column in VALUE_COLUMNS if column in cells), "")
    value = cells.get(name, "")
    if value and all(cells.get(limit) for limit in LIMITS):
        return f"{value} ({cells['lower95']} to {cells['upper95']})"
    return value


def _subject(table: str, cells: dict[str, str]) -> str:
    """What a row is about: the cells that say so, as printed."""
    subjects = [(name, cells.get(name, "")) for name in SUBJECTS.get(table, ())]
    words = {"week": "week {}", "dose_mg": "{} mg", "time_h": "{} h", "participant": "participant {}"}
    words |= {"doses_mg_per_day": "{} mg a day"}
    return "; ".join(words.get(name, "{}").format(cell) for name, cell in subjects if cell)


def _more(table: str, cells: dict[str, str]) -> str:
    """What was reported beside the value: sizes, spreads, p values, as printed."""
    if table == "studies":
        sizes = (("n_randomised", "randomised"), ("n_analysed", "analysed"))
        return "; ".join(f"{cells[name]} {verb}" for name, verb in sizes if cells.get(name))
    spreads = [f"{label} {cells[name]}" for name, label in SPREADS.items() if cells.get(name)]
    if table == "outcomes" and cells.get("p_value_from"):
        spreads.append(f"p of a {cells['p_value_from']}")
    return "; ".join(spreads[1:] if table in ("events", "discontinuation") else spreads)


@lru_cache(maxsize=8)
def _places(printed: Mapping[str, pd.DataFrame], package: Package) -> dict[str, tuple[str, int]]:
    """Table and place in it of each primary key; of a key that two tables have, the first table's. Both
    arguments are known by what they are, not by their content: neither ever changes."""
    places: dict[str, tuple[str, int]] = {}
    for name, table in printed.items():
        for position, key in enumerate(table[package.resources[name].primary_key]):
            places.setdefault(key, (name, position))
    return places


def source_of(ev: Evidence, row_id: str) -> Provenance:
    """Where the row with the primary key `row_id` comes from (outcome, event, synthesis, pharmacology, ...).

    Parameters
    ----------
    ev : Evidence
    row_id : str
        Primary key of a row of any table, for example ``"final2024-pain-w12-ldn-mean-change"``.

    Raises
    ------
    InputError
        If no table has such a row; the message gives the nearest keys.
    """
    places = _places(ev.printed, ev.package)
    if row_id in places:
        name, position = places[row_id]
        labels = dict(zip(ev.studies["study_id"], ev.studies["label"], strict=True))
        row = ev.printed[name].iloc[position]
        cells = {str(key): "" if value != value else value for key, value in row.items()}
        study = cells.get("study_id", "")
        source, value = cells.get("source") or cells.get("doi", ""), _value(name, cells)
        return Provenance(
            row_id=row_id, table=name, study_id=study, label=cells.get("label") or labels.get(study, ""),
            value=value,
            unit=PARTICIPANTS.get(name, "") * bool(value) or cells.get("unit") or cells.get("measure", ""),
            source=source, url=source_url(source), location=cells.get("location", ""),
            how_read=cells.get("how_read", ""), file=ev.package.resources[name].path,
            line=int(cells["line"]), subject=_subject(name, cells), more=_more(name, cells),
        )  # fmt: skip
    from difflib import get_close_matches

    near = get_close_matches(str(row_id), map(str, places), n=3)
    hint = f"; near it: {', '.join(near)}" if near else ""
    raise InputError(f"row_id is {row_id!r}: must be the primary key of a row of the evidence{hint}")


def anchor(study_id: str, outcome: str) -> str:
    """The id of the section that derives a study's estimate: ``prov-younger2013-pain``.

    One word of small letters, digits and hyphens, and no other study's: where the study's id has other
    characters, a checksum tells it from those that would read the same.
    """
    study = html.slug(study_id)
    if study != study_id:
        study = f"{study}-{zlib.crc32(study_id.encode()):08x}".strip("-")
    return f"prov-{study}-{html.slug(outcome)}"
