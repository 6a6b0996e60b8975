"""Dose-response meta-analysis against the R package dosresmeta (reference files ``E_*``)."""

import numpy as np
import pytest
from scipy import stats

from ldn_analysis.errors import InputError
from ldn_analysis.models.dose_curves.contrasts import Contrasts, mean_contrasts, rate_contrasts
from ldn_analysis.models.dose_curves.curves import average_models, dose_basis, dose_response, trial_curves
from ldn_analysis.models.dose_curves.goodness_of_fit import (
    curve_heterogeneity,
    goodness_of_fit,
    variance_partition,
)
from ldn_analysis.models.dose_curves.hamling import hamling_counts
from ldn_analysis.models.pooling.one import pool

MEANS = ["E_dose_ari", "E_dose_simulated_emax_A"]
FLOOR = np.finfo(float).eps ** 0.5  # the package does not let a moment estimate be zero
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
    "ci_hamling": "covariances of cumulative-incidence trials by Hamling: the package takes the variance of "
    "a rate ratio there (tested below), and its counts of people stop short of their condition",
}
COMPARED = {"coef", "vcov", "Psi", "polished", "predictions_polished", "q", "gof_fixed_TRUE", "vpc", "qtest"}


def known(keys, extra=()):
    left = set(keys) - COMPARED - set(NOT_COMPARED) - set(extra)
    assert not left, f"{sorted(left)} is in the reference, neither compared nor listed"


def trials(data, measure):
    d = data["inputs"]["data"]
    if measure in ("gl", "hamling"):
        args = [d[k] for k in ("id", "dose", "logrr", "se", "cases", "n", "type")]
        return rate_contrasts(*args, covariance=measure, pseudo_counts="odds")
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


def check_quality(given, fit, want, rtol):
    """Goodness of fit of the common curve; Q of the coefficients; share of the variance between trials."""
    gof, expected = goodness_of_fit(given, fit), want["gof_fixed_TRUE"]
    got = (gof.r2, gof.r2_adjusted, gof.deviance, gof.df, gof.p_value)
    for value, name in zip(got, ("R2", "R2adj", "D", "df", "p"), strict=True):
        assert value == pytest.approx(expected[name], rel=rtol, abs=1e-15), name
    if fit.stages == 2:
        found, expected = curve_heterogeneity(given, fit, about="joint"), want["qtest"]
        size = fit.coef.size
        q = np.r_[found.q, found.q_each] if size > 1 else found.q_each
        # of single coefficients the package takes trials - coefficients degrees of freedom; ours trials - 1
        theirs = [found.df, *[found.df_each + 1 - size] * size] if size > 1 else [found.df]
        np.testing.assert_allclose(q, expected["Q"], rtol=rtol)
        assert theirs == expected["df"]
        assert found.df_each == fit.k - 1
        assert found.p_value == pytest.approx(expected["pvalue"][0], rel=rtol)
        np.testing.assert_allclose(stats.chi2.sf(q, theirs), expected["pvalue"], rtol=rtol)
        np.testing.assert_allclose(found.p_each, stats.chi2.sf(found.q_each, fit.k - 1), rtol=1e-9)
        np.testing.assert_allclose(found.tau**2, np.diag(fit.psi), rtol=1e-12)
        i2 = 100 * np.maximum(0, 1 - found.df_each / found.q_each)
        np.testing.assert_allclose(found.i2_each, i2, atol=1e-9)
        own = curve_heterogeneity(given, fit)
        assert (own.q_each <= found.q_each * (1 + 1e-12)).all()
    if "vpc" in want:
        loose = 1e-5 if fit.method in ("ml", "reml") else rtol  # the package's own optimum, not polished
        got = np.concatenate(variance_partition(given, fit))
        np.testing.assert_allclose(got, want["vpc"], rtol=loose, atol=loose)


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
                check_quality(given, fit, want, 1e-5 if group == "gl" else 1e-11)
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


def test_hamling_counts_agree(reference):
    data = reference("E_dose_alcohol_cvd")
    d = {k: np.array(v) for k, v in data["inputs"]["data"].items()}
    for got, want in zip(trials(data, "hamling"), data["expected"]["covariance_hamling"], strict=True):
        rows = d["id"] == int(want["id"])
        kind = d["type"][rows][0]
        y, v = d["logrr"][rows][1:], d["se"][rows][1:] ** 2
        theirs = np.array(want["pseudo_counts"])
        if kind == "cc":  # the package searches by Nelder-Mead: its counts stop short of their two conditions
            np.testing.assert_allclose(got.covariance, want["S"], rtol=2e-3)
            a, b = theirs[:, 0], theirs[:, 1] - theirs[:, 0]
            np.testing.assert_allclose(1 / a[1:] + 1 / b[1:] + 1 / a[0] + 1 / b[0], v, rtol=1e-12)
            continue
        # the package's variance of a cumulative-incidence trial is that of a rate ratio
        a = theirs[:, 0]
        np.testing.assert_allclose(1 / a[1:] + 1 / a[0], v, rtol=1e-12)
        ours = hamling_counts(y, v, d["cases"][rows].astype(float), d["n"][rows].astype(float), "ir")
        np.testing.assert_allclose(ours[0], a, rtol=2e-4)


def variance_parts(cases, n, kind):
    return 1 / cases + {"cc": 1 / (n - cases), "ci": -1 / n, "ir": 0 * n}[kind]


@pytest.mark.parametrize("kind", ["cc", "ci", "ir"])
def test_hamling_counts_reproduce_ratios_variances_and_both_proportions(kind):
    rng = np.random.default_rng(7)
    for arms in (2, 3, 5):
        n = rng.uniform(200, 900, arms)
        cases = n * rng.uniform(0.05, 0.3, arms)
        effect = cases / (n - cases if kind == "cc" else n)
        crude = variance_parts(cases, n, kind)
        # unadjusted ratios give back the observed table
        got = hamling_counts(np.log(effect[1:] / effect[0]), crude[1:] + crude[0], cases, n, kind)
        np.testing.assert_allclose(got[0], cases, rtol=1e-9)
        np.testing.assert_allclose(got[1], n, rtol=1e-9)
        assert got[2] == pytest.approx(crude[0])
        # adjusted ones, less precise
        y = np.log(effect[1:] / effect[0]) + rng.normal(0, 0.1, arms - 1)
        v = (crude[1:] + crude[0]) * rng.uniform(1.2, 1.5, arms - 1)
        a, m, shared = hamling_counts(y, v, cases, n, kind)
        people = m - a if kind == "cc" else m
        before = n - cases if kind == "cc" else n
        assert (a > 0).all()
        assert (people > 0).all()
        ratio = a / people
        np.testing.assert_allclose(np.log(ratio[1:] / ratio[0]), y, atol=1e-10)
        part = variance_parts(a, m, kind)
        np.testing.assert_allclose(part[1:] + part[0], v, rtol=1e-10)
        assert shared == pytest.approx(part[0])
        assert people[0] / people.sum() == pytest.approx(before[0] / before.sum())
        assert people[1:].sum() / a[1:].sum() == pytest.approx(before[1:].sum() / cases[1:].sum())


def test_hamling_covariances_enter_the_contrasts_and_impossible_trials_are_named():
    rows = (["a"] * 3, [0, 1, 2], [0, 0.3, 0.5], [0, 0.4, 0.4], [30, 40, 45], [200, 200, 200], ["cc"] * 3)
    (trial,) = rate_contrasts(*rows, covariance="hamling")
    shared = hamling_counts([0.3, 0.5], [0.16, 0.16], [30, 40, 45], [200, 200, 200], "cc")[2]
    np.testing.assert_allclose(trial.covariance, [[0.16, shared], [shared, 0.16]])
    assert np.linalg.eigvalsh(trial.covariance)[0] > 0
    wild = [*rows[:2], [0, 9.0, -9.0], *rows[3:6], ["ci"] * 3]
    with pytest.raises(InputError, match="study 'a': no effective counts"):
        rate_contrasts(*wild, covariance="hamling")
    with pytest.raises(InputError, match="covariance"):
        rate_contrasts(*rows, covariance="hamlin")


@pytest.mark.parametrize("stem", MEANS)
def test_the_common_emax_curve_agrees(reference, stem):
    data = reference(stem)
    want = data["expected"]["emax_common_GLS"]
    parts = {"Emax", "log_ED50", "ED50", "vcov_Emax_logED50", "pred", "se", "ci.lb", "ci.ub", "Q_min", "df"}
    known(want, parts)
    given = trials(data, "md")
    fit = dose_response(given, "emax", method="fixed")
    gof = goodness_of_fit(given, fit)
    assert (gof.deviance, gof.df) == (pytest.approx(want["Q_min"], rel=1e-9), want["df"])
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
    curves, _ = trial_curves(given, "sigmoid_emax")
    assert fit.coef[0] == pytest.approx(tops.mean(), abs=0.02)
    np.testing.assert_allclose(np.exp(fit.coef[1:]), [3, 2], rtol=0.02)
    assert np.sqrt(fit.psi[0, 0]) == pytest.approx(tops.std(ddof=1), rel=0.05)
    found = curve_heterogeneity(given, fit)
    alone = pool([c[1][0] for c in curves], [c[2][0, 0] for c in curves])  # one coefficient: ordinary pooling
    assert found.q_each[0] == pytest.approx(alone.q)
    assert found.i2_each[0] > 95
    assert found.i2_each[1] < 60
    assert found.p_value < 1e-10
    assert goodness_of_fit(given, fit).p_value < 1e-10  # one common curve does not fit


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


def test_goodness_of_fit_is_that_of_ordinary_regression_when_contrasts_are_independent():
    rng = np.random.default_rng(4)
    dose = np.arange(1.0, 9)
    y = 0.3 * dose - 0.02 * dose**2 + 0.2 * rng.standard_normal(8)
    given = [Contrasts("a", dose, 0.0, y, 0.04 * np.eye(8))]
    design = np.c_[dose, dose**2]
    left = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    got = goodness_of_fit(given, dose_response(given, "quadratic", method="fixed"))
    np.testing.assert_allclose(got.residual, left / 0.2)
    assert got.r2 == pytest.approx(1 - left @ left / (y @ y))
    assert got.study == ("a",) * 8
    with pytest.raises(InputError, match="not those of the fit"):
        goodness_of_fit(given * 2, dose_response(given, "linear", method="fixed"))


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
