"""Claims that no reference tests: each sentence read back against plain arithmetic on made-up data."""

import math
import re
from types import SimpleNamespace

import numpy as np
import pytest
from plain_sums import pooled
from spoken import NUMBER, all_same, plain, read
from test_questions_oracle import reml, spread
from test_studies_flow import add, data, decide, record, search  # noqa: F401  (data is a fixture)

from ldn_analysis import evidence
from ldn_analysis.questions import claims, safety, studies
from ldn_analysis.questions.claims.parameters import Claims
from ldn_analysis.questions.summary.words import limits

SETS = ("none, open", "three, changes", "eight, strong")


def told(ev, claim, **choices):
    """A claim's test and its verdict."""
    test = claims.CLAIM_TESTS[claim].test(ev, Claims(**choices))
    return test, claims.judge(ev, claim, test)[0]


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
        vi.append(1 / (2 * (n - 1)) + 1 / (2 * (m - 1)))
        people += n + m
    y, v = np.array(yi), np.array(vi)
    test, verdict = told(ev, "all_or_nothing", level=level)
    text = re.match(
        rf"In (\d) trials \((\d+) people\) change spread ({NUMBER}) times as much under LDN as under placebo "
        rf"\((\d+)% interval ({NUMBER}) to ({NUMBER})\): (.+)\.$",
        plain(test.sentence),
    )
    assert text, test.sentence
    assert (int(text[1]), int(text[2]), int(text[4])) == (len(y), people, round(100 * level))
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
    assert f"in up to {least:.1f} of 100 are not excluded" in test.sentence


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
