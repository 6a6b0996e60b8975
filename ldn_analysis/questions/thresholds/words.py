"""What may be said of pain thresholds: every sentence is built from results."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from ldn_analysis.display.words import capital, count, interval, number, people, percent, side, spoken

ADJUSTED = (
    "Difference as reported, LDN minus placebo; standard error (upper − lower) / (2 t), t with n − 2 degrees "
    "of freedom; p from difference / standard error; then adjusted over all the tests of the trial (Holm; "
    "Benjamini and Hochberg)."
)


def average_of_legs(average: Any) -> str:
    """How the average of both legs was made, from `thresholds.pressure_average`; empty without one."""
    if average is None:
        return ""
    return (
        "Mean of the two legs' differences; variance (v1 + v2 + 2 r s1 s2) / 4 with an assumed correlation "
        f"r = {average.correlation:g}; in SD: each difference divided by its SD of change (Hedges' g), "
        "improvement above zero."
    )


def improved(row: Mapping[Any, Any]) -> bool:
    """Whether the pilot's number of a threshold is better: its difference from placebo, else that under the
    drug."""
    value = row["difference"] if math.isfinite(row["difference"]) else row["ldn"]
    return bool(value > 0 if row["better"] == "higher" else value < 0)


def _better(pilot: pd.DataFrame) -> str:
    """Which thresholds the pilot reports as improved, in words."""
    return " and ".join(str(row["kind"]) for row in pilot.to_dict("records") if improved(row))


def _pilot(pilot: pd.DataFrame) -> str:
    if not len(pilot):
        return ""
    kinds = _better(pilot)
    finding = f"better {kinds} thresholds" if kinds else "none as better"
    return f"A single-blind pilot reported {finding}."


def answer(pilot: pd.DataFrame, tests: pd.DataFrame, average: Any) -> str:
    """Whether mechanical and heat thresholds are improved: from `pilot_thresholds`, `threshold_tests` and
    `mechanical_estimate` (or None); the pilot is left out where that takes more than 40 words."""
    if average is not None:
        first = _pressure(average)
    elif len(tests):
        first = "No randomised trial gives both legs' pressure tolerance; see each measure below."
    else:
        first = "No randomised trial of a low dose gives an estimate."
    known = average is not None or len(tests) > 0
    heat = tests[tests["instrument"].astype(str).str.contains("heat", case=False)] if len(tests) else tests
    last = "Heat: no randomised low-dose trial." if known else ""
    if len(heat):
        last = _heat(heat.sort_values("people", ascending=False, kind="stable").iloc[0])
    whole = " ".join(filter(None, (first, _pilot(pilot), last)))
    return whole if len(whole.split()) <= 40 else f"{first} {last}".rstrip()


def _pressure(average: Any) -> str:
    """What the estimate of the mechanical threshold says, or of both legs' tolerance."""
    low, high = average.ci
    way = "lower" if average.estimate < 0 else "higher"
    base = (
        "one randomised trial" if average.trials == 1 else f"the largest of {count(average.trials, 'trial')}"
    )
    end = "improved" if low > 0 else "got worse" if high < 0 else "was not shown to improve"
    return (
        f"In {base} ({people(average.n)}) {measure(average)} {end}: {number(abs(average.estimate), 1)} "
        f"{average.unit} {way} than on placebo ({100 * average.level:g}% interval: {side(low, 1)} to "
        f"{side(high, 1)})."
    )


def measure(average: Any) -> str:
    """What was measured: both legs' tolerance, or the threshold itself."""
    return "pressure tolerance" if len(average.parts) > 1 else str(average.parts[0])


def _heat(row: Any) -> str:
    """The heat pain threshold of a randomised trial, in a few words."""
    better, worse = (row["lower"] > 0, row["upper"] < 0)[:: 1 if row["better"] == "higher" else -1]
    end = "improved" if better else "got worse" if worse else "was not shown to improve"
    return f"Heat {end}: {spoken(row['yi'], row['lower'], row['upper'], 1)} {row['unit']}."


def short(average: Any) -> str:
    """The answer in at most 20 words."""
    if average is None:
        return "Not known: no randomised trial of a low dose gives a usable estimate of pressure pain."
    low, high = average.ci
    if low <= 0 <= high:
        return f"Not shown: better and worse {measure(average)} are both possible."
    return f"{capital(measure(average))} {'improved' if low > 0 else 'got worse'} in a randomised trial."


def first_title(pilot: pd.DataFrame, average: Any) -> str:
    """The finding of the first figure."""
    first = f"{capital(_better(pilot) or 'nothing')} better in the pilot" if len(pilot) else ""
    second = "no randomised estimate of both legs"
    if average is not None:
        low, high = average.ci
        shown = "better" if low > 0 else "worse" if high < 0 else "not shown to be better"
        second = f"{measure(average)} {shown} in {the_trial(average)}"
    return capital("; ".join(filter(None, (first, second))))


def first_caption(pilot: pd.DataFrame, tests: pd.DataFrame) -> str:
    """How to read the first figure, of what is in it."""
    parts = ["The pilot: changes from baseline, no intervals printed."] if len(pilot) else []
    parts += ["Trials: difference with its interval."] if len(tests) else []
    return " ".join([*parts, *terms(tests)])


def measured(pilot: pd.DataFrame) -> str:
    """The fold with every measure, and with the pilot's numbers where it has any."""
    measures = "every measure that a study took"
    return f"The pilot's numbers beside the trials', and {measures}" if len(pilot) else capital(measures)


TERMS = {
    "temporal summation": "repeated stimuli hurt more and more",
    "conditioned pain modulation": "a second pain dulls the first",
}
"""What tests of pain are, by their names."""


def terms(tests: pd.DataFrame) -> list[str]:
    """What the tests of pain are whose names do not say it."""
    names = " ".join(tests["instrument"].astype(str)).lower()
    return [f"{capital(term)}: {meaning}." for term, meaning in TERMS.items() if term in names]


def the_trial(average: Any) -> str:
    """The trial that an average is of: the only one that gives it, or the largest."""
    return "the randomised trial" if average.trials == 1 else "the largest randomised trial"


def alt(pilot: pd.DataFrame, tests: pd.DataFrame, average: Any) -> str:
    """The first figure in words."""
    title = f"{first_title(pilot, average)}."
    if tests.empty:
        return title
    row = tests.iloc[0]
    extent = f", one of {count(len(tests), 'estimate')}" if len(tests) > 1 else ""
    first = f"{_named(tests, row)} {spoken(row['yi'], row['lower'], row['upper'], 1)} {row['unit']}"
    return f"{title} LDN minus placebo{extent}: {first}."


def _named(tests: pd.DataFrame, row: Any) -> str:
    """A measure, with its trial where several are told."""
    several = len(set(tests["trial_id"])) > 1
    return f"{row['instrument']}, {row['label']}," if several else str(row["instrument"])


def standardised_alt(rows: pd.DataFrame) -> str:
    """The standardised differences in words: all of them, or the last of many."""
    estimates = "; ".join(
        f"{row['label']} {interval(row['estimate'], row['lower'], row['upper'])}"
        for row in rows.tail(2).to_dict("records")
    )
    extent = f", two of {count(len(rows), 'line')}" if len(rows) > 2 else ""
    return f"Standardised differences, above zero favours LDN{extent}: {estimates}"


def published(pooled: pd.DataFrame) -> str:
    """What the published pooled values say (`thresholds.published_thresholds`, above zero favours LDN)."""
    for_ldn, against = int((pooled["lower"] > 0).sum()), int((pooled["upper"] < 0).sum())
    sides = [
        f"{count(k, 'favours', 'favour')} {whom}" for k, whom in ((for_ldn, "LDN"), (against, "placebo")) if k
    ]
    favoured = " and ".join(sides) or "none favours either"
    return (
        f"Of {count(len(pooled), 'published pooled value')}, {favoured} with the whole interval. "
        "No estimate behind a published pooled value was available to us."
    )


def standardised_title(rows: pd.DataFrame) -> str:
    """The finding of the standardised differences (`thresholds.standardised_rows`, above zero favours
    LDN)."""
    single = rows[~rows["pooled"]]
    better = single[single["lower"] > 0]
    worse = single[single["upper"] < 0]
    if better.empty and worse.empty:
        return "Every interval includes no difference"
    parts = []
    for part, words in ((better, "better"), (worse, "worse")):
        verb, own = ("is", "its own") if len(part) == 1 else ("are", "their own")
        if len(part):
            share = f"{count(len(part), 'of', 'of')} {count(len(single), 'measure')}"
            name = f": {part['label'].iloc[0]}" if len(part) == 1 < len(single) else ""
            parts.append(f"{share} {verb} {words} with LDN by {own} interval{name}")
    return capital("; ".join(parts))


def _p(value: float, equals: str = "= ") -> str:
    """A p value of three digits, which is never nought."""
    return f"{equals}{value:.3f}" if value >= 0.0005 else "under 0.001"


def caution(lines: list[str]) -> str:
    """What the pilot is, in a few words, from `thresholds.pilot_caution`; empty without it."""
    return lines[0].rstrip(".").split(": ", 1)[-1] if lines else ""


def tests_together(table: pd.DataFrame, chance: float, alpha: float) -> str:
    """What several tests of one trial are worth, from `threshold_tests` and `models.any_significant`."""
    if not len(table):
        return "No estimate can be tested under these choices."
    below = table[table["p_value"] < alpha]
    tested = table.groupby("trial_id")["tested"].first()
    where = f" in {count(len(tested), 'trial')}" if len(tested) > 1 else ""
    first = (
        f"With {count(int(tested.sum()), 'test')}{where} and nothing going on, the chance of at least one "
        f"p value below {alpha:g} is {percent(chance)}"
    )
    if below.empty:
        return f"{first}; here none is."
    kept = table[table["holm"] < alpha]
    names = "; ".join(
        f"{_named(table, row)} (p {_p(row['p_value'])}, Holm {_p(row['holm'], '')})".replace(", (", " (")
        for row in below.to_dict("records")
    )
    after = "none stays below it" if kept.empty else f"{count(len(kept), 'stays', 'stay')} below it"
    each = " of each trial" if where else ""
    return f"{first}. Here below it: {names}. Adjusted for the number of tests{each}, {after}."
