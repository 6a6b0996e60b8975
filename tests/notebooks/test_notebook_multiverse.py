"""The report on the multiverse runs under other choices than its defaults, and says what it then finds."""

import pytest
from running import execute

pytestmark = pytest.mark.slow


def run(**choices):
    """Run the notebook's cells in this process under other parameters; what it records and shows."""
    from ldn_analysis import display, render

    recorded, shown = {}, []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(render, "record", lambda name, value, *_, **__: recorded.update({name: value}))
        patch.setattr(render, "answer", lambda **answer: recorded.update(answer=answer))
        patch.setattr(display, "show", lambda figure, *, alt, **_: shown.append((figure, alt)))
        execute("07_multiverse", **choices)
    return recorded, shown


CHOICES = [
    {"as_of": 2016},
    {"as_of": 2024, "mid": 0.5, "draws": 200},
    {"reading": "abstract", "draws": 100, "leave_out": ("time", "sign")},
    {"kinds": ("defensible",), "draws": 100},
    {"kinds": (), "leave_out": ("measure",), "draws": 100},
]


@pytest.mark.parametrize("choices", CHOICES, ids=str)
def test_runs_under_other_choices(choices):
    recorded, shown = run(**choices)
    assert recorded["multiverse.n"] > 0
    assert len(shown) >= 3
    assert not [alt for _, alt in shown if "nan" in alt]
    defensible = recorded.get("multiverse.md.defensible.n", 0)
    count = "The only defensible analysis" if defensible == 1 else f"Of {defensible:,} defensible analyses"
    assert count in recorded["answer"]["sentence"]
    assert len(recorded["answer"]["sentence"].split()) <= 40
    assert not [alt for _, alt in shown if len(alt.split()) > 45]
