"""Comparing two scenarios, and the objects' display in a notebook."""

import math
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from ldn_analysis import contrasts, display, evidence, measures, models, workbench
from ldn_analysis.cli import app
from ldn_analysis.errors import InputError
from ldn_analysis.workbench import compare


def quantity(made, name):
    return made.table.set_index("quantity").loc[name]


def test_the_numbers_are_those_of_the_functions_themselves(ev):
    made = compare("primary", "transcribed-excluded", ev)
    for name, reading in (("primary", "all"), ("transcribed-excluded", "abstract")):
        table = contrasts.derive(ev, outcome="pain", reading=reading).table
        used = table[table["included"]]
        fit = models.pool(used["yi"].to_numpy(), used["vi"].to_numpy())
        assert quantity(made, "mean difference")[name] == fit.estimate
        assert (quantity(made, "lower limit")[name], quantity(made, "upper limit")[name]) == fit.ci
        assert quantity(made, "trials")[name] == fit.k
    row = quantity(made, "mean difference")
    assert row["difference"] == row["transcribed-excluded"] - row["primary"]
    assert list(quantity(made, "reading")[["primary", "transcribed-excluded"]]) == ["all", "abstract"]
    assert quantity(made, "Younger et al. 2013")["primary"].startswith("in:")
    assert quantity(made, "Younger et al. 2013")["transcribed-excluded"].startswith("out:")


def test_only_differing_choices_and_studies_are_listed(ev):
    table = compare("primary", "primary", ev).table
    assert set(table["part"]) == {"estimate", "certainty"}
    wide = compare("primary", "all-designs", ev).table
    assert list(wide.loc[wide["part"] == "choice", "quantity"]) == ["study_set"]


def test_one_trial_has_no_spread_and_says_so(ev):
    made = compare("primary", "as-of-2016", ev)
    assert quantity(made, "trials")["as-of-2016"] == 1
    assert math.isnan(quantity(made, "tau2")["as-of-2016"])
    assert "not available" in made.text()


def test_writes_table_and_figure(ev, tmp_path):
    made = compare("primary", "as-of-2016", ev)
    paths = made.write(tmp_path)
    assert {path.suffix for path in paths} == {".csv", ".html", ".svg", ".png"}
    read = pd.read_csv(tmp_path / "primary--as-of-2016.csv")
    assert float(read.set_index("quantity").loc["mean difference", "primary"]) == made.first.fit.estimate
    html = (tmp_path / "primary--as-of-2016.html").read_text("utf-8")
    assert (
        "<caption>" in html and 'alt="Trials and their mean' in html and "http" not in html.split("<img")[0]
    )


def test_an_unknown_scenario_names_the_nearest():
    with pytest.raises(InputError, match="did you mean 'all-designs'"):
        compare("primary", "all-design")
    done = subprocess.run(
        [sys.executable, "-m", "ldn_analysis", "compare", "primary", "nothing"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr


def test_no_trial_at_all_is_said_not_raised(ev):
    params = workbench.scenario_choices("primary")
    made = workbench.analyse(ev, type(params)(as_of=2010))
    assert made.fit is None and made.pooled == "no trial can be pooled"
    both = workbench.Comparison(("then", "now"), made, made)
    assert "not available" in both.text()
    with pytest.raises(InputError, match="nothing to draw"):
        both.figure()


def test_everything_an_analyst_holds_has_a_rich_display_and_help(ev):
    y, v = np.array([-0.5, -0.3, 0.5]), np.array([0.05, 0.09, 0.17])
    posterior = models.posterior(y, v)
    many = models.pool_many(np.tile(y, (12, 1)), np.tile(v, (12, 1)))
    shown = [
        ev, models.pool(y, v), many, posterior, posterior.mu, posterior.tau, workbench.contents(),
        compare("primary", "as-of-2016", ev),
        display.provenance([contrasts.derive(ev, "pain").explanation("younger2013")]),
        workbench.analyse(ev, workbench.scenario_choices("primary")),
    ]  # fmt: skip
    for one in shown:
        html = one._repr_html_()
        assert re.match(r"<(table|section|p|details)\b", html) and "<script" not in html, type(one)
        assert type(one).__doc__ and not type(one).__doc__.startswith(f"{type(one).__name__}("), type(one)
    assert "the first 10 of 12" in many._repr_html_()
    assert {"studies", "outcomes", "as_of"} <= set(dir(ev))
    for room in (contrasts, measures, evidence, models, workbench):
        assert set(room.__all__) <= set(dir(room)), room.__name__


def test_the_command_line_is_listed_without_the_analysis():
    asked = "import sys, ldn_analysis.cli; print({'pandas', 'scipy', 'matplotlib'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert said.stdout == "set()\n"


def test_names_of_studies_cannot_break_out_of_the_table(ev):
    made = compare("primary", "as-of-2016", ev)
    made.first.table["label"] = "<img src=x onerror=alert(1)>"
    assert "<img" not in made._repr_html_()


@pytest.mark.parametrize(
    "words", ["export", "compare primary all-designs", "package", "changes . .", "simulate"]
)
def test_a_file_where_a_folder_is_wanted_is_refused_before_anything_is_computed(tmp_path, monkeypatch, words):
    (tmp_path / "file").write_text("in the way", "utf-8")
    computed = []
    monkeypatch.setattr(evidence, "load", lambda *_: computed.append("the data"))
    for place, why in (("file", "file is no folder"), ("file/below/it", "file is no folder")):
        done = CliRunner().invoke(app, [*words.split(), "--to", str(tmp_path / place)])
        assert str(done.exception).startswith(f"{tmp_path / place}: cannot be written: ")
        assert str(done.exception).endswith(why) and not computed
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
