"""Registered, unreported trials become candidate designs by what their rows say, or are left out."""

import pytest

from ldn_analysis import evidence
from ldn_analysis.questions import next_trial
from ldn_analysis.questions.next_trial.parameters import NextTrial


@pytest.fixture(scope="module")
def registered() -> dict[str, next_trial.Design]:
    return next_trial.registered_designs(evidence.load())


def test_doses_compared_with_each_other_are_arms(registered: dict[str, next_trial.Design]) -> None:
    uab = registered["registered-nct07285473"]
    assert uab.doses == (1.5, 3, 4.5, 6)
    assert sum(arm.people for arm in uab.arms) == uab.people == 75
    assert "ME/CFS" in uab.title


def test_of_a_dose_that_is_reached_by_steps_the_last_counts(
    registered: dict[str, next_trial.Design],
) -> None:
    metro = registered["registered-actrn12623000172606"]
    assert (metro.kind, metro.doses, metro.people) == ("crossover", (0, 4.5), 90)
    assert registered["registered-nct06366724"].doses == (0, 4.5)


def test_what_was_withdrawn_reported_or_says_too_little_is_left_out(
    registered: dict[str, next_trial.Design],
) -> None:
    names = set(registered)
    assert not names & {
        "registered-nct00855972", "registered-actrn12624001162505", "registered-nct04270877",
    }  # fmt: skip
    assert len(names) == 4
    assert next_trial.registered_designs(evidence.load().as_of(1995)) == {}


def test_each_can_be_planned_like_the_candidates(registered: dict[str, next_trial.Design]) -> None:
    ev, params = evidence.load(), NextTrial()
    table = next_trial.design_table(registered, next_trial.background(ev, params), params)
    assert table["se"].between(0.1, 1.0).all()
    assert table["source"].str.contains("NCT|ACTRN").all()
