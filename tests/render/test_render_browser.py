"""The page in a real browser: nothing is fetched, nothing complains, and keyboard, phone and print work."""

import pytest
from small_project import GOOD, Small, code, prose

from ldn_analysis.render.build import render
from ldn_analysis.render.planning import plan

# The pages of the site are held to the same in tests/browser; these are of a small project.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.thorough]
CHAIN = (
    '<details class="ldn-provenance" id="chain"><summary>The chain</summary>'
    '<p id="inner">From the paper.</p></details>'
)
WIDE = "<table><tr>" + "".join(f"<td>column {number}</td>" for number in range(30)) + "</tr></table>"


@pytest.fixture(scope="module")
def pages(browser, tmp_path_factory):  # noqa: ARG001 - nothing is rendered where there is no browser
    small = Small(tmp_path_factory.mktemp("browser") / "ein Ordner")
    show = (
        f"from IPython.display import HTML\nHTML('<p><a href=\"#inner\">0.3</a></p>' + {CHAIN!r} + {WIDE!r})"
    )
    small.put([*GOOD, prose("## Where the numbers come from\n\nSee [the start](index.html)."), code(show)])
    assert render(small.project, plan(small.project), say=lambda _: None) == 0
    return {name: (small.project.reports / f"{name}.html").as_uri() for name in ("02_pain", "index")}


def opened(browser, address, **look):
    """A page with what it asked for and complained about."""
    page = browser.new_context(**look).new_page()
    heard: list[str] = []
    page.on(
        "request", lambda asked: None if asked.url.startswith(("file:", "data:")) else heard.append(asked.url)
    )
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.goto(address)
    return page, heard


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_is_quiet_fits_and_is_accessible(browser, pages, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    for address in pages.values():
        page, heard = opened(browser, address, viewport={"width": width, "height": 800}, color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert Axe().run(page).response["violations"] == []
        assert heard == []


def test_contents_provenance_and_print(browser, pages, tmp_path):
    page, _ = opened(browser, pages["02_pain"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
    page.click("nav.toc a >> text=Where the numbers come from")
    assert page.evaluate("location.hash") == "#where-the-numbers-come-from"
    assert not page.is_visible("#inner")
    page.focus("#chain > summary")
    page.keyboard.press("Enter")
    assert page.is_visible("#inner")
    page.keyboard.press("Enter")
    page.focus("a[href='#inner']")
    page.keyboard.press("Enter")
    page.wait_for_selector("#inner", state="visible")
    page.keyboard.press("Escape")
    page.evaluate("document.querySelector('#chain').open = false")
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
    assert page.evaluate("getComputedStyle(document.querySelector('details.code')).display") == "none"
    assert len(page.pdf(path=str(tmp_path / "page.pdf"))) > 1000


def test_a_page_reads_without_scripts(browser, pages):
    page, _ = opened(browser, pages["02_pain"], java_script_enabled=False)
    assert "Yes, at 1." in page.inner_text("main")
    page.click("#chain > summary")
    assert page.is_visible("#inner")
