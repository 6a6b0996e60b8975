"""What differs between two renders of a report, or between two reports of one quantity: from the recorded
results, never from the prose."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

_CAUSES = {
    "data": "data",
    "parameters": "parameters",
    "notebook": "code",
    "package": "code",
    "lock": "packages",
    "python": "Python",
}
"""What a part of the fingerprint is called, in the order in which causes are named."""

_MADE_FROM = ("data", "package")
_COMPARED = ("value", "lower", "upper", "unit")


def same(before: Any, after: Any) -> bool:
    """Equal, for numbers to nine digits: the last ones may differ between two builds of a library."""
    if isinstance(before, int | float) and isinstance(after, int | float):
        return math.isclose(before, after, rel_tol=1e-9, abs_tol=1e-12)
    return bool(before == after)


def differences(
    stem: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """One entry for each result whose value, limits or unit differ; new and vanished results count too."""
    if before is None:
        return []
    old = {result["name"]: result for result in before.get("results", [])}
    new = {result["name"]: result for result in after["results"]}
    prints = [report.get("fingerprint", {}) for report in (before, after)]
    changed = (cause for key, cause in _CAUSES.items() if prints[0].get(key) != prints[1].get(key))
    why = list(dict.fromkeys(changed))
    return [
        {"report": stem, "name": name, "before": old.get(name), "now": new.get(name), "why": why}
        for name in [*new, *(name for name in old if name not in new)]
        if not all(same((old.get(name) or {}).get(key), (new.get(name) or {}).get(key)) for key in _COMPARED)
    ]


def disagreements(reports: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line for each result that two reports record under one name with different values.

    Compared are reports made from the same data and code whose shared parameters have the same values; each
    has ``title stem results parameters fingerprint``, as they are stored.
    """
    lines = []
    for first, second in combinations(reports, 2):
        if not _comparable(first, second):
            continue
        theirs = {result["name"]: result for result in second["results"]}
        for result in first["results"]:
            twin = theirs.get(result["name"], result)
            keys = [key for key in _COMPARED if not same(result.get(key), twin.get(key))]
            if keys:
                values = ", ".join(f"{key} {result.get(key)!r} and {twin.get(key)!r}" for key in keys)
                lines.append(f"{first['stem']} and {second['stem']} differ in {result['name']}: {values}")
    return lines


def _comparable(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Two notebooks' reports from the same data and code, with the parameters they share alike."""
    if any(first["fingerprint"].get(key) != second["fingerprint"].get(key) for key in _MADE_FROM):
        return False
    mine, theirs = first["parameters"]["values"], second["parameters"]["values"]
    shared = [key for key in mine if key in theirs]
    return first["notebook"] != second["notebook"] and all(theirs[key] == mine[key] for key in shared)
