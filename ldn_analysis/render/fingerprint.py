"""One hash of everything that a report depends on: nothing is executed again while it stays the same."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ldn_analysis.hashes import digest
from ldn_analysis.render.preflight import source_of
from ldn_analysis.render.project import Project

_SKIPPED = {"__pycache__", ".ipynb_checkpoints"}


def _folder(folder: Path) -> str:
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and not _SKIPPED & set(p.parts))
    return digest([(path.relative_to(folder).as_posix(), path.read_bytes()) for path in paths])


def _cells(notebook: Mapping[str, Any]) -> str:
    """Hash of what is executed and read, not of the outputs that the committed file holds."""
    cells = notebook["cells"]
    return digest([(cell["cell_type"], source_of(cell), cell.get("metadata", {})) for cell in cells])


def parts(project: Project) -> dict[str, str]:
    """The hashes that all reports share: package, data, lock and Python's version."""
    lock = project.lock.read_bytes() if project.lock.is_file() else b""
    return {
        "package": _folder(project.package),
        "data": _folder(project.data),
        "lock": digest(lock),
        "python": ".".join(map(str, sys.version_info[:3])),
    }


def fingerprint(
    shared: Mapping[str, str], notebook: Mapping[str, Any], values: Mapping[str, Any]
) -> dict[str, str]:
    """The hashes of one report, by cause: what differs between two of them says why a result changed."""
    return {"notebook": _cells(notebook), "parameters": digest(values), **shared}
