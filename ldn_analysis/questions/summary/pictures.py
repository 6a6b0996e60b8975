"""The summary's pictures: people, belief beside the interval, doses and weeks, belief over the years."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ldn_analysis import display
from ldn_analysis.display import Picture
from ldn_analysis.display.axes import PLAIN, ZERO, beside, cut_line, panels, threshold_lines
from ldn_analysis.display.rows import text_width, wrapped
from ldn_analysis.display.style import COLOURS, INK, MEANING, MUTED, new_figure, responsive, tidy
from ldn_analysis.display.words import capital, count, interval, milligrams, number, of_level, percent
from ldn_analysis.questions.pain import words as pain_words
from ldn_analysis.questions.pain.belief import PRIORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ldn_analysis.errors import FloatArray
    from ldn_analysis.questions.summary.gathered import Gathered

RESPONSE = "Pain reduced by at least 30%"
_EMPTY, _LIKELY = "#e4e7eb", "#8cc0e0"


def _grid(axes: Axes, sure: int, best: int, upto: int, colour: str, title: str) -> None:
    """A hundred people: `sure` filled, those to `best` lighter, from there to `upto` hatched, others grey."""
    from matplotlib.collections import EllipseCollection

    # A collection writes its circle once: a patch for each person makes the file four times as large.
    open_, empty = max(sure, best), max(sure, best, upto)
    for people, face, edge, hatch in (
        (range(sure), colour, colour, None),
        (range(sure, best), _LIKELY, colour, None),
        (range(open_, upto), "white", colour, "////"),
        (range(empty, 100), _EMPTY, "#7b8794", None),
    ):
        look = {"facecolor": face, "edgecolor": edge, "hatch": hatch, "lw": 0.8}
        at = {"offsets": [(i % 10, -(i // 10)) for i in people], "offset_transform": axes.transData}
        axes.add_collection(EllipseCollection(0.8, 0.8, 0, units="xy", **at, **look))
    axes.set(xlim=(-0.7, 9.7), ylim=(-9.7, 0.7), aspect="equal", title=title)
    axes.axis("off")


@responsive
def _people(placebo: int, ldn: tuple[int, int, int], *, width: float) -> Figure:
    wide = width > 5
    figure, (left, right) = panels(width, 2.9 if wide else 2.7, 1, 2)
    _grid(left, placebo, placebo, placebo, MEANING["placebo"], f"Placebo: {placebo} of 100")
    between = f"{ldn[1]} to {ldn[2]}"
    title = f"LDN: about {ldn[0]} ({between})" if wide else f"LDN: {ldn[0]} ({between})"
    _grid(right, ldn[1], ldn[0], ldn[2], MEANING["ldn"], title)
    if not wide:
        key = "On LDN filled: the fewest;\nfaint: the best estimate; hatched: the most."
        figure.supxlabel(key, fontsize=9, color=MUTED)
        return figure
    ends: dict[int, list[str]] = {}
    for n, words in ((ldn[1], "the fewest"), (ldn[0], "the best estimate"), (ldn[2], "the most")):
        ends.setdefault(max(n - 1, 0) // 10, []).append(f"{n}: {words}")
    for row, lines in ends.items():
        right.text(9.9, -row, "\n".join(lines), fontsize=9, va="center")
    return figure


def people(gathered: Gathered) -> Picture | None:
    """A hundred people a side: how many have 30% less pain, at the estimate and at both ends of the interval;
    None where that cannot be estimated."""
    response = {row["outcome"]: row for row in gathered.findings.to_dict("records")}.get(RESPONSE)
    if response is None or not math.isfinite(response["difference_lower"]):
        return None
    ends = [response["placebo"] + response[f"difference_{end}"] for end in ("lower", "upper")]
    low, high = (round(min(100.0, max(0.0, end))) for end in ends)
    placebo, ldn = round(response["placebo"]), round(response["ldn"])
    return Picture(
        figure=_people(placebo, (ldn, low, high)),
        alt=f"Two groups of 100 people. {placebo} on placebo and about {ldn} on LDN have at least 30% less "
        f"pain; on LDN it could be {low} to {high}.",
        name="people",
        narrow_on_paper=True,
        inputs=response["inputs"],
        how=response["derivation"],
        title=f"Pain down by 30%: {placebo} of 100 on placebo, {low} to {high} on LDN",
    )


@dataclass(frozen=True, slots=True)
class _Belief:
    """What the figure of belief shows: a curve in regions (from, to, colour, hatch) above an interval."""

    x: FloatArray
    density: FloatArray
    interval: tuple[float, float, float]
    regions: list[tuple[float, float, str, str]]
    mid: float | None
    words: tuple[str, str, str, str]


@responsive
def _belief(curve: _Belief, *, width: float) -> Figure:
    figure, axes = new_figure(width, 2.95 if width > 5 else 3.05)
    x, mid, top = curve.x, curve.mid, float(curve.density.max())
    for low, high, colour, hatch in curve.regions:
        part = (x >= low) & (x <= high)
        axes.fill_between(x[part], 0, curve.density[part], fc=colour, hatch=hatch, ec=INK, lw=0, alpha=0.8)
    axes.plot(x, curve.density, color=INK, lw=1.5)
    xlabel, believed, bar, moved = curve.words
    flank = x[curve.density > 0.4 * top]
    at, across, align = (flank[-1], 6, "left") if flank.sum() <= 0 else (flank[0], -6, "right")
    beside(axes, believed, (at, 0.4 * top), (across, 0), ha=align, va="bottom", fontsize=9, bbox=PLAIN)
    estimate, low, high = curve.interval
    y = -0.16 * top
    cut_line(axes, (low, high), y, (x[0], x[-1]), head=8, color=MEANING["prediction"], lw=4)
    axes.plot(estimate, y, "D", color="white", mec=MEANING["prediction"], mew=1.8, ms=7)
    half = 0.55 * text_width(bar, 9) / width * (x[-1] - x[0])
    middle = min(max(estimate, x[0] + half), x[-1] - half)
    axes.text(middle, -0.34 * top, bar, ha="center", va="center", fontsize=9, bbox=PLAIN)
    axes.axvline(0, **ZERO)
    threshold_lines(axes.axvline, mid, x[0], x[-1])
    if mid:
        places = (0.5 * (x[0] - mid), 0.0, 0.5 * (x[-1] + mid))
        names = ("worthwhile\nrelief", "too small\nto matter", "worsening\nthat matters")
        for at, label in zip(places, names, strict=True):
            axes.text(at, 1.2 * top, label, ha="center", va="center", fontsize=9, color=INK, bbox=PLAIN)
    axes.set(xlim=(x[0], x[-1]), ylim=(-0.48 * top, 1.4 * top), yticks=[])
    label = f"← LDN better · {xlabel}" if width > 5 else "← LDN better (points)"
    axes.set_xlabel(f"{label}\n{moved}")
    tidy(axes)
    return figure


def belief(gathered: Gathered) -> Picture | None:
    """The Bayesian density with its thresholds above the interval of the pool; None where nothing is pooled,
    or two trials only: they are shown, not averaged."""
    pain = gathered.pain
    if pain.fit is None or pain.fit.k == 2 or not all(map(math.isfinite, pain.fit.ci)):
        return None
    mu, mid, (low, high) = pain.posterior.mu, pain.threshold, pain.fit.ci
    reach = max(abs(low), abs(high), 1.6 * mid if mid else 0.0, 0.5) * 1.05
    reach = min(reach, 6 * (mid or 1.0))
    x, far, edge = np.linspace(-reach, reach, 301), 10 * reach, mid or 0.0
    regions = [(-far, -edge, COLOURS["blue"], ""), (edge, far, COLOURS["vermilion"], "//")]
    if mid:
        regions.insert(1, (-mid, mid, "#d5dbe1", ""))
    event, chance = pain.telling
    few = pain.fit.k == 3 and pain.choices.inference.startswith("hksj")
    words = (
        display.MEASURES[pain.choices.measure],
        f"Bayesian:\n{number(mu.median)}",
        f"answer: {number(pain.fit.estimate)}; {of_level(pain.fit.level)}"
        + (", wide with so few trials" if few else ""),
        f"That chance under other priors: {pain_words.percents(chance.low, chance.high)}.",
    )
    density = np.asarray(mu.density(x))
    return Picture(
        figure=_belief(_Belief(x, density, (pain.fit.estimate, low, high), regions, mid, words)),
        alt=f"Curve of what is believed of the mean difference, with the interval {number(low)} to "
        f"{number(high)} as a bar below it. {capital(chance.event)}: {pain_words.chance(chance)}.",
        name="belief",
        narrow_on_paper=True,
        title=f"Chance of {event}: {percent(chance.probability)} ({percent(chance.before)} before data)",
        inputs=tuple(chain.anchor for chain in pain.explanations()),
        how="Bayesian random-effects model, and the pooled interval, of the trials' estimates.",
    )


def _stepped(row: dict[str, Any]) -> bool:
    """Whether a trial rose to its one dose by steps."""
    return bool(row["low"] < row["dose"]) and len(row["doses"]) == 1


@responsive
def _doses(rows: list[dict[str, Any]], untested: list[float], *, width: float) -> Figure:
    narrow = width < 5
    size, most_of = (8, 3.2) if narrow else (9, 2.9)
    names, more = wrapped([row["label"] for row in rows], most_of, size)
    step = 0.64 + more if narrow else max(0.36, 0.22 + more)
    above = (0.42 * 0.64 + more / 2) / step
    head = above + 0.36 / step if narrow else 0.9
    figure, axes = new_figure(width, step * (len(rows) + head) + 1.0)
    most = max([6.0, *(row["dose"] for row in rows)]) + 0.5
    for dose in untested:
        axes.axvspan(dose - 0.28, dose + 0.28, facecolor="white", edgecolor="#7b8794", hatch="////", lw=0)
        axes.text(dose, -head, "not\ntested", fontsize=size, ha="center", va="center", bbox=PLAIN)
    for i, row in enumerate(rows):
        if _stepped(row):
            axes.plot([row["low"], row["dose"]], [i, i], color=MUTED, lw=2, ls=(0, (1, 1)))
        dot = 5 + 0.9 * math.sqrt(row["n"]) if row["n"] > 0 else 6
        face = MEANING["ldn"] if pd.notna(row["estimate"]) else "white"
        for dose in row["doses"]:
            axes.plot(dose, i, "o", ms=dot, color=face, mec=MEANING["ldn"], mew=1.5)
        if narrow:
            words = f"{names[i]}:\n{row['facts']}"
            axes.text(0.05, i - above, words, fontsize=size, va="center", bbox=PLAIN)
        else:
            axes.text(-0.1, i, names[i], fontsize=size, va="center", ha="right")
            axes.text(most + 0.1, i, row["facts"], fontsize=size, va="center")
    axes.set(xlim=(0, most), ylim=(len(rows) - 0.4, -head - 0.25 / step), yticks=[])
    ticks = [tick for tick in (0, 1.5, 3, 4.5, 6) if tick <= most]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    stepped = "\nDotted: stepped up." if any(map(_stepped, rows)) else ""
    axes.set_xlabel(f"naltrexone, mg a day{stepped}")
    tidy(axes)
    return figure


def _beside_placebo(difference: float) -> str:
    """A difference as ``0.22 lower``; one that rounds to nothing has no side."""
    return "0.00" if abs(difference) < 0.005 else display.words.side(difference)


def _facts(row: dict[Any, Any]) -> str:
    """People, weeks and result of a trial, as far as they are known."""
    at = f" at week {row['week']:g}" if pd.notna(row["week"]) and row["week"] != row["weeks"] else ""
    facts = (
        f"{row['n']:.0f} randomised" if row["n"] > 0 else "",
        f"{row['weeks']:g} weeks" if row["weeks"] > 0 else "",
        f"pain {_beside_placebo(row['estimate'])}{at}" if pd.notna(row["estimate"]) else "no usable estimate",
    )
    return ", ".join(filter(None, facts))


def doses_and_weeks(gathered: Gathered) -> Picture | None:
    """Each trial at its dose, with its people, weeks and result; hatched: usual doses that nobody tested."""
    rows = [{**row, "facts": _facts(row)} for row in gathered.trials.to_dict("records")]
    if not rows:
        return None
    tested = sorted({dose for row in rows for dose in row["doses"]})
    where = milligrams(tested)
    untested = gathered.untested
    gaps = f" Nobody tested {milligrams(untested, 'or')}." if untested else ""
    title = f"Against placebo: {'only ' if untested else ''}{where}"
    weeks = sorted({row["weeks"] for row in rows if row["weeks"] > 0})
    up_to = "up to " if len(weeks) > 1 else ""
    longest = f" of {up_to}{weeks[-1]:g} weeks" if weeks else ""
    return Picture(
        figure=_doses(rows, untested),
        alt=f"Doses tried against placebo: {where}, in {count(len(rows), 'trial')}{longest}.{gaps}",
        name="dose-and-time",
        title=title,
        inputs=tuple(str(row["study_id"]) for row in rows),
        how="Doses, people and weeks as the studies report them; results as in the report on pain.",
    )


def over_time(gathered: Gathered) -> Picture | None:
    """What was believed after each year that brought a trial; None with fewer than two such years, or where
    there are two trials now, which are not averaged."""
    moments, pain = gathered.moments, gathered.pain
    if len(moments) < 2 or (pain.fit is not None and pain.fit.k == 2):
        return None
    rows, fit = moments.to_dict("records"), pain.fit
    first, last = rows[0], rows[-1]
    unit = "points" if pain.threshold else "SD"
    best = [f"{_beside_placebo(row['estimate'])} ({row['label']})" for row in (first, last)]
    title = f"Bayesian: pain {', '.join(best)}, in {unit}"
    answer = f"; the answer's {number(fit.estimate)} is another method's" if fit and fit.k > 2 else ""
    beliefs = "; ".join(f"{r['label']} {interval(r['estimate'], r['lower'], r['upper'])}" for r in rows)
    figure = display.intervals(
        moments,
        columns=["trials"],
        head="Known by",
        mid=pain.threshold,
        marked=[False] * (len(moments) - 1) + [True],
        xlabel=display.MEASURES[pain.choices.measure],
        notes=[f"Bayesian estimates, ◂ the latest{answer}."],
    )
    return Picture(
        figure=figure,
        alt=f"Belief over time, by one Bayesian method: {beliefs}.",
        name="over-time",
        title=title,
        inputs=tuple(row.anchor for row in pain.explanations()),
        how=f"Bayesian random-effects model of the trials published by then. {PRIORS} (before the data).",
    )
