"""What the rooms say of counts of one period, or of one dose: people once, and nothing hidden."""

import math

import pytest
from test_questions_new_rows import SERIOUS, added

from ldn_analysis import contrasts, models
from ldn_analysis.questions import crossovers, pain, responders, safety

CROSS = {"design": "crossover", "design_type": "crossover", "n_randomised": 30.0, "n_analysed": 29.0,
         "dose_mg_per_day": "4.5", "dose_min_mg": 4.5, "dose_schedule": "4.5 mg once daily"}  # fmt: skip
R30 = "pain response 30%"


def pair(event, ldn, placebo, **cells):
    return [(event, group, x, n, cells) for group, (x, n) in (("ldn", ldn), ("placebo", placebo))]


def first(event=R30, ldn=(6, 14), placebo=(3, 15), **cells):
    return pair(event, ldn, placebo, **{"period": 1.0} | cells)


def both(event=R30, ldn=(12, 29), placebo=(6, 29), **cells):
    return pair(event, ldn, placebo, **{"paired": "yes"} | cells)


def test_a_first_period_is_pooled_with_parallel_trials_as_metafor_has_them(ev):
    """metafor 3.8.1: rma.mh(ai = c(6, 20), n1i = c(14, 49), ci = c(3, 13), n2i = c(15, 50), "RR")."""
    table = contrasts.event_table(added(ev, events=[*first(), *both()], **CROSS), R30)
    part = table[table["included"] & table["study_id"].isin(["smith2027", "final2024"])]
    row = safety.analysis.compared(part.sort_values("study_id", ascending=False), 0.95)
    assert math.log(row["rr"]) == pytest.approx(0.515894281729634252, abs=1e-12)
    limits = [math.log(row["rr_lower"]), math.log(row["rr_upper"])]
    assert limits == pytest.approx([-0.001364011070488114, 1.033152574529756507], abs=1e-9)
    assert (row["n"], row["k"]) == (14 + 15 + 49 + 50, 2)


def test_the_people_of_a_first_period_are_counted_once(ev):
    before = responders.responder_contrasts(ev).query("percent == 30 and leads").iloc[0]
    more = added(ev, events=[*first(), *both()], **CROSS)
    after = responders.responder_contrasts(more).query("percent == 30 and leads").iloc[0]
    assert (after["n1"] - before["n1"], after["n2"] - before["n2"]) == (14, 15)
    listed = responders.counts_not_compared(more)
    mine = listed[listed["study_id"] == "smith2027"]
    assert len(mine) == 1 and "the first period" in mine["exclusion_reason"].iloc[0]
    assert crossovers.not_pooled(more, listed) == crossovers.not_pooled(
        ev, responders.counts_not_compared(ev)
    )
    multiverse = responders.words.counted(responders.responder_contrasts(more), 30)
    assert "three trials" in multiverse


def test_harms_of_a_first_period_are_those_of_two_groups(ev):
    more = added(ev, events=[*first("constipation"), *both("constipation", both=4.0)], **CROSS)
    asked = safety.harms_asked_first(more)
    assert asked[asked["harm"] == "constipation"]["kind"].tolist() == ["randomised"]
    row = safety.compared_harms(more).query("event == 'constipation'").iloc[0]
    assert (row["ldn_n"], row["control_n"]) == (14, 15)


def test_a_serious_event_outside_the_first_period_is_not_hidden(ev):
    """Nobody of 14 in period 1, one of 15 in period 2: by both conditions, 1 of 29."""
    before = safety.frequency_excluded(ev).query("event == @SERIOUS").iloc[-1]
    none = first(SERIOUS, (0, 14), (0, 15))
    more = added(ev, events=[*none, *both(SERIOUS, (1, 29), (0, 29))], **CROSS)
    last = safety.frequency_excluded(more).query("event == @SERIOUS").iloc[-1]
    assert (last["events"], last["n"] - before["n"]) == (1, 29)
    assert last["upper_percent"] == pytest.approx(100 * models.exact_proportion(1, last["n"], 0.95).upper)
    later = pair(SERIOUS, (1, 15), (0, 14), period=2.0, week=24.0)
    apart = safety.frequency_excluded(added(ev, events=[*none, *later], **CROSS))
    last = apart.query("event == @SERIOUS").iloc[-1]
    assert (last["events"], last["n"] - before["n"]) == (0, 14)
    assert last["apart"] == "Smith et al. 2027 counted 1 of 15 people in period 2"
    compared = safety.compared_harms(ev)
    said = safety.words.harm_sentences(compared, apart, safety.exposure_by_dose(ev))
    assert last["apart"] in said["serious"] and last["apart"] in said["short"]


def test_a_count_of_one_dose_is_said_to_be_of_it_in_every_report(ev):
    rows = [(event, group, x, 29, {"dose_mg_per_day": 3.0} if group == "ldn" else {})
            for event, a, c in ((R30, 12, 7), ("any adverse event", 20, 15))
            for group, x in (("ldn", a), ("placebo", c))]  # fmt: skip
    more, said = (
        added(ev, events=rows),
        "The count of Smith et al. 2027 is of 3 mg a day alone, without 4.5 mg",
    )
    counted = responders.responder_contrasts(more)
    assert said in crossovers.doses_alone(counted[counted["percent"] == 30])
    assert said in " ".join(responders.words.read_from(counted))
    harms = safety.tables.compared(safety.compared_harms(more))
    assert harms[harms["trials"].str.contains("Smith")]["model"].str.contains(said).all()
    findings = pain.summary_of_findings(more).set_index("outcome")
    assert findings["comment"].str.contains(said).sum() == 2
    plain = crossovers.doses_alone(responders.responder_contrasts(ev))
    assert "alone" not in plain and "alone" not in "".join(pain.summary_of_findings(ev)["comment"])
