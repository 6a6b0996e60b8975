"""explore.html in a browser: offline, by keyboard, on a phone, on paper, calm whatever the address holds."""

import json
import re

import pytest

from ldn_analysis import evidence
from ldn_analysis.render.explore import address
from ldn_analysis.render.offline import fetched
from ldn_analysis.render.project import locate
from ldn_analysis.workbench import explore_page

pytestmark = pytest.mark.browser

SCREENSHOTS = locate().root / "build" / "screenshots"


@pytest.fixture(scope="module")
def path(tmp_path_factory, explore_known):
    html = explore_page.make_page(evidence.load(), explore_known)
    made = tmp_path_factory.mktemp("explore") / "explore.html"
    made.write_text(html, encoding="utf-8")
    return made


@pytest.fixture
def visit(opened, path):
    return lambda hash_="", **options: opened(path.as_uri() + hash_, **options)


def said(page):
    return page.inner_text("#sentence")


def test_one_file_without_a_request(visit, path):
    assert path.stat().st_size <= explore_page.LARGEST == 600_000
    html = path.read_text(encoding="utf-8")
    assert fetched(html) == []
    page = visit()
    assert [url for url in page.asked if not url.startswith("data:")] == [path.as_uri()]
    assert page.said == []
    assert "This is the default analysis" in page.inner_text("#differs")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "explore.png", full_page=True)


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
    whole = visit(
        "#" + address({**explore_page.Analysis.defaults(), "mid": 0.5, "as_of": 2016}).partition("#")[2]
    )
    assert "0.5 points" in said(whole)
    assert "In one trial" in said(whole)
    pilot = visit("#study_set=with_pilot")  # in points the report has no estimate of it
    assert "In three trials" in said(pilot)
    pilot.check("#t-younger2009")
    assert "Its start is assumed" in pilot.inner_text("#t-younger2009-hint")
    assert "In four trials" in said(pilot)
    two = visit("#trials=final2024%2Binnova2026")
    assert said(two).startswith("Two trials are too few to average")
    assert "Mean" not in two.inner_text("#forest")


MALFORMED = [
    "measure=XX", "level=2", "level=0.95&nothing=1", "mid=-1", "trials=nobody", "add={", "%E0%A4%A",
    "add=%7B%22form%22%3A%22means%22%7D", "crossover_r=2", "prior=", "spread.nobody=x", "a=b&a=c",
    "__proto__=1", "prior=constructor", "reading=toString", "add=null", "add=[1]", "x=1&" * 2000,
    "trials=" + "a+" * 5000, "study_set=constructor", "as_of=abc", "as_of=2016.5",
]  # fmt: skip


def test_a_malformed_address_is_ignored_with_a_line(visit):
    page = visit("#" + MALFORMED[0])
    for hash_ in MALFORMED:
        page.evaluate("hash => { location.hash = ''; location.hash = hash; }", hash_)
        page.wait_for_function("!document.getElementById('ignored').hidden")
        assert "ignored" in page.inner_text("#ignored"), hash_
        assert "This is the default analysis" in page.inner_text("#differs"), hash_
        assert "three trials" in said(page)
        page.evaluate("() => { document.getElementById('ignored').hidden = true; }")
    assert page.said == []


TRIAL = {
    **{"form": "means", "design": "parallel", "scale": 0, "id": "new2027", "year": "2027", "dose": "3"},
    **{"m1": "4.8", "sd1": "2.1", "n1": "31", "m2": "5.6", "sd2": "2", "n2": "29", "weeks": "12"},
    "label": "<img src=x onerror=alert(1)>",
    "source": '"><script>alert(1)</script>',
}


def test_typed_text_is_never_html(visit):
    from urllib.parse import quote

    page = visit("#add=" + quote(json.dumps(TRIAL)))
    assert "four trials (283" in said(page)
    assert page.evaluate("document.querySelectorAll('main img, main script').length") == 0
    assert "<img src=x" in page.inner_text("#trials")
    with page.expect_download() as got:
        page.click("#csv")
    text = got.value.path().read_text(encoding="utf-8")
    assert "<img src=x onerror=alert(1)> " not in page.content()
    assert "posterior median" in text
    for name, start in (("#svg", b"<svg"), ("#png", b"\x89PNG")):
        with page.expect_download() as got:
            page.click(name)
        assert got.value.path().read_bytes().startswith(start)
    assert page.said == []


def test_choices_undo_reset_and_back(visit):
    page = visit()
    first = said(page)
    page.select_option("#c-tau2_method", "CE")
    assert page.inner_text("#c-tau2_method-hint").startswith("Debatable. ")
    page.select_option("#c-contrast", "within_group")
    assert page.inner_text("#c-contrast-hint").startswith("Error. ")
    assert "(an error)" in page.inner_text("#c-contrast")
    assert "it would be an error" in page.inner_text("#place")
    assert page.inner_text("#error").startswith("This holds an error: contrast")
    assert "no comparison with placebo" in said(page)
    assert "does not say whether LDN helps" in said(page)
    assert page.locator("#bayes li:visible").count() == 0
    page.uncheck("#t-final2024")
    assert "taken out" in page.inner_text("#differs")
    page.fill("#c-mid", "7")
    page.press("#c-mid", "Tab")
    assert page.inner_text("#c-mid-hint") == "must be a number from 0.01 to 5"
    page.fill("#c-mid", "0.5")
    page.press("#c-mid", "Tab")
    assert "mid=0.5" in page.evaluate("location.hash")
    page.focus("#undo")
    for _ in range(4):
        page.keyboard.press("Enter")
    assert said(page) == first
    assert page.is_disabled("#undo")
    assert page.evaluate("document.activeElement.id") == "reset"  # the keyboard stays where it was used
    assert page.evaluate("location.hash") == ""
    page.select_option("#c-measure", "SMD")
    page.click("#reset")
    assert said(page) == first
    page.keyboard.press("Control+z")
    assert "standard deviations" in said(page)
    page.select_option("#c-crossover_r", label="a value of your own")
    page.focus("#slider")
    before = page.inner_text("#numbers")
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    assert page.inner_text("#numbers") != before
    assert page.evaluate("document.activeElement.id") == "slider"
    for _ in range(5):
        page.click("#undo")
    assert page.inner_text("#numbers") == before


def test_changes_are_announced_once_and_politely(visit):
    page = visit()
    page.wait_for_timeout(800)
    assert page.text_content("#said") == ""  # nothing has changed yet
    page.evaluate(
        """() => { window.heard = []; const said = document.getElementById('said');
          new MutationObserver(() => heard.push(said.textContent))
            .observe(said, { childList: true, characterData: true, subtree: true }); }"""
    )
    for method in ("PM", "DL", "SJ"):
        page.select_option("#c-tau2_method", method)
    page.wait_for_timeout(900)
    assert page.get_attribute("#said", "aria-live") == "polite"
    assert page.evaluate("heard") == [said(page)]
    page.select_option("#c-prior", "half-normal 1")  # a change that leaves the answer is no silence
    page.wait_for_timeout(900)
    assert page.evaluate("heard") == [said(page)] * 2
    live = page.evaluate("[...document.querySelectorAll('[aria-live], [role=status]')].map(e => e.id)")
    assert live == ["said"]


def test_a_trial_is_added_by_keyboard_alone_and_taken_out(visit):
    page = visit()
    page.focus("#a-form")
    page.keyboard.press("Home")
    cells = ["", "", "Ünal et al. 2027", "2027", "3", "12", "", "", "−0.8", "-1.88", "0.28", "31", "29"]
    page.keyboard.press("Tab")
    for text in cells:
        page.keyboard.press("Tab")
        if text:
            page.keyboard.type(text)
    assert page.input_value("#a-id") == "unal2027"
    page.keyboard.press("Enter")
    assert page.inner_text("#wrong") == ""
    assert "four trials (283" in said(page)
    understood = page.inner_text("#rows > div > p")
    assert "understood: difference in mean change −0.8, −1.88 to 0.28, n 31 and 29: diff" in understood
    page.click("#rows summary")
    page.wait_for_function("document.getElementById('r-unal2027').value")
    rows = page.input_value("#r-unal2027")
    assert "unal2027-pain-w12-ldn-placebo" in rows
    assert "Still empty" in page.inner_text("#rows")
    page.uncheck("#t-unal2027")
    assert "three trials" in said(page)
    page.check("#t-unal2027")
    page.click("text=Remove Ünal")
    assert "three trials" in said(page)
    assert page.input_value("#a-label") == ""
    for form in ("counts", "quartiles", "means"):
        page.select_option("#a-form", form)
        assert page.is_visible(f"#a-{form}-n2")
    page.select_option("#a-design", "crossover")
    assert page.is_visible("#a-means-n1")
    assert not page.is_visible("#a-means-n2")
    page.focus("#a-label")
    page.keyboard.insert_text("x" * 300)
    assert len(page.input_value("#a-label")) == 200  # what a link can hold
    page.fill("#a-label", "")
    page.fill("#a-year", "1")
    assert "must be at least 1900" in page.inner_text("#a-year-hint")
    page.click("#add button[type=submit]")
    assert page.inner_text("#wrong").startswith("Not added: ")
    assert page.evaluate("document.activeElement.id") == "a-id"
    assert page.said == []


def test_it_is_fast_with_twelve_trials(visit):
    from urllib.parse import quote

    many = [
        {**TRIAL, "id": f"new{i}", "label": f"New trial number {i}", "m1": f"{4 + i / 10:g}"}
        for i in range(9)
    ]
    page = visit("#" + "&".join("add=" + quote(json.dumps(one)) for one in many))
    assert "(an error)" not in said(page)
    assert page.inner_text("#numbers").count("Weight of") == 12
    times = []
    for method in ("PM", "DL", "SJ", "ML", "HE", "HS", "EB", "REML") * 2:
        page.select_option("#c-tau2_method", method)
        times.append(float(page.evaluate("document.documentElement.dataset.milliseconds")))
    assert min(times) < 50, times


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_phone_and_dark_are_accessible(visit, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = visit(
        "#tau2_method=CE&contrast=within_group", viewport={"width": width, "height": 740}, color_scheme=scheme
    )
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [
        (v["id"], v["nodes"][0]["html"][:120]) for v in found if v["impact"] in ("serious", "critical")
    ] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    wide = page.evaluate(
        "width => [...document.querySelectorAll('main *')].filter(e => e.getClientRects().length"
        " && !e.closest('.unseen, .ldn-table') && e.getBoundingClientRect().right > width + 1)"
        ".map(e => e.tagName + e.className)",
        width,
    )
    assert wide == []
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
    assert levels[0] == 1
    assert set(levels[1:]) == {2}


def test_paper_shows_the_state_and_no_controls(visit):
    page = visit("#inference=z", color_scheme="dark")
    page.emulate_media(media="print")
    assert not page.is_visible("#choices")
    assert page.is_visible("#sentence")
    assert "interval: Wald, normal" in page.inner_text("#differs")
    painted = "getComputedStyle(document.querySelector('#forest svg rect')).fill"
    assert page.evaluate(painted) == "rgb(255, 255, 255)"


def test_numbers_lead_to_a_source_that_is_there(path, reports):
    """Every trial and every review has a link, and its place is on the page that it names."""
    html = path.read_text(encoding="utf-8")
    links = set(re.findall(r'href="(\d\w+\.html)#([^"]+)"', html))
    assert {anchor for _, anchor in links} > {"method"}
    assert html.count(">Source</a>") == html.count('name="trials"')
    for page, anchor in links:
        assert f'id="{anchor}"' in (reports / page).read_text(encoding="utf-8"), (page, anchor)


def test_without_script_it_says_what_it_would_do(visit):
    page = visit(java_script_enabled=False)
    assert page.is_visible("noscript img")
    assert len(page.get_attribute("noscript img", "alt")) > 40
    assert "scripts are switched off" in page.inner_text("main")
    assert not page.is_visible("#app")


def test_a_page_that_is_up_to_date_is_left_alone(path, tmp_path):
    project = locate()
    made = tmp_path / "reports"
    made.mkdir()
    shared = {"package": "a", "data": "b", "lock": "c", "python": "d"}
    (made / "explore.html").write_text('<meta name="made-from" content="b c a d">', encoding="utf-8")

    class Elsewhere:
        reports, data, own_data, scenarios = made, project.data, True, project.scenarios

    assert explore_page.write_page(Elsewhere(), shared) is False
    assert [one.name for one in made.iterdir()] == ["explore.html"]
    assert path.is_file()
