"""Typed parameters: how a dataclass declares them, and how a value is checked against its declaration.

A notebook's parameters are the fields of a frozen dataclass. Each field is made by `choice`, `number`,
`flag` or `several`; its annotation gives the type, and ``X | None`` allows a missing value. Nothing else
than a plain number, truth value, ``None``, or a word from a fixed list ever becomes a parameter, so no
text from outside can reach the code of a notebook.
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Mapping
from typing import Any

from ldn_analysis.errors import ParameterError, meant, shortened

Scalar = bool | int | float | str | None | tuple[Any, ...]


def choice(
    *words: str,
    help: str,
    low: float | None = None,
    high: float | None = None,
    wording: Mapping[str, str] | None = None,
) -> Any:
    """A field whose value is one of `words` (the first is the default); with `low` and `high` and an
    annotation ``str | int``, also a number between them. `wording`: see `says`."""
    return dataclasses.field(
        default=words[0],
        metadata={"choices": words, "help": help, "low": low, "high": high, "wording": wording},
    )


def number(
    default: float | None, low: float, high: float, *, help: str, unit: str = "", wording: str = ""
) -> Any:
    """A field that holds a finite number from `low` to `high`, both allowed. `wording`: see `says`."""
    return dataclasses.field(
        default=default, metadata={"low": low, "high": high, "help": help, "unit": unit, "wording": wording}
    )


def flag(default: bool, *, help: str) -> Any:
    """A field that is true or false."""
    return dataclasses.field(default=default, metadata={"help": help})


def several(*words: str, default: tuple[str, ...] | None = None, help: str) -> Any:
    """A field that holds any number of different `words` (all of them by default), as a tuple."""
    start = words if default is None else default
    return dataclasses.field(default=start, metadata={"choices": words, "help": help})


@dataclasses.dataclass(frozen=True, slots=True)
class Parameters:
    """Base of every notebook's parameters: checked when made, and shown as a table."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            object.__setattr__(self, field.name, check(type(self), field.name, getattr(self, field.name)))

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """Every parameter's name and default, in the order of declaration."""
        return {field.name: field.default for field in dataclasses.fields(cls)}

    def as_dict(self) -> dict[str, Any]:
        """Every parameter's name and value, in the order of declaration."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    def changed(self) -> dict[str, Any]:
        """Those that differ from their default."""
        defaults = self.defaults()
        return {name: value for name, value in self.as_dict().items() if value != defaults[name]}

    def pick(self, *names: str) -> dict[str, Any]:
        """The named parameters as keyword arguments; names that this notebook lacks are left out."""
        values = self.as_dict()
        return {name: values[name] for name in names if name in values}


_WHOLE = re.compile(r"[-+]?[0-9]{1,18}")
_NUMBER = re.compile(r"[-+]?(?:[0-9]{1,18}\.?[0-9]{0,18}|\.[0-9]{1,18})(?:[eE][-+]?[0-9]{1,3})?")


def check_names(cls: type[Parameters], names: Mapping[str, Any], where: str = "") -> None:
    """Refuse every name that `cls` does not declare, offering the nearest that it does."""
    known = list(cls.defaults())
    for name in names:
        if name not in known:
            suffix = f" of {where}" if where else ""
            hint = meant(str(name), known, before=": ", cutoff=0.5) or "."
            takes = f"It takes {', '.join(known) or 'none'}."
            raise ParameterError(f"{shortened(name)} is not a parameter{suffix}{hint} {takes}")


def _kinds(cls: type[Parameters], name: str) -> tuple[type, ...]:
    """The plain types that a field allows: ``int | None`` gives ``(int, NoneType)``."""
    hint = typing.get_type_hints(cls)[name]
    union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    return tuple(typing.get_origin(part) or part for part in (typing.get_args(hint) if union else (hint,)))


def describe(cls: type[Parameters], name: str) -> str:
    """What a parameter may be, in words: "one of MD, SMD", "a number from 0 to 10", "... or none"."""
    metadata, kinds = _field(cls, name).metadata, _kinds(cls, name)
    parts = []
    if metadata.get("choices"):
        listed = ", ".join(metadata["choices"])
        parts.append(f"any of {listed}" if tuple in kinds else f"one of {listed}")
    if metadata.get("low") is not None and (int in kinds or float in kinds):
        noun = "a number" if float in kinds else "a whole number"
        ends = (metadata["low"], metadata["high"])  # written out: 1000000, not 1e+06
        low, high = (f"{end:.0f}" if end == round(end) else f"{end:g}" for end in ends)
        parts.append(f"{noun} from {low} to {high}")
    if bool in kinds:
        parts.append("true or false")
    if type(None) in kinds:
        parts.append("none")
    return ", or ".join(parts)


def says(cls: type[Parameters], name: str, value: Any) -> str:
    """What a reader is told of parameter `name` having this value: "Only what was published by ... counts".

    As the field's ``wording`` says it (by value, or with the value in it), else its meaning and its value.
    """
    metadata, default = _field(cls, name).metadata, _field(cls, name).default
    wording = metadata.get("wording")
    if isinstance(wording, str) and wording and value is not None:
        return wording.format(value=f"{value:g}")
    if isinstance(wording, Mapping) and value in wording:
        return wording[value]
    unit = f" {metadata['unit']}" if metadata.get("unit") else ""
    meaning = re.split(r"[;:]", metadata["help"])[0]
    return f"{meaning}: {in_words(value)}{unit} (by default {in_words(default)})"


def in_words(value: Any) -> str:
    """A parameter's value for a reader: yes and no, none, words apart."""
    if value is None or value == ():
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list):
        return ", ".join(map(in_words, value))
    return f"{value:g}".replace("-", "−") if isinstance(value, float) else str(value).replace("_", " ")


def as_typed(value: Any) -> str:
    """A parameter's value as `from_text` takes it: true and false, none, words with commas between."""
    if value is None or isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _field(cls: type[Parameters], name: str) -> dataclasses.Field[Any]:
    return next(field for field in dataclasses.fields(cls) if field.name == name)


def check(cls: type[Parameters], name: str, value: Any) -> Scalar:
    """`value` as the plain Python value that field `name` of `cls` allows, or a `ParameterError`."""
    metadata, kinds = _field(cls, name).metadata, _kinds(cls, name)
    if hasattr(value, "item") and not isinstance(value, str | bytes) and getattr(value, "ndim", 1) == 0:
        value = value.item()  # a numpy scalar
    if not _allowed(value, kinds, metadata):
        choices = metadata.get("choices", ())
        hint = meant(value, choices, after=" It ", cutoff=0.5) if isinstance(value, str) else ""
        raise ParameterError(f"{name} is {shortened(value)}: {hint}must be {describe(cls, name)}.")
    if isinstance(value, list):
        return tuple(value)
    return float(value) if isinstance(value, int) and not {bool, int} & set(kinds) else value


def _allowed(value: Any, kinds: tuple[type, ...], metadata: Mapping[str, Any]) -> bool:
    """Whether a field of these types, with these words and limits, takes a value."""
    words = metadata.get("choices", ())
    if value is None or isinstance(value, bool):
        return type(value) in kinds
    if isinstance(value, list | tuple):
        apart = all(type(word) is str and word in words for word in value) and len(set(value)) == len(value)
        return tuple in kinds and apart
    if isinstance(value, int | float):
        typed = float in kinds or (int in kinds and isinstance(value, int))
        return typed and metadata["low"] <= value <= metadata["high"]  # which no NaN does
    return type(value) is str and str in kinds and value in words


def from_text(cls: type[Parameters], name: str, text: str) -> Any:
    """The value that somebody typed as ``name=text``, read as the field's type; `check` judges the result.

    Words are taken as they stand: no spaces are dropped, no other script's digits are read, and nothing is
    evaluated.
    """
    kinds, choices = _kinds(cls, name), _field(cls, name).metadata.get("choices", ())
    if tuple in kinds:
        return tuple(word.strip(" ") for word in text.split(",")) if text else ()
    if text in choices:
        return text
    if type(None) in kinds and text in ("none", "None", "null"):
        return None
    if bool in kinds and text in ("true", "True", "false", "False"):
        return text.lower() == "true"
    if int in kinds and _WHOLE.fullmatch(text):
        return int(text)
    if float in kinds and _NUMBER.fullmatch(text):
        return float(text)
    return text
