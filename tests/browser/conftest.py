"""What the browser tests share: the rendered site, made once; pages in contexts; what explore.html knows."""

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from ldn_analysis import evidence
from ldn_analysis.cache import FOLDER
from ldn_analysis.render.project import SUMMARY, locate, read_scenarios
from ldn_analysis.workbench import explore_page

ROOT = Path(__file__).resolve().parents[2]


def pytest_generate_tests(metafunc):
    """A test that takes `page_name` runs for the index and for every report."""
    if "page_name" in metafunc.fixturenames:
        project = locate(ROOT)
        first, *others = [f"{SUMMARY}--{name}" for name in read_scenarios(project) if name != "primary"]
        alike = [pytest.param(name, marks=pytest.mark.thorough) for name in others]  # of the same notebook
        metafunc.parametrize("page_name", ["index", *project.names(), first, *alike])


@pytest.fixture(scope="session")
def reports(browser):  # noqa: ARG001 - where there is none, nothing is rendered
    """The folder of reports, made anew where something changed; one process renders, others wait for it."""
    project = locate(ROOT)
    (ROOT / "build").mkdir(exist_ok=True)
    with (ROOT / "build" / "browser-tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = [sys.executable, "-m", "ldn_analysis", "render"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return project.reports


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


@pytest.fixture
def visit(opened, reports):
    """Open a report by its name."""
    return lambda stem, **options: opened((reports / f"{stem}.html").as_uri(), **options)


@pytest.fixture(scope="session")
def explore_known():
    """What the page knows; what takes seconds is kept from one run to the next, as a render keeps it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER, str(locate().root / "build" / "cache"))
        return explore_page.known(evidence.load())


@pytest.fixture(scope="session")
def explore_path(tmp_path_factory, explore_known):
    """The page explore.html of the project's data."""
    made = tmp_path_factory.mktemp("explore") / explore_page.PAGE
    made.write_text(explore_page.make_page(evidence.load(), explore_known), encoding="utf-8")
    return made


@pytest.fixture
def explore(opened, explore_path):
    """Open explore.html, with an address behind it."""
    return lambda hash_="", **options: opened(explore_path.as_uri() + hash_, **options)
