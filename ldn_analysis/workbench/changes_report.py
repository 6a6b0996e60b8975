"""The report on what changed between two states, for a terminal and as a page."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ldn_analysis import html
from ldn_analysis.evidence import EvidenceError
from ldn_analysis.workbench.changes import (
    Change,
    Conclusion,
    State,
    conclusions,
    data_changes,
    moved_by,
    result_changes,
    state,
)
from ldn_analysis.workbench.exports import page

__all__ = ["Changes", "changes"]

SHOWN = 200
"""Rows of a table of the page; the text says how many there are."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between two states.

    Attributes
    ----------
    old, new : State
    rows : list of Change
    results : list of dict
        ``report name before now`` of each recorded result that differs.
    before, now : dict of str to Conclusion
        The Summary of Findings of each state's data by today's rules; empty where it cannot be made.
    undone : list
        For each change: its name, and the conclusions without it (or why it cannot be undone).
    notes : list of str
        What could not be compared, and why.
    """

    old: State
    new: State
    rows: list[Change] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)
    before: Mapping[str, Conclusion] = field(default_factory=dict)
    now: Mapping[str, Conclusion] = field(default_factory=dict)
    undone: list[tuple[str, dict[str, Conclusion] | str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        return f"What changed between {self.old.name} and {self.new.name}"

    @property
    def code(self) -> Counter[str]:
        """Files of the package that differ, counted by room."""
        if not (self.old.code and self.new.code):
            return Counter()
        names = {*self.old.code, *self.new.code}
        return Counter(
            name.split("/")[0].removesuffix(".py")
            for name in names
            if self.old.code.get(name) != self.new.code.get(name)
        )

    def moved(self) -> list[tuple[str, str, str, list[str]]]:
        """Outcome, before, now, and which changes made the difference, for each that differs.

        A change made it if without it the conclusion would be the earlier one again; one that moves the
        numbers alone is named as moving them.
        """
        made = []
        for outcome, now in self.now.items():
            was = self.before.get(outcome)
            if was is None or str(was) == str(now):
                continue
            causes = []
            for name, without in self.undone:
                if isinstance(without, str) or outcome not in without:
                    continue
                other = without[outcome]
                if was.said != now.said and other.said == was.said:
                    causes.append(f"{name}: decides the conclusion")
                elif str(other) != str(now):
                    causes.append(f"{name}: moves the numbers (without it: {other})")
            made.append((outcome, str(was), str(now), causes or ["no single change: several together"]))
        return made

    def lines(self) -> list[str]:
        """The report for a terminal."""
        kinds = Counter(one.kind for one in self.rows)
        counted = ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items())) or "none"
        lines = [self.title, f"rows of the data: {counted}", *(f"  {one}" for one in self.rows[:SHOWN])]
        if len(self.rows) > SHOWN:
            lines.append(f"  ... and {len(self.rows) - SHOWN} more")
        for outcome, was, now, causes in self.moved():
            lines += [
                f"{outcome}",
                f"  before: {was}",
                f"  now:    {now}",
                *(f"  by {cause}" for cause in causes),
            ]
        if self.before and not self.moved():
            lines.append("no conclusion of the Summary of Findings differs by today's rules")
        lines.append(f"recorded results that differ: {len(self.results)}")
        lines += [f"  {one['report']}, {one['name']}: {_said(one['before'])} → {_said(one['now'])}"
                  for one in self.results[:SHOWN]]  # fmt: skip
        if self.code:
            rooms = ", ".join(f"{room} {n}" for room, n in sorted(self.code.items()))
            lines.append(f"files of rules and code that differ, by room: {rooms}")
        return [*lines, *self.notes]

    def html(self) -> str:
        """The report as a page of its own."""
        said = (
            f"{self.new.name} is compared with {self.old.name}. Conclusions are those of the Summary of "
            "Findings, made from both data sets by today's rules; each change is then undone alone."
        )
        parts: list[html.Part] = [html.element("p", said)]
        moved = self.moved()
        if moved:
            cells: list[list[html.Part]] = [[*row[:3], html.items(row[3])] for row in moved]
            parts.append(html.table("Conclusions that moved", ("Outcome", "Before", "Now", "By"), cells))
        elif self.before:
            parts.append(html.element("p", "No conclusion of the Summary of Findings differs."))
        if self.rows:
            caption = f"Rows of the data that differ ({len(self.rows)})"
            rows: list[list[html.Part]] = [
                [one.table, one.key, one.kind, _cells(one)] for one in self.rows[:SHOWN]
            ]
            parts.append(html.table(caption, ("Table", "Row", "What", "Cells"), rows))
        if self.results:
            caption = f"Recorded results that differ ({len(self.results)})"
            shown = ([one["report"], one["name"], _said(one["before"]), _said(one["now"])]
                     for one in self.results[:SHOWN])  # fmt: skip
            parts.append(html.table(caption, ("Report", "Result", "Before", "Now"), shown))
        if self.code:
            rooms = ([room, str(n)] for room, n in sorted(self.code.items()))
            parts.append(html.table("Rules and code: files that differ", ("Room", "Files"), rooms))
        if self.notes:
            parts.append(html.items(self.notes))
        return page(self.title, *parts)


def _rules(old: State, before: Mapping[str, Conclusion]) -> list[str]:
    """What today's rules make of the old data, where that is not what was recorded then."""
    recorded = {one["name"]: one for one in old.reports.get("02_pain", {}).get("results", [])}
    then = recorded.get("pain.estimate")
    now = next((one for one in before.values() if one.outcome.startswith("Pain at")), None)
    if then is None or now is None or now.k == 0 or not isinstance(then.get("value"), float):
        return []
    numbers = ((then["value"], now.estimate), (then.get("lower"), now.lower), (then.get("upper"), now.upper))
    if all(b is not None and abs(a - b) < 1e-9 for b, a in numbers):
        return ["Rules: today's give the old data the result on pain that was recorded then."]
    return [f"Rules: on the old data, pain was recorded as {_said(then)}; today's rules give {now}."]


def _cells(one: Change) -> html.Part:
    return html.items(f"{name}: {old or 'empty'} → {new or 'empty'}" for name, old, new in one.cells)


def _said(result: Mapping[str, Any] | None) -> str:
    """A recorded result in short."""
    if result is None:
        return "not there"
    value = result.get("value")
    if not isinstance(value, float):
        return f"{value} {result.get('unit', '')}".strip()
    text = f"{value:.4g}"
    if result.get("lower") is not None and result.get("upper") is not None:
        text += f" ({result['lower']:.4g} to {result['upper']:.4g})"
    return f"{text.replace('-', '−')} {result.get('unit', '')}".strip()


def changes(old: str, new: str, root: Path) -> Changes:
    """Compare two states: revisions of the repository at `root`, or folders.

    Raises
    ------
    InputError : a state is neither a folder nor a revision, or holds nothing that can be compared.
    """
    with tempfile.TemporaryDirectory(prefix="ldn-changes-") as place:
        scratch = Path(place)
        one, two = state(old, root, scratch), state(new, root, scratch)
        notes: list[str] = []
        results = result_changes(one, two)
        if not (one.reports and two.reports):
            notes.append("Recorded results are not compared: one of the two states has none.")
        if one.data is None or two.data is None:
            notes.append("Data are not compared: one of the two states has none.")
            return Changes(one, two, results=results, notes=notes)
        rows = data_changes(one.data, two.data)
        try:
            before = conclusions(one.data)
        except EvidenceError as error:
            notes.append(
                f"{old}: not valid by today's rules ({len(error.problems)} problems): no conclusions"
            )
            return Changes(one, two, rows, results, notes=notes)
        now = conclusions(two.data)
        undone = (
            moved_by(rows, two.data, scratch)
            if any(str(before.get(k)) != str(v) for k, v in now.items())
            else []
        )
        failed = [f"Cannot be undone alone: {name}: {why}" for name, why in undone if isinstance(why, str)]
        return Changes(one, two, rows, results, before, now, undone, [*notes, *failed])
