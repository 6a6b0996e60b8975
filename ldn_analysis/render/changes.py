"""What differs between two renders of a report: from the recorded results, never from the prose."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

_CAUSES = (("data", "data"), ("parameters", "parameters"), ("notebook", "code"), ("package", "code"),
           ("lock", "packages"), ("python", "Python"))  # fmt: skip


def _causes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What had changed between the two: any of data, parameters, code, packages, Python."""
    differ = [
        word for key, word in _CAUSES if before["fingerprint"].get(key) != after["fingerprint"].get(key)
    ]
    return list(dict.fromkeys(differ))


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
    keys = ("value", "lower", "upper", "unit")
    old = {result["name"]: result for result in before.get("results", [])}
    new = {result["name"]: result for result in after["results"]}
    why = _causes(before, after)
    return [
        {"report": stem, "name": name, "before": old.get(name), "now": new.get(name), "why": why}
        for name in [*new, *(name for name in old if name not in new)]
        if not all(same((old.get(name) or {}).get(key), (new.get(name) or {}).get(key)) for key in keys)
    ]
