"""Dose-response meta-analysis against the R package dosresmeta (reference files ``E_*``)."""

import numpy as np
import pytest

from ldn_analysis.errors import InputError
from ldn_analysis.models.dose_curves.contrasts import Contrasts, mean_contrasts, rate_contrasts
from ldn_analysis.models.dose_curves.curves import dose_basis, dose_response

MEANS = ["E_dose_ari", "E_dose_simulated_emax_A"]
NOT_COMPARED = {
    "first_stage": "not handed out; the fixed two-stage mean of the same curves is compared",
    "logLik": "polished likelihood compared instead: the package's REML constant differs",
    "package_logLik_same_constants": "the polished value is compared",
    "predictions": "the polished predictions are compared where given",
    "AIC": "follows from the likelihood",
    "BIC": "not offered",
    "converged": "a flag",
    "warnings": "the package's own",
    "wald_all": "follows from coefficients and covariance, which are compared",
    "wald_nonlinear": "follows from coefficients and covariance, which are compared",
    "max_abs_score": "of the polished optimum",
    "eig_Psi": "follows from Psi",
}
COMPARED = {"coef", "vcov", "Psi", "polished", "predictions_polished"}


def known(keys, extra=()):
    left = set(keys) - COMPARED - set(NOT_COMPARED) - set(extra)
    assert not left, f"{sorted(left)} is in the reference, neither compared nor listed"


def trials(data, measure):
    d = data["inputs"]["data"]
    if measure == "gl":
        args = [d[k] for k in ("id", "dose", "logrr", "se", "cases", "n", "type")]
        return rate_contrasts(*args, pseudo_counts="odds")
    args = [d[k] for k in ("id", "dose", "y", "sd", "n")]
    return mean_contrasts(*args)


def check_fit(fit, want, grid, rtol):
    """Coefficients in units of their standard errors, covariances relative to their size."""
    best = want.get("polished", want)
    known(want)
    se = np.sqrt(np.diag(best["vcov"]))
    np.testing.assert_allclose(fit.coef / se, np.array(best["coef"]) / se, rtol=rtol, atol=rtol)
    scale = np.outer(se, se)
    np.testing.assert_allclose(fit.vcov / scale, np.array(best["vcov"]) / scale, rtol=rtol, atol=rtol)
    if want["Psi"] is not None:
        np.testing.assert_allclose(fit.psi / scale, np.array(best["Psi"]) / scale, rtol=1e-5, atol=1e-5)
    if best["logLik"] is not None:
        assert fit.log_likelihood == pytest.approx(best["logLik"], abs=1e-8 if rtol < 1e-5 else 1e-3)
    expected = want.get("predictions_polished", want["predictions"])
    for got, name in zip(fit.predict(grid), ("pred", "se", "ci.lb", "ci.ub"), strict=True):
        np.testing.assert_allclose(got, expected[name], rtol=rtol, atol=10 * rtol, err_msg=name)


@pytest.mark.parametrize("stem", [*MEANS, "E_dose_alcohol_cvd"])
def test_every_curve_agrees(reference, stem):
    data = reference(stem)
    inputs, expected = data["inputs"], data["expected"]
    grid = inputs["grid"]
    group = "gl" if stem.endswith("cvd") else "md"
    given = trials(data, group)
    compared = set()
    for curve, fits in expected[group].items():
        for name, want in fits.items():
            method = name.split("_")[1]
            rtol = 2e-4 if group == "gl" else 5e-6 if method in ("ml", "reml") else 1e-10
            check_fit(dose_response(given, curve, method=method), want, grid, rtol)
            compared.add((curve, method))
    assert len(compared) == 6
    known(expected, {group, f"covariance_{group}"})


@pytest.mark.parametrize("stem", MEANS)
def test_covariances_of_means_agree(reference, stem):
    data = reference(stem)
    for got, want in zip(trials(data, "md"), data["expected"]["covariance_md"], strict=True):
        np.testing.assert_allclose(got.y, want["y"][1:], rtol=1e-12)
        np.testing.assert_allclose(got.covariance, want["S"], rtol=1e-12)
        np.testing.assert_allclose(np.diag(got.covariance), want["v"][1:], rtol=1e-12)


def test_covariances_of_rates_agree(reference):
    data = reference("E_dose_alcohol_cvd")
    for got, want in zip(trials(data, "gl"), data["expected"]["covariance_gl"], strict=True):
        np.testing.assert_allclose(got.covariance, want["S"], rtol=2e-4)  # the package stops at 1e-5


def test_log_linear_curves_find_a_known_truth():
    dose = np.array([0.5, 1, 2, 4, 8, 16, 32.0])
    log = Contrasts("b", dose, 0.0, 2 * np.log1p(dose), 1e-6 * (np.eye(7) + 0.5))
    fit = dose_response([log], "log_linear", method="fixed")
    assert fit.coef[0] == pytest.approx(2)
    np.testing.assert_allclose(fit.predict(dose)[0], log.y)


def test_curves_that_the_doses_cannot_tell_are_refused():
    """Placebo comparisons at a single dose give no curve with two coefficients."""
    one = [
        Contrasts(i, np.array([d]), 0.0, np.array([-0.5]), np.array([[0.1]])) for i, d in enumerate((4.5, 6))
    ]
    assert dose_response(one, "linear", method="fixed").coef[0] < 0
    with pytest.raises(InputError, match="quadratic has 2 coefficients, which the doses do not identify"):
        dose_response(one[:1], "quadratic", method="fixed")
    with pytest.raises(InputError, match="model is 'spline': must be one of"):
        dose_response(one, "spline")
    with pytest.raises(InputError, match="reference arms"):
        mean_contrasts([1, 1], [1, 2], [0, 1], [1, 1], [5, 5])


def two_arm(study, dose, y, vi=0.05):
    return Contrasts(study, np.array([dose]), 0.0, np.array([y]), np.array([[vi]]))


@pytest.mark.parametrize("method", ["ml", "reml"])
@pytest.mark.parametrize("model", ["linear", "quadratic"])
def test_trials_of_one_dose_that_do_not_differ_give_the_common_curve(method, model):
    """Nothing is left over for a variance between trials: the fit is that of `fixed`, from the formula."""
    doses = np.array([1.5, 3, 4.5, 6, 9])
    x = dose_basis(doses, model)
    y = x @ np.array([-0.25136, 0.01786])[: x.shape[1]]
    given = [
        two_arm(f"trial {i}", d, v, 0.02 + 0.01 * i) for i, (d, v) in enumerate(zip(doses, y, strict=True))
    ]
    fit = dose_response(given, model, method=method)
    np.testing.assert_allclose(fit.coef, [-0.25136, 0.01786][: x.shape[1]], rtol=1e-6)
    w = 1 / (0.02 + 0.01 * np.arange(5))
    np.testing.assert_allclose(fit.vcov, np.linalg.inv(x.T @ (w[:, None] * x)), rtol=1e-6)
    np.testing.assert_allclose(fit.psi, 0, atol=1e-8)


def test_trials_of_one_dose_show_how_much_they_differ():
    """Truth: each trial's slope is normal about -0.2 with SD 0.1."""
    rng = np.random.default_rng(5)
    doses = np.tile([1.5, 3, 4.5, 6.0], 60)
    y = doses * rng.normal(-0.2, 0.1, doses.size) + rng.normal(0, 0.1, doses.size)
    given = [two_arm(i, d, v, 0.01) for i, (d, v) in enumerate(zip(doses, y, strict=True))]
    fit = dose_response(given, "linear")
    assert fit.coef[0] == pytest.approx(-0.2, abs=3 * 0.1 / np.sqrt(240))
    assert np.sqrt(fit.psi[0, 0]) == pytest.approx(0.1, rel=0.15)


def test_as_many_coefficients_as_contrasts_leave_nothing_to_judge_differences_by():
    two = [two_arm("a", 3.0, -0.5), two_arm("b", 6.0, -0.7)]
    fit = dose_response(two, "quadratic", method="fixed")
    np.testing.assert_allclose(fit.predict([3, 6])[0], [-0.5, -0.7])
    for method in ("ml", "reml"):
        with pytest.raises(InputError, match="as many coefficients as there are contrasts"):
            dose_response(two, "quadratic", method=method)


RATES = {
    "study": ["a"] * 3,
    "dose": [0, 3, 6.0],
    "log_rr": [0, 0.3, 0.5],
    "se": [0, 0.4, 0.4],
    "cases": [30, 40, 45],
    "n": [200, 200, 200],
    "kind": ["ci"] * 3,
}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"cases": [0, 0, 0]}, r"cases\[0\] is 0"),
        ({"cases": [30, 0, 45]}, r"cases\[1\] is 0"),
        ({"cases": [30, 40, 250]}, "study 'a': an arm has more cases than people"),
        ({"cases": [30, 40, 200], "kind": ["cc"] * 3}, "study 'a': an arm has at least as many cases"),
        ({"se": [0, -0.4, 0.4]}, r"se\[1\] is -0.4"),
        ({"se": [0.3, 0.4, 0.4]}, "study 'a' has 0 reference arms"),
        ({"kind": ["ci", "ci", "ir"]}, "study 'a' has two kinds, ci and ir"),
        ({"kind": ["hr"] * 3}, "kind is 'hr'"),
        ({"log_rr": [0.1, 0.3, 0.5]}, "study 'a': log_rr of the reference arm is 0.1"),
        ({"log_rr": [0, 3.0, 3.5], "n": [200, 50, 60]}, "study 'a': its ratios need more cases"),
        ({"dose": [0, 0, 6.0]}, "study 'a': an arm has the dose of its reference"),
        ({"dose": [0, -3, 6.0]}, r"dose\[1\] is -3"),
    ],
)
def test_rates_that_cannot_be_are_refused_by_name(wrong, words):
    rate_contrasts(**RATES)
    with pytest.raises(InputError, match=words):
        rate_contrasts(**(RATES | wrong))


def test_person_time_may_be_less_than_cases():
    (trial,) = rate_contrasts(**(RATES | {"kind": ["ir"] * 3, "n": [20, 20, 20.5]}))
    assert np.linalg.eigvalsh(trial.covariance)[0] > 0


@pytest.mark.parametrize(
    ("covariance", "words"),
    [
        ([[0.1, 0.3], [0.3, 0.1]], "study 'a': covariance .* no data can have"),
        ([[0.1, 0.1], [0.1, 0.1]], "study 'a': covariance is singular"),
        ([[0.1, 0.0], [0.02, 0.1]], "study 'a': covariance is not symmetric"),
        ([[-0.1, 0.0], [0.0, 0.1]], "study 'a': diagonal of covariance"),
        ([[0.1]], r"study 'a': covariance has shape"),
        ([0.1, 0.1], r"study 'a': covariance has shape"),
    ],
)
def test_covariances_that_no_data_can_have_are_refused(covariance, words):
    with pytest.raises(InputError, match=words):
        Contrasts("a", np.array([3.0, 6.0]), 0.0, np.array([-0.5, -0.6]), np.array(covariance))


def test_arms_of_one_person_are_refused():
    with pytest.raises(InputError, match=r"n\[1\] is 1"):
        mean_contrasts([1, 1], [0, 2], [0, 1], [1, 1], [5, 1])
