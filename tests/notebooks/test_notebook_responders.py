"""The reports on thresholds and responders run under other choices, and say what those choices leave."""

import pytest
from told_notebooks import tell

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
    told = tell("03_thresholds", **choices)
    assert ("thresholds.pressure" in told.recorded) == bool(estimates)
    assert told.answer["k"] == estimates
    assert told.recorded["thresholds.heat_estimates"] == 0
    if "family" in choices:
        assert told.recorded["thresholds.tests"] == 6
    assert not [alt for alt in told.alt.values() if "nan" in alt]


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
    told = tell("04_responders", **choices)
    assert told.recorded["responders.k"] == trials
    assert ("responders.rd_30" in told.recorded) == bool(trials)
    if choices.get("reading") == "abstract":  # the correlation was read in the full text
        assert "responders.esr_adjusted_r2" not in told.recorded
    else:
        assert told.recorded["responders.esr_adjusted_r2"] == pytest.approx(1 - (1 - 0.82) * 9 / 8)
    # the spread of one trial settles nothing; that of three at 90% excludes 1.2: a few strong may still hide
    left_open = "could hide in that" if "level" in choices else "We cannot tell"
    assert left_open in told.answer["sentence"]
    assert not [alt for alt in told.alt.values() if "nan" in alt]
