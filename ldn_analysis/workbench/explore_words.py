"""The package's sentences as templates, for a page that has other numbers: no rule of words is said twice.

A sentence is a function of numbers whose words change only where a number changes its sign, its side of the
threshold or its count. So each sentence is made here once in every such situation, by the function that the
reports use, from numbers that occur nowhere else; where they come out, the template has a slot. The page
finds the situation and fills the slots. A test compares both over thousands of random settings.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ldn_analysis import models
from ldn_analysis.display import words as shown
from ldn_analysis.questions.pain import belief, words

MID = 1.37
LEVEL = 0.83
N = 7919
COUNTS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
"""Numbers of trials that have a word of their own, or none: more are counted as the last."""

OWN_CHANGE = (
    "With LDN pain changed by {estimate} {unit} from beginning to end ({level} interval {low} to {high}; "
    "{trials}). That is no comparison with placebo: it does not say whether LDN helps."
)
"""What is said of changes within the LDN groups, which no report pools."""

_BELOW = (-4.31, -0.83, 0.0, 0.19, 2.23)
_ABOVE = (-2.23, -0.61, 0.0, 0.87, 3.47)
"""A lower and an upper limit on each side of no difference and the threshold, in units of the threshold."""


def situation_key(fit: Any, mid: float, measure: str) -> str:
    """Which template says a pooled result: measure, trials, where the limits lie, the estimate's side. Two
    trials are said one by one."""
    if fit.k == 2:
        return f"{measure};two"
    # of each limit: where it lies against no difference and the threshold on either side of it
    sides = (str((x > -mid) + (x >= 0) + (x > 0) + (x >= mid)) for x in fit.ci)
    where = "".join(sides) if all(map(math.isfinite, fit.ci)) else "none"
    return f"{measure};{min(fit.k, COUNTS[-1])};{where};{'-' if fit.estimate < 0 else '+'}"


def slots(fit: Any, mid: float, n: int) -> dict[str, str]:
    """What stands in the slots of a template, by name."""
    low, high = fit.ci
    texts = {
        "mid": words.points(mid),
        "level": f"{100 * fit.level:g}%",
        "n": f"{n:,}",
        "estimate": shown.number(fit.estimate),
        "size": shown.number(abs(fit.estimate)),
    }
    if math.isfinite(low) and math.isfinite(high):
        texts |= {
            "low": shown.number(low),
            "low size": shown.number(abs(low)),
            "high": shown.number(high),
            "high size": shown.number(abs(high)),
        }
    return texts


def _situations() -> Iterator[tuple[models.Pooled, str]]:
    """A result in every situation, with its measure."""
    pairs = [(low, high) for low, high in itertools.product(_BELOW, _ABOVE) if low < high]
    for measure, k, (low, high) in itertools.product(("MD", "SMD"), COUNTS, [*pairs, (math.nan, math.nan)]):
        pooled = models.pool([0.0] * k, [1.0] * k, level=LEVEL)
        for estimate in (-0.4913, 0.3271) if not low >= 0 and not high <= 0 else (0.47 * (low + high),):
            yield replace(pooled, estimate=MID * estimate, ci=(MID * low, MID * high)), measure


def templates() -> Iterator[tuple[str, str]]:
    """Key and template of every situation."""
    for fit, measure in _situations():
        trials = ("{each}", "{each}") if fit.k == 2 else ()
        text = words.pooled(fit, MID, N, measure, trials).replace("{each}; {each}", "{each}")
        for name, value in sorted(slots(fit, MID, N).items(), key=lambda slot: -len(slot[1])):
            if value == "0.00":
                continue  # a limit of nought is said as it is
            text = text.replace(value, "{" + name + "}")
        text = text.replace(shown.count(fit.k, "trial"), "{trials}")
        yield situation_key(fit, MID, measure), text


def pooled_sentences() -> dict[str, Any]:
    """``texts``: the different templates; ``keys``: which of them, by `situation_key`."""
    texts: dict[str, int] = {}
    keys = {key: texts.setdefault(text, len(texts)) for key, text in templates()}
    return {"texts": list(texts), "keys": keys}


def small_words() -> dict[str, Any]:
    """Counts of trials, a threshold with its unit, a probability, and what is said of no trial."""
    many = shown.count(97, "trial").replace("97", "{k}")
    row = {"label": "{label}", "yi": -4.31, "vi": 1.0, "printed_lower": -6.17, "printed_upper": -2.23}
    single = words.single(row)
    for name, value in (("estimate", -4.31), ("low", -6.17), ("high", -2.23)):
        single = single.replace(shown.number(value), "{" + name + "}")
    chances = belief.chances(np.array([-0.5]), np.array([1.0]), MID, "{mid}", {})
    sentence = words.chance(belief.Chance("", 0.83, 0.57, 0.21, 0.94))
    for name, share in (("p", "83%"), ("before", "57%"), ("range", "21 to 94%")):
        sentence = sentence.replace(share, "{" + name + "}")
    return {
        "single": single,
        "events": {name: chance.event for name, chance in chances.items()},
        "chance": sentence,
        "tiny": words.percents(0.0, 0.0).rstrip("%"),
        "range": words.percents(0.21, 0.94).replace("21", "{low}").replace("94", "{high}"),
        "trials": [*(shown.count(k, "trial") for k in range(COUNTS[-1])), many],
        "point": words.points(1.0),
        "points": words.points(MID).replace(f"{MID:g}", "{x}"),
        "nothing": words.nothing_pooled(None),
        "own change": OWN_CHANGE,
        "no chance": "Changes within groups do not say whether LDN helps: no probability of that is given.",
        "rare": shown.percent(0.0),
        "certain": shown.percent(1.0),
        "percent": shown.percent(0.83).replace("83", "{p}"),
    }
