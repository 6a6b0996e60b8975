"""Parameters are refused before anything runs: by name, type, range, and whatever is not a plain value."""

import dataclasses
import os
import shutil
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_project import DEFAULTS, GOOD, ROOT, code

from ldn_analysis.errors import InputError
from ldn_analysis.questions.multiverse.parameters import Multiverse
from ldn_analysis.questions.pain.parameters import Pain
from ldn_analysis.questions.parameters import notebooks
from ldn_analysis.questions.typed import says
from ldn_analysis.render import ParameterError, RenderError, parameters, record
from ldn_analysis.render.planning import plan
from ldn_analysis.render.preflight import check_notebook, from_assignments
from ldn_analysis.render.project import locate, read_scenarios
from ldn_analysis.render.report import own_set


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("tau2method=PM", "did you mean 'tau2_method'?"),
        ("tau2_method=RELM", "did you mean 'REML'?"),
        ("mid=half", "must be a number from 0.01 to 5"),
        ("mid=nan", "must be a number from 0.01 to 5"),
        ("mid=inf", "must be a number from 0.01 to 5"),
        ("mid=50", "must be a number from 0.01 to 5"),
        ("mid=__import__('os').getpid()", "must be a number"),
        ("as_of=2016.5", "a whole number from 1990 to 2100"),
        ("adjusted=1", "must be true or false"),
        ("adjusted=yes", "must be true or false"),
        ("study_set=primary'; import os", "must be one of primary"),
        ("time=12; print()", "must be one of primary"),
        ("level=0.95\nimport os", "must be a number"),
        ("mid=0", "must be a number from 0.01 to 5"),
        ("mid=" + "9" * 400, "must be a number from 0.01 to 5"),
        ("mid=1e999", "must be a number from 0.01 to 5"),
        ("mid=2_0", "must be a number from 0.01 to 5"),
        ("mid= 2", "must be a number from 0.01 to 5"),
        ("as_of=" + "2" * 5000, "a whole number from 1990 to 2100"),
        ("as_of=2_016", "a whole number from 1990 to 2100"),
        ("as_of=٢٠١٦", "a whole number from 1990 to 2100"),
        ("as_of=２０１６", "a whole number from 1990 to 2100"),
        ("as_of=", "a whole number from 1990 to 2100"),
        ("adjusted=TRUE ", "must be true or false"),
        ("adjusted=true ", "must be true or false"),
        ("tau2_method=REML\n", "did you mean 'REML'?"),
        ("tau2_method=reml", "must be one of REML"),
        ("m" * 5000 + "=1", "is not a parameter"),
        ("mid\0=1", "is not a parameter"),
        ("tau2_method=\ud800", "must be one of REML"),
        ("mid", "is not name=value"),
        ("=1", "is not name=value"),
    ],
)
def test_what_is_wrong_is_refused_in_one_line(small, assignment, said):
    with pytest.raises(ParameterError) as caught:
        plan(small.project, "02_pain", None, [assignment])
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_all_that_is_wrong_is_said_at_once(small):
    with pytest.raises(ParameterError) as caught:
        plan(small.project, "02_pain", None, ["mid=-5", "tau2_method=XX", "level=0.9", "nonsense=1", "mid=1"])
    lines = str(caught.value).splitlines()
    assert [line.split()[0] for line in lines] == ["mid", "tau2_method", "'nonsense'", "mid"]


def test_a_parameter_given_twice_is_refused(small):
    with pytest.raises(ParameterError, match="given twice"):
        plan(small.project, "02_pain", None, ["mid=1", "mid=2"])


def test_what_is_right_is_read_as_its_type(small):
    given = ["tau2_method=PM", "mid=2", "as_of=2016", "adjusted=false", "crossover_r=none", "time=12"]
    one = plan(small.project, "02_pain", None, given)[0]
    assert one.changed == {"as_of": 2016, "time": 12, "adjusted": False, "tau2_method": "PM", "mid": 2.0}
    assert type(one.changed["mid"]) is float
    assert one.stem == "02_pain--as_of=2016,time=12,adjusted=false,tau2_method=PM,mid=2.0"


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
        ("primary: {parameters: {measure: SMD}}", "scenario 'primary', in 05_dosing: measure is 'SMD'"),
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
    with pytest.raises(RenderError, match="there is no notebook '03_pian': 02_pain; did you mean '02_pain'"):
        plan(small.project, "03_pian")
    with pytest.raises(ParameterError, match="there is no scenario 'huge': primary, large"):
        plan(small.project, None, "huge")
    with pytest.raises(ParameterError, match="'lagre': primary, large; did you mean 'large'"):
        plan(small.project, None, "lagre")


def test_the_projects_own_notebooks_and_scenarios_are_sound():
    project = locate()
    scenarios = read_scenarios(project)
    assert {"primary", "as-of-2016", "all-designs", "transcribed-excluded"} <= set(scenarios)
    for name in project.names():
        assert check_notebook(name, project.notebook(name)) is notebooks()[name]


def test_a_notebook_gets_its_dataclass_and_lacks_nothing():
    assert parameters("02_pain", {**Pain.defaults(), "mid": 2}).changed() == {"mid": 2.0}
    with pytest.raises(ParameterError, match="lacks mid"):
        parameters("02_pain", {k: v for k, v in Pain.defaults().items() if k != "mid"})


def test_a_parameter_is_said_in_a_sentence_and_never_by_its_name():
    """What a page says of how it differs from the default: every parameter of every notebook."""
    assert says(Pain, "as_of", 2016) == "Only what was published by the end of 2016 counts"
    assert says(Pain, "mid", 0.5) == "Between-group difference that matters: 0.5 NRS points (by default 1)"
    assert says(Pain, "measure", "SMD") == "Differences in standard deviations, not in points"
    assert says(Multiverse, "leave_out", ("final2024",)).endswith("final2024 (by default none)")
    for cls in notebooks().values():
        for name, value in cls.defaults().items():
            said = says(cls, name, value)
            assert said[0].isupper() and ("_" not in name or name not in said), said


def test_results_are_recorded_as_plain_values():
    import numpy as np

    assert record("a.b", np.float64(0.1), "mg", lower=np.float64(np.nan))["value"] == 0.1
    assert "lower" not in record("a", 1) and record("a", float("nan"))["value"] is None
    for name in ("A", "a b", "a..b", ""):
        with pytest.raises(RenderError, match="lower-case"):
            record(name, 1)
    with pytest.raises(RenderError, match="not list"):
        record("a", [1])


def test_several_words_are_given_as_one_text():
    given = from_assignments(Multiverse, ["kinds=defensible, debatable", "leave_out="])
    assert Multiverse(**given).changed() == {"kinds": ("defensible", "debatable")}
    with pytest.raises(ParameterError, match="must be any of"):
        Multiverse(**from_assignments(Multiverse, ["kinds=defensible,,debatable"]))


ODD = {"digits": 10**5000, "less": -(10**400), "in a list": [10**5000], "long": "x" * 5000, "nested": [[]],
       "mapping": {"a": []}, "nan": float("nan"), "bytes": b"x", "infinite": [float("inf")]}  # fmt: skip


@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
@pytest.mark.parametrize("cls", [Pain, Multiverse])
def test_no_value_is_too_odd_to_refuse(cls, value):
    for name in cls.defaults():
        with pytest.raises(ParameterError) as caught:
            cls(**{name: value})
        assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("null", "not a notebook of format 4"),
        ("[]", "not a notebook of format 4"),
        ("[" * 100_000, "not a notebook"),
        ('{"nbformat": 4, "cells": null}', "not a notebook of format 4"),
        ('{"nbformat": 4, "cells": [null]}', "02_pain, cell 1: not a cell"),
        ('{"nbformat": 4, "cells": [{"cell_type": "code", "source": 1}]}', "02_pain, cell 1: not a cell"),
        ('{"nbformat": 4, "cells": [{"cell_type": "code", "source": [1]}]}', "02_pain, cell 1: not a cell"),
        ('{"nbformat": 4, "cells": [{"cell_type": "code", "metadata": []}]}', "02_pain, cell 1: not a cell"),
        ('{"nbformat": 4, "cells": [{"cell_type": "code", "metadata": {"tags": 1}}]}', "cell 1: not a cell"),
        ('{"nbformat": 4, "cells": []}', "found 0"),
        ('{"nbformat": ' + "4" * 5000 + "}", "not a notebook"),
        ('\ufeff{"nbformat": 3}', "not a notebook of format 4"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_what_is_no_notebook_is_one_line(small, content, said):
    path = small.project.notebooks / "02_pain.ipynb"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    with pytest.raises(InputError) as caught:
        plan(small.project)
    assert said in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "value",
    ["[" * 500 + "]" * 500, "{[]: 1}", "-" * 3000 + "1", "(" * 3000, "'" + "x" * 30_000 + "'", "'\0'",
     "9" * 5000, "1 if True else 2", "[...]"],
)  # fmt: skip
def test_a_parameters_cell_with_odd_literals_is_one_line(small, value):
    cell = DEFAULTS.replace("mid = 1.0", f"mid = {value}")
    small.put([code(cell, "parameters") if c["source"] == DEFAULTS else c for c in GOOD])
    with pytest.raises(InputError) as caught:
        plan(small.project)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400
    assert str(caught.value).startswith("02_pain: the parameters cell") or "the default of mid" in str(
        caught.value
    )


@pytest.mark.parametrize(
    "name", ["n" * 5000, "../notebooks/02_pain", "a\0b", "\ud800", "02_pain.ipynb.ipynb"]
)
def test_odd_names_of_notebooks_and_roots_are_one_line(small, name):
    with pytest.raises(RenderError, match="there is no notebook"):
        plan(small.project, name)
    with pytest.raises(RenderError) as caught:
        locate(name)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


def test_a_file_as_root_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RenderError, match="no such folder"):
        locate(tmp_path / "file")


def test_edited_defaults_name_the_way_out(small):
    cell = DEFAULTS.replace("mid = 1.0", "mid = 2.0")
    small.put([code(cell, "parameters") if c["source"] == DEFAULTS else c for c in GOOD])
    with pytest.raises(ParameterError, match=r'make report NOTEBOOK=02_pain PARAMS="mid=\.\.\."'):
        plan(small.project)


def test_a_notebook_that_is_not_declared_stops_no_other(small):
    small.put(GOOD, "09_new")
    refused: list[str] = []
    planned = plan(small.project, refused=refused)
    assert [one.stem for one in planned] == ["02_pain"]
    assert len(refused) == 1 and refused[0].startswith("09_new: its parameters are not declared")
    assert "\n" not in refused[0]


def test_a_new_notebook_takes_one_class_in_its_room(tmp_path):
    """A room of its own with one file; no line elsewhere."""
    package = tmp_path / "ldn_analysis"
    shutil.copytree(ROOT / "ldn_analysis", package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "questions" / "sleep").mkdir()
    (package / "questions" / "sleep" / "parameters.py").write_text(
        "from dataclasses import dataclass\n"
        "from ldn_analysis.questions.parameters import Reading, of_notebook\n"
        "@of_notebook('09_sleep')\n@dataclass(frozen=True, slots=True)\n"
        "class Sleep(Reading):\n    '''Sleep.'''\n"
    )
    ask = (
        "from ldn_analysis.questions import parameters as p; "
        "print(p.parameters_class('09_sleep').defaults(), p.about('09_sleep').subject)"
    )
    done = subprocess.run([sys.executable, "-c", ask], cwd=tmp_path, capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(tmp_path)})  # fmt: skip
    assert done.stdout == "{'as_of': None, 'reading': 'all'} sleep\n", done.stderr


def test_scenarios_with_the_same_title_are_refused(small):
    small.scenarios("primary: {title: One}\nother: {title: one}")
    with pytest.raises(ParameterError, match="have the same title"):
        read_scenarios(small.project)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("as-of-2016: {title: Then, parameters: {as_of: 2019}}", "says 2016; as_of is 2019"),
        ("then: {title: By the end of 2016, parameters: {as_of: 2061}}", "says 2016; as_of is 2061"),
        ("again: {title: Again, parameters: {study_set: primary}}", "'primary' and 'again' have the same"),
    ],
)
def test_scenarios_that_are_not_what_they_say_are_refused(small, text, rule):
    small.scenarios(f"primary: {{}}\n{text}")
    with pytest.raises(ParameterError, match=rule):
        read_scenarios(small.project)


def test_reports_of_ones_own_are_named_by_their_parameters(small):
    def stem(*given):
        return plan(small.project, "02_pain", None, given)[0].stem

    assert stem("mid=0.5") == "02_pain--mid=0.5" != stem("mid=0.6")
    assert stem("mid=1.0") == "02_pain"  # the defaults are the primary report
    everything = [f"level=0.{number}" for number in range(501, 503)]
    assert len({stem(one) for one in everything}) == 2
    long = own_set({"leave_out": ("word",) * 50, "mid": 1.0})
    assert len(long.name) < 160 and "=" in long.name and long.name != own_set({"leave_out": ("word",) * 50})


def test_a_title_may_name_other_years_beside_its_own(small):
    small.scenarios("primary: {}\nthen: {title: What came from 2016 to 2020, parameters: {as_of: 2020}}")
    assert read_scenarios(small.project)["then"].values == {"as_of": 2020}
