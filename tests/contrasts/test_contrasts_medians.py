"""A mean that was made of a median is less precise than the mean of the same people: by how much."""

import math

import numpy as np
import pytest
from trials import tables

from ldn_analysis import contrasts
from ldn_analysis.measures.quartiles import mean_sd_from_quartiles, variance_of_mean

CROSSOVER = {"design": "crossover", "design_type": "crossover"}


@pytest.mark.parametrize("n", [12, 30, 60, 120])
def test_the_variance_of_an_estimated_mean_is_that_of_drawn_people(n):
    people = np.random.default_rng(n).normal(size=(40_000, n))
    low, q1, median, q3, high = np.quantile(people, [0, 0.25, 0.5, 0.75, 1], axis=1)
    ends, quartiles = {"minimum": low, "maximum": high}, {"q1": q1, "q3": q3}
    for known in ({}, ends, quartiles, ends | quartiles):
        means = mean_sd_from_quartiles(median, np.full(40_000, n), **known) if known else None
        drawn = np.nanvar(means.mean if means else median) * n
        # skewed samples are refused, which trims the others a little
        assert variance_of_mean(n, quartiles="q1" in known, ends="minimum" in known) == pytest.approx(
            drawn, rel=0.09
        )


def test_a_median_of_pairs_has_the_error_of_a_median():
    cells = {"group": "ldn-placebo", "statistic": "median difference", "value": -0.8, "iqr": 2.698, "n": 58}
    table = contrasts.derive(tables([cells], [CROSSOVER]), "pain", "MD").table
    # an SD of 2 (2.698 / 1.349), and the variance of a median, pi / 2 times that of a mean
    assert table["se"].iloc[0] == pytest.approx(math.sqrt(math.pi / 2 * 58 / 59 * 4 / 58), rel=1e-3)
    apart = contrasts.derive(tables([cells], [CROSSOVER]), "pain", "SMD", assumed_crossover_r=0.5)
    steps = {step.quantity: step.value for step in apart.explanation("new").steps}
    assert steps["SD between persons"] == pytest.approx(2.0, rel=1e-3)  # the SD of people, whatever the SE


def test_the_medians_of_two_groups_have_the_error_of_estimated_means():
    rows = [
        {"group": group, "statistic": "median", "value": value, "q1": value - 1, "q3": value + 1, "n": 40}
        for group, value in (("ldn", 4.0), ("placebo", 5.0))
    ]
    table = contrasts.derive(tables(rows), "pain").table
    sd = 2 / 1.3005  # Wan et al. 2014 at n = 40: 2 z(0.74224)
    assert table["vi"].iloc[0] == pytest.approx(2 * 1.14 * sd**2 / 40, rel=0.01)
