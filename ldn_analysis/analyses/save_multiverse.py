"""Save every specification as Parquet: ``python -m ldn_analysis.analyses.save_multiverse FILE``.

One row a specification: an option of each choice, which studies are in, kind, estimate, interval, p, tau2.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ldn_analysis.models import Multiverse

__all__ = ["main", "save_multiverse"]


def save_multiverse(mv: Multiverse, path: str | Path) -> Path:
    """Write `mv.frame()` to `path` as Parquet, its folder made if need be; the path comes back."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    mv.frame().to_parquet(path, index=False)
    return path


def main(arguments: list[str]) -> None:
    """Run the multiverse of pain at its defaults and save it."""
    from ldn_analysis import evidence
    from ldn_analysis.analyses.pain_multiverse import pain_multiverse

    if len(arguments) > 1:
        raise SystemExit("one argument at most: the file to write")
    mv = pain_multiverse(evidence.load(), assumed_baseline=50.8).mv
    print(f"{save_multiverse(mv, arguments[0] if arguments else 'build/multiverse.parquet')}: {mv!r}")


if __name__ == "__main__":
    main(sys.argv[1:])
