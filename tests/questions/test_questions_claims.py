"""The claims: rules of verdict and certainty on made-up tests, numbers against other routes, then and now."""

import dataclasses
import math
import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ldn_analysis import contrasts, models
from ldn_analysis.errors import InputError
from ldn_analysis.evidence.trials import participants
from ldn_analysis.questions import claims, grading, pain, responders, thresholds
from ldn_analysis.questions.claims import tests_doses as claim_tests_doses
from ldn_analysis.questions.claims import tests_effects as claim_tests_effects
from ldn_analysis.questions.claims.claims import VERDICT_OF
from ldn_analysis.questions.claims.parameters import Claims
from ldn_analysis.questions.claims.types import declared, versus
from ldn_analysis.questions.grading import (
    bias_off,
    events_off,
    interval_off,
    pooled_certainty,
)
from ldn_analysis.questions.responders.spread import change_spreads


@pytest.fixture(scope="module")
def today(ev):
    return {r.claim_id: r for r in claims.run_claims(ev)}


@pytest.fixture(scope="module")
def before(ev):
    return {r.claim_id: r for r in claims.run_claims(ev.as_of(2016))}


def changed(ev, claim_id, item, value):
    """The evidence with one judgement changed."""
    table = ev.judgements
    row = (table["claim_id"] == claim_id) & (table["item"] == item)
    assert row.any()
    return dataclasses.replace(ev, tables={**ev.tables, "judgements": table.assign(
        value=table["value"].where(~row, value))})  # fmt: skip


# Rules -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "wanted", "found"),
    [(1, 2, "above", "for"), (-2, -1, "above", "against"), (-1, 1, "above", "open"),
     (1, 2, "below", "against"), (-2, -1, "below", "for"), (math.nan, 1, "below", "open"),
     (-math.inf, math.inf, "above", "open")],
)  # fmt: skip
def test_which_side(low, high, wanted, found):
    assert versus(low, high, 0, wanted) == found


def all_near_nought(ev, sign):
    """The evidence with every difference at `sign` times a small part of its standard error."""
    rows = ev.outcomes.copy()
    interval = rows["group"].eq("ldn-placebo") & rows[["lower95", "upper95"]].notna().all(axis=1)
    half = (rows["upper95"] - rows["lower95"]) / 2
    tested = rows["group"].eq("ldn-placebo") & rows["p_value"].notna() & rows["n"].gt(1) & ~interval
    se = rows["value"].abs() / stats.t.isf(rows["p_value"] / 2, rows["n"] - 1)
    rows["value"] = rows["value"].where(~interval, sign * half / 50).where(~tested, sign * se / 25)
    for end, way in (("lower95", -1), ("upper95", 1)):
        rows[end] = rows[end].where(~interval, rows["value"] + way * half)
    p = 2 * stats.t.sf(1 / 25, rows["n"] - 1)
    rows["p_value"] = rows["p_value"].where(~tested, p).where(~interval)
    alike = rows["statistic"].eq("r squared")
    rows["value"] = rows["value"].where(~alike, 1e-4)
    return dataclasses.replace(ev, tables={**ev.tables, "outcomes": rows})


def test_no_verdict_turns_on_the_sign_of_an_estimate_alone(ev):
    """With every difference next to nought nothing is supported and nothing contradicted, on either side."""
    for sign in (-1, 1):
        world = all_near_nought(ev, sign)
        for claim_id in ("symptom_relief", "replication_2013", "mechanical_threshold", "esr_predicts"):
            test = claims.types.CLAIM_TESTS[claim_id].test(world, Claims())
            assert test.finding in ("open", "not again"), (sign, claim_id)
            assert claim_id in ("replication_2013", "esr_predicts") or sign * test.number > 0


def test_the_verdicts_are_the_fixed_list():
    assert set(VERDICT_OF.values()) == set(claims.VERDICTS)
    assert not {"not supported", "untested"} & set(claims.VERDICTS)
    assert set(claims.pictures.VERDICT_MARKS) == set(claims.VERDICTS)
    assert len({mark for mark, _ in claims.pictures.VERDICT_MARKS.values()}) == len(claims.VERDICTS)


def test_certainty_falls_and_stops_at_very_low():
    off = [grading.Downgrade("imprecision", 2, "wide"), None, grading.Downgrade("risk of bias", 1, "high")]
    assert grading.certainty("high", off).level == "very low"
    assert grading.certainty("low", off).level == "very low"
    assert grading.certainty("high", off[:2]).level == "low"
    assert grading.certainty("high", [None]).level == "high"
    assert "two levels" in grading.certainty("high", off).reasons[1]
    with pytest.raises(InputError, match="start"):
        grading.certainty("certain", [])


def test_rules_of_grade():
    """GRADE guidelines 6: fewer than 300 events or 400 people; 25% in relative risk."""
    assert events_off(0, math.nan, math.nan).levels == 2
    assert events_off(50, 0.7, 1.3).levels == 2
    assert events_off(299, 0.9, 1.1).levels == 1
    assert events_off(300, 0.9, 1.1) is None
    assert interval_off(-0.4, 0.4, 1, 400) is None
    assert interval_off(-0.4, 0.4, 1, 399).levels == 1
    assert interval_off(-1.4, 0.4, 1, 4000).levels == 1
    assert interval_off(-1.4, 1.4, 1, 4000).levels == 2
    assert interval_off(-3, -2, 1, 4000) is None
    assert bias_off([50, 50], ["a", "b"], {"a": "low", "b": "high"}) is None
    assert bias_off([40, 60], ["a", "b"], {"a": "low"}).levels == 1


def test_a_judgement_changes_the_verdict_and_nothing_else_has_to(ev):
    test = claim_tests_doses.dose_typical(ev, Claims())
    assert claims.judge(ev, "dose_typical", test)[0] == "supported"
    strict = changed(ev, "dose_typical", "criterion", "90")
    test = claim_tests_doses.dose_typical(strict, Claims())
    assert claims.judge(strict, "dose_typical", test)[0] == "contradicted"
    closed = changed(ev, "dose_typical", "testable", "no")
    verdict, graded = claims.judge(closed, "dose_typical", test)
    assert verdict == "no usable data"
    assert graded.level == "not graded"


def test_a_claim_declared_not_testable_needs_no_criterion(ev):
    judged = ev.judgements[ev.judgements["item"] == "testable"].assign(value="no")
    closed = dataclasses.replace(ev, tables={**ev.tables, "judgements": judged})
    assert {result.verdict for result in claims.run_claims(closed)} == {"no usable data"}


def test_a_missing_judgement_is_named(ev):
    with pytest.raises(InputError, match=r"judgements.csv has no 'criterion'.*cheap_generic"):
        declared(ev, "cheap_generic", "criterion")


def test_a_judgement_that_the_data_contradict_counts_and_is_to_be_judged_again(ev, today):
    rows = ev.events
    like = rows[
        (rows["study_id"] == "final2024") & (rows["event"] == "any adverse event") & (rows["week"] == 12)
    ]
    dreams = like.assign(event="vivid dreams", event_id=like["event_id"] + "-dreams")
    more = dataclasses.replace(ev, tables={**ev.tables, "events": pd.concat([rows, dreams])})
    found = {r.claim_id: r for r in claims.run_claims(more)}["side_effects_rare"].certainty
    before = today["side_effects_rare"].certainty
    assert found.level == before.level and "not counted" in str(before.reasons)
    assert "not counted" not in str(found.reasons) and "to be judged again" in str(found.reasons)


def test_a_domain_is_taken_off_once(ev):
    test = claims.ClaimTest("for", "x.", downgrades=(grading.Downgrade("imprecision", 2, "computed"),))
    _, graded = claims.judge(ev, "all_or_nothing", test)
    assert [d.levels for d in graded.downgrades if d.domain == "imprecision"] == [2]


# Every claim -----------------------------------------------------------------------------------------------


def test_every_claim_has_a_test_and_judgements(ev, today):
    assert list(claims.CLAIM_TESTS) and set(claims.CLAIM_TESTS) == set(ev.claims["claim_id"])
    judged = ev.judgements.groupby("claim_id")["item"].agg(set)
    for claim_id, result in today.items():
        assert "testable" in judged[claim_id]
        assert result.verdict in claims.VERDICTS
        assert result.certainty.level in ("high", "moderate", "low", "very low", "not graded")
        assert result.certainty.reasons
    assert (ev.judgements[["reason", "may_be_changed_by"]].map(len) > 5).all(axis=None)


def test_each_rule_fits_its_kind_of_claim(today):
    """Observed: 30.2 is more than 30, whatever its interval. Replicated: by others. Counts: no GRADE."""
    assert today["pilot_30_percent"].verdict == "true as reported"
    assert today["replication_2013"].verdict == "not replicated"
    assert "None of 2 other trials" in today["replication_2013"].test.sentence
    assert today["esr_predicts"].verdict == "not replicated"
    for name, tested in claims.CLAIM_TESTS.items():
        if tested.rule != "effect":
            assert today[name].certainty.level == "not graded"
    assert today["symptom_relief"].certainty.level != "not graded"


def test_what_the_conflicts_and_quotations_say(today):
    pilot, crossover = today["pilot_30_percent"].test.more, today["replication_2013"].test.more
    assert "31.7% under LDN and 16.7% under placebo (p 0.042, above the paper's own limit of 0.014" in pilot
    assert "pain 28.8% against 18%" in crossover and "symptom severity 48.5% against 27.4%" in crossover


def test_the_typical_dose_counts_only_what_the_data_say(today):
    """Jackson 2021 and Ramanathan 2012 say "low dose" alone: six of ten, not eight of eleven."""
    test = today["dose_typical"].test
    assert test.k == 10
    assert not {"jackson2021", "ramanathan2012"} & set(test.inputs)


def test_dramatic_or_nothing_is_that_of_the_responders_report(ev, today):
    found = responders.spread_ratio(ev, at=1.2)
    test = today["all_or_nothing"].test
    assert (test.k, test.n) == (found.k, found.n)
    assert test.number == found.intervals["ratio"].iloc[0]
    assert all(f"{low:.2f}" in test.more for low in found.intervals["lower"])


@pytest.mark.parametrize("level", [0.95, 0.9])
def test_the_spread_of_one_trial_settles_nothing_here_as_in_the_responders_report(ev, level):
    then = ev.as_of(2016)
    found = responders.spread_ratio(then, at=1.2, level=level)
    test = claim_tests_effects.all_or_nothing(then, Claims(level=level))
    assert found.verdict == "excluded in one trial" and test.finding == "open"
    assert test.sentence.endswith("it alone settles nothing.")
    assert responders.words.short(found).startswith("We cannot tell")


@pytest.mark.slow
@pytest.mark.parametrize("year", [2008, 2010, 2016, 2024, None])
@pytest.mark.parametrize("reading", ["all", "transcribed", "abstract"])
def test_words_of_every_year_and_reading(ev, year, reading):
    seen = ev.as_of(year) if year else ev
    results = claims.run_claims(seen, Claims(reading=reading))
    for r in results:
        text = " ".join([r.test.sentence, r.test.more, *r.certainty.reasons])
        assert not re.search(r"\bnan\b|\binf\b|no effect|[Tt]ake |should", text), text
        assert r.test.sentence.endswith(".")
        assert len(r.test.sentence.split()) <= 45, r.test.sentence
        if r.verdict in ("not studied", "no usable data"):
            assert r.certainty.level == "not graded"


def test_harms_of_different_weeks_are_not_added_up(ev):
    """The first time gives the number, 41 of 49 against 43 of 50; the other has a sentence of its own."""
    found = claim_tests_effects.side_effects_rare(ev, Claims())
    assert found.number == pytest.approx((41 / 49) / (43 / 50))
    assert "Any adverse event at 12 weeks: 41 of 49 people on LDN, 43 of 50 on placebo." in found.sentence
    assert found.more.startswith(
        "Any adverse event at 52 weeks: 33 of 48 people on LDN, 36 of 50 on placebo."
    )
    assert "74 of 97" not in found.sentence + found.more


# Numbers against other routes ------------------------------------------------------------------------------


def test_pain_is_that_of_the_pain_report(ev, today):
    table = contrasts.derive(ev, outcome="pain").table
    used = table[table["included"]]
    fit = models.pool(used["yi"].to_numpy(), used["vi"].to_numpy())
    test = today["symptom_relief"].test
    assert (test.number, test.lower, test.upper) == (fit.estimate, *fit.ci)
    assert test.n == participants(table) == participants(used)
    bias = ev.risk_of_bias.query("outcome == 'pain' and domain == 'overall'").set_index("study_id")[
        "judgement"
    ]
    graded = pooled_certainty(fit, 1.0, bias.to_dict(), list(used["study_id"]), test.n)
    assert today["symptom_relief"].certainty.level == graded.level
    assert today["symptom_relief"].certainty.downgrades == graded.downgrades


def test_spread_of_change(ev):
    table = change_spreads(ev).set_index("study_id")
    assert list(table.index) == ["younger2013", "final2024"]
    assert table.loc["final2024", "sd_ldn"] == pytest.approx(0.45 / 2.0106 * 7, rel=1e-3)
    assert table.loc["younger2013", "sd_ldn"] == pytest.approx(9.3 / 2.0518 * np.sqrt(28), rel=1e-3)


@pytest.mark.parametrize(
    ("difference", "power", "alpha", "exact"),
    [(0.5, 0.9, 0.05, 85.031), (0.2805, 0.8, 0.05, 200.478), (1.5, 0.8, 0.05, 8.0603), (3, 0.8, 0.05, 3.0700),
     (0.2, 0.99, 0.002, 1469.36), (0.05, 0.5, 0.4, 566.84)],
)  # fmt: skip
def test_size_of_a_trial_is_that_of_a_t_test(difference, power, alpha, exact):
    """``power.t.test(delta, power = , sig.level = )`` of R 4.2, with SD 1."""
    assert models.people_per_group(1, difference, power, alpha) == math.ceil(exact)
    assert models.people_per_group(2, 2 * difference, power, alpha) == math.ceil(exact)


def test_size_of_a_trial_needs_a_power_below_one():
    with pytest.raises(InputError, match="power"):
        models.people_per_group(1, 0.5, 1)


# Tables and pictures ---------------------------------------------------------------------------------------


def test_table_and_cards(before, today):
    table = claims.claims_table(tuple(before.values()), tuple(today.values()))
    counts = claims.claim_changes(table)
    assert counts["changed"] == int(table["changed"].sum()) > 0
    assert sum(v for k, v in counts.items() if k != "changed") == len(table) == len(claims.CLAIM_TESTS)
    answer = claims.cards.claims_answer(table, "by 2016")
    assert answer == (
        "That LDN helps was supported by 2016 and is undecided today. "
        "That the right dose is unknown was and is supported."
    )
    other = claims.cards.claims_answer(table[table["claim_id"] == "dose_typical"], "by 2016")
    assert other == "“A typical low dose is 4.5 mg a day” was and is supported."
    assert "No claim" in claims.cards.claims_answer(claims.claims_table((), ()), "by 2016")
    cards = claims.cards.claim_cards(table)
    assert cards.html.count("<section") == len(table)
    seen, _, folded = cards.html.partition(
        "whose verdict stayed the same"
    )  # in full what changed, else a fold
    assert (
        seen.count("<section") == counts["changed"]
        and folded.count("<section") == len(table) - counts["changed"]
    )
    assert 'href="06_safety.html"' in cards.html
    spoilt = table.assign(claim="<script>alert(1)</script>")
    assert "<script>" not in claims.cards.claim_cards(spoilt).html
    figure = claims.pictures.claims_then_and_now(table)
    assert figure.get_size_inches()[0] > figure.narrow().get_size_inches()[0]


def test_summary_of_findings(ev):
    table = pain.summary_of_findings(ev).set_index("outcome")
    thirty = table.loc["Pain reduced by at least 30%"]
    # one computation a row: the risk with LDN and the difference follow from the ratio and the risk counted
    assert thirty["placebo"] == pytest.approx(100 * 22 / 99)
    assert thirty["ldn"] == pytest.approx(thirty["placebo"] * thirty["estimate"])
    for end in ("lower", "upper"):
        follows = thirty["placebo"] * (thirty[end] - 1)
        assert thirty[f"difference_{end}"] == pytest.approx(follows)
    assert thirty["n"] == 49 + 50 + 47 + 49
    assert "inconsistency" not in thirty["reasons"]  # one interval holds the other trial's ratio
    assert thirty["certainty"] == "very low"
    serious = table.loc["Serious adverse event related to treatment"]
    assert math.isnan(serious["estimate"])
    assert "leaves open up to 6.1 in 100" in serious["comment"]
    early = pain.summary_of_findings(ev.as_of(2016))
    assert list(early["certainty"]) == ["low", *["not graded"] * 5]


def test_bias_of_a_study_without_judgement_is_not_low(ev):
    assert grading.judged_bias(ev)["final2024"] == "some concerns"
    assert bias_off([1.0], ["nobody"], {}).levels == 1


def test_the_chance_of_the_sedimentation_rate_is_told_in_the_words_of_its_own_report(ev):
    found = responders.predictor(ev)
    more = claim_tests_effects.esr_predicts(ev, Claims()).more
    assert responders.words.chance_in(found.chance) in more


@pytest.mark.parametrize(
    ("difference", "criterion", "verdict"),
    [((1.2, 0.4, 2.0), "0", "supported"), ((1.2, -0.4, 2.8), "0", "undecided"),
     ((-1.2, -2.0, -0.4), "0", "contradicted"), ((1.2, 0.4, 2.0), "0.5", "undecided")],
)  # fmt: skip
def test_a_trials_heat_threshold_is_held_against_the_declared_criterion(ev, difference, criterion, verdict):
    rows = ev.outcomes
    like = rows[
        (rows["study_id"] == "finalqst2025") & (rows["measure"] == "pressure pain tolerance left leg")
    ]
    heat = like.assign(
        outcome_id="finalqst2025-heat", measure="heat pain threshold", unit="degC",
        **dict(zip(("value", "lower95", "upper95"), difference, strict=True)),
    )  # fmt: skip
    more = dataclasses.replace(ev, tables={**ev.tables, "outcomes": pd.concat([rows, heat])})
    found = {
        r.claim_id: r for r in claims.run_claims(changed(more, "heat_threshold", "criterion", criterion))
    }
    result = found["heat_threshold"]
    assert result.verdict == verdict
    assert (result.test.number, result.test.lower, result.test.upper) == difference
    assert result.certainty.level != "not graded" and "finalqst2025-heat" in result.test.inputs
    assert result.certainty.reasons[0] == "starts at low: declared before these data, and to be judged again"
    assert found["mechanical_threshold"].test == claims.CLAIM_TESTS["mechanical_threshold"].test(ev, Claims())


@pytest.mark.parametrize("legs", ["both", "left"])
def test_a_threshold_of_an_unknown_number_of_people_says_so(ev, today, legs):
    """Neither the row nor the study says how many: no error, and no number; a tolerance is called one."""
    rows, studies = ev.outcomes.copy(), ev.studies.copy()
    of_trial = rows["study_id"] == "finalqst2025"
    if legs == "left":
        rows = rows[~(of_trial & rows["measure"].str.contains("right leg"))]
    rows.loc[rows["study_id"] == "finalqst2025", ["n", "n_ldn", "n_placebo"]] = math.nan
    studies.loc[studies["study_id"] == "finalqst2025", ["n_randomised", "n_analysed"]] = math.nan
    other = dataclasses.replace(ev, tables={**ev.tables, "outcomes": rows, "studies": studies})
    found = {r.claim_id: r for r in claims.run_claims(other)}["mechanical_threshold"]
    words = "an unknown number of people) the pressure " + {"both": "that the legs", "left": "that was"}[legs]
    assert words in found.test.sentence and not found.test.n
    assert (found.test.number == today["mechanical_threshold"].test.number) == (legs == "both")
    tests = thresholds.threshold_tests(other)
    average = thresholds.pressure_average(tests)
    if legs == "both":
        certainty = thresholds.threshold_certainty(other, average, 0.5)
        pilot = thresholds.pilot_thresholds(other)
        assert "one trial of an unknown number of participants" in " ".join(certainty.reasons)
        assert "(an unknown number of people)" in thresholds.words.answer(pilot, tests, average)


@pytest.mark.parametrize("level", [0.5, 0.999])
def test_the_certainty_of_a_threshold_is_by_its_95_percent_interval_whatever_is_shown(ev, today, level):
    shown = {r.claim_id: r for r in claims.run_claims(ev, Claims(level=level))}["mechanical_threshold"]
    assert shown.test.lower != today["mechanical_threshold"].test.lower
    assert shown.certainty == today["mechanical_threshold"].certainty
