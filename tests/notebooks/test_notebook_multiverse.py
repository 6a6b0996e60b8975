"""The report on the multiverse runs under other choices than its defaults, and says what it then finds."""

import pytest
from told_notebooks import tell

pytestmark = pytest.mark.slow


CHOICES = [
    {"as_of": 2016},
    {"as_of": 2024, "mid": 0.5, "draws": 200},
    {"reading": "abstract", "draws": 100, "leave_out": ("time", "sign")},
    {"kinds": ("defensible",), "draws": 100},
    {"kinds": (), "leave_out": ("measure",), "draws": 100},
]


@pytest.mark.parametrize("choices", CHOICES, ids=str)
def test_runs_under_other_choices(choices):
    told = tell("07_multiverse", **choices)
    assert told.recorded["multiverse.n"] > 0
    assert len(told.alt) >= 3
    assert not [alt for alt in told.alt.values() if "nan" in alt]
    defensible = told.recorded.get("multiverse.md.defensible.n", 0)
    count = "The only defensible analysis" if defensible == 1 else f"Of {defensible:,} defensible analyses"
    assert count in told.answer["sentence"]
    assert len(told.answer["sentence"].split()) <= 40
    assert not [alt for alt in told.alt.values() if len(alt.split()) > 45]
