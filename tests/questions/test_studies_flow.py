"""Flow, agreement, status and checklist follow the tables of searches, records and decisions."""

import csv
import json
import re
import shutil
from pathlib import Path

import pytest

from ldn_analysis import evidence
from ldn_analysis.errors import InputError
from ldn_analysis.evidence import plain_doi, plain_title, read_review, registry_numbers
from ldn_analysis.questions import studies
from ldn_analysis.questions.studies import flow_picture
from ldn_analysis.questions.studies.status import NAMES
from ldn_analysis.render import checklist
from ldn_analysis.render.project import Project

ROOT = Path(__file__).parents[2]
VERSION = "1.1.0"
LOW = "not a low dose"


@pytest.fixture
def data(tmp_path):
    return Path(shutil.copytree(ROOT / "data", tmp_path / "data"))


def add(folder, name, *rows):
    path = folder / f"{name}.csv"
    with path.open(encoding="utf-8") as file:
        heads = next(csv.reader(file))
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, heads, restval="", lineterminator="\n")
        writer.writerows(rows)


def search(name="pubmed-aaaa", n=6, version=VERSION, **more):
    return {"search_id": name, "source": "PubMed", "kind": "database", "looked_on": "2026-11-20",
            "n_records": str(n), "sha256": (name.encode().hex() * 9)[:64].ljust(64, "0"),
            "review_version": version} | more  # fmt: skip


def record(name, search_id="pubmed-aaaa", **more):
    return {"record_id": name, "search_id": search_id, "kind": "publication", "title": f"About {name}"} | more


def decide(record_id, who, decision, reason="", stage="title and abstract", n=1):
    return {"decision_id": f"{record_id}-{who}-{stage[0]}{n}", "record_id": record_id, "stage": stage,
            "screener": who, "decided_on": "2026-11-21", "decision": decision, "reason": reason}  # fmt: skip


def test_nothing_searched_is_a_curated_collection_and_says_why():
    ev = evidence.load(ROOT / "data")
    counted = studies.flow(ev, VERSION)
    if not counted.records:
        assert counted.total_studies == ev.studies["trial_id"].nunique()
        assert "curated collection" in studies.collection(ev)[1]


def test_the_flow_counts_every_record_once(data):
    add(data, "searches", search(query="naltrexone", searched_on="2026-11-19"), search("old-1", 3, "1.0.0"))
    final = evidence.load(ROOT / "data").studies.set_index("study_id").loc["final2024"]
    add(data, "records", record("a", doi=final["doi"].lower()), record("b"), record("c"), record("d"),
        record("e", same_as="a", same_by="DOI"), record("z", "old-1"))  # fmt: skip
    add(data, "decisions",
        *(decide(r, who, w, why) for who in ("AB", "CD") for r, w, why in
          (("a", "in", ""), ("b", "out", "not naltrexone"), ("c", "in", ""))),
        decide("d", "AB", "in"), decide("d", "CD", "out", "not fibromyalgia"),
        decide("a", "AB", "in", stage="full text"), decide("c", "AB", "out", LOW, "full text"))  # fmt: skip
    ev = evidence.load(data)
    made = studies.flow(ev, VERSION)
    assert made.identified == {"database": {"PubMed": 6}}
    assert (made.records, made.duplicates, made.screened) == (6, 2, 4)  # one seen in the file twice, and e
    assert made.screened == made.excluded + made.waiting + made.sought
    assert (made.excluded, made.waiting, made.sought, made.assessed) == (1, 1, 2, 2)
    assert made.reasons == {"not a low dose": 1}
    assert made.new_reports == 1
    assert made.total_reports == len(ev.studies)
    assert made.total_studies == ev.studies["trial_id"].nunique()
    assert studies.collection(ev)[0]
    words = " ".join(line for step in flow_picture.boxes(made) for line in (*step.lines, *step.beside))
    assert "Records screened (n = 4)" in words and "not a low dose (n = 1)" in words
    figure = flow_picture.prisma(made)
    assert figure.narrow() is not None


def test_a_decision_is_replaced_by_a_later_one_of_the_same_person_alone(data):
    add(data, "searches", search(n=1))
    add(data, "records", record("a"))
    add(data, "decisions", decide("a", "AB", "out", "not naltrexone"), decide("a", "AB", "in", n=2))
    one = studies.standings(evidence.load(data).decisions, "title and abstract")["a"]
    assert (one.state, one.screeners) == ("in", ("AB",))
    assert not studies.collection(evidence.load(data))[0]


def test_kappa_is_the_textbook_one(data):
    """Two readers, 50 proposals: yes/yes 20, yes/no 5, no/yes 10, no/no 15 give kappa 0.4."""
    add(data, "searches", search(n=50))
    add(data, "records", *(record(f"r{i}") for i in range(50)))
    why = "not naltrexone"
    answers = [("in", "in")] * 20 + [("in", "out")] * 5 + [("out", "in")] * 10 + [("out", "out")] * 15
    for who, words in zip(("AB", "CD"), zip(*answers, strict=True), strict=True):
        rows = (decide(f"r{i}", who, word, why if word == "out" else "") for i, word in enumerate(words))
        add(data, "decisions", *rows)
    (made,) = studies.agreement(evidence.load(data).decisions)
    assert (made.screeners, made.n, made.agreed, len(made.differ)) == (("AB", "CD"), 50, 35, 15)
    assert made.kappa == pytest.approx(0.4, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version: 1.1", "version: 1.1: must be text"),
        ("version: 9.9.9", "must be the version of datapackage.json, '1.1.0'"),
        ("version: 1.1.0\nnext_look: soon", "next_look: 'soon': must be a month or a day"),
        ("version: 1.1.0\nupdate_when: a trial", "update_when: 'a trial': must be a list of sentences"),
        ("version: 1.1.0\nlook: 2027-01", "look: is not one of the names"),
        ("next_look: 2027-01", "version: is empty"),
    ],
)
def test_a_wrong_status_is_refused_by_name(tmp_path, text, said):
    (tmp_path / "review.yml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"review\.yml") as refused:
        read_review(tmp_path, VERSION)
    assert said in str(refused.value)


def test_the_status_box_says_what_is_declared_and_what_is_not(data):
    ev = evidence.load(data)
    assert read_review(data, ev.package.version) is not None
    said = studies.status(ev)
    assert set(said.values) == set(NAMES)
    assert said.values["review.version"].startswith(ev.package.version)
    assert studies.status(ev.as_of(2016)).values == said.values
    (data / "review.yml").unlink()
    nothing = studies.status(evidence.load(data))
    assert nothing.values == {} and nothing._repr_html_() == ""


def test_numbers_titles_and_dois_are_read_as_people_write_them():
    text = "NCT04270877 (EudraCT 2019-000702-30), actrn12623000172606; EUCTR 2021-002534-16-ES"
    assert registry_numbers(text) == (
        "NCT04270877",
        "2019-000702-30",
        "ACTRN12623000172606",
        "2021-002534-16",
    )
    assert plain_doi("https://doi.org/10.1002/EJP.70321.") == "10.1002/ejp.70321"
    assert plain_title("Naltrexone — a Pilot, étude!") == plain_title("naltrexone a pilot etude")


def test_the_checklist_links_to_headings_that_are_there(tmp_path):
    numbers = [item["number"] for item in checklist.ITEMS]
    prisma = [str(i) for i in range(1, 28)]
    assert {"".join(c for c in n if c.isdigit()) for n in numbers if n[0] != "L"} == set(prisma)
    assert len(numbers) == len(set(numbers)) == 42 + 4
    reports = tmp_path / "reports"
    reports.mkdir()
    (reports / "01_evidence.html").write_text("<h1>x</h1>", encoding="utf-8")

    def recorded(stem, place, words):
        report = {"notebook": stem, "results": [], "contents": [{"id": place, "words": words}]}
        (reports / f"{stem}.json").write_text(json.dumps(report), encoding="utf-8")

    recorded("01_evidence", "risk-of-bias", "Risk of bias")
    project = Project(tmp_path, tmp_path / "data", ROOT / "ldn_analysis")
    checklist.write_checklist(project)
    text = (reports / "checklist.html").read_text(encoding="utf-8")
    assert text.count('href="01_evidence.html#risk-of-bias">Risk of bias</a> (the evidence)') == 3
    assert text.count("not done") == 46 - 3
    recorded("00_dosing_question", "answer", "Answer")
    checklist.write_checklist(project)
    text = (reports / "checklist.html").read_text(encoding="utf-8")
    assert text.count('href="00_dosing_question.html#answer"') == 2


def test_each_item_of_the_checklist_names_a_heading_of_its_notebook():
    """A heading that is worded anew would else leave its items "not done", unseen."""
    made = ("^answer$", "correlation|where the numbers")  # headings that the page adds, or may add
    for item in checklist.ITEMS:
        for stem, pattern in checklist.places_of(item).items():
            text = (ROOT / "notebooks" / f"{stem}.ipynb").read_text(encoding="utf-8")
            cells = json.loads(text)["cells"]
            prose = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
            heads = re.findall(r"^#{1,3} (.+)$", prose, re.MULTILINE)
            assert pattern in made or any(re.search(pattern, h, re.I) for h in heads), (item["number"], stem)
