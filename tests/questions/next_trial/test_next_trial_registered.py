"""Registered, unreported trials become candidate designs by what their rows say, or are left out."""

from dataclasses import replace
from typing import Any

import pytest

from ldn_analysis import evidence
from ldn_analysis.errors import InputError
from ldn_analysis.evidence.trials import once
from ldn_analysis.questions import next_trial
from ldn_analysis.questions.next_trial import registered as room
from ldn_analysis.questions.next_trial.designs import Arm
from ldn_analysis.questions.next_trial.parameters import NextTrial
from ldn_analysis.questions.next_trial.registered import registered_designs


@pytest.fixture(scope="module")
def registered() -> dict[str, next_trial.Design]:
    return registered_designs(evidence.load())


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
    assert registered_designs(evidence.load().as_of(1995)) == {}


def test_each_trial_of_the_data_is_repeated_or_named_with_the_reason(ev: evidence.Evidence) -> None:
    designs = next_trial.designs_for(ev)
    left = next_trial.without_design(ev, designs).set_index("inputs")["why"]
    repeated = {design.repeats for design in designs.values() if design.repeats}
    trials = once(ev.studies).set_index("trial_id")
    done = trials[~trials["design_type"].isin(["observational", "case report"])]
    assert repeated | set(left.index) >= set(done.index)
    assert not repeated & set(left.index)
    assert left["parkitny2017"] == "one arm alone: nothing to compare with"
    assert "50 mg is above" in left["youngerplos2009"]
    assert left["NCT00855972"] == "withdrawn"
    assert "no placebo" in left["ACTRN12624001162505"]
    for name in repeated:  # as many people as the data hold, randomised or analysed
        design = next(one for one in designs.values() if one.repeats == name)
        assert design.people in (trials.loc[name, "n_randomised"], trials.loc[name, "n_analysed"])
        assert design.doses[-1] == trials.loc[name, "dose_max_mg"]


def test_a_new_trial_is_named_and_one_that_is_not_there_is_not_repeated(ev: evidence.Evidence) -> None:
    early = ev.as_of(2016)
    designs = next_trial.designs_for(early)
    assert {one.repeats for one in designs.values()} == {"", "younger2009", "younger2013"}
    fewer = {name: one for name, one in designs.items() if one.repeats != "younger2013"}
    left = next_trial.without_design(early, fewer).set_index("inputs")["why"]
    assert left["younger2013"] == "no design of this list repeats it yet"


def test_what_a_trial_cannot_tell_has_no_value(ev: evidence.Evidence) -> None:
    """In a fixed order the difference holds what time does; without placebo there is no difference."""
    params = NextTrial(draws=128)
    known = next_trial.background(ev, params)
    designs = next_trial.designs_for(ev)
    table = next_trial.design_table(designs, known, params).set_index("name")
    assert table.loc["repeat-younger2009", "kept"] != table.loc["repeat-younger2009", "kept"]
    few = {
        name: designs[name]
        for name in ("repeat-younger2009", "repeat-bruunplesner2020", "repeat-younger2013")
    }
    held = {("today", "today's"): next_trial.beliefs(ev, known, params)["today", "today's"]}
    assert set(next_trial.worth(few, held, known, params)["design"]) == {"repeat-younger2013"}


def test_each_can_be_planned_like_the_candidates(registered: dict[str, next_trial.Design]) -> None:
    ev, params = evidence.load(), NextTrial()
    table = next_trial.design_table(registered, next_trial.background(ev, params), params)
    assert table["se"].between(0.1, 1.0).all()
    assert table["source"].str.contains("NCT|ACTRN").all()


@pytest.mark.parametrize(
    ("name", "year", "said"),
    [
        ("younger2103", None, "did you mean 'younger2013'"),
        ("yunger2013", 2012, "did you mean 'younger2013'"),
    ],
)
def test_a_design_that_repeats_no_trial_is_refused_by_name(
    ev: evidence.Evidence, monkeypatch: pytest.MonkeyPatch, name: str, year: int | None, said: str
) -> None:
    designs = room.candidate_designs()
    again = next(one for one in designs.values() if one.repeats == "younger2013")
    changed = designs | {again.name: replace(again, repeats=name)}
    monkeypatch.setattr(room, "candidate_designs", lambda: changed)
    with pytest.raises(InputError, match=f"{again.name}.*repeats is '{name}'.*{said}"):
        next_trial.designs_for(ev.as_of(year))


def test_a_design_whose_trial_is_not_in_the_data_is_named_and_not_compared(
    ev: evidence.Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    designs = room.candidate_designs()
    again = next(one for one in designs.values() if one.repeats == "younger2013")
    changed = designs | {again.name: replace(again, repeats="smith2031")}
    monkeypatch.setattr(room, "candidate_designs", lambda: changed)
    assert again.name not in next_trial.designs_for(ev)
    left = next_trial.without_design(ev, next_trial.designs_for(ev))
    absent = left.set_index("trial")["why"][again.title]
    assert absent == "the trial that it repeats is not in these data"
    assert left.set_index("inputs")["why"]["younger2013"] == "no design of this list repeats it yet"


@pytest.mark.parametrize(
    ("trial", "changes", "said"),
    [
        ("younger2013", {"people": 82.0}, "people are 82, and 31 or 28"),
        ("younger2013", {"weeks": (12.0, 4.0)}, "weeks or washout_weeks"),
        ("bested2023", {"washout_weeks": 16.0}, "weeks or washout_weeks"),
        ("younger2009", {"order": "balanced"}, "order is not that"),
        ("paula2023", {"arms": (Arm(0, people=43), Arm(6, people=43))}, "doses are not the 4.5 to 4.5 mg"),
        ("final2024", {"arms": (Arm(0, people=49), Arm(6, people=50))}, "people of placebo and LDN"),
    ],
)
def test_a_repeat_that_the_data_do_not_hold_is_refused_unless_it_says_so(
    ev: evidence.Evidence, monkeypatch: pytest.MonkeyPatch, trial: str, changes: dict[str, Any], said: str
) -> None:
    designs = room.candidate_designs()
    again = next(one for one in designs.values() if one.repeats == trial)
    changed = replace(again, **changes)
    monkeypatch.setattr(room, "candidate_designs", lambda: designs | {again.name: changed})
    with pytest.raises(InputError, match=f"{again.name}.*{said}"):
        next_trial.designs_for(ev)
    larger = replace(changed, source="the same trial, planned otherwise")
    monkeypatch.setattr(room, "candidate_designs", lambda: designs | {again.name: larger})
    assert next_trial.designs_for(ev)[again.name] == larger
