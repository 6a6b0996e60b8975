"""Columns that tables of results share."""

from __future__ import annotations

from collections.abc import Iterable


def with_limits(name: str, value: float, limits: Iterable[float]) -> dict[str, float]:
    """The cells of a value and its interval: ``name name_lower name_upper``."""
    return dict(zip((name, f"{name}_lower", f"{name}_upper"), (value, *limits), strict=True))
