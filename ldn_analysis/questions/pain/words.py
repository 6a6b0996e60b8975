"""Results in words. Every sentence is built from a result, by rules that are written down here and reviewed.

What may be said depends on where the interval of the mean lies against no difference and against the
between-group threshold (Cochrane Handbook 14.1.5 and 15.3; GRADE guidelines 26, Santesso 2020). A wide
interval is never called "no effect": it is said what it leaves open.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from ldn_analysis.display.words import count, milligrams, number, numeral, percent, points, side, span, spoken
from ldn_analysis.errors import InputError, positive
from ldn_analysis.evidence.trials import doses_held
from ldn_analysis.measures.compared import COMPARED
from ldn_analysis.models.limits import trial_limits
from ldn_analysis.questions.grading import statement

if TYPE_CHECKING:
    from ldn_analysis.models import Pooled
    from ldn_analysis.questions.pain.belief import Chance

PHRASES: dict[str, str] = {
    "important_benefit": "{show} relief that matters ({mid} or more)",
    "benefit": "{show} relief; whether it matters ({mid}) is open",
    "small_benefit": "{show} relief, probably less than matters ({mid})",
    "benefit_open": "Relief that matters ({mid}) and no relief are both possible",
    "little_difference": "A difference that matters ({mid}) is unlikely; a smaller one is possible",
    "open": "We do not know whether LDN helps; {mid} better or worse is possible",
    "harm_open": "Worsening that matters ({mid}) and none are both possible",
    "small_harm": "{show} worsening, probably less than matters ({mid})",
    "harm": "{show} worsening; whether it matters ({mid}) is open",
    "important_harm": "{show} worsening that matters ({mid} or more)",
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


def mean(fit: Any, n: int, measure: str = "MD") -> str:
    """The mean, as every page says it: ``In three trials (223 people) pain (0–10) was 0.22 points lower than
    on placebo (95% interval: 1.50 lower to 1.07 higher).``
    """
    unit, scale = COMPARED[measure].unit, " (0–10)" if measure == "MD" else ""
    base = f"{'one trial' if fit.k == 1 else count(fit.k, 'trial')} ({n:,} people)"
    size = f"{number(abs(fit.estimate), 2)} {unit} {'lower' if fit.estimate < 0 else 'higher'}"
    ends = f"{100 * fit.level:g}% interval: {side(fit.ci[0], 2)} to {side(fit.ci[1], 2)}"
    known = ends if math.isfinite(sum(fit.ci)) else "no interval can be given"
    return f"In {base} pain{scale} was {size} than on placebo ({known})."


def nothing_pooled(year: int | None = None) -> str:
    """What is said where no trial can be pooled."""
    return f"We do not know: no trial {f'published by {year}' if year else 'known here'} can be pooled."


def trials_left(k: int, inference: str) -> str:
    """What is to be known of the pool without one of its trials: `k` are left."""
    if k == 1:
        return "With one trial left each time, its own interval is shown."
    if k > 3 or not inference.startswith("hksj"):
        return f"{count(k, 'trial').capitalize()} are left each time."
    return (
        f"With {count(k, 'trial')} left, a Hartung-Knapp interval has {count(k - 1, 'degree')} of freedom "
        "and is very wide."
    )


NOT_SETTLED = "Not settled: "
"""How the answer for two trials begins."""


def pooled(fit: Any, mid: float, n: int, measure: str = "MD", trials: Sequence[str] = ()) -> str:
    """The answer of a pool in at most 40 words: what may be said, the base, the number and its interval.

    `trials` are the trials' own results (`single`): two are shown and not averaged, since an interval of the
    mean of two says next to nothing.
    """
    if fit.k == 2 and len(trials) == 2:
        pain = "Pain (0–10)" if measure == "MD" else f"Pain in {COMPARED[measure].unit}"
        read = f"{100 * fit.level:g}% intervals, minus meaning less with LDN"
        each = f"{pain}, {read}: {'; '.join(trials)} ({n:,} people)."
        return f"{NOT_SETTLED}two trials are too few to average. {each}"
    low, high = fit.ci
    if not math.isfinite(low + high):
        return mean(fit, n, measure)
    return f"{verdict(low, high, mid, fit.k, measure)}. {mean(fit, n, measure)}"


def verdict(lower: float, upper: float, mid: float, k: int, measure: str = "MD") -> str:
    """What an interval allows to be said, in one short sentence without its full stop."""
    show = "One trial shows" if k == 1 else "The trials show"
    if measure != "MD":
        where = "less" if upper < 0 else "more"
        if lower <= 0 <= upper:
            return "We do not know whether LDN helps: more and less pain are both possible"
        return f"{show} {where} pain; whether by as much as matters is open"
    return PHRASES[situation(lower, upper, mid)].format(mid=points(mid), show=show)


def remark(study: Any) -> str:
    """What a reader of a trial's row must know, from its row of the studies; empty where nothing."""
    remarks = []
    ldn, placebo = study["treatment_weeks"], study["control_weeks"]
    if study["design_type"] == "crossover" and (ldn < placebo or ldn > placebo):
        remarks.append(f"{ldn:g} weeks of LDN against {placebo:g} of placebo")
    held = doses_held(study)
    if len(held) > 1:
        remarks.append(f"groups on {milligrams(held)}")
    elif study["dose_min_mg"] < study["dose_max_mg"]:
        remarks.append(f"stepped up from {study['dose_min_mg']:g} mg")
    return "; ".join(remarks)


def ladder_finding(rungs: pd.DataFrame, mid: float | None = None) -> str:
    """What the ladder shows: how many of its intervals exclude zero, or each a difference of `mid`."""
    rungs = rungs[rungs["lower"].notna()]  # one trial alone has no Hartung-Knapp interval
    out = int(((rungs["lower"] > 0) | (rungs["upper"] < 0)).sum())
    if not out and mid and ((rungs["lower"] > -mid) & (rungs["upper"] < mid)).all():
        return f"No method of {len(rungs)} shows a difference; each excludes one that matters ({points(mid)})"
    if not out:
        return f"No method of {len(rungs)} shows a difference; all leave it open"
    if out == len(rungs):
        return f"Each of {len(rungs)} methods shows a difference"
    show = "shows" if out == 1 else "show"
    return f"{out} of {len(rungs)} methods {show} a difference; the others leave it open"


def percents(low: float, high: float) -> str:
    """A range of probabilities that claims no certainty: ``0.2 to 5.8%``, ``71 to over 99%``."""
    least, most = (
        percent(p).rstrip("%") if high >= 0.1 else f"{100 * p:.1f}" if p > 0.0005 else "under 0.1"
        for p in (low, high)
    )
    return f"{least}%" if least == most else f"{least} to {most}%"


def chance(belief: Chance) -> str:
    """A probability with its range over priors and what stood before the data."""
    return (
        f"{percent(belief.probability)} ({percents(belief.low, belief.high)} over the priors tried; "
        f"{percent(belief.before)} before the data)"
    )


def likely(event: Chance) -> str:
    """A probability in a word, by its range over the priors tried."""
    return "unlikely" if event.high < 0.1 else "likely" if event.low > 0.9 else "possible"


def believed(relief: Chance, mid: float) -> str:
    """How likely a relief that matters is, as every page says it: over the priors tried, beside what stood
    before the data."""
    tried = f"chance {percents(relief.low, relief.high)}; {percent(relief.before)} before data"
    return f"Relief beyond {points(mid)} is {likely(relief)} ({tried})"


def both_true(fit: Any, chances: Mapping[str, Chance], mid: float | None) -> str:
    """How an answer that leaves relief and worsening open goes with the chance of relief that the summary
    gives; empty for any other answer."""
    low, high = fit.ci
    if mid is None or fit.k < 3 or situation(low, high, mid) != "open":
        return ""
    return (
        f"The interval is wide: only {count(fit.k, 'trial')} show how far trials differ. "
        f"{believed(chances['beyond'], mid)} if trials differ moderately."
    )


def reconciled(fit: Any, chances: Mapping[str, Chance], mid: float | None) -> str:
    """The two answers beside each other, the interval's and the probability's, and why they differ."""
    low, high = fit.ci
    relief = chances.get("beyond", chances["relief"])
    owner = " of their mean" if fit.k == 2 else ""  # which the answer does not tell
    first = f"The interval{owner} reaches from {span(low, high)}"
    second = f"The probability of {relief.event} is {chance(relief)}"
    why = (
        "The interval is the one trial's own"
        if fit.k == 1
        else "The interval takes from the trials alone how far they differ, and so few say little"
    )
    why += f"; the probability adds the assumption that {'they' if fit.k > 1 else 'trials'} differ moderately"
    differ = mid is not None and low <= -mid and relief.probability < 0.05
    return f"{first}. {second}." + (f" {why}." if differ or fit.k <= 3 else "")


def informative(level: str, estimate: float, ci: tuple[float, float], mid: float) -> str:
    """What may be said of pain by where its interval lies and by certainty (`grading.statement`).

    The estimate gives the direction alone: that it lies inside the threshold says little of the size.
    """
    where = situation(*ci, mid) if math.isfinite(sum(ci)) else "open"
    if where.endswith("open") and level != "very low":
        return f"{PHRASES[where].format(mid=points(mid))}."
    if where == "little_difference":
        little = "little or no difference to pain"
        return statement(level, f"makes {little}", f"make {little}", "pain")
    size = {"important": " by an amount that matters", "small": ", probably by less than matters"}
    more = size.get(where.split("_")[0], "; whether by an amount that matters is open")
    verb = "lower" if estimate < 0 else "worsen"
    return statement(level, f"{verb}s pain{more}", f"{verb} pain{more}", "pain")


def p_value(p: float) -> str:
    """A p value of two digits, which is never nought."""
    return number(p) if p >= 0.005 else "under 0.01"


def inconsistency(fit: Pooled) -> str:
    """Heterogeneity in a sentence: tau2 and I2 with their intervals, Q with its own p value."""
    if fit.k < 2:
        return "With one trial nothing can be said on how trials differ."
    tau2, i2 = (
        f" ({number(a, d)} to {number(b, d)})" if math.isfinite(a) else ""
        for (a, b), d in ((fit.tau2_ci, 2), (fit.i2_ci, 0))
    )
    tested = f"Q {number(fit.q)} on {fit.q_df} df, p {p_value(fit.q_p)}"
    return (
        f"Variance between trials τ² {number(fit.tau2)}{tau2}; I² {number(fit.i2, 0)}%{i2}; {tested}. "
        f"Intervals: {100 * fit.level:g}%, by the Q profile."
    )


def doses(values: Sequence[float]) -> str:
    """The doses of the trials in the pool: ``4.5 and 6 mg a day``."""
    return f"{milligrams(values)} a day" if values else "none"


def unswept(crossovers: int) -> str:
    """Why no correlation is swept, from how many crossover trials are in the pool."""
    if not crossovers:
        return "No crossover trial is in the pool."
    trials = "trial" if crossovers == 1 else f"{numeral(crossovers)} trials"
    are = "is a crossover" if crossovers == 1 else "are crossovers"
    return f"No correlation of the conditions is assumed for the {trials} in the pool that {are}."


def flip(turns: list[float], name: str, low: float, high: float) -> str:
    """Whether the conclusion (does the interval include zero?) changes over a sweep."""
    if not turns:
        return (
            f"Whether the interval includes no difference does not change for any {name} from "
            f"{span(low, high)}."
        )
    places = " and ".join(number(t) for t in turns)
    return f"Whether the interval includes no difference changes at a {name} of about {places}."


def trials_finding(used: pd.DataFrame, level: float = 0.95) -> str:
    """In how many trials pain was lower with LDN, and in how many of these by an interval of their own.

    `used` has the contrasts that were pooled, below zero favouring LDN.
    """
    limits = [trial_limits(row, level) for row in used.to_dict("records")]
    lower = [high for (_, high), mean in zip(limits, used["yi"], strict=True) if mean < 0]
    clear = sum(high < 0 for high in lower)
    higher = sum(low > 0 for low, _ in limits)
    where, apart = _of_trials(len(lower), len(limits)), _by_whole_interval(clear, len(lower))
    against = ""
    if higher and len(limits) > 1:
        many = "all" if higher == len(limits) else numeral(higher)
        against = f"; higher in {many} by {'its' if higher == 1 else 'their'} whole interval"
    return f"Pain was lower with LDN in {where}{apart}{against}"


def _of_trials(k: int, n: int) -> str:
    """So many of `n` trials: ``none of two trials``, ``all three trials``, ``the one trial``."""
    if n == 1:
        return "the one trial" if k else "no trial"
    trials = count(n, "trial")
    if k == n:
        return "both trials" if n == 2 else f"all {trials}"
    return f"{numeral(k) if k else 'none'} of {trials}"


def _by_whole_interval(clear: int, lower: int) -> str:
    """In how many of the trials with less pain the whole interval lies there; empty without such a trial."""
    if not lower:
        return ""
    if lower == 1:
        return f", {'by' if clear else 'not by'} its whole interval"
    many = {0: "none", lower: "each"}.get(clear, numeral(clear))
    return f", in {many} by {'their' if 1 < clear < lower else 'its'} whole interval"


def single(row: Any, level: float = 0.95) -> str:
    """One study's estimate in words, for an alt text or a list."""
    return f"{row['label']} {spoken(row['yi'], *trial_limits(row, level))}"


def unruled(without_estimate: int) -> str:
    """What no rule of certainty judges, and how many trials fit the pool but give it no estimate."""
    unjudged = (
        "No rule here judges whether the trials fit the question (indirectness), or whether results are "
        "missing because of what they show (ROB-ME). Nothing was taken off for either."
    )
    if not without_estimate:
        return unjudged
    trials = count(without_estimate, "randomised, double-blind trial").capitalize()
    give = "gives" if without_estimate == 1 else "give"
    return f"{unjudged} {trials} of a low dose {give} no usable estimate."
