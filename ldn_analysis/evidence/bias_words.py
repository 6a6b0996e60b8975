"""The words of RoB 2: its variants, their domains, the judgements from best to worst."""

from __future__ import annotations

from collections.abc import Iterable

BIAS_DOMAINS = {
    "RoB 2 parallel": ("D1", "D2", "D3", "D4", "D5", "overall"),
    "RoB 2 crossover": ("D1", "DS", "D2", "D3", "D4", "D5", "overall"),
    "does not apply": ("overall",),
}
"""Domains of each variant of the tool, in its order."""

BIAS_NAMES = {
    "D1": "randomisation",
    "DS": "period and carryover",
    "D2": "deviations from the intended interventions",
    "D3": "missing outcome data",
    "D4": "measurement of the outcome",
    "D5": "selection of the reported result",
    "overall": "overall",
}

BIAS_JUDGEMENTS = ("low", "no information", "some concerns", "high")
"""From best to worst; "not applicable" is none of them."""


def worst_judgement(judgements: Iterable[str]) -> str:
    """The worst of the judgements of domains, which the overall one is; empty if none is a judgement."""
    ranks = [BIAS_JUDGEMENTS.index(level) for level in judgements if level in BIAS_JUDGEMENTS]
    return BIAS_JUDGEMENTS[max(ranks)] if ranks else ""
