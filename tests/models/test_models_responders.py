"""Responder rates by simulation, variability ratios by formula, intervals by coverage."""

import numpy as np
import pytest
from scipy import special, stats

from ldn_analysis.errors import InputError
from ldn_analysis.models.responders.shift import (
    Arm,
    baseline_change_correlation,
    individual_response,
    responder_rate,
    shift_rates,
)


def sd_from_interval(low, high, n):
    return (high - low) / (2 * 1.959964) * np.sqrt(n)


# FINAL (Due Bruun 2024, 10.1016/S2665-9913(23)00278-3), Tables 1 and 2.
LDN = Arm(49, 6.3, 1.3, -1.3, sd_from_interval(-1.7, -0.8, 49), {15.0: 26, 30.0: 20, 50.0: 12})
PLACEBO = Arm(50, 6.2, 1.6, -0.9, sd_from_interval(-1.4, -0.5, 50), {15.0: 21, 30.0: 13, 50.0: 7})


@pytest.mark.parametrize("correlation", [-0.5, 0.0, 0.3])
@pytest.mark.parametrize("percent", [15, 30, 50])
def test_rate_against_simulated_patients(percent, correlation):
    rng = np.random.default_rng(1)
    cov = [[1.3**2, correlation * 1.3 * 1.6], [correlation * 1.3 * 1.6, 1.6**2]]
    baseline, change = rng.multivariate_normal([6.3, -1.3], cov, size=400_000).T
    simulated = np.mean(-change / baseline >= percent / 100)
    assert float(responder_rate(6.3, 1.3, -1.3, 1.6, percent, correlation)) == pytest.approx(
        simulated, abs=0.003
    )


def test_rate_of_a_change_equal_to_the_threshold_is_one_half():
    assert float(responder_rate(60, 10, -18, 12, 30, 0.0)) == pytest.approx(0.5)
    assert np.all(np.diff(responder_rate(60, 10, -10, 12, [15, 30, 50])) < 0)


def test_baseline_change_correlation_by_simulation():
    rng = np.random.default_rng(2)
    first, last = rng.multivariate_normal([0, 0], [[2.25, 1.2], [1.2, 4.0]], size=400_000).T
    r = 1.2 / (1.5 * 2.0)
    expected = np.corrcoef(first, last - first)[0, 1]
    assert float(baseline_change_correlation(1.5, 2.0, r)) == pytest.approx(expected, abs=0.005)


def test_shift_rates_of_identical_arms_agree_with_themselves():
    table = shift_rates(LDN, LDN)
    for _, at in table.groupby("percent"):
        assert at["predicted"].max() == pytest.approx(at["predicted"].min(), rel=1e-12)


def test_shift_rates_keep_counts_and_test_them_exactly():
    table = shift_rates(LDN, PLACEBO)
    assert list(table["percent"].unique()) == [15, 30, 50]
    treated = table[(table["arm"] == "treated") & (table["account"] == "control shifted")]
    assert list(treated["observed"]) == [26, 20, 12]
    for row in table.itertuples():
        expected = stats.binomtest(int(row.observed), row.n, row.predicted).pvalue
        assert row.p_value == pytest.approx(expected, rel=1e-9)
        assert row.expected == pytest.approx(row.n * row.predicted)


def test_rates_without_counts_stay_missing():
    table = shift_rates(Arm(20, 6, 1, -1, 1.5), Arm(20, 6, 1, -0.5, 1.5))
    assert table[["observed", "rate", "p_value"]].isna().all().all()
    assert table["predicted"].between(0, 1).all()


def test_ratios_of_spread_as_metafor(reference):
    """lnVR and lnCVR of every row of metafor's two-group sets (bias-corrected).

    metafor gives no lnCVR where both means are negative; changes often are, and ours is then that of the
    mirrored data. Ours is given only where each mean's own 95% interval excludes zero.
    """
    data = reference("B_escalc_two_group_means")
    for name, columns in data["inputs"].items():
        vr, cvr = (data["expected"][name][f"{key}_correct_TRUE"] for key in ("VR_LS2", "CVR_LS"))
        for i, (m1, s1, n1, m2, s2, n2) in enumerate(
            zip(*(columns[k] for k in ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")), strict=True)
        ):
            ours = individual_response(s1, n1, s2, n2, mean_treated=m1, mean_control=m2)
            assert ours.ln_vr == pytest.approx(vr["yi"][i], rel=1e-11, abs=1e-13)
            assert ours.ln_vr_se**2 == pytest.approx(vr["vi"][i], rel=1e-11)
            far = all(
                abs(m) > stats.t.ppf(0.975, n - 1) * s / n**0.5 for m, s, n in ((m1, s1, n1), (m2, s2, n2))
            )
            assert np.isnan(ours.ln_cvr) == (m1 * m2 <= 0 or not far)
            if cvr["yi"][i] is None:
                assert min(m1, m2) < 0
            if cvr["yi"][i] is None or not far:
                continue
            assert ours.ln_cvr == pytest.approx(cvr["yi"][i], rel=1e-10, abs=1e-13)
            assert ours.ln_cvr_se**2 == pytest.approx(cvr["vi"][i], rel=1e-11)
            mirrored = individual_response(s1, n1, s2, n2, mean_treated=-m1, mean_control=-m2)
            assert mirrored.ln_cvr == pytest.approx(ours.ln_cvr)


@pytest.mark.parametrize(("n1", "n2"), [(6, 6), (14, 14), (14, 50), (49, 50)])
def test_variance_of_the_ratio_of_spreads_is_that_of_normal_values(n1, n2):
    """Half the logarithm of a chi-squared has a quarter of its trigamma as variance; so many intervals of 95%
    hold the truth (the first order: 92 to 94% with 6 to 28 a group)."""
    exact = (special.polygamma(1, (n1 - 1) / 2) + special.polygamma(1, (n2 - 1) / 2)) / 4
    ours = individual_response(1.0, n1, 1.0, n2)
    assert ours.ln_vr_se**2 == pytest.approx(exact, rel=0.4 / (min(n1, n2) - 1) ** 1.5)
    rng = np.random.default_rng(11)
    v1, v2 = (rng.chisquare(n - 1, 100_000) / (n - 1) for n in (n1, n2))
    inside = np.abs(np.log(v1 / v2) / 2 + ours.ln_vr) < stats.norm.ppf(0.975) * ours.ln_vr_se
    assert inside.mean() == pytest.approx(0.95, abs=0.003 if n1 > 6 else 0.008)


def test_sd_of_individual_response_keeps_its_sign():
    more, less = individual_response(2.0, 50, 1.5, 50), individual_response(1.5, 50, 2.0, 50)
    assert more.sd == pytest.approx(np.sqrt(4 - 2.25))
    assert less.sd == pytest.approx(-np.sqrt(4 - 2.25))
    assert less.sd_ci == pytest.approx(tuple(-x for x in reversed(more.sd_ci)))
    same = individual_response(1.6, 50, 1.6, 50)
    assert same.sd == 0
    assert same.includes_zero


@pytest.mark.parametrize("true", [(1.6, 1.6), (2.2, 1.6), (1.2, 1.6)])
def test_coverage_of_the_interval_of_individual_response(true):
    rng, n = np.random.default_rng(5), 30
    s1, s0 = (sd * np.sqrt(rng.chisquare(n - 1, 1500) / (n - 1)) for sd in true)
    gap = true[0] ** 2 - true[1] ** 2
    wanted = np.sign(gap) * np.sqrt(abs(gap))
    inside = [
        (ci := individual_response(a, n, b, n).sd_ci)[0] <= wanted <= ci[1]
        for a, b in zip(s1, s0, strict=True)
    ]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.02)


def test_cv_ratio_only_where_it_means_something():
    assert np.isnan(individual_response(2, 20, 1.5, 20, mean_treated=-1, mean_control=0.5).ln_cvr)
    assert np.isnan(individual_response(2, 20, 1.5, 20).ln_cvr)
    assert np.isfinite(individual_response(2, 20, 1.5, 20, mean_treated=-1, mean_control=-0.8).ln_cvr)
    # the interval of the control's mean, -0.5, is -1.2 to 0.2: it holds zero
    assert np.isnan(individual_response(2, 20, 1.5, 20, mean_treated=-1, mean_control=-0.5).ln_cvr)


def test_bad_arguments_are_named():
    with pytest.raises(InputError, match="n_treated"):
        individual_response(2, 1, 1.5, 20)
    with pytest.raises(InputError, match="correlation"):
        responder_rate(6, 1, -1, 1, 30, -1.0)
    for count in (11, 5.5):
        with pytest.raises(InputError, match=f"{count} responders of 10"):
            shift_rates(Arm(10, 6, 1, -1, 1, {30.0: count}), PLACEBO)
