"""How the tests read a sentence of a report: numbers, counts, signs and shares as a reader takes them.

Nothing here knows the package: what is read is compared with what a test computes from the rows.
"""

import math
import re

import numpy as np
from scipy import optimize, stats

COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
MANY = rf"(?:{'|'.join(COUNTS)}|\d+)"
NUMBER = r"[−-]?\d+(?:\.\d+)?"


def count(text):
    """A number of things, in words or in digits."""
    low = text.lower()
    return COUNTS.index(low) if low in COUNTS else 0 if low == "none" else int(low.replace(",", ""))


def things(text, noun, many=None):
    """How many of a noun a text counts first; the noun must stand in the number that the count asks for."""
    many = many or noun + "s"
    found = re.search(rf"\b({MANY}|{MANY.capitalize()}) ({many}|{noun})\b", text, re.IGNORECASE)
    assert found, (noun, text)
    n = count(found[1])
    assert found[2] == (noun if n == 1 else many), text
    return n


def value(text):
    """A number with either minus sign, or with its side in words: ``0.22 lower`` is below zero."""
    number, _, side = text.replace("−", "-").partition(" ")
    assert side in ("", "lower", "higher"), text
    return -float(number) if side == "lower" else float(number)


def same(text, number):
    """Whether a printed number is this one, at the digits that are printed; nought may have either side."""
    digits = len(text.split(" ")[0].partition(".")[2])
    return abs(value(text) - number) <= 0.5 * 10**-digits + 1e-4 * max(1.0, abs(number)) ** 0.5


def all_same(texts, numbers):
    """Compare printed numbers with computed ones, one by one."""
    assert len(texts) == len(numbers), (texts, numbers)
    for text, number in zip(texts, numbers, strict=True):
        assert same(text, number), (text, number)


def share_fits(text, p):
    """A probability as its page prints it: never nought and never certain."""
    found = re.fullmatch(r"(under |over )?(\d+(?:\.\d+)?)%?", text)
    assert found, text
    shown, slack = float(found[2]) / 100, 0.0006
    if found[1]:
        assert p < shown + slack if found[1] == "under " else p > shown - slack, (text, p)
        return
    digits = len(found[2].partition(".")[2])
    assert 0 < shown < 1, text
    assert abs(shown - p) <= 0.5 * 10 ** -(digits + 2) + slack, (text, p)


def range_fits(text, low, high):
    """Two probabilities: ``71 to 89%``, or one where both print alike."""
    ends = text.removesuffix("%").split(" to ")
    for end, p in zip(ends if len(ends) == 2 else ends * 2, (low, high), strict=True):
        share_fits(end, p)


def listed(text):
    """The numbers of a list in a sentence: ``1.5, 3 and 4.5``."""
    return [float(found) for found in re.findall(r"\d+(?:\.\d+)?", text)]


# What a plain calculation gives ----------------------------------------------------------------------------


def pooled(y, v, tau2, inference, level, df=math.nan):
    """Mean and limits of a pool; one trial keeps its own interval."""
    if len(y) == 1:
        half = _critical(level, df) * math.sqrt(v[0])
        return y[0], y[0] - half, y[0] + half
    w = 1 / (v + tau2)
    mu = float(w @ y / w.sum())
    ratio = float(w @ (y - mu) ** 2 / (len(y) - 1))
    if inference == "hksj_modified" or (inference == "hksj" and tau2 == 0):
        ratio = max(ratio, 1.0)
    se = math.sqrt((ratio if inference.startswith("hksj") else 1.0) / w.sum())
    half = _critical(level, math.inf if inference == "z" else len(y) - 1) * se
    return mu, mu - half, mu + half


def _critical(level, df):
    p = 0.5 + level / 2
    return float(stats.t.ppf(p, df)) if 1 <= df < math.inf else float(stats.norm.ppf(p))


class Belief:
    """The mean difference after the data, by sums over a grid of tau: the mean normal(0, 4) before, tau with
    a density of its own; `new` adds tau to it."""

    def __init__(self, y, v, density=None, mean_sd=4.0, upto=12.0):
        steps = np.linspace(0, 1, 6001)
        tau = upto * steps**2  # finer near nought
        w = 1 / (v + tau[:, None] ** 2)
        before = 0.0 if mean_sd is None else 1 / mean_sd**2
        precision = w.sum(1) + before
        mean = (w * y).sum(1) / precision
        log = 0.5 * (np.log(w).sum(1) - np.log(precision) - (w * y**2).sum(1) + precision * mean**2)
        density = density or (lambda t: np.exp(-(t**2) / (2 * 0.5**2)))
        share = np.exp(log - log.max()) * density(tau) * np.gradient(tau)
        self.share, self.mean, self.sd, self.tau = share / share.sum(), mean, precision**-0.5, tau

    def below(self, x, new=False):
        sd = np.hypot(self.sd, self.tau) if new else self.sd
        return float(self.share @ stats.norm.cdf((x - self.mean) / sd))

    def at(self, p):
        return float(optimize.brentq(lambda x: self.below(x) - p, -60, 60))

    def interval(self, level):
        return self.at(0.5), self.at(0.5 - level / 2), self.at(0.5 + level / 2)


def half_normal(scale):
    return lambda tau: np.exp(-(tau**2) / (2 * scale**2))


class Chances:
    """Probabilities at the priors that the report names, and their range over its four scales."""

    def __init__(self, y, v):
        self.main = Belief(y, v)
        self.swept = [Belief(y, v, half_normal(scale)) for scale in (0.25, 0.5, 1.0, 2.0)]

    def of(self, event, mid=None):
        """(probability, smallest, largest, before) of ``relief``, ``beyond``, ``worse`` or ``new``."""

        def ask(belief):
            if event == "worse":
                return 1 - belief.below(mid)
            return belief.below(-mid if event == "beyond" else 0.0, event == "new")

        swept = [ask(belief) for belief in self.swept]
        before = 0.5 if mid is None or event in ("relief", "new") else float(stats.norm.cdf(-mid / 4))
        return ask(self.main), min(swept), max(swept), before


CHANCE = (
    r"((?:under |over )?[\d.]+%) \(((?:under |over )?[\d.]+(?: to (?:under |over )?[\d.]+)?%) over the priors"
    r" tried; ((?:under |over )?[\d.]+%) before the data\)"
)


def chance_fits(text, known):
    """Every part of a probability that stands with its range and with what stood before the data."""
    found = re.search(CHANCE, text)
    assert found, text
    share_fits(found[1], known[0])
    range_fits(found[2], *known[1:3])
    share_fits(found[3], known[3])
