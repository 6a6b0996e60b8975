"""What an analyst adds is pooled rightly, or refused with the reason: the review's inputs and their kinds."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from trials import arm, gap, tables

from ldn_analysis import contrasts, measures, models
from ldn_analysis.contrasts.study_sets import with_labels
from ldn_analysis.errors import InputError

SE = 1.1 / stats.t.ppf(0.975, 56)


def pooled(ev, **choices):
    table = contrasts.derive(ev, "pain", **choices).table
    return table[table["included"]].to_dict("records")


def only(ev, **choices):
    (found,) = pooled(ev, **choices)
    return found


def reason(ev, **choices):
    table = contrasts.derive(ev, "pain", **choices).table
    assert not table["included"].any()
    return table["exclusion_reason"].iloc[0]


def test_the_plain_case():
    found = only(tables([gap()]))
    assert (found["yi"], found["se"]) == pytest.approx((-0.8, SE))


# 1: a scale on which higher is better
@pytest.mark.parametrize("measure", ["MD", "SMD"])
def test_a_scale_on_which_higher_is_better_is_turned(measure):
    plain, relief = gap(), gap(0.8, -0.3, 1.9, better="higher")
    for one, other in (
        ([plain], [relief]),
        ([arm("ldn", 4.8), arm("placebo", 5.6)],
         [arm("ldn", 5.2, better="higher"), arm("placebo", 4.4, better="higher")]),
    ):  # fmt: skip
        a, b = only(tables(one), measure=measure), only(tables(other), measure=measure)
        assert (a["yi"], a["vi"], a["better"]) == pytest.approx((b["yi"], b["vi"], b["better"]))
        assert a["yi"] < 0 and b["better"] == "lower"


def test_the_turn_is_a_step_of_the_chain():
    chain = contrasts.derive(tables([gap(0.8, -0.3, 1.9, better="higher")])).explanation("new")
    assert any("turned" in step.note for step in chain.steps)


@pytest.mark.parametrize("better", ["", "Higher", "up"])
def test_an_unknown_direction_is_not_pooled(better):
    assert "direction" in reason(tables([gap(better=better)]))


def test_arms_that_disagree_on_direction_are_not_pooled():
    assert "direction" in reason(tables([arm("ldn", 4.8), arm("placebo", 5.6, better="higher")]))


# 2: several doses against one placebo group
DOSES = [
    arm("ldn", 4.8, dose_mg_per_day=3.0), arm("ldn", 4.9, dose_mg_per_day=4.5), arm("placebo", 5.6),
]  # fmt: skip
TWO = ({"dose_mg_per_day": "3 to 4.5", "dose_max_mg": 4.5},)


@pytest.mark.parametrize("statistic", ["mean", "mean change"])
def test_doses_of_one_trial_count_once(statistic):
    derived = contrasts.derive(tables([row | {"statistic": statistic} for row in DOSES], TWO))
    found = derived.table.iloc[0]
    # Handbook table 6.5.a for two groups
    sd = math.sqrt((28 * 2.1**2 + 28 * 2.1**2 + 29 * 29 / 58 * 0.1**2) / 57)
    assert len(derived.table) == 1 and found["n_ldn"] + found["n_control"] == 87
    assert found["yi"] == pytest.approx(4.85 - 5.6)
    assert found["vi"] == pytest.approx(sd**2 / 58 + 2.1**2 / 29)
    assert list(derived.by_dose["dose_mg"]) == [3.0, 4.5]
    assert list(derived.by_dose["yi"]) == pytest.approx([-0.8, -0.7])
    both = 2 * 2.1**2 / 29
    assert derived.covariance == pytest.approx(np.array([[both, both / 2], [both / 2, both]]))


def test_a_dose_alone_in_the_pool_is_said():
    early = [row | {"week": 4.0} for row in (DOSES[0], DOSES[2])]
    found = only(tables([*early, *DOSES[1:]], TWO))
    assert found["yi"] == pytest.approx(4.9 - 5.6) and found["dose_mg"] == 4.5
    assert "of 4.5 mg a day alone, without 3 mg, which it gave too" in found["derivation"]
    assert "alone" not in only(tables(DOSES, TWO))["derivation"]


def test_doses_with_reported_differences_count_once():
    rows = [gap(-0.8, -1.9, 0.3, dose_mg_per_day=3.0), gap(-0.7, -1.8, 0.4, dose_mg_per_day=4.5)]
    derived = contrasts.derive(tables(rows, TWO))
    found = derived.table.iloc[0]
    assert found["yi"] == pytest.approx(-0.75) and found["n_ldn"] + found["n_control"] == 87
    # equal arms: half the variance of a difference is the placebo group's, and is shared
    assert found["vi"] == pytest.approx(SE**2 * 0.75)
    assert derived.covariance[0, 1] == pytest.approx(SE**2 / 2)


def test_doses_under_smd_share_the_control_group():
    derived = contrasts.derive(tables(DOSES, TWO), measure="SMD", smd_sd="final")
    g = derived.by_dose["yi"].to_numpy()
    j = measures.hedges_j(56)
    expected = j**2 / 29 + g[0] * g[1] / (2 * 87)
    assert len(derived.table) == 1
    assert derived.covariance[0, 1] == pytest.approx(expected)
    assert np.linalg.eigvalsh(derived.covariance).min() > 0


def test_a_row_of_all_doses_together_is_taken_as_reported():
    derived = contrasts.derive(tables([*DOSES, gap(-0.77, -1.7, 0.16, n=87, n_ldn=58)], TWO))
    assert derived.table["yi"].iloc[0] == -0.77 and len(derived.by_dose) == 2


def test_an_arm_above_the_low_doses_stays_out():
    rows = [*DOSES[:1], arm("ldn", 2.0, dose_mg_per_day=50.0), DOSES[2]]
    ev = tables(rows, ({"dose_max_mg": 50.0},), [{}])
    found = only(ev)
    assert found["yi"] == pytest.approx(-0.8) and "50 mg" in found["derivation"]
    assert "50 mg" in reason(tables(rows, ({"dose_max_mg": 50.0},)))


def test_two_arms_without_their_doses_are_refused():
    rows = [row | {"dose_mg_per_day": np.nan} for row in DOSES]
    assert "differ" in reason(tables(rows))


def test_the_only_arm_of_a_week_must_have_a_low_dose():
    rows = [arm("ldn", 4.0, dose_mg_per_day=50.0), arm("placebo", 5.6)]
    assert "not a low dose" in reason(tables(rows, ({"dose_max_mg": 50.0},), [{}]))


# 3: several instruments
INSTRUMENTS = [
    gap(-7, -18, 4, measure="pain VAS", unit="mm", scale_max=100.0), gap(measure="pain NRS"),
]  # fmt: skip


def test_several_instruments_of_a_trial_are_one_estimate():
    derived = contrasts.derive(tables(INSTRUMENTS))
    (found,) = derived.table[derived.table["included"]].to_dict("records")
    assert found["instrument"] == "pain NRS and pain VAS"
    assert (found["n_ldn"], found["n_control"]) == (29, 29) and derived.unused.empty
    ses = [SE, 1.1 / stats.t.ppf(0.975, 56)]
    assert found["yi"] == pytest.approx((-0.8 - 0.7) / 2)
    for r in (0.0, 0.5, 1.0):  # Borenstein 2009, chapter 24: the mean of two estimates of the same people
        both = (ses[0] ** 2 + ses[1] ** 2 + 2 * r * ses[0] * ses[1]) / 4
        assert only(tables(INSTRUMENTS), instrument_r=r)["vi"] == pytest.approx(both)
    assert found["se"] == pytest.approx(SE)  # by default nothing is gained by asking twice
    notes = [step.note for step in derived.explanation("new").steps]
    assert any("From 0 to 1 the SE" in note for note in notes)
    later = tables([INSTRUMENTS[0] | {"week": 26.0}, INSTRUMENTS[1]])
    assert only(later)["instrument"] == "pain NRS"


@pytest.mark.parametrize("at", [{"time": "6_months"}, {}])
def test_of_instruments_at_several_weeks_the_last_of_the_treatment_stands(at):
    """Whatever their scales, and whichever row comes first; equals are told apart by name, not by place."""
    study = ({"treatment_weeks": 24.0, "control_weeks": 24.0},)
    late = gap(-14, -25, -3, week=24.0, measure="pain VAS", unit="mm", scale_max=100.0)
    for rows in ([gap(week=6.0), late], [late, gap(week=6.0)]):
        row = only(tables(rows, study), **at)
        assert (row["instrument"], row["week"], row["yi"]) == ("pain VAS", 24.0, pytest.approx(-1.4))
    alike = [gap(), gap(-0.3, -1.4, 0.8, measure="average pain (BPI)")]
    for rows in (alike, alike[::-1]):
        assert only(tables(rows), instruments="one")["instrument"] == "average pain (BPI)"
        assert only(tables(rows))["instrument"] == "average pain (BPI) and pain NRS"


def test_one_instrument_a_trial():
    derived = contrasts.derive(tables(INSTRUMENTS), instruments="one")
    used = derived.table[derived.table["included"]]
    assert list(used["instrument"]) == ["pain NRS"] and len(derived.table) == 2
    assert "pain NRS stands for pain" in derived.unused["reason"].iloc[0]
    declared = tables(INSTRUMENTS, sets=[{"from_measure": "pain VAS"}])
    assert only(declared)["instrument"] == "pain VAS" and only(declared)["yi"] == pytest.approx(-0.7)


def test_an_instrument_of_unknown_size_takes_no_participants_from_another():
    unknown = dict.fromkeys(("n", "n_ldn", "n_placebo"), np.nan)
    rows = [gap(measure="pain NRS at night", **unknown), gap()]
    assert only(tables(rows), instruments="one")["instrument"] == "pain NRS"
    mean = only(tables([gap(**unknown), INSTRUMENTS[0]]))
    assert mean["instrument"] == "pain NRS and pain VAS"
    assert (mean["n_ldn"], mean["n_control"], mean["people"], mean["df"]) == (29, 29, 58, 56)


# several analyses: everybody as randomised, or complete cases in both arms
def test_arms_of_two_analyses_are_never_compared():
    cc = {"n": 26, "analysis": "complete cases"}
    rows = [arm("ldn", 4.8, analysis="intention to treat"), arm("ldn", 4.6, **cc), arm("placebo", 5.6, **cc)]
    found = only(tables(rows))
    assert (found["yi"], found["n_ldn"]) == (pytest.approx(4.6 - 5.6), 26)
    assert found["vi"] == pytest.approx(2 * 2.1**2 / 26) and "complete cases" in found["derivation"]
    whole = [*rows, arm("placebo", 5.5, analysis="intention to treat")]
    assert only(tables(whole))["yi"] == pytest.approx(4.8 - 5.5)
    adjusted = gap(-0.6, statistic="adjusted difference (ANCOVA)", analysis="complete cases")
    assert only(tables([adjusted, gap(analysis="intention to treat")]))["yi"] == -0.8


def test_the_end_in_complete_cases_stands_before_an_early_week_of_everybody():
    early, end = gap(-0.8, week=6.0, analysis="intention to treat"), gap(-0.4, analysis="complete cases")
    found = only(tables([early, end]))
    assert (found["yi"], found["week"]) == (-0.4, 12) and "complete cases; of weeks 6, 12" in found[
        "derivation"
    ]
    assert only(tables([early, end | {"week": 24.0}]))["yi"] == -0.8  # a follow-up is not the end
    assert only(tables([early, end], sets=[{"primary_week": 6.0}]))["yi"] == -0.8


@pytest.mark.parametrize("dose", [3.0, np.nan])
def test_two_analyses_of_one_value_are_one_unless_they_differ_in_what_they_state(dose):
    first, second = (
        gap(-0.6, -1.2, 0.0, statistic=f"adjusted difference ({model})", dose_mg_per_day=dose)
        for model in ("ANCOVA", "mixed model")
    )
    alone, both = only(tables([first])), only(tables([first, second | {"p_value": 0.05}]))
    assert (both["yi"], both["vi"]) == (alone["yi"], alone["vi"])
    bare = first | {"lower95": np.nan, "upper95": np.nan}  # of two, the one that states more, wherever it is
    assert [only(tables(rows))["vi"] for rows in ([bare, second], [second, bare])] == [alone["vi"]] * 2
    wider = second | {"lower95": -1.4, "upper95": 0.2}
    mixed = only(tables([wider]))["vi"]
    for rows in ([first, wider], [wider, first]):
        assert only(tables(rows))["vi"] == mixed
        assert "preferred to the ANCOVA" in only(tables(rows))["derivation"]
    assert "ANCOVA)" in alone["derivation"] and "preferred" not in alone["derivation"]
    assert only(tables([first, bare | {"statistic": second["statistic"], "value": -0.9}]))["yi"] == -0.6
    again = wider | {"statistic": first["statistic"], "location": "Table 3"}
    assert "differ, unexplained: -0.6 (Table 2) and -0.6 (Table 3)" in reason(tables([first, again]))


def test_a_difference_beside_skewed_medians_is_standardised_by_the_sd_behind_its_own_error():
    skewed = [
        arm(group, 2.0, sd=np.nan, statistic="median", q1=1.9, q3=9.0, week=week)
        for group in ("ldn", "placebo") for week in (0.0, 12.0)
    ]  # fmt: skip
    assert only(tables([gap(), *skewed]), measure="SMD")["yi"] == pytest.approx(
        only(tables([gap()]), measure="SMD")["yi"]
    )


def test_sizes_of_other_people_are_not_those_of_the_difference():
    rows = [gap(n_ldn=np.nan, n_placebo=np.nan), arm("ldn", 4.6, n=26), arm("placebo", 5.6, n=26)]
    assert only(tables(rows))["df"] == 56 and math.isnan(only(tables(rows))["n_ldn"])


# 4: designs
@pytest.mark.parametrize(
    "design",
    ["crossover", "randomised double-blind crossover", "Crossover (AB/BA)", "cross-over", "parallel"],
)
def test_the_design_type_decides(design):
    study = ({"design": design, "design_type": "crossover"},)
    rows = [arm("ldn", 4.8), arm("placebo", 5.6)]
    assert "correlation" in reason(tables(rows, study))
    found = only(tables(rows, study), crossover_r=0.5)
    assert found["vi"] == pytest.approx(2.1**2 * 2 * 0.5 / 29) and found["n_ldn"] == 29
    assert only(tables(rows, ({"design": design},)))["vi"] == pytest.approx(2 * 2.1**2 / 29)


def test_a_crossover_by_its_first_period():
    rows = [arm("ldn", 4.8, period=1), arm("placebo", 5.6, period=1)]
    found = only(tables(rows, ({"design_type": "crossover"},)))
    assert found["vi"] == pytest.approx(2 * 2.1**2 / 29) and "first period" in found["derivation"]


def test_a_paired_difference_of_a_parallel_trial_is_not_pooled():
    reason(tables([gap(statistic="paired difference")]))


def test_counts_of_a_crossover_are_paired():
    counts = [{"group": "ldn", "events": 9, "n": 28}, {"group": "placebo", "events": 3, "n": 28}]
    ev = tables([gap()], ({"design_type": "crossover"},), events=counts)
    assert contrasts.event_table(ev)["paired"].all()


# 5: units and scales
def test_units_are_converted_or_refused():
    assert "scale" in reason(tables([gap(-8, -19, 3)]))
    mm = gap(-8, -19, 3, unit="mm", scale_max=100.0)
    assert only(tables([mm]))["yi"] == pytest.approx(-0.8)
    assert only(tables([gap(-8, -19, 3, scale_max=100.0)]))["yi"] == pytest.approx(-0.8)
    assert only(tables([gap(unit="cm")]))["yi"] == pytest.approx(-0.8)
    arms = [arm("ldn", 5.0), arm("placebo", 56.0, 21.0, unit="mm", scale_max=100.0)]
    assert "unit" in reason(tables(arms))
    assert "scale" in reason(tables([arm("ldn", 5.0), arm("placebo", 5.6, scale_max=100.0)]))


@pytest.mark.parametrize("unit", ["kPa", "Points", "", "s", "percent"])
def test_a_unit_that_does_not_convert_is_not_pooled(unit):
    assert "convert" in reason(tables([gap(unit=unit)]))


def test_millimetres_on_a_scale_of_ten_are_refused():
    assert "mm on a scale of 10" in reason(tables([gap(unit="mm")]))


# 6: several weeks
def test_one_week_a_trial():
    rows = [gap(-0.2, -1.3, 0.9, week=4.0), gap(), gap(-0.5, -1.6, 0.6, week=24.0)]
    found = only(tables(rows))
    assert found["week"] == 12 and "none is declared primary" in found["derivation"]
    assert only(tables(rows, sets=[{"primary_week": 4.0}]))["yi"] == -0.2
    assert only(tables(rows, sets=[{"primary_week": 4.0}]), time=24)["yi"] == -0.5
    assert "week 8" in reason(tables(rows, sets=[{"primary_week": 8.0}]))


def test_counts_at_one_week_and_of_one_report():
    counts = [
        {"group": group, "events": events, "n": 29, "week": week}
        for week in (12.0, 24.0)
        for group, events in (("ldn", 9), ("placebo", 4))
    ]
    table = contrasts.event_table(tables([gap()], events=counts))
    assert list(table.loc[table["included"], "week"]) == [12.0] and len(table) == 2
    sets = [{"outcome": "pain response", "primary_week": 24.0}]
    table = contrasts.event_table(tables([gap()], sets=sets, events=counts))
    assert list(table.loc[table["included"], "week"]) == [24.0]
    again = [c | {"study_id": "later"} for c in counts[:2]]
    both = tables([gap()], ({}, {"study_id": "later"}), events=[*counts[:2], *again])
    table = contrasts.event_table(both)
    assert list(table.loc[table["included"], "study_id"]) == ["new"]
    sets = [{"primary_week": 8.0}]  # declared, and nothing was counted then: that is said
    row = contrasts.event_table(tables([gap()], sets=sets, events=counts[2:])).iloc[0]
    assert row["week"] == 24 and row["derivation"].startswith("none is of week 8, declared primary: ")


@pytest.mark.parametrize(("sets", "week", "study"), [
    ((), 12, "later"), ([{"primary_week": 6.0}], 6, "new"), ([{"primary_week": 12.0}], 12, "later"),
])  # fmt: skip
def test_of_two_reports_the_one_of_the_trials_week_enters(sets, week, study):
    """The main one has week 6 of a treatment of 12; the other has week 12, and a follow-up at 24."""
    two = ({}, {"study_id": "later", "label": "Later"})
    rows = [gap(week=6.0), *(gap(-0.5, -1.6, 0.6, week=at, study_id="later") for at in (12.0, 24.0))]
    counts = [
        {"study_id": of, "group": group, "events": events, "n": 29, "week": at}
        for of, at in (("new", 6.0), ("later", 12.0), ("later", 24.0))
        for group, events in (("ldn", 9), ("placebo", 4))
    ]
    ev = tables(rows, two, sets, counts)
    for table in (contrasts.derive(ev).table, contrasts.event_table(ev)):
        taken = table[table["included"]]
        assert (list(taken["study_id"]), list(taken["week"])) == ([study], [week])
        assert table.loc[~table["included"], "exclusion_reason"].all()
    if sets:  # another time than the primary one takes the report that has it
        late = contrasts.derive(ev, time="6_months").table
        assert list(late.loc[late["included"], "study_id"]) == ["later"]
    undated = [{**row, "week": math.nan} if row["study_id"] == "new" else row for row in counts]
    harms = [{**row, "event": "nausea"} for row in undated if row["week"] != 12]
    table = contrasts.event_table(tables(rows, two, sets, harms))  # it is of the end of treatment
    assert list(table.loc[table["included"], "study_id"]) == ["new"]


@pytest.mark.parametrize(("chosen", "reason"), [
    ("primary", ""), ("all_randomised", ""), ("excluded", "left out, as its pain is: retracted"),
])  # fmt: skip
def test_harms_follow_the_judgement_of_the_trial(chosen, reason):
    """Those of a trial that is left out by judgement do not count; an unusable estimate of pain is none."""
    harms = [{"event": "nausea", "group": g, "events": 9, "n": 28} for g in ("ldn", "placebo")]
    again = [{**row, "study_id": "later"} for row in harms]
    two, sets = ({}, {"study_id": "later"}), [{"set": chosen, "reason": "retracted"}]
    ev = tables([gap()], two, sets, [*harms, *again])
    table = contrasts.event_table(ev)
    assert table["included"].tolist() == [not reason, False] and table["exclusion_reason"].iloc[0] == reason
    assert set(contrasts.admitted(ev)["study_id"]) == (set() if reason else {"new", "later"})
    kept = [*sets, {"study_id": "later"}]  # another report of it is in the pool: so are its harms
    assert contrasts.event_table(tables([gap()], two, kept, harms))["included"].all()


WEEKS = [
    arm(g, v, week=w) for w, ldn in ((4.0, 5.0), (12.0, 4.8)) for g, v in (("ldn", ldn), ("placebo", 5.6))
]


def test_a_difference_without_a_week_is_that_of_the_end_of_treatment():
    ev = tables([gap(-0.9, -2.0, 0.2, week=np.nan), *WEEKS], sets=[{"primary_week": 12.0}])
    assert (only(ev)["yi"], only(ev)["week"]) == (-0.9, 12)
    assert only(ev, time=4)["yi"] == pytest.approx(5.0 - 5.6)  # not the undated -0.9


def test_an_undated_control_is_of_the_end_however_its_empty_week_is_held():
    ev = tables([WEEKS[0], WEEKS[1] | {"week": np.nan}])
    with_none = ev.outcomes["week"].astype(object).where(ev.outcomes["week"].notna(), None)
    for weeks in (ev.outcomes["week"], with_none):
        ev.outcomes = ev.outcomes.assign(week=weeks)
        assert reason(ev) == "no between-group estimate is reported"


def counts(ldn, placebo, **cells):
    return [{"group": g, "events": x, "n": 29} | cells for g, x in (("ldn", ldn), ("placebo", placebo))]


@pytest.mark.parametrize(
    ("first", "second", "taken"),
    [({}, {"week": np.nan}, 9), ({"week": np.nan}, {"week": np.nan, "analysis": "complete cases"}, 9),
     ({"analysis": "complete cases"}, {"week": 8.0, "analysis": "intention to treat"}, 9),
     ({"analysis": "complete cases"}, {}, 7), ({"analysis": "intention to treat"}, {}, 9)],
)  # fmt: skip
def test_a_trial_is_counted_once_though_a_row_names_no_week_or_no_analysis(first, second, taken):
    events = [*counts(9, 4, **first), *counts(7, 5, **second)]
    table = contrasts.event_table(tables([gap()], events=events))
    assert list(table.loc[table["included"], "a"]) == [taken]
    assert table.loc[~table["included"], "exclusion_reason"].str.len().gt(10).all()


def test_rates_of_the_same_people_give_no_ratio_of_two_groups():
    events = counts(30, 14, paired="yes", person_weeks=330.0)
    row = contrasts.event_table(tables([gap()], ({"design_type": "crossover"},), events=events)).iloc[0]
    assert not row["included"] and math.isnan(row["vi"]) and "correlate" in row["exclusion_reason"]


def test_rates_enter_no_pool_and_are_not_called_used():
    events = counts(30, 14, person_weeks=330.0)
    uses = contrasts.uses(tables([gap()], events=events)).query("table == 'events'")
    assert not uses["used"].any() and uses["reason"].str.contains("rates").all()


def test_counts_of_two_doses_are_added():
    counts = [
        {"group": "ldn", "events": 9, "n": 29, "dose_mg_per_day": 3.0},
        {"group": "ldn", "events": 11, "n": 29, "dose_mg_per_day": 4.5},
        {"group": "placebo", "events": 4, "n": 29},
    ]
    row = contrasts.event_table(tables([gap()], TWO, events=counts)).iloc[0]
    assert tuple(row[["a", "n1", "c", "n2"]]) == (20, 58, 4, 29) and row["included"]
    both = {"group": "ldn", "events": 19, "n": 57}  # all doses, as the paper counts them together
    for rows, a in (([both, counts[0], counts[2]], 19), ([both, *counts], 20)):
        more = rows if a == 19 else [*rows, {"group": "ldn", "events": 8, "n": 29, "dose_mg_per_day": 9.0}]
        row = contrasts.event_table(tables([gap()], TWO, [{}], more)).iloc[0]
        assert (row["a"], row["included"]) == (a, True)  # with a dose that is high they hold it too
    unsaid = [c | {"dose_mg_per_day": np.nan} for c in counts]
    assert not contrasts.event_table(tables([gap()], TWO, events=unsaid))["included"].any()


# 7: no precision
@pytest.mark.parametrize(
    "rows",
    [[arm("ldn", 4.8, 0.0), arm("placebo", 5.6, 0.0)], [gap(lower=np.nan, upper=np.nan, se=0.0)],
     [gap(-0.8, -0.8, -0.8)], [gap(-0.8, -0.8, -0.8, p_value=0.0)],
     [gap(lower=np.nan, upper=np.nan, p_value=1.0)]],
)  # fmt: skip
def test_a_trial_without_error_is_not_pooled(rows):
    assert len(reason(tables(rows))) > 10


# a trial once, whatever its reports; who is in the pool
def test_a_second_report_never_enters():
    rows = [gap(), gap(-2.0, -3.1, -0.9, study_id="later")]
    derived = contrasts.derive(tables(rows, ({}, {"study_id": "later", "label": "Later"})))
    assert list(derived.table["included"]) == [True, False]
    assert "same trial as New trial" in derived.unused["reason"].iloc[0]


def test_a_trial_that_is_left_out_does_not_come_back_by_its_second_report():
    """Nor its responders; unless the second report has a row of its own, and then its main one may stand."""
    two = ({}, {"study_id": "later", "label": "Later"})
    count = {"study_id": "later", "n": 28}
    counts = [count | {"group": "ldn", "events": 9}, count | {"group": "placebo", "events": 3}]
    rows = [gap(), gap(-2.0, -3.1, -0.9, study_id="later")]
    out = [{"outcome": name, "set": "excluded", "reason": "retracted"} for name in ("pain", "pain response")]
    ev = tables(rows, two, out, counts)
    said = "The same trial as New trial, which is left out: retracted"
    assert set(contrasts.derive(ev).table["exclusion_reason"]) == {"retracted", said}
    assert list(contrasts.event_table(ev)["exclusion_reason"]) == [said]
    found = contrasts.derive(tables(rows, two, [*out, {"study_id": "later"}], counts)).table
    assert list(found.loc[found["included"], "study_id"]) == ["later"]


@pytest.mark.parametrize(
    ("choice", "message"),
    [({"time": None}, "time is None: must be a number of weeks"), ({"adjusted": "yes"}, "adjusted is 'yes'"),
     ({"instrument_r": "a"}, "instrument_r is 'a'"), ({"pre_post_r": "x"}, "pre_post_r is 'x'"),
     ({"crossover_r": np.float32(2)}, "crossover_r is .*2.0.*: a correlation"),
     ({"pre_post_r": None}, "pre_post_r is None"), ({"assumed_baseline": "6"}, "assumed_baseline is '6'"),
     ({"assumed_baseline": np.ones(2)}, "assumed_baseline is array"),
     ({"crossover_r": np.zeros(2)}, "crossover_r is array"),
     ({"crossover": 0.5}, "unknown choice crossover: must be one of study_set")],
)  # fmt: skip
def test_a_choice_of_another_type_is_refused_by_its_own_name(choice, message):
    with pytest.raises(InputError, match=message):
        contrasts.derive(tables([gap()]), "pain", **choice)


def test_a_chain_without_a_unit_names_its_measure_alone():
    chain = contrasts.derive(tables([gap()]), "pain").explanation("new")
    assert chain.scale == "MD in NRS points (0-10)" and chain.scale in chain.text()
    unknown = dataclasses.replace(chain, unit="")
    assert unknown.scale == "MD" and "MD, LDN minus control" in unknown.text()


def test_a_reason_names_studies_by_their_labels():
    labels = {"new": "New trial", "new-b": r"New \1 trial, part b", "old.1": "Old trial"}
    said = with_labels("As new, new-b and old.1. A newer renew-b, new.2 and old stay", labels)
    assert said == r"As New trial, New \1 trial, part b and Old trial. A newer renew-b, new.2 and old stay"


@pytest.mark.parametrize(
    "cells",
    [{"randomised": "no"}, {"blinding": "open"}, {"blinding": "double-blind (double-dummy)"},
     {"control": "another drug"}, {"condition": "rheumatoid arthritis"}, {"dose_max_mg": 50.0},
     {"design_type": "single-arm"}, {"design_type": "observational"}],
)  # fmt: skip
def test_who_is_in_the_pool_is_one_rule(cells):
    counts = [{"group": "ldn", "events": 9, "n": 28}, {"group": "placebo", "events": 3, "n": 28}]
    ev = tables([gap()], (cells,), events=counts)
    assert "not in the primary pool" in reason(ev)
    table = contrasts.event_table(ev)
    assert not table["included"].any() and "not in the primary pool" in table["exclusion_reason"].iloc[0]
    assert only(tables([gap()], (cells,), [{}]))["yi"] == -0.8  # the data overrule it, with a reason


def test_a_declared_exclusion_is_obeyed_for_counts_too():
    counts = [{"group": "ldn", "events": 9, "n": 28}, {"group": "placebo", "events": 3, "n": 28}]
    sets = [{"outcome": "pain response", "set": "excluded", "reason": "another definition"}]
    table = contrasts.event_table(tables([gap()], sets=sets, events=counts))
    assert list(table["exclusion_reason"]) == ["another definition"]


def test_a_declared_exclusion_of_counts_names_studies_by_their_labels():
    counts = [{"group": "ldn", "events": 9, "n": 28}, {"group": "placebo", "events": 3, "n": 28}]
    ev = tables([gap()], events=counts)
    study = ev.studies.iloc[0]
    sets = [{"outcome": "pain response", "set": "excluded", "reason": f"As {study['study_id']}."}]
    table = contrasts.event_table(tables([gap()], sets=sets, events=counts))
    assert study["label"] != study["study_id"]
    assert list(table["exclusion_reason"]) == [f"As {study['label']}."]


def test_no_row_vanishes():
    rows = [*DOSES, *INSTRUMENTS, gap(week=24.0), arm("placebo", 6.1, week=0.0)]
    derived = contrasts.derive(tables(rows, TWO))
    included = derived.table.loc[derived.table["included"], "inputs"]
    used = {i for inputs in [*included, *derived.by_dose["inputs"]] for i in inputs}
    assert used | set(derived.unused["outcome_id"]) == {f"o{i}" for i in range(len(rows))}
    assert not used & set(derived.unused["outcome_id"]) and derived.unused["reason"].str.len().gt(5).all()


def test_what_the_list_of_measures_does_not_convert_is_not_pooled():
    listed = pd.DataFrame(
        [{"measure": "pain NRS", "domain": "pain", "unit": "points", "scale_min": 0.0, "scale_max": 10.0,
          "better": "lower", "plausible_min": np.nan, "plausible_max": np.nan, "formula": "", "source": "",
          "converts_to": "NRS points (0-10)", "conversion": "as it is"}]
    )  # fmt: skip
    ev = tables([gap()])
    ev.measures = listed
    assert only(ev)["yi"] == -0.8
    ev.measures = listed.assign(conversion=np.nan, converts_to=np.nan)
    assert "does not convert" in reason(ev) and only(ev, measure="SMD")["yi"] < 0
    ev.measures = listed.assign(better="higher")
    assert "direction" in reason(ev) and "direction" in reason(ev, measure="SMD")
    ev.measures = listed.assign(scale_max=100.0)
    assert "list of measures" in reason(ev)


def test_both_doses_of_a_trial_are_in_the_dose_response_with_what_they_share():
    from ldn_analysis.questions import dosing

    priors = {"emax_sd": 2.0, "ed50_median": 3.0, "ed50_log_sd": 1.0, "tau_scale": 0.5}
    effects = dosing.dose_effects(tables(DOSES, TWO), {}, **priors)
    assert list(effects.used["dose_mg"]) == [3.0, 4.5]
    # twice the same placebo group says less than two groups would
    apart = models.bayesian_emax(
        *(effects.used[name] for name in ("dose_mg", "yi", "vi")), models.EmaxPrior(**priors)
    )
    shared = effects.emax.effect[2].quantile(0.975) - effects.emax.effect[2].quantile(0.025)
    assert shared > apart.effect[2].quantile(0.975) - apart.effect[2].quantile(0.025)
