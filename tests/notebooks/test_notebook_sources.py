"""Every line of a table of numbers in a report leads to where its numbers come from, in the same page.

Looked at are the committed notebooks' stored outputs, which are what a report shows: a report is these
outputs in a page (that no link of a rendered page is dead is among the browser tests).
"""

import re
from collections import Counter
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("[0-9][0-9]_*.ipynb"))

WORDS_ALONE = {
    "Risk of bias, with the basis of each judgement": "declared judgements; the basis stands in the line",
    "The decisions, their options, and why each has its label": "declared choices with their reasons",
    "Declared judgements, and why each stands": "declared judgements; the reason stands in the line",
    "What tests each claim": "words, no numbers from data",
    "Guidance that the methods follow": "citations, each with its address in the line",
}
"""Tables without numbers that are reported or derived, by caption, and why their lines lead nowhere."""


def page(path):
    """All HTML outputs of a notebook, in order, as one document."""
    notebook = nbformat.read(path, as_version=4)
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", []) if "data" in o]
    return BeautifulSoup("\n".join(o["data"].get("text/html", "") for o in outputs), "html.parser")


def tables(document):
    """Caption and body rows of each table; the table of parameters has a heading instead of a caption."""
    for table in document.find_all("table"):
        if table.find_parent(class_="ldn-parameters"):
            continue
        caption = table.caption.get_text() if table.caption else ""
        body = table.tbody or table
        yield caption, [row for row in body.find_all("tr") if row.find("td")]


EACH = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)


@EACH
def test_every_line_leads_to_its_source(path):
    document = page(path)
    ids = {tag["id"] for tag in document.find_all(id=True)}
    lost = []
    for caption, rows in tables(document):
        if caption in WORDS_ALONE:
            continue
        for row in rows:
            targets = [a["href"][1:] for a in row.find_all("a", href=re.compile(r"^#prov-"))]
            if not targets or not set(targets) <= ids:
                lost.append(f"{caption}: {row.get_text(' ')[:60]}")
    assert lost == []


@EACH
def test_notes_and_chains_are_there_once_and_end_at_the_data(path):
    document = page(path)
    ids = Counter(tag["id"] for tag in document.find_all(id=True))
    assert [name for name, times in ids.items() if times > 1] == []
    for note in document.select("details.ldn-source"):
        links = [a["href"][1:] for a in note.select('a[href^="#"]')]
        assert set(links) <= set(ids)
        said = note.get_text(" ")
        assert links or "line " in said or "no row of the data" in said, said
        assert note.summary.get_text()[0].isdigit()


def test_captions_that_are_left_out_are_those_of_tables():
    seen = {caption for path in NOTEBOOKS for caption, _ in tables(page(path))}
    assert set(WORDS_ALONE) <= seen


def test_the_numbers_of_claims_and_harms_end_at_rows_of_the_data():
    for name, rows in (("06_safety", "data/events.csv"), ("08_claims", "data/pharmacology.csv")):
        path = next(p for p in NOTEBOOKS if p.stem == name)
        assert rows in page(path).get_text()
