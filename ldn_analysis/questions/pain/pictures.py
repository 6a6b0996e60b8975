"""The pictures of the analysis of pain, each with its words: what `display.show` takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ldn_analysis import display
from ldn_analysis.display import Picture
from ldn_analysis.display.words import capital, count, interval, number, percent, points, span
from ldn_analysis.questions.pain import words
from ldn_analysis.questions.pain.analysis import CORRELATIONS, PainAnalysis, turning_correlations
from ldn_analysis.questions.pain.sensitivity import DrugGain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

THRESHOLDS = tuple(round(0.05 * i, 2) for i in range(41))
"""Differences that might matter, in the unit of the estimate."""


def _axis(pain: PainAnalysis) -> dict[str, Any]:
    return {"mid": pain.threshold, "xlabel": display.MEASURES[pain.choices.measure]}


def _picture(
    pain: PainAnalysis,
    name: str,
    figure: Figure,
    *,
    alt: str,
    title: str,
    caption: str,
    gain: DrugGain | None = None,
    how: str = "Pooled from the trials' estimates.",
) -> Picture:
    """A figure with its words and where its numbers come from: the trials, and what tested drugs gain where
    that is drawn."""
    inputs = [chain.anchor for chain in pain.explanations()]
    if gain is not None:
        how += f" Dotted line: {gain.derivation}."
        inputs += gain.inputs
    return Picture(
        figure=figure, alt=alt, name=name, title=title, caption=caption, inputs=tuple(inputs), how=how
    )


def forest(pain: PainAnalysis, gain: DrugGain | None = None) -> Picture:
    """The trials and, of three or more, their mean; `gain` is what other drugs gain, as a dotted line."""
    fit, gain = pain.fit, gain if pain.choices.measure == "MD" else None
    assert fit is not None
    caption = ""
    if pain.widened and fit.k > 2:
        caption = "The mean's interval is the wider of two, since the trials differ less than by chance."
    mean = f"Mean {interval(fit.estimate, *fit.ci)}. " if fit.k > 2 else ""
    used = pain.used["yi"]
    reach = f"from {span(used.min(), used.max())}" if fit.k > 1 else f"at {number(used.iloc[0])}"
    gains = "what tested drugs for fibromyalgia gain over placebo on average, in points"
    table = pain.table.assign(remark=pain.table["study_id"].map(pain.remarks))
    beside = {"risk_of_bias": pain.bias, "marked": (gain.points, gains) if gain else None, "excluded": ""}
    figure = display.forest(table, fit, **_axis(pain), **beside)
    return _picture(
        pain,
        "forest",
        figure,
        alt=f"Forest plot of {count(fit.k, 'trial')} of LDN against placebo, {reach}. {mean}{pain.finding}.",
        title=words.trials_finding(pain.used, fit.level),
        caption=caption,
        gain=gain,
    )


def ladder(pain: PainAnalysis) -> Picture:
    """The same data by six methods."""
    rungs = pain.ladder
    excludes = rungs.loc[(rungs["lower"] > 0) | (rungs["upper"] < 0), "label"]
    chosen = rungs.loc[rungs["chosen"], ["estimate", "lower", "upper"]].to_numpy()
    marked = [f" Marked: {interval(*row)}." for row in chosen]
    finding = words.ladder_finding(rungs, pain.threshold)
    return _picture(
        pain,
        "ladder",
        display.intervals(rungs, head="Method", marked=list(rungs["chosen"]), **_axis(pain)),
        alt=f"{len(rungs)} analyses of the same trials. {finding}.{''.join(marked)}",
        title=finding,
        caption=("◂: our method. " if rungs["chosen"].any() else "")
        + "A difference is shown where the interval excludes zero: "
        f"{'by each of them' if len(excludes) == len(rungs) else '; '.join(excludes) or 'by none of them'}.",
    )


def _wider(refits: Any) -> str:
    """That some pools have the wider of two intervals, to be added to a caption; empty where none has."""
    wider = " Where trials do not differ by more than chance, the wider of two intervals is given."
    return wider if refits.has_companion.any() else ""


def leave_one_out(pain: PainAnalysis) -> Picture:
    """The mean without each trial in turn."""
    without = pain.without_each
    assert without is not None
    ends = without.estimate.min(), without.estimate.max()
    moves = f"from {span(*ends)}"
    lower, upper = without.ci.T
    excluded = int(((lower > 0) | (upper < 0)).sum())
    some = f"{count(excluded, 'of', 'of')} {count(len(without), 'interval')}"
    some = {0: "no interval", len(without): "every interval"}.get(excluded, some)
    verb = "exclude" if 1 < excluded < len(without) else "excludes"
    names = [f"without {pain.labels[j]}" for j in without.study]
    return _picture(
        pain,
        "leave-one-out",
        display.refitted(names, without, head="Pool", whole=True, **_axis(pain)),
        alt=f"The pooled mean without each trial in turn: {moves}; with all of them "
        f"{number(without.full.estimate)}.",
        title="Without one of the trials the mean "
        + (f"goes {moves}" if len(set(map(number, ends))) > 1 else f"stays at {number(ends[0])}")
        + f"; {some} {verb} zero",
        caption=words.trials_left(len(pain.used) - 1, pain.choices.inference) + _wider(without),
    )


def cumulative(pain: PainAnalysis) -> Picture:
    """The mean as each trial was published."""
    growing = pain.cumulative
    first, last = number(growing.estimate[0]), number(growing.estimate[-1])
    names = [f"{'+ ' if i else ''}{pain.labels[j]}" for i, j in enumerate(growing.study)]
    return _picture(
        pain,
        "cumulative",
        display.refitted(names, growing, head="Studies so far", **_axis(pain)),
        alt=f"The pooled mean as each trial was published: {first} with the first, {last} with all "
        f"{len(growing)}.",
        title=f"The mean was {first} after the first trial and is {last} with all",
        caption="Each row adds the next trial by year of publication." + _wider(growing),
    )


def by_correlation(pain: PainAnalysis, turned: str) -> Picture:
    """The mean over the correlation of a crossover's two conditions; `turned` says whether it decides."""
    grid, fits = CORRELATIONS, pain.by_correlation
    means = [fit.estimate for fit in fits]
    figure = display.sweep(
        grid,
        means,
        [fit.ci for fit in fits],
        xlabel="correlation of the two conditions",
        ylabel=f"mean difference, {pain.unit}",
        turns=turning_correlations(pain),
        mid=pain.threshold,
        marks=[(float(r), f"used here: {r:.2f}") for r in pain.crossovers["crossover_r"]],
    )
    return _picture(
        pain,
        "crossover-sweep",
        figure,
        alt=f"Pooled mean over correlations from {grid[0]} to {grid[-1]}: from {means[0]:.2f} to "
        f"{means[-1]:.2f}. {turned}",
        title=f"Over all correlations the mean goes from {span(means[0], means[-1])}",
        caption=turned,
    )


def by_threshold(pain: PainAnalysis, gain: DrugGain | None = None) -> Picture:
    """The probability that the mean relief, or worsening, exceeds a threshold, over thresholds; `gain` is
    what other drugs gain, as a threshold of its own."""
    mu, mid, gain = pain.posterior.mu, pain.threshold, gain if pain.choices.measure == "MD" else None
    at_mid = f"; at {mid:g}: {words.chance(pain.chances['beyond'])}" if mid else ""
    marks = [(mid, points(mid))] if mid else []
    events = [("any mean relief", pain.chances["relief"])]
    events += [(f"more than {points(mid)}", pain.chances["beyond"])] if mid else []
    title = "; ".join(
        f"{event}: {percent(chance.probability)} ({percent(chance.before)} before the data)"
        for event, chance in events
    )
    caption = "After the data; the figure above has the chance before them."
    if gain is not None:
        size = abs(gain.points)
        marks.append((size, "tested drugs"))
        caption = f"Tested drugs: their mean gain over placebo, {number(size, 1)} points. {caption}"
    curves = [
        ("mean relief is larger than the threshold", [mu.probability_below(-at) for at in THRESHOLDS]),
        ("mean worsening is larger than the threshold", [mu.probability_above(at) for at in THRESHOLDS]),
    ]
    return _picture(
        pain,
        "threshold",
        display.probabilities(THRESHOLDS, curves, xlabel=f"threshold, {pain.unit}", marks=marks),
        alt=f"Probability of mean relief beyond 0 to {THRESHOLDS[-1]:g} {pain.unit}. At 0: "
        f"{words.chance(pain.chances['relief'])}{at_mid}.",
        title=capital(title),
        caption=caption,
        gain=gain,
    )


def posterior(pain: PainAnalysis, x: Any) -> Picture:
    """Posterior densities, over `x`, of the mean and of the true difference in a new trial."""
    mu, new, mid = pain.posterior.mu, pain.posterior.new_study, pain.threshold
    low, high, chances = float(x[0]), float(x[-1]), pain.chances
    if mid:
        beyond, worse, size = chances["beyond"].probability, chances["worse"].probability, points(mid)
        shade = [
            (low, -mid, f"relief beyond {size}: {percent(beyond)}"),
            (-mid, mid, f"too small to matter: {percent(1 - beyond - worse)}"),
            (mid, high, f"worsening beyond {size}: {percent(worse)}"),
        ]
        event, chance = pain.telling
        title = event
    else:
        relief = chances["relief"].probability
        shade = [
            (low, 0.0, f"less pain: {percent(relief)}"),
            (0.0, high, f"more pain: {percent(1 - relief)}"),
        ]
        event, chance, title = "less pain", chances["relief"], "less pain with LDN on average"
    curves = [("mean difference", mu.density(x)), ("true difference in a new trial", new.density(x))]
    axis = f"{display.MEASURES[pain.choices.measure]}, left: less with LDN"
    return _picture(
        pain,
        "posterior",
        display.density(x, curves, shade=shade, mid=mid, xlabel=axis),
        alt=f"Posterior density of the mean difference in pain: median {number(mu.median)}; {event} "
        f"{words.chance(chance)}.",
        title=f"Chance of {title}: {words.chance(chance)}",
        caption="Height: how probable a value is after the data. A new trial varies more.",
        how="Bayesian random-effects model of the trials' estimates.",
    )
