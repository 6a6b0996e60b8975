"""Sentences that must turn when the numbers do: each is read on data that decide what ours leave open."""

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import made_up
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ldn_analysis import evidence
from ldn_analysis.questions import dosing, next_trial, pain, responders, safety, thresholds
from ldn_analysis.questions.claims.cards import claims_answer
from ldn_analysis.questions.next_trial.parameters import NextTrial
from ldn_analysis.questions.parameters import Analysis
from ldn_analysis.questions.published import published_pain
from ldn_analysis.workbench import Trial, add_trial

ROOT = Path(__file__).parents[2]


def test_a_threshold_that_a_trial_measured_goes_before_a_tolerance(ev):
    tests = thresholds.threshold_tests(ev)
    own = tests.head(1).assign(
        instrument="mechanical pain threshold", label="New 2027", study_id="new2027", trial_id="new2027",
        yi=40.0, lower=30.0, upper=50.0, people=600.0, p_value=1e-9,
    )  # fmt: skip
    heat = own.assign(instrument="heat pain threshold", unit="°C", yi=2.2, lower=1.9, upper=2.5)
    both, pilot = pd.concat([tests, own, heat], ignore_index=True), thresholds.pilot_thresholds(ev)
    lead = thresholds.mechanical_estimate(both)
    said = thresholds.words.answer(pilot, both, lead)
    assert "In one randomised trial (600 people) mechanical pain threshold improved: 40.0 kPa" in said
    assert "Heat improved: 2.2" in said and len(said.split()) <= 40
    assert "mechanical pain threshold better in the randomised trial" in thresholds.words.first_title(
        pilot, lead
    )
    beside = thresholds.pilot_beside_trial(pilot, both, lead).set_index("kind")
    assert beside.loc["mechanical", "trial"].startswith("improvement shown in the randomised trial: 40.0")
    assert "p under 0.001" in thresholds.words.tests_together(both, 0.2, 0.05)
    assert thresholds.mechanical_estimate(tests) == thresholds.pressure_average(tests)


def test_a_study_that_looked_again_is_told_beside_the_first(ev):
    esr = ev.outcomes[ev.outcomes["outcome_id"] == "younger2009-esr-w8-ldn-r-squared"]
    again = esr.assign(outcome_id="again", study_id="final2024", n=200, value=0.0004)
    more = replace(ev, tables={**ev.tables, "outcomes": pd.concat([ev.outcomes, again], ignore_index=True)})
    both = responders.predictor(more)
    assert "; in 200 others 0% to " in responders.words.predictor_title(both)
    said = responders.words.answer(
        responders.responder_contrasts(ev).iloc[:0], SimpleNamespace(k=0), 30, both
    )
    assert "82% of the response in ten people and 0% in 200 others" in said
    assert "200" not in responders.words.predictor_title(responders.predictor(ev))


def test_serious_events_that_differ_are_told_with_placebo(sets):
    ev = sets("three, means")
    serious = ev.events["event"] == "serious adverse event"
    many = ev.events["group"].map({"ldn": 0.5, "placebo": 0.1}) * ev.events["n"]
    events = ev.events.assign(events=ev.events["events"].where(~serious, many.round()))
    excluded = safety.frequency_excluded(replace(ev, tables={**ev.tables, "events": events}))
    said = safety.words.harm_sentences(excluded.iloc[:0].assign(event=""), excluded, excluded.iloc[:0])[
        "short"
    ]
    assert said.endswith("on placebo: more with LDN.")
    assert safety.words.needed(1, 299, excluded) == "" and safety.words.needed(1, 299)
    alone = events[~(serious & (events["group"] == "placebo") & (events["study_id"] == "adler2012"))]
    part = safety.frequency_excluded(replace(ev, tables={**ev.tables, "events": alone}))
    assert "on placebo where counted: more with LDN" in safety.words.on_placebo(part.iloc[-1])


def test_trials_of_a_year_stand_together_unless_a_shorter_one_is_among_them():
    rows = pd.DataFrame({
        "label": ["A", "B", "all reports"], "event": "serious adverse event", "weeks": [52.0, 60.0, 56.0],
        "upper_percent": [4.0, 5.0, 3.0],
    })  # fmt: skip
    assert list(safety.over_a_year(rows)["label"]) == ["all reports", "A", "B"]
    assert list(safety.over_a_year(rows.assign(weeks=[52.0, 12.0, 56.0]))["label"]) == ["A"]


def test_what_a_trial_shows_between_doses_is_the_difference_of_its_groups(sets):
    ev = sets("one, doses")
    between = dosing.between_doses(published_pain(ev, NextTrial().contrast()))
    arms = ev.outcomes[(ev.outcomes["domain"] == "pain") & (ev.outcomes["group"] == "ldn")]
    arms = arms.set_index("dose_mg_per_day")
    (placebo,) = ev.outcomes[ev.outcomes["group"] == "placebo"].query("domain == 'pain'").to_dict("records")
    assert len(between) == 3
    for row in between.itertuples():
        a, b = arms.loc[row.low_mg], arms.loc[row.high_mg]
        se = (a["sd"] ** 2 / a["n"] + b["sd"] ** 2 / b["n"]) ** 0.5
        assert row.yi == pytest.approx(a["value"] - b["value"])
        t = stats.t.ppf(0.975, min(a["n"], b["n"]) + placebo["n"] - 2)  # not normal limits: few people
        assert [row.lower, row.upper] == pytest.approx([row.yi - t * se, row.yi + t * se], rel=1e-3)


def test_what_two_doses_of_a_crossover_share_is_said_to_be_assumed(tmp_path):
    """By hand: 0.01 + 0.01 - 2 x 0.5 x 0.01 is 0.1²; sharing nothing, 0.1414²."""
    data = shutil.copytree(ROOT / "data", tmp_path / "data")
    trial = {"study_id": "mori2027", "label": "Mori 2027", "year": "2027", "design": "crossover"}
    trial |= {"randomised": "yes", "blinding": "double-blind", "dose": "3 4.5", "weeks": "6"}
    trial |= {"source": "10.0000/mori", "location": "Table 2", "how_read": "full text", "favours": "ldn"}
    trial |= {"n": "400"}
    results = ("3 mg: -0.8 se 0.1", "4.5 mg: -0.56 se 0.1")
    add_trial(Trial(**trial, difference=results), data)
    derived = published_pain(evidence.load(data), NextTrial().contrast())
    between = dosing.between_doses(derived)
    said = dosing.words.directly(dosing.dosed(derived)[0], 0.95, between)
    assert (
        "−0.24 [−0.44, −0.04], if the two differences correlate by 0.5 (assumed, at 0: −0.52 to 0.04)" in said
    )
    assert dosing.words.better_dose(between) == ""
    (shown,) = dosing.tables.pairs_of_doses(between)
    assert "assumed to correlate by 0.5" in shown.html


def test_doses_compared_without_placebo_are_told(tmp_path):
    """By hand: of 29 and 31 people the difference and its SE; t with 58 degrees of freedom is 2.0017."""
    data = shutil.copytree(ROOT / "data", tmp_path / "data")
    trial = {"study_id": "okafor2027", "label": "Okafor 2027", "year": "2027", "design": "parallel"}
    trial |= {"randomised": "yes", "blinding": "double-blind", "dose": "3 6", "weeks": "12"}
    trial |= {"source": "10.0000/okafor", "location": "Table 2", "how_read": "full text"}
    trial |= {
        "instrument": "pain VAS",
        "unit": "mm",
        "scale": "",
        "better": "",
        "control": "another dose",
        "study_set": "all_randomised",
    }
    trial |= {"reason": "No placebo."}
    add_trial(Trial(**trial, ldn=("3 mg: 29 38 21", "6 mg: 31 52 20")), data)
    ev, choices = evidence.load(data), NextTrial().contrast()
    between = dosing.between_doses(published_pain(ev, choices), 0.95, dosing.head_to_head(ev, choices))
    (row,) = between.to_dict("records")
    se = (2.1**2 / 29 + 2.0**2 / 31) ** 0.5
    assert (row["label"], row["low_mg"], row["high_mg"]) == ("Okafor 2027", 3.0, 6.0)
    assert row["yi"] == pytest.approx(-1.4)
    assert [row["lower"], row["upper"]] == pytest.approx([-1.4 - 2.0017 * se, -1.4 + 2.0017 * se], rel=1e-4)
    assert dosing.words.better_dose(between) == "One trial shows less pain on 3 than on 6 mg."
    used = dosing.dosed(published_pain(ev, choices))[0]
    assert "Okafor 2027, without placebo, 3 minus 6 mg: −1.40" in dosing.words.directly(used, 0.95, between)
    assert not dosing.head_to_head(evidence.load(), choices)
    other = shutil.copytree(ROOT / "data", tmp_path / "other")
    add_trial(Trial(**trial | {"study_set": "excluded"}, ldn=("3 mg: 29 38 21", "6 mg: 31 52 20")), other)
    assert not dosing.head_to_head(evidence.load(other), choices)


def test_whether_own_doses_were_looked_for_follows_the_schedules(ev):
    given = dosing.given_doses(ev)
    assert dosing.words.looked_for(given) == "No trial has tested how to find one's own dose."
    changed = given.assign(schedule=["individual, 1.5 to 6 mg", *given["schedule"][1:]])
    assert given["label"][0] in dosing.words.looked_for(changed)


def test_an_answer_on_harm_stays_within_its_words(ev):
    compared, quoted = safety.compared_harms(ev), safety.quoted_harms(ev)
    excluded = safety.frequency_excluded(ev)
    last = {"events": 19.0, "n": 98.0, "control_events": 1.0, "control_n": 100.0, "whole": False, "more": 1}
    clear = excluded[excluded["event"] == "serious adverse event"].assign(**last, apart="")
    said = safety.words.answer(compared, quoted, clear)
    assert said.endswith("Serious event: 19 of 98 on LDN, 1 of 100 on placebo where counted: more with LDN.")
    assert len(said.split()) <= 40


def test_a_dose_that_does_better_is_named():
    row = {
        "study_id": "a",
        "label": "A",
        "low_mg": 3.0,
        "high_mg": 4.5,
        "yi": -1.1,
        "lower": -1.5,
        "upper": -0.7,
    }
    better = dosing.words.better_dose(pd.DataFrame([row]))
    assert better == "One trial shows less pain on 3 than on 4.5 mg."
    turned = row | {"yi": 1.1, "lower": 0.7, "upper": 1.5}
    assert dosing.words.better_dose(pd.DataFrame([turned])).endswith("less pain on 4.5 than on 3 mg.")
    assert not dosing.words.better_dose(pd.DataFrame([row, turned | {"study_id": "b"}]))
    assert not dosing.words.better_dose(pd.DataFrame([row | {"upper": 0.1}]))
    given = pd.DataFrame(
        {"doses": [(3.0, 4.5)], "start_mg": 3.0, "dose_mg": 4.5, "weeks": 12.0, "stepwise": False}
    )
    assert dosing.words.answer(given, 1, "", better).startswith(better)
    assert dosing.words.answer(given, 1, "no relief", better).startswith(dosing.words.NO_RELIEF)


def test_no_relief_is_not_said_of_a_dose_at_which_a_trial_shows_some(tmp_path):
    """Three trials are worse on 4.5 mg: their mean is; a fourth relieves on 1.5 mg, and is not lost in it."""
    plans = made_up._plans(4, doses=[(4.5,), (4.5,), (4.5,), (1.5,)], effect=[1.6, 1.6, 1.6, -1.6], n=80)
    trials = [made_up.trial(plan, np.random.default_rng([3, i])) for i, plan in enumerate(plans)]
    for made, settled in ((trials, ""), (trials[:3], "no relief")):
        ev = evidence.load(made_up.written(tmp_path / f"{len(made)}", made))
        shown = pain.analyse(ev, Analysis(tau2_method="CE", inference="z"))
        assert shown.fit.ci[0] > 0 and shown.settled == settled


def test_the_next_trial_says_first_what_is_settled(ev):
    plan = next_trial.what_would_settle(ev, NextTrial())
    assert plan.settled == "" and next_trial.words.settling(plan).startswith("A trial that")
    none = replace(plan, settled="no relief")
    for most in (42, 50):
        said = next_trial.words.settling(none, most)
        assert said.startswith(dosing.words.NO_RELIEF) and len(said.split()) <= most
    parts = pd.DataFrame({"state": ["today"], "prior": ["today's"], "everything": [0.001]})
    assert "save 1 point of pain" in next_trial.words.value_title(parts)


def test_the_answer_on_the_claims_tells_a_size_that_the_verdict_hides():
    row = {"claim_id": "symptom_relief", "claim": "", "verdict_then": "supported", "changed": True}
    row |= {"verdict_now": "undecided", "beside_now": "a difference that matters (1 point) is unlikely"}
    said = claims_answer(pd.DataFrame([row]), "by 2016")
    assert said.endswith("undecided today: a difference that matters (1 point) is unlikely.")
