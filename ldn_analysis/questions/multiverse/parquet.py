"""Save every specification as Parquet: one row each, with options, studies, kind, estimate and interval."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ldn_analysis.models import Multiverse


def save_multiverse(mv: Multiverse, path: str | Path) -> Path:
    """Write `mv.frame()` to `path` as Parquet, its folder made if need be; the path comes back."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    mv.frame().to_parquet(path, index=False)
    return path
