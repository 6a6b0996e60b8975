"""Properties of models of dependent estimates: maxima, boundaries, invariance, unbiased variances, errors."""

import json
import math
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ldn_analysis import models
from ldn_analysis.errors import InputError


@pytest.fixture(scope="module")
def schools() -> dict[str, Any]:
    """Konstantopoulos 2011: 56 schools in 11 districts."""
    path = Path(__file__).parents[1] / "reference" / "D_mv_konstantopoulos2011.json"
    i = json.loads(path.read_text(encoding="utf-8"))["inputs"]
    return {
        "y": np.array(i["yi"]),
        "v": np.array(i["vi"]),
        "outer": np.array(i["outer"]),
        "inner": np.array(i["inner"]),
        "year": np.array(i["mods"]["X_without_intercept"], dtype=float)[:, 0],
    }


def levels(schools: dict[str, Any]) -> dict[str, Any]:
    return {"outer": schools["outer"], "inner": schools["inner"]}


@pytest.mark.parametrize("method", ["REML", "ML"])
def test_profile_limits_lie_where_the_likelihood_has_dropped(schools: dict[str, Any], method: str) -> None:
    given = levels(schools) | {"method": method}
    fit = models.multivariate(schools["y"], schools["v"], **given)
    for limit in models.profile_interval(fit, 0):
        near = np.linspace(0.8, 1.25, 61) * fit.sigma2[1]
        heights = [
            models.multivariate(schools["y"], schools["v"], **given, sigma2=(limit, s)).loglik for s in near
        ]
        # half the 95% quantile of chi-squared with one degree of freedom
        assert fit.loglik - max(heights) == pytest.approx(3.841458820694124 / 2, abs=1e-3)


def test_nothing_higher_on_a_grid(schools: dict[str, Any]) -> None:
    """Also where one variance or both are estimated as zero."""
    rng = np.random.default_rng(5)
    v, given = schools["v"], levels(schools)
    district = np.unique(schools["outer"], return_inverse=True)[1]
    seen = set()
    for s1, s2 in ((0.0, 0.0), (0.05, 0.0), (0.0, 0.05), (0.05, 0.05)):
        y = math.sqrt(s1) * rng.normal(size=20)[district] + rng.normal(size=len(v)) * np.sqrt(s2 + v)
        fit = models.multivariate(y, v, **given)
        assert fit.converged
        # the score vanishes, or points below zero
        assert all(abs(g) < 1e-6 if s > 0 else g < 1e-6 for g, s in zip(fit.score, fit.sigma2, strict=True))
        grid = np.concatenate([[0], np.geomspace(1e-4, 1, 9)])
        heights = [models.multivariate(y, v, **given, sigma2=pair).loglik for pair in product(grid, repeat=2)]
        assert fit.loglik >= max(heights) - 1e-9
        seen |= {s == 0 for s in fit.sigma2}
    assert seen == {True, False}


def test_order_sign_and_scale(schools: dict[str, Any]) -> None:
    y, v, outer, inner, year = (schools[key] for key in ("y", "v", "outer", "inner", "year"))
    one = models.multivariate(y, models.covariance_of_outcomes(v, outer, 0.6), year, outer=outer, inner=inner)
    p = np.random.default_rng(3).permutation(len(y))
    mixed = models.covariance_of_outcomes(1e-10 * v[p], outer[p], 0.6)
    two = models.multivariate(-1e-5 * y[p], mixed, year[p], outer=outer[p], inner=inner[p])
    assert two.beta == pytest.approx(-1e-5 * one.beta, rel=1e-8, abs=0)
    assert two.sigma2 == pytest.approx(1e-10 * np.array(one.sigma2), rel=1e-8, abs=0)
    a, b = models.robust_variance(one), models.robust_variance(two)
    assert b.se == pytest.approx(1e-5 * a.se, rel=1e-8, abs=0)
    assert b.df == pytest.approx(a.df, rel=1e-8)


def test_one_estimate_a_study_is_the_usual_model(schools: dict[str, Any]) -> None:
    y, v = schools["y"][:13], schools["v"][:13]
    fit = models.multivariate(y, v, outer=range(13))
    usual = models.pool(y, v, "REML", "z")
    assert fit.sigma2[0] == pytest.approx(usual.tau2, rel=1e-9)
    assert fit.beta[0] == pytest.approx(usual.estimate, rel=1e-9)
    assert fit.ci[0] == pytest.approx(usual.ci, rel=1e-9)


def test_cr2_is_unbiased_when_the_working_model_holds(schools: dict[str, Any]) -> None:
    """Its mean over the working model, exact: the sum over the columns of a root of the covariance."""
    given = levels(schools) | {"sigma2": (0.05, 0.03)}
    v, year = schools["v"], schools["year"]
    fit = models.multivariate(schools["y"], v, year, **given)
    mean = np.zeros((2, 2))
    for column in np.linalg.cholesky(fit.covariance).T:
        mean += models.robust_variance(models.multivariate(column, v, year, **given)).vcov
    assert mean == pytest.approx(fit.vcov, rel=1e-9)


def test_satterthwaite_tests_keep_their_level() -> None:
    """Eight studies with three outcomes each, correlated 0.8 while 0.3 is assumed: 5% of tests reject."""
    rng = np.random.default_rng(11)
    outer, v = np.repeat(np.arange(8), 3), np.tile([0.05, 0.1, 0.2], 8)
    assumed = models.covariance_of_outcomes(v, outer, 0.3)
    root = np.linalg.cholesky(models.covariance_of_outcomes(v, outer, 0.8))
    runs = 600
    rejected = 0
    for _ in range(runs):
        y = root @ rng.normal(size=24) + np.repeat(rng.normal(scale=0.2, size=8), 3)
        fit = models.multivariate(y, assumed, outer=outer, sigma2=(0.02,))
        rejected += models.robust_variance(fit).p_value[0] < 0.05
    assert abs(rejected / runs - 0.05) < 3.5 * math.sqrt(0.05 * 0.95 / runs)


def test_nearly_perfect_correlation_of_outcomes_is_found() -> None:
    rng = np.random.default_rng(2)
    u = rng.normal(size=12)
    y = np.column_stack([u, 2 * u]).ravel() + rng.normal(scale=0.1, size=24)
    outer, inner = np.repeat(np.arange(12), 2), np.tile(["pain", "sleep"], 12)
    fit = models.multivariate(y, np.full(24, 0.05), outer=outer, inner=inner, structure="unstructured")
    assert fit.between is not None
    assert fit.between[0, 1] / math.sqrt(math.prod(fit.sigma2)) == pytest.approx(1, abs=1e-3)
    assert np.linalg.eigvalsh(fit.between)[0] > -1e-9


def test_plain_mean_of_two_outcomes_is_the_textbook_formula() -> None:
    v = models.covariance_of_outcomes([0.04, 0.09], ["a", "a"], 0.5)
    one = models.combine_outcomes([0.1, 0.3], v, ["a", "a"], weighted=False)
    assert one.yi[0] == pytest.approx(0.2)
    assert one.vi[0] == pytest.approx((0.04 + 0.09 + 2 * 0.5 * 0.2 * 0.3) / 4)


Y, V, G = [0.1, 0.2, 0.4, 0.1], [0.1, 0.1, 0.2, 0.1], ["a", "a", "b", "b"]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: models.covariance_of_outcomes([0.1, -1], ["a", "a"], 0.5), r"vi\[1\] is -1"),
        (lambda: models.covariance_of_outcomes(V, G, 1.5), "rho is 1.5"),
        (lambda: models.covariance_of_outcomes(V, G[:3], 0.5), "cluster has 3 labels"),
        (lambda: models.covariance_of_outcomes(V, [*G[:3], None], 0.5), r"cluster\[3\] is None"),
        (lambda: models.covariance_of_outcomes(V, G, type=G), "rho is missing"),
        (lambda: models.covariance_of_outcomes(V, G, 0.5, time=[0, 1, 0, 1]), "time and phi"),
        (lambda: models.covariance_of_outcomes(V, G, {}, obs=[1, 2, 1, 2]), "rho lacks the pair 1, 2"),
        (lambda: models.covariance_of_outcomes(V, G, group1=G, group2=G), "same group"),
        (lambda: models.combine_outcomes(Y[:2], np.ones((2, 2)), G[:2]), "singular"),
        (lambda: models.multivariate(Y, V, outer=["a"] * 4), "outer has one cluster"),
        (lambda: models.multivariate(Y, V, outer=G, sigma2=(0.1, 0.2)), "must be 1 variances"),
        (lambda: models.multivariate(Y, V, [1, 1, 1, 1], outer=G), "full rank"),
        (lambda: models.multivariate(Y, np.ones((4, 4)), outer=G), "not positive definite"),
        # singular but for rounding
        (lambda: models.multivariate(Y, models.covariance_of_outcomes(V, G, 1.0), outer=G), "perfectly"),
        (lambda: models.multivariate(Y, V, outer=G, inner=[1, 1, 1, 1]), "cannot be told apart"),
        (
            lambda: models.robust_variance(models.multivariate(Y, V, outer=G, sigma2=(0.1,)), [1, 2, 3, 4]),
            "splits",
        ),
        (
            lambda: models.robust_variance(models.multivariate(Y, V, [1, 2, 0, 0], outer="aabc")),
            "rests on one",
        ),
    ],
)
def test_bad_arguments_are_named(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()
