"""Fixtures that every room's tests share."""

import json
from pathlib import Path
from typing import Any

import pytest

REFERENCE = Path(__file__).parent / "reference"


@pytest.fixture(scope="session")
def reference():
    """Read one file of ``tests/reference`` by its stem: numbers from established R packages."""

    def read(stem: str) -> dict[str, Any]:
        return json.loads((REFERENCE / f"{stem}.json").read_text(encoding="utf-8"))

    return read
