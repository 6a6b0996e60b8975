"""From an executed notebook to one HTML file that asks the network for nothing."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Mapping
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ldn_analysis.errors import RenderError
from ldn_analysis.render.preflight import source_of
from ldn_analysis.render.record import NOT_ADVICE

if TYPE_CHECKING:
    from ldn_analysis.render.job import Job

__all__ = [
    "LARGEST",
    "POLICY",
    "STAMP",
    "TEMPLATES",
    "make_page",
    "offline",
    "stamp_page",
    "style",
    "title_of",
]

TEMPLATES = Path(__file__).parent / "templates"
LARGEST = 2 * 1024 * 1024
"""Largest allowed size of a page, in bytes."""
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
STAMP = "<!--ldn:stamp-->"
_TOC = "<!--ldn:toc-->"
_HEADING = re.compile(r"<h([23])>(.*?)</h\1>", re.DOTALL)  # as nbconvert writes those of markdown cells
_TAG = re.compile(r"<[^>]+>")
_FETCHED = re.compile(
    r"""<(?:script|img|link|iframe|source|object|embed|video|audio)\b[^>]*?\b(?:src|href|srcset|data)\s*=\s*["']?\s*"""
    r"""((?!data:|\#)[^"'\s>]+)|url\(\s*["']?((?:https?:)?//[^)"']+)|@import""",
    re.IGNORECASE,
)


@functools.cache
def style() -> str:
    """The style sheet of every page."""
    return (TEMPLATES / "style.css").read_text(encoding="utf-8")


def title_of(notebook: Mapping[str, Any], name: str) -> str:
    """The text of the notebook's first heading, without its marks."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            found = re.search(r"^#\s+(.+?)\s*$", source_of(cell), re.MULTILINE)
            if found:
                return re.sub(r"[*_`#]", "", found.group(1)).strip()
    raise RenderError(f"{name}: no title: a markdown cell must begin with '# '")


def offline(html: str) -> list[str]:
    """What a browser would fetch to show `html`; an empty list is what every page must have."""
    return [found.group(0)[:120] for found in _FETCHED.finditer(html)]


def _contents(html: str) -> str:
    """The page with an id for each second- and third-level heading, and a table of contents."""
    items: list[str] = []
    taken: set[str] = set()

    def name(found: re.Match[str]) -> str:
        level, inner = found.groups()
        words = unescape(_TAG.sub("", inner)).strip()
        slug = base = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-") or "part"
        while slug in taken:
            slug = f"{base}-{len(taken)}"
        taken.add(slug)
        kind = ' class="sub"' if level == "3" else ""
        items.append(f'<li{kind}><a href="#{slug}">{escape(words)}</a></li>')
        return f'<h{level} id="{slug}">{inner}</h{level}>'

    html = _HEADING.sub(name, html)
    listed = f"<p>Contents</p>\n<ol>{''.join(items)}</ol>" if items else ""
    return html.replace(_TOC, listed, 1)


def make_page(job: Job, executed: Mapping[str, Any], recorded: Mapping[str, Any]) -> str:
    """The page of one executed notebook, all but its stamp of date and time (see `stamp_page`)."""
    import nbformat
    from nbconvert.exporters.html import HTMLExporter

    exporter = HTMLExporter(
        template_name="report",
        extra_template_basedirs=[str(TEMPLATES)],
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
        mathjax_url="",
        require_js_url="",
    )
    page = {
        **job.page,
        "style": style(),
        "policy": POLICY,
        "not_advice": NOT_ADVICE,
        "stem": job.stem,
        **recorded,
    }
    html, _ = exporter.from_notebook_node(nbformat.from_dict(executed), resources={"ldn": page})
    html = _contents(html)
    fetched = offline(html)
    if fetched:
        raise RenderError(f"the page would ask the network for {fetched[0]}")
    size = len(html.encode("utf-8"))
    if size > LARGEST:
        raise RenderError(f"the page has {size / 1024**2:.1f} MB, the limit is {LARGEST / 1024**2:g} MB")
    return html


def stamp_page(html: str, at: str) -> tuple[str, str]:
    """The page with its date and time, and its hash; nothing else in it differs between two renders."""
    line = f'<p class="stamp">Rendered <time datetime="{escape(at)}">{escape(at)}</time>.</p>'
    stamped = html.replace(STAMP, line, 1)
    return stamped, hashlib.sha256(stamped.encode("utf-8")).hexdigest()
