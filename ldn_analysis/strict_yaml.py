"""YAML as people write settings: mappings, lists and plain values, read strictly.

YAML allows more than a file of settings needs, and most of it is a trap: a key that is given twice (the last
wins), anchors that expand to gigabytes, tags that name objects, ``no``, ``010`` and ``1:30`` that are a
truth value and two numbers. Here a key stands once, there are no anchors, aliases or tags, size and depth are
bounded, and a plain value is what YAML 1.2's core schema says: null, true, false, a decimal number, or text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import yaml

from ldn_analysis.errors import InputError
from ldn_analysis.files import read_text

Value = None | bool | int | float | str | list["Value"] | dict[str, "Value"]

LARGEST = 256 * 1024
DEEPEST = 8
LONGEST = 2000
"""Letters in one value."""

_NULL = {"", "~", "null", "Null", "NULL"}
_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_WHOLE = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_DIGITS = 30


def read(path: Path, *, largest: int = LARGEST) -> dict[str, Value]:
    """The mapping in a YAML file.

    Parameters
    ----------
    path : a regular file in UTF-8.
    largest : its largest size in bytes.

    Raises
    ------
    InputError : with the file's name, the line, and the rule that is broken.
    """
    return parse(read_text(path, largest), path.name)


def parse(text: str, name: str) -> dict[str, Value]:
    """The mapping in YAML text; `name` is what an `InputError` calls it."""
    try:
        values = _document(_Events(text, name))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
        raise InputError(f"{name}{line}: {problem}") from None
    if not isinstance(values, dict):
        raise InputError(f"{name}: must be names and their values")
    return values


class _Events:
    """PyYAML's events, one at a time: it reads without recursion, and nothing is expanded."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.SafeLoader)
        self._line = 1

    def next(self) -> yaml.Event:
        event = next(self._events)
        if event.start_mark is not None:
            self._line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self.refuse("anchors and aliases (& and *) are not allowed: write the value where it belongs")
        if getattr(event, "tag", None):
            self.refuse("tags (!) are not allowed")
        return event

    def refuse(self, rule: str) -> NoReturn:
        raise InputError(f"{self.name}, line {self._line}: {rule}")


def _document(events: _Events) -> Value:
    document: Value = None
    number = 0
    while not isinstance(event := events.next(), yaml.StreamEndEvent):
        if isinstance(event, yaml.DocumentStartEvent):
            number += 1
            if number > 1:
                events.refuse("a second document ('---') begins: one is allowed")
            document = _node(events, events.next(), 0)
    return document


def _node(events: _Events, event: yaml.Event, depth: int) -> Value:
    if isinstance(event, yaml.ScalarEvent):
        return _scalar(events, event)
    if depth >= DEEPEST:
        events.refuse(f"nested deeper than {DEEPEST} levels, the limit")
    if isinstance(event, yaml.SequenceStartEvent):
        listed: list[Value] = []
        while not isinstance(event := events.next(), yaml.SequenceEndEvent):
            listed.append(_node(events, event, depth + 1))
        return listed
    mapping: dict[str, Value] = {}
    while not isinstance(event := events.next(), yaml.MappingEndEvent):
        if not isinstance(event, yaml.ScalarEvent):
            events.refuse("a name must be a word, not a list or a mapping")
        key = _text(events, event)
        if key in mapping:
            events.refuse(f"{key!r} is given twice")
        mapping[key] = _node(events, events.next(), depth + 1)
    return mapping


def _text(events: _Events, event: yaml.ScalarEvent) -> str:
    """A scalar as text, if it can be printed and is not too long."""
    text: str = event.value
    if len(text) > LONGEST:
        events.refuse(f"a value of {len(text)} letters: at most {LONGEST} are allowed")
    if any(0xD800 <= ord(letter) < 0xE000 or (ord(letter) < 32 and letter not in "\n\t") for letter in text):
        events.refuse("a value holds a character that is none (a control code or half a surrogate pair)")
    return text


def _scalar(events: _Events, event: yaml.ScalarEvent) -> Value:
    text = _text(events, event)
    if not event.implicit[0]:  # in quotes: text, whatever it says
        return text
    if text in _NULL:
        return None
    if text in _TRUTH:
        return _TRUTH[text]
    if not _NUMBER.fullmatch(text):
        return text
    if len(text) > _DIGITS:
        events.refuse(f"a number of {len(text)} characters: at most {_DIGITS} are allowed")
    if _WHOLE.fullmatch(text):
        return int(text)
    number = float(text)
    if not math.isfinite(number):
        events.refuse(f"{text} is too large for a number")
    return number
