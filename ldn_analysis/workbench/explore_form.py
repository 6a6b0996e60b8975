"""A trial that a reader types into explore.html: its fields, the rules of the tables, its rows.

Nothing is said here that the package says elsewhere: a rule's words are what the rule answers to a wrong
cell, and the rows are those of `new_study.Trial`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ldn_analysis.contrasts.choices import Choices
from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.integrity import LDN_RANGE_MG
from ldn_analysis.evidence.rules.structure import ADDRESS
from ldn_analysis.evidence.rules.studies import YEAR
from ldn_analysis.evidence.scales import scales
from ldn_analysis.evidence.schema import NUMBER
from ldn_analysis.workbench.answers import COMPARED, ID, SPANS, field_of
from ldn_analysis.workbench.explore_rows import (
    FORMS,
    NOTICES,
    PLAIN,
    SPREADS,
    TYPED,
    WORDS,
    slotted,
    tables,
    together,
)
from ldn_analysis.workbench.new_study_options import ASKED

ABOUT = {
    "id": ("Short name", "studies.study_id"),
    "label": (ASKED["label"], "studies.label"),
    "year": (ASKED["year"], "studies.year"),
    "dose": (ASKED["dose"].partition(";")[0], "studies.dose_min_mg"),
    "weeks": (ASKED["weeks"], "studies.treatment_weeks"),
    "source": (ASKED["source"], "outcomes.source"),
    "location": (ASKED["location"], "outcomes.location"),
    "how_read": (ASKED["how_read"].partition(":")[0], "outcomes.how_read"),
}
NUMBERS = {
    "value": ("Difference, LDN minus placebo", "outcomes.value"),
    "lower": ("Lower 95% limit", "outcomes.lower95"),
    "upper": ("Upper 95% limit", "outcomes.upper95"),
    "se": ("Standard error of the difference", "outcomes.se"),
    "p": ("p of the difference, two-sided", "outcomes.p_value"),
    "t": ("t of the difference", "outcomes.t_value"),
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
    "both": ("Responders under both", "events.both"),
    "favours": ("Group that did better, as the source says", "outcomes.favours"),
}
"""Fields: what each is called, and the column whose rules it keeps."""

SIDES = {"": "not said here", "ldn": "LDN", "placebo": "placebo"}
MEDIANS = {"m1": "LDN: median", "m2": "Placebo: median"}
LONGEST = 200
"""Characters that a typed cell may have: a link has to hold it."""
OPEN = ("favours", "source", "location", "how_read")
"""Fields that the analysis does not need, only the rows for the data."""
ABOUT_ROWS = (
    "Each file's rows go below those that are there. The rows say randomised, double-blind, a difference not "
    "adjusted: change what is not so. The check of the data looks at more than this page does."
)


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
        the general fields), ``open`` (those that may stay empty), ``fields`` by name (label, title, type,
        limits and options), ``id``, ``number``, ``year`` and ``address`` of a DOI (how they look), ``most``
        characters of a cell, ``taken`` (short names in use), ``sources`` (studies by DOI and PubMed number),
        ``last_year`` of a study, ``spans`` of time in words (how they look), ``lists`` to choose from
        (name, title, options), ``words`` of rules, ``plain`` names of columns in them, ``spread``
        (`explore_rows.SPREADS`) and ``doses``: limits, ``notices`` of a form or of a large
        difference, ``rows`` by design and form: file, columns, cells with slots such as {n1}, and what the
        file needs first.
    """
    fields = {
        name: {
            "label": label,
            "title": label + (" (for the data only)" if name in OPEN else ""),
            **_limits(ev, place),
        }
        for name, (label, place) in (ABOUT | NUMBERS).items()
    }
    pain_scales = _scales(ev)
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
        "id": ID,
        "number": NUMBER.pattern,
        "most": LONGEST,
        "taken": sorted(ev.studies["study_id"]),
        "sources": _sources(ev),
        "address": ADDRESS,
        "last_year": int(ev.data_date[:4]) + 1,
        "lists": _lists(pain_scales),
        "about_rows": ABOUT_ROWS,
        "scales": pain_scales,
        "assumed_r": Choices().assumed_crossover_r,
        "spread": SPREADS,
        "doses": LDN_RANGE_MG,
        "year": YEAR.pattern,
        "spans": SPANS.pattern,
        "plain": PLAIN,
        "words": together(ev) | WORDS,
        "notices": NOTICES,
        "rows": {
            design: {name: tables(folder, slotted(name, design)) for name in FORMS} for design in COMPARED
        },
    }


def _sources(ev: Evidence) -> dict[str, str]:
    """The studies that are there, by DOI and by PubMed number as a source names them, in small letters."""
    studies = ev.printed["studies"]
    numbers = "pmid " + studies["pmid"].where(studies["pmid"] != "")
    return {
        str(source).lower(): str(study)
        for column in (studies["doi"], numbers)
        for source, study in zip(column, studies["study_id"], strict=True)
        if isinstance(source, str) and source
    }


def _scales(ev: Evidence) -> list[dict[str, Any]]:
    """The scales of pain on which less is better and a difference converts, for a list to choose from."""
    return [
        {"scale": scale.measure, "unit": scale.unit, "low": scale.low, "high": scale.high}
        for scale in scales(ev.measures)
        if scale.domain == "pain" and scale.better == "lower" and scale.conversion in ("as it is", "rescale")
    ]


def _lists(pain_scales: list[dict[str, Any]]) -> list[tuple[str, str, list[dict[str, str]]]]:
    """What is chosen of a trial before its numbers are typed."""
    ways = {
        "form": ("What it reports", FORMS),
        "design": ("Design", dict(zip(COMPARED, COMPARED, strict=True))),
        "scale": (
            "Scale of pain (less is better)",
            {
                str(i): f"{s['scale']}, {s['unit']}, {s['low']:g} to {s['high']:g}"
                for i, s in enumerate(pain_scales)
            },
        ),
    }
    return [
        (name, title, [{"value": value, "shown": label} for value, label in options.items()])
        for name, (title, options) in ways.items()
    ]


def _limits(ev: Evidence, place: str) -> dict[str, Any]:
    """Type and limits of a column."""
    field = field_of(ev, place)
    listed = field.enum if field.required or not field.enum else ("", *field.enum)
    options = [{"value": word, "shown": SIDES.get(word, word)} for word in listed]
    return {"type": field.type, "minimum": field.minimum, "maximum": field.maximum, "options": options}
