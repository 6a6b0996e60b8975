"""A large correlation in a small sample: its exact interval, how often chance gives one, what to do next.

The exact distribution of the sample correlation under bivariate normality is used (Hotelling 1953, J R Stat
Soc B 15:193) beside Fisher's approximation. Power and partial correlations are pingouin's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import chdtri, gammaln, ndtr

from ldn_analysis.cache import cached
from ldn_analysis.errors import FloatArray, InputError, check_level, finite, within
from ldn_analysis.models.results import Result


def _check(n: int, **correlations: float) -> None:
    within("n", n, 4)
    for name, value in correlations.items():
        within(name, value, -1, 1, "()")


def correlation_cdf(r: float, n: int, rho: float) -> float:
    """P(sample correlation <= r) for n bivariate normal pairs with true correlation `rho`, exactly.

    ``r / sqrt(1 - r²)`` is ``(Z + rho / sqrt(1 - rho²) X) / Y`` with Z standard normal and X, Y chi variables
    with n - 1 and n - 2 degrees of freedom, all independent: the normal probability is averaged over X and Y
    by Gauss-Legendre quadrature.
    """
    _check(n, r=r, rho=rho)
    if r > 0:
        return float(np.clip(1 - correlation_cdf(-r, n, -rho), 0, 1))
    (x, of_x), (y, of_y) = _chi_nodes(n - 1), _chi_nodes(n - 2)
    normal = r / np.sqrt(1 - r**2) * y[:, None] - rho / np.sqrt(1 - rho**2) * x
    return float(np.clip(of_y @ ndtr(normal) @ of_x, 0, 1))


@lru_cache(maxsize=64)
def _chi_nodes(df: int) -> tuple[FloatArray, FloatArray]:
    """Points and probabilities that stand for a chi variable."""
    low, high = np.sqrt(chdtri(df, np.array([1 - 1e-15, 1e-15])))
    node, weight = np.polynomial.legendre.leggauss(160)
    x = (high + low) / 2 + (high - low) / 2 * node
    log_density = (df - 1) * np.log(x) - x**2 / 2 - (df / 2 - 1) * np.log(2) - gammaln(df / 2)
    return x, weight * np.exp(log_density) * (high - low) / 2


def chance_of_r_squared(r_squared: float, n: int, rho: float) -> float:
    """P(sample r squared >= `r_squared`) when the true correlation is `rho`, exactly."""
    r = float(np.sqrt(check_level(r_squared, "r_squared")))
    return correlation_cdf(-r, n, -rho) + correlation_cdf(-r, n, rho)


def simulate_r_squared(n: int, rho: float, *, draws: int = 20_000, seed: int = 20260106) -> FloatArray:
    """`draws` sample values of r squared at `n` pairs with true correlation `rho`; shape (draws,)."""
    _check(n, rho=rho)
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((draws, n))
    y = rho * x + np.sqrt(1 - rho**2) * rng.standard_normal((draws, n))
    return _correlate(x, y) ** 2


def _correlate(x: FloatArray, y: FloatArray) -> FloatArray:
    x, y = x - x.mean(axis=-1, keepdims=True), y - y.mean(axis=-1, keepdims=True)
    return (x * y).sum(axis=-1) / np.sqrt((x**2).sum(axis=-1) * (y**2).sum(axis=-1))


def _exact_interval(r: float, n: int, level: float) -> tuple[float, float]:
    """True correlations at which the observed one has each tail probability (the cdf falls as rho rises)."""
    if r < 0:
        low, high = _exact_interval(-r, n, level)
        return -high, -low
    tail, edge = (1 - level) / 2, 1 - 1e-7
    from scipy.optimize import brentq

    low = brentq(lambda rho: correlation_cdf(-r, n, -rho) - tail, -edge, r, xtol=1e-10)
    high = brentq(lambda rho: correlation_cdf(r, n, rho) - tail, r, edge, xtol=1e-10)
    return float(low), float(high)


@dataclass(frozen=True, slots=True)
class CorrelationEvidence(Result):
    """What r squared at n pairs is worth.

    Attributes
    ----------
    r, r_squared, n, level
        The correlation (positive root of r squared), and its inputs.
    exact_ci : (lower, upper)
        Interval of the correlation, from its exact distribution.
    r_squared_ci : (lower, upper)
        Share of variance at the limits of the exact interval (lower 0 if it includes zero).
    adjusted_r_squared
        ``1 - (1 - r²)(n - 1)/(n - 2)``, of one predictor.
    p_value
        Two-sided, of no correlation.
    replication_n : dict of true r to n
        Pairs for a replication with the given power, if the true correlation is the observed one, the lower
        limit of the exact interval, or each of the values asked for; NaN where it has the other sign or is 0.
    power, alpha
    """

    r: float
    r_squared: float
    n: int
    level: float
    exact_ci: tuple[float, float]
    r_squared_ci: tuple[float, float]
    adjusted_r_squared: float
    p_value: float
    replication_n: dict[float, float]
    power: float
    alpha: float


@cached
def correlation_evidence(
    r_squared: float,
    n: int,
    *,
    replicate_at: tuple[float, ...] = (0.3, 0.5),
    power: float = 0.8,
    alpha: float = 0.05,
    level: float = 0.95,
) -> CorrelationEvidence:
    """Intervals, shrinkage and replication size for a reported r squared.

    No Bayes factor: a correlation that was picked because it is large has no prior that knew it.

    Parameters
    ----------
    r_squared : float
        As reported ("over 80%" enters as its lower bound, 0.80).
    n : int
        Pairs.
    replicate_at : tuple of float
        True correlations for which the size of a replication is wanted.
    """
    for name, value in (("power", power), ("alpha", alpha), ("level", level), ("r_squared", r_squared)):
        check_level(value, name)
    import pingouin

    r = float(np.sqrt(r_squared))
    _check(n, r=r)
    exact = _exact_interval(r, n, level)
    same_side = exact[0] * exact[1] > 0
    inner = min(exact, key=abs) if same_side else float("nan")
    sizes = {
        float(value): float(pingouin.power_corr(r=abs(value), power=power, alpha=alpha))
        for value in (r, inner, *replicate_at)
        if np.isfinite(value)
    }
    return CorrelationEvidence(
        r=r,
        r_squared=r_squared,
        n=n,
        level=level,
        exact_ci=exact,
        r_squared_ci=(inner**2 if same_side else 0.0, max(map(abs, exact)) ** 2),
        adjusted_r_squared=1 - (1 - r_squared) * (n - 1) / (n - 2),
        p_value=2 * correlation_cdf(-r, n, 0.0),
        replication_n=sizes,
        power=power,
        alpha=alpha,
    )


@dataclass(frozen=True, slots=True)
class PartialCorrelation(Result):
    """A correlation of two variables with others held fixed (`given` of them), its interval by Fisher's z
    with `n` less as many people, at `level`."""

    r: float
    ci: tuple[float, float]
    n: int
    given: int
    level: float


def partial_correlation(
    x: npt.ArrayLike, y: npt.ArrayLike, given: npt.ArrayLike | None = None, *, level: float = 0.95
) -> PartialCorrelation:
    """Correlation of `x` and `y`, shape (n,), with the columns of `given`, shape (n, g), held fixed.

    Without `given` the plain correlation. pingouin computes the partial correlation; the interval is Fisher's
    with n - g in place of n.

    Raises
    ------
    InputError
        Fewer than g + 4 people, or a level that is not between 0 and 1.
    """
    level = check_level(level)
    import pingouin

    fixed = np.empty((len(np.asarray(x)), 0)) if given is None else np.asarray(given, dtype=float)
    table = pd.DataFrame({"x": finite("x", x), "y": finite("y", y)})
    names = [f"given{i}" for i in range(fixed.shape[1])]
    table[names] = fixed
    n = len(table)
    if n < len(names) + 4:
        raise InputError(f"x has {n} values: at least {len(names) + 4} are needed")
    r = float(np.corrcoef(table["x"], table["y"])[0, 1])
    if names:
        r = float(pingouin.partial_corr(table, "x", "y", covar=names)["r"].iloc[0])
    size = n - len(names)
    low, high = pingouin.compute_esci(stat=r, nx=size, ny=size, eftype="r", confidence=level, decimals=12)
    return PartialCorrelation(r, (float(low), float(high)), n, len(names), level)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BestPredictor(Result):
    """The largest r squared among `m` predictors none of which is related to the outcome.

    `exceed` is the chance that it reaches `r_squared`, with Monte-Carlo error `mc_se`; `median` and `upper95`
    describe the largest r squared.
    """

    n: int
    m: int
    predictor_correlation: float
    r_squared: float
    exceed: float
    mc_se: float
    median: float
    upper95: float
    draws: int
    seed: int


@cached
def best_of_predictors(
    n: int,
    m: int,
    r_squared: float,
    *,
    predictor_correlation: float = 0.0,
    draws: int = 5_000,
    seed: int = 20260107,
) -> BestPredictor:
    """How large the best of `m` unrelated predictors' r squared gets by selection alone.

    Parameters
    ----------
    n, m : int
        Persons, and predictors tried.
    r_squared : float
        The reported one.
    predictor_correlation : float
        Correlation between any two predictors, 0 to below 1.
    """
    _check(n)
    within("m", m, 1)
    within("draws", draws, 1)
    within("predictor_correlation", predictor_correlation, 0, 1, "[)")
    rng = np.random.default_rng(seed)
    y = rng.standard_normal((draws, 1, n))
    largest = np.zeros(draws)
    shared = np.sqrt(predictor_correlation) * rng.standard_normal((draws, n))
    for _ in range(m):
        x = shared + np.sqrt(1 - predictor_correlation) * rng.standard_normal((draws, n))
        largest = np.maximum(largest, _correlate(x, y[:, 0]) ** 2)
    exceed = float(np.mean(largest >= r_squared))
    median, upper = map(float, np.quantile(largest, [0.5, 0.95]))
    return BestPredictor(
        n=n,
        m=m,
        predictor_correlation=predictor_correlation,
        r_squared=r_squared,
        exceed=exceed,
        mc_se=float(np.sqrt(exceed * (1 - exceed) / draws)),
        median=median,
        upper95=upper,
        draws=draws,
        seed=seed,
    )
