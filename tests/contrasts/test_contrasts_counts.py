"""Counts in every form: people, percentages, both conditions, a time at risk; and no row that vanishes."""

import math

import numpy as np
import pytest
from trials import STUDY, gap, tables

from ldn_analysis import contrasts, evidence, measures
from ldn_analysis.errors import InputError

CROSSOVER = ({"design_type": "crossover"},)
E30 = "pain response 30%"


def counts(ldn, placebo, n=(40, 40), **cells):
    return [
        {"group": group, "events": x, "n": float(k)} | cells
        for group, x, k in (("ldn", ldn, n[0]), ("placebo", placebo, n[1]))
    ]


def only(events, studies=({},), event=E30):
    table = contrasts.event_table(tables([], studies, events=events), event)
    (found,) = table.to_dict("records")
    return found


def test_matched_pairs_agree_with_metafor():
    """metafor 3.8.1, escalc(measure = "MPRR" and "MPRD") of three tables."""
    both, first, second = np.array([5, 0, 12]), np.array([13, 3, 13]), np.array([7, 4, 21])
    ratio = measures.matched_pairs("MPRR", both, first, second, np.array([30, 27, 52]))
    assert ratio.yi == pytest.approx([0.619039208406223, -0.223143551314210, -0.479573080261886])
    assert ratio.vi == pytest.approx([0.1098901098901099, 0.4, 0.0366300366300366])
    gap = measures.matched_pairs("MPRD", both, first, second, np.array([30, 27, 52]))
    assert gap.yi == pytest.approx([0.2, -0.0344827586206897, -0.1538461538461539])
    assert gap.vi == pytest.approx([0.00977777777777778, 0.00947148304563533, 0.00324305871643150])
    with pytest.raises(InputError, match="first - both"):
        measures.matched_pairs("MPRR", 5, 4, 9, 30)


def test_people_in_two_groups():
    found = only(counts(12.0, 6.0))
    right = measures.risk_ratio(12, 40, 6, 40)
    assert found["included"] and (found["measure"], found["yi"], found["vi"]) == ("RR", right.yi, right.vi)


def test_the_same_people_twice_need_those_with_both():
    without = only(counts(12.0, 6.0, paired="yes"), CROSSOVER)
    assert without["paired"] and math.isnan(without["yi"])
    found = only(counts(12.0, 6.0, paired="yes", both=4.0), CROSSOVER)
    right = measures.matched_pairs("MPRR", 4, 12, 6, 40)
    assert (found["measure"], found["both"]) == ("MPRR", 4) and found["yi"] == right.yi == math.log(12 / 6)
    apart = measures.risk_ratio(12, 40, 6, 40)
    assert found["vi"] == right.vi < apart.vi


@pytest.mark.parametrize(("percent", "n", "count"), [(30, 40, 12), (31, 29, 9), (0, 40, 0), (12.5, 400, 50)])
def test_a_percentage_gives_the_one_count_that_rounds_to_it(percent, n, count):
    found = only(counts(math.nan, 6.0, (n, 40), percent=percent)[:1] + counts(0.0, 6.0)[1:])
    assert (found["a"], found["included"]) == (count, True) and "one whole number" in found["derivation"]


@pytest.mark.parametrize(
    ("percent", "n", "words"), [(30, 400, "from 118 to 122"), (31, 40, "no whole number")]
)
def test_a_percentage_of_many_people_gives_no_count(percent, n, words):
    found = only(counts(math.nan, 6.0, (n, 40), percent=percent)[:1] + counts(0.0, 6.0)[1:])
    assert not found["included"] and words in found["exclusion_reason"] and math.isnan(found["a"])


def test_rates_are_compared_as_rates_and_never_counted_as_people():
    rows = counts(60.0, 30.0, event="nausea", person_weeks=480.0)
    found = only(rows, event="nausea")
    right = measures.two_rates("IRR", 60, 480, 30, 480)
    assert (found["measure"], found["yi"], found["vi"]) == ("IRR", right.yi, right.vi)
    assert not found["included"] and "not people" in found["exclusion_reason"] and math.isnan(found["a"])
    rows[1]["person_weeks"] = math.nan
    assert "do not compare" in only(rows, event="nausea")["exclusion_reason"]


def test_doses_are_added_with_their_own_people():
    rows = [
        {"group": "ldn", "events": 5.0, "n": 20.0, "dose_mg_per_day": 3.0},
        {"group": "ldn", "events": 7.0, "n": 25.0, "dose_mg_per_day": 4.5},
        {"group": "placebo", "events": 6.0, "n": 22.0},
    ]
    found = only(rows, ({"dose_max_mg": 4.5},))
    assert (found["a"], found["n1"], found["c"], found["n2"]) == (12, 45, 6, 22)


def test_counts_of_high_doses_alone_are_none_of_a_low_dose():
    rows = [row | {"dose_mg_per_day": dose} for dose in (9.0, 50.0) for row in counts(12.0, 6.0)[:1]]
    reasons = contrasts.uses(tables([gap()], events=[*rows, *counts(12.0, 6.0)[1:]]))["reason"].tolist()
    high = [f"{dose} mg a day is not a low dose" for dose in (9, 50)]
    assert reasons == ["", *high, "no count under a low dose of LDN"]


def test_every_row_of_the_data_is_used_or_listed_with_its_reason():
    ev = evidence.load()
    table = contrasts.uses(ev)
    assert list(table["row_id"]) == [*ev.outcomes["outcome_id"], *ev.events["event_id"]]
    assert (table["reason"] != "").eq(~table["used"]).all()
    assert "no analysis reads it" not in set(table["reason"])
    pooled = {key for keys in contrasts.derive(ev).table.query("included")["inputs"] for key in keys}
    assert pooled <= set(table.loc[table["used"], "row_id"])


def test_a_study_outside_the_pool_has_its_counts_listed():
    ev = tables([gap()], (STUDY | {"blinding": "open"},), events=counts(12.0, 6.0))
    table = contrasts.uses(ev)
    assert not table["used"].any() and table["reason"].str.contains("blinding").all()
