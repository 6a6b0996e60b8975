"""Fixtures that every room's tests share, and which tests are slow."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from ldn_analysis import evidence
from ldn_analysis.cache import FOLDER
from ldn_analysis.render.project import locate

# Checking notebooks against their schema can use it and does not need it; its import takes seconds.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

# How long an example takes is the machine's, not the package's: a busy one must not fail a property.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

REFERENCE = Path(__file__).parent / "reference"
SLOW = ("browser", "lab")
"""Folders of which every test is slow: `make test` leaves them out, `make test-slow` runs them."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Files of which no test is asked for are not read: that would take seconds in each process."""
    if collection_path.suffix != ".py" or config.option.markexpr not in ("slow", "not slow"):
        return None
    all_slow = collection_path.parent.name in SLOW
    if config.option.markexpr == "not slow":
        return all_slow or None
    return None if all_slow or "mark.slow" in collection_path.read_text(encoding="utf-8") else True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name in SLOW:
            item.add_marker(pytest.mark.slow)
        elif item.get_closest_marker("slow") and "mark.slow" not in item.path.read_text(encoding="utf-8"):
            raise pytest.UsageError(f"{item.path}: write pytest.mark.slow in this file itself")
        if item.get_closest_marker("thorough") and os.environ.get("LDN_TESTS") != "thorough":
            item.add_marker(pytest.mark.skip(reason="more of the same: LDN_TESTS=thorough"))


@pytest.fixture(scope="session")
def reference():
    """Read one file of ``tests/reference`` by its stem: numbers from established R packages."""

    def read(stem: str) -> dict[str, Any]:
        return json.loads((REFERENCE / f"{stem}.json").read_text(encoding="utf-8"))

    return read


@pytest.fixture(scope="session")
def ev() -> evidence.Evidence:
    """The evidence of the project, read once: nothing that a test does to a table reaches it."""
    return evidence.load()


@pytest.fixture(scope="session")
def kept() -> Callable[[], AbstractContextManager[None]]:
    """While ``kept()`` lasts, results that take seconds are kept as a render keeps them: by the content of
    data, choices and code, in the project's own folder."""

    @contextmanager
    def keeping() -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(FOLDER, str(locate().root / "build" / "cache"))
            yield

    return keeping


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, headless; tests that use it are skipped where there is none.

    There is one for the whole session: playwright allows no second one beside it.
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip("no Chromium found: install the chromium package to run the browser tests")
    sync = pytest.importorskip("playwright.sync_api")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=quiet)
        yield chromium
        chromium.close()
