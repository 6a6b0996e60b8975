"""What the report on the next trial says follows from its results."""

import numpy as np
import pandas as pd
import pytest

from ldn_analysis import evidence
from ldn_analysis.questions import next_trial
from ldn_analysis.questions.next_trial.background import Background
from ldn_analysis.questions.next_trial.designs import candidate_designs
from ldn_analysis.questions.next_trial.parameters import NextTrial
from ldn_analysis.questions.next_trial.size import DecisionMap

FEW = {"reviews": 200, "draws": 128, "patients": 500, "trials": 100}


@pytest.fixture(scope="module")
def known() -> Background:
    return next_trial.background(evidence.load(), NextTrial(**FEW))


def rows(width: float, error: float) -> pd.DataFrame:
    cells = [(1, 100, 1.5), (1, 1000, width), (2, 100, 1.1)]
    table = pd.DataFrame(cells, columns=["trials", "people", "width"])
    return table.assign(width_error=error, excludes=0.1)


def test_a_difference_within_the_simulation_error_is_not_stated(known: Background) -> None:
    words = next_trial.words.sizes
    assert "helps more than ten times the size" in words(rows(1.2, 0.01), known)
    assert "ten times the size helps more" in words(rows(1.0, 0.01), known)
    assert "do not differ by more than the simulation error" in words(rows(1.12, 0.01), known)


def test_what_helps_more_is_said_to_rest_on_the_spread_between_trials(
    known: Background,
) -> None:
    sweep = pd.concat([rows(w, 0.01).assign(tau=t) for t, w in ((0.0, 0.9), (known.tau, 1.2), (0.9, 1.5))])
    said = next_trial.words.sizes_otherwise(sweep, known)
    assert "at 0.00 points ten times the size helps more and at 0.90 points a second trial" in said
    same = pd.concat([rows(1.3, 0.01).assign(tau=t) for t in (0.0, known.tau, 0.9)])
    assert next_trial.words.sizes_otherwise(same, known).startswith("The same holds")


def test_each_stretch_of_the_funnel_is_named_apart() -> None:
    """A situation that comes on both sides is not said to reach from one end to the other."""
    keys = np.array([["open", "open", "benefit", "little_difference", "open"]])
    found = DecisionMap(np.array([-2.0, -1, 0, 1, 2]), np.array([0.2]), keys, "open")
    table = found.reach(0.25)
    assert list(table["situation"]) == ["open", "benefit", "little_difference", "open"]
    assert list(table["min"]) == [-2, 0, 1, 2]
    assert list(table["max"]) == [-1, 0, 1, 2]
    params = NextTrial(**FEW)
    known = next_trial.background(evidence.load(), params)
    se = (2 * known.sd**2 / (0.9 * next_trial.people_for(known, params, 0.25))) ** 0.5
    assert se == pytest.approx(0.25, abs=0.002)


def test_simulated_values_have_an_error_even_where_all_draws_agree() -> None:
    worth = pd.DataFrame(
        {
            "design": ["a", "b"], "title": ["a", "b"], "people": [10, 10], "state": "today",
            "prior": "today's", "value": [0.0, 0.0], "value_error": [0.0, 0.0], "simulated": [True, False],
        }
    )  # fmt: skip
    shown = str(next_trial.tables.expected(worth, "Worth", "value", {"today": "today"})._repr_html_())
    assert "0.0 ±\u00a0under 0.1" in shown
    assert shown.count("±") == 2  # that value, and the note


def test_people_for_two_rules_are_counted_apart_from_no_treatment() -> None:
    table = pd.DataFrame(
        {
            "first": ["no treatment", "no treatment", "up"], "second": ["up", "down", "down"],
            "difference": [-0.2, -0.24, -0.04], "error": 0.002, "people": [1500.0, 1042.0, 37512.0],
            "shown": [-0.2, -0.24, -0.04], "people_error": [30.0, 17.0, 3751.0],
        }
    )  # fmt: skip
    said = next_trial.words.individual(table)
    least = "a rule from no treatment 1,000 or more"
    assert f"two rules apart takes about 38,000 (± 8,000) people an arm or more, {least}." in said
    none = next_trial.words.individual(table.assign(people=[1500.0, 1042.0, np.nan]))
    assert "The rules do not differ in mean relief by more than the simulation error" in none
    vague = table.assign(people_error=[30.0, 17.0, 18_000.0], people_least=[1400.0, 1000.0, 17_100.0])
    said = next_trial.words.individual(vague)
    assert f"two rules apart takes more than 17,000 people an arm, {least}." in said
    shown = str(next_trial.tables.rules(vague)._repr_html_())
    assert "more than 17,000" in shown and "36,000" not in shown and "38,000" not in shown


def test_people_for_two_rules_are_those_of_the_t_test(known: Background) -> None:
    """Power by statsmodels at these sizes, without drop-out: 80% is reached, with two fewer it is not."""
    from statsmodels.stats.power import TTestIndPower

    params = NextTrial(**FEW, dropout=0.0)
    table = next_trial.rules_compared(evidence.load(), known, params).dropna(subset=["people"])
    assert len(table)
    assert (table["people_least"] < table["people"]).all()
    for row in table.itertuples():
        power = [
            TTestIndPower().power(abs(row.difference) / known.sd, row.people - less, 0.05) for less in (0, 2)
        ]
        assert power[0] >= 0.8 - 1e-9 > power[1] - 1e-6


def test_the_spreads_come_from_the_trials(known: Background) -> None:
    """The two parallel trials: standard errors 0.3073 (49 and 50 people), 0.4105 (47 and 49)."""
    variances = [0.307348**2 / (1 / 49 + 1 / 50), 0.410471**2 / (1 / 47 + 1 / 49)]
    expected = np.sqrt(np.average(variances, weights=[97, 94]))
    assert known.sd == pytest.approx(expected, rel=1e-3)
    assert known.tau**2 == pytest.approx(known.fit.tau2)
    chosen = next_trial.background(evidence.load(), NextTrial(**FEW, sd=2.5, correlation=0.1, true_tau=0))
    assert (chosen.sd, chosen.correlation, chosen.tau) == (2.5, 0.1, 0)
    assert set(chosen.spreads["basis"]) == {"set by the reader"}


def test_a_crossover_with_carry_over_shows_less_of_the_effect(known: Background) -> None:
    designs, params = candidate_designs(), NextTrial(**FEW)
    table = next_trial.design_table(designs, known, params).set_index("name")
    assert table.loc["crossover-no-washout", "kept"] == pytest.approx(0.9)
    assert table.loc["crossover-washout", "kept"] == 1
    assert table.loc["drop-the-losers", "se"] != table.loc["drop-the-losers", "se"]
    expected = known.sd * np.sqrt(2 * (1 - known.correlation) / 90)
    assert table.loc["crossover-washout", "se"] == pytest.approx(expected)


def test_the_funnel_says_what_the_pooled_review_would(known: Background) -> None:
    from ldn_analysis import models
    from ldn_analysis.questions.pain.words import situation

    params = NextTrial(**FEW)
    found = next_trial.decision_map(known, params)
    y, v = known.used["yi"].to_numpy(), known.used["vi"].to_numpy()
    for i, j in ((0, 20), (10, 50), (30, 90)):
        fit = models.pool([*y, found.estimate[j]], [*v, found.se[i] ** 2], **params.pooling(4))
        assert found.situations[i, j] == situation(*fit.ci, params.mid)


def test_history_looks_only_at_trials_after_the_year(known: Background) -> None:
    params = NextTrial(**FEW)
    held = next_trial.beliefs(evidence.load(), known, params)
    later = next_trial.check_by_history(known, held, params)
    assert set(later["year"]) == {2024, 2026}
    assert ((later["lower"] < later["expected"]) & (later["expected"] < later["upper"])).all()
    assert later["below"].between(0, 1).all()
    assert "No trial of a fixed dose that can be pooled" in next_trial.words.history(later.iloc[:0], 2026)
