"""Fifteen hundred changes of a cell, in memory: refused by name, or what is pooled follows the changed cell.

A change that is accepted leaves the estimates of other studies as they were, and that of its own study too
unless the changed row is one that it is made from: then it moves to the side to which its value was moved.
"""

import random
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from mutations import Data

from ldn_analysis import contrasts
from ldn_analysis.evidence.checks import broken_keys
from ldn_analysis.evidence.findings import PRINTED, joined, printed_hits, unexplained
from ldn_analysis.evidence.reading import TextTable
from ldn_analysis.evidence.rules import RULES, Facts
from ldn_analysis.evidence.schema import broken_rules, typed

ROOT = Path(__file__).resolve().parents[2]
CHANGES = 1500
READ = ("studies", "outcomes", "events", "study_sets", "measures")
"""Tables from which a pooled number is made."""
ODD = ("", "-1", "0", "1", "2", "100", "1e308", "0e999", "1e400", "9" * 30, "nan", "x", "1,5", "yes",
       "higher", "placebo", "ldn", "crossover", "open", "primary", "excluded")  # fmt: skip


class Reads(Facts):
    """Facts that remember which tables were asked for."""

    asked: set[str]

    def __getitem__(self, name):
        self.asked.add(name)
        return super().__getitem__(name)

    def __contains__(self, name):
        self.asked.add(name)
        return super().__contains__(name)


@pytest.fixture(scope="module")
def data():
    return Data(ROOT / "data")


@pytest.fixture(scope="module")
def readers(data):
    """The rules that look at each table."""
    found = {}
    for rule in RULES.values():
        if rule.check is not None:
            facts = Reads(data.tables, data.package.created)
            facts.asked = set()
            list(rule.check(facts))
            if facts.asked & {"outcomes"}:  # what is computed once may have been read through others
                facts.asked |= {"measures", "studies"}
            for name in facts.asked:
                found.setdefault(name, []).append(rule)
    return found


def changed_cell(rng, cell, column, rows):
    """Another cell: of another row, a word of the odd ones, or the number moved."""
    kind = rng.choice(("other", "other", "odd", "scaled", "sign", "shifted", "empty"))
    try:
        number = float(cell)
    except ValueError:
        kind = "other" if kind in ("scaled", "sign", "shifted") else kind
        number = 0.0
    made = {
        "other": lambda: rng.choice(rows)[column], "odd": lambda: rng.choice(ODD), "empty": lambda: "",
        "scaled": lambda: f"{number * rng.choice((0.1, 0.5, 2, 10, 100)):.6g}",
        "sign": lambda: f"{-number:g}",
        "shifted": lambda: f"{number + rng.choice((-1, -0.1, 0.1, 1)):.6g}",
    }  # fmt: skip
    return made[kind]()


def draw(data, rng):
    """Changes of a cell: table, row, column, cell; tables that are pooled come more often."""
    names = [name for name in (*data.tables, *READ, *READ) if len(data.tables[name])]
    rows = {name: data.rows(name) for name in names}
    found = []
    while len(found) < CHANGES:
        table = rng.choice(names)
        row, column = rng.randrange(len(rows[table])), rng.choice(data.package.resources[table].columns)
        old = rows[table][row].get(column, "")
        cell = changed_cell(rng, old, column, rows[table])
        if cell != old:
            found.append((table, row, column, cell))
    return found


def of_cells(data, changes):
    """What the schema says of each changed cell, by its place among the changes; a column at a time."""
    places = {}
    for i, (table, _, column, _) in enumerate(changes):
        places.setdefault((table, column), []).append(i)
    found, values = {}, {}
    for (table, column), at in places.items():
        resource = data.package.resources[table]
        item = replace(next(one for one in resource.fields if one.name == column), unique=False)
        key = replace(item, name="place", required=False, enum=(), pattern=None, type="string")
        small = replace(resource, fields=(key, item), primary_key="place", foreign_keys=())
        text = TextTable(
            resource.path, tuple({"place": str(i), column: changes[i][3]} for i in at), tuple(range(len(at)))
        )
        frame, wrong = typed(small, text)
        for problem in [*wrong, *broken_rules(small, text, frame)]:
            found.setdefault(at[problem.line], []).append(problem)
        values |= dict(zip(at, frame[column].tolist(), strict=True))
    return found, values


def refusals(data, readers, change, value):
    """What the rules say of one change, and the tables with it."""
    table, row, column, cell = change
    resource = data.package.resources[table]
    rows = data.rows(table)
    rows[row] |= {column: cell}
    text = TextTable(resource.path, tuple(rows), tuple(range(2, len(rows) + 2)))
    new = data.tables[table].copy()
    values = new[column].tolist()
    values[row] = value
    new[column] = values if next(f for f in resource.fields if f.name == column).type != "string" else (
        new[column].array[:0]._from_sequence(values, dtype=new[column].dtype)
    )  # fmt: skip
    wrong = []
    if column == resource.primary_key and cell in {r[column] for i, r in enumerate(rows) if i != row}:
        wrong.append(f"{column} must be unique")
    texts, tables = data.texts | {table: text}, data.tables | {table: new}
    links = [link.column for link in resource.foreign_keys]
    if column in links or column == resource.primary_key:
        wrong += broken_keys(data.package, tables, texts)
    if wrong:
        return wrong, tables
    facts = data.facts.replaced(table, new)
    hits = [(rule.name, hit) for rule in readers.get(table, ()) for hit in rule.check(facts)]
    printed = data.printed | {table: data._printed(table, text)}
    if table in PRINTED:
        hits += printed_hits(tables, printed)
    return unexplained(joined(data.package, tables, printed, hits)), tables


def estimates(tables):
    """Estimates of pain by study, and the rows that they are made from."""
    table = contrasts.derive(SimpleNamespace(**{name: tables[name] for name in READ})).table
    used = table[table["included"]]
    return (
        dict(zip(used["study_id"], zip(used["yi"], used["vi"], strict=True), strict=True)),
        {key for keys in used["inputs"] for key in keys},
    )


def counts(tables):
    """Included counts by study."""
    table = contrasts.event_table(SimpleNamespace(**{name: tables[name] for name in READ}))
    used = table[table["included"]][["study_id", "event", "week", "analysis", "a", "n1", "c", "n2"]]
    found = {}
    for study, *cells in used.itertuples(index=False):
        found.setdefault(study, []).append(cells)
    return {study: sorted(map(str, cells)) for study, cells in found.items()}


def test_a_changed_cell_is_refused_or_moves_what_it_says(data, readers):
    changes = draw(data, random.Random(20261126))
    wrong, values = of_cells(data, changes)
    before, counted = estimates(data.tables), counts(data.tables)
    refused, accepted, moved = len(wrong), 0, 0
    for i, change in enumerate(changes):
        if i in wrong:
            continue
        problems, tables = refusals(data, readers, change, values[i])
        refused, accepted = refused + bool(problems), accepted + (not problems)
        if problems or change[0] not in READ:
            continue
        table, row, column, _ = change
        rows = data.rows(table)
        key, study = rows[row][data.key(table)], rows[row].get("study_id", "")
        others = {table != "measures" and name != study for name in before[0]}
        if table in ("events", "studies", "study_sets") and column not in ("study_id", "trial_id"):
            now = counts(tables)
            same = {name for name in counted if name != study}
            assert all(counted[name] == now.get(name) for name in same), change
        if table == "events" or not any(others):
            continue
        after = estimates(tables)
        if column not in ("study_id", "trial_id", "study_set_id"):
            for name in set(before[0]) | set(after[0]):
                assert name == study or table == "measures" or before[0].get(name) == after[0].get(name), (
                    change
                )
        if table == "outcomes" and key not in before[1] | after[1] and study in before[0]:
            # a row that nothing uses may at most contradict its study's others, and set it aside
            assert after[0].get(study, before[0][study]) == before[0][study], change
        if table == "outcomes" and column == "value" and key in before[1] & after[1]:
            _follows(before, after, study, rows[row], change[3])
        moved += before[0] != after[0]
    assert refused > CHANGES / 3 and accepted > CHANGES / 10 and moved


def _follows(before, after, study, row, cell):
    """An estimate that is a difference or a change moves to the side to which its own value was moved."""
    if study not in before[0] or study not in after[0] or row["group"] not in ("ldn-placebo", "ldn"):
        return
    step = float(cell) - float(row["value"])
    turned = -1 if row["better"] == "higher" else 1
    gain = after[0][study][0] - before[0][study][0]
    assert gain * step * turned >= 0 or np.isclose(gain, 0), (row["outcome_id"], cell)
