"""What a new trial's rows give in the rooms besides the pool of pain, against hand calculations."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ldn_analysis.questions import responders, safety, thresholds
from ldn_analysis.questions.multiverse import pain_multiverse
from ldn_analysis.questions.pain import analyse
from ldn_analysis.questions.pain.parameters import Pain
from ldn_analysis.questions.pain.words import trials_finding
from ldn_analysis.questions.responders.spread import change_spreads

STUDY = {
    "study_id": "smith2027", "trial_id": "smith2027", "label": "Smith et al. 2027", "year": 2027,
    "design": "parallel", "design_type": "parallel", "randomised": "yes", "blinding": "double-blind",
    "condition": "fibromyalgia", "n_randomised": 90.0, "n_analysed": 87.0, "dose_mg_per_day": "3 to 4.5",
    "dose_min_mg": 3.0, "dose_max_mg": 4.5, "dose_schedule": "3 mg or 4.5 mg once daily",
    "control": "placebo", "treatment_weeks": 12.0, "control_weeks": 12.0, "how_read": "full text",
}  # fmt: skip
ROW = {
    "study_id": "smith2027", "domain": "pain", "measure": "pain NRS", "scale_min": 0.0, "scale_max": 10.0,
    "unit": "points", "better": "lower", "week": 12.0, "statistic": "mean", "source": "10.1234/x",
    "location": "Table 2", "how_read": "full text",
}  # fmt: skip
VAS = {"measure": "pain VAS", "unit": "mm", "scale_max": 100.0}
PERCENT = {"unit": "percent reduction from baseline", "better": "higher", "statistic": "mean change"}


def added(ev, outcomes=(), events=(), **study):
    """The evidence with a trial more."""
    tables = dict(ev.tables)
    rows = [ROW | {"outcome_id": f"o{i}", "group": g, "value": v} | c for i, (g, v, c) in enumerate(outcomes)]
    counts = [
        {**{k: ROW[k] for k in ("study_id", "week", "source", "location", "how_read")}, "paired": "no",
         "event_id": f"e{i}", "event": event, "group": group, "events": a, "n": n, **cells}
        for i, (event, group, a, n, cells) in enumerate(events)
    ]  # fmt: skip
    for name, new in (("studies", [STUDY | study]), ("outcomes", rows), ("events", counts)):
        if new:
            tables[name] = pd.concat([tables[name], pd.DataFrame(new)], ignore_index=True)
    return dataclasses.replace(ev, tables=tables)


def arms(one, other, sd, n=29, **cells):
    return [(g, v, {"sd": sd, "n": n, **cells}) for g, v in (("ldn", one), ("placebo", other))]


def start(one=6.9, other=6.1, sd=1.5, n=29, **cells):
    return arms(one, other, sd, n, week=0.0, **cells)


def ours(ev):
    return next((t for t in responders.trial_arms(ev) if t.study_id == "smith2027"), None)


def test_an_arm_has_the_number_behind_its_own_interval(ev):
    limits = [("ldn", -2.0, {"lower95": -2.8, "upper95": -1.2}),
              ("placebo", -1.2, {"lower95": -2.0, "upper95": -0.4})]  # fmt: skip
    change = [(g, v, c | {"n": 25, "statistic": "mean change"}) for g, v, c in limits]
    found = ours(added(ev, start(n=30) + change))
    assert (found.treated.n, found.control.n) == (25, 25)
    assert found.treated.change_sd == pytest.approx(0.8 * 5 / stats.t.ppf(0.975, 24))


def test_an_arm_takes_the_sd_of_its_change(ev):
    found = ours(added(ev, start() + arms(-2.0, -1.2, 1.9, statistic="mean change")))
    assert (found.treated.change_mean, found.treated.change_sd, found.limits) == (-2.0, 1.9, None)


@pytest.mark.parametrize("other", [VAS, VAS | {"unit": "points"}])
def test_an_arm_is_of_one_instrument(ev, other):
    found = ours(added(ev, start(69, 61, 15, **other) + start() + arms(4.8, 5.6, 2.1)))
    assert (found.treated.baseline_mean, found.treated.change_mean) == pytest.approx((6.9, -2.1))


def test_a_fall_in_percent_is_no_change_in_points(ev):
    rows = start() + [(g, v, PERCENT | {"n": 29, "lower95": v - 11, "upper95": v + 11})
                      for g, v in (("ldn", 28.0), ("placebo", 18.0))]  # fmt: skip
    assert ours(added(ev, rows)) is None


def test_doses_of_a_trial_are_one_arm(ev):
    rng = np.random.default_rng(1)
    people = {dose: rng.normal(4.8, 2, 29) for dose in (3.0, 4.5)}
    rows = [("ldn", x.mean(), {"sd": x.std(ddof=1), "n": 29, "dose_mg_per_day": dose})
            for dose, x in people.items()] + [("placebo", 5.6, {"sd": 2.1, "n": 29})]  # fmt: skip
    found = ours(added(ev, start() + rows, [
        ("pain response 30%", "ldn", 12, 29, {"dose_mg_per_day": 3.0}),
        ("pain response 30%", "ldn", 10, 29, {"dose_mg_per_day": 4.5}),
        ("pain response 30%", "placebo", 7, 29, {}),
    ]))  # fmt: skip
    both = np.concatenate(list(people.values()))
    assert found.treated.n == 58 and found.final_sd[0] == pytest.approx(both.std(ddof=1))
    assert found.treated.change_mean == pytest.approx(both.mean() - 6.9)
    assert found.treated.responders == {30.0: 22} and found.treated.responders_n == 58
    whole = ("ldn", both.mean(), {"sd": both.std(ddof=1), "n": 58, "dose_mg_per_day": math.nan})
    again = ours(added(ev, [whole, *start(), *rows]))  # the paper gives them together too: not once a dose
    assert again.treated.n == 58 and again.final_sd == pytest.approx(found.final_sd)
    high = ("ldn", 2.0, {"sd": 2.0, "n": 29, "dose_mg_per_day": 9.0})
    assert ours(added(ev, [whole, high, *start(), *rows[1:]])).treated.n == 29


def test_each_threshold_has_the_people_among_whom_it_was_counted(ev):
    """Thresholds of different people: neither an error nor a share of the wrong ones."""
    events = ev.events.copy()
    rows = (events["study_id"] == "final2024") & (events["event"] == "pain response 50%")
    events.loc[rows & (events["group"] == "ldn"), ["events", "n"]] = [55.0, 60.0]
    seen = dataclasses.replace(ev, tables={**ev.tables, "events": events})
    table = responders.shift_table([t for t in responders.trial_arms(seen) if t.study_id == "final2024"])
    mine = table[(table["arm"] == "treated") & (table["account"] == "own mean and SD")].set_index("percent")
    assert mine["n"].to_dict() == {15: 49, 30: 49, 50: 60}
    assert mine["rate"].to_dict() == pytest.approx({15: 26 / 49, 30: 20 / 49, 50: 55 / 60})
    exact = stats.binomtest(55, 60, mine.loc[50, "predicted"]).pvalue
    assert mine.loc[50, "p_value"] == pytest.approx(exact)


def test_intention_to_treat_stands_before_complete_cases(ev):
    rows = start(n=30)
    for way, value, n in (("complete cases", 4.5, 25), ("intention to treat", 4.8, 29)):
        rows += arms(value, 5.6, 2.1, n, analysis=way)
    found = ours(added(ev, rows))
    assert found.treated.n == 29 and found.treated.change_mean == pytest.approx(-2.1)


def test_spreads_of_percent_reductions_rest_on_their_own_rows_alone(ev):
    rows = [("all", 61.0, {"n": 58, "week": 0.0, **VAS}), ("all", 6.1, {"n": 58, "week": 0.0})]
    rows += [(g, v, PERCENT | {"n": 29, "lower95": v - 11, "upper95": v + 11})
             for g, v in (("ldn", 28.0), ("placebo", 18.0))]  # fmt: skip
    more = added(ev, rows)
    found = change_spreads(more).set_index("study_id").loc["smith2027"]
    behind = more.outcomes.set_index("outcome_id").loc[list(found["inputs"])]
    assert behind["value"].to_dict() == dict(zip(found["inputs"], (28.0, 18.0), strict=True))


def test_an_interval_without_a_number_gives_no_sd(ev):
    rows = [(g, -1.0, {"lower95": -2.0, "upper95": 0.0, "statistic": "mean change"})
            for g in ("ldn", "placebo")]  # fmt: skip
    assert "smith2027" not in set(change_spreads(added(ev, rows))["study_id"])


SERIOUS = "serious adverse event"


@pytest.mark.parametrize(
    "other", [{"week": 24.0}, {"analysis": "complete cases"}, {"analysis": "complete cases", "week": 24.0}]
)
def test_a_person_is_counted_once_among_those_without_a_serious_event(ev, other):
    before = safety.frequency_excluded(ev).set_index(["label", "event"]).loc[("all reports", SERIOUS)]
    more = added(ev, events=[
        (SERIOUS, group, 0, 29, cells | {"analysis": cells.get("analysis", "intention to treat")})
        for cells in ({}, other) for group in ("ldn", "placebo")
    ], treatment_weeks=24.0, dose_min_mg=4.5)  # fmt: skip
    after = safety.frequency_excluded(more).set_index(["label", "event"]).loc[("all reports", SERIOUS)]
    assert after["n"] == before["n"] + 29
    assert after["upper_percent"] == pytest.approx(100 * (1 - 0.05 ** (1 / after["n"])))
    asked = safety.harms_asked_first(more)
    assert set(asked.loc[asked["label"].str.contains("Smith"), "kind"]) == {"randomised"}


def test_a_single_high_dose_says_nothing_of_low_ones(ev):
    before = safety.frequency_excluded(ev)
    more = added(ev, events=[(SERIOUS, "ldn", 0, 29, {}), (SERIOUS, "placebo", 0, 29, {})],
                 dose_mg_per_day="50", dose_min_mg=50.0, dose_max_mg=50.0)  # fmt: skip
    assert len(safety.frequency_excluded(more)) == len(before)


def test_low_doses_of_a_trial_that_had_a_high_one_too_count_together(ev):
    before = safety.frequency_excluded(ev)
    more = added(ev, events=[
        (SERIOUS, "ldn", 0, 29, {"dose_mg_per_day": 3.0}), (SERIOUS, "ldn", 0, 30, {"dose_mg_per_day": 4.5}),
        (SERIOUS, "ldn", 1, 31, {"dose_mg_per_day": 50.0}), (SERIOUS, "placebo", 0, 29, {}),
    ], dose_min_mg=3.0, dose_max_mg=50.0)  # fmt: skip
    after = safety.frequency_excluded(more)
    mine = after[after["label"].str.contains("Smith")]
    assert mine[["events", "n"]].to_numpy().tolist() == [[0, 59]]
    assert after.iloc[-1]["n"] == before.iloc[-1]["n"] + 59


def test_events_in_a_time_at_risk_are_told_and_are_no_people(ev):
    time = {"person_weeks": 340.0, "dose_mg_per_day": 4.5}
    more = added(ev, events=[
        (event, group, n, 29, time if group == "ldn" else {"person_weeks": 340.0})
        for event, a, c in ((SERIOUS, 3, 1), ("constipation", 60, 30))
        for group, n in (("ldn", a), ("placebo", c))
    ], dose_min_mg=4.5, dose_mg_per_day="4.5")  # fmt: skip
    excluded, before = safety.frequency_excluded(more), safety.frequency_excluded(ev)
    assert excluded["n"].tolist() == before["n"].tolist()
    sentences = safety.words.harm_sentences(
        safety.compared_harms(more), excluded, safety.exposure_by_dose(more)
    )
    for name in ("serious", "short"):
        assert "Smith et al. 2027 counted 3 as events in 340 person-weeks" in sentences[name]
    asked = safety.harms_asked_first(more).set_index("harm").loc["constipation"]
    half = stats.norm.ppf(0.975) * math.sqrt(1 / 60 + 1 / 30)
    assert (asked["kind"], asked["measure"]) == ("timed", "IRR")
    assert asked[["ratio", "lower", "upper"]].tolist() == pytest.approx(
        [2, 2 * math.exp(-half), 2 * math.exp(half)]
    )
    told = safety.tables.counted(safety.harm_counts(more)).set_index(["study_id", "event"])
    assert told.loc[("smith2027", "Constipation"), "ldn"] == "60 events in 340 person-weeks"


def test_the_same_people_under_both_have_their_ratio(ev):
    cells = {"paired": "yes", "both": 4.0}
    both = [("constipation", group, n, 28, cells) for group, n in (("ldn", 12), ("placebo", 6))]
    more = added(ev, events=both, design_type="crossover", dose_min_mg=4.5)
    asked = safety.harms_asked_first(more).set_index("harm").loc["constipation"]
    half = stats.norm.ppf(0.975) * math.sqrt((12 + 6 - 2 * 4) / (12 * 6))
    assert asked[["ratio", "lower", "upper"]].tolist() == pytest.approx(
        [2, 2 * math.exp(-half), 2 * math.exp(half)]
    )


def test_doses_add_up_in_the_exposure(ev):
    more = added(ev, events=[
        ("nausea", "ldn", 6, 29, {"dose_mg_per_day": 3.0}),
        ("nausea", "ldn", 8, 30, {"dose_mg_per_day": 4.5}),
        ("nausea", "placebo", 5, 29, {}),
    ])  # fmt: skip
    row = safety.exposure(more).set_index("study_id").loc["smith2027"]
    assert (row["n_ldn"], row["weeks_ldn"]) == (59, 12)
    counted = safety.compared_harms(more).query("event == 'nausea'").iloc[0]
    assert (counted["ldn_events"], counted["ldn_n"]) == (14, 59)
    assert counted["rr"] == pytest.approx(14 / 59 / (5 / 29))


def test_the_counts_of_a_trial_follow_the_set_of_its_pain(ev):
    """A trial that the data put in the pool of pain for its low arms is in that of the counts."""
    events = [("nausea", "ldn", a, 29, {"dose_mg_per_day": dose}) for dose, a in ((3.0, 6), (9.0, 20))]
    more = added(ev, events=[*events, ("nausea", "placebo", 5, 29, {})], dose_max_mg=9.0)
    assert not len(safety.compared_harms(more).query("event == 'nausea'"))
    chosen = {"study_set_id": "x", "study_id": "smith2027", "outcome": "pain", "from_domain": "pain",
              "set": "primary", "primary_week": 12.0, "reason": "Its low arm."}  # fmt: skip
    sets = pd.concat([more.study_sets, pd.DataFrame([chosen])], ignore_index=True)
    found = safety.compared_harms(
        dataclasses.replace(more, tables={**more.tables, "study_sets": sets})
    ).query("event == 'nausea'")
    assert found[["ldn_events", "ldn_n"]].to_numpy().tolist() == [[6, 29]]


def test_a_threshold_reported_by_arms_is_among_the_measures(ev):
    cells = {"domain": "pain threshold", "measure": "mechanical pain threshold", "unit": "kPa",
             "better": "higher", "scale_min": math.nan, "scale_max": math.nan}  # fmt: skip
    more = added(ev, arms(210.0, 190.0, 60.0, **cells), dose_min_mg=4.5, dose_mg_per_day="4.5")
    row = thresholds.threshold_measures(more).set_index("study_id").loc["smith2027"]
    assert (row["reported"], row["tier"], row["n"], row["dose_mg"]) == ("estimate", 3, 87, 4.5)
    tested = thresholds.threshold_tests(more).set_index("study_id").loc["smith2027"]
    assert (tested["yi"], tested["se"]) == pytest.approx((20, 60 * math.sqrt(2 / 29)))
    pairs = [("ldn-placebo", 20.0, cells | {"statistic": "paired difference", "se": 8.0, "n": 28})]
    crossed = added(ev, pairs, dose_min_mg=4.5, dose_mg_per_day="4.5", design_type="crossover")
    found = thresholds.threshold_tests(crossed).set_index("study_id").loc["smith2027"]
    assert (found["people"], found["p_value"]) == pytest.approx((28, 2 * stats.t.sf(20 / 8, 27)))


def test_a_trial_of_unknown_size_is_in_the_default_of_the_multiverse_as_in_the_pool(ev):
    gap = ("ldn-placebo", -0.8, {"statistic": "difference in means", "se": 0.5})
    more = added(ev, [gap], dose_min_mg=4.5, dose_mg_per_day="4.5")
    aside = ("time", "contrast", "crossover_r", "spread", "sign", "tau2_method", "inference")
    every = pain_multiverse(more, kinds=("defensible",), leave_out=aside)
    default = every.mv.specification(every.reference)
    assert default.estimate == pytest.approx(analyse(more, Pain()).fit.estimate)


def test_what_a_check_cannot_decide_stands_beside_the_trial(ev):
    one = ev.findings.iloc[:1].assign(study_id="final2024", check="same_author_again")
    doubted = dataclasses.replace(ev, findings=pd.concat([ev.findings, one], ignore_index=True))
    pain = analyse(doubted, Pain())
    assert "perhaps the same trial" in pain.remarks["final2024"]
    assert set(pain.doubts) == {"final2024"} and not analyse(ev, Pain()).doubts


def test_some_of_several_trials_are_counted_in_words():
    rows = [{"study_id": str(i), "yi": y, "vi": 0.04, "df": 60.0} for i, y in enumerate((-0.9, -0.8, -0.1))]
    table = pd.DataFrame(rows).assign(printed_lower=math.nan, printed_upper=math.nan)
    said = trials_finding(table)
    assert said == "Pain was lower with LDN in all three trials, in two by their whole interval"
