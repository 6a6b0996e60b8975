"""From an executed notebook to one HTML file that asks the network for nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import unescape
from typing import Any

from markupsafe import Markup

from ldn_analysis.errors import RenderError
from ldn_analysis.html import details, finished, slug, trusted
from ldn_analysis.render.arrange import Arranged, arrange, on_paper
from ldn_analysis.render.explore import address
from ldn_analysis.render.offline import offline
from ldn_analysis.render.preflight import source_of
from ldn_analysis.render.project import SUMMARY
from ldn_analysis.render.recorded import ALL_SOURCES, NOT_ADVICE, facts_of
from ldn_analysis.render.report import Job
from ldn_analysis.render.templates import TEMPLATES, fill
from ldn_analysis.render.traced import Part, Sources, read_part

LARGEST = 4 * 1024 * 1024
"""Largest allowed size of a page, in bytes: what still goes by mail; that of fifty trials has half of it."""

METHOD, COMPUTED = "## Method", "How it was computed"
"""The heading whose prose stands behind a line: who weighs the evidence opens it; and what the line says."""


def title_of(notebook: Mapping[str, Any], name: str) -> str:
    """The text of the notebook's first heading, without its marks."""
    for cell in notebook["cells"]:
        heading = re.search(r"^#\s+(.+?)\s*$", source_of(cell), re.MULTILINE)
        if heading and cell["cell_type"] == "markdown":
            return re.sub(r"[*_`#]", "", heading.group(1)).strip()
    raise RenderError(f"{name}: no title: a markdown cell must begin with '# '")


class _Contents:
    """The headings of second and third level, each with an id, as they come up."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self._taken: set[str] = set()

    @property
    def parts(self) -> list[dict[str, Any]]:
        """Those of second level."""
        return [entry for entry in self.entries if not entry["sub"]]

    def add(self, inner: str, level: int) -> str:
        """The id of a heading whose text, as HTML, is `inner`."""
        words = unescape(str(Markup(inner).striptags()))
        name = base = slug(words) or "part"
        while name in self._taken:
            name = f"{base}-{len(self._taken)}"
        self._taken.add(name)
        self.entries.append({"id": name, "words": words, "sub": level == 3})
        return name


def _prose(arranged: Arranged, contents: _Contents) -> tuple[dict[str, str], dict[str, int]]:
    """The HTML of each markdown cell by the cell's id, of the opening under an empty one, and in which part
    each cell stands; `contents` gets the headings."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    class Renderer(IPythonRenderer):
        def heading(self, text: str, level: int, **_attrs: Any) -> str:
            name = f' id="{contents.add(text, level)}"' if level in (2, 3) else ""
            return f"<h{level}{name}>{text}</h{level}>\n"

    def written(text: str, attachments: Mapping[str, Any]) -> str:
        heading, _, prose = text.partition("\n")
        if heading == METHOD and prose.strip():
            inside = trusted(written(prose, attachments))
            return written(heading, attachments) + finished(details(COMPUTED, inside, class_="ldn-fold"))
        return str(MarkdownWithMath(renderer=Renderer(escape=False, attachments=attachments)).render(text))

    prose_of, places = {"": written(arranged.opening, {})}, {"": 0}
    for cell in arranged.cells:
        if cell["cell_type"] == "markdown":
            prose_of[cell["id"]] = written(source_of(cell), cell.get("attachments", {}))
        places[cell["id"]] = len(contents.parts) - 1
    return prose_of, places


def _sources(arranged: Arranged, contents: _Contents, places: Mapping[str, int]) -> Sources:
    """Where the numbers of the page come from, part by part."""
    parts = [Part(entry["id"], entry["words"]) for entry in contents.parts]
    titles: dict[str, str] = {}
    for cell in arranged.cells:
        part = parts[places[cell["id"]]]
        part.results += cell.get("recorded", [])
        outputs = (output.get("data", {}).get("text/html", "") for output in cell.get("outputs", []))
        read_part(part, outputs, titles)
    return Sources(parts, titles)


def _traced(cell: dict[str, Any], sources: Sources, place: int) -> dict[str, Any]:
    """The cell with the numbers of its outputs linked to their sources; Markdown becomes HTML."""
    from nbconvert.filters.markdown import markdown2html

    outputs = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if "text/markdown" in data:
            data = {"text/html": markdown2html(data["text/markdown"]), **data}
        if "text/latex" in data:  # as it is written: its plain text may be no more than the name of an object
            output = {**output, "data": data | {"text/plain": data["text/latex"]}}
        if "text/html" in data:
            led = sources.rewrite(data["text/html"], place, result=True)
            output = {**output, "data": {**data, "text/html": led}}
        outputs.append(output)
    return {**cell, "outputs": outputs}


def make_page(
    job: Job, executed: Mapping[str, Any], recorded: Mapping[str, Any]
) -> tuple[str, list[dict[str, Any]]]:
    """The page of one executed notebook, and its contents: ``id words sub`` of each heading.

    Raises
    ------
    RenderError : it would fetch something, or is too large.
    """
    from nbconvert.filters.highlight import Highlight2HTML

    contents, highlighted = _Contents(), Highlight2HTML("python")
    contents.add("Answer", 2)
    arranged = arrange(executed["cells"])
    prose, places = _prose(arranged, contents)
    sources = _sources(arranged, contents, places)
    prose = {cell: sources.rewrite(text, places[cell]) for cell, text in prose.items()}
    contents.add("Parameters and code", 2)
    cells = on_paper([cell for cell in arranged.cells if cell["cell_type"] != "code" or cell["outputs"]])
    answer = recorded["answer"]
    page = {
        **job.page,
        "cells": [_traced(cell, sources, places[cell["id"]]) for cell in cells],
        "prose": prose,
        "not_advice": NOT_ADVICE,
        "stem": job.planned.stem,
        "brief": job.planned.notebook == SUMMARY,
        "running": json.dumps(job.page["heading"], ensure_ascii=False).replace("<", "\\3c "),
        "contents": contents.entries,
        "opening": prose[""],
        "parameters_table": arranged.parameters,
        "code": [(heading, highlighted(source), printed) for heading, source, printed in arranged.code],
        "script": (TEMPLATES / "report.js").read_text(encoding="utf-8"),
        "answer_box": fill(
            "answer",
            answer=answer,
            facts=facts_of(answer),
            heading=job.page["heading"],
            sources=sources.way(0) or ALL_SOURCES,
            linked=Markup(finished(sources.linked(answer["sentence"], 0, whole=True, rest=sources.way(0)))),
        ),
        "results_list": sources.listed(),
        "changed": recorded["parameters"]["said"],
        "explore": address(recorded["parameters"]["values"]),
        **recorded,
    }
    return offline("the page", fill("report", **page), LARGEST), contents.entries
