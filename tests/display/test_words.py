"""Counts in sentences: none, one and several."""

import pytest

from ldn_analysis.display.words import out_of
from ldn_analysis.guidance import GUIDANCE, handbook


@pytest.mark.parametrize(
    ("k", "n", "said"),
    [
        (0, 0, "No trial shows"),
        (0, 1, "No trial (of one) shows"),
        (1, 1, "The only trial shows"),
        (0, 2, "None of 2 trials shows"),
        (1, 2, "1 of 2 trials shows"),
        (2, 12, "2 of 12 trials show"),
    ],
)
def test_a_share_is_said_in_grammar(k, n, said):
    assert out_of(k, n, "trial", "trials", ("shows", "show")) == said


def test_guidance_stands_in_one_place():
    names = [source["name"] for source in GUIDANCE]
    assert len(set(names)) == len(names)
    assert all(source["year"] and source["where"] and source["read"] for source in GUIDANCE)
    assert handbook("6.5.2.10", "23.3.4") == "Cochrane Handbook, sections 6.5.2.10 and 23.3.4"
