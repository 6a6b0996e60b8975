"""The order of a page: answer first, then what it shows, its parameters and all of its code last."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ldn_analysis import html
from ldn_analysis.render.preflight import source_of
from ldn_analysis.render.recorded import ANSWER, NOT_ADVICE, PARAMETERS, RESULT

CHECKED = "nbval-check-output"
"""The tag of cells whose printed lines the notebook tests compare."""
_HEADING = re.compile(r"^(#{1,3})\s+(.+?)\s*$", re.MULTILINE)
_LONE = re.compile(r"#{2,3}\s+[^\n]+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(slots=True)
class Arranged:
    """A page's parts in the order in which they are read.

    Attributes
    ----------
    opening : what the first cell says below its title, as Markdown.
    cells : cells with outputs and prose, without the answer, the parameters and any code; what a cell
        recorded stands under ``recorded``.
    parameters : the table of parameters, as HTML.
    code : all code: the heading under which it stood, its text, and the lines that it printed for the tests
        where no figure stands that they belong to.
    """

    opening: str = ""
    cells: list[dict[str, Any]] = field(default_factory=list)
    parameters: str = ""
    code: list[tuple[str, str, str]] = field(default_factory=list)
    _heading: str = ""
    _figure: str = ""
    """The words of the last figure under the heading, if it has one."""

    def add_prose(self, cell: Mapping[str, Any], *, first: bool) -> None:
        """Take a cell of Markdown; the first is the page's opening."""
        lines = source_of(cell).split("\n")  # without the notice that every page has at its foot
        text = "\n".join(line for line in lines if line.replace("*", "") != NOT_ADVICE).rstrip()
        if first:
            text = self.opening = re.sub(r"\A\s*#\s+.+$", "", text, count=1, flags=re.MULTILINE).strip()
        elif text.strip().lower() != "## answer":
            self.cells.append({**cell, "source": text})
        if headings := _HEADING.findall(text):
            self._heading, self._figure = headings[-1][1], ""

    def add_code(self, cell: Mapping[str, Any]) -> None:
        """Take a cell of code: its text, its outputs and what it recorded, each to its place."""
        outputs: list[dict[str, Any]] = []
        recorded: list[Any] = []
        printed = ""
        for output in cell["outputs"]:
            data = output.get("data", {})
            if PARAMETERS in data:
                self.parameters = data["text/html"]
            elif RESULT in data:
                recorded.append(data[RESULT])
            elif ANSWER in data:
                continue
            elif not _checked(output, cell):
                outputs.append(dict(output))
                self._figure = _figure_words(output) or self._figure
            elif self._figure:
                label = values_label(output["text"], self._figure)
                outputs.append({**output, "metadata": {"label": label}})
            else:
                printed += output["text"]
        if source_of(cell).strip():
            self.code.append((self._heading, source_of(cell), printed))
        if outputs or recorded:
            self.cells.append({**cell, "source": "", "outputs": outputs, "recorded": recorded})


def arrange(cells: Sequence[Mapping[str, Any]]) -> Arranged:
    """Take apart an executed notebook's cells and put them into the order of a page.

    The answer is left out, since the page shows it on top; so is a heading that says only "Answer".
    """
    page = Arranged()
    for number, cell in enumerate(cells):
        if cell["cell_type"] == "code":
            page.add_code(cell)
        else:
            page.add_prose(cell, first=number == 0)
    return page


def on_paper(cells: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The cells of a page, marked for paper under ``paper`` in their metadata.

    ``folds``: nothing but closed folds, which are not printed; ``bare``: a heading over nothing but those;
    ``first`` and ``last``: a heading and the figure below it.
    """
    marks = ["folds" if cell["cell_type"] == "code" and _folds(cell) else "" for cell in cells]
    for at, cell in enumerate(cells):
        if cell["cell_type"] == "code" or not _LONE.fullmatch(source_of(cell).strip()):
            continue
        below = at + 1
        while below < len(cells) and cells[below]["cell_type"] == "code":
            below += 1
        ends = below == len(cells) or source_of(cells[below]).lstrip().startswith("#")
        if ends and set(marks[at + 1 : below]) == {"folds"}:
            marks[at] = "bare"
        elif below == at + 2 and _figure_words(cells[at + 1]["outputs"][0]):
            marks[at : at + 2] = ["first", "last"]
    return [
        {**cell, "metadata": {**cell["metadata"], "paper": mark}}
        for cell, mark in zip(cells, marks, strict=True)
    ]


def _folds(cell: Mapping[str, Any]) -> bool:
    """Whether a cell shows closed folds alone."""
    return all(
        output["data"]["text/html"].startswith("<details")
        if "text/html" in output.get("data", {})
        else _checked(output, cell)
        for output in cell["outputs"]
    )


def values_label(printed: str, shown: str) -> str:
    """What a fold of printed values below a figure is called: it says when it holds more than the figure."""
    more = set(_NUMBER.findall(printed)) - set(_NUMBER.findall(shown))
    return "Values in this figure, and more" if more else "Values in this figure"


def _checked(output: Mapping[str, Any], cell: Mapping[str, Any]) -> bool:
    """Whether these are printed lines that the notebook tests compare."""
    return output["output_type"] == "stream" and CHECKED in cell["metadata"].get("tags", [])


def _figure_words(output: Mapping[str, Any]) -> str:
    """Every word and number that a figure shows or says; nothing for other outputs."""
    about, data = output.get("metadata", {}), output.get("data", {})
    if "alt" not in about:
        return ""
    drawing = html.tree(html.trusted(data.get("image/svg+xml", "")))
    return " ".join((*drawing.itertext(), about["alt"], about.get("caption", "")))
