"""Claims that no reference tests: each sentence read back against plain arithmetic on made-up data."""

import math
import re
from types import SimpleNamespace

import numpy as np
import pytest
from plain_sums import critical, pooled
from scipy import special, stats
from spoken import NUMBER, all_same, plain, read
from statsmodels.stats.power import TTestIndPower
from test_questions_oracle import reml, spread
from test_studies_flow import add, data, decide, record, search  # noqa: F401  (data is a fixture)

from ldn_analysis import evidence
from ldn_analysis.display.words import numeral
from ldn_analysis.questions import claims, safety, studies
from ldn_analysis.questions.claims.parameters import Claims
from ldn_analysis.questions.summary.words import limits

SETS = ("none, open", "three, changes", "eight, strong")
NONE = (math.nan,) * 3


def told(ev, claim, **choices):
    """A claim's test and its verdict."""
    test = claims.CLAIM_TESTS[claim].test(ev, Claims(**choices))
    return test, claims.judge(ev, claim, test)[0]


def half(row):
    return (float(row["upper95"]) - float(row["lower95"])) / 2


def by_hand(folder, year):
    """Verdict, people, number and limits of the claims that have any, from the project's own rows."""
    keyed = {row["outcome_id"]: row for row in read(folder, "outcomes")}
    t = {n: critical(0.95, n) for n in (9, 27, 48, 49, 90, 94, 97)}
    crossover, final, innova = (
        keyed["younger2013-pain-ldn-placebo-paired-difference"],
        keyed["final2024-pain-w12-ldn-placebo-difference-in-mean-change"],
        keyed["innova2026-pain-w13-ldn-placebo-adjusted-difference"],
    )
    share, se = float(crossover["value"]), float(crossover["value"]) / stats.t.isf(0.016 / 2, 27)
    points = float(keyed["younger2013-pain-w0-all-mean"]["value"]) / 100 / 10
    alone = [-points * x for x in (share, share + t[27] * se, share - t[27] * se)]
    y = np.array([alone[0], float(final["value"]), float(innova["value"])])
    v = np.array([points * se, half(final) / t[97], half(innova) / t[94]]) ** 2
    arms = ("younger2013-pain-w12-ldn-mean", "younger2013-pain-w4-placebo-mean")
    one, other = (half(keyed[arm]) / t[27] * math.sqrt(28) for arm in arms)
    r = (one**2 + other**2 - 28 * se**2) / (2 * one * other)
    spread_se = math.sqrt((1 - r**2) / 27 + (1 - r**4) / 27**2)  # two SDs of the same people
    spread = [math.log(one / other) + z * spread_se for z in (0, -1.96, 1.96)]
    sds = [half(keyed[f"final2024-pain-w12-{g}-mean-change"]) / t[n - 1] * math.sqrt(n)
           for g, n in (("ldn", 49), ("placebo", 50))]  # fmt: skip
    sds += [math.sqrt(a**2 + b**2 - a * b) for a, b in ((1.55, 1.48), (1.66, 1.96))]  # r = 0.5, start to end
    shift = [1 / (2 * (n - 1)) for n in (49, 50, 47, 49)]
    ratios = [spread[0], *(math.log(sds[i] / sds[i + 1]) + shift[i] - shift[i + 1] for i in (0, 2))]
    of_ratios = np.array([spread_se**2, *(sum(x + 2 * x**2 for x in shift[i : i + 2]) for i in (0, 2))])
    legs = [keyed[f"finalqst2025-pressure-pain-tolerance-{leg}-leg-w12-ldn-placebo-difference-in-mean-change"]
            for leg in ("left", "right")]  # fmt: skip
    leg, errors = sum(float(row["value"]) for row in legs) / 2, [half(row) / t[90] for row in legs]
    leg_se = math.sqrt(errors[0] ** 2 + errors[1] ** 2 + errors[0] * errors[1]) / 2  # legs correlate by 0.5
    pilot = 30.2 / stats.t.isf(0.003 / 2, 9) * t[9]
    harm, harm_se = (41 / 49) / (43 / 50), math.sqrt(1 / 41 - 1 / 49 + 1 / 43 - 1 / 50)
    sd = np.average(v[1:] / [1 / 49 + 1 / 50, 1 / 47 + 1 / 49], weights=[97, 94]) ** 0.5 if not year else 2.0
    complete = math.ceil(TTestIndPower().solve_power(0.5 / sd, alpha=0.05, power=0.8))
    same = {
        "pilot_30_percent": ("true as reported", 10, 30.2, 30.2 - pilot, 30.2 + pilot),
        "replication_2013": ("not replicated", 28, *alone),
        "heat_threshold": ("no usable data", 0, 1, *NONE[:2]),
        "dose_unknown": ("supported", 0, 0, *NONE[:2]),
        "twice_daily_unexplored": ("supported", 0, 0, *NONE[:2]),
        "individual_dose": ("not studied", 0, 0, *NONE[:2]),
        "glia_not_neurons": ("contradicted", 0, *(450 / (4.5 + x) for x in (5.6, 7.54, 3.65))),
        "unmet_need": ("supported", 0, *(100 - 30.8 * x for x in (1.38, 1.49, 1.27))),
        "studies_needed": ("supported", 0, math.ceil(complete / 0.9), *NONE[:2]),
        "transient_blockade": ("no usable data", 0, *NONE),
        "cheap_generic": ("no usable data", 0, *NONE),
    }
    if year:
        return (
            same
            | {
                "dose_typical": ("supported", 0, 200 / 3, *NONE[:2]),
                "symptom_relief": ("supported", 28, *alone),
                "mechanical_threshold": ("no usable data", 0, *NONE),
                "all_or_nothing": ("undecided", 28, *np.exp(spread)),  # one trial alone settles nothing
                "side_effects_rare": ("no usable data", 0, *NONE),
                "long_term_safety": ("supported", 31, 12, *NONE[:2]),
            }
        )
    return same | {
        "dose_typical": ("supported", 0, 60, *NONE[:2]),
        "symptom_relief": ("undecided", 28 + 99 + 96, *pooled(y, v, reml(y, v), "hksj", 0.95)),
        "mechanical_threshold": ("undecided", 92, leg, leg - t[90] * leg_se, leg + t[90] * leg_se),
        "all_or_nothing": ("undecided", 28 + 99 + 96, *np.exp(
            pooled(np.array(ratios), of_ratios, reml(np.array(ratios), of_ratios), "hksj", 0.95))),
        "side_effects_rare": ("undecided", 99, harm, *(harm * math.exp(z * harm_se) for z in (-1.96, 1.96))),
        "long_term_safety": ("supported", 31 + 58 + 43 + 49 + 48, 52, *NONE[:2]),
    }  # fmt: skip


@pytest.mark.parametrize("year", [None, 2016])
def test_each_claim_has_the_verdict_and_the_numbers_that_a_hand_reckons(ev, year):
    told_ = {r.claim_id: r for r in claims.run_claims(ev.as_of(year))}
    wanted = by_hand(ev.folder, year)
    assert set(told_) == {*wanted, "esr_predicts"}
    for claim, (verdict, people, *numbers) in wanted.items():
        test = told_[claim].test
        assert (told_[claim].verdict, test.n) == (verdict, people), claim
        assert [test.number, test.lower, test.upper] == pytest.approx(numbers, rel=1e-4, nan_ok=True), claim


def test_the_sedimentation_rates_limits_leave_a_fortieth_beyond_what_was_seen(ev):
    """The density of a correlation of ten people (Hotelling 1953), summed from what was seen to 1."""
    test, verdict = told(ev, "esr_predicts")
    r = np.linspace(math.sqrt(0.82), 1, 200_001)[:-1]
    for limit, share in ((test.lower, 0.025), (test.upper, 0.975)):
        rho, n = math.sqrt(limit), 10
        front = (n - 2) * math.gamma(n - 1) / math.sqrt(2 * math.pi) / math.gamma(n - 0.5)
        density = front * (1 - rho**2) ** ((n - 1) / 2) * (1 - r**2) ** ((n - 4) / 2)
        density *= (1 - rho * r) ** (1.5 - n) * special.hyp2f1(0.5, 0.5, n - 0.5, (1 + rho * r) / 2)
        assert np.trapezoid(density, r) == pytest.approx(share, abs=1e-4)
    assert (test.n, test.number, verdict) == (10, 0.82, "not replicated")


def test_schedules_that_do_not_say_how_often_are_counted(ev):
    """Two titrations, one dose in steps, two that are "low dose" alone (one by 2016): none says how often."""
    for year, low, silent in ((None, 12, 5), (2016, 4, 1)):
        assert told(ev.as_of(year), "twice_daily_unexplored")[0].sentence == (
            f"None of {low} low-dose studies known here gave it twice a day; "
            f"for {silent} the schedule does not say how often."
        )


@pytest.mark.parametrize("name", SETS)
def test_what_the_tables_do_not_hold_is_not_decided(made_data, name):
    """No table names a price, nor a study that measured a rebound: if one does, these two want a test."""
    folder, ev = made_data(name)
    held = " ".join(
        cell
        for table in ("studies", "outcomes", "events", "pharmacology", "measures", "event_types")
        for row in read(folder, table) for key, cell in row.items() if key != "notes"
    ).lower()  # fmt: skip
    for claim, words in (("transient_blockade", ("rebound",)), ("cheap_generic", ("price", "cost of"))):
        test, found = told(ev, claim)
        assert found == "no usable data" and math.isnan(test.number) and test.sentence.count("No ") <= 1
        assert not any(word in held for word in words), claim


@pytest.mark.parametrize("level", [0.95, 0.8])
def test_dramatic_or_nothing_is_the_pooled_ratio_of_spreads(made_data, level):
    """Log ratios of the SDs of change with their small-sample shift, and the interval of three kinds."""
    folder, ev = made_data("three, changes")
    rows = [r for r in read(folder, "outcomes") if r["domain"] == "pain" and r["statistic"] == "mean change"]
    yi, vi, people = [], [], 0.0
    for study in dict.fromkeys(r["study_id"] for r in rows):
        arms = {r["group"]: r for r in rows if r["study_id"] == study}
        (s, n), (t, m) = ((spread(arms[g]), float(arms[g]["n"])) for g in ("ldn", "placebo"))
        yi.append(math.log(s / t) + 1 / (2 * (n - 1)) - 1 / (2 * (m - 1)))
        vi.append(sum(1 / (2 * (x - 1)) + 1 / (2 * (x - 1) ** 2) for x in (n, m)))  # to the second order
        people += n + m
    y, v = np.array(yi), np.array(vi)
    test, verdict = told(ev, "all_or_nothing", level=level)
    text = re.match(
        rf"In (\w+) trials \((\d+) people\) change spread ({NUMBER}) times as much under LDN as under "
        rf"placebo \((\d+)% interval ({NUMBER}) to ({NUMBER})\): (.+)\.$",
        plain(test.sentence),
    )
    assert text, test.sentence
    assert (text[1], int(text[2]), int(text[4])) == (numeral(len(y)), people, round(100 * level))
    ends = {
        kind: np.exp(pooled(y, v, reml(y, v), kind, level)) for kind in ("hksj plain", "hksj_modified", "z")
    }
    ratio, low, high = np.exp(pooled(y, v, reml(y, v), "hksj", level))  # the wider, as in the report on pain
    assert [test.number, test.lower, test.upper] == pytest.approx([ratio, low, high], rel=2e-3)
    all_same([text[3], text[5], text[6]], (test.number, test.lower, test.upper))
    wider, ruled_out = [e[1] > 1 for e in ends.values()], [e[2] < 1.2 for e in ends.values()]
    if all(ruled_out):
        assert "1.2 times as wide is unlikely" in text[7] and verdict == "contradicted"
    elif any(ruled_out):
        assert "depends on the kind of interval" in text[7] and verdict == "undecided"
    elif not any(wider):
        assert "equal spread and a wider one are both possible" in text[7] and verdict == "undecided"


@pytest.mark.parametrize("level", [0.95, 0.9])
def test_a_year_of_it_leaves_open_what_nobody_having_it_does(level):
    """The longest trial of a year: 1 - (1 - level)^(1/n) where none of n people had the event."""
    ev = evidence.load()
    rows = [r for r in read(ev.folder, "events") if "serious" in r["event"] and r["group"] == "ldn"]
    weeks = {r["study_id"]: float(r["treatment_weeks"] or 0) for r in read(ev.folder, "studies")}
    long = [r for r in rows if weeks[r["study_id"]] >= 52 and r["events"] == "0"]
    least = min(100 * (1 - (1 - level) ** (1 / float(r["n"]))) for r in long)
    said = plain(safety.words.longest(safety.frequency_excluded(ev, level=level)))
    found = re.fullmatch(
        rf"Over (\d+) weeks none of (\d+) people on LDN had a (.+): that alone leaves open up to ({NUMBER}) "
        "in 100",
        said,
    )
    assert found and float(found[4]) == pytest.approx(least, abs=0.051)
    assert int(found[1]) >= 52 and found[2] in {r["n"] for r in long}
    test, _ = told(ev, "long_term_safety", level=level)
    assert f"in up to {least:.1f} of 100 remain possible" in test.sentence


def test_pain_is_said_to_stand_for_symptoms_and_one_trial_is_one(made_data):
    _, ev = made_data("one")
    test, _ = told(ev, "symptom_relief")
    assert test.sentence.startswith("In one trial (") and "Pain stands here for the symptoms" in test.more
    starts = [
        r["reason"] for r in read(ev.folder, "judgements") if r["item"] == "start" and r["value"] == "high"
    ]
    assert not any(re.search(r"\btrials\b", why) for why in starts if "does not apply" not in why)


def test_a_search_that_two_people_screened_whole_is_systematic(data):  # noqa: F811
    """Every record decided by two people who agree; a third record that one has seen alone is too few."""
    add(data, "searches", search(n=3, query="naltrexone", searched_on="2026-11-19"))
    add(data, "records", record("a"), record("b"), record("c", same_as="a", same_by="DOI"))
    both = [decide(r, who, "out", "not naltrexone") for r in "ab" for who in ("AB", "CD")]
    add(data, "decisions", *both[:-1])
    one = SimpleNamespace(ev=evidence.load(data))
    assert limits(one) == "Not a systematic search." and "no two people" in studies.collection(one.ev)[1]
    add(data, "decisions", both[-1])
    two = SimpleNamespace(ev=evidence.load(data))
    assert limits(two) == "A systematic search."
    assert "two people screened what a stated query found in PubMed" in studies.collection(two.ev)[1]
