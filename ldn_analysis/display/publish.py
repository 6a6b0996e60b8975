"""Put a figure into a notebook: an image that has words for those who cannot see it, and the same bytes each
time."""

from __future__ import annotations

import base64
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NotRequired, TypedDict

from ldn_analysis import html
from ldn_analysis.display.output import Table
from ldn_analysis.display.style import theme
from ldn_analysis.display.trail import Trail
from ldn_analysis.display.words import minus_signs
from ldn_analysis.errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURES = "LDN_FIGURES"
"""Environment variable: a folder into which `show` also saves each figure, as SVG and as PNG."""

SHORTEST_ALT = 25
"""Letters that an alt text needs at least: "forest plot" tells nothing."""

_HOLLOW = re.compile(r"(?i)^\s*(a |the )?(figure|plot|chart|graph|image|picture|diagram)\b[\s\d.:]*$")


_NO_METADATA: dict[str, None] = dict.fromkeys(("Date", "Creator", "Format", "Type"))

# Letters stay letters in the SVG: a tenth of the size of outlines. Verdana has the widths of DejaVu Sans, the
# others are narrower, so that columns laid out for DejaVu Sans never run into each other.
_FONTS = "'DejaVu Sans', Verdana, 'Noto Sans', Roboto, Arial, sans-serif"


def to_svg(figure: Figure, name: str = "figure") -> str:
    """The figure as SVG text: no date in it, identifiers that depend on `name` and the drawing alone."""
    import matplotlib as mpl

    with theme(), mpl.rc_context({"svg.hashsalt": f"ldn-{name}"}):
        file = BytesIO()
        _print_svg(figure, file)
    text = file.getvalue().decode("utf-8")
    text = text[text.index("<svg") :]
    text = text.replace("'DejaVu Sans', sans-serif", _FONTS).replace("'DejaVu Sans'\"", f'{_FONTS}"')
    text = re.sub(r"\n\s+", "\n", text)
    return re.sub(r"(?<=>)[^<>]+(?=</)", lambda match: minus_signs(match.group(0)), text)


def _print_svg(figure: Figure, file: BytesIO) -> None:
    """Lay the figure out and write it, in one pass: `savefig` draws it once more before, for the layout."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    canvas, dpi = figure.canvas, figure.dpi
    try:
        FigureCanvasSVG(figure).print_svg(file, metadata=_NO_METADATA)
    finally:
        figure.set_canvas(canvas)
        figure.dpi = dpi


def to_png(figure: Figure, dpi: int = 300) -> bytes:
    """The figure as PNG at print resolution, with no date or version in it."""
    with theme():
        file = BytesIO()
        figure.savefig(file, format="png", dpi=dpi, metadata={"Software": None})
    return file.getvalue()


def save(figure: Figure, path: str | Path) -> Path:
    """Write the figure to `path`, which ends in ``.svg`` or ``.png``; the path comes back."""
    path = Path(path)
    if path.suffix == ".svg":
        path.write_text(to_svg(figure, path.stem), encoding="utf-8")
    elif path.suffix == ".png":
        path.write_bytes(to_png(figure))
    else:
        raise InputError(f"path ends in {path.suffix!r}: must be one of '.svg', '.png'")
    return path


class Picture(TypedDict):
    """A figure with its words: the arguments of `show`."""

    figure: Figure
    alt: str
    name: str
    title: NotRequired[str]
    caption: NotRequired[str]
    inputs: NotRequired[Sequence[str]]
    how: NotRequired[str]
    narrow_on_paper: NotRequired[bool]


def image_uri(data: Mapping[str, str]) -> str:
    """The image of what a notebook shows (SVG as text, others in base64) as a data URI; empty without one."""
    if svg := data.get("image/svg+xml"):
        return "data:image/svg+xml;base64," + base64.b64encode(svg.encode("utf-8")).decode("ascii")
    kind = next((kind for kind in ("image/png", "image/jpeg", "image/gif") if kind in data), "")
    return f"data:{kind};base64,{data[kind].strip()}" if kind else ""


def _uri(svg: str) -> str:
    return image_uri({"image/svg+xml": svg})


def figure_html(
    wide: str,
    narrow: str | None,
    alt: str,
    name: str,
    *below: html.Part,
    title: str | None = None,
    narrow_on_paper: bool = False,
) -> str:
    """A figure element that needs no script: what it shows, the page's SVG, on small screens the phone's, and
    what stands `below` it.

    The style sheet chooses between the two: browsers choose among the sources of a picture for the screen
    alone, so that a page printed from a phone had the phone's. With `narrow_on_paper` paper gets the phone's.
    """
    other = None
    if narrow:
        kind = "narrow on-paper" if narrow_on_paper else "narrow"
        other = html.element("img", class_=kind, alt=alt, src=_uri(narrow), hidden="")
    image = html.element("img", alt=alt, src=_uri(wide), style="max-width:100%;height:auto;background:#fff")
    return html.finished(
        html.element(
            "figure",
            html.element("p", title, class_="ldn-figure-title") if title else None,
            image,
            other,
            html.element("figcaption", *below) if any(below) else None,
            class_="ldn-figure",
            id=f"figure-{name}" if name != "figure" else None,
            style="margin:1rem 0;max-width:100%",
        )
    )


def _published(
    figure: Figure, about: Mapping[str, str], source: html.Part, narrow_on_paper: bool
) -> tuple[str, str]:
    """The page's SVG of a figure and its HTML, with its `source` in the caption; the figure is released."""
    wide, name = to_svg(figure, about["name"]), about["name"]
    if os.environ.get(FIGURES):
        _keep(figure, wide, Path(os.environ[FIGURES]), name)
    draw_narrow: Callable[[], Figure] | None = getattr(figure, "narrow", None)
    narrow_figure = draw_narrow() if draw_narrow else None
    narrow = to_svg(narrow_figure, f"{name}-narrow") if narrow_figure is not None else None
    below = [about["caption"], *([" ", source] if source is not None else [])]
    page = figure_html(
        wide, narrow, about["alt"], name, *below, title=about["title"], narrow_on_paper=narrow_on_paper
    )
    pyplot = sys.modules.get("matplotlib.pyplot")
    for done in (figure, narrow_figure):
        if done is not None:
            done.clear()
            if pyplot is not None:  # which may have made it: no notebook shows it a second time
                pyplot.close(done)
    return wide, page


def _about(alt: str, name: str | None, title: str | None, caption: str | None) -> dict[str, str]:
    """The words of a figure, checked, with true minus signs."""
    if not isinstance(alt, str) or len(alt.strip()) < SHORTEST_ALT or _HOLLOW.match(alt):
        raise InputError(
            f"alt is {alt!r}: must say in words what the figure shows, in at least {SHORTEST_ALT} letters"
        )
    words = {"title": minus_signs(title or ""), "caption": minus_signs(caption or "")}
    return {"alt": minus_signs(" ".join(alt.split())), "name": name or "figure", **words}


def _source(
    about: Mapping[str, str], trail: Trail | None, inputs: str | Sequence[str], how: str
) -> html.Part:
    """The way to where a figure's numbers come from, where that is said."""
    if trail is None or not inputs:
        return None
    line = about["title"] or about["caption"] or about["name"]
    return trail.note(inputs, how, "Figure", line).link("Sources", spoken=f"Sources: {line}")


def show(
    figure: Figure,
    *,
    alt: str,
    name: str | None = None,
    title: str | None = None,
    caption: str | None = None,
    trail: Trail | None = None,
    inputs: str | Sequence[str] = (),
    how: str = "",
    narrow_on_paper: bool = False,
) -> None:
    """Show `figure` in a notebook as SVG, with `alt` for screen readers and a version for phones, and
    release it.

    Parameters
    ----------
    figure : matplotlib Figure. If it has a ``narrow`` function (`style.responsive`), that gives the phone
        version.
    alt : what the figure shows, in words and with its numbers, at least `SHORTEST_ALT` letters.
    name : a short name; becomes the element's id (``figure-<name>``) and the name that exports use.
    title : the finding in a line, shown above the figure.
    caption : a line below the figure.
    trail, inputs, how : where its numbers come from, as for `display.table`; the caption then leads there.
        A figure without them leads to the sources of its part of the report.
    narrow_on_paper : whether paper gets the phone version, for two figures side by side.

    Notes
    -----
    The output's metadata hold ``alt``, ``name`` and ``caption``, so that any template can keep them. Where
    the environment variable `FIGURES` names a folder, the figure is saved there too, for print.

    Raises
    ------
    InputError : `alt` is missing, short or says only that this is a figure; or a figure of this name has been
        saved already.
    """
    from IPython.display import display

    about = _about(alt, name, title, caption)
    svg, page = _published(figure, about, _source(about, trail, inputs, how), narrow_on_paper)
    data = {"image/svg+xml": svg, "text/html": page, "text/plain": f"Figure: {about['alt']}"}
    display(data, metadata={**about, "image/svg+xml": about}, raw=True)


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
    about = _about(alt, name, title, caption)
    _, page = _published(figure, about, _source(about, trail, inputs, how), False)
    return Table(page, f"Figure: {about['alt']}")


def _keep(figure: Figure, svg: str, folder: Path, name: str) -> None:
    """Save a shown figure for print; two of one name would be one file."""
    if (folder / f"{name}.svg").exists():
        raise InputError(f"name is {name!r}: another figure has that name")
    (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
    (folder / f"{name}.png").write_bytes(to_png(figure))
