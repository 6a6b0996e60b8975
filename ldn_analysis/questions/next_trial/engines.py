"""Who computes the blocks: this process, or processes of this machine. One code for both, against
``concurrent.futures.Executor``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from ldn_analysis.errors import InputError, one_of

from .simulation import Job, whole, write_block

__all__ = ["ENGINES", "Engine", "Run", "executor", "run"]

ENGINES = ("serial", "processes")
_ATTEMPTS = 5


class _Serial(Executor):
    """Computes when the result is asked for, in this process."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@dataclass(frozen=True, slots=True)
class Engine:
    """Who computes: `name` is one of `ENGINES`, `workers` the processes (None: as many as cores)."""

    name: str = "processes"
    workers: int | None = None

    def __post_init__(self) -> None:
        one_of("engine", self.name, ENGINES)


@contextmanager
def executor(engine: Engine) -> Iterator[Executor]:
    """An executor that is shut down at the end; what has begun is finished, what waits is dropped."""
    made: Executor = _Serial()
    if engine.name == "processes":  # spawned: a fork of a process with threads may hang
        made = ProcessPoolExecutor(engine.workers or os.cpu_count(), get_context("spawn"))
    try:
        yield made
    finally:
        made.shutdown(wait=True, cancel_futures=True)


@dataclass(frozen=True, slots=True)
class Run:
    """How many blocks were there, were damaged (by label), and were computed."""

    there: int
    damaged: tuple[str, ...]
    computed: int


def run(wanted: list[Job], folder: Path, engine: Engine, *, progress: bool = True) -> Run:
    """Compute the blocks that are not there, or not whole.

    A worker process that is killed costs its block, which is computed again. On Ctrl-C the finished blocks
    stay.

    Raises
    ------
    InputError
        The folder cannot be written, or the disk is full.
    """
    from tqdm import tqdm

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder.name} cannot be made: {error.strerror}") from None
    states = [(job, whole(job, folder)) for job in wanted]
    damaged = tuple(job.label for job, state in states if state is False)
    waiting = {job.key: job for job, state in states if not state}
    computed = len(waiting)
    total = sum(job.size for job in wanted)
    with tqdm(total=total, unit=" trials", unit_scale=True, disable=not progress) as bar:
        bar.update(sum(job.size for job, state in states if state))
        for attempt in range(_ATTEMPTS):
            if not waiting:
                break
            try:
                with executor(engine) as pool:
                    _submitted(pool, waiting, folder, bar)
            except BrokenProcessPool:
                if attempt == _ATTEMPTS - 1:
                    raise InputError("worker processes keep ending: too little memory?") from None
            except OSError as error:
                raise InputError(f"a block could not be written in {folder.name}: {error.strerror}") from None
    return Run(len(wanted) - computed, damaged, computed)


def _submitted(pool: Executor, waiting: dict[str, Job], folder: Path, bar: Any) -> None:
    if isinstance(pool, _Serial):
        for key, job in list(waiting.items()):
            pool.submit(write_block, job, str(folder)).result()
            bar.update(waiting.pop(key).size)
        return
    futures = [pool.submit(write_block, job, str(folder.resolve())) for job in waiting.values()]
    for future in as_completed(futures):
        bar.update(waiting.pop(future.result()).size)
