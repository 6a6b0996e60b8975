"""The address that opens ``explore.html`` at the choices of a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from ldn_analysis.questions.parameters import Analysis

PAGE = "explore.html"


def address(values: Mapping[str, Any]) -> str:
    """The page's address with a report's parameters; empty for a report that does not pool pain.

    Parameters
    ----------
    values : the report's parameters by name. Those at their default are not named.
    """
    usual = Analysis.defaults()
    if not set(usual) <= set(values):
        return ""
    changed = {name: values[name] for name in usual if values[name] != usual[name]}
    if changed.pop("adjusted", True) is False:
        changed["contrast"] = "change"
    return f"{PAGE}#{urlencode(changed)}" if changed else PAGE
