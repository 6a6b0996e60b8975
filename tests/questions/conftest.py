"""The multiverse of pain, made once for all tests that look at it."""

import pytest

from ldn_analysis import evidence
from ldn_analysis.questions.multiverse import pain_multiverse
from ldn_analysis.questions.multiverse.reconciliation import reconcile


@pytest.fixture(scope="session")
def ev():
    return evidence.load()


@pytest.fixture(scope="session")
def pain(ev, kept):
    with kept():
        return pain_multiverse(ev, assumed_baseline=50.8)


@pytest.fixture(scope="session")
def found(ev, pain):
    return reconcile(ev, pain)
