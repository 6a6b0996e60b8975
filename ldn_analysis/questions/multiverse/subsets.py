"""Density of a multiverse's estimates over the subsets of its studies, as in a GOSH plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ldn_analysis.display.axes import ZERO, place, write
from ldn_analysis.display.rows import text_width, wrap
from ldn_analysis.display.style import COLOURS, INK, paper, responsive, tidy
from ldn_analysis.questions.multiverse.pictures import KIND_LOOK, MOST_TRIALS, POINTS, shaded

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ldn_analysis.errors import BoolArray, FloatArray

SOUND = ("defensible", "debatable")
"""Kinds of analyses that are drawn: without an error."""


@responsive
def subset_density(
    mv: Any,
    scale: str,
    *,
    names: dict[str, str] | None = None,
    width: float,
) -> Figure:
    """Density of the estimates over all subsets of the studies, and with and without each of them.

    Above: estimate against the estimated standard deviation between trials (subsets of two and more), as in
    a GOSH plot; the darker, the more specifications. Below: for each study the estimates of the
    specifications that hold it (filled) and of those that do not (line).
    """
    names = names or {}
    sound = np.isin(mv.kind, [list(KIND_LOOK).index(k) for k in SOUND]) & mv.where(scale=scale)
    vary = [(j, s) for j, s in enumerate(mv.studies) if 0 < mv.mask[mv.data[sound], j].sum() < sound.sum()]
    studies = vary[:MOST_TRIALS]
    est = mv.estimate[sound]
    lo, hi = float(min(est.min(), 0)), float(max(est.max(), 0))
    pad = 0.05 * (hi - lo)
    edges = np.linspace(lo - pad, hi + pad, 121)
    wide = width > 5
    left = 2.0 if wide else 0.7
    lane = 0.52 if wide else 0.66
    big = 1.8
    figure = paper(width, 0.35 + big + 0.4 + lane * len(studies) + (0.55 if wide else 0.65))
    top = place(figure, left, 0.35, width - left - 0.15, big)
    _by_spread(top, mv, sound & (mv.k > 1), edges)
    top.set_xlim(edges[0], edges[-1])
    title = f"{int(sound.sum()):,} analyses" + (f", {' and '.join(SOUND)}" if wide else "")
    more = f"; {len(studies)} of {len(vary)} studies drawn" if len(studies) < len(vary) else ""
    top.set_title(title + more, fontsize=9.5)
    top.set_xticklabels([])
    y = 0.35 + big + 0.4
    _key(figure, left, y - 0.17)
    for j, study in studies:
        has = mv.mask[mv.data[sound], j]
        above = 0.0 if wide else 0.17
        axes = place(figure, left, y + above, width - left - 0.15, lane - 0.09 - above)
        _with_and_without(axes, est[has], est[~has], edges)
        axes.set_yticks([])
        tidy(axes)
        if study != studies[-1][1]:
            axes.set_xticklabels([])
        else:
            axes.set_xlabel(POINTS.label if wide else "\n".join(wrap(POINTS.label, width - 0.8)))
        label = "\n".join(wrap(names.get(study, study), left - 0.2)) if wide else names.get(study, study)
        across, down, align = (left - 0.12, y + lane / 2, "right") if wide else (left, y + 0.08, "left")
        write(figure, across, down, label, ha=align)
        y += lane
    return figure


def _by_spread(axes: Axes, mv: Any, rows: BoolArray, edges: FloatArray) -> None:
    """Estimate against the SD between trials, of the specifications `rows`."""
    axes.axvline(0, **ZERO)
    if not rows.any():
        return
    tau = np.sqrt(np.maximum(mv.tau2[rows], 0))
    ceiling = float(max(np.quantile(tau, 0.995), 1e-6)) * 1.05
    counts, _, _ = np.histogram2d(tau, mv.estimate[rows], bins=(np.linspace(0, ceiling, 61), edges))
    shaded(axes, np.log1p(counts), INK, (edges[0], edges[-1], 0, ceiling), origin="lower")
    axes.set_ylabel("SD between trials (τ)")


def _key(figure: Figure, x: float, y: float) -> None:
    """What the two looks of a density mean, each in its colour."""
    looks = (("Filled: with the study", COLOURS["blue"]), ("dashed: without it", COLOURS["vermilion"]))
    for words, colour in looks:
        write(figure, x, y, words, color=colour)
        x += text_width(words, 9) + 0.25


def _with_and_without(axes: Axes, inside: FloatArray, outside: FloatArray, edges: FloatArray) -> None:
    """Densities of the estimates with a study and without it."""
    middles = (edges[1:] + edges[:-1]) / 2
    (held, _), (left_out, _) = np.histogram(inside, edges), np.histogram(outside, edges)
    axes.fill_between(middles, held / held.max(), color=COLOURS["sky"], step="mid", lw=0)
    axes.plot(middles, left_out / left_out.max(), color=COLOURS["vermilion"], lw=1.2, ls=(0, (4, 1.5)))
    axes.axvline(0, **ZERO)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(0, 1.08)
