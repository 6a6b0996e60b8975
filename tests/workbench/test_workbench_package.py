"""Each file of the package is read by what reads it elsewhere, and the package is the same twice."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from ldn_analysis import evidence
from ldn_analysis.errors import RenderError
from ldn_analysis.render.project import Project, scenario_choices
from ldn_analysis.workbench import package, package_lines
from ldn_analysis.workbench.package_lines import Line, pooled_results, python_script, r_script, uncovered

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SUMMARY = "00_dosing_question"
PAGE = (
    '<!doctype html><html lang="en"><head><title>Summary</title></head><body><h1>Summary</h1>'
    '<p><a href="index.html">All</a> made at noon today.</p><img alt="A line" src="data:,"></body></html>'
)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project with the data, the notebooks and one rendered report."""
    root = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "data", root / "data")
    shutil.copytree(ROOT / "notebooks", root / "notebooks")
    (root / "reports").mkdir()
    (root / "reports" / "scenarios.yml").write_text(
        "primary: {title: The primary analysis}\n", encoding="utf-8"
    )
    made = Project(root, root / "data", ROOT / "ldn_analysis")
    choices = scenario_choices("primary", made)
    pain = package.analyse(evidence.load(root / "data"), choices)
    result = {"name": "pain.estimate", "value": pain.fit.estimate, "unit": "NRS points",
              "lower": pain.fit.ci[0], "upper": pain.fit.ci[1], "level": 0.95}  # fmt: skip
    report = {
        "notebook": SUMMARY, "scenario": "primary", "scenario_title": "The primary analysis",
        "title": "Does it help?",
        "answer": {"question": "Does it?", "sentence": "=We do not know.", "certainty": "very low"},
        "parameters": {"values": {"mid": 1.0, "as_of": None}, "changed": []}, "results": [result],
        "figure": None, "data": {"version": "x", "date": "2026-11-27"}, "fingerprint": {},
        "versions": {"numpy": "2"}, "stamp": {"at": "noon today", "seconds": 1.0},
    }  # fmt: skip
    (root / "reports" / f"{SUMMARY}.json").write_text(json.dumps(report), encoding="utf-8")
    (root / "reports" / f"{SUMMARY}.html").write_text(PAGE, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def made(project, tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "package"
    paths = package.build(folder, project=project, multiverse=False)
    assert paths[-1].name == "package.zip"
    return folder


def test_the_scripts_give_every_number_again(made):
    run = subprocess.run(
        [sys.executable, "reproduce.py"], cwd=made, capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stderr
    assert re.match(r"\d\d+ results reproduced", run.stdout)
    text = (made / "reproduce.R").read_text(encoding="utf-8")
    for call in (
        "rma(yi",
        "rma.mh(",
        "rma.peto(",
        "predict(fit)",
        "knha",
        "adhoc",
        '"DL"',
        "posterior_mean(",
    ):
        assert call in text, call
    assert "ldn_analysis" not in (made / "reproduce.py").read_text(encoding="utf-8")


def has_metafor():
    if not shutil.which("Rscript"):
        return False
    return subprocess.run(["Rscript", "-e", "library(metafor)"], capture_output=True).returncode == 0


def test_metafor_gives_every_number_again(made):
    if not has_metafor():
        pytest.skip("R with metafor is not installed")
    run = subprocess.run(["Rscript", "reproduce.R"], cwd=made, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    assert "results reproduced" in run.stdout


def test_a_wrong_number_stops_the_scripts(tmp_path):
    line = Line("x, pain", "rma", {"yi": (0.1, 0.4, -0.2), "vi": (0.02, 0.03, 0.05)},
                {"method": "REML", "test": "knha", "level": 0.95}, {"estimate": 0.5})  # fmt: skip
    (tmp_path / "reproduce.py").write_text(python_script([line]), encoding="utf-8")
    run = subprocess.run([sys.executable, "reproduce.py"], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode != 0 and "AssertionError" in run.stderr
    assert "near(coef(fit), 0.5)" in r_script([line])


def test_a_pooled_number_without_a_line_is_refused_by_name(project, tmp_path, monkeypatch):
    results = list(pooled_results(project.reports))
    assert [(stem, one["name"]) for stem, one in results] == [(SUMMARY, "pain.estimate")]
    value = results[0][1]["value"]
    covering = Line(
        "x", "rma", {}, {}, {name: results[0][1][name] for name in ("lower", "upper")} | {"e": value}
    )
    assert uncovered(results, [covering]) == []
    assert len(uncovered(results, [])) == 3
    monkeypatch.setattr(package, "lines", lambda *_: [])
    with pytest.raises(
        RenderError, match=r"without a line in reproduce\.R: 00_dosing_question, pain\.estimate"
    ):
        package.build(tmp_path / "package", project=project, multiverse=False)


def recorded():
    """Each result that a committed notebook recorded, with the notebook's name."""
    for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for output in cell.get("outputs", []):
                one = output.get("data", {}).get("application/vnd.ldn.result+json")
                if one:
                    yield path.stem, one


def test_every_pooled_number_of_every_report_has_its_line(made):
    """The summary's too: what the committed notebooks recorded, beside what reproduce.R expects."""
    printed = [
        float(line.removesuffix(")").removesuffix(", 1e-4").rpartition(", ")[2])
        for line in (made / "reproduce.R").read_text(encoding="utf-8").split("\n")
        if line.startswith("near(")
    ]
    expecting = Line("all", "rma", {}, {}, dict(enumerate(printed)))
    pooled = [(stem, one) for stem, one in recorded() if package_lines.POOLED.fullmatch(one["name"])]
    assert {SUMMARY, "02_pain", "03_thresholds", "04_responders", "06_safety"} <= {stem for stem, _ in pooled}
    quoted = package._quoted(evidence.load(ROOT / "data"))
    assert uncovered(pooled, [expecting], quoted) == []


def test_results_with_an_interval_are_pooled_or_known_not_to_be():
    """A new result with an interval in a committed notebook must say on which side it is."""
    other = re.compile(
        r"pain\.(?!estimate|prediction|tau2).*|responders\.(?!r[rd]_).*|harm\.quoted.*|thresholds\.(?!pressure).*"
        r"|(serious|dose|dosing|rule|untested|claim|claims|multiverse|next|evidence|review|safety|exposure)\..*"
    )
    for stem, one in recorded():
        if one.get("lower") is not None:
            name = one["name"]
            assert package_lines.POOLED.fullmatch(name) or other.fullmatch(name), (stem, name)


def test_the_package_is_the_same_twice(project, made, tmp_path):
    again = tmp_path / "package"
    package.build(again, project=project, multiverse=False)
    files = {path.relative_to(made) for path in made.rglob("*") if path.is_file()}
    assert files == {path.relative_to(again) for path in again.rglob("*") if path.is_file()}
    differ = [str(name) for name in files if (made / name).read_bytes() != (again / name).read_bytes()]
    assert differ == []
    packed = [folder.with_name("package.zip") for folder in (made, again)]
    assert packed[0].read_bytes() == packed[1].read_bytes()
    with zipfile.ZipFile(packed[0]) as archive:
        assert set(archive.namelist()) == {path.as_posix() for path in files}
        assert archive.testzip() is None


def test_a_folder_with_something_else_in_it_is_refused_and_stays(project, tmp_path):
    (tmp_path / "own.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(RenderError, match="holds something else than a package"):
        package.build(tmp_path, project=project, multiverse=False)
    assert [path.name for path in tmp_path.iterdir()] == ["own.txt"]


def test_the_citation_file_is_the_one_at_the_root_and_holds_what_is_cited(made):
    import yaml

    text = (made / "CITATION.cff").read_text(encoding="utf-8")
    assert (ROOT / "CITATION.cff").read_text(encoding="utf-8") == text
    given = yaml.safe_load(text)
    assert given["cff-version"] == "1.2.0" and given["license"] == "GPL-3.0-or-later"
    assert given["authors"] and given["title"] and str(given["date-released"]) == evidence.load().data_date


def test_the_citation_file_keeps_the_schema_of_its_format(made, tmp_path):
    """By the schema of the Citation File Format itself, which check-jsonschema carries."""
    check = pytest.importorskip("check_jsonschema", reason="check-jsonschema is not in this environment")
    words = ["--builtin-schema", "vendor.citation-file-format"]
    bad = tmp_path / "CITATION.cff"
    text = (made / "CITATION.cff").read_text("utf-8")
    bad.write_text(text.replace("type: software", "type: song"), "utf-8")
    run = CliRunner().invoke
    good = run(check.main, [*words, str(made / "CITATION.cff")])
    assert good.exit_code == 0, good.output
    assert run(check.main, [*words, str(bad)]).exit_code == 1


def test_the_crate_is_read_and_each_report_is_an_action(made):
    from rocrate.rocrate import ROCrate

    crate = ROCrate(str(made))
    actions = [entity for entity in crate.get_entities() if entity.type == "CreateAction"]
    assert [action.id for action in actions] == [f"#render-{SUMMARY}"]
    assert actions[0]["instrument"].id == f"#{SUMMARY}"
    assert actions[0]["result"].id == f"results/{SUMMARY}.json"
    given = {entity.id for entity in actions[0]["object"]}
    assert {"data/studies.csv", f"notebooks/{SUMMARY}.ipynb", f"#{SUMMARY}-mid"} <= given
    held = {entity.id for entity in crate.data_entities}
    assert held == {path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file()} - {
        "ro-crate-metadata.json"
    }


def test_tables_and_references_are_read_by_what_reads_them(made):
    import pandas as pd
    import rispy
    from frictionless import Package

    report = Package(str(made / "datapackage.json")).validate()
    assert report.valid, report.flatten(["rowNumber", "fieldName", "message"])
    listed = rispy.loads((made / "references.ris").read_text(encoding="utf-8"))
    ids = [one["id"] for one in listed]
    assert "final2024" in ids and len(ids) == len(set(ids))
    text = (made / "references.bib").read_text(encoding="utf-8")
    assert re.findall(r"@article\{([^,]+),", text) == ids
    assert text.count("{") - text.count("\\{") == text.count("}") - text.count("\\}")
    sources = pd.read_csv(made / "provenance.csv")
    assert {"report", "number", "value", "source", "file", "place"} == set(sources.columns)
    row = sources[sources["number"] == "pain.estimate"].iloc[0]
    assert row["file"] == f"notebooks/{SUMMARY}.ipynb" and "pain.estimate" in row["source"]
    assert set(sources["report"]) == {SUMMARY, "data"}
    for row in sources.to_dict("records"):  # each number: a source or a formula, and the line that holds it
        assert row["source"] == row["source"] and row["source"], row
        line = re.search(r"line (\d+)", row["place"])
        text = (made / row["file"]).read_text(encoding="utf-8").split("\n")[int(line[1]) - 1]
        if row["report"] == "data":
            assert str(row["number"]) in text, row
        elif row["file"] == "reproduce.R":
            assert text == f"# {row['source']}", row
        else:
            assert json.dumps(row["source"], ensure_ascii=False)[1:-1] in text, row
    assert set(sources.loc[sources["report"] == SUMMARY, "file"]) == {
        f"notebooks/{SUMMARY}.ipynb",
        "reproduce.R",
    }
    pool = pd.read_csv(made / "revman" / "results.csv")
    effects = pd.read_csv(made / "metafor-pain.csv")
    assert list(pool["Study"]) == list(effects["slab"]) and len(pool) > 0
    assert list(pool["Effect estimate"]) == list(effects["yi"])
    beside = {
        name: pd.read_csv(made / "revman" / f"{name}.csv") for name in ("studies", "arms", "risk_of_bias")
    }
    assert list(beside["studies"]["label"]) == list(
        pool["Study"]
    )  # what the note beside them says was checked
    assert all(set(one["study_id"]) <= set(effects["study_id"]) for one in beside.values())
    json.loads((made / "results" / f"{SUMMARY}.json").read_text(encoding="utf-8"))


def test_the_word_file_can_be_read_aloud(made):
    from docx import Document

    book = Document(str(made / "summary.docx"))
    assert book.core_properties.title == "Does it help?" and book.core_properties.language == "en-GB"
    heads = [part.text for part in book.paragraphs if part.style.name.startswith("Heading")]
    assert heads == ["Answer", "The trials", "Summary of findings", "Sources"]
    (shape,) = book.inline_shapes
    assert shape._inline.docPr.get("descr").startswith("Forest plot of the trials of pain.")
    assert "w:tblHeader" in book.tables[0]._tbl.xml and 'w:lang w:val="en-GB"' in book.styles.element.xml


def test_the_pdf_has_title_language_and_tags(made):
    path = made / "summary.pdf"
    if not path.is_file():
        assert not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
        pytest.skip("no Chromium found")
    from pypdf import PdfReader

    read = PdfReader(path)
    assert read.metadata.title == "Summary"
    assert read.trailer["/Root"]["/Lang"] == "en" and read.trailer["/Root"]["/MarkInfo"]["/Marked"]
    text = read.pages[0].extract_text()
    assert "noon today" not in text and b"/tmp" not in path.read_bytes()


def test_parts_of_a_pdf_are_numbered_in_their_order():
    """Chromium numbers them by what else it has met: two prints of one page must be the same bytes."""
    from ldn_analysis.workbench.package_summary import _counted

    page = b"<< /ID (node%08d) /K 7 >> (node%08d) nodes"
    assert _counted(page % (12, 7)) == _counted(page % (90, 8)) == page % (2, 1)
