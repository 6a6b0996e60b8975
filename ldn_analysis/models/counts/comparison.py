"""Events of two groups in one trial or several: one ratio, and what it means for so many in a hundred.

A row of a table is one computation: the ratio is estimated, the difference follows from it and from a risk
under control that is stated (GRADE guidelines 12, Guyatt 2013, 10.1016/j.jclinepi.2012.01.012). Several
trials are pooled in two ways, which stand beside each other: by the common effect of Mantel and Haenszel, and
by random effects with a prior of the heterogeneity, since two or three trials cannot tell how much they
differ. Where the trials point in opposite directions no common effect describes them: then the second leads.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ldn_analysis import measures
from ldn_analysis.errors import FloatArray, positive, within
from ldn_analysis.models.bayes import HalfNormal, posterior
from ldn_analysis.models.counts.pooled_counts import CountPool, pool_counts
from ldn_analysis.models.counts.proportions import Proportion, pooled_risk_difference
from ldn_analysis.models.results import Result

TAU_SCALE = 0.5
"""Scale of the half-normal prior of tau of log ratios, weakly informative (Röver 2021, 10.1002/jrsm.1475)."""

COMMON = "common effect (Mantel-Haenszel)"
ABSOLUTE = "risk under control × (risk ratio − 1)"
"""How a difference is made of a ratio, in words."""
AS_COUNTED = "the risks as counted, with Newcombe's interval"
AS_POOLED = "the trials' risks as counted (Mantel-Haenszel weights), with limits from Newcombe's"
"""How a difference is made where it follows from no ratio, of one trial and of several, in words."""
NO_RATIO = "no ratio; difference with Newcombe's interval"


@dataclass(frozen=True, slots=True)
class AbsoluteEffect(Result):
    """What a ratio means at a stated risk, as proportions, treatment minus control.

    `control` is the risk stated, `treated` the risk that follows, never above 1; `lower` and `upper` are
    limits of the difference.
    """

    control: float
    treated: float
    difference: float
    lower: float
    upper: float


def absolute_effect(ratio: float, ci: tuple[float, float], control: float) -> AbsoluteEffect:
    """The difference that a risk ratio and its interval give at a risk of `control` (0 to 1).

    Risks above 1 that a wide interval would give are cut at 1. NaN in, NaN out.

    >>> effect = absolute_effect(0.5, (0.25, 1.0), 0.2)
    >>> round(effect.difference, 3), round(effect.lower, 3), effect.upper
    (-0.1, -0.15, 0.0)
    """
    within("control", control, 0, 1)
    mid, low, high = (min(control * r, 1.0) if math.isfinite(r) else math.nan for r in (ratio, *ci))
    return AbsoluteEffect(control, mid, mid - control, low - control, high - control)


@dataclass(frozen=True, slots=True)
class CountComparison(Result):
    """The ratio of two risks in one trial or several.

    Attributes
    ----------
    ratio, ci
        Risk ratio, treatment over control, by the model that leads. NaN where the counts give none; `note`
        then says why.
    model
        The model that leads, in words: one trial, common effect, or random effects with the prior of tau.
    common : CountPool
        The common effect (Mantel-Haenszel) of the same counts.
    random, random_ci
        Random effects: posterior median and central interval of the mean ratio. NaN for one trial.
    i2, q_p
        Heterogeneity of the trials' ratios about the common one: percent, and the p value of Q. NaN for one
        trial.
    opposite
        Whether the trials' own ratios lie on both sides of 1.
    control
        Risk under control over all the trials, as counted.
    events, n, k, trials
        Events and people in both groups; trials that tell something of a ratio, and trials given.
    common_weights, random_weights
        Percent of the common effect that each trial given makes up (Mantel and Haenszel: events under control
        × people under treatment / all people), and percent of the random effects' mean log ratio, averaged
        over tau. 0 for a trial that tells nothing of a ratio; NaN where there is no such estimate.
    counted
        The difference of the risks as counted and its limits (`pooled_risk_difference`), where there is no
        ratio, or nobody under control had the event: a multiple of no risk is none, whatever was counted
        under treatment. Else NaN; so is that of several trials without any event.
    tau_scale, level
        Scale of the half-normal prior of tau (log ratios); level of `ci`.
    note
        What could not be given, or what was added to empty cells.
    """

    ratio: float
    ci: tuple[float, float]
    model: str
    common: CountPool
    random: float
    random_ci: tuple[float, float]
    i2: float
    q_p: float
    opposite: bool
    control: float
    events: int
    n: int
    k: int
    trials: int
    common_weights: tuple[float, ...]
    random_weights: tuple[float, ...]
    counted: Proportion
    tau_scale: float
    level: float
    note: str = ""

    @property
    def weights(self) -> tuple[float, ...]:
        """Percent of the ratio that each trial given makes up, by the model that leads."""
        return self.random_weights if self._leads_random else self.common_weights

    @property
    def companion(self) -> CountComparison | None:
        """The same counts by the model that does not lead; None for one trial, or where it gives none."""
        common, random = (self.common.estimate, self.common.ci), (self.random, self.random_ci)
        ratio, ci = common if self._leads_random else random
        if self.k < 2 or not math.isfinite(ratio):
            return None
        model = COMMON if self._leads_random else _random(self.tau_scale)
        return replace(self, ratio=ratio, ci=ci, model=model)

    @property
    def _leads_random(self) -> bool:
        """Whether the random effects lead; of trials that all say the same both models give one ratio."""
        return self.model == _random(self.tau_scale)

    @property
    def by_ratio(self) -> bool:
        """Whether the difference as counted follows from the ratio; a multiple of no risk is none."""
        return math.isfinite(self.ratio) and self.control > 0

    def at(self, control: float | None = None) -> AbsoluteEffect:
        """What the ratio means at a risk under control (the one counted, if none is stated); where there is
        no ratio, or nobody under control had the event, the difference as `counted`."""
        if control is None and not self.by_ratio:
            gap, low, high = self.counted
            return AbsoluteEffect(self.control, self.control + gap, gap, low, high)
        return absolute_effect(self.ratio, self.ci, self.control if control is None else control)

    @property
    def difference_from(self) -> str:
        """How the difference at the risk counted is made, in words."""
        if self.by_ratio:
            return ABSOLUTE
        if not math.isfinite(self.counted.estimate):
            return "none"
        return AS_COUNTED if self.trials == 1 else AS_POOLED

    @property
    def apart(self) -> int:
        """1 where the interval of the ratio (without one: of the difference) shows more events under
        treatment, -1 where it shows fewer, else 0."""
        low, high = (math.log(r) if r > 0 else math.nan for r in self.ci)
        if not math.isfinite(self.ratio):
            low, high = self.counted[1:]
        return int(low > 0) - int(high < 0)


def compare_counts(
    a: npt.ArrayLike,
    n1: npt.ArrayLike,
    c: npt.ArrayLike,
    n2: npt.ArrayLike,
    level: float = 0.95,
    tau_scale: float = TAU_SCALE,
) -> CountComparison:
    """Compare `a` events of `n1` under treatment with `c` of `n2` under control; arrays of shape (trials,).

    One trial gives its own ratio (log-normal interval). For several, the random effects are those of the log
    ratios: flat prior of the mean, half-normal prior of tau with scale `tau_scale`. They lead where the
    trials' own ratios lie on both sides of 1, else the common effect does. Trials without events in either
    group say nothing of a ratio. Where a cell is empty, 1/2 is added to the cells of that trial for the
    random effects, which `note` says. Where all or none of a group had the event there may be no ratio: the
    difference of the risks is given.

    Raises
    ------
    InputError
        Shapes that differ, no trial, more events than people.
    """
    positive("tau_scale", tau_scale)
    common = pool_counts(a, n1, c, n2, "RR", level)
    x, m, y, w = trials = np.array([np.atleast_1d(counts) for counts in (a, n1, c, n2)], dtype=float)
    informative = x + y > 0
    k = int(informative.sum())
    model, ratio, ci, note = COMMON, common.estimate, common.ci, common.note
    random, random_ci, opposite = math.nan, (math.nan, math.nan), False
    random_shares = np.full(x.size, math.nan)
    if k > 1:
        random, random_ci, shares, opposite = _random_effects(trials[:, informative], level, tau_scale)
        random_shares = np.zeros(x.size)
        random_shares[informative] = shares
        added = bool((informative & ((x == 0) | (y == 0) | (x == m) | (y == w))).any())
        note = "1/2 added to the cells of trials in which a cell is empty, for the random effects" * added
        if opposite or not math.isfinite(ratio):
            model, ratio, ci = _random(tau_scale), random, random_ci
    elif k == 1 or x.size == 1:
        model = "one trial, log-normal interval"
        note = "one trial in which a group has no event, or nothing but events: no ratio" if note else ""
    if not math.isfinite(ratio):
        model = NO_RATIO if k or x.size == 1 else "no ratio"
    counted = Proportion(math.nan, math.nan, math.nan)
    if model == NO_RATIO or (k and not y.any()):
        counted = pooled_risk_difference(x, m, y, w, level=level)
    shares = informative.astype(float) if k == 1 else np.where(informative, y * m / (m + w), 0.0)
    with np.errstate(invalid="ignore"):
        shares = 100 * shares / shares.sum()
    return CountComparison(
        ratio=ratio, ci=ci, model=model, common=common, random=random, random_ci=random_ci,
        i2=common.i2, q_p=common.q_p, opposite=opposite, control=float(y.sum() / w.sum()),
        events=int(x.sum() + y.sum()), n=int(m.sum() + w.sum()), k=k, trials=x.size,
        common_weights=tuple(map(float, shares)), random_weights=tuple(map(float, random_shares)),
        counted=counted, tau_scale=tau_scale, level=level, note=note,
    )  # fmt: skip


def _random_effects(
    trials: FloatArray, level: float, tau_scale: float
) -> tuple[float, tuple[float, float], FloatArray, bool]:
    """Mean ratio by random effects, its interval, the trials' weights; whether their ratios are on both sides
    of 1."""
    ratios = measures.risk_ratio(*trials)
    fit = posterior(ratios.yi, ratios.vi, tau_prior=HalfNormal(tau_scale))
    low, high = fit.mu.interval(level)
    opposite = bool((ratios.yi > 0).any() and (ratios.yi < 0).any())
    return math.exp(fit.mu.median), (math.exp(low), math.exp(high)), fit.weights, opposite


def _random(tau_scale: float) -> str:
    return f"random effects (half-normal prior of tau, scale {tau_scale:g})"
