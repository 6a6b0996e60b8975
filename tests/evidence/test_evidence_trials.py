"""Facts on trials, stated once: who is in the pool, participants, schedules, scales and their conversion."""

import math
from pathlib import Path

import pandas as pd
import pytest
from mutations import Data

from ldn_analysis import evidence
from ldn_analysis.errors import InputError
from ldn_analysis.evidence.findings import rule_hits
from ldn_analysis.evidence.rules import Facts

DATA = Path(__file__).resolve().parents[2] / "data"
TRIAL = {
    "study_id": "smith2027", "trial_id": "smith2027", "randomised": "yes", "blinding": "double-blind",
    "control": "placebo", "condition": "fibromyalgia", "design_type": "parallel", "dose_max_mg": 3.0,
    "n_randomised": 58.0, "n_analysed": 56.0,
}  # fmt: skip


def studies(*rows):
    return pd.DataFrame([TRIAL | row for row in rows])


def test_the_primary_pool_of_the_data(ev):
    found = evidence.is_primary(ev.studies)
    primary = set(ev.studies.loc[found["primary"], "study_id"])
    assert primary == {
        "younger2013", "bested2023", "paula2023", "final2024", "finalqst2025", "innova2026", "nielsen2026"
    }  # fmt: skip
    reasons = dict(zip(ev.studies["study_id"], found["reason"], strict=True))
    assert "50 mg a day is not a low dose" in reasons["youngerplos2009"]
    assert reasons["younger2009"] == "not randomised; its blinding is single-blind (participant)"
    listed = ev.study_sets.query("set == 'primary'")["study_id"]
    assert set(listed) <= primary


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, ""),
        ({"dose_max_mg": 6.0}, ""),
        ({"design_type": "crossover"}, ""),
        ({"randomised": "no"}, "not randomised"),
        ({"blinding": "open"}, "its blinding is open"),
        ({"blinding": "double-blind (double-dummy)"}, "its blinding is double-blind (double-dummy)"),
        ({"control": "another drug"}, "its control is another drug, not placebo"),
        ({"condition": "rheumatoid arthritis"}, "its condition is rheumatoid arthritis"),
        ({"dose_max_mg": 50.0}, "50 mg a day is not a low dose"),
        ({"dose_max_mg": math.nan}, "its dose is not known"),
        ({"design_type": "single-arm"}, "its design is single-arm"),
    ],
)
def test_one_rule_says_who_is_primary_and_why_not(change, reason):
    found = evidence.is_primary(studies(change)).iloc[0]
    assert (found["primary"], found["reason"]) == (reason == "", reason)


def test_no_study_is_no_trouble():
    none = studies({}).iloc[:0]
    assert evidence.is_primary(none).empty
    assert evidence.enrolled(none) == evidence.Participants(0, 0, ())


def test_participants_are_counted_once_a_trial(ev):
    final = ev.studies[ev.studies["trial_id"] == "final2024"]
    assert len(final) == 3
    assert evidence.enrolled(final) == evidence.Participants(1, 99, ())
    assert evidence.once(final)["study_id"].tolist() == ["final2024"]
    assert len(evidence.once(ev.studies)) == ev.studies["trial_id"].nunique()


def test_an_unknown_number_is_never_nobody():
    unknown = {"study_id": "b", "trial_id": "b", "n_randomised": math.nan, "n_analysed": math.nan}
    found = evidence.enrolled(studies({}, unknown))
    assert found == evidence.Participants(2, 58, ("b",))
    analysed = studies({"n_randomised": math.nan})
    assert evidence.enrolled(analysed) == evidence.Participants(1, 56, ())


@pytest.mark.parametrize(
    ("schedule", "times"),
    [
        ("4.5 mg once daily", 1), ("2.25 mg twice daily", 2), ("3 mg b.i.d.", 2), ("1.5 mg BID", 2),
        ("4.5 mg at bedtime, no titration", 1), ("morning and evening", 2), ("2 x daily", 2),
        ("titrated to 6 mg", math.nan), ("low dose", math.nan), ("", math.nan), ("50 mg single dose", 1),
    ],
)  # fmt: skip
def test_times_a_day(schedule, times):
    assert evidence.times_a_day([schedule])[0] == pytest.approx(times, nan_ok=True)


# Scales ----------------------------------------------------------------------------------------------------


def test_every_row_of_outcomes_has_its_scale(ev):
    known = evidence.scales(ev.measures)
    for row in ev.outcomes[ev.outcomes["value"].notna()].itertuples():
        scale = evidence.scale_of(known, row.measure, row.unit, row.scale_min, row.scale_max)
        assert scale.domain == row.domain


def test_a_measure_that_does_not_convert_has_no_conversion(ev):
    scale = evidence.scale_of(ev.measures, "bodily pain (SF-36)", "points", 0, 100)
    assert scale.conversion == "" and scale.better == "higher"


def test_an_unlisted_scale_is_refused(ev):
    with pytest.raises(InputError, match=r"pain NRS.*measures.csv has it in points \(0 to 10\)"):
        evidence.scale_of(ev.measures, "pain NRS", "mm", 0, 100)


def test_the_table_of_measures_holds_together(ev):
    for scale in evidence.scales(ev.measures):
        assert bool(scale.converts_to) == bool(scale.conversion), scale
        if scale.conversion in ("as it is", "rescale"):
            assert scale.better == "lower"
        if scale.conversion in ("turn", "percent of baseline"):
            assert scale.better == "higher"
        if scale.conversion == "as it is":
            assert f"(0-{scale.high - scale.low:g})" in scale.converts_to


# Many rows -------------------------------------------------------------------------------------------------


def test_work_grows_in_line_with_the_rows():
    """Counted in calls, not in seconds: ten times the rows is about ten times the work."""
    import sys

    data = Data(DATA)

    def calls(times):
        tables, printed = {}, {}
        for name in data.tables:
            copies = range(times if name in ("studies", "outcomes", "events") else 1)
            tables[name], printed[name] = (
                pd.concat([renamed(frames[name], copy) for copy in copies], ignore_index=True)
                for frames in (data.tables, data.printed)
            )
        made = 0

        def count(_frame, event, _arg):
            nonlocal made
            made += event in ("call", "c_call")

        sys.setprofile(count)
        try:
            list(rule_hits(Facts(tables, printed, "2026-11-25")))
        finally:
            sys.setprofile(None)
        return made

    def renamed(frame, copy):
        names = [
            c for c in ("study_id", "trial_id", "outcome_id", "event_id", "registry", "doi") if c in frame
        ]
        return frame.assign(**{name: frame[name] + f"_{copy}" for name in names}) if copy else frame

    few, many = calls(4), calls(40)
    assert many < 12 * few
