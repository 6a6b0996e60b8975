"""Counts of harms: published examples, the reference numbers, and what the real data say."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats.contingency import relative_risk
from statsmodels.stats.proportion import proportion_confint

from ldn_analysis import display, measures, models
from ldn_analysis.errors import InputError
from ldn_analysis.questions import pain, safety


def test_rule_of_three():
    """Hanley & Lippman-Hand 1983: 0 of 14 leaves open 19.3%; 3/n is close for large n."""
    assert models.zero_event_bound(14) == pytest.approx(0.193, abs=5e-4)
    assert models.zero_event_bound(300) == pytest.approx(3 / 300, rel=0.01)
    assert models.needed_to_exclude(0.01) == 299
    assert models.needed_to_exclude(0.001) == 2995


@given(st.integers(1, 2000), st.floats(0.5, 0.999))
def test_needed_undoes_the_limit(n, level):
    limit = models.zero_event_bound(n, level)
    assert models.needed_to_exclude(min(limit * (1 + 1e-9), 1 - 1e-16), level) <= n
    assert (1 - limit) ** n == pytest.approx(1 - level, rel=1e-6)


def test_rate_published():
    """Garwood 1936: limits of a Poisson count of 10 are 4.795 and 18.39."""
    assert models.exact_rate(10, 1)[1:] == pytest.approx((4.7954, 18.3904), abs=1e-3)
    assert models.exact_rate(0, 2).upper == pytest.approx(-math.log(0.05) / 2)


@pytest.mark.parametrize(("measure", "scale"), [("RR", np.log), ("RD", np.asarray), ("PETO", np.log)])
def test_pooled_counts_are_metafors(reference, measure, scale):
    d = reference("C_rare_bcg")
    a, b, c, e = (np.array(d["inputs"][x], dtype=float) for x in ("ai", "bi", "ci", "di"))
    fit = models.pool_counts(a, a + b, c, c + e, measure)
    found = d["expected"]["rma.peto"] if measure == "PETO" else d["expected"]["rma.mh"][measure]
    theirs = [found["default"][x] for x in ("beta", "ci.lb", "ci.ub")]
    assert [float(scale(x)) for x in (fit.estimate, *fit.ci)] == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize("measure", ["RR", "RD", "PETO"])
def test_one_trial_is_the_plain_effect(measure):
    plain = {"RR": measures.risk_ratio, "RD": measures.risk_difference, "PETO": measures.peto_odds_ratio}[
        measure
    ]
    fit = models.pool_counts([4], [49], [3], [50], measure)
    e = plain(4, 49, 3, 50)
    centre = fit.estimate if measure == "RD" else math.log(fit.estimate)
    assert centre == pytest.approx(float(e.yi))
    low = fit.ci[0] if measure == "RD" else math.log(fit.ci[0])
    near = 0.005 if measure == "RD" else 1e-12  # Sato's variance is not the plain one
    assert low == pytest.approx(float(e.yi) - 1.959963984540054 * math.sqrt(float(e.vi)), abs=near)


def test_peto_is_the_common_effect_of_peto_odds_ratios():
    a, n1, c, n2 = [4, 41, 7], [49, 60, 80], [3, 43, 2], [50, 66, 81]
    e = measures.peto_odds_ratio(a, n1, c, n2)
    fit, own = models.pool(e.yi, e.vi, "CE", "z"), models.pool_counts(a, n1, c, n2, "PETO")
    assert math.log(own.estimate) == pytest.approx(fit.estimate)
    assert np.log(own.ci) == pytest.approx(fit.ci)


@pytest.mark.parametrize("measure", ["RR", "RD"])
def test_swapping_groups_turns_the_sign(measure):
    a, n1, c, n2 = [4, 41, 0], [49, 60, 80], [3, 43, 2], [50, 66, 81]
    one, other = models.pool_counts(a, n1, c, n2, measure), models.pool_counts(c, n2, a, n1, measure)
    turned = -other.estimate if measure == "RD" else 1 / other.estimate
    assert one.estimate == pytest.approx(turned)


def test_no_events_give_no_ratio():
    fit = models.pool_counts([0], [48], [0], [50])
    assert fit.k == 0
    assert math.isnan(fit.estimate)
    assert "no event" in fit.note
    with pytest.raises(InputError, match="events"):
        models.pool_counts([5], [4], [0], [50])


def test_a_trial_without_events_changes_no_ratio():
    one = models.pool_counts([4], [49], [3], [50])
    two = models.pool_counts([4, 0], [49, 48], [3, 0], [50, 50])
    assert two.estimate == pytest.approx(one.estimate)
    assert (two.k, two.trials) == (1, 2)


def test_harms_of_the_real_data(ev):
    found = safety.compared_harms(ev)
    counted = found[found["event"] == "any adverse event"][["ldn_events", "ldn_n", "control_events"]]
    assert counted.to_numpy().tolist() == [[41, 49, 43], [33, 48, 36]]
    stopped = safety.leading_time(found, "stopped for side effects")
    assert stopped["rr"] == pytest.approx(4 * 50 / (3 * 49))
    peto = models.pool_counts([4], [49], [3], [50], "PETO")
    assert (stopped["peto"], stopped["peto_lower"]) == (peto.estimate, peto.ci[0])
    assert math.isnan(safety.leading_time(found, "treatment-related serious adverse event")["rr"])
    assert safety.leading_time(found, "headache") is None
    assert safety.other_times(found, "headache").empty


@pytest.mark.parametrize("level", [0.95, 0.8])
def test_counts_of_harms_are_per_hundred_with_their_exact_limits(ev, level):
    """Of each group, by statsmodels; the ratio of both, by scipy."""
    table = safety.harm_counts(ev, level=level)
    for name, events, size in (("ldn", "a", "n1"), ("control", "c", "n2")):
        own = table[table[events].notna() & table[size].notna()]
        low, high = proportion_confint(own[events].to_numpy(), own[size].to_numpy(), 1 - level, "beta")
        wanted = 100 * np.column_stack([own[events] / own[size], np.nan_to_num(low), high])
        found = own[[name, f"{name}_lower", f"{name}_upper"]].to_numpy()
        some = own[events].to_numpy() > 0  # of nobody the upper limit is one-sided
        assert some.any() and found[some] == pytest.approx(wanted[some])
    pairs = table[table["included"] & (table["measure"] == "RR") & (table[["a", "c"]] > 0).all(axis=1)]
    assert len(pairs) > 2
    for row in pairs.to_dict("records"):
        ratio = relative_risk(*(int(row[name]) for name in ("a", "n1", "c", "n2")))
        limits = ratio.confidence_interval(level)
        assert (row["ratio"], row["lower"], row["upper"]) == pytest.approx(
            (ratio.relative_risk, limits.low, limits.high)
        )


def test_the_summary_has_a_harm_at_one_time_as_the_report_on_harms_has_it(ev):
    compared = safety.compared_harms(ev)
    lead = safety.leading_time(compared, "any adverse event")
    assert (lead["week"], lead["n"]) == (12, 99)
    findings = pain.summary_of_findings(ev)
    row = findings[findings["outcome"] == "Any adverse event"].iloc[0]
    assert pain.findings.named(row) == "Any adverse event, 12 weeks"
    assert list(row[["estimate", "lower", "upper"]]) == [lead["rr"], lead["rr_lower"], lead["rr_upper"]]
    assert list(row[["difference", "difference_upper"]]) == [lead["rd"], lead["rd_upper"]]
    assert (row["inputs"], row["k"], row["n"]) == (lead["inputs"], 1, 99)
    assert row["comment"] == "At 52 weeks: 33 of 48 people on LDN, 36 of 50 on placebo."
    assert row["ldn"] == pytest.approx(100 * 41 / 49)


def test_several_trials_of_one_time_say_how_much_is_second_hand(ev):
    rows = ev.events[(ev.events["study_id"] == "innova2026") & (ev.events["event"] == "any adverse event")]
    moved = rows.assign(week=12.0, how_read="transcribed")
    events = pd.concat([ev.events.drop(rows.index), moved])
    seen = dataclasses.replace(ev, tables={**ev.tables, "events": events})
    compared = safety.compared_harms(seen)
    (said,) = safety.words.read_from(compared)
    trials = models.compare_counts([41, 33], [49, 48], [43, 36], [50, 50])
    assert trials.weights == pytest.approx([100 * w / 39.0 for w in (43 * 49 / 99, 36 * 48 / 98)], rel=0.01)
    first, second = (f"{w:.0f}%" for w in trials.weights)
    assert first in said and second in said
    assert "FINAL" in said and "INNOVA" in said
    assert safety.words.read_from(safety.compared_harms(ev)) == []
    said = safety.words.which_trials(safety.compared_harms(ev))
    assert "(FINAL), 12 weeks" in said and "(INNOVA), 52 weeks" in said
    assert safety.words.which_trials(compared.head(0)) == ""
    more = safety.compared_harms(ev).iloc[:1]
    more = more.assign(labels=[("Smith; and others 2027", *compared["labels"].iloc[0])])
    both = safety.words.which_trials(pd.concat([safety.compared_harms(ev), more]))
    assert both.count("FINAL") == both.count("INNOVA") == both.count("Smith; and others 2027, 12 weeks") == 1


def test_times_are_kept_apart(ev):
    found = safety.compared_harms(ev)
    some = found[found["event"] == "any adverse event"].set_index("week")
    assert list(some.index) == [12.0, 52.0]
    assert some.loc[12.0, "rr"] == pytest.approx((41 / 49) / (43 / 50))
    assert some.loc[12.0, "rd"] == pytest.approx(100 * (43 / 50) * (some.loc[12.0, "rr"] - 1))
    serious = found[found["event"] == "serious adverse event"].iloc[0]
    assert (serious["ldn_events"], serious["control_events"]) == (0, 1)
    low, high = serious["rd_lower"], serious["rd_upper"]
    assert (low, high) == pytest.approx([100 * x for x in models.risk_difference_interval(0, 49, 1, 50)[1:]])


def test_what_patients_ask_about_first(ev):
    """37 and 13% had vivid dreams by the news report; others pooled RR 2.41."""
    asked = safety.harms_asked_first(ev)
    dreams = asked[asked["harm"] == "vivid dreams"].set_index("kind")
    assert (dreams.loc["printed", "ldn"], dreams.loc["printed", "control"]) == (37, 13)
    assert dreams.loc["quoted", "ratio"] == 2.41
    assert (asked.loc[asked["kind"] == "none", "ldn"].isna()).all()
    stopped = safety.stopping_in_practice(ev)
    said = safety.words.practice(stopped)
    assert "87% of 31 people" in said and "36% of 115 people" in said
    assert "not in our data" in safety.words.opioids(ev.pharmacology)


def test_a_made_up_harm_enters_table_picture_and_sentence(ev):
    """Rows of the data are all that a new harm takes."""
    row = ev.events[ev.events["event"] == "stopped for side effects"].iloc[:2]
    rows = row.assign(event="dry mouth", event_id=["a-ldn", "a-placebo"], events=[30.0, 10.0])
    seen = dataclasses.replace(ev, tables={**ev.tables, "events": pd.concat([ev.events, rows])})
    compared = safety.compared_harms(seen)
    mine = compared[compared["event"] == "dry mouth"].iloc[0]
    assert mine["rr"] == pytest.approx((30 / 49) / (10 / 50))
    assert "dry mouth" in safety.words.first_title(compared, safety.quoted_harms(seen))
    assert "dry mouth" in set(safety.harms_asked_first(seen)["harm"])
    figure = safety.pictures.ratios(
        compared.assign(label=compared["event"], estimate=compared["rr"], lower=compared["rr_lower"],
                        upper=compared["rr_upper"], detail=""),
        compared.head(0),
    )  # fmt: skip
    assert "dry mouth" in display.to_svg(figure)


def test_what_was_not_counted_is_missing_not_zero(ev):
    best = safety.harms_asked_first(ev).drop_duplicates("harm").set_index("harm")["kind"]
    assert best["headache"] == "printed"
    assert best["insomnia"] == "LDN alone"
    assert best["any adverse event"] == "randomised"
    assert best["dizziness"] == "quoted"
    early = safety.harms_asked_first(ev.as_of(2012)).drop_duplicates("harm").set_index("harm")["kind"]
    assert early["headache"] == "none"


def test_exposure_of_the_real_data(ev):
    trials = safety.exposure(ev).set_index("study_id")
    assert tuple(trials.loc["innova2026", ["n_ldn", "weeks_ldn"]]) == (48, 52)
    assert trials.loc["younger2013", "n_ldn"] == 31
    assert trials.loc["paula2023", "n_ldn"] == 43  # 21 + 22 by the studies table's notes
    assert "half" in trials.loc["paula2023", "basis"]
    assert "youngerplos2009" not in trials.index  # 50 mg
    doses = safety.exposure_by_dose(ev).set_index("dose_mg")
    assert doses["longest_weeks"].to_dict() == {4.5: 52, 6.0: 12}
    # FINAL climbs to 6 mg for four weeks and holds it for eight: 49 people
    assert safety.exposure_arms(ev).set_index("study_id").loc["final2024", "weeks_full"] == 8
    assert (doses.loc[6.0, "person_weeks"], doses.loc[6.0, "titration_weeks"]) == (392, 196)


def test_frequency_left_open(ev):
    table = safety.frequency_excluded(ev)
    assert sorted(table["n"]) == [31, 48, 49, 80]  # two definitions are not added up
    last = table.iloc[-1]
    assert last["event"] == "serious adverse event"
    assert last["upper_percent"] == pytest.approx(100 * (1 - 0.05 ** (1 / 80)))
    assert len(safety.frequency_excluded(ev.as_of(2016))) == 1
    grade = safety.serious_certainty(ev, table)
    assert grade.level == "very low" and grade.reasons[0].startswith(
        "starts at high; 2 of the trials' counts"
    )
    assert [d.domain for d in grade.downgrades] == ["risk of bias", "imprecision"]  # what we lack takes none
    assert safety.serious_certainty(ev, table.head(0)).level == "not graded"


def test_serious_events_are_those_of_people_with_fibromyalgia_over_the_weeks_that_they_took_it(ev):
    before = safety.frequency_excluded(ev)
    for study, n in (("ramanathan2012", 101), ("marcus2024", 80)):
        like = ev.events[
            (ev.events["study_id"] == "younger2013") & (ev.events["event"] == "serious adverse event")
        ]
        row = like.assign(study_id=study, event_id=study, n=21.0)
        studies = ev.studies.assign(
            treatment_weeks=ev.studies["treatment_weeks"].where(ev.studies["study_id"] != study, 10.0)
        )
        tables = {**ev.tables, "events": pd.concat([ev.events, row]), "studies": studies}
        last = safety.frequency_excluded(dataclasses.replace(ev, tables=tables)).iloc[-1]
        assert last["n"] == n
        more = 21 * 10 / (365.25 / 7) if n == 101 else 0
        assert last["person_years"] == pytest.approx(before.iloc[-1]["person_years"] + more)


def test_what_is_left_open_begins_at_those_who_had_an_event(ev):
    table = safety.frequency_excluded(ev)
    for events, begins in ((0.0, 0.0), (2.0, 100 * 2 / 48)):
        figure = safety.pictures.frequency_left_open(table.head(1).assign(events=events))
        lines = [list(line.get_xdata()) for line in figure.axes[0].lines]
        assert [begins, table["upper_percent"].iloc[0]] in lines and [begins] in lines


@pytest.mark.parametrize("year", [2000, 2010, 2016, None])
@pytest.mark.parametrize("reading", ["all", "abstract"])
def test_sentences_never_claim_safety(ev, year, reading):
    seen = ev.as_of(year) if year else ev
    excluded = safety.frequency_excluded(seen, reading)
    doses = safety.exposure_by_dose(seen)  # empty where no trial was known by then
    compared, quoted = safety.compared_harms(seen, reading), safety.quoted_harms(seen, reading)
    said = safety.words.harm_sentences(compared, excluded, doses)
    answer = safety.words.answer(compared, quoted, excluded)
    assert len(answer.split()) <= 40
    text = " ".join([*said.values(), answer, safety.words.short(compared, quoted)])
    assert "nan" not in text
    assert "no effect" not in text
    assert " is safe" not in text
