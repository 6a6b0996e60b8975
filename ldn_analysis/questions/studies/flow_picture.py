"""The PRISMA 2020 flow diagram for an updated review, drawn: its exact boxes, wide and for phones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ldn_analysis.display.axes import write_lines
from ldn_analysis.display.rows import wrap
from ldn_analysis.display.style import MEANING, MUTED, responsive, sheet
from ldn_analysis.questions.studies.flow import Flow

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LINE, SIZE, GAP = 0.17, 9, 0.28
_TIE = "\u2060"
"""Keeps a number with its n where lines break; becomes a space again."""


@dataclass(frozen=True, slots=True)
class Step:
    """A box of the diagram, and the box beside it (empty where nothing leaves)."""

    phase: str
    lines: tuple[str, ...]
    beside: tuple[str, ...] = ()
    joins: bool = True


def boxes(flow: Flow) -> list[Step]:
    """The boxes from top to bottom, in the words of PRISMA 2020 (Page 2021; CC BY 4.0), of a recorded search:
    without one a box with n = 0 would say that somebody searched and found nothing."""
    sources = flow.identified
    kinds = {"database": "Databases", "register": "Registers", "other": "Other methods"}
    identified = [
        _n(name, sum(sources.get(kind, {}).values()))
        for kind, name in kinds.items()
        if kind in sources or kind != "other"
    ]
    each = [f"{source}: {n}" for kind in kinds for source, n in sources.get(kind, {}).items()]
    waiting, undecided = ([_n("Not decided yet", n)] if n else [] for n in (flow.waiting, flow.undecided))
    reasons = [_n(reason, n) for reason, n in flow.reasons.items()]
    to_enter = [_n("Included, not in the data yet", len(flow.to_enter))] if flow.to_enter else []
    before = (
        _n("Studies included in previous version of review", flow.previous_studies),
        _n("Reports of studies included in previous version of review", flow.previous_reports),
    )
    removed = (
        "Records removed before screening:",
        _n("Duplicate records removed", flow.duplicates),
        _n("Records marked as ineligible by automation tools", 0),
        _n("Records removed for other reasons", 0),
    )
    screened, excluded = _n("Records screened", flow.screened), _n("Records excluded", flow.excluded)
    sought = _n("Reports sought for retrieval", flow.sought)
    assessed = _n("Reports assessed for eligibility", flow.assessed)
    not_eligible = _n("Reports excluded", sum(flow.reasons.values()))
    new = (
        _n("New studies included in review", flow.new_studies),
        _n("Reports of new included studies", flow.new_reports),
    )
    total = (
        _n("Total studies included in review", flow.total_studies),
        _n("Reports of total included studies", flow.total_reports),
    )
    return [
        Step("Previous studies", before, joins=False),
        Step("Identification", ("Records identified from:", *identified, *each), removed),
        Step("Screening", (screened,), (excluded, *waiting)),
        Step("Screening", (sought,), (_n("Reports not retrieved", flow.not_retrieved),)),
        Step("Screening", (assessed,), (not_eligible, *reasons, *undecided)),
        Step("Included", new, tuple(to_enter)),
        Step("Included", total),
    ]


def _n(words: str, number: int) -> str:
    """A line of a box: ``Records screened (n = 12)``."""
    return f"{words} (n = {number})"


def prisma_alt(flow: Flow) -> str:
    """What the diagram shows, in words."""
    return (
        f"PRISMA flow: {flow.records} records found, {flow.duplicates} duplicates, {flow.screened} screened, "
        f"{flow.assessed} read in full, new studies: {flow.new_studies}; in all {_held(flow)}."
    )


def prisma_title(flow: Flow) -> str:
    """What the diagram shows first: what was found, and what there is."""
    return f"{flow.records} records were found; {_held(flow)} in all"


def _held(flow: Flow) -> str:
    """Studies and reports by number."""
    studies, reports = (
        f"{n} {singular if n == 1 else plural}"
        for n, singular, plural in (
            (flow.total_studies, "study", "studies"),
            (flow.total_reports, "report", "reports"),
        )
    )
    return f"{studies} ({reports})"


@responsive
def prisma(flow: Flow, *, width: float) -> Figure:
    """The diagram: what stays from top to bottom, what leaves beside it (below it on a phone)."""
    narrow = width < 5
    main = width - 0.2 if narrow else 0.46 * width
    side = width - 0.6 if narrow else width - main - 0.7
    plan: list[tuple[Step, float, list[str], list[str]]] = []
    y, phase = 0.1, ""
    for step in boxes(flow):
        if step.phase != phase:
            y += 0.3
            phase = step.phase
        inner = _wrapped(step.lines, main)
        outer = _wrapped(step.beside, side)
        plan.append((step, y, inner, outer))
        y += (
            _tall(inner) + (_tall(outer) + 0.1 if outer else 0) if narrow else max(_tall(inner), _tall(outer))
        ) + GAP
    figure, axes = sheet(width, y)
    before = ""
    for number, (step, top, inner, outer) in enumerate(plan):
        if step.phase != before:
            axes.text(0.1, top - 0.15, step.phase, va="center", fontsize=SIZE, color=MUTED, fontweight="bold")
            before = step.phase
        _box(axes, (0.1, top, main), inner, "#e8f1f8", MEANING["ldn"])
        if outer:
            left, above = (0.45, top + _tall(inner) + 0.1) if narrow else (main + 0.55, top)
            _box(axes, (left, above, side), outer, "#f5f7fa", MEANING["excluded"])
            if not narrow:
                middle = top + min(_tall(inner), _tall(outer)) / 2
                _arrow(axes, (0.1 + main, middle), (left, middle))
        if number + 1 < len(plan) and step.joins:
            x = 0.27 if narrow else 0.1 + main / 2
            _arrow(axes, (x, top + _tall(inner)), (x, plan[number + 1][1]))
    return figure


def _wrapped(lines: Sequence[str], wide: float) -> list[str]:
    tied = (line.replace("n = ", f"n{_TIE}={_TIE}") for line in lines)
    return [part.replace(_TIE, " ") for line in tied for part in wrap(line, wide - 0.25, SIZE)]


def _tall(lines: Sequence[str]) -> float:
    return LINE * len(lines) + 0.16 if lines else 0.0


def _box(axes: Any, place: tuple[float, float, float], lines: Sequence[str], face: str, edge: str) -> None:
    from matplotlib.patches import Rectangle

    left, top, wide = place
    axes.add_patch(Rectangle((left, top), wide, _tall(lines), facecolor=face, edgecolor=edge, lw=1))
    write_lines(axes, left + 0.12, top + 0.08 + LINE / 2, lines, LINE, fontsize=SIZE)


def _arrow(axes: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": MUTED, "lw": 1.1})
