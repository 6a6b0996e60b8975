"""Everything that pooling reports, for many data sets at once; `pool` is the case of one column."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, chdtri, ndtr, stdtr, stdtrit

from ldn_analysis.errors import BoolArray, FloatArray
from ldn_analysis.models.limits import critical
from ldn_analysis.models.pooling.tau2 import ESTIMATORS, Columns, Moments, estimate_tau2, q_profile, swapped

INFERENCE_NAMES = {
    "hksj": "Hartung-Knapp (HKSJ)",
    "hksj_modified": "Hartung-Knapp, not narrower than Wald",
    "t": "Wald, t with k - 1",
    "z": "Wald, normal",
}
INFERENCES = tuple(INFERENCE_NAMES)
NUMBERS = ("estimate", "se", "statistic", "p_value", "df", "tau2", "tau2_se", "i2", "h2", "q", "q_df", "q_p")
"""Those of `Pooled` that are no interval, under the same names here."""
PAIRS = {"ci": "ci", "tau2_ci": "tau2", "i2_ci": "i2", "h2_ci": "h2", "prediction": "prediction"}
"""Each interval of `Pooled`, by the name of its limits here."""
PREDICTIONS = ("k-1", "k-2", "hk", "z", "simple")


def _quantile(level: float, df: FloatArray | None) -> FloatArray | float:
    """Two-sided critical value: normal where `df` is None, not-a-number where it is below 1."""
    if df is None:
        return critical(level)
    usable = np.where(df >= 1, df, np.nan)
    return _by_df(lambda n: stdtrit(n, 0.5 + level / 2), usable)


def _by_df(function: Callable[[FloatArray], Any], df: FloatArray) -> FloatArray:
    """A slow function of the degrees of freedom, of which there are few."""
    if df.size < 2:
        return np.asarray(function(df), dtype=float)
    if df[0] == df[-1] and (df == df[0]).all():
        return np.full_like(df, function(df[:1])[0])
    distinct, back = np.unique(df, return_inverse=True)
    return np.asarray(function(distinct), dtype=float)[back]


def _chi2_above(p: float, df: FloatArray) -> FloatArray:
    """Chi-squared value with probability `p` above it."""
    return np.asarray(chdtri(df, p), dtype=float)


def _p_value(statistic: FloatArray, df: FloatArray | None) -> FloatArray:
    tail = (
        ndtr(-np.abs(statistic)) if df is None else stdtr(np.where(df >= 1, df, np.nan), -np.abs(statistic))
    )
    return 2.0 * tail


def fit_columns(
    data: Columns,
    tau2_method: str,
    inference: str,
    level: float,
    prediction: str,
    tau2_interval: bool = True,
    weights: bool = True,
) -> dict[str, npt.NDArray[Any]]:
    """Pool each column: one number a column, not-a-number where its studies cannot give it.

    The names are those of `Pooled`, a limit of an interval with ``_lower`` or ``_upper``; ``weights`` are
    percent, (k, B), without rows if not asked for. Columns with one study get that study's estimate and
    nothing about heterogeneity.
    """
    k, df = data.k, data.df
    several = k > 1
    with np.errstate(divide="ignore", invalid="ignore"):
        common = data.at(0.0)
        tau2, converged = _tau2(data, tau2_method, several)
        final = common if tau2_method == "CE" else data.at(tau2)
        se_wald = np.where(k > 0, np.sqrt(1.0 / final.s1), np.nan)
        mu = data.origin + final.mu
        shares = swapped(final.w * (100.0 / final.s1), data.first) if weights else np.empty((0, len(k)))
        se, t_df = _standard_error(inference, se_wald, final.q, df, several)
        half = _quantile(level, t_df) * se
        statistic = mu / se
        if tau2_method == "CE":
            spread = _common_heterogeneity(common.q, df)
        else:
            spread = _heterogeneity(data, common, tau2, tau2_method, level if tau2_interval else None)
            limits = _prediction(prediction, level, mu, se, se_wald, final.q, tau2, df)
            spread |= dict(zip(("prediction_lower", "prediction_upper"), limits, strict=True))
        spread |= {"tau2": tau2}
        if not several.all():
            spread = {name: np.where(several, x, np.nan) for name, x in spread.items()}
        return spread | {
            "estimate": mu,
            "se": se,
            "ci_lower": mu - half,
            "ci_upper": mu + half,
            "statistic": statistic,
            "p_value": _p_value(statistic, t_df),
            "df": np.full_like(k, np.inf) if t_df is None else t_df,
            "q": common.q,
            "q_df": df,
            "q_p": np.where(several, chdtrc(np.where(several, df, 1.0), common.q), np.nan),
            "weights": shares,
            "k": k,
            "converged": converged,
        }


def _tau2(data: Columns, method: str, several: BoolArray) -> tuple[FloatArray, BoolArray]:
    """Estimates and whether the search converged; zero where there is a single study."""
    if several.all():
        return estimate_tau2(data, method)
    tau2, converged = np.zeros_like(data.k), data.k > 0
    rows = np.flatnonzero(several)
    if rows.size:
        tau2[rows], converged[rows] = estimate_tau2(data.take(rows), method)
    return tau2, converged


def _standard_error(
    inference: str, se_wald: FloatArray, q: FloatArray, df: FloatArray, several: BoolArray
) -> tuple[FloatArray, FloatArray | None]:
    """Standard errors, and degrees of freedom (None for the normal)."""
    if inference == "z":
        return se_wald, None
    if inference == "t":
        return se_wald, df
    ratio = q / df
    if inference == "hksj_modified":
        ratio = np.maximum(ratio, 1.0)
    return np.where(several, se_wald * np.sqrt(ratio), np.nan), df


def _common_heterogeneity(q: FloatArray, df: FloatArray) -> dict[str, FloatArray]:
    """I2 and H2 from Q; no interval, and no prediction, under the common-effect model."""
    i2 = np.where(q > 0, np.maximum(0.0, 100.0 * (q - df) / q), 0.0)
    ends = ("tau2", "i2", "h2", "prediction")
    nothing = ["tau2_se", *(f"{name}_{end}" for name in ends for end in ("lower", "upper"))]
    return dict.fromkeys(nothing, np.full_like(q, np.nan)) | {"i2": i2, "h2": q / df}


def _heterogeneity(
    data: Columns, common: Moments, tau2: FloatArray, method: str, level: float | None
) -> dict[str, FloatArray]:
    """tau2's standard error, I2 and H2, and the Q-profile limits of all three where a `level` is given."""
    df = data.df
    v_typical = df / common.tr_p
    low = high = np.full_like(data.k, np.nan)
    if level is not None:
        alpha = (1.0 - level) / 2
        target = np.where(data.k > 1, df, 1.0)
        small, large = (_by_df(partial(_chi2_above, p), target) for p in (1 - alpha, alpha))
        low, high = q_profile(data, small, large)
    of_tau2 = {"": tau2, "_lower": low, "_upper": high}
    return {
        "tau2_se": ESTIMATORS[method].standard_error(data, tau2),
        "tau2_lower": low,
        "tau2_upper": high,
        **{f"i2{end}": 100.0 * t / (v_typical + t) for end, t in of_tau2.items()},
        **{f"h2{end}": t / v_typical + 1.0 for end, t in of_tau2.items()},
    }


def _prediction(
    method: str,
    level: float,
    mu: FloatArray,
    se: FloatArray,
    se_wald: FloatArray,
    q: FloatArray,
    tau2: FloatArray,
    df: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Limits between which the effect in a new study is expected."""
    if method == "simple":
        half = _quantile(level, None) * np.sqrt(tau2)
    else:
        if method == "hk":
            se = se_wald * np.sqrt(q / df)
        freedom = {"k-1": df, "hk": df, "k-2": df - 1.0, "z": None}[method]
        half = _quantile(level, freedom) * np.sqrt(tau2 + se * se)
    return mu - half, mu + half
