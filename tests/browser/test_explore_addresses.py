"""The address of explore.html is a link to what it shows, and calm whatever it holds."""

import json
from urllib.parse import quote

import pytest

from ldn_analysis import evidence
from ldn_analysis.contrasts import STUDY_SETS
from ldn_analysis.evidence.vocabulary import READINGS
from ldn_analysis.models.pooling.columns import INFERENCES
from ldn_analysis.models.pooling.tau2 import TAU2_METHODS
from ldn_analysis.questions.pain import analyse
from ldn_analysis.questions.parameters import Analysis
from ldn_analysis.render.explore import address
from ldn_analysis.render.project import locate, read_scenarios

pytestmark = pytest.mark.browser

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect


@pytest.fixture
def visit(explore):
    return explore


def said(page):
    return page.inner_text("#sentence")


def test_a_link_reproduces_an_analysis(visit):
    page = visit(
        "#measure=SMD&study_set=with_pilot&tau2_method=DL&inference=z&level=0.9&smd_mid=0.3&prior=half-Cauchy+0.5"
    )
    assert "standard deviations" in said(page)
    assert "five trials" in said(page)
    assert "90% interval" in said(page)
    assert not page.is_visible("#ignored")
    again = visit("#" + page.evaluate("location.hash.slice(1)"))
    assert said(again) == said(page)
    assert again.inner_text("#differs") == page.inner_text("#differs")
    then = visit("#as_of=2016")
    assert "In one trial" in said(then)
    whole = visit("#" + address({**Analysis.defaults(), "mid": 0.5, "as_of": 2016}).partition("#")[2])
    assert "0.5 points" in said(whole)
    assert "In one trial" in said(whole)
    pilot = visit("#study_set=with_pilot")  # in points the report has no estimate of it
    assert "In three trials" in said(pilot)
    pilot.check("#t-younger2009")
    assert "Its start is assumed" in pilot.inner_text("#t-younger2009-hint")
    assert "In four trials" in said(pilot)
    two = visit("#trials=final2024%2Binnova2026")
    assert said(two).startswith("Not settled: two trials are too few to average")
    assert "Mean" not in two.inner_text("#forest")


USUAL = "This is the default analysis."
TYPED = {"form": "se", "design": "parallel", "scale": "0", "id": "a1", "label": "A", "year": "2027",
         "dose": "3", "weeks": "12", "value": "-1", "se": "0.5", "n1": "30", "n2": "30"}  # fmt: skip
ODD = [
    *((address, [address], USUAL) for address in (
        "measure=XX", "measure=smd", "Measure=SMD", "level=2", "level=0,9", "level=1e999",
        "level=NaN", "level=Infinity", "level=0.9;mid=0.5", "mid=-1", "mid=-0", "mid=0x1", "mid=1_0", "mid=",
        "mid=½", "smd_mid=1e-999", "crossover_r=", "crossover_r=2", "crossover_r=0.123", "crossover_r=NaN",
        "trials=nobody", "trials=younger2013,final2024", "study_set=constructor", "study_set=", "as_of=abc",
        "as_of=2016.5", "as_of=-2016", "as_of=9999", "as_of=1e3", "prior=", "prior=constructor",
        "reading=toString", "adjusted=False", "tau2=REML", "spread.nobody=x", "__proto__=1", "constructor=1",
        "=", "=x", "add={", "add=null", "add=[1]", "add=1", 'add="x"', 'add={"form":"means"}',
        "<script>alert(1)</script>=", "measure=<img src=x onerror=alert(1)>",
    )),
    ("prov-row-final2024", ["prov-row-final2024="], USUAL),  # a place on another page
    ("%E0%A4%A", ["="], USUAL), ("%", ["%="], USUAL), ("a=b&a=c", ["a=b; a=c"], USUAL),
    ("x=1&" * 2000, ["x=1; x=1; x=1; x=1; x=1; and 1995 more"], USUAL),
    ("trials=" + "a+" * 5000, ["trials=a a a"], USUAL),
    ("measure=SMD&measure=MD", ["measure=MD"], "measure: "),
    ("mid=0.5&mid=2", ["mid=2"], "points of 0 to 10: 0.5"),
    ("level=0.9&tau2_method=XX&mid=1e999&inference=z", ["tau2_method=XX", "mid=1e999"], "interval: Wald"),
    ("measure=SMD%00&level=0.9", ["measure=SMD"], "0.9"),
    ("as_of=2016&as_of=2026", ["as_of=2026"], "taken out"),
    *((f"level=0.9&add={json.dumps(TYPED | wrong)}", ["add={"], "0.9") for wrong in (
        {"scale": "length"}, {"design": "constructor", "form": "name"}, {"n1": "1e999"}, {"se": "0"},
        {"se": "0,5"},
        {"label": "x" * 201}, {"label": " "}, {"id": "final2024"}, {"id": "A b"}, {"more": "1"},
        {"value": {"a": 1}}, {"value": None},
    )),
    (f"add={json.dumps(TYPED)}&add={json.dumps(TYPED)}", ["add={"], "A added"),  # the same trial twice
]  # fmt: skip
"""Addresses, what of each is named as ignored, and what the page says of the rest."""


def test_a_malformed_address_is_ignored_with_a_line(visit):
    page = visit()
    for hash_, parts, rest in ODD:
        page.evaluate("hash => { ignored.textContent = ''; location.hash = hash; }", hash_)
        expect(page.locator("#ignored"), hash_).to_contain_text("ignored: ")
        line = page.inner_text("#ignored")
        assert line.startswith("Part of this address cannot be shown here and was ignored: "), hash_
        assert all(part in line for part in parts), (hash_, line)
        assert rest in page.inner_text("#differs"), (hash_, page.inner_text("#differs"))
        assert line.count("\n") == 0
        assert len(line) < 600
    assert page.evaluate("document.querySelectorAll('main :is(img, script, iframe)').length") == 0
    assert page.said == []
    page.evaluate("location.hash = 'level=0.9'")
    expect(page.locator("#ignored")).to_be_hidden()


def test_a_place_on_the_page_is_no_state(visit):
    """To skip to the result leaves the choices and their address as they are."""
    page = visit("#inference=z")
    before = said(page)
    page.focus(".skip")
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_be_focused()
    page.wait_for_timeout(100)
    assert page.evaluate("location.hash") == "#inference=z"
    assert said(page) == before
    assert not page.is_visible("#ignored")
    page.keyboard.press("Control+z")  # nothing was changed
    assert said(page) == before
    assert not visit("#answer").is_visible("#ignored")


def test_trials_may_be_chosen_before_they_are_added(visit):
    page = visit("#trials=a1+final2024&add=" + quote(json.dumps(TYPED)))
    assert page.is_checked("#t-a1")
    assert not page.is_checked("#t-younger2013")
    assert not page.is_visible("#ignored")


def reports_links():
    """Choices of each scenario, and of each report with one choice changed."""
    found = [one.values for one in read_scenarios(locate()).values()]
    found += [{"study_set": one} for one in STUDY_SETS] + [{"reading": one} for one in READINGS]
    found += [{"tau2_method": one} for one in TAU2_METHODS if one != "CE"]
    found += [{"inference": one} for one in INFERENCES] + [{"tau2_method": "CE", "inference": "z"}]
    found += [{"time": "6_months"}, {"time": "12_months"}, {"adjusted": False}, {"crossover_r": 0.5}]
    found += [{"level": 0.9}, {"mid": 0.5}, {"as_of": 2016}, {"measure": "SMD"}]
    return [*found, {"measure": "SMD", "study_set": "with_pilot", "tau2_method": "DL", "inference": "t"}]


def test_the_link_of_a_report_gives_its_sentence(visit, explore_path):
    page, ev, usual = visit(), evidence.load(), Analysis.defaults()
    for changed in reports_links():
        choices = Analysis(**{name: value for name, value in changed.items() if name in usual})
        link = address(usual | changed)
        page.goto("about:blank")
        page.goto(f"{explore_path.parent.as_uri()}/{link}")
        assert said(page) == analyse(ev, choices).sentence, link
        assert not page.is_visible("#ignored"), link
