"""Results in words. Every sentence is built from a result, by rules that are written down here and reviewed.

What may be said depends on where the interval of the mean lies against no difference and against the
between-group threshold (Cochrane Handbook 14.1.5 and 15.3; GRADE guidance 26, Santesso 2020). A wide
interval is never called "no effect": it is said what it leaves open.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ldn_analysis.display.words import count, interval, number, points
from ldn_analysis.errors import InputError, positive

if TYPE_CHECKING:
    import pandas as pd

    from ldn_analysis.models import Pooled

__all__ = [
    "PHRASES",
    "compared",
    "difference",
    "flip",
    "points",
    "pooled",
    "reasons_table",
    "single",
    "situation",
]

PHRASES: dict[str, str] = {
    "important_benefit": "the interval holds only relief that matters ({mid} or more)",
    "benefit": "the interval holds only relief; whether it reaches what matters ({mid}) is open",
    "small_benefit": "the interval holds only relief smaller than what matters ({mid})",
    "benefit_open": "the data are compatible with relief that matters ({mid}) and with none",
    "little_difference": "a mean difference that matters ({mid}) is unlikely in either "
    "direction; a smaller one is not excluded",
    "open": "the data leave open both relief and worsening that would matter ({mid})",
    "harm_open": "the data are compatible with worsening that matters ({mid}) and with none",
    "small_harm": "the interval holds only worsening smaller than what matters ({mid})",
    "harm": "the interval holds only worsening; whether it reaches what matters ({mid}) is open",
    "important_harm": "the interval holds only worsening that matters ({mid} or more)",
}
"""What may be said, by `situation`. Change these only with a review of every one of them."""


def situation(lower: float, upper: float, mid: float) -> str:
    """Where an interval lies: the key of `PHRASES` for it. Below zero favours LDN; `mid` is above zero."""
    mid = float(positive("mid", mid))
    if not lower <= upper:
        raise InputError(f"lower is {lower!r}, upper is {upper!r}: lower must not exceed upper")
    if upper < 0:
        return "important_benefit" if upper <= -mid else "benefit" if lower <= -mid else "small_benefit"
    if lower > 0:
        return "important_harm" if lower >= mid else "harm" if upper >= mid else "small_harm"
    low, high = lower <= -mid, upper >= mid
    return {(True, True): "open", (True, False): "benefit_open", (False, True): "harm_open"}.get(
        (low, high), "little_difference"
    )


UNITS = {"MD": "points", "SMD": "standard deviations"}
"""What a difference is counted in, by measure."""


def difference(
    value: float,
    lower: float,
    upper: float,
    level: float = 0.95,
    digits: int = 2,
    than: str = "",
    measure: str = "MD",
) -> str:
    """A mean difference for readers: ``0.22 points lower (95% interval: 1.50 lower to 1.07 higher)``.

    `than` goes before the interval: what it is compared with.
    """

    def side(x: float) -> str:
        return f"{number(abs(x), digits)} {'lower' if x < 0 else 'higher'}"

    unit = UNITS[measure]
    amount = f"{number(abs(value), digits)} {unit} {'lower' if value < 0 else 'higher'} {than}".rstrip()
    if not (math.isfinite(lower) and math.isfinite(upper)):
        return f"{amount} (no interval can be given)"
    return f"{amount} ({100 * level:g}% interval: {side(lower)} to {side(upper)})"


def nothing_pooled(year: int | None = None) -> str:
    """What is said where no trial can be pooled."""
    return f"No trial {'published by ' + str(year) if year else 'known here'} can be pooled."


def pooled_line(fit: Pooled, unit: str, n: int) -> str:
    """A pooled result in a line: mean, interval, number of trials and participants."""
    trials = "1 trial" if fit.k == 1 else f"{fit.k} trials"
    return f"{interval(fit.estimate, *fit.ci)} {unit}, {trials}, {n} participants"


def trials_left(k: int, inference: str) -> str:
    """What is to be known of the pool without one of its trials: `k` are left."""
    if k == 1:
        return "With one trial left, its own interval is shown."
    if k > 3 or not inference.startswith("hksj"):
        return f"{count(k, 'trial').capitalize()} are left each time."
    return (
        f"With {count(k, 'trial')} left, a Hartung-Knapp interval has {count(k - 1, 'degree')} of freedom "
        "and is very wide."
    )


def pooled(fit: Any, mid: float, n: int, measure: str = "MD") -> str:
    """One sentence for a pooled result, with the base, the number, its interval and what it leaves open."""
    base = f"{'In one trial' if fit.k == 1 else 'Across ' + count(fit.k, 'trial')} ({n} participants)"
    if measure != "MD":
        low, high = fit.ci
        where = "lower" if fit.estimate < 0 else "higher"
        sure = "excludes" if low > 0 or high < 0 else "includes"
        return (
            f"{base}, pain was on average {number(abs(fit.estimate))} standard deviations {where} with "
            f"LDN than with placebo ({100 * fit.level:g}% interval {number(low)} to {number(high)}): the "
            f"interval {sure} no difference."
        )
    words = difference(fit.estimate, fit.ci[0], fit.ci[1], fit.level, than="with LDN than with placebo")
    if not all(math.isfinite(v) for v in fit.ci):
        return f"{base}, pain on the 0 to 10 scale was on average {words}."
    phrase = PHRASES[situation(fit.ci[0], fit.ci[1], mid)].format(mid=points(mid))
    return f"{base}, pain on the 0 to 10 scale was on average {words}: {phrase}."


def reasons_table(certainty: Any) -> pd.DataFrame:
    """The reasons of a certainty (`grading.Certainty`) as a table: ``reason detail``."""
    import pandas as pd

    sizes = {1: "", 2: ", two levels"}
    rows = [(f"{d.domain}{sizes.get(d.levels, '')}", d.reason) for d in certainty.downgrades]
    rows = rows or [("none", certainty.note or "nothing was rated down")]
    return pd.DataFrame(rows, columns=["reason", "detail"])


def compared(then: Pooled | None, now: Pooled, year: int, measure: str = "MD") -> str:
    """What was known by `year` against what is known now, from the same analysis of both."""
    if then is None:
        return f"By {year} no trial could be pooled; today {count(now.k, 'trial')} can."

    def said(fit: Pooled) -> str:
        return difference(fit.estimate, fit.ci[0], fit.ci[1], fit.level, measure=measure)

    turn = {
        (True, False): "what then looked like relief is no longer clear",
        (True, True): "relief was clear then and still is",
        (False, True): "relief was not clear then and is now",
        (False, False): "relief was not clear then and is not now",
    }[then.ci[1] < 0, now.ci[1] < 0]
    first = f"By {year}, {count(then.k, 'trial')} put the difference at {said(then)}"
    return f"{first}; {count(now.k, 'trial')} now put it at {said(now)}: {turn}."


def flip(turns: list[float], name: str, low: float, high: float) -> str:
    """Whether the conclusion (does the interval include zero?) changes over a sweep."""
    if not turns:
        return (
            f"Whether the interval includes no difference does not change for any {name} from {number(low)} "
            f"to {number(high)}."
        )
    places = " and ".join(number(t) for t in turns)
    return f"Whether the interval includes no difference changes at a {name} of about {places}."


def single(row: Any, level: float = 0.95) -> str:
    """One study's estimate in words, for an alt text or a list."""
    from ldn_analysis.models.limits import trial_limits

    low, high = trial_limits(row, level)
    return f"{row['label']}: {number(row['yi'])} ({number(low)} to {number(high)})"
