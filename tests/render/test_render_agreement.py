"""Two reports never print different values for one recorded name."""

import copy

import pytest
from small_project import GOOD, code

from ldn_analysis.render.build import render
from ldn_analysis.render.changes import disagreements
from ldn_analysis.render.planning import plan


def report(notebook="02_pain", value=-0.2153, **parameters):
    return {
        "stem": notebook,
        "notebook": notebook,
        "answer": {"sentence": "In 3 trials 0.22 points lower (1.50 lower to 1.07 higher), 0.5 matters."},
        "parameters": {"values": {"level": 0.95, "mid": 0.5, **parameters}},
        "fingerprint": {"data": "a", "package": "b"},
        "results": [
            {"name": "pain.estimate", "value": value, "lower": -1.4979, "upper": 1.0672, "unit": "points"}
        ],
    }


def test_one_name_one_value():
    other = report("00_dosing_question")
    assert disagreements([report(), other]) == []
    assert disagreements([report(), report("00_dosing_question", -0.2153 * (1 + 1e-12))]) == []
    found = disagreements([report(), report("00_dosing_question", -0.25)])
    assert found == ["02_pain and 00_dosing_question differ in pain.estimate: value -0.2153 and -0.25"]


def test_only_what_was_made_alike_is_compared():
    assert disagreements([report(), report("00_dosing_question", -0.25, mid=1.0)]) == []
    old = copy.deepcopy(report("00_dosing_question", -0.25))
    old["fingerprint"]["package"] = "older"
    assert disagreements([report(), old]) == []
    assert disagreements([report(), report(value=-0.25)]) == []  # one notebook under other choices


@pytest.mark.slow
def test_a_render_that_would_show_two_values_fails(small, capsys):
    other = [*GOOD[:-1], code('render.record("pain.estimate", 0.5, "points", -1.0, 1.5, level=0.95);')]
    other = [{**cell, "source": cell["source"].replace("02_pain", "00_dosing_question")} for cell in other]
    small.put(other, "00_dosing_question")
    assert render(small.project, plan(small.project, scenario="primary"), say=lambda _: None) == 1
    assert "00_dosing_question and 02_pain differ in pain.estimate: value 0.5" in capsys.readouterr().err
