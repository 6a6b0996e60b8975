"""Everything that pooling reports, for many data sets at once; `pool` is the case of one column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, chdtri, ndtr, stdtr, stdtrit

from ldn_analysis.models.limits import critical
from ldn_analysis.models.pooling.tau2 import (
    Columns,
    estimate_tau2,
    moments,
    q_profile,
    swapped,
    tau2_standard_error,
    trace,
)

__all__ = ["INFERENCES", "PREDICTIONS", "Fits", "fit_columns"]

Array = npt.NDArray[np.float64]

INFERENCES = ("z", "t", "hksj", "hksj_modified")
PREDICTIONS = ("k-1", "k-2", "hk", "z", "simple")


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    """One number a column; not-a-number where the studies cannot give it."""

    estimate: Array
    se: Array
    ci_lower: Array
    ci_upper: Array
    statistic: Array
    p_value: Array
    df: Array
    tau2: Array
    tau2_se: Array
    tau2_lower: Array
    tau2_upper: Array
    i2: Array
    i2_lower: Array
    i2_upper: Array
    h2: Array
    h2_lower: Array
    h2_upper: Array
    q: Array
    q_df: Array
    q_p: Array
    prediction_lower: Array
    prediction_upper: Array
    weights: Array  # (k, B), percent; no rows if not asked for
    k: Array
    converged: npt.NDArray[np.bool_]


def _quantile(level: float, df: Array | None) -> Array | float:
    """Two-sided critical value: normal where `df` is None, not-a-number where it is below 1."""
    if df is None:
        return critical(level)
    usable = np.where(df >= 1, df, np.nan)
    return _by_df(lambda n: stdtrit(n, 0.5 + level / 2), usable)


def _by_df(function: Callable[[Array], Any], df: Array) -> Array:
    """A slow function of the degrees of freedom, of which there are few."""
    if df.size == 1:
        return np.asarray(function(df), dtype=float)
    if df[0] == df[-1] and (df == df[0]).all():
        return np.full_like(df, function(df[:1])[0])
    distinct, back = np.unique(df, return_inverse=True)
    return np.asarray(function(distinct), dtype=float)[back]


def _chi2_above(p: float, df: Array) -> Array:
    """Chi-squared value with probability `p` above it."""
    return np.asarray(chdtri(df, p), dtype=float)


def _p_value(statistic: Array, df: Array | None) -> Array:
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
) -> Fits:
    """Pool each column. Columns with one study get that study's estimate and nothing about heterogeneity."""
    y, v, k = data.y, data.v, data.k
    df = k - 1.0
    several = k > 1
    all_several = bool(several.all())
    nan = np.full_like(k, np.nan)

    with np.errstate(divide="ignore", invalid="ignore"):
        common = moments(y, v, 0.0)
        tr_p0 = trace(common.w, common.w[1:].sum(axis=0), common.s1)
        if all_several:
            tau2, converged = estimate_tau2(data, tau2_method)
        else:
            tau2, converged = np.zeros_like(k), np.ones(k.shape, dtype=bool)
            rows = np.flatnonzero(several)
            if rows.size:
                tau2[rows], converged[rows] = estimate_tau2(data.take(rows), tau2_method)
            converged[k == 0] = False
        final = common if tau2_method == "CE" else moments(y, v, tau2)
        se_wald = np.sqrt(1.0 / final.s1)
        if not all_several:
            se_wald = np.where(k > 0, se_wald, np.nan)
        mu = data.origin + final.mu
        shares = swapped(final.w * (100.0 / final.s1), data.first) if weights else np.empty((0, len(k)))

        t_df: Array | None = None
        if inference == "z":
            se = se_wald
        elif inference == "t":
            se, t_df = se_wald, df
        else:
            ratio = final.q / df
            if inference == "hksj_modified":
                ratio = np.maximum(ratio, 1.0)
            se, t_df = se_wald * np.sqrt(ratio), df
            if not all_several:
                se = np.where(several, se, np.nan)
        half = _quantile(level, t_df) * se
        statistic = mu / se

        if tau2_method == "CE":
            low = high = p_low = p_high = nan
            i2 = np.maximum(0.0, 100.0 * (common.q - df) / common.q)
            i2 = np.where(common.q > 0, i2, 0.0)
            h2 = common.q / df
            i2_low = i2_high = h2_low = h2_high = tau2_se = nan
        else:
            v_typical = df / tr_p0
            i2, h2 = 100.0 * tau2 / (v_typical + tau2), tau2 / v_typical + 1.0
            tau2_se = tau2_standard_error(data, tau2, tau2_method)
            low = high = nan
            if tau2_interval:
                alpha = (1.0 - level) / 2
                target = np.where(several, df, 1.0)
                small, large = (_by_df(partial(_chi2_above, p), target) for p in (1 - alpha, alpha))
                low, high = q_profile(data, small, large)
            i2_low, i2_high = 100.0 * low / (v_typical + low), 100.0 * high / (v_typical + high)
            h2_low, h2_high = low / v_typical + 1.0, high / v_typical + 1.0
            p_low, p_high = _prediction(prediction, level, mu, se, se_wald, final.q, tau2, df)
        if not all_several:
            tau2, tau2_se, i2, h2 = (np.where(several, x, np.nan) for x in (tau2, tau2_se, i2, h2))
            low, high, i2_low, i2_high, h2_low, h2_high, p_low, p_high = (
                np.where(several, x, np.nan)
                for x in (low, high, i2_low, i2_high, h2_low, h2_high, p_low, p_high)
            )
        return Fits(
            estimate=mu,
            se=se,
            ci_lower=mu - half,
            ci_upper=mu + half,
            statistic=statistic,
            p_value=_p_value(statistic, t_df),
            df=np.full_like(k, np.inf) if t_df is None else t_df,
            tau2=tau2,
            tau2_se=tau2_se,
            tau2_lower=low,
            tau2_upper=high,
            i2=i2,
            i2_lower=i2_low,
            i2_upper=i2_high,
            h2=h2,
            h2_lower=h2_low,
            h2_upper=h2_high,
            q=common.q,
            q_df=df,
            q_p=np.where(several, chdtrc(np.where(several, df, 1.0), common.q), np.nan),
            prediction_lower=p_low,
            prediction_upper=p_high,
            weights=shares,
            k=k,
            converged=converged,
        )


def _prediction(
    method: str, level: float, mu: Array, se: Array, se_wald: Array, q: Array, tau2: Array, df: Array
) -> tuple[Array, Array]:
    """Limits between which the effect in a new study is expected."""
    if method == "simple":
        half = _quantile(level, None) * np.sqrt(tau2)
    else:
        if method == "hk":
            se = se_wald * np.sqrt(q / df)
        freedom = {"k-1": df, "hk": df, "k-2": df - 1.0, "z": None}[method]
        half = _quantile(level, freedom) * np.sqrt(tau2 + se * se)
    return mu - half, mu + half
