"""A second person's entry of a trial: each cell that differs is named, and nothing is written."""

import os
import shutil
from pathlib import Path

import pytest
from test_workbench_new_study import SMITH, but, contents, run

from ldn_analysis.errors import InputError
from ldn_analysis.workbench import add_trial
from ldn_analysis.workbench.new_study_again import entered_again

ROOT = Path(__file__).parents[2]
COUNTS = ("nausea: 9 29 6 29", "any adverse event: 14 29 11 29", "pain response 30%: 12 29 6 29")
TRIAL = but(favours="ldn", events=COUNTS, n_randomised="60", baseline="6.1 1.5", primary_week="12")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = Path(shutil.copytree(ROOT / "data", tmp_path_factory.mktemp("again") / "data"))
    add_trial(TRIAL, folder)
    return folder


def again(data, **changed):
    before = contents(data)
    entered = entered_again(but(**{"favours": "ldn", "events": COUNTS} | changed), data)
    assert contents(data) == before
    return entered


def test_the_same_answers_differ_in_nothing(data):
    entered = entered_again(TRIAL, data)
    assert entered.differences == entered.elsewhere == ()
    assert entered.same > 100 and entered.text().endswith("none differs")


SLIPS = {
    "a zero": ("nausea: 0 29 6 29", {"nausea-w12-ldn, events: 9 in the data, 0 now"}),
    "groups exchanged": (
        "nausea: 6 29 9 29",
        {
            "nausea-w12-ldn, events: 9 in the data, 6 now",
            "nausea-w12-placebo, events: 6 in the data, 9 now",
        },
    ),
    "who did not respond": (
        "pain response 30%: 17 29 23 29",
        {
            "pain-response-30-w12-ldn, events: 12 in the data, 17 now",
            "pain-response-30-w12-placebo, events: 6 in the data, 23 now",
        },
    ),
    "one more": ("headache: 3 29 4 29", {"headache-w12-ldn: only now", "headache-w12-placebo: only now"}),
}


@pytest.mark.parametrize(("text", "cells"), SLIPS.values(), ids=SLIPS)
def test_a_slip_in_a_count_is_named(data, text, cells):
    event, colon, _ = text.partition(":")
    events = [count for count in COUNTS if not count.startswith(event)]
    entered = again(data, events=[*events, text] if colon else events)
    assert {line.removeprefix("smith2027-") for line in entered.differences} == cells


def test_a_lone_difference_turned_with_its_favours_is_named(data):
    lines = again(data, difference="0.8 -0.3 1.9", favours="placebo").differences
    assert [line.split(", ")[1].split(":")[0] for line in lines] == ["value", "lower95", "upper95", "favours"]
    assert lines[0].endswith("value: -0.8 in the data, 0.8 now")


def test_another_statistic_is_the_same_row_and_other_weeks_are_named_apart(data):
    (line,) = again(data, adjusted=True).differences
    assert line.endswith("difference in mean change in the data, adjusted difference (mixed model) now")
    later = again(data, weeks="24", events=None)
    assert "smith2027-pain-w24-ldn-placebo-difference-in-mean-change: only now" in later.differences
    assert "smith2027-nausea-w12-ldn" in later.elsewhere and "smith2027-pain-w0-all-mean" in later.elsewhere


def test_what_was_not_typed_again_is_told_and_is_no_difference(data, tmp_path):
    fewer = again(data, events=COUNTS[1:])
    assert fewer.differences == () and fewer.text().endswith("none differs")
    left_out = [f"smith2027-nausea-w12-{group}" for group in ("ldn", "placebo")]
    assert [row_id for row_id in fewer.elsewhere if "nausea" in row_id] == left_out
    added = Path(shutil.copytree(data, tmp_path / "data"))
    headache, where = ("headache: 3 29 4 29",), {"location": "Table 3", "more": True}
    arms = {"instrument": "FIQ", "scale": "", "ldn": "29 48 20", "placebo": "29 55 21"}
    add_trial(but(difference=None, n="", events=headache, **arms, **where), added)
    entered = entered_again(TRIAL, added)
    assert entered.differences == ()
    assert {row_id.split("-")[1] for row_id in entered.elsewhere} == {"headache", "symptom"}


def test_a_study_that_is_not_there_is_named(data):
    with pytest.raises(InputError, match=r"'smit2027': is no study of studies\.csv.*smith2027"):
        again(data, study_id="smit2027")


@pytest.mark.slow
def test_the_command_ends_with_one_where_the_entries_differ(data):
    words = ["new-study", "smith2027", "--again", "--n", "29 29", "--year", "2027", "--favours", "ldn"]
    for name in ("label", "design", "dose", "weeks", "randomised", "blinding", "source", "location"):
        words += [f"--{name}", getattr(SMITH, name)]
    words += ["--how-read", SMITH.how_read, *(word for text in COUNTS for word in ("--events", text))]
    equal, unequal = (
        run(*words, "--difference", text, LDN_DATA=os.fspath(data))
        for text in (SMITH.difference, "-0.8 -1.8 0.3")
    )
    assert (equal.returncode, unequal.returncode) == (0, 1), equal.stderr + unequal.stderr
    assert "lower95: -1.9 in the data, -1.8 now" in unequal.stdout
