"""Adjusted p values against published examples and statsmodels; chances against formulas and simulation."""

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from ldn_analysis.errors import InputError
from ldn_analysis.models.counts.multiplicity import adjusted_p, any_significant

# Benjamini & Hochberg 1995, J R Stat Soc B 57:289, section 4.2: fifteen p values, sorted.
BH_1995 = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
    0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.000,
]  # fmt: skip


def test_published_example():
    """There a correction by the number of tests rejects three hypotheses, their own procedure four."""
    holm, own = adjusted_p(BH_1995)
    assert np.sum(holm <= 0.05) == 3 and np.sum(own <= 0.05) == 4


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
@settings(max_examples=25, deadline=None)
def test_agrees_with_statsmodels(p):
    for method, ours in zip(("holm", "fdr_bh"), adjusted_p(p), strict=True):
        with patch("gc.collect"):  # statsmodels asks for one at each call, half a second in a long session
            theirs = multipletests(p, method=method)[1]
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def test_any_significant_by_formula_and_limits():
    assert any_significant(4) == pytest.approx(1 - 0.95**4, rel=1e-14)
    assert any_significant(1, correlation=0.7) == pytest.approx(0.05, abs=1e-10)
    assert any_significant(5, correlation=1e-8) == pytest.approx(1 - 0.95**5, abs=1e-6)
    assert any_significant(5, correlation=0.9999) == pytest.approx(0.05, abs=0.003)
    assert any_significant(5, 0.01) == pytest.approx(1 - 0.99**5)
    values = [any_significant(6, correlation=r) for r in (0.0, 0.2, 0.5, 0.8, 0.99)]
    assert np.all(np.diff(values) < 0)


def test_any_significant_with_correlation_by_simulation():
    rng, m, r = np.random.default_rng(1), 4, 0.5
    z = np.sqrt(r) * rng.standard_normal((300_000, 1)) + np.sqrt(1 - r) * rng.standard_normal((300_000, m))
    simulated = (np.abs(z) > 1.959964).any(axis=1).mean()
    assert any_significant(m, correlation=r) == pytest.approx(simulated, abs=0.003)


def test_by_hand():
    holm, own = adjusted_p([0.01, 0.04, 0.5])
    assert list(holm) == pytest.approx([0.03, 0.08, 0.5])
    assert list(own) == pytest.approx([0.03, 0.06, 0.5])


def test_bad_arguments_are_named():
    with pytest.raises(InputError, match=r"p\[0\] is 1.2"):
        adjusted_p([1.2])
    with pytest.raises(InputError, match="m is 0"):
        any_significant(0)
