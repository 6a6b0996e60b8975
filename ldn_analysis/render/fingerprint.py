"""One hash of everything that a report depends on: nothing is executed again while it stays the same."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ldn_analysis.render.preflight import source_of
from ldn_analysis.render.project import Project

_SKIPPED = {"__pycache__", ".ipynb_checkpoints"}


def _hash(items: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for item in items:
        digest.update(len(item).to_bytes(8, "big") + item)
    return digest.hexdigest()


def _folder(folder: Path) -> str:
    files = sorted(p for p in folder.rglob("*") if p.is_file() and not _SKIPPED & set(p.parts))
    return _hash(part for p in files for part in (p.relative_to(folder).as_posix().encode(), p.read_bytes()))


def _cells(notebook: Mapping[str, Any]) -> str:
    """Hash of what is executed and read, not of the outputs that the committed file holds."""
    cells = [(cell["cell_type"], source_of(cell), cell.get("metadata", {})) for cell in notebook["cells"]]
    return _hash([json.dumps(cells, sort_keys=True).encode()])


def parts(project: Project) -> dict[str, str]:
    """The hashes that all reports share: package, data, lock and Python's version."""
    lock = project.lock.read_bytes() if project.lock.is_file() else b""
    return {
        "package": _folder(project.package),
        "data": _folder(project.data),
        "lock": _hash([lock]),
        "python": ".".join(map(str, sys.version_info[:3])),
    }


def fingerprint(
    shared: Mapping[str, str], notebook: Mapping[str, Any], values: Mapping[str, Any]
) -> dict[str, str]:
    """The hashes of one report, by cause: what differs between two of them says why a result changed."""
    parameters = _hash([json.dumps(values, sort_keys=True).encode()])
    return {"notebook": _cells(notebook), "parameters": parameters, **shared}
