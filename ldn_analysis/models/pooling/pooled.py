"""Pooling one set of estimates: the common-effect and the random-effects model."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, stdtr

from ldn_analysis import html
from ldn_analysis.errors import (
    BoolArray,
    FloatArray,
    InputError,
    check_level,
    finite,
    floats,
    one_of,
    positive,
    refuse,
    same_length,
    unmasked,
)
from ldn_analysis.models.limits import limits_of
from ldn_analysis.models.pooling.columns import (
    INFERENCE_NAMES,
    INFERENCES,
    NUMBERS,
    PAIRS,
    PREDICTIONS,
    fit_columns,
)
from ldn_analysis.models.pooling.single import pool_small
from ldn_analysis.models.pooling.tau2 import TAU2_METHODS, columns
from ldn_analysis.models.results import Result

Interval = tuple[float, float]

_LARGEST = 1e60  # cubes of weights times squares of estimates are formed


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Pooled(Result):
    """A pooled estimate, with what it was made from and how.

    Numbers that the studies cannot give are not-a-number, and `notes` says so. `df` is infinite for the
    normal distribution. `weights` are percent and sum to 100. `i2` is a percentage. Intervals are (lower,
    upper).
    """

    estimate: float
    se: float
    ci: Interval
    p_value: float
    statistic: float
    df: float
    tau2: float
    tau2_se: float
    tau2_ci: Interval
    i2: float
    i2_ci: Interval
    h2: float
    h2_ci: Interval
    q: float
    q_df: int
    q_p: float
    prediction: Interval
    prediction_method: str
    weights: FloatArray
    k: int
    level: float
    tau2_method: str
    inference: str
    yi: FloatArray
    vi: FloatArray
    converged: bool
    notes: tuple[str, ...]

    @property
    def tau(self) -> float:
        """Standard deviation between studies, on the scale of `yi`."""
        return float(np.sqrt(self.tau2))

    def __repr__(self) -> str:
        return (
            f"Pooled({self.estimate:.4g} [{self.ci[0]:.4g}, {self.ci[1]:.4g}], k={self.k}, "
            f"tau2={self.tau2:.4g}, {self.tau2_method}, {self.inference})"
        )

    def _repr_html_(self) -> str:
        percent = f"{100 * self.level:g}%"

        def interval(pair: Interval) -> str:
            return "not available" if any(np.isnan(pair)) else f"{pair[0]:.3f} to {pair[1]:.3f}"

        method = f"{self.tau2_method}; {INFERENCE_NAMES[self.inference]}"
        if self.k == 1 and np.isfinite(self.ci[0]):
            method = "its own interval, " + ("normal" if np.isinf(self.df) else f"t with {self.df:g} df")
        rows = [
            ("Estimate", f"{self.estimate:.3f}"),
            (f"{percent} confidence interval", interval(self.ci)),
            ("p", "not available" if np.isnan(self.p_value) else f"{self.p_value:.3g}"),
            (f"{percent} prediction interval ({self.prediction_method})", interval(self.prediction)),
            ("tau2", "not available" if np.isnan(self.tau2) else f"{self.tau2:.3g}"),
            (f"{percent} interval of tau2 (Q-profile)", interval(self.tau2_ci)),
            ("I2", "not available" if np.isnan(self.i2) else f"{self.i2:.0f}%"),
            ("Studies", f"{self.k}"),
            ("Method", method),
        ]
        notes = html.items(self.notes) if self.notes else None
        return html.finished(html.table("Pooled estimate", ("", ""), rows), notes)


def representable(name_y: str, y: FloatArray, v: FloatArray, present: BoolArray | None = None) -> None:
    """Refuse what is not finite, not positive, or so large or small that its square cannot be represented."""
    if present is None and y.size and v.size:  # the usual case, without an array for each rule
        with np.errstate(invalid="ignore"):
            inside = y.min() >= -_LARGEST and y.max() <= _LARGEST
            if inside and v.min() >= 1 / _LARGEST and v.max() <= _LARGEST:
                return
    for name, array, bad, rule in (
        (name_y, y, ~np.isfinite(y), "must be finite"),
        ("vi", v, ~np.isfinite(v), "must be finite"),
        ("vi", v, v <= 0, "must be above zero"),
        (name_y, y, np.abs(y) > _LARGEST, f"must be below {_LARGEST:g} in size: use another unit"),
        ("vi", v, v > _LARGEST, f"must be below {_LARGEST:g}: use another unit"),
        ("vi", v, v < 1 / _LARGEST, f"must be above {1 / _LARGEST:g}: use another unit"),
    ):
        if present is not None:
            bad = bad & present
        refuse(name, np.broadcast_to(array, bad.shape), bad, rule)


def check_methods(tau2_method: str, inference: str, level: float, prediction: str) -> float:
    """Refuse names that do not exist; the level as a float."""
    one_of("tau2_method", tau2_method, TAU2_METHODS)
    one_of("inference", inference, INFERENCES)
    one_of("prediction", prediction, PREDICTIONS)
    return check_level(level)


def pool(
    yi: npt.ArrayLike,
    vi: npt.ArrayLike,
    tau2_method: str = "REML",
    inference: str = "hksj",
    level: float = 0.95,
    prediction: str = "k-1",
    df: npt.ArrayLike | None = None,
) -> Pooled:
    """Pool estimates and say how sure one may be.

    Parameters
    ----------
    yi : array_like, shape (k,)
        Estimates, all on one scale (LDN minus placebo: negative favours LDN where less is better).
    vi : array_like, shape (k,)
        Their sampling variances (squared standard errors), above zero.
    tau2_method : of `tau2.ESTIMATORS`
        Estimator of the variance between studies; "CE" is the common-effect model, which takes it as zero.
        Iterative ones give the global solution.
    inference : {"z", "t", "hksj", "hksj_modified"}
        Wald with the normal, Wald with t of k - 1, Hartung-Knapp-Sidik-Jonkman, and the same with a factor
        that is not allowed below 1 (Knapp and Hartung 2003; Roever et al. 2015).
    level : float
        Of all intervals.
    prediction : {"k-1", "k-2", "hk", "z", "simple"}
        Interval for the effect in a new study, ``estimate -+ c sqrt(tau2 + se^2)``. "k-1": t with k - 1 and
        the standard error of the chosen inference (RevMan's since January 2025); "k-2": the same with k - 2
        (Higgins, Thompson and Spiegelhalter 2009); "hk": t with k - 1 and the HKSJ standard error whatever
        the inference; "z": normal; "simple": ``estimate -+ z tau``.
    df : array_like, shape (k,), optional
        Degrees of freedom of each study's own standard error (NaN or infinite where it is normal). With them
        the pool of one study is that study, with its own t (or normal) interval, whatever the inference; of
        several studies they change nothing.

    Returns
    -------
    Pooled
        I2 and H2 follow from tau2 and the typical variance (Higgins and Thompson 2002), so that they equal
        (Q - df) / Q for DL and for CE only; their intervals follow from the Q-profile interval of tau2
        (Viechtbauer 2007).

    Raises
    ------
    InputError
        Shapes that differ, no study, values that are not finite (or masked), variances that are not above
        zero, names that do not exist.
    """
    level = check_methods(tau2_method, inference, level, prediction)
    y, v, ys, vs = _studies(yi, vi)
    k = len(ys)
    numbers = None
    if tau2_method == "REML" and k > 1:
        numbers = pool_small(ys, vs, inference, level, prediction)
    if numbers is None:
        fits = fit_columns(columns(y[:, None], v[:, None]), tau2_method, inference, level, prediction)
        numbers = _of_the_only_column(fits)
    own_df = None if df is None else freedom(df, k)
    alone = own_df is not None and k == 1
    if own_df is not None and k == 1:
        numbers |= own_interval(ys[0], vs[0], float(own_df[0]), level)
    return Pooled(
        **numbers | {"weights": _frozen(np.array(numbers["weights"])), "q_df": k - 1},
        prediction_method=prediction,
        k=k,
        level=level,
        tau2_method=tau2_method,
        inference=inference,
        yi=y,
        vi=v,
        notes=_notes(k, tau2_method, "z" if alone else inference, prediction, bool(numbers["converged"])),
    )


def wider_companion(fit: Pooled) -> Pooled | None:
    """The modified Hartung-Knapp fit where the plain interval is narrower than the trials allow; else None.

    That is so where tau2 is estimated as zero and the trials agree better than their own errors would make
    them: the plain standard error is then below that of a common effect, down to zero for equal estimates
    (Knapp and Hartung 2003; Wiksten et al. 2016, 10.1002/sim.6879).
    """
    if fit.inference != "hksj" or fit.k < 2 or fit.tau2 > 0 or fit.se >= 1 / sqrt(float(np.sum(1 / fit.vi))):
        return None
    return pool(fit.yi, fit.vi, fit.tau2_method, "hksj_modified", fit.level, fit.prediction_method)


def freedom(df: npt.ArrayLike, k: int) -> FloatArray:
    """Degrees of freedom of `k` studies' own standard errors as an array; `InputError` for another shape."""
    degrees = floats("df", df)
    if degrees.shape != (k,):
        raise InputError(f"df has shape {degrees.shape}: must have one value for each of the {k} studies")
    return degrees


def own_interval(yi: float, vi: float, df: float, level: float) -> dict[str, Any]:
    """``se df statistic p_value ci`` of one study by itself: t with its own `df`, else normal."""
    df = df if df >= 1 else inf
    se = sqrt(vi)
    statistic = yi / se
    tail = ndtr(-abs(statistic)) if df == inf else stdtr(df, -abs(statistic))
    ci = limits_of(yi, vi, level, df)
    return {"se": se, "df": df, "statistic": statistic, "p_value": 2.0 * float(tail), "ci": ci}


def _studies(yi: npt.ArrayLike, vi: npt.ArrayLike) -> tuple[FloatArray, FloatArray, list[float], list[float]]:
    """Own copies that cannot be written to, and the same as lists; `InputError` where they cannot be used."""
    unmasked(yi=yi, vi=vi)
    try:
        y, v = np.array(yi, dtype=float), np.array(vi, dtype=float)
        ys, vs = y.tolist(), v.tolist()
        usable = (
            0 < len(ys) == len(vs)
            and all(-_LARGEST <= a <= _LARGEST for a in ys)
            and all(1 / _LARGEST <= a <= _LARGEST for a in vs)
        )
    except (TypeError, ValueError):
        usable = False
    if not usable:  # say why
        given_y, given_v = finite("yi", yi), positive("vi", vi)
        if same_length(yi=given_y, vi=given_v) == 0:
            raise InputError("yi is empty: at least one study is needed")
        representable("yi", given_y, given_v)
    return _frozen(y), _frozen(v), ys, vs


def _of_the_only_column(fits: dict[str, npt.NDArray[Any]]) -> dict[str, Any]:
    """The numbers of `Pooled`."""
    return (
        {name: fits[name].item(0) for name in (*NUMBERS, "converged") if name != "q_df"}
        | {name: (fits[f"{of}_lower"].item(0), fits[f"{of}_upper"].item(0)) for name, of in PAIRS.items()}
        | {"weights": fits["weights"][:, 0]}
    )


def _frozen(a: FloatArray) -> FloatArray:
    """The same, which can no longer be written to."""
    a.setflags(write=False)
    return a


def _notes(k: int, tau2_method: str, inference: str, prediction: str, converged: bool) -> tuple[str, ...]:
    """What so few studies, or this model, cannot give."""
    notes = []
    if not converged:
        notes.append(f"The search for tau2 ({tau2_method}) did not converge: do not use this result.")
    if k == 1:
        notes.append(
            "One study: this is its own estimate. The variance between studies (tau2, I2, Q) and a "
            "prediction interval cannot be estimated."
        )
        if inference != "z":
            notes.append(
                f"One study leaves no degrees of freedom for {INFERENCE_NAMES[inference]}: no interval."
            )
        return tuple(notes)
    if tau2_method == "CE":
        notes.append(
            "The common-effect model takes tau2 as zero: it gives no interval of tau2 and no prediction "
            "interval."
        )
    if k == 2:
        if inference != "z":
            notes.append(
                "Two studies leave one degree of freedom: the interval is hardly informative, and can be "
                "absurdly wide or, by chance, narrow."
            )
        if prediction == "k-2" and tau2_method != "CE":
            notes.append("Two studies leave no degrees of freedom for the k - 2 prediction interval.")
    if k in (2, 3) and tau2_method != "CE":
        notes.append(
            f"{'Two' if k == 2 else 'Three'} studies say very little about tau2: see its interval, and a "
            "Bayesian analysis with a stated prior."
        )
    return tuple(notes)
