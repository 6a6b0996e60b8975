"""Counts of one period of a crossover are two groups; of some doses alone they say so. None counts twice."""

import math

import pytest
from trials import arm, gap, tables

from ldn_analysis import contrasts
from ldn_analysis.contrasts.events import FIRST

CROSSOVER = {"design": "crossover", "design_type": "crossover"}
OTHER = CROSSOVER | {"study_id": "later", "trial_id": "new", "label": "Later report", "year": 2028}
DOSES = {"dose_mg_per_day": "3 to 4.5", "dose_max_mg": 4.5, "dose_schedule": "3 mg or 4.5 mg once daily"}


def groups(ldn, placebo, **cells):
    """Rows of both groups, each (events, people)."""
    return [
        {"group": group, "events": float(x), "n": float(n)} | cells
        for group, (x, n) in (("ldn", ldn), ("placebo", placebo))
    ]


def first(ldn=(6, 14), placebo=(3, 15), **cells):
    return groups(ldn, placebo, **{"period": 1.0} | cells)


def both(ldn=(12, 29), placebo=(6, 29), **cells):
    return groups(ldn, placebo, **{"paired": "yes", "both": 4.0} | cells)


def found(events, studies=(CROSSOVER,)):
    ev = tables([gap()], studies, events=events)
    return contrasts.event_table(ev), contrasts.uses(ev).query("table == 'events'")


def test_the_first_period_is_two_groups_as_metafor_has_them():
    """metafor 3.8.1: escalc(measure = "RR", ai = 6, n1i = 14, ci = 3, n2i = 15)."""
    table, uses = found(first())
    row = table.iloc[0]
    assert (row["measure"], row["included"], row["paired"], row["period"]) == ("RR", True, False, 1)
    assert (row["yi"], row["vi"]) == pytest.approx((0.762140052046897, 0.361904761904762), abs=1e-14)
    assert "the first period alone, as two groups" in row["derivation"] and uses["used"].all()


@pytest.mark.parametrize(("a", "c"), [(1, 1), (1, 15), (14, 1), (6, 3), (14, 15)])
def test_the_first_period_gives_what_a_parallel_trial_of_its_people_gives(a, c):
    one = found(first((a, 14), (c, 15)))[0].iloc[0]
    other = found(groups((a, 14), (c, 15)), ({},))[0].iloc[0]
    cells = ["a", "n1", "c", "n2", "yi", "vi", "included"]
    assert one[cells].tolist() == pytest.approx(other[cells].tolist(), abs=0)


@pytest.mark.parametrize("order", [1, -1])
def test_counts_of_both_conditions_give_way_to_the_first_period_and_say_why(order):
    table, uses = found([*first(), *both()][::order])
    assert table.loc[table["included"], "n1"].tolist() == [14]
    assert table.loc[~table["included"], "exclusion_reason"].tolist() == [FIRST]
    assert sorted(zip(uses["used"], uses["reason"], strict=True)) == [(False, FIRST)] * 2 + [(True, "")] * 2


def test_one_event_by_its_first_period_leaves_another_as_it_is():
    table, _ = found([*first(), *both(event="nausea")])
    assert table.set_index("event")["included"].all()
    assert table.set_index("event")["paired"].to_dict() == {"pain response 30%": False, "nausea": True}


@pytest.mark.parametrize(
    "weak",
    [first(placebo=(3, math.nan)), first()[:1], first(how_read="secondary")],
    ids=["n", "alone", "read"],
)
def test_where_the_first_period_cannot_be_compared_both_conditions_stand(weak):
    ev = tables([gap()], (CROSSOVER,), events=[*weak, *both()])
    table = contrasts.event_table(ev, reading="transcribed")
    assert table.loc[table["included"], "measure"].tolist() == ["MPRR"]
    assert (table.loc[~table["included"], "exclusion_reason"] != "").all()


def test_the_first_period_in_a_second_report_is_that_of_the_same_trial():
    rows = [*both(), *(row | {"study_id": "later"} for row in first())]
    table, _ = found(rows, (CROSSOVER, OTHER))
    assert table.loc[table["included"], "study_id"].tolist() == ["later"]
    assert table.set_index("study_id").loc["new", "exclusion_reason"] == FIRST


def test_a_later_period_is_listed_and_not_added():
    table, uses = found([*first(), *groups((9, 15), (2, 14), period=2.0, week=24.0)])
    assert table.loc[table["included"], ["n1", "n2"]].to_numpy().tolist() == [[14, 15]]
    assert uses.loc[~uses["used"], "reason"].str.contains("period 2 of a crossover").all()
    alone, _ = found(groups((9, 15), (2, 14), period=2.0))
    assert not alone["included"].any() and alone["yi"].isna().all()


def test_in_the_first_of_three_periods_the_doses_are_different_people():
    rows = [
        {"group": "ldn", "events": 4.0, "n": 10.0, "dose_mg_per_day": 3.0, "period": 1.0},
        {"group": "ldn", "events": 5.0, "n": 9.0, "dose_mg_per_day": 4.5, "period": 1.0},
        {"group": "placebo", "events": 2.0, "n": 11.0, "period": 1.0},
    ]
    row = found(rows, (CROSSOVER | DOSES,))[0].iloc[0]
    assert row[["a", "n1", "c", "n2"]].tolist() == [9, 19, 2, 11] and row["included"]
    paired = [{k: v for k, v in row.items() if k != "period"} | {"paired": "yes"} for row in rows]
    refused = found(paired, (CROSSOVER | DOSES,))[0].iloc[0]
    assert "once a dose (4 of 10 at 3 mg, 5 of 9 at 4.5 mg)" in refused["exclusion_reason"]
    assert math.isnan(refused["a"]) and refused["n1"] == 10  # nobody is counted twice


def test_a_period_without_an_event_has_people_and_no_ratio():
    row = found(first((0, 14), (0, 15)))[0].iloc[0]
    assert row[["a", "n1", "c", "n2"]].tolist() == [0, 14, 0, 15] and math.isnan(row["yi"])


UNEQUAL = CROSSOVER | {"treatment_weeks": 12.0, "control_weeks": 4.0}


def at_their_ends(rows):
    """The same counts, each at the end of its own condition."""
    return [row | {"week": 12.0 if row["group"] == "ldn" else 4.0} for row in rows]


@pytest.mark.parametrize("counts", [first(), both()], ids=["first period", "both conditions"])
def test_conditions_that_end_at_different_weeks_are_compared_where_each_ends(counts):
    """Whether somebody responds is asked at the end: as if both had lasted as long."""
    table, _ = found(at_their_ends(counts), (UNEQUAL,))
    (row,) = table.to_dict("records")
    equal = found(counts)[0].iloc[0]
    assert row["included"] and row["week"] == 12
    assert (row["yi"], row["vi"], row["n1"], row["n2"]) == tuple(equal[["yi", "vi", "n1", "n2"]])
    assert "LDN was taken for 12 weeks and placebo for 4" in row["derivation"]


def test_harms_in_conditions_of_different_length_are_listed_with_the_reason():
    table, uses = found(at_their_ends(first(event="nausea")), (UNEQUAL,))
    (row,) = table.to_dict("records")
    assert not row["included"] and (row["a"], row["c"]) == (6, 3)
    assert row["exclusion_reason"].startswith(
        "LDN was taken for 12 weeks and placebo for 4: in a longer time"
    )
    assert set(uses["reason"]) == {row["exclusion_reason"]}


def test_another_week_of_placebo_than_its_end_is_no_partner():
    rows = [row | {"week": 12.0 if row["group"] == "ldn" else 3.0} for row in first()]
    table, _ = found(rows, (UNEQUAL,))
    assert sorted(table["exclusion_reason"]) == ["no count in a control group", "no count under LDN"]


def test_pain_in_the_first_period_is_compared_where_each_condition_ends():
    rows = [arm("ldn", 4.8, n=14, period=1.0), arm("placebo", 5.6, n=15, period=1.0, week=4.0)]
    (row,) = contrasts.derive(tables(rows, (UNEQUAL,)), "pain").table.to_dict("records")
    assert row["included"] and row["yi"] == pytest.approx(-0.8)
    assert row["vi"] == pytest.approx(2.1**2 / 14 + 2.1**2 / 15)  # Cochrane Handbook 6.5.1.1


def of_doses(*doses, n=29.0):
    return [
        {"group": "ldn", "events": 6.0, "n": n, "dose_mg_per_day": dose} for dose in doses
    ] + [{"group": "placebo", "events": 5.0, "n": 29.0}]  # fmt: skip


@pytest.mark.parametrize("known", ["schedule", "outcomes", "other counts"])
def test_counts_of_one_dose_alone_say_so(known):
    study = DOSES if known == "schedule" else DOSES | {"dose_schedule": "as tolerated"}
    outcomes = [gap(dose_mg_per_day=dose) for dose in (3.0, 4.5)] if known == "outcomes" else [gap()]
    more = [row | {"event": "nausea"} for row in of_doses(3.0, 4.5)] if known == "other counts" else []
    ev = tables(outcomes, (study,), events=[*of_doses(3.0), *more])
    rows = contrasts.event_table(ev).set_index("event")
    row = rows.loc["pain response 30%"]
    assert row["alone"] == "of 3 mg a day alone, without 4.5 mg, which it gave too"
    assert row["alone"] in row["derivation"] and row["dose_mg"] == 3
    assert row[["n1", "n2"]].tolist() == [29, 29]
    assert not more or rows.loc["nausea", "alone"] == ""


def test_counts_of_every_dose_or_of_all_of_them_say_nothing():
    for rows in (of_doses(3.0, 4.5), of_doses(math.nan, n=58.0)):
        assert found(rows, (DOSES,))[0]["alone"].tolist() == [""]
    assert found(of_doses(math.nan), ({},))[0]["alone"].tolist() == [""]


def test_a_row_of_all_doses_stands_for_them_and_the_doses_are_listed():
    table, uses = found([*of_doses(math.nan, n=58.0)[:1], *of_doses(3.0, 4.5)], (DOSES,))
    row = table.iloc[0]
    assert row[["a", "n1", "n2"]].tolist() == [6, 58, 29] and row["included"]
    assert uses["used"].tolist() == [True, False, False, True]
    assert set(uses.loc[~uses["used"], "reason"]) == {"all doses together are counted, as reported"}
    doubtful, _ = found([*of_doses(math.nan)[:1], *of_doses(3.0, 4.5)], (DOSES,))
    assert "nothing says which is meant" in doubtful.iloc[0]["exclusion_reason"]
