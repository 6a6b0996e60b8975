"""GRADE's levels by rule: what takes one off, and why, against worked examples of each rule."""

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from ldn_analysis import evidence, models
from ldn_analysis.questions import grading, pain
from ldn_analysis.questions.grading import pooled_certainty
from ldn_analysis.questions.pain import words as sentences
from ldn_analysis.questions.parameters import Analysis

LOW = dict.fromkeys("abc", "low")
EV = evidence.load()


def fit(lower, upper, i2=0.0, yi=None, vi=(0.04, 0.04, 0.04)):
    middle = (lower + upper) / 2
    yi = np.full(3, middle) if yi is None else np.array(yi)
    return SimpleNamespace(
        ci=(lower, upper), i2=i2, weights=[40.0, 35.0, 25.0], estimate=middle, yi=yi, vi=np.array(vi)
    )


@pytest.mark.parametrize(
    ("result", "mid", "bias", "n", "level"),
    [
        (fit(-2.5, -1.5), 1.0, LOW, 500, "high"),
        (fit(-2.5, -1.5), 1.0, LOW, 100, "moderate"),  # a large effect in few people
        (fit(-0.5, 0.4), 1.0, LOW, 100, "high"),  # little or no difference, and the interval says so
        (fit(-2.5, -1.5), 1.0, {}, 500, "moderate"),
        (fit(-2.5, -1.5, i2=90), 1.0, LOW, 500, "high"),  # trials differ, all on one side of what matters
        (fit(-1.5, -0.5), 1.0, LOW, 500, "moderate"),
        (fit(-1.5, 1.1), 1.0, LOW, 500, "low"),
        (fit(-1.5, 1.1, i2=62), 1.0, {}, 223, "very low"),
        (fit(math.nan, math.nan), 1.0, LOW, 500, "low"),
        (fit(-2.5, -1.5), None, LOW, 500, "not graded"),
    ],
)
def test_levels(result, mid, bias, n, level):
    assert pooled_certainty(result, mid, bias, list("abc"), n).level == level


def test_the_target_follows_the_estimate():
    assert "relief that matters" in pooled_certainty(fit(-2.5, -1.5), 1.0, LOW, list("abc"), 500).target
    assert "little or no" in pooled_certainty(fit(-0.5, 0.4), 1.0, LOW, list("abc"), 500).target
    assert "worsening" in pooled_certainty(fit(1.5, 2.5), 1.0, LOW, list("abc"), 500).target


def test_inconsistency_is_by_sides_and_overlap():
    apart = fit(-0.9, 0.2, yi=[-1.4, -0.3, 0.6])
    assert [d.domain for d in pooled_certainty(apart, 1.0, LOW, list("abc"), 500).downgrades] == [
        "inconsistency"
    ]
    overlapping = fit(-0.9, 0.2, yi=[-1.4, -0.3, 0.6], vi=(1.2, 1.2, 1.2))
    assert not pooled_certainty(overlapping, 1.0, LOW, list("abc"), 500).downgrades
    same_side = fit(-0.5, 0.4, yi=[-0.9, 0.0, 0.9], i2=90)
    assert not pooled_certainty(same_side, 1.0, LOW, list("abc"), 500).downgrades


def test_trials_that_chance_alone_sets_apart_are_not_inconsistent():
    """metafor 3.8: Q of the first eight 7.02, p 0.43; of the others 17.91, p 0.012. Each has pairs on two
    sides of 1 point whose intervals do not hold the other's estimate, as 74% of such lists have whose trials
    (SE 0.2 to 0.45) share one effect of -0.8."""
    alike = [-0.55, -1.15, -0.75, -1.30, -0.62, -0.95, -1.05, -0.48]
    apart = [-0.35, -1.35, -0.75, -1.50, -0.42, -0.95, -1.25, -0.28]
    assert grading.sides_off(alike, [0.09] * 8, 1.0) is None
    assert grading.sides_off([*apart, math.nan], [0.09] * 8 + [math.nan], 1.0).levels == 1  # no ratio in one


def test_bias_counts_by_weight_and_high_risk_costs_more():
    def levels(bias, **more):
        found = grading.bias_off([40, 35, 25], list("abc"), bias, **more)
        return found.levels if found else 0

    assert levels({"a": "low", "b": "low"}) == 0
    assert levels({"a": "low"}) == 1
    assert levels(dict.fromkeys("abc", "no information")) == 1
    assert levels(dict.fromkeys("abc", "some concerns")) == 1
    assert levels(dict.fromkeys("abc", "high")) == 2
    assert levels({"a": "low", "b": "high", "c": "high"}) == 2
    mixed = {"a": "low", "b": "low", "c": "high"}
    assert levels(mixed, estimates=[0.0, 0.0, -0.5], mid=1.0) == 0  # high and low risk agree
    assert (
        levels(mixed, estimates=[-0.9, -0.9, -3.0], mid=1.0) == 1
    )  # the high-risk trial carries the mean over


def test_the_reason_speaks_of_as_many_trials_as_there_are():
    def said(n, bias, **more):
        found = grading.bias_off([60, 40, 20][:n], list("abc"[:n]), bias, **more)
        return f"{found.reason}; {found.plain}"

    for bias in ({"a": "high"}, {"a": "some concerns"}, {}):
        assert "trials" not in said(1, bias) and "the trial is" in said(1, bias)
    assert "one trial at high risk carries 60%" in said(2, {"a": "high", "b": "low"})
    assert "one trial with 60% of the weight is not" in said(2, {"b": "low"})
    assert "trials with 100% of the weight are not" in said(3, {})
    few = {"estimates": [0.0, -3.0], "mid": 1.0}
    assert "one trial at high risk and the other disagree" in said(2, {"a": "low", "b": "high"}, **few)


def test_todays_verdict():
    today = pain.analyse(EV, Analysis())
    assert today.certainty.level == "very low"
    assert [d.domain for d in today.certainty.downgrades] == ["risk of bias", "imprecision"]
    assert today.certainty.dots == "⊕○○○"
    assert today.certainty.sure == "Very unsure (GRADE: very low)"
    then = pain.analyse(EV, Analysis(as_of=2016)).certainty
    assert [(d.domain, d.levels) for d in then.downgrades] == [("risk of bias", 2)]
    narrower = pain.analyse(EV, Analysis(level=0.5)).certainty
    assert narrower == today.certainty  # GRADE looks at the 95% interval, whatever is shown


def test_statements_follow_size_and_certainty():
    said = {level: sentences.informative(level, -1.5, (-2, -1.1), 1.0) for level in grading.LEVELS}
    assert said["high"] == "LDN lowers pain by an amount that matters."
    assert said["moderate"].startswith("LDN probably lowers")
    assert said["low"].startswith("LDN may lower pain")
    assert "unsure" in said["very low"]
    assert "little or no" in sentences.informative("low", -0.2, (-0.5, 0.1), 1.0)
    less = "probably by less than matters."
    assert sentences.informative("low", -0.5, (-0.9, -0.1), 1.0) == f"LDN may lower pain, {less}"
    assert sentences.informative("high", 0.5, (0.1, 0.9), 1.0) == f"LDN worsens pain, {less}"


def test_an_estimate_a_hair_inside_the_threshold_is_not_called_small():
    """The interval decides, not the estimate: whatever reaches the threshold is left open."""
    said = sentences.informative("low", -0.99, (-1.9, -0.08), 1.0)
    assert said == "LDN may lower pain; whether by an amount that matters is open."
    assert "both possible" in sentences.informative("moderate", -0.99, (-2.0, 0.02), 1.0)
    assert "both possible" in sentences.informative("low", 0.01, (-0.2, 1.0), 1.0)
    assert "1 point better or worse" in sentences.informative("low", -0.01, (-1.4, 1.4), 1.0)
    assert "1 point better or worse" in sentences.informative("low", -0.01, (math.nan, math.nan), 1.0)
    then = pain.analyse(EV, Analysis(as_of=2016))
    assert "probably" in then.sentence and "probably" in then.in_words
    assert "too little" not in then.sentence + then.in_words


def ratios(*pairs):
    """Log ratios and variances of trials given as ratio and upper 95% limit."""
    logs = np.log(np.array(pairs))
    return logs[:, 0], ((logs[:, 1] - logs[:, 0]) / 1.959963984540054) ** 2


@pytest.mark.parametrize(
    ("trials", "off"),
    [
        ([(0.5, 0.7), (1.6, 2.2)], True),  # appreciably fewer and more, far apart
        ([(0.5, 0.7), (0.7, 0.72)], False),  # apart, but both appreciably fewer (I2 over 80%)
        ([(0.8, 0.85), (1.2, 1.3)], False),  # apart, but neither appreciable
        ([(0.74, 0.78), (0.95, 1.0)], True),  # apart, on two sides of 0.75
        ([(1.2, 1.21), (1.26, 1.27)], True),  # apart, on two sides of 1.25
        ([(1.57, 2.79), (0.58, 1.60)], False),  # on different sides, but one interval holds the other
        ([(1.57, 2.79)], False),
    ],
)
def test_counts_are_inconsistent_by_the_rule_of_differences(trials, off):
    found = grading.sides_off(*ratios(*trials), grading.RATIO_MID, math.expm1)
    assert (found is not None) == off


@pytest.mark.parametrize(
    ("events", "low", "high", "levels"),
    [
        (4000, 0.7, 1.1, 1),
        (4000, 0.75, 1.1, 1),
        (4000, 0.76, 1.24, 0),
        (4000, 0.9, 1.25, 1),
        (4000, 0.75, 1.25, 2),
        (4000, 0.5, 0.7, 0),
        (299, 0.5, 0.7, 1),
        (4000, 1.3, 2.0, 0),
    ],
)
def test_counts_are_imprecise_by_both_limits_that_are_appreciable(events, low, high, levels):
    """0.75 and 1.25 of GRADE guidelines 6: one level a side that the interval leaves open."""
    found = grading.events_off(events, low, high)
    assert (found.levels if found else 0) == levels


@pytest.mark.parametrize(
    ("events", "apart", "levels"),
    [(22, 0, 2), (22, 1, 1), (22, -1, 1), (300, 1, 0), (0, 0, 2)],
)
def test_without_a_ratio_the_difference_in_people_decides(events, apart, levels):
    found = grading.events_off(events, math.nan, math.nan, apart)
    assert (found.levels if found else 0) == levels


def test_the_reasons_as_a_table():
    found = pooled_certainty(fit(-1.5, 1.1, i2=62), 1.0, {}, list("abc"), 223)
    sure = pooled_certainty(fit(-2.5, -1.5), 1.0, LOW, list("abc"), 500)
    about = {"in_words": "", "threshold": None, "without_estimate": 0}
    of = [SimpleNamespace(certainty=graded, **about) for graded in (found, sure)]
    of_found, of_sure = (list(pain.tables.certainty(one)["what"])[1:] for one in of)
    assert of_found == ["Risk of bias", "Imprecision, two levels", "For people to judge"]
    assert len(found.why.split()) <= 30
    assert of_sure == ["No level taken off", "For people to judge"]


@pytest.mark.parametrize(
    ("choices", "trials"),
    [
        ({}, 2),  # of Bested 2023 the scale's range is not known, of Paula 2023 no difference
        ({"measure": "SMD"}, 1),
        ({"as_of": 2016}, 0),
        ({"reading": "abstract"}, 3),  # the correlation of Younger 2013 stands in the full text
        ({"study_set": "all_randomised"}, 2),
    ],
)
def test_trials_that_fit_the_pool_and_give_it_nothing_are_counted(choices, trials):
    assert pain.analyse(EV, Analysis(**choices)).without_estimate == trials


def test_a_trial_without_a_row_of_pain_is_counted():
    silent = {name: EV.tables[name].query("study_id != 'innova2026'") for name in ("outcomes", "study_sets")}
    result = pain.analyse(replace(EV, tables={**EV.tables, **silent}), Analysis())
    assert (result.fit.k, result.without_estimate) == (2, 3)


def test_two_trials_are_shown_and_equal_trials_get_the_wider_interval():
    two = pain.analyse(EV, Analysis(reading="abstract"))
    assert two.fit.k == 2
    assert two.sentence.startswith("Not settled: two trials are too few to average")
    assert "5.3" not in two.sentence
    equal = models.pool([-0.5] * 3, [0.09] * 3)
    wider = models.wider_companion(equal)
    assert equal.se == 0
    assert wider.inference == "hksj_modified"
    assert wider.ci[1] - wider.ci[0] == pytest.approx(2 * 4.302652729749464 * 0.3 / math.sqrt(3))
    assert models.wider_companion(models.pool([-2, 0, 2], [0.1] * 3)) is None
    alike = replace(pain.analyse(EV, Analysis()), fit=wider)
    assert alike.widened
    assert len(alike.sentence.split()) <= 40
    assert "the wider of two" in pain.pictures.forest(alike)["caption"]


def test_the_sentences_of_pain_hold_the_answer_its_certainty_and_the_probability():
    result = pain.analyse(EV, Analysis())
    assert result.sentences == (result.sentence, result.in_words, result.reconciled)
    assert all(sentence in result._repr_html_() for sentence in (result.sentence, result.in_words))
    nothing = pain.analyse(EV, Analysis(as_of=2000))
    assert nothing.sentences == (nothing.sentence, nothing.in_words)
