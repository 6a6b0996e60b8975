"""The register of all rules: each has a name, says what it refuses, and stands once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from inspect import signature
from typing import Literal, TypeVar

from ldn_analysis.evidence.rules.facts import Facts, Fault, Hit

Strength = Literal["impossible", "suspicious", "notice"]
Check = Callable[[Facts], Iterator[Hit]]
Find = TypeVar("Find", bound=Callable[..., Iterator[Fault | Hit]])


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
        What it refuses, as the data's list of rules has it, with an example.
    check : callable
        Gives the hits.
    """

    name: str
    strength: Strength
    refuses: str
    check: Check

    @property
    def subject(self) -> str:
        """The file in which it stands."""
        return self.check.__module__.rpartition(".")[2]


RULES: dict[str, Rule] = {}


def _entering(strength: Strength) -> Callable[..., Callable[[Find], Find]]:
    """Decorator that enters a rule under its function's name; the docstring says what it refuses.

    It is given the tables that the rule is run over, one at a time (none: all that have rows). The function
    takes the table, and the facts around it where it needs them, and gives what is wrong in the table (or a
    hit of another one).
    """

    def over(*names: str) -> Callable[[Find], Find]:
        def enter(find: Find) -> Find:
            around = len(signature(find).parameters) > 1

            @wraps(find)
            def check(facts: Facts) -> Iterator[Hit]:
                for name in names or facts.names:
                    for fault in find(facts[name], facts) if around else find(facts[name]):
                        yield fault if isinstance(fault, Hit) else Hit(name, *fault)

            words = " ".join((find.__doc__ or "").split())
            refuses = words[:1].lower() + words[1:].removesuffix(".")
            if find.__name__ in RULES:
                raise ValueError(f"the rule {find.__name__!r} stands twice")
            RULES[find.__name__] = Rule(find.__name__, strength, refuses, check)
            return find

        return enter

    return over


impossible, suspicious, notice = _entering("impossible"), _entering("suspicious"), _entering("notice")
