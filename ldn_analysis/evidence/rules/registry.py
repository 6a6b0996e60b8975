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
    refuses : str
        What it refuses, as the data's README has it, with an example.
    check : callable or None
        Gives the hits. None: the checks of single printed numbers, which ``findings`` runs together.
    """

    name: str
    strength: Strength
    refuses: str
    check: Check | None = None


RULES: dict[str, Rule] = {}


def declare(name: str, strength: Strength, refuses: str, check: Check | None = None) -> None:
    """Enter a rule in the register."""
    if name in RULES:
        raise ValueError(f"the rule {name!r} stands twice")
    RULES[name] = Rule(name, strength, refuses, check)


def _entering(strength: Strength) -> Callable[[Check], Check]:
    """Decorator that enters a function of `Facts` under its name; its docstring says what it refuses."""

    def enter(check: Check) -> Check:
        said = " ".join((check.__doc__ or "").split())
        declare(check.__name__, strength, said[:1].lower() + said[1:].removesuffix("."), check)
        return check

    return enter


impossible, suspicious, notice = _entering("impossible"), _entering("suspicious"), _entering("notice")
