"""What the page of one's own choices knows of a trial of the data."""

import dataclasses
from types import SimpleNamespace

import pandas as pd
import pytest

from ldn_analysis import contrasts
from ldn_analysis.workbench.explore_choices import trials

TRIAL = "innova2026"


def test_a_trial_of_two_instruments_is_one_entry_with_the_estimate_of_the_pool(ev):
    rows = ev.outcomes
    pain = rows[rows["study_id"].eq(TRIAL) & rows["domain"].eq("pain") & rows["statistic"].eq("mean")]
    other = ({"pain NRS", "pain VAS"} - set(pain["measure"])).pop()
    second = pain.assign(measure=other, value=pain["value"] + 0.1 * pain["group"].eq("ldn"))
    second.index = [f"second-{i}" for i in range(len(second))]
    both = dataclasses.replace(ev, tables={**ev.tables, "outcomes": pd.concat([rows, second])})

    table = contrasts.derive(both, "pain").table
    assert table["study_id"].eq(TRIAL).sum() > 1
    in_pool = table.loc[table["study_id"].eq(TRIAL) & table["included"], "yi"]
    known = trials(both, SimpleNamespace(variants=SimpleNamespace(studies=(TRIAL,), axes=())))
    (entry,) = known["trials"]
    given = [known["estimates"][at][0] for at in entry["under"]["all"].values() if at >= 0]
    assert entry["id"] == TRIAL and in_pool.item() in [pytest.approx(yi) for yi in given]
