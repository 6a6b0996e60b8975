"""What the report on the next trial says follows from its results."""

import numpy as np
import pandas as pd
import pytest

from ldn_analysis import evidence
from ldn_analysis.questions import next_trial
from ldn_analysis.questions.next_trial.parameters import NextTrial

FEW = {"reviews": 200, "draws": 128, "patients": 500, "trials": 100}


@pytest.fixture(scope="module")
def known() -> next_trial.Background:
    return next_trial.background(evidence.load(), NextTrial(**FEW))


def rows(width: float, error: float) -> pd.DataFrame:
    cells = [(1, 100, 1.5), (1, 1000, width), (2, 100, 1.1)]
    table = pd.DataFrame(cells, columns=["trials", "people", "width"])
    return table.assign(width_error=error, excludes=0.1)


def test_a_difference_within_the_simulation_error_is_not_stated(known: next_trial.Background) -> None:
    words = next_trial.words.sizes
    assert "helps more than ten times the size" in words(rows(1.2, 0.01), known)
    assert "ten times the size helps more" in words(rows(1.0, 0.01), known)
    assert "do not differ by more than the simulation error" in words(rows(1.12, 0.01), known)


def test_the_spreads_come_from_the_trials(known: next_trial.Background) -> None:
    """The two parallel trials: standard errors 0.3073 (49 and 50 people), 0.4105 (47 and 49)."""
    variances = [0.307348**2 / (1 / 49 + 1 / 50), 0.410471**2 / (1 / 47 + 1 / 49)]
    expected = np.sqrt(np.average(variances, weights=[97, 94]))
    assert known.sd == pytest.approx(expected, rel=1e-3)
    assert known.tau**2 == pytest.approx(known.fit.tau2)
    chosen = next_trial.background(evidence.load(), NextTrial(**FEW, sd=2.5, correlation=0.1, true_tau=0))
    assert (chosen.sd, chosen.correlation, chosen.tau) == (2.5, 0.1, 0)
    assert set(chosen.spreads["basis"]) == {"set by the reader"}


def test_a_crossover_with_carry_over_shows_less_of_the_effect(known: next_trial.Background) -> None:
    designs, params = next_trial.candidate_designs(), NextTrial(**FEW)
    table = next_trial.design_table(designs, known, params).set_index("name")
    assert table.loc["crossover-no-washout", "kept"] == pytest.approx(0.9)
    assert table.loc["crossover-washout", "kept"] == 1
    assert table.loc["drop-the-losers", "se"] != table.loc["drop-the-losers", "se"]
    expected = known.sd * np.sqrt(2 * (1 - known.correlation) / 90)
    assert table.loc["crossover-washout", "se"] == pytest.approx(expected)


def test_the_funnel_says_what_the_pooled_review_would(known: next_trial.Background) -> None:
    from ldn_analysis import models
    from ldn_analysis.questions.pain.words import situation

    params = NextTrial(**FEW)
    found = next_trial.decision_map(known, params)
    y, v = known.used["yi"].to_numpy(), known.used["vi"].to_numpy()
    for i, j in ((0, 20), (10, 50), (30, 90)):
        fit = models.pool([*y, found.estimate[j]], [*v, found.se[i] ** 2], **params.pooling(4))
        assert found.situations[i, j] == situation(*fit.ci, params.mid)


def test_history_looks_only_at_trials_after_the_year(known: next_trial.Background) -> None:
    params = NextTrial(**FEW)
    held = next_trial.beliefs(evidence.load(), known, params)
    later = next_trial.check_by_history(known, held, params)
    assert set(later["year"]) == {2024, 2026}
    assert ((later["lower"] < later["expected"]) & (later["expected"] < later["upper"])).all()
    assert later["below"].between(0, 1).all()
    assert "No trial that can be pooled" in next_trial.words.history(later.iloc[:0], 2026)
