"""How well a dose-response curve fits, and how much its coefficients differ between trials.

Discacciati, Crippa and Orsini (2017), Goodness of fit tools for dose-response meta-analysis of binary
outcomes, Res Synth Methods 8:149-160: contrasts of one trial are correlated, so that they are decorrelated
before residuals are looked at and summed. Q and I2 of the coefficients: Gasparrini, Armstrong and Kenward
(2012), Stat Med 31:3821-3839; Higgins and Thompson (2002), Stat Med 21:1539-1558.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ldn_analysis.errors import InputError, one_of
from ldn_analysis.models.dose_curves.contrasts import Contrasts
from ldn_analysis.models.dose_curves.curves import (
    LINEAR,
    DoseResponse,
    dose_basis,
    dose_response,
    emax_difference,
    trial_curves,
)

__all__ = [
    "CurveHeterogeneity",
    "GoodnessOfFit",
    "curve_heterogeneity",
    "goodness_of_fit",
    "variance_partition",
]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class GoodnessOfFit:
    """Deviance from the common curve, share of variation that it describes, decorrelated residuals.

    Attributes
    ----------
    deviance, df, p_value
        Sum of the squared decorrelated residuals; contrasts less coefficients; chi-squared tail. A small p
        says that one common curve of this form does not fit: a wrong form, or trials that differ.
    r2, r2_adjusted
        Share of the decorrelated contrasts' sum of squares (about zero: no difference from the reference)
        that the curve describes, and the same with a penalty for coefficients (may be negative).
    study, dose, observed, residual
        Of each contrast: trial, dose, decorrelated contrast and residual; unit: standard deviations.
    """

    deviance: float
    df: int
    p_value: float
    r2: float
    r2_adjusted: float
    study: tuple[object, ...]
    dose: Array
    observed: Array
    residual: Array


@dataclass(frozen=True, slots=True, eq=False)
class CurveHeterogeneity:
    """Differences between the trials' own curves, all coefficients together and each by itself.

    Attributes
    ----------
    q, df, p_value
        Cochran's Q of all coefficients at once, multivariate.
    q_each, df_each, p_each, i2_each
        Of each coefficient by itself; I2 = (Q - df) / Q in percent, not below 0.
    tau
        Between-trial standard deviation of each coefficient in the fit that was given.
    study
        The trials that have a curve of their own.
    """

    q: float
    df: int
    p_value: float
    q_each: Array
    df_each: int
    p_each: Array
    i2_each: Array
    tau: Array
    study: tuple[object, ...]


def _chi2_tail(x: Array | float, df: int) -> Array:
    return np.asarray(special.chdtrc(df, x) if df > 0 else np.full(np.shape(x), np.nan), dtype=float)


def _check(trials: Sequence[Contrasts], fit: DoseResponse) -> None:
    if sum(t.y.size for t in trials) != fit.contrasts:
        raise InputError("trials are not those of the fit: they hold another number of contrasts")


def goodness_of_fit(trials: Sequence[Contrasts], fit: DoseResponse) -> GoodnessOfFit:
    """Goodness of fit of the common curve of the fit's form (no variance between trials, one stage).

    Parameters
    ----------
    trials
        Those that were fitted.
    fit
        Its form and knots are taken; the common curve is fitted anew unless it is that already.
    """
    _check(trials, fit)
    if fit.stages == 2 or fit.method != "fixed":
        fit = dose_response(trials, fit.model, method="fixed", knots=fit.knots)
    observed, residual = [], []
    for t in trials:
        expected = fit.predict(t.dose)[0] - fit.predict([t.reference])[0]
        both = np.linalg.solve(np.linalg.cholesky(t.covariance), np.c_[t.y, t.y - expected])
        observed.append(both[:, 0])
        residual.append(both[:, 1])
    y, e = np.concatenate(observed), np.concatenate(residual)
    df = y.size - fit.coef.size
    deviance, total = float(e @ e), float(y @ y)
    r2 = 1 - deviance / total
    adjusted = 1 - (1 - r2) * y.size / df if df else float("nan")
    names = tuple(t.study for t in trials for _ in t.y)
    doses = np.concatenate([t.dose for t in trials])
    return GoodnessOfFit(deviance, df, float(_chi2_tail(deviance, df)), r2, adjusted, names, doses, y, e)


def curve_heterogeneity(
    trials: Sequence[Contrasts], fit: DoseResponse, *, about: str = "own"
) -> CurveHeterogeneity:
    """Q, I2 and tau of the coefficients of the trials' own curves (first stage).

    Parameters
    ----------
    trials
        Those that were fitted.
    fit
        Its form and knots are taken, and tau.
    about
        What each coefficient by itself is compared with: its ``own`` mean, so that Q is chi-squared on
        trials - 1 degrees of freedom where trials do not differ; or the ``joint`` mean of all coefficients,
        about which Q is larger (the R package mixmeta, which takes fewer degrees of freedom).

    Raises
    ------
    InputError
        If no trial has as many doses as the curve has coefficients.
    """
    _check(trials, fit)
    one_of("about", about, ("joint", "own"))
    curves, _ = trial_curves(trials, fit.model, fit.knots)
    b = np.array([c[1] for c in curves])
    s = np.array([c[2] for c in curves])
    w = np.linalg.inv(s)
    k, q = b.shape
    mean = np.linalg.solve(w.sum(0), np.einsum("kij,kj->i", w, b))
    together = float(np.einsum("ki,kij,kj->", b - mean, w, b - mean))
    weight = 1 / np.einsum("kii->ki", s)
    centre = mean if about == "joint" else (weight * b).sum(0) / weight.sum(0)
    each = (weight * (b - centre) ** 2).sum(0)
    df = (k - 1) * q
    with np.errstate(invalid="ignore", divide="ignore"):
        i2 = 100 * np.maximum(0, (each - (k - 1)) / each) if k > 1 else np.full(q, np.nan)
    return CurveHeterogeneity(
        together, df, float(_chi2_tail(together, df)), each, k - 1, _chi2_tail(each, k - 1), i2,
        np.sqrt(np.diag(fit.psi)), tuple(c[0] for c in curves),
    )  # fmt: skip


def variance_partition(trials: Sequence[Contrasts], fit: DoseResponse) -> tuple[Array, ...]:
    """Share of each contrast's variance that lies between trials, one array a trial (0 to 1).

    For curves that are not linear in their coefficients, by their slopes at the fitted coefficients.
    """
    _check(trials, fit)
    out = []
    for t in trials:
        if fit.model in LINEAR:
            x = dose_basis(t.dose, fit.model, fit.knots) - dose_basis([t.reference], fit.model, fit.knots)
        else:
            x = emax_difference(fit.coef, t.dose, t.reference)[1]
        between = np.einsum("ij,jk,ik->i", x, fit.psi, x)
        out.append(between / (between + np.diag(t.covariance)))
    return tuple(out)
