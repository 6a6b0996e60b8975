"""A multiverse small enough to enumerate by hand, and agreement with `pool`, one specification at a time."""

from itertools import combinations

import numpy as np
import pytest

from ldn_analysis import models
from ldn_analysis.errors import InputError
from ldn_analysis.models.specifications.summary import decisions_between

STUDIES = ("a", "b", "c")
ESTIMATORS = models.Choice("tau2_method", ("REML", "DL", "CE"), ("defensible", "defensible", "debatable"))
INFERENCES = models.Choice("inference", ("hksj", "z"), ("defensible", "debatable"))
MEASURE = models.Choice("measure", ("MD", "SMD"), ("defensible", "defensible"))
TIME = models.Choice("time", ("early", "late"), ("defensible", "error"))


@pytest.fixture
def tiny():
    """Three studies; only b is measured twice, c has no SMD."""
    yi, vi = np.full((3, 2, 2), np.nan), np.full((3, 2, 2), np.nan)
    yi[0, 0], vi[0, 0] = -0.5, 0.04
    yi[1, 0], vi[1, 0] = (-0.3, -0.1), (0.09, 0.1)
    yi[2, 0], vi[2, 0] = 0.4, 0.16
    yi[0, 1], vi[0, 1] = -0.25, 0.02
    yi[1, 1], vi[1, 1] = (-0.15, -0.05), (0.03, 0.04)
    return models.multiverse(
        yi, vi, STUDIES, (MEASURE, TIME), tau2_methods=ESTIMATORS, inferences=INFERENCES,
        sets={("a", "b", "c"): "defensible", ("a", "b"): "defensible"}, scale_choice="measure",
    )  # fmt: skip


def test_count_by_hand(tiny):
    # MD, early: 7 subsets, 3 of one study (1 analysis each), 4 of more (REML, DL x hksj, z; CE x z = 5): 23.
    # MD, late: the 4 subsets with b: 1 of one study, 3 of more: 16. SMD, early: a, b, ab: 1 + 1 + 5 = 7.
    # SMD, late: b, ab: 6.
    assert len(tiny) == 23 + 16 + 7 + 6
    assert tiny.total == 2 * 2 * 7 * 6
    assert sum(tiny.excluded.values()) + len(tiny) == tiny.total
    impossible, idle, unmatched = tiny.excluded.values()
    assert impossible == 2 * 4 * 6  # SMD with c: 4 subsets at 2 times
    assert idle == (3 + 1) * 6  # late without b: MD a, c, ac; SMD a
    assert unmatched == 7 * 5 + (4 + 3 + 1 + 1) * 1  # seven single-study data sets, nine others


def test_no_specification_twice(tiny):
    assert len(np.unique(tiny.codes, axis=0)) == len(tiny)


def test_kinds_are_those_of_the_worst_option(tiny):
    for row in range(len(tiny)):
        spec = tiny.specification(row)
        worst = "defensible" if spec.studies in {("a", "b", "c"), ("a", "b")} else "debatable"
        if spec.options["tau2_method"] == "CE" or spec.options["inference"] == "z":
            worst = "debatable"
        if spec.options["time"] == "late":
            worst = "error"
        assert spec.kind == worst


def test_every_specification_is_what_pool_gives(tiny):
    for row in range(len(tiny)):
        spec = tiny.specification(row)
        data = tiny.data[row]
        members = [STUDIES.index(s) for s in spec.studies]
        method, inference = spec.options["tau2_method"], spec.options["inference"]
        if len(members) == 1:  # nothing to pool: the study's own Wald interval
            method, inference = "CE", "z"
        fit = models.pool(tiny.yi[data, members], tiny.vi[data, members], method, inference)
        np.testing.assert_allclose(
            [spec.estimate, spec.lower, spec.upper], [fit.estimate, *fit.ci], rtol=1e-10, atol=1e-12
        )


def test_all_subsets_once_under_one_method(tiny):
    """The GOSH part: with MD, early, REML and hksj there is one row for each subset of two or more."""
    rows = [tiny.row({}, subset) for size in (2, 3) for subset in combinations(STUDIES, size)]
    assert len(set(rows)) == 4
    with pytest.raises(InputError, match="no specification"):
        tiny.row({"measure": "SMD"}, ("a", "c"))


def test_shares(tiny):
    table = models.multiverse_shares(tiny, {"MD": 0.45, "SMD": 0.3})
    everything = table[(table["scale"] == "MD") & (table["kind"] == "all")].iloc[0]
    member = tiny.where(scale="MD")
    assert everything["n"] == 39
    assert everything["below_zero"] == np.mean(tiny.upper[member] < 0)
    parts = everything[["below_zero", "above_zero", "includes_zero"]].sum()
    assert parts == pytest.approx(1)
    with pytest.raises(InputError, match="threshold of MD"):
        models.multiverse_shares(tiny, {"MD": 0.0, "SMD": 1})


def test_weights_that_drop_all_but_one_kind_give_its_shares(tiny):
    weights = {"defensible": 1.0, "debatable": 0.0, "error": 0.0}
    table = models.multiverse_shares(tiny, {"MD": 0.4, "SMD": 0.3}, weights).set_index(["scale", "kind"])
    columns = ["below_zero", "includes_zero", "estimate_below_zero", "median", "smallest", "largest"]
    np.testing.assert_allclose(
        table.loc[("MD", "weighted"), columns].astype(float),
        table.loc[("MD", "defensible"), columns].astype(float),
    )


def test_one_choice_that_makes_all_the_difference_explains_everything():
    yi = np.array([[[-1.0, 1.0]]])
    mv = models.multiverse(
        yi, np.full_like(yi, 0.1), ("a",), (models.Choice("measure", ("MD",), ("defensible",)), TIME),
        tau2_methods=models.Choice("tau2_method", ("CE",), ("defensible",)),
        inferences=models.Choice("inference", ("z",), ("defensible",)), sets={}, scale_choice="measure",
    )  # fmt: skip
    table = models.variance_decomposition(mv, models.KINDS)
    assert list(table["choice"]) == ["time"]
    assert table["share"].iloc[0] == pytest.approx(1)


def test_one_at_a_time_changes_one_thing(tiny):
    start = tiny.row({}, STUDIES)
    table = models.one_at_a_time(tiny, start)
    assert set(table["choice"]) == {"a", "b", "c", "time", "tau2_method", "inference"}
    assert (decisions_between(tiny, start, table["row"].to_numpy()) == 1).all()


@pytest.mark.parametrize("goal", [({"time": "late", "tau2_method": "DL"}, ("b", "c")), ({}, ("a", "b"))])
def test_a_path_ends_where_it_should_by_single_decisions(tiny, goal):
    start, end = tiny.row({}, STUDIES), tiny.row(*goal)
    path = models.path_between(tiny, start, end)
    assert path.steps[0].row == start
    assert path.steps[-1].row == end
    assert len(path) == decisions_between(tiny, start, np.array([end]))[0]
    for a, b in zip(path.steps, path.steps[1:], strict=False):
        assert decisions_between(tiny, a.row, np.array([b.row]))[0] == 1


def test_the_nearest_to_a_specification_is_itself(tiny):
    start = tiny.row({}, STUDIES)
    for row in np.flatnonzero(tiny.where(scale="MD") & np.isfinite(tiny.lower)):
        spec = tiny.specification(int(row))
        rows, distance = models.nearest_specifications(
            tiny, start, spec.estimate, spec.lower, spec.upper, tolerance=1e-12
        )
        assert distance[0] < 1e-12
        assert tiny.specification(int(rows[0])).estimate == pytest.approx(spec.estimate)


def test_the_joint_test_keeps_its_level():
    """With no effect at all, p values of the median are at or below 0.2 about one time in five."""
    rng = np.random.default_rng(7)
    se = np.array([0.2, 0.3, 0.4])
    one = models.Choice("measure", ("MD",), ("defensible",))
    hits = 0
    for _ in range(200):
        y = rng.standard_normal(3) * se
        mv = models.multiverse(
            y[:, None], (se**2)[:, None], STUDIES, (one,), tau2_methods=ESTIMATORS, inferences=INFERENCES,
            sets={STUDIES: "defensible", ("a", "b"): "defensible"}, scale_choice="measure",
        )  # fmt: skip
        test = models.joint_test(mv, "MD", draws=99, seed=int(rng.integers(1 << 31)))
        hits += test.p_median <= 0.2
    assert 0.11 <= hits / 200 <= 0.29  # more than three standard errors either way


def test_shapes_are_checked():
    with pytest.raises(InputError, match="studies and options make"):
        models.multiverse(
            np.zeros((2, 2)), np.ones((2, 2)), ("a",), (TIME,), tau2_methods=ESTIMATORS,
            inferences=INFERENCES, sets={}, scale_choice="time",
        )  # fmt: skip
