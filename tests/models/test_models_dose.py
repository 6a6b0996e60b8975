"""The line through the doses of several trials against the R package dosresmeta (reference files ``E_*``)."""

import numpy as np
import pytest

from ldn_analysis import models
from ldn_analysis.questions.dosing.analysis import trial_slopes

NOT_COMPARED = {
    "logLik": "not handed out; what it leads to is compared",
    "package_logLik_same_constants": "not handed out",
    "predictions": "follow from the slope and its variance, which are compared",
    "predictions_polished": "the same",
    "AIC": "follows from the likelihood",
    "BIC": "not offered",
    "converged": "a flag",
    "warnings": "the package's own",
    "wald_all": "follows from the slope and its variance",
}
COMPARED = {"coef", "vcov", "Psi", "polished"}
METHODS = {"fixed": "CE", "ml": "ML", "reml": "REML"}


@pytest.mark.parametrize("stem", ["E_dose_ari", "E_dose_simulated_emax_A"])
def test_the_pool_of_the_trials_own_lines_is_the_dose_response_in_one_stage(reference, stem):
    data = reference(stem)
    given, expected = data["inputs"]["data"], data["expected"]
    of = {name: np.array(given[name]) for name in ("id", "dose")}
    rows = of["dose"] > 0
    y = np.concatenate([part["y"][1:] for part in expected["covariance_md"]])
    blocks = [np.array(part["S"]) for part in expected["covariance_md"]]
    covariance = np.zeros((y.size, y.size))
    at = 0
    for block in blocks:
        covariance[at : at + len(block), at : at + len(block)] = block
        at += len(block)
    slopes, variances = trial_slopes(of["id"][rows], of["dose"][rows], y, covariance)
    compared = set()
    for name, want in expected["md"]["linear"].items():
        method = name.split("_")[1]
        best = want.get("polished", want)
        fit = models.pool(slopes, variances, METHODS[method], "z")
        rtol = 1e-12 if method == "fixed" else 1e-8
        assert fit.estimate == pytest.approx(best["coef"][0], rel=rtol)
        assert fit.se**2 == pytest.approx(best["vcov"][0][0], rel=rtol)
        if want["Psi"] is not None:
            assert fit.tau2 == pytest.approx(best["Psi"][0][0], rel=1e-8, abs=1e-8 * best["vcov"][0][0])
        assert not set(want) - COMPARED - set(NOT_COMPARED)
        compared.add(method)
    assert compared == set(METHODS)
