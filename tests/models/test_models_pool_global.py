"""The global solution for every row, against a brute-force profile; coverage with known truth; properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ldn_analysis import models
from ldn_analysis.errors import InputError
from ldn_analysis.models.pooling import linear, tau2
from ldn_analysis.models.pooling.columns import INFERENCES, PREDICTIONS
from ldn_analysis.models.pooling.roots import solve_decreasing
from ldn_analysis.models.pooling.tau2 import TAU2_METHODS, GeneralizedQ, MeanLikelihood, columns

ROWS = 300


def family(name: str, k: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Data sets that are easy, or hard in one way."""
    shape = (ROWS, k)
    z = rng.normal(size=shape)
    if name == "plain":
        v = rng.gamma(2, 0.1, shape) + 0.01
        return z * np.sqrt(v + rng.choice([0, 0.1, 1], (ROWS, 1))), v
    if name == "variances over a factor of a million":
        v = 10 ** rng.uniform(-6, 0, shape)
        return z * np.sqrt(v + 10 ** rng.uniform(-7, 0, (ROWS, 1))), v
    if name == "two clusters of variances":
        v = np.where(rng.random(shape) < 0.5, 1e-6, 1.0) * rng.gamma(5, 0.2, shape)
        return z * np.sqrt(v) * rng.choice([0.5, 1, 3], shape), v
    if name == "one precise study far off":
        v = rng.gamma(2, 0.5, shape)
        v[:, 0] = 1e-4
        y = z * np.sqrt(v)
        y[:, 0] += rng.normal(0, 3, ROWS)
        return y, v
    v = 10 ** rng.uniform(-3, 3, shape)  # estimates closer to each other than chance allows
    return 0.01 * z, v


FAMILIES = (
    "plain",
    "variances over a factor of a million",
    "two clusters of variances",
    "one precise study far off",
    "hardly any spread",
)


def log_likelihood(y: np.ndarray, v: np.ndarray, t: np.ndarray, restricted: bool) -> np.ndarray:
    """Written out once more: twice the log-likelihood at t, shapes (B, k), (B, k), (B, G)."""
    w = 1 / (v[:, :, None] + t[:, None, :])
    total = w.sum(1)
    mean = (w * y[:, :, None]).sum(1) / total
    value = np.log(w).sum(1) - (w * (y[:, :, None] - mean[:, None]) ** 2).sum(1)
    return value - np.log(total) if restricted else value


@pytest.mark.parametrize("k", [2, 3, 5, 13])
@pytest.mark.parametrize("name", FAMILIES)
def test_no_point_of_a_fine_profile_is_higher(name: str, k: int) -> None:
    y, v = family(name, k, np.random.default_rng(k))
    top = ((y - y.mean(1, keepdims=True)) ** 2).sum(1) + v.max(1)
    fine = np.exp(np.linspace(np.log(v.min(1) * 1e-3), np.log(2 * top), 1500)).T
    profile_at = np.concatenate([np.zeros((ROWS, 1)), fine], axis=1)
    for method in ("REML", "ML"):
        fit = models.pool_many(y, v, tau2_method=method, tau2_interval=False)
        assert fit.converged.all()
        best = log_likelihood(y, v, profile_at, method == "REML").max(axis=1)
        ours = log_likelihood(y, v, fit.tau2[:, None], method == "REML")[:, 0]
        assert (ours >= best - 1e-10).all()


def test_several_stationary_points_occur_and_are_compared() -> None:
    """The test above would be worth little if these families had one maximum each."""
    y, v = family("two clusters of variances", 5, np.random.default_rng(1))
    t = np.exp(np.linspace(np.log(1e-9), np.log(100), 2000))[None].repeat(ROWS, 0)
    slope = np.diff(log_likelihood(y, v, t, True), axis=1)
    peaks = ((slope[:, :-1] > 0) & (slope[:, 1:] < 0)).sum(axis=1) + (slope[:, 0] < 0)
    assert (peaks > 1).mean() > 0.01


@pytest.mark.parametrize("name", FAMILIES)
def test_paule_mandel_solves_its_equation(name: str) -> None:
    y, v = family(name, 5, np.random.default_rng(3))
    for method in ("PM", "EB"):
        fit = models.pool_many(y, v, tau2_method=method, tau2_interval=False)
        assert fit.converged.all()
        w = 1 / (v + fit.tau2[:, None])
        mean = (w * y).sum(1) / w.sum(1)
        q = (w * (y - mean[:, None]) ** 2).sum(1)
        inside = fit.tau2 > 0
        np.testing.assert_allclose(q[inside], 4, rtol=1e-8)
        assert (fit.q[~inside] <= 4 + 1e-12).all()


def test_slopes_of_the_likelihood_and_of_q_are_right() -> None:
    y, v = family("plain", 5, np.random.default_rng(4))
    t, step = np.full(ROWS, 0.3), 1e-5
    for restricted in (True, False):
        problem = MeanLikelihood(y.T.copy(), v.T.copy(), restricted)
        a, half_fall, b, b_fall = problem.newton(t)
        numeric = (problem.height(t + step) - problem.height(t - step)) / (2 * step)
        np.testing.assert_allclose(a - b, numeric, rtol=1e-5, atol=1e-6)
        up, down = problem.newton(t + step), problem.newton(t - step)
        np.testing.assert_allclose(-2 * half_fall, (up[0] - down[0]) / (2 * step), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(-b_fall, (up[2] - down[2]) / (2 * step), rtol=1e-5, atol=1e-6)
    curve = GeneralizedQ(y.T.copy(), v.T.copy())
    numeric = (curve.slope(t + step)[0] - curve.slope(t - step)[0]) / (2 * step)
    np.testing.assert_allclose(-curve.slope(t)[1], numeric, rtol=1e-5, atol=1e-6)


def test_a_search_that_is_stopped_short_is_flagged(monkeypatch: pytest.MonkeyPatch) -> None:
    from ldn_analysis.models.pooling import roots

    monkeypatch.setattr(roots, "_MOST", 1)
    y, v = family("plain", 5, np.random.default_rng(5))
    fit = models.pool_many(y, v)
    assert not fit.converged.all()
    assert len(fit) == ROWS
    data = columns(y.T.copy(), v.T.copy())
    _, ok = solve_decreasing(GeneralizedQ(data.y, data.v), np.full(ROWS, 4.0), data.ss, data.v_min)
    assert not ok.all()


# coverage with known truth ------------------------------------------------------------------------


@pytest.mark.parametrize(("k", "tau2"), [(5, 0.0), (5, 0.1), (13, 0.1)])
def test_coverage(k: int, tau2: float) -> None:
    rng = np.random.default_rng(10 * k)
    rows = 20_000
    v = rng.gamma(4, 0.05, (rows, k)) + 0.01
    y = 0.5 + rng.normal(size=(rows, k)) * np.sqrt(v + tau2)
    new = 0.5 + rng.normal(size=rows) * np.sqrt(tau2)

    def cover(pair: np.ndarray, truth: np.ndarray | float) -> float:
        return float(((pair[:, 0] <= truth) & (truth <= pair[:, 1])).mean())

    fit = models.pool_many(y, v)
    assert 0.935 < cover(fit.ci, 0.5) < 0.965  # Hartung-Knapp keeps its level
    assert cover(models.pool_many(y, v, inference="hksj_modified").ci, 0.5) > 0.945
    assert cover(fit.tau2_ci, tau2) == pytest.approx(
        0.95 if tau2 else 0.975, abs=0.01
    )  # exact by construction
    if tau2:
        wald = cover(models.pool_many(y, v, inference="z").ci, 0.5)
        assert wald < cover(fit.ci, 0.5)  # and that is why
        # with little heterogeneity tau2 is often estimated as zero, and too few new studies are covered
        assert 0.8 < cover(fit.prediction, new) < 0.95
        common = models.pool_many(y, v, tau2_method="CE", inference="z")
        assert cover(common.ci, 0.5) < 0.9


def test_prediction_intervals_cover_where_tau2_can_be_estimated() -> None:
    rng = np.random.default_rng(6)
    rows, k = 4000, 60
    v = rng.gamma(4, 0.05, (rows, k)) + 0.01
    y = 0.5 + rng.normal(size=(rows, k)) * np.sqrt(v + 1.0)
    new = 0.5 + rng.normal(size=rows)
    for prediction in ("k-1", "k-2", "hk"):
        low, high = models.pool_many(y, v, prediction=prediction).prediction.T
        assert ((low <= new) & (new <= high)).mean() == pytest.approx(0.95, abs=0.012)


# properties ---------------------------------------------------------------------------------------

numbers = st.floats(-5, 5).map(lambda x: round(x, 4))
variances = st.floats(-4, 2).map(lambda x: float(10**x))


@st.composite
def data_sets(draw: st.DrawFn, least: int = 2, most: int = 8) -> tuple[np.ndarray, np.ndarray]:
    k = draw(st.integers(least, most))
    y = draw(st.lists(numbers, min_size=k, max_size=k))
    v = draw(st.lists(variances, min_size=k, max_size=k))
    return np.array(y), np.array(v)


methods = st.sampled_from(TAU2_METHODS)
inferences = st.sampled_from(INFERENCES)
FIELDS = ("estimate", "se", "p_value", "statistic", "df", "tau2", "tau2_se", "i2", "h2", "q", "q_p")
PAIRS = ("ci", "tau2_ci", "i2_ci", "h2_ci", "prediction")


def close(a: object, b: object, rtol: float = 1e-10, atol: float = 1e-13) -> None:
    np.testing.assert_allclose(np.asarray(a, float), np.asarray(b, float), rtol=rtol, atol=atol)


@settings(max_examples=120, deadline=None)
@given(
    st.lists(data_sets(1, 6), min_size=1, max_size=6),
    methods,
    inferences,
    st.sampled_from(PREDICTIONS),
    st.sampled_from([0.5, 0.9, 0.95, 0.99]),
)
def test_many_equals_one(sets, method, inference, prediction, level) -> None:
    widest = max(len(y) for y, _ in sets)
    y = np.full((len(sets), widest), np.nan)
    v = np.full((len(sets), widest), -1.0)  # what is masked out may hold anything
    mask = np.zeros(y.shape, dtype=bool)
    for i, (a, b) in enumerate(sets):
        y[i, -len(a) :], v[i, -len(a) :], mask[i, -len(a) :] = a, b, True
    many = models.pool_many(y, v, mask, method, inference, level, prediction)
    for i, (a, b) in enumerate(sets):
        one = models.pool(a, b, method, inference, level, prediction)
        for name in (*FIELDS, *PAIRS, "k", "q_df", "converged"):
            close(getattr(many, name)[i], getattr(one, name))
        close(many.weights[i][mask[i]], one.weights)
        assert (many.weights[i][~mask[i]] == 0).all()


def test_chunks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    from ldn_analysis.models.pooling import many

    y, v = family("plain", 5, np.random.default_rng(8))
    mask = np.random.default_rng(9).random(y.shape) < 0.7
    whole = models.pool_many(y, v, mask)
    monkeypatch.setattr(many, "_ELEMENTS", 35)
    parts = models.pool_many(y, v, mask)
    for name in (*FIELDS, *PAIRS, "weights", "k", "converged"):
        close(getattr(parts, name), getattr(whole, name))
    assert (whole.converged == (mask.sum(axis=1) > 0)).all()


@settings(max_examples=80, deadline=None)
@given(data_sets(), methods, inferences, st.randoms(use_true_random=False))
def test_order_sign_and_scale(data, method, inference, random) -> None:
    y, v = data
    fit = models.pool(y, v, method, inference)
    spread = float(np.sqrt(v.min()))
    order = list(range(len(y)))
    random.shuffle(order)
    shuffled = models.pool(y[order], v[order], method, inference)
    close(shuffled.estimate, fit.estimate, atol=1e-9 * spread)
    close(shuffled.ci, fit.ci, 1e-7, atol=1e-7 * spread)
    turned = models.pool(-y, v, method, inference)
    close(turned.estimate, -fit.estimate, atol=1e-9 * spread)
    close(turned.ci, (-fit.ci[1], -fit.ci[0]), 1e-7, atol=1e-7 * spread)
    scaled = models.pool(8 * y, 64 * v, method, inference)  # powers of two: no rounding
    close(scaled.estimate, 8 * fit.estimate)
    close(scaled.tau2, 64 * fit.tau2)
    close(scaled.ci, 8 * np.array(fit.ci))
    close(scaled.i2, fit.i2)


@settings(max_examples=60, deadline=None)
@given(data_sets(), st.sampled_from(["DL", "PM", "ML", "REML", "EB"]))
def test_identical_studies_show_no_variance_between_them(data, method) -> None:
    y, v = data
    fit = models.pool(np.full_like(y, y[0]), v, method)
    assert fit.tau2 == 0 and fit.i2 == 0
    close(fit.estimate, y[0])
    common = models.pool(np.full_like(y, y[0]), v, "CE", "z")
    close(models.pool(np.full_like(y, y[0]), v, method, "z").se, common.se)


@settings(max_examples=60, deadline=None)
@given(data_sets())
def test_a_duplicated_study_counts_as_one_of_half_the_variance(data) -> None:
    y, v = data
    doubled = models.pool(np.append(y, y[0]), np.append(v, v[0]), "CE", "z")
    halved = models.pool(y, np.append(v[0] / 2, v[1:]), "CE", "z")
    close(doubled.estimate, halved.estimate, atol=1e-12)
    close(doubled.se, halved.se)
    close(doubled.weights[0] + doubled.weights[-1], halved.weights[0])


@settings(max_examples=60, deadline=None)
@given(data_sets(3), methods)
def test_intervals_hold_what_they_should(data, method) -> None:
    y, v = data
    fit = models.pool(y, v, method)
    assert fit.ci[0] <= fit.estimate <= fit.ci[1]
    assert models.pool(y, v, method, "hksj_modified").se >= models.pool(y, v, method, "z").se * (1 - 1e-12)
    close(fit.weights.sum(), 100)
    if method != "CE":
        assert 0 <= fit.tau2_ci[0] <= fit.tau2_ci[1]
        assert (
            fit.prediction[0] <= fit.ci[0] + 1e-9 * fit.se and fit.ci[1] - 1e-9 * fit.se <= fit.prediction[1]
        )
        assert 0 <= fit.i2 < 100 and fit.h2 >= 1
    if method in ("PM", "EB"):
        assert fit.tau2_ci[0] - 1e-9 <= fit.tau2 <= fit.tau2_ci[1] + 1e-9


# few studies, notes, errors -----------------------------------------------------------------------


def test_one_study() -> None:
    fit = models.pool([-0.9], [0.16])
    assert (fit.estimate, fit.se, fit.k) == (-0.9, pytest.approx(float("nan"), nan_ok=True), 1)
    assert np.isnan([fit.tau2, fit.i2, *fit.ci, *fit.prediction, *fit.tau2_ci]).all()
    assert len(fit.notes) == 2 and "cannot be estimated" in fit.notes[0]
    wald = models.pool([-0.9], [0.16], inference="z")
    assert wald.se == pytest.approx(0.4)
    assert wald.ci == pytest.approx((-0.9 - 0.4 * 1.959964, -0.9 + 0.4 * 1.959964), abs=1e-6)


def test_two_and_three_studies_say_what_they_cannot_give() -> None:
    two = models.pool([-0.9, 0.1], [0.1, 0.2], prediction="k-2")
    assert np.isnan(two.prediction).all() and np.isfinite(two.ci).all() and two.df == 1
    assert any("k - 2" in note for note in two.notes) and any("one degree" in note for note in two.notes)
    assert any("Three studies" in note for note in models.pool([-0.9, 0.1, 0.2], [0.1, 0.2, 0.1]).notes)
    assert models.pool(np.arange(6) / 3, np.full(6, 0.1)).notes == ()


def test_common_effect_says_that_it_assumes() -> None:
    fit = models.pool([-0.9, 0.1, 0.3, 0.1], [0.1, 0.2, 0.1, 0.1], "CE")
    assert fit.tau2 == 0 and np.isnan(fit.prediction).all() and "takes tau2 as zero" in fit.notes[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 2], [1]), "yi has 2, vi has 1"),
        (([], []), "yi is empty"),
        (([1, np.nan], [1, 1]), r"yi\[1\] is nan"),
        (([1, 2], [1, 0]), r"vi\[1\] is 0: must be above zero"),
        (([1, 2], [-1, 1]), r"vi\[0\] is -1: must be above zero"),
        (([1, 2], [1, np.inf]), r"vi\[1\] is inf"),
        (([[1, 2]], [[1, 1]]), "one-dimensional"),
        (([1, 2], [1, 1e-70]), "another unit"),
        ((["a", 2], [1, 1]), "numeric"),
        (([1, 2], [1, 1], "REMl"), "tau2_method is 'REMl': must be one of"),
        (([1, 2], [1, 1], "REML", "knha"), "inference is 'knha'"),
        (([1, 2], [1, 1], "REML", "z", 95), "level is 95"),
        (([1, 2], [1, 1], "REML", "z", 0.95, "k"), "prediction is 'k'"),
        (([1], [1], "REML", "z", 0.95, "k-1", []), r"df has shape \(0,\)"),
        (([1, 2, 3], [1, 1, 1], "REML", "z", 0.95, "k-1", [9]), r"df has shape \(1,\): .* 3 studies"),
        (([1], [1], "REML", "z", 0.95, "k-1", ["x"]), "df must be numeric"),
        ((np.ma.array([1, 99], mask=[False, True]), [1, 1]), "yi has masked elements"),
    ],
)
def test_errors_of_pool(arguments, message) -> None:
    with pytest.raises(InputError, match=message):
        models.pool(*arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 2], [1, 1]), "must be .B, k."),
        (([[1, 2]], [[1, 1, 1]]), "yi has shape"),
        (([[1, 2], [3, np.nan]], [1, 1]), r"yi\[1, 1\] is nan"),
        (([[1, 2], [3, 4]], [[1, 1], [0, 1]]), r"vi\[1, 0\] is 0"),
        (([[1, 2]], [[1, 1]], [[1, 0]]), "mask has type"),
        ((np.ma.array([[1, 99]], mask=[[False, True]]), [1, 1]), "yi has masked elements"),
    ],
)
def test_errors_of_pool_many(arguments, message) -> None:
    with pytest.raises(InputError, match=message):
        models.pool_many(*arguments)


def test_too_few_studies_for_what_was_asked() -> None:
    y, v = [0.1, 0.2, 0.5], [0.1, 0.2, 0.1]
    with pytest.raises(InputError, match="needs at least 2"):
        models.leave_one_out([1], [1])
    with pytest.raises(InputError, match="2 coefficients cannot be estimated"):
        models.meta_regression(y[:2], v[:2], [1, 2])
    with pytest.raises(InputError, match="linearly dependent"):
        models.meta_regression(y, v, [1, 1, 1])


def test_results_are_frozen_and_show_themselves() -> None:
    fit = models.pool([-0.9, 0.1, 0.3], [0.1, 0.2, 0.1])
    with pytest.raises(AttributeError):
        fit.estimate = 1.0
    with pytest.raises(ValueError, match="read-only"):
        fit.yi[0] = 1.0
    assert repr(fit).startswith("Pooled(") and len(repr(fit)) < 120
    assert "<table>" in fit._repr_html_() and "Hartung-Knapp" in fit._repr_html_()
    assert "3 data sets" in repr(models.pool_many(np.ones((3, 2)), np.ones((3, 2))))
    assert len(models.pool_many(np.empty((0, 3)), np.empty((0, 3)))) == 0


def test_a_level_of_any_kind_of_number_serves() -> None:
    assert models.pool([1, 2], [1, 1], level=np.float32(0.5)).ci == models.pool([1, 2], [1, 1], level=0.5).ci


def test_results_for_many_data_sets_cannot_be_written_to() -> None:
    many = models.pool_many([[1.0, 2], [3, 4]], [1.0, 1])
    for values in (many.estimate, many.ci, many.k, models.cumulative([1, 2], [1, 1], df=[9, 9]).ci):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 0


@pytest.mark.parametrize("estimator", tau2.ESTIMATORS.values(), ids=tau2.ESTIMATORS)
def test_an_estimator_is_the_same_in_sums_and_in_matrices(estimator: tau2.Estimator) -> None:
    y, v = np.array([0.3, -1.1, 0.4, 2.0, 0.1]), np.array([0.2, 0.1, 0.3, 0.15, 0.4])
    mean, matrices = columns(y[:, None], v[:, None]), linear.Linear(y, v, np.ones((5, 1)))
    (of_mean, _), (of_matrices, _) = (
        found if isinstance(found, tuple) else (found, None)
        for found in (estimator.estimate(mean), estimator.estimate(matrices))
    )
    np.testing.assert_allclose(of_matrices, of_mean, rtol=1e-9)
    errors = estimator.standard_error(mean, of_mean), estimator.standard_error(matrices, of_mean)
    np.testing.assert_allclose(*errors, rtol=1e-9)
