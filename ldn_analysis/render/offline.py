"""What a browser would fetch to show a page: read from its elements and styles, never from its words."""

from __future__ import annotations

import re
from html.parser import HTMLParser

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


def fetched(html: str) -> list[str]:
    """The addresses that the page would ask for, with the element; none is what every page must have."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.asked


def _own(address: str) -> bool:
    """Whether an address lies in the page itself."""
    return not address or address.startswith("#") or address.lower().startswith("data:")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.asked: list[str] = []
        self._styles: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "style":
            self._styles = []
        for name, value in attrs:
            text = (value or "").strip()
            if name == "style":
                self._style(tag, text)
            elif name in ("srcset", "imagesrcset"):
                # A data URI holds commas; what else is a list of addresses is refused by its first.
                self._ask(tag, name, text)
            elif name in _ATTRIBUTES or (name == "href" and tag in _HREF):
                self._ask(tag, name, text)
            elif name == "http-equiv" and text.lower() == "refresh":
                self._ask(tag, name, "another page")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self._styles = None

    def handle_data(self, data: str) -> None:
        if self._styles is not None:
            self._styles.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "style" and self._styles is not None:
            self._style(tag, "".join(self._styles))
            self._styles = None

    def _style(self, tag: str, text: str) -> None:
        for found in _ADDRESS.finditer(_COMMENT.sub(" ", text)):
            address = next((part for part in found.groups() if part is not None), "").strip()
            if found.group(0).startswith("@") or not _own(address):
                self._ask(tag, "style", address or "@import")

    def _ask(self, tag: str, name: str, address: str) -> None:
        if not _own(address):
            self.asked.append(f"{address[:120]} (<{tag} {name}>)")
