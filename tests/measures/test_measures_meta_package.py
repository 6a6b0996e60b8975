"""Against R package meta 4.19-2 (tests/reference/B_meta_smd_hk.json): other conventions, and pools."""

import numpy as np
import pytest

from ldn_analysis import measures, models

NOT_COMPARED = {
    "adhoc_ci": "the wider of two intervals: a rule that we do not offer",
    "adhoc_iqwig6": "a rule that chooses between the other two: we do not offer it",
    "I2_lower I2_upper H_lower H_upper": "test-based intervals; ours come from tau2",
    "I2 H": "from Q in meta, from tau2 here (they agree for DL)",
    "bcg_bias": "Begg's test belongs to the diagnostics of pooling",
}
POOLED = {"fixed", "se_fixed", "random_DL", "se_random_DL", "tau2", "Q"}


@pytest.fixture(scope="module")
def content(reference):
    return reference("B_meta_smd_hk")


@pytest.fixture(scope="module")
def groups(content):
    return [np.array(content["inputs"]["normand1999"][c], float)
            for c in ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")]  # fmt: skip


def measured(key, g):
    """TE and its variance with meta's variance formulas (help(metacont)), from our estimates."""
    n, inverse = g[2] + g[5], 1 / g[2] + 1 / g[5]
    if key == "Hedges_exact_TRUE":  # White & Thomas (2005): the unbiased variance
        made = measures.standardized_mean_difference(*g, variance="UB")
        return made.yi, made.vi
    if key == "Hedges_exact_FALSE":
        yi = measures.standardized_mean_difference(*g, correction="approximate").yi
        return yi, inverse + yi**2 / (2 * (n - 3.94))
    if key == "Cohen":
        yi = measures.standardized_mean_difference(*g, correction="none").yi
        return yi, inverse + yi**2 / (2 * n)
    if key == "Glass":
        yi = measures.standardized_mean_difference(*g, correction="none", sd="second").yi
        return yi, inverse + yi**2 / (2 * (g[5] - 1))
    made = {"MD": lambda: measures.mean_difference(*g),
            "MD_pooledvar": lambda: measures.mean_difference(*g, pooled=True),
            "ROM": lambda: measures.ratio_of_means(*g, corrected=False)}[key]()  # fmt: skip
    return made.yi, made.vi


@pytest.mark.parametrize(
    "key", ["Hedges_exact_FALSE", "Hedges_exact_TRUE", "Cohen", "Glass", "MD", "MD_pooledvar", "ROM"]
)
def test_measures_and_their_pools(content, groups, key):
    expected = content["expected"]["normand1999"][key]
    yi, vi = measured(key, groups)
    np.testing.assert_allclose(yi, expected["TE"], rtol=1e-12)
    np.testing.assert_allclose(np.sqrt(vi), expected["seTE"], rtol=1e-12)
    ours = {}
    if POOLED & set(expected):
        common, random = models.pool(yi, vi, "CE", "z"), models.pool(yi, vi, "DL", "z")
        ours = {"fixed": common.estimate, "se_fixed": common.se, "random_DL": random.estimate,
                "se_random_DL": random.se, "tau2": random.tau2, "Q": random.q}  # fmt: skip
    assert set(expected) <= {"TE", "seTE"} | set(ours)
    for name in set(expected) & set(ours):
        assert ours[name] == pytest.approx(expected[name], rel=1e-10), name


def test_every_measure_is_compared(content):
    assert set(content["expected"]["normand1999"]) == {
        "Hedges_exact_FALSE", "Hedges_exact_TRUE", "Cohen", "Glass", "MD", "MD_pooledvar", "ROM"
    }  # fmt: skip


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
