"""Writes ``environment.yml`` from the lock: the same versions for conda (``make lock`` runs it).

Every direct dependency is pinned to the version in ``test.lock``; conda resolves the rest. Names that differ
on conda-forge, and packages that it does not have, are listed here.
"""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OTHER_NAMES = {"playwright": None, "axe-playwright-python": None}
"""Names on conda-forge where they differ; None: not there, so pip installs it."""


def canonical(name: str) -> str:
    """A package's name as the lock writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins() -> dict[str, str]:
    """Name to version of everything in the test lock."""
    text = (ROOT / "requirements" / "test.lock").read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==([^ \\;]+)", text, flags=re.MULTILINE))


def environment() -> str:
    """The text of ``environment.yml``."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = pins()
    names = sorted(canonical(n) for n in project["dependencies"] + project["optional-dependencies"]["test"])
    conda, pip = [], []
    for name in names:
        other = OTHER_NAMES.get(name, name)
        (conda if other else pip).append(f"{other or name}{'=' if other else '=='}{locked[name]}")
    lines = [
        "# The versions of requirements/test.lock for conda; written by `make lock`, checked by the tests.",
        "# conda env create -f environment.yml; conda activate ldn",
        "# pip install --no-deps -e .; make ENV=active reports",
        "name: ldn",
        "channels:",
        "  - conda-forge",
        "  - nodefaults",
        "dependencies:",
        "  - python>=3.11,<3.14",
        "  - pip",
        *(f"  - {pin}" for pin in conda),
        "  - pip:",
        *(f"      - {pin}" for pin in pip),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (ROOT / "environment.yml").write_text(environment(), encoding="utf-8")
