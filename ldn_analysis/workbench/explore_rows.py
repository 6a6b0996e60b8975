"""The rows for the data of a trial that a reader types into explore.html: those of `new_study.Trial`, with
slots in the place of its numbers."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ldn_analysis.contrasts.contrast import Contrast
from ldn_analysis.contrasts.variants import contrast_under
from ldn_analysis.errors import InputError
from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.reading import TextTable
from ldn_analysis.evidence.schema import typed
from ldn_analysis.workbench.new_study import Trial

FORMS = {
    "interval": "Difference with its 95% interval",
    "se": "Difference with its standard error",
    "p": "Difference with its p value",
    "t": "Difference with its t value",
    "means": "Means, SDs and numbers of the groups",
    "changes": "Mean changes from baseline, SDs and numbers of the groups",
    "quartiles": "Medians, quartiles and numbers of the groups",
    "counts": "Responders (pain down by 30%)",
}
"""How a trial may report; what each is called."""

EVENT = "pain response 30%"

TYPED = {
    "interval": ("value", "lower", "upper", "n1", "n2", "favours"),
    "se": ("value", "se", "n1", "n2", "favours"),
    "p": ("value", "p", "n1", "n2", "favours"),
    "t": ("value", "t", "n1", "n2", "favours"),
    "means": ("m1", "sd1", "n1", "m2", "sd2", "n2"),
    "changes": ("m1", "sd1", "n1", "m2", "sd2", "n2"),
    "quartiles": ("m1", "q11", "q31", "n1", "m2", "q12", "q32", "n2"),
    "counts": ("e1", "n1", "e2", "n2", "both"),
}
_WORDS = ("id", "label", "source", "location", "how_read", "doi", "pmid", "scale", "unit", "favours")
_TEXT = {name: f"slot{name}" for name in _WORDS}
_MARK = {"year": "2099", "dose": "6.5001", "weeks": "61.5", "low": "6151", "high": "6161"}
_MARK |= {
    name: f"{6200 + i}" for i, name in enumerate(dict.fromkeys(chain(*TYPED.values()))) if name not in _TEXT
}
_TOGETHER = str(int(_MARK["n1"]) + int(_MARK["n2"]))


def slotted(name: str, design: str) -> dict[str, list[dict[str, str]]]:
    """The rows of a trial of this form whose numbers are marks (`_MARK`)."""
    m = _MARK
    about: dict[str, Any] = {name: _TEXT[name] for name in ("label", "source", "location", "how_read")}
    about |= {name: m[name] for name in ("year", "dose", "weeks")}
    about |= {"study_id": _TEXT["id"], "instrument": _TEXT["scale"], "scale": f"{m['low']} {m['high']}"}
    about |= {"design": design, "randomised": "yes", "blinding": "double-blind"}
    crossover = design == "crossover"
    sizes = {"1": m["n1"], "2": m["n1"] if crossover else m["n2"]}
    n = m["n1"] if crossover else f"{m['n1']} {m['n2']}"
    spread = f"{name} {m[name]}" if name in m else f"{m['lower']} {m['upper']}"
    how: dict[str, Any] = {"difference": f"{m['value']} {spread}", "n": n, "favours": _TEXT["favours"]}
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
        both = f" both {m['both']}" if crossover else ""
        how = {"events": (f"{EVENT}: {m['e1']} {sizes['1']} {m['e2']} {sizes['2']}{both}",)}
    files = {file: [dict(row) for row in rows] for file, rows in Trial(**about, **how).rows().items()}
    files["studies.csv"][0] |= {name: _TEXT[name] for name in ("doi", "pmid")}
    for row in files.get("outcomes.csv", ()):
        row["unit"] = _TEXT["unit"]
    return files


def slot(cell: str) -> str:
    """A cell with slots in the place of marks."""
    for name, mark in (_MARK | _TEXT | {"n": _TOGETHER}).items():
        cell = cell.replace(mark, "{" + name + "}")
    return cell


def tables(folder: Path, rows: Mapping[str, list[dict[str, str]]]) -> list[dict[str, Any]]:
    """Each file's columns as they stand, the cells of its rows, and what it needs before they can go in."""
    listed = []
    for file, mine in rows.items():
        with (folder / file).open(encoding="utf-8-sig", newline="") as text:
            header = next(csv.reader(text))
        new = [name for row in mine for name, cell in row.items() if cell and name not in header]
        columns = [*header, *dict.fromkeys(new)]
        cells = [[slot(row.get(name, "")) for name in columns] for row in mine]
        listed.append(
            {"file": file, "columns": columns, "cells": cells, "needs": _needs(file, columns, header)}
        )
    return listed


def _needs(file: str, columns: list[str], header: list[str]) -> str:
    """What has to be done to a file before rows with further columns go into it; empty if nothing."""
    new = columns[len(header) :]
    if not new:
        return ""
    ends = f"first write ,{','.join(new)} at the end of its header, and {len(new) * ','} at the end of every"
    return f"{file} has no {' and no '.join(new)} yet: {ends} row that is there."


def filled(name: str, values: Mapping[str, str], design: str = "parallel") -> dict[str, list[dict[str, str]]]:
    """The rows of a form with these values: what the page offers to copy."""
    values_by_slot = {
        **{"id": "new2099", "label": "New 2099", "year": "2099", "dose": "4.5", "weeks": "12"},
        "source": "x",
        "location": "x",
        "how_read": "abstract",
        "scale": "pain NRS",
        "unit": "points",
        "low": "0",
        "high": "10",
        **dict.fromkeys(("favours", "doi", "pmid"), ""),
        **values,
    }
    sizes = [values_by_slot[k] for k in ("n1", "n2") if values_by_slot.get(k, "").isdigit()]
    values_by_slot["n"] = str(sum(map(int, sizes)))

    def fill(text: str) -> str:
        for key, value in values_by_slot.items():
            text = text.replace("{" + key + "}", value)
        return text

    return {
        file: [{column: fill(slot(text)) for column, text in row.items()} for row in rows]
        for file, rows in slotted(name, design).items()
    }


def contrast_of_rows(
    ev: Evidence, rows: Mapping[str, list[dict[str, str]]], measure: str, crossover_r: str = "implied"
) -> Contrast:
    """What the derivation makes of rows that are not in the data (yet)."""
    tables: dict[str, Any] = {}
    for file, mine in rows.items():
        resource = next(resource for resource in ev.package.resources.values() if resource.path == file)
        cells = tuple({name: row.get(name, "") for name in resource.columns} for row in mine)
        tables[resource.name] = typed(
            replace(resource, foreign_keys=()), TextTable(file, cells, (1,) * len(cells))
        )[0]
    trial = SimpleNamespace(**tables, study_sets=ev.study_sets.iloc[:0], measures=ev.measures)
    picked = {"measure": measure, "time": "primary", "contrast": "adjusted"}
    picked |= {"crossover_r": crossover_r, "spread": "as_printed"}
    contrast = contrast_under(trial, "pain", picked, {"reading": "all"})
    if contrast is None:
        raise InputError("these rows hold no comparison of pain")
    return contrast
