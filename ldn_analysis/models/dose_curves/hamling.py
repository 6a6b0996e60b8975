"""Effective counts behind adjusted log ratios and their variances, by Hamling et al.

Hamling, Lee, Weitkunat and Ambuehl (2008), Facilitating meta-analyses by deriving relative effect and
precision estimates for alternative comparisons from a set of estimates presented by exposure level or disease
category, Stat Med 27:954-970. Greenland and Longnecker keep the margins of the observed table and reproduce
the ratios alone; Hamling's counts reproduce ratios and variances both, and keep the share of the observed
people who are in the reference arm and the ratio of people to cases in the other arms.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ldn_analysis.errors import InputError, finite, one_of, positive, same_length

__all__ = ["hamling_counts"]

Array = NDArray[np.float64]


def _table(t: Array, ratio: Array, variance: Array, kind: str, people_per_case: float) -> tuple[Array, Array]:
    """Cases and people by arm, reference first (people: controls, at risk, or person-time), shape (T, L).

    `t` is the part of the variance that the reference arm gives, which is also the covariance. Given `t`, the
    reference arm's odds, rate or risk follows from the ratio of people to cases; NaN where none will do.
    """
    t = t[:, None]
    w = 1 / (variance - t)
    total, up, down = w.sum(1), (w * ratio).sum(1), (w / ratio).sum(1)
    z = people_per_case
    with np.errstate(invalid="ignore", divide="ignore"):
        if kind == "cc":  # 1/A0 + 1/B0 = t; z up odds^2 + (z - 1) total odds - down = 0
            half = (z - 1) * total
            odds = ((np.sqrt(half**2 + 4 * z * up * down) - half) / (2 * z * up))[:, None]
            cases = np.c_[(1 + odds) / t, w * (1 + odds * ratio)]
            return cases, np.c_[(1 + 1 / odds) / t, w * (1 + 1 / (odds * ratio))]
        if kind == "ir":  # 1/A0 = t; people over cases = mean of 1 / (rate ratio), weighted by cases
            rate = (down / (z * total))[:, None]
            return np.c_[1 / t, w], np.c_[1 / (rate * t), w / (rate * ratio)]
        # ci: 1/A0 - 1/N0 = t; z up risk^2 - (1 + z) total risk + down = 0
        half = (1 + z) * total
        risk = ((half - np.sqrt(half**2 - 4 * z * up * down)) / (2 * z * up))[:, None]
        risk = np.where((risk < 1) & (risk * ratio.max() < 1), risk, np.nan)
        cases = np.c_[(1 - risk) / t, w * (1 - risk * ratio)]
        return cases, cases / np.c_[risk, risk * ratio]


def hamling_counts(
    log_ratio: ArrayLike, variance: ArrayLike, cases: ArrayLike, n: ArrayLike, kind: str
) -> tuple[Array, Array, float]:
    """Effective cases and people that reproduce adjusted log ratios and their variances exactly.

    Parameters
    ----------
    log_ratio, variance
        Of each arm against the reference arm, shape (L,): log odds ratios for ``cc``, log risk ratios for
        ``ci``, log rate ratios for ``ir``.
    cases, n
        Observed cases and people (``ir``: person-time) by arm, the reference first, shape (L + 1,).
    kind
        ``cc`` (case-control), ``ci`` (cumulative incidence), ``ir`` (incidence rate).

    Returns
    -------
    cases, n
        Effective counts by arm, the reference first; `n` includes the cases (``cc``, ``ci``).
    covariance
        Of any two of the log ratios: the reference arm's part of their variances.

    Raises
    ------
    InputError
        If no positive counts satisfy all conditions.
    """
    one_of("kind", kind, ("cc", "ci", "ir"))
    y, v = finite("log_ratio", log_ratio), positive("variance", variance)
    a, m = positive("cases", cases), positive("n", n)
    same_length(log_ratio=y, variance=v)
    same_length(cases=a, n=m)
    if a.size != y.size + 1:
        raise InputError(f"cases has {a.size} elements: must have one more than log_ratio, {y.size + 1}")
    people = m - a if kind == "cc" else m
    if (people <= 0).any():
        raise InputError("n must be larger than cases in a case-control study")
    ratio = np.exp(y)
    others = float(people[1:].sum() / people[0])
    per_case = float(people[1:].sum() / a[1:].sum())

    def gap(t: Array) -> Array:
        """Log of the people outside the reference arm to those in it, over what was observed."""
        found = _table(t, ratio, v, kind, per_case)[1]
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.log(found[:, 1:].sum(1) / found[:, 0]) - np.log(others)

    from scipy.optimize import brentq

    grid = v.min() / (1 + np.exp(-np.linspace(-12, 12, 481)))
    sides = gap(grid)
    turns = np.flatnonzero(sides[:-1] * sides[1:] <= 0)
    if not turns.size:
        raise InputError(f"no effective counts reproduce these ratios and variances as a {kind!r} study")
    i = int(turns[0])
    t = float(brentq(lambda s: float(gap(np.array([s]))[0]), grid[i], grid[i + 1], xtol=1e-16, rtol=1e-14))
    effective, found = (x[0] for x in _table(np.array([t]), ratio, v, kind, per_case))
    return effective, found + effective if kind == "cc" else found, t
