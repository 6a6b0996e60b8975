"""Contrasts of doses with the reference arm of their own trial, and the covariance they share through it.

Means: Crippa and Orsini (2016), Dose-response meta-analysis of differences in means, BMC Med Res Methodol
16:91. Rates: Greenland and Longnecker (1992), Am J Epidemiol 135:1301-1309. Conventions of the R package
dosresmeta: for mean differences the variances use the SD pooled over the arms, the covariances the reference
arm's own SD.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ldn_analysis.errors import (
    BoolArray,
    FloatArray,
    IndexArray,
    InputError,
    finite,
    one_of,
    positive,
    same_length,
    within,
)
from ldn_analysis.models.covariances import check_covariance, singular
from ldn_analysis.models.results import Result


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Contrasts(Result):
    """One trial: doses, differences from the reference dose, their covariance matrix.

    `dose` and `y` have shape (m,), `covariance` (m, m). A covariance matrix that no data can have, or that
    makes differences perfectly correlated, is refused with `InputError`: the trial is named.
    """

    study: object
    dose: FloatArray
    reference: float
    y: FloatArray
    covariance: FloatArray

    def __post_init__(self) -> None:
        try:
            size = same_length(dose=self.dose, y=self.y)
            matrix = check_covariance("covariance", np.atleast_2d(self.covariance), size)
        except InputError as error:
            raise InputError(f"study {self.study!r}: {error}") from error
        if singular(matrix):
            raise InputError(f"study {self.study!r}: covariance is singular: its differences say the same")


def _by_study(study: ArrayLike, reference: BoolArray) -> list[tuple[object, IndexArray, int]]:
    names = np.asarray(study)
    out: list[tuple[object, IndexArray, int]] = []
    for name in dict.fromkeys(names.tolist()):
        rows = np.flatnonzero(names == name)
        base = rows[reference[rows]]
        if base.size != 1:
            raise InputError(f"study {name!r} has {base.size} reference arms: must have one")
        if rows.size < 2:
            raise InputError(f"study {name!r} has no arm to compare with its reference")
        out.append((name, rows[~reference[rows]], int(base[0])))
    return out


def mean_contrasts(
    study: ArrayLike,
    dose: ArrayLike,
    mean: ArrayLike,
    sd: ArrayLike,
    n: ArrayLike,
    *,
    reference: float = 0.0,
) -> tuple[Contrasts, ...]:
    """Differences in means from the arm at dose `reference`, one `Contrasts` a trial.

    Parameters
    ----------
    study
        Trial of each arm.
    dose, mean, sd, n
        Of each arm, shape (arms,); `dose` in mg, `mean` and `sd` in the unit of the outcome.
    reference
        Dose of the arm that the others are compared with (placebo: 0).

    Returns
    -------
    tuple of Contrasts
        `y` is the arm's mean minus the reference's.

    Raises
    ------
    InputError
        For a trial with no or several reference arms, or with nothing to compare: it is named; for arms of
        fewer than two people.
    """
    d, m, s, k = within("dose", dose, 0), finite("mean", mean), positive("sd", sd), within("n", n, 2)
    same_length(dose=d, mean=m, sd=s, n=k)
    out = []
    for name, rows, base in _by_study(study, d == reference):
        arms = np.r_[base, rows]
        pooled = float(np.sqrt(((k[arms] - 1) * s[arms] ** 2).sum() / (k[arms] - 1).sum()))
        cov = np.full((rows.size, rows.size), s[base] ** 2 / k[base])
        np.fill_diagonal(cov, pooled**2 * (1 / k[rows] + 1 / k[base]))
        y = m[rows] - m[base]
        out.append(Contrasts(name, d[rows], reference, y, cov))
    return tuple(out)


def _pseudo_cases(log_rr: FloatArray, total: FloatArray, cases: float, kind: str) -> FloatArray:
    """Cases by arm (reference first) that have the adjusted ratios and the observed margins."""
    ratio = np.exp(np.r_[0.0, log_rr])
    if kind != "cc":
        share = ratio * total
        return cases * share / share.sum()

    def excess(odds: float) -> float:
        return float((total * ratio * odds / (1 + ratio * odds)).sum() - cases)

    from scipy.optimize import brentq

    odds = np.exp(brentq(lambda t: excess(float(np.exp(t))), -40, 40, xtol=1e-14))
    return total * ratio * odds / (1 + ratio * odds)


def rate_contrasts(
    study: ArrayLike,
    dose: ArrayLike,
    log_rr: ArrayLike,
    se: ArrayLike,
    cases: ArrayLike,
    n: ArrayLike,
    kind: ArrayLike,
    *,
    pseudo_counts: str = "ratio",
) -> tuple[Contrasts, ...]:
    """Adjusted log ratios with the covariance that they share through the reference arm.

    Parameters
    ----------
    study
        Trial of each row.
    dose, log_rr, se, cases, n
        Of each row, shape (rows,); ``se = 0`` marks the reference, whose `log_rr` is 0. For ``ir`` `n` is
        person-time, for ``cc`` cases and controls together, for ``ci`` people.
    kind
        Of each trial's rows: ``cc`` (case-control), ``ci`` (cumulative incidence), ``ir`` (incidence rate).
    pseudo_counts
        Cases that reproduce the ``ratio``, or, as dosresmeta has it, that reproduce it as if it were an
        ``odds`` ratio in cumulative-incidence trials as well.

    Raises
    ------
    InputError
        For an arm without a case, with more cases than people or with a negative standard error, for two
        kinds in one trial, and for ratios that the counts cannot have: the trial is named.
    """
    one_of("pseudo_counts", pseudo_counts, ("ratio", "odds"))
    d, y, s = within("dose", dose, 0), finite("log_rr", log_rr), within("se", se, 0)
    c, m = positive("cases", cases), positive("n", n)
    same_length(dose=d, log_rr=y, se=s, cases=c, n=m)
    kinds = np.asarray(kind)
    out = []
    for name, rows, base in _by_study(study, s == 0):
        arms = np.r_[base, rows]
        design = _kind(name, kinds[arms])
        if y[base] != 0:
            raise InputError(f"study {name!r}: log_rr of the reference arm is {y[base]:g}: must be 0")
        if (d[rows] == d[base]).any():
            raise InputError(f"study {name!r}: an arm has the dose of its reference")
        if design != "ir" and ((c[arms] >= m[arms]) if design == "cc" else (c[arms] > m[arms])).any():
            people = "at least as many cases as people" if design == "cc" else "more cases than people"
            raise InputError(f"study {name!r}: an arm has {people}")
        solve = "cc" if design == "ci" and pseudo_counts == "odds" else design
        a = _pseudo_cases(y[rows], m[arms], float(c[arms].sum()), solve)
        if design == "ci" and (a > m[arms]).any():
            raise InputError(f"study {name!r}: its ratios need more cases in an arm than it has people")
        of_the_others = {"cc": 1 / (m[arms] - a), "ci": -1 / m[arms], "ir": np.zeros(arms.size)}
        variance = 1 / a + of_the_others[design]
        sd = np.sqrt(variance[0] + variance[1:])
        correlation = variance[0] / np.outer(sd, sd)
        np.fill_diagonal(correlation, 1.0)
        covariance = correlation * np.outer(s[rows], s[rows])
        out.append(Contrasts(name, d[rows], float(d[base]), y[rows], covariance))
    return tuple(out)


def _kind(name: object, kinds: NDArray[Any]) -> str:
    """The one kind of a trial's rows."""
    distinct = list(dict.fromkeys(map(str, kinds)))
    if len(distinct) > 1:
        raise InputError(f"study {name!r} has two kinds, {' and '.join(distinct)}: must have one")
    return one_of("kind", distinct[0], ("cc", "ci", "ir"))
