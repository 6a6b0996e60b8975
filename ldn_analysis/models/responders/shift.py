"""Responders: what a plain shift of the mean would give, and how much individual response the SDs imply.

Response rates follow from means and SDs alone if changes are normal; a treatment that only shifts everybody
moves them too, so a difference in response rates is no evidence that people respond differently. Whether they
do shows, if at all, in the spread of change: more of it under treatment than under control (Cortés 2018;
Hopkins 2015, J Appl Physiol 118:1444; Nakagawa et al. 2015, 10.1111/2041-210X.12309). Change is negative when
pain falls.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtr

from ldn_analysis import measures
from ldn_analysis.errors import FloatArray, InputError, check_level, finite, positive, within
from ldn_analysis.models.limits import critical
from ldn_analysis.models.results import Result


def baseline_change_correlation(
    baseline_sd: npt.ArrayLike, final_sd: npt.ArrayLike, correlation: npt.ArrayLike
) -> FloatArray:
    """Correlation of change with baseline that the SDs and the baseline-final correlation imply.

    ``(r s1 - s0) / sqrt(s0² + s1² - 2 r s0 s1)``: negative unless final values spread far more.
    """
    first, last = positive("baseline_sd", baseline_sd), positive("final_sd", final_sd)
    r = within("correlation", correlation, -1, 1, "()")
    return (r * last - first) / np.sqrt(first**2 + last**2 - 2 * r * first * last)


def responder_rate(
    baseline_mean: npt.ArrayLike,
    baseline_sd: npt.ArrayLike,
    change_mean: npt.ArrayLike,
    change_sd: npt.ArrayLike,
    percent: npt.ArrayLike,
    correlation: npt.ArrayLike = -0.4,
) -> FloatArray:
    """Share of patients whose pain falls by at least `percent` of their own baseline.

    Baseline and change are bivariate normal, so that change + percent/100 * baseline is normal and the rate
    is one tail of it. Arguments broadcast.

    Parameters
    ----------
    baseline_mean, baseline_sd, change_mean, change_sd : array
        In one unit; a fall is negative. The mean baseline must be positive.
    percent : array
    correlation : array
        Of baseline with change. Seldom reported, and an assumption here: whoever has more pain can lose more,
        and part of it is regression to the mean.

    Returns
    -------
    array
        Between 0 and 1. Scores that come in whole points make true rates lumpy; this one is smooth.
    """
    level, spread = positive("baseline_mean", baseline_mean), positive("baseline_sd", baseline_sd)
    shift, sd = finite("change_mean", change_mean), positive("change_sd", change_sd)
    share, r = positive("percent", percent) / 100, within("correlation", correlation, -1, 1, "()")
    variance = sd**2 + share**2 * spread**2 + 2 * share * r * sd * spread
    return np.asarray(ndtr(-(shift + share * level) / np.sqrt(variance)), dtype=float)


@dataclass(frozen=True, slots=True)
class Arm(Result):
    """One arm of a trial at one time: baseline, change, and (if counted) responders.

    Parameters
    ----------
    responders : dict of percent to count, optional
        Observed responders at each threshold, out of `responders_n` (one number, or one a threshold where
        they were counted among different people; `n` if not given).
    """

    n: int
    baseline_mean: float
    baseline_sd: float
    change_mean: float
    change_sd: float
    responders: dict[float, int] | None = None
    responders_n: int | Mapping[float, int] | None = None

    def people(self, percent: float) -> int:
        """Those among whom responders at a threshold were counted."""
        of = self.responders_n
        return (of if isinstance(of, int) else (of or {}).get(percent)) or self.n


def shift_rates(
    treated: Arm, control: Arm, percents: Sequence[float] = (15.0, 30.0, 50.0), *, correlation: float = -0.4
) -> pd.DataFrame:
    """Responder rates from means and SDs beside those observed, at each threshold.

    Parameters
    ----------
    treated, control : Arm
    percents
        Thresholds: fall in percent of baseline.
    correlation : float
        Of baseline with change, in both arms (see `responder_rate`).

    Returns
    -------
    DataFrame
        One row a threshold and account. ``account`` is ``own mean and SD`` for each ``arm``, and ``control
        shifted`` for the treated arm: the control arm's SD of change with the mean moved by the difference
        between arms, so everybody responds alike. Columns ``percent arm account predicted expected observed
        n rate p_value``: predicted share; expected and observed counts; observed share; exact two-sided
        binomial p value of the observed count against the predicted share (NaN where nothing was counted;
        the prediction's own uncertainty is not in it).
    """
    rows = []
    for percent in percents:
        for arm_name, arm, account, change, sd in (
            ("control", control, "own mean and SD", control.change_mean, control.change_sd),
            ("treated", treated, "own mean and SD", treated.change_mean, treated.change_sd),
            ("treated", treated, "control shifted", treated.change_mean, control.change_sd),
        ):
            rate = float(responder_rate(arm.baseline_mean, arm.baseline_sd, change, sd, percent, correlation))
            n = arm.people(percent)
            count = (arm.responders or {}).get(percent, math.nan)
            p = math.nan if math.isnan(count) else _binomial_p(count, n, rate)
            rows.append((percent, arm_name, account, rate, n * rate, float(count), n, count / n, p))
    names = ["percent", "arm", "account", "predicted", "expected", "observed", "n", "rate", "p_value"]
    return pd.DataFrame(rows, columns=names)


def _binomial_p(count: float, n: int, rate: float) -> float:
    """Exact two-sided p: all counts no likelier than the one observed (as R's binom.test)."""
    if not 0 <= count <= n or count % 1:
        raise InputError(f"{count:g} responders of {n}: must be a whole number from 0 to n")
    from scipy.stats import binomtest  # half a second to import

    return float(binomtest(int(count), n, rate).pvalue)


@dataclass(frozen=True, slots=True)
class IndividualResponse(Result):
    """What the spread of change in two arms says of individual response.

    Attributes
    ----------
    ln_vr, ln_vr_se, ln_vr_ci
        Log ratio of the SDs of change, treated over control, with its small-sample correction
        (Nakagawa 2015); above 0: more spread under treatment.
    ln_cvr, ln_cvr_se, ln_cvr_ci
        Log ratio of the coefficients of variation of change, with the second-order correction of the ratio
        of means; NaN unless both mean changes differ from zero, in one direction (95% t intervals): a spread
        relative to a mean that may be zero means nothing.
    sd, sd_ci
        Square root of the difference of the variances (that of individual response if it is independent of
        the response on control), with the sign kept: negative when the treated arm spreads less.
    includes_zero : bool
        The interval of `sd` includes zero: no individual response at all is compatible with these data.
    level
        Of the intervals.
    """

    ln_vr: float
    ln_vr_se: float
    ln_vr_ci: tuple[float, float]
    ln_cvr: float
    ln_cvr_se: float
    ln_cvr_ci: tuple[float, float]
    sd: float
    sd_ci: tuple[float, float]
    level: float

    @property
    def includes_zero(self) -> bool:
        return self.sd_ci[0] <= 0 <= self.sd_ci[1]


def individual_response(
    sd_treated: float,
    n_treated: int,
    sd_control: float,
    n_control: int,
    *,
    mean_treated: float | None = None,
    mean_control: float | None = None,
    level: float = 0.95,
) -> IndividualResponse:
    """SD of individual response from the SDs of change in two arms, and the ratio of the SDs.

    Parameters
    ----------
    sd_treated, sd_control : float
        SDs of the change scores.
    n_treated, n_control : int
        At least 2 each.
    mean_treated, mean_control : float, optional
        Mean changes, for the ratio of the coefficients of variation.

    Notes
    -----
    The variance of the log ratio of the SDs is to the second order (Senior 2020, 10.1002/jrsm.1423): by the
    first, intervals called 95% hold the truth in 92 to 94.5% with 6 to 28 a group. That of the ratio of the
    coefficients is to the first, which is wide enough.

    The interval of the difference of variances combines the arms' chi-square limits, which respects their
    skewness (MOVER: Zou & Donner 2008, 10.1002/sim.3095).

    Equal spread does not prove equal response: response may offset what would have happened anyway, or a
    ceiling may hold the spread down. More spread may come from subgroups, or from drop-out.
    """
    s1, s0 = float(positive("sd_treated", sd_treated)), float(positive("sd_control", sd_control))
    within("n_treated", n_treated, 2)
    within("n_control", n_control, 2)
    check_level(level)
    d1, d0 = n_treated - 1, n_control - 1
    z, tail = critical(level), (1 - level) / 2

    def limits_of(effect: measures.Effect) -> tuple[float, float, tuple[float, float]]:
        """Its estimate, standard error and interval."""
        y, se = float(effect.yi), float(effect.se)
        return y, se, (y - z * se, y + z * se)

    vr = limits_of(measures.log_variability_ratio(s1, n_treated, s0, n_control, variance="LS2"))
    cvr = math.nan, math.nan, (math.nan, math.nan)
    means = [m for m in (mean_treated, mean_control) if m is not None]
    nonzero = [
        abs(m) > critical(0.95, d) * s / math.sqrt(d + 1)
        for m, s, d in zip(means, (s1, s0), (d1, d0), strict=False)
    ]
    if len(means) == 2 and all(nonzero) and means[0] * means[1] > 0:
        # the sizes of two changes of one direction are what the spreads are compared with
        cvr = limits_of(measures.log_cv_ratio(abs(means[0]), s1, n_treated, abs(means[1]), s0, n_control))

    from scipy.stats import chi2  # half a second to import

    gap = s1**2 - s0**2
    (l1, u1), (l0, u0) = (
        (d * s**2 / chi2.ppf(1 - tail, d), d * s**2 / chi2.ppf(tail, d)) for s, d in ((s1, d1), (s0, d0))
    )
    low = gap - float(np.hypot(s1**2 - l1, u0 - s0**2))
    high = gap + float(np.hypot(u1 - s1**2, s0**2 - l0))
    sd, least, most = (float(np.sign(square) * np.sqrt(abs(square))) for square in (gap, low, high))
    return IndividualResponse(*vr, *cvr, sd, (least, most), level)


def sd_interval(sd: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """Interval of a normal SD from `n` people, by the chi-square distribution of its variance.

    >>> [round(limit, 2) for limit in sd_interval(1.57, 49)]
    [1.31, 1.96]
    """
    from scipy.stats import chi2  # half a second to import

    within("n", n, 2)
    s, df, tail = float(positive("sd", sd)), n - 1, (1 - check_level(level)) / 2
    return tuple(s * math.sqrt(df / float(chi2.ppf(p, df))) for p in (1 - tail, tail))  # type: ignore[return-value]
