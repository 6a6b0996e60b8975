"""Dask's workers as an executor: on this machine, or behind a scheduler that runs already."""

from __future__ import annotations

import json
import logging
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ldn_analysis.errors import InputError
from ldn_analysis.questions.next_trial.simulation import code_hash

PACKAGES = ("numpy", "scipy", "pyarrow")
"""What decides about the bits of a block, besides Python, Dask and this package."""

_PATIENCE_S = 20

_QUIET = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.worker.memory.monitor-interval": "1s",
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None,
}
"""What Dask measures of itself many times a second, for a dashboard that a cluster of ours does not have: it
costs more than the scheduling. And what it asks of the allocator, which gives each array's memory back to the
system and fetches it again: 68,000 page faults in twelve blocks in place of 40, a fifth of the time."""


@contextmanager
def connected(workers: int | None, address: str | None, file: Path | None) -> Iterator[tuple[Executor, int]]:
    """An executor of Dask's workers and their number; those that are started here end with it.

    Raises
    ------
    InputError
        Dask is not installed, the scheduler cannot be reached or has no worker, versions differ, or workers
        keep ending.
    """
    try:
        import distributed
    except ImportError:
        raise InputError("engine dask needs Dask: make env EXTRA=cluster") from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    place = _address(file) if file is not None else address
    started = None if place is not None else _own_cluster(distributed, workers)
    try:
        with _client(distributed, started if started is not None else place) as client:
            _same_versions(client)
            try:
                yield client.get_executor(pure=False), sum(client.nthreads().values())
            except distributed.scheduler.KilledWorker as killed:
                raise InputError(f"Dask's workers keep ending: too little memory? ({killed.task})") from None
    finally:
        if started is not None:
            started.close()


def _own_cluster(distributed: Any, workers: int | None) -> Any:
    """Processes of this machine, one thread each; without an address the dashboard would listen to all."""
    import dask

    with _without_interrupt(), dask.config.set(_QUIET):
        return distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        )


@contextmanager
def _without_interrupt() -> Iterator[None]:
    """Processes that are started meanwhile ignore Ctrl-C, which is for the one that starts them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _address(file: Path) -> str:
    """The address in a scheduler's file, which Dask itself would wait for without end."""
    try:
        return str(json.loads(file.read_text(encoding="utf-8"))["address"])
    except OSError as error:
        raise InputError(f"scheduler-file {file.name} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise InputError(f"scheduler-file {file.name} holds no address of a scheduler") from None


@contextmanager
def _client(distributed: Any, place: Any) -> Iterator[Any]:
    try:
        if isinstance(place, str):  # a client that cannot read its address would try to close for a minute
            distributed.comm.resolve_address(place)
        client = distributed.Client(place, timeout=_PATIENCE_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        why = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise InputError(f"the scheduler {place} cannot be reached: {why}") from None
    try:
        yield client
    finally:
        client.close()


def _same_versions(client: Any) -> None:
    """Refuse workers whose bits could differ: Python, Dask, libraries, or this package."""
    try:
        client.wait_for_workers(1, timeout=_PATIENCE_S)
    except TimeoutError:
        raise InputError(f"the scheduler has no worker after {_PATIENCE_S} seconds") from None
    versions = client.get_versions(packages=list(PACKAGES))
    mine = versions["client"]
    others = {"the scheduler": versions["scheduler"], **versions["workers"]}
    for who, theirs in others.items():
        names = ("distributed",) if who == "the scheduler" else ("distributed", "dask", *PACKAGES)
        pairs = [(n, mine["packages"].get(n), theirs["packages"].get(n)) for n in names]
        pairs.append(("Python", _python(mine), _python(theirs)))
        for name, here, there in pairs:
            if here != there:
                raise InputError(f"{name} is {there} at {who} and {here} here: must be the same version")
    try:
        codes = client.run(code_hash, on_error="raise")
    except (ImportError, AttributeError) as error:
        raise InputError(f"a worker cannot load this package: {error}") from None
    for who, code in codes.items():
        if code != code_hash():
            raise InputError(f"the worker {who} has another version of this package: must be the same")


def _python(versions: Any) -> str:
    return ".".join(versions["host"]["python"].split(".")[:2])
