"""Numbers that lead to their source: each number of a sentence that equals a recorded result, or a number of
a table, becomes a link; each figure's caption leads to the sources of its part of the page. What a result
says beyond that leads to the note of its card, or to the list of what its part was made of.

Matching is by what is printed, nearest first: results of the same part, its tables, then results of the whole
page. The same digits may be something else: what is rounded to one figure is no match, and a number from
elsewhere needs three figures and must be the only result that prints so. A link to the wrong source is worse
than one to the list of the part's sources. Dates, versions, the level of intervals and the ends of a scale
are no results.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from ldn_analysis import html
from ldn_analysis.display.words import number
from ldn_analysis.render.numerals import (
    PERCENT_FOLLOWS,
    counted,
    figures,
    forms_of,
    numbers_in,
    plain,
    result_id,
    result_in_words,
)

FEW = 12
"""So many notes of a part stand beside each of its results; more stand in the part's list alone."""
_SENTENCES = (
    ".//text()[(ancestor::p or ancestor::li or ancestor::figcaption or ancestor::dd or ancestor::dt) and not("
    "ancestor::h1 or ancestor::h2 or ancestor::h3 or ancestor::h4 or ancestor::a or ancestor::code or "
    "ancestor::pre or ancestor::table or ancestor::summary or ancestor::svg or ancestor::button or "
    "ancestor::form or ancestor::script or ancestor::style or ancestor::*[@aria-hidden='true'] or "
    "ancestor::details[@class='ldn-source' or @class='ldn-provenance'])]"
)
"""The texts of a page that are sentences; those of its notes and chains are the sources themselves."""
_TO_NOTE = ".//a[starts-with(@href, '#prov-')]"


@dataclass(slots=True)
class Part:
    """A part of a page under one heading.

    Attributes
    ----------
    anchor : id of its heading.
    title : the words of its heading.
    results : what was recorded in it.
    notes : ids of the notes and chains that its tables and figures lead to, each once.
    cells : number as printed in its tables -> the notes of the lines that hold it.
    cards : id of a section in its outputs -> the last note that the section leads to: its own.
    """

    anchor: str
    title: str
    results: list[Mapping[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cells: dict[str, list[str]] = field(default_factory=dict)
    cards: dict[str, str] = field(default_factory=dict)


def read_part(part: Part, outputs: Iterable[str], titles: dict[str, str]) -> None:
    """Fill `part` from the HTML of its outputs: which notes they lead to, and which numbers stand in a
    table's line with which note; `titles` gets the notes that it shows, by id."""
    for output in outputs:
        page = html.tree(html.trusted(output))
        for note, title in _notes_shown(page):
            titles.setdefault(note, title)
        for link in page.xpath(_TO_NOTE):
            note = _led_to(link)
            part.cards |= {section.get("id"): note for section in link.xpath("ancestor::section[1][@id]")}
            if note not in part.notes:
                part.notes.append(note)
        for line in page.xpath(f".//tr[{_TO_NOTE}]"):
            note = _led_to(line.xpath(_TO_NOTE)[0])
            for match in chain.from_iterable(map(numbers_in, line.itertext())):
                notes = part.cells.setdefault(plain(match.group(0)), [])
                if note not in notes:
                    notes.append(note)


def _led_to(link: Any) -> str:
    """The id of the note to which a link leads."""
    return str(link.get("href"))[1:]


def _notes_shown(page: Any) -> Iterator[tuple[str, str]]:
    """The notes and chains that a page shows: the id of each, and the words over its fold."""
    summary = ""
    for node in page.iter("*"):
        name = node.get("id", "")
        if node.tag == "summary":
            summary = node.text_content()
        elif name.startswith("prov-") and node.tag != "section":
            yield name, re.sub(r"^\d+\. ", "", summary).strip() or name


class Sources:
    """The sources of a page: links numbers to them, and lists what each recorded result was made of.

    Parameters
    ----------
    parts : in the order of the page.
    titles : title of each note and chain that the page shows, by id.
    """

    def __init__(self, parts: Sequence[Part], titles: Mapping[str, str]) -> None:
        self._parts, self._titles = parts, titles
        self._forms = [forms_of(part.results) for part in parts]
        by_text: dict[str, list[Mapping[str, Any]]] = {}
        for result in (result for part in parts for result in part.results if result.get("text")):
            by_text.setdefault(str(result["text"]), []).append(result)
        self._forms_by_text = {text: forms_of(results) for text, results in by_text.items()}
        self._behind_words = {
            words: str(result["source"])
            for part in parts
            for result in part.results
            if result.get("source") and isinstance(words := result.get("text") or result["value"], str)
        }

    def find(self, text: str, place: int, *, after: str = "", whole: bool = False) -> str | None:
        """The id to which a number leads from the part at `place`; a `whole` sentence is of the whole page.

        `after` is what follows it: what is counted in milligrams, weeks, people or trials is not taken for
        anything else.
        """
        text, kind = plain(text), counted(after)

        def at(part: int) -> list[str]:
            return [name for name, of in self._forms[part].get(text, ()) if not kind or kind == of]

        if 0 <= place < len(self._parts):
            if (ids := at(place)) and (kind or "%" in text or figures(text) > 1):
                return ids[0]
            notes = [note for note in self._parts[place].cells.get(text, ()) if note in self._titles]
            if len(notes) == 1 and (kind or figures(text) > 1):
                return notes[0]
        if not (figures(text) > 2 or (whole and kind)):
            return None
        if not (whole or "." in text or figures(text) > 3):
            return None
        ids = list(dict.fromkeys(name for part in range(len(self._parts)) for name in at(part)))
        return ids[0] if len(ids) == 1 else None

    def linked(
        self,
        text: str,
        place: int = -1,
        whole: bool = False,
        rest: str | None = None,
        card: str | None = None,
    ) -> html.Part:
        """A sentence as an element whose numbers lead to their sources, those without one of their own to
        `rest`; all of them to the note of their `card`, where they stand in one."""
        pieces: list[html.Part] = []
        at = 0
        by_text = self._forms_by_text.items()
        forms = next((forms for words, forms in by_text if text in words or words in text), {})
        note = self._behind_words.get(text.strip())
        note = note if note in self._titles else None
        for match in numbers_in(text):
            printed, after = match.group(0), text[match.end() :]
            meant = f"{printed}%" if PERCENT_FOLLOWS.match(after) else printed
            exact = forms.get(plain(meant), ())
            source = exact[0][0] if exact else note or self.find(meant, place, after=after, whole=whole)
            if to := card or source or rest:
                pieces += [text[at : match.start()], html.link(f"#{to}", printed, class_="n")]
                at = match.end()
        return html.element("span", *pieces, text[at:])

    def rewrite(self, output: str, place: int, result: bool = False) -> str:
        """An output's HTML with linked numbers in its sentences and a way to the sources in its captions.

        In a `result` every number of a sentence leads somewhere: what is not recorded or in a table by itself
        leads to the note of its card, else to the list of what its part was made of. Prose may define.
        """
        page = html.tree(html.trusted(output))
        texts = page.xpath(_SENTENCES)
        if way := self.way(place):
            sources = html.link(f"#{way}", "Sources")
            for figure in page.xpath(".//figure[not(.//figcaption)]"):
                figure.append(html.tree(html.element("figcaption", sources))[0])
            for caption in page.xpath(".//figcaption[not(.//a)]"):
                caption.append(html.tree(html.element("span", " ", sources))[0])
        for text in (text for text in texts if any(True for _ in numbers_in(text))):
            near = text.getparent()
            within = near if text.is_text else near.getparent()
            # A figure's caption leads on for all of it.
            free = result and not within.xpath("ancestor-or-self::figure")
            section = next(within.iterancestors("section"), None)
            card = self.card(place, section.get("id")) if free and section is not None else None
            rest = self.rest(place) if free else None
            sentence = html.tree(self.linked(str(text), place, rest=rest, card=card))[0]
            if text.is_text:
                near.text = None
                near.insert(0, sentence)
            else:
                near.tail = None
                near.addnext(sentence)
        return html.written(page)

    def _own(self, place: int) -> list[str]:
        """The notes that a part leads to itself: those of its tables and figures, then of its results."""
        part = self._parts[place]
        sources = [str(result["source"]) for result in part.results if result.get("source")]
        return [name for name in dict.fromkeys((*part.notes, *sources)) if name in self._titles]

    def _behind(self, place: int) -> tuple[str, list[str]]:
        """The notes behind a part, after words: its own, else the chains of the page, else all notes."""
        if notes := self._own(place):
            return "Made from", notes
        chains = [name for name in self._titles if not name.startswith(("prov-row-", "prov-note-"))]
        return ("Made from", chains) if chains else ("From among these sources", list(self._titles))

    def rest(self, place: int) -> str | None:
        """Where a number of a result leads that has no source of its own; nowhere if its part has none."""
        return self.way(place) if self._own(place) else None

    def card(self, place: int, card: str | None) -> str | None:
        """The note of a card; none if the part at `place` has no such card."""
        note = self._parts[place].cards.get(card or "")
        return note if note in self._titles else None

    def way(self, place: int) -> str | None:
        """The id of the list of sources of a part, if the page has any."""
        return f"sources-{self._parts[place].anchor}" if self._titles and place >= 0 else None

    def listed(self) -> str:
        """What each recorded result was made of, and the sources of each part, folded."""
        rows: list[html.Part] = []
        for place, part in enumerate(self._parts):
            way = self.way(place)
            before, names = self._behind(place)
            notes: list[html.Part] = [html.link(f"#{name}", self._titles[name]) for name in names]
            behind = [part for note in notes for part in ("; ", note)][1:]
            beside = names if before == "Made from" and len(names) <= FEW else []
            results = [self._result(result, way, beside) for result in part.results]
            rows.append(html.element("h3", part.title or "Answer"))
            rows.append(html.element("p", f"{before}: ", *behind, id=way) if way else None)
            rows.append(html.items(results) if results else None)
        if not self._titles and not any(part.results for part in self._parts):
            return ""
        return html.finished(html.details("Results and their sources", *rows, class_="ldn-results"))

    def _result(self, result: Mapping[str, Any], way: str | None, beside: Sequence[str]) -> html.Part:
        value = result.get("value")
        text = number(float(value), 3) if isinstance(value, float) else str(value)
        if result.get("lower") is not None and result.get("upper") is not None:
            text += f" ({number(float(result['lower']), 3)} to {number(float(result['upper']), 3)})"
        name = result_in_words(str(result["name"]))
        words = f"{name}: {text} {result.get('unit', '')}".rstrip()
        note = str(result.get("source") or "")
        names = [note] if note in self._titles else beside
        links = [html.link(f"#{name}", self._titles[name]) for name in names]
        if not links and way:
            links = [html.link(f"#{way}", "its sources")]
        source: list[html.Part] = [part for link in links for part in ("; ", link)]
        return html.element("li", words, *source, id=result_id(result["name"]))
