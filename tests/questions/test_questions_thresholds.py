"""Pain thresholds: what is read, what is averaged, what is counted, and what the sentences may say."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ldn_analysis.errors import InputError
from ldn_analysis.questions import thresholds
from ldn_analysis.questions.thresholds import words


@pytest.fixture(scope="module")
def tests(ev):
    return thresholds.threshold_tests(ev)


def test_every_row_of_the_data_is_a_measure_but_the_changes_within_an_arm(ev):
    measures = thresholds.threshold_measures(ev)
    rows = ev.outcomes[
        (ev.outcomes["domain"] == "pain threshold") & (ev.outcomes["statistic"] != "mean change")
    ]
    # the pilot's direction in words gives way to its numbers of the same modality
    worded = {"mechanical pain threshold"}
    assert set(measures["instrument"]) == set(rows["measure"]) - worded
    assert set(rows.loc[rows["measure"].isin(worded), "statistic"]) == {"direction"}
    assert set(measures.loc[measures["study_id"] == "youngerplos2009", "modality"]) == {
        "heat",
        "cold",
        "mechanical",
    }
    assert (measures["modality"] != "other").all()
    ratio = measures[measures["reported"] == "change over time only"]
    assert set(ratio["unit"]) == {""}  # a ratio of means has no unit


def test_intervals_are_those_of_the_paper(ev, tests):
    """The paper's Table 2, limits as it prints them."""
    reported = ev.outcomes[ev.outcomes["statistic"] == "difference in mean change"].set_index("measure")
    for row in tests.to_dict("records"):
        paper = reported.loc[row["instrument"]]
        assert row["yi"] == paper["value"]
        assert (row["lower"], row["upper"]) == (paper["lower95"], paper["upper95"])
        assert row["printed"]
    wider = thresholds.threshold_tests(ev, level=0.99).set_index("instrument")
    assert not wider["printed"].any()
    assert (wider["lower"] < tests.set_index("instrument")["lower"]).all()


def test_p_values_and_their_adjustment(tests):
    p = tests.set_index("instrument")["p_value"]
    # normal theory by hand: 2.0 with limits 0.4 and 3.7 (t, 90 df)
    t = 2.0 / (3.3 / 2 / stats.t.ppf(0.975, 90))
    assert p["conditioned pain modulation"] == pytest.approx(2 * stats.t.sf(t, 90))
    assert tests["holm"].min() == pytest.approx(4 * p.min())
    assert (tests["holm"] >= tests["fdr_bh"] - 1e-12).all()
    assert (tests["fdr_bh"] >= tests["p_value"]).all()


def test_a_difference_without_numbers_of_people_is_told_with_normal_limits(ev, tests):
    """It was left out in silence, since it cannot be standardised; by hand: 1.645 / 1.96 of its interval."""
    outcomes = ev.outcomes.copy()
    name = "conditioned pain modulation"
    outcomes.loc[outcomes["measure"] == name, ["n", "n_ldn", "n_placebo"]] = np.nan
    other = dataclasses.replace(ev, tables={**ev.tables, "outcomes": outcomes})
    found = thresholds.threshold_tests(other, level=0.9).set_index("instrument")
    row, half = found.loc[name], 1.644854 / 1.959964 * 3.3 / 2
    assert len(found) == len(tests) == row["tested"]
    assert [row["lower"], row["upper"]] == pytest.approx([2.0 - half, 2.0 + half], abs=1e-4)
    assert row["p_value"] == pytest.approx(2 * stats.norm.sf(2.0 * 1.959964 * 2 / 3.3), rel=1e-4)
    assert np.isnan(row["g"]) and row["people"] == tests["people"].max()
    shown = thresholds.standardised_rows(found.reset_index(), None)
    assert [*shown["label"], name] == list(tests["instrument"])
    legs = outcomes["measure"].str.contains("leg")
    outcomes.loc[legs, ["n", "n_ldn", "n_placebo"]] = np.nan
    alone = thresholds.threshold_tests(dataclasses.replace(ev, tables={**ev.tables, "outcomes": outcomes}))
    both = thresholds.pressure_average(alone)
    assert len(alone) == len(tests) and both.estimate == thresholds.pressure_average(tests).estimate
    assert thresholds.pressure_average(alone, standardised=True) is None  # nor is another trial's told for it


def test_a_wider_family_adjusts_more(ev, tests):
    wide = thresholds.threshold_tests(ev, family="all_exploratory")
    assert len(wide) == len(tests) + 2
    assert wide["holm"].min() == pytest.approx(6 / 4 * tests["holm"].min())


def test_what_was_not_read_was_tested_all_the_same(ev, tests):
    few = thresholds.threshold_tests(ev, reading="abstract")
    assert len(few) == 1
    assert few["holm"].iloc[0] == pytest.approx(tests["holm"].min())
    assert few["tested"].iloc[0] == len(tests)


@pytest.mark.parametrize("r", [-0.3, 0.0, 0.5, 0.9])
def test_average_of_the_legs_is_the_variance_of_an_average(tests, r):
    """Var((X + Y) / 2) from the covariance matrix."""
    found = thresholds.pressure_average(tests, r)
    legs = tests[tests["instrument"].str.contains("leg")]
    s = legs["se"].to_numpy()
    matrix = np.array([[s[0] ** 2, r * s[0] * s[1]], [r * s[0] * s[1], s[1] ** 2]])
    assert found.estimate == pytest.approx(-1.55)
    assert found.se**2 == pytest.approx(np.full(2, 0.5) @ matrix @ np.full(2, 0.5))
    assert found.ci[0] < found.estimate < found.ci[1]


def test_perfectly_correlated_legs_add_no_information(tests):
    legs = tests[tests["instrument"].str.contains("leg")]
    assert thresholds.pressure_average(tests, 0.9999).se == pytest.approx(
        legs["se"].to_numpy().mean(), rel=1e-4
    )


def test_standardised_average_has_the_sign_of_benefit(tests):
    assert thresholds.pressure_average(tests, standardised=True).estimate < 0
    assert tests.set_index("instrument").loc["temporal summation of pain", "g"] > 0


def test_standardised_limits_are_normal_as_metafor_has_them(tests):
    """`summary(escalc(measure = "SMD", ti = , n1i = 45, n2i = 47))` and `aggregate(rho = 0.5, weighted =
    FALSE)` in metafor: limits of a standardised difference are normal there, and in every other report."""
    metafor = [
        (-0.3391424039523, -0.7508464196633, 0.0725616117586),
        (-0.0747061938776, -0.4836260339221, 0.3342136461669),
        (0.0513605082909, -0.3574841941903, 0.4602052107720),
    ]
    ours = tests[["g", "g_lower", "g_upper"]].head(3).to_numpy()
    assert ours == pytest.approx(np.array(metafor), abs=1e-10)
    both = thresholds.pressure_average(tests, standardised=True)
    assert (both.estimate, *both.ci, both.p_value) == pytest.approx(
        (-0.206924298915, -0.562265533640, 0.148416935810, 0.253729623232), abs=1e-10
    )


def test_the_sweep_widens_with_the_correlation(tests):
    sweep = thresholds.pressure_sweep(tests)
    assert (np.diff(sweep["upper"] - sweep["lower"]) > 0).all()


def test_average_refuses_an_impossible_correlation(tests):
    with pytest.raises(InputError, match="correlation is 1"):
        thresholds.pressure_average(tests, 1.0)


def test_a_second_trial_of_the_same_measures_is_a_trial_of_its_own(tests):
    """The larger trial is told first, and each trial's p values are adjusted for its own tests."""
    second = tests.assign(trial_id="new2027", study_id="new2027", label="New 2027", people=160.0)
    found = thresholds.pressure_average(pd.concat([tests, second], ignore_index=True))
    assert (found.label, found.trials, found.n) == ("New 2027", 2, 160)
    said = words.answer(pd.DataFrame(), tests, found)
    assert "In the largest of two trials (160 people)" in said


def test_a_name_in_capitals_with_a_comma_is_the_same_measure(tests):
    renamed = tests.assign(instrument=tests["instrument"].str.upper() + ", (sum)")
    assert thresholds.pressure_average(renamed).estimate == thresholds.pressure_average(tests).estimate


def test_sentence_follows_the_result(ev, tests):
    pilot, average = thresholds.pilot_thresholds(ev), thresholds.pressure_average(tests)
    said = words.answer(pilot, tests, average)
    assert "1.6 kPa lower" in said and "was not shown to improve" in said
    assert "pilot reported better mechanical and heat thresholds" in said
    assert "Heat: no randomised low-dose trial." in said  # one of 50 mg did
    assert len(said.split()) <= 40
    assert "no effect" not in said
    assert words.measured(pilot).startswith("The pilot's numbers")
    assert "pilot" not in words.measured(pilot.head(0)) + words.first_title(pilot.head(0), average)
    early = ev.as_of(2016)
    none = thresholds.threshold_tests(early)
    said = words.answer(thresholds.pilot_thresholds(early), none, thresholds.pressure_average(none))
    assert said.startswith("No randomised trial of a low dose gives an estimate. A single-blind pilot")
    with_heat = tests.assign(instrument=["heat pain threshold", *tests["instrument"].iloc[1:]])
    assert "Heat: no" not in words.answer(pilot, with_heat, average)


def test_certainty_has_a_reason_for_each_level(ev, tests):
    average = thresholds.pressure_average(tests, standardised=True)
    grade = thresholds.threshold_certainty(ev, average, 0.5)
    assert (grade.level, len(grade.downgrades)) == ("very low", 3)
    low = ev.risk_of_bias.assign(outcome="pain threshold", judgement="low")
    sure = dataclasses.replace(ev, tables={**ev.tables, "risk_of_bias": low})
    direct = dataclasses.replace(average, parts=("heat threshold",))
    assert thresholds.threshold_certainty(sure, direct, 3.0).level == "high"  # within the band, as in 02
    few = thresholds.threshold_certainty(sure, dataclasses.replace(direct, estimate=4.0), 3.0)
    assert few.downgrades[0].reason == "one trial of 92 participants; fewer than 400 participants"
    assert thresholds.threshold_certainty(ev, None, 0.5).level == "not graded"


def test_published_values_come_with_a_reason(ev, tests):
    published = thresholds.published_thresholds(ev, tests)
    said = thresholds.words.published(published)
    assert said.startswith("Of two published pooled values, one favours LDN with the whole interval.")
    none = published.assign(lower=float("nan"), upper=float("nan"))
    assert thresholds.words.published(none).startswith(
        "Of two published pooled values, none favours either with"
    )
    assert list(published["estimate"]) == [0.17, 0.24]
    assert published["reason"].str.contains("available to us").all()


@pytest.mark.parametrize("level", [0.5, 0.8, 0.999])
def test_the_certainty_is_by_the_95_percent_interval_and_by_its_own_trial(ev, level):
    grades = []
    for shown in (0.95, level):
        rows = thresholds.threshold_tests(ev, level=shown)
        average = thresholds.pressure_average(rows, 0.5, standardised=True, level=shown)
        grades += [thresholds.threshold_certainty(ev, average, mid) for mid in (0.05, 0.3, 3.0)]
    assert grades[:3] == grades[3:]
    own, other = average.study_ids[0], "younger2013"
    row = ev.risk_of_bias.iloc[:1].assign(outcome="pain threshold", domain="overall")
    for study, judged, off in ((own, "low", 0), (other, "low", 1), (own, "high", 2)):
        table = pd.concat([ev.risk_of_bias, row.assign(study_id=study, judgement=judged)])
        seen = dataclasses.replace(ev, tables={**ev.tables, "risk_of_bias": table})
        said = thresholds.threshold_certainty(seen, average, 0.5).downgrades
        assert sum(d.levels for d in said if d.domain == "risk of bias") == off
