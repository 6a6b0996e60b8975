"""Clauses of a text: what is said of the row itself, and what is denied, or said of something else."""

from __future__ import annotations

import re

LOW = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
IN_WORDS = {word: float(number) for number, word in enumerate(LOW, 1)}
IN_WORDS |= {"sixteen": 16.0, "eighteen": 18.0, "twenty": 20.0, "twenty-four": 24.0}
"""Numbers that a text spells out."""
DIGITS = re.compile(r"-?\d*\.?\d+")
CLAUSES = re.compile(r"[;:,()]|\.(?!\d)")
SENTENCES = re.compile(r"[;:]|\.(?!\d)")
NOTES = re.compile(r"[.;](?!\d)")
"""What ends a sentence in the notes of a study, where a colon may stand within one."""
DENIED = re.compile(r"\b(?:not?|none|never|neither|nor|without)\b|n't\b", re.I)
OF_ANOTHER = re.compile(
    r"\b(?:another|by others|other (?:paper|report|trial|cohort|sample)s?|of the pilot|cited|asked"
    r"|(?<!\d )planned|dropped|registered|inclusion|entry|eligible|criteri\w+|extension"
    r"|after (?:week \d+|the (?:trial|double))"
    r"|at the end|could|in (?:the )?(?:text|supplement\w*|appendix)"
    r"|(?:is|are|was|were) (?:not|given|presented)|not (?:an?|counted|made|done|part|read|used)"
    r"|only the parallel)\b",
    re.I,
)
"""Words of a sentence on another paper, on what was planned, on who came in, or on what came afterwards."""
OTHER_DRUG = (
    r"(?!LDN|naltrexone|hydrochloride|medicine|routine|baseline)"
    r"\w+(?:ine|lin|mol|dol|nol|pam|lam|ide|pran|fen|done|min)\b"
)
"""A drug, by how its name ends."""
OTHER_LEVEL = r"\b(?:[5-8]\d|90|9[6-9](?:\.\d+)?) ?% ?-?(?:CIs?\b|confidence|credible|interval)"
"""An interval of another level than 95%."""
AT_95 = "limits are those at 95%; of another level give the SE, half the width over its t (Handbook 6.5.2.3)"


def without(words: re.Pattern[str], text: str) -> str:
    """The sentences of a text that lack some words."""
    return ". ".join(part for part in NOTES.split(text.replace("et al.", "et al")) if not words.search(part))


def number_of(word: str) -> float | None:
    """The number that a word or its digits say; None where they say none."""
    if word.lower() in IN_WORDS:
        return IN_WORDS[word.lower()]
    return float(word) if DIGITS.fullmatch(word) else None


def _around(breaks: re.Pattern[str], words: re.Match[str]) -> tuple[str, str]:
    """What stands before and after some words of a text, up to the next break on either side."""
    return breaks.split(words.string[: words.start()])[-1], breaks.split(words.string[words.end() :])[0]


def undenied(words: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The first of some words of a text in whose clause nothing is denied."""
    matches = words.finditer(text)
    return next((match for match in matches if not any(map(DENIED.search, _around(CLAUSES, match)))), None)


def affirmed(words: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The first of some words that a text says of the row itself."""
    for match in words.finditer(text):
        denied = DENIED.search(_around(CLAUSES, match)[0])
        if not denied and not any(map(OF_ANOTHER.search, _around(SENTENCES, match))):
            return match
    return None
