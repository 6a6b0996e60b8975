"""What a sentence says, read from its words; used by the checks of sentences against plain calculations."""

import csv
import os
import re

import made_up
from spoken import COUNTS

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
_NUMBER = re.compile(r"-?(?<![\w.])-?\d[\d,]*(?:\.\d+)?")


def plain(text):
    """A text with hyphens for minus signs."""
    return str(text).replace("−", "-")


def numbers(text):
    """Every number of a text, in order."""
    return [float(found.replace(",", "")) for found in _NUMBER.findall(plain(text))]


def numeral(n):
    """A number as it stands in a sentence."""
    return COUNTS[n] if n < len(COUNTS) else str(n)


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
