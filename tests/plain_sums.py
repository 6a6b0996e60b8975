"""What plain sums make of trials' estimates: their pool, and what is believed of their mean afterwards.

Nothing here knows the package: sentences are held against these numbers.
"""

import math

import numpy as np
from scipy import optimize, stats
from statsmodels.stats.proportion import confint_proportions_2indep


def difference_of_risks(a, n1, c, n2, level):
    """The difference of two risks with Newcombe's limits (statsmodels)."""
    low, high = confint_proportions_2indep(a, n1, c, n2, method="newcomb", alpha=1 - level)
    return a / n1 - c / n2, low, high


def pooled(y, v, tau2, inference, level, df=math.nan):
    """Mean and limits of a pool; one trial keeps its own interval."""
    if len(y) == 1:
        half = critical(level, df) * math.sqrt(v[0])
        return y[0], y[0] - half, y[0] + half
    w = 1 / (v + tau2)
    mu = float(w @ y / w.sum())
    ratio = float(w @ (y - mu) ** 2 / (len(y) - 1))
    if inference == "hksj_modified" or (inference == "hksj" and tau2 == 0):
        ratio = max(ratio, 1.0)
    se = math.sqrt((ratio if inference.startswith("hksj") else 1.0) / w.sum())
    half = critical(level, math.inf if inference == "z" else len(y) - 1) * se
    return mu, mu - half, mu + half


def critical(level, df):
    p = 0.5 + level / 2
    return float(stats.t.ppf(p, df)) if 1 <= df < math.inf else float(stats.norm.ppf(p))


class Belief:
    """The mean difference after the data, by sums over a grid of tau: the mean normal(0, 4) before, tau with
    a density of its own; `new` adds tau to it."""

    def __init__(self, y, v, density=None, mean_sd=4.0, upto=12.0, finer=2):
        steps = np.linspace(0, 1, 6002)[1:]
        tau = upto * steps**finer  # finer near nought
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


def published(sd):
    """Log tau2 is a t of five degrees about -3.16, times 2.5, in SDs of `sd` points (Rhodes 2015)."""
    return lambda tau: stats.t.pdf((2 * np.log(tau / sd) + 3.16) / 2.5, 5) / tau


class Chances:
    """Probabilities at the priors that the report names, and their range over every prior of tau that it
    tries: that of published meta-analyses where `pain` knows the points in one SD."""

    def __init__(self, y, v, pain):
        sd = next((prior.sd for prior in pain.published.values()), None)
        self.main = Belief(y, v)
        self.tried = [Belief(y, v, half_normal(scale)) for scale in (0.25, 0.5, 1.0, 2.0)]
        self.tried.append(Belief(y, v, lambda tau: 1.0 * (tau <= 4)))
        heavy = [lambda tau: 1 / (1 + (tau / 0.5) ** 2), *([published(sd)] if sd else [])]
        self.tried += [Belief(y, v, density, upto=1000.0, finer=6) for density in heavy]

    def of(self, event, mid=None):
        """(probability, smallest, largest, before) of ``relief``, ``beyond``, ``worse`` or ``new``."""

        def ask(belief):
            if event == "worse":
                return 1 - belief.below(mid)
            return belief.below(-mid if event == "beyond" else 0.0, event == "new")

        tried = [ask(belief) for belief in self.tried]
        before = 0.5 if mid is None or event in ("relief", "new") else float(stats.norm.cdf(-mid / 4))
        return ask(self.main), min(tried), max(tried), before
