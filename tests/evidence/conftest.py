"""The evidence as it is, and a scratch copy of its files to spoil."""

import shutil
from pathlib import Path

import pytest

from ldn_analysis import evidence

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture
def copy(tmp_path):
    """A folder with a copy of the data files."""
    folder = tmp_path / "data"
    shutil.copytree(DATA, folder)
    return folder


@pytest.fixture
def problems():
    """Load a folder that cannot be used: its problems."""

    def load(folder):
        with pytest.raises(evidence.EvidenceError) as caught:
            evidence.load(folder)
        return caught.value.problems

    return load
