"""What a reader meets on a rendered page: words, numbers and their sources, alt texts, machine words.

Read from the HTML alone, so that it takes no browser: folds that are closed are not seen, text of figures is
that of their SVG. `make bench` prints the same measures (`benchmarks/reading.py`).
"""

from __future__ import annotations

import base64
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape
from html.parser import HTMLParser
from itertools import accumulate, takewhile
from pathlib import Path

from ldn_analysis.render.numerals import numbers_in

VOID = {"img", "br", "source", "meta", "input", "hr", "wbr", "col", "link"}
BLOCKS = {"p", "li", "dd", "dt", "figcaption", "caption", "summary", "h1", "h2", "h3", "td", "th", "div",
          "section", "details", "table", "figure", "ul", "ol", "dl", "tr", "pre"}  # fmt: skip
NO_PROSE = {"script", "style", "head", "nav", "footer", "header", "code", "pre"}
LISTS = ("ldn-all-sources", "ldn-sources", "ldn-provenance", "ldn-results", "ldn-parameters", "code",
         "checked", "back")  # fmt: skip
"""Classes of what holds the sources and the code: no part of what is read."""
REPORT = re.compile(r"\d\d_\w+[^#]*\.html")
"""A link of the index to a report, which leads on."""
SOURCES = ("#prov-", "#result-", "#sources-", "#where-the-numbers", "#parameter", "#page-sources")


def syllables(word: str) -> int:
    """Groups of vowels, without a silent e at the end."""
    groups = len(re.findall(r"[aeiouy]+", word.lower()))
    return max(1, groups - (word.lower().endswith("e") and not word.lower().endswith("le") and groups > 1))


def grade(text: str) -> float:
    """Flesch-Kincaid grade: 0.39 words a sentence + 11.8 syllables a word - 15.59 (Kincaid 1975)."""
    words = re.findall(r"[A-Za-z']+", text)
    sentences = max(1, len(re.findall(r"[.?!](?:\s|$)", text)))
    return 0.39 * len(words) / sentences + 11.8 * sum(map(syllables, words)) / max(1, len(words)) - 15.59


@dataclass(slots=True)
class Node:
    """An element: its name, attributes, what it stands in, and what is in it."""

    tag: str
    attrs: dict[str, str] = field(default_factory=dict)
    parent: Node | None = None
    inside: list[Node | str] = field(default_factory=list)

    def up(self) -> Iterator[Node]:
        """The element and those around it, innermost first."""
        node: Node | None = self
        while node is not None:
            yield node
            node = node.parent

    def walk(self) -> Iterator[Node]:
        """The element and those in it, in the order of the source."""
        yield self
        for part in self.inside:
            if isinstance(part, Node):
                yield from part.walk()

    def find(self, *tags: str) -> Iterator[Node]:
        """The elements in it of these names."""
        return (node for node in self.walk() if node.tag in tags)

    def has(self, *names: str) -> bool:
        """Whether it has one of these classes."""
        return bool(set(self.attrs.get("class", "").split()) & set(names))

    @property
    def text(self) -> str:
        """All text in it."""
        return "".join(part if isinstance(part, str) else part.text for part in self.inside)

    @property
    def titled(self) -> bool:
        """Whether a figure says above itself, or in bold letters of its own, what it shows."""
        if any(node.has("ldn-figure-title") for node in self.walk()):
            return True
        drawn = [words for image in self.find("img") for words in bold_words(image.attrs.get("src", ""))]
        return any(len(words.split()) > 3 for words in drawn)

    @property
    def sources(self) -> list[str]:
        """Where the links in it lead that lead to a source."""
        index = any(node.has("index") for node in self.up())
        to = [a.attrs.get("href", "") for a in self.find("a")]
        return [one for one in to if one.startswith(SOURCES) or (index and REPORT.match(one))]


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = self._at = Node("page")

    def handle_starttag(self, tag: str, attrs: list) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs}, self._at)
        self._at.inside.append(node)
        if tag not in VOID:
            self._at = node

    def handle_endtag(self, tag: str) -> None:
        found = next((node for node in self._at.up() if node.tag == tag), None)
        if found is not None and found.parent is not None:
            self._at = found.parent

    def handle_data(self, data: str) -> None:
        self._at.inside.append(data)


@dataclass(frozen=True, slots=True)
class Number:
    """A number that a reader meets: how it stands, in which kind of place, and whether it leads on."""

    text: str
    around: str
    kind: str
    led: bool


class Page:
    """One rendered page, read once."""

    def __init__(self, path: Path) -> None:
        self.stem = path.stem
        tree = _Tree()
        tree.feed(path.read_text(encoding="utf-8"))
        tree.close()
        self.root = tree.root

    def pieces(self, folded: bool = False) -> Iterator[tuple[str, Node]]:
        """Each text with the element that it stands in, as read; `folded` too what closed folds hold."""
        yield from _pieces(self.root, folded)

    @cached_property
    def words(self) -> int:
        """Words that are seen without opening anything; ways around the site and lone signs are left out."""
        return sum(map(_words, (text for text, _ in self.pieces())))

    def words_before(self, tag: str) -> int:
        """Those that stand before the first element of this name."""
        first = next(self.root.find(tag))
        before = takewhile(lambda piece: first not in piece[1].up(), self.pieces())
        return sum(_words(text) for text, _ in before)

    def texts(self) -> Iterator[str]:
        """Every text: paragraphs and cells, seen or folded, alt texts, and what is drawn."""
        yield from (" ".join("".join(text for text, _ in pieces).split()) for _, pieces in self.blocks())
        for image, words in self.drawn:
            yield from (image.attrs.get("alt", ""), *words)

    def blocks(self, folded: bool = True) -> Iterator[tuple[Node, list[tuple[str, Node]]]]:
        """Each paragraph, list item, cell, caption and heading with its own pieces of text."""
        found: dict[int, tuple[Node, list[tuple[str, Node]]]] = {}
        for text, node in self.pieces(folded):
            block = next((one for one in node.up() if one.tag in BLOCKS), node)
            found.setdefault(id(block), (block, []))[1].append((text, node))
        yield from found.values()

    @cached_property
    def images(self) -> list[Node]:
        """The page's images."""
        return list(self.root.find("img"))

    @cached_property
    def drawn(self) -> list[tuple[Node, list[str]]]:
        """Each image with the words that are drawn in it."""
        return [(image, svg_words(image.attrs.get("src", ""))) for image in self.images]

    @cached_property
    def ids(self) -> set[str]:
        """Every id."""
        return {node.attrs["id"] for node in self.root.walk() if "id" in node.attrs}

    @cached_property
    def links(self) -> list[str]:
        """Where its links lead."""
        return [a.attrs["href"] for a in self.root.find("a") if "href" in a.attrs]

    def numbers(self) -> Iterator[Number]:
        """Every number in sentences, tables and figures, with whether it leads to a source.

        A number leads there if it stands in a link; if the line of its table does; or if its paragraph, list
        item, caption or answer has, beside the numbers, words that link to the sources of that part; on the
        index, words that link to the report. Numbers in a figure lead there by its caption. Years, levels of
        intervals and ends of scales have no source (`numbers_in`), nor has what stands in the lists of
        sources, parameters and code themselves.
        """
        for block, pieces in self.blocks():
            if block.tag in ("h1", "h2", "h3", "summary"):
                continue
            kind = "table" if any(one.tag == "table" for one in block.up()) else "sentence"
            led = _led(block, kind)
            ends = list(accumulate(len(text) for text, _ in pieces))
            whole = "".join(text for text, _ in pieces)
            for found in numbers_in(whole):
                _, node = pieces[bisect_right(ends, found.start())]
                own = any(one.tag == "a" for one in node.up())
                around = whole[max(0, found.start() - 40) : found.end() + 30]
                yield Number(found.group(0), " ".join(around.split()), kind, led or own)
        for image, words in self.drawn:
            figure = next((one for one in image.up() if one.tag == "figure"), image)
            led = any(caption.sources for caption in figure.find("figcaption"))
            for word in words:
                for found in numbers_in(word):
                    yield Number(found.group(0), word, "figure", led)


def _led(block: Node, kind: str) -> bool:
    """Whether a block leads to the sources of all its numbers."""
    if kind == "table":
        line = next((one for one in block.up() if one.tag in ("tr", "table")), block)
        return bool(line.sources)
    figure = next((one for one in block.up() if one.tag == "figure"), None)
    if figure is not None:
        return any(caption.sources for caption in figure.find("figcaption"))
    around = next((one for one in block.up() if one.has("ldn-answer") or one.tag == "li"), block)
    return any(a.sources and not a.has("n") and re.search("[a-z]", a.text) for a in around.find("a"))


def _pieces(node: Node, folded: bool) -> Iterator[tuple[str, Node]]:
    if node.tag in NO_PROSE or node.has("unseen", "skip", *LISTS) or node.attrs.get("aria-hidden") == "true":
        return
    shut = node.tag == "details" and "open" not in node.attrs and not folded
    for part in node.inside:
        if isinstance(part, str):
            if part.strip() or part:
                yield part, node
        elif not shut or part.tag == "summary":
            yield from _pieces(part, folded)


def _words(text: str) -> int:
    return sum(any(letter.isalnum() for letter in word) for word in text.split())


def bold_words(source: str) -> list[str]:
    """The texts of an SVG in an address that are set in bold."""
    return [words for words, style in _svg(source) if re.search(r"\b(?:bold|[67]00)\b", style)]


def svg_words(source: str) -> list[str]:
    """The texts of an SVG that stands in an address."""
    return [words for words, _ in _svg(source)]


def _svg(source: str) -> list[tuple[str, str]]:
    """The texts of an SVG, each with what its tag says of its look."""
    if not source.startswith("data:image/svg+xml;base64,"):
        return []
    svg = base64.b64decode(source.partition(",")[2]).decode("utf-8")
    found = re.findall(r"<text([^>]*)>(.*?)</text>", svg, re.DOTALL)
    return [(unescape(re.sub(r"<[^>]*>", "", words)).strip(), look) for look, words in found]
