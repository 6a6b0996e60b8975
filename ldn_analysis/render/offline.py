"""What a browser would fetch to show a page: read from its elements and styles, never from its words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement, document_fromstring

from ldn_analysis.errors import RenderError

_ATTRIBUTES = {
    "src",
    "srcset",
    "poster",
    "data",
    "background",
    "xlink:href",
    "imagesrcset",
    "manifest",
    "lowsrc",
}
_HREF = {"link", "image", "use", "feimage", "base"}
"""Elements whose ``href`` is fetched (or, of ``base``, moves every other address); of ``a`` it is not."""
_ADDRESS = re.compile(
    r"""url\(\s*(?:"([^"]*)"|'([^']*)'|([^)"']*))\s*\)|@import\s+(?:"([^"]*)"|'([^']*)')""", re.I
)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def offline(name: str, html: str, most: int) -> str:
    """The page itself; `RenderError` where it has more bytes than `most`, or would fetch something."""
    size = len(html.encode("utf-8"))
    if size > most:
        raise RenderError(f"{name} has {size:,} bytes, the limit is {most:,}")
    if addresses := fetched(html):
        raise RenderError(f"{name} would ask the network for {addresses[0]}")
    return html


def fetched(html: str) -> list[str]:
    """The addresses that the page would ask for, with the element; none is what every page must have."""
    return [
        f"{address[:120]} (<{node.tag} {name}>)"
        for node in document_fromstring(html).iter("*")
        for name, address in _references(node)
        if address and not address.lower().startswith(("#", "data:"))  # those lie in the page itself
    ]


def _references(node: HtmlElement) -> Iterator[tuple[str, str]]:
    """What an element may ask for: the attribute (or ``style``), and the address."""
    for name, value in node.attrib.items():
        text = value.strip()
        if name == "style":
            yield from _in_style(text)
        elif name in _ATTRIBUTES or (name == "href" and node.tag in _HREF):
            # A data URI holds commas; what else is a list of addresses is refused by its first.
            yield name, text
        elif name == "http-equiv" and text.lower() == "refresh":
            yield name, "another page"
    if node.tag == "style":
        yield from _in_style(node.text or "")


def _in_style(text: str) -> Iterator[tuple[str, str]]:
    for match in _ADDRESS.finditer(_COMMENT.sub(" ", text)):
        address = next((part for part in match.groups() if part is not None), "").strip()
        yield "style", address or ("@import" if match.group(0).startswith("@") else "")
