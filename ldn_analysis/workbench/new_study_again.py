"""A second person's entry: a trial's numbers typed again from the paper, held against the rows that stand.

The Cochrane Handbook (chapter 5) has outcome data extracted by two people independently: a count typed as 0,
groups exchanged or people who did not respond typed as those who did contradict nothing in the data.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, fields, replace

from ldn_analysis import evidence
from ldn_analysis.errors import InputError
from ldn_analysis.evidence.loading import data_folder
from ldn_analysis.evidence.rules.structure import MEANING
from ldn_analysis.workbench.answers import wrong_answers
from ldn_analysis.workbench.new_study import as_listed
from ldn_analysis.workbench.reported import NUMBER
from ldn_analysis.workbench.rows import Row, printed
from ldn_analysis.workbench.trial import Trial

NUMBERS = ("outcomes", "events")
"""Tables of which every cell of a row that is typed again counts, and each other row is told; of the others
what is typed again is compared, and no more."""
SAME = MEANING | {"studies": ("study_id",), "study_sets": ("study_id", "outcome"), "event_types": ("event",)}
"""What the row of one meaning shares in both entries."""
NEAR = {
    "outcomes": ("domain", "week", "group", "dose_mg_per_day", "period"),
    "events": ("event", "week", "group", "dose_mg_per_day", "period"),
}
"""What two rows share where the entries call the measure, the statistic or the analysis otherwise."""
PLACES = {"week", "period", "scale_min", "scale_max", "treatment_weeks", "control_weeks", "primary_week"}
PLACES |= {"dose_mg_per_day", "dose_min_mg", "dose_max_mg"}
"""Columns whose equal numbers are one (12, 12.0); of a result the printed digits matter: 4.8 is not 4.80."""
OWN = {"label", "design", "dose_schedule", "notes", "reason", "definition", "location", "basis", "judged_by"}
"""Columns that each person words."""


@dataclass(frozen=True, slots=True)
class Again:
    """What two entries of a trial have in common and what not: a difference names row, column and both cells.

    `elsewhere` are rows of outcomes and counts that were not typed again; `same` counts the cells that agree.
    """

    study_id: str
    differences: tuple[str, ...]
    elsewhere: tuple[str, ...]
    same: int

    def text(self) -> str:
        """The differences, what was not typed again, and how many cells agree."""
        lines = [f"differs: {line}" for line in self.differences]
        lines += [f"not typed again: {row_id}" for row_id in self.elsewhere]
        count = len(self.differences)
        end = f"{count} differ, look at the paper together" if count else "none differs"
        return "\n".join([*lines, f"{self.study_id}: {self.same} cells are the same, {end}"])


def entered_again(trial: Trial, folder: str | os.PathLike[str] | None = None) -> Again:
    """Hold a trial's answers against its rows in the data; nothing is written.

    Raises
    ------
    InputError : an option breaks a rule, or the study is not in the data.
    """
    ev = evidence.load(data_folder(folder))
    options = {option.name: getattr(trial, option.name) for option in fields(trial)}
    wrong = wrong_answers(ev, options, known=True)
    if wrong:
        raise InputError("\n".join(wrong))
    rows = as_listed(ev, replace(trial, new_instrument="")).rows()  # what the first entry listed is listed
    typed = {
        name: [_plain(row) for row in rows.get(table.path, [])]
        for name, table in ev.package.resources.items()
    }
    differences: list[str] = []
    elsewhere: list[str] = []
    same = 0
    for name, table in ev.package.resources.items():
        key, counted = table.primary_key, name in NUMBERS
        if not typed[name] and not counted:
            continue
        columns = [column for column in table.columns if column not in OWN | {key}]
        mine = (row for row in printed(ev, name) if row.get("study_id", trial.study_id) == trial.study_id)
        stand = [_plain(row) for row in mine]
        pairs, alone, new = _pairs(stand, typed[name], (SAME[name], NEAR.get(name, SAME[name])))
        for before, again in pairs:
            agree, differ = _cells(before, again, columns, counted)
            same += agree
            differences += [f"{before[key]}, {cell}" for cell in differ]
        differences += [f"{row[key]}: only now" for row in new]
        elsewhere += [row[key] for row in alone if counted]
    return Again(trial.study_id, tuple(differences), tuple(elsewhere), same)


def _cells(before: Row, again: Row, columns: list[str], counted: bool) -> tuple[int, list[str]]:
    """How many cells of two rows agree, and each that differs; one that is left out now only if `counted`."""
    cells = [(column, before.get(column, ""), again.get(column, "")) for column in columns]
    differ = [
        f"{column}: {old or 'nothing'} in the data, {new or 'nothing'} now"
        for column, old, new in cells
        if old != new and (new or counted)
    ]
    return sum(old == new != "" for _, old, new in cells), differ


def _plain(row: Row) -> Row:
    """The row with each number of a place in one way: 12.0 as 12."""
    places = {column: row[column] for column in PLACES & row.keys() if re.fullmatch(NUMBER, row[column])}
    return row | {column: f"{float(cell):g}" for column, cell in places.items()}


def _pairs(
    stand: list[Row], typed: list[Row], keys: tuple[tuple[str, ...], ...]
) -> tuple[list[tuple[Row, Row]], list[Row], list[Row]]:
    """Each row typed again with the row of the same meaning, else with one near to it that is left; and what
    has no partner in the data, and in what was typed."""
    pairs: list[tuple[Row, Row]] = []
    left, missing = list(stand), list(typed)
    for columns in keys:

        def meaning(row: Row, columns: tuple[str, ...] = columns) -> list[str]:
            return [row.get(column, "").casefold() for column in columns]

        for again in list(missing):
            row = next((row for row in left if meaning(row) == meaning(again)), None)
            if row is not None:
                pairs.append((row, again))
                left.remove(row)
                missing.remove(again)
    return pairs, left, missing
