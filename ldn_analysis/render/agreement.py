"""One quantity, one value: what two reports record under one name must be the same under the same choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from ldn_analysis.render.changes import same

_MADE_FROM = ("data", "package")
_COMPARED = ("value", "lower", "upper", "unit")


def disagreements(reports: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line for each result that two reports record under one name with different values.

    Compared are reports made from the same data and code whose shared parameters have the same values; each
    has ``title stem results parameters fingerprint``, as they are stored.
    """
    found = []
    for one, other in combinations(reports, 2):
        if not _comparable(one, other):
            continue
        theirs = {result["name"]: result for result in other["results"]}
        for result in one["results"]:
            twin = theirs.get(result["name"], result)
            keys = [key for key in _COMPARED if not same(result.get(key), twin.get(key))]
            if keys:
                said = ", ".join(f"{key} {result.get(key)!r} and {twin.get(key)!r}" for key in keys)
                found.append(f"{one['stem']} and {other['stem']} differ in {result['name']}: {said}")
    return found


def _comparable(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Two notebooks' reports from the same data and code, with the parameters they share alike."""
    if any(one["fingerprint"].get(key) != other["fingerprint"].get(key) for key in _MADE_FROM):
        return False
    mine, theirs = one["parameters"]["values"], other["parameters"]["values"]
    shared = [key for key in mine if key in theirs]
    return one["notebook"] != other["notebook"] and all(theirs[key] == mine[key] for key in shared)
