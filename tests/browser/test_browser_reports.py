"""The rendered reports in a real browser: offline, accessible, on a phone, on paper, by keyboard."""

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from ldn_analysis.render.project import SUMMARY, locate, read_scenarios

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
PROJECT = locate(ROOT)
STEMS = [
    *PROJECT.names(),
    *(f"{SUMMARY}--{name}" for name in read_scenarios(PROJECT) if name != "primary"),
]
PAGES = ["index", *STEMS]
SCREENSHOTS = ROOT / "build" / "screenshots"


@pytest.fixture(scope="session")
def reports(browser):  # noqa: ARG001 - where there is none, nothing is rendered
    """The folder of reports, made anew where something changed."""
    done = subprocess.run(
        [sys.executable, "-m", "ldn_analysis", "render"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return PROJECT.reports


@pytest.fixture
def visit(opened, reports):
    """Open a report by its name."""
    return lambda stem, **options: opened((reports / f"{stem}.html").as_uri(), **options)


def overflow(page):
    """Elements that reach beyond the page to the right, outside boxes that scroll by themselves."""
    return page.evaluate(
        """() => {
          const wide = document.documentElement.clientWidth + 1;
          const scrolls = e => { for (let p = e.parentElement; p; p = p.parentElement) {
              const o = getComputedStyle(p).overflowX;
              if (o === 'auto' || o === 'scroll') return true; } return false; };
          return [...document.querySelectorAll('main *, header *, footer *')]
            .filter(e => e.getClientRects().length && e.getBoundingClientRect().right > wide && !scrolls(e)
                         && !e.closest('.skip'))
            .map(e => e.tagName + ' ' + e.className + ' ' + (e.textContent || '').slice(0, 40)); }"""
    )


@pytest.mark.parametrize("stem", PAGES)
def test_it_loads_by_itself_and_reads_in_order(visit, stem, reports):
    """One visit: nothing is asked for, images have words, headings and links hold, axe in light and dark."""
    page = visit(stem)
    assert [url for url in page.asked if not url.startswith("data:")] == [page.url]
    assert page.said == []
    assert page.title()
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.evaluate("[...document.images].every(i => i.complete && i.naturalWidth > 0)")
    short = "[...document.images].filter(i => (i.getAttribute('alt') || '').length < 15).length"
    assert page.evaluate(short) == 0
    levels = page.evaluate("[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(h => +h.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels)), levels
    for href in page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))"):
        if not href.startswith(("#", "http:", "https:", "mailto:")):
            assert (reports / href.split("#")[0]).is_file(), href
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{stem}.png", full_page=True)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert serious(page) == [], scheme


def serious(page):
    """What axe finds on a page and calls serious."""
    from axe_playwright_python.sync_playwright import Axe

    return [
        f"{v['id']}: {v['help']} ({v['nodes'][0]['html'][:120]})"
        for v in Axe().run(page).response["violations"]
        if v["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("stem", STEMS)
def test_contents_and_links_lead_somewhere(visit, stem):
    page = visit(stem)
    dead = page.evaluate(
        """[...document.querySelectorAll('a[href^="#"]')].map(a => decodeURIComponent(a.hash.slice(1)))
           .filter(id => !document.getElementById(id))"""
    )
    assert dead == []
    link = page.locator(".toc a").last
    unfold(link)
    link.click() if link.is_visible() else page.goto(f"{page.url}{link.get_attribute('href')}")
    there = "document.getElementById(decodeURIComponent(location.hash.slice(1))).getBoundingClientRect().top"
    assert page.evaluate(f"{there} < innerHeight")
    opens_its_source_by_keyboard(page, stem)


def unfold(link):
    """Open the folds that a link stands in, as its reader has."""
    folds = "for (let d = a.closest('details'); d; d = d.parentElement.closest('details')) d.open = true;"
    link.evaluate(f"a => {{ {folds} }}")


def opens_its_source_by_keyboard(page, stem):
    """The first number that is derived from a trial's statistics leads to its chain."""
    links = page.locator('main a[href^="#prov-"]')
    if links.count() == 0:
        assert stem != "02_pain"
        return
    unfold(links.first)
    links.first.focus()
    page.keyboard.press("Enter")
    chain = page.locator(page.evaluate("'#' + CSS.escape(decodeURIComponent(location.hash.slice(1)))"))
    chain.locator("li").first.wait_for(state="visible", timeout=3000)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize("stem", ["04_responders", "06_safety", "08_claims"])
def test_a_derived_number_leads_to_the_row_of_the_data(visit, stem, scripts):
    """From the table to the note, from the note to the row, by keyboard; on paper by the note's number."""
    page = visit(stem, java_script_enabled=scripts)
    first = page.locator('.ldn-table a[href^="#prov-note-"]').first
    unfold(first)
    first.focus()
    page.keyboard.press("Enter")
    note = page.locator(f'[id="{first.get_attribute("href")[1:]}"]')
    note.locator("li").first.wait_for(state="visible", timeout=3000)
    row = note.locator("a[data-note]").first
    row.focus()
    page.keyboard.press("Enter")
    there = page.locator(f'[id="{row.get_attribute("href")[1:]}"]')
    there.get_by_text("data/").wait_for(state="visible", timeout=3000)
    page.emulate_media(media="print")
    number = row.get_attribute("data-note")
    said = row.evaluate("a => getComputedStyle(a, '::after').content")
    assert number in said or "attr(" in said
    assert there.locator("xpath=..").inner_text().startswith(f"{number}.")


@pytest.mark.parametrize("stem", PAGES)
def test_it_fits_a_phone(visit, stem):
    page = visit(stem, viewport={"width": 360, "height": 740}, device_scale_factor=2, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert overflow(page) == []
    page.screenshot(path=SCREENSHOTS / f"{stem}-phone.png")


@pytest.mark.parametrize("stem", PAGES)
def test_it_prints(visit, stem):
    page = visit(stem, viewport={"width": 680, "height": 960})  # A4 less the margins, at 96 dpi
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("document.documentElement.scrollWidth") <= 681
    assert overflow(page) == []
    shown = (
        "[...document.querySelectorAll('details.code')].filter(d => getComputedStyle(d).display != 'none')"
    )
    assert page.evaluate(f"{shown}.length") == 0  # paper shows what the screen shows, without its code
    assert len(page.pdf(format="A4")) > 10_000


@pytest.mark.parametrize("stem", PAGES)
def test_it_reads_without_scripts(visit, stem):
    page = visit(stem, java_script_enabled=False)
    assert page.locator("h1").is_visible()
    assert page.locator(".ldn-sentence, .sentence").first.is_visible()


ASKED = {
    "Does it work, and by how much?": ("00_dosing_question", "#answer .ldn-sentence"),
    "How sure?": ("00_dosing_question", "#answer .ldn-facts"),
    "Which dose, for how long?": ("00_dosing_question", ".ldn-short li:nth-child(1)"),
    "Which harms?": ("00_dosing_question", ".ldn-short li:nth-child(2)"),
    "Who gets better?": ("00_dosing_question", "#figure-people"),
    "Which doses were tried?": ("00_dosing_question", "#figure-dose-and-time"),
    "What changed since 2016?": ("00_dosing_question", "#figure-over-time"),
    "What matters to patients?": ("00_dosing_question", ".ldn-cards table"),
    "Why do other reviews differ?": ("00_dosing_question", "#why-do-other-reviews-differ"),
    "What to study next?": ("00_dosing_question", "#what-would-settle-it"),
    "What is under way?": ("00_dosing_question", "#what-is-under-way"),
    "Which trials, how good?": ("01_evidence", "#answer .ldn-sentence"),
}
"""What readers ask, and the element that answers it: one click from the index at most."""


@pytest.mark.parametrize("question", ASKED)
def test_a_question_is_answered_where_a_reader_looks(visit, question):
    stem, where = ASKED[question]
    assert visit("index").locator(f'a[href="{stem}.html"]').count() >= 1
    page = visit(stem)
    answer = page.locator(where).first
    assert answer.is_visible()
    place = answer.evaluate("e => e.getBoundingClientRect().top + scrollY")
    print(f"{question} {stem}: screen {place / 900 + 1:.1f}")
    assert place < 6 * 900


def test_the_summary_is_short(visit):
    page = visit("00_dosing_question")
    assert len(page.inner_text(".ldn-sentence").split()) <= 40
    alts = page.evaluate("[...document.images].map(i => i.alt.split(/\\s+/).length)")
    assert max(alts) <= 45


def test_the_whole_folder_fits_a_stick(reports):
    files = [path for path in reports.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 15 * 1024 * 1024
    assert all(path.stat().st_size <= 2 * 1024 * 1024 for path in files if path.suffix == ".html")
