"""Notes: a line of a table leads to its sources, as text, once, and to nothing that is not in the data."""

import re

import pandas as pd
import pytest

from ldn_analysis import contrasts, display
from ldn_analysis.errors import InputError
from ldn_analysis.questions import summary
from ldn_analysis.questions.parameters import Analysis

ARMS = ("final2024-pain-response-30-w12-ldn", "final2024-pain-response-30-w12-placebo")


def test_a_reported_number_leads_to_its_row(ev):
    trail = display.Trail(ev)
    frame = pd.DataFrame({"label": ["FINAL"], "inputs": [ARMS[:1]]})
    page = display.table(frame, caption="c", columns={"label": "Trial"}, trail=trail).html
    target = re.search(r'href="#([^"]+)" data-note="1"', page)[1]
    notes = trail.table().html
    assert f'id="{target}"' in notes
    assert "Reported: 20/49 participants" in notes
    assert "data/events.csv, line 4:" in notes
    assert "https://doi.org/10.1016/S2665-9913(23)00278-3" in notes


def test_a_derived_number_says_how_and_leads_to_its_inputs(ev):
    trail = display.Trail(ev)
    note = trail.note(ARMS, "a/n1 − c/n2, <b>", "Responders", "<i>FINAL")
    assert trail.note(ARMS, "a/n1 − c/n2, <b>", "Elsewhere", "x") is note
    page = trail.table().html
    assert "a/n1 − c/n2, &lt;b&gt;" in page
    assert "<i>" not in page
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(ids) == len(set(ids)) == 3
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)
    assert re.findall(r"<summary>(\d+)\. ", page) == ["1", "2", "3"]


def test_chains_lead_to_the_rows_that_they_read(ev):
    trail = display.Trail(ev, [contrasts.derive(ev, "pain").explanation("final2024")])
    assert trail.chains == ("prov-final2024-pain",)
    trail.note(trail.chains, "pooled")
    page = trail.table().html
    assert trail.table().html == page
    assert 'href="#prov-final2024-pain"' in page
    rows = re.findall(r'row <a href="#([^"]+)"', page)
    assert rows
    assert all(page.count(f'id="{row}"') == 1 for row in rows)
    assert "<h4" not in page


def test_every_row_of_every_table_has_a_note_of_its_own(ev):
    trail = display.Trail(ev)
    anchors = [
        trail.note(str(key)).anchor
        for name, table in ev.tables.items()
        for key in table[ev.package.resources[name].primary_key]
    ]
    assert len(anchors) == len(set(anchors)) > 200
    assert all(re.fullmatch(r"[a-z0-9-]+", anchor) for anchor in anchors)


def test_what_is_not_in_the_evidence_is_no_source(ev):
    with pytest.raises(InputError, match="must be the primary key of a row"):
        display.Trail(ev.as_of(2016)).note("final2024")
    with pytest.raises(InputError, match="how is empty"):
        display.Trail(ev).note(ARMS)
    with pytest.raises(InputError, match="inputs is 'inputs': must be one of label"):
        display.table(pd.DataFrame({"label": ["x"]}), caption="c", trail=display.Trail(ev))


def test_nothing_collected_shows_nothing(ev):
    assert display.Trail(ev).table().html == ""


@pytest.mark.parametrize("year", [2016, 2030])
def test_each_outcome_of_the_summary_of_findings_leads_to_its_counts(ev, year):
    then = ev.as_of(year)
    trail = display.Trail(then)
    shown = summary.tables.findings(summary.gather(then, Analysis()), trail)
    heads = re.findall('<th[^>]* scope="row"|<th scope="row"', shown.html)
    targets = re.findall(r'<th[^>]*><a href="#([^"]+)" data-note', shown.html)
    assert len(targets) == len(heads) > 0
    assert all(f'id="{target}"' in trail.table().html for target in targets)
    assert "http" not in shown.html
    assert ("⊕⊕○○ low" if year == 2016 else "⊕○○○ very low") in shown.text
