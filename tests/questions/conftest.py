"""The multiverse of pain, and the made-up data sets, made once for all tests that look at them."""

import functools
import re

import made_up
import pytest

from ldn_analysis import evidence
from ldn_analysis.questions.multiverse import pain_multiverse
from ldn_analysis.questions.multiverse.reconciliation import reconcile


@pytest.fixture(scope="session")
def made_data(tmp_path_factory):
    """The folder and the evidence of a made-up data set by its name, each written and read once."""
    root = tmp_path_factory.mktemp("spoken")

    @functools.cache
    def read(name):
        folder = made_up.write(root / re.sub(r"\W+", "-", name), name)
        return folder, evidence.load(folder)

    return read


@pytest.fixture(scope="session")
def pain(ev, kept):
    with kept():
        return pain_multiverse(ev, assumed_baseline=50.8)


@pytest.fixture(scope="session")
def found(ev, pain):
    return reconcile(ev, pain)


@pytest.fixture(scope="session")
def sets(made_data):
    """The evidence alone of a made-up data set, by its name."""
    return lambda name: made_data(name)[1]
