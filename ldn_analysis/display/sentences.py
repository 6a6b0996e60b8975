"""Results in words. Every sentence is built from a result, by rules that are written down here and reviewed.

What may be said depends on where the interval of the mean lies against no difference and against the
between-group threshold (Cochrane Handbook 14.1.5 and 15.3; GRADE guidance 26, Santesso 2020). A wide
interval is never called "no effect": it is said what it leaves open.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ldn_analysis.errors import InputError, positive

from .rows import number

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "PHRASES",
    "axis",
    "compared",
    "difference",
    "dose_question",
    "doses",
    "evidence_base",
    "flip",
    "joined",
    "listed",
    "participants",
    "percent",
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

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def count(n: int, noun: str, many: str | None = None) -> str:
    """A number of things in words up to ten: ``three trials``."""
    word = _NUMBERS[n] if 0 <= n < len(_NUMBERS) else str(n)
    return f"{word} {noun if n == 1 else many or noun + 's'}"


def percent(p: float) -> str:
    """A probability as a percentage that never claims certainty: ``under 1%``, ``81%``, ``over 99%``."""
    if not 0 <= p <= 1:
        raise InputError(f"p is {p!r}: must be between 0 and 1")
    return "under 1%" if p < 0.01 else "over 99%" if p > 0.99 else f"{100 * p:.0f}%"


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


def points(mid: float) -> str:
    """A threshold with its unit: ``1 point``, ``0.5 points``."""
    return f"{mid:g} point{'' if mid == 1 else 's'}"


def difference(
    value: float, lower: float, upper: float, level: float = 0.95, digits: int = 2, than: str = ""
) -> str:
    """A mean difference for readers: ``0.22 points lower (95% interval: 1.50 lower to 1.07 higher)``.

    `than` goes before the interval: what it is compared with.
    """

    def side(x: float) -> str:
        return f"{number(abs(x), digits)} {'lower' if x < 0 else 'higher'}"

    amount = f"{number(abs(value), digits)} points {'lower' if value < 0 else 'higher'} {than}".rstrip()
    if not (math.isfinite(lower) and math.isfinite(upper)):
        return f"{amount} (no interval can be given)"
    return f"{amount} ({100 * level:g}% interval: {side(lower)} to {side(upper)})"


def participants(table: pd.DataFrame) -> int:
    """Participants behind the included rows of a contrast table; those of a crossover are counted once."""
    used = table[table["included"].astype(bool)]
    crossover = used["design"].astype(str).str.startswith("crossover")
    total = used["n_ldn"].fillna(0) + used["n_control"].fillna(0).where(~crossover, 0)
    return int(total.sum())


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


def evidence_base(studies: int, blind: int, pooled_trials: int, n: int) -> str:
    """What there is: studies, the randomised double-blind trials, and those whose pain can be pooled."""
    if not pooled_trials:
        return (
            f"Of {count(studies, 'study', 'studies')} known here, {count(blind, 'is', 'are')} randomised and "
            "double-blind; none gives an estimate of pain against placebo that could be used."
        )
    return (
        f"Of {count(studies, 'study', 'studies')} known here, {count(blind, 'is', 'are')} randomised and "
        f"double-blind, and {count(pooled_trials, 'gives', 'give')} an estimate of pain against placebo that "
        f"can be pooled ({n} participants)."
    )


def reasons_table(certainty: Any) -> pd.DataFrame:
    """The reasons of a certainty (`analyses.Certainty`) as a table: ``reason detail``."""
    import pandas as pd

    sizes = {1: "", 2: ", two levels"}
    rows = [(f"{d.domain}{sizes.get(d.levels, '')}", d.reason) for d in certainty.downgrades]
    rows = rows or [("none", certainty.note or "nothing was rated down")]
    return pd.DataFrame(rows, columns=["reason", "detail"])


def compared(then: Any, now: Any, year: int, mid: float) -> str:
    """What was known by `year` against what is known now, from the same analysis of both."""
    if then is None:
        return f"By {year} no trial could be pooled; today {count(now.k, 'trial')} can."
    first = f"By {year}, {count(then.k, 'trial')} put the difference at "
    first += difference(then.estimate, then.ci[0], then.ci[1], then.level)
    second = (
        f"{count(now.k, 'trial')} now put it at {difference(now.estimate, now.ci[0], now.ci[1], now.level)}"
    )
    was = situation(then.ci[0], then.ci[1], mid) in {"benefit", "small_benefit", "important_benefit"}
    is_ = situation(now.ci[0], now.ci[1], mid) in {"benefit", "small_benefit", "important_benefit"}
    turn = {
        (True, False): "what then looked like relief is no longer clear",
        (True, True): "relief was clear then and still is",
        (False, True): "relief was not clear then and is now",
        (False, False): "relief was not clear then and is not now",
    }[was, is_]
    return f"{first}; {second}: {turn}."


def axis(used: pd.DataFrame, curves: pd.DataFrame | None, daily: pd.DataFrame | None) -> str:
    """What the dose axis shows, in words; parts that were not yet published are left out."""
    said = ["Trials: " + listed([f"{r['label']} at {r['dose_mg']:g} mg" for _, r in used.iterrows()]) + "."]
    if curves is not None:
        from .dosing_sentences import ed50_range

        one = curves.iloc[0]
        said.append(
            "The dose-finding study's report is compatible with an ED50 from "
            f"{ed50_range(one['ed50_lower'], one['ed50_upper'])}; "
            f"its ED95 is above 6 mg, or does not exist, in {percent(one['beyond_percent'] / 100)} "
            "of the compatible curves."
        )
    if daily is not None:
        parts = [f"{r['low']:.0f} to {r['high']:.0f}% at {r['dose_mg']:g} mg" for _, r in daily.iterrows()]
        said.append("Receptors occupied over a day, median low to median high: " + listed(parts) + ".")
    return " ".join(said)


def dose_question(tested: pd.DataFrame, untested: pd.DataFrame) -> str:
    """Which doses were compared with placebo, and what was not (`gaps.doses_tested`, `gaps.untested`)."""
    if not len(tested):
        return "No dose was compared with placebo in a randomised, double-blind trial."
    named = listed([f"{d:g}" for d in sorted(tested["dose_mg"])])
    first = f"Only {named} mg a day {'were' if len(tested) > 1 else 'was'} compared with placebo"
    never = list(untested.loc[(untested["trials"] == 0) & (untested["unknown"] == 0), "question"])
    if not never:
        return first + "."
    return f"{first}; no placebo-controlled trial known here tested {listed(never, 'or')}."


def joined(first: str, second: str) -> str:
    """Two sentences as one, with a semicolon."""
    return f"{first.rstrip('.')}; {second[0].lower()}{second[1:]}"


def listed(words: list[str], last: str = "and") -> str:
    """Words as a list in a sentence: ``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def flip(turns: list[float], name: str, low: float, high: float) -> str:
    """Whether the conclusion (does the interval include zero?) changes over a sweep."""
    if not turns:
        return (
            f"Whether the interval includes no difference does not change for any {name} from {number(low)} "
            f"to {number(high)}."
        )
    places = " and ".join(number(t) for t in turns)
    return f"Whether the interval includes no difference changes at a {name} of about {places}."


def doses(table: pd.DataFrame) -> str:
    """Doses of the included rows in words: ``4.5 and 6 mg a day``."""
    used = sorted({float(d) for d in table.loc[table["included"].astype(bool), "dose_mg"].dropna()})
    return listed([f"{d:g}" for d in used]) + " mg a day" if used else "doses that are not known to us"


def single(row: Any, level: float = 0.95) -> str:
    """One study's estimate in words, for an alt text or a list."""
    from .forest import limits_of

    low, high = limits_of(row["yi"], row["vi"], level)
    return f"{row['label']}: {number(row['yi'])} ({number(low)} to {number(high)})"
