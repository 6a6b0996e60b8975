"""How much of a pool is second-hand: shares of the weight, and the sentence."""

import math

import numpy as np
import pandas as pd
import pytest

from ldn_analysis import models
from ldn_analysis.questions import second_hand


def test_a_trial_counts_with_the_most_second_hand_of_its_inputs():
    how = ["abstract", "abstract; transcribed", "full text+derived", "secondary; abstract"]
    shares = second_hand.reading_shares(how, [10.0, 20.0, 30.0, 40.0], "abcd")
    assert list(shares["weight"]) == [10, 30, 20, 40]
    assert list(shares["names"]) == [("a",), ("c",), ("b",), ("d",)]
    assert second_hand.basis(shares) == (
        "10% of the weight rests on abstracts or registries alone (a); 30% on full texts that we read, or "
        "what we derived from them (c); 20% in part on others' transcriptions of the full paper (b); 40% in "
        "part on other sources (d)."
    )


def test_one_trial_is_named_and_none_says_nothing():
    one = second_hand.reading_shares(["abstract"], [100.0], ["Trial A"])
    assert second_hand.basis(one) == "The numbers of Trial A rest on abstracts or registries alone."
    assert second_hand.basis(second_hand.reading_shares((), (), ())) == ""
    all_ = second_hand.reading_shares(["abstract"] * 12, [100 / 12] * 12, map(str, range(12)))
    assert second_hand.basis(all_) == "All of the weight rests on abstracts or registries alone (12 trials)."


def test_rows_of_the_data_give_their_readings_once():
    table = pd.DataFrame({"key": ["x", "y", "z"], "how_read": ["abstract", "registry", "abstract"]})
    assert second_hand.reading_of_rows(table, "key", ("x", "z")) == "abstract"
    assert second_hand.reading_of_rows(table, "key", ("x", "y")) == "abstract; registry"


@pytest.mark.parametrize("prior", [None, models.Normal(0.0, 0.3)])
def test_weights_of_the_posterior_make_up_its_mean(prior):
    rng = np.random.default_rng(4)
    for k in (1, 2, 5):
        yi, vi = rng.normal(size=k), rng.uniform(0.01, 1, size=k)
        fit = models.posterior(yi, vi, mu_prior=prior)
        assert float(fit.weights @ yi) / 100 == pytest.approx(fit.mu.mean, rel=1e-9)
        assert (fit.weights.sum() == pytest.approx(100)) == (prior is None)


def test_weights_of_counts_make_up_the_ratio():
    same = models.compare_counts([10, 6, 0], [50, 40, 20], [5, 4, 0], [50, 40, 20])
    assert same.weights == pytest.approx([100 * 2.5 / 4.5, 100 * 2 / 4.5, 0])
    own = np.array([10 / 5, 6 / 4, 1])
    assert float(np.array(same.weights) @ own) / 100 == pytest.approx(same.ratio)
    opposite = models.compare_counts([20, 5], [49, 47], [13, 9], [50, 49])
    assert opposite.weights == opposite.random_weights != opposite.companion.weights
    assert sum(opposite.weights) == pytest.approx(100)
    alone = models.compare_counts([4], [49], [3], [50])
    assert alone.weights == (100.0,)
    assert all(math.isnan(w) for w in models.compare_counts([0], [9], [0], [9]).weights)
