"""A trial keeps its own degrees of freedom, and shows the interval that its paper prints."""

import math

import pytest
from scipy import stats

from ldn_analysis import contrasts, evidence, models
from ldn_analysis.display.forest_plot import shares_of_100
from ldn_analysis.questions import pain
from ldn_analysis.questions.parameters import Analysis

EV = evidence.load()


def limits(study, level=0.95, outcome="pain", instrument=None, **choices):
    table = contrasts.derive(EV, outcome, **choices).table
    rows = table[(table["study_id"] == study) & table["included"]]
    if instrument:
        rows = rows[rows["instrument"] == instrument]
    return models.trial_limits(rows.iloc[0], level)


@pytest.mark.parametrize(
    ("study", "outcome", "instrument", "printed"),
    [
        ("final2024", "pain", None, (-0.95, 0.27)),
        ("innova2026", "pain", None, (-0.32, 1.31)),
        ("finalqst2025", "pain threshold", "pressure pain tolerance right leg", (-3.3, 2.2)),
        ("finalqst2025", "pain threshold", "conditioned pain modulation", (0.4, 3.7)),
    ],
)
def test_the_interval_of_the_paper(study, outcome, instrument, printed):
    assert limits(study, outcome=outcome, instrument=instrument) == printed


def test_a_derived_interval_is_t_and_agrees_with_the_p_value():
    low, high = limits("younger2013")
    assert (round(low, 2), round(high, 2)) == (-0.99, -0.11)
    at_p = limits("younger2013", 1 - 0.016)
    assert at_p[1] == pytest.approx(0, abs=1e-9)  # the paper's p of 0.016 on 27 df


def test_another_level_or_measure_has_no_printed_interval():
    low, high = limits("final2024", 0.9)
    se = 1.22 / 2 / stats.t.ppf(0.975, 97)
    assert high - low == pytest.approx(2 * se * stats.t.ppf(0.95, 97))
    row = contrasts.derive(EV, measure="SMD").table.query("study_id == 'final2024'").iloc[0]
    assert math.isnan(row["df"])
    assert math.isnan(row["printed_lower"])


def test_degrees_of_freedom_by_design():
    rows = contrasts.derive(EV).table.set_index("study_id")
    assert rows.loc["younger2013", "df"] == 27
    assert rows.loc["final2024", "df"] == 97
    assert rows.loc["innova2026", "df"] == 94
    both = contrasts.derive(EV, crossover_r="parallel").table.set_index("study_id")
    assert both.loc["younger2013", "df"] == 54
    assert rows.loc["parkitny2017", ["df", "printed_lower"]].isna().all()


def test_the_chain_tells_both_intervals():
    steps = contrasts.derive(EV).explanation("innova2026").steps
    assert "−0.32" not in steps[-1].note  # the chain is plain text
    assert "The paper prints -0.32 to 1.31" in steps[-1].note
    assert "(t, 94 df)" in steps[-1].note


def test_a_pool_of_one_trial_is_that_trial():
    then = pain.analyse(EV, Analysis(as_of=2016))
    low, high = then.fit.ci
    assert (round(low, 2), round(high, 2)) == (-0.99, -0.11)
    assert then.fit.p_value == pytest.approx(0.016)
    assert then.fit.df == 27
    first = pain.analyse(EV, Analysis()).cumulative
    assert tuple(first.ci[0]) == pytest.approx(then.fit.ci)


def test_own_interval_of_one_study_whatever_the_inference():
    own = stats.t.interval(0.9, 10, loc=-1, scale=0.5)
    for inference in ("hksj", "z", "t", "hksj_modified"):
        fit = models.pool([-1.0], [0.25], inference=inference, level=0.9, df=[10])
        assert fit.ci == pytest.approx(own)
        assert fit.p_value == pytest.approx(2 * stats.t.sf(2, 10))
    normal = models.pool([-1.0], [0.25], df=[math.nan])
    assert normal.ci == pytest.approx(stats.norm.interval(0.95, -1, 0.5))
    assert models.pool([-1.0, 0.0], [0.25, 0.25], df=[10, 12]).ci == models.pool([-1.0, 0.0], [0.25, 0.25]).ci
    without = models.leave_one_out([-1.0, 0.0], [0.25, 0.25], df=[10, 12])
    assert tuple(without.ci[1]) == pytest.approx(stats.t.interval(0.95, 10, -1, 0.5))


@pytest.mark.parametrize("weights", [[41.4, 33.4, 25.2], [1, 1, 1], [3.0], [1e-9, 1, 2, 7, 11, 13]])
def test_printed_weights_add_up(weights):
    assert sum(map(float, shares_of_100(weights))) == pytest.approx(100, abs=1e-9)
    assert shares_of_100([math.nan, 1.0]) == ["", ""]
