"""Critical values and limits: against scipy, against published intervals, and typed in no other place."""

import ast
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import ldn_analysis
from ldn_analysis import models
from ldn_analysis.errors import InputError
from ldn_analysis.models import trials

TYPED = {"integrity.py"}  # the printed 95% intervals of papers; `evidence` lies below `models`


@given(st.floats(0.5, 0.999), st.floats(1, 500))
def test_critical_values_are_those_of_scipy(level, df):
    assert models.critical(level) == pytest.approx(stats.norm.ppf(0.5 + level / 2), rel=1e-12)
    assert models.critical(level, df) == pytest.approx(stats.t.ppf(0.5 + level / 2, df), rel=1e-9)


def test_without_a_degree_of_freedom_there_is_no_limit():
    assert math.isnan(models.critical(0.95, 0))
    assert all(math.isnan(limit) for limit in models.limits_of(1.0, 0.2, 0.95, 0))


def test_limits_of_a_t_interval_give_back_its_p_value():
    """A difference whose interval just touches zero has p = 1 - level, at its own degrees of freedom."""
    for df in (9, 27, math.inf):
        se = 0.55 / models.critical(0.984, df)
        low, high = models.limits_of(-0.55, se**2, 0.984, df)
        assert high == pytest.approx(0, abs=1e-12)
        assert low == pytest.approx(-1.1)
        tail = stats.norm.sf(0.55 / se) if df == math.inf else stats.t.sf(0.55 / se, df)
        assert 2 * tail == pytest.approx(0.016)


def test_where_an_interval_starts_to_hold_the_reference():
    assert models.flips([0, 1, 2, 3], [-1, 1, 2, -1], [1, 2, 3, 1]) == [0.5, 2.5]
    assert models.flips([0, 1], [1, 1], [2, 2]) == []


def _floats(path):
    constants = (
        n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Constant)
    )
    return {node.value for node in constants if isinstance(node.value, float)}


def test_no_file_types_a_critical_value():
    critical = (1.645, 1.96, 2.576)
    typed = {
        path.name
        for path in Path(ldn_analysis.__file__).parent.rglob("*.py")
        if any(abs(value - z) < 0.001 for value in _floats(path) for z in critical)
    }
    assert typed == TYPED


def _calls():
    """Every interval, level and chance of an error that a caller gives, one function a row."""
    x, shapes = [0.1, 0.4, 0.2, 0.9, 1.1, 0.7], [[0.0, 1, 2], [0, 2, 2]]
    emax = models.bayesian_emax([4.5, 6], [-0.5, -0.3], [0.1, 0.1], grid=(8, 4)).emax
    mean = models.posterior([-0.5, -0.3], [0.1, 0.1]).mu
    yield "level", lambda bad: models.critical(bad)
    yield "level", lambda bad: models.limits_of(1.0, 0.2, bad)
    yield "level", lambda bad: emax.interval(bad)
    yield "level", lambda bad: mean.interval(bad)
    yield "level", lambda bad: models.partial_correlation(x, x[::-1], level=bad)
    for name in ("level", "power", "alpha"):
        yield name, lambda bad, name=name: models.correlation_evidence(0.8, 10, **{name: bad})
    yield "alpha", lambda bad: trials.critical_value([[-1, 0, 1]], [20] * 3, bad)
    yield "alpha", lambda bad: trials.smallest_n(shapes, shapes[0], 2, 0.8, bad)
    yield "power", lambda bad: trials.smallest_n(shapes, shapes[0], 2, bad)


def test_a_level_or_chance_outside_0_to_1_is_refused_under_its_own_name():
    for name, call in _calls():
        for bad in (0, 1, 95, -0.1, math.nan):
            with pytest.raises(InputError, match=f"^{name} is {bad}: must be between 0 and 1"):
                call(bad)
