"""Guidance that the methods follow: what it is, of what date, where it stands, and what of it we could read.

Docstrings and pages cite a section by its number; version and date stand here, once. A section is cited as
what the formula or rule is known by: that it was checked against the text is said only where it was.
"""

from __future__ import annotations

import csv
from pathlib import Path

with Path(__file__).with_suffix(".csv").open(encoding="utf-8", newline="") as _file:
    GUIDANCE = tuple(csv.DictReader(_file))
"""Sources of methods, the most cited first: ``name title version year where``, ``doi`` (empty where there is
none), and ``read``: what of it we could read."""


def handbook(*sections: str) -> str:
    """A citation of the Cochrane Handbook for a page: ``Cochrane Handbook, section 6.5.2.3``."""
    return f"Cochrane Handbook, section{'s' if len(sections) > 1 else ''} {' and '.join(sections)}"
