"""Dask as an engine: the same bytes, a killed worker costs nothing, and what cannot be used is one line."""

import json
import os
import signal
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from ldn_analysis.errors import InputError
from ldn_analysis.questions import next_trial
from ldn_analysis.questions.next_trial import cluster, engines, simulation

distributed = pytest.importorskip("distributed", reason="needs make env EXTRA=cluster")

SETTING = simulation.Setting(
    sd=1.8, greatest=1.0, highest=6.0, alpha=0.025, share=0.9, near_mg=0.75, dropout=0.1, seed=4
)


@pytest.fixture
def wanted(monkeypatch: pytest.MonkeyPatch) -> list[simulation.Job]:
    monkeypatch.setattr(simulation, "BLOCK", 200)
    made = simulation.jobs(next_trial.chosen_designs(["drop-the-losers"]), 1500, SETTING)
    return [job for job in made if job.truth in ("linear", "flat")]


def contents(folder: Path) -> dict[str, bytes]:
    """The finished blocks; a worker that is killed leaves a part of one behind, which nothing reads."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.parquet"))}


def test_a_scheduler_that_runs_already_gives_the_same_bytes(
    wanted: list[simulation.Job], tmp_path: Path
) -> None:
    engines.run(wanted, tmp_path / "serial", engines.Engine("serial"), progress=False)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, protocol="inproc://", dashboard_address=None
    ) as inside:
        file = tmp_path / "scheduler.json"
        file.write_text(json.dumps({"address": inside.scheduler_address}))
        engine = engines.Engine("dask", scheduler_file=file)
        engines.run(wanted, tmp_path / "dask", engine, progress=False)
    assert contents(tmp_path / "dask") == contents(tmp_path / "serial")


def test_own_workers_listen_here_alone_and_a_killed_one_costs_nothing(
    wanted: list[simulation.Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, heard = [], []
    make = cluster._own_cluster

    def watched(module: object, workers: int | None) -> object:
        started.append(make(module, workers))
        ours = psutil.Process()
        for process in (ours, *ours.children(recursive=True)):
            listening = [c for c in process.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
            heard.extend(connection.laddr.ip for connection in listening)
        return started[0]

    def kill() -> None:
        folder = tmp_path / "dask"
        for _ in range(600):
            if started and folder.is_dir() and any(folder.glob("*.parquet")):
                os.kill(next(iter(started[0].workers.values())).pid, signal.SIGKILL)
                return
            time.sleep(0.01)

    monkeypatch.setattr(cluster, "_own_cluster", watched)
    killer = threading.Thread(target=kill)
    killer.start()
    engines.run(wanted, tmp_path / "dask", engines.Engine("dask", workers=2), progress=False)
    killer.join()
    assert set(heard) == {"127.0.0.1"}
    engines.run(wanted, tmp_path / "serial", engines.Engine("serial"), progress=False)
    assert contents(tmp_path / "dask") == contents(tmp_path / "serial")


def test_a_scheduler_that_cannot_be_used_is_one_clear_line(
    wanted: list[simulation.Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE_S", 1)
    (tmp_path / "empty.json").write_text("{}")
    for engine, words in (
        (engines.Engine("dask", scheduler="tcp://127.0.0.1:1"), "cannot be reached"),
        (engines.Engine("dask", scheduler="127.0.0.1:port"), "cannot be reached"),
        (engines.Engine("dask", scheduler_file=tmp_path / "none.json"), "cannot be read"),
        (engines.Engine("dask", scheduler_file=tmp_path / "empty.json"), "holds no address"),
    ):
        with pytest.raises(InputError, match=words) as refused:
            engines.run(wanted, tmp_path / "blocks", engine, progress=False)
        assert "\n" not in str(refused.value)
    with pytest.raises(InputError, match="a scheduler is used by 'dask' alone"):
        engines.Engine("processes", scheduler="tcp://127.0.0.1:1")
    with pytest.raises(InputError, match="give one of them"):
        engines.Engine("dask", scheduler="a", scheduler_file=tmp_path)
    with pytest.raises(InputError, match="has its own workers"):
        engines.Engine("dask", scheduler="a", workers=2)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"numpy": "1.0"}, "numpy is 1.0 at tcp://w and 2.0 here"),
        ({"distributed": "2020.1"}, "distributed is 2020.1"),
        ({"python": "3.9.1.final.0"}, r"Python is 3.9 at tcp://w and 3.11 here"),
    ],
)
def test_workers_of_other_versions_are_refused(changed: dict[str, str], words: str) -> None:
    def host(python: str = "3.11.7.final.0", **packages: str) -> dict[str, object]:
        held = dict.fromkeys((*cluster.PACKAGES, "dask", "distributed"), "2.0")
        return {"host": {"python": python}, "packages": held | packages}

    fake = SimpleNamespace(
        wait_for_workers=lambda *_, **__: None,
        get_versions=lambda **_: {
            "client": host(), "scheduler": host(), "workers": {"tcp://w": host(**changed)}
        },
        run=lambda *_, **__: {},
    )  # fmt: skip
    with pytest.raises(InputError, match=words):
        cluster._same_versions(fake)


def test_workers_with_other_code_are_refused() -> None:
    versions = {"host": {"python": "3.11.7"}, "packages": {}}
    fake = SimpleNamespace(
        wait_for_workers=lambda *_, **__: None,
        get_versions=lambda **_: {"client": versions, "scheduler": versions, "workers": {}},
        run=lambda *_, **__: {"tcp://w": "other"},
    )
    with pytest.raises(InputError, match="another version of this package"):
        cluster._same_versions(fake)


def test_parts_of_the_blocks_are_disjoint_and_make_up_the_whole(wanted: list[simulation.Job]) -> None:
    parts = [simulation.part_of(wanted, f"{i}/3") for i in (1, 2, 3)]
    assert sorted(job.key for part in parts for job in part) == sorted(job.key for job in wanted)
    for wrong in ("0/3", "4/3", "a/b", "1", "1/3/3", "²/3"):
        with pytest.raises(InputError, match="must be such as 3/10"):
            simulation.part_of(wanted, wrong)
