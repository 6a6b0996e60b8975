"""``python -m ldn_analysis.analyses [FILE]``: the multiverse of pain at its defaults, saved as Parquet."""

from __future__ import annotations

import sys

from ldn_analysis import evidence
from ldn_analysis.analyses import pain_multiverse, save_multiverse


def main(arguments: list[str]) -> None:
    """Save to the file named, ``build/multiverse.parquet`` without any."""
    if len(arguments) > 1:
        raise SystemExit("one argument at most: the file to write")
    mv = pain_multiverse(evidence.load(), assumed_baseline=50.8).mv
    print(f"{save_multiverse(mv, arguments[0] if arguments else 'build/multiverse.parquet')}: {mv!r}")


if __name__ == "__main__":
    main(sys.argv[1:])
