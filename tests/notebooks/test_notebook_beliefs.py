"""No page gives a posterior probability without the one before the data and a range over other priors, and no
bits without the ranges before and after."""

import ast
import re
from pathlib import Path

import nbformat
import pytest
from beliefs import BELIEF, alone, parts
from bs4 import BeautifulSoup

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
LIVE = ("00_dosing_question", "02_pain")
"""Pages that `test_notebook_words` runs and looks at as they are now, not as they were stored."""
NOTEBOOKS = [path for path in NOTEBOOKS if path.stem not in LIVE]


def sentences(notebook):
    """What a page says outside of tables and sources: alt texts, captions, paragraphs, printed lines."""
    for cell in nbformat.read(notebook, 4).cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            page = BeautifulSoup(data.get("text/html", ""), "html.parser")
            for away in page.select("table, .ldn-sources, .ldn-provenance, script, style"):
                away.decompose()
            text = output.get("text", "") or page.get_text("\n") or data.get("text/plain", "")
            texts = [text, *(image["alt"] for image in page("img") if image.get("alt"))]
            for said in texts:
                yield from parts(said)


def tables(notebook):
    """Caption and heads of each table of a page."""
    for cell in nbformat.read(notebook, 4).cells:
        for output in cell.get("outputs", ()):
            page = BeautifulSoup(output.get("data", {}).get("text/html", ""), "html.parser")
            for table in page("table"):
                caption = table.caption.get_text(" ", strip=True) if table.caption else ""
                yield caption, [head.get_text(" ", strip=True) for head in table("th", scope="col")]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_probability_has_its_prior_and_a_page_its_sweep(notebook):
    said = [s for s in sentences(notebook) if BELIEF.search(s)]
    assert [s for s in said if alone(s)] == []
    if said:
        swept = any(
            re.search(r"\bprior", f"{caption} {' '.join(heads)}", re.I) for caption, heads in tables(notebook)
        )
        assert swept or all("over the priors tried" in s for s in said), said


def test_bits_stand_beside_the_ranges_before_and_after():
    """The columns of every table, as the code names them."""
    held = 0
    for path in sorted((ROOT / "ldn_analysis" / "questions").glob("*/tables*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Dict):
                heads = [
                    v.value for v in node.values if isinstance(v, ast.Constant) and isinstance(v.value, str)
                ]
                if any(re.match(r"bits\b", head, re.I) for head in heads):
                    held += 1
                    told = " ".join(heads).lower()
                    assert "before" in told and "after" in told, (path.name, heads)
    assert held


@pytest.mark.parametrize(
    ("sentence", "wrong"),
    [
        ("Chance of a mean relief beyond 1 point: 1%.", True),
        (
            "Chance of a mean relief beyond 1 point: 1% (0.2 to 5.8% over the priors; 40% before the data).",
            False,
        ),
        ("By it alone the chance of any relief goes from 87% to 67%.", False),
        ("Less than 5 of 100 had more pain.", False),
    ],
)
def test_what_such_a_sentence_is(sentence, wrong):
    assert alone(sentence) is wrong
