"""Pictures of the dosing question: what is known at which dose, drawn to scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from ldn_analysis.display.axes import THRESHOLD, ZERO, apart, beside, cut_line, panels
from ldn_analysis.display.rows import wrap, wrapped
from ldn_analysis.display.style import COLOURS, INK, MEANING, MUTED, new_figure, responsive, tidy
from ldn_analysis.display.words import milligrams, rows_of
from ldn_analysis.models.limits import trial_limits

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ACCOUNTS = {
    "slow_dissociation": "leaves slowly (nearest to PET)",
    "effect_compartment": "lags behind the blood",
    "plasma": "follows the blood",
}
_ONCE, _SPLIT = COLOURS["blue"], COLOURS["vermilion"]
_BEFORE = "#7b8794"


@responsive
def given_doses(table: pd.DataFrame, *, width: float) -> Figure:
    """How each trial gave the drug: a bar of its weeks, with the dose and how it was reached in words.

    `table` is `dosing.given_doses`.
    """
    rows = rows_of(table)
    longest = max((row.weeks for row in rows if row.weeks > 0), default=12.0)
    labels, more = wrapped([_dose_and_weeks(row) for row in rows], width - 0.5, 9)
    step = 0.5 + more
    figure, axes = new_figure(width, step * len(rows) + 0.6)
    for y, (row, label) in enumerate(zip(rows, labels, strict=True)):
        length = row.weeks if row.weeks > 0 else 0.0
        axes.barh(y, length, height=0.2 / step, color=MEANING["ldn"])
        if row.stepwise:
            axes.barh(y, length, height=0.2 / step, color="none", edgecolor="white", hatch="////", lw=0)
        axes.text(0, y - 0.14 / step, label, fontsize=9, va="bottom", color=INK)
    axes.set(xlim=(0, longest), ylim=(len(rows) - 1 + 0.2 / step, -1 + 0.1 / step), yticks=[])
    axes.set_xlabel("weeks on the drug")
    tidy(axes)
    return figure


def _dose_and_weeks(row: Any) -> str:
    """A trial's dose, for how long it was given, and how many were randomised."""
    dose = milligrams(row.doses, "or")
    if row.stepwise:
        dose = f"rose from {row.start_mg:g} to {row.dose_mg:g} mg"
    people = f", {row.n_randomised:,.0f} people" if row.n_randomised > 0 else ""
    return f"{row.label}: {dose}, {f'{row.weeks:g} weeks' if row.weeks > 0 else 'weeks not known'}{people}"


@responsive
def reconstructed_doses(
    table: pd.DataFrame, published: Mapping[str, float], *, highest: float, most: float = 12.0, width: float
) -> Figure:
    """The published ED50 and ED95, and the 95% intervals of doses before and after the report was known.

    `table` is `dosing.DoseFinding.table`, of which the first account is drawn; nothing was tried beyond
    `highest` mg.
    """
    rows = [(row, name) for row in rows_of(table)[:1] for name in ("ed50", "ed95")]
    figure, axes = new_figure(width, 0.85 * len(rows) + 1.3)
    axes.axvspan(highest, most, facecolor="#eef1f4", edgecolor=MUTED, lw=0.8)
    axes.text(highest + 0.1, -0.75, "not tried", color=MUTED, fontsize=9, va="center")
    for i, (row, name) in enumerate(rows):
        label = f"{name[2:]}% of patients respond"
        axes.text(0, i - 0.32, label, color=INK, fontsize=9.5, va="center")
        for prefix, y, colour, words in (
            ("prior_", i + 0.22, _BEFORE, "before it"),
            ("", i, MEANING["summary"], "after the report"),
        ):
            low, high = (getattr(row, f"{prefix}{name}_{end}") for end in ("lower", "upper"))
            cut_line(axes, (low, high), y, (0, most), head=6, color=colour, lw=3)
            if i == 0:  # the first two lines have their names at their ends, within the axis
                by, side = ((-2, 3), "right") if high > 0.7 * most else ((5, 0), "left")
                up = "center" if side == "left" else "bottom" if y == i else "top"
                by = by if up != "top" else (-2, -3)
                tone = MUTED if prefix else colour
                beside(axes, words, (min(high, most), y), by, ha=side, va=up, color=tone, fontsize=9)
        axes.plot(published[name], i, "D", color="white", mec=INK, mew=1.5, ms=7, zorder=5)
    if rows:
        beside(axes, "as printed", (published["ed95"], 1), (-8, 0), ha="right", va="center", fontsize=9)
    axes.set(xlim=(0, most), ylim=(len(rows) - 0.4, -1.0), yticks=[], xlabel="naltrexone, mg a day")
    tidy(axes)
    return figure


@responsive
def dose_effects(
    table: pd.DataFrame,
    used: pd.DataFrame,
    ed50: pd.DataFrame,
    *,
    mid: float | None,
    level: float = 0.95,
    width: float,
) -> Figure:
    """Effect at each tested dose, and the dose of half effect: before the data (grey) and after (blue).

    `table` is `dosing.DoseEffects.table`, `ed50` its `ed50_density`, `used` the trials' contrast table. Doses
    that nobody tested are left out: what stands there is the model's curve, not data.
    """
    shown = table[table["dose_mg"].isin(set(used["dose_mg"]))]
    doses = shown["dose_mg"].to_numpy()
    gaps = np.diff(np.unique(doses))
    between = 72 * min([*gaps, np.inf]) / (np.sum(gaps) + 2)  # points from dose to dose, of an inch
    wide = width > 5 and 0.6 * (width - 1.4) * between >= 60  # side by side only with room for the words
    stacked: dict[str, Any] = {"rows": 2, "columns": 1, "height_ratios": (2.7, 1.5)}
    abreast: dict[str, Any] = {"rows": 1, "columns": 2, "width_ratios": (3, 2)}
    figure, (axes, half) = panels(width, 3.1 if wide else 5.2, **(abreast if wide else stacked))
    left, right = ((width - 1.4) * share if wide else width - 0.9 for share in (0.6, 0.4))
    crowded = left * between < 60  # no room for words beside the bars
    thick = 4 if crowded else 6
    axes.vlines(doses - 0.14, shown["prior_lower"], shown["prior_upper"], color=_BEFORE, lw=thick)
    axes.vlines(doses, shown["lower"], shown["upper"], color=MEANING["summary"], lw=thick)
    axes.plot(doses, shown["estimate"], "o", color="white", ms=thick - 1, mew=0, zorder=5)
    room = min([1.0, *gaps]) - 0.35  # to the next dose's first bar, or to the edge
    step = max(0.02, min(0.12, room / max([1, *used["dose_mg"].value_counts()])))
    trials_at: dict[float, int] = {}
    places: list[tuple[float, float]] = []
    for row in rows_of(used):
        x = row.dose_mg + 0.16 + step * trials_at.setdefault(row.dose_mg, 0)
        trials_at[row.dose_mg] += 1
        low, high = trial_limits(row._asdict(), level)
        axes.vlines(x, low, high, color=INK, lw=1.5)
        places.append((x, low))
        axes.plot(x, row.yi, "s", color=INK, ms=4.5 if crowded else 6)
    axes.axhline(0, **ZERO)
    noun = "trials" if len(set(used["study_id"])) > 1 else "trial"
    if len(used) and not crowded:
        lowest = min(places, key=lambda place: place[1])
        beside(axes, noun, lowest, (0, -3), fontsize=9, ha="center", va="top")
    if mid:
        axes.axhline(-mid, **THRESHOLD)
    if mid and not crowded:
        edge = (min(doses, default=1) - 1, -mid)
        beside(axes, "relief that\nmatters", edge, (4, -3), color=MUTED, fontsize=8.5, va="top")
    axes.set(
        xlim=(min(doses, default=1) - 1, max(doses, default=6) + 1),
        xticks=list(doses),
        xticklabels=[f"{dose:g}" for dose in doses],
        xlabel="naltrexone, mg a day",
        ylabel="difference in pain, points\n(below 0 favours LDN)",
    )
    if crowded:
        after = {"color": MEANING["summary"], "lw": 6, "marker": "o", "mfc": "white", "mew": 0}
        key: dict[str, dict[str, Any]] = {"before the data": {"color": _BEFORE, "lw": 6}, "after": after}
        key[noun] = {"color": INK, "marker": "s"}
        key |= {"relief that matters": THRESHOLD} if mid else {}
        names = [Line2D([], [], label=words, **look) for words, look in key.items()]
        figure.legend(handles=names, loc="outside upper left", ncols=2)
    elif len(shown):
        # "Before" stands beside the top of the longest bar, which no other reaches; "after" at the dose with
        # the fewest trials.
        longest = shown.iloc[int(shown["prior_upper"].to_numpy().argmax())]
        clear = shown.iloc[int(np.argmin([trials_at.get(d, 0) for d in doses]))]
        top = (longest["dose_mg"] - 0.14, longest["prior_upper"])
        beside(axes, "before\nthe data", top, (6, 0), color=MUTED, fontsize=9, va="top")
        box = {"fc": "white", "ec": "none", "pad": 0.3}  # the line of no effect may pass behind it
        end = (clear["dose_mg"] - 0.04, clear["upper"])
        beside(axes, "after", end, (0, 3), color=MEANING["summary"], fontsize=9, bbox=box)
    _half_dose(half, ed50, right)
    axes.set_title("Effect of each tested dose")
    half.set_title("Dose of half of the effect")
    for panel in (axes, half):
        tidy(panel, left=True)
    return figure


def _half_dose(half: Axes, ed50: pd.DataFrame, width: float) -> None:
    """How plausible each dose of half effect is, before the data (grey) and after (blue), in axes that are
    about so many inches wide."""
    half.fill_between(ed50["dose_mg"], ed50["prior"], color=_BEFORE, lw=0)
    half.plot(ed50["dose_mg"], ed50["posterior"], color=MEANING["summary"], lw=2.4)
    half.set_xscale("log", base=2)
    powers = [2.0**k for k in range(-8, 11)]
    ticks = [t for t in powers if ed50["dose_mg"].min() <= t <= ed50["dose_mg"].max()]
    half.set_xticks(ticks, [f"{t:g}" for t in ticks])
    half.set(yticks=[], xlabel="naltrexone, mg a day")
    half.set_ylabel("how plausible")
    half.set_ylim(0, 1.25 * max(ed50["prior"].max(), ed50["posterior"].max()))
    # Each name stands where its curve is most above the other, on the side away from it.
    gap = (ed50["posterior"] - ed50["prior"]).to_numpy()
    after_left = bool(np.argmax(gap) < np.argmin(gap))
    for column, over, left, colour, words in (
        ("prior", -gap, not after_left, MUTED, "before the data"),
        ("posterior", gap, after_left, MEANING["summary"], "after"),
    ):
        # Within the axes, from the curve's top down to its edge.
        room = int(5 * len(words) / (72 * width) * len(gap))
        top, edge = int(np.argmax(ed50[column])), room if left else len(gap) - room
        first, last = min(top, edge), max(top, edge)
        at = first + int(np.argmax(over[first : last + 1]))
        place = (ed50["dose_mg"].iloc[at], ed50[column].iloc[at])
        by, side = ((-5, 3), "right") if left else ((5, 3), "left")
        beside(half, words, place, by, color=colour, fontsize=9, ha=side)


def _day(axes: Axes, day: Any, dose_mg: float, *, named: bool) -> None:
    """One account's day at one total dose, once daily and split in two, with its bands; if `named`, each has
    its name above its band, where that is highest over the other's."""
    middle = int(np.argmin(np.abs(day.levels - 0.5)))
    tops: dict[int, tuple[Any, Any]] = {}
    for times, colour, style in ((1, _ONCE, "-"), (2, _SPLIT, "--")):
        row = int(np.flatnonzero((day.dose_mg_per_day == dose_mg) & (day.doses_per_day == times))[0])
        low, high = tops[times] = day.bands[row, 0], day.bands[row, -1]
        if times == 1:
            axes.fill_between(day.time_h, low, high, fc=(colour, 0.15), lw=0)
        else:
            axes.plot(day.time_h, np.transpose([low, high]), style, color=colour, lw=0.8)
        axes.plot(day.time_h, day.bands[row, middle], style, color=colour, lw=2)
    for level in (day.transient_high, day.transient_low):
        axes.axhline(level, color=MUTED, lw=0.8, ls=":")
    for times, colour, words in ((1, _ONCE, "once daily"), (2, _SPLIT, "same total,\ntwice daily")):
        if named:
            upper = tops[times][1]
            at = int(np.argmax(upper - tops[3 - times][1]))
            place = (float(day.time_h[at]), min(float(upper[at]), 82.0))
            beside(axes, words, place, (0, 3), color=colour, fontsize=8.5, va="bottom")
    axes.set(xlim=(0, 24), ylim=(0, 100), xticks=[0, 6, 12, 18, 24], xlabel="hours since the dose")
    tidy(axes, left=True)


@responsive
def occupancy_days(accounts: Mapping[str, Any], *, dose_mg: float, width: float) -> Figure:
    """Receptor occupancy over the day at one total dose, once and twice daily, under each account."""
    columns = len(accounts) if width > 5 else 1
    lines = len(accounts) // columns
    figure, places = panels(width, 3.0 * lines + 0.3, lines, columns, sharey=True)
    for i, (axes, (name, account)) in enumerate(zip(places, accounts.items(), strict=True)):
        _day(axes, account, dose_mg, named=i == 0)
        axes.set_title(ACCOUNTS.get(name, name), fontsize=10, loc="left")
        if i % columns == 0:
            axes.set_ylabel("mu receptors occupied, percent")
    return figure


@responsive
def occupancy_by_dose(daily: pd.DataFrame, single: pd.DataFrame, *, width: float) -> Figure:
    """Mu receptors occupied: hours after one dose (PET), and the day's lowest and highest on daily use.

    Parameters
    ----------
    daily : DataFrame
        `dosing.daily_occupancy` of one account.
    single : DataFrame
        ``dose_mg percent lower upper``: `dosing.single_dose_occupancy` over a range of doses.
    """
    figure, axes = new_figure(width, 3.6)
    axes.fill_between(
        single["dose_mg"], single["lower"], single["upper"], fc=(_BEFORE, 0.3), ec=_BEFORE, lw=0.8
    )
    axes.plot(single["dose_mg"], single["percent"], color=_BEFORE, lw=2)
    named = [(float(single["percent"].iloc[-1]), MUTED, "hours after\none dose (PET)")]
    for name, mark, colour, shift in (("low", "v", _ONCE, -0.06), ("high", "^", _SPLIT, 0.06)):
        x = daily["dose_mg"] + shift
        axes.vlines(x, daily[f"{name}_lower"], daily[f"{name}_upper"], color=colour, lw=1.8)
        axes.plot(x, daily[name], mark, color=colour, ms=8)
        named.append((float(daily[name].iloc[-1]), colour, f"{name}est of the day\n(daily use, model)"))
    last = float(daily["dose_mg"].max())
    axes.set(xlim=(0, last / (1 - 1.5 / (width - 0.7))), ylim=(0, 100), xticks=[0, *daily["dose_mg"]])
    places = apart([place for place, _, _ in named], 12)
    for y, (_, colour, words) in zip(places, named, strict=True):
        beside(axes, words, (last, y), (14, 0), va="center", color=colour, fontsize=9)
    axes.set_xlabel("naltrexone, mg a day")
    axes.set_ylabel("mu receptors occupied, percent")
    tidy(axes, left=True)
    return figure


@responsive
def own_dose(ranges: pd.DataFrame, *, width: float) -> Figure:
    """What each rule achieves on simulated patients: a dot as assumed, a line over the other assumptions.

    `ranges` is `dosing.OwnDose.ranges`. Left is better in the first picture.
    """
    rules = list(dict.fromkeys(ranges["rule"]))
    wide = width > 5
    rows_down, across = (1, 2) if wide else (2, 1)
    figure, halves = panels(width, rows_down * (0.34 * len(rules) + 0.95), rows_down, across, sharey=wide)
    for axes, (name, sign, times, words) in zip(
        halves,
        (
            ("relief", -1, 0.1, "change in pain by the drug, points (below 0: relief)"),
            ("predictive_value", 1, 100, "of those called responders, percent who truly are"),
        ),
        strict=True,
    ):
        rows = ranges[ranges["quantity"] == name].set_index("rule").loc[rules]
        for y, row in enumerate(rows_of(rows)):
            if row.estimate == row.estimate:
                ends = [sign * times * row.lowest, sign * times * row.highest]
                axes.hlines(y, min(ends), max(ends), color=_BEFORE, lw=3)
                axes.plot(sign * times * row.estimate, y, "o", color=MEANING["summary"], ms=7)
            else:
                look = {"color": MUTED, "fontsize": 9, "va": "center"}
                beside(axes, "nobody is called a responder", (0, y), (6, 0), **look)
        axes.set(yticks=range(len(rules)), yticklabels=rules, ylim=(len(rules) - 0.5, -0.5))
        axes.set_xlabel("\n".join(wrap(words, width / across - (0.9 if wide else 1.6), 9.5)))
        axes.locator_params(axis="x", nbins=5)
        axes.grid(axis="x")
        tidy(axes)
    halves[0].axvline(0, **ZERO)
    halves[1].set_xlim(0, 100)
    return figure
