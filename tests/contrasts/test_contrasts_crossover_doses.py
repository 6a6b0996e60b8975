"""A crossover of several doses and placebo is one trial: people count once, doses share the placebo."""

import numpy as np
import pytest
from trials import arm, gap, tables

from ldn_analysis import contrasts, measures

THREE_PERIODS = (
    {"design_type": "crossover", "design": "crossover", "dose_mg_per_day": "3 to 4.5", "dose_max_mg": 4.5,
     "dose_schedule": "3 mg or 4.5 mg a day", "treatment_weeks": 6.0, "control_weeks": 6.0},
)  # fmt: skip
AT = {"week": 6.0, "n": 25.0, "n_ldn": np.nan, "n_placebo": np.nan, "lower95": np.nan, "upper95": np.nan}


def paired(dose, value, se, **cells):
    return gap(value, statistic="paired difference", **AT | {"se": se, "dose_mg_per_day": dose} | cells)


RESULTS = [paired(3.0, -0.8, 0.4), paired(4.5, -0.6, 0.5)]
CONDITIONS = [
    arm("ldn", 4.2, 2.0, 25, week=6.0, dose_mg_per_day=3.0),
    arm("ldn", 4.4, 2.0, 25, week=6.0, dose_mg_per_day=4.5),
    arm("placebo", 5.0, 2.0, 25, week=6.0),
]


def derived(rows, measure="MD", **choices):
    ev = tables(rows, THREE_PERIODS)
    return contrasts.derive(ev, "pain", measure, **choices)


def one(rows, measure="MD", **choices):
    (row,) = derived(rows, measure, **choices).table.to_dict("records")
    assert row["included"], row["exclusion_reason"]
    return row


# By hand: (0.16 + 0.25 + 2 r 0.4 0.5) / 4; half of each variance is the placebo's, so r is 0.5.
@pytest.mark.parametrize(("r", "vi"), [(0.5, 0.1525), (0.0, 0.1025), (1.0, 0.2025)])
def test_two_doses_against_one_placebo_period_are_one_trial(r, vi):
    row = one(RESULTS, dose_r=r)
    assert (row["yi"], row["vi"]) == pytest.approx((-0.7, vi))
    assert (row["people"], row["n_ldn"], row["df"]) == (25, 25, 24)
    assert "of 2 doses, combined" in row["derivation"]
    assert "correlation of the doses' differences assumed" in row["derivation"]


def test_each_dose_stands_alone_with_what_the_two_share():
    doses = derived(RESULTS)
    assert list(doses.by_dose["dose_mg"]) == [3.0, 4.5]
    assert doses.covariance == pytest.approx(np.array([[0.16, 0.1], [0.1, 0.25]]))


def test_sds_of_the_conditions_give_the_covariance():
    # By hand: 25 x 0.16 = 4 + 4 - 8 r, so r = 0.5; the placebo's share is 0.5 x 4 / 25 = 0.08;
    # (0.16 + 0.16 + 2 x 0.08) / 4 = 0.12.
    rows = [paired(3.0, -0.8, 0.4), paired(4.5, -0.6, 0.4), *CONDITIONS]
    row = one(rows, dose_r=1.0)
    assert (row["yi"], row["vi"]) == pytest.approx((-0.7, 0.12))
    assert "correlation of the doses' differences" not in row["derivation"]
    assert row["crossover_r"] == pytest.approx(0.5)


def test_conditions_alone_take_the_analysts_correlation():
    # r = 0.75: each SE² = 8 x 0.25 / 25 = 0.08; shared 0.25 x 4 / 25 = 0.04; (0.16 + 0.08) / 4 = 0.06.
    row = one(CONDITIONS, crossover_r=0.75)
    assert (row["yi"], row["vi"]) == pytest.approx((-0.7, 0.06))
    # Taken as two groups of 25 each: (8 + 8) / 25 = 0.64 in two variances, 2 x 4 / 25 shared; / 4.
    assert one(CONDITIONS, crossover_r="parallel")["vi"] == pytest.approx((0.64 + 0.32) / 4)


def test_the_standardised_difference_divides_by_the_spread_of_people():
    # SE of one dose 0.45277; SD between people = SE x 5 / sqrt(2 x 0.5); d = -0.7 / 2.26385.
    row = one(RESULTS, "SMD", correction="none", smd_sd="final", pre_post_r=0.5)
    assert row["yi"] == pytest.approx(-0.7 / (np.sqrt(0.205) * 5))
    row = one([*RESULTS, *CONDITIONS], "SMD", correction="none", smd_sd="final")
    assert row["yi"] == pytest.approx(-0.35)


def test_the_variance_is_that_of_people_who_took_all_three():
    rng = np.random.default_rng(20270301)
    n = 20_000
    own = rng.normal(0, 1.4, n)
    low, high, placebo = (own + mean + rng.normal(0, 1.2, n) for mean in (4.2, 4.4, 5.0))
    rows = [
        paired(dose, (x - placebo).mean(), (x - placebo).std(ddof=1) / np.sqrt(n), n=float(n))
        for dose, x in ((3.0, low), (4.5, high))
    ]
    mean = (low + high) / 2 - placebo
    row = one(rows)
    assert row["yi"] == pytest.approx(mean.mean())
    assert row["vi"] == pytest.approx(mean.var(ddof=1) / n, rel=0.02)


def test_standardised_doses_share_what_a_simulation_of_people_says():
    """Twenty-five people under three conditions that correlate by 0.8, a difference of one SD, drawn often:
    two doses share more than the placebo's mean, since their SDs go together."""
    rng, n, r = np.random.default_rng(20270302), 25, 0.8
    own = rng.normal(0, r**0.5, (40_000, n, 1))
    low, high, placebo = np.moveaxis(own + rng.normal(0, (1 - r) ** 0.5, (40_000, n, 3)), 2, 0)
    s = [x.var(axis=1, ddof=1) for x in (low, high, placebo)]
    j = float(measures.hedges_j(2 * (n - 1) / (1 + r**2)))
    means = [j * (x.mean(1) - 1 - placebo.mean(1)) for x in (low, high)]
    drawn = np.cov([m / np.sqrt((v + s[2]) / 2) for m, v in zip(means, s[:2], strict=True)])
    se = (2 * (1 - r) / n) ** 0.5
    rows = [paired(3.0, -1.0, se), paired(4.5, -1.0, se)]
    rows += [row | {"sd": 1.0, "value": 4.0 + (row["group"] == "placebo")} for row in CONDITIONS]
    found = derived(rows, "SMD", smd_sd="final").covariance
    assert found[0, 1] == pytest.approx(drawn[0, 1], rel=0.15)  # of groups, not pairs: 43% too small
    assert found[0, 0] == pytest.approx(drawn[0, 0], rel=0.1)


def test_a_dose_without_its_own_result_is_named_with_what_is_needed():
    table = derived([RESULTS[0], paired(4.5, -0.6, 0.5, week=12.0)]).table
    words = "nothing compares 4.5 mg with placebo at week 6: each dose needs its own row"
    assert words in table["exclusion_reason"].iloc[0]


def test_a_correlation_that_cannot_be_is_not_used():
    """SDs of 0.5 and 2 with an SE of 0.5 imply -1: what is shared would be more than the whole."""
    rows = [paired(3.0, -0.8, 0.5), paired(4.5, -0.6, 0.5), *CONDITIONS]
    rows[2:4] = [row | {"sd": 0.5} for row in rows[2:4]]
    doses = derived(rows)
    assert np.linalg.eigvalsh(doses.covariance).min() > 0
    assert one(rows)["vi"] == pytest.approx((0.25 + 0.25 + 0.25) / 4)


def test_a_dose_with_sds_and_one_without_share_what_each_says():
    """By hand: 25 x 0.09 = 2.25 + 6.25 - 7.5 r, r = 5/6; (1/6) 6.25 / 25 = 1/24; with 0.5 x 0.16."""
    rows = [RESULTS[0], paired(4.5, -0.6, 0.3), CONDITIONS[1] | {"sd": 1.5}, CONDITIONS[2] | {"sd": 2.5}]
    row = one(rows)
    assert row["vi"] == pytest.approx((0.16 + 0.09 + 2 * np.sqrt(0.08 / 24)) / 4)
    chain = derived(rows).explanation("new").text()
    assert "cov = √(c c′)" in chain
    assert (
        f"From 0 to 1 the SE of the mean is 0.25 to {np.sqrt(0.25 + 2 * np.sqrt(0.16 / 24)) / 2:.3g}" in chain
    )


def test_doses_with_fewer_people_are_standardised_by_their_own_number():
    rows = [paired(3.0, -0.8, 0.4, n=20.0), RESULTS[1]]
    row = one(rows, "SMD", correction="none", smd_sd="final")
    sd = np.sqrt((20 * 0.16 + 25 * 0.25) / 2)
    assert row["yi"] == pytest.approx((20 * -0.8 + 25 * -0.6) / 45 / sd)
    assert (row["n_ldn"], row["n_control"], row["people"]) == (25, 25, 25)


@pytest.mark.parametrize(
    ("r", "yi", "vi"), [(0.5, -0.484182616723859, 0.044688656126751), (0.8, -0.30622397446, 0.01787546245)]
)
def test_an_sd_behind_the_differences_has_their_degrees_of_freedom(r, yi, vi):
    """metafor: `escalc(measure = "SMCC", ni = 25)` of a change of -0.6 with an SD of 1.2, times the root of
    2 (1 - r), the variance times 2 (1 - r). Two SDs would have more degrees of freedom; there are none."""
    row = one([paired(4.5, -0.6, 1.2 / 5)], "SMD", assumed_crossover_r=r)
    assert (row["yi"], row["vi"]) == pytest.approx((yi, vi), rel=1e-10)


@pytest.mark.parametrize("r", [0.5, 0.8])
def test_sds_behind_the_differences_of_several_doses_give_what_a_simulation_of_people_says(r):
    """Twenty-five people under three conditions that correlate by `r`, a difference of one SD, drawn often,
    of whom only the differences are printed: each dose's correlate by a half, whatever `r` is."""
    rng, n = np.random.default_rng(20281128), 25
    own = rng.normal(0, r**0.5, (40_000, n, 1))
    low, high, placebo = np.moveaxis(own + rng.normal(0, (1 - r) ** 0.5, (40_000, n, 3)), 2, 0)
    apart = np.stack([low - 1 - placebo, high - 1 - placebo])
    means, variances = apart.mean(axis=2), apart.var(axis=2, ddof=1) / (2 * (1 - r))
    se = (2 * (1 - r) / n) ** 0.5
    rows = [paired(3.0, -1.0, se), paired(4.5, -1.0, se)]
    both = one(rows, "SMD", assumed_crossover_r=r)
    drawn = -both["yi"] * means.mean(axis=0) / np.sqrt(variances.mean(axis=0))
    assert drawn.mean() == pytest.approx(-1, abs=0.005)  # 24 df of one dose: 0.988
    assert both["vi"] == pytest.approx(drawn.var(), rel=0.1)
    doses = derived(rows, "SMD", assumed_crossover_r=r)
    each = -doses.by_dose["yi"].to_numpy()[:, None] * means / np.sqrt(variances)
    assert doses.covariance[0, 1] == pytest.approx(np.cov(each)[0, 1], rel=0.1)  # as of conditions: 16, 30%
