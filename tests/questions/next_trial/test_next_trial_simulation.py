"""Simulated blocks: the same bits whoever computes them, kept whole or not at all, and right on average."""

import os
import signal
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from ldn_analysis.errors import InputError
from ldn_analysis.models import trials
from ldn_analysis.questions import next_trial
from ldn_analysis.questions.next_trial import engines, simulation
from ldn_analysis.questions.next_trial.designs import candidate_designs
from ldn_analysis.workbench import commands

SETTING = simulation.Setting(
    sd=1.8, greatest=1.0, highest=6.0, alpha=0.025, share=0.9, near_mg=0.75, dropout=0.1, seed=4
)


@pytest.fixture
def wanted(monkeypatch: pytest.MonkeyPatch) -> list[simulation.Job]:
    monkeypatch.setattr(simulation, "BLOCK", 200)
    designs = next_trial.chosen_designs(["drop-the-losers", "up-and-down"])
    made = simulation.jobs(designs, 500, SETTING)
    return [job for job in made if job.truth in ("linear", "flat")]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.parquet"))}


def test_blocks_cover_the_trials_once(wanted: list[simulation.Job]) -> None:
    assert len({job.key for job in wanted}) == len(wanted) == 12
    assert [job.size for job in wanted[:3]] == [200, 200, 100]


@pytest.mark.slow
def test_the_same_bytes_by_every_engine_in_any_order(wanted: list[simulation.Job], tmp_path: Path) -> None:
    one, two, back = (tmp_path / name for name in ("one", "two", "back"))
    engines.run(wanted, one, engines.Engine("serial"), progress=False)
    engines.run(wanted[::-1], back, engines.Engine("serial"), progress=False)
    engines.run(wanted, two, engines.Engine("processes", workers=2), progress=False)
    assert contents(one) == contents(two) == contents(back)
    assert len(contents(one)) == 12


def test_blocks_of_one_design_differ_and_more_trials_change_no_earlier_block(
    wanted: list[simulation.Job],
) -> None:
    first, second = (simulation.compute(job)["statistic"] for job in wanted[:2])
    assert not np.array_equal(first, second)
    again = next(j for j in simulation.jobs([wanted[0].design], 5000, SETTING) if j.truth == "linear")
    assert again.key == wanted[0].key


def test_what_is_there_is_kept_and_a_damaged_block_is_named_and_computed_again(
    wanted: list[simulation.Job], tmp_path: Path
) -> None:
    serial = engines.Engine("serial")
    assert engines.run(wanted[:5], tmp_path, serial, progress=False) == engines.Run(0, (), 5)
    whole = contents(tmp_path)
    flipped, cut, swapped = (tmp_path / f"{job.key}.parquet" for job in wanted[:3])
    content = bytearray(flipped.read_bytes())
    content[200] ^= 0xFF
    flipped.write_bytes(bytes(content))
    cut.write_bytes(cut.read_bytes()[:-50])
    swapped.write_bytes(whole[f"{wanted[3].key}.parquet"])
    run = engines.run(wanted[:5], tmp_path, serial, progress=False)
    assert run.damaged == tuple(job.label for job in wanted[:3])
    assert (run.there, run.computed) == (2, 3)
    assert contents(tmp_path) == whole


def test_an_interrupted_run_keeps_its_blocks_and_is_finished_later(
    wanted: list[simulation.Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = []

    def interrupted(job: simulation.Job, folder: str) -> str:
        if len(done) == 4:
            raise KeyboardInterrupt
        done.append(job)
        return simulation.write_block(job, folder)

    monkeypatch.setattr(engines, "write_block", interrupted)
    with pytest.raises(KeyboardInterrupt):
        engines.run(wanted, tmp_path, engines.Engine("serial"), progress=False)
    assert len(contents(tmp_path)) == 4
    monkeypatch.undo()
    assert engines.run(wanted, tmp_path, engines.Engine("serial"), progress=False).computed == 8


def test_a_full_disk_leaves_no_part_of_a_block_and_says_so(
    wanted: list[simulation.Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyarrow.parquet as pq

    def full(_: object, where: str, **__: object) -> None:
        Path(where).write_bytes(b"PAR1 half a block")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq, "write_table", full)
    with pytest.raises(InputError, match="No space left on device"):
        engines.run(wanted, tmp_path, engines.Engine("serial"), progress=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_killed_worker_costs_nothing(
    wanted: list[simulation.Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pools = []

    class Watched(ProcessPoolExecutor):
        def __init__(self, workers: int | None, *_: object) -> None:
            super().__init__(workers, get_context("spawn"))
            pools.append(self)

    def kill() -> None:
        for _ in range(600):
            running = list((pools[0]._processes or {}).values()) if pools else []
            if running:
                os.kill(running[0].pid, signal.SIGKILL)
                return
            time.sleep(0.05)

    monkeypatch.setattr(engines, "ProcessPoolExecutor", Watched)
    killer = threading.Thread(target=kill)
    killer.start()
    engines.run(wanted, tmp_path / "killed", engines.Engine("processes", workers=2), progress=False)
    killer.join()
    assert len(pools) == 2
    engines.run(wanted, tmp_path / "serial", engines.Engine("serial"), progress=False)
    assert contents(tmp_path / "killed") == contents(tmp_path / "serial")


def test_code_that_changes_while_it_runs_is_said(
    wanted: list[simulation.Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "write_block", _other_key)
    with pytest.raises(InputError, match="the code has changed while it ran"):
        engines.run(wanted, tmp_path, engines.Engine("processes", workers=1), progress=False)


def _other_key(job: simulation.Job, _: str) -> str:
    return "0" * len(job.key)


def test_parts_that_a_killed_worker_left_count_nowhere_and_old_ones_go(
    wanted: list[simulation.Job], tmp_path: Path
) -> None:
    old, young = tmp_path / ".part-old", tmp_path / ".part-young"
    for part in (old, young):
        part.write_bytes(b"PAR1 half a block")
    os.utime(old, (1, 1))
    assert engines.run(wanted[:2], tmp_path, engines.Engine("serial"), progress=False).computed == 2
    assert not old.exists() and young.exists()  # the young one may be in work
    assert simulation.merged(wanted[:2], tmp_path)["trials"].sum() == 400
    assert engines.run(wanted[:2], tmp_path, engines.Engine("serial"), progress=False).there == 2


def test_blocks_are_handed_out_whole_in_order_and_one_by_one_at_the_end() -> None:
    handed = list(engines.groups(list(range(180)), 2))  # type: ignore[arg-type]
    assert [one for some in handed for one in some] == list(range(180))
    assert [len(some) for some in handed][:3] == [4, 4, 4]
    assert [len(some) for some in handed[-8:]] == [1] * 8
    assert [len(some) for some in engines.groups(list(range(30)), 200)] == [1] * 30  # type: ignore[arg-type]


def test_adaptive_designs_stand_beside_the_fixed_ones_with_their_doses_and_people() -> None:
    designs = candidate_designs()
    table, stored = next_trial.adaptive_results(designs.values(), SETTING, 20)
    assert not stored
    assert set(table["design"]) == {
        "up-and-down", "drop-the-losers", "response-adaptive", "five-arms", "repeat-bruunplesner2020",
    }  # fmt: skip


def test_merging_counts_every_trial_once(wanted: list[simulation.Job], tmp_path: Path) -> None:
    engines.run(wanted, tmp_path, engines.Engine("serial"), progress=False)
    table = simulation.merged(wanted, tmp_path).set_index(["design", "truth"])
    assert set(table["trials"]) == {500}
    mine = [j for j in wanted if (j.design.name, j.truth) == ("up-and-down", "linear")]
    blocks = [simulation.compute(job) for job in mine]
    right = np.concatenate([block["right"] for block in blocks])
    assert table.loc[("up-and-down", "linear"), "right"] == pytest.approx(right.mean())
    near = np.concatenate([block["near_share"] for block in blocks])
    assert table.loc[("up-and-down", "linear"), "near_share_error"] == pytest.approx(
        near.std() / near.size**0.5, rel=1e-9
    )


def test_a_trial_without_adaptation_agrees_with_the_integrated_chances() -> None:
    """The simulation's code, on a design whose chances another way of computing gives."""
    design = candidate_designs()["five-arms"]
    job = next(j for j in simulation.jobs([design], 10_000, SETTING) if j.truth == "levels off late")
    got = simulation.compute(job)
    shapes = trials.candidate_shapes()
    people = 200 * 0.9 / 5
    exact = trials.naming(
        trials.Comparisons(np.array([1.5, 3, 4.5, 6]), 0, 1.8**2 / people * (np.eye(4) + 1)),
        shapes[2], trials.candidate_shapes(6, -1), draws=32_768,
    )  # fmt: skip
    error = 4 * (0.25 / job.size) ** 0.5
    assert got["detected"].mean() == pytest.approx(exact.detected, abs=error)
    assert got["right"].mean() == pytest.approx(exact.by_shape, abs=error)


@pytest.mark.parametrize("name", ["drop-the-losers", "response-adaptive", "up-and-down"])
def test_people_add_up_and_a_flat_truth_is_rarely_called_an_effect(name: str) -> None:
    design = candidate_designs()[name]
    rng, truth = np.random.default_rng(1), np.zeros(5)
    if name == "drop-the-losers":
        course = trials.drop_losers(rng, truth, 1.8, 180, design.looks, 2, 4000)
        assert np.all((course.n > 40).sum(axis=1) == 3)
    elif name == "response-adaptive":
        course = trials.response_adaptive(rng, truth, 1.8, 180, design.looks, 4000)
    else:
        course = trials.up_and_down(rng, truth, 1.8, 90, 0.3, -2.0, 4000)
        assert course.n[:, 0].mean() == pytest.approx(27, abs=0.5)
    assert set(course.n.sum(axis=1)) == ({90} if name == "up-and-down" else {180})
    found = trials.analyse_courses(course, np.array(design.doses), 1.8, trials.candidate_shapes())
    assert found.detected.mean() < 0.05


def test_without_placebo_nobody_gets_it_and_doses_are_compared_with_each_other() -> None:
    design = candidate_designs()["repeat-bruunplesner2020"]
    assert min(design.doses) > 0
    jobs = {job.truth: simulation.compute(job) for job in simulation.jobs([design], 4000, SETTING)}
    assert jobs["flat"]["detected"].mean() < 0.05
    assert jobs["exponential"]["detected"].mean() > jobs["flat"]["detected"].mean() + 0.03
    people = jobs["beta peak"]["near_share"] * 25
    assert np.allclose(people, np.round(people))


def test_what_cannot_be_run_is_one_clear_line(tmp_path: Path, wanted: list[simulation.Job]) -> None:
    with pytest.raises(InputError, match="engine is 'spark': must be one of 'serial', 'processes'"):
        engines.Engine("spark")
    with pytest.raises(InputError, match="there is no design 'drop-losers'"):
        next_trial.chosen_designs(["drop-losers"])
    with pytest.raises(InputError, match="integrated, not simulated"):
        simulation.jobs([candidate_designs()["crossover-washout"]], 10, SETTING)
    with pytest.raises(InputError, match="trials is 0"):
        simulation.jobs([], 0, SETTING)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be made"):
        engines.run(wanted, tmp_path / "file" / "below", engines.Engine("serial"), progress=False)


@pytest.mark.parametrize(
    ("share", "error", "number", "words"),
    [
        (0.6, 0.155, 10, "60.00% (error 15.50)"),
        (1, 0, 10, "100.00% (error 15.00)"),
        (0, 0, 100_000, "0.00% (error under 0.01)"),
    ],
)
def test_trials_that_all_agree_have_an_error_too(share, error, number, words):
    row = {"right": share, "right_error": trials.share_error(error, number)}
    assert commands._share(row, "right") == words


def test_a_share_of_no_trial_of_a_hundred_may_be_three_percent() -> None:
    job = next(iter(simulation.jobs([candidate_designs()["up-and-down"]], 100, SETTING)))
    same = dict.fromkeys(("detected", "right", "near_share"), np.zeros(100))
    table = simulation._tallied([(job, same)]).assign(target=1.0)
    assert "0 ±\u00a03" in str(next_trial.tables.adaptive(table, stored=False)._repr_html_())
    update = trials.updated_review([-0.1, 0.1], [1.0, 1.0], [1.0], 0.0, 0.0, reviews=100)
    assert (update.excludes, update.excludes_error) == (0, 0.015)
