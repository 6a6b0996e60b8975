"""One table of two proportions: exact and score intervals, number needed to treat, no events at all."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.special import betaincinv, gammaincinv, ndtri

from ldn_analysis.errors import FloatArray, InputError, check_level, finite, positive, within
from ldn_analysis.models.limits import critical


class Proportion(NamedTuple):
    """A proportion, a rate, or a contrast of two, with its interval."""

    estimate: float
    lower: float
    upper: float


def _table(x1: float, n1: float, x2: float, n2: float) -> tuple[float, float, float, float]:
    for x, n, name in ((x1, n1, "1"), (x2, n2, "2")):
        positive(f"n{name}", n)
        if not 0 <= float(finite(f"x{name}", x)) <= n:
            raise InputError(f"x{name} is {x:g}: must lie between 0 and n{name} = {n:g}")
    return float(x1), float(n1), float(x2), float(n2)


def exact_proportion(x: float, n: float, level: float = 0.95) -> Proportion:
    """Clopper and Pearson's exact interval of a proportion, `x` of `n`."""
    x, n, *_ = _table(x, n, 0, 1)
    tail = (1 - check_level(level)) / 2
    lower = float(betaincinv(x, n - x + 1, tail)) if x > 0 else 0.0
    upper = float(betaincinv(x + 1, n - x, 1 - tail)) if x < n else 1.0
    return Proportion(x / n, lower, upper)


def zero_event_bound(n: float, level: float = 0.95) -> float:
    """Highest risk that no event among `n` people leaves open, one-sided: ``1 - (1 - level)^(1/n)``.

    At 95 % it is close to 3/n, the rule of three (Hanley & Lippman-Hand 1983, JAMA 249:1743).
    """
    positive("n", n)
    return -math.expm1(math.log1p(-check_level(level)) / n)


def needed_to_exclude(frequency: float, level: float = 0.95) -> int:
    """People who must all stay without the event before a frequency as high as `frequency` is excluded.

    One-sided, exact: the smallest number whose `zero_event_bound` is no higher.
    """
    check_level(frequency, "frequency")
    return math.ceil(math.log1p(-check_level(level)) / math.log1p(-frequency))


def exact_rate(events: float, exposure: float, level: float = 0.95) -> Proportion:
    """Poisson rate per unit of `exposure` with Garwood's exact interval (1936, Biometrika 28:437).

    With no events the upper limit is one-sided, as in `zero_event_bound`.
    """
    within("events", events, 0)
    positive("exposure", exposure)
    tail = (1 - check_level(level)) / (1 if events == 0 else 2)
    low = 0.0 if events == 0 else float(gammaincinv(events, tail)) / exposure
    return Proportion(events / exposure, low, float(gammaincinv(events + 1, 1 - tail)) / exposure)


def risk_difference_interval(
    x1: float, n1: float, x2: float, n2: float, *, level: float = 0.95
) -> Proportion:
    """Difference of two risks, first minus second, with an interval that holds for small counts.

    The hybrid score interval (Newcombe 1998, Stat Med 17:873, method 10).

    Parameters
    ----------
    x1, n1, x2, n2
        People with the event and people, in either arm.
    level
        Of the interval.
    """
    x1, n1, x2, n2 = _table(x1, n1, x2, n2)
    z = critical(check_level(level))
    p1, p2 = x1 / n1, x2 / n2
    (low1, high1), (low2, high2) = _wilson(x1, n1, z), _wilson(x2, n2, z)
    lower, upper = math.hypot(p1 - low1, high2 - p2), math.hypot(high1 - p1, p2 - low2)
    return Proportion(p1 - p2, p1 - p2 - lower, p1 - p2 + upper)


def pooled_risk_difference(
    x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, *, level: float = 0.95
) -> Proportion:
    """Mean of the risk differences of one trial or several, with an interval that holds for small counts.

    The weights are those of Mantel and Haenszel; the distances to each trial's limits
    (`risk_difference_interval`) are added as standard errors are (Zou & Donner 2008, Stat Med 27:1693). Of
    one trial it is that trial's difference and interval. Parameters are those of one, arrays of shape
    (trials,).
    """
    trials = zip(x1, n1, x2, n2, strict=True)
    gaps, low, high = np.array([risk_difference_interval(*trial, level=level) for trial in trials]).T
    weights = n1 * n2 / (n1 + n2) / np.sum(n1 * n2 / (n1 + n2))
    mean = float(weights @ gaps)
    lower, upper = (float(np.linalg.norm(weights * away)) for away in (gaps - low, high - gaps))
    return Proportion(mean, mean - lower, mean + upper)


def _wilson(x: float, n: float, z: float) -> tuple[float, float]:
    centre, half = x + z * z / 2, z * math.sqrt(x * (n - x) / n + z * z / 4)
    low = (centre - half) / (n + z * z) if x > 0 else 0.0
    return low, (centre + half) / (n + z * z) if x < n else 1.0


class NumberNeeded(NamedTuple):
    """Number needed to treat, with the segments of its interval.

    Attributes
    ----------
    estimate
        People to treat for one more (or fewer) with the event; infinite where the risks are equal.
    benefit, harm
        Range of numbers on either side that the interval holds (lowest, highest), or None. Where both are
        held the interval passes through infinity (Altman 1998, BMJ 317:1309).
    """

    estimate: float
    benefit: tuple[float, float] | None
    harm: tuple[float, float] | None


def number_needed_to_treat(difference: float, lower: float, upper: float) -> NumberNeeded:
    """Number needed to treat from a risk difference (treatment minus control) and its interval.

    Parameters
    ----------
    difference, lower, upper
        As proportions, between -1 and 1, of an event that is wanted (response).
    """
    d, low, high = (
        float(finite(n, v)) for n, v in (("difference", difference), ("lower", lower), ("upper", upper))
    )
    if not -1 <= low <= d <= high <= 1:
        raise InputError(
            f"difference is {d:g} with limits {low:g} and {high:g}: must be ordered, within -1 and 1"
        )

    def over(value: float) -> float:
        return 1 / value if value > 0 else math.inf

    return NumberNeeded(
        over(abs(d)),
        (over(high), over(low)) if high > 0 else None,
        (over(-low), over(-high)) if low < 0 else None,
    )


def people_per_group(sd: float, difference: float, power: float = 0.9, alpha: float = 0.05) -> int:
    """Fewest people in each of two groups with which a t test finds `difference` between their means.

    Two-sided `alpha`, a result in the wrong direction counts for nothing (noncentral t: Julious 2010, Sample
    Sizes for Clinical Trials, section 3.2). The search begins below the size that a known SD would give.
    """
    from scipy import stats  # half a second to import

    shift = float(positive("difference", difference)) / float(positive("sd", sd))
    tail, power = check_level(alpha, "alpha") / 2, check_level(power, "power")
    n = max(2, math.floor(2 * ((ndtri(1 - tail) + ndtri(power)) / shift) ** 2))
    while stats.nct.sf(stats.t.isf(tail, 2 * n - 2), 2 * n - 2, shift * math.sqrt(n / 2)) < power:
        n += 1
    return n
