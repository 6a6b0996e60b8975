"""Correlated outcomes of one study: against metafor, by hand, and what no data can have."""

import re

import numpy as np
import pytest

from ldn_analysis import models
from ldn_analysis.errors import InputError


def test_means_of_clusters_are_metafors(reference):
    """metafor's aggregate(), each outcome counting alike, under several correlations: 11 clusters each."""
    content = reference("D_mv_konstantopoulos2011")
    y, v, outer = (np.array(content["inputs"][name]) for name in ("yi", "vi", "outer"))
    compared = 0
    for name, want in content["expected"]["aggregate"].items():
        found = re.fullmatch(r"(?:CS_rho([\d.]+)|ID)_unweighted", name)
        assert found, name
        for cluster, mean, variance in zip(dict.fromkeys(outer), want["yi"], want["vi"], strict=True):
            own = outer == cluster
            ours = models.mean_of_outcomes(y[own], v[own], float(found[1] or 0))
            assert ours == pytest.approx((mean, variance), rel=1e-9)
            compared += 1
    assert compared >= 22


def test_mean_of_two_outcomes_is_the_textbook_formula():
    mean, variance = models.mean_of_outcomes([0.1, 0.3], [0.04, 0.09], 0.5)
    assert mean == pytest.approx(0.2)
    assert variance == pytest.approx((0.04 + 0.09 + 2 * 0.5 * 0.2 * 0.3) / 4)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([0.1, 0.2], [0.1, -1], 0.5), r"vi\[1\] is -1"),
        (([0.1, 0.2], [0.1, 0.1], 1.5), "correlation is 1.5"),
        (([0.1, 0.2], [0.1], 0.5), "vi"),
        # three outcomes that are all correlated -0.9 with each other: a sum would have a negative variance
        (([0.1, 0.2, 0.3], [0.1] * 3, -0.9), "correlation of -0.9.* no data can have"),
    ],
)
def test_bad_arguments_are_named(arguments, words):
    with pytest.raises(InputError, match=words):
        models.mean_of_outcomes(*arguments)
