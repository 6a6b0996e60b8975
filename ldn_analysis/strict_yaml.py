"""YAML as people write settings: mappings, lists and plain values, read strictly.

YAML allows more than a file of settings needs, and most of it is a trap: a key that is given twice (the last
wins), anchors that expand to gigabytes, tags that name objects, ``no``, ``010`` and ``1:30`` that are a
truth value and two numbers. Here a key stands once, there are no anchors, aliases or tags, size and depth are
bounded, and a plain value is what YAML 1.2's core schema says: null, true, false, a decimal number, or text.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any, NoReturn

import yaml

from ldn_analysis.errors import InputError
from ldn_analysis.files import read_text

Value = None | bool | int | float | str | list["Value"] | dict[str, "Value"]

LARGEST = 256 * 1024
DEEPEST = 8
LONGEST = 2000
"""Letters in one value."""

_DIGITS = 30
_TAG = "tag:yaml.org,2002:"
_PLAIN = {
    "null": "~?|null|Null|NULL",
    "bool": "true|True|TRUE|false|False|FALSE",
    "int": "[-+]?[0-9]+",
    "float": r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?",
}
"""What a value without quotes is, by its form; the first that fits. What fits none is text."""


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
        loader = _Loader(text)
        values = loader.get_data() if loader.check_data() else None
        if loader.check_data():
            _refuse(loader.peek_event(), "a second document ('---') begins: one is allowed")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
        raise InputError(f"{name}{line}: {problem}") from None
    if not isinstance(values, dict):
        raise InputError(f"{name}: must be names and their values")
    return values


def _refuse(place: Any, rule: str) -> NoReturn:
    raise yaml.MarkedYAMLError(problem=rule, problem_mark=place.start_mark)


class _Loader(yaml.SafeLoader):
    """PyYAML's loader, whose nodes are checked as they come up: nothing is expanded, nothing goes deep."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            _refuse(event, "anchors and aliases (& and *) are not allowed: write the value where it belongs")
        if event.tag:
            _refuse(event, "tags (!) are not allowed")
        if self._depth >= DEEPEST and not isinstance(event, yaml.ScalarEvent):
            _refuse(event, f"nested deeper than {DEEPEST} levels, the limit")
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        names: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                _refuse(key, "a name must be a word, not a list or a mapping")
            if key.value in names:
                _refuse(key, f"{key.value!r} is given twice")
            names.add(key.value)
            key.tag = f"{_TAG}str"  # a name is text, whatever it says
        return node

    def compose_scalar_node(self, anchor: Any) -> yaml.ScalarNode:
        node = super().compose_scalar_node(anchor)
        text, number = node.value, node.tag in (f"{_TAG}int", f"{_TAG}float")
        if len(text) > LONGEST:
            _refuse(node, f"a value of {len(text)} letters: at most {LONGEST} are allowed")
        if any(0xD800 <= ord(c) < 0xE000 or (ord(c) < 32 and c not in "\n\t") for c in text):
            _refuse(node, "a value holds a character that is none (a control code or half a surrogate pair)")
        if number and len(text) > _DIGITS:
            _refuse(node, f"a number of {len(text)} characters: at most {_DIGITS} are allowed")
        if number and not math.isfinite(float(text)):
            _refuse(node, f"{text} is too large for a number")
        return node


_Loader.yaml_implicit_resolvers = {}
for _kind, _form in _PLAIN.items():
    _Loader.add_implicit_resolver(f"{_TAG}{_kind}", re.compile(rf"(?:{_form})\Z"), None)
_Loader.add_constructor(f"{_TAG}int", lambda _, node: int(node.value))
_Loader.add_constructor(f"{_TAG}float", lambda _, node: float(node.value))
