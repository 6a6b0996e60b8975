"""What a notebook says about itself to the report: its parameters, its answer and its results.

Each is shown in the notebook and, in the same output, stored as data (a mime type of our own). The
renderer collects the data into the JSON beside the report; the index, the tests and the comparison with
an earlier report read that, never the prose.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ldn_analysis.display.words import minus_signs
from ldn_analysis.errors import ParameterError, RenderError
from ldn_analysis.questions.grading import LEVELS, SURE, UNGRADED
from ldn_analysis.questions.parameters import parameters_class
from ldn_analysis.questions.typed import Parameters, as_typed, describe, says
from ldn_analysis.render.templates import fill

RESULT = "application/vnd.ldn.result+json"
ANSWER = "application/vnd.ldn.answer+json"
PARAMETERS = "application/vnd.ldn.parameters+json"

NOT_ADVICE = "This is research, not medical advice: talk to a clinician before changing any treatment."
ALL_SOURCES = "where-the-numbers-come-from"
"""Id of the list of all sources of a report."""
CERTAINTIES = (*LEVELS, UNGRADED)

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")


def outputs_of(cells: Sequence[Mapping[str, Any]], mime: str) -> Iterator[tuple[int, Any]]:
    """What the outputs of cells hold under a mime type of ours, each with its cell's number."""
    for number, cell in enumerate(cells, 1):
        for output in cell.get("outputs", []):
            if mime in output.get("data", {}):
                yield number, output["data"][mime]


def _plain(value: Any) -> bool | int | float | str | None:
    """A JSON value: numpy scalars become Python's, and what is not finite becomes missing."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise RenderError(f"a recorded value must be a number, a truth value or text, not {type(value).__name__}")


def _publish(bundle: dict[str, Any]) -> None:
    """Show a mime bundle if there is a notebook to show it in."""
    from IPython.core.getipython import get_ipython
    from IPython.display import display

    if get_ipython() is not None:
        display(bundle, raw=True)


def record(
    name: str,
    value: Any,
    unit: str = "",
    lower: float | None = None,
    upper: float | None = None,
    level: float | None = None,
    text: str | None = None,
    source: str | None = None,
) -> dict[str, Any]:
    """Record a result that the report states, at full precision.

    Parameters
    ----------
    name : lower-case words joined by ``_`` and ``.``, unique in the notebook: ``"pain.estimate"``.
    value : a number, truth value or short text; NaN and infinities are recorded as missing.
    unit : unit of `value`, `lower` and `upper`; empty for pure numbers.
    lower, upper, level : interval and its level (0.95), where there is one.
    text : the result in words, if the report says it in words.
    source : id of the note or chain that it was made from (`display.Note`), where it has one of its own.
    """
    if not _NAME.fullmatch(name):
        raise RenderError(
            f"a result's name is lower-case words joined by _ and . (pain.estimate), not {name!r}"
        )
    more = {"lower": lower, "upper": upper, "level": level, "text": text, "source": source}
    result = {"name": name, "value": _plain(value), "unit": _plain(unit)}
    result |= {key: _plain(field) for key, field in more.items() if field is not None}
    _publish({RESULT: result, "text/plain": ""})
    return result


def answer(
    *,
    question: str,
    sentence: str,
    short: str = "",
    certainty: str = UNGRADED,
    about: str = "",
    k: int | None = None,
    n: int | None = None,
) -> None:
    """Show the answer box that opens a report, and record it for the index.

    Parameters
    ----------
    question, sentence : what the notebook asks, and its answer in at most 40 words (built from results).
    short : the answer in at most 20 words, for the list of reports; the first sentence if left out.
    certainty : in GRADE's words: one of high, moderate, low, very low, not graded.
    about : what the certainty is about, where the sentence says more than that.
    k, n : number of studies and of participants behind the answer.
    """
    if certainty not in CERTAINTIES:
        raise RenderError(f"certainty is {certainty!r}: must be one of {', '.join(CERTAINTIES)}")
    box = {
        "question": question,
        "sentence": minus_signs(sentence),
        "short": minus_signs(short or _first(sentence)),
        "certainty": certainty,
        "about": about,
        "k": _plain(k),
        "n": _plain(n),
    }
    facts = facts_of(box)
    html = fill("answer", answer=box, facts=facts, heading="", linked=box["sentence"], sources=ALL_SOURCES)
    _publish({ANSWER: box, "text/html": html, "text/plain": f"{question}\n{box['sentence']}\n{facts}"})


def facts_of(box: Mapping[str, Any]) -> str:
    """What stands under an answer: how sure it is, in plain words and in GRADE's, and what it rests on,
    unless the answer says that."""
    certainty, k, n = box["certainty"], box.get("k"), box.get("n")
    about = f" about {box['about']}" if box.get("about") else ""
    sure = f"{SURE[certainty]}{about} (GRADE: {certainty})" if certainty in SURE else "not graded"
    studies, people = "study" if k == 1 else "studies", "person" if n == 1 else "people"
    base = [f"{number:,} {word}" for number, word in ((k, studies), (n, people)) if number]
    if n and f"({n:,} " in box["sentence"]:  # with its trials, as every answer says it
        base = []
    rests = f" {', '.join(base)}." if base else ""
    return f"How sure? {sure[0].upper()}{sure[1:]}.{rests}"


def _first(text: str) -> str:
    """The first sentence of a text: up to a full stop, question mark or semicolon before a space."""
    sentence = re.match(r".+?(?<!\bal)[.?;](?=\s+\S)", text, re.DOTALL)
    return (sentence.group(0).rstrip(";.?") + ".") if sentence else text


def show_parameters(params: Parameters) -> None:
    """Show the table of parameters; those that differ from their default are marked in words."""
    defaults, changed = params.defaults(), params.changed()
    rows, lines = [], []
    for name, value in params.as_dict().items():
        metadata = type(params).__dataclass_fields__[name].metadata
        mark = f"changed (default {as_typed(defaults[name])})" if name in changed else "default"
        text = f"{as_typed(value)} {metadata['unit']}" if metadata.get("unit") else as_typed(value)
        rows.append(
            {
                "name": name,
                "changed": name in changed,
                "cells": (text, mark, metadata["help"], describe(type(params), name)),
            }
        )
        lines.append(f"{name} = {text}" + (f"  [{mark}]" if name in changed else ""))
    how_many = f"{len(changed)} of {len(defaults)} changed" if changed else "all at their defaults"
    html = fill("parameters", rows=rows, how_many=how_many)
    sentences = [says(type(params), name, value) for name, value in changed.items()]
    data = {"values": params.as_dict(), "changed": list(changed), "said": sentences}
    _publish({PARAMETERS: data, "text/html": html, "text/plain": "\n".join(lines)})


def parameters(notebook: str, namespace: Mapping[str, Any]) -> Any:
    """The notebook's parameters, checked, shown as a table, and returned as its frozen dataclass.

    Parameters
    ----------
    notebook : name of the notebook's file without ``.ipynb``, such as ``"02_pain"``.
    namespace : ``globals()`` of the notebook, right after its ``parameters`` cell.

    Raises
    ------
    ParameterError : if a parameter is missing, or has a type or value that is not allowed.
    """
    cls = parameters_class(notebook)
    missing = [name for name in cls.defaults() if name not in namespace]
    if missing:
        raise ParameterError(f"{notebook}: the parameters cell lacks {', '.join(missing)}")
    params = cls(**{name: namespace[name] for name in cls.defaults()})
    show_parameters(params)
    return params
