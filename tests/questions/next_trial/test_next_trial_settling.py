"""What would settle the dose: counted, sized by a closed form, and said in fifty words on any evidence."""

import pandas as pd
import pytest
from statsmodels.stats.power import TTestIndPower

from ldn_analysis import evidence
from ldn_analysis.questions import dosing, next_trial
from ldn_analysis.questions.claims.parameters import Claims
from ldn_analysis.questions.next_trial.parameters import NextTrial
from ldn_analysis.questions.parameters import Analysis


def test_the_size_is_that_of_two_means(ev: evidence.Evidence) -> None:
    plan = next_trial.what_would_settle(ev, Analysis())
    peer = TTestIndPower().solve_power(effect_size=0.5 / plan.sd, alpha=0.05, power=0.8, ratio=1)
    assert plan.per_group == pytest.approx(peer / 0.9, abs=2)


def test_every_report_states_one_size(ev: evidence.Evidence) -> None:
    plans = [next_trial.what_would_settle(ev, one()) for one in (Analysis, Claims, NextTrial)]
    plans.append(next_trial.what_would_settle(ev, Analysis(measure="SMD")))
    assert len({plan.per_group for plan in plans}) == 1
    assert next_trial.what_would_settle(ev, Analysis(), difference=1.0).per_group < plans[0].per_group / 3


@pytest.mark.parametrize("year", [None, 2024, 2016, 2013, 2009, 1995])
def test_it_is_said_in_fifty_words(ev: evidence.Evidence, year: int | None) -> None:
    plan = next_trial.what_would_settle(ev.as_of(year), Analysis())
    said = next_trial.words.settling(plan)
    assert len(said.split()) <= 50
    assert "nan" not in said and "None" not in said
    assert len(plan.doses) > 1


def test_a_dose_that_all_pass_through_is_no_comparison(ev: evidence.Evidence) -> None:
    """FINAL titrates from 1.5 to 6 mg in everybody; the same doses in arms of their own would compare."""
    assert not len(dosing.randomised_comparisons(ev))
    titrated = ev.studies["study_id"] == "final2024"
    assert ev.studies.loc[titrated, "dose_min_mg"].item() < ev.studies.loc[titrated, "dose_max_mg"].item()
    arms = ev.studies.copy()
    arms.loc[titrated, "dose_schedule"] = "1.5, 3 or 6 mg once daily, by chance"
    changed = _with(ev, studies=arms)
    assert list(dosing.randomised_comparisons(changed)["study_id"]) == ["final2024"]
    assert "One trial known here has compared doses" in _said(changed)


def test_a_registered_trial_that_was_withdrawn_is_not_under_way(ev: evidence.Evidence) -> None:
    assert list(dosing.registered_comparisons(ev)["registry_id"]) == ["NCT07285473"]
    gone = ev.registrations.assign(status_as_read="withdrawn")
    assert "registered" not in _said(_with(ev, registrations=gone))


def _said(ev: evidence.Evidence) -> str:
    return next_trial.words.settling(next_trial.what_would_settle(ev, Analysis()))


def _with(ev: evidence.Evidence, **tables: pd.DataFrame) -> evidence.Evidence:
    from dataclasses import replace

    return replace(ev, tables={**ev.tables, **tables})
