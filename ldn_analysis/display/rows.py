"""Intervals in rows, with text in aligned columns: what forest plots, ladders and sweeps have in common.

`draw` measures every text before it places it, so that no column runs into the next whatever the labels. On
a page the columns stand beside the intervals (metafor's ``forest.rma``); on a phone they stand above them.
"""

from __future__ import annotations

import bisect
import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ldn_analysis.display import style
from ldn_analysis.display.axes import THRESHOLD, ZERO, cut_line
from ldn_analysis.display.style import INK, MEANING, MUTED

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Mark = Literal["square", "diamond", "dot", "bar", "none"]

GAP = 0.14
LINE = 0.175
SIZE = 9.5
SMALL = 9
LABEL = 1.75
CELL = 0.95
PLOT = 2.1
ROOMY = 2.4
"""Inches of a plot that can spare some for the labels: of `WIDER` the lowest that leaves as much is taken."""
WIDER = ((LABEL, 1.6), (2.2, CELL), (2.2, 1.6), (2.8, CELL), (2.8, 1.6))
SMALLER = "too small to matter"
"""What a band means: it stands above the band on a page, below the plot on a phone."""
WORD = 14
"""Letters of a word that is never cut: no number of a figure is longer."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a plot of intervals.

    `left` and `right` are texts for the columns on either side of it, `sub` is a small line below the label,
    `expected` is an open diamond.
    """

    label: str
    estimate: float = math.nan
    lower: float = math.nan
    upper: float = math.nan
    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    mark: Mark = "square"
    weight: float = math.nan
    colour: str = INK
    bold: bool = False
    sub: str = ""
    expected: float = math.nan

    @property
    def drawn(self) -> bool:
        """Whether there is something to draw: an interval, or an estimate that has none."""
        return self.mark != "none" and (math.isfinite(self.estimate) or math.isfinite(self.lower))

    @property
    def ends(self) -> tuple[float, float]:
        """Ends of what is drawn; the estimate twice if it has no interval."""
        if math.isfinite(self.lower) and math.isfinite(self.upper):
            return self.lower, self.upper
        return self.estimate, self.estimate


@dataclass(frozen=True, slots=True)
class Look:
    """What surrounds the rows: headings, the axis, the line of no difference, the band, the notes below; a
    dotted line at `guide`, whose name stands where it meets the axis."""

    label_head: str = ""
    left_heads: tuple[str, ...] = ()
    right_heads: tuple[str, ...] = ()
    xlabel: str = ""
    favours: tuple[str, str] = ("favours LDN", "favours placebo")
    band: tuple[float, float] | None = None
    limits: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()
    guide: float | None = None
    guide_name: str = ""


@functools.lru_cache(maxsize=8192)
def text_width(text: str, size: float = SIZE, bold: bool = False) -> float:
    """Width of `text` in inches as DejaVu Sans sets it."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    if not text:
        return 0.0
    prop = FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")
    width, _, _ = text_to_path.get_text_width_height_descent(text, prop, ismath=False)
    return float(width) / 72.0


def _pieces(word: str, width: float, size: float, bold: bool) -> list[str]:
    """A word that is too long for a line in parts that fit, of one letter at least."""
    parts, long = [], len(word) > WORD
    while long and len(word) > 1 and text_width(word, size, bold) > width:
        ends = [word[:letters] for letters in range(1, len(word))]
        most = max(1, bisect.bisect_right(ends, width, key=lambda part: text_width(part, size, bold)))
        parts.append(word[:most])
        word = word[most:]
    return [*parts, word]


def wrap(text: str, width: float, size: float = SIZE, bold: bool = False) -> list[str]:
    """`text` in lines of at most `width` inches, broken at spaces (not at no-break spaces); a longer word has
    its own line, and one of more than `WORD` letters is cut."""
    lines: list[str] = []
    words = filter(None, text.replace("\n", " ").split(" "))
    for word in (part for whole in words for part in _pieces(whole, width, size, bold)):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines or [""]


def wrapped(
    texts: Sequence[str], width: float, size: float = SIZE, bold: bool = False
) -> tuple[list[str], float]:
    """Texts broken into lines (`wrap`), and the inches that the longest of them needs beyond one line."""
    broken = ["\n".join(wrap(text, width, size, bold)) for text in texts]
    return broken, size / 60 * max((text.count("\n") for text in broken), default=0)


def _limits(rows: Sequence[Row], look: Look) -> tuple[float, float]:
    """Range of the axis: every interval but prediction bars, which may be cut (and get an arrow), and the
    band."""
    if look.limits is not None:
        return look.limits
    ends = [v for r in rows if r.drawn and r.mark != "bar" for v in r.ends]
    ends += [r.expected for r in rows if math.isfinite(r.expected)]
    ends += [look.guide] if look.guide is not None and look.guide_name else []
    bars = [v for r in rows if r.drawn and r.mark == "bar" for v in r.ends]
    ends += [0.0, *(look.band or ())] if look.band is None or abs(look.band[0]) < math.inf else []
    if not ends:
        return (-1.0, 1.0)
    low, high = min(ends), max(ends)
    span = max(high - low, 1e-9)
    if bars:
        low, high = max(min([low, *bars]), low - 0.6 * span), min(max([high, *bars]), high + 0.6 * span)
    pad = 0.04 * (high - low)
    return low - pad, high + pad


def _mark(axes: Axes, row: Row, y: float, limits: tuple[float, float], tallest: float) -> None:
    """Draw one interval at height `y`; an end beyond the axis becomes an arrowhead."""
    from matplotlib.patches import Polygon

    if math.isfinite(row.expected):
        axes.plot([row.expected], [y], "D", ms=8, mfc="none", mec=MEANING["prediction"], mew=1.6, zorder=5)
    if row.ends[0] > limits[1] or row.ends[1] < limits[0]:
        return
    if row.mark == "diamond" and math.isfinite(row.lower):
        half = 0.10
        corners = [(row.lower, y), (row.estimate, y + half), (row.upper, y), (row.estimate, y - half)]
        axes.add_patch(Polygon(corners, closed=True, facecolor=row.colour, edgecolor=row.colour, zorder=4))
        return
    thick = 4.0 if row.mark == "bar" else 1.5
    cut_line(axes, row.ends, y, limits, head=7, color=row.colour, lw=thick, zorder=3)
    if row.mark == "bar" or not limits[0] <= row.estimate <= limits[1]:
        return
    if row.mark in ("dot", "diamond"):
        axes.plot([row.estimate], [y], marker="o", ms=6.5, color=row.colour, zorder=4)
    else:
        share = row.weight / tallest if math.isfinite(row.weight) and tallest > 0 else 0.3
        size = 4.0 + 9.0 * math.sqrt(max(share, 0.0)) if math.isfinite(row.weight) else 6.5
        axes.plot([row.estimate], [y], marker="s", ms=size, color=row.colour, zorder=4)


@dataclass(frozen=True, slots=True)
class _Text:
    """A text at `x`, `y` inches from the top left."""

    x: float
    y: float
    text: str
    align: str = "left"
    colour: str = INK
    bold: bool = False
    small: bool = False


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where everything goes, in inches from the top left: texts, heights of the rows, edges of the plot."""

    texts: list[_Text]
    heights: list[float]
    left: float
    right: float
    axis: float
    lanes: bool


def _columns(texts: Sequence[Sequence[str]], heads: Sequence[str], most: float) -> list[float]:
    """Width of each column: its widest text, wrapped where it is wider than `most`."""
    widths = []
    for j, head in enumerate(heads):
        lines = [line for row in texts if j < len(row) for line in wrap(row[j], most)]
        widths.append(max([text_width(head, bold=True)] + [text_width(t, bold=True) for t in lines]))
    return widths


def _page(rows: Sequence[Row], look: Look, width: float) -> _Plan:
    """Columns on either side of the plot, as in a printed forest plot; labels that wrap have what it can
    spare."""
    plans = [_beside(rows, look, width, label, cell) for label, cell in ((LABEL, CELL), *WIDER)]
    roomy = (plan for plan in plans[1:] if plan.right - plan.left >= ROOMY)
    return min([plans[0], *roomy], key=lambda plan: (round(plan.axis, 2), plan.left))


def _beside(rows: Sequence[Row], look: Look, width: float, label: float, cell: float) -> _Plan:
    """Columns of which that of labels is at most `label` inches wide, others on the left `cell`."""
    names = [wrap(r.label, label, bold=r.bold) for r in rows]
    subs = [wrap(r.sub, label, SMALL) if r.sub else [] for r in rows]
    labels = [text_width(t, bold=r.bold) for r, lines in zip(rows, names, strict=True) for t in lines]
    below = [text_width(t, SMALL) for lines in subs for t in lines]
    label_w = max([text_width(look.label_head, bold=True), *labels, *below])
    left_w = _columns([r.left for r in rows], look.left_heads, cell)
    right_w = _columns([r.right for r in rows], look.right_heads, 9.0)
    starts = [0.05 + label_w + GAP + sum(left_w[:j]) + GAP * j for j in range(len(left_w))]
    left = 0.05 + label_w + GAP + sum(left_w) + GAP * len(left_w)
    right = width - sum(right_w) - GAP * len(right_w) - 0.05
    ends = [right + GAP * (j + 1) + sum(right_w[: j + 1]) for j in range(len(right_w))]
    texts = [_Text(0.05, 0.14, look.label_head, bold=True)]
    texts += [_Text(x, 0.14, h, bold=True) for x, h in zip(starts, look.left_heads, strict=True)]
    texts += [_Text(x, 0.14, h, "right", bold=True) for x, h in zip(ends, look.right_heads, strict=True)]
    y, heights = 0.46, []
    for row, name, sub in zip(rows, names, subs, strict=True):
        blocks = [(0.05, name + sub)]
        blocks += [(x, wrap(t, cell)) for x, t in zip(starts, row.left, strict=False)]
        tall = max(len(lines) for _, lines in blocks)
        middle = y + LINE * (tall - 1) / 2
        for j, (x, lines) in enumerate(blocks):
            first = middle - LINE * (len(lines) - 1) / 2
            for i, text in enumerate(lines):
                small = j == 0 and i >= len(name)
                shade, bold = (MUTED, False) if small else (INK, row.bold and j == 0)
                texts.append(_Text(x, first + LINE * i, text, "left", shade, bold, small))
        texts += [_Text(x, middle, t, "right", INK, row.bold) for x, t in zip(ends, row.right, strict=False)]
        heights.append(middle)
        y += LINE * (tall - 1) + 0.30
    return _Plan(texts, heights, left, right, y - 0.04, False)


def _phone(rows: Sequence[Row], look: Look, width: float) -> _Plan:
    """The texts of a row above its interval, which takes the whole width."""
    room = width - 0.1
    texts: list[_Text] = []
    heights: list[float] = []
    y = 0.14
    for row in rows:
        heads = [f"{h}: {t}" for h, t in zip(look.left_heads, row.left, strict=False) if t]
        values = [
            t if j == 0 else f"{h.lower()} {t}"
            for j, (h, t) in enumerate(zip(look.right_heads, row.right, strict=False))
            if t
        ]
        blocks = [
            (row.label, INK, True),
            (" · ".join(values), INK, False),
            (" · ".join([*heads, *([row.sub] if row.sub else [])]), MUTED, False),
        ]
        for text, colour, bold in blocks:
            for line in wrap(text, room, bold=bold) if text else []:
                texts.append(_Text(0.05, y, line, "left", colour, bold))
                y += LINE
        heights.append(y + 0.06)
        y += 0.34 if row.drawn else 0.12
    return _Plan(texts, heights, 0.2, width - 0.2, y - 0.1, True)


def _backdrop(
    axes: Axes, look: Look, limits: tuple[float, float], spans: Sequence[tuple[float, float]]
) -> None:
    """Band, thresholds and the line of no difference over the given spans of height."""
    for top, bottom in spans:
        if look.band:
            low, high = max(look.band[0], limits[0]), min(look.band[1], limits[1])
            axes.fill_between([low, high], top, bottom, color=style.BAND, zorder=0, lw=0)
            inside = [edge for edge in look.band if limits[0] < edge < limits[1]]
            axes.vlines(inside, top, bottom, **THRESHOLD, zorder=1)
        axes.vlines([0.0], top, bottom, **ZERO, zorder=1)
        if look.guide is not None and math.isfinite(look.guide):
            axes.vlines([look.guide], top, bottom, color=MEANING["summary"], lw=1.2, ls=":", zorder=1)


def draw(rows: Sequence[Row], look: Look, width: float) -> Figure:
    """Draw `rows`: in columns on a page, stacked on a phone (`width` below 5 inches).

    The page version grows beyond `width` where the columns would leave the plot less than `PLOT` inches.
    """
    import matplotlib.transforms as transforms

    layout = _phone if width < 5 else _page
    plan = layout(rows, look, width)
    if plan.right - plan.left < PLOT and width >= 5:
        width += PLOT - (plan.right - plan.left)
        plan = layout(rows, look, width)
    limits = _limits(rows, look)
    words = _axis_words(look, plan, width, limits)
    below = 0.2 + max([0.14, *(text.y - plan.axis for text in words)])
    shaded = [f"Shaded: {SMALLER}."] if look.band and plan.lanes else []
    notes = [line for note in (*shaded, *look.notes) for line in wrap(note, width - 0.1, SMALL)]
    last = plan.axis + below
    height = last + 0.16 * len(notes) + 0.12
    figure = style.paper(width, height)
    inside = (plan.left / width, 1 - plan.axis / height, (plan.right - plan.left) / width)
    axes = figure.add_axes((*inside, plan.axis / height))
    axes.set_xlim(*limits)
    axes.set_ylim(plan.axis, 0)
    lanes = [(y - 0.13, y + 0.13) for y, r in zip(plan.heights, rows, strict=True) if r.drawn]
    _backdrop(
        axes, look, limits, [*lanes, (plan.axis - 0.06, plan.axis)] if plan.lanes else [(0.28, plan.axis)]
    )
    tallest = max([r.weight for r in rows if math.isfinite(r.weight)], default=0.0)
    for y, row in zip(plan.heights, rows, strict=True):
        if row.drawn:
            _mark(axes, row, y, limits, tallest)
    style.tidy(axes)
    axes.set_yticks([])
    axes.locator_params(axis="x", nbins=min(7, int((plan.right - plan.left) / 0.45)))
    axes.patch.set_alpha(0)
    inches = transforms.Affine2D().scale(1, -1).translate(0, height) + figure.dpi_scale_trans

    def put(text: _Text, size: float = SIZE) -> None:
        size = SMALL if text.small else size
        look: dict[str, Any] = {"ha": text.align, "va": "center", "color": text.colour, "fontsize": size}
        weight = "bold" if text.bold else "normal"
        figure.text(text.x, text.y, text.text, transform=inches, fontweight=weight, **look)

    for text in (*plan.texts, *words):
        put(text)
    for i, line in enumerate(notes):
        put(_Text(0.05, last + 0.08 + 0.16 * i, line, colour=MUTED), size=SMALL)
    return figure


def _axis_words(look: Look, plan: _Plan, width: float, limits: tuple[float, float]) -> list[_Text]:
    """What the band means, what the dotted line is, whom each side of the line of no difference favours, and
    the axis label, all on the page."""
    texts, y = [], plan.axis + 0.36
    if look.band and not plan.lanes:
        half = text_width(SMALLER, SMALL) / 2
        middle = min(max(_across(0.0, plan, limits), plan.left + half), plan.right - half)
        texts.append(_Text(middle, 0.14, SMALLER, "center", MUTED, small=True))
    if look.guide is not None and look.guide_name:
        place = _across(look.guide, plan, limits)
        texts.append(_centred(look.guide_name, place, y, width, MEANING["summary"]))
        y += 0.22
    if look.favours[0]:
        first, second = f"← {look.favours[0]}", f"{look.favours[1]} →"
        zero = _across(0.0, plan, limits)
        zero = min(max(zero, text_width(first) + 0.11), width - 0.11 - text_width(second))
        texts += [_Text(zero - 0.06, y, first, "right"), _Text(zero + 0.06, y, second)]
        y += 0.24
    for i, line in enumerate(wrap(look.xlabel, width - 0.1) if look.xlabel else []):
        texts.append(_centred(line, (plan.left + plan.right) / 2, y + LINE * i, width, MUTED))
    return texts


def _across(value: float, plan: _Plan, limits: tuple[float, float]) -> float:
    """Where a value of the axis stands, in inches from the left."""
    return plan.left + (plan.right - plan.left) * (value - limits[0]) / (limits[1] - limits[0])


def _centred(text: str, x: float, y: float, width: float, colour: str) -> _Text:
    """A text with its middle at `x`, or as near to it as the page allows."""
    half = text_width(text) / 2
    return _Text(min(max(x, half + 0.05), width - half - 0.05), y, text, "center", colour)
