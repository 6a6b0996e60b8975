"""Seeded changes of cells and rows, and what the data say of each; only what changed is read anew."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from types import SimpleNamespace

import numpy as np
import pandas as pd
from mutations import Data, replaced

from ldn_analysis.evidence.integrity import Printed
from ldn_analysis.evidence.reading import TextTable
from ldn_analysis.evidence.rules import RULES, Facts
from ldn_analysis.evidence.rules.facts import Table
from ldn_analysis.evidence.rules.outcomes import _by_measure
from ldn_analysis.evidence.schema import broken_rules, typed

Row = dict[str, str]


@dataclass(frozen=True)
class Mutant:
    """A change of one table: rows by position as they are then (None: gone), and rows that are added."""

    table: str
    kind: str
    column: str
    old: str
    new: str
    rows: tuple[tuple[int, Row | None], ...]
    added: tuple[Row, ...] = ()

    @property
    def row(self) -> int:
        return self.rows[0][0]

    def __str__(self) -> str:
        return f"{self.table}[{self.row}].{self.column} {self.kind}: {self.old!r} -> {self.new!r}"


@dataclass(frozen=True)
class Typed:
    """The new rows of a change, by their places among those of all changes of the table."""

    places: tuple[int, ...]
    table: Table

    @property
    def frame(self) -> pd.DataFrame:
        return self.table.frame.iloc[list(self.places)]


class Spliced(Table):
    """A table of which some rows are others; its columns are set from those that were read before."""

    def __init__(self, name: str, frame: pd.DataFrame, rows: list[Row]) -> None:
        super().__init__(name, frame, pd.DataFrame())
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def printed(self, column, row):
        return Printed.parse(self.rows[row][column])

    def number(self, column):
        if column not in self._numbers and self.has(column):
            self._numbers[column] = np.array([_float(cell) for cell in self.text(column)])
        return super().number(column)


class Mutants:
    """The data, and what is said of changes of them."""

    def __init__(self, data: Data) -> None:
        self.data = data
        self.rows = {name: data.rows(name) for name in data.tables}

    # What is drawn -----------------------------------------------------------------------------------------

    def draw(self, rng: random.Random, table: str, kind: str) -> Mutant | None:
        """A change of a kind in a table; None where this row has nothing to change so."""
        rows, resource = self.rows[table], self.data.package.resources[table]
        at = rng.randrange(len(rows))
        row, key = rows[at], resource.primary_key
        if kind == "drop":
            return Mutant(table, kind, key, row[key], "", ((at, None),))
        if kind == "double":
            again = row | {key: row[key] + rng.choice(("-2", "-again", "b"))}
            if rng.random() < 0.5:
                numbers = [f.name for f in resource.fields if f.type != "string" and row[f.name]]
                if numbers:
                    name = rng.choice(numbers)
                    again |= {name: _number(rng, row[name], "scaled")}
            return Mutant(table, kind, key, row[key], again[key], ((at, row),), (again,))
        numbers = [f.name for f in resource.fields if f.type != "string" and row[f.name]]
        words = [f.name for f in resource.fields if f.type == "string" and row[f.name] and f.name != "notes"]
        if kind == "swap":
            if len(numbers) < 2:
                return None
            one, other = rng.sample(numbers, 2)
            return self._changed(at, table, kind, one, row | {one: row[other], other: row[one]})
        if kind == "exchange":
            column, other = rng.choice([*numbers, *words]), rng.randrange(len(rows))
            a, b = row | {column: rows[other][column]}, rows[other] | {column: row[column]}
            if a == row or column == key:
                return None
            return Mutant(table, kind, column, row[column], a[column], ((at, a), (other, b)))
        if kind == "empty":
            column = rng.choice([*numbers, *words])
            return self._changed(at, table, kind, column, row | {column: ""})
        if kind in ("sign", "scaled", "decimal", "shifted"):
            if not numbers:
                return None
            column = rng.choice(numbers)
            return self._changed(at, table, kind, column, row | {column: _number(rng, row[column], kind)})
        column = rng.choice(words)
        field = next(f for f in resource.fields if f.name == column)
        others = [*(field.enum or ()), *sorted({r[column] for r in rows})]
        cell = rng.choice(others) if kind == "word" else _spelt(rng, row[column])
        return self._changed(at, table, kind, column, row | {column: cell})

    def _changed(self, at: int, table: str, kind: str, column: str, row: Row) -> Mutant | None:
        before = self.rows[table][at]
        if row == before or {row[column], before[column]} == {"0", "-0"}:
            return None
        return Mutant(table, kind, column, before[column], row[column], ((at, row),))

    # What is said of it ------------------------------------------------------------------------------------

    @cached_property
    def readers(self):
        """The rules that look at each table, the fastest first."""
        found: dict[str, list] = {}
        for rule, (asked, _) in self.data.said.items():
            for name in asked:
                found.setdefault(name, []).append(RULES[rule])
        return found

    @cached_property
    def reasons(self):
        records = self.rows["integrity_reasons"]
        return {(r["table"], r["row_id"], r["check"]) for r in records}

    @cached_property
    def usual(self):
        """Hits on the unchanged data: by table, the key of the row, and the rule."""
        hits = [(rule, hit) for rule, (_, found) in self.data.said.items() for hit in found]
        return {(hit.table, self._key(self.rows, hit), rule) for rule, hit in hits}

    def _key(self, rows, hit):
        return rows[hit.table][hit.row][self.data.key(hit.table)]

    def typed(self, mutants: list[Mutant]) -> list[tuple[list[str], Typed]]:
        """What the schema says of each mutant's cells, and its new rows typed; a table at a time."""
        answers: dict[int, tuple[list[str], Typed]] = {}
        for table in dict.fromkeys(m.table for m in mutants):
            resource = self.data.package.resources[table]
            fields = tuple(replace(f, unique=False) for f in resource.fields)
            key = replace(fields[0], name="place", required=False, enum=(), pattern=None, type="string")
            loose = replace(resource, fields=(key, *fields), primary_key="place", foreign_keys=())
            rows, owner = [], []
            for i, mutant in enumerate(mutants):
                if mutant.table == table:
                    new = [row for _, row in mutant.rows if row is not None] + list(mutant.added)
                    rows += [{"place": str(len(rows) + j)} | row for j, row in enumerate(new)]
                    owner += [i] * len(new)
            text = TextTable(resource.path, tuple(rows), tuple(range(len(rows))))
            frame, wrong = typed(loose, text)
            wrong += broken_rules(loose, text, frame)
            said: dict[int, list[str]] = {}
            for problem in wrong:
                said.setdefault(owner[problem.line], []).append(problem.rule)
            cells = pd.DataFrame(rows, columns=list(self.rows[table][0]), dtype="str")
            big = Table(table, frame.drop(columns="place"), cells)
            at: dict[int, list[int]] = {}
            for j, i in enumerate(owner):
                at.setdefault(i, []).append(j)
            for i, mutant in enumerate(mutants):
                if mutant.table == table:
                    answers[i] = said.get(i, []), Typed(tuple(at.get(i, ())), big)
        return [answers[i] for i in range(len(mutants))]

    def order(self, mutant: Mutant) -> list[int]:
        """Places of the rows after a change: of the old table, and after its end those of the new rows."""
        places: list[int | None] = list(range(len(self.rows[mutant.table])))
        fresh = len(places)
        for at, row in mutant.rows:
            places[at], fresh = (None, fresh) if row is None else (fresh, fresh + 1)
        kept = [place for place in places if place is not None]
        return kept + list(range(fresh, fresh + len(mutant.added)))

    def texts(self, mutant: Mutant) -> list[Row]:
        """The rows of the table as text after a change."""
        new = [row for _, row in mutant.rows if row is not None]
        every = [*self.rows[mutant.table], *new, *mutant.added]
        return [every[place] for place in self.order(mutant)]

    def tables(self, mutant: Mutant, new: Typed) -> dict:
        """The typed tables after a change whose cells are valid."""
        old = self.data.tables[mutant.table]
        frame = pd.concat([old, new.frame[list(old.columns)]], ignore_index=True).iloc[self.order(mutant)]
        return self.data.tables | {mutant.table: frame.reset_index(drop=True)}

    def refusal(self, mutant: Mutant, new: Typed) -> str:
        """The first rule that refuses the data; empty where none does."""
        name, resource = mutant.table, self.data.package.resources[mutant.table]
        rows = self.texts(mutant)
        for field in resource.fields:
            if field.unique or field.name == resource.primary_key:
                cells = [row[field.name] for row in rows if row[field.name]]
                if len(set(cells)) < len(cells):
                    return f"{field.name} must be unique"
        if self._broken_key(name, rows):
            return "a key of another table"
        found = set()
        for hit in self._said(mutant, new, rows):
            found.add(hit)
            strength = RULES[hit[2]].strength
            if strength == "impossible" or (strength == "suspicious" and hit not in self.reasons):
                return hit[2]
        read = {rule.name for rule in self.readers.get(name, ())}
        found |= {hit for hit in self.usual if hit[2] not in read}
        return "a reason without a finding" if self.reasons - found else ""

    def _broken_key(self, name: str, rows: list[Row]) -> bool:
        """Whether a cell of this table, or of one that refers to it, is a key of no row."""
        for table, resource in self.data.package.resources.items():
            for link in resource.foreign_keys:
                if name in (table, link.table):
                    known = {row[link.key] for row in (rows if link.table == name else self.rows[link.table])}
                    using = rows if table == name else self.rows[table]
                    if {row[link.column] for row in using if row[link.column]} - known:
                        return True
        return False

    def _facts(self, mutant: Mutant, new: Typed, rows: list[Row]) -> Facts:
        """The facts after a change; columns that were read before are not read again."""
        name, order = mutant.table, self.order(mutant)
        old, places = self.data.facts[name], list(new.places)
        table = Spliced(name, self.tables(mutant, new)[name] if name == "measures" else old.frame, rows)
        for column in old.frame:
            fresh = new.table.text(column) if places else []
            texts = old.text(column) + [fresh[place] for place in places]
            table._texts[column] = [texts[place] for place in order]
            if column != "line" and self._numeric(name, column):
                numbers = (
                    [old.number(column), new.table.number(column)[places]] if places else [old.number(column)]
                )
                table._numbers[column] = np.concatenate(numbers)[order]
        table._numbers["line"] = np.arange(2.0, len(order) + 2)
        facts = replaced(self.data.facts, table)
        if name != "measures":
            facts._computed[_by_measure] = self.data.facts.once(_by_measure)
        return facts

    def _numeric(self, name: str, column: str) -> bool:
        return any(f.name == column and f.type != "string" for f in self.data.package.resources[name].fields)

    def _said(self, mutant: Mutant, new: Typed, rows: list[Row]) -> Iterator[tuple[str, str, str]]:
        name, key = mutant.table, self.data.key
        facts = self._facts(mutant, new, rows)
        for rule in self.readers.get(name, ()):
            for hit in rule.check(facts):
                at = rows if hit.table == name else self.rows[hit.table]
                yield hit.table, at[hit.row][key(hit.table)], rule.name


def evidence_of(tables: dict) -> SimpleNamespace:
    return SimpleNamespace(
        **{n: tables[n] for n in ("studies", "outcomes", "events", "study_sets", "measures")}
    )


def _float(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return np.nan


def _number(rng: random.Random, cell: str, kind: str) -> str:
    number = float(cell)
    if kind == "sign":
        return f"{-number:.12g}"
    if kind == "scaled":
        return f"{number * rng.choice((0.01, 0.1, 0.5, 2, 10, 100)):.12g}"
    if kind == "shifted":
        return f"{number + rng.choice((-1, -0.1, 0.1, 1)):.12g}"
    places = [i for i, c in enumerate(cell) if c.isdigit()]
    at = rng.choice(places)
    return cell[:at] + str(rng.randrange(10)) + cell[at + 1 :]


def _spelt(rng: random.Random, word: str) -> str:
    at = rng.randrange(len(word))
    return rng.choice([
        word.upper(), word.title(), word.lower(), word[:at] + word[at + 1 :], word[: at + 1] + word[at:],
        word.replace("-", " ", 1), word.replace(" ", "-", 1), re.sub(r"[aeiou]", "e", word, count=1),
    ])  # fmt: skip
