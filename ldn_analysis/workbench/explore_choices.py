"""What explore.html knows: every trial under every choice, the choices with their reasons, the quadrature."""

from __future__ import annotations

from typing import Any

from ldn_analysis.models.bayes import marginals, quadrature as rule

__all__ = ["quadrature"]


def quadrature() -> dict[str, Any]:
    """The rule by which `models.posterior` integrates over tau, so that the page's digits are its own."""
    return {
        "nodes": marginals._NODES.tolist(),
        "weights": marginals._WEIGHTS.tolist(),
        "panels": rule._PANELS,
        "negligible": rule._NEGLIGIBLE,
        "search": rule._SEARCH.tolist(),
    }
