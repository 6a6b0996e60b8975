"""The Lab: the start page runs, notebooks run from any folder, with the report's numbers."""

import json
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from ldn_analysis import evidence, workbench

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
RESULT = "application/vnd.ldn.result+json"


def executed(name, folder):
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        shutdown_kernel="immediate",
        resources={"metadata": {"path": str(folder)}},
    )
    return client.execute()


def outputs(notebook):
    return [out for cell in notebook.cells if cell.cell_type == "code" for out in cell.outputs]


def recorded(notebook):
    found = [out["data"][RESULT] for out in outputs(notebook) if RESULT in out.get("data", {})]
    return {one["name"]: one for one in found if "name" in one}


def test_a_notebook_runs_from_any_folder_with_the_numbers_of_the_report(tmp_path):
    folder = tmp_path / "ein Ordner – дом"
    folder.mkdir()
    here = recorded(executed("02_pain", folder))
    stored = recorded(nbformat.read(NOTEBOOKS / "02_pain.ipynb", as_version=4))
    assert here.keys() == stored.keys() and here
    for key, one in here.items():
        for part in ("value", "lower", "upper"):
            if isinstance(one.get(part), float):
                assert one[part] == pytest.approx(stored[key][part], rel=1e-9), key
            else:
                assert one.get(part) == stored[key].get(part), key
    made = workbench.analyse(evidence.load(), workbench.scenario_choices("primary"))
    assert here["pain.estimate"]["value"] == pytest.approx(made.fit.estimate, rel=1e-12)
    assert here["pain.n"]["value"] == made.n
    assert list(folder.iterdir()) == []


def test_the_start_page_runs_from_any_folder_and_leaves_nothing(tmp_path):
    before = {path.name: path.read_bytes() for path in (ROOT / "data").iterdir()}
    notebook = executed("start", tmp_path)
    assert not [out for out in outputs(notebook) if out.output_type == "error"]
    shown = "".join(str(out.get("data", {}).get("text/html", "")) for out in outputs(notebook))
    for path in NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"):
        assert f'href="{path.name}"' in shown
    assert {path.name: path.read_bytes() for path in (ROOT / "data").iterdir()} == before
    assert list(tmp_path.iterdir()) == []


def test_links_of_the_start_page_lead_to_notebooks():
    text = "".join(c.source for c in nbformat.read(NOTEBOOKS / "start.ipynb", as_version=4).cells)
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert (NOTEBOOKS / target).is_file(), target


@pytest.mark.parametrize("name", ["start", "01_evidence"])
def test_stored_outputs_are_of_the_data_that_are_here(name):
    """`python -m ldn_analysis.refresh` makes them anew."""
    stored = "".join(map(str, outputs(nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4))))
    named = re.findall(r"data version (?:<code>)?([0-9a-f]{12})|data of [0-9-]+ \(([0-9a-f]{12})\)", stored)
    assert {"".join(version) for version in named} == {evidence.load().data_version}


def test_contents_have_a_question_each():
    entries = [line.split(": ", 1) for line in str(workbench.contents()).splitlines()]
    assert [name for name, _ in entries] == sorted(p.stem for p in NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
    assert all(title and not title.startswith("#") for _, title in entries)


def test_make_lab_opens_the_start_page():
    recipe = re.search(r"^lab:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text("utf-8"), re.M)
    assert "start.ipynb" in recipe[1]
    assert 'JUPYTER_CONFIG_PATH="$(CURDIR)/requirements' in recipe[1]  # it asks nothing about news
    left_out = json.loads((ROOT / "requirements/labconfig/page_config.json").read_text("utf-8"))
    assert left_out == {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
