"""What every notebook keeps to, and that some run under other choices than the default."""

import ast
import re
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from told_notebooks import tell

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
EACH = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)


def read(path):
    return nbformat.read(path, as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tags(cell):
    return cell.metadata.get("tags", [])


STALE = "not stored as executed: python -m ldn_analysis.refresh notebooks {0.stem} start"


def test_the_readme_lists_every_report():
    table = re.findall(r"(?m)^\| `(\d\d_\w+)` \| \S", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert table == [path.stem for path in NOTEBOOKS] != [], (
        "README.md, table of reports: a line for each notebook"
    )


@EACH
def test_one_parameters_cell_of_plain_assignments(path):
    cells = [cell for cell in code(read(path)) if "parameters" in tags(cell)]
    assert len(cells) == 1
    for statement in ast.parse(cells[0].source).body:
        assert isinstance(statement, ast.Assign)
        ast.literal_eval(statement.value)


@EACH
def test_stored_executed_in_order_and_without_errors(path):
    counts = [cell.execution_count for cell in code(read(path))]
    assert counts == list(range(1, len(counts) + 1)), STALE.format(path)
    outputs = [output for cell in code(read(path)) for output in cell.outputs]
    assert outputs
    assert not [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]


@EACH
def test_cells_are_short_and_define_nothing(path):
    for cell in code(read(path)):
        given = "parameters" in cell.metadata.get(
            "tags", []
        )  # a line a name: others read the cell line by line
        assert given or len(cell.source.splitlines()) <= 25, cell.source[:80]
        for node in ast.walk(ast.parse(cell.source)):
            assert not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda), cell.source[:80]


@EACH
def test_no_statistics_in_a_notebook(path):
    source = "\n".join(cell.source for cell in code(read(path)))
    assert not re.search(r"\b(scipy|statsmodels|pingouin)\b|np\.(mean|std|var|median|sqrt)\b", source)


@EACH
def test_every_figure_has_words_and_no_drawing_is_stored(path):
    cells = code(read(path))
    shown = sum(cell.source.count("display.show(") for cell in cells)
    outputs = [o for cell in cells for o in cell.outputs if "alt" in o.get("metadata", {})]
    assert shown == len(outputs) > 0, f"a notebook shows a figure; {STALE.format(path)}"
    for output in outputs:
        assert len(output.metadata["alt"]) >= 25
        assert not [kind for kind in output.data if kind.startswith("image/")]
    assert len({output.metadata["name"] for output in outputs}) == len(outputs)
    assert "data:image/" not in path.read_text(encoding="utf-8")  # nor one in a fold
    assert path.stat().st_size < 340_000  # each row of the data that a claim rests on has its source here


@EACH
def test_some_cells_are_compared_and_they_print(path):
    checked = [cell for cell in code(read(path)) if "nbval-check-output" in tags(cell)]
    assert checked, "tag a cell that prints rounded results nbval-check-output"
    for cell in checked:
        assert cell.outputs, STALE.format(path)
        assert {output.output_type for output in cell.outputs} == {"stream"}


@EACH
def test_order_answer_before_figure_before_method_before_sources(path):
    text = "\n".join(cell.source for cell in read(path).cells)
    last = (
        "## Limits" if path.stem == "00_dosing_question" else "## Method"
    )  # the summary's are in the reports
    places = [text.index(p) for p in ("# ", "render.parameters(", "render.answer(", "display.show(", last)]
    assert places == sorted(places)
    assert "not medical advice" in text.lower()
    prose = [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]
    levels = [len(m) for source in prose for m in re.findall(r"(?m)^(#+) ", source)]
    assert levels[0] == 1
    assert not re.search(r"(?m)^#+ #", "\n".join(prose))
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


@EACH
def test_nothing_local_or_volatile_is_stored(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"/(home|root|work|tmp|Users)/|ipykernel_\d+|0x[0-9a-f]{8}", text)


SMALL = {"draws": 8192, "occupancy_draws": 50, "patients": 500}


@pytest.mark.slow
@pytest.mark.parametrize(
    "choices",
    [
        {"as_of": 2013},
        {"as_of": 2016, "tau2_method": "PM"},
        {"as_of": 2020, "study_set": "with_pilot"},
        {"study_set": "all_randomised", "mid": 0.5},
        {"reading": "abstract"},
        {"time": "12_months", "adjusted": False},
        {"crossover_r": 0.0, "inference": "z", "level": 0.9},
    ],
    ids=str,
)
def test_the_dosing_report_runs_under_other_choices(choices):
    told = tell("05_dosing", **SMALL, **choices)
    early = choices.get("as_of", 9999) < 2020
    assert "tested against placebo" in told.answer["sentence"]
    assert ("dosing.ed50" in told.recorded) == (not early)
    assert not [alt for alt in told.alt.values() if "nan" in alt]


@pytest.mark.parametrize("choices", [{"as_of": 2016}, {"reading": "abstract"}], ids=str)
def test_evidence_runs_under_other_choices(choices):
    told = tell("01_evidence", **choices)
    assert told.recorded["evidence.trials"] <= told.recorded["evidence.studies"]
    assert told.alt


@pytest.mark.slow
def test_the_summary_and_the_pain_report_agree():
    summary, pain = tell("00_dosing_question"), tell("02_pain")
    for name in ("pain.estimate", "pain.k", "pain.n"):
        assert summary.recorded[name] == pain.recorded[name]
    assert "two trials" not in pain.answer["sentence"]
