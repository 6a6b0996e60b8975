"""Pooling one set of estimates."""

from __future__ import annotations

__all__ = ["Pooled", "pool"]


class Pooled:
    """Result of `pool`."""


def pool() -> Pooled:
    """Pool estimates (being written)."""
    return Pooled()
