"""Posterior probabilities never stand alone: prior and range over priors are beside them, in one place."""

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

from ldn_analysis import evidence, models
from ldn_analysis.questions import pain
from ldn_analysis.questions.pain import belief, words
from ldn_analysis.questions.parameters import Analysis

RESULT = pain.analyse(evidence.load(), Analysis())
Y, V = RESULT.used["yi"].to_numpy(), RESULT.used["vi"].to_numpy()


def test_the_probability_of_relief_that_matters_and_its_range():
    """Sums of a grid written apart: 1.07% at scale 0.5, 0.16% at 0.25, 7.96% where tau is uniform to 4."""
    found = RESULT.chances["beyond"]
    assert found.probability == pytest.approx(0.0107, abs=0.0001)
    assert (found.low, found.high) == pytest.approx((0.0016, 0.0796), abs=0.0001)
    assert found.before == pytest.approx(stats.norm.cdf(-1, 0, 4))
    assert words.chance(found) == "1% (0.2 to 8.0% over the priors tried; 40% before the data)"
    assert "0.2 to 8.0%" in RESULT.reconciled
    assert "−1.50 to 1.07" in RESULT.reconciled


def test_the_range_holds_what_every_prior_of_the_table_gives():
    """A range "over the priors tried" is over those that the page tries, the widest of them included."""
    tried = RESULT.by_prior.query("`prior of the mean` == 'normal(0, 4)'")["probability_below"]
    found = RESULT.chances["relief"]
    assert len(tried) == 7
    assert (found.low, found.high) == pytest.approx((tried.min(), tried.max()))


def test_without_a_threshold_only_the_direction_has_a_probability():
    assert set(pain.analyse(evidence.load(), Analysis(measure="SMD")).chances) == {"relief", "new"}
    assert words.percents(0.00001, 0.03) == "under 0.1 to 3.0%"
    assert words.percents(0.71, 0.89) == "71 to 89%"


def test_the_ladder_has_one_point_estimate_and_marks_the_default():
    rungs = RESULT.ladder.set_index("label")
    assert list(rungs.index[rungs["chosen"]]) == ["REML, Hartung-Knapp"]
    bayes = rungs.loc["Bayes, half-normal τ (scale 0.5)", "estimate"]
    assert bayes == RESULT.posterior.mu.median
    assert "Bayes, τ from published meta-analyses" in rungs.index
    by_prior = RESULT.by_prior
    here = by_prior.query("tau_prior == 'half-normal 0.5' and `prior of the mean` == 'normal(0, 4)'")
    assert here["estimate"].iloc[0] == pytest.approx(bayes)


def test_the_published_prior_is_the_log_student_that_it_says():
    """Median and quartiles of tau squared from scipy's t; total of one."""
    prior = belief.published_prior()
    tau2 = np.exp(-3.16 + 2.5 * stats.t.ppf([0.25, 0.5, 0.75], 5))
    below = [
        integrate.quad(lambda u: np.exp(u + prior.log_density(np.exp(u))), -60, np.log(t) / 2, limit=400)[0]
        for t in tau2
    ]
    assert below == pytest.approx([0.25, 0.5, 0.75], abs=1e-6)


def test_the_posterior_under_it_against_a_quadrature_written_apart():
    prior = belief.published_prior(1.5)
    fit = models.posterior(Y, V, prior, models.Normal(0, 4))
    x = np.linspace(-110, 50, 200_001)
    w = 1 / (V[:, None] + np.exp(x))
    precision = w.sum(0) + 1 / 16
    mean = (w * Y[:, None]).sum(0) / precision
    log_lik = 0.5 * (
        np.log(w).sum(0) - np.log(precision) - (w * Y[:, None] ** 2).sum(0) + precision * mean**2
    )
    weight = np.exp(log_lik) * stats.t.pdf((x - (-3.16 + 2 * np.log(1.5))) / 2.5, 5)
    total = np.trapezoid(weight, x)
    assert fit.mu.mean == pytest.approx(np.trapezoid(weight * mean, x) / total, abs=1e-7)
    tail = np.trapezoid(weight * stats.norm.cdf((-1 - mean) * np.sqrt(precision)), x) / total
    assert fit.mu.probability_below(-1) == pytest.approx(tail, abs=1e-7)


def test_points_in_one_sd():
    sd = RESULT.published[belief.PUBLISHED].sd
    assert 1.2 < sd < 1.9  # the trials' own SDs of change, in points


def test_points_in_one_sd_are_of_trials_with_the_same_instruments_on_both_scales():
    both = pd.DataFrame(
        {"study_id": ["a", "b"], "included": True, "instrument": "pain NRS", "yi": [-0.8, -0.1]}
    )
    mean = "pain NRS and bodily pain (SF-36)"  # the second has no points: the signs may differ
    standardised = both.assign(yi=[-0.4, 0.02], instrument=["pain NRS", mean])
    assert belief.sd_of_units(both, standardised) == pytest.approx(2.0)
