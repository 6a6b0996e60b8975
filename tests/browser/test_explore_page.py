"""explore.html in a browser: offline, by keyboard, on a phone, on paper, enlarged, for a screen reader."""

import itertools
import json
import re
from urllib.parse import quote

import pytest

from ldn_analysis.render.offline import fetched
from ldn_analysis.render.project import locate
from ldn_analysis.workbench import explore_page

pytestmark = pytest.mark.browser

SCREENSHOTS = locate().root / "build" / "screenshots"


@pytest.fixture
def visit(explore):
    return explore


def said(page):
    return page.inner_text("#sentence")


def test_one_file_without_a_request(visit, explore_path):
    path = explore_path
    assert path.stat().st_size <= explore_page.LARGEST == 600_000
    html = path.read_text(encoding="utf-8")
    assert fetched(html) == []
    page = visit()
    assert [url for url in page.asked if not url.startswith("data:")] == [path.as_uri()]
    assert page.said == []
    assert "This is the default analysis" in page.inner_text("#differs")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "explore.png", full_page=True)


TRIAL = {
    **{"form": "means", "design": "parallel", "scale": "0", "id": "new2027", "year": "2027", "dose": "3"},
    **{"m1": "4.8", "sd1": "2.1", "n1": "31", "m2": "5.6", "sd2": "2", "n2": "29", "weeks": "12"},
    "label": "<img src=x onerror=alert(1)>",
    "source": '"><script>alert(1)</script>',
}


def test_typed_text_is_never_html(visit):
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
    cells = ["", "", "Ünal et al. 2027", "2027", "3", "12", "", "", "", "−0.8", "-1.88", "0.28", "31", "29"]
    page.keyboard.press("Tab")
    for text in cells:
        page.keyboard.press("Tab")
        if text:
            page.keyboard.type(text)
    assert page.input_value("#a-id") == "unal2027"
    page.keyboard.press("Enter")
    assert page.inner_text("#wrong") == ""
    assert page.inner_text("#done") == "Ünal et al. 2027 is added. Mean −0.31 [−1.10, 0.48], four trials."
    assert "four trials (283" in said(page)
    assert page.inner_text("#t-unal2027-hint").startswith("−0.80 [−1.88, 0.28], weight ")
    page.click("#rows summary")
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
    page.select_option("#a-form", "counts")
    assert page.is_visible("#a-counts-both") and not page.is_visible("#a-counts-n2")
    page.select_option("#a-form", "means")
    page.focus("#a-label")
    page.keyboard.insert_text("x" * 300)
    assert len(page.input_value("#a-label")) == 200  # what a link can hold
    page.fill("#a-label", "")
    assert page.input_value("#a-how_read") == "abstract"
    page.fill("#a-year", "1")
    assert "must be at least 1900" in page.inner_text("#a-year-hint")
    assert page.inner_text("#a-id-hint") == ""  # an empty field is no fault until the form is sent
    page.click("#add button[type=submit]")
    assert page.inner_text("#wrong").startswith("Not added: ")
    assert page.evaluate("document.activeElement.id") == "a-id"
    page.fill("#a-weeks", "8 mg")  # only a dose has its mg
    assert page.inner_text("#a-weeks-hint")
    page.fill("#a-weeks", "")
    page.fill("#a-dose", "3 mg")
    assert page.inner_text("#a-weeks-hint") == "is empty: a value is required"  # what is left to do stays
    assert page.said == []


def twelve_trials():
    many = [
        {**TRIAL, "id": f"new{i}", "label": f"New trial number {i}", "m1": f"{4 + i / 10:g}"}
        for i in range(9)
    ]
    return "#" + "&".join("add=" + quote(json.dumps(one)) for one in many)


def test_twelve_trials_are_shown(visit):
    page = visit(twelve_trials())
    assert "(an error)" not in said(page)
    assert page.inner_text("#trials").count("weight") == 12
    assert page.locator("#forest text").count() > 24


CONTROLS = {"button", "checkbox", "combobox", "slider", "spinbutton", "textbox", "link", "DisclosureTriangle"}
STATES = {"checkbox": "checked", "DisclosureTriangle": "expanded"}
TARGETS = """() => [...document.querySelectorAll('a, button, input, select, textarea, summary')].filter(e =>
  e.getClientRects().length && !e.matches('.skip') && !(e.matches('a') && e.closest('p, li'))).map(e => {
    const box = e.getBoundingClientRect(); return [e.id || e.textContent, box.width, box.height] })"""


@pytest.mark.parametrize(("width", "touch", "least"), [(1280, False, 24), (360, True, 24)])
def test_each_control_has_a_name_a_role_and_a_state(visit, width, touch, least):
    page = visit(twelve_trials(), viewport={"width": width, "height": 740}, has_touch=touch, is_mobile=touch)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    met = set()
    for node in tree:
        states = {one["name"]: one["value"].get("value") for one in node.get("properties", ())}
        role = node["role"]["value"]
        if node["ignored"] or (role not in CONTROLS and not states.get("focusable")) or role == "RootWebArea":
            continue
        assert node["name"]["value"].strip(), node
        met.add(role)
        assert role not in STATES or STATES[role] in states, node
        assert role not in ("combobox", "spinbutton") or node["value"]["value"] not in ("", None), node
    assert met >= CONTROLS - {"slider"}
    small = [one for one in page.evaluate(TARGETS) if min(one[1:]) < least - 0.5]
    assert small == []


PLACE = """() => { const one = document.activeElement, box = one.getBoundingClientRect();
  return [one.closest('#answer, #choices, #add')?.getAttribute('id') ?? '', box.top + scrollY, box.left] }"""


def test_the_keyboard_follows_the_eye(visit):
    """The answer and what can be done with it, right of it the choices, below the form: down each."""
    page, places = visit(), []
    while len(places) < 100 and len(places) == len({tuple(place) for place in places}):
        page.keyboard.press("Tab")
        places.append(page.evaluate(PLACE))
    found = {name: [at for area, *at in places[:-1] if area == name] for name in ("answer", "choices", "add")}
    order = list(dict.fromkeys(area for area, *_ in places if area))
    assert order == list(found)
    for area, stops in found.items():
        for (top, left), (below, right) in itertools.pairwise(stops):
            assert below > top + 10 or (below > top - 10 and right > left), (area, top, left, below, right)
    assert max(left for _, left in found["answer"]) < min(left for _, left in found["choices"])


@pytest.mark.parametrize(("width", "size"), [(640, "100%"), (320, "100%"), (1280, "200%")])
def test_enlarged_it_needs_no_sideways_scroll(visit, width, size):
    page = visit(twelve_trials(), viewport={"width": width, "height": 450})
    page.evaluate("size => { document.documentElement.style.fontSize = size; }", size)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


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


def test_numbers_lead_to_a_source_that_is_there(explore_path, reports):
    """Every trial and every review has a link, and its place is on the page that it names."""
    html = explore_path.read_text(encoding="utf-8")
    links = set(re.findall(r'href="(\d\w+\.html)#([^"]+)"', html))
    assert {anchor for _, anchor in links} > {"method"}
    assert html.count(">Source</a>") == html.count('name="trials"') - 1  # that of an added one
    for page, anchor in links:
        assert f'id="{anchor}"' in (reports / page).read_text(encoding="utf-8"), (page, anchor)


def test_without_script_it_says_what_it_would_do(visit):
    page = visit(java_script_enabled=False)
    assert page.is_visible("noscript img")
    assert len(page.get_attribute("noscript img", "alt")) > 40
    assert "scripts are switched off" in page.inner_text("main")
    assert not page.is_visible("#app")
