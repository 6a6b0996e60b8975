"""A trial that a reader types into explore.html: its fields, the rules of the tables, its rows.

Nothing is said here that the package says elsewhere: a rule's words are what the rule answers to a wrong
cell, the rows are those of `new_study.Trial`, and why an estimate cannot be had is what the derivation says.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd

from ldn_analysis.contrasts.choices import Choices
from ldn_analysis.contrasts.contrast import Contrast
from ldn_analysis.contrasts.variants import contrast_under
from ldn_analysis.errors import InputError
from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.reading import TextTable
from ldn_analysis.evidence.findings import PLAIN_SD, TRUE
from ldn_analysis.evidence.integrity import (
    LARGE,
    LDN_RANGE_MG,
    Printed,
    dose_in_range,
    estimate_mid_interval,
    large_standardised_difference,
    spread_coherence,
)
from ldn_analysis.evidence.rules.spreads import (
    LEAST,
    LEAST_CHOSEN,
    LEAST_LEFT,
    MOST,
    MOST_MOVED,
    QUARTILES,
)
from ldn_analysis.evidence.rules.studies import YEAR
from ldn_analysis.evidence.scales import scales
from ldn_analysis.evidence.schema import NUMBER, typed
from ldn_analysis.workbench.answers import ASKED, DESIGNS, cell_rule, wrong_answer
from ldn_analysis.workbench.new_study import Trial, in_words
from ldn_analysis.workbench.reported import understood

FORMS = {
    "interval": "Difference with its 95% interval",
    "se": "Difference with its standard error",
    "means": "Means, SDs and numbers of the groups",
    "changes": "Mean changes from baseline, SDs and numbers of the groups",
    "quartiles": "Medians, quartiles and numbers of the groups",
    "counts": "Responders of the groups (pain down by 30%)",
}
"""How a trial may report; what each is called."""

EVENT = "pain response 30%"

ABOUT = {
    "id": ("Short name", "studies.study_id"),
    "label": (ASKED["label"], "studies.label"),
    "year": (ASKED["year"], "studies.year"),
    "dose": (ASKED["dose"].partition(";")[0], "studies.dose_min_mg"),
    "weeks": (ASKED["weeks"], "studies.treatment_weeks"),
    "source": (ASKED["source"], "outcomes.source"),
    "location": (ASKED["location"], "outcomes.location"),
}
NUMBERS = {
    "value": ("Difference, LDN minus placebo", "outcomes.value"),
    "lower": ("Lower 95% limit", "outcomes.lower95"),
    "upper": ("Upper 95% limit", "outcomes.upper95"),
    "se": ("Standard error of the difference", "outcomes.se"),
    "m1": ("LDN: mean", "outcomes.value"),
    "sd1": ("LDN: SD", "outcomes.sd"),
    "q11": ("LDN: lower quartile", "outcomes.q1"),
    "q31": ("LDN: upper quartile", "outcomes.q3"),
    "e1": ("LDN: responders", "events.events"),
    "n1": ("LDN: people", "outcomes.n_ldn"),
    "m2": ("Placebo: mean", "outcomes.value"),
    "sd2": ("Placebo: SD", "outcomes.sd"),
    "q12": ("Placebo: lower quartile", "outcomes.q1"),
    "q32": ("Placebo: upper quartile", "outcomes.q3"),
    "e2": ("Placebo: responders", "events.events"),
    "n2": ("Placebo: people", "outcomes.n_placebo"),
}
"""Fields: what each is called, and the column whose rules it keeps."""

TYPED = {
    "interval": ("value", "lower", "upper", "n1", "n2"),
    "se": ("value", "se", "n1", "n2"),
    "means": ("m1", "sd1", "n1", "m2", "sd2", "n2"),
    "changes": ("m1", "sd1", "n1", "m2", "sd2", "n2"),
    "quartiles": ("m1", "q11", "q31", "n1", "m2", "q12", "q32", "n2"),
    "counts": ("e1", "n1", "e2", "n2"),
}
MEDIANS = {"m1": "LDN: median", "m2": "Placebo: median"}
ONLY_STANDARDISED = "counts give no difference in points: usable as a standardised difference (SMD) only"
WORDS = {
    "on scale": "must lie between {low} and {high}",
    "outside": "lies outside {low} to {high}",
    "over half": "a difference between groups over half of the scale",
    "alone": "one participant in an arm: nothing can be said of its spread",
    "gives no": "one participant gives no {spread}",
    "zero": "a spread of 0: leave the cell empty where it is not known",
    "narrow": "implies an SD of {sd} among people on a scale of {width}: another unit, or an SE?",
    "wide": "implies an SD of {sd} among people, on a scale of {width}",
    "wide level": "implies an SD of {sd} among people with a mean of {mean}, on a scale of {width}",
    "worse": "worse in both arms, on a scale on which lower is better",
    "above": "must not be above {name} ({value})",
    "flat": "the same as its partner: no spread",
    "label year": "'{label}' names the year {year}",
}
"""What the data's rules say of whole tables (a test holds them to it)."""
PLAIN = {"value": "the median", "q3": "the upper quartile"}
"""What the page calls a column that a rule names."""
MOST_OF_LEVEL = 1.15
"""An SD of people may pass the widest that their mean allows by this (as in the rule `spread_plausible`)."""
LONGEST = 200
"""Characters that a typed cell may have: a link has to hold it."""
OPEN = ("source", "location")
"""Fields that the analysis does not need, only the rows for the data."""
ABOUT_ROWS = (
    "Each file's rows go below those that are there. The rows say randomised, double-blind, read in an "
    "abstract, a difference not adjusted: change what is not so. The check of the data looks at more than "
    "this page does."
)

_MARK = {"year": "2099", "dose": "6.5001", "weeks": "61.5", "low": "6151", "high": "6161"}
_MARK |= {name: f"{6200 + i}" for i, name in enumerate(NUMBERS)}
_TEXT = {
    "id": "slotid",
    "label": "slotlabel",
    "source": "slotsource",
    "location": "slotlocation",
    "scale": "slotscale",
    "unit": "slotunit",
}
_TOGETHER = str(int(_MARK["n1"]) + int(_MARK["n2"]))


def form(ev: Evidence, folder: Path) -> dict[str, Any]:
    """Everything that the page needs to take a trial.

    Parameters
    ----------
    ev, folder
        The evidence, and where its files are: rows for the data have their columns.

    Returns
    -------
    dict
        ``forms`` (value, label, fields, and ``titles`` of boxes with another name), ``about`` (names of
        the general fields), ``open`` (those that may stay empty), ``fields`` by name (label, title,
        and ``rules``: type, limits and the words of each), ``number`` (the pattern of a number), ``most`` characters of a cell, ``taken``
        (short names in use), ``lists`` to choose from (name, title, options), ``words`` of the rules that
        concern several fields, ``spread``: what an SD may be as a part of the scale, ``doses`` and ``year``: low
        doses, and how a year looks, ``understood`` by design and form (`_understood`), ``rows`` by design and
        form: file, columns, cells with slots such as {n1}, and what the file needs first.
    """
    fields = {
        name: {
            "label": label,
            "title": label + (" (for the data only)" if name in OPEN else ""),
            "rules": _rules(ev, place),
        }
        for name, (label, place) in (ABOUT | NUMBERS).items()
    }
    return {
        "forms": [
            {
                "value": name,
                "label": label,
                "fields": list(TYPED[name]),
                "titles": MEDIANS if name == "quartiles" else {},
            }
            for name, label in FORMS.items()
        ],
        "about": list(ABOUT),
        "open": list(OPEN),
        "fields": fields,
        "number": NUMBER.pattern,
        "most": LONGEST,
        "taken": sorted(ev.studies["study_id"]),
        "lists": _lists(_scales(ev)),
        "about_rows": ABOUT_ROWS,
        "scales": _scales(ev),
        "assumed_r": Choices().assumed_crossover_r,
        "spread": {
            **{"least": LEAST, "chosen": LEAST_CHOSEN, "paired": LEAST_LEFT, "most": MOST, "moved": MOST_MOVED},
            **{"level": MOST_OF_LEVEL, "quartiles": QUARTILES, "large": LARGE, "plain": PLAIN_SD, "true": TRUE},
        },
        "doses": LDN_RANGE_MG,
        "year": YEAR.pattern,
        "plain": PLAIN,
        "words": _together(ev) | WORDS,
        "understood": {
            design: {name: _understood(ev, name, design) for name in FORMS if _possible(name, design)}
            for design in DESIGNS
        },
        "rows": {
            design: {name: _tables(folder, _rows(name, design)) for name in FORMS if _possible(name, design)}
            for design in DESIGNS
        },
    }


def _scales(ev: Evidence) -> list[dict[str, Any]]:
    """The scales of pain on which less is better and a difference converts, for a list to choose from."""
    return [
        {"scale": one.measure, "unit": one.unit, "low": one.low, "high": one.high}
        for one in scales(ev.measures)
        if one.domain == "pain" and one.better == "lower" and one.conversion in ("as it is", "rescale")
    ]


def _lists(known: list[dict[str, Any]]) -> list[tuple[str, str, list[dict[str, str]]]]:
    """What is chosen of a trial before its numbers are typed."""
    ways = {
        "form": ("What it reports", FORMS),
        "design": ("Design", dict(zip(DESIGNS, DESIGNS, strict=True))),
        "scale": (
            "Scale of pain (less is better)",
            {
                str(i): f"{s['scale']}, {s['unit']}, {s['low']:g} to {s['high']:g}"
                for i, s in enumerate(known)
            },
        ),
    }
    return [
        (name, title, [{"value": value, "shown": shown} for value, shown in options.items()])
        for name, (title, options) in ways.items()
    ]


def _possible(name: str, design: str) -> bool:
    """Counts of a crossover say how many responded to both, which no field asks for."""
    return design == "parallel" or name != "counts"


def _rules(ev: Evidence, place: str) -> dict[str, Any]:
    """Type and limits of a column, each with what the rule answers to a cell that breaks it."""
    table, _, column = place.partition(".")
    item = next(one for one in ev.package.resources[table].fields if one.name == column)
    tried = {"empty": "", "number": "x", "comma": "1,5", "whole": "1.5"}
    if item.minimum is not None:
        tried["minimum"] = f"{item.minimum - 1:g}"
    if item.maximum is not None:
        tried["maximum"] = f"{item.maximum + 1:.0f}"
    if item.type == "string":
        tried = {"empty": ""}
    words = {name: cell_rule(ev, place, cell) for name, cell in tried.items()}
    words["empty"] = words["empty"] or cell_rule(ev, "outcomes.source", "")
    return {
        "type": item.type, "minimum": item.minimum, "maximum": item.maximum,
        "words": {name: text for name, text in words.items() if text},
    }  # fmt: skip


def _together(ev: Evidence) -> dict[str, str]:
    """The words of the rules that concern several fields, and of what the derivation refuses."""

    def said(option: str, text: str, design: str = "parallel") -> str:
        return wrong_answer(ev, option, text, design).partition(f"is {text!r}: ")[2]

    taken = next(iter(ev.studies["study_id"]))
    refused = {
        "perfect": ("interval", {"value": "-1", "lower": "-1", "upper": "-1"}),
        "skewed1": ("quartiles", {"m1": "3", "q11": "2.9", "q31": "8", "m2": "3", "q12": "2", "q32": "4"}),
        "skewed2": ("quartiles", {"m1": "3", "q11": "2", "q31": "4", "m2": "3", "q12": "2.9", "q32": "8"}),
        "few": (
            "quartiles",
            {"m1": "3", "q11": "2", "q31": "4", "n1": "4", "m2": "3", "q12": "2", "q32": "4"},
        ),
    }
    common = {"n1": "30", "n2": "30"}
    both = {"m1": "4", "sd1": "2", "m2": "5", "sd2": "2", "n1": "30"}
    one, two, three = map(Printed.parse, ("1", "2", "3"))
    return {
        "middle": estimate_mid_interval(three, one, two).replace("1.5", "{middle}"),
        "large": large_standardised_difference(77.77).replace("77.77", "{d}"),
        "dose": dose_in_range(77, 77).replace("77", "{dose}"),
        "other arm": spread_coherence(one, *[Printed.parse("")] * 3, 9, other_sd=77).replace("77", "{sd}"),
        "limits": said("difference", "3 1 2"),
        "events": said("events", f"{EVENT}: 5 4 1 4").partition(" (")[0],
        "id": said("study_id", "A b", ""),
        "taken": said("study_id", taken, ""),
        **{
            name: contrast_of_rows(ev, filled(how, common | values), "MD").reason
            for name, (how, values) in refused.items()
        },
        "counts": ONLY_STANDARDISED,
        "no correlation": contrast_of_rows(ev, filled("means", both, "crossover"), "MD").reason.replace(
            " (crossover_r)", ""
        ),
        "not parallel": contrast_of_rows(
            ev, filled("se", {"value": "-1", "se": "1", "n1": "30"}, "crossover"), "MD", "parallel"
        ).reason,
    }


def _rows(name: str, design: str) -> dict[str, list[dict[str, str]]]:
    """The rows of a trial of this form whose numbers are marks (`_MARK`)."""
    m = _MARK
    about: dict[str, Any] = {
        "study_id": _TEXT["id"], "label": _TEXT["label"], "year": m["year"], "design": design,
        "dose": m["dose"], "weeks": m["weeks"], "randomised": "yes", "blinding": "double-blind",
        "source": _TEXT["source"], "location": _TEXT["location"], "how_read": "abstract",
        "scale": f"{m['low']} {m['high']}", "instrument": _TEXT["scale"],
    }  # fmt: skip
    crossover = design == "crossover"
    sizes = {"1": m["n1"], "2": m["n1"] if crossover else m["n2"]}
    n = m["n1"] if crossover else f"{m['n1']} {m['n2']}"
    how: dict[str, Any] = {"difference": f"{m['value']} {m['lower']} {m['upper']}", "n": n}
    if name == "se":
        how["difference"] = f"{m['value']} se {m['se']}"
    if name in ("means", "changes", "quartiles"):
        spread = "{n} median {m} quartiles {q1} {q3}" if name == "quartiles" else "{n} {m} {sd}"
        how = {
            group: spread.format(
                n=sizes[i], **{part: m.get(part + i, "") for part in ("m", "sd", "q1", "q3")}
            )
            for group, i in (("ldn", "1"), ("placebo", "2"))
        }
        how["change"] = name == "changes"
    if name == "counts":
        how["events"] = (f"{EVENT}: {m['e1']} {m['n1']} {m['e2']} {m['n2']}",)
    found = {file: [dict(row) for row in rows] for file, rows in Trial(**about, **how).rows().items()}
    if name == "counts":
        del found["outcomes.csv"]
    for row in found.get("outcomes.csv", ()):
        row["unit"] = _TEXT["unit"]
    return found


def _understood(ev: Evidence, name: str, design: str) -> dict[str, Any]:
    """What ``new-study`` says that it understood of such a trial, with slots.

    Returns
    -------
    dict
        ``text`` of its rows; ``once``: parts of it that are said once where both halves are alike;
        ``gives``: the difference that they give, by the group that did better (none where a correlation has
        to be chosen first).
    """
    rows = _rows(name, design).get("outcomes.csv", [])
    known = {"value": "-1", "lower": "-2", "upper": "0", "se": "0.5", "n1": "30", "n2": "30"}
    known |= {f"{part}{arm}": x for arm in "12" for part, x in (("m", "4"), ("sd", "2"), ("q1", "3"), ("q3", "5"))}
    gives = {}
    if rows:
        made = contrast_of_rows(ev, filled(name, known, design), "MD")
        sides = () if made.reason else (("-", -1.0), ("+", 1.0), ("0", 0.0))
        for side, sign in sides:
            row = made.row | {"yi": sign * 4.31, "printed_lower": -6.17, "printed_upper": 7.23}
            said = in_words([], pd.DataFrame([row | {"included": True}]))
            for slot, text in (("yi", f"{sign * 4.31:.2f}"), ("lower", "-6.17"), ("upper", "7.23")):
                said = said.replace(text.replace("-", "−"), "{" + slot + "}", 1)
            gives[side] = said
    text = _slot(understood(rows))
    once = ("{sd1} and {sd2}", "{q11} to {q31} and {q12} to {q32}", "{n1} and {n2}")
    return {"text": text, "once": [part for part in once if part in text], "gives": gives}


def _slot(cell: str) -> str:
    """A cell with slots in the place of marks."""
    for name, mark in (_MARK | _TEXT | {"n": _TOGETHER}).items():
        cell = cell.replace(mark, "{" + name + "}")
    return cell


def _tables(folder: Path, rows: Mapping[str, list[dict[str, str]]]) -> list[dict[str, Any]]:
    """Each file's columns as they stand, the cells of its rows, and what it needs before they can go in."""
    found = []
    for file, mine in rows.items():
        with (folder / file).open(encoding="utf-8-sig", newline="") as text:
            header = next(csv.reader(text))
        new = [name for row in mine for name, cell in row.items() if cell and name not in header]
        columns = [*header, *dict.fromkeys(new)]
        cells = [[_slot(row.get(name, "")) for name in columns] for row in mine]
        found.append(
            {"file": file, "columns": columns, "cells": cells, "needs": _needs(file, columns, header)}
        )
    return found


def _needs(file: str, columns: list[str], header: list[str]) -> str:
    """What has to be done to a file before rows with further columns go into it; empty if nothing."""
    new = columns[len(header) :]
    if not new:
        return ""
    ends = f"first write ,{','.join(new)} at the end of its header, and {len(new) * ','} at the end of every"
    return f"{file} has no {' and no '.join(new)} yet: {ends} row that is there."


def filled(name: str, values: Mapping[str, str], design: str = "parallel") -> dict[str, list[dict[str, str]]]:
    """The rows of a form with these values: what the page offers to copy."""
    given = {"id": "new2099", "label": "New 2099", "year": "2099", "dose": "4.5", "weeks": "12"}
    given |= {
        "source": "x",
        "location": "x",
        "scale": "pain NRS",
        "unit": "points",
        "low": "0",
        "high": "10",
        **values,
    }
    whole = [given[k] for k in ("n1", "n2") if given.get(k, "").isdigit()]
    given["n"] = str(sum(map(int, whole)))

    def cell(text: str) -> str:
        for key, value in given.items():
            text = text.replace("{" + key + "}", value)
        return text

    return {
        file: [{column: cell(_slot(text)) for column, text in row.items()} for row in rows]
        for file, rows in _rows(name, design).items()
    }


def contrast_of_rows(
    ev: Evidence, rows: Mapping[str, list[dict[str, str]]], measure: str, crossover_r: str = "implied"
) -> Contrast:
    """What the derivation makes of rows that are not in the data (yet)."""
    tables: dict[str, Any] = {}
    for file, mine in rows.items():
        resource = next(one for one in ev.package.resources.values() if one.path == file)
        whole = tuple({name: row.get(name, "") for name in resource.columns} for row in mine)
        tables[resource.name] = typed(
            replace(resource, foreign_keys=()), TextTable(file, whole, (1,) * len(whole))
        )[0]
    one = SimpleNamespace(**tables, study_sets=ev.study_sets.iloc[:0], measures=ev.measures)
    picked = {"measure": measure, "time": "primary", "contrast": "adjusted", "crossover_r": crossover_r,
              "spread": "as_printed"}  # fmt: skip
    found = contrast_under(one, "pain", picked, {"reading": "all"})
    if found is None:
        raise InputError("these rows hold no comparison of pain")
    return found
