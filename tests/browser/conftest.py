"""What the tests of explore.html share: the page knows the same in all of them."""

import pytest

from ldn_analysis import evidence
from ldn_analysis.cache import FOLDER
from ldn_analysis.render.project import locate
from ldn_analysis.workbench import explore_page


@pytest.fixture
def opened(browser):
    """Open an address; requests, console messages and dialogs are collected on the page."""
    contexts = []

    def go(address, **options):
        context = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | options))
        contexts.append(context)
        page = context.new_page()
        page.asked, page.said = [], []
        page.on("request", lambda r: page.asked.append(r.url))
        page.on("console", lambda m: page.said.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: page.said.append(str(e)))
        page.on("dialog", lambda d: page.said.append(f"dialog {d.message}"))
        page.goto(address)
        return page

    yield go
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def explore_known():
    """What the page knows; what takes seconds is kept from one run to the next, as a render keeps it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER, str(locate().root / "build" / "cache"))
        return explore_page.known(evidence.load())
