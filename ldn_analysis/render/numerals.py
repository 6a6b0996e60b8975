"""The numbers of a text, what each counts, and the forms in which a recorded result may be printed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ldn_analysis import html
from ldn_analysis.display.words import minus_signs, number

_NUMBER = re.compile(r"(?<![\w.,/:#−–-])[−-]?\d+(?:[.,]\d+)*(?:\s?%)?(?![\w/]|[.,]\d)")
_SCALE = re.compile(
    r"\b0 (?:to|and) 10+0?\b|\b0[-–]10+\b|\b(?:80|90|95|99)(?:\.\d)?\s?%|\b(?:[Pp]er|[Ii]n|[Oo]f) 100\b"
    r"|\b(?:19|20)\d\d\b|\b\d{1,2} (?=(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b)"
    r"|\b\d+\.\d+\.\d+\b|(?<=BY )\d\.\d"
)


def numbers_in(text: str) -> Iterator[re.Match[str]]:
    """The numbers of a text that can have a source: no date or version, no level of an interval, no end of a
    scale."""
    blank = _SCALE.sub(lambda match: "x" * len(match.group(0)), text)
    return _NUMBER.finditer(blank)


def plain(text: str) -> str:
    return re.sub(r"[ \u00a0]|,(?=\d{3})", "", text).replace("-", "−")


def figures(text: str) -> int:
    """Significant figures of a printed number: ``0.05`` has one, ``1.50`` three."""
    return len(re.sub(r"\D", "", text).lstrip("0"))


PERCENT_FOLLOWS = re.compile(r" to \d+(?:\.\d+)?\s?%")
"""Behind the first number of ``0.2 to 5.8%``: it is a percentage too."""
_COUNTED = re.compile(
    r"\s*(?:(?:to|or|and) \d[\d.]* )?"
    r"(mg|weeks?|months?|years?|people|participants|persons?|women|men|trials?|studies|study)\b"
)
_KINDS = dict.fromkeys(("participants", "women", "men", "person", "persons"), "people")
_KINDS |= {"studies": "trial", "study": "trial"}


def counted(after: str) -> str:
    """What a number counts, by the word behind it: mg, week, people, trial; empty for anything else."""
    match = _COUNTED.match(after)
    word = match.group(1) if match else ""
    return _KINDS.get(word, word if word in ("mg", "people") else word.rstrip("s"))


def _kind(result: Mapping[str, Any]) -> str:
    """The same of a result, by its unit, or by its name where that says that it counts people or trials."""
    last = str(result["name"]).rpartition(".")[2]
    return {"n": "people", "k": "trial"}.get(last) or counted(f" {result.get('unit', '')}")


def _printed(result: Mapping[str, Any]) -> Iterator[str]:
    """The forms in which a result's value and limits may stand in a sentence, with and without their sign;
    a share as a percentage too."""
    for key in ("value", "lower", "upper"):
        value = result.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        for digits in range(4):
            text = number(float(value), digits)
            exact = round(float(value), digits) == float(value)
            if not exact and figures(text) < 2:
                continue
            short = text.rstrip("0").rstrip(".") if digits and exact else text
            yield from (text, text.lstrip("−"), short, short.lstrip("−"))
        if 0 <= value <= 1 and not result.get("unit"):
            yield from (f"{number(100 * float(value), digits)}%" for digits in range(2))
        if "%" in str(result.get("unit", "")):
            yield from (f"{number(float(value), digits)}%" for digits in range(2))


def result_in_short(result: Mapping[str, Any] | None, digits: int = 4) -> str:
    """A recorded result on a line: value, limits, unit; "not there" where there is none."""
    if result is None:
        return "not there"
    value, lower, upper = (_short(result.get(key), digits) for key in ("value", "lower", "upper"))
    interval = f" ({lower} to {upper})" if result.get("lower") is not None else ""
    return f"{value}{interval} {result.get('unit', '')}".strip()


def _short(value: Any, digits: int) -> str:
    if isinstance(value, float):
        return minus_signs(f"{value:.{digits}g}")
    return "none" if value is None else str(value)


def result_in_words(name: str) -> str:
    """The name of a recorded result as a reader sees it."""
    return re.sub(r"[._]+", " ", name)


def result_id(name: str) -> str:
    return f"result-{html.slug(name)}"


def forms_of(results: Iterable[Mapping[str, Any]]) -> dict[str, list[tuple[str, str]]]:
    """Each form in which a result may be printed -> the results that print so: id, and what they count."""
    forms: dict[str, list[tuple[str, str]]] = {}
    for result in results:
        for text in dict.fromkeys(_printed(result)):
            forms.setdefault(text, []).append((result_id(result["name"]), _kind(result)))
    return forms
