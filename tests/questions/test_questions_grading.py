"""GRADE's levels by rule: what takes one off, and why."""

import math
from types import SimpleNamespace

import pytest

from ldn_analysis.questions.grading import pooled_certainty
from ldn_analysis.questions.pain import words as sentences

LOW = dict.fromkeys("abc", "low")


def fit(lower, upper, i2=0.0):
    return SimpleNamespace(ci=(lower, upper), i2=i2, weights=[40.0, 35.0, 25.0])


@pytest.mark.parametrize(
    ("result", "mid", "bias", "n", "level"),
    [
        (fit(-2.5, -1.5), 1.0, LOW, 500, "high"),
        (fit(-2.5, -1.5), 1.0, LOW, 100, "moderate"),
        (fit(-2.5, -1.5), 1.0, {}, 500, "moderate"),
        (fit(-2.5, -1.5, i2=50), 1.0, LOW, 500, "moderate"),
        (fit(-1.5, -0.5), 1.0, LOW, 500, "moderate"),
        (fit(-1.5, 1.1), 1.0, LOW, 500, "low"),
        (fit(-1.5, 1.1, i2=62), 1.0, {}, 223, "very low"),
        (fit(math.nan, math.nan), 1.0, LOW, 500, "low"),
        (fit(-2.5, -1.5), None, LOW, 500, "not graded"),
    ],
)
def test_levels(result, mid, bias, n, level):
    assert pooled_certainty(result, mid, bias, list("abc"), n).level == level


def test_bias_counts_by_weight():
    assert pooled_certainty(fit(-2.5, -1.5), 1.0, {"a": "low", "b": "low"}, list("abc"), 500).level == "high"
    assert pooled_certainty(fit(-2.5, -1.5), 1.0, {"a": "low"}, list("abc"), 500).level == "moderate"


def test_the_reasons_as_a_table():
    table = sentences.reasons_table(pooled_certainty(fit(-1.5, 1.1, i2=62), 1.0, {}, list("abc"), 223))
    assert list(table["reason"]) == ["risk of bias", "inconsistency", "imprecision, two levels"]
    assert sentences.reasons_table(pooled_certainty(fit(-2.5, -1.5), 1.0, LOW, list("abc"), 500))[
        "reason"
    ].tolist() == ["none"]
