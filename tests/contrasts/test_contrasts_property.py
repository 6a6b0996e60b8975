"""Random trials in every form of reporting and on every scale give back what is true of their people."""

from types import SimpleNamespace

import made_up
import numpy as np
import pytest

from ldn_analysis import contrasts, evidence
from ldn_analysis.evidence.reading import TextTable
from ldn_analysis.evidence.schema import typed

EV = evidence.load(made_up.DATA)


def tables(studies):
    """Evidence of made-up studies, typed as the files would be; no file is written."""
    found = {}
    for name in ("studies", "outcomes", "events", "study_sets"):
        resource = EV.package.resources[name]
        rows = tuple(
            dict.fromkeys(resource.columns, "") | row for one in studies for row in one.rows.get(name, [])
        )
        found[name], wrong = typed(resource, TextTable(resource.path, rows, tuple(range(2, len(rows) + 2))))
        assert not wrong
    return SimpleNamespace(**found, measures=EV.measures)


@pytest.mark.parametrize("seed", range(6))
def test_every_form_gives_back_the_estimate_of_the_people(seed):
    """To 1 in 10,000 where the form is exact and six digits are printed; medians to what they can tell."""
    cases = list(made_up.all_forms(np.random.default_rng(seed)))
    assert {form for form, _, _ in cases} == set(made_up.FORMS)
    forms = {made.study_id: form for form, _, made in cases}
    assert len(forms) == len(cases)
    truth = {made.study_id: made for _, _, made in cases}
    table = contrasts.derive(tables(list(truth.values()))).table
    assert set(table["study_id"]) == set(truth)
    for row in table.to_dict("records"):
        true, form = truth[row["study_id"]], forms[row["study_id"]]
        if form == "conditions" or (form in made_up.APPROXIMATE and not row["included"]):
            assert not row["included"] and row["exclusion_reason"]
            continue
        rough = form in made_up.APPROXIMATE
        assert row["included"], (form, row["exclusion_reason"])
        assert row["yi"] == pytest.approx(true.yi, rel=1e-4, abs=0.8 if rough else 1e-4), form
        assert row["vi"] == pytest.approx(true.vi, rel=0.7 if rough else 1e-3), form


def test_two_printed_digits_move_an_estimate_by_no_more_than_they_hide():
    cases = list(made_up.all_forms(np.random.default_rng(7), digits=2))
    table = contrasts.derive(tables([made for *_, made in cases])).table.set_index("study_id")
    for form, _, made in cases:
        row = table.loc[made.study_id]
        if row["included"] and form not in made_up.APPROXIMATE:
            # two values of up to half a unit of the last digit on a scale of 10; in percent, of the baseline
            assert row["yi"] == pytest.approx(made.yi, abs=0.011), form


def test_conditions_need_the_correlation_of_their_people():
    plan = made_up.Plan("adler2012", "Adler 2012", 2012, form="conditions", digits=6)
    rng = np.random.default_rng(3)
    made = made_up.trial(plan, rng)
    alone = contrasts.derive(tables([made])).table.iloc[0]
    assert not alone["included"] and "correlation" in alone["exclusion_reason"]
    given = contrasts.derive(tables([made]), crossover_r=0.5).table.iloc[0]
    assert given["included"] and given["vi"] > 0
