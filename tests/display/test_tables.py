"""Tables: captions, headings with scope, escaped text, links that lead somewhere."""

import re

import pandas as pd
import pytest

from ldn_analysis import contrasts, display, evidence
from ldn_analysis.errors import InputError
from ldn_analysis.evidence.provenance import anchor

FRAME = pd.DataFrame(
    {
        "study_id": ["a2013", "b2024"],
        "label": ["<b>A</b> & co", "=1+1"],
        "yi": [-0.5486, float("nan")],
        "n": [28.0, 99.0],
        "ok": [True, False],
    }
)


def test_structure():
    made = display.table(
        FRAME, caption="Trials & doses", columns={"label": "Trial", "yi": "MD, points"}, digits=2
    )
    page = made._repr_html_()
    assert "<caption>Trials &amp; doses</caption>" in page
    assert page.count('scope="col"') == 2
    assert page.count('scope="row"') == 2
    assert "<b>" not in page
    assert "&lt;b&gt;A&lt;/b&gt; &amp; co" in page
    assert "−0.55" in page
    assert ">–<" in page
    assert "study_id" not in page


def test_plain_text_says_the_same():
    text = repr(display.table(FRAME, caption="Trials", digits={"yi": 1}))
    assert "−0.5" in text
    assert "28" in text
    assert "yes" in text
    assert text.splitlines()[0] == "Trials"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"caption": " "}, "caption is empty"),
        ({"caption": "x", "columns": {"nope": "N"}}, "'nope': must be one of study_id"),
        ({"caption": "x", "columns": {"yi": " "}}, "every column needs a heading"),
    ],
)
def test_refuses(given, said):
    with pytest.raises(InputError, match=re.escape(said)):
        display.table(FRAME, **given)


def test_without_a_row_it_is_a_sentence_and_not_headings_alone():
    made = display.table(FRAME.iloc[:0], caption="Studies not in the pool", link="yi")
    assert repr(made) == "Studies not in the pool: none." and "<table" not in made.html


def test_on_a_phone_a_table_of_two_intervals_is_a_list():
    frame = pd.DataFrame({"name": ["age"], "r": ["0.69 [0.11, 0.92]"], "partial": ["0.84 [0.40, 0.97]"]})
    assert "ldn-cards" in display.table(frame, caption="Goes with").html
    assert "ldn-cards" not in display.table(frame[["name", "r"]], caption="Goes with").html


def test_every_link_leads_to_a_derivation():
    ev = evidence.load()
    table = contrasts.derive(ev, outcome="pain").table
    used = table[table["included"]]
    page = display.table(used, caption="c", columns={"label": "Trial", "yi": "MD"}, link="yi").html
    chains = display.provenance(map(contrasts.derive(ev, "pain").explanation, used["study_id"])).html
    targets = re.findall(r'href="#([^"]+)"', page)
    assert len(targets) == len(used)
    for target in targets:
        assert f'id="{target}"' in chains
    assert chains.count("<details") == len(used)
    assert "<h4" not in chains
    for _, row in used.iterrows():
        assert f"{row['yi']:.6g}".rstrip("0") in chains or f"{row['yi']:g}" in chains


def test_anchor_is_one_word():
    assert anchor("younger2013", "pain threshold") == "prov-younger2013-pain-threshold"
    assert re.fullmatch(r"[a-z0-9-]+", anchor('x" onload="', "<b>"))


@pytest.mark.parametrize("study", ["Smith_2027", "smith-2027", "Smith.2027", "A+B", "O'Neill 2028"])
def test_a_link_and_its_derivation_have_one_anchor_whatever_the_id(study):
    chain = contrasts.Explanation(study, study, "pain", "MD", "NRS", "points", "lower", True, "", "", ())
    linked = display.table(pd.DataFrame({"study_id": [study], "yi": [1.0]}), caption="c", link=["yi"]).html
    shown = display.provenance([chain]).html
    assert re.search('href="#([^"]+)"', linked)[1] == re.search('id="([^"]+)"', shown)[1]
    others = {"Smith_2027", "smith-2027", "Smith.2027", "A+B", "a-b", "O'Neill 2028"} - {study}
    assert anchor(study, "pain") not in {anchor(other, "pain") for other in others}
