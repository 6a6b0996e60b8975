"""Two groups' counts in one trial or several: ratio, companion, and what the ratio means in a hundred."""

import math

import numpy as np
import pytest
from plain_sums import difference_of_risks
from scipy.stats.contingency import relative_risk

from ldn_analysis import measures, models
from ldn_analysis.errors import InputError
from ldn_analysis.models.counts.comparison import absolute_effect


@pytest.mark.parametrize(
    ("counts", "apart"), [((20, 49, 13, 50), 0), ((5, 50, 25, 50), -1), ((24, 50, 5, 51), 1)]
)
def test_one_trial_gives_its_own_ratio(counts, apart):
    """That of scipy, with its limits; apart where they leave out no difference."""
    found = models.compare_counts(*([x] for x in counts))
    own = relative_risk(*counts)
    limits = own.confidence_interval(0.95)
    assert (found.ratio, *found.ci) == pytest.approx((own.relative_risk, limits.low, limits.high))
    assert "one trial" in found.model and math.isnan(found.i2) and found.apart == apart


def test_trials_of_one_direction_have_a_common_effect_and_a_companion():
    found = models.compare_counts([41, 33], [49, 48], [43, 36], [50, 50])
    pool = models.pool_counts([41, 33], [49, 48], [43, 36], [50, 50])
    assert (found.ratio, *found.ci) == (pool.estimate, *pool.ci)
    assert "Mantel-Haenszel" in found.model and not found.opposite
    assert found.random_ci[0] < pool.ci[0] < pool.ci[1] < found.random_ci[1]


def test_trials_without_a_difference_have_both_models_beside_each_other():
    found = models.compare_counts([10, 10], [29, 29], [10, 10], [29, 29])
    assert found.ratio == found.random == 1.0
    assert found.companion is not None
    assert "Mantel-Haenszel" in found.model and "random effects" in found.companion.model
    assert found.weights == found.common_weights


def test_opposite_trials_are_not_described_by_a_common_effect():
    """Referee's numbers: RR 1.57 and 0.58, I2 of the Mantel-Haenszel ratio 64.8%."""
    a, n1, c, n2 = [20, 5], [49, 47], [13, 9], [50, 49]
    found = models.compare_counts(a, n1, c, n2)
    assert found.opposite and "random effects" in found.model
    assert found.i2 == pytest.approx(64.8, abs=0.05)
    assert (found.common.ci[0], found.common.ci[1]) == pytest.approx((0.71, 1.91), abs=0.005)
    e = measures.risk_ratio(np.array(a), np.array(n1), np.array(c), np.array(n2))
    mu = models.posterior(e.yi, e.vi, tau_prior=models.HalfNormal(0.5)).mu
    assert found.ratio == pytest.approx(math.exp(mu.median))
    assert np.log(found.ci) == pytest.approx(mu.interval(0.95))
    closer = models.compare_counts(a, n1, c, n2, tau_scale=0.1)
    assert closer.ci[1] - closer.ci[0] < found.ci[1] - found.ci[0]


def test_turning_the_groups_turns_the_ratio():
    a, n1, c, n2 = [20, 5], [49, 47], [13, 9], [50, 49]
    found, turned = models.compare_counts(a, n1, c, n2), models.compare_counts(c, n2, a, n1)
    assert found.ratio == pytest.approx(1 / turned.ratio, rel=1e-6)
    assert found.ci == pytest.approx((1 / turned.ci[1], 1 / turned.ci[0]), rel=1e-6)


def test_absolute_effects_follow_from_the_ratio():
    found = models.compare_counts([20], [49], [13], [50])
    here = found.at()
    assert here.control == 13 / 50
    assert here.difference == pytest.approx(20 / 49 - 13 / 50)
    usual = found.at(0.308)
    assert usual.difference == pytest.approx(0.308 * (found.ratio - 1))
    assert usual.upper == pytest.approx(0.308 * (found.ci[1] - 1))
    assert absolute_effect(3.0, (0.5, 9.0), 0.5).upper == 0.5  # nobody's risk is above 1
    with pytest.raises(InputError, match="control is 31: must be at least 0 and at most 1"):
        absolute_effect(1.0, (0.5, 2.0), 31)


@pytest.mark.parametrize(
    ("counts", "k", "finite"),
    [
        (([0], [49], [1], [50]), 1, False),
        (([0, 0], [49, 48], [1, 0], [50, 50]), 1, False),
        (([0, 0], [49, 48], [0, 0], [50, 50]), 0, False),
        (([0, 3], [49, 48], [1, 0], [50, 50]), 2, True),
        (([10, 5], [10, 5], [10, 5], [10, 5]), 2, True),
        (([10], [10], [10], [10]), 1, False),
    ],
)
def test_empty_cells(counts, k, finite):
    found = models.compare_counts(*counts)
    assert found.k == k
    assert math.isfinite(found.ratio) == finite
    assert found.note
    nothing = len(counts[0]) > 1 and k == 0
    assert math.isfinite(found.at().difference) != nothing  # as counted, it needs no ratio
    assert math.isfinite(found.at(0.3).difference) == finite


@pytest.mark.parametrize(
    ("a", "n1", "c", "n2", "apart"),
    [(10, 10, 0, 12, 1), (0, 10, 12, 12, -1), (0, 10, 0, 12, 0), (10, 10, 12, 12, 0), (0, 49, 1, 50, 0)],
)
def test_all_or_none_of_a_group_gives_the_difference_as_counted(a, n1, c, n2, apart):
    found = models.compare_counts([a], [n1], [c], [n2], level=0.9)
    there = found.at()
    assert math.isnan(found.ratio) and found.apart == apart
    assert (there.difference, there.lower, there.upper) == pytest.approx(
        difference_of_risks(a, n1, c, n2, 0.9)
    )
    assert (there.control, there.treated) == pytest.approx((c / n2, a / n1))
    assert "no ratio" in found.model and "Newcombe" in found.difference_from


@pytest.mark.parametrize(
    ("a", "c", "apart", "surely"),
    [((41, 33), (0, 0), 1, 1), ((3, 2), (0, 0), 0, 0), ((0, 5), (0, 0), 0, 0), ((0, 0), (9, 0), -1, -1)],
)
def test_a_multiple_of_no_risk_is_no_difference_and_several_trials_give_that_of_their_risks(
    a, c, apart, surely
):
    """Mantel and Haenszel's mean of the differences; its limits lie as far as the trials' together."""
    n1, n2 = (49, 48), (50, 52)
    found = models.compare_counts(a, n1, c, n2)
    gaps = np.array([difference_of_risks(*one, 0.95) for one in zip(a, n1, c, n2, strict=True)])
    share = np.array([x * y / (x + y) for x, y in zip(n1, n2, strict=True)])
    share /= share.sum()
    mean = share @ gaps[:, 0]
    low, high = (np.sqrt(share**2 @ (gaps[:, i] - gaps[:, 0]) ** 2) for i in (1, 2))
    there, pool = found.at(), models.pool_counts(a, n1, c, n2, "RD")
    assert (there.difference, there.lower, there.upper) == pytest.approx((mean, mean - low, mean + high))
    assert there.difference == pytest.approx(pool.estimate)
    assert found.apart == apart and (there.lower > 0) - (there.upper < 0) == surely
    assert there.treated == pytest.approx(there.control + mean) and "Haenszel" in found.difference_from
    if math.isfinite(found.ratio):
        assert found.at(0.3).treated == pytest.approx(min(0.3 * found.ratio, 1.0))


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (([0, 0], [10, 20], [0, 0], [11, 20]), "no event in any group"),
        (([10, 0], [10, 20], [11, 0], [11, 20]), "everybody, or nobody, had the event"),
    ],
)
def test_why_nothing_can_be_compared(counts, said):
    found = models.pool_counts(*counts, "PETO")
    assert math.isnan(found.estimate) and found.note.startswith(said)
