"""Controlled words: what a word of a closed list means to the rules, and the listed word nearest to another.

The lists themselves stand in ``datapackage.json`` (enum) and in the small tables ``measures.csv``,
``event_types.csv`` and ``quantities.csv``. Here too: the words of RoB 2, the forms in which a source prints
how precise a value is, and which values a choice of reading keeps (by ``how_read``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache
from typing import Literal, NamedTuple

import pandas as pd

from ldn_analysis.errors import one_of

HARM_KINDS = ("adverse event", "serious adverse event", "discontinuation")
"""Kinds of events that are harms; the others are responses."""

StatisticKind = Literal["level", "change", "difference", "ratio", "share", "direction", "other"]


@lru_cache(maxsize=4096)
def _nearest(word: str, allowed: tuple[str, ...]) -> str:
    plain = {listed.casefold(): listed for listed in reversed(allowed)}
    near = get_close_matches(word.strip().casefold(), list(plain), n=1, cutoff=0.6)
    return plain[near[0]] if near else ""


def nearest(word: str, allowed: Iterable[str]) -> str:
    """The allowed word nearest to `word`, whatever its case; empty if none is near or `word` is empty."""
    return _nearest(word, tuple(allowed)) if word.strip() else ""


def hint(word: str, allowed: Iterable[str]) -> str:
    """What a refusal adds: the nearest allowed word; empty if none is near."""
    near = nearest(word, allowed)
    return f": the nearest is {near!r}" if near else ""


_KINDS: tuple[tuple[str, StatisticKind], ...] = (
    (r"direction$", "direction"),
    (r".*squared", "share"),
    (r"ratio", "ratio"),
    (r".*difference", "difference"),
    (r".*change", "change"),
    (r"(?:mean|median)\b", "level"),
)
"""How the words of a statistic begin, and its kind; the first that fits."""


@lru_cache(maxsize=256)
def statistic_kind(word: str) -> StatisticKind:
    """What kind of number a statistic is: the rules on ranges, signs and groups go by it.

    A level lies on the scale; a change and a difference between groups lie within its width; a ratio is
    positive; a share lies between 0 and 1; a direction has no number.
    """
    return next((kind for words, kind in _KINDS if re.match(words, word)), "other")


def is_percent_reduction(unit: str) -> bool:
    """Whether a value in this unit is a reduction in percent of the baseline."""
    return unit.startswith("percent reduction")


BIAS_DOMAINS = {
    "RoB 2 parallel": ("D1", "D2", "D3", "D4", "D5", "overall"),
    "RoB 2 crossover": ("D1", "DS", "D2", "D3", "D4", "D5", "overall"),
    "does not apply": ("overall",),
}
"""Domains of each variant of the tool, in its order."""

BIAS_NAMES = {
    "D1": "randomisation",
    "DS": "period and carryover",
    "D2": "deviations from the intended interventions",
    "D3": "missing outcome data",
    "D4": "measurement of the outcome",
    "D5": "selection of the reported result",
    "overall": "overall",
}

BIAS_JUDGEMENTS = ("low", "no information", "some concerns", "high")
"""From best to worst; "not applicable" is none of them."""


def worst_judgement(judgements: Iterable[str]) -> str:
    """The worst of the judgements of domains, which the overall one is; empty if none is a judgement."""
    ranks = [BIAS_JUDGEMENTS.index(level) for level in judgements if level in BIAS_JUDGEMENTS]
    return BIAS_JUDGEMENTS[max(ranks)] if ranks else ""


class Precision(NamedTuple):
    """Columns of the outcomes, and words: of the arms, behind an arm's value, and of a difference.

    Without words of the arms, or of a difference (None), the form is not one of them.
    """

    columns: tuple[str, ...]
    of_arms: str = ""
    behind_value: str = ""
    of_difference: str | None = None


PRECISIONS = {
    "ci": Precision(("lower95", "upper95"), "intervals", " [{}, {}]", ""),
    "sd": Precision(("sd",), "SDs", " (SD {})", "SD of the differences"),
    "se": Precision(("se",), "SEs", " (SE {})", "SE"),
    "quartiles": Precision(("q1", "q3"), "quartiles", " (quartiles {} to {})"),
    "range": Precision(("minimum", "maximum"), "ranges", " (range {} to {})"),
    "t": Precision(("t_value",), of_difference="t"),
    "f": Precision(("f_value",), of_difference="F"),
    "p": Precision(("p_value",), of_difference="p"),
}
"""By the word with which one is typed."""
OF_ARMS = {word: form for word, form in PRECISIONS.items() if form.of_arms}
OF_DIFFERENCES = {word: form for word, form in PRECISIONS.items() if form.of_difference is not None}


READINGS = ("abstract", "read by us", "transcribed", "all")
"""From the narrowest choice to the widest: each keeps what those before it keep."""

_ABSTRACT = frozenset({"abstract", "registry"})
_BY_US = _ABSTRACT | {"full text", "derived"}  # derived: by us, from numbers of the source that we read
READ_AT = {"abstract": _ABSTRACT, "read by us": _BY_US, "transcribed": _BY_US | {"transcribed"}}
"""Ways of reading that each choice but "all" keeps."""

SET_ASIDE = {
    "abstract": "numbers that no abstract or registry gives",
    "read by us": "numbers that we did not read in the paper",
    "transcribed": "numbers that only a news report or another review gives",
}
"""What each of these choices leaves out, in words."""


def may_be_read(how_read: str, reading: str) -> bool:
    """Whether a value read as `how_read` ("A+B": as both) is kept under `reading`.

    Raises
    ------
    InputError : `reading` is none of `READINGS`.
    """
    return one_of("reading", reading, READINGS) == "all" or set(how_read.split("+")) <= READ_AT[reading]


def readable(table: pd.DataFrame, reading: str) -> pd.DataFrame:
    """Rows of `table` that may be used under `reading`, by their column ``how_read``."""
    kept = [may_be_read(str(how), reading) for how in table["how_read"]]
    return table[pd.Series(kept, index=table.index, dtype=bool)]
