"""Fixtures of the tests of rendering."""

from pathlib import Path

import pytest
from small_project import Small


@pytest.fixture(scope="session", autouse=True)
def kept_here(kept):
    """A render of a small project takes what was kept: its data are those of the project."""
    with kept():
        yield


@pytest.fixture
def small(tmp_path: Path) -> Small:
    """A project of one notebook, in a folder whose name has spaces and letters beyond ASCII."""
    return Small(tmp_path / "mit Ümlaut und Leerzeichen")
