"""People × weeks of each dose of a trial, by hand; what is not known of a dose is said and is not zero."""

import math

import pandas as pd
import pytest
from test_questions_new_rows import added

from ldn_analysis.questions import safety


def nausea(*doses, **cells):
    rows = [("nausea", "ldn", 6, n, {"dose_mg_per_day": dose} | cells) for dose, n in doses]
    return [*rows, ("nausea", "placebo", 5, 29, {})]


def arms(ev, events, **study):
    more = added(ev, events=events, **study)
    mine = safety.exposure_arms(more).query("study_id == 'smith2027'")
    return more, mine.set_index("dose_mg")["person_weeks_full"].to_dict()


def said(ev):
    compared, excluded = safety.compared_harms(ev), safety.frequency_excluded(ev)
    return safety.words.harm_sentences(compared, excluded, safety.exposure_by_dose(ev))["exposure"]


def test_each_dose_has_its_people_and_weeks(ev):
    before = safety.exposure_by_dose(ev).set_index("dose_mg")["person_weeks"]
    more, weeks = arms(ev, nausea((3.0, 29), (4.5, 30)))
    assert weeks == {3.0: 29 * 12, 4.5: 30 * 12}
    after = safety.exposure_by_dose(more).set_index("dose_mg")["person_weeks"]
    assert after[3.0] == 348 and after[4.5] == pytest.approx(before[4.5] + 360)
    assert "348 person-weeks at 3 mg" in said(more) and "not known" not in said(more)
    assert safety.exposure(more).set_index("study_id").loc["smith2027", "n_ldn"] == 59


def test_a_dose_whose_people_nobody_counts_is_not_known(ev):
    """Of 90 in three equal groups 60 had the drug."""
    more, weeks = arms(ev, nausea((3.0, 29)))
    assert weeks[3.0] == 348 and math.isnan(weeks[4.5])
    assert "at 4.5 mg the people or the weeks of one trial are not known" in said(more)
    trial = safety.exposure(more).set_index("study_id").loc["smith2027"]
    assert trial["n_ldn"] == 60 and "2 of 3 equal groups" in trial["basis"]


ONE_DOSE = {"dose_mg_per_day": "3", "dose_max_mg": 3.0, "dose_schedule": "3 mg once daily"}


@pytest.mark.parametrize(
    ("events", "study", "people"),
    [
        ([], {}, 45),
        ([], {"design": "parallel, three arms"}, math.nan),
        ([], {"notes": "A third arm took amitriptyline: nothing of it is a row."}, math.nan),
        (nausea((math.nan, 30)), {"design": "parallel, three-arm"}, 30),
        ([], {**ONE_DOSE, "dose_max_mg": 4.5, "dose_schedule": "3 mg or 4.5 mg once daily",
              "design": "parallel, three arms"}, 60),
    ],
)  # fmt: skip
def test_people_of_another_arm_are_in_no_group(ev, events, study, people):
    """Of 90 randomised, some had neither LDN nor placebo: no half of them is known to have had LDN."""
    more, _ = arms(ev, events, **(ONE_DOSE | study))
    trial = safety.exposure(more).set_index("study_id").loc["smith2027"]
    assert trial["n_ldn"] == pytest.approx(people, nan_ok=True)
    assert "nan" not in said(more)


def test_weeks_that_differ_by_dose_are_those_of_the_schedule_or_not_known(ev):
    events = nausea((3.0, 29), week=8.0)[:1] + nausea((4.5, 30))
    more, weeks = arms(ev, events)
    assert math.isnan(weeks[3.0]) and weeks[4.5] == 360
    assert "nan" not in said(more) and "0 person-weeks at 3 mg" not in said(more)
    assert math.isnan(safety.exposure_by_dose(more).set_index("dose_mg").loc[3.0, "person_weeks"])
    _, weeks = arms(ev, events, dose_schedule="3 mg for 8 weeks or 4.5 mg for 12 weeks")
    assert weeks == {3.0: 29 * 8, 4.5: 30 * 12}


def test_a_crossover_of_several_doses_does_not_say_how_long_each_lasted(ev):
    more, weeks = arms(ev, nausea((3.0, 29), (4.5, 29), paired="yes"), design_type="crossover")
    assert all(math.isnan(one) for one in weeks.values()) and "nan" not in said(more)


def test_a_crossover_whose_doses_are_compared_at_their_end_lasted_so_long(ev):
    """Weeks of outcomes count from the start of a condition; 30 were randomised, each had both doses."""
    cells = {"statistic": "paired difference", "se": 0.4, "n": 28.0, "week": 12.0}
    paired = [("ldn-placebo", -0.8, cells | {"dose_mg_per_day": dose}) for dose in (3.0, 4.5)]
    study = {"design_type": "crossover", "n_randomised": 30.0, "treatment_weeks": 12.0}
    mine = safety.exposure_arms(added(ev, outcomes=paired, **study)).query("study_id == 'smith2027'")
    assert mine.set_index("dose_mg")["person_weeks_full"].to_dict() == {3.0: 360.0, 4.5: 360.0}


def test_the_people_of_an_open_extension_are_not_randomised_once_more(ev):
    about = {"trial_id": "final2024", "randomised": "no", "blinding": "open", "design_type": "single-arm"}
    more = added(ev, events=[("any adverse event", "ldn", 40, 61, {"week": 52.0})], **about)
    pd.testing.assert_frame_equal(safety.exposure(more), safety.exposure(ev))
