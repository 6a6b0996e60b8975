"""The templates of what this room writes as HTML; every value that goes into one is escaped."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ldn_analysis.display.publish import image_uri
from ldn_analysis.display.words import minus_signs

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
"""What every page tells the browser: nothing is fetched, whatever the page holds."""


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    environment.globals |= {"policy": POLICY, "style": (TEMPLATES / "style.css").read_text(encoding="utf-8")}
    environment.filters |= {"image": image_uri, "minus_signs": minus_signs}
    return environment


def fill(name: str, **values: Any) -> str:
    """The template of that name with its values: text is escaped, and a missing value is an error."""
    return _environment().get_template(f"{name}.html.j2").render(**values)
