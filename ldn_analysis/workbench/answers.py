"""What a new trial is asked, and whether an answer will do: by the rules of the tables that it goes to.

The rules stand in ``datapackage.json`` and only there; an answer is checked as the cell would be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Any

import pandas as pd

from ldn_analysis.errors import InputError
from ldn_analysis.evidence import Evidence
from ldn_analysis.evidence.reading import TextTable
from ldn_analysis.evidence.rules.structure import ADDRESS
from ldn_analysis.evidence.schema import EMPTY, UNKNOWN, Field, broken_rules, typed
from ldn_analysis.evidence.vocabulary import hint
from ldn_analysis.workbench.new_study_options import ASKED, flag_of
from ldn_analysis.workbench.reported import (
    CountedEvent,
    arm,
    bound,
    counted,
    daily_doses,
    difference,
    judged,
    numbers,
    standing,
)

COMPARED = ("parallel", "crossover")
"""Designs that compare the drug with a control group."""
DESIGNS = (*COMPARED, "single-arm")
ID = r"(?=.{1,60}$)[a-z][a-z0-9]*(-[a-z0-9]+)*"
"""How a short name looks."""

_SHARED = ("randomised", "blinding", "registry", "condition", "sex", "country")
"""Columns of ``studies.csv`` that are called as their options and hold of every report of a trial."""
_TEXT = {
    **{option: f"studies.{option}" for option in ("study_id", "label", "year", "notes", "control", *_SHARED)},
    **{option: f"outcomes.{option}" for option in ("source", "location", "how_read")},
    "instrument": "outcomes.measure",
    "schedule": "studies.dose_schedule",
    "study_set": "study_sets.set",
    "reason": "study_sets.reason",
    "analysis": "events.analysis",
    "new_instrument": "measures.source",
    "new_event": "event_types.event",
    "unit": "outcomes.unit",
}
_BESIDE = {("unit", "percent")}
"""An answer beside those that the column takes."""
_NUMBERS = {
    "weeks": {"weeks": "outcomes.week"},
    "treatment_weeks": {"weeks": "studies.treatment_weeks"},
    "control_weeks": {"weeks": "studies.control_weeks"},
    "n_randomised": {"people": "studies.n_randomised"},
    "primary_week": {"week": "study_sets.primary_week"},
    "baseline": {"mean": "outcomes.value", "sd": "outcomes.sd"},
    "scale": {"lowest": "outcomes.scale_min", "highest": "outcomes.scale_max"},
}
SPANS = re.compile(r"days?\b|weeks?\b|months?\b|years?\b", re.IGNORECASE)
IN_WEEKS = "must be weeks, the number alone: divide days by 7; months are none, look for the days or weeks"
ALONE = (
    "a standardised difference alone makes no row of points: list the trial with --set all_randomised and "
    "--reason, without the number"
)
_REFUSED = {
    "design": (
        re.compile(rf"^(?!(?:{'|'.join(DESIGNS)})\Z)"),
        f"must be one of {', '.join(DESIGNS)}; N-of-1 trials are a crossover; where clusters were "
        "randomised it is parallel, the --difference of a model with them, and --notes say so",
    ),
    "blinding": (
        re.compile(r"^(?:triple|treble|quadruple)\b", re.IGNORECASE),
        "is double-blind here: more were blind than that word asks for",
    ),
    "baseline": (
        re.compile(r"\S\s+\S+\s+\S"),
        'is of everybody, "mean sd"; of each group it is --more --weeks 0, with --ldn and --placebo',
    ),
    **dict.fromkeys(("weeks", "treatment_weeks", "control_weeks", "primary_week"), (SPANS, IN_WEEKS)),
    "source": (
        re.compile(ADDRESS, re.IGNORECASE),
        "a DOI stands without its address: 10., digits, a slash, more",
    ),
    "unit": (re.compile(r"^(?:SDs?|SMD)\Z", re.IGNORECASE), ALONE),
}
"""Answers that are told more than that the column does not take them: how they look, and what is said."""
SLIP = 0.8
"""Words of which this share is the same are one word with a slip."""
OF_P = '--p "<0.001"'


def field_of(ev: Evidence, place: str) -> Field:
    """What the schema says of a column, as ``outcomes.value``."""
    table, _, column = place.partition(".")
    return next(field for field in ev.package.resources[table].fields if field.name == column)


def cell_rule(ev: Evidence, place: str, text: str) -> str:
    """The rule of a column that an answer would break, which cannot be left out; empty if none."""
    resource, field = ev.package.resources[place.partition(".")[0]], field_of(ev, place)
    small = replace(resource, fields=(field,), primary_key=field.name, foreign_keys=())
    cell = TextTable(resource.path, ({field.name: text},), (1,))
    frame, problems = typed(small, cell)
    broken = [*problems, *broken_rules(small, cell, frame)]
    return broken[0].rule.removesuffix(UNKNOWN) if broken else ""


def wrong_answer(ev: Evidence, option: str, text: str, design: str = "") -> str:
    """What is wrong with one answer, in one line; empty if it will do.

    Parameters
    ----------
    ev : the evidence that the trial is to join: its schema, and the studies that are there.
    option : a field of `Trial`.
    text : the answer; of ``events``, one of them.
    design : the trial's, as far as it is known: a crossover has one number of people, a parallel trial two.
    """
    flag = flag_of(option)
    try:
        rule = _broken(ev, option, flag, text, design)
    except InputError as error:
        return str(error)
    return f"{flag} is {text!r}: {rule}" if rule else ""


def words_of(ev: Evidence, option: str) -> tuple[str, ...]:
    """The words of which an answer is one; empty where it may be any."""
    if option == "design":
        return DESIGNS
    place = _TEXT.get(option, "outcomes.favours" if option == "favours" else "")
    return tuple(field_of(ev, place).enum or ()) if place else ()


def begun(text: str, words: Iterable[str]) -> str:
    """The word that an answer begins, the shortest that all others continue; else the answer itself."""
    likely = [word for word in words if text and word.casefold().startswith(text.casefold())]
    return next((word for word in likely if all(other.startswith(word) for other in likely)), text)


def _broken(ev: Evidence, option: str, flag: str, text: str, design: str) -> str:
    if not text:
        return EMPTY
    if rule := _of_name(ev, option, text):
        return rule
    if option in _REFUSED and _REFUSED[option][0].search(text):
        return _REFUSED[option][1]
    if option in _TEXT and (option, text) not in _BESIDE:
        rule = cell_rule(ev, _TEXT[option], text)
        listed = rule and option == "condition"
        return f"{rule}; another one joins that list, which stands in datapackage.json" if listed else rule
    if option == "stands":
        return _of_reason(ev, flag, text)
    cells, columns = _cells(option, flag, text, design)
    for name, part in cells.items():
        if rule := cell_rule(ev, columns[name], part):
            return rule if option in ("favours", "risk_of_bias") else f"{name} {rule}"
    return _order(option, cells)


def _of_reason(ev: Evidence, flag: str, text: str) -> str:
    """What is wrong with a rule that is to be overruled, and the reason why."""
    ((rule, why),) = standing(flag, [text]).items()
    known = field_of(ev, "integrity_reasons.check").enum
    if rule not in known:
        return f"{rule!r} is no rule that a reason overrules{hint(rule, known)}"
    return cell_rule(ev, "integrity_reasons.reason", why)


def _of_name(ev: Evidence, option: str, text: str) -> str:
    """What is wrong with the name of a study or an event that the data have, or do not have."""
    studies = ev.studies["study_id"]
    if option == "study_id" and not re.fullmatch(ID, text):
        return "must be at most 60 lower-case letters a to z and digits, as smith2027"
    if option == "study_id" and text in set(studies):
        return (
            "is in studies.csv already: another outcome, week or count of it is added with --more; a "
            "further report takes a name of its own and --report-of; what was corrected or retracted is "
            "changed in its rows (data/README.md)"
        )
    if option == "report_of" and text not in set(studies):
        return f"is no study of studies.csv{hint(text, studies)}"
    if option == "new_event" and (listed := slip_of(text, ev.event_types["event"])):
        return (
            f"is near {listed!r}, which event_types.csv has: is it misspelt? Another event gets its line "
            "there first, and no --new-event"
        )
    return ""


def slip_of(text: str, listed: Iterable[str]) -> str:
    """The name of the list that another is but for case and a slip of the pen in a word; empty if none."""

    def alike(word: str, other: str) -> bool:
        word, other = word.casefold(), other.casefold()
        near = SequenceMatcher(None, word, other).ratio() >= SLIP or sorted(word) == sorted(other)
        return word == other or (near and (word + other).isalpha())

    words = text.split()
    pairs = ((other, other.split()) for other in listed if other != text)
    near = (other for other, its in pairs if len(its) == len(words) and all(map(alike, words, its)))
    return next(near, "")


def _cells(option: str, flag: str, text: str, design: str) -> tuple[dict[str, str], dict[str, str]]:
    """The cells that an answer would fill, by name, and the column of each."""
    if option in ("ldn", "placebo", "difference"):
        row = (difference(flag, text) if option == "difference" else arm(flag, text)).row
        return row, {name: f"outcomes.{name}" for name in row}
    if option == "p":
        return {"p": bound(flag, text)["p_value"]}, {"p": "outcomes.p_value"}
    if option == "favours":
        sides = {f"side {i}": side for i, side in enumerate(text.split(), 1)}
        return sides, dict.fromkeys(sides, "outcomes.favours")
    if option == "risk_of_bias":
        judgements = judged(flag, text, design if design in DESIGNS else "parallel")
        return judgements, dict.fromkeys(judgements, "risk_of_bias.judgement")
    if option == "events":
        return _event_cells(counted(flag, text))
    if option == "dose":
        doses = {f"dose {i}": dose for i, dose in enumerate(daily_doses(flag, text)[0], 1)}
        return doses, dict.fromkeys(doses, "studies.dose_min_mg")
    if option == "n":
        sizes = _people(flag, text, design)
        return sizes, {name: f"outcomes.{name.split()[0]}" for name in sizes}
    if option in _NUMBERS:
        columns = _NUMBERS[option]
        return numbers(flag, text, tuple(columns), 1 if option == "baseline" else None), columns
    return {}, {}


def _people(flag: str, text: str, design: str) -> dict[str, str]:
    """The people of a crossover, or of each group of a parallel trial; placebo comes last."""
    if design == "crossover":
        return numbers(flag, text, ("n",))
    treated = range(2, max(2, len(text.split())))
    return numbers(
        flag, text, ("n_ldn", *(f"n_ldn {i}" for i in treated), "n_placebo"), None if design else 1
    )


def _event_cells(event: CountedEvent) -> tuple[dict[str, str], dict[str, str]]:
    """The same of the counts of one event: each cell is named with its group."""
    cells: dict[str, str] = {}
    columns: dict[str, str] = {}
    for group, counts in event.rows:
        side = f"({group}{f', {counts.dose} mg' if counts.dose else ''})"
        cells |= {f"{name} {side}": cell for name, cell in counts.cells.items()}
        columns |= {f"{name} {side}": f"events.{name}" for name in counts.cells}
    if event.period:
        cells["period"], columns["period"] = event.period, "events.period"
    return cells, columns


def _order(option: str, cells: Mapping[str, str]) -> str:
    """What is out of order among the cells of one answer; empty if nothing is."""
    p = cells.get("p") or cells.get("p_value")
    if p and float(p) == 0:
        return f"no p value is 0: say what it lies below, as {'p<0.001' if option == 'difference' else OF_P}"
    if option == "difference" and "lower95" in cells:
        value, lower, upper = (float(cells[name]) for name in ("value", "lower95", "upper95"))
        return "" if lower <= value <= upper else "the value must lie between its limits, lower first"
    if option == "events":
        for name, cell in cells.items():
            column, _, group = name.partition(" ")
            people = column == "events" and f"person_weeks {group}" not in cells
            if people and float(cell) > float(cells[f"n {group}"]):
                return f"more events than people {group}"
    return ""


_OF_TRIAL = {option: option for option in (*_SHARED, "n_randomised", "treatment_weeks", "control_weeks")}
_OF_TRIAL |= {"design": "design_type", "schedule": "dose_schedule"}


def of_trial(ev: Evidence, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers on a further report; what they leave out is as the main report of the trial has it.

    An open extension is a phase of its own: only what holds of the whole trial is taken for it.
    """
    mains = ev.printed["studies"].set_index("study_id")
    main = mains.loc[answers["report_of"]] if answers["report_of"] in mains.index else None
    if main is None:
        return dict(answers)
    known = _of_row(main) | {"weeks": str(main["treatment_weeks"])}
    if answers["randomised"] == "no":
        known = {option: known[option] for option in ("registry", "condition", "sex", "country")}
    return {**answers, **{option: cell for option, cell in known.items() if not answers[option]}}


def of_study(ev: Evidence, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers on more rows of a study that is there: its own row says the rest, and stands.

    Raises
    ------
    InputError : there is no such study, or an option is typed that belongs to what stands.
    """
    rows = ev.printed["studies"].set_index("study_id")
    if answers["study_id"] not in rows.index:
        raise InputError(_unknown(ev, answers["study_id"]))
    row = rows.loc[answers["study_id"]]
    known = _of_row(row) | {option: str(row[option]) for option in ("label", "year")}
    stands = [*_OF_TRIAL, "label", "year", "notes", "report_of", "risk_of_bias", "basis"]
    stands += ["dose"] if known["dose"] else []
    stands += ["control"] if answers["control"] not in ("placebo", row["control"]) else []
    if typed := [flag_of(option) for option in stands if answers[option]]:
        raise InputError(f"{', '.join(typed)}: --more adds no such row: change the one that stands")
    known["source"] = str(row["doi"] or (f"PMID {row['pmid']}" if row["pmid"] else ""))
    own = {option: cell for option, cell in known.items() if not answers[option]}
    return {**answers, **own, "control": str(row["control"])}


def _of_row(row: pd.Series[Any]) -> dict[str, str]:
    """The answers that a row of ``studies.csv`` holds, of what is one for all reports of a trial."""
    low, high = row["dose_min_mg"], row["dose_max_mg"]
    known = {option: str(row[column]) for option, column in _OF_TRIAL.items()}
    return known | {"dose": low if low == high else f"{low} to {high}"}


def _unknown(ev: Evidence, study_id: str) -> str:
    return f"ID is {study_id!r}: is no study of studies.csv{hint(study_id, ev.studies['study_id'])}"


def wrong_answers(ev: Evidence, answers: Mapping[str, Any], *, known: bool = False) -> list[str]:
    """What is wrong with each answer that is given; one that may stay empty is not looked at when it is.

    `known` says that the study is in the data: it is entered once more, or more of it.
    """
    problems = []
    for option, value in answers.items():
        if known and option == "study_id":
            problems += [] if value in set(ev.studies["study_id"]) else [_unknown(ev, value)]
            continue
        if known and option == "design" and value in set(ev.studies["design_type"]):
            continue  # as the study has it: more kinds than a new trial may be
        for answer in value if isinstance(value, tuple | list) else (value,):
            text = "" if answer is None or isinstance(answer, bool) else str(answer)
            if text or option in ASKED or option == "study_id":
                problems.append(wrong_answer(ev, option, text, str(answers.get("design") or "")))
    return list(filter(None, problems))
