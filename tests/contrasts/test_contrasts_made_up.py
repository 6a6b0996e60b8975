"""Every made-up data set is valid, and its table holds what is true of the people in it."""

from types import SimpleNamespace

import made_up
import numpy as np
import pandas as pd
import pytest

from ldn_analysis import contrasts, evidence

assert len(made_up.names()) >= 40


@pytest.mark.parametrize("name", made_up.names())
def test_a_made_up_data_set_gives_what_is_true_of_its_people(tmp_path, name):
    ev = evidence.load(made_up.write(tmp_path / "data", name))
    truth = {one.study_id: one for one in made_up.made(name)}
    table = contrasts.derive(ev, "pain").table
    names = ("studies", "outcomes", "study_sets", "measures")
    turned = SimpleNamespace(**{name: getattr(ev, name).iloc[::-1] for name in names})
    numbers = ["study_id", "yi", "vi", "week", "n_ldn", "exclusion_reason"]
    pd.testing.assert_frame_equal(contrasts.derive(turned, "pain").table[numbers], table[numbers])
    for row in table.itertuples():
        true = truth[row.study_id]
        medians = "median" in row.derivation + row.exclusion_reason
        if not row.included:
            assert np.isnan(true.yi) or (medians and "skewed" in row.exclusion_reason)
            continue
        assert row.yi == pytest.approx(true.yi, abs=0.6 if medians else 0.02)
        assert row.vi == pytest.approx(true.vi, rel=0.5 if medians else 0.1)


def test_the_outcomes_that_may_be_asked_for_are_those_of_the_schema():
    from ldn_analysis.contrasts.table import DOMAINS

    fields = evidence.load(made_up.DATA).package.resources["outcomes"].fields
    assert next(item for item in fields if item.name == "domain").enum == DOMAINS
