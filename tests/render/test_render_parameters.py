"""Parameters are refused before anything runs: by name, type, range, and whatever is not a plain value."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_project import DEFAULTS, GOOD, code

from ldn_analysis.questions import parameters
from ldn_analysis.questions.parameters import NOTEBOOKS, Multiverse, Pain
from ldn_analysis.render import ParameterError, RenderError, record
from ldn_analysis.render.build import plan
from ldn_analysis.render.preflight import check_notebook
from ldn_analysis.render.project import locate, read_scenarios


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("tau2method=PM", "did you mean 'tau2_method'?"),
        ("tau2_method=RELM", "did you mean 'REML'?"),
        ("mid=half", "must be a number from 0 to 5"),
        ("mid=nan", "must be a number from 0 to 5"),
        ("mid=inf", "must be a number from 0 to 5"),
        ("mid=50", "must be a number from 0 to 5"),
        ("mid=__import__('os').getpid()", "must be a number"),
        ("as_of=2016.5", "a whole number from 1990 to 2100"),
        ("adjusted=1", "must be true or false"),
        ("adjusted=yes", "must be true or false"),
        ("study_set=primary'; import os", "must be one of primary"),
        ("time=12; print()", "must be one of primary"),
        ("level=0.95\nimport os", "must be a number"),
        ("mid", "is not name=value"),
        ("=1", "is not name=value"),
    ],
)
def test_what_is_wrong_is_refused_in_one_line(small, assignment, said):
    with pytest.raises(ParameterError) as caught:
        plan(small.project, "02_pain", None, [assignment])
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_parameter_given_twice_is_refused(small):
    with pytest.raises(ParameterError, match="given twice"):
        plan(small.project, "02_pain", None, ["mid=1", "mid=2"])


def test_what_is_right_is_read_as_its_type(small):
    given = ["tau2_method=PM", "mid=2", "as_of=2016", "adjusted=false", "crossover_r=none", "time=12"]
    one = plan(small.project, "02_pain", None, given)[0]
    assert one.changed == {"as_of": 2016, "time": 12, "adjusted": False, "tau2_method": "PM", "mid": 2.0}
    assert type(one.changed["mid"]) is float
    assert one.stem == "02_pain--custom"


def test_several_words_become_a_tuple():
    field = next(f for f in dataclasses.fields(Multiverse) if isinstance(f.default, tuple))
    word = field.metadata["choices"][0]
    assert getattr(Multiverse(**{field.name: [word]}), field.name) == (word,)
    with pytest.raises(ParameterError):
        Multiverse(**{field.name: ["no such word"]})
    with pytest.raises(ParameterError):
        Multiverse(**{field.name: [word, word]})


anything = st.one_of(
    st.text(),
    st.floats(),
    st.integers(),
    st.booleans(),
    st.none(),
    st.binary(),
    st.lists(st.text(), max_size=2),
)


@given(name=st.sampled_from(list(Pain.defaults())), value=anything)
def test_whatever_is_given_a_parameter_is_plain_or_refused(name, value):
    try:
        made = getattr(Pain(**{name: value}), name)
    except ParameterError as error:
        assert "\n" not in str(error)
    else:
        assert made == value
        assert type(made) in (int, float, str, bool, type(None))


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (DEFAULTS.replace("mid = 1.0", "mid = 2.0"), "has mid = 2.0, its declaration 1.0"),
        (DEFAULTS.replace("mid = 1.0", "mid = 1.0\nmdi = 2"), "'mdi' is not a parameter"),
        (DEFAULTS.replace("mid = 1.0", ""), "lacks mid = 1.0"),
        (DEFAULTS.replace("mid = 1.0", "mid = float('1')"), "must be a plain value"),
        (DEFAULTS.replace("mid = 1.0", "mid = 1.0\nprint()"), "plain assignments only"),
        (DEFAULTS.replace("mid = 1.0", "mid = = 1"), "is not Python"),
    ],
)
def test_the_parameters_cell_agrees_with_the_declaration(small, cell, said):
    small.put(
        [code(cell, "parameters") if "parameters" in c["metadata"].get("tags", []) else c for c in GOOD]
    )
    with pytest.raises(RenderError) as caught:
        plan(small.project)
    assert said in str(caught.value)


def test_a_misspelt_tag_is_named(small):
    small.put([code(DEFAULTS, "paramters"), *GOOD[:2]])
    with pytest.raises(RenderError, match=r"found 0 \(there is a tag 'paramters'\)"):
        plan(small.project)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("primary: {parameters: {midd: 1}}", "did you mean 'mid'?"),
        ("primary: {parameters: {mid: lots}}", "must be a number"),
        ("primary: {parameter: {mid: 1}}", "may hold 'title' and 'parameters'"),
        ("other: {}", "with 'primary' among them"),
        ("primary: {", "scenarios.yml, line"),
        ("primary: {}\nBad Name: {}", "lower-case words joined by hyphens"),
    ],
)
def test_scenarios_are_checked(small, text, said):
    small.scenarios(text)
    with pytest.raises(ParameterError) as caught:
        read_scenarios(small.project)
    assert said in str(caught.value)


def test_unknown_notebooks_and_scenarios_are_named(small):
    with pytest.raises(RenderError, match="there is no notebook '03_pian': 02_pain"):
        plan(small.project, "03_pian")
    with pytest.raises(ParameterError, match="there is no scenario 'huge': primary, large"):
        plan(small.project, None, "huge")


def test_the_projects_own_notebooks_and_scenarios_are_sound():
    project = locate()
    scenarios = read_scenarios(project)
    assert {"primary", "as-of-2016", "all-designs", "transcribed-excluded"} <= set(scenarios)
    for name in project.names():
        assert check_notebook(name, project.notebook(name)) is NOTEBOOKS[name]


def test_a_notebook_gets_its_dataclass_and_lacks_nothing():
    assert parameters("02_pain", {**Pain.defaults(), "mid": 2}).changed() == {"mid": 2.0}
    with pytest.raises(ParameterError, match="lacks mid"):
        parameters("02_pain", {k: v for k, v in Pain.defaults().items() if k != "mid"})


def test_results_are_recorded_as_plain_values():
    import numpy as np

    assert record("a.b", np.float64(0.1), "mg", lower=np.float64(np.nan))["value"] == 0.1
    assert "lower" not in record("a", 1) and record("a", float("nan"))["value"] is None
    for name in ("A", "a b", "a..b", ""):
        with pytest.raises(RenderError, match="lower-case"):
            record(name, 1)
    with pytest.raises(RenderError, match="not list"):
        record("a", [1])
