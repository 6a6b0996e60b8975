"""Every form of reporting gives back the estimate and the variance of the individual data behind it."""

import math

import numpy as np
import pytest
from scipy import stats
from trials import arm, gap, tables

from ldn_analysis import contrasts

NONE = {"lower95": np.nan, "upper95": np.nan}


def included(ev, **choices):
    table = contrasts.derive(ev, "pain", **choices).table
    assert table["included"].all(), list(table["exclusion_reason"])
    (found,) = table.to_dict("records")
    return found


def two_groups(rng):
    """Individual values of two arms on a 0-10 scale, at baseline and at the end."""
    n = rng.integers(12, 60, 2)
    start = [rng.normal(6, 1.5, k) for k in n]
    end = [0.6 * s + rng.normal(m, 1.3, len(s)) for s, m in zip(start, (1.2, 1.7), strict=True)]
    return start, end


def moments(x):
    return {"value": x.mean(), "sd": x.std(ddof=1), "n": len(x)}


def welch(x, y):
    return x.mean() - y.mean(), x.var(ddof=1) / len(x) + y.var(ddof=1) / len(y)


def pooled_t(x, y):
    """Difference, its variance and df of Student's test, as papers print it."""
    df = len(x) + len(y) - 2
    s2 = ((len(x) - 1) * x.var(ddof=1) + (len(y) - 1) * y.var(ddof=1)) / df
    return x.mean() - y.mean(), s2 * (1 / len(x) + 1 / len(y)), df


def as_se(x):
    return {"value": x.mean(), "se": x.std(ddof=1) / math.sqrt(len(x)), "sd": np.nan, "n": len(x)}


def as_interval(x):
    half = stats.t.ppf(0.975, len(x) - 1) * x.std(ddof=1) / math.sqrt(len(x))
    return {
        "value": x.mean(),
        "lower95": x.mean() - half,
        "upper95": x.mean() + half,
        "sd": np.nan,
        "n": len(x),
    }


@pytest.mark.parametrize("form", [moments, as_se, as_interval])
@pytest.mark.parametrize("statistic", ["mean", "mean change"])
@pytest.mark.parametrize("seed", range(4))
def test_arms(form, statistic, seed):
    start, end = two_groups(np.random.default_rng(seed))
    x, y = (e - s for e, s in zip(end, start, strict=True)) if statistic == "mean change" else end
    rows = [arm(g, 0.0) | form(v) | {"statistic": statistic} for g, v in (("ldn", x), ("placebo", y))]
    found = included(tables(rows))
    assert (found["yi"], found["vi"]) == pytest.approx(welch(x, y))
    assert (found["n_ldn"], found["n_control"]) == (len(x), len(y))


def contrast_cells(form, yi, se, df):
    t = yi / se
    half = stats.t.ppf(0.975, df) * se
    return (
        NONE
        | {
            "interval": {"lower95": yi - half, "upper95": yi + half},
            "se": {"se": se},
            "t": {"t_value": t},
            "f": {"f_value": t**2},
            "p": {"p_value": 2 * stats.t.sf(abs(t), df)},
        }[form]
    )


@pytest.mark.parametrize("form", ["interval", "se", "t", "f", "p"])
@pytest.mark.parametrize(
    "statistic", ["difference in means", "difference in mean change", "adjusted difference (ANCOVA)"]
)
@pytest.mark.parametrize("seed", range(4))
def test_reported_differences(form, statistic, seed):
    _, (x, y) = two_groups(np.random.default_rng(seed))
    yi, vi, df = pooled_t(x, y)
    cells = contrast_cells(form, yi, math.sqrt(vi), df)
    sizes = {"n": len(x) + len(y), "n_ldn": len(x), "n_placebo": len(y)}
    found = included(tables([gap(yi, statistic=statistic, **(sizes | cells))]))
    assert (found["yi"], found["vi"]) == pytest.approx((yi, vi))


@pytest.mark.parametrize(
    "unit, width, better", [("mm", 100, "lower"), ("points", 100, "higher"), ("cm", 10, "higher")]
)
@pytest.mark.parametrize("seed", range(3))
def test_any_scale_comes_back_in_points(unit, width, better, seed):
    _, (x, y) = two_groups(np.random.default_rng(seed))
    sign = 1 if better == "lower" else -1
    cells = {"unit": unit, "scale_max": float(width), "better": better}
    own = [(5 + sign * (v - 5)) * width / 10 for v in (x, y)]
    rows = [arm(g, 0.0) | moments(v) | cells for g, v in zip(("ldn", "placebo"), own, strict=True)]
    found = included(tables(rows))
    assert (found["yi"], found["vi"]) == pytest.approx(welch(x, y))


@pytest.mark.parametrize("form", ["interval", "se", "t", "f", "p"])
@pytest.mark.parametrize("seed", range(4))
def test_paired_differences(form, seed):
    rng = np.random.default_rng(seed)
    person = rng.normal(5, 1.5, rng.integers(8, 40))
    d = (person + rng.normal(-0.6, 1, len(person))) - (person + rng.normal(0, 1, len(person)))
    se = d.std(ddof=1) / math.sqrt(len(d))
    cells = {"n": len(d), "n_ldn": np.nan, "n_placebo": np.nan, "statistic": "paired difference"}
    cells |= contrast_cells(form, d.mean(), se, len(d) - 1)
    found = included(tables([gap(d.mean(), **cells)], ({"design_type": "crossover"},)))
    assert (found["yi"], found["vi"]) == pytest.approx((d.mean(), se**2))


@pytest.mark.parametrize("seed", range(4))
def test_conditions_with_their_own_correlation(seed):
    rng = np.random.default_rng(seed)
    person = rng.normal(5, 1.5, 30)
    x, y = person + rng.normal(-0.6, 1, 30), person + rng.normal(0, 1, 30)
    rows = [arm("ldn", 0.0) | moments(x), arm("placebo", 0.0) | moments(y)]
    found = included(
        tables(rows, ({"design_type": "crossover"},)), crossover_r=float(np.corrcoef(x, y)[0, 1])
    )
    assert (found["yi"], found["vi"]) == pytest.approx(((x - y).mean(), (x - y).var(ddof=1) / 30))


@pytest.mark.parametrize("form", [moments, as_se, as_interval])
@pytest.mark.parametrize("doses", [2, 3])
@pytest.mark.parametrize("seed", range(3))
def test_doses_combined_are_the_pooled_individual_data(form, doses, seed):
    rng = np.random.default_rng(seed)
    arms = [rng.normal(4.5 + 0.2 * i, 1.8, rng.integers(10, 40)) for i in range(doses)]
    control = rng.normal(5.6, 2, 30)
    rows = [arm("ldn", 0.0, dose_mg_per_day=1.5 * (i + 1)) | form(x) for i, x in enumerate(arms)]
    derived = contrasts.derive(tables([*rows, arm("placebo", 0.0) | form(control)]))
    found = derived.table.iloc[0]
    assert (found["yi"], found["vi"]) == pytest.approx(welch(np.concatenate(arms), control))
    for i, x in enumerate(arms):
        yi, vi = welch(x, control)
        assert derived.by_dose["yi"].iloc[i] == pytest.approx(yi)
        assert derived.covariance[i, i] == pytest.approx(vi)
    assert derived.covariance[0, 1] == pytest.approx(control.var(ddof=1) / 30)


# metafor's conv.fivenum on the same numbers: tests/reference/B_conv_fivenum.json holds more of them
def test_medians_are_estimated_and_flagged():
    from ldn_analysis import measures

    cells = {"statistic": "median", "sd": np.nan, "q1": 3.0, "q3": 6.0}
    rows = [arm("ldn", 4.5) | cells, arm("placebo", 5.5) | cells | {"q1": 4.0, "q3": 7.0}]
    made = [measures.mean_sd_from_quartiles(m, 29, q1=a, q3=b) for m, a, b in ((4.5, 3, 6), (5.5, 4, 7))]
    found = included(tables(rows))
    assert found["yi"] == pytest.approx(made[0].mean - made[1].mean)
    assert found["vi"] == pytest.approx(sum(m.sd**2 for m in made) / 29)
    assert "estimated from medians" in found["derivation"]
    ranges = [row | {"q1": np.nan, "q3": np.nan, "minimum": 0.0, "maximum": 10.0} for row in rows]
    assert included(tables(ranges))["vi"] > 0
    skewed = [row | {"q1": row["value"] - 0.1} for row in rows]
    table = contrasts.derive(tables(skewed)).table
    assert "skewed" in table["exclusion_reason"].iloc[0]


def test_large_normal_samples_come_back_from_their_quartiles():
    rng = np.random.default_rng(1)
    x, y = rng.normal(4.8, 1.5, 900), rng.normal(5.6, 1.5, 900)
    cells = [
        {"value": np.median(v), "q1": np.quantile(v, 0.25), "q3": np.quantile(v, 0.75), "n": len(v)}
        for v in (x, y)
    ]
    as_median = {"statistic": "median", "sd": np.nan}
    rows = [arm(g, 0.0) | as_median | c for g, c in zip(("ldn", "placebo"), cells, strict=True)]
    found = included(tables(rows))
    assert found["yi"] == pytest.approx(x.mean() - y.mean(), abs=0.12)
    assert found["vi"] == pytest.approx(welch(x, y)[1], rel=0.12)


def test_a_bounded_p_gives_the_largest_se_and_says_so():
    below = gap(p_value=0.05, p_bound="below", **NONE)
    ev = tables([below])
    found = included(ev)
    assert found["se"] == pytest.approx(0.8 / stats.t.ppf(0.975, 56))
    notes = [step.note for step in contrasts.derive(ev).explanation("new").steps]
    assert any("between 0 and" in note and "conservative" in note for note in notes)
    table = contrasts.derive(tables([below | {"p_bound": "above"}])).table
    assert "no largest" in table["exclusion_reason"].iloc[0]


def test_by_intention_to_treat_before_complete_cases():
    rows = [gap(-1.4, -2.5, -0.3, analysis="complete cases"), gap(analysis="intention to treat")]
    assert included(tables(rows))["yi"] == -0.8
    both = [gap(-1.4, -2.5, -0.3), gap()]
    table = contrasts.derive(tables(both)).table
    assert "differ, unexplained" in table["exclusion_reason"].iloc[0]


def test_adjusted_or_raw_as_chosen():
    rows = [gap(-1.0, -1.8, -0.2, statistic="adjusted difference (ANCOVA)"), gap()]
    assert included(tables(rows))["yi"] == -1.0
    assert included(tables(rows), adjusted=False)["yi"] == -0.8


ANCOVA = {"statistic": "adjusted difference (ANCOVA)"}
QUARTILES = [
    arm("ldn", 4.5, sd=np.nan, statistic="median", q1=3.0, q3=6.0),
    arm("placebo", 5.5, sd=np.nan, statistic="median", q1=4.0, q3=7.0),
]
DOSED = {"dose_min_mg": 3.0, "dose_max_mg": 4.5, "dose_mg_per_day": "3 to 4.5"}
EACH_DOSE = [gap(dose_mg_per_day=3.0), gap(-0.6, -1.7, 0.5, dose_mg_per_day=4.5)]


@pytest.mark.parametrize(
    ("rows", "study", "expected"),
    [
        # R: escalc("MD", m1i=4.8, sd1i=2.1, n1i=29, m2i=5.6, sd2i=2.1, n2i=29)
        ([*QUARTILES, arm("ldn", 4.8), arm("placebo", 5.6)], {}, (-0.8, 0.3041379310)),
        # R: (2 / (2 * qt(0.975, 56)))^2
        ([gap(-0.7, **NONE, **ANCOVA), gap(-1.0, -2.0, 0.0)], {}, (-1.0, 0.2491917852)),
        # R: se <- 2.2 / (2 * qt(0.975, 56)); V <- matrix(se^2 / 2, 2, 2); diag(V) <- se^2; w <- c(0.5, 0.5)
        # c(sum(w * c(-0.8, -0.6)), t(w) %*% V %*% w)
        ([*EACH_DOSE, gap(-0.7, dose_mg_per_day=3.0, **ANCOVA)], DOSED, (-0.7, 0.2261415451)),
        ([gap(-1.0, -2.0, 0.0), gap(-0.7, dose_mg_per_day=3.0, **ANCOVA)], DOSED, (-1.0, 0.2491917852)),
    ],
    ids=[
        "means beside medians",
        "an adjusted one without precision",
        "one dose adjusted",
        "all doses beside one adjusted",
    ],
)
def test_a_trial_that_reports_more_is_not_lost_for_it(rows, study, expected):
    for order in (rows, rows[::-1]):
        row = included(tables(order, (study,)))
        assert (row["yi"], row["vi"]) == pytest.approx(expected)
    assert "medians" in included(tables(QUARTILES))["derivation"]


@pytest.mark.parametrize("seed", range(4))
def test_conditions_by_period_are_free_of_the_period(seed):
    """Two sequences with a strong period effect: the mean of the two differences within people."""
    rng = np.random.default_rng(seed)
    n = (14, 17)
    first, second = (rng.normal(5, 1.5, k) for k in n)
    drug_1, plain_2 = first + rng.normal(-0.6, 1, n[0]), first + 1.5 + rng.normal(0, 1, n[0])
    plain_1, drug_2 = second + rng.normal(0, 1, n[1]), second + 1.5 + rng.normal(-0.6, 1, n[1])
    rows = [
        arm(group, 0.0, period=float(period)) | moments(x)
        for group, period, x in (("ldn", 1, drug_1), ("placebo", 2, plain_2), ("placebo", 1, plain_1),
                                 ("ldn", 2, drug_2))
    ]  # fmt: skip
    ev = tables(rows, ({"design_type": "crossover"},))
    found = included(ev, crossover_r=0.6)
    gaps = drug_1.mean() - plain_2.mean(), drug_2.mean() - plain_1.mean()
    assert found["yi"] == pytest.approx(sum(gaps) / 2)
    spreads = [
        (x.var(ddof=1) + y.var(ddof=1) - 1.2 * x.std(ddof=1) * y.std(ddof=1)) / len(x)
        for x, y in ((drug_1, plain_2), (drug_2, plain_1))
    ]
    assert found["vi"] == pytest.approx(sum(spreads) / 4)
    assert (found["n_ldn"], found["crossover_r"]) == (31, 0.6)
    alone = included(ev)  # without a correlation: the first period, two groups
    assert (alone["yi"], alone["vi"]) == pytest.approx(welch(drug_1, plain_1))
    assert included(ev, crossover_r=0.6, measure="SMD")["yi"] < 0


# What a choice of the analyst supplies or sets aside -------------------------------------------------------

PERCENT = {"unit": "percent reduction from baseline", "better": "higher", "statistic": "mean change"}
WIDE = {"measure": "pain VAS", "scale_max": 100.0}


def excluded(ev, **choices):
    table = contrasts.derive(ev, "pain", **choices).table
    assert not table["included"].any()
    return table["exclusion_reason"].iloc[0]


def reductions(**cells):
    """28 and 18 percent with SDs of 30."""
    return [arm("ldn", 28.0, 30.0, **PERCENT | cells), arm("placebo", 18.0, 30.0, **PERCENT | cells)]


@pytest.mark.parametrize("cells", [{}, WIDE], ids=["0 to 10", "0 to 100"])
def test_an_assumed_start_is_the_same_share_of_any_scale(cells):
    found = included(tables(reductions(**cells)), assumed_baseline=61.0)
    assert found["yi"] == pytest.approx(-0.61)
    assert found["vi"] == pytest.approx(2 * (0.3 * 6.1) ** 2 / 29)
    cross = {"group": "ldn-placebo", "statistic": "paired difference", "value": 10.0, "n": 28, "se": 5.0}
    ev = tables([PERCENT | cross | cells], [{"design_type": "crossover"}])
    both = {"assumed_baseline": 61.0, "assumed_baseline_sd": 15.0, "percent_baseline_r": 0.4}
    m, b, s, t = 10.0, 6.1, 5 * math.sqrt(28), 1.5
    c = 0.4 * s * t
    found = included(ev, **both)
    assert found["yi"] == pytest.approx(-(m * b + c) / 100)
    product = (m * t) ** 2 + (b * s) ** 2 + 2 * m * b * c + (s * t) ** 2 + c**2
    assert found["se"] == pytest.approx(math.sqrt(product / 28) / 100)


def test_a_median_at_the_start_is_turned_into_a_mean_or_refused():
    start = {"group": "all", "statistic": "median", "week": 0.0, "n": 58, "value": 6.0, "sd": np.nan}
    ev = tables([*reductions(), start | {"q1": 5.0, "q3": 7.4}])
    share = 0.7 + 0.39 / 58  # Luo et al. 2018
    assert included(ev)["yi"] == pytest.approx(-0.1 * (share * 6.2 + (1 - share) * 6.0))
    assert "without quartiles" in excluded(tables([*reductions(), start]))
    assert "skewed" in excluded(tables([*reductions(), start | {"q1": 5.9, "q3": 9.0}]))


def test_a_follow_up_is_not_the_last_week_of_half_a_year():
    ev = tables([gap(), gap(-0.1, -1.2, 1.0, week=24.0)])
    assert included(ev, time="6_months")["week"] == 12
    longer = tables([gap(), gap(-0.1, -1.2, 1.0, week=24.0)], [{"treatment_weeks": 24.0}])
    assert included(longer, time="6_months")["week"] == 24
    named = tables([gap(), gap(-0.1, -1.2, 1.0, week=24.0)], sets=[{"primary_week": 24.0}])
    assert included(named, time="6_months")["week"] == 24


def test_the_p_value_of_a_difference_of_medians_gives_no_standard_error():
    medians = {"group": "ldn-placebo", "statistic": "median difference", "value": -0.8, "n": 28}
    cross = [{"design_type": "crossover"}]
    assert "rank test" in excluded(tables([medians | {"p_value": 0.02}], cross))
    half = stats.t.ppf(0.975, 27) * 0.34
    ends = {"lower95": -0.8 - half, "upper95": -0.8 + half}
    assert included(tables([medians | ends], cross))["se"] == pytest.approx(0.34)


@pytest.mark.parametrize("cells", [{"t_value": -1.46}, {"f_value": 2.13}, {"se": 0.55}])
def test_a_precision_that_others_transcribed_is_not_read_in_the_abstract(cells):
    ev = tables([gap(**NONE, how_read="abstract+transcribed", **cells)])
    assert included(ev)["yi"] == -0.8
    assert "set aside" in excluded(ev, reading="abstract")


def test_limits_of_a_source_that_says_z_are_read_by_it():
    # By hand: 2.2 / (2 x 1.959964) = 0.56124; by t with 26 df 2.2 / (2 x 2.055529) = 0.53514.
    sizes = {"n": 28, "n_ldn": 14, "n_placebo": 14}
    by_z, by_t = (contrasts.derive(tables([gap(**sizes, limits_by=by)])) for by in ("z", ""))
    assert by_z.table["se"].iloc[0] == pytest.approx(0.56124, abs=1e-5)
    assert by_t.table["se"].iloc[0] == pytest.approx(0.53514, abs=1e-5)
    assert "as the source says" in by_z.explanation("new").text()
