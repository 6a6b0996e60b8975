"""What changed between two states, and which row moved a conclusion."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ldn_analysis.cli import app
from ldn_analysis.errors import InputError
from ldn_analysis.workbench.changes import data_changes, moved_by
from ldn_analysis.workbench.changes_report import changes
from ldn_analysis.workbench.conclusions import PARTS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
FEW = ("findings", "thresholds", "dosing")


@pytest.fixture
def data(tmp_path):
    return Path(shutil.copytree(ROOT / "data", tmp_path / "data"))


def spoil(folder, name, before, after):
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, text.count(before)
    path.write_text(text.replace(before, after), encoding="utf-8")


def row_of(folder, key):
    lines = (folder / "study_sets.csv").read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith(key))


def test_the_same_data_differ_in_nothing(data):
    made = changes(str(ROOT / "data"), str(data), ROOT, FEW)
    assert made.rows == [] and made.moved() == []
    assert set(made.now) == set(FEW)


def test_the_row_that_moves_a_conclusion_is_named(data):
    """A trial leaves the pool by one row; a note that changes besides moves nothing."""
    line = row_of(data, "pain-innova2026,")
    spoil(data, "study_sets.csv", line, line.replace(",primary,13,", ",excluded,,"))
    spoil(data, "registrations.csv", "Added to usual treatment.", "Added to usual treatment. It says so.")
    made = changes(str(ROOT / "data"), str(data), ROOT, FEW)
    assert [(one.kind, one.table, one.key) for one in made.rows] == [
        ("changed", "registrations.csv", "NCT04739995"),
        ("changed", "study_sets.csv", "pain-innova2026"),
    ]
    outcome, was, now, causes = made.moved()[0]
    assert outcome.startswith("Pain at")
    assert "k = 3" in was and "k = 2" in now
    assert len(causes) == 1 and causes[0].startswith("study_sets.csv, pain-innova2026: set: primary")
    assert causes[0].endswith("(without it: as before)")
    said = "\n".join(made.lines())
    assert "rows of the data: 2 changed" in said
    page = made.html()
    assert "<caption>Conclusions that moved</caption>" in page and 'lang="en"' in page


def test_every_conclusion_is_attributed_and_not_only_the_findings(data):
    """Answers and messages of reports too; what holds only numbers that moved is told from what turned."""
    left, right = (f"finalqst2025-pressure-pain-tolerance-{side}-leg-w12" for side in ("left", "right"))
    for name, was, now in (
        (left, "-2.6,-5.8,0.5", "-2.5,-5.7,0.6"),
        (right, "-0.5,-3.3,2.2", "-0.4,-3.2,2.3"),
    ):
        line = next(x for x in (data / "outcomes.csv").read_text("utf-8").splitlines() if x.startswith(name)
                    and "ldn-placebo" in x)  # fmt: skip
        spoil(data, "outcomes.csv", line, line.replace(f",{was},", f",{now},", 1))
    made = changes(str(ROOT / "data"), str(data), ROOT, FEW)
    [(name, was, now, causes)] = made.moved()
    assert name == "Answer on pain thresholds" and was != now
    assert len(causes) == 2 and all(": moves it (without it: " in cause for cause in causes)


def test_every_report_has_its_conclusion_there():
    """Each notebook's answer is among the parts that are compared."""
    asked = {path.stem[:2] for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")}
    assert len(PARTS) == len(asked)  # pain's is made with the summary, the findings stand for themselves


def test_rows_are_told_apart_by_their_key(tmp_path):
    for name, text in (("old", "id,study_id,a\n1,x,2\n2,y,3\n"), ("new", "id,study_id,b\n2,y,\n3,z,4\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "t.csv").write_text(text, encoding="utf-8")
    made = data_changes(tmp_path / "old", tmp_path / "new")
    assert [(one.kind, one.key, one.study) for one in made] == [
        ("removed", "1", "x"), ("changed", "2", "y"), ("added", "3", "z"),
    ]  # fmt: skip
    assert made[1].words == ["a: 3 → empty"]


def test_a_table_that_is_gone_comes_back_where_its_rows_are_undone(tmp_path, monkeypatch):
    for name in ("old", "new", "scratch"):
        (tmp_path / name).mkdir()
    (tmp_path / "old" / "t.csv").write_text("id,a\n1,2\n2,3\n", encoding="utf-8")
    undone = data_changes(tmp_path / "old", tmp_path / "new")
    seen = []
    read = lambda folder, _: seen.append((folder / "t.csv").read_text("utf-8")) or {}  # noqa: E731
    monkeypatch.setattr("ldn_analysis.workbench.changes.conclusions", read)
    assert len(moved_by(undone, {"findings": {}}, tmp_path / "new", tmp_path / "scratch")) == 2
    assert seen == ["id,a\n1,2\n", "id,a\n2,3\n"]


def test_folders_of_results_and_revisions_can_be_compared(tmp_path, monkeypatch):
    for name, value in (("old", 0.5), ("new", 0.25)):
        (tmp_path / name).mkdir()
        result = {"name": "pain.estimate", "value": value, "unit": "points", "lower": -1.0, "upper": 1.0}
        made = {"notebook": "02_pain", "results": [result]}
        (tmp_path / name / "02_pain.json").write_text(json.dumps(made), encoding="utf-8")
    made = changes(str(tmp_path / "old"), str(tmp_path / "new"), ROOT)
    assert "02_pain, pain.estimate: 0.5 (−1 to 1) points → 0.25 (−1 to 1) points" in "\n".join(made.lines())
    repo = tmp_path / "repo"
    (repo / "data").mkdir(parents=True)
    (repo / "data" / "datapackage.json").write_text("{}", encoding="utf-8")
    (repo / "data" / "t.csv").write_text("id,a\n1,2\n", encoding="utf-8")
    (repo / "ldn_analysis").mkdir()
    (repo / "ldn_analysis" / "guidance.csv").write_text("name\nRoB\n", encoding="utf-8")
    git = ["git", "-C", str(repo), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *words], check=True)
    (repo / "data" / "t.csv").write_text("id,a\n1,3\n", encoding="utf-8")
    (repo / "ldn_analysis" / "guidance.csv").write_text("name\nRoB 2\n", encoding="utf-8")
    made = changes("HEAD", str(repo), repo)
    assert made.code == {"guidance": 1}  # rules that stand in a table are rules
    assert [str(one) for one in made.rows] == ["t.csv, 1: a: 2 → 3"]
    (at,) = [at for at, note in enumerate(made.notes) if "not valid by today's rules" in note]
    assert made.notes[at + 1 :] and not made.compared  # with the first problems
    run = CliRunner().invoke(app, ["changes", str(repo), str(repo), "--to", str(tmp_path / "refused")])
    assert run.exit_code == 1 and "no conclusions are compared" in run.output
    with pytest.raises(InputError, match="neither a folder nor a revision"):
        changes("--output=x", str(repo), repo)
    with pytest.raises(InputError, match="holds neither data"):
        changes(str(repo / ".git"), "HEAD", repo)
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke(app, ["changes", "old", "new", "--to", str(tmp_path / "out")])
    assert run.exit_code == 0, run.output
    assert (tmp_path / "out" / "old--new.html").is_file()
