"""Contrasts of doses with the reference arm of their own trial, and the covariance they share through it.

Means: Crippa and Orsini (2016), Dose-response meta-analysis of differences in means, BMC Med Res Methodol
16:91. Rates: Greenland and Longnecker (1992), Am J Epidemiol 135:1301-1309, or Hamling et al. (2008), Stat
Med 27:954-970. Conventions of the R package
dosresmeta: for mean differences the variances use the SD pooled over the arms, the covariances the reference
arm's own SD.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ldn_analysis.errors import InputError, finite, one_of, positive, same_length
from ldn_analysis.models.dose_curves.hamling import hamling_counts

__all__ = ["Contrasts", "mean_contrasts", "rate_contrasts"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Contrasts:
    """One trial: doses, differences from the reference dose, their covariance matrix."""

    study: object
    dose: Array
    reference: float
    y: Array
    covariance: Array


def _by_study(study: ArrayLike, reference: NDArray[np.bool_]) -> list[tuple[object, NDArray[np.intp], int]]:
    names = np.asarray(study)
    out: list[tuple[object, NDArray[np.intp], int]] = []
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
    study: ArrayLike, dose: ArrayLike, mean: ArrayLike, sd: ArrayLike, n: ArrayLike, *, measure: str = "md",
    reference: float = 0.0,
) -> tuple[Contrasts, ...]:  # fmt: skip
    """Differences in means from the arm at dose `reference`, one `Contrasts` a trial.

    `measure`: ``md``, or standardised: ``cohen``, ``hedges`` (small-sample correction) or ``glass`` (the
    reference arm's SD).
    """
    one_of("measure", measure, ("md", "cohen", "hedges", "glass"))
    d, m, s, k = finite("dose", dose), finite("mean", mean), positive("sd", sd), positive("n", n)
    same_length(dose=d, mean=m, sd=s, n=k)
    out = []
    for name, rows, base in _by_study(study, d == reference):
        arms = np.r_[base, rows]
        total = float(k[arms].sum())
        pooled = float(np.sqrt(((k[arms] - 1) * s[arms] ** 2).sum() / (k[arms] - 1).sum()))
        y = m[rows] - m[base]
        if measure == "md":
            cov = np.full((rows.size, rows.size), s[base] ** 2 / k[base])
            np.fill_diagonal(cov, pooled**2 * (1 / k[rows] + 1 / k[base]))
        else:
            y = y / (s[base] if measure == "glass" else pooled)
            if measure == "hedges":
                y = y * (1 - 3 / (4 * total - 9))
            half = {"cohen": total, "hedges": total - 3.94, "glass": k[base] - 1}[measure]
            cov = 1 / k[base] + np.outer(y, y) / (2 * half) + np.diag(1 / k[rows])
        out.append(Contrasts(name, d[rows], reference, y, cov))
    return tuple(out)


def _pseudo_cases(log_rr: Array, total: Array, cases: float, kind: str) -> Array:
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
    study: ArrayLike, dose: ArrayLike, log_rr: ArrayLike, se: ArrayLike, cases: ArrayLike, n: ArrayLike,
    kind: ArrayLike, *, covariance: str = "gl", pseudo_counts: str = "ratio",
) -> tuple[Contrasts, ...]:  # fmt: skip
    """Adjusted log ratios with the covariance that they share through the reference arm.

    Parameters
    ----------
    study
        Trial of each row.
    dose, log_rr, se, cases, n
        Of each row; ``se = 0`` marks the reference. For ``ir`` `n` is person-time.
    kind
        Of each trial's rows: ``cc`` (case-control), ``ci`` (cumulative incidence), ``ir`` (incidence rate).
    covariance
        ``gl``: Greenland and Longnecker's, whose counts keep the observed margins and reproduce the ratios;
        ``hamling``: Hamling's, whose counts reproduce the ratios and the variances (`hamling_counts`).
    pseudo_counts
        For ``gl``: cases that reproduce the ``ratio``, or, as dosresmeta has it, that reproduce it as if it
        were an ``odds`` ratio in cumulative-incidence trials as well.
    """
    one_of("covariance", covariance, ("gl", "hamling"))
    one_of("pseudo_counts", pseudo_counts, ("ratio", "odds"))
    d, y, s = finite("dose", dose), finite("log_rr", log_rr), finite("se", se)
    c, m = finite("cases", cases), positive("n", n)
    same_length(dose=d, log_rr=y, se=s, cases=c, n=m)
    kinds = np.asarray(kind)
    out = []
    for name, rows, base in _by_study(study, s == 0):
        which = one_of("kind", str(kinds[base]), ("cc", "ci", "ir"))
        arms = np.r_[base, rows]
        if covariance == "hamling":
            try:
                shared = hamling_counts(y[rows], s[rows] ** 2, c[arms], m[arms], which)[2]
            except InputError as error:
                raise InputError(f"study {name!r}: {error}") from error
            cov = np.full((rows.size, rows.size), shared)
            np.fill_diagonal(cov, s[rows] ** 2)
            out.append(Contrasts(name, d[rows], float(d[base]), y[rows], cov))
            continue
        solve = "cc" if which == "ci" and pseudo_counts == "odds" else which
        a = _pseudo_cases(y[rows], m[arms], float(c[arms].sum()), solve)
        rest = {"cc": 1 / (m[arms] - a), "ci": -1 / m[arms], "ir": np.zeros(arms.size)}[which]
        part = 1 / a + rest
        sd = np.sqrt(part[0] + part[1:])
        correlation = part[0] / np.outer(sd, sd)
        np.fill_diagonal(correlation, 1.0)
        out.append(
            Contrasts(name, d[rows], float(d[base]), y[rows], correlation * np.outer(s[rows], s[rows]))
        )
    return tuple(out)
