"""One look for every figure: colours that differ for colour-blind readers and in grey, sizes that survive
print.

Colours are Okabe and Ito's eight (jfly.uni-koeln.de/color, 2008), each always with the same meaning; their
orange and sky blue are darkened to a contrast of 3:1 on white (WCAG 2.2, 1.4.11), yellow always has a dark
outline. Nothing is told by colour alone. Text is laid out in DejaVu Sans, which comes with matplotlib: the
layout is the same on every machine. Every figure is drawn twice from the same data, for a page and for a
phone: see `responsive`.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS: dict[str, str] = {
    "black": "#000000",
    "orange": "#C98600",
    "sky": "#3C9BD3",
    "green": "#009E73",
    "yellow": "#F0E442",
    "blue": "#0072B2",
    "vermilion": "#D55E00",
    "purple": "#CC79A7",
}
"""The palette by name."""

INK = "#1f2933"
MUTED = "#52606d"
FAINT = "#cbd2d9"
BAND = "#e8f1f8"

MEANING: dict[str, str] = {
    "study": INK,
    "summary": COLOURS["blue"],
    "prediction": COLOURS["vermilion"],
    "threshold": COLOURS["green"],
    "excluded": "#6b7780",
    "ldn": COLOURS["blue"],
    "placebo": COLOURS["orange"],
}
"""What a colour stands for, the same in every figure."""

BIAS: dict[str, tuple[str, str, str]] = {
    "low": ("+", COLOURS["green"], "low risk"),
    "some concerns": ("!", COLOURS["yellow"], "some concerns"),
    "high": ("×", COLOURS["vermilion"], "high risk"),
    "no information": ("?", "#9aa5b1", "not judged"),
}
"""Symbol, colour and words of each risk-of-bias judgement (Sterne 2019; robvis)."""

WIDE = 8.8
"""Width in inches of the page version of a figure."""
NARROW = 3.9
"""Width in inches of the phone version: 360 CSS pixels and a little, at the same letter size."""

_RC: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9.5,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9.5,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": "#e4e7eb",
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "figure.dpi": 96,
    "svg.fonttype": "none",
    "svg.hashsalt": "ldn",
    "text.parse_math": False,
}


@contextmanager
def theme() -> Iterator[None]:
    """matplotlib settings of the house while the block runs; the reader's own settings come back after it.

    A label in a script that the drawing's font lacks gives no warning: in an SVG its letters are text, which
    the reader's own fonts draw.
    """
    import matplotlib as mpl

    with mpl.rc_context(_RC), warnings.catch_warnings():  # type: ignore[arg-type]
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from")
        yield


def paper(width: float, height: float, layout: Literal["constrained"] | None = None) -> Figure:
    """An empty figure of `width` x `height` inches that pyplot does not know of."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout=layout)
    FigureCanvasAgg(figure)
    return figure


def new_figure(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure with one axes, laid out by itself."""
    figure = paper(width, height, "constrained")
    return figure, figure.add_subplot()


def sheet(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure whose one axes is its paper: places in inches, from the top left, and no frame."""
    figure, axes = new_figure(width, height)
    figure.set_layout_engine("none")
    axes.set_position((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    return figure, axes


def responsive(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Give a drawing function, which takes ``width`` in inches, its page version and keep its phone version.

    The figure that comes back is `WIDE`; its ``narrow`` attribute is a function that draws the same data
    `NARROW`, which `show` calls. A reader on a phone so gets letters of the size that a reader at a desk
    gets.
    """

    @functools.wraps(draw)
    def drawn(*args: Any, width: float = WIDE, **kwargs: Any) -> Figure:
        with theme():
            figure = draw(*args, width=width, **kwargs)
        if width > NARROW:
            figure.narrow = functools.partial(drawn, *args, width=NARROW, **kwargs)  # type: ignore[attr-defined]
        return figure

    return drawn


def tidy(axes: Axes, *, left: bool = False) -> None:
    """Take away the frame lines that carry nothing; keep the lower one, and the left one if `left`."""
    axes.spines["left"].set_visible(left)
    if not left:
        axes.tick_params(axis="y", length=0)
