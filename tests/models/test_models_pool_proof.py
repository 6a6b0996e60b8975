"""What makes pooling fast: the proof that a maximum is the only one, and the same steps in plain floats."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ldn_analysis import models
from ldn_analysis.models.pooling import pooled, roots, single
from ldn_analysis.models.pooling.columns import INFERENCES, PREDICTIONS, fit_columns
from ldn_analysis.models.pooling.tau2 import (
    MeanLikelihood,
    columns,
    der_simonian_laird,
    likelihood_bounds,
    swapped,
)

FAMILIES = {"alike": (-1.0, 0.0), "a thousand": (-3.0, 0.0), "a million": (-6.0, 0.0), "more": (-9.0, 3.0)}


def family(name: str, k: int, rows: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Variances over so many powers of ten, and estimates that differ by chance, more, or less than that."""
    rng = np.random.default_rng([k, len(name)])
    v = 10 ** rng.uniform(*FAMILIES[name], (rows, k))
    return rng.normal(size=(rows, k)) * np.sqrt(v + rng.choice([0, 1e-3, 0.1, 1], (rows, 1))), v


def search(y: np.ndarray, v: np.ndarray, restricted: bool):
    """Likelihoods of (B, k) arrays, and what is proven about them."""
    data = columns(y.T.copy(), v.T.copy())
    problem = MeanLikelihood(data.y, data.v, restricted)
    bounds = likelihood_bounds(data)
    return problem, bounds, *roots._prove(problem, bounds, der_simonian_laird(data))


def check_proof(y: np.ndarray, v: np.ndarray, restricted: bool) -> np.ndarray:
    """Where a maximum is proven to be the only one, the likelihood rises up to it and falls beyond it."""
    problem, bounds, t, proven = search(y, v, restricted)
    top = 2 * (np.maximum(bounds.upper, 0) + v.max(axis=1))
    at = np.exp(np.linspace(np.log(v.min(axis=1) * 1e-4), np.log(top), 800))
    at = np.concatenate([np.zeros((1, len(y))), at])
    a, b = problem.parts(at)
    room = 1e-6 * (t + bounds.unit)
    assert not (proven & (a <= b) & (at < t - room)).any()
    assert not (proven & (a >= b) & (at > t + room)).any()
    assert (t[proven] >= 0).all()
    return proven


@pytest.mark.parametrize("restricted", [True, False])
@pytest.mark.parametrize("k", [2, 3, 5, 13])
@pytest.mark.parametrize("name", FAMILIES)
def test_a_proven_maximum_is_the_only_one(name: str, k: int, restricted: bool) -> None:
    y, v = family(name, k)
    proven = check_proof(y, v, restricted)
    if name == "alike":
        assert proven.mean() > 0.9, "the proof would not be worth its while"
    problem, bounds, t, _ = search(y, v, restricted)
    by_grid, ok = roots._by_grid(problem, bounds)
    assert ok.all()
    np.testing.assert_allclose(t[proven], by_grid[proven], rtol=1e-9, atol=1e-12)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-5, 5).map(lambda x: round(x, 3)), st.floats(-6, 2).map(lambda x: float(10**x))),
        min_size=2,
        max_size=8,
    ),
    st.booleans(),
)
def test_no_proof_of_what_is_not_so(studies, restricted) -> None:
    y, v = np.array(studies).T[:, None]
    check_proof(y, v, restricted)


def test_two_maxima_are_never_proven_to_be_one() -> None:
    """Without a dip between clusters of precise and vague studies, the tests above would prove little."""
    rng = np.random.default_rng(2)
    v = np.where(rng.random((400, 5)) < 0.5, 1e-6, 1.0) * rng.gamma(5, 0.2, (400, 5))
    y = rng.normal(size=(400, 5)) * np.sqrt(v) * rng.choice([0.5, 1, 3], (400, 5))
    problem, _, _, proven = search(y, v, True)
    at = np.concatenate([[0.0], np.exp(np.linspace(np.log(1e-9), np.log(100), 2000))])
    a, b = problem.parts(at[:, None].repeat(400, axis=1))
    falls = ((a[:-1] > b[:-1]) & (a[1:] <= b[1:])).sum(axis=0) + (a[0] <= b[0])
    assert (falls > 1).sum() > 4
    assert not (proven & (falls > 1)).any()


@pytest.mark.parametrize("ratio", [1.0, 1e3, 1e8, 1e14])
def test_sums_are_exact_where_one_study_outweighs_the_others(ratio: float) -> None:
    y, v = [0.4, 3.0, -1.25, 0.5], [2.0 / ratio, 1.5, 2.0, 5.0]
    exact_y, w = [Fraction(x) for x in y], [1 / Fraction(x) for x in v]
    s1 = sum(w)
    mu = sum(a * b for a, b in zip(w, exact_y, strict=True)) / s1
    p = [[(w[i] if i == j else 0) - w[i] * w[j] / s1 for j in range(4)] for i in range(4)]
    z = [a * (b - mu) for a, b in zip(w, exact_y, strict=True)]
    expected = [
        sum(x * x for x in z),
        sum(z[i] * p[i][j] * z[j] for i in range(4) for j in range(4)),
        sum(p[i][i] for i in range(4)),
        sum(x * x for row in p for x in row),
    ]
    data = columns(np.array(y)[::-1, None].copy(), np.array(v)[::-1, None].copy())  # the first study is last
    arrays = MeanLikelihood(data.y, data.v, True).newton(np.zeros(1))
    np.testing.assert_allclose(np.ravel(arrays), [float(x) for x in expected], rtol=1e-13)
    a, b = MeanLikelihood(data.y, data.v, True).parts(np.zeros((1, 1)))
    np.testing.assert_allclose([a[0, 0], b[0, 0]], [float(expected[0]), float(expected[2])], rtol=1e-13)
    for made, kit in ((list, single._LISTS), (np.array, single._ARRAYS)):
        m = single._at(single._Column(made(y), made(v), kit, 0.0, v[0]), 0.0)
        np.testing.assert_allclose([m.a, m.a3, m.tr, m.trr], [float(x) for x in expected], rtol=1e-13)


def test_the_order_of_studies_is_restored() -> None:
    v = np.array([[3.0, 1.0], [1.0, 2.0], [2.0, 3.0]])
    data = columns(np.zeros_like(v), v)
    assert (data.v[0] == 1).all() and (v[0] == [3, 1]).all()
    np.testing.assert_array_equal(swapped(data.v, data.first), v)
    fit = models.pool([0.0, 0.1, 0.2], [3.0, 1.0, 2.0], "CE")
    np.testing.assert_allclose(fit.weights, [200 / 11, 600 / 11, 300 / 11])
    np.testing.assert_allclose(models.pool([0.0, 0.1, 0.2], [3.0, 1.0, 2.0]).weights, fit.weights)


# one column ------------------------------------------------------------------------------------------


def same(y: np.ndarray, v: np.ndarray, inference: str, level: float, prediction: str) -> bool:
    """One column alone and many give the same numbers; False if that is left to the code of many."""
    numbers = single.pool_small(y.tolist(), v.tolist(), inference, level, prediction)
    if numbers is None:
        return False
    fits = fit_columns(columns(y[:, None], v[:, None]), "REML", inference, level, prediction)
    general = pooled._of_the_only_column(fits)
    assert numbers.keys() == general.keys()
    for name, ours in numbers.items():
        np.testing.assert_allclose(ours, general[name], rtol=1e-10, atol=1e-13, err_msg=name)
    single_numbers = (numbers[name] for name in ("p_value", "estimate", "tau2", "i2"))
    assert all(type(x) is float for x in (*single_numbers, *numbers["ci"], *numbers["tau2_ci"]))
    return True


@pytest.mark.parametrize("name", FAMILIES)
def test_one_column_alone_is_what_many_give(name: str) -> None:
    """In plain floats, and of more studies in vectors."""
    sizes = (2, 3, 5, 13, single._PLAIN + 1, 70)
    settled = [same(a, b, "hksj", 0.95, "k-1") for k in sizes for a, b in zip(*family(name, k, 40))]  # noqa: B905
    assert np.mean(settled) > (0.9 if name == "alike" else 0.05)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-5, 5).map(lambda x: round(x, 4)), st.floats(-4, 2).map(lambda x: float(10**x))),
        min_size=2,
        max_size=40,
    ),
    st.sampled_from(INFERENCES),
    st.sampled_from([0.5, 0.9, 0.95, 0.99]),
    st.sampled_from(PREDICTIONS),
)
def test_one_column_alone_is_what_many_give_whatever_is_asked(studies, inference, level, prediction) -> None:
    y, v = np.array(studies).T
    same(y, v, inference, level, prediction)


def test_what_one_column_cannot_settle_is_left_to_many(monkeypatch: pytest.MonkeyPatch) -> None:
    same_estimates = [0.5, 0.5, 0.5], [0.1, 0.2, 0.3]
    assert single.pool_small(*same_estimates, "hksj", 0.95, "k-1") is None  # nothing over nothing
    assert models.pool(*same_estimates).tau2 == 0
    y, v = [-0.9, 0.1, 0.3, 1.0], [0.1, 0.2, 0.1, 0.1]
    expected = models.pool(y, v)
    monkeypatch.setattr(roots, "rises_before", lambda *_: False)
    assert single.pool_small(y, v, "hksj", 0.95, "k-1") is None
    assert models.pool(y, v).tau2 == pytest.approx(expected.tau2, rel=1e-12)


def test_the_caller_keeps_the_arrays() -> None:
    y, v = np.array([0.1, 0.5, 0.2]), np.array([0.2, 0.1, 0.3])
    fit = models.pool(y, v)
    y[0], v[0] = 9.0, 9.0
    assert fit.yi[0] == 0.1 and fit.vi[0] == 0.2
    assert not np.shares_memory(fit.yi, y)
