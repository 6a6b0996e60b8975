"""Against R package meta 4.19-2 (tests/reference/B_meta_smd_hk.json): Hartung-Knapp."""

import numpy as np
import pytest

from ldn_analysis import models

NOT_COMPARED = {
    "adhoc_ci": "the wider of two intervals: a rule that we do not offer",
    "adhoc_iqwig6": "a rule that chooses between the other two: we do not offer it",
    "I2_lower I2_upper H_lower H_upper": "test-based intervals; ours come from tau2",
    "I2 H": "from Q in meta, from tau2 here (they agree for DL)",
}


@pytest.fixture(scope="module")
def content(reference):
    return reference("B_meta_smd_hk")


@pytest.mark.parametrize("data", ["bcg_hk", "hine_hk"])
def test_hartung_knapp(content, reference, data):
    if data == "bcg_hk":
        yi = np.array(content["inputs"]["bcg_logRR"]["yi"])
        vi = np.array(content["inputs"]["bcg_logRR"]["sei"]) ** 2
    else:
        inputs = reference("A_rma_hine1989_logOR_tau2zero")["inputs"]
        inputs = inputs.get("data", inputs)
        yi, vi = np.array(inputs["yi"]), np.array(inputs["vi"])
    skipped = 0
    for key, expected in content["expected"][data].items():
        method, _, how = key.partition("_")
        if how in {"hakn_adhoc_ci", "hakn_adhoc_iqwig6"}:
            skipped += 1
            continue
        inference = {"hakn_adhoc_none": "hksj", "hakn_adhoc_se": "hksj_modified", "z": "z"}[how]
        fit = models.pool(yi, vi, method, inference, prediction="k-2")
        ours = {"TE": fit.estimate, "se": fit.se, "lower": fit.ci[0], "upper": fit.ci[1], "tau2": fit.tau2,
                "pval": fit.p_value, "df": fit.df, "pi_lower": fit.prediction[0],
                "pi_upper": fit.prediction[1], "Q": fit.q, "pval_Q": fit.q_p, "df_Q": fit.q_df}  # fmt: skip
        listed = " ".join(NOT_COMPARED).split()
        for name, value in expected.items():
            if name in listed:
                continue
            assert ours[name] == pytest.approx(value, rel=1e-7), (key, name)
    assert skipped == 6
