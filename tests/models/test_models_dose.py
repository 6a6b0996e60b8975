"""Dose-response meta-analysis against the R package dosresmeta (reference files ``E_*``)."""

import numpy as np
import pytest

from ldn_analysis.errors import InputError
from ldn_analysis.models.dose_response_contrasts import Contrasts, mean_contrasts, rate_contrasts
from ldn_analysis.models.dose_response_fit import average_models, dose_basis, dose_response

MEANS = ["E_dose_ari", "E_dose_simulated_emax_A"]
FLOOR = np.finfo(float).eps ** 0.5  # the package does not let a moment estimate be zero
NOT_COMPARED = {
    "covariance_hamling": "Hamling's pseudo-counts are not offered (the reference itself has 3 to 4 digits)",
    "pseudo_counts": "enter the covariances, which are compared",
    "first_stage": "not handed out; the fixed two-stage mean of the same curves is compared",
    "logLik": "polished likelihood compared instead: the package's REML constant differs",
    "package_logLik_same_constants": "the polished value is compared",
    "predictions": "the polished predictions are compared where given",
    "AIC": "compared for fixed and ml fits; with REML the package's constants differ",
    "BIC": "not offered",
    "converged": "a flag",
    "warnings": "the package's own",
    "qtest": "Q test of the coefficients is not offered",
    "wald_all": "follows from coefficients and covariance, which are compared",
    "wald_nonlinear": "follows from coefficients and covariance, which are compared",
    "gof_fixed_TRUE": "not offered",
    "vpc": "not offered",
    "max_abs_score": "of the polished optimum",
    "eig_Psi": "follows from Psi",
    "identified": "which trials have an Emax curve of their own: a description",
    "theta_i": "not handed out; their fixed mean is compared",
    "V_i": "not handed out",
    "Q_min": "compared through the likelihood of other fits; a residual sum",
    "df": "a count",
}
COMPARED = {"coef", "vcov", "Psi", "polished", "predictions_polished", "q"}


def known(keys, extra=()):
    left = set(keys) - COMPARED - set(NOT_COMPARED) - set(extra)
    assert not left, f"{sorted(left)} is in the reference, neither compared nor listed"


def trials(data, measure):
    d = data["inputs"]["data"]
    if measure == "gl":
        args = [d[k] for k in ("id", "dose", "logrr", "se", "cases", "n", "type")]
        return rate_contrasts(*args, pseudo_counts="odds")
    args = [d[k] for k in ("id", "dose", "y", "sd", "n")]
    return mean_contrasts(*args, measure={"smd": "cohen"}.get(measure, measure))


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
    if fit.method in ("fixed", "ml"):
        assert fit.aic == pytest.approx(want["AIC"], abs=1e-6 if rtol < 1e-5 else 1e-3)
    expected = want.get("predictions_polished", want["predictions"])
    for got, name in zip(fit.predict(grid), ("pred", "se", "ci.lb", "ci.ub"), strict=True):
        np.testing.assert_allclose(got, expected[name], rtol=rtol, atol=10 * rtol, err_msg=name)


@pytest.mark.parametrize("stem", [*MEANS, "E_dose_alcohol_cvd"])
def test_every_curve_agrees(reference, stem):
    data = reference(stem)
    inputs, expected = data["inputs"], data["expected"]
    grid = inputs["grid"]
    groups = ("gl",) if stem.endswith("cvd") else ("md", "smd")
    for group in groups:
        given = trials(data, group)
        for curve, fits in expected[group].items():
            model, knots = ("spline", inputs["rcs_knots"]) if curve == "rcs" else (curve, ())
            for name, want in fits.items():
                if name == "q":
                    continue
                stages, method = int(name[0]), name.split("_")[1]
                fit = dose_response(
                    given, model, stages=stages, method=method, knots=knots, moment_floor=FLOOR
                )
                rtol = 2e-4 if group == "gl" else 5e-6 if method in ("ml", "reml") else 1e-10
                check_fit(fit, want, grid, rtol)
    shared = {"rcs_basis_at_grid", "emax_common_GLS", "emax_two_stage", *groups}
    known(expected, {*shared, *(k for k in expected if k.startswith("covariance_"))})
    basis = dose_basis(grid, "spline", inputs["rcs_knots"])
    np.testing.assert_allclose(basis, expected["rcs_basis_at_grid"], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("stem", MEANS)
@pytest.mark.parametrize(
    ("key", "measure"),
    [("md", "md"), ("smd_cohens", "cohen"), ("smd_hedges", "hedges"), ("smd_glass", "glass")],
)
def test_covariances_of_means_agree(reference, stem, key, measure):
    data = reference(stem)
    for got, want in zip(trials(data, measure), data["expected"][f"covariance_{key}"], strict=True):
        np.testing.assert_allclose(got.y, want["y"][1:], rtol=1e-12)
        np.testing.assert_allclose(got.covariance, want["S"], rtol=1e-12)
        np.testing.assert_allclose(np.diag(got.covariance), want["v"][1:], rtol=1e-12)


def test_covariances_of_rates_agree(reference):
    data = reference("E_dose_alcohol_cvd")
    for got, want in zip(trials(data, "gl"), data["expected"]["covariance_gl"], strict=True):
        np.testing.assert_allclose(got.covariance, want["S"], rtol=2e-4)  # the package stops at 1e-5


@pytest.mark.parametrize("stem", MEANS)
def test_the_common_emax_curve_agrees(reference, stem):
    data = reference(stem)
    want = data["expected"]["emax_common_GLS"]
    known(want, {"Emax", "log_ED50", "ED50", "vcov_Emax_logED50", "pred", "se", "ci.lb", "ci.ub"})
    fit = dose_response(trials(data, "md"), "emax", method="fixed")
    np.testing.assert_allclose(fit.coef, [want["Emax"], want["log_ED50"]], rtol=1e-6)
    assert np.exp(fit.coef[1]) == pytest.approx(want["ED50"], rel=1e-6)
    np.testing.assert_allclose(fit.vcov, want["vcov_Emax_logED50"], rtol=1e-5)
    for got, name in zip(fit.predict(data["inputs"]["grid"]), ("pred", "se", "ci.lb", "ci.ub"), strict=True):
        np.testing.assert_allclose(got, want[name], rtol=1e-5, atol=1e-9)


def test_the_two_stage_emax_curve_agrees(reference):
    data = reference("E_dose_simulated_emax_A")
    given = trials(data, "md")
    for method, want in data["expected"]["emax_two_stage"].items():
        if method not in ("fixed", "ml", "reml", "mm"):
            known([method])
            continue
        known(want, {"coef_Emax_logED50"})
        best = want.get("polished", want)
        fit = dose_response(given, "emax", stages=2, method=method, moment_floor=FLOOR)
        expected = best.get("coef", want["coef_Emax_logED50"])
        np.testing.assert_allclose(fit.coef, expected, rtol=2e-5, err_msg=method)
        np.testing.assert_allclose(fit.vcov, best["vcov"], rtol=2e-4, err_msg=method)


def test_log_linear_and_sigmoid_curves_find_a_known_truth():
    dose = np.array([0.5, 1, 2, 4, 8, 16, 32.0])
    cov = 1e-6 * (np.eye(7) + 0.5)
    sigmoid = Contrasts("a", dose, 0.0, 4 * dose**2 / (9 + dose**2), cov)
    fit = dose_response([sigmoid], "sigmoid_emax", method="fixed")
    np.testing.assert_allclose(np.exp(fit.coef[1:]), [3, 2], rtol=1e-6)
    log = Contrasts("b", dose, 0.0, 2 * np.log1p(dose), cov)
    assert dose_response([log], "log_linear", method="fixed").coef[0] == pytest.approx(2)
    fits = [dose_response([log], m, method="fixed") for m in ("linear", "log_linear", "quadratic")]
    average = average_models(fits)
    assert average.weights[1] > 0.99
    np.testing.assert_allclose(average.predict(dose)[0], log.y, rtol=1e-3)


def test_curves_that_the_doses_cannot_tell_are_refused():
    """Placebo comparisons at 4.5 and 6 mg only: nothing with three coefficients, and no two-stage curve."""
    one = [
        Contrasts(i, np.array([d]), 0.0, np.array([-0.5]), np.array([[0.1]])) for i, d in enumerate((4.5, 6))
    ]
    assert dose_response(one, "linear", method="fixed").coef[0] < 0
    with pytest.raises(InputError, match="needs at least 3 distinct doses"):
        dose_response(one, "sigmoid_emax")
    with pytest.raises(InputError, match="no trial has the 2 doses"):
        dose_response(one, "quadratic", stages=2)
    with pytest.raises(InputError, match="comparable"):
        average_models([dose_response(one, "linear")])
    with pytest.raises(InputError, match="reference arms"):
        mean_contrasts([1, 1], [1, 2], [0, 1], [1, 1], [5, 5])
