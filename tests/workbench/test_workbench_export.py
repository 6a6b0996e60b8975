"""The export: what other programs read, the same numbers, nothing that a spreadsheet runs."""

import csv
import hashlib
import io
import json
import re
import struct
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldn_analysis import contrasts, evidence, models
from ldn_analysis.errors import InputError
from ldn_analysis.render.figures import draw_figures
from ldn_analysis.render.planning import plan
from ldn_analysis.render.preflight import source_of
from ldn_analysis.render.project import locate
from ldn_analysis.workbench import csv_text, export

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("out") / "new"
    return folder, export("primary", folder, figures=False)


@pytest.fixture(scope="module")
def used():
    table = contrasts.derive(evidence.load(), outcome="pain").table
    return table[table["included"]]


def test_every_file_is_there(exported):
    folder, paths = exported
    assert all(path.stat().st_size > 100 for path in paths)
    assert {str(p.relative_to(folder)) for p in paths} == {
        *(f"{kind}-pain-{m}.csv" for kind in ("contrasts", "metafor", "revman") for m in ("MD", "SMD")),
        "results.json",
        "studies.ris",
        "multiverse.parquet",
    }


def test_metafor_and_revman_get_the_numbers_in_full(exported, used):
    folder, _ = exported
    metafor = pd.read_csv(folder / "metafor-pain-MD.csv")
    assert list(metafor.columns[:4]) == ["slab", "yi", "vi", "sei"]
    assert np.array_equal(metafor["yi"], used["yi"]) and np.array_equal(metafor["vi"], used["vi"])
    revman = pd.read_csv(folder / "revman-pain-MD.csv")
    assert np.array_equal(revman["Effect estimate"], used["yi"])
    assert np.array_equal(revman["Standard error"] ** 2, revman["Standard error"].to_numpy() ** 2)
    assert np.allclose(revman["Standard error"] ** 2, used["vi"], rtol=1e-14)
    assert list(revman["Study"]) == list(used["label"])


def test_excluded_studies_stay_with_their_reason(exported):
    table = pd.read_csv(exported[0] / "contrasts-pain-MD.csv")
    out = table[~table["included"]]
    assert len(out) and out["exclusion_reason"].notna().all() and out["yi"].isna().all()


def test_results_hold_the_fit_in_full(exported, used):
    text = (exported[0] / "results.json").read_text("utf-8")
    results = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    fit = models.pool(used["yi"].to_numpy(), used["vi"].to_numpy())
    assert results["pain"]["fit"]["estimate"] == fit.estimate
    assert results["pain"]["fit"]["ci"] == list(fit.ci)
    assert results["pain"]["fit"]["weights"] == list(fit.weights)
    assert results["data_version"] == evidence.load().data_version


def shown(name):
    """The names of the figures that a notebook shows at its defaults, in order, as its outputs store them."""
    cells = [cell for cell in locate().notebook(name)["cells"] if cell["cell_type"] == "code"]
    calls = sum(source_of(cell).count("display.show(") for cell in cells)
    outputs = [output for cell in cells for output in cell["outputs"] if "alt" in output.get("metadata", {})]
    names = [output["metadata"]["name"] for output in outputs]
    assert 0 < len(names) <= calls
    assert "figure" not in names, f'{name}: every figure needs a name of its own, as name="..."'
    return names


@pytest.mark.parametrize("name", locate().names())
def test_every_figure_of_a_report_has_a_name_of_its_own(name):
    names = shown(name)
    assert names and max(Counter(names).values()) == 1
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", one) for one in names)


def content(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """A report's figures; that `reports/` stays as it was is part of drawing them."""
    project, folder = locate(), tmp_path_factory.mktemp("figures")
    before = content(project.reports)
    paths = draw_figures(project, plan(project, "02_pain", "all-designs"), folder)
    assert content(project.reports) == before
    return folder, paths


PAIN_FOLDED = ("crossover-sweep", "cumulative", "leave-one-out", "threshold")


def test_each_figure_that_a_report_shows_is_drawn_under_its_name(drawn):
    folder, paths = drawn
    stems = {f"02_pain--all-designs--{one}" for one in shown("02_pain")}
    folded = {f"02_pain--all-designs--{one}" for one in PAIN_FOLDED}
    both = {f"{stem}{end}" for stem in stems | folded for end in (".svg", ".png")}
    assert {path.name for path in paths} == both  # a picture behind a fold is a picture of the report
    assert {path.name for path in folder.iterdir()} == {path.name for path in paths}


def test_png_at_print_size_and_svg_with_letters(drawn):
    for path in drawn[0].glob("*.png"):
        content = path.read_bytes()
        assert content.startswith(b"\x89PNG")
        dots = struct.unpack(">I", content[content.index(b"pHYs") + 4 :][:4])[0]
        assert dots == pytest.approx(300 / 0.0254, abs=1)  # dots a metre
    for path in drawn[0].glob("*.svg"):
        assert "<text" in path.read_text("utf-8")


def test_multiverse_as_parquet_holds_the_prespecified_analysis(exported, used):
    frame = pd.read_parquet(exported[0] / "multiverse.parquet")
    fit = models.pool(used["yi"].to_numpy(), used["vi"].to_numpy())
    assert len(frame) > 10_000
    assert np.isclose(frame["estimate"], fit.estimate, rtol=0, atol=1e-9).any()


CELLS = st.one_of(
    st.text(max_size=12),
    st.tuples(st.sampled_from(["=", "+", "-", "@", "\t", "\r", "\n"]), st.text(max_size=8)).map("".join),
)


@given(st.lists(st.tuples(CELLS, st.floats(-9, 9)), min_size=1, max_size=5))
def test_text_never_begins_like_a_formula_and_numbers_stay(rows):
    rows = [(text.encode("utf-8", "ignore").decode(), number) for text, number in rows]
    table = pd.DataFrame(rows, columns=["text", "value"])
    read = list(csv.reader(io.StringIO(csv_text(table), newline="")))[1:]
    assert len(read) == len(rows)
    for (text, number), (cell, value) in zip(rows, read, strict=True):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
        assert cell in (text, f"'{text}")
        assert float(value) == number


def test_missing_cells_are_empty():
    table = pd.DataFrame({"a": ["x", None], "b": [np.nan, -1.5], "c": [("p", "q"), ()]})
    assert csv_text(table) == "a,b,c\r\nx,,p; q\r\n,-1.5,\r\n"


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("in the way", "utf-8")
    with pytest.raises(InputError, match="cannot be written"):
        export("primary", tmp_path / "file", multiverse=False, figures=False)
    with pytest.raises(InputError, match="there is no scenario"):
        export("secondary", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_other_scenarios_without_the_multiverse(tmp_path):
    export("as-of-2016", tmp_path, multiverse=False, figures=False)
    assert not (tmp_path / "multiverse.parquet").exists()
    assert len(pd.read_csv(tmp_path / "metafor-pain-MD.csv")) == 1
