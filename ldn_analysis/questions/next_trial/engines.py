"""Who computes the blocks: this process, processes of this machine, or Dask's workers. One code for all,
against ``concurrent.futures.Executor``."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from ldn_analysis.errors import InputError, one_of
from ldn_analysis.questions.next_trial.simulation import Job, clear_parts, whole, write_block

ENGINES = ("serial", "processes", "dask")
_ATTEMPTS = 5

_TOGETHER = 4
"""Blocks that a worker is handed at once, at most: half a second's work. Dask spends 7 ms on a task, however
short it is, which is a twelfth of a block's time."""


@dataclass(frozen=True, slots=True)
class Engine:
    """Who computes.

    Attributes
    ----------
    name : one of `ENGINES`
    workers : int or None
        Processes on this machine; None: as many as cores.
    scheduler : str or None
        Address of a Dask scheduler that runs already, such as ``tcp://10.0.0.1:8786``.
    scheduler_file : Path or None
        The file that such a scheduler wrote. Without either, ``dask`` starts workers on this machine, which
        listen on 127.0.0.1 alone and serve no dashboard.
    """

    name: str = "processes"
    workers: int | None = None
    scheduler: str | None = None
    scheduler_file: Path | None = None

    def __post_init__(self) -> None:
        one_of("engine", self.name, ENGINES)
        if self.workers is not None and self.workers < 1:
            raise InputError(f"workers is {self.workers}: must be at least 1")
        scheduled = self.scheduler is not None or self.scheduler_file is not None
        if scheduled and self.name != "dask":
            raise InputError(f"engine is {self.name!r}: a scheduler is used by 'dask' alone")
        if self.scheduler is not None and self.scheduler_file is not None:
            raise InputError("scheduler and scheduler-file are both there: give one of them")
        if scheduled and self.workers is not None:
            raise InputError(f"workers is {self.workers}: a scheduler that runs already has its own workers")


def ignore_interrupt() -> None:
    """For workers: Ctrl-C is for the process that started them, which lets them finish what has begun."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def executor(engine: Engine) -> Iterator[tuple[Executor | None, int]]:
    """An executor (None: this process), and how many workers it has. It is shut down at the end; what has
    begun is finished, what waits is dropped."""
    if engine.name == "serial":
        yield None, 1
        return
    if engine.name == "dask":
        from ldn_analysis.questions.next_trial import cluster

        with cluster.connected(engine.workers, engine.scheduler, engine.scheduler_file) as staffed:
            yield staffed
        return
    workers = engine.workers or os.cpu_count() or 1
    spawned = get_context("spawn")  # a fork of a process with threads may hang
    pool = ProcessPoolExecutor(workers, spawned, ignore_interrupt)
    try:
        yield pool, workers
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@dataclass(frozen=True, slots=True)
class Run:
    """How many blocks were there, were damaged (by label), and were computed."""

    there: int
    damaged: tuple[str, ...]
    computed: int


def run(blocks: list[Job], folder: Path, engine: Engine, *, progress: bool = True) -> Run:
    """Compute the blocks that are not there, or not whole.

    A worker that is killed costs its block, which is computed again. On Ctrl-C the finished blocks stay.

    Raises
    ------
    InputError
        The folder cannot be written, the disk is full, workers keep ending, or a scheduler cannot be used.
    """
    from tqdm import tqdm

    try:
        folder.mkdir(parents=True, exist_ok=True)
        clear_parts(folder)
    except OSError as error:
        raise InputError(f"{folder.name} cannot be made: {error.strerror}") from None
    states = [(job, whole(job, folder)) for job in blocks]
    damaged = tuple(job.label for job, state in states if state is False)
    waiting = {job.key: job for job, state in states if not state}
    computed = len(waiting)
    total = sum(job.size for job in blocks)
    done = sum(job.size for job, state in states if state)  # not counted in trials a second
    wide, high = shutil.get_terminal_size()  # tqdm would draw nothing in a terminal that does not tell
    with tqdm(
        total=total,
        initial=done,
        unit=" trials",
        unit_scale=True,
        disable=not progress,
        ncols=wide,
        nrows=high,
    ) as bar:
        for attempt in range(_ATTEMPTS):
            if not waiting:
                break
            try:
                with executor(engine) as (pool, workers):
                    for job in finished(pool, workers, list(waiting.values()), folder):
                        bar.update(waiting.pop(job.key).size)
            except BrokenProcessPool:
                if attempt == _ATTEMPTS - 1:
                    raise InputError("worker processes keep ending: too little memory?") from None
            except OSError as error:
                raise InputError(f"a block could not be written in {folder.name}: {error.strerror}") from None
    return Run(len(blocks) - computed, damaged, computed)


def groups(blocks: list[Job], workers: int) -> Iterator[list[Job]]:
    """Blocks to hand out together: several at first, one at the end, so that no worker waits for another."""
    at = 0
    while at < len(blocks):
        size = max(1, min(_TOGETHER, (len(blocks) - at) // (4 * workers)))
        yield blocks[at : at + size]
        at += size


def _each(write: Callable[[Job, str], str], some: list[Job], folder: str) -> list[str]:
    """Write blocks one after the other; those that a worker finished before it was killed are there."""
    return [job.key if whole(job, Path(folder)) else write(job, folder) for job in some]


def finished(pool: Executor | None, workers: int, blocks: list[Job], folder: Path) -> Iterator[Job]:
    """Have blocks computed; each job comes back when its file is there.

    Raises
    ------
    InputError
        The code has changed meanwhile, or the workers write in another machine's folder.
    """
    if pool is None:
        for job in blocks:
            write_block(job, str(folder))
            yield job
        return
    place = str(folder.resolve())
    futures = {pool.submit(_each, write_block, some, place): some for some in groups(blocks, workers)}
    try:
        for future in as_completed(futures):
            for key, job in zip(future.result(), futures[future], strict=True):
                if key != job.key:
                    raise InputError("the code has changed while it ran: start again")
                if not (folder / f"{key}.parquet").exists():
                    raise InputError(
                        f"the workers do not write in {folder.name} of this machine: share the folder"
                    )
                yield job
    finally:
        for future in futures:
            future.cancel()
