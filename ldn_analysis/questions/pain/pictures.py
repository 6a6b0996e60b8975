"""The pictures of the analysis of pain, each with its words: what `display.show` takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from ldn_analysis import display
from ldn_analysis.display import Picture
from ldn_analysis.display.words import interval, percent
from ldn_analysis.questions.pain import words
from ldn_analysis.questions.pain.analysis import CORRELATIONS, PainAnalysis, turning_correlations

__all__ = [
    "by_correlation",
    "by_prior",
    "by_threshold",
    "cumulative",
    "forest",
    "ladder",
    "leave_one_out",
    "posterior",
    "then_and_now",
]

THRESHOLDS = tuple(round(0.05 * i, 2) for i in range(41))
"""Differences that might matter, in the unit of the estimate."""


def _axis(pain: PainAnalysis) -> dict[str, Any]:
    return {"mid": pain.threshold, "xlabel": display.MEASURES[pain.choices.measure]}


def forest(pain: PainAnalysis) -> Picture:
    """The trials, their mean, and where a new trial would lie."""
    trials = "; ".join(words.single(row, pain.choices.level) for _, row in pain.used.iterrows())
    return Picture(
        figure=display.forest(pain.table, pain.fit, mid=pain.threshold, risk_of_bias=pain.bias),
        alt=f"Forest plot. {trials}. {pain.sentence}",
        name="forest",
        caption="Squares: trials, their area follows the weight. Diamond: the mean. Bar: where a new trial "
        "would lie.",
    )


def then_and_now(pain: PainAnalysis, moments: pd.DataFrame, changed: str) -> Picture:
    """The mean at each of `moments` (``label trials estimate lower upper``), the last one marked."""
    marked = [False] * (len(moments) - 1) + [True]
    return Picture(
        figure=display.intervals(moments, columns=["trials"], head="Known", marked=marked, **_axis(pain)),
        alt=f"Then and now. {changed}",
        name="then-and-now",
        caption=changed,
    )


def ladder(pain: PainAnalysis) -> Picture:
    """The same data by six methods."""
    rungs = pain.ladder
    excludes = rungs.loc[(rungs["lower"] > 0) | (rungs["upper"] < 0), "label"]
    limits = rungs[["label", "estimate", "lower", "upper"]].to_numpy()
    told = "; ".join(f"{label} {interval(*found)}" for label, *found in limits)
    return Picture(
        figure=display.intervals(
            rungs, head="Method", marked=list(rungs["chosen"]), **_axis(pain),
        ),
        alt=f"{len(rungs)} analyses of the same trials, mean and interval: {told}",
        name="ladder",
        caption=f"Intervals that exclude no difference: {', '.join(excludes) or 'none of them'}.",
    )  # fmt: skip


def leave_one_out(pain: PainAnalysis) -> Picture:
    """The mean without each trial in turn."""
    without = pain.without_each
    assert without is not None
    named = [
        f"without {pain.labels[j]} {mean:.2f}"
        for j, mean in zip(without.study, without.estimate, strict=True)
    ]
    return Picture(
        figure=display.leave_one_out(pain.labels, without, **_axis(pain)),
        alt="The pooled mean without each trial in turn: " + "; ".join(named),
        name="leave-one-out",
        caption=words.trials_left(len(pain.used) - 1, pain.choices.inference),
    )


def cumulative(pain: PainAnalysis) -> Picture:
    """The mean as each trial was published."""
    growing = pain.cumulative
    named = [
        f"after {pain.labels[j]} {mean:.2f}" for j, mean in zip(growing.study, growing.estimate, strict=True)
    ]
    return Picture(
        figure=display.cumulative(pain.labels, growing, **_axis(pain)),
        alt="The pooled mean as each trial was published: " + "; ".join(named),
        name="cumulative",
        caption="Each row adds the next trial by year of publication.",
    )


def by_correlation(pain: PainAnalysis, turned: str) -> Picture:
    """The mean over the correlation of a crossover's two conditions; `turned` says whether it decides."""
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
        caption=turned,
    )  # fmt: skip


def by_threshold(pain: PainAnalysis) -> Picture:
    """The probability that the mean relief, or worsening, exceeds a threshold, over thresholds."""
    mu, mid = pain.posterior.mu, pain.threshold
    better, worse = mu.probability_below, mu.probability_above
    at_mid = f", {percent(better(-mid))} at {mid:g}" if mid else ""
    return Picture(
        figure=display.probabilities(
            THRESHOLDS,
            [
                ("mean relief is larger than the threshold", [better(-at) for at in THRESHOLDS]),
                ("mean worsening is larger than the threshold", [worse(at) for at in THRESHOLDS]),
            ],
            xlabel=f"threshold, {pain.unit}",
            marks=[(mid, display.words.points(mid))] if mid else [],
        ),
        alt=f"Probability that mean relief exceeds a threshold from 0 to {THRESHOLDS[-1]:g} {pain.unit}: "
        f"{percent(better(0))} at 0{at_mid}.",
        name="threshold",
    )


def posterior(pain: PainAnalysis, x: Any) -> Picture:
    """Posterior densities, over `x`, of the mean and of the true difference in a new trial."""
    mu, new, mid = pain.posterior.mu, pain.posterior.new_study, pain.threshold
    below: Callable[[float], float] = mu.probability_below
    if mid:
        shade = [
            (float(x[0]), -mid, f"relief beyond {mid:g}: {percent(below(-mid))}"),
            (-mid, 0.0, f"smaller relief: {percent(below(0) - below(-mid))}"),
        ]
        beyond = f", P(relief beyond {mid:g}) {percent(below(-mid))}"
    else:
        shade, beyond = [(float(x[0]), 0.0, f"relief: {percent(below(0))}")], ""
    return Picture(
        figure=display.density(
            x, [("mean difference", mu.density(x)), ("true difference in a new trial", new.density(x))],
            shade=shade, **_axis(pain),
        ),
        alt=f"Posterior of the mean difference ({pain.unit}): median {mu.median:.2f}, P(lower pain) "
        f"{percent(below(0))}{beyond}; wider for a new trial.",
        name="posterior",
    )  # fmt: skip


def by_prior(pain: PainAnalysis) -> Picture:
    """The posterior under every pair of priors, the one used elsewhere marked."""
    prior = pain.by_prior.assign(**{"P(lower pain)": pain.by_prior["probability_below"].map(percent)})
    chance = prior["probability_below"]
    here = (prior["tau_prior"] == "half-normal 0.5") & (prior["prior of the mean"] == "normal(0, 4)")
    return Picture(
        figure=display.intervals(
            prior.rename(columns={"tau_prior": "label"}), marked=list(here),
            columns=["prior of the mean", "P(lower pain)"],
            head="Prior of the differences between trials", **_axis(pain),
        ),
        alt=f"Posterior mean and interval under {len(prior)} pairs of priors: means from "
        f"{prior['estimate'].min():.2f} to {prior['estimate'].max():.2f}, P(lower pain) from "
        f"{percent(chance.min())} to {percent(chance.max())}.",
        name="prior-sensitivity",
        caption="The marked pair of priors is the one used above.",
    )  # fmt: skip
