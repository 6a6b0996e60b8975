"""What is wrong with the data files: every problem at once, each with the place to look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ldn_analysis.errors import InputError

SHOWN = 200  # lines of an error message; `EvidenceError.problems` always holds all
ALIKE = 3
"""More rows than these with one value and one sentence are said in one line: one slip broke them all."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with one place of a data file.

    Attributes
    ----------
    file : str
        Name of the file.
    line : int or None
        Row number as a text editor shows it: the first line of the row where a quoted cell spans several.
        None where the whole file is meant.
    column : str
        Column; empty where a whole row or file is meant.
    value : str
        The offending value as it stands in the file (shortened).
    rule : str
        What it should be.
    """

    file: str
    line: int | None
    column: str
    value: str
    rule: str

    def __str__(self) -> str:
        return self.at("" if self.line is None else f"line {self.line}")

    def at(self, lines: str) -> str:
        """The problem in words, at the lines that are named."""
        place = f"{self.file}, {lines}" if lines else self.file
        if self.column:
            place += f", column {self.column}"
        text = repr(self.value)
        text = text if len(text) <= 80 else text[:76] + "...'"
        shown = f": {text}" if self.value else ""
        return f"{place}{shown}: {self.rule}"


def _each_slip(problems: tuple[Problem, ...]) -> list[str]:
    """The problems in words; many rows that have the same one stand in one line."""
    alike: dict[tuple[str, str, str, str], list[Problem]] = {}
    for problem in problems:
        alike.setdefault((problem.file, problem.column, problem.value, problem.rule), []).append(problem)
    sentences = []
    for problem in problems:
        same = alike[problem.file, problem.column, problem.value, problem.rule]
        if len(same) <= ALIKE and problem.line is not None:
            sentences.append(str(problem))
        elif problem is same[0]:
            lines = f"lines {', '.join(str(twin.line) for twin in same)}" if problem.line is not None else ""
            sentences.append(problem.at(lines))
    return sentences


class EvidenceError(InputError):
    """The data files cannot be used. Lists every problem that was found, not only the first.

    Attributes
    ----------
    problems : tuple of Problem
        All problems, by file and line.
    """

    problems: tuple[Problem, ...]

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        lines = [f"{count} problem{'s' if count != 1 else ''} in the data:"]
        shown = [f"  {line}" for line in _each_slip(self.problems)]
        lines += shown[:SHOWN]
        if len(shown) > SHOWN:
            lines.append(f"  ... and {len(shown) - SHOWN} more (all of them in .problems)")
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[type[EvidenceError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)
