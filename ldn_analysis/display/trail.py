"""Where the numbers of a report come from: collected table by table, shown at its end as numbered notes.

A line of a table leads to its note. The note of a reported number says what was reported, where, how it was
read, and which line of which file holds it; the note of a derived one says how it was made and leads to the
notes of what it was made of. Notes are folded on a screen and open on paper, where the number of the note
stands behind the linked text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ldn_analysis import html
from ldn_analysis.display.output import Table
from ldn_analysis.display.words import listed
from ldn_analysis.errors import InputError
from ldn_analysis.evidence import Evidence, Provenance, source_of


@dataclass(frozen=True, slots=True)
class Note:
    """One note: its number, the id that links lead to, its title, and what it says, an item a part."""

    number: int
    anchor: str
    title: str
    items: tuple[html.Part, ...]

    def link(self, inside: html.Part, *, spoken: str | None = None) -> html.Part:
        """A link to the note around what is `inside`; `spoken` is its name where many look alike."""
        return html.link(f"#{self.anchor}", inside, data_note=str(self.number), aria_label=spoken)

    def folded(self) -> html.Part:
        """The note, folded; without scripts a link to it opens it too, since its id stands inside."""
        listed = html.items(self.items, id=self.anchor)
        return html.details(f"{self.number}. {self.title}", listed, class_="ldn-source")


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

    def __init__(self, ev: Evidence, chains: Iterable[Any] = ()) -> None:
        self._ev = ev
        self._notes: dict[Any, Note] = {}
        self._chains = {chain.anchor: chain for chain in chains}

    @property
    def chains(self) -> tuple[str, ...]:
        """Anchors of the chains: inputs of what is pooled from them."""
        return tuple(self._chains)

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
        recipe = (keys, how)
        if recipe not in self._notes:
            if not how:
                raise InputError(
                    f"how is empty: say how {line or title or 'the line'} was made of its inputs"
                )
            parts = [part for key in keys for part in ("; ", self._origin(key))][1:]
            heading = ": ".join(part for part in (title, line) if part)
            origin = html.element("li", "From: ", *(parts or ["no row of the data"]))
            items: tuple[html.Part, ...] = (how, origin) if heading else (origin,)
            number = len(self._notes) + 1
            self._notes[recipe] = Note(number, f"prov-note-{number}", heading or how, items)
        return self._notes[recipe]

    def _origin(self, key: str) -> html.Part:
        """A link to an input, with the lines of the data behind it, so that a reader need not go on."""
        if key in self._chains:
            chain = self._chains[key]
            rows = [step.inputs[0] for step in chain.steps if step.kind == "reported"]
            link: html.Part = html.link(f"#{key}", f"{chain.label}: {chain.outcome}")
        else:
            note, rows = self._row(key), [key]
            link = note.link(note.title)
        return html.element("span", link, self._lines(rows))

    def _lines(self, rows: Sequence[str]) -> str:
        """Where rows stand in the data: `` (data/outcomes.csv, lines 12 and 14)``; empty for no row."""
        lines: dict[str, set[int]] = {}
        for row in rows:
            source = source_of(self._ev, row)
            lines.setdefault(source.file, set()).add(source.line)
        places = [
            f"data/{file}, {'line' if len(at) == 1 else 'lines'} {listed(list(map(str, sorted(at))))}"
            for file, at in lines.items()
        ]
        return f" ({'; '.join(places)})" if places else ""

    def _row(self, key: str) -> Note:
        """The note of a row of the data."""
        if key not in self._notes:
            source, number = source_of(self._ev, key), len(self._notes) + 1
            anchor = f"prov-row-{html.slug(key)}"
            if anchor in {note.anchor for note in self._notes.values()} | set(self._chains):
                anchor = f"{anchor}-{number}"
            self._notes[key] = Note(number, anchor, _title(source), tuple(_items(source)))
        return self._notes[key]

    def table(self) -> Table:
        """The chains and the notes."""
        for chain in self._chains.values():
            for step in chain.steps:
                if step.kind == "reported":
                    self._row(step.inputs[0])
        head = provenance(self._chains.values(), self._notes) if self._chains else Table("", "")
        if not self._notes:
            return head
        notes = html.element("div", *(note.folded() for note in self._notes.values()), class_="ldn-sources")
        text = f"Notes: {len(self._notes)}, each with its source"
        counted = f"{len(self._notes)} {'note' if len(self._notes) == 1 else 'notes'}, each with its source"
        listed = html.details(counted, html.trusted(head.html), notes, class_="ldn-all-sources")
        return Table(html.finished(listed), "\n".join(part for part in (head.text, text) if part))

    def _repr_html_(self) -> str:
        return self.table().html

    def __repr__(self) -> str:
        return self.table().text


def _title(row: Provenance) -> str:
    """A row in a few words: whose it is, what it is about."""
    if row.table == "judgements":
        return "judgement " + row.row_id.replace("--", ", ").replace("_", " ")
    about = "" if row.table == "studies" else row.subject
    return ": ".join(part for part in (row.label, about) if part) or row.row_id


def _items(row: Provenance) -> list[html.Part]:
    """What the note of a row says."""
    value = "; ".join(
        part for part in (f"{row.value} {row.unit}".strip() if row.value else "", row.more) if part
    )
    items: list[html.Part] = [f"Reported: {value}"] if value else []
    if row.table in ("judgements", "studies"):
        items.append(row.subject.partition("; ")[2] if row.table == "judgements" else row.subject)
    source = html.link(row.url, row.source) if row.url else row.source
    place = [part for part in (source, ", " if source and row.location else "", row.location) if part]
    items += [html.element("li", *place)] if place else []
    items += [f"Read in: {row.how_read}"] if row.how_read else []
    return [*items, f"data/{row.file}, line {row.line}: {row.row_id}"]


def provenance(explanations: Iterable[Any], notes: Mapping[Any, Note] | None = None) -> Table:
    """The chains from papers to estimates, folded, each under the `anchor` that links in tables lead to.

    `explanations` are those of `contrasts.derive`; `notes` are those of rows that the chains read, by the
    row's key: the chain then leads to them. A link opens the chain it leads to; without links, each opens by
    its own line.
    """
    parts, texts = [], []
    for explanation in explanations:
        inside = _derivation(explanation, notes or {})
        parts.append(html.details(_heading(explanation), inside, class_="ldn-provenance"))
        texts.append(explanation.text())
    first = [text.splitlines()[0] for text in texts]
    return Table(html.finished(*parts), "Derivations: " + "; ".join(first))


def _heading(chain: Any) -> str:
    return f"{chain.label}: {chain.outcome} ({chain.instrument})"


def _derivation(chain: Any, notes: Mapping[Any, Note]) -> html.Part:
    """A section with the chain (`contrasts.Explanation`) as an ordered list."""
    number = {step.key: i for i, step in enumerate(chain.steps, 1)}
    rule = f"{chain.scale}, LDN minus control; {chain.better} is better. {chain.words}"
    excluded = html.element("p", html.element("strong", "Excluded:"), f" {chain.reason}")
    steps = [_step(step, number, notes) for step in chain.steps]
    parts = [html.element("h3", _heading(chain)), html.element("p", rule)]
    parts += [] if chain.included else [excluded]
    return html.element(
        "section", *parts, html.items(steps, ordered=True), class_="provenance", id=chain.anchor
    )


def _step(step: Any, number: Mapping[str, int], notes: Mapping[Any, Note]) -> html.Part:
    """A step of a chain: the quantity, how it was made, and of what or where it was read."""
    parts: list[html.Part] = [
        html.element("b", step.quantity),
        f" = {step.value:.6g} {step.unit}".rstrip(),
        "; ",
        html.element("code", step.formula),
    ]
    origin = ", ".join(str(number[key]) for key in step.inputs if key in number)
    if origin:
        parts.append(f"; from {origin}")
    if step.kind == "reported":
        key = step.inputs[0]
        parts += ["; ", html.element("cite", step.source), f", {step.location} "]
        parts += [f"(read as: {step.how_read}; row ", notes[key].link(key) if key in notes else key, ")"]
    if step.note:
        parts += ["; ", html.element("small", step.note)]
    return html.element("li", *parts, class_=step.kind)
