"""Sentences follow the numbers, everywhere, and never claim more than the interval allows."""

import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldn_analysis import contrasts, display, evidence
from ldn_analysis.errors import InputError
from ldn_analysis.questions.pain import words as sentences

NUMBERS = st.floats(-5, 5)


def fit(estimate, lower, upper, k=3, i2=0.0, weights=(50, 30, 20)):
    return SimpleNamespace(estimate=estimate, ci=(lower, upper), k=k, i2=i2, weights=weights[:k], level=0.95)


@pytest.mark.parametrize(
    ("lower", "upper", "where"),
    [
        (-3, -1.2, "important_benefit"),
        (-1.5, -0.5, "benefit"),
        (-0.9, -0.1, "small_benefit"),
        (-1.5, 0.4, "benefit_open"),
        (-0.9, 0.4, "little_difference"),
        (-1.5, 1.1, "open"),
        (-0.9, 1.1, "harm_open"),
        (0.1, 0.9, "small_harm"),
        (0.1, 1.9, "harm"),
        (1.2, 3, "important_harm"),
    ],
)
def test_situations(lower, upper, where):
    assert sentences.situation(lower, upper, 1.0) == where


MIRROR = {"important_benefit": "important_harm", "benefit": "harm", "small_benefit": "small_harm",
          "benefit_open": "harm_open", "open": "open", "little_difference": "little_difference"}  # fmt: skip


@given(NUMBERS, NUMBERS, st.floats(0.1, 3))
def test_situation_of_the_mirror_image(a, b, mid):
    lower, upper = sorted((a, b))
    where = sentences.situation(lower, upper, mid)
    both_ways = {**MIRROR, **{v: k for k, v in MIRROR.items()}}
    assert sentences.situation(-upper, -lower, mid) == both_ways[where]


@given(NUMBERS, NUMBERS, st.floats(0.1, 3))
def test_words_never_exceed_the_interval(a, b, mid):
    lower, upper = sorted((a, b))
    text = sentences.pooled(fit((lower + upper) / 2, lower, upper), mid, 200)
    assert "no effect" not in text
    assert "no difference" not in text
    assert len(text.split()) <= 40
    if lower <= 0 <= upper:
        assert "show relief" not in text
        assert "show worsening" not in text
    assert sentences.points(mid) in text


def test_every_phrase_can_be_reached_and_names_the_threshold():
    assert set(sentences.PHRASES) == set(MIRROR) | set(MIRROR.values())
    assert all("{mid}" in phrase for phrase in sentences.PHRASES.values())


def test_pooled_sentence():
    text = sentences.pooled(fit(-0.2153, -1.498, 1.067), 1.0, 223)
    assert text == (
        "We do not know whether LDN helps; 1 point better or worse is possible. In three trials (223 people) "
        "pain (0–10) was 0.22 points lower than on placebo (95% interval: 1.50 lower to 1.07 higher)."
    )
    assert "In one trial (28 people)" in sentences.pooled(fit(-0.5, -1, -0.1, k=1), 1.0, 28)
    assert "no interval can be given" in sentences.pooled(fit(-0.5, math.nan, math.nan), 1.0, 28)
    assert "standard deviations lower" in sentences.pooled(fit(-0.5, -1, 0.1), 1.0, 28, "SMD")


@pytest.mark.parametrize(
    ("trials", "said"),
    [
        ([(-0.5, 0.01)], "in the one trial, by its whole interval"),
        ([(0.5, 0.01)], "in no trial"),
        (
            [(-0.5, 0.01), (-0.1, 1.0), (0.4, 0.01)],
            "in two of three trials, in one by its whole interval; higher in one by its whole interval",
        ),
        ([(-0.1, 1.0), (-0.2, 1.0)], "in both trials, in none by its whole interval"),
        ([(-0.5, 0.01), (0.2, 1.0)], "in one of two trials, by its whole interval"),
        ([(-0.1, 1.0), (0.2, 1.0), (0.3, 1.0)], "in one of three trials, not by its whole interval"),
        ([(0.1, 1.0), (0.2, 1.0)], "in none of two trials"),
        ([(0.5, 0.01), (0.6, 0.01)], "in none of two trials; higher in all by their whole interval"),
    ],
)
def test_a_figure_of_trials_counts_those_with_less_pain(trials, said):
    found = sentences.trials_finding(pd.DataFrame(trials, columns=["yi", "vi"]))
    assert found == f"Pain was lower with LDN {said}"


def test_methods_that_agree_on_little_leave_no_relief_that_matters_open():
    ladder = pd.DataFrame({"lower": [-0.1, -0.3], "upper": [0.2, 0.4]})
    assert sentences.ladder_finding(ladder, 0.5).endswith("; each excludes one that matters (0.5 points)")
    assert sentences.ladder_finding(ladder, 0.3).endswith("all leave it open")


def test_participants_count_once_and_by_the_total_where_no_group_is_printed():
    """Those of the crossover once, however its design is described; a trial that prints its total alone."""
    ev = evidence.load()
    told = contrasts.derive(ev, "pain").table
    people = told[told["included"]].set_index("study_id")["people"]
    assert people["younger2013"] == 28 and people["final2024"] == 99
    total = ev.outcomes.copy()
    total.loc[total["group"] == "ldn-placebo", ["n_ldn", "n_placebo"]] = np.nan
    studies = ev.studies.assign(design=ev.studies["design"].str.replace("crossover", "AB/BA"))
    other = dataclasses.replace(ev, tables={**ev.tables, "outcomes": total, "studies": studies})
    assert evidence.participants(contrasts.derive(other, "pain").table) == evidence.participants(told) == 223


def test_percent_never_claims_certainty():
    assert [display.words.percent(p) for p in (0, 0.004, 0.5, 0.999, 1)] == [
        "under 1%", "under 1%", "50%", "over 99%", "over 99%",
    ]  # fmt: skip
    with pytest.raises(InputError):
        display.words.percent(1.2)


def test_refuses_an_interval_upside_down_and_a_threshold_of_zero():
    with pytest.raises(InputError):
        sentences.situation(1, 0, 1.0)
    with pytest.raises(InputError):
        sentences.situation(0, 1, 0.0)


def test_flip():
    assert "does not change for any correlation from −0.50 to 0.95" in sentences.flip(
        [], "correlation", -0.5, 0.95
    )
    assert "of about 0.30 and 0.70" in sentences.flip([0.3, 0.7], "correlation", 0, 1)


def test_what_was_tested():
    ev = evidence.load()
    tested = evidence.doses_tested(ev.studies)
    assert list(tested["dose_mg"]) == [4.5, 6.0]
    assert list(tested["n"]) == [31 + 58 + 86 + 98, 99]
    assert not len(evidence.doses_tested(ev.as_of(2010).studies))


def test_a_trial_of_two_doses_counts_at_each_and_an_unknown_number_is_not_0():
    studies = evidence.load().studies
    one = studies[studies["study_id"] == "innova2026"]
    schedule = {"dose_min_mg": 1.5, "dose_schedule": "1.5 mg or 4.5 mg once daily"}
    two = one.assign(study_id="a2027", trial_id="a2027", **schedule)
    silent = one.assign(study_id="b2027", trial_id="b2027", n_randomised=float("nan"))
    found = evidence.doses_tested(pd.concat([one, two, silent])).set_index("dose_mg")
    assert list(found.index) == [1.5, 4.5]
    assert found.loc[4.5].tolist() == [3, 98, 2]
    assert np.isnan(found.loc[1.5, "n"]) and found.loc[1.5, "unknown"] == 1
