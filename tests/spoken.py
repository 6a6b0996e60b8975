"""How the tests read a report and its data: numbers, counts, signs and shares of a sentence as a reader takes
them, and the rows that it is about.

Nothing here knows the package: what is read is compared with what a test computes from the rows.
"""

import csv
import os
import re

import made_up

COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
MANY = rf"(?:{'|'.join(COUNTS)}|\d+(?:,\d{3})*)"
NUMBER = r"[−-]?\d+(?:\.\d+)?"
_ALONE = re.compile(r"-?(?<![\w.])-?\d[\d,]*(?:\.\d+)?")


def plain(text):
    """A text with hyphens for minus signs."""
    return str(text).replace("−", "-")


def numbers(text):
    """Every number of a text, in order."""
    return [float(found.replace(",", "")) for found in _ALONE.findall(plain(text))]


def numeral(n):
    """A number as it stands in a sentence."""
    return COUNTS[n] if n < len(COUNTS) else f"{n:,}"


def count(text):
    """A number of things, in words or in digits."""
    low = text.lower()
    return COUNTS.index(low) if low in COUNTS else 0 if low == "none" else int(low.replace(",", ""))


def things(text, noun, many=None):
    """How many of a noun a text counts first; the noun must stand in the number that the count asks for."""
    many = many or noun + "s"
    found = re.search(rf"\b({MANY}|{MANY.capitalize()}) ({many}|{noun})\b", text, re.IGNORECASE)
    assert found, (noun, text)
    n = count(found[1])
    assert found[2] == (noun if n == 1 else many), text
    return n


def value(text):
    """A number with either minus sign, or with its side in words: ``0.22 lower``, ``12 fewer``."""
    if text == "as many":
        return 0.0
    number, _, side = plain(text).partition(" ")
    assert side in ("", "lower", "higher", "fewer", "more"), text
    return -float(number) if side in ("lower", "fewer") else float(number)


def same(text, number):
    """Whether a printed number is this one, at the digits that are printed; nought may have either side."""
    digits = len(text.split(" ")[0].partition(".")[2])
    return abs(value(text) - number) <= 0.5 * 10**-digits + 1e-4 * max(1.0, abs(number)) ** 0.5


def all_same(texts, numbers):
    """Compare printed numbers with computed ones, one by one."""
    assert len(texts) == len(numbers), (texts, numbers)
    for text, number in zip(texts, numbers, strict=True):
        assert same(text, number), (text, number)


def share_fits(text, p):
    """A probability as its page prints it: never nought and never certain."""
    found = re.fullmatch(r"(under |over )?(\d+(?:\.\d+)?)%?", text)
    assert found, text
    shown, slack = float(found[2]) / 100, 0.0006
    if found[1]:
        assert p < shown + slack if found[1] == "under " else p > shown - slack, (text, p)
        return
    digits = len(found[2].partition(".")[2])
    assert 0 < shown < 1, text
    assert abs(shown - p) <= 0.5 * 10 ** -(digits + 2) + slack, (text, p)


def range_fits(text, low, high):
    """Two probabilities: ``71 to 89%``, or one where both print alike."""
    ends = text.removesuffix("%").split(" to ")
    for end, p in zip(ends if len(ends) == 2 else ends * 2, (low, high), strict=True):
        share_fits(end, p)


CHANCE = (
    r"((?:under |over )?[\d.]+%) \(((?:under |over )?[\d.]+(?: to (?:under |over )?[\d.]+)?%) over the priors"
    r" tried; ((?:under |over )?[\d.]+%) before the data\)"
)


def chance_fits(text, known):
    """Every part of a probability that stands with its range and with what stood before the data."""
    found = re.search(CHANCE, text)
    assert found, text
    share_fits(found[1], known[0])
    range_fits(found[2], *known[1:3])
    share_fits(found[3], known[3])


# The made-up data that are read aloud -----------------------------------------------------------------------

FEW = (
    "one",
    "one, crossover",
    "one, doses",
    "one, small",
    "two, opposite",
    "two, conditions",
    "three, changes",
    "three, means",
    "three, no events",
    "three, equal",
    "three, doses",
    "eight, every dose",
    "fifteen",
    "none, open",
)
SETS = made_up.names() if os.environ.get("LDN_TESTS") == "thorough" else FEW
"""Made-up data sets that are read aloud: all of them with LDN_TESTS=thorough."""


def read(folder, name):
    """The rows of a table of the data."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def counts(folder, event):
    """Events and people with LDN, then with placebo, of each parallel trial; doses added up."""
    parallel = {row["study_id"] for row in read(folder, "studies") if row["design_type"] == "parallel"}
    found = {}
    for row in read(folder, "events"):
        if row["event"] == event and row["study_id"] in parallel:
            of = found.setdefault(row["study_id"], [0, 0, 0, 0])
            at = 0 if row["group"] == "ldn" else 2
            of[at] += int(row["events"])
            of[at + 1] += int(row["n"])
    return list(found.values())
