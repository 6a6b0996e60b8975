"""Measures and conversions: published worked numbers, symmetries, edge cases and refusals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldn_analysis import measures
from ldn_analysis.errors import InputError

means = st.floats(-50, 50)
sds = st.floats(0.1, 20)
sizes = st.integers(3, 500)
factors = st.floats(0.1, 10)
rs = st.floats(-0.95, 0.95)


def test_handbook_standard_deviations():
    # Cochrane Handbook 6.5.2.2: 95% CI 30.0 to 34.2 of a mean, n = 25, t(24) = 2.0639: SD 5.09
    assert measures.sd_from_ci(30.0, 34.2, 25) == pytest.approx(5.09, abs=0.005)
    # 6.5.2.3: MD 3.8, p = 0.008, n = 25 and 22, t(45) = 2.78: SE 1.37, SD 4.69 (the page rounds on the way)
    assert measures.se_from_p(3.8, 0.008, df=45) == pytest.approx(1.37, abs=0.005)
    assert measures.sd_from_p(3.8, 0.008, 25, 22) == pytest.approx(4.69, abs=0.02)
    # a t value of 2.78 says the same
    assert measures.sd_from_t(3.8, 2.78, 25, 22) == pytest.approx(4.69, abs=0.02)
    assert measures.sd_from_f(3.8, 2.78**2, 25, 22) == pytest.approx(measures.sd_from_t(3.8, 2.78, 25, 22))


def test_a_paired_result_goes_round():
    r = measures.correlation_from_paired(2.38, 2.21, 8, se=1.4 / math.sqrt(8))
    again = measures.paired_mean_difference(7.0, 2.38, 6.5, 2.21, 8, r)
    assert again.yi == pytest.approx(0.5) and again.se == pytest.approx(1.4 / math.sqrt(8))


def test_a_paired_result_with_an_assumed_correlation_is_the_handbooks():
    # Cochrane Handbook 5.1 (March 2011), 16.4.6.4: 7.0 (SD 2.38) against 6.5 (2.21), n = 10, r = 0.68
    assert measures.se_of_paired_difference(2.38, 2.21, 10, 0.68) == pytest.approx(0.583, abs=0.0005)
    assert measures.paired_mean_difference(7.0, 2.38, 6.5, 2.21, 10, 0.68).se == pytest.approx(
        0.583, abs=0.0005
    )


def test_interval_and_p_value_give_the_same_standard_error():
    assert measures.se_from_ci(-1.96, 1.96) == pytest.approx(1.0, abs=1e-4)
    assert measures.se_from_p(1.96, 0.05) == pytest.approx(1.0, abs=1e-4)


@given(means, sds, sizes, means, sds, sizes)
def test_swapping_the_groups_changes_the_sign(m1, s1, n1, m2, s2, n2):
    for measure in ("MD", "SMD", "SMDH"):
        there = measures.two_groups(measure, m1, s1, n1, m2, s2, n2)
        back = measures.two_groups(measure, m2, s2, n2, m1, s1, n1)
        assert there.yi == pytest.approx(-back.yi, abs=1e-12)
        assert there.vi == pytest.approx(back.vi)


@given(means, sds, sizes, means, sds, sizes, factors)
def test_change_of_unit(m1, s1, n1, m2, s2, n2, k):
    plain, scaled = (measures.mean_difference(f * m1, f * s1, n1, f * m2, f * s2, n2) for f in (1, k))
    assert scaled.yi == pytest.approx(k * plain.yi, abs=1e-9) and scaled.vi == pytest.approx(k**2 * plain.vi)
    plain, scaled = (
        measures.standardized_mean_difference(f * m1, f * s1, n1, f * m2, f * s2, n2) for f in (1, k)
    )
    assert scaled.yi == pytest.approx(plain.yi, abs=1e-9) and scaled.vi == pytest.approx(plain.vi)


@given(sds, sds, sizes, rs)
def test_the_correlation_comes_back_from_the_standard_error(s1, s2, n, r):
    se = measures.se_of_paired_difference(s1, s2, n, r)
    assert measures.correlation_from_paired(s1, s2, n, se=se) == pytest.approx(r, abs=1e-9)


@given(st.floats(0.2, 5), st.floats(0.001, 0.9), st.integers(3, 200), sds, sds)
def test_the_p_value_comes_back(difference, p, n, s1, s2):
    low, high = measures.correlation_interval_from_rounded_p(s1, s2, n, difference, round(p, 3), decimals=3)
    assert (
        low <= measures.correlation_from_paired(s1, s2, n, difference=difference, p_value=round(p, 3)) <= high
    )


@given(st.integers(0, 30), st.integers(1, 30), st.integers(0, 30), st.integers(1, 30))
def test_two_by_two_swap(a, b, c, d):
    for how in (measures.risk_ratio, measures.odds_ratio, measures.risk_difference, measures.peto_odds_ratio):
        there, back = how(a, a + b, c, c + d), how(c, c + d, a, a + b)
        if math.isnan(there.yi):
            assert math.isnan(back.yi)
        else:
            assert there.yi == pytest.approx(-back.yi, abs=1e-12) and there.vi == pytest.approx(back.vi)


def test_edge_cases_as_documented():
    assert (
        measures.standardized_mean_difference(5, 0, 10, 4, 0, 10).yi
        != measures.mean_difference(5, 0, 10, 4, 0, 10).yi
    )
    assert math.isnan(measures.standardized_mean_difference(5, 0, 10, 4, 0, 10).yi)
    assert measures.mean_difference(5, 2, 10, 5, 2, 10).yi == 0
    assert math.isnan(measures.mean_difference(math.nan, 2, 10, 5, 2, 10).yi)
    assert math.isnan(measures.ratio_of_means(4, 2, 15, -1, 2, 15).yi)
    assert math.isnan(measures.paired_standardized_mean_change(1, 1, 0, 1, 2, 0.5, sd="difference").yi)
    assert math.isnan(measures.peto_odds_ratio(0, 10, 0, 10).yi)
    assert math.isfinite(measures.odds_ratio(0, 10, 3, 10).yi) and math.isnan(
        measures.odds_ratio(0, 10, 3, 10, "none").yi
    )
    assert math.isnan(measures.se_from_p(0.0, 0.5))
    assert all(map(math.isnan, measures.correlation_interval_from_rounded_p(2, 2, 20, 0.5, math.nan)))
    assert isinstance(measures.mean_difference(1, 2, 3, 4, 5, 6).yi, float)
    assert measures.mean_difference([1, 2], 2, 3, 4, 5, 6).yi.shape == (2,)


def test_hedges_j_is_continuous_where_its_formula_changes():
    df = np.array([300.9, 301.1])
    assert abs(np.diff(measures.hedges_j(df))[0]) < 1e-5
    assert measures.hedges_j(np.array([1e9])) == pytest.approx(1.0, abs=1e-8)


@pytest.mark.parametrize(
    "bad",
    [lambda: measures.mean_difference(1, -2, 3, 4, 5, 6),
     lambda: measures.mean_difference(1, math.inf, 3, 4, 5, 6),
     lambda: measures.risk_ratio(11, 10, 1, 10), lambda: measures.se_from_ci(2, 1),
     lambda: measures.se_from_p(1, 1.5),
     lambda: measures.sd_of_change(1, 1, 1.2),
     lambda: measures.two_groups("XX", 1, 1, 3, 1, 1, 3),
     lambda: measures.two_groups("MD", 1, 1, 3, 1, 1, 3, variance="UB"),
     lambda: measures.mean_difference("a", 1, 3, 1, 1, 3),
     lambda: measures.correlation_from_paired(1, 1, 10),
     lambda: measures.mean_sd_from_quartiles(5, 20, q1=6, q3=7),
     lambda: measures.combined_groups([20], [1, 2], [1, 1]),
     lambda: measures.combined_groups([20, 20], [1, 2], [1]),
     lambda: measures.mean_difference(np.ma.array([1, 2], mask=[1, 0]), 1, 3, 1, 1, 3)],
)  # fmt: skip
def test_impossible_arguments_are_refused(bad):
    with pytest.raises(InputError):
        bad()


def test_the_message_names_argument_index_value_and_rule():
    with pytest.raises(InputError, match=r"sd2\[1\] is -3: must be at least 0"):
        measures.mean_difference([1, 2], 1, 5, [1, 2], [1, -3], 5)
