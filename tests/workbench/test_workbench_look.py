"""Looking at downloads and screening what they bring: nothing is judged, deleted or read twice."""

import datetime as dt
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ldn_analysis import evidence
from ldn_analysis.cli import app
from ldn_analysis.errors import InputError
from ldn_analysis.questions import studies
from ldn_analysis.workbench.exports import records_ris, studies_ris
from ldn_analysis.workbench.look import look
from ldn_analysis.workbench.look_formats import LARGEST, read_download
from ldn_analysis.workbench.look_records import date_text
from ldn_analysis.workbench.screen import ScreenForm, Screening

ROOT = Path(__file__).parents[2]
DOWNLOADS = sorted((Path(__file__).parent / "downloads").iterdir())
DAY = dt.date(2026, 11, 26)


def named(name):
    return next(path for path in DOWNLOADS if path.name == name)


@pytest.fixture
def data(tmp_path):
    return Path(shutil.copytree(ROOT / "data", tmp_path / "data"))


def looked_at(data, *names, **more):
    return look([named(name) for name in names], folder=data, today=DAY, **more)


def test_known_registrations_are_compared_with_what_is_stored(data):
    said = "\n".join(looked_at(data, "clinicaltrials-page.json", "anzctr.csv", "ictrp.csv").lines)
    assert "INNOVA: planned 120, reached 98;" in said
    assert "FINAL: reached 99" in said
    assert "Younger et al. 2013: reached 53; " in said and "results posted" in said
    assert "status recruiting (was not yet recruiting)" in said
    assert "NEWONE (NCT09999999): not known here; not yet recruiting; participants 140" in said
    assert "Paula et al. 2023: planned 92" in said


def test_a_number_that_changed_stands_beside_the_stored_one(data, tmp_path):
    page = json.loads(named("clinicaltrials-page.json").read_text(encoding="utf-8"))
    one = page["studies"][2]
    looked_at(data, "clinicaltrials-page.json")
    section = one["protocolSection"]
    section["designModule"]["enrollmentInfo"]["count"] = 97
    section["statusModule"]["lastUpdatePostDateStruct"]["date"] = "2026-10-01"
    section["outcomesModule"]["primaryOutcomes"][0]["timeFrame"] = "3 months"
    one["hasResults"] = True
    path = tmp_path / "innova.json"
    path.write_text(json.dumps(one), encoding="utf-8")
    made = look([path], folder=data, today=DAY)
    (line,) = [line for line in made.lines if "INNOVA" in line]
    assert "reached 97 (stored: 98)" in line
    assert "its time was '12 months', is '3 months'" in line
    assert line.endswith("results posted") and "no results" not in line
    (row,) = made.rows["records.csv"]
    assert (row["same_by"], row["same_as"]) == ("registry number", "NCT04739995.2025-01-01")


def test_everything_is_remembered_once_and_the_data_stay_valid(data):
    names = [path.name for path in DOWNLOADS]
    first = looked_at(data, *names, query="naltrexone", date="2026-11-20")
    files = {path.name: path.read_bytes() for path in data.iterdir()}
    ev = evidence.load(data)
    assert len(ev.searches) == len(names)
    assert set(ev.searches["searched_on"]) == {"2026-11-20"}
    assert len(ev.records) == len(first.rows["records.csv"]) == 13
    again = looked_at(data, *reversed(names))
    assert again.rows == {}
    assert {path.name: path.read_bytes() for path in data.iterdir()} == files
    flow = studies.flow(ev, ev.package.version)
    assert flow.records == 13 and flow.duplicates == 1 and flow.waiting == flow.screened == 12


def test_a_database_is_named_of_a_file_that_does_not_tell_it(data):
    looked = looked_at(data, "pubmed.xml", "references.ris", source="Embase")
    assert [row["source"] for row in looked.rows["searches.csv"]] == ["PubMed", "Embase"]


def test_repeats_are_found_by_number_and_asked_for_by_title(data):
    looked = looked_at(data, "pubmed.xml", "references.ris")
    by = {row["record_id"]: (row["same_as"], row["same_by"]) for row in looked.rows["records.csv"]}
    assert by["doi-10.0000-invented.2"] == ("pmid-99999902", "DOI")  # under another title
    assert [how for _, how in by.values()].count("title and year") == 1
    said = "\n".join(looked.lines)
    assert "confirm it in screening" in said
    assert "pmid-99999901: retraction of Younger et al. 2013" in said
    assert "pmid-38258677: Due Bruun et al. 2024 (FINAL), which is in the data" in said
    final = next(row for row in looked.rows["records.csv"] if row["pmid"] == "38258677")
    assert final["title"] == "Naltrexone 6 mg once daily versus placebo in women with fibromyalgia"
    assert final["registry_ids"] == "NCT04270877" and final["doi"] == "10.1016/s2665-9913(23)00278-3"


def supplement(folder, name, *titles):
    """A file of abstracts that have the DOI of their supplement in common."""
    path = folder / name
    each = (
        f"TY  - ABST\nTI  - {title}\nDO  - 10.0000/supplement.1\nPY  - 2026\nER  - \n" for title in titles
    )
    path.write_text("\n".join(each), encoding="utf-8")
    return path


def test_abstracts_with_the_doi_of_their_supplement_are_records_of_their_own(data, tmp_path):
    pain, sleep = "Naltrexone and pain in fibromyalgia", "Naltrexone and sleep in fibromyalgia"
    first = look([supplement(tmp_path, "one.ris", pain, sleep, sleep)], folder=data, today=DAY)
    rows = first.rows["records.csv"]
    assert [(row["title"], row["same_as"]) for row in rows] == [(pain, ""), (sleep, "")]
    assert len({row["record_id"] for row in rows}) == 2
    flow = studies.flow(evidence.load(data))
    assert (flow.duplicates, flow.waiting) == (1, 2)
    other = look([supplement(tmp_path, "two.ris", sleep.upper(), "Naltrexon")], folder=data, today=DAY)
    (again,) = other.rows[
        "records.csv"
    ]  # of another search, and under another title: a title can be spelt twice
    assert (again["same_as"], again["same_by"]) == (rows[0]["record_id"], "DOI")
    assert look([tmp_path / "one.ris"], folder=data, today=DAY).rows == {}


BOMB = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><PubmedArticleSet>&b;</PubmedArticleSet>'
BAD = {
    "empty.json": (b"", "is empty"),
    "blank.ris": (b" \n\n", "is empty"),
    "broken.json": (b'{"studies": [', "line 1: is not valid JSON"),
    "other.json": (b'{"a": 1}', "no study or search of ClinicalTrials.gov"),
    "numberless.json": (b'{"protocolSection": {}}', "study 1: has no NCT number"),
    "odd.json": (b'{"protocolSection": {"identificationModule": 3, "statusModule": []}}', "no NCT number"),
    "deep.json": (b"[" * 200_000, "nested too deeply"),
    "deep.xml": (b"<a>" * 100_000, "nested deeper than"),
    "bomb.xml": (BOMB.encode(), "declares entities"),
    "cut.xml": (b"<PubmedArticleSet><PubmedArticle>", "is not valid XML"),
    "page.xml": (b"<html><body/></html>", "holds no article of PubMed"),
    "cut.ris": (b"TY  - JOUR\nTI  - A\nER  - \n\nTY  - JOUR\nTI  - B\n", "is the file cut off?"),
    "titleless.ris": (b"TY  - JOUR\nPY  - 2020\nER  - \n", "record 1: has no title"),
    "some.csv": (b"a,b\n1,2\n", "not of a form that can be read"),
    "number.csv": (b"TrialID,Public title\nhello,x\n", "row 2: 'hello' is no number"),
    "image.png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff", "is no text"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_broken_or_hostile_gets_one_clear_line(tmp_path, name):
    content, said = BAD[name]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as refused:
        read_download(path)
    assert said in str(refused.value)
    assert str(refused.value).startswith(name)
    assert "\n" not in str(refused.value)


def test_what_a_register_gives_in_another_shape_stays_empty(tmp_path):
    about = {"protocolSection": {"identificationModule": {"nctId": "NCT01234567"}, "statusModule": [3]}}
    (tmp_path / "study.json").write_text(json.dumps(about | {"hasResults": []}), encoding="utf-8")
    (record,) = read_download(tmp_path / "study.json").records
    assert (record.registry_ids, record.results_posted, record.status) == (("NCT01234567",), "", "")


def test_a_huge_file_is_not_read(tmp_path):
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(InputError, match="larger than 64 MB"):
        read_download(path)


def test_one_bad_file_leaves_the_data_as_they_are(data, tmp_path):
    (tmp_path / "bad.json").write_text("{", encoding="utf-8")
    before = {path.name: path.read_bytes() for path in data.iterdir()}
    with pytest.raises(InputError, match=r"^bad\.json"):
        look([named("pubmed.xml"), tmp_path / "bad.json"], folder=data, today=DAY)
    for date in ("20 November", "2027-01-01"):
        with pytest.raises(InputError, match="--date is"):
            looked_at(data, "pubmed.xml", date=date)
    assert {path.name: path.read_bytes() for path in data.iterdir()} == before


@pytest.mark.parametrize(
    ("text", "read"),
    [("17/02/2023", "2023-02-17"), ("3 March 2025", "2025-03-03"), ("2025-13-40", "2025"),
     ("2024 Jan-Feb", "2024"), ("December 2023", "2023"), ("", ""), ("99", ""), ("2020-07", "2020-07")],
)  # fmt: skip
def test_dates_are_read_as_far_as_they_go(text, read):
    assert date_text(text) == read


# Screening -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_two_people_screen_and_what_they_include_leads_on(data):
    looked_at(data, "pubmed.xml", query="naltrexone", date="2026-11-20")
    one, two = (Screening(who, folder=data, today=lambda: DAY) for who in ("AB", "CD"))
    assert len(one.waiting()) == 3
    one.decide("pmid-99999902", "in")
    one.decide("pmid-38258677", "later")
    one.decide("pmid-99999901", "out", "review or comment")
    assert [row["record_id"] for row in one.waiting()] == ["pmid-38258677"]
    assert len(two.waiting()) == 3
    two.decide("pmid-99999902", "in")
    two.decide("pmid-99999901", "in")
    two.decide("pmid-38258677", "in")
    one.decide("pmid-38258677", "in")
    said = "\n".join(one.report())
    assert "AB and CD: agree on 2 of 3 records, kappa 0.00" in said
    assert "disagree on pmid-99999901" in said
    assert studies.collection(evidence.load(data))[0]
    full = Screening("AB", "full text", folder=data, today=lambda: DAY)
    assert {row["record_id"] for row in full.waiting()} == {"pmid-99999902", "pmid-38258677"}
    for record in ("pmid-99999902", "pmid-38258677"):
        full.decide(record, "in")
    said = "\n".join(full.report())
    assert "new-study smith2026 --year 2026 --source 10.0000/invented.2" in said
    assert "pmid-38258677" not in said  # it is in the data already
    ev = evidence.load(data)
    assert len(ev.decisions) == 9  # the one that was put off stays
    assert studies.flow(ev, ev.package.version).to_enter == ("pmid-99999902",)


def test_records_and_decisions_go_out_as_ris_and_studies_come_back(data):
    import rispy

    looked_at(data, "pubmed.xml", "references.ris")
    Screening("AB", folder=data, today=lambda: DAY).decide("pmid-99999902", "out", "not a low dose")
    spoken = data / "decisions.csv"  # a note is written by hand
    spoken.write_text(spoken.read_text("utf-8").replace("not a low dose,", "not a low dose,5 mg"), "utf-8")
    ev = evidence.load(data)
    back = {one["id"]: one for one in rispy.loads(records_ris(ev))}
    assert len(back) == len(ev.records)
    decided = "2026-11-26 AB, title and abstract: out (not a low dose); 5 mg"
    assert decided in back["pmid-99999902"]["notes"]
    assert back["pmid-99999902"]["doi"] == "10.0000/invented.2"
    held = rispy.loads(studies_ris(ev))
    assert [one["id"] for one in held] == list(ev.studies["study_id"])
    assert [one.get("doi", "") for one in held] == list(ev.studies["doi"].fillna(""))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("nobody", "in"), "column record_id: 'nobody'"),
        (("pmid-99999902", "maybe"), "'maybe': must be one of in, out, later"),
        (("pmid-99999902", "out"), "a record that is out has its reason"),
        (("pmid-99999902", "in", "retracted"), "only a record that is out"),
    ],
)
def test_a_wrong_decision_is_refused(data, given, said):
    looked_at(data, "pubmed.xml")
    with pytest.raises(InputError, match=said):
        Screening("AB", folder=data).decide(*given)
    with pytest.raises(InputError, match="initials are 'ab'"):
        Screening("ab", folder=data)


def test_a_dry_run_holds_its_rows_against_the_rules(data):
    with pytest.raises(evidence.EvidenceError, match="looked_on"):
        look([named("pubmed.xml")], folder=data, today=dt.date(2046, 1, 1), dry_run=True)


def test_the_commands_look_and_ask(data, monkeypatch):
    monkeypatch.setenv("LDN_DATA", str(data))
    run = CliRunner().invoke
    made = run(app, ["look", str(named("pubmed.xml")), "--dry-run"])
    assert made.exit_code == 0 and "would go to records.csv: 3" in made.output
    assert evidence.load(data).records.empty
    assert run(app, ["look", str(named("pubmed.xml"))]).exit_code == 0
    made = run(app, ["screen", "--initials", "AB"], input="in\nx\nout\n99\n1\nquit\n")
    assert made.exit_code == 0, made.output
    assert "'x': must be one of in, out, later, quit" in made.output
    assert "1 left to decide" in made.output
    assert list(evidence.load(data).decisions["decision"]) == ["in", "out"]


@pytest.mark.slow
def test_the_end_of_the_input_and_a_full_disk_get_one_line(data, monkeypatch):
    monkeypatch.setenv("LDN_DATA", str(data))
    looked_at(data, "pubmed.xml")
    made = CliRunner().invoke(app, ["screen", "--initials", "AB"], input="in\n")
    assert isinstance(made.exception, InputError) and "what was decided is written" in str(made.exception)
    assert list(evidence.load(data).decisions["decision"]) == ["in"]
    words = [sys.executable, "-m", "ldn_analysis", "look", str(named("pubmed.xml"))]
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT, timeout=120)
    assert run.returncode == 1
    assert run.stderr.startswith("the output cannot be written: ") and run.stderr.count("\n") == 1


@pytest.mark.slow
def test_the_form_in_the_lab_writes_the_same_rows(data):
    looked_at(data, "pubmed.xml")
    form = ScreenForm(data)
    assert "Type your initials" in form.words
    form.controls["initials"].value = "me"
    assert "two to four capital letters" in form.words
    form.controls["initials"].value = "EF"
    assert "3 left to decide" in form.words and "Naltrexone 6 mg" in form.words
    form.controls["in"].click()
    form.controls["out"].click()
    assert "Choose a reason first" in form.words
    form.controls["reason"].value = "retracted"
    form.controls["out"].click()
    assert "1 left to decide" in form.words
    form.controls["later"].click()
    made = evidence.load(data).decisions
    assert "1 left to decide" in ScreenForm(data, initials="EF").words
    with pytest.raises(InputError, match="stage is 'half'"):
        ScreenForm(data, stage="half")
    assert list(made["decision"]) == ["in", "out", "later"]
    assert list(made["reason"].fillna("")) == ["", "retracted", ""]
