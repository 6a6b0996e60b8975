"""What a new trial is asked, and whether an answer will do: by the rules of the tables that it goes to.

The rules stand in ``datapackage.json`` and only there; an answer is checked as the cell would be.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ldn_analysis.errors import InputError

if TYPE_CHECKING:
    from ldn_analysis.evidence import Evidence

__all__ = ["ASKED", "DESIGNS", "cell_rule", "numbers", "wrong_answer", "wrong_answers"]

ASKED = {
    "label": "Name in tables and figures, such as 'Smith et al. 2027'",
    "year": "Year of publication",
    "design": "parallel or crossover",
    "dose": "Dose, mg a day",
    "weeks": "Weeks on the drug when pain was measured",
    "randomised": "Allocated at random: yes or no",
    "blinding": "Blinding as reported, such as double-blind",
    "source": "DOI (without the address), PMID or citation",
    "location": "Where the numbers stand, such as 'Table 2'",
    "how_read": "How you read them: abstract, transcribed, registry, secondary, digitised, derived",
}
"""What every trial must say, and how it is asked for."""

DESIGNS = ("parallel", "crossover")

_TEXT = {
    "study_id": "studies.study_id", "label": "studies.label", "year": "studies.year",
    "randomised": "studies.randomised", "blinding": "studies.blinding", "source": "outcomes.source",
    "location": "outcomes.location", "how_read": "outcomes.how_read", "sex": "studies.sex",
    "country": "studies.country", "notes": "studies.notes", "instrument": "outcomes.measure",
    "study_set": "study_sets.set", "reason": "study_sets.reason", "analysis": "events.analysis",
}  # fmt: skip
_NUMBERS = {
    "dose": {"mg": "studies.dose_min_mg"},
    "weeks": {"weeks": "studies.treatment_weeks"},
    "control_weeks": {"weeks": "studies.control_weeks"},
    "difference": {"value": "outcomes.value", "lower": "outcomes.lower95", "upper": "outcomes.upper95"},
    "p": {"p": "outcomes.p_value"},
    "ldn": {"n": "outcomes.n", "mean": "outcomes.value", "sd": "outcomes.sd"},
    "placebo": {"n": "outcomes.n", "mean": "outcomes.value", "sd": "outcomes.sd"},
    "baseline": {"mean": "outcomes.value", "sd": "outcomes.sd"},
    "scale": {"lowest": "outcomes.scale_min", "highest": "outcomes.scale_max"},
}
_FLAGS = {"study_id": "ID", "study_set": "--set"}


def numbers(option: str, text: str, names: tuple[str, ...], needed: int | None = None) -> dict[str, str]:
    """The numbers of an option by name, still as they were typed: trailing zeros are the source's."""
    needed = len(names) if needed is None else needed
    parts = text.replace(",", " ").split()
    if not needed <= len(parts) <= len(names):
        raise InputError(f'{option} is {text!r}: must be "{" ".join(names)}"')
    for part in parts:
        if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", part):
            raise InputError(f"{option} is {text!r}: {part!r} is not a number")
    return dict(zip(names, parts, strict=False))


def counts(option: str, text: str) -> tuple[str, dict[str, str]]:
    """The name of an event, and its counts, of ``"name: events n events n"`` (LDN, then placebo)."""
    name, colon, rest = text.rpartition(":")
    if not (colon and name.strip()):
        raise InputError(f'{option} is {text!r}: must be "name: ldn_events ldn_n placebo_events placebo_n"')
    return name.strip(), numbers(option, rest, ("ldn_events", "ldn_n", "placebo_events", "placebo_n"))


def cell_rule(ev: Evidence, place: str, text: str) -> str:
    """The rule of a column that a cell would break; empty if none."""
    from ldn_analysis.evidence.reading import TextTable
    from ldn_analysis.evidence.schema import broken_rules, typed

    table, _, column = place.partition(".")
    resource = ev.package.resources[table]
    item = next(one for one in resource.fields if one.name == column)
    small = replace(resource, fields=(item,), primary_key=column, foreign_keys=())
    cell = TextTable(resource.path, ({column: text},), (1,))
    frame, problems = typed(small, cell)
    return next((one.rule for one in [*problems, *broken_rules(small, cell, frame)]), "")


def wrong_answer(ev: Evidence, option: str, text: str, design: str = "") -> str:
    """What is wrong with one answer, in one line; empty if it will do.

    Parameters
    ----------
    ev : the evidence that the trial is to join: its schema, and the studies that are there.
    option : a field of `Trial`.
    text : the answer; of ``events``, one of them.
    design : the trial's, as far as it is known: a crossover has one number of people, a parallel trial two.
    """
    flag = _FLAGS.get(option, f"--{option.replace('_', '-')}")
    try:
        rule = _broken(ev, option, flag, text, design)
    except InputError as error:
        return str(error)
    return f"{flag} is {text!r}: {rule}" if rule else ""


def _broken(ev: Evidence, option: str, flag: str, text: str, design: str) -> str:
    if option == "study_id":
        if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", text):
            return "must be lower-case letters and digits, as smith2027"
        if text in set(ev.studies["study_id"]):
            return "is in studies.csv already"
    if option == "design" and text not in DESIGNS:
        return f"must be one of {', '.join(DESIGNS)}"
    if option in _TEXT:
        return cell_rule(ev, _TEXT[option], text)
    if option == "events":
        _, found = counts(flag, text)
        columns = {name: f"events.{name.rpartition('_')[2]}" for name in found}
        over = [g for g in ("ldn", "placebo") if float(found[f"{g}_events"]) > float(found[f"{g}_n"])]
        if over:
            return f"more events than people ({over[0]})"
    elif option == "n":
        columns = {"n_ldn": "outcomes.n_ldn", "n_placebo": "outcomes.n_placebo"}
        columns = {"n": "outcomes.n"} if design == "crossover" else columns
        found = numbers(flag, text, tuple(columns), None if design else 1)
    elif option in _NUMBERS:
        columns = _NUMBERS[option]
        found = numbers(flag, text, tuple(columns), 1 if option in ("difference", "baseline") else None)
    else:
        return ""
    for name, part in found.items():
        rule = cell_rule(ev, columns[name], part)
        if rule:
            return f"{name} {rule}"
    if option == "difference" and len(found) == 3:
        value, lower, upper = map(float, found.values())
        return "" if lower <= value <= upper else "the value must lie between its limits, lower first"
    return ""


def wrong_answers(ev: Evidence, given: Mapping[str, Any]) -> list[str]:
    """What is wrong with each answer that is given; one that may stay empty is not looked at when it is."""
    found = []
    for option, value in given.items():
        for text in value if isinstance(value, tuple | list) else (value,):
            open_ = text is None or isinstance(text, bool)
            if not open_ and (text != "" or option in ASKED or option == "study_id"):
                found.append(wrong_answer(ev, option, str(text), str(given.get("design") or "")))
    return [one for one in found if one]
