"""The tables as the rules see them: columns as plain text or numbers, rows as keys, every join made once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar, cast

import numpy as np
import pandas as pd

from ldn_analysis.errors import BoolArray, FloatArray
from ldn_analysis.evidence.integrity import Printed

Cells = Sequence[object] | FloatArray
Key = tuple[str, ...]
COMPARISON = {
    "outcomes": ("study_id", "measure", "unit", "week", "statistic", "analysis", "period"),
    "events": ("study_id", "event", "week", "analysis", "period"),
}
"""What the groups of one comparison share, by table."""
T = TypeVar("T")
Fault = tuple[int, str, str]
"""What a rule finds wrong in its table: the row's position, the column to look at, and what is wrong."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that fired: the table, the row's position in it, the column to look at, what is wrong."""

    table: str
    row: int
    column: str
    sentence: str


class Table:
    """A table of the data by columns. A column that is not there is empty, so that no rule can stumble.

    Text is a list of strings (empty where missing), numbers are floats (NaN where missing). `cells` are the
    same rows as the file has them.
    """

    def __init__(self, name: str, frame: pd.DataFrame, cells: pd.DataFrame) -> None:
        self.name = name
        self.frame = frame
        self.cells = cells
        self._texts: dict[str, list[str]] = {}
        self._numbers: dict[str, FloatArray] = {}
        self._printed: dict[str, list[str]] = {}

    def __len__(self) -> int:
        return len(self.frame)

    def has(self, column: str) -> bool:
        """Whether the table has such a column."""
        return column in self.frame.columns

    def text(self, column: str) -> list[str]:
        """The cells of a column as text."""
        if column not in self._texts:
            if self.has(column):
                cells = self.frame[column].tolist()
                self._texts[column] = ["" if cell != cell else str(cell) for cell in cells]
            else:
                self._texts[column] = [""] * len(self)
        return self._texts[column]

    def number(self, column: str) -> FloatArray:
        """The cells of a column as floats."""
        if column not in self._numbers:
            if self.has(column):
                cells = pd.to_numeric(self.frame[column], errors="coerce")
                self._numbers[column] = cells.to_numpy(dtype=float, na_value=np.nan)
            else:
                self._numbers[column] = np.full(len(self), np.nan)
        return self._numbers[column]

    def years(self, column: str) -> FloatArray:
        """The years with which the dates of a column begin (NaN where none)."""
        starts = [text[:4] for text in self.text(column)]
        return np.array([float(start) if start.isdecimal() else np.nan for start in starts], dtype=float)

    def printed(self, column: str, row: int) -> Printed:
        """A cell as it is printed, its last zeros included; not given where it holds no number."""
        if np.isnan(self.number(column)[row]):
            return Printed.parse("")
        if column not in self._printed:
            self._printed[column] = self.cells[column].tolist()
        return Printed.parse(self._printed[column][row])

    def mask(self, column: str, *words: str) -> BoolArray:
        """Where a column holds one of `words`."""
        return self.where(column, set(words).__contains__)

    def where(self, column: str, test: Callable[[str], object]) -> BoolArray:
        """Where the text of a column passes a test."""
        return np.fromiter((bool(test(text)) for text in self.text(column)), bool, len(self))

    def filled(self, column: str) -> BoolArray:
        """Where a column is not empty."""
        return self.where(column, bool)

    def keys(self, *columns: str) -> list[Key]:
        """One tuple of texts a row; a column that the table does not have is left out."""
        return list(zip(*(self.text(column) for column in columns if self.has(column)), strict=True))

    def groups(self, *columns: str, where: BoolArray | None = None) -> dict[Key, list[int]]:
        """Positions of rows by the key of `columns`, of all rows or of those `where`."""
        rows: dict[Key, list[int]] = defaultdict(list)
        keys = self.keys(*columns)
        for row in range(len(keys)) if where is None else np.flatnonzero(where).tolist():
            rows[keys[row]].append(row)
        return rows

    def comparisons(self, where: BoolArray | None = None) -> dict[Key, list[int]]:
        """Positions of rows by the comparison (`COMPARISON`) of which they are."""
        return self.groups(*COMPARISON[self.name], where=where)

    def differing(
        self, column: str, *columns: str, where: BoolArray | None = None
    ) -> Iterator[tuple[int, str]]:
        """Rows whose cell is not that of the first row with their key of `columns`, and that cell."""
        cells = self.text(column)
        for first, *others in self.groups(*columns, where=where).values():
            yield from ((row, cells[first]) for row in others if cells[row] != cells[first])

    def hits(
        self, rows: Iterable[int] | BoolArray, column: str, sentence: str, *cells: Cells
    ) -> Iterator[Fault]:
        """A hit for each row (given as positions, or as a mask), with its own of `cells` in the sentence."""
        if isinstance(rows, np.ndarray):
            rows = np.flatnonzero(rows).tolist()
        for row in rows:
            yield row, column, sentence.format(*(of[row] for of in cells)) if cells else sentence


class Facts:
    """All tables, and what the rules need of a row's study.

    Parameters
    ----------
    tables, printed : the tables typed, and as text, by name.
    date : the data's own date (ISO 8601), empty if it is not known.
    """

    def __init__(
        self, tables: Mapping[str, pd.DataFrame], printed: Mapping[str, pd.DataFrame], date: str = ""
    ) -> None:
        self.date = date
        self._tables = {name: Table(name, frame, printed[name]) for name, frame in tables.items()}
        self._computed: dict[Callable[[Facts], object], object] = {}

    def __getitem__(self, name: str) -> Table:
        if name not in self._tables:
            self._tables[name] = Table(name, pd.DataFrame(), pd.DataFrame())
        return self._tables[name]

    def __contains__(self, name: str) -> bool:
        return len(self[name]) > 0

    def once(self, make: Callable[[Facts], T]) -> T:
        """What `make` gives for these facts, computed the first time only."""
        if make not in self._computed:
            self._computed[make] = make(self)
        return cast(T, self._computed[make])

    @property
    def names(self) -> list[str]:
        """Names of the tables that have rows."""
        return [name for name, table in self._tables.items() if len(table)]

    @property
    def year(self) -> float:
        """The year of the data's own date (NaN if it is not known)."""
        return float(self.date[:4] or "nan")

    @property
    def dated(self) -> str:
        """The data's own date as a refusal names it, and what to do where it is too early."""
        return (
            f"the date of the data ({self.date[:10]}): a slip? If not, write today's date after 'created' in "
            "datapackage.json"
        )

    @cached_property
    def row_of_study(self) -> dict[str, int]:
        """The position of each study in the table of studies (the first, where a key is repeated)."""
        rows: dict[str, int] = {}
        for row, study in enumerate(self["studies"].text("study_id")):
            rows.setdefault(study, row)
        return rows

    def study_text(self, table: Table, column: str) -> list[str]:
        """A column of the table of studies for each row of another table (empty where there is no study)."""
        cells, at = self["studies"].text(column), self.row_of_study
        studies = table.text("study_id")
        return [cells[at[study]] if study in at else "" for study in studies]

    def study_mask(self, table: Table, column: str, *words: str) -> BoolArray:
        """Where a row's study holds one of `words` in a column of the table of studies."""
        return np.array([text in words for text in self.study_text(table, column)], dtype=bool)

    def study_number(self, table: Table, column: str) -> FloatArray:
        """A numeric column of the table of studies for each row of another table."""
        cells, at = self["studies"].number(column), self.row_of_study
        studies = table.text("study_id")
        return np.array([cells[at[study]] if study in at else np.nan for study in studies], dtype=float)
