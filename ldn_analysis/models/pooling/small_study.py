"""Small-study effects: regression and rank tests of funnel asymmetry, trim-and-fill, fail-safe N.

All but the fail-safe N decline below ten studies, where they have next to no power and mislead (Cochrane
Handbook 13.3.5.4); ``allow_small=True`` overrides that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, ndtr, ndtri

from ldn_analysis.errors import InputError, finite, one_of, positive, same_length
from ldn_analysis.models.pooling.one import Pooled, pool
from ldn_analysis.models.pooling.regression import meta_regression

__all__ = ["AsymmetryTest", "FailSafe", "RankTest", "TrimAndFill"]
__all__ += ["egger_test", "fail_safe_n", "rank_test", "trim_and_fill"]

Array = npt.NDArray[np.float64]

FEWEST = 10
PREDICTORS = ("se", "variance", "n", "inverse_n", "root_n", "inverse_root_n")
_LIMITS = ("se", "variance", "inverse_n", "inverse_root_n")  # these tend to 0 in an infinitely large study


def _enough(k: int, allow_small: bool, what: str, least: int) -> None:
    if k < least:
        raise InputError(f"yi has {k} studies: {what} cannot be computed below {least}")
    if k < FEWEST and not allow_small:
        raise InputError(
            f"yi has {k} studies: {what} has too little power below {FEWEST} (Cochrane Handbook 13.3.5.4); "
            "allow_small=True computes it all the same"
        )


def _checked(yi: npt.ArrayLike, vi: npt.ArrayLike) -> tuple[Array, Array, int]:
    y, v = finite("yi", yi), positive("vi", vi)
    return y, v, same_length(yi=y, vi=v)


@dataclass(frozen=True, slots=True)
class AsymmetryTest:
    """Regression test: `slope` on the predictor and its test; `limit`: the mean where the predictor is zero.

    `limit` (with `limit_ci`) is the effect expected in an infinitely large study, not-a-number for predictors
    that do not tend to zero there.
    """

    statistic: float
    df: float
    p_value: float
    slope: float
    slope_se: float
    intercept: float
    intercept_se: float
    limit: float
    limit_ci: tuple[float, float]
    tau2: float
    predictor: str
    k: int
    tau2_method: str | None
    inference: str
    level: float


def egger_test(
    yi: npt.ArrayLike,
    vi: npt.ArrayLike,
    ni: npt.ArrayLike | None = None,
    predictor: str = "se",
    tau2_method: str | None = None,
    inference: str = "hksj",
    level: float = 0.95,
    *,
    allow_small: bool = False,
) -> AsymmetryTest:
    """Test funnel asymmetry by regressing the estimates on a measure of their precision.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Estimates and sampling variances.
    ni : array_like, shape (k,), optional
        Total sample sizes, for the predictors that use them.
    predictor : {"se", "variance", "n", "inverse_n", "root_n", "inverse_root_n"}
        "se" is the test of Egger et al. 1997 (BMJ 315:629).
    tau2_method : str, optional
        None is the classical test: weighted least squares with a free dispersion. A name gives the
        mixed-effects version with that estimator (Sterne and Egger 2005).
    inference : {"z", "t", "hksj", "hksj_modified"}
        Of the mixed-effects version only.
    allow_small : bool
        Compute it below ten studies.
    """
    y, v, k = _checked(yi, vi)
    one_of("predictor", predictor, PREDICTORS)
    _enough(k, allow_small, "a regression test of asymmetry", 3)
    # free dispersion around a weighted line: the common-effect model with the Hartung-Knapp factor
    method, how = ("CE", "hksj") if tau2_method is None else (tau2_method, inference)
    fit = meta_regression(y, v, _precision(v, ni, predictor), [predictor], method, how, level)
    at_zero = predictor in _LIMITS
    return AsymmetryTest(
        statistic=float(fit.statistic[1]),
        df=fit.df,
        p_value=float(fit.p_value[1]),
        slope=float(fit.coefficients[1]),
        slope_se=float(fit.se[1]),
        intercept=float(fit.coefficients[0]),
        intercept_se=float(fit.se[0]),
        limit=float(fit.coefficients[0]) if at_zero else np.nan,
        limit_ci=(float(fit.ci[0, 0]), float(fit.ci[0, 1])) if at_zero else (np.nan, np.nan),
        tau2=np.nan if tau2_method is None else fit.tau2,
        predictor=predictor,
        k=k,
        tau2_method=tau2_method,
        inference=how,
        level=level,
    )


def _precision(v: Array, ni: npt.ArrayLike | None, predictor: str) -> Array:
    if predictor == "se":
        return np.sqrt(v)
    if predictor == "variance":
        return v
    if ni is None:
        raise InputError(f"ni is missing: predictor {predictor!r} needs the sample sizes")
    n = positive("ni", ni)
    same_length(vi=v, ni=n)
    return {"n": n, "inverse_n": 1 / n, "root_n": np.sqrt(n), "inverse_root_n": 1 / np.sqrt(n)}[predictor]


@dataclass(frozen=True, slots=True)
class RankTest:
    """Kendall's rank correlation of standardised estimates with variances; `exact` unless there are ties."""

    tau: float
    p_value: float
    exact: bool
    k: int


def rank_test(yi: npt.ArrayLike, vi: npt.ArrayLike, *, allow_small: bool = False) -> RankTest:
    """Rank correlation test of funnel asymmetry (Begg and Mazumdar 1994, Biometrics 50:1088)."""
    y, v, k = _checked(yi, vi)
    _enough(k, allow_small, "the rank correlation test", 3)
    w = 1.0 / v
    standardised = (y - np.sum(w * y) / np.sum(w)) / np.sqrt(v - 1.0 / np.sum(w))
    return RankTest(*_kendall(standardised, v), k=k)


def _kendall(a: Array, b: Array) -> tuple[float, float, bool]:
    """Kendall's tau-b, its two-sided p value, and whether that is exact."""
    n = len(a)
    upper = np.triu_indices(n, 1)
    sign_a = np.sign(a[:, None] - a[None, :])[upper]
    sign_b = np.sign(b[:, None] - b[None, :])[upper]
    score = float(np.sum(sign_a * sign_b))
    tau = score / float(np.sqrt(np.sum(sign_a != 0) * np.sum(sign_b != 0)))
    if np.all(sign_a != 0) and np.all(sign_b != 0):
        counts = np.ones(1)  # of permutations by their number of concordant pairs, as probabilities
        for i in range(2, n + 1):
            counts = np.convolve(counts, np.full(i, 1.0 / i))
        concordant = round((score + len(sign_a)) / 2)
        tail = min(counts[: concordant + 1].sum(), counts[concordant:].sum())
        return tau, float(min(1.0, 2.0 * tail)), True
    ties_a, ties_b = (np.unique(x, return_counts=True)[1].astype(float) for x in (a, b))

    def total(t: Array, *powers: int) -> float:
        product = np.ones_like(t)
        for j in powers:
            product = product * (t - j)
        return float(np.sum(t * product))

    tied = sum(float(np.sum(t * (t - 1) * (2 * t + 5))) for t in (ties_a, ties_b))
    variance = (n * (n - 1) * (2 * n + 5) - tied) / 18
    variance += total(ties_a, 1) * total(ties_b, 1) / (2 * n * (n - 1))
    variance += total(ties_a, 1, 2) * total(ties_b, 1, 2) / (9 * n * (n - 1) * (n - 2))
    return tau, float(2.0 * ndtr(-abs(score) / np.sqrt(variance))), False


@dataclass(frozen=True, slots=True, eq=False)
class TrimAndFill:
    """`missing` studies estimated (with `missing_se`) on `side`; `fit` pools the studies and the filled ones.

    `p_value` (for "R0" only) tests that none is missing. A sensitivity analysis that assumes that asymmetry
    comes from suppression of studies; it is not a corrected estimate.
    """

    missing: int
    missing_se: float
    p_value: float
    side: str
    estimator: str
    filled_yi: Array
    filled_vi: Array
    fit: Pooled


def trim_and_fill(
    yi: npt.ArrayLike,
    vi: npt.ArrayLike,
    estimator: str = "L0",
    side: str = "auto",
    tau2_method: str = "REML",
    inference: str = "hksj",
    level: float = 0.95,
    *,
    allow_small: bool = False,
) -> TrimAndFill:
    """Estimate how many studies asymmetry suggests are missing, and pool as if they were there.

    Duval and Tweedie 2000 (JASA 95:89; Biometrics 56:455). `side` says where they are missing; "auto" takes
    the side opposite to the slope on the standard error.
    """
    y, v, k = _checked(yi, vi)
    one_of("estimator", estimator, ("L0", "R0", "Q0"))
    one_of("side", side, ("auto", "left", "right"))
    _enough(k, allow_small, "trim-and-fill", 3)
    if side == "auto":
        slope = meta_regression(y, v, np.sqrt(v), tau2_method=tau2_method, inference="z").coefficients[1]
        side = "right" if slope < 0 else "left"
    sign = -1.0 if side == "right" else 1.0
    order = np.argsort(sign * y, kind="stable")
    flipped, variances = (sign * y)[order], v[order]
    missing, seen = 0, set[int]()
    while True:
        rest = k - missing
        centre = pool(flipped[:rest], variances[:rest], tau2_method, "z").estimate
        fresh, error = _missing(flipped - centre, estimator)
        if fresh == missing:
            break
        if fresh in seen:
            raise InputError(
                f"yi: trim-and-fill ({estimator}) goes back and forth between numbers of studies"
            )
        seen.add(fresh)
        missing = fresh
    filled = sign * (2.0 * centre - flipped[k - missing :])
    filled_v = variances[k - missing :]
    fit = pool(np.append(y, filled), np.append(v, filled_v), tau2_method, inference, level)
    return TrimAndFill(
        missing=missing,
        missing_se=error,
        p_value=0.5 ** (missing + 1) if estimator == "R0" else np.nan,
        side=side,
        estimator=estimator,
        filled_yi=filled,
        filled_vi=filled_v,
        fit=fit,
    )


def _missing(centred: Array, estimator: str) -> tuple[int, float]:
    """Number missing on the left of centred estimates in ascending order, and its standard error."""
    k = len(centred)
    rank = np.empty(k)
    rank[np.argsort(np.abs(centred), kind="stable")] = np.arange(1, k + 1)
    if estimator == "R0":
        below = rank[centred < 0]
        number = k - (float(below.max()) if below.size else 0.0) - 1
        error = np.sqrt(2 * max(0.0, number) + 2)
    else:
        s = float(rank[centred > 0].sum())
        if estimator == "L0":
            number = (4 * s - k * (k + 1)) / (2 * k - 1)
        else:
            number = k - 0.5 - np.sqrt(max(0.0, 2 * k**2 - 4 * s + 0.25))
        spread = k * (k + 1) * (2 * k + 1) + 10 * number**3 + 27 * number**2 + 17 * number
        spread += -18 * k * number**2 - 18 * k * number + 6 * k**2 * number
        deviation = np.sqrt(spread / 24) if spread >= 0 else np.nan
        if estimator == "L0":
            error = 4 * deviation / (2 * k - 1)
        else:
            error = 2 * deviation / np.sqrt((k - 0.5) ** 2 - number * (2 * k - number - 1))
    return max(0, round(number)), float(error)


@dataclass(frozen=True, slots=True)
class FailSafe:
    """`n` studies averaging no effect would bring the result to `alpha` or to `target`."""

    n: float
    method: str
    estimate: float
    p_value: float
    alpha: float
    target: float


def fail_safe_n(
    yi: npt.ArrayLike,
    vi: npt.ArrayLike | None = None,
    method: str = "rosenthal",
    alpha: float = 0.05,
    target: float | None = None,
) -> FailSafe:
    """Number of null studies that would undo the result; history rather than advice (Handbook 13.3.5.5).

    Parameters
    ----------
    method : {"rosenthal", "fisher", "orwin", "rosenberg"}
        Rosenthal 1979 by Stouffer's or Fisher's sum (one-sided alpha); Orwin 1983, down to `target` (half the
        mean unless given), weighted where `vi` is given; Rosenberg 2005, weighted mean, two-sided alpha.
    """
    one_of("method", method, ("rosenthal", "fisher", "orwin", "rosenberg"))
    y = finite("yi", yi)
    if vi is None and method != "orwin":
        raise InputError(f"vi is missing: method {method!r} needs the variances")
    v = np.ones_like(y) if vi is None else positive("vi", vi)
    k = same_length(yi=y, vi=v)
    if k < 2:
        raise InputError(f"yi has {k} studies: a fail-safe N needs at least 2")
    w, z = 1.0 / v, y / np.sqrt(v)
    estimate = p = aim = np.nan
    if method == "rosenthal":
        combined = abs(z.sum()) / np.sqrt(k)
        p = float(ndtr(-combined))
        n = k * (combined / ndtri(1 - alpha)) ** 2 - k
    elif method == "fisher":
        n, p = _fisher(ndtr(-np.abs(z)), alpha)
    elif method == "orwin":
        estimate = float(np.sum(w * y) / np.sum(w))
        aim = estimate / 2 if target is None else float(np.copysign(target, estimate))
        n = np.inf if aim == 0 else k * (estimate - aim) / aim
    else:
        estimate = float(np.sum(w * y) / np.sum(w))
        p = float(2 * ndtr(-abs(estimate) * np.sqrt(np.sum(w))))
        n = ((np.sum(w * y) / ndtri(1 - alpha / 2)) ** 2 - np.sum(w)) / np.mean(w)
    n = max(0.0, float(n))
    near = round(n) if np.isfinite(n) else n
    n = float(near) if np.isinf(n) or abs(n - near) < 1e-8 else float(np.ceil(n))
    return FailSafe(n=n, method=method, estimate=estimate, p_value=p, alpha=alpha, target=aim)


def _fisher(p: Array, alpha: float) -> tuple[float, float]:
    """Fewest studies with p = 0.5 that bring Fisher's p value to alpha, and that value without any."""

    def combined(n: float) -> float:
        return float(chdtrc(2 * (len(p) + n), -2 * np.log(p).sum() + 2 * n * np.log(2)))

    now = combined(0)
    if now >= alpha:
        return 0.0, now
    high = 1
    while combined(high) < alpha:
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if combined(middle) < alpha else (low, middle)
    return float(high), now
