"""No sentence, caption, heading or alt text of the summary and the pain report contradicts its parameters."""

import re

import pytest
from beliefs import alone, parts
from told_notebooks import tell

pytestmark = pytest.mark.slow

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


CHOICES = [
    {"measure": "SMD", "level": 0.9},
    {"level": 0.9, "study_set": "with_pilot"},
    {"level": 0.8, "study_set": "all_randomised", "inference": "z", "mid": 0.5},
    {"reading": "abstract", "inference": "t"},
    {"reading": "transcribed", "measure": "SMD"},
    {"as_of": 2016, "measure": "SMD", "level": 0.9},
    {"as_of": 2024, "mid": 0.5},
    {"time": "12_months", "adjusted": False, "tau2_method": "PM"},
    {"crossover_r": 0.0, "inference": "z", "level": 0.9},
]


@pytest.mark.parametrize("choices", CHOICES, ids=str)
@pytest.mark.parametrize("name", ["00_dosing_question", "02_pain"])
def test_words_follow_the_parameters(name, choices):
    told = tell(name, **choices)
    text = told.text
    assert not re.search(r"\bnan\b|\bNone\b", text)
    assert [sentence for sentence in parts(text) if alone(sentence)] == []
    if choices.get("measure") == "SMD":
        # Points are those of other outcomes or of a scale, never the unit of this estimate.
        assert not re.search(r"\d points? (lower|higher)|NRS points|beyond 1 point", text)
        assert "standard deviations" in text
    else:
        assert not re.search(r"standard deviations (lower|higher)|\(SD\)", text)
    level = choices.get("level", 0.95)
    if level != 0.95:
        left = re.sub(r"95% intervals of the doses|95% respond|95% of people", "", text)
        assert not re.search(r"95 ?% (CI|interval)", left)
        assert f"{100 * level:g}%" in text
    k = int(told.recorded["pain.k"])
    assert k >= 1
    assert f"{told.answer['n']} people" in told.answer["sentence"]
    base = {1: "In one trial", 2: "Not settled: two trials are too few"}.get(k, f"In {NUMBERS[k]} trials (")
    assert base in text
    for other in set(NUMBERS[2:]) - {NUMBERS[k]}:
        assert f"In {other} trials (" not in text
    if choices.get("mid") == 0.5 and k != 2:  # of two trials nothing is said on what matters
        assert "0.5 points" in text
        assert not re.search(r"\(1 point\)", text)
