"""What a notebook shows: a finished table or sentence, and nothing after it."""

from __future__ import annotations

from dataclasses import dataclass

from ldn_analysis import html


@dataclass(frozen=True, slots=True)
class Table:
    """A finished table: `html` for a report, plain text everywhere else."""

    html: str
    text: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


def sentence(text: str) -> Table:
    """A result in words as a paragraph of its own, so that its numbers lead to their sources."""
    return Table(html.finished(html.element("p", text)), text)
