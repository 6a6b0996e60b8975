"""What may stand in a file's place, and packages that disagree with what the program reads: one line each."""

import csv
import json
import os
from pathlib import Path

import pytest

from ldn_analysis import evidence
from ldn_analysis.evidence import loading


def said(folder):
    with pytest.raises(evidence.EvidenceError) as caught:
        evidence.load(folder)
    return str(caught.value)


@pytest.mark.parametrize("file", ["events.csv", "datapackage.json"])
def test_a_pipe_a_device_and_a_folder_are_refused_at_once(copy, file):
    for make, words in (
        (os.mkfifo, "not a regular file"),
        (lambda path: path.symlink_to("/dev/zero"), "not a regular file"),
        (Path.mkdir, "regular file"),
    ):
        (copy / file).unlink()
        make(copy / file)
        text = said(copy)
        assert file in text and (words in text or "directory" in text), text
        (Path.rmdir if (copy / file).is_dir() else Path.unlink)(copy / file)
        (copy / file).write_text("")


def test_a_file_that_is_too_large_or_too_long_is_not_read(copy, monkeypatch):
    monkeypatch.setattr(loading, "LARGEST", 200_000)
    (copy / "claims.csv").write_bytes(b"x" * 300_000)
    assert "claims.csv: larger than" in said(copy)
    monkeypatch.setattr(loading, "MOST_ROWS", 50)
    (copy / "claims.csv").write_bytes(b"claim_id,claim,kind,tested_by\n" + b"a,b,gap,c\n" * 60)
    assert "more than 50 lines" in said(copy)


@pytest.mark.parametrize("folder", ["a\0b", "x" * 5000, "\udcff", ""])
def test_a_folder_that_cannot_be_is_missing(folder, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    text = said(folder or "nowhere")
    assert "the data folder is missing" in text and len(text) < 300
    text.encode("utf-8")
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert "is a file: the data are a folder" in said("file")


def spoil(copy, change):
    path = copy / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    change({r["name"]: r for r in package["resources"]})
    path.write_text(json.dumps(package), encoding="utf-8")
    return said(copy)


def field(resource, name):
    return next(item for item in resource["schema"]["fields"] if item["name"] == name)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda r: field(r["outcomes"], "value").update(type="string"), "value must be of type number"),
        (lambda r: field(r["studies"], "label").update(type="number"), "label must be of type string"),
        (lambda r: r["outcomes"]["schema"]["fields"].remove(field(r["outcomes"], "se")), "column se is not"),
        (lambda r: r["outcomes"]["schema"]["foreignKeys"].clear(), "study_id must refer to"),
        (lambda r: r["events"]["schema"].update(primaryKey=["event"]), "the key must be event_id"),
        (lambda r: field(r["studies"], "randomised")["constraints"].pop("required"), "must be required"),
        (lambda r: field(r["studies"], "label")["constraints"].update(pattern="(a+)+b"), "for ever"),
        (lambda r: field(r["studies"], "label")["constraints"].update(pattern="a*a*a*a*a*b"), "for ever"),
        (lambda r: field(r["studies"], "randomised")["constraints"].update(enum="yes"), "must be a list"),
        (lambda r: r["events"].update(path="events\0.csv"), "beside datapackage.json"),
        (lambda r: r["events"].update(path="e" * 4000), "beside datapackage.json"),
    ],
)  # fmt: skip
def test_a_package_that_disagrees_with_the_program_is_refused_before_anything_is_read(copy, change, words):
    (copy / "claims.csv").unlink()  # would be missed if it were read
    text = spoil(copy, change)
    assert words in text and "claims.csv" not in text


@pytest.mark.parametrize("cell", ["0e999", "0e400", "1e308", "1e400", "-1e308", "9" * 400, "1e-320"])
@pytest.mark.parametrize("column", ["value", "sd", "n", "week", "p_value", "lower95"])
def test_no_number_is_too_large_to_be_refused_in_a_line(problems_of, column, cell):
    """Extreme numbers are problems of their cell or a rule's, and never an error of arithmetic."""
    from row_names import FL, o

    assert problems_of(o(FL, **{column: cell})) is not None


@pytest.mark.parametrize("year", ["90", "-2023", "1e9"])
def test_a_year_of_registration_that_is_none_is_refused_in_a_line(problems_of, year):
    from mutations import cell

    text = problems_of(cell("registrations", "ACTRN12623000172606", registered=year))
    assert "column registered" in text and "must be at " in text


@pytest.fixture(scope="module")
def problems_of():
    from mutations import Data

    return Data(loading.data_folder_of_project()).refused


@pytest.mark.parametrize("cell", ["0", "-3"])
def test_a_group_of_nobody_is_refused_where_its_responders_are_compared(copy, cell):
    path = copy / "events.csv"
    with path.open(newline="") as file:
        heads, *rows = csv.reader(file)
    group = next(row for row in rows if row[0] == "final2024-pain-response-30-w12-placebo")
    group[heads.index("n")] = cell
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([heads, *rows])
    assert f"column n: {cell!r}: must be at least 1" in said(copy)
