"""The rendered reports in a real browser: offline, accessible, on a phone, on paper, by keyboard."""

import io
import re
import subprocess
import sys
import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"
PHONE = {"width": 360, "height": 740}
MOST_PAGES = 90
"""Printed pages of all reports together, and of the summary."""
SUMMARY_PAGES = 2


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


ONE_OF_EACH = """() => { let styles = new Set();
  for (const e of document.querySelectorAll('body *')) {
    delete e.dataset.contrast;
    const text = [...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.textContent.trim());
    if (!text || !e.checkVisibility()) continue;
    const own = getComputedStyle(e), behind = [];
    for (let p = e; p; p = p.parentElement) {
      const s = getComputedStyle(p);
      behind.push(s.backgroundColor, s.backgroundImage, s.opacity);
      if (!/, 0\\)$/.test(s.backgroundColor)) break; }
    const style = [own.color, own.fontSize, own.fontWeight, own.textDecorationLine, ...behind].join();
    if (!styles.has(style)) e.dataset.contrast = styles.add(style).size; } }"""
"""Marks one text of each style: its colours, size, and all that lies behind it."""


COLOURS = ["color-contrast", "link-in-text-block"]
"""Rules of axe that are slow, and the only ones that a colour scheme changes."""


def serious(page, *, colours_alone=False):
    """What axe finds on a page and calls serious; colours on one text of each style."""
    from axe_playwright_python.sync_playwright import Axe

    found = []
    if colours_alone:
        page.evaluate(Axe().axe_script)
    else:
        rest = {"resultTypes": ["violations"], "rules": {rule: {"enabled": False} for rule in COLOURS}}
        found += Axe().run(page, options=rest).response["violations"]
    page.evaluate(ONE_OF_EACH)
    one_of_each = "axe.run({include: [['[data-contrast]']]}, {runOnly: rules, resultTypes: ['violations']})"
    found += page.evaluate(f"async rules => (await {one_of_each}).violations", COLOURS)
    return [
        f"{v['id']}: {v['help']} ({v['nodes'][0]['html'][:120]})"
        for v in found
        if v["impact"] in ("serious", "critical")
    ]


def test_a_page_on_screens(visit, page_name, reports):
    """One visit: nothing is asked for, all is in order and accessible, its links lead on, it fits a phone."""
    page = visit(page_name)
    loads_by_itself(page)
    reads_in_order(page, reports)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{page_name}.png", full_page=True)
    assert serious(page, colours_alone=True) == []  # as it opens
    page.emulate_media(color_scheme="dark")
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    assert serious(page) == []  # with every fold open
    page.reload()
    if page_name != "index":
        contents_lead_somewhere(page)
        opens_its_source_by_keyboard(page, page_name)
        page.goto(page.url.split("#")[0])
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert overflow(page) == []
    page.screenshot(path=SCREENSHOTS / f"{page_name}-phone.png")
    if page_name != "index":
        answer = page.locator("#answer .ldn-sentence").bounding_box()
        assert answer["y"] + answer["height"] < PHONE["height"], "the answer is not on a phone's first screen"


def loads_by_itself(page):
    """Nothing is asked of a network or said to the console."""
    assert [url for url in page.asked if not url.startswith("data:")] == [page.url]
    assert page.said == []
    assert page.title()
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.evaluate("[...document.images].every(i => i.complete && i.naturalWidth > 0)")
    short = "[...document.images].filter(i => (i.getAttribute('alt') || '').length < 15).length"
    assert page.evaluate(short) == 0


def reads_in_order(page, reports):
    """Headings go down by one, and every file that a link names is there."""
    levels = page.evaluate("[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(h => +h.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels)), levels
    for href in page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))"):
        if not href.startswith(("#", "http:", "https:", "mailto:")):
            assert (reports / href.split("#")[0]).is_file(), href


def contents_lead_somewhere(page):
    """The contents are seen on a wide screen; every link in the page has its end; the last is followed."""
    dead = page.evaluate(
        """[...document.querySelectorAll('a[href^="#"]')].map(a => decodeURIComponent(a.hash.slice(1)))
           .filter(id => !document.getElementById(id))"""
    )
    assert dead == []
    link = page.locator(".toc a").last
    assert link.is_visible()
    link.click()
    there = "document.getElementById(decodeURIComponent(location.hash.slice(1))).getBoundingClientRect().top"
    assert page.evaluate(f"{there} < innerHeight")


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
@pytest.mark.parametrize("report", ["04_responders", "06_safety", "08_claims"])
def test_a_derived_number_leads_to_the_row_of_the_data(visit, report, scripts):
    """From the table to the note, from the note to the row, by keyboard; on paper by the note's number."""
    page = visit(report, java_script_enabled=scripts)
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


def test_the_site_on_paper(visit, reports):
    """Every page fits the paper and hides its code; all are short, no page is left nearly empty, and a
    heading stands on the page of its first figure."""
    from pypdf import PdfReader

    pages, empty, apart = {}, [], []
    paper = visit("index", viewport={"width": 680, "height": 960})  # A4 less the margins, at 96 dpi
    paper.emulate_media(media="print")
    for path in sorted(reports.glob("*.html")):
        if path.stem in ("checklist", "explore") or "=" in path.stem:
            continue
        paper.goto(path.as_uri())
        assert paper.evaluate("document.documentElement.scrollWidth") <= 681, path.stem
        assert overflow(paper) == [], path.stem
        ways = paper.locator("figcaption a", has_text="Sources").filter(visible=True)  # lead nowhere on paper
        assert ways.count() == 0, path.stem
        code = "[...document.querySelectorAll('details.code')].map(d => getComputedStyle(d).display)"
        assert set(paper.evaluate(code)) <= {"none"}, path.stem  # what the screen shows, without its code
        printed = PdfReader(io.BytesIO(paper.pdf(format="A4", prefer_css_page_size=True))).pages
        pages[path.stem] = len(printed)
        filled = [how_full(one) for one in printed[:-1]]
        empty += [
            f"{path.stem}, page {at}: {share:.2f}" for at, share in enumerate(filled, 1) if share < 1 / 3
        ]
        empty += [f"{path.stem}: its foot alone"] * (len(printed[-1].extract_text().split()) < 75)
        texts = [letters(one.extract_text()) for one in printed]
        apart += [
            f"{path.stem}: {head}"
            for head, title in paper.evaluate(HEADED)
            if not any(letters(head) in text and letters(title) in text for text in texts)
        ]
    print(*(f"{stem:<44}{count:>4} pages" for stem, count in pages.items()), sep="\n")
    assert apart == []
    assert sum(count for stem, count in pages.items() if "--" not in stem) <= MOST_PAGES
    assert pages["00_dosing_question"] <= SUMMARY_PAGES
    assert empty == []
    paper.goto((reports / "index.html").as_uri())
    heads = paper.locator("h2").filter(visible=True).all_inner_texts()
    folded = paper.locator("details:not([open]):not(.current)").count()
    assert not (folded and "Changes to these reports" in heads), "a heading of a fold has nothing below it"
    held = paper.locator(".ldn-status").evaluate("box => box.getBoundingClientRect().height")
    assert "How current this is" in heads and held > 50, "on paper it is said that studies may be missing"


LETTERS = """() => { const found = [];
  for (const img of document.querySelectorAll('figure img')) {
    const width = img.getBoundingClientRect().width;
    if (!width || !img.checkVisibility()) continue;
    const bytes = Uint8Array.from(atob(img.src.split(',')[1]), c => c.charCodeAt(0));
    const svg = new DOMParser().parseFromString(new TextDecoder().decode(bytes), 'image/svg+xml');
    const sizes = [...svg.querySelectorAll('text, tspan')].filter(t => /[\\p{L}\\p{N}]/u.test(t.textContent))
      .map(t => /([\\d.]+)px/.exec(t.getAttribute('style') || '')).filter(Boolean).map(size => +size[1]);
    const unit = width / +svg.documentElement.getAttribute('viewBox').split(' ')[2];
    if (sizes.length) found.push(0.75 * unit * Math.min(...sizes)); }
  return found; }"""
"""The smallest letters of each figure that is seen, in points."""


def test_letters_of_figures_can_be_read_on_paper(visit, page_name):
    page = visit(page_name)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 680, "height": 960})
    sizes = page.evaluate(LETTERS)
    assert sizes, "no figure was measured"
    assert round(sizes[0], 1) >= 7, sizes
    assert min(sizes) >= 6, sizes


HEADED = """() => [...document.querySelectorAll('.prose:has(h2) + .shown:has(figure .ldn-figure-title)')]
  .filter(shown => shown.offsetHeight).map(
  shown => [shown.previousElementSibling.querySelector('h2'), shown.querySelector('.ldn-figure-title')]
    .map(node => node.innerText))"""
"""Headings of parts that begin with a figure, and its title."""


def letters(text):
    """A text without its spaces, which differ where lines break, and without ligatures."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def how_full(page):
    """How far down its paper a page is written or drawn on, running title and page number left out."""
    height, lowest = float(page.mediabox.height), float(page.mediabox.height)

    def seen(text, matrix, own, *_):
        nonlocal lowest
        y = own[4] * matrix[1] + own[5] * matrix[3] + matrix[5]
        if text.strip() and 45 < y < height - 50:
            lowest = min(lowest, y)

    page.extract_text(visitor_text=seen)
    return 1 - lowest / height


def test_it_reads_without_scripts(visit, reports):
    page = visit("index", java_script_enabled=False)
    for path in sorted(reports.glob("*.html")):
        if path.stem not in ("checklist", "explore"):
            page.goto(path.as_uri())
            assert page.locator("h1").is_visible(), path.stem
            assert page.locator(".ldn-sentence, .sentence").first.is_visible(), path.stem


ASKED = {
    "Does it work, and by how much?": ("00_dosing_question", "#answer .ldn-sentence"),
    "How sure?": ("00_dosing_question", "#answer .ldn-facts"),
    "Which dose, for how long?": ("00_dosing_question", ".ldn-short li:nth-child(2)"),
    "Which harms?": ("00_dosing_question", ".ldn-short li:nth-child(3)"),
    "Who gets better?": ("00_dosing_question", "#figure-people"),
    "Which doses were tried?": ("00_dosing_question", "#figure-dose-and-time"),
    "What changed since 2016?": ("00_dosing_question", "#has-the-estimate-changed"),
    "What matters to patients?": ("00_dosing_question", "#summary-of-findings"),
    "Why do other reviews differ?": ("00_dosing_question", "#why-do-other-reviews-differ"),
    "What to study next?": ("00_dosing_question", "#what-would-settle-it"),
    "What is under way?": ("00_dosing_question", "#what-is-under-way"),
    "Is 3 mg as good as 4.5?": ("05_dosing", "#answer .ldn-sentence"),
    "Who responds?": ("04_responders", "#answer .ldn-sentence"),
    "Which trials, how good?": ("01_evidence", "#answer .ldn-sentence"),
}
"""What readers ask, and the element that answers it: one click from the index at most, to it or its page."""
WORDS_BEFORE = """e => { let words = 0; const walk = document.createTreeWalker(
    document.querySelector('main'), 4);
  for (let n = walk.nextNode(); n && !e.contains(n); n = walk.nextNode())
    if (n.parentElement.checkVisibility() && !n.parentElement.closest('nav, script, .unseen'))
      words += n.textContent.split(/\\s+/).filter(Boolean).length;
  return words; }"""


def test_a_question_is_answered_where_a_reader_looks(visit):
    """Prints for each question the report, the screen (of 900 pixels) and the words read up to its answer.

    One that is further down than two screens has a link of its own on the index.
    """
    index = visit("index")
    places = {where[0]: index.locator(f'a[href="{where[0]}.html"]').count() for where in ASKED.values()}
    assert all(places.values()), places
    straight = index.evaluate("[...document.querySelectorAll('main a')].map(a => a.getAttribute('href'))")
    page = visit("index")
    for question, (stem, where) in ASKED.items():
        if not page.url.endswith(f"{stem}.html"):
            page.goto(page.url.rpartition("/")[0] + f"/{stem}.html")
        answer = page.locator(where).first
        assert answer.is_visible(), question
        top = answer.evaluate("e => e.getBoundingClientRect().top + scrollY")
        words = answer.evaluate(WORDS_BEFORE)
        print(f"{question:<34}{stem:<22}screen {top / 900 + 1:.1f}, after {words} words")
        assert top < 6 * 900, question
        assert top < 3 * 900 or f"{stem}.html{where}" in straight, question


def test_the_check_of_the_reports_finds_nothing(reports):  # noqa: ARG001 - what it looks at
    """What `.ci/run` asks of the rendered reports: whole, offline, and the pooled pain computed anew."""
    check = [sys.executable, str(Path(__file__).resolve().parents[2] / ".ci" / "check_reports.py")]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_whole_folder_fits_a_stick(reports):
    files = [path for path in reports.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 15 * 1024 * 1024
    assert all(path.stat().st_size <= 2 * 1024 * 1024 for path in files if path.suffix == ".html")
