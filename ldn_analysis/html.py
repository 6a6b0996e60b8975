"""The one place that writes HTML: text goes in as text and is escaped, elements go into elements.

Built on htmltools (which is imported at the first element, not with the package). `finished` makes the
string, last of all: nothing is cut out of finished HTML or put into it. Reports and index are templates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from htmltools import HTML, Tag, TagList
    from lxml.html import HtmlElement

    Part: TypeAlias = str | HTML | Tag | TagList | None
    Attribute: TypeAlias = str | int | None

MISSING = "–"
"""What stands in a cell without a value; a card on a phone leaves the cell out."""


def element(tag: str, *inside: Part, **attributes: Attribute) -> Tag:
    """An element without white space of its own; ``data_note`` becomes ``data-note``, ``class_`` ``class``.

    Strings inside it, and attributes, are escaped; None is left out.
    """
    from htmltools import Tag

    return Tag(tag, *inside, _add_ws=False, **attributes)


def trusted(markup: str) -> HTML:
    """HTML or SVG that is finished and ours (what a result shows of itself, a drawing); never data."""
    from htmltools import HTML

    return HTML(markup)


def finished(*parts: Part) -> str:
    """The parts one after the other, as a string."""
    from htmltools import TagList

    return TagList(*parts).get_html_string(add_ws=False)


def tree(*parts: Part) -> HtmlElement:
    """The parts below an element of their own, to be read or changed; `written` makes a string of it."""
    from lxml.html import Element, fragment_fromstring

    markup = finished(*parts)
    return fragment_fromstring(markup, create_parent=True) if markup.strip() else Element("div")


def written(root: HtmlElement) -> str:
    """What stands in the element that `tree` makes, as a string."""
    from lxml.html import tostring

    markup = str(tostring(root, encoding="unicode")).removeprefix("<div>").removesuffix("</div>")
    return markup.replace("</source>", "")  # libxml2 ends what HTML 5 does not


def slug(text: str) -> str:
    """An id from words: small letters and digits joined by hyphens, empty if there are none."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def link(to: str, *inside: Part, **attributes: Attribute) -> Tag:
    """A link to an address, or to an id as ``#id``."""
    return element("a", *inside, href=to, **attributes)


def note(*inside: Part) -> Tag:
    """A line below a table."""
    return element("p", *inside, class_="ldn-note")


def items(parts: Iterable[Part], *, ordered: bool = False, **attributes: Attribute) -> Tag:
    """A list; a part that is a list item stays as it is."""
    inside = (part if getattr(part, "name", "") == "li" else element("li", part) for part in parts)
    return element("ol" if ordered else "ul", *inside, **attributes)


def details(summary: Part, *inside: Part, **attributes: Attribute) -> Tag:
    """A line that folds out what is inside."""
    return element("details", element("summary", summary), *inside, **attributes)


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading, and how its cells stand.

    Attributes
    ----------
    head : the words of the heading.
    align : ``"left"`` or ``"right"``; empty leaves it to the page.
    wide : a column of sentences: wide enough to read, on a phone by scrolling the table.
    whole : a column of estimates with their intervals, none of which is broken into two lines.
    """

    head: str
    align: str = ""
    wide: bool = False
    whole: bool = False

    def style(self, *, heading: bool = False) -> str | None:
        """The style of a cell, or of the heading (which alone sets the width)."""
        align = [f"text-align:{self.align}"] if self.align else []
        align += ["white-space:nowrap"] if (self.whole or self.align == "right") and not heading else []
        return ";".join([*align, *(["min-width:min(14em,45vw)"] if heading and self.wide else [])]) or None


def table(caption: Part, columns: Sequence[Column | str], rows: Iterable[Sequence[Part]]) -> Tag:
    """A table that a screen reader can follow: a caption, headings with scope; a row's first cell heads it.

    Parameters
    ----------
    caption : what the table says.
    columns : headings, as text or `Column`; without any heading at all (all empty) there is no head.
    rows : cells as text or elements, one for each column.
    """
    shown = [column if isinstance(column, Column) else Column(column) for column in columns]
    heads = [element("th", c.head, scope="col", style=c.style(heading=True)) for c in shown]
    body = [
        element(
            "tr",
            *(
                element(
                    "td" if j else "th",
                    cell,
                    scope=None if j else "row",
                    style=column.style(),
                    data_head=column.head.strip() if j else None,
                    class_="none" if j and cell == MISSING else None,
                )
                for j, (column, cell) in enumerate(zip(shown, cells, strict=True))
            ),
        )
        for cells in rows
    ]
    return element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *heads)) if any(c.head for c in shown) else None,
        element("tbody", *body),
    )


_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}"
    "table{border-collapse:collapse}"
    "th,td{border-bottom:1px solid #999;padding:.3rem .6rem;text-align:left}"
    "caption{font-weight:bold;text-align:left}"
)


def page(title: str, *inside: Part) -> str:
    """A small page that needs nothing else: its title, once more as the heading, and what is inside."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("title", title),
        element("meta", name="viewport", content="width=device-width,initial-scale=1"),
        element("style", _STYLE),
    )
    notice = element("p", "This is research, not medical advice.")
    body = element("body", element("main", element("h1", title), *inside, notice))
    return "<!doctype html>" + finished(element("html", head, body, lang="en")) + "\n"
