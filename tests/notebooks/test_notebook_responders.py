"""The reports on thresholds and responders run under other choices, and say what those choices leave."""

import pytest
from test_notebooks import run

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("choices", "estimates"),
    [
        ({"as_of": 2016}, 0),
        ({"reading": "abstract"}, 0),
        ({"family": "all_exploratory", "legs_correlation": 0.9, "level": 0.9}, 1),
    ],
    ids=str,
)
def test_thresholds(choices, estimates):
    recorded, shown = run("03_thresholds", **choices)
    assert ("thresholds.pressure" in recorded) == bool(estimates)
    assert recorded["answer"]["k"] == estimates
    assert recorded["thresholds.heat_estimates"] == 0
    if "family" in choices:
        assert recorded["thresholds.tests"] == 6
    assert not [alt for _, alt in shown if "nan" in alt]


@pytest.mark.parametrize(
    ("choices", "trials"),
    [
        ({"as_of": 2016}, 0),
        ({"reading": "abstract"}, 0),
        ({"analysis": "complete cases", "draws": 50, "share": 0.5, "pre_post_r": 0.9, "level": 0.9}, 2),
    ],
    ids=str,
)
def test_responders(choices, trials):
    recorded, shown = run("04_responders", **choices)
    assert recorded["responders.k"] == trials
    assert ("responders.rd_30" in recorded) == bool(trials)
    if choices.get("reading") == "abstract":  # the correlation was read in the full text
        assert "responders.esr_adjusted_r2" not in recorded
    else:
        assert recorded["responders.esr_adjusted_r2"] == pytest.approx(1 - (1 - 0.82) * 9 / 8)
    # spread of one early trial, or at 90%, excludes 1.2: that is no word on a few strong responders
    left_open = "We cannot tell" if choices.get("reading") == "abstract" else "could hide in that"
    assert left_open in recorded["answer"]["sentence"]
    assert not [alt for _, alt in shown if "nan" in alt]
