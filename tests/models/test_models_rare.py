"""Counts and two proportions against published tables, scipy and known truth."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ldn_analysis import models
from ldn_analysis.errors import InputError

TABLES = [(56, 70, 48, 80), (9, 10, 3, 10), (6, 7, 2, 7), (20, 49, 13, 50), (10, 10, 0, 20), (0, 10, 0, 10)]
table = st.tuples(st.integers(0, 12), st.integers(1, 12), st.integers(0, 12), st.integers(1, 12))


@pytest.mark.parametrize(
    ("counts", "limits"),
    [
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((6, 7, 2, 7), (0.0582, 0.8062)),
        ((5, 56, 0, 29), (-0.0381, 0.1926)),
        ((0, 10, 0, 20), (-0.1611, 0.2775)),
        ((0, 10, 0, 10), (-0.2775, 0.2775)),
        ((10, 10, 0, 20), (0.6791, 1.0)),
        ((10, 10, 0, 10), (0.6075, 1.0)),
    ],
)
def test_intervals_of_a_risk_difference_are_the_published_ones(counts, limits):
    """Newcombe 1998, Stat Med 17:873, Table II, method 10."""
    assert models.risk_difference_interval(*counts)[1:] == pytest.approx(limits, abs=6e-5)


@pytest.mark.parametrize("counts", TABLES, ids=str)
def test_intervals_of_a_risk_difference_are_those_of_statsmodels(counts):
    from statsmodels.stats.proportion import confint_proportions_2indep

    low, high = confint_proportions_2indep(*counts, method="newcomb", compare="diff")
    found = models.risk_difference_interval(*counts)
    assert (found.lower, found.upper) == pytest.approx((low, high), abs=1e-9)


@settings(deadline=None, max_examples=60)
@given(table)
def test_risk_difference_turns_with_the_arms(counts):
    x1, n1, x2, n2 = min(counts[0], counts[1]), counts[1], min(counts[2], counts[3]), counts[3]
    one = models.risk_difference_interval(x1, n1, x2, n2)
    other = models.risk_difference_interval(x2, n2, x1, n1)
    assert one == pytest.approx((-other.estimate, -other.upper, -other.lower), abs=1e-9)
    assert -1 <= one.lower <= one.upper <= 1
    events = models.risk_difference_interval(n1 - x1, n1, n2 - x2, n2)
    assert one == pytest.approx((-events.estimate, -events.upper, -events.lower), abs=1e-9)


def test_exact_proportion_published():
    """Newcombe 1998, Stat Med 17:857, Table I: 81/263, 15/148, 0/20, 1/29 by Clopper and Pearson."""
    published = {
        (81, 263): (0.2527, 0.3676),
        (15, 148): (0.0578, 0.1617),
        (0, 20): (0, 0.1684),
        (1, 29): (0.0009, 0.1776),
    }
    for (x, n), limits in published.items():
        assert models.exact_proportion(x, n)[1:] == pytest.approx(limits, abs=5.1e-5)


def test_no_event_leaves_about_three_over_n():
    """Hanley and Lippman-Hand 1983, JAMA 249:1743."""
    assert models.zero_event_bound(100) == pytest.approx(0.0295, abs=5e-5)
    assert models.zero_event_bound(1000) == pytest.approx(3 / 1000, rel=0.005)
    assert models.zero_event_bound(20, 0.975) == pytest.approx(models.exact_proportion(0, 20).upper)


def test_number_needed_passes_through_infinity():
    """Altman 1998, BMJ 317:1309: NNT -20 to 10 means harm 20 to infinity to benefit 10."""
    number = models.number_needed_to_treat(0.025, -0.05, 0.1)
    assert number.benefit == pytest.approx((10, math.inf))
    assert number.harm == pytest.approx((20, math.inf))


def test_number_needed_of_a_clear_difference():
    helped = models.number_needed_to_treat(0.2, 0.1, 0.25)
    assert helped.benefit == pytest.approx((4, 10))
    assert helped.harm is None
    hurt = models.number_needed_to_treat(-0.2, -0.25, -0.1)
    assert hurt.benefit is None
    assert hurt.harm == pytest.approx((4, 10))
    assert math.isinf(models.number_needed_to_treat(0, -0.1, 0.1).estimate)
    with pytest.raises(InputError, match="ordered"):
        models.number_needed_to_treat(0.3, 0.0, 0.2)


@pytest.mark.parametrize("measure", ["RR", "RD"])
def test_mantel_haenszel_of_one_study_is_its_own_estimate(measure):
    fit = models.pool_counts(20, 49, 13, 50, measure)
    own = {"RR": 20 / 49 * 50 / 13, "RD": 20 / 49 - 13 / 50}
    assert fit.estimate == pytest.approx(own[measure])
    assert (fit.k, fit.trials) == (1, 1)
    assert np.isnan([fit.i2, fit.q_p]).all()


@settings(deadline=None, max_examples=50)
@given(st.lists(table, min_size=2, max_size=6))
def test_turning_the_arms_changes_the_sign(rows):
    a, b, c, d = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    one, other = models.pool_counts(a, a + b, c, c + d, "RD"), models.pool_counts(c, c + d, a, a + b, "RD")
    turned = (-other.estimate, -other.ci[1], -other.ci[0])
    assert (one.estimate, *one.ci) == pytest.approx(turned, nan_ok=True, abs=1e-12)
    order = np.argsort(a)
    shuffled = models.pool_counts(a[order], (a + b)[order], c[order], (c + d)[order])
    assert shuffled.ci == pytest.approx(models.pool_counts(a, a + b, c, c + d).ci, nan_ok=True)


def test_no_event_in_one_arm_of_any_study_gives_no_ratio_and_says_so():
    fit = models.pool_counts([0, 0], [20, 30], [2, 1], [20, 30], "RR")
    assert math.isnan(fit.estimate)
    assert "no finite estimate" in fit.note
    assert math.isfinite(models.pool_counts([0, 0], [20, 30], [2, 1], [20, 30], "RD").estimate)
    assert math.isfinite(models.pool_counts([0, 0], [20, 30], [2, 1], [20, 30], "PETO").estimate)


@pytest.mark.parametrize("measure", ["RR", "RD", "PETO"])
@pytest.mark.parametrize("events", [([0, 0], [0, 0]), ([5, 9], [5, 8])])
def test_where_no_study_has_a_say_there_is_no_estimate_and_it_is_said(events, measure):
    fit = models.pool_counts(events[0], [5, 9], events[1], [5, 8], measure)
    assert np.isnan([fit.i2, fit.q_p]).all()
    if measure != "RR" or not any(events[0]):  # everybody in both groups: risks of 1, and no interval
        assert np.isnan([fit.estimate, *fit.ci]).all()
        assert fit.note


def test_errors_name_argument_index_and_value():
    with pytest.raises(InputError, match=r"a\[1\] is -1"):
        models.pool_counts([1, -1], [3, 5], [1, 1], [2, 2])
    with pytest.raises(InputError, match="measure"):
        models.pool_counts(1, 2, 3, 4, "HR")
    with pytest.raises(InputError, match="x1 is 6"):
        models.exact_proportion(6, 5)
    with pytest.raises(InputError, match="x1 is 5: must lie between 0 and n1 = 4"):
        models.risk_difference_interval(5, 4, 1, 4)


def test_intervals_hold_the_truth_as_often_as_they_say():
    """Five small trials with 8 % events and a risk ratio of 1.5: 1,500 sets."""
    rng = np.random.default_rng(20240611)
    truth, risk, n = 1.5, 0.08, np.array([30, 45, 60, 80, 120])
    a, c = rng.binomial(n, 1.5 * risk, (1500, 5)), rng.binomial(n, risk, (1500, 5))
    fits = [models.pool_counts(x, n, y, n) for x, y in zip(a, c, strict=True)]
    held = np.mean([f.ci[0] <= truth <= f.ci[1] for f in fits])
    assert 0.93 < held < 0.98


@pytest.mark.parametrize("level", [0, 1, 1.5, math.nan])
def test_a_level_outside_0_and_1_is_refused(level):
    for measure in ("RR", "RD", "PETO"):
        with pytest.raises(InputError, match="level"):
            models.pool_counts([3, 5], [20, 30], [2, 7], [25, 28], measure, level=level)
