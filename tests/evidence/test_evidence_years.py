"""A year by which nothing had been published is refused in one line, which names the first study."""

import numpy as np
import pytest

from ldn_analysis import contrasts, evidence
from ldn_analysis.errors import InputError
from ldn_analysis.questions import safety, thresholds
from ldn_analysis.questions.responders.sedimentation import predictor_rows

EARLY = (1990, 2005, 2009, 2012)


def first_year(ev, domain):
    reporting = ev.outcomes.loc[ev.outcomes["domain"] == domain, "study_id"]
    return int(ev.studies.set_index("study_id").loc[reporting, "year"].min())


@pytest.mark.parametrize("domain", ["pain", "symptom severity", "pain threshold", "function"])
def test_estimates_name_the_year_and_the_first_study(ev, domain):
    first = first_year(ev, domain)
    for year in (1990, first - 1):
        with pytest.raises(InputError) as caught:
            contrasts.derive(ev.as_of(year), domain)
        said = f"as_of is {year}: no study of {domain} had been published by then; the first is of {first} ("
        assert str(caught.value).startswith(said) and "\n" not in str(caught.value)
    assert len(contrasts.derive(ev.as_of(first), domain).table)


def test_an_unknown_outcome_is_still_that(ev):
    with pytest.raises(InputError, match="outcome is 'pian': must be one of"):
        contrasts.derive(ev.as_of(2016), "pian")


@pytest.mark.parametrize("year", EARLY)
def test_analyses_of_an_early_year(ev, year):
    then = ev.as_of(year)
    # these reports say in a sentence that nothing was known: their tables are empty, not refused
    assert safety.exposure_by_dose(then).empty and safety.compared_harms(then).empty
    assert thresholds.threshold_tests(then).empty
    assert len(thresholds.threshold_measures(then)) == 0 or year >= first_year(ev, "pain threshold")
    assert list(predictor_rows(then).columns) == list(predictor_rows(ev).columns)


def test_views_know_the_whole(ev):
    then = ev.as_of(2016).as_of(2012)
    assert then.whole is ev and then.year == 2012 and ev.whole is None
    evidence.require_published(ev, "study of nothing", lambda _: [])
    evidence.require_published(then, "study of nothing", lambda _: [])


def test_a_year_may_come_from_a_column_of_years(ev):
    year = ev.studies["year"].max()
    assert ev.as_of(np.int64(2016)).year == 2016 == ev.as_of(2016).year
    assert ev.as_of(year).year == int(year)
