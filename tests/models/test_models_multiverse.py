"""A multiverse small enough to enumerate by hand, and agreement with `pool`, one specification at a time."""

from itertools import combinations

import numpy as np
import pytest

from ldn_analysis import models
from ldn_analysis.errors import InputError
from ldn_analysis.models.specifications.nearest import decisions_between

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
        yi, vi, STUDIES, (MEASURE, TIME), methods=(ESTIMATORS, INFERENCES),
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


def test_an_analysis_again_but_for_rounding_is_run_once():
    """Two ways to one variance, sqrt(2)**2 and 2: one step of the computer's numbers apart, one analysis."""
    yi, vi = np.full((2, 2), 0.3), np.array([[np.sqrt(2) ** 2, 2.0], [1.0, 1.0]])
    assert vi[0, 0] != vi[0, 1]
    mv = models.multiverse(
        yi, vi, ("a", "b"), (TIME,), methods=(ESTIMATORS, INFERENCES), sets={("a", "b"): "defensible"},
        scale_choice="time",
    )  # fmt: skip
    assert len(mv) == 1 + 1 + 5


def test_degrees_of_freedom_tell_two_analyses_of_one_study_apart():
    """Pairs (27) and two groups (54) with the same numbers: two t intervals alone, one average together."""
    yi, vi, df = np.full((2, 2), 0.3), np.full((2, 2), 2.0), np.array([[27.0, 54.0], [40.0, 40.0]])
    mv = models.multiverse(
        yi, vi, ("a", "b"), (TIME,), methods=(ESTIMATORS, INFERENCES), sets={("a", "b"): "defensible"},
        scale_choice="time", df=df,
    )  # fmt: skip
    alone = [row for row in range(len(mv)) if mv.k[row] == 1]
    assert sorted(mv.df[mv.data[row]] for row in alone) == [27, 40, 54]


def test_of_two_ways_to_the_same_numbers_the_better_is_kept():
    """An error that stands first in its table does not take the defensible way's place."""
    time = models.Choice("time", ("a", "b"), ("error", "defensible"))
    mv = models.multiverse(
        np.full((2, 2), 0.3), np.full((2, 2), 2.0), ("a", "b"), (time,), methods=(ESTIMATORS, INFERENCES),
        sets={("a", "b"): "defensible"}, scale_choice="time",
    )  # fmt: skip
    assert set(mv.codes[:, 0]) == {1}


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


def test_weighted_shares_by_hand(tiny):
    table = models.multiverse_shares(tiny, {"MD": 0.4, "SMD": 0.3}).set_index(["scale", "kind"]).loc["MD"]
    weight = {kind: w * table["n"].get(kind, 0) for kind, w in (("defensible", 1.0), ("debatable", 0.5))}
    kinds = [kind for kind, w in weight.items() if w]
    for column in ("below_zero", "includes_zero", "beyond_threshold"):
        total = sum(weight[kind] * table.loc[kind, column] for kind in kinds)
        assert table.loc["weighted", column] == pytest.approx(total / sum(weight.values()))


def test_one_choice_that_makes_all_the_difference_explains_everything():
    yi = np.array([[[-1.0, 1.0]]])
    mv = models.multiverse(
        yi, np.full_like(yi, 0.1), ("a",), (models.Choice("measure", ("MD",), ("defensible",)), TIME),
        methods=(models.Choice("tau2_method", ("CE",), ("defensible",)),
                 models.Choice("inference", ("z",), ("defensible",))), sets={}, scale_choice="measure",
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
            y[:, None], (se**2)[:, None], STUDIES, (one,), methods=(ESTIMATORS, INFERENCES),
            sets={STUDIES: "defensible", ("a", "b"): "defensible"}, scale_choice="measure",
        )  # fmt: skip
        test = models.joint_test(mv, "MD", tau=0.0, draws=99, seed=int(rng.integers(1 << 31)))
        hits += test.p_median <= 0.2
    assert 0.11 <= hits / 200 <= 0.29  # more than three standard errors either way


def test_the_joint_test_allows_for_trials_that_differ():
    """No mean effect, trials that differ by an SD of 0.5: without that in the null, p is too small."""
    rng = np.random.default_rng(8)
    names = tuple("abcdefgh")
    se, one = np.linspace(0.15, 0.3, 8), models.Choice("measure", ("MD",), ("defensible",))
    own, without = 0, 0
    for _ in range(120):
        y = rng.standard_normal(8) * np.sqrt(se**2 + 0.25)
        mv = models.multiverse(
            y[:, None], (se**2)[:, None], names, (one,),
            methods=(models.Choice("tau2_method", ("REML",), ("defensible",)),
                     models.Choice("inference", ("hksj",), ("defensible",))),
            sets={names: "defensible"}, scale_choice="measure",
        )  # fmt: skip
        test = models.joint_test(mv, "MD", draws=99, seed=int(rng.integers(1 << 31)))
        own += test.p_median <= 0.2
        without += test.p_no_difference <= 0.2
    assert 0.09 <= own / 120 <= 0.33
    assert without / 120 > 0.4


def test_a_random_result_is_near_as_often_as_counted(tiny):
    rows = np.flatnonzero(tiny.where(scale="MD"))
    chance = models.chance_of_a_match(tiny, rows, -0.2, -0.6, 0.2, tolerance=0.1, draws=400, seed=3)
    rng = np.random.default_rng(3)
    centre, width = -0.2 + 0.4 * rng.uniform(-1, 1, 400), 0.4 * rng.uniform(0.5, 1.5, 400)
    hits = 0
    for c, w in zip(centre, width, strict=True):
        theirs = np.stack([tiny.estimate[rows] - c, tiny.lower[rows] - c + w, tiny.upper[rows] - c - w])
        hits += np.abs(theirs).max(axis=0).min() <= 0.1
    assert chance == pytest.approx(hits / 400)
    assert models.chance_of_a_match(tiny, rows, -0.2, -0.6, 0.2, tolerance=9.0) == 1


def test_times_that_are_not_equivalent_are_scales_of_their_own():
    yi = np.array([[[-0.5, -0.2]], [[0.1, 0.4]]])
    mv = models.multiverse(
        yi, np.full_like(yi, 0.1), ("a", "b"), (models.Choice("measure", ("MD",), ("defensible",)), TIME),
        methods=(ESTIMATORS, INFERENCES), sets={("a", "b"): "defensible"},
        scale_choice=("measure", "time"),
    )  # fmt: skip
    assert mv.scales == ("MD", "MD, late")
    assert mv.options_of("MD, late") == {"measure": "MD", "time": "late"}
    assert not (mv.where(scale="MD") & mv.where(scale="MD, late")).any()
    assert (mv.where(scale="MD") | mv.where(scale="MD, late")).all()
    table = models.multiverse_shares(mv, {"MD": 0.3})
    assert set(table["threshold"]) == {0.3}


@pytest.mark.parametrize("n", [6, 7, 15, 50])
def test_sets_of_studies_grow_gently_and_hold_what_matters(n):
    """Named sets, these less one study and single studies are always run; all subsets up to six studies."""
    names = tuple(f"s{i}" for i in range(n))
    rng = np.random.default_rng(n)
    yi = rng.normal(-0.2, 0.3, (n, 1, 2))
    primary = names[:-1]
    mv = models.multiverse(
        yi, rng.uniform(0.02, 0.2, yi.shape), names,
        (models.Choice("measure", ("MD",), ("defensible",)), TIME),
        methods=(ESTIMATORS, INFERENCES), sets={primary: "defensible", names: "debatable"},
        scale_choice="measure",
    )  # fmt: skip
    assert len(mv.sets) == ((1 << n) - 1 if n <= 6 else max(63, 2 + n + (n - 2) + n))
    assert len(np.unique(mv.sets, axis=0)) == len(mv.sets)
    for members in (
        primary,
        names,
        *((s,) for s in names),
        *(tuple(t for t in names if t != s) for s in names),
    ):
        assert mv.row({}, members) >= 0
    spec = mv.specification(mv.row({}, primary))
    assert spec.studies == primary and spec.kind == "defensible"
    assert len(mv) + sum(mv.excluded.values()) == mv.total == 2 * ((1 << n) - 1) * 6
    path = models.path_between(mv, mv.row({}, names), mv.row({}, names[:1]))
    assert path.steps[-1].studies == names[:1]


def test_errors_and_then_debatable_decisions_are_thinned_in_sets_that_nobody_named(monkeypatch):
    from ldn_analysis.models.specifications import enumerate as engine

    rng = np.random.default_rng(2)
    names = tuple("abcde")
    choice = models.Choice("way", ("sound", "so-so", "wrong"), ("defensible", "debatable", "error"))
    yi = rng.normal(size=(5, 1, 3))

    def run(most):
        monkeypatch.setattr(engine, "MOST_DATA", most)
        return models.multiverse(
            yi, np.full_like(yi, 0.1), names, (models.Choice("measure", ("MD",), ("defensible",)), choice),
            methods=(ESTIMATORS, INFERENCES), sets={names: "defensible"},
            scale_choice="measure",
        )  # fmt: skip

    for most, data in ((93, 31 * 3), (92, 30 * 2 + 3), (40, 30 + 3)):
        mv = run(most)
        assert len(mv.mask) == data
        assert len(mv) + sum(mv.excluded.values()) == mv.total
        whole = mv.mask.all(axis=1)
        assert whole.sum() == 3  # the named set keeps every option


def test_shapes_are_checked():
    with pytest.raises(InputError, match="studies and options make"):
        models.multiverse(
            np.zeros((2, 2)), np.ones((2, 2)), ("a",), (TIME,), methods=(ESTIMATORS, INFERENCES),
            sets={}, scale_choice="time",
        )  # fmt: skip


def test_a_study_by_itself_keeps_its_degrees_of_freedom():
    """With t as in `pool` where one study is pooled; beside others its df do not enter."""
    yi, vi, df = (np.array([[a], [b]]) for a, b in ((-0.55, -0.34), (0.046, 0.0945), (27.0, np.nan)))
    only = models.Choice("measure", ("MD",), ("defensible",))
    plain, own = (
        models.multiverse(
            yi, vi, ("a", "b"), (only,), methods=(ESTIMATORS, INFERENCES),
            sets={("a", "b"): "defensible"}, scale_choice="measure", df=numbers,
        )
        for numbers in (None, df)
    )  # fmt: skip
    for study, numbers in (("a", 27.0), ("b", np.nan)):
        row = own.row({}, (study,))
        fit = models.pool(yi[int(study == "b")], vi[int(study == "b")], df=[numbers])
        np.testing.assert_allclose([own.lower[row], own.upper[row]], fit.ci, rtol=1e-12)
        assert own.p_value[row] == pytest.approx(fit.p_value, rel=1e-6)
    together = own.k > 1
    np.testing.assert_array_equal(own.lower[together], plain.lower[together])
    with pytest.raises(InputError, match="df"):
        models.multiverse(
            yi, vi, ("a", "b"), (only,), methods=(ESTIMATORS, INFERENCES),
            sets={("a", "b"): "defensible"}, scale_choice="measure", df=[27.0],
        )  # fmt: skip


def test_single_trials_of_the_joint_test_keep_their_degrees_of_freedom():
    """One trial, many draws without an effect: its t interval lies below zero in 2.5% of them, the normal one
    more often."""
    only = models.Choice("measure", ("MD",), ("defensible",))
    made = [
        models.multiverse(
            [[-2.5]], [[1.0]], ("a",), (only,), methods=(ESTIMATORS, INFERENCES),
            sets={("a",): "defensible"}, scale_choice="measure", df=df,
        )
        for df in ([[3.0]], None)
    ]  # fmt: skip
    own, plain = (models.joint_test(mv, "MD", draws=4000).p_share for mv in made)
    assert own == 1.0  # its own interval includes zero, as every share does
    assert plain == pytest.approx(0.025, abs=0.008)
