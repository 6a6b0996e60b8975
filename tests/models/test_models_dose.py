"""Dose-response meta-analysis against the R package dosresmeta (reference files ``E_*``)."""

import numpy as np
import pytest

from ldn_analysis.errors import InputError
from ldn_analysis.models.dose_curves.contrasts import Contrasts, mean_contrasts, rate_contrasts
from ldn_analysis.models.dose_curves.curves import dose_basis, dose_response, trial_curves

MEANS = ["E_dose_ari", "E_dose_simulated_emax_A"]
FLOOR = np.finfo(float).eps ** 0.5  # the package lifts every eigenvalue of a moment estimate to this
NOT_COMPARED = {
    "first_stage": "not handed out; the fixed two-stage mean of the same curves is compared",
    "logLik": "polished likelihood compared instead: the package's REML constant differs",
    "package_logLik_same_constants": "the polished value is compared",
    "predictions": "the polished predictions are compared where given",
    "AIC": "compared for fixed and ml fits; with REML the package's constants differ",
    "BIC": "not offered",
    "converged": "a flag",
    "warnings": "the package's own",
    "wald_all": "follows from coefficients and covariance, which are compared",
    "wald_nonlinear": "follows from coefficients and covariance, which are compared",
    "max_abs_score": "of the polished optimum",
    "eig_Psi": "follows from Psi",
    "identified": "which trials have an Emax curve of their own: a description",
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
    return mean_contrasts(*args, measure={"smd": "cohen"}.get(measure, measure))


def lifted(psi):
    """Whether the package's moment estimate has an eigenvalue that it lifted to its floor."""
    return np.linalg.eigvalsh(psi)[0] < 1.01 * FLOOR


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
    compared = set()
    for group in groups:
        given = trials(data, group)
        for curve, fits in expected[group].items():
            model, knots = ("spline", inputs["rcs_knots"]) if curve == "rcs" else (curve, ())
            for name, want in fits.items():
                stages, method = int(name[0]), name.split("_")[1]
                fit = dose_response(given, model, stages=stages, method=method, knots=knots)
                if method == "mm" and lifted(want["Psi"]):
                    assert np.linalg.eigvalsh(fit.psi)[0] >= -1e-15
                    continue
                rtol = 2e-4 if group == "gl" else 5e-6 if method in ("ml", "reml") else 1e-10
                check_fit(fit, want, grid, rtol)
                compared.add((method, stages))
    every = {(method, stages) for method in ("fixed", "ml", "reml") for stages in (1, 2)}
    # every moment estimate of the ari trials was lifted to the floor; those of the others are compared
    assert compared == (every if stem == "E_dose_ari" else every | {("mm", 2)})
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
    parts = {"Emax", "log_ED50", "ED50", "vcov_Emax_logED50", "pred", "se", "ci.lb", "ci.ub", "Q_min", "df"}
    known(want, parts)
    given = trials(data, "md")
    fit = dose_response(given, "emax", method="fixed")
    off = [t.y - fit.predict(t.dose)[0] for t in given]
    deviance = sum(d @ np.linalg.solve(t.covariance, d) for d, t in zip(off, given, strict=True))
    assert deviance == pytest.approx(want["Q_min"], rel=1e-9)
    assert fit.contrasts - 2 == want["df"]
    np.testing.assert_allclose(fit.coef, [want["Emax"], want["log_ED50"]], rtol=1e-6)
    assert np.exp(fit.coef[1]) == pytest.approx(want["ED50"], rel=1e-6)
    np.testing.assert_allclose(fit.vcov, want["vcov_Emax_logED50"], rtol=1e-5)
    for got, name in zip(fit.predict(data["inputs"]["grid"]), ("pred", "se", "ci.lb", "ci.ub"), strict=True):
        np.testing.assert_allclose(got, want[name], rtol=1e-5, atol=1e-9)


def test_the_two_stage_emax_curve_agrees(reference):
    data = reference("E_dose_simulated_emax_A")
    given = trials(data, "md")
    own, _ = trial_curves(given, "emax")
    for (_, theta, v), want, v_want in zip(
        own,
        data["expected"]["emax_two_stage"]["theta_i"],
        data["expected"]["emax_two_stage"]["V_i"],
        strict=True,
    ):
        np.testing.assert_allclose(theta, want, rtol=1e-6)
        np.testing.assert_allclose(v, v_want, rtol=1e-6)
    for method, want in data["expected"]["emax_two_stage"].items():
        if method in ("theta_i", "V_i"):
            continue
        if method not in ("fixed", "ml", "reml", "mm"):
            known([method])
            continue
        known(want, {"coef_Emax_logED50"})
        best = want.get("polished", want)
        fit = dose_response(given, "emax", stages=2, method=method)
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
    np.testing.assert_allclose(dose_response([log], "log_linear", method="fixed").predict(dose)[0], log.y)


def sigmoid(dose, emax=4.0, ed50=3.0, hill=2.0):
    return emax * dose**hill / (ed50**hill + dose**hill)


def test_sigmoid_curves_of_two_stages_find_a_known_truth_and_how_much_trials_differ():
    dose = np.array([0.5, 1, 2, 4, 8, 16.0])
    rng = np.random.default_rng(11)
    cov = 0.02**2 * (np.eye(6) + 1)
    root = np.linalg.cholesky(cov)
    tops = 4 + 0.5 * rng.standard_normal(15)
    given = [
        Contrasts(i, dose, 0.0, sigmoid(dose, e) + root @ rng.standard_normal(6), cov)
        for i, e in enumerate(tops)
    ]
    fit = dose_response(given, "sigmoid_emax", stages=2)
    assert fit.coef[0] == pytest.approx(tops.mean(), abs=0.02)
    np.testing.assert_allclose(np.exp(fit.coef[1:]), [3, 2], rtol=0.02)
    assert np.sqrt(fit.psi[0, 0]) == pytest.approx(tops.std(ddof=1), rel=0.05)


def test_sigmoid_curves_of_two_stages_name_the_trials_that_have_too_few_doses():
    cov = 0.01 * (np.eye(3) + 1)
    few = [
        Contrasts(name, d, 0.0, sigmoid(d), cov[: d.size, : d.size])
        for name, d in (("Smith", np.array([2.0, 4.0])), ("Jones", np.array([3.0])))
    ]
    with pytest.raises(InputError, match=r"no trial has the 3 doses.*Smith, Jones"):
        dose_response(few, "sigmoid_emax", stages=2)
    many = np.array([0.5, 1, 2, 4, 8, 16.0])
    full = Contrasts("Long", many, 0.0, sigmoid(many), 0.01 * (np.eye(6) + 1))
    fit = dose_response([*few, full], "sigmoid_emax", stages=2, method="fixed")
    np.testing.assert_allclose(np.exp(fit.coef[1:]), [3, 2], rtol=1e-5)
    assert fit.k == 1
    assert [n.split()[-1] for n in fit.notes] == ["Smith.", "Jones."]
    straight = Contrasts("Line", many, 0.0, 0.3 * many, 0.01 * (np.eye(6) + 1))
    with pytest.raises(InputError, match="'Line': its doses and results do not settle"):
        dose_response([full, straight], "emax", stages=2)


def test_an_emax_curve_does_not_need_placebo_as_the_reference():
    dose = np.array([1.0, 2, 4, 8, 16])
    given = Contrasts("a", dose[1:], 1.0, sigmoid(dose[1:], hill=1) - sigmoid(1.0, hill=1), 1e-4 * np.eye(4))
    fit = dose_response([given], "emax", method="fixed")
    np.testing.assert_allclose([fit.coef[0], np.exp(fit.coef[1])], [4, 3], rtol=1e-5)
    np.testing.assert_allclose(fit.predict(dose[1:])[0], given.y, rtol=1e-6)
    assert fit.predict([1.0])[0] == pytest.approx(0)


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
