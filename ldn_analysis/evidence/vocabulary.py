"""Controlled words: what a word of a closed list means to the rules, and the listed word nearest to another.

The lists themselves stand in ``datapackage.json`` (enum) and in the small tables ``measures.csv``,
``event_types.csv`` and ``quantities.csv``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache
from typing import Literal

HARM_KINDS = ("adverse event", "serious adverse event", "discontinuation")
"""Kinds of events that are harms; the others are responses."""

StatisticKind = Literal["level", "change", "difference", "ratio", "share", "direction", "other"]


@lru_cache(maxsize=4096)
def _nearest(word: str, allowed: tuple[str, ...]) -> str:
    plain = {listed.casefold(): listed for listed in reversed(allowed)}
    near = get_close_matches(word.strip().casefold(), list(plain), n=1, cutoff=0.5)
    return plain[near[0]] if near else ""


def nearest(word: str, allowed: Iterable[str]) -> str:
    """The allowed word nearest to `word`, whatever its case; empty if none is near or `word` is empty."""
    return _nearest(word, tuple(allowed)) if word.strip() else ""


def hint(word: str, allowed: Iterable[str]) -> str:
    """What a refusal adds: the nearest allowed word; empty if none is near."""
    near = nearest(word, allowed)
    return f": the nearest is {near!r}" if near else ""


@lru_cache(maxsize=256)
def statistic_kind(word: str) -> StatisticKind:
    """What kind of number a statistic is: the rules on ranges, signs and groups go by it.

    A level lies on the scale; a change and a difference between groups lie within its width; a ratio is
    positive; a share lies between 0 and 1; a direction has no number.
    """
    if word == "direction":
        return "direction"
    if "squared" in word:
        return "share"
    if word.startswith("ratio"):
        return "ratio"
    if "difference" in word:
        return "difference"
    if "change" in word:
        return "change"
    if re.match(r"(mean|median)\b", word):
        return "level"
    return "other"


def is_percent_reduction(unit: str) -> bool:
    """Whether a value in this unit is a reduction in percent of the baseline."""
    return unit.startswith("percent reduction")
