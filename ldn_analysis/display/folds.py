"""A figure as a part of a fold: what is looked up, not read, stands behind a line."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ldn_analysis import html
from ldn_analysis.display import publish
from ldn_analysis.display.output import Table
from ldn_analysis.display.publish import FIGURES, figure_html, to_svg
from ldn_analysis.display.words import minus_signs

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ldn_analysis.display.trail import Trail


def drawn(
    figure: Figure,
    *,
    alt: str,
    name: str,
    title: str = "",
    caption: str = "",
    trail: Trail | None = None,
    inputs: str | Sequence[str] = (),
    how: str = "",
) -> Table:
    """A figure as a part of a page that `folded` takes: its words and sources are those of `show`."""
    alt, title, said = publish._alt(alt), minus_signs(title), minus_signs(caption)
    wide = to_svg(figure, name)
    if os.environ.get(FIGURES):
        publish._keep(figure, wide, Path(os.environ[FIGURES]), name)
    draw_narrow: Callable[[], Figure] | None = getattr(figure, "narrow", None)
    narrow = draw_narrow() if draw_narrow else None
    below: list[html.Part] = [said]
    if trail is not None and inputs:
        below += [" ", trail.note(inputs, how, "Figure", title or said or name).link("Sources")]
    small = to_svg(narrow, f"{name}-narrow") if narrow else None
    page = figure_html(wide, small, alt, name, *below, title=title)
    for done in (figure, narrow):
        if done is not None:
            done.clear()
            publish._close(done)
    return Table(page, f"Figure: {alt}")
