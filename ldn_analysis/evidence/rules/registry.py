"""The register of all rules: each has a name, says what it refuses, and stands once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from ldn_analysis.evidence.rules.facts import Facts, Hit

Strength = Literal["impossible", "suspicious", "notice"]
Check = Callable[[Facts], Iterator[Hit]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule across columns, rows or tables.

    Attributes
    ----------
    name : str
        As problems and ``integrity_reasons.csv`` give it.
    strength : {"impossible", "suspicious", "notice"}
        An impossible value is always refused; a suspicious one until ``integrity_reasons.csv`` says why it
        stands; a notice is shown and refuses nothing.
    refuses, example : str
        What it refuses, and an example, as the data's README has them.
    check : callable or None
        Gives the hits. None: the checks of single printed numbers, which ``findings`` runs together.
    """

    name: str
    strength: Strength
    refuses: str
    example: str
    check: Check | None = None


RULES: dict[str, Rule] = {}


def declare(name: str, strength: Strength, refuses: str, example: str, check: Check | None = None) -> None:
    """Enter a rule in the register."""
    if name in RULES:
        raise ValueError(f"the rule {name!r} stands twice")
    RULES[name] = Rule(name, strength, refuses, example, check)


def _entering(strength: Strength) -> Callable[[str, str], Callable[[Check], Check]]:
    """Decorator that enters a function of `Facts` under its name: what it refuses, and an example."""

    def rule(refuses: str, example: str) -> Callable[[Check], Check]:
        def enter(check: Check) -> Check:
            declare(check.__name__, strength, refuses, example, check)
            return check

        return enter

    return rule


impossible, suspicious, notice = _entering("impossible"), _entering("suspicious"), _entering("notice")
