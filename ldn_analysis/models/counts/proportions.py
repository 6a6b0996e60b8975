"""One table of two proportions: exact and score intervals, number needed to treat, no events at all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import betaincinv, gammaincinv, ndtri

from ldn_analysis.errors import InputError, check_level, finite, one_of, positive
from ldn_analysis.models.limits import critical
from ldn_analysis.models.results import Result

__all__ = [
    "NumberNeeded",
    "Proportion",
    "exact_proportion",
    "exact_rate",
    "needed_to_exclude",
    "number_needed_to_treat",
    "risk_difference_interval",
    "zero_event_bound",
]


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
    if not 0 < frequency < 1:
        raise InputError(f"frequency is {frequency!r}: must lie between 0 and 1")
    return math.ceil(math.log1p(-check_level(level)) / math.log1p(-frequency))


def exact_rate(events: float, exposure: float, level: float = 0.95) -> Proportion:
    """Poisson rate per unit of `exposure` with Garwood's exact interval (1936, Biometrika 28:437).

    With no events the upper limit is one-sided, as in `zero_event_bound`.
    """
    if events < 0 or exposure <= 0:
        raise InputError(f"events and exposure are {events!r} and {exposure!r}: need >= 0 and > 0")
    tail = (1 - check_level(level)) / (1 if events == 0 else 2)
    low = 0.0 if events == 0 else float(gammaincinv(events, tail)) / exposure
    return Proportion(events / exposure, low, float(gammaincinv(events + 1, 1 - tail)) / exposure)


def risk_difference_interval(
    x1: float, n1: float, x2: float, n2: float, *, level: float = 0.95, method: str = "newcombe"
) -> Proportion:
    """Difference of two risks, first minus second, with an interval that holds for small counts.

    Parameters
    ----------
    x1, n1, x2, n2
        People with the event and people, in either arm.
    level
        Of the interval.
    method
        ``"newcombe"``: the hybrid score interval (Newcombe 1998, Stat Med 17:873, method 10);
        ``"miettinen-nurminen"``: the score interval (1985, Stat Med 4:213); ``"agresti-caffo"``: one success
        and one failure added to each arm (2000, Am Stat 54:280); ``"wald"``: for comparison.
    """
    one_of("method", method, ("newcombe", "miettinen-nurminen", "agresti-caffo", "wald"))
    x1, n1, x2, n2 = _table(x1, n1, x2, n2)
    z = critical(check_level(level))
    difference = x1 / n1 - x2 / n2
    if method == "newcombe":
        (low1, high1), (low2, high2) = _wilson(x1, n1, z), _wilson(x2, n2, z)
        p1, p2 = x1 / n1, x2 / n2
        lower = difference - math.hypot(p1 - low1, high2 - p2)
        return Proportion(difference, lower, difference + math.hypot(high1 - p1, p2 - low2))
    if method == "miettinen-nurminen":
        return Proportion(difference, *_score_limits(x1, n1, x2, n2, z))
    more = 1.0 if method == "agresti-caffo" else 0.0
    a, b = n1 + 2 * more, n2 + 2 * more
    p1, p2 = (x1 + more) / a, (x2 + more) / b
    half = z * math.sqrt(p1 * (1 - p1) / a + p2 * (1 - p2) / b)
    return Proportion(difference, max(p1 - p2 - half, -1.0), min(p1 - p2 + half, 1.0))


def _wilson(x: float, n: float, z: float) -> tuple[float, float]:
    centre, half = x + z * z / 2, z * math.sqrt(x * (n - x) / n + z * z / 4)
    low = (centre - half) / (n + z * z) if x > 0 else 0.0
    return low, (centre + half) / (n + z * z) if x < n else 1.0


def _score_limits(x1: float, n1: float, x2: float, n2: float, z: float) -> tuple[float, float]:
    n, seen = n1 + n2, x1 / n1 - x2 / n2

    def distance(delta: float) -> float:
        """Score statistic at a true difference `delta`, with the restricted estimate in closed form."""
        a, b = n, (n1 + 2 * n2) * delta - n - x1 - x2
        c, d = (n2 * delta - n - 2 * x2) * delta + x1 + x2, x2 * delta * (1 - delta)
        q = (b / (3 * a)) ** 3 - b * c / (6 * a * a) + d / (2 * a)
        root = math.copysign(math.sqrt(max((b / (3 * a)) ** 2 - c / (3 * a), 0.0)), q)
        turn = math.acos(max(-1.0, min(1.0, q / root**3))) if root else math.pi / 2
        p2 = min(max(2 * root * math.cos((math.pi + turn) / 3) - b / (3 * a), 0.0, -delta), 1.0, 1 - delta)
        p1 = min(max(p2 + delta, 0.0), 1.0)
        variance = (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * n / (n - 1)
        gap = seen - delta
        if variance <= 0:
            return 0.0 if abs(gap) < 1e-15 else math.copysign(math.inf, gap)
        return gap / math.sqrt(variance)

    from scipy.optimize import brentq

    def limit(end: float, target: float) -> float:
        inside, outside = seen, end
        # the statistic may be infinite at the very end: bisect until it is finite, then finish
        if abs(distance(end)) <= abs(target) or abs(seen - end) < 1e-15:
            return end
        f = lambda v: float(np.clip(distance(v), -1e6, 1e6)) - target  # noqa: E731
        return float(brentq(f, inside, outside, xtol=1e-14, rtol=1e-13))

    return limit(-1.0, z), limit(1.0, -z)


@dataclass(frozen=True)
class NumberNeeded(Result):
    """Number needed to treat, with the segments of its interval.

    Attributes
    ----------
    estimate
        People to treat for one more (or fewer) with the event; infinite where the risks are equal.
    direction
        ``"benefit"``, ``"harm"`` or ``"none"``.
    benefit, harm
        Range of numbers on either side that the interval holds (lowest, highest; the highest is infinite if
        the interval passes through no difference), or None.
    level
        Of the interval.
    """

    estimate: float
    direction: str
    benefit: tuple[float, float] | None
    harm: tuple[float, float] | None
    level: float

    @property
    def passes_infinity(self) -> bool:
        """Whether the interval holds both benefit and harm (Altman 1998, BMJ 317:1309)."""
        return self.benefit is not None and self.harm is not None

    def __str__(self) -> str:
        def number(value: float) -> str:
            return "infinity" if math.isinf(value) else f"{value:.0f}" if value >= 10 else f"{value:.1f}"

        benefit = self.benefit and tuple(map(number, self.benefit))
        harm = self.harm and tuple(map(number, self.harm))
        if benefit and harm:
            span = f"benefit {benefit[0]} to infinity to harm {harm[0]}"
        else:
            name, ends = ("benefit", benefit) if benefit else ("harm", harm)
            span = f"{name} {ends[0]} to {ends[1]}" if ends else "infinity"
        what = "" if self.direction == "none" else f" ({self.direction})"
        return f"{number(self.estimate)}{what}; {100 * self.level:g}% interval: {span}"


def number_needed_to_treat(
    difference: float, lower: float, upper: float, *, good: bool = True, level: float = 0.95
) -> NumberNeeded:
    """Number needed to treat from a risk difference (treatment minus control) and its interval.

    Parameters
    ----------
    difference, lower, upper
        As proportions, between -1 and 1.
    good
        Whether the event is wanted (response) or not (side effect).
    level
        Of the interval, for the record.
    """
    d, low, high = (
        float(finite(n, v)) for n, v in (("difference", difference), ("lower", lower), ("upper", upper))
    )
    if not -1 <= low <= d <= high <= 1:
        raise InputError(
            f"difference is {d:g} with limits {low:g} and {high:g}: must be ordered, within -1 and 1"
        )
    if not good:
        d, low, high = -d, -high, -low

    def over(value: float) -> float:
        return 1 / value if value > 0 else math.inf

    return NumberNeeded(
        over(abs(d)),
        "benefit" if d > 0 else "harm" if d < 0 else "none",
        (over(high), over(low)) if high > 0 else None,
        (over(-low), over(-high)) if low < 0 else None,
        level,
    )


def people_per_group(sd: float, difference: float, power: float = 0.9, alpha: float = 0.05) -> int:
    """People in each of two groups to find `difference` between means: ``2 (z + z)² sd² / difference²``.

    Two-sided `alpha`, normal approximation (Julious 2010, Sample Sizes for Clinical Trials, section 3.2).
    """
    if not (sd > 0 and difference > 0 and 0 < power < 1 and 0 < alpha < 1):
        raise InputError("sd and difference must be above 0, power and alpha between 0 and 1")
    z = float(ndtri(1 - alpha / 2) + ndtri(power))
    return math.ceil(2 * (z * sd / difference) ** 2)
