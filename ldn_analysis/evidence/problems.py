"""What is wrong with the data files: every problem at once, each with the place to look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass

import pandas as pd

SHOWN = 200  # lines of an error message; `EvidenceError.problems` always holds all


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
        place = self.file if self.line is None else f"{self.file}, line {self.line}"
        if self.column:
            place += f", column {self.column}"
        shown = f": {_short(self.value)}" if self.value else ""
        return f"{place}{shown}: {self.rule}"


def _short(value: str) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:76] + "...'"


class EvidenceError(ValueError):
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
        lines += [f"  {problem}" for problem in self.problems[:SHOWN]]
        if count > SHOWN:
            lines.append(f"  ... and {count - SHOWN} more (all of them in .problems)")
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[type[EvidenceError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)

    def table(self) -> pd.DataFrame:
        """All problems as a table: file, line, column, value, rule."""
        columns = ["file", "line", "column", "value", "rule"]
        return pd.DataFrame([astuple(problem) for problem in self.problems], columns=columns)
