"""The report on what changed between two states, for a terminal and as a page."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ldn_analysis import html
from ldn_analysis.evidence import EvidenceError
from ldn_analysis.render.numerals import result_in_short
from ldn_analysis.workbench.changes import Change, Parts, State, data_changes, moved_by, result_changes, state
from ldn_analysis.workbench.conclusions import Conclusion, conclusions

SHOWN = 200
"""Rows of a table of the page; the text says how many there are."""
FIRST = 3
"""Problems of data that are not valid, as a note lists them."""
NOT_THERE = "not there"


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between two states.

    Attributes
    ----------
    old, new : the two states.
    rows : what differs between their data.
    results : ``report name before now`` of each recorded result that differs.
    before, now : every conclusion of each state's data by today's rules, by part and name; empty if none can
        be made.
    undone : for each change: its name, and the conclusions of the parts that differ without it (or why it
        cannot be undone).
    notes : what could not be compared, and why.
    compared : whether conclusions could be made; not of data that today's rules refuse.
    """

    old: State
    new: State
    rows: list[Change] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)
    before: Parts = field(default_factory=dict)
    now: Parts = field(default_factory=dict)
    undone: list[tuple[str, Parts | str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    compared: bool = True

    @property
    def title(self) -> str:
        return f"What changed between {self.old.name} and {self.new.name}"

    @property
    def code(self) -> Counter[str]:
        """Files of the package that differ, counted by room."""
        if not (self.old.code and self.new.code):
            return Counter()
        differ = {name for name, _ in self.old.code.items() ^ self.new.code.items()}
        return Counter(name.split("/")[0].split(".")[0] for name in differ)

    def moved(self) -> list[tuple[str, str, str, list[str]]]:
        """Conclusion, before, now, and which changes made the difference, for each that differs.

        A change made it if without it the conclusion would be the earlier one again; one that moves the
        numbers alone is named as moving them.
        """
        moves = []
        for part, concluded in self.now.items():
            earlier = self.before.get(part, {})
            for name in dict.fromkeys([*earlier, *concluded]):
                was, now = earlier.get(name), concluded.get(name)
                if str(was) != str(now):
                    causes = self._causes(part, name, was, now)
                    moves.append((name, str(was or NOT_THERE), str(now or NOT_THERE), causes))
        return moves

    def _causes(self, part: str, name: str, was: Conclusion | None, now: Conclusion | None) -> list[str]:
        """Which changes made a conclusion differ."""
        undone = [
            (change, without[part].get(name))
            for change, without in self.undone
            if not isinstance(without, str) and part in without
        ]
        causes = []
        for change, other in undone:
            if _gist(was) != _gist(now) and _gist(other) == _gist(was):
                causes.append(f"{change}: decides the conclusion")
            elif str(other) != str(now):
                otherwise = "as before" if str(other) == str(was) else str(other or NOT_THERE)
                causes.append(f"{change}: moves it (without it: {otherwise})")
        none = "no single change: several together" if undone else "not attributed: too many changes"
        return causes or [none]

    def lines(self) -> list[str]:
        """The report for a terminal."""
        kinds = Counter(change.kind for change in self.rows)
        counted = ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items())) or "none"
        lines = [self.title, f"rows of the data: {counted}"]
        lines += [f"  {change}" for change in self.rows[:SHOWN]]
        if len(self.rows) > SHOWN:
            lines.append(f"  ... and {len(self.rows) - SHOWN} more")
        moved = self.moved()
        for outcome, was, now, causes in moved:
            lines += [outcome, f"  before: {was}", f"  now:    {now}", *(f"  by {cause}" for cause in causes)]
        if self.before and not moved:
            lines.append("no conclusion differs by today's rules")
        lines.append(f"recorded results that differ: {len(self.results)}")
        for result in self.results[:SHOWN]:
            before, now = result_in_short(result["before"]), result_in_short(result["now"])
            lines.append(f"  {result['report']}, {result['name']}: {before} → {now}")
        if self.code:
            rooms = ", ".join(f"{room} {n}" for room, n in sorted(self.code.items()))
            lines.append(f"files of rules and code that differ, by room: {rooms}")
        return [*lines, *self.notes]

    def html(self) -> str:
        """The report as a page of its own."""
        opening = (
            f"{self.new.name} is compared with {self.old.name}. Conclusions are the findings, the verdicts "
            "on claims and every answer of a report, made from both data sets by today's rules; each change "
            "of the data is then undone alone."
        )
        moved = self.moved()
        none = html.element("p", "No conclusion differs.") if self.before and not moved else None
        moves = [(name, was, now, html.items(causes)) for name, was, now, causes in moved]
        rows = [(row.table, row.key, row.kind, html.items(row.words)) for row in self.rows[:SHOWN]]
        results = [
            (result["report"], result["name"], *(result_in_short(result[at]) for at in ("before", "now")))
            for result in self.results[:SHOWN]
        ]
        files = [(room, str(n)) for room, n in sorted(self.code.items())]
        of_rows = f"Rows of the data that differ ({len(self.rows)})"
        of_results = f"Recorded results that differ ({len(self.results)})"
        tables: tuple[tuple[str, tuple[str, ...], Sequence[Sequence[html.Part]]], ...] = (
            ("Conclusions that moved", ("Conclusion", "Before", "Now", "By"), moves),
            (of_rows, ("Table", "Row", "What", "Cells"), rows),
            (of_results, ("Report", "Result", "Before", "Now"), results),
            ("Rules and code: files that differ", ("Room", "Files"), files),
        )
        sections = [html.table(caption, heads, cells) for caption, heads, cells in tables if cells]
        notes = html.items(self.notes) if self.notes else None
        return html.page(self.title, html.element("p", opening), none, *sections, notes)


def _gist(conclusion: Conclusion | None) -> str:
    return conclusion.gist if conclusion else NOT_THERE


def _rules(old: State, before: Parts) -> list[str]:
    """What today's rules make of the old data, where that is not what was recorded then."""
    recorded, findings = old.results.get("02_pain", []), before.get("findings", {})
    then = next((result for result in recorded if result["name"] == "pain.estimate"), None)
    now = next((finding for name, finding in findings.items() if name.startswith("Pain at")), None)
    if then is None or now is None or not now.numbers or not isinstance(then.get("value"), float):
        return []
    recorded_then = (then["value"], then.get("lower"), then.get("upper"))
    numbers = zip(recorded_then, now.numbers, strict=True)
    if all(b is not None and abs(a - b) < 1e-9 for b, a in numbers):
        return ["Rules: today's give the old data the result on pain that was recorded then."]
    return [
        f"Rules: on the old data, pain was recorded as {result_in_short(then)}; today's rules give {now}."
    ]


def changes(old: str, new: str, root: Path, parts: Collection[str] | None = None) -> Changes:
    """Compare two states: revisions of the repository at `root`, or folders.

    Parameters
    ----------
    parts : of `conclusions.PARTS`, those to look at; all if left out.

    Raises
    ------
    InputError : a state is neither a folder nor a revision, or holds nothing that can be compared.
    """

    def texts(concluded: Mapping[str, Conclusion]) -> dict[str, str]:
        return {name: conclusion.text for name, conclusion in concluded.items()}

    with tempfile.TemporaryDirectory(prefix="ldn-changes-") as place:
        scratch = Path(place)
        earlier, later = state(old, root, scratch), state(new, root, scratch)
        notes: list[str] = []
        results = result_changes(earlier, later)
        if not (earlier.results and later.results):
            notes.append("Recorded results are not compared: one of the two states has none.")
        if earlier.data is None or later.data is None:
            notes.append("Data are not compared: one of the two states has none.")
            return Changes(earlier, later, results=results, notes=notes)
        rows = data_changes(earlier.data, later.data)
        try:
            before = conclusions(earlier.data, parts)
        except EvidenceError as error:
            problems, _, listed = str(error).partition(" in the data")
            notes.append(f"{old}: not valid by today's rules ({problems}): no conclusions are compared.")
            notes += [f"  {line.strip()}" for line in listed.removeprefix(":").strip().splitlines()[:FIRST]]
            return Changes(earlier, later, rows, results, notes=notes, compared=False)
        now = conclusions(later.data, parts)
        differ = [part for part, concluded in now.items() if texts(before.get(part, {})) != texts(concluded)]
        undone = (
            moved_by(rows, {part: before[part] for part in differ}, later.data, scratch) if differ else []
        )
        notes += _rules(earlier, before)
        failed = [f"Cannot be undone alone: {name}: {why}" for name, why in undone if isinstance(why, str)]
        return Changes(earlier, later, rows, results, before, now, undone, [*notes, *failed])
