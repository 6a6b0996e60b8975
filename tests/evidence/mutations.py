"""Change cells and rows of the evidence in memory, and say what is wrong then: no file is written."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from ldn_analysis.evidence.findings import joined, stale_reasons, unexplained
from ldn_analysis.evidence.loading import PACKAGE
from ldn_analysis.evidence.reading import TextTable, read_text_table
from ldn_analysis.evidence.rules import RULES, Facts
from ldn_analysis.evidence.rules.facts import Table
from ldn_analysis.evidence.schema import broken_keys, broken_rules, read_package, typed

Rows = list[dict[str, str]]


def spoil(folder, file, before, after):
    """Replace the first place of some text in a file."""
    content = (folder / file).read_bytes().decode()
    assert before in content, before
    (folder / file).write_bytes(content.replace(before, after, 1).encode())


@dataclass(frozen=True)
class Edit:
    """A change of one table: ``cells`` of the row `key`; with `new`, of a copy of it; or the row dropped."""

    table: str
    key: str
    cells: dict[str, str] | None = None
    new: str = ""


def cell(table, key, /, **cells):
    return Edit(table, key, cells)


def again(table, key, new, /, **cells):
    return Edit(table, key, cells, new)


def drop(table, key):
    return Edit(table, key)


def row(table, key, /, **cells):
    """A row of its own, for a table that may be empty; what is not given stays empty."""
    return Edit(table, "", cells, key)


def replaced(facts: Facts, table: Table) -> Facts:
    """The same facts with another table under its name; what was read of the others stays read."""
    other = Facts({}, {}, facts.date)
    other._tables = facts._tables | {table.name: table}
    return other


class Reads(Facts):
    """Facts that remember which tables a rule asks for."""

    asked: set[str]

    def __getitem__(self, name):
        self.asked.add(name)
        return super().__getitem__(name)

    @property
    def names(self):
        self.asked.update(self._tables)
        return super().names


class Data:
    """The data of a folder, read once."""

    def __init__(self, folder: Path) -> None:
        self.package, _ = read_package(PACKAGE, (folder / PACKAGE).read_bytes())
        self.texts = {}
        for name, resource in self.package.resources.items():
            content = (folder / resource.path).read_bytes()
            optional = resource.optional_columns
            self.texts[name], _ = read_text_table(resource.path, content, resource.columns, optional)
        self.tables = {name: self._typed(name, text)[0] for name, text in self.texts.items()}
        self.printed = {name: self._printed(name, text) for name, text in self.texts.items()}
        self.facts = Facts(self.tables, self.printed, self.package.created)
        self._last: dict[str, tuple] = {}

    def _typed(self, name, text):
        return typed(self.package.resources[name], text)

    def _printed(self, name, text):
        cells = pd.DataFrame(list(text.rows), columns=list(self.package.resources[name].columns), dtype="str")
        return cells.assign(line=list(text.lines))

    def _read(self, name, rows):
        """Rows of a table: as text, typed, what is wrong, as printed. `seen` has what `problems` had read."""
        if name not in self._last or self._last[name][0] is not rows:
            text = TextTable(self.package.resources[name].path, tuple(rows), tuple(range(2, len(rows) + 2)))
            self._last[name] = rows, text, *self._typed(name, text), self._printed(name, text)
        return self._last[name][1:]

    @cached_property
    def said(self) -> dict[str, tuple[set[str], list]]:
        """Of each rule the tables that it asks for and its hits, on the unchanged data."""
        found = {}
        for rule in RULES.values():
            facts = Reads(self.tables, self.printed, self.package.created)
            facts.asked = set()
            hits = list(rule.check(facts))
            found[rule.name] = facts.asked, hits
        return found

    def hits(self, facts, changed, all_valid):
        """Hits of the rules; one that asks for none of the tables that changed says what it said before."""
        for name, (asked, before) in self.said.items():
            if all_valid or RULES[name].subject != "printed":
                for hit in RULES[name].check(facts) if asked & changed else before:
                    yield name, hit

    def key(self, name):
        return self.package.resources[name].primary_key

    def rows(self, name) -> Rows:
        return [dict(row) for row in self.texts[name].rows]

    def edited(self, *edits: Edit) -> dict[str, Rows]:
        """The rows of the tables that the edits touch."""
        changed: dict[str, Rows] = {}
        for edit in edits:
            rows = changed.setdefault(edit.table, self.rows(edit.table))
            key = self.key(edit.table)
            if edit.cells is not None and not edit.key:
                assert set(edit.cells) <= set(self.tables[edit.table].columns), edit
                blank = dict.fromkeys(self.package.resources[edit.table].columns, "")
                rows.append(blank | {key: edit.new} | edit.cells)
                continue
            at = next((i for i, row in enumerate(rows) if row[key] == edit.key), None)
            assert at is not None, f"no row {edit.key} in {edit.table}"
            if edit.cells is None:
                del rows[at]
                continue
            assert set(edit.cells) <= set(rows[at]), (edit.table, set(edit.cells) - set(rows[at]))
            if edit.new:
                rows.append(rows[at] | {key: edit.new} | edit.cells)
            else:
                rows[at] |= edit.cells
        return changed

    def problems(self, changed: dict[str, Rows]):
        """Every problem of the data with these tables in place of their own."""
        tables, printed, texts, facts = dict(self.tables), dict(self.printed), dict(self.texts), self.facts
        found = []
        for name, rows in changed.items():
            texts[name], tables[name], mistyped, printed[name] = self._read(name, rows)
            found += mistyped + broken_rules(self.package.resources[name], texts[name], tables[name])
            facts = replaced(facts, Table(name, tables[name], printed[name]))
        found += broken_keys(self.package, tables, texts)
        hits = self.hits(facts, set(changed), all_valid=not found)
        spoilt = {(problem.file, problem.line) for problem in found}
        findings = joined(self.package, tables, printed, hits)
        refused = [item for item in unexplained(findings) if (item.file, item.line) not in spoilt]
        if not found:
            refused += stale_reasons(findings, self.package, tables)
        self.findings = findings
        return [*found, *refused]

    def seen(self, changed: dict[str, Rows]) -> SimpleNamespace:
        """The evidence with these tables in place of their own."""
        tables, printed = dict(self.tables), dict(self.printed)
        for name, rows in changed.items():
            _, tables[name], _, printed[name] = self._read(name, rows)
        return SimpleNamespace(**tables, printed=printed)

    def refused(self, *edits: Edit) -> str:
        """What is wrong after the edits, one line a problem; empty if nothing is."""
        return "\n".join(map(str, self.problems(self.edited(*edits))))
