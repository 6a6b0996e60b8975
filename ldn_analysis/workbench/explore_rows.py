"""A trial that a reader types into explore.html.

Its rows for the data are those of `new_study.Trial`, with slots in the place of its numbers. What is said
against it is in the words of the data's rules, the derivation and ``new-study``, made by them.
"""

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
from ldn_analysis.evidence.integrity import (
    LARGE,
    RARE,
    Z90,
    Printed,
    dose_in_range,
    estimate_mid_interval,
    large_standardised_difference,
    spread_coherence,
)
from ldn_analysis.evidence.reading import TextTable
from ldn_analysis.evidence.rules import RULES
from ldn_analysis.evidence.rules.corroboration import PRINTED
from ldn_analysis.evidence.rules.facts import Facts
from ldn_analysis.evidence.rules.forms import ROUGH_T
from ldn_analysis.evidence.rules.printed import PLAIN_SD, TRUE
from ldn_analysis.evidence.rules.spreads import (
    DIGIT,
    HALF_A_DIGIT,
    LEAST,
    LEAST_CHOSEN,
    LEAST_LEFT,
    MOST,
    MOST_MOVED,
    OF_QUARTILES,
    P_SLACK,
    QUARTILES,
)
from ldn_analysis.evidence.rules.worsening import FEW, LEAST_END
from ldn_analysis.evidence.schema import number_rule, typed
from ldn_analysis.workbench.answers import IN_WEEKS, field_of, wrong_answer
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
        every = (name for row in mine for name, cell in row.items() if cell and name not in header)
        new = list(dict.fromkeys(every))
        columns = [*header, *new]
        cells = [[slot(row.get(name, "")) for name in columns] for row in mine]
        needs = (
            f"{file} has no {' and no '.join(new)} yet: first write ,{','.join(new)} at the end of its "
            f"header, and {len(new) * ','} at the end of every row that is there."
        )
        listed.append({"file": file, "columns": columns, "cells": cells, "needs": needs if new else ""})
    return listed


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


ONLY_STANDARDISED = "counts give no difference in points: usable as a standardised difference (SMD) only"
ONE_DOSE = "is not one dose: a trial of several doses, or of one that rose, is added to the data by new-study"
A_BOUND = "is a bound, not a p value: such a trial is added to the data by new-study"
WORDS = {
    "on scale": "must lie between {low} and {high}",
    "outside": "lies outside {low} to {high}",
    "over half": "a difference between groups over half of the scale",
    "alone": "one participant in an arm: nothing can be said of its spread",
    "gives no": "one participant gives no {spread}",
    "zero": "a spread of 0: leave the cell empty where it is not known",
    "narrow": "implies an SD of {sd} among people on a scale of {width}: another unit, an SE, or half of "
    "an interval?",
    "wide": "implies an SD of {sd} among people, on a scale of {width}",
    "wide level": "implies an SD of {sd} among people with a mean of {mean}, on a scale of {width}",
    "worse": "worse in both arms (lower is better): has a reduction lost its sign?",
    "above": "must not be above {name} ({value})",
    "at least": "must be at least {least}: there are {n} people",
    "flat": "the same as its partner: no spread, leave both out",
    "apart": "the other arm has {mean} at this week",
    "hardly": "hardly any pain under placebo: another scale, or a change?",
    "other side": "LDN minus placebo of {value} favours {side} (lower is better), and favours says {favours}",
    "address": "a DOI stands without its address: it is compared with those of the studies",
    "p scale": "implies an SD of {sd}, which the scale does not allow (at most {most})",
    "p of 0": "no p value is 0",
    "p of 1": "a p value of 1 belongs to a difference of 0",
    "t side": "its difference is {value}: a t printed without its sign is typed with that of its difference",
    "t of 0": "0 belongs to a difference of 0",
    "twin": "{study} has it too: a publication has one row",
    "label year": "'{label}' names the year {year}",
}
"""What the data's rules say of whole tables (a test holds them to it)."""
ALONE = {"interval": "lower95", "se": "se", "p": "p_value", "t": "t_value"}
NOTICES = {
    form: f"To be confirmed: the precision rests on the {PRINTED[column]} alone."
    for form, column in ALONE.items()
} | {"large": f"To be confirmed: {RULES['large_difference'].refuses}."}
"""What is said beside a typed trial that is taken, and that nothing confirms."""
PLAIN = {"value": "the median", "q3": "the upper quartile", "events": "events"}
"""What the page calls a column that a rule names."""
MOST_OF_LEVEL = 1.15
"""An SD of people may pass the widest that their mean allows by this (as in the rule `spread_plausible`)."""
SPREADS = {
    **{"least": LEAST, "chosen": LEAST_CHOSEN, "paired": LEAST_LEFT, "most": MOST, "moved": MOST_MOVED},
    **{"digit": DIGIT, "level": MOST_OF_LEVEL, "quartiles": QUARTILES, "end": LEAST_END},
    **{"large": LARGE, "plain": PLAIN_SD, "true": TRUE, "rare": RARE, "widths": OF_QUARTILES},
    **{"few": FEW, "turned": Z90, "rough": ROUGH_T, "rough digit": HALF_A_DIGIT, "of p": P_SLACK},
}
"""What an SD may be as a part of the scale, and a standardised difference."""


def together(ev: Evidence) -> dict[str, str]:
    """The words of the rules of a cell and of several, and of what the derivation refuses."""

    def rule(option: str, text: str, design: str = "parallel") -> str:
        return wrong_answer(ev, option, text, design).partition(f"is {text!r}: ")[2]

    def refused(name: str, r: str = "implied", design: str = "parallel", **cells: str) -> str:
        return contrast_of_rows(ev, filled(name, {"n1": "30", "n2": "30", **cells}, design), "MD", r).reason

    blank, printed_1, printed_2, printed_3 = map(Printed.parse, ("", "1", "2", "3"))
    calm = {"m1": "3", "q11": "2", "q31": "4", "m2": "3", "q12": "2", "q32": "4"}
    arms = {"m1": "4", "sd1": "2", "m2": "5", "sd2": "2"}
    year = field_of(ev, "studies.year")
    words = {
        "empty": rule("year", ""),
        "number": number_rule("x"),
        "comma": number_rule("1,5"),
        "finite": number_rule("1e999"),
        "whole": number_rule("x", whole=True),
        "minimum": rule("year", "1").replace(f"{year.minimum:g}", "{minimum}"),
        "maximum": rule("year", "9999").replace(f"{year.maximum:g}", "{maximum}"),
        "middle": estimate_mid_interval(printed_3, printed_1, printed_2).replace("1.5", "{middle}"),
        "large": large_standardised_difference(77.77).replace("77.77", "{d}"),
        "late": f"lies after {Facts({}, {}, ev.package.created).dated}",
        "dose": dose_in_range(77, 77).replace("77", "{dose}"),
        "other arm": spread_coherence(printed_1, blank, blank, blank, 9, other=(77, 9)).replace("77", "{sd}"),
        "limits": rule("difference", "3 1 2"),
        "events": rule("events", f"{EVENT}: 5 4 1 4").partition(" (")[0],
        "weeks": IN_WEEKS,
        "id": rule("study_id", "A b", ""),
        "side": rule("favours", "x"),
        "taken": rule("study_id", next(iter(ev.studies["study_id"])), "").partition(":")[0],
        "counts": ONLY_STANDARDISED,
        "doses": ONE_DOSE,
        "bound": A_BOUND,
        "perfect": refused("interval", value="-1", lower="-1", upper="-1"),
        "no correlation": refused("means", design="crossover", **arms),
        "no p": refused("p", value="0", p="0.5"),
        "no t": refused("t", value="0", t="1"),
        "not parallel": refused("se", "parallel", "crossover", value="-1", se="1"),
    }
    for arm in "12":
        words[f"skewed{arm}"] = refused("quartiles", **calm | {f"q1{arm}": "2.9", f"q3{arm}": "8"})
        words[f"few{arm}"] = refused("quartiles", **calm, **{f"n{arm}": "4"})
    return words
