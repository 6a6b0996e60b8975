"""Pooling of counts without an approximation that fails when events are few.

Mantel-Haenszel estimates need no continuity correction: studies with no event in one arm count as they are,
and studies with none in either arm say nothing of a ratio. Peto's one-step estimate suits events below 1 %,
small effects and arms of similar size (Cochrane Handbook 10.4.4). Variances: Robins, Breslow and Greenland
(1986, Biometrics 42:311) for the odds ratio, Greenland and Robins (1985, Biometrics 41:55) for the risk
ratio, Sato (1989, Biometrics 45:1323) for the risk difference.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, ndtr

from ldn_analysis import measures
from ldn_analysis.errors import (
    FloatArray,
    InputError,
    check_level,
    finite,
    one_of,
    positive,
    refuse,
    same_length,
)
from ldn_analysis.models.limits import critical
from ldn_analysis.models.results import Result

Effects = tuple[FloatArray, FloatArray]


@dataclass(frozen=True, eq=False, repr=False)
class CountsPooled(Result):
    """A common effect pooled from counts.

    Attributes
    ----------
    estimate, se, ci
        On the analysis scale: logarithm for ratios, difference for differences. NaN if the counts do not say.
    statistic, p_value
        z test of no effect.
    q, q_df, q_p, i2, h2
        Heterogeneity of the single studies' estimates about the pooled one (1/2 added where a cell is empty).
    cmh, cochran, breslow_day, tarone
        (chi-square, p): Cochran-Mantel-Haenszel test (with continuity correction if asked for), the same with
        Cochran's variance; Breslow-Day's test of equal odds ratios, and with Tarone's correction. NaN where
        not defined for the measure.
    k, k_used, k_informative
        Studies given; with an estimate of their own; with both events and non-events.
    measure, method, level, notes
        What was computed, and in sentences what could not be.
    """

    measure: str
    method: str
    estimate: float
    se: float
    ci: tuple[float, float]
    statistic: float
    p_value: float
    q: float
    q_df: int
    q_p: float
    k: int
    k_used: int
    k_informative: int
    level: float
    cmh: tuple[float, float] = (math.nan, math.nan)
    cochran: tuple[float, float] = (math.nan, math.nan)
    breslow_day: tuple[float, float] = (math.nan, math.nan)
    tarone: tuple[float, float] = (math.nan, math.nan)
    notes: tuple[str, ...] = ()

    @property
    def i2(self) -> float:
        """Percent of the variation between estimates beyond chance, from Q."""
        return 100 * max(0.0, (self.q - self.q_df) / self.q) if self.q > 0 else 0.0

    @property
    def h2(self) -> float:
        """Q over its degrees of freedom."""
        return self.q / self.q_df if self.q_df > 0 else math.nan

    @property
    def ratio(self) -> tuple[float, float, float]:
        """Estimate and interval as a ratio; NaN for a difference."""
        if self.measure == "RD":
            return (math.nan, math.nan, math.nan)
        return (math.exp(self.estimate), math.exp(self.ci[0]), math.exp(self.ci[1]))


def _counts(**cells: npt.ArrayLike) -> list[FloatArray]:
    arrays = {name: np.atleast_1d(finite(name, counts)) for name, counts in cells.items()}
    if same_length(**arrays) == 0:
        raise InputError(f"{next(iter(arrays))} is empty: at least 1 study is needed")
    for name, array in arrays.items():
        refuse(name, array, array < 0, "must not be negative")
    return list(arrays.values())


def _add(table: list[FloatArray], amount: float, to: str) -> list[FloatArray]:
    """Add `amount` to the cells: of tables with an empty cell (only0), of all, or of none."""
    empty = np.any([cell == 0 for cell in table], axis=0)
    more = amount * {"none": np.zeros_like(empty), "only0": empty, "all": np.ones_like(empty)}[to]
    return [cell + more for cell in table]


def _own_effects(measure: str, a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> Effects:
    """Each study's own estimate and variance; nothing is added to empty cells here."""
    effect = measures.two_by_two(measure, a, a + b, c, c + d, "none")
    return np.atleast_1d(effect.yi), np.atleast_1d(effect.vi)


_NO_ESTIMATE = {
    "OR": "no finite odds ratio: in every study one arm has no event, or one has nothing but events",
    "RR": "no finite risk ratio with an interval: an arm has no event in any study, or nothing but events",
    "RD": "no risk difference with an interval: no study has both events and non-events",
}


def _finish(
    measure: str,
    method: str,
    point: tuple[float, float],
    single: Effects,
    counts: tuple[int, int],
    level: float,
    tests: dict[str, tuple[float, float]],
) -> CountsPooled:
    level = check_level(level)
    estimate, variance = point
    notes = []
    if not (math.isfinite(estimate) and math.isfinite(variance)) or variance <= 0:
        estimate, variance = math.nan, math.nan
        notes.append(f"The counts give {_NO_ESTIMATE[measure]}.")
    se = math.sqrt(variance)
    half = critical(level) * se
    z = estimate / se
    yi, vi = single
    q = float(((yi - estimate) ** 2 / vi).sum())
    df = max(len(yi) - 1, 0)
    return CountsPooled(
        measure=measure,
        method=method,
        estimate=estimate,
        se=se,
        ci=(estimate - half, estimate + half),
        statistic=z,
        p_value=float(2 * ndtr(-abs(z))),
        q=q,
        q_df=df,
        q_p=float(chdtrc(df, q)) if df else 1.0,
        k=counts[0],
        k_used=len(yi),
        k_informative=counts[1],
        level=level,
        notes=tuple(notes),
        **tests,
    )


def _tests(table: list[FloatArray], log_or: float, correct: bool) -> dict[str, tuple[float, float]]:
    """Tests of no association and of equal odds ratios, over the informative tables."""
    a, b, c, d = table
    with np.errstate(invalid="ignore", divide="ignore"):
        n1, n2, events, none = a + b, c + d, a + c, b + d
        n = n1 + n2
        surplus = float((a - n1 * events / n).sum())
        squared = max(abs(surplus) - (0.5 if correct else 0.0), 0.0) ** 2
        product = n1 * n2 * events * none / n**2
        out = {}
        for name, variance in (("cochran", product / n), ("cmh", product / (n - 1))):
            total = float(np.nansum(variance))
            stat = squared / total if total > 0 else math.nan
            out[name] = (stat, float(chdtrc(1, stat)))
    use = (events > 0) & (none > 0)
    df = int(use.sum()) - 1
    if df < 1 or not math.isfinite(log_or):
        return out
    a, n1, n2, events = a[use], n1[use], n2[use], events[use]
    expected = _expected(math.exp(log_or), n1, n2, events)
    variance = 1 / (
        1 / expected + 1 / (n1 - expected) + 1 / (events - expected) + 1 / (n2 - events + expected)
    )
    bd = float(((a - expected) ** 2 / variance).sum())
    tarone = bd - float((a - expected).sum()) ** 2 / float(variance.sum())
    out["breslow_day"] = (bd, float(chdtrc(df, bd)))
    out["tarone"] = (tarone, float(chdtrc(df, tarone)))
    return out


def _expected(ratio: float, n1: FloatArray, n2: FloatArray, events: FloatArray) -> FloatArray:
    """Expected events in the first arm under a common odds ratio (the stable root of a quadratic)."""
    if abs(ratio - 1) < 1e-12:
        return n1 * events / (n1 + n2)
    b = ratio * (n1 + events) + (n2 - events)
    root = np.sqrt(b**2 - 4 * ratio * (ratio - 1) * n1 * events)
    return 2 * ratio * n1 * events / (b + root)


def mantel_haenszel(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    c: npt.ArrayLike,
    d: npt.ArrayLike,
    measure: str = "OR",
    *,
    level: float = 0.95,
    correct: bool = True,
    add_to: str = "none",
    double_zero: str = "drop",
) -> CountsPooled:
    """Mantel-Haenszel odds ratio, risk ratio or risk difference.

    Parameters
    ----------
    a, b, c, d : array_like, shape (k,)
        Events and non-events with treatment (a, b) and with control (c, d).
    measure
        ``"OR"``, ``"RR"`` or ``"RD"``.
    level
        Of the interval.
    correct
        Yates' correction in the Cochran-Mantel-Haenszel test.
    add_to
        Where 1/2 is added in the pooled estimate itself: ``"none"`` (recommended), ``"only0"`` or ``"all"``.
    double_zero
        Studies without events in either arm (or with nothing but events): ``"drop"`` leaves them out of the
        heterogeneity test; they still count in a pooled risk difference; ``"drop_all"`` leaves them out
        altogether; ``"keep"`` keeps them in both.

    Returns
    -------
    CountsPooled
        `estimate` is the logarithm of the ratio, or the difference.
    """
    one_of("measure", measure, ("OR", "RR", "RD"))
    one_of("add_to", add_to, ("none", "only0", "all"))
    one_of("double_zero", double_zero, ("drop", "drop_all", "keep"))
    raw = _counts(a=a, b=b, c=c, d=d)
    for name, total in (("a + b", raw[0] + raw[1]), ("c + d", raw[2] + raw[3])):
        positive(name, total)
    says = (raw[0] + raw[2] > 0) & (raw[1] + raw[3] > 0)
    if double_zero == "drop_all":
        raw = [cell[says] for cell in raw]
        says = says[says]
    table = _add(raw, 0.5, add_to)
    separate = _add(raw, 0.5, "all" if add_to == "all" else "only0")
    if double_zero != "keep":
        separate = [cell[says] for cell in separate]
    with np.errstate(divide="ignore", invalid="ignore"):
        point = _mh_point(measure, *table)
    tests = _tests(table, point[0], correct) if measure == "OR" else {}
    events, none = table[0] + table[2], table[1] + table[3]
    counts = (len(table[0]), int(((events > 0) & (none > 0)).sum()))
    return _finish(measure, "Mantel-Haenszel", point, _own_effects(measure, *separate), counts, level, tests)


def _mh_point(
    measure: str, a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray
) -> tuple[float, float]:
    """Pooled estimate and its variance."""
    n1, n2 = a + b, c + d
    n = n1 + n2
    if measure == "OR":
        r, s, p, q = a * d / n, b * c / n, (a + d) / n, (b + c) / n
        big_r, big_s = r.sum(), s.sum()
        v = (p * r).sum() / big_r**2 + (p * s + q * r).sum() / (big_r * big_s) + (q * s).sum() / big_s**2
        return float(np.log(big_r / big_s)), float(v / 2)
    if measure == "RR":
        big_r, big_s = (a * n2 / n).sum(), (c * n1 / n).sum()
        v = (n1 * n2 * (a + c) / n**2 - a * c / n).sum() / (big_r * big_s)
        return float(np.log(big_r / big_s)), float(v)
    weight = (n1 * n2 / n).sum()
    rd = (a * n2 / n - c * n1 / n).sum() / weight
    bend = (c * (n1 / n) ** 2 - a * (n2 / n) ** 2 + n1 * n2 * (n2 - n1) / n**2 / 2).sum()
    v = (rd * bend + (a * (n2 - c) / n + c * (n1 - a) / n).sum() / 2) / weight**2
    return float(rd), float(v)


def peto(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    c: npt.ArrayLike,
    d: npt.ArrayLike,
    *,
    level: float = 0.95,
    double_zero: str = "drop",
) -> CountsPooled:
    """Peto's one-step odds ratio (Yusuf et al. 1985, Prog Cardiovasc Dis 27:335).

    Arguments are those of `mantel_haenszel`. Nothing is added to empty cells, and studies without events in
    either arm (or with nothing but events) have no say; with ``double_zero="drop_all"``, `k` leaves them out.
    Where no study has a say the estimate is NaN, and `notes` say so.
    """
    one_of("double_zero", double_zero, ("drop", "drop_all"))
    raw = _counts(a=a, b=b, c=c, d=d)
    says = (raw[0] + raw[2] > 0) & (raw[1] + raw[3] > 0)
    treated, spared, control, free = (cell[says] for cell in raw)
    n1, n2, events, none = treated + spared, control + free, treated + control, spared + free
    n = n1 + n2
    surplus, v = treated - events * n1 / n, events * none * n1 * n2 / (n**2 * (n - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        point = (float(surplus.sum() / v.sum()), float(1 / v.sum()))
    informative = len(n)
    counts = (informative if double_zero == "drop_all" else len(says), informative)
    return _finish("OR", "Peto", point, (surplus / v, 1 / v), counts, level, {})
