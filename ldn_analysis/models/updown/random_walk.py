"""Up-and-down designs as random walks: where the doses go, and what response rate they hover around.

Durham and Flournoy (1994); Gezmu and Flournoy (2006), J Stat Plan Inference 136:1749-1764; Oron and Hoff
(2009), Stat Med 28:1805-1820. Rows are the present dose, columns the next.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from ldn_analysis.errors import InputError, finite, one_of

__all__ = ["balance_point", "dose_distribution", "stationary_doses", "transition_matrix"]

Array = NDArray[np.float64]
DESIGNS = ("classic", "biased_coin", "k_in_a_row", "group")


def transition_matrix(
    curve: ArrayLike,
    design: str = "classic",
    *,
    target: float = 0.5,
    k: int = 1,
    low_target: bool = True,
    cohort: int = 1,
    lower: int = 0,
    upper: int = 1,
) -> Array:
    """Probabilities of the next dose given the present one, for response probabilities `curve` at each dose.

    Designs: ``classic`` (down after a response, up after none), ``biased_coin`` (`target`), ``k_in_a_row``
    (`k`, `low_target`; averaged over its inner states) and ``group`` (`cohort`: up at `lower` responses or
    fewer, down at `upper` or more).
    """
    one_of("design", design, DESIGNS)
    p = finite("curve", curve)
    if p.ndim != 1 or p.size < 2 or ((p < 0) | (p > 1)).any() or (np.diff(p) < 0).any():
        raise InputError("curve must hold two or more probabilities that do not fall")
    if design == "group":
        down, up = special.bdtrc(upper - 1, cohort, p), special.bdtr(lower, cohort, p)
    elif design == "k_in_a_row":
        run = (1 - p) ** k if low_target else p**k
        rare = p if low_target else 1 - p
        slow = rare * run / (1 - run)
        down, up = (p, slow) if low_target else (slow, 1 - p)
    else:
        goal = 0.5 if design == "classic" else target
        down = p * min(1.0, (1 - goal) / goal)
        up = (1 - p) * min(1.0, goal / (1 - goal))
    m = p.size
    here = np.arange(m)
    out = np.zeros((m, m))
    np.add.at(out, (here, np.maximum(here - 1, 0)), down)
    np.add.at(out, (here, np.minimum(here + 1, m - 1)), up)
    np.add.at(out, (here, here), 1 - down - up)
    return out


def stationary_doses(matrix: ArrayLike) -> Array:
    """Long-run share of observations at each dose, from detailed balance of a walk by single steps."""
    p = finite("matrix", matrix)
    share = np.cumprod(np.r_[1.0, np.diag(p, 1) / np.diag(p, -1)])
    return share / share.sum()


def dose_distribution(matrix: ArrayLike, start: int, n: int, *, average: bool = False) -> Array:
    """Distribution of the dose of participant `n`, or averaged over the first `n`; `start` from 0."""
    p = finite("matrix", matrix)
    now = np.eye(p.shape[0])[start]
    total = now.copy()
    for _ in range(n - 1):
        now = now @ p
        total += now
    return total / n if average else now


def balance_point(design: str, *, k: int = 1, low_target: bool = True, cohort: int = 1, lower: int = 0,
                  upper: int = 1) -> float:  # fmt: skip
    """Response rate at which a step up is as likely as a step down."""
    one_of("design", design, ("classic", "k_in_a_row", "group"))
    if design == "classic":
        return 0.5
    if design == "k_in_a_row":
        return 1 - 0.5 ** (1 / k) if low_target else 0.5 ** (1 / k)
    from scipy.optimize import brentq

    def imbalance(p: float) -> float:
        return float(special.bdtr(lower, cohort, p) - special.bdtrc(upper - 1, cohort, p))

    return float(brentq(imbalance, 0, 1, xtol=1e-14))
