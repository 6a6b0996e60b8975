"""Two reports never print different values for one recorded name."""

import copy
import json

import pytest
from small_project import GOOD, code

from ldn_analysis.errors import InputError
from ldn_analysis.render.build import render
from ldn_analysis.render.changes import disagreements
from ldn_analysis.render.planning import plan, rendered


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


@pytest.mark.parametrize(
    "wrong",
    [
        '{"notebook": "02_pain", "results": [{"na',
        "",
        "[]",
        report() | {"answer": {}},
        report() | {"answer": {"sentence": 3, "certainty": "low"}},
        report() | {"results": [3]},
        report() | {"results": [{"value": 1}]},
        report() | {"results": {"name": "a"}},
        report() | {"fingerprint": None},
        report() | {"parameters": {}},
        report() | {"figure": {"alt": "a"}},
    ],
    ids=lambda wrong: str(wrong)[:40],
)
def test_what_is_no_whole_report_is_made_anew_and_never_left_out_of_what_is_taken_away(tmp_path, wrong):
    whole = report() | {"answer": {"sentence": "a", "certainty": "low"}}
    (tmp_path / "02_pain.json").write_text(json.dumps(whole), encoding="utf-8")
    (tmp_path / "foreign.json").write_text("[3]", encoding="utf-8")
    assert rendered(tmp_path, whole=True) == {"02_pain": whole}
    text = wrong if isinstance(wrong, str) else json.dumps(wrong)
    (tmp_path / "03_thresholds.json").write_text(text, encoding="utf-8")
    assert set(rendered(tmp_path)) == {"02_pain"}
    with pytest.raises(InputError, match=r"03_thresholds\.json: holds no whole report"):
        rendered(tmp_path, whole=True)


@pytest.mark.slow
def test_a_render_that_would_show_two_values_fails(small, capsys):
    other = [*GOOD[:-1], code('render.record("pain.estimate", 0.5, "points", -1.0, 1.5, level=0.95);')]
    other = [{**cell, "source": cell["source"].replace("02_pain", "00_dosing_question")} for cell in other]
    small.put(other, "00_dosing_question")
    assert render(small.project, plan(small.project, scenario="primary"), say=lambda _: None) == 1
    assert "00_dosing_question and 02_pain differ in pain.estimate: value 0.5" in capsys.readouterr().err
