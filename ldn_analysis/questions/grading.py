"""Certainty in GRADE's words: what it is a certainty of, where it starts, what takes levels off, and why.

Sources, and what each rule takes from them (of Core GRADE we could read the abstracts, not the papers):

- **Target** (Core GRADE 2, Guyatt 2025, 10.1136/bmj-2024-081904): where the estimate lies against the
  smallest difference that matters says what the certainty is of: an effect that matters, or little or none.
- **Risk of bias** (Core GRADE 4, 10.1136/bmj-2024-083864): by the weight of trials at high and at low risk,
  and by whether their results agree. High risk costs more than no information: that is our reading.
- **Inconsistency** (Core GRADE 3, 10.1136/bmj-2024-081905): by how much intervals overlap and on which side
  of the thresholds estimates lie, where chance would seldom set trials so far apart (test of heterogeneity:
  GRADE guidelines 7, Guyatt 2011); not by I². Heterogeneity that widens the interval of the mean is counted
  there, once. Differences and ratios are judged alike.
- **Imprecision** (Core GRADE 2; two levels: GRADE guidance 35, Schünemann 2022): by the 95% interval against
  the thresholds; the number of people counts only where a large effect is claimed (GRADE guidelines 6,
  Guyatt 2011). Of counts the number of events counts always: where an event is common, a ratio near 1 can be
  a large difference.
- **Words** (GRADE guidelines 26, Santesso 2020): a sentence by size and certainty; the wording is ours.

Indirectness and publication bias cannot be computed: they are declared in ``data/judgements.csv``. Certainty
is of effects; a count of designs has none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ldn_analysis import models
from ldn_analysis.display.words import capital
from ldn_analysis.errors import InputError, one_of
from ldn_analysis.models.limits import critical

if TYPE_CHECKING:
    from ldn_analysis.evidence import Evidence

LEVELS = ("high", "moderate", "low", "very low")
UNGRADED = "not graded"
SURE = dict(zip(LEVELS, ("very sure", "fairly sure", "unsure", "very unsure"), strict=True))
"""GRADE's levels in plain words."""
FEWEST_PEOPLE = 400
"""Participants below which a mean difference that matters is rated imprecise (GRADE guidelines 6, 2011)."""
FEWEST_EVENTS = 300
"""Events below which a ratio is rated imprecise (the same)."""
RATIO_MID = 0.25
"""Distance from 1 of the relative risks that are called appreciable, 0.75 and 1.25 (the same)."""
BY_CHANCE = 0.1
"""p value of Q from which trials may differ by chance alone: the test has little power, so 10%
and not 5% (Higgins 2003, 10.1136/bmj.327.7414.557; Cochrane Handbook 10.10.2)."""
MOST_OF_THE_WEIGHT = 50.0
"""Percent of the weight above which a kind of trial decides for the whole."""

Zone = Literal["relief", "little", "worsening"]


@dataclass(frozen=True, slots=True)
class Downgrade:
    """Levels taken off in one of GRADE's domains, and the reason; `short` is the same in plain words."""

    domain: str
    levels: int
    reason: str
    short: str = ""

    def __str__(self) -> str:
        size = {1: "one level", 2: "two levels"}.get(self.levels, f"{self.levels} levels")
        return f"{self.domain}, {size}: {self.reason}"

    @property
    def plain(self) -> str:
        """One plain sentence without its full stop."""
        return self.short or capital(self.reason)


@dataclass(frozen=True, slots=True)
class Certainty:
    """A certainty, what it is of (`target`), where it started, and every reason for what was taken off."""

    level: str
    start: str
    downgrades: tuple[Downgrade, ...] = ()
    note: str = ""
    target: str = ""

    @property
    def reasons(self) -> tuple[str, ...]:
        """The start and each downgrade as a line."""
        first = self.note or f"starts at {self.start}"
        return (first, *(str(d) for d in self.downgrades))

    @property
    def why(self) -> str:
        """The reasons in one line of plain words."""
        text = ". ".join(d.plain for d in self.downgrades) or self.note
        return f"{capital(text)}." if text else "Nothing was rated down."

    @property
    def dots(self) -> str:
        """GRADE's symbols (Cochrane Handbook 14.1.6); empty where it is not graded."""
        if self.level not in LEVELS:
            return ""
        off = LEVELS.index(self.level)
        return "⊕" * (len(LEVELS) - off) + "○" * off

    @property
    def sure(self) -> str:
        """How sure we are, in plain words, with GRADE's: ``Very unsure (GRADE: very low)``."""
        if self.level not in LEVELS:
            return "Not graded"
        return f"{capital(SURE[self.level])} (GRADE: {self.level})"


def certainty(start: str, downgrades: Iterable[Downgrade | None], target: str = "") -> Certainty:
    """Take the levels of `downgrades` (None: nothing) off `start`; it never falls below very low."""
    one_of("start", start, LEVELS)
    taken = tuple(d for d in downgrades if d is not None and d.levels > 0)
    if any(d.levels < 0 for d in taken):
        raise InputError("a downgrade takes levels off: it cannot be negative")
    place = min(LEVELS.index(start) + sum(d.levels for d in taken), len(LEVELS) - 1)
    return Certainty(LEVELS[place], start, taken, target=target)


def zone(value: float, mid: float) -> Zone:
    """Where a difference lies: relief that matters (at or below -`mid`), worsening that does, or between."""
    return "relief" if value <= -mid else "worsening" if value >= mid else "little"


def target_of(estimate: float, mid: float) -> str:
    """What the certainty is of, from where the estimate lies against the smallest difference that matters."""
    return {
        "relief": "that the effect is a relief that matters",
        "worsening": "that the effect is a worsening that matters",
        "little": "that there is little or no difference",
    }[zone(estimate, mid)]


def pooled_certainty(
    fit: Any, mid: float | None, bias: Mapping[str, str], study_ids: Sequence[str], n: float
) -> Certainty:
    """Certainty of a pooled mean difference of randomised trials, by the rules that can be computed.

    Parameters
    ----------
    fit : models.Pooled
        With the 95% interval that the rules are about; ``yi``, ``vi`` are its trials'.
    mid : float or None
        Difference that matters, in the unit of `fit`; None (another unit) leaves the result ungraded.
    bias : mapping of study id to judgement
    study_ids : sequence of str
        In the order of the weights of `fit`.
    n : int
        Participants.
    """
    if mid is None:
        note = "the threshold is in points of a pain scale, these results are not"
        return Certainty(UNGRADED, "", note=note)
    low, high = fit.ci
    estimates = list(map(float, fit.yi))
    biased = bias_off(list(fit.weights), study_ids, bias, estimates=estimates, mid=mid)
    sides = sides_off(fit.yi, fit.vi, mid)
    imprecise = interval_off(low, high, mid, n, fit.estimate)
    return certainty("high", [biased, sides, imprecise], target_of(fit.estimate, mid))


def judged_bias(ev: Evidence, outcome: str = "pain") -> dict[str, str]:
    """Overall risk of bias by report, as judged for an outcome: its own, else that of its trial."""
    if "risk_of_bias" not in ev.tables:
        return {}
    rows = ev.risk_of_bias[(ev.risk_of_bias["outcome"] == outcome) & (ev.risk_of_bias["domain"] == "overall")]
    judged = dict(zip(rows["study_id"], rows["judgement"], strict=True))
    trials = zip(ev.studies["study_id"], ev.studies["trial_id"], strict=True)
    return {study: judged[trial] for study, trial in trials if trial in judged} | judged


def bias_off(
    weights: Sequence[float],
    study_ids: Sequence[str],
    bias: Mapping[str, str],
    outcome: str = "",
    *,
    estimates: Sequence[float] = (),
    mid: float = math.inf,
) -> Downgrade | None:
    """Risk of bias by weight, and by whether trials at high risk and the others agree.

    Two levels where trials at high risk carry more than half of the weight, or where most weight is not at
    low risk and the weighted mean without those at high risk lies on another side of `mid`; one where either
    holds alone. `outcome` names the outcome that `bias` was judged for, where it stands in for another;
    without `estimates` agreement is not looked at.
    """
    total = sum(weights)
    if not total:
        return None
    share = [100 * w / total for w in weights]
    judged = [bias.get(s, "") for s in study_ids]
    high = [w for w, j in zip(share, judged, strict=True) if j == "high"]
    unsure = [w for w, j in zip(share, judged, strict=True) if j != "low"]
    unsure_decides = sum(unsure) > MOST_OF_THE_WEIGHT
    moved = _moved(share, judged, estimates, mid)
    levels = 1
    if sum(high) > MOST_OF_THE_WEIGHT or (moved and unsure_decides):
        levels = 2
        reason, short = _at_high_risk(high, len(share), moved)
    elif moved:
        reason, short = _disagree(len(high), len(share) - len(high))
    elif unsure_decides:
        reason, short = _not_at_low_risk(unsure, len(share), sum(high))
    else:
        return None
    stands = f"; judged for {outcome}, which stands in here" if outcome else ""
    return Downgrade("risk of bias", levels, reason + stands, short)


def _at_high_risk(high: list[float], trials: int, moved: bool) -> tuple[str, str]:
    """Reason, and the same in plain words: trials at high risk (their weights) decide for the whole."""
    who, them, their, carry = ("trials", "them", "their", "carry")
    if len(high) == 1:
        who, them, their, carry = ("one trial", "it", "its", "carries")
    reason = f"{who} at high risk {carry} {sum(high):.0f}% of the weight"
    subject = f"{capital(who)} with {sum(high):.0f}% of the weight"
    if trials == 1:
        reason, subject = "the trial is at high risk", "The trial"
    if moved:
        reason += f", and without {them} the mean lies on another side of what matters"
    return reason, f"{subject} may well be biased by {their} methods"


def _disagree(high: int, others: int) -> tuple[str, str]:
    """Reason, and the same in plain words: so many trials at high risk and the others disagree."""
    who, disagree = ("one trial", "disagrees") if high == 1 else ("trials", "disagree")
    rest = "the other" if others == 1 else "the others"
    return (
        f"{who} at high risk and {rest} disagree",
        f"{capital(who)} with weaker methods {disagree} with {rest}",
    )


def _not_at_low_risk(unsure: list[float], trials: int, high: float) -> tuple[str, str]:
    """Reason, and the same in plain words: most of the weight is not at low risk; of it `high` is at high."""
    who, are = ("one trial", "is") if len(unsure) == 1 else ("trials", "are")
    subject, whose = f"{who} with {sum(unsure):.0f}% of the weight", "trials'"
    if trials == 1:
        subject, whose = "the trial", "trial's"
    also = f" ({high:.0f}% at high risk)" if high else ""
    return (
        f"{subject} {are} not judged at low risk{also}",
        f"We could not rule out that the {whose} methods favoured one side",
    )


def _moved(share: list[float], judged: list[str], estimates: Sequence[float], mid: float) -> bool:
    """Whether the weighted mean lies on another side of `mid` without the trials at high risk."""
    kept = [i for i, judgement in enumerate(judged) if judgement != "high"]
    if not len(estimates) or not kept or len(kept) == len(judged) or not math.isfinite(mid):
        return False
    with_all = float(np.average(estimates, weights=share))
    without_high = float(np.average([estimates[i] for i in kept], weights=[share[i] for i in kept]))
    return zone(with_all, mid) != zone(without_high, mid)


def sides_off(
    yi: Sequence[float], vi: Sequence[float], mid: float, scale: Callable[[float], float] = float
) -> Downgrade | None:
    """Inconsistency: one level where two trials lie on different sides of what matters and hardly overlap.

    Two trials hardly overlap where neither 95% interval (normal) holds the other's estimate. Trials that
    differ on one side of the thresholds are no reason: the target is the same for all of them. Nor is what
    chance does to alike trials, which among eight sets some pair apart more often than not: Q's p value must
    be below `BY_CHANCE`. `scale` brings an estimate to the scale of `mid`: `math.expm1` a log ratio to its
    distance from 1.
    """
    trials = [(y, v) for y, v in zip(yi, vi, strict=True) if math.isfinite(y)]  # no events, no ratio
    conflict = any(
        zone(scale(a), mid) != zone(scale(b), mid) and abs(a - b) > critical(0.95) * math.sqrt(max(v, w))
        for (a, v), (b, w) in combinations(trials, 2)
    )
    if not conflict:
        return None
    estimates, variances = zip(*trials, strict=True)
    if models.pool(estimates, variances, "CE", "z").q_p >= BY_CHANCE:
        return None
    return Downgrade(
        "inconsistency",
        1,
        "trials lie on different sides of what matters, and their intervals hardly overlap",
        "The trials point to different conclusions",
    )


def interval_off(
    lower: float, upper: float, mid: float, n: float, estimate: float = math.nan
) -> Downgrade | None:
    """Imprecision of a mean difference, by its 95% interval against -`mid` and `mid`.

    Two levels where it reaches both, one where it reaches one of them and a smaller difference; one too where
    the whole interval lies beyond a threshold and there are fewer than `FEWEST_PEOPLE` participants. Below
    that number an interval within the thresholds is precise enough (Core GRADE 2); without `estimate` every
    small number counts.
    """
    if not (math.isfinite(lower) and math.isfinite(upper)):
        return _imprecise(2, "no interval can be given", "No interval can be given")
    if lower <= -mid and upper >= mid:
        reason = "the interval includes benefit and harm that matter"
        return _imprecise(2, reason, "The true effect may be a relief or a worsening that matters")
    if (lower <= -mid < upper) or (lower < mid <= upper):
        reason = "the interval includes a difference that matters and one too small"
        return _imprecise(1, reason, "The true effect may or may not be large enough to matter")
    within = math.isfinite(estimate) and zone(estimate, mid) == "little"
    if n < FEWEST_PEOPLE and not within:
        return _imprecise(1, f"fewer than {FEWEST_PEOPLE} participants", "Few people were studied")
    return None


_imprecise = partial(Downgrade, "imprecision")


def events_off(events: float, lower: float, upper: float, apart: int = 0) -> Downgrade | None:
    """Imprecision of a risk ratio: two levels without events, or where it may be appreciably below and above
    1 (`RATIO_MID`); one where it may be only one of them, or not, and below `FEWEST_EVENTS` events.

    Where there is no ratio the difference in people decides (Core GRADE 2): two levels unless its interval
    excludes equal risks (`apart` is not 0).
    """
    if events == 0:
        return _imprecise(2, "too few events for a ratio", "Too few events to compare")
    if not (math.isfinite(lower) and math.isfinite(upper)) and not apart:
        reason = "all or none of a group had the event, which gives no ratio"
        return _imprecise(2, reason, "All or none of a group had it, which gives no ratio")
    low, high = lower - 1, upper - 1
    fewer, more = low <= -RATIO_MID < high, low < RATIO_MID <= high
    if fewer and more:
        reason = f"{events:g} events; the interval includes appreciably fewer and more"
        return _imprecise(2, reason, "It may be clearly more common or clearly less common")
    if fewer or more:
        direction = "fewer" if fewer else "more"
        reason = f"{events:g} events; it includes appreciably {direction} and a smaller change"
        return _imprecise(1, reason, "The difference may or may not be large")
    if events < FEWEST_EVENTS:
        return _imprecise(1, f"{events:g} events, fewer than {FEWEST_EVENTS}", "Few events were counted")
    return None


def statement(level: str, does: str, do: str, about: str) -> str:
    """What may be said, by certainty: the scheme of GRADE guidelines 26, in our words.

    >>> statement("low", "lowers pain", "lower pain", "pain")
    'LDN may lower pain.'
    >>> statement("very low", "lowers pain", "lower pain", "pain")
    'We are very unsure what LDN does to pain.'

    Parameters
    ----------
    level
        One of `LEVELS`, or `UNGRADED`.
    does, do
        The size of the effect with its verb, after "LDN" and after "LDN may".
    about
        The outcome, for what is not known.
    """
    return {
        "high": f"LDN {does}.",
        "moderate": f"LDN probably {does}.",
        "low": f"LDN may {do}.",
        "very low": f"We are very unsure what LDN does to {about}.",
    }.get(level, f"Nothing can be said on {about}.")
