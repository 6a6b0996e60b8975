"""Where the numbers of a report come from: collected table by table, shown at its end as numbered notes.

A line of a table leads to its note. The note of a reported number says what was reported, where, how it was
read, and which line of which file holds it; the note of a derived one says how it was made and leads to the
notes of what it was made of. Notes are folded on a screen and open on paper, where the number of the note
stands behind the linked text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from ldn_analysis.display.output import Table
from ldn_analysis.errors import InputError
from ldn_analysis.evidence import Provenance, source_of

__all__ = ["Note", "Trail"]


@dataclass(frozen=True, slots=True)
class Note:
    """One note: its number, the id that links lead to, its title, and what it says as escaped HTML items."""

    number: int
    anchor: str
    title: str
    items: tuple[str, ...]

    def link(self, inner: str) -> str:
        """A link to the note around `inner`, which is HTML."""
        return f'<a href="#{self.anchor}" data-note="{self.number}">{inner}</a>'

    def html(self) -> str:
        """The note, folded; without scripts a link to it opens it too, since its id stands inside."""
        items = "".join(f"<li>{item}</li>" for item in self.items)
        return (
            f'<details class="ldn-source"><summary>{self.number}. {escape(self.title)}</summary>'
            f'<ul id="{self.anchor}">{items}</ul></details>'
        )


class Trail:
    """Collects where the numbers of a report come from; shown, it is the list of notes.

    Parameters
    ----------
    ev : Evidence
        The evidence that the report uses, or its `as_of` view: a row that is not in it cannot be a source.
    chains : iterable of Explanation
        What `contrasts.derive` explains, shown before the notes. Their ``anchor`` may stand among the inputs
        of a line.

    Examples
    --------
    >>> from ldn_analysis import evidence
    >>> trail = Trail(evidence.load())
    >>> trail.note("ed50-symptom-response-naltrexone").anchor
    'prov-row-ed50-symptom-response-naltrexone'
    """

    def __init__(self, ev: Any, chains: Iterable[Any] = ()) -> None:
        self._ev = ev
        self._notes: dict[Any, Note] = {}
        self._chains = {chain.anchor: chain for chain in chains}

    @property
    def chains(self) -> tuple[str, ...]:
        """Anchors of the chains: inputs of what is pooled from them."""
        return tuple(self._chains)

    @property
    def notes(self) -> tuple[Note, ...]:
        """The notes so far, by number."""
        return tuple(self._notes.values())

    def note(self, inputs: str | Sequence[str], how: str = "", title: str = "", line: str = "") -> Note:
        """The note of one line of a table; asked for again, the same note.

        Parameters
        ----------
        inputs
            Primary keys of rows of the evidence, or anchors of chains; one as text, or several.
        how
            How the line was made, in words. A single row without it is a number as reported, whose note is
            that of the row. Lines made in the same way of the same inputs share a note.
        title, line
            Name of the table and of the line, for the note's title; without them it is `how`.

        Raises
        ------
        InputError
            An input is neither a row of the evidence nor one of the chains; several inputs, or none, without
            saying how they were used.
        """
        keys = (inputs,) if isinstance(inputs, str) else tuple(dict.fromkeys(inputs))
        if len(keys) == 1 and not how:
            return self._row(keys[0])
        made = (keys, how)
        if made not in self._notes:
            if not how:
                raise InputError(
                    f"how is empty: say how {line or title or 'the line'} was made of its inputs"
                )
            parts = [self._origin(key) for key in keys]
            named = ": ".join(part for part in (title, line) if part)
            items = (*([escape(how)] if named else []), f"From: {'; '.join(parts) or 'no row of the data'}")
            number = len(self._notes) + 1
            self._notes[made] = Note(number, f"prov-note-{number}", named or how, items)
        return self._notes[made]

    def _origin(self, key: str) -> str:
        """A link to an input, as HTML."""
        if key in self._chains:
            chain = self._chains[key]
            return f'<a href="#{escape(key, quote=True)}">{escape(chain.label)}: {escape(chain.outcome)}</a>'
        note = self._row(key)
        return note.link(escape(note.title))

    def _row(self, key: str) -> Note:
        """The note of a row of the data."""
        if key not in self._notes:
            found = source_of(self._ev, key)
            self._notes[key] = Note(
                len(self._notes) + 1, self._anchor(key), _title(found), tuple(_items(found))
            )
        return self._notes[key]

    def _anchor(self, key: str) -> str:
        """An id from a row's key: one word, and no other row's."""
        base = "prov-row-" + re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")
        taken = {note.anchor for note in self._notes.values()} | set(self._chains)
        return base if base not in taken else f"{base}-{len(self._notes) + 1}"

    def table(self) -> Table:
        """The chains and the notes."""
        for chain in self._chains.values():
            for step in chain.steps:
                if step.kind == "reported":
                    self._row(step.inputs[0])
        head = provenance(self._chains.values()) if self._chains else Table("", "")
        if not self._notes:
            return head
        derived = head.html
        for key, note in self._notes.items():
            if isinstance(key, str):  # a chain names the rows that it reads: lead to them
                named = escape(key)
                derived = derived.replace(f"row {named})", f"row {note.link(named)})")
        listed = "".join(note.html() for note in self._notes.values())
        text = f"Notes: {len(self._notes)}, each with its source"
        return Table(
            derived + f'<div class="ldn-sources">{listed}</div>',
            "\n".join(part for part in (head.text, text) if part),
        )

    def _repr_html_(self) -> str:
        return self.table().html

    def __repr__(self) -> str:
        return self.table().text


def _title(found: Provenance) -> str:
    """A row in a few words: whose it is, what it is about."""
    if found.table == "judgements":
        return "judgement " + found.row_id.replace("--", ", ")
    about = "" if found.table == "studies" else found.what
    return ": ".join(part for part in (found.label, about) if part) or found.row_id


def _items(found: Provenance) -> list[str]:
    """What the note of a row says, as HTML."""
    value = "; ".join(
        part for part in (f"{found.value} {found.unit}".strip() if found.value else "", found.more) if part
    )
    source = escape(found.source)
    if found.url:
        source = f'<a href="{escape(found.url, quote=True)}">{source}</a>'
    place = ", ".join(part for part in (source, escape(found.location)) if part)
    items = [f"Reported: {escape(value)}"] if value else []
    if found.table in ("judgements", "studies"):
        items.append(escape(found.what.partition("; ")[2] if found.table == "judgements" else found.what))
    items += [place] if place else []
    items += [f"Read in: {escape(found.how_read)}"] if found.how_read else []
    return [*items, f"data/{escape(found.file)}, line {found.line}: {escape(found.row_id)}"]


def provenance(explanations: Iterable[Any]) -> Table:
    """The chains from papers to estimates, folded, each under the `anchor` that links in tables lead to.

    `explanations` are those of `contrasts.derive`. A link opens the chain it leads to; without links, each
    opens by its own line.
    """
    parts, texts = [], []
    for explanation in explanations:
        inner = re.sub(r"<(/?)h4>", r"<\1h3>", explanation.html())
        found = re.search(r"<h3>(.*?)</h3>", inner)
        name = found.group(1) if found else "derivation"
        parts.append(f'<details class="ldn-provenance"><summary>{name}</summary>{inner}</details>')
        texts.append(explanation.text())
    first = [text.splitlines()[0] for text in texts]
    return Table("".join(parts), "Derivations: " + "; ".join(first))
