"""The pictures of the analysis of pain, each with its words: what `display.show` takes."""

from __future__ import annotations

from typing import Any

from ldn_analysis import display
from ldn_analysis.display import Picture
from ldn_analysis.display.words import count, interval, number, percent
from ldn_analysis.questions.pain import words
from ldn_analysis.questions.pain.analysis import CORRELATIONS, PainAnalysis, turning_correlations
from ldn_analysis.questions.pain.sensitivity import DrugGain

THRESHOLDS = tuple(round(0.05 * i, 2) for i in range(41))
"""Differences that might matter, in the unit of the estimate."""


def _axis(pain: PainAnalysis) -> dict[str, Any]:
    return {"mid": pain.threshold, "xlabel": display.MEASURES[pain.choices.measure]}


def forest(pain: PainAnalysis, gain: DrugGain | None = None) -> Picture:
    """The trials and, of three or more, their mean; `gain` is what other drugs gain, as a dotted line."""
    fit = pain.fit
    assert fit is not None
    diamond = "Diamond: the mean. " if fit.k > 2 else ""
    if pain.widened and fit.k > 2:
        diamond += "Its interval is the wider of two, since the trials agree better than chance allows. "
    mean = f"Mean {interval(fit.estimate, *fit.ci)}. " if fit.k > 2 else ""
    used = pain.used["yi"]
    span = f"from {number(used.min())} to {number(used.max())}" if fit.k > 1 else f"at {number(used.iloc[0])}"
    marked, (inputs, how) = None, _origin(pain, gain)
    if gain is not None and pain.choices.measure == "MD":
        marked = (gain.points, "what tested drugs for fibromyalgia gain over placebo on average, in points")
    return Picture(
        figure=display.forest(
            pain.table.assign(remark=pain.table["study_id"].map(pain.remarks)), fit, mid=pain.threshold,
            risk_of_bias=pain.bias, marked=marked, excluded="",
        ),
        alt=f"Forest plot of {count(fit.k, 'trial')} of LDN against placebo, {span}. {mean}{pain.finding}.",
        name="forest",
        title=words.trials_finding(pain.used, fit.level),
        caption=f"Squares: trials, larger with more weight. {diamond}Left is better for LDN.",
        inputs=inputs,
        how=how,
    )  # fmt: skip


def _origin(pain: PainAnalysis, gain: DrugGain | None = None) -> tuple[tuple[str, ...], str]:
    """Inputs of a figure, and how it is made: the trials, and what tested drugs gain where that is drawn."""
    how = "Pooled from the trials' estimates."
    inputs = [chain.anchor for chain in pain.explanations()]
    if gain is not None and pain.choices.measure == "MD":
        how += f" Dotted line: {gain.derivation}."
        inputs += gain.inputs
    return tuple(inputs), how


def ladder(pain: PainAnalysis) -> Picture:
    """The same data by six methods."""
    inputs, how = _origin(pain)
    rungs = pain.ladder
    excludes = rungs.loc[(rungs["lower"] > 0) | (rungs["upper"] < 0), "label"]
    told = "; ".join(interval(*row) for row in
                     rungs.loc[rungs["chosen"], ["estimate", "lower", "upper"]].to_numpy())  # fmt: skip
    return Picture(
        figure=display.intervals(
            rungs, head="Method", marked=list(rungs["chosen"]), **_axis(pain),
        ),
        alt=f"{len(rungs)} analyses of the same trials. {words.ladder_finding(rungs)}. Default: {told}.",
        name="ladder",
        title=words.ladder_finding(pain.ladder),
        caption="A difference is shown where the interval excludes zero: "
        f"{', '.join(excludes) or 'by none of them'}.",
        inputs=inputs,
        how=how,
    )  # fmt: skip


def leave_one_out(pain: PainAnalysis) -> Picture:
    """The mean without each trial in turn."""
    inputs, how = _origin(pain)
    without = pain.without_each
    assert without is not None
    low, high = float(without.estimate.min()), float(without.estimate.max())
    return Picture(
        figure=display.leave_one_out(pain.labels, without, **_axis(pain)),
        alt=f"The pooled mean without each trial in turn: from {number(low)} to {number(high)}; with all of "
        f"them {number(without.full.estimate)}.",
        name="leave-one-out",
        title=f"Without one of the trials the mean goes from {number(low)} to {number(high)}",
        caption=words.trials_left(len(pain.used) - 1, pain.choices.inference),
        inputs=inputs,
        how=how,
    )


def cumulative(pain: PainAnalysis) -> Picture:
    """The mean as each trial was published."""
    inputs, how = _origin(pain)
    growing = pain.cumulative
    first, last = float(growing.estimate[0]), float(growing.estimate[-1])
    return Picture(
        figure=display.cumulative(pain.labels, growing, **_axis(pain)),
        alt=f"The pooled mean as each trial was published: {number(first)} with the first, {number(last)} "
        f"with all {len(growing)}.",
        name="cumulative",
        title=f"The mean was {number(first)} after the first trial and is {number(last)} with all",
        caption="Each row adds the next trial by year of publication.",
        inputs=inputs,
        how=how,
    )


def by_correlation(pain: PainAnalysis, turned: str) -> Picture:
    """The mean over the correlation of a crossover's two conditions; `turned` says whether it decides."""
    inputs, how = _origin(pain)
    grid, fits = CORRELATIONS, pain.by_correlation
    means = [fit.estimate for fit in fits]
    marks = [(float(r), f"used here: {r:.2f}") for r in pain.crossovers["crossover_r"]]
    return Picture(
        figure=display.sweep(
            grid, means, [fit.ci for fit in fits], xlabel="correlation of the two conditions",
            ylabel=f"mean difference, {pain.unit}", marks=marks, turns=turning_correlations(pain),
            mid=pain.threshold,
        ),
        alt=f"Pooled mean over correlations from {grid[0]} to {grid[-1]}: from {means[0]:.2f} to "
        f"{means[-1]:.2f}. {turned}",
        name="crossover-sweep",
        title=f"Over all correlations the mean goes from {number(means[0])} to {number(means[-1])}",
        caption=turned,
        inputs=inputs,
        how=how,
    )  # fmt: skip


def by_threshold(pain: PainAnalysis, gain: DrugGain | None = None) -> Picture:
    """The probability that the mean relief, or worsening, exceeds a threshold, over thresholds; `gain` is
    what other drugs gain, as a threshold of its own."""
    mu, mid, (inputs, how) = pain.posterior.mu, pain.threshold, _origin(pain, gain)
    better, worse = mu.probability_below, mu.probability_above
    at_mid = f"; at {mid:g}: {words.chance(pain.chances['beyond'])}" if mid else ""
    marks = [(mid, display.words.points(mid))] if mid else []
    told = [("any mean relief", pain.chances["relief"])]
    told += [(f"more than {display.words.points(mid)}", pain.chances["beyond"])] if mid else []
    title = "; ".join(
        f"{event}: {percent(held.probability)} ({percent(held.before)} before the data)"
        for event, held in told
    )
    caption = "After the data; the figure above has the chance before them."
    if gain is not None and pain.choices.measure == "MD":
        marks.append((abs(gain.points), "tested drugs"))
        caption = (
            f"Tested drugs: their mean gain over placebo, {number(abs(gain.points), 1)} points. " + caption
        )
    return Picture(
        figure=display.probabilities(
            THRESHOLDS,
            [
                ("mean relief is larger than the threshold", [better(-at) for at in THRESHOLDS]),
                ("mean worsening is larger than the threshold", [worse(at) for at in THRESHOLDS]),
            ],
            xlabel=f"threshold, {pain.unit}",
            marks=marks,
        ),
        alt=f"Probability of mean relief beyond 0 to {THRESHOLDS[-1]:g} {pain.unit}. At 0: "
        f"{words.chance(pain.chances['relief'])}{at_mid}.",
        name="threshold",
        title=title[0].upper() + title[1:],
        caption=caption,
        inputs=inputs,
        how=how,
    )


def posterior(pain: PainAnalysis, x: Any) -> Picture:
    """Posterior densities, over `x`, of the mean and of the true difference in a new trial."""
    mu, new, mid = pain.posterior.mu, pain.posterior.new_study, pain.threshold
    inputs, _ = _origin(pain)
    found = pain.chances
    low, high = float(x[0]), float(x[-1])
    if mid:
        beyond, worse = found["beyond"].probability, found["worse"].probability
        size = display.words.points(mid)
        shade = [
            (low, -mid, f"relief beyond {size}: {percent(beyond)}"),
            (-mid, mid, f"too small to matter: {percent(1 - beyond - worse)}"),
            (mid, high, f"worsening beyond {size}: {percent(worse)}"),
        ]
        said = f"mean relief beyond {size} {words.chance(found['beyond'])}"
        title = f"Chance of a mean relief beyond {size}: {words.chance(found['beyond'])}"
    else:
        relief = found["relief"]
        shade = [
            (low, 0.0, f"less pain: {percent(relief.probability)}"),
            (0.0, high, f"more pain: {percent(1 - relief.probability)}"),
        ]
        said = f"less pain {words.chance(relief)}"
        title = f"Chance of less pain with LDN on average: {words.chance(relief)}"
    return Picture(
        figure=display.density(
            x, [("mean difference", mu.density(x)), ("true difference in a new trial", new.density(x))],
            shade=shade, mid=mid, xlabel=f"{display.MEASURES[pain.choices.measure]}, left: less with LDN",
        ),
        alt=f"Posterior density of the mean difference in pain: median {number(mu.median)}; {said}.",
        name="posterior",
        title=title,
        caption="Height: how probable a value is after the data. Dashed: a new trial, which varies more.",
        inputs=inputs,
        how="Bayesian random-effects model of the trials' estimates.",
    )  # fmt: skip
