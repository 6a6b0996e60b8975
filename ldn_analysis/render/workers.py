"""Run jobs in processes of their own, as many at once as there are cores, each with a time limit."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from tqdm import tqdm

from ldn_analysis.errors import RenderError
from ldn_analysis.render.job import call, where, work
from ldn_analysis.render.report import Job, Outcome

_SERVER_DIED = "the process that starts the others died (killed, or out of memory): try again"


@dataclass(slots=True)
class _Running:
    job: Job
    process: Any
    started: float
    cell: int | None = None


@contextmanager
def _surroundings(environment: Mapping[str, str]) -> Iterator[None]:
    """The fork server is started with these variables: some count only when an interpreter starts."""
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _start(
    target: Callable[..., None], environment: Mapping[str, str], *arguments: Any
) -> tuple[Any, Connection]:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["ldn_analysis.render.preload"])
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=target, args=(theirs, *arguments))
    try:
        with _surroundings(environment):
            process.start()
    except (EOFError, OSError) as error:
        ours.close()
        reason = getattr(error, "strerror", None)
        raise RenderError(f"{_SERVER_DIED} ({reason})" if reason else _SERVER_DIED) from None
    finally:
        theirs.close()
    return process, ours


def _end(process: Any) -> None:
    """End a worker and the process group that it leads; its kernel follows by itself."""
    if process.pid and process.is_alive():
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
    process.join()


class Beside:
    """One more worker, in which a function is called with its arguments while others work."""

    def __init__(self, task: Callable[..., Any], environment: Mapping[str, str], *arguments: Any) -> None:
        self._process, self._pipe = _start(call, environment, dict(environment), task, *arguments)

    def wait(self, limit: float | None = None) -> Any:
        """What the function gives, within `limit` seconds if there is one.

        Raises
        ------
        RenderError : it failed, with its words; it took too long; its process died.
        """
        try:
            if not self._pipe.poll(limit):
                raise RenderError(f"took more than {limit:g} s, the time limit")
            how, content = self._pipe.recv()
        except (EOFError, OSError):
            raise RenderError("a process died (killed, or out of memory): try again") from None
        finally:
            self.end()
        if how == "failed":
            raise RenderError(content)
        return content

    def end(self) -> None:
        """Stop it, if it is still there."""
        _end(self._process)
        self._pipe.close()


def run_all(jobs: Sequence[Job], workers: int) -> Iterator[tuple[Job, Outcome]]:
    """Run the jobs, begun in their order; each with its outcome as it ends."""
    waiting = list(jobs)
    running: dict[Connection, _Running] = {}
    total = sum(len(job.planned.content["cells"]) for job in jobs)
    bar = tqdm(total=total, desc="rendering", unit="cell", disable=None, leave=False, file=sys.stderr)
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                job = waiting.pop(0)
                process, pipe = _start(work, job.environment, job)
                running[pipe] = _Running(job, process, time.perf_counter())
                bar.set_postfix_str(", ".join(worker.job.planned.stem for worker in running.values()))
            for ready in wait(list(running), timeout=0.5):
                assert isinstance(ready, Connection)
                outcome = _listen(ready, running[ready], bar)
                if outcome is not None:
                    yield _finish(ready, running.pop(ready), outcome)
            now = time.perf_counter()
            late = [pipe for pipe, worker in running.items() if now - worker.started > worker.job.timeout]
            for pipe in late:
                worker = running.pop(pipe)
                yield _finish(pipe, worker, Outcome(error=_too_long(worker)))
    finally:
        for worker in running.values():
            _end(worker.process)
        bar.close()


@contextmanager
def quiet() -> Iterator[None]:
    """Within it, what is printed stands above the bar that shows how far the work is."""
    with tqdm.external_write_mode(file=sys.stderr):
        yield


def _place(worker: _Running) -> str:
    """Notebook and cell at which a worker is."""
    planned = worker.job.planned
    if worker.cell is None:
        return planned.notebook
    source = planned.content["cells"][worker.cell].get("source", "")
    return where(planned.notebook, {"source": source, "metadata": {"ldn_index": worker.cell}})


def _too_long(worker: _Running) -> str:
    return f"{_place(worker)}: took more than {worker.job.timeout:g} s, the time limit"


def _listen(pipe: Connection, worker: _Running, bar: Any) -> Outcome | None:
    """Take one message of a worker; an outcome if it was the last."""
    try:
        how, content, *executed = pipe.recv()
    except (EOFError, OSError):
        return Outcome(error=f"{_place(worker)}: its process died")
    if how == "cell":
        bar.update(max(0, content - (worker.cell or 0)))
        worker.cell = content
        return None
    if how == "done":
        return Outcome(recorded=content)
    if "DeadKernelError" in content:
        content = f"{_place(worker)}: its kernel died"
    elif "CellTimeoutError" in content:
        content = _too_long(worker)
    return Outcome(error=content, executed=executed[0])


def _finish(pipe: Connection, worker: _Running, outcome: Outcome) -> tuple[Job, Outcome]:
    outcome.seconds = time.perf_counter() - worker.started
    if outcome.error is None:
        worker.process.join(5)
    _end(worker.process)
    pipe.close()
    return worker.job, outcome
